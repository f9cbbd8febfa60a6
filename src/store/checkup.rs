//! What can be learned of a database without changing it: whether it is there, takes a write and has its tables.
//!
//! The rule: a Balefire that runs on it does not notice. What is written is rolled back, nothing is created or brought
//! up to date, and the lock of a SQLite file is looked at and not kept.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context as _, anyhow};
use sqlx::{AnyConnection, Connection as _, Executor as _, Row as _};

use super::connect::{MIGRATIONS, file_url, lock_path, sqlite_file};
use super::dialect::{BEGIN_TO_WRITE, Engine, HAS_MIGRATIONS};

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkup {
    /// Where the data is.
    pub place: Place,
    /// How far the tables are.
    pub tables: Tables,
    /// Why it takes no write, in the database's words. Not tried on tables that are not ours to write to.
    pub refuses_writes: Option<String>,
}

/// Where a database is, and what is known of the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// SQLite, gone when the process ends.
    Memory,
    /// SQLite.
    File {
        path: PathBuf,
        /// `false`: nothing has been stored yet.
        exists: bool,
        /// A process holds the file: a Balefire runs on it.
        in_use: bool,
    },
    Postgres {
        /// As the server says it: `17.2 (Debian 17.2-1)`.
        version: String,
        /// The version of TLS, if there is any.
        tls: Option<String>,
        /// Over a socket, or over loopback: nobody is in between.
        on_this_machine: bool,
    },
}

/// How the tables there compare with the migrations of this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tables {
    UpToDate,
    /// Nothing has been stored yet.
    Missing,
    /// The start would bring them up to date, by so many steps.
    Behind {
        steps: usize,
    },
    /// A newer version has changed them.
    Newer,
    /// A migration there is not the one of this program.
    Altered {
        version: i64,
    },
}

/// Looks at the database that `url` names.
///
/// # Errors
/// One line for the operator when it cannot be reached or read. The URL is not in it, as it may hold a password.
pub async fn check_up(url: &str) -> anyhow::Result<Checkup> {
    sqlx::any::install_default_drivers();
    match Engine::of(url)? {
        Engine::Postgres => {
            let mut connection = AnyConnection::connect(url)
                .await
                .map_err(|error| anyhow!("{error}"))?;
            for setting in Engine::Postgres.settings() {
                connection.execute(*setting).await?;
            }
            let place = server(&mut connection).await.context("asking the server")?;
            looked_at(connection, Engine::Postgres, place).await
        }
        Engine::Sqlite => match sqlite_file(url)? {
            None => Ok(Checkup {
                place: Place::Memory,
                tables: Tables::Missing,
                refuses_writes: None,
            }),
            Some(path) => file(path).await,
        },
    }
}

async fn file(path: PathBuf) -> anyhow::Result<Checkup> {
    let exists = path.try_exists()?;
    let place = Place::File {
        in_use: is_locked(&path)?,
        exists,
        path: path.clone(),
    };
    if !exists {
        return Ok(Checkup {
            place,
            tables: Tables::Missing,
            refuses_writes: why_no_file(&path).err().map(|error| error.to_string()),
        });
    }
    let mut connection = AnyConnection::connect(&file_url(&path, "rw")?)
        .await
        .map_err(|error| anyhow!("{error}"))?;
    // As long as the bot itself would wait for its turn.
    connection.execute("PRAGMA busy_timeout = 4000").await?;
    looked_at(connection, Engine::Sqlite, place).await
}

async fn looked_at(
    mut connection: AnyConnection,
    engine: Engine,
    place: Place,
) -> anyhow::Result<Checkup> {
    let applied = applied(&mut connection, engine)
        .await
        .map_err(|error| anyhow!("{error}"))?;
    let tables = compared(&applied);
    let refuses_writes = match tables {
        Tables::Newer | Tables::Altered { .. } => None,
        _ => write_in_vain(&mut connection, engine, tables)
            .await
            .err()
            .map(|error| error.to_string()),
    };
    // Whether it says goodbye properly changes nothing that was seen.
    let _ = connection.close().await;
    Ok(Checkup {
        place,
        tables,
        refuses_writes,
    })
}

