//! The statements that run every second read an index and never the table, whatever it has grown to.

use sqlx::{AssertSqlSafe, Row as _};

use super::dialect::Engine;
use super::incidents::DUE_WAKES;
use super::outbox::{HEADS, NEXT_AT, OVERDUE};
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
async fn what_runs_every_second_reads_an_index() {
    let store = Store::open("sqlite::memory:").await.unwrap();
    let on = |text: dialect::Text| text.on(Engine::Sqlite);
    for (statement, indexes) in [
        (DUE_WAKES, vec!["incidents_due"]),
        (on(OVERDUE), vec!["outbox_leases"]),
        (
            on(HEADS),
            vec!["outbox_due", "outbox_in_flight", "outbox_heads"],
        ),
        (NEXT_AT, vec!["outbox_in_flight", "outbox_heads"]),
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
        assert!(!plan.contains("SCAN incidents"), "{plan}\nof {statement}");
    }
}
