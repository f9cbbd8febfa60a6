//! Turns that are taken after the claim.

use std::time::Duration as Wait;

use chrono::Duration;

use super::LEASE_S;
use super::claim::turns;
use crate::app::App;
use crate::app::door::retried;
use crate::clock::Time;
use crate::ids::TeamId;
use crate::pump::pacing::{Paces, Turns};
use crate::slack::call::Call;
use crate::store::OutboxRow;

/// The same as claims go by: of an app that serves a whole organisation, a row names one workspace of it.
pub(super) fn paced_team(app: &App, row: &OutboxRow) -> TeamId {
    let place = app.workplace();
    place.map_or_else(|| row.team.clone(), |place| place.team)
}

/// It was on its way before, and is sent once more: the lease must cover that, and it takes its turn only now. Until
/// when the lease holds then; the error is when its turn is.
pub(super) async fn start_anew(
    app: &App,
    row: &OutboxRow,
    call: &Call,
) -> anyhow::Result<Result<Time, Time>> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let team = paced_team(app, row);
    let mut paces = Paces::new(&team, now);
    if let Err(at) = paces.take(&mut tx, turns(call)).await? {
        return Ok(Err(at));
    }
    let lease = Duration::seconds(LEASE_S);
    let held = tx.mark_sending(row, now, lease).await?;
    let Some(lease_until) = held else {
        // Somebody else has the row, and takes a turn for it.
        return Ok(Err(now));
    };
    paces.save(&mut tx);
    tx.commit().await?;
    Ok(Ok(lease_until))
}

/// A further turn of a method, amid a call that takes several requests; or how long to wait for one.
pub(super) async fn next_turn(
    app: &App,
    row: &OutboxRow,
    method: &'static str,
) -> Result<(), Wait> {
    // While the database is away nobody knows; nor can it be recorded what became of the call.
    const UNKNOWN: Wait = Wait::from_secs(1);
    let Ok(taken) = retried!(app, try_next_turn(app, row, method)) else {
        return Err(UNKNOWN);
    };
    taken.map_err(|at| (at - app.clock.now()).to_std().unwrap_or(UNKNOWN))
}

async fn try_next_turn(
    app: &App,
    row: &OutboxRow,
    method: &'static str,
) -> anyhow::Result<Result<(), Time>> {
    let mut tx = app.store.begin().await?;
    let team = paced_team(app, row);
    let mut paces = Paces::new(&team, app.clock.now());
    let turns = Turns {
        methods: vec![method],
        posts_to: None,
    };
    if let Err(at) = paces.take(&mut tx, turns).await? {
        return Ok(Err(at));
    }
    paces.save(&mut tx);
    tx.commit().await?;
    Ok(Ok(()))
}
