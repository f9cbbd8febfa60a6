//! What the stand-in sends to the bot, by HTTP and signed or over a socket: one after another, and events again when
//! they were not answered.

use std::collections::VecDeque;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::faults::Fault;
use super::world::{APP, BOT_USER, TEAM, World};
use super::{StandIn, lock};

/// Slack tries an event again after these many milliseconds: at once, after a minute, after five.
const RETRY_AFTER_MS: [i64; 3] = [0, 60_000, 300_000];

/// An event on its way.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    event_id: String,
    kind: String,
    body: Value,
    attempt: u8,
    due_ms: i64,
    reason: &'static str,
}

/// What happened to one attempt to deliver an event.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// Stays the same when the event comes again.
    pub event_id: String,
    /// The event's type.
    pub kind: String,
    /// What somebody said, of an event that tells of it.
    pub text: Option<String>,
    /// 0 for the first attempt.
    pub attempt: u8,
    /// The bot's HTTP status, 200 for an envelope that was acknowledged; None: no answer in time, or nobody there.
    pub status: Option<u16>,
}

/// Events that wait.
#[derive(Default)]
pub(super) struct Queue {
    now: VecDeque<Envelope>,
    later: Vec<Envelope>,
    working: bool,
    delivered: Vec<Delivered>,
}

impl Queue {
    /// When the next event is tried again.
    pub(super) fn due_at(&self) -> Option<i64> {
        self.later.iter().map(|envelope| envelope.due_ms).min()
    }
}

/// The bot's answer.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) status: u16,
    pub(super) json: bool,
    pub(super) body: String,
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    TimedOut,
    Unreachable,
}

impl StandIn {
    /// Signs a body as Slack does, at the world's clock. Returns the timestamp and the signature.
    pub fn sign(&self, body: &str) -> (String, String) {
        let timestamp = self.with(|world| world.now_s()).to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(self.inner.options.signing_secret.as_bytes())
            .expect("HMAC takes a key of any length");
        mac.update(format!("v0:{timestamp}:{body}").as_bytes());
        let signature = format!("v0={}", hex::encode(mac.finalize().into_bytes()));
        (timestamp, signature)
    }

    /// Tells the bot, by whichever way the app's settings say. `target` is `commands`, `interactions` or `events`.
    pub(super) async fn to_bot(
        &self,
        target: &str,
        payload: &Value,
        retry: Option<(u8, &str)>,
        fault: Option<Fault>,
    ) -> Result<Heard, Lost> {
        match fault {
            None | Some(Fault::Redeliver | Fault::AcceptThenDrop | Fault::AcceptThen500) => {}
            Some(Fault::HttpError(status)) => {
                return Ok(Heard {
                    status,
                    json: false,
                    body: String::new(),
                });
            }
            Some(Fault::Slow { ms }) => tokio::time::sleep(Duration::from_millis(ms)).await,
            // On the way to the bot every other misbehaviour comes to the same: it never gets there.
            Some(_) => return Err(Lost::TimedOut),
        }
        let heard = if self.with(|world| world.socket_mode) {
            self.over_socket(target, payload, retry).await?
        } else {
            self.by_http(target, payload, retry).await?
        };
        match fault {
            Some(Fault::AcceptThenDrop) => Err(Lost::TimedOut),
            Some(Fault::AcceptThen500) => Ok(Heard {
                status: 500,
                ..heard
            }),
            _ => Ok(heard),
        }
    }

    async fn by_http(
        &self,
        target: &str,
        payload: &Value,
        retry: Option<(u8, &str)>,
    ) -> Result<Heard, Lost> {
        let (content_type, body) = encoded(target, payload);
        let url = lock(&self.inner.settings)
            .bot_url
            .clone()
            .ok_or(Lost::Unreachable)?;
        let (timestamp, signature) = self.sign(&body);
        let mut request = self
            .inner
            .http
            .post(format!("{url}/slack/{target}"))
            .header("content-type", content_type)
            .header("user-agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
            .header("x-slack-request-timestamp", timestamp)
            .header("x-slack-signature", signature)
            .body(body);
        if let Some((number, reason)) = retry {
            request = request
                .header("x-slack-retry-num", number.to_string())
                .header("x-slack-retry-reason", reason);
        }
        let failed = |error: reqwest::Error| {
            if error.is_timeout() {
                Lost::TimedOut
            } else {
                Lost::Unreachable
            }
        };
        let response = request.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let kind = response
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok());
        let json = kind.is_some_and(|kind| kind.starts_with("application/json"));
        Ok(Heard {
            status,
            json,
            body: response.text().await.map_err(failed)?,
        })
    }

