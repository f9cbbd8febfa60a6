//! `chat.*`: what the bot says.

use serde_json::{Value, json};

use super::{Fail, Outcome, is_ts, seen};
use crate::standin::args::Args;
use crate::standin::blocks::{self, Surface};
use crate::standin::elements;
use crate::standin::message::{Author, Message};
use crate::standin::rates::Rates;
use crate::standin::world::{BOT_USER, Channel, Kind, TEAM_DOMAIN, World};

/// Slack cuts a posted text here, with a warning.
const TEXT_CUT_AT: usize = 40_000;
/// Slack refuses to update to a longer text, or to say it to one person.
const TEXT_MAX: usize = 4_000;
const METADATA_BYTES_MAX: usize = 16_000;

/// The words of a message.
#[derive(Debug, Default)]
pub(crate) struct Content {
    pub(crate) text: String,
    pub(crate) blocks: Option<Value>,
    pub(crate) attachments: Option<Value>,
}

/// Reads and checks text, blocks and attachments; ids are filled in.
pub(crate) fn content_of(world: &mut World, args: &Args) -> Result<Content, Fail> {
    if args.has("markdown_text") && (args.has("text") || args.has("blocks")) {
        return Err("markdown_text_conflict".into());
    }
    let text = args
        .text("text")
        .or(args.text("markdown_text"))
        .unwrap_or_default()
        .to_owned();
    let mut given = args
        .structure("blocks")
        .map_err(|()| "invalid_blocks_format")?;
    if given.as_ref().is_some_and(|given| !given.is_array()) {
        return Err("invalid_blocks_format".into());
    }
    if let Some(given) = &mut given {
        let complaints = blocks::complaints(given, Surface::Message, "/blocks");
        if !complaints.is_empty() {
            return Err(Fail::because("invalid_blocks", complaints));
        }
        if blocks::chars(given) > blocks::MESSAGE_CHARS_MAX {
            return Err("msg_blocks_too_long".into());
        }
        elements::fill_ids(given, || world.next_number());
    }
    let attachments = args
        .structure("attachments")
        .map_err(|()| "invalid_arguments")?;
    let empty = |list: &Option<Value>| {
        list.as_ref()
            .and_then(Value::as_array)
            .is_none_or(Vec::is_empty)
    };
    if text.is_empty() && empty(&given) && empty(&attachments) {
        return Err("no_text".into());
    }
    Ok(Content {
        text,
        blocks: given.filter(|given| given != &json!([])),
        attachments,
    })
}

fn metadata_of(args: &Args) -> Result<Option<Value>, Fail> {
    let given = args
        .structure("metadata")
        .map_err(|()| "invalid_metadata_format")?;
    let Some(metadata) = given else {
        return Ok(None);
    };
    if metadata == json!({}) {
        return Ok(None);
    }
    let fits = metadata["event_type"]
        .as_str()
        .is_some_and(|kind| !kind.is_empty())
        && metadata["event_payload"].is_object()
        && metadata.as_object().is_some_and(|fields| fields.len() == 2);
    if !fits {
        return Err("invalid_metadata_format".into());
    }
    if metadata.to_string().len() > METADATA_BYTES_MAX {
        return Err("metadata_too_large".into());
    }
    Ok(Some(metadata))
}

/// Where a message goes: a conversation, or the direct message with a person named by `U…`.
fn destination<'w>(world: &'w mut World, args: &Args) -> Result<&'w Channel, Fail> {
    let id = args.text("channel").ok_or("channel_not_found")?.to_owned();
    if let Some(human) = world.human(&id) {
        if human.deleted || human.id == BOT_USER {
            return Err("channel_not_found".into());
        }
        let direct = world.direct(BOT_USER, &id);
        return world
            .channel(&direct)
            .ok_or_else(|| "channel_not_found".into());
    }
    let channel = seen(world, args, "channel")?;
    if channel.archived {
        return Err("is_archived".into());
    }
    let open_to_all = channel.kind == Kind::Public && world.scopes.contains("chat:write.public");
    if !channel.has(BOT_USER) && !open_to_all {
        return Err("not_in_channel".into());
    }
    Ok(channel)
}

/// The thread to answer in. A deleted parent, or one that never was, puts the message at top level without a word.
fn thread_of(args: &Args, channel: &Channel) -> Result<Option<String>, Fail> {
    let Some(ts) = args.text("thread_ts") else {
        return Ok(None);
    };
    if !is_ts(ts) {
        return Err(Fail::because(
            "invalid_arguments",
            vec!["invalid thread_ts [json-pointer:/thread_ts]".into()],
        ));
    }
    match channel.message(ts) {
        Some(parent) if parent.thread_ts.is_some() || parent.only_for.is_some() => {
            Err("cannot_reply_to_message".into())
        }
        Some(_) => Ok(Some(ts.into())),
        None => Ok(None),
    }
}

