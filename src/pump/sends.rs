//! Calls that are on their way. A turn of the outbox starts them and does not wait: one that hangs keeps nobody but its
//! own lane waiting.

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::{Id, JoinError, JoinSet};
use uuid::Uuid;

use crate::app::steps::Stopped;
use crate::ids::IncidentId;
use crate::store::OutboxRow;

/// How many calls may be on their way at once.
const FLYING_MAX: usize = 32;

/// What was started and has not ended yet.
#[derive(Default)]
pub struct Sends {
    flying: Mutex<Flying>,
    rows: Rows,
}

/// The tasks that make the calls. A task that died says no more than which one it was, so each is known here.
#[derive(Default)]
struct Flying {
    tasks: JoinSet<anyhow::Result<()>>,
    flights: HashMap<Id, Flight>,
}

/// What a call is made for, as log lines name it.
#[derive(Clone, Debug)]
pub struct Flight {
    row: Uuid,
    lane: String,
    incident: Option<IncidentId>,
}

impl Flight {
    /// The call for this row.
    pub fn of(row: &OutboxRow) -> Self {
        Self {
            row: row.id,
            lane: row.lane.clone(),
            incident: row.incident,
        }
    }
}

/// What a task leaves behind.
type Ended = Result<(Id, anyhow::Result<()>), JoinError>;

impl Flying {
    /// One failed call never aborts the rest. Its row's lease runs out, and it is settled then.
    fn landed(&mut self, ended: Ended) -> anyhow::Result<()> {
        let task = match &ended {
            Ok((task, _)) => *task,
            Err(error) => error.id(),
        };
        let flight = self.flights.remove(&task);
        let incident = flight.as_ref().and_then(|flight| flight.incident);
        let incident = incident.map(|incident| incident.to_string());
        let lane = flight.as_ref().map(|flight| flight.lane.as_str());
        let outbox_id = flight.as_ref().map(|flight| flight.row.to_string());
        match ended {
            Ok((_, Ok(()))) => {}
            Ok((_, Err(error))) if error.is::<Stopped>() => return Err(error),
            Ok((_, Err(error))) => tracing::error!(
                incident,
                lane,
                outbox_id,
                error = format!("{error:#}"),
                "what became of a call could not be recorded; it is settled when its lease ends"
            ),
            // What a panic says may quote what people wrote, so it stays out of the log.
            Err(_) => tracing::error!(
                incident,
                lane,
                outbox_id,
                "a call's task died; it is settled when its lease ends"
            ),
        }
        Ok(())
    }
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
        let mut flying = self.flying();
        while let Some(ended) = flying.tasks.try_join_next_with_id() {
            flying.landed(ended)?;
        }
        Ok(u32::try_from(FLYING_MAX.saturating_sub(flying.tasks.len())).unwrap_or(0))
    }

    /// Starts one.
    pub fn start(
        &self,
        flight: Flight,
        send: impl Future<Output = anyhow::Result<()>> + Send + 'static,
    ) {
        self.rows.set().insert(flight.row);
        let landing = Landing(self.rows.clone(), flight.row);
        let mut flying = self.flying();
        let task = flying.tasks.spawn(async move {
            let _landing = landing;
            send.await
        });
        flying.flights.insert(task.id(), flight);
    }

    fn flying(&self) -> MutexGuard<'_, Flying> {
        self.flying.lock().unwrap_or_else(PoisonError::into_inner)
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
            let mut flying = std::mem::take(&mut *self.flying());
            if flying.tasks.is_empty() {
                return result;
            }
            while let Some(ended) = flying.tasks.join_next_with_id().await {
                result = result.and(flying.landed(ended));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::steps::Step;

    /// Else its row would be passed over until a restart, and its lane with it.
    #[tokio::test]
    async fn a_call_that_dies_leaves_its_row_and_its_room() {
        let (sends, row) = (Sends::default(), Uuid::from_u128(1));
        let flight = Flight {
            row,
            lane: "T1/C1".into(),
            incident: None,
        };
        sends.start(flight.clone(), async { panic!("a test's call dies") });
        assert_eq!(sends.rows(), BTreeSet::from([row]));
        sends.finished().await.unwrap();
        assert_eq!(sends.rows(), BTreeSet::new());
        assert_eq!(sends.room().unwrap(), 32);
        sends.start(flight, async { Err(Stopped(Step::OutboxSent).into()) });
        assert!(sends.finished().await.is_err());
    }
}
