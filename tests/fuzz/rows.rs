//! Rows as a hand with a SQL prompt could leave them, in a real database whose checks are switched off: each becomes a
//! whole value, or a complaint that says where to look.
//!
//! A seed names its table and then its columns, one a line: `next_wake_at i 1763676900000`. The letter is what SQLite
//! stores: `i`nteger, `r`eal, `t`ext, `b`lob, `n`ull.

use std::sync::{LazyLock, Mutex};

use balefire::clock::Time;
use balefire::domain::incident::MessageRef;
use balefire::ids::{ChannelId, IncidentId, MessageTs, TeamId, UserId};
use balefire::store::{Heard, ReportKey, Store, Words};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const WORDS: &[&str] = &[
    "incidents\n",
    "timeline\n",
    "outbox\n",
    "reports\n",
    "lanes\n",
    "pacing\n",
    "typed\n",
    "pins\n",
    "next_at i ",
    "free_at i ",
    "year i ",
    "number i ",
    "status t ",
    "severity t ",
    "title t ",
    "owner n\n",
    "channel t ",
    "card_ts t ",
    "declared_at i ",
    "finished_at i ",
    "finished_at n\n",
    "next_wake_at i ",
    "next_wake_at n\n",
    "revision i ",
    "body t ",
    "body b ",
    "body n\n",
    "seq i ",
    "at i ",
    "actor t ",
    "kind t ",
    "state t ",
    "slot t ",
    "slot n\n",
    "attempts i ",
    "sent_at i ",
    "sent_until i ",
    "sent_to t ",
    "sent_to n\n",
    "last_error t ",
    "incident_year i ",
    "incident_number i ",
    "offer_ts t ",
    "settled_by t ",
    "settled_at i ",
    "heard_at i ",
    " i ",
    " r ",
    " t ",
    " b ",
    " n\n",
    "resolved",
    "closed",
    "cancelled",
    "declared",
    "offered",
    "dismissed",
    "pending",
    "8640000000000001",
    "-62135596800001",
    "4294967296",
    "2147483648",
    "\"type\":",
    "\"is\":\"open\"",
    "\"phase\":",
    "\"watch\":",
    "\"at\":\"2026-11-20T22:30:00Z\"",
    "\"+262143-01-01T00:00:00Z\"",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\\"",
    "null",
    "1",
    "{\"person\":\"U1\"}",
    "\"balefire\"",
    "\"U1\"",
];

crate::target!("rows", WORDS, runs: 400, judge);

/// What a migration adds is changed here, too.
#[test]
fn every_column_is_a_key_or_is_changed() {
    let world = &*WORLD;
    for ((table, keys), (same, columns)) in KEYS.iter().zip(COLUMNS) {
        assert_eq!(table, same);
        let mut listed: Vec<&str> = keys.iter().map(|(name, _)| *name).collect();
        listed.extend(*columns);
        listed.sort_unstable();
        let asked = format!("SELECT name FROM pragma_table_info('{table}') ORDER BY name");
        let mut raw = world.raw.lock().expect("nobody panics while holding it");
        let asking = sqlx::query_scalar(AssertSqlSafe(asked)).fetch_all(&mut *raw);
        let there: Vec<String> = world.runtime.block_on(asking).expect("the table is there");
        drop(raw);
        assert_eq!(listed, there, "{table}");
    }
}

/// A database, and a way around the store.
struct World {
    runtime: Runtime,
    store: Store,
    raw: Mutex<AnyConnection>,
    _folder: TempDir,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime starts");
    let folder = TempDir::new().expect("a folder can be made");
    let url = format!("sqlite://{}", folder.path().join("rows.db").display());
    let (store, raw) = runtime.block_on(async {
        let store = Store::open(&url).await.expect("an empty database opens");
        sqlx::any::install_default_drivers();
        let mut raw = AnyConnection::connect(&url).await.expect("a second connection opens");
        let freely = "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF";
        raw.execute(freely).await.expect("the checks can be switched off");
        (store, raw)
    });
    World {
        runtime,
        store,
        raw: Mutex::new(raw),
        _folder: folder,
    }
});

