//! Refusals in words: one plain sentence that says what stood in the way, who came first and when where that is it,
//! and the way out.

use serde_json::{Value, json};

use super::block::{Letter, Message, named, written};
use super::form::{FormKind, field};
use super::{actor, role_word, severity_name, status_word, when};
use crate::domain::incident::{Role, Stamp, StatusName};
use crate::domain::refusal::Refusal;
use crate::domain::rules::{Language, Rules};
use crate::ids::{IncidentId, SeverityId};
use crate::say;
use crate::slack::inbound::Submission;
use crate::slack::mrkdwn;

/// How many names a sentence lists before it stops.
const NAMES_MAX: usize = 12;

/// The refusal as a message, for whoever typed or clicked.
pub fn message(refusal: &Refusal, language: Language, rules: &Rules) -> Message {
    Letter::new()
        .section(&self::refusal(refusal, language, rules))
        .finish()
}

/// The refusal in Slack's markup.
pub fn refusal(refusal: &Refusal, language: Language, rules: &Rules) -> String {
    let quoted = |text: &str| named(&mrkdwn::fit(text, 60));
    let who = |stamp: &Stamp| actor(&stamp.by, language);
    let at = |stamp: &Stamp| when(stamp.at, language);
    match refusal {
        Refusal::AlreadyAcknowledged(stamp) => say!(
            language,
            "refusal-acknowledged",
            who = who(stamp),
            time = at(stamp)
        ),
        Refusal::AlreadyFinished { status, stamp } => {
            let (who, time) = (who(stamp), at(stamp));
            match status {
                StatusName::Closed => say!(language, "refusal-closed", who = who, time = time),
                StatusName::Cancelled => {
                    say!(language, "refusal-cancelled", who = who, time = time)
                }
                _ => say!(language, "refusal-resolved", who = who, time = time),
            }
        }
        Refusal::NotResolved => say!(language, "refusal-not-resolved"),
        Refusal::StillOpen => say!(language, "refusal-still-open"),
        Refusal::AlreadyInRole { user, role } => match Role::from(role.clone()) {
            Role::Owner => say!(language, "refusal-already-owner", who = mrkdwn::user(user)),
            role => say!(
                language,
                "refusal-already-in-role",
                who = mrkdwn::user(user),
                role = role_word(&role, language)
            ),
        },
        Refusal::SameStatus { status, since } => {
            let word = status_word(*status, language);
            match since {
                Some(stamp) => say!(
                    language,
                    "refusal-same-status-since",
                    status = word,
                    name = status.as_str(),
                    who = who(stamp),
                    time = at(stamp)
                ),
                None => say!(
                    language,
                    "refusal-same-status",
                    status = word,
                    name = status.as_str()
                ),
            }
        }
        Refusal::SameSeverity {
            severity,
            since: None,
        } => say!(
            language,
            "refusal-same-severity",
            severity = severity_name(&SeverityId::new(severity.as_str()), rules, language),
            known = other_severities(severity, rules, language)
        ),
        Refusal::SameSeverity {
            severity,
            since: Some(stamp),
        } => say!(
            language,
            "refusal-same-severity-since",
            who = who(stamp),
            time = at(stamp),
            severity = severity_name(&SeverityId::new(severity.as_str()), rules, language),
            known = other_severities(severity, rules, language)
        ),
        Refusal::NotDueSoSoon { due } => say!(
            language,
            "refusal-not-due-so-soon",
            time = when(*due, language)
        ),
        Refusal::UnknownSeverity { given, known } if given.is_empty() => say!(
            language,
            "refusal-no-severity",
            known = names(known, language)
        ),
        Refusal::UnknownSeverity { given, known } => say!(
            language,
            "refusal-unknown-severity",
            given = quoted(given),
            known = names(known, language),
            example = quoted(known.get(1).or(known.first()).unwrap_or(given))
        ),
        Refusal::UnknownStatus { given } if given.is_empty() => say!(language, "refusal-no-status"),
        Refusal::UnknownStatus { given } => {
            say!(language, "refusal-unknown-status", given = quoted(given))
        }
        Refusal::UnknownService { given, known } => say!(
            language,
            "refusal-unknown-service",
            given = quoted(given),
            known = names(known, language)
        ),
        Refusal::UnknownIncident { given } => {
            say!(language, "refusal-unknown-incident", given = quoted(given))
        }
        Refusal::UnknownUser { given } if given.is_empty() => say!(language, "refusal-no-user"),
        Refusal::UnknownUser { given } => {
            say!(language, "refusal-unknown-user", given = quoted(given))
        }
        Refusal::UnknownVerb {
            given,
            nearest: Some(nearest),
        } => say!(
            language,
            "refusal-nearest-verb",
            given = quoted(given),
            nearest = *nearest
        ),
        Refusal::UnknownVerb {
            given,
            nearest: None,
        } => say!(language, "refusal-unknown-verb", given = quoted(given)),
        Refusal::UnknownList { given } => {
            say!(language, "refusal-unknown-list", given = quoted(given))
        }
        Refusal::OnePersonAtATime => say!(language, "refusal-one-person"),
        Refusal::NoIncidentHere => say!(language, "refusal-no-incident-here"),
        Refusal::WhichIncident { choices } => which(choices, language),
        Refusal::EmptyTitle => say!(
            language,
            "refusal-empty-title",
            example = example("declare", language)
        ),
        Refusal::EmptyText { verb: "draft" } => say!(language, "refusal-empty-draft"),
        Refusal::EmptyText { verb } => say!(
            language,
            "refusal-empty-text",
            verb = *verb,
            example = example(verb, language)
        ),
        Refusal::TooLong { chars, chars_max } => say!(
            language,
            "refusal-too-long",
            chars = *chars,
            most = *chars_max
        ),
        Refusal::BadDuration { given } if given.is_empty() => {
            say!(language, "refusal-no-duration")
        }
        Refusal::BadDuration { given } => {
            say!(language, "refusal-bad-duration", given = quoted(given))
        }
        Refusal::BadDate { given } => say!(language, "refusal-bad-date", given = quoted(given)),
        Refusal::PersonLeft { user } => {
            say!(language, "refusal-person-left", who = mrkdwn::user(user))
        }
        Refusal::UnknownAudience { given } if given.is_empty() => {
            say!(language, "refusal-no-audience")
        }
        Refusal::UnknownAudience { given } => {
            say!(language, "refusal-unknown-audience", given = quoted(given))
        }
        Refusal::UnknownDraft { number } => {
            say!(language, "refusal-unknown-draft", number = *number)
        }
        Refusal::DraftPublished(stamp) => say!(
            language,
            "refusal-draft-published",
            who = who(stamp),
            time = at(stamp)
        ),
        Refusal::DraftDiscarded(stamp) => say!(
            language,
            "refusal-draft-discarded",
            who = who(stamp),
            time = at(stamp)
        ),
        Refusal::NagAlreadyAnswered(stamp) => say!(
            language,
            "refusal-nag-answered",
            who = who(stamp),
            time = at(stamp)
        ),
        Refusal::DraftReplaced(stamp) => say!(
            language,
            "refusal-draft-replaced",
            who = who(stamp),
            time = at(stamp)
        ),
        Refusal::DraftNotApproved { have, need } => say!(
            language,
            "refusal-draft-not-approved",
            have = *have,
            missing = need.saturating_sub(*have)
        ),
        Refusal::DraftAlreadyApprovedByYou { have, need } if have >= need => {
            say!(language, "refusal-draft-yours-ready")
        }
        Refusal::DraftAlreadyApprovedByYou { .. } => {
            say!(language, "refusal-draft-yours-waits")
        }
        Refusal::DraftAlreadyApproved { by, at } => say!(
            language,
            "refusal-draft-approved",
            who = mrkdwn::user(by),
            time = when(*at, language)
        ),
        Refusal::DraftChangedMeanwhile(stamp) => say!(
            language,
            "refusal-draft-changed",
            who = who(stamp),
            time = at(stamp)
        ),
        Refusal::DraftNotFit { findings } => {
            let lines = findings
                .iter()
                .take(NAMES_MAX)
                .map(|found| format!("• {}", super::finding(found, language)));
            std::iter::once(say!(language, "refusal-draft-not-fit"))
                .chain(lines)
                .collect::<Vec<_>>()
                .join("\n")
        }
        Refusal::DraftTemplate { error } => say!(
            language,
            "refusal-draft-template",
            error = written(error, 500)
        ),
        Refusal::AlreadyDeclared { stamp, incident } => say!(
            language,
            "refusal-already-declared",
            who = who(stamp),
            time = at(stamp),
            id = incident.to_string()
        ),
        Refusal::AlreadyDismissed(stamp) => say!(
            language,
            "refusal-already-dismissed",
            who = who(stamp),
            time = at(stamp)
        ),
        Refusal::UnknownReport => say!(language, "refusal-unknown-report"),
        Refusal::UnreadableForm => say!(language, "refusal-unreadable-form"),
        Refusal::FormTaken => say!(language, "refusal-form-taken"),
        Refusal::RefusedBefore => say!(language, "refusal-refused-before"),
        Refusal::NotThereYet { verb } => {
            say!(language, "refusal-not-there-yet", verb = quoted(verb))
        }
        Refusal::NeedsForm { verb } => say!(
            language,
            "refusal-needs-form",
            verb = *verb,
            example = words_of(verb, language).unwrap_or_default()
        ),
    }
}

