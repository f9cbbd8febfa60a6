//! What a person who asked or ordered something reads, alone: that it was done, how things stand, and what to type
//! where something could not be done.

use super::block::{Button, Letter, Message, named};
use super::button::{self, ButtonValue};
use super::form::FormKind;
use super::{
    Ctx, audience_word, card, joined, refusal, severity_emoji, severity_name, status_word, when,
};
use crate::clock::Time;
use crate::domain::effect::CardPlace;
use crate::domain::incident::{Home, Incident};
use crate::domain::rules::Language;
use crate::ids::{ChannelId, IncidentId, UserId};
use crate::say;
use crate::slack::inbound::{Answer, Submission};
use crate::slack::mrkdwn;
use crate::slack::parse::{self, ListFilter};

mod done;
mod help;
#[cfg(test)]
mod tests;
mod timeline;
mod why;

pub use done::done;
pub use help::help;
pub use timeline::{timeline, whole_lines};
pub use why::why;

/// How many incidents a list shows. All of them together must stay below what Slack takes in one message.
const LISTED_MAX: usize = 20;
/// How many incidents of one's own come with buttons: a message has 50 blocks.
const HOME_MAX: usize = 10;
/// What a button can carry. https://docs.slack.dev/reference/block-kit/block-elements/button-element
const VALUE_CHARS_MAX: usize = 2_000;

/// My open incidents, and what waits for me in each.
pub fn home(incidents: &[Incident], unreadable: &[IncidentId], me: &UserId, ctx: &Ctx) -> Message {
    let language = ctx.language;
    let mut letter = Letter::new().section(&match incidents.len() {
        0 => say!(language, "home-none"),
        count => say!(language, "home-some", count = count),
    });
    for incident in incidents.iter().take(HOME_MAX) {
        let waiting = waits_for(incident, me, ctx);
        let lines: Vec<String> = std::iter::once(line(incident, ctx))
            .chain(waiting)
            .collect();
        letter = letter.section(&lines.join("\n"));
        let value = ButtonValue::Incident {
            incident: incident.id,
            severity: Some(incident.severity.clone()),
            nag: None,
            owner: incident.owner().cloned(),
        }
        .to_json();
        let mut row = vec![];
        if incident.is_open() && incident.acknowledged.is_none() {
            let label = say!(language, "button-acknowledge");
            row.push(
                Button::new(button::CARD_ACKNOWLEDGE, &label, value.clone())
                    .primary(true)
                    .element(),
            );
        }
        if incident.is_open() {
            let label = say!(language, "button-update");
            row.push(Button::new(button::CARD_UPDATE, &label, value).element());
        }
        letter = letter.actions(row);
    }
    if let Some(more @ 1..) = incidents.len().checked_sub(HOME_MAX) {
        letter = letter.context(&say!(language, "home-more", count = more));
    }
    letter = without(letter, unreadable, language);
    let declare = say!(language, "button-report-declare");
    letter
        .actions(vec![
            Button::new(button::HOME_DECLARE, &declare, "declare".to_owned())
                .danger()
                .element(),
        ])
        .context(&say!(language, "home-hint"))
        .finish()
}

/// What an incident waits for from one person.
fn waits_for(incident: &Incident, me: &UserId, ctx: &Ctx) -> Vec<String> {
    let language = ctx.language;
    let mut waiting = vec![];
    let is_mine = incident.owner() == Some(me);
    if let Some(watch) = incident.watch().filter(|_| is_mine) {
        if incident.acknowledged.is_none() {
            waiting.push(match watch.respond_by {
                Some(by) => say!(language, "home-acknowledge-by", time = when(by, language)),
                None => say!(language, "home-acknowledge"),
            });
        }
        let unanswered = incident
            .last_nag
            .as_ref()
            .filter(|nag| nag.answer.is_none());
        waiting.push(match unanswered {
            Some(nag) => say!(
                language,
                "home-nag-unanswered",
                time = when(nag.nagged_at, language)
            ),
            None => say!(
                language,
                "home-next-update",
                time = when(watch.due, language)
            ),
        });
    }
    let drafts = incident.drafts.iter().filter(|draft| draft.is_open());
    waiting.extend(
        drafts
            .filter(|draft| !draft.approvals.iter().any(|approval| approval.by == *me))
            .filter(|draft| !draft.is_approved(ctx.rules))
            .map(|draft| {
                say!(
                    language,
                    "home-draft",
                    number = draft.number,
                    audience = audience_word(draft.audience, language)
                )
            }),
    );
    waiting
}

/// Says which incidents are missing here.
fn without(letter: Letter, unreadable: &[IncidentId], language: Language) -> Letter {
    if unreadable.is_empty() {
        return letter;
    }
    let ids: Vec<String> = unreadable.iter().map(IncidentId::to_string).collect();
    let ids = joined(&ids, language);
    letter.context(&say!(language, "list-unreadable", ids = ids))
}

/// Incidents, one to a line.
pub fn list(
    incidents: &[Incident],
    unreadable: &[IncidentId],
    filter: ListFilter,
    ctx: &Ctx,
) -> Message {
    let language = ctx.language;
    if incidents.is_empty() && unreadable.is_empty() {
        let none = match filter {
            ListFilter::Open => say!(language, "list-none-open"),
            ListFilter::Mine => say!(language, "list-none-mine"),
            ListFilter::All => say!(language, "list-none"),
        };
        return Letter::new().section(&none).finish();
    }
    let title = match filter {
        ListFilter::Open => say!(language, "list-open"),
        ListFilter::Mine => say!(language, "list-mine"),
        ListFilter::All => say!(language, "list-all"),
    };
    let lines: Vec<String> = incidents
        .iter()
        .take(LISTED_MAX)
        .map(|incident| line(incident, ctx))
        .collect();
    let letter = Letter::new().section(&title).sections(&lines.join("\n"));
    let letter = without(letter, unreadable, language);
    // Whoever asked the store may have had to stop there, too.
    if incidents.len() + unreadable.len() >= LISTED_MAX {
        return letter
            .context(&say!(language, "list-only", count = LISTED_MAX))
            .finish();
    }
    letter.finish()
}

