//! Slack's deliveries by HTTP: bounded, verified, and handed to the reception, which answers in time.
//!
//! The rule: nothing is read before its signature holds, and a verified delivery always gets a 200 with words, but for
//! an event that could not be recorded, which Slack is to deliver again, and for such a click, which it marks as failed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use secrecy::SecretString;

use super::body;
use crate::clock::{Clock, Time};
use crate::slack::inbound::{self, Answer};
use crate::slack::people::People;
pub use crate::slack::reception::Handler;
use crate::slack::reception::Reception;
use crate::slack::verify::{Unverified, verify};
use crate::telemetry;

/// What the handlers need.
#[derive(Clone)]
pub struct Ingress {
    secret: SecretString,
    clock: Arc<dyn Clock>,
    reception: Reception,
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
            reception: Reception::new(people, handler),
        }
    }

    /// Answers within another time than the usual 2.8 s.
    pub fn answer_within(self, answer_within: Duration) -> Self {
        Self {
            reception: self.reception.answer_within(answer_within),
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
            Ok((body, signed_at)) => {
                let waited = self.clock.now() - signed_at;
                let read = || inbound::read(&body).after(waited);
                let (kind, answer) = self.reception.receive(endpoint, began, read).await;
                (kind, respond(answer))
            }
            Err(status) => ("refused", status.into_response()),
        };
        telemetry::acked(endpoint, kind, response.status().as_u16(), began.elapsed());
        response
    }

    /// The body, and when Slack signed it.
    async fn verified(
        &self,
        endpoint: &'static str,
        request: Request,
    ) -> Result<(Vec<u8>, Time), StatusCode> {
        let (parts, body) = request.into_parts();
        let body = body::read(&parts.headers, body).await?;
        let header = |name: &str| one_header(&parts.headers, name);
        let (timestamp, signature) = (
            header("x-slack-request-timestamp"),
            header("x-slack-signature"),
        );
        match verify(&self.secret, timestamp, signature, &body, self.clock.now()) {
            Ok(signed_at) => Ok((body, signed_at)),
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
        Answer::Text(words) => words.into_response(),
        Answer::Failed => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
