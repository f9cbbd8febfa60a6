//! Pressing, choosing and submitting: in messages, in forms, on the Home tab.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Message;
use super::api::{fits_on_stack, new_view, replaced, state_of};
use super::command::Answer;
use super::deliver::{Heard, Lost};
use super::faults::Fault;
use super::form::{self, Found};
use super::person::{Person, Refused};
use super::world::{APP, Channel, Kind, ResponseUrl, TEAM, TEAM_DOMAIN, View, World};

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
            let message = self.visible(room, ts)?;
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
            let message = self.visible(room, ts)?.clone();
            let room = room.outline();
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
                let shown = world.channel(&room.id);
                payload["message"] = shown.map_or(Value::Null, |room| message.json(room, true));
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

    /// Fills in a form without submitting it: what stands in its fields goes along with the next click in it.
    ///
    /// # Errors
    /// When it is not open.
    pub fn fill(&self, view_id: Option<&str>, values: Map<String, Value>) -> Result<(), Refused> {
        self.stand_in.with(|world| {
            merge(&mut self.view_mut(world, view_id)?.values, values);
            Ok(())
        })
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
            merge(&mut view.values, values);
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
        self.stand_in
            .to_bot("interactions", payload, None, fault)
            .await
    }
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
    let shown: &[&str] = if element["type"] == "button" {
        &["text", "value", "style"]
    } else {
        &["placeholder"]
    };
    for key in shown {
        if !element[*key].is_null() {
            action[*key] = element[*key].clone();
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

/// Puts values in Slack's shape, `block_id → action_id → value`, over those that are there.
fn merge(values: &mut Map<String, Value>, filled: Map<String, Value>) {
    for (block_id, actions) in filled {
        let block = values.entry(block_id).or_insert_with(|| json!({}));
        for (action_id, value) in actions.as_object().into_iter().flatten() {
            block[action_id] = value.clone();
        }
    }
}

fn remember(values: &mut Map<String, Value>, found: &Found, value: Option<Value>) {
    if let Some(value) = value {
        let action_id = found.element["action_id"].as_str().unwrap_or_default();
        values
            .entry(found.block_id.clone())
            .or_insert_with(|| json!({}))[action_id] = value;
    }
}
