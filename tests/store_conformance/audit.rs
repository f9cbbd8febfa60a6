//! What the auditor asks. Each finding is made by a hand with a SQL prompt, because no statement of ours can.

use chrono::Duration;
use sqlx::{AnyConnection, Executor as _, Row as _};

use crate::samples::*;
use crate::{Database, on_each_engine_by_hand};
use balefire::domain::event::Event;
use balefire::ids::{IncidentId, TeamId};
use balefire::store::{Lane, Store};

/// Three incidents, one of them finished, with two entries each.
async fn three(database: &Database) -> (Store, AnyConnection) {
    let store = database.open().await;
    for name in ["INC-2026-001", "INC-2026-002"] {
        declare(
            &store,
            name,
            &[declaration("Down", 900), by("UBOB", 1, note("hm"))],
        )
        .await;
    }
    let finished = [
        declaration("Over", 900),
        by("UBOB", 1, Event::Resolved { summary: None }),
    ];
    declare(&store, "INC-2026-003", &finished).await;
    let mut raw = database.raw().await;
    // What the schema itself refuses must be possible to provoke.
    let off = match raw.backend_name() {
        "SQLite" => "PRAGMA ignore_check_constraints = ON",
        _ => "ALTER TABLE incidents DROP CONSTRAINT only_the_open_are_woken",
    };
    raw.execute(off).await.unwrap();
    (store, raw)
}

fn names(found: Vec<(TeamId, IncidentId)>) -> Vec<String> {
    found.iter().map(|(_, id)| id.to_string()).collect()
}

async fn an_open_incident_that_nothing_wakes_is_found(database: Database) {
    let (store, mut raw) = three(&database).await;
    let latest = at(901);
    assert!(store.unwatched_incidents(latest).await.unwrap().is_empty());
    raw.execute("UPDATE incidents SET next_wake_at = NULL WHERE number = 1")
        .await
        .unwrap();
    assert_eq!(
        names(store.unwatched_incidents(latest).await.unwrap()),
        ["INC-2026-001"]
    );
    assert_eq!(
        names(store.unwatched_incidents(at(899)).await.unwrap()),
        ["INC-2026-001", "INC-2026-002"],
        "a wake-up that far ahead is none"
    );
}

async fn an_incident_that_nobody_woke_is_found(database: Database) {
    let (store, _) = three(&database).await;
    assert!(store.wakes_due_before(at(900)).await.unwrap().is_empty());
    assert_eq!(
        names(store.wakes_due_before(at(901)).await.unwrap()),
        ["INC-2026-001", "INC-2026-002"],
        "the finished one wants nothing"
    );
    assert_eq!(store.incidents_open().await.unwrap(), 2);
}

async fn a_row_that_waits_too_long_is_found(database: Database) {
    let (store, _) = three(&database).await;
    enqueue(&store, "C1", &[tell("first"), tell("second")], 0).await;
    enqueue(&store, "C2", &[tell("other")], 10).await;
    assert!(
        store
            .rows_waiting_since_before(at(0))
            .await
            .unwrap()
            .is_empty()
    );
    let found = store.rows_waiting_since_before(at(1)).await.unwrap();
    assert_eq!(found.len(), 1, "what waits behind it waits for it");
    assert_eq!(found[0].since, at(0));
    assert!(found[0].lane.contains("C1"), "{found:?}");
    let found = store.rows_waiting_since_before(at(11)).await.unwrap();
    assert_eq!(found.len(), 2);

    let claimed = take(&store, at(20), Duration::seconds(60), 9).await;
    assert_eq!(claimed.len(), 2);
    assert_eq!(
        store.rows_waiting_since_before(at(30)).await.unwrap().len(),
        0,
        "what is in flight does not wait"
    );
    assert!(
        store
            .rows_abandoned_before(at(80))
            .await
            .unwrap()
            .is_empty()
    );
    let abandoned = store.rows_abandoned_before(at(81)).await.unwrap();
    assert_eq!(abandoned.len(), 2);
    assert_eq!(abandoned[0].since, at(80), "when its lease ran out");
    assert_eq!(abandoned[0].attempts, 1);
}

