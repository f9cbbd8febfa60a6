//! What is said of a workspace. Every function here is pure: Slack's answers go in, lines come out.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::{SKEW_MAX_S, Time};
use crate::domain::schedule::Schedule;
use crate::ids::{GroupId, UserId};
use crate::slack::client::{CallError, Channel, Group, Hello};
use crate::slack::outcome::passes;
use crate::slack::scopes::{BOT_SCOPES, MAKES_CHANNELS};

use super::report::Check;

pub(super) const REACH: &str = "slack.reach";
pub(super) const TOKEN: &str = "slack.token";
pub(super) const SCOPES: &str = "slack.scopes";
pub(super) const CLOCK: &str = "slack.clock";
pub(super) const MAKES: &str = "slack.create_channels";
pub(super) const USERS: &str = "slack.users";

const SIGNATURE_WINDOW_S: i64 = 300;

/// The name of the line about a channel, as the configuration names it.
pub(super) fn channel_check(shown: &str) -> String {
    format!("slack.channel.{shown}")
}

/// The name of the line about a usergroup.
pub(super) fn usergroup_check(id: &GroupId) -> String {
    format!("slack.usergroup.{id}")
}

/// The name of the line about a schedule.
pub(super) fn schedule_check(schedule: &Schedule) -> String {
    format!("schedule.{}", schedule.name())
}

/// What a person named in the configuration is to Slack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Here { name: String },
    Bot { name: String },
    Left { name: String },
    Nowhere,
}

impl Found {
    pub(super) fn is_here(&self) -> bool {
        matches!(self, Self::Here { .. } | Self::Bot { .. })
    }
}

/// Everybody who was asked for.
pub(super) type People = BTreeMap<UserId, Found>;

/// `auth.test` answered, or why not.
pub(super) fn reach(api_url: &str, hello: Result<&Hello, &CallError>) -> Check {
    let fine = || Check::fine(REACH, format!("{api_url} answers"));
    match hello {
        Ok(_) | Err(CallError::Refused { .. } | CallError::RateLimited { .. }) => fine(),
        Err(error @ (CallError::NotSent(_) | CallError::NoAnswer(_))) => Check::failed(
            REACH,
            format!("{api_url}: {error}"),
            "Let this machine connect to slack.com on port 443, and look at SLACK_API_URL, DNS and status.slack.com",
        ),
        Err(error) => Check::failed(
            REACH,
            format!("{api_url}: {error}"),
            "Look at SLACK_API_URL (usually unset) and status.slack.com",
        ),
    }
}

/// Whether the token holds.
pub(super) fn token(hello: Result<&Hello, &CallError>) -> Check {
    match hello {
        Ok(hello) => Check::fine(
            TOKEN,
            format!(
                "accepted: {} in {} ({})",
                hello.bot, hello.team_name, hello.team
            ),
        ),
        Err(error) if passes(error) => unanswered(TOKEN, error),
        Err(CallError::Refused { code, .. }) => {
            let fix = match code.as_str() {
                "account_inactive" | "token_revoked" | "user_removed_from_team" => {
                    "Install the app again (“Install App” at api.slack.com/apps) and set SLACK_BOT_TOKEN to its new Bot User OAuth Token"
                }
                "team_access_not_granted" | "access_denied" | "ekm_access_denied" => {
                    "Ask an administrator of the workspace to approve the app"
                }
                _ => {
                    "Copy the Bot User OAuth Token again from “OAuth & Permissions” at api.slack.com/apps into SLACK_BOT_TOKEN"
                }
            };
            Check::failed(TOKEN, format!("Slack refuses it: {code}"), fix)
        }
        Err(error) => unanswered(TOKEN, error),
    }
}

/// The token's scopes against those that the manifest asks for.
pub(super) fn scopes(granted: Option<&BTreeSet<String>>) -> Check {
    let Some(granted) = granted else {
        return Check::not_checked(SCOPES, "Slack did not say which the token has");
    };
    let missing: Vec<&str> = BOT_SCOPES
        .into_iter()
        .filter(|scope| !granted.contains(*scope))
        .collect();
    let asked = BOT_SCOPES.len();
    if missing.is_empty() {
        let more = granted.len().saturating_sub(asked);
        let more = match more {
            0 => String::new(),
            more => format!("; and {more} more, which Balefire does not use"),
        };
        return Check::fine(SCOPES, format!("all {asked} of manifest.yml{more}"));
    }
    Check::failed(
        SCOPES,
        format!("missing: {}", missing.join(", ")),
        "Add them at api.slack.com/apps under “OAuth & Permissions”, “Bot Token Scopes”; then “Reinstall to Workspace”",
    )
}

