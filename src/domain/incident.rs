//! What an incident is. A status carries what is true in it and nothing else: only an open incident is watched,
//! so a finished one has no nag that could be left over.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::Duration;
use serde::{Deserialize, Serialize};

use crate::clock::Time;
use crate::domain::draft::Draft;
use crate::domain::nag::{Rung, Watch};
use crate::ids::{ChannelId, IncidentId, MessageTs, SeverityId, UserId};

/// Longest title, in characters. What goes beyond it is kept on the timeline. Slack's header block takes 150.
pub const TITLE_CHARS_MAX: usize = 120;
/// Longest text a person can give to one command, in characters: Slack cuts a section block at 3,000.
pub const TEXT_CHARS_MAX: usize = 2_900;
/// How many status updates the incident itself remembers; the timeline keeps all.
const UPDATES_KEPT: usize = 50;

/// One incident: the fold of its timeline ([`Incident::after`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    pub id: IncidentId,
    pub title: String,
    pub severity: SeverityId,
    pub status: Status,
    pub declared_by: Actor,
    pub declared_at: Time,
    /// Who acknowledged and when: the first person to, or none while `declared`.
    pub acknowledged: Option<Stamp>,
    /// Who last changed the status of the open incident, and who the severity; none while they are as declared.
    #[serde(default)]
    pub phase_changed: Option<Stamp>,
    #[serde(default)]
    pub severity_changed: Option<Stamp>,
    pub roles: BTreeMap<Role, UserId>,
    pub services: Vec<String>,
    pub impact: Option<String>,
    pub eta: Option<String>,
    /// The newest status updates, oldest first.
    pub updates: Vec<Update>,
    pub home: Home,
    /// The card in the incidents channel, once Slack has taken it.
    pub card: Option<MessageRef>,
    /// No card is known of, because Slack refused it for this reason, or because nobody knows whether it took it; every
    /// change tries again.
    #[serde(default)]
    pub card_refused: Option<String>,
    /// The card's copy in the incident's own channel.
    pub home_card: Option<MessageRef>,
    /// Likewise of this one.
    #[serde(default)]
    pub home_card_refused: Option<String>,
    /// What Slack would not have brought up to date, and why, as [`because`](super::event::Refreshed::because) has it.
    /// Each is told once, though every change tries again.
    #[serde(default)]
    pub stale_for: BTreeSet<String>,
    /// When Slack was last found to refuse whatever the bot says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silenced_at: Option<Time>,
    /// The last nag that went out, so that its buttons can be taken away once it is answered.
    pub last_nag: Option<SentNag>,
    /// When each rung was last climbed, so that an alarm that waited for Slack gives way to a newer one.
    #[serde(default)]
    pub climbed_at: BTreeMap<Rung, Time>,
    pub drafts: Vec<Draft>,
}

/// Where an incident stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Status {
    Open {
        phase: Phase,
        watch: Watch,
    },
    Resolved {
        stamp: Stamp,
        summary: Option<String>,
    },
    Closed {
        stamp: Stamp,
        resolved_at: Time,
        summary: Option<String>,
    },
    Cancelled {
        stamp: Stamp,
        reason: String,
    },
}

/// How far the work on an open incident has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nobody has acknowledged it yet.
    Declared,
    Investigating,
    Identified,
    Monitoring,
}

/// The name of a status, as it is typed and stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusName {
    Declared,
    Investigating,
    Identified,
    Monitoring,
    Resolved,
    Closed,
    Cancelled,
}

impl StatusName {
    /// What `/incident status` and the form offer.
    pub const CHOOSABLE: [StatusName; 4] = [
        StatusName::Investigating,
        StatusName::Identified,
        StatusName::Monitoring,
        StatusName::Resolved,
    ];

    /// The word in the database, in commands and as the tail of its key in `locales/`.
    pub fn as_str(self) -> &'static str {
        match self {
            StatusName::Declared => "declared",
            StatusName::Investigating => "investigating",
            StatusName::Identified => "identified",
            StatusName::Monitoring => "monitoring",
            StatusName::Resolved => "resolved",
            StatusName::Closed => "closed",
            StatusName::Cancelled => "cancelled",
        }
    }

    /// The status a person typed, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        Self::CHOOSABLE
            .into_iter()
            .find(|name| name.as_str().eq_ignore_ascii_case(word))
    }
}

impl From<Phase> for StatusName {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Declared => StatusName::Declared,
            Phase::Investigating => StatusName::Investigating,
            Phase::Identified => StatusName::Identified,
            Phase::Monitoring => StatusName::Monitoring,
        }
    }
}

impl Status {
    /// The status' name.
    pub fn name(&self) -> StatusName {
        match self {
            Status::Open { phase, .. } => (*phase).into(),
            Status::Resolved { .. } => StatusName::Resolved,
            Status::Closed { .. } => StatusName::Closed,
            Status::Cancelled { .. } => StatusName::Cancelled,
        }
    }
}

/// Who did something and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    pub by: Actor,
    pub at: Time,
}

/// Who acts: a person, or Balefire on its own account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    Person(UserId),
    Balefire,
}

