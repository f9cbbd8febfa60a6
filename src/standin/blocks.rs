//! Block Kit with Slack's limits. Every complaint is worded and placed as Slack words and places it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Where the blocks are going to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    Message,
    Modal,
    Home,
}

impl Surface {
    fn blocks_max(self) -> usize {
        match self {
            Self::Message => 50,
            Self::Modal | Self::Home => 100,
        }
    }
}

/// Characters of text that all blocks of one message may hold together.
pub const MESSAGE_CHARS_MAX: usize = 13_200;

/// Everything wrong with these blocks, for example
/// `must be less than 3001 characters [json-pointer:/blocks/0/text/text]`. Empty: Slack takes them.
pub fn complaints(blocks: &Value, surface: Surface, at: &str) -> Vec<String> {
    let mut check = Check::default();
    let Some(list) = blocks.as_array() else {
        check.say("must provide an array", at);
        return check.said;
    };
    if list.len() > surface.blocks_max() {
        check.say(
            &format!("no more than {} items allowed", surface.blocks_max()),
            at,
        );
    }
    for (index, block) in list.iter().enumerate() {
        check.block(block, surface, &format!("{at}/{index}"));
    }
    check.said
}

/// How many characters of text the blocks hold.
pub fn chars(blocks: &Value) -> usize {
    match blocks {
        Value::Array(items) => items.iter().map(chars).sum(),
        Value::Object(fields) => {
            let own = fields
                .get("text")
                .and_then(Value::as_str)
                .map_or(0, |text| text.chars().count());
            own + fields
                .values()
                .filter(|value| !value.is_string())
                .map(chars)
                .sum::<usize>()
        }
        _ => 0,
    }
}

const BUTTON_STYLES: [&str; 2] = ["primary", "danger"];
const INPUT_ONLY: [&str; 5] = [
    "plain_text_input",
    "number_input",
    "email_text_input",
    "url_text_input",
    "rich_text_input",
];
const STATEFUL: [&str; 16] = [
    "checkboxes",
    "radio_buttons",
    "datepicker",
    "timepicker",
    "datetimepicker",
    "file_input",
    "static_select",
    "external_select",
    "users_select",
    "conversations_select",
    "channels_select",
    "multi_static_select",
    "multi_external_select",
    "multi_users_select",
    "multi_conversations_select",
    "multi_channels_select",
];

#[derive(Default)]
pub(super) struct Check {
    pub(super) said: Vec<String>,
    block_ids: BTreeSet<String>,
}

impl Check {
    pub(super) fn say(&mut self, what: &str, at: &str) {
        self.said.push(format!("{what} [json-pointer:{at}]"));
    }

    fn block(&mut self, block: &Value, surface: Surface, at: &str) {
        let Some(fields) = block.as_object() else {
            return self.say("must be an object", at);
        };
        if let Some(id) = self.string(block, "block_id", at, 255, false)
            && !self.block_ids.insert(id.clone())
        {
            self.say(
                &format!("`block_id` {id} already exists"),
                &format!("{at}/block_id"),
            );
        }
        let allowed: &[&str] = match block["type"].as_str() {
            Some("section") => {
                self.section(block, at);
                &["text", "fields", "accessory", "expand"]
            }
            Some("header") => {
                self.text_object(block, "text", at, 150, true, true);
                &["text"]
            }
            Some("divider") => &[],
            Some("context") => {
                self.context(block, at);
                &["elements"]
            }
            Some("actions") => {
                self.actions(block, surface, at);
                &["elements"]
            }
            Some("image") => {
                self.string(block, "alt_text", at, 2000, true);
                self.string(block, "image_url", at, 3000, block["slack_file"].is_null());
                self.text_object(block, "title", at, 2000, true, false);
                &["alt_text", "image_url", "slack_file", "title"]
            }
            Some("input") => {
                self.input(block, surface, at);
                &["label", "element", "dispatch_action", "hint", "optional"]
            }
            Some("markdown") => {
                self.string(block, "text", at, 12_000, true);
                &["text"]
            }
            Some("table") if surface == Surface::Message => {
                self.table(block, at);
                &["rows", "column_settings"]
            }
            Some("rich_text") => {
                if !block["elements"].is_array() {
                    self.say("missing required field: elements", at);
                }
                &["elements"]
            }
            Some("context_actions" | "video" | "file" | "alert" | "card" | "carousel") => return,
            Some(other) => {
                return self.say(&format!("unsupported type: {other}"), &format!("{at}/type"));
            }
            None => return self.say("missing required field: type", at),
        };
        self.no_more_fields(fields, allowed, at);
    }

    fn no_more_fields(&mut self, fields: &Map<String, Value>, allowed: &[&str], at: &str) {
        for name in fields.keys() {
            if !["type", "block_id"].contains(&name.as_str()) && !allowed.contains(&name.as_str()) {
                self.say(
                    &format!("no more than the documented properties allowed: {name}"),
                    at,
                );
            }
        }
    }

