//! Slack's own frameworks, `@slack/bolt` on Node and `slack_bolt` with Flask and gunicorn on Python, each keeping one
//! durable row per command, beside Balefire's door that does the same and beside `balefire serve` with all of its work.
//!
//! All on one core, in turn and several times over, asked by the same load from the other core.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::ensure;
use balefire::clock::{Clock, SystemClock};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Row as _};

use crate::load::{self, Connection, Letter, Requests, SECRET};
use crate::program::{
    Program, SERVER_CORE, TOKEN, busy, free_address, on_core, quick_slack, serve,
};
use crate::{Lengths, places, seed};

const CONNECTIONS: usize = 32;
/// How many incidents are open in `balefire serve`, and updated in turn.
const INCIDENTS: u32 = 10;
/// Where `benches/others/install.sh` puts them.
const INSTALLED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/others");

#[derive(Clone, Copy, PartialEq)]
enum Who {
    Serve,
    Door,
    Node,
    Python,
}

const ALL: [(Who, &str); 4] = [
    (Who::Serve, "balefire serve, /incident update"),
    (Who::Door, "Balefire's door, one row"),
    (Who::Node, "@slack/bolt, one row"),
    (Who::Python, "slack_bolt, Flask, gunicorn, one row"),
];

struct Sample {
    per_s: f64,
    p50_ms: f64,
    p99_ms: f64,
    /// Answers for each second of computing.
    per_cpu_s: f64,
}

pub async fn compare(binary: &Path, lengths: &Lengths) -> anyhow::Result<()> {
    ensure!(
        Path::new(INSTALLED).is_dir(),
        "run benches/others/install.sh first"
    );
    println!(
        "where   what                                  answers/s  p50 ms   p99 ms  answers/CPU s   load"
    );
    for (place, folder) in places() {
        let mut samples = ALL.map(|_| vec![]);
        let mut loads = ALL.map(|_| String::new());
        for _ in 0..lengths.rounds {
            for (nth, (who, _)) in ALL.into_iter().enumerate() {
                samples[nth].push(once(who, binary, &folder, lengths).await?);
                loads[nth] = busy();
            }
        }
        let medians = samples.map(|samples| median(&samples));
        for (((_, what), sample), load) in ALL.into_iter().zip(&medians).zip(&loads) {
            println!(
                "{place:<7} {what:<37} {:>9.0} {:>7.2} {:>8.2} {:>14.0} {load:>6}",
                sample.per_s, sample.p50_ms, sample.p99_ms, sample.per_cpu_s
            );
        }
        let [update, door, node, python] = &medians;
        for (what, ours) in [("all of an update", update), ("one row", door)] {
            println!(
                "{place}: {what}: {:.2} × @slack/bolt (aim: 5), {:.2} × slack_bolt (aim: 7); by computing time {:.2} × and {:.2} ×",
                ours.per_s / node.per_s,
                ours.per_s / python.per_s,
                ours.per_cpu_s / node.per_cpu_s,
                ours.per_cpu_s / python.per_cpu_s,
            );
        }
    }
    Ok(())
}

fn median(samples: &[Sample]) -> Sample {
    let of = |get: fn(&Sample) -> f64| {
        let mut all: Vec<f64> = samples.iter().map(get).collect();
        all.sort_unstable_by(f64::total_cmp);
        all[all.len() / 2]
    };
    Sample {
        per_s: of(|sample| sample.per_s),
        p50_ms: of(|sample| sample.p50_ms),
        p99_ms: of(|sample| sample.p99_ms),
        per_cpu_s: of(|sample| sample.per_cpu_s),
    }
}

