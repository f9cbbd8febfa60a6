//! The rules: what an order to an incident leads to. Pure, and tested by tables.

mod check;
mod delivery;
mod drafts;
mod wake;

use chrono::Duration;

use self::check::{
    check_length, check_put_off, known_services, known_severity, optional_text, some_text,
    still_here,
};
pub use self::drafts::draft_facts;
use self::drafts::open_draft;
use crate::clock::Time;
use crate::domain::command::{Command, Declaration};
use crate::domain::event::Event;
use crate::domain::incident::{
    Actor, Incident, Phase, Role, Stamp, Status, StatusName, TEXT_CHARS_MAX, TITLE_CHARS_MAX,
};
use crate::domain::nag::DueReason;
use crate::domain::refusal::Refusal;
use crate::domain::report::guess_severity;
use crate::domain::rules::{Directory, Rules, Severity};

/// What a decision is made from besides the incident and the order.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    pub rules: &'a Rules,
    pub directory: &'a Directory,
    pub by: &'a Actor,
    pub now: Time,
}

/// What follows, or why nothing does.
type Decision = Result<Vec<Event>, Refusal>;

/// What a declaration leads to. The incident has no state yet, so there is nothing to decide it on.
pub fn declare(declaration: &Declaration, given: Given) -> Decision {
    let whole = declaration
        .title
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    if whole.is_empty() {
        return Err(Refusal::EmptyTitle);
    }
    let severity = match &declaration.severity {
        Some(typed) => known_severity(given.rules, typed)?,
        None => guess_severity(&whole, given.rules),
    };
    if let Some(impact) = &declaration.impact {
        check_length(impact)?;
    }
    let services = known_services(given.rules, &declaration.services)?;
    let owner = match &declaration.owner {
        Some(user) => Some(still_here(user, given.directory)?),
        None => given
            .rules
            .owner_for(&severity.id, &services, given.directory, given.now)
            .or_else(|| given.by.person().cloned()),
    };
    let (title, long_title) = match whole.char_indices().nth(TITLE_CHARS_MAX) {
        None => (whole, None),
        Some(_) => {
            let short: String = whole.chars().take(TITLE_CHARS_MAX - 1).collect();
            (
                format!("{}…", short.trim_end()),
                Some(whole.chars().take(TEXT_CHARS_MAX).collect()),
            )
        }
    };
    Ok(vec![Event::Declared {
        title,
        long_title,
        severity: severity.id.clone(),
        services,
        impact: declaration.impact.clone(),
        owner,
        wants_channel: given.rules.channel_per_incident,
        next_nag_at: given.now + severity.update_every,
        respond_by: given.now + severity.respond_within,
    }])
}

/// What `command` leads to. An empty list means that nothing was left to do.
pub fn decide(incident: &Incident, command: &Command, given: Given) -> Decision {
    let mut events = decide_alone(incident, command, given)?;
    events.extend(drafts::rewritten(incident, &events, given));
    Ok(events)
}