/// This machine's clock against Slack's, both read at the same moment.
pub(super) fn clock(ours: Time, slacks: Option<Time>) -> Check {
    let Some(slacks) = slacks else {
        return Check::not_checked(CLOCK, "Slack did not say what time it is there");
    };
    let ahead_s = (ours - slacks).num_seconds();
    let way = if ahead_s < 0 { "behind" } else { "ahead of" };
    let apart_s = ahead_s.abs();
    if apart_s <= SKEW_MAX_S {
        return Check::fine(CLOCK, format!("within {} s of Slack's", apart_s.max(1)));
    }
    let meaning = if apart_s > SIGNATURE_WINDOW_S {
        format!("every request of Slack's is refused ({SIGNATURE_WINDOW_S} s are allowed)")
    } else {
        format!(
            "replicas whose clocks differ may say things twice, and beyond {SIGNATURE_WINDOW_S} s every request of Slack's is refused"
        )
    };
    Check::failed(
        CLOCK,
        format!("{apart_s} s {way} Slack's: {meaning}"),
        "Set this machine's clock by NTP, for example: timedatectl set-ntp true",
    )
}

/// The right to make channels. It cannot be tried without making one.
pub(super) fn create_channels(wanted: bool, granted: Option<&BTreeSet<String>>) -> Check {
    if !wanted {
        return Check::fine(MAKES, "not needed: channel_per_incident = false");
    }
    match granted.map(|granted| granted.contains(MAKES_CHANNELS)) {
        None => Check::not_checked(MAKES, "Slack did not say which the token has"),
        Some(true) => Check::fine(
            MAKES,
            format!(
                "{MAKES_CHANNELS} is granted; whether the workspace limits who makes channels shows with the first incident"
            ),
        ),
        Some(false) => Check::failed(
            MAKES,
            format!("{MAKES_CHANNELS} is missing, so no incident gets a channel"),
            "Add that scope and reinstall the app, or set [slack] channel_per_incident = false",
        ),
    }
}

/// A channel that the configuration names: `shown` is how it does, `purpose` what for. `Ok(None)`: there is none.
pub(super) fn channel(
    shown: &str,
    purpose: &str,
    found: Result<Option<&Channel>, &CallError>,
) -> Check {
    let name = channel_check(shown);
    match found {
        Err(error) => unanswered(&name, error),
        Ok(None) => Check::failed(
            &name,
            format!("{purpose}: there is no channel {shown} that Balefire can see"),
            "Create it, or correct its name or ID in balefire.toml; in a private one, type /invite @Balefire",
        ),
        Ok(Some(channel)) if channel.is_archived => Check::failed(
            &name,
            format!("{purpose}: #{} is archived", channel.name),
            "Unarchive it in Slack, or name another one in balefire.toml",
        ),
        Ok(Some(channel)) if !channel.is_member => Check::failed(
            &name,
            format!("{purpose}: Balefire is not in #{}", channel.name),
            format!("Type /invite @Balefire in #{}", channel.name),
        ),
        Ok(Some(channel)) => Check::fine(
            &name,
            format!(
                "{purpose}: Balefire is in #{} ({})",
                channel.name, channel.id
            ),
        ),
    }
}

/// The people that the configuration names, in one line.
pub(super) fn users(people: Result<&People, &CallError>) -> Check {
    let people = match people {
        Ok(people) => people,
        Err(error) => return unanswered(USERS, error),
    };
    let complaints: Vec<String> = people
        .iter()
        .filter_map(|(user, found)| match found {
            Found::Here { .. } => None,
            Found::Bot { name } => Some(format!("{user} ({name}) is a bot")),
            Found::Left { name } => Some(format!("{user} ({name}) has left")),
            Found::Nowhere => Some(format!("{user} is not in this workspace")),
        })
        .collect();
    if !complaints.is_empty() {
        return Check::failed(
            USERS,
            complaints.join(", "),
            "Put somebody who is there in their place in balefire.toml (Copy member ID is in a profile's ⋮ menu)",
        );
    }
    match people.len() {
        0 => Check::notice(
            USERS,
            "balefire.toml names nobody: whoever declares an incident owns it",
            None::<String>,
        ),
        1 => Check::fine(USERS, "the one person that balefire.toml names is here"),
        count => Check::fine(
            USERS,
            format!("all {count} people that balefire.toml names are here"),
        ),
    }
}