/// The keys by which a row is looked for; a mutant changes everything else.
const KEYS: &[(&str, &[(&str, &str)])] = &[
    (
        "incidents",
        &[("team", "'T1'"), ("year", "2026"), ("number", "7")],
    ),
    (
        "timeline",
        &[("team", "'T1'"), ("year", "2026"), ("number", "7")],
    ),
    (
        "outbox",
        &[
            ("id", "'019a0000-0000-7000-8000-000000000001'"),
            // By which it is taken out of the way when it makes no sense.
            ("lane", "'T1/C1'"),
        ],
    ),
    (
        "reports",
        &[("team", "'T1'"), ("channel", "'C1'"), ("ts", "'1.2'")],
    ),
    ("lanes", &[("lane", "'T1/C1'")]),
    ("pacing", &[("key", "'T1 C1'")]),
    (
        "typed",
        &[
            ("team", "'T1'"),
            ("person", "'U1'"),
            ("channel", "'C1'"),
            // Of the word `x`.
            (
                "fingerprint",
                "'2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881'",
            ),
        ],
    ),
    (
        "pins",
        &[("team", "'T1'"), ("channel", "'C1'"), ("ts", "'1.2'")],
    ),
];

/// What must be there besides, or must not, for the row to be read.
fn beside(table: &str) -> &'static str {
    match table {
        "outbox" => {
            "INSERT INTO lanes (lane, head, rank, next_at, since)
             VALUES ('T1/C1', '019a0000-0000-7000-8000-000000000001', 0, 0, 0)
             ON CONFLICT (lane) DO UPDATE SET head = excluded.head, rank = 0, next_at = 0, since = 0"
        }
        "lanes" => {
            "DELETE FROM outbox;
             INSERT INTO outbox (id, team, lane, seq, rank, kind, body, state, attempts, not_before, created_at)
             VALUES ('019a0000-0000-7000-8000-000000000001', 'T1', 'T1/C1', 1, 0, 'answer',
                     '{\"task\":\"answer\",\"of\":{\"url\":\"https://hooks.slack.com/commands/x\",\"body\":{}}}',
                     'pending', 0, 0, 0)"
        }
        "pacing" => "DELETE FROM lanes",
        _ => "",
    }
}

const COLUMNS: &[(&str, &[&str])] = &[
    (
        "incidents",
        &[
            "revision",
            "status",
            "severity",
            "title",
            "owner",
            "channel",
            "card_channel",
            "card_ts",
            "declared_by",
            "declared_at",
            "finished_at",
            "next_wake_at",
            "body",
        ],
    ),
    ("timeline", &["seq", "at", "actor", "kind", "body"]),
    (
        "outbox",
        &[
            "team",
            "seq",
            "rank",
            "slot",
            "incident_year",
            "incident_number",
            "kind",
            "body",
            "state",
            "attempts",
            "not_before",
            "sent_at",
            "sent_until",
            "sent_to",
            "lease_until",
            "done_at",
            "channel",
            "ts",
            "last_error",
            "created_at",
        ],
    ),
    (
        "reports",
        &[
            "author",
            "text",
            "title_guess",
            "severity_guess",
            "heard_at",
            "offer_ts",
            "state",
            "settled_by",
            "settled_at",
            "incident_year",
            "incident_number",
        ],
    ),
    ("lanes", &["head", "rank", "next_at", "since"]),
    ("pacing", &["free_at"]),
    ("typed", &["at"]),
    ("pins", &["year", "number"]),
];

fn judge(bytes: &[u8]) -> &'static str {
    let text = String::from_utf8_lossy(bytes);
    let Some((table, rest)) = text.split_once('\n') else {
        return "!no row";
    };
    let Some((table, keys)) = KEYS.iter().find(|(name, _)| *name == table) else {
        return "!no table";
    };
    let (_, columns) = COLUMNS
        .iter()
        .find(|(name, _)| name == table)
        .expect("each table has columns");
    let (mut names, mut values): (Vec<_>, Vec<_>) = keys
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .unzip();
    for line in rest.lines() {
        let mut parts = line.splitn(3, ' ');
        let (Some(name), Some(kind)) = (parts.next(), parts.next()) else {
            continue;
        };
        if !columns.contains(&name) || names.iter().any(|there| there == name) {
            continue;
        }
        names.push(name.to_owned());
        values.push(literal(kind, parts.next().unwrap_or_default()));
    }
    let insert = format!(
        "DELETE FROM {table}; INSERT INTO {table} ({}) VALUES ({}); {}",
        names.join(", "),
        values.join(", "),
        beside(table)
    );
    let world = &*WORLD;
    let mut raw = world.raw.lock().expect("nobody panics while holding it");
    let kept = world.runtime.block_on(raw.execute(AssertSqlSafe(insert)));
    drop(raw);
    if kept.is_err() {
        // A column that must not be null, or a number that is none: the database itself kept it out.
        return "refused by the database";
    }
    world.runtime.block_on(read(world, table))
}

fn literal(kind: &str, value: &str) -> String {
    let quoted = || format!("'{}'", value.replace('\'', "''").replace('\0', "\u{FFFD}"));
    match kind {
        "n" => "NULL".into(),
        "i" => value.parse::<i64>().map_or_else(
            |_| quoted(),
            |number| format!("CAST('{number}' AS INTEGER)"),
        ),
        "r" => value
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .map_or_else(quoted, |number| format!("{number:e}")),
        "b" => format!("x'{}'", hex::encode(value)),
        _ => quoted(),
    }
}

