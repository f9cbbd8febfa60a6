//! The ledger of nags: for each when it was due, when it went out or why it did not, and how it was answered.

use chrono::Duration;

use super::super::block::{Letter, Message, named};
use super::super::{Ctx, actor, duration, escalatees, followed, when};
use crate::clock::Time;
use crate::domain::event::UNKNOWN_OUTCOME;
use crate::domain::incident::{Incident, NagAnswered, Stamp};
use crate::domain::ledger::{Climb, Fate, Promise, Row, Spared};
use crate::domain::moot::Moot;
use crate::domain::nag::Rung;
use crate::domain::rules::Language;
use crate::say;
use crate::slack::mrkdwn;

/// How many rows are shown: one with every detail has some 400 characters, and a message takes about 13,000.
const ROWS_MAX: usize = 25;
/// A delay that nobody need hear of: how often the clock is looked at, and then some.
const LATE_S: i64 = 60;

/// The newest rows, with a word on how many came before.
pub fn why(rows: &[Row], incident: &Incident, ctx: &Ctx) -> Message {
    let language = ctx.language;
    let letter = Letter::new().section(&say!(
        language,
        "why-title",
        id = incident.id.to_string(),
        title = named(&incident.title)
    ));
    let earlier = rows.len().saturating_sub(ROWS_MAX);
    let letter = match earlier {
        0 => letter,
        count => letter.context(&say!(language, "why-earlier", count = count)),
    };
    let shown: Vec<String> = rows[earlier..]
        .iter()
        .map(|shown| row(shown, ctx))
        .collect();
    let letter = letter.sections(&shown.join("\n"));
    if incident.is_open() {
        return letter.finish();
    }
    letter.context(&say!(language, "why-finished")).finish()
}

/// `words`, and how late.
fn timely(words: &str, late_by_s: i64, language: Language) -> String {
    let late = match late_by_s >= LATE_S {
        true => say!(
            language,
            "why-late",
            late = duration(Duration::seconds(late_by_s), language)
        ),
        false => say!(language, "why-on-time"),
    };
    followed(words, &late, language)
}

fn not_taken(code: &str, language: Language) -> String {
    match Moot::of_code(code) {
        Some(moot) => say!(language, "why-held-back", why = held_back(moot, language)),
        None if code == UNKNOWN_OUTCOME => say!(language, "why-unknown"),
        None => say!(language, "why-failed", code = named(&mrkdwn::fit(code, 80))),
    }
}

/// Why something that waited for Slack was not sent any more.
pub(super) fn held_back(moot: Moot, language: Language) -> String {
    match moot {
        Moot::Finished => say!(language, "held-back-finished"),
        Moot::Answered => say!(language, "held-back-answered"),
        Moot::Replaced => say!(language, "held-back-replaced"),
    }
}

fn row(row: &Row, ctx: &Ctx) -> String {
    let language = ctx.language;
    let due = when(row.due, language);
    let promise = match row.promise {
        // Only what went out has a number that people have seen.
        Promise::Nag(number) if matches!(row.fate, Fate::Sent { .. }) => {
            say!(language, "why-nag", number = number, due = due)
        }
        Promise::Nag(_) => say!(language, "why-nag-unsent", due = due),
        Promise::Acknowledgement => say!(language, "why-acknowledgement", due = due),
    };
    let mut parts = vec![promise];
    match &row.fate {
        Fate::Waiting => parts.push(waiting(row, ctx)),
        Fate::Spared { how, stamp } => parts.push(spared(*how, stamp, row.due, ctx)),
        Fate::Sent {
            at,
            late_by_s,
            delivered_at,
            failed,
            answer,
            climbs,
        } => {
            parts.push(match (row.promise, failed, delivered_at) {
                (Promise::Acknowledgement, ..) => {
                    let missed = say!(
                        language,
                        "why-missed",
                        time = beside(*at, row.due, language)
                    );
                    timely(&missed, *late_by_s, language)
                }
                (Promise::Nag(_), Some(code), _) => not_taken(code, language),
                // Slack may have kept it waiting.
                (Promise::Nag(_), None, Some(taken_at)) => {
                    let sent = say!(
                        language,
                        "why-sent",
                        time = beside(*taken_at, row.due, language)
                    );
                    timely(&sent, (*taken_at - row.due).num_seconds(), language)
                }
                (Promise::Nag(_), None, None) => say!(language, "why-on-its-way"),
            });
            for told in climbs {
                if !told.to.is_empty() || told.spared.is_empty() {
                    parts.push(climb(told, row.due, ctx));
                }
                parts.extend(told.spared.iter().map(|(who, moot)| {
                    let who = escalatees(std::slice::from_ref(who));
                    let why = held_back(*moot, language);
                    say!(language, "why-climb-held-back", to = who, why = why)
                }));
            }
            match answer {
                // Its answer is the reason why it was held back.
                Some(_) if failed.as_deref().and_then(Moot::of_code).is_some() => {}
                Some((how, stamp)) => parts.push(answered(*how, stamp, *at, ctx)),
                None if matches!(row.promise, Promise::Nag(_)) && failed.is_none() => {
                    parts.push(say!(language, "why-unanswered"));
                }
                None => {}
            }
        }
    }
    format!("• {}", parts.join(" · "))
}

