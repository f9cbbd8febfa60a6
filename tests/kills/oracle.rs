//! What people were answered, against what Slack shows and what the database says: nothing lost, nothing doubled,
//! nothing out of order, no nag after the end, and none that only the timeline knows.

use std::collections::{BTreeMap, BTreeSet};

use balefire::standin::world::Channel;
use balefire::standin::{Call, Message, StandIn};
use serde_json::Value;
use sqlx::{AnyPool, Row as _};

use crate::evening::{INCIDENTS, Story};
use crate::house::House;
use crate::program::until;

/// Why something is not sent any more: nobody needs it. Any other code is a loss.
const HELD_BACK: [&str; 3] = [
    "incident_finished",
    "answered_meanwhile",
    "replaced_meanwhile",
];

/// What was compared, for the record.
#[derive(Default)]
pub struct Seen {
    pub incidents: usize,
    pub orders: usize,
    /// Messages of the bot's that Slack shows.
    pub messages: usize,
    pub nags: usize,
    /// Pages of history that were read to find a message of unknown fate.
    pub looked_for: usize,
}

impl std::fmt::Display for Seen {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{} incidents, {} orders, {} messages, {} of them nags, {} looks into history",
            self.incidents, self.orders, self.messages, self.nags, self.looked_for
        )
    }
}

/// Waits until Slack has been told everything there is to tell.
pub async fn at_rest(database: &AnyPool) {
    let asked = "SELECT (SELECT COUNT(*) FROM (SELECT id FROM outbox WHERE done_at IS NULL LIMIT 1) AS head) AS waiting,
                        (SELECT COALESCE(MAX(done_at), 0) FROM outbox) AS done_at";
    let (mut waiting, mut done_at) = (1, 0);
    while waiting > 0 {
        // What has piled up goes out at Slack's pace, and that may take longer than anybody waits for one thing.
        (waiting, done_at) = until("Slack is told more", async || {
            // A program that is only just being killed may keep a database to itself.
            let seen = sqlx::query_as(asked).fetch_one(database).await;
            let (waiting, now): (i64, i64) = seen.ok()?;
            (waiting == 0 || now > done_at).then_some((waiting, now))
        })
        .await;
    }
}

/// Compares everything.
pub async fn compare(house: &House, stories: &[Story]) -> Seen {
    let database = house.database().await;
    let mut seen = Seen {
        incidents: stories.len(),
        ..Seen::default()
    };
    let mut complaints = messages(&house.standin, &database, &mut seen).await;
    let asked = asked(&house.standin);
    for story in stories {
        seen.orders += story.said.len();
        complaints.extend(home(&house.standin, story, &mut seen));
        complaints.extend(cards(&house.standin, story));
        complaints.extend(timeline(&database, story, &asked).await);
    }
    seen.looked_for = house.standin.calls_of("conversations.history").len()
        + house.standin.calls_of("conversations.replies").len();
    assert!(
        complaints.is_empty(),
        "{} complaints:\n{}\nlogs: {:?}",
        complaints.len(),
        complaints.join("\n"),
        house.logs()
    );
    seen
}

fn said_by_bot(message: &Message) -> bool {
    // What Slack itself notes, that it joined for example, is not counted.
    message.by_bot() && message.only_for.is_none() && message.subtype.is_none()
}

/// How often each outbox id stands in Slack.
pub fn shown(standin: &StandIn) -> BTreeMap<String, usize> {
    let mut shown: BTreeMap<String, usize> = BTreeMap::new();
    standin.with(|world| {
        let messages = world.channels.iter().flat_map(|channel| &channel.messages);
        for message in messages.filter(|message| said_by_bot(message)) {
            let id = message.metadata.as_ref().and_then(|metadata| {
                let id = metadata["event_payload"]["outbox_id"].as_str();
                id.map(str::to_owned)
            });
            let id = id.unwrap_or_else(|| format!("none: {}", message.reads()));
            *shown.entry(id).or_default() += 1;
        }
    });
    shown
}

/// Messages of one outbox id that stand in Slack twice.
pub fn doubled(standin: &StandIn) -> Vec<String> {
    let doubled = shown(standin).into_iter().filter(|(_, times)| *times > 1);
    doubled
        .map(|(id, times)| format!("outbox id {id} is shown {times} times"))
        .collect()
}

