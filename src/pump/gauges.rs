//! Looks at how full things are, every few seconds, so that `/metrics` answers from memory and never waits for the
//! database.

use std::time::Duration;

use crate::app::App;
use crate::telemetry;

/// A database that takes longer is as good as away.
const WITHIN: Duration = Duration::from_secs(2);

/// Measures once. A database that does not answer is a measurement too, so this cannot fail.
pub async fn turn(app: &App) {
    let measured = tokio::time::timeout(WITHIN, measure(app)).await;
    // Why it fails is said by the pumps that have something to do there.
    telemetry::database_up(matches!(measured, Ok(Ok(()))));
}

async fn measure(app: &App) -> anyhow::Result<()> {
    let depths = app.store.outbox_depth().await?;
    let now = app.clock.now();
    for state in ["pending", "sending"] {
        let (rows, oldest) = depths
            .iter()
            .find(|depth| depth.state == state)
            .map_or((0, now), |depth| (depth.count, depth.oldest));
        telemetry::outbox_depth(state, rows, now - oldest);
    }
    telemetry::incidents_open(app.store.incidents_open().await?);
    Ok(())
}
