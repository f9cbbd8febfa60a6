//! What sharing a flush brings: durable writes of six rows each, through the store with group commit and without,
//! beside a bare loop of the same inserts on one connection, which nobody waits for and nobody else uses.
//!
//! `cargo bench --bench commit` takes two minutes, with `-- --quick` half a minute. On Postgres, too, when
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
/// In the inbox, what was typed, the incident, its timeline twice, and a report: as many as a command leaves.
const ROWS: u64 = 6;
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
        "where           what                                writes/s  of the batched loop  of one commit each"
    );
    for place in places {
        at(&place, during).await?;
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

/// The four in turn, several times over, because a machine is not equally busy all the time; the medians count.
async fn at(place: &Place, during: Duration) -> anyhow::Result<()> {
    let mut rounds = [const { vec![] }; 4];
    for _ in 0..ROUNDS {
        rounds[0].push(through_the_store(place, during, true).await?);
        rounds[1].push(through_the_store(place, during, false).await?);
        rounds[2].push(bare(place, during, 1).await?);
        rounds[3].push(bare(place, during, BATCH).await?);
    }
    let medians = rounds.map(|mut per_s| {
        per_s.sort_unstable_by(f64::total_cmp);
        per_s[ROUNDS / 2]
    });
    let [each, _, _, bare_batched] = medians;
    let what = [
        "the store, one commit each",
        "the store, up to 64 writes at once",
        "a bare loop, one commit each",
        "a bare loop, 64 writes to a commit",
    ];
    for (what, per_s) in what.into_iter().zip(medians) {
        println!(
            "{:<15} {what:<35} {per_s:>8.0} {:>20.2} {:>19.2}",
            place.name,
            per_s / bare_batched,
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
async fn through_the_store(place: &Place, during: Duration, alone: bool) -> anyhow::Result<f64> {
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
                write(&store, number.fetch_add(1, Ordering::Relaxed)).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(written) = writing.join_next().await {
        written.context("a writer died")??;
    }
    let took = began.elapsed();
    store.close().await;
    count(&url, number.load(Ordering::Relaxed)).await?;
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

async fn write(store: &Store, number: u64) -> anyhow::Result<()> {
    let now = Time::UNIX_EPOCH;
    let (team, alice, channel) = (
        TeamId::new("T0BALEFIRE"),
        UserId::new("U0ALICE"),
        ChannelId::new("C0INCIDENTS"),
    );
    let mut tx = store.begin().await?;
    let words = Words {
        team: &team,
        person: &alice,
        channel: &channel,
        text: &format!("update {number}"),
        within: Span::minutes(1),
    };
    tx.hear(Some(&format!("trigger {number}")), Some(words), now)
        .await?;
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
async fn bare(place: &Place, during: Duration, batch: usize) -> anyhow::Result<f64> {
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
    // In a task, as everything in the bot is.
    let inserting = tokio::spawn(async move {
        let mut number = 0;
        let began = Instant::now();
        while began.elapsed() < during {
            connection.execute("BEGIN").await?;
            for _ in 0..batch {
                insert(&mut connection, number, &bodies).await?;
                number += 1;
            }
            connection.execute("COMMIT").await?;
        }
        let took = began.elapsed();
        connection.close().await?;
        anyhow::Ok((number, took))
    });
    let (number, took) = inserting.await.context("the loop died")??;
    count(&url, number).await?;
    Ok(number as f64 / took.as_secs_f64())
}

async fn insert(
    connection: &mut AnyConnection,
    number: u64,
    bodies: &[String; 3],
) -> sqlx::Result<()> {
    sqlx::query(INBOX)
        .bind(format!("trigger {number}"))
        .bind(0_i64)
        .execute(&mut *connection)
        .await?;
    sqlx::query(TYPED)
        .bind("T0BALEFIRE")
        .bind("U0ALICE")
        .bind("C0INCIDENTS")
        .bind(format!("update {number}"))
        .bind(0_i64)
        .execute(&mut *connection)
        .await?;
    sqlx::query(INCIDENTS)
        .bind("T0BALEFIRE")
        .bind(2026_i64)
        .bind(number as i64 + 1)
        .bind("investigating")
        .bind("P1")
        .bind("Checkout is down")
        .bind("U0ALICE")
        .bind(None::<String>)
        .bind(None::<String>)
        .bind(None::<String>)
        .bind("U0ALICE")
        .bind(0_i64)
        .bind(None::<i64>)
        .bind(0_i64)
        .bind(&bodies[0])
        .execute(&mut *connection)
        .await?;
    for (seq, body) in (1_i64..).zip(&bodies[1..]) {
        sqlx::query(TIMELINE)
            .bind("T0BALEFIRE")
            .bind(2026_i64)
            .bind(number as i64 + 1)
            .bind(seq)
            .bind(0_i64)
            .bind("U0ALICE")
            .bind("kind")
            .bind(body)
            .execute(&mut *connection)
            .await?;
    }
    sqlx::query(REPORTS)
        .bind("T0BALEFIRE")
        .bind("C0INCIDENTS")
        .bind(format!("1.{number:06}"))
        .bind("U0ALICE")
        .bind(TEXT)
        .bind("Checkout")
        .bind("P1")
        .bind(0_i64)
        .execute(&mut *connection)
        .await?;
    Ok(())
}

/// That every row is there.
async fn count(url: &str, writes: u64) -> anyhow::Result<()> {
    let mut connection = AnyConnection::connect(url).await?;
    let count = "SELECT (SELECT COUNT(*) FROM inbox) + (SELECT COUNT(*) FROM typed) + (SELECT COUNT(*) FROM incidents)
         + (SELECT COUNT(*) FROM timeline) + (SELECT COUNT(*) FROM reports) AS rows";
    let rows: i64 = sqlx::query(count)
        .fetch_one(&mut connection)
        .await?
        .try_get("rows")?;
    ensure!(
        u64::try_from(rows)? == writes * ROWS,
        "{writes} writes left {rows} rows"
    );
    Ok(connection.close().await?)
}
