//! Asks Slack what it makes of the token and of what the configuration names. It only reads, so it may be run beside
//! a running bot, and it waits when Slack asks it to.

use std::time::Duration;

use secrecy::SecretString;

use super::Patience;
use super::report::Check;
use super::workspace::{self, Found, People};
use crate::clock::Clock;
use crate::config::{ChannelRef, Settings};
use crate::ids::{ChannelId, UserId};
use crate::slack::client::{CallError, Channel, SlackClient};
use crate::slack::outcome::passes;

/// How long one call may take.
pub(super) const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// `conversations.list` may be called 20 times a minute, with 500 channels each.
const CHANNEL_PAGES_MAX: usize = 20;

/// Asks Slack, as far as there is something to ask with.
pub(super) async fn examine(
    api_url: Option<&str>,
    token: Option<&SecretString>,
    settings: Option<&Settings>,
    clock: &dyn Clock,
    patience: &Patience<'_>,
) -> Vec<Check> {
    let without = |why: &str| {
        [workspace::REACH, workspace::TOKEN]
            .map(str::to_owned)
            .into_iter()
            .chain(rest(settings))
            .map(|name| Check::not_checked(name, why))
            .collect()
    };
    let (Some(api_url), Some(token)) = (api_url, token) else {
        return without("not checked, as there is no bot token to ask Slack with");
    };
    let client = match SlackClient::new(api_url, token, CALL_TIMEOUT) {
        Ok(client) => client,
        Err(error) => return without(&format!("not checked: {error:#}")),
    };
    let hello = patience.ask(async || client.auth_test().await).await;
    let heard_at = clock.now();
    let mut checks = vec![
        workspace::reach(api_url, hello.as_ref()),
        workspace::token(hello.as_ref()),
    ];
    let hello = match hello {
        Ok(hello) => hello,
        Err(error) => {
            let why = match error {
                CallError::Refused { .. } if !passes(&error) => {
                    "not checked, as Slack refuses the token"
                }
                CallError::RateLimited { .. } => "not checked, as Slack asks to wait",
                _ => "not checked, as Slack does not answer",
            };
            let rest = rest(settings).into_iter();
            checks.extend(rest.map(|name| Check::not_checked(name, why)));
            return checks;
        }
    };
    let granted = hello.scopes.as_ref();
    checks.push(workspace::scopes(granted));
    checks.push(workspace::clock(heard_at, hello.slack_time));
    match settings {
        Some(settings) => {
            let wanted = settings.rules.channel_per_incident;
            checks.push(workspace::create_channels(wanted, granted));
            let visit = Visit { client, patience };
            checks.extend(visit.channels(settings).await);
            checks.extend(visit.people(settings, clock).await);
        }
        None => {
            let why = "not checked, as balefire.toml must be mended first";
            let rest = [workspace::MAKES, workspace::USERS];
            checks.extend(rest.map(|name| Check::not_checked(name, why)));
        }
    }
    checks
}

/// A channel that the configuration names, and what for.
struct Named<'a> {
    shown: &'a str,
    purpose: String,
    /// `None`: it is named by its name.
    id: Option<ChannelId>,
}

/// Each channel once, in the order in which an incident comes to need them.
fn named_channels(settings: &Settings) -> Vec<Named<'_>> {
    let rules = &settings.rules;
    let (shown, id) = match &settings.incidents_channel {
        ChannelRef::Id(id) => (id.as_str(), Some(id.clone())),
        ChannelRef::Name(name) => (name.as_str(), None),
    };
    let mut named = vec![Named {
        shown,
        purpose: "incidents".to_owned(),
        id,
    }];
    let stakeholders = rules
        .severities
        .iter()
        .flat_map(|severity| &severity.stakeholders)
        // The other ones are e-mail addresses, which a person writes to.
        .filter(|place| !place.contains('@'))
        .map(|place| ("stakeholders", place.as_str()));
    let customers = rules.customers.channel.iter();
    let customers = customers.map(|channel| ("customers", channel.as_str()));
    for (purpose, shown) in stakeholders.chain(customers) {
        match named.iter_mut().find(|channel| channel.shown == shown) {
            Some(known) if known.purpose.ends_with(purpose) => {}
            Some(known) => known.purpose = format!("{} and {purpose}", known.purpose),
            None => named.push(Named {
                shown,
                purpose: purpose.to_owned(),
                id: Some(ChannelId::new(shown)),
            }),
        }
    }
    named
}

