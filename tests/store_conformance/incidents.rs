//! Incidents, their names, their timelines and who is due.

use std::future::Future as _;
use std::task::Poll;

use balefire::domain::event::Event;
use balefire::domain::incident::MessageRef;
use balefire::ids::{IncidentId, TeamId};
use balefire::store::{Conflict, ListFilter, Listing, Saved, Store, WriteTx};
use tokio::task::JoinSet;

use crate::on_each_engine;
use crate::samples::*;

on_each_engine! {
    what_was_saved_is_read_again
    the_timeline_grows_with_each_save
    an_incident_is_found_by_where_it_speaks
    a_pinned_message_leads_to_its_latest_incident
    a_number_means_the_newest_year
    lists_are_newest_first
    who_is_due_comes_longest_due_first
    a_save_over_what_was_not_read_is_a_conflict
    what_was_foreseen_is_as_it_is
    several_are_read_as_they_are
    a_number_is_given_once
    what_is_not_committed_never_was
    a_writer_that_is_cut_off_leaves_nothing_and_holds_up_nobody
    numbers_have_no_gaps_when_many_declare_at_once
    many_writers_lose_nothing
}

async fn what_was_saved_is_read_again(store: Store) {
    let entries = [declaration("Checkout is down 😱", 900)];
    let saved = declare(&store, "INC-2026-001", &entries).await;
    let expected = Saved {
        team: team(),
        incident: told(id("INC-2026-001"), &entries),
        revision: 1,
    };
    assert_eq!(saved, expected);

    let mut tx = store.begin().await.unwrap();
    let in_tx = tx.incident(&team(), &id("INC-2026-001")).await.unwrap();
    assert_eq!(in_tx, Some(expected));
    drop(tx);

    let elsewhere = TeamId::new("T2");
    for (team, name) in [
        (team(), "INC-2026-002"),
        (team(), "INC-2025-001"),
        (elsewhere, "INC-2026-001"),
    ] {
        assert_eq!(store.incident(&team, &id(name)).await.unwrap(), None);
        assert_eq!(store.timeline(&team, &id(name)).await.unwrap(), []);
    }
}

