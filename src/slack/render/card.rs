//! The card: how an incident stands, at one glance at three in the morning, with everything one can do about it.

use slack_morphism::prelude::SlackActionBlockElement;

use super::block::{Button, Letter, Message, overflow, quoted, shorten, written};
use super::button::{self, ButtonValue, More};
use super::{
    Ctx, actor, duration, listed, role_word, severity_whole, sign, since, status, status_word,
    typed, when,
};
use crate::domain::effect::CardPlace;
use crate::domain::incident::{Home, Incident, Role, Status, Update};
use crate::domain::nag::DueReason;
use crate::say;
use crate::slack::mrkdwn;

/// Longest of what people wrote in one field; the timeline has it whole.
const FIELD_CHARS_MAX: usize = 500;
/// Longest of the last update.
const UPDATE_CHARS_MAX: usize = 1_500;

/// The card in the incidents channel, or its copy in the incident's own.
pub fn card(incident: &Incident, at: CardPlace, ctx: &Ctx) -> Message {
    Letter::new()
        .header(&format!(
            "{} {} · {}",
            sign(incident, ctx),
            incident.severity,
            incident.title
        ))
        .context(&origin(incident, ctx))
        .fields(fields(incident, at, ctx))
        .section(&ending(incident, ctx))
        .section(&last_update(incident, ctx))
        .actions(buttons(incident, ctx))
        .finish()
}

/// Which incident it is and how it began.
fn origin(incident: &Incident, ctx: &Ctx) -> String {
    let language = ctx.language;
    let declared = say!(
        language,
        "card-declared",
        id = incident.id.to_string(),
        who = actor(&incident.declared_by, language),
        time = when(incident.declared_at, language)
    );
    match &incident.acknowledged {
        Some(stamp) => {
            let acknowledged = say!(
                language,
                "card-acknowledged",
                who = actor(&stamp.by, language),
                after = duration(stamp.at - incident.declared_at, language)
            );
            format!("{declared} · {acknowledged}")
        }
        None => declared,
    }
}

fn fields(incident: &Incident, at: CardPlace, ctx: &Ctx) -> Vec<(String, String)> {
    let language = ctx.language;
    let unknown = || say!(language, "card-unknown");
    let person = |text: &Option<String>| match text {
        Some(text) => written(text, FIELD_CHARS_MAX),
        None => unknown(),
    };
    let owner = match incident.owner() {
        Some(owner) => mrkdwn::user(owner),
        None => say!(
            language,
            "card-nobody",
            command = typed("take", "", incident, at == CardPlace::Home)
        ),
    };
    let services = match incident.services.as_slice() {
        [] => unknown(),
        services => shorten(&listed(services, language), FIELD_CHARS_MAX),
    };
    let lasting = match incident.is_open() {
        true => say!(
            language,
            "card-since",
            time = since(incident.declared_at, language)
        ),
        false => duration(incident.duration(ctx.now), language),
    };
    let mut fields = vec![
        (say!(language, "card-status"), status_now(incident, ctx)),
        (say!(language, "card-owner"), owner),
        (
            say!(language, "card-severity"),
            severity_whole(&incident.severity, ctx.rules, language),
        ),
        (say!(language, "card-duration"), lasting),
        (say!(language, "card-impact"), person(&incident.impact)),
        (say!(language, "card-services"), services),
    ];
    if incident.is_open() || incident.eta.is_some() {
        fields.push((say!(language, "card-eta"), person(&incident.eta)));
    }
    fields.push((
        say!(language, "card-next-update"),
        next_update(incident, ctx),
    ));
    if at == CardPlace::Incidents {
        let channel = match &incident.home {
            Home::Channel(channel) => mrkdwn::channel(channel),
            Home::Opening => say!(language, "card-channel-opening"),
            Home::Thread => say!(language, "card-channel-thread"),
        };
        fields.push((say!(language, "card-channel"), channel));
    }
    let others: Vec<String> = incident
        .roles
        .iter()
        .filter(|(role, _)| **role != Role::Owner)
        .map(|(role, user)| format!("{}: {}", role_word(role, language), mrkdwn::user(user)))
        .collect();
    if !others.is_empty() {
        fields.push((say!(language, "card-roles"), others.join("\n")));
    }
    fields
}

fn status_now(incident: &Incident, ctx: &Ctx) -> String {
    let shown = status(incident.status.name(), ctx.language);
    let missing = match incident.watch() {
        Some(watch) if incident.acknowledged.is_none() => match watch.respond_by {
            Some(by) => say!(
                ctx.language,
                "card-acknowledge-by",
                time = when(by, ctx.language)
            ),
            None => say!(ctx.language, "card-unacknowledged"),
        },
        _ => return shown,
    };
    format!("{shown}\n{missing}")
}

