//! Commands against a running `balefire serve`: at an even pace, in a storm, right after its start, and while Slack is
//! in trouble.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use balefire::clock::{Clock, SystemClock};
use balefire::standin::{Fault, Listening, StandIn};
use tempfile::TempDir;

use crate::load::{self, Connection, Measured, Requests};
use crate::others::updates;
use crate::program::{Program, busy, free_address, quick_slack, serve};
use crate::{Lengths, places, quantile, seed};

const CONNECTIONS: usize = 32;
const STEADY_PER_S: u32 = 100;
/// How many incidents are updated in turn.
const FEW: u32 = 10;
/// How many are open when the program is started again and again.
const MANY: u32 = 10_000;
const STARTS: usize = 15;

/// A bot on a database of its own with open incidents, and its Slack.
struct House {
    program: Option<Program>,
    binary: PathBuf,
    address: SocketAddr,
    standin: StandIn,
    slack: Listening,
    folder: TempDir,
}

impl House {
    async fn build(binary: &Path, folder: &Path, incidents: u32) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir_in(folder)?;
        let (standin, slack) = quick_slack().await?;
        let database = folder.path().join("balefire.db");
        let later = SystemClock::default().now() + chrono::Duration::hours(2);
        let at_once = chrono::Duration::zero();
        seed::seed(&database, &standin, &slack.url, incidents, later, at_once).await?;
        Ok(Self {
            program: None,
            binary: binary.to_owned(),
            address: free_address()?,
            standin,
            slack,
            folder,
        })
    }

    /// Starts it, anew if it runs. `environment` is for it alone.
    async fn start(&mut self, environment: &[(&str, &str)]) -> anyhow::Result<&Program> {
        self.program = None;
        self.address = free_address()?;
        let database = self.folder.path().join("balefire.db");
        let mut command = serve(&self.binary, None, self.address, &database, &self.slack.url);
        command.envs(environment.iter().copied());
        let program = Program::start(command, self.address, self.folder.path()).await?;
        Ok(self.program.insert(program))
    }

    fn updates(&self) -> Requests {
        updates(self.address, Arc::default())
    }

    async fn at_a_steady_pace(&self, during: Duration) -> anyhow::Result<Measured> {
        load::open(self.updates(), CONNECTIONS, STEADY_PER_S, during).await
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

pub async fn steady(binary: &Path, lengths: &Lengths) -> anyhow::Result<()> {
    println!("where   requests/s  p50 ms  p90 ms  p99 ms  longest ms   load");
    for (place, folder) in places() {
        let mut house = House::build(binary, &folder, FEW).await?;
        house.start(&[]).await?;
        house.at_a_steady_pace(lengths.warm_up).await?;
        let measured = house.at_a_steady_pace(lengths.steady).await?;
        println!(
            "{place:<7} {STEADY_PER_S:>10} {:>7.2} {:>7.2} {:>7.2} {:>11.2} {:>6}",
            ms(measured.quantile(0.5)),
            ms(measured.quantile(0.9)),
            ms(measured.quantile(0.99)),
            ms(measured.quantile(1.0)),
            busy(),
        );
    }
    println!("aim: p99 below 5 ms with the database in memory");
    Ok(())
}

/// The allocator's own setting is looked at, too: it says how much of the memory is arenas that nobody uses.
pub async fn memory(binary: &Path, lengths: &Lengths) -> anyhow::Result<()> {
    let (_, folder) = places().remove(0);
    println!("environment            when       VmRSS  RssAnon    Pss  threads   load  (MiB)");
    let one_arena: &[(&str, &str)] = &[("MALLOC_ARENA_MAX", "1")];
    for (name, environment) in [("as it is", &[][..]), ("MALLOC_ARENA_MAX=1", one_arena)] {
        let mut house = House::build(binary, &folder, FEW).await?;
        let program = house.start(environment).await?;
        let print = |when: &str, program: &Program| {
            println!(
                "{name:<22} {when:<9} {:>6.1} {:>8.1} {:>6.1} {:>8} {:>6}",
                program.memory_mib("status", "VmRSS")?,
                program.memory_mib("status", "RssAnon")?,
                program.memory_mib("smaps_rollup", "Pss")?,
                program.threads()?,
                busy(),
            );
            anyhow::Ok(())
        };
        tokio::time::sleep(Duration::from_secs(5)).await;
        print("idle", program)?;
        let storm = load::closed(
            house.updates(),
            CONNECTIONS,
            Duration::ZERO,
            lengths.cell * 5,
        );
        let storming = tokio::spawn(storm);
        tokio::time::sleep(lengths.cell * 4).await;
        if let Some(program) = &house.program {
            print("in storm", program)?;
            storming.await??;
            tokio::time::sleep(Duration::from_secs(5)).await;
            print("after it", program)?;
        }
    }
    println!("aim: below 15 idle and below 30 under load");
    Ok(())
}

pub async fn start(binary: &Path, _: &Lengths) -> anyhow::Result<()> {
    for (place, folder) in places() {
        let mut house = House::build(binary, &folder, MANY).await?;
        let mut took = vec![];
        for _ in 0..STARTS {
            let began = Instant::now();
            house.start(&[]).await?;
            loop {
                let first = async {
                    Connection::open(house.updates()).await?.ask().await?;
                    anyhow::Ok(())
                };
                if first.await.is_ok() {
                    break;
                }
                ensure!(
                    began.elapsed() < Duration::from_secs(10),
                    "no command is answered"
                );
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            took.push(ms(began.elapsed()));
            // Killed, as a crash would end it: this is a restart.
            house.program = None;
        }
        took.sort_unstable_by(f64::total_cmp);
        println!(
            "{place}: start to first durable answer with {MANY} open incidents: median {:.0} ms, {:.0} to {:.0} ms in {STARTS} starts (aim: below 100), load {}",
            quantile(&took, 0.5),
            quantile(&took, 0.0),
            quantile(&took, 1.0),
            busy(),
        );
    }
    Ok(())
}

/// Two bots, one with a quick Slack and one whose Slack takes three seconds or says 429, asked in turn.
pub async fn slow(binary: &Path, lengths: &Lengths) -> anyhow::Result<()> {
    for (place, folder) in places() {
        let mut quick = House::build(binary, &folder, FEW).await?;
        let mut held = House::build(binary, &folder, FEW).await?;
        quick.start(&[]).await?;
        held.start(&[]).await?;
        for house in [&quick, &held] {
            house.at_a_steady_pace(lengths.warm_up).await?;
        }
        let standin = &held.standin;
        standin.misbehave(
            Some("chat.postMessage"),
            Fault::RateLimited { after_s: 2 },
            Some(5),
        );
        standin.misbehave(Some("chat.postMessage"), Fault::Slow { ms: 3_000 }, None);
        standin.misbehave(Some("chat.update"), Fault::RateLimited { after_s: 5 }, None);
        let (mut quick_ms, mut held_ms) = (vec![], vec![]);
        for _ in 0..lengths.rounds.max(3) {
            for (house, all) in [(&quick, &mut quick_ms), (&held, &mut held_ms)] {
                let measured = house.at_a_steady_pace(lengths.cell).await?;
                all.push([0.5, 0.99].map(|share| ms(measured.quantile(share))));
            }
        }
        let median = |all: &[[f64; 2]], which: usize| {
            let mut all: Vec<f64> = all.iter().map(|round| round[which]).collect();
            all.sort_unstable_by(f64::total_cmp);
            quantile(&all, 0.5)
        };
        let (quick_p99, held_p99) = (median(&quick_ms, 1), median(&held_ms, 1));
        println!(
            "{place}: at {STEADY_PER_S} requests/s, quick Slack: p50 {:.2} ms, p99 {quick_p99:.2} ms; slow Slack and 429: p50 {:.2} ms, p99 {held_p99:.2} ms; ratio of p99 {:.2} (aim: about 1), load {}",
            median(&quick_ms, 0),
            median(&held_ms, 0),
            held_p99 / quick_p99,
            busy(),
        );
    }
    Ok(())
}
