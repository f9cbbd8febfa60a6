//! How often Slack may be called: one message per second and channel, and each method's tier within the workspace.
//! The paces are kept in the database, so that all replicas share them and a restart forgets none.
//!
//! A pace is a *generic cell rate algorithm*: one time per key says everything. A call moves it on by `every`; while it
//! is no more than `burst - 1` calls ahead of now, another call may be made.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;

use crate::clock::Time;
use crate::ids::TeamId;
use crate::slack::client::RESPOND;
use crate::store::{Outlook, Store, WriteTx};

/// A pause longer than this is a clock that went back, and is not kept. Of what Slack asks for, an hour is heeded
/// (`outcome.rs`), with some seconds more so that not everybody comes back at once.
const PAUSE_MAX: Duration = Duration::minutes(61);

/// So many calls at once, and then one `every` so often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pace {
    every: Duration,
    burst: i32,
}

impl Pace {
    const fn new(every_ms: i64, burst: i32) -> Self {
        Self {
            every: Duration::milliseconds(every_ms),
            burst,
        }
    }

    /// How far ahead of now the time may be.
    fn slack(self) -> Duration {
        self.every * (self.burst - 1)
    }

    /// The time after a call, or else when the call may be made.
    fn take(self, at: Option<Time>, now: Time) -> Result<Time, Time> {
        let free_at = self.sound(at, now) - self.slack();
        if free_at > now {
            return Err(free_at);
        }
        Ok(self.charge(at, now))
    }

    /// The time after a call that was made without asking.
    fn charge(self, at: Option<Time>, now: Time) -> Time {
        self.sound(at, now).max(now) + self.every
    }

    /// How many calls may be made now.
    fn left(self, at: Option<Time>, now: Time) -> u32 {
        let ahead = (self.sound(at, now).max(now) - now).num_milliseconds();
        let room = self.slack().num_milliseconds() - ahead;
        let every = self.every.num_milliseconds();
        u32::try_from(room.div_euclid(every) + 1).unwrap_or(0)
    }

    /// The time that allows nothing before `free_at`, and then one call after the other.
    fn block(self, at: Option<Time>, free_at: Time, now: Time) -> Time {
        (free_at + self.slack()).max(self.sound(at, now))
    }

    fn sound(self, at: Option<Time>, now: Time) -> Time {
        at.filter(|at| *at <= now + self.slack() + PAUSE_MAX)
            .unwrap_or(now)
    }
}

/// Posting: one message per second and channel (“Rate limits”, chat.postMessage). A little more, because requests do not
/// arrive as evenly as they leave.
const IN_A_CHANNEL: Pace = Pace::new(1_050, 1);

/// The pace of a method in a workspace. A tier is so many calls in any minute (“Rate limits”: tier 2 is 20, tier 3 is 50,
/// tier 4 is 100, and posting is “several hundred”); burst and refill together stay below it.
fn of_method(method: &str) -> Pace {
    match method {
        "chat.postMessage" => Pace::new(250, 50),
        RESPOND => Pace::new(100, 50),
        "conversations.create" | "conversations.list" | "conversations.setTopic" | "pins.add" => {
            Pace::new(6_000, 10)
        }
        // Tier 3, and whatever nobody has looked up yet.
        _ => Pace::new(2_400, 24),
    }
}

/// What a rank has before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// When there will be something of it to look at.
    pub next_at: Time,
    /// How many rows of it are worth a look now.
    pub left: u32,
}

/// What the ranks have before them; none: nothing of it waits. `methods` are those that most rows of a rank call: while
/// they have no turn, nothing of it is claimed. As far as the database knows: whoever claims something looks again.
///
/// # Errors
/// When the store fails.
pub async fn ahead(
    store: &Store,
    team: &TeamId,
    methods: [&'static str; 2],
    now: Time,
) -> anyhow::Result<[Option<Ahead>; 2]> {
    let keys = methods.map(|method| key(team, method));
    let [first, second] = store.outlook([&keys[0], &keys[1]]).await?;
    let ahead = |method, outlook: Outlook| {
        let pace = of_method(method);
        let due_at = outlook.due_at?;
        let free_at = pace.take(outlook.free_at, now).err().unwrap_or(now);
        Some(match free_at > now + pace.every {
            // So long a pause is one that Slack asked for, of this method alone. What calls another one does not wait
            // for it; what calls this one is put off once, until the pause is over.
            true => Ahead {
                next_at: due_at,
                left: pace.burst.unsigned_abs(),
            },
            false => Ahead {
                next_at: due_at.max(free_at),
                left: pace.left(outlook.free_at, now),
            },
        })
    };
    Ok([ahead(methods[0], first), ahead(methods[1], second)])
}

fn key(team: &TeamId, of: &str) -> String {
    format!("{team} {of}")
}

/// What a row takes: a turn of each method that is called for it, and one in the channel that it posts to.
#[derive(Clone, Debug)]
pub struct Turns<'a> {
    pub methods: Vec<&'static str>,
    pub posts_to: Option<&'a str>,
}

