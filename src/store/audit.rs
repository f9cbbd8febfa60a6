//! What must never be the case, asked in another way than it is kept. Every statement reads an index and stops after
//! a bounded number of rows, because it runs once a minute for as long as the bot does.

use sqlx::any::AnyRow;
use uuid::{Builder, Uuid};

use super::Store;
use super::rows::{Doing, Suspect, ms};
use super::statement::Statement;
use crate::clock::Time;
use crate::ids::{IncidentId, TeamId};

/// How many findings of a kind are reported at once: what is wrong with more has one cause.
pub const FINDINGS_MAX: i64 = 50;
/// How many lanes are looked at for old rows.
const LANES_LOOKED_AT: i64 = 1_000;
/// How many recently told incidents are looked at.
const RECENT_MAX: i64 = 200;

/// A row of the outbox that is there for too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LateRow {
    pub id: Uuid,
    pub lane: String,
    pub incident: Option<IncidentId>,
    /// When it was enqueued or, of one in flight, when its lease ran out.
    pub since: Time,
    pub attempts: i64,
}

pub(super) const UNWATCHED: &str = "SELECT team, year, number FROM incidents
  WHERE finished_at IS NULL AND next_wake_at IS NULL ORDER BY team, year, number LIMIT $1";

pub(super) const WOKEN_TOO_LATE: &str = "SELECT team, year, number FROM incidents
  WHERE next_wake_at > $1 ORDER BY next_wake_at DESC LIMIT $2";

pub(super) const OVERDUE_WAKES: &str = "SELECT team, year, number FROM incidents
  WHERE next_wake_at < $1 ORDER BY next_wake_at LIMIT $2";

/// The first of each lane stands for those behind it. The outer condition is no index's, so the inner limit bounds what
/// is read.
pub(super) const OLD_ROWS: &str =
    "SELECT id, lane, incident_year, incident_number, created_at AS since, attempts FROM (
         SELECT outbox.id, outbox.lane, incident_year, incident_number, created_at, attempts
           FROM lanes JOIN outbox ON outbox.id = lanes.head
          WHERE outbox.state = 'pending' ORDER BY lanes.rank, lanes.next_at LIMIT $3) AS waiting
      WHERE created_at < $1 ORDER BY created_at, id LIMIT $2";

pub(super) const STRANDED_ROWS: &str =
    "SELECT o.id, o.lane, o.incident_year, o.incident_number, o.created_at AS since, o.attempts FROM outbox o
      WHERE o.done_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM lanes JOIN outbox head ON head.id = lanes.head
                         WHERE lanes.lane = o.lane AND head.done_at IS NULL)
      ORDER BY o.lane, o.rank, o.seq LIMIT $1";

pub(super) const ABANDONED_ROWS: &str =
    "SELECT id, lane, incident_year, incident_number, lease_until AS since, attempts FROM outbox
      WHERE state = 'sending' AND lease_until < $1 ORDER BY lease_until, lane LIMIT $2";

/// Entries are counted from one and no two have the same number: as many as the highest number says means no gap.
macro_rules! torn {
    ($incidents:literal) => {
        concat!(
            "SELECT team, year, number FROM (
                 SELECT i.team, i.year, i.number,
                        (SELECT COUNT(*) FROM timeline t
                          WHERE t.team = i.team AND t.year = i.year AND t.number = i.number) AS entries,
                        (SELECT MAX(t.seq) FROM timeline t
                          WHERE t.team = i.team AND t.year = i.year AND t.number = i.number) AS last
                   FROM ",
            $incidents,
            ") AS looked_at WHERE entries = 0 OR entries <> last ORDER BY team, year, number LIMIT $1"
        )
    };
}

pub(super) const TORN_OF_STRETCH: &str =
    torn!("incidents i WHERE i.team = $2 AND i.number >= $3 AND i.number < $4");

/// Identifiers of rows begin with their time, so the newest are a stretch of the primary key.
pub(super) const TORN_OF_RECENT: &str = torn!(
    "(SELECT DISTINCT team, incident_year AS year, incident_number AS number FROM (
          SELECT team, incident_year, incident_number FROM outbox WHERE id >= $2 ORDER BY id DESC LIMIT $3) AS newest
       WHERE incident_year IS NOT NULL) i"
);

pub(super) const HIGHEST_NUMBER: &str =
    "SELECT MAX(number) AS highest FROM incidents WHERE team = $1";

pub(super) const INCIDENTS_OPEN: &str =
    "SELECT COUNT(*) AS open FROM incidents WHERE next_wake_at IS NOT NULL";

impl Store {
    /// Open incidents that nothing will ever wake: without a wake-up, or with one after `latest`.
    pub async fn unwatched_incidents(
        &self,
        latest: Time,
    ) -> anyhow::Result<Vec<(TeamId, IncidentId)>> {
        let mut connection = self.reader().await?;
        let mut rows = sqlx::query(UNWATCHED)
            .bind(FINDINGS_MAX)
            .fetch_all(&mut *connection)
            .await
            .doing("looked for incidents without a wake-up")?;
        rows.extend(
            sqlx::query(WOKEN_TOO_LATE)
                .bind(ms(latest))
                .bind(FINDINGS_MAX)
                .fetch_all(&mut *connection)
                .await
                .doing("looked for incidents that wake too late")?,
        );
        rows.iter().map(incident).collect()
    }

    /// Incidents that were to be woken before `limit` and were not, the longest due first.
    pub async fn wakes_due_before(&self, limit: Time) -> anyhow::Result<Vec<(TeamId, IncidentId)>> {
        let mut connection = self.reader().await?;
        let rows = sqlx::query(OVERDUE_WAKES)
            .bind(ms(limit))
            .bind(FINDINGS_MAX)
            .fetch_all(&mut *connection)
            .await
            .doing("looked for incidents that slept too long")?;
        rows.iter().map(incident).collect()
    }

