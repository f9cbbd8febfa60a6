//! From what happened to what people read. Pure: an incident, an event and the reader's language make a message, and
//! the same ones always make the same. The sentences are in `locales/`; Slack's limits are kept in [`block`].

mod alarm;
pub mod block;
pub mod button;
pub mod card;
pub mod draft;
pub mod form;
pub mod nag;
pub mod refusal;
mod remedy;
pub mod reply;
pub mod report;
pub mod told;
pub mod topic;

use chrono::Duration;

pub use block::Message;
pub use card::card;
pub use draft::{draft, finding, published};
pub use nag::{nag, nag_answered};
pub use remedy::is_our_mistake;
pub use report::{report_declared, report_dismissed, report_offer};
pub use told::{told, told_all};
pub use topic::topic;

use block::named;

use crate::clock::Time;
use crate::domain::draft::Audience;
use crate::domain::incident::{Actor, Home, Incident, Phase, Role, StatusName};
use crate::domain::rules::{Escalatee, Language, Rules, Severity, default_severities};
use crate::ids::{ChannelId, SeverityId};
use crate::say;
use crate::slack::mrkdwn;

/// What a message is made from besides the incident.
#[derive(Clone, Copy)]
pub struct Ctx<'a> {
    /// The reader's; a channel's is [`Rules::language`].
    pub language: Language,
    pub rules: &'a Rules,
    pub now: Time,
    /// Where the cards are, and the threads of incidents without a channel.
    pub incidents_channel: &'a ChannelId,
}

/// Who acts: a mention, or the bot's name.
pub fn actor(actor: &Actor, _language: Language) -> String {
    match actor {
        Actor::Person(user) => mrkdwn::user(user),
        // A name is the same in every language.
        Actor::Balefire => "Balefire".to_owned(),
    }
}

/// A length of time in words, to two units: `35 min`, `2 h 05 min`. One that lies in the future counts as none.
pub fn duration(duration: Duration, language: Language) -> String {
    let seconds = duration.num_seconds().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    if minutes == 0 {
        return say!(language, "duration-seconds", seconds = seconds);
    }
    if hours == 0 {
        return say!(language, "duration-minutes", minutes = minutes);
    }
    if days < 2 {
        let minutes = minutes % 60;
        if minutes == 0 {
            return say!(language, "duration-hours", hours = hours);
        }
        // Figures of equal width are easier to compare; Chinese does not pad them.
        let padded = match language {
            Language::En => format!("{minutes:02}"),
            Language::Zh => minutes.to_string(),
        };
        return say!(
            language,
            "duration-hours-minutes",
            hours = hours,
            minutes = padded
        );
    }
    match hours % 24 {
        0 => say!(language, "duration-days", days = days),
        hours => say!(language, "duration-days-hours", days = days, hours = hours),
    }
}

/// A silence, as one says it aloud: `135 minutes`. Beyond three hours nobody counts in minutes.
pub fn silence(seconds: i64, language: Language) -> String {
    match seconds.max(0) {
        seconds @ ..60 => say!(language, "silence-seconds", seconds = seconds),
        seconds @ 60..=10_859 => say!(language, "silence-minutes", minutes = seconds / 60),
        seconds => duration(Duration::seconds(seconds), language),
    }
}

/// A point in time, in the reader's own time zone: `today at 10:45`.
pub fn when(time: Time, language: Language) -> String {
    let format = match language {
        Language::En => "{date_short_pretty} at {time}",
        Language::Zh => "{date_short_pretty} {time}",
    };
    mrkdwn::date(time, format)
}

/// [`when`], and how long ago that is for whoever looks at it later: `today at 10:45 (35 minutes ago)`.
pub fn since(time: Time, language: Language) -> String {
    let format = match language {
        Language::En => "{date_short_pretty} at {time} ({ago})",
        Language::Zh => "{date_short_pretty} {time}（{ago}）",
    };
    mrkdwn::date(time, format)
}

/// The word for a status.
pub fn status_word(status: StatusName, language: Language) -> String {
    match status {
        StatusName::Declared => say!(language, "status-declared"),
        StatusName::Investigating => say!(language, "status-investigating"),
        StatusName::Identified => say!(language, "status-identified"),
        StatusName::Monitoring => say!(language, "status-monitoring"),
        StatusName::Resolved => say!(language, "status-resolved"),
        StatusName::Closed => say!(language, "status-closed"),
        StatusName::Cancelled => say!(language, "status-cancelled"),
    }
}

/// The sign for a status.
pub fn status_emoji(status: StatusName) -> &'static str {
    match status {
        StatusName::Declared => "🆕",
        StatusName::Investigating => "🔎",
        StatusName::Identified => "🎯",
        StatusName::Monitoring => "👀",
        StatusName::Resolved => "✅",
        StatusName::Closed => "🏁",
        StatusName::Cancelled => "⛔",
    }
}

/// Sign and word: `🔎 Investigating`.
pub fn status(status: StatusName, language: Language) -> String {
    format!("{} {}", status_emoji(status), status_word(status, language))
}

fn phase(of: Phase, language: Language) -> String {
    status_word(of.into(), language)
}