fn which(choices: &[(IncidentId, String)], language: Language) -> String {
    let Some((first, _)) = choices.first() else {
        return say!(language, "refusal-no-incident-here");
    };
    let lines = choices
        .iter()
        .map(|(id, title)| format!("• {id} · {}", named(&mrkdwn::fit(title, 120))));
    std::iter::once(say!(language, "refusal-which", id = first.to_string()))
        .chain(lines)
        .collect::<Vec<_>>()
        .join("\n")
}

fn other_severities(than: &str, rules: &Rules, language: Language) -> String {
    let known: Vec<String> = rules
        .severities
        .iter()
        .filter(|severity| severity.id.as_str() != than)
        .map(|severity| severity.id.to_string())
        .collect();
    names(&known, language)
}

fn names(known: &[String], language: Language) -> String {
    let shown: Vec<String> = known
        .iter()
        .take(NAMES_MAX)
        .map(|name| mrkdwn::fit(name, 60))
        .collect();
    let listed = super::listed(&shown, language);
    if known.len() > NAMES_MAX {
        format!("{listed} …")
    } else {
        listed
    }
}

/// A whole command that shows how `verb` is used.
pub(super) fn example(verb: &str, language: Language) -> String {
    example_of(verb, language).unwrap_or_else(|| format!("`/incident {verb}`"))
}

