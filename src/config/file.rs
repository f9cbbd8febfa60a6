//! `balefire.toml`: its shape, its defaults, and what makes a line wrong.

mod check;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use self::check::Problem;
use super::{ConfigError, Listen, Settings};
use crate::domain::draft_template::{SUFFIX, Templates};
use crate::domain::rules::{
    Customers, OwnerRef, OwnerRule, Rules, Severity, UPDATE_EVERY, default_severities,
};
use crate::domain::schedule::{DEFAULT_START, Schedule, ScheduleError};
use crate::ids::SeverityId;

/// Template texts by file name, as found in a folder.
pub type Overrides = BTreeMap<String, String>;

/// The whole file, as written. `Spanned` remembers where a value stands, so that a complaint can name its line.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    language: Option<Spanned<String>>,
    timezone: Option<Spanned<String>>,
    services: Vec<Spanned<String>>,
    slack: SlackTable,
    severity: Option<Spanned<Vec<Spanned<SeverityTable>>>>,
    customers: CustomersTable,
    nag: NagTable,
    owner_rule: Vec<OwnerRuleTable>,
    schedule: Vec<Spanned<ScheduleTable>>,
    drafts: DraftsTable,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SlackTable {
    incidents_channel: Option<Spanned<String>>,
    channel_per_incident: Option<bool>,
    listen: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeverityTable {
    id: Spanned<String>,
    name: Option<Spanned<String>>,
    meaning: Option<String>,
    respond_within: Option<Spanned<String>>,
    update_every: Option<Spanned<String>>,
    #[serde(default)]
    owner: Vec<Spanned<String>>,
    #[serde(default)]
    escalate_to: Vec<Spanned<String>>,
    #[serde(default)]
    stakeholders: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CustomersTable {
    channel: Option<Spanned<String>>,
    approvals: Option<Spanned<i64>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct NagTable {
    climb_after: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnerRuleTable {
    service: Spanned<String>,
    #[serde(default)]
    severity: Vec<Spanned<String>>,
    owner: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScheduleTable {
    name: Spanned<String>,
    timezone: Option<Spanned<String>>,
    handover: Option<Spanned<String>>,
    /// A date, with or without quotes.
    start: Option<Spanned<toml::Value>>,
    #[serde(default)]
    members: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DraftsTable {
    templates: Option<Spanned<PathBuf>>,
}

/// Reads the text of a configuration file. Pure but for `read_overrides`, which is asked for the templates in a folder.
///
/// `path` is named in complaints, and `drafts.templates` is relative to its folder.
///
/// # Errors
/// At the first thing that is wrong, with its line.
pub fn parse(
    text: &str,
    path: &Path,
    read_overrides: &dyn Fn(&Path) -> io::Result<Overrides>,
) -> Result<Settings, ConfigError> {
    let at = |offset: usize, problem: String| {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        ConfigError::Line {
            file: path.display().to_string(),
            line,
            // A name that is quoted may hold a line break.
            problem: problem.replace(char::is_control, " "),
        }
    };
    let file: File = toml::from_str(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        at(offset, syntax_problem(text, offset, error.message()))
    })?;
    let templates = file.drafts.templates.clone();
    let mut settings = settings(file).map_err(|problem| at(problem.at, problem.text))?;
    if let Some(folder) = templates {
        let path = path
            .parent()
            .unwrap_or(Path::new(""))
            .join(folder.get_ref());
        let overrides = read_overrides(&path).map_err(|error| {
            let problem = format!(
                "drafts.templates: {} cannot be read ({error}); name a folder",
                path.display()
            );
            at(folder.span().start, problem)
        })?;
        settings.rules.drafts =
            Templates::with_overrides(&overrides).map_err(|error| ConfigError::Line {
                file: path.join(&error.name).display().to_string(),
                line: error.line,
                problem: error.reason,
            })?;
        settings.templates = Some(path);
    }
    Ok(settings)
}

/// The templates in a folder: every file with their suffix.
pub(super) fn read_overrides(folder: &Path) -> io::Result<Overrides> {
    let mut overrides = Overrides::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(SUFFIX) {
            overrides.insert(name, std::fs::read_to_string(entry.path())?);
        }
    }
    Ok(overrides)
}

/// The parser's words on one line. Where they do not name the setting, the line does.
fn syntax_problem(text: &str, offset: usize, message: &str) -> String {
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let message = one_line(message);
    let start = text
        .get(..offset)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |newline| newline + 1);
    let line = text
        .get(start..)
        .and_then(|rest| rest.lines().next())
        .unwrap_or_default();
    match line.split_once('=') {
        _ if message.starts_with("missing field") => {
            format!("{message}; write it under {}", one_line(line))
        }
        Some((key, _)) if !message.contains(&format!("`{}`", key.trim())) => {
            format!("{}: {message}", one_line(key))
        }
        _ => message,
    }
}

fn settings(file: File) -> Result<Settings, Problem> {
    let default = Settings::default();
    let timezone = check::optional(file.timezone, "timezone", check::timezone)?
        .unwrap_or(default.rules.timezone);
    let services = check::services(file.services)?;
    let schedules = schedules(file.schedule, timezone)?;
    let severities = severities(file.severity, &schedules)?;
    let owner_rules = owner_rules(file.owner_rule, &services, &severities, &schedules)?;
    let customers = Customers {
        channel: check::optional(
            file.customers.channel,
            "customers.channel",
            check::channel_id,
        )?,
        approvals: check::optional(
            file.customers.approvals,
            "customers.approvals",
            check::approvals,
        )?
        .unwrap_or(default.rules.customers.approvals),
    };
    Ok(Settings {
        incidents_channel: check::optional(
            file.slack.incidents_channel,
            "slack.incidents_channel",
            check::channel,
        )?
        .unwrap_or(default.incidents_channel),
        listen: check::optional(file.slack.listen, "slack.listen", check::listen)?
            .unwrap_or(Listen::Suggest),
        templates: None,
        rules: Rules {
            severities,
            services,
            owner_rules,
            schedules,
            climb_after: check::optional(file.nag.climb_after, "nag.climb_after", check::duration)?
                .unwrap_or(default.rules.climb_after),
            customers,
            channel_per_incident: file
                .slack
                .channel_per_incident
                .unwrap_or(default.rules.channel_per_incident),
            language: check::optional(file.language, "language", check::language)?
                .unwrap_or(default.rules.language),
            timezone,
            drafts: default.rules.drafts,
        },
    })
}

/// Severities as written, from worst to mildest; none written: the usual four.
fn severities(
    written: Option<Spanned<Vec<Spanned<SeverityTable>>>>,
    schedules: &[Schedule],
) -> Result<Vec<Severity>, Problem> {
    let Some(written) = written else {
        return Ok(default_severities());
    };
    if written.get_ref().is_empty() {
        let text =
            "severity is an empty list; leave it out for P0 to P3, or write [[severity]] tables"
                .to_owned();
        return Err(Problem {
            at: written.span().start,
            text,
        });
    }
    let mut severities: Vec<Severity> = Vec::new();
    for table in written.into_inner() {
        let at = table.span().start;
        let severity = severity(table.into_inner(), severities.len(), schedules)?;
        if severities
            .iter()
            .any(|other| same(other.id.as_str(), severity.id.as_str()))
        {
            let text = format!(
                "severity {:?} is there twice; give each its own id",
                severity.id.as_str()
            );
            return Err(Problem { at, text });
        }
        severities.push(severity);
    }
    Ok(severities)
}

/// What a table leaves out comes from the usual severity with that id, or from the one at the same place.
fn severity(
    table: SeverityTable,
    place: usize,
    schedules: &[Schedule],
) -> Result<Severity, Problem> {
    let id = check::severity_id(&table.id)?;
    let usual = default_severities();
    let namesake = usual.iter().find(|usual| same(usual.id.as_str(), &id));
    let model = namesake.or(usual.get(place)).or(usual.last());
    let owners = |written: &[Spanned<String>], key: &str| -> Result<Vec<OwnerRef>, Problem> {
        written
            .iter()
            .map(|owner| check::owner(owner, key, schedules))
            .collect()
    };
    Ok(Severity {
        name: match check::optional(table.name, "severity.name", check::severity_name)? {
            Some(name) => name,
            None => namesake.map_or(id.clone(), |usual| usual.name.clone()),
        },
        meaning: table
            .meaning
            .or(namesake.map(|usual| usual.meaning.clone()))
            .unwrap_or_default(),
        respond_within: check::optional(
            table.respond_within,
            "severity.respond_within",
            check::duration,
        )?
        .or(model.map(|usual| usual.respond_within))
        .unwrap_or(UPDATE_EVERY),
        update_every: check::optional(
            table.update_every,
            "severity.update_every",
            check::duration,
        )?
        .unwrap_or(UPDATE_EVERY),
        owner: owners(&table.owner, "severity.owner")?,
        escalate_to: owners(&table.escalate_to, "severity.escalate_to")?,
        stakeholders: table
            .stakeholders
            .iter()
            .map(check::stakeholder)
            .collect::<Result<_, _>>()?,
        id: SeverityId::new(id),
    })
}

fn owner_rules(
    written: Vec<OwnerRuleTable>,
    services: &[String],
    severities: &[Severity],
    schedules: &[Schedule],
) -> Result<Vec<OwnerRule>, Problem> {
    let rule = |table: OwnerRuleTable| {
        let service = table.service.get_ref();
        if !services.is_empty() && !services.iter().any(|known| same(known, service)) {
            let text = format!(
                "owner_rule.service {service:?} is not among services: {}",
                services.join(", ")
            );
            return Err(Problem {
                at: table.service.span().start,
                text,
            });
        }
        let severity = |written: &Spanned<String>| {
            let found = severities
                .iter()
                .find(|severity| same(severity.id.as_str(), written.get_ref()));
            found.map(|severity| severity.id.clone()).ok_or_else(|| {
                let known: Vec<_> = severities
                    .iter()
                    .map(|severity| severity.id.as_str())
                    .collect();
                let written_text = written.get_ref();
                let text = format!(
                    "owner_rule.severity {written_text:?} does not exist; known: {}",
                    known.join(", ")
                );
                Problem {
                    at: written.span().start,
                    text,
                }
            })
        };
        Ok(OwnerRule {
            service: service.clone(),
            severities: table
                .severity
                .iter()
                .map(severity)
                .collect::<Result<_, _>>()?,
            owner: table
                .owner
                .iter()
                .map(|owner| check::owner(owner, "owner_rule.owner", schedules))
                .collect::<Result<_, _>>()?,
        })
    };
    written.into_iter().map(rule).collect()
}

fn schedules(
    written: Vec<Spanned<ScheduleTable>>,
    timezone: chrono_tz::Tz,
) -> Result<Vec<Schedule>, Problem> {
    let mut schedules: Vec<Schedule> = Vec::new();
    for table in written {
        let at = table.span().start;
        let table = table.into_inner();
        let name = check::schedule_name(&table.name)?;
        if schedules.iter().any(|other| other.name() == name) {
            let text = format!("schedule {name:?} is there twice; give each its own name");
            return Err(Problem {
                at: table.name.span().start,
                text,
            });
        }
        let zone = check::optional(table.timezone, "schedule.timezone", check::timezone)?
            .unwrap_or(timezone);
        let (start, start_at) = match &table.start {
            Some(start) => (check::date(start, "schedule.start")?, start.span().start),
            None => (DEFAULT_START, at),
        };
        let members = table
            .members
            .iter()
            .map(check::member)
            .collect::<Result<_, _>>()?;
        let handover_at = table
            .handover
            .as_ref()
            .map_or(at, |handover| handover.span().start);
        let handover = table
            .handover
            .map_or_else(|| WEEKLY.to_owned(), Spanned::into_inner);
        let schedule =
            Schedule::new(name, zone, &handover, start, members).map_err(|error| Problem {
                at: match error {
                    ScheduleError::NoMembers => at,
                    ScheduleError::StartOutOfRange { .. } => start_at,
                    _ => handover_at,
                },
                text: format!("schedule {name:?}: {error}"),
            })?;
        schedules.push(schedule);
    }
    Ok(schedules)
}

/// Mondays at ten, when both people are awake and nobody is on the way home.
const WEEKLY: &str = "0 0 10 * * MON";

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}