/// A time in a row that has said the day already.
fn beside(time: Time, due: Time, language: Language) -> String {
    match (time - due).abs() < Duration::hours(12) {
        true => mrkdwn::date(time, "{time}"),
        false => when(time, language),
    }
}

fn waiting(row: &Row, ctx: &Ctx) -> String {
    let left = row.due - ctx.now;
    if left <= Duration::zero() {
        return say!(ctx.language, "why-due-now");
    }
    let left = duration(left, ctx.language);
    match row.promise {
        Promise::Nag(_) => say!(ctx.language, "why-waiting-nag", left = left),
        Promise::Acknowledgement => say!(ctx.language, "why-waiting", left = left),
    }
}

fn spared(how: Spared, stamp: &Stamp, due: Time, ctx: &Ctx) -> String {
    let language = ctx.language;
    let who = actor(&stamp.by, language);
    let time = beside(stamp.at, due, language);
    match how {
        Spared::Update => say!(language, "why-spared-update", who = who, time = time),
        Spared::NoChange => say!(language, "why-spared-no-change", who = who, time = time),
        Spared::Snoozed { until } => say!(
            language,
            "why-spared-snoozed",
            who = who,
            time = time,
            until = beside(until, due, language)
        ),
        Spared::SeverityChanged => {
            say!(language, "why-spared-severity", who = who, time = time)
        }
        Spared::Acknowledged => {
            say!(language, "why-spared-acknowledged", who = who, time = time)
        }
        Spared::Finished => say!(language, "why-spared-finished", who = who, time = time),
    }
}

fn climb(climb: &Climb, due: Time, ctx: &Ctx) -> String {
    let language = ctx.language;
    let time = beside(climb.at, due, language);
    match climb.rung {
        _ if climb.to.is_empty() => say!(language, "why-climbed-nobody", time = time),
        Rung::Owner => say!(
            language,
            "why-climbed-owner",
            to = escalatees(&climb.to),
            time = time
        ),
        Rung::Escalation => say!(
            language,
            "why-climbed",
            to = escalatees(&climb.to),
            time = time
        ),
    }
}

fn answered(how: NagAnswered, stamp: &Stamp, sent: Time, ctx: &Ctx) -> String {
    let language = ctx.language;
    let who = actor(&stamp.by, language);
    let after = duration(stamp.at - sent, language);
    match how {
        NagAnswered::Update => say!(language, "why-answered-update", who = who, after = after),
        NagAnswered::NoChange => {
            say!(language, "why-answered-no-change", who = who, after = after)
        }
        NagAnswered::Snooze => say!(language, "why-answered-snooze", who = who, after = after),
        NagAnswered::Finished => {
            say!(language, "why-answered-finished", who = who, after = after)
        }
        NagAnswered::Again => say!(language, "why-answered-again"),
    }
}