/// The paces of a workspace, read and taken within one transaction.
pub struct Paces<'a> {
    team: &'a TeamId,
    now: Time,
    /// With whether it was changed.
    known: BTreeMap<String, (Option<Time>, bool)>,
    /// How many were turned away for want of a turn in a channel.
    queues: BTreeMap<String, i32>,
}

impl<'a> Paces<'a> {
    pub fn new(team: &'a TeamId, now: Time) -> Self {
        Self {
            team,
            now,
            known: BTreeMap::new(),
            queues: BTreeMap::new(),
        }
    }

    /// Reads in one go what several calls will take.
    pub async fn learn_of(
        &mut self,
        tx: &mut WriteTx,
        calls: Vec<Turns<'_>>,
    ) -> anyhow::Result<()> {
        let needed = calls.iter().flat_map(|turns| self.needed(turns));
        let keys = needed.map(|(key, _)| key).collect();
        self.learn(tx, keys).await
    }

    /// Takes all the turns that a call needs, or none of them: then it may be made at the time that is the result.
    pub async fn take(
        &mut self,
        tx: &mut WriteTx,
        turns: Turns<'_>,
    ) -> anyhow::Result<Result<(), Time>> {
        let needed = self.needed(&turns);
        self.learn(tx, needed.iter().map(|(key, _)| key.clone()).collect())
            .await?;
        let mut taken = vec![];
        let mut free_at = None;
        for (key, pace) in needed {
            match pace.take(self.at(&key), self.now) {
                Ok(at) => taken.push((key, at)),
                Err(at) => free_at = free_at.max(Some(at + self.queue_up(key, pace))),
            }
        }
        if let Some(free_at) = free_at {
            return Ok(Err(free_at));
        }
        for (key, at) in taken {
            self.known.insert(key, (Some(at), true));
        }
        Ok(Ok(()))
    }

    /// How long whoever is turned away waits for those before them: were all of a channel told to come back for its next
    /// turn, each turn would be looked at by everybody and taken by one. For a method nobody queues: of what calls the one
    /// that most rows call, no more is claimed than there are turns.
    fn queue_up(&mut self, key: String, pace: Pace) -> Duration {
        if pace != IN_A_CHANNEL {
            return Duration::zero();
        }
        let before = self.queues.entry(key).or_default();
        let wait = pace.every * *before;
        *before += 1;
        wait
    }

