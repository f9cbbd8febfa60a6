//! What Slack tells us, as plain values: a raw body (or a Socket Mode payload) becomes one [`Inbound`].
//!
//! The rule: nothing that arrives here can make the bot stumble. Whatever is not understood (cut off, nested too deep,
//! a kind we do not serve) is an [`Inbound::Unknown`] that says what it was, in a word that is safe to log and count.
//! The kind is read from the body, not from the path or the content type: Slack's own SDKs serve all kinds on one
//! path, and a request URL pasted into the wrong field of the app's settings should still work.
//! Signatures are checked before ([`crate::slack::verify`]); nothing here trusts a body for being well-formed.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{Duration, NaiveDate};

use crate::clock::Time;
use crate::ids::{ChannelId, GroupId, MessageTs, TeamId, UserId};

mod event;
pub(crate) mod profile;
#[cfg(test)]
mod tests;
mod wire;

/// One delivery from Slack.
#[derive(Debug, Clone, PartialEq)]
pub enum Inbound {
    /// Slack looks at our certificate and wants a 200.
    SslCheck,
    /// Slack asks whether the request URL is ours; the answer is the challenge itself.
    UrlVerification { challenge: String },
    /// A slash command.
    Command(SlashCommand),
    /// A button, a menu or another element of a message, a form or the Home tab.
    Click(Click),
    /// A form that was filled in.
    Submission(Submission),
    /// A form that was closed without submitting (only when it asked to be told).
    ViewClosed(ViewClosed),
    /// An event we subscribed to. The same `event_id` may come several times.
    Event(EventEnvelope),
    /// Something we do not serve or cannot read: `what` is at most 40 characters of `a-z 0-9 _ .`.
    Unknown { what: String },
}

impl Inbound {
    /// The same, so long after Slack signed it.
    pub fn after(self, waited: Duration) -> Self {
        match self {
            Self::Command(command) => Self::Command(SlashCommand { waited, ..command }),
            other => other,
        }
    }

    /// A short word for logs and metrics; the number of different ones is small.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SslCheck => "ssl_check",
            Self::UrlVerification { .. } => "url_verification",
            Self::Command(_) => "command",
            Self::Click(_) => "click",
            Self::Submission(_) => "submission",
            Self::ViewClosed(_) => "view_closed",
            Self::Event(_) => "event",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// Who did it, where a person did.
    pub fn user(&self) -> Option<&UserId> {
        match self {
            Self::Command(command) => Some(&command.user),
            Self::Click(click) => Some(&click.user),
            Self::Submission(submission) => Some(&submission.user),
            Self::ViewClosed(closed) => Some(&closed.user),
            Self::SslCheck
            | Self::UrlVerification { .. }
            | Self::Event(_)
            | Self::Unknown { .. } => None,
        }
    }

    /// In which form to say that something went wrong.
    pub fn apology(&self) -> Apology {
        match self {
            Self::Submission(_) => Apology::View,
            Self::Event(_) => Apology::Redeliver,
            _ => Apology::Text,
        }
    }

    pub(crate) fn unknown(what: &str) -> Self {
        let what: String = what
            .chars()
            .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.'))
            .take(40)
            .collect();
        Self::Unknown {
            what: if what.is_empty() {
                "unnamed".into()
            } else {
                what
            },
        }
    }
}

/// What goes back to Slack in the reply to a delivery, or in the acknowledgement of a Socket Mode envelope.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Nothing to say: 200 without a body.
    Empty,
    /// A message for a command, or a `response_action` for a form.
    Json(serde_json::Value),
    /// Words for the person, shown only to them.
    Text(String),
    /// Nobody can say that it is done: an error by HTTP, no acknowledgement over a socket. Slack delivers an event again,
    /// and marks a button as failed for whoever pressed it.
    Failed,
}

