//! The house rules that a team sets in `balefire.toml`, as the domain sees them. Pure data and look-ups.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::Duration;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::draft_template::Templates;
use super::schedule::Schedule;
use crate::clock::Time;
use crate::ids::{ChannelId, GroupId, SeverityId, UserId};

/// Everything `decide` needs to know of a team's habits. [`Rules::default`] is what an empty file means.
#[derive(Clone, Debug)]
pub struct Rules {
    /// From worst to mildest, as written. Never empty; ids differ.
    pub severities: Vec<Severity>,
    /// Offered in forms; empty: a service is free text.
    pub services: Vec<String>,
    /// Asked before a severity's own owners, in order.
    pub owner_rules: Vec<OwnerRule>,
    /// What `schedule:NAME` refers to.
    pub schedules: Vec<Schedule>,
    /// How long a nag may stay unanswered before it climbs: to the owner's direct messages, then to `escalate_to`.
    pub climb_after: Duration,
    /// How customers are told.
    pub customers: Customers,
    /// `false`: everything happens in the announcement's thread.
    pub channel_per_incident: bool,
    /// For messages to a channel; people get their own.
    pub language: Language,
    /// For times in messages that everybody reads.
    pub timezone: Tz,
    /// The templates that drafts are made from.
    pub drafts: Templates,
}

/// How bad it is, and what that asks of people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Severity {
    pub id: SeverityId,
    pub name: String,
    /// One sentence for whoever has to choose.
    pub meaning: String,
    /// No acknowledgement by then: escalate.
    pub respond_within: Duration,
    /// How often the owner is asked for a status update.
    pub update_every: Duration,
    /// The first that resolves owns a new incident; none: whoever declared it.
    pub owner: Vec<OwnerRef>,
    /// Who hears of an unanswered nag or a missed acknowledgement.
    pub escalate_to: Vec<OwnerRef>,
    /// Channel ids or e-mail addresses that stakeholder updates go to.
    pub stakeholders: Vec<String>,
}

impl Severity {
    /// The channels among [`Severity::stakeholders`].
    pub fn stakeholder_channels(&self) -> Vec<ChannelId> {
        self.stakeholders
            .iter()
            .filter(|place| !place.contains('@'))
            .map(|place| ChannelId::new(place.as_str()))
            .collect()
    }
}

/// A person, or something that stands for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnerRef {
    User(UserId),
    Group(GroupId),
    /// The name of a [`Schedule`] in [`Rules::schedules`].
    Schedule(String),
}

impl fmt::Display for OwnerRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => write!(f, "{user}"),
            Self::Group(group) => write!(f, "{group}"),
            Self::Schedule(name) => write!(f, "schedule:{name}"),
        }
    }
}

/// Owners for incidents of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerRule {
    /// Compared without regard to case.
    pub service: String,
    /// Empty: every severity.
    pub severities: Vec<SeverityId>,
    /// The first that resolves.
    pub owner: Vec<OwnerRef>,
}

/// How customers are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customers {
    /// Where approved updates are published; unset: shown for copying only.
    pub channel: Option<ChannelId>,
    /// 2: somebody other than the author too.
    pub approvals: u8,
}

impl Default for Customers {
    fn default() -> Self {
        Self {
            channel: None,
            approvals: 1,
        }
    }
}

/// A language that the bot speaks.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    #[default]
    En,
    Zh,
}

impl Language {
    /// Every language there is.
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// `en` or `zh`.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }

    /// The language of a Slack locale (`zh-CN`, `en_US`, `zh`); `None` for one that we do not speak.
    pub fn of_locale(locale: &str) -> Option<Self> {
        let language = locale.split(['-', '_']).next()?;
        Self::ALL
            .into_iter()
            .find(|known| known.code().eq_ignore_ascii_case(language))
    }
}

/// What is known of the workspace's people: who left, who is in which usergroup. Filled from Slack's reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    /// Deactivated, deleted, or never seen in this workspace.
    pub departed: BTreeSet<UserId>,
    /// In the order in which Slack lists them. A group that is missing here resolves to nobody.
    pub groups: BTreeMap<GroupId, Vec<UserId>>,
}

impl Directory {
    fn is_here(&self, user: &UserId) -> bool {
        !self.departed.contains(user)
    }

    /// Members of `group` who have not left.
    pub fn members(&self, group: &GroupId) -> impl Iterator<Item = &UserId> {
        self.groups
            .get(group)
            .into_iter()
            .flatten()
            .filter(|user| self.is_here(user))
    }
}

/// Whom an escalation mentions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Escalatee {
    User(UserId),
    /// Mentioned as a whole; Slack tells its members.
    Group(GroupId),
}

/// A severity that the rules do not have, and those they do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownSeverity {
    pub given: String,
    pub known: Vec<SeverityId>,
}

impl Rules {
    /// The severity that a person means by `text`: its id or its name, in any case.
    pub fn severity(&self, text: &str) -> Option<&Severity> {
        let text = text.trim().to_lowercase();
        let by_id = self
            .severities
            .iter()
            .find(|severity| severity.id.as_str().to_lowercase() == text);
        by_id.or_else(|| {
            self.severities
                .iter()
                .find(|severity| severity.name.to_lowercase() == text)
        })
    }

    /// [`Rules::severity`], or what to say instead.
    ///
    /// # Errors
    /// When no severity has that id or name.
    pub fn severity_or_known(&self, text: &str) -> Result<&Severity, UnknownSeverity> {
        self.severity(text).ok_or_else(|| UnknownSeverity {
            given: text.trim().to_owned(),
            known: self
                .severities
                .iter()
                .map(|severity| severity.id.clone())
                .collect(),
        })
    }

