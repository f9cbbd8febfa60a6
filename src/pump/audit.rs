//! The auditor: once a minute it asks, in another way than the code that keeps them, whether the promises hold. What it
//! finds goes to the log and to `/metrics`. It writes nothing but a sign of life, to see whether that is kept, and mends
//! nothing but a lane that leads to none of its rows, which it reports, too: nearly all that it finds is a mistake of ours
//! or of a hand with a SQL prompt, and mending in the dark would hide it.
//!
//! As long as it finds nothing, it says so to `BALEFIRE_HEARTBEAT_URL`; a watcher out there notices the silence even
//! when this process is gone.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use chrono::Duration;

use crate::app::{App, Workplace};
use crate::clock::Time;
use crate::ids::{IncidentId, TeamId};
use crate::store::{Conflict, LateRow};
use crate::telemetry;

/// An incident is woken within seconds; a restart takes less than this, too.
const WAKE_LATE_MAX: Duration = Duration::minutes(2);
/// Nothing is ever due later than that: a rhythm has 31 days at most.
const WAKE_AHEAD_MAX: Duration = Duration::days(32);
/// Slack's own outages last longer now and then, and are worth a look by then.
const OUTBOX_AGE_MAX: Duration = Duration::minutes(30);
/// How long a row whose lease ran out may stay unclaimed.
const ABANDONED_MAX: Duration = Duration::minutes(2);
/// Which changes are looked at anew in each audit: some of the last one's too.
const RECENT: Duration = Duration::minutes(3);
/// How many timelines are read in each audit besides, taking turns.
const STRETCH: i64 = 200;
/// How many findings of a kind get a line of their own in each audit.
const LINES_MAX: usize = 5;

/// What can be found, as `/metrics` names it, and the way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An open incident that nothing will wake.
    Unwatched,
    /// An incident whose time has passed, and nobody woke it.
    NotWoken,
    /// A row of the outbox that waits for too long.
    Waiting,
    /// A row of the outbox in flight that its sender has left there.
    Abandoned,
    /// A row of the outbox that its lane no longer leads to.
    Stranded,
    /// A timeline with an entry missing.
    TornTimeline,
    /// A database that can be read and keeps nothing.
    ReadOnly,
}

impl Kind {
    /// Every kind there is.
    pub const ALL: [Self; 7] = [
        Self::Unwatched,
        Self::NotWoken,
        Self::Waiting,
        Self::Abandoned,
        Self::Stranded,
        Self::TornTimeline,
        Self::ReadOnly,
    ];

    /// The label in `/metrics` and in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unwatched => "unwatched",
            Self::NotWoken => "not_woken",
            Self::Waiting => "waiting",
            Self::Abandoned => "abandoned",
            Self::Stranded => "stranded",
            Self::TornTimeline => "torn_timeline",
            Self::ReadOnly => "read_only",
        }
    }

    fn what_to_do(self) -> &'static str {
        match self {
            Self::Unwatched => {
                "nothing will remind its owner: type /incident update in it, which sets its next reminder, and report this"
            }
            Self::NotWoken => {
                "its reminder is overdue: look for errors of the wakes pump in this log, then restart Balefire"
            }
            Self::Waiting => {
                "Slack does not have it yet: look for the lane in this log, and at status.slack.com; it is sent once Slack takes it"
            }
            Self::Abandoned => {
                "nobody settles it: look for errors of the outbox pump in this log, then restart Balefire"
            }
            Self::Stranded => {
                "its lane was changed around Balefire, by an older version or by hand: it is found again from now on"
            }
            Self::TornTimeline => {
                "an entry was deleted around Balefire: restore it from a backup; until then its timeline cannot be shown"
            }
            Self::ReadOnly => {
                "nothing can be recorded, and whoever types hears that: look for a full disk, a file system mounted read-only or a standby; `balefire doctor` tries it, too"
            }
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub kind: Kind,
    pub incident: Option<IncidentId>,
    pub row: Option<LateRow>,
    /// What the database said.
    pub error: Option<String>,
}

/// The torn timelines that were found, each until it is its stretch's turn again: the audits between do not read it.
#[derive(Default)]
pub struct Torn(Mutex<BTreeSet<(TeamId, IncidentId)>>);

impl Torn {
    /// All that are torn as far as is known, now that a workspace's stretch was read and these were found.
    fn now(
        &self,
        read: Option<(&TeamId, Range<i64>)>,
        found: Vec<(TeamId, IncidentId)>,
    ) -> Vec<(TeamId, IncidentId)> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((team, numbers)) = read {
            known.retain(|(of, id)| of != team || !numbers.contains(&i64::from(id.number)));
        }
        known.extend(found);
        known.iter().cloned().collect()
    }
}

