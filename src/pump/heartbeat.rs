//! A sign of life for a watcher elsewhere: one GET to a URL that only we and the watcher know. Whatever becomes of it
//! disturbs nothing here; the watcher's business is to notice that none came.

use std::fmt;
use std::time::Duration;

use anyhow::Context;
use axum::body::Body;
use axum::http::{StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use secrecy::{ExposeSecret, SecretString};

use crate::telemetry;

const WITHIN: Duration = Duration::from_secs(10);

/// Where the heartbeat goes. Whoever knows the URL can feign it, so it is shown nowhere.
pub struct Heartbeat {
    url: Uri,
    client: Client<HttpsConnector<HttpConnector>, Body>,
}

impl fmt::Debug for Heartbeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Heartbeat(…)")
    }
}

impl Heartbeat {
    /// Opens no connection yet.
    ///
    /// # Errors
    /// When the URL is none, or TLS cannot be set up.
    pub fn new(url: &SecretString) -> anyhow::Result<Self> {
        // The parser's own complaint does not repeat the URL.
        let url = url
            .expose_secret()
            .parse()
            .context("BALEFIRE_HEARTBEAT_URL is no address")?;
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(WITHIN / 2));
        let https = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())
            .context("TLS cannot be set up")?
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Ok(Self {
            url,
            client: Client::builder(TokioExecutor::new()).build(https),
        })
    }

    /// Sends one, once.
    pub async fn beat(&self) {
        let answer = tokio::time::timeout(WITHIN, self.client.get(self.url.clone())).await;
        let trouble = match answer {
            Ok(Ok(response)) if response.status().is_success() => {
                telemetry::heartbeat("sent");
                return;
            }
            Ok(Ok(response)) => told(response.status()),
            // What failed in detail can name the host, which is the watcher's secret as well as ours.
            Ok(Err(error)) if error.is_connect() => "no connection could be made".to_owned(),
            Ok(Err(_)) => "the connection broke".to_owned(),
            Err(_) => format!("no answer within {WITHIN:?}"),
        };
        telemetry::heartbeat("failed");
        tracing::warn!(
            trouble,
            "the heartbeat did not arrive; the next one is due in a minute"
        );
    }
}

fn told(status: StatusCode) -> String {
    format!("the answer was {}", status.as_u16())
}
