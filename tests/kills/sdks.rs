//! The same messages under the same faults, by Slack's own SDKs and by Balefire. Five in a hundred are taken and their
//! answer is lost, five are cut off before they are taken, five are told to come back later.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use balefire::standin::{Call, Fault, Rates, StandIn};

use crate::evening::{Evening, Length};
use crate::house::{Engine, House};
use crate::venv;
use crate::{asked_for, oracle, program, seed};

const POST: &str = "chat.postMessage";
/// How many messages each of them posts in `./check.sh`.
const MESSAGES: usize = 40;
/// Balefire's are spread over so many incidents: one channel takes one a second.
const INCIDENTS_AT_ONCE: usize = 10;
/// Nobody is asked anything.
pub const QUIET: &str = r#"
[[severity]]
id = "P3"
name = "Low"
meaning = "It can wait"
respond_within = "1h"
update_every = "1h"
"#;

/// What became of the messages.
#[derive(Debug, PartialEq, Eq)]
struct Fate {
    who: &'static str,
    sent: usize,
    lost: usize,
    doubled: usize,
    met: Met,
}

/// What a client met: whoever calls less often, because it says several things in one message, meets less.
#[derive(Debug, Default, PartialEq, Eq)]
struct Met {
    /// Calls of `chat.postMessage`, and messages that Slack took.
    calls: usize,
    taken: usize,
    /// Taken, and nobody heard of it.
    answer_lost: usize,
    /// Not taken, and nobody heard of it.
    cut: usize,
    /// 429, as planned.
    told_to_wait: usize,
    /// 429, because a call came before its time.
    too_early: usize,
}

impl Met {
    fn of(calls: &[Call]) -> Self {
        let count = |fits: &dyn Fn(&Call) -> bool| calls.iter().filter(|call| fits(call)).count();
        let told_to_wait = count(&|call| call.fault.as_deref() == Some("rate_limit"));
        Self {
            calls: calls.len(),
            taken: count(&Call::accepted),
            answer_lost: count(&|call| call.status == 0 && call.accepted()),
            cut: count(&|call| call.status == 0 && !call.accepted()),
            told_to_wait,
            too_early: count(&|call| call.status == 429) - told_to_wait,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_slacks_own_libraries_lose_and_double() {
    let messages = asked_for("MESSAGES").map_or(MESSAGES, |asked| usize::try_from(asked).unwrap());
    let marks: Vec<String> = (0..messages).map(|nth| format!("m0000n{nth:05}")).collect();
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut python = Command::new(venv::program("python3"));
    python.arg(here.join("tests/kills/sdk/post.py"));
    let mut node = Command::new("node");
    node.arg(here.join("tests/kills/sdk/post.js"))
        .env("NODE_PATH", here.join("target/node/node_modules"));
    let began = Instant::now();
    let (python, node, ours) = tokio::join!(
        theirs("slack_sdk", python, &marks),
        theirs("@slack/web-api", node, &marks),
        ours(&marks)
    );
    println!(
        "| client | to be said | calls | taken | answer lost | cut | 429 | 429 too early | lost | doubled |"
    );
    println!("| --- |{}", " ---: |".repeat(9));
    for fate in [&python, &node, &ours] {
        let Fate {
            who,
            sent,
            lost,
            doubled,
            met,
        } = fate;
        println!(
            "| {who} | {sent} | {} | {} | {} | {} | {} | {} | {lost} | {doubled} |",
            met.calls, met.taken, met.answer_lost, met.cut, met.told_to_wait, met.too_early
        );
        // Nobody is spared.
        for faults in [met.answer_lost, met.cut, met.told_to_wait] {
            assert!(faults > 0, "{fate:?}");
        }
    }
    println!("SEED={}, {} s", seed(), began.elapsed().as_secs());
    assert_eq!((ours.lost, ours.doubled), (0, 0));
    // Had theirs come through, the faults would not be what they are said to be.
    assert!(python.lost > 0 && node.doubled > 0);
}

/// The same for everybody: what happens to the first call, to the second … Of any twenty from the first on, each fault
/// has one.
fn plan(standin: &StandIn, calls: usize) {
    let mut chance = fastrand::Rng::with_seed(seed());
    for _ in 0..calls.div_ceil(20) {
        // Nothing goes wrong with the others.
        let mut twenty = vec![Fault::Slow { ms: 0 }; 17];
        twenty.extend([
            Fault::AcceptThenDrop,
            Fault::Drop,
            Fault::RateLimited { after_s: 1 },
        ]);
        chance.shuffle(&mut twenty);
        for fault in twenty {
            standin.next(POST, fault);
        }
    }
}

async fn theirs(who: &'static str, mut command: Command, marks: &[String]) -> Fate {
    let standin = program::standin();
    let slack = standin.listen().await.unwrap();
    // Whoever knows no pace would only ever be told to come back.
    standin.set_rates(Rates::Off);
    plan(&standin, 2 * marks.len());
    command
        .env("STANDIN_API_URL", format!("{}/api/", slack.url))
        .env("STANDIN_TOKEN", program::TOKEN)
        .env("NO_PROXY", "127.0.0.1")
        .env("MARKS", marks.join(" "));
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap_or_else(|error| panic!("{who} does not start ({error}); run ./check.sh"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{who}: {complaint}; ./check.sh installs it"
    );
    fate(who, marks, &standin, 0)
}

async fn ours(marks: &[String]) -> Fate {
    let house = House::build(Engine::Sqlite, QUIET).await;
    let _resident = house.move_in().await;
    let evening = Evening::new(&house, Length::still(INCIDENTS_AT_ONCE));
    let bob = house.standin.person("U0BOB");
    let mut incidents = vec![];
    for nth in 0..INCIDENTS_AT_ONCE {
        let title = format!("Outage t{nth:04}");
        let declare = format!("/incident declare P3 {title}");
        incidents.push(evening.declare(&bob, &declare, &title).await);
    }
    let database = house.database().await;
    oracle::at_rest(&database).await;

    let before = house.standin.calls_of(POST).len();
    plan(&house.standin, 2 * marks.len());
    for (mark, incident) in marks.iter().zip(incidents.iter().cycle()) {
        let typed = format!("/incident note {incident} {mark}");
        evening.give(&bob, mark, &typed, "Note added").await;
    }
    oracle::at_rest(&database).await;
    fate("Balefire", marks, &house.standin, before)
}

/// How often each mark stands in Slack, and what befell the calls after the first `before`.
fn fate(who: &'static str, marks: &[String], standin: &StandIn, before: usize) -> Fate {
    let shown: Vec<String> = standin.with(|world| {
        let messages = world.channels.iter().flat_map(|channel| &channel.messages);
        messages
            .filter(|message| message.by_bot() && message.only_for.is_none())
            .flat_map(|message| oracle::marks(&message.reads()))
            .collect()
    });
    let times = |mark: &String| shown.iter().filter(|other| *other == mark).count();
    Fate {
        who,
        sent: marks.len(),
        lost: marks.iter().filter(|mark| times(mark) == 0).count(),
        doubled: marks.iter().filter(|mark| times(mark) > 1).count(),
        met: Met::of(&standin.calls_of(POST)[before..]),
    }
}
