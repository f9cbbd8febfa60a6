//! A person at the stand-in's page, in a real browser. Everything is found by what a person sees: labels, names, words.

use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use fantoccini::actions::{InputSource as _, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, json};

/// How long a person waits for something to appear before they say that it is broken.
const PATIENCE: Duration = Duration::from_secs(20);

const NOTE_MISTAKES: &str = "window.mistakes = [];
    addEventListener('error', (event) => mistakes.push(event.message));
    addEventListener('unhandledrejection', (event) => mistakes.push(String(event.reason)));";

/// A program that says on its standard output where it listens. It ends with this value.
pub struct Program {
    /// Where it listens, without a trailing slash.
    pub url: String,
    child: Child,
    // Held open: a program that prints to a closed pipe is killed by it.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing of it is left.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Program {
    /// Starts `command` and waits for the first line from which `address` can read a URL.
    fn start(mut command: Command, address: fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {command:?}"))?;
        let output = child.stdout.take().context("the output is piped")?;
        let mut lines = BufReader::new(output).lines();
        for line in lines.by_ref() {
            if let Some(url) = address(&line?) {
                return Ok(Self {
                    url,
                    child,
                    _output: lines,
                });
            }
        }
        bail!("{command:?} ended without saying where it listens")
    }

    /// `balefire demo` with a database in memory.
    pub fn demo() -> anyhow::Result<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_balefire"));
        command.args(["demo", "--port", "0"]);
        Self::start(command, |line| {
            let from = line.find("http://127.0.0.1:")?;
            Some(line[from..].split_whitespace().next()?.to_owned())
        })
    }

    fn chromedriver() -> anyhow::Result<Self> {
        let program = std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".into());
        let mut command = Command::new(program);
        command.arg("--port=0");
        Self::start(command, |line| {
            let port = line.split("successfully on port ").nth(1)?;
            Some(format!("http://127.0.0.1:{}", port.trim_end_matches('.')))
        })
    }
}

/// One window. Close it with [`Browser::close`], or the browser outlives the test by a moment.
pub struct Browser {
    client: Client,
    page: String,
    _profile: tempfile::TempDir,
    _driver: Program,
}

