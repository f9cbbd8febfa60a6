//! Opening a database: create, migrate, and refuse what would not keep its promises.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, anyhow, bail};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AnyConnection, AnyPool, Connection as _, Row as _};

use super::dialect::Engine;
use super::{Inner, Store};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// How many statements may read at once.
const READERS: u32 = 4;
/// Postgres: how many transactions may write at once.
const WRITERS: u32 = 8;

/// Databases in memory so far; each is its own.
static MEMORIES: AtomicU64 = AtomicU64::new(0);

impl Store {
    /// Opens a database, creates it if need be, and brings its tables up to date.
    ///
    /// `url` is `sqlite://FILE`, `sqlite::memory:` (gone when the last clone of the store is dropped) or
    /// `postgres://…`. A SQLite file belongs to one store at a time.
    ///
    /// # Errors
    /// One line that names `DATABASE_URL` and the way out, and never the URL itself, which may hold a password.
    pub async fn open(url: &str) -> anyhow::Result<Self> {
        sqlx::any::install_default_drivers();
        let inner = match Engine::of(url)? {
            Engine::Postgres => open_postgres(url).await?,
            Engine::Sqlite => match sqlite_file(url)? {
                Some(path) => open_file(&path).await?,
                None => open_memory().await?,
            },
        };
        let store = Self {
            inner: Arc::new(inner),
        };
        store.migrate().await?;
        if store.inner._lock.is_some() {
            // The lock says that whoever held these leases is gone.
            store.end_leases().await?;
        }
        Ok(store)
    }

    async fn migrate(&self) -> anyhow::Result<()> {
        MIGRATIONS
            .run(&self.inner.writers)
            .await
            .map_err(|error| match error {
                MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => anyhow!(
                    "DATABASE_URL: a newer Balefire has written this database. Run that version, or restore a backup"
                ),
                MigrateError::VersionMismatch(version) => anyhow!(
                    "DATABASE_URL: migration {version} in this database is not the one of this Balefire. Run the version that made it, or name another database"
                ),
                error => anyhow::Error::new(error)
                    .context("DATABASE_URL: the tables could not be brought up to date"),
            })
    }
}

/// The file that a SQLite URL names; none for a database in memory.
fn sqlite_file(url: &str) -> anyhow::Result<Option<PathBuf>> {
    let rest = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let (name, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    if name == ":memory:" || parameters.contains("mode=memory") {
        return Ok(None);
    }
    if parameters.contains("mode=ro") || parameters.contains("immutable") {
        bail!(
            "DATABASE_URL: Balefire must be able to write. Take `mode=ro` and `immutable` out of it"
        );
    }
    if name.is_empty() {
        bail!("DATABASE_URL: names no file. Write for example sqlite://balefire.db");
    }
    let options: SqliteConnectOptions = url.parse().map_err(|error| {
        anyhow!("DATABASE_URL: {error}. Write for example sqlite://balefire.db")
    })?;
    Ok(Some(options.get_filename().to_owned()))
}

async fn open_file(path: &Path) -> anyhow::Result<Inner> {
    let lock = lock(path)?;
    let name = path
        .to_str()
        .context("DATABASE_URL: the file's name is not UTF-8. Rename it")?
        .replace('%', "%25")
        .replace('?', "%3F")
        .replace('#', "%23");
    let url = format!("sqlite:{name}?mode=rwc");
    let writers = pool(Engine::Sqlite, &url, 1).await?;
    require_durability(&writers).await?;
    Ok(Inner {
        engine: Engine::Sqlite,
        readers: pool(Engine::Sqlite, &url, READERS).await?,
        writers,
        _anchor: None,
        _lock: Some(lock),
    })
}

/// One connection for all: readers of a shared cache would wait for writers anyway, and less fairly than a pool does.
async fn open_memory() -> anyhow::Result<Inner> {
    let number = MEMORIES.fetch_add(1, Ordering::Relaxed);
    let url = format!("sqlite:balefire-memory-{number}?mode=memory&cache=shared");
    let anchor = pool(Engine::Sqlite, &url, 1).await?;
    let only = pool(Engine::Sqlite, &url, 1).await?;
    Ok(Inner {
        engine: Engine::Sqlite,
        readers: only.clone(),
        writers: only,
        _anchor: Some(anchor),
        _lock: None,
    })
}

async fn open_postgres(url: &str) -> anyhow::Result<Inner> {
    let pool = pool(Engine::Postgres, url, WRITERS).await?;
    Ok(Inner {
        engine: Engine::Postgres,
        readers: pool.clone(),
        writers: pool,
        _anchor: None,
        _lock: None,
    })
}

async fn pool(engine: Engine, url: &str, connections_max: u32) -> anyhow::Result<AnyPool> {
    let options: AnyConnectOptions = url
        .parse()
        .map_err(|error| anyhow!("DATABASE_URL: {error}. Write sqlite://balefire.db or postgres://user:password@host/database"))?;
    // A pool would try again and again for 30 seconds; whoever starts a program wants to hear at once.
    try_once(engine, &options).await.map_err(|error| {
        let way_out = match engine {
            Engine::Sqlite => "Check that the file is a database and may be written to",
            Engine::Postgres => {
                "Check that the server runs and that user, password and database are right"
            }
        };
        anyhow!("DATABASE_URL: the database cannot be opened: {error}. {way_out}")
    })?;
    let pool = AnyPoolOptions::new()
        .max_connections(connections_max)
        .min_connections(1)
        .after_connect(move |connection, _| Box::pin(settle(engine, connection)));
    let pool = match engine {
        // These connections cannot break, and the database in memory must not lose them.
        Engine::Sqlite => pool
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None),
        Engine::Postgres => pool,
    };
    pool.connect_with(options)
        .await
        .context("DATABASE_URL: the database was there and is gone")
}

