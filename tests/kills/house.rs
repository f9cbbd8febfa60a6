//! Where the evenings take place: a database, a stand-in for Slack, one to three programs on the database, and in
//! front of them what a load balancer does, or a socket that each of them has opened to Slack.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use balefire::clock::{Clock as _, SystemClock};
use balefire::standin::{Listening, Options, StandIn};
use sqlx::{AnyConnection, AnyPool, Connection as _, Executor as _};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::program::{self, Program, until};

/// Which database the programs share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// How Slack reaches the programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    Http,
    /// Socket Mode: nothing is posted to anybody.
    Socket,
}

const APP_TOKEN: &str = "xapp-1-very-secret-token";

pub struct House {
    pub standin: StandIn,
    door: Door,
    pub database_url: String,
    slack: Listening,
    front: Arc<Front>,
    tasks: Vec<JoinHandle<()>>,
    folder: TempDir,
    started: AtomicUsize,
}

impl Drop for House {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl House {
    /// Nobody lives in it yet. `rules` is the `balefire.toml`.
    pub async fn build(engine: Engine, rules: &str) -> Arc<Self> {
        Self::with_door(Door::Http, engine, rules).await
    }

    /// As [`House::build`], where Slack comes in by this door.
    pub async fn with_door(door: Door, engine: Engine, rules: &str) -> Arc<Self> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("balefire.toml"), rules).unwrap();
        let database_url = match engine {
            Engine::Sqlite => format!("sqlite://{}", folder.path().join("balefire.db").display()),
            Engine::Postgres => postgres().await,
        };
        let standin = match door {
            Door::Http => program::standin(),
            Door::Socket => standin_with_sockets(),
        };
        let slack = standin.listen().await.unwrap();
        let front = Arc::new(Front::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        if door == Door::Http {
            standin.set_bot_url(Some(&url));
        }
        let router = Router::new()
            .fallback(forward)
            .with_state(Arc::clone(&front));
        let serving = tokio::spawn(async move {
            axum::serve(listener, router).await.unwrap();
        });
        let slack_of_it = standin.clone();
        // What happens at Slack by itself: events that nobody took are delivered again.
        let turning = tokio::spawn(async move {
            let mut every = tokio::time::interval(Duration::from_millis(200));
            loop {
                every.tick().await;
                slack_of_it.turn().await;
            }
        });
        Arc::new(Self {
            standin,
            door,
            database_url,
            slack,
            front,
            tasks: vec![serving, turning],
            folder,
            started: AtomicUsize::new(0),
        })
    }

    /// Starts a program, and lets people in once it listens.
    pub async fn move_in(&self) -> Resident {
        let mut command = program::serve(self.path(), &self.slack.url, &self.database_url);
        if self.door == Door::Socket {
            command.env("SLACK_APP_TOKEN", APP_TOKEN);
        }
        self.start(command).await
    }

    /// The same with an earlier version of the program, if the environment names one.
    pub async fn move_in_older(&self) -> Resident {
        self.start(self.older()).await
    }

    /// What starts an earlier version.
    pub fn older(&self) -> Command {
        let older = program::older();
        program::serve_by(&older, self.path(), &self.slack.url, &self.database_url)
    }

    async fn start(&self, command: Command) -> Resident {
        let nth = self.started.fetch_add(1, Ordering::SeqCst);
        let started = Instant::now();
        let mut program = Program::start(command, self.path(), &format!("program-{nth}"));
        program.listens().await;
        self.front.open(&program.url);
        Resident { program, started }
    }

    /// SIGKILL, without a word to anybody.
    pub fn kill(&self, resident: Resident) {
        let log = resident.program.stderr.clone();
        let url = resident.program.url.clone();
        resident.program.kill();
        self.front.close(&url);
        let log = std::fs::read_to_string(log).unwrap();
        assert!(!log.contains("panicked"), "{log}");
    }

    /// SIGTERM, once nobody is sent there any more: it ends what it has begun.
    pub async fn retire(&self, mut resident: Resident) {
        self.close(&resident);
        resident.program.signal("TERM");
        let ended = resident.program.ended().await;
        let log = resident.program.log();
        assert!(ended.success() && !log.contains("panicked"), "{log}");
    }

    /// How many requests it was sent.
    pub fn served_by(&self, resident: &Resident) -> usize {
        let served = self.front.served_by.lock().unwrap();
        served.get(&resident.program.url).copied().unwrap_or(0)
    }

