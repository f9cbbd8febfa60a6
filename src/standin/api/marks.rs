//! Pins, reactions and bookmarks.

use serde_json::{Value, json};

use super::{Fail, Outcome, is_ts, seen};
use crate::standin::args::Args;
use crate::standin::message::Message;
use crate::standin::world::{BOT_USER, Bookmark, Channel, Pin, TEAM, World};

const BOOKMARKS_MAX: usize = 100;

/// The message that `channel` and `timestamp` name.
fn marked<'a>(world: &'a World, args: &Args) -> Result<(&'a Channel, &'a Message), Fail> {
    let ts = args.text("timestamp").ok_or("no_item_specified")?;
    let channel = seen(world, args, "channel")?;
    if !is_ts(ts) {
        return Err("bad_timestamp".into());
    }
    let message = channel
        .message(ts)
        .filter(|message| message.only_for.is_none())
        .ok_or("message_not_found")?;
    Ok((channel, message))
}

pub(super) fn pin(world: &mut World, args: &Args) -> Outcome {
    let (channel, message) = marked(world, args)?;
    if !channel.has(BOT_USER) {
        return Err("not_in_channel".into());
    }
    if message.subtype.as_deref() == Some("pinned_item") {
        return Err("not_pinnable".into());
    }
    if channel.pins.iter().any(|pin| pin.ts == message.ts) {
        return Err("already_pinned".into());
    }
    let (id, ts) = (channel.id.clone(), message.ts.clone());
    world.pin(&id, &ts, BOT_USER);
    Ok(json!({}))
}

pub(super) fn unpin(world: &mut World, args: &Args) -> Outcome {
    let (channel, message) = marked(world, args)?;
    if !channel.pins.iter().any(|pin| pin.ts == message.ts) {
        return Err("no_pin".into());
    }
    let (id, ts) = (channel.id.clone(), message.ts.clone());
    if let Some(channel) = world.channel_mut(&id) {
        channel.pins.retain(|pin| pin.ts != ts);
    }
    world.touched(&id);
    let event_ts = world.next_ts();
    world.emit(json!({"type": "pin_removed", "user": BOT_USER, "channel_id": id, "channel": id,
        "item": {"type": "message", "channel": id, "ts": ts}, "has_pins": false, "event_ts": event_ts}));
    Ok(json!({}))
}

pub(super) fn pins(world: &World, args: &Args) -> Outcome {
    let channel = seen(world, args, "channel")?;
    let items: Vec<Value> = channel
        .pins
        .iter()
        .rev()
        .filter_map(|pin| {
            let message = channel.message(&pin.ts)?;
            Some(json!({"type": "message", "channel": channel.id, "created": pin.at_s, "created_by": pin.by,
                "message": message.json(channel, true)}))
        })
        .collect();
    Ok(json!({"items": items}))
}

fn emoji(args: &Args) -> Result<String, Fail> {
    let name = args.text("name").unwrap_or_default();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_+-':".contains(c);
    if name.is_empty() || name.starts_with(':') || !name.chars().all(fits) {
        return Err("invalid_name".into());
    }
    Ok(name.into())
}

pub(super) fn react(world: &mut World, args: &Args) -> Outcome {
    let name = emoji(args)?;
    let (channel, message) = marked(world, args)?;
    if channel.archived {
        return Err("is_archived".into());
    }
    let (id, ts) = (channel.id.clone(), message.ts.clone());
    if world.react(&id, &ts, BOT_USER, &name) {
        Ok(json!({}))
    } else {
        Err("already_reacted".into())
    }
}

pub(super) fn unreact(world: &mut World, args: &Args) -> Outcome {
    let name = emoji(args)?;
    let (channel, message) = marked(world, args)?;
    let (id, ts) = (channel.id.clone(), message.ts.clone());
    if world.unreact(&id, &ts, BOT_USER, &name) {
        Ok(json!({}))
    } else {
        Err("no_reaction".into())
    }
}

pub(super) fn reactions(world: &World, args: &Args) -> Outcome {
    let (channel, message) = marked(world, args)?;
    Ok(json!({"type": "message", "channel": channel.id, "message": message.json(channel, true)}))
}

fn bookmark_json(channel: &Channel, bookmark: &Bookmark) -> Value {
    json!({"id": bookmark.id, "channel_id": channel.id, "title": bookmark.title, "link": bookmark.link,
        "emoji": bookmark.emoji, "icon_url": null, "type": "link", "entity_id": null,
        "date_created": bookmark.created_s, "date_updated": 0, "rank": "i", "last_updated_by_user_id": BOT_USER,
        "last_updated_by_team_id": TEAM, "shortcut_id": null, "app_id": null})
}

