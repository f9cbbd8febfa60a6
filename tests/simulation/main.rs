//! Histories: persons, pumps and one to three processes on one database, interleaved at every place that has a name,
//! on clocks of our own, with a Slack and a machine that misbehave. Each comes from a seed; the same seed gives the
//! same history to the letter. An oracle that reads only what Slack accepted and what persons were answered says what
//! went wrong.
//!
//! `SEED=7 cargo test --test simulation replay -- --nocapture` plays one again and says what happened in it;
//! `SIM_CRASHES=OutboxSent.0,DoorSaved.3` there plays an evening with these crashes, and `SIM_ACTS=0,4` leaves the others
//! out;
//! `SIM_HISTORIES=200000 cargo test --test simulation random_histories` is the long run. See `docs/simulation.md`.

mod database;
mod history;
mod mutants;
mod oracle;
mod play;
mod rules;
mod schedule;
mod shrink;
mod simulated;
mod stage;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use history::History;
use mutants::PANICKED;
use oracle::judge;
use play::{Played, play};

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
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let played = played(history);
        let mut wrong = judge(history, &played);
        if history.postgres && !wrong.is_empty() {
            wrong.push(kept(history, &played));
        }
        wrong
    }));
    outcome.unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        let words = words.unwrap_or_default();
        vec![format!(
            "{PANICKED}: {}",
            words.lines().next().unwrap_or_default()
        )]
    })
}

/// Which of two gets a lock first is the server's choice on Postgres, and what went wrong once may not do so again. Where
/// to read what happened.
fn kept(history: &History, played: &Played) -> String {
    let name = format!("balefire-history-{}.txt", history.seed);
    let path = std::env::temp_dir().join(name);
    match std::fs::write(&path, account(history, played)) {
        Ok(()) => format!("what happened stands in {}", path.display()),
        Err(error) => format!("what happened is not kept: {error}"),
    }
}

/// All that was to happen, that happened, and that persons were answered.
fn account(history: &History, played: &Played) -> String {
    let mut account = format!("{history}\n{}\n", played.trace());
    for done in &played.done {
        account += &format!("{} {:?}\n    {:?}\n", done.who, done.what, done.answer);
    }
    for [timeline, why, show] in played.asked.values() {
        account += &format!("\n{timeline}\n{why}\n{show}\n");
    }
    for channel in &played.channels {
        for message in &channel.messages {
            let thread = message.thread_ts.as_deref().unwrap_or("-");
            let (ts, reads) = (&message.ts, message.reads());
            account += &format!("\n{} {ts} in {thread}\n{reads}\n", channel.id);
        }
    }
    account
}

fn number(name: &str, otherwise: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(otherwise, |given| {
        given
            .parse()
            .unwrap_or_else(|_| panic!("{name}={given} is not a number"))
    })
}

/// The cores that this process may use.
fn cores() -> Vec<usize> {
    let found = std::thread::available_parallelism().map_or(1, usize::from);
    #[cfg(target_os = "linux")]
    if let Ok(set) = rustix::thread::sched_getaffinity(None) {
        let usable = (0..rustix::thread::CpuSet::MAX_CPU).filter(|core| set.is_set(*core));
        return usable.take(found).collect();
    }
    (0..found).collect()
}

/// Keeps this thread, and those that it starts, on one core. A history and its database are different threads that
/// never work at the same time, and waking one on another core takes longer than what it is woken for.
fn stay_on(core: usize) {
    #[cfg(target_os = "linux")]
    {
        let mut set = rustix::thread::CpuSet::new();
        set.set(core);
        // Where it is not allowed, it only takes longer.
        let _ = rustix::thread::sched_setaffinity(None, &set);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = core;
}

/// Plays histories on every core. Returns those that failed, by seed; a long run says each at once.
fn failures(histories: impl Iterator<Item = History> + Send) -> Vec<(History, Vec<String>)> {
    let histories = Mutex::new(histories);
    let failed = Mutex::new(vec![]);
    std::thread::scope(|scope| {
        for core in cores() {
            let (histories, failed) = (&histories, &failed);
            scope.spawn(move || {
                stay_on(core);
                loop {
                    let next = histories.lock().unwrap().next();
                    let Some(history) = next else { return };
                    let wrong = wrong_with(&history);
                    let mut failed = failed.lock().unwrap();
                    if !wrong.is_empty() {
                        println!("{}\n  {}", history.again(), wrong.join("\n  "));
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
    let (again, all) = (history.again(), wrong.join("\n  "));
    if history.postgres {
        // A shorter one that passes may only have been luckier, and each would write over what was kept of this one.
        return format!(
            "{again}\n  {all}\nnot shrunk: which of two gets a lock first is the server's choice, so it may have to be \
             played several times until it fails again\n"
        );
    }
    let kinds = shrink::kinds(wrong);
    let fails_like_it = |shorter: &History| {
        let wrong = wrong_with(shorter);
        !shrink::kinds(&wrong).is_disjoint(&kinds)
    };
    let shorter = shrink::shrunk(history, &fails_like_it, SHRINKING_TRIES);
    format!(
        "{again}\n  {all}\nshrunk to {shorter}  {}\n{}\n",
        wrong_with(&shorter).join("\n  "),
        shorter.again(),
    )
}
