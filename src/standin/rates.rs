//! Slack's speed limits, by the world's clock.

use std::collections::{BTreeMap, VecDeque};

/// How strictly to hold the bot to Slack's limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rates {
    /// No limits at all, not even one message per second and channel.
    Off,
    /// Per method and minute as documented, times `tiers`; posts per channel and second: `posts`.
    On { tiers: f64, posts: u32 },
}

impl Rates {
    /// As documented: every tier as it stands, one post per channel and second.
    pub const STRICT: Self = Self::On {
        tiers: 1.0,
        posts: 1,
    };
}

/// Where a method stands in Slack's tiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    T1,
    T2,
    T3,
    T4,
    /// "Special rate limits apply"; the number is what we take it to be, per minute.
    Special(u32),
}

impl Tier {
    /// Calls per minute, workspace and app.
    pub fn per_minute(self) -> u32 {
        match self {
            Self::T1 => 1,
            Self::T2 => 20,
            Self::T3 => 50,
            Self::T4 => 100,
            Self::Special(calls) => calls,
        }
    }
}

/// What was called lately.
#[derive(Default)]
pub(super) struct Windows {
    calls_ms: BTreeMap<String, VecDeque<i64>>,
    closed_until_ms: BTreeMap<String, i64>,
}

impl Windows {
    /// Closes a method until then, as a 429 does.
    pub(super) fn close(&mut self, method: &str, until_ms: i64) {
        self.closed_until_ms.insert(method.into(), until_ms);
    }

    /// Opens every method again.
    pub(super) fn open_all(&mut self) {
        self.closed_until_ms.clear();
    }

    /// Counts a call, or says after how many seconds to come back.
    pub(super) fn enter(
        &mut self,
        rates: Rates,
        method: &str,
        tier: Tier,
        now_ms: i64,
    ) -> Result<(), u64> {
        if let Some(until_ms) = self.closed_until_ms.get(method) {
            if now_ms < *until_ms {
                return Err(seconds_up(until_ms - now_ms));
            }
            self.closed_until_ms.remove(method);
        }
        let Rates::On { tiers, .. } = rates else {
            return Ok(());
        };
        let allowed = (f64::from(tier.per_minute()) * tiers).max(1.0);
        self.count(method.to_owned(), 60_000, allowed, now_ms)
    }

    /// Counts a post into a channel, or says after how many seconds to come back.
    pub(super) fn enter_post(
        &mut self,
        rates: Rates,
        channel: &str,
        now_ms: i64,
    ) -> Result<(), u64> {
        let Rates::On { posts, .. } = rates else {
            return Ok(());
        };
        self.count(format!("post to {channel}"), 1000, f64::from(posts), now_ms)
    }

    fn count(&mut self, key: String, window_ms: i64, allowed: f64, now_ms: i64) -> Result<(), u64> {
        let calls = self.calls_ms.entry(key).or_default();
        while calls
            .front()
            .is_some_and(|at_ms| at_ms + window_ms <= now_ms)
        {
            calls.pop_front();
        }
        if let Some(oldest_ms) = calls.front().filter(|_| calls.len() as f64 >= allowed) {
            return Err(seconds_up(oldest_ms + window_ms - now_ms));
        }
        calls.push_back(now_ms);
        Ok(())
    }
}

fn seconds_up(ms: i64) -> u64 {
    u64::try_from(ms.max(1)).unwrap_or(1).div_ceil(1000)
}
