//! Two versions on one Postgres. Replicas are replaced one after the other while people go on working, and what an
//! older one finds that only a newer one knows, it leaves to that.
//!
//! There is only one version in this tree. `BALEFIRE_TEST_OLDER=PATH` names a program built from an earlier commit;
//! docs/delivery.md says with which one that was done. Without it a newer version is played by a hand with a SQL
//! prompt: its migration, its columns, and its words in incidents, timelines and outbox.

use std::collections::VecDeque;
use std::process::Stdio;
use std::sync::atomic::Ordering;

use balefire::standin::Fault;
use serde_json::Value;
use sqlx::{AnyPool, Executor as _};

use crate::evening::{Evening, INCIDENTS, Length, RULES};
use crate::house::{Engine, House, Resident};
use crate::program::until;
use crate::sdks::QUIET;
use crate::{LULL, asked_for, moment, oracle, seed};

const REPLICAS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replaced_one_after_the_other_nothing_is_lost_or_doubled() {
    let house = House::build(Engine::Postgres, RULES).await;
    house.standin.misbehave(None, Fault::Slow { ms: 150 }, None);
    let mut older = vec![];
    for _ in 0..REPLICAS {
        older.push(house.move_in_older().await);
    }
    let length = Length {
        incidents_at_once: 4,
        orders_per_incident: 16,
        answers: 0,
        unhurried: true,
    };
    let evening = Evening::new(&house, length);
    let mut newer = vec![];
    let (stories, served) = tokio::join!(
        evening.play(seed()),
        roll_out(&evening, older, &mut newer, seed())
    );
    let database = house.database().await;
    oracle::at_rest(&database).await;
    let seen = oracle::compare(&house, &stories).await;
    println!(
        "{served:?} requests to the older and the newer while both served; {seen}; {} answers, {} that never came",
        evening.answers.load(Ordering::SeqCst),
        evening.unanswered.load(Ordering::SeqCst),
    );
    assert!(served.0 > 0 && served.1 > 0, "{served:?}");
}

/// A newer one comes before an older one goes, by SIGTERM or SIGKILL, and newer ones are killed in between. Returns how
/// many requests each version was sent while both were there.
async fn roll_out(
    evening: &Evening,
    older: Vec<Resident>,
    newer: &mut Vec<Resident>,
    seed: u64,
) -> (usize, usize) {
    let mut chance = fastrand::Rng::with_seed(!seed);
    let house = &evening.house;
    let kills_between = asked_for("KILLS").map_or(1, |kills| kills / 10);
    let mut served = (0, 0);
    let mut older = VecDeque::from(older);
    let by_older = |older: &VecDeque<Resident>| -> usize {
        older.iter().map(|one| house.served_by(one)).sum()
    };
    while !older.is_empty() {
        newer.push(house.move_in().await);
        let before = by_older(&older);
        let mut by_newer = 0;
        for _ in 0..kills_between {
            moment(evening, chance.u64(6..24), LULL).await;
            let victim = newer.remove(chance.usize(0..newer.len()));
            by_newer += house.served_by(&victim);
            house.kill(victim);
            newer.push(house.move_in().await);
        }
        moment(evening, chance.u64(12..36), LULL).await;
        served.0 += by_older(&older) - before;
        served.1 += by_newer + house.served_by(newer.last().expect("one has come"));
        let goes = older.pop_front().expect("there is one left");
        match older.len() {
            1 => house.kill(goes),
            _ => house.retire(goes).await,
        }
    }
    moment(evening, 12, LULL).await;
    evening.quiet.store(true, Ordering::SeqCst);
    served
}

/// What a newer version's migration does: it only adds (`tests/tidy/schema.rs`).
const NEWER_TABLES: &str = "
    ALTER TABLE incidents ADD COLUMN newer TEXT;
    ALTER TABLE timeline ADD COLUMN newer TEXT;
    ALTER TABLE outbox ADD COLUMN newer BIGINT NOT NULL DEFAULT 0;
    ALTER TABLE lanes ADD COLUMN newer TEXT;
    ALTER TABLE pacing ADD COLUMN newer TEXT;
    ALTER TABLE inbox ADD COLUMN newer TEXT;
    ALTER TABLE typed ADD COLUMN newer TEXT;
    CREATE TABLE newer (id TEXT PRIMARY KEY);
    INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (9999, 'newer', true, '\\x00'::bytea, 0);
";

