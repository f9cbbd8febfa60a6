//! Plays a history: one choice after the other, each from the seed, until nothing is left to happen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use balefire::app::App;
use balefire::pump::{outbox, wakes};
use balefire::standin::world::BOT_USER;
use balefire::standin::{Call, Message, Person, Refused};
use balefire::store::Store;
use fastrand::Rng;

use crate::database::Eye;
use crate::history::{Act, Deed, History, Trouble, reported};
use crate::mutants::Mutant;
use crate::schedule::{BLOCKED_AFTER, Parked, Place, STUCK_AFTER};
use crate::stage::{BEGIN_MS, Known, Stage};

/// How long an activity waits at most while others go, by the world's clock: a busy machine, not a stopped one.
const WAITS_MAX_MS: i64 = 2_500;
/// How long a pump that has nothing to do rests at least, and at most.
const PAUSE_MIN_MS: i64 = 200;
const LOOKS_EVERY_MS: i64 = 1_000;
/// How many choices a history may take, besides one for each second that it lasts.
const CHOICES_MAX: usize = 20_000;
/// How long, by the world's clock, everything that is on its way has for arriving once nothing goes wrong any more.
const PEACE_MS: i64 = 2 * 3_600_000;

/// What somebody did, and what they were answered.
#[derive(Clone, Debug)]
pub struct Done {
    pub began: i64,
    pub ended: i64,
    pub who: &'static str,
    pub what: What,
    /// What the person read; none: no answer came.
    pub answer: Option<String>,
}

#[derive(Clone, Debug)]
pub enum What {
    Typed {
        channel: String,
        words: String,
    },
    Pressed {
        message: Box<Message>,
        label: String,
    },
    DeletedCard {
        incident: String,
    },
    /// A form, as the command that says the same.
    Filled {
        words: String,
    },
    /// `@Balefire …` in a channel.
    Mentioned {
        words: String,
    },
    Archived,
    RemovedBot,
    /// Something is broken; in the message with this time.
    Reported {
        ts: String,
        word: String,
    },
    /// Pressed a button of the offer to declare the report with this word in it.
    Dealt {
        word: String,
        label: &'static str,
    },
    /// A message with this word.
    Pinned {
        word: String,
    },
}

/// What whoever submitted a form saw when it was taken: it closed.
pub const TAKEN: &str = "the form closed";

/// What the oracle reads.
pub struct Played {
    notes: String,
    pub calls: Vec<Call>,
    pub done: Vec<Done>,
    /// The answers to the last questions: by identifier, `timeline`, `why` and `show`.
    pub asked: BTreeMap<String, [String; 3]>,
    pub channels: Vec<balefire::standin::world::Channel>,
    pub ended: i64,
    pub suffered: Vec<(i64, i64)>,
    /// For how long nobody was there, in milliseconds.
    pub slept_ms: i64,
    /// The mentions that Slack no longer delivers, though nobody ever told it that they were heard, as `done` has them.
    pub given_up: Vec<String>,
    pub reached: BTreeMap<balefire::app::steps::Step, u32>,
}

impl Played {
    /// All that happened, step by step and call by call.
    pub fn trace(&self) -> String {
        let mut trace = self.notes.clone();
        for call in &self.calls {
            let outbox_id = &call.args["metadata"]["event_payload"]["outbox_id"];
            trace.push_str(&format!(
                "{:>9} {} {} {} {} {} {} {:016x}\n",
                call.at_ms - BEGIN_MS,
                call.n,
                call.method,
                call.args["channel"].as_str().unwrap_or_default(),
                outbox_id.as_str().unwrap_or_default(),
                call.answer["error"].as_str().unwrap_or("ok"),
                call.fault.as_deref().unwrap_or_default(),
                fingerprint(&format!("{} {}", call.args, call.answer)),
            ));
        }
        trace
    }
}

