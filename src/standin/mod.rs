//! A local Slack: one workspace that forgives nothing. The same program in the demo and in every test.
//!
//! It imports nothing of the bot, and the bot reaches it by URL only. All that it knows is a [`World`] behind one lock
//! that is never held over an `await`; the clock is handed in, identifiers come from counters, and what would happen
//! "later" in Slack (a redelivered event, a call that is applied late) happens in [`StandIn::turn`].

pub mod api;
mod args;
pub mod blocks;
pub mod command;
mod deliver;
mod elements;
pub mod events;
pub mod faults;
mod form;
pub mod interact;
pub mod message;
mod page;
mod page_act;
pub mod person;
pub mod rates;
mod read;
mod response_url;
mod socket;
mod text;
pub mod things;
pub mod view_limits;
mod wire;
pub mod world;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Notify, broadcast};

pub use command::Answer;
pub use deliver::Delivered;
pub use faults::Fault;
pub use interact::{Pick, Submitted};
pub use message::Message;
pub use person::{Person, Refused};
pub use rates::Rates;
pub use socket::CONNECTIONS_MAX;
pub use world::{Call, Kind, World};

use deliver::Queue;
use faults::Waiting;
use socket::Sockets;
use world::{BOT_USER, Change, Human};

/// Tells the time in unix milliseconds.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;
/// Moves the clock forward by so many milliseconds.
pub type Jump = Arc<dyn Fn(i64) + Send + Sync>;

/// A slash command as an app's manifest declares it.
#[derive(Clone, Debug)]
pub struct CommandSpec {
    /// With the slash: `/incident`.
    pub command: String,
    pub usage_hint: String,
    pub description: String,
}

/// One step of the story that the demo's page tells.
#[derive(Clone, Debug, Default)]
pub struct StoryStep {
    /// Whom to be (`U…`).
    pub person: String,
    pub say: String,
    /// What to type.
    pub try_this: Option<String>,
    /// Where to be: `C…`, or how the name of the newest such channel begins.
    pub channel: Option<String>,
    /// How far to jump ahead.
    pub jump_s: Option<i64>,
}

/// How a stand-in is set up.
#[derive(Clone)]
pub struct Options {
    /// Where the bot listens, without a trailing slash: commands go to `{bot_url}/slack/commands`. None: nobody listens.
    pub bot_url: Option<String>,
    pub signing_secret: String,
    pub bot_token: String,
    /// The app-level token (`xapp-…`) that opens sockets; None: there is none.
    pub app_token: Option<String>,
    /// The app's settings say that everything comes over sockets, and nothing to request URLs.
    pub socket_mode: bool,
    /// Bot scopes that the workspace granted.
    pub scopes: Vec<String>,
    /// Events the app is subscribed to, by their names in a manifest; see [`events::EVENTS`].
    pub events: Vec<String>,
    pub commands: Vec<CommandSpec>,
    pub clock: Clock,
    /// What the page's "jump ahead" does; None: there is no such button.
    pub on_jump: Option<Jump>,
    pub story: Vec<StoryStep>,
    pub rates: Rates,
    /// Refuse arguments that a method does not have. Slack itself ignores them; here they are taken for a mistake.
    pub strict_arguments: bool,
    /// How long the bot may take to answer, by the machine's clock. Slack gives three seconds.
    pub answer_within: Duration,
    /// How often a socket is pinged, by the machine's clock.
    pub ping_every: Duration,
}

