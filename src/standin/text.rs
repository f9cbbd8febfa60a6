//! What becomes of a person's typing on its way through Slack: mentions get ids, `&`, `<` and `>` are escaped.

use serde_json::{Value, json};

use super::world::{Kind, World};

/// How mentions of people are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// `<@U…>`, as in stored messages.
    Message,
    /// `<@U…|name>`, as in a command with `should_escape`.
    Command,
}

/// Typed text in Slack's notation. Mentions that somebody pasted as `<@U…>` stay mentions.
pub fn noted(world: &World, typed: &str, notation: Notation) -> String {
    let mut out = String::with_capacity(typed.len());
    let mut rest = typed;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let at_word_start = before.is_whitespace() || matches!(before, '(' | '"' | '\'' | ',');
        let found = match first {
            '<' => raw_token(world, rest, notation),
            '@' if at_word_start => person_or_group(world, rest, notation),
            '#' if at_word_start => channel(world, rest),
            'h' if at_word_start => link(rest),
            _ => None,
        };
        let (text, used) = found.unwrap_or_else(|| (escaped(first), first.len_utf8()));
        out.push_str(&text);
        before = rest[..used].chars().next_back().unwrap_or(' ');
        rest = &rest[used..];
    }
    out
}

fn escaped(c: char) -> String {
    match c {
        '&' => "&amp;".into(),
        '<' => "&lt;".into(),
        '>' => "&gt;".into(),
        other => other.into(),
    }
}

fn word(text: &str) -> &str {
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || "._-".contains(c)))
        .unwrap_or(text.len());
    text[..end].trim_end_matches(['.', '-'])
}

fn mention(id: &str, name: &str, notation: Notation) -> String {
    match notation {
        Notation::Message => format!("<@{id}>"),
        Notation::Command => format!("<@{id}|{name}>"),
    }
}

fn group(id: &str, handle: &str, notation: Notation) -> String {
    match notation {
        Notation::Message => format!("<!subteam^{id}>"),
        Notation::Command => format!("<!subteam^{id}|@{handle}>"),
    }
}

fn person_or_group(world: &World, rest: &str, notation: Notation) -> Option<(String, usize)> {
    let name = word(&rest[1..]);
    let used = 1 + name.len();
    let lower = name.to_lowercase();
    if matches!(lower.as_str(), "here" | "channel" | "everyone") {
        return Some((format!("<!{lower}>"), used));
    }
    if let Some(human) = world.people.iter().find(|human| human.name == lower) {
        return Some((mention(&human.id, &human.name, notation), used));
    }
    let found = world
        .usergroups
        .iter()
        .find(|group| group.handle == lower)?;
    Some((group(&found.id, &found.handle, notation), used))
}

fn channel(world: &World, rest: &str) -> Option<(String, usize)> {
    let name = word(&rest[1..]);
    let found = world
        .channels
        .iter()
        .find(|channel| !name.is_empty() && channel.name == name)?;
    Some((format!("<#{}|{}>", found.id, found.name), 1 + name.len()))
}

fn link(rest: &str) -> Option<(String, usize)> {
    if !rest.starts_with("http://") && !rest.starts_with("https://") {
        return None;
    }
    let end = rest
        .find(|c: char| c.is_whitespace() || "<>|\"".contains(c))
        .unwrap_or(rest.len());
    let url = rest[..end].trim_end_matches(['.', ',', ')', '!', '?']);
    Some((format!("<{}>", url.replace('&', "&amp;")), url.len()))
}

fn raw_token(world: &World, rest: &str, notation: Notation) -> Option<(String, usize)> {
    let end = rest.find('>')?;
    let inside = &rest[1..end];
    let (target, _) = inside.split_once('|').unwrap_or((inside, ""));
    let text = if let Some(id) = target.strip_prefix('@') {
        mention(id, &world.human(id)?.name, notation)
    } else if let Some(id) = target.strip_prefix('#') {
        let found = world
            .channel(id)
            .filter(|channel| channel.kind != Kind::Im)?;
        format!("<#{}|{}>", found.id, found.name)
    } else if let Some(id) = target.strip_prefix("!subteam^") {
        let found = world.usergroups.iter().find(|group| group.id == id)?;
        group(id, &found.handle, notation)
    } else {
        return None;
    };
    Some((text, end + 1))
}

/// The `rich_text` block that Slack's client makes of a stored text.
pub fn rich_text(text: &str, number: u64) -> Value {
    let mut elements: Vec<Value> = Vec::new();
    let mut rest = text;
    let plain = |text: &str| {
        let text = text
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&");
        json!({"type": "text", "text": text})
    };
    while let Some(start) = rest.find('<') {
        let Some(length) = rest[start..].find('>') else {
            break;
        };
        if start > 0 {
            elements.push(plain(&rest[..start]));
        }
        let inside = &rest[start + 1..start + length];
        let (target, label) = inside.split_once('|').unwrap_or((inside, ""));
        elements.push(if let Some(id) = target.strip_prefix('@') {
            json!({"type": "user", "user_id": id})
        } else if let Some(id) = target.strip_prefix('#') {
            json!({"type": "channel", "channel_id": id})
        } else if let Some(id) = target.strip_prefix("!subteam^") {
            json!({"type": "usergroup", "usergroup_id": id})
        } else if let Some(range) = target.strip_prefix('!') {
            json!({"type": "broadcast", "range": range})
        } else if label.is_empty() {
            json!({"type": "link", "url": target})
        } else {
            json!({"type": "link", "url": target, "text": label})
        });
        rest = &rest[start + length + 1..];
    }
    if !rest.is_empty() || elements.is_empty() {
        elements.push(plain(rest));
    }
    json!([{"type": "rich_text", "block_id": format!("r{number:04}"),
        "elements": [{"type": "rich_text_section", "elements": elements}]}])
}
