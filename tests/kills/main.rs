//! The program is killed at random moments of an evening, again and again, and started again on the same database: what
//! people were answered is compared with what Slack shows at the end. Nothing is lost, nothing is said twice, nothing
//! is out of order, and nobody is asked after the end.
//!
//! The real binary, the real database, real time; only Slack is the stand-in, by HTTP or over a socket. `SEED=…` chooses
//! other moments, `KILLS=500` and `ANSWERS=200000` make the evenings longer; docs/delivery.md has the commands and
//! their figures.

mod evening;
mod house;
mod mentions;
mod oracle;
#[path = "../program/mod.rs"]
#[allow(dead_code, reason = "each test program uses its own part of it")]
mod program;
mod schedule;
mod sdks;
mod stale;
#[path = "../venv/mod.rs"]
mod venv;
mod versions;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use balefire::standin::{Fault, StandIn};
use tokio::sync::Semaphore;

use crate::evening::{Evening, Length, RULES};
use crate::house::{Door, Engine, House, Resident};
use crate::program::within;

/// How often everything is killed in `./check.sh`, all evenings together.
const KILLS: usize = 24;
/// When nothing at all happens for so long, somebody is killed all the same.
const LULL: Duration = Duration::from_secs(3);

/// Longer than Slack waits for an answer.
const SHORT_PAUSE: Duration = Duration::from_secs(4);
/// Longer than a lease (60 s): others have done by then what the one who stood still was about to do.
const LONG_PAUSE: Duration = Duration::from_secs(66);

/// A number from the environment.
fn asked_for(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name}={value} is no number")),
    )
}

fn seed() -> u64 {
    asked_for("SEED").unwrap_or(20_261_120)
}

/// How an evening goes wrong.
#[derive(Clone, Copy, Debug)]
struct Trouble {
    door: Door,
    engine: Engine,
    replicas: usize,
    kills: usize,
    /// Programs that stand still for a while instead.
    pauses: usize,
    pause: Duration,
    /// Sockets that are cut, or refreshed by Slack, while their program lives.
    breaks: usize,
}

