//! An evening on call in one process: the bot behind real HTTP, the stand-in for Slack, three people, and a clock
//! that moves only when the test says so.
//!
//! What people see is read with [`World::read`]; [`World::end`] fails a test that left a message of the bot unread.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use balefire::app::App;
use balefire::app::steps::{Step, Steps};
use balefire::clock::{Clock, ManualClock, Time};
use balefire::config::{self, Config, Door, SlackSettings};
use balefire::pump::{outbox, wakes};
use balefire::run::{self, Parts};
use balefire::slack::socket::Socket;
use balefire::standin::{Answer, Fault, Listening, Message, Options, Person, StandIn};
use chrono::{Duration, TimeZone, Utc};
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The house rules of the tests: two severities with people behind them, stakeholders and customers.
pub const RULES: &str = r#"
services = ["payments", "checkout"]

[[severity]]
id = "P0"
name = "Critical"
meaning = "The system is down"
respond_within = "15m"
owner = ["U0BOB"]
escalate_to = ["U0CHEN"]
stakeholders = ["C0EXEC"]

[[severity]]
id = "P1"
name = "High"
meaning = "A main function fails"
respond_within = "2h"
stakeholders = ["C0EXEC"]

[[severity]]
id = "P2"
name = "Medium"
meaning = "A function fails for some"
respond_within = "8h"

[customers]
channel = "C0CUSTOMERS"
"#;

pub const SECRET: &str = "5up3r-5ecret-5igning";
pub const TOKEN: &str = "xoxb-4-very-secret-token";
pub const APP_TOKEN: &str = "xapp-1-very-secret-token";

pub struct World {
    pub standin: StandIn,
    pub clock: ManualClock,
    pub url: String,
    rules: String,
    /// Slack's deliveries come over a socket, and not by HTTP.
    over_socket: bool,
    /// `BALEFIRE_HEARTBEAT_URL`, from the next start of the bot on.
    pub heartbeat_url: Option<String>,
    bot: Option<RunningBot>,
    folder: TempDir,
    shown: BTreeMap<String, String>,
    _listening: Listening,
}

struct RunningBot {
    app: Arc<App>,
    server: JoinHandle<()>,
    socket: Option<RunningSocket>,
}

