//! What people do during an evening, and what they were answered: each incident is declared, worked on and resolved,
//! order after order, by several persons. Whoever hears nothing looks before they type it again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use balefire::standin::{Answer, Person};
use futures_util::future::join_all;

use crate::house::House;
use crate::program::within;

/// Asked every few seconds; nobody is called.
pub const RULES: &str = r#"
[[severity]]
id = "P0"
name = "Critical"
meaning = "The system is down"
respond_within = "1h"
update_every = "2s"

[[severity]]
id = "P1"
name = "High"
meaning = "A main function fails"
respond_within = "1h"
update_every = "3s"

[nag]
climb_after = "1h"
"#;

pub const INCIDENTS: &str = "C0INCIDENTS";
const PEOPLE: [&str; 3] = ["U0ALICE", "U0BOB", "U0DORA"];

/// An incident has so many orders even when the evening is over.
const ORDERS_MIN: usize = 6;
/// How long somebody waits to see what they said before they go on.
pub const GLANCE: Duration = Duration::from_millis(1_500);
/// How long somebody sits still.
const NAP: Duration = Duration::from_secs(4);
/// How long what Slack has given up on may still be under way.
const LATE: Duration = Duration::from_secs(5);

/// What may be ordered, how it is confirmed, and which line of the card shows it.
const VERBS: [(&str, &str, Option<&str>); 8] = [
    ("update", "Update posted on", Some("update")),
    ("status", "Update posted on", Some("update")),
    ("note", "Note added", None),
    ("decision", "Decision added", None),
    ("action", "Action added", None),
    ("impact", "Impact of", Some("impact")),
    ("eta", "Expected recovery of", Some("eta")),
    ("severity", "The severity of", Some("severity")),
];

/// What somebody wants to know now and then.
const QUESTIONS: [&str; 2] = ["show", "why"];

/// One incident from its first word to its last, as people know it.
#[derive(Debug, Default)]
pub struct Story {
    /// `INC-2026-001`
    pub id: String,
    pub title: String,
    pub severity: &'static str,
    /// The marks of all orders that were confirmed, in order.
    pub said: Vec<String>,
    /// Of each line of the card, the mark that it must show.
    pub card: BTreeMap<&'static str, String>,
}

/// How long an evening goes on.
#[derive(Clone, Copy, Debug)]
pub struct Length {
    /// How many incidents are worked on at once.
    pub incidents_at_once: usize,
    pub orders_per_incident: usize,
    /// So many answers at least.
    pub answers: u64,
    /// People look at what they said before they go on.
    pub unhurried: bool,
}

impl Length {
    /// Nothing happens but what a test asks for.
    pub fn still(incidents_at_once: usize) -> Self {
        Self {
            incidents_at_once,
            orders_per_incident: 0,
            answers: 0,
            unhurried: false,
        }
    }
}

pub struct Evening {
    pub house: Arc<House>,
    pub length: Length,
    /// Half of what goes wrong has gone wrong.
    pub waning: AtomicBool,
    /// Nobody need be killed any more.
    pub quiet: AtomicBool,
    pub answers: AtomicU64,
    /// Answers that never came.
    pub unanswered: AtomicU64,
    incidents: AtomicUsize,
}

impl Evening {
    pub fn new(house: &Arc<House>, length: Length) -> Arc<Self> {
        house.standin.with(|world| {
            let mut dora = world.human("U0ALICE").unwrap().clone();
            dora.id = "U0DORA".into();
            dora.name = "dora".into();
            world.people.push(dora);
        });
        house.standin.person("U0DORA").join(INCIDENTS).unwrap();
        Arc::new(Self {
            house: Arc::clone(house),
            length,
            waning: AtomicBool::new(false),
            quiet: AtomicBool::new(false),
            answers: AtomicU64::new(0),
            unanswered: AtomicU64::new(0),
            incidents: AtomicUsize::new(0),
        })
    }

    /// How much has happened: what people heard, and what Slack did.
    pub fn progress(&self) -> u64 {
        let calls = self.house.standin.with(|world| world.calls.len());
        self.answers.load(Ordering::SeqCst) + u64::try_from(calls).unwrap()
    }

