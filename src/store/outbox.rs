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

use super::dialect::{Text, locking, with_hex};
use super::rows::{Doing, Suspect, Unreadable, ms, to_json};
use super::statement::Statement;
use super::{Lane, Store, Task, WriteTx};
use crate::clock::Time;
use crate::ids::{ChannelId, IncidentId, MessageTs, TeamId};
use crate::telemetry;

/// A row that is due, or that this process has taken to send it.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxRow {
    /// Travels with the message, so that it can be found again.
    pub id: Uuid,
    pub team: TeamId,
    pub lane: String,
    pub incident: Option<IncidentId>,
    pub task: Task,
    /// How many times it has been taken, and not put back unsent.
    pub attempts: i64,
    /// It may have reached Slack already: look there before it is sent again.
    pub interrupted: bool,
    /// When it was sent, before this claim; there if and only if `interrupted`.
    pub sent_at: Option<Time>,
    /// Until when it was on its way then: as whoever sent it said, or when it was taken over from them. Mostly a moment
    /// after `sent_at`; a machine that slept amid the call woke up long after it. None: an older Balefire kept no such
    /// time.
    pub sent_until: Option<Time>,
    /// Where it went then, as its sender put it. None: it is not a message, or an older Balefire sent it.
    pub sent_to: Option<String>,
    pub created_at: Time,
    /// When somebody else may take it; of no meaning before [`WriteTx::take`].
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

/// What is not done is pending or sending. Asked for in the words of the index, which knows nothing of what is done.
pub(super) const DEPTH: &str = "SELECT state, COUNT(*) AS count, MIN(created_at) AS oldest
       FROM outbox WHERE done_at IS NULL GROUP BY state";

impl Store {
    /// How much is waiting and how much is on its way.
    pub async fn outbox_depth(&self) -> anyhow::Result<Vec<Depth>> {
        let mut connection = self.reader().await?;
        let rows = sqlx::query(DEPTH)
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
}

/// How long somebody else may still be able to read a row.
const UNREADABLE_KEPT: Duration = Duration::days(1);
/// Why it was given up then.
const UNREADABLE_ROW: &str = "unreadable_row";

impl OutboxRow {
    /// The last moment at which it may have been sent, before this claim.
    pub fn sent_by(&self) -> Option<Time> {
        // An older Balefire knows nothing of the second.
        self.sent_at
            .map(|at| self.sent_until.map_or(at, |until| at.max(until)))
    }

    /// As long as it is young, somebody else may soon take what this process can make no sense of: it is not worth a
    /// word.
    pub fn is_young(&self, now: Time) -> bool {
        Unreadable::is_young(now - self.created_at)
    }

    /// When this process looks again, if it can make no sense of it now.
    pub fn looked_at_again(&self, now: Time) -> Time {
        now + Unreadable::pause(now - self.created_at)
    }
}

macro_rules! columns {
    () => {
        "outbox.id, outbox.team, outbox.lane, outbox.rank, outbox.slot, outbox.incident_year, outbox.incident_number,
         outbox.kind, outbox.body, outbox.attempts, outbox.sent_at, outbox.sent_until, outbox.sent_to,
         outbox.created_at"
    };
}

/// The heads of those lanes that are due, the longest due first, and whether the rows themselves are. The limit is no
/// bare parameter, here as in whatever is asked often: SQLite plans by the value of one, and so compiles the statement
/// anew whenever it is bound. https://sqlite.org/c3ref/prepare.html
///
/// Both rows are locked: of a row that is joined without a lock, Postgres would give the version that the statement
/// began with, though another replica has summed it up since. https://www.postgresql.org/docs/current/explicit-locking.html
pub(super) const DUE: Text = locking!(
    concat!(
        "SELECT ",
        columns!(),
        ", outbox.done_at, COALESCE(outbox.lease_until, outbox.not_before) AS due_at
           FROM lanes JOIN outbox ON outbox.id = lanes.head
           WHERE lanes.rank = $1 AND lanes.next_at <= $2
           ORDER BY lanes.next_at, lanes.since, lanes.lane LIMIT $3 + 0"
    ),
    "FOR UPDATE OF lanes, outbox SKIP LOCKED"
);

/// What waits behind the head `$2`.
pub(super) const BEHIND: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM outbox WHERE lane = $1 AND done_at IS NULL AND rank = 0 AND state = 'pending' AND id <> $2
       ORDER BY seq LIMIT $3 + 0"
);

