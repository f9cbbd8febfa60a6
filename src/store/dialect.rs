//! What differs between SQLite and Postgres, side by side. A statement in here has the same meaning on both.

use anyhow::bail;

/// Which database this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

/// One statement in two texts.
#[derive(Clone, Copy)]
pub(super) struct Text {
    sqlite: &'static str,
    postgres: &'static str,
}

impl Text {
    pub(super) fn on(self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }
}

/// A `SELECT` whose rows Postgres keeps for this transaction. SQLite has one writer at a time and needs no such clause.
macro_rules! locking {
    ($select:expr, $clause:literal) => {
        crate::store::dialect::Text::new($select, concat!($select, " ", $clause))
    };
}
pub(super) use locking;

/// A statement that puts eight hexadecimal digits of a number among its texts.
macro_rules! with_hex {
    ($before:literal, $number:literal, $after:literal) => {
        crate::store::dialect::Text::new(
            concat!($before, "printf('%08x', ", $number, ")", $after),
            concat!($before, "lpad(to_hex(", $number, "), 8, '0')", $after),
        )
    };
}
pub(super) use with_hex;

impl Text {
    pub(super) const fn new(sqlite: &'static str, postgres: &'static str) -> Self {
        Self { sqlite, postgres }
    }
}

impl Engine {
    /// The engine a URL asks for.
    ///
    /// # Errors
    /// It asks for neither. The URL is not repeated, because it may hold a password.
    pub(super) fn of(url: &str) -> anyhow::Result<Self> {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Ok(Engine::Sqlite),
            Some("postgres" | "postgresql") => Ok(Engine::Postgres),
            _ => bail!(
                "DATABASE_URL: neither SQLite nor Postgres. Write sqlite://balefire.db or postgres://user:password@host/database"
            ),
        }
    }

    /// Run on every new connection. SQLite: what is committed is on the disk, and reading waits for no writer.
    pub(super) fn settings(self) -> &'static [&'static str] {
        match self {
            Engine::Sqlite => &[
                "PRAGMA journal_mode = WAL",
                "PRAGMA synchronous = FULL",
                "PRAGMA foreign_keys = ON",
                // Shorter than a statement may take, so that a file that somebody else holds is an answer.
                "PRAGMA busy_timeout = 4000",
            ],
            Engine::Postgres => &[
                // What is committed is on the disk, whatever is usual for this role or database.
                "SET synchronous_commit = on",
                // A replica that stops in the middle of a transaction must not hold up the others for longer than this.
                "SET lock_timeout = '4s'",
                "SET statement_timeout = '5s'",
                "SET idle_in_transaction_session_timeout = '10s'",
            ],
        }
    }

    /// Whether this error code says that the transaction would succeed if it were begun again: on SQLite that the file
    /// is busy (5) or locked (6), in the low byte of the code; on Postgres a serialization failure, a deadlock, or a
    /// lock that was not to be had in time.
    pub(super) fn is_conflict(code: &str) -> bool {
        let busy = code
            .parse::<u32>()
            .is_ok_and(|code| code < 10_000 && matches!(code & 0xff, 5 | 6));
        busy || matches!(code, "40001" | "40P01" | "55P03")
    }
}

/// Makes declarations of a workspace take their turns until this transaction ends. `$1` is the workspace.
/// On SQLite they do anyway.
pub(super) const TAKE_TURNS: Text = Text::new(
    "SELECT $1",
    "SELECT COUNT(*) FROM pg_advisory_xact_lock(hashtext($1))",
);

/// 1 if migrations were ever applied to this database, else 0.
pub(super) const HAS_MIGRATIONS: Text = Text::new(
    "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'",
    "SELECT COUNT(*) FROM information_schema.tables
     WHERE table_schema = current_schema() AND table_name = '_sqlx_migrations'",
);

/// Begins to write. SQLite: alone from the start, or not at all.
pub(super) const BEGIN_TO_WRITE: Text = Text::new("BEGIN IMMEDIATE", "BEGIN");

/// Whether a COMMIT that ends with this code of Postgres' may stand all the same: the connection was lost amid it
/// (between a pooler and the server, say), or the server was told to stop.
/// https://www.postgresql.org/docs/current/errcodes-appendix.html
pub(super) fn leaves_open(code: &str) -> bool {
    code.starts_with("08") || code.starts_with("57P") || code == "40003"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_says_that_nothing_was_committed() {
        for (code, open) in [
            ("08P01", true),
            ("08006", true),
            ("57P01", true),
            ("40003", true),
            ("40001", false),
            ("23505", false),
            ("53100", false),
            ("25006", false),
        ] {
            assert_eq!(leaves_open(code), open, "{code}");
        }
    }
}
