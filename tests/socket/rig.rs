//! A socket alone, before a door that does what the test says, and a Slack that does, too.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use balefire::clock::{Clock, ManualClock, Time};
use balefire::domain::rules::Language;
use balefire::slack::client::SlackClient;
use balefire::slack::inbound::{Answer, Inbound};
use balefire::slack::people::People;
use balefire::slack::reception::Reception;
use balefire::slack::socket::{Socket, Standing, Timing};
use balefire::standin::{Listening, Options, StandIn};
use chrono::{TimeDelta, TimeZone, Utc};
use secrecy::SecretString;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::world::{APP_TOKEN, SECRET, TOKEN};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Rig {
    pub standin: StandIn,
    pub clock: ManualClock,
    pub socket: Arc<Socket>,
    /// What came to the door.
    pub heard: Arc<Mutex<Vec<Inbound>>>,
    /// How many at the door are not answered yet.
    pub inside: Arc<AtomicUsize>,
    /// Closed, nobody at the door gets an answer.
    pub gate: watch::Sender<bool>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    _listening: Listening,
}

/// What a test can choose.
pub struct Choices {
    pub timing: Timing,
    pub answer_within: Duration,
    pub app_token: &'static str,
    /// Instead of the stand-in.
    pub api_url: Option<String>,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            timing: Timing::default(),
            answer_within: PATIENCE,
            app_token: APP_TOKEN,
            api_url: None,
        }
    }
}

impl Rig {
    pub async fn start() -> Self {
        Self::with(Choices::default()).await
    }

    /// One that pings after so many milliseconds without a frame and gives up after so many, with its socket open.
    pub async fn that_pings(ping_after_ms: u64, silent_after_ms: u64) -> Self {
        let timing = Timing {
            ping_after: Duration::from_millis(ping_after_ms),
            silent_after: Duration::from_millis(silent_after_ms),
            ..Timing::default()
        };
        let rig = Self::with(Choices {
            timing,
            ..Choices::default()
        })
        .await;
        rig.until(|now| now.open == 1).await;
        rig
    }

    /// Everything is in place, and nothing runs that was not waited for: see [`Rig::until`].
    pub async fn with(choices: Choices) -> Self {
        let clock = ManualClock::at(Utc.with_ymd_and_hms(2026, 11, 20, 10, 0, 0).unwrap());
        let told = clock.clone();
        let now_ms = Arc::new(move || told.now().timestamp_millis());
        let mut options = Options::new(now_ms, SECRET, TOKEN);
        options.app_token = Some(APP_TOKEN.into());
        options.socket_mode = true;
        options.answer_within = PATIENCE;
        let standin = StandIn::new(options);
        let listening = standin.listen().await.unwrap();
        let api_url = choices
            .api_url
            .unwrap_or_else(|| format!("{}/api", listening.url));
        let token = SecretString::from(choices.app_token);
        let client = SlackClient::new(&api_url, &token, Duration::from_secs(10)).unwrap();
        let heard = Arc::new(Mutex::new(vec![]));
        let inside = Arc::new(AtomicUsize::new(0));
        let (gate, opened) = watch::channel(true);
        let (hears, counts) = (Arc::clone(&heard), Arc::clone(&inside));
        let reception = Reception::new(
            Arc::new(People::new(Language::En, [], [])),
            Arc::new(move |inbound, _| {
                let mut opened = opened.clone();
                let (hears, counts) = (Arc::clone(&hears), Arc::clone(&counts));
                Box::pin(async move {
                    counts.fetch_add(1, Ordering::SeqCst);
                    let _ = opened.wait_for(|open| *open).await;
                    hears.lock().unwrap().push(inbound);
                    counts.fetch_sub(1, Ordering::SeqCst);
                    Answer::Text("Done".into())
                })
            }),
        )
        .answer_within(choices.answer_within);
        let socket = Socket::new(client, reception, Arc::new(clock.clone()), choices.timing);
        let socket = Arc::new(socket.unwrap());
        let (stop, stopped) = watch::channel(false);
        let running = Arc::clone(&socket);
        let task = tokio::spawn(async move { running.run(stopped).await });
        Self {
            standin,
            clock,
            socket,
            heard,
            inside,
            gate,
            stop,
            task,
            _listening: listening,
        }
    }

    /// Waits until it stands so with the sockets, on a clock that moves on whenever the next socket waits for it.
    pub async fn until(&self, wanted: impl Fn(&Standing) -> bool) -> Standing {
        let mut standing = self.socket.state().subscribe();
        let waits = |now: &Standing| wanted(now) || self.waits(now).is_some();
        loop {
            let seen = tokio::time::timeout(PATIENCE, standing.wait_for(waits)).await;
            let seen = seen.expect("it comes about").unwrap().clone();
            if wanted(&seen) {
                return seen;
            }
            if let Some(at) = self.waits(&seen) {
                self.clock.advance(at - self.clock.now());
                self.socket.look_again();
            }
        }
    }

    /// Waits until the next socket waits for the clock. Returns for how long.
    pub async fn waits_for(&self) -> TimeDelta {
        let mut standing = self.socket.state().subscribe();
        let waits = |now: &Standing| self.waits(now).is_some();
        let seen = tokio::time::timeout(PATIENCE, standing.wait_for(waits)).await;
        let at = seen.expect("it comes about").unwrap().next_open_at.unwrap();
        at - self.clock.now()
    }

    fn waits(&self, standing: &Standing) -> Option<Time> {
        standing.next_open_at.filter(|at| *at > self.clock.now())
    }

    /// Waits until Slack sees so many sockets.
    pub async fn sockets(&self, count: usize) -> Vec<u64> {
        let open = self.standin.until_sockets(|open| open.len() == count);
        let open = tokio::time::timeout(PATIENCE, open).await;
        open.expect("Slack sees them")
    }

    /// When sockets were asked for.
    pub fn asked_at_ms(&self) -> Vec<i64> {
        let calls = self.standin.calls_of("apps.connections.open");
        calls.iter().map(|call| call.at_ms).collect()
    }

    pub async fn types(&self) -> String {
        let alice = self.standin.person("U0ALICE");
        alice.slash("C0INCIDENTS", "/incident help").await.reads()
    }

    /// SIGTERM. Returns when everything has ended.
    pub async fn stop(self) -> StandIn {
        self.stop.send(true).unwrap();
        let ended = tokio::time::timeout(PATIENCE, self.task).await;
        ended.expect("it ends").unwrap();
        self.standin
    }
}