struct Player {
    stage: Stage,
    history: Arc<History>,
    rng: Rng,
    acts: Vec<Act>,
    done: Arc<Mutex<Vec<Done>>>,
    again: Arc<Mutex<Vec<Act>>>,
    /// Processes that come back at this time.
    back_at: Vec<i64>,
    store: Option<Store>,
    /// (process, pump) → when it may be turned again, unless something has changed since that version.
    rests: Arc<Mutex<BTreeMap<(u32, &'static str), Rest>>>,
    due: Due,
    eye: Option<Eye>,
    asleep: Vec<Trouble>,
    /// What a database that answers before it has flushed would still have after a crash.
    flushed: Vec<(PathBuf, Vec<u8>)>,
    /// How many activities are known to wait for locks.
    blocked: i64,
    /// How many turns of the wakes have woken somebody.
    woken: Arc<AtomicU32>,
}

#[derive(Clone, Copy)]
struct Rest {
    turning: bool,
    until: i64,
    version: u64,
}

#[derive(Default)]
struct Due {
    version: Option<u64>,
    wake: Option<i64>,
    send: Option<i64>,
}

enum Choice {
    Go(u64),
    Turn(usize, &'static str),
    Act,
    Slack,
    Start,
}

/// Plays it to its end.
pub async fn play(history: &History) -> Played {
    let history = Arc::new(history.clone());
    let stage = Stage::set(Arc::clone(&history)).await;
    let _curtain = stage.curtain();
    let mut asleep: Vec<Trouble> = history
        .troubles
        .iter()
        .filter(|trouble| matches!(trouble, Trouble::Sleep { .. } | Trouble::ClockSet { .. }))
        .cloned()
        .collect();
    asleep.sort_by_key(at_s);
    let mut player = Player {
        rng: Rng::with_seed(history.seed ^ 0x9e37_79b9_7f4a_7c15),
        acts: history.acts.clone(),
        done: Arc::default(),
        again: Arc::default(),
        back_at: vec![],
        store: None,
        rests: Arc::default(),
        due: Due::default(),
        eye: None,
        asleep,
        stage,
        history,
        flushed: vec![],
        blocked: 0,
        woken: Arc::default(),
    };
    for _ in 0..player.history.replicas {
        player.start().await;
    }
    player.run(BEGIN_MS + player.history.lasts_s * 1_000).await;
    player.stage.note("peace");
    player.stage.state().peace = true;
    player.stage.suffer(30_000);
    player.acts.clear();
    let now = player.stage.now();
    player.back_at.iter_mut().for_each(|at| *at = now);
    player.run(now + PEACE_MS).await;
    player.end().await
}

fn at_s(trouble: &Trouble) -> i64 {
    match trouble {
        Trouble::Sleep { at_s, .. } | Trouble::ClockSet { at_s, .. } => *at_s,
        _ => 0,
    }
}

impl Player {
    async fn start(&mut self) {
        let store = match &self.store {
            Some(store) if !self.history.postgres => store.clone(),
            _ => {
                let opened = Store::open(&self.stage.database.url).await;
                let store = opened
                    .unwrap_or_else(|error| panic!("{error:#}\n{}", self.stage.state().trace));
                self.store = Some(store.clone());
                store
            }
        };
        self.stage.start(store).await;
    }

    /// Until that time, or (in peace) until nothing is left to be sent.
    async fn run(&mut self, until: i64) {
        let more = usize::try_from(self.history.lasts_s).unwrap_or(0);
        for _ in 0..CHOICES_MAX + more {
            self.quiet().await;
            if self.bury().await {
                continue;
            }
            let again: Vec<Act> = std::mem::take(&mut *self.again.lock().unwrap());
            if !again.is_empty() && !self.stage.state().peace {
                self.acts.extend(again);
                self.acts.sort_by_key(|act| act.at_s);
            }
            // Looking costs more than most choices: not each time while others may go on.
            let now = self.stage.now();
            let busy = self
                .stage
                .schedule
                .parked(|parked| parked.iter().any(|parked| parked.ready_at <= now));
            if !busy || self.rng.u8(..) < 64 {
                self.look().await;
            }
            let choices = self.choices();
            let lagging = self.stage.schedule.parked(|parked| {
                parked.iter().any(|parked| {
                    now - parked.since.max(parked.ready_at) > WAITS_MAX_MS && parked.ready_at <= now
                })
            });
            if choices.is_empty() || (!lagging && self.rng.u8(..) < 12) {
                match self.next(now, until) {
                    Some(next) if choices.is_empty() => self.pass(next).await,
                    // Time passes while somebody waits.
                    Some(next) => {
                        let step = self.rng.i64(1..900);
                        self.pass(next.min(now + step)).await;
                    }
                    None if choices.is_empty() && self.stage.schedule.is_quiet() => return,
                    // Whoever waited for a lock may have it by now.
                    None => self.blocked = 0,
                }
                continue;
            }
            let choice = self.rng.usize(..choices.len());
            if let Some(choice) = choices.into_iter().nth(choice) {
                self.choose(choice).await;
            }
        }
        panic!("it does not come to rest:\n{}", self.stage.state().trace);
    }

