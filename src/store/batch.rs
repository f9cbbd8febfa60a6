//! SQLite's one writer: whatever queued up during the last flush becomes one durable transaction.
//!
//! A clerk, a task of its own, holds the only connection that writes. It lends it to one writer after another, in
//! order of arrival, each within a savepoint as soon as there is something before it to be kept. The states are these,
//! and the clerk alone moves between them:
//!
//! ```text
//! idle ──first in the queue──▶ lent ◀──somebody waits──┐
//!   ▲           (BEGIN)          │          (SAVEPOINT) │
//!   │                            ▼ given back           │
//!   └──── COMMIT, all told ◀── kept: RELEASE · given up: ROLLBACK TO
//! ```
//!
//! - The transaction begins with the first statement of whoever has the first turn: it goes the same way to SQLite's
//!   thread. Who asks nothing begins none.
//! - Whoever has nothing before it needs no savepoint, which costs SQLite a copy of each page that is changed: what it
//!   gives up is the whole transaction.
//! - Nothing is waited for: a batch goes on only while somebody is in the queue already, and ends at its bounds.
//! - A loan that is dropped (refused, failed, cancelled, panicked) comes back by its own `Drop` and is undone; those
//!   before and after it in the batch are not touched. A writer that gave up waiting gets no turn.
//! - Who asked to keep their writes hears of it after the COMMIT, which is a flush to the disk, and not before.
//! - Who keeps nothing, but says something that rests on what it read, waits for the same flush: what an earlier member
//!   wrote is not true before.
//! - When a COMMIT fails, or SQLite has rolled the transaction back by itself (a full disk, a read error: the
//!   savepoint is gone then), every member hears that nothing was kept.
//! - A database in memory has one connection for reading, too: a read is a turn of its own, between two batches.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, Connection as _};
use tokio::sync::{mpsc, oneshot};

use super::connect::connect;
use super::dialect::Engine;

const BEGIN: &str = "BEGIN IMMEDIATE";
const ROLLBACK: &str = "ROLLBACK";

/// What ends a member's turn. `after_others`: there is something before it to be kept, and so it has a savepoint.
fn end_of_turn(kept: bool, after_others: bool, goes_on: bool) -> &'static str {
    match (kept, after_others, goes_on) {
        (true, false, true) => "SAVEPOINT member",
        (true, true, true) => "RELEASE member; SAVEPOINT member",
        (true, false, false) => "COMMIT",
        (true, true, false) => "RELEASE member; COMMIT",
        (false, false, _) => ROLLBACK,
        (false, true, true) => "ROLLBACK TO member",
        (false, true, false) => "ROLLBACK TO member; RELEASE member; COMMIT",
    }
}

/// When a batch ends although more are waiting.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// How many may share a transaction.
    pub members_max: usize,
    /// How long the first of them may wait for the others, before the flush.
    pub age_max: Duration,
}

impl Bounds {
    /// What `serve` runs with. More members would gain little: beyond a few dozen the flush is a small part of each.
    pub(super) const USUAL: Self = Self {
        members_max: 64,
        age_max: Duration::from_millis(20),
    };
}

/// Whether what was written is kept. One answer for a whole batch.
pub(super) type Outcome = Result<(), Arc<sqlx::Error>>;

type Lend = oneshot::Sender<sqlx::Result<Loan>>;

enum Turn {
    Write(Lend),
    Read(Lend),
    Close(oneshot::Sender<()>),
}

/// Where writers wait for their turn. The clerk ends when the last of these is gone.
pub(super) struct Queue {
    turns: mpsc::UnboundedSender<Turn>,
    /// Since when the clerk is busy with one batch; none: it waits.
    busy_since: Arc<Mutex<Option<Instant>>>,
}

impl Queue {
    /// Sets a clerk to work on this connection. `options` open another one, should this one break.
    pub(super) fn start(
        connection: AnyConnection,
        options: AnyConnectOptions,
        bounds: Bounds,
    ) -> Self {
        let (sender, queue) = mpsc::unbounded_channel();
        let clerk = Clerk {
            connection: Some(connection),
            options,
            bounds,
            queue,
        };
        let busy_since = Arc::new(Mutex::new(None));
        tokio::spawn(clerk.serve(Arc::clone(&busy_since)));
        Self {
            turns: sender,
            busy_since,
        }
    }

    /// Waits for a turn to write.
    pub(super) async fn write(&self) -> sqlx::Result<Loan> {
        self.turn(Turn::Write).await
    }