pub(super) fn bookmark(world: &mut World, args: &Args) -> Outcome {
    let channel = seen(world, args, "channel_id")?.clone();
    if !channel.has(BOT_USER) {
        return Err("permission_denied".into());
    }
    if args.text("type") != Some("link") {
        return Err("invalid_bookmark_type".into());
    }
    let link = args
        .text("link")
        .filter(|link| url::Url::parse(link).is_ok())
        .ok_or("invalid_link")?;
    if channel.bookmarks.len() >= BOOKMARKS_MAX {
        return Err("too_many_bookmarks".into());
    }
    let bookmark = Bookmark {
        id: format!("Bk0{:07}", world.next_number()),
        title: args.text("title").unwrap_or_default().into(),
        link: link.into(),
        emoji: args.text("emoji").unwrap_or_default().into(),
        created_s: world.now_s(),
    };
    let shown = bookmark_json(&channel, &bookmark);
    if let Some(channel) = world.channel_mut(&channel.id) {
        channel.bookmarks.push(bookmark);
    }
    world.state_changed();
    Ok(json!({"bookmark": shown}))
}

pub(super) fn bookmarks(world: &World, args: &Args) -> Outcome {
    let channel = seen(world, args, "channel_id")?;
    let list: Vec<Value> = channel
        .bookmarks
        .iter()
        .map(|bookmark| bookmark_json(channel, bookmark))
        .collect();
    Ok(json!({"bookmarks": list}))
}

pub(super) fn unbookmark(world: &mut World, args: &Args) -> Outcome {
    let channel = seen(world, args, "channel_id")?.clone();
    let id = args.text("bookmark_id").unwrap_or_default();
    if !channel.bookmarks.iter().any(|bookmark| bookmark.id == id) {
        return Err("not_found".into());
    }
    if let Some(channel) = world.channel_mut(&channel.id) {
        channel.bookmarks.retain(|bookmark| bookmark.id != id);
    }
    world.state_changed();
    Ok(json!({}))
}

impl World {
    /// Pins a message, with the line that Slack writes about it.
    pub(crate) fn pin(&mut self, id: &str, ts: &str, by: &str) {
        let at_s = self.now_s();
        if let Some(channel) = self.channel_mut(id) {
            channel.pins.push(Pin {
                ts: ts.into(),
                by: by.into(),
                at_s,
            });
        }
        let text = format!("<@{by}> pinned a message to this channel.");
        self.system_line(
            id,
            by,
            "pinned_item",
            &text,
            json!({"item_type": "C", "item": {"channel": id, "ts": ts}}),
        );
        let event_ts = self.next_ts();
        self.emit(
            json!({"type": "pin_added", "user": by, "channel_id": id, "channel": id,
            "item": {"type": "message", "channel": id, "ts": ts}, "event_ts": event_ts}),
        );
    }

    /// Puts a reaction on a message; false when it was there.
    pub(crate) fn react(&mut self, id: &str, ts: &str, user: &str, name: &str) -> bool {
        let Some(message) = self
            .channel_mut(id)
            .and_then(|channel| channel.message_mut(ts))
        else {
            return false;
        };
        match message
            .reactions
            .iter_mut()
            .find(|(known, _)| known == name)
        {
            Some((_, users)) if users.iter().any(|known| known == user) => return false,
            Some((_, users)) => users.push(user.into()),
            None => message.reactions.push((name.into(), vec![user.into()])),
        }
        self.reaction_event("reaction_added", id, ts, user, name);
        true
    }

    /// Takes a reaction off; false when it was not there.
    pub(crate) fn unreact(&mut self, id: &str, ts: &str, user: &str, name: &str) -> bool {
        let Some(message) = self
            .channel_mut(id)
            .and_then(|channel| channel.message_mut(ts))
        else {
            return false;
        };
        let Some((_, users)) = message
            .reactions
            .iter_mut()
            .find(|(known, _)| known == name)
        else {
            return false;
        };
        let before = users.len();
        users.retain(|known| known != user);
        if users.len() == before {
            return false;
        }
        message.reactions.retain(|(_, users)| !users.is_empty());
        self.reaction_event("reaction_removed", id, ts, user, name);
        true
    }
}