    /// Until nothing moves, or only what waits for a lock that somebody holds who is made to wait.
    async fn quiet(&mut self) {
        let schedule = &self.stage.schedule;
        if self.history.postgres {
            if schedule.quiet(self.blocked, BLOCKED_AFTER).await {
                self.blocked = self.blocked.min(schedule.moving());
                return;
            }
            if schedule.parked(|parked| !parked.is_empty()) {
                self.blocked = schedule.moving();
                return;
            }
        }
        self.blocked = 0;
        if !schedule.quiet(0, STUCK_AFTER).await {
            panic!("stuck:\n{}", self.stage.state().trace);
        }
    }

    /// Ends what belonged to processes that have died, and forgets them.
    async fn bury(&mut self) -> bool {
        let orphan = {
            let dead = self.stage.state().dead.clone();
            self.stage.schedule.parked(|parked| {
                parked
                    .iter()
                    .find(|parked| {
                        matches!(parked.place, Place::Step(_))
                            && parked.process.is_some_and(|id| dead.contains(&id))
                    })
                    .map(|parked| parked.id)
            })
        };
        if let Some(id) = orphan {
            self.blocked = 0;
            self.stage.schedule.go(id);
            return true;
        }
        let died = std::mem::take(&mut self.stage.state().died);
        for (id, back_s) in &died {
            self.stage.bury(*id);
            self.back_at.push(self.stage.now() + back_s * 1_000);
            // Its leases hold for a minute, and what it was about to send is looked for.
            self.stage.suffer(back_s * 1_000 + 110_000);
        }
        !died.is_empty()
    }

    /// Sees in the database what will be due, if anything has changed.
    async fn look(&mut self) {
        let version = self.stage.state().version;
        if self.due.version == Some(version) {
            return;
        }
        let eye = match &mut self.eye {
            Some(eye) => eye,
            closed => closed.insert(self.stage.database.eye().await),
        };
        let (wake, send) = eye.due().await;
        self.due = Due {
            version: Some(version),
            wake,
            send,
        };
    }

    fn choices(&self) -> Vec<Choice> {
        let now = self.stage.now();
        let mut choices: Vec<Choice> = self.stage.schedule.parked(|parked| {
            let ready = parked.iter().filter(|parked| parked.ready_at <= now);
            ready.map(|parked| Choice::Go(parked.id)).collect()
        });
        let version = self.stage.state().version;
        let seen = self.due.version == Some(version);
        let rests = self.rests.lock().unwrap();
        for (nth, process) in self.stage.processes().iter().enumerate() {
            let bot_now = self.stage.bot_now(process.id);
            for (pump, due) in [("outbox", self.due.send), ("wakes", self.due.wake)] {
                let rest = rests.get(&(process.id, pump));
                let resting = rest.is_some_and(|rest| {
                    rest.turning || (rest.until > now && rest.version == version)
                });
                if seen
                    && due.is_some_and(|due| due <= bot_now)
                    && !resting
                    && !self.is_left_out(pump, process.id)
                {
                    choices.push(Choice::Turn(nth, pump));
                }
            }
        }
        if self
            .acts
            .first()
            .is_some_and(|act| BEGIN_MS + act.at_s * 1_000 <= now)
        {
            choices.push(Choice::Act);
        }
        let eventful = self.stage.state().eventful;
        if !eventful && self.stage.standin.turn_due_at().is_some_and(|at| at <= now) {
            choices.push(Choice::Slack);
        }
        // The file is free when nothing of the dead process moves any more. A call to a `response_url` does not say whose
        // it is.
        let haunts = |parked: &Parked| {
            parked.process.is_some() || matches!(parked.place, Place::Call(_) | Place::Reply)
        };
        let haunted = self.history.replicas == 1
            && (self.stage.schedule).parked(|parked| parked.iter().any(haunts));
        if self.back_at.iter().any(|at| *at <= now) && !haunted {
            choices.push(Choice::Start);
        }
        choices
    }

    /// Bugs of the loop that turns the pumps.
    fn is_left_out(&self, pump: &str, process: u32) -> bool {
        pump == "wakes"
            && match self.history.mutant {
                Some(Mutant::NagNotRearmed) => self.woken.load(Ordering::SeqCst) > 0,
                Some(Mutant::WakesInMemory) => process > self.history.replicas,
                _ => false,
            }
    }

