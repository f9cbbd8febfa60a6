//! The only sender. Each lane is sent strictly in order, one call at a time; what Slack answers comes back through
//! the door in the transaction that ends the row. Nothing is lost or sent twice, whatever stops in between: a row is
//! *pending*, then *sending* under a lease that outlives the call, then *sent*. A row found *sending* after its
//! lease, or whose answer never came, has an unknown outcome: it is looked for in Slack's history before it is sent
//! again, and not before a late application is out of the question.

mod claim;
mod elsewhere;
mod operators;
mod pauses;
mod turns;

use std::sync::Arc;

use chrono::Duration;

use crate::app::App;
use crate::app::door::{Order, attempted, retried};
use crate::app::steps::Step;
use crate::clock::Time;
use crate::domain::command::{Command, Receipt};
use crate::domain::effect::Effect;
use crate::domain::event::{HomeLoss, UNKNOWN_OUTCOME};
use crate::domain::incident::Actor;
use crate::ids::{ChannelId, MessageTs, TeamId};
use crate::pump::pacing::{self, Ahead, Paces};
use crate::pump::sends::Flight;
use crate::slack::call::{Call, Looked, Repeats, Search};
use crate::slack::client::{CallError, RESPOND};
use crate::slack::outcome::{Outcome, RETRY_AFTER_MAX, settle, silence};
use crate::store::{OutboxRow, Task, WriteTx};
use crate::telemetry::{self, Sent, Settled};
use claim::{Errand, METHODS, Prepared, claim, find_words, where_sent};
use elsewhere::in_person;
use pauses::{after_pause, backoff, lasting, salt};
use turns::{next_turn, paced_team, start_anew};

/// The longest a call may take before it counts as unanswered, in seconds.
pub const CALL_TIMEOUT_S: i64 = 10;
/// How long after its sending a request may still be applied at Slack, in seconds. Chosen well above what was ever
/// reported for its edge.
const APPLIED_LATE_MAX_S: i64 = 20;
/// How long a claim holds, in seconds.
const LEASE_S: i64 = 60;
/// How long after its claim a call may begin, in seconds: with what Slack takes to apply it, no longer than a look waits.
const SENT_WITHIN_S: i64 = 10;
/// The pause after a 429 that names none.
const BUSY: std::time::Duration = std::time::Duration::from_secs(10);

// A claim must outlive the calls it covers (opening a conversation and posting, say), or a second replica makes them
// again.
const _: () = assert!(4 * CALL_TIMEOUT_S < LEASE_S);
const _: () = assert!(SENT_WITHIN_S <= CALL_TIMEOUT_S);

/// What became of a row.
enum Fate {
    Sent(Receipt),
    /// Nothing to do any more.
    Skipped,
    Retry {
        at: Time,
        error: String,
        /// Nothing that is said is taken, whatever it is: Slack's error code.
        silence: Option<String>,
    },
    /// Not its fault: it keeps its number of tries.
    NotYet {
        at: Time,
    },
    /// It was looked for, and Slack does not have it: it is claimed anew, on the incident as it stands by then.
    Absent,
    /// Slack asked to leave this method alone until then.
    Limited {
        method: &'static str,
        at: Time,
    },
    /// Slack may or may not have taken what was on its way from then until then; the look comes at `at`.
    Unknown {
        sent: (Time, Time),
        at: Time,
        error: String,
        /// As for a retry.
        silence: Option<String>,
    },
    /// It never will take it. `channel`: for which it was.
    GivenUp {
        code: String,
        channel: Option<ChannelId>,
    },
    /// Slack may have it, and it is not sent again, because nobody can look; for a reason, unless it is an answer to a
    /// person, for which there is no way to look.
    MayBeThere {
        channel: Option<ChannelId>,
        unread: Option<String>,
    },
    /// The incident cannot speak there any more: it is said, in its turn, where the incident speaks from now on.
    HomeLost {
        channel: ChannelId,
        why: HomeLoss,
    },
}

