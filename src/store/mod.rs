//! The only module that knows SQL.
//!
//! One function per statement, named by what it answers. Every statement runs on SQLite and on Postgres in one text;
//! what cannot stands side by side in `dialect`. Nothing is remembered in here: whatever must outlive a crash is a row.
//! Reading takes a [`Store`]; writing takes a [`WriteTx`], and a write that is not committed never was.
//!
//! A row is a suspect: it becomes a whole value, or a complaint that names its table, key and column.

mod audit;
mod batch;
mod checkup;
mod connect;
mod dialect;
mod errand;
mod inbox;
mod incidents;
mod lanes;
mod outbox;
mod pins;
mod readers;
mod reports;
mod rest;
mod rows;
mod statement;
mod sweep;
mod task;
mod wire;

#[cfg(test)]
mod batch_tests;
#[cfg(test)]
mod plan_tests;

use std::collections::BTreeSet;
use std::fs::File;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sqlx::{AnyConnection, AnyPool};
use tokio::time::timeout;

use crate::ids::{IncidentId, TeamId};
use crate::telemetry;
use batch::Queue;
use dialect::Engine;
use errand::{Asking, Commit};
use incidents::Foresight;
use readers::Readers;
use rest::Rest;
use rows::{Doing, failure};
use statement::Statement;
use wire::{Held, Wire};

pub use audit::LateRow;
pub use checkup::{Checkup, Place, Tables, check_up};
pub use errand::{Cut, within};
pub use inbox::{Heard, Words};
pub use incidents::{ListFilter, Listing, Saved, Wake};
pub use lanes::Outlook;
pub use outbox::{Depth, OutboxRow};
pub use reports::{Report, ReportKey, ReportState};
pub use rows::Unreadable;
pub use task::{AnswerUrl, Lane, Task};

/// Where everything is kept. Clones share one database.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    /// None: whoever reads takes a turn of the writer's in a database in memory, and one of the pool on Postgres.
    readers: Option<Arc<Readers>>,
    writers: Writers,
    /// A database in memory is gone with its last connection; this one outlives every other.
    _anchor: Option<Mutex<AnyConnection>>,
    /// Locked for as long as this store lives, so that no second process takes the file.
    _lock: Option<File>,
}

enum Writers {
    /// SQLite has one at a time: they take turns and share their flushes.
    Batches(Queue),
    /// Postgres flushes for many at once by itself, and what two write at once must not wait for each other.
    Pool(AnyPool),
}

/// How long SQLite's queue may be. On Postgres a connection is to be had within [`connect::ACQUIRE_WITHIN`].
const TURN_WITHIN: Duration = Duration::from_secs(30);
/// SQLite's writer hangs when it has been busy with one batch for so long.
const HUNG_AFTER: Duration = Duration::from_secs(5);

/// Somebody else wrote first. Nothing of this transaction is kept: drop it, begin anew and decide again on what is
/// there now.
#[derive(Debug, thiserror::Error)]
#[error("somebody else wrote first, while we {doing}")]
pub struct Conflict {
    doing: &'static str,
    source: Option<Arc<sqlx::Error>>,
}

impl Conflict {
    /// A decision was made on what no longer holds, as a conditional write has shown.
    pub fn while_we(doing: &'static str) -> Self {
        Self {
            doing,
            source: None,
        }
    }

    /// Whether this is why something failed.
    pub fn caused(error: &anyhow::Error) -> bool {
        error.downcast_ref::<Conflict>().is_some()
    }
}

/// The database did not say whether it kept what it was given: the connection broke, or fell silent, in between.
#[derive(Debug, thiserror::Error)]
#[error("it is not known whether this was kept")]
pub struct InDoubt {
    source: Option<sqlx::Error>,
}

impl InDoubt {
    /// Whether this is why something failed.
    pub fn caused(error: &anyhow::Error) -> bool {
        error.downcast_ref::<InDoubt>().is_some()
    }
}

