//! Socket Mode: what would be posted to the bot comes over a WebSocket that the bot opened, each envelope over any one
//! of those that are open, and counts as answered when its `envelope_id` comes back.
//!
//! Slack's documentation does not say what is made of a bad ticket or of a nonsensical acknowledgement; here the first
//! is a 403, and the second is ignored and kept in [`StandIn::socket_complaints`].

use std::collections::{BTreeMap, HashMap};

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use super::api::Outcome;
use super::deliver::{Heard, Lost};
use super::faults::Fault;
use super::world::{APP, World};
use super::{StandIn, lock};

/// How many sockets an app may have open at once.
pub const CONNECTIONS_MAX: usize = 10;
/// How long a URL of `apps.connections.open` can be used, once. Slack says only that it is temporary.
const TICKET_MS: i64 = 30_000;
/// How long Slack keeps a socket, roughly, as its `hello` says.
const CONNECTION_S: i64 = 18_060;
/// How long before the end Slack warns.
const WARNING_MS: i64 = 10_000;

/// The sockets that are open, and what was sent and not yet acknowledged.
#[derive(Default)]
pub(super) struct Sockets {
    open: Vec<Line>,
    /// Connections that are kept and say nothing any more.
    silenced: Vec<mpsc::UnboundedSender<Order>>,
    waiting: HashMap<String, Awaited>,
    last_id: u64,
    /// How many envelopes there were. Not a number of the world's: by whichever way things come, they are called the same.
    envelopes: u64,
    /// Whose turn it is.
    next: usize,
    complaints: Vec<String>,
}

struct Line {
    id: u64,
    orders: mpsc::UnboundedSender<Order>,
    opened_ms: i64,
    warned_ms: Option<i64>,
    /// How often the bot asked whether anybody is there.
    pings: u32,
}

/// An envelope on its way.
struct Awaited {
    line: u64,
    takes_payload: bool,
    answer: oneshot::Sender<Heard>,
}

enum Order {
    Say(Value),
    /// Ends as WebSockets should.
    Close,
    /// The connection is gone without a word.
    Cut,
    /// The connection stays, and nothing is said or read any more.
    Silence,
}

/// `apps.connections.open`.
pub(super) fn open(world: &mut World) -> Outcome {
    if !world.socket_mode {
        return Err("forbidden_team".into());
    }
    world.tickets_given += 1;
    let number = world.tickets_given;
    let ticket = format!(
        "{number:08x}-{:016x}",
        number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    );
    world.tickets.insert(ticket.clone(), world.now_ms);
    // `http` becomes `ws`, and `https` becomes `wss`.
    let base = world.base_url.replacen("http", "ws", 1);
    Ok(json!({"url": format!("{base}/link/?ticket={ticket}&app_id={APP}")}))
}

pub(super) fn router() -> Router<StandIn> {
    Router::new().route("/link/", any(link))
}

async fn link(
    State(stand_in): State<StandIn>,
    Query(query): Query<BTreeMap<String, String>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let ticket = query.get("ticket").cloned().unwrap_or_default();
    let good = stand_in.with(|world| {
        let made_ms = world.tickets.remove(&ticket);
        made_ms.is_some_and(|made_ms| world.now_ms <= made_ms + TICKET_MS)
    });
    if !good {
        return StatusCode::FORBIDDEN.into_response();
    }
    upgrade.on_upgrade(move |socket| stand_in.hold(socket))
}

fn disconnect(reason: &str) -> Value {
    json!({"type": "disconnect", "reason": reason, "debug_info": {"host": "standin"}})
}

async fn say(socket: &mut WebSocket, what: &Value) -> bool {
    socket
        .send(Message::Text(what.to_string().into()))
        .await
        .is_ok()
}