    /// The next time at which anything may happen.
    fn next(&self, now: i64, until: i64) -> Option<i64> {
        let mut times: Vec<i64> = self.back_at.clone();
        times.extend(self.acts.first().map(|act| BEGIN_MS + act.at_s * 1_000));
        times.extend(self.stage.standin.turn_due_at());
        self.stage
            .schedule
            .parked(|parked| times.extend(parked.iter().map(|parked| parked.ready_at)));
        let rests = self.rests.lock().unwrap();
        let resting = rests
            .values()
            .filter(|rest| !rest.turning)
            .map(|rest| rest.until);
        times.extend(resting);
        let processes = self.stage.processes();
        let wrong = processes
            .iter()
            .map(|process| self.stage.bot_now(process.id) - now);
        let wrong: Vec<i64> = wrong.collect();
        let due = |at: Option<i64>| wrong.iter().filter_map(move |wrong| Some(at? - wrong));
        times.extend(due(self.due.send));
        // In the end only what is on its way still counts.
        if !self.stage.state().peace {
            times.extend(due(self.due.wake));
            times.push(until);
            times.extend(
                self.asleep
                    .first()
                    .map(|trouble| BEGIN_MS + at_s(trouble) * 1_000),
            );
        }
        times
            .into_iter()
            .filter(|at| *at > now && *at <= until)
            .min()
    }

    /// Time passes, unless something happens to the clocks before.
    async fn pass(&mut self, to: i64) {
        let sleeps = self
            .asleep
            .first()
            .is_some_and(|trouble| BEGIN_MS + at_s(trouble) * 1_000 <= to);
        self.stage.world_ms.store(to, Ordering::SeqCst);
        if !sleeps {
            return;
        }
        match self.asleep.remove(0) {
            Trouble::Sleep { lasts_s, .. } => {
                self.stage.note(&format!("nobody is there for {lasts_s} s"));
                self.stage.suffer(110_000);
                self.stage.sleep(lasts_s);
                let until = self.stage.now();
                // Slack goes on meanwhile, and does what is late when it is time.
                let due = |stage: &Stage| stage.standin.turn_due_at().filter(|at| *at <= until);
                let mut at = due(&self.stage);
                while let Some(now) = at {
                    self.stage.world_ms.store(now.max(to), Ordering::SeqCst);
                    self.slack_turns();
                    self.quiet().await;
                    // Else it waits for somebody who sleeps.
                    at = due(&self.stage).filter(|next| *next > now);
                }
                self.stage.world_ms.store(until, Ordering::SeqCst);
            }
            Trouble::ClockSet { by_s, .. } => {
                self.stage
                    .note(&format!("the bot's clock is set by {by_s} s"));
                self.stage.suffer(by_s.abs() * 1_000 + 30_000);
                self.stage
                    .wrong_ms
                    .fetch_add(by_s * 1_000, Ordering::SeqCst);
                self.due.version = None;
            }
            _ => {}
        }
    }

    async fn choose(&mut self, choice: Choice) {
        let stage = self.stage.clone();
        match choice {
            Choice::Go(id) => {
                let what = stage.schedule.parked(|parked| {
                    let found = parked.iter().find(|parked| parked.id == id);
                    found.map(|parked| (parked.place.clone(), parked.process))
                });
                if let Some((place, process)) = what {
                    // Whoever goes on inside of a transaction may end it, and let others go on.
                    if matches!(place, Place::Step(step) if step.is_inside()) {
                        self.blocked = 0;
                    }
                    let process = process.map(|id| format!(" of {id}")).unwrap_or_default();
                    stage.note(&format!("{place}{process}"));
                }
                stage.schedule.go(id);
            }
            Choice::Turn(nth, pump) => {
                let processes = stage.processes();
                let process = Arc::clone(&processes[nth]);
                self.turn(process.id, Arc::clone(&process.app), pump);
            }
            Choice::Act => {
                if self.history.mutant == Some(Mutant::AnswersBeforeCommit) {
                    self.flushed = stage.database.copy();
                }
                let act = self.acts.remove(0);
                self.act(act);
            }
            Choice::Slack => {
                stage.note("slack applies what was late");
                self.slack_turns();
            }
            Choice::Start => {
                let now = stage.now();
                if let Some(at) = self.back_at.iter().position(|at| *at <= now) {
                    self.back_at.remove(at);
                }
                if self.history.replicas == 1
                    && let Some(store) = self.store.take()
                {
                    // The next process ends the leases of this one.
                    store.close().await;
                    if !self.flushed.is_empty() {
                        self.eye = None;
                        stage.database.put_back(&self.flushed);
                    }
                }
                self.start().await;
                self.due.version = None;
            }
        }
    }

    /// Slack does what it would do by now, and the bot may hear of it.
    fn slack_turns(&self) {
        let stage = self.stage.clone();
        if !std::mem::replace(&mut stage.state().eventful, true) {
            self.stage.schedule.begin(async move {
                stage.standin.turn().await;
                stage.state().eventful = false;
            });
        }
    }

