//! How large the program is, how soon it is ready, and how much memory it keeps: `cargo bench --bench footprint`.
//!
//! It starts the optimised binary itself, as an operator would: `serve` beside a stand-in for Slack in this process,
//! on a database that is new and on one that is there; and `demo`. Memory is what Linux counts as resident.
//! `-- PATH` measures another binary instead, for example the last release.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use balefire::clock::{Clock, SystemClock};
use balefire::standin::{Options, StandIn};

const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
const TOKEN: &str = "xoxb-token";
/// How often each is started.
const STARTS: usize = 15;
/// How many commands the bot has answered before its memory is looked at again.
const COMMANDS: usize = 500;
const MIB: f64 = 1024.0 * 1024.0;

fn main() -> anyhow::Result<()> {
    let other = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with("--"));
    let binary = other.unwrap_or_else(|| env!("CARGO_BIN_EXE_balefire").to_owned());
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(measure(&std::fs::canonicalize(binary)?))
}

async fn measure(binary: &Path) -> anyhow::Result<()> {
    let bytes = std::fs::metadata(binary)?.len();
    println!("binary: {:.1} MiB (aim: below 25)", bytes as f64 / MIB);

    let clock = SystemClock::default();
    let now_ms = move || clock.now().timestamp_millis();
    let standin = StandIn::new(Options::new(Arc::new(now_ms), SECRET, TOKEN));
    let slack = standin.listen().await?;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let serve = |database: &str| {
        let mut command = Command::new(binary);
        command
            .arg("serve")
            .env(
                "DATABASE_URL",
                format!("sqlite://{}", folder.path().join(database).display()),
            )
            .env("SLACK_API_URL", format!("{}/api", slack.url))
            .env("SLACK_BOT_TOKEN", TOKEN)
            .env("SLACK_SIGNING_SECRET", SECRET);
        command
    };

    let demo = || {
        let mut command = Command::new(binary);
        command.arg("demo");
        command
    };

    let mut fresh = vec![];
    for start in 0..STARTS {
        let running = Running::start(folder.path(), serve(&format!("{start}.db"))).await?;
        fresh.push(running.ready_after);
    }
    report("serve, new database", fresh);
    let mut again = vec![];
    for _ in 0..STARTS {
        again.push(
            Running::start(folder.path(), serve("0.db"))
                .await?
                .ready_after,
        );
    }
    report("serve, database there", again);
    let mut demos = vec![];
    for _ in 0..STARTS {
        demos.push(Running::start(folder.path(), demo()).await?.ready_after);
    }
    report("demo", demos);

    let serving = Running::start(folder.path(), serve("memory.db")).await?;
    rest().await;
    println!("serve, idle after the start: {}", serving.memory()?);
    standin.set_bot_url(Some(&serving.url));
    let alice = standin.person("U0ALICE");
    let answer = alice
        .slash("C0INCIDENTS", "/incident declare P1 Checkout is down")
        .await;
    ensure!(answer.reads().contains("INC-"), "{}", answer.reads());
    for number in 0..COMMANDS {
        let typed = match number % 2 {
            0 => "/incident list".to_owned(),
            _ => format!("/incident note Step {number}"),
        };
        let answer = alice.slash("C0INCIDENTS", &typed).await;
        ensure!(answer.reads().contains("INC-"), "{}", answer.reads());
    }
    rest().await;
    println!(
        "serve, idle after {COMMANDS} commands: {}",
        serving.memory()?
    );
    let trying = Running::start(folder.path(), demo()).await?;
    rest().await;
    println!("demo, idle after the start: {}", trying.memory()?);
    Ok(())
}

/// Until what a start leaves to do has been done.
async fn rest() {
    tokio::time::sleep(Duration::from_secs(5)).await;
}

fn report(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let ms = |at: usize| took[at].as_secs_f64() * 1_000.0;
    println!(
        "{what}: ready after {:.0} ms ({:.0} to {:.0} ms in {STARTS} starts; aim: below 200)",
        ms(took.len() / 2),
        ms(0),
        ms(took.len() - 1)
    );
}

/// A program that runs; dropped, it is killed.
struct Running {
    child: Child,
    url: String,
    /// From before the program was started to an answer that says it is ready.
    ready_after: Duration,
}

impl Running {
    async fn start(folder: &Path, mut command: Command) -> anyhow::Result<Self> {
        // A port that was free a moment ago.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        if command.get_args().any(|argument| argument == "demo") {
            command.args(["--port", &port.to_string()]);
        }
        command
            .env("BALEFIRE_LISTEN", format!("127.0.0.1:{port}"))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(File::create(folder.join("stdout"))?)
            .stderr(File::create(folder.join("stderr"))?);
        let url = format!("http://127.0.0.1:{port}");
        let client = reqwest::Client::new();
        let began = Instant::now();
        let mut running = Self {
            child: command.spawn()?,
            url,
            ready_after: Duration::ZERO,
        };
        let ready = async {
            loop {
                let asked = client.get(format!("{}/readyz", running.url)).send().await;
                if asked.is_ok_and(|answer| answer.status() == 200) {
                    return Ok(());
                }
                if let Some(status) = running.child.try_wait()? {
                    let complaint = std::fs::read_to_string(folder.join("stderr"))?;
                    anyhow::bail!("it ended with {status}: {complaint}");
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), ready)
            .await
            .context("it does not become ready")??;
        running.ready_after = began.elapsed();
        Ok(running)
    }

    fn memory(&self) -> anyhow::Result<String> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let mib = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kib: f64 = line
                .trim_start_matches(':')
                .trim()
                .strip_suffix(" kB")?
                .parse()
                .ok()?;
            Some(kib / 1024.0)
        };
        let (all, own, peak) = (mib("VmRSS"), mib("RssAnon"), mib("VmHWM"));
        let (Some(all), Some(own), Some(peak)) = (all, own, peak) else {
            anyhow::bail!("/proc does not say");
        };
        Ok(format!(
            "{all:.1} MiB resident, {own:.1} of it not shared with the file; at most {peak:.1} (aim: below 25)"
        ))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
