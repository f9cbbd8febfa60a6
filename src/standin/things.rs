//! What a workspace is made of: accounts, channels, groups, forms, hooks, and the record of calls.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::message::Message;

/// The workspace's id.
pub const TEAM: &str = "T0BALEFIRE";
/// The workspace's name.
pub const TEAM_NAME: &str = "Balefire Demo";
/// The workspace's subdomain.
pub const TEAM_DOMAIN: &str = "balefire-demo";
/// The app's id.
pub const APP: &str = "A0BALEFIRE";
/// The app's bot user.
pub const BOT_USER: &str = "U0BALEFIRE";
/// The app's bot id.
pub const BOT: &str = "B0BALEFIRE";
/// What the bot is called.
pub const BOT_NAME: &str = "Balefire";
/// Slack's own voice.
pub const SLACKBOT: &str = "USLACKBOT";

/// Everybody's Slack account.
#[derive(Clone, Debug)]
pub struct Human {
    /// `U…`
    pub id: String,
    /// The handle without `@`.
    pub name: String,
    pub real_name: String,
    /// IETF tag as Slack writes it, `en-US`.
    pub locale: String,
    /// IANA time zone.
    pub tz: String,
    /// Seconds east of UTC.
    pub tz_offset_s: i32,
    /// `#rrggbb`: what the page paints the avatar with.
    pub color: String,
    pub is_bot: bool,
    /// Deactivated; Slack keeps the account and says `deleted`.
    pub deleted: bool,
}

/// What a conversation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Public,
    Private,
    /// A direct message between the two members.
    Im,
}

/// A topic or a purpose, and who wrote it.
#[derive(Clone, Debug, Default)]
pub struct Label {
    pub value: String,
    pub creator: String,
    pub last_set_s: i64,
}

/// A pinned message.
#[derive(Clone, Debug)]
pub struct Pin {
    pub ts: String,
    pub by: String,
    pub at_s: i64,
}

/// A link at the top of a channel.
#[derive(Clone, Debug)]
pub struct Bookmark {
    pub id: String,
    pub title: String,
    pub link: String,
    pub emoji: String,
    pub created_s: i64,
}

/// A channel or a direct message, with everything said in it.
#[derive(Clone, Debug)]
pub struct Channel {
    pub id: String,
    /// Without `#`; empty in a direct message.
    pub name: String,
    pub kind: Kind,
    pub creator: String,
    pub created_s: i64,
    pub members: Vec<String>,
    pub archived: bool,
    pub general: bool,
    pub topic: Label,
    pub purpose: Label,
    pub previous_names: Vec<String>,
    /// Oldest first; replies and ephemeral messages stand among the rest.
    pub messages: Vec<Message>,
    pub pins: Vec<Pin>,
    pub bookmarks: Vec<Bookmark>,
    /// Per person: the `ts` they have read up to.
    pub read: BTreeMap<String, String>,
}

impl Channel {
    /// Whether `user` is in it.
    pub fn has(&self, user: &str) -> bool {
        self.members.iter().any(|member| member == user)
    }

    /// Everything but what was said in it.
    pub(super) fn outline(&self) -> Channel {
        Channel {
            id: self.id.clone(),
            name: self.name.clone(),
            kind: self.kind.clone(),
            creator: self.creator.clone(),
            created_s: self.created_s,
            members: self.members.clone(),
            archived: self.archived,
            general: self.general,
            topic: self.topic.clone(),
            purpose: self.purpose.clone(),
            previous_names: self.previous_names.clone(),
            messages: Vec::new(),
            pins: self.pins.clone(),
            bookmarks: self.bookmarks.clone(),
            read: self.read.clone(),
        }
    }

    /// The message with this `ts`, deleted ones excluded.
    pub fn message(&self, ts: &str) -> Option<&Message> {
        // What is asked for is mostly new.
        self.messages
            .iter()
            .rfind(|message| message.ts == ts && !message.deleted)
    }

    /// As [`Channel::message`], to change it.
    pub fn message_mut(&mut self, ts: &str) -> Option<&mut Message> {
        self.messages
            .iter_mut()
            .rfind(|message| message.ts == ts && !message.deleted)
    }

    /// In a direct message: the other one, seen from `me`.
    pub fn partner(&self, me: &str) -> Option<&str> {
        match self.kind {
            Kind::Im => self
                .members
                .iter()
                .find(|member| *member != me)
                .map(String::as_str),
            Kind::Public | Kind::Private => None,
        }
    }

    /// The word events use for the kind of conversation.
    pub fn event_type(&self) -> &'static str {
        match self.kind {
            Kind::Public => "channel",
            Kind::Private => "group",
            Kind::Im => "im",
        }
    }

    /// The prefix of the scopes that open it.
    pub fn scope_prefix(&self) -> &'static str {
        match self.kind {
            Kind::Public => "channels:",
            Kind::Private => "groups:",
            Kind::Im => "im:",
        }
    }
}

/// A group of people with a handle.
#[derive(Clone, Debug)]
pub struct Usergroup {
    /// `S…`
    pub id: String,
    /// Without `@`.
    pub handle: String,
    pub name: String,
    pub users: Vec<String>,
    /// Slack keeps a disabled group and lists it on request only.
    pub disabled: bool,
}

/// An open modal, or a published Home tab.
#[derive(Clone, Debug)]
pub struct View {
    pub id: String,
    pub user: String,
    pub hash: String,
    pub root_id: String,
    pub previous_id: Option<String>,
    /// As the bot sent it, with the missing block and action ids filled in.
    pub body: Map<String, Value>,
    /// `block_id → action_id → value`
    pub values: Map<String, Value>,
}

/// A permission to open one modal.
#[derive(Clone, Debug)]
pub struct Trigger {
    pub user: String,
    pub made_ms: i64,
    pub used: bool,
}

/// A hook to answer a command or a click with.
#[derive(Clone, Debug)]
pub struct ResponseUrl {
    pub channel: String,
    pub user: String,
    pub thread_ts: Option<String>,
    /// The message whose button was pressed; none after a command.
    pub source_ts: Option<String>,
    pub made_ms: i64,
    pub uses: u32,
}

/// What somebody's page must fetch again.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub channel: Option<String>,
    /// Whose stack of modals changed.
    pub views_of: Option<String>,
    pub state: bool,
}

/// One call of the Web API as the stand-in saw it.
#[derive(Clone, Debug)]
pub struct Call {
    /// Counts from 1.
    pub n: u64,
    /// The world's clock, unix milliseconds.
    pub at_ms: i64,
    pub method: String,
    /// The arguments, without the token.
    pub args: Value,
    /// What Slack made of it, whether or not the answer got through.
    pub answer: Value,
    /// The HTTP status that went out; 0 when the caller heard nothing.
    pub status: u16,
    /// The misbehaviour that was asked for, if any.
    pub fault: Option<String>,
}

impl Call {
    /// Whether Slack did what was asked (even when the caller never heard so).
    pub fn accepted(&self) -> bool {
        self.answer["ok"] == json!(true)
    }
}
