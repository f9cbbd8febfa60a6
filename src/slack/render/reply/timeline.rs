//! The timeline as people read it: who did what and when, in the order in which it happened.

use super::super::alarm::stale;
use super::super::block::{Letter, Message, length, named, written};
use super::super::{
    Ctx, actor, audience_word, escalatees, listed, role_word, severity_name, status_word, when,
};
use super::why;
use crate::clock::Time;
use crate::domain::effect::CardPlace;
use crate::domain::event::{Entry, Event, HomeLoss, Refreshed, UNKNOWN_OUTCOME, Undelivered};
use crate::domain::incident::{Actor, Incident};
use crate::domain::moot::Moot;
use crate::domain::rules::Language;
use crate::ids::MessageTs;
use crate::say;
use crate::slack::mrkdwn;

/// How many lines are shown at the most.
const LINES_MAX: usize = 40;
/// How long they may be together. Slack takes about 13,200 characters of blocks in a message, and why they were not
/// delivered stands above them.
const CHARS_MAX: usize = 11_500;
/// How much of what somebody wrote is shown in a line.
const WORDS_CHARS_MAX: usize = 180;
/// Where the words are to be there in full, and where so many lines would be too long.
const WORDS_CHARS: [usize; 3] = [CHARS_MAX, WORDS_CHARS_MAX, 60];

/// One line: when, who, what.
struct Line {
    at: Time,
    who: String,
    what: String,
}

/// The newest part of the timeline, with a word on how much came before.
pub fn timeline(entries: &[Entry], incident: &Incident, ctx: &Ctx) -> Message {
    let language = ctx.language;
    let lines = lines(entries, WORDS_CHARS_MAX, ctx);
    let mut left = CHARS_MAX;
    let fits = |line: &&String| {
        let rest = left.checked_sub(length(line) + 1);
        left = rest.unwrap_or(0);
        rest.is_some()
    };
    let shown = lines.iter().rev().take(LINES_MAX).take_while(fits).count();
    let earlier = lines.len() - shown;
    let mut letter = Letter::new().section(&say!(
        language,
        "timeline-title",
        id = incident.id.to_string(),
        title = named(&incident.title)
    ));
    if earlier > 0 {
        letter = letter.context(&say!(language, "timeline-earlier", count = earlier));
    }
    letter.sections(&lines[earlier..].join("\n")).finish()
}

/// Lines for entries that nobody has been told of, with all that was written, as long as a message holds it.
pub fn whole_lines(entries: &[Entry], ctx: &Ctx) -> String {
    let text = |words_max| lines(entries, words_max, ctx).join("\n");
    let [whole, shorter, shortest] = WORDS_CHARS;
    [whole, shorter]
        .into_iter()
        .map(text)
        .find(|text| length(text) <= CHARS_MAX)
        .unwrap_or_else(|| text(shortest))
}

/// A line for each entry that people read about: when, who, what.
fn lines(entries: &[Entry], words_max: usize, ctx: &Ctx) -> Vec<String> {
    let mut lines: Vec<Line> = entries
        .iter()
        .enumerate()
        .filter_map(|(at, entry)| line(entry, &entries[at + 1..], words_max, ctx))
        .collect();
    // A pinned message belongs to when it was written.
    lines.sort_by_key(|line| line.at);
    lines
        .iter()
        .map(|line| {
            format!(
                "{} · {} {}",
                when(line.at, ctx.language),
                line.who,
                line.what
            )
        })
        .collect()
}

/// The line for an entry, given those that came after it; none for what nobody needs to read.
fn line(entry: &Entry, later: &[Entry], words_max: usize, ctx: &Ctx) -> Option<Line> {
    let language = ctx.language;
    if let Event::Pinned {
        message,
        author,
        text,
        written_at,
    } = &entry.event
    {
        let text = pinned_text(&message.ts, text, later)?;
        return Some(Line {
            at: *written_at,
            who: author
                .as_ref()
                .map_or_else(|| say!(language, "told-somebody"), mrkdwn::user),
            what: say!(
                language,
                "timeline-pinned",
                who = actor(&entry.by, language),
                text = shown(text, words_max)
            ),
        });
    }
    Some(Line {
        at: entry.at,
        who: actor(&entry.by, language),
        what: what(&entry.event, &entry.by, words_max, ctx)?,
    })
}

/// What a pinned message says now; none if it was taken off the timeline or pinned once more.
fn pinned_text<'a>(ts: &MessageTs, text: &'a str, later: &'a [Entry]) -> Option<&'a str> {
    let mut now = text;
    for entry in later {
        match &entry.event {
            Event::PinEdited { ts: of, text } if of == ts => now = text,
            Event::PinRemoved { ts: of, .. } if of == ts => return None,
            Event::Pinned { message, .. } if message.ts == *ts => return None,
            _ => {}
        }
    }
    Some(now)
}

