//! What Slack must be told after something happened, in the order in which it is to be told.

use crate::clock::Time;
use crate::domain::effect::{CardPlace, Effect, Reader};
use crate::domain::event::{Entry, Event, Undelivered};
use crate::domain::incident::{
    Actor, Home, Incident, NagAnswer, NagAnswered, Role, SentNag, Stamp,
};
use crate::domain::moot::Moot;
use crate::domain::nag::Rung;
use crate::domain::rules::Escalatee;
use crate::ids::UserId;

/// The tasks that follow from `entries`, which have led to `incident`. `before` is the incident as it was, none
/// for one just declared.
pub fn announce(before: Option<&Incident>, incident: &Incident, entries: &[Entry]) -> Vec<Effect> {
    let mut effects = vec![];
    let mut shown = Shown::default();
    let happened = |wanted: fn(&Event) -> bool| entries.iter().any(|entry| wanted(&entry.event));
    let nagged = happened(|event| matches!(event, Event::Nagged { .. }));
    let updated = happened(|event| matches!(event, Event::UpdatePosted { .. }));
    let moved = happened(|event| matches!(event, Event::PhaseChanged { .. }));

    for entry in entries {
        let tell = |to: Reader| Effect::Tell {
            to,
            entry: Box::new(entry.clone()),
        };
        match &entry.event {
            Event::Declared { wants_channel, .. } => {
                effects.push(Effect::PostCard);
                if *wants_channel {
                    effects.push(Effect::CreateChannel);
                } else {
                    effects.push(tell(Reader::Home));
                }
            }
            Event::ChannelCreated { .. } => {
                let declarer = incident.declared_by.person();
                let mut guests: Vec<&UserId> = incident.roles.values().chain(declarer).collect();
                guests.sort();
                guests.dedup();
                effects.extend(
                    guests
                        .into_iter()
                        .map(|user| Effect::Invite { user: user.clone() }),
                );
                effects.push(Effect::PostHomeCard);
                shown.topic = true;
                shown.card = true;
            }
            Event::ChannelRefused { .. } => {
                effects.push(tell(Reader::Home));
                shown.card = true;
            }
            Event::HomeLost { .. } => {
                // A channel is archived after its incident as a matter of course.
                if incident.is_open() {
                    effects.push(tell(Reader::Home));
                }
                shown.card = true;
            }
            // What changed while a card that had been refused was on its way asked for a card, too, and there is one now.
            Event::CardPosted { .. } => {
                if before.is_some_and(|it| it.card_refused.is_some()) {
                    effects.push(Effect::RefreshCard {
                        at: CardPlace::Incidents,
                    });
                }
            }
            Event::HomeCardPosted { .. } => {
                effects.push(Effect::PinHomeCard);
                if before.is_some_and(|it| it.home_card_refused.is_some()) {
                    effects.push(Effect::RefreshCard {
                        at: CardPlace::Home,
                    });
                }
            }
            Event::CardLost {
                at: CardPlace::Incidents,
            } => effects.push(Effect::PostCard),
            Event::CardLost {
                at: CardPlace::Home,
            } => effects.push(Effect::PostHomeCard),

            // One message says both where it stands and what there is to say.
            Event::PhaseChanged { .. } if updated => shown.status = true,
            Event::Acknowledged if moved || updated => shown.status = true,
            Event::PhaseChanged { .. } | Event::Acknowledged | Event::Reopened { .. } => {
                effects.push(tell(Reader::Home));
                shown.status = true;
            }
            Event::Resolved { .. } | Event::Cancelled { .. } => {
                effects.push(tell(Reader::Home));
                shown.status = true;
                shown.nag = true;
            }
            Event::Closed => {
                effects.push(tell(Reader::Home));
                shown.status = true;
            }
            Event::RoleGiven { role, to, .. } => {
                if matches!(incident.home, Home::Channel(_)) {
                    effects.push(Effect::Invite { user: to.clone() });
                }
                effects.push(tell(Reader::Home));
                shown.topic |= *role == Role::Owner;
                shown.card = true;
            }
            Event::UpdatePosted { .. } | Event::Snoozed { .. } => {
                effects.push(tell(Reader::Home));
                shown.card = true;
                shown.nag = true;
            }
            Event::SeverityChanged { .. } => {
                effects.push(tell(Reader::Home));
                shown.status = true;
            }
            Event::ImpactSet { .. } | Event::EtaSet { .. } | Event::ServicesSet { .. } => {
                effects.push(tell(Reader::Home));
                shown.card = true;
            }
            Event::Noted { .. } | Event::DecisionMade { .. } | Event::ActionAdded { .. } => {
                effects.push(tell(Reader::Home));
            }
            Event::Nagged { .. } => {
                effects.push(tell(Reader::Home));
                shown.card = true;
                // The buttons move on to the new one.
                if let Some(old) = unanswered(before) {
                    effects.push(Effect::RefreshNag {
                        nag: Box::new(SentNag {
                            answer: Some(replaced(entry.at)),
                            ..old.clone()
                        }),
                    });
                }
            }
            Event::AcknowledgementMissed { .. } => {
                // It no longer says by when.
                shown.card = true;
                // The nag of the same moment says it to everybody else.
                if !nagged {
                    effects.push(tell(Reader::Home));
                }
                effects.extend(
                    incident
                        .owner()
                        .map(|owner| tell(Reader::Person(owner.clone()))),
                );
            }
            Event::Climbed { rung, to, .. } => {
                if *rung == Rung::Escalation && !to.is_empty() {
                    effects.push(tell(Reader::Home));
                }
                effects.extend(to.iter().filter_map(|who| match who {
                    Escalatee::User(user) => Some(tell(Reader::Person(user.clone()))),
                    // A group cannot be written to; the message at home mentions it.
                    Escalatee::Group(_) => None,
                }));
            }
            Event::DraftWritten {
                number, replaces, ..
            } => {
                effects.push(Effect::PostDraft { number: *number });
                effects.extend(replaces.map(|number| Effect::RefreshDraft { number }));
            }
            Event::DraftEdited { number, .. }
            | Event::DraftRewritten { number, .. }
            | Event::DraftApproved { number }
            | Event::DraftDiscarded { number } => {
                effects.push(Effect::RefreshDraft { number: *number })
            }
            Event::DraftPublished {
                number,
                text,
                channels,
                ..
            } => {
                effects.extend(channels.iter().map(|channel| Effect::Publish {
                    number: *number,
                    channel: channel.clone(),
                    text: text.clone(),
                }));
                effects.push(tell(Reader::Home));
                effects.push(Effect::RefreshDraft { number: *number });
            }
            // Held back because nobody needed it.
            Event::Undelivered { code, .. } if Moot::of_code(code).is_some() => {}
            Event::Undelivered { what, unsaid, .. } => {
                effects.extend(complain(incident, what, unsaid.as_deref()).map(tell));
            }
            // A draft that was edited or approved before its message existed would keep showing how it was.
            Event::DraftPosted { number, .. } => {
                if incident.draft(*number).is_some_and(|draft| {
                    draft.revision > 1 || !draft.approvals.is_empty() || !draft.is_open()
                }) {
                    effects.push(Effect::RefreshDraft { number: *number });
                }
            }
            Event::NagDelivered {
                number,
                nagged_at,
                message,
            } => {
                let sent = SentNag {
                    number: *number,
                    nagged_at: *nagged_at,
                    message: Some(message.clone()),
                    answer: None,
                };
                effects.extend(
                    overtaken(incident, sent).map(|nag| Effect::RefreshNag { nag: Box::new(nag) }),
                );
            }
            Event::Pinned { .. }
            | Event::PinEdited { .. }
            | Event::PinRemoved { .. }
            // Whoever gives an order is told meanwhile; here it could only be said when it is over.
            | Event::Silenced { .. }
            | Event::DraftDelivered { .. } => {}
        }
    }
    effects.extend(shown.refreshes(before, incident));
    effects
}

