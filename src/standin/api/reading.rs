//! Everything that comes in pages: lists of channels and members, histories, threads.

use serde_json::{Value, json};

use super::{Fail, Outcome, is_ts, seen};
use crate::standin::args::Args;
use crate::standin::message::Message;
use crate::standin::world::{BOT_USER, Channel, Kind, World};

const LIMIT_DEFAULT: usize = 100;
const LIST_LIMIT_MAX: usize = 1000;
const HISTORY_LIMIT_MAX: usize = 999;
const TYPES: [&str; 4] = ["public_channel", "private_channel", "mpim", "im"];

/// The kinds of conversation asked for.
pub(super) fn types(args: &Args) -> Vec<String> {
    let given = args.list("types");
    if given.is_empty() {
        vec!["public_channel".into()]
    } else {
        given
    }
}

/// The prefix of the scopes for a kind of conversation.
pub(super) fn prefix_of(kind: &str) -> &'static str {
    match kind {
        "private_channel" => "groups:",
        "mpim" => "mpim:",
        "im" => "im:",
        _ => "channels:",
    }
}

/// One page: the items from the cursor on, and the cursor of the next page (empty at the end).
pub(super) struct Page<'a, T> {
    pub(super) items: &'a [T],
    pub(super) next_cursor: String,
}

/// How many items a page may hold. `bad` is what the method says to nonsense.
pub(super) fn limit(args: &Args, max: usize, default: usize, bad: &str) -> Result<usize, Fail> {
    let limit = match args.number("limit") {
        Ok(None) => return Ok(default),
        Ok(Some(limit)) => usize::try_from(limit)
            .ok()
            .filter(|limit| (1..=max).contains(limit)),
        Err(()) => None,
    };
    limit.ok_or_else(|| {
        Fail::because(
            bad,
            vec![format!("must be between 1 and {max} [json-pointer:/limit]")],
        )
    })
}

/// Cuts a page. A cursor names the last item of the page before, so that items which come or go do not shift it.
pub(super) fn page<'a, T>(
    args: &Args,
    items: &'a [T],
    limit: usize,
    key: impl Fn(&T) -> &str,
) -> Result<Page<'a, T>, Fail> {
    let start = match args.text("cursor") {
        None => 0,
        Some(cursor) => {
            let after = hex::decode(cursor)
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok());
            let after = after
                .as_deref()
                .and_then(|text| text.strip_prefix("after:").map(str::to_owned));
            let position = after.and_then(|after| items.iter().position(|item| key(item) == after));
            position.ok_or("invalid_cursor")? + 1
        }
    };
    let end = items.len().min(start + limit);
    let next_cursor = match items[start..end].last() {
        Some(last) if end < items.len() => hex::encode(format!("after:{}", key(last))),
        _ => String::new(),
    };
    Ok(Page {
        items: &items[start..end],
        next_cursor,
    })
}

pub(super) fn list(world: &World, args: &Args, method: &str) -> Outcome {
    let types = types(args);
    if types.iter().any(|kind| !TYPES.contains(&kind.as_str())) {
        return Err("invalid_types".into());
    }
    let limit = limit(args, LIST_LIMIT_MAX, LIMIT_DEFAULT, "invalid_limit")?;
    let user = args.text("user").unwrap_or(BOT_USER);
    let wanted = |channel: &&Channel| {
        let kind = match channel.kind {
            Kind::Public => "public_channel",
            Kind::Private => "private_channel",
            Kind::Im => "im",
        };
        types.iter().any(|wanted| wanted == kind)
            && (channel.kind == Kind::Public || channel.has(BOT_USER))
            && (method != "users.conversations" || channel.has(user))
            && !(args.flag("exclude_archived") && channel.archived)
    };
    let found: Vec<&Channel> = world.channels.iter().filter(wanted).collect();
    let page = page(args, &found, limit, |channel| &channel.id)?;
    let channels: Vec<Value> = page
        .items
        .iter()
        .map(|channel| {
            let mut shown = channel.json(world);
            if method == "conversations.list" && channel.kind != Kind::Im {
                shown["num_members"] = json!(channel.members.len());
            }
            shown
        })
        .collect();
    Ok(json!({"channels": channels, "response_metadata": {"next_cursor": page.next_cursor}}))
}

