//! What must hold in every history, and that the oracle can tell.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use balefire::app::steps::Step;

use crate::history::{Act, CallFault, Deed, History, PEOPLE, Trouble};
use crate::mutants::Mutant;
use crate::oracle::judge;
use crate::shrink::{kinds, shrunk};
use crate::{account, cores, failures, number, played, stay_on, told, wrong_with};

/// How many histories are played by `cargo test`; `check.sh` asks for more.
const HISTORIES: u64 = 200;
/// After how many a long run says how far it is.
const STEP_TOLD: u64 = 10_000;
/// How many on Postgres: a database takes its time to be made.
const POSTGRES_HISTORIES: u64 = 40;
/// How many pairs of crashes.
const PAIRS: u64 = 60;
/// How many hours in the long history.
const HOURS: u64 = 6;

#[test]
fn random_histories() {
    let (first, count) = (number("SIM_FIRST", 0), number("SIM_HISTORIES", HISTORIES));
    let (played, began) = (AtomicU64::new(0), Instant::now());
    let failed = failures((first..first + count).map(|seed| {
        let before = played.fetch_add(1, Ordering::SeqCst);
        if before > 0 && before.is_multiple_of(STEP_TOLD) {
            println!("{before} histories in {:.0?}", began.elapsed());
        }
        History::random(seed)
    }));
    println!("{played:?} histories in {:.0?}", began.elapsed());
    if let Some((history, wrong)) = failed.first() {
        let others: Vec<String> = failed
            .iter()
            .skip(1)
            .map(|(history, wrong)| format!("{}\n  {}", history.again(), wrong.join("\n  ")))
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
        (0..times).map(move |nth| Trouble::crash(step, nth))
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
        panic!("{}", told(history, wrong));
    }
}

/// Among how many histories each bug must show itself.
const MUTANT_HISTORIES: u64 = 600;

/// In how many histories what it needs is shown to be harmless.
const NEEDS_HISTORIES: u64 = 30;

/// How a bug showed itself.
struct Catch {
    seed: u64,
    wrong: String,
}

/// Plays histories until the bug has shown itself so many times, by what it is to show itself by. Also says how many were
/// played, and what else was wrong with them.
fn catches(mutant: Mutant, times: usize) -> (Vec<Catch>, usize, Vec<String>) {
    // Where it did so when this was written goes first, to save the search.
    let first = (times == 1).then_some(mutant.seen_at());
    let (mut catches, mut played, mut beside) = (vec![], 0, vec![]);
    for seed in first.into_iter().chain(0..MUTANT_HISTORIES) {
        if catches.len() == times {
            break;
        }
        let mut history = History::random(seed).with(mutant.needs());
        history.mutant = Some(mutant);
        played += 1;
        let wrong = wrong_with(&history);
        match mutant.caught(&wrong) {
            Some(wrong) => catches.push(Catch {
                seed,
                wrong: wrong.clone(),
            }),
            None => beside.extend(wrong),
        }
    }
    (catches, played, beside)
}

#[test]
fn each_deliberate_bug_is_listed_where_they_are_explained() {
    let explained: Vec<&str> = include_str!("mutants.rs")
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .collect();
    let explained = explained.concat();
    for mutant in Mutant::ALL {
        assert!(explained.contains(&format!("`{mutant:?}`")), "{mutant:?}");
    }
}

/// `SIM_CATCHES=20` looks for each of them so often, and says how long that takes: whoever makes other histories can see
/// whether they find more or less.
#[test]
fn each_deliberate_bug_is_caught() {
    let times = usize::try_from(number("SIM_CATCHES", 1)).unwrap();
    let mutants = Mutex::new(Mutant::ALL.iter());
    let missed = Mutex::new(vec![]);
    std::thread::scope(|scope| {
        for core in cores() {
            let (mutants, missed) = (&mutants, &missed);
            scope.spawn(move || {
                stay_on(core);
                loop {
                    let next = mutants.lock().unwrap().next();
                    let Some(mutant) = next else { return };
                    let began = Instant::now();
                    let (caught, played, beside) = catches(*mutant, times);
                    let Some(Catch { seed, wrong }) = caught.first() else {
                        let beside = beside.into_iter().take(5).collect::<Vec<_>>();
                        missed.lock().unwrap().push((mutant, beside));
                        continue;
                    };
                    let (count, took_s) = (caught.len(), began.elapsed().as_secs_f64());
                    println!(
                        "{mutant:?}: caught {count} times in {played} histories, {took_s:.1} s; at seed {seed}: {wrong}"
                    );
                }
            });
        }
    });
    let missed = missed.into_inner().unwrap();
    assert!(
        missed.is_empty(),
        "not caught, and what went wrong beside it: {missed:?}"
    );
}

