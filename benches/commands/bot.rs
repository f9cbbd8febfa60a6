//! The bot as `serve` runs it, pumps and all, on a database file, with open incidents and a Slack that is never busy.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use balefire::clock::{Clock, SystemClock};
use balefire::config::{Config, Door, Settings, SlackSettings};
use balefire::domain::event::Event;
use balefire::ids::TeamId;
use balefire::run::{self, Bot};
use balefire::standin::{Listening, Options, Rates, StandIn};
use balefire::store::ListFilter;
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::load::{Connection, Letter, Requests, SECRET};

const TOKEN: &str = "xoxb-token";
/// How many incidents are open, and updated in turn.
const INCIDENTS: u64 = 10;
/// A little longer than the pause between two messages to one channel.
const A_SECOND: chrono::Duration = chrono::Duration::milliseconds(1_100);

pub struct BusyBot {
    address: SocketAddr,
    clock: SystemClock,
    bot: Bot,
    server: JoinHandle<()>,
    team: TeamId,
    updates: Arc<AtomicU64>,
    _slack: Listening,
    _folder: TempDir,
}

impl BusyBot {
    /// Starts it, declares the incidents, and waits until Slack knows all of them.
    pub async fn start(folder: &Path) -> anyhow::Result<Self> {
        let clock = SystemClock::default();
        let told = clock.clone();
        let mut options = Options::new(
            Arc::new(move || told.now().timestamp_millis()),
            SECRET,
            TOKEN,
        );
        options.rates = Rates::Off;
        options.events = vec![];
        let standin = StandIn::new(options);
        let slack = standin.listen().await?;
        let folder = tempfile::tempdir_in(folder)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let database = folder.path().join("balefire.db");
        let config = Config {
            listen: address,
            database_url: SecretString::from(format!("sqlite://{}", database.display())),
            log_filter: Default::default(),
            log_format: balefire::logs::LogFormat::default(),
            heartbeat_url: None,
            slack: SlackSettings {
                api_url: format!("{}/api", slack.url),
                bot_token: SecretString::from(TOKEN),
                door: Door::Http {
                    signing_secret: SecretString::from(SECRET),
                },
            },
            settings: Settings::default(),
        };
        let bot = run::start(config, Arc::new(clock.clone())).await?;
        let router = bot.router();
        let server = tokio::spawn(async move {
            axum::serve(listener, router)
                .await
                .expect("a listener that was bound goes on listening");
        });
        let busy = Self {
            address,
            clock,
            bot,
            server,
            team: TeamId::new(balefire::standin::world::TEAM),
            updates: Arc::default(),
            _slack: slack,
            _folder: folder,
        };
        let declare = busy.requests("INC-", |number| {
            format!("declare P2 Checkout is slow, case {number}")
        });
        let mut connection = Connection::open(declare).await?;
        for _ in 0..INCIDENTS {
            connection.ask().await?;
        }
        busy.settle().await?;
        Ok(busy)
    }

    /// `/incident list`, which names every open incident.
    pub fn lists(&self) -> Requests {
        self.requests("INC-", |_| "list".into())
    }

    /// `/incident update`, in other words each time, for one incident after the other.
    pub fn updates(&self) -> Requests {
        let year = self.clock.now().format("%Y").to_string();
        let updates = Arc::clone(&self.updates);
        self.requests("Update posted", move |number| {
            updates.fetch_add(1, Ordering::Relaxed);
            let incident = number % INCIDENTS + 1;
            format!("update INC-{year}-{incident:03} Rolling back, step {number}")
        })
    }

    fn requests(
        &self,
        answered_with: &'static str,
        text: impl Fn(u64) -> String + Send + Sync + 'static,
    ) -> Requests {
        let letter = Letter::new(self.clock.clone());
        Requests {
            address: self.address,
            next: Arc::new(move |number| letter.command(&text(number), number)),
            answered_with,
        }
    }

    /// Lets the clock run ahead until nothing waits for Slack's one message per second and channel.
    async fn settle(&self) -> anyhow::Result<()> {
        let app = self.bot.app();
        let waiting = async {
            while !app.store.outbox_depth().await?.is_empty() || app.workplace().is_none() {
                self.clock.jump(A_SECOND);
                app.bells.ring();
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(Duration::from_secs(60), waiting)
            .await
            .context("the incidents do not come to rest")?
    }

    /// How many updates are on the incidents' timelines.
    async fn updates_kept(&self) -> anyhow::Result<u64> {
        let store = &self.bot.app().store;
        let mut kept = 0;
        let open = store
            .list(&self.team, ListFilter::Open, 1_000)
            .await?
            .incidents;
        ensure!(open.len() as u64 == INCIDENTS, "{} are open", open.len());
        for saved in open {
            let timeline = store.timeline(&self.team, &saved.incident.id).await?;
            kept += timeline
                .iter()
                .filter(|entry| matches!(entry.event, Event::UpdatePosted { .. }))
                .count() as u64;
        }
        Ok(kept)
    }

    /// Ends it, after a look whether every update is where it should be. Returns how many messages still waited.
    ///
    /// # Errors
    /// When one is missing or there twice.
    pub async fn end(self) -> anyhow::Result<i64> {
        let asked = self.updates.load(Ordering::Relaxed);
        let kept = self.updates_kept().await?;
        ensure!(
            kept == asked,
            "{asked} updates were asked for, {kept} are on the timelines"
        );
        let depth = self.bot.app().store.outbox_depth().await?;
        Ok(depth.iter().map(|state| state.count).sum())
    }
}

impl Drop for BusyBot {
    fn drop(&mut self) {
        self.server.abort();
    }
}
