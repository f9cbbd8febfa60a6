//! What happened, said to those at the incident: what, by whom, and what comes next. What calls somebody who does not
//! answer is in `alarm`, the nag in [`mod@super::nag`].

use super::block::{Letter, Message, quoted, shorten};
use super::{
    Ctx, actor, alarm, audience_word, duration, followed, headline, listed, nag, phase, place,
    remedy, role_word, severity_emoji, severity_meaning, severity_name, status, status_emoji,
    typed, when,
};
use crate::clock::Time;
use crate::domain::decide::severity_of;
use crate::domain::draft::{Audience, DraftState};
use crate::domain::effect::Reader;
use crate::domain::event::{Entry, Event, HomeLoss};
use crate::domain::incident::{Actor, Home, Incident, Role, StatusName};
use crate::ids::UserId;
use crate::say;
use crate::slack::mrkdwn;

/// Longest of what a person wrote, as it is shown. Commands take 2,900 characters, and markup makes up to five of one;
/// Slack takes about 13,200 in a message.
const WORDS_CHARS_MAX: usize = 9_000;
/// The same within a line of ours, which is one section.
const LINE_CHARS_MAX: usize = 2_900;

/// The lines of a summary that was not delivered, the newest.
const UNSAID_LINES_MAX: usize = 20;

/// The message that tells `to` of `entry`.
pub fn told(entry: &Entry, incident: &Incident, to: &Reader, ctx: &Ctx) -> Message {
    if let (Event::Nagged { .. }, Reader::Home) = (&entry.event, to)
        && let Some(message) = nag::nag(entry, incident, ctx)
    {
        return message;
    }
    letter(entry, incident, to, ctx).finish()
}

fn letter(entry: &Entry, incident: &Incident, to: &Reader, ctx: &Ctx) -> Letter {
    match (&entry.event, to) {
        (Event::AcknowledgementMissed { due, .. }, Reader::Home) => {
            alarm::unacknowledged_at_home(*due, incident, ctx)
        }
        (Event::AcknowledgementMissed { due, .. }, Reader::Person(_)) => {
            alarm::unacknowledged_to_owner(*due, incident, ctx)
        }
        (
            Event::Climbed {
                cause,
                rung,
                to,
                next,
            },
            reader,
        ) => {
            let climb = alarm::Climb {
                cause: *cause,
                rung: *rung,
                to,
                next: next.as_ref(),
            };
            alarm::climbed(&climb, reader, incident, ctx)
        }
        (
            Event::Undelivered {
                code,
                unsaid,
                summed_up,
                ..
            },
            reader,
        ) => {
            let complaint = complaint(&entry.event, reader, incident, ctx);
            match unsaid {
                // What Slack would not have once it will not have here either.
                _ if remedy::is_our_mistake(code) => complaint,
                Some(unsaid) => {
                    complaint
                        .divider()
                        .append(letter(unsaid, incident, &Reader::Home, ctx))
                }
                None if summed_up.is_empty() => complaint,
                None => {
                    let newest = summed_up.len().saturating_sub(UNSAID_LINES_MAX);
                    let lines = super::reply::whole_lines(&summed_up[newest..], ctx);
                    complaint.divider().sections(&lines)
                }
            }
        }
        (_, Reader::Home) => happened(entry, incident, ctx),
        (_, Reader::Person(_)) => about(incident, ctx).append(happened(entry, incident, ctx)),
    }
}

/// The message that tells everybody at the incident what happened while nothing could be said.
pub fn told_all(entries: &[Entry], incident: &Incident, ctx: &Ctx) -> Message {
    Letter::new()
        .section(&say!(ctx.language, "told-meanwhile"))
        .sections(&super::reply::whole_lines(entries, ctx))
        .context(&next_update(incident, ctx))
        .finish()
}

/// The beginning of a direct message: which incident, and where it is worked on.
pub(super) fn about(incident: &Incident, ctx: &Ctx) -> Letter {
    let channel = mrkdwn::channel(place(incident, ctx));
    let at = match incident.home {
        Home::Channel(_) => say!(ctx.language, "told-place-channel", channel = channel),
        Home::Opening | Home::Thread => {
            say!(ctx.language, "told-place-thread", channel = channel)
        }
    };
    Letter::new().section(&format!("{}\n{at}", headline(incident, ctx)))
}

