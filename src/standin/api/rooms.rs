//! `conversations.*` that make and change a channel itself: create, rename, archive, topic, purpose.

use serde_json::{Value, json};

use super::{Fail, Outcome, seen};
use crate::standin::args::Args;
use crate::standin::world::{BOT_USER, Channel, Kind, Label, TEAM, World};

const NAME_CHARS_MAX: usize = 80;
const LABEL_CHARS_MAX: usize = 250;

impl Channel {
    /// Slack's JSON for a conversation, as the bot sees it.
    pub(crate) fn json(&self, world: &World) -> Value {
        if self.kind == Kind::Im {
            let user = self.partner(BOT_USER).unwrap_or_default();
            let deleted = world.human(user).is_some_and(|human| human.deleted);
            return json!({"id": self.id, "created": self.created_s, "is_im": true, "is_org_shared": false,
                "is_archived": false, "user": user, "is_user_deleted": deleted, "priority": 0, "context_team_id": TEAM});
        }
        let label = |label: &Label| json!({"value": label.value, "creator": label.creator, "last_set": label.last_set_s});
        let private = self.kind == Kind::Private;
        json!({
            "id": self.id, "name": self.name, "name_normalized": self.name, "is_channel": !private, "is_group": private,
            "is_im": false, "is_mpim": false, "is_private": private, "created": self.created_s, "creator": self.creator,
            "is_archived": self.archived, "is_general": self.general, "unlinked": 0, "is_shared": false,
            "is_org_shared": false, "is_ext_shared": false, "is_pending_ext_shared": false, "pending_shared": [],
            "context_team_id": TEAM, "parent_conversation": null, "shared_team_ids": [TEAM],
            "is_member": self.has(BOT_USER), "topic": label(&self.topic), "purpose": label(&self.purpose),
            "previous_names": self.previous_names,
        })
    }
}

/// Slack's rules for names; the free name is handed back.
fn free_name(world: &World, args: &Args, but: Option<&str>) -> Result<String, Fail> {
    let name = args.text("name").ok_or("invalid_name_required")?;
    if name.chars().count() > NAME_CHARS_MAX {
        return Err("invalid_name_maxlength".into());
    }
    if name.chars().all(|c| c == '-' || c == '_') {
        return Err("invalid_name_punctuation".into());
    }
    if !name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
    {
        return Err("invalid_name_specials".into());
    }
    let taken = world
        .channels
        .iter()
        .any(|channel| channel.name == name && Some(channel.id.as_str()) != but);
    if taken {
        Err("name_taken".into())
    } else {
        Ok(name.into())
    }
}

/// A channel that the bot is in and that is no direct message.
pub(super) fn own_room(world: &World, args: &Args) -> Result<Channel, Fail> {
    let channel = seen(world, args, "channel")?;
    if channel.kind == Kind::Im {
        return Err("method_not_supported_for_channel_type".into());
    }
    if !channel.has(BOT_USER) {
        return Err("not_in_channel".into());
    }
    Ok(channel.clone())
}

/// The conversation as an answer.
pub(super) fn shown(world: &World, id: &str) -> Outcome {
    let channel = world.channel(id).ok_or("channel_not_found")?;
    Ok(json!({"channel": channel.json(world)}))
}

pub(super) fn create(world: &mut World, args: &Args) -> Outcome {
    let name = free_name(world, args, None)?;
    let kind = if args.flag("is_private") {
        Kind::Private
    } else {
        Kind::Public
    };
    let id = world.add_channel(&name, kind, BOT_USER, &[]);
    world.join(&id, BOT_USER, None);
    shown(world, &id)
}

pub(super) fn rename(world: &mut World, args: &Args) -> Outcome {
    let before = own_room(world, args)?;
    if before.archived {
        return Err("is_archived".into());
    }
    // Only who made a channel may rename it with a bot token.
    if before.creator != BOT_USER {
        return Err("not_authorized".into());
    }
    let name = free_name(world, args, Some(&before.id))?;
    world.rename(&before.id, &name, BOT_USER);
    shown(world, &before.id)
}

