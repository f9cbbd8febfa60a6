//! Calls: to an owner who does not answer, to those above them, and to whoever can mend what Slack refused. Each says
//! who did not answer and since when, and what to do.

use super::block::Letter;
use super::told::{about, joined};
use super::{Ctx, audience_word, card, escalatees, nag, place, remedy, silence, typed, when};
use crate::clock::Time;
use crate::domain::draft::Audience;
use crate::domain::effect::{CardPlace, Reader};
use crate::domain::event::{Refreshed, UNKNOWN_OUTCOME, Undelivered};
use crate::domain::incident::{Home, Incident};
use crate::domain::nag::{Cause, Ladder, Rung};
use crate::domain::rules::{Escalatee, Language};
use crate::ids::ChannelId;
use crate::say;
use crate::slack::mrkdwn;

/// One step up from something that nobody answered.
pub(super) struct Climb<'a> {
    pub cause: Cause,
    pub rung: Rung,
    pub to: &'a [Escalatee],
    pub next: Option<&'a Ladder>,
}

pub(super) fn unacknowledged_at_home(due: Time, incident: &Incident, ctx: &Ctx) -> Letter {
    let language = ctx.language;
    let due = when(due, language);
    let line = match incident.owner() {
        Some(owner) => say!(
            language,
            "alarm-unacknowledged",
            owner = mrkdwn::user(owner),
            due = due
        ),
        None => say!(language, "alarm-unacknowledged-unowned", due = due),
    };
    with_acknowledge(Letter::new().section(&line), incident, ctx)
}

pub(super) fn unacknowledged_to_owner(due: Time, incident: &Incident, ctx: &Ctx) -> Letter {
    let language = ctx.language;
    let waits = say!(
        language,
        "alarm-waits-for-you",
        declared = when(incident.declared_at, language),
        due = when(due, language)
    );
    let ladder = incident.watch().and_then(|watch| watch.ladder.as_ref());
    let letter = about(incident, ctx)
        .section(&waits)
        .context(&joined([climbs_at(ladder, ctx)]));
    with_acknowledge(letter, incident, ctx)
}

/// When the next ones are called, if nobody answers.
fn climbs_at(ladder: Option<&Ladder>, ctx: &Ctx) -> Option<String> {
    ladder
        // An alarm that waited for Slack must not announce what is over.
        .filter(|ladder| ladder.next == Rung::Escalation && ladder.next_at > ctx.now)
        .map(|ladder| {
            say!(
                ctx.language,
                "alarm-climbs-at",
                time = when(ladder.next_at, ctx.language)
            )
        })
}

/// The buttons that answer a call; none when it was answered while the message was on its way.
fn with_acknowledge(letter: Letter, incident: &Incident, ctx: &Ctx) -> Letter {
    if !incident.is_open() {
        return letter;
    }
    let mut row = vec![];
    if incident.acknowledged.is_none() {
        row.push(card::acknowledge_button(incident, ctx));
    }
    row.push(card::assign_button(incident, ctx));
    letter.actions(row)
}

pub(super) fn climbed(climb: &Climb, to: &Reader, incident: &Incident, ctx: &Ctx) -> Letter {
    match (climb.rung, to) {
        (Rung::Owner, _) => owner_called(climb, incident, ctx),
        (Rung::Escalation, Reader::Home) => {
            let call = say!(
                ctx.language,
                "alarm-escalation",
                called = escalatees(climb.to),
                why = unanswered(climb.cause, incident, ctx)
            );
            let take = say!(
                ctx.language,
                "alarm-take",
                command = typed("take", "", incident, true)
            );
            with_acknowledge(Letter::new().section(&call).context(&take), incident, ctx)
        }
        (Rung::Escalation, Reader::Person(_)) => {
            let call = say!(
                ctx.language,
                "alarm-escalation-direct",
                why = unanswered(climb.cause, incident, ctx)
            );
            let take = say!(
                ctx.language,
                "alarm-take",
                command = typed("take", "", incident, false)
            );
            with_acknowledge(
                about(incident, ctx).section(&call).context(&take),
                incident,
                ctx,
            )
        }
    }
}

