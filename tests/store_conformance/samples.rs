//! Incidents, tasks and times to store.

use std::future::Future;

use balefire::clock::Time;
use balefire::domain::effect::{CardPlace, Effect, Reader};
use balefire::domain::event::{Entry, Event};
use balefire::domain::incident::{Actor, Incident, MessageRef, Role, SentNag};
use balefire::ids::{ChannelId, IncidentId, MessageTs, SeverityId, TeamId, UserId};
use balefire::store::{Conflict, Lane, OutboxRow, Saved, Store, Task, WriteTx};
use chrono::{DateTime, Duration};

/// Ten o'clock on a Monday, and so many seconds later.
pub fn at(seconds: i64) -> Time {
    DateTime::from_timestamp(1_781_517_600, 0).unwrap() + Duration::seconds(seconds)
}

pub fn team() -> TeamId {
    TeamId::new("T1")
}

pub fn user(name: &str) -> UserId {
    UserId::new(name)
}

pub fn id(text: &str) -> IncidentId {
    text.parse().unwrap()
}

pub fn channel(name: &str) -> ChannelId {
    ChannelId::new(name)
}

pub fn ts(text: &str) -> MessageTs {
    MessageTs::new(text)
}

pub fn by(person: &str, seconds: i64, event: Event) -> Entry {
    Entry {
        at: at(seconds),
        by: Actor::Person(user(person)),
        event,
    }
}

/// A declaration by UALICE that is to be woken at `next_nag_at`.
pub fn declaration(title: &str, next_nag_at: i64) -> Entry {
    by(
        "UALICE",
        0,
        Event::Declared {
            title: title.into(),
            long_title: None,
            severity: SeverityId::new("P0"),
            services: vec!["payments".into()],
            impact: None,
            owner: Some(user("UBOB")),
            wants_channel: true,
            next_nag_at: at(next_nag_at),
            respond_by: at(next_nag_at + 1),
        },
    )
}

pub fn note(text: &str) -> Event {
    Event::Noted { text: text.into() }
}

/// The incident after these entries.
pub fn told(id: IncidentId, entries: &[Entry]) -> Incident {
    Incident::replay(id, entries).unwrap()
}

/// Declares in a transaction of its own.
pub async fn declare(store: &Store, name: &str, entries: &[Entry]) -> Saved {
    let incident = told(id(name), entries);
    let mut tx = store.begin().await.unwrap();
    tx.insert_incident(&team(), &incident, entries).unwrap();
    tx.commit().await.unwrap();
    store.incident(&team(), &id(name)).await.unwrap().unwrap()
}

/// Adds to an incident in a transaction of its own.
pub async fn add(store: &Store, saved: &Saved, entry: Entry) -> anyhow::Result<()> {
    let mut tx = store.begin().await?;
    let after = saved.incident.clone().after(&entry);
    tx.save_incident(&saved.team, &after, saved.revision, &[entry])?;
    tx.commit().await
}

/// Does it until nobody interferes, as the door does.
pub async fn until_no_conflict<T, F: Future<Output = anyhow::Result<T>>>(
    attempt: impl Fn() -> F,
) -> T {
    loop {
        match attempt().await {
            Err(error) if Conflict::caused(&error) => continue,
            done => return done.unwrap(),
        }
    }
}

pub async fn enqueue(store: &Store, lane: &str, tasks: &[Task], seconds: i64) {
    let mut tx = store.begin().await.unwrap();
    put(&mut tx, lane, tasks, seconds).await.unwrap();
    tx.commit().await.unwrap();
}

pub async fn put(tx: &mut WriteTx, lane: &str, tasks: &[Task], seconds: i64) -> anyhow::Result<()> {
    let lane = Lane::channel(&team(), &channel(lane));
    tx.enqueue(&team(), &lane, None, tasks, at(seconds))
}

/// Something that matters by itself.
pub fn tell(text: &str) -> Task {
    Task::Incident(Effect::Tell {
        to: Reader::Home,
        entry: Box::new(by("UALICE", 0, note(text))),
    })
}

/// A refresh, of which the newest is enough.
pub fn refresh() -> Task {
    Task::Incident(Effect::RefreshCard {
        at: CardPlace::Incidents,
    })
}

/// The same for a nag that waits for its answer.
pub fn refresh_nag(number: u32) -> Task {
    let nag = SentNag {
        number,
        nagged_at: at(900),
        message: None,
        answer: None,
    };
    Task::Incident(Effect::RefreshNag { nag: Box::new(nag) })
}

/// What a task says, for comparing.
pub fn said(task: &Task) -> String {
    match task {
        Task::Incident(Effect::Tell { entry, .. }) => match &entry.event {
            Event::Noted { text } => text.clone(),
            event => format!("{event:?}"),
        },
        task => task.kind().into(),
    }
}

pub fn card(channel_name: &str, message: &str) -> Event {
    Event::CardPosted {
        message: MessageRef {
            channel: channel(channel_name),
            ts: ts(message),
        },
    }
}

pub fn owner_is(person: &str) -> Event {
    Event::RoleGiven {
        role: Role::Owner,
        to: user(person),
        from: None,
    }
}

/// Takes what is due, as the outbox's pump does: what matters before refreshes, at most `limit` rows. Whoever was not
/// quick enough begins anew.
pub async fn take(store: &Store, now: Time, lease: Duration, limit: u32) -> Vec<OutboxRow> {
    loop {
        let mut tx = store.begin().await.unwrap();
        let mut taken = vec![];
        let mut due = tx.due([limit; 2], now).await.unwrap();
        due.truncate(usize::try_from(limit).unwrap());
        for mut row in due {
            tx.take(&mut row, Some("here"), now, lease);
            taken.push(row);
        }
        match tx.commit().await {
            Ok(()) => return taken,
            Err(error) => assert!(Conflict::caused(&error), "{error:#}"),
        }
    }
}

/// When the outbox is next due.
pub async fn next_at(store: &Store) -> Option<Time> {
    let outlook = store
        .outlook(["T1 messages", "T1 refreshes"])
        .await
        .unwrap();
    outlook.iter().filter_map(|rank| rank.due_at).min()
}
