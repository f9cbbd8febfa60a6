//! What Slack's answers mean for an incident.

use chrono::Duration;

use crate::clock::Time;
use crate::domain::command::Receipt;
use crate::domain::effect::{CardPlace, Effect, Reader};
use crate::domain::event::{Event, HomeLoss, Refreshed, UNKNOWN_OUTCOME, Undelivered};
use crate::domain::incident::{Home, Incident};
use crate::domain::moot::Moot;
use crate::ids::ChannelId;

pub(super) fn delivered(incident: &Incident, effect: &Effect, receipt: &Receipt) -> Vec<Event> {
    let event = match (effect, receipt) {
        // A late answer to what was given up: there is another card by now.
        (Effect::PostCard, Receipt::Message(message)) if incident.card.is_none() => {
            Event::CardPosted {
                message: message.clone(),
            }
        }
        // Likewise; or the incident has left its channel meanwhile.
        (Effect::PostHomeCard, Receipt::Message(message))
            if incident.home_card.is_none()
                && incident.home == Home::Channel(message.channel.clone()) =>
        {
            Event::HomeCardPosted {
                message: message.clone(),
            }
        }
        // Asked for once and answered twice (a replica that died between): the first answer stands.
        (Effect::CreateChannel, Receipt::Channel(channel)) if incident.home == Home::Opening => {
            Event::ChannelCreated {
                channel: channel.clone(),
            }
        }
        (
            Effect::Tell {
                to: Reader::Home,
                entry,
            },
            Receipt::Message(message),
        ) => match entry.event {
            Event::Nagged { number, .. } => Event::NagDelivered {
                number,
                nagged_at: entry.at,
                message: message.clone(),
            },
            _ => return vec![],
        },
        (Effect::PostDraft { number }, Receipt::Message(message)) => Event::DraftPosted {
            number: *number,
            message: message.clone(),
        },
        (Effect::Publish { number, .. }, Receipt::Message(message)) => Event::DraftDelivered {
            number: *number,
            message: message.clone(),
        },
        _ => return vec![],
    };
    vec![event]
}

/// Why, and for which channel, see [`Event::Undelivered`].
pub(super) struct Why<'a> {
    pub(super) code: &'a str,
    pub(super) channel: Option<&'a ChannelId>,
    pub(super) unread: Option<&'a String>,
}

pub(super) fn undelivered(incident: &Incident, effect: &Effect, why: Why) -> Vec<Event> {
    let code = why.code;
    if let (Effect::RefreshCard { at }, "message_not_found") = (effect, code) {
        return vec![Event::CardLost { at: *at }];
    }
    let refreshed = refreshed(effect);
    if let Some(of) = refreshed {
        // Somebody has deleted it, or its channel is gone, of which the next message tells.
        let is_gone = code == "message_not_found"
            // `chat.update` has a word of its own for a channel that is archived.
            || of != Refreshed::Card && (HomeLoss::of_code(code).is_some() || code == "is_inactive");
        if is_gone || incident.stale_for.contains(&of.because(code)) {
            return vec![];
        }
    }
    // What it is about stands on the timeline already. A person who cannot be written to either is the end of it; what
    // was to be complained of at the incident is told to a person first.
    if let Effect::Tell {
        to: Reader::Person(_),
        entry,
    } = effect
        && let Event::Undelivered { .. } = entry.event
    {
        return vec![];
    }
    // That there is no card, and why, was told when it could not be posted first; every change tries again. Of one that
    // may be there, each is told: there may be as many.
    let refused = match effect {
        Effect::PostCard => &incident.card_refused,
        Effect::PostHomeCard => &incident.home_card_refused,
        _ => &None,
    };
    if refused.as_deref() == Some(code) && code != UNKNOWN_OUTCOME {
        return vec![];
    }
    // The incident has left its channel while it was on its way.
    if *effect == Effect::PostHomeCard && !matches!(incident.home, Home::Channel(_)) {
        return vec![];
    }
    let what = match effect {
        Effect::CreateChannel => {
            return match incident.home {
                Home::Opening => vec![Event::ChannelRefused {
                    code: code.to_owned(),
                }],
                _ => vec![],
            };
        }
        Effect::PostCard => Undelivered::Card {
            at: CardPlace::Incidents,
        },
        Effect::PostHomeCard => Undelivered::Card {
            at: CardPlace::Home,
        },
        Effect::PostDraft { number } => Undelivered::Message {
            draft: Some(*number),
        },
        Effect::Tell { to, entry } => match (to, &entry.event) {
            (Reader::Person(user), _) => Undelivered::DirectMessage { to: user.clone() },
            (Reader::Home, Event::Nagged { number, .. }) => Undelivered::Nag { number: *number },
            (Reader::Home, _) => Undelivered::Message { draft: None },
        },
        Effect::Publish {
            number, channel, ..
        } => Undelivered::Publication {
            number: *number,
            channel: channel.clone(),
        },
        Effect::Invite { user } => Undelivered::Invitation {
            users: vec![user.clone()],
        },
        Effect::TellAll { .. } => Undelivered::Message { draft: None },
        Effect::PinHomeCard
        | Effect::SetTopic
        | Effect::RefreshCard { .. }
        | Effect::RefreshDraft { .. }
        | Effect::RefreshNag { .. } => Undelivered::Refresh {
            of: refreshed.unwrap_or_default(),
        },
    };
    let unsaid = match (&what, effect) {
        (Undelivered::Message { .. }, Effect::Tell { entry, .. }) => Some(entry.clone()),
        // What was held back is no complaint; the ledger wants to know what it was.
        (Undelivered::DirectMessage { .. }, Effect::Tell { entry, .. })
            if Moot::of_code(code).is_some() =>
        {
            Some(entry.clone())
        }
        _ => None,
    };
    let summed_up = match effect {
        Effect::TellAll { entries } => entries.clone(),
        _ => vec![],
    };
    vec![Event::Undelivered {
        what,
        code: code.to_owned(),
        unsaid,
        summed_up,
        channel: why.channel.cloned(),
        unread: why.unread.cloned(),
    }]
}

fn refreshed(effect: &Effect) -> Option<Refreshed> {
    Some(match effect {
        Effect::RefreshCard {
            at: CardPlace::Incidents,
        } => Refreshed::Card,
        Effect::RefreshCard {
            at: CardPlace::Home,
        } => Refreshed::HomeCard,
        Effect::SetTopic => Refreshed::Topic,
        Effect::PinHomeCard => Refreshed::Pin,
        Effect::RefreshDraft { .. } | Effect::RefreshNag { .. } => Refreshed::Message,
        _ => return None,
    })
}

/// How often an incident is told that it is not heard.
const SILENCE_TOLD_EVERY: Duration = Duration::hours(1);

/// Everything it has to say is refused anew each minute; that is one thing to tell.
pub(super) fn silenced(incident: &Incident, code: &str, now: Time) -> Vec<Event> {
    let was_told = |at: Time| now - at < SILENCE_TOLD_EVERY;
    if incident.silenced_at.is_some_and(was_told) {
        return vec![];
    }
    vec![Event::Silenced {
        code: code.to_owned(),
    }]
}

pub(super) fn lose_home(incident: &Incident, channel: &ChannelId, why: HomeLoss) -> Vec<Event> {
    match &incident.home {
        Home::Channel(home) if home == channel => vec![Event::HomeLost { why }],
        Home::Channel(_) | Home::Opening | Home::Thread => vec![],
    }
}
