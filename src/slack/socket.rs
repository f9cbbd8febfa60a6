//! Socket Mode: Slack's deliveries over a WebSocket that we open, so that no address of ours need be public.
//!
//! The rule: there is always one socket that Slack has greeted. When Slack announces that it will refresh it, a second
//! one is opened first, and the old one is read to its end, so that nothing is missed in between. Envelopes take the
//! same way as deliveries by HTTP ([`super::inbound`], then [`super::reception`]); here is only what is a socket's own.

mod link;
mod pace;
mod reach;
mod state;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use hyper_rustls::ConfigBuilderExt;
use rustls::ClientConfig;
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_tungstenite::Connector;

use crate::clock::Clock;
use crate::slack::client::{CallError, SlackClient};
use crate::slack::outcome::passes;
use crate::slack::reception::Reception;
use crate::telemetry;
use link::{Ending, Link, NotOpened};
use pace::{Pace, Went};
use wire::Reason;

pub use pace::{OPENS_MAX, WINDOW};
pub use reach::{Reached, reach};
pub use state::{SocketState, Standing};

/// How patient we are with a socket, by the machine's clock.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// For the connection, and again for Slack's greeting.
    pub open_within: Duration,
    /// After this much silence we ask whether anybody is there.
    pub ping_after: Duration,
    /// After this much silence nobody is. Slack itself pings every few seconds.
    pub silent_after: Duration,
    /// How long a socket that Slack has dismissed is read on, if Slack does not close it before.
    pub linger: Duration,
    /// For what is in work when the bot is told to stop, for a slow write, and for a good-bye.
    pub farewell: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            open_within: Duration::from_secs(10),
            ping_after: Duration::from_secs(10),
            silent_after: Duration::from_secs(25),
            linger: Duration::from_secs(60),
            farewell: link::FAREWELL,
        }
    }
}

/// How a socket's host has to show who it is.
fn tls() -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_webpki_roots()
        .with_no_client_auth();
    Ok(Arc::new(tls))
}

/// Keeps a socket open.
pub struct Socket {
    client: SlackClient,
    tls: Connector,
    reception: Reception,
    state: Arc<SocketState>,
    clock: Arc<dyn Clock>,
    bell: Notify,
    timing: Timing,
    pace: tokio::sync::Mutex<Pace>,
}

impl Socket {
    /// `client` calls with the app-level token (`xapp-…`).
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(
        client: SlackClient,
        reception: Reception,
        clock: Arc<dyn Clock>,
        timing: Timing,
    ) -> anyhow::Result<Self> {
        let tls = tls().context("TLS cannot be set up")?;
        Ok(Self {
            client,
            tls: Connector::Rustls(tls),
            reception,
            state: Arc::default(),
            clock,
            bell: Notify::new(),
            timing,
            pace: tokio::sync::Mutex::default(),
        })
    }

    /// How it stands with the sockets.
    pub fn state(&self) -> &Arc<SocketState> {
        &self.state
    }

    /// The clock may have been moved: what waits for it looks again.
    pub fn look_again(&self) {
        self.bell.notify_one();
    }

    /// Keeps a socket open until `stopped` says true, then finishes what is in work.
    pub async fn run(&self, mut stopped: watch::Receiver<bool>) {
        let mut links = JoinSet::new();
        let heard = stopped.clone();
        tokio::select! {
            () = self.keep_open(&mut links, &heard) => {}
            _ = stopped.wait_for(|stop| *stop) => {}
        }
        // Each has heard it, too, and ends soon.
        while links.join_next().await.is_some() {}
    }

    async fn keep_open(&self, links: &mut JoinSet<()>, stopped: &watch::Receiver<bool>) {
        // One that panicked and begins again has opened as many sockets as before.
        let mut pace = self.pace.lock().await;
        loop {
            self.until_due(&mut pace).await;
            pace.opening(self.clock.now());
            let opened = Link::open(&self.client, self.tls.clone(), self.timing).await;
            let went = match opened {
                Ok(link) => {
                    telemetry::socket_opened("connected");
                    let began = Instant::now();
                    let (ended, ending) = oneshot::channel();
                    let open = self.state.opened(self.clock.now());
                    let serving = link.serve(self.reception.clone(), ended, stopped.clone());
                    links.spawn(async move {
                        serving.await;
                        drop(open);
                    });
                    // A link that panicked is as good as closed.
                    let ending = ending.await.unwrap_or(Ending::Closed);
                    self.ended(ending, began.elapsed())
                }
                Err(why) => self.not_opened(&why),
            };
            while links.try_join_next().is_some() {}
            pace.went(went, self.clock.now(), fastrand::f64());
        }
    }

