//! The front door, over real connections: what is believed, what is refused, and that a verified delivery always gets
//! a 200 with words in time.

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use axum::Router;
use balefire::clock::{Clock, ManualClock, Time};
use balefire::domain::rules::Language;
use balefire::http::ready::Readiness;
use balefire::http::{self, Ingress};
use balefire::ids::UserId;
use balefire::slack::inbound::{Answer, Event, Inbound, UserProfile};
use balefire::slack::people::People;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};

const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
const NOW_S: i64 = 1_800_000_000;
const FORM: &str = "application/x-www-form-urlencoded";
const COMMAND: &str =
    "team_id=T1&channel_id=C1&user_id=U1&command=%2Fincident&text=help&trigger_id=1.2.ticket";
const MIB: usize = 1024 * 1024;

/// Everything that any test of this file made the bot log, at the finest level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn log() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log::default();
        let writer = log.clone();
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .init();
        log
    })
}

/// The ingress on a port of its own, with a door that notes what it was handed.
struct Door {
    url: String,
    address: std::net::SocketAddr,
    clock: ManualClock,
    people: Arc<People>,
    handed: mpsc::UnboundedReceiver<Inbound>,
    client: reqwest::Client,
}

impl Door {
    async fn open() -> Self {
        Self::with(Duration::from_secs(30), |_| async {
            Answer::Text("done".into())
        })
        .await
    }

    async fn with<W: Future<Output = Answer> + Send + 'static>(
        answer_within: Duration,
        work: impl Fn(Inbound) -> W + Send + Sync + 'static,
    ) -> Self {
        log();
        let clock = ManualClock::at(Time::from_timestamp(NOW_S, 0).unwrap());
        let people = Arc::new(People::new(Language::En, [], []));
        let (hand, handed) = mpsc::unbounded_channel();
        let handler = Arc::new(
            move |inbound: Inbound, _| -> std::pin::Pin<Box<dyn Future<Output = Answer> + Send>> {
                hand.send(inbound.clone()).unwrap();
                Box::pin(work(inbound))
            },
        );
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let ready = Arc::new(Readiness::new(Box::new(|| Box::pin(async { Ok(()) }))));
        let ingress = Ingress::new(SECRET.into(), shared.clone(), people.clone(), handler)
            .answer_within(answer_within);
        let (address, url) = serve(ingress.router().merge(http::probes(ready, shared))).await;
        let client = reqwest::Client::new();
        Self {
            url,
            address,
            clock,
            people,
            handed,
            client,
        }
    }

    async fn signed(&self, path: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Response {
        let body = body.into();
        let signature = sign(SECRET, NOW_S, &body);
        self.post(
            path,
            content_type,
            body,
            &[("x-slack-signature", &signature)],
        )
        .await
    }

    /// With the timestamp, but unsigned unless `headers` say otherwise.
    async fn post(
        &self,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
        headers: &[(&str, &str)],
    ) -> Response {
        let mut request = self
            .client
            .post(format!("{}{path}", self.url))
            .header("content-type", content_type)
            .header("x-slack-request-timestamp", NOW_S.to_string())
            .body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    async fn get(&self, path: &str) -> Response {
        self.client
            .get(format!("{}{path}", self.url))
            .send()
            .await
            .unwrap()
    }

    /// What the door was handed since the last time.
    fn handed(&mut self) -> Vec<Inbound> {
        std::iter::from_fn(|| self.handed.try_recv().ok()).collect()
    }
}

async fn serve(router: Router) -> (std::net::SocketAddr, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, format!("http://{address}"))
}

fn sign(secret: &str, timestamp_s: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("v0:{timestamp_s}:").as_bytes());
    mac.update(body);
    format!("v0={}", hex::encode(mac.finalize().into_bytes()))
}

fn payload(payload: &Value) -> Vec<u8> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("payload", &payload.to_string());
    form.finish().into_bytes()
}

