//! What a person can do in Slack, and what they see of it. The page and the tests act through this and nothing else.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::api::{fits_on_stack, new_view, replaced, state_of};
use super::deliver::{Heard, Lost};
use super::faults::Fault;
use super::form::{self, Found};
use super::text::{Notation, noted};
use super::world::{APP, BOT_USER, Channel, Kind, ResponseUrl, TEAM, TEAM_DOMAIN, View, World};
use super::{Message, StandIn, response_url};

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

/// What somebody sees at once after a command or a click.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The message that came as the answer, if one did.
    pub message: Option<Message>,
    /// Slack's complaint instead: `dispatch_failed`, `operation_timeout`, `invalid_command_response`, …
    pub error: Option<String>,
    /// What Slack found wrong with the bot's answer.
    pub problems: Vec<String>,
}

impl Answer {
    /// What there is to read: the answer, or Slack's complaint.
    pub fn reads(&self) -> String {
        match (&self.message, &self.error) {
            (Some(message), _) => message.reads(),
            (None, Some(error)) => format!("(error: {error})"),
            (None, None) => String::new(),
        }
    }
}

/// What became of a submitted form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Submitted {
    /// Complaints by `block_id`; the form stays open.
    pub errors: BTreeMap<String, String>,
    /// Slack's own complaint when the bot did not answer properly; the form stays open.
    pub trouble: Option<String>,
}

impl Submitted {
    /// Whether the bot took it.
    pub fn ok(&self) -> bool {
        self.errors.is_empty() && self.trouble.is_none()
    }
}

/// Somebody at a keyboard.
#[derive(Clone)]
pub struct Person {
    stand_in: StandIn,
    id: String,
}

/// What is pressed or chosen in a message or a form.
#[derive(Clone, Debug, Default)]
pub struct Pick {
    pub block_id: Option<String>,
    /// Action id, or the label on the element.
    pub what: String,
    /// `selected_option`, `selected_user`, `value`, …: what was chosen.
    pub chosen: Map<String, Value>,
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
    fn room(&self, world: &World, channel: &str) -> Result<Channel, Refused> {
        if world.human(&self.id).is_none_or(|human| human.deleted) {
            return Err(Refused::new(
                "user_not_found",
                "This account does not exist or is deactivated",
            ));
        }
        let found = world
            .channel(channel)
            .filter(|found| found.kind == Kind::Public || found.has(&self.id));
        found.cloned().ok_or_else(|| {
            Refused::new(
                "channel_not_found",
                &format!("There is no channel {channel}"),
            )
        })
    }

