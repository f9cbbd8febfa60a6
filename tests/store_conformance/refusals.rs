//! What the schema refuses, and what the store says of rows that somebody changed by hand.

use std::io;
use std::sync::{Arc, Mutex};

use metrics_exporter_prometheus::PrometheusBuilder;
use sqlx::{AnyConnection, Executor as _};
use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::samples::*;
use crate::{Database, on_each_engine_by_hand};
use balefire::logs::{self, LogFormat};
use balefire::store::{ListFilter, ReportKey, Store, Unreadable};

on_each_engine_by_hand! {
    impossible_rows_are_refused
    rows_changed_by_hand_are_complained_about
    an_unreadable_task_stops_no_other
    what_a_newer_version_says_of_an_incident_stays_with_it
    an_unreadable_incident_hides_no_other
}

/// An open and a finished incident, one row in flight, one pending, one sent, a report.
async fn filled(database: &Database) -> (Store, AnyConnection) {
    use balefire::domain::event::Event;
    use balefire::ids::SeverityId;
    use balefire::store::{Report, ReportState};
    use chrono::Duration;

    let store = database.open().await;
    declare(
        &store,
        "INC-2026-001",
        &[declaration("Open", 900), by("UBOB", 1, note("hm"))],
    )
    .await;
    let finished = [
        declaration("Finished", 900),
        by("UBOB", 1, Event::Resolved { summary: None }),
    ];
    declare(&store, "INC-2026-002", &finished).await;
    enqueue(
        &store,
        "C1",
        &[tell("sent"), tell("in flight"), tell("pending")],
        0,
    )
    .await;
    let rows = take(&store, at(1), Duration::seconds(60), 9).await;
    let mut tx = store.begin().await.unwrap();
    tx.mark_sent(&rows[0], Some((&channel("C1"), &ts("1.000100"))), at(1))
        .await
        .unwrap();
    let key = ReportKey {
        team: team(),
        channel: channel("C1"),
        ts: ts("1.000100"),
    };
    let report = Report {
        key,
        author: user("UALICE"),
        text: "down".into(),
        title_guess: "Down".into(),
        severity_guess: SeverityId::new("P0"),
        heard_at: at(0),
        offer: None,
        state: ReportState::Offered,
    };
    assert!(tx.insert_report(&report).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(take(&store, at(1), Duration::seconds(60), 9).await.len(), 1);
    (store, database.raw().await)
}

async fn impossible_rows_are_refused(database: Database) {
    let (_store, mut raw) = filled(&database).await;
    let open = "WHERE number = 1";
    let finished = "WHERE number = 2";
    let cases = [
        ("incidents SET next_wake_at = NULL", open),
        ("incidents SET next_wake_at = 1", finished),
        ("incidents SET finished_at = 1", open),
        ("incidents SET finished_at = NULL", finished),
        ("incidents SET status = 'resolved'", open),
        ("incidents SET status = 'identified'", finished),
        ("incidents SET status = 'merry'", open),
        ("incidents SET card_ts = '1.000100'", open),
        ("incidents SET revision = 0", open),
        ("incidents SET number = 0", open),
        ("incidents SET number = 2", open),
        ("timeline SET seq = 0", "WHERE number = 1 AND seq = 1"),
        ("timeline SET seq = 2", "WHERE number = 1 AND seq = 1"),
        ("timeline SET number = 9", "WHERE number = 1"),
        ("timeline SET body = NULL", "WHERE number = 1"),
        ("outbox SET state = 'pending'", "WHERE state = 'sending'"),
        ("outbox SET state = 'sending'", "WHERE state = 'pending'"),
        (
            "outbox SET state = 'sending', sent_at = 1, lease_until = 1",
            "WHERE state = 'pending'",
        ),
        ("outbox SET state = 'lost'", "WHERE state = 'pending'"),
        ("outbox SET lease_until = NULL", "WHERE state = 'sending'"),
        (
            "outbox SET lease_until = sent_at - 1",
            "WHERE state = 'sending'",
        ),
        ("outbox SET sent_at = NULL", "WHERE state = 'sending'"),
        ("outbox SET done_at = 1", "WHERE state = 'pending'"),
        ("outbox SET done_at = NULL", "WHERE state = 'sent'"),
        ("outbox SET channel = NULL", "WHERE state = 'sent'"),
        (
            "outbox SET channel = 'C1', ts = '1.000100'",
            "WHERE state = 'pending'",
        ),
        (
            "outbox SET state = 'given_up', done_at = 1",
            "WHERE state = 'pending'",
        ),
        ("outbox SET slot = 'card'", "WHERE state = 'pending'"),
        ("outbox SET rank = 1", "WHERE state = 'pending'"),
        (
            "outbox SET rank = 2, slot = 'card'",
            "WHERE state = 'pending'",
        ),
        ("outbox SET seq = 1", "WHERE state = 'pending'"),
        ("outbox SET attempts = -1", "WHERE state = 'pending'"),
        ("outbox SET incident_year = 2026", "WHERE state = 'pending'"),
        (
            "outbox SET incident_year = 2026, incident_number = 9",
            "WHERE state = 'pending'",
        ),
        ("reports SET state = 'declared'", ""),
        ("reports SET state = 'dismissed', settled_by = 'U1'", ""),
        ("reports SET settled_by = 'U1', settled_at = 1", ""),
        (
            "reports SET state = 'declared', settled_by = 'U1', settled_at = 1",
            "",
        ),
        (
            "reports SET state = 'declared', settled_by = 'U1', settled_at = 1, incident_year = 2026, incident_number = 9",
            "",
        ),
        (
            "reports SET state = 'dismissed', settled_by = 'U1', settled_at = 1, incident_year = 2026, incident_number = 1",
            "",
        ),
        ("reports SET state = 'maybe'", ""),
    ];
    for (change, rows) in cases {
        let statement = format!("UPDATE {change} {rows}");
        match raw.execute(sqlx::AssertSqlSafe(statement.clone())).await {
            Ok(done) => panic!("{statement} changed {} rows", done.rows_affected()),
            Err(error) => assert!(error.as_database_error().is_some(), "{statement}: {error}"),
        }
    }
    // The cases are refused for what they say: the same rows take a change that makes sense.
    for (statement, rows) in [
        ("UPDATE incidents SET next_wake_at = 1 WHERE number = 1", 1),
        ("UPDATE incidents SET finished_at = 1 WHERE number = 2", 1),
        (
            "UPDATE timeline SET seq = 3 WHERE number = 1 AND seq = 1",
            1,
        ),
        (
            "UPDATE outbox SET lease_until = lease_until + 1 WHERE state = 'sending'",
            1,
        ),
        (
            "UPDATE outbox SET incident_year = 2026, incident_number = 1 WHERE state = 'pending'",
            1,
        ),
        (
            "UPDATE outbox SET rank = 1, slot = 'card' WHERE state = 'pending'",
            1,
        ),
        (
            "UPDATE outbox SET channel = NULL, ts = NULL WHERE state = 'sent'",
            1,
        ),
        (
            "UPDATE outbox SET state = 'given_up', done_at = 1, last_error = 'e' WHERE state = 'pending'",
            1,
        ),
        (
            "UPDATE reports SET state = 'declared', settled_by = 'U1', settled_at = 1, incident_year = 2026, incident_number = 1",
            1,
        ),
    ] {
        assert_eq!(
            raw.execute(statement).await.unwrap().rows_affected(),
            rows,
            "{statement}"
        );
    }
}

async fn rows_changed_by_hand_are_complained_about(database: Database) {
    let cases = [
        (
            "UPDATE incidents SET title = 'Other' WHERE number = 1",
            "table incidents, row T1 2026 1, column body:",
        ),
        (
            "UPDATE incidents SET body = '{' WHERE number = 1",
            "table incidents, row T1 2026 1, column body:",
        ),
        (
            "UPDATE incidents SET next_wake_at = 1 WHERE number = 1",
            "table incidents, row T1 2026 1, column body:",
        ),
        (
            "UPDATE timeline SET kind = 'closed' WHERE number = 1 AND seq = 2",
            "table timeline, row T1 2026 1 2, column body:",
        ),
        (
            "DELETE FROM timeline WHERE number = 1 AND seq = 1",
            "table timeline, row T1 2026 1 2, column seq: 1 should stand here",
        ),
        (
            "UPDATE reports SET heard_at = 9223372036854775807",
            "table reports, row T1 C1 1.000100, column heard_at:",
        ),
    ];
    for (statement, expected) in cases {
        let database = database.another().await;
        let (store, mut raw) = filled(&database).await;
        assert_eq!(
            raw.execute(statement).await.unwrap().rows_affected(),
            1,
            "{statement}"
        );
        let key = ReportKey {
            team: team(),
            channel: channel("C1"),
            ts: ts("1.000100"),
        };
        let complaints: Vec<_> = [
            store.incident(&team(), &id("INC-2026-001")).await.err(),
            store.timeline(&team(), &id("INC-2026-001")).await.err(),
            store.report(&key).await.err(),
        ]
        .into_iter()
        .flatten()
        .map(|complaint| format!("{complaint:#}"))
        .collect();
        assert_eq!(complaints.len(), 1, "{statement}: {complaints:?}");
        assert!(
            complaints[0].contains(expected),
            "{statement}: {complaints:?}"
        );
    }
}

async fn an_unreadable_task_stops_no_other(database: Database) {
    use chrono::Duration;

    let store = database.open().await;
    enqueue(&store, "C1", &[tell("bad"), tell("good")], 0).await;
    enqueue(&store, "C2", &[tell("other")], 0).await;
    let mut raw = database.raw().await;
    raw.execute("UPDATE outbox SET body = 'ruined' WHERE lane = 'T1/C1' AND seq = 1")
        .await
        .unwrap();
    let recorder = PrometheusBuilder::new().build_recorder();
    let metrics = recorder.handle();
    let _counting = metrics::set_default_local_recorder(&recorder);
    let log = Log::default();
    let written = log.clone();
    let subscriber = logs::subscriber(
        Targets::new().with_target("balefire", LevelFilter::ERROR),
        LogFormat::Text,
        false,
        move || written.clone(),
    );
    let _logging = tracing::subscriber::set_default(subscriber);

    let lease = Duration::days(2);
    let texts = async |seconds| {
        let mut texts = vec![];
        for _ in 0..2 {
            let rows = take(&store, at(seconds), lease, 9).await;
            texts.extend(rows.iter().map(|row| said(&row.task)));
        }
        texts
    };
    // Perhaps a newer version can read it: its lane waits, at first not for long, so that whoever can gets to it.
    assert_eq!(texts(1).await, ["other"]);
    assert_eq!(next_at(&store).await, Some(at(2)));
    assert_eq!(log.lines(), [""; 0], "whoever can has had no time yet");
    assert_eq!(texts(60).await, [""; 0]);
    assert_eq!(next_at(&store).await, Some(at(120)));
    assert_eq!(texts(86_399).await, [""; 0]);
    assert!(!metrics.render().contains("unreadable_row"));
    assert_eq!(texts(86_460).await, ["good"]);
    let given_up = "balefire_give_ups_total{code=\"unreadable_row\"} 1\n";
    assert!(metrics.render().contains(given_up), "{}", metrics.render());
    let lines = log.lines();
    let (waits, gone) = ("cannot be read, and its lane waits", "given up after a day");
    for (line, words) in lines.iter().zip([waits, waits, waits, gone]) {
        assert!(line.contains(words), "{lines:#?}");
        let names_it = line.contains("lane=\"T1/C1\"") && line.contains("outbox_id=\"");
        assert!(names_it, "{lines:#?}");
    }
    assert_eq!(lines.len(), 4, "{lines:#?}");
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn lines(&self) -> Vec<String> {
        let bytes = self.0.lock().unwrap();
        let text = std::str::from_utf8(&bytes).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn what_a_newer_version_says_of_an_incident_stays_with_it(database: Database) {
    let store = database.open().await;
    let declared = [declaration("Down", 900)];
    let before = declare(&store, "INC-2026-001", &declared).await;
    let mut raw = database.raw().await;
    let newer =
        "UPDATE incidents SET body = REPLACE(REPLACE(body, '{\"id\"', '{\"new\":[1],\"id\"'),
                        '\"watch\":{', '\"watch\":{\"new\":\"two\",')";
    raw.execute(newer).await.unwrap();

    let mut tx = store.begin().await.unwrap();
    let read = tx.incident(&team(), &before.incident.id).await.unwrap();
    let read = read.unwrap();
    assert_eq!(read, before);
    let entry = by("UBOB", 1, note("hm"));
    let after = read.incident.after(&entry);
    tx.save_incident(&team(), &after, read.revision, &[entry])
        .unwrap();
    tx.commit().await.unwrap();

    let saved = store.incident(&team(), &after.id).await.unwrap().unwrap();
    assert_eq!((saved.incident, saved.revision), (after, 2));
    let body: String = sqlx::query_scalar("SELECT body FROM incidents")
        .fetch_one(&mut raw)
        .await
        .unwrap();
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["new"], serde_json::json!([1]));
    assert_eq!(body["status"]["watch"]["new"], "two");
}

async fn an_unreadable_incident_hides_no_other(database: Database) {
    let (store, mut raw) = filled(&database).await;
    raw.execute("UPDATE incidents SET body = '{}' WHERE number = 1")
        .await
        .unwrap();
    let listing = store.list(&team(), ListFilter::All, 9).await.unwrap();
    assert_eq!(listing.unreadable, [id("INC-2026-001")]);
    let read: Vec<_> = listing
        .incidents
        .iter()
        .map(|saved| saved.incident.id)
        .collect();
    assert_eq!(read, [id("INC-2026-002")]);

    // Nor from whoever asks for several.
    let mut tx = store.begin().await.unwrap();
    let team = team();
    let names = ["INC-2026-002", "INC-2026-001", "INC-2026-003"].map(|name| (&team, id(name)));
    let read = tx.incidents_as_they_are(&names).await.unwrap();
    let [Ok(Some(other)), Err(error), Ok(None)] = &read[..] else {
        panic!("{read:?}");
    };
    assert_eq!(other, &listing.incidents[0]);
    assert!(Unreadable::caused(error), "{error:#}");
    drop(tx);
    let error = store.incident(&team, &id("INC-2026-001")).await;
    assert!(Unreadable::caused(&error.unwrap_err()));
}
