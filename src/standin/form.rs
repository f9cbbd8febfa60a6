//! Finding an element by what a person sees of it, and filling in forms.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::elements;
use super::person::Refused;
use super::world::World;

/// An element that somebody is about to use.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) block_id: String,
    pub(super) element: Value,
    /// For an overflow menu: the option whose label was named.
    pub(super) option: Option<Value>,
}

fn label(object: &Value) -> &str {
    object["text"].as_str().unwrap_or_default()
}

/// All options of a select, grouped or not.
fn options(element: &Value) -> impl Iterator<Item = &Value> {
    let groups = element["option_groups"].as_array().into_iter().flatten();
    let grouped = groups.flat_map(|group| group["options"].as_array().into_iter().flatten());
    element["options"]
        .as_array()
        .into_iter()
        .flatten()
        .chain(grouped)
}

/// The option with this value or label.
pub(super) fn option<'a>(element: &'a Value, wanted: &str) -> Option<&'a Value> {
    options(element)
        .find(|option| option["value"] == wanted)
        .or_else(|| options(element).find(|option| label(&option["text"]) == wanted))
}

/// The element with this action id, this label on it, or (an overflow menu) this label in it.
pub(super) fn find(blocks: &Value, block_id: Option<&str>, wanted: &str) -> Result<Found, Refused> {
    let all: Vec<(&str, &Value)> = elements::elements(blocks)
        .into_iter()
        .filter(|(id, _)| block_id.is_none_or(|wanted| wanted == *id))
        .collect();
    let by_id: Vec<_> = all
        .iter()
        .filter(|(_, element)| element["action_id"] == wanted)
        .collect();
    let by_label: Vec<_> = all
        .iter()
        .filter(|(_, element)| element["type"] == "button" && label(&element["text"]) == wanted)
        .collect();
    let by_option: Vec<_> = all
        .iter()
        .filter(|(_, element)| element["type"] == "overflow" && option(element, wanted).is_some())
        .collect();
    let hits = [by_id, by_label, by_option]
        .into_iter()
        .find(|hits| !hits.is_empty())
        .unwrap_or_default();
    match hits.as_slice() {
        [(id, element)] => {
            let named = (element["type"] == "overflow")
                .then(|| option(element, wanted))
                .flatten();
            Ok(Found {
                block_id: (*id).to_owned(),
                element: (*element).clone(),
                option: named.cloned(),
            })
        }
        [] => {
            let seen: Vec<String> = all
                .iter()
                .map(|(_, element)| super::read::element(element))
                .collect();
            Err(Refused::new(
                "no_such_element",
                &format!("There is no “{wanted}” here, only {}", seen.join(" ")),
            ))
        }
        _ => Err(Refused::new(
            "ambiguous",
            &format!("There is more than one “{wanted}” here"),
        )),
    }
}

