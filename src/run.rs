//! The composition root: every spawn, loop, interval and signal of the bot is in here.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::app::steps::Steps;
use crate::app::{App, Bells, Workplace, inbound};
use crate::clock::{Clock, SystemClock};
use crate::config::{ChannelRef, Config};
use crate::http::ready::Readiness;
use crate::http::{self, Ingress};
use crate::ids::ChannelId;
use crate::pump::{outbox, sweep, wakes};
use crate::slack::client::{CallError, SlackClient};
use crate::store::Store;

/// How long a pump waits for its bell before it looks by itself.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long SIGTERM leaves to what is in flight. Slack waits three seconds for an answer, a call of ours ten.
const FAREWELL: Duration = Duration::from_secs(15);
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);
const METRICS_EVERY: Duration = Duration::from_secs(60);
const PEOPLE_EVERY: Duration = Duration::from_secs(6 * 3_600);

/// The bot, with its pumps running.
pub struct Bot {
    app: Arc<App>,
    router: Router,
    pumps: JoinSet<()>,
    stop: watch::Sender<bool>,
}

/// `balefire serve`.
///
/// # Errors
/// When the database or the address cannot be had.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    anyhow::ensure!(
        config.slack.app_token.is_none(),
        "SLACK_APP_TOKEN asks for Socket Mode, which is not there yet; unset it and give Slack the request URLs of manifest.yml"
    );
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("BALEFIRE_LISTEN: {} cannot be listened on", config.listen))?;
    let bot = start(config, Arc::new(SystemClock::default())).await?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    let router = bot.router();
    bot.run(listener, router).await
}

/// Opens the store and puts the bot together, with nothing running yet.
///
/// # Errors
/// When the database cannot be opened, or the client cannot be built.
pub async fn build(
    config: Config,
    clock: Arc<dyn Clock>,
    steps: Steps,
) -> anyhow::Result<(Arc<App>, Router, Arc<Readiness>)> {
    let store = Store::open(config.database_url.expose_secret()).await?;
    let timeout = Duration::from_secs(outbox::CALL_TIMEOUT_S.unsigned_abs());
    let slack = SlackClient::new(&config.slack.api_url, &config.slack.bot_token, timeout)?;
    let mut app = App::new(store.clone(), Arc::clone(&clock), config.settings, slack);
    app.steps = steps;
    let app = Arc::new(app);
    let readiness = Arc::new(Readiness::new(Box::new(move || {
        let store = store.clone();
        Box::pin(async move { store.ping().await })
    })));
    let handler = Arc::clone(&app);
    let ingress = Ingress::new(
        config.slack.signing_secret,
        Arc::clone(&clock),
        Arc::clone(&app.people),
        Arc::new(move |inbound| {
            let app = Arc::clone(&handler);
            Box::pin(async move { inbound::receive(&app, inbound).await })
        }),
    );
    let router = ingress
        .router()
        .merge(http::probes(Arc::clone(&readiness), clock));
    Ok((app, router, readiness))
}

/// Builds the bot and sets its pumps going.
///
/// # Errors
/// See [`build`].
pub async fn start(config: Config, clock: Arc<dyn Clock>) -> anyhow::Result<Bot> {
    let (app, router, readiness) = build(config, clock, Steps::default()).await?;
    let (stop, stopped) = watch::channel(false);
    let mut pumps = JoinSet::new();
    pumps.spawn(settle_in(Arc::clone(&app), stopped.clone()));
    pumps.spawn(keep_metrics(stopped.clone()));
    for (name, every, bell, turn) in PUMPS {
        let pump = Pump {
            name,
            every,
            bell,
            turn,
            app: Arc::clone(&app),
            readiness: Arc::clone(&readiness),
        };
        pumps.spawn(pump.run(stopped.clone()));
    }
    Ok(Bot {
        app,
        router,
        pumps,
        stop,
    })
}

impl Bot {
    /// What handlers and pumps share.
    pub fn app(&self) -> &Arc<App> {
        &self.app
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
        let Self {
            app, pumps, stop, ..
        } = self;
        let mut stopped = stop.subscribe();
        tokio::spawn(async move {
            told_to_stop().await;
            tracing::info!("finishing what is in flight");
            let _ = stop.send(true);
        });
        let mut ending = stopped.clone();
        let server = axum::serve(listener, router).with_graceful_shutdown(async move {
            let _ = ending.wait_for(|stop| *stop).await;
        });
        let server = tokio::spawn(async move { server.await });
        let _ = stopped.wait_for(|stop| *stop).await;
        let in_flight = async {
            pumps.join_all().await;
            server.await
        };
        match tokio::time::timeout(FAREWELL, in_flight).await {
            Ok(served) => served
                .context("the server's task died")?
                .context("the server failed")?,
            // A browser may hold its connection for ever; what matters is in the database.
            Err(_) => tracing::info!("some connections did not end by themselves"),
        }
        drop(app);
        Ok(())
    }
}