/// Else they would be caught without their bug.
#[test]
fn what_a_deliberate_bug_needs_does_no_harm_by_itself() {
    for mutant in Mutant::ALL {
        let Some(trouble) = mutant.needs() else {
            continue;
        };
        for seed in (0..NEEDS_HISTORIES).chain([mutant.seen_at()]) {
            let wrong = wrong_with(&History::random(seed).with([trouble.clone()]));
            assert!(wrong.is_empty(), "{mutant:?}, seed {seed}: {wrong:?}");
        }
    }
}

#[test]
fn histories_on_postgres() {
    let (first, count) = (
        number("SIM_FIRST", 0),
        number("SIM_POSTGRES_HISTORIES", POSTGRES_HISTORIES),
    );
    let failed = failures((first..first + count).map(|seed| History::random(seed).on_postgres()));
    if let Some((history, wrong)) = failed.first() {
        panic!(
            "{} histories went wrong, the first is {history}{}",
            failed.len(),
            told(history, wrong)
        );
    }
}

#[test]
fn pairs_of_crashes_lose_and_double_nothing() {
    let crashes = crashes(&History::evening());
    let mut rng = fastrand::Rng::with_seed(number("SIM_FIRST", 0));
    let pairs: Vec<History> = (0..number("SIM_PAIRS", PAIRS))
        .map(|_| {
            let pair = [(); 2].map(|()| crashes[rng.usize(..crashes.len())].clone());
            History::evening().with(pair)
        })
        .collect();
    let failed = failures(pairs.into_iter());
    if let Some((history, wrong)) = failed.first() {
        panic!("{}", told(history, wrong));
    }
}

#[test]
fn hours_at_twenty_incidents_a_day() {
    let hours = i64::try_from(number("SIM_HOURS", HOURS)).unwrap();
    let history = History::long(hours);
    let wrong = wrong_with(&history);
    let again = history.again();
    assert!(wrong.is_empty(), "{again}\n  {}", wrong.join("\n  "));
}

/// Whoever looks after a crash reckons from the claim, so a call that begins long after it is not to be made: the process
/// stands still for 25 s, calls, dies 5 s later, and Slack applies what it called for when the next one has looked.
#[test]
fn a_call_long_after_its_claim_is_not_looked_for_too_early() {
    let late = |nth| {
        let mut history = History::evening();
        history.acts.truncate(1);
        history.acts.push(Act {
            at_s: 30,
            who: PEOPLE[1],
            deed: Deed::Declare {
                words: "P1 t1 mail is late".into(),
            },
        });
        history.with([
            Trouble::StandsStill {
                step: Step::OutboxSending,
                nth: 0,
                lasts_s: 25,
            },
            Trouble::Call {
                nth,
                fault: CallFault::Hang {
                    applied_after_s: Some(20),
                },
            },
            Trouble::crash(Step::DoorCommitted, 1),
        ])
    };
    let failed = failures((0..4).map(late));
    if let Some((history, wrong)) = failed.first() {
        panic!("{}", told(history, wrong));
    }
}

