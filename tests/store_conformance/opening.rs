//! Opening a database, and what a restart finds.

use balefire::domain::event::Event;
use balefire::store::Store;
use chrono::Duration;
use sqlx::Executor as _;

use crate::Database;
use crate::samples::*;

async fn refusal(url: &str) -> String {
    match Store::open(url).await {
        Ok(_) => panic!("{url} was opened"),
        Err(error) => format!("{error:#}"),
    }
}

#[tokio::test]
async fn a_url_that_cannot_work_is_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    std::fs::write(
        folder.path().join("notes.txt"),
        "no database at all, but long enough",
    )
    .unwrap();
    let cases = [
        ("".to_owned(), "neither SQLite nor Postgres"),
        ("balefire.db".to_owned(), "neither SQLite nor Postgres"),
        (
            "mysql://balefire:secret@localhost/balefire".to_owned(),
            "neither SQLite nor Postgres",
        ),
        ("sqlite://".to_owned(), "names no file"),
        (
            "sqlite://balefire.db?mode=ro".to_owned(),
            "must be able to write",
        ),
        (
            "sqlite://balefire.db?colour=red".to_owned(),
            "unknown query parameter `colour`",
        ),
        (
            format!("sqlite://{path}/missing/balefire.db"),
            "Make its folder",
        ),
        (
            format!("sqlite://{path}/notes.txt"),
            "Check that the file is a database",
        ),
        (
            "postgres://balefire:secret@127.0.0.1:1/balefire".to_owned(),
            "Check that the server runs",
        ),
    ];
    for (url, expected) in cases {
        let refusal = refusal(&url).await;
        assert!(refusal.starts_with("DATABASE_URL: "), "{refusal}");
        assert!(refusal.contains(expected), "{refusal}");
        assert!(
            !refusal.contains('\n') && !refusal.contains("secret"),
            "{refusal}"
        );
    }
}

#[tokio::test]
async fn a_file_belongs_to_one_store_at_a_time() {
    let database = Database::file();
    let (one, two) = tokio::join!(Store::open(&database.url), Store::open(&database.url));
    let (store, refused) = match (one, two) {
        (Ok(store), Err(error)) | (Err(error), Ok(store)) => (store, error),
        (one, two) => panic!("{} and {}", one.is_ok(), two.is_ok()),
    };
    assert!(
        refused.to_string().contains("another Balefire runs on"),
        "{refused}"
    );
    let clone = store.clone();
    drop(store);
    assert!(
        refusal(&database.url)
            .await
            .contains("another Balefire runs on")
    );
    drop(clone);
    database.open().await.close().await;
    database.open().await.ping().await.unwrap();
}

/// A link is another name for the same file, also when the file is still to be made.
#[cfg(unix)]
#[tokio::test]
async fn a_file_belongs_to_one_store_by_whatever_name() {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("real")).unwrap();
    symlink("real", path("linked")).unwrap();
    symlink("real/balefire.db", path("link.db")).unwrap();
    symlink("../link.db", path("real/link-to-link.db")).unwrap();
    let names = [
        "real/balefire.db",
        "linked/balefire.db",
        "real/../linked/balefire.db",
        "link.db",
        "linked/link-to-link.db",
    ];
    let url = |name: &str| format!("sqlite://{}", path(name).display());
    for first in names {
        let store = Store::open(&url(first)).await.unwrap();
        enqueue(&store, "C1", &[tell(first)], 0).await;
        assert_eq!(take(&store, at(1), Duration::hours(1), 1).await.len(), 1);
        for second in names {
            let refused = refusal(&url(second)).await;
            let expected = "another Balefire runs on";
            assert!(refused.contains(expected), "{first}, {second}: {refused}");
        }
        // Nor has one of them ended the lease of the first.
        let taken = take(&store, at(2), Duration::hours(1), 1).await;
        assert!(taken.is_empty(), "{first}");
        store.close().await;
        for file in ["balefire.db", "balefire.db-wal", "balefire.db-shm"] {
            let _ = std::fs::remove_file(path("real").join(file));
        }
    }
    // Links that go round lead to no file.
    symlink("b.db", path("a.db")).unwrap();
    symlink("a.db", path("b.db")).unwrap();
    let refused = refusal(&url("a.db")).await;
    assert!(refused.starts_with("DATABASE_URL: "), "{refused}");
}

