//! What Slack is still to be told: lanes of rows that go `pending → sending → sent` or `given_up`.
//!
//! In a lane one row is in flight at a time, in the order in which they were enqueued; refreshes wait until nothing
//! else does. A claim is a lease: when it runs out, nobody knows whether the row reached Slack, and the next claim
//! says so.

use anyhow::Context as _;
use chrono::Duration;
use sha2::{Digest as _, Sha256};
use sqlx::any::AnyRow;
use uuid::{Builder, Uuid};

use super::dialect::{Text, locking};
use super::rows::{Doing, Suspect, ms, to_json};
use super::wire::Wire;
use super::{Conflict, Lane, Store, Task, WriteTx};
use crate::clock::Time;
use crate::ids::{ChannelId, IncidentId, MessageTs, TeamId};

/// A claimed row: this process alone may send it, until the lease ends.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxRow {
    /// Travels with the message, so that it can be found again.
    pub id: Uuid,
    pub team: TeamId,
    pub lane: String,
    pub incident: Option<IncidentId>,
    pub task: Task,
    /// How many times it has been claimed, this one included.
    pub attempts: i64,
    /// It may have reached Slack already: look there before it is sent again.
    pub interrupted: bool,
    /// When it may have reached Slack, before this claim; there if and only if `interrupted`.
    pub sent_at: Option<Time>,
    pub created_at: Time,
    /// When somebody else may claim it.
    pub lease_until: Time,
}

/// How much waits in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depth {
    /// `pending` or `sending`.
    pub state: String,
    pub count: i64,
    /// When the oldest of them was enqueued.
    pub oldest: Time,
}

/// How often a claim begins anew when another replica has taken a lane in between.
const CLAIM_TRIES: u32 = 3;

impl Store {
    /// Takes rows to be sent, at most `limit` and one per lane: what is due and nobody holds. Rows whose lease ran out
    /// come first, as `interrupted`. Any other counts as sent from `now` on, in case this process does not live to say
    /// more. An interrupted one keeps the time of its last sending until [`WriteTx::mark_sending`]: whoever looks for it
    /// must look as far back, however many claims died in between.
    ///
    /// A row that makes no sense is given up here and logged, lest it stop all others.
    pub async fn claim(
        &self,
        now: Time,
        lease: Duration,
        limit: u32,
    ) -> anyhow::Result<Vec<OutboxRow>> {
        for _ in 0..CLAIM_TRIES {
            match self.try_claim(now, lease, limit).await {
                Err(error) if Conflict::caused(&error) => continue,
                claimed => return claimed,
            }
        }
        // The other replicas are busy with these lanes; what they leave is there next time.
        Ok(vec![])
    }

    async fn try_claim(
        &self,
        now: Time,
        lease: Duration,
        limit: u32,
    ) -> anyhow::Result<Vec<OutboxRow>> {
        // Most looks find nothing, and need not wait for a turn to write.
        if self.outbox_next_at().await?.is_none_or(|at| at > now) {
            return Ok(vec![]);
        }
        let mut tx = self.begin().await?;
        let lease_until = now + lease;
        let mut found = tx.select_claimable(OVERDUE, now, limit).await?;
        let room = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(limit));
        if room > 0 {
            found.extend(tx.select_claimable(HEADS, now, room).await?);
        }
        let mut claimed = vec![];
        for row in &found {
            let id = Suspect::new(row, "outbox", &["id"])?.text("id")?;
            if !tx.take(&id, now, lease_until).await? {
                continue;
            }
            match outbox_row(row, lease_until) {
                Ok(row) => claimed.push(row),
                Err(complaint) => {
                    tracing::error!("this outbox row will never be sent: {complaint:#}");
                    tx.end(&id, lease_until, "unreadable_row", now).await?;
                }
            }
        }
        tx.commit().await?;
        Ok(claimed)
    }

    /// When a claim may next find something: a head of a lane becomes due, or a lease ends. None: nothing waits.
    pub async fn outbox_next_at(&self) -> anyhow::Result<Option<Time>> {
        let mut connection = self.reader().await?;
        let row = sqlx::query(NEXT_AT)
            .fetch_one(&mut *connection)
            .await
            .doing("asked when the outbox is due")?;
        Suspect::new(&row, "outbox", &[])?.maybe_time("at")
    }

    /// How much is waiting and how much is on its way.
    pub async fn outbox_depth(&self) -> anyhow::Result<Vec<Depth>> {
        let mut connection = self.reader().await?;
        let rows = sqlx::query(
            "SELECT state, COUNT(*) AS count, MIN(created_at) AS oldest FROM outbox WHERE state = 'pending' GROUP BY state
             UNION ALL
             SELECT state, COUNT(*) AS count, MIN(created_at) AS oldest FROM outbox WHERE state = 'sending' GROUP BY state",
        )
        .fetch_all(&mut *connection)
        .await
        .doing("measured the outbox")?;
        rows.iter()
            .map(|row| {
                let row = Suspect::new(row, "outbox", &["state"])?;
                Ok(Depth {
                    state: row.text("state")?,
                    count: row.number("count")?,
                    oldest: row.time("oldest")?,
                })
            })
            .collect()
    }

    /// Ends every lease at once. Only for the one who knows that their holders are gone.
    pub(super) async fn end_leases(&self) -> anyhow::Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query("UPDATE outbox SET lease_until = sent_at WHERE state = 'sending'")
            .execute(tx.connection())
            .await
            .doing("ended the leases of a process that is gone")?;
        tx.commit().await
    }
}