    /// Puts events into the queue, in order, and sees that somebody works it off.
    pub(super) fn enqueue(&self, world: &mut World, events: Vec<Value>) {
        let now_s = world.now_s();
        let envelopes: Vec<Envelope> = events
            .into_iter()
            .map(|event| {
                let number = world.next_number();
                let event_id = format!("Ev0{number:07}");
                let kind = event["type"].as_str().unwrap_or_default().to_owned();
                let body = json!({
                    "token": "verification-token", "team_id": TEAM, "context_team_id": TEAM,
                    "context_enterprise_id": null, "api_app_id": APP, "event": event, "type": "event_callback",
                    "event_id": event_id, "event_time": now_s,
                    "authorizations": [{"enterprise_id": null, "team_id": TEAM, "user_id": BOT_USER, "is_bot": true,
                        "is_enterprise_install": false}],
                    "is_ext_shared_channel": false, "event_context": format!("4-{event_id}"),
                });
                Envelope { event_id, kind, body, attempt: 0, due_ms: 0, reason: "" }
            })
            .collect();
        let mut queue = lock(&self.inner.queue);
        queue.now.extend(envelopes);
        self.work(&mut queue);
    }

    fn work(&self, queue: &mut Queue) {
        if queue.working || queue.now.is_empty() {
            return;
        }
        // Outside a runtime nobody can deliver yet; whoever settles or turns next will.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        queue.working = true;
        let stand_in = self.clone();
        runtime.spawn(async move { stand_in.work_off().await });
    }

    async fn work_off(self) {
        loop {
            let next = {
                let mut queue = lock(&self.inner.queue);
                let next = queue.now.pop_front();
                queue.working = next.is_some();
                next
            };
            let Some(envelope) = next else { break };
            self.deliver(envelope).await;
        }
        self.inner.idle.notify_waiters();
    }

    async fn deliver(&self, envelope: Envelope) {
        let retry = (envelope.attempt > 0).then_some((envelope.attempt, envelope.reason));
        let fault = self.with(|world| world.faults.take("events"));
        let again = fault == Some(Fault::Redeliver);
        let outcome = self.to_bot("events", &envelope.body, retry, fault).await;
        self.note(&envelope, envelope.attempt, &outcome);
        if again {
            let repeated = self
                .to_bot(
                    "events",
                    &envelope.body,
                    Some((1, self.late_reason())),
                    None,
                )
                .await;
            self.note(&envelope, 1, &repeated);
        }
        let reason = match &outcome {
            Ok(heard) if (200..300).contains(&heard.status) => return,
            _ if self.with(|world| world.socket_mode) => self.late_reason(),
            Ok(_) => "http_error",
            Err(Lost::TimedOut) => self.late_reason(),
            Err(Lost::Unreachable) => "connection_failed",
        };
        let Some(wait_ms) = RETRY_AFTER_MS.get(usize::from(envelope.attempt)) else {
            return;
        };
        let due_ms = self.with(|world| world.now_ms) + wait_ms;
        let attempt = envelope.attempt + 1;
        lock(&self.inner.queue).later.push(Envelope {
            attempt,
            due_ms,
            reason,
            ..envelope
        });
    }

    /// Slack's word for an event that was not answered in time.
    fn late_reason(&self) -> &'static str {
        if self.with(|world| world.socket_mode) {
            "timeout"
        } else {
            "http_timeout"
        }
    }

    fn note(&self, envelope: &Envelope, attempt: u8, outcome: &Result<Heard, Lost>) {
        let status = outcome.as_ref().ok().map(|heard| heard.status);
        let note = Delivered {
            event_id: envelope.event_id.clone(),
            kind: envelope.kind.clone(),
            text: envelope.body["event"]["text"].as_str().map(str::to_owned),
            attempt,
            status,
        };
        lock(&self.inner.queue).delivered.push(note);
    }

    /// Every attempt to deliver an event so far.
    pub fn delivered(&self) -> Vec<Delivered> {
        lock(&self.inner.queue).delivered.clone()
    }

    /// How many events wait to be tried again.
    pub fn waiting_events(&self) -> usize {
        lock(&self.inner.queue).later.len()
    }

    pub(super) async fn redeliver_due(&self) -> usize {
        let now_ms = self.with(|world| world.now_ms);
        let count = {
            let mut queue = lock(&self.inner.queue);
            let (due, later): (Vec<Envelope>, Vec<Envelope>) = std::mem::take(&mut queue.later)
                .into_iter()
                .partition(|envelope| envelope.due_ms <= now_ms);
            queue.later = later;
            let count = due.len();
            queue.now.extend(due);
            self.work(&mut queue);
            count
        };
        self.until_idle().await;
        count
    }

    pub(super) async fn until_idle(&self) {
        loop {
            let idle = self.inner.idle.notified();
            tokio::pin!(idle);
            // Registered before looking, so that a worker which ends in between is not missed.
            idle.as_mut().enable();
            {
                let mut queue = lock(&self.inner.queue);
                self.work(&mut queue);
                if !queue.working && queue.now.is_empty() {
                    return;
                }
            }
            idle.await;
        }
    }
}

/// The content type and the body that a payload has on its way by HTTP.
fn encoded(target: &str, payload: &Value) -> (&'static str, String) {
    let form = "application/x-www-form-urlencoded";
    match target {
        "events" => ("application/json", payload.to_string()),
        "interactions" => {
            let body = serde_urlencoded::to_string([("payload", payload.to_string())]);
            (form, body.expect("a pair of strings always makes a form"))
        }
        _ => {
            let body = serde_urlencoded::to_string(payload.as_object());
            (form, body.expect("a command's fields are strings"))
        }
    }
}
