//! How long a row waits before it is tried again.

use chrono::Duration;

use crate::store::OutboxRow;

/// The longest pause between two tries, in seconds.
const BACKOFF_MAX_S: i64 = 60;

pub(super) fn lasting(after: std::time::Duration) -> Duration {
    Duration::from_std(after).unwrap_or(Duration::seconds(BACKOFF_MAX_S))
}

/// 1, 2, 4 … seconds, up to a minute, and a little more so that not everything comes back at once.
pub(super) fn backoff(attempts: i64, salt: u8) -> Duration {
    let whole = Duration::seconds((1_i64 << (attempts - 1).clamp(0, 6)).min(BACKOFF_MAX_S));
    spread(whole, salt)
}

/// What Slack asks for, and up to two seconds more.
pub(super) fn after_pause(after: std::time::Duration, row: &OutboxRow) -> Duration {
    lasting(after) + Duration::milliseconds(i64::from(salt(row)) * 8)
}

/// Up to a quarter more.
pub(super) fn spread(pause: Duration, salt: u8) -> Duration {
    pause + pause * i32::from(salt) / (4 * 255)
}

/// A number that differs from lane to lane, and is the same whenever this row is looked at.
pub(super) fn salt(row: &OutboxRow) -> u8 {
    row.id.as_bytes()[9]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_minute_and_differ() {
        let pause = |attempts, last| backoff(attempts, last).num_seconds();
        let pauses: Vec<i64> = (1..=8).map(|attempts| pause(attempts, 0)).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(pause(7, 255), 75);
    }
}