/// Slack has each message that the outbox says it has, once, and no other.
async fn messages(standin: &StandIn, database: &AnyPool, seen: &mut Seen) -> Vec<String> {
    let mut complaints = doubled(standin);
    let shown = shown(standin);
    seen.messages = shown.values().sum();
    let rows = sqlx::query("SELECT id, state, ts, last_error FROM outbox")
        .fetch_all(database)
        .await
        .unwrap();
    let mut sent = BTreeSet::new();
    for row in rows {
        let (id, state): (String, String) = (row.get(0), row.get(1));
        let (ts, error): (Option<String>, Option<String>) = (row.get(2), row.get(3));
        let error = error.unwrap_or_default();
        match (state.as_str(), ts) {
            ("sent", Some(_)) => {
                sent.insert(id);
            }
            ("given_up", _) if !HELD_BACK.contains(&error.as_str()) => {
                complaints.push(format!("given up: {id} {error}"));
            }
            _ => {}
        }
    }
    let shown: BTreeSet<String> = shown.into_keys().collect();
    for id in sent.symmetric_difference(&shown) {
        complaints.push(format!("either sent or shown, not both: {id}"));
    }
    complaints
}

/// In the incident's channel each confirmed order stands once, in order, and nobody is asked after the end.
fn home(standin: &StandIn, story: &Story, seen: &mut Seen) -> Vec<String> {
    let mut complaints = vec![];
    let id = &story.id;
    let prefix = format!("{}-", id.to_lowercase());
    standin.with(|world| {
        let homes: Vec<&Channel> = world
            .channels
            .iter()
            .filter(|channel| channel.name.starts_with(&prefix))
            .collect();
        let [home] = homes[..] else {
            complaints.push(format!("{id} has {} channels", homes.len()));
            return;
        };
        let mut said: Vec<String> = vec![];
        let mut over = false;
        let mut acknowledged = 0;
        let last = story.said.last().unwrap();
        for message in home.messages.iter().filter(|message| said_by_bot(message)) {
            let reads = message.reads();
            // A card and a draft tell again what was said; a draft comes with every nag.
            if is_card(&reads) || reads.starts_with("📝 *Draft") {
                continue;
            }
            if reads.starts_with('⏰') {
                seen.nags += 1;
                if over {
                    complaints.push(format!("{id} is asked after its end: {reads}"));
                }
            }
            // By itself, or in a summary of what waited too long.
            acknowledged += reads.matches("acknowledged the incident").count();
            acknowledged += reads.matches("acknowledged it").count();
            said.extend(marks(&reads));
            over |= reads.contains(last.as_str());
        }
        if acknowledged != 1 {
            complaints.push(format!("{id} is said to be acknowledged {acknowledged} times"));
        }
        if said != story.said {
            let lost = story.said.iter().filter(|mark| !said.contains(mark));
            let lost: Vec<_> = lost.collect();
            let doubled = said
                .iter()
                .filter(|mark| said.iter().filter(|other| other == mark).count() > 1);
            let doubled: BTreeSet<_> = doubled.collect();
            complaints.push(format!(
                "{id}: lost {lost:?}, doubled {doubled:?}\n  answered {:?}\n  shown    {said:?}\n{}",
                story.said,
                everything(home)
            ));
        }
    });
    complaints
}

/// One card in the incidents channel and one in its own, both as it stands.
fn cards(standin: &StandIn, story: &Story) -> Vec<String> {
    let mut complaints = vec![];
    let prefix = format!("{}-", story.id.to_lowercase());
    let severity = match story.severity {
        "P0" => "P0 Critical",
        _ => "P1 High",
    };
    standin.with(|world| {
        let places = world
            .channels
            .iter()
            .filter(|channel| channel.id == INCIDENTS || channel.name.starts_with(&prefix));
        for place in places {
            let cards = place.messages.iter().filter(|message| said_by_bot(message));
            let cards: Vec<String> = cards
                .map(Message::reads)
                .filter(|reads| is_card(reads) && reads.contains(&story.title))
                .collect();
            let [card] = &cards[..] else {
                complaints.push(format!(
                    "{}: {} cards in #{}",
                    story.id,
                    cards.len(),
                    place.name
                ));
                continue;
            };
            let wanted = ["✅ Resolved", severity].into_iter();
            for wanted in wanted.chain(story.card.values().map(String::as_str)) {
                if !card.contains(wanted) {
                    complaints.push(format!("{}: no “{wanted}” on\n{card}", story.id));
                }
            }
        }
    });
    complaints
}

