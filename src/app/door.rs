//! The door. Every change to an incident, whoever asks for it, goes: load → decide → after → announce → save and
//! enqueue → commit, in one transaction. From the commit on nothing can be lost.

use std::fmt;

use anyhow::Context;
use chrono::Duration;
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::app::steps::Step;
use crate::clock::Time;
use crate::domain::announce::announce;
use crate::domain::command::{Command, Declaration};
use crate::domain::decide::{Given, decide, declare};
use crate::domain::event::{Entry, Event};
use crate::domain::incident::{Actor, Incident};
use crate::domain::refusal::Refusal;
use crate::ids::{ChannelId, IncidentId, MessageTs, TeamId, UserId};
use crate::store::{Heard, Lane, Task, Words, WriteTx};
use crate::telemetry::{self, Repeat};

/// How many attempts a decision has while somebody else's is committed first.
pub const ATTEMPTS_MAX: u32 = 8;

/// Does something, again if another decision about the same thing was committed first. (A macro, because an async closure
/// cannot yet promise to be `Send`.)
macro_rules! attempted {
    ($work:expr) => {{
        let mut attempt = 1;
        loop {
            match $work.await {
                Err(error)
                    if attempt < $crate::app::door::ATTEMPTS_MAX
                        && $crate::store::Conflict::caused(&error) =>
                {
                    $crate::telemetry::conflict();
                    attempt += 1;
                }
                result => break result,
            }
        }
    }};
}
pub(crate) use attempted;

/// The same, and rings the outbox's bell: there may be something to send now.
macro_rules! retried {
    ($app:expr, $work:expr) => {{
        let result = $crate::app::door::attempted!($work);
        $app.bells.outbox.ring();
        result
    }};
}
pub(crate) use retried;

/// Words typed again within this time are asked about: their answer may have been lost, and they were done.
const TYPED_AGAIN_WITHIN: Duration = Duration::minutes(1);

/// An order to one incident.
#[derive(Clone, Debug)]
pub struct Order {
    pub team: TeamId,
    pub incident: IncidentId,
    pub by: Actor,
    pub command: Command,
}

/// What came of an order.
#[derive(Debug)]
pub enum Handled {
    Done(Box<Done>),
    Refused(Refusal),
    /// Slack delivered it before; nothing was done now.
    Repeat,
    /// The same person typed the same words in the same place at that time; nothing was done now.
    TypedBefore(Time),
}

/// What an order has changed.
#[derive(Debug)]
pub struct Done {
    pub incident: Incident,
    pub entries: Vec<Entry>,
}

/// How to tell that something was asked for before.
#[derive(Clone, Debug, Default)]
pub struct Once {
    /// Slack's own identifier of the delivery.
    pub key: Option<String>,
    /// What comes only once under this key, and is refused with other words: a declaration. None: the key says all.
    pub content: Option<String>,
    /// What several people may ask for at once, each in a delivery of their own, and is done for the first of them.
    pub deed: Option<String>,
    pub typed: Option<Typed>,
    /// Under this key Slack delivers one and the same thing: once refused, it stays refused, though by now it could be
    /// done. A form is otherwise: it stays open, and is submitted again.
    pub refused_for_good: bool,
}

/// A command as typed, for noticing that it is typed again because its answer was lost.
#[derive(Clone, Debug)]
pub struct Typed {
    pub user: UserId,
    pub channel: ChannelId,
    /// The thread, if it was said in one.
    pub thread: Option<MessageTs>,
    pub text: String,
    /// How long it has lain about, before anybody heard of it.
    pub waited: Duration,
}

impl Once {
    /// Recognised by Slack's identifier of the delivery.
    pub fn delivery(key: String) -> Self {
        Self {
            key: Some(key),
            refused_for_good: true,
            ..Self::default()
        }
    }

    /// Recognised by Slack's identifier of the form.
    pub fn form(key: String) -> Self {
        Self {
            key: Some(key),
            ..Self::default()
        }
    }

    /// Recognises one of the commands that a form stands for. Whoever got no answer and submits it again with other
    /// words gives another command, and is not to believe that these words were kept when they were not. Only who
    /// changes them back once more is taken for the first time again.
    pub fn command(&self, command: &Command) -> Self {
        Self {
            key: self.key_of(command),
            ..Self::default()
        }
    }

    /// Recognises the declaration that a form stands for. With other words it is refused: it would be another incident.
    pub fn declaration(self, declaration: &Declaration) -> Self {
        Self {
            content: self.key_of(declaration),
            ..self
        }
    }

    fn key_of(&self, content: &impl fmt::Debug) -> Option<String> {
        let digest = Sha256::digest(format!("{content:?}"));
        let digest = hex::encode(&digest[..16]);
        self.key.as_ref().map(|key| format!("{key} {digest}"))
    }

    /// Recognises the answer to what this one recognises.
    pub fn answer(&self) -> Self {
        Self {
            key: self.key.as_ref().map(|key| format!("answer to {key}")),
            ..Self::default()
        }
    }