/// The place is counted when the row is inserted, and ends its identifier.
pub(super) const ENQUEUE: Text = with_hex!(
    "INSERT INTO outbox (id, team, lane, seq, rank, slot, incident_year, incident_number, kind, body, state, attempts,
         not_before, created_at)
     SELECT $1 || ",
    "place.seq",
    ", $2, $3, place.seq, $4, $5, $6, $7, $8, $9, 'pending', 0, $11, $10
       FROM (SELECT COALESCE(MAX(seq), 0) + 1 AS seq FROM outbox WHERE lane = $3) place
      WHERE TRUE
     ON CONFLICT (lane, slot) WHERE state = 'pending' AND slot IS NOT NULL
     DO UPDATE SET seq = excluded.seq, kind = excluded.kind, body = excluded.body"
);

impl WriteTx {
    /// Puts tasks at the end of a lane, in this order, to be sent once this transaction is committed. A task whose slot
    /// is waiting already takes the place of the older one, at the end. `incident` must exist by now.
    pub fn enqueue(
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
        self.hold_lane(lane.as_str());
        let id = id_without_place(lane, now)?;
        for task in tasks {
            let slot = task.slot();
            let enqueue = Statement::new(ENQUEUE.on(self.engine), "enqueued a task")
                .bind(id.as_str())
                .bind(team.as_str())
                .bind(lane.as_str())
                .bind(i64::from(slot.is_some()))
                .bind(slot)
                .bind(incident.map(|id| i64::from(id.year)))
                .bind(incident.map(|id| i64::from(id.number)))
                .bind(task.kind())
                .bind(to_json(task)?)
                .bind(ms(now))
                .bind(ms(task.due_from(now)));
            self.put_down(enqueue);
        }
        Ok(())
    }

    /// What may be sent now, one row per lane: heads that are due, and rows whose lease ran out. First those that matter
    /// by themselves, then refreshes: of each rank at most so many. On Postgres their lanes are this transaction's until
    /// it ends, and what others hold is passed over.
    ///
    /// A lane that is not as its rows are (a hand changed them, or a program that knows no lanes) is brought up to date
    /// with this transaction. A row that makes no sense is put off, lest it stop all others: a newer Balefire on the same database may know what
    /// it says. After a day it is given up.
    pub async fn due(&mut self, limits: [u32; 2], now: Time) -> anyhow::Result<Vec<OutboxRow>> {
        let text = DUE.on(self.engine);
        let asked = (0..).zip(limits).filter(|(_, limit)| *limit > 0);
        let asked = asked.map(|(rank, limit)| {
            Statement::new(text, "looked for rows to send")
                .bind(rank)
                .bind(ms(now))
                .bind(i64::from(limit))
        });
        let answers = self.ask_all(asked.collect()).await?;
        let mut due = vec![];
        for row in answers.iter().flat_map(|answer| &answer.rows) {
            let head = Suspect::new(row, "outbox", &["id"])?;
            let read = is_due(&head, now).and_then(|is_due| {
                let row = is_due.then(|| outbox_row(row));
                row.transpose()
            });
            match read {
                Ok(Some(row)) => due.push(row),
                Ok(None) => self.touch(&head.text("lane")?),
                Err(complaint) => {
                    let (id, lane) = (head.text("id")?, head.text("lane")?);
                    let age = head.time("created_at").map(|at| now - at);
                    // Soon taken by whoever can read it, it is not worth a word.
                    if age.as_ref().map_or(true, |age| !Unreadable::is_young(*age)) {
                        tracing::error!(
                            lane,
                            outbox_id = id,
                            error = format!("{complaint:#}"),
                            "this outbox row cannot be read, and its lane waits; if another version of Balefire wrote it, run that one"
                        );
                    }
                    self.touch(&lane);
                    match age {
                        Ok(age) if age < UNREADABLE_KEPT => {
                            self.set_aside(&id, now + Unreadable::pause(age));
                        }
                        _ => {
                            tracing::error!(lane, outbox_id = id, "it is given up after a day");
                            self.discard(&id, now);
                        }
                    }
                }
            }
        }
        Ok(due)
    }