/// That something did not arrive. Empty for any other event.
fn complaint(event: &Event, to: &Reader, incident: &Incident, ctx: &Ctx) -> Letter {
    let Event::Undelivered {
        what,
        code,
        channel,
        unread,
        ..
    } = event
    else {
        return Letter::new();
    };
    let lost = alarm::Lost {
        what,
        code,
        channel: channel.as_ref(),
        unread: unread.as_deref(),
    };
    alarm::undelivered(&lost, to, incident, ctx)
}

/// Says what happened to everybody at the incident.
fn happened(entry: &Entry, incident: &Incident, ctx: &Ctx) -> Letter {
    let language = ctx.language;
    let who = actor(&entry.by, language);
    let say_with = |line: String, words: Option<&str>| {
        let letter = Letter::new().section(&line);
        match words {
            Some(words) => letter.sections(&quoted(words, WORDS_CHARS_MAX)),
            None => letter,
        }
    };
    match &entry.event {
        Event::Declared {
            long_title,
            owner,
            respond_by,
            ..
        } => {
            let declared = say!(
                language,
                "told-declared",
                who = who,
                id = incident.id.to_string()
            );
            let letter = say_with(declared, long_title.as_deref());
            let letter = match owner {
                Some(owner) => letter.section(&say!(
                    language,
                    "told-please-acknowledge",
                    owner = mrkdwn::user(owner),
                    time = when(*respond_by, language)
                )),
                None => letter,
            };
            letter.context(&say!(language, "told-thread-hint"))
        }
        Event::ChannelRefused { code } => {
            let refused = say!(language, "told-channel-refused");
            say_with(calling(refused, incident), None)
                .context(&remedy::remedy(code, None, incident, ctx))
                .context(&say!(language, "told-thread-hint"))
        }
        Event::HomeLost { why } => {
            let lost = match why {
                HomeLoss::Archived => say!(language, "told-home-archived"),
                HomeLoss::Deleted => say!(language, "told-home-deleted"),
                HomeLoss::Removed => say!(language, "told-home-removed"),
            };
            say_with(calling(lost, incident), None).context(&say!(language, "told-thread-hint"))
        }
        Event::Acknowledged => {
            let acknowledged = say!(
                language,
                "told-acknowledged",
                who = who,
                after = duration(entry.at - incident.declared_at, language)
            );
            say_with(acknowledged, None).context(&next_update(incident, ctx))
        }
        Event::RoleGiven { role, to, from } => {
            role_given(entry, role, to, from.as_ref(), incident, ctx)
        }
        Event::UpdatePosted {
            text,
            next_nag_at,
            promised,
        } => {
            let line = match text {
                Some(_) => say!(language, "told-update", who = who),
                None => say!(language, "told-no-change", who = who),
            };
            let next = match promised {
                true => say!(
                    language,
                    "told-next-promised",
                    time = when(*next_nag_at, language)
                ),
                false => say!(
                    language,
                    "told-next-update",
                    time = when(*next_nag_at, language)
                ),
            };
            let stands = status(incident.status.name(), language);
            let words = text.as_deref();
            say_with(line, words).context(&joined([
                also_acknowledged(entry, incident, ctx),
                Some(stands),
                // An update that came late must not promise what is over.
                incident.is_open().then_some(next),
            ]))
        }
        Event::PhaseChanged { from, to } => {
            let changed = say!(
                language,
                "told-status",
                emoji = status_emoji((*to).into()),
                who = who,
                from = phase(*from, language),
                to = phase(*to, language)
            );
            say_with(changed, None).context(&joined([
                also_acknowledged(entry, incident, ctx),
                Some(next_update(incident, ctx)),
            ]))
        }
        Event::SeverityChanged {
            from,
            to,
            reason,
            next_nag_at,
            ..
        } => {
            let changed = say!(
                language,
                "told-severity",
                emoji = severity_emoji(to, ctx.rules),
                who = who,
                from = severity_name(from, ctx.rules, language),
                to = severity_name(to, ctx.rules, language)
            );
            let rhythm = ctx.rules.severity(to.as_str()).map(|severity| {
                say!(
                    language,
                    "told-rhythm",
                    every = duration(severity.update_every, language),
                    time = when(*next_nag_at, language)
                )
            });
            say_with(changed, reason.as_deref()).context(&joined([
                Some(severity_meaning(to, ctx.rules, language)),
                rhythm,
            ]))
        }
        Event::ImpactSet { text } => say_with(say!(language, "told-impact", who = who), Some(text)),
        Event::EtaSet { text } => say_with(say!(language, "told-eta", who = who), Some(text)),
        Event::ServicesSet { services } => {
            let services = shorten(&listed(services, language), LINE_CHARS_MAX);
            say_with(
                say!(language, "told-services", who = who, services = services),
                None,
            )
        }
        Event::Noted { text } => say_with(say!(language, "told-note", who = who), Some(text)),
        Event::DecisionMade { text } => {
            say_with(say!(language, "told-decision", who = who), Some(text))
        }
        Event::ActionAdded {
            text,
            assignee,
            due,
        } => {
            let action = match assignee {
                Some(user) => say!(
                    language,
                    "told-action-for",
                    who = who,
                    assignee = mrkdwn::user(user)
                ),
                None => say!(language, "told-action", who = who),
            };
            let due = due.map(|due| say!(language, "told-action-due", date = due.to_string()));
            say_with(action, Some(text)).context(&joined([due]))
        }
        Event::Snoozed { from, until, .. } => {
            let snoozed = say!(
                language,
                "told-snoozed",
                who = who,
                until = when(*until, language)
            );
            let was = say!(
                language,
                "told-snoozed-from",
                from = when(*from, language),
                rhythm = duration(severity_of(incident, ctx.rules).update_every, language)
            );
            say_with(snoozed, None).context(&was)
        }
        Event::Resolved { summary } => {
            let resolved = say!(
                language,
                "told-resolved",
                who = who,
                after = duration(entry.at - incident.declared_at, language)
            );
            let letter = say_with(resolved, summary.as_deref());
            // It may have been reopened by the time this is sent.
            match incident.status.name() {
                StatusName::Resolved => letter.context(&after_the_end(incident, ctx)),
                _ => letter,
            }
        }
        Event::Reopened {
            reason,
            next_nag_at,
        } => {
            let reopened = say!(language, "told-reopened", who = who);
            let next = say!(
                language,
                "told-next-update",
                time = when(*next_nag_at, language)
            );
            say_with(reopened, Some(reason)).context(&next)
        }
        Event::Cancelled { reason } => {
            say_with(say!(language, "told-cancelled", who = who), Some(reason))
                .context(&say!(language, "told-cancelled-next"))
        }
        Event::Closed => {
            let closed = say!(
                language,
                "told-closed",
                who = who,
                after = duration(incident.duration(entry.at), language)
            );
            say_with(closed, None).context(&say!(
                language,
                "told-closed-next",
                command = typed("timeline", "", incident, true)
            ))
        }
        Event::DraftPublished {
            number,
            audience,
            channels,
            ..
        } => {
            let channels: Vec<String> = channels.iter().map(mrkdwn::channel).collect();
            let audience = audience_word(*audience, language);
            let line = match channels.as_slice() {
                [] => say!(
                    language,
                    "told-published-nowhere",
                    who = who,
                    audience = audience,
                    number = *number
                ),
                channels => say!(
                    language,
                    "told-published",
                    who = who,
                    audience = audience,
                    number = *number,
                    channels = channels.join(" ")
                ),
            };
            say_with(line, None)
        }
        Event::Pinned { author, text, .. } => {
            let pinned = match author {
                Some(author) => {
                    let author = mrkdwn::user(author);
                    say!(language, "told-pinned", who = who, author = author)
                }
                None => say!(language, "told-pinned-unsigned", who = who),
            };
            say_with(pinned, Some(text))
        }
        Event::PinEdited { text, .. } => say_with(say!(language, "told-pin-edited"), Some(text)),
        other => say_with(recorded(other, incident, ctx), None),
    }
}

