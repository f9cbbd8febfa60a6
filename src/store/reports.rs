//! Messages in the incidents channel that an offer to declare was made for, and what became of them.

use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use super::rows::{Doing, Suspect, ms};
use super::statement::Statement;
use super::wire::Wire;
use super::{Store, WriteTx};
use crate::clock::Time;
use crate::ids::{ChannelId, IncidentId, MessageTs, SeverityId, TeamId, UserId};

/// The message that reports.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReportKey {
    pub team: TeamId,
    pub channel: ChannelId,
    pub ts: MessageTs,
}

/// A message that sounds like an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub key: ReportKey,
    pub author: UserId,
    pub text: String,
    pub title_guess: String,
    pub severity_guess: SeverityId,
    pub heard_at: Time,
    /// Our offer to declare, in the same channel, once Slack has taken it.
    pub offer: Option<MessageTs>,
    pub state: ReportState,
}

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportState {
    /// Nobody has said anything yet.
    Offered,
    Declared {
        by: UserId,
        at: Time,
        incident: IncidentId,
    },
    Dismissed {
        by: UserId,
        at: Time,
    },
}

impl ReportState {
    fn name(&self) -> &'static str {
        match self {
            ReportState::Offered => "offered",
            ReportState::Declared { .. } => "declared",
            ReportState::Dismissed { .. } => "dismissed",
        }
    }
}

impl Store {
    /// The report that this message is.
    pub async fn report(&self, key: &ReportKey) -> anyhow::Result<Option<Report>> {
        select(&mut *self.reader().await?, key).await
    }
}

impl WriteTx {
    /// The report that this message is.
    pub async fn report(&mut self, key: &ReportKey) -> anyhow::Result<Option<Report>> {
        select(self.connection().await?, key).await
    }

    /// Keeps a report that nobody has answered. False: this message was heard before, and nothing is changed.
    /// `offer` and `state` are not looked at: a new report has neither.
    pub async fn insert_report(&mut self, report: &Report) -> anyhow::Result<bool> {
        let insert = Statement::new(
            "INSERT INTO reports (team, channel, ts, author, text, title_guess, severity_guess, heard_at, state)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'offered') ON CONFLICT (team, channel, ts) DO NOTHING",
            "kept a report",
        )
        .bind(report.key.team.as_str())
        .bind(report.key.channel.as_str())
        .bind(report.key.ts.as_str())
        .bind(report.author.as_str())
        .bind(report.text.as_str())
        .bind(report.title_guess.as_str())
        .bind(report.severity_guess.as_str())
        .bind(ms(report.heard_at));
        Ok(self.ask(insert).await?.changed == 1)
    }

    /// Says what became of a report. False: somebody was quicker, or there is no such report; read it to learn who.
    pub async fn settle_report(
        &mut self,
        key: &ReportKey,
        state: &ReportState,
    ) -> anyhow::Result<bool> {
        let (by, at, incident) = match state {
            ReportState::Offered => return Ok(false),
            ReportState::Declared { by, at, incident } => (by, at, Some(incident)),
            ReportState::Dismissed { by, at } => (by, at, None),
        };
        let settle = Statement::new(
            "UPDATE reports SET state = $4, settled_by = $5, settled_at = $6, incident_year = $7, incident_number = $8
              WHERE team = $1 AND channel = $2 AND ts = $3 AND state = 'offered'",
            "settled a report",
        )
        .bind(key.team.as_str())
        .bind(key.channel.as_str())
        .bind(key.ts.as_str())
        .bind(state.name())
        .bind(by.as_str())
        .bind(ms(*at))
        .bind(incident.map(|id| i64::from(id.year)))
        .bind(incident.map(|id| i64::from(id.number)));
        Ok(self.ask(settle).await?.changed == 1)
    }

    /// Remembers where our offer stands, so that it can be changed once the report is settled.
    pub fn set_report_offer(&mut self, key: &ReportKey, offer: &MessageTs) {
        let set = Statement::new(
            "UPDATE reports SET offer_ts = $4 WHERE team = $1 AND channel = $2 AND ts = $3",
            "remembered an offer",
        )
        .bind(key.team.as_str())
        .bind(key.channel.as_str())
        .bind(key.ts.as_str())
        .bind(offer.as_str());
        self.put_down(set);
    }
}

async fn select(connection: &mut Wire, key: &ReportKey) -> anyhow::Result<Option<Report>> {
    let row = sqlx::query(
        "SELECT team, channel, ts, author, text, title_guess, severity_guess, heard_at, offer_ts, state, settled_by,
                settled_at, incident_year, incident_number
           FROM reports WHERE team = $1 AND channel = $2 AND ts = $3",
    )
    .bind(key.team.as_str())
    .bind(key.channel.as_str())
    .bind(key.ts.as_str())
    .fetch_optional(connection)
    .await
    .doing("read a report")?;
    row.as_ref().map(report).transpose()
}

fn report(row: &AnyRow) -> anyhow::Result<Report> {
    let row = Suspect::new(row, "reports", &["team", "channel", "ts"])?;
    let settled = (
        row.maybe_text("settled_by")?.map(UserId::new),
        row.maybe_time("settled_at")?,
        row.maybe_incident_id("incident_year", "incident_number")?,
    );
    let state = match (row.text("state")?.as_str(), settled) {
        ("offered", (None, None, None)) => ReportState::Offered,
        ("declared", (Some(by), Some(at), Some(incident))) => {
            ReportState::Declared { by, at, incident }
        }
        ("dismissed", (Some(by), Some(at), None)) => ReportState::Dismissed { by, at },
        (state, settled) => {
            return Err(row.complaint("state", &format!("{state} beside {settled:?}")));
        }
    };
    Ok(Report {
        key: ReportKey {
            team: TeamId::new(row.text("team")?),
            channel: ChannelId::new(row.text("channel")?),
            ts: MessageTs::new(row.text("ts")?),
        },
        author: UserId::new(row.text("author")?),
        text: row.text("text")?,
        title_guess: row.text("title_guess")?,
        severity_guess: SeverityId::new(row.text("severity_guess")?),
        heard_at: row.time("heard_at")?,
        offer: row.maybe_text("offer_ts")?.map(MessageTs::new),
        state,
    })
}