/// Starts what is due, one call per lane, and does not wait for the answers. Returns how many were started; 0 means
/// that there was nothing to do, or that as many as can be are on their way.
///
/// # Errors
/// When the store fails; what was claimed comes up again after its lease.
pub async fn turn(app: &Arc<App>) -> anyhow::Result<usize> {
    let room = app.sends.room()?;
    let now = app.clock.now();
    let Some(workplace) = app.workplace() else {
        return Ok(0);
    };
    if room == 0 {
        return Ok(0);
    }
    let ahead = ahead(app, &workplace.team, now).await?;
    let limits = ahead.map(|ahead| {
        let due = ahead.filter(|ahead| ahead.next_at <= now);
        due.map_or(0, |due| due.left.min(room))
    });
    if limits == [0, 0] {
        return Ok(0);
    }
    // It rings no bell: where others hold what is due, this pump would turn in a circle.
    let errands = attempted!(claim(app, &workplace, limits, room))?;
    app.steps.pass(Step::OutboxClaimed).await?;
    let started = errands.len();
    for errand in errands {
        let (app_of_it, flight) = (Arc::clone(app), Flight::of(&errand.row));
        app.sends
            .start(flight, async move { serve(&app_of_it, errand).await });
    }
    Ok(started)
}

/// When a turn may next find something to do. None: nothing waits.
///
/// # Errors
/// When the store fails.
pub async fn next_at(app: &App) -> anyhow::Result<Option<Time>> {
    // Until Slack has said where we work, there is nowhere to send to.
    let Some(workplace) = app.workplace() else {
        return Ok(None);
    };
    let ahead = ahead(app, &workplace.team, app.clock.now()).await?;
    let next_at = ahead.into_iter().flatten().map(|ahead| ahead.next_at);
    Ok(next_at.min())
}

async fn ahead(app: &App, team: &TeamId, now: Time) -> anyhow::Result<[Option<Ahead>; 2]> {
    pacing::ahead(&app.store, team, METHODS, now).await
}

async fn serve(app: &App, errand: Errand) -> anyhow::Result<()> {
    app.steps.pass(Step::OutboxStarted).await?;
    let served = attempt_and_record(app, errand).await;
    app.steps.pass(Step::OutboxEnded).await?;
    served
}

async fn attempt_and_record(app: &App, mut errand: Errand) -> anyhow::Result<()> {
    let fate = attempt(app, &mut errand).await?;
    if matches!(fate, Fate::Sent(_)) {
        app.steps.pass(Step::OutboxSent).await?;
    }
    retried!(app, record(app, &errand.row, &fate, &errand.called))
}

