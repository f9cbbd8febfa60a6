//! What has happened to an incident. The timeline is the list of these, and the incident is their fold.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::clock::Time;
use crate::domain::draft::Audience;
use crate::domain::effect::CardPlace;
use crate::domain::incident::{Actor, MessageRef, Phase, Role};
use crate::domain::nag::{Cause, DueReason, Ladder, Rung};
use crate::domain::rules::Escalatee;
use crate::ids::{ChannelId, MessageTs, SeverityId, UserId};

/// A line of the timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub at: Time,
    pub by: Actor,
    pub event: Event,
}

/// Something that happened. Events carry the times that follow from them, so that folding them needs no rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    Declared {
        title: String,
        /// The words of a title too long to be one, whole.
        long_title: Option<String>,
        severity: SeverityId,
        services: Vec<String>,
        impact: Option<String>,
        owner: Option<UserId>,
        wants_channel: bool,
        next_nag_at: Time,
        respond_by: Time,
    },
    Acknowledged,
    RoleGiven {
        role: Role,
        to: UserId,
        from: Option<UserId>,
    },
    UpdatePosted {
        /// No text: nothing had changed.
        text: Option<String>,
        next_nag_at: Time,
        /// Whether the person named that time.
        promised: bool,
    },
    PhaseChanged {
        from: Phase,
        to: Phase,
    },
    SeverityChanged {
        from: SeverityId,
        to: SeverityId,
        reason: Option<String>,
        next_nag_at: Time,
        respond_by: Option<Time>,
    },
    ImpactSet {
        text: String,
    },
    EtaSet {
        text: String,
    },
    ServicesSet {
        services: Vec<String>,
    },
    Noted {
        text: String,
    },
    DecisionMade {
        text: String,
    },
    ActionAdded {
        text: String,
        assignee: Option<UserId>,
        due: Option<NaiveDate>,
    },
    Snoozed {
        number: u32,
        from: Time,
        until: Time,
    },
    Nagged {
        number: u32,
        due: Time,
        /// Why it was due then: a broken promise is named as one.
        reason: DueReason,
        late_by_s: i64,
        /// Since the last status update or, before the first, the declaration.
        quiet_for_s: i64,
        next_nag_at: Time,
        ladder: Option<Ladder>,
    },
    AcknowledgementMissed {
        due: Time,
        late_by_s: i64,
        ladder: Option<Ladder>,
    },
    Climbed {
        cause: Cause,
        rung: Rung,
        /// Who is told; empty when the severity names nobody.
        to: Vec<Escalatee>,
        next: Option<Ladder>,
    },
    Resolved {
        summary: Option<String>,
    },
    Reopened {
        reason: String,
        next_nag_at: Time,
    },
    Cancelled {
        reason: String,
    },
    Closed,
    DraftWritten {
        number: u32,
        audience: Audience,
        text: String,
        replaces: Option<u32>,
    },
    DraftEdited {
        number: u32,
        text: String,
    },
    /// Balefire's own draft, which nobody has touched, follows what has become known since.
    DraftRewritten {
        number: u32,
        text: String,
    },
    DraftApproved {
        number: u32,
    },
    DraftPublished {
        number: u32,
        audience: Audience,
        text: String,
        /// Where it goes; empty when no place is configured and it is shown for copying.
        channels: Vec<ChannelId>,
    },
    DraftDiscarded {
        number: u32,
    },
    /// A message in the incident's channel that somebody marked with 📌.
    Pinned {
        message: MessageRef,
        author: Option<UserId>,
        text: String,
        written_at: Time,
    },
    /// A pinned message was edited; `text` is what it says now.
    PinEdited {
        ts: MessageTs,
        text: String,
    },
    /// The mark was taken off, or the message deleted.
    PinRemoved {
        ts: MessageTs,
        deleted: bool,
    },
    // What Slack made of what we asked of it.
    CardPosted {
        message: MessageRef,
    },
    HomeCardPosted {
        message: MessageRef,
    },
    ChannelCreated {
        channel: ChannelId,
    },
    ChannelRefused {
        code: String,
    },
    /// The incident cannot speak in its channel any more; it speaks in the card's thread from now on.
    HomeLost {
        why: HomeLoss,
    },
    /// Somebody deleted a card; it is posted anew.
    CardLost {
        at: CardPlace,
    },
    NagDelivered {
        number: u32,
        nagged_at: Time,
        message: MessageRef,
    },
    DraftPosted {
        number: u32,
        message: MessageRef,
    },
    DraftDelivered {
        number: u32,
        message: MessageRef,
    },
    /// Slack refuses whatever the bot says, for a reason that somebody has to mend: it waits, and is said then.
    Silenced {
        /// Slack's error code.
        code: String,
    },
    /// Something that no repeat would have brought to its reader.
    Undelivered {
        what: Undelivered,
        /// Slack's error code, [`UNKNOWN_OUTCOME`], or why nobody needs it any more.
        code: String,
        /// What everybody at the incident was to read. Whoever hears that it did not arrive reads it, too. Of what was
        /// held back, which nobody hears of, also what one person was to read.
        #[serde(default)]
        unsaid: Option<Box<Entry>>,
        /// What a summary was to say to everybody at the incident.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        summed_up: Vec<Entry>,
        /// The channel that it was to be posted in, or somebody to be invited to; by now the incident may speak elsewhere.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        channel: Option<ChannelId>,
        /// Of what may be there: Slack's error code, or [`TOO_MUCH_TO_READ`], for which nobody could look.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unread: Option<String>,
    },
}

