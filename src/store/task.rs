//! What a row of the outbox asks for, and the lane it waits in.

use std::fmt;

use chrono::Duration;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ReportKey;
use crate::clock::Time;
use crate::domain::effect::Effect;
use crate::ids::{ChannelId, IncidentId, MessageTs, TeamId, UserId};

/// One call to Slack that is still to be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "task", content = "of", rename_all = "snake_case")]
pub enum Task {
    /// What an incident wants told. The words are found when it is sent.
    Incident(Effect),
    /// An answer to one person that came too late for the response itself.
    Answer {
        url: AnswerUrl,
        user: UserId,
        body: serde_json::Value,
    },
    /// A message that is complete already.
    Post {
        channel: ChannelId,
        thread: Option<MessageTs>,
        body: serde_json::Value,
        /// The report that this message offers to declare.
        about: Option<ReportKey>,
        /// Whom it answers: told in person what Slack does not take there.
        #[serde(default)]
        answers: Option<UserId>,
    },
    /// A message to one person, complete already.
    DirectMessage {
        user: UserId,
        body: serde_json::Value,
    },
    /// A message that takes the place of an older one.
    Update {
        channel: ChannelId,
        ts: MessageTs,
        body: serde_json::Value,
    },
}

impl Task {
    /// Tasks with the same slot in one lane replace each other while they wait, and let every task without one pass:
    /// they make something shown already show what is newer. None: this one matters by itself.
    pub fn slot(&self) -> Option<String> {
        match self {
            Task::Incident(effect) => effect.slot(),
            Task::Update { channel, ts, .. } => Some(format!("update {channel} {ts}")),
            Task::Answer { .. } | Task::Post { .. } | Task::DirectMessage { .. } => None,
        }
    }

    /// From when on it is due, if it is asked for now. Somebody waits for an answer, and its method has turns of its own:
    /// it is taken before all that waits for a turn to post, were that for an hour.
    pub fn due_from(&self, now: Time) -> Time {
        match self {
            Task::Answer { .. } => now - Duration::hours(1),
            Task::Incident(_)
            | Task::Post { .. }
            | Task::DirectMessage { .. }
            | Task::Update { .. } => now,
        }
    }

    /// The kind, for logs and metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Task::Incident(effect) => effect.kind(),
            Task::Answer { .. } => "answer",
            Task::Post { .. } => "post",
            Task::DirectMessage { .. } => "direct_message",
            Task::Update { .. } => "update",
        }
    }
}

/// Where a late answer goes. Whoever knows the address can speak there, so it is not shown in logs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AnswerUrl(String);

impl AnswerUrl {
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The address itself, for the one who sends.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AnswerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnswerUrl(…)")
    }
}

/// A queue of tasks that are sent one after the other, in order. Lanes do not wait for each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane(String);

impl Lane {
    /// Everything that one incident still has to say: `T1/INC-2026-001`.
    pub fn incident(team: &TeamId, id: &IncidentId) -> Self {
        Self(format!("{team}/{id}"))
    }

    /// What is said in a channel about no incident: `T1/C1`.
    pub fn channel(team: &TeamId, channel: &ChannelId) -> Self {
        Self(format!("{team}/{channel}"))
    }

    /// What is said to a person about no incident: `T1/U1`.
    pub fn person(team: &TeamId, user: &UserId) -> Self {
        Self(format!("{team}/{user}"))
    }

    /// One answer, which waits for nothing and holds up nothing.
    pub fn answer(id: Uuid) -> Self {
        Self(format!("answer/{id}"))
    }

    /// The lane as it is stored and logged.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
