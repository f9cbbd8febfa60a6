//! Everything the stand-in knows: a workspace as plain values.
//!
//! No async and no clock: whoever opens the world's door sets `now_ms` first (see `StandIn::with`), and identifiers
//! come from counters, so the same calls at the same times give the same world.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::faults::Faults;
use super::message::{Author, Message};
use super::rates::Windows;
pub use super::things::*;

/// The workspace.
pub struct World {
    /// Unix milliseconds, set whenever the world is entered.
    pub now_ms: i64,
    pub people: Vec<Human>,
    pub channels: Vec<Channel>,
    pub usergroups: Vec<Usergroup>,
    /// Open modals of everybody, each person's bottom first.
    pub views: Vec<View>,
    /// Published Home tabs by person.
    pub homes: BTreeMap<String, View>,
    pub triggers: BTreeMap<String, Trigger>,
    pub response_urls: BTreeMap<String, ResponseUrl>,
    /// What people chose in selects of messages: (channel, ts, person) → `block_id → action_id → value`.
    pub choices: BTreeMap<(String, String, String), Map<String, Value>>,
    pub scopes: BTreeSet<String>,
    /// Event types the app is subscribed to.
    pub subscriptions: BTreeSet<String>,
    /// The stand-in's own address, without a trailing slash.
    pub base_url: String,
    /// Everything comes to the bot over sockets.
    pub socket_mode: bool,
    /// Permissions to open a socket, and when each was given.
    pub(super) tickets: BTreeMap<String, i64>,
    pub(super) tickets_given: u64,
    /// The app was removed from the workspace.
    pub revoked: bool,
    pub calls: Vec<Call>,
    pub faults: Faults,
    pub(super) windows: Windows,
    pub(super) events: Vec<Value>,
    pub(super) changes: Vec<Change>,
    /// Calls that were cut off and will be carried out later.
    pub(super) late: Vec<super::api::Late>,
    counter: u64,
    last_ts_us: i64,
}

impl World {
    /// The workspace of the demo: Alice, Bob and Chen, four channels and one group.
    pub fn demo(now_ms: i64) -> Self {
        let mut world = Self {
            now_ms,
            people: Vec::new(),
            channels: Vec::new(),
            usergroups: Vec::new(),
            views: Vec::new(),
            homes: BTreeMap::new(),
            triggers: BTreeMap::new(),
            response_urls: BTreeMap::new(),
            choices: BTreeMap::new(),
            scopes: BTreeSet::new(),
            subscriptions: BTreeSet::new(),
            base_url: "http://127.0.0.1".into(),
            socket_mode: false,
            tickets: BTreeMap::new(),
            tickets_given: 0,
            revoked: false,
            calls: Vec::new(),
            faults: Faults::default(),
            windows: Windows::default(),
            events: Vec::new(),
            changes: Vec::new(),
            late: Vec::new(),
            counter: 0,
            last_ts_us: 0,
        };
        world.people = vec![
            human(
                "U0ALICE",
                "alice",
                "Alice Archer",
                "en-US",
                ("Europe/London", 0),
                "#2f6f4f",
            ),
            human(
                "U0BOB",
                "bob",
                "Bob Baker",
                "en-US",
                ("America/New_York", -18_000),
                "#b0563b",
            ),
            human(
                "U0CHEN",
                "chen",
                "陈伟 Chen Wei",
                "zh-CN",
                ("Asia/Shanghai", 28_800),
                "#3b5fb0",
            ),
            Human {
                is_bot: true,
                ..human(
                    BOT_USER,
                    "balefire",
                    BOT_NAME,
                    "en-US",
                    ("Etc/UTC", 0),
                    "#d97706",
                )
            },
            Human {
                is_bot: true,
                ..human(
                    SLACKBOT,
                    "slackbot",
                    "Slackbot",
                    "en-US",
                    ("Etc/UTC", 0),
                    "#757575",
                )
            },
        ];
        let everybody = ["U0ALICE", "U0BOB", "U0CHEN", BOT_USER];
        for (id, name) in [
            ("C0INCIDENTS", "incidents"),
            ("C0GENERAL", "general"),
            ("C0EXEC", "exec"),
            ("C0CUSTOMERS", "customers"),
        ] {
            let mut channel = world.empty_channel(id, name, Kind::Public, "U0ALICE");
            channel.members = everybody.map(str::to_owned).to_vec();
            channel.general = name == "general";
            world.channels.push(channel);
        }
        world.usergroups.push(Usergroup {
            id: "S0PAYMENTS".into(),
            handle: "payments-oncall".into(),
            name: "Payments on call".into(),
            users: vec!["U0BOB".into(), "U0CHEN".into()],
            disabled: false,
        });
        world
    }

    /// The world's clock in unix seconds.
    pub fn now_s(&self) -> i64 {
        self.now_ms.div_euclid(1000)
    }

