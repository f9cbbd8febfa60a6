//! What people may write: known names, some text, and not too much of it.

use chrono::Duration;

use crate::domain::incident::TEXT_CHARS_MAX;
use crate::domain::refusal::Refusal;
use crate::domain::rules::{Directory, Rules, Severity};
use crate::ids::UserId;

/// The longest a nag may be put off, or the next update promised for.
const PUT_OFF_MAX: Duration = Duration::hours(24);

pub(super) fn known_severity<'a>(rules: &'a Rules, typed: &str) -> Result<&'a Severity, Refusal> {
    rules
        .severity(typed)
        .ok_or_else(|| Refusal::UnknownSeverity {
            given: typed.to_owned(),
            known: rules
                .severities
                .iter()
                .map(|severity| severity.id.to_string())
                .collect(),
        })
}

/// The services by their configured spelling; free text where none are configured.
pub(super) fn known_services(rules: &Rules, typed: &[String]) -> Result<Vec<String>, Refusal> {
    let mut services: Vec<String> = vec![];
    for word in typed
        .iter()
        .map(|word| word.trim())
        .filter(|word| !word.is_empty())
    {
        let service = if rules.services.is_empty() {
            word.chars().take(60).collect()
        } else {
            rules
                .services
                .iter()
                .find(|service| service.eq_ignore_ascii_case(word))
                .cloned()
                .ok_or_else(|| Refusal::UnknownService {
                    given: word.to_owned(),
                    known: rules.services.clone(),
                })?
        };
        if !services.contains(&service) {
            services.push(service);
        }
    }
    Ok(services)
}

pub(super) fn still_here(user: &UserId, directory: &Directory) -> Result<UserId, Refusal> {
    if directory.departed.contains(user) {
        return Err(Refusal::PersonLeft { user: user.clone() });
    }
    Ok(user.clone())
}

pub(super) fn some_text(text: &str, verb: &'static str) -> Result<String, Refusal> {
    optional_text(Some(text))?.ok_or(Refusal::EmptyText { verb })
}

pub(super) fn optional_text(text: Option<&str>) -> Result<Option<String>, Refusal> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    check_length(text)?;
    Ok(Some(text.to_owned()))
}

pub(super) fn check_length(text: &str) -> Result<(), Refusal> {
    let chars = text.chars().count();
    if chars > TEXT_CHARS_MAX {
        return Err(Refusal::TooLong {
            chars,
            chars_max: TEXT_CHARS_MAX,
        });
    }
    Ok(())
}

/// A time span as people type one, in the largest unit that is whole.
fn as_typed(span: Duration) -> String {
    let whole_s = span.num_seconds();
    let units = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let (unit_s, unit) = units
        .into_iter()
        .find(|(unit_s, _)| whole_s != 0 && whole_s % unit_s == 0)
        .unwrap_or((1, "s"));
    format!("{}{unit}", whole_s / unit_s)
}

pub(super) fn check_put_off(by: Duration) -> Result<(), Refusal> {
    if by < Duration::seconds(1) || by > PUT_OFF_MAX {
        return Err(Refusal::BadDuration {
            given: as_typed(by),
        });
    }
    Ok(())
}
