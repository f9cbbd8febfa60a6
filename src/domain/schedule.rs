//! Who is on call: members in turn, changing at each handover. Pure, and independent of when the program started.
//!
//! Handovers are counted on the schedule's own wall calendar from a fixed date, so the answer for an instant is always
//! the same. Two rules settle the changes of clocks: a handover in an hour that is skipped happens when the clocks
//! jump, and one in an hour that comes twice happens the first time only.

use std::collections::BTreeSet;

use chrono::{
    DateTime, Datelike, Days, Duration, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone,
};
use chrono_tz::{GapInfo, Tz};
use cron::TimeUnitSpec;

use crate::clock::Time;
use crate::ids::UserId;

/// Turns are counted from here unless the configuration says otherwise; a Monday.
pub const DEFAULT_START: NaiveDate =
    NaiveDate::from_ymd_opt(2024, 1, 1).expect("1 January 2024 is a date");

/// The years in which a first turn may be set; the `cron` crate knows 1970 to 2100.
const START_YEARS: std::ops::RangeInclusive<i32> = 2000..=2099;

/// A rotation: each handover gives the duty to the next member.
#[derive(Clone, Debug)]
pub struct Schedule {
    name: String,
    timezone: Tz,
    handover: cron::Schedule,
    start: NaiveDate,
    members: Vec<UserId>,
}

/// Why a rotation cannot be built. The texts are for whoever edits the configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// The rotation has nobody in it.
    #[error("has no members; name at least one user ID")]
    NoMembers,
    /// The expression is not six fields, or a field is wrong.
    #[error(
        "handover {expression:?} is not a cron expression ({reason}); write six fields, seconds first: \"0 0 10 * * MON\""
    )]
    BadCron { expression: String, reason: String },
    /// More than one second or minute is named, which means several handovers within an hour.
    #[error(
        "handover {expression:?} happens more often than hourly; name one second and one minute: \"0 0 10 * * MON\""
    )]
    TooOften { expression: String },
    /// For example 30 February.
    #[error("handover {expression:?} never happens")]
    Never { expression: String },
    /// The date would make counting pointless or slow.
    #[error("start {start} is out of range; write a date from 2000 to 2099")]
    StartOutOfRange { start: NaiveDate },
}

impl Schedule {
    /// Builds a rotation. The first handover on or after `start` (a date in `timezone`) gives the duty to the first
    /// member. `handover` is cron with six fields, seconds first; a day must match both its fields for days.
    ///
    /// # Errors
    /// When there is no member, or `handover` is not cron, never happens, or happens more often than hourly.
    pub fn new(
        name: impl Into<String>,
        timezone: Tz,
        handover: &str,
        start: NaiveDate,
        members: Vec<UserId>,
    ) -> Result<Self, ScheduleError> {
        if members.is_empty() {
            return Err(ScheduleError::NoMembers);
        }
        if !START_YEARS.contains(&start.year()) {
            return Err(ScheduleError::StartOutOfRange { start });
        }
        let expression = handover.to_owned();
        let fields = handover.split_whitespace().count();
        if fields != 6 {
            let reason = format!("{fields} of 6 fields");
            return Err(ScheduleError::BadCron { expression, reason });
        }
        let handover: cron::Schedule = handover.parse().map_err(|error: cron::error::Error| {
            // The crate draws a picture of the place above its last line.
            let text = error.to_string();
            let reason = text
                .lines()
                .last()
                .unwrap_or_default()
                .trim()
                .trim_end_matches('.')
                .to_owned();
            ScheduleError::BadCron {
                expression: expression.clone(),
                reason,
            }
        })?;
        if handover.seconds().count() != 1 || handover.minutes().count() != 1 {
            return Err(ScheduleError::TooOften { expression });
        }
        let schedule = Self {
            name: name.into(),
            timezone,
            handover,
            start,
            members,
        };
        if schedule.wall_after(midnight(start)).next().is_none() {
            return Err(ScheduleError::Never { expression });
        }
        Ok(schedule)
    }

    /// What `schedule:NAME` refers to.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The zone in which the handover's hours are meant.
    pub fn timezone(&self) -> Tz {
        self.timezone
    }

    /// Everybody in the rotation, in order. Never empty.
    pub fn members(&self) -> &[UserId] {
        &self.members
    }

    /// Whose turn it is.
    ///
    /// Costs one cheap step per day since `start`, whatever the cron expression: ten thousand after 30 years (5 ms in a
    /// debug build), where walking an hourly rotation would take a quarter of a million dear ones.
    pub fn on_call(&self, now: Time) -> &UserId {
        &self.members[self.turn(now)]
    }

