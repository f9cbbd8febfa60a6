//! What follows a verb that is an order to one incident.

use chrono::{Duration, NaiveDate};

use super::declaration::{known_severity, services, unknown_severity};
use super::lexis::{self, fold, plain_word, trim};
use super::verbs::Verb;
use super::{FormKind, Order, Prefill, RecordKind};
use crate::domain::command::Command;
use crate::domain::draft::Audience;
use crate::domain::incident::{Role, StatusName};
use crate::domain::refusal::Refusal;
use crate::domain::rules::Rules;
use crate::slack::mrkdwn::plain;

/// The order that `verb` and the words after it give.
///
/// # Errors
/// When the words are not what the verb needs.
pub fn order(verb: Verb, rest: &str, rules: &Rules, today: NaiveDate) -> Result<Order, Refusal> {
    let text = some_text(rest);
    let form = |kind| Ok(Order::Form(kind, Prefill::default()));
    let command = match verb {
        Verb::Acknowledge => Command::Acknowledge,
        Verb::Close => Command::Close,
        Verb::Resolve => Command::Resolve { summary: text },
        Verb::Take => return Ok(Order::Take(role(rest))),
        Verb::Assign => return assign(rest),
        Verb::Update => return Ok(update(rest)),
        Verb::Status => return status(rest),
        Verb::Severity => return severity(rest, rules),
        Verb::Draft => draft(rest)?,
        Verb::Snooze => return snooze(rest),
        Verb::Action => return action(rest, today),
        Verb::Service => match text {
            None => return form(FormKind::Services),
            Some(text) => Command::SetServices {
                services: services(&text),
            },
        },
        Verb::Impact => match text {
            None => return form(FormKind::Impact),
            Some(text) => Command::SetImpact { text },
        },
        Verb::Eta => match text {
            None => return form(FormKind::Eta),
            Some(text) => Command::SetEta { text },
        },
        Verb::Note => match text {
            None => return form(FormKind::Record(RecordKind::Note)),
            Some(text) => Command::Note { text },
        },
        Verb::Decision => match text {
            None => return form(FormKind::Record(RecordKind::Decision)),
            Some(text) => Command::RecordDecision { text },
        },
        Verb::Reopen => match text {
            None => return form(FormKind::Reopen),
            Some(reason) => Command::Reopen { reason },
        },
        Verb::Cancel => match text {
            None => return form(FormKind::Cancel),
            Some(reason) => Command::Cancel { reason },
        },
        // Answered by `request`.
        Verb::Declare
        | Verb::Show
        | Verb::Timeline
        | Verb::Why
        | Verb::List
        | Verb::Help
        | Verb::Search
        | Verb::OnCall
        | Verb::Postmortem
        | Verb::Stats
        | Verb::Merge => {
            return Err(Refusal::NotThereYet {
                verb: verb.name().to_owned(),
            });
        }
    };
    Ok(Order::Command(command))
}

fn update(rest: &str) -> Order {
    let (text, next) = promised(rest);
    match (some_text(text), next) {
        (Some(text), next) => Order::Command(Command::PostUpdate { text, next }),
        (None, next) => Order::Form(
            FormKind::Update,
            Prefill {
                next,
                ..Prefill::default()
            },
        ),
    }
}

/// The text before `next 30m` at the very end, and that time.
fn promised(text: &str) -> (&str, Option<Duration>) {
    // The longest spelling of a promise is far shorter.
    const BYTES_MAX: usize = 120;
    let starts = text
        .char_indices()
        .map(|(at, _)| at)
        .rev()
        .take_while(|at| text.len() - at <= BYTES_MAX);
    for at in starts {
        let begins_a_word = text[..at]
            .chars()
            .next_back()
            .is_none_or(|before| lexis::is_space(before) || !before.is_ascii_alphanumeric());
        if !begins_a_word {
            continue;
        }
        let folded = fold(&text[at..]);
        let span = [
            "next update in",
            "next update",
            "next in",
            "next",
            "下次更新",
            "下次",
        ]
        .into_iter()
        .find_map(|word| folded.strip_prefix(word))
        .and_then(|span| lexis::duration(span.trim_start_matches([':', ' '])));
        if let Some(span) = span {
            let before = text[..at].trim_end_matches(|c| {
                lexis::is_space(c) || matches!(c, ',' | '，' | ';' | '；' | '、' | '-' | '–' | '—')
            });
            return (before, Some(span));
        }
    }
    (text, None)
}

fn status(rest: &str) -> Result<Order, Refusal> {
    let (word, text) = lexis::leading(rest);
    if word.is_empty() {
        return Ok(Order::Form(FormKind::Status, Prefill::default()));
    }
    let to = status_name(word).ok_or_else(|| Refusal::UnknownStatus {
        given: plain_word(word),
    })?;
    Ok(Order::Command(Command::ChangeStatus {
        to,
        text: some_text(text),
    }))
}

fn status_name(word: &str) -> Option<StatusName> {
    match fold(word).as_str() {
        "排查中" | "排查" | "调查中" | "调查" | "处理中" => {
            Some(StatusName::Investigating)
        }
        "已定位" | "定位" => Some(StatusName::Identified),
        "观察中" | "观察" | "监控中" | "监控" => Some(StatusName::Monitoring),
        "已解决" | "解决" | "已恢复" | "恢复" => Some(StatusName::Resolved),
        folded => StatusName::parse(folded),
    }
}

