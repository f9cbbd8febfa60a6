//! The one direct call to Slack: a form must be opened within three seconds of the click that asks for it, so it
//! cannot wait for the outbox. It is tried once, under a deadline; what cannot be opened is answered with the
//! command that does the same.

use std::time::Duration;

use serde_json::Value;

use crate::app::App;
use crate::slack::inbound::Ticket;
use crate::slack::outcome::silence;
use crate::telemetry;

/// A `trigger_id` dies three seconds after the click, and what has passed since then is not known exactly.
const DEADLINE: Duration = Duration::from_millis(2_000);

/// Opens a form, unless it is open. `false`: it did not open, and the person needs another way.
pub async fn open(app: &App, trigger: &Ticket, form: &Value) -> bool {
    match tokio::time::timeout(DEADLINE, app.slack.open_view(trigger, form)).await {
        Ok(Ok(_)) => {
            telemetry::form("opened");
            true
        }
        // Delivered once more: the first time has opened it, and nothing is wrong.
        Ok(Err(error)) if error.is_refusal("exchanged_trigger_id") => true,
        Ok(Err(error)) => {
            if let Some(code) = silence(&error) {
                app.is_heard(Some(code));
            }
            telemetry::form("refused");
            tracing::warn!(%error, "a form could not be opened; the command was offered instead");
            false
        }
        Err(_) => {
            telemetry::form("late");
            tracing::warn!("Slack took too long to open a form; the command was offered instead");
            false
        }
    }
}
