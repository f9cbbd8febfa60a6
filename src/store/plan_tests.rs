//! The statements that run every second or minute read an index and never the table, whatever it has grown to.

use sqlx::{AssertSqlSafe, Row as _};

use super::audit::{
    ABANDONED_ROWS, HIGHEST_NUMBER, INCIDENTS_OPEN, OLD_ROWS, OVERDUE_WAKES, STRANDED_ROWS,
    TORN_OF_RECENT, TORN_OF_STRETCH, UNWATCHED, WOKEN_TOO_LATE,
};
use super::dialect::Engine;
use super::incidents::{BY_CARD, BY_CHANNEL, NEXT_WAKES};
use super::lanes::{DROP, OUTLOOK, SET};
use super::outbox::{BEHIND, DEPTH, DUE, ENQUEUE};
use super::{Store, dialect};

async fn plan(store: &Store, statement: &str) -> String {
    let mut connection = store.reader().await.unwrap();
    let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}")))
        .fetch_all(&mut *connection)
        .await
        .unwrap();
    let lines: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
    lines.join("\n")
}

#[tokio::test]
async fn what_runs_again_and_again_reads_an_index() {
    let store = Store::open("sqlite::memory:").await.unwrap();
    let on = |text: dialect::Text| text.on(Engine::Sqlite);
    for (statement, indexes) in [
        (NEXT_WAKES, vec!["incidents_due"]),
        (on(DUE), vec!["lanes_due", "sqlite_autoindex_outbox_1"]),
        (BY_CHANNEL, vec!["incidents_by_channel"]),
        (BY_CARD, vec!["incidents_by_card"]),
        (OUTLOOK, vec!["lanes_due", "sqlite_autoindex_pacing_1"]),
        (DEPTH, vec!["outbox_undone"]),
        (BEHIND, vec!["INDEX outbox_undone (lane=? AND rank=?)"]),
        (on(ENQUEUE), vec!["COVERING INDEX outbox_order (lane=?)"]),
        (SET, vec!["INDEX outbox_undone (lane=? AND rank=?)"]),
        (DROP, vec!["INDEX outbox_undone (lane=? AND rank=?)"]),
        (UNWATCHED, vec!["incidents_unwatched"]),
        (WOKEN_TOO_LATE, vec!["incidents_due"]),
        (OVERDUE_WAKES, vec!["incidents_due"]),
        (INCIDENTS_OPEN, vec!["incidents_due"]),
        (HIGHEST_NUMBER, vec!["incidents_by_number"]),
        (OLD_ROWS, vec!["lanes_due", "sqlite_autoindex_outbox_1"]),
        (ABANDONED_ROWS, vec!["outbox_leases"]),
        (
            STRANDED_ROWS,
            vec!["outbox_undone", "sqlite_autoindex_lanes_1"],
        ),
        (
            TORN_OF_STRETCH,
            vec!["incidents_by_number", "sqlite_autoindex_timeline_1"],
        ),
        (
            TORN_OF_RECENT,
            vec!["sqlite_autoindex_outbox_1", "sqlite_autoindex_timeline_1"],
        ),
    ] {
        let plan = plan(&store, statement).await;
        for index in indexes {
            assert!(
                plan.contains(index),
                "{index} is missing in\n{plan}\nof {statement}"
            );
        }
        let reads_a_table = plan
            .lines()
            .any(|line| line.contains("SCAN outbox") && !line.contains("USING"));
        assert!(!reads_a_table, "{plan}\nof {statement}");
        // These two are read to their end: nothing is in the one, and the other is counted.
        let small = ["INDEX incidents_unwatched", "COVERING INDEX incidents_due"];
        let reads_incidents = plan.lines().any(|line| {
            line.contains("SCAN incidents") && !small.iter().any(|index| line.contains(index))
        });
        assert!(!reads_incidents, "{plan}\nof {statement}");
    }
}