fn severity(rest: &str, rules: &Rules) -> Result<Order, Refusal> {
    let word = lexis::leading(rest).0;
    if word.is_empty() {
        return Ok(Order::Form(FormKind::Severity, Prefill::default()));
    }
    let (to, reason) = known_severity(rest, rules).ok_or_else(|| unknown_severity(word, rules))?;
    Ok(Order::Command(Command::ChangeSeverity {
        to,
        reason: some_text(reason),
    }))
}

fn assign(rest: &str) -> Result<Order, Refusal> {
    if trim(rest).is_empty() {
        return Ok(Order::Form(FormKind::Assign, Prefill::default()));
    }
    let Some((to, words)) = lexis::take_mention(rest) else {
        let (first, rest) = lexis::word(rest);
        return match fold(first).as_str() {
            "me" | "myself" | "我" => Ok(Order::Take(role(rest))),
            _ => Err(Refusal::UnknownUser {
                given: plain_word(first),
            }),
        };
    };
    if lexis::take_mention(&words).is_some() {
        return Err(Refusal::OnePersonAtATime);
    }
    Ok(Order::Command(Command::Assign {
        role: role(&words),
        to,
    }))
}

/// The role that words name: `comms`, `as comms`, `comms to`; none: owner.
fn role(words: &str) -> Role {
    let words = plain(words);
    let mut name = trim(&words);
    for filler in ["as ", "to ", "the ", "担任", "为"] {
        name = name.strip_prefix(filler).map_or(name, trim);
    }
    name = name.strip_suffix(" to").map_or(name, trim);
    match name {
        "负责人" | "指挥" | "指挥官" | "as" | "to" => Role::Owner,
        name => Role::from(name.to_owned()),
    }
}

fn draft(rest: &str) -> Result<Command, Refusal> {
    let word = lexis::leading(rest).0;
    let audience = match fold(word).as_str() {
        "stakeholders" | "stakeholder" | "internal" | "inside" | "内部" | "干系人" | "相关方"
        | "内部相关方" | "内部通报" => Audience::Stakeholders,
        "customers" | "customer" | "external" | "outside" | "外部" | "客户" | "用户"
        | "客户通告" => Audience::Customers,
        _ => {
            return Err(Refusal::UnknownAudience {
                given: plain_word(word),
            });
        }
    };
    Ok(Command::WriteDraft { audience })
}

fn snooze(rest: &str) -> Result<Order, Refusal> {
    let span = trim(rest);
    if span.is_empty() {
        return Ok(Order::Form(FormKind::Snooze, Prefill::default()));
    }
    let (first, after) = lexis::word(span);
    let span = if fold(first) == "for" { after } else { span };
    match lexis::duration(span) {
        Some(by) => Ok(Order::Command(Command::Snooze { by })),
        None => Err(Refusal::BadDuration {
            given: plain_word(span),
        }),
    }
}

/// `TEXT [@user] [due DATE]`: whom and when stand at the end, in any order; the person may come first, too.
fn action(rest: &str, today: NaiveDate) -> Result<Order, Refusal> {
    let (mut text, mut assignee, mut due) = (trim(rest), None, None);
    loop {
        if assignee.is_none()
            && let Some((user, before)) = lexis::strip_last_mention(text)
        {
            (assignee, text) = (Some(user), before);
        } else if due.is_none()
            && let Some((date, before)) = last_due(text, today)?
        {
            (due, text) = (Some(date), before);
        } else {
            break;
        }
    }
    if assignee.is_none()
        && let Some((user, after)) = lexis::strip_first_mention(text)
    {
        (assignee, text) = (Some(user), after);
    }
    let text =
        text.trim_end_matches(|c| lexis::is_space(c) || matches!(c, ',' | '，' | ';' | '；'));
    Ok(match some_text(text) {
        Some(text) => Order::Command(Command::AddAction {
            text,
            assignee,
            due,
        }),
        None => Order::Form(
            FormKind::Record(RecordKind::Action),
            Prefill {
                person: assignee,
                ..Prefill::default()
            },
        ),
    })
}

/// `due DATE` at the end of the text, and what stands before it.
fn last_due(text: &str, today: NaiveDate) -> Result<Option<(NaiveDate, &str)>, Refusal> {
    let Some((given, before)) = after_due(text) else {
        return Ok(None);
    };
    match lexis::date(given, today) {
        Some(date) => Ok(Some((date, before))),
        // `due to timeouts` is a reason; what has a digit was meant as a date.
        None if given.chars().any(|c| c.is_ascii_digit()) => Err(Refusal::BadDate {
            given: plain_word(given),
        }),
        None => Ok(None),
    }
}

/// The last word if `due` stands before it, and what stands before that.
fn after_due(text: &str) -> Option<(&str, &str)> {
    let (last, before) = lexis::last_word(text);
    let (word, before_word) = lexis::last_word(before);
    if ["due", "due:"].contains(&fold(word).as_str()) {
        return Some((last, before_word));
    }
    // Chinese is written without spaces: `修复，截止明天`.
    ["截止", "到期"].into_iter().find_map(|word| {
        let (before, given) = text.rsplit_once(word)?;
        let given = trim(trim(given).trim_start_matches([':', '：']));
        (!given.is_empty() && !given.contains(lexis::is_space)).then(|| (given, trim(before)))
    })
}

/// What a person wrote, as plain text; none for nothing.
fn some_text(markup: &str) -> Option<String> {
    let text = plain(markup);
    let text = trim(&text);
    (!text.is_empty()).then(|| text.to_owned())
}
