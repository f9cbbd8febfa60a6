//! `balefire demo`: the bot, the stand-in for Slack and its page on one port, so that everything can be tried
//! without a workspace. The bot is the one that `serve` runs; it reaches the stand-in by URL, as it would Slack.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use chrono::{Datelike as _, Duration};
use secrecy::SecretString;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::clock::{Clock, SystemClock};
use crate::config::{self, Config, Door, SlackSettings};
use crate::logs::LogFormat;
use crate::run;
use crate::standin::{CommandSpec, Options, StandIn, StoryStep};

const RULES: &str = include_str!("../demo/balefire.toml");

/// Runs the demo until it is told to stop. Slack reaches the bot by HTTP, or `over_socket`.
///
/// # Errors
/// When the port is taken, the folder cannot be written or the rules cannot be read.
pub async fn demo(
    port: u16,
    data: Option<&Path>,
    rules: Option<&Path>,
    over_socket: bool,
) -> anyhow::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port)))
        .await
        .with_context(|| {
            format!("port {port} cannot be listened on; choose another: balefire demo --port 3001")
        })?;
    let address = listener
        .local_addr()
        .context("the listener has no address")?;
    let url = format!("http://{address}");
    let settings = match rules {
        Some(file) => config::load_settings(Some(file))?,
        None => config::parse(RULES, Path::new("demo/balefire.toml"), &|_| {
            Ok(config::Overrides::new())
        })?,
    };
    let database_url = match data {
        None => "sqlite::memory:".to_owned(),
        Some(folder) => {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("{} cannot be made", folder.display()))?;
            format!("sqlite://{}", folder.join("balefire.db").display())
        }
    };

    let clock = SystemClock::default();
    let secret = Uuid::new_v4().simple().to_string();
    let token = format!("xoxb-demo-{}", Uuid::new_v4().simple());
    let (told, jumped) = (clock.clone(), clock.clone());
    let jump_bell = Arc::new(tokio::sync::Notify::new());
    let ring = Arc::clone(&jump_bell);
    let mut options = Options::new(
        Arc::new(move || told.now().timestamp_millis()),
        &secret,
        &token,
    );
    let app_token = over_socket.then(|| format!("xapp-demo-{}", Uuid::new_v4().simple()));
    match &app_token {
        Some(app_token) => {
            options.app_token = Some(app_token.clone());
            options.socket_mode = true;
        }
        None => options.bot_url = Some(url.clone()),
    }
    options.on_jump = Some(Arc::new(move |ms| {
        jumped.jump(Duration::milliseconds(ms));
        ring.notify_one();
    }));
    options.commands = vec![CommandSpec {
        command: "/incident".into(),
        usage_hint: "declare P1 Checkout is down · update … · resolve · help".into(),
        description: "Declare and run an incident".into(),
    }];
    options.story = story(clock.now().year());
    let standin = StandIn::new(options);
    standin.set_base_url(&url);

    let bot = run::start(
        Config {
            listen: address,
            database_url: SecretString::from(database_url),
            log_filter: Default::default(),
            log_format: LogFormat::default(),
            heartbeat_url: None,
            slack: SlackSettings {
                api_url: format!("{url}/api"),
                bot_token: SecretString::from(token),
                door: match app_token {
                    Some(app_token) => Door::Socket {
                        app_token: SecretString::from(app_token),
                    },
                    None => Door::Http {
                        signing_secret: SecretString::from(secret),
                    },
                },
            },
            settings,
        },
        Arc::new(clock),
    )
    .await?;
    let app = Arc::clone(bot.app());
    let socket = bot.socket().cloned();
    tokio::spawn(async move {
        loop {
            jump_bell.notified().await;
            app.bells.ring();
            if let Some(socket) = &socket {
                socket.look_again();
            }
        }
    });
    let slack = standin.clone();
    tokio::spawn(async move {
        let mut every = tokio::time::interval(std::time::Duration::from_secs(1));
        loop {
            every.tick().await;
            slack.turn().await;
        }
    });
    println!("Balefire's demo is at {url} (Ctrl+C ends it)");
    let router = bot.router().merge(standin.router());
    bot.run(listener, router).await
}

/// An incident in ten steps, beside the page. The first incident is numbered by the `year` it begins in.
fn story(year: i32) -> Vec<StoryStep> {
    let step = |person: &str, channel: &str, say: &str, try_this: Option<&str>| StoryStep {
        person: person.into(),
        say: say.into(),
        try_this: try_this.map(Into::into),
        channel: Some(channel.into()),
        jump_s: None,
    };
    let (alice, bob, chen) = ("U0ALICE", "U0BOB", "U0CHEN");
    // The incident's own channel is known by how its name begins.
    let (incidents, own, customers) = ("C0INCIDENTS", "inc-", "C0CUSTOMERS");
    vec![
        step(
            alice,
            incidents,
            "Alice sees card payments fail and declares. Balefire posts the card, opens a channel and finds the owner: Bob is on call.",
            Some("/incident declare P0 service:payments Card payments are down"),
        ),
        step(
            bob,
            incidents,
            "Bob presses Acknowledge on the card. It now says Investigating.",
            None,
        ),
        step(
            bob,
            incidents,
            "Bob says what customers notice; the card follows.",
            Some("/incident impact All card payments are declined"),
        ),
        StoryStep {
            jump_s: Some(900),
            ..step(
                bob,
                own,
                "Fifteen quiet minutes pass. In the incident's channel Balefire asks Bob where it stands, and has a draft for stakeholders ready.",
                None,
            )
        },
        step(
            bob,
            own,
            "Bob answers, and promises when the next update comes.",
            Some(
                "/incident update The database is failing over, payments come back soon, next 30m",
            ),
        ),
        step(
            alice,
            own,
            "Alice drafts what customers will read. Press Publish first: Balefire refuses. Then Approve, then Publish.",
            Some("/incident draft customers"),
        ),
        step(
            alice,
            customers,
            "Only now do customers read it, in the very words that were approved.",
            None,
        ),
        step(
            chen,
            incidents,
            "陈伟 reads Chinese: Balefire answers each person in their own language.",
            Some(&format!("/incident show INC-{year}-001")),
        ),
        step(
            bob,
            own,
            "It is over: the nags end, and the card says Resolved.",
            Some("/incident resolve The failover is complete"),
        ),
        step(
            alice,
            own,
            "Was every nag sent on time? The ledger knows.",
            Some("/incident why"),
        ),
    ]
}
