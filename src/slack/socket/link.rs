//! One socket, from the call that asks for it to its end.
//!
//! The rule: an envelope is acknowledged when what it asks for is committed, and no envelope waits for another. What
//! was not recorded is not acknowledged.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config,
};

use super::Timing;
use super::wire::{self, Envelope, Reason, Said};
use crate::slack::client::{CallError, SlackClient};
use crate::slack::inbound;
use crate::slack::reception::Reception;
use crate::telemetry;

/// The largest message that is read: more than any payload of Slack's, and little enough to be kept in memory.
const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The library's own 128 KiB would be most of what an idle bot needs.
const BUFFER_BYTES: usize = 16 * 1024;
/// Envelopes in work at once; beyond that nothing is read for a while, and Slack waits.
const IN_WORK_MAX: usize = 256;

/// Why a socket did not come about.
#[derive(Debug)]
pub(super) enum NotOpened {
    /// `apps.connections.open` did not give an address.
    Call(CallError),
    /// The address could not be connected to.
    Handshake(String),
    /// Slack did not say hello in time, or said something else.
    NoHello,
    /// Slack wants it gone before it began.
    Dismissed(Reason),
}

/// Why a socket is none any more, or soon will not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Slack said so, and keeps it for a while.
    Dismissed(Reason),
    /// The connection is gone.
    Closed,
    /// Nothing was heard for too long.
    Silent,
}

impl Ending {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Dismissed(reason) => reason.name(),
            Self::Closed => "closed",
            Self::Silent => "silent",
        }
    }
}

/// A socket that Slack has greeted.
pub(super) struct Link {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    timing: Timing,
    /// When a frame last came.
    heard_at: Instant,
    pinged: bool,
    work: JoinSet<Option<Value>>,
}