/// What a failure prints is what is played again.
#[test]
fn the_line_that_plays_a_pair_of_crashes_again_names_it() {
    let pair = [
        Trouble::crash(Step::OutboxSent, 0),
        Trouble::crash(Step::DoorSaved, 3),
    ];
    let again = History::evening().with(pair.clone()).again();
    let words = again.strip_prefix("SIM_CRASHES=").unwrap();
    let (words, rest) = words.split_once(' ').unwrap();
    assert_eq!(words, "OutboxSent.0,DoorSaved.3");
    assert!(rest.starts_with("cargo test --test simulation replay"));
    assert_eq!(History::evening_with(words).troubles, pair);
}

/// Of a history that fails because of two things in it, those two are left, and the line names them.
#[test]
fn what_fails_is_made_short() {
    let history = History::random(3);
    let (act, trouble) = (history.acts.len() / 2, history.troubles.len() - 1);
    let (deed, fault) = (&history.acts[act], &history.troubles[trouble]);
    let needs_both = |shorter: &History| {
        let words = |thing: &dyn std::fmt::Debug| format!("{thing:?}");
        shorter.acts.iter().any(|one| words(one) == words(deed)) && shorter.troubles.contains(fault)
    };
    let shorter = shrunk(&history, &needs_both, 1_000);
    assert_eq!((shorter.acts.len(), shorter.troubles.len()), (1, 1));
    assert_eq!(shorter.replicas, 1);
    let line = format!("SEED=3 SIM_ACTS={act} SIM_TROUBLES={trouble} SIM_REPLICAS=1 cargo test ");
    assert!(shorter.again().starts_with(&line), "{}", shorter.again());
    // What the line leaves is that history.
    let again = history.only([vec![act], vec![trouble]], 1);
    assert_eq!(again.to_string(), shorter.to_string());
    // It does not always come to its end.
    assert!(needs_both(&shrunk(&history, &needs_both, 3)));
}

#[test]
fn what_went_wrong_is_the_same_whatever_the_numbers() {
    let kinds = |wrong: &[&str]| {
        kinds(
            &wrong
                .iter()
                .map(|one| (*one).to_owned())
                .collect::<Vec<_>>(),
        )
    };
    let one = kinds(&["INC-2026-001: a reminder after the end, at 10:15"]);
    assert_eq!(
        one,
        kinds(&["INC-2026-007: a reminder after the end, at 11:00"])
    );
    assert!(one.is_disjoint(&kinds(&[
        "INC-2026-001 has no card",
        "it never comes to rest"
    ])));
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    for seed in 0..20 {
        let history = History::random(seed);
        let (one, other) = (played(&history).trace(), played(&history).trace());
        let differs = one
            .lines()
            .zip(other.lines())
            .find(|(one, other)| one != other);
        assert_eq!(differs, None, "seed {seed}");
        assert_eq!(one.len(), other.len(), "seed {seed}");
    }
}

/// Plays one history again, by its seed or as the evening with such crashes in it, and says what happened.
#[test]
fn replay() {
    let crashes = std::env::var("SIM_CRASHES").ok();
    let mut history = match &crashes {
        Some(crashes) => History::evening_with(crashes),
        None => History::random(number("SEED", 0)),
    };
    if std::env::var_os("SIM_POSTGRES").is_some() {
        history = history.on_postgres();
    }
    let places = |name, all: usize| match std::env::var(name) {
        Ok(places) => {
            let places = places.split(',').filter(|place| !place.is_empty());
            places.map(|place| place.parse().unwrap()).collect()
        }
        Err(_) => (0..all).collect(),
    };
    let kept = [
        places("SIM_ACTS", history.acts.len()),
        places("SIM_TROUBLES", history.troubles.len()),
    ];
    let replicas = number("SIM_REPLICAS", history.replicas.into());
    if ["SIM_ACTS", "SIM_TROUBLES", "SIM_REPLICAS"]
        .iter()
        .any(|name| std::env::var_os(name).is_some())
    {
        history = history.only(kept, replicas.try_into().unwrap());
    }
    let played = played(&history);
    // Of the one that is played when nobody asks for any, nobody reads.
    if crashes.is_some() || std::env::var_os("SEED").is_some() {
        println!("{}", account(&history, &played));
    }
    let wrong = judge(&history, &played);
    assert!(wrong.is_empty(), "{}", told(&history, &wrong));
}
