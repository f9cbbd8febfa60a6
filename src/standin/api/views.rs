//! `views.*`: forms and Home tabs.

use serde_json::{Map, Value, json};

use super::{Fail, Outcome};
use crate::standin::args::Args;
use crate::standin::world::{APP, BOT, TEAM, View, World};
use crate::standin::{elements, view_limits};

/// A trigger dies this long after the click.
const TRIGGER_LIFE_MS: i64 = 3000;
/// A root view and two on top of it.
pub(crate) const STACK_MAX: usize = 3;
const VIEW_BYTES_MAX: usize = 250_000;

impl View {
    /// Slack's JSON for a view, with what the person has filled in so far.
    pub(crate) fn json(&self) -> Value {
        let mut out = json!({
            "id": self.id, "team_id": TEAM, "state": {"values": self.values}, "hash": self.hash,
            "previous_view_id": self.previous_id, "root_view_id": self.root_id, "app_id": APP,
            "app_installed_team_id": TEAM, "bot_id": BOT, "private_metadata": "", "callback_id": "", "external_id": "",
            "clear_on_close": false, "notify_on_close": false, "close": null, "submit": null,
        });
        if let Some(out) = out.as_object_mut() {
            out.extend(self.body.clone());
        }
        out
    }

    /// The blocks.
    pub(crate) fn blocks(&self) -> &Value {
        self.body.get("blocks").unwrap_or(&Value::Null)
    }

    /// What stands in every field: what was filled in, else what the bot put there, else nothing.
    pub(crate) fn state(&self) -> Value {
        json!({"values": state_of(self.blocks(), &self.values)})
    }
}

/// The value of every stateful element of these blocks; `filled` is what a person chose or wrote.
pub(crate) fn state_of(blocks: &Value, filled: &Map<String, Value>) -> Map<String, Value> {
    let mut out: Map<String, Value> = Map::new();
    for (block_id, element) in elements::elements(blocks) {
        let kind = element["type"].as_str().unwrap_or_default();
        let action_id = element["action_id"].as_str().unwrap_or_default();
        let given = filled
            .get(block_id)
            .map(|actions| &actions[action_id])
            .filter(|value| !value.is_null());
        let Some(value) = given.cloned().or_else(|| initial(kind, element)) else {
            continue;
        };
        let block = out.entry(block_id.to_owned()).or_insert_with(|| json!({}));
        block[action_id] = value;
    }
    out
}

fn initial(kind: &str, element: &Value) -> Option<Value> {
    let (key, from) = match kind {
        "plain_text_input" | "number_input" | "email_text_input" | "url_text_input" => {
            ("value", "initial_value")
        }
        "static_select" | "external_select" | "radio_buttons" => {
            ("selected_option", "initial_option")
        }
        "multi_static_select" | "multi_external_select" | "checkboxes" => {
            ("selected_options", "initial_options")
        }
        "users_select" => ("selected_user", "initial_user"),
        "multi_users_select" => ("selected_users", "initial_users"),
        "channels_select" => ("selected_channel", "initial_channel"),
        "multi_channels_select" => ("selected_channels", "initial_channels"),
        "conversations_select" => ("selected_conversation", "initial_conversation"),
        "multi_conversations_select" => ("selected_conversations", "initial_conversations"),
        "datepicker" => ("selected_date", "initial_date"),
        "timepicker" => ("selected_time", "initial_time"),
        "datetimepicker" => ("selected_date_time", "initial_date_time"),
        "rich_text_input" => ("rich_text_value", "initial_value"),
        _ => return None,
    };
    let several = key.ends_with('s');
    let value = match &element[from] {
        Value::Null if several => json!([]),
        value => value.clone(),
    };
    Some(json!({"type": kind, key: value}))
}

/// Checks a view and gives it ids; it belongs to nobody's stack yet.
pub(crate) fn new_view(world: &mut World, user: &str, given: &Value) -> Result<View, Fail> {
    let complaints = view_limits::view_complaints(given);
    if !complaints.is_empty() {
        return Err(Fail::because("invalid_arguments", complaints));
    }
    if given.to_string().len() > VIEW_BYTES_MAX {
        return Err("view_too_large".into());
    }
    let mut body = given.as_object().cloned().unwrap_or_default();
    let external = body
        .get("external_id")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let same = |view: &View| view.body.get("external_id").and_then(Value::as_str) == Some(external);
    if !external.is_empty() && world.views.iter().any(same) {
        return Err("duplicate_external_id".into());
    }
    if let Some(blocks) = body.get_mut("blocks") {
        elements::fill_ids(blocks, || world.next_number());
    }
    let number = world.next_number();
    let id = format!("V0{number:07}");
    Ok(View {
        root_id: id.clone(),
        id,
        user: user.into(),
        hash: hash(world),
        previous_id: None,
        body,
        values: Map::new(),
    })
}

fn hash(world: &mut World) -> String {
    let number = world.next_number();
    format!("{}.{number:08x}", world.now_s())
}

fn view_of(args: &Args) -> Result<Value, Fail> {
    let bad = || {
        Fail::because(
            "invalid_arguments",
            vec!["must be a valid JSON object [json-pointer:/view]".into()],
        )
    };
    args.structure("view")
        .map_err(|()| bad())?
        .filter(Value::is_object)
        .ok_or_else(bad)
}

