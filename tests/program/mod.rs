//! The program as a process of its own: started with a command, killed, stopped, waited for. For every test that runs
//! the real binary; time is the machine's own.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use balefire::clock::{Clock, SystemClock};
use balefire::standin::{Options, StandIn};

pub const SECRET: &str = "5up3r-5ecret-5igning";
pub const TOKEN: &str = "xoxb-4-very-secret-token";
/// Far longer than anything takes, the lease of a dead process (60 s) and the look that follows included.
pub const PATIENCE: Duration = Duration::from_secs(240);

/// A stand-in that keeps the machine's time.
pub fn standin() -> StandIn {
    let clock = SystemClock::default();
    let now_ms = move || clock.now().timestamp_millis();
    StandIn::new(Options::new(Arc::new(now_ms), SECRET, TOKEN))
}

/// The program under test: the one that cargo has built, or another one (a release build, say) that
/// `BALEFIRE_TEST_PROGRAM` names.
fn binary() -> PathBuf {
    std::env::var_os("BALEFIRE_TEST_PROGRAM")
        .map_or_else(|| env!("CARGO_BIN_EXE_balefire").into(), PathBuf::from)
}

/// An earlier version of it, built by hand, that `BALEFIRE_TEST_OLDER` names; else the same.
pub fn older() -> PathBuf {
    std::env::var_os("BALEFIRE_TEST_OLDER").map_or_else(binary, PathBuf::from)
}

/// `balefire serve` in `folder` with everything set that it needs, and nothing of the tests' own environment.
pub fn serve(folder: &Path, slack_url: &str, database_url: &str) -> Command {
    serve_by(&binary(), folder, slack_url, database_url)
}

/// The same by another binary.
pub fn serve_by(binary: &Path, folder: &Path, slack_url: &str, database_url: &str) -> Command {
    let mut command = Command::new(binary);
    command
        .arg("serve")
        .current_dir(folder)
        .env_clear()
        .env("BALEFIRE_LISTEN", "127.0.0.1:0")
        .env("DATABASE_URL", database_url)
        .env("SLACK_API_URL", format!("{slack_url}/api"))
        .env("SLACK_BOT_TOKEN", TOKEN)
        .env("SLACK_SIGNING_SECRET", SECRET)
        .stdin(Stdio::null());
    command
}

/// A `balefire` that runs; dropped, it is killed.
pub struct Program {
    pub child: Child,
    pub url: String,
    pub stdout: PathBuf,
    pub stderr: PathBuf,
}

impl Program {
    /// Starts it, with its output in two files beside each other: `NAME.out` and `NAME.err`.
    pub fn start(mut command: Command, folder: &Path, name: &str) -> Self {
        let stdout = folder.join(format!("{name}.out"));
        let stderr = folder.join(format!("{name}.err"));
        let child = command
            .stdout(File::create(&stdout).unwrap())
            .stderr(File::create(&stderr).unwrap())
            .spawn()
            .unwrap();
        Self {
            child,
            url: String::new(),
            stdout,
            stderr,
        }
    }

    /// Learns from its log where it listens.
    pub async fn listens(&mut self) {
        let address = until("it says where it listens", async || {
            assert_eq!(self.child.try_wait().unwrap(), None, "{}", self.log());
            let log = self.log();
            let (_, rest) = log.split_once("listening address=")?;
            // A line that is only half written has no end yet.
            let (address, _) = rest.split_once('\n')?;
            Some(address.trim().to_owned())
        })
        .await;
        self.url = format!("http://{address}");
    }

    /// Waits until it is ready.
    pub async fn is_ready(&self) {
        until("it is ready", async || {
            let status = self.get("/readyz").await?.0;
            (status == 200).then_some(())
        })
        .await;
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.stderr).unwrap()
    }

    pub async fn get(&self, path: &str) -> Option<(u16, String)> {
        let response = reqwest::get(format!("{}{path}", self.url)).await.ok()?;
        Some((response.status().as_u16(), response.text().await.ok()?))
    }

    /// SIGKILL: it finishes nothing.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn signal(&self, name: &str) {
        let command = format!("kill -{name} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &command]).status().unwrap();
        assert!(status.success());
        // A thread that runs at this moment stops a moment later, and may have answered somebody by then.
        while name == "STOP" && !self.stands_still() {
            std::thread::yield_now();
        }
    }

    fn stands_still(&self) -> bool {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        threads.flatten().all(|thread| {
            // Behind the name, which stands in brackets: `T`, stopped.
            let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            stat.rsplit_once(") ")
                .is_none_or(|(_, state)| state.starts_with('T'))
        })
    }

    /// How large the files may become that it writes to, in bytes.
    pub fn limit_files(&self, bytes: &str) {
        let process = self.child.id().to_string();
        let limit = format!("--fsize={bytes}:unlimited");
        let limited = Command::new("prlimit")
            .args(["--pid", &process, &limit])
            .status()
            .unwrap();
        assert!(limited.success());
    }

    pub async fn ended(&mut self) -> ExitStatus {
        until("it has ended", async || self.child.try_wait().unwrap()).await
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Looks again and again until there is something to see.
pub async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    match within(PATIENCE, look).await {
        Some(seen) => seen,
        None => panic!("waited {PATIENCE:?} in vain until {what}"),
    }
}

/// As [`until`], but not longer than this. None: it was not to be seen.
pub async fn within<T>(patience: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let looking = async {
        let mut every = tokio::time::interval(Duration::from_millis(5));
        loop {
            every.tick().await;
            if let Some(seen) = look().await {
                return seen;
            }
        }
    };
    tokio::time::timeout(patience, looking).await.ok()
}