    /// Waits for the connection, to read.
    pub(super) async fn read(&self) -> sqlx::Result<Loan> {
        self.turn(Turn::Read).await
    }

    async fn turn(&self, turn: fn(Lend) -> Turn) -> sqlx::Result<Loan> {
        let (lend, lent) = oneshot::channel();
        self.turns
            .send(turn(lend))
            .map_err(|_| sqlx::Error::PoolClosed)?;
        lent.await.map_err(|_| sqlx::Error::PoolClosed)?
    }

    /// Whether anybody will ever have a turn again.
    pub(super) fn is_served(&self) -> bool {
        !self.turns.is_closed()
    }

    /// For how long the clerk has been busy with one batch, which is a matter of milliseconds; none: it waits. A disk that
    /// hangs in a flush never says so.
    pub(super) fn busy_for(&self) -> Option<Duration> {
        let since = *self
            .busy_since
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        since.map(|since| since.elapsed())
    }

    /// Waits for those before us, and closes the connection.
    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.turns.send(Turn::Close(done)).is_ok() {
            // An error says that the clerk is gone, which is as good.
            let _ = closed.await;
        }
    }
}

/// The connection, for one turn. Dropped, it goes back and what was written is undone.
pub(super) struct Loan {
    // Both are there until the loan goes back.
    connection: Option<AnyConnection>,
    back: Option<oneshot::Sender<Returned>>,
    /// The transaction is still to be begun.
    to_begin: bool,
}

struct Returned {
    connection: AnyConnection,
    verdict: Verdict,
}

/// How a turn ended.
struct Verdict {
    /// The transaction is still to be begun.
    to_begin: bool,
    /// Whether what was written is to be kept.
    keep: bool,
    /// Whoever wants to hear when all that was read or written is kept.
    tell: Option<oneshot::Sender<Outcome>>,
}

impl Loan {
    fn new(connection: AnyConnection, to_begin: bool) -> (Self, oneshot::Receiver<Returned>) {
        let (back, returned) = oneshot::channel();
        let loan = Self {
            connection: Some(connection),
            back: Some(back),
            to_begin,
        };
        (loan, returned)
    }

    /// Whether nothing may be asked yet but what [`Loan::begins`].
    pub(super) fn is_to_begin(&self) -> bool {
        self.to_begin
    }

    /// What must come before the next statement, in one text with it or alone. Asked once, it is taken to be done.
    pub(super) fn begins(&mut self) -> Option<&'static str> {
        std::mem::take(&mut self.to_begin).then_some(BEGIN)
    }

    pub(super) fn connection(&mut self) -> &mut AnyConnection {
        self.connection
            .as_mut()
            .expect("a loan holds its connection until it goes back, which ends it")
    }

    /// Gives the connection back and asks to keep what was written. The answer comes after the flush; none comes if
    /// the clerk is gone.
    pub(super) fn keep(mut self) -> oneshot::Receiver<Outcome> {
        let (tell, told) = oneshot::channel();
        self.give_back(true, Some(tell));
        told
    }

    /// Gives the connection back and has what was written undone. The answer comes when all that was read is kept.
    pub(super) fn undo(mut self) -> oneshot::Receiver<Outcome> {
        let (tell, told) = oneshot::channel();
        self.give_back(false, Some(tell));
        told
    }

    fn give_back(&mut self, keep: bool, tell: Option<oneshot::Sender<Outcome>>) {
        if let (Some(connection), Some(back)) = (self.connection.take(), self.back.take()) {
            // Without a clerk the connection is closed here, and SQLite undoes what is not committed.
            let _ = back.send(Returned {
                connection,
                verdict: Verdict {
                    to_begin: self.to_begin,
                    keep,
                    tell,
                },
            });
        }
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        self.give_back(false, None);
    }
}

struct Clerk {
    /// None: it broke, and the next turn opens another.
    connection: Option<AnyConnection>,
    options: AnyConnectOptions,
    bounds: Bounds,
    queue: mpsc::UnboundedReceiver<Turn>,
}

