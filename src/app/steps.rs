//! The places at which the process may die. Each has a name, so that a test can stop there, start again and look
//! whether anything was lost or doubled. In production a step is one look at a `None`.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

/// A place between two things that must both happen, or neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// An order has come in; the database has not heard of it.
    DoorReached,
    /// The order was read, nothing is decided.
    DoorOpened,
    /// State, timeline and outbox are written, not committed.
    DoorSaved,
    /// Committed; nobody was answered yet.
    DoorCommitted,
    /// Rows are claimed, nothing is sent.
    OutboxClaimed,
    /// A row is about to be looked for, or sent.
    OutboxStarted,
    /// The call itself comes next.
    OutboxSending,
    /// Slack has taken it; nothing of that is recorded.
    OutboxSent,
    /// What Slack returned is written, not committed.
    OutboxRecorded,
    /// Committed.
    OutboxCommitted,
    /// Whatever became of a started row, nothing more is done about it.
    OutboxEnded,
}

impl Step {
    /// All of them, in the order in which a command passes them.
    pub const ALL: [Step; 11] = [
        Step::DoorReached,
        Step::DoorOpened,
        Step::DoorSaved,
        Step::DoorCommitted,
        Step::OutboxClaimed,
        Step::OutboxStarted,
        Step::OutboxSending,
        Step::OutboxSent,
        Step::OutboxRecorded,
        Step::OutboxCommitted,
        Step::OutboxEnded,
    ];
}

impl Step {
    /// Whether it lies inside of a transaction.
    pub fn is_inside(self) -> bool {
        matches!(
            self,
            Step::DoorOpened | Step::DoorSaved | Step::OutboxRecorded
        )
    }
}

/// The process was stopped here, by a test.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("stopped at {0:?}")]
pub struct Stopped(pub Step);

/// Decides at each step whether it is passed, and when; always and at once, in production.
#[derive(Clone, Default)]
pub struct Steps(Option<Arc<Gate>>);

type Gate = dyn Fn(Step) -> Passing + Send + Sync;
type Passing = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

impl Steps {
    /// Passes a step when the future that `gate` makes for it is done, and fails as it fails: with [`Stopped`] the
    /// process is dead, with anything else the database has failed.
    pub fn gated<F>(gate: impl Fn(Step) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        Self(Some(Arc::new(move |step| Box::pin(gate(step)))))
    }

    /// Stops wherever `stops` says so.
    pub fn stopping(stops: impl Fn(Step) -> bool + Send + Sync + 'static) -> Self {
        Self::gated(move |step| {
            std::future::ready(if stops(step) {
                Err(Stopped(step).into())
            } else {
                Ok(())
            })
        })
    }

    /// Passes a step.
    ///
    /// # Errors
    /// Whatever the test says; never in production.
    pub async fn pass(&self, step: Step) -> anyhow::Result<()> {
        match &self.0 {
            Some(gate) => gate(step).await,
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Steps").field(&self.0.is_some()).finish()
    }
}