impl Options {
    /// Everything granted and subscribed, one command `/incident`, Slack's own limits.
    pub fn new(clock: Clock, signing_secret: &str, bot_token: &str) -> Self {
        let scopes = api::methods::METHODS
            .iter()
            .flat_map(|method| method.scopes.split_whitespace());
        let heard = events::EVENTS
            .iter()
            .map(|(_, scope)| *scope)
            .filter(|scope| !scope.is_empty());
        // Reaching channels the bot is not in is a right of its own, and not asked for.
        let scopes = scopes.chain(heard).chain(["commands"]).map(str::to_owned);
        Self {
            bot_url: None,
            signing_secret: signing_secret.into(),
            bot_token: bot_token.into(),
            app_token: None,
            socket_mode: false,
            scopes: scopes.collect(),
            events: events::EVENTS
                .iter()
                .map(|(name, _)| (*name).to_owned())
                .collect(),
            commands: vec![CommandSpec {
                command: "/incident".into(),
                usage_hint: "declare | update | resolve | help".into(),
                description: "Run an incident".into(),
            }],
            clock,
            on_jump: None,
            story: Vec::new(),
            rates: Rates::STRICT,
            strict_arguments: true,
            answer_within: Duration::from_secs(3),
            ping_every: Duration::from_secs(5),
        }
    }
}

/// What can be changed while it runs.
struct Settings {
    bot_url: Option<String>,
    rates: Rates,
}

struct Inner {
    options: Options,
    settings: Mutex<Settings>,
    world: Mutex<World>,
    queue: Mutex<Queue>,
    idle: Notify,
    sockets: Mutex<Sockets>,
    sockets_changed: Notify,
    changes: broadcast::Sender<Change>,
    http: reqwest::Client,
}

/// The running stand-in; clones are the same one.
#[derive(Clone)]
pub struct StandIn {
    inner: Arc<Inner>,
}

/// A stand-in that listens; it stops when this is dropped.
pub struct Listening {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A test that panicked while it held the lock has failed already; the others may go on looking.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl StandIn {
    /// The workspace of the demo ([`World::demo`]).
    pub fn new(options: Options) -> Self {
        let mut world = World::demo((options.clock)());
        world.scopes = options.scopes.iter().cloned().collect();
        world.subscriptions = options.events.iter().cloned().collect();
        world.socket_mode = options.socket_mode;
        let settings = Settings {
            bot_url: options.bot_url.clone(),
            rates: options.rates,
        };
        // The bot is on loopback: a proxy would only be in the way, and a redirect is a mistake.
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none());
        Self {
            inner: Arc::new(Inner {
                settings: Mutex::new(settings),
                world: Mutex::new(world),
                queue: Mutex::new(Queue::default()),
                idle: Notify::new(),
                sockets: Mutex::new(Sockets::default()),
                sockets_changed: Notify::new(),
                changes: broadcast::channel(1024).0,
                http: http
                    .timeout(options.answer_within)
                    .build()
                    .unwrap_or_default(),
                options,
            }),
        }
    }

    /// The Web API under `/api`, response URLs under `/response`, sockets under `/link/`, the page under `/`.
    pub fn router(&self) -> Router {
        Router::new()
            .merge(wire::router())
            .merge(socket::router())
            .merge(page::router())
            .with_state(self.clone())
    }

    /// Listens on a free loopback port and takes that as its own address.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn listen(&self) -> std::io::Result<Listening> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let url = format!("http://{}", listener.local_addr()?);
        self.set_base_url(&url);
        let router = self.router();
        let task = tokio::spawn(async move {
            // Ends only with the task itself: axum retries what fails in `accept`.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Listening { url, task })
    }

    /// Where the bot listens from now on; None: nobody does.
    pub fn set_bot_url(&self, url: Option<&str>) {
        lock(&self.inner.settings).bot_url = url.map(|url| url.trim_end_matches('/').to_owned());
    }

    /// The stand-in's own address, for response URLs and sockets.
    pub fn set_base_url(&self, url: &str) {
        let url = url.trim_end_matches('/').to_owned();
        self.with(|world| world.base_url = url);
    }

    /// Holds the bot to other speed limits.
    pub fn set_rates(&self, rates: Rates) {
        lock(&self.inner.settings).rates = rates;
    }

    fn rules(&self) -> (Rates, bool) {
        (
            lock(&self.inner.settings).rates,
            self.inner.options.strict_arguments,
        )
    }

    /// Why this token may not call this method. What opens sockets takes the app's own token, the rest the bot's.
    fn token_trouble(&self, token: &str, method: &str) -> Option<&'static str> {
        let options = &self.inner.options;
        let for_app = options.app_token.as_deref() == Some(token);
        match method == "apps.connections.open" {
            _ if !for_app && token != options.bot_token => Some("invalid_auth"),
            opens if opens != for_app => Some("not_allowed_token_type"),
            _ => None,
        }
    }