async fn told(response: Response) -> (u16, String) {
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn what_is_not_signed_by_slack_gets_401_and_goes_nowhere() {
    let mut door = Door::open().await;
    let good = sign(SECRET, NOW_S, COMMAND.as_bytes());
    let other = sign("another secret", NOW_S, COMMAND.as_bytes());
    let late = sign(SECRET, NOW_S, b"another body");
    let cases: [(&str, Vec<(&str, &str)>); 6] = [
        ("unsigned", vec![]),
        ("another secret", vec![("x-slack-signature", &other)]),
        ("another body", vec![("x-slack-signature", &late)]),
        ("no hex", vec![("x-slack-signature", "v0=zz")]),
        ("another version", vec![("x-slack-signature", "v1=00")]),
        (
            "two signatures",
            vec![("x-slack-signature", &good), ("x-slack-signature", &other)],
        ),
    ];
    for path in ["/slack/commands", "/slack/interactions", "/slack/events"] {
        for (name, headers) in &cases {
            let response = door.post(path, FORM, COMMAND.into(), headers).await;
            assert_eq!(told(response).await, (401, String::new()), "{path} {name}");
        }
    }
    assert_eq!(door.handed(), []);
    assert_eq!(
        told(door.signed("/slack/commands", FORM, COMMAND).await).await,
        (200, "done".into())
    );
    assert_eq!(door.handed().len(), 1);
}

#[tokio::test]
async fn old_and_future_requests_get_401() {
    let mut door = Door::open().await;
    let cases = [(300, 200), (1, 401), (-601, 200), (-1, 401)];
    for (advance_s, status) in cases {
        door.clock.advance(chrono::Duration::seconds(advance_s));
        let response = door.signed("/slack/commands", FORM, COMMAND).await;
        let age_s = door.clock.now().timestamp() - NOW_S;
        assert_eq!(response.status(), status, "{age_s} s after it was signed");
    }
    // Whoever does it hears how long it has lain about.
    let waited_s = door.handed().into_iter().map(|inbound| match inbound {
        Inbound::Command(command) => command.waited.num_seconds(),
        other => panic!("{other:?}"),
    });
    assert_eq!(waited_s.collect::<Vec<_>>(), [300, -300]);
}

#[tokio::test]
async fn a_body_over_one_mebibyte_gets_413() {
    let mut door = Door::open().await;
    let fits = vec![b'x'; MIB];
    assert_eq!(door.signed("/slack/events", FORM, fits).await.status(), 200);
    let too_large = vec![b'x'; MIB + 1];
    assert_eq!(
        door.signed("/slack/events", FORM, too_large.clone())
            .await
            .status(),
        413
    );

    // Without a Content-Length: in chunks.
    let mut stream = TcpStream::connect(door.address).await.unwrap();
    let head = "POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
        .write_all(format!("{:x}\r\n", too_large.len()).as_bytes())
        .await
        .unwrap();
    stream.write_all(&too_large).await.unwrap();
    stream.write_all(b"\r\n0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");

    // Announced only: the answer comes before a byte of the body is sent.
    let mut stream = TcpStream::connect(door.address).await.unwrap();
    let head = "POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 200000000\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 413");

    // Announced shorter than it is, then cut off.
    let mut stream = TcpStream::connect(door.address).await.unwrap();
    let head = "POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf";
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
        "{answer}"
    );
    assert_eq!(door.handed(), []);
}

