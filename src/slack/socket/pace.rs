//! How soon the next socket may be opened. Pure: the time and the chance come as arguments.
//!
//! Two rules at once. What fails is tried again later and later, and never in step with other replicas. And whatever
//! happens, no more than [`OPENS_MAX`] sockets are opened within a minute: Slack counts them, and a client that
//! reconnects in a circle is a client that Slack cuts off.

use std::collections::VecDeque;
use std::time::Duration;

use chrono::TimeDelta;

use crate::clock::Time;

/// How many sockets may be opened within [`WINDOW`].
pub const OPENS_MAX: usize = 10;
/// See [`OPENS_MAX`].
pub const WINDOW: TimeDelta = TimeDelta::minutes(1);
/// The longest pause, whatever Slack asks for: without a socket nobody is heard.
const PAUSE_MAX: Duration = Duration::from_secs(300);
/// A socket that lived this long was a good one: what comes after it begins anew.
const GOOD_AFTER: Duration = Duration::from_secs(30);

/// What became of a socket, or of the attempt to open one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Went {
    /// Slack wants a new one in its place, and keeps it for some seconds.
    Renewed { lived: Duration },
    /// It was closed or cut, or fell silent.
    Lost { lived: Duration },
    /// Nobody there, or nobody who speaks sense.
    Unreachable,
    /// Slack says how long to wait, perhaps.
    RateLimited { retry_after: Option<Duration> },
    /// Ten others are open.
    Crowded,
    /// Slack does not take the token.
    Refused,
    /// Socket Mode is switched off in the app's settings.
    Disabled,
}

/// When sockets were opened, and how that went.
#[derive(Debug, Default)]
pub struct Pace {
    opened: VecDeque<Time>,
    /// How many went wrong since the last good one.
    misses: u32,
    not_before: Option<Time>,
}

impl Pace {
    /// When the next one may be opened; `now` or earlier: at once.
    pub fn next_at(&mut self, now: Time) -> Time {
        // A clock that was set back must not keep us waiting for longer than a minute: what was opened later than now
        // was opened now, and stays so.
        for opened in &mut self.opened {
            *opened = (*opened).min(now);
        }
        let full = self.opened.len() >= OPENS_MAX;
        let room_at = self.opened.front().filter(|_| full);
        let room_at = room_at.map_or(now, |first| *first + WINDOW);
        // Nor for longer than any pause.
        let longest = PAUSE_MAX + PAUSE_MAX / 4;
        let patient_at = self.not_before.filter(|at| *at <= now + longest);
        let patient_at = patient_at.unwrap_or(now);
        room_at.max(patient_at)
    }

    /// One is being opened.
    pub fn opening(&mut self, now: Time) {
        self.opened.push_back(now);
        while self.opened.len() > OPENS_MAX {
            self.opened.pop_front();
        }
    }