/// The names of everything that is looked at once Slack has taken the token.
fn rest(settings: Option<&Settings>) -> Vec<String> {
    let mut names = vec![
        workspace::SCOPES.to_owned(),
        workspace::CLOCK.to_owned(),
        workspace::MAKES.to_owned(),
    ];
    if let Some(settings) = settings {
        let channels = named_channels(settings);
        names.extend(
            channels
                .iter()
                .map(|channel| workspace::channel_check(channel.shown)),
        );
        names.push(workspace::USERS.to_owned());
        let rules = &settings.rules;
        names.extend(rules.named_groups().iter().map(workspace::usergroup_check));
        names.extend(rules.schedules.iter().map(workspace::schedule_check));
    } else {
        names.push(workspace::USERS.to_owned());
    }
    names
}

/// A look around in the workspace, with a token that holds.
struct Visit<'a> {
    client: SlackClient,
    patience: &'a Patience<'a>,
}

impl Visit<'_> {
    async fn channels(&self, settings: &Settings) -> Vec<Check> {
        let mut checks = vec![];
        for named in named_channels(settings) {
            let found = match &named.id {
                Some(id) => self.channel(id).await,
                None => self.channel_named(named.shown).await,
            };
            checks.push(workspace::channel(
                named.shown,
                &named.purpose,
                found.as_ref().map(Option::as_ref),
            ));
        }
        checks
    }

    async fn channel(&self, id: &ChannelId) -> Result<Option<Channel>, CallError> {
        let found = self.patience.ask(async || self.client.channel(id).await);
        match found.await {
            Ok(channel) => Ok(Some(channel)),
            Err(error) if error.is_refusal("channel_not_found") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// As `serve` looks for it; but an archived one is better than none, because that can be said.
    async fn channel_named(&self, name: &str) -> Result<Option<Channel>, CallError> {
        let mut archived = None;
        let mut cursor: Option<String> = None;
        for _ in 0..CHANNEL_PAGES_MAX {
            let page = self
                .patience
                .ask(async || self.client.channels(cursor.as_deref()).await)
                .await?;
            for channel in page
                .items
                .into_iter()
                .filter(|channel| channel.name == name)
            {
                if !channel.is_archived {
                    return Ok(Some(channel));
                }
                archived = Some(channel);
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok(archived);
            }
        }
        Err(CallError::NoAnswer(
            "there are too many channels to look for one by name; write its ID into balefire.toml"
                .into(),
        ))
    }

    async fn people(&self, settings: &Settings, clock: &dyn Clock) -> Vec<Check> {
        let rules = &settings.rules;
        let mut known = People::new();
        let named = self.learn(&mut known, &rules.named_users()).await;
        let people = named.map(|()| &known);
        let mut checks = vec![workspace::users(people.as_ref().copied())];
        let ids = rules.named_groups();
        let groups = match ids.is_empty() {
            true => Ok(vec![]),
            false => self.patience.ask(async || self.client.groups().await).await,
        };
        let mut members = People::new();
        let mut learned = Ok(());
        for group in groups.iter().flatten() {
            if learned.is_ok() && ids.contains(&group.id) {
                learned = self.learn_first(&mut members, &group.users).await;
            }
        }
        let members = learned.map(|()| &members);
        for id in &ids {
            let groups = groups.as_deref();
            checks.push(workspace::usergroup(id, groups, members.as_ref().copied()));
        }
        let now = clock.now();
        for schedule in &rules.schedules {
            checks.push(workspace::schedule(schedule, people.as_ref().copied(), now));
        }
        checks
    }

    /// Asks for one after the other until somebody is here: who comes after them would own nothing, and a large group
    /// has more members than may be asked for while the doctor waits.
    async fn learn_first(&self, known: &mut People, users: &[UserId]) -> Result<(), CallError> {
        for user in users {
            self.learn(known, [user]).await?;
            if known.get(user).is_some_and(Found::is_here) {
                break;
            }
        }
        Ok(())
    }

    /// Asks for each person, one after the other: `users.info` may be called a hundred times a minute.
    async fn learn(
        &self,
        known: &mut People,
        users: impl IntoIterator<Item = &UserId>,
    ) -> Result<(), CallError> {
        for user in users {
            let answer = self.patience.ask(async || self.client.person(user).await);
            let found = match answer.await {
                Ok(person) if person.deleted => Found::Left { name: person.name },
                Ok(person) if person.is_bot => Found::Bot { name: person.name },
                Ok(person) => Found::Here { name: person.name },
                Err(CallError::Refused { code, .. })
                    if matches!(code.as_str(), "user_not_found" | "user_not_visible") =>
                {
                    Found::Nowhere
                }
                Err(error) => return Err(error),
            };
            known.insert(user.clone(), found);
        }
        Ok(())
    }
}
