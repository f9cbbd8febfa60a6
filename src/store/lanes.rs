//! The lanes of the outbox: of each that has anything to say, its head and when that is due. What this table holds
//! follows from the outbox; every transaction that touches a lane brings it up to date before it commits.
//!
//! On Postgres a lane's row is also its lock. Whoever adds to a lane takes it first, and whoever brings a lane up to
//! date looks at the outbox only once they hold it: so what they see includes all that was committed before.

use sqlx::Row as _;

use super::dialect::{Engine, Text};
use super::rows::{Doing, Suspect, ms};
use super::statement::Statement;
use super::{Store, WriteTx};
use crate::clock::Time;

/// Waits for whoever else changes the lane. On SQLite there is nobody else.
const HOLD: Text = Text::new(
    "SELECT lane FROM lanes WHERE lane = $1",
    "SELECT lane FROM lanes WHERE lane = $1 FOR UPDATE",
);

/// Every rank is one of the two, here and in [`DROP`]: named, it leads SQLite to the index of what is not done. Without it
/// the index of all rows would do as well, and a lane that has said much is read whole.
pub(super) const SET: &str = "INSERT INTO lanes (lane, head, rank, next_at, since)
     SELECT lane, id, rank, COALESCE(lease_until, not_before), created_at
       FROM outbox WHERE lane = $1 AND done_at IS NULL AND rank IN (0, 1)
      ORDER BY CASE WHEN lease_until IS NULL THEN 1 ELSE 0 END, rank, seq LIMIT 1
     ON CONFLICT (lane) DO UPDATE SET head = excluded.head, rank = excluded.rank, next_at = excluded.next_at,
         since = excluded.since";

pub(super) const DROP: &str = "DELETE FROM lanes
      WHERE lane = $1 AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.lane = $1 AND done_at IS NULL AND rank IN (0, 1))";

/// `$1` and `$2` are keys of the two ranks' paces.
pub(super) const OUTLOOK: &str =
    "SELECT (SELECT MIN(next_at) FROM lanes WHERE rank = 0) AS due_at_0,
            (SELECT free_at FROM pacing WHERE key = $1) AS free_at_0,
            (SELECT MIN(next_at) FROM lanes WHERE rank = 1) AS due_at_1,
            (SELECT free_at FROM pacing WHERE key = $2) AS free_at_1";

/// When there will be something of a rank to send, as far as the database knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// When a lane of this rank (see [`WriteTx::due`]) is next due. None: none of them has anything to say.
    pub due_at: Option<Time>,
    /// What [`WriteTx::paces`] would answer.
    pub free_at: Option<Time>,
}

impl Store {
    /// What the two ranks have before them, without waiting for anybody. Of each, its pace has this key.
    pub async fn outlook(&self, keys: [&str; 2]) -> anyhow::Result<[Outlook; 2]> {
        let mut connection = self.reader().await?;
        let row = sqlx::query(OUTLOOK)
            .bind(keys[0])
            .bind(keys[1])
            .fetch_one(&mut *connection)
            .await
            .doing("asked when the outbox is due")?;
        let row = Suspect::new(&row, "lanes", &[])?;
        let outlook = |due_at, free_at| {
            anyhow::Ok(Outlook {
                due_at: row.maybe_time(due_at)?,
                free_at: pace(&row, free_at),
            })
        };
        Ok([
            outlook("due_at_0", "free_at_0")?,
            outlook("due_at_1", "free_at_1")?,
        ])
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
        .fetch_all(tx.connection().await?)
        .await
        .doing("ended the leases of a process that is gone")?;
        for row in &lanes {
            let lane: String = row.try_get("lane").doing("read a lane")?;
            tx.touch(&lane);
        }
        tx.commit().await
    }
}

/// What makes no sense counts as never called: better too early, which Slack says, than never.
fn pace(row: &Suspect<'_>, column: &str) -> Option<Time> {
    let free_at = row.maybe_time(column).ok()?;
    free_at.filter(|free_at| ms(*free_at) > 0)
}

impl WriteTx {
    /// The lane is brought up to date before this transaction commits.
    pub(super) fn touch(&mut self, lane: &str) {
        self.touched_lanes.insert(lane.to_owned());
    }

    /// Keeps others from changing the lane until this transaction ends.
    pub(super) fn hold_lane(&mut self, lane: &str) {
        self.touch(lane);
        if self.engine == Engine::Postgres {
            let hold = Statement::new(HOLD.on(self.engine), "waited for a lane");
            self.put_down(hold.bind(lane));
        }
    }

    /// Brings the touched lanes up to date, in the order of their names, so that two transactions do not wait for each
    /// other. [`WriteTx::commit`] does it for whoever has not.
    pub(super) fn settle_lanes(&mut self) {
        for lane in std::mem::take(&mut self.touched_lanes) {
            self.hold_lane(&lane);
            self.put_down(Statement::new(SET, "said when a lane is due").bind(lane.as_str()));
            let drop = Statement::new(DROP, "dropped a lane that has nothing to say");
            self.put_down(drop.bind(lane).otherwise());
        }
        self.touched_lanes.clear();
    }

    /// Since when Slack may be called again under each of these keys, or when it may next; none: it was never called.
    /// On Postgres the keys are this transaction's until it ends.
    pub async fn paces(&mut self, keys: &[&str]) -> anyhow::Result<Vec<Option<Time>>> {
        let asked = keys.iter().map(|key| {
            Statement::new(
                "INSERT INTO pacing (key, free_at) VALUES ($1, 0) ON CONFLICT (key) DO UPDATE SET key = excluded.key
                 RETURNING free_at",
                "asked when Slack may be called",
            )
            .bind(*key)
        });
        let answers = self.ask_all(asked.collect()).await?;
        let free_at = answers.into_iter().map(|answer| {
            let row = answer.row()?;
            anyhow::Ok(pace(&Suspect::new(&row, "pacing", &[])?, "free_at"))
        });
        free_at.collect()
    }

    /// Remembers what [`WriteTx::paces`] will answer.
    pub fn set_pace(&mut self, key: &str, free_at: Time) {
        let set = Statement::new(
            "UPDATE pacing SET free_at = $2 WHERE key = $1",
            "remembered when Slack may be called",
        );
        self.put_down(set.bind(key).bind(ms(free_at)));
    }
}