/// What goes wrong next.
#[derive(Clone, Copy, Debug)]
enum Blow {
    Kill,
    Pause,
    Break,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_nothing_answered_is_lost_or_doubled() {
    let kills = asked_for("KILLS").map_or(KILLS, |kills| usize::try_from(kills).unwrap());
    let answers = asked_for("ANSWERS").unwrap_or(0);
    let length = Length {
        incidents_at_once: 4,
        orders_per_incident: if answers == 0 { 16 } else { 400 },
        answers: answers / 4,
        unhurried: answers == 0,
    };
    let pause = if kills <= KILLS {
        SHORT_PAUSE
    } else {
        LONG_PAUSE
    };
    let one = Trouble {
        door: Door::Http,
        engine: Engine::Sqlite,
        replicas: 1,
        kills: kills.div_ceil(3),
        pauses: 0,
        pause,
        breaks: 0,
    };
    let socket = Trouble {
        door: Door::Socket,
        kills: kills / 4,
        pauses: 1,
        breaks: (kills / 12).max(2),
        ..one
    };
    let two = Trouble {
        engine: Engine::Postgres,
        kills: kills / 4,
        ..one
    };
    let many = Trouble {
        replicas: 3,
        kills: kills - one.kills - socket.kills - two.kills,
        pauses: 2,
        ..two
    };
    let seed = seed();
    // In the long run, where it is measured how soon a program is back, one is tormented at a time: only what the
    // others leave behind goes out beside it.
    let turns = Semaphore::new(if kills <= KILLS { 4 } else { 1 });
    tokio::join!(
        spoilt(one, length, seed, &turns),
        spoilt(two, length, seed + 1, &turns),
        spoilt(many, length, seed + 2, &turns),
        spoilt(socket, length, seed + 3, &turns)
    );
}

/// An evening with kills in it, and what came of it.
async fn spoilt(trouble: Trouble, length: Length, seed: u64, turns: &Semaphore) {
    let turn = turns.acquire().await.unwrap();
    println!("SEED={seed} {trouble:?}");
    let house = House::with_door(trouble.door, trouble.engine, RULES).await;
    // Slack takes a while to answer, as it does: much can stop between its taking a message and our hearing of it.
    house.standin.misbehave(None, Fault::Slow { ms: 150 }, None);
    let mut residents = vec![];
    for _ in 0..trouble.replicas {
        residents.push(house.move_in().await);
    }
    let evening = Evening::new(&house, length);
    let began = std::time::Instant::now();
    let (mut stories, mentions, mut first_answers) = tokio::join!(
        evening.play(seed),
        async {
            match trouble.door {
                Door::Http => None,
                Door::Socket => Some(mentions::played(&evening).await),
            }
        },
        torment(&evening, trouble, &mut residents, seed)
    );
    let told = mentions.map(|(story, told)| {
        stories.push(story);
        told
    });
    drop(turn);
    let evening_s = began.elapsed().as_secs();
    let database = house.database().await;
    oracle::at_rest(&database).await;
    let seen = oracle::compare(&house, &stories).await;
    first_answers.sort();
    println!(
        "{:?} on {:?}, {} at once: {} kills, {} pauses, {} breaks in {evening_s} s, at rest after {} s; {} answers, {} \
         that never came, {seen}; restart to first answer: {}",
        trouble.door,
        trouble.engine,
        trouble.replicas,
        trouble.kills,
        trouble.pauses,
        trouble.breaks,
        began.elapsed().as_secs(),
        evening.answers.load(Ordering::SeqCst),
        evening.unanswered.load(Ordering::SeqCst),
        quantiles(&first_answers)
    );
    if let Some(told) = told {
        println!("    {told}, {} sockets", sockets(&house.standin));
    }
}

/// How many sockets Slack was asked for. What was acknowledged was acknowledged as Slack wants it, if not always in time.
fn sockets(standin: &StandIn) -> usize {
    for complaint in standin.socket_complaints() {
        assert!(complaint.starts_with("nothing waits"), "{complaint}");
    }
    standin.calls_of("apps.connections.open").len()
}

/// Kills, and starts again; how long it took from the start of the program until somebody was answered.
async fn torment(
    evening: &Arc<Evening>,
    trouble: Trouble,
    residents: &mut Vec<Resident>,
    seed: u64,
) -> Vec<Duration> {
    let mut chance = fastrand::Rng::with_seed(!seed);
    let mut first_answers = vec![];
    let house = &evening.house;
    let watchman = house.standin.person("U0ALICE");
    let mut blows = vec![Blow::Kill; trouble.kills];
    blows.extend(vec![Blow::Pause; trouble.pauses]);
    blows.extend(vec![Blow::Break; trouble.breaks]);
    chance.shuffle(&mut blows);
    // All through the evening, however long it is.
    let share = evening.length.answers / blows.len() as u64;
    let (stride, lull) = match share {
        0 => (12, LULL),
        share => (2 * share, 20 * LULL),
    };
    for (nth, blow) in blows.iter().enumerate() {
        if nth >= blows.len() / 2 {
            evening.waning.store(true, Ordering::SeqCst);
        }
        moment(evening, chance.u64(3..3 + stride), lull).await;
        tokio::time::sleep(Duration::from_millis(chance.u64(0..30))).await;
        let victim = chance.usize(0..residents.len());
        match blow {
            Blow::Kill => {}
            Blow::Pause => {
                house.pause(&residents[victim]);
                tokio::time::sleep(trouble.pause).await;
                house.resume(&residents[victim]);
                continue;
            }
            Blow::Break if chance.bool() => {
                house.cut();
                continue;
            }
            Blow::Break => {
                house.refresh().await;
                continue;
            }
        }
        house.kill(residents.remove(victim));
        // People throw away what only they can see.
        house.standin.with(|world| {
            if let Some(channel) = world.channel_mut(evening::INCIDENTS) {
                channel
                    .messages
                    .retain(|message| message.only_for.is_none());
            }
        });
        let resident = house.move_in().await;
        evening.ask(&watchman, "/incident list").await;
        first_answers.push(resident.started.elapsed());
        residents.push(resident);
    }
    evening.quiet.store(true, Ordering::SeqCst);
    first_answers
}

/// Waits until so many things have happened, or nothing does.
async fn moment(evening: &Evening, events: u64, lull: Duration) {
    let wanted = evening.progress() + events;
    within(lull, async || (evening.progress() >= wanted).then_some(())).await;
}

fn quantiles(sorted: &[Duration]) -> String {
    let at = |share: usize| match sorted.len() {
        0 => 0,
        count => sorted[(count * share / 100).min(count - 1)].as_millis(),
    };
    format!("p50 {} ms, p99 {} ms", at(50), at(99))
}
