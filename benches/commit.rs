//! What sharing a flush brings: durable writes of one row and of six, through the store with group commit and without,
//! beside a bare loop of the same inserts on one connection, which nobody waits for and nobody else uses.
//!
//! `cargo bench --bench commit` takes four minutes, with `-- --quick` a minute. On Postgres, too, when
//! `BALEFIRE_TEST_POSTGRES_URL` names a server. It is no test: only numbers of one run may be compared, and it fails
//! only when a row is missing.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use balefire::clock::Time;
use balefire::domain::event::{Entry, Event};
use balefire::domain::incident::{Actor, Incident};
use balefire::ids::{ChannelId, IncidentId, MessageTs, SeverityId, TeamId, UserId};
use balefire::store::{Report, ReportKey, ReportState, Store, Words};
use chrono::Duration as Span;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _, Row as _};
use tokio::task::JoinSet;

/// How many write at once: whoever had an answer asks again.
const WRITERS: usize = 64;
/// How many writes the batched bare loop commits at once: as many as the store's batches may hold.
const BATCH: usize = 64;
/// How many rows a write leaves: one in the inbox, as what is only heard does; and in the inbox, what was typed, the
/// incident, its timeline twice, and a report: as many as a command leaves.
const ROWS: [u64; 2] = [1, 6];
/// How often each is measured.
const ROUNDS: usize = 5;
const TEXT: &str =
    "The checkout answers every second request with an error since the deployment of ten past nine";

const INBOX: &str = "INSERT INTO inbox (key, at) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
const TYPED: &str =
    "INSERT INTO typed (team, person, channel, fingerprint, at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (team, person, channel, fingerprint) DO UPDATE SET at = excluded.at";
const INCIDENTS: &str =
    "INSERT INTO incidents (team, year, number, revision, status, severity, title, owner, channel,
         card_channel, card_ts, declared_by, declared_at, finished_at, next_wake_at, body)
     VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
const TIMELINE: &str = "INSERT INTO timeline (team, year, number, seq, at, actor, kind, body)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const REPORTS: &str = "INSERT INTO reports (team, channel, ts, author, text, title_guess, severity_guess, heard_at, state)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'offered') ON CONFLICT (team, channel, ts) DO NOTHING";

/// Where a database is made.
struct Place {
    name: &'static str,
    database: Database,
}

enum Database {
    Folder(PathBuf),
    Postgres(String),
}

fn main() -> anyhow::Result<()> {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let during = Duration::from_millis(if quick { 400 } else { 1_500 });
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(measure(during))
}

async fn measure(during: Duration) -> anyhow::Result<()> {
    sqlx::any::install_default_drivers();
    let disk = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    println!("disk: a bare flush of 4 KiB takes {:.3} ms", flush(&disk)?);
    let mut places = vec![Place {
        name: "SQLite, disk",
        database: Database::Folder(disk),
    }];
    if Path::new("/dev/shm").is_dir() {
        places.push(Place {
            name: "SQLite, memory",
            database: Database::Folder("/dev/shm".into()),
        });
    }
    if let Ok(url) = std::env::var("BALEFIRE_TEST_POSTGRES_URL") {
        places.push(Place {
            name: "Postgres",
            database: Database::Postgres(url),
        });
    }
    println!(
        "where           rows  what                                    writes/s  of the batched loop  of one commit each"
    );
    for place in places {
        for rows in ROWS {
            at(&place, rows, during).await?;
        }
    }
    Ok(())
}

/// How long a file takes to be on the disk after 4 KiB were appended: the median, in milliseconds.
fn flush(folder: &Path) -> anyhow::Result<f64> {
    use std::io::Write as _;
    let mut file = tempfile::tempfile_in(folder)?;
    let mut took = vec![];
    for _ in 0..200 {
        file.write_all(&[7; 4_096])?;
        let began = Instant::now();
        file.sync_data()?;
        took.push(began.elapsed());
    }
    took.sort_unstable();
    Ok(took[took.len() / 2].as_secs_f64() * 1_000.0)
}

