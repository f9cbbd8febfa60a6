//! Incidents to try a template on: everything known and nothing known, in every status.

use chrono::{Duration, TimeZone, Utc};
use chrono_tz::Tz;

use super::{DraftFacts, FactUpdate, STATUSES};
use crate::clock::Time;
use crate::ids::{IncidentId, SeverityId};

/// Every sample: 16 of them.
pub(super) fn all() -> Vec<DraftFacts> {
    STATUSES
        .iter()
        .flat_map(|(status, ..)| [nothing_known(status), all_known(status)])
        .collect()
}

/// A follow-up draft for an incident of which every fact is known.
pub(super) fn all_known(status: &str) -> DraftFacts {
    let update = |minutes: i64, text: &str| FactUpdate {
        at: after(minutes),
        text: text.to_owned(),
    };
    DraftFacts {
        services: vec!["payments".to_owned(), "checkout".to_owned()],
        impact: Some("One in five payments fails".to_owned()),
        eta: Some("within the hour".to_owned()),
        updates: vec![
            update(5, "Looking at the payment gateway"),
            update(20, "Rolling back"),
        ],
        latest_update: Some(update(20, "Rolling back")),
        next_update_at: Some(after(35)).filter(|_| is_open(status)),
        timezone: Tz::Asia__Shanghai,
        drafts_before: 1,
        summary: Some("Rolled back the release".to_owned()).filter(|_| !is_open(status)),
        ..nothing_known(status)
    }
}

/// The first draft for an incident that has only just been declared.
pub(super) fn nothing_known(status: &str) -> DraftFacts {
    DraftFacts {
        id: IncidentId {
            year: 2026,
            number: 1,
        },
        title: "Checkout is down".to_owned(),
        severity_id: SeverityId::new("P0"),
        severity_name: "Critical".to_owned(),
        severity_meaning: "The system is down".to_owned(),
        services: Vec::new(),
        status: status.to_owned(),
        impact: None,
        eta: None,
        updates: Vec::new(),
        latest_update: None,
        declared_at: after(0),
        resolved_at: Some(after(50)).filter(|_| matches!(status, "resolved" | "closed")),
        next_update_at: None,
        timezone: Tz::UTC,
        drafts_before: 0,
        summary: None,
    }
}

fn is_open(status: &str) -> bool {
    matches!(
        status,
        "declared" | "investigating" | "identified" | "monitoring"
    )
}

/// Minutes after the sample's declaration, 2026-11-20 10:00 UTC.
fn after(minutes: i64) -> Time {
    Utc.timestamp_opt(1_795_168_800, 0)
        .single()
        .unwrap_or_default()
        + Duration::minutes(minutes)
}
