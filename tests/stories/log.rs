//! The story as it is told: who did what, and what they saw then.

use balefire::standin::Person;
use serde_json::Value;

use crate::world::World;

#[derive(Default)]
pub struct Log(String);

impl Log {
    fn line(&mut self, line: &str) {
        if line.is_empty() {
            return;
        }
        self.0.push_str(&plain_times(line));
        self.0.push('\n');
    }

    /// The next scene.
    pub fn scene(&mut self, words: &str) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.line(&format!("== {words}"));
    }

    /// Somebody types a command, and reads the answer.
    pub async fn types(&mut self, world: &mut World, who: &Person, place: &str, typed: &str) {
        let channel = world.find(place);
        self.line(&format!("{} in {place}> {typed}", name(who)));
        let answer = world.slash(who, &channel, typed).await;
        self.line(&answer);
        self.line(&form(world, who));
    }

    /// Somebody presses a button of the newest message that has it.
    pub async fn clicks(&mut self, world: &mut World, who: &Person, place: &str, label: &str) {
        let channel = world.find(place);
        self.line(&format!("{} in {place} presses [{label}]", name(who)));
        let answer = world.click(who, &channel, label).await;
        self.line(&answer);
        self.line(&form(world, who));
    }

    /// Somebody fills in the form before them and sends it.
    pub async fn submits(&mut self, world: &mut World, who: &Person, fields: &[(&str, &str)]) {
        let filled: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        self.line(&format!("{} submits {}", name(who), filled.join("; ")));
        let answer = world.submit(who, fields).await;
        self.line(&answer);
        self.line(&form(world, who));
    }

    /// What is new in a place. A card that was only kept up to date is not told again: its own stories show it.
    pub fn sees(&mut self, world: &mut World, place: &str) {
        let news = world.news(place);
        self.line(&format!(
            "-- {place}{}",
            if news.is_empty() { ": nothing new" } else { "" }
        ));
        for message in news {
            if message.starts_with("~ ")
                && message.lines().next().is_some_and(|l| l.contains(": # "))
            {
                self.line("~ (the card)");
            } else {
                self.line(&message);
            }
        }
    }

    /// What is new in a place, cards in full.
    pub fn sees_all(&mut self, world: &mut World, place: &str) {
        let news = world.news(place).join("\n");
        self.line(&format!("-- {place}"));
        self.line(&news);
    }

    /// Something else worth telling.
    pub fn tells(&mut self, words: &str) {
        self.line(words);
    }

    pub fn told(self) -> String {
        self.0
    }
}

/// `U0ALICE` is Alice.
fn name(who: &Person) -> String {
    who.id().trim_start_matches("U0").to_lowercase()
}

/// The form before somebody: its title, its inputs and what stands in them.
fn form(world: &World, who: &Person) -> String {
    let Some(view) = world.standin.view_of(who.id()) else {
        return String::new();
    };
    let mut lines = vec![format!("┌ {}", text(&view["title"]))];
    for block in view["blocks"].as_array().into_iter().flatten() {
        if block["type"] != "input" {
            let words: Vec<String> = block["elements"]
                .as_array()
                .into_iter()
                .flatten()
                .chain(block.get("text"))
                .map(text)
                .collect();
            lines.push(format!("│ {}", words.join(" ")));
            continue;
        }
        let optional = if block["optional"] == true {
            " (optional)"
        } else {
            ""
        };
        lines.push(format!(
            "│ {}{optional}: {}",
            text(&block["label"]),
            filled(&block["element"])
        ));
        if block["hint"].is_object() {
            lines.push(format!("│   {}", text(&block["hint"])));
        }
    }
    lines.push(
        format!("└ [{}] [{}]", text(&view["submit"]), text(&view["close"])).replace("[] ", ""),
    );
    lines.join("\n")
}

fn text(value: &Value) -> String {
    value["text"].as_str().unwrap_or_default().to_owned()
}

fn filled(element: &Value) -> String {
    let options = |key: &str| -> Vec<String> {
        element[key]
            .as_array()
            .into_iter()
            .flatten()
            .map(|option| text(&option["text"]))
            .collect()
    };
    let initial = element["initial_value"]
        .as_str()
        .or(element["initial_user"].as_str())
        .or(element["initial_date"].as_str())
        .map(str::to_owned)
        .or_else(|| {
            element["initial_option"]
                .is_object()
                .then(|| text(&element["initial_option"]["text"]))
        })
        .or_else(|| Some(options("initial_options").join(" + ")).filter(|all| !all.is_empty()))
        .unwrap_or_default();
    let offered = options("options");
    match offered.is_empty() {
        true => format!("[{initial}]"),
        false => format!("[{initial}] of {}", offered.join(" / ")),
    }
}

/// `<!date^…|what a reader without clock sees>` as just that.
fn plain_times(words: &str) -> String {
    let mut told = String::new();
    let mut rest = words;
    while let Some(at) = rest.find("<!date^") {
        told.push_str(&rest[..at]);
        let token = &rest[at..];
        let end = token.find('>').unwrap_or(token.len());
        let fallback = token[..end].split('|').nth(1).unwrap_or_default();
        told.push_str(fallback);
        rest = token.get(end + 1..).unwrap_or_default();
    }
    told.push_str(rest);
    told
}