fn modal_of(args: &Args) -> Result<Value, Fail> {
    let view = view_of(args)?;
    if view["type"] == "home" {
        let reason = "must be a modal view [json-pointer:/view/type]".to_owned();
        return Err(Fail::because("invalid_arguments", vec![reason]));
    }
    Ok(view)
}

/// Uses up a trigger; returns whose it is.
fn pull(world: &mut World, args: &Args) -> Result<String, Fail> {
    let missing = || {
        Fail::because(
            "invalid_arguments",
            vec!["missing required field: trigger_id".into()],
        )
    };
    let id = args
        .text("trigger_id")
        .or(args.text("interactivity_pointer"))
        .ok_or_else(missing)?;
    let now_ms = world.now_ms;
    let trigger = world.triggers.get_mut(id).ok_or("invalid_trigger_id")?;
    if trigger.used {
        return Err("exchanged_trigger_id".into());
    }
    if now_ms - trigger.made_ms > TRIGGER_LIFE_MS {
        return Err("expired_trigger_id".into());
    }
    trigger.used = true;
    Ok(trigger.user.clone())
}

/// Puts a view on top of its owner's stack, unless three are there.
pub(crate) fn fits_on_stack(world: &mut World, mut view: View) -> Result<View, Fail> {
    let stack = world.views_of(&view.user);
    if stack.len() >= STACK_MAX {
        return Err("push_limit_reached".into());
    }
    if let Some(top) = stack.last() {
        view.previous_id = Some(top.id.clone());
        view.root_id.clone_from(&top.root_id);
    }
    world.views_changed(&view.user);
    world.views.push(view.clone());
    Ok(view)
}

pub(super) fn open(world: &mut World, args: &Args) -> Outcome {
    let given = modal_of(args)?;
    let user = pull(world, args)?;
    let view = new_view(world, &user, &given)?;
    world.views.retain(|open| open.user != user);
    let view = fits_on_stack(world, view)?;
    Ok(json!({"view": view.json()}))
}

pub(super) fn push(world: &mut World, args: &Args) -> Outcome {
    let given = modal_of(args)?;
    let user = pull(world, args)?;
    if world.views_of(&user).is_empty() {
        return Err("not_found".into());
    }
    let view = new_view(world, &user, &given)?;
    let view = fits_on_stack(world, view)?;
    Ok(json!({"view": view.json()}))
}

pub(super) fn update(world: &mut World, args: &Args) -> Outcome {
    let given = modal_of(args)?;
    let external = args.text("external_id");
    let is_it = |view: &View| match args.text("view_id") {
        Some(id) => view.id == id,
        None => {
            external.is_some() && view.body.get("external_id").and_then(Value::as_str) == external
        }
    };
    let index = world.views.iter().position(is_it).ok_or("not_found")?;
    if args
        .text("hash")
        .is_some_and(|hash| hash != world.views[index].hash)
    {
        return Err("hash_conflict".into());
    }
    let old = world.views.remove(index);
    match new_view(world, &old.user, &given) {
        Ok(new) => {
            let view = replaced(&old, new);
            world.views.insert(index, view.clone());
            world.views_changed(&view.user);
            Ok(json!({"view": view.json()}))
        }
        Err(fail) => {
            world.views.insert(index, old);
            Err(fail)
        }
    }
}

/// The new words in the old place; what the person filled in stays where the ids are the same.
pub(crate) fn replaced(old: &View, mut new: View) -> View {
    new.id.clone_from(&old.id);
    new.root_id.clone_from(&old.root_id);
    new.previous_id.clone_from(&old.previous_id);
    for (block_id, element) in elements::elements(new.body.get("blocks").unwrap_or(&Value::Null)) {
        let action_id = element["action_id"].as_str().unwrap_or_default();
        let kept = old
            .values
            .get(block_id)
            .map(|actions| &actions[action_id])
            .filter(|value| !value.is_null());
        if let Some(kept) = kept {
            new.values
                .entry(block_id.to_owned())
                .or_insert_with(|| json!({}))[action_id] = kept.clone();
        }
    }
    new
}

pub(super) fn publish(world: &mut World, args: &Args) -> Outcome {
    let user = args.text("user_id").unwrap_or_default().to_owned();
    let given = view_of(args)?;
    if given["type"] != "home" {
        let reason = "must be a home view [json-pointer:/view/type]".to_owned();
        return Err(Fail::because("invalid_arguments", vec![reason]));
    }
    if world
        .human(&user)
        .is_none_or(|human| human.is_bot || human.deleted)
    {
        return Err("not_enabled".into());
    }
    let known = world.homes.get(&user).cloned();
    if let (Some(known), Some(hash)) = (&known, args.text("hash"))
        && known.hash != hash
    {
        return Err("hash_conflict".into());
    }
    let new = new_view(world, &user, &given)?;
    let view = match known {
        Some(known) => replaced(&known, new),
        None => new,
    };
    world.homes.insert(user.clone(), view.clone());
    world.views_changed(&user);
    Ok(json!({"view": view.json()}))
}