/// Stands where Slack's error code would: so much was written since that not all of it was read.
pub const TOO_MUCH_TO_READ: &str = "too_much_to_read";

/// Stands where Slack's error code would: it never said whether it took a message, and cannot be asked.
pub const UNKNOWN_OUTCOME: &str = "unknown_outcome";

/// Why an incident cannot speak in its channel any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HomeLoss {
    Archived,
    Deleted,
    /// Somebody took the bot out of it.
    Removed,
}

impl HomeLoss {
    /// The error code by which Slack says so.
    pub fn code(self) -> &'static str {
        match self {
            HomeLoss::Archived => "is_archived",
            HomeLoss::Deleted => "channel_not_found",
            HomeLoss::Removed => "not_in_channel",
        }
    }

    /// What Slack's error code says of a channel that it does not let the bot speak in.
    pub fn of_code(code: &str) -> Option<Self> {
        [HomeLoss::Archived, HomeLoss::Deleted, HomeLoss::Removed]
            .into_iter()
            .find(|loss| loss.code() == code)
    }
}

/// What could not be delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Undelivered {
    Card {
        #[serde(default)]
        at: CardPlace,
    },
    Nag {
        number: u32,
    },
    DirectMessage {
        to: UserId,
    },
    Publication {
        number: u32,
        channel: ChannelId,
    },
    Invitation {
        users: Vec<UserId>,
    },
    Message {
        /// It is this draft, whose words are not on the timeline.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        draft: Option<u32>,
    },
    /// It is there, and shows what is no longer true.
    Refresh {
        #[serde(default)]
        of: Refreshed,
    },
}

/// What is brought up to date when something changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refreshed {
    Card,
    HomeCard,
    Topic,
    Pin,
    /// A reminder or a draft, whose buttons are taken away once it is answered.
    #[default]
    Message,
}

impl Refreshed {
    /// What was refused, and why, in one text. An older Balefire keeps the code alone, and reads either.
    pub fn because(self, code: &str) -> String {
        let what = match self {
            Self::Card => "card",
            Self::HomeCard => "home_card",
            Self::Topic => "topic",
            Self::Pin => "pin",
            Self::Message => "message",
        };
        format!("{what} {code}")
    }
}
