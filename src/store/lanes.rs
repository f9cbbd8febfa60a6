//! The lanes of the outbox: of each that has anything to say, its head and when that is due. What this table holds
//! follows from the outbox; every transaction that touches a lane brings it up to date before it commits.
//!
//! On Postgres a lane's row is also its lock. Whoever adds to a lane takes it first, and whoever brings a lane up to
//! date looks at the outbox only once they hold it: so what they see includes all that was committed before.

use sqlx::Row as _;

use super::dialect::{Engine, Text};
use super::rows::{Doing, Suspect, ms};
use super::{Store, WriteTx};
use crate::clock::Time;

/// Waits for whoever else changes the lane. On SQLite there is nobody else.
const HOLD: Text = Text::new(
    "SELECT lane FROM lanes WHERE lane = $1",
    "SELECT lane FROM lanes WHERE lane = $1 FOR UPDATE",
);

const SET: &str = "INSERT INTO lanes (lane, head, rank, next_at, since)
     SELECT lane, id, rank, COALESCE(lease_until, not_before), created_at
       FROM outbox WHERE lane = $1 AND done_at IS NULL
      ORDER BY CASE WHEN lease_until IS NULL THEN 1 ELSE 0 END, rank, seq LIMIT 1
     ON CONFLICT (lane) DO UPDATE SET head = excluded.head, rank = excluded.rank, next_at = excluded.next_at,
         since = excluded.since";

const DROP: &str = "DELETE FROM lanes
      WHERE lane = $1 AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.lane = $1 AND done_at IS NULL)";

pub(super) const NEXT_AT: &str = "SELECT MIN(next_at) AS at FROM lanes WHERE rank = $1";

impl Store {
    /// When a lane of this rank (see [`WriteTx::due`]) is next due. None: none of them has anything to say.
    pub async fn lanes_next_at(&self, rank: u8) -> anyhow::Result<Option<Time>> {
        let mut connection = self.reader().await?;
        let row = sqlx::query(NEXT_AT)
            .bind(i64::from(rank))
            .fetch_one(&mut *connection)
            .await
            .doing("asked when the outbox is due")?;
        Suspect::new(&row, "lanes", &[])?.maybe_time("at")
    }

    /// What [`WriteTx::pace`] would answer, without waiting for anybody.
    pub async fn pace(&self, key: &str) -> anyhow::Result<Option<Time>> {
        let mut connection = self.reader().await?;
        let row = sqlx::query("SELECT MAX(free_at) AS at FROM pacing WHERE key = $1")
            .bind(key)
            .fetch_one(&mut *connection)
            .await
            .doing("asked when Slack may be called")?;
        Suspect::new(&row, "pacing", &[])?.maybe_time("at")
    }

    /// Brings lanes up to date that somebody has changed without doing so: an older Balefire, or a hand.
    pub async fn mend_lanes(&self, lanes: &[String]) -> anyhow::Result<()> {
        let mut tx = self.begin().await?;
        for lane in lanes {
            tx.touch(lane);
        }
        tx.commit().await
    }

    /// Ends every lease at once. Only for the one who knows that their holders are gone.
    pub(super) async fn end_leases(&self) -> anyhow::Result<()> {
        let mut tx = self.begin().await?;
        let lanes = sqlx::query(
            "UPDATE outbox SET lease_until = sent_at WHERE state = 'sending' RETURNING lane",
        )
        .fetch_all(tx.connection())
        .await
        .doing("ended the leases of a process that is gone")?;
        for row in &lanes {
            let lane: String = row.try_get("lane").doing("read a lane")?;
            tx.touch(&lane);
        }
        tx.commit().await
    }
}

impl WriteTx {
    /// The lane is brought up to date before this transaction commits.
    pub(super) fn touch(&mut self, lane: &str) {
        self.touched_lanes.insert(lane.to_owned());
    }

    /// Keeps others from changing the lane until this transaction ends.
    pub(super) async fn hold_lane(&mut self, lane: &str) -> anyhow::Result<()> {
        self.touch(lane);
        if self.engine == Engine::Postgres {
            sqlx::query(HOLD.on(self.engine))
                .bind(lane)
                .execute(self.connection())
                .await
                .doing("waited for a lane")?;
        }
        Ok(())
    }

    /// Brings the touched lanes up to date, in the order of their names, so that two transactions do not wait for each
    /// other. [`WriteTx::commit`] does it for whoever has not.
    pub async fn settle_lanes(&mut self) -> anyhow::Result<()> {
        for lane in std::mem::take(&mut self.touched_lanes) {
            self.hold_lane(&lane).await?;
            let set = sqlx::query(SET)
                .bind(&lane)
                .execute(self.connection())
                .await
                .doing("said when a lane is due")?;
            if set.rows_affected() == 0 {
                sqlx::query(DROP)
                    .bind(&lane)
                    .execute(self.connection())
                    .await
                    .doing("dropped a lane that has nothing to say")?;
            }
        }
        self.touched_lanes.clear();
        Ok(())
    }

    /// Since when Slack may be called again under this key, or when it may next; none: it was never called. On Postgres
    /// the key is this transaction's until it ends.
    pub async fn pace(&mut self, key: &str) -> anyhow::Result<Option<Time>> {
        let row = sqlx::query(
            "INSERT INTO pacing (key, free_at) VALUES ($1, 0) ON CONFLICT (key) DO UPDATE SET key = excluded.key
             RETURNING free_at",
        )
        .bind(key)
        .fetch_one(self.connection())
        .await
        .doing("asked when Slack may be called")?;
        let free_at = Suspect::new(&row, "pacing", &[])?.time("free_at")?;
        Ok((ms(free_at) > 0).then_some(free_at))
    }

    /// Remembers what [`WriteTx::pace`] will answer.
    pub async fn set_pace(&mut self, key: &str, free_at: Time) -> anyhow::Result<()> {
        sqlx::query("UPDATE pacing SET free_at = $2 WHERE key = $1")
            .bind(key)
            .bind(ms(free_at))
            .execute(self.connection())
            .await
            .doing("remembered when Slack may be called")?;
        Ok(())
    }
}
