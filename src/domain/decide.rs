//! The rules: what an order to an incident leads to. Pure, and tested by tables.

use chrono::Duration;

use crate::clock::Time;
use crate::domain::command::{Command, Declaration, Receipt};
use crate::domain::draft::{Audience, Draft, DraftState};
use crate::domain::draft_template::{self, DraftFacts};
use crate::domain::effect::{Effect, Reader};
use crate::domain::event::{Entry, Event, Undelivered};
use crate::domain::incident::{
    Actor, Home, Incident, Phase, Role, Stamp, Status, StatusName, TEXT_CHARS_MAX, TITLE_CHARS_MAX,
    Update,
};
use crate::domain::nag::{Cause, DueReason, Ladder, Rung, Watch};
use crate::domain::refusal::Refusal;
use crate::domain::report::guess_severity;
use crate::domain::rules::{Directory, Rules, Severity};
use crate::ids::{IncidentId, UserId};

/// The longest a nag may be put off, or the next update promised for.
const PUT_OFF_MAX: Duration = Duration::hours(24);

/// What a decision is made from besides the incident and the order.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    pub rules: &'a Rules,
    pub directory: &'a Directory,
    pub by: &'a Actor,
    pub now: Time,
}

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
    match command {
        // Slack's answers and the clock concern finished incidents too.
        Command::Wake => return Ok(wake(incident, given)),
        Command::Delivered { effect, receipt } => return Ok(delivered(incident, effect, receipt)),
        Command::Undelivered { effect, code } => return Ok(undelivered(incident, effect, code)),
        Command::LoseHome { deleted } => return Ok(lose_home(incident, *deleted, None)),
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
        Command::WriteDraft { audience } => return write_draft(incident, *audience, given),
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
            return approve_draft(open_draft(incident, *number)?, *revision, incident, given);
        }
        Command::PublishDraft { number } => {
            return publish_draft(open_draft(incident, *number)?, incident, given);
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
        Command::NoChange => Ok(update(incident, None, None, given)),
        Command::ChangeStatus { to, text } => {
            change_status(incident, *phase, *to, text.as_deref(), given)
        }
        Command::ChangeSeverity { to, reason } => {
            let severity = known_severity(given.rules, to)?;
            if severity.id == incident.severity {
                return Err(Refusal::SameSeverity {
                    severity: severity.id.to_string(),
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
        Command::SetImpact { text } => Ok(vec![Event::ImpactSet {
            text: some_text(text, "impact")?,
        }]),
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

/// What is due by now. Looking too often, too late or twice does no harm.
fn wake(incident: &Incident, given: Given) -> Vec<Event> {
    let Some(watch) = incident.watch() else {
        return vec![];
    };
    let now = given.now;
    let severity = severity_of(incident, given.rules);
    let climb_at = now + given.rules.climb_after;
    let escalates = !severity.escalate_to.is_empty();
    let mut events = vec![];

    let missed = watch.respond_by.filter(|deadline| *deadline <= now);
    if let Some(due) = missed {
        // The silence since the declaration was the first rung: the owner hears of it at once.
        let ladder = escalates.then_some(Ladder {
            cause: Cause::Acknowledgement,
            next: Rung::Escalation,
            next_at: if incident.owner().is_some() {
                climb_at
            } else {
                now
            },
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
        let running = match events.last() {
            Some(Event::Climbed { next, .. }) => next.clone(),
            _ => ladder,
        };
        let first_rung = if incident.owner().is_some() {
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
                (first_rung == Rung::Owner || escalates).then_some(Ladder {
                    cause: Cause::Nag(number),
                    next: first_rung,
                    next_at: climb_at,
                })
            }),
        });
        // A person's own draft is not swept away by a machine's.
        let theirs = incident.drafts.iter().any(|draft| {
            draft.is_open()
                && draft.audience == Audience::Stakeholders
                && draft.author != Actor::Balefire
        });
        if !theirs && let Ok(mut written) = write_draft(incident, Audience::Stakeholders, given) {
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
                .map(crate::domain::rules::Escalatee::User)
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
            to: given
                .rules
                .escalation(&severity.id, given.directory, given.now),
            next: None,
        },
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
            since: None,
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

fn write_draft(incident: &Incident, audience: Audience, given: Given) -> Decision {
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

fn approve_draft(
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

fn publish_draft(draft: &Draft, incident: &Incident, given: Given) -> Decision {
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
        Status::Closed { resolved_at, .. } => (Some(*resolved_at), None),
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

fn delivered(incident: &Incident, effect: &Effect, receipt: &Receipt) -> Vec<Event> {
    let event = match (effect, receipt) {
        (Effect::PostCard, Receipt::Message(message)) => Event::CardPosted {
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

fn undelivered(incident: &Incident, effect: &Effect, code: &str) -> Vec<Event> {
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

fn lose_home(incident: &Incident, deleted: bool, unsaid: Option<Box<Effect>>) -> Vec<Event> {
    match incident.home {
        Home::Channel(_) => vec![Event::HomeLost { deleted, unsaid }],
        _ => vec![],
    }
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

fn open_draft(incident: &Incident, number: u32) -> Result<&Draft, Refusal> {
    let draft = incident
        .draft(number)
        .ok_or(Refusal::UnknownDraft { number })?;
    match &draft.state {
        DraftState::Open => Ok(draft),
        DraftState::Published(stamp) => Err(Refusal::DraftPublished(stamp.clone())),
        DraftState::Discarded(stamp) => Err(Refusal::DraftDiscarded(stamp.clone())),
        DraftState::Replaced(stamp) => Err(Refusal::DraftReplaced(stamp.clone())),
    }
}

fn known_severity<'a>(rules: &'a Rules, typed: &str) -> Result<&'a Severity, Refusal> {
    rules
        .severity(typed)
        .ok_or_else(|| Refusal::UnknownSeverity {
            given: typed.to_owned(),
            known: rules
                .severities
                .iter()
                .map(|severity| severity.id.to_string())
                .collect(),
        })
}

/// The services by their configured spelling; free text where none are configured.
fn known_services(rules: &Rules, typed: &[String]) -> Result<Vec<String>, Refusal> {
    let mut services: Vec<String> = vec![];
    for word in typed
        .iter()
        .map(|word| word.trim())
        .filter(|word| !word.is_empty())
    {
        let service = if rules.services.is_empty() {
            word.chars().take(60).collect()
        } else {
            rules
                .services
                .iter()
                .find(|service| service.eq_ignore_ascii_case(word))
                .cloned()
                .ok_or_else(|| Refusal::UnknownService {
                    given: word.to_owned(),
                    known: rules.services.clone(),
                })?
        };
        if !services.contains(&service) {
            services.push(service);
        }
    }
    Ok(services)
}

fn still_here(user: &UserId, directory: &Directory) -> Result<UserId, Refusal> {
    if directory.departed.contains(user) {
        return Err(Refusal::PersonLeft { user: user.clone() });
    }
    Ok(user.clone())
}

fn some_text(text: &str, verb: &'static str) -> Result<String, Refusal> {
    optional_text(Some(text))?.ok_or(Refusal::EmptyText { verb })
}

fn optional_text(text: Option<&str>) -> Result<Option<String>, Refusal> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    check_length(text)?;
    Ok(Some(text.to_owned()))
}

fn check_length(text: &str) -> Result<(), Refusal> {
    let chars = text.chars().count();
    if chars > TEXT_CHARS_MAX {
        return Err(Refusal::TooLong {
            chars,
            chars_max: TEXT_CHARS_MAX,
        });
    }
    Ok(())
}

fn check_put_off(by: Duration) -> Result<(), Refusal> {
    if by < Duration::seconds(1) || by > PUT_OFF_MAX {
        return Err(Refusal::BadDuration {
            given: format!("{} s", by.num_seconds()),
        });
    }
    Ok(())
}

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
            home_card: None,
            last_nag: None,
            drafts: vec![],
        })
    }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
