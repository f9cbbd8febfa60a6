//! Whether this process does its work: the store answers, every pump has turned lately, and in Socket Mode a socket is
//! open.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Time;

/// A pump that has not turned for this long is stuck: each turns at least once a second.
pub const PUMP_STALE_AFTER_S: i64 = 60;
/// The whole answer is there within a second, even while the database hangs.
const STORE_WITHIN: Duration = Duration::from_millis(800);

/// Asks the store for a sign of life.
pub type Probe =
    Box<dyn Fn() -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>> + Send + Sync>;

/// Says in one line what is not well; `None`: it is.
pub type Look = Box<dyn Fn() -> Option<String> + Send + Sync>;

/// What `/readyz` knows.
pub struct Readiness {
    store: Probe,
    looks: Vec<Look>,
    turned_at: Mutex<BTreeMap<&'static str, Time>>,
}

impl Readiness {
    /// Knows of no pump yet. `store` is asked at every look, and given less than a second.
    pub fn new(store: Probe) -> Self {
        Self {
            store,
            looks: vec![],
            turned_at: Mutex::default(),
        }
    }

    /// Looks at something else as well.
    pub fn and(mut self, look: Look) -> Self {
        self.looks.push(look);
        self
    }

    /// To be called when a pump starts: from then on it is missed. One that starts again has not turned for that.
    pub fn expect(&self, pump: &'static str, now: Time) {
        let mut turned_at = self
            .turned_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        turned_at.entry(pump).or_insert(now);
    }

    /// To be called after each of its turns that did not fail.
    pub fn turned(&self, pump: &'static str, now: Time) {
        let mut turned_at = self
            .turned_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        turned_at.insert(pump, now);
    }

    /// What keeps the process from being ready, one line each.
    pub async fn complaints(&self, now: Time) -> Vec<String> {
        let mut complaints = vec![];
        match tokio::time::timeout(STORE_WITHIN, (self.store)()).await {
            Ok(Ok(())) => {}
            // The reason can hold the database's address, which is for the log.
            Ok(Err(error)) => {
                // The pumps, which have something to do there, say it aloud.
                tracing::debug!(error = format!("{error:#}"), "the store does not answer");
                complaints.push("store: does not answer".to_owned());
            }
            Err(_) => complaints.push(format!("store: no answer within {STORE_WITHIN:?}")),
        }
        complaints.extend(self.looks.iter().filter_map(|look| look()));
        let turned_at = self
            .turned_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for (pump, at) in turned_at.iter() {
            let age_s = (now - *at).num_seconds();
            if age_s > PUMP_STALE_AFTER_S {
                complaints.push(format!("{pump}: no turn for {age_s} s"));
            }
        }
        complaints
    }
}
