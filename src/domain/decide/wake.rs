//! What is due on an open incident when somebody looks at the clock.

use super::drafts::write_draft;
use super::{Given, severity_of};
use crate::domain::draft::Audience;
use crate::domain::event::{Entry, Event};
use crate::domain::incident::{Actor, Incident};
use crate::domain::nag::{Cause, Ladder, Rung};
use crate::domain::rules::{Escalatee, Severity};

/// What is due by now. Looking too often, too late or twice does no harm.
pub(super) fn wake(incident: &Incident, given: Given) -> Vec<Event> {
    let Some(watch) = incident.watch() else {
        return vec![];
    };
    let now = given.now;
    let severity = severity_of(incident, given.rules);
    let climb_at = now + given.rules.climb_after;
    let escalates = !severity.escalate_to.is_empty();
    // Nobody waits for the answer of somebody who has left.
    let owner = incident
        .owner()
        .filter(|owner| !given.directory.departed.contains(*owner));
    let mut events = vec![];

    let missed = watch.respond_by.filter(|deadline| *deadline <= now);
    if let Some(due) = missed {
        // The silence since the declaration was the first rung: the owner hears of it at once.
        let ladder = escalates.then_some(Ladder {
            cause: Cause::Acknowledgement,
            next: Rung::Escalation,
            next_at: if owner.is_some() { climb_at } else { now },
        });
        events.push(Event::AcknowledgementMissed {
            due,
            late_by_s: (now - due).num_seconds(),
            ladder,
        });
    }
    let ladder = match events.first() {
        Some(Event::AcknowledgementMissed { ladder, .. }) => ladder.clone(),
        _ => watch.ladder.clone(),
    };
    if let Some(ladder) = ladder.as_ref().filter(|ladder| ladder.next_at <= now) {
        events.push(climb(incident, ladder, severity, given));
    }
    if watch.due <= now {
        let (running, called) = match events.last() {
            Some(Event::Climbed { next, rung, .. }) => (next.clone(), *rung == Rung::Escalation),
            _ => (ladder, false),
        };
        let first_rung = if owner.is_some() {
            Rung::Owner
        } else {
            Rung::Escalation
        };
        let number = watch.number;
        events.push(Event::Nagged {
            number,
            due: watch.due,
            reason: watch.reason.clone(),
            late_by_s: watch.late_by(now).num_seconds(),
            quiet_for_s: (now
                - incident
                    .last_update()
                    .map_or(incident.declared_at, |update| update.at))
            .num_seconds(),
            // A late nag counts from now: two hours of downtime give one reminder and not eight.
            next_nag_at: now + severity.update_every,
            // A nag every few seconds must not push the ladder back for ever.
            ladder: running.or_else(|| {
                // With nobody to ask before them, those at the top would be called twice.
                let climbs = first_rung == Rung::Owner || (escalates && !called);
                climbs.then_some(Ladder {
                    cause: Cause::Nag(number),
                    next: first_rung,
                    next_at: climb_at,
                })
            }),
        });
        // A person's own draft is not swept away by a machine's, nor is one that a person has approved.
        let theirs = incident.drafts.iter().any(|draft| {
            draft.is_open()
                && draft.audience == Audience::Stakeholders
                && (draft.author != Actor::Balefire || !draft.approvals.is_empty())
        });
        // The draft speaks of the incident as it is after the nag: it names the next update, not the one asked for.
        let after = events.iter().fold(incident.clone(), |incident, event| {
            incident.after(&Entry {
                at: now,
                by: given.by.clone(),
                event: event.clone(),
            })
        });
        if !theirs && let Ok(mut written) = write_draft(&after, Audience::Stakeholders, given) {
            events.append(&mut written);
        }
    }
    events
}

fn climb(incident: &Incident, ladder: &Ladder, severity: &Severity, given: Given) -> Event {
    match ladder.next {
        Rung::Owner => Event::Climbed {
            cause: ladder.cause,
            rung: Rung::Owner,
            to: incident
                .owner()
                .cloned()
                .map(Escalatee::User)
                .into_iter()
                .collect(),
            next: (!severity.escalate_to.is_empty()).then_some(Ladder {
                cause: ladder.cause,
                next: Rung::Escalation,
                next_at: given.now + given.rules.climb_after,
            }),
        },
        Rung::Escalation => Event::Climbed {
            cause: ladder.cause,
            rung: Rung::Escalation,
            // Whoever has not answered as the owner will not answer as the next in line.
            to: given
                .rules
                .escalation(&severity.id, given.directory, given.now)
                .into_iter()
                .filter(
                    |who| !matches!(who, Escalatee::User(user) if Some(user) == incident.owner()),
                )
                .collect(),
            next: None,
        },
    }
}