#[tokio::test]
async fn what_cannot_be_read_is_answered_and_counted() {
    let mut door = Door::open().await;
    let deep = format!(
        r#"{{"type":"event_callback","event":{}"#,
        "[".repeat(10_000)
    );
    let cases: [(&str, Vec<u8>); 11] = [
        ("/slack/events", b"".to_vec()),
        ("/slack/events", br#"{"type":"event_call"#.to_vec()),
        ("/slack/events", deep.into()),
        ("/slack/events", br#"{"type":"app_rate_limited"}"#.to_vec()),
        ("/slack/events", b"{\"type\":\"\xff\xfe\"}".to_vec()),
        ("/slack/events", br#"[1, 2]"#.to_vec()),
        (
            "/slack/interactions",
            payload(&json!({"type": "block_actions_of_tomorrow", "user": {"id": "U1"}})),
        ),
        (
            "/slack/interactions",
            payload(&json!({"type": "block_actions"})),
        ),
        ("/slack/interactions", b"payload=%7B%22type%22%3A".to_vec()),
        ("/slack/interactions", b"payload=%FF%FE".to_vec()),
        ("/slack/interactions", payload(&json!(null))),
    ];
    for (path, body) in cases {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        assert_eq!(
            told(door.signed(path, FORM, body).await).await,
            (200, String::new()),
            "{path} {shown}"
        );
    }
    let (status, words) = told(
        door.signed("/slack/commands", FORM, "command=%2Fincident")
            .await,
    )
    .await;
    assert_eq!(status, 200);
    assert!(words.contains("Type it again"), "{words}");
    assert_eq!(door.handed(), []);

    let metrics = door.get("/metrics").await.text().await.unwrap();
    for counted in [
        r#"balefire_slack_unknown_payloads_total{what="app_rate_limited"} 1"#,
        r#"balefire_slack_unknown_payloads_total{what="block_actions_of_tomorrow"} 1"#,
        r#"balefire_slack_requests_total{door="interactions",kind="unknown",status="200"}"#,
        r#"balefire_slack_ack_seconds_bucket{door="commands",kind="unknown",le="2.8"}"#,
    ] {
        assert!(metrics.contains(counted), "{counted} is not in\n{metrics}");
    }
}

#[tokio::test]
async fn slacks_probes_are_answered_on_every_path_and_in_any_content_type() {
    let mut door = Door::open().await;
    let challenge = r#"{"token":"x","type":"url_verification","challenge":"3eZbrw1a"}"#;
    for path in ["/slack/commands", "/slack/interactions", "/slack/events"] {
        assert_eq!(
            told(door.signed(path, FORM, "token=x&ssl_check=1").await).await,
            (200, String::new())
        );
        for content_type in ["application/json", "text/plain", FORM] {
            let response = door.signed(path, content_type, challenge).await;
            assert_eq!(
                told(response).await,
                (200, "3eZbrw1a".into()),
                "{path} {content_type}"
            );
        }
    }
    assert_eq!(door.handed(), []);

    // A command is one whatever the header says; of equal keys the first counts.
    let twice = format!("{COMMAND}&text=other&user_id=UEVIL");
    assert_eq!(
        door.signed("/slack/commands", "application/json", twice)
            .await
            .status(),
        200
    );
    let [Inbound::Command(command)] = &door.handed()[..] else {
        panic!("not one command")
    };
    assert_eq!(
        (command.user.as_str(), command.text.as_str()),
        ("U1", "help")
    );
}

#[tokio::test]
async fn other_methods_and_paths_are_not_served() {
    let door = Door::open().await;
    for path in ["/slack/commands", "/slack/interactions", "/slack/events"] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let request = door
                .client
                .request(method.clone(), format!("{}{path}", door.url));
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), 405, "{method} {path}");
            assert_eq!(response.headers()["allow"], "POST");
        }
    }
    assert_eq!(door.signed("/metrics", FORM, "").await.status(), 405);
    assert_eq!(door.get("/slack").await.status(), 404);
}

#[tokio::test]
async fn answers_keep_their_form() {
    let door = Door::with(Duration::from_secs(30), |inbound| async move {
        match inbound {
            Inbound::Command(_) => Answer::Text("words".into()),
            Inbound::Submission(_) => {
                Answer::Json(json!({"response_action": "errors", "errors": {"title": "why"}}))
            }
            _ => Answer::Empty,
        }
    })
    .await;
    let response = door.signed("/slack/commands", FORM, COMMAND).await;
    assert_eq!(
        response.headers()["content-type"],
        "text/plain; charset=utf-8"
    );
    assert_eq!(told(response).await, (200, "words".into()));

    let submission = json!({"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1"}, "view": {"id": "V1"}});
    let response = door
        .signed("/slack/interactions", FORM, payload(&submission))
        .await;
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(
        response.json::<Value>().await.unwrap()["errors"]["title"],
        "why"
    );

    let event = json!({"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": {"type": "app_uninstalled"}});
    let response = door
        .signed("/slack/events", "application/json", event.to_string())
        .await;
    assert_eq!(told(response).await, (200, String::new()));
}

