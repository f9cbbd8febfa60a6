//! Which rows are sent next, and what each of them asks for: read, planned, paced and taken in one transaction.

use anyhow::Context;
use chrono::Duration;
use uuid::Uuid;

use super::{LEASE_S, safe_to_look};
use crate::app::{App, Workplace};
use crate::clock::Time;
use crate::domain::backlog;
use crate::domain::effect::{Effect, Reader};
use crate::domain::incident::{Incident, MessageRef};
use crate::domain::moot::Moot;
use crate::ids::ChannelId;
use crate::pump::attended;
use crate::pump::pacing::{Paces, Turns};
use crate::slack::call::{Call, Repeats, Search};
use crate::slack::inbound::Ticket;
use crate::slack::plan::{Plan, plan};
use crate::slack::render::{Ctx, Message};
use crate::store::{OutboxRow, Saved, Task, WriteTx};

/// How many rows of a lane are looked at for a summary.
const BACKLOG_MAX: u32 = 200;

/// Of each rank, the method that most of its rows call. While our pace has no turn for it, a moment, none of the rank is
/// claimed: claiming what must be put off again is work for nothing.
pub(super) const METHODS: [&str; 2] = ["chat.postMessage", "chat.update"];

/// A row that was taken, and what it asks for.
pub(super) struct Errand {
    pub row: OutboxRow,
    pub what: Prepared,
    /// What was called for it, beyond the turns that it took.
    pub called: Vec<&'static str>,
    /// The words wait for the reader's language.
    pub unsure: Option<Box<Incident>>,
}

/// Takes what may be sent now: of each rank at most so many rows, and all in all no more than there is room for. What
/// has no turn yet is put off until it has.
pub(super) async fn claim(
    app: &App,
    workplace: &Workplace,
    limits: [u32; 2],
    room: u32,
) -> anyhow::Result<Vec<Errand>> {
    let now = app.clock.now();
    let flying = app.sends.rows();
    let passed_over = u32::try_from(flying.len())?;
    let limits = limits.map(|limit| match limit {
        0 => 0,
        limit => limit + passed_over,
    });
    let mut tx = app.store.begin().await?;
    let mut rows = tx.due(limits, now).await?;
    rows.retain(|row| !flying.contains(&row.id));
    let prepared = prepared(app, &mut tx, rows, &workplace.incidents_channel, now).await?;
    let mut paces = Paces::new(&workplace.team, now);
    let turns = prepared
        .iter()
        .filter_map(|errand| first_turn(errand, now).ok()?)
        .collect();
    paces.learn_of(&mut tx, turns).await?;
    let mut errands = vec![];
    let mut put_off = vec![];
    let room = usize::try_from(room)?;
    for mut errand in prepared {
        if errands.len() == room {
            // The others are still due.
            break;
        }
        let turn = match first_turn(&errand, now) {
            Ok(Some(turns)) => paces.take(&mut tx, turns).await?,
            Ok(None) => Ok(()),
            Err(at) => Err(at),
        };
        match turn {
            Ok(()) => {
                let lease = Duration::seconds(LEASE_S);
                let place = errand.what.place();
                tx.take(&mut errand.row, place.as_deref(), now, lease);
                errands.push(errand);
            }
            Err(at) => put_off.push((errand.row, at)),
        }
    }
    // In a text of their own, of which there are few, and not in any order with the others: each new one is prepared.
    for (row, at) in &put_off {
        tx.put_off(row, *at);
    }
    paces.save(&mut tx);
    tx.commit().await?;
    Ok(errands)
}

/// What the rows come to. One that makes no sense must not stop all others: it is put off.
async fn prepared(
    app: &App,
    tx: &mut WriteTx,
    rows: Vec<OutboxRow>,
    incidents_channel: &ChannelId,
    now: Time,
) -> anyhow::Result<Vec<Errand>> {
    let named: Vec<_> = rows
        .iter()
        .filter_map(|row| Some((&row.team, row.incident?)))
        .collect();
    let mut incidents = tx.incidents_as_they_are(&named).await?.into_iter();
    let mut errands = vec![];
    for mut row in rows {
        let incident = match row.incident.and_then(|_| incidents.next()) {
            Some(found) => found,
            None => Ok(None),
        };
        let prepared = match incident {
            Ok(saved) => {
                let prepare = prepare(app, tx, &mut row, saved, incidents_channel, now);
                attended(prepare).await
            }
            Err(unreadable) => Err(unreadable),
        };
        match prepared {
            Ok((what, unsure)) => errands.push(Errand {
                row,
                what,
                called: vec![],
                unsure,
            }),
            Err(error) => {
                if !row.is_young(now) {
                    tracing::error!(incident = row.incident.map(|id| id.to_string()), lane = row.lane, outbox_id = %row.id, error = format!("{error:#}"), "this row cannot be sent as it is; it is looked at again in a minute");
                }
                tx.put_off(&row, row.looked_at_again(now));
            }
        }
    }
    Ok(errands)
}

/// What has waited too long to be said one by one is said in one message: what it says, and which other rows it stands
/// for.
async fn summary(
    tx: &mut WriteTx,
    head: &OutboxRow,
    effect: &Effect,
    incident: &Incident,
    now: Time,
) -> anyhow::Result<Option<(Effect, Vec<Uuid>)>> {
    if head.interrupted || !backlog::may_head(effect, now - head.created_at) {
        return Ok(None);
    }
    let behind = tx.waiting_behind(head, BACKLOG_MAX).await?;
    let effects = behind.iter().map_while(|row| match &row.task {
        Task::Incident(effect) if !row.interrupted => Some(effect),
        _ => None,
    });
    let summary = backlog::sum_up(effect, effects, incident);
    Ok(summary.map(|summary| {
        let others = summary.said.iter().map(|nth| behind[*nth].id).collect();
        (summary.effect, others)
    }))
}

