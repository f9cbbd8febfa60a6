//! The only module that knows SQL.
//!
//! One function per statement, named by what it answers. Every statement runs on SQLite and on Postgres in one text;
//! what cannot stands side by side in `dialect`. Nothing is remembered in here: whatever must outlive a crash is a row.
//! Reading takes a [`Store`]; writing takes a [`WriteTx`], and a write that is not committed never was.
//!
//! A row is a suspect: it becomes a whole value, or a complaint that names its table, key and column.

mod connect;
mod dialect;
mod inbox;
mod incidents;
mod outbox;
mod pins;
mod reports;
mod rows;
mod sweep;
mod task;

#[cfg(test)]
mod plan_tests;

use std::fs::File;
use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Transaction};

use dialect::Engine;
use rows::Doing;

pub use incidents::{ListFilter, Saved};
pub use outbox::{Depth, OutboxRow};
pub use reports::{Report, ReportKey, ReportState};
pub use task::{AnswerUrl, Lane, Task};

/// Where everything is kept. Clones share one database.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    readers: AnyPool,
    /// On SQLite a pool of one: whoever writes waits here for their turn, in order, and never on the file's own lock.
    writers: AnyPool,
    /// A database in memory is gone with its last connection; this one outlives every other.
    _anchor: Option<AnyPool>,
    /// Locked for as long as this store lives, so that no second process takes the file.
    _lock: Option<File>,
}

/// Somebody else wrote first. Nothing of this transaction is kept: drop it, begin anew and decide again on what is
/// there now.
#[derive(Debug, thiserror::Error)]
#[error("somebody else wrote first, while we {doing}")]
pub struct Conflict {
    doing: &'static str,
    source: Option<sqlx::Error>,
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

impl Store {
    /// Starts a write. On SQLite this waits until the write before it has ended, so a task that holds one must not
    /// begin another, nor read from the [`Store`].
    ///
    /// # Errors
    /// The database cannot be reached, or the wait took longer than 30 seconds.
    pub async fn begin(&self) -> anyhow::Result<WriteTx> {
        let tx = self
            .inner
            .writers
            .begin_with(self.inner.engine.begin())
            .await
            .doing("began a transaction")?;
        Ok(WriteTx {
            tx,
            engine: self.inner.engine,
        })
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> anyhow::Result<()> {
        let mut connection = self.reader().await?;
        sqlx::query("SELECT 1")
            .execute(&mut *connection)
            .await
            .doing("asked whether the database is there")?;
        Ok(())
    }

    /// Ends every connection and lets the file go. Dropping the store does the same a little later.
    pub async fn close(self) {
        self.inner.readers.close().await;
        self.inner.writers.close().await;
    }

    async fn reader(&self) -> anyhow::Result<PoolConnection<Any>> {
        self.inner
            .readers
            .acquire()
            .await
            .doing("waited for a connection")
    }
}

/// A write in progress. Dropped without [`WriteTx::commit`], it leaves nothing behind.
///
/// After an error nothing more can be done with it; begin anew.
pub struct WriteTx {
    tx: Transaction<'static, Any>,
    engine: Engine,
}

impl WriteTx {
    /// Keeps everything that was written, on the disk when this returns.
    ///
    /// # Errors
    /// A [`Conflict`], or the database failed. Then either nothing is kept, or (the connection broke in between) it is
    /// not known: repeating the whole of it is safe wherever it takes an inbox key or a revision.
    pub async fn commit(self) -> anyhow::Result<()> {
        self.tx.commit().await.doing("committed")
    }

    fn connection(&mut self) -> &mut AnyConnection {
        &mut self.tx
    }
}