impl Store {
    /// Starts a write. On SQLite this waits until the write before it has ended, so a task that holds one must not
    /// begin another, nor read from the [`Store`], nor wait for anything else: whoever shares its flush waits with it.
    ///
    /// # Errors
    /// The database cannot be reached, or the wait for a turn took too long.
    pub async fn begin(&self) -> anyhow::Result<WriteTx> {
        let asking = Asking::begin();
        let waited = telemetry::stopwatch("begin");
        let held = match &self.inner.writers {
            Writers::Batches(queue) => timeout(TURN_WITHIN, queue.write())
                .await
                .unwrap_or(Err(sqlx::Error::PoolTimedOut))
                .map(Held::Lent),
            Writers::Pool(pool) => pool.acquire().await.map(Held::Pooled),
        };
        drop(waited);
        let mut tx = WriteTx {
            wire: Some(Wire::new(held.doing("began a transaction")?, asking)),
            engine: self.inner.engine,
            touched_lanes: BTreeSet::new(),
            rests: vec![],
            put_down: vec![],
            foresight: None,
        };
        if let Engine::Postgres = self.inner.engine {
            sqlx::raw_sql("BEGIN ISOLATION LEVEL READ COMMITTED")
                .execute(tx.wire())
                .await
                .doing("began a transaction")?;
        }
        Ok(tx)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> anyhow::Result<()> {
        if let Writers::Batches(queue) = &self.inner.writers {
            anyhow::ensure!(queue.is_served(), "the database's writer is gone");
            let busy = queue.busy_for().unwrap_or_default();
            anyhow::ensure!(
                busy < HUNG_AFTER,
                "the database's writer has hung for {busy:?}"
            );
        }
        let mut connection = self.reader().await?;
        sqlx::query("SELECT 1")
            .execute(&mut *connection)
            .await
            .doing("asked whether the database is there")?;
        Ok(())
    }

    /// Ends every connection and lets the file go. Dropping the store does the same a little later.
    pub async fn close(self) {
        if let Some(readers) = &self.inner.readers {
            readers.close().await;
        }
        match &self.inner.writers {
            Writers::Batches(queue) => queue.close().await,
            Writers::Pool(pool) => pool.close().await,
        }
    }

    async fn reader(&self) -> anyhow::Result<Box<Wire>> {
        let asking = Asking::begin();
        let _waited = telemetry::stopwatch("read");
        let held = match (&self.inner.readers, &self.inner.writers) {
            (Some(readers), _) => readers.lend().await.map(Held::Reads),
            (None, Writers::Pool(pool)) => pool.acquire().await.map(Held::Pooled),
            (None, Writers::Batches(queue)) => timeout(TURN_WITHIN, queue.read())
                .await
                .unwrap_or(Err(sqlx::Error::PoolTimedOut))
                .map(Held::Lent),
        };
        let held = held.doing("waited for a connection")?;
        Ok(Box::new(Wire::new(held, asking)))
    }
}

/// A write in progress. Dropped without [`WriteTx::commit`], it leaves nothing behind.
///
/// After an error nothing more can be done with it; begin anew.
pub struct WriteTx {
    // There until the end.
    wire: Option<Wire>,
    engine: Engine,
    /// See [`lanes`].
    touched_lanes: BTreeSet<String>,
    /// Of incidents that were read to be changed, what this version does not know.
    rests: Vec<(TeamId, IncidentId, Rest)>,
    /// See [`statement`].
    put_down: Vec<Statement>,
    /// See [`WriteTx::foresee`].
    foresight: Option<Foresight>,
}

impl WriteTx {
    /// Keeps everything that was written, on the disk when this returns. On SQLite it may share the flush with others
    /// who write now.
    ///
    /// # Errors
    /// A [`Conflict`], or the database failed: then nothing is kept. Or [`InDoubt`], when the connection broke in
    /// between; repeating the whole of it is safe wherever it takes an inbox key or a revision.
    pub async fn commit(mut self) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.wire().is_fit(),
            "a statement of this transaction failed, so it cannot be committed"
        );
        self.write().await?;
        let commit = Commit::begin()?;
        let _took = telemetry::stopwatch("commit");
        let kept = match self.engine {
            Engine::Sqlite => self.share().await,
            Engine::Postgres => self.finish().await,
        };
        // Until it is known, the errand goes on waiting: a doubt is one for whoever asked, too.
        match &kept {
            Err(error) if InDoubt::caused(error) => {}
            kept => commit.end(kept.is_ok()),
        }
        kept
    }

    /// Writes all that this transaction is to write, and keeps nothing yet. [`WriteTx::commit`] does it for whoever has
    /// not.
    ///
    /// # Errors
    /// As [`WriteTx::commit`].
    pub async fn write(&mut self) -> anyhow::Result<()> {
        self.settle_lanes();
        self.carry_out().await?;
        Ok(())
    }

    /// Leaves nothing behind, and waits until everything that was read in it is kept: on SQLite it may have read what
    /// others have written and not yet flushed, and whoever is answered by that must not hear of what a power cut can
    /// still undo.
    ///
    /// # Errors
    /// What was read is not kept, or nobody knows: begin anew.
    pub async fn forget(mut self) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.wire().is_fit(),
            "a statement of this transaction failed, so nothing rests on it"
        );
        // Postgres shows nobody what is not committed.
        if self.engine == Engine::Postgres {
            return Ok(());
        }
        let Some(Held::Lent(loan)) = self.wire.take().and_then(Wire::into_held) else {
            anyhow::bail!("a transaction on SQLite is a loan");
        };
        let _asking = Asking::begin();
        match loan.undo().await {
            Ok(kept) => kept.map_err(|error| failure(error, "waited for what was read")),
            Err(_) => Err(InDoubt { source: None }.into()),
        }
    }

    async fn share(mut self) -> anyhow::Result<()> {
        let Some(Held::Lent(loan)) = self.wire.take().and_then(Wire::into_held) else {
            anyhow::bail!("a transaction on SQLite is a loan");
        };
        match loan.keep().await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(failure(error, "committed")),
            Err(_) => Err(InDoubt { source: None }.into()),
        }
    }

    async fn finish(mut self) -> anyhow::Result<()> {
        let committed = sqlx::raw_sql("COMMIT").execute(self.wire()).await;
        match committed {
            Ok(_) => {
                // The connection goes back to its pool with nothing open.
                self.wire.take();
                Ok(())
            }
            // What the server refuses is not kept; of what it never answered nothing is known.
            Err(error) if !says_no(&error) => Err(InDoubt {
                source: Some(error),
            }
            .into()),
            refused => refused.map(drop).doing("committed"),
        }
    }

    /// The connection, for the next statement.
    async fn connection(&mut self) -> anyhow::Result<&mut Wire> {
        self.carry_out().await?;
        self.begun().await
    }

    fn wire(&mut self) -> &mut Wire {
        self.wire
            .as_mut()
            .expect("a transaction holds its connection until it ends, which takes the transaction")
    }
}

/// Whether it was the server that refused, and not somebody in between, or a server that is ending.
fn says_no(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().map(|refused| refused.code());
    code.is_some_and(|code| !code.is_some_and(|code| dialect::leaves_open(&code)))
}

impl Drop for WriteTx {
    fn drop(&mut self) {
        if let Some(wire) = &mut self.wire {
            wire.abandon();
        }
    }
}