fn owner_called(climb: &Climb, incident: &Incident, ctx: &Ctx) -> Letter {
    let language = ctx.language;
    let letter = about(incident, ctx);
    let next = joined([climbs_at(climb.next, ctx)]);
    match climb.cause {
        Cause::Nag(number) => {
            let quiet = (ctx.now - nag::quiet_since(incident)).num_seconds();
            let quiet = silence(quiet, language);
            let asked = match nagged_at(number, incident) {
                Some(at) => say!(
                    language,
                    "alarm-owner-asked",
                    asked = when(at, language),
                    quiet = quiet
                ),
                None => say!(language, "alarm-owner-asked-before", quiet = quiet),
            };
            let letter = letter.section(&asked).context(&next);
            match incident.is_open() {
                true => letter.actions(nag::buttons(number, incident, ctx)),
                false => letter,
            }
        }
        Cause::Acknowledgement => {
            let waits = say!(
                language,
                "alarm-owner-acknowledge",
                declared = when(incident.declared_at, language)
            );
            with_acknowledge(letter.section(&waits).context(&next), incident, ctx)
        }
    }
}

/// When the nag with this number went out; not known once a newer one has taken its place.
fn nagged_at(number: u32, incident: &Incident) -> Option<Time> {
    incident
        .last_nag
        .as_ref()
        .filter(|nag| nag.number == number)
        .map(|nag| nag.nagged_at)
}

/// Who did not answer what, and since when.
fn unanswered(cause: Cause, incident: &Incident, ctx: &Ctx) -> String {
    let language = ctx.language;
    match (cause, incident.owner()) {
        (Cause::Nag(number), Some(owner)) => {
            let owner = mrkdwn::user(owner);
            let updated = when(nag::quiet_since(incident), language);
            match nagged_at(number, incident) {
                Some(at) => say!(
                    language,
                    "alarm-nag-unanswered",
                    owner = owner,
                    asked = when(at, language),
                    updated = updated
                ),
                None => say!(
                    language,
                    "alarm-nag-unanswered-before",
                    owner = owner,
                    updated = updated
                ),
            }
        }
        (Cause::Nag(_), None) => say!(
            language,
            "alarm-nag-unowned",
            updated = when(nag::quiet_since(incident), language)
        ),
        (Cause::Acknowledgement, Some(owner)) => say!(
            language,
            "alarm-call-unanswered",
            owner = mrkdwn::user(owner),
            declared = when(incident.declared_at, language)
        ),
        (Cause::Acknowledgement, None) => say!(
            language,
            "alarm-call-unowned",
            declared = when(incident.declared_at, language)
        ),
    }
}

/// That a draft did not, or may not have, reached its readers.
fn unpublished(
    number: u32,
    channel: &ChannelId,
    maybe: bool,
    incident: &Incident,
    language: Language,
) -> String {
    let channel = mrkdwn::channel(channel);
    let audience = incident
        .draft(number)
        .map(|draft| audience_word(draft.audience, language));
    match (audience, maybe) {
        (Some(audience), false) => say!(
            language,
            "undelivered-publication",
            number = number,
            audience = audience,
            channel = channel
        ),
        (Some(audience), true) => say!(
            language,
            "undelivered-maybe-publication",
            number = number,
            audience = audience,
            channel = channel
        ),
        (None, false) => say!(
            language,
            "undelivered-old-publication",
            number = number,
            channel = channel
        ),
        (None, true) => say!(
            language,
            "undelivered-maybe-old-publication",
            number = number,
            channel = channel
        ),
    }
}

fn unposted(
    number: u32,
    channel: &str,
    maybe: bool,
    incident: &Incident,
    language: Language,
) -> String {
    let audience = incident.draft(number).map(|draft| draft.audience);
    let audience = audience.unwrap_or(Audience::Stakeholders);
    let command = typed("draft", audience.code(), incident, false);
    match maybe {
        true => say!(
            language,
            "undelivered-maybe-draft",
            number = number,
            channel = channel,
            command = command
        ),
        false => say!(
            language,
            "undelivered-draft",
            number = number,
            channel = channel,
            command = command
        ),
    }
}

