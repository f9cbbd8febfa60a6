//! Opening a database: create, migrate, and refuse what would not keep its promises.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AnyConnection, AnyPool, Connection as _, Row as _};
use tokio::time::timeout;
use url::Url;

use super::batch::{Bounds, Queue};
use super::dialect::Engine;
use super::readers::Readers;
use super::{Inner, Store, Writers};

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!();

/// Postgres: how many may read or write at once.
const WRITERS: u32 = 8;
/// How long to wait for a connection. A request from Slack is cut off earlier, as a whole.
pub(super) const ACQUIRE_WITHIN: Duration = Duration::from_secs(5);
/// How long whoever starts the program waits to hear that the database does not answer.
const OPEN_WITHIN: Duration = Duration::from_secs(10);

/// How many symbolic links are followed from one name: as many as Linux does, so that links in a circle end.
const LINKS_MAX: usize = 40;

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
        Self::open_bounded(url, Bounds::USUAL).await
    }

    /// Opens it with one commit per write, as if nobody ever waited beside another: for measuring what batching brings.
    ///
    /// # Errors
    /// See [`Store::open`].
    pub async fn open_without_batching(url: &str) -> anyhow::Result<Self> {
        let bounds = Bounds {
            members_max: 1,
            ..Bounds::USUAL
        };
        Self::open_bounded(url, bounds).await
    }

    pub(super) async fn open_bounded(url: &str, bounds: Bounds) -> anyhow::Result<Self> {
        sqlx::any::install_default_drivers();
        let inner = match Engine::of(url)? {
            Engine::Postgres => open_postgres(url).await?,
            Engine::Sqlite => match sqlite_file(url)? {
                Some(path) => open_file(&path, bounds).await?,
                None => open_memory(bounds).await?,
            },
        };
        let store = Self {
            inner: Arc::new(inner),
        };
        if store.inner._lock.is_some() {
            // The lock says that whoever held these leases is gone.
            store.end_leases().await?;
        }
        Ok(store)
    }
}