/// The nags that Slack took, by their incidents and numbers. A message loses its buttons once it is answered, and with
/// them its number: the call has both.
fn asked(standin: &StandIn) -> BTreeSet<(String, u64)> {
    let posts = standin.calls_of("chat.postMessage").into_iter();
    let blocks = posts
        .filter(Call::accepted)
        .map(|post| post.args["blocks"].clone());
    blocks.filter_map(|blocks| nag_of(&blocks)).collect()
}

/// The nag whose buttons these are.
fn nag_of(blocks: &Value) -> Option<(String, u64)> {
    let buttons = blocks.as_array()?.iter();
    let mut buttons = buttons.flat_map(|block| block["elements"].as_array().into_iter().flatten());
    buttons.find_map(|button| {
        let value: Value = serde_json::from_str(button["value"].as_str()?).ok()?;
        Some((value["i"].as_str()?.to_owned(), value["n"].as_u64()?))
    })
}

/// Nothing was done twice, and nobody was to be asked after the end. Each nag was `asked` in Slack, or the timeline says
/// that nobody needed it any more.
async fn timeline(
    database: &AnyPool,
    story: &Story,
    asked: &BTreeSet<(String, u64)>,
) -> Vec<String> {
    let mut complaints = vec![];
    let mut parts = story
        .id
        .split('-')
        .skip(1)
        .map(|part| part.parse::<i64>().unwrap());
    let rows =
        sqlx::query("SELECT kind, body FROM timeline WHERE year = $1 AND number = $2 ORDER BY seq")
            .bind(parts.next())
            .bind(parts.next())
            .fetch_all(database)
            .await
            .unwrap();
    let (mut said, mut nags, mut over) = (vec![], BTreeSet::new(), false);
    let mut held_back = BTreeSet::new();
    for row in rows {
        let (kind, body): (String, String) = (row.get(0), row.get(1));
        if kind.starts_with("draft_") {
            continue;
        }
        let mut of_it = marks(&body);
        of_it.dedup();
        said.extend(of_it);
        over |= kind == "resolved";
        if kind == "undelivered" {
            let body: Value = serde_json::from_str(&body).unwrap();
            let event = &body["event"];
            let code = event["code"].as_str().unwrap_or_default();
            let number = event["what"]["number"].as_u64();
            if event["what"]["what"] == "nag" && HELD_BACK.contains(&code) {
                held_back.extend(number);
            }
        }
        if kind == "nagged" {
            let body: Value = serde_json::from_str(&body).unwrap();
            let number = body["event"]["number"].as_u64().unwrap();
            if !nags.insert(number) || over {
                complaints.push(format!("{}: nag {number}, over: {over}", story.id));
            }
        }
    }
    let asked = asked.iter().filter(|(id, _)| *id == story.id);
    let asked: BTreeSet<u64> = asked.map(|(_, number)| *number).collect();
    let unasked: BTreeSet<u64> = nags.difference(&asked).copied().collect();
    if unasked != held_back || !asked.is_subset(&nags) {
        complaints.push(format!(
            "{}: nags on the timeline {nags:?}, of them held back {held_back:?}, in Slack {asked:?}",
            story.id
        ));
    }
    if said != story.said {
        complaints.push(format!(
            "{}: answered {:?}\n  on the timeline {said:?}",
            story.id, story.said
        ));
    }
    complaints
}

/// What a channel shows, for whoever must find out why.
fn everything(channel: &Channel) -> String {
    let lines = channel.messages.iter().map(|message| {
        let reads = message.reads();
        let id = message
            .metadata
            .as_ref()
            .map(|metadata| &metadata["event_payload"]["outbox_id"]);
        format!(
            "    {} {id:?} {}",
            message.ts,
            reads.lines().take(3).collect::<Vec<_>>().join(" ¶ ")
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn is_card(reads: &str) -> bool {
    reads.starts_with("# ")
}

/// The marks in a text, in order: `m0001n00001`.
pub fn marks(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let is_mark = |word: &&str| {
        word.len() == 11
            && word.starts_with('m')
            && word.as_bytes()[5] == b'n'
            && word[1..5]
                .bytes()
                .chain(word[6..].bytes())
                .all(|byte| byte.is_ascii_digit())
    };
    words.filter(is_mark).map(str::to_owned).collect()
}