    async fn until_due(&self, pace: &mut Pace) {
        loop {
            let now = self.clock.now();
            let at = pace.next_at(now);
            if at <= now {
                self.state.waits_until(None);
                return;
            }
            self.state.waits_until(Some(at));
            let wait = (at - now).to_std().unwrap_or_default();
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.bell.notified() => {}
            }
        }
    }

    fn ended(&self, ending: Ending, lived: Duration) -> Went {
        telemetry::socket_ended(ending.name());
        let lived_s = lived.as_secs();
        match ending {
            Ending::Dismissed(reason) => self.dismissed(reason, lived),
            Ending::Closed | Ending::Silent => {
                let why = match ending {
                    Ending::Silent => "Slack fell silent",
                    _ => "the connection ended",
                };
                tracing::warn!(lived_s, "{why}; another socket is opened");
                self.state.troubled(why);
                Went::Lost { lived }
            }
        }
    }

    fn dismissed(&self, reason: Reason, lived: Duration) -> Went {
        match reason {
            Reason::Warning | Reason::RefreshRequested | Reason::Other => {
                tracing::info!(
                    reason = reason.name(),
                    "Slack refreshes a socket; another one is opened"
                );
                Went::Renewed { lived }
            }
            Reason::TooManyWebsockets => {
                tracing::warn!(
                    "Slack allows ten sockets for one app, and ten others are open; stop what else runs with this app's token. It is tried again later"
                );
                self.state
                    .troubled("ten other sockets of this app are open");
                Went::Crowded
            }
            Reason::LinkDisabled => {
                tracing::error!(
                    "Socket Mode is switched off in the app's settings; switch it on at api.slack.com/apps under “Socket Mode”, or unset SLACK_APP_TOKEN and give Slack the request URLs of manifest.yml. It is tried again every few minutes"
                );
                self.state
                    .troubled("Socket Mode is switched off in the app's settings");
                Went::Disabled
            }
        }
    }

    fn not_opened(&self, why: &NotOpened) -> Went {
        let (outcome, why, went) = match why {
            NotOpened::Dismissed(reason) => {
                telemetry::socket_opened(reason.name());
                return match self.dismissed(*reason, Duration::ZERO) {
                    // It was none yet: that is trouble, and no refresh.
                    Went::Renewed { lived } => {
                        self.state.troubled("Slack dismisses every socket at once");
                        Went::Lost { lived }
                    }
                    other => other,
                };
            }
            NotOpened::Call(CallError::RateLimited { retry_after, .. }) => {
                let retry_after = *retry_after;
                let why = "Slack asks to wait before another socket is opened".to_owned();
                ("rate_limited", why, Went::RateLimited { retry_after })
            }
            NotOpened::Call(error @ CallError::Refused { code, .. }) if !passes(error) => {
                tracing::error!(
                    code,
                    "Slack gives no socket; SLACK_APP_TOKEN must be an app-level token (xapp-…) with connections:write, and Socket Mode switched on at api.slack.com/apps. It is tried again later"
                );
                self.state.troubled(&format!("Slack gives none: {code}"));
                telemetry::socket_opened("refused");
                return Went::Refused;
            }
            NotOpened::Call(error) => ("unreachable", error.to_string(), Went::Unreachable),
            NotOpened::Handshake(why) => {
                let why = format!("the connection failed: {why}");
                ("unreachable", why, Went::Unreachable)
            }
            NotOpened::NoHello => {
                let why = "Slack did not say hello".to_owned();
                ("no_hello", why, Went::Unreachable)
            }
        };
        telemetry::socket_opened(outcome);
        tracing::warn!(why, "no socket to Slack; it is tried again");
        self.state.troubled(&why);
        went
    }
}