#[tokio::test]
async fn a_write_is_alone_from_its_first_statement() {
    let database = Database::file();
    let store = database.open().await;
    let mut raw = database.raw().await;
    raw.execute("PRAGMA busy_timeout = 0").await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let write = |key| format!("INSERT INTO inbox (key, at) VALUES ('{key}', 0)");
    let by_hand = |key| sqlx::raw_sql(sqlx::AssertSqlSafe(write(key)));
    // Whoever has asked nothing yet keeps nobody out.
    raw.execute(by_hand("before")).await.unwrap();
    // To read is enough: what is written by it must still hold.
    assert!(!tx.first_time("before", at(0)).await.unwrap());
    let error = raw.execute(by_hand("meanwhile")).await.unwrap_err();
    assert!(error.to_string().contains("locked"), "{error}");
    tx.commit().await.unwrap();
    raw.execute(by_hand("after")).await.unwrap();
    assert!(store.heard("after").await.unwrap());
    store.begin().await.unwrap().commit().await.unwrap();
    drop(store.begin().await.unwrap());
    raw.execute(by_hand("at the end")).await.unwrap();
}

#[tokio::test]
async fn file_names_are_taken_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    for (name, file) in [
        ("with space.db", "with space.db"),
        ("100%25.db", "100%.db"),
        ("what%3F.db", "what?.db"),
        ("事故#1.db", "事故#1.db"),
        ("plain.db?mode=rwc", "plain.db"),
    ] {
        let store = Store::open(&format!("sqlite://{}/{name}", folder.path().display()))
            .await
            .unwrap();
        store.ping().await.unwrap();
        assert!(folder.path().join(file).is_file(), "{file}");
        assert!(
            folder.path().join(format!("{file}.lock")).is_file(),
            "{file}"
        );
    }
}

#[tokio::test]
async fn each_database_in_memory_is_its_own() {
    let (one, two) = (
        Database::memory().open().await,
        Database::memory().open().await,
    );
    declare(&one, "INC-2026-001", &[declaration("Down", 900)]).await;
    assert_eq!(
        two.incident(&team(), &id("INC-2026-001")).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let database = Database::file();
    database.open().await.close().await;
    let mut raw = database.raw().await;
    raw.execute("UPDATE _sqlx_migrations SET version = version + 9998")
        .await
        .unwrap();
    assert!(
        refusal(&database.url)
            .await
            .contains("a newer Balefire has written this database")
    );
    raw.execute("UPDATE _sqlx_migrations SET version = version - 9998, checksum = x'00'")
        .await
        .unwrap();
    assert!(
        refusal(&database.url)
            .await
            .contains("is not the one of this Balefire")
    );
}

#[tokio::test]
async fn a_crash_keeps_what_was_committed_and_says_what_was_in_flight() {
    let database = Database::file();
    let store = database.open().await;
    let entries = [declaration("Down", 900), by("UBOB", 1, Event::Acknowledged)];
    let saved = declare(&store, "INC-2026-001", &entries).await;
    enqueue(&store, "C1", &[tell("1"), tell("2")], 0).await;
    let claimed = take(&store, at(10), Duration::hours(1), 9).await;
    let mut uncommitted = store.begin().await.unwrap();
    put(&mut uncommitted, "C2", &[tell("never")], 0)
        .await
        .unwrap();
    drop(uncommitted);
    drop(store);

    let store = database.open().await;
    assert_eq!(
        store.incident(&team(), &id("INC-2026-001")).await.unwrap(),
        Some(saved)
    );
    assert_eq!(
        store.timeline(&team(), &id("INC-2026-001")).await.unwrap(),
        entries
    );
    // Nobody else can hold the file, so the lease of the one who died is over at once.
    let rows = take(&store, at(11), Duration::hours(1), 9).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].id, claimed[0].id);
    assert_eq!((rows[0].interrupted, rows[0].sent_at), (true, Some(at(10))));
}

/// Whoever looks after the database may have told it to answer before what it keeps is on the disk.
#[tokio::test]
async fn on_postgres_a_commit_is_on_the_disk_whatever_is_usual_there() {
    let database = Database::postgres().await;
    let mut hand = database.raw().await;
    for statement in [
        "DO $$ BEGIN
           EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database());
         END $$",
        "CREATE FUNCTION is_durable() RETURNS TRIGGER LANGUAGE plpgsql AS
         $$ BEGIN
           IF current_setting('synchronous_commit') = 'off' THEN RAISE 'it would be lost'; END IF;
           RETURN NEW;
         END $$",
    ] {
        hand.execute(statement).await.unwrap();
    }
    let store = database.open().await;
    hand.execute(
        "CREATE TRIGGER is_durable BEFORE INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION is_durable()",
    )
    .await
    .unwrap();
    let mut tx = store.begin().await.unwrap();
    assert!(tx.first_time("event Ev1", at(0)).await.unwrap());
    tx.commit().await.unwrap();
}
