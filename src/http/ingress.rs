//! Slack's deliveries: bounded, verified, read, handed to the door, answered in time.
//!
//! The rule: Slack waits three seconds and then shows an error of its own, so whatever happens behind the door, a
//! verified delivery gets a 200 with words in time. The work itself is never cut short by that.

use std::panic::catch_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use secrecy::SecretString;

use super::body;
use crate::clock::Clock;
use crate::slack::inbound::{self, Answer, Inbound};
use crate::slack::people::People;
use crate::slack::verify::{Unverified, verify};
use crate::telemetry;
use crate::words::say;

/// What is left of Slack's three seconds after the way there and back.
const ANSWER_WITHIN: Duration = Duration::from_millis(2_800);

/// The door that deliveries are handed to. It runs to its end even when Slack no longer waits.
pub type Handler =
    Arc<dyn Fn(Inbound) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync>;

/// What the handlers need.
#[derive(Clone)]
pub struct Ingress {
    secret: SecretString,
    clock: Arc<dyn Clock>,
    people: Arc<People>,
    handler: Handler,
    answer_within: Duration,
}

impl Ingress {
    /// Believes what is signed with `secret`; speaks each person's language as far as `people` knows it.
    pub fn new(
        secret: SecretString,
        clock: Arc<dyn Clock>,
        people: Arc<People>,
        handler: Handler,
    ) -> Self {
        Self {
            secret,
            clock,
            people,
            handler,
            answer_within: ANSWER_WITHIN,
        }
    }

    /// Answers within another time than the usual 2.8 s.
    pub fn answer_within(self, answer_within: Duration) -> Self {
        Self {
            answer_within,
            ..self
        }
    }

    /// The routes `/slack/commands`, `/slack/interactions` and `/slack/events`.
    pub fn router(self) -> Router {
        let at = |endpoint: &'static str| {
            post(
                move |State(ingress): State<Arc<Self>>, request: Request| async move {
                    ingress.receive(endpoint, request).await
                },
            )
        };
        Router::new()
            .route("/slack/commands", at("commands"))
            .route("/slack/interactions", at("interactions"))
            .route("/slack/events", at("events"))
            .with_state(Arc::new(self))
    }

    async fn receive(&self, endpoint: &'static str, request: Request) -> Response {
        let began = Instant::now();
        let (kind, response) = match self.verified(endpoint, request).await {
            // Should reading stumble after all, that is one delivery's trouble.
            Ok(body) => match catch_unwind(|| inbound::read(&body)) {
                Ok(inbound) => (inbound.kind(), self.answer(endpoint, inbound, began).await),
                Err(_) => {
                    tracing::error!(endpoint, "reading a delivery panicked");
                    (
                        "unknown",
                        text(say!(self.people.otherwise(), "ingress-broken")),
                    )
                }
            },
            Err(status) => ("refused", status.into_response()),
        };
        telemetry::acked(endpoint, kind, response.status().as_u16(), began.elapsed());
        response
    }

    async fn verified(
        &self,
        endpoint: &'static str,
        request: Request,
    ) -> Result<Vec<u8>, StatusCode> {
        let (parts, body) = request.into_parts();
        let body = body::read(&parts.headers, body).await?;
        let header = |name: &str| one_header(&parts.headers, name);
        let (timestamp, signature) = (
            header("x-slack-request-timestamp"),
            header("x-slack-signature"),
        );
        match verify(&self.secret, timestamp, signature, &body, self.clock.now()) {
            Ok(()) => Ok(body),
            Err(unverified) => {
                let reason = match unverified {
                    Unverified::Unsigned => "unsigned",
                    Unverified::Malformed => "malformed",
                    Unverified::Stale { .. } => "stale",
                    Unverified::Wrong => "wrong",
                };
                telemetry::rejected(reason);
                tracing::warn!(endpoint, %unverified, "a request is not from Slack, or the signing secret or the clock is wrong");
                Err(StatusCode::UNAUTHORIZED)
            }
        }
    }

    async fn answer(&self, endpoint: &'static str, inbound: Inbound, began: Instant) -> Response {
        match &inbound {
            Inbound::SslCheck => return StatusCode::OK.into_response(),
            Inbound::UrlVerification { challenge } => return text(challenge.clone()),
            Inbound::Unknown { what } => {
                telemetry::unknown_payload(what);
                tracing::info!(endpoint, what, "a delivery that is not served is ignored");
                // Whoever typed something is told; nobody looks at the answer to the rest.
                return match endpoint {
                    "commands" => text(say!(self.people.otherwise(), "ingress-unreadable")),
                    _ => StatusCode::OK.into_response(),
                };
            }
            _ => {}
        }
        let kind = inbound.kind();
        let language = inbound
            .user()
            .map_or(self.people.otherwise(), |user| self.people.language(user));
        let apology = inbound.apology();
        let handler = Arc::clone(&self.handler);
        // A task of its own goes on when the time is up or the connection is gone, and keeps a panic to itself.
        let mut work = tokio::spawn(async move { handler(inbound).await });
        let left = self.answer_within.saturating_sub(began.elapsed());
        match tokio::time::timeout(left, &mut work).await {
            Ok(Ok(answer)) => respond(answer),
            Ok(Err(panicked)) => {
                tracing::error!(endpoint, kind, %panicked, "a handler panicked");
                respond(apology.say(say!(language, "ingress-broken")))
            }
            Err(_) => {
                tracing::warn!(
                    endpoint,
                    kind,
                    "a handler takes longer than Slack waits; it goes on"
                );
                tokio::spawn(watch(endpoint, kind, work));
                respond(apology.say(say!(language, "ingress-late")))
            }
        }
    }
}

/// Sees work that nobody waits for to its end, so that its panic is not lost.
async fn watch(endpoint: &'static str, kind: &'static str, work: tokio::task::JoinHandle<Answer>) {
    if let Err(panicked) = work.await {
        tracing::error!(endpoint, kind, %panicked, "a handler panicked after its time was up");
    }
}

/// The header, when it is there once and is text. Two signatures would leave it open which one was meant.
fn one_header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

fn respond(answer: Answer) -> Response {
    match answer {
        Answer::Empty => StatusCode::OK.into_response(),
        Answer::Json(json) => axum::Json(json).into_response(),
        Answer::Text(words) => text(words),
        Answer::NotRecorded => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn text(words: String) -> Response {
    words.into_response()
}