pub(super) fn archive(world: &mut World, args: &Args) -> Outcome {
    let channel = seen(world, args, "channel")?;
    if channel.archived {
        return Err("already_archived".into());
    }
    let channel = own_room(world, args)?;
    if channel.general {
        return Err("cant_archive_general".into());
    }
    world.archive(&channel.id, BOT_USER);
    Ok(json!({}))
}

pub(super) fn unarchive(world: &mut World, args: &Args) -> Outcome {
    let channel = seen(world, args, "channel")?.clone();
    if channel.kind == Kind::Im {
        return Err("method_not_supported_for_channel_type".into());
    }
    if !channel.archived {
        return Err("not_archived".into());
    }
    world.unarchive(&channel.id, BOT_USER);
    Ok(json!({}))
}

/// `which` is `topic` or `purpose`.
pub(super) fn set_label(world: &mut World, args: &Args, which: &str) -> Outcome {
    let channel = own_room(world, args)?;
    if channel.archived {
        return Err("is_archived".into());
    }
    let value = args.text(which).unwrap_or_default();
    if value.chars().count() > LABEL_CHARS_MAX {
        return Err("too_long".into());
    }
    world.set_label(&channel.id, which, value, BOT_USER);
    shown(world, &channel.id)
}

impl World {
    /// Archives a channel: nobody can say anything in it any more.
    pub(crate) fn archive(&mut self, id: &str, by: &str) {
        self.system_line(
            id,
            by,
            "channel_archive",
            &format!("<@{by}> archived the channel"),
            json!({}),
        );
        if let Some(channel) = self.channel_mut(id) {
            channel.archived = true;
            let channel = channel.clone();
            self.channel_event("archive", &channel, by);
        }
    }

    /// Opens an archived channel again.
    pub(crate) fn unarchive(&mut self, id: &str, by: &str) {
        if let Some(channel) = self.channel_mut(id) {
            channel.archived = false;
            let channel = channel.clone();
            self.channel_event("unarchive", &channel, by);
        }
        self.system_line(
            id,
            by,
            "channel_unarchive",
            &format!("<@{by}> un-archived the channel"),
            json!({}),
        );
    }

    /// Gives a channel another name.
    pub(crate) fn rename(&mut self, id: &str, name: &str, by: &str) {
        let Some(channel) = self.channel_mut(id) else {
            return;
        };
        let old = std::mem::replace(&mut channel.name, name.into());
        channel.previous_names.push(old.clone());
        let channel = channel.clone();
        let text = format!("<@{by}> has renamed the channel from \"{old}\" to \"{name}\"");
        self.system_line(
            id,
            by,
            "channel_name",
            &text,
            json!({"old_name": old, "name": name}),
        );
        self.channel_event("rename", &channel, by);
    }

    /// Sets the topic or the purpose.
    pub(crate) fn set_label(&mut self, id: &str, which: &str, value: &str, by: &str) {
        let label = Label {
            value: value.into(),
            creator: by.into(),
            last_set_s: self.now_s(),
        };
        let Some(channel) = self.channel_mut(id) else {
            return;
        };
        if which == "topic" {
            channel.topic = label;
        } else {
            channel.purpose = label;
        }
        let text = format!("<@{by}> set the channel {which}: {value}");
        self.system_line(
            id,
            by,
            &format!("channel_{which}"),
            &text,
            json!({which: value}),
        );
        self.state_changed();
    }

    /// Deletes a channel for good.
    pub(crate) fn delete_channel(&mut self, id: &str, by: &str) {
        let Some(channel) = self.channel(id).cloned() else {
            return;
        };
        self.channel_event("deleted", &channel, by);
        self.channels.retain(|found| found.id != channel.id);
    }
}
