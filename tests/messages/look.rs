//! How a message looks, as text: what a snapshot shows and what a reader would see.

use balefire::slack::render::Message;
use serde_json::Value;

/// One line for each thing one sees; times as `⟨10:15⟩`.
pub fn look(message: &Message) -> String {
    let mut lines = vec![];
    for block in message.blocks.as_array().unwrap() {
        match block["type"].as_str().unwrap() {
            "header" => lines.push(format!("# {}", text(&block["text"]))),
            "divider" => lines.push("──".to_owned()),
            "section" if block["fields"].is_array() => {
                for field in block["fields"].as_array().unwrap() {
                    let (label, value) = text(field).split_once('\n').unwrap();
                    lines.push(format!("{label} {}", value.replace('\n', " ⏎ ")));
                }
            }
            "section" => lines.extend(text(&block["text"]).lines().map(str::to_owned)),
            "context" => {
                for element in block["elements"].as_array().unwrap() {
                    lines.push(format!("~ {}", text(element)));
                }
            }
            "actions" => {
                let row: Vec<String> = block["elements"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(element)
                    .collect();
                lines.push(row.join(" "));
            }
            other => panic!("no message has a {other}"),
        }
    }
    times(&lines.join("\n"))
}

fn text(object: &Value) -> &str {
    object["text"].as_str().unwrap()
}

fn element(element: &Value) -> String {
    if element["type"] == "overflow" {
        let options = element["options"].as_array().unwrap();
        let labels: Vec<&str> = options.iter().map(|option| text(&option["text"])).collect();
        return format!("[… {}]", labels.join(" / "));
    }
    let label = text(&element["text"]);
    let style = match element["style"].as_str() {
        Some("primary") => "!",
        Some("danger") => "‼",
        _ => "",
    };
    match element["confirm"].is_object() {
        true => {
            let confirm = &element["confirm"];
            format!(
                "[{label}{style} → {} {} ({} / {})]",
                text(&confirm["title"]),
                text(&confirm["text"]),
                text(&confirm["confirm"]),
                text(&confirm["deny"])
            )
        }
        false => format!("[{label}{style}]"),
    }
}

/// Slack's dates, short: the time in UTC, with the day when it is another one, and `ago` where Slack says it.
fn times(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("<!date^") {
        let end = start + rest[start..].find('>').unwrap();
        let (format, fallback) = rest[start..end].rsplit_once('|').unwrap();
        let shown = fallback
            .trim_start_matches("2026-11-20 ")
            .trim_end_matches(" UTC");
        let ago = if format.contains("{ago}") { " ago" } else { "" };
        out.push_str(&rest[..start]);
        out.push_str(&format!("⟨{shown}{ago}⟩"));
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    out
}