    /// SIGSTOP: it does nothing, and does not know it. The load balancer finds out.
    pub fn pause(&self, resident: &Resident) {
        resident.program.signal("STOP");
        self.close(resident);
    }

    /// Lets nobody in any more.
    pub fn close(&self, resident: &Resident) {
        self.front.close(&resident.program.url);
    }

    /// SIGCONT: it goes on as if nothing had been.
    pub fn resume(&self, resident: &Resident) {
        resident.program.signal("CONT");
        self.front.open(&resident.program.url);
    }

    /// Waits until somebody is at home.
    pub async fn somebody(&self) {
        until("a program takes requests", async || {
            let open = match self.door {
                Door::Http => self.front.next().is_some(),
                Door::Socket => !self.standin.sockets().is_empty(),
            };
            open.then_some(())
        })
        .await;
    }

    /// Every connection breaks off, and the programs live.
    pub fn cut(&self) {
        for socket in self.standin.sockets() {
            self.standin.cut_socket(socket);
        }
    }

    /// As Slack does it every few hours: it warns, keeps the old socket until there is another one, and closes it.
    pub async fn refresh(&self) {
        let old = self.standin.sockets();
        for socket in &old {
            self.standin.tell_socket(*socket, "warning");
        }
        until("another socket is open", async || {
            let mut open = self.standin.sockets().into_iter();
            open.any(|socket| !old.contains(&socket)).then_some(())
        })
        .await;
        for socket in old {
            self.standin.tell_socket(socket, "refresh_requested");
            self.standin.close_socket(socket);
        }
    }

    pub async fn database(&self) -> AnyPool {
        sqlx::any::install_default_drivers();
        AnyPool::connect(&self.database_url).await.unwrap()
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Every log that was written, for whoever must find out why.
    pub fn logs(&self) -> Vec<PathBuf> {
        let count = self.started.load(Ordering::SeqCst);
        (0..count)
            .map(|nth| self.path().join(format!("program-{nth}.err")))
            .collect()
    }
}

/// A program that runs.
pub struct Resident {
    pub program: Program,
    /// When it was executed.
    pub started: Instant,
}

/// As [`program::standin`], for an app whose settings say Socket Mode.
fn standin_with_sockets() -> StandIn {
    let clock = SystemClock::default();
    let now_ms = move || clock.now().timestamp_millis();
    let mut options = Options::new(Arc::new(now_ms), program::SECRET, program::TOKEN);
    options.app_token = Some(APP_TOKEN.into());
    options.socket_mode = true;
    StandIn::new(options)
}

/// An empty database on the server that `check.sh` starts.
async fn postgres() -> String {
    let server = std::env::var("BALEFIRE_TEST_POSTGRES_URL")
        .expect("BALEFIRE_TEST_POSTGRES_URL names a Postgres server; ./check.sh starts one");
    let name = format!("balefire_{}", uuid::Uuid::now_v7().simple());
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&server).await.unwrap();
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    connection.execute(create).await.unwrap();
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);
    url.into()
}

/// A load balancer: one request to each program in turn, and none twice.
#[derive(Default)]
struct Front {
    open: Mutex<Vec<String>>,
    served: AtomicUsize,
    served_by: Mutex<BTreeMap<String, usize>>,
    http: reqwest::Client,
}

impl Front {
    fn open(&self, url: &str) {
        self.open.lock().unwrap().push(url.to_owned());
    }

    fn close(&self, url: &str) {
        self.open.lock().unwrap().retain(|other| other != url);
    }

    fn next(&self) -> Option<String> {
        let open = self.open.lock().unwrap();
        let nth = self.served.load(Ordering::SeqCst);
        open.get(nth % open.len().max(1)).cloned()
    }
}

async fn forward(
    State(front): State<Arc<Front>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(url) = front.next() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    front.served.fetch_add(1, Ordering::SeqCst);
    *front
        .served_by
        .lock()
        .unwrap()
        .entry(url.clone())
        .or_default() += 1;
    let request = front.http.post(format!("{url}{uri}")).headers(headers);
    let Ok(response) = request.body(body).send().await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let (status, headers) = (response.status(), response.headers().clone());
    match response.bytes().await {
        Ok(body) => {
            let kind = headers.get("content-type").cloned();
            let mut response = (status, body).into_response();
            if let Some(kind) = kind {
                response.headers_mut().insert("content-type", kind);
            }
            response
        }
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}
