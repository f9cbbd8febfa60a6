//! The incident as the fold of its events. Folding needs no rules and no clock, so that the timeline alone
//! rebuilds what is known.

use std::collections::BTreeSet;

use crate::domain::draft::{Approval, Audience, Draft, DraftState};
use crate::domain::effect::CardPlace;
use crate::domain::event::{Entry, Event, Undelivered};
use crate::domain::incident::{
    Actor, Home, Incident, NagAnswer, NagAnswered, Phase, Role, SentNag, Stamp, Status, Update,
};
use crate::domain::nag::{Cause, DueReason, Watch};
use crate::ids::IncidentId;

/// How many drafts an incident keeps that were replaced or discarded, so that a late click hears what became of them,
/// and how many published ones for each audience, because what is told next depends on them.
const OLD_DRAFTS_KEPT: usize = 20;

impl Incident {
    /// The incident that a declaration makes. None: the entry is no declaration.
    pub fn declared(id: IncidentId, entry: &Entry) -> Option<Self> {
        let Event::Declared {
            title,
            severity,
            services,
            impact,
            owner,
            wants_channel,
            next_nag_at,
            respond_by,
            ..
        } = &entry.event
        else {
            return None;
        };
        Some(Self {
            id,
            title: title.clone(),
            severity: severity.clone(),
            status: Status::Open {
                phase: Phase::Declared,
                watch: Watch {
                    number: 1,
                    due: *next_nag_at,
                    reason: DueReason::Cadence,
                    counted_from: entry.at,
                    respond_by: Some(*respond_by),
                    ladder: None,
                },
            },
            declared_by: entry.by.clone(),
            declared_at: entry.at,
            acknowledged: None,
            phase_changed: None,
            severity_changed: None,
            roles: owner
                .iter()
                .map(|user| (Role::Owner, user.clone()))
                .collect(),
            services: services.clone(),
            impact: impact.clone(),
            eta: None,
            updates: vec![],
            home: if *wants_channel {
                Home::Opening
            } else {
                Home::Thread
            },
            card: None,
            card_refused: None,
            home_card: None,
            home_card_refused: None,
            stale_for: BTreeSet::new(),
            silenced_at: None,
            last_nag: None,
            climbed_at: std::collections::BTreeMap::new(),
            drafts: vec![],
        })
    }

    /// The incident that a whole timeline tells of. None: it does not begin with a declaration.
    pub fn replay(id: IncidentId, timeline: &[Entry]) -> Option<Self> {
        let (first, rest) = timeline.split_first()?;
        let mut incident = Incident::declared(id, first)?;
        for entry in rest {
            incident = incident.after(entry);
        }
        Some(incident)
    }

