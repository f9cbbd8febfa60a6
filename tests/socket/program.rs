//! The program itself in Socket Mode, as it is tried and as it is run.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use balefire::clock::{Clock, SystemClock};
use balefire::standin::{Options, StandIn};
use serde_json::{Value, json};

use crate::world::{APP_TOKEN, SECRET, TOKEN};

const PATIENCE: Duration = Duration::from_secs(60);

/// Dropped, it is killed.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn balefire() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_balefire"));
    command.env_clear().stdin(Stdio::null());
    command
}

async fn get(url: &str, path: &str) -> (u16, String) {
    let answer = reqwest::get(format!("{url}{path}")).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// Asks until it is ready. The program greets nobody before that, so there is nothing else to wait for.
async fn ready(url: &str) {
    let asking = async {
        while get(url, "/readyz").await.0 != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap();
}

async fn connected(url: &str) {
    ready(url).await;
    let metrics = get(url, "/metrics").await.1;
    for line in [
        "balefire_socket_connected 1",
        "balefire_socket_opens_total{outcome=\"connected\"} 1",
        "balefire_socket_disconnects_total{reason=\"silent\"} 0",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    // Slack posts nothing, so there is nothing to post to.
    let posted = reqwest::Client::new().post(format!("{url}/slack/commands"));
    let status = posted.body("command=/incident").send().await.unwrap();
    assert_eq!(status.status().as_u16(), 404);
}

#[tokio::test]
async fn the_demo_over_a_socket() {
    let mut command = balefire();
    command.args(["demo", "--socket", "--port", "0"]);
    let mut program = Program(command.stdout(Stdio::piped()).spawn().unwrap());
    let stdout = program.0.stdout.take().unwrap();
    let said = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).map(|_| line)
    });
    let said = said.await.unwrap().unwrap();
    let url = said
        .split_whitespace()
        .find(|word| word.starts_with("http://"));
    let url = url.unwrap().to_owned();
    connected(&url).await;

    let act = async |order: Value| -> Value {
        let request = reqwest::Client::new().post(format!("{url}/standin/act"));
        let answer = request.json(&order).send().await.unwrap();
        answer.json().await.unwrap()
    };
    let typed = "/incident declare P1 Checkout is down";
    let done =
        act(json!({"as": "U0ALICE", "do": "say", "channel": "C0INCIDENTS", "text": typed})).await;
    assert_eq!(done["ok"], true, "{done}");
    assert!(done["ts"].is_string(), "{done}");
}

#[tokio::test]
async fn served_over_a_socket_until_it_is_told_to_stop() {
    let clock = SystemClock::default();
    let now_ms = Arc::new(move || clock.now().timestamp_millis());
    let mut options = Options::new(now_ms, SECRET, TOKEN);
    options.app_token = Some(APP_TOKEN.into());
    options.socket_mode = true;
    options.answer_within = PATIENCE;
    let standin = StandIn::new(options);
    let listening = standin.listen().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut command = balefire();
    command
        .arg("serve")
        .current_dir(folder.path())
        .env("BALEFIRE_LISTEN", "127.0.0.1:0")
        .env("SLACK_API_URL", format!("{}/api", listening.url))
        .env("SLACK_BOT_TOKEN", TOKEN)
        .env("SLACK_SIGNING_SECRET", SECRET)
        .env("SLACK_APP_TOKEN", APP_TOKEN)
        .stderr(Stdio::piped());
    let mut program = Program(command.spawn().unwrap());
    let stderr = program.0.stderr.take().unwrap();
    let (says, mut log) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            let _ = says.send(line);
        }
    });
    let listens = async {
        while let Some(line) = log.recv().await {
            if let Some((_, address)) = line.split_once("listening address=") {
                return address.trim().to_owned();
            }
        }
        panic!("it ended");
    };
    let address = tokio::time::timeout(PATIENCE, listens).await.unwrap();
    connected(&format!("http://{address}")).await;

    let alice = standin.person("U0ALICE");
    let typed = "/incident declare P1 Checkout is down";
    let answer = alice.slash("C0INCIDENTS", typed).await.reads();
    assert!(answer.contains("declared: Checkout is down"), "{answer}");

    let kill = format!("kill -TERM {}", program.0.id());
    assert!(
        Command::new("sh")
            .args(["-c", &kill])
            .status()
            .unwrap()
            .success()
    );
    let gone = standin.until_sockets(<[u64]>::is_empty);
    tokio::time::timeout(PATIENCE, gone).await.unwrap();
    let ended = tokio::task::spawn_blocking(move || program.0.wait()).await;
    assert!(ended.unwrap().unwrap().success());
    let mut rest = String::new();
    while let Some(line) = log.recv().await {
        rest.push_str(&line);
        for secret in [TOKEN, APP_TOKEN, SECRET, "ticket="] {
            assert!(!line.contains(secret), "{line}");
        }
    }
    assert!(rest.contains("finishing what is in flight"), "{rest}");
    assert_eq!(standin.socket_complaints(), [""; 0]);
}