    /// Whose turn it is among those still here: the next in turn stands in for whoever left. `None` when all have left.
    pub fn on_call_among(&self, now: Time, departed: &BTreeSet<UserId>) -> Option<&UserId> {
        let turn = self.turn(now);
        let (before, from) = self.members.split_at(turn);
        from.iter()
            .chain(before)
            .find(|member| !departed.contains(*member))
    }

    /// The first handover after `now`. `None` past the year 2100, where the `cron` crate's calendar ends.
    pub fn next_handover(&self, now: Time) -> Option<Time> {
        // Starting early costs a few steps and is right whichever way the clocks moved meanwhile.
        self.wall_after(self.wall(now) - CLOCK_CHANGE_MAX)
            .map(|wall| self.instant(wall))
            .find(|instant| *instant > now)
    }

    /// The index of the member whose turn it is.
    fn turn(&self, now: Time) -> usize {
        // Count a little too far on the wall calendar, then take back the handovers that have not happened.
        let late = self.wall(now) + CLOCK_CHANGE_MAX;
        let not_yet = self
            .wall_after(self.wall(now) - CLOCK_CHANGE_MAX)
            .take_while(|wall| *wall <= late)
            .filter(|wall| self.instant(*wall) > now)
            .count();
        let happened = self.count_between_start_and(late) - i64::try_from(not_yet).unwrap_or(0);
        let members = i64::try_from(self.members.len()).unwrap_or(i64::MAX);
        // The first handover hands over to the first member, so before it the last one is on duty.
        usize::try_from((happened - 1).rem_euclid(members)).unwrap_or(0)
    }

    /// Handovers on the wall calendar from the start date up to and including `end`; negative when `end` is earlier.
    fn count_between_start_and(&self, end: NaiveDateTime) -> i64 {
        let (first, last) = (self.start.min(end.date()), self.start.max(end.date()));
        let days = first
            .iter_days()
            .take_while(|day| *day < last)
            .filter(|day| self.falls_on(*day))
            .count();
        let per_day = i64::from(self.handover.hours().count());
        let whole_days = i64::try_from(days).unwrap_or(0) * per_day;
        let on_last_day = if self.falls_on(end.date()) {
            self.count_until(end.time())
        } else {
            0
        };
        if end.date() >= self.start {
            whole_days + on_last_day
        } else {
            on_last_day - whole_days
        }
    }

    /// Handovers of a day that has them, up to and including `time`.
    fn count_until(&self, time: NaiveTime) -> i64 {
        let minute = self.handover.minutes().iter().next().unwrap_or(0);
        let second = self.handover.seconds().iter().next().unwrap_or(0);
        let happened = |hour: &u32| {
            NaiveTime::from_hms_opt(*hour, minute, second).is_some_and(|at| at <= time)
        };
        i64::try_from(self.handover.hours().iter().filter(happened).count()).unwrap_or(0)
    }

    fn falls_on(&self, day: NaiveDate) -> bool {
        self.handover
            .days_of_week()
            .includes(day.weekday().number_from_sunday())
            && self.handover.days_of_month().includes(day.day())
            && self.handover.months().includes(day.month())
    }

    /// The wall clock's reading, without its zone.
    fn wall(&self, at: Time) -> NaiveDateTime {
        at.with_timezone(&self.timezone).naive_local()
    }

    /// Handovers on the wall calendar at or after `from`. UTC serves as a calendar on which no hour is missing or double.
    fn wall_after(&self, from: NaiveDateTime) -> impl Iterator<Item = NaiveDateTime> + '_ {
        let just_before = (from - Duration::seconds(1)).and_utc();
        self.handover
            .after_owned(just_before)
            .map(|at: DateTime<_>| at.naive_utc())
    }

    /// When the wall clock first reads `wall`, or when it jumps over it.
    fn instant(&self, wall: NaiveDateTime) -> Time {
        match self.timezone.from_local_datetime(&wall) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.to_utc(),
            LocalResult::None => {
                match GapInfo::new(&wall, &self.timezone).and_then(|gap| gap.end) {
                    Some(end) => end.to_utc(),
                    // Only at the edge of the zone database, decades away; a day without its zone is near enough.
                    None => wall.and_utc(),
                }
            }
        }
    }
}

/// No zone has ever moved its clocks by more than a day.
const CLOCK_CHANGE_MAX: Days = Days::new(1);

fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_time(NaiveTime::MIN)
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