fn decide_alone(incident: &Incident, command: &Command, given: Given) -> Decision {
    match command {
        // Slack's answers and the clock concern finished incidents too.
        Command::Wake => return Ok(wake::wake(incident, given)),
        Command::Delivered { effect, receipt } => {
            return Ok(delivery::delivered(incident, effect, receipt));
        }
        Command::Undelivered {
            effect,
            code,
            channel,
            unread,
        } => {
            let why = delivery::Why {
                code,
                channel: channel.as_ref(),
                unread: unread.as_ref(),
            };
            return Ok(delivery::undelivered(incident, effect, why));
        }
        Command::Silence { code } => return Ok(delivery::silenced(incident, code, given.now)),
        Command::LoseHome { channel, why } => {
            return Ok(delivery::lose_home(incident, channel, *why));
        }
        Command::Pin {
            message,
            author,
            text,
            written_at,
        } => {
            return Ok(vec![Event::Pinned {
                message: message.clone(),
                author: author.clone(),
                text: text.chars().take(TEXT_CHARS_MAX).collect(),
                written_at: *written_at,
            }]);
        }
        Command::EditPin { ts, text } => {
            return Ok(vec![Event::PinEdited {
                ts: ts.clone(),
                text: text.chars().take(TEXT_CHARS_MAX).collect(),
            }]);
        }
        Command::RemovePin { ts, deleted } => {
            return Ok(vec![Event::PinRemoved {
                ts: ts.clone(),
                deleted: *deleted,
            }]);
        }
        // Words about an incident are welcome after its end: the post-mortem needs them.
        Command::Note { text } => {
            return Ok(vec![Event::Noted {
                text: some_text(text, "note")?,
            }]);
        }
        Command::RecordDecision { text } => {
            return Ok(vec![Event::DecisionMade {
                text: some_text(text, "decision")?,
            }]);
        }
        Command::AddAction {
            text,
            assignee,
            due,
        } => {
            let assignee = assignee
                .as_ref()
                .map(|user| still_here(user, given.directory))
                .transpose()?;
            return Ok(vec![Event::ActionAdded {
                text: some_text(text, "action")?,
                assignee,
                due: *due,
            }]);
        }
        Command::WriteDraft { audience } => return drafts::write_draft(incident, *audience, given),
        Command::EditDraft {
            number,
            revision,
            text,
        } => {
            let draft = open_draft(incident, *number)?;
            if draft.revision != *revision {
                return Err(Refusal::DraftChangedMeanwhile(draft.written.clone()));
            }
            let text = some_text(text, "draft")?;
            return Ok(if text == draft.text {
                vec![]
            } else {
                vec![Event::DraftEdited {
                    number: *number,
                    text,
                }]
            });
        }
        Command::ApproveDraft { number, revision } => {
            return drafts::approve_draft(
                open_draft(incident, *number)?,
                *revision,
                incident,
                given,
            );
        }
        Command::PublishDraft { number } => {
            return drafts::publish_draft(open_draft(incident, *number)?, incident, given);
        }
        Command::DiscardDraft { number } => {
            open_draft(incident, *number)?;
            return Ok(vec![Event::DraftDiscarded { number: *number }]);
        }
        Command::Reopen { reason } => {
            return match incident.status {
                Status::Open { .. } => Err(Refusal::StillOpen),
                _ => Ok(vec![Event::Reopened {
                    reason: some_text(reason, "reopen")?,
                    next_nag_at: given.now + severity_of(incident, given.rules).update_every,
                }]),
            };
        }
        Command::Close => {
            return match &incident.status {
                Status::Resolved { .. } => Ok(vec![Event::Closed]),
                Status::Open { .. } => Err(Refusal::NotResolved),
                _ => Err(finished(incident)),
            };
        }
        _ => {}
    }

    let Status::Open { phase, watch } = &incident.status else {
        return Err(finished(incident));
    };
    match command {
        Command::Acknowledge => match &incident.acknowledged {
            Some(stamp) => Err(Refusal::AlreadyAcknowledged(stamp.clone())),
            None => Ok(acknowledge(incident, given.by)),
        },
        Command::Assign { role, to } => {
            if incident.roles.get(role) == Some(to) {
                return Err(Refusal::AlreadyInRole {
                    user: to.clone(),
                    role: role.to_string(),
                });
            }
            let mut events = vec![Event::RoleGiven {
                role: role.clone(),
                to: still_here(to, given.directory)?,
                from: incident.roles.get(role).cloned(),
            }];
            // Taking an incident is answering its call; being handed one is not.
            if *role == Role::Owner
                && given.by.person() == Some(to)
                && incident.acknowledged.is_none()
            {
                events.push(Event::Acknowledged);
            }
            Ok(events)
        }
        Command::PostUpdate { text, next } => {
            let text = some_text(text, "update")?;
            if let Some(next) = next {
                check_put_off(*next)?;
            }
            Ok(update(incident, Some(text), *next, given))
        }
        Command::NoChange { nag } => match answer_to(incident, *nag) {
            Some(stamp) => Err(Refusal::NagAlreadyAnswered(stamp)),
            None => Ok(update(incident, None, None, given)),
        },
        Command::ChangeStatus { to, text } => {
            change_status(incident, *phase, *to, text.as_deref(), given)
        }
        Command::ChangeSeverity { to, reason } => {
            let severity = known_severity(given.rules, to)?;
            if severity.id == incident.severity {
                return Err(Refusal::SameSeverity {
                    severity: severity.id.to_string(),
                    since: incident.severity_changed.clone(),
                });
            }
            let next_nag_at = match watch.reason {
                // A person named that time; a new severity does not take it back.
                DueReason::Promise { .. } | DueReason::Snooze { .. } => watch.due,
                DueReason::Cadence => (watch.counted_from + severity.update_every).max(given.now),
            };
            Ok(vec![Event::SeverityChanged {
                from: incident.severity.clone(),
                to: severity.id.clone(),
                reason: optional_text(reason.as_deref())?,
                next_nag_at,
                respond_by: watch
                    .respond_by
                    .map(|_| (incident.declared_at + severity.respond_within).max(given.now)),
            }])
        }
        // A form shows what is known, and most of it comes back as it was.
        Command::SetImpact { text } if incident.impact.as_deref() == Some(text.trim()) => {
            Ok(vec![])
        }
        Command::SetImpact { text } => Ok(vec![Event::ImpactSet {
            text: some_text(text, "impact")?,
        }]),
        Command::SetEta { text } if incident.eta.as_deref() == Some(text.trim()) => Ok(vec![]),
        Command::SetEta { text } => Ok(vec![Event::EtaSet {
            text: some_text(text, "eta")?,
        }]),
        Command::SetServices { services } => {
            let services = known_services(given.rules, services)?;
            if services.is_empty() {
                return Err(Refusal::EmptyText { verb: "service" });
            }
            Ok(vec![Event::ServicesSet { services }])
        }
        Command::Snooze { by } => {
            check_put_off(*by)?;
            let asked = incident
                .last_nag
                .as_ref()
                .is_some_and(|nag| nag.answer.is_none());
            if !asked && given.now + *by <= watch.due {
                return Err(Refusal::NotDueSoSoon { due: watch.due });
            }
            Ok(vec![Event::Snoozed {
                number: watch.number,
                from: watch.due,
                until: given.now + *by,
            }])
        }
        Command::Resolve { summary } => resolve(summary.as_deref()),
        Command::Cancel { reason } => Ok(vec![Event::Cancelled {
            reason: some_text(reason, "cancel")?,
        }]),
        // Answered above, for finished incidents too.
        _ => Ok(vec![]),
    }
}