    /// A number that was never given out before.
    pub fn next_number(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// A message timestamp: the world's clock, and always later than the one before.
    pub fn next_ts(&mut self) -> String {
        self.last_ts_us = (self.now_ms * 1000).max(self.last_ts_us + 1);
        format!(
            "{}.{:06}",
            self.last_ts_us / 1_000_000,
            self.last_ts_us % 1_000_000
        )
    }

    /// A conversation with nobody and nothing in it; not yet part of the world.
    pub(super) fn empty_channel(&self, id: &str, name: &str, kind: Kind, creator: &str) -> Channel {
        Channel {
            id: id.into(),
            name: name.into(),
            kind,
            creator: creator.into(),
            created_s: self.now_s(),
            members: Vec::new(),
            archived: false,
            general: false,
            topic: Label::default(),
            purpose: Label::default(),
            previous_names: Vec::new(),
            messages: Vec::new(),
            pins: Vec::new(),
            bookmarks: Vec::new(),
            read: BTreeMap::new(),
        }
    }

    /// The account with this id.
    pub fn human(&self, id: &str) -> Option<&Human> {
        self.people.iter().find(|human| human.id == id)
    }

    /// The handle of an account, or its id when nobody has it.
    pub fn handle_of<'a>(&'a self, id: &'a str) -> &'a str {
        self.human(id).map_or(id, |human| human.name.as_str())
    }

    /// A channel by id, by `#name` or by name.
    pub fn channel(&self, id_or_name: &str) -> Option<&Channel> {
        let name = id_or_name.strip_prefix('#').unwrap_or(id_or_name);
        self.channels
            .iter()
            .find(|channel| channel.id == id_or_name)
            .or_else(|| {
                self.channels
                    .iter()
                    .find(|channel| !name.is_empty() && channel.name == name)
            })
    }

    /// As [`World::channel`], to change it.
    pub fn channel_mut(&mut self, id_or_name: &str) -> Option<&mut Channel> {
        let id = self.channel(id_or_name)?.id.clone();
        self.channels.iter_mut().find(|channel| channel.id == id)
    }

    /// The direct message between two accounts, opened when there is none yet. Returns its id.
    pub fn direct(&mut self, one: &str, other: &str) -> String {
        let known = self
            .channels
            .iter()
            .find(|channel| channel.kind == Kind::Im && channel.has(one) && channel.has(other));
        if let Some(channel) = known {
            return channel.id.clone();
        }
        let id = format!("D0{:07}", self.next_number());
        let mut channel = self.empty_channel(&id, "", Kind::Im, one);
        channel.members = vec![one.into(), other.into()];
        self.channels.push(channel);
        self.changes.push(Change {
            state: true,
            ..Change::default()
        });
        id
    }

    /// Adds a channel with these members, as a person would in Slack. Returns its id.
    pub fn add_channel(
        &mut self,
        name: &str,
        kind: Kind,
        creator: &str,
        members: &[&str],
    ) -> String {
        let id = format!("C0{:07}", self.next_number());
        let mut channel = self.empty_channel(&id, name, kind, creator);
        channel.members = members.iter().map(|member| (*member).to_owned()).collect();
        let public = channel.kind == Kind::Public;
        let created_s = channel.created_s;
        self.channels.push(channel);
        self.changes.push(Change {
            state: true,
            ..Change::default()
        });
        if public {
            let event_ts = self.next_ts();
            self.emit(json!({"type": "channel_created", "channel": {
                "id": id, "is_channel": true, "name": name, "name_normalized": name, "created": created_s,
                "creator": creator, "is_shared": false, "is_org_shared": false, "context_team_id": TEAM,
            }, "event_ts": event_ts}));
        }
        id
    }

    /// Says something as Slack itself does, to one person only.
    pub fn slackbot_tells(&mut self, channel: &str, user: &str, text: &str) -> String {
        let ts = self.next_ts();
        let mut message = Message::new(&ts, Author::Slackbot, text);
        message.only_for = Some(user.into());
        self.put(channel, message);
        ts
    }

    /// Puts a message into a conversation without telling the bot. Does nothing when the conversation is gone.
    pub(super) fn put(&mut self, channel: &str, message: Message) {
        if let Some(found) = self.channels.iter_mut().find(|found| found.id == channel) {
            found.messages.push(message);
        }
        self.touched(channel);
    }

    /// Notes that a channel looks different now.
    pub(super) fn touched(&mut self, channel: &str) {
        self.changes.push(Change {
            channel: Some(channel.into()),
            ..Change::default()
        });
    }

    /// Notes that somebody's modals changed.
    pub(super) fn views_changed(&mut self, user: &str) {
        self.changes.push(Change {
            views_of: Some(user.into()),
            ..Change::default()
        });
    }

    /// A new permission to open a modal.
    pub fn new_trigger(&mut self, user: &str) -> String {
        let number = self.next_number();
        let id = format!(
            "{}.{}.{:016x}",
            self.now_ms,
            number,
            number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
        );
        let trigger = Trigger {
            user: user.into(),
            made_ms: self.now_ms,
            used: false,
        };
        self.triggers.insert(id.clone(), trigger);
        id
    }

    /// A new hook to answer with. Returns its id, the last segment of the URL.
    pub fn new_response_url(&mut self, url: ResponseUrl) -> String {
        let number = self.next_number();
        let id = format!(
            "{number:05}{:016x}",
            number.wrapping_mul(0xd134_2543_de82_ef95)
        );
        self.response_urls.insert(id.clone(), url);
        id
    }

    /// Somebody's open modals, bottom first.
    pub fn views_of(&self, user: &str) -> Vec<&View> {
        self.views.iter().filter(|view| view.user == user).collect()
    }
}

fn human(
    id: &str,
    name: &str,
    real_name: &str,
    locale: &str,
    tz: (&str, i32),
    color: &str,
) -> Human {
    Human {
        id: id.into(),
        name: name.into(),
        real_name: real_name.into(),
        locale: locale.into(),
        tz: tz.0.into(),
        tz_offset_s: tz.1,
        color: color.into(),
        is_bot: false,
        deleted: false,
    }
}