/// What the first call for a row takes, if it makes any; or when that may be made.
fn first_turn(Errand { row, what, .. }: &Errand, now: Time) -> Result<Option<Turns<'_>>, Time> {
    let call = match what {
        Prepared::Call(call) => call,
        Prepared::TooLate(call, _) if row.interrupted => call,
        Prepared::TooLate(..) | Prepared::Nothing => return Ok(None),
    };
    let Some(sent_at) = row.sent_at else {
        return Ok(Some(turns(call)));
    };
    // Whoever lived to say until when it was on its way has put it off accordingly.
    let safe_at = safe_to_look(sent_at);
    match call.repeats() {
        Repeats::Never => Ok(None),
        Repeats::Anytime => Ok(Some(turns(call))),
        Repeats::WhenSettled | Repeats::AfterLooking(_) if now < safe_at => Err(safe_at),
        // Its turn comes when it begins anew.
        Repeats::WhenSettled => Ok(None),
        Repeats::AfterLooking(search) => Ok(Some(Turns {
            methods: where_sent(search, row).methods().to_vec(),
            posts_to: None,
        })),
    }
}

/// It is looked for where it was sent: by now it would perhaps be sent somewhere else.
pub(super) fn where_sent(search: Search, row: &OutboxRow) -> Search {
    match &row.sent_to {
        Some(place) => search.at(place),
        None => search,
    }
}

pub(super) fn turns(call: &Call) -> Turns<'_> {
    Turns {
        methods: vec![call.method()],
        posts_to: call.posts_to(),
    }
}

/// Where a message goes, to be kept with the row.
fn place(call: &Call) -> Option<String> {
    match call.repeats() {
        Repeats::AfterLooking(search) => Some(search.place()),
        Repeats::Anytime | Repeats::WhenSettled | Repeats::Never => None,
    }
}

/// The words were found in the language of somebody nobody knew yet. By now Slack may say which it is.
pub(super) async fn find_words(app: &App, errand: &mut Errand) {
    let Some(incident) = errand.unsure.take() else {
        return;
    };
    if let (
        Task::Incident(
            effect @ Effect::Tell {
                to: Reader::Person(user),
                ..
            },
        ),
        Some(workplace),
    ) = (&errand.row.task, app.workplace())
    {
        let ctx = Ctx {
            language: app.language_of(user).await,
            rules: app.rules(),
            now: app.clock.now(),
            incidents_channel: &workplace.incidents_channel,
        };
        errand.what = Prepared::of(plan(effect, &incident, errand.row.id, &ctx));
    }
}

/// What a row comes to.
pub(super) enum Prepared {
    Call(Call),
    /// There is no need to make it any more, but an earlier try may have reached Slack.
    TooLate(Call, Moot),
    /// There is no call to make.
    Nothing,
}

impl Prepared {
    fn of(plan: Plan) -> Self {
        match plan {
            Plan::Make(call) => Prepared::Call(call),
            Plan::TooLate(call, moot) => Prepared::TooLate(call, moot),
            Plan::Skip => Prepared::Nothing,
        }
    }

    /// Where its message goes, to be kept with the row.
    fn place(&self) -> Option<String> {
        match self {
            Prepared::Call(call) => place(call),
            Prepared::TooLate(..) | Prepared::Nothing => None,
        }
    }
}

/// The call that the row asks for, on the incident as it stands now; and the incident, if nobody knows yet which
/// language the reader reads.
async fn prepare(
    app: &App,
    tx: &mut WriteTx,
    row: &mut OutboxRow,
    incident: Option<Saved>,
    incidents_channel: &ChannelId,
    now: Time,
) -> anyhow::Result<(Prepared, Option<Box<Incident>>)> {
    let call = match &row.task {
        Task::Incident(effect) => {
            let saved = incident.context("its incident is not in the database")?;
            let summary = summary(tx, row, effect, &saved.incident, now).await?;
            let effect = summary.as_ref().map_or(effect, |(effect, _)| effect);
            // A channel is spoken to in the channels' language, a person in their own.
            let (language, unsure) = match effect {
                Effect::Tell {
                    to: Reader::Person(user),
                    ..
                } => (app.people.language(user), app.people.locale(user).is_none()),
                _ => (app.rules().language, false),
            };
            let ctx = Ctx {
                language,
                rules: app.rules(),
                now,
                incidents_channel,
            };
            let what = Prepared::of(plan(effect, &saved.incident, row.id, &ctx));
            // Only now: what stumbles over the words must leave the rows as they are.
            if let Some((effect, others)) = summary {
                tx.sum_up(row, Task::Incident(effect), &others)?;
            }
            return Ok((what, unsure.then(|| Box::new(saved.incident))));
        }
        Task::Answer { url, body, .. } => Call::Respond {
            url: Ticket::new(url.expose()),
            body: body.clone(),
        },
        Task::Post {
            channel,
            thread,
            body,
            ..
        } => Call::Post {
            channel: channel.clone(),
            thread: thread.clone(),
            message: complete(body)?,
            outbox_id: row.id,
        },
        Task::DirectMessage { user, body } => Call::PostToPerson {
            user: user.clone(),
            message: complete(body)?,
            outbox_id: row.id,
        },
        Task::Update { channel, ts, body } => Call::Update {
            at: MessageRef {
                channel: channel.clone(),
                ts: ts.clone(),
            },
            message: complete(body)?,
        },
    };
    Ok((Prepared::Call(call), None))
}

pub(super) fn complete(body: &serde_json::Value) -> anyhow::Result<Message> {
    serde_json::from_value(body.clone()).context("an outbox row whose message is none")
}
