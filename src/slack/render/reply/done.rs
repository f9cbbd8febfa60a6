//! That something was done: what exactly, and what comes next.

use super::super::block::{Letter, Message, named};
use super::super::{
    Ctx, audience_word, duration, listed, role_word, severity_name, status_word, when,
};
use crate::domain::draft::Audience;
use crate::domain::event::{Entry, Event};
use crate::domain::incident::{Home, Incident, Role};
use crate::say;
use crate::slack::mrkdwn;

/// Confirms what `entries` did; `incident` is how it stands now.
pub fn done(entries: &[Entry], incident: &Incident, ctx: &Ctx) -> Message {
    let lines: Vec<String> = entries
        .iter()
        .filter_map(|entry| match &entry.event {
            // The update says when the next one is due; twice is once too often.
            Event::Acknowledged if says_next(entries) => Some(say!(
                ctx.language,
                "done-acknowledged-with-this",
                id = incident.id.to_string()
            )),
            _ => line(entry, incident, ctx),
        })
        .collect();
    if lines.is_empty() {
        let nothing = say!(ctx.language, "done-nothing", id = incident.id.to_string());
        return Letter::new().section(&nothing).finish();
    }
    Letter::new().section(&lines.join("\n")).finish()
}

fn says_next(entries: &[Entry]) -> bool {
    entries
        .iter()
        .any(|entry| matches!(entry.event, Event::UpdatePosted { .. }))
}

fn line(entry: &Entry, incident: &Incident, ctx: &Ctx) -> Option<String> {
    let language = ctx.language;
    let id = incident.id.to_string();
    Some(match &entry.event {
        Event::Declared { .. } => declared(incident, ctx),
        Event::Acknowledged => say!(
            language,
            "done-acknowledged",
            id = id,
            next = next_update(incident, ctx)
        ),
        Event::RoleGiven { role, to, .. } => match role {
            Role::Owner => say!(language, "done-owner", id = id, to = mrkdwn::user(to)),
            Role::Named(_) => say!(
                language,
                "done-role",
                id = id,
                to = mrkdwn::user(to),
                role = role_word(role, language)
            ),
        },
        Event::UpdatePosted { text, .. } => {
            let next = next_update(incident, ctx);
            match text {
                Some(_) => say!(language, "done-update", id = id, next = next),
                None => say!(language, "done-no-change", id = id, next = next),
            }
        }
        Event::PhaseChanged { to, .. } => say!(
            language,
            "done-status",
            id = id,
            status = status_word((*to).into(), language)
        ),
        Event::SeverityChanged { to, .. } => say!(
            language,
            "done-severity",
            id = id,
            severity = severity_name(to, ctx.rules, language),
            next = next_update(incident, ctx)
        ),
        Event::ImpactSet { .. } => say!(language, "done-impact", id = id),
        Event::EtaSet { .. } => say!(language, "done-eta", id = id),
        Event::ServicesSet { services } => say!(
            language,
            "done-services",
            id = id,
            services = mrkdwn::fit(&listed(services, language), 500)
        ),
        Event::Noted { .. } => say!(language, "done-note", id = id),
        Event::DecisionMade { .. } => say!(language, "done-decision", id = id),
        Event::ActionAdded { assignee, due, .. } => {
            let mut parts = vec![say!(language, "done-action", id = id)];
            parts.extend(assignee.as_ref().map(mrkdwn::user));
            parts.extend(due.map(|due| say!(language, "told-action-due", date = due.to_string())));
            parts.join(" · ")
        }
        Event::Snoozed { until, .. } => say!(
            language,
            "done-snoozed",
            id = id,
            until = when(*until, language)
        ),
        Event::Resolved { .. } => say!(
            language,
            "done-resolved",
            id = id,
            after = duration(incident.duration(entry.at), language)
        ),
        Event::Reopened { .. } => say!(
            language,
            "done-reopened",
            id = id,
            next = next_update(incident, ctx)
        ),
        Event::Cancelled { .. } => say!(language, "done-cancelled", id = id),
        Event::Closed => say!(language, "done-closed", id = id),
        Event::DraftWritten {
            number, audience, ..
        } => draft(*number, *audience, incident, ctx),
        Event::DraftEdited { number, .. } => {
            say!(language, "done-draft-edited", number = *number)
        }
        Event::DraftApproved { number } => {
            say!(language, "done-draft-approved", number = *number)
        }
        Event::DraftDiscarded { number } => {
            say!(language, "done-draft-discarded", number = *number)
        }
        Event::DraftPublished {
            number,
            audience,
            channels,
            ..
        } => published(*number, *audience, channels.is_empty(), ctx),
        // Nobody orders these.
        Event::Nagged { .. }
        | Event::AcknowledgementMissed { .. }
        | Event::Climbed { .. }
        | Event::Pinned { .. }
        | Event::PinEdited { .. }
        | Event::PinRemoved { .. }
        | Event::CardPosted { .. }
        | Event::HomeCardPosted { .. }
        | Event::ChannelCreated { .. }
        | Event::ChannelRefused { .. }
        | Event::HomeLost { .. }
        | Event::CardLost { .. }
        | Event::NagDelivered { .. }
        | Event::DraftPosted { .. }
        | Event::DraftDelivered { .. }
        | Event::DraftRewritten { .. }
        | Event::Silenced { .. }
        | Event::Undelivered { .. } => return None,
    })
}

fn declared(incident: &Incident, ctx: &Ctx) -> String {
    let language = ctx.language;
    let id = incident.id.to_string();
    let title = named(&incident.title);
    let severity = severity_name(&incident.severity, ctx.rules, language);
    let declared = match incident.owner() {
        Some(owner) => say!(
            language,
            "done-declared",
            id = id.clone(),
            title = title,
            severity = severity,
            owner = mrkdwn::user(owner)
        ),
        None => say!(
            language,
            "done-declared-unowned",
            id = id.clone(),
            title = title,
            severity = severity
        ),
    };
    let at = match &incident.home {
        Home::Channel(channel) => say!(
            language,
            "done-declared-channel",
            channel = mrkdwn::channel(channel)
        ),
        Home::Opening => say!(language, "done-declared-opening"),
        Home::Thread => say!(language, "done-declared-thread"),
    };
    format!("{declared} {at}")
}

fn draft(number: u32, audience: Audience, incident: &Incident, ctx: &Ctx) -> String {
    let audience = audience_word(audience, ctx.language);
    match &incident.home {
        Home::Channel(channel) => say!(
            ctx.language,
            "done-draft",
            number = number,
            audience = audience,
            place = mrkdwn::channel(channel)
        ),
        Home::Opening | Home::Thread => say!(
            ctx.language,
            "done-draft-thread",
            number = number,
            audience = audience
        ),
    }
}

fn published(number: u32, audience: Audience, nowhere: bool, ctx: &Ctx) -> String {
    let audience = audience_word(audience, ctx.language);
    match nowhere {
        true => say!(
            ctx.language,
            "done-draft-published-nowhere",
            number = number,
            audience = audience
        ),
        false => say!(
            ctx.language,
            "done-draft-published",
            number = number,
            audience = audience
        ),
    }
}

fn next_update(incident: &Incident, ctx: &Ctx) -> String {
    match incident.watch() {
        Some(watch) => say!(
            ctx.language,
            "told-next-update",
            time = when(watch.due, ctx.language)
        ),
        None => status_word(incident.status.name(), ctx.language),
    }
}