async fn migrate(connection: &mut AnyConnection) -> anyhow::Result<()> {
    MIGRATIONS
        .run(connection)
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

/// The file that a SQLite URL names; none for a database in memory.
pub(super) fn sqlite_file(url: &str) -> anyhow::Result<Option<PathBuf>> {
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

async fn open_file(path: &Path, bounds: Bounds) -> anyhow::Result<Inner> {
    let lock = lock(path)?;
    let options = options(&file_url(path, "rwc")?)?;
    let mut writer = open_connection(Engine::Sqlite, &options).await?;
    require_durability(&mut writer).await?;
    migrate(&mut writer).await?;
    Ok(Inner {
        engine: Engine::Sqlite,
        readers: Some(Readers::open(options.clone()).await?),
        writers: Writers::Batches(Queue::start(writer, options, bounds)),
        _anchor: None,
        _lock: Some(lock),
    })
}

/// The URL of a file, opened to read and write (`rw`) or created as well (`rwc`).
pub(super) fn file_url(path: &Path, mode: &str) -> anyhow::Result<String> {
    let name = path
        .to_str()
        .context("DATABASE_URL: the file's name is not UTF-8. Rename it")?
        .replace('%', "%25")
        .replace('?', "%3F")
        .replace('#', "%23");
    Ok(format!("sqlite:{name}?mode={mode}"))
}

/// One connection for all: readers of a shared cache would wait for writers anyway, and less fairly than in a queue.
async fn open_memory(bounds: Bounds) -> anyhow::Result<Inner> {
    let number = MEMORIES.fetch_add(1, Ordering::Relaxed);
    let options = options(&format!(
        "sqlite:balefire-memory-{number}?mode=memory&cache=shared"
    ))?;
    let anchor = connect(Engine::Sqlite, &options).await?;
    let mut only = open_connection(Engine::Sqlite, &options).await?;
    migrate(&mut only).await?;
    Ok(Inner {
        engine: Engine::Sqlite,
        readers: None,
        writers: Writers::Batches(Queue::start(only, options, bounds)),
        _anchor: Some(Mutex::new(anchor)),
        _lock: None,
    })
}

/// What may stand behind the `?` of a Postgres URL, as sqlx reads it; the rest it passes over.
const POSTGRES_PARAMETERS: [&str; 18] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// The names of parameters that mean nothing, without their values, which may be mistyped passwords.
fn ignored(url: &str) -> Vec<String> {
    let url = Url::parse(url).ok();
    let names = url.iter().flat_map(|url| url.query_pairs());
    let names = names.map(|(name, _)| name.into_owned());
    let is_known = |name: &String| {
        POSTGRES_PARAMETERS.contains(&name.as_str()) || name.starts_with("options[")
    };
    names.filter(|name| !is_known(name)).collect()
}

async fn open_postgres(url: &str) -> anyhow::Result<Inner> {
    let options = options(url)?;
    for parameter in ignored(url) {
        tracing::warn!(
            parameter,
            "DATABASE_URL has a parameter that means nothing here"
        );
    }
    let mut first = open_connection(Engine::Postgres, &options).await?;
    // Bringing a large table up to date may take its time.
    sqlx::raw_sql("SET statement_timeout = 0")
        .execute(&mut first)
        .await?;
    migrate(&mut first).await?;
    first.close().await?;
    Ok(Inner {
        engine: Engine::Postgres,
        readers: None,
        writers: Writers::Pool(pool(&options).await?),
        _anchor: None,
        _lock: None,
    })
}

fn options(url: &str) -> anyhow::Result<AnyConnectOptions> {
    url.parse()
        .map_err(|error| anyhow!("DATABASE_URL: {error}. Write sqlite://balefire.db or postgres://user:password@host/database"))
}

/// The first connection. A pool would try again and again; whoever starts a program wants to hear at once.
async fn open_connection(
    engine: Engine,
    options: &AnyConnectOptions,
) -> anyhow::Result<AnyConnection> {
    let way_out = match engine {
        Engine::Sqlite => "Check that the file is a database and may be written to",
        Engine::Postgres => {
            "Check that the server runs and that user, password and database are right"
        }
    };
    match timeout(OPEN_WITHIN, connect(engine, options)).await {
        Ok(connected) => connected.map_err(|error| {
            anyhow!("DATABASE_URL: the database cannot be opened: {error}. {way_out}")
        }),
        Err(_) => bail!(
            "DATABASE_URL: the database did not answer within {} s. {way_out}",
            OPEN_WITHIN.as_secs()
        ),
    }
}

/// Opens a connection that keeps its promises.
pub(super) async fn connect(
    engine: Engine,
    options: &AnyConnectOptions,
) -> sqlx::Result<AnyConnection> {
    let mut connection = AnyConnection::connect_with(options).await?;
    settle(engine, &mut connection).await?;
    Ok(connection)
}

/// Opens one that only reads: several share a file, and each has a cache of pages that the system has in its own. Half
/// a megabyte will do, where two are usual.
pub(super) async fn connect_reader(options: &AnyConnectOptions) -> sqlx::Result<AnyConnection> {
    let mut connection = connect(Engine::Sqlite, options).await?;
    sqlx::query("PRAGMA cache_size = -500")
        .execute(&mut connection)
        .await?;
    Ok(connection)
}

/// Postgres' connections.
async fn pool(options: &AnyConnectOptions) -> anyhow::Result<AnyPool> {
    AnyPoolOptions::new()
        .max_connections(WRITERS)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_WITHIN)
        .after_connect(|connection, _| Box::pin(settle(Engine::Postgres, connection)))
        .connect_with(options.clone())
        .await
        .context("DATABASE_URL: the database was there and is gone")
}

async fn settle(engine: Engine, connection: &mut AnyConnection) -> sqlx::Result<()> {
    for setting in engine.settings() {
        sqlx::query(*setting).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Where the lock of a database file is: beside the file itself, so that symbolic links to it or to its folder lead to
/// the same lock. A second hard link to the file is not noticed. SQLite does not notice it either, keeps a log of its
/// own for each name, and ruins the file if both are used.
pub(super) fn lock_path(database: &Path) -> PathBuf {
    let mut path = without_links(database).into_os_string();
    path.push(".lock");
    path.into()
}

/// The file as SQLite finds it, also when it is still to be made. What cannot be followed stays as it is: whoever opens
/// it says what is wrong.
fn without_links(database: &Path) -> PathBuf {
    let mut path = database.to_owned();
    for _ in 0..LINKS_MAX {
        let Ok(target) = std::fs::read_link(&path) else {
            break;
        };
        // A relative one is meant from where the link is; an absolute one takes the place of all.
        path.set_file_name(target);
    }
    let folder = match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => return path,
    };
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}

/// Takes the file for this process. The lock is the operating system's, so a crash gives it back.
fn lock(database: &Path) -> anyhow::Result<File> {
    let shown = database.display();
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(lock_path(database))
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
async fn require_durability(connection: &mut AnyConnection) -> anyhow::Result<()> {
    const FULL: i64 = 2;
    let journal: String = sqlx::query("PRAGMA journal_mode")
        .fetch_one(&mut *connection)
        .await?
        .try_get(0)?;
    let synchronous: i64 = sqlx::query("PRAGMA synchronous")
        .fetch_one(&mut *connection)
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

    async fn opened(url: &str) -> AnyConnection {
        sqlx::any::install_default_drivers();
        let options = options(url).unwrap();
        connect(Engine::Sqlite, &options).await.unwrap()
    }

    #[test]
    fn parameters_that_mean_nothing_are_named() {
        let url = "postgres://u:p@h/d?sslmode=require&pasword=x&options[a]=b&connect_timeout=3";
        assert_eq!(ignored(url), ["pasword", "connect_timeout"]);
        assert_eq!(ignored("postgres://u:p@h/d"), [""; 0]);
    }

    #[tokio::test]
    async fn who_reads_keeps_a_smaller_cache_than_who_writes() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}/a.db", folder.path().display()))
            .await
            .unwrap();
        let cache = sqlx::query("PRAGMA cache_size");
        let mut reader = store.reader().await.unwrap();
        let reads = cache.fetch_one(&mut *reader).await.unwrap();
        let cache = sqlx::query("PRAGMA cache_size");
        let mut tx = store.begin().await.unwrap();
        let writes = cache
            .fetch_one(tx.connection().await.unwrap())
            .await
            .unwrap();
        // Below 0 it is KiB.
        assert_eq!(
            [reads, writes].map(|row| row.get::<i64, _>(0)),
            [-500, -2_000]
        );
    }

    #[tokio::test]
    async fn what_keeps_less_than_asked_for_is_refused() {
        // A database in memory grants no journal, whatever is asked.
        let mut memory = opened("sqlite:a?mode=memory&cache=shared").await;
        let error = require_durability(&mut memory).await.unwrap_err();
        let expected = "SQLite gives journal_mode=memory synchronous=2 here";
        assert!(error.to_string().contains(expected), "{error}");

        let folder = tempfile::tempdir().unwrap();
        let mut file = opened(&format!("sqlite:{}/a.db?mode=rwc", folder.path().display())).await;
        require_durability(&mut file).await.unwrap();
        sqlx::query("PRAGMA synchronous = NORMAL")
            .execute(&mut file)
            .await
            .unwrap();
        let error = require_durability(&mut file).await.unwrap_err();
        assert!(error.to_string().contains("synchronous=1"), "{error}");
    }
}
