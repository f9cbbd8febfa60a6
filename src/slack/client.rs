//! The Web API, as far as we use it: one generic call for writes, one for reads, thin typed wrappers on top.
//!
//! slack-morphism carries the requests; its own methods are not used. They lose what we rely on: one number in the
//! metadata of one message fails a whole page of history, `conversations.replies` cannot ask for metadata, a null
//! `team` of an org-wide install fails the answer, and `conversations.unarchive` calls another method. Generic calls
//! and tolerant structs of our own have none of that, and the outbox can send what it kept as JSON.
//!
//! Nothing here repeats a call (slack-morphism's `max_retries` stays unset): only the outbox knows whether a call may
//! be made twice. Nothing here paces calls either. Every call ends within [`SlackClient::timeout`].
//! The token is in no error, log line or `Debug` output.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use slack_morphism::errors::{SlackClientApiError, SlackClientError};
use slack_morphism::hyper_tokio::{SlackClientHyperConnector, SlackHyperClient};
use slack_morphism::{SlackApiToken, SlackClientApiCallContext, SlackClientHttpConnector};
use url::Url;

use crate::slack::inbound::Ticket;

mod connection;
mod hello;
mod read;
mod write;

pub use hello::Hello;
pub use read::{Channel, Group, Page, SeenMessage, Stretch};

/// Stands for a method where an answer goes to the address that Slack gave for it.
pub const RESPOND: &str = "response_url";
/// Where Slack's own `response_url`s live.
const RESPONSE_HOSTS: [&str; 2] = ["hooks.slack.com", "hooks.slack-gov.com"];

/// What a call came to when it did not come to an answer that says `ok`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// No connection was made, so Slack has not heard of it.
    #[error("Slack could not be reached: {0}")]
    NotSent(String),
    /// 429. Blocks this method in this workspace, and nothing else.
    #[error("Slack asks to wait before calling again")]
    RateLimited {
        method: &'static str,
        retry_after: Option<Duration>,
    },
    /// It is not to be called yet: our own pace, kept so that Slack need not ask to wait.
    #[error("no turn yet, and in {wait:?} again")]
    NoTurn { wait: Duration },
    /// Slack understood and said no.
    #[error("Slack refused: {code}{}", shown(detail))]
    Refused {
        code: String,
        /// What Slack adds, such as the scope that is missing or the block that is wrong.
        detail: Option<String>,
    },
    /// An answer other than 200 and 429; below 500 it comes from something in between, or means a used-up URL.
    #[error("HTTP status {status} instead of an answer")]
    Http { status: u16 },
    /// It was sent, perhaps, and what became of it is not known.
    #[error("no answer that could be read: {0}")]
    NoAnswer(String),
    /// The URL is not one that we post to. Nothing was sent.
    #[error("not a URL of Slack's")]
    ForeignUrl,
}

impl CallError {
    /// Whether Slack said no with this error code.
    pub fn is_refusal(&self, said: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == said)
    }
}

fn shown(detail: &Option<String>) -> String {
    detail
        .as_ref()
        .map_or_else(String::new, |detail| format!(" ({detail})"))
}

/// Speaks to one workspace with one token. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct SlackClient {
    api: Url,
    // Its Debug shows the token's length only, ours shows nothing of it.
    token: Arc<SlackApiToken>,
    timeout: Duration,
    inner: Arc<SlackHyperClient>,
    /// For the one request whose response headers we need, see [`SlackClient::auth_test`].
    raw: legacy::Client<HttpsConnector<HttpConnector>, axum::body::Body>,
    /// Cursors of lists that Slack interrupted, see [`SlackClient::find_channel`].
    left_off: Arc<Mutex<BTreeMap<String, String>>>,
    /// Of channels that were to be made when Slack or our pace asked to wait, how many of their names others have.
    names_taken: Arc<Mutex<BTreeMap<String, u32>>>,
}

