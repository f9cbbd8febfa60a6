//! What the bot hears of the world: events in Slack's shape, and which of them its scopes and memberships allow.

use serde_json::{Map, Value, json};

use super::message::{Author, Message};
use super::text;
use super::world::{BOT_USER, Channel, Human, TEAM, Usergroup, World};

/// Every event the stand-in can send, by its name in an app's manifest, and the scope it needs (none: empty).
pub const EVENTS: &[(&str, &str)] = &[
    ("message.channels", "channels:history"),
    ("message.groups", "groups:history"),
    ("message.im", "im:history"),
    ("app_mention", "app_mentions:read"),
    ("app_home_opened", ""),
    ("reaction_added", "reactions:read"),
    ("reaction_removed", "reactions:read"),
    ("pin_added", "pins:read"),
    ("pin_removed", "pins:read"),
    ("member_joined_channel", "channels:read"),
    ("member_left_channel", "channels:read"),
    ("channel_left", "channels:read"),
    ("channel_created", "channels:read"),
    ("channel_archive", "channels:read"),
    ("channel_unarchive", "channels:read"),
    ("channel_deleted", "channels:read"),
    ("channel_rename", "channels:read"),
    ("group_archive", "groups:read"),
    ("group_unarchive", "groups:read"),
    ("group_deleted", "groups:read"),
    ("group_rename", "groups:read"),
    ("user_change", "users:read"),
    ("team_join", "users:read"),
    ("subteam_created", "usergroups:read"),
    ("subteam_updated", "usergroups:read"),
    ("subteam_members_changed", "usergroups:read"),
    ("tokens_revoked", ""),
    ("app_uninstalled", ""),
];

impl World {
    /// Tells the bot, if it may hear of it.
    pub(super) fn emit(&mut self, event: Value) {
        if self.may_hear(&event) {
            self.events.push(event);
        }
    }

    fn may_hear(&self, event: &Value) -> bool {
        let kind = event["type"].as_str().unwrap_or_default();
        let channel = event["channel"]
            .as_str()
            .or(event["item"]["channel"].as_str());
        let channel = channel.and_then(|id| self.channel(id));
        let name = match (kind, event["channel_type"].as_str()) {
            ("message", Some("group")) => "message.groups",
            ("message", Some("im")) => "message.im",
            ("message", _) => "message.channels",
            (other, _) => other,
        };
        let members_only = ["message", "app_mention", "reaction_", "pin_", "member_"];
        if members_only.iter().any(|prefix| kind.starts_with(prefix))
            && channel.is_some_and(|channel| !channel.has(BOT_USER))
        {
            return false;
        }
        let scope = EVENTS
            .iter()
            .find(|(event, _)| *event == name)
            .map(|(_, scope)| *scope);
        self.subscriptions.contains(name)
            && scope.is_some_and(|scope| scope.is_empty() || self.scopes.contains(scope))
    }

    /// Adds a message and tells the bot of it.
    pub(super) fn post(&mut self, channel: &str, message: Message) {
        self.put(channel, message.clone());
        if message.only_for.is_some() {
            return;
        }
        let Some(found) = self.channel(channel) else {
            return;
        };
        let mut event = self.located(found, &message);
        event.insert("event_ts".into(), json!(message.ts));
        let mentions_bot = message.text.contains(&format!("<@{BOT_USER}>"));
        let im = found.event_type() == "im";
        self.emit(Value::Object(event.clone()));
        if mentions_bot
            && !im
            && matches!(message.author, Author::Human(_))
            && message.subtype.is_none()
        {
            event.insert("type".into(), json!("app_mention"));
            event.remove("channel_type");
            self.emit(Value::Object(event));
        }
    }

    fn located(&self, channel: &Channel, message: &Message) -> Map<String, Value> {
        let mut event = message.core(true);
        if let Some(parent) = message
            .thread_ts
            .as_ref()
            .and_then(|ts| channel.message(ts))
        {
            event.insert("parent_user_id".into(), json!(parent.user()));
        }
        event.insert("channel".into(), json!(channel.id));
        event.insert("channel_type".into(), json!(channel.event_type()));
        event
    }