async fn the_timeline_grows_with_each_save(store: Store) {
    let mut entries = vec![declaration("Down", 900)];
    declare(&store, "INC-2026-001", &entries).await;
    for (seconds, event) in [
        (1, Event::Acknowledged),
        (2, note("Rolling back")),
        (
            3,
            Event::Resolved {
                summary: Some("It was DNS".into()),
            },
        ),
    ] {
        let saved = store
            .incident(&team(), &id("INC-2026-001"))
            .await
            .unwrap()
            .unwrap();
        entries.push(by("UBOB", seconds, event));
        add(&store, &saved, entries.last().unwrap().clone())
            .await
            .unwrap();
    }
    let saved = store
        .incident(&team(), &id("INC-2026-001"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(saved.revision, 4);
    assert_eq!(saved.incident, told(id("INC-2026-001"), &entries));
    let timeline = store.timeline(&team(), &id("INC-2026-001")).await.unwrap();
    assert_eq!(timeline, entries);
}

async fn an_incident_is_found_by_where_it_speaks(store: Store) {
    let first = [
        declaration("Down", 900),
        by("UALICE", 1, card("CINCIDENTS", "1.000100")),
        by(
            "UALICE",
            2,
            Event::ChannelCreated {
                channel: channel("C1"),
            },
        ),
    ];
    declare(&store, "INC-2026-001", &first).await;
    let second = [
        declaration("Slow", 900),
        by("UALICE", 1, card("CINCIDENTS", "1.000200")),
    ];
    declare(&store, "INC-2026-002", &second).await;

    let name = |found: Option<Saved>| found.map(|saved| saved.incident.id.to_string());
    for (place, expected) in [
        ("C1", Some("INC-2026-001")),
        ("C2", None),
        ("CINCIDENTS", None),
    ] {
        let found = store
            .incident_by_channel(&team(), &channel(place))
            .await
            .unwrap();
        assert_eq!(name(found).as_deref(), expected, "{place}");
    }
    for (place, thread, expected) in [
        ("CINCIDENTS", "1.000100", Some("INC-2026-001")),
        ("CINCIDENTS", "1.000200", Some("INC-2026-002")),
        ("CINCIDENTS", "1.000300", None),
        ("C1", "1.000100", None),
    ] {
        let found = store
            .incident_by_card_thread(&team(), &channel(place), &ts(thread))
            .await
            .unwrap();
        assert_eq!(name(found).as_deref(), expected, "{place} {thread}");
    }
    let elsewhere = TeamId::new("T2");
    assert_eq!(
        store
            .incident_by_channel(&elsewhere, &channel("C1"))
            .await
            .unwrap(),
        None
    );
}

async fn a_pinned_message_leads_to_its_latest_incident(store: Store) {
    let message = |text| MessageRef {
        channel: channel("C1"),
        ts: ts(text),
    };
    let pinned = |text| Event::Pinned {
        message: message(text),
        author: None,
        text: "The graph".into(),
        written_at: at(0),
    };
    let first = [declaration("Down", 900), by("UBOB", 1, pinned("1.1"))];
    let first = declare(&store, "INC-2026-001", &first).await;
    add(&store, &first, by("UBOB", 2, pinned("1.2")))
        .await
        .unwrap();
    let second = [declaration("Slow", 900), by("UBOB", 3, pinned("1.2"))];
    declare(&store, "INC-2026-002", &second).await;
    for (text, expected) in [
        ("1.1", Some(id("INC-2026-001"))),
        ("1.2", Some(id("INC-2026-002"))),
        ("1.3", None),
    ] {
        let found = store.incident_with_pin(&team(), &message(text)).await;
        assert_eq!(found.unwrap(), expected, "{text}");
    }
}

async fn a_number_means_the_newest_year(store: Store) {
    for name in ["INC-2025-001", "INC-2026-001", "INC-2025-002"] {
        declare(&store, name, &[declaration("Down", 900)]).await;
    }
    for (number, expected) in [
        (1, Some("INC-2026-001")),
        (2, Some("INC-2025-002")),
        (3, None),
    ] {
        let found = store.incident_by_number(&team(), number).await.unwrap();
        assert_eq!(
            found.map(|saved| saved.incident.id.to_string()).as_deref(),
            expected
        );
    }
}

async fn lists_are_newest_first(store: Store) {
    let finished = by("UBOB", 5, Event::Resolved { summary: None });
    for (name, entries) in [
        ("INC-2025-009", vec![declaration("Old", 900)]),
        (
            "INC-2026-001",
            vec![
                declaration("Carol's", 900),
                by("UALICE", 1, owner_is("UCAROL")),
            ],
        ),
        ("INC-2026-002", vec![declaration("Finished", 900), finished]),
        ("INC-2026-003", vec![declaration("New", 900)]),
    ] {
        declare(&store, name, &entries).await;
    }
    for (filter, limit, expected) in [
        (
            ListFilter::Open,
            9,
            vec!["INC-2026-003", "INC-2026-001", "INC-2025-009"],
        ),
        (ListFilter::Open, 1, vec!["INC-2026-003"]),
        (ListFilter::OwnedBy(user("UCAROL")), 9, vec!["INC-2026-001"]),
        (
            ListFilter::OwnedBy(user("UBOB")),
            9,
            vec!["INC-2026-003", "INC-2025-009"],
        ),
        (
            ListFilter::OwnedBy(user("UALICE")),
            9,
            vec!["INC-2026-003", "INC-2026-001", "INC-2025-009"],
        ),
        (ListFilter::OwnedBy(user("UDAVE")), 9, vec![]),
        (
            ListFilter::All,
            3,
            vec!["INC-2026-003", "INC-2026-002", "INC-2026-001"],
        ),
    ] {
        let listed = store.list(&team(), filter.clone(), limit).await.unwrap();
        let names: Vec<_> = listed
            .incidents
            .iter()
            .map(|saved| saved.incident.id.to_string())
            .collect();
        assert_eq!(names, expected, "{filter:?}");
    }
    assert_eq!(
        store
            .list(&TeamId::new("T2"), ListFilter::All, 9)
            .await
            .unwrap(),
        Listing::default()
    );
}

async fn who_is_due_comes_longest_due_first(store: Store) {
    assert_eq!(store.next_wakes(9).await.unwrap(), []);
    for (name, next_nag_at) in [
        ("INC-2026-001", 300),
        ("INC-2026-002", 100),
        ("INC-2026-003", 200),
    ] {
        declare(&store, name, &[declaration("Down", next_nag_at)]).await;
    }
    let next = async |limit| {
        let next = store.next_wakes(limit).await.unwrap();
        let wakes = next.iter().map(|wake| (wake.at, wake.incident.number));
        wakes.collect::<Vec<_>>()
    };
    assert_eq!(next(9).await, [(at(100), 2), (at(200), 3), (at(300), 1)]);
    assert_eq!(next(2).await, [(at(100), 2), (at(200), 3)]);

    let saved = store
        .incident(&team(), &id("INC-2026-002"))
        .await
        .unwrap()
        .unwrap();
    let finish = by(
        "UBOB",
        5,
        Event::Cancelled {
            reason: "A drill".into(),
        },
    );
    add(&store, &saved, finish).await.unwrap();
    assert_eq!(next(9).await, [(at(200), 3), (at(300), 1)]);
}

async fn a_save_over_what_was_not_read_is_a_conflict(store: Store) {
    let read = declare(&store, "INC-2026-001", &[declaration("Down", 900)]).await;
    add(&store, &read, by("UBOB", 1, note("quicker")))
        .await
        .unwrap();

    let error = add(&store, &read, by("UALICE", 1, note("slower")))
        .await
        .unwrap_err();
    assert!(Conflict::caused(&error), "{error:#}");
    assert!(
        Conflict::caused(&error.context("and a context")),
        "found under a context too"
    );

    let timeline = store.timeline(&team(), &id("INC-2026-001")).await.unwrap();
    assert_eq!(timeline.len(), 2);
    assert_eq!(timeline[1].event, note("quicker"));

    let missing = Saved {
        incident: told(id("INC-2026-002"), &[declaration("Never", 1)]),
        ..read
    };
    let error = add(&store, &missing, by("UALICE", 1, note("nowhere")))
        .await
        .unwrap_err();
    assert!(Conflict::caused(&error), "{error:#}");
}

async fn several_are_read_as_they_are(store: Store) {
    let first = declare(&store, "INC-2026-001", &[declaration("Down", 900)]).await;
    let second = declare(&store, "INC-2026-002", &[declaration("Slow", 900)]).await;
    let (here, elsewhere) = (team(), TeamId::new("T2"));
    let mut tx = store.begin().await.unwrap();
    let asked = async |tx: &mut WriteTx, named: &[(&TeamId, IncidentId)]| -> Vec<Option<Saved>> {
        let read = tx.incidents_as_they_are(named).await.unwrap();
        read.into_iter().map(Result::unwrap).collect()
    };
    assert_eq!(asked(&mut tx, &[]).await, []);
    let named = [
        (&here, second.incident.id),
        (&here, id("INC-2026-003")),
        (&elsewhere, first.incident.id),
        (&here, first.incident.id),
        (&here, second.incident.id),
    ];
    let expected = [
        Some(second.clone()),
        None,
        None,
        Some(first.clone()),
        Some(second.clone()),
    ];
    assert_eq!(asked(&mut tx, &named).await, expected);

    // What this transaction has put down is part of it.
    let entry = by("UBOB", 1, owner_is("UCHEN"));
    let after = first.incident.clone().after(&entry);
    tx.save_incident(&here, &after, first.revision, &[entry])
        .unwrap();
    let read = asked(&mut tx, &[(&here, after.id)]).await;
    let read: Vec<_> = read.into_iter().flatten().collect();
    assert_eq!(read.len(), 1);
    assert_eq!((&read[0].incident, read[0].revision), (&after, 2));
    tx.commit().await.unwrap();
}

async fn what_was_foreseen_is_as_it_is(store: Store) {
    let before = declare(&store, "INC-2026-001", &[declaration("Down", 900)]).await;
    let (team, name) = (team(), before.incident.id);
    let mut tx = store.begin().await.unwrap();
    tx.foresee(&team, &name);
    assert!(tx.first_time("event Ev1", at(0)).await.unwrap());
    let read = tx.incident(&team, &name).await.unwrap();
    assert_eq!(read.as_ref(), Some(&before));

    // Written since, it is read anew.
    tx.foresee(&team, &name);
    assert!(tx.first_time("event Ev2", at(0)).await.unwrap());
    let entry = by("UBOB", 1, owner_is("UBOB"));
    let after = before.incident.clone().after(&entry);
    tx.save_incident(&team, &after, before.revision, &[entry])
        .unwrap();
    let read = tx.incident(&team, &name).await.unwrap().unwrap();
    assert_eq!((read.incident, read.revision), (after, 2));

    // Another than was foreseen, and one that there is not.
    tx.foresee(&team, &id("INC-2026-002"));
    assert!(tx.first_time("event Ev3", at(0)).await.unwrap());
    assert!(tx.incident(&team, &name).await.unwrap().is_some());
    tx.foresee(&team, &id("INC-2026-002"));
    assert!(tx.first_time("event Ev4", at(0)).await.unwrap());
    let missing = tx.incident(&team, &id("INC-2026-002")).await.unwrap();
    assert_eq!(missing, None);
}

async fn a_number_is_given_once(store: Store) {
    declare(&store, "INC-2026-001", &[declaration("Down", 900)]).await;
    let entries = [declaration("Down too", 900)];
    let mut tx = store.begin().await.unwrap();
    let twin = told(id("INC-2026-001"), &entries);
    tx.insert_incident(&team(), &twin, &entries).unwrap();
    let error = tx.commit().await.unwrap_err();
    assert!(Conflict::caused(&error), "{error:#}");
}

async fn what_is_not_committed_never_was(store: Store) {
    let entries = [declaration("Down", 900)];
    let mut tx = store.begin().await.unwrap();
    let name = tx.next_incident_id(&team(), 2026).await.unwrap();
    tx.insert_incident(&team(), &told(name, &entries), &entries)
        .unwrap();
    put(&mut tx, "C1", &[tell("hello")], 0).await.unwrap();
    assert!(tx.first_time("event Ev1", at(0)).await.unwrap());
    drop(tx);

    assert_eq!(store.incident(&team(), &name).await.unwrap(), None);
    assert_eq!(store.timeline(&team(), &name).await.unwrap(), []);
    assert_eq!(next_at(&store).await, None);
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.next_incident_id(&team(), 2026).await.unwrap(), name);
    assert!(tx.first_time("event Ev1", at(0)).await.unwrap());
}

/// A request that timed out is dropped wherever it waits, in the middle of a statement too.
async fn a_writer_that_is_cut_off_leaves_nothing_and_holds_up_nobody(store: Store) {
    declare(&store, "INC-2026-001", &[declaration("Down", 900)]).await;
    for polls in 0..40 {
        let write = async {
            let mut tx = store.begin().await.unwrap();
            assert!(tx.first_time("event Ev1", at(0)).await.unwrap());
            put(&mut tx, "C1", &[tell("never")], 0).await.unwrap();
            std::future::pending::<()>().await;
        };
        let mut write = Box::pin(write);
        let mut polled = 0;
        // Polls it that many times, then drops it.
        std::future::poll_fn(|context| {
            polled += 1;
            match write.as_mut().poll(context) {
                Poll::Pending if polled <= polls => {
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
                _ => Poll::Ready(()),
            }
        })
        .await;
    }
    assert!(!store.heard("event Ev1").await.unwrap());
    assert_eq!(next_at(&store).await, None);
    declare(&store, "INC-2026-002", &[declaration("Down", 900)]).await;
    assert_eq!(
        store
            .list(&team(), ListFilter::All, 9)
            .await
            .unwrap()
            .incidents
            .len(),
        2
    );
}

async fn numbers_have_no_gaps_when_many_declare_at_once(store: Store) {
    let mut declarers = JoinSet::new();
    for n in 0..50 {
        let store = store.clone();
        declarers.spawn(async move {
            until_no_conflict(async || {
                let entries = [declaration(&format!("Incident of {n}"), 900)];
                let mut tx = store.begin().await?;
                let name = tx.next_incident_id(&team(), 2026).await?;
                // Every fifth is not kept, and its number goes to somebody else.
                if n % 5 != 0 {
                    tx.insert_incident(&team(), &told(name, &entries), &entries)?;
                    tx.commit().await?;
                }
                Ok(())
            })
            .await;
        });
    }
    declarers.join_all().await;
    let all = store.list(&team(), ListFilter::All, 100).await.unwrap();
    let numbers: Vec<_> = all
        .incidents
        .iter()
        .rev()
        .map(|saved| saved.incident.id.number)
        .collect();
    assert_eq!(numbers, (1..=40).collect::<Vec<_>>());
    let mut tx = store.begin().await.unwrap();
    assert_eq!(
        tx.next_incident_id(&team(), 2027).await.unwrap(),
        id("INC-2027-001")
    );
    assert_eq!(
        tx.next_incident_id(&TeamId::new("T2"), 2026).await.unwrap(),
        id("INC-2026-001")
    );
}

async fn many_writers_lose_nothing(store: Store) {
    declare(&store, "INC-2026-001", &[declaration("Down", 900)]).await;
    let mut writers = JoinSet::new();
    for n in 0..50 {
        let store = store.clone();
        writers.spawn(async move {
            until_no_conflict(async || {
                let mut tx = store.begin().await?;
                let saved = tx.incident(&team(), &id("INC-2026-001")).await?.unwrap();
                let entry = by("UBOB", n, note(&n.to_string()));
                let after = saved.incident.after(&entry);
                tx.save_incident(&team(), &after, saved.revision, &[entry])?;
                put(&mut tx, "C1", &[tell(&n.to_string())], n).await?;
                tx.commit().await
            })
            .await;
        });
    }
    // Reading goes on meanwhile, and sees whole saves only.
    while !writers.is_empty() {
        let saved = store
            .incident(&team(), &id("INC-2026-001"))
            .await
            .unwrap()
            .unwrap();
        let timeline = store.timeline(&team(), &id("INC-2026-001")).await.unwrap();
        assert!(timeline.len() as i64 >= saved.revision);
        writers.join_next().await.unwrap().unwrap();
    }
    let timeline = store.timeline(&team(), &id("INC-2026-001")).await.unwrap();
    let mut texts: Vec<i64> = timeline[1..]
        .iter()
        .map(|entry| match &entry.event {
            Event::Noted { text } => text.parse().unwrap(),
            event => panic!("{event:?}"),
        })
        .collect();
    texts.sort_unstable();
    assert_eq!(texts, (0..50).collect::<Vec<_>>());
    assert_eq!(store.outbox_depth().await.unwrap()[0].count, 50);
}