impl Browser {
    /// Opens the page at `url` as `person` (`U…`) in a window of `size`.
    pub async fn open(url: &str, person: &str, size: (u32, u32)) -> anyhow::Result<Self> {
        let driver = Program::chromedriver()?;
        let profile = tempfile::tempdir()?;
        let mut capabilities = Map::new();
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ];
        let mut arguments: Vec<String> = arguments.map(str::to_owned).to_vec();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        capabilities.insert("goog:chromeOptions".into(), json!({ "args": arguments }));
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver.url)
            .await
            .context("chromedriver does not start a browser")?;
        // The size that is asked for is the page's; the window needs room for its frame.
        client.set_window_size(size.0, size.1).await?;
        let frame = "return [outerWidth - innerWidth, outerHeight - innerHeight]";
        let frame: (u32, u32) = serde_json::from_value(client.execute(frame, vec![]).await?)?;
        client
            .set_window_size(size.0 + frame.0, size.1 + frame.1)
            .await?;
        let browser = Self {
            client,
            page: url.to_owned(),
            _profile: profile,
            _driver: driver,
        };
        browser
            .client
            .goto(&format!("{}/#as={person}", browser.page))
            .await?;
        browser
            .see("//*[@data-person and starts-with(@aria-label, 'You are')]")
            .await?;
        browser.client.execute(NOTE_MISTAKES, vec![]).await?;
        Ok(browser)
    }

    /// Ends the browser, and complains when the page logged an error.
    pub async fn close(self) -> anyhow::Result<()> {
        let mistakes = self
            .client
            .execute("return window.mistakes", vec![])
            .await?;
        anyhow::ensure!(mistakes == json!([]), "the page's script: {mistakes}");
        self.client.close().await?;
        Ok(())
    }

    /// Waits for an element, and says what the page showed instead.
    async fn see(&self, xpath: &str) -> anyhow::Result<Element> {
        match self
            .client
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::XPath(xpath))
            .await
        {
            Ok(element) => Ok(element),
            Err(error) => {
                let _ = self.screenshot("failed").await;
                let page = self.client.find(Locator::Css("body")).await?.text().await?;
                bail!(
                    "{xpath} is not on the page ({error}); it is in target/screenshots/failed.png and reads:\n{page}"
                )
            }
        }
    }

    /// Does something with an element. News may have the page draw it afresh after it was seen; a person just takes the
    /// new one.
    async fn with<T>(
        &self,
        xpath: &str,
        act: impl AsyncFn(Element) -> Result<T, CmdError>,
    ) -> anyhow::Result<T> {
        loop {
            match act(self.see(xpath).await?).await {
                Err(error) if error.is_stale_element_reference() => {}
                done => return done.with_context(|| format!("cannot use {xpath}")),
            }
        }
    }

    async fn press(&self, xpath: &str) -> anyhow::Result<()> {
        self.with(xpath, async |element| element.click().await)
            .await
    }

    /// Opens the menu of persons, lets the messages scroll and the page draw itself as news does, and says whether the
    /// menu is still there.
    pub async fn menu_outlives_news(&self) -> anyhow::Result<bool> {
        let switch = "//button[starts-with(@aria-label, 'You are')]";
        self.press(switch).await?;
        self.see("//*[@role='menuitemradio']").await?;
        let open = "document.querySelector('main, [role=main]').dispatchEvent(new Event('scroll'));
            dispatchEvent(new Event('focus'));
            return document.querySelectorAll('[role=menuitemradio]').length > 0";
        let open = self.client.execute(open, vec![]).await?;
        self.press(switch).await?;
        Ok(open == json!(true))
    }

    /// Presses the switch of persons, lets the page draw itself in the meantime as it does for news, lets go, and waits
    /// for the menu that a click opens.
    pub async fn click_outlives_news(&self) -> anyhow::Result<()> {
        let switch = "//button[starts-with(@aria-label, 'You are')]";
        let button = MOUSE_BUTTON_LEFT;
        let mouse = || MouseActions::new("mouse".into());
        self.with(switch, async |element| {
            let at = PointerAction::MoveToElement {
                element,
                duration: None,
                x: 0.0,
                y: 0.0,
            };
            let press = mouse().then(at).then(PointerAction::Down { button });
            self.client.perform_actions(press).await
        })
        .await?;
        let drawn = "dispatchEvent(new Event('focus'))";
        self.client.execute(drawn, vec![]).await?;
        let release = mouse().then(PointerAction::Up { button });
        self.client.perform_actions(release).await?;
        self.see("//*[@role='menuitemradio']").await.map(drop)
    }

    /// Becomes somebody else, with the switch at the top right.
    pub async fn be(&self, person: &str) -> anyhow::Result<()> {
        self.press("//button[starts-with(@aria-label, 'You are')]")
            .await?;
        self.press(&format!(
            "//*[@role='menuitemradio' and @data-person={}]",
            quoted(person)
        ))
        .await?;
        self.see(&format!(
            "//button[starts-with(@aria-label, 'You are') and @data-person={}]",
            quoted(person)
        ))
        .await?;
        Ok(())
    }

    /// Goes to a channel, or to a person's direct messages, by its name in the sidebar.
    pub async fn go(&self, name: &str) -> anyhow::Result<()> {
        let row = format!("//nav//button[@data-channel-name={}]", quoted(name));
        self.press(&row).await?;
        self.see(&format!("{row}[@aria-current='page']")).await?;
        Ok(())
    }

    /// Goes to the channel whose name begins with `prefix`; answers its name.
    pub async fn go_to_new(&self, prefix: &str) -> anyhow::Result<String> {
        let row = format!(
            "//nav//button[starts-with(@data-channel-name, {})]",
            quoted(prefix)
        );
        let name = self.see(&row).await?.attr("data-channel-name").await?;
        let name = name.context("the row has a name")?;
        self.go(&name).await?;
        Ok(name)
    }

    /// Types into the channel's composer and presses Enter.
    pub async fn say(&self, text: &str) -> anyhow::Result<()> {
        let composer = self
            .see("//main//textarea[starts-with(@aria-label, 'Message ')]")
            .await?;
        composer.click().await?;
        composer.send_keys(text).await?;
        composer
            .send_keys(&char::from(Key::Enter).to_string())
            .await?;
        Ok(())
    }

    /// Opens the thread of the newest message with these words, and answers in it.
    pub async fn reply(&self, to: &str, text: &str) -> anyhow::Result<()> {
        self.tool(to, "Reply in thread").await?;
        let composer = self.see("//*[@id='thread']//textarea").await?;
        composer.send_keys(text).await?;
        composer
            .send_keys(&char::from(Key::Enter).to_string())
            .await?;
        self.see(&format!("//*[@id='thread']//article[{}]", has(text)))
            .await?;
        Ok(())
    }

    /// Opens the thread under the newest message with these words, by the line that counts its replies.
    pub async fn open_thread(&self, words: &str) -> anyhow::Result<()> {
        self.press(&format!("{}//button[@data-thread]", message(words)))
            .await?;
        self.see("//*[@id='thread']//article").await.map(drop)
    }

    /// Waits until a message with these words is there, in the channel or in the open thread.
    pub async fn reads(&self, words: &str) -> anyhow::Result<()> {
        self.see(&message(words)).await.map(drop)
    }

    /// Waits until anything on the page has these words.
    pub async fn shows(&self, words: &str) -> anyhow::Result<()> {
        self.see(&format!("//body//*[{}]", has(words)))
            .await
            .map(drop)
    }

    /// Whether a message with these words is there now.
    pub async fn has_message(&self, words: &str) -> anyhow::Result<bool> {
        let message = message(words);
        let found = self.client.find_all(Locator::XPath(&message)).await?;
        Ok(!found.is_empty())
    }

    /// Clicks a button in the newest message with these words.
    pub async fn click(&self, words: &str, button: &str) -> anyhow::Result<()> {
        self.press(&format!(
            "{}//*[self::button or self::a][{}]",
            message(words),
            named(button)
        ))
        .await
    }

    /// Chooses from the “…” menu of the newest message with these words.
    pub async fn click_more(&self, words: &str, choice: &str) -> anyhow::Result<()> {
        self.click(words, "More actions").await?;
        self.press(&format!("//*[@role='menuitem'][{}]", has(choice)))
            .await
    }

    /// Uses the toolbar that appears when the pointer is over a message.
    pub async fn tool(&self, words: &str, button: &str) -> anyhow::Result<()> {
        self.with(&message(words), async |article| {
            // The keyboard's way to it: what the pointer shows, the focus shows too.
            let focus = "arguments[0].focus()";
            let article = serde_json::to_value(&article)?;
            self.client.execute(focus, vec![article]).await
        })
        .await?;
        self.click(words, button).await
    }

    /// Waits until the newest message with these words has a button.
    pub async fn shows_button(&self, words: &str, button: &str) -> anyhow::Result<()> {
        let button = format!("{}//button[{}]", message(words), named(button));
        self.see(&button).await.map(drop)
    }

    /// Replaces the text of the message that is being edited, and saves it.
    pub async fn edit(&self, text: &str) -> anyhow::Result<()> {
        let area = self.see("//textarea[@aria-label='Edit message']").await?;
        area.clear().await?;
        area.send_keys(text).await?;
        self.press("//article//button[normalize-space(.)='Save']")
            .await
    }

    /// Presses a button anywhere on the page by its name.
    pub async fn press_button(&self, name: &str) -> anyhow::Result<()> {
        self.press(&format!("//button[{}]", named(name))).await
    }

    /// Presses the button of the story's step, counted from 1.
    pub async fn step(&self, number: usize) -> anyhow::Result<()> {
        let button = format!("//li[@data-step='{}']//button", number - 1);
        self.press(&button).await
    }

    /// Presses the button of the story's step, and Enter for what it put into the composer.
    pub async fn step_and_send(&self, number: usize) -> anyhow::Result<()> {
        self.step(number).await?;
        self.send().await
    }

    /// Presses Enter in the channel's composer, for what a step of the story put there.
    pub async fn send(&self) -> anyhow::Result<()> {
        self.press("//main//button[@aria-label='Send message' and not(@disabled)]")
            .await
    }

    /// Answers the confirm dialog.
    pub async fn confirm(&self, button: &str) -> anyhow::Result<()> {
        self.press(&format!(
            "//*[@role='alertdialog']//button[{}]",
            named(button)
        ))
        .await
    }

    /// Waits for a form with this title.
    pub async fn form(&self, title: &str) -> anyhow::Result<()> {
        self.see(&format!("//form[@role='dialog'][.//h2[{}]]", has(title)))
            .await
            .map(drop)
    }

    /// Types into a field of the open form.
    pub async fn fill(&self, label: &str, text: &str) -> anyhow::Result<()> {
        let field = self
            .see(&format!(
                "//form[@role='dialog']//*[self::input or self::textarea][@aria-label={}]",
                quoted(label)
            ))
            .await?;
        field.clear().await?;
        field.send_keys(text).await?;
        Ok(())
    }

    /// Chooses from a select of the open form.
    pub async fn pick(&self, label: &str, choice: &str) -> anyhow::Result<()> {
        self.press(&format!(
            "//form[@role='dialog']//button[@role='combobox'][@aria-label={}]",
            quoted(label)
        ))
        .await?;
        self.press(&format!("//*[@role='option'][{}]", has(choice)))
            .await
    }

    /// Presses a button of the open form.
    pub async fn press_in_form(&self, button: &str) -> anyhow::Result<()> {
        self.press(&format!(
            "//form[@role='dialog']//button[{}]",
            named(button)
        ))
        .await
    }

    /// Submits the open form with its button and waits until it is gone.
    pub async fn submit(&self, button: &str) -> anyhow::Result<()> {
        self.press_in_form(button).await?;
        self.see("//body[not(.//form[@role='dialog'])]")
            .await
            .map(drop)
    }

    /// Jumps ahead with one of the buttons beside the clock: 1 or 15 minutes.
    pub async fn jump_minutes(&self, minutes: u32) -> anyhow::Result<()> {
        let plural = if minutes == 1 { "" } else { "s" };
        self.press(&format!(
            "//button[@aria-label='Jump ahead {minutes} minute{plural}']"
        ))
        .await
    }

    /// Stores what is on the screen as `target/screenshots/{name}.png`.
    pub async fn screenshot(&self, name: &str) -> anyhow::Result<()> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
        std::fs::create_dir_all(&folder)?;
        std::fs::write(
            folder.join(format!("{name}.png")),
            self.client.screenshot().await?,
        )?;
        Ok(())
    }
}

/// The newest message with these words.
fn message(words: &str) -> String {
    format!("(//article[{}])[last()]", has(words))
}

fn has(words: &str) -> String {
    format!("contains(normalize-space(.), {})", quoted(words))
}

fn named(label: &str) -> String {
    format!("normalize-space(.)={0} or @aria-label={0}", quoted(label))
}

/// An XPath string. XPath has no escapes, so words with both kinds of quotes are put together from pieces.
fn quoted(text: &str) -> String {
    if !text.contains('\'') {
        return format!("'{text}'");
    }
    let pieces: Vec<String> = text.split('\'').map(|piece| format!("'{piece}'")).collect();
    format!("concat({})", pieces.join(", \"'\", "))
}
