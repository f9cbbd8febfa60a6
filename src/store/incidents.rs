//! Incidents and their timelines.

use anyhow::Context as _;
use sqlx::any::AnyRow;

use super::dialect::{Engine, TAKE_TURNS, Text, locking};
use super::rest::Rest;
use super::rows::{Doing, Suspect, ms, to_json};
use super::statement::{Answer, Statement};
use super::{Store, WriteTx};
use crate::clock::Time;
use crate::domain::event::{Entry, Event};
use crate::domain::incident::{Home, Incident, Status};
use crate::ids::{ChannelId, IncidentId, MessageTs, TeamId, UserId};

/// An incident as it was last saved.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    pub team: TeamId,
    pub incident: Incident,
    /// Counts the saves from 1; [`WriteTx::save_incident`] wants it back.
    pub revision: i64,
}

/// When an open incident wants to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wake {
    pub at: Time,
    pub team: TeamId,
    pub incident: IncidentId,
}

/// What was found for a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    pub incidents: Vec<Saved>,
    /// Found, too, and kept in a way that this version cannot read. The log says why.
    pub unreadable: Vec<IncidentId>,
}

/// Which incidents a list shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListFilter {
    Open,
    /// The open ones that this person owns or declared.
    OwnedBy(UserId),
    All,
}

macro_rules! incidents_where {
    ($rest:literal) => {
        concat!(
            "SELECT team, year, number, revision, status, severity, title, owner, channel, card_channel, card_ts,
                    declared_by, declared_at, finished_at, next_wake_at, body
               FROM incidents WHERE ",
            $rest
        )
    };
}

/// Sorted by sums: for the bare columns SQLite would read all incidents in the order of their names until one fits,
/// and mostly none does.
pub(super) const BY_CHANNEL: &str =
    incidents_where!("team = $1 AND channel = $2 ORDER BY year + 0 DESC, number + 0 DESC LIMIT 1");
/// As [`BY_CHANNEL`].
pub(super) const BY_CARD: &str = incidents_where!(
    "team = $1 AND card_channel = $2 AND card_ts = $3 ORDER BY year + 0 DESC, number + 0 DESC LIMIT 1"
);

impl Store {
    /// The incident with this name.
    pub async fn incident(&self, team: &TeamId, id: &IncidentId) -> anyhow::Result<Option<Saved>> {
        let mut connection = self.reader().await?;
        let row = sqlx::query(incidents_where!("team = $1 AND year = $2 AND number = $3"))
            .bind(team.as_str())
            .bind(i64::from(id.year))
            .bind(i64::from(id.number))
            .fetch_optional(&mut *connection)
            .await
            .doing("read an incident")?;
        row.as_ref().map(saved).transpose()
    }

    /// The incident whose own channel this is; the newest, should there be several.
    pub async fn incident_by_channel(
        &self,
        team: &TeamId,
        channel: &ChannelId,
    ) -> anyhow::Result<Option<Saved>> {
        let mut connection = self.reader().await?;
        let row = sqlx::query(BY_CHANNEL)
            .bind(team.as_str())
            .bind(channel.as_str())
            .fetch_optional(&mut *connection)
            .await
            .doing("looked for a channel's incident")?;
        row.as_ref().map(saved).transpose()
    }

    /// The incident whose card in the incidents channel this message is: it speaks in the thread below.
    pub async fn incident_by_card_thread(
        &self,
        team: &TeamId,
        channel: &ChannelId,
        thread: &MessageTs,
    ) -> anyhow::Result<Option<Saved>> {
        let mut connection = self.reader().await?;
        let row = sqlx::query(BY_CARD)
            .bind(team.as_str())
            .bind(channel.as_str())
            .bind(thread.as_str())
            .fetch_optional(&mut *connection)
            .await
            .doing("looked for a thread's incident")?;
        row.as_ref().map(saved).transpose()
    }