/// In which form the sender of a delivery can be told that something went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Apology {
    /// Shown to the person under the command. Slack shows nobody the answer to a click.
    Text,
    /// Nobody reads the answer to an event, but Slack delivers it again. Whatever was done by then is not done twice.
    Redeliver,
    /// A form that stays open would invite to send it twice: it becomes a view that says it.
    View,
}

impl Apology {
    /// The answer that says `words`.
    pub fn say(self, words: String) -> Answer {
        match self {
            Self::Text => Answer::Text(words),
            Self::Redeliver => Answer::Failed,
            Self::View => Answer::Json(serde_json::json!({
                "response_action": "update",
                "view": {
                    "type": "modal",
                    "title": {"type": "plain_text", "text": "Balefire"},
                    "blocks": [{"type": "section", "text": {"type": "plain_text", "text": words}}],
                },
            })),
        }
    }
}

/// A short-lived right to answer: a `trigger_id` (3 s, once) or a `response_url` (30 min, 5 uses).
///
/// Whoever holds it can speak in the bot's name, so `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket(String);

impl Ticket {
    pub fn new(ticket: impl Into<String>) -> Self {
        Self(ticket.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket(…)")
    }
}

impl From<Ticket> for String {
    fn from(ticket: Ticket) -> Self {
        ticket.0
    }
}

/// A slash command as typed. Commands cannot be typed in threads, so there is no thread here.
#[derive(Debug, Clone, PartialEq)]
pub struct SlashCommand {
    pub team: TeamId,
    pub channel: ChannelId,
    pub user: UserId,
    /// With its slash, as the manifest names it; nothing depends on it but the words that quote it.
    pub command: String,
    /// What follows the command, in Slack's markup (`<@U1|alice>`).
    pub text: String,
    /// Empty when Slack sent none; opening a form then fails like with an expired one.
    pub trigger_id: Ticket,
    pub response_url: Option<Ticket>,
    /// How long ago Slack signed it; zero over a socket, where nothing says so. More than three seconds: Slack has told
    /// the person that nothing came of it.
    pub waited: Duration,
}

/// Something clicked or chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Click {
    pub team: TeamId,
    pub user: UserId,
    /// Absent in forms and on the Home tab.
    pub channel: Option<ChannelId>,
    pub message_ts: Option<MessageTs>,
    pub thread_ts: Option<MessageTs>,
    /// The message was shown to this person only: it cannot be found or updated by `chat.update`.
    pub is_ephemeral: bool,
    pub view: Option<ViewRef>,
    pub action_id: String,
    pub block_id: String,
    /// What the button carries.
    pub value: Option<String>,
    /// What was chosen in a menu or a picker.
    pub chosen: Option<Value>,
    /// Empty when Slack sent none.
    pub trigger_id: Ticket,
    pub response_url: Option<Ticket>,
    /// When Slack says it was clicked; with user and action it tells a redelivery from a second click.
    pub action_ts: String,
}

/// The form or Home tab that a click happened in.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewRef {
    pub id: String,
    /// Guards `views.update` against races.
    pub hash: Option<String>,
    pub callback_id: String,
    pub private_metadata: String,
}

/// What a person filled in or chose.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    /// The `value` of the chosen option.
    Option(String),
    /// Checkboxes and multi-selects; empty when nothing is ticked.
    Options(Vec<String>),
    User(UserId),
    Users(Vec<UserId>),
    Channel(ChannelId),
    Channels(Vec<ChannelId>),
    Date(NaiveDate),
}

/// A form that was filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    pub team: TeamId,
    pub user: UserId,
    pub view_id: String,
    pub hash: Option<String>,
    pub callback_id: String,
    pub private_metadata: String,
    /// By `block_id`: the first filled-in element of each block. What was left empty is absent.
    pub values: BTreeMap<String, Value>,
    /// Empty when Slack sent none.
    pub trigger_id: Ticket,
    pub response_urls: Vec<Ticket>,
}

