//! One call to Slack, made by the outbox: what to ask for, and what the answer comes to.

use chrono::Duration;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::Time;
use crate::domain::command::Receipt;
use crate::domain::event::TOO_MUCH_TO_READ;
use crate::domain::incident::MessageRef;
use crate::ids::{ChannelId, MessageTs, UserId};
use crate::slack::client::{CallError, Channel, RESPOND, SeenMessage, SlackClient, Stretch};
use crate::slack::inbound::Ticket;
use crate::slack::outcome::{Delivery, Outcome, settle};
use crate::slack::render::Message;

/// The metadata by which a message is found again when nobody knows whether it was taken.
const EVENT_TYPE: &str = "balefire_outbox";
const OUTBOX_ID: &str = "outbox_id";

/// What to ask Slack for.
#[derive(Clone, Debug)]
pub enum Call {
    /// A new message. The only call that must not be repeated blindly: Slack has no idempotency key.
    Post {
        channel: ChannelId,
        thread: Option<MessageTs>,
        message: Message,
        outbox_id: Uuid,
    },
    /// A message to one person; the conversation is opened if there is none yet.
    PostToPerson {
        user: UserId,
        message: Message,
        outbox_id: Uuid,
    },
    Update {
        at: MessageRef,
        message: Message,
    },
    CreateChannel {
        name: String,
        /// What the channel is for began then: an older one of that name was for something else.
        since: Time,
    },
    Invite {
        channel: ChannelId,
        user: UserId,
    },
    SetTopic {
        channel: ChannelId,
        topic: String,
    },
    Pin {
        at: MessageRef,
    },
    /// An answer by `response_url`. It cannot be found again, so it is sent at most once.
    Respond {
        url: Ticket,
        body: Value,
    },
}