/// Who writes.
#[derive(Clone, Copy, PartialEq)]
enum Writer {
    /// [`WRITERS`] at once, each waiting for its answer.
    Store { alone: bool },
    /// One that waits for nobody, and commits after so many writes. `joined`: the inserts of one write travel together, as
    /// the store's statements do.
    Loop { batch: usize, joined: bool },
}

const WHO: [(&str, Writer); 5] = [
    ("the store, one commit each", Writer::Store { alone: true }),
    (
        "the store, up to 64 writes at once",
        Writer::Store { alone: false },
    ),
    (
        "a bare loop, one commit each",
        Writer::Loop {
            batch: 1,
            joined: false,
        },
    ),
    (
        "a bare loop, 64 writes to a commit",
        Writer::Loop {
            batch: BATCH,
            joined: false,
        },
    ),
    (
        "the same, inserts travel together",
        Writer::Loop {
            batch: BATCH,
            joined: true,
        },
    ),
];

/// All in turn, several times over, because a machine is not equally busy all the time; the medians count.
async fn at(place: &Place, rows: u64, during: Duration) -> anyhow::Result<()> {
    // One insert travels alone, and Postgres takes one statement at a time.
    let can_join = rows > 1 && matches!(place.database, Database::Folder(_));
    let who = WHO
        .into_iter()
        .filter(|(_, writer)| can_join || !matches!(writer, Writer::Loop { joined: true, .. }));
    let mut rounds: Vec<(&str, Writer, Vec<f64>)> =
        who.map(|(what, writer)| (what, writer, vec![])).collect();
    for _ in 0..ROUNDS {
        for (_, writer, per_s) in &mut rounds {
            per_s.push(match *writer {
                Writer::Store { alone } => through_the_store(place, rows, during, alone).await?,
                Writer::Loop { batch, joined } => bare(place, rows, during, batch, joined).await?,
            });
        }
    }
    for (_, _, per_s) in &mut rounds {
        per_s.sort_unstable_by(f64::total_cmp);
    }
    let median_of = |wanted: Writer| {
        let found = rounds.iter().find(|(_, writer, _)| *writer == wanted);
        found.map_or(f64::NAN, |(_, _, per_s)| per_s[ROUNDS / 2])
    };
    let each = median_of(Writer::Store { alone: true });
    let batched = median_of(Writer::Loop {
        batch: BATCH,
        joined: false,
    });
    for (what, writer, _) in &rounds {
        let per_s = median_of(*writer);
        println!(
            "{:<15} {rows:>4}  {what:<35} {per_s:>12.0} {:>20.2} {:>19.2}",
            place.name,
            per_s / batched,
            per_s / each,
        );
    }
    Ok(())
}

/// A database of its own, with its folder, which is gone with it.
async fn fresh(place: &Place) -> anyhow::Result<(String, Option<tempfile::TempDir>)> {
    match &place.database {
        Database::Folder(folder) => {
            let folder = tempfile::tempdir_in(folder)?;
            let url = format!("sqlite://{}", folder.path().join("balefire.db").display());
            Ok((url, Some(folder)))
        }
        Database::Postgres(server) => {
            let name = format!("balefire_{}", uuid::Uuid::now_v7().simple());
            let mut connection = AnyConnection::connect(server).await?;
            let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
            connection.execute(create).await?;
            let mut url = url::Url::parse(server)?;
            url.set_path(&name);
            Ok((url.into(), None))
        }
    }
}