async fn server(connection: &mut AnyConnection) -> sqlx::Result<Place> {
    let version = sqlx::query("SHOW server_version")
        .fetch_one(&mut *connection)
        .await?
        .try_get(0)?;
    let tls = sqlx::query("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl")
        .fetch_optional(&mut *connection)
        .await?
        .map(|row| row.try_get(0))
        .transpose()?;
    let address: String = sqlx::query("SELECT COALESCE(host(inet_server_addr()), '')")
        .fetch_one(&mut *connection)
        .await?
        .try_get(0)?;
    let on_this_machine = address.is_empty()
        || address
            .parse()
            .is_ok_and(|address: std::net::IpAddr| address.is_loopback());
    Ok(Place::Postgres {
        version,
        tls,
        on_this_machine,
    })
}

/// The migrations that were applied, with their checksums.
async fn applied(
    connection: &mut AnyConnection,
    engine: Engine,
) -> sqlx::Result<BTreeMap<i64, Vec<u8>>> {
    let there: i64 = sqlx::query(HAS_MIGRATIONS.on(engine))
        .fetch_one(&mut *connection)
        .await?
        .try_get(0)?;
    if there == 0 {
        return Ok(BTreeMap::new());
    }
    let rows = sqlx::query("SELECT version, checksum FROM _sqlx_migrations")
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

fn compared(applied: &BTreeMap<i64, Vec<u8>>) -> Tables {
    let ours: BTreeMap<i64, &[u8]> = MIGRATIONS
        .iter()
        .map(|migration| (migration.version, migration.checksum.as_ref()))
        .collect();
    if applied.is_empty() {
        return Tables::Missing;
    }
    if applied.keys().any(|version| !ours.contains_key(version)) {
        return Tables::Newer;
    }
    let altered = applied
        .iter()
        .find(|(version, checksum)| ours[version] != checksum.as_slice());
    match altered {
        Some((version, _)) => Tables::Altered { version: *version },
        None if applied.len() < ours.len() => Tables::Behind {
            steps: ours.len() - applied.len(),
        },
        None => Tables::UpToDate,
    }
}

/// Writes and takes it back: a row where there are tables, a table where the start would make some.
async fn write_in_vain(
    connection: &mut AnyConnection,
    engine: Engine,
    tables: Tables,
) -> sqlx::Result<()> {
    let mut tx = connection.begin_with(BEGIN_TO_WRITE.on(engine)).await?;
    if matches!(tables, Tables::Missing | Tables::Behind { .. }) {
        tx.execute("CREATE TABLE balefire_doctor (id BIGINT)")
            .await?;
    }
    if tables != Tables::Missing {
        tx.execute("INSERT INTO inbox (key, at) VALUES ('balefire doctor', 0)")
            .await?;
    }
    tx.rollback().await
}

/// Whether a process holds the file. The lock is had for an instant, shared, if nobody does.
fn is_locked(database: &Path) -> anyhow::Result<bool> {
    let file = match File::open(lock_path(database)) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(anyhow!("{}: {error}", lock_path(database).display())),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error).context("the file cannot be locked"),
    }
}

/// Why a file could not be made there, shown by one of another name that is gone again.
fn why_no_file(database: &Path) -> std::io::Result<()> {
    let mut probe = database.as_os_str().to_owned();
    probe.push(format!(".doctor-{}", process::id()));
    File::create_new(&probe)?;
    std::fs::remove_file(&probe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_compared_by_version_and_checksum() {
        let ours: BTreeMap<i64, Vec<u8>> = MIGRATIONS
            .iter()
            .map(|migration| (migration.version, migration.checksum.to_vec()))
            .collect();
        let last = *ours.keys().last().unwrap();
        let with = |version: i64, checksum: &[u8]| {
            let mut there = ours.clone();
            there.insert(version, checksum.to_vec());
            there
        };
        assert_eq!(compared(&BTreeMap::new()), Tables::Missing);
        assert_eq!(compared(&ours), Tables::UpToDate);
        assert_eq!(compared(&with(last + 1, b"later")), Tables::Newer);
        assert_eq!(
            compared(&with(last, b"another")),
            Tables::Altered { version: last }
        );
        let mut behind = ours.clone();
        behind.remove(&last);
        let expected = match behind.len() {
            0 => Tables::Missing,
            _ => Tables::Behind { steps: 1 },
        };
        assert_eq!(compared(&behind), expected);
    }
}
