//! The only sender. Each lane is sent strictly in order, one call at a time; what Slack answers comes back through
//! the door in the transaction that ends the row. Nothing is lost or sent twice, whatever stops in between: a row is
//! *pending*, then *sending* under a lease that outlives the call, then *sent*. A row found *sending* after its
//! lease, or whose answer never came, has an unknown outcome: it is looked for in Slack's history before it is sent
//! again, and not before a late application is out of the question.

use std::sync::Arc;

use anyhow::Context;
use chrono::Duration;

use crate::app::App;
use crate::app::door::{Order, retried};
use crate::app::steps::{Step, Stopped};
use crate::clock::Time;
use crate::domain::command::{Command, Receipt};
use crate::domain::effect::{Effect, Reader};
use crate::domain::incident::{Actor, MessageRef};
use crate::domain::moot::Moot;
use crate::domain::rules::Language;
use crate::ids::{ChannelId, MessageTs};
use crate::slack::call::{Call, Repeats};
use crate::slack::client::CallError;
use crate::slack::inbound::Ticket;
use crate::slack::outcome::{Outcome, settle};
use crate::slack::plan::{Plan, plan};
use crate::slack::render::{Ctx, Message};
use crate::store::{OutboxRow, Task};

/// How many lanes one turn serves.
const BATCH: u32 = 20;
/// The longest a call may take before it counts as unanswered, in seconds.
pub const CALL_TIMEOUT_S: i64 = 10;
/// How long after its sending a request may still be applied at Slack, in seconds. Chosen well above what was ever
/// reported for its edge.
const APPLIED_LATE_MAX_S: i64 = 20;
/// How long a claim holds, in seconds.
const LEASE_S: i64 = 60;
/// The longest pause between two tries, in seconds.
const BACKOFF_MAX_S: i64 = 60;

// A claim must outlive the sends it covers (a call may look, open a conversation and post), or a second replica
// sends them again.
const _: () = assert!(4 * CALL_TIMEOUT_S < LEASE_S);

/// What became of a row.
enum Fate {
    Sent(Receipt),
    /// Nothing to do any more.
    Skipped,
    Retry {
        at: Time,
        error: String,
    },
    /// Not its fault: it keeps its number of tries.
    NotYet {
        at: Time,
    },
    /// Slack may or may not have taken it; the look comes at `at`.
    Unknown {
        sent_at: Time,
        at: Time,
        error: String,
    },
    GivenUp {
        code: String,
    },
}

/// Sends what is due, one message per lane. Returns how many rows were tried; 0 means there was nothing to do.
///
/// # Errors
/// When the store fails; what was claimed comes up again after its lease.
pub async fn turn(app: &Arc<App>) -> anyhow::Result<usize> {
    let now = app.clock.now();
    let rows = app
        .store
        .claim(now, Duration::seconds(LEASE_S), BATCH)
        .await?;
    app.steps.pass(Step::OutboxClaimed).await?;
    let tried = rows.len();
    let mut sends = tokio::task::JoinSet::new();
    for row in rows {
        let app = Arc::clone(app);
        sends.spawn(async move { serve(&app, row).await });
    }
    let mut result = Ok(tried);
    while let Some(joined) = sends.join_next().await {
        match joined
            .context("a send was aborted")
            .and_then(|served| served)
        {
            Ok(()) => {}
            // One failed call never aborts the rest. The row's lease runs out, and it is settled then.
            Err(error) if error.is::<Stopped>() => result = Err(error),
            Err(error) => tracing::error!(
                error = format!("{error:#}"),
                "a message could not be recorded; it is settled when its lease ends"
            ),
        }
    }
    result
}

async fn serve(app: &App, mut row: OutboxRow) -> anyhow::Result<()> {
    let fate = attempt(app, &mut row).await?;
    if matches!(fate, Fate::Sent(_)) {
        app.steps.pass(Step::OutboxSent).await?;
    }
    retried!(app, record(app, &row, &fate))
}

async fn attempt(app: &App, row: &mut OutboxRow) -> anyhow::Result<Fate> {
    let (call, too_late) = match prepare(app, row).await? {
        Prepared::Call(call) => (call, None),
        Prepared::TooLate(call, moot) => (call, Some(moot)),
        Prepared::Nothing(fate) => return Ok(fate),
    };
    let now = app.clock.now();
    if let Some(fate) = look_first(app, row, &call, now).await {
        return Ok(fate);
    }
    if let Some(moot) = too_late {
        return Ok(Fate::GivenUp {
            code: moot.code().into(),
        });
    }
    let method = call.method();
    if let Some(at) = app.pacing.take(method, call.posts_to(), now) {
        return Ok(Fate::NotYet { at });
    }
    if row.interrupted && !start_anew(app, row).await? {
        return Ok(Fate::NotYet { at: now });
    }
    let (outcome, error) = call.make(&app.slack).await;
    let limited = matches!(error, Some(CallError::RateLimited { .. }));
    let error = error.map_or_else(String::new, |error| error.to_string());
    let now = app.clock.now();
    Ok(match outcome {
        Outcome::Delivered(delivery) => Fate::Sent(call.receipt(&delivery)),
        Outcome::Retry { after } => {
            let after = lasting(after);
            if limited {
                app.pacing.block(method, now + after);
                Fate::NotYet { at: now + after }
            } else {
                Fate::Retry {
                    at: now + after.max(backoff(row.attempts, row.id.as_bytes()[15])),
                    error,
                }
            }
        }
        Outcome::GiveUp { code } => Fate::GivenUp { code },
        Outcome::Unknown => match call.repeats() {
            Repeats::Harmlessly => Fate::Retry {
                at: now + backoff(row.attempts, row.id.as_bytes()[15]),
                error,
            },
            Repeats::AfterLooking(_) => Fate::Unknown {
                sent_at: now,
                at: safe_to_look(now),
                error,
            },
            Repeats::Never => Fate::GivenUp {
                code: "unknown_outcome".into(),
            },
        },
    })
}