/// The value of an element after somebody wrote or chose `given`: text, an option's value or label, `@name`, a date.
pub(super) fn value_of(world: &World, element: &Value, given: &str) -> Result<Value, Refused> {
    let kind = element["type"].as_str().unwrap_or_default();
    let no_option = |wanted: &str| {
        let offered: Vec<&str> = options(element)
            .map(|option| label(&option["text"]))
            .collect();
        Refused::new(
            "no_such_option",
            &format!(
                "There is no “{wanted}” to choose, only {}",
                offered.join(", ")
            ),
        )
    };
    let person = |name: &str| {
        let name = name.trim().trim_start_matches('@');
        let found = world
            .people
            .iter()
            .find(|human| human.id == name || human.name == name);
        found
            .map(|human| human.id.clone())
            .ok_or_else(|| Refused::new("user_not_found", &format!("Nobody is called {name}")))
    };
    let channel = |name: &str| {
        let found = world.channel(name.trim()).map(|channel| channel.id.clone());
        found.ok_or_else(|| {
            Refused::new("channel_not_found", &format!("There is no channel {name}"))
        })
    };
    let parts = || {
        given
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
    };
    let chosen = |key: &str, value: Value| Ok(json!({"type": kind, key: value}));
    match kind {
        "static_select" | "radio_buttons" | "external_select" | "overflow" => chosen(
            "selected_option",
            option(element, given)
                .ok_or_else(|| no_option(given))?
                .clone(),
        ),
        "checkboxes" | "multi_static_select" | "multi_external_select" => {
            let picked = parts().map(|part| {
                option(element, part)
                    .cloned()
                    .ok_or_else(|| no_option(part))
            });
            chosen(
                "selected_options",
                Value::Array(picked.collect::<Result<_, _>>()?),
            )
        }
        "users_select" => chosen("selected_user", json!(person(given)?)),
        "multi_users_select" => chosen(
            "selected_users",
            json!(parts().map(person).collect::<Result<Vec<_>, _>>()?),
        ),
        "channels_select" => chosen("selected_channel", json!(channel(given)?)),
        "conversations_select" => chosen("selected_conversation", json!(channel(given)?)),
        "datepicker" => chosen("selected_date", json!(given)),
        "timepicker" => chosen("selected_time", json!(given)),
        _ => chosen("value", json!(given)),
    }
}

/// Turns (label, action id or block id → what was written) into Slack's `block_id → action_id → value`.
pub(super) fn filled(
    world: &World,
    blocks: &Value,
    fields: &[(&str, &str)],
) -> Result<Map<String, Value>, Refused> {
    let mut out: Map<String, Value> = Map::new();
    for (name, given) in fields {
        let inputs = blocks.as_array().into_iter().flatten();
        let by_label = inputs
            .clone()
            .find(|block| block["type"] == "input" && label(&block["label"]) == *name);
        let by_id = inputs
            .clone()
            .find(|block| block["block_id"] == *name && block["element"].is_object());
        let (block_id, element) = match by_label.or(by_id) {
            Some(block) => (
                block["block_id"].as_str().unwrap_or_default().to_owned(),
                block["element"].clone(),
            ),
            None => {
                let found = find(blocks, None, name)?;
                (found.block_id, found.element)
            }
        };
        let action_id = element["action_id"].as_str().unwrap_or_default();
        out.entry(block_id).or_insert_with(|| json!({}))[action_id] =
            value_of(world, &element, given)?;
    }
    Ok(out)
}

/// What Slack's own client objects to before it asks the bot: empty required fields, too short, too long.
pub(super) fn client_errors(blocks: &Value, state: &Value) -> BTreeMap<String, String> {
    let mut errors = BTreeMap::new();
    for block in blocks
        .as_array()
        .into_iter()
        .flatten()
        .filter(|block| block["type"] == "input")
    {
        let (id, element) = (
            block["block_id"].as_str().unwrap_or_default(),
            &block["element"],
        );
        let value = &state["values"][id][element["action_id"].as_str().unwrap_or_default()];
        let fields = value
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(key, _)| *key != "type");
        let empty = |value: &Value| {
            value.is_null()
                || value.as_str().is_some_and(|text| text.trim().is_empty())
                || value == &json!([])
        };
        if fields.clone().all(|(_, value)| empty(value)) {
            if block["optional"] != true {
                errors.insert(id.to_owned(), "Please complete this required field.".into());
            }
            continue;
        }
        let chars = value["value"]
            .as_str()
            .map_or(0, |text| text.chars().count() as u64);
        if let Some(min) = element["min_length"].as_u64().filter(|min| chars < *min) {
            errors.insert(
                id.to_owned(),
                format!("Please use at least {min} characters."),
            );
        }
        if let Some(max) = element["max_length"].as_u64().filter(|max| chars > *max) {
            errors.insert(
                id.to_owned(),
                format!("Please use at most {max} characters."),
            );
        }
    }
    errors
}
