//! A thousand open incidents are to be asked at about the same time, and the program dies in the middle of it: after
//! the restart each of them is asked once and on time. What counts is the timeline, the ledger behind `/incident why`:
//! Slack takes one message a second into the incidents channel, so a thousand cards go before the first question. What
//! has arrived by then has arrived once.

use std::collections::BTreeMap;
use std::time::Duration;

use balefire::clock::Time;
use futures_util::future::join_all;
use sqlx::{AnyPool, Row as _};

use crate::evening::{Evening, Length};
use crate::house::{Engine, House};
use crate::program::until;
use crate::{KILLS, asked_for, oracle, quantiles};

const INCIDENTS: usize = 1_000;
/// Those who declare them.
const HANDS: usize = 10;
/// The program dies when so many have been asked.
const ASKED_BEFORE: usize = 100;
/// What a nag may be late by, the restart included. Usually it is well under a second; a debug build beside other tests on
/// a slow machine took half a minute. Later than this, somebody was forgotten for a while.
const LATE_MAX: Duration = Duration::from_secs(120);
const RULES: &str = r#"
[slack]
channel_per_incident = false

[[severity]]
id = "P0"
name = "Critical"
meaning = "The system is down"
respond_within = "1h"
update_every = "30s"

[nag]
climb_after = "1h"
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_open_incidents_are_asked_on_schedule_after_a_restart() {
    asked(Engine::Sqlite).await;
    if asked_for("KILLS").is_some_and(|kills| kills > KILLS as u64) {
        asked(Engine::Postgres).await;
    }
}

async fn asked(engine: Engine) {
    let house = House::build(engine, RULES).await;
    let resident = house.move_in().await;
    let evening = Evening::new(&house, Length::still(HANDS));
    let people = ["U0ALICE", "U0BOB", "U0DORA"].map(|id| house.standin.person(id));
    let hands = (0..HANDS).map(|hand| {
        let (evening, people) = (&evening, &people);
        async move {
            for nth in (hand..INCIDENTS).step_by(HANDS) {
                let title = format!("Outage t{nth:04}");
                let typed = format!("/incident declare P0 {title}");
                evening
                    .declare(&people[nth % people.len()], &typed, &title)
                    .await;
            }
        }
    });
    join_all(hands).await;
    let database = house.database().await;
    until("the first are asked", async || {
        (nags(&database, 1).await.len() >= ASKED_BEFORE).then_some(())
    })
    .await;
    house.kill(resident);
    let before = nags(&database, 1).await.len();
    let resident = house.move_in().await;
    let first = until("everybody is asked", async || {
        let first = nags(&database, 1).await;
        (first.len() == INCIDENTS).then_some(first)
    })
    .await;
    assert!(before < INCIDENTS, "nobody was left to be asked after it");
    let why = evening.ask(&people[0], "/incident why 1").await;
    assert!(why.contains("*Reminder 1*"), "{why}");
    house.kill(resident);

    let mut late = vec![];
    for (incident, times) in &first {
        let [late_by] = times[..] else {
            panic!(
                "incident {incident} was asked for the first time {} times",
                times.len()
            );
        };
        late.push(late_by);
    }
    late.sort();
    println!(
        "{engine:?}: {INCIDENTS} incidents, {before} asked before the restart; late by {}, at most {} ms; {} messages in Slack",
        quantiles(&late),
        late[INCIDENTS - 1].as_millis(),
        oracle::shown(&house.standin).len(),
    );
    assert!(
        late[INCIDENTS - 1] <= LATE_MAX,
        "late by {:?}",
        late[INCIDENTS - 1]
    );
    assert_eq!(oracle::doubled(&house.standin), [""; 0]);
}

/// How late each incident was asked for the nth time, by its number.
async fn nags(database: &AnyPool, nth: u64) -> BTreeMap<i64, Vec<Duration>> {
    let rows = sqlx::query("SELECT number, body FROM timeline WHERE kind = 'nagged'")
        .fetch_all(database)
        .await
        .unwrap_or_default();
    let mut nags: BTreeMap<i64, Vec<Duration>> = BTreeMap::new();
    for row in rows {
        let (number, body): (i64, String) = (row.get(0), row.get(1));
        let entry: serde_json::Value = serde_json::from_str(&body).unwrap();
        if entry["event"]["number"] != nth {
            continue;
        }
        let time = |value: &serde_json::Value| -> Time {
            serde_json::from_value(value.clone()).expect("a time")
        };
        let late = time(&entry["at"]) - time(&entry["event"]["due"]);
        let late = late.to_std().expect("nobody is asked too early");
        nags.entry(number).or_default().push(late);
    }
    nags
}