#[tokio::test]
async fn work_that_takes_long_is_answered_in_time_and_goes_on() {
    let release = Arc::new(Notify::new());
    let (finished, mut finishes) = mpsc::unbounded_channel();
    let gate = release.clone();
    let door = Door::with(Duration::from_millis(50), move |_| {
        let (gate, finished) = (gate.clone(), finished.clone());
        async move {
            gate.notified().await;
            finished.send(()).unwrap();
            Answer::Empty
        }
    })
    .await;
    let (status, words) = told(door.signed("/slack/commands", FORM, COMMAND).await).await;
    assert_eq!(status, 200);
    assert!(words.starts_with("Still working on it"), "{words}");

    let profile = UserProfile {
        user: UserId::new("U1"),
        locale: Some("zh-CN".into()),
        deleted: false,
        is_bot: false,
        name: "alice".into(),
    };
    door.people.apply(&Event::UserChanged(profile));
    let (_, words) = told(door.signed("/slack/commands", FORM, COMMAND).await).await;
    assert!(words.starts_with("还在处理中"), "{words}");

    // A form would stay open with a plain answer.
    let submission = json!({"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U2"}, "view": {"id": "V1"}});
    let response = door
        .signed("/slack/interactions", FORM, payload(&submission))
        .await;
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["response_action"], "update");
    assert!(
        answer["view"]["blocks"][0]["text"]["text"]
            .as_str()
            .unwrap()
            .starts_with("Still working")
    );

    // Slack delivers an event again that got no good answer, and by then it may be known that it was kept.
    let event = json!({"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": {
        "type": "app_mention", "channel": "C1", "user": "U1", "text": "<@UB> ack", "ts": "1.1"
    }});
    let response = door
        .signed("/slack/events", "application/json", event.to_string())
        .await;
    assert_eq!(told(response).await, (503, String::new()));

    // Of the words that answer a click nobody sees any, and the button would look as if it had worked.
    let click = json!({
        "type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U2"}, "channel": {"id": "C1"},
        "response_url": "https://hooks.slack.com/actions/T1/1/x", "trigger_id": "1.2.ticket",
        "actions": [{"action_id": "ack", "value": "{}", "action_ts": "1.2"}]
    });
    let response = door
        .signed("/slack/interactions", FORM, payload(&click))
        .await;
    assert_eq!(told(response).await, (503, String::new()));

    for _ in 0..5 {
        release.notify_one();
        finishes.recv().await.unwrap();
    }
}

#[tokio::test]
async fn a_panic_behind_the_door_is_answered_with_words() {
    let door = Door::with(Duration::from_secs(30), |inbound| async move {
        match inbound {
            Inbound::Command(_) | Inbound::Click(_) => panic!("a rule was broken"),
            _ => Answer::Text("alive".into()),
        }
    })
    .await;
    let (status, words) = told(door.signed("/slack/commands", FORM, COMMAND).await).await;
    assert_eq!(status, 200);
    assert!(words.starts_with("Something went wrong"), "{words}");
    assert!(!words.contains("rule"), "{words}");
    let click = json!({"type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U1"}, "actions": [{"action_id": "a"}]});
    let response = door
        .signed("/slack/interactions", FORM, payload(&click))
        .await;
    // Slack shows nobody the words of an answer to a click, and marks the button of one that failed.
    assert_eq!(told(response).await, (503, String::new()));
    let submission = json!({"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U2"}, "view": {"id": "V1"}});
    let response = door
        .signed("/slack/interactions", FORM, payload(&submission))
        .await;
    assert_eq!(told(response).await, (200, "alive".into()));
}

