//! A connection in use: no statement waits for ever, and none follows one that failed.
//!
//! A database can fall silent (a cut cable, a stopped server) without a word to whoever waits for it. So each
//! statement has its time, and a connection that was left in the middle of one is thrown away: what it says next
//! would be the answer to another question.

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use sqlx::any::{AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, Describe, Either, Error, Execute, Executor, SqlStr};
use tokio::time::{Instant, timeout_at};

use super::batch::Loan;
use super::errand::Asking;
use super::readers::Reader;
use crate::telemetry::stopwatch;

/// How long a statement may take. Ours take milliseconds; a person's request is cut off earlier, as a whole.
pub(super) const STATEMENT_WITHIN: Duration = Duration::from_secs(5);
/// How long to wait for the end of a transaction that nobody wants any more.
const ROLLBACK_WITHIN: Duration = Duration::from_secs(2);

/// A connection, for as long as one caller uses it.
pub(super) struct Wire {
    /// There until the end.
    held: Option<Held>,
    state: State,
    _asking: Asking,
}

pub(super) enum Held {
    Pooled(PoolConnection<Any>),
    /// On SQLite, to read.
    Reads(Reader),
    /// On SQLite, to write.
    Lent(Loan),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Fit,
    /// A statement is under way, or was and its answer was never read.
    Amid,
    /// A statement failed, and its transaction with it: on SQLite perhaps so thoroughly that the next one would be a
    /// transaction of its own.
    Failed,
}

impl Wire {
    pub(super) fn new(held: Held, asking: Asking) -> Self {
        Self {
            held: Some(held),
            state: State::Fit,
            _asking: asking,
        }
    }

    /// Whether all that was asked was answered, and nothing failed.
    pub(super) fn is_fit(&self) -> bool {
        self.state == State::Fit
    }

    /// Nothing of this transaction is to be kept, although no statement failed.
    pub(super) fn spoil(&mut self) {
        if self.state == State::Fit {
            self.state = State::Failed;
        }
    }

    /// What must come before the next statement, in one text with it or alone. Asked once, it is taken to be done.
    pub(super) fn begins(&mut self) -> Option<&'static str> {
        match &mut self.held {
            Some(Held::Lent(loan)) => loan.begins(),
            Some(Held::Pooled(_) | Held::Reads(_)) | None => None,
        }
    }

    /// What it is made of, when nothing has to be ended any more.
    pub(super) fn into_held(mut self) -> Option<Held> {
        self.held.take()
    }

    /// Ends a transaction that nobody wants any more, in the background.
    pub(super) fn abandon(&mut self) {
        let Some(Held::Pooled(mut pooled)) = self.held.take() else {
            // A loan is undone by whoever lent it.
            return;
        };
        if self.state == State::Amid {
            drop(pooled.detach());
            return;
        }
        let rollback = async move {
            let rolled_back = sqlx::raw_sql("ROLLBACK").execute(&mut *pooled);
            match tokio::time::timeout(ROLLBACK_WITHIN, rolled_back).await {
                Ok(Ok(_)) => drop(pooled),
                // The server rolls back when the connection is gone.
                _ => drop(pooled.detach()),
            }
        };
        // Without a runtime the process is ending, and the connection with it.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(rollback);
        }
    }

    fn parts(&mut self) -> Result<(&mut AnyConnection, &mut State), Error> {
        if self.state == State::Failed {
            return Err(Error::Protocol(
                "a statement of this transaction has failed; begin anew".into(),
            ));
        }
        let connection = match &mut self.held {
            Some(Held::Pooled(pooled)) => &mut **pooled,
            Some(Held::Reads(reader)) => reader.connection()?,
            Some(Held::Lent(loan)) if loan.is_to_begin() => {
                return Err(Error::Protocol(
                    "a statement came before its transaction".into(),
                ));
            }
            Some(Held::Lent(loan)) => loan.connection(),
            None => return Err(Error::PoolClosed),
        };
        self.state = State::Amid;
        Ok((connection, &mut self.state))
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.state != State::Amid {
            return;
        }
        match self.held.take() {
            Some(Held::Pooled(pooled)) => drop(pooled.detach()),
            Some(Held::Reads(reader)) => reader.throw_away(),
            // A loan is undone by whoever lent it.
            Some(Held::Lent(_)) | None => {}
        }
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

fn silence() -> Error {
    Error::Io(std::io::Error::new(
        std::io::ErrorKind::TimedOut,
        "the database did not answer in time",
    ))
}

/// What a statement's end says of the connection. The server itself having refused it is an answer; anything else
/// leaves open what comes next.
fn after<T>(answer: &Result<T, Error>) -> State {
    match answer {
        Ok(_) => State::Fit,
        Err(Error::Io(_) | Error::Tls(_) | Error::Protocol(_) | Error::WorkerCrashed) => {
            State::Amid
        }
        Err(_) => State::Failed,
    }
}

impl<'c> Executor<'c> for &'c mut Wire {
    type Database = Any;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<AnyQueryResult, AnyRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        let (connection, state) = match self.parts() {
            Ok(parts) => parts,
            Err(error) => return stream::once(async { Err(error) }).boxed(),
        };
        let until = Instant::now() + STATEMENT_WITHIN;
        // Goes where the answers go, and stops with the last of them.
        let answers = Some((connection.fetch_many(query), stopwatch("statement")));
        stream::unfold((answers, state), move |(answers, state)| async move {
            let (mut answers, watch) = answers?;
            let answer = match timeout_at(until, answers.next()).await {
                Ok(None) => {
                    *state = State::Fit;
                    return None;
                }
                Ok(Some(answer)) => answer,
                Err(_) => Err(silence()),
            };
            let goes_on = answer.is_ok();
            if !goes_on {
                *state = after(&answer);
            }
            Some((answer, (goes_on.then_some((answers, watch)), state)))
        })
        .boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<AnyRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        Box::pin(async move {
            let (connection, state) = self.parts()?;
            let until = Instant::now() + STATEMENT_WITHIN;
            let _watch = stopwatch("statement");
            let answer = timeout_at(until, connection.fetch_optional(query))
                .await
                .unwrap_or_else(|_| Err(silence()));
            *state = after(&answer);
            answer
        })
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [AnyTypeInfo],
    ) -> BoxFuture<'e, Result<AnyStatement, Error>>
    where
        'c: 'e,
    {
        Box::pin(async move {
            let (connection, state) = self.parts()?;
            let prepared = connection.prepare_with(sql, parameters).await;
            *state = after(&prepared);
            prepared
        })
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Any>, Error>>
    where
        'c: 'e,
    {
        Box::pin(async move {
            let (connection, state) = self.parts()?;
            let described = connection.describe(sql).await;
            *state = after(&described);
            described
        })
    }
}