impl Clerk {
    async fn serve(mut self, busy_since: Arc<Mutex<Option<Instant>>>) {
        let busy = |since| *busy_since.lock().unwrap_or_else(PoisonError::into_inner) = since;
        let mut next = self.queue.recv().await;
        while let Some(turn) = next {
            busy(Some(Instant::now()));
            let left_over = match turn {
                Turn::Write(lend) => self.batch(lend).await,
                Turn::Read(lend) => self.read(lend).await,
                Turn::Close(done) => {
                    self.close().await;
                    // Nobody may wait for it any more.
                    let _ = done.send(());
                    return;
                }
            };
            busy(None);
            next = match left_over {
                Some(turn) => Some(turn),
                None => self.queue.recv().await,
            };
        }
        self.close().await;
    }

    async fn close(&mut self) {
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the database's writer did not close well");
        }
    }

    /// One transaction, from the first writer on. Returns a turn that was taken from the queue and is not part of it.
    async fn batch(&mut self, first: Lend) -> Option<Turn> {
        if first.is_closed() {
            return None;
        }
        if let Err(error) = self.connected().await {
            // Whoever gave up meanwhile need not know why.
            let _ = first.send(Err(error));
            return None;
        }
        let began = Instant::now();
        let mut members = vec![];
        let mut after_others = false;
        let mut lend = first;
        loop {
            let (begun, kept, tell) = match self.lend(lend, !after_others).await {
                Some(verdict) => {
                    let begun = !verdict.to_begin;
                    (begun, begun && verdict.keep, verdict.tell)
                }
                None => (after_others, false, None),
            };
            members.extend(tell);
            let has_room =
                members.len() < self.bounds.members_max && began.elapsed() < self.bounds.age_max;
            let (next, left_over) = match has_room.then(|| self.next_in_line()).flatten() {
                Some(Turn::Write(next)) => (Some(next), None),
                other => (None, other),
            };
            let outcome = match begun {
                true => {
                    self.run(end_of_turn(kept, after_others, next.is_some()))
                        .await
                }
                false => Ok(()),
            };
            after_others |= kept;
            match (outcome.map_err(Arc::new), next) {
                (Ok(()), Some(next)) => lend = next,
                (outcome, next) => {
                    if let Err(error) = &outcome {
                        // Each member hears of it, and logs what it could not do.
                        tracing::debug!(%error, members = members.len(), "what was written together could not be kept");
                        self.reset().await;
                    }
                    for member in members {
                        // Whoever is gone learns it from the database.
                        let _ = member.send(outcome.clone());
                    }
                    return next.map(Turn::Write).or(left_over);
                }
            }
        }
    }

    /// Between two batches, so that nothing is read that is not committed.
    async fn read(&mut self, lend: Lend) -> Option<Turn> {
        if lend.is_closed() {
            return None;
        }
        match self.connected().await {
            Ok(()) => {
                let verdict = self.lend(lend, false).await;
                if let Some(tell) = verdict.and_then(|verdict| verdict.tell) {
                    // What is read between two batches is kept already. Whoever is gone need not know.
                    let _ = tell.send(Ok(()));
                }
            }
            // Whoever gave up meanwhile need not know why.
            Err(error) => drop(lend.send(Err(error))),
        }
        None
    }

    /// Lends the connection and waits until it is back. None: it is gone.
    async fn lend(&mut self, lend: Lend, to_begin: bool) -> Option<Verdict> {
        let (loan, returned) = Loan::new(self.connection.take()?, to_begin);
        // Where nobody waits any more, the loan is dropped, and so comes straight back.
        drop(lend.send(Ok(loan)));
        let Returned {
            connection,
            verdict,
        } = returned.await.ok()?;
        self.connection = Some(connection);
        Some(verdict)
    }

    fn next_in_line(&mut self) -> Option<Turn> {
        loop {
            match self.queue.try_recv().ok()? {
                Turn::Write(lend) | Turn::Read(lend) if lend.is_closed() => {}
                turn => return Some(turn),
            }
        }
    }

    async fn connected(&mut self) -> sqlx::Result<()> {
        if self.connection.is_none() {
            self.connection = Some(connect(Engine::Sqlite, &self.options).await?);
        }
        Ok(())
    }

    async fn run(&mut self, statements: &'static str) -> sqlx::Result<()> {
        self.connected().await?;
        if let Some(connection) = &mut self.connection {
            sqlx::query(statements).execute(connection).await?;
        }
        Ok(())
    }

    /// After a failure: nothing is open on the connection, or there is no connection.
    async fn reset(&mut self) {
        if let Err(error) = self.run(ROLLBACK).await
            && error.as_database_error().is_none()
        {
            // Not SQLite complaining that it has rolled back already: the connection itself is broken.
            self.connection = None;
        }
    }
}
