//! What the bot does with what it hears: one door for changes ([`door`]), reads beside it ([`ask`]), and the one
//! call to Slack that cannot wait for the outbox ([`forms`]).

pub mod ask;
pub mod clicks;
pub mod commands;
pub mod door;
pub mod events;
pub mod forms;
pub mod inbound;
pub mod steps;

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use chrono::{Datelike, TimeDelta};
use tokio::sync::{Notify, watch};

use crate::clock::{Clock, Time};
use crate::config::Settings;
use crate::domain::rules::{Language, Rules};
use crate::ids::{ChannelId, TeamId, UserId};
use crate::pump::audit::Torn;
use crate::pump::heartbeat::Heartbeat;
use crate::pump::sends::Sends;
use crate::pump::wakes::Resting;
use crate::slack::client::SlackClient;
use crate::slack::people::People;
use crate::store::Store;

/// How long an answer waits to learn the language of somebody new. Slack wants the answer within three seconds.
const LANGUAGE_WITHIN: Duration = Duration::from_millis(500);

/// How far our clock was ahead of Slack's; below zero it was behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ahead {
    /// When they were last compared.
    pub now: TimeDelta,
    /// In the life of this process, zero included: what was written down then is still to be found after the clock was set.
    pub least: TimeDelta,
    pub most: TimeDelta,
}

/// Slack refuses whatever the bot says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unheard {
    /// Slack's error code.
    pub code: String,
    pub since: Time,
}

/// Everything that handlers and pumps share. Nothing in here must outlive the process: that is what the store is for.
pub struct App {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub settings: Settings,
    pub slack: SlackClient,
    pub people: Arc<People>,
    pub bells: Bells,
    pub sends: Sends,
    pub resting: Resting,
    pub torn: Torn,
    /// The auditor found that the database keeps nothing, and nobody has found otherwise since.
    pub keeps_nothing: AtomicBool,
    pub visits: Visits,
    pub steps: steps::Steps,
    /// When this process began.
    pub started_at: Time,
    /// Where the auditor says that all is well; none: nowhere.
    pub heartbeat: Option<Heartbeat>,
    workplace: RwLock<Option<Workplace>>,
    ahead_of_slack: Mutex<Ahead>,
    unheard: Mutex<Option<Unheard>>,
}

/// What Slack says of where we work. Unknown until Slack first answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workplace {
    pub team: TeamId,
    /// The bot as a person: who a mention of it names.
    pub bot_user: UserId,
    /// Where the bot listens and announces.
    pub incidents_channel: ChannelId,
}

/// Ring when there may be something to do, so that the pumps need not wait for their next look.
#[derive(Default)]
pub struct Bells {
    pub outbox: Bell,
    pub wakes: Bell,
    /// Never rung: sweeping waits for its hour, and auditing for its minute.
    pub sweep: Bell,
    /// Who is in the workspace has changed in a way that only reading it again shows.
    pub people: Notify,
}

/// Deliveries that are being acted on, also those whose answer Slack no longer waits for.
#[derive(Default)]
pub struct Visits(watch::Sender<usize>);

/// One of them, for as long as this lives.
pub struct Visit<'a>(&'a Visits);

impl Visits {
    /// Somebody comes.
    pub fn begin(&self) -> Visit<'_> {
        self.0.send_modify(|count| *count += 1);
        Visit(self)
    }

    /// Waits until nobody is there.
    pub async fn over(&self) {
        // This holds the sender, so it cannot be gone.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count -= 1);
    }
}

impl Bells {
    /// Anything may have changed.
    pub fn ring(&self) {
        self.outbox.ring();
        self.wakes.ring();
    }
}

/// Calls one pump.
pub struct Bell {
    rung: Notify,
    /// When the pump will look by itself, in milliseconds since 1970; far away while it may not have seen everything.
    looks_at_ms: AtomicI64,
}

impl Default for Bell {
    fn default() -> Self {
        Self {
            rung: Notify::new(),
            looks_at_ms: AtomicI64::new(i64::MAX),
        }
    }
}

impl Bell {
    pub fn ring(&self) {
        self.rung.notify_one();
    }

    /// There will be something to do at that time. Rings if the pump would come later.
    pub fn ring_for(&self, at: Time) {
        if at.timestamp_millis() < self.looks_at_ms.load(Ordering::SeqCst) {
            self.ring();
        }
    }

    /// The pump begins to look: whatever is said from now on it may miss.
    pub fn looks(&self) {
        self.looks_at_ms.store(i64::MAX, Ordering::SeqCst);
    }