impl Submission {
    /// The text of a block; `None` when it was left empty or holds only white space.
    pub fn text(&self, block_id: &str) -> Option<&str> {
        match self.values.get(block_id)? {
            Value::Text(text) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// The value of the option chosen in a block.
    pub fn option(&self, block_id: &str) -> Option<&str> {
        match self.values.get(block_id)? {
            Value::Option(option) => Some(option),
            _ => None,
        }
    }

    /// The values of the options chosen in a block; empty when none was.
    pub fn options(&self, block_id: &str) -> &[String] {
        match self.values.get(block_id) {
            Some(Value::Options(options)) => options,
            _ => &[],
        }
    }

    /// The person chosen in a block.
    pub fn user(&self, block_id: &str) -> Option<&UserId> {
        match self.values.get(block_id)? {
            Value::User(user) => Some(user),
            _ => None,
        }
    }

    /// The channel chosen in a block.
    pub fn channel(&self, block_id: &str) -> Option<&ChannelId> {
        match self.values.get(block_id)? {
            Value::Channel(channel) => Some(channel),
            _ => None,
        }
    }

    /// The date chosen in a block.
    pub fn date(&self, block_id: &str) -> Option<NaiveDate> {
        match self.values.get(block_id)? {
            Value::Date(date) => Some(*date),
            _ => None,
        }
    }
}

/// A form that was closed without submitting.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewClosed {
    pub team: TeamId,
    pub user: UserId,
    pub view_id: String,
    pub callback_id: String,
    pub private_metadata: String,
}

/// An event and what identifies it.
#[derive(Debug, Clone, PartialEq)]
pub struct EventEnvelope {
    /// The workspace the bot is installed in, which in a shared channel is not always the one it happened in.
    pub team: TeamId,
    /// The same for every redelivery: the key to doing nothing the second time.
    pub event_id: String,
    pub event_time: Option<Time>,
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    Message(Message),
    MessageEdited {
        channel: ChannelId,
        ts: MessageTs,
        text: String,
        /// What it said before, where Slack tells: equal to `text` when only a link preview was added.
        previous_text: Option<String>,
        user: Option<UserId>,
        is_bot: bool,
    },
    MessageDeleted {
        channel: ChannelId,
        ts: MessageTs,
    },
    /// A person mentioned the bot. Bots that do are [`Event::Other`], or two bots could talk forever.
    AppMention {
        channel: ChannelId,
        user: UserId,
        text: String,
        ts: MessageTs,
        thread_ts: Option<MessageTs>,
    },
    ReactionAdded(Reaction),
    ReactionRemoved(Reaction),
    ChannelArchived {
        channel: ChannelId,
    },
    ChannelDeleted {
        channel: ChannelId,
    },
    UserChanged(UserProfile),
    GroupChanged {
        id: GroupId,
        members: GroupMembers,
    },
    /// Somebody opened the bot's Home tab.
    HomeOpened {
        user: UserId,
    },
    AppUninstalled,
    TokensRevoked,
    Other {
        kind: String,
    },
}

/// A message in a conversation the bot is in.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub channel: ChannelId,
    /// `channel`, `group`, `im` or `mpim`.
    pub channel_type: Option<String>,
    pub user: Option<UserId>,
    /// In Slack's markup.
    pub text: String,
    pub ts: MessageTs,
    /// The parent's `ts`, in a thread.
    pub thread_ts: Option<MessageTs>,
    pub is_bot: bool,
    pub subtype: Option<String>,
}

impl Message {
    /// Whether a person wrote it: no bot, and none of the lines Slack writes itself ("joined the channel").
    pub fn is_from_person(&self) -> bool {
        let written = matches!(
            self.subtype.as_deref(),
            None | Some("file_share" | "thread_broadcast" | "me_message")
        );
        written && !self.is_bot && self.user.is_some()
    }
}

