//! The words of a draft, from templates that a team may override. Pure: whoever reads files hands their text in.
//!
//! A template sees [`DraftFacts`] and nothing else, so a draft cannot state what the incident does not know. Undefined
//! names are errors, and every override is rendered with every sample at load, so a broken one stops the start and
//! not an incident.

mod lint;
mod sample;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use chrono::DateTime;
use chrono_tz::Tz;
use minijinja::value::Serde;
use minijinja::{Environment, Error, ErrorKind, State, UndefinedBehavior};
use serde::{Deserialize, Serialize};

pub use self::lint::{CHARS_MAX, Field, LintFinding, lint};
use super::rules::Language;
use crate::clock::Time;
use crate::ids::{IncidentId, SeverityId};

/// Whom a draft is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Inside: may read severities, identifiers and updates as they were written.
    Stakeholders,
    /// Outside: fixed words in a fixed order, and nothing internal.
    Customers,
}

impl Audience {
    /// Every audience there is.
    pub const ALL: [Self; 2] = [Self::Stakeholders, Self::Customers];

    /// `stakeholders` or `customers`: as typed in a command and as stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Stakeholders => "stakeholders",
            Self::Customers => "customers",
        }
    }
}

/// What a template may say: the incident as it is known at the moment of drafting. Texts are as people typed them,
/// unescaped; whoever posts the draft escapes it as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftFacts {
    pub id: IncidentId,
    pub title: String,
    pub severity_id: SeverityId,
    pub severity_name: String,
    pub severity_meaning: String,
    /// Empty: not known which.
    pub services: Vec<String>,
    /// One of [`STATUSES`].
    pub status: String,
    pub impact: Option<String>,
    /// In the words of whoever set it.
    pub eta: Option<String>,
    /// Status updates since the last draft for this audience was published, oldest first.
    pub updates: Vec<FactUpdate>,
    /// The latest status update of all, whether or not it was drafted before.
    pub latest_update: Option<FactUpdate>,
    pub declared_at: Time,
    /// Known exactly when the incident is resolved or closed.
    pub resolved_at: Option<Time>,
    /// What may be promised; `None`: nothing.
    pub next_update_at: Option<Time>,
    /// For every time in the draft.
    pub timezone: Tz,
    /// Drafts published to this audience before; 0: this is the first.
    pub drafts_before: usize,
    /// What the owner wrote on resolving.
    pub summary: Option<String>,
}

/// A status update that somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactUpdate {
    pub at: Time,
    pub text: String,
}

/// Every status that a draft can meet, with its words in English and Chinese.
pub const STATUSES: [(&str, &str, &str); 8] = [
    ("declared", "declared", "已上报"),
    ("investigating", "investigating", "排查中"),
    ("identified", "cause identified", "原因已查明"),
    ("monitoring", "monitoring the recovery", "恢复观察中"),
    ("resolved", "resolved", "已解决"),
    ("closed", "closed", "已关闭"),
    ("cancelled", "cancelled", "已取消"),
    ("merged", "merged into another incident", "已合并至其他事故"),
];

/// The four defaults, by the file name that overrides each.
const DEFAULTS: [(&str, &str); 4] = [
    (
        "stakeholders.en.md.j2",
        include_str!("../../templates/stakeholders.en.md.j2"),
    ),
    (
        "stakeholders.zh.md.j2",
        include_str!("../../templates/stakeholders.zh.md.j2"),
    ),
    (
        "customers.en.md.j2",
        include_str!("../../templates/customers.en.md.j2"),
    ),
    (
        "customers.zh.md.j2",
        include_str!("../../templates/customers.zh.md.j2"),
    ),
];

/// What tells a template from other files in the folder of overrides.
pub const SUFFIX: &str = ".md.j2";

/// The templates in force. Cheap to clone.
#[derive(Clone)]
pub struct Templates {
    environment: Arc<Environment<'static>>,
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The environment lists them in any order; two equal sets of rules should look equal.
        let names: std::collections::BTreeSet<_> =
            self.environment.templates().map(|(name, _)| name).collect();
        f.debug_set().entries(names).finish()
    }
}

/// An override that cannot be used. For whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}:{line}: {reason}")]
pub struct TemplateError {
    /// The file's name within the folder.
    pub name: String,
    /// Counts from 1.
    pub line: usize,
    pub reason: String,
}

/// Every use of the default rules clones it: to read the embedded templates and try their samples takes milliseconds.
static EMBEDDED: LazyLock<Templates> = LazyLock::new(|| {
    Templates::with_overrides(&BTreeMap::new()).expect("a test renders every embedded template")
});

impl Default for Templates {
    fn default() -> Self {
        EMBEDDED.clone()
    }
}

impl Templates {
    /// The embedded templates, with those replaced that `overrides` names (`customers.en.md.j2` and so on, by file
    /// name). A replaced one stays within reach: `{% include "default/customers.en.md.j2" %}`.
    ///
    /// # Errors
    /// When an override has an unknown name, does not parse, or does not render for any of the samples.
    pub fn with_overrides(overrides: &BTreeMap<String, String>) -> Result<Self, TemplateError> {
        if let Some(name) = overrides
            .keys()
            .find(|name| DEFAULTS.iter().all(|(known, _)| known != name))
        {
            let known = DEFAULTS.map(|(name, _)| name).join(", ");
            let reason = format!("no draft has this name; name the file one of {known}");
            return Err(TemplateError {
                name: name.clone(),
                line: 1,
                reason,
            });
        }
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        // Errors then know which expression they are about.
        environment.set_debug(true);
        environment.add_filter("when", when);
        environment.add_filter("clock", clock);
        environment.add_filter("status", status_words);
        for (name, text) in DEFAULTS {
            let in_force = overrides.get(name).map_or(text, String::as_str).to_owned();
            for (name, text) in [
                (format!("default/{name}"), text.to_owned()),
                (name.to_owned(), in_force),
            ] {
                environment
                    .add_template_owned(name.clone(), text)
                    .map_err(|error| complaint(&name, &error))?;
            }
        }
        let templates = Self {
            environment: Arc::new(environment),
        };
        templates.try_samples()?;
        Ok(templates)
    }