    /// The pump has seen that there is nothing to do before that time.
    pub fn looks_again_at(&self, at: Time) {
        self.looks_at_ms
            .store(at.timestamp_millis(), Ordering::SeqCst);
    }

    /// Waits until it rings; at once if it has rung since the last time.
    pub async fn rung(&self) {
        self.rung.notified().await;
    }
}

impl App {
    /// An app that knows nothing of its workplace yet.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        settings: Settings,
        slack: SlackClient,
    ) -> Self {
        let people = Arc::new(People::new(
            settings.rules.language,
            settings.rules.named_users(),
            settings.rules.named_groups(),
        ));
        Self {
            started_at: clock.now(),
            store,
            clock,
            settings,
            slack,
            people,
            bells: Bells::default(),
            sends: Sends::default(),
            resting: Resting::default(),
            torn: Torn::default(),
            keeps_nothing: AtomicBool::new(false),
            visits: Visits::default(),
            steps: steps::Steps::default(),
            heartbeat: None,
            workplace: RwLock::default(),
            ahead_of_slack: Mutex::default(),
            unheard: Mutex::default(),
        }
    }

    /// The team's rules.
    pub fn rules(&self) -> &Rules {
        &self.settings.rules
    }

    /// Whether the database answers, and after the auditor found that it keeps nothing, whether it does again.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ask_store(&self) -> anyhow::Result<()> {
        self.store.ping().await?;
        if self.keeps_nothing.load(Ordering::Relaxed) {
            self.store.keep_a_sign(self.clock.now()).await?;
            self.keeps_nothing.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Where we work, once Slack has said so.
    pub fn workplace(&self) -> Option<Workplace> {
        self.workplace.read().ok()?.clone()
    }

    /// Remembers where we work.
    pub fn settle_in(&self, workplace: Workplace) {
        if let Ok(mut known) = self.workplace.write() {
            *known = Some(workplace);
        }
        self.bells.ring();
    }

    /// How far our clock was ahead of Slack's.
    pub fn ahead_of_slack(&self) -> Ahead {
        *self.clocks()
    }

    /// Remembers how far our clock is ahead of Slack's.
    pub fn compared_clocks(&self, ahead: TimeDelta) {
        let mut known = self.clocks();
        *known = Ahead {
            now: ahead,
            least: known.least.min(ahead),
            most: known.most.max(ahead),
        };
    }

    /// Whether Slack refused what this process last had to say.
    pub fn unheard(&self) -> Option<Unheard> {
        self.hearing().clone()
    }

    /// Slack refuses whatever is said, with this code, or took something.
    pub fn is_heard(&self, refused: Option<&str>) {
        let mut known = self.hearing();
        match (refused, known.as_mut()) {
            (Some(code), Some(unheard)) => code.clone_into(&mut unheard.code),
            (Some(code), None) => {
                *known = Some(Unheard {
                    code: code.to_owned(),
                    since: self.clock.now(),
                });
            }
            (None, _) => *known = None,
        }
    }

    fn hearing(&self) -> MutexGuard<'_, Option<Unheard>> {
        self.unheard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn clocks(&self) -> MutexGuard<'_, Ahead> {
        let clocks = self.ahead_of_slack.lock();
        clocks.unwrap_or_else(PoisonError::into_inner)
    }

    /// The language a person reads: their Slack locale's, or the channels'.
    pub async fn language_of(&self, user: &UserId) -> Language {
        self.people
            .locale_of(&self.slack, user, LANGUAGE_WITHIN)
            .await
    }

    /// The year of an incident's identifier, by the team's own calendar.
    fn year_of(&self, now: Time) -> i32 {
        now.with_timezone(&self.rules().timezone).year()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn a_bell_rings_for_what_the_pump_would_miss() {
        let at = |ms| DateTime::from_timestamp_millis(ms).unwrap();
        let bell = Bell::default();
        let has_rung = || bell.rung().now_or_never().is_some();
        // Nobody has looked yet.
        bell.ring_for(at(9_000));
        assert!(has_rung() && !has_rung());
        bell.looks();
        bell.looks_again_at(at(1_000));
        for (ms, rings) in [(999, true), (1_000, false), (5_000, false)] {
            bell.ring_for(at(ms));
            assert_eq!(has_rung(), rings, "{ms}");
        }
        bell.ring();
        assert!(has_rung());
        // It looks: what it sees of what is written now, nobody knows.
        bell.looks();
        bell.ring_for(at(5_000));
        assert!(has_rung());
    }
}
