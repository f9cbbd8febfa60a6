//! What waited in its lane for long, because Slack could not be reached or was not to be hurried, is summed up and not
//! poured out: one message says what would have been many.

use chrono::Duration;

use crate::domain::effect::{Effect, Reader};
use crate::domain::event::{Entry, Event};
use crate::domain::incident::Incident;
use crate::domain::moot::moot;

/// From when on a message counts as late.
const LATE_AFTER: Duration = Duration::minutes(1);
/// Fewer than this are said one by one: each is read better by itself.
const FEWEST: usize = 3;
/// More than this do not fit into one message.
const MOST: usize = 40;

/// One effect for many.
#[derive(Debug, PartialEq)]
pub struct Summary {
    pub effect: Effect,
    /// Which of those behind the head it says, too.
    pub said: Vec<usize>,
}

/// Whether an effect that has waited so long may begin a summary.
pub fn may_head(effect: &Effect, waited: Duration) -> bool {
    waited >= LATE_AFTER && !entries(effect).is_empty()
}

/// What says `head` and as much as can be said with it of what waits `behind`, in order. None: too little to sum up.
/// What nobody needs any more is passed over; anything else ends the summary, for nothing may overtake it.
pub fn sum_up<'a>(
    head: &Effect,
    behind: impl Iterator<Item = &'a Effect>,
    incident: &Incident,
) -> Option<Summary> {
    let mut all = entries(head).to_vec();
    let mut said = vec![];
    for (nth, effect) in behind.enumerate() {
        let more = entries(effect);
        if all.len() + more.len() > MOST {
            break;
        }
        match more {
            [] if moot(effect, incident).is_some() => {}
            [] => break,
            more => {
                all.extend_from_slice(more);
                said.push(nth);
            }
        }
    }
    if said.is_empty() || all.len() < FEWEST {
        return None;
    }
    Some(Summary {
        effect: Effect::TellAll { entries: all },
        said,
    })
}

/// What an effect says to everybody at the incident in so many words, with nothing to press and nobody to wake.
fn entries(effect: &Effect) -> &[Entry] {
    match effect {
        Effect::TellAll { entries } => entries,
        Effect::Tell {
            to: Reader::Home,
            entry,
        } if is_plain(&entry.event) => std::slice::from_ref(entry),
        _ => &[],
    }
}

fn is_plain(event: &Event) -> bool {
    matches!(
        event,
        Event::Acknowledged
            | Event::RoleGiven { .. }
            | Event::UpdatePosted { .. }
            | Event::PhaseChanged { .. }
            | Event::SeverityChanged { .. }
            | Event::ImpactSet { .. }
            | Event::EtaSet { .. }
            | Event::ServicesSet { .. }
            | Event::Noted { .. }
            | Event::DecisionMade { .. }
            | Event::ActionAdded { .. }
            | Event::Snoozed { .. }
            | Event::Resolved { .. }
            | Event::Reopened { .. }
            | Event::Cancelled { .. }
            | Event::Closed
            | Event::DraftPublished { .. }
    )
}