/// What shows what is no longer true, as it is called in a sentence.
pub(super) fn stale(of: Refreshed, language: Language) -> String {
    match of {
        Refreshed::Card | Refreshed::Pin => say!(language, "stale-card"),
        Refreshed::HomeCard => say!(language, "stale-home-card"),
        Refreshed::Topic => say!(language, "stale-topic"),
        Refreshed::Message => say!(language, "stale-message"),
    }
}

/// What did not arrive, and why, as in [`Event::Undelivered`](crate::domain::event::Event::Undelivered).
pub(super) struct Lost<'a> {
    pub(super) what: &'a Undelivered,
    pub(super) code: &'a str,
    pub(super) channel: Option<&'a ChannelId>,
    pub(super) unread: Option<&'a str>,
}

pub(super) fn undelivered(lost: &Lost, to: &Reader, incident: &Incident, ctx: &Ctx) -> Letter {
    let language = ctx.language;
    let &Lost { what, code, .. } = lost;
    let at_home = lost.channel.unwrap_or(place(incident, ctx));
    let home = mrkdwn::channel(at_home);
    // What may be there is not said to be missing: whoever reads that would say it twice.
    let maybe = code == UNKNOWN_OUTCOME;
    let (line, channel) = match what {
        Undelivered::Card { at } => {
            let place = match at {
                CardPlace::Incidents => lost.channel.unwrap_or(ctx.incidents_channel),
                CardPlace::Home => at_home,
            };
            let channel = mrkdwn::channel(place);
            let line = match maybe {
                true => say!(language, "undelivered-maybe-card", channel = channel),
                false => say!(language, "undelivered-card", channel = channel),
            };
            (line, Some(place))
        }
        Undelivered::Nag { .. } => (
            match maybe {
                true => say!(language, "undelivered-maybe-nag", channel = home),
                false => say!(language, "undelivered-nag", channel = home),
            },
            Some(at_home),
        ),
        Undelivered::Message {
            draft: Some(number),
        } => (
            unposted(*number, &home, maybe, incident, language),
            Some(at_home),
        ),
        Undelivered::Refresh { of: Refreshed::Pin } => (
            say!(language, "undelivered-pin", channel = home),
            Some(at_home),
        ),
        Undelivered::Refresh { of } => {
            let place = match of {
                Refreshed::Card => ctx.incidents_channel,
                _ => at_home,
            };
            let line = say!(
                language,
                "undelivered-refresh",
                what = stale(*of, language),
                channel = mrkdwn::channel(place),
                command = format!("`/incident show {}`", incident.id)
            );
            (line, Some(place))
        }
        Undelivered::Message { draft: None } => (
            match maybe {
                true => say!(language, "undelivered-maybe-message", channel = home),
                false => say!(language, "undelivered-message", channel = home),
            },
            Some(at_home),
        ),
        Undelivered::DirectMessage { to } => {
            let to = mrkdwn::user(to);
            let line = match maybe {
                true => say!(language, "undelivered-maybe-direct", to = to),
                false => say!(language, "undelivered-direct", to = to),
            };
            (line, None)
        }
        Undelivered::Publication { number, channel } => (
            unpublished(*number, channel, maybe, incident, language),
            Some(channel),
        ),
        Undelivered::Invitation { users } => {
            let users: Vec<String> = users.iter().map(mrkdwn::user).collect();
            (
                say!(language, "undelivered-invitation", users = users.join(" ")),
                lost.channel.or(match &incident.home {
                    Home::Channel(channel) => Some(channel),
                    Home::Opening | Home::Thread => None,
                }),
            )
        }
    };
    let letter = match to {
        Reader::Home => Letter::new(),
        Reader::Person(_) => about(incident, ctx),
    };
    let letter = letter.section(&line);
    let letter = match what {
        // The line says all that there is to do.
        Undelivered::Card { .. }
        | Undelivered::Nag { .. }
        | Undelivered::DirectMessage { .. }
        | Undelivered::Message { draft: Some(_) }
            if maybe =>
        {
            letter
        }
        _ => letter.section(&remedy::remedy(code, channel, incident, ctx)),
    };
    match lost.unread {
        Some(code) => letter.section(&remedy::unread(code, lost.channel, incident, ctx)),
        None => letter,
    }
}