    /// Everybody's evening; the stories of all incidents.
    pub async fn play(&self, seed: u64) -> Vec<Story> {
        let crews = (0..self.length.incidents_at_once).map(|crew| {
            let crew = u64::try_from(crew).unwrap();
            self.crew(fastrand::Rng::with_seed(seed ^ (crew << 32)))
        });
        join_all(crews).await.into_iter().flatten().collect()
    }

    fn over(&self) -> bool {
        let answered = self.answers.load(Ordering::SeqCst) >= self.length.answers;
        self.quiet.load(Ordering::SeqCst) && answered
    }

    /// One incident after the other.
    async fn crew(&self, mut chance: fastrand::Rng) -> Vec<Story> {
        let mut stories = vec![];
        while stories.is_empty() || !self.over() {
            let nth = self.incidents.fetch_add(1, Ordering::SeqCst);
            stories.push(self.incident(nth, &mut chance).await);
        }
        stories
    }

    async fn incident(&self, nth: usize, chance: &mut fastrand::Rng) -> Story {
        let mut story = Story {
            title: format!("Outage t{nth:04}"),
            severity: "P0",
            ..Story::default()
        };
        let somebody =
            |chance: &mut fastrand::Rng| self.house.standin.person(chance.choice(PEOPLE).unwrap());
        let declare = format!("/incident declare P0 {}", story.title);
        story.id = self
            .declare(&somebody(chance), &declare, &story.title)
            .await;
        let id = story.id.clone();
        let ack = format!("/incident ack {id}");
        self.give(&somebody(chance), &id, &ack, "acknowledged")
            .await;

        let mut orders = 0;
        while orders < self.length.orders_per_incident && !(self.over() && orders >= ORDERS_MIN) {
            let person = somebody(chance);
            if let Some(question) = QUESTIONS.get(chance.usize(0..12)) {
                self.ask(&person, &format!("/incident {question} {id}"))
                    .await;
                continue;
            }
            orders += 1;
            let mark = format!("m{nth:04}n{orders:05}");
            self.order(&mut story, &person, &mark, chance).await;
            if self.length.unhurried {
                within(GLANCE, async || self.shows(&id, &mark).then_some(())).await;
                if chance.u8(0..3) == 0 {
                    self.rest(&id).await;
                }
            }
        }
        let mark = format!("m{nth:04}n{:05}", orders + 1);
        let resolve = format!("/incident resolve {id} {mark} it works again");
        self.give(&somebody(chance), &mark, &resolve, "resolved after")
            .await;
        story.said.push(mark.clone());
        story.card.insert("summary", mark);
        story
    }

    async fn order(
        &self,
        story: &mut Story,
        person: &Person,
        mark: &str,
        chance: &mut fastrand::Rng,
    ) {
        let id = &story.id;
        let (verb, confirmed, line) = chance.choice(VERBS).unwrap();
        let typed = match verb {
            "severity" => {
                story.severity = if story.severity == "P0" { "P1" } else { "P0" };
                format!("/incident severity {id} {} {mark}", story.severity)
            }
            "status" => {
                let status = chance.choice(["identified", "monitoring"]).unwrap();
                format!("/incident status {id} {status} {mark}")
            }
            verb => format!("/incident {verb} {id} {mark} as it is"),
        };
        self.give(person, mark, &typed, confirmed).await;
        story.said.push(mark.to_owned());
        if let Some(line) = line.filter(|line| *line != "severity") {
            story.card.insert(line, mark.to_owned());
        }
    }

    /// Until somebody asks for an update.
    async fn rest(&self, id: &str) {
        let asked = self.count(id, "⏰");
        within(NAP, async || (self.count(id, "⏰") > asked).then_some(())).await;
    }

    /// Whether Slack shows these words in the incident's channel.
    pub fn shows(&self, id: &str, mark: &str) -> bool {
        self.count(id, mark) > 0
    }

