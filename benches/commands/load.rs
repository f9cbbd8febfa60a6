//! Whoever asks: keep-alive connections over which one request follows another, or which keep an even pace.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use balefire::clock::{Clock, SystemClock};
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use sha2::Sha256;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

pub const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";

/// What is asked, where, and a word that the answer must hold.
#[derive(Clone)]
pub struct Requests {
    pub address: SocketAddr,
    /// The request with this number; no two are the same.
    pub next: Arc<dyn Fn(u64) -> Request<Full<Bytes>> + Send + Sync>,
    pub answered_with: &'static str,
}

/// Numbers are never used twice in a run, so that nothing is taken for a repeat.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// Writes and signs slash commands as Slack does.
pub struct Letter {
    clock: SystemClock,
}

impl Letter {
    pub fn new(clock: SystemClock) -> Self {
        Self { clock }
    }

    /// Alice types `/incident {text}` in `#incidents`.
    pub fn command(&self, text: &str, number: u64) -> Request<Full<Bytes>> {
        let fields = [
            ("token", "verification-token"),
            ("team_id", "T0BALEFIRE"),
            ("team_domain", "balefire"),
            ("channel_id", "C0INCIDENTS"),
            ("channel_name", "incidents"),
            ("user_id", "U0ALICE"),
            ("user_name", "alice"),
            ("command", "/incident"),
            ("text", text),
            ("api_app_id", "A0BALEFIRE"),
            ("is_enterprise_install", "false"),
            ("response_url", "https://hooks.slack.com/commands/T0/1/a"),
            ("trigger_id", &format!("{number}.1.bench")),
        ];
        let body = serde_urlencoded::to_string(fields).expect("pairs of strings make a form");
        let timestamp = self.clock.now().timestamp();
        let mut mac =
            Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key may have any length");
        mac.update(format!("v0:{timestamp}:{body}").as_bytes());
        let signature = format!("v0={}", hex::encode(mac.finalize().into_bytes()));
        Request::post("/slack/commands")
            .header("host", "127.0.0.1")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-slack-request-timestamp", timestamp)
            .header("x-slack-signature", signature)
            .body(Full::from(body))
            .expect("these headers are well formed")
    }
}

/// How long each answer took, the shortest first.
pub struct Measured {
    took: Vec<Duration>,
    during: Duration,
}

impl Measured {
    fn of(mut took: Vec<Duration>, during: Duration) -> anyhow::Result<Self> {
        ensure!(!took.is_empty(), "nothing was answered in {during:?}");
        took.sort_unstable();
        Ok(Self { took, during })
    }

    pub fn per_s(&self) -> f64 {
        self.took.len() as f64 / self.during.as_secs_f64()
    }

    /// The time within which this share (0 to 1) was answered.
    pub fn quantile(&self, share: f64) -> Duration {
        let rank = (self.took.len() as f64 * share).ceil() as usize;
        self.took[rank.clamp(1, self.took.len()) - 1]
    }
}

/// Every connection asks as soon as it is answered, for `warm_up` and then for `during`.
pub async fn closed(
    requests: Requests,
    connections: usize,
    warm_up: Duration,
    during: Duration,
) -> anyhow::Result<Measured> {
    let begin = Instant::now() + warm_up;
    let end = begin + during;
    let mut asking = JoinSet::new();
    for _ in 0..connections {
        let requests = requests.clone();
        asking.spawn(async move {
            let mut connection = Connection::open(requests).await?;
            let mut took = vec![];
            loop {
                let asked = Instant::now();
                connection.ask().await?;
                let answered = Instant::now();
                if answered > end {
                    return Ok(took);
                }
                if asked >= begin {
                    took.push(answered - asked);
                }
            }
        });
    }
    Measured::of(gather(asking).await?, during)
}

/// So many requests a second, evenly, whether or not the ones before are answered. A request that had to wait for a
/// free connection has waited: the time runs from when it was due.
pub async fn open(
    requests: Requests,
    connections: usize,
    per_s: u32,
    during: Duration,
) -> anyhow::Result<Measured> {
    let every = Duration::from_secs(1) / per_s;
    let begin = Instant::now() + Duration::from_millis(100);
    let mut asking = JoinSet::new();
    for first in 0..connections {
        let requests = requests.clone();
        asking.spawn(async move {
            let mut connection = Connection::open(requests).await?;
            let mut took = vec![];
            for turn in (first..).step_by(connections) {
                let due = begin + every * u32::try_from(turn)?;
                if due >= begin + during {
                    break;
                }
                tokio::time::sleep_until(due.into()).await;
                connection.ask().await?;
                took.push(due.elapsed());
            }
            Ok(took)
        });
    }
    Measured::of(gather(asking).await?, during)
}

async fn gather(
    mut asking: JoinSet<anyhow::Result<Vec<Duration>>>,
) -> anyhow::Result<Vec<Duration>> {
    let mut all = vec![];
    while let Some(took) = asking.join_next().await {
        all.extend(took.context("a connection's task died")??);
    }
    Ok(all)
}

/// A connection that is kept.
pub struct Connection {
    requests: Requests,
    sender: SendRequest<Full<Bytes>>,
}

impl Connection {
    pub async fn open(requests: Requests) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(requests.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // Its error is the next request's, too.
        tokio::spawn(connection);
        Ok(Self { requests, sender })
    }

    /// Asks once, and reads the answer to its end.
    pub async fn ask(&mut self) -> anyhow::Result<()> {
        let request = (self.requests.next)(NUMBER.fetch_add(1, Ordering::Relaxed));
        self.sender.ready().await?;
        let answer = self.sender.send_request(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        let words = String::from_utf8_lossy(&body);
        ensure!(
            status == 200 && words.contains(self.requests.answered_with),
            "answered {status}: {words}"
        );
        Ok(())
    }
}
