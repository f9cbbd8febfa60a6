//! What has been heard already: Slack's redeliveries, and commands that a person types again.

use chrono::Duration;
use sha2::{Digest as _, Sha256};

use super::rows::{Doing, Suspect, ms};
use super::statement::Statement;
use super::{Store, WriteTx};
use crate::clock::Time;
use crate::ids::{ChannelId, MessageTs, TeamId, UserId};

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

/// What somebody typed somewhere.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    pub team: &'a TeamId,
    pub person: &'a UserId,
    pub channel: &'a ChannelId,
    pub thread: Option<&'a MessageTs>,
    pub text: &'a str,
    /// How long afterwards the same counts as typed again.
    pub within: Duration,
}

impl Words<'_> {
    /// Thread and text in 64 letters. An index entry of Postgres holds 2,704 bytes, and people type more.
    fn fingerprint(&self) -> String {
        let mut digest = Sha256::new();
        if let Some(thread) = self.thread {
            digest.update(thread.as_str());
            digest.update("\n");
        }
        digest.update(self.text);
        hex::encode(digest.finalize())
    }
}

/// Whether something was heard before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It was not, and from this transaction on it was.
    New,
    /// Its key was.
    Before,
    /// The same was typed then.
    TypedAt(Time),
}

impl WriteTx {
    /// Whether this key is new; from this transaction on it is not. Of two at once the second waits for the first and
    /// then hears no, or yes if the first was not committed.
    pub async fn first_time(&mut self, key: &str, now: Time) -> anyhow::Result<bool> {
        let heard = self.hear(Some(key), None, now).await?;
        Ok(heard == Heard::New)
    }

    /// Whether this key or these words, typed `now`, were heard before. Of two at once the second waits for the first.
    /// Whoever is told that they were does nothing in this transaction.
    pub async fn hear(
        &mut self,
        key: Option<&str>,
        words: Option<Words<'_>>,
        now: Time,
    ) -> anyhow::Result<Heard> {
        if let Some(key) = key {
            let insert = Statement::new(
                "INSERT INTO inbox (key, at) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
                "asked whether something is new",
            );
            self.put_down(insert.bind(key).bind(ms(now)));
        }
        if let Some(words) = words {
            // What was typed long ago makes room; what was not stays as it is.
            let remember = Statement::new(
                "INSERT INTO typed (team, person, channel, fingerprint, at) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (team, person, channel, fingerprint) DO UPDATE SET at = excluded.at WHERE typed.at < $6",
                "asked whether something was typed before",
            )
            .bind(words.team.as_str())
            .bind(words.person.as_str())
            .bind(words.channel.as_str())
            .bind(words.fingerprint())
            .bind(ms(now))
            .bind(ms(now - words.within));
            self.put_down(remember);
        }
        let mut answers = self.carry_out().await?;
        let typed_before = words.filter(|_| answers.pop().is_some_and(|typed| typed.changed == 0));
        if key.is_some() && answers.pop().is_some_and(|inserted| inserted.changed == 0) {
            return Ok(Heard::Before);
        }
        Ok(match typed_before {
            Some(words) => Heard::TypedAt(self.typed_at(words).await?),
            None => Heard::New,
        })
    }

    /// What was typed counts as never typed.
    pub fn forget_words(&mut self, words: Words<'_>) {
        let forget = Statement::new(
            "DELETE FROM typed WHERE team = $1 AND person = $2 AND channel = $3 AND fingerprint = $4",
            "forgot what was typed",
        )
        .bind(words.team.as_str())
        .bind(words.person.as_str())
        .bind(words.channel.as_str())
        .bind(words.fingerprint());
        self.put_down(forget);
    }

    async fn typed_at(&mut self, words: Words<'_>) -> anyhow::Result<Time> {
        let row = sqlx::query(
            "SELECT at FROM typed WHERE team = $1 AND person = $2 AND channel = $3 AND fingerprint = $4",
        )
        .bind(words.team.as_str())
        .bind(words.person.as_str())
        .bind(words.channel.as_str())
        .bind(words.fingerprint())
        .fetch_one(self.connection().await?)
        .await
        .doing("asked when something was typed before")?;
        Suspect::new(&row, "typed", &[])?.time("at")
    }
}