    fn section(&mut self, block: &Value, at: &str) {
        if block["text"].is_null() && block["fields"].is_null() {
            self.say("missing required field: text", at);
        }
        self.text_object(block, "text", at, 3000, false, false);
        if let Some(fields) = self.items(block, "fields", at, 1, 10) {
            for (index, field) in fields.iter().enumerate() {
                self.text_value(field, &format!("{at}/fields/{index}"), 2000, false);
            }
        }
        if !block["accessory"].is_null() {
            self.element(&block["accessory"], &format!("{at}/accessory"));
        }
    }

    fn context(&mut self, block: &Value, at: &str) {
        if block["elements"].is_null() {
            self.say("missing required field: elements", at);
        }
        for (index, element) in self
            .items(block, "elements", at, 1, 10)
            .into_iter()
            .flatten()
            .enumerate()
        {
            let at = format!("{at}/elements/{index}");
            match element["type"].as_str() {
                Some("image") => {
                    self.string(element, "alt_text", &at, 2000, true);
                }
                Some("mrkdwn" | "plain_text") => self.text_value(element, &at, 2000, false),
                other => self.say(
                    &format!("unsupported type: {}", other.unwrap_or("none")),
                    &format!("{at}/type"),
                ),
            }
        }
    }

    fn actions(&mut self, block: &Value, surface: Surface, at: &str) {
        if block["elements"].is_null() {
            self.say("missing required field: elements", at);
        }
        let mut action_ids = BTreeSet::new();
        for (index, element) in self
            .items(block, "elements", at, 1, 25)
            .into_iter()
            .flatten()
            .enumerate()
        {
            let at = format!("{at}/elements/{index}");
            let kind = element["type"].as_str().unwrap_or_default();
            if INPUT_ONLY.contains(&kind) && surface == Surface::Message || kind == "image" {
                self.say(&format!("unsupported type: {kind}"), &format!("{at}/type"));
            }
            if let Some(id) = element["action_id"].as_str()
                && !action_ids.insert(id)
            {
                self.say(
                    &format!("`action_id` {id} already exists for block_id"),
                    &format!("{at}/action_id"),
                );
            }
            self.element(element, &at);
        }
    }

    fn input(&mut self, block: &Value, surface: Surface, at: &str) {
        self.text_object(block, "label", at, 2000, true, true);
        self.text_object(block, "hint", at, 2000, true, false);
        let element = &block["element"];
        let kind = element["type"].as_str().unwrap_or_default();
        if element.is_null() {
            self.say("missing required field: element", at);
        } else if !INPUT_ONLY.contains(&kind) && !STATEFUL.contains(&kind)
            || surface == Surface::Message && kind == "file_input"
        {
            self.say(
                &format!("unsupported type: {kind}"),
                &format!("{at}/element/type"),
            );
        } else {
            self.element(element, &format!("{at}/element"));
        }
    }

    fn table(&mut self, block: &Value, at: &str) {
        if block["rows"].is_null() {
            self.say("missing required field: rows", at);
        }
        for (index, row) in self
            .items(block, "rows", at, 1, 100)
            .into_iter()
            .flatten()
            .enumerate()
        {
            let at = format!("{at}/rows/{index}");
            match row.as_array() {
                None => self.say("must provide an array", &at),
                Some(cells) if cells.len() > 20 => self.say("no more than 20 items allowed", &at),
                Some(_) => {}
            }
        }
    }

    fn element(&mut self, element: &Value, at: &str) {
        self.string(element, "action_id", at, 255, false);
        self.confirm(&element["confirm"], &format!("{at}/confirm"));
        self.text_object(element, "placeholder", at, 150, true, false);
        let kind = element["type"].as_str().unwrap_or_default();
        match kind {
            "button" => {
                self.text_object(element, "text", at, 75, true, true);
                self.string(element, "value", at, 2000, false);
                self.string(element, "url", at, 3000, false);
                self.string(element, "accessibility_label", at, 75, false);
                if let Some(style) = element["style"].as_str()
                    && !BUTTON_STYLES.contains(&style)
                {
                    self.say("must be one of: primary, danger", &format!("{at}/style"));
                }
            }
            "overflow" => self.options(element, at, 1, 5),
            "checkboxes" | "radio_buttons" => self.options(element, at, 1, 10),
            "static_select" | "multi_static_select" => {
                if element["option_groups"].is_null() {
                    self.options(element, at, 1, 100);
                }
                for (index, group) in self
                    .items(element, "option_groups", at, 1, 100)
                    .into_iter()
                    .flatten()
                    .enumerate()
                {
                    let at = format!("{at}/option_groups/{index}");
                    self.text_object(group, "label", &at, 75, true, true);
                    self.options(group, &at, 1, 100);
                }
                self.initial_option(element, at);
            }
            "plain_text_input" => {
                if element["max_length"]
                    .as_u64()
                    .is_some_and(|max| !(1..=3000).contains(&max))
                {
                    self.say("must be between 1 and 3000", &format!("{at}/max_length"));
                }
                self.string(element, "initial_value", at, 3000, false);
            }
            "datepicker" => {
                if let Some(date) = element["initial_date"].as_str()
                    && chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_err()
                {
                    self.say("must be a valid date", &format!("{at}/initial_date"));
                }
            }
            "number_input" if element["is_decimal_allowed"].is_null() => {
                self.say("missing required field: is_decimal_allowed", at);
            }
            "image" => {
                self.string(element, "alt_text", at, 2000, true);
            }
            known
                if INPUT_ONLY.contains(&known)
                    || STATEFUL.contains(&known)
                    || known == "workflow_button" => {}
            other => self.say(&format!("unsupported type: {other}"), &format!("{at}/type")),
        }
    }