    /// Whether it was never asked for before; remembers it in `tx`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn is_first(
        &self,
        team: &TeamId,
        tx: &mut WriteTx,
        now: Time,
    ) -> anyhow::Result<bool> {
        Ok(self.check(team, tx, now).await?.is_none())
    }

    /// Whether this is the first time; remembers it in `tx`.
    async fn check(
        &self,
        team: &TeamId,
        tx: &mut WriteTx,
        now: Time,
    ) -> anyhow::Result<Option<Handled>> {
        if self.key.is_none() && self.typed.is_none() {
            return Ok(None);
        }
        let heard = tx.hear(self.key.as_deref(), self.words(team), now).await?;
        let new_content = match &self.content {
            Some(content) => tx.first_time(content, now).await?,
            None => false,
        };
        let is_done = match &self.deed {
            Some(deed) if heard == Heard::New => !tx.first_time(deed, now).await?,
            _ => false,
        };
        Ok(match heard {
            Heard::New if is_done => Some(Handled::Repeat),
            Heard::New => None,
            Heard::Before if new_content => {
                telemetry::refused(Refusal::FormTaken.kind());
                Some(Handled::Refused(Refusal::FormTaken))
            }
            Heard::Before => {
                telemetry::repeated(Repeat::Delivery);
                let was_refused = match self.refusal_key() {
                    Some(key) => !tx.first_time(&key, now).await?,
                    None => false,
                };
                Some(match was_refused {
                    true => Handled::Refused(Refusal::RefusedBefore),
                    false => Handled::Repeat,
                })
            }
            Heard::TypedAt(before) => {
                telemetry::repeated(Repeat::Words);
                Some(Handled::TypedBefore(before))
            }
        })
    }

    fn words<'a>(&'a self, team: &'a TeamId) -> Option<Words<'a>> {
        self.typed.as_ref().map(|typed| Words {
            team,
            person: &typed.user,
            channel: &typed.channel,
            thread: typed.thread.as_ref(),
            text: &typed.text,
            // Of a delivery that was found lying about (by a machine that slept, say), Slack has told the person that
            // nothing came of it. Typed again, it was typed soon after it, however long ago that is by now.
            within: TYPED_AGAIN_WITHIN + typed.waited.max(Duration::zero()),
        })
    }

    /// Under which it is remembered that this was refused.
    fn refusal_key(&self) -> Option<String> {
        let key = self.key.as_ref().filter(|_| self.refused_for_good);
        key.map(|key| format!("refused {key}"))
    }
}

impl App {
    /// Carries out an order. Of a refused one nothing is kept but that this delivery of it was refused.
    ///
    /// # Errors
    /// When the store fails: nothing was recorded then.
    pub async fn handle(&self, once: &Once, order: &Order) -> anyhow::Result<Handled> {
        retried!(self, self.try_handle(once, order))
    }

    async fn try_handle(&self, once: &Once, order: &Order) -> anyhow::Result<Handled> {
        self.steps.pass(Step::DoorReached).await?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        self.steps.pass(Step::DoorOpened).await?;
        tx.foresee(&order.team, &order.incident);
        if let Some(handled) = once.check(&order.team, &mut tx, now).await? {
            return not_again(tx, once, handled, now).await;
        }
        match self.carry_out(&mut tx, order, now).await? {
            Ok(done) => self.keep(tx, done).await,
            Err(refusal) => self.refuse(tx, once, &order.team, refusal, now).await,
        }
    }

    /// Declares an incident.
    ///
    /// # Errors
    /// When the store fails: nothing was recorded then.
    pub async fn declare(
        &self,
        once: &Once,
        team: &TeamId,
        by: &Actor,
        declaration: &Declaration,
    ) -> anyhow::Result<Handled> {
        retried!(self, self.try_declare(once, team, by, declaration))
    }

    async fn try_declare(
        &self,
        once: &Once,
        team: &TeamId,
        by: &Actor,
        declaration: &Declaration,
    ) -> anyhow::Result<Handled> {
        self.steps.pass(Step::DoorReached).await?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        self.steps.pass(Step::DoorOpened).await?;
        if let Some(handled) = once.check(team, &mut tx, now).await? {
            return not_again(tx, once, handled, now).await;
        }
        match self.declare_in(&mut tx, team, by, declaration, now).await? {
            Ok(done) => self.keep(tx, done).await,
            Err(refusal) => self.refuse(tx, once, team, refusal, now).await,
        }
    }

