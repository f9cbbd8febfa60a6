//! The composition root: every spawn, loop, interval and signal of the bot is in here.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use axum::Router;
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::app::steps::Steps;
use crate::app::{App, Bell, Bells, inbound};
use crate::clock::{Clock, SystemClock, Time};
use crate::config::{Config, Door};
use crate::http::ready::Readiness;
use crate::http::{self, Ingress};
use crate::pump::heartbeat::Heartbeat;
use crate::pump::{attended, audit, gauges, outbox, sweep, wakes};
use crate::slack::client::SlackClient;
use crate::slack::reception::{Handler, Reception};
use crate::slack::socket::{self, Socket};
use crate::store::Store;
use crate::telemetry;

mod workplace;

pub use workplace::find_workplace;
use workplace::settle_in;

/// How long a pump waits for its bell before it looks by itself.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A pump that goes on failing says so this often.
const OUTAGE_SAID_EVERY: Duration = Duration::from_secs(600);
/// What is due but cannot be done (a lane that another replica holds, say) must not make a pump spin.
const SHORTEST_PAUSE: Duration = Duration::from_millis(20);
/// How long SIGTERM leaves to the pumps: a call of ours takes ten seconds at most.
const FAREWELL: Duration = Duration::from_secs(15);
const LAST_ANSWERS: Duration = Duration::from_secs(3);
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);
const AUDIT_EVERY: Duration = Duration::from_secs(60);
const GAUGES_EVERY: Duration = Duration::from_secs(10);

/// The bot, with its pumps running.
pub struct Bot {
    app: Arc<App>,
    router: Router,
    socket: Option<Arc<Socket>>,
    pumps: JoinSet<()>,
    stop: watch::Sender<bool>,
}

/// `balefire serve`.
///
/// # Errors
/// When the database or the address cannot be had.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("BALEFIRE_LISTEN: {} cannot be listened on", config.listen))?;
    let bot = start(config, Arc::new(SystemClock::default())).await?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    let router = bot.router();
    bot.run(listener, router).await
}

/// The bot, put together and with nothing running yet.
pub struct Parts {
    pub app: Arc<App>,
    /// What HTTP serves: probes, and unless everything comes over a socket, Slack's deliveries.
    pub router: Router,
    pub readiness: Arc<Readiness>,
    /// In Socket Mode.
    pub socket: Option<Arc<Socket>>,
}

/// Opens the store and puts together what HTTP needs, see [`assemble`].
///
/// # Errors
/// See [`assemble`].
pub async fn build(
    config: Config,
    clock: Arc<dyn Clock>,
    steps: Steps,
) -> anyhow::Result<(Arc<App>, Router, Arc<Readiness>)> {
    let parts = assemble(config, clock, steps).await?;
    Ok((parts.app, parts.router, parts.readiness))
}