/// [`example`], if the verb takes words.
pub(super) fn example_of(verb: &str, language: Language) -> Option<String> {
    let words = words_of(verb, language)?;
    Some(format!("`/incident {verb} {words}`"))
}

/// Words that could follow `verb`.
fn words_of(verb: &str, language: Language) -> Option<String> {
    Some(match verb {
        "declare" => say!(language, "example-declare"),
        "update" => say!(language, "example-update"),
        "status" => say!(language, "example-status"),
        "severity" => say!(language, "example-severity"),
        "assign" => say!(language, "example-assign"),
        "impact" => say!(language, "example-impact"),
        "eta" => say!(language, "example-eta"),
        "service" => say!(language, "example-service"),
        "note" => say!(language, "example-note"),
        "decision" => say!(language, "example-decision"),
        "action" => say!(language, "example-action"),
        "resolve" => say!(language, "example-resolve"),
        "reopen" => say!(language, "example-reopen"),
        "cancel" => say!(language, "example-cancel"),
        "snooze" => say!(language, "example-snooze"),
        "draft" => say!(language, "example-draft"),
        _ => return None,
    })
}

/// The input that a refusal is about. None: what it is about happened outside the form.
pub fn field(refusal: &Refusal) -> Option<&'static str> {
    match refusal {
        Refusal::EmptyTitle => Some(field::TITLE),
        Refusal::UnknownSeverity { .. } | Refusal::SameSeverity { .. } => Some(field::SEVERITY),
        Refusal::UnknownService { .. } => Some(field::SERVICE),
        Refusal::UnknownStatus { .. } | Refusal::SameStatus { .. } => Some(field::STATUS),
        Refusal::UnknownUser { .. }
        | Refusal::PersonLeft { .. }
        | Refusal::AlreadyInRole { .. }
        | Refusal::OnePersonAtATime => Some(field::FOR),
        Refusal::BadDuration { .. } => Some(field::NEXT),
        Refusal::BadDate { .. } => Some(field::DUE),
        Refusal::EmptyText { verb } => Some(match *verb {
            "impact" => field::IMPACT,
            "eta" => field::ETA,
            "service" => field::SERVICE,
            "reopen" | "cancel" => field::REASON,
            "resolve" => field::SUMMARY,
            _ => field::TEXT,
        }),
        Refusal::TooLong { .. } => Some(field::TEXT),
        _ => None,
    }
}

/// What Slack is told when a form is refused: the sentence beside the input that it is about or, where it is about
/// none, on top of the form. Either way the form stays, with what was written in it.
pub fn field_error(
    refusal: &Refusal,
    submission: &Submission,
    language: Language,
    rules: &Rules,
) -> Value {
    let sentence = self::refusal(refusal, language, rules);
    match input_of(refusal, submission) {
        Some(input) => beside(input, &sentence),
        None => on_top(&sentence, language),
    }
}

/// The input of this very form that a refusal is about: Slack takes errors for no other.
fn input_of(refusal: &Refusal, submission: &Submission) -> Option<&'static str> {
    let fields = FormKind::from_callback(&submission.callback_id)?.fields();
    if matches!(refusal, Refusal::TooLong { .. }) {
        let length = |name: &&'static str| submission.text(name).map_or(0, str::len);
        return fields.iter().copied().max_by_key(length);
    }
    // A declaration asks for its owner where the others ask for a person.
    let about = match field(refusal)? {
        field::FOR if fields.contains(&field::OWNER) => field::OWNER,
        about => about,
    };
    fields.iter().copied().find(|name| *name == about)
}

/// An error beside an input, where Slack shows neither markup nor mentions.
pub(super) fn beside(input: &'static str, sentence: &str) -> Value {
    json!({
        "response_action": "errors",
        "errors": { input: mrkdwn::plain(sentence).replace('`', "") },
    })
}

/// A view above the form, so that mentions and times show as such.
fn on_top(sentence: &str, language: Language) -> Value {
    let message = Letter::new().section(sentence).finish();
    let plain = |text: String| json!({"type": "plain_text", "text": mrkdwn::fit(&text, 24)});
    json!({
        "response_action": "push",
        "view": {
            "type": "modal",
            "callback_id": "notice",
            "title": plain(say!(language, "form-not-saved")),
            "close": plain(say!(language, "form-back")),
            "blocks": message.blocks,
        },
    })
}

#[cfg(test)]
#[path = "refusal_tests.rs"]
mod tests;
