//! Who goes next. Everything that happens in a history is an activity, and one activity moves at a time: it runs until
//! it waits at a place that has a name, and stays there until the driver lets it go on. So the order of things is the
//! driver's choice, and the same choices give the same history.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use balefire::app::steps::Step;
use tokio::sync::{Notify, oneshot};

/// How long an activity may really run before the simulation is taken to be stuck.
pub const STUCK_AFTER: Duration = Duration::from_secs(180);
/// How long it may really run on Postgres before it is taken to wait for the lock of one that is made to wait.
pub const BLOCKED_AFTER: Duration = Duration::from_millis(30);

/// Where an activity waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// At a named step of the bot.
    Step(Step),
    /// A delivery of Slack's stands before the bot's door.
    Door,
    /// The bot's answer to it is on its way.
    Answer,
    /// A call of the bot's stands before Slack's door.
    Call(String),
    /// Slack's answer to it is on its way.
    Reply,
    /// A pump is about to be turned.
    Turn(&'static str),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Step(step) => write!(f, "{step:?}"),
            Place::Door => f.write_str("door"),
            Place::Answer => f.write_str("answer"),
            Place::Call(method) => write!(f, "call {method}"),
            Place::Reply => f.write_str("reply"),
            Place::Turn(pump) => write!(f, "turn {pump}"),
        }
    }
}

/// An activity that waits.
pub struct Parked {
    pub id: u64,
    pub place: Place,
    /// The process it belongs to; none: Slack's or a person's.
    pub process: Option<u32>,
    /// Not to be let go before this time, in unix milliseconds of the world's clock.
    pub ready_at: i64,
    pub since: i64,
    go: oneshot::Sender<()>,
}

#[derive(Default)]
struct Inner {
    parked: Vec<Parked>,
    ids: u64,
    /// Activities that move. More than one only while sends are being started.
    active: i64,
    /// Sends that turns have announced, less those that have arrived at their first step.
    expected: i64,
}

/// All activities of one history.
#[derive(Clone, Default)]
pub struct Schedule {
    inner: Arc<Mutex<Inner>>,
    changed: Arc<Notify>,
}

impl Schedule {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an activity. It moves at once.
    pub fn begin(&self, activity: impl Future<Output = ()> + Send + 'static) {
        self.inner().active += 1;
        let schedule = self.clone();
        tokio::spawn(async move {
            activity.await;
            schedule.end();
        });
    }

    /// The activity that moves is over.
    pub fn end(&self) {
        self.inner().active -= 1;
        self.changed.notify_one();
    }

    /// A turn of the outbox has started so many sends; each is an activity.
    pub fn expect_sends(&self, count: usize) {
        self.inner().expected += i64::try_from(count).unwrap_or(0);
        self.changed.notify_one();
    }

    /// Waits here until the driver says so.
    pub async fn park(&self, place: Place, process: Option<u32>, now: i64, ready_at: i64) {
        let (go, gone) = oneshot::channel();
        {
            let mut inner = self.inner();
            if place == Place::Step(Step::OutboxStarted) {
                inner.expected -= 1;
            } else {
                inner.active -= 1;
            }
            inner.ids += 1;
            let id = inner.ids;
            inner.parked.push(Parked {
                id,
                place,
                process,
                ready_at,
                since: now,
                go,
            });
        }
        self.changed.notify_one();
        // The driver drops what will never go on.
        if gone.await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// How many activities move.
    pub fn moving(&self) -> i64 {
        let inner = self.inner();
        inner.active + inner.expected.max(0)
    }

    /// Whether everything waits.
    pub fn is_quiet(&self) -> bool {
        let inner = self.inner();
        inner.active == 0 && inner.expected == 0
    }

    /// Waits until no more than `blocked` move, none of them newly started. False: they have done so for longer than
    /// `at_most`.
    pub async fn quiet(&self, blocked: i64, at_most: Duration) -> bool {
        let quiet = async {
            while !(self.is_quiet() || blocked > 0 && self.moving() <= blocked) {
                self.changed.notified().await;
            }
        };
        tokio::time::timeout(at_most, quiet).await.is_ok()
    }

    /// Looks at those that wait, in the order in which they came to wait.
    pub fn parked<R>(&self, look: impl FnOnce(&[Parked]) -> R) -> R {
        look(&self.inner().parked)
    }

    /// Lets one go on.
    pub fn go(&self, id: u64) {
        let mut inner = self.inner();
        if let Some(at) = inner.parked.iter().position(|parked| parked.id == id) {
            let parked = inner.parked.remove(at);
            inner.active += 1;
            // Whoever waited is gone only with the runtime.
            let _ = parked.go.send(());
        }
    }
}
