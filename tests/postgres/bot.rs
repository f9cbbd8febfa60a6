//! The bot as `serve` runs it, on a given database, beside a Slack that is up.

use std::sync::Arc;
use std::time::Duration;

use balefire::app::App;
use balefire::app::steps::Steps;
use balefire::clock::{Clock, SystemClock};
use balefire::config::{Config, Door, Settings, SlackSettings};
use balefire::logs::LogFormat;
use balefire::run;
use balefire::standin::{Fault, Listening, Options, Rates, StandIn};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

const SECRET: &str = "5up3r-5ecret-5igning";
const TOKEN: &str = "xoxb-4-very-secret-token";
/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Bot {
    pub clock: SystemClock,
    standin: StandIn,
    pub app: Arc<App>,
    pub url: String,
    serving: JoinHandle<anyhow::Result<()>>,
    stop: Arc<Notify>,
    _slack: Listening,
}

impl Bot {
    pub async fn start(database_url: &str, steps: Steps) -> Self {
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
        let slack = standin.listen().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let config = Config {
            listen: address,
            database_url: SecretString::from(database_url),
            log_filter: Default::default(),
            log_format: LogFormat::default(),
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
        let bot = run::start_with_steps(config, Arc::new(clock.clone()), steps)
            .await
            .unwrap();
        let app = Arc::clone(bot.app());
        let router = bot.router();
        let stop = Arc::new(Notify::new());
        let told = Arc::clone(&stop);
        let serving =
            tokio::spawn(bot.run_until(listener, router, async move { told.notified().await }));
        let url = format!("http://{address}");
        standin.set_bot_url(Some(&url));
        until("it knows where it works", async || app.workplace()).await;
        Self {
            clock,
            standin,
            app,
            url,
            serving,
            stop,
            _slack: slack,
        }
    }

    /// What Alice reads.
    pub async fn alice_types(&self, typed: impl Into<String>) -> String {
        let alice = self.standin.person("U0ALICE");
        let answer = alice.slash("C0INCIDENTS", &typed.into()).await;
        assert_eq!(answer.problems, [""; 0]);
        answer.reads()
    }

    pub async fn get(&self, path: &str) -> (u16, String) {
        let response = reqwest::get(format!("{}{path}", self.url)).await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// Waits until nothing is left to be told, while the clock runs ahead.
    pub async fn at_rest(&self) {
        let app = &self.app;
        until("nothing waits for Slack", async || {
            self.clock.jump(chrono::Duration::milliseconds(1_100));
            app.bells.ring();
            let depth = app.store.outbox_depth().await.ok()?;
            depth.is_empty().then_some(())
        })
        .await;
    }

    /// Tells it to stop. It has ended when this has.
    pub async fn stops(&mut self) {
        self.stop.notify_one();
        (&mut self.serving).await.unwrap().unwrap();
    }

    /// What Slack does to the next call of this method.
    pub fn misbehave_once(&self, method: &str, fault: Fault) {
        self.standin.misbehave(Some(method), fault, Some(1));
    }

    /// How many messages with these words Slack has taken.
    pub fn times_said(&self, words: &str) -> usize {
        self.said(words).len()
    }

    /// The messages with these words that Slack has taken.
    pub fn said(&self, words: &str) -> Vec<String> {
        let calls = self.standin.calls_of("chat.postMessage");
        calls
            .iter()
            .filter(|call| call.answer["ok"] == true)
            .map(|call| call.args.to_string())
            .filter(|said| said.contains(words))
            .collect()
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Looks again and again until there is something to see.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        let mut every = tokio::time::interval(Duration::from_millis(20));
        loop {
            every.tick().await;
            if let Some(seen) = look().await {
                return seen;
            }
        }
    };
    match tokio::time::timeout(PATIENCE, looking).await {
        Ok(seen) => seen,
        Err(_) => panic!("waited {PATIENCE:?} in vain until {what}"),
    }
}