    /// The incident after one more event.
    #[must_use]
    pub fn after(mut self, entry: &Entry) -> Self {
        let stamp = Stamp {
            by: entry.by.clone(),
            at: entry.at,
        };
        match &entry.event {
            Event::Acknowledged => {
                if self.acknowledged.is_none() {
                    self.phase_changed = Some(stamp.clone());
                    self.acknowledged = Some(stamp);
                }
                if let Status::Open { phase, watch } = &mut self.status {
                    *phase = (*phase).max(Phase::Investigating);
                    watch.respond_by = None;
                    if watch
                        .ladder
                        .as_ref()
                        .is_some_and(|ladder| ladder.cause == Cause::Acknowledgement)
                    {
                        watch.ladder = None;
                    }
                }
            }
            Event::RoleGiven { role, to, .. } => {
                self.roles.insert(role.clone(), to.clone());
            }
            Event::UpdatePosted {
                text,
                next_nag_at,
                promised,
            } => {
                self.remember(Update {
                    at: entry.at,
                    by: entry.by.clone(),
                    text: text.clone(),
                });
                let reason = match promised {
                    true => DueReason::Promise {
                        by: entry.by.clone(),
                    },
                    false => DueReason::Cadence,
                };
                if let Some(watch) = self.watch_mut() {
                    watch.due = *next_nag_at;
                    watch.reason = reason;
                    watch.counted_from = entry.at;
                    watch.no_longer_asks();
                }
                let how = if text.is_some() {
                    NagAnswered::Update
                } else {
                    NagAnswered::NoChange
                };
                self.answer_nag(how, &stamp);
            }
            Event::PhaseChanged { to, .. } => {
                if let Status::Open { phase, .. } = &mut self.status {
                    *phase = *to;
                }
                self.phase_changed = Some(stamp);
            }
            Event::SeverityChanged {
                to,
                next_nag_at,
                respond_by,
                ..
            } => {
                self.severity_changed = Some(stamp);
                self.severity = to.clone();
                if let Some(watch) = self.watch_mut() {
                    watch.due = *next_nag_at;
                    watch.respond_by = *respond_by;
                }
            }
            Event::ImpactSet { text } => self.impact = Some(text.clone()),
            Event::EtaSet { text } => self.eta = Some(text.clone()),
            Event::ServicesSet { services } => self.services.clone_from(services),
            Event::Snoozed { until, .. } => {
                if let Some(watch) = self.watch_mut() {
                    watch.due = *until;
                    watch.reason = DueReason::Snooze {
                        by: entry.by.clone(),
                    };
                    watch.no_longer_asks();
                }
                self.answer_nag(NagAnswered::Snooze, &stamp);
            }
            Event::Nagged {
                number,
                next_nag_at,
                ladder,
                ..
            } => {
                self.answer_nag(NagAnswered::Again, &stamp);
                if let Some(watch) = self.watch_mut() {
                    watch.number = number + 1;
                    watch.due = *next_nag_at;
                    watch.reason = DueReason::Cadence;
                    watch.counted_from = entry.at;
                    watch.ladder.clone_from(ladder);
                }
                self.last_nag = Some(SentNag {
                    number: *number,
                    nagged_at: entry.at,
                    message: None,
                    answer: None,
                });
            }
            Event::AcknowledgementMissed { ladder, .. } => {
                if let Some(watch) = self.watch_mut() {
                    watch.respond_by = None;
                    watch.ladder.clone_from(ladder);
                }
            }
            Event::Climbed { rung, next, .. } => {
                self.climbed_at.insert(*rung, entry.at);
                if let Some(watch) = self.watch_mut() {
                    watch.ladder.clone_from(next);
                }
            }
            Event::Resolved { summary } => {
                self.answer_nag(NagAnswered::Finished, &stamp);
                self.status = Status::Resolved {
                    stamp,
                    summary: summary.clone(),
                };
            }
            Event::Cancelled { reason } => {
                self.answer_nag(NagAnswered::Finished, &stamp);
                self.status = Status::Cancelled {
                    stamp,
                    reason: reason.clone(),
                };
            }
            Event::Closed => {
                if let Status::Resolved {
                    stamp: resolved,
                    summary,
                } = self.status
                {
                    self.status = Status::Closed {
                        stamp,
                        resolved_at: resolved.at,
                        summary,
                    };
                }
            }
            Event::Reopened { next_nag_at, .. } => {
                let number = self.last_nag.as_ref().map_or(1, |nag| nag.number + 1);
                self.status = Status::Open {
                    phase: Phase::Investigating,
                    watch: Watch {
                        number,
                        due: *next_nag_at,
                        reason: DueReason::Cadence,
                        counted_from: entry.at,
                        respond_by: None,
                        ladder: None,
                    },
                };
                self.phase_changed = Some(stamp.clone());
                // Whoever reopens it has answered the call.
                self.acknowledged.get_or_insert(stamp);
            }
            Event::DraftWritten {
                number,
                audience,
                text,
                replaces,
            } => {
                if let Some(old) = replaces.and_then(|old| self.draft_mut(old)) {
                    old.state = DraftState::Replaced(stamp.clone());
                }
                self.drafts.push(Draft {
                    number: *number,
                    audience: *audience,
                    text: text.clone(),
                    revision: 1,
                    author: entry.by.clone(),
                    written: stamp,
                    approvals: vec![],
                    state: DraftState::Open,
                    message: None,
                    is_unposted: false,
                });
                self.forget_old_drafts();
            }
            Event::DraftEdited { number, text } => {
                if let Some(draft) = self.draft_mut(*number) {
                    draft.text.clone_from(text);
                    draft.revision += 1;
                    draft.author = entry.by.clone();
                    draft.written = stamp;
                    draft.approvals.clear();
                }
            }
            Event::DraftRewritten { number, text } => {
                if let Some(draft) = self.draft_mut(*number) {
                    draft.text.clone_from(text);
                    draft.revision += 1;
                    draft.approvals.clear();
                }
            }
            Event::DraftApproved { number } => {
                if let (Some(draft), Actor::Person(by)) = (self.draft_mut(*number), &entry.by) {
                    draft.approvals.push(Approval {
                        by: by.clone(),
                        at: entry.at,
                    });
                }
            }
            Event::DraftPublished { number, .. } => {
                self.end_draft(*number, DraftState::Published(stamp))
            }
            Event::DraftDiscarded { number } => {
                self.end_draft(*number, DraftState::Discarded(stamp))
            }
            Event::CardPosted { message } => {
                self.card = Some(message.clone());
                self.card_refused = None;
            }
            Event::Silenced { .. } => self.silenced_at = Some(entry.at),
            Event::Undelivered {
                what: Undelivered::Card { at },
                code,
                ..
            } => {
                let (card, refused) = match at {
                    CardPlace::Incidents => (&self.card, &mut self.card_refused),
                    CardPlace::Home => (&self.home_card, &mut self.home_card_refused),
                };
                *refused = card.is_none().then(|| code.clone());
            }
            Event::Undelivered {
                what: Undelivered::Refresh { of },
                code,
                ..
            } => {
                self.stale_for.insert(of.because(code));
            }
            Event::HomeCardPosted { message } => {
                self.home_card = Some(message.clone());
                self.home_card_refused = None;
            }
            Event::CardLost {
                at: CardPlace::Incidents,
            } => self.card = None,
            Event::CardLost {
                at: CardPlace::Home,
            } => self.home_card = None,
            Event::ChannelCreated { channel } => self.home = Home::Channel(channel.clone()),
            Event::ChannelRefused { .. } => self.home = Home::Thread,
            Event::HomeLost { .. } => {
                self.home = Home::Thread;
                self.home_card = None;
                self.home_card_refused = None;
            }
            Event::NagDelivered {
                number, message, ..
            } => {
                if let Some(nag) = self.last_nag.as_mut().filter(|nag| nag.number == *number) {
                    nag.message = Some(message.clone());
                }
            }
            Event::Undelivered {
                what:
                    Undelivered::Message {
                        draft: Some(number),
                    },
                ..
            } => {
                if let Some(draft) = self.draft_mut(*number) {
                    draft.is_unposted = true;
                }
            }
            Event::DraftPosted { number, message } => {
                if let Some(draft) = self.draft_mut(*number) {
                    draft.message = Some(message.clone());
                }
            }
            // Told by the timeline alone.
            Event::Declared { .. }
            | Event::Noted { .. }
            | Event::DecisionMade { .. }
            | Event::ActionAdded { .. }
            | Event::Pinned { .. }
            | Event::PinEdited { .. }
            | Event::PinRemoved { .. }
            | Event::DraftDelivered { .. }
            | Event::Undelivered { .. } => {}
        }
        self
    }

