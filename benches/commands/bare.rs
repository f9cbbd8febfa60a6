//! The floor: what an HTTP request with Slack's signature costs before anything is done about it.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use balefire::clock::{Clock, SystemClock};
use balefire::slack::verify::verify;
use secrecy::SecretString;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::load::{Letter, Requests, SECRET};

pub struct Bare {
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Bare {
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let secret = Arc::new(SecretString::from(SECRET));
        let clock = SystemClock::default();
        let answer = move |headers: HeaderMap, body: Bytes| {
            let (secret, clock) = (Arc::clone(&secret), clock.clone());
            async move { answer(&secret, &clock, &headers, &body) }
        };
        let router = Router::new().route("/slack/commands", post(answer));
        let server = tokio::spawn(async move {
            axum::serve(listener, router)
                .await
                .expect("a listener that was bound goes on listening");
        });
        Ok(Self { address, server })
    }

    /// What the bot is asked, too.
    pub fn requests(&self) -> Requests {
        let letter = Letter::new(SystemClock::default());
        Requests {
            address: self.address,
            next: Arc::new(move |number| letter.command("list", number)),
            answered_with: "fine",
        }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn answer(
    secret: &SecretString,
    clock: &SystemClock,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let header = |name: &str| headers.get(name)?.to_str().ok();
    let (timestamp, signature) = (
        header("x-slack-request-timestamp"),
        header("x-slack-signature"),
    );
    match verify(secret, timestamp, signature, body, clock.now()) {
        Ok(_) => axum::Json(json!({"response_type": "ephemeral", "text": "fine"})).into_response(),
        Err(_) => StatusCode::UNAUTHORIZED.into_response(),
    }
}