    /// The draft's text: light `*bold*`, unescaped, without blank lines at either end.
    ///
    /// # Errors
    /// When the template asks for something that the facts do not have: file name, line and reason. Overrides were
    /// tried with every sample at load, so this takes an unusual one.
    pub fn render(
        &self,
        audience: Audience,
        language: Language,
        facts: &DraftFacts,
    ) -> Result<String, String> {
        let name = format!("{}.{}{SUFFIX}", audience.code(), language.code());
        self.render_named(&name, language, facts)
            .map_err(|error| complaint(&name, &error).to_string())
    }

    fn render_named(
        &self,
        name: &str,
        language: Language,
        facts: &DraftFacts,
    ) -> Result<String, Error> {
        let context = Context { facts, language };
        let text = self
            .environment
            .get_template(name)?
            .render(Serde(context))?;
        Ok(text.trim().to_owned())
    }

    fn try_samples(&self) -> Result<(), TemplateError> {
        let samples = sample::all();
        for language in Language::ALL {
            for audience in Audience::ALL {
                let name = format!("{}.{}{SUFFIX}", audience.code(), language.code());
                for facts in &samples {
                    let text = self
                        .render_named(&name, language, facts)
                        .map_err(|error| complaint(&name, &error))?;
                    if text.is_empty() {
                        let reason =
                            format!("says nothing about an incident that is {}", facts.status);
                        return Err(TemplateError {
                            name,
                            line: 1,
                            reason,
                        });
                    }
                }
            }
        }
        Ok(())
    }
}

/// The facts, and the language for the filters.
#[derive(Serialize)]
struct Context<'a> {
    #[serde(flatten)]
    facts: &'a DraftFacts,
    language: Language,
}

fn complaint(name: &str, error: &Error) -> TemplateError {
    let expression = error
        .range()
        .and_then(|range| error.template_source()?.get(range));
    let mut reason = error.kind().to_string();
    if let Some(part) = error.detail().or(expression) {
        reason.push_str(": ");
        reason.push_str(&part.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    let name = error.name().unwrap_or(name).to_owned();
    TemplateError {
        name,
        line: error.line().unwrap_or(1),
        reason,
    }
}

/// `2026-11-20 10:15 UTC`, `2026-11-20 18:15 (Asia/Shanghai)`, `2026年11月20日 18:15（北京时间）`.
fn when(state: &State, time: &str) -> Result<String, Error> {
    let moment = Moment::read(state, time)?;
    let date = match moment.language {
        Language::En => moment.at.format("%Y-%m-%d"),
        Language::Zh => moment.at.format("%Y年%-m月%-d日"),
    };
    Ok(format!(
        "{date} {}{}",
        moment.at.format("%H:%M"),
        moment.zone()
    ))
}

/// `10:15` on the day of the declaration, `11-21 10:15` on any other.
fn clock(state: &State, time: &str) -> Result<String, Error> {
    let moment = Moment::read(state, time)?;
    let declared = state
        .lookup("declared_at")
        .map(|value| value.to_string())
        .unwrap_or_default();
    let same_day = Moment::read(state, &declared)?.at.date_naive() == moment.at.date_naive();
    let format = match (same_day, moment.language) {
        (true, _) => "%H:%M",
        (false, Language::En) => "%m-%d %H:%M",
        (false, Language::Zh) => "%-m月%-d日 %H:%M",
    };
    Ok(moment.at.format(format).to_string())
}

fn status_words(state: &State, status: &str) -> Result<String, Error> {
    let language = language(state);
    let words = STATUSES
        .iter()
        .find(|(id, ..)| *id == status)
        .map(|(_, english, chinese)| match language {
            Language::En => *english,
            Language::Zh => *chinese,
        });
    words
        .map(str::to_owned)
        .ok_or_else(|| invalid(format!("{status:?} is not a status")))
}

/// A time as the draft's readers know it.
struct Moment {
    at: DateTime<Tz>,
    language: Language,
}

impl Moment {
    fn read(state: &State, time: &str) -> Result<Self, Error> {
        let at = DateTime::parse_from_rfc3339(time)
            .map_err(|_| invalid(format!("{time:?} is not a time")))?;
        let zone = state
            .lookup("timezone")
            .map(|value| value.to_string())
            .unwrap_or_default();
        let zone: Tz = zone
            .parse()
            .map_err(|_| invalid(format!("{zone:?} is not a time zone")))?;
        Ok(Self {
            at: at.with_timezone(&zone),
            language: language(state),
        })
    }

    fn zone(&self) -> String {
        let zone = self.at.timezone();
        match (self.language, zone) {
            (Language::En, Tz::UTC) => " UTC".to_owned(),
            (Language::En, zone) => format!(" ({zone})"),
            // Nobody in China says `Asia/Shanghai`.
            (Language::Zh, Tz::Asia__Shanghai) => "（北京时间）".to_owned(),
            (Language::Zh, zone) => format!("（{zone}）"),
        }
    }
}

fn language(state: &State) -> Language {
    let code = state
        .lookup("language")
        .map(|value| value.to_string())
        .unwrap_or_default();
    Language::of_locale(&code).unwrap_or_default()
}

fn invalid(detail: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, detail)
}

#[cfg(test)]
mod tests;