async fn once(who: Who, binary: &Path, folder: &Path, lengths: &Lengths) -> anyhow::Result<Sample> {
    let folder = tempfile::tempdir_in(folder)?;
    let database = folder.path().join("commands.db");
    let address = free_address()?;
    let (standin, slack) = quick_slack().await?;
    if who == Who::Serve {
        let later = SystemClock::default().now() + chrono::Duration::hours(2);
        let at_once = chrono::Duration::zero();
        seed::seed(&database, &standin, &slack.url, INCIDENTS, later, at_once).await?;
    }
    let command = command(who, binary, address, &database, &slack.url)?;
    let program = Program::start(command, address, folder.path()).await?;
    let asked = Arc::new(AtomicU64::new(0));
    let requests = updates(address, Arc::clone(&asked));
    // On a machine that is busy, nothing at all may be answered that early: then the first answer ends the warm-up.
    Connection::open(requests.clone()).await?.ask().await?;
    let warm_up = requests.clone();
    let _ = load::closed(warm_up, CONNECTIONS, Duration::ZERO, lengths.warm_up).await;
    let (before, asked_before) = (program.cpu_s()?, asked.load(Ordering::Relaxed));
    let measured = load::closed(requests, CONNECTIONS, Duration::ZERO, lengths.cell).await?;
    let cpu_s = program.cpu_s()? - before;
    let answers = asked.load(Ordering::Relaxed) - asked_before;
    let kept = rows(who, &database).await?;
    let all = asked.load(Ordering::Relaxed);
    ensure!(kept == all, "{all} were asked for, {kept} rows are kept");
    Ok(Sample {
        per_s: measured.per_s(),
        p50_ms: measured.quantile(0.5).as_secs_f64() * 1_000.0,
        p99_ms: measured.quantile(0.99).as_secs_f64() * 1_000.0,
        per_cpu_s: answers as f64 / cpu_s,
    })
}

/// `/incident update` for one incident after the other; the frameworks are sent the very same.
pub fn updates(address: SocketAddr, asked: Arc<AtomicU64>) -> Requests {
    let clock = SystemClock::default();
    let year = clock.now().format("%Y").to_string();
    let letter = Letter::new(clock);
    Requests {
        address,
        next: Arc::new(move |number| {
            asked.fetch_add(1, Ordering::Relaxed);
            let incident = number % u64::from(INCIDENTS) + 1;
            let text = format!("update INC-{year}-{incident:03} Rolling back, step {number}");
            letter.command(&text, number)
        }),
        answered_with: "Update posted",
    }
}

fn command(
    who: Who,
    binary: &Path,
    address: SocketAddr,
    database: &Path,
    slack: &str,
) -> anyhow::Result<Command> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/others");
    let core = Some(SERVER_CORE);
    let mut command = match who {
        Who::Serve => return Ok(serve(binary, core, address, database, slack)),
        Who::Door => {
            let mut command = on_core(core, &std::env::current_exe()?);
            command.arg("--door");
            command
        }
        Who::Node => {
            let mut command = on_core(core, Path::new("node"));
            command.arg(Path::new(INSTALLED).join("bolt/app.js"));
            command
        }
        Who::Python => {
            let gunicorn: PathBuf = Path::new(INSTALLED).join("venv/bin/gunicorn");
            let mut command = on_core(core, &gunicorn);
            // Threads keep connections open, which the plain worker does not; there is one for each connection.
            command
                .args(["--worker-class", "gthread", "--workers", "1"])
                .args(["--threads", "32", "--keep-alive", "60"])
                .args(["--bind", &address.to_string(), "--chdir"])
                .arg(here.join("slack_bolt"))
                .arg("app:web");
            command
        }
    };
    command
        .env("PORT", address.port().to_string())
        .env("DATABASE", database)
        .env("SLACK_API_URL", format!("{slack}/api/"))
        .env("SLACK_BOT_TOKEN", TOKEN)
        .env("SLACK_SIGNING_SECRET", SECRET);
    Ok(command)
}

/// How many commands are in the database.
async fn rows(who: Who, database: &Path) -> anyhow::Result<u64> {
    let table = match who {
        Who::Serve => "timeline WHERE kind = 'update_posted'",
        Who::Door => "inbox",
        Who::Node | Who::Python => "commands",
    };
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}", database.display());
    let mut connection = AnyConnection::connect(&url).await?;
    let count = AssertSqlSafe(format!("SELECT COUNT(*) AS rows FROM {table}"));
    let rows: i64 = sqlx::query(count)
        .fetch_one(&mut connection)
        .await?
        .try_get("rows")?;
    connection.close().await?;
    Ok(u64::try_from(rows)?)
}