macro_rules! outbox_where {
    ($rest:expr) => {
        concat!(
            "SELECT id, team, lane, rank, slot, incident_year, incident_number, kind, body, attempts, sent_at, created_at
               FROM outbox WHERE ",
            $rest
        )
    };
}

/// A row is the head of its lane when nothing of it is in flight and nothing else of it comes first.
macro_rules! is_head {
    () => {
        "state = 'pending'
         AND NOT EXISTS (SELECT 1 FROM outbox flying WHERE flying.lane = outbox.lane AND flying.state = 'sending')
         AND NOT EXISTS (SELECT 1 FROM outbox earlier WHERE earlier.lane = outbox.lane AND earlier.state = 'pending'
                         AND (earlier.rank < outbox.rank OR (earlier.rank = outbox.rank AND earlier.seq < outbox.seq)))"
    };
}

/// Heads that are due: what matters before refreshes, the longest due first.
pub(super) const HEADS: Text = locking!(
    outbox_where!(concat!(
        is_head!(),
        " AND not_before <= $1 ORDER BY rank, not_before, lane, seq LIMIT $2"
    )),
    "FOR UPDATE OF outbox SKIP LOCKED"
);

/// Rows whose lease has run out.
pub(super) const OVERDUE: Text = locking!(
    outbox_where!("state = 'sending' AND lease_until <= $1 ORDER BY lease_until, lane LIMIT $2"),
    "FOR UPDATE SKIP LOCKED"
);

pub(super) const NEXT_AT: &str = concat!(
    "SELECT MIN(at) AS at FROM (
         SELECT MIN(not_before) AS at FROM outbox WHERE ",
    is_head!(),
    " UNION ALL
         SELECT MIN(lease_until) AS at FROM outbox WHERE state = 'sending') AS times"
);