struct RunningSocket {
    socket: Arc<Socket>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl World {
    /// The evening begins at ten.
    pub async fn start() -> Self {
        Self::with_rules(RULES).await
    }

    pub async fn with_rules(rules: &str) -> Self {
        Self::with_files(rules, &[]).await
    }

    /// Slack reaches the bot over a socket that the bot opened, and by no other way.
    pub async fn over_socket() -> Self {
        Self::build(RULES, &[], |options| {
            options.app_token = Some(APP_TOKEN.into());
            options.socket_mode = true;
        })
        .await
    }

    /// With `files` beside `balefire.toml`, by their paths.
    pub async fn with_files(rules: &str, files: &[(&str, &str)]) -> Self {
        Self::build(rules, files, |_| {}).await
    }

    /// With another Slack than the usual one.
    pub async fn build(
        rules: &str,
        files: &[(&str, &str)],
        change: impl FnOnce(&mut Options),
    ) -> Self {
        let folder = folder();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let clock = ManualClock::at(Utc.with_ymd_and_hms(2026, 11, 20, 10, 0, 0).unwrap());
        let told = clock.clone();
        let mut options = Options::new(
            Arc::new(move || told.now().timestamp_millis()),
            SECRET,
            TOKEN,
        );
        change(&mut options);
        let over_socket = options.socket_mode;
        let standin = StandIn::new(options);
        let listening = standin.listen().await.unwrap();
        let mut world = Self {
            standin,
            clock,
            url: String::new(),
            rules: rules.to_owned(),
            over_socket,
            heartbeat_url: None,
            bot: None,
            folder,
            shown: BTreeMap::new(),
            _listening: listening,
        };
        world.start_bot(Steps::default()).await;
        world
    }

    /// Starts the bot on the database that is there, as a deploy does.
    pub async fn start_bot(&mut self, steps: Steps) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        self.url = format!("http://{address}");
        let file = self.folder.path().join("balefire.toml");
        std::fs::write(&file, &self.rules).unwrap();
        let settings = config::load_settings(Some(&file)).unwrap();
        let config = Config {
            listen: address,
            database_url: SecretString::from(self.database_url()),
            log_filter: Default::default(),
            log_format: balefire::logs::LogFormat::default(),
            heartbeat_url: self.heartbeat_url.clone().map(SecretString::from),
            slack: SlackSettings {
                api_url: format!("{}/api", self._listening.url),
                bot_token: SecretString::from(TOKEN),
                door: match self.over_socket {
                    true => Door::Socket {
                        app_token: SecretString::from(APP_TOKEN),
                    },
                    false => Door::Http {
                        signing_secret: SecretString::from(SECRET),
                    },
                },
            },
            settings,
        };
        let Parts {
            app,
            router,
            socket,
            ..
        } = run::assemble(config, Arc::new(self.clock.clone()), steps)
            .await
            .unwrap();
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.unwrap();
        });
        run::find_workplace(&app).await.unwrap();
        app.people.refresh_groups(&app.slack).await.unwrap();
        while !app.people.refresh(&app.slack).await.unwrap() {}
        let socket = socket.map(|socket| {
            let (stop, stopped) = watch::channel(false);
            let running = Arc::clone(&socket);
            let task = tokio::spawn(async move { running.run(stopped).await });
            RunningSocket { socket, stop, task }
        });
        match &socket {
            Some(running) => {
                let mut standing = running.socket.state().subscribe();
                standing.wait_for(|now| now.open == 1).await.unwrap();
                // The one of a bot that was killed may take a moment to be missed.
                self.standin.until_sockets(|open| open.len() == 1).await;
            }
            None => self.standin.set_bot_url(Some(&self.url)),
        }
        self.bot = Some(RunningBot {
            app,
            server,
            socket,
        });
    }

    pub fn database_url(&self) -> String {
        format!(
            "sqlite://{}",
            self.folder.path().join("balefire.db").display()
        )
    }

    /// The bot dies where it stands: nothing is finished, nothing is said.
    pub async fn kill_bot(&mut self) {
        if let Some(bot) = self.bot.take() {
            bot.server.abort();
            let _ = bot.server.await;
            if let Some(running) = bot.socket {
                running.task.abort();
                let _ = running.task.await;
            }
            // Handlers may still hold the app for a moment; the database is free when the last one lets go.
            let store = bot.app.store.clone();
            drop(bot.app);
            store.close().await;
        }
    }

    pub async fn restart(&mut self) {
        self.kill_bot().await;
        self.start_bot(Steps::default()).await;
    }

    pub fn app(&self) -> &Arc<App> {
        &self.bot.as_ref().expect("the bot runs").app
    }

    /// What keeps the bot's socket.
    pub fn socket(&self) -> &Arc<Socket> {
        let running = self.bot.as_ref().and_then(|bot| bot.socket.as_ref());
        &running.expect("the bot runs over a socket").socket
    }

    /// SIGTERM, as far as the socket hears of it: it finishes and ends.
    pub async fn stop_socket(&mut self) {
        let running = self.bot.as_mut().and_then(|bot| bot.socket.take());
        let running = running.expect("the bot runs over a socket");
        running.stop.send(true).unwrap();
        running.task.await.unwrap();
    }

    pub fn alice(&self) -> Person {
        self.standin.person("U0ALICE")
    }

    pub fn bob(&self) -> Person {
        self.standin.person("U0BOB")
    }

    pub fn chen(&self) -> Person {
        self.standin.person("U0CHEN")
    }

    /// Types a command, and lets everything happen that follows from it.
    pub async fn slash(&mut self, person: &Person, channel: &str, typed: &str) -> String {
        let answer = person.slash(channel, typed).await;
        self.heard(&answer);
        self.settle().await;
        answer.reads()
    }

    /// Presses what bears this label in the newest message of the channel that has it.
    pub async fn click(&mut self, person: &Person, channel: &str, label: &str) -> String {
        let message = self
            .all(channel)
            .into_iter()
            .rfind(|message| offers(&message.reads(), label))
            .unwrap_or_else(|| panic!("no [{label}] in {channel}:\n{}", self.everything(channel)));
        self.click_on(person, channel, &message.ts, label).await
    }

    /// Presses what bears this label in a certain message. What the bot has to say to this person alone is the result.
    pub async fn click_on(
        &mut self,
        person: &Person,
        channel: &str,
        ts: &str,
        label: &str,
    ) -> String {
        let before = self.whispers(channel, person).len();
        let answer = person
            .click(channel, ts, label)
            .await
            .unwrap_or_else(|error| panic!("{label}: {error}"));
        self.heard(&answer);
        self.settle().await;
        let whispers = self.whispers(channel, person);
        for message in &whispers[before..] {
            self.shown.insert(key(channel, message), message.reads());
        }
        whispers[before..]
            .iter()
            .map(Message::reads)
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Fills in the open form and submits it.
    pub async fn submit(&mut self, person: &Person, fields: &[(&str, &str)]) -> String {
        let submitted = person
            .submit(fields)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        self.settle().await;
        match submitted.ok() {
            true => String::new(),
            false => format!(
                "{:?} {}",
                submitted.errors,
                submitted.trouble.unwrap_or_default()
            ),
        }
    }

    fn heard(&mut self, answer: &Answer) {
        assert!(
            answer.problems.is_empty(),
            "Slack finds fault with an answer: {:?}",
            answer.problems
        );
        if let Some(message) = &answer.message {
            for channel in self.channels() {
                if self
                    .all(&channel)
                    .iter()
                    .any(|other| other.ts == message.ts)
                {
                    self.shown.insert(key(&channel, message), message.reads());
                }
            }
        }
    }

    fn whispers(&self, channel: &str, person: &Person) -> Vec<Message> {
        self.all(channel)
            .into_iter()
            .filter(|message| message.by_bot() && message.only_for.as_deref() == Some(person.id()))
            .collect()
    }

    /// Lets everything happen that is due now, with the pauses that Slack's pace asks for.
    pub async fn settle(&mut self) {
        for _ in 0..500 {
            self.standin.turn().await;
            self.standin.settle().await;
            let Some(bot) = &self.bot else { return };
            let app = Arc::clone(&bot.app);
            let done = wakes::turn(&app).await.unwrap() + outbox::turn(&app).await.unwrap();
            app.sends.finished().await.unwrap();
            if done > 0 {
                continue;
            }
            let now = self.clock.now();
            match outbox::next_at(&app).await.unwrap() {
                // What waits longer than this waits for a reason that the test wants to see.
                Some(next) if next > now && next - now <= Duration::seconds(2) => {
                    self.clock.advance(next - now)
                }
                Some(next) if next <= now => continue,
                _ => return,
            }
        }
        panic!("it does not come to rest");
    }

    /// Time passes, and the bot's pumps are punctual.
    pub async fn advance(&mut self, by: Duration) {
        let until = self.clock.now() + by;
        loop {
            self.settle().await;
            let next = self.next_due().await.filter(|next| *next <= until);
            let Some(next) = next else { break };
            let step = (next - self.clock.now()).max(Duration::milliseconds(1));
            self.clock.advance(step);
        }
        let rest = until - self.clock.now();
        if rest > Duration::zero() {
            self.clock.advance(rest);
        }
        self.settle().await;
    }

    async fn next_due(&self) -> Option<Time> {
        let wake = wakes::next_at(self.app()).await.unwrap();
        let send = outbox::next_at(self.app()).await.unwrap();
        [wake, send].into_iter().flatten().min()
    }

    /// The time on the wall.
    pub fn clock_shows(&self) -> String {
        self.clock.now().format("%H:%M").to_string()
    }

    /// Time passes while nobody is there to notice: a deploy, a crash, a laptop lid.
    pub fn sleep(&self, by: Duration) {
        self.clock.advance(by);
    }

    fn channels(&self) -> Vec<String> {
        self.standin.with(|world| {
            world
                .channels
                .iter()
                .map(|channel| channel.id.clone())
                .collect()
        })
    }

    /// Everything in a channel, threads and whispers too, in the order in which it was written.
    pub fn all(&self, channel: &str) -> Vec<Message> {
        self.standin.with(|world| {
            world
                .channel(channel)
                .map(|found| found.messages.clone())
                .unwrap_or_default()
        })
    }

    fn everything(&self, channel: &str) -> String {
        self.all(channel)
            .iter()
            .map(|message| self.show(message))
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn show(&self, message: &Message) -> String {
        let who = self
            .standin
            .with(|world| world.handle_of(message.user()).to_owned());
        let mark = match (&message.thread_ts, &message.only_for) {
            (_, Some(user)) => format!(
                "(only {}) ",
                self.standin.with(|world| world.handle_of(user).to_owned())
            ),
            (Some(_), None) => "↳ ".to_owned(),
            (None, None) => String::new(),
        };
        let mut lines = message.reads();
        if message.thread_ts.is_some() {
            lines = lines.replace('\n', "\n  ");
        }
        format!("{mark}{who}: {lines}")
    }

    /// What is new in a channel (`#incidents`) or in a person's direct messages (`@bob`) since the last look; what
    /// changed begins with `~`.
    pub fn read(&mut self, place: &str) -> String {
        self.news(place).join("\n")
    }

    /// As [`World::read`], message by message.
    pub fn news(&mut self, place: &str) -> Vec<String> {
        let channel = self.find(place);
        let mut lines = vec![];
        for message in self.all(&channel) {
            let reads = message.reads();
            let known = self.shown.insert(key(&channel, &message), reads.clone());
            match known {
                Some(known) if known == reads => {}
                Some(_) => lines.push(format!("~ {}", self.show(&message))),
                None => lines.push(self.show(&message)),
            }
        }
        lines
    }

    /// What is new everywhere since the last look, place by place. Of a message that changed, the lines that did.
    pub fn everywhere(&mut self) -> String {
        let mut news = String::new();
        for channel in self.channels() {
            let mut lines = vec![];
            for message in self.all(&channel) {
                let reads = message.reads();
                match self.shown.insert(key(&channel, &message), reads.clone()) {
                    Some(known) if known == reads => {}
                    Some(known) => lines.push(changes(&known, &reads)),
                    None => lines.push(self.show(&message).replace('\n', "\n    ")),
                }
            }
            if !lines.is_empty() {
                let place = self.standin.with(|world| {
                    let found = world.channel(&channel).unwrap();
                    match found.partner(balefire::standin::world::BOT_USER) {
                        Some(person) => format!("@{}", world.handle_of(person)),
                        None => format!("#{}", found.name),
                    }
                });
                news.push_str(&format!("  {place}\n    {}\n", lines.join("\n    ")));
            }
        }
        news
    }

    pub fn find(&self, place: &str) -> String {
        match place.strip_prefix('@') {
            Some(name) => {
                let id = format!("U0{}", name.to_uppercase());
                self.standin
                    .with(|world| world.direct(balefire::standin::world::BOT_USER, &id))
            }
            None => self
                .standin
                .channel_by_name(place.trim_start_matches('#'))
                .unwrap_or_else(|| panic!("there is no channel {place}")),
        }
    }

    /// The card in `#incidents`, as it stands.
    pub fn card(&self) -> String {
        self.card_message()
            .map_or_else(String::new, |card| card.reads())
    }

    /// Where the card in `#incidents` is.
    pub fn card_ts(&self) -> String {
        self.card_message().expect("a card in #incidents").ts
    }

    fn card_message(&self) -> Option<Message> {
        self.all("C0INCIDENTS")
            .into_iter()
            .rfind(|message| message.by_bot() && message.reads().starts_with("# "))
    }

    /// The next call of `method` goes wrong in this way.
    pub fn next(&self, method: &str, fault: Fault) {
        self.standin.next(method, fault);
    }

    /// Every message of the bot's that nobody has read, and everything that Slack refused or took for a mistake.
    pub fn unread(&self) -> Vec<String> {
        let mut unread = vec![];
        for channel in self.channels() {
            for message in self.all(&channel) {
                let seen = self.shown.get(&key(&channel, &message));
                if message.by_bot() && seen != Some(&message.reads()) {
                    unread.push(format!("{channel}: {}", self.show(&message)));
                }
            }
        }
        unread
    }

    /// The evening is over.
    pub async fn end(mut self) {
        self.settle().await;
        let unread = self.unread();
        assert!(
            unread.is_empty(),
            "left unread:\n{}",
            unread.join("\n---\n")
        );
        self.kill_bot().await;
    }
}

/// Stops the bot the `nth` time it comes to `step`, and from then on at every step: a dead process does nothing.
pub fn stop_at(step: Step, nth: u32, stopped: Arc<AtomicBool>) -> Steps {
    let passed = AtomicU32::new(0);
    Steps::stopping(move |here| {
        if here == step && passed.fetch_add(1, Ordering::SeqCst) + 1 == nth {
            stopped.store(true, Ordering::SeqCst);
        }
        stopped.load(Ordering::SeqCst)
    })
}

/// In memory where the machine has such a place: hundreds of evenings need no disk to wait for.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    match memory.is_dir() {
        true => tempfile::tempdir_in(memory).unwrap(),
        false => tempfile::tempdir().unwrap(),
    }
}

/// Whether there is a button or a line of a `⋯` menu of this name.
fn offers(reads: &str, label: &str) -> bool {
    let menus = reads.split("[⋯ ").skip(1);
    let mut entries = menus.flat_map(|menu| menu.split(']').next().unwrap_or("").split(" / "));
    reads.contains(&format!("[{label}]")) || entries.any(|entry| entry == label)
}

/// A message that reads differently now, by the lines that are gone and new.
fn changes(before: &str, after: &str) -> String {
    let missing = |here: &str, there: &str, sign: char| {
        here.lines()
            .filter(|line| !there.lines().any(|other| other == *line))
            .map(|line| format!("\n      {sign} {line}"))
            .collect::<String>()
    };
    let first = after.lines().next().unwrap_or_default();
    format!(
        "~ {first}{}{}",
        missing(before, after, '-'),
        missing(after, before, '+')
    )
}

fn key(channel: &str, message: &Message) -> String {
    format!("{channel} {}", message.ts)
}

pub fn minutes(n: i64) -> Duration {
    Duration::minutes(n)
}

pub fn seconds(n: i64) -> Duration {
    Duration::seconds(n)
}