    /// The incident with this number in the newest year that has one.
    pub async fn incident_by_number(
        &self,
        team: &TeamId,
        number: u32,
    ) -> anyhow::Result<Option<Saved>> {
        let mut connection = self.reader().await?;
        let row = sqlx::query(incidents_where!(
            "team = $1 AND number = $2 ORDER BY year DESC LIMIT 1"
        ))
        .bind(team.as_str())
        .bind(i64::from(number))
        .fetch_optional(&mut *connection)
        .await
        .doing("looked for an incident by its number")?;
        row.as_ref().map(saved).transpose()
    }

    /// Incidents of a workspace, newest first, at most `limit`. One that makes no sense does not hide the others.
    pub async fn list(
        &self,
        team: &TeamId,
        filter: ListFilter,
        limit: u32,
    ) -> anyhow::Result<Listing> {
        let mut connection = self.reader().await?;
        let query = match &filter {
            ListFilter::Open => sqlx::query(incidents_where!(
                "team = $1 AND finished_at IS NULL ORDER BY year DESC, number DESC LIMIT $2 + 0"
            )),
            ListFilter::OwnedBy(_) => sqlx::query(incidents_where!(
                "team = $1 AND finished_at IS NULL AND (owner = $3 OR declared_by = $3)
                  ORDER BY year DESC, number DESC LIMIT $2 + 0"
            )),
            ListFilter::All => sqlx::query(incidents_where!(
                "team = $1 ORDER BY year DESC, number DESC LIMIT $2 + 0"
            )),
        };
        let mut query = query.bind(team.as_str()).bind(i64::from(limit));
        if let ListFilter::OwnedBy(person) = &filter {
            query = query.bind(person.as_str());
        }
        let rows = query
            .fetch_all(&mut *connection)
            .await
            .doing("listed incidents")?;
        let mut listing = Listing::default();
        for row in &rows {
            match saved(row) {
                Ok(saved) => listing.incidents.push(saved),
                Err(error) => {
                    tracing::warn!(
                        error = format!("{error:#}"),
                        "an incident cannot be read, so a list goes without it"
                    );
                    let row = Suspect::new(row, "incidents", &["team"])?;
                    listing.unreadable.push(row.incident_id("year", "number")?);
                }
            }
        }
        Ok(listing)
    }

    /// All that happened to an incident, oldest first; empty for one that does not exist.
    ///
    /// # Errors
    /// A gap: an entry was taken out by hand.
    pub async fn timeline(&self, team: &TeamId, id: &IncidentId) -> anyhow::Result<Vec<Entry>> {
        let mut connection = self.reader().await?;
        let rows = sqlx::query(
            "SELECT team, year, number, seq, at, actor, kind, body FROM timeline
              WHERE team = $1 AND year = $2 AND number = $3 ORDER BY seq",
        )
        .bind(team.as_str())
        .bind(i64::from(id.year))
        .bind(i64::from(id.number))
        .fetch_all(&mut *connection)
        .await
        .doing("read a timeline")?;
        (1..).zip(&rows).map(|(seq, row)| entry(seq, row)).collect()
    }

    /// The incidents that want to be looked at next, due or not, the longest due first, at most `limit`.
    pub async fn next_wakes(&self, limit: u32) -> anyhow::Result<Vec<Wake>> {
        let mut connection = self.reader().await?;
        let rows = sqlx::query(NEXT_WAKES)
            .bind(i64::from(limit))
            .fetch_all(&mut *connection)
            .await
            .doing("asked who is due")?;
        rows.iter()
            .map(|row| {
                let row = Suspect::new(row, "incidents", &["team", "year", "number"])?;
                Ok(Wake {
                    at: row.time("next_wake_at")?,
                    team: TeamId::new(row.text("team")?),
                    incident: row.incident_id("year", "number")?,
                })
            })
            .collect()
    }
}

pub(super) const NEXT_WAKES: &str =
    "SELECT team, year, number, next_wake_at FROM incidents WHERE next_wake_at IS NOT NULL
      ORDER BY next_wake_at, team, year, number LIMIT $1 + 0";

/// Postgres keeps the row for this transaction, so that two commands to one incident take turns and seldom conflict.
const INCIDENT_TO_CHANGE: Text = locking!(
    incidents_where!("team = $1 AND year = $2 AND number = $3"),
    "FOR UPDATE"
);

