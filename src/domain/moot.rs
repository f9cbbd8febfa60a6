//! What waited so long on its way to Slack that nobody needs it any more: a nag that was answered meanwhile, an alarm
//! for an incident that is over. It is held back, and the timeline says so.

use crate::domain::draft::DraftState;
use crate::domain::effect::Effect;
use crate::domain::event::{Event, Undelivered};
use crate::domain::incident::{Actor, Incident, NagAnswered};
use crate::domain::nag::Cause;

use crate::clock::Time;

/// Why something is not sent any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moot {
    /// The incident is over.
    Finished,
    /// Somebody has done what it asks for.
    Answered,
    /// A newer one is on its way.
    Replaced,
}

impl Moot {
    /// Every reason there is.
    pub const ALL: [Self; 3] = [Self::Finished, Self::Answered, Self::Replaced];

    /// What the timeline keeps in the place of an error code of Slack's, which has none like these.
    pub fn code(self) -> &'static str {
        match self {
            Self::Finished => "incident_finished",
            Self::Answered => "answered_meanwhile",
            Self::Replaced => "replaced_meanwhile",
        }
    }

    /// The reason behind a code; none for one of Slack's.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|moot| moot.code() == code)
    }
}

/// Whether there is still a need for `effect`, now that the incident is as it is.
pub fn moot(effect: &Effect, incident: &Incident) -> Option<Moot> {
    match effect {
        Effect::Tell { entry, .. } => match &entry.event {
            Event::Nagged { number, .. } => over(incident)
                .or_else(|| answered(incident, *number, entry.at))
                .or_else(|| replaced(incident, *number)),
            Event::AcknowledgementMissed { .. } => {
                over(incident).or_else(|| acknowledged(incident))
            }
            Event::Climbed { cause, rung, .. } => over(incident)
                .or_else(|| match cause {
                    Cause::Acknowledgement => acknowledged(incident),
                    Cause::Nag(number) => answered(incident, *number, entry.at),
                })
                .or_else(|| {
                    (incident.climbed_at.get(rung) > Some(&entry.at)).then_some(Moot::Replaced)
                }),
            Event::Undelivered { what, .. } => match what {
                Undelivered::Nag { number } => over(incident)
                    .or_else(|| incident.is_answered(*number).then_some(Moot::Answered)),
                Undelivered::Message {
                    draft: Some(number),
                } => (!incident.is_wanted(*number)).then_some(Moot::Replaced),
                _ => None,
            },
            _ => None,
        },
        Effect::PostDraft { number } => {
            let draft = incident.draft(*number)?;
            match draft.state {
                DraftState::Replaced(_) | DraftState::Discarded(_) => Some(Moot::Replaced),
                // It came with a nag, and says how things stood then.
                DraftState::Open if draft.author == Actor::Balefire => over(incident),
                _ => None,
            }
        }
        _ => None,
    }
}

fn over(incident: &Incident) -> Option<Moot> {
    (!incident.is_open()).then_some(Moot::Finished)
}

fn acknowledged(incident: &Incident) -> Option<Moot> {
    incident.acknowledged.as_ref().map(|_| Moot::Answered)
}

/// Whether anybody has answered nag `number`, or has posted an update or put a newer nag off since `asked_at`.
fn answered(incident: &Incident, number: u32, asked_at: Time) -> Option<Moot> {
    let nag = incident.last_nag.as_ref();
    let answer = nag.and_then(|nag| nag.answer.as_ref());
    let answer = answer.filter(|answer| answer.how != NagAnswered::Again);
    // What is known of the nag itself is true whatever the clock says, which may have been set back since.
    if answer.is_some() && nag.is_some_and(|nag| nag.number == number) {
        return Some(Moot::Answered);
    }
    let updated = incident.last_update().map(|update| update.at);
    let last = updated.max(answer.map(|answer| answer.stamp.at));
    (last >= Some(asked_at)).then_some(Moot::Answered)
}

fn replaced(incident: &Incident, number: u32) -> Option<Moot> {
    let newest = incident.last_nag.as_ref().map(|nag| nag.number);
    (newest > Some(number)).then_some(Moot::Replaced)
}