    /// Enters the world at the clock's present. What happened is told to the bot and to open pages afterwards.
    pub fn with<R>(&self, enter: impl FnOnce(&mut World) -> R) -> R {
        let mut world = lock(&self.inner.world);
        world.now_ms = (self.inner.options.clock)();
        let result = enter(&mut world);
        let events = std::mem::take(&mut world.events);
        let changes = std::mem::take(&mut world.changes);
        if !events.is_empty() {
            self.enqueue(&mut world, events);
        }
        drop(world);
        for change in changes {
            // Nobody looking is fine.
            let _ = self.inner.changes.send(change);
        }
        result
    }

    /// Does what Slack would do by now: redeliver events, carry out late calls, refresh old sockets. Returns how much there was to do.
    pub async fn turn(&self) -> usize {
        let late = self.with(api::apply_late);
        late + self.refresh_due() + self.redeliver_due().await
    }

    /// When [`StandIn::turn`] next has something to do, in unix milliseconds: a late call, an event that comes again.
    pub fn turn_due_at(&self) -> Option<i64> {
        let late = self.with(|world| world.late.iter().map(api::Late::due_ms).min());
        [late, lock(&self.inner.queue).due_at()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Waits until every event that is on its way has been answered or given up for now.
    pub fn settle(&self) -> impl Future<Output = ()> + Send + '_ {
        self.until_idle()
    }

    /// Somebody who can act; an id nobody has is refused when they try.
    pub fn person(&self, id: &str) -> Person {
        Person::new(self.clone(), id)
    }

    /// Asks for a misbehaviour, `times` times (None: until cleared), of one method or target (None: of any method).
    pub fn misbehave(&self, target: Option<&str>, fault: Fault, times: Option<u32>) {
        let target = target.map(str::to_owned);
        self.with(|world| {
            world.faults.add(Waiting {
                target,
                fault,
                left: times,
            })
        });
    }

    /// The next call of this method goes wrong.
    pub fn next(&self, method: &str, fault: Fault) {
        self.misbehave(Some(method), fault, Some(1));
    }

    /// Behaves again; methods closed by a 429 open.
    pub fn behave(&self) {
        self.with(|world| {
            world.faults.clear();
            world.windows.open_all();
        });
    }

    /// Every call so far, refused ones too, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.with(|world| world.calls.clone())
    }

    /// The calls of one method.
    pub fn calls_of(&self, method: &str) -> Vec<Call> {
        self.with(|world| {
            world
                .calls
                .iter()
                .filter(|call| call.method == method)
                .cloned()
                .collect()
        })
    }

    /// Everything in a channel (by id or `#name`), replies and ephemeral messages too, oldest first.
    pub fn messages(&self, channel: &str) -> Vec<Message> {
        self.with(|world| {
            world
                .channel(channel)
                .map(|found| found.messages.clone())
                .unwrap_or_default()
        })
    }

    /// A message with its replies, the parent first.
    pub fn thread(&self, channel: &str, ts: &str) -> Vec<Message> {
        let in_thread =
            |message: &Message| message.ts == ts || message.thread_ts.as_deref() == Some(ts);
        self.messages(channel)
            .into_iter()
            .filter(in_thread)
            .collect()
    }