impl Call {
    /// Slack's name of the method, for pacing, logs and metrics.
    pub fn method(&self) -> &'static str {
        match self {
            Call::Post { .. } | Call::PostToPerson { .. } => "chat.postMessage",
            Call::Update { .. } => "chat.update",
            Call::CreateChannel { .. } => "conversations.create",
            Call::Invite { .. } => "conversations.invite",
            Call::SetTopic { .. } => "conversations.setTopic",
            Call::Pin { .. } => "pins.add",
            Call::Respond { .. } => RESPOND,
        }
    }

    /// Where a new message goes, for the pace of one a second in a channel.
    pub fn posts_to(&self) -> Option<&str> {
        match self {
            Call::Post { channel, .. } => Some(channel.as_str()),
            Call::PostToPerson { user, .. } => Some(user.as_str()),
            _ => None,
        }
    }

    /// The channel that a message is to be posted in, there or in a thread, or that somebody is invited to.
    pub fn channel(&self) -> Option<&ChannelId> {
        match self {
            Call::Post { channel, .. } | Call::Invite { channel, .. } => Some(channel),
            _ => None,
        }
    }

    /// The channel that a message is to be posted in, unless it is a reply in a thread.
    pub fn speaks_in(&self) -> Option<&ChannelId> {
        match self {
            Call::Post {
                channel,
                thread: None,
                ..
            } => Some(channel),
            _ => None,
        }
    }

    /// What repeating the call would do.
    pub fn repeats(&self) -> Repeats {
        match self {
            Call::Post {
                channel,
                thread,
                outbox_id,
                ..
            } => Repeats::AfterLooking(Search {
                place: Place::Channel {
                    channel: channel.clone(),
                    thread: thread.clone(),
                },
                outbox_id: *outbox_id,
            }),
            Call::PostToPerson {
                user, outbox_id, ..
            } => Repeats::AfterLooking(Search {
                place: Place::Person(user.clone()),
                outbox_id: *outbox_id,
            }),
            Call::Respond { .. } => Repeats::Never,
            // What is so already is not done twice; a name that is taken by an earlier try of ours is found again.
            Call::CreateChannel { .. } | Call::Invite { .. } | Call::Pin { .. } => Repeats::Anytime,
            Call::Update { .. } | Call::SetTopic { .. } => Repeats::WhenSettled,
        }
    }

    /// Makes the call once and says what it came to. One that takes several requests of a tier asks for a turn before
    /// each but the first.
    pub async fn make(
        &self,
        client: &SlackClient,
        next_turn: NextTurn<'_>,
    ) -> (Outcome, Option<CallError>) {
        let result = match self {
            Call::CreateChannel { name, since } => {
                create_channel(client, name, *since, next_turn).await
            }
            Call::Respond { url, body } => client.respond(url, body).await.map(|()| Value::Null),
            _ => client.call(self.method(), &self.arguments()).await,
        };
        (settle(self.method(), &result), result.err())
    }

    /// What Slack gave back, as the incident wants to know it.
    pub fn receipt(&self, delivery: &Delivery) -> Receipt {
        match (self, &delivery.channel, &delivery.ts) {
            (Call::Post { .. } | Call::PostToPerson { .. }, Some(channel), Some(ts)) => {
                Receipt::Message(MessageRef {
                    channel: channel.clone(),
                    ts: ts.clone(),
                })
            }
            (Call::CreateChannel { .. }, Some(channel), _) => Receipt::Channel(channel.clone()),
            _ => Receipt::Done,
        }
    }

    fn arguments(&self) -> Value {
        match self {
            Call::Post {
                channel,
                thread,
                message,
                outbox_id,
            } => {
                let mut arguments = new_message(channel.as_str(), message, outbox_id);
                if let Some(thread) = thread {
                    arguments["thread_ts"] = json!(thread);
                }
                arguments
            }
            // Posting to a person opens the conversation with them.
            Call::PostToPerson {
                user,
                message,
                outbox_id,
            } => new_message(user.as_str(), message, outbox_id),
            Call::Update { at, message } => json!({
                "channel": at.channel, "ts": at.ts, "text": message.text, "blocks": message.blocks,
            }),
            Call::CreateChannel { name, .. } => json!({"name": name}),
            Call::Invite { channel, user } => json!({"channel": channel, "users": user}),
            Call::SetTopic { channel, topic } => json!({"channel": channel, "topic": topic}),
            Call::Pin { at } => json!({"channel": at.channel, "timestamp": at.ts}),
            Call::Respond { body, .. } => body.clone(),
        }
    }
}

/// A turn of a method, or how long to wait for one.
pub type NextTurn<'a> =
    &'a (dyn Fn(&'static str) -> BoxFuture<'a, Result<(), std::time::Duration>> + Sync);

async fn turn(next_turn: NextTurn<'_>, method: &'static str) -> Result<(), CallError> {
    let turn = next_turn(method).await;
    turn.map_err(|wait| CallError::NoTurn { wait })
}

fn new_message(to: &str, message: &Message, outbox_id: &Uuid) -> Value {
    json!({
        "channel": to,
        "text": message.text,
        "blocks": message.blocks,
        "unfurl_links": false,
        "unfurl_media": false,
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {OUTBOX_ID: outbox_id.to_string()}},
    })
}

/// What repeating a call would do, when nobody knows whether an earlier one was taken.
#[derive(Clone, Debug)]
pub enum Repeats {
    /// No harm, at any time.
    Anytime,
    /// No harm once the earlier one cannot be applied any more: until then it might put what is old in the place of what
    /// is new.
    WhenSettled,
    /// It may be repeated once a look has shown that the earlier one was not taken.
    AfterLooking(Search),
    /// It must not be repeated, and Slack cannot be asked.
    Never,
}

/// Where to look for a message whose fate is unknown.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    place: Place,
    outbox_id: Uuid,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    Channel {
        channel: ChannelId,
        thread: Option<MessageTs>,
    },
    Person(UserId),
}

/// What a look has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    Found(MessageRef),
    /// Slack does not have it.
    Absent,
    /// Not all of it could be read: Slack's error code, or [`TOO_MUCH_TO_READ`].
    Unread(String),
}

