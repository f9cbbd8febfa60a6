//! The methods that make Slack show something, with their arguments in our words. Only the outbox calls them, and
//! forms open a view; both read the result through [`crate::slack::outcome`].

use serde_json::{Value, json};

use super::{CallError, SlackClient};
use crate::ids::{ChannelId, MessageTs, UserId};
use crate::slack::inbound::Ticket;
use crate::slack::outcome::Delivery;

impl SlackClient {
    /// `chat.postMessage`. `args` as Slack wants them; never repeated here, for Slack has no idempotency key.
    pub async fn post_message(&self, args: &Value) -> Result<Delivery, CallError> {
        self.write("chat.postMessage", args).await
    }

    /// `chat.update`. Repeats harmlessly.
    pub async fn update_message(&self, args: &Value) -> Result<Delivery, CallError> {
        self.write("chat.update", args).await
    }

    /// `chat.postEphemeral`. What became of it cannot be looked up afterwards.
    pub async fn post_ephemeral(&self, args: &Value) -> Result<Delivery, CallError> {
        self.write("chat.postEphemeral", args).await
    }

    /// `conversations.create`. `name`: at most 80 of `a-z 0-9 - _`; refused with `name_taken` when there is one.
    pub async fn create_channel(
        &self,
        name: &str,
        is_private: bool,
    ) -> Result<Delivery, CallError> {
        let args = json!({"name": name, "is_private": is_private});
        self.write("conversations.create", &args).await
    }

    /// `conversations.invite`, at most 100 people.
    pub async fn invite(
        &self,
        channel: &ChannelId,
        users: &[UserId],
    ) -> Result<Delivery, CallError> {
        let users: Vec<&str> = users.iter().map(UserId::as_str).collect();
        let args = json!({"channel": channel, "users": users.join(",")});
        self.write("conversations.invite", &args).await
    }

    /// `conversations.setTopic`, at most 250 characters. Repeats harmlessly.
    pub async fn set_topic(&self, channel: &ChannelId, topic: &str) -> Result<Delivery, CallError> {
        let args = json!({"channel": channel, "topic": topic});
        self.write("conversations.setTopic", &args).await
    }

    /// `conversations.join`, for public channels. Repeats harmlessly.
    pub async fn join(&self, channel: &ChannelId) -> Result<Delivery, CallError> {
        self.write("conversations.join", &json!({"channel": channel}))
            .await
    }

    /// `conversations.open`: the direct message with one person, made when there is none. Repeats harmlessly.
    pub async fn open_direct(&self, user: &UserId) -> Result<Delivery, CallError> {
        self.write("conversations.open", &json!({"users": user}))
            .await
    }

    /// `pins.add`.
    pub async fn add_pin(
        &self,
        channel: &ChannelId,
        ts: &MessageTs,
    ) -> Result<Delivery, CallError> {
        let args = json!({"channel": channel, "timestamp": ts});
        self.write("pins.add", &args).await
    }

    /// `views.open`, within 3 s of the click or command that brought `trigger`, once.
    pub async fn open_view(&self, trigger: &Ticket, view: &Value) -> Result<Delivery, CallError> {
        let args = json!({"trigger_id": trigger.as_str(), "view": view});
        self.write("views.open", &args).await
    }

    async fn write(&self, method: &str, args: &Value) -> Result<Delivery, CallError> {
        let answer = self.call(method, args).await?;
        Ok(Delivery::of(&answer))
    }
}