    /// A channel they may write in.
    fn open_room(&self, world: &World, channel: &str) -> Result<Channel, Refused> {
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
            if let Some(ts) = thread_ts {
                room.message(ts).ok_or_else(|| {
                    Refused::new("thread_not_found", "This thread has been deleted")
                })?;
            }
            let text = noted(world, text, Notation::Message);
            Ok(world.person_says(&room.id, &self.id, &text, thread_ts))
        })
    }

    /// Types a slash command, for example `/incident declare P1 Checkout is down`, and waits for the answer.
    pub async fn slash(&self, channel: &str, typed: &str) -> Answer {
        self.command(channel, typed, None).await
    }

    /// Types a slash command in a thread, which Slack refuses.
    pub async fn slash_in_thread(&self, channel: &str, thread_ts: &str, typed: &str) -> Answer {
        self.command(channel, typed, Some(thread_ts)).await
    }

    async fn command(&self, channel: &str, typed: &str, thread_ts: Option<&str>) -> Answer {
        let prepared = self
            .stand_in
            .with(|world| self.prepare_command(world, channel, typed, thread_ts));
        let (form, url, fault) = match prepared {
            Ok(prepared) => prepared,
            Err(answer) => return *answer,
        };
        let outcome = self.stand_in.to_bot("commands", form, None, fault).await;
        let command = typed.split_whitespace().next().unwrap_or_default();
        self.stand_in.with(|world| {
            let failed = |world: &mut World, error: &str, problems: Vec<String>| {
                let words = format!("{command} failed with the error “{error}”");
                let ts = world.slackbot_tells(&url.channel, &self.id, &words);
                Answer {
                    message: message_at(world, &url.channel, &ts),
                    error: Some(error.into()),
                    problems,
                }
            };
            match outcome {
                Err(Lost::TimedOut) => failed(world, "operation_timeout", Vec::new()),
                Err(Lost::Unreachable) => failed(world, "dispatch_failed", Vec::new()),
                Ok(heard) if heard.status != 200 => failed(
                    world,
                    "dispatch_failed",
                    vec![format!("HTTP {}", heard.status)],
                ),
                Ok(heard) if heard.body.trim().is_empty() => Answer::default(),
                Ok(heard) => match answered(world, &url, &heard) {
                    Ok(ts) => Answer {
                        message: ts.and_then(|ts| message_at(world, &url.channel, &ts)),
                        ..Answer::default()
                    },
                    Err(problems) => failed(world, "invalid_command_response", problems),
                },
            }
        })
    }

    fn prepare_command(
        &self,
        world: &mut World,
        channel: &str,
        typed: &str,
        thread_ts: Option<&str>,
    ) -> Result<(String, ResponseUrl, Option<Fault>), Box<Answer>> {
        let refused = |refused: Refused| {
            Box::new(Answer {
                error: Some(refused.code),
                problems: vec![refused.words],
                ..Answer::default()
            })
        };
        let room = self.open_room(world, channel).map_err(refused)?;
        let (command, text) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
        let known = self
            .stand_in
            .inner
            .options
            .commands
            .iter()
            .any(|spec| spec.command == command);
        let objection = match (known, thread_ts) {
            (false, _) => Some((
                "invalid_command",
                format!(
                    "{command} is not a valid command. In Slack, all messages that start with the “/” character are interpreted as commands."
                ),
            )),
            (true, Some(_)) => Some((
                "command_not_supported_in_threads",
                format!("{command} is not supported in threads. Sorry!"),
            )),
            (true, None) => None,
        };
        if let Some((code, words)) = objection {
            let ts = world.slackbot_tells(&room.id, &self.id, &words);
            let message = message_at(world, &room.id, &ts);
            return Err(Box::new(Answer {
                message,
                error: Some(code.into()),
                problems: Vec::new(),
            }));
        }
        let url = ResponseUrl {
            channel: room.id.clone(),
            user: self.id.clone(),
            thread_ts: None,
            source_ts: None,
            made_ms: world.now_ms,
            uses: 0,
        };
        let channel_name = match room.kind {
            Kind::Public => room.name.as_str(),
            Kind::Private => "privategroup",
            Kind::Im => "directmessage",
        };
        let text = noted(world, text.trim(), Notation::Command);
        let hook = self.stand_in.hook(world, url.clone());
        let trigger = world.new_trigger(&self.id);
        let fields = [
            ("token", "verification-token"),
            ("team_id", TEAM),
            ("team_domain", TEAM_DOMAIN),
            ("channel_id", &room.id),
            ("channel_name", channel_name),
            ("user_id", &self.id),
            ("user_name", world.handle_of(&self.id)),
            ("command", command),
            ("text", &text),
            ("api_app_id", APP),
            ("is_enterprise_install", "false"),
            ("response_url", &hook),
            ("trigger_id", &trigger),
        ];
        let form =
            serde_urlencoded::to_string(fields).expect("pairs of strings always make a form");
        Ok((form, url, world.faults.take("commands")))
    }

    /// Presses what has this action id or label in a message (an option of an overflow menu counts), and waits.
    ///
    /// # Errors
    /// When there is nothing of that name to press.
    pub async fn click(&self, channel: &str, ts: &str, what: &str) -> Result<Answer, Refused> {
        self.pick(
            channel,
            ts,
            Pick {
                what: what.into(),
                ..Pick::default()
            },
        )
        .await
    }

    /// Chooses in a select of a message: an option by label or value, `@name`, `#channel` or a date.
    ///
    /// # Errors
    /// When there is no such select or no such option.
    pub async fn choose(
        &self,
        channel: &str,
        ts: &str,
        what: &str,
        option: &str,
    ) -> Result<Answer, Refused> {
        let chosen = self.stand_in.with(|world| {
            let room = self.room(world, channel)?;
            let message = self.visible(&room, ts)?;
            let found = form::find(message.blocks.as_ref().unwrap_or(&Value::Null), None, what)?;
            form::value_of(world, &found.element, option)
        })?;
        let mut chosen = chosen.as_object().cloned().unwrap_or_default();
        chosen.remove("type");
        self.pick(
            channel,
            ts,
            Pick {
                what: what.into(),
                chosen,
                block_id: None,
            },
        )
        .await
    }

    /// As [`Person::click`], with everything said.
    ///
    /// # Errors
    /// As [`Person::click`].
    pub async fn pick(&self, channel: &str, ts: &str, pick: Pick) -> Result<Answer, Refused> {
        let (payload, fault) = self.stand_in.with(|world| {
            let room = self.room(world, channel)?;
            let message = self.visible(&room, ts)?.clone();
            let blocks = message.blocks.clone().unwrap_or(Value::Null);
            let found = form::find(&blocks, pick.block_id.as_deref(), &pick.what)?;
            let key = (room.id.clone(), message.ts.clone(), self.id.clone());
            let (action, value) = action_of(world, &found, &pick.chosen);
            let choices = world.choices.entry(key).or_default();
            remember(choices, &found, value);
            let state = json!({"values": state_of(&blocks, choices)});
            let url = ResponseUrl {
                channel: room.id.clone(),
                user: self.id.clone(),
                thread_ts: message.thread_ts.clone(),
                source_ts: Some(message.ts.clone()),
                made_ms: world.now_ms,
                uses: 0,
            };
            let hook = self.stand_in.hook(world, url);
            let trigger = world.new_trigger(&self.id);
            let ephemeral = message.only_for.is_some();
            let mut payload = self.base_payload(world, "block_actions", &trigger);
            let mut container =
                json!({"type": "message", "message_ts": message.ts, "channel_id": room.id, "is_ephemeral": ephemeral});
            if let Some(thread_ts) = &message.thread_ts {
                container["thread_ts"] = json!(thread_ts);
            }
            let name = if room.kind == Kind::Im { "directmessage" } else { &room.name };
            payload["container"] = container;
            payload["channel"] = json!({"id": room.id, "name": name});
            payload["state"] = state;
            payload["response_url"] = json!(hook);
            payload["actions"] = json!([action]);
            // Slack does not tell what an ephemeral message said.
            if !ephemeral {
                payload["message"] = message.json(&room, true);
            }
            Ok((payload, world.faults.take("interactions")))
        })?;
        Ok(click_answer(&self.interact(&payload, fault).await))
    }

    fn visible<'a>(&self, room: &'a Channel, ts: &str) -> Result<&'a Message, Refused> {
        let seen = |message: &&Message| {
            message
                .only_for
                .as_deref()
                .is_none_or(|only| only == self.id)
        };
        room.message(ts)
            .filter(seen)
            .ok_or_else(|| Refused::new("message_not_found", "This message is gone"))
    }

    /// Presses or chooses something in the open form (or on the Home tab, by its view id), and waits.
    ///
    /// # Errors
    /// When no such form is open or nothing of that name is in it.
    pub async fn view_pick(&self, view_id: Option<&str>, pick: Pick) -> Result<Answer, Refused> {
        let prepared = self.stand_in.with(|world| {
            let view = self.view_mut(world, view_id)?.clone();
            let found = form::find(view.blocks(), pick.block_id.as_deref(), &pick.what)?;
            let (action, value) = action_of(world, &found, &pick.chosen);
            let view = self.view_mut(world, Some(&view.id))?;
            remember(&mut view.values, &found, value);
            let view = view.clone();
            let block = view
                .blocks()
                .as_array()
                .into_iter()
                .flatten()
                .find(|block| block["block_id"] == found.block_id);
            // A field of a form is the form's own business, unless it asks for more.
            if block
                .is_some_and(|block| block["type"] == "input" && block["dispatch_action"] != true)
            {
                return Ok(None);
            }
            let trigger = world.new_trigger(&self.id);
            let mut payload = self.base_payload(world, "block_actions", &trigger);
            payload["container"] = json!({"type": "view", "view_id": view.id});
            payload["view"] = view.json();
            payload["view"]["state"] = view.state();
            payload["actions"] = json!([action]);
            Ok(Some((payload, world.faults.take("interactions"))))
        })?;
        match prepared {
            None => Ok(Answer::default()),
            Some((payload, fault)) => Ok(click_answer(&self.interact(&payload, fault).await)),
        }
    }

    /// The named view, or the modal on top.
    fn view_mut<'a>(
        &self,
        world: &'a mut World,
        view_id: Option<&str>,
    ) -> Result<&'a mut View, Refused> {
        let gone = || Refused::new("view_not_found", "This form is not open");
        let is_it = |view: &View| view.user == self.id && view_id.is_none_or(|id| id == view.id);
        if let Some(index) = world.views.iter().rposition(is_it) {
            return world.views.get_mut(index).ok_or_else(gone);
        }
        world
            .homes
            .get_mut(&self.id)
            .filter(|view| view_id == Some(view.id.as_str()))
            .ok_or_else(gone)
    }

    /// Fills in the form on top and submits it. Fields go by label, action id or block id; options by label or value.
    ///
    /// # Errors
    /// When no form is open, or it has no such field or option.
    pub async fn submit(&self, fields: &[(&str, &str)]) -> Result<Submitted, Refused> {
        let (id, values) = self.stand_in.with(|world| {
            let view = self.view_mut(world, None)?.clone();
            Ok((view.id.clone(), form::filled(world, view.blocks(), fields)?))
        })?;
        self.submit_values(Some(&id), values).await
    }

    /// Submits a form with values in Slack's shape, `block_id → action_id → value`.
    ///
    /// # Errors
    /// When it is not open.
    pub async fn submit_values(
        &self,
        view_id: Option<&str>,
        values: Map<String, Value>,
    ) -> Result<Submitted, Refused> {
        let prepared = self.stand_in.with(|world| {
            let view = self.view_mut(world, view_id)?;
            for (block_id, actions) in values {
                let block = view.values.entry(block_id).or_insert_with(|| json!({}));
                for (action_id, value) in actions.as_object().into_iter().flatten() {
                    block[action_id] = value.clone();
                }
            }
            let view = view.clone();
            let state = view.state();
            let errors = form::client_errors(view.blocks(), &state);
            if !errors.is_empty() {
                return Ok(Err(Submitted {
                    errors,
                    trouble: None,
                }));
            }
            let trigger = world.new_trigger(&self.id);
            let mut payload = self.base_payload(world, "view_submission", &trigger);
            payload["view"] = view.json();
            payload["view"]["state"] = state;
            payload["response_urls"] = json!([]);
            Ok(Ok((view, payload, world.faults.take("interactions"))))
        })?;
        let (view, payload, fault) = match prepared {
            Ok(prepared) => prepared,
            Err(submitted) => return Ok(submitted),
        };
        let outcome = self.interact(&payload, fault).await;
        Ok(self
            .stand_in
            .with(|world| self.after_submission(world, &view, &outcome)))
    }

    fn after_submission(
        &self,
        world: &mut World,
        view: &View,
        outcome: &Result<Heard, Lost>,
    ) -> Submitted {
        let trouble = |why: String| Submitted {
            trouble: Some(format!(
                "We had some trouble connecting. Try again? ({why})"
            )),
            ..Submitted::default()
        };
        let heard = match outcome {
            Ok(heard) if heard.status == 200 => heard,
            Ok(heard) => return trouble(format!("HTTP {}", heard.status)),
            Err(lost) => return trouble(format!("{lost:?}")),
        };
        world.views_changed(&self.id);
        if heard.body.trim().is_empty() || heard.body.trim() == "{}" {
            world.views.retain(|open| open.id != view.id);
            return Submitted::default();
        }
        let answer: Value = serde_json::from_str(&heard.body).unwrap_or(Value::Null);
        match answer["response_action"].as_str() {
            Some("clear") => {
                world.views.retain(|open| open.user != self.id);
                Submitted::default()
            }
            Some("errors") => {
                let errors: BTreeMap<String, String> =
                    serde_json::from_value(answer["errors"].clone()).unwrap_or_default();
                let input = |id: &String| {
                    let mut blocks = view.blocks().as_array().into_iter().flatten();
                    blocks.any(|block| block["block_id"] == id.as_str() && block["type"] == "input")
                };
                if errors.is_empty() || !errors.keys().all(input) {
                    return trouble("errors must name input blocks".into());
                }
                Submitted {
                    errors,
                    trouble: None,
                }
            }
            Some(action @ ("update" | "push")) => {
                match new_view(world, &self.id, &answer["view"]) {
                    Err(fail) => trouble(format!("{action}: {}", fail.code)),
                    Ok(new) if action == "push" => match fits_on_stack(world, new) {
                        Ok(_) => Submitted::default(),
                        Err(fail) => trouble(fail.code),
                    },
                    Ok(new) => {
                        if let Some(open) = world.views.iter_mut().find(|open| open.id == view.id) {
                            *open = replaced(view, new);
                        }
                        Submitted::default()
                    }
                }
            }
            _ => trouble("no response_action that Slack knows".into()),
        }
    }

    /// Closes the form on top (or the named one); the bot hears of it only when it asked to.
    ///
    /// # Errors
    /// When it is not open.
    pub async fn close(&self, view_id: Option<&str>) -> Result<(), Refused> {
        let notice = self.stand_in.with(|world| {
            let view = self.view_mut(world, view_id)?.clone();
            world.views.retain(|open| open.id != view.id);
            world.views_changed(&self.id);
            if view.body.get("notify_on_close") != Some(&json!(true)) {
                return Ok(None);
            }
            let mut payload = self.base_payload(world, "view_closed", "");
            payload["view"] = view.json();
            payload["view"]["state"] = view.state();
            payload["is_cleared"] = json!(false);
            if let Some(fields) = payload.as_object_mut() {
                fields.remove("trigger_id");
            }
            Ok(Some((payload, world.faults.take("interactions"))))
        })?;
        if let Some((payload, fault)) = notice {
            // Slack ignores the answer, and so does the person.
            let _ = self.interact(&payload, fault).await;
        }
        Ok(())
    }

    fn base_payload(&self, world: &World, kind: &str, trigger: &str) -> Value {
        let name = world.handle_of(&self.id);
        json!({
            "type": kind, "team": {"id": TEAM, "domain": TEAM_DOMAIN}, "enterprise": null,
            "is_enterprise_install": false,
            "user": {"id": self.id, "username": name, "name": name, "team_id": TEAM},
            "api_app_id": APP, "token": "verification-token", "trigger_id": trigger,
        })
    }

    async fn interact(&self, payload: &Value, fault: Option<Fault>) -> Result<Heard, Lost> {
        let form = serde_urlencoded::to_string([("payload", payload.to_string())]);
        let form = form.expect("a pair of strings always makes a form");
        self.stand_in
            .to_bot("interactions", form, None, fault)
            .await
    }

    fn mark(
        &self,
        channel: &str,
        act: impl FnOnce(&mut World, &str) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        self.stand_in.with(|world| {
            let room = self.room(world, channel)?;
            act(world, &room.id)
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

impl StandIn {
    fn hook(&self, world: &mut World, url: ResponseUrl) -> String {
        let id = world.new_response_url(url);
        format!(
            "{}/response/{id}",
            super::lock(&self.inner.settings).base_url
        )
    }
}

fn message_at(world: &World, channel: &str, ts: &str) -> Option<Message> {
    world.channel(channel)?.message(ts).cloned()
}

/// Stores the body of a command's answer. Returns its `ts`, or what is wrong with it.
fn answered(
    world: &mut World,
    url: &ResponseUrl,
    heard: &Heard,
) -> Result<Option<String>, Vec<String>> {
    let given = if heard.json {
        serde_json::from_str(&heard.body).map_err(|error| vec![format!("not JSON: {error}")])?
    } else {
        json!({"text": heard.body})
    };
    if given == json!({}) {
        return Ok(None);
    }
    response_url::put(world, url, &given).map_err(|fail| {
        let mut problems = vec![fail.code.clone()];
        problems.extend(fail.reasons());
        problems
    })
}

fn click_answer(outcome: &Result<Heard, Lost>) -> Answer {
    let (error, problem) = match outcome {
        Ok(heard) if heard.status == 200 => return Answer::default(),
        Ok(heard) => ("app_error", format!("HTTP {}", heard.status)),
        Err(Lost::TimedOut) => ("operation_timeout", "no answer in time".into()),
        Err(Lost::Unreachable) => ("dispatch_failed", "nobody listens".into()),
    };
    Answer {
        message: None,
        error: Some(error.into()),
        problems: vec![problem],
    }
}

/// Slack's description of what was pressed, and the value it leaves behind.
fn action_of(
    world: &mut World,
    found: &Found,
    chosen: &Map<String, Value>,
) -> (Value, Option<Value>) {
    let element = &found.element;
    let mut action = json!({"type": element["type"], "action_id": element["action_id"], "block_id": found.block_id,
        "action_ts": world.next_ts()});
    for key in ["text", "value", "style", "placeholder"] {
        if element["type"] == "button" && key != "placeholder" || key == "placeholder" {
            let value = &element[key];
            if !value.is_null() {
                action[key] = value.clone();
            }
        }
    }
    if element["type"] == "button" {
        return (action, None);
    }
    let mut value = json!({"type": element["type"]});
    let mut chosen = chosen.clone();
    if let Some(option) = &found.option {
        chosen.insert("selected_option".into(), option.clone());
    }
    for (key, given) in chosen {
        // The page may send only the option's value; Slack sends the option whole.
        let whole = given["value"]
            .as_str()
            .and_then(|wanted| form::option(element, wanted))
            .cloned()
            .unwrap_or(given);
        action[&key] = whole.clone();
        value[&key] = whole;
    }
    let keeps = element["type"] != "overflow";
    (action, keeps.then_some(value))
}

fn remember(values: &mut Map<String, Value>, found: &Found, value: Option<Value>) {
    if let Some(value) = value {
        let action_id = found.element["action_id"].as_str().unwrap_or_default();
        values
            .entry(found.block_id.clone())
            .or_insert_with(|| json!({}))[action_id] = value;
    }
}