fn shown(text: &str, max_chars: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    written(&line, max_chars)
}

fn what(event: &Event, by: &Actor, words_max: usize, ctx: &Ctx) -> Option<String> {
    let language = ctx.language;
    let shown = |text: &str| shown(text, words_max);
    let status = |phase| status_word(phase, language);
    Some(match event {
        Event::Declared {
            title,
            severity,
            owner,
            ..
        } => {
            let declared = say!(
                language,
                "timeline-declared",
                title = named(title),
                severity = severity_name(severity, ctx.rules, language)
            );
            match owner {
                Some(owner) => format!(
                    "{declared} · {}",
                    say!(language, "timeline-owner", owner = mrkdwn::user(owner))
                ),
                None => declared,
            }
        }
        Event::Acknowledged => say!(language, "timeline-acknowledged"),
        Event::RoleGiven { role, to, .. } => {
            let role = role_word(role, language);
            match by.person() == Some(to) {
                true => say!(language, "timeline-role-took", role = role),
                false => say!(
                    language,
                    "timeline-role-given",
                    role = role,
                    to = mrkdwn::user(to)
                ),
            }
        }
        Event::UpdatePosted {
            text,
            next_nag_at,
            promised,
        } => {
            let posted = match text {
                Some(text) => say!(language, "timeline-update", text = shown(text)),
                None => say!(language, "timeline-no-change"),
            };
            match promised {
                true => format!(
                    "{posted} · {}",
                    say!(
                        language,
                        "told-next-promised",
                        time = when(*next_nag_at, language)
                    )
                ),
                false => posted,
            }
        }
        Event::PhaseChanged { from, to } => say!(
            language,
            "timeline-status",
            from = status((*from).into()),
            to = status((*to).into())
        ),
        Event::SeverityChanged {
            from, to, reason, ..
        } => {
            let changed = say!(
                language,
                "timeline-severity",
                from = severity_name(from, ctx.rules, language),
                to = severity_name(to, ctx.rules, language)
            );
            match reason {
                Some(reason) => format!("{changed} · {}", shown(reason)),
                None => changed,
            }
        }
        Event::ImpactSet { text } => say!(language, "timeline-impact", text = shown(text)),
        Event::EtaSet { text } => say!(language, "timeline-eta", text = shown(text)),
        Event::ServicesSet { services } => say!(
            language,
            "timeline-services",
            services = mrkdwn::fit(&listed(services, language), WORDS_CHARS_MAX.min(words_max))
        ),
        Event::Noted { text } => say!(language, "timeline-note", text = shown(text)),
        Event::DecisionMade { text } => say!(language, "timeline-decision", text = shown(text)),
        Event::ActionAdded {
            text,
            assignee,
            due,
        } => {
            let mut parts = vec![say!(language, "timeline-action", text = shown(text))];
            parts.extend(assignee.as_ref().map(mrkdwn::user));
            parts.extend(due.map(|due| say!(language, "told-action-due", date = due.to_string())));
            parts.join(" · ")
        }
        Event::Snoozed { until, .. } => {
            say!(language, "timeline-snoozed", until = when(*until, language))
        }
        Event::Nagged { number, .. } => say!(language, "timeline-nagged", number = *number),
        Event::AcknowledgementMissed { .. } => say!(language, "timeline-unacknowledged"),
        Event::Climbed { to, .. } if to.is_empty() => say!(language, "timeline-climbed-nobody"),
        Event::Climbed { to, .. } => say!(language, "timeline-climbed", to = escalatees(to)),
        Event::Resolved { summary: None } => say!(language, "timeline-resolved"),
        Event::Resolved {
            summary: Some(text),
        } => say!(language, "timeline-resolved-with", text = shown(text)),
        Event::Reopened { reason, .. } => {
            say!(language, "timeline-reopened", text = shown(reason))
        }
        Event::Cancelled { reason } => say!(language, "timeline-cancelled", text = shown(reason)),
        Event::Closed => say!(language, "timeline-closed"),
        Event::DraftWritten {
            number, audience, ..
        } => say!(
            language,
            "timeline-draft",
            number = *number,
            audience = audience_word(*audience, language)
        ),
        Event::DraftEdited { number, .. } => {
            say!(language, "timeline-draft-edited", number = *number)
        }
        Event::DraftApproved { number } => {
            say!(language, "timeline-draft-approved", number = *number)
        }
        Event::DraftDiscarded { number } => {
            say!(language, "timeline-draft-discarded", number = *number)
        }
        Event::DraftPublished {
            number,
            audience,
            text,
            ..
        } => say!(
            language,
            "timeline-draft-published",
            number = *number,
            audience = audience_word(*audience, language),
            text = shown(text)
        ),
        Event::ChannelCreated { channel } => say!(
            language,
            "timeline-channel",
            channel = mrkdwn::channel(channel)
        ),
        Event::ChannelRefused { code } => {
            say!(language, "timeline-channel-refused", code = quoted(code))
        }
        Event::HomeLost { why } => match why {
            HomeLoss::Archived => say!(language, "timeline-home-archived"),
            HomeLoss::Deleted => say!(language, "timeline-home-deleted"),
            HomeLoss::Removed => say!(language, "timeline-home-removed"),
        },
        Event::Silenced { code } => say!(language, "timeline-silenced", code = quoted(code)),
        Event::Undelivered { what, code, .. } => undelivered(what, code, ctx)?,
        // Told by the lines they belong to, or of no interest to anybody.
        Event::Pinned { .. }
        | Event::PinEdited { .. }
        | Event::PinRemoved { .. }
        | Event::CardPosted { .. }
        | Event::HomeCardPosted { .. }
        | Event::CardLost { .. }
        | Event::NagDelivered { .. }
        | Event::DraftPosted { .. }
        | Event::DraftRewritten { .. }
        | Event::DraftDelivered { .. } => return None,
    })
}