async fn a_row_that_no_lane_leads_to_is_found(database: Database) {
    let (store, mut raw) = three(&database).await;
    enqueue(&store, "C1", &[tell("first"), tell("second")], 0).await;
    enqueue(&store, "C2", &[tell("other")], 0).await;
    assert_eq!(store.rows_stranded().await.unwrap(), []);
    raw.execute("DELETE FROM lanes WHERE lane = 'T1/C1'")
        .await
        .unwrap();
    let found = store.rows_stranded().await.unwrap();
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|row| row.lane == "T1/C1"), "{found:?}");
    raw.execute("UPDATE lanes SET head = 'nothing'")
        .await
        .unwrap();
    assert_eq!(store.rows_stranded().await.unwrap().len(), 3);
    // Whatever comes next finds the lane anew.
    enqueue(&store, "C1", &[tell("third")], 1).await;
    assert_eq!(store.rows_stranded().await.unwrap().len(), 1);
    // And so does whoever looks after them.
    store.mend_lanes(&["T1/C2".into()]).await.unwrap();
    assert_eq!(store.rows_stranded().await.unwrap(), []);
    assert_eq!(take(&store, at(1), Duration::seconds(60), 9).await.len(), 2);
}

async fn a_gap_in_a_timeline_is_found(database: Database) {
    let (store, mut raw) = three(&database).await;
    let team = team();
    assert_eq!(store.highest_number(&team).await.unwrap(), 3);
    let all = || store.torn_timelines(&team, 0..200);
    assert!(all().await.unwrap().is_empty());
    raw.execute("DELETE FROM timeline WHERE number = 1 AND seq = 1")
        .await
        .unwrap();
    assert_eq!(names(all().await.unwrap()), ["INC-2026-001"]);
    raw.execute("DELETE FROM timeline WHERE number = 3")
        .await
        .unwrap();
    assert_eq!(
        names(all().await.unwrap()),
        ["INC-2026-001", "INC-2026-003"],
        "a timeline that is gone is torn, too, and so is that of a finished incident"
    );
    let others = store.torn_timelines(&team, 2..3).await.unwrap();
    assert!(others.is_empty());
}

async fn a_gap_in_a_timeline_that_moves_is_found_at_once(database: Database) {
    let (store, mut raw) = three(&database).await;
    for name in ["INC-2026-001", "INC-2026-002"] {
        let mut tx = store.begin().await.unwrap();
        let lane = Lane::incident(&team(), &id(name));
        tx.enqueue(&team(), &lane, Some(id(name)), &[tell("moved")], at(50))
            .unwrap();
        tx.commit().await.unwrap();
    }
    raw.execute("DELETE FROM timeline WHERE number <> 1 AND seq = 1")
        .await
        .unwrap();
    assert_eq!(
        names(store.torn_timelines_told_since(at(50)).await.unwrap()),
        ["INC-2026-002"]
    );
    assert!(
        store
            .torn_timelines_told_since(at(51))
            .await
            .unwrap()
            .is_empty(),
        "nothing moved since"
    );
}

async fn a_sign_is_kept_each_time(database: Database) {
    let (store, mut raw) = three(&database).await;
    for seconds in [0, 60] {
        store.keep_a_sign(at(seconds)).await.unwrap();
        let kept = raw.fetch_one("SELECT at FROM inbox").await.unwrap();
        assert_eq!(kept.get::<i64, _>("at"), at(seconds).timestamp_millis());
    }
}

on_each_engine_by_hand! {
    a_sign_is_kept_each_time
    an_open_incident_that_nothing_wakes_is_found
    an_incident_that_nobody_woke_is_found
    a_row_that_waits_too_long_is_found
    a_row_that_no_lane_leads_to_is_found
    a_gap_in_a_timeline_is_found
    a_gap_in_a_timeline_that_moves_is_found_at_once
}
