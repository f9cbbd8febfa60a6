//! The only module of the bot that reads the wall clock. Everything else takes `now` as an argument.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Duration, DurationRound, Utc};

/// A point in time, always UTC. Schedules and words bring their own time zone.
pub type Time = DateTime<Utc>;

/// How far our clock may be from Slack's, in seconds. A replica's lease is read by another one's clock. It lasts for
/// 60 s, and a call is over 50 s after it was taken, so replicas may be 10 s apart, each 5 s from Slack. A clock that is
/// off by more is not kept right by anybody, and goes on drifting.
pub const SKEW_MAX_S: i64 = 5;

/// Tells the time. The bot asks it once per command, at the door.
pub trait Clock: Send + Sync + 'static {
    /// The present, in whole milliseconds: what the database keeps, so that a time read back equals the one written.
    fn now(&self) -> Time;
}

/// The machine's clock, plus a shift that the demo's page can push forward.
#[derive(Clone, Default)]
pub struct SystemClock {
    ahead_ms: Arc<AtomicI64>,
}

impl SystemClock {
    /// Moves this clock and its clones forward for good.
    pub fn jump(&self, by: Duration) {
        self.ahead_ms
            .fetch_add(by.num_milliseconds(), Ordering::SeqCst);
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the wall clock"
    )]
    fn now(&self) -> Time {
        let ahead = Duration::milliseconds(self.ahead_ms.load(Ordering::SeqCst));
        whole_ms(Utc::now() + ahead)
    }
}

/// A clock that moves only when told to, for tests and simulations.
#[derive(Clone)]
pub struct ManualClock {
    now_ms: Arc<AtomicI64>,
}

impl ManualClock {
    /// A clock that stands at `start`.
    pub fn at(start: Time) -> Self {
        Self {
            now_ms: Arc::new(AtomicI64::new(start.timestamp_millis())),
        }
    }

    /// Moves this clock and its clones forward.
    pub fn advance(&self, by: Duration) {
        self.now_ms
            .fetch_add(by.num_milliseconds(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Time {
        DateTime::from_timestamp_millis(self.now_ms.load(Ordering::SeqCst))
            .unwrap_or(DateTime::UNIX_EPOCH)
    }
}

fn whole_ms(time: Time) -> Time {
    time.duration_trunc(Duration::milliseconds(1))
        .unwrap_or(time)
}