    fn turn(&self, id: u32, app: Arc<App>, pump: &'static str) {
        let (stage, rests) = (self.stage.clone(), Arc::clone(&self.rests));
        let key = (id, pump);
        let set = |rest| rests.lock().unwrap().insert(key, rest);
        set(Rest {
            turning: true,
            until: 0,
            version: 0,
        });
        stage.note(&format!("{} of {id}", Place::Turn(pump)));
        let (rests, counted) = (Arc::clone(&self.rests), Arc::clone(&self.woken));
        self.stage.schedule.begin(async move {
            let turned = match pump {
                "outbox" => {
                    let turned = outbox::turn(&app).await;
                    stage.schedule.expect_sends(*turned.as_ref().unwrap_or(&0));
                    turned
                }
                _ => {
                    let turned = wakes::turn(&app).await;
                    if turned.as_ref().is_ok_and(|woken| *woken > 0) {
                        counted.fetch_add(1, Ordering::SeqCst);
                    }
                    turned
                }
            };
            let now = stage.now();
            let until = match turned {
                // As `run.rs` has it: until the pump's own idea of what comes next, and no longer than a second.
                Ok(0) => {
                    let next_at = match pump {
                        "outbox" => outbox::next_at(&app).await,
                        _ => wakes::next_at(&app).await,
                    };
                    let rest = next_at.unwrap().map_or(LOOKS_EVERY_MS, |at| {
                        at.timestamp_millis() - stage.bot_now(id)
                    });
                    now + rest.clamp(PAUSE_MIN_MS, LOOKS_EVERY_MS)
                }
                Ok(_) => 0,
                Err(_) => now + LOOKS_EVERY_MS,
            };
            let rest = Rest {
                turning: false,
                until,
                version: stage.state().version,
            };
            rests.lock().unwrap().insert(key, rest);
        });
    }

    fn act(&self, act: Act) {
        let stage = self.stage.clone();
        let done = Arc::clone(&self.done);
        let again = Arc::clone(&self.again);
        let chance = Rng::with_seed(self.history.seed ^ (act.at_s as u64).rotate_left(17)).u8(..);
        stage.note(&format!("{} does {:?}", act.who, act.deed));
        self.stage.schedule.begin(async move {
            let began = stage.now();
            let person = stage.standin.person(act.who);
            let carried_out = carry_out(&stage, &person, &act).await;
            if carried_out.is_empty() {
                stage.note(&format!("{} cannot", act.who));
            }
            let ended = stage.now();
            for (what, answer) in carried_out {
                stage.note(&format!("{} reads {answer:?}", act.who));
                // Whoever gets no answer tries again: some at once, some after a look.
                if answer.is_none() && matches!(what, What::Typed { .. }) && chance < 200 {
                    let after_s = [5, 20, 50, 70, 300][usize::from(chance) % 5];
                    let at_s = (ended - BEGIN_MS) / 1_000 + after_s;
                    again.lock().unwrap().push(Act {
                        at_s,
                        ..act.clone()
                    });
                }
                done.lock().unwrap().push(Done {
                    began,
                    ended,
                    who: act.who,
                    what,
                    answer,
                });
            }
        });
    }