impl Actor {
    /// The person behind the action, if there is one.
    pub fn person(&self) -> Option<&UserId> {
        match self {
            Actor::Person(user) => Some(user),
            Actor::Balefire => None,
        }
    }
}

/// A part somebody plays in an incident. The owner is its incident commander.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Role {
    Owner,
    /// Any other part by the name the team gives it, in lower case: `comms`, `scribe` …
    Named(String),
}

impl From<String> for Role {
    fn from(word: String) -> Self {
        match word.trim().to_lowercase().as_str() {
            "" | "owner" | "commander" | "ic" => Role::Owner,
            other => {
                // Without the space that a cut may leave: a role that is read again must be the same.
                let name: String = other.chars().take(40).collect();
                Role::Named(name.trim_end().to_owned())
            }
        }
    }
}

impl From<Role> for String {
    fn from(role: Role) -> Self {
        role.to_string()
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Role::Owner => f.write_str("owner"),
            Role::Named(name) => f.write_str(name),
        }
    }
}

/// A status update. No text means that nothing had changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    pub at: Time,
    pub by: Actor,
    pub text: Option<String>,
}

/// Where the incident speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Home {
    /// A channel has been asked for and Slack has not answered yet.
    Opening,
    Channel(ChannelId),
    /// The thread under the card in the incidents channel.
    Thread,
}

/// A message in Slack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRef {
    pub channel: ChannelId,
    pub ts: MessageTs,
}

/// A nag that went out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentNag {
    pub number: u32,
    pub nagged_at: Time,
    pub message: Option<MessageRef>,
    pub answer: Option<NagAnswer>,
}

/// What ended a nag's wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NagAnswer {
    pub how: NagAnswered,
    pub stamp: Stamp,
}

/// How a nag was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NagAnswered {
    Update,
    NoChange,
    Snooze,
    /// The incident was finished.
    Finished,
    /// Nobody answered; a newer nag took its place.
    Again,
}

impl Incident {
    /// The incident commander, if there is one.
    pub fn owner(&self) -> Option<&UserId> {
        self.roles.get(&Role::Owner)
    }

    /// Whether people still work on it.
    pub fn is_open(&self) -> bool {
        matches!(self.status, Status::Open { .. })
    }

    /// The watch over an open incident.
    pub fn watch(&self) -> Option<&Watch> {
        match &self.status {
            Status::Open { watch, .. } => Some(watch),
            _ => None,
        }
    }

    pub(super) fn watch_mut(&mut self) -> Option<&mut Watch> {
        match &mut self.status {
            Status::Open { watch, .. } => Some(watch),
            _ => None,
        }
    }

    /// When the incident next wants to be looked at; never for a finished one.
    pub fn next_wake_at(&self) -> Option<Time> {
        self.watch().map(Watch::next_wake_at)
    }

    /// The newest status update.
    pub fn last_update(&self) -> Option<&Update> {
        self.updates.last()
    }

    /// How long it lasted, or has lasted by `now`.
    pub fn duration(&self, now: Time) -> Duration {
        let end = match &self.status {
            Status::Open { .. } => now,
            Status::Resolved { stamp, .. } | Status::Cancelled { stamp, .. } => stamp.at,
            Status::Closed { resolved_at, .. } => *resolved_at,
        };
        end - self.declared_at
    }

    /// The draft with this number.
    pub fn draft(&self, number: u32) -> Option<&Draft> {
        self.drafts.iter().find(|draft| draft.number == number)
    }

    pub(super) fn draft_mut(&mut self, number: u32) -> Option<&mut Draft> {
        self.drafts.iter_mut().find(|draft| draft.number == number)
    }

    /// Whether somebody has answered this nag, or another has taken its place.
    pub fn is_answered(&self, nag: u32) -> bool {
        let last = self.last_nag.as_ref();
        last.is_none_or(|last| last.number != nag || last.answer.is_some())
    }

    /// Whether somebody may still want to read, approve and publish this draft. One that came with a nag says how things
    /// stood then, and nobody asks once the incident is over.
    pub fn is_wanted(&self, draft: u32) -> bool {
        self.draft(draft).is_some_and(|draft| {
            draft.is_open() && (self.is_open() || draft.author != Actor::Balefire)
        })
    }

    pub(super) fn remember(&mut self, update: Update) {
        self.updates.push(update);
        if self.updates.len() > UPDATES_KEPT {
            self.updates.remove(0);
        }
    }

    /// The name of the incident's own channel: `inc-2026-001-short-title`, within Slack's 80 characters of
    /// `a-z 0-9 - _`. A title with none of those (a Chinese one, say) leaves the number alone.
    pub fn channel_name(&self) -> String {
        let mut name = self.id.to_string().to_lowercase();
        let mut room = 40;
        for word in self
            .title
            .to_lowercase()
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
        {
            let fits: String = word.chars().take(24).collect();
            if fits.len() + 1 > room {
                break;
            }
            room -= fits.len() + 1;
            name.push('-');
            name.push_str(&fits);
        }
        name
    }
}
