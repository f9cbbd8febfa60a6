//! The shapes on the wire of commands, clicks and forms. Every field may be missing or null, unknown fields are passed
//! over; what is indispensable is asked for when the plain value is made, and `None` means it was not there.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Click, SlashCommand, Submission, Ticket, Value, ViewClosed, ViewRef};
use crate::ids::{ChannelId, MessageTs, TeamId, UserId};

/// A struct from JSON; `None` when a field has another type than Slack gives it.
pub(super) fn parse<T: DeserializeOwned>(value: serde_json::Value) -> Option<T> {
    serde_json::from_value(value).ok()
}

/// A field that holds something: Slack sends null, "" and nothing at all for the same.
pub(super) fn filled(field: Option<String>) -> Option<String> {
    field.filter(|text| !text.is_empty())
}

pub(super) fn users(ids: Vec<String>) -> Vec<UserId> {
    ids.into_iter().map(UserId::new).collect()
}

#[derive(Deserialize)]
pub(super) struct WireCommand {
    team_id: Option<String>,
    enterprise_id: Option<String>,
    channel_id: Option<String>,
    user_id: Option<String>,
    command: Option<String>,
    text: Option<String>,
    trigger_id: Option<String>,
    response_url: Option<String>,
}

pub(super) fn command(wire: WireCommand) -> Option<SlashCommand> {
    Some(SlashCommand {
        team: TeamId::new(filled(wire.team_id).or(filled(wire.enterprise_id))?),
        channel: ChannelId::new(filled(wire.channel_id)?),
        user: UserId::new(filled(wire.user_id)?),
        command: filled(wire.command)?,
        text: wire.text.unwrap_or_default(),
        trigger_id: Ticket(wire.trigger_id.unwrap_or_default()),
        response_url: filled(wire.response_url).map(Ticket),
        waited: chrono::Duration::zero(),
    })
}

/// Anything that Slack sends as an object with an id: team, user, channel, enterprise.
#[derive(Deserialize, Default)]
struct Named {
    id: Option<String>,
    team_id: Option<String>,
}

#[derive(Deserialize, Default)]
struct Container {
    message_ts: Option<String>,
    channel_id: Option<String>,
    thread_ts: Option<String>,
    is_ephemeral: Option<bool>,
}

#[derive(Deserialize, Default)]
struct ClickedMessage {
    ts: Option<String>,
    thread_ts: Option<String>,
}

#[derive(Deserialize)]
struct WireView {
    id: Option<String>,
    hash: Option<String>,
    callback_id: Option<String>,
    private_metadata: Option<String>,
    team_id: Option<String>,
    app_installed_team_id: Option<String>,
    state: Option<State>,
}

#[derive(Deserialize)]
struct State {
    values: Option<BTreeMap<String, BTreeMap<String, Picked>>>,
}

#[derive(Deserialize)]
struct WireResponseUrl {
    response_url: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Interaction {
    team: Option<Named>,
    user: Option<Named>,
    enterprise: Option<Named>,
    channel: Option<Named>,
    container: Option<Container>,
    message: Option<ClickedMessage>,
    view: Option<WireView>,
    actions: Option<Vec<Action>>,
    trigger_id: Option<String>,
    response_url: Option<String>,
    response_urls: Option<Vec<WireResponseUrl>>,
}

impl Interaction {
    /// The workspace the bot is installed in. `team` is null for org-wide installs, and in a channel shared with
    /// another company the form itself knows best.
    fn team(&self) -> Option<TeamId> {
        let view = self.view.as_ref();
        [
            view.and_then(|view| view.app_installed_team_id.clone()),
            self.team.as_ref().and_then(|team| team.id.clone()),
            self.user.as_ref().and_then(|user| user.team_id.clone()),
            view.and_then(|view| view.team_id.clone()),
            self.enterprise
                .as_ref()
                .and_then(|enterprise| enterprise.id.clone()),
        ]
        .into_iter()
        .find_map(filled)
        .map(TeamId::new)
    }

