//! Block Kit as a person reads it: plain lines, buttons and selects in brackets. For tests and transcripts.

use serde_json::Value;

/// A message's or a view's blocks, one line or more per block.
pub fn blocks(blocks: &Value) -> String {
    let lines: Vec<String> = blocks
        .as_array()
        .into_iter()
        .flatten()
        .map(block)
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}

fn block(block: &Value) -> String {
    match block["type"].as_str().unwrap_or_default() {
        "header" => format!("# {}", text(&block["text"])),
        "section" => {
            let mut parts: Vec<String> = Vec::new();
            if !block["text"].is_null() {
                parts.push(text(&block["text"]));
            }
            parts.extend(block["fields"].as_array().into_iter().flatten().map(text));
            let mut line = parts.join("\n");
            if !block["accessory"].is_null() {
                line.push(' ');
                line.push_str(&element(&block["accessory"]));
            }
            line
        }
        "context" => join(&block["elements"], " · "),
        "actions" | "context_actions" => join(&block["elements"], " "),
        "divider" => "---".into(),
        "input" => {
            let optional = if block["optional"] == true {
                " (optional)"
            } else {
                ""
            };
            format!(
                "{}{optional}: {}",
                text(&block["label"]),
                element(&block["element"])
            )
        }
        "markdown" => block["text"].as_str().unwrap_or_default().into(),
        "image" => format!(
            "(image: {})",
            block["alt_text"].as_str().unwrap_or_default()
        ),
        "rich_text" => rich_text(block),
        "table" => {
            let rows = block["rows"].as_array().into_iter().flatten();
            let cells = |row: &Value| {
                row.as_array()
                    .into_iter()
                    .flatten()
                    .map(cell)
                    .collect::<Vec<_>>()
                    .join(" | ")
            };
            rows.map(cells).collect::<Vec<_>>().join("\n")
        }
        other => format!("({other})"),
    }
}

fn cell(cell: &Value) -> String {
    if cell["type"] == "rich_text" {
        rich_text(cell)
    } else {
        text(cell)
    }
}

fn join(elements: &Value, between: &str) -> String {
    elements
        .as_array()
        .into_iter()
        .flatten()
        .map(element)
        .collect::<Vec<_>>()
        .join(between)
}

fn text(object: &Value) -> String {
    object["text"].as_str().unwrap_or_default().into()
}

/// What stands on a button, a select or any other element.
pub(super) fn element(element: &Value) -> String {
    let first = |key: &str| {
        element[key]["text"]["text"]
            .as_str()
            .map(|label| format!("[{label} ▾]"))
    };
    match element["type"].as_str().unwrap_or_default() {
        "mrkdwn" | "plain_text" => text(element),
        "button" | "workflow_button" => format!("[{}]", text(&element["text"])),
        "overflow" => {
            let options = element["options"].as_array().into_iter().flatten();
            let labels: Vec<String> = options.map(|option| text(&option["text"])).collect();
            format!("[⋯ {}]", labels.join(" / "))
        }
        "image" => format!(
            "(image: {})",
            element["alt_text"].as_str().unwrap_or_default()
        ),
        "plain_text_input" | "number_input" | "email_text_input" | "url_text_input" => {
            format!(
                "[{}]",
                element["initial_value"].as_str().unwrap_or_default()
            )
        }
        "datepicker" => format!("[{} ▾]", element["initial_date"].as_str().unwrap_or("date")),
        "radio_buttons" | "checkboxes" => {
            let chosen = &element["initial_option"]["value"];
            let options = element["options"].as_array().into_iter().flatten();
            let mark = |option: &Value| {
                let mark = if &option["value"] == chosen {
                    "(x)"
                } else {
                    "( )"
                };
                format!("{mark} {}", text(&option["text"]))
            };
            options.map(mark).collect::<Vec<_>>().join(" ")
        }
        _ => first("initial_option").unwrap_or_else(|| match element["initial_user"].as_str() {
            Some(user) => format!("[<@{user}> ▾]"),
            None => format!(
                "[{} ▾]",
                element["placeholder"]["text"].as_str().unwrap_or_default()
            ),
        }),
    }
}

fn rich_text(block: &Value) -> String {
    let mut out = String::new();
    let mut stack: Vec<&Value> = vec![block];
    while let Some(node) = stack.pop() {
        match node["type"].as_str().unwrap_or_default() {
            "text" => out.push_str(node["text"].as_str().unwrap_or_default()),
            "user" => out.push_str(&format!(
                "<@{}>",
                node["user_id"].as_str().unwrap_or_default()
            )),
            "channel" => out.push_str(&format!(
                "<#{}>",
                node["channel_id"].as_str().unwrap_or_default()
            )),
            "usergroup" => out.push_str(&format!(
                "<!subteam^{}>",
                node["usergroup_id"].as_str().unwrap_or_default()
            )),
            "link" => out.push_str(
                node["text"]
                    .as_str()
                    .or(node["url"].as_str())
                    .unwrap_or_default(),
            ),
            "emoji" => out.push_str(&format!(":{}:", node["name"].as_str().unwrap_or_default())),
            _ => stack.extend(node["elements"].as_array().into_iter().flatten().rev()),
        }
    }
    out
}
