//! Who is due? Every incident knows when it next wants to be looked at; this pump sends it `Wake` through the same
//! door as people. Waking too late, too often or twice does no harm.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::Duration;

use crate::app::App;
use crate::app::door::{Handled, Once, Order};
use crate::clock::Time;
use crate::domain::command::Command;
use crate::domain::incident::Actor;
use crate::ids::{IncidentId, TeamId};
use crate::pump::{Panicked, attended};
use crate::store::{Lane, Unreadable, Wake};

/// How many incidents one turn wakes.
const BATCH: u32 = 100;
/// How long an incident is left alone that a repeat may wake. What no repeat mends rests as other rows do.
const REST: Duration = Duration::seconds(1);
/// How often it is said of an incident that it still cannot be woken.
const SAID_EVERY: Duration = Duration::minutes(10);

/// Incidents that could not be woken, and until when this process leaves them alone. One that stays due without end
/// must not turn the pump in a circle. Whoever starts anew tries at once.
#[derive(Default)]
pub struct Resting {
    until: Mutex<Times>,
    /// When it was said last that one cannot be woken: tried every second, it would fill the log.
    said: Mutex<Times>,
}

type Times = BTreeMap<(TeamId, IncidentId), Time>;

impl Resting {
    /// Those that rest at this time. A clock that was set back lengthens no rest.
    fn at(&self, now: Time) -> MutexGuard<'_, Times> {
        let mut until = lock(&self.until);
        until.retain(|_, until| *until > now && *until <= now + Unreadable::PAUSE_MAX);
        until
    }

    fn count(&self, now: Time) -> u32 {
        u32::try_from(self.at(now).len()).unwrap_or(u32::MAX)
    }

    /// Whether that this one cannot be woken is to be said now: when it begins, and every ten minutes.
    fn is_to_be_said(&self, key: (TeamId, IncidentId), now: Time) -> bool {
        let mut said = lock(&self.said);
        said.retain(|_, at| *at <= now && now - *at < SAID_EVERY);
        match said.entry(key) {
            Entry::Vacant(place) => {
                place.insert(now);
                true
            }
            Entry::Occupied(_) => false,
        }
    }

    fn woke(&self, key: &(TeamId, IncidentId)) {
        lock(&self.said).remove(key);
    }
}

fn lock(times: &Mutex<Times>) -> MutexGuard<'_, Times> {
    times.lock().unwrap_or_else(PoisonError::into_inner)
}

/// When there will be somebody to wake, as far as the database knows; none: never.
pub async fn next_at(app: &App) -> anyhow::Result<Option<Time>> {
    let now = app.clock.now();
    let next = app
        .store
        .next_wakes(app.resting.count(now).saturating_add(1))
        .await?;
    let resting = app.resting.at(now);
    let times = next.into_iter().map(|wake| {
        let rests_until = resting.get(&(wake.team, wake.incident));
        rests_until.map_or(wake.at, |until| wake.at.max(*until))
    });
    Ok(times.min())
}

/// Wakes those who are due. Returns how many: 0 means there was nothing to do.
///
/// # Errors
/// When the store cannot say who is due. One incident that cannot be woken does not keep the others waiting.
pub async fn turn(app: &App) -> anyhow::Result<usize> {
    let now = app.clock.now();
    let limit = app.resting.count(now).saturating_add(BATCH);
    let mut due = app.store.next_wakes(limit).await?;
    {
        let resting = app.resting.at(now);
        due.retain(|wake| {
            wake.at <= now && !resting.contains_key(&(wake.team.clone(), wake.incident))
        });
    }
    let mut woken = 0;
    for wake in due {
        let incident = wake.incident;
        let key = (wake.team.clone(), incident);
        let late = now - wake.at;
        let lane = Lane::incident(&wake.team, &incident);
        let lane = lane.as_str();
        let order = Order {
            team: wake.team.clone(),
            incident,
            by: Actor::Balefire,
            command: Command::Wake,
        };
        match attended(app.handle(&Once::default(), &order)).await {
            Ok(Handled::Done(done)) => {
                woken += usize::from(!done.entries.is_empty());
                app.resting.woke(&key);
            }
            Ok(Handled::Refused(refusal)) => {
                leave_alone(app, &wake, Unreadable::pause(late));
                tracing::warn!(%incident, lane, refusal = refusal.kind(), "an incident that was due did not wake");
            }
            // A wake-up is no delivery, and nobody typed it.
            Ok(Handled::Repeat | Handled::TypedBefore(_)) => {}
            Err(error) => {
                if error.is::<crate::app::steps::Stopped>() {
                    return Err(error);
                }
                let unreadable = Unreadable::caused(&error);
                let rest = if unreadable || error.is::<Panicked>() {
                    Unreadable::pause(late)
                } else {
                    REST
                };
                leave_alone(app, &wake, rest);
                let is_worth_a_line = !unreadable || !Unreadable::is_young(late);
                if is_worth_a_line && app.resting.is_to_be_said(key, now) {
                    tracing::error!(%incident, lane, error = format!("{error:#}"), "an incident could not be woken; it is tried again");
                }
            }
        }
    }
    Ok(woken)
}

fn leave_alone(app: &App, wake: &Wake, rest: Duration) {
    let now = app.clock.now();
    let key = (wake.team.clone(), wake.incident);
    app.resting.at(now).insert(key, now + rest);
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn a_failure_is_said_when_it_begins_and_every_ten_minutes() {
        let at = |seconds: i64| DateTime::from_timestamp(1_781_517_600 + seconds, 0).unwrap();
        let key = |number: u32| {
            let id = format!("INC-2026-{number:03}").parse().unwrap();
            (TeamId::new("T1"), id)
        };
        let resting = Resting::default();
        for (seconds, number, expected) in [
            (0, 1, true),
            (1, 1, false),
            (1, 2, true),
            (599, 1, false),
            (600, 1, true),
            (601, 1, false),
            // The clock was set back.
            (-60, 1, true),
        ] {
            let said = resting.is_to_be_said(key(number), at(seconds));
            assert_eq!(said, expected, "{seconds} s, {number}");
        }
        resting.woke(&key(1));
        assert!(resting.is_to_be_said(key(1), at(-59)));
    }
}