/// An incident that will be asked for.
pub(super) struct Foresight {
    team: TeamId,
    id: IncidentId,
    /// What was found. None: it has not been looked for yet.
    found: Option<Option<AnyRow>>,
}

impl WriteTx {
    /// [`WriteTx::incident`] will ask for this one. On SQLite, where nobody else writes meanwhile, it comes along with
    /// the answer to the next statement; on Postgres it must be locked when its turn comes, and not before.
    pub fn foresee(&mut self, team: &TeamId, id: &IncidentId) {
        if self.engine == Engine::Sqlite {
            self.foresight = Some(Foresight {
                team: team.clone(),
                id: *id,
                found: None,
            });
        }
    }

    /// What goes along with the next statement.
    pub(super) fn foresees(&self) -> Option<Statement> {
        let foresight = self.foresight.as_ref()?;
        foresight
            .found
            .is_none()
            .then(|| self.to_change(&foresight.team, &foresight.id))
    }

    pub(super) fn foreseen(&mut self, answer: Answer) {
        if let Some(foresight) = &mut self.foresight {
            foresight.found = Some(answer.rows.into_iter().next());
        }
    }

    /// Something is written: what was found may not be so any more.
    pub(super) fn forget_foreseen(&mut self) {
        self.foresight
            .take_if(|foresight| foresight.found.is_some());
    }

    fn to_change(&self, team: &TeamId, id: &IncidentId) -> Statement {
        let text = INCIDENT_TO_CHANGE.on(self.engine);
        Statement::new(text, "read an incident to change it")
            .bind(team.as_str())
            .bind(i64::from(id.year))
            .bind(i64::from(id.number))
    }

    /// The incident with this name, kept from other writers until this transaction ends.
    pub async fn incident(
        &mut self,
        team: &TeamId,
        id: &IncidentId,
    ) -> anyhow::Result<Option<Saved>> {
        let found = match self.foresight.take() {
            Some(Foresight {
                team: of_team,
                id: of,
                found: Some(found),
            }) if of_team == *team && of == *id => found,
            _ => {
                let read = self.to_change(team, id);
                self.ask(read).await?.rows.into_iter().next()
            }
        };
        let Some(row) = found else { return Ok(None) };
        let saved = saved(&row)?;
        let body = Suspect::new(&row, "incidents", &[])?.text("body")?;
        if let Some(rest) = Rest::of(&body, &saved.incident)? {
            self.rests.push((team.clone(), *id, rest));
        }
        Ok(Some(saved))
    }

    /// Incidents as they are now, for whoever does not mean to change them: nobody waits for this. Each is found, or not,
    /// or cannot be read, by itself.
    pub async fn incidents_as_they_are(
        &mut self,
        named: &[(&TeamId, IncidentId)],
    ) -> anyhow::Result<Vec<anyhow::Result<Option<Saved>>>> {
        let text = incidents_where!("team = $1 AND year = $2 AND number = $3");
        let reads = named.iter().map(|(team, id)| {
            Statement::new(text, "read an incident")
                .bind(team.as_str())
                .bind(i64::from(id.year))
                .bind(i64::from(id.number))
        });
        let answers = self.ask_all(reads.collect()).await?;
        let found = answers
            .iter()
            .map(|answer| answer.rows.first().map(saved).transpose());
        Ok(found.collect())
    }

    /// The name for the next incident of that year. Numbers have no gaps: one that is not inserted in this transaction
    /// is given to the next who asks.
    pub async fn next_incident_id(
        &mut self,
        team: &TeamId,
        year: i32,
    ) -> anyhow::Result<IncidentId> {
        self.take_turns(team).await?;
        let row = sqlx::query(
            "SELECT COALESCE(MAX(number), 0) + 1 AS number FROM incidents WHERE team = $1 AND year = $2",
        )
        .bind(team.as_str())
        .bind(i64::from(year))
        .fetch_one(self.connection().await?)
        .await
        .doing("counted incidents")?;
        let number = Suspect::new(&row, "incidents", &[])?.number("number")?;
        Ok(IncidentId {
            year,
            number: u32::try_from(number)
                .context("this year's incidents have run out of numbers")?,
        })
    }

