//! Forgetting what nobody will ask for again.

use chrono::Duration;

use super::Store;
use super::rows::{Doing, ms};
use crate::clock::Time;

/// Slack delivers an event again within an hour, and a form stays open for less than a day.
const HEARD_KEPT_DAYS: i64 = 2;
/// What was sent or given up also stands on the timeline, which is kept for good.
const SENT_KEPT_DAYS: i64 = 30;
/// How many rows of a table one sweep deletes, so that nobody waits long for their turn to write.
const BATCH: i64 = 500;

impl Store {
    /// Deletes one batch of what is old: keys, typed commands and paces after two days, rows that were sent or given up after
    /// thirty. Returns how many rows went; 0 means that nothing old is left.
    pub async fn sweep(&self, now: Time) -> anyhow::Result<u64> {
        let heard_before = now - Duration::days(HEARD_KEPT_DAYS);
        let sent_before = now - Duration::days(SENT_KEPT_DAYS);
        Ok(self.sweep_inbox(heard_before).await?
            + self.sweep_typed(heard_before).await?
            + self.sweep_outbox(sent_before).await?
            + self.sweep_pacing(heard_before).await?)
    }

    async fn sweep_inbox(&self, before: Time) -> anyhow::Result<u64> {
        self.delete(
            "DELETE FROM inbox WHERE key IN (SELECT key FROM inbox WHERE at < $1 ORDER BY at LIMIT $2)",
            before,
        )
        .await
    }

    async fn sweep_typed(&self, before: Time) -> anyhow::Result<u64> {
        self.delete(
            "DELETE FROM typed WHERE at < $1 AND (team, person, channel, fingerprint) IN
                 (SELECT team, person, channel, fingerprint FROM typed WHERE at < $1 ORDER BY at LIMIT $2)",
            before,
        )
        .await
    }

    async fn sweep_outbox(&self, before: Time) -> anyhow::Result<u64> {
        self.delete(
            "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE done_at < $1 ORDER BY done_at LIMIT $2)",
            before,
        )
        .await
    }

    async fn sweep_pacing(&self, before: Time) -> anyhow::Result<u64> {
        self.delete(
            "DELETE FROM pacing WHERE free_at < $1 AND key IN
                 (SELECT key FROM pacing WHERE free_at < $1 ORDER BY free_at LIMIT $2)",
            before,
        )
        .await
    }

    async fn delete(&self, batch: &'static str, before: Time) -> anyhow::Result<u64> {
        let mut tx = self.begin().await?;
        let deleted = sqlx::query(batch)
            .bind(ms(before))
            .bind(BATCH)
            .execute(tx.connection().await?)
            .await
            .doing("swept what is old")?;
        tx.commit().await?;
        Ok(deleted.rows_affected())
    }
}
