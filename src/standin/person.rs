//! What a person can do in Slack, and what they see of it. The page and the tests act through this and nothing else.

use serde_json::json;

use super::text::{Notation, noted};
use super::world::{BOT_USER, Channel, Kind, World};
use super::{Message, StandIn};

/// Slack does not let them, and says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub code: String,
    /// A sentence for a person.
    pub words: String,
}

impl Refused {
    pub(super) fn new(code: &str, words: &str) -> Self {
        Self {
            code: code.into(),
            words: words.into(),
        }
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.code, self.words)
    }
}

impl std::error::Error for Refused {}

/// Somebody at a keyboard.
#[derive(Clone)]
pub struct Person {
    pub(super) stand_in: StandIn,
    pub(super) id: String,
}

impl Person {
    pub(super) fn new(stand_in: StandIn, id: &str) -> Self {
        Self {
            stand_in,
            id: id.into(),
        }
    }

    /// `U…`
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A channel they may look at.
    pub(super) fn room<'w>(&self, world: &'w World, channel: &str) -> Result<&'w Channel, Refused> {
        if world.human(&self.id).is_none_or(|human| human.deleted) {
            return Err(Refused::new(
                "user_not_found",
                "This account does not exist or is deactivated",
            ));
        }
        let found = world
            .channel(channel)
            .filter(|found| found.kind == Kind::Public || found.has(&self.id));
        found.ok_or_else(|| {
            Refused::new(
                "channel_not_found",
                &format!("There is no channel {channel}"),
            )
        })
    }

    /// A channel they may write in.
    pub(super) fn open_room<'w>(
        &self,
        world: &'w World,
        channel: &str,
    ) -> Result<&'w Channel, Refused> {
        let found = self.room(world, channel)?;
        if found.archived {
            return Err(Refused::new(
                "is_archived",
                "This channel has been archived",
            ));
        }
        if !found.has(&self.id) {
            return Err(Refused::new("not_in_channel", "Join the channel first"));
        }
        Ok(found)
    }

    /// Says something; mentions may be typed (`@bob`, `#general`). Returns the message's `ts`.
    ///
    /// # Errors
    /// When the channel is not there, archived, or somebody else's.
    pub fn say(&self, channel: &str, text: &str) -> Result<String, Refused> {
        self.write(channel, text, None)
    }

    /// Answers in a thread. Returns the reply's `ts`.
    ///
    /// # Errors
    /// As [`Person::say`], and when the parent is gone.
    pub fn reply(&self, channel: &str, thread_ts: &str, text: &str) -> Result<String, Refused> {
        self.write(channel, text, Some(thread_ts))
    }

    fn write(&self, channel: &str, text: &str, thread_ts: Option<&str>) -> Result<String, Refused> {
        self.stand_in.with(|world| {
            let room = self.open_room(world, channel)?;
            if text.trim().is_empty() {
                return Err(Refused::new("no_text", "There is nothing to send"));
            }
            let parent = match thread_ts {
                None => None,
                Some(ts) => {
                    let gone = || Refused::new("thread_not_found", "This thread has been deleted");
                    let message = room.message(ts).ok_or_else(gone)?;
                    // Answering a reply answers in its thread.
                    Some(message.thread_ts.clone().unwrap_or_else(|| ts.to_owned()))
                }
            };
            let room = room.id.clone();
            let text = noted(world, text, Notation::Message);
            Ok(world.person_says(&room, &self.id, &text, parent.as_deref()))
        })
    }

    fn mark(
        &self,
        channel: &str,
        act: impl FnOnce(&mut World, &str) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        self.stand_in.with(|world| {
            let room = self.room(world, channel)?.id.clone();
            act(world, &room)
        })
    }

    /// Puts an emoji on a message.
    ///
    /// # Errors
    /// When the message is gone or they did so before.
    pub fn react(&self, channel: &str, ts: &str, name: &str) -> Result<(), Refused> {
        self.mark(channel, |world, id| {
            match world.react(id, ts, &self.id, name) {
                true => Ok(()),
                false => Err(Refused::new(
                    "already_reacted",
                    "That reaction is there already",
                )),
            }
        })
    }

    /// Takes their emoji off again.
    ///
    /// # Errors
    /// When it is not there.
    pub fn unreact(&self, channel: &str, ts: &str, name: &str) -> Result<(), Refused> {
        self.mark(channel, |world, id| {
            match world.unreact(id, ts, &self.id, name) {
                true => Ok(()),
                false => Err(Refused::new("no_reaction", "That reaction is not there")),
            }
        })
    }

    fn own(&self, world: &World, id: &str, ts: &str) -> Result<Message, Refused> {
        let message = world.channel(id).and_then(|channel| channel.message(ts));
        let own = message.filter(|message| message.user() == self.id && message.subtype.is_none());
        own.cloned()
            .ok_or_else(|| Refused::new("cant_update_message", "That is not a message of yours"))
    }

    /// Changes a message of theirs.
    ///
    /// # Errors
    /// When it is not theirs or gone.
    pub fn edit(&self, channel: &str, ts: &str, text: &str) -> Result<(), Refused> {
        self.mark(channel, |world, id| {
            let before = self.own(world, id, ts)?;
            let text = noted(world, text, Notation::Message);
            let (edited_ts, number) = (world.next_ts(), world.next_number());
            if let Some(message) = world
                .channel_mut(id)
                .and_then(|found| found.message_mut(ts))
            {
                message.blocks = Some(super::text::rich_text(&text, number));
                message.text = text;
                message.edited = Some((self.id.clone(), edited_ts));
            }
            world.message_changed(id, &before);
            Ok(())
        })
    }

    /// Deletes a message of theirs, or dismisses an ephemeral one.
    ///
    /// # Errors
    /// When it is neither.
    pub fn delete(&self, channel: &str, ts: &str) -> Result<(), Refused> {
        self.mark(channel, |world, id| {
            let dismissed = world
                .channel(id)
                .and_then(|found| found.message(ts))
                .cloned();
            let before =
                match dismissed.filter(|message| message.only_for.as_deref() == Some(&self.id)) {
                    Some(message) => message,
                    None => self.own(world, id, ts)?,
                };
            if let Some(found) = world.channel_mut(id) {
                found.remove(ts);
            }
            world.message_deleted(id, &before);
            Ok(())
        })
    }

    /// Deletes anybody's message, as an admin may.
    ///
    /// # Errors
    /// When it is gone.
    pub fn delete_any(&self, channel: &str, ts: &str) -> Result<(), Refused> {
        self.mark(channel, |world, id| {
            let before = world.channel_mut(id).and_then(|found| found.remove(ts));
            let before =
                before.ok_or_else(|| Refused::new("message_not_found", "This message is gone"))?;
            world.message_deleted(id, &before);
            Ok(())
        })
    }

    /// Has read a channel up to its end.
    ///
    /// # Errors
    /// When it is not there.
    pub fn read(&self, channel: &str) -> Result<(), Refused> {
        self.mark(channel, |world, id| {
            if let Some(found) = world.channel_mut(id)
                && let Some(last) = found.messages.last().map(|message| message.ts.clone())
            {
                found.read.insert(self.id.clone(), last);
            }
            world.state_changed();
            Ok(())
        })
    }

    /// Enters a public channel.
    ///
    /// # Errors
    /// When it is not there.
    pub fn join(&self, channel: &str) -> Result<(), Refused> {
        self.mark(channel, |world, id| {
            world.join(id, &self.id, None);
            Ok(())
        })
    }

    /// Leaves a channel.
    ///
    /// # Errors
    /// When it is not there.
    pub fn leave(&self, channel: &str) -> Result<(), Refused> {
        self.mark(channel, |world, id| {
            world.leave(id, &self.id, &self.id);
            Ok(())
        })
    }

    /// Brings somebody (or the bot) into a channel.
    ///
    /// # Errors
    /// When the channel is not there.
    pub fn invite(&self, channel: &str, user: &str) -> Result<(), Refused> {
        self.mark(channel, |world, id| {
            world.join(id, user, Some(&self.id));
            Ok(())
        })
    }

    /// Archives a channel.
    ///
    /// # Errors
    /// When it is not there.
    pub fn archive(&self, channel: &str) -> Result<(), Refused> {
        self.mark(channel, |world, id| {
            world.archive(id, &self.id);
            Ok(())
        })
    }

    /// Opens an archived channel again.
    ///
    /// # Errors
    /// When it is not there.
    pub fn unarchive(&self, channel: &str) -> Result<(), Refused> {
        self.mark(channel, |world, id| {
            world.unarchive(id, &self.id);
            Ok(())
        })
    }

    /// Renames a channel.
    ///
    /// # Errors
    /// When it is not there.
    pub fn rename(&self, channel: &str, name: &str) -> Result<(), Refused> {
        self.mark(channel, |world, id| {
            world.rename(id, name, &self.id);
            Ok(())
        })
    }

    /// Deletes a channel for good.
    ///
    /// # Errors
    /// When it is not there.
    pub fn delete_channel(&self, channel: &str) -> Result<(), Refused> {
        self.mark(channel, |world, id| {
            world.delete_channel(id, &self.id);
            Ok(())
        })
    }

    /// Opens a direct message, with the bot for example. Returns its id.
    ///
    /// # Errors
    /// When there is nobody of that id.
    pub fn open_dm(&self, with: &str) -> Result<String, Refused> {
        self.stand_in.with(|world| match world.human(with) {
            Some(human) if !human.deleted => Ok(world.direct(&self.id, with)),
            _ => Err(Refused::new(
                "user_not_found",
                &format!("There is nobody called {with}"),
            )),
        })
    }

    /// Looks at the bot's Home tab; the bot hears `app_home_opened`.
    pub fn open_home(&self) {
        self.stand_in.with(|world| {
            let channel = world.direct(&self.id, BOT_USER);
            let event_ts = world.next_ts();
            let mut event = json!({"type": "app_home_opened", "user": self.id, "channel": channel, "tab": "home",
                "event_ts": event_ts});
            if let Some(view) = world.homes.get(&self.id) {
                event["view"] = view.json();
            }
            world.emit(event);
        });
    }
}