impl WriteTx {
    /// Puts tasks at the end of a lane, in this order, to be sent once this transaction is committed. A task whose slot
    /// is waiting already takes the place of the older one, at the end. `incident` must exist by now.
    pub async fn enqueue(
        &mut self,
        team: &TeamId,
        lane: &Lane,
        incident: Option<IncidentId>,
        tasks: &[Task],
        now: Time,
    ) -> anyhow::Result<()> {
        if tasks.is_empty() {
            return Ok(());
        }
        let last = last_seq(self.connection(), lane).await?;
        for (seq, task) in (last + 1..).zip(tasks) {
            let slot = task.slot();
            sqlx::query(
                "INSERT INTO outbox (id, team, lane, seq, rank, slot, incident_year, incident_number, kind, body,
                     state, attempts, not_before, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'pending', 0, $11, $11)
                 ON CONFLICT (lane, slot) WHERE state = 'pending' AND slot IS NOT NULL
                 DO UPDATE SET seq = excluded.seq, kind = excluded.kind, body = excluded.body",
            )
            .bind(row_id(lane, seq, now)?.to_string())
            .bind(team.as_str())
            .bind(lane.as_str())
            .bind(seq)
            .bind(i64::from(slot.is_some()))
            .bind(slot)
            .bind(incident.map(|id| i64::from(id.year)))
            .bind(incident.map(|id| i64::from(id.number)))
            .bind(task.kind())
            .bind(to_json(task)?)
            .bind(ms(now))
            .execute(self.connection())
            .await
            .doing("enqueued a task")?;
        }
        Ok(())
    }

    async fn select_claimable(
        &mut self,
        text: Text,
        now: Time,
        limit: u32,
    ) -> anyhow::Result<Vec<AnyRow>> {
        let text = text.on(self.engine);
        sqlx::query(text)
            .bind(ms(now))
            .bind(i64::from(limit))
            .fetch_all(self.connection())
            .await
            .doing("looked for rows to send")
    }

    /// The condition is asked again: between the look and this, another replica may have been quicker.
    async fn take(&mut self, id: &str, now: Time, lease_until: Time) -> anyhow::Result<bool> {
        let taken = sqlx::query(
            "UPDATE outbox SET state = 'sending', lease_until = $3, sent_at = COALESCE(sent_at, $2), attempts = attempts + 1
              WHERE id = $1 AND ((state = 'pending' AND not_before <= $2) OR (state = 'sending' AND lease_until <= $2))",
        )
        .bind(id)
        .bind(ms(now))
        .bind(ms(lease_until))
        .execute(self.connection())
        .await
        .doing("claimed a row")?;
        Ok(taken.rows_affected() == 1)
    }

    /// Says that the row is sent only now, and prolongs the lease to cover it: for whoever waited since the claim, or
    /// looked first and did not find it. False: the lease is lost; do not send.
    pub async fn mark_sending(
        &mut self,
        row: &mut OutboxRow,
        now: Time,
        lease: Duration,
    ) -> anyhow::Result<bool> {
        let lease_until = now + lease;
        let marked = sqlx::query(
            "UPDATE outbox SET sent_at = $3, lease_until = $4 WHERE id = $1 AND state = 'sending' AND lease_until = $2",
        )
        .bind(row.id.to_string())
        .bind(ms(row.lease_until))
        .bind(ms(now))
        .bind(ms(lease_until))
        .execute(self.connection())
        .await
        .doing("marked a row as being sent")?;
        let held = marked.rows_affected() == 1;
        if held {
            row.lease_until = lease_until;
        }
        Ok(held)
    }

    /// Slack has it, and `message` is where, if it is a message. That is true whoever holds the lease by now. False: it
    /// was known before, so whatever follows from it has been done.
    pub async fn mark_sent(
        &mut self,
        row: &OutboxRow,
        message: Option<(&ChannelId, &MessageTs)>,
        now: Time,
    ) -> anyhow::Result<bool> {
        let marked = sqlx::query(
            "UPDATE outbox SET state = 'sent', lease_until = NULL, done_at = $2, channel = $3, ts = $4, last_error = NULL
              WHERE id = $1 AND state <> 'sent'",
        )
        .bind(row.id.to_string())
        .bind(ms(now))
        .bind(message.map(|(channel, _)| channel.as_str()))
        .bind(message.map(|(_, ts)| ts.as_str()))
        .execute(self.connection())
        .await
        .doing("marked a row as sent")?;
        Ok(marked.rows_affected() == 1)
    }

    /// Slack certainly does not have it: it is sent again, not before that time. False: the lease was lost.
    pub async fn mark_retry(
        &mut self,
        row: &OutboxRow,
        not_before: Time,
        error: &str,
    ) -> anyhow::Result<bool> {
        self.put_back(row, not_before, None, row.attempts, Some(error))
            .await
    }

    /// It was sent at `sent_at`, and nobody knows whether Slack has it: it is claimed again not before `look_at`, as
    /// `interrupted`. False: the lease was lost.
    pub async fn mark_unknown(
        &mut self,
        row: &OutboxRow,
        sent_at: Time,
        look_at: Time,
        error: &str,
    ) -> anyhow::Result<bool> {
        self.put_back(row, look_at, Some(sent_at), row.attempts, Some(error))
            .await
    }

    /// Nothing was sent under this claim: all is as it was before, but not before that time. False: the lease was lost.
    pub async fn release(&mut self, row: &OutboxRow, not_before: Time) -> anyhow::Result<bool> {
        self.put_back(row, not_before, row.sent_at, row.attempts - 1, None)
            .await
    }

    /// Slack will never take it; `code` says why. False: the lease was lost, and it may yet be sent.
    pub async fn mark_given_up(
        &mut self,
        row: &OutboxRow,
        code: &str,
        now: Time,
    ) -> anyhow::Result<bool> {
        self.end(&row.id.to_string(), row.lease_until, code, now)
            .await
    }

    async fn end(
        &mut self,
        id: &str,
        lease_until: Time,
        code: &str,
        now: Time,
    ) -> anyhow::Result<bool> {
        let ended = sqlx::query(
            "UPDATE outbox SET state = 'given_up', lease_until = NULL, done_at = $3, last_error = $4
              WHERE id = $1 AND state = 'sending' AND lease_until = $2",
        )
        .bind(id)
        .bind(ms(lease_until))
        .bind(ms(now))
        .bind(code)
        .execute(self.connection())
        .await
        .doing("gave a row up")?;
        Ok(ended.rows_affected() == 1)
    }

    async fn put_back(
        &mut self,
        row: &OutboxRow,
        not_before: Time,
        sent_at: Option<Time>,
        attempts: i64,
        error: Option<&str>,
    ) -> anyhow::Result<bool> {
        if let Some(slot) = row.task.slot()
            && self.make_way(row, &slot, not_before).await?
        {
            return Ok(true);
        }
        let put = sqlx::query(
            "UPDATE outbox SET state = 'pending', lease_until = NULL, not_before = $3, sent_at = $4, attempts = $5,
                    last_error = COALESCE($6, last_error)
              WHERE id = $1 AND state = 'sending' AND lease_until = $2",
        )
        .bind(row.id.to_string())
        .bind(ms(row.lease_until))
        .bind(ms(not_before))
        .bind(sent_at.map(ms))
        .bind(attempts)
        .bind(error)
        .execute(self.connection())
        .await
        .doing("put a row back")?;
        Ok(put.rows_affected() == 1)
    }

    /// Drops a refresh that was in flight when a newer one came to wait in its slot; the newer inherits the delay.
    async fn make_way(
        &mut self,
        row: &OutboxRow,
        slot: &str,
        not_before: Time,
    ) -> anyhow::Result<bool> {
        let dropped = sqlx::query(
            "DELETE FROM outbox WHERE id = $1 AND state = 'sending' AND lease_until = $2
                AND EXISTS (SELECT 1 FROM outbox newer
                             WHERE newer.lane = $3 AND newer.slot = $4 AND newer.state = 'pending')",
        )
        .bind(row.id.to_string())
        .bind(ms(row.lease_until))
        .bind(&row.lane)
        .bind(slot)
        .execute(self.connection())
        .await
        .doing("dropped a refresh that a newer one replaces")?;
        if dropped.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query(
            "UPDATE outbox SET not_before = $3, attempts = $4
              WHERE lane = $1 AND slot = $2 AND state = 'pending' AND not_before < $3",
        )
        .bind(&row.lane)
        .bind(slot)
        .bind(ms(not_before))
        .bind(row.attempts)
        .execute(self.connection())
        .await
        .doing("let a newer refresh wait")?;
        Ok(true)
    }
}

