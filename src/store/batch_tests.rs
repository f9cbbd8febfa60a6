//! Writers that share a flush: what one of them does never spoils another's, whatever it does.

use std::pin::Pin;
use std::time::Duration;

use futures_util::FutureExt as _;
use sqlx::Row as _;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::batch::Bounds;
use super::{Cut, Store, WriteTx, Writers, within};
use crate::clock::Time;

type Begun = Pin<Box<dyn Future<Output = anyhow::Result<WriteTx>> + Send>>;

/// Long enough for whatever is bound to happen; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(60);
const WIDE: Bounds = Bounds {
    members_max: 1_000,
    age_max: PATIENCE,
};

struct Database {
    folder: TempDir,
    store: Store,
}

impl Database {
    async fn open(bounds: Bounds) -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::open_bounded(&url(&folder), bounds).await.unwrap();
        Self { folder, store }
    }
}

fn url(folder: &TempDir) -> String {
    format!("sqlite://{}", folder.path().join("balefire.db").display())
}

fn now() -> Time {
    Time::UNIX_EPOCH
}

/// `/readyz` asks for how long, so that a flush that never ends is noticed.
#[tokio::test]
async fn a_writer_that_has_not_ended_is_seen() {
    let database = Database::open(WIDE).await;
    let is_busy = || match &database.store.inner.writers {
        Writers::Batches(queue) => queue.busy_for().is_some(),
        Writers::Pool(_) => panic!("SQLite has one writer"),
    };
    let tx = database.store.begin().await.unwrap();
    assert!(is_busy());
    tx.forget().await.unwrap();
    soon(async {
        while is_busy() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// In the queue, in the order of these calls.
fn queued(store: &Store) -> Begun {
    let store = store.clone();
    let mut begun: Begun = Box::pin(async move { store.begin().await });
    assert!((&mut begun).now_or_never().is_none(), "nobody held a turn");
    begun
}

/// The first has written and waits for the flush, the second has its turn, the third is next in line.
async fn two_in_a_batch(store: &Store) -> (JoinHandle<anyhow::Result<()>>, WriteTx, Begun) {
    let mut one = store.begin().await.unwrap();
    let (two, three) = (queued(store), queued(store));
    write(&mut one, "one").await;
    let one = tokio::spawn(one.commit());
    (one, soon(two).await.unwrap(), three)
}

async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work)
        .await
        .expect("the queue is stuck")
}

async fn write(tx: &mut WriteTx, key: &str) {
    assert!(tx.first_time(key, now()).await.unwrap(), "{key} is there");
}

/// The keys that are there, in the order in which they were written.
async fn kept(store: &Store) -> Vec<String> {
    let mut reader = store.reader().await.unwrap();
    let rows = sqlx::query("SELECT key FROM inbox ORDER BY rowid")
        .fetch_all(&mut *reader)
        .await
        .unwrap();
    rows.iter().map(|row| row.get("key")).collect()
}

/// How a member of a batch can end otherwise than by being kept.
#[derive(Clone, Copy, Debug)]
enum Mischief {
    Refuses,
    Fails,
    IsCancelled,
    IsCancelledAtItsStart,
    Panics,
    GivesUpWaiting,
}

const MISCHIEF: [Mischief; 6] = [
    Mischief::Refuses,
    Mischief::Fails,
    Mischief::IsCancelled,
    Mischief::IsCancelledAtItsStart,
    Mischief::Panics,
    Mischief::GivesUpWaiting,
];

async fn misbehave(mischief: Mischief, begun: Begun) {
    if let Mischief::GivesUpWaiting = mischief {
        return;
    }
    let mut tx = soon(begun).await.unwrap();
    if let Mischief::IsCancelledAtItsStart = mischief {
        // In the middle of what begins the transaction, if nobody has begun it; sometimes after it.
        drop(tx.first_time("never", now()).now_or_never());
        return;
    }
    write(&mut tx, "never").await;
    match mischief {
        Mischief::Refuses | Mischief::GivesUpWaiting | Mischief::IsCancelledAtItsStart => {}
        Mischief::Fails => {
            let twice = sqlx::query("INSERT INTO inbox (key, at) VALUES ('never', 0)");
            twice.execute(tx.wire()).await.unwrap_err();
            // What failed cannot be continued, nor kept by mistake.
            assert!(tx.first_time("nor this", now()).await.is_err());
            assert!(tx.commit().await.is_err());
        }
        Mischief::IsCancelled => {
            let slow =
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000)
                        INSERT INTO inbox (key, at) SELECT 'never ' || i, 0 FROM n";
            let cut = sqlx::query(slow).execute(tx.wire()).now_or_never();
            assert!(cut.is_none(), "it was too quick to be cancelled");
        }
        Mischief::Panics => {
            let holder = tokio::spawn(async move {
                let _tx = tx;
                panic!("a test panics with the writer's turn in its hands");
            });
            assert!(holder.await.unwrap_err().is_panic());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neighbours_are_not_touched() {
    for mischief in MISCHIEF {
        // First, in the middle, and last of its batch.
        for place in 0..3 {
            let Database {
                folder: _folder,
                store,
            } = Database::open(WIDE).await;
            let door = store.begin().await.unwrap();
            let mut line: Vec<_> = (0..3).map(|_| Some(queued(&store))).collect();
            drop(door);
            let mut commits = vec![];
            for (nth, begun) in line.iter_mut().enumerate() {
                let begun = begun.take().unwrap();
                if nth == place {
                    misbehave(mischief, begun).await;
                    continue;
                }
                let mut tx = soon(begun).await.unwrap();
                write(&mut tx, &nth.to_string()).await;
                commits.push(tokio::spawn(tx.commit()));
            }
            for commit in commits {
                soon(commit).await.unwrap().unwrap();
            }
            let expected: Vec<_> = (0..3)
                .filter(|nth| *nth != place)
                .map(|n| n.to_string())
                .collect();
            assert_eq!(kept(&store).await, expected, "{mischief:?} at {place}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn turns_come_in_the_order_of_arrival() {
    let Database {
        folder: _folder,
        store,
    } = Database::open(Bounds::USUAL).await;
    let door = store.begin().await.unwrap();
    let line: Vec<_> = (0..200).map(|_| queued(&store)).collect();
    drop(door);
    let writes = line.into_iter().enumerate().map(async |(nth, begun)| {
        let mut tx = begun.await?;
        write(&mut tx, &nth.to_string()).await;
        tx.commit().await
    });
    for written in soon(futures_util::future::join_all(writes)).await {
        written.unwrap();
    }
    let expected: Vec<_> = (0..200).map(|nth| nth.to_string()).collect();
    assert_eq!(kept(&store).await, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_kept_when_nobody_waits_any_more_or_it_is_full() {
    let bounds = Bounds {
        members_max: 2,
        ..WIDE
    };
    let Database {
        folder: _folder,
        store,
    } = Database::open(bounds).await;
    let mut one = store.begin().await.unwrap();
    let (two, three) = (queued(&store), queued(&store));
    write(&mut one, "one").await;
    let mut one = Box::pin(one.commit());
    assert!((&mut one).now_or_never().is_none());
    let mut two = soon(two).await.unwrap();
    // The second has its turn, so the first waits for it, and nobody sees what is not on the disk.
    assert!((&mut one).now_or_never().is_none());
    assert_eq!(kept(&store).await, [""; 0]);
    write(&mut two, "two").await;
    let two = two.commit();
    // Full: the third has its turn only when the first two are kept.
    let (one, two, three) = soon(async { tokio::join!(one, two, three) }).await;
    assert_eq!(kept(&store).await, ["one", "two"]);
    one.and(two).unwrap();
    // Whoever came after a member that gave up its turn does not have to be there for the others to be kept.
    let mut three = three.unwrap();
    write(&mut three, "three").await;
    let four = queued(&store);
    let three = tokio::spawn(three.commit());
    drop(four);
    soon(three).await.unwrap().unwrap();
    assert_eq!(kept(&store).await, ["one", "two", "three"]);
}

/// Who keeps nothing may have read what is not on the disk yet, and must not tell anybody of it before it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_only_read_waits_for_what_was_read() {
    let Database {
        folder: _folder,
        store,
    } = Database::open(WIDE).await;
    let (one, mut two, three) = two_in_a_batch(&store).await;
    assert!(!two.first_time("one", now()).await.unwrap());
    write(&mut two, "two").await;
    let mut two = Box::pin(two.forget());
    assert!((&mut two).now_or_never().is_none());
    let three = soon(three).await.unwrap();
    assert!((&mut two).now_or_never().is_none(), "nothing is flushed");
    drop(three);
    soon(two).await.unwrap();
    soon(one).await.unwrap().unwrap();
    assert_eq!(kept(&store).await, ["one"]);
    // Alone it waits for nothing, in the end.
    soon(store.begin().await.unwrap().forget()).await.unwrap();
}

/// It may be cut off as long as it waits, like whoever writes, and spoils nothing of what it waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_only_read_does_not_wait_longer_than_slack() {
    let Database {
        folder: _folder,
        store,
    } = Database::open(WIDE).await;
    let (one, mut two, three) = two_in_a_batch(&store).await;
    assert!(!two.first_time("one", now()).await.unwrap());
    let cut = soon(within(Duration::ZERO, two.forget())).await;
    assert_eq!(cut.map(drop), Err(Cut::NothingKept));
    drop(soon(three).await.unwrap());
    soon(one).await.unwrap().unwrap();
    assert_eq!(kept(&store).await, ["one"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_to_be_kept_survives_a_crash() {
    let Database { folder, store } = Database::open(WIDE).await;
    let door = store.begin().await.unwrap();
    let line: Vec<_> = (0..5).map(|_| queued(&store)).collect();
    drop(door);
    let writes = line.into_iter().enumerate().map(async |(nth, begun)| {
        let mut tx = begun.await.unwrap();
        write(&mut tx, &nth.to_string()).await;
        tx.commit().await.unwrap();
        // At this moment the machine stops: what is in the files is all there is.
        let copy = TempDir::new().unwrap();
        for file in ["balefire.db", "balefire.db-wal"] {
            std::fs::copy(folder.path().join(file), copy.path().join(file)).unwrap();
        }
        let after = Store::open(&url(&copy)).await.unwrap();
        assert!(
            after.heard(&nth.to_string()).await.unwrap(),
            "{nth} is lost"
        );
    });
    soon(futures_util::future::join_all(writes)).await;
}

/// Everybody in the batch is told, and the next one is not touched.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_cannot_be_kept_is_told_to_all() {
    // What makes the flush fail, and what SQLite says then.
    let cases = [
        // Checked at the COMMIT, which fails and leaves the transaction open.
        (
            "PRAGMA defer_foreign_keys = ON",
            "INSERT INTO timeline (team, year, number, seq, at, kind, body) VALUES ('T', 1, 1, 1, 0, 'k', 'b')",
            true,
            "FOREIGN KEY constraint failed",
        ),
        // A full disk: SQLite rolls back everything by itself, at the statement.
        (
            "PRAGMA max_page_count = 1",
            "INSERT INTO inbox (key, at) VALUES (hex(zeroblob(100000)), 0)",
            false,
            "no such savepoint",
        ),
    ];
    for (setting, statement, statement_works, expected) in cases {
        let Database {
            folder: _folder,
            store,
        } = Database::open(WIDE).await;
        let (one, mut two, three) = two_in_a_batch(&store).await;
        for statement in [setting, statement] {
            let done = sqlx::query(statement)
                .execute(two.connection().await.unwrap())
                .await;
            assert!(done.is_ok() || !statement_works, "{done:?}");
        }
        let two = tokio::spawn(two.commit());
        let three = soon(three);
        let three = tokio::spawn(async move {
            let mut tx = three.await?;
            let raised = "PRAGMA max_page_count = 1000000";
            sqlx::query(raised).execute(tx.connection().await?).await?;
            write(&mut tx, "three").await;
            tx.commit().await
        });
        let (one, two, three) = soon(async { tokio::join!(one, two, three) }).await;
        let one = format!("{:#}", one.unwrap().unwrap_err());
        assert!(one.contains(expected), "{one}");
        two.unwrap().unwrap_err();
        // Where the flush failed, the third was of the same batch.
        assert_eq!(three.unwrap().is_err(), statement_works);
        let before: &[&str] = if statement_works { &[] } else { &["three"] };
        assert_eq!(kept(&store).await, before);
        let mut tx = soon(store.begin()).await.unwrap();
        write(&mut tx, "later").await;
        tx.commit().await.unwrap();
        assert_eq!(kept(&store).await.last().unwrap(), "later");
    }
}

/// Whoever cannot begin hears of it, and so does the next one; nobody is stuck, and nothing is kept by half.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_somebody_else_holds_is_an_answer() {
    let Database {
        folder: _folder,
        store,
    } = Database::open(WIDE).await;
    let mut tx = store.begin().await.unwrap();
    let patience = sqlx::query("PRAGMA busy_timeout = 0");
    patience
        .execute(tx.connection().await.unwrap())
        .await
        .unwrap();
    soon(tx.commit()).await.unwrap();
    let mut one = soon(store.begin()).await.unwrap();
    let two = queued(&store);
    let mut holder = store.reader().await.unwrap();
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut *holder)
        .await
        .unwrap();
    let error = one.first_time("one", now()).await.unwrap_err();
    assert!(super::Conflict::caused(&error), "{error:#}");
    assert!(soon(one.commit()).await.is_err());
    let mut two = soon(two).await.unwrap();
    assert!(two.first_time("two", now()).await.is_err());
    drop(two);
    sqlx::query("ROLLBACK").execute(&mut *holder).await.unwrap();
    let mut three = soon(store.begin()).await.unwrap();
    write(&mut three, "three").await;
    soon(three.commit()).await.unwrap();
    assert_eq!(kept(&store).await, ["three"]);
}

/// What a writer of the crowd knows of itself at its end.
enum Known {
    Kept,
    NotKept,
    /// It was cut off in the middle of its commit.
    Unknown,
}

/// A thousand writers at once, many of which fail, panic or are cut off anywhere, against a count of those who were
/// told that they were kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_thousand_writers_each_is_kept_as_it_was_told() {
    let Database {
        folder: _folder,
        store,
    } = Database::open(Bounds::USUAL).await;
    let mut random = fastrand::Rng::with_seed(41);
    let mut crowd = vec![];
    for nth in 0..1_000 {
        let (store, seed) = (store.clone(), random.u64(..));
        crowd.push((nth, tokio::spawn(writer(store, nth, seed))));
    }
    let (mut sure, mut never) = (vec![], vec![]);
    for (nth, writer) in crowd {
        match soon(writer).await {
            Ok(Known::Kept) => sure.push(nth.to_string()),
            Ok(Known::NotKept) | Err(_) => never.push(nth.to_string()),
            Ok(Known::Unknown) => {}
        }
    }
    assert!(sure.len() > 300 && never.len() > 300, "{}", sure.len());
    // Behind everybody who was cut off and left something to be undone.
    drop(soon(store.begin()).await.unwrap());
    let there = kept(&store).await;
    for key in &sure {
        assert!(there.contains(key), "{key} was told it is kept, and is not");
    }
    for key in &never {
        assert!(!there.contains(key), "{key} is there against its will");
    }
    assert!(!there.iter().any(|key| key.starts_with("half ")));
}

async fn writer(store: Store, nth: u64, seed: u64) -> Known {
    let mut random = fastrand::Rng::with_seed(seed);
    let fate = random.u8(..10);
    let cut_after = Duration::from_micros(random.u64(..400_000));
    let committing = std::sync::atomic::AtomicBool::new(false);
    let work = async {
        let mut tx = store.begin().await?;
        tx.first_time(&format!("half {nth}"), now()).await?;
        write(&mut tx, &nth.to_string()).await;
        match fate {
            0 => panic!("a test's writer panics"),
            1 => return Ok(false),
            2 => {
                let twice = sqlx::query("INSERT INTO inbox (key, at) VALUES ($1, 0)");
                twice.bind(nth.to_string()).execute(tx.wire()).await?;
            }
            _ => {}
        }
        sqlx::query("DELETE FROM inbox WHERE key = $1")
            .bind(format!("half {nth}"))
            .execute(tx.wire())
            .await?;
        committing.store(true, std::sync::atomic::Ordering::SeqCst);
        tx.commit().await?;
        anyhow::Ok(true)
    };
    // Some wait to the end; the others for a while that ends anywhere.
    let patience = if fate < 6 { PATIENCE } else { cut_after };
    match tokio::time::timeout(patience, work).await {
        Ok(Ok(true)) => Known::Kept,
        Ok(_) => Known::NotKept,
        Err(_) if committing.load(std::sync::atomic::Ordering::SeqCst) => Known::Unknown,
        Err(_) => Known::NotKept,
    }
}