    /// How many of the newest messages in the incident's channel have these words.
    fn count(&self, id: &str, words: &str) -> usize {
        let prefix = format!("{}-", id.to_lowercase());
        self.house.standin.with(|world| {
            world
                .channels
                .iter()
                .filter(|channel| channel.name.starts_with(&prefix))
                .flat_map(|channel| channel.messages.iter().rev().take(50))
                .filter(|message| message.by_bot() && message.reads().contains(words))
                .count()
        })
    }

    /// Types it until it is done, and never twice.
    pub async fn give(&self, person: &Person, proof: &str, typed: &str, confirmed: &str) {
        let id = typed.split_whitespace().nth(2).unwrap();
        let timeline = format!("/incident timeline {id}");
        let proof = if proof == id { confirmed } else { proof };
        loop {
            match self.types(person, typed).await {
                Heard::Words(words) if words.contains(confirmed) => return,
                Heard::Words(words) if done_before(&words) => return,
                Heard::Words(words) => panic!("{typed}: {words}"),
                Heard::Nothing => {
                    if self.ask(person, &timeline).await.contains(proof) {
                        return;
                    }
                }
                Heard::Perhaps => {
                    let seen = within(LATE, async || {
                        let timeline = self.ask(person, &timeline).await;
                        timeline.contains(proof).then_some(())
                    });
                    if seen.await.is_some() {
                        return;
                    }
                }
            }
        }
    }

    /// Its number.
    pub async fn declare(&self, person: &Person, typed: &str, title: &str) -> String {
        loop {
            if let Heard::Words(words) = self.types(person, typed).await
                && words.contains("declared:")
            {
                return number(&words).unwrap();
            }
            // No answer, or “you typed that before”: it is on the list or it is not.
            let seen = within(LATE / 5, async || {
                let list = self.ask(person, "/incident list").await;
                number(list.lines().find(|line| line.contains(title))?)
            });
            if let Some(id) = seen.await {
                return id;
            }
        }
    }

    /// A question, until it is answered.
    pub async fn ask(&self, person: &Person, typed: &str) -> String {
        loop {
            if let Heard::Words(words) = self.types(person, typed).await {
                return words;
            }
        }
    }

    async fn types(&self, person: &Person, typed: &str) -> Heard {
        self.house.somebody().await;
        let heard = Heard::of(&person.slash(INCIDENTS, typed).await);
        let counter = match heard {
            Heard::Words(_) => &self.answers,
            Heard::Nothing | Heard::Perhaps => &self.unanswered,
        };
        counter.fetch_add(1, Ordering::SeqCst);
        heard
    }
}

/// How answers begin that leave it open whether anything was done.
const UNSURE: [&str; 3] = [
    "Still working on it",
    "It is not known",
    "Something went wrong",
];

/// What somebody knows after typing a command.
enum Heard {
    /// An answer.
    Words(String),
    /// The connection broke: whoever was to do it is dead, or has not heard of it.
    Nothing,
    /// It took too long: it may be done yet.
    Perhaps,
}

impl Heard {
    fn of(answer: &Answer) -> Self {
        assert_ne!(answer.error.as_deref(), Some("invalid_command_response"));
        match (&answer.message, answer.error.as_deref()) {
            (_, Some("operation_timeout")) => Heard::Perhaps,
            (Some(message), None) => {
                let words = message.reads();
                let begins = |with: &[&str]| with.iter().any(|with| words.starts_with(with));
                if begins(&["Nothing was recorded"]) {
                    Heard::Nothing
                } else if begins(&UNSURE) {
                    Heard::Perhaps
                } else {
                    Heard::Words(words)
                }
            }
            _ => Heard::Nothing,
        }
    }
}

fn done_before(words: &str) -> bool {
    words.starts_with("You typed") || words.starts_with("Nothing had to be done")
}

fn number(words: &str) -> Option<String> {
    let from = words.find("INC-")?;
    let end = words[from + 4..].find(|c: char| !c.is_ascii_digit() && c != '-')?;
    Some(words[from..from + 4 + end].to_owned())
}
