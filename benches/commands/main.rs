//! How fast `/incident` is answered: a read (`list`) and a durable write (`update`), signed as Slack signs them, over
//! HTTP on loopback, beside a bare axum handler that does nothing but check the same signature.
//!
//! `cargo bench --bench commands` takes two minutes, with `-- --quick` half a minute. Everything runs in this one
//! process, the load and the stand-in for Slack too, so ratios say more than absolute numbers, and only numbers of
//! one run may be compared. It is no test: nothing fails because it is slow, only because an answer is wrong.

mod bare;
mod bot;
mod load;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::bot::BusyBot;
use crate::load::{Measured, Requests};

/// How many connections ask at once.
const CONNECTIONS: [usize; 2] = [1, 32];
/// A busy company's whole `/incident` traffic, and the longest that 99 of 100 of its writes should take.
const STEADY_PER_S: u32 = 100;
const STEADY_AIM: Duration = Duration::from_millis(50);

/// How long to measure.
struct Lengths {
    warm_up: Duration,
    cell: Duration,
    steady: Duration,
}

fn main() -> anyhow::Result<()> {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let seconds = Duration::from_secs_f64;
    let lengths = match quick {
        true => Lengths {
            warm_up: seconds(0.2),
            cell: seconds(1.0),
            steady: seconds(3.0),
        },
        false => Lengths {
            warm_up: seconds(1.0),
            cell: seconds(5.0),
            steady: seconds(30.0),
        },
    };
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(measure(&lengths))
}

async fn measure(lengths: &Lengths) -> anyhow::Result<()> {
    println!("where        request             connections  requests/s   p50 ms   p99 ms  of bare");
    for (place, folder) in places() {
        at(lengths, place, &folder).await?;
    }
    Ok(())
}

/// A disk, and memory where the machine shows it as a folder: the difference between them is the disk's.
fn places() -> Vec<(&'static str, PathBuf)> {
    let mut places = vec![("disk", PathBuf::from(env!("CARGO_TARGET_TMPDIR")))];
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        places.push(("memory", memory.to_owned()));
    }
    places
}

async fn at(lengths: &Lengths, place: &str, folder: &Path) -> anyhow::Result<()> {
    let bare = bare::Bare::start().await?;
    let busy = BusyBot::start(folder).await?;
    for connections in CONNECTIONS {
        let closed = async |requests: Requests| {
            load::closed(requests, connections, lengths.warm_up, lengths.cell).await
        };
        let floor = closed(bare.requests()).await?;
        print(place, "bare handler", connections, &floor, &floor);
        let read = closed(busy.lists()).await?;
        print(place, "/incident list", connections, &read, &floor);
        let written = closed(busy.updates()).await?;
        print(place, "/incident update", connections, &written, &floor);
    }
    let waiting = busy.end().await?;
    println!(
        "{place}: every update is on its timeline; {waiting} messages still wait for their second"
    );

    let steady = BusyBot::start(folder).await?;
    let written = load::open(
        steady.updates(),
        CONNECTIONS[1],
        STEADY_PER_S,
        lengths.steady,
    )
    .await?;
    let p99 = written.quantile(0.99);
    println!(
        "{place}: /incident update at a steady {STEADY_PER_S} requests/s: p50 {:.2} ms, p99 {:.2} ms, longest {:.2} ms (aim: p99 below {} ms: {})",
        ms(written.quantile(0.5)),
        ms(p99),
        ms(written.quantile(1.0)),
        STEADY_AIM.as_millis(),
        if p99 < STEADY_AIM { "met" } else { "missed" },
    );
    steady.end().await?;
    Ok(())
}

fn print(place: &str, request: &str, connections: usize, measured: &Measured, floor: &Measured) {
    println!(
        "{place:<12} {request:<19} {connections:>11} {:>11.0} {:>8.2} {:>8.2} {:>8.3}",
        measured.per_s(),
        ms(measured.quantile(0.5)),
        ms(measured.quantile(0.99)),
        measured.per_s() / floor.per_s(),
    );
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
