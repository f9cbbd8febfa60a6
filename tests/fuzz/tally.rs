//! Counts what became of the inputs, because a target that understands none of them proves nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// How many inputs were judged, by verdict.
#[derive(Clone)]
pub struct Tally {
    target: &'static str,
    verdicts: Arc<Mutex<BTreeMap<&'static str, u64>>>,
}

impl Tally {
    pub fn new(target: &'static str) -> Self {
        Self {
            target,
            verdicts: Arc::default(),
        }
    }

    pub fn count(&self, verdict: &'static str) {
        *self.verdicts.lock().unwrap().entry(verdict).or_default() += 1;
    }

    /// Says what was counted. A verdict that begins with `!` means that nothing was understood: not too many may.
    pub fn finish(&self) {
        let verdicts = self.verdicts.lock().unwrap();
        let all: u64 = verdicts.values().sum();
        let lost: u64 = verdicts
            .iter()
            .filter(|(verdict, _)| verdict.starts_with('!'))
            .map(|(_, count)| count)
            .sum();
        eprintln!("{}: {all} inputs, {verdicts:?}", self.target);
        assert!(
            verdicts.len() > 2 && lost < all * 9 / 10,
            "the mutants of {} no longer get anywhere",
            self.target
        );
    }
}