/// What the events of one command made stale; refreshed once, after everything was said.
#[derive(Default)]
struct Shown {
    card: bool,
    topic: bool,
    /// Card and topic both.
    status: bool,
    nag: bool,
}

impl Shown {
    fn refreshes(&self, before: Option<&Incident>, incident: &Incident) -> Vec<Effect> {
        let mut effects = vec![];
        if self.nag && unanswered(before).is_some() {
            effects.extend(incident.last_nag.iter().map(|nag| Effect::RefreshNag {
                nag: Box::new(nag.clone()),
            }));
        }
        if self.card || self.status {
            // Of what was refused, perhaps somebody has mended the reason meanwhile.
            effects.push(
                match incident.card.is_none() && incident.card_refused.is_some() {
                    true => Effect::PostCard,
                    false => Effect::RefreshCard {
                        at: CardPlace::Incidents,
                    },
                },
            );
            if incident.home != Home::Thread {
                effects.push(
                    match incident.home_card.is_none() && incident.home_card_refused.is_some() {
                        true => Effect::PostHomeCard,
                        false => Effect::RefreshCard {
                            at: CardPlace::Home,
                        },
                    },
                );
            }
        }
        if (self.topic || self.status) && incident.home != Home::Thread {
            effects.push(Effect::SetTopic);
        }
        effects
    }
}

/// A nag with its answer, should it have been answered or replaced while it was on its way.
fn overtaken(incident: &Incident, sent: SentNag) -> Option<SentNag> {
    let last = incident.last_nag.as_ref()?;
    let answer = match last.number == sent.number {
        true => last.answer.clone()?,
        false => replaced(last.nagged_at),
    };
    Some(SentNag {
        answer: Some(answer),
        ..sent
    })
}

fn replaced(at: Time) -> NagAnswer {
    NagAnswer {
        how: NagAnswered::Again,
        stamp: Stamp {
            by: Actor::Balefire,
            at,
        },
    }
}

fn unanswered(before: Option<&Incident>) -> Option<&SentNag> {
    before?.last_nag.as_ref().filter(|nag| nag.answer.is_none())
}

/// Who is told that something could not be delivered. Nobody, where the failure is only for the timeline.
fn complain(incident: &Incident, what: &Undelivered, unsaid: Option<&Entry>) -> Option<Reader> {
    // Whoever cannot be written to does not read of it either.
    let away = match unsaid.map(|unsaid| &unsaid.event) {
        Some(Event::Undelivered {
            what: Undelivered::DirectMessage { to },
            ..
        }) => Some(to),
        _ => None,
    };
    let owner = incident.owner().filter(|owner| Some(*owner) != away);
    let somebody = owner.or(match &incident.declared_by {
        Actor::Person(user) => Some(user),
        Actor::Balefire => None,
    });
    match what {
        // Nobody need be asked any more.
        Undelivered::Nag { .. } if !incident.is_open() => None,
        Undelivered::Nag { number } if incident.is_answered(*number) => None,
        // Nobody wants it any more: another stands in its place, or a person has settled it.
        Undelivered::Message {
            draft: Some(number),
        } if !incident.is_wanted(*number) => None,
        Undelivered::DirectMessage { .. }
        | Undelivered::Invitation { .. }
        | Undelivered::Publication { .. } => Some(Reader::Home),
        Undelivered::Card { .. }
        | Undelivered::Nag { .. }
        | Undelivered::Message { .. }
        | Undelivered::Refresh { .. } => somebody.map(|user| Reader::Person(user.clone())),
    }
}
