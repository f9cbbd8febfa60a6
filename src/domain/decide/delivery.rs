//! What Slack's answers mean for an incident.

use crate::domain::command::Receipt;
use crate::domain::effect::{CardPlace, Effect, Reader};
use crate::domain::event::{Event, Undelivered};
use crate::domain::incident::{Home, Incident};

pub(super) fn delivered(incident: &Incident, effect: &Effect, receipt: &Receipt) -> Vec<Event> {
    let event = match (effect, receipt) {
        (Effect::PostCard, Receipt::Message(message)) => Event::CardPosted {
            message: message.clone(),
        },
        // A refresh that found no card has posted one.
        (
            Effect::RefreshCard {
                at: CardPlace::Incidents,
            },
            Receipt::Message(message),
        ) if incident.card.is_none() => Event::CardPosted {
            message: message.clone(),
        },
        (Effect::PostHomeCard, Receipt::Message(message)) => Event::HomeCardPosted {
            message: message.clone(),
        },
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

/// Slack's codes for a channel that nobody can write to any more.
const CHANNEL_GONE: [&str; 2] = ["is_archived", "channel_not_found"];

pub(super) fn undelivered(incident: &Incident, effect: &Effect, code: &str) -> Vec<Event> {
    let at_home = matches!(
        effect,
        Effect::Tell {
            to: Reader::Home,
            ..
        } | Effect::PostDraft { .. }
            | Effect::PostHomeCard
    );
    if at_home && CHANNEL_GONE.contains(&code) && matches!(incident.home, Home::Channel(_)) {
        let unsaid = (*effect != Effect::PostHomeCard).then(|| Box::new(effect.clone()));
        return lose_home(incident, code == "channel_not_found", unsaid);
    }
    if let (Effect::RefreshCard { at }, "message_not_found") = (effect, code) {
        return vec![Event::CardLost { at: *at }];
    }
    // What is not delivered stands on the timeline already. A complaint about a complaint would be followed by another
    // for as long as neither the home nor the person can be written to.
    if matches!(effect, Effect::Tell { entry, .. } if matches!(entry.event, Event::Undelivered { .. }))
    {
        return vec![];
    }
    // That there is no card was told when it could not be posted; every change tries again.
    let no_card_yet = matches!(
        effect,
        Effect::RefreshCard {
            at: CardPlace::Incidents
        }
    ) && incident.card.is_none();
    if no_card_yet {
        return vec![];
    }
    // A complaint that reaches nobody by either way must not be complained about for ever: what it is about is on the
    // timeline already.
    if let Effect::Tell { entry, .. } = effect
        && let Event::Undelivered {
            what: Undelivered::Message | Undelivered::DirectMessage { .. },
            ..
        } = entry.event
    {
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
        Effect::PostCard => Undelivered::Card,
        Effect::Tell { to, entry } => match (to, &entry.event) {
            (Reader::Person(user), _) => Undelivered::DirectMessage { to: user.clone() },
            (Reader::Home, Event::Nagged { number, .. }) => Undelivered::Nag { number: *number },
            (Reader::Home, _) => Undelivered::Message,
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
        Effect::PostHomeCard | Effect::PostDraft { .. } => Undelivered::Message,
        Effect::PinHomeCard
        | Effect::SetTopic
        | Effect::RefreshCard { .. }
        | Effect::RefreshDraft { .. }
        | Effect::RefreshNag { .. } => Undelivered::Refresh,
    };
    vec![Event::Undelivered {
        what,
        code: code.to_owned(),
    }]
}

pub(super) fn lose_home(
    incident: &Incident,
    deleted: bool,
    unsaid: Option<Box<Effect>>,
) -> Vec<Event> {
    match incident.home {
        Home::Channel(_) => vec![Event::HomeLost { deleted, unsaid }],
        _ => vec![],
    }
}