/// Audits once: looks, logs, counts, finds stranded rows again, and sends the heartbeat if nothing was found. Returns
/// what was found.
///
/// # Errors
/// When the store cannot be asked: then nothing is known, and no heartbeat is sent. A heartbeat that fails is counted.
pub async fn turn(app: &App) -> anyhow::Result<Vec<Finding>> {
    let now = app.clock.now();
    let findings = look(app, now).await?;
    if findings
        .iter()
        .any(|finding| finding.kind == Kind::ReadOnly)
    {
        app.keeps_nothing.store(true, Ordering::Relaxed);
    }
    for kind in Kind::ALL {
        let found = findings.iter().filter(|finding| finding.kind == kind);
        telemetry::audit_found(kind.name(), found.clone().count());
        for finding in found.take(LINES_MAX) {
            log(finding);
        }
    }
    telemetry::audited(now);
    let stranded: Vec<String> = findings
        .iter()
        .filter(|finding| finding.kind == Kind::Stranded)
        .filter_map(|finding| finding.row.as_ref().map(|row| row.lane.clone()))
        .collect();
    if !stranded.is_empty() {
        app.store.mend_lanes(&stranded).await?;
        app.bells.ring();
    }
    if let Some(heartbeat) = &app.heartbeat {
        if findings.is_empty() {
            heartbeat.beat().await;
        } else {
            telemetry::heartbeat("withheld");
        }
    }
    Ok(findings)
}

fn log(finding: &Finding) {
    let incident = finding.incident.map(|id| id.to_string());
    let row = finding.row.as_ref();
    tracing::error!(
        finding = finding.kind.name(),
        incident,
        lane = row.map(|row| row.lane.as_str()),
        outbox_id = row.map(|row| row.id.to_string()),
        since = row.map(|row| row.since.to_rfc3339()),
        attempts = row.map(|row| row.attempts),
        error = finding.error,
        "the audit found something: {}",
        finding.kind.what_to_do()
    );
}

async fn look(app: &App, now: Time) -> anyhow::Result<Vec<Finding>> {
    let store = &app.store;
    let mut findings = vec![];
    let unwatched = store.unwatched_incidents(now + WAKE_AHEAD_MAX).await?;
    findings.extend(incidents(Kind::Unwatched, unwatched));
    let not_woken = store.wakes_due_before(now - WAKE_LATE_MAX).await?;
    findings.extend(incidents(Kind::NotWoken, not_woken));
    let waiting = store
        .rows_waiting_since_before(now - OUTBOX_AGE_MAX)
        .await?;
    findings.extend(rows(Kind::Waiting, waiting));
    let abandoned = store.rows_abandoned_before(now - ABANDONED_MAX).await?;
    findings.extend(rows(Kind::Abandoned, abandoned));
    findings.extend(rows(Kind::Stranded, store.rows_stranded().await?));
    let mut torn = store.torn_timelines_told_since(now - RECENT).await?;
    let workplace = app.workplace();
    let mut read = None;
    if let Some(Workplace { team, .. }) = &workplace {
        let stretch = stretch(store.highest_number(team).await?, now);
        torn.extend(store.torn_timelines(team, stretch.clone()).await?);
        read = Some((team, stretch));
    }
    findings.extend(incidents(Kind::TornTimeline, app.torn.now(read, torn)));
    match store.keep_a_sign(now).await {
        // Somebody else wrote at the same time.
        Err(error) if Conflict::caused(&error) => {}
        Err(error) => findings.push(Finding {
            kind: Kind::ReadOnly,
            incident: None,
            row: None,
            error: Some(format!("{error:#}")),
        }),
        Ok(()) => {}
    }
    Ok(findings)
}

fn incidents(kind: Kind, found: Vec<(TeamId, IncidentId)>) -> impl Iterator<Item = Finding> {
    found.into_iter().map(move |(_, incident)| Finding {
        kind,
        incident: Some(incident),
        row: None,
        error: None,
    })
}

fn rows(kind: Kind, found: Vec<LateRow>) -> impl Iterator<Item = Finding> {
    found.into_iter().map(move |row| Finding {
        kind,
        incident: row.incident,
        row: Some(row),
        error: None,
    })
}

/// Whose turn it is in this minute. Every number comes up once in as many minutes as there are stretches, without
/// anybody having to remember where the last audit ended, after a restart and with several replicas.
fn stretch(highest: i64, now: Time) -> Range<i64> {
    let stretches = highest / STRETCH + 1;
    let first = (now.timestamp() / 60).rem_euclid(stretches) * STRETCH;
    first..first + STRETCH
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::DateTime;

    use super::*;

    #[test]
    fn every_timeline_has_its_turn() {
        for highest in [0, 1, 199, 200, 201, 100_000] {
            let minutes = highest / STRETCH + 1;
            let read: BTreeSet<i64> = (0..minutes)
                .flat_map(|minute| {
                    let now = DateTime::from_timestamp((29_000_000 + minute) * 60, 0).unwrap();
                    stretch(highest, now)
                })
                .collect();
            assert!(
                (0..=highest).all(|number| read.contains(&number)),
                "{highest}"
            );
        }
    }
}
