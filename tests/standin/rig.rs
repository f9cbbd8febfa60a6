//! A stand-in on a free port, a clock that stands still, and a bot that answers what it is told to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use balefire::standin::api::methods;
use balefire::standin::{Listening, Options, Rates, StandIn};
use serde_json::{Value, json};

pub const TOKEN: &str = "xoxb-test";
pub const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
/// 2026-11-20 09:00:00 UTC.
pub const START_S: i64 = 1_795_165_200;

/// What the bot was sent.
#[derive(Clone, Debug)]
pub struct Heard {
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Heard {
    pub fn form(&self) -> BTreeMap<String, String> {
        serde_urlencoded::from_str(&self.body).expect("commands and interactions are forms")
    }

    pub fn payload(&self) -> Value {
        serde_json::from_str(&self.form()["payload"]).expect("a payload is JSON")
    }

    pub fn event(&self) -> Value {
        serde_json::from_str(&self.body).expect("events are JSON")
    }
}

#[derive(Clone, Default)]
struct Script {
    heard: Arc<Mutex<Vec<Heard>>>,
    answers: Arc<Mutex<VecDeque<(u16, String)>>>,
}

pub struct Rig {
    pub stand_in: StandIn,
    pub url: String,
    now_ms: Arc<AtomicI64>,
    script: Script,
    pub http: reqwest::Client,
    _listening: Listening,
}

impl Rig {
    /// No speed limits: most tests are about something else.
    pub async fn start() -> Self {
        Self::with(|options| options.rates = Rates::Off).await
    }

    pub async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let now_ms = Arc::new(AtomicI64::new(START_S * 1000));
        let (reads, jumps) = (now_ms.clone(), now_ms.clone());
        let clock = Arc::new(move || reads.load(Ordering::SeqCst));
        let mut options = Options::new(clock, SECRET, TOKEN);
        options.on_jump = Some(Arc::new(move |ms| {
            jumps.fetch_add(ms, Ordering::SeqCst);
        }));
        // A loaded machine must not look like a slow bot.
        options.answer_within = std::time::Duration::from_secs(60);
        change(&mut options);
        let stand_in = StandIn::new(options);
        let script = Script::default();
        let bot = Router::new()
            .route("/slack/{door}", post(answer))
            .with_state(script.clone());
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a free loopback port");
        let address = listener.local_addr().expect("it is bound");
        tokio::spawn(async move { axum::serve(listener, bot).await });
        stand_in.set_bot_url(Some(&format!("http://{address}")));
        let listening = stand_in.listen().await.expect("a free loopback port");
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client without TLS");
        Self {
            url: listening.url.clone(),
            stand_in,
            now_ms,
            script,
            http,
            _listening: listening,
        }
    }

    pub fn advance_s(&self, seconds: i64) {
        self.now_ms.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    /// What the bot says next time; without it, an empty 200.
    pub fn bot_will_answer(&self, status: u16, body: &Value) {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.script
            .answers
            .lock()
            .expect("no test panics here")
            .push_back((status, body));
    }

    /// What the bot has heard since the last time.
    pub fn heard(&self) -> Vec<Heard> {
        std::mem::take(&mut *self.script.heard.lock().expect("no test panics here"))
    }

    /// The events the bot has heard since the last time, as `type/subtype`.
    pub async fn heard_events(&self) -> Vec<Value> {
        self.stand_in.settle().await;
        self.heard()
            .iter()
            .filter(|heard| heard.path == "events")
            .map(Heard::event)
            .collect()
    }

    /// A raw call: HTTP status, `Retry-After`, body. `Err` when the connection was cut.
    pub async fn raw(
        &self,
        method: &str,
        args: &Value,
    ) -> Result<(u16, Option<u64>, Value), reqwest::Error> {
        let request = self
            .http
            .post(format!("{}/api/{method}", self.url))
            .bearer_auth(TOKEN);
        let request = request
            .header("content-type", "application/json; charset=utf-8")
            .body(args.to_string());
        let response = request.send().await?;
        let status = response.status().as_u16();
        let retry = response
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.parse().ok());
        Ok((status, retry, response.json().await?))
    }

    /// A call that gets an answer. A code that Slack does not document for the method fails the test.
    pub async fn call(&self, method: &str, args: Value) -> Value {
        let (_, _, body) = self.raw(method, &args).await.expect("an answer");
        if let (Some(code), Some(method)) = (body["error"].as_str(), methods::find(method)) {
            assert!(method.may_say(code), "{} answered {code}", method.name);
        }
        body
    }

    /// A call that must succeed.
    pub async fn ok(&self, method: &str, args: Value) -> Value {
        let body = self.call(method, args.clone()).await;
        assert_eq!(body["ok"], json!(true), "{method} {args}: {body}");
        body
    }

    /// The code a call is refused with; `ok` when it is not.
    pub async fn code(&self, method: &str, args: Value) -> String {
        let body = self.call(method, args).await;
        body["error"].as_str().unwrap_or("ok").to_owned()
    }

    /// Posts as the bot and hands the `ts` back.
    pub async fn post(&self, args: Value) -> String {
        self.ok("chat.postMessage", args).await["ts"]
            .as_str()
            .expect("a post has a ts")
            .to_owned()
    }

    /// A plain HTTP request, for what is not the Web API.
    pub async fn http(&self, path: &str, body: Option<&Value>) -> (u16, String) {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.url)
        };
        let request = match body {
            Some(body) => self
                .http
                .post(url)
                .header("content-type", "application/json")
                .body(body.to_string()),
            None => self.http.get(url),
        };
        let response = request.send().await.expect("an answer");
        (
            response.status().as_u16(),
            response.text().await.expect("a body"),
        )
    }
}

async fn answer(
    State(script): State<Script>,
    Path(door): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let headers = headers
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
    let heard = Heard {
        path: door.clone(),
        headers: headers.collect(),
        body,
    };
    script
        .heard
        .lock()
        .expect("no test panics here")
        .push(heard);
    // Events are answered with an empty 200 unless the script is about them.
    let next = script
        .answers
        .lock()
        .expect("no test panics here")
        .pop_front();
    match next {
        Some((status, body)) if !body.is_empty() => {
            let status = StatusCode::from_u16(status).expect("a status");
            (status, [("content-type", "application/json")], body).into_response()
        }
        Some((status, _)) => StatusCode::from_u16(status)
            .expect("a status")
            .into_response(),
        None => StatusCode::OK.into_response(),
    }
}

/// The fields of both; `more` wins.
pub fn merged(mut into: Value, more: Value) -> Value {
    into.as_object_mut()
        .expect("an object")
        .extend(more.as_object().expect("an object").clone());
    into
}

/// A section block with this text.
pub fn section(text: &str) -> Value {
    json!({"type": "section", "text": {"type": "mrkdwn", "text": text}})
}