    async fn end(self) -> Played {
        let stage = &self.stage;
        stage.state().calm = true;
        let mut asked = BTreeMap::new();
        let alice = stage.standin.person("U0ALICE");
        let list = alice
            .slash("C0INCIDENTS", "/incident list all")
            .await
            .reads();
        let mut ids = all_identifiers(&list);
        // A list shows the newest twenty; what is older has a card.
        ids.extend(known(stage).ids.iter().cloned());
        for id in ids {
            let mut answers = [String::new(), String::new(), String::new()];
            for (nth, verb) in ["timeline", "why", "show"].into_iter().enumerate() {
                let answer = alice
                    .slash("C0INCIDENTS", &format!("/incident {verb} {id}"))
                    .await;
                answers[nth] = answer.reads();
            }
            asked.insert(id, answers);
        }
        let (calls, channels) = stage.standin.with(|world| {
            (
                std::mem::take(&mut world.calls),
                std::mem::take(&mut world.channels),
            )
        });
        let mut mentions: BTreeMap<String, (String, bool)> = BTreeMap::new();
        for attempt in stage.standin.delivered() {
            if attempt.kind == "app_mention"
                && let Some(said) = attempt.text
            {
                let words = said.replace(&format!("<@{BOT_USER}>"), "/incident");
                let (_, heard) = mentions.entry(attempt.event_id).or_insert((words, false));
                *heard |= attempt.status.is_some_and(|status| status < 300);
            }
        }
        let given_up = mentions.into_values().filter(|(_, heard)| !heard);
        for process in stage.processes() {
            process.app.store.clone().close().await;
        }
        stage.database.drop_it().await;
        let mut state = stage.state();
        Played {
            notes: std::mem::take(&mut state.trace),
            calls,
            done: self.done.lock().unwrap().clone(),
            asked,
            channels,
            ended: stage.now(),
            suffered: state.suffered.clone(),
            slept_ms: state.slept_ms,
            given_up: given_up.map(|(words, _)| words).collect(),
            reached: state.reached.clone(),
        }
    }
}

/// Reads what is new in #incidents, and returns what is known of incidents by now.
fn known(stage: &Stage) -> MutexGuard<'_, Known> {
    let mut known = stage.known.lock().unwrap();
    stage.standin.with(|world| {
        let Some(channel) = world.channel("C0INCIDENTS") else {
            return;
        };
        let new = channel
            .messages
            .partition_point(|message| message.ts <= known.until_ts);
        for message in &channel.messages[new..] {
            known.until_ts.clone_from(&message.ts);
            if !message.by_bot() || message.only_for.is_some() {
                continue;
            }
            let reads = message.reads();
            if let Some(id) = identifier(&reads)
                && known.ids.insert(id.clone())
                && let Some(title) = reads.split_whitespace().find(|word| is_title(word))
            {
                known.titled.entry(title.to_owned()).or_default().push(id);
            }
        }
    });
    known
}

/// The incidents with this title, the first one first.
fn titled(stage: &Stage, nth: usize) -> Vec<String> {
    let known = known(stage);
    known
        .titled
        .get(&format!("t{nth}"))
        .cloned()
        .unwrap_or_default()
}

fn is_title(word: &str) -> bool {
    let number = word.strip_prefix('t').unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// A hash that is the same on every machine.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Every identifier in a text, in order.
fn all_identifiers(text: &str) -> BTreeSet<String> {
    let parts = text.match_indices("INC-").map(|(at, _)| &text[at..]);
    parts.filter_map(identifier).collect()
}

/// The first identifier in a text.
pub fn identifier(text: &str) -> Option<String> {
    let at = text.find("INC-")?;
    let id: String = text[at..]
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    (id.len() >= 12).then_some(id)
}

/// The offer to declare what was reported with this word, as long as it has such a button.
fn offer_of(stage: &Stage, word: &str, label: &str) -> Option<String> {
    stage.standin.with(|world| {
        let messages = &world.channel("C0INCIDENTS")?.messages;
        let report = messages
            .iter()
            .find(|message| !message.by_bot() && message.reads().contains(word))?;
        let offer = messages.iter().find(|message| {
            message.by_bot()
                && message.thread_ts.as_ref() == Some(&report.ts)
                && message.reads().contains(&format!("[{label}]"))
        });
        Some(offer?.ts.clone())
    })
}

/// Slack lets nobody type where they are not, or in an archive.
fn can_type(stage: &Stage, person: &Person, channel: &str) -> bool {
    stage.standin.with(|world| {
        let channel = world.channel(channel);
        channel.is_some_and(|channel| !channel.archived && channel.has(person.id()))
    })
}

/// The incident's own channel, if it has one that people can see.
fn home(stage: &Stage, id: &str) -> Option<String> {
    let name = id.to_lowercase();
    stage.standin.with(|world| {
        let found = world
            .channels
            .iter()
            .find(|channel| channel.name.starts_with(&name));
        found.map(|channel| channel.id.clone())
    })
}

/// The card in #incidents.
fn card_of(stage: &Stage, id: &str) -> Option<String> {
    stage.standin.with(|world| {
        let channel = world.channel("C0INCIDENTS")?;
        let card = channel.messages.iter().find(|message| {
            message.by_bot()
                && !message.deleted
                && message.only_for.is_none()
                && message.thread_ts.is_none()
                // An alarm whose thread was deleted stands at the top level, too, and names the incident.
                && message.reads().contains(&format!("{id} · declared by"))
        })?;
        Some(card.ts.clone())
    })
}

/// The channel, and the thread in it, where people talk about the incident.
fn place_of(stage: &Stage, id: &str) -> Option<(String, Option<String>)> {
    match stage.history.in_threads {
        true => Some(("C0INCIDENTS".to_owned(), Some(card_of(stage, id)?))),
        false => Some((home(stage, id)?, None)),
    }
}

fn say(
    person: &Person,
    (channel, thread): &(String, Option<String>),
    words: &str,
) -> Result<String, Refused> {
    match thread {
        Some(thread) => person.reply(channel, thread, words),
        None => person.say(channel, words),
    }
}

/// What came of it. Nothing: the person cannot do it, because what they would use is not there to be seen.
async fn carry_out(stage: &Stage, person: &Person, act: &Act) -> Vec<(What, Option<String>)> {
    match &act.deed {
        Deed::Fill { .. } => filled(stage, person, act).await.unwrap_or_default(),
        Deed::ResolveAll { incident } => {
            let mut done = vec![];
            for (nth, id) in titled(stage, *incident).into_iter().enumerate() {
                let words = format!("/incident resolve {id} w{incident:05}3{nth}x it was");
                done.push(typed(person, "C0INCIDENTS", &words).await);
            }
            done
        }
        _ => did(stage, person, act).await.into_iter().collect(),
    }
}

async fn did(stage: &Stage, person: &Person, act: &Act) -> Option<(What, Option<String>)> {
    // By its title, as people do.
    let id = |nth: usize| titled(stage, nth).into_iter().next();
    match &act.deed {
        Deed::Declare { words } => {
            let words = format!("/incident declare {words}");
            Some(typed(person, "C0INCIDENTS", &words).await)
        }
        Deed::Type {
            incident,
            words,
            at_home,
        } => {
            let id = id(*incident)?;
            let words = format!("/incident {}", words.replace("{}", &id));
            let channel = home(stage, &id).filter(|home| *at_home && can_type(stage, person, home));
            Some(typed(person, channel.as_deref().unwrap_or("C0INCIDENTS"), &words).await)
        }
        Deed::Press {
            incident,
            label,
            oldest,
            twice,
        } => {
            let id = id(*incident)?;
            let (channel, message) = with_button(stage, &id, label, *oldest)?;
            let first = person.click(&channel, &message.ts, label).await;
            if *twice {
                let _ = person.click(&channel, &message.ts, label).await;
            }
            let answer = first.ok()?;
            let heard = answer.error.is_none().then(String::new);
            let what = What::Pressed {
                message: Box::new(message),
                label: (*label).to_owned(),
            };
            Some((what, heard))
        }
        // May be several: see `carry_out`.
        Deed::Fill { .. } | Deed::ResolveAll { .. } => None,
        Deed::DeleteCard { incident } => {
            let id = id(*incident)?;
            let card = card_of(stage, &id)?;
            person.delete_any("C0INCIDENTS", &card).ok()?;
            let what = What::DeletedCard { incident: id };
            Some((what, Some(String::new())))
        }
        Deed::Mention { incident, words } => {
            let id = id(*incident)?;
            let words = words.replace("{}", &id);
            let said = format!("<@{BOT_USER}> {words}");
            let place = place_of(stage, &id)?;
            eventful(stage, || say(person, &place, &said)).await?.ok()?;
            let words = format!("/incident {words}");
            Some((What::Mentioned { words }, None))
        }
        Deed::ArchiveHome { incident } => {
            let channel = home(stage, &id(*incident)?)?;
            eventful(stage, || person.archive(&channel)).await?.ok()?;
            Some((What::Archived, Some(String::new())))
        }
        Deed::RemoveBot { incident } => {
            let channel = home(stage, &id(*incident)?)?;
            stage.standin.remove_bot_from(&channel);
            Some((What::RemovedBot, Some(String::new())))
        }
        Deed::Report { number } => {
            let word = reported(*number);
            let said = format!("Checkout is down for everybody, {word}");
            let ts = overheard(stage, || person.say("C0INCIDENTS", &said))
                .await?
                .ok()?;
            Some((What::Reported { ts, word }, None))
        }
        Deed::Deal {
            number,
            label,
            twice,
        } => {
            let word = reported(*number);
            let offer = offer_of(stage, &word, label)?;
            let first = person.click("C0INCIDENTS", &offer, label).await;
            if *twice {
                let _ = person.click("C0INCIDENTS", &offer, label).await;
            }
            let heard = first.ok()?.error.is_none().then(String::new);
            Some((What::Dealt { word, label }, heard))
        }
        Deed::Pin { incident, number } => {
            let id = id(*incident)?;
            let word = format!("p{number}x");
            let said = format!("The graph {word} shows it");
            let place = place_of(stage, &id)?;
            let ts = overheard(stage, || say(person, &place, &said))
                .await?
                .ok()?;
            overheard(stage, || person.react(&place.0, &ts, "pushpin"))
                .await?
                .ok()?;
            Some((What::Pinned { word }, None))
        }
    }
}

/// Opens a form, fills it in and submits it.
async fn filled(stage: &Stage, person: &Person, act: &Act) -> Option<Vec<(What, Option<String>)>> {
    let Deed::Fill {
        incident,
        label,
        field,
        words,
    } = &act.deed
    else {
        return None;
    };
    let id = titled(stage, *incident).into_iter().next()?;
    let (channel, message) = with_button(stage, &id, label, false)?;
    // One at a time: nobody writes into two forms at once.
    if !stage.state().writing.insert(act.who) {
        return None;
    }
    let tries = match person.click(&channel, &message.ts, label).await {
        // Half of those who submit once more write something else, now that they have the time.
        Ok(_) => fill_in(stage, person, &id, field, words, act.at_s % 2 == 0).await,
        Err(_) => vec![],
    };
    // Nobody leaves a form open.
    while person.close(None).await.is_ok() {}
    stage.state().writing.remove(act.who);
    let verb = match *label {
        "Resolve" => "resolve",
        _ => "update",
    };
    let tries = tries.into_iter().map(|(words, heard)| {
        let words = format!("/incident {verb} {id} {words}");
        (What::Filled { words }, heard)
    });
    Some(tries.collect())
}

/// Fills in and submits the form that has opened, if one has. What was written, and what the person read then; None:
/// nothing.
async fn fill_in(
    stage: &Stage,
    person: &Person,
    id: &str,
    field: &str,
    words: &str,
    thinks_again: bool,
) -> Vec<(String, Option<String>)> {
    let shown = stage.standin.view_of(person.id());
    if !shown.is_some_and(|form| form.to_string().contains(id)) {
        return vec![];
    }
    let other = words.replacen('x', "77x", 1);
    let mut tries = vec![];
    // Whoever reads that there was trouble presses the button once more.
    for words in [words, if thinks_again { &other } else { words }] {
        let Ok(submitted) = person.submit(&[(field, words)]).await else {
            return tries;
        };
        // A form that is taken closes; one that is refused says why, beside a field or in its place.
        let heard = match (submitted.trouble, stage.standin.view_of(person.id())) {
            (Some(_), _) => None,
            (None, None) => Some(TAKEN.to_owned()),
            (None, Some(open)) => Some(format!("{:?} {open}", submitted.errors)),
        };
        let answered = heard.is_some();
        // That nothing was recorded now says nothing of the same words before, whose answer was lost.
        let unheard = tries.iter().any(|(before, _)| before == words);
        let heard = heard.filter(|heard| !unheard || !heard.contains("Nothing was recorded"));
        tries.retain(|(before, _)| before != words);
        tries.push((words.to_owned(), heard));
        if answered {
            break;
        }
    }
    tries
}

/// Does something that Slack tells the bot of. What it tells is carried by this activity: one at a time.
async fn eventful<T>(stage: &Stage, deed: impl FnOnce() -> T) -> Option<T> {
    if std::mem::replace(&mut stage.state().eventful, true) {
        return None;
    }
    let done = deed();
    stage.standin.settle().await;
    stage.state().eventful = false;
    Some(done)
}

/// Does something that Slack tells the bot of although it is not said to it. Only now: the bot's own words would come
/// back to it between any two steps, and it passes over them.
async fn overheard<T>(stage: &Stage, deed: impl FnOnce() -> T) -> Option<T> {
    let heard = ["message.channels", "reaction_added"].map(str::to_owned);
    eventful(stage, || {
        stage
            .standin
            .with(|world| world.subscriptions.extend(heard.clone()));
        let done = deed();
        stage
            .standin
            .with(|world| world.subscriptions.retain(|event| !heard.contains(event)));
        done
    })
    .await
}

async fn typed(person: &Person, channel: &str, words: &str) -> (What, Option<String>) {
    let answer = person.slash(channel, words).await;
    let what = What::Typed {
        channel: channel.to_owned(),
        words: words.to_owned(),
    };
    let heard = answer.error.is_none().then(|| answer.reads());
    (what, heard)
}

/// A message about the incident that has such a button.
fn with_button(stage: &Stage, id: &str, label: &str, oldest: bool) -> Option<(String, Message)> {
    let wanted = format!("[{label}]");
    let home = home(stage, id);
    stage.standin.with(|world| {
        let mut found = vec![];
        for channel in ["C0INCIDENTS"].into_iter().chain(home.as_deref()) {
            let messages = world.channel(channel).map(|channel| &channel.messages);
            for message in messages.into_iter().flatten() {
                if !message.deleted
                    && message.only_for.is_none()
                    && message.reads().contains(&wanted)
                    && format!("{}", message.blocks.clone().unwrap_or_default()).contains(id)
                {
                    found.push((channel, message));
                }
            }
        }
        found.sort_by(|(_, one), (_, other)| one.ts.cmp(&other.ts));
        let (channel, message) = match oldest {
            true => found.first(),
            false => found.last(),
        }?;
        Some(((*channel).to_owned(), (*message).clone()))
    })
}