async fn attempt(app: &App, errand: &mut Errand) -> anyhow::Result<Fate> {
    find_words(app, errand).await;
    let Errand {
        row, what, called, ..
    } = errand;
    let (call, too_late) = match what {
        Prepared::Call(call) => (&*call, None),
        Prepared::TooLate(call, moot) => (&*call, Some(*moot)),
        Prepared::Nothing => return Ok(Fate::Skipped),
    };
    let mut anew = false;
    if let (Some(sent_at), Some(sent_by)) = (row.sent_at, row.sent_by()) {
        match call.repeats() {
            Repeats::Anytime => telemetry::unknown_settled(Settled::Repeated),
            // Should this try be lost as well, the next one waits for it anew: what Slack applies late must not show
            // an older state than the next one.
            Repeats::WhenSettled => anew = true,
            Repeats::Never => {
                telemetry::unknown_settled(Settled::GivenUp);
                return Ok(Fate::MayBeThere {
                    channel: None,
                    unread: None,
                });
            }
            Repeats::AfterLooking(search) => {
                let elsewhere = where_sent(search.clone(), row);
                let sent = (sent_at, sent_by);
                let moved = search != elsewhere;
                if let Some(fate) = look(app, row, &elsewhere, moved, sent, called).await {
                    return Ok(match or_moved_on(app, row, call, fate) {
                        // A channel that is not to be found is gone, or private and closed to us: others may read there.
                        Fate::GivenUp { code, .. } => not_to_be_known(&elsewhere, code),
                        fate => fate,
                    });
                }
                telemetry::unknown_settled(Settled::Absent);
                // Reading took its time: what is said is what is true now, and perhaps nothing is to be said.
                return Ok(Fate::Absent);
            }
        }
    }
    if let Some(moot) = too_late {
        return Ok(Fate::GivenUp {
            code: moot.code().into(),
            channel: None,
        });
    }
    if anew {
        match retried!(app, start_anew(app, row, call))? {
            Ok(lease_until) => {
                row.lease_until = lease_until;
                telemetry::unknown_settled(Settled::Repeated);
            }
            Err(at) => return Ok(Fate::NotYet { at }),
        }
    }
    app.steps.pass(Step::OutboxSending).await?;
    let sent_at = app.clock.now();
    // Whoever comes this late (a machine that slept, a database that hung) may not be the only one to send it, and should
    // it die now, a look that counts from the claim would come too early.
    if sent_at + Duration::seconds(LEASE_S - SENT_WITHIN_S) > row.lease_until {
        return Ok(Fate::NotYet { at: sent_at });
    }
    let method = call.method();
    let (outcome, error) = call
        .make(&app.slack, &|method| Box::pin(next_turn(app, row, method)))
        .await;
    let silence = error.as_ref().and_then(silence).map(str::to_owned);
    match (&silence, &error) {
        (Some(code), _) => app.is_heard(Some(code)),
        // It needs no token.
        _ if method == RESPOND => {}
        (None, None | Some(CallError::Refused { .. } | CallError::NoTurn { .. })) => {
            app.is_heard(None);
        }
        _ => {}
    }
    if let Some(CallError::NoTurn { wait }) = error {
        let at = app.clock.now() + lasting(wait);
        return Ok(Fate::NotYet { at });
    }
    // It need not be the call's own: a channel is made, and looked for, by others.
    let limited = match error {
        Some(CallError::RateLimited { method, .. }) => Some(method),
        _ => None,
    };
    let error = error.map_or_else(String::new, |error| error.to_string());
    telemetry::sent(
        method,
        match &outcome {
            Outcome::Delivered(_) => Sent::Delivered,
            Outcome::Retry { .. } if limited.is_some() => Sent::Limited,
            Outcome::Retry { .. } => Sent::Retry,
            Outcome::GiveUp { .. } => Sent::GivenUp,
            Outcome::Unknown => Sent::Unknown,
        },
    );
    if matches!(outcome, Outcome::Retry { .. }) {
        telemetry::retried(method);
    }
    let now = app.clock.now();
    let pause = backoff(row.attempts, salt(row));
    let fate = match outcome {
        Outcome::Delivered(delivery) => Fate::Sent(call.receipt(&delivery)),
        Outcome::Retry { after } => match limited {
            Some(method) => Fate::Limited {
                method,
                at: now + after_pause(after, row),
            },
            None => Fate::Retry {
                at: now + pause.max(lasting(after)),
                error,
                silence,
            },
        },
        Outcome::GiveUp { code } => Fate::GivenUp {
            code,
            channel: call.channel().cloned(),
        },
        Outcome::Unknown => match call.repeats() {
            Repeats::Anytime => Fate::Retry {
                at: now + pause,
                error,
                silence: None,
            },
            // A machine that slept amid the call wakes up long after it; a clock may be set back meanwhile.
            Repeats::WhenSettled | Repeats::AfterLooking(_) => Fate::Unknown {
                sent: (sent_at.min(now), sent_at.max(now)),
                at: safe_to_look(now),
                error,
                silence: None,
            },
            Repeats::Never => Fate::MayBeThere {
                channel: None,
                unread: None,
            },
        },
    };
    Ok(or_moved_on(app, row, call, fate))
}