    /// Rows of the outbox that were enqueued before `limit` and are still the next of their lane, the oldest first. Looks
    /// at the thousand lanes that are due first.
    pub async fn rows_waiting_since_before(&self, limit: Time) -> anyhow::Result<Vec<LateRow>> {
        let mut connection = self.reader().await?;
        let rows = sqlx::query(OLD_ROWS)
            .bind(ms(limit))
            .bind(FINDINGS_MAX)
            .bind(LANES_LOOKED_AT)
            .fetch_all(&mut *connection)
            .await
            .doing("looked for old rows of the outbox")?;
        rows.iter().map(late_row).collect()
    }

    /// Rows of the outbox that no lane leads to, so that nobody will ever send them.
    pub async fn rows_stranded(&self) -> anyhow::Result<Vec<LateRow>> {
        let mut connection = self.reader().await?;
        let rows = sqlx::query(STRANDED_ROWS)
            .bind(FINDINGS_MAX)
            .fetch_all(&mut *connection)
            .await
            .doing("looked for stranded rows of the outbox")?;
        rows.iter().map(late_row).collect()
    }

    /// Rows of the outbox in flight whose lease ran out before `limit` and that nobody has claimed since.
    pub async fn rows_abandoned_before(&self, limit: Time) -> anyhow::Result<Vec<LateRow>> {
        let mut connection = self.reader().await?;
        let rows = sqlx::query(ABANDONED_ROWS)
            .bind(ms(limit))
            .bind(FINDINGS_MAX)
            .fetch_all(&mut *connection)
            .await
            .doing("looked for abandoned rows of the outbox")?;
        rows.iter().map(late_row).collect()
    }

    /// Incidents with an entry missing on their timeline, among those of a workspace with these numbers.
    pub async fn torn_timelines(
        &self,
        team: &TeamId,
        numbers: std::ops::Range<i64>,
    ) -> anyhow::Result<Vec<(TeamId, IncidentId)>> {
        let mut connection = self.reader().await?;
        let rows = sqlx::query(TORN_OF_STRETCH)
            .bind(FINDINGS_MAX)
            .bind(team.as_str())
            .bind(numbers.start)
            .bind(numbers.end)
            .fetch_all(&mut *connection)
            .await
            .doing("looked for gaps in timelines")?;
        rows.iter().map(incident).collect()
    }

    /// Likewise, among the incidents that had something to tell since `since`; the latest two hundred rows of the
    /// outbox are looked at.
    pub async fn torn_timelines_told_since(
        &self,
        since: Time,
    ) -> anyhow::Result<Vec<(TeamId, IncidentId)>> {
        let mut connection = self.reader().await?;
        let rows = sqlx::query(TORN_OF_RECENT)
            .bind(FINDINGS_MAX)
            .bind(first_row_id(since).to_string())
            .bind(RECENT_MAX)
            .fetch_all(&mut *connection)
            .await
            .doing("looked for gaps in the newest timelines")?;
        rows.iter().map(incident).collect()
    }

    /// The highest number an incident of this workspace has, in any year; 0 without any.
    pub async fn highest_number(&self, team: &TeamId) -> anyhow::Result<i64> {
        let mut connection = self.reader().await?;
        let row = sqlx::query(HIGHEST_NUMBER)
            .bind(team.as_str())
            .fetch_one(&mut *connection)
            .await
            .doing("asked for the highest number")?;
        let highest = Suspect::new(&row, "incidents", &[])?.maybe_number("highest")?;
        Ok(highest.unwrap_or(0))
    }

    /// Keeps the time, to see whether the database still keeps anything: one that is full or a standby is read as
    /// before.
    pub async fn keep_a_sign(&self, now: Time) -> anyhow::Result<()> {
        let mut tx = self.begin().await?;
        let keep = Statement::new(
            "INSERT INTO inbox (key, at) VALUES ('audit', $1) ON CONFLICT (key) DO UPDATE SET at = excluded.at",
            "tried whether anything is kept",
        );
        tx.put_down(keep.bind(ms(now)));
        tx.commit().await
    }

    /// How many incidents are open.
    pub async fn incidents_open(&self) -> anyhow::Result<i64> {
        let mut connection = self.reader().await?;
        let row = sqlx::query(INCIDENTS_OPEN)
            .fetch_one(&mut *connection)
            .await
            .doing("counted the open incidents")?;
        Suspect::new(&row, "incidents", &[])?.number("open")
    }
}

/// The smallest identifier that a row enqueued at this time can have.
fn first_row_id(at: Time) -> Uuid {
    let at_ms = u64::try_from(ms(at)).unwrap_or(0);
    Builder::from_unix_timestamp_millis(at_ms, &[0; 10]).into_uuid()
}

fn incident(row: &AnyRow) -> anyhow::Result<(TeamId, IncidentId)> {
    let row = Suspect::new(row, "incidents", &["team", "year", "number"])?;
    Ok((
        TeamId::new(row.text("team")?),
        row.incident_id("year", "number")?,
    ))
}

fn late_row(row: &AnyRow) -> anyhow::Result<LateRow> {
    let row = Suspect::new(row, "outbox", &["id"])?;
    Ok(LateRow {
        id: Uuid::parse_str(&row.text("id")?).map_err(|error| row.complaint("id", &error))?,
        lane: row.text("lane")?,
        incident: row.maybe_incident_id("incident_year", "incident_number")?,
        since: row.time("since")?,
        attempts: row.number("attempts")?,
    })
}
