//! What a single value of the file must look like. Each check gets the value with its place and the key's name.

use chrono::{Duration, NaiveDate};
use chrono_tz::Tz;
use toml::Spanned;

use crate::config::{ChannelRef, Listen};
use crate::domain::rules::{Language, OwnerRef};
use crate::domain::schedule::Schedule;
use crate::ids::{ChannelId, GroupId, UserId};

/// Something wrong at a byte of the file.
pub(super) struct Problem {
    pub(super) at: usize,
    pub(super) text: String,
}

/// A nag twice a second would be a flood; Slack takes one message per second and channel.
const DURATION_MIN: Duration = Duration::seconds(1);
/// Longer than a month is a typing error: nobody wants the first reminder of an incident then.
const DURATION_MAX: Duration = Duration::days(31);
/// A severity is typed as one word and shown in a select, whose options take 75 characters.
const SEVERITY_ID_CHARS_MAX: usize = 20;
const SEVERITY_NAME_CHARS_MAX: usize = 50;
/// A select takes 100 options of 75 characters.
const SERVICES_MAX: usize = 100;
const SERVICE_CHARS_MAX: usize = 75;

/// Checks a value that may be left out.
pub(super) fn optional<T, V>(
    written: Option<Spanned<T>>,
    key: &str,
    check: impl FnOnce(&T) -> Result<V, String>,
) -> Result<Option<V>, Problem> {
    written.map(|written| one(&written, key, check)).transpose()
}

fn one<T, V>(
    written: &Spanned<T>,
    key: &str,
    check: impl FnOnce(&T) -> Result<V, String>,
) -> Result<V, Problem> {
    check(written.get_ref()).map_err(|problem| Problem {
        at: written.span().start,
        text: format!("{key} {problem}"),
    })
}

pub(super) fn timezone(text: &String) -> Result<Tz, String> {
    text.parse().map_err(|_| {
        format!("{text:?} is not a time zone; write for example \"Asia/Shanghai\" or \"UTC\"")
    })
}

pub(super) fn language(text: &String) -> Result<Language, String> {
    let known = Language::ALL
        .into_iter()
        .find(|language| language.code() == text);
    known.ok_or_else(|| format!("{text:?} is not spoken here; write \"en\" or \"zh\""))
}

pub(super) fn listen(text: &String) -> Result<Listen, String> {
    match text.as_str() {
        "suggest" => Ok(Listen::Suggest),
        "mention" => Ok(Listen::Mention),
        "off" => Ok(Listen::Off),
        _ => Err(format!(
            "{text:?} is unknown; write \"suggest\", \"mention\" or \"off\""
        )),
    }
}

pub(super) fn approvals(count: &i64) -> Result<u8, String> {
    match count {
        1 => Ok(1),
        2 => Ok(2),
        _ => Err(format!(
            "{count} is not possible; write 1, or 2 for somebody other than the author too"
        )),
    }
}

pub(super) fn duration(text: &String) -> Result<Duration, String> {
    let wrong = |problem: &str| {
        format!("{text:?} {problem}; write for example \"15m\", \"1h 30m\" or \"3s\"")
    };
    let duration = humantime::parse_duration(text)
        .map_err(|error| wrong(&format!("is not a duration ({error})")))?;
    let duration = Duration::from_std(duration).map_err(|_| wrong("is too long"))?;
    if duration < DURATION_MIN {
        return Err(wrong("is shorter than 1s"));
    }
    if duration > DURATION_MAX {
        return Err(wrong("is longer than 31days"));
    }
    Ok(duration)
}

/// A name or an ID. Names are lower case, IDs upper case, so that one look tells them apart.
pub(super) fn channel(text: &String) -> Result<ChannelRef, String> {
    if let Ok(id) = channel_id(text) {
        return Ok(ChannelRef::Id(id));
    }
    let name = text.strip_prefix('#').unwrap_or(text);
    let fits = (1..=80).contains(&name.chars().count());
    if !fits
        || name.contains(|letter: char| {
            letter.is_whitespace() || letter.is_uppercase() || letter == '#'
        })
    {
        return Err(format!(
            "{text:?} is not a channel; write its name in lower case, or its ID (C…)"
        ));
    }
    Ok(ChannelRef::Name(name.to_owned()))
}

pub(super) fn channel_id(text: &String) -> Result<ChannelId, String> {
    if is_id(text, &['C', 'G']) {
        return Ok(ChannelId::new(text));
    }
    Err(format!(
        "{text:?} is not a channel ID (C…); copy it from the end of “View channel details” in Slack"
    ))
}

