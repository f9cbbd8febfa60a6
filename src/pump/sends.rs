//! Calls that are on their way. A turn of the outbox starts them and does not wait: one that hangs keeps nobody but its
//! own lane waiting.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinSet;
use uuid::Uuid;

use crate::app::steps::Stopped;

/// How many calls may be on their way at once.
const FLYING_MAX: usize = 32;

/// What was started and has not ended yet.
#[derive(Default)]
pub struct Sends {
    flying: Mutex<JoinSet<anyhow::Result<()>>>,
    rows: Rows,
}

/// The rows of the outbox that calls are on their way for.
#[derive(Clone, Default)]
struct Rows(Arc<Mutex<BTreeSet<Uuid>>>);

impl Rows {
    fn set(&self) -> MutexGuard<'_, BTreeSet<Uuid>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a row out again, however its call ends.
struct Landing(Rows, Uuid);

impl Drop for Landing {
    fn drop(&mut self) {
        self.0.set().remove(&self.1);
    }
}

impl Sends {
    /// How many more may be started now.
    ///
    /// # Errors
    /// [`Stopped`], if one of them came to a step where a test stopped the process.
    pub fn room(&self) -> anyhow::Result<u32> {
        let mut flying = self.flying.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(ended) = flying.try_join_next() {
            tell(ended)?;
        }
        Ok(u32::try_from(FLYING_MAX.saturating_sub(flying.len())).unwrap_or(0))
    }

    /// Starts one for a row.
    pub fn start(
        &self,
        row: Uuid,
        send: impl Future<Output = anyhow::Result<()>> + Send + 'static,
    ) {
        self.rows.set().insert(row);
        let landing = Landing(self.rows.clone(), row);
        let mut flying = self.flying.lock().unwrap_or_else(PoisonError::into_inner);
        flying.spawn(async move {
            let _landing = landing;
            send.await
        });
    }

    /// The rows whose calls have not ended. The lease of one may be over (on a machine that slept): whoever makes the
    /// call will say what became of it, and nobody else here is to make it meanwhile.
    pub fn rows(&self) -> BTreeSet<Uuid> {
        self.rows.set().clone()
    }

    /// Waits until all have ended.
    ///
    /// # Errors
    /// As [`Sends::room`].
    pub async fn finished(&self) -> anyhow::Result<()> {
        let mut result = Ok(());
        loop {
            let mut flying = {
                let mut flying = self.flying.lock().unwrap_or_else(PoisonError::into_inner);
                std::mem::take(&mut *flying)
            };
            if flying.is_empty() {
                return result;
            }
            while let Some(ended) = flying.join_next().await {
                result = result.and(tell(ended));
            }
        }
    }
}

/// One failed call never aborts the rest. Its row's lease runs out, and it is settled then.
fn tell(ended: Result<anyhow::Result<()>, tokio::task::JoinError>) -> anyhow::Result<()> {
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(error)) if error.is::<Stopped>() => return Err(error),
        Ok(Err(error)) => tracing::error!(
            error = format!("{error:#}"),
            "what became of a call could not be recorded; it is settled when its lease ends"
        ),
        Err(error) => {
            tracing::error!(%error, "a call's task died; it is settled when its lease ends");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::steps::Step;

    /// Else its row would be passed over until a restart, and its lane with it.
    #[tokio::test]
    async fn a_call_that_dies_leaves_its_row_and_its_room() {
        let (sends, row) = (Sends::default(), Uuid::from_u128(1));
        sends.start(row, async { panic!("a test's call dies") });
        assert_eq!(sends.rows(), BTreeSet::from([row]));
        sends.finished().await.unwrap();
        assert_eq!(sends.rows(), BTreeSet::new());
        assert_eq!(sends.room().unwrap(), 32);
        sends.start(row, async { Err(Stopped(Step::OutboxSent).into()) });
        assert!(sends.finished().await.is_err());
    }
}