    /// A line that Slack writes itself: somebody joined, the topic changed, something was pinned.
    pub(super) fn system_line(
        &mut self,
        channel: &str,
        user: &str,
        subtype: &str,
        text: &str,
        extra: Value,
    ) -> String {
        let ts = self.next_ts();
        let author = if user == BOT_USER {
            Author::Bot
        } else {
            Author::Human(user.into())
        };
        let mut message = Message::new(&ts, author, text);
        message.subtype = Some(subtype.into());
        message.extra = extra.as_object().cloned().unwrap_or_default();
        self.post(channel, message);
        ts
    }

    /// Tells that a message reads differently now.
    pub(super) fn message_changed(&mut self, channel: &str, before: &Message) {
        self.touched(channel);
        let event_ts = self.next_ts();
        // Both messages are written out for nothing where nobody listens.
        if !self
            .subscriptions
            .iter()
            .any(|name| name.starts_with("message."))
        {
            return;
        }
        let Some(found) = self.channel(channel) else {
            return;
        };
        let Some(after) = found
            .message(&before.ts)
            .filter(|message| message.only_for.is_none())
        else {
            return;
        };
        let event = json!({
            "type": "message", "subtype": "message_changed", "hidden": true, "channel": found.id,
            "channel_type": found.event_type(), "ts": event_ts, "event_ts": event_ts,
            "message": after.json(found, true), "previous_message": before.json(found, true),
        });
        self.emit(event);
    }

    /// Tells that a message is gone.
    pub(super) fn message_deleted(&mut self, channel: &str, before: &Message) {
        self.touched(channel);
        let event_ts = self.next_ts();
        if before.only_for.is_some() {
            return;
        }
        let Some(found) = self.channel(channel) else {
            return;
        };
        let event = json!({
            "type": "message", "subtype": "message_deleted", "hidden": true, "channel": found.id,
            "channel_type": found.event_type(), "ts": event_ts, "event_ts": event_ts, "deleted_ts": before.ts,
            "previous_message": before.json(found, true),
        });
        self.emit(event);
    }

    /// Tells of a reaction that came or went.
    pub(super) fn reaction_event(
        &mut self,
        kind: &str,
        channel: &str,
        ts: &str,
        user: &str,
        name: &str,
    ) {
        self.touched(channel);
        let event_ts = self.next_ts();
        let item_user = self
            .channel(channel)
            .and_then(|found| found.message(ts))
            .map(|message| message.user().to_owned());
        self.emit(json!({
            "type": kind, "user": user, "reaction": name, "item_user": item_user,
            "item": {"type": "message", "channel": channel, "ts": ts}, "event_ts": event_ts,
        }));
    }

    /// Somebody enters a channel, by themselves or invited.
    pub(super) fn join(&mut self, channel: &str, user: &str, inviter: Option<&str>) {
        let Some(found) = self.channel_mut(channel) else {
            return;
        };
        if found.has(user) {
            return;
        }
        found.members.push(user.into());
        let id = found.id.clone();
        let letter = if found.event_type() == "group" {
            "G"
        } else {
            "C"
        };
        let subtype = if letter == "G" {
            "group_join"
        } else {
            "channel_join"
        };
        let mut extra = Map::new();
        if let Some(inviter) = inviter {
            extra.insert("inviter".into(), json!(inviter));
        }
        self.system_line(
            &id,
            user,
            subtype,
            &format!("<@{user}> has joined the channel"),
            Value::Object(extra.clone()),
        );
        let event_ts = self.next_ts();
        extra.extend(
            json!({"type": "member_joined_channel", "user": user, "channel": id, "channel_type": letter, "team": TEAM,
                "event_ts": event_ts})
            .as_object()
            .cloned()
            .unwrap_or_default(),
        );
        self.emit(Value::Object(extra));
        self.state_changed();
    }

