//! Who is due? Every incident knows when it next wants to be looked at; this pump sends it `Wake` through the same
//! door as people. Waking too late, too often or twice does no harm.

use crate::app::App;
use crate::app::door::{Handled, Once, Order};
use crate::domain::command::Command;
use crate::domain::incident::Actor;
use crate::store::Lane;

/// How many incidents one turn wakes.
const BATCH: u32 = 100;

/// Wakes those who are due. Returns how many: 0 means there was nothing to do.
///
/// # Errors
/// When the store cannot say who is due. One incident that cannot be woken does not keep the others waiting.
pub async fn turn(app: &App) -> anyhow::Result<usize> {
    let due = app.store.due_wakes(app.clock.now(), BATCH).await?;
    let mut woken = 0;
    for (team, incident) in due {
        let lane = Lane::incident(&team, &incident);
        let lane = lane.as_str();
        let order = Order {
            team,
            incident,
            by: Actor::Balefire,
            command: Command::Wake,
        };
        match app.handle(&Once::default(), &order).await {
            Ok(Handled::Done(done)) => woken += usize::from(!done.entries.is_empty()),
            Ok(Handled::Refused(refusal)) => {
                tracing::warn!(%incident, lane, refusal = refusal.kind(), "an incident that was due did not wake");
            }
            // A wake-up is no delivery, and nobody typed it.
            Ok(Handled::Repeat | Handled::TypedBefore(_)) => {}
            Err(error) => {
                if error.is::<crate::app::steps::Stopped>() {
                    return Err(error);
                }
                tracing::error!(%incident, lane, error = format!("{error:#}"), "an incident could not be woken; it is tried again");
            }
        }
    }
    Ok(woken)
}