    /// What became of the last one. `chance` is between 0 and 1 and shortens our own wait by up to a half, or prolongs
    /// by up to a quarter what Slack asks for, so that replicas which lost their sockets at once do not come back at once.
    pub fn went(&mut self, how: Went, now: Time, chance: f64) {
        let good =
            matches!(how, Went::Renewed { lived } | Went::Lost { lived } if lived >= GOOD_AFTER);
        self.misses = if good { 0 } else { self.misses + 1 };
        if good && matches!(how, Went::Renewed { .. }) {
            self.not_before = None;
            return;
        }
        let (first_s, longest_s) = match how {
            Went::Renewed { .. } | Went::Lost { .. } | Went::Unreachable => (1, 60),
            Went::RateLimited { .. } => (5, 60),
            Went::Crowded => (15, PAUSE_MAX.as_secs()),
            Went::Refused => (30, PAUSE_MAX.as_secs()),
            Went::Disabled => (60, PAUSE_MAX.as_secs()),
        };
        let doublings = self.misses.saturating_sub(1).min(16);
        let longest = Duration::from_secs(longest_s);
        let wait = (Duration::from_secs(first_s) * 2_u32.pow(doublings)).min(longest);
        let mut wait = wait.mul_f64(1.0 - chance.clamp(0.0, 1.0) / 2.0);
        if let Went::RateLimited {
            retry_after: Some(asked),
        } = how
        {
            // All replicas were asked the same.
            let asked = asked.min(PAUSE_MAX);
            wait = wait.max(asked.mul_f64(1.0 + chance.clamp(0.0, 1.0) / 4.0));
        }
        // In whole milliseconds, as the clock counts: it could never quite reach a time in between.
        let wait_ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        let wait = TimeDelta::try_milliseconds(wait_ms).unwrap_or(WINDOW);
        self.not_before = now.checked_add_signed(wait);
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;

    fn at(s: i64) -> Time {
        Utc.with_ymd_and_hms(2026, 11, 20, 10, 0, 0).unwrap() + TimeDelta::seconds(s)
    }

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// The waits in seconds after this went so again and again, without luck.
    fn waits(how: Went, times: usize, chance: f64) -> Vec<i64> {
        let mut pace = Pace::default();
        let wait = |_| {
            pace.went(how, at(0), chance);
            (pace.next_at(at(0)) - at(0)).num_seconds()
        };
        (0..times).map(wait).collect()
    }

    #[test]
    fn what_goes_wrong_is_tried_later_and_later() {
        let short = s(2);
        let cases = [
            (Went::Renewed { lived: s(18_000) }, [0, 0, 0, 0]),
            (Went::Renewed { lived: short }, [1, 2, 4, 8]),
            (Went::Lost { lived: s(18_000) }, [1, 1, 1, 1]),
            (Went::Lost { lived: short }, [1, 2, 4, 8]),
            (Went::Unreachable, [1, 2, 4, 8]),
            (Went::RateLimited { retry_after: None }, [5, 10, 20, 40]),
            (
                Went::RateLimited {
                    retry_after: Some(s(30)),
                },
                [30, 30, 30, 40],
            ),
            (Went::Crowded, [15, 30, 60, 120]),
            (Went::Refused, [30, 60, 120, 240]),
            (Went::Disabled, [60, 120, 240, 300]),
        ];
        for (how, expected) in cases {
            assert_eq!(waits(how, 4, 0.0), expected, "{how:?}");
        }
        assert_eq!(waits(Went::Unreachable, 100, 0.0).last(), Some(&60));
        assert_eq!(waits(Went::Crowded, 100, 0.0).last(), Some(&300));
        let retry_after = Some(s(86_400));
        assert_eq!(waits(Went::RateLimited { retry_after }, 1, 0.0), [300]);
    }

    #[test]
    fn chance_sets_replicas_apart() {
        assert_eq!(waits(Went::Crowded, 3, 1.0), [7, 15, 30]);
        assert_eq!(waits(Went::Crowded, 3, 0.5), [11, 22, 45]);
        // What Slack asks for is never shortened.
        let retry_after = Some(s(40));
        assert_eq!(waits(Went::RateLimited { retry_after }, 1, 0.5), [45]);
        assert_eq!(waits(Went::RateLimited { retry_after }, 1, 1.0), [50]);
        let retry_after = Some(s(86_400));
        assert_eq!(waits(Went::RateLimited { retry_after }, 1, 1.0), [375]);
    }

    #[test]
    fn a_good_socket_ends_the_backing_off() {
        let mut pace = Pace::default();
        for _ in 0..5 {
            pace.went(Went::Unreachable, at(0), 0.0);
        }
        assert_eq!(pace.next_at(at(0)), at(16));
        pace.went(Went::Lost { lived: s(60) }, at(100), 0.0);
        assert_eq!(pace.next_at(at(100)), at(101));
        pace.went(Went::Unreachable, at(200), 0.0);
        assert_eq!(pace.next_at(at(200)), at(201));
    }

    #[test]
    fn never_more_than_ten_within_a_minute() {
        let mut pace = Pace::default();
        let mut opens: Vec<Time> = vec![];
        let mut now = at(0);
        // The worst case: every socket is good for as long as it takes to seem so, and Slack wants another.
        for _ in 0..100 {
            now = now.max(pace.next_at(now));
            pace.opening(now);
            opens.push(now);
            pace.went(Went::Renewed { lived: GOOD_AFTER }, now, 1.0);
        }
        for window in opens.windows(OPENS_MAX + 1) {
            assert!(window[OPENS_MAX] - window[0] >= WINDOW);
        }
        // Ten at once, then ten a minute: the limit is used, and only that.
        assert_eq!(opens[9], at(0));
        assert_eq!(opens[10], at(60));
        assert_eq!(opens[99], at(540));
    }

    #[test]
    fn a_clock_set_back_costs_a_minute_at_most() {
        let mut pace = Pace::default();
        for _ in 0..OPENS_MAX {
            pace.opening(at(3_600));
        }
        for asked in [0, 30, 60] {
            assert_eq!(pace.next_at(at(asked)), at(60));
        }
        // Nor does a pause that was to end when the clock was hours ahead.
        let mut pace = Pace::default();
        pace.went(Went::Disabled, at(7_200), 0.0);
        assert_eq!(pace.next_at(at(7_200)), at(7_260));
        assert_eq!(pace.next_at(at(0)), at(0));
    }
}
