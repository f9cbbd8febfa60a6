//! `balefire serve` itself, as an operator starts it, under what an operator would worry about.
//!
//! `cargo bench --bench serve -- WHAT [--quick] [--binary PATH]`, where WHAT is one of
//!
//! - `others`: durable commands beside Slack's own frameworks (run `benches/others/install.sh` first)
//! - `steady`: how long a command takes at a steady 100 requests a second
//! - `nags`: how late nags are, and what many open incidents cost, idle and nagging
//! - `memory`: idle, and after a storm of commands
//! - `start`: from the start of a process to its first durable answer
//! - `slow`: whether a Slack that is slow and says 429 makes answers slower
//!
//! or nothing, for all but `others`. It needs two cores, Linux's `/proc` and `taskset`. The load and the stand-in run
//! in this process. It is no test: nothing fails because it is slow, only because something is wrong or missing.

mod door;
#[path = "../commands/load.rs"]
mod load;
mod nags;
mod others;
mod program;
mod seed;
mod storms;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;

/// How long to measure.
pub struct Lengths {
    pub rounds: usize,
    pub warm_up: Duration,
    pub cell: Duration,
    pub steady: Duration,
    pub idle: Duration,
    pub nagging: Duration,
}

fn main() -> anyhow::Result<()> {
    let mut asked_for = vec![];
    let mut binary = PathBuf::from(env!("CARGO_BIN_EXE_balefire"));
    let mut quick = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--door" => return door(),
            "--quick" => quick = true,
            "--binary" => binary = arguments.next().context("--binary PATH")?.into(),
            // What `cargo bench` adds.
            "--bench" => {}
            _ => asked_for.push(argument),
        }
    }
    let seconds = Duration::from_secs;
    let lengths = match quick {
        true => Lengths {
            rounds: 1,
            warm_up: seconds(1),
            cell: seconds(2),
            steady: seconds(5),
            idle: seconds(20),
            nagging: seconds(30),
        },
        false => Lengths {
            rounds: 3,
            warm_up: seconds(2),
            cell: seconds(4),
            steady: seconds(30),
            idle: seconds(65),
            nagging: seconds(180),
        },
    };
    let binary = std::fs::canonicalize(binary)?;
    if asked_for.is_empty() {
        asked_for = ["steady", "memory", "start", "slow", "nags"]
            .map(str::to_owned)
            .into();
    }
    if asked_for.iter().all(|what| what == "others") {
        program::keep_to_core(program::LOAD_CORE)?;
    }
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(async {
            for what in asked_for {
                println!("{what}: begun with a load of {}", program::busy());
                match what.as_str() {
                    "others" => others::compare(&binary, &lengths).await?,
                    "steady" => storms::steady(&binary, &lengths).await?,
                    "nags" => nags::measure(&binary, &lengths).await?,
                    "memory" => storms::memory(&binary, &lengths).await?,
                    "start" => storms::start(&binary, &lengths).await?,
                    "slow" => storms::slow(&binary, &lengths).await?,
                    other => anyhow::bail!("{other}: there is no such measurement"),
                }
            }
            Ok(())
        })
}

#[tokio::main]
async fn door() -> anyhow::Result<()> {
    let port: u16 = std::env::var("PORT")?.parse()?;
    let database = format!("sqlite://{}", std::env::var("DATABASE")?);
    door::serve(SocketAddr::from(([127, 0, 0, 1], port)), &database).await
}

/// A disk, and memory where the machine shows it as a folder: the difference between them is the disk's.
pub fn places() -> Vec<(&'static str, PathBuf)> {
    let mut places = vec![("disk", PathBuf::from(env!("CARGO_TARGET_TMPDIR")))];
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        places.push(("memory", memory.to_owned()));
    }
    places
}

/// Of values that are sorted, the one below which this share (0 to 1) of them lies.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    match sorted {
        [] => f64::NAN,
        some => some[rank.clamp(1, some.len()) - 1],
    }
}