/// Opens the store and puts the bot together.
///
/// # Errors
/// When the database cannot be opened, or a client cannot be built.
pub async fn assemble(
    config: Config,
    clock: Arc<dyn Clock>,
    steps: Steps,
) -> anyhow::Result<Parts> {
    let store = Store::open(config.database_url.expose_secret()).await?;
    let timeout = Duration::from_secs(outbox::CALL_TIMEOUT_S.unsigned_abs());
    let slack = SlackClient::new(&config.slack.api_url, &config.slack.bot_token, timeout)?;
    let mut app = App::new(store, Arc::clone(&clock), config.settings, slack);
    app.steps = steps;
    app.heartbeat = config
        .heartbeat_url
        .as_ref()
        .map(Heartbeat::new)
        .transpose()?;
    let app = Arc::new(app);
    let asked = Arc::clone(&app);
    let mut readiness = Readiness::new(Box::new(move || {
        let app = Arc::clone(&asked);
        Box::pin(async move { app.ask_store().await })
    }));
    let door = Arc::clone(&app);
    let handler: Handler = Arc::new(move |inbound, left| {
        let app = Arc::clone(&door);
        Box::pin(async move {
            let _visit = app.visits.begin();
            inbound::receive(&app, inbound, left).await
        })
    });
    let mut socket = None;
    // Either door, not both: in Socket Mode Slack posts nothing, so whatever else does is not Slack.
    let deliveries = match config.slack.door {
        Door::Socket { app_token } => {
            let client = SlackClient::new(&config.slack.api_url, &app_token, timeout)?;
            let reception = Reception::new(Arc::clone(&app.people), handler);
            let timing = socket::Timing::default();
            let opened = Socket::new(client, reception, Arc::clone(&clock), timing)?;
            let state = Arc::clone(opened.state());
            readiness = readiness.and(Box::new(move || state.complaint()));
            socket = Some(Arc::new(opened));
            Router::new()
        }
        Door::Http { signing_secret } => {
            let people = Arc::clone(&app.people);
            Ingress::new(signing_secret, Arc::clone(&clock), people, handler).router()
        }
    };
    let readiness = Arc::new(readiness);
    let router = deliveries.merge(http::probes(Arc::clone(&readiness), clock));
    if socket.is_some() {
        // Without Socket Mode there is no such number, so that nobody is alarmed by a 0.
        telemetry::sockets_open(0);
    }
    Ok(Parts {
        app,
        router,
        readiness,
        socket,
    })
}

/// Builds the bot and sets its pumps going.
///
/// # Errors
/// See [`build`].
pub async fn start(config: Config, clock: Arc<dyn Clock>) -> anyhow::Result<Bot> {
    start_with_steps(config, clock, Steps::default()).await
}

/// The same with steps that something happens at.
///
/// # Errors
/// See [`build`].
pub async fn start_with_steps(
    config: Config,
    clock: Arc<dyn Clock>,
    steps: Steps,
) -> anyhow::Result<Bot> {
    let Parts {
        app,
        router,
        readiness,
        socket,
    } = assemble(config, clock, steps).await?;
    let (stop, stopped) = watch::channel(false);
    let mut pumps = JoinSet::new();
    let shared = (Arc::clone(&app), readiness, stopped.clone());
    pumps.spawn(kept("workplace", shared.clone(), |(app, _, stopped)| {
        settle_in(app, stopped)
    }));
    pumps.spawn(kept(
        "gauges",
        shared.clone(),
        |(app, readiness, stopped)| keep_gauges(app, readiness, stopped),
    ));
    pumps.spawn(kept(
        "audit",
        shared.clone(),
        |(app, readiness, stopped)| keep_auditing(app, readiness, stopped),
    ));
    if let Some(socket) = socket.clone() {
        pumps.spawn(kept(
            "socket",
            (socket, stopped),
            |(socket, stopped)| async move {
                socket.run(stopped).await;
            },
        ));
    }
    for pump in PUMPS {
        pumps.spawn(kept(
            pump.name,
            shared.clone(),
            move |(app, readiness, stopped)| pump.run(app, readiness, stopped),
        ));
    }
    Ok(Bot {
        app,
        router,
        socket,
        pumps,
        stop,
    })
}

impl Bot {
    /// What handlers and pumps share.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// In Socket Mode, what keeps the socket.
    pub fn socket(&self) -> Option<&Arc<Socket>> {
        self.socket.as_ref()
    }