    /// The gravest severity: the first one configured.
    ///
    /// # Panics
    /// Never for rules that were loaded: [`Rules::severities`] is never empty.
    pub fn gravest(&self) -> &Severity {
        &self.severities[0]
    }

    /// The rotation that `schedule:NAME` refers to.
    pub fn schedule(&self, name: &str) -> Option<&Schedule> {
        self.schedules
            .iter()
            .find(|schedule| schedule.name() == name)
    }

    /// Who owns a new incident. The rules of its services come first, in order, then the severity's own owners;
    /// within each the first that resolves to somebody still here. `None`: whoever declared it.
    pub fn owner_for(
        &self,
        severity: &SeverityId,
        services: &[String],
        directory: &Directory,
        now: Time,
    ) -> Option<UserId> {
        let applies = |rule: &&OwnerRule| {
            let service = rule.service.to_lowercase();
            services.iter().any(|named| named.to_lowercase() == service)
                && (rule.severities.is_empty()
                    || rule.severities.iter().any(|id| same(id, severity)))
        };
        let by_service = self
            .owner_rules
            .iter()
            .filter(applies)
            .flat_map(|rule| &rule.owner);
        let by_severity = self
            .severity(severity.as_str())
            .into_iter()
            .flat_map(|severity| &severity.owner);
        by_service
            .chain(by_severity)
            .find_map(|owner| self.resolve(owner, directory, now))
    }

    /// Whom to tell when nobody answers, each once, in the configured order, without those who left.
    pub fn escalation(
        &self,
        severity: &SeverityId,
        directory: &Directory,
        now: Time,
    ) -> Vec<Escalatee> {
        let mut found = Vec::new();
        let targets = self
            .severity(severity.as_str())
            .into_iter()
            .flat_map(|severity| &severity.escalate_to);
        for target in targets {
            let escalatee = match target {
                OwnerRef::Group(group) => Some(Escalatee::Group(group.clone())),
                OwnerRef::User(_) | OwnerRef::Schedule(_) => {
                    self.resolve(target, directory, now).map(Escalatee::User)
                }
            };
            found.extend(escalatee.filter(|escalatee| !found.contains(escalatee)));
        }
        found
    }

    /// Everybody whom the configuration names: owners, escalations and members of schedules.
    pub fn named_users(&self) -> BTreeSet<UserId> {
        let direct = self.references().filter_map(|reference| match reference {
            OwnerRef::User(user) => Some(user),
            OwnerRef::Group(_) | OwnerRef::Schedule(_) => None,
        });
        let in_turn = self.schedules.iter().flat_map(Schedule::members);
        direct.chain(in_turn).cloned().collect()
    }

    /// The usergroups that the configuration names.
    pub fn named_groups(&self) -> BTreeSet<GroupId> {
        let groups = self.references().filter_map(|reference| match reference {
            OwnerRef::Group(group) => Some(group),
            OwnerRef::User(_) | OwnerRef::Schedule(_) => None,
        });
        groups.cloned().collect()
    }

    fn references(&self) -> impl Iterator<Item = &OwnerRef> {
        let by_severity = self
            .severities
            .iter()
            .flat_map(|severity| severity.owner.iter().chain(&severity.escalate_to));
        by_severity.chain(self.owner_rules.iter().flat_map(|rule| &rule.owner))
    }

    fn resolve(&self, owner: &OwnerRef, directory: &Directory, now: Time) -> Option<UserId> {
        match owner {
            OwnerRef::User(user) => Some(user).filter(|user| directory.is_here(user)).cloned(),
            OwnerRef::Group(group) => directory.members(group).next().cloned(),
            OwnerRef::Schedule(name) => self
                .schedule(name)?
                .on_call_among(now, &directory.departed)
                .cloned(),
        }
    }
}

fn same(a: &SeverityId, b: &SeverityId) -> bool {
    a.as_str().to_lowercase() == b.as_str().to_lowercase()
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            severities: default_severities(),
            services: Vec::new(),
            owner_rules: Vec::new(),
            schedules: Vec::new(),
            climb_after: Duration::minutes(5),
            customers: Customers::default(),
            channel_per_incident: true,
            language: Language::En,
            timezone: Tz::UTC,
            drafts: Templates::default(),
        }
    }
}

/// P0 to P3, for a file that names no severity.
pub fn default_severities() -> Vec<Severity> {
    let severity = |id: &str, name: &str, meaning: &str, respond_within: Duration| Severity {
        id: SeverityId::new(id),
        name: name.to_owned(),
        meaning: meaning.to_owned(),
        respond_within,
        update_every: UPDATE_EVERY,
        owner: Vec::new(),
        escalate_to: Vec::new(),
        stakeholders: Vec::new(),
    };
    vec![
        severity(
            "P0",
            "Critical",
            "The system is down",
            Duration::minutes(15),
        ),
        severity(
            "P1",
            "High",
            "An important part does not work and there is no way around it",
            Duration::hours(2),
        ),
        severity(
            "P2",
            "Medium",
            "Something does not work, but there is a way around it",
            Duration::hours(8),
        ),
        severity(
            "P3",
            "Low",
            "A small fault that hinders few people",
            Duration::hours(24),
        ),
    ]
}

/// The nag's period for a severity that does not say otherwise.
pub const UPDATE_EVERY: Duration = Duration::minutes(15);

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