impl StandIn {
    /// One socket, from the handshake to its end.
    async fn hold(self, mut socket: WebSocket) {
        let (now_ms, fault) = self.with(|world| (world.now_ms, world.faults.take("sockets")));
        match fault {
            None => {}
            Some(Fault::Code(reason)) => {
                say(&mut socket, &disconnect(&reason)).await;
                return;
            }
            // No greeting: Slack keeps the connection, and that is all.
            Some(Fault::Hang) => {
                while socket.recv().await.is_some_and(|frame| frame.is_ok()) {}
                return;
            }
            Some(_) => return,
        }
        let (orders, mut inbox) = mpsc::unbounded_channel();
        let Some((id, connections)) = self.enter(orders, now_ms) else {
            say(&mut socket, &disconnect("too_many_websockets")).await;
            return;
        };
        let hello = json!({
            "type": "hello", "num_connections": connections, "connection_info": {"app_id": APP},
            "debug_info": {"host": "standin", "build_number": 1, "approximate_connection_time": CONNECTION_S},
        });
        let mut pings = tokio::time::interval(self.inner.options.ping_every);
        if say(&mut socket, &hello).await {
            self.inner.sockets_changed.notify_waiters();
            loop {
                let goes_on = tokio::select! {
                    order = inbox.recv() => match order {
                        Some(Order::Say(what)) => say(&mut socket, &what).await,
                        Some(Order::Silence) => {
                            while let Some(Order::Say(_) | Order::Silence) = inbox.recv().await {}
                            false
                        }
                        Some(Order::Close) => {
                            let _ = socket.send(Message::Close(None)).await;
                            false
                        }
                        Some(Order::Cut) | None => false,
                    },
                    frame = socket.recv() => match frame {
                        Some(Ok(Message::Text(text))) => {
                            self.acknowledged(id, &text);
                            true
                        }
                        Some(Ok(Message::Ping(_))) => {
                            self.pinged(id);
                            true
                        }
                        Some(Ok(Message::Close(_)) | Err(_)) | None => false,
                        Some(Ok(_)) => true,
                    },
                    _ = pings.tick() => {
                        socket.send(Message::Ping("Ping from the stand-in".into())).await.is_ok()
                    }
                };
                if !goes_on {
                    break;
                }
            }
        }
        self.leave(id);
    }

    fn enter(&self, orders: mpsc::UnboundedSender<Order>, now_ms: i64) -> Option<(u64, usize)> {
        let mut sockets = lock(&self.inner.sockets);
        if sockets.open.len() >= CONNECTIONS_MAX {
            return None;
        }
        sockets.last_id += 1;
        let id = sockets.last_id;
        sockets.open.push(Line {
            id,
            orders,
            opened_ms: now_ms,
            warned_ms: None,
            pings: 0,
        });
        Some((id, sockets.open.len()))
    }

    fn leave(&self, id: u64) {
        let mut sockets = lock(&self.inner.sockets);
        sockets.open.retain(|line| line.id != id);
        // Whoever waits for an acknowledgement from there waits in vain.
        sockets.waiting.retain(|_, awaited| awaited.line != id);
        drop(sockets);
        self.inner.sockets_changed.notify_waiters();
    }

    /// Sends an envelope over one of the open sockets and waits for its acknowledgement.
    pub(super) async fn over_socket(
        &self,
        target: &str,
        payload: &Value,
        retry: Option<(u8, &str)>,
    ) -> Result<Heard, Lost> {
        let kind = match target {
            "commands" => "slash_commands",
            "interactions" => "interactive",
            _ => "events_api",
        };
        // A click is answered by a `response_url`, a form in the acknowledgement.
        let takes_payload = kind == "slash_commands" || payload["type"] == "view_submission";
        let envelope_id = {
            let mut sockets = lock(&self.inner.sockets);
            sockets.envelopes += 1;
            format!("00000000-0000-4000-a000-{:012x}", sockets.envelopes)
        };
        let mut envelope = json!({"envelope_id": envelope_id, "type": kind, "payload": payload,
            "accepts_response_payload": takes_payload});
        if kind == "events_api" {
            let (attempt, reason) = retry.unwrap_or((0, ""));
            envelope["retry_attempt"] = json!(attempt);
            envelope["retry_reason"] = json!(reason);
        }
        let (answer, heard) = oneshot::channel();
        {
            let mut sockets = lock(&self.inner.sockets);
            if sockets.open.is_empty() {
                return Err(Lost::Unreachable);
            }
            let turn = sockets.next % sockets.open.len();
            sockets.next = sockets.next.wrapping_add(1);
            let line = sockets.open[turn].id;
            // One that is just ending forgets this envelope when it leaves.
            let _ = sockets.open[turn].orders.send(Order::Say(envelope));
            let awaited = Awaited {
                line,
                takes_payload,
                answer,
            };
            sockets.waiting.insert(envelope_id.clone(), awaited);
        }
        let outcome = tokio::time::timeout(self.inner.options.answer_within, heard).await;
        lock(&self.inner.sockets).waiting.remove(&envelope_id);
        match outcome {
            Ok(Ok(heard)) => Ok(heard),
            Ok(Err(_)) | Err(_) => Err(Lost::TimedOut),
        }
    }