    /// Takes a row of [`WriteTx::due`] to be sent: this process alone may send it until the lease ends. It counts as
    /// sent from `now` on, and to `to`, in case this process does not live to say more. An interrupted one keeps time
    /// and place of its last sending until it is known what became of that: whoever looks for it must look there and as
    /// far back, however many claims died in between, and as far as to the first of them.
    ///
    /// Should another replica have been quicker, that is a [`super::Conflict`]: nothing of this transaction is kept.
    pub fn take(&mut self, row: &mut OutboxRow, to: Option<&str>, now: Time, lease: Duration) {
        let lease_until = now + lease;
        self.touch(&row.lane);
        // The condition is asked again: between the look and this, another replica may have been quicker.
        let take = Statement::new(
            "UPDATE outbox SET state = 'sending', lease_until = $3, sent_at = COALESCE(sent_at, $2), attempts = attempts + 1,
                    sent_until = CASE WHEN sent_at IS NULL THEN NULL ELSE COALESCE(sent_until, $2) END,
                    sent_to = CASE WHEN sent_at IS NULL THEN $4 ELSE sent_to END
              WHERE id = $1 AND ((state = 'pending' AND not_before <= $2) OR (state = 'sending' AND lease_until <= $2))",
            "claimed a row",
        )
        .bind(row.id.to_string())
        .bind(ms(now))
        .bind(ms(lease_until))
        .bind(to)
        .or_conflict();
        self.put_down(take);
        row.attempts += 1;
        row.lease_until = lease_until;
        if row.interrupted {
            row.sent_until.get_or_insert(now);
        }
    }

    /// Leaves a row of [`WriteTx::due`] alone until then.
    pub fn put_off(&mut self, row: &OutboxRow, until: Time) {
        self.touch(&row.lane);
        self.set_aside(&row.id.to_string(), until);
    }

    fn set_aside(&mut self, id: &str, until: Time) {
        let set_aside = Statement::new(
            "UPDATE outbox SET not_before = CASE WHEN state = 'pending' THEN $2 ELSE not_before END,
                    lease_until = CASE WHEN state = 'sending' THEN $2 ELSE lease_until END
              WHERE id = $1 AND done_at IS NULL",
            "put a row off",
        )
        .bind(id)
        .bind(ms(until));
        self.put_down(set_aside);
    }

    /// What waits in a lane behind its head, in order, without refreshes: at most `limit` rows that nobody has tried yet.
    pub async fn waiting_behind(
        &mut self,
        head: &OutboxRow,
        limit: u32,
    ) -> anyhow::Result<Vec<OutboxRow>> {
        let rows = sqlx::query(BEHIND)
            .bind(&head.lane)
            .bind(head.id.to_string())
            .bind(i64::from(limit))
            .fetch_all(self.connection().await?)
            .await
            .doing("looked at what waits in a lane")?;
        // A row that makes no sense ends what can be said of its lane; it is dealt with when its turn comes.
        Ok(rows.iter().map_while(|row| outbox_row(row).ok()).collect())
    }

    /// One row in the place of several of its lane: `row` asks for `task` from now on, and `others` are gone.
    pub fn sum_up(
        &mut self,
        row: &mut OutboxRow,
        task: Task,
        others: &[Uuid],
    ) -> anyhow::Result<()> {
        let body = to_json(&task)?;
        self.touch(&row.lane);
        for other in others {
            let delete = Statement::new(
                "DELETE FROM outbox WHERE id = $1 AND state = 'pending'",
                "dropped a row that another one says, too",
            )
            .bind(other.to_string());
            self.put_down(delete);
        }
        let rewrite = Statement::new(
            "UPDATE outbox SET kind = $2, body = $3 WHERE id = $1",
            "summed rows up",
        )
        .bind(row.id.to_string())
        .bind(task.kind())
        .bind(body);
        self.put_down(rewrite);
        row.task = task;
        Ok(())
    }

