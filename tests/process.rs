//! The program itself, as an operator runs it: started from the environment, killed, stopped, refused. Slack is the
//! stand-in, reached over HTTP; time is the machine's own.

#[path = "program/mod.rs"]
#[allow(dead_code, reason = "each test program uses its own part of it")]
mod program;

use std::path::PathBuf;
use std::process::Command;

use balefire::standin::{Answer, Fault, Listening, StandIn};
use sqlx::sqlite::SqlitePoolOptions;
use tempfile::TempDir;

use crate::program::{Program, SECRET, TOKEN, until};

const DECLARE: &str = "/incident declare P1 Checkout is down";

/// A folder to run in, beside a Slack that is up.
struct House {
    standin: StandIn,
    slack: Listening,
    folder: TempDir,
}

impl House {
    async fn build() -> Self {
        let standin = program::standin();
        let slack = standin.listen().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        Self {
            standin,
            slack,
            folder,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn database_url(&self) -> String {
        format!("sqlite://{}", self.path("balefire.db").display())
    }

    fn command(&self) -> Command {
        program::serve(self.folder.path(), &self.slack.url, &self.database_url())
    }

    async fn serve(&self) -> Program {
        self.run(self.command()).await
    }

    /// Starts it and waits until it is ready.
    async fn run(&self, command: Command) -> Program {
        let mut program = Program::start(command, self.folder.path(), "program");
        program.listens().await;
        program.is_ready().await;
        self.standin.set_bot_url(Some(&program.url));
        program
    }

    async fn alice_types(&self, typed: &str) -> String {
        let alice = self.standin.person("U0ALICE");
        words(&alice.slash("C0INCIDENTS", typed).await)
    }

    /// Waits until Slack has been told everything there is to tell.
    async fn at_rest(&self) {
        let database = SqlitePoolOptions::new()
            .connect(&self.database_url())
            .await
            .unwrap();
        until("the outbox is empty", async || {
            let waiting: i64 = sqlx::query_scalar(
                "SELECT COUNT(*) FROM outbox WHERE state IN ('pending', 'sending')",
            )
            .fetch_one(&database)
            .await
            .unwrap();
            (waiting == 0).then_some(())
        })
        .await;
        database.close().await;
    }

    /// After [`DECLARE`] and nothing else: everything has been told, and nothing twice.
    async fn told_once(&self) {
        self.at_rest().await;
        let seen = self.standin.with(|world| {
            let mut seen = vec![];
            for channel in &world.channels {
                let said = channel
                    .messages
                    .iter()
                    .filter(|message| {
                        // What Slack itself notes, that it joined for example, is not counted.
                        message.by_bot() && message.only_for.is_none() && message.subtype.is_none()
                    })
                    .count();
                if said > 0 {
                    // The year is this year.
                    let name = channel.name.split("-001-").last().unwrap_or_default();
                    seen.push(format!(
                        "#{name}: {said} messages, {} pins",
                        channel.pins.len()
                    ));
                }
            }
            seen
        });
        assert_eq!(
            seen,
            [
                "#incidents: 1 messages, 0 pins",
                "#checkout-is-down: 1 messages, 1 pins"
            ]
        );
        let given_up = self
            .standin
            .calls()
            .into_iter()
            .filter(|call| call.answer["ok"] == false);
        assert_eq!(
            given_up.map(|call| call.method).collect::<Vec<_>>(),
            [""; 0]
        );
    }
}

#[tokio::test]
async fn it_starts_is_ready_and_answers() {
    let house = House::build().await;
    let program = house.serve().await;
    let answer = house.alice_types(DECLARE).await;
    assert!(answer.contains("INC-"), "{answer}");
    house.told_once().await;
    for (path, expected) in [
        ("/healthz", "ok"),
        ("/readyz", "ready"),
        ("/metrics", "balefire_slack_requests_total"),
    ] {
        let (status, body) = program.get(path).await.unwrap();
        assert!(
            status == 200 && body.contains(expected),
            "{path}: {status} {body}"
        );
    }
}

#[tokio::test]
async fn killed_before_anything_was_sent_it_sends_everything_after_the_next_start() {
    let house = House::build().await;
    // Until it knows where it works, nothing leaves the outbox.
    house
        .standin
        .misbehave(Some("auth.test"), Fault::HttpError(500), None);
    let program = house.serve().await;
    let answer = house.alice_types(DECLARE).await;
    assert!(answer.contains("INC-"), "{answer}");
    program.kill();
    assert_eq!(house.standin.calls_of("chat.postMessage").len(), 0);

    house.standin.behave();
    house.standin.with(|world| world.calls.clear());
    let _program = house.serve().await;
    let answer = house.alice_types("/incident list").await;
    assert!(answer.contains("Checkout is down"), "{answer}");
    house.told_once().await;
}

/// Slack asks for a pause before it has said where we work. What people say meanwhile is recorded, and told afterwards.
#[tokio::test]
async fn asked_to_wait_at_its_start_it_waits_as_long_and_records_meanwhile() {
    const PAUSE_S: u32 = 3;
    let house = House::build().await;
    for method in ["auth.test", "conversations.list"] {
        house.standin.next(
            method,
            Fault::RateLimited {
                after_s: PAUSE_S.into(),
            },
        );
    }
    let _program = house.serve().await;
    let answer = house.alice_types(DECLARE).await;
    assert!(answer.contains("INC-"), "{answer}");
    until("the card is there", async || {
        (!house.standin.calls_of("chat.postMessage").is_empty()).then_some(())
    })
    .await;
    for method in ["auth.test", "conversations.list"] {
        let calls = house.standin.calls_of(method);
        let refused = calls
            .iter()
            .position(|call| call.answer["ok"] == false)
            .unwrap();
        let waited_ms = calls[refused + 1].at_ms - calls[refused].at_ms;
        assert!(
            waited_ms >= i64::from(PAUSE_S) * 1_000,
            "{method}: {waited_ms} ms"
        );
    }
    house.at_rest().await;
    let cards = house.standin.calls_of("chat.postMessage");
    let cards = cards
        .iter()
        .filter(|call| call.args["channel"] == "C0INCIDENTS");
    assert_eq!(cards.count(), 1);
}

/// Killed while Slack has the card, or never will have it, and the bot cannot know which.
#[tokio::test]
async fn killed_amid_a_call_it_finds_out_before_it_sends_again() {
    let cases = [Fault::Slow { ms: 600_000 }, Fault::Hang].map(|fault| async move {
        let house = House::build().await;
        let program = house.serve().await;
        house.standin.next("chat.postMessage", fault);
        let answer = house.alice_types(DECLARE).await;
        assert!(answer.contains("INC-"), "{answer}");
        until("the card is on its way", async || {
            (!house.standin.calls_of("chat.postMessage").is_empty()).then_some(())
        })
        .await;
        program.kill();

        let _program = house.serve().await;
        house.told_once().await;
    });
    futures_util::future::join_all(cases).await;
}

#[tokio::test]
async fn told_to_stop_it_finishes_what_is_in_flight() {
    let house = House::build().await;
    // Somebody it does not know is asked for while it answers them.
    house
        .standin
        .misbehave(Some("users.list"), Fault::HttpError(500), None);
    let mut program = house.serve().await;
    house
        .standin
        .next("chat.postMessage", Fault::Slow { ms: 1_000 });
    house.alice_types(DECLARE).await;
    until("the card is on its way", async || {
        (!house.standin.calls_of("chat.postMessage").is_empty()).then_some(())
    })
    .await;
    house.standin.next("users.info", Fault::Slow { ms: 400 });
    let bob = house.standin.person("U0BOB");
    let asking = tokio::spawn(async move { bob.slash("C0INCIDENTS", "/incident list").await });
    until("somebody waits for an answer", async || {
        let asked = house.standin.calls_of("users.info");
        asked
            .iter()
            .any(|call| call.args["user"] == "U0BOB")
            .then_some(())
    })
    .await;

    program.signal("TERM");
    let status = program.ended().await;
    assert_eq!(status.code(), Some(0), "{}", program.log());
    let answer = words(&asking.await.unwrap());
    assert!(answer.contains("Checkout is down"), "{answer}");

    // The card was waited for: nothing has to be looked for now.
    house.standin.behave();
    house.standin.with(|world| world.calls.clear());
    let _program = house.serve().await;
    house.told_once().await;
    assert_eq!(house.standin.calls_of("conversations.history").len(), 0);
}

#[tokio::test]
async fn a_second_one_on_the_same_file_is_refused() {
    let house = House::build().await;
    let _program = house.serve().await;
    let complaint = refused(house.command());
    assert!(
        complaint.starts_with("balefire: DATABASE_URL: another Balefire runs on"),
        "{complaint}"
    );
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_named_in_one_line() {
    // What is set, what balefire.toml says, how the complaint begins.
    let cases = [
        (
            // An empty value is none.
            ("SLACK_BOT_TOKEN", ""),
            "",
            "SLACK_BOT_TOKEN is not set; copy",
        ),
        (
            ("SLACK_SIGNING_SECRET", ""),
            "",
            "SLACK_SIGNING_SECRET is not set; copy",
        ),
        (
            ("SLACK_BOT_TOKEN", SECRET),
            "",
            "SLACK_BOT_TOKEN does not look like xoxb-…; copy",
        ),
        (
            ("SLACK_SIGNING_SECRET", TOKEN),
            "",
            "SLACK_SIGNING_SECRET holds a token; copy",
        ),
        (
            ("SLACK_BOT_TOKEN_FILE", "token"),
            "",
            "SLACK_BOT_TOKEN and SLACK_BOT_TOKEN_FILE are both set; unset one",
        ),
        (
            ("SLACK_APP_TOKEN_FILE", "nowhere"),
            "",
            "SLACK_APP_TOKEN_FILE names nowhere, which cannot be read",
        ),
        (
            ("BALEFIRE_LISTEN", "3000"),
            "",
            r#"BALEFIRE_LISTEN is "3000", which is no address; write"#,
        ),
        (
            ("SLACK_API_URL", "slack.com"),
            "",
            r#"SLACK_API_URL is "slack.com", which is no address of an API; write"#,
        ),
        (
            (
                "DATABASE_URL",
                "mysql://balefire:5up3r-5ecret-5igning@db/balefire",
            ),
            "",
            "DATABASE_URL is no database; write",
        ),
        (
            ("DATABASE_URL", "sqlite://no/such/folder/balefire.db"),
            "",
            "DATABASE_URL: no/such/folder/balefire.db cannot be written beside",
        ),
        (
            ("RUST_LOG", "balefire=loud"),
            "",
            r#"RUST_LOG is "balefire=loud", which is no log filter; write"#,
        ),
        (
            ("RUST_LOG", "info"),
            "language = \"en\"\nlanguages = 2\n",
            "balefire.toml:2: ",
        ),
        (
            ("RUST_LOG", "info"),
            "language = \"fr\"\n",
            "balefire.toml:1: ",
        ),
        (
            ("RUST_LOG", "info"),
            "[[schedule]]\nname = \"a\"\nhandover = \"every monday\"\nmembers = [\"U1\"]\n",
            "balefire.toml:3: ",
        ),
    ];
    let house = House::build().await;
    for ((name, value), rules, expected) in cases {
        std::fs::write(house.path("balefire.toml"), rules).unwrap();
        let mut command = house.command();
        command.env(name, value);
        let complaint = refused(command);
        assert!(
            complaint.starts_with(&format!("balefire: {expected}")),
            "expected: {expected}\ngot: {complaint}"
        );
    }
    let mut command = house.command();
    command.args(["--config", "other.toml"]);
    let complaint = refused(command);
    assert!(
        complaint.starts_with("balefire: other.toml: cannot be read"),
        "{complaint}"
    );
    assert!(!house.path("balefire.db").exists(), "something was begun");
    // The demo reads little of it, and that in the same way.
    let mut command = Command::new(env!("CARGO_BIN_EXE_balefire"));
    command.args(["demo", "--port", "0"]);
    command.env("RUST_LOG", "balefire=loud");
    let complaint = refused(command);
    assert!(
        complaint.starts_with("balefire: RUST_LOG is"),
        "{complaint}"
    );
}

#[tokio::test]
async fn settings_come_from_files_too() {
    let house = House::build().await;
    let mut command = house.command();
    for (name, value) in [("SLACK_BOT_TOKEN", TOKEN), ("SLACK_SIGNING_SECRET", SECRET)] {
        let file = house.path(&name.to_lowercase());
        std::fs::write(&file, format!("{value}\n")).unwrap();
        command.env_remove(name).env(format!("{name}_FILE"), file);
    }
    let _program = house.run(command).await;
    assert!(house.alice_types(DECLARE).await.contains("INC-"));
    house.told_once().await;
}

#[tokio::test]
async fn the_most_talkative_log_holds_no_secret() {
    let house = House::build().await;
    let mut command = house.command();
    command.env("RUST_LOG", "trace");
    // One call of each kind goes wrong, since errors are where secrets slip out.
    house
        .standin
        .next("auth.test", Fault::Code("invalid_auth".into()));
    house
        .standin
        .next("conversations.setTopic", Fault::HttpError(503));
    let mut program = house.run(command).await;
    house.alice_types(DECLARE).await;
    house.at_rest().await;
    let alice = house.standin.person("U0ALICE");
    let card = house.standin.messages("C0INCIDENTS");
    let card = card
        .iter()
        .find(|message| message.by_bot() && message.only_for.is_none())
        .unwrap();
    alice
        .click("C0INCIDENTS", &card.ts, "Acknowledge")
        .await
        .unwrap();
    house.alice_types("/incident update Rolling back").await;
    let forged = reqwest::Client::new()
        .post(format!("{}/slack/commands", program.url))
        .header("x-slack-request-timestamp", "1")
        .header("x-slack-signature", format!("v0={}", "0".repeat(64)))
        .body("text=help");
    assert_eq!(forged.send().await.unwrap().status(), 401);
    house.at_rest().await;
    program.signal("TERM");
    assert!(program.ended().await.success());

    let said = std::fs::read_to_string(&program.stdout).unwrap() + &program.log();
    assert!(said.contains("TRACE"), "it did not talk");
    let hooks = house
        .standin
        .with(|world| world.response_urls.keys().cloned().collect::<Vec<_>>());
    assert!(!hooks.is_empty());
    let secrets = [TOKEN, SECRET]
        .into_iter()
        .chain(hooks.iter().map(String::as_str));
    for secret in secrets {
        let line = said.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "holds {secret}");
    }
}

/// Runs something that is to be refused: exit code 1 and one line, which is the result and holds no secret.
fn refused(mut command: Command) -> String {
    let output = command.output().unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert_eq!(output.stdout, b"");
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
    for secret in [TOKEN, SECRET] {
        assert!(!complaint.contains(secret), "{complaint}");
    }
    complaint
}

/// What somebody reads; it must be something that Slack takes.
fn words(answer: &Answer) -> String {
    assert_eq!(answer.problems, [""; 0]);
    answer.reads()
}

/// A disk that is full, as far as this process can tell: none of its files may grow.
#[tokio::test]
async fn on_a_full_disk_it_says_that_nothing_was_recorded() {
    let house = House::build().await;
    // Without this a file that may not grow kills whoever writes to it.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]);
    let serve = house.command();
    command.arg(serve.get_program()).args(serve.get_args());
    command.current_dir(house.folder.path()).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    for (name, value) in serve.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    let program = house.run(command).await;
    assert!(house.alice_types(DECLARE).await.contains("INC-"));
    house.told_once().await;

    let alice = house.standin.person("U0ALICE");
    let mut cards = house.standin.messages("C0INCIDENTS").into_iter();
    let card = cards.rfind(|message| message.reads().contains("[Acknowledge]"));
    let card = card.unwrap().ts;
    let press = async || alice.click("C0INCIDENTS", &card, "Acknowledge").await;

    program.limit_files("1024");
    // Nobody reads what answers a button: Slack marks it as failed.
    let pressed = press().await.unwrap();
    assert_eq!(pressed.error.as_deref(), Some("app_error"), "{pressed:?}");
    for typed in ["/incident update Lost", "/incident note Lost, too"] {
        let answer = house.alice_types(typed).await;
        assert!(answer.contains("Nothing was recorded"), "{answer}");
    }
    program.limit_files("unlimited");
    let answer = house.alice_types("/incident update Rolling back").await;
    assert!(answer.contains("Update posted"), "{answer}");
    let pressed = press().await.unwrap();
    assert_eq!(pressed.error, None, "{pressed:?}");
    let timeline = house.alice_types("/incident timeline").await;
    assert_eq!(timeline.matches("acknowledged").count(), 1, "{timeline}");
    assert!(
        timeline.contains("Rolling back") && !timeline.contains("Lost"),
        "{timeline}"
    );
}
