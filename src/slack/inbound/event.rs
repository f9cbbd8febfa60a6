//! The Events API on the wire, and which of its events mean something to us.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::profile::WireUser;
use super::wire::{filled, parse, users};
use super::{Event, EventEnvelope, GroupMembers, Message, Reaction};
use crate::clock::Time;
use crate::ids::{ChannelId, GroupId, MessageTs, TeamId, UserId};

#[derive(Deserialize)]
pub(super) struct Envelope {
    team_id: Option<String>,
    enterprise_id: Option<String>,
    authorizations: Option<Vec<Authorization>>,
    event_id: Option<String>,
    event_time: Option<i64>,
    // Read later, so that an event in a shape we do not know still counts as delivered.
    event: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Authorization {
    team_id: Option<String>,
    enterprise_id: Option<String>,
}

/// Slack sends the id alone in some events and the whole object in others, under the same name.
#[derive(Deserialize)]
#[serde(untagged)]
enum Subject {
    Id(String),
    Whole(WireUser),
}

#[derive(Deserialize)]
struct WireMessage {
    subtype: Option<String>,
    user: Option<String>,
    text: Option<String>,
    ts: Option<String>,
    bot_id: Option<String>,
}

#[derive(Deserialize)]
struct Item {
    channel: Option<String>,
    ts: Option<String>,
}

#[derive(Deserialize)]
struct Subteam {
    id: Option<String>,
    users: Option<Vec<String>>,
    date_delete: Option<i64>,
}

#[derive(Deserialize)]
struct WireEvent {
    subtype: Option<String>,
    user: Option<Subject>,
    channel: Option<Subject>,
    channel_type: Option<String>,
    text: Option<String>,
    ts: Option<String>,
    thread_ts: Option<String>,
    deleted_ts: Option<String>,
    event_ts: Option<String>,
    bot_id: Option<String>,
    message: Option<WireMessage>,
    previous_message: Option<WireMessage>,
    reaction: Option<String>,
    item: Option<Item>,
    item_user: Option<String>,
    tab: Option<String>,
    subteam: Option<Subteam>,
    subteam_id: Option<String>,
    added_users: Option<Vec<String>>,
    removed_users: Option<Vec<String>>,
}

pub(super) fn envelope(wire: Envelope) -> Option<EventEnvelope> {
    let (installed_in, installed_for) = wire
        .authorizations
        .and_then(|authorizations| authorizations.into_iter().next())
        .map_or((None, None), |first| {
            (filled(first.team_id), filled(first.enterprise_id))
        });
    // In a channel shared with another company `team_id` can be theirs; the authorization is always ours.
    let team = installed_in
        .or(filled(wire.team_id))
        .or(installed_for)
        .or(filled(wire.enterprise_id))?;
    let event = wire.event?;
    let kind = event["type"].as_str()?.to_owned();
    let subtype = event["subtype"].as_str().map(str::to_owned);
    Some(EventEnvelope {
        team: TeamId::new(team),
        event_id: filled(wire.event_id).unwrap_or_else(|| derived_id(&event)),
        event_time: wire
            .event_time
            .and_then(|seconds| Time::from_timestamp(seconds, 0)),
        event: parse(event)
            .and_then(|event| understood(&kind, event))
            .unwrap_or_else(|| Event::Other {
                kind: subtype.map_or(kind.clone(), |subtype| format!("{kind}.{subtype}")),
            }),
    })
}

/// Slack names every event. Should one come without a name, its content stands in, so that a redelivery is still one.
fn derived_id(event: &serde_json::Value) -> String {
    let digest = Sha256::digest(event.to_string());
    format!("unnamed-{}", hex::encode(&digest[..16]))
}

/// The event, or `None` when it is of no interest or lacks what makes it one.
fn understood(kind: &str, event: WireEvent) -> Option<Event> {
    match kind {
        "message" => message(event),
        "app_mention" if event.bot_id.is_none() => Some(Event::AppMention {
            channel: channel(event.channel)?,
            user: user(event.user)?,
            text: event.text.unwrap_or_default(),
            ts: ts(event.ts)?,
            thread_ts: ts(event.thread_ts),
        }),
        "reaction_added" => reaction(event).map(Event::ReactionAdded),
        "reaction_removed" => reaction(event).map(Event::ReactionRemoved),
        "channel_archive" | "group_archive" => Some(Event::ChannelArchived {
            channel: channel(event.channel)?,
        }),
        "channel_deleted" | "group_deleted" => Some(Event::ChannelDeleted {
            channel: channel(event.channel)?,
        }),
        "user_change" | "team_join" => match event.user? {
            Subject::Whole(whole) => whole.profile().map(Event::UserChanged),
            Subject::Id(_) => None,
        },
        "subteam_created" | "subteam_updated" => {
            let subteam = event.subteam?;
            Some(Event::GroupChanged {
                id: GroupId::new(filled(subteam.id)?),
                members: match subteam.users {
                    _ if subteam.date_delete.is_some_and(|deleted| deleted > 0) => {
                        GroupMembers::All(vec![])
                    }
                    Some(members) => GroupMembers::All(users(members)),
                    None => GroupMembers::Untold,
                },
            })
        }
        "subteam_members_changed" => Some(Event::GroupChanged {
            id: GroupId::new(filled(event.subteam_id)?),
            members: GroupMembers::Changed {
                added: users(event.added_users.unwrap_or_default()),
                removed: users(event.removed_users.unwrap_or_default()),
            },
        }),
        "app_home_opened" if event.tab.as_deref() != Some("messages") => Some(Event::HomeOpened {
            user: user(event.user)?,
        }),
        "app_uninstalled" => Some(Event::AppUninstalled),
        "tokens_revoked" => Some(Event::TokensRevoked),
        _ => None,
    }
}

fn message(event: WireEvent) -> Option<Event> {
    let channel = channel(event.channel)?;
    match event.subtype.as_deref() {
        Some("message_changed") => {
            let now = event.message?;
            // A deleted message that has replies is changed into a tombstone, and no deletion is told.
            if now.subtype.as_deref() == Some("tombstone") {
                return Some(Event::MessageDeleted {
                    channel,
                    ts: ts(now.ts)?,
                });
            }
            Some(Event::MessageEdited {
                channel,
                ts: ts(now.ts)?,
                text: now.text.unwrap_or_default(),
                previous_text: event.previous_message.and_then(|before| before.text),
                is_bot: now.bot_id.is_some() || now.subtype.as_deref() == Some("bot_message"),
                user: filled(now.user).map(UserId::new),
            })
        }
        Some("message_deleted") => {
            let before = event.previous_message.and_then(|before| before.ts);
            Some(Event::MessageDeleted {
                channel,
                ts: ts(event.deleted_ts).or(ts(before))?,
            })
        }
        Some("message_replied") => None,
        _ => Some(Event::Message(Message {
            channel,
            channel_type: filled(event.channel_type),
            is_bot: event.bot_id.is_some() || event.subtype.as_deref() == Some("bot_message"),
            user: user(event.user),
            text: event.text.unwrap_or_default(),
            ts: ts(event.ts)?,
            thread_ts: ts(event.thread_ts),
            subtype: event.subtype,
        })),
    }
}

fn reaction(event: WireEvent) -> Option<Reaction> {
    let item = event.item?;
    Some(Reaction {
        user: user(event.user)?,
        name: filled(event.reaction)?,
        channel: ChannelId::new(filled(item.channel)?),
        ts: ts(item.ts)?,
        item_user: filled(event.item_user).map(UserId::new),
        event_ts: event.event_ts.unwrap_or_default(),
    })
}

fn id(subject: Option<Subject>) -> Option<String> {
    match subject? {
        Subject::Id(id) => filled(Some(id)),
        Subject::Whole(whole) => filled(whole.id),
    }
}

fn user(subject: Option<Subject>) -> Option<UserId> {
    id(subject).map(UserId::new)
}

fn channel(subject: Option<Subject>) -> Option<ChannelId> {
    id(subject).map(ChannelId::new)
}

fn ts(field: Option<String>) -> Option<MessageTs> {
    filled(field).map(MessageTs::new)
}
