//! The nag: it asks the owner for a status update, once, however late it comes.

use slack_morphism::prelude::SlackActionBlockElement;

use super::block::{Button, Letter, Message};
use super::{Ctx, actor, button, card, duration, silence, when};
use crate::clock::Time;
use crate::domain::event::{Entry, Event};
use crate::domain::incident::{Incident, NagAnswered, SentNag};
use crate::domain::nag::DueReason;
use crate::say;
use crate::slack::mrkdwn;

/// A delay that nobody need hear of: how often the clock is looked at, and then some.
const LATE_S: i64 = 60;

/// The nag that `entry` tells of; none for an entry of another kind.
pub fn nag(entry: &Entry, incident: &Incident, ctx: &Ctx) -> Option<Message> {
    let Event::Nagged {
        number,
        due,
        reason,
        late_by_s,
        quiet_for_s,
        ..
    } = &entry.event
    else {
        return None;
    };
    let language = ctx.language;
    let quiet = silence(*quiet_for_s, language);
    let mut ask = match incident.owner() {
        Some(owner) => say!(
            language,
            "nag-ask",
            owner = mrkdwn::user(owner),
            quiet = quiet
        ),
        None => say!(language, "nag-ask-anybody", quiet = quiet),
    };
    let broken = match reason {
        DueReason::Promise { by } => Some(say!(
            language,
            "nag-promised",
            who = actor(by, language),
            time = when(*due, language)
        )),
        DueReason::Snooze { by } => Some(say!(
            language,
            "nag-was-snoozed",
            who = actor(by, language),
            time = when(*due, language)
        )),
        DueReason::Cadence => None,
    };
    for more in [broken, unacknowledged(incident, ctx)]
        .into_iter()
        .flatten()
    {
        ask.push('\n');
        ask.push_str(&more);
    }
    let mut letter = Letter::new()
        .section(&ask)
        .context(&say!(language, "nag-what-to-say"));
    if *late_by_s >= LATE_S {
        letter = letter.context(&say!(
            language,
            "nag-late",
            due = when(*due, language),
            late = duration(chrono::Duration::seconds(*late_by_s), language)
        ));
    }
    // A nag that was held up on its way may find the incident finished, or itself answered.
    let answered = incident
        .last_nag
        .as_ref()
        .filter(|sent| sent.number == *number)
        .and_then(|sent| outcome(sent, ctx));
    letter = match answered {
        Some(outcome) => letter.context(&outcome),
        None if incident.is_open() => letter.actions(buttons(*number, incident, ctx)),
        None => letter,
    };
    Some(letter.finish())
}

fn unacknowledged(incident: &Incident, ctx: &Ctx) -> Option<String> {
    let waits = incident.is_open() && incident.acknowledged.is_none();
    waits.then(|| {
        say!(
            ctx.language,
            "nag-unacknowledged",
            time = when(incident.declared_at, ctx.language)
        )
    })
}

/// The nag after its answer: who answered how, and nothing to click.
pub fn nag_answered(sent: &SentNag, _incident: &Incident, ctx: &Ctx) -> Message {
    let asked = say!(
        ctx.language,
        "nag-asked",
        time = when(sent.nagged_at, ctx.language)
    );
    let outcome = outcome(sent, ctx).unwrap_or_else(|| say!(ctx.language, "nag-replaced"));
    Letter::new().section(&asked).context(&outcome).finish()
}

fn outcome(sent: &SentNag, ctx: &Ctx) -> Option<String> {
    let answer = sent.answer.as_ref()?;
    let language = ctx.language;
    let who = actor(&answer.stamp.by, language);
    let time = when(answer.stamp.at, language);
    let after = duration(answer.stamp.at - sent.nagged_at, language);
    Some(match answer.how {
        NagAnswered::Update => say!(language, "nag-answered-update", who = who, after = after),
        NagAnswered::NoChange => {
            say!(language, "nag-answered-no-change", who = who, after = after)
        }
        NagAnswered::Snooze => say!(language, "nag-answered-snooze", who = who, time = time),
        NagAnswered::Finished => say!(language, "nag-answered-finished", who = who, time = time),
        NagAnswered::Again => say!(language, "nag-replaced"),
    })
}

/// What a nag can be answered with.
pub(super) fn buttons(number: u32, incident: &Incident, ctx: &Ctx) -> Vec<SlackActionBlockElement> {
    let value = card::value(incident, Some(number));
    let labels = [
        (
            button::NAG_UPDATE,
            say!(ctx.language, "button-update"),
            true,
        ),
        (
            button::NAG_NO_CHANGE,
            say!(ctx.language, "button-no-change"),
            false,
        ),
        (
            button::NAG_SNOOZE,
            say!(ctx.language, "button-snooze"),
            false,
        ),
    ];
    labels
        .into_iter()
        .map(|(action, label, first)| {
            Button::new(action, &label, value.clone())
                .primary(first)
                .element()
        })
        .collect()
}

/// Since when nobody has said where the incident stands.
pub(super) fn quiet_since(incident: &Incident) -> Time {
    incident
        .last_update()
        .map_or(incident.declared_at, |update| update.at)
}
