//! The writes that are not messages of the outbox ([`crate::slack::call`] has those): a form must open at once, and a
//! conversation is opened to look what was said in it.

use serde_json::{Value, json};

use super::{CallError, SlackClient};
use crate::ids::UserId;
use crate::slack::inbound::Ticket;
use crate::slack::outcome::Delivery;

impl SlackClient {
    /// `conversations.open`: the direct message with one person, made when there is none. Repeats harmlessly.
    pub async fn open_direct(&self, user: &UserId) -> Result<Delivery, CallError> {
        self.write("conversations.open", &json!({"users": user}))
            .await
    }

    /// `views.open`, within 3 s of the click or command that brought `trigger`, once.
    pub async fn open_view(&self, trigger: &Ticket, view: &Value) -> Result<Delivery, CallError> {
        let args = json!({"trigger_id": trigger.as_str(), "view": view});
        self.write("views.open", &args).await
    }

    async fn write(&self, method: &'static str, args: &Value) -> Result<Delivery, CallError> {
        let answer = self.call(method, args).await?;
        Ok(Delivery::of(&answer))
    }
}