type Bell = fn(&Bells) -> &Notify;
type Turn = fn(Arc<App>) -> Pin<Box<dyn Future<Output = anyhow::Result<usize>> + Send>>;

/// Every pump: its name, how long it waits for its bell before it looks by itself, its bell, and its turn.
const PUMPS: [(&str, Duration, Bell, Turn); 3] = [
    (
        "outbox",
        LOOK_EVERY,
        |bells| &bells.outbox,
        |app| Box::pin(async move { outbox::turn(&app).await }),
    ),
    (
        "wakes",
        LOOK_EVERY,
        |bells| &bells.wakes,
        |app| Box::pin(async move { wakes::turn(&app).await }),
    ),
    (
        "sweep",
        SWEEP_EVERY,
        |bells| &bells.sweep,
        |app| Box::pin(async move { sweep::turn(&app).await }),
    ),
];

/// A pump's loop.
struct Pump {
    name: &'static str,
    every: Duration,
    bell: Bell,
    turn: Turn,
    app: Arc<App>,
    readiness: Arc<Readiness>,
}

impl Pump {
    /// Turns until there is nothing to do, then waits for the bell or the next look.
    async fn run(self, mut stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            match (self.turn)(Arc::clone(&self.app)).await {
                Ok(done) => {
                    // One that looks every hour would seem stuck.
                    if self.every == LOOK_EVERY {
                        self.readiness.turned(self.name, self.app.clock.now());
                    }
                    if done > 0 {
                        continue;
                    }
                }
                Err(error) => {
                    tracing::error!(
                        pump = self.name,
                        error = format!("{error:#}"),
                        "a pump's turn failed; it is tried again in a second"
                    );
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            }
            tokio::select! {
                () = (self.bell)(&self.app.bells).notified() => {}
                () = tokio::time::sleep(self.every) => {}
                _ = stopped.changed() => {}
            }
        }
    }
}

/// Folds the samples of histograms, which pile up while nobody asks for them.
async fn keep_metrics(mut stopped: watch::Receiver<bool>) {
    let work = async {
        let mut every = tokio::time::interval(METRICS_EVERY);
        loop {
            every.tick().await;
            http::metrics::upkeep();
        }
    };
    tokio::select! {
        () = work => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}

/// Learns where we work and who is there, and keeps that fresh. Until Slack has answered, everything waits in the
/// outbox.
async fn settle_in(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let work = async {
        let mut pause = Duration::from_secs(1);
        while let Err(error) = find_workplace(&app).await {
            tracing::error!(
                error = format!("{error:#}"),
                "Slack could not be asked where we work; it is tried again"
            );
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(30));
        }
        loop {
            let next = match app.people.refresh(&app.slack).await {
                Ok(true) => PEOPLE_EVERY,
                Ok(false) => Duration::from_secs(3),
                Err(CallError::RateLimited { retry_after }) => {
                    retry_after.unwrap_or(Duration::from_secs(60))
                }
                Err(error) => {
                    tracing::warn!(%error, "who is in the workspace could not be read; it is tried again");
                    Duration::from_secs(60)
                }
            };
            tokio::select! {
                () = tokio::time::sleep(next) => {}
                () = app.bells.people.notified() => {}
            }
        }
    };
    tokio::select! {
        () = work => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}

/// Asks Slack who we are and where the incidents channel is.
///
/// # Errors
/// When Slack does not answer, or there is no such channel.
pub async fn find_workplace(app: &App) -> anyhow::Result<()> {
    let hello = app.slack.auth_test().await.context("auth.test")?;
    let incidents_channel = match &app.settings.incidents_channel {
        ChannelRef::Id(id) => id.clone(),
        ChannelRef::Name(name) => channel_named(app, name).await?,
    };
    app.settle_in(Workplace {
        team: hello.team,
        bot_user: hello.bot,
        incidents_channel,
    });
    Ok(())
}

async fn channel_named(app: &App, name: &str) -> anyhow::Result<ChannelId> {
    let mut cursor = None;
    loop {
        let page = app
            .slack
            .channels(cursor.as_deref())
            .await
            .context("conversations.list")?;
        if let Some(channel) = page
            .items
            .iter()
            .find(|channel| channel.name == name && !channel.is_archived)
        {
            if !channel.is_member {
                tracing::warn!(
                    "the bot is not in #{name}, so it hears nothing there; type /invite @Balefire in #{name}"
                );
            }
            return Ok(channel.id.clone());
        }
        cursor = page.next;
        if cursor.is_none() {
            anyhow::bail!(
                "there is no channel #{name} that the bot can see; create it and type /invite @Balefire in it, or name another one in balefire.toml: [slack] incidents_channel"
            );
        }
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
