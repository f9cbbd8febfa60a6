//! Calls that are on their way. A turn of the outbox starts them and does not wait: one that hangs keeps nobody but its
//! own lane waiting.

use std::future::Future;
use std::sync::{Mutex, PoisonError};

use tokio::task::JoinSet;

use crate::app::steps::Stopped;

/// How many calls may be on their way at once.
const FLYING_MAX: usize = 32;

/// What was started and has not ended yet.
#[derive(Default)]
pub struct Sends {
    flying: Mutex<JoinSet<anyhow::Result<()>>>,
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

    /// Starts one.
    pub fn start(&self, send: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        let mut flying = self.flying.lock().unwrap_or_else(PoisonError::into_inner);
        flying.spawn(send);
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