/// What a row comes to.
enum Prepared {
    Call(Call),
    /// There is no need to make it any more, but an earlier try may have reached Slack.
    TooLate(Call, Moot),
    /// There is no call to make; this is the row's fate.
    Nothing(Fate),
}

/// The call that the row asks for, on the incident as it stands now.
async fn prepare(app: &App, row: &OutboxRow) -> anyhow::Result<Prepared> {
    let now = app.clock.now();
    let Some(workplace) = app.workplace() else {
        // Slack has not answered since the start.
        return Ok(Prepared::Nothing(Fate::NotYet {
            at: now + Duration::seconds(2),
        }));
    };
    let effect = match &row.task {
        Task::Incident(effect) => effect,
        Task::Answer { url, body, .. } => {
            return Ok(Prepared::Call(Call::Respond {
                url: Ticket::new(url.expose()),
                body: body.clone(),
            }));
        }
        Task::Post {
            channel,
            thread,
            body,
            ..
        } => {
            return Ok(Prepared::Call(Call::Post {
                channel: channel.clone(),
                thread: thread.clone(),
                message: complete(body)?,
                outbox_id: row.id,
            }));
        }
        Task::Update { channel, ts, body } => {
            let at = MessageRef {
                channel: channel.clone(),
                ts: ts.clone(),
            };
            return Ok(Prepared::Call(Call::Update {
                at,
                message: complete(body)?,
            }));
        }
    };
    let id = row
        .incident
        .context("an incident's task without its incident")?;
    let Some(saved) = app.store.incident(&row.team, &id).await? else {
        anyhow::bail!(
            "outbox row {} is for {id}, which is not in the database",
            row.id
        );
    };
    let ctx = Ctx {
        language: reader_language(app, effect).await,
        rules: app.rules(),
        now,
        incidents_channel: &workplace.incidents_channel,
    };
    Ok(match plan(effect, &saved.incident, row.id, &ctx) {
        Plan::Make(call) => Prepared::Call(call),
        Plan::TooLate(call, moot) => Prepared::TooLate(call, moot),
        Plan::Skip => Prepared::Nothing(Fate::Skipped),
    })
}

fn complete(body: &serde_json::Value) -> anyhow::Result<Message> {
    serde_json::from_value(body.clone()).context("an outbox row whose message is none")
}

/// A channel is spoken to in the channels' language, a person in their own.
async fn reader_language(app: &App, effect: &Effect) -> Language {
    match effect {
        Effect::Tell {
            to: Reader::Person(user),
            ..
        } => app.language_of(user).await,
        _ => app.rules().language,
    }
}

/// The look has taken its time: the lease must cover the sending, which begins only now. `false`: somebody else holds
/// the row.
async fn start_anew(app: &App, row: &mut OutboxRow) -> anyhow::Result<bool> {
    let mut tx = app.store.begin().await?;
    let held = tx
        .mark_sending(row, app.clock.now(), Duration::seconds(LEASE_S))
        .await?;
    tx.commit().await?;
    Ok(held)
}

/// Settles what became of an earlier try before anything is sent again. None: it may be sent.
async fn look_first(app: &App, row: &OutboxRow, call: &Call, now: Time) -> Option<Fate> {
    let sent_at = row.sent_at?;
    match call.repeats() {
        Repeats::Harmlessly => None,
        Repeats::Never => Some(Fate::GivenUp {
            code: "unknown_outcome".into(),
        }),
        Repeats::AfterLooking(search) => {
            let safe_at = safe_to_look(sent_at);
            if now < safe_at {
                return Some(Fate::Unknown {
                    sent_at,
                    at: safe_at,
                    error: "waiting to look for it".into(),
                });
            }
            let error = match search.look(&app.slack, sent_at, safe_at).await {
                Ok(Some(found)) => return Some(Fate::Sent(Receipt::Message(found))),
                Ok(None) => return None,
                Err(error) => error,
            };
            let words = error.to_string();
            let pause = backoff(row.attempts, row.id.as_bytes()[15]);
            Some(match settle("conversations.history", &Err(error)) {
                // A place that will never be read (the channel is gone, a scope is missing) must not hold up whatever
                // else the incident has to say: not even a nag would come through.
                Outcome::GiveUp { code } => Fate::GivenUp { code },
                Outcome::Retry { after } => Fate::Unknown {
                    sent_at,
                    at: now + pause.max(lasting(after)),
                    error: words,
                },
                Outcome::Delivered(_) | Outcome::Unknown => Fate::Unknown {
                    sent_at,
                    at: now + pause,
                    error: words,
                },
            })
        }
    }
}

