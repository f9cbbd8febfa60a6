//! What Slack is still to be told. An effect holds facts, never words: those are found when it is sent, in the
//! reader's language and from the incident as it then stands.

use serde::{Deserialize, Serialize};

use crate::domain::event::Entry;
use crate::domain::incident::SentNag;
use crate::ids::{ChannelId, UserId};

/// One task for the outbox, done by one call to Slack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Effect {
    /// The card in the incidents channel.
    PostCard,
    /// The card's copy in the incident's own channel.
    PostHomeCard,
    PinHomeCard,
    /// Make a card show how the incident stands now.
    RefreshCard {
        at: CardPlace,
    },
    CreateChannel,
    Invite {
        user: UserId,
    },
    SetTopic,
    /// Say what happened.
    Tell {
        to: Reader,
        entry: Box<Entry>,
    },
    /// Say in one message to everybody at the incident what happened while nothing could be said.
    TellAll {
        entries: Vec<Entry>,
    },
    /// Show a draft with its buttons, as it stands.
    PostDraft {
        number: u32,
    },
    RefreshDraft {
        number: u32,
    },
    /// Take the buttons off a nag that was answered.
    RefreshNag {
        nag: Box<SentNag>,
    },
    /// Put an approved text before its audience.
    Publish {
        number: u32,
        channel: ChannelId,
        text: String,
    },
}

/// Which of the two cards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardPlace {
    #[default]
    Incidents,
    Home,
}

/// Who reads a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reader {
    /// Everybody at the incident, wherever it speaks.
    Home,
    /// One person, in a direct message.
    Person(UserId),
}

impl Effect {
    /// Effects with the same slot in one incident replace each other while they wait: they show the incident as
    /// it then stands, so the newest is as good as all of them. None: every one of them matters.
    pub fn slot(&self) -> Option<String> {
        match self {
            Effect::RefreshCard {
                at: CardPlace::Incidents,
            } => Some("card".into()),
            Effect::RefreshCard {
                at: CardPlace::Home,
            } => Some("home_card".into()),
            Effect::SetTopic => Some("topic".into()),
            Effect::RefreshDraft { number } => Some(format!("draft{number}")),
            Effect::RefreshNag { nag } => Some(format!("nag{}", nag.number)),
            _ => None,
        }
    }

    /// Whether it is said wherever the incident speaks.
    pub fn is_for_home(&self) -> bool {
        matches!(
            self,
            Effect::Tell {
                to: Reader::Home,
                ..
            } | Effect::TellAll { .. }
                | Effect::PostDraft { .. }
                | Effect::PostHomeCard
        )
    }

    /// The kind, for logs, metrics and the outbox's own column.
    pub fn kind(&self) -> &'static str {
        match self {
            Effect::PostCard => "post_card",
            Effect::PostHomeCard => "post_home_card",
            Effect::PinHomeCard => "pin_home_card",
            Effect::RefreshCard { .. } => "refresh_card",
            Effect::CreateChannel => "create_channel",
            Effect::Invite { .. } => "invite",
            Effect::SetTopic => "set_topic",
            Effect::Tell { .. } => "tell",
            Effect::TellAll { .. } => "tell_all",
            Effect::PostDraft { .. } => "post_draft",
            Effect::RefreshDraft { .. } => "refresh_draft",
            Effect::RefreshNag { .. } => "refresh_nag",
            Effect::Publish { .. } => "publish",
        }
    }
}