/// The same words, calling the owner: nobody is looking at this thread yet.
fn calling(words: String, incident: &Incident) -> String {
    match incident.owner() {
        Some(owner) if incident.is_open() => format!("{} {words}", mrkdwn::user(owner)),
        _ => words,
    }
}

/// What nobody is told of on its own, because a card, a draft or a channel shows it: one line for the record.
fn recorded(event: &Event, incident: &Incident, ctx: &Ctx) -> String {
    let language = ctx.language;
    match event {
        Event::PinRemoved { .. } => say!(language, "told-pin-removed"),
        Event::DraftWritten { number, .. }
        | Event::DraftEdited { number, .. }
        | Event::DraftApproved { number }
        | Event::DraftDiscarded { number }
        | Event::DraftPosted { number, .. }
        | Event::DraftDelivered { number, .. } => {
            say!(language, "told-draft-changed", number = *number)
        }
        _ => say!(
            language,
            "told-changed",
            id = incident.id.to_string(),
            status = status(incident.status.name(), language)
        ),
    }
}

fn role_given(
    entry: &Entry,
    role: &Role,
    to: &UserId,
    from: Option<&UserId>,
    incident: &Incident,
    ctx: &Ctx,
) -> Letter {
    let language = ctx.language;
    let mention = mrkdwn::user(to);
    let themselves = entry.by == Actor::Person(to.clone());
    let who = actor(&entry.by, language);
    let given = match (role, themselves) {
        (Role::Owner, true) => say!(language, "told-owner-took", to = mention.clone()),
        (Role::Owner, false) => say!(
            language,
            "told-owner-given",
            who = who,
            to = mention.clone()
        ),
        (Role::Named(_), true) => say!(
            language,
            "told-role-took",
            to = mention.clone(),
            role = role_word(role, language)
        ),
        (Role::Named(_), false) => say!(
            language,
            "told-role-given",
            who = who,
            to = mention.clone(),
            role = role_word(role, language)
        ),
    };
    let line = match from {
        Some(from) => {
            let before = say!(language, "told-role-before", from = mrkdwn::user(from));
            followed(&given, &before, language)
        }
        None => given,
    };
    let next = match (role, incident.watch()) {
        (Role::Owner, Some(watch)) => match (&incident.acknowledged, watch.respond_by) {
            (None, Some(by)) => Some(say!(
                language,
                "told-please-acknowledge",
                owner = mention,
                time = when(by, language)
            )),
            _ => Some(next_update(incident, ctx)),
        },
        _ => None,
    };
    Letter::new().section(&line).context(&joined([next]))
}

