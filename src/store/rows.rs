//! Rows into values. A row is a suspect: what it says is believed only if it makes sense as a whole.

use std::sync::Arc;

use anyhow::Context as _;
use chrono::{DateTime, Duration};
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::Conflict;
use super::dialect::Engine;
use crate::clock::Time;
use crate::ids::IncidentId;
use crate::telemetry::{self, DatabaseFailure};

/// What was being done when the database refused, for the reader of the log.
pub(super) trait Doing<T> {
    /// `what` follows "while we …".
    fn doing(self, what: &'static str) -> anyhow::Result<T>;
}

impl<T> Doing<T> for Result<T, sqlx::Error> {
    fn doing(self, what: &'static str) -> anyhow::Result<T> {
        self.map_err(|error| failure(Arc::new(error), what))
    }
}

/// Why something could not be done: somebody was quicker, or the database failed.
pub(super) fn failure(error: Arc<sqlx::Error>, doing: &'static str) -> anyhow::Error {
    let conflict = error.as_database_error().is_some_and(|error| {
        error.is_unique_violation() || error.code().is_some_and(|code| Engine::is_conflict(&code))
    });
    if conflict {
        return Conflict {
            doing,
            source: Some(error),
        }
        .into();
    }
    telemetry::database_failed(kind_of(&error));
    anyhow::Error::new(error).context(format!("the database failed while we {doing}"))
}

fn kind_of(error: &sqlx::Error) -> DatabaseFailure {
    match error {
        sqlx::Error::PoolTimedOut => DatabaseFailure::Busy,
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolClosed => {
            DatabaseFailure::Unreachable
        }
        sqlx::Error::Database(_) => DatabaseFailure::Refused,
        _ => DatabaseFailure::Other,
    }
}

/// A row holds what this version cannot make sense of: a newer one wrote it, or a hand changed it.
#[derive(Debug, thiserror::Error)]
#[error("table {table}, row {key}, column {column}: {what}")]
pub struct Unreadable {
    table: &'static str,
    key: String,
    column: String,
    what: String,
}

const YOUNG: Duration = Duration::minutes(1);
const SHORT_PAUSE: Duration = Duration::seconds(1);

impl Unreadable {
    /// The longest [`Unreadable::pause`].
    pub const PAUSE_MAX: Duration = Duration::minutes(1);

    /// Whether somebody else may soon deal with what has waited for so long: while versions are replaced, that is not
    /// worth a word.
    pub fn is_young(age: Duration) -> bool {
        age < YOUNG
    }

    /// How long this process leaves alone what has waited for so long. Whoever can make sense of it (a newer Balefire
    /// on the same database) must not find that we were quicker minute after minute: while it is young, it is theirs
    /// again within a second.
    pub fn pause(age: Duration) -> Duration {
        match Self::is_young(age) {
            true => SHORT_PAUSE,
            false => Self::PAUSE_MAX,
        }
    }

    /// Whether this is why something failed.
    pub fn caused(error: &anyhow::Error) -> bool {
        error.downcast_ref::<Unreadable>().is_some()
    }
}

/// A row under suspicion. Complaints name its table, its key and the column.
pub(super) struct Suspect<'r> {
    row: &'r AnyRow,
    table: &'static str,
    key: String,
}

impl<'r> Suspect<'r> {
    /// The row's key is read first, so that every complaint can name it.
    pub(super) fn new(
        row: &'r AnyRow,
        table: &'static str,
        key: &[&'static str],
    ) -> anyhow::Result<Self> {
        let mut suspect = Self {
            row,
            table,
            key: String::new(),
        };
        let mut words = vec![];
        for column in key {
            let text = row.try_get::<String, _>(*column);
            let word = text.or_else(|_| {
                row.try_get::<i64, _>(*column)
                    .map(|number| number.to_string())
            });
            words.push(word.map_err(|error| suspect.complaint(column, &error))?);
        }
        suspect.key = words.join(" ");
        Ok(suspect)
    }

    /// The complaint that a column makes no sense.
    pub(super) fn complaint(
        &self,
        column: &str,
        what: &(impl std::fmt::Display + ?Sized),
    ) -> anyhow::Error {
        Unreadable {
            table: self.table,
            key: self.key.clone(),
            column: column.to_owned(),
            what: what.to_string(),
        }
        .into()
    }

    pub(super) fn text(&self, column: &str) -> anyhow::Result<String> {
        self.row
            .try_get(column)
            .map_err(|error| self.complaint(column, &error))
    }

    pub(super) fn maybe_text(&self, column: &str) -> anyhow::Result<Option<String>> {
        self.row
            .try_get(column)
            .map_err(|error| self.complaint(column, &error))
    }

    pub(super) fn number(&self, column: &str) -> anyhow::Result<i64> {
        self.row
            .try_get(column)
            .map_err(|error| self.complaint(column, &error))
    }

    pub(super) fn maybe_number(&self, column: &str) -> anyhow::Result<Option<i64>> {
        self.row
            .try_get(column)
            .map_err(|error| self.complaint(column, &error))
    }

    pub(super) fn time(&self, column: &str) -> anyhow::Result<Time> {
        from_ms(self.number(column)?).map_err(|error| self.complaint(column, &error))
    }

    pub(super) fn maybe_time(&self, column: &str) -> anyhow::Result<Option<Time>> {
        self.maybe_number(column)?
            .map(|ms| from_ms(ms).map_err(|error| self.complaint(column, &error)))
            .transpose()
    }

    pub(super) fn json<T: DeserializeOwned>(&self, column: &str) -> anyhow::Result<T> {
        serde_json::from_str(&self.text(column)?).map_err(|error| {
            // The parser quotes what it stumbled over, and that can be a person's words: complaints are logged.
            let (what, at) = (error.classify(), error.column());
            self.complaint(
                column,
                &format!("no value of its kind ({what:?} error at character {at})"),
            )
        })
    }

    pub(super) fn incident_id(&self, year: &str, number: &str) -> anyhow::Result<IncidentId> {
        incident_id(self.number(year)?, self.number(number)?)
            .map_err(|error| self.complaint(number, &error))
    }

    /// An incident's name in two columns that are both there or both not.
    pub(super) fn maybe_incident_id(
        &self,
        year: &str,
        number: &str,
    ) -> anyhow::Result<Option<IncidentId>> {
        match (self.maybe_number(year)?, self.maybe_number(number)?) {
            (None, None) => Ok(None),
            (Some(year), Some(count)) => incident_id(year, count)
                .map(Some)
                .map_err(|error| self.complaint(number, &error)),
            (year, count) => {
                Err(self.complaint(number, &format!("half of a name: {year:?} {count:?}")))
            }
        }
    }
}

/// What an incident can be called, so that its name can be read again.
fn incident_id(year: i64, number: i64) -> anyhow::Result<IncidentId> {
    anyhow::ensure!(
        (0..=9999).contains(&year) && number > 0,
        "no incident is called {year} {number}"
    );
    Ok(IncidentId {
        year: i32::try_from(year).context("a year")?,
        number: u32::try_from(number).context("a number")?,
    })
}

fn from_ms(ms: i64) -> anyhow::Result<Time> {
    DateTime::from_timestamp_millis(ms).with_context(|| format!("{ms} is no time"))
}

/// A time as it is stored: milliseconds since 1970, UTC. What is finer is cut off.
pub(super) fn ms(time: Time) -> i64 {
    time.timestamp_millis()
}

/// A value as it is stored.
pub(super) fn to_json(value: &impl serde::Serialize) -> anyhow::Result<String> {
    serde_json::to_string(value).context("writing JSON for the database")
}