fn quoted(code: &str) -> String {
    named(&mrkdwn::fit(code, 80))
}

/// What may be there, as far as anybody knows.
fn maybe(what: &Undelivered, language: Language) -> Option<String> {
    let why = say!(language, "timeline-slack-silent");
    Some(match what {
        // They are made again until Slack answers.
        Undelivered::Refresh { .. } | Undelivered::Invitation { .. } => return None,
        Undelivered::Card { at } => match at {
            CardPlace::Incidents => say!(language, "timeline-maybe-card", why = why),
            CardPlace::Home => say!(language, "timeline-maybe-home-card", why = why),
        },
        Undelivered::Nag { number } => {
            say!(language, "timeline-maybe-nag", number = *number, why = why)
        }
        Undelivered::DirectMessage { to } => say!(
            language,
            "timeline-maybe-direct",
            to = mrkdwn::user(to),
            why = why
        ),
        Undelivered::Publication { number, channel } => say!(
            language,
            "timeline-maybe-publication",
            number = *number,
            channel = mrkdwn::channel(channel),
            why = why
        ),
        Undelivered::Message {
            draft: Some(number),
        } => say!(
            language,
            "timeline-maybe-draft",
            number = *number,
            why = why
        ),
        Undelivered::Message { draft: None } => {
            say!(language, "timeline-maybe-message", why = why)
        }
    })
}

/// What nobody needed any more when its turn came.
fn held_back(what: &Undelivered, moot: Moot, language: Language) -> Option<String> {
    let why = why::held_back(moot, language);
    Some(match what {
        Undelivered::Nag { number } => {
            say!(language, "timeline-held-back", number = *number, why = why)
        }
        Undelivered::DirectMessage { to } => say!(
            language,
            "timeline-held-back-direct",
            to = mrkdwn::user(to),
            why = why
        ),
        _ => return None,
    })
}

fn undelivered(what: &Undelivered, code: &str, ctx: &Ctx) -> Option<String> {
    let language = ctx.language;
    if let Some(moot) = Moot::of_code(code) {
        return held_back(what, moot, language);
    }
    if code == UNKNOWN_OUTCOME {
        return maybe(what, language);
    }
    let answer = say!(language, "timeline-slack-said", code = quoted(code));
    Some(match what {
        Undelivered::Refresh { of: Refreshed::Pin } => {
            say!(language, "timeline-undelivered-pin", answer = answer)
        }
        Undelivered::Refresh { of } => say!(
            language,
            "timeline-undelivered-refresh",
            what = stale(*of, language),
            answer = answer
        ),
        Undelivered::Card { at } => match at {
            CardPlace::Incidents => say!(language, "timeline-undelivered-card", answer = answer),
            CardPlace::Home => say!(language, "timeline-undelivered-home-card", answer = answer),
        },
        Undelivered::Nag { number } => say!(
            language,
            "timeline-undelivered-nag",
            number = *number,
            answer = answer
        ),
        Undelivered::DirectMessage { to } => say!(
            language,
            "timeline-undelivered-direct",
            to = mrkdwn::user(to),
            answer = answer
        ),
        Undelivered::Publication { number, channel } => say!(
            language,
            "timeline-undelivered-publication",
            number = *number,
            channel = mrkdwn::channel(channel),
            answer = answer
        ),
        Undelivered::Invitation { users } => {
            let users: Vec<String> = users.iter().map(mrkdwn::user).collect();
            say!(
                language,
                "timeline-undelivered-invitation",
                users = users.join(" "),
                answer = answer
            )
        }
        Undelivered::Message {
            draft: Some(number),
        } => say!(
            language,
            "timeline-undelivered-draft",
            number = *number,
            answer = answer
        ),
        Undelivered::Message { draft: None } => {
            say!(language, "timeline-undelivered-message", answer = answer)
        }
    })
}