/// When the next status update is due; nothing for an incident that is over.
pub(super) fn next_update(incident: &Incident, ctx: &Ctx) -> String {
    let due: Option<Time> = incident.watch().map(|watch| watch.due);
    match due {
        Some(due) => say!(
            ctx.language,
            "told-next-update",
            time = when(due, ctx.language)
        ),
        None => String::new(),
    }
}

/// Whoever moves an incident or posts its first update as its owner has acknowledged it with that.
fn also_acknowledged(entry: &Entry, incident: &Incident, ctx: &Ctx) -> Option<String> {
    incident
        .acknowledged
        .as_ref()
        .filter(|stamp| stamp.at == entry.at && stamp.by == entry.by)
        .map(|stamp| {
            say!(
                ctx.language,
                "told-also-acknowledged",
                after = duration(stamp.at - incident.declared_at, ctx.language)
            )
        })
}

/// What is left to do once an incident is resolved.
fn after_the_end(incident: &Incident, ctx: &Ctx) -> String {
    let customers_know = incident.drafts.iter().any(|draft| {
        draft.audience == Audience::Customers && matches!(draft.state, DraftState::Published(_))
    });
    let customers = customers_know.then(|| {
        say!(
            ctx.language,
            "told-resolved-customers",
            command = typed("draft", "customers", incident, true)
        )
    });
    joined([
        customers,
        Some(say!(
            ctx.language,
            "told-resolved-next",
            action = typed("action", "…", incident, true)
        )),
    ])
}

/// What there is of `parts`, in one line.
pub(super) fn joined<const N: usize>(parts: [Option<String>; N]) -> String {
    let parts: Vec<String> = parts
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(" · ")
}
