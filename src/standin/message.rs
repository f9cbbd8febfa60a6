//! One message, and the shapes in which Slack shows it to a bot and to a page.

use serde_json::{Map, Value, json};

use super::world::{APP, BOT, BOT_NAME, BOT_USER, Channel, SLACKBOT, TEAM};

/// Who said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// A person (`U…`).
    Human(String),
    /// The bot under test.
    Bot,
    /// Slack itself.
    Slackbot,
}

/// A message as the workspace keeps it.
#[derive(Clone, Debug)]
pub struct Message {
    /// Unix seconds, a dot, six digits: unique within the workspace.
    pub ts: String,
    pub author: Author,
    /// As stored: `&`, `<` and `>` escaped, mentions as `<@U…>`.
    pub text: String,
    pub blocks: Option<Value>,
    pub attachments: Option<Value>,
    /// The parent's `ts`; only replies have it.
    pub thread_ts: Option<String>,
    /// A reply that is shown in the channel too.
    pub broadcast: bool,
    /// Who changed it and when (a `ts`).
    pub edited: Option<(String, String)>,
    /// Emoji name and who put it there.
    pub reactions: Vec<(String, Vec<String>)>,
    pub metadata: Option<Value>,
    pub subtype: Option<String>,
    /// Fields that only some subtypes have: `topic`, `inviter`, …
    pub extra: Map<String, Value>,
    /// What the bot called itself for this one message.
    pub username: Option<String>,
    /// Ephemeral: the only person who sees it.
    pub only_for: Option<String>,
    /// A deleted parent of replies: kept so that the thread still hangs together.
    pub deleted: bool,
}

impl Message {
    /// A plain message.
    pub fn new(ts: &str, author: Author, text: &str) -> Self {
        Self {
            ts: ts.into(),
            author,
            text: text.into(),
            blocks: None,
            attachments: None,
            thread_ts: None,
            broadcast: false,
            edited: None,
            reactions: Vec::new(),
            metadata: None,
            subtype: None,
            extra: Map::new(),
            username: None,
            only_for: None,
            deleted: false,
        }
    }

    /// The account that said it.
    pub fn user(&self) -> &str {
        match &self.author {
            Author::Human(id) => id,
            Author::Bot => BOT_USER,
            Author::Slackbot => SLACKBOT,
        }
    }

    /// Whether the bot said it.
    pub fn by_bot(&self) -> bool {
        self.author == Author::Bot
    }

    /// Whether it stands in the channel itself, not only in a thread.
    pub fn top_level(&self) -> bool {
        self.thread_ts.is_none() || self.broadcast
    }

    /// What a person reads: the blocks as plain lines (buttons in brackets), or the text where there are none.
    pub fn reads(&self) -> String {
        match &self.blocks {
            Some(blocks) if blocks.as_array().is_some_and(|list| !list.is_empty()) => {
                super::read::blocks(blocks)
            }
            _ => self.text.clone(),
        }
    }

    /// Slack's JSON for the message itself, without what its thread adds.
    pub fn core(&self, with_metadata: bool) -> Map<String, Value> {
        let mut out = Map::new();
        out.insert("type".into(), json!("message"));
        out.insert("user".into(), json!(self.user()));
        if self.deleted {
            out.insert("subtype".into(), json!("tombstone"));
            out.insert("text".into(), json!("This message was deleted."));
            out.insert("hidden".into(), json!(true));
            out.insert("ts".into(), json!(self.ts));
            return out;
        }
        if let Some(subtype) = &self.subtype {
            out.insert("subtype".into(), json!(subtype));
        }
        out.insert("text".into(), json!(self.text));
        out.insert("ts".into(), json!(self.ts));
        out.insert("team".into(), json!(TEAM));
        if self.by_bot() {
            out.insert("bot_id".into(), json!(BOT));
            out.insert("app_id".into(), json!(APP));
            out.insert("bot_profile".into(), bot_profile());
        }
        let optional = [
            ("blocks", self.blocks.clone()),
            ("attachments", self.attachments.clone()),
            ("thread_ts", self.thread_ts.as_ref().map(|ts| json!(ts))),
            ("username", self.username.as_ref().map(|name| json!(name))),
            (
                "edited",
                self.edited
                    .as_ref()
                    .map(|(user, ts)| json!({"user": user, "ts": ts})),
            ),
            ("metadata", self.metadata.clone().filter(|_| with_metadata)),
        ];
        out.extend(
            optional
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), value?))),
        );
        if !self.reactions.is_empty() {
            let reactions: Vec<Value> = self
                .reactions
                .iter()
                .map(|(name, users)| json!({"name": name, "users": users, "count": users.len()}))
                .collect();
            out.insert("reactions".into(), Value::Array(reactions));
        }
        out.extend(self.extra.clone());
        out
    }

    /// Slack's JSON for the message where it stands: with reply counts and pins.
    pub fn json(&self, channel: &Channel, with_metadata: bool) -> Value {
        let mut out = self.core(with_metadata);
        let replies: Vec<&Message> = channel.replies_to(&self.ts).collect();
        if let Some(latest) = replies.last() {
            let mut users: Vec<&str> = Vec::new();
            for reply in &replies {
                if !users.contains(&reply.user()) {
                    users.push(reply.user());
                }
            }
            out.insert("thread_ts".into(), json!(self.ts));
            out.insert("reply_count".into(), json!(replies.len()));
            out.insert("reply_users_count".into(), json!(users.len()));
            out.insert("latest_reply".into(), json!(latest.ts));
            out.insert("reply_users".into(), json!(users));
            out.insert("is_locked".into(), json!(false));
            out.insert("subscribed".into(), json!(false));
        } else if let Some(parent) = self.thread_ts.as_ref().and_then(|ts| channel.message(ts)) {
            out.insert("parent_user_id".into(), json!(parent.user()));
        }
        if channel.pins.iter().any(|pin| pin.ts == self.ts) {
            out.insert("pinned_to".into(), json!([channel.id]));
        }
        Value::Object(out)
    }
}

impl Channel {
    /// Replies to a message that everybody can see, oldest first.
    pub fn replies_to(&self, ts: &str) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(move |message| {
            message.thread_ts.as_deref() == Some(ts)
                && message.only_for.is_none()
                && !message.deleted
        })
    }

    /// Takes a message away; a parent with replies leaves a tombstone, as in Slack. Returns what was there.
    pub(super) fn remove(&mut self, ts: &str) -> Option<Message> {
        let gone = self.message(ts)?.clone();
        let has_replies = self.replies_to(ts).next().is_some();
        if has_replies {
            if let Some(message) = self.message_mut(ts) {
                message.deleted = true;
            }
        } else {
            self.messages.retain(|message| message.ts != ts);
        }
        self.pins.retain(|pin| pin.ts != ts);
        Some(gone)
    }
}

/// How Slack introduces the bot beside its messages.
pub(super) fn bot_profile() -> Value {
    json!({
        "id": BOT, "app_id": APP, "user_id": BOT_USER, "name": BOT_NAME, "deleted": false, "updated": 0,
        "team_id": TEAM,
        "icons": {"image_36": "https://a.slack-edge.com/80588/img/plugins/app/bot_36.png"},
    })
}