    /// Says that the row is sent only now, and prolongs the lease to cover it. Once that is committed, the lease holds
    /// until the time that is the result. None: the lease is lost; do not send.
    pub async fn mark_sending(
        &mut self,
        row: &OutboxRow,
        now: Time,
        lease: Duration,
    ) -> anyhow::Result<Option<Time>> {
        let lease_until = now + lease;
        self.touch(&row.lane);
        let mark = Statement::new(
            "UPDATE outbox SET sent_at = $3, sent_until = NULL, lease_until = $4
              WHERE id = $1 AND state = 'sending' AND lease_until = $2",
            "marked a row as being sent",
        )
        .bind(row.id.to_string())
        .bind(ms(row.lease_until))
        .bind(ms(now))
        .bind(ms(lease_until));
        let held = self.ask(mark).await?.changed == 1;
        Ok(held.then_some(lease_until))
    }

    /// Slack has it, and `message` is where, if it is a message. That is true whoever holds the lease by now, unless the
    /// row says more by then ([`WriteTx::sum_up`]). False: it was known before, so whatever follows from it has been
    /// done, or the row is still to be sent.
    pub async fn mark_sent(
        &mut self,
        row: &OutboxRow,
        message: Option<(&ChannelId, &MessageTs)>,
        now: Time,
    ) -> anyhow::Result<bool> {
        self.touch(&row.lane);
        let mark = Statement::new(
            "UPDATE outbox SET state = 'sent', lease_until = NULL, done_at = $2, channel = $3, ts = $4, last_error = NULL
              WHERE id = $1 AND state <> 'sent' AND (lease_until = $5 OR body = $6)",
            "marked a row as sent",
        )
        .bind(row.id.to_string())
        .bind(ms(now))
        .bind(message.map(|(channel, _)| channel.as_str()))
        .bind(message.map(|(_, ts)| ts.as_str()))
        .bind(ms(row.lease_until))
        .bind(to_json(&row.task)?);
        Ok(self.ask_and_settle(mark).await?.changed == 1)
    }

    /// Slack certainly does not have it: it is sent again, not before that time. False: the lease was lost.
    pub async fn mark_retry(
        &mut self,
        row: &OutboxRow,
        not_before: Time,
        error: &str,
    ) -> anyhow::Result<bool> {
        self.put_back(row, not_before, (None, None), row.attempts, Some(error))
            .await
    }

    /// It was sent at `sent.0` and was on its way until `sent.1`, and nobody knows whether Slack has it: it is claimed
    /// again not before `look_at`, as `interrupted`. False: the lease was lost.
    pub async fn mark_unknown(
        &mut self,
        row: &OutboxRow,
        sent: (Time, Time),
        look_at: Time,
        error: &str,
    ) -> anyhow::Result<bool> {
        let sent = (Some(sent.0), Some(sent.1));
        self.put_back(row, look_at, sent, row.attempts, Some(error))
            .await
    }

    /// It was looked for, and Slack does not have it: nothing of it was ever sent, and its turn comes at once. False: the
    /// lease was lost.
    pub async fn mark_absent(&mut self, row: &OutboxRow, now: Time) -> anyhow::Result<bool> {
        self.put_back(row, now, (None, None), row.attempts - 1, None)
            .await
    }

    /// Nothing was sent under this claim: all is as it was before, but not before that time. False: the lease was lost.
    pub async fn release(&mut self, row: &OutboxRow, not_before: Time) -> anyhow::Result<bool> {
        let sent = (row.sent_at, row.sent_until);
        self.put_back(row, not_before, sent, row.attempts - 1, None)
            .await
    }

    /// Slack will never take it; `code` says why. False: the lease was lost, and it may yet be sent.
    pub async fn mark_given_up(
        &mut self,
        row: &OutboxRow,
        code: &str,
        now: Time,
    ) -> anyhow::Result<bool> {
        self.touch(&row.lane);
        let end = Statement::new(
            "UPDATE outbox SET state = 'given_up', lease_until = NULL, done_at = $3, last_error = $4
              WHERE id = $1 AND state = 'sending' AND lease_until = $2",
            "gave a row up",
        )
        .bind(row.id.to_string())
        .bind(ms(row.lease_until))
        .bind(ms(now))
        .bind(code);
        Ok(self.ask(end).await?.changed == 1)
    }

