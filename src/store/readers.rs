//! SQLite's connections that only read: opened when they are needed, up to a bound, and kept.
//!
//! A pool of sqlx asks each connection that comes back whether it is still there. Here that is a way to another thread
//! after every statement, for nothing: what reads a file does not break by itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, Connection as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::connect::{ACQUIRE_WITHIN, connect_reader};

/// How many may read at once.
const READERS: u32 = 4;

pub(super) struct Readers {
    options: AnyConnectOptions,
    idle: Mutex<Vec<AnyConnection>>,
    room: Arc<Semaphore>,
}

impl Readers {
    /// Opens the first of them.
    pub(super) async fn open(options: AnyConnectOptions) -> sqlx::Result<Arc<Self>> {
        let first = connect_reader(&options).await?;
        Ok(Arc::new(Self {
            options,
            idle: Mutex::new(vec![first]),
            room: Arc::new(Semaphore::new(READERS as usize)),
        }))
    }

    /// Waits until one is free.
    pub(super) async fn lend(self: &Arc<Self>) -> sqlx::Result<Reader> {
        let room = timeout(ACQUIRE_WITHIN, Arc::clone(&self.room).acquire_owned())
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)?
            .map_err(|_| sqlx::Error::PoolClosed)?;
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect_reader(&self.options).await?,
        };
        Ok(Reader {
            connection: Some(connection),
            home: Arc::clone(self),
            _room: room,
        })
    }

    /// Waits for whoever reads, and closes all of them.
    pub(super) async fn close(&self) {
        let all = self.room.acquire_many(READERS).await;
        self.room.close();
        drop(all);
        let idle = std::mem::take(&mut *self.idle());
        for connection in idle {
            if let Err(error) = connection.close().await {
                tracing::warn!(%error, "a connection that reads did not close well");
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<AnyConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of them, for as long as one caller reads.
pub(super) struct Reader {
    /// There until it goes back or is thrown away.
    connection: Option<AnyConnection>,
    home: Arc<Readers>,
    // Let go of last: whoever has all the room finds all connections at home.
    _room: OwnedSemaphorePermit,
}

impl Reader {
    pub(super) fn connection(&mut self) -> sqlx::Result<&mut AnyConnection> {
        self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)
    }

    /// Nobody is to wait for the statement that is under way.
    pub(super) fn throw_away(mut self) {
        drop(self.connection.take());
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.home.idle().push(connection);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt as _;
    use tempfile::TempDir;

    use crate::store::Store;

    async fn opened(folder: &TempDir) -> Store {
        let file = folder.path().join("balefire.db");
        Store::open(&format!("sqlite://{}", file.display()))
            .await
            .unwrap()
    }

    async fn one(wire: &mut super::super::Wire) -> i64 {
        let row = sqlx::query("SELECT 1").fetch_one(wire).await.unwrap();
        sqlx::Row::get(&row, 0)
    }

    #[tokio::test]
    async fn the_fifth_waits_for_one_of_four() {
        let folder = TempDir::new().unwrap();
        let store = opened(&folder).await;
        let mut readers = vec![];
        for _ in 0..4 {
            readers.push(store.reader().await.unwrap());
        }
        for reader in &mut readers {
            assert_eq!(one(reader).await, 1);
        }
        let mut fifth = Box::pin(store.reader());
        assert!((&mut fifth).now_or_never().is_none());
        readers.pop();
        let mut fifth = tokio::time::timeout(Duration::from_secs(60), fifth)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(one(&mut fifth).await, 1);
        let mut close = Box::pin(store.clone().close());
        assert!((&mut close).now_or_never().is_none(), "somebody reads");
        drop((readers, fifth));
        close.await;
        assert!(store.reader().await.is_err());
    }

    /// Whoever comes next would wait for a statement of somebody else's.
    #[tokio::test]
    async fn a_connection_that_was_left_amid_a_statement_is_not_used_again() {
        let folder = TempDir::new().unwrap();
        let store = opened(&folder).await;
        let mut reader = store.reader().await.unwrap();
        let slow = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) SELECT i FROM n";
        let cut = sqlx::query(slow).fetch_all(&mut *reader).now_or_never();
        assert!(cut.is_none(), "it was too quick to be cut off");
        drop(reader);
        let mut readers = vec![];
        for _ in 0..4 {
            let mut reader = store.reader().await.unwrap();
            assert_eq!(one(&mut reader).await, 1);
            readers.push(reader);
        }
    }
}
