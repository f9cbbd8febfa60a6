//! Where a history is played: the stand-in for Slack, the network on both sides of the bot, processes on one database,
//! and two clocks, the world's and the bot's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use balefire::app::App;
use balefire::app::inbound::receive;
use balefire::app::steps::{Step, Steps, Stopped};
use balefire::clock::{Clock, Time};
use balefire::http::Ingress;
use balefire::run;
use balefire::slack::client::SlackClient;
use balefire::standin::world::World;
use balefire::standin::{Fault, Options, StandIn};
use balefire::store::{InDoubt, Store};
use secrecy::SecretString;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tower::ServiceExt as _;

use crate::database::Database;
use crate::history::{CallFault, History, Trouble};
use crate::mutants::Mutant;
use crate::rules::settings;
use crate::schedule::{Place, Schedule};

const SECRET: &str = "5up3r-5ecret-5igning";
const TOKEN: &str = "xoxb-4-very-secret-token";
/// Longer than any history really takes: time runs by the world's clock only.
const NEVER: Duration = Duration::from_secs(3_600);
/// When Slack stops waiting for the bot, and the bot for Slack.
const SLACK_WAITS_MS: i64 = 3_000;
pub const CALL_TIMEOUT_MS: i64 = 10_000;
/// 2026-11-20 10:00:00 UTC.
pub const BEGIN_MS: i64 = 1_795_168_800_000;

/// The methods by which a message is looked for.
const READING: [&str; 2] = ["conversations.history", "conversations.replies"];

/// Error codes that Slack never gives to whoever reads a channel that is there.
const LIES: [&str; 2] = ["channel_not_found", "is_archived"];

/// The steps before which something has been committed.
const AFTER_A_COMMIT: [Step; 3] = [
    Step::DoorCommitted,
    Step::OutboxClaimed,
    Step::OutboxCommitted,
];

/// The process whose clock stood still with it, and for how long, in milliseconds.
#[derive(Clone, Default)]
struct Stood(Arc<Mutex<Option<(u32, i64)>>>);

impl Stood {
    fn set(&self, process: u32, ms: i64) {
        *self.0.lock().unwrap() = Some((process, ms));
    }

    /// How far behind this process's clock is for it.
    fn ms(&self, process: u32) -> i64 {
        let stood = *self.0.lock().unwrap();
        stood.map_or(0, |(id, ms)| if id == process { ms } else { 0 })
    }
}

/// A process's clock: the world's, and by how much it is wrong. `own_ms` is that of its machine; all of them may be set.
#[derive(Clone)]
struct BotClock {
    process: u32,
    own_ms: i64,
    stood: Stood,
    world_ms: Arc<AtomicI64>,
    wrong_ms: Arc<AtomicI64>,
}

impl Clock for BotClock {
    fn now(&self) -> Time {
        let ms = self.world_ms.load(Ordering::SeqCst) + self.wrong_ms.load(Ordering::SeqCst);
        let ms = ms + self.own_ms - self.stood.ms(self.process);
        Time::from_timestamp_millis(ms).unwrap_or_default()
    }
}

/// A running bot.
pub struct Process {
    pub id: u32,
    pub app: Arc<App>,
    router: Router,
}

/// Lets go of all processes. Each holds the stage that it plays on, so that neither would end by itself.
pub struct Curtain(Arc<Mutex<Vec<Arc<Process>>>>);

impl Drop for Curtain {
    fn drop(&mut self) {
        let mut processes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        processes.clear();
    }
}

/// What is counted and noted while a history is played.
#[derive(Default)]
pub struct State {
    pub trace: String,
    /// How often each step was come by.
    pub reached: BTreeMap<Step, u32>,
    pub dead: BTreeSet<u32>,
    /// Processes that died since the driver last looked, and when they come back, in seconds.
    pub died: Vec<(u32, i64)>,
    calls: u32,
    answers: u32,
    deliveries: u32,
    /// Troubles that came about: when, and for how long they may hold things up, in milliseconds.
    pub suffered: Vec<(i64, i64)>,
    /// While a process starts or the end is looked at, nothing goes wrong and nothing waits.
    pub calm: bool,
    /// Nothing goes wrong any more.
    pub peace: bool,
    /// Whatever may have been committed raises it: the pumps may have something to do.
    pub version: u64,
    /// A message was looked for at Slack.
    looked: bool,
    /// For how long nobody was there.
    pub slept_ms: i64,
    /// An activity carries events to the bot.
    pub eventful: bool,
    /// Who has a form before them.
    pub writing: BTreeSet<&'static str>,
    next_process: u32,
    turn_at_door: usize,
}