    fn discard(&mut self, id: &str, now: Time) {
        telemetry::gave_up(UNREADABLE_ROW);
        let discard = Statement::new(
            "UPDATE outbox SET state = 'given_up', lease_until = NULL, done_at = $2, last_error = $3
              WHERE id = $1 AND done_at IS NULL",
            "gave up a row that makes no sense",
        )
        .bind(id)
        .bind(ms(now))
        .bind(UNREADABLE_ROW);
        self.put_down(discard);
    }

    async fn put_back(
        &mut self,
        row: &OutboxRow,
        not_before: Time,
        sent: (Option<Time>, Option<Time>),
        attempts: i64,
        error: Option<&str>,
    ) -> anyhow::Result<bool> {
        self.touch(&row.lane);
        if let Some(slot) = row.task.slot()
            && self.make_way(row, &slot, not_before).await?
        {
            return Ok(true);
        }
        let put_back = Statement::new(
            "UPDATE outbox SET state = 'pending', lease_until = NULL, not_before = $3, sent_at = $4, sent_until = $5,
                    attempts = $6, last_error = COALESCE($7, last_error)
              WHERE id = $1 AND state = 'sending' AND lease_until = $2",
            "put a row back",
        )
        .bind(row.id.to_string())
        .bind(ms(row.lease_until))
        .bind(ms(not_before))
        .bind(sent.0.map(ms))
        .bind(sent.1.map(ms))
        .bind(attempts)
        .bind(error);
        Ok(self.ask(put_back).await?.changed == 1)
    }

    /// Drops a refresh that was in flight when a newer one came to wait in its slot; the newer inherits the delay.
    async fn make_way(
        &mut self,
        row: &OutboxRow,
        slot: &str,
        not_before: Time,
    ) -> anyhow::Result<bool> {
        let drop = Statement::new(
            "DELETE FROM outbox WHERE id = $1 AND state = 'sending' AND lease_until = $2
                AND EXISTS (SELECT 1 FROM outbox newer
                             WHERE newer.lane = $3 AND newer.slot = $4 AND newer.state = 'pending')",
            "dropped a refresh that a newer one replaces",
        )
        .bind(row.id.to_string())
        .bind(ms(row.lease_until))
        .bind(row.lane.as_str())
        .bind(slot);
        let dropped = self.ask(drop).await?;
        if dropped.changed == 0 {
            return Ok(false);
        }
        let wait = Statement::new(
            "UPDATE outbox SET not_before = $3, attempts = $4
              WHERE lane = $1 AND slot = $2 AND state = 'pending' AND not_before < $3",
            "let a newer refresh wait",
        )
        .bind(row.lane.as_str())
        .bind(slot)
        .bind(ms(not_before))
        .bind(row.attempts);
        self.put_down(wait);
        Ok(true)
    }
}

/// A version 7 identifier made of the time and the lane, without its last eight digits, which are the place in the
/// lane. No chance is used, so that a history run again with the same seed gives the same rows.
fn id_without_place(lane: &Lane, now: Time) -> anyhow::Result<String> {
    let digest = Sha256::new()
        .chain_update(lane.as_str())
        .chain_update([0])
        .chain_update(ms(now).to_be_bytes())
        .finalize();
    let mut rest = [0; 10];
    rest.copy_from_slice(&digest[..10]);
    let at_ms = u64::try_from(ms(now)).context("a time before 1970")?;
    let mut id = Builder::from_unix_timestamp_millis(at_ms, &rest)
        .into_uuid()
        .to_string();
    id.truncate(id.len() - 8);
    Ok(id)
}

/// Whether the head of a lane that is due is due itself.
fn is_due(head: &Suspect<'_>, now: Time) -> anyhow::Result<bool> {
    Ok(head.maybe_time("done_at")?.is_none() && head.time("due_at")? <= now)
}

fn outbox_row(row: &AnyRow) -> anyhow::Result<OutboxRow> {
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
        attempts: row.number("attempts")?,
        interrupted: sent_at.is_some(),
        sent_at,
        sent_until: row.maybe_time("sent_until")?,
        sent_to: row.maybe_text("sent_to")?,
        created_at: row.time("created_at")?,
        // Nobody has taken it in this transaction yet.
        lease_until: row.time("created_at")?,
    })
}