fn acknowledge(incident: &Incident, by: &Actor) -> Vec<Event> {
    let mut events = vec![Event::Acknowledged];
    if incident.owner().is_none()
        && let Some(user) = by.person()
    {
        events.push(Event::RoleGiven {
            role: Role::Owner,
            to: user.clone(),
            from: None,
        });
    }
    events
}

fn update(
    incident: &Incident,
    text: Option<String>,
    next: Option<Duration>,
    given: Given,
) -> Vec<Event> {
    let mut events = vec![];
    // Whoever owns it and says where it stands has plainly heard the call.
    if incident.acknowledged.is_none()
        && given.by.person().is_some()
        && given.by.person() == incident.owner()
    {
        events.push(Event::Acknowledged);
    }
    events.push(Event::UpdatePosted {
        text,
        next_nag_at: given.now + next.unwrap_or(severity_of(incident, given.rules).update_every),
        promised: next.is_some(),
    });
    events
}

/// Who has answered the nag that a click was meant for. A nag that a newer one replaced is answered through it.
fn answer_to(incident: &Incident, nag: Option<u32>) -> Option<Stamp> {
    let last = incident.last_nag.as_ref()?;
    let answer = last.answer.as_ref()?;
    (nag? <= last.number).then(|| answer.stamp.clone())
}

fn change_status(
    incident: &Incident,
    from: Phase,
    to: StatusName,
    text: Option<&str>,
    given: Given,
) -> Decision {
    let to = match to {
        StatusName::Investigating => Phase::Investigating,
        StatusName::Identified => Phase::Identified,
        StatusName::Monitoring => Phase::Monitoring,
        StatusName::Resolved => return resolve(text),
        other => {
            return Err(Refusal::UnknownStatus {
                given: other.as_str().to_owned(),
            });
        }
    };
    let text = optional_text(text)?;
    if from == to && text.is_none() {
        return Err(Refusal::SameStatus {
            status: to.into(),
            since: incident.phase_changed.clone(),
        });
    }
    let mut events = vec![];
    if incident.acknowledged.is_none() {
        events.append(&mut acknowledge(incident, given.by));
    }
    // Acknowledging has already moved it to `investigating`.
    let from = if from == Phase::Declared {
        Phase::Investigating
    } else {
        from
    };
    if from != to {
        events.push(Event::PhaseChanged { from, to });
    }
    // Words make it a status update; a bare click does not say what comes next.
    if text.is_some() {
        events.push(Event::UpdatePosted {
            text,
            next_nag_at: given.now + severity_of(incident, given.rules).update_every,
            promised: false,
        });
    }
    Ok(events)
}

fn resolve(summary: Option<&str>) -> Decision {
    Ok(vec![Event::Resolved {
        summary: optional_text(summary)?,
    }])
}

/// The incident's severity as configured today. One that the configuration no longer knows keeps being watched
/// like the gravest: a forgotten rule must not silence an incident.
pub fn severity_of<'a>(incident: &Incident, rules: &'a Rules) -> &'a Severity {
    rules
        .severity(incident.severity.as_str())
        .unwrap_or_else(|| rules.gravest())
}

fn finished(incident: &Incident) -> Refusal {
    let stamp = match &incident.status {
        Status::Open { .. } => Stamp {
            by: incident.declared_by.clone(),
            at: incident.declared_at,
        },
        Status::Resolved { stamp, .. }
        | Status::Closed { stamp, .. }
        | Status::Cancelled { stamp, .. } => stamp.clone(),
    };
    Refusal::AlreadyFinished {
        status: incident.status.name(),
        stamp,
    }
}

#[cfg(test)]
mod tests;