/// What persons have read of incidents in #incidents, and until which message.
#[derive(Default)]
pub struct Known {
    pub until_ts: String,
    pub ids: BTreeSet<String>,
    /// The first word of a title, such as `t3`, and the incidents that have it: more than one when somebody got no
    /// answer and declared it again.
    pub titled: BTreeMap<String, Vec<String>>,
}

#[derive(Clone)]
pub struct Stage {
    pub schedule: Schedule,
    pub standin: StandIn,
    pub history: Arc<History>,
    pub world_ms: Arc<AtomicI64>,
    pub wrong_ms: Arc<AtomicI64>,
    stood: Stood,
    state: Arc<Mutex<State>>,
    processes: Arc<Mutex<Vec<Arc<Process>>>>,
    slack: Router,
    wire_url: String,
    pub database: Arc<Database>,
    pub known: Arc<Mutex<Known>>,
}

impl Stage {
    pub async fn set(history: Arc<History>) -> Self {
        let world_ms = Arc::new(AtomicI64::new(BEGIN_MS));
        let told = Arc::clone(&world_ms);
        let mut options =
            Options::new(Arc::new(move || told.load(Ordering::SeqCst)), SECRET, TOKEN);
        options.answer_within = NEVER;
        options.events = ["channel_archive", "channel_deleted", "app_mention"]
            .map(str::to_owned)
            .to_vec();
        let standin = StandIn::new(options);
        for person in crate::history::PEOPLE {
            standin.change_person(person, |human| human.locale = "en-US".into());
        }
        let wire = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let wire_url = format!("http://{}", wire.local_addr().unwrap());
        let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let door_url = format!("http://{}", door.local_addr().unwrap());
        standin.set_base_url(&wire_url);
        standin.set_bot_url(Some(&door_url));
        let database = match history.postgres {
            true => Database::postgres().await,
            false => Database::file(),
        };
        if let Some(trigger) = history.mutant.and_then(Mutant::trigger) {
            database.put_in(trigger).await;
        }
        let stage = Self {
            schedule: Schedule::default(),
            slack: standin.router(),
            standin,
            history,
            world_ms,
            wrong_ms: Arc::default(),
            stood: Stood::default(),
            state: Arc::default(),
            processes: Arc::default(),
            wire_url,
            database: Arc::new(database),
            known: Arc::default(),
        };
        let there = stage.clone();
        let calls = Router::new().fallback(move |request: Request| {
            let stage = there.clone();
            async move { stage.carry(request).await }
        });
        tokio::spawn(async move { axum::serve(wire, calls).await });
        let there = stage.clone();
        let deliveries = Router::new().fallback(move |request: Request| {
            let stage = there.clone();
            async move { stage.deliver(request).await }
        });
        tokio::spawn(async move { axum::serve(door, deliveries).await });
        stage
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn now(&self) -> i64 {
        self.world_ms.load(Ordering::SeqCst)
    }

    /// By the clock of that process.
    pub fn bot_now(&self, process: u32) -> i64 {
        let behind_ms = self.stood.ms(process);
        self.now() + self.wrong_ms.load(Ordering::SeqCst) + self.history.wrong_ms(process)
            - behind_ms
    }

    pub fn note(&self, line: &str) {
        let now = self.now() - BEGIN_MS;
        let mut state = self.state();
        state.trace.push_str(&format!("{now:>9} {line}\n"));
    }

    /// Something goes wrong now that may hold up whatever is on its way.
    pub fn suffer(&self, holds_up_ms: i64) {
        let now = self.now();
        self.state().suffered.push((now, holds_up_ms));
    }

    /// Nobody is there to notice that time passes.
    pub fn sleep(&self, lasts_s: i64) {
        self.suffer(lasts_s * 1_000);
        self.state().slept_ms += lasts_s * 1_000;
        self.world_ms.fetch_add(lasts_s * 1_000, Ordering::SeqCst);
    }

    fn running(&self) -> MutexGuard<'_, Vec<Arc<Process>>> {
        self.processes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub fn processes(&self) -> Vec<Arc<Process>> {
        self.running().clone()
    }

    pub fn bury(&self, id: u32) {
        self.running().retain(|process| process.id != id);
    }

    /// Falls when the history is over, or has failed.
    pub fn curtain(&self) -> Curtain {
        Curtain(Arc::clone(&self.processes))
    }

    fn is_dead(&self, id: u32) -> bool {
        self.state().dead.contains(&id)
    }

    /// Starts a process on the database, as a deploy does.
    pub async fn start(&self, store: Store) {
        let id = {
            let mut state = self.state();
            state.next_process += 1;
            state.next_process
        };
        let clock: Arc<dyn Clock> = Arc::new(BotClock {
            process: id,
            own_ms: self.history.wrong_ms(id),
            stood: self.stood.clone(),
            world_ms: Arc::clone(&self.world_ms),
            wrong_ms: Arc::clone(&self.wrong_ms),
        });
        let slack = SlackClient::new(
            &format!("{}/p{id}/api", self.wire_url),
            &SecretString::from(TOKEN),
            NEVER,
        )
        .unwrap();
        let settings = settings(self.history.in_threads);
        let mut app = App::new(store, Arc::clone(&clock), settings, slack);
        let stage = self.clone();
        app.steps = Steps::gated(move |step| {
            let stage = stage.clone();
            async move { stage.step(id, step).await }
        });
        let app = Arc::new(app);
        let handler = Arc::clone(&app);
        let ingress = Ingress::new(
            SecretString::from(SECRET),
            clock,
            Arc::clone(&app.people),
            Arc::new(move |inbound, left| {
                let app = Arc::clone(&handler);
                Box::pin(async move { receive(&app, inbound, left).await })
            }),
        )
        .answer_within(NEVER);
        let calm = std::mem::replace(&mut self.state().calm, true);
        // As `serve` does it: whoever Slack asks to wait tries again.
        let mut tries = 0;
        while let Err(error) = run::find_workplace(&app).await {
            tries += 1;
            assert!(tries < 100, "Slack does not say where we work: {error:#}");
            self.suffer(1_000);
            self.world_ms.fetch_add(1_000, Ordering::SeqCst);
        }
        app.people.refresh_groups(&app.slack).await.unwrap();
        while !app.people.refresh(&app.slack).await.unwrap() {}
        self.state().calm = calm;
        let process = Process {
            id,
            app,
            router: ingress.router(),
        };
        self.note(&format!("process {id} starts"));
        self.running().push(Arc::new(process));
    }

    /// A process comes by a step: it may die there, be failed by its database, or wait until it is let go.
    async fn step(&self, id: u32, step: Step) -> anyhow::Result<()> {
        if step == Step::OutboxEnded {
            self.schedule.end();
            return Ok(());
        }
        if step == Step::OutboxStarted {
            let now = self.now();
            self.schedule
                .park(Place::Step(step), Some(id), now, now)
                .await;
            let passed = self.come_by(id, step).await;
            if passed.is_err() {
                // It has not begun, so it will not say that it ends.
                self.schedule.end();
            }
            return passed;
        }
        self.come_by(id, step).await
    }

    async fn come_by(&self, id: u32, step: Step) -> anyhow::Result<()> {
        if self.is_dead(id) {
            return Err(Stopped(step).into());
        }
        let peace = {
            let state = self.state();
            if state.calm {
                return Ok(());
            }
            state.peace
        };
        let nth = {
            let mut state = self.state();
            let reached = state.reached.entry(step).or_default();
            *reached += 1;
            *reached - 1
        };
        let inside = step.is_inside();
        {
            let mut state = self.state();
            // A row that was looked for in vain takes its turn anew, and then comes by here.
            let looked = step == Step::OutboxSending && std::mem::take(&mut state.looked);
            if looked || AFTER_A_COMMIT.contains(&step) {
                state.version += 1;
            }
        }
        let mut still_ms = 0;
        for trouble in self.history.troubles.iter().filter(|_| !peace) {
            match trouble {
                Trouble::StandsStill {
                    step: at,
                    nth: on,
                    lasts_s,
                } if *at == step && *on == nth => {
                    self.note(&format!("process {id} stands still for {lasts_s} s"));
                    still_ms = lasts_s * 1_000;
                    if self.history.mutant == Some(Mutant::LeaseTooShort) {
                        self.stood.set(id, still_ms);
                    }
                    self.suffer(still_ms + 110_000);
                }
                Trouble::Crash {
                    step: at,
                    nth: on,
                    back_s,
                } if *at == step && *on == nth => {
                    self.note(&format!("process {id} dies at {step:?}"));
                    let mut state = self.state();
                    state.dead.insert(id);
                    state.died.push((id, *back_s));
                    return Err(Stopped(step).into());
                }
                Trouble::Database { step: at, nth: on } if *at == step && *on == nth => {
                    self.note(&format!("the database fails process {id} at {step:?}"));
                    self.suffer(120_000);
                    anyhow::bail!("the database is gone (simulated at {step:?})");
                }
                Trouble::Doubt { step: at, nth: on } if *at == step && *on == nth => {
                    self.note(&format!(
                        "the database does not tell process {id} that it has kept it, at {step:?}"
                    ));
                    self.suffer(120_000);
                    return Err(in_doubt());
                }
                _ => {}
            }
        }
        // On SQLite one writes at a time: whoever waited inside of a transaction would stop everybody.
        if (!inside || self.history.postgres) && step != Step::OutboxStarted {
            let now = self.now();
            self.schedule
                .park(Place::Step(step), Some(id), now, now + still_ms)
                .await;
        }
        match self.is_dead(id) {
            true => Err(Stopped(step).into()),
            false => Ok(()),
        }
    }

    /// A call of the bot's. It is on its way even when the bot dies meanwhile.
    async fn carry(&self, request: Request) -> Response {
        let (answer, answered) = oneshot::channel();
        let stage = self.clone();
        tokio::spawn(async move {
            // The bot may be gone.
            let _ = answer.send(stage.call(request).await);
        });
        answered.await.unwrap_or_else(|_| cut())
    }

    async fn call(&self, request: Request) -> Response {
        let path = request.uri().path().to_owned();
        let (process, path) = match path
            .strip_prefix("/p")
            .and_then(|rest| rest.split_once('/'))
        {
            Some((id, rest)) => (id.parse::<u32>().ok(), format!("/{rest}")),
            None => (None, path),
        };
        let method = match path.strip_prefix("/api/") {
            Some(method) => method.to_owned(),
            None => "response_url".to_owned(),
        };
        let query = request.uri().query().map(|query| format!("?{query}"));
        let uri = format!("{path}{}", query.unwrap_or_default());
        let (mut parts, body) = request.into_parts();
        parts.uri = uri.parse().unwrap_or_default();
        let body = axum::body::to_bytes(body, usize::MAX)
            .await
            .unwrap_or_default();
        let request = Request::from_parts(parts, Body::from(body.clone()));
        if self.state().calm {
            return self.slack_answers(request).await;
        }
        let nth = {
            let mut state = self.state();
            state.calls += 1;
            state.looked |= READING.contains(&method.as_str());
            state.calls - 1
        };
        let now = self.now();
        let held_back = self.history.mutant.map_or(0, |mutant| {
            let request = serde_json::from_slice(&body).unwrap_or_default();
            mutant.holds_back(&request, &self.history, now)
        });
        let slept_ms = self.state().slept_ms;
        self.schedule
            .park(Place::Call(method.clone()), process, now, now + held_back)
            .await;
        // Nobody can know of a request that a sleeping machine still holds: another replica would send it again.
        let sent_again = self.history.replicas > 1 && !READING.contains(&method.as_str());
        let slept = sent_again && self.state().slept_ms > slept_ms;
        let fault = match slept && !self.state().peace {
            true => Some(CallFault::Slack(Fault::Drop)),
            false => self.fault(nth, &method),
        };
        let broken = matches!(
            fault,
            Some(
                CallFault::Hang { .. }
                    | CallFault::Sleeps { .. }
                    | CallFault::Slack(
                        Fault::AcceptThenDrop | Fault::DropThenApply { .. } | Fault::Drop
                    )
            )
        );
        if let Some(fault) = &fault {
            self.note(&format!("call {nth} {method}: {fault:?}"));
        }
        let (response, wait_ms) = self.through(request, &method, fault).await;
        if self.history.is_long() {
            self.standin.with(forget_what_was_answered);
        }
        let response = match self.history.mutant {
            Some(mutant) => mutant.answer(&method, response, broken).await,
            None => response,
        };
        let now = self.now();
        self.schedule
            .park(Place::Reply, process, now, now + wait_ms)
            .await;
        match process.is_some_and(|id| self.is_dead(id)) {
            // Nobody is there to hear it. What still moves there cannot commit anything, and ends.
            true => cut(),
            false => response,
        }
    }

    async fn slack_answers(&self, request: Request) -> Response {
        match self.slack.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    /// What goes wrong with this call.
    fn fault(&self, nth: u32, method: &str) -> Option<CallFault> {
        if self.state().peace {
            return None;
        }
        let since_s = (self.now() - BEGIN_MS) / 1_000;
        let reads = READING.contains(&method);
        self.history
            .troubles
            .iter()
            .find_map(|trouble| match trouble {
                Trouble::Call { nth: on, fault } if *on == nth => match fault {
                    CallFault::Stale { .. } if !reads => None,
                    // An archived channel can be read, and one that is not found is gone with what was said in it:
                    // these would be lies.
                    CallFault::Slack(Fault::Code(code))
                        if reads && LIES.contains(&code.as_str()) =>
                    {
                        None
                    }
                    fault => Some(fault.clone()),
                },
                Trouble::Outage {
                    at_s,
                    lasts_s,
                    fault,
                } if (*at_s..at_s + lasts_s).contains(&since_s) => Some(fault.clone()),
                _ => None,
            })
    }

    /// Slack's answer, and how long it takes.
    async fn through(
        &self,
        request: Request,
        method: &str,
        fault: Option<CallFault>,
    ) -> (Response, i64) {
        match fault {
            None => (self.slack_answers(request).await, 0),
            Some(CallFault::Slack(fault)) => {
                let held_up = match &fault {
                    Fault::RateLimited { after_s } => i64::try_from(*after_s).unwrap_or(0) * 1_000,
                    _ => 0,
                };
                self.suffer(100_000 + held_up);
                self.standin.next(method, fault);
                let response = self.slack_answers(request).await;
                self.standin.with(|world| world.faults.clear());
                (response, 0)
            }
            Some(CallFault::Hang { applied_after_s }) => {
                self.suffer(110_000);
                if let Some(after_s) = applied_after_s {
                    let after_s = u64::try_from(after_s).unwrap_or(0);
                    self.standin.next(method, Fault::DropThenApply { after_s });
                    drop(self.slack_answers(request).await);
                    self.standin.with(|world| world.faults.clear());
                }
                (cut(), CALL_TIMEOUT_MS)
            }
            Some(CallFault::Sleeps {
                lasts_s,
                taken_late,
            }) => {
                self.suffer(110_000);
                // See above.
                let taken_late = taken_late && self.history.replicas == 1;
                let request = match taken_late {
                    true => Some(request),
                    false => {
                        drop(self.slack_answers(request).await);
                        None
                    }
                };
                let until = self.now() + lasts_s * 1_000;
                // Slack does not sleep: what it is about to do would come too late.
                if self.standin.turn_due_at().is_none_or(|at| at > until) {
                    self.sleep(lasts_s);
                }
                if let Some(request) = request {
                    drop(self.slack_answers(request).await);
                }
                // It takes a while to notice.
                (cut(), if taken_late { 5_000 } else { 0 })
            }
            Some(CallFault::Late { by_ms }) => {
                self.suffer(by_ms);
                (self.slack_answers(request).await, by_ms)
            }
            Some(CallFault::Stale { by_s }) => {
                let response = self.slack_answers(request).await;
                (self.without_the_newest(response, by_s).await, 0)
            }
        }
    }

    async fn without_the_newest(&self, response: Response, by_s: i64) -> Response {
        let before_s = self.now() as f64 / 1_000.0 - by_s as f64;
        rewritten(response, |answer| {
            if let Some(messages) = answer["messages"].as_array_mut() {
                messages.retain(|message| {
                    let ts = message["ts"].as_str().and_then(|ts| ts.parse::<f64>().ok());
                    ts.is_none_or(|ts| ts < before_s)
                });
            }
        })
        .await
    }

    /// A delivery of Slack's to whichever process the balancer picks.
    async fn deliver(&self, request: Request) -> Response {
        let (began, calm) = (self.now(), self.state().calm);
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX)
            .await
            .unwrap_or_default();
        let lost = StatusCode::GATEWAY_TIMEOUT.into_response();
        let mut twice = None;
        if !calm {
            let nth = {
                let mut state = self.state();
                state.deliveries += 1;
                state.deliveries - 1
            };
            if self.has(&Trouble::DeliveredTwice { nth }) {
                self.note(&format!("delivery {nth} comes twice"));
                let mut copy = Request::new(Body::from(body.clone()));
                *copy.method_mut() = parts.method.clone();
                *copy.uri_mut() = parts.uri.clone();
                *copy.headers_mut() = parts.headers.clone();
                twice = Some(copy);
            }
            self.schedule.park(Place::Door, None, began, began).await;
            if self.has(&Trouble::DeliveryLost { nth }) {
                self.note(&format!("delivery {nth} is lost"));
                return lost;
            }
        }
        let request = Request::from_parts(parts, Body::from(body));
        let Some(process) = self.picked() else {
            return lost;
        };
        let response = match process.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        self.state().version += 1;
        if self.is_dead(process.id) {
            return lost;
        }
        if calm {
            return response;
        }
        if let Some(again) = twice
            && let Some(process) = self.picked()
        {
            // Somebody in between repeats it; nobody reads the second answer.
            let _ = process.router.clone().oneshot(again).await;
            self.state().version += 1;
        }
        // Should it die now, nothing of it holds the database when the next one starts.
        drop(process);
        let (nth, now) = {
            let now = self.now();
            let mut state = self.state();
            state.answers += 1;
            (state.answers - 1, now)
        };
        self.schedule.park(Place::Answer, None, now, now).await;
        if self.has(&Trouble::AnswerLost { nth }) || self.now() - began > SLACK_WAITS_MS {
            self.note(&format!("answer {nth} is lost"));
            return lost;
        }
        response
    }

    fn has(&self, trouble: &Trouble) -> bool {
        !self.state().peace && self.history.troubles.contains(trouble)
    }

    fn picked(&self) -> Option<Arc<Process>> {
        let processes = self.processes();
        let mut state = self.state();
        let alive: Vec<_> = processes
            .iter()
            .filter(|process| !state.dead.contains(&process.id))
            .collect();
        state.turn_at_door += 1;
        alive
            .get(state.turn_at_door % alive.len().max(1))
            .map(|process| Arc::clone(process))
    }
}

/// What the store says of a commit whose answer never came. It comes from a store whose clerk is gone.
fn in_doubt() -> anyhow::Error {
    let asked = std::thread::spawn(|| {
        let runtime = || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            runtime.enable_all().build().unwrap()
        };
        let gone = runtime();
        let tx = gone.block_on(async {
            let store = Store::open("sqlite::memory:").await.unwrap();
            store.begin().await.unwrap()
        });
        drop(gone);
        runtime().block_on(tx.commit()).unwrap_err()
    });
    let error = asked.join().unwrap();
    assert!(InDoubt::caused(&error), "{error:#}");
    error
}

/// Of a year nobody could keep every answer in full: what the oracle reads of the last one stays.
fn forget_what_was_answered(world: &mut World) {
    if let Some(Value::Object(answer)) = world.calls.last_mut().map(|call| &mut call.answer) {
        answer.retain(|_, value| !value.is_object() && !value.is_array());
    }
}

/// A connection that breaks before a byte of the answer has come.
pub fn cut() -> Response {
    Body::from_stream(futures_util::stream::once(async {
        Err::<axum::body::Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionAborted))
    }))
    .into_response()
}

/// An answer of Slack's with other words in it.
pub async fn rewritten(response: Response, change: impl FnOnce(&mut Value)) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
        return cut();
    };
    let mut answer: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    change(&mut answer);
    parts.headers.remove("content-length");
    Response::from_parts(parts, Body::from(answer.to_string()))
}