pub(super) fn post_message(world: &mut World, args: &Args, rates: Rates) -> Outcome {
    let channel = destination(world, args)?;
    let thread_ts = thread_of(args, channel)?;
    let channel = channel.outline();
    let metadata = metadata_of(args)?;
    let mut content = content_of(world, args)?;
    let now_ms = world.now_ms;
    world
        .windows
        .enter_post(rates, &channel.id, now_ms)
        .map_err(Fail::rate_limited)?;
    let mut cut = false;
    if let Some((end, _)) = content.text.char_indices().nth(TEXT_CUT_AT) {
        content.text.truncate(end);
        cut = true;
    }
    let mut message = Message::new(&world.next_ts(), Author::Bot, &content.text);
    message.blocks = content.blocks;
    message.attachments = content.attachments;
    message.metadata = metadata;
    message.broadcast = thread_ts.is_some() && args.flag("reply_broadcast");
    message.subtype = message.broadcast.then(|| "thread_broadcast".to_owned());
    message.thread_ts = thread_ts;
    message.username = args.text("username").map(str::to_owned);
    world.post(&channel.id, message.clone());
    let shown = world
        .channel(&channel.id)
        .map_or(Value::Null, |found| message.json(found, true));
    let mut answer = json!({"channel": channel.id, "ts": message.ts, "message": shown});
    if cut {
        answer["warning"] = json!("message_truncated");
        answer["response_metadata"] = json!({"warnings": ["message_truncated"]});
    }
    Ok(answer)
}

pub(super) fn post_ephemeral(world: &mut World, args: &Args) -> Outcome {
    let channel = destination(world, args)?;
    let user = args.text("user").unwrap_or_default().to_owned();
    if !channel.has(&user) {
        return Err("user_not_in_channel".into());
    }
    let thread_ts = thread_of(args, channel)?;
    let channel = channel.outline();
    let content = content_of(world, args)?;
    if content.text.chars().count() > TEXT_MAX {
        return Err("msg_too_long".into());
    }
    let mut message = Message::new(&world.next_ts(), Author::Bot, &content.text);
    message.blocks = content.blocks;
    message.attachments = content.attachments;
    message.thread_ts = thread_ts;
    message.only_for = Some(user);
    let ts = message.ts.clone();
    world.post(&channel.id, message);
    Ok(json!({"message_ts": ts}))
}

pub(super) fn update(world: &mut World, args: &Args) -> Outcome {
    let channel = seen(world, args, "channel")?;
    let ts = args.text("ts").unwrap_or_default().to_owned();
    let before = channel
        .message(&ts)
        .filter(|message| message.only_for.is_none())
        .ok_or("message_not_found")?
        .clone();
    let channel = channel.outline();
    if channel.archived {
        return Err("is_inactive".into());
    }
    if !before.by_bot()
        || before
            .subtype
            .as_deref()
            .is_some_and(|subtype| subtype != "thread_broadcast")
    {
        return Err("cant_update_message".into());
    }
    let metadata = metadata_of(args)?;
    let content = content_of(world, args)?;
    if content.text.chars().count() > TEXT_MAX {
        return Err("msg_too_long".into());
    }
    let edited_ts = world.next_ts();
    if let Some(message) = world
        .channel_mut(&channel.id)
        .and_then(|found| found.message_mut(&ts))
    {
        // A new text without blocks takes the old blocks away; blocks alone keep the old text.
        if args.has("text") || args.has("markdown_text") {
            message.text.clone_from(&content.text);
        }
        message.blocks = content.blocks;
        message.attachments = content.attachments;
        if metadata.is_some() {
            message.metadata = metadata;
        }
        message.edited = Some((BOT_USER.into(), edited_ts));
    }
    world
        .choices
        .retain(|(at, of, _), _| !(at == &channel.id && of == &ts));
    world.message_changed(&channel.id, &before);
    let found = world.channel(&channel.id).ok_or("channel_not_found")?;
    let message = found.message(&ts).ok_or("message_not_found")?;
    let mut answer = json!({"channel": channel.id, "ts": ts, "text": message.text, "message": message.json(found, true)});
    if let Some(thread_ts) = &message.thread_ts {
        answer["thread_ts"] = json!(thread_ts);
    }
    Ok(answer)
}

pub(super) fn delete(world: &mut World, args: &Args) -> Outcome {
    let channel = seen(world, args, "channel")?;
    let ts = args.text("ts").unwrap_or_default();
    let before = channel
        .message(ts)
        .filter(|message| message.only_for.is_none())
        .ok_or("message_not_found")?
        .clone();
    let channel = channel.outline();
    if !before.by_bot() {
        return Err("cant_delete_message".into());
    }
    if let Some(found) = world.channel_mut(&channel.id) {
        found.remove(ts);
    }
    world.message_deleted(&channel.id, &before);
    Ok(json!({"channel": channel.id, "ts": ts}))
}

pub(super) fn permalink(world: &World, args: &Args) -> Outcome {
    let channel = seen(world, args, "channel")?;
    let ts = args.text("message_ts").unwrap_or_default();
    let message = channel.message(ts).ok_or("message_not_found")?;
    let mut url = format!(
        "https://{TEAM_DOMAIN}.slack.com/archives/{}/p{}",
        channel.id,
        ts.replace('.', "")
    );
    if let Some(thread_ts) = &message.thread_ts {
        url.push_str(&format!("?thread_ts={thread_ts}&cid={}", channel.id));
    }
    Ok(json!({"channel": channel.id, "permalink": url}))
}