/// The sign for a severity: the worst configured one is red. One that is no longer configured is watched like the
/// worst, so it looks like it too.
pub fn severity_emoji(severity: &SeverityId, rules: &Rules) -> &'static str {
    let known = rules.severity(severity.as_str());
    let rank = known.and_then(|known| {
        let mut all = rules.severities.iter();
        all.position(|severity| severity.id == known.id)
    });
    match rank {
        None | Some(0) => "🔴",
        Some(1) => "🟠",
        Some(2) => "🟡",
        Some(3) => "🔵",
        Some(_) => "⚪",
    }
}

/// A severity's id and name: `P0 Critical`.
pub fn severity_name(severity: &SeverityId, rules: &Rules, language: Language) -> String {
    let id = named(severity.as_str());
    match rules.severity(severity.as_str()) {
        Some(known) => format!("{id} {}", named(&severity_words(known, language).0)),
        None => id,
    }
}

/// What a severity means: `The system is down`. Empty when nobody has said.
pub fn severity_meaning(severity: &SeverityId, rules: &Rules, language: Language) -> String {
    rules
        .severity(severity.as_str())
        .map(|known| named(&mrkdwn::fit(&severity_words(known, language).1, 200)))
        .unwrap_or_default()
}

/// A severity's id, name and meaning: `P0 Critical — The system is down`.
pub fn severity_whole(severity: &SeverityId, rules: &Rules, language: Language) -> String {
    let name = severity_name(severity, rules, language);
    match severity_meaning(severity, rules, language) {
        meaning if meaning.is_empty() => name,
        meaning => format!("{name} — {meaning}"),
    }
}

/// A severity's name and meaning, as people wrote them. Those that nobody wrote are said in the reader's language.
pub fn severity_words(severity: &Severity, language: Language) -> (String, String) {
    let default = default_severities().into_iter().find(|default| {
        (&default.id, &default.name, &default.meaning)
            == (&severity.id, &severity.name, &severity.meaning)
    });
    match default.as_ref().map(|default| default.id.as_str()) {
        Some("P0") => (
            say!(language, "severity-critical"),
            say!(language, "severity-critical-meaning"),
        ),
        Some("P1") => (
            say!(language, "severity-high"),
            say!(language, "severity-high-meaning"),
        ),
        Some("P2") => (
            say!(language, "severity-medium"),
            say!(language, "severity-medium-meaning"),
        ),
        Some("P3") => (
            say!(language, "severity-low"),
            say!(language, "severity-low-meaning"),
        ),
        _ => (severity.name.clone(), severity.meaning.clone()),
    }
}

/// `stakeholders` or `customers`, as it stands in a sentence.
pub fn audience_word(audience: Audience, language: Language) -> String {
    match audience {
        Audience::Stakeholders => say!(language, "audience-stakeholders"),
        Audience::Customers => say!(language, "audience-customers"),
    }
}

/// A role's name, as it stands in a sentence.
pub fn role_word(role: &Role, language: Language) -> String {
    match role {
        Role::Owner => say!(language, "role-owner"),
        Role::Named(name) => named(name),
    }
}

/// Those who are called, each so that Slack tells them.
fn escalatees(called: &[Escalatee]) -> String {
    let mentions: Vec<String> = called
        .iter()
        .map(|who| match who {
            Escalatee::User(user) => mrkdwn::user(user),
            Escalatee::Group(group) => mrkdwn::group(group),
        })
        .collect();
    mentions.join(" ")
}

/// One sentence after another: Chinese puts no space between them.
fn followed(first: &str, then: &str, language: Language) -> String {
    match language {
        Language::En => format!("{first} {then}"),
        Language::Zh => format!("{first}{then}"),
    }
}

/// Names that people gave, one after the other.
fn listed(names: &[String], language: Language) -> String {
    let names: Vec<String> = names.iter().map(|name| named(name)).collect();
    joined(&names, language)
}

fn joined(words: &[String], language: Language) -> String {
    words.join(match language {
        Language::En => ", ",
        Language::Zh => "、",
    })
}

/// One line that says which incident is meant, for readers who are not in its channel.
fn headline(incident: &Incident, ctx: &Ctx) -> String {
    format!(
        "{} *{} · {} · {}*",
        sign(incident, ctx),
        incident.id,
        named(incident.severity.as_str()),
        named(&incident.title)
    )
}

/// Red for something that burns, and no colour of fire for what is over.
fn sign(incident: &Incident, ctx: &Ctx) -> &'static str {
    if incident.is_open() {
        severity_emoji(&incident.severity, ctx.rules)
    } else {
        status_emoji(incident.status.name())
    }
}

/// The channel in which an incident is worked on.
fn place<'a>(incident: &'a Incident, ctx: &Ctx<'a>) -> &'a ChannelId {
    match &incident.home {
        Home::Channel(channel) => channel,
        Home::Opening | Home::Thread => ctx.incidents_channel,
    }
}

/// A command as it is to be typed to reach this incident. In its own channel the incident is understood; a thread
/// takes no commands, so there it is typed elsewhere and names the incident.
fn typed(verb: &str, rest: &str, incident: &Incident, at_home: bool) -> String {
    let id = match (&incident.home, at_home) {
        (Home::Channel(_), true) => String::new(),
        _ => format!(" {}", incident.id),
    };
    let rest = if rest.is_empty() {
        String::new()
    } else {
        format!(" {rest}")
    };
    format!("`/incident {verb}{id}{rest}`")
}