impl Search {
    /// The same where the message was sent, which need not be where it would be sent by now. `sent_to` is an earlier
    /// [`Search::place`]; what cannot be read as one changes nothing.
    pub fn at(mut self, sent_to: &str) -> Self {
        if let Ok(place) = serde_json::from_str(sent_to) {
            self.place = place;
        }
        self
    }

    /// Where it looks, to be kept with the message.
    pub fn place(&self) -> String {
        json!(self.place).to_string()
    }

    /// The channel it looks in; none for a conversation with a person.
    pub fn channel(&self) -> Option<&ChannelId> {
        match &self.place {
            Place::Channel { channel, .. } => Some(channel),
            Place::Person(_) => None,
        }
    }

    /// The methods that a look calls, for pacing: each once, or once for every page.
    pub fn methods(&self) -> &'static [&'static str] {
        match &self.place {
            Place::Channel {
                thread: Some(_), ..
            } => &["conversations.replies", "conversations.history"],
            Place::Channel { thread: None, .. } => &["conversations.history"],
            Place::Person(_) => &["conversations.open", "conversations.history"],
        }
    }

    /// Looks for the message among those written from `sent_at` until `applied_by`, the latest time at which Slack may
    /// have applied it: among 4,000 at most, in the thread and in the channel.
    ///
    /// `called` gets each method as often as it was called: a look that paused for its pages would outlast its lease.
    ///
    /// # Errors
    /// When the conversation cannot be opened or read: then nothing is known, and the message must not be sent again yet.
    pub async fn look(
        &self,
        client: &SlackClient,
        sent_at: Time,
        applied_by: Time,
        called: &mut Vec<&'static str>,
    ) -> Result<Looked, CallError> {
        let (channel, thread) = match &self.place {
            Place::Channel { channel, thread } => (channel.clone(), thread.as_ref()),
            Place::Person(user) => {
                called.push("conversations.open");
                let opened = client.open_direct(user).await?;
                let channel = opened
                    .channel
                    .ok_or_else(|| CallError::NoAnswer("no conversation in the answer".into()))?;
                (channel, None)
            }
        };
        let mut thread_is = Looked::Absent;
        // A reply to a deleted parent is posted at top level, so that is looked through for replies too.
        for thread in thread.map(Some).into_iter().chain([None]) {
            match self
                .scan(client, &channel, thread, (sent_at, applied_by), called)
                .await
            {
                // conversations.replies says no more of a channel that the bot is not in; its history does. Should that
                // be readable, it is not what holds the replies.
                Err(CallError::Refused { code, .. })
                    if thread.is_some() && code == "channel_not_found" =>
                {
                    thread_is = Looked::Unread(code);
                }
                Ok(Looked::Absent) => {}
                settled => return settled,
            }
        }
        Ok(thread_is)
    }

    async fn scan(
        &self,
        client: &SlackClient,
        channel: &ChannelId,
        thread: Option<&MessageTs>,
        (sent_at, applied_by): (Time, Time),
        called: &mut Vec<&'static str>,
    ) -> Result<Looked, CallError> {
        const PAGES_MAX: u32 = 20;
        const PAGE_SIZE: u32 = 200;
        // Either clock may have been set since they were compared. By more than five minutes, and nothing that Slack
        // delivers by HTTP would be believed.
        let skew = Duration::minutes(6);
        let ts = |time: Time| Some(MessageTs::new(format!("{}.000000", time.timestamp())));
        // Without an end, what there is to read would grow for as long as Slack cannot be asked.
        let mut stretch = Stretch {
            oldest: ts(sent_at - skew),
            latest: ts(applied_by + skew),
            limit: Some(PAGE_SIZE),
            ..Stretch::default()
        };
        let outbox_id = self.outbox_id.to_string();
        for _ in 0..PAGES_MAX {
            let page = match thread {
                Some(thread) => {
                    called.push("conversations.replies");
                    client.replies(channel, thread, &stretch).await
                }
                None => {
                    called.push("conversations.history");
                    client.history(channel, &stretch).await
                }
            };
            let page = match page {
                // The parent was deleted, and its thread with it.
                Err(error) if thread.is_some() && error.is_refusal("thread_not_found") => {
                    return Ok(Looked::Absent);
                }
                page => page?,
            };
            let ours = |message: &&SeenMessage| {
                message.metadata(EVENT_TYPE, OUTBOX_ID) == Some(&outbox_id)
            };
            if let Some(message) = page.items.iter().find(ours) {
                return Ok(Looked::Found(MessageRef {
                    channel: channel.clone(),
                    ts: message.ts.clone(),
                }));
            }
            if page.next.is_none() {
                return Ok(Looked::Absent);
            }
            stretch.cursor = page.next;
        }
        Ok(Looked::Unread(TOO_MUCH_TO_READ.into()))
    }
}

