//! What people say to the bot in a channel instead of typing a command. Nobody waits for an answer there: whatever the
//! program did not acknowledge, Slack delivers again, at once, after a minute and after five. So a mention whose
//! program was killed is done by the next one, and what was done and not yet acknowledged is not done again.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::Ordering;
use std::time::Duration;

use balefire::standin::Fault;
use sqlx::Row as _;

use crate::evening::{Evening, GLANCE, INCIDENTS, Story};
use crate::oracle;
use crate::program::{until, within};

/// So long after an event Slack has given it up, if nobody acknowledged it.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(390);
/// The incident that is spoken of, apart from those of the crews.
const NTH: usize = 9_999;

/// So many are said even when half of the evening is over.
const MENTIONS_MIN: usize = 8;

/// What became of what was said.
#[derive(Debug, Default)]
pub struct Told {
    pub mentions: usize,
    /// That were delivered more than once.
    pub again: usize,
    /// That no program ever acknowledged.
    pub given_up: usize,
}

impl fmt::Display for Told {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} mentions, {} of them delivered again, {} never acknowledged",
            self.mentions, self.again, self.given_up
        )
    }
}

/// An incident that is spoken of for the first half of the evening. Its story is told as the timeline has it: what came
/// again may have been overtaken.
pub async fn played(evening: &Evening) -> (Story, Told) {
    let house = &evening.house;
    let alice = house.standin.person("U0ALICE");
    let mut story = Story {
        title: format!("Outage t{NTH:04}"),
        severity: "P1",
        ..Story::default()
    };
    let declare = format!("/incident declare P1 {}", story.title);
    story.id = evening.declare(&alice, &declare, &story.title).await;
    let id = story.id.clone();
    let ack = format!("/incident ack {id}");
    evening.give(&alice, &id, &ack, "acknowledged").await;
    let mut said = vec![];
    while said.len() < MENTIONS_MIN || !evening.waning.load(Ordering::SeqCst) {
        let mark = format!("m{NTH:04}n{:05}", said.len() + 1);
        // The incident's own channel may not be there yet.
        let words = format!("<@U0BALEFIRE> note {id} {mark} as I see it");
        // Now and then an acknowledgement is lost: what was kept comes again, perhaps to the next program.
        if said.len() % 2 == 1 {
            house.standin.next("events", Fault::AcceptThenDrop);
        }
        alice.say(INCIDENTS, &words).unwrap();
        within(GLANCE / 2, async || evening.shows(&id, &mark).then_some(())).await;
        said.push(mark);
    }
    // Nobody is asked while it waits for what comes again; a note may come after the end.
    let mark = format!("m{NTH:04}n{:05}", said.len() + 1);
    let resolve = format!("/incident resolve {id} {mark} it works again");
    evening
        .give(&alice, &mark, &resolve, "resolved after")
        .await;
    story.card.insert("summary", mark.clone());
    let told = delivered(evening, said.len()).await;
    said.push(mark);
    story.said = timeline(evening, &id).await;
    let mut sorted = story.said.clone();
    sorted.sort();
    let lost = said.iter().filter(|mark| !sorted.contains(mark)).count();
    assert!(
        lost <= told.given_up && sorted.is_sorted_by(|one, other| one < other),
        "{told:?}\n  said        {said:?}\n  on the timeline {:?}",
        story.said
    );
    (story, told)
}

/// Waits until Slack has delivered every mention, or has given it up.
async fn delivered(evening: &Evening, mentions: usize) -> Told {
    let mut every = tokio::time::interval(Duration::from_millis(200));
    let looking = async {
        loop {
            every.tick().await;
            let mut tries: BTreeMap<String, (u8, bool)> = BTreeMap::new();
            for one in evening.house.standin.delivered() {
                if one.kind == "app_mention" {
                    let (attempts, taken) = tries.entry(one.event_id).or_default();
                    *attempts += 1;
                    *taken |= one.status == Some(200);
                }
            }
            let over = |(attempts, taken): &&(u8, bool)| *taken || *attempts == 4;
            if tries.values().filter(over).count() == mentions {
                return Told {
                    mentions,
                    again: tries.values().filter(|(attempts, _)| *attempts > 1).count(),
                    given_up: tries.values().filter(|(_, taken)| !taken).count(),
                };
            }
        }
    };
    let waiting = tokio::time::timeout(GIVEN_UP_AFTER, looking).await;
    waiting.expect("Slack delivers every mention, or gives it up")
}

/// The marks of an incident's timeline.
async fn timeline(evening: &Evening, id: &str) -> Vec<String> {
    let (year, number) = id["INC-".len()..].split_once('-').unwrap();
    let database = evening.house.database().await;
    let asked = "SELECT body FROM timeline WHERE year = $1 AND number = $2 AND kind NOT LIKE 'draft_%' ORDER BY seq";
    let rows = until("the timeline is read", async || {
        // A program that is only just being killed may keep a database to itself.
        let reading = sqlx::query(asked)
            .bind(year.parse::<i64>().unwrap())
            .bind(number.parse::<i64>().unwrap());
        reading.fetch_all(&database).await.ok()
    })
    .await;
    let of_each = rows.iter().map(|row| {
        let mut of_it = oracle::marks(row.get(0));
        of_it.dedup();
        of_it
    });
    of_each.flatten().collect()
}
