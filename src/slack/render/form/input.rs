//! The parts that forms are made of, each within Slack's limits.

use serde_json::{Value, json};

use crate::domain::incident::TEXT_CHARS_MAX;
use crate::slack::mrkdwn::fit;

// Slack's limits: https://docs.slack.dev/reference/block-kit/composition-objects/option-object
pub const OPTION_CHARS_MAX: usize = 75;
pub const OPTIONS_MAX: usize = 100;
const LABEL_CHARS_MAX: usize = 2_000;
const PLACEHOLDER_CHARS_MAX: usize = 150;

/// The only element of every input; the block says which input it is.
pub const ACTION: &str = "value";

/// An input in the making.
pub struct Input {
    block: Value,
}

impl Input {
    pub fn new(name: &str, shown: String, element: Value) -> Self {
        Self {
            block: json!({
                "type": "input",
                "block_id": name,
                "label": label(&shown, LABEL_CHARS_MAX),
                "element": element,
                "optional": false,
            }),
        }
    }

    pub fn optional(mut self) -> Self {
        self.block["optional"] = true.into();
        self
    }

    pub fn hint(mut self, hint: String) -> Self {
        self.block["hint"] = label(&hint, LABEL_CHARS_MAX);
        self
    }

    pub fn block(self) -> Value {
        self.block
    }
}

pub fn label(text: &str, max_chars: usize) -> Value {
    json!({"type": "plain_text", "text": fit(text, max_chars), "emoji": true})
}

pub fn option(name: &str, value: &str) -> Value {
    json!({"text": label(name, OPTION_CHARS_MAX), "value": value})
}

pub fn select(options: Vec<Value>, chosen: Option<&str>) -> Value {
    let options: Vec<Value> = options.into_iter().take(OPTIONS_MAX).collect();
    let chosen = options
        .iter()
        .find(|option| chosen.is_some_and(|chosen| option["value"] == chosen))
        .cloned();
    let mut element = json!({"type": "static_select", "action_id": ACTION, "options": options});
    if let Some(chosen) = chosen {
        element["initial_option"] = chosen;
    }
    element
}

pub fn line(initial: Option<&str>, max_chars: usize, example: Option<String>) -> Value {
    text_input(false, initial, max_chars, example)
}

pub fn paragraph(initial: Option<&str>, example: Option<String>) -> Value {
    text_input(true, initial, TEXT_CHARS_MAX, example)
}

fn text_input(
    multiline: bool,
    initial: Option<&str>,
    max_chars: usize,
    example: Option<String>,
) -> Value {
    let mut element = json!({
        "type": "plain_text_input",
        "action_id": ACTION,
        "multiline": multiline,
        "max_length": max_chars,
    });
    if let Some(initial) = initial.filter(|text| !text.trim().is_empty()) {
        element["initial_value"] = fit(initial, max_chars).into();
    }
    if let Some(example) = example {
        element["placeholder"] = label(&example, PLACEHOLDER_CHARS_MAX);
    }
    element
}