async fn try_once(engine: Engine, options: &AnyConnectOptions) -> sqlx::Result<()> {
    let mut connection = AnyConnection::connect_with(options).await?;
    settle(engine, &mut connection).await?;
    connection.close().await
}

async fn settle(engine: Engine, connection: &mut AnyConnection) -> sqlx::Result<()> {
    for setting in engine.settings() {
        sqlx::query(*setting).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Takes the file for this process. The lock is the operating system's, so a crash gives it back.
fn lock(database: &Path) -> anyhow::Result<File> {
    let shown = database.display();
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| {
            anyhow!("DATABASE_URL: {shown} cannot be written beside: {error}. Make its folder, and let this user write to it")
        })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "DATABASE_URL: another Balefire runs on {shown}. Stop that one first; for several at once take Postgres"
        ),
        Err(TryLockError::Error(error)) => bail!(
            "DATABASE_URL: {shown} cannot be locked: {error}. Put it on a disk of this machine"
        ),
    }
}

/// Reads back what was asked for: SQLite grants less without a word (a file system without shared memory, say).
async fn require_durability(pool: &AnyPool) -> anyhow::Result<()> {
    const FULL: i64 = 2;
    let journal: String = sqlx::query("PRAGMA journal_mode")
        .fetch_one(pool)
        .await?
        .try_get(0)?;
    let synchronous: i64 = sqlx::query("PRAGMA synchronous")
        .fetch_one(pool)
        .await?
        .try_get(0)?;
    if journal != "wal" || synchronous < FULL {
        bail!(
            "DATABASE_URL: SQLite gives journal_mode={journal} synchronous={synchronous} here; Balefire needs wal and {FULL} to lose nothing. Put the file on a disk of this machine"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_keeps_less_than_asked_for_is_refused() {
        sqlx::any::install_default_drivers();
        // A database in memory grants no journal, whatever is asked.
        let memory = pool(Engine::Sqlite, "sqlite:a?mode=memory&cache=shared", 1).await;
        let error = require_durability(&memory.unwrap()).await.unwrap_err();
        let expected = "SQLite gives journal_mode=memory synchronous=2 here";
        assert!(error.to_string().contains(expected), "{error}");

        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/a.db?mode=rwc", folder.path().display());
        let file = pool(Engine::Sqlite, &url, 1).await.unwrap();
        require_durability(&file).await.unwrap();
        sqlx::query("PRAGMA synchronous = NORMAL")
            .execute(&file)
            .await
            .unwrap();
        let error = require_durability(&file).await.unwrap_err();
        assert!(error.to_string().contains("synchronous=1"), "{error}");
    }
}