    async fn take_turns(&mut self, team: &TeamId) -> anyhow::Result<()> {
        let text = TAKE_TURNS.on(self.engine);
        sqlx::query(text)
            .bind(team.as_str())
            .execute(self.connection().await?)
            .await
            .doing("waited for other declarations")?;
        Ok(())
    }

    /// Keeps a new incident and the beginning of its timeline; its revision is 1.
    ///
    /// # Errors
    /// A [`super::Conflict`]: somebody took the number.
    pub fn insert_incident(
        &mut self,
        team: &TeamId,
        incident: &Incident,
        entries: &[Entry],
    ) -> anyhow::Result<()> {
        let columns = Columns::of(incident);
        let insert = Statement::new(
            "INSERT INTO incidents (team, year, number, revision, status, severity, title, owner, channel,
                 card_channel, card_ts, declared_by, declared_at, finished_at, next_wake_at, body)
             VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
            "inserted an incident",
        )
        .bind(team.as_str())
        .bind(i64::from(incident.id.year))
        .bind(i64::from(incident.id.number))
        .bind(columns.status)
        .bind(columns.severity)
        .bind(columns.title)
        .bind(columns.owner)
        .bind(columns.channel)
        .bind(columns.card_channel)
        .bind(columns.card_ts)
        .bind(columns.declared_by)
        .bind(columns.declared_at)
        .bind(columns.finished_at)
        .bind(columns.next_wake_at)
        .bind(to_json(incident)?);
        self.put_down(insert);
        self.append(team, &incident.id, entries)
    }

    /// Keeps an incident as it now stands and appends to its timeline. `expected_revision` is that of the [`Saved`]
    /// it was made from; the revision is one more afterwards.
    ///
    /// # Errors
    /// A [`super::Conflict`]: it has been saved since, or does not exist.
    pub fn save_incident(
        &mut self,
        team: &TeamId,
        incident: &Incident,
        expected_revision: i64,
        entries: &[Entry],
    ) -> anyhow::Result<()> {
        let columns = Columns::of(incident);
        let rest = self
            .rests
            .iter()
            .find(|(of_team, id, _)| of_team == team && *id == incident.id);
        let body = match rest {
            Some((.., rest)) => {
                tracing::warn!(
                    incident = %incident.id,
                    "another version of Balefire has written what this one does not know: it stays with the incident"
                );
                rest.hand_on(incident)?
            }
            None => to_json(incident)?,
        };
        let save = Statement::new(
            "UPDATE incidents
                SET revision = revision + 1, status = $5, severity = $6, title = $7, owner = $8, channel = $9,
                    card_channel = $10, card_ts = $11, declared_by = $12, declared_at = $13, finished_at = $14,
                    next_wake_at = $15, body = $16
              WHERE team = $1 AND year = $2 AND number = $3 AND revision = $4",
            "saved an incident",
        )
        .bind(team.as_str())
        .bind(i64::from(incident.id.year))
        .bind(i64::from(incident.id.number))
        .bind(expected_revision)
        .bind(columns.status)
        .bind(columns.severity)
        .bind(columns.title)
        .bind(columns.owner)
        .bind(columns.channel)
        .bind(columns.card_channel)
        .bind(columns.card_ts)
        .bind(columns.declared_by)
        .bind(columns.declared_at)
        .bind(columns.finished_at)
        .bind(columns.next_wake_at)
        .bind(body)
        .or_conflict();
        self.put_down(save);
        self.append(team, &incident.id, entries)
    }

    /// Each entry takes the next place. Whoever appends has changed the incident's row before, so nobody else does.
    fn append(&mut self, team: &TeamId, id: &IncidentId, entries: &[Entry]) -> anyhow::Result<()> {
        for entry in entries {
            let append = Statement::new(
                "INSERT INTO timeline (team, year, number, seq, at, actor, kind, body)
                 VALUES ($1, $2, $3,
                         (SELECT COALESCE(MAX(seq), 0) + 1 FROM timeline WHERE team = $1 AND year = $2 AND number = $3),
                         $4, $5, $6, $7)",
                "appended to a timeline",
            )
            .bind(team.as_str())
            .bind(i64::from(id.year))
            .bind(i64::from(id.number))
            .bind(ms(entry.at))
            .bind(entry.by.person().map(UserId::as_str))
            .bind(kind(entry)?)
            .bind(to_json(entry)?);
            self.put_down(append);
            if let Event::Pinned { message, .. } = &entry.event {
                self.insert_pin(team, id, message);
            }
        }
        Ok(())
    }
}

