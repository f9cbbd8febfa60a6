//! The interactive elements of blocks: finding them, and giving them the ids that Slack gives.

use serde_json::{Map, Value, json};

/// Gives an id to every block and every interactive element that has none, as Slack does.
pub fn fill_ids(blocks: &mut Value, mut next: impl FnMut() -> u64) {
    for block in blocks
        .as_array_mut()
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        if !block.contains_key("block_id") {
            block.insert("block_id".into(), json!(format!("b{:04}", next())));
        }
        for key in ["accessory", "element"] {
            if let Some(element) = block.get_mut(key).and_then(Value::as_object_mut) {
                fill_action(element, &mut next);
            }
        }
        if block["type"] == "actions" {
            let elements = block.get_mut("elements").and_then(Value::as_array_mut);
            for element in elements
                .into_iter()
                .flatten()
                .filter_map(Value::as_object_mut)
            {
                fill_action(element, &mut next);
            }
        }
    }
}

fn fill_action(element: &mut Map<String, Value>, next: &mut impl FnMut() -> u64) {
    if element.get("type").is_some_and(|kind| kind != "image") && !element.contains_key("action_id")
    {
        element.insert("action_id".into(), json!(format!("a{:04}", next())));
    }
}

/// The interactive elements of blocks with the id of their block: buttons, selects, inputs.
pub fn elements(blocks: &Value) -> Vec<(&str, &Value)> {
    let mut out = Vec::new();
    for block in blocks.as_array().into_iter().flatten() {
        let id = block["block_id"].as_str().unwrap_or_default();
        out.extend([&block["accessory"], &block["element"]].map(|element| (id, element)));
        if block["type"] == "actions" || block["type"] == "context_actions" {
            out.extend(
                block["elements"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|element| (id, element)),
            );
        }
    }
    out.retain(|(_, element)| element["action_id"].is_string());
    out
}