    /// Somebody leaves a channel or is taken out of it.
    pub(super) fn leave(&mut self, channel: &str, user: &str, by: &str) {
        let Some(found) = self.channel(channel).filter(|found| found.has(user)) else {
            return;
        };
        let id = found.id.clone();
        let event_ts = self.next_ts();
        if user == BOT_USER {
            self.emit(json!({"type": "channel_left", "channel": id, "actor_id": by, "event_ts": event_ts}));
        }
        if let Some(found) = self.channel_mut(&id) {
            found.members.retain(|member| member != user);
        }
        if user != BOT_USER {
            self.emit(json!({"type": "member_left_channel", "user": user, "channel": id, "channel_type": "C",
                "team": TEAM, "event_ts": event_ts}));
        }
        self.state_changed();
    }

    /// What became of a channel: `archive`, `unarchive`, `rename` or `deleted`.
    pub(super) fn channel_event(&mut self, what: &str, channel: &Channel, user: &str) {
        let event_ts = self.next_ts();
        let subject = if what == "rename" {
            json!({"id": channel.id, "name": channel.name, "name_normalized": channel.name, "created": channel.created_s})
        } else {
            json!(channel.id)
        };
        let kind = format!("{}_{what}", channel.event_type());
        self.emit(json!({"type": kind, "channel": subject, "user": user, "event_ts": event_ts}));
        self.state_changed();
    }

    /// A group was made (`subteam_created`) or changed (`subteam_updated`).
    pub(super) fn group_event(&mut self, kind: &str, group: &Usergroup) {
        let event_ts = self.next_ts();
        self.emit(json!({"type": kind, "subteam": group.json(true), "event_ts": event_ts}));
        self.state_changed();
    }

    /// Other people are in a group now.
    pub(super) fn set_group_users(&mut self, id: &str, users: &[&str]) {
        let now_s = self.now_s();
        let Some(group) = self.usergroups.iter_mut().find(|group| group.id == id) else {
            return;
        };
        let new: Vec<String> = users.iter().map(|user| (*user).to_owned()).collect();
        let old = std::mem::replace(&mut group.users, new.clone());
        let group = group.clone();
        let added: Vec<&String> = new.iter().filter(|user| !old.contains(user)).collect();
        let removed: Vec<&String> = old.iter().filter(|user| !new.contains(user)).collect();
        self.emit(json!({"type": "subteam_members_changed", "subteam_id": id, "team_id": TEAM,
            "date_previous_update": now_s, "date_update": now_s, "added_users": added,
            "added_users_count": added.len(), "removed_users": removed, "removed_users_count": removed.len()}));
        self.group_event("subteam_updated", &group);
    }

    /// Somebody's account changed or is new.
    pub(super) fn person_event(&mut self, kind: &str, human: &Human) {
        let user = human.json(self, true);
        let (event_ts, now_s) = (self.next_ts(), self.now_s());
        self.emit(json!({"type": kind, "user": user, "cache_ts": now_s, "event_ts": event_ts}));
        self.state_changed();
    }

    /// Notes that lists of people or channels look different now.
    pub(super) fn state_changed(&mut self) {
        self.changes.push(super::world::Change {
            state: true,
            ..Default::default()
        });
    }

    /// A person's own message. Returns its `ts`. The text must already be in Slack's notation.
    pub(super) fn person_says(
        &mut self,
        channel: &str,
        user: &str,
        text: &str,
        thread_ts: Option<&str>,
    ) -> String {
        let ts = self.next_ts();
        let mut message = Message::new(&ts, Author::Human(user.into()), text);
        let number = self.next_number();
        message.extra.insert(
            "client_msg_id".into(),
            json!(format!("00000000-0000-4000-8000-{number:012x}")),
        );
        message.blocks = Some(text::rich_text(text, number));
        message.thread_ts = thread_ts.map(str::to_owned);
        self.post(channel, message);
        if let Some(found) = self.channel_mut(channel) {
            found.read.insert(user.into(), ts.clone());
        }
        ts
    }
}