    /// The routes that Slack and the operator call.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Serves until SIGTERM or Ctrl+C, then finishes what is in flight.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn run(self, listener: TcpListener, router: Router) -> anyhow::Result<()> {
        self.run_until(listener, router, told_to_stop()).await
    }

    /// The same, until this comes.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn run_until(
        self,
        listener: TcpListener,
        router: Router,
        told: impl Future<Output = ()> + Send + 'static,
    ) -> anyhow::Result<()> {
        let Self {
            app, pumps, stop, ..
        } = self;
        let mut stopped = stop.subscribe();
        tokio::spawn(async move {
            told.await;
            tracing::info!("finishing what is in flight");
            let _ = stop.send(true);
        });
        let mut ending = stopped.clone();
        let server = axum::serve(listener, router).with_graceful_shutdown(async move {
            let _ = ending.wait_for(|stop| *stop).await;
        });
        let server = tokio::spawn(async move { server.await });
        let _ = stopped.wait_for(|stop| *stop).await;
        let ended = async {
            pumps.join_all().await;
            app.sends.finished().await
        };
        if !matches!(tokio::time::timeout(FAREWELL, ended).await, Ok(Ok(()))) {
            tracing::warn!("a pump was cut off; what it was about to do is done at the next start");
        }
        // Slack waits three seconds for an answer; a browser would hold its connection for ever. Who was told that
        // their order still goes on is not there any more, but the order is.
        let (served, over) = tokio::join!(
            tokio::time::timeout(LAST_ANSWERS, server),
            tokio::time::timeout(LAST_ANSWERS, app.visits.over())
        );
        if over.is_err() {
            tracing::warn!("an order was cut off; what it did not record is not done");
        }
        if let Ok(served) = served {
            served
                .context("the server's task died")?
                .context("the server failed")?;
        }
        drop(app);
        Ok(())
    }
}

type Turn<T> = Pin<Box<dyn Future<Output = anyhow::Result<T>> + Send>>;

type NextAt = fn(Arc<App>) -> Turn<Option<Time>>;

/// What is turned, and when it is turned again.
#[derive(Clone, Copy)]
struct Pump {
    name: &'static str,
    turn: fn(Arc<App>) -> Turn<usize>,
    bell: fn(&Bells) -> &Bell,
    /// When there will be something to do, as far as the store knows: one short question, so that a bell that rang for
    /// nothing costs no more. None: nobody can say, so it turns to find out.
    next_at: Option<NextAt>,
    /// How long it waits for that or for its bell before it looks by itself.
    every: Duration,
}

const PUMPS: [Pump; 3] = [
    Pump {
        name: "outbox",
        turn: |app| Box::pin(async move { outbox::turn(&app).await }),
        bell: |bells| &bells.outbox,
        next_at: Some(|app| Box::pin(async move { outbox::next_at(&app).await })),
        every: LOOK_EVERY,
    },
    Pump {
        name: "wakes",
        turn: |app| Box::pin(async move { wakes::turn(&app).await }),
        bell: |bells| &bells.wakes,
        next_at: Some(|app| Box::pin(async move { wakes::next_at(&app).await })),
        every: LOOK_EVERY,
    },
    Pump {
        name: "sweep",
        turn: |app| Box::pin(async move { sweep::turn(&app).await }),
        bell: |bells| &bells.sweep,
        next_at: None,
        every: SWEEP_EVERY,
    },
];

const AUDIT: Pump = Pump {
    name: "audit",
    // Nothing it finds is gone when it looks again at once.
    turn: |app| Box::pin(async move { audit::turn(&app).await.map(|_| 0) }),
    bell: |bells| &bells.sweep,
    next_at: None,
    every: AUDIT_EVERY,
};

/// Failures in a row are one outage: it is said when it begins, every ten minutes, and when it is over.
#[derive(Default)]
struct Outage {
    began: Option<Instant>,
    said: Option<Instant>,
}

impl Outage {
    fn goes_on(&mut self, pump: &'static str, error: &anyhow::Error) {
        let now = Instant::now();
        let began = *self.began.get_or_insert(now);
        if self.said.is_some_and(|said| now - said < OUTAGE_SAID_EVERY) {
            return;
        }
        self.said = Some(now);
        tracing::error!(
            pump,
            error = format!("{error:#}"),
            failing_for_s = (now - began).as_secs(),
            "a pump's turn failed; it is tried again every second"
        );
    }

    fn is_over(&mut self, pump: &'static str) {
        if let Some(began) = self.began.take() {
            self.said = None;
            tracing::info!(
                pump,
                failed_for_s = began.elapsed().as_secs(),
                "a pump turns again"
            );
        }
    }
}