/// A usergroup that the configuration names; `members` knows those who are in it.
pub(super) fn usergroup(
    id: &GroupId,
    groups: Result<&[Group], &CallError>,
    members: Result<&People, &CallError>,
) -> Check {
    let name = usergroup_check(id);
    let groups = match groups {
        Ok(groups) => groups,
        Err(error) => return unanswered(&name, error),
    };
    let Some(group) = groups.iter().find(|group| group.id == *id) else {
        return Check::failed(
            &name,
            "there is no such usergroup",
            "Correct its ID in balefire.toml (Copy group ID is in its ⋮ menu)",
        );
    };
    let handle = &group.handle;
    if group.is_disabled() {
        return Check::failed(
            &name,
            format!("@{handle} is disabled"),
            format!(
                "Enable @{handle} under “People & user groups” in Slack, or name another one in balefire.toml"
            ),
        );
    }
    let members = match members {
        Ok(members) => members,
        Err(error) => return unanswered(&name, error),
    };
    let here = |user: &&UserId| members.get(*user).is_some_and(Found::is_here);
    match group.users.iter().find(here) {
        Some(first) => Check::fine(
            &name,
            format!("@{handle}: {} owns what it is given", who(first, members)),
        ),
        None => Check::failed(
            &name,
            format!("@{handle} has nobody in it"),
            format!("Add somebody to @{handle} in Slack, or name another one in balefire.toml"),
        ),
    }
}

/// Who is on call by a schedule.
pub(super) fn schedule(
    schedule: &Schedule,
    people: Result<&People, &CallError>,
    now: Time,
) -> Check {
    let name = schedule_check(schedule);
    let people = match people {
        Ok(people) => people,
        Err(error) => return unanswered(&name, error),
    };
    let departed = people
        .iter()
        .filter(|(_, found)| matches!(found, Found::Left { .. } | Found::Nowhere))
        .map(|(user, _)| user.clone())
        .collect();
    let turn = schedule.on_call(now);
    match schedule.on_call_among(now, &departed) {
        Some(user) if user == turn => {
            Check::fine(name, format!("{} is on call", who(user, people)))
        }
        Some(user) => Check::notice(
            name,
            format!("{} is on call instead of {turn}", who(user, people)),
            Some("Take those who have left out of its members"),
        ),
        None => Check::failed(
            name,
            "everybody in it has left",
            "Put those who are there into its members in balefire.toml",
        ),
    }
}

fn who(user: &UserId, people: &People) -> String {
    match people.get(user) {
        Some(Found::Here { name } | Found::Bot { name } | Found::Left { name }) => {
            format!("{name} ({user})")
        }
        Some(Found::Nowhere) | None => user.to_string(),
    }
}

/// Slack did not say. Where a scope is missing, [`scopes`] has said what to do.
pub(super) fn unanswered(name: &str, error: &CallError) -> Check {
    match error {
        CallError::Refused {
            code,
            detail: Some(detail),
        } if code == "missing_scope" => {
            Check::not_checked(name, format!("not checked, as it {detail}; see {SCOPES}"))
        }
        CallError::Refused { .. } if !passes(error) => Check::failed(
            name,
            error.to_string(),
            "Look the code up under this method at docs.slack.dev/reference/methods",
        ),
        CallError::RateLimited { retry_after, .. } => {
            let wait_s = retry_after.map_or(60, |wait| wait.as_secs());
            Check::not_checked(
                name,
                format!("not checked: Slack asks to wait; run this again in {wait_s} s"),
            )
        }
        _ => Check::not_checked(name, format!("not checked: {error}")),
    }
}

#[cfg(test)]
mod tests;