pub(super) fn members(world: &World, args: &Args) -> Outcome {
    let channel = seen(world, args, "channel")?;
    let limit = limit(args, LIST_LIMIT_MAX, LIMIT_DEFAULT, "invalid_limit")?;
    let page = page(args, &channel.members, limit, |member| member)?;
    Ok(json!({"members": page.items, "response_metadata": {"next_cursor": page.next_cursor}}))
}

/// The part of time asked for, as a test on timestamps.
fn within(args: &Args) -> Result<impl Fn(&str) -> bool, Fail> {
    let bound = |name: &str, bad: &'static str| match args.text(name) {
        None => Ok(None),
        Some(text) => micros(text).map(Some).ok_or(Fail::from(bad)),
    };
    let oldest = bound("oldest", "invalid_ts_oldest")?;
    let latest = bound("latest", "invalid_ts_latest")?;
    let inclusive = args.flag("inclusive");
    Ok(move |ts: &str| {
        let at = micros(ts).unwrap_or_default();
        oldest.is_none_or(|oldest| at > oldest || inclusive && at == oldest)
            && latest.is_none_or(|latest| at < latest || inclusive && at == latest)
    })
}

/// A timestamp in microseconds; whole seconds are allowed too.
fn micros(text: &str) -> Option<i64> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let fraction = format!("{fraction:0<6}");
    let micros = fraction.get(..6)?.parse::<i64>().ok()?;
    Some(seconds.parse::<i64>().ok()?.checked_mul(1_000_000)? + micros)
}

pub(super) fn history(world: &World, args: &Args) -> Outcome {
    let channel = seen(world, args, "channel")?;
    if !channel.has(BOT_USER) {
        return Err("not_in_channel".into());
    }
    let limit = limit(args, HISTORY_LIMIT_MAX, LIMIT_DEFAULT, "invalid_arguments")?;
    let within = within(args)?;
    let found: Vec<&Message> = channel
        .messages
        .iter()
        .rev()
        .filter(|message| message.top_level() && message.only_for.is_none() && within(&message.ts))
        .collect();
    answer(channel, args, &found, limit)
}

pub(super) fn replies(world: &World, args: &Args) -> Outcome {
    let channel = seen(world, args, "channel")?;
    if !channel.has(BOT_USER) {
        return Err("channel_not_found".into());
    }
    let ts = args.text("ts").unwrap_or_default();
    if !is_ts(ts) {
        return Err("thread_not_found".into());
    }
    let limit = limit(args, LIST_LIMIT_MAX, LIST_LIMIT_MAX, "invalid_arguments")?;
    let within = within(args)?;
    let parent = channel
        .messages
        .iter()
        .find(|message| message.ts == ts && message.only_for.is_none());
    let parent = parent.ok_or("thread_not_found")?;
    // The parent stands on top of every answer, whatever the part of time.
    let mut found = vec![parent];
    found.extend(channel.replies_to(ts).filter(|reply| within(&reply.ts)));
    answer(channel, args, &found, limit)
}

fn answer(channel: &Channel, args: &Args, found: &[&Message], limit: usize) -> Outcome {
    let page = page(args, found, limit, |message| &message.ts)?;
    let with_metadata = args.flag("include_all_metadata");
    let messages: Vec<Value> = page
        .items
        .iter()
        .map(|message| message.json(channel, with_metadata))
        .collect();
    let mut answer = json!({"messages": messages, "has_more": !page.next_cursor.is_empty(),
        "pin_count": channel.pins.len()});
    if !page.next_cursor.is_empty() {
        answer["response_metadata"] = json!({"next_cursor": page.next_cursor});
    }
    Ok(answer)
}
