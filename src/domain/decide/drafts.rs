//! Drafts: written from what is known, approved as they stand, published once.

use super::{Decision, Given, severity_of};
use crate::domain::draft::{Audience, Draft, DraftState};
use crate::domain::draft_template::{self, DraftFacts};
use crate::domain::event::{Entry, Event};
use crate::domain::incident::{Actor, Incident, Status, Update};
use crate::domain::refusal::Refusal;

pub(super) fn write_draft(incident: &Incident, audience: Audience, given: Given) -> Decision {
    let text = given
        .rules
        .drafts
        .render(
            audience,
            given.rules.language,
            &draft_facts(incident, audience, given),
        )
        .map_err(|error| Refusal::DraftTemplate { error })?;
    Ok(vec![Event::DraftWritten {
        number: incident.drafts.last().map_or(0, |draft| draft.number) + 1,
        audience,
        text,
        // Two open drafts for one audience would be published twice.
        replaces: incident
            .drafts
            .iter()
            .rfind(|draft| draft.is_open() && draft.audience == audience)
            .map(|draft| draft.number),
    }])
}

pub(super) fn approve_draft(
    draft: &Draft,
    revision: Option<u32>,
    incident: &Incident,
    given: Given,
) -> Decision {
    let Some(person) = given.by.person() else {
        return Ok(vec![]);
    };
    if revision.is_some_and(|seen| seen != draft.revision) {
        return Err(Refusal::DraftChangedMeanwhile(draft.written.clone()));
    }
    let have = draft.approvals.len();
    let need = draft.approvals_needed(given.rules);
    if draft
        .approvals
        .iter()
        .any(|approval| approval.by == *person)
    {
        return Err(Refusal::DraftAlreadyApprovedByYou { have, need });
    }
    if let Some(last) = draft.approvals.last().filter(|_| have >= need) {
        return Err(Refusal::DraftAlreadyApproved {
            by: last.by.clone(),
            at: last.at,
        });
    }
    let findings: Vec<_> = draft_template::lint(
        &draft.text,
        draft.audience,
        &draft_facts(incident, draft.audience, given),
    )
    .into_iter()
    .filter(draft_template::LintFinding::blocks)
    .collect();
    if !findings.is_empty() {
        return Err(Refusal::DraftNotFit { findings });
    }
    Ok(vec![Event::DraftApproved {
        number: draft.number,
    }])
}

pub(super) fn publish_draft(draft: &Draft, incident: &Incident, given: Given) -> Decision {
    if !draft.is_approved(given.rules) {
        return Err(Refusal::DraftNotApproved {
            have: draft.approvals.len(),
            need: draft.approvals_needed(given.rules),
        });
    }
    let channels = match draft.audience {
        Audience::Stakeholders => severity_of(incident, given.rules).stakeholder_channels(),
        Audience::Customers => given.rules.customers.channel.iter().cloned().collect(),
    };
    Ok(vec![Event::DraftPublished {
        number: draft.number,
        audience: draft.audience,
        text: draft.text.clone(),
        channels,
    }])
}

/// Everything a draft may say about the incident, and nothing else.
pub fn draft_facts(incident: &Incident, audience: Audience, given: Given) -> DraftFacts {
    let severity = severity_of(incident, given.rules);
    let before: Vec<&Draft> = incident
        .drafts
        .iter()
        .filter(|draft| {
            draft.audience == audience && matches!(draft.state, DraftState::Published(_))
        })
        .collect();
    let since = before.last().and_then(|draft| match &draft.state {
        DraftState::Published(stamp) => Some(stamp.at),
        _ => None,
    });
    let said = |update: &Update| {
        Some(draft_template::FactUpdate {
            at: update.at,
            text: update.text.clone()?,
        })
    };
    let (resolved_at, summary) = match &incident.status {
        Status::Resolved { stamp, summary } => (Some(stamp.at), summary.clone()),
        Status::Closed {
            resolved_at,
            summary,
            ..
        } => (Some(*resolved_at), summary.clone()),
        _ => (None, None),
    };
    DraftFacts {
        id: incident.id,
        title: incident.title.clone(),
        severity_id: severity.id.clone(),
        severity_name: severity.name.clone(),
        severity_meaning: severity.meaning.clone(),
        services: incident.services.clone(),
        status: incident.status.name().as_str().to_owned(),
        impact: incident.impact.clone(),
        eta: incident.eta.clone(),
        updates: incident
            .updates
            .iter()
            .filter(|update| since.is_none_or(|since| update.at > since))
            .filter_map(said)
            .collect(),
        latest_update: incident.updates.iter().rev().find_map(said),
        declared_at: incident.declared_at,
        resolved_at,
        next_update_at: incident.watch().map(|watch| watch.due.max(given.now)),
        drafts_before: before.len(),
        summary,
        timezone: given.rules.timezone,
    }
}

pub(super) fn open_draft(incident: &Incident, number: u32) -> Result<&Draft, Refusal> {
    let draft = incident
        .draft(number)
        .ok_or(Refusal::UnknownDraft { number })?;
    match Refusal::of_draft(draft) {
        None => Ok(draft),
        Some(refusal) => Err(refusal),
    }
}

/// The draft that came with a nag, told anew after `events` have changed what it speaks of. As soon as a person has
/// edited or approved it, its words are theirs.
pub(super) fn rewritten(incident: &Incident, events: &[Event], given: Given) -> Option<Event> {
    if !events.iter().any(changes_the_facts) {
        return None;
    }
    let ready = incident.drafts.iter().rfind(|draft| {
        draft.is_open() && draft.author == Actor::Balefire && draft.approvals.is_empty()
    })?;
    let after = events.iter().fold(incident.clone(), |incident, event| {
        incident.after(&Entry {
            at: given.now,
            by: given.by.clone(),
            event: event.clone(),
        })
    });
    let facts = draft_facts(&after, ready.audience, given);
    let text = given
        .rules
        .drafts
        .render(ready.audience, given.rules.language, &facts)
        .ok()?;
    (text != ready.text).then_some(Event::DraftRewritten {
        number: ready.number,
        text,
    })
}

fn changes_the_facts(event: &Event) -> bool {
    matches!(
        event,
        Event::UpdatePosted { .. }
            | Event::PhaseChanged { .. }
            | Event::SeverityChanged { .. }
            | Event::ImpactSet { .. }
            | Event::EtaSet { .. }
            | Event::ServicesSet { .. }
            | Event::Snoozed { .. }
            | Event::Resolved { .. }
            | Event::Reopened { .. }
            | Event::Cancelled { .. }
    )
}