/// The services in order.
pub(super) fn services(written: Vec<Spanned<String>>) -> Result<Vec<String>, Problem> {
    let mut services: Vec<String> = Vec::new();
    for service in &written {
        let name = one(service, "services", |text: &String| {
            let name = text.trim();
            if name.is_empty() || name.chars().count() > SERVICE_CHARS_MAX {
                return Err(format!(
                    "{text:?} is not a name; write 1 to {SERVICE_CHARS_MAX} characters"
                ));
            }
            if services.iter().any(|other| super::same(other, name)) {
                return Err(format!("{text:?} is there twice; remove one"));
            }
            if services.len() == SERVICES_MAX {
                return Err(format!(
                    "are more than {SERVICES_MAX}, which no form can offer; leave the list out for free text"
                ));
            }
            Ok(name.to_owned())
        })?;
        services.push(name);
    }
    Ok(services)
}

pub(super) fn severity_id(written: &Spanned<String>) -> Result<String, Problem> {
    one(written, "severity.id", |text| {
        let length = text.chars().count();
        if !(1..=SEVERITY_ID_CHARS_MAX).contains(&length) || text.contains(char::is_whitespace) {
            return Err(format!(
                "{text:?} cannot be typed in a command; write one word, at most 20 characters"
            ));
        }
        Ok(text.clone())
    })
}

pub(super) fn severity_name(text: &String) -> Result<String, String> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > SEVERITY_NAME_CHARS_MAX {
        return Err(format!(
            "{text:?} does not fit a form; write 1 to {SEVERITY_NAME_CHARS_MAX} characters"
        ));
    }
    Ok(name.to_owned())
}

pub(super) fn schedule_name(written: &Spanned<String>) -> Result<&str, Problem> {
    one(written, "schedule.name", |text| {
        if text.trim() != text || text.is_empty() {
            return Err(format!(
                "{text:?} is not a name; write one without blanks around it"
            ));
        }
        Ok(())
    })?;
    Ok(written.get_ref())
}

pub(super) fn date(written: &Spanned<toml::Value>, key: &str) -> Result<NaiveDate, Problem> {
    one(written, key, |value| {
        let text = match value {
            toml::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        text.parse()
            .map_err(|_| format!("{text:?} is not a date; write for example 2026-11-20"))
    })
}

pub(super) fn member(written: &Spanned<String>) -> Result<UserId, Problem> {
    one(written, "schedule.members", |text| match owner_ref(text) {
        Some(OwnerRef::User(user)) => Ok(user),
        _ => Err(format!(
            "{text:?} is not a user ID (U… or W…); {WHERE_IDS_ARE}"
        )),
    })
}

/// `U…`, `W…`, `S…` or `schedule:NAME`, which must exist.
pub(super) fn owner(
    written: &Spanned<String>,
    key: &str,
    schedules: &[Schedule],
) -> Result<OwnerRef, Problem> {
    one(written, key, |text| match owner_ref(text) {
        Some(OwnerRef::Schedule(name))
            if schedules.iter().all(|schedule| schedule.name() != name) =>
        {
            let known: Vec<_> = schedules.iter().map(Schedule::name).collect();
            let known = if known.is_empty() {
                "none".to_owned()
            } else {
                known.join(", ")
            };
            Err(format!("{text:?} does not exist; known schedules: {known}"))
        }
        Some(owner) => Ok(owner),
        None => Err(format!(
            "{text:?} is nobody; write a user ID (U…), a usergroup ID (S…) or schedule:NAME; {WHERE_IDS_ARE}"
        )),
    })
}

/// A channel ID or an e-mail address.
pub(super) fn stakeholder(written: &Spanned<String>) -> Result<String, Problem> {
    one(written, "severity.stakeholders", |text| {
        let is_email = text.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty()
                && host.contains('.')
                && !host.contains('@')
                && !text.contains(char::is_whitespace)
        });
        if is_email || channel_id(text).is_ok() {
            return Ok(text.clone());
        }
        Err(format!(
            "{text:?} is neither a channel ID (C…) nor an e-mail address"
        ))
    })
}

const WHERE_IDS_ARE: &str = "a profile's ⋮ menu in Slack has “Copy member ID”";

fn owner_ref(text: &str) -> Option<OwnerRef> {
    if let Some(name) = text.strip_prefix("schedule:") {
        return Some(OwnerRef::Schedule(name.to_owned()));
    }
    if is_id(text, &['U', 'W']) {
        return Some(OwnerRef::User(UserId::new(text)));
    }
    is_id(text, &['S']).then(|| OwnerRef::Group(GroupId::new(text)))
}

/// Slack's IDs: a letter for the kind, then capitals and digits.
fn is_id(text: &str, kinds: &[char]) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|kind| kinds.contains(&kind))
        && text.len() > 1
        && letters.all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit())
}
