//! What operators hear of a row: numbers and log lines.

use super::Fate;
use crate::clock::Time;
use crate::domain::event::UNKNOWN_OUTCOME;
use crate::domain::moot::Moot;
use crate::store::{OutboxRow, Task};
use crate::telemetry;

/// Counts and logs what became of a row, once that is committed: a transaction that is repeated tells it once.
pub(super) fn tell(row: &OutboxRow, fate: &Fate, now: Time) {
    let incident = row.incident.map(|id| id.to_string());
    let (lane, outbox_id) = (row.lane.as_str(), row.id.to_string());
    match fate {
        Fate::Sent(_) => {
            if let Task::Incident(effect) = &row.task {
                telemetry::delivered(effect, now);
            }
        }
        Fate::Skipped | Fate::NotYet { .. } | Fate::Absent => {}
        Fate::Limited { method, at } => {
            tracing::info!(incident, lane, outbox_id, method, until = %at, "Slack asks for a pause");
        }
        Fate::Retry { at, error, .. } => {
            tracing::warn!(incident, lane, outbox_id, error, retry_at = %at, "a call to Slack is tried again");
        }
        Fate::Unknown { at, error, .. } => {
            tracing::warn!(incident, lane, outbox_id, error, look_at = %at, "Slack may have taken a message; it is looked for before it is sent again");
        }
        Fate::HomeLost { channel, why } => {
            tracing::warn!(incident, lane, outbox_id, %channel, code = why.code(), "the incident cannot speak in its channel any more and goes on in its thread");
        }
        Fate::GivenUp { code, .. } => {
            telemetry::gave_up(code);
            match Moot::of_code(code) {
                Some(_) => {
                    tracing::info!(
                        incident,
                        lane,
                        outbox_id,
                        code,
                        "held back: nobody needs it any more"
                    );
                }
                None => {
                    let task = row.task.kind();
                    tracing::warn!(
                        incident,
                        lane,
                        outbox_id,
                        task,
                        code,
                        "Slack refused for good"
                    );
                }
            }
        }
        Fate::MayBeThere { unread, .. } => {
            telemetry::gave_up(UNKNOWN_OUTCOME);
            let (task, code) = (row.task.kind(), UNKNOWN_OUTCOME);
            let unread = unread.as_deref();
            tracing::warn!(
                incident,
                lane,
                outbox_id,
                task,
                code,
                unread,
                "nobody knows whether Slack has it, and it is not sent again"
            );
        }
    }
}