    fn confirm(&mut self, confirm: &Value, at: &str) {
        if confirm.is_null() {
            return;
        }
        self.text_object(confirm, "title", at, 100, true, true);
        self.text_object(confirm, "text", at, 300, false, true);
        self.text_object(confirm, "confirm", at, 30, true, true);
        self.text_object(confirm, "deny", at, 30, true, true);
    }

    fn options(&mut self, element: &Value, at: &str, min: usize, max: usize) {
        if element["options"].is_null() {
            self.say("missing required field: options", at);
        }
        let radio = matches!(
            element["type"].as_str(),
            Some("checkboxes" | "radio_buttons")
        );
        for (index, option) in self
            .items(element, "options", at, min, max)
            .into_iter()
            .flatten()
            .enumerate()
        {
            let at = format!("{at}/options/{index}");
            self.text_object(option, "text", &at, 75, !radio, true);
            self.text_object(option, "description", &at, 75, !radio, false);
            self.string(option, "value", &at, 75, true);
            self.string(option, "url", &at, 3000, false);
        }
    }

    fn initial_option(&mut self, element: &Value, at: &str) {
        let initial = &element["initial_option"];
        let groups = element["option_groups"].as_array().into_iter().flatten();
        let grouped = groups.flat_map(|group| group["options"].as_array().into_iter().flatten());
        let mut offered = element["options"]
            .as_array()
            .into_iter()
            .flatten()
            .chain(grouped);
        // Slack wants the very same object, not only the same value.
        if !initial.is_null() && !offered.any(|option| option == initial) {
            self.say(
                "must match one of the options",
                &format!("{at}/initial_option"),
            );
        }
    }

    fn items<'a>(
        &mut self,
        of: &'a Value,
        key: &str,
        at: &str,
        min: usize,
        max: usize,
    ) -> Option<&'a Vec<Value>> {
        let at = format!("{at}/{key}");
        match &of[key] {
            Value::Null => None,
            Value::Array(items) => {
                if items.len() > max {
                    self.say(&format!("no more than {max} items allowed"), &at);
                } else if items.len() < min {
                    self.say(&format!("no fewer than {min} items required"), &at);
                }
                Some(items)
            }
            _ => {
                self.say("must provide an array", &at);
                None
            }
        }
    }

    /// A string field; the text is handed back when it is one.
    fn string(
        &mut self,
        of: &Value,
        key: &str,
        at: &str,
        max: usize,
        required: bool,
    ) -> Option<String> {
        match &of[key] {
            Value::Null if required => self.say(&format!("missing required field: {key}"), at),
            Value::Null => {}
            Value::String(text) => {
                let chars = text.chars().count();
                let at = format!("{at}/{key}");
                if chars > max {
                    self.say(&format!("must be less than {} characters", max + 1), &at);
                } else if chars == 0 && (required || key.ends_with("_id")) {
                    self.say("must be more than 0 characters", &at);
                }
                return Some(text.clone());
            }
            _ => self.say("must provide a string", &format!("{at}/{key}")),
        }
        None
    }

    pub(super) fn text_object(
        &mut self,
        of: &Value,
        key: &str,
        at: &str,
        max: usize,
        plain: bool,
        required: bool,
    ) {
        match &of[key] {
            Value::Null if required => self.say(&format!("missing required field: {key}"), at),
            Value::Null => {}
            value => self.text_value(value, &format!("{at}/{key}"), max, plain),
        }
    }

    fn text_value(&mut self, value: &Value, at: &str, max: usize, plain: bool) {
        match value["type"].as_str() {
            Some("plain_text") => {}
            Some("mrkdwn") if !plain => {}
            Some(_) if plain => self.say("must be plain_text", &format!("{at}/type")),
            Some(other) => self.say(&format!("unsupported type: {other}"), &format!("{at}/type")),
            None => return self.say("must provide an object with a type", at),
        }
        self.string(value, "text", at, max, true);
    }
}
