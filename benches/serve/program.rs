//! A program under measurement: started on one core or on all, asked over loopback, looked at through `/proc`.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use balefire::clock::{Clock, SystemClock};
use balefire::standin::{Listening, Options, Rates, StandIn};
use tokio::net::TcpStream;

use crate::load::SECRET;

pub const TOKEN: &str = "xoxb-token";
/// What is measured runs here; whoever asks runs on the other core, see [`keep_to_core`].
pub const SERVER_CORE: &str = "1";
pub const LOAD_CORE: &str = "0";
/// How many of them Linux counts in a second of computing (`USER_HZ`, the same on every architecture that has it).
const TICKS_PER_S: f64 = 100.0;

/// This process, with whatever it starts from now on, stays on one core.
pub fn keep_to_core(core: &str) -> anyhow::Result<()> {
    let set = Command::new("taskset")
        .args(["-a", "-c", "-p", core, &std::process::id().to_string()])
        .stdout(Stdio::null())
        .status()
        .context("taskset (Debian: util-linux)")?;
    ensure!(set.success(), "taskset: {set}");
    Ok(())
}

/// A Slack that is never busy and says nothing by itself.
pub async fn quick_slack() -> anyhow::Result<(StandIn, Listening)> {
    let clock = SystemClock::default();
    let now_ms = move || clock.now().timestamp_millis();
    let mut options = Options::new(Arc::new(now_ms), SECRET, TOKEN);
    options.rates = Rates::Off;
    options.events = vec![];
    let standin = StandIn::new(options);
    let slack = standin.listen().await?;
    Ok((standin, slack))
}

/// An address that was free a moment ago.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// `taskset` before a program that is to stay on one core.
pub fn on_core(core: Option<&str>, program: &Path) -> Command {
    match core {
        None => Command::new(program),
        Some(core) => {
            let mut command = Command::new("taskset");
            command.args(["-c", core]).arg(program);
            command
        }
    }
}

/// `balefire serve` on this SQLite file.
pub fn serve(
    binary: &Path,
    core: Option<&str>,
    address: SocketAddr,
    database: &Path,
    slack: &str,
) -> Command {
    let mut command = on_core(core, binary);
    command
        .arg("serve")
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("BALEFIRE_LISTEN", address.to_string())
        .env("DATABASE_URL", format!("sqlite://{}", database.display()))
        .env("SLACK_API_URL", format!("{slack}/api"))
        .env("SLACK_BOT_TOKEN", TOKEN)
        .env("SLACK_SIGNING_SECRET", SECRET)
        .env("RUST_LOG", "warn");
    command
}

/// A program that runs; dropped, it is killed.
pub struct Program {
    child: Child,
}

impl Program {
    /// Starts it and waits until somebody listens at its address.
    pub async fn start(
        mut command: Command,
        address: SocketAddr,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let log = folder.join("program.log");
        let said = File::create(&log)?;
        let child = command
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(said.try_clone()?)
            .stderr(said)
            .spawn()
            .with_context(|| format!("{command:?}"))?;
        let mut program = Self { child };
        let began = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            let ended = program.child.try_wait()?;
            ensure!(
                ended.is_none() && began.elapsed() < Duration::from_secs(60),
                "{command:?} does not listen: {}",
                std::fs::read_to_string(&log)?
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(program)
    }

    /// How many seconds of a core it and its children (a server's workers) have used.
    pub fn cpu_s(&self) -> anyhow::Result<f64> {
        let mut ticks = 0.0;
        for id in self.family()? {
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
            // The name in brackets may hold anything, also spaces.
            let (_, fields) = stat.rsplit_once(')').context("/proc/PID/stat")?;
            let fields: Vec<&str> = fields.split_whitespace().collect();
            for at in [11, 12] {
                ticks += fields
                    .get(at)
                    .context("/proc/PID/stat is short")?
                    .parse::<f64>()?;
            }
        }
        Ok(ticks / TICKS_PER_S)
    }

    /// Itself, and whom it started.
    fn family(&self) -> anyhow::Result<Vec<String>> {
        let id = self.child.id().to_string();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"))?;
        let mut family = vec![id];
        family.extend(children.split_whitespace().map(str::to_owned));
        Ok(family)
    }

    /// A line of `/proc/PID/status` or of `smaps_rollup`, in MiB.
    pub fn memory_mib(&self, file: &str, line: &str) -> anyhow::Result<f64> {
        let mut mib = 0.0;
        for id in self.family()? {
            let text = std::fs::read_to_string(format!("/proc/{id}/{file}"))?;
            let kib = text
                .lines()
                .find_map(|text| text.strip_prefix(line)?.strip_prefix(':'))
                .and_then(|rest| rest.trim().strip_suffix(" kB"))
                .with_context(|| format!("{file} has no {line}"))?;
            mib += kib.trim().parse::<f64>()? / 1024.0;
        }
        Ok(mib)
    }

    pub fn threads(&self) -> anyhow::Result<usize> {
        Ok(std::fs::read_dir(format!("/proc/{}/task", self.child.id()))?.count())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Gunicorn's workers end with their parent only when it is told.
        let _ = Command::new("kill")
            .args(self.family().unwrap_or_default())
            .stderr(Stdio::null())
            .status();
        std::thread::sleep(Duration::from_millis(300));
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How busy the machine is: what Linux calls the load of the last minute.
pub fn busy() -> String {
    std::fs::read_to_string("/proc/loadavg")
        .ok()
        .and_then(|text| Some(text.split_whitespace().next()?.to_owned()))
        .unwrap_or_else(|| "unknown".into())
}