fn next_update(incident: &Incident, ctx: &Ctx) -> String {
    let language = ctx.language;
    let Some(watch) = incident.watch() else {
        return say!(
            language,
            "card-no-next-update",
            status = status_word(incident.status.name(), language).to_lowercase()
        );
    };
    let time = when(watch.due, language);
    let due = match &watch.reason {
        DueReason::Cadence => time,
        DueReason::Promise { by } => say!(
            language,
            "card-promised",
            time = time,
            who = actor(by, language)
        ),
        DueReason::Snooze { by } => say!(
            language,
            "card-snoozed",
            time = time,
            who = actor(by, language)
        ),
    };
    match &incident.last_nag {
        Some(nag) if nag.answer.is_none() => {
            let asked = say!(language, "card-asked", time = when(nag.nagged_at, language));
            format!("{due}\n{asked}")
        }
        _ => due,
    }
}

/// How it ended, in the words of whoever ended it.
fn ending(incident: &Incident, ctx: &Ctx) -> String {
    let (label, words) = match &incident.status {
        Status::Resolved { summary, .. } | Status::Closed { summary, .. } => {
            (say!(ctx.language, "card-summary"), summary.as_ref())
        }
        Status::Cancelled { reason, .. } => (say!(ctx.language, "card-reason"), Some(reason)),
        Status::Open { .. } => return String::new(),
    };
    match words {
        Some(words) => format!("*{label}*\n{}", quoted(words, UPDATE_CHARS_MAX)),
        None => String::new(),
    }
}

fn last_update(incident: &Incident, ctx: &Ctx) -> String {
    let language = ctx.language;
    let told = incident
        .updates
        .iter()
        .rev()
        .find_map(|update| Some((update, update.text.as_deref()?)));
    let unchanged = incident.last_update().filter(|last| last.text.is_none());
    let stamp = |update: &Update| (actor(&update.by, language), when(update.at, language));
    let mut lines = vec![];
    match told {
        Some((update, text)) => {
            let (who, time) = stamp(update);
            lines.push(say!(language, "card-last-update", who = who, time = time));
            lines.push(quoted(text, UPDATE_CHARS_MAX));
        }
        // A finished incident without updates has its summary; an open one says what is missing.
        None if unchanged.is_none() && incident.is_open() => {
            lines.push(say!(language, "card-no-update"));
        }
        None => {}
    }
    if let Some(update) = unchanged {
        let (who, time) = stamp(update);
        lines.push(say!(language, "card-no-change", who = who, time = time));
    }
    lines.join("\n")
}

/// The value of every button that concerns the incident as a whole.
pub(super) fn value(incident: &Incident, nag: Option<u32>) -> String {
    ButtonValue::Incident {
        incident: incident.id,
        severity: Some(incident.severity.clone()),
        nag,
        owner: incident.owner().cloned(),
    }
    .to_json()
}

pub(super) fn acknowledge_button(incident: &Incident, ctx: &Ctx) -> SlackActionBlockElement {
    let label = say!(ctx.language, "button-acknowledge");
    Button::new(button::CARD_ACKNOWLEDGE, &label, value(incident, None))
        .primary(true)
        .element()
}

pub(super) fn assign_button(incident: &Incident, ctx: &Ctx) -> SlackActionBlockElement {
    let label = say!(ctx.language, "button-assign");
    Button::new(button::CARD_ASSIGN, &label, value(incident, None)).element()
}

fn buttons(incident: &Incident, ctx: &Ctx) -> Vec<SlackActionBlockElement> {
    let language = ctx.language;
    let plain =
        |action, label: String| Button::new(action, &label, value(incident, None)).element();
    let mut row = vec![];
    match &incident.status {
        Status::Open { .. } => {
            if incident.acknowledged.is_none() {
                row.push(acknowledge_button(incident, ctx));
            }
            row.push(plain(button::CARD_UPDATE, say!(language, "button-update")));
            row.push(plain(button::CARD_STATUS, say!(language, "button-status")));
            row.push(plain(
                button::CARD_SEVERITY,
                say!(language, "button-severity"),
            ));
            row.push(assign_button(incident, ctx));
            row.push(plain(
                button::CARD_RESOLVE,
                say!(language, "button-resolve"),
            ));
            row.push(menu(incident, &More::ALL, ctx));
        }
        Status::Resolved { .. } => {
            row.push(plain(button::CARD_REOPEN, say!(language, "button-reopen")));
            row.push(plain(button::CARD_CLOSE, say!(language, "button-close")));
            row.push(menu(incident, &More::ALL[1..], ctx));
        }
        // What is over still gathers words for the post-mortem.
        Status::Closed { .. } | Status::Cancelled { .. } => {
            row.push(plain(button::CARD_REOPEN, say!(language, "button-reopen")));
            row.push(menu(incident, &[More::Note, More::Timeline], ctx));
        }
    }
    row
}

fn menu(incident: &Incident, choices: &[More], ctx: &Ctx) -> SlackActionBlockElement {
    let option = |more: &More| {
        let label = match more {
            More::Impact => say!(ctx.language, "button-more-impact"),
            More::Note => say!(ctx.language, "button-more-note"),
            More::Stakeholders => say!(ctx.language, "button-more-stakeholders"),
            More::Customers => say!(ctx.language, "button-more-customers"),
            More::Timeline => say!(ctx.language, "button-more-timeline"),
        };
        (label, more.value(incident.id))
    };
    overflow(button::CARD_MORE, choices.iter().map(option).collect())
}