    fn user(&self) -> Option<UserId> {
        filled(self.user.as_ref()?.id.clone()).map(UserId::new)
    }
}

#[derive(Deserialize)]
struct Action {
    action_id: Option<String>,
    block_id: Option<String>,
    action_ts: Option<String>,
    #[serde(flatten)]
    picked: Picked,
}

#[derive(Deserialize)]
struct Choice {
    value: Option<String>,
}

/// What an element holds; each kind of element has its own field.
#[derive(Deserialize)]
struct Picked {
    value: Option<String>,
    selected_option: Option<Choice>,
    selected_options: Option<Vec<Choice>>,
    selected_user: Option<String>,
    selected_users: Option<Vec<String>>,
    selected_channel: Option<String>,
    selected_channels: Option<Vec<String>>,
    selected_conversation: Option<String>,
    selected_conversations: Option<Vec<String>>,
    selected_date: Option<String>,
}

impl Picked {
    fn chosen(self) -> Option<Value> {
        let channel = filled(self.selected_channel).or(filled(self.selected_conversation));
        let channels = self.selected_channels.or(self.selected_conversations);
        if let Some(option) = self.selected_option {
            option.value.map(Value::Option)
        } else if let Some(options) = self.selected_options {
            Some(Value::Options(
                options
                    .into_iter()
                    .filter_map(|option| option.value)
                    .collect(),
            ))
        } else if let Some(user) = filled(self.selected_user) {
            Some(Value::User(UserId::new(user)))
        } else if let Some(chosen) = self.selected_users {
            Some(Value::Users(users(chosen)))
        } else if let Some(channel) = channel {
            Some(Value::Channel(ChannelId::new(channel)))
        } else if let Some(channels) = channels {
            Some(Value::Channels(
                channels.into_iter().map(ChannelId::new).collect(),
            ))
        } else {
            let date = NaiveDate::parse_from_str(&self.selected_date?, "%Y-%m-%d").ok()?;
            Some(Value::Date(date))
        }
    }

    fn filled_in(mut self) -> Option<Value> {
        match filled(self.value.take()) {
            Some(text) => Some(Value::Text(text)),
            None => self.chosen(),
        }
    }
}

pub(super) fn click(mut wire: Interaction) -> Option<Click> {
    let team = wire.team()?;
    let user = wire.user()?;
    // Slack sends a list, but one click is one action.
    let mut action = wire.actions.take()?.into_iter().next()?;
    let container = wire.container.unwrap_or_default();
    let message = wire.message.unwrap_or_default();
    let channel = wire.channel.and_then(|channel| filled(channel.id));
    Some(Click {
        team,
        user,
        channel: channel.or(filled(container.channel_id)).map(ChannelId::new),
        message_ts: filled(container.message_ts)
            .or(filled(message.ts))
            .map(MessageTs::new),
        thread_ts: filled(container.thread_ts)
            .or(filled(message.thread_ts))
            .map(MessageTs::new),
        is_ephemeral: container.is_ephemeral.unwrap_or(false),
        view: wire.view.and_then(|view| {
            Some(ViewRef {
                id: filled(view.id)?,
                hash: filled(view.hash),
                callback_id: view.callback_id.unwrap_or_default(),
                private_metadata: view.private_metadata.unwrap_or_default(),
            })
        }),
        action_id: filled(action.action_id)?,
        block_id: action.block_id.unwrap_or_default(),
        value: action.picked.value.take(),
        chosen: action.picked.chosen(),
        trigger_id: Ticket(wire.trigger_id.unwrap_or_default()),
        response_url: filled(wire.response_url).map(Ticket),
        action_ts: action.action_ts.unwrap_or_default(),
    })
}

pub(super) fn submission(wire: Interaction) -> Option<Submission> {
    let (team, user) = (wire.team()?, wire.user()?);
    let view = wire.view?;
    let blocks = view
        .state
        .and_then(|state| state.values)
        .unwrap_or_default();
    let values = blocks
        .into_iter()
        .filter_map(|(block_id, elements)| {
            Some((
                block_id,
                elements.into_values().find_map(Picked::filled_in)?,
            ))
        })
        .collect();
    Some(Submission {
        team,
        user,
        view_id: filled(view.id)?,
        hash: filled(view.hash),
        callback_id: view.callback_id.unwrap_or_default(),
        private_metadata: view.private_metadata.unwrap_or_default(),
        values,
        trigger_id: Ticket(wire.trigger_id.unwrap_or_default()),
        response_urls: wire
            .response_urls
            .unwrap_or_default()
            .into_iter()
            .filter_map(|url| filled(url.response_url).map(Ticket))
            .collect(),
    })
}

pub(super) fn closed(wire: Interaction) -> Option<ViewClosed> {
    let (team, user) = (wire.team()?, wire.user()?);
    let view = wire.view?;
    Some(ViewClosed {
        team,
        user,
        view_id: filled(view.id)?,
        callback_id: view.callback_id.unwrap_or_default(),
        private_metadata: view.private_metadata.unwrap_or_default(),
    })
}