/// An emoji on a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Reaction {
    pub user: UserId,
    /// Without colons.
    pub name: String,
    pub channel: ChannelId,
    pub ts: MessageTs,
    /// Who wrote the message.
    pub item_user: Option<UserId>,
    pub event_ts: String,
}

/// What Slack tells about a person.
#[derive(Debug, Clone, PartialEq)]
pub struct UserProfile {
    pub user: UserId,
    /// Such as `en-US` or `zh-CN`; Slack leaves it out unless asked.
    pub locale: Option<String>,
    /// The person left, or the account was switched off.
    pub deleted: bool,
    pub is_bot: bool,
    /// As others see it: display name, else real name, else handle.
    pub name: String,
}

/// What a usergroup event tells about who is in it.
#[derive(Debug, Clone, PartialEq)]
pub enum GroupMembers {
    /// All of them, in Slack's order; none when the group was disabled.
    All(Vec<UserId>),
    /// Only the difference.
    Changed {
        added: Vec<UserId>,
        removed: Vec<UserId>,
    },
    /// Slack did not say: to be read again.
    Untold,
}

/// Reads a raw HTTP body whose signature was checked.
pub fn read(body: &[u8]) -> Inbound {
    let body = body.trim_ascii();
    if body.first() == Some(&b'{') {
        return read_json(body);
    }
    // The first of several equal keys counts. Bytes that are not UTF-8 become U+FFFD.
    let mut form: BTreeMap<String, String> = BTreeMap::new();
    for (key, value) in url::form_urlencoded::parse(body) {
        form.entry(key.into_owned()).or_insert(value.into_owned());
    }
    if let Some(payload) = form.get("payload") {
        return read_json(payload.as_bytes());
    }
    // As in Slack's own SDKs the check goes first, even when the probe looks like a command.
    if form.get("ssl_check").is_some_and(|check| check == "1") {
        return Inbound::SslCheck;
    }
    if form.contains_key("command") {
        let fields = form
            .into_iter()
            .map(|(key, value)| (key, value.into()))
            .collect();
        return read_command(serde_json::Value::Object(fields));
    }
    Inbound::unknown("form")
}

/// Reads the payload of a Socket Mode envelope of type `envelope`: the same values without the HTTP around them.
pub fn read_envelope(envelope: &str, payload: serde_json::Value) -> Inbound {
    match envelope {
        "slash_commands" => read_command(payload),
        "interactive" | "events_api" => read_value(payload),
        other => Inbound::unknown(other),
    }
}

fn read_json(json: &[u8]) -> Inbound {
    // serde_json gives up at 128 levels, so a hostile nesting is an error and not a stack overflow.
    match serde_json::from_slice(json) {
        Ok(value) => read_value(value),
        Err(_) => Inbound::unknown("malformed_json"),
    }
}

fn read_value(value: serde_json::Value) -> Inbound {
    let kind = value["type"].as_str().unwrap_or_default().to_owned();
    let understood = match kind.as_str() {
        "url_verification" => {
            value["challenge"]
                .as_str()
                .map(|challenge| Inbound::UrlVerification {
                    challenge: challenge.to_owned(),
                })
        }
        "event_callback" => wire::parse(value)
            .and_then(event::envelope)
            .map(Inbound::Event),
        "block_actions" => wire::parse(value).and_then(wire::click).map(Inbound::Click),
        "view_submission" => wire::parse(value)
            .and_then(wire::submission)
            .map(Inbound::Submission),
        "view_closed" => wire::parse(value)
            .and_then(wire::closed)
            .map(Inbound::ViewClosed),
        _ => return Inbound::unknown(&kind),
    };
    understood.unwrap_or_else(|| Inbound::unknown(&format!("malformed.{kind}")))
}

fn read_command(value: serde_json::Value) -> Inbound {
    wire::parse(value)
        .and_then(wire::command)
        .map_or_else(|| Inbound::unknown("malformed.command"), Inbound::Command)
}