#[tokio::test]
async fn readiness_names_what_is_stuck() {
    log();
    let clock = ManualClock::at(Time::from_timestamp(NOW_S, 0).unwrap());
    let store_up = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let up = store_up.clone();
    let probe = move || -> std::pin::Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>> {
        let up = up.load(std::sync::atomic::Ordering::SeqCst);
        Box::pin(async move {
            anyhow::ensure!(up, "postgres://user:hunter2@db is gone");
            Ok(())
        })
    };
    let ready = Arc::new(Readiness::new(Box::new(probe)));
    let (_, url) = serve(http::probes(ready.clone(), Arc::new(clock.clone()))).await;
    let look = async |path: &str| told(reqwest::get(format!("{url}{path}")).await.unwrap()).await;

    ready.turned("outbox", clock.now());
    assert_eq!(look("/readyz").await, (200, "ready\n".into()));
    clock.advance(chrono::Duration::seconds(60));
    ready.turned("wakes", clock.now());
    assert_eq!(look("/readyz").await, (200, "ready\n".into()));
    clock.advance(chrono::Duration::seconds(1));
    assert_eq!(
        look("/readyz").await,
        (503, "outbox: no turn for 61 s\n".into())
    );
    ready.turned("outbox", clock.now());
    store_up.store(false, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(
        look("/readyz").await,
        (503, "store: does not answer\n".into())
    );
    assert_eq!(look("/healthz").await, (200, "ok\n".into()));
}

#[tokio::test]
async fn no_secret_is_in_any_answer_or_log_line() {
    let door = Door::open().await;
    let right = sign(SECRET, NOW_S, COMMAND.as_bytes());
    let wrong = sign("another secret", NOW_S, COMMAND.as_bytes());
    let mut said = String::new();
    for headers in [
        vec![("x-slack-signature", wrong.as_str())],
        vec![],
        vec![("x-slack-signature", right.as_str())],
    ] {
        let response = door
            .post("/slack/commands", FORM, COMMAND.into(), &headers)
            .await;
        said += &format!("{:?}", response.headers());
        said += &response.text().await.unwrap();
    }
    said += &door.get("/metrics").await.text().await.unwrap();
    let logged = String::from_utf8(log().0.lock().unwrap().clone()).unwrap();
    assert!(
        logged.contains("a request is not from Slack"),
        "the log is captured"
    );
    // The test's own HTTP client logs what it sends; only the bot's lines count.
    said.extend(logged.lines().filter(|line| line.contains("balefire")));
    for secret in [SECRET, &right[3..], "1.2.ticket"] {
        assert!(!said.contains(secret), "{secret} is in\n{said}");
    }
}

#[tokio::test]
async fn the_requests_of_slacks_own_sdks_are_understood() {
    let Some(requests) = reference("requests.jsonl") else {
        return;
    };
    let mut door = Door::open().await;
    let mut kinds = std::collections::BTreeMap::<String, usize>::new();
    for line in requests.lines() {
        let request: Value = serde_json::from_str(line).unwrap();
        let [name, content_type, body] =
            ["name", "content_type", "body"].map(|key| request[key].as_str().unwrap());
        for path in ["/slack/commands", "/slack/interactions", "/slack/events"] {
            assert_eq!(
                door.signed(path, content_type, body).await.status(),
                200,
                "{name} {path}"
            );
        }
        let inbound = balefire::slack::inbound::read(body.as_bytes());
        let handed = door.handed();
        match &inbound {
            Inbound::Unknown { what } => {
                let not_served = [
                    "message_action",
                    "block_suggestion",
                    "dialog_cancellation",
                    "workflow_step_edit",
                ];
                assert!(not_served.contains(&what.as_str()), "{name}: {what}");
                assert_eq!(handed, []);
            }
            Inbound::SslCheck | Inbound::UrlVerification { .. } => assert_eq!(handed, []),
            _ => assert_eq!(handed, vec![inbound.clone(); 3], "{name}"),
        }
        let kind = match &inbound {
            Inbound::Event(envelope) => match &envelope.event {
                Event::Other { kind } => format!("other {kind}"),
                event => format!("{event:?}")
                    .split([' ', '('])
                    .next()
                    .unwrap()
                    .to_owned(),
            },
            other => other.kind().to_owned(),
        };
        *kinds.entry(kind).or_default() += 1;
    }
    for kind in [
        "click",
        "submission",
        "ssl_check",
        "url_verification",
        "Message",
        "MessageEdited",
        "MessageDeleted",
        "AppMention",
        "ReactionAdded",
        "AppUninstalled",
        "TokensRevoked",
    ] {
        assert!(kinds.contains_key(kind), "{kind} is not among {kinds:?}");
    }
    let others: Vec<&str> = kinds
        .keys()
        .filter_map(|kind| kind.strip_prefix("other "))
        .collect();
    let of_no_interest = [
        "app_home_opened",
        "function_executed",
        "member_joined_channel",
        "member_left_channel",
        "message.file_share",
        "team_access_granted",
        "workflow_step_execute",
    ];
    assert_eq!(others, of_no_interest);
}

/// Slack's data: in `$BALEFIRE_SHARED/slack` or in `shared/slack` beside the project, or absent.
fn reference(name: &str) -> Option<String> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("BALEFIRE_SHARED").map_or_else(beside, PathBuf::from);
    std::fs::read_to_string(shared.join("slack").join(name)).ok()
}