    /// Refuses what comes no further than to the door, unless it was heard before.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn turn_away(
        &self,
        once: &Once,
        team: &TeamId,
        refusal: &Refusal,
    ) -> anyhow::Result<Handled> {
        retried!(self, self.try_turn_away(once, team, refusal))
    }

    async fn try_turn_away(
        &self,
        once: &Once,
        team: &TeamId,
        refusal: &Refusal,
    ) -> anyhow::Result<Handled> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        match once.check(team, &mut tx, now).await? {
            None => self.refuse(tx, once, team, refusal.clone(), now).await,
            Some(handled) => not_again(tx, once, handled, now).await,
        }
    }

    /// Slack may deliver this once more when it could be done, and the person knows that it was refused. Whoever types
    /// it again wants it now.
    async fn refuse(
        &self,
        mut tx: WriteTx,
        once: &Once,
        team: &TeamId,
        refusal: Refusal,
        now: Time,
    ) -> anyhow::Result<Handled> {
        match once.refusal_key() {
            Some(key) => {
                if let Some(words) = once.words(team) {
                    tx.forget_words(words);
                }
                tx.first_time(&key, now).await?;
                tx.commit().await?;
            }
            None => tx.forget().await?,
        }
        telemetry::refused(refusal.kind());
        Ok(Handled::Refused(refusal))
    }

    async fn keep(&self, mut tx: WriteTx, done: Done) -> anyhow::Result<Handled> {
        tx.write().await?;
        self.steps.pass(Step::DoorSaved).await?;
        tx.commit().await?;
        self.watch(&done.incident);
        for entry in &done.entries {
            telemetry::decided(&entry.event);
        }
        self.steps.pass(Step::DoorCommitted).await?;
        Ok(Handled::Done(Box::new(done)))
    }

    /// Sees to it that an incident that was committed is woken in time.
    pub fn watch(&self, incident: &Incident) {
        if let Some(at) = incident.next_wake_at() {
            self.bells.wakes.ring_for(at);
        }
    }

    /// The order within a transaction of the caller's, for those who have something of their own to record with it.
    pub async fn carry_out(
        &self,
        tx: &mut WriteTx,
        order: &Order,
        now: Time,
    ) -> anyhow::Result<Result<Done, Refusal>> {
        let Some(saved) = tx.incident(&order.team, &order.incident).await? else {
            return Ok(Err(Refusal::UnknownIncident {
                given: order.incident.to_string(),
            }));
        };
        let directory = self.people.directory();
        let given = Given {
            rules: self.rules(),
            directory: &directory,
            by: &order.by,
            now,
        };
        let events = match decide(&saved.incident, &order.command, given) {
            Ok(events) => events,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let entries = entries(events, &order.by, now);
        if entries.is_empty() {
            return Ok(Ok(Done {
                incident: saved.incident,
                entries,
            }));
        }
        let before = saved.incident.clone();
        let after = entries.iter().fold(saved.incident, Incident::after);
        tx.save_incident(&order.team, &after, saved.revision, &entries)?;
        self.enqueue(tx, &order.team, Some(&before), &after, &entries, now)?;
        Ok(Ok(Done {
            incident: after,
            entries,
        }))
    }

    /// The declaration within a transaction of the caller's.
    pub async fn declare_in(
        &self,
        tx: &mut WriteTx,
        team: &TeamId,
        by: &Actor,
        declaration: &Declaration,
        now: Time,
    ) -> anyhow::Result<Result<Done, Refusal>> {
        let directory = self.people.directory();
        let given = Given {
            rules: self.rules(),
            directory: &directory,
            by,
            now,
        };
        let events = match declare(declaration, given) {
            Ok(events) => events,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let entries = entries(events, by, now);
        let id = tx.next_incident_id(team, self.year_of(now)).await?;
        let incident = entries
            .first()
            .and_then(|entry| Incident::declared(id, entry))
            .context("a declaration that declares nothing")?;
        tx.insert_incident(team, &incident, &entries)?;
        self.enqueue(tx, team, None, &incident, &entries, now)?;
        Ok(Ok(Done { incident, entries }))
    }

    fn enqueue(
        &self,
        tx: &mut WriteTx,
        team: &TeamId,
        before: Option<&Incident>,
        after: &Incident,
        entries: &[Entry],
        now: Time,
    ) -> anyhow::Result<()> {
        let tasks: Vec<Task> = announce(before, after, entries)
            .into_iter()
            .map(Task::Incident)
            .collect();
        tx.enqueue(
            team,
            &Lane::incident(team, &after.id),
            Some(after.id),
            &tasks,
            now,
        )?;
        Ok(())
    }
}

/// Heard before: nothing is done now. Who was only asked whether they mean it is not to be obeyed when Slack delivers it
/// once more, a minute later.
async fn not_again(
    mut tx: WriteTx,
    once: &Once,
    handled: Handled,
    now: Time,
) -> anyhow::Result<Handled> {
    match (&handled, once.refusal_key()) {
        (Handled::TypedBefore(_), Some(key)) => {
            tx.first_time(&key, now).await?;
            tx.commit().await?;
        }
        _ => tx.forget().await?,
    }
    Ok(handled)
}

fn entries(events: Vec<Event>, by: &Actor, now: Time) -> Vec<Entry> {
    events
        .into_iter()
        .map(|event| Entry {
            at: now,
            by: by.clone(),
            event,
        })
        .collect()
}