/// Writes per second of [`WRITERS`] who each wait for their answer.
async fn through_the_store(
    place: &Place,
    rows: u64,
    during: Duration,
    alone: bool,
) -> anyhow::Result<f64> {
    let (url, _folder) = fresh(place).await?;
    let store = match alone {
        true => Store::open_without_batching(&url).await?,
        false => Store::open(&url).await?,
    };
    // On Postgres one at a time is one writer: there every write is a transaction of its own.
    let writers = match (&place.database, alone) {
        (Database::Postgres(_), true) => 1,
        _ => WRITERS,
    };
    let number = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let mut writing = JoinSet::new();
    for _ in 0..writers {
        let (store, number) = (store.clone(), Arc::clone(&number));
        writing.spawn(async move {
            while began.elapsed() < during {
                write(&store, rows, number.fetch_add(1, Ordering::Relaxed)).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(written) = writing.join_next().await {
        written.context("a writer died")??;
    }
    let took = began.elapsed();
    store.close().await;
    count(&url, rows * number.load(Ordering::Relaxed)).await?;
    Ok(number.load(Ordering::Relaxed) as f64 / took.as_secs_f64())
}

fn incident_id(number: u64) -> anyhow::Result<IncidentId> {
    Ok(IncidentId {
        year: 2026,
        number: u32::try_from(number)? + 1,
    })
}

/// The beginning of an incident's timeline.
fn entries() -> [Entry; 2] {
    let happened = |event| Entry {
        at: Time::UNIX_EPOCH,
        by: Actor::Person(UserId::new("U0ALICE")),
        event,
    };
    let declared = Event::Declared {
        title: "Checkout is down".into(),
        long_title: None,
        severity: SeverityId::new("P1"),
        services: vec!["payments".into()],
        impact: None,
        owner: Some(UserId::new("U0ALICE")),
        wants_channel: true,
        next_nag_at: Time::UNIX_EPOCH,
        respond_by: Time::UNIX_EPOCH,
    };
    [happened(declared), happened(Event::Acknowledged)]
}

async fn write(store: &Store, rows: u64, number: u64) -> anyhow::Result<()> {
    let now = Time::UNIX_EPOCH;
    let (team, alice, channel) = (
        TeamId::new("T0BALEFIRE"),
        UserId::new("U0ALICE"),
        ChannelId::new("C0INCIDENTS"),
    );
    let mut tx = store.begin().await?;
    let key = format!("trigger {number}");
    if rows == 1 {
        tx.hear(Some(&key), None, now).await?;
        return tx.commit().await;
    }
    let words = Words {
        team: &team,
        person: &alice,
        channel: &channel,
        thread: None,
        text: &format!("update {number}"),
        within: Span::minutes(1),
    };
    tx.hear(Some(&key), Some(words), now).await?;
    let id = incident_id(number)?;
    let entries = entries();
    let incident = Incident::replay(id, &entries).context("a whole incident")?;
    tx.insert_incident(&team, &incident, &entries)?;
    let key = ReportKey {
        team,
        channel,
        ts: MessageTs::new(format!("1.{number:06}")),
    };
    tx.insert_report(&Report {
        key,
        author: alice,
        text: TEXT.into(),
        title_guess: "Checkout".into(),
        severity_guess: SeverityId::new("P1"),
        heard_at: now,
        offer: None,
        state: ReportState::Offered,
    })
    .await?;
    tx.commit().await
}

/// Writes per second of one loop that has the database for itself and commits after so many.
async fn bare(
    place: &Place,
    rows: u64,
    during: Duration,
    batch: usize,
    joined: bool,
) -> anyhow::Result<f64> {
    let (url, _folder) = fresh(place).await?;
    // For its tables.
    Store::open(&url).await?.close().await;
    let mut connection = AnyConnection::connect(&url).await?;
    if let Database::Folder(_) = place.database {
        connection.execute("PRAGMA synchronous = FULL").await?;
        connection.execute("PRAGMA foreign_keys = ON").await?;
    }
    let entries = entries();
    let incident = Incident::replay(incident_id(0)?, &entries).context("a whole incident")?;
    // As long as the store's; a loop that is bare need not write them anew.
    let bodies = [
        serde_json::to_string(&incident)?,
        serde_json::to_string(&entries[0])?,
        serde_json::to_string(&entries[1])?,
    ];
    let together = together();
    // In a task, as everything in the bot is.
    let inserting = tokio::spawn(async move {
        let mut number = 0;
        let began = Instant::now();
        while began.elapsed() < during {
            connection.execute("BEGIN").await?;
            for _ in 0..batch {
                match joined {
                    true => {
                        let text = AssertSqlSafe(together.clone());
                        let mut inserts = sqlx::query(text);
                        for row in written(number, &bodies) {
                            inserts = bound(inserts, row);
                        }
                        inserts.execute(&mut connection).await?;
                    }
                    false => {
                        let of_it = usize::try_from(rows)?;
                        let texts = INSERTS.into_iter().zip(written(number, &bodies));
                        for (text, row) in texts.take(of_it) {
                            bound(sqlx::query(text), row)
                                .execute(&mut connection)
                                .await?;
                        }
                    }
                }
                number += 1;
            }
            connection.execute("COMMIT").await?;
        }
        let took = began.elapsed();
        connection.close().await?;
        anyhow::Ok((number, took))
    });
    let (number, took) = inserting.await.context("the loop died")??;
    count(&url, rows * number).await?;
    Ok(number as f64 / took.as_secs_f64())
}

const INSERTS: [&str; 6] = [INBOX, TYPED, INCIDENTS, TIMELINE, TIMELINE, REPORTS];

/// All inserts in one text, with their values numbered on.
fn together() -> String {
    let mut text = String::new();
    let mut before = 0;
    for insert in INSERTS {
        let mut parts = insert.split('$');
        text.extend(parts.next());
        let mut most = 0;
        for part in parts {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            let number: usize = part[..digits].parse().unwrap_or_default();
            most = most.max(number);
            text += &format!("${}{}", before + number, &part[digits..]);
        }
        before += most;
        text.push_str(";\n");
    }
    text
}

enum Value {
    Text(Option<String>),
    Number(Option<i64>),
}

type Query<'a> = sqlx::query::Query<'a, sqlx::Any, sqlx::any::AnyArguments>;

fn bound(query: Query<'_>, row: Vec<Value>) -> Query<'_> {
    row.into_iter().fold(query, |query, value| match value {
        Value::Text(text) => query.bind(text),
        Value::Number(number) => query.bind(number),
    })
}

/// What a write leaves, in the order of [`INSERTS`].
fn written(number: u64, bodies: &[String; 3]) -> [Vec<Value>; 6] {
    let text = |text: &str| Value::Text(Some(text.to_owned()));
    let at = |number: i64| Value::Number(Some(number));
    let nth = i64::try_from(number).unwrap_or(i64::MAX);
    let timeline = |seq: i64, body: &str| {
        vec![
            text("T0BALEFIRE"),
            at(2026),
            at(nth + 1),
            at(seq),
            at(0),
            text("U0ALICE"),
            text("kind"),
            text(body),
        ]
    };
    [
        vec![text(&format!("trigger {number}")), at(0)],
        vec![
            text("T0BALEFIRE"),
            text("U0ALICE"),
            text("C0INCIDENTS"),
            text(&format!("update {number}")),
            at(0),
        ],
        vec![
            text("T0BALEFIRE"),
            at(2026),
            at(nth + 1),
            text("investigating"),
            text("P1"),
            text("Checkout is down"),
            text("U0ALICE"),
            Value::Text(None),
            Value::Text(None),
            Value::Text(None),
            text("U0ALICE"),
            at(0),
            Value::Number(None),
            at(0),
            text(&bodies[0]),
        ],
        timeline(1, &bodies[1]),
        timeline(2, &bodies[2]),
        vec![
            text("T0BALEFIRE"),
            text("C0INCIDENTS"),
            text(&format!("1.{number:06}")),
            text("U0ALICE"),
            text(TEXT),
            text("Checkout"),
            text("P1"),
            at(0),
        ],
    ]
}

/// That every row is there.
async fn count(url: &str, expected: u64) -> anyhow::Result<()> {
    let mut connection = AnyConnection::connect(url).await?;
    let count = "SELECT (SELECT COUNT(*) FROM inbox) + (SELECT COUNT(*) FROM typed) + (SELECT COUNT(*) FROM incidents)
         + (SELECT COUNT(*) FROM timeline) + (SELECT COUNT(*) FROM reports) AS rows";
    let rows: i64 = sqlx::query(count)
        .fetch_one(&mut connection)
        .await?
        .try_get("rows")?;
    ensure!(
        u64::try_from(rows)? == expected,
        "{expected} rows were written, and {rows} are there"
    );
    Ok(connection.close().await?)
}
