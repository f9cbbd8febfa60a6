//! Slack's limits for a whole view; its blocks are checked in `blocks`.

use serde_json::{Map, Value};

use super::blocks::{Check, Surface, complaints};

/// Everything wrong with a view, placed under `/view`.
pub fn view_complaints(view: &Value) -> Vec<String> {
    let mut check = Check::default();
    let at = "/view";
    let surface = match view["type"].as_str() {
        Some("modal") => Surface::Modal,
        Some("home") => Surface::Home,
        Some(other) => {
            check.say(&format!("unsupported type: {other}"), "/view/type");
            return check.said;
        }
        None => {
            check.say("missing required field: type", at);
            return check.said;
        }
    };
    let mut allowed = vec![
        "type",
        "blocks",
        "private_metadata",
        "callback_id",
        "external_id",
    ];
    if surface == Surface::Modal {
        allowed.extend([
            "title",
            "submit",
            "close",
            "clear_on_close",
            "notify_on_close",
            "submit_disabled",
        ]);
        check.text_object(view, "title", at, 24, true, true);
        check.text_object(view, "submit", at, 24, true, false);
        check.text_object(view, "close", at, 24, true, false);
        let inputs = view["blocks"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|block| block["type"] == "input");
        if inputs && view["submit"].is_null() {
            check.say("missing required field: submit", at);
        }
    }
    for key in ["private_metadata", "callback_id", "external_id"] {
        if let Some(text) = view[key].as_str() {
            let max = if key == "private_metadata" { 3000 } else { 255 };
            if text.chars().count() > max {
                check.say(
                    &format!("must be less than {} characters", max + 1),
                    &format!("{at}/{key}"),
                );
            }
        }
    }
    for name in view.as_object().into_iter().flat_map(Map::keys) {
        if !allowed.contains(&name.as_str()) {
            check.say(
                &format!("no more than the documented properties allowed: {name}"),
                at,
            );
        }
    }
    let mut said = check.said;
    if view["blocks"].is_null() {
        said.push("missing required field: blocks [json-pointer:/view]".into());
    } else {
        said.extend(complaints(&view["blocks"], surface, "/view/blocks"));
    }
    said
}