impl Link {
    /// Asks Slack for an address, connects to it and waits to be greeted.
    pub(super) async fn open(
        client: &SlackClient,
        tls: Connector,
        timing: Timing,
    ) -> Result<Self, NotOpened> {
        let address = client.open_connection().await.map_err(NotOpened::Call)?;
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER_BYTES)
            .write_buffer_size(0)
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX));
        let connecting = connect_async_tls_with_config(
            address.expose_secret(),
            Some(config),
            // Acknowledgements are small and urgent.
            true,
            Some(tls),
        );
        let late = |_| NotOpened::Handshake(format!("none within {:?}", timing.open_within));
        let (stream, _) = timeout(timing.open_within, connecting)
            .await
            .map_err(late)?
            .map_err(|error| NotOpened::Handshake(told(&error)))?;
        let mut link = Self {
            stream,
            timing,
            heard_at: Instant::now(),
            pinged: false,
            work: JoinSet::new(),
        };
        timeout(timing.open_within, link.greeted())
            .await
            .unwrap_or(Err(NotOpened::NoHello))?;
        Ok(link)
    }

    async fn greeted(&mut self) -> Result<(), NotOpened> {
        while let Some(Ok(frame)) = self.stream.next().await {
            let Message::Text(text) = frame else { continue };
            return match wire::read(&text) {
                Said::Hello { connections } => {
                    tracing::info!(connections, "a socket to Slack is open");
                    Ok(())
                }
                Said::Disconnect(reason) => Err(NotOpened::Dismissed(reason)),
                Said::Envelope(_) | Said::Nonsense => Err(NotOpened::NoHello),
            };
        }
        Err(NotOpened::NoHello)
    }

    /// Works until the connection ends, or until told to stop. Whoever listens to `ended` hears as soon as it is known
    /// that another socket is needed; this one goes on for as long as Slack keeps it.
    pub(super) async fn serve(
        mut self,
        reception: Reception,
        ended: oneshot::Sender<Ending>,
        mut stopped: watch::Receiver<bool>,
    ) {
        let mut ended = Some(ended);
        let mut tell = |ending: Ending| {
            if let Some(ended) = ended.take() {
                // Nobody listens any more when the whole bot ends.
                let _ = ended.send(ending);
            }
        };
        // How long Slack may keep a socket that it has dismissed.
        let mut until: Option<Instant> = None;
        let ending = loop {
            let look_at = self.look_at();
            let look_at = until.map_or(look_at, |until| until.min(look_at));
            tokio::select! {
                frame = self.stream.next(), if self.work.len() < IN_WORK_MAX => {
                    let Some(Ok(frame)) = frame else { break Some(Ending::Closed) };
                    let now = Instant::now();
                    // This process stood still: awake, it would have given the socket up. Of what lies about here Slack
                    // has said that nothing came of it, and by now it may have been asked for once more elsewhere.
                    if now >= self.heard_at + self.timing.silent_after {
                        break Some(Ending::Silent);
                    }
                    self.heard_at = now;
                    self.pinged = false;
                    match frame {
                        Message::Text(text) => {
                            if let Some(reason) = self.hear(&reception, &text) {
                                until = until.or(Some(Instant::now() + self.timing.linger));
                                tell(Ending::Dismissed(reason));
                            }
                        }
                        Message::Close(_) => break Some(Ending::Closed),
                        // The library answers pings by itself, at the next look at the stream.
                        _ => {}
                    }
                }
                Some(done) = self.work.join_next() => {
                    if let Ok(Some(acknowledgement)) = done
                        && !self.say(Message::text(acknowledgement.to_string())).await
                    {
                        break Some(Ending::Closed);
                    }
                }
                () = sleep_until(look_at) => {
                    let now = Instant::now();
                    if until.is_some_and(|until| now >= until) {
                        break Some(Ending::Closed);
                    }
                    if now >= self.heard_at + self.timing.silent_after {
                        break Some(Ending::Silent);
                    }
                    if !self.pinged && now >= self.heard_at + self.timing.ping_after {
                        self.pinged = true;
                        if !self.say(Message::Ping("Balefire".into())).await {
                            break Some(Ending::Closed);
                        }
                    }
                }
                () = told_to_stop(&mut stopped) => break None,
            }
        };
        if let Some(ending) = ending {
            tell(ending);
            if ending == Ending::Silent {
                return;
            }
        } else {
            self.finish().await;
        }
        // Whether Slack says good-bye, too, changes nothing.
        let _ = timeout(self.timing.farewell, self.stream.close(None)).await;
    }

    /// When something must be done though Slack says nothing.
    fn look_at(&self) -> Instant {
        let wait = if self.pinged {
            self.timing.silent_after
        } else {
            self.timing.ping_after
        };
        self.heard_at + wait
    }

    /// Returns why Slack wants the socket gone, if it does.
    fn hear(&mut self, reception: &Reception, text: &str) -> Option<Reason> {
        match wire::read(text) {
            Said::Envelope(envelope) => {
                self.work.spawn(answer(reception.clone(), envelope));
                None
            }
            Said::Disconnect(reason) => Some(reason),
            Said::Hello { .. } => None,
            Said::Nonsense => {
                telemetry::unknown_payload("socket.nonsense");
                None
            }
        }
    }

    async fn say(&mut self, message: Message) -> bool {
        // A peer that does not read must not hold up the rest for ever.
        let sent = timeout(self.timing.farewell, self.stream.send(message)).await;
        matches!(sent, Ok(Ok(())))
    }

    /// Acknowledges what is in work; reads nothing new.
    async fn finish(&mut self) {
        let finishing = async {
            while let Some(done) = self.work.join_next().await {
                let Ok(Some(acknowledgement)) = done else {
                    continue;
                };
                let message = Message::text(acknowledgement.to_string());
                if self.stream.send(message).await.is_err() {
                    return;
                }
            }
        };
        if timeout(self.timing.farewell, finishing).await.is_err() {
            tracing::warn!("a socket ended before everything was acknowledged");
        }
    }
}

async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    // An error means that nobody is left to tell us, which is as good.
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// Does what an envelope asks for. Returns what acknowledges it.
async fn answer(reception: Reception, envelope: Envelope) -> Option<Value> {
    let began = std::time::Instant::now();
    let Envelope {
        id,
        kind,
        payload,
        takes_payload,
        attempt,
    } = envelope;
    if attempt > 0 {
        tracing::info!(kind, attempt, "Slack delivers an envelope again");
    }
    let read = AssertUnwindSafe(|| inbound::read_envelope(&kind, payload));
    let (kind, answer) = reception.receive("socket", began, read).await;
    let acknowledgement = wire::acknowledgement(&id, takes_payload, answer);
    // As the same answer would be over HTTP.
    let status = if acknowledgement.is_some() { 200 } else { 503 };
    telemetry::acked("socket", kind, status, began.elapsed());
    acknowledgement
}

/// What can be said of an error without the address, which holds a ticket.
fn told(error: &Error) -> String {
    match error {
        Error::Http(response) => format!("HTTP status {}", response.status().as_u16()),
        Error::Io(error) => error.to_string(),
        Error::Tls(error) => error.to_string(),
        _ => "it is no WebSocket".to_owned(),
    }
}

/// How long a slow peer may take; see [`Timing`].
pub(super) const FAREWELL: Duration = Duration::from_secs(3);
