//! What an incident can be asked to do: by a person, by the clock, or by Slack's answers.

use chrono::{Duration, NaiveDate};

use crate::clock::Time;
use crate::domain::draft::Audience;
use crate::domain::effect::Effect;
use crate::domain::event::HomeLoss;
use crate::domain::incident::{MessageRef, Role, StatusName};
use crate::ids::{ChannelId, MessageTs, UserId};

/// The declaration of an incident that does not exist yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Declaration {
    pub title: String,
    /// As typed: an ID or a name; none lets the title suggest one.
    pub severity: Option<String>,
    pub services: Vec<String>,
    pub impact: Option<String>,
    /// Overrules the owner rules.
    pub owner: Option<UserId>,
}

/// An order to one incident.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Acknowledge,
    Assign {
        role: Role,
        to: UserId,
    },
    PostUpdate {
        text: String,
        next: Option<Duration>,
    },
    /// Nothing has changed. From a nag's button: the number of the nag that it answers.
    NoChange {
        nag: Option<u32>,
    },
    ChangeStatus {
        to: StatusName,
        text: Option<String>,
    },
    ChangeSeverity {
        to: String,
        reason: Option<String>,
    },
    SetImpact {
        text: String,
    },
    SetEta {
        text: String,
    },
    SetServices {
        services: Vec<String>,
    },
    Note {
        text: String,
    },
    RecordDecision {
        text: String,
    },
    AddAction {
        text: String,
        assignee: Option<UserId>,
        due: Option<NaiveDate>,
    },
    Snooze {
        by: Duration,
    },
    Resolve {
        summary: Option<String>,
    },
    Reopen {
        reason: String,
    },
    Cancel {
        reason: String,
    },
    Close,
    WriteDraft {
        audience: Audience,
    },
    EditDraft {
        number: u32,
        revision: u32,
        text: String,
    },
    ApproveDraft {
        number: u32,
        revision: Option<u32>,
    },
    PublishDraft {
        number: u32,
    },
    DiscardDraft {
        number: u32,
    },
    Pin {
        message: MessageRef,
        author: Option<UserId>,
        text: String,
        written_at: Time,
    },
    EditPin {
        ts: MessageTs,
        text: String,
    },
    RemovePin {
        ts: MessageTs,
        deleted: bool,
    },
    /// The incident's channel, if it is that one, is not to be spoken in any more.
    LoseHome {
        channel: ChannelId,
        why: HomeLoss,
    },
    /// The clock says that something may be due.
    Wake,
    /// Slack took what an effect asked for.
    Delivered {
        effect: Box<Effect>,
        receipt: Receipt,
    },
    /// Slack refuses whatever the bot says, with this error code, until somebody mends it.
    Silence {
        code: String,
    },
    /// Slack refused it for good, or may have taken it and cannot be asked.
    Undelivered {
        effect: Box<Effect>,
        code: String,
        /// The channel it was for, and why nobody could look, as in
        /// [`Event::Undelivered`](crate::domain::event::Event::Undelivered).
        channel: Option<ChannelId>,
        unread: Option<String>,
    },
}

/// What Slack returned for something delivered.
#[derive(Clone, Debug, PartialEq)]
pub enum Receipt {
    Done,
    Message(MessageRef),
    Channel(ChannelId),
}