    /// Counts calls for which no turn was taken before they were made: whoever comes next waits for them.
    pub async fn charge(
        &mut self,
        tx: &mut WriteTx,
        methods: &[&'static str],
    ) -> anyhow::Result<()> {
        let keys = methods.iter().map(|method| key(self.team, method));
        self.learn(tx, keys.collect()).await?;
        for method in methods {
            let key = key(self.team, method);
            let at = of_method(method).charge(self.at(&key), self.now);
            self.known.insert(key, (Some(at), true));
        }
        Ok(())
    }

    /// Slack asked to leave a method alone until then.
    pub async fn block(
        &mut self,
        tx: &mut WriteTx,
        method: &'static str,
        free_at: Time,
    ) -> anyhow::Result<()> {
        let key = key(self.team, method);
        self.learn(tx, BTreeSet::from([key.clone()])).await?;
        let blocked = of_method(method).block(self.at(&key), free_at, self.now);
        self.known.insert(key, (Some(blocked), true));
        Ok(())
    }

    /// Writes down what was taken.
    pub fn save(self, tx: &mut WriteTx) {
        for (key, (at, changed)) in self.known {
            if let (Some(at), true) = (at, changed) {
                tx.set_pace(&key, at);
            }
        }
    }

    fn needed(&self, turns: &Turns<'_>) -> Vec<(String, Pace)> {
        let methods = turns.methods.iter();
        let methods = methods.map(|method| (key(self.team, method), of_method(method)));
        let channel = turns.posts_to.map(|to| (key(self.team, to), IN_A_CHANNEL));
        methods.chain(channel).collect()
    }

    fn at(&self, key: &str) -> Option<Time> {
        self.known.get(key).and_then(|(at, _)| *at)
    }

    /// In the order of the keys, so that two who want the same ones do not each wait for the other.
    async fn learn(&mut self, tx: &mut WriteTx, mut keys: BTreeSet<String>) -> anyhow::Result<()> {
        keys.retain(|key| !self.known.contains_key(key));
        if keys.is_empty() {
            return Ok(());
        }
        let asked: Vec<&str> = keys.iter().map(String::as_str).collect();
        let paces = tx.paces(&asked).await?;
        let read = paces.into_iter().map(|at| (at, false));
        self.known.extend(keys.into_iter().zip(read));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn at(ms: i64) -> Time {
        DateTime::from_timestamp_millis(1_000_000_000_000 + ms).unwrap()
    }

    #[test]
    fn a_channel_gets_one_message_a_second() {
        let mut next = None;
        for (now_ms, wait_ms) in [
            (0, None),
            (500, Some(1_050)),
            (1_049, Some(1_050)),
            (1_050, None),
            (1_060, Some(2_100)),
            (60_000, None),
            (60_001, Some(61_050)),
        ] {
            let taken = IN_A_CHANNEL.take(next, at(now_ms));
            assert_eq!(taken.err(), wait_ms.map(at), "at {now_ms}");
            next = taken.ok().or(next);
        }
    }

    #[test]
    fn no_minute_sees_more_calls_than_the_tier() {
        for (method, tier) in [
            ("conversations.create", 20),
            ("chat.update", 50),
            ("chat.postMessage", 300),
        ] {
            let pace = of_method(method);
            let (mut next, mut calls) = (None, vec![]);
            for now_ms in (0..300_000).step_by(10) {
                while let Ok(after) = pace.take(next, at(now_ms)) {
                    assert!(pace.left(next, at(now_ms)) > 0);
                    next = Some(after);
                    calls.push(now_ms);
                }
                assert_eq!(pace.left(next, at(now_ms)), 0);
            }
            let most = calls
                .iter()
                .map(|from| {
                    let minute = *from..from + 60_000;
                    calls.iter().filter(|call| minute.contains(call)).count()
                })
                .max();
            assert!(most <= Some(tier), "{method}: {most:?} in a minute");
            assert!(most > Some(tier * 8 / 10), "{method}: {most:?} in a minute");
        }
    }

    #[test]
    fn what_is_left_can_be_taken() {
        let pace = Pace::new(1_000, 3);
        for (ahead_ms, left) in [
            (0, 3),
            (1, 2),
            (1_000, 2),
            (2_000, 1),
            (2_001, 0),
            (9_000, 0),
        ] {
            let mut next = Some(at(ahead_ms));
            assert_eq!(pace.left(next, at(0)), left, "{ahead_ms} ahead");
            for _ in 0..left {
                next = Some(pace.take(next, at(0)).unwrap());
            }
            assert!(pace.take(next, at(0)).is_err(), "{ahead_ms} ahead");
        }
    }

    #[test]
    fn a_429_blocks_until_its_time_and_lets_no_burst_follow() {
        let pace = of_method("chat.update");
        let blocked = Some(pace.block(None, at(30_000), at(0)));
        assert_eq!(pace.take(blocked, at(29_999)), Err(at(30_000)));
        let after = pace.take(blocked, at(30_000)).unwrap();
        assert_eq!(pace.take(Some(after), at(30_001)), Err(at(32_400)));
        // A shorter pause does not end a longer one.
        let still = Some(pace.block(blocked, at(10_000), at(1)));
        assert_eq!(pace.take(still, at(10_000)), Err(at(30_000)));
        // The longest there is.
        let free_at = at(3_600_000 + 2_040);
        let blocked = Some(pace.block(None, free_at, at(0)));
        assert_eq!(pace.take(blocked, at(1)), Err(free_at));
        assert_eq!(pace.left(blocked, at(1)), 0);
    }

    #[tokio::test]
    async fn whoever_is_turned_away_comes_back_in_turn() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let team = TeamId::new("T1");
        let mut tx = store.begin().await.unwrap();
        let mut paces = Paces::new(&team, at(0));
        let mut told = vec![];
        for channel in ["C1", "C2", "C1", "C1", "C2", "C1"] {
            let turns = Turns {
                methods: vec!["chat.postMessage"],
                posts_to: Some(channel),
            };
            told.push(paces.take(&mut tx, turns).await.unwrap().err());
        }
        let waits = [
            None,
            None,
            Some(1_050),
            Some(2_100),
            Some(1_050),
            Some(3_150),
        ];
        assert_eq!(told, waits.map(|wait_ms| wait_ms.map(at)));
        // A method's next turn is for whoever comes first.
        let mut paces_of_method = Paces::new(&team, at(0));
        let mut told = vec![];
        for _ in 0..13 {
            let turns = Turns {
                methods: vec!["conversations.create"],
                posts_to: None,
            };
            told.push(paces_of_method.take(&mut tx, turns).await.unwrap().err());
        }
        assert_eq!(
            told[9..],
            [None, Some(at(6_000)), Some(at(6_000)), Some(at(6_000))]
        );
        // Nobody has taken a turn by waiting for one.
        let mut later = Paces::new(&team, at(1_050));
        later.known = paces.known;
        let turns = Turns {
            methods: vec![],
            posts_to: Some("C1"),
        };
        assert_eq!(later.take(&mut tx, turns).await.unwrap(), Ok(()));
    }

    #[test]
    fn a_clock_that_went_back_stops_nothing() {
        let tomorrow = Some(at(86_400_000));
        assert!(IN_A_CHANNEL.take(tomorrow, at(0)).is_ok());
        assert_eq!(of_method("chat.update").left(tomorrow, at(0)), 24);
    }
}
