//! Histories: persons, pumps and one to three processes on one database, interleaved at every place that has a name,
//! on clocks of our own, with a Slack and a machine that misbehave. Each comes from a seed; the same seed gives the
//! same history to the letter. An oracle that reads only what Slack accepted and what persons were answered says what
//! went wrong.
//!
//! `SEED=7 cargo test --test simulation replay -- --nocapture` plays one again and says what happened in it;
//! `SIM_HISTORIES=200000 cargo test --test simulation random_histories` is the long run. See `docs/simulation.md`.

mod history;
mod mutants;
mod oracle;
mod play;
mod rules;
mod schedule;
mod shrink;
mod stage;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use balefire::app::steps::Step;
use history::{History, Trouble};
use oracle::judge;
use play::{Played, play};

/// How many histories are played by `cargo test`; `check.sh` asks for more.
const HISTORIES: u64 = 300;
/// After so many failures the rest is not played.
const FAILURES_MAX: usize = 5;
const SHRINKING_TRIES: usize = 150;

/// Plays a history in a runtime of its own.
fn played(history: &History) -> Played {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(play(history))
}

/// What is wrong with a history. Getting stuck is wrong, too.
fn wrong_with(history: &History) -> Vec<String> {
    catch_unwind(AssertUnwindSafe(|| judge(history, &played(history)))).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        let words = words.unwrap_or_default();
        vec![format!(
            "it panicked: {}",
            words.lines().next().unwrap_or_default()
        )]
    })
}

fn number(name: &str, otherwise: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(otherwise, |given| {
        given
            .parse()
            .unwrap_or_else(|_| panic!("{name}={given} is not a number"))
    })
}

/// Plays histories on every core. Returns those that failed, by seed.
fn failures(histories: impl Iterator<Item = History> + Send) -> Vec<(History, Vec<String>)> {
    let histories = Mutex::new(histories);
    let failed = Mutex::new(vec![]);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let next = histories.lock().unwrap().next();
                    let Some(history) = next else { return };
                    let wrong = wrong_with(&history);
                    let mut failed = failed.lock().unwrap();
                    if !wrong.is_empty() {
                        failed.push((history, wrong));
                    }
                    if failed.len() >= FAILURES_MAX {
                        return;
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort_by_key(|(history, _)| history.seed);
    failed
}

/// What to read when a history has failed: what is wrong, the line that plays it again, and the shortest history that
/// fails like it.
fn told(history: &History, wrong: &[String]) -> String {
    let shorter = shrink::shrunk(
        history,
        &|shorter| !wrong_with(shorter).is_empty(),
        SHRINKING_TRIES,
    );
    format!(
        "SEED={} cargo test --test simulation replay -- --nocapture\n  {}\nshrunk to {shorter}  {}\n",
        history.seed,
        wrong.join("\n  "),
        wrong_with(&shorter).join("\n  "),
    )
}

#[test]
fn random_histories() {
    let (first, count) = (number("SIM_FIRST", 0), number("SIM_HISTORIES", HISTORIES));
    let played = AtomicU64::new(0);
    let failed = failures((first..first + count).map(|seed| {
        played.fetch_add(1, Ordering::SeqCst);
        History::random(seed)
    }));
    if let Some((history, wrong)) = failed.first() {
        let others: Vec<String> = failed
            .iter()
            .skip(1)
            .map(|(history, wrong)| format!("SEED={}: {}", history.seed, wrong.join("; ")))
            .collect();
        panic!(
            "{} of {} histories went wrong\n{}{}",
            failed.len(),
            played.load(Ordering::SeqCst),
            told(history, wrong),
            others.join("\n"),
        );
    }
}

/// Each place at which the process can die, each time that it comes by there.
fn crashes(evening: &History) -> Vec<Trouble> {
    let reached = played(evening).reached;
    let crash = |step| {
        let times = reached.get(&step).copied().unwrap_or(0);
        assert!(times > 0, "no evening comes by {step:?}");
        (0..times).map(move |nth| Trouble::Crash {
            step,
            nth,
            back_s: 5,
        })
    };
    Step::ALL
        .into_iter()
        .filter(|step| *step != Step::OutboxEnded)
        .flat_map(crash)
        .collect()
}

#[test]
fn a_crash_at_each_step_loses_and_doubles_nothing() {
    let evening = History::evening();
    let wrong = wrong_with(&evening);
    assert_eq!(wrong, Vec::<String>::new());
    let crashes = crashes(&evening);
    println!("{} crashes", crashes.len());
    let failed = failures(
        crashes
            .into_iter()
            .map(|crash| History::evening().with([crash])),
    );
    if let Some((history, wrong)) = failed.first() {
        panic!("{history}{}", wrong.join("\n"));
    }
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    for seed in 0..20 {
        let history = History::random(seed);
        let (one, other) = (played(&history).trace, played(&history).trace);
        let differs = one
            .lines()
            .zip(other.lines())
            .find(|(one, other)| one != other);
        assert_eq!(differs, None, "seed {seed}");
        assert_eq!(one.len(), other.len(), "seed {seed}");
    }
}

/// Plays one history again, by its seed, and says what happened.
#[test]
fn replay() {
    let seed = number("SEED", 0);
    let history = History::random(seed);
    let played = played(&history);
    println!("{history}\n{}", played.trace);
    for done in &played.done {
        println!("{} {:?}\n    {:?}", done.who, done.what, done.answer);
    }
    for [timeline, why, show] in played.asked.values() {
        println!("\n{timeline}\n{why}\n{show}");
    }
    let wrong = judge(&history, &played);
    assert!(wrong.is_empty(), "{}", told(&history, &wrong));
}
