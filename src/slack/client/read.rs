//! The methods that read. Each value is made of what is there: an object that lacks its id is left out of its page,
//! and never fails the page.

use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{CallError, SlackClient};
use crate::ids::{ChannelId, GroupId, MessageTs, UserId};
use crate::slack::inbound::UserProfile;
use crate::slack::inbound::profile::WireUser;

/// Slack allows up to 999 and recommends 200; large workspaces need fewer calls of a method that allows 20 a minute.
const PAGE_SIZE: u32 = 500;

/// One page, and the cursor of the next.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Channel {
    pub id: ChannelId,
    /// Without `#`; direct messages have none.
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub is_archived: bool,
    #[serde(default)]
    pub is_private: bool,
    /// Whether the bot is in it.
    #[serde(default)]
    pub is_member: bool,
    /// Who made it.
    pub creator: Option<UserId>,
    /// Unix seconds.
    pub created: Option<i64>,
}

/// A message in a page of history, with what the outbox needs to recognise its own.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SeenMessage {
    pub ts: MessageTs,
    pub thread_ts: Option<MessageTs>,
    pub user: Option<UserId>,
    pub bot_id: Option<String>,
    #[serde(default)]
    pub text: String,
    metadata: Option<Metadata>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Metadata {
    event_type: Option<String>,
    event_payload: Option<Map<String, Value>>,
}

impl SeenMessage {
    /// The text under `key` in metadata of type `event_type`.
    pub fn metadata(&self, event_type: &str, key: &str) -> Option<&str> {
        let metadata = self.metadata.as_ref()?;
        if metadata.event_type.as_deref() != Some(event_type) {
            return None;
        }
        metadata.event_payload.as_ref()?.get(key)?.as_str()
    }
}

/// Which part of a channel or thread to read; newest first in a channel, oldest first in a thread.
#[derive(Debug, Clone, Default)]
pub struct Stretch {
    /// Not before this moment, as a message timestamp (`1718000000.000100`), itself included.
    pub oldest: Option<MessageTs>,
    /// Not after this moment, itself included.
    pub latest: Option<MessageTs>,
    /// At most 999; Slack gives 100 without it.
    pub limit: Option<u32>,
    pub cursor: Option<String>,
}

/// A usergroup.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Group {
    pub id: GroupId,
    /// Without `@`.
    #[serde(default)]
    pub handle: String,
    /// Unix seconds of when it was disabled; 0: it is not.
    #[serde(default)]
    date_delete: i64,
    /// In Slack's order.
    #[serde(default)]
    pub users: Vec<UserId>,
}

impl Group {
    /// Slack disables usergroups and never deletes them.
    pub fn is_disabled(&self) -> bool {
        self.date_delete != 0
    }
}

impl SlackClient {
    /// `conversations.info`.
    pub async fn channel(&self, channel: &ChannelId) -> Result<Channel, CallError> {
        let answer = self
            .get("conversations.info", &json!({"channel": channel}))
            .await?;
        one(&answer["channel"])
    }

    /// One page of `conversations.list`: public and private channels, archived ones included. The bot sees the private
    /// channels it is in.
    pub async fn channels(&self, cursor: Option<&str>) -> Result<Page<Channel>, CallError> {
        let types = "public_channel,private_channel";
        let args = json!({"types": types, "limit": PAGE_SIZE, "cursor": cursor});
        let answer = self.get("conversations.list", &args).await?;
        page(&answer, "channels")
    }

    /// The first channel in the list that is wanted. Slack takes twenty such calls in a minute: where it or `may_ask`,
    /// which comes before each page, asks to wait in the midst of a long list, the next look for the same `what` goes on
    /// from there, or it would never see the end.
    pub async fn find_channel<F: Future<Output = Result<(), CallError>>>(
        &self,
        what: &str,
        wanted: impl Fn(&Channel) -> bool,
        may_ask: impl Fn() -> F,
    ) -> Result<Option<Channel>, CallError> {
        let mut cursor = self.left_off().remove(what);
        loop {
            let page = match may_ask().await {
                Ok(()) => self.channels(cursor.as_deref()).await,
                Err(error) => Err(error),
            };
            let page = match page {
                Err(limited @ (CallError::RateLimited { .. } | CallError::NoTurn { .. })) => {
                    if let Some(cursor) = cursor {
                        self.left_off().insert(what.to_owned(), cursor);
                    }
                    return Err(limited);
                }
                page => page?,
            };
            if let Some(channel) = page.items.into_iter().find(&wanted) {
                return Ok(Some(channel));
            }
            if page.next.is_none() {
                return Ok(None);
            }
            cursor = page.next;
        }
    }