/// Creates a channel, or finds the one that an earlier try of ours has created. A name that others have taken gets
/// a number. Interrupted for want of a turn, it goes on where it was: begun anew, it would want as many turns again.
async fn create_channel(
    client: &SlackClient,
    name: &str,
    since: Time,
    next_turn: NextTurn<'_>,
) -> Result<Value, CallError> {
    const NAMES_MAX: u32 = 5;
    let before = client.names_taken(name, None);
    let mut taken = None;
    for nth in before + 1..=NAMES_MAX {
        // The first one has a turn by now.
        let turn = match nth == before + 1 {
            true => Ok(()),
            false => turn(next_turn, "conversations.create").await,
        };
        let made = match turn {
            Ok(()) => create_or_find(client, name, nth, since, next_turn).await,
            Err(error) => Err(error),
        };
        match made {
            Err(error) if error.is_refusal(NAME_TAKEN) => taken = Some(error),
            Err(wait @ (CallError::NoTurn { .. } | CallError::RateLimited { .. })) => {
                client.names_taken(name, Some(nth - 1));
                return Err(wait);
            }
            made => return made,
        }
    }
    Err(taken.unwrap_or_else(|| CallError::NoAnswer("no name was tried".into())))
}

const NAME_TAKEN: &str = "name_taken";

/// The `nth` name, or the channel of that name if it is ours.
async fn create_or_find(
    client: &SlackClient,
    name: &str,
    nth: u32,
    since: Time,
    next_turn: NextTurn<'_>,
) -> Result<Value, CallError> {
    let name = match nth {
        1 => name.to_owned(),
        nth => format!("{name}-{nth}"),
    };
    let args = json!({"name": name});
    let made = client.call("conversations.create", &args).await;
    match made {
        Err(taken) if taken.is_refusal(NAME_TAKEN) => {
            let ours = own_channel_named(client, &name, since, next_turn).await?;
            ours.map(|ours| json!({"channel": ours})).ok_or(taken)
        }
        made => made,
    }
}

/// Numbers begin anew with a database that is new or restored; the channel of that number is still there, with the
/// people of another incident in it.
async fn own_channel_named(
    client: &SlackClient,
    name: &str,
    since: Time,
    next_turn: NextTurn<'_>,
) -> Result<Option<ChannelId>, CallError> {
    // Our clock may be ahead of Slack's.
    const AHEAD: Duration = Duration::hours(1);
    let us = client.auth_test().await?.bot;
    let ours = |channel: &Channel| {
        let created_s = channel.created.unwrap_or(i64::MAX);
        channel.name == name
            && channel.creator.as_ref() == Some(&us)
            && !channel.is_archived
            && created_s >= (since - AHEAD).timestamp()
    };
    let may_ask = || turn(next_turn, "conversations.list");
    let what = format!("our {name}");
    let found = client.find_channel(&what, ours, may_ask).await?;
    Ok(found.map(|channel| channel.id))
}