async fn read(world: &World, table: &str) -> &'static str {
    let team = TeamId::new("T1");
    let id = IncidentId {
        year: 2026,
        number: 7,
    };
    let store = &world.store;
    match table {
        "incidents" => match store.incident(&team, &id).await {
            Ok(saved) => {
                let saved = saved.expect("it was inserted");
                assert_eq!(saved.incident.id, id);
                assert_eq!(
                    saved.incident.is_open(),
                    saved.incident.next_wake_at().is_some()
                );
                check_whole(&saved.incident);
                "whole"
            }
            Err(complaint) => check_complaint(&complaint, table),
        },
        "timeline" => match store.timeline(&team, &id).await {
            Ok(entries) => {
                assert_eq!(entries.len(), 1);
                check_whole(&entries[0]);
                "whole"
            }
            Err(complaint) => check_complaint(&complaint, table),
        },
        "reports" => {
            let key = ReportKey {
                team,
                channel: ChannelId::new("C1"),
                ts: MessageTs::new("1.2"),
            };
            match store.report(&key).await {
                Ok(report) => {
                    assert_eq!(report.expect("it was inserted").key, key);
                    "whole"
                }
                Err(complaint) => check_complaint(&complaint, table),
            }
        }
        "pins" => {
            let at = MessageRef {
                channel: ChannelId::new("C1"),
                ts: MessageTs::new("1.2"),
            };
            match store.incident_with_pin(&team, &at).await {
                Ok(incident) => {
                    check_whole(&incident.expect("it was inserted"));
                    "whole"
                }
                Err(complaint) => check_complaint(&complaint, table),
            }
        }
        "typed" => {
            let words = Words {
                team: &team,
                person: &UserId::new("U1"),
                channel: &ChannelId::new("C1"),
                thread: None,
                text: "x",
                within: chrono::Duration::minutes(1),
            };
            let now = Time::from_timestamp(1_800_000_000, 0).expect("it is a time");
            let mut tx = store.begin().await.expect("a transaction begins");
            match tx.hear(None, Some(words), now).await {
                Ok(Heard::TypedAt(at)) => {
                    assert!(now - at <= words.within);
                    "whole"
                }
                Ok(Heard::New) => "too long ago",
                Ok(Heard::Before) => panic!("it has no key"),
                Err(complaint) => check_complaint(&complaint, table),
            }
        }
        "pacing" => {
            // A time that is none must not keep everybody from speaking, so this is never an error.
            let outlook = store.outlook(["T1 C1", "T1 C2"]).await;
            let outlook = outlook.expect("nobody has anything to say")[0].free_at;
            let mut tx = store.begin().await.expect("a transaction begins");
            let taken = tx.paces(&["T1 C1"]).await.expect("it stops all others");
            assert_eq!(taken, [outlook]);
            outlook.map_or("none", |_| "whole")
        }
        _ => {
            if table == "lanes" {
                match store.outlook(["T1 C1", "T1 C2"]).await {
                    Ok(_) => {}
                    Err(complaint) => {
                        check_complaint(&complaint, table);
                    }
                }
            }
            let mut tx = store.begin().await.expect("a transaction begins");
            let now = Time::from_timestamp(1_800_000_000, 0).expect("it is a time");
            // One row that makes no sense must not stop the others, so this is never an error. It is not committed.
            let due = match tx.due([10, 0], now).await {
                Ok(due) => due,
                // Setting it aside is a write, which the checks refuse when the row broke them before.
                Err(error) if format!("{error:#}").contains("CHECK constraint failed") => {
                    return "refused by the database";
                }
                Err(error) => panic!("it stops all others: {error:#}"),
            };
            let Some(row) = due.first() else {
                return "given up";
            };
            check_whole(&row.task);
            assert_eq!(row.interrupted, row.sent_at.is_some());
            "whole"
        }
    }
}

/// What was read can be kept and read again.
fn check_whole<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
    let json = serde_json::to_string(value).expect("it is plain data");
    assert_eq!(
        &serde_json::from_str::<T>(&json).expect("what was written"),
        value
    );
}

/// Whoever reads the log knows where to look.
fn check_complaint(complaint: &anyhow::Error, table: &str) -> &'static str {
    let said = format!("{complaint:#}");
    let names_all = [format!("table {table}, row "), ", column ".to_owned()];
    assert!(names_all.iter().all(|part| said.contains(part)), "{said:?}");
    "complained of"
}