fn lasting(after: std::time::Duration) -> Duration {
    Duration::from_std(after).unwrap_or(Duration::seconds(BACKOFF_MAX_S))
}

fn safe_to_look(sent_at: Time) -> Time {
    sent_at + Duration::seconds(CALL_TIMEOUT_S + APPLIED_LATE_MAX_S)
}

/// 1, 2, 4 … seconds, up to a minute, and up to a quarter more so that not everything comes back at once.
fn backoff(attempts: i64, salt: u8) -> Duration {
    let whole = Duration::seconds((1_i64 << (attempts - 1).clamp(0, 6)).min(BACKOFF_MAX_S));
    whole + whole * i32::from(salt) / (4 * 255)
}

/// Ends the row, or says when it is tried again, and brings Slack's answer to the incident: in one transaction.
async fn record(app: &App, row: &OutboxRow, fate: &Fate) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let (held, command) = match fate {
        Fate::Sent(receipt) => {
            let first = tx.mark_sent(row, message_of(receipt), now).await?;
            if let (
                Task::Post {
                    about: Some(report),
                    ..
                },
                Receipt::Message(offer),
            ) = (&row.task, receipt)
            {
                tx.set_report_offer(report, &offer.ts).await?;
            }
            (
                first,
                effect_of(row).map(|effect| Command::Delivered {
                    effect,
                    receipt: receipt.clone(),
                }),
            )
        }
        Fate::Skipped => (tx.mark_sent(row, None, now).await?, None),
        Fate::NotYet { at } => (tx.release(row, *at).await?, None),
        Fate::Retry { at, error } => {
            tracing::warn!(lane = row.lane, outbox_id = %row.id, error, retry_at = %at, "a call to Slack is tried again");
            (tx.mark_retry(row, *at, error).await?, None)
        }
        Fate::Unknown { sent_at, at, error } => {
            tracing::warn!(lane = row.lane, outbox_id = %row.id, error, look_at = %at, "Slack may have taken a message; it is looked for before it is sent again");
            (tx.mark_unknown(row, *sent_at, *at, error).await?, None)
        }
        Fate::GivenUp { code } => {
            match Moot::of_code(code) {
                Some(_) => {
                    tracing::info!(lane = row.lane, outbox_id = %row.id, code, "held back: nobody needs it any more")
                }
                None => {
                    tracing::warn!(lane = row.lane, outbox_id = %row.id, task = row.task.kind(), code, "Slack refused for good")
                }
            }
            let held = tx.mark_given_up(row, code, now).await?;
            (
                held,
                effect_of(row).map(|effect| Command::Undelivered {
                    effect,
                    code: code.clone(),
                }),
            )
        }
    };
    if !held {
        // Another replica has the row, or has ended it: what follows from it is that one's to say.
        return Ok(());
    }
    if let (Some(command), Some(incident)) = (command, row.incident) {
        let order = Order {
            team: row.team.clone(),
            incident,
            by: Actor::Balefire,
            command,
        };
        if let Err(refusal) = app.carry_out(&mut tx, &order, now).await? {
            tracing::error!(%incident, ?refusal, "an answer of Slack's found no place");
        }
    }
    app.steps.pass(Step::OutboxRecorded).await?;
    tx.commit().await?;
    app.steps.pass(Step::OutboxCommitted).await?;
    Ok(())
}

fn effect_of(row: &OutboxRow) -> Option<Box<Effect>> {
    match &row.task {
        Task::Incident(effect) => Some(Box::new(effect.clone())),
        Task::Answer { .. } | Task::Post { .. } | Task::Update { .. } => None,
    }
}

fn message_of(receipt: &Receipt) -> Option<(&ChannelId, &MessageTs)> {
    match receipt {
        Receipt::Message(message) => Some((&message.channel, &message.ts)),
        Receipt::Done | Receipt::Channel(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_look_comes_after_the_latest_application() {
        let sent_at = chrono::DateTime::from_timestamp_millis(0).unwrap();
        assert_eq!((safe_to_look(sent_at) - sent_at).num_seconds(), 30);
    }

    #[test]
    fn pauses_grow_to_a_minute_and_differ() {
        let pause = |attempts, last| backoff(attempts, last).num_seconds();
        let pauses: Vec<i64> = (1..=8).map(|attempts| pause(attempts, 0)).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(pause(7, 255), 75);
    }
}