impl Pump {
    /// Turns until there is nothing to do, then waits until there may be.
    async fn run(
        self,
        app: Arc<App>,
        readiness: Arc<Readiness>,
        mut stopped: watch::Receiver<bool>,
    ) {
        let mut outage = Outage::default();
        // One that looks every hour would seem stuck.
        let is_watched = self.every == LOOK_EVERY;
        let turns = || {
            if is_watched {
                readiness.turned(self.name, app.clock.now());
            }
        };
        // One that never comes to the end of a turn is missed, too.
        if is_watched {
            readiness.expect(self.name, app.clock.now());
        }
        while !*stopped.borrow() {
            let turned = self.turn_once(&app).await;
            if turned.is_ok() {
                outage.is_over(self.name);
                telemetry::pump_turned(self.name, app.clock.now());
                turns();
            }
            let pause = match turned {
                Ok(None) => continue,
                Ok(Some(pause)) => pause,
                Err(error) => {
                    outage.goes_on(self.name, &error);
                    // A bell that rings now must not turn a failing pump in a circle.
                    tokio::time::sleep(LOOK_EVERY).await;
                    continue;
                }
            };
            tokio::select! {
                () = (self.bell)(&app.bells).rung() => {}
                () = tokio::time::sleep(pause) => {}
                _ = stopped.changed() => {}
            }
        }
    }

    /// How long to pause; none: there was something to do, and there may be more.
    async fn turn_once(&self, app: &Arc<App>) -> anyhow::Result<Option<Duration>> {
        let mut pause = self.every;
        if let Some(next_at) = self.next_at {
            let bell = (self.bell)(&app.bells);
            bell.looks();
            let next_at = next_at(Arc::clone(app)).await?;
            let now = app.clock.now();
            let wait = next_at.map(|at| (at - now).to_std().unwrap_or_default());
            pause = wait.unwrap_or(self.every).clamp(SHORTEST_PAUSE, self.every);
            if wait != Some(Duration::ZERO) {
                bell.looks_again_at(now + pause);
                return Ok(Some(pause));
            }
        }
        // In a task of its own, so that a panic ends this turn and not the pump.
        let turn = tokio::spawn((self.turn)(Arc::clone(app)));
        let done = turn
            .await
            .map_err(|_| anyhow::anyhow!("the turn panicked"))??;
        Ok((done == 0).then_some(pause))
    }
}

/// Runs what must go on until the bot stops. Should it panic, it begins again: nobody would notice half a bot, and its
/// other half would be cut off at the end.
async fn kept<S: Clone, F: Future<Output = ()>>(
    task: &'static str,
    shared: S,
    run: impl Fn(S) -> F,
) {
    loop {
        let run = run(shared.clone());
        let ended = attended(async {
            run.await;
            Ok(())
        });
        if ended.await.is_ok() {
            break;
        }
        tracing::error!(task, "a task panicked; it begins again");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Measures how things are, and folds the samples of histograms, which pile up while nobody asks for them.
async fn keep_gauges(app: Arc<App>, readiness: Arc<Readiness>, mut stopped: watch::Receiver<bool>) {
    let work = async {
        let mut every = tokio::time::interval(GAUGES_EVERY);
        loop {
            every.tick().await;
            gauges::turn(&app).await;
            let complaints = readiness.complaints(app.clock.now()).await;
            telemetry::ready(complaints.is_empty());
            telemetry::workplace_known(app.workplace().is_some());
            telemetry::upkeep();
        }
    };
    tokio::select! {
        () = work => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}

/// Audits each minute, but not in the first: after a longer pause, what is overdue is only now being done.
async fn keep_auditing(
    app: Arc<App>,
    readiness: Arc<Readiness>,
    mut stopped: watch::Receiver<bool>,
) {
    // Nobody would notice an audit that never ends, were it said only how long ago one has.
    telemetry::audited(app.clock.now());
    tokio::select! {
        () = tokio::time::sleep(AUDIT_EVERY) => AUDIT.run(app, readiness, stopped).await,
        _ = stopped.changed() => {}
    }
}

async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be heard; only Ctrl+C ends Balefire gently");
            let _ = interrupt.await;
        }
    }
}

#[cfg(test)]
mod tests;
