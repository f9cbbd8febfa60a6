//! Which incident a message with a 📌 belongs to, so that its edits and its deletion find the timeline.

use super::rows::{Doing, Suspect};
use super::statement::Statement;
use super::{Store, WriteTx};
use crate::domain::incident::MessageRef;
use crate::ids::{IncidentId, TeamId};

impl Store {
    /// The incident whose timeline this message was put on.
    pub async fn incident_with_pin(
        &self,
        team: &TeamId,
        at: &MessageRef,
    ) -> anyhow::Result<Option<IncidentId>> {
        let mut connection = self.reader().await?;
        sqlx::query("SELECT team, channel, ts, year, number FROM pins WHERE team = $1 AND channel = $2 AND ts = $3")
            .bind(team.as_str())
            .bind(at.channel.as_str())
            .bind(at.ts.as_str())
            .fetch_optional(&mut *connection)
            .await
            .doing("looked for a pinned message")?
            .map(|row| Suspect::new(&row, "pins", &["team", "channel", "ts"])?.incident_id("year", "number"))
            .transpose()
    }
}

impl WriteTx {
    /// Remembers that this message is on an incident's timeline. The latest incident wins.
    pub(super) fn insert_pin(&mut self, team: &TeamId, id: &IncidentId, at: &MessageRef) {
        let insert = Statement::new(
            "INSERT INTO pins (team, channel, ts, year, number) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (team, channel, ts) DO UPDATE SET year = EXCLUDED.year, number = EXCLUDED.number",
            "remembered a pinned message",
        )
        .bind(team.as_str())
        .bind(at.channel.as_str())
        .bind(at.ts.as_str())
        .bind(i64::from(id.year))
        .bind(i64::from(id.number));
        self.put_down(insert);
    }
}