/// What the database searches for. The incident's body says all of it too, and a row in which they differ is refused.
#[derive(Debug, PartialEq)]
struct Columns {
    status: String,
    severity: String,
    title: String,
    owner: Option<String>,
    channel: Option<String>,
    card_channel: Option<String>,
    card_ts: Option<String>,
    declared_by: Option<String>,
    declared_at: i64,
    finished_at: Option<i64>,
    next_wake_at: Option<i64>,
}

impl Columns {
    fn of(incident: &Incident) -> Self {
        let card = incident.card.as_ref();
        Self {
            status: incident.status.name().as_str().to_owned(),
            severity: incident.severity.to_string(),
            title: incident.title.clone(),
            owner: incident.owner().map(UserId::to_string),
            channel: match &incident.home {
                Home::Channel(channel) => Some(channel.to_string()),
                Home::Opening | Home::Thread => None,
            },
            card_channel: card.map(|card| card.channel.to_string()),
            card_ts: card.map(|card| card.ts.to_string()),
            declared_by: incident.declared_by.person().map(UserId::to_string),
            declared_at: ms(incident.declared_at),
            finished_at: match &incident.status {
                Status::Open { .. } => None,
                Status::Resolved { stamp, .. } | Status::Cancelled { stamp, .. } => {
                    Some(ms(stamp.at))
                }
                Status::Closed { resolved_at, .. } => Some(ms(*resolved_at)),
            },
            next_wake_at: incident.next_wake_at().map(ms),
        }
    }

    fn read(row: &Suspect) -> anyhow::Result<Self> {
        Ok(Self {
            status: row.text("status")?,
            severity: row.text("severity")?,
            title: row.text("title")?,
            owner: row.maybe_text("owner")?,
            channel: row.maybe_text("channel")?,
            card_channel: row.maybe_text("card_channel")?,
            card_ts: row.maybe_text("card_ts")?,
            declared_by: row.maybe_text("declared_by")?,
            declared_at: row.number("declared_at")?,
            finished_at: row.maybe_number("finished_at")?,
            next_wake_at: row.maybe_number("next_wake_at")?,
        })
    }
}

fn saved(row: &AnyRow) -> anyhow::Result<Saved> {
    let row = Suspect::new(row, "incidents", &["team", "year", "number"])?;
    let incident: Incident = row.json("body")?;
    let id = row.incident_id("year", "number")?;
    let (said, shown) = (Columns::of(&incident), Columns::read(&row)?);
    if incident.id != id || said != shown {
        return Err(row.complaint(
            "body",
            &format!("is {} {said:?}, beside {shown:?}", incident.id),
        ));
    }
    Ok(Saved {
        team: TeamId::new(row.text("team")?),
        incident,
        revision: row.number("revision")?,
    })
}

fn entry(expected_seq: i64, row: &AnyRow) -> anyhow::Result<Entry> {
    let row = Suspect::new(row, "timeline", &["team", "year", "number", "seq"])?;
    if row.number("seq")? != expected_seq {
        return Err(row.complaint("seq", &format!("{expected_seq} should stand here")));
    }
    let entry: Entry = row.json("body")?;
    if ms(entry.at) != row.number("at")?
        || entry.by.person().map(UserId::as_str) != row.maybe_text("actor")?.as_deref()
        || kind(&entry)? != row.text("kind")?
    {
        return Err(row.complaint("body", "differs from the columns beside it"));
    }
    Ok(entry)
}

/// The event's name, as its JSON tags it.
fn kind(entry: &Entry) -> anyhow::Result<String> {
    let event = serde_json::to_value(&entry.event).context("writing an event as JSON")?;
    let kind = event.get("type").and_then(|kind| kind.as_str());
    Ok(kind.context("an event without a type")?.to_owned())
}