    /// Everything in the direct message between the bot and a person.
    pub fn direct_messages(&self, user: &str) -> Vec<Message> {
        self.with(|world| {
            let is_it = |channel: &&world::Channel| channel.partner(BOT_USER) == Some(user);
            world
                .channels
                .iter()
                .find(is_it)
                .map(|channel| channel.messages.clone())
                .unwrap_or_default()
        })
    }

    /// A channel's id by its name.
    pub fn channel_by_name(&self, name: &str) -> Option<String> {
        self.with(|world| world.channel(name).map(|channel| channel.id.clone()))
    }

    /// The modal on top of somebody's stack, as Slack's JSON.
    pub fn view_of(&self, user: &str) -> Option<Value> {
        self.with(|world| world.views_of(user).last().map(|view| view.json()))
    }

    /// Somebody's Home tab.
    pub fn home_of(&self, user: &str) -> Option<Value> {
        self.with(|world| world.homes.get(user).map(world::View::json))
    }

    /// A new account; the bot hears `team_join`.
    pub fn add_person(&self, human: Human) {
        self.with(|world| {
            world.people.push(human.clone());
            world.person_event("team_join", &human);
        });
    }

    /// Changes an account, for example to deactivate it; the bot hears `user_change`.
    pub fn change_person(&self, id: &str, change: impl FnOnce(&mut Human)) {
        self.with(|world| {
            let Some(human) = world.people.iter_mut().find(|human| human.id == id) else {
                return;
            };
            change(human);
            let human = human.clone();
            world.person_event("user_change", &human);
        });
    }

    /// Deactivates an account.
    pub fn deactivate(&self, id: &str) {
        self.change_person(id, |human| human.deleted = true);
    }

    /// A channel that these people (and the bot, if named) are in. Returns its id.
    pub fn add_channel(&self, name: &str, kind: Kind, members: &[&str]) -> String {
        self.with(|world| {
            world.add_channel(
                name,
                kind,
                members.first().copied().unwrap_or("U0ALICE"),
                members,
            )
        })
    }

    /// A group of people. Returns its id.
    pub fn add_usergroup(&self, handle: &str, users: &[&str]) -> String {
        self.with(|world| {
            let id = format!("S0{:07}", world.next_number());
            let users = users.iter().map(|user| (*user).to_owned()).collect();
            let group = world::Usergroup {
                id: id.clone(),
                handle: handle.into(),
                name: handle.into(),
                users,
                disabled: false,
            };
            world.usergroups.push(group.clone());
            world.group_event("subteam_created", &group);
            id
        })
    }

    /// Puts other people into a group; the bot hears `subteam_members_changed` and `subteam_updated`.
    pub fn set_usergroup(&self, id: &str, users: &[&str]) {
        self.with(|world| world.set_group_users(id, users));
    }

    /// Removes the app from the workspace: its token is worth nothing from now on.
    pub fn uninstall(&self) {
        self.with(|world| {
            world.revoked = true;
            let event_ts = world.next_ts();
            let tokens = serde_json::json!({"oauth": [], "bot": [BOT_USER]});
            world.emit(serde_json::json!({"type": "tokens_revoked", "tokens": tokens, "event_ts": event_ts}));
            world.emit(serde_json::json!({"type": "app_uninstalled", "event_ts": event_ts}));
        });
    }

    /// Takes the bot out of a channel, as an admin would.
    pub fn remove_bot_from(&self, channel: &str) {
        self.with(|world| world.leave(channel, BOT_USER, "U0ALICE"));
    }

    /// Takes rights away from the app.
    pub fn revoke_scopes(&self, scopes: &[&str]) {
        self.with(|world| {
            world
                .scopes
                .retain(|scope| !scopes.contains(&scope.as_str()))
        });
    }

    /// Gives rights to the app.
    pub fn grant_scopes(&self, scopes: &[&str]) {
        self.with(|world| {
            world
                .scopes
                .extend(scopes.iter().map(|scope| (*scope).to_owned()))
        });
    }
}