impl fmt::Debug for SlackClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlackClient")
            .field("api", &self.api.as_str())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl SlackClient {
    /// A client for the API at `api_url` (`https://slack.com/api`, or `http://…` of a local stand-in).
    ///
    /// # Errors
    /// When the URL is none, or TLS cannot be set up. The token is not checked here.
    pub fn new(api_url: &str, token: &SecretString, timeout: Duration) -> anyhow::Result<Self> {
        let api_url = api_url.trim_end_matches('/');
        let api = Url::parse(api_url).context("the URL of Slack's API cannot be read")?;
        anyhow::ensure!(
            matches!(api.scheme(), "https" | "http") && api.has_host(),
            "the URL of Slack's API must begin with https:// or http://"
        );
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        // A connection that cannot be made must end before the call does: then it is known that nothing was sent.
        tcp.set_connect_timeout(Some(timeout / 2));
        let https = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())
            .context("TLS cannot be set up")?
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let raw =
            legacy::Client::builder(hyper_util::rt::TokioExecutor::new()).build(https.clone());
        let connector = SlackClientHyperConnector::from(https).with_slack_api_url(api_url);
        Ok(Self {
            api,
            token: Arc::new(SlackApiToken::new(token.expose_secret().into())),
            timeout,
            inner: Arc::new(SlackHyperClient::new(connector)),
            raw,
            left_off: Arc::default(),
            names_taken: Arc::default(),
        })
    }

    /// How long a call may take; after that its outcome is unknown.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Calls a method that writes: POST with JSON. The answer is Slack's whole body, whose `ok` is true.
    ///
    /// # Errors
    /// See [`CallError`]; [`crate::slack::outcome::settle`] says what to do about one.
    pub async fn call(&self, method: &'static str, args: &Value) -> Result<Value, CallError> {
        named(method)?;
        let session = self.inner.open_session(&self.token);
        let call = session.http_session_api.http_post(method, args, None);
        self.within(method, call).await.and_then(confirmed)
    }

    /// Calls a method that reads: GET with the arguments in the query. Null arguments are left out, lists are joined
    /// by commas.
    ///
    /// # Errors
    /// See [`CallError`]. Reads may be repeated freely, within Slack's rates.
    pub async fn get(&self, method: &'static str, args: &Value) -> Result<Value, CallError> {
        named(method)?;
        let fields = args.as_object().into_iter().flatten();
        let query: Vec<(&str, Option<String>)> = fields
            .map(|(name, value)| (name.as_str(), query_text(value)))
            .collect();
        let session = self.inner.open_session(&self.token);
        let call = session.http_session_api.http_get(method, &query, None);
        self.within(method, call).await.and_then(confirmed)
    }

    /// Posts to a `response_url`, without the token.
    ///
    /// # Errors
    /// [`CallError::ForeignUrl`] for a URL that is neither Slack's nor on the API's own origin: what arrives from
    /// outside must not make the bot post into somebody's network. 404 means expired or used up (30 min, 5 uses).
    pub async fn respond(&self, response_url: &Ticket, message: &Value) -> Result<(), CallError> {
        let url = Url::parse(response_url.as_str()).map_err(|_| CallError::ForeignUrl)?;
        if !is_ours(&self.api, &url) {
            return Err(CallError::ForeignUrl);
        }
        let span = tracing::debug_span!("respond");
        let context = SlackClientApiCallContext {
            rate_control_params: None,
            token: None,
            tracing_span: &span,
            // Keeps the path, which is a right to speak, out of slack-morphism's log lines.
            is_sensitive_url: true,
        };
        let connector = &self.inner.http_api.connector;
        let answer: Value = self
            .within(RESPOND, connector.http_post_uri(url, message, context))
            .await?;
        // Slack answers with the bare text `ok`, which arrives here as an empty object.
        match answer.get("ok") {
            None => Ok(()),
            Some(_) => confirmed(answer).map(drop),
        }
    }

    /// How many names after this one are known to be others', since making a channel was interrupted; and from now on so
    /// many are.
    pub(super) fn names_taken(&self, name: &str, now: Option<u32>) -> u32 {
        let taken = self.names_taken.lock();
        let mut taken = taken.unwrap_or_else(PoisonError::into_inner);
        let before = match now {
            Some(now) => taken.insert(name.to_owned(), now),
            None => taken.remove(name),
        };
        before.unwrap_or_default()
    }

    async fn within<T>(
        &self,
        method: &'static str,
        call: impl Future<Output = Result<T, SlackClientError>>,
    ) -> Result<T, CallError> {
        match tokio::time::timeout(self.timeout, call).await {
            Ok(answer) => answer.map_err(|error| call_error(method, error)),
            Err(_) => Err(self.too_late()),
        }
    }

    fn too_late(&self) -> CallError {
        CallError::NoAnswer(format!("none within {:?}", self.timeout))
    }
}