async fn last_seq(connection: &mut Wire, lane: &Lane) -> anyhow::Result<i64> {
    let row = sqlx::query("SELECT COALESCE(MAX(seq), 0) AS seq FROM outbox WHERE lane = $1")
        .bind(lane.as_str())
        .fetch_one(connection)
        .await
        .doing("looked for the end of a lane")?;
    Suspect::new(&row, "outbox", &[])?.number("seq")
}

/// A version 7 identifier made of the time, the lane and the place in it. No chance is used, so that a history run
/// again with the same seed gives the same rows.
fn row_id(lane: &Lane, seq: i64, now: Time) -> anyhow::Result<Uuid> {
    let digest = Sha256::new()
        .chain_update(lane.as_str())
        .chain_update([0])
        .chain_update(seq.to_be_bytes())
        .finalize();
    let mut rest = [0; 10];
    rest.copy_from_slice(&digest[..10]);
    let at_ms = u64::try_from(ms(now)).context("a time before 1970")?;
    Ok(Builder::from_unix_timestamp_millis(at_ms, &rest).into_uuid())
}

fn outbox_row(row: &AnyRow, lease_until: Time) -> anyhow::Result<OutboxRow> {
    let row = Suspect::new(row, "outbox", &["id"])?;
    let task: Task = row.json("body")?;
    if task.kind() != row.text("kind")? || task.slot() != row.maybe_text("slot")? {
        return Err(row.complaint("body", "differs from the columns beside it"));
    }
    let sent_at = row.maybe_time("sent_at")?;
    Ok(OutboxRow {
        id: Uuid::parse_str(&row.text("id")?).map_err(|error| row.complaint("id", &error))?,
        team: TeamId::new(row.text("team")?),
        lane: row.text("lane")?,
        incident: row.maybe_incident_id("incident_year", "incident_number")?,
        task,
        attempts: row.number("attempts")? + 1,
        interrupted: sent_at.is_some(),
        sent_at,
        created_at: row.time("created_at")?,
        lease_until,
    })
}