/// Something new about the first incident, a state of the second one that did not exist before, a new kind of event on
/// the third one's timeline, and a new kind of message, which nobody has taken yet, in the first one's lane.
const NEWER_WORDS: &str = r#"
    UPDATE incidents SET body = REPLACE(body, '{"id"', '{"newer":["one"],"id"') WHERE number = 1;
    UPDATE incidents SET body = REPLACE(body, '"is":"open"', '"is":"newer"'), next_wake_at = 0 WHERE number = 2;
    INSERT INTO timeline (team, year, number, seq, at, kind, body)
    SELECT team, year, number, MAX(seq) + 1, MAX(at), 'newer', '{"at":"newer"}'
      FROM timeline WHERE number = 3 GROUP BY team, year, number;
    INSERT INTO outbox (id, team, lane, seq, rank, incident_year, incident_number, kind, body, state, attempts,
                        not_before, created_at)
    SELECT '00000000-0000-7000-8000-000000000000', team, lane, MAX(seq) + 1, 0, incident_year, incident_number, 'newer',
           '{"task":"newer","of":{}}', 'pending', 0, 0, MAX(created_at) - 120000
      FROM outbox WHERE incident_number = 1 GROUP BY team, lane, incident_year, incident_number;
    INSERT INTO lanes (lane, head, rank, next_at, since)
    SELECT lane, id, rank, not_before, created_at FROM outbox WHERE kind = 'newer';
"#;

/// The newer version sends its message, and says so as every version does.
const NEWER_SENDS: &str = "
    UPDATE outbox SET state = 'sent', sent_at = created_at, done_at = created_at WHERE kind = 'newer';
    UPDATE lanes SET head = (SELECT id FROM outbox WHERE outbox.lane = lanes.lane AND done_at IS NULL
                              ORDER BY rank, seq LIMIT 1), next_at = 0
     WHERE head = '00000000-0000-7000-8000-000000000000';
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_a_newer_version_knows_is_left_to_it() {
    let house = House::build(Engine::Postgres, QUIET).await;
    let older = house.move_in_older().await;
    let evening = Evening::new(&house, Length::still(1));
    let alice = house.standin.person("U0ALICE");
    let mut ids = vec![];
    for title in ["Outage t0001", "Outage t0002", "Outage t0003"] {
        let declare = format!("/incident declare P3 {title}");
        ids.push(evening.declare(&alice, &declare, title).await);
    }
    let database = house.database().await;
    oracle::at_rest(&database).await;
    let hand = async |sql: &'static str| {
        database.execute(sqlx::raw_sql(sql)).await.unwrap();
    };
    hand(NEWER_TABLES).await;
    hand(NEWER_WORDS).await;
    let foreign = body(&database, 2).await;
    let note = async |nth: usize, mark: &str| {
        let typed = format!("/incident note {} {mark}", ids[nth]);
        evening.give(&alice, mark, &typed, "Note added").await;
    };
    let shows = |mark: &str| {
        let world = house.standin.with(|world| format!("{:?}", world.channels));
        world.contains(mark)
    };

    // It serves: what it knows wholly, and what it knows in part.
    note(2, "m0003n00001").await;
    note(0, "m0001n00001").await;
    let title = "Outage t0004";
    let declare = format!("/incident declare P3 {title}");
    evening.declare(&alice, &declare, title).await;
    until("the third incident's note is told", async || {
        shows("m0003n00001").then_some(())
    })
    .await;
    assert_eq!(body(&database, 1).await["newer"][0], "one");

    // What it cannot read it says so of, and leaves as it is: the message keeps its place in its lane.
    let says = async |complaint: &str| {
        until(complaint, async || {
            older.program.log().contains(complaint).then_some(())
        })
        .await;
    };
    says("this outbox row cannot be read, and its lane waits").await;
    says("an incident could not be woken").await;
    says("another version of Balefire has written what this one does not know").await;
    assert!(!shows("m0001n00001"), "it overtook what is not sent yet");
    let typed = format!("/incident note {} m0002n00001", ids[1]);
    let answer = alice.slash(INCIDENTS, &typed).await.reads();
    assert!(answer.starts_with("Nothing was recorded"), "{answer}");
    assert_eq!(body(&database, 2).await, foreign);
    let answer = alice.slash(INCIDENTS, "/incident list").await.reads();
    let missing = format!("Not shown: {}.", ids[1]);
    assert!(
        answer.contains(&missing) && answer.contains("Outage t0004"),
        "{answer}"
    );
    let timeline = format!("/incident timeline {}", ids[2]);
    let answer = alice.slash(INCIDENTS, &timeline).await.reads();
    assert!(answer.starts_with("Nothing was recorded"), "{answer}");

    // The newer one does what is its own, and the lane goes on.
    hand(NEWER_SENDS).await;
    until("the first incident's note is told", async || {
        shows("m0001n00001").then_some(())
    })
    .await;
    assert_eq!(oracle::doubled(&house.standin), [""; 0]);

    // One that would start now is refused, in one line.
    let mut command = house.older();
    let refused = tokio::task::spawn_blocking(move || command.stdout(Stdio::null()).output());
    let refused = refused.await.unwrap().unwrap();
    assert!(!refused.status.success());
    let complaint = String::from_utf8(refused.stderr).unwrap();
    assert!(
        complaint.contains("a newer Balefire has written this database"),
        "{complaint}"
    );
    assert!(older.program.get("/readyz").await.unwrap().0 == 200);
}

async fn body(database: &AnyPool, number: i64) -> Value {
    let body: String = sqlx::query_scalar("SELECT body FROM incidents WHERE number = $1")
        .bind(number)
        .fetch_one(database)
        .await
        .unwrap();
    serde_json::from_str(&body).unwrap()
}