/// What the incident's own channel will not take is not given up: the incident has its thread to speak in.
fn or_moved_on(app: &App, row: &OutboxRow, call: &Call, fate: Fate) -> Fate {
    let Fate::GivenUp { code, .. } = &fate else {
        return fate;
    };
    match (
        &row.task,
        call.speaks_in(),
        HomeLoss::of_code(code),
        app.workplace(),
    ) {
        (Task::Incident(effect), Some(channel), Some(why), Some(workplace))
            if effect.is_for_home() && *channel != workplace.incidents_channel =>
        {
            Fate::HomeLost {
                channel: channel.clone(),
                why,
            }
        }
        _ => fate,
    }
}

/// Settles what became of an earlier try before anything is sent again. None: Slack does not have it. `moved`: by now
/// it would be sent somewhere else. `called` gets what was called beyond the turns that were taken.
async fn look(
    app: &App,
    row: &OutboxRow,
    search: &Search,
    moved: bool,
    sent: (Time, Time),
    called: &mut Vec<&'static str>,
) -> Option<Fate> {
    // By Slack's clock as well as by ours, which may have been set since.
    let ahead = app.ahead_of_slack();
    let from = sent.0 - ahead.most;
    let until = safe_to_look(sent.1) - ahead.least;
    let looked = search.look(&app.slack, from, until, called).await;
    for paid in search.methods() {
        if let Some(nth) = called.iter().position(|method| method == paid) {
            called.swap_remove(nth);
        }
    }
    let now = app.clock.now();
    let error = match looked {
        Ok(Looked::Found(found)) => {
            telemetry::unknown_settled(Settled::Found);
            return Some(Fate::Sent(Receipt::Message(found)));
        }
        Ok(Looked::Absent) => return None,
        Ok(Looked::Unread(code)) => return Some(not_to_be_known(search, code)),
        Err(CallError::RateLimited {
            method,
            retry_after,
        }) => {
            return Some(Fate::Limited {
                method,
                at: now + after_pause(retry_after.unwrap_or(BUSY).min(RETRY_AFTER_MAX), row),
            });
        }
        Err(error) => error,
    };
    let words = error.to_string();
    let silence = silence(&error).map(str::to_owned);
    if silence.is_some() {
        app.is_heard(silence.as_deref());
    }
    let pause = backoff(row.attempts, salt(row));
    Some(match settle("conversations.history", &Err(error)) {
        // A place that will never be read (the channel is gone, a scope is missing) must not hold up whatever
        // else the incident has to say: not even a nag would come through.
        Outcome::GiveUp { code } => match HomeLoss::of_code(&code) {
            // Gone, and whatever was said there with it.
            Some(HomeLoss::Deleted) if moved => return None,
            Some(HomeLoss::Deleted) => Fate::GivenUp {
                code,
                channel: None,
            },
            // Others may read there what we cannot.
            Some(HomeLoss::Removed | HomeLoss::Archived) | None => not_to_be_known(search, code),
        },
        Outcome::Retry { after } => Fate::Unknown {
            sent,
            at: now + pause.max(lasting(after)),
            error: words,
            silence,
        },
        Outcome::Delivered(_) | Outcome::Unknown => Fate::Unknown {
            sent,
            at: now + pause,
            error: words,
            silence,
        },
    })
}

/// It may be there, and cannot be looked for: it is not sent again.
fn not_to_be_known(search: &Search, code: String) -> Fate {
    telemetry::unknown_settled(Settled::GivenUp);
    Fate::MayBeThere {
        channel: search.channel().cloned(),
        unread: Some(code),
    }
}

fn safe_to_look(sent_at: Time) -> Time {
    sent_at + Duration::seconds(CALL_TIMEOUT_S + APPLIED_LATE_MAX_S)
}