    fn left_off(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.left_off.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One page of `conversations.history`, with metadata. Replies in threads are not in it.
    pub async fn history(
        &self,
        channel: &ChannelId,
        stretch: &Stretch,
    ) -> Result<Page<SeenMessage>, CallError> {
        let args = stretch.args(json!({"channel": channel}));
        let answer = self.get("conversations.history", &args).await?;
        page(&answer, "messages")
    }

    /// One page of `conversations.replies`, with metadata; the first message is the parent.
    pub async fn replies(
        &self,
        channel: &ChannelId,
        thread: &MessageTs,
        stretch: &Stretch,
    ) -> Result<Page<SeenMessage>, CallError> {
        let args = stretch.args(json!({"channel": channel, "ts": thread}));
        let answer = self.get("conversations.replies", &args).await?;
        page(&answer, "messages")
    }

    /// `users.info`, with the locale.
    pub async fn person(&self, user: &UserId) -> Result<UserProfile, CallError> {
        let args = json!({"user": user, "include_locale": true});
        let answer = self.get("users.info", &args).await?;
        one::<WireUser>(&answer["user"])?
            .profile()
            .ok_or_else(incomplete)
    }

    /// One page of `users.list`, with locales.
    pub async fn people(&self, cursor: Option<&str>) -> Result<Page<UserProfile>, CallError> {
        let args = json!({"include_locale": true, "limit": PAGE_SIZE, "cursor": cursor});
        let answer = self.get("users.list", &args).await?;
        let users: Page<WireUser> = page(&answer, "members")?;
        Ok(Page {
            items: users
                .items
                .into_iter()
                .filter_map(WireUser::profile)
                .collect(),
            next: users.next,
        })
    }

    /// `usergroups.list`: all of them with their members, disabled ones too.
    pub async fn groups(&self) -> Result<Vec<Group>, CallError> {
        let args = json!({"include_disabled": true, "include_users": true});
        let answer = self.get("usergroups.list", &args).await?;
        Ok(page(&answer, "usergroups")?.items)
    }

    /// `usergroups.users.list`: who is in a group, in Slack's order.
    pub async fn group_members(&self, group: &GroupId) -> Result<Vec<UserId>, CallError> {
        let answer = self
            .get("usergroups.users.list", &json!({"usergroup": group}))
            .await?;
        Ok(page(&answer, "users")?.items)
    }
}

impl Stretch {
    fn args(&self, mut args: Value) -> Value {
        args["include_all_metadata"] = json!(true);
        args["inclusive"] = json!(true);
        args["oldest"] = json!(self.oldest);
        args["latest"] = json!(self.latest);
        args["limit"] = json!(self.limit);
        args["cursor"] = json!(self.cursor);
        args
    }
}

fn incomplete() -> CallError {
    CallError::NoAnswer("it lacks what was asked for".into())
}

fn one<T: DeserializeOwned>(value: &Value) -> Result<T, CallError> {
    T::deserialize(value).map_err(|_| incomplete())
}

fn page<T: DeserializeOwned>(answer: &Value, items: &str) -> Result<Page<T>, CallError> {
    let items = answer[items].as_array().ok_or_else(incomplete)?;
    let next = answer["response_metadata"]["next_cursor"].as_str();
    Ok(Page {
        items: items
            .iter()
            .filter_map(|item| T::deserialize(item).ok())
            .collect(),
        next: next.filter(|cursor| !cursor.is_empty()).map(str::to_owned),
    })
}
