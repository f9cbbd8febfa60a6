//! An evening written down as it happens: who did what, and what everybody saw of it.

use balefire::clock::Clock;
use balefire::standin::{Message, Person};
use chrono::Duration;

use crate::world::World;

/// A world, and the transcript of what happened in it.
pub struct Script {
    pub world: World,
    told: String,
}

impl Script {
    pub fn of(world: World) -> Self {
        Self {
            world,
            told: String::new(),
        }
    }

    /// A heading at the present time.
    pub fn heading(&mut self, what: &str) {
        let now = self.world.clock.now().format("%H:%M:%S");
        self.told.push_str(&format!("\n{now} {what}\n"));
    }

    /// Adds a line as it stands.
    pub fn line(&mut self, line: &str) {
        self.told.push_str(&format!("  {line}\n"));
    }

    /// Everything that is new, wherever it is.
    pub fn look(&mut self) {
        let news = self.world.everywhere();
        self.told.push_str(&news);
    }

    pub fn person(&self, name: &str) -> Person {
        self.world
            .standin
            .person(&format!("U0{}", name.to_uppercase()))
    }

    /// Somebody types a command; what is in `(…)` is for them alone.
    pub async fn types(&mut self, name: &str, place: &str, typed: &str) {
        self.heading(&format!("{name} in {place}: {typed}"));
        let (person, channel) = (self.person(name), self.world.find(place));
        let answer = self.world.slash(&person, &channel, typed).await;
        if !answer.is_empty() {
            self.line(&format!("({})", answer.replace('\n', "\n   ")));
        }
        self.form(name);
        self.look();
    }

    /// Somebody presses a button in the newest message that has it.
    pub async fn clicks(&mut self, name: &str, place: &str, label: &str) {
        self.heading(&format!("{name} in {place}: [{label}]"));
        let (person, channel) = (self.person(name), self.world.find(place));
        let whisper = self.world.click(&person, &channel, label).await;
        if !whisper.is_empty() {
            self.line(&format!("({})", whisper.replace('\n', "\n   ")));
        }
        self.form(name);
        self.look();
    }

    /// Somebody fills in the open form and submits it.
    pub async fn submits(&mut self, name: &str, fields: &[(&str, &str)]) {
        let filled: Vec<String> = fields
            .iter()
            .map(|(field, value)| format!("{field}: {value}"))
            .collect();
        self.heading(&format!("{name} submits {}", filled.join(" · ")));
        let person = self.person(name);
        let errors = self.world.submit(&person, fields).await;
        if !errors.is_empty() {
            self.line(&format!("({errors})"));
        }
        self.look();
    }

    /// Somebody says something. Returns the message's `ts`.
    pub async fn says(&mut self, name: &str, place: &str, text: &str) -> String {
        self.heading(&format!("{name} writes in {place}"));
        let channel = self.world.find(place);
        let ts = self.person(name).say(&channel, text).unwrap();
        self.world.settle().await;
        self.look();
        ts
    }

    /// Time passes.
    pub async fn wait(&mut self, by: Duration) {
        self.world.advance(by).await;
        self.heading("time has passed");
        self.look();
    }

    /// The form that somebody has before them.
    fn form(&mut self, name: &str) {
        let person = self.person(name);
        let Some(view) = self.world.standin.view_of(person.id()) else {
            return;
        };
        let mut form = Message::new("", balefire::standin::message::Author::Bot, "");
        form.blocks = Some(view["blocks"].clone());
        let reads = form.reads().replace('\n', "\n      ");
        let title = view["title"]["text"].as_str().unwrap_or_default();
        let submit = view["submit"]["text"].as_str().unwrap_or_default();
        self.line(&format!("form “{title}”\n      {reads}\n      [{submit}]"));
    }

    /// The evening is over: what happened.
    pub async fn end(mut self) -> String {
        self.world.settle().await;
        self.look();
        self.world.end().await;
        self.told
    }
}