/// An incident in one line: which, how bad, where it stands, whose it is and where.
fn line(incident: &Incident, ctx: &Ctx) -> String {
    let language = ctx.language;
    let mut facts = vec![
        format!(
            "{} *{}* {}",
            severity_emoji(&incident.severity, ctx.rules),
            incident.id,
            named(&incident.title)
        ),
        severity_name(&incident.severity, ctx.rules, language),
        status_word(incident.status.name(), language),
        match incident.owner() {
            Some(owner) => mrkdwn::user(owner),
            None => say!(language, "list-no-owner"),
        },
        when(incident.declared_at, language),
    ];
    if let Home::Channel(channel) = &incident.home {
        facts.push(mrkdwn::channel(channel));
    }
    facts.join(" · ")
}

/// How one incident stands: its card, for one reader.
pub fn show(incident: &Incident, ctx: &Ctx) -> Message {
    // The card of the incidents channel names the incident in its commands, so it is right wherever it is read.
    card(incident, CardPlace::Incidents, ctx)
}

/// Asks which incident was meant, with the whole command to type for each. `typed` is what was typed, in Slack's
/// markup.
pub fn which(choices: &[(IncidentId, String)], typed: &str, language: Language) -> Message {
    let lines: Vec<String> = choices
        .iter()
        .take(LISTED_MAX)
        .map(|(id, title)| {
            format!(
                "• {} → `/incident {}`",
                named(&mrkdwn::fit(title, 120)),
                quoted(&parse::naming(typed, *id))
            )
        })
        .collect();
    Letter::new()
        .section(&say!(language, "which-incident"))
        .sections(&lines.join("\n"))
        .finish()
}

/// A command as it stands between back quotes.
fn quoted(markup: &str) -> String {
    named(&mrkdwn::fit(&mrkdwn::plain(markup), 200))
}

/// Asks whether a command is to be done a second time. It was done at `at`.
pub fn typed_before(typed: &str, at: Time, language: Language) -> Message {
    let letter = Letter::new().section(&say!(
        language,
        "again-question",
        command = quoted(typed),
        time = when(at, language)
    ));
    if typed.encode_utf16().count() > VALUE_CHARS_MAX {
        return letter.context(&say!(language, "again-too-long")).finish();
    }
    let label = say!(language, "again-button");
    letter
        .actions(vec![
            Button::new(button::AGAIN, &label, typed.to_owned()).element(),
        ])
        .finish()
}

/// The same of what was said in a channel. Anybody could press a button there, and it would mean another incident to
/// them: so there is none.
pub fn said_before(words: &str, at: Time, language: Language) -> Message {
    let said = say!(
        language,
        "again-said",
        words = quoted(words),
        time = when(at, language)
    );
    Letter::new().section(&said).finish()
}

/// An answer that Slack did not take in the channel where it was asked for.
pub fn elsewhere(answer: Message, channel: &ChannelId, language: Language) -> Message {
    let channel = mrkdwn::channel(channel);
    Letter::new()
        .context(&say!(language, "answer-elsewhere", channel = channel))
        .finish()
        .then(answer)
}

/// The same answer, and that nothing of what the bot has to say is heard, since when, and what helps.
pub fn unheard(answer: Message, code: &str, since: Time, language: Language) -> Message {
    let code = named(&mrkdwn::fit(code, 80));
    let words = say!(
        language,
        "answer-unheard",
        time = when(since, language),
        code = code
    );
    answer.then(Letter::new().section(&words).finish())
}

/// For the same delivery arriving a second time.
pub fn repeat(language: Language) -> Message {
    Letter::new().section(&say!(language, "repeat")).finish()
}

/// A form could not open in time: what to type instead.
pub fn form_did_not_open(kind: FormKind, language: Language) -> Message {
    let example = refusal::example(kind.verb(), language);
    let text = match kind {
        FormKind::EditDraft => say!(language, "form-did-not-open-draft"),
        _ => say!(language, "form-did-not-open", example = example),
    };
    Letter::new().section(&text).finish()
}

/// Nothing was stored.
pub fn not_recorded(language: Language) -> String {
    say!(language, "not-recorded")
}

/// Nothing was stored, because what is there makes no sense to this version.
pub fn unreadable(language: Language) -> String {
    say!(language, "not-recorded-unreadable")
}

/// Nobody knows whether it was stored.
pub fn perhaps_recorded(language: Language) -> String {
    say!(language, "perhaps-recorded")
}

/// Of several things the first was stored, and then the database failed.
pub fn partly_recorded(language: Language) -> String {
    say!(language, "partly-recorded")
}

/// The same for a form, which stays open with what was written in it.
pub fn beside_the_form(submission: &Submission, words: &str) -> Answer {
    let form = FormKind::from_callback(&submission.callback_id);
    match form.and_then(|kind| kind.fields().first()) {
        Some(input) => Answer::Json(refusal::beside(input, words)),
        None => Answer::Empty,
    }
}