/// Ends the row, or says when it is tried again, and brings Slack's answer to the incident: in one transaction.
async fn record(
    app: &App,
    row: &OutboxRow,
    fate: &Fate,
    called: &[&'static str],
) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let team = paced_team(app, row);
    let mut paces = Paces::new(&team, now);
    paces.charge(&mut tx, called).await?;
    if let Fate::Limited { method, at } = fate {
        paces.block(&mut tx, method, *at).await?;
    }
    paces.save(&mut tx);
    if let (Fate::Sent(_) | Fate::GivenUp { .. } | Fate::MayBeThere { .. }, Some(incident)) =
        (fate, &row.incident)
    {
        tx.foresee(&row.team, incident);
    }
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
                tx.set_report_offer(report, &offer.ts);
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
        Fate::NotYet { at } | Fate::Limited { at, .. } => (tx.release(row, *at).await?, None),
        Fate::Absent => (tx.mark_absent(row, now).await?, None),
        Fate::Retry { at, error, silence } => (
            tx.mark_retry(row, *at, error).await?,
            silence.clone().map(|code| Command::Silence { code }),
        ),
        Fate::Unknown {
            sent,
            at,
            error,
            silence,
        } => (
            tx.mark_unknown(row, *sent, *at, error).await?,
            silence.clone().map(|code| Command::Silence { code }),
        ),
        Fate::GivenUp { code, channel } => {
            end_unsent(&mut tx, row, code, channel, None, now).await?
        }
        Fate::MayBeThere { channel, unread } => {
            end_unsent(&mut tx, row, UNKNOWN_OUTCOME, channel, unread.clone(), now).await?
        }
        Fate::HomeLost { channel, why } => (
            tx.mark_retry(row, now, why.code()).await?,
            Some(Command::LoseHome {
                channel: channel.clone(),
                why: *why,
            }),
        ),
    };
    if !held {
        // Another replica has the row, or has ended it: what follows from it is that one's to say.
        return Ok(());
    }
    let mut changed = None;
    if let (Some(command), Some(incident)) = (command, row.incident) {
        let order = Order {
            team: row.team.clone(),
            incident,
            by: Actor::Balefire,
            command,
        };
        match app.carry_out(&mut tx, &order, now).await? {
            Ok(done) => changed = Some(done.incident),
            Err(refusal) => {
                tracing::error!(%incident, lane = row.lane, outbox_id = %row.id, refusal = refusal.kind(), "an answer of Slack's found no place");
            }
        }
    }
    if let Fate::GivenUp { code, .. } = fate
        && let Some((lane, task)) = in_person(app, row, code)?
    {
        tx.enqueue(&row.team, &lane, None, &[task], now)?;
    }
    app.steps.pass(Step::OutboxRecorded).await?;
    tx.commit().await?;
    if let Some(incident) = changed {
        app.watch(&incident);
    }
    operators::tell(row, fate, now);
    app.steps.pass(Step::OutboxCommitted).await?;
    Ok(())
}

/// Ends a row that is not sent any more; with it what the incident is told of it, unless another holds the row.
async fn end_unsent(
    tx: &mut WriteTx,
    row: &OutboxRow,
    code: &str,
    channel: &Option<ChannelId>,
    unread: Option<String>,
    now: Time,
) -> anyhow::Result<(bool, Option<Command>)> {
    let held = tx.mark_given_up(row, code, now).await?;
    let told = effect_of(row).map(|effect| Command::Undelivered {
        effect,
        code: code.into(),
        channel: channel.clone(),
        unread,
    });
    Ok((held, told))
}

fn effect_of(row: &OutboxRow) -> Option<Box<Effect>> {
    match &row.task {
        Task::Incident(effect) => Some(Box::new(effect.clone())),
        Task::Answer { .. }
        | Task::Post { .. }
        | Task::DirectMessage { .. }
        | Task::Update { .. } => None,
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
}