    fn answer_nag(&mut self, how: NagAnswered, stamp: &Stamp) {
        if let Some(nag) = self.last_nag.as_mut().filter(|nag| nag.answer.is_none()) {
            nag.answer = Some(NagAnswer {
                how,
                stamp: stamp.clone(),
            });
        }
    }

    fn end_draft(&mut self, number: u32, state: DraftState) {
        if let Some(draft) = self.draft_mut(number) {
            draft.state = state;
        }
    }

    fn forget_old_drafts(&mut self) {
        let settled = |draft: &Draft| {
            matches!(
                draft.state,
                DraftState::Replaced(_) | DraftState::Discarded(_)
            )
        };
        while self.drafts.iter().filter(|draft| settled(draft)).count() > OLD_DRAFTS_KEPT {
            // Those that no message shows have no buttons to take away; but for the first that may still get one, which
            // may be on its way.
            let mut old = (0..self.drafts.len()).filter(|at| settled(&self.drafts[*at]));
            let mut unposted = old.clone().filter(|at| self.drafts[*at].is_unposted);
            let mut unseen = old.clone().filter(|at| {
                let draft = &self.drafts[*at];
                draft.message.is_none() && !draft.is_unposted
            });
            let unwanted = unposted.next().or_else(|| unseen.nth(1));
            if let Some(at) = unwanted.or_else(|| old.next()) {
                self.drafts.remove(at);
            }
        }
        for audience in Audience::ALL {
            let published = |draft: &Draft| {
                draft.audience == audience && matches!(draft.state, DraftState::Published(_))
            };
            let too_many = self.drafts.iter().filter(|draft| published(draft)).count();
            let mut too_many = too_many.saturating_sub(OLD_DRAFTS_KEPT);
            self.drafts.retain(|draft| {
                let goes = too_many > 0 && published(draft);
                too_many -= usize::from(goes);
                !goes
            });
        }
    }
}