    fn acknowledged(&self, line: u64, text: &str) {
        let given: Value = serde_json::from_str(text).unwrap_or(Value::Null);
        let mut sockets = lock(&self.inner.sockets);
        let complaint = match given["envelope_id"].as_str() {
            None => Some(format!("no envelope_id: {text:.200}")),
            Some(id) => match sockets.waiting.remove(id) {
                None => Some(format!("nothing waits for an acknowledgement of {id}")),
                Some(awaited) if awaited.line != line => {
                    Some(format!("{id} came over another socket"))
                }
                Some(awaited) => {
                    let payload = given.get("payload").filter(|payload| !payload.is_null());
                    let unasked = payload.is_some() && !awaited.takes_payload;
                    // Whoever waited may have gone just now.
                    let _ = awaited.answer.send(Heard {
                        status: 200,
                        json: payload.is_some(),
                        body: payload.map(Value::to_string).unwrap_or_default(),
                    });
                    unasked.then(|| format!("{id} takes no payload"))
                }
            },
        };
        sockets.complaints.extend(complaint);
    }

    /// The sockets that are open now, oldest first.
    pub fn sockets(&self) -> Vec<u64> {
        let sockets = lock(&self.inner.sockets);
        sockets.open.iter().map(|line| line.id).collect()
    }

    /// Waits until the open sockets are as wanted.
    pub async fn until_sockets(&self, wanted: impl Fn(&[u64]) -> bool) -> Vec<u64> {
        loop {
            let changed = self.inner.sockets_changed.notified();
            tokio::pin!(changed);
            // Registered before looking, so that no change is missed.
            changed.as_mut().enable();
            let open = self.sockets();
            if wanted(&open) {
                return open;
            }
            changed.await;
        }
    }

    fn pinged(&self, id: u64) {
        let mut sockets = lock(&self.inner.sockets);
        if let Some(line) = sockets.open.iter_mut().find(|line| line.id == id) {
            line.pings += 1;
        }
        drop(sockets);
        self.inner.sockets_changed.notify_waiters();
    }

    /// How often the bot has asked over a socket whether anybody is there.
    pub fn pings(&self, id: u64) -> u32 {
        let sockets = lock(&self.inner.sockets);
        let line = sockets.open.iter().find(|line| line.id == id);
        line.map_or(0, |line| line.pings)
    }

    /// What was wrong with acknowledgements so far.
    pub fn socket_complaints(&self) -> Vec<String> {
        lock(&self.inner.sockets).complaints.clone()
    }

    fn order(&self, id: u64, order: Order) {
        let sockets = lock(&self.inner.sockets);
        if let Some(line) = sockets.open.iter().find(|line| line.id == id) {
            let _ = line.orders.send(order);
        }
    }

    /// Says `disconnect` over a socket: `warning`, `refresh_requested`, `link_disabled` or `too_many_websockets`. It
    /// stays open until it is closed.
    pub fn tell_socket(&self, id: u64, reason: &str) {
        self.order(id, Order::Say(disconnect(reason)));
    }

    /// Says anything over a socket, as Slack may one day.
    pub fn say_over_socket(&self, id: u64, what: Value) {
        self.order(id, Order::Say(what));
    }

    /// Closes a socket as WebSockets should be.
    pub fn close_socket(&self, id: u64) {
        self.order(id, Order::Close);
    }

    /// The connection is gone without a word.
    pub fn cut_socket(&self, id: u64) {
        self.order(id, Order::Cut);
    }

    /// The connection stays, and Slack neither speaks nor listens on it any more. Envelopes go elsewhere.
    pub fn silence_socket(&self, id: u64) {
        let mut sockets = lock(&self.inner.sockets);
        if let Some(at) = sockets.open.iter().position(|line| line.id == id) {
            let line = sockets.open.remove(at);
            let _ = line.orders.send(Order::Silence);
            // A dropped end would close the connection.
            sockets.silenced.push(line.orders);
        }
        drop(sockets);
        self.inner.sockets_changed.notify_waiters();
    }

    /// Switches Socket Mode on or off, as in the app's settings; what is open is told so and closed.
    pub fn set_socket_mode(&self, on: bool) {
        self.with(|world| world.socket_mode = on);
        if !on {
            for id in self.sockets() {
                self.tell_socket(id, "link_disabled");
                self.close_socket(id);
            }
        }
    }

    /// Warns sockets whose time is nearly over, and ends those whose time is. Returns how many.
    pub(super) fn refresh_due(&self) -> usize {
        let now_ms = self.with(|world| world.now_ms);
        let mut sockets = lock(&self.inner.sockets);
        let mut told = 0;
        for line in &mut sockets.open {
            match line.warned_ms {
                None if now_ms >= line.opened_ms + CONNECTION_S * 1000 - WARNING_MS => {
                    line.warned_ms = Some(now_ms);
                    let _ = line.orders.send(Order::Say(disconnect("warning")));
                }
                Some(warned_ms) if now_ms >= warned_ms + WARNING_MS => {
                    let _ = line
                        .orders
                        .send(Order::Say(disconnect("refresh_requested")));
                    let _ = line.orders.send(Order::Close);
                }
                _ => continue,
            }
            told += 1;
        }
        told
    }
}
