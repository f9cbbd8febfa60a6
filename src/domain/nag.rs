//! When an open incident wants attention. Every promise about time is a value in here, so that one look at the
//! clock, however late or often, decides what is due.

use chrono::Duration;
use serde::{Deserialize, Serialize};

use crate::clock::Time;
use crate::domain::incident::Actor;

/// What an open incident waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// The number the next nag will bear, counted from 1.
    pub number: u32,
    /// When the next nag goes out unless somebody posts an update first.
    pub due: Time,
    pub reason: DueReason,
    /// The last thing the cadence counts from: a status update, a nag, or the declaration.
    pub counted_from: Time,
    /// The acknowledgement deadline, until it is met or missed.
    pub respond_by: Option<Time>,
    /// The way up from something that nobody answered.
    pub ladder: Option<Ladder>,
}

/// Why the next nag is due when it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DueReason {
    /// `update_every` after the last update.
    Cadence,
    /// Somebody promised the next update for then.
    Promise { by: Actor },
    /// Somebody put this one nag off.
    Snooze { by: Actor },
}

/// The rungs above an unanswered nag or a missed acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    pub cause: Cause,
    pub next: Rung,
    pub next_at: Time,
}

/// What nobody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    Nag(u32),
    Acknowledgement,
}

/// Who hears of it next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// A direct message to the owner.
    Owner,
    /// Everybody in the severity's `escalate_to`.
    Escalation,
}

impl Watch {
    /// The nearest of nag, acknowledgement deadline and climb.
    pub fn next_wake_at(&self) -> Time {
        [
            self.respond_by,
            self.ladder.as_ref().map(|ladder| ladder.next_at),
        ]
        .into_iter()
        .flatten()
        .fold(self.due, Time::min)
    }

    /// How late a nag is at `now`; never negative.
    pub fn late_by(&self, now: Time) -> Duration {
        (now - self.due).max(Duration::zero())
    }

    /// An answer ends the climb of a nag. The one of a missed acknowledgement ends only with an acknowledgement.
    pub(super) fn no_longer_asks(&mut self) {
        if self
            .ladder
            .as_ref()
            .is_some_and(|ladder| matches!(ladder.cause, Cause::Nag(_)))
        {
            self.ladder = None;
        }
    }
}
