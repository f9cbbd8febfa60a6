//! What has been heard already: Slack's redeliveries, and commands that a person types again.

use chrono::Duration;

use super::rows::{Doing, Suspect, ms};
use super::{Store, WriteTx};
use crate::clock::Time;
use crate::ids::{ChannelId, TeamId, UserId};

impl Store {
    /// Whether this key has been acted on.
    pub async fn heard(&self, key: &str) -> anyhow::Result<bool> {
        let mut connection = self.reader().await?;
        let row = sqlx::query("SELECT at FROM inbox WHERE key = $1")
            .bind(key)
            .fetch_optional(&mut *connection)
            .await
            .doing("asked whether something was heard")?;
        Ok(row.is_some())
    }
}

impl WriteTx {
    /// Whether this key is new; from this transaction on it is not. Of two at once the second waits for the first and
    /// then hears no, or yes if the first was not committed.
    pub async fn first_time(&mut self, key: &str, now: Time) -> anyhow::Result<bool> {
        let inserted =
            sqlx::query("INSERT INTO inbox (key, at) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING")
                .bind(key)
                .bind(ms(now))
                .execute(self.connection())
                .await
                .doing("asked whether something is new")?;
        Ok(inserted.rows_affected() == 1)
    }

    /// When this person last typed this in this channel, if that is no longer ago than `within`.
    pub async fn typed_before(
        &mut self,
        team: &TeamId,
        person: &UserId,
        channel: &ChannelId,
        fingerprint: &str,
        now: Time,
        within: Duration,
    ) -> anyhow::Result<Option<Time>> {
        let row = sqlx::query(
            "SELECT at FROM typed WHERE team = $1 AND person = $2 AND channel = $3 AND fingerprint = $4 AND at >= $5",
        )
        .bind(team.as_str())
        .bind(person.as_str())
        .bind(channel.as_str())
        .bind(fingerprint)
        .bind(ms(now - within))
        .fetch_optional(self.connection())
        .await
        .doing("asked whether something was typed before")?;
        row.map(|row| Suspect::new(&row, "typed", &[])?.time("at"))
            .transpose()
    }

    /// Remembers that this was typed, for [`WriteTx::typed_before`].
    pub async fn remember_typed(
        &mut self,
        team: &TeamId,
        person: &UserId,
        channel: &ChannelId,
        fingerprint: &str,
        now: Time,
    ) -> anyhow::Result<()> {
        sqlx::query(
            "INSERT INTO typed (team, person, channel, fingerprint, at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (team, person, channel, fingerprint) DO UPDATE SET at = excluded.at",
        )
        .bind(team.as_str())
        .bind(person.as_str())
        .bind(channel.as_str())
        .bind(fingerprint)
        .bind(ms(now))
        .execute(self.connection())
        .await
        .doing("remembered what was typed")?;
        Ok(())
    }
}
