//! When Slack may be called again: one message per second and channel, and the pause that a 429 asks for, which
//! holds for its method alone.

use std::collections::HashMap;
use std::sync::Mutex;

use chrono::Duration;

use crate::clock::Time;

/// Slack's limit for messages: one per second and channel (“Rate limits”, chat.postMessage). A little more, because
/// requests do not arrive as evenly as they leave.
const POST_EVERY: Duration = Duration::milliseconds(1_050);
/// Above this many remembered channels, those whose pause is over are forgotten.
const REMEMBERED_MAX: usize = 1_000;

/// What must wait until when. In memory: a restart takes longer than any of these pauses but a 429's, and that is
/// asked for anew.
#[derive(Default)]
pub struct Pacing {
    until: Mutex<HashMap<Key, Time>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Posts(String),
    Method(&'static str),
}

impl Pacing {
    /// Takes a turn: none if the call may be made now, or else when it may.
    pub fn take(&self, method: &'static str, posts_to: Option<&str>, now: Time) -> Option<Time> {
        let mut until = self.until.lock().ok()?;
        let wait = [
            Some(Key::Method(method)),
            posts_to.map(|to| Key::Posts(to.to_owned())),
        ]
        .into_iter()
        .flatten()
        .filter_map(|key| until.get(&key).copied())
        .filter(|free_at| *free_at > now)
        .max();
        if wait.is_none() {
            if until.len() > REMEMBERED_MAX {
                until.retain(|_, free_at| *free_at > now);
            }
            if let Some(to) = posts_to {
                until.insert(Key::Posts(to.to_owned()), now + POST_EVERY);
            }
        }
        wait
    }

    /// Slack asked to leave this method alone for a while.
    pub fn block(&self, method: &'static str, free_at: Time) {
        if let Ok(mut until) = self.until.lock() {
            until.insert(Key::Method(method), free_at);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn at(ms: i64) -> Time {
        DateTime::from_timestamp_millis(ms).unwrap()
    }

    #[test]
    fn a_channel_gets_one_message_a_second_and_others_do_not_wait() {
        let pacing = Pacing::default();
        for (to, now_ms, wait_ms) in [
            (Some("C1"), 0, None),
            (Some("C2"), 0, None),
            (Some("C1"), 500, Some(1_050)),
            (None, 500, None),
            (Some("C1"), 1_050, None),
            (Some("C1"), 1_060, Some(2_100)),
        ] {
            assert_eq!(
                pacing.take("chat.postMessage", to, at(now_ms)),
                wait_ms.map(at),
                "{to:?} at {now_ms}"
            );
        }
    }

    #[test]
    fn a_429_blocks_its_method_alone() {
        let pacing = Pacing::default();
        pacing.block("chat.update", at(30_000));
        assert_eq!(
            pacing.take("chat.update", None, at(29_999)),
            Some(at(30_000))
        );
        assert_eq!(
            pacing.take("chat.postMessage", Some("C1"), at(29_999)),
            None
        );
        assert_eq!(pacing.take("chat.update", None, at(30_000)), None);
    }
}