/// A method's name as Slack writes them, so that a bad one cannot lead to another path of the API's host.
fn named(method: &str) -> Result<(), CallError> {
    let fits = method
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
    if fits && !method.contains("..") && !method.is_empty() {
        return Ok(());
    }
    Err(CallError::Refused {
        code: "unknown_method".into(),
        detail: None,
    })
}

/// Whether `url` belongs to Slack, or to the stand-in that plays Slack.
fn is_ours(api: &Url, url: &Url) -> bool {
    let anonymous = url.username().is_empty() && url.password().is_none();
    let slacks = url.scheme() == "https"
        && url.port().is_none()
        && url
            .host_str()
            .is_some_and(|host| RESPONSE_HOSTS.contains(&host));
    anonymous && (slacks || url.origin() == api.origin())
}

fn query_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => Some(
            items
                .iter()
                .filter_map(query_text)
                .collect::<Vec<_>>()
                .join(","),
        ),
        other => Some(other.to_string()),
    }
}

/// An answer that says `ok`. A page of some proxy arrives as an empty object, and proves nothing.
fn confirmed(answer: Value) -> Result<Value, CallError> {
    match answer["ok"].as_bool() {
        Some(true) => Ok(answer),
        Some(false) => Err(CallError::Refused {
            code: answer["error"].as_str().unwrap_or("unnamed").to_owned(),
            detail: detail(&answer),
        }),
        None => Err(CallError::NoAnswer("it does not say ok".into())),
    }
}

fn call_error(method: &'static str, error: SlackClientError) -> CallError {
    match error {
        SlackClientError::ApiError(SlackClientApiError {
            code,
            http_response_body,
            ..
        }) => {
            let body = http_response_body.unwrap_or_default();
            let answer: Value = serde_json::from_str(&body).unwrap_or_default();
            CallError::Refused {
                code,
                detail: detail(&answer),
            }
        }
        SlackClientError::RateLimitError(limit) => CallError::RateLimited {
            method,
            retry_after: limit.retry_after,
        },
        SlackClientError::HttpError(http) => CallError::Http {
            status: http.status_code.as_u16(),
        },
        SlackClientError::HttpProtocolError(protocol) => {
            let cause = protocol.cause;
            match cause.as_ref().and_then(|cause| cause.downcast_ref()) {
                Some(cause) => transport_error(cause),
                None => CallError::NoAnswer("the connection broke".into()),
            }
        }
        // The error quotes the body, which can hold what people wrote, so it is not passed on. The status is not in it:
        // a 429 that has neither a body nor a content type ends here too, and is looked into like any unknown.
        SlackClientError::ProtocolError(_) => {
            CallError::NoAnswer("it is no JSON that Slack writes".into())
        }
        SlackClientError::EndOfStream(_)
        | SlackClientError::SystemError(_)
        | SlackClientError::SocketModeProtocolError(_) => {
            CallError::NoAnswer("the connection broke".into())
        }
    }
}

fn transport_error(error: &legacy::Error) -> CallError {
    let mut reasons = vec![error.to_string()];
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        reasons.push(cause.to_string());
        source = cause.source();
    }
    let reason = reasons.join(": ");
    if error.is_connect() {
        CallError::NotSent(reason)
    } else {
        CallError::NoAnswer(reason)
    }
}

/// What Slack adds to a refusal: the scope that is missing, or the places in the blocks that are wrong.
fn detail(answer: &Value) -> Option<String> {
    const CHARS_MAX: usize = 300;
    if let Some(needed) = answer["needed"].as_str() {
        return Some(format!("needs {needed}"));
    }
    let messages = answer["response_metadata"]["messages"].as_array()?;
    let messages: Vec<&str> = messages.iter().filter_map(Value::as_str).collect();
    let joined: String = messages.join("; ").chars().take(CHARS_MAX).collect();
    Some(joined).filter(|joined| !joined.is_empty())
}

#[cfg(test)]
mod tests;
