//! What was heard before, reports, and forgetting.

use std::sync::LazyLock;

use balefire::ids::{ChannelId, MessageTs, SeverityId, TeamId, UserId};
use balefire::store::{Heard, Report, ReportKey, ReportState, Store, Words};
use chrono::Duration;
use tokio::task::JoinSet;

use crate::on_each_engine;
use crate::samples::*;

on_each_engine! {
    a_key_is_new_once
    a_command_typed_again_within_a_minute_is_known
    a_delivery_is_known_by_its_key_and_by_its_words
    words_typed_at_once_are_new_once
    words_of_any_length_are_known
    a_report_is_settled_once
    only_what_is_old_is_swept
    a_sweep_is_bounded
}

async fn a_key_is_new_once(store: Store) {
    let mut hearers = JoinSet::new();
    for _ in 0..20 {
        let store = store.clone();
        hearers.spawn(async move {
            until_no_conflict(async || {
                let mut tx = store.begin().await?;
                let new = tx.first_time("event Ev1", at(0)).await?;
                tx.commit().await?;
                Ok(new)
            })
            .await
        });
    }
    let new = hearers.join_all().await;
    assert_eq!(new.iter().filter(|new| **new).count(), 1);
    assert!(store.heard("event Ev1").await.unwrap());
    assert!(!store.heard("event Ev2").await.unwrap());
}

async fn a_command_typed_again_within_a_minute_is_known(store: Store) {
    let (alice, bob, here, there) = (user("UALICE"), user("UBOB"), channel("C1"), channel("C2"));
    for (person, place, text, seconds, expected) in [
        (&alice, &here, "resolve", 0, Heard::New),
        (&alice, &here, "resolve", 0, Heard::TypedAt(at(0))),
        (&alice, &here, "resolve", 60, Heard::TypedAt(at(0))),
        (&alice, &here, "ack", 1, Heard::New),
        (&alice, &there, "resolve", 1, Heard::New),
        (&bob, &here, "resolve", 1, Heard::New),
        (&alice, &here, "resolve", 61, Heard::New),
        // Typing it once more counts from then.
        (&alice, &here, "resolve", 121, Heard::TypedAt(at(61))),
    ] {
        let mut tx = store.begin().await.unwrap();
        let heard = tx
            .hear(None, Some(words(person, place, text)), at(seconds))
            .await
            .unwrap();
        assert_eq!(heard, expected, "{person} {place} {text} {seconds}");
        tx.commit().await.unwrap();
    }
}

fn words<'a>(person: &'a UserId, channel: &'a ChannelId, text: &'a str) -> Words<'a> {
    static TEAM: LazyLock<TeamId> = LazyLock::new(team);
    Words {
        team: &TEAM,
        person,
        channel,
        thread: None,
        text,
        within: Duration::minutes(1),
    }
}

async fn a_delivery_is_known_by_its_key_and_by_its_words(store: Store) {
    let (alice, here) = (user("UALICE"), channel("C1"));
    let thread = MessageTs::new("1.1");
    let resolve = words(&alice, &here, "resolve");
    for (key, words, seconds, expected) in [
        ("trigger 1", resolve, 0, Heard::New),
        ("trigger 1", resolve, 1, Heard::Before),
        ("trigger 2", resolve, 1, Heard::TypedAt(at(0))),
        (
            "trigger 3",
            Words {
                text: "ack",
                ..resolve
            },
            1,
            Heard::New,
        ),
        (
            "event 4",
            Words {
                thread: Some(&thread),
                ..resolve
            },
            1,
            Heard::New,
        ),
    ] {
        let mut tx = store.begin().await.unwrap();
        let heard = tx.hear(Some(key), Some(words), at(seconds)).await.unwrap();
        assert_eq!(heard, expected, "{key} {}", words.text);
        // Whoever heard it before keeps nothing.
        match heard {
            Heard::New => tx.commit().await.unwrap(),
            _ => tx.forget().await.unwrap(),
        }
    }
    assert!(!store.heard("trigger 2").await.unwrap());
    // Others have typed the same elsewhere, and it stays theirs.
    let there = channel("C2");
    let elsewhere = words(&alice, &there, "resolve");
    let mut tx = store.begin().await.unwrap();
    tx.hear(None, Some(elsewhere), at(1)).await.unwrap();
    tx.forget_words(resolve);
    tx.commit().await.unwrap();
    for (words, expected) in [(resolve, Heard::New), (elsewhere, Heard::TypedAt(at(1)))] {
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.hear(None, Some(words), at(2)).await.unwrap(), expected);
        tx.forget().await.unwrap();
    }
}

/// Each types the same at the same moment: one of them was first, on whatever engine.
async fn words_typed_at_once_are_new_once(store: Store) {
    let mut typists = JoinSet::new();
    for nth in 0..20 {
        let store = store.clone();
        typists.spawn(async move {
            let (alice, here) = (user("UALICE"), channel("C1"));
            until_no_conflict(async || {
                let mut tx = store.begin().await?;
                let key = format!("trigger {nth}");
                let words = words(&alice, &here, "resolve");
                let heard = tx.hear(Some(&key), Some(words), at(0)).await?;
                if heard == Heard::New {
                    tx.commit().await?;
                }
                Ok(heard)
            })
            .await
        });
    }
    let heard = typists.join_all().await;
    let new = heard.iter().filter(|heard| **heard == Heard::New).count();
    assert_eq!(new, 1, "{heard:?}");
}

/// As many as a command may have, and far more; all of them differ, so that no engine can make them shorter.
async fn words_of_any_length_are_known(store: Store) {
    let (alice, here) = (user("UALICE"), channel("C1"));
    for length in [2_900, 100_000] {
        let text: String = (0..length)
            .map(|n| char::from_u32(0x4e00 + n * 7919 % 20_000).unwrap())
            .collect();
        let other = format!("{text}!");
        for (text, expected) in [
            (&text, Heard::New),
            (&other, Heard::New),
            (&text, Heard::TypedAt(at(0))),
        ] {
            let mut tx = store.begin().await.unwrap();
            let typed = words(&alice, &here, text);
            assert_eq!(tx.hear(None, Some(typed), at(0)).await.unwrap(), expected);
            tx.commit().await.unwrap();
        }
    }
}

fn sample_report(message: &str) -> Report {
    Report {
        key: ReportKey {
            team: team(),
            channel: channel("CINCIDENTS"),
            ts: ts(message),
        },
        author: user("UALICE"),
        text: "checkout is down".into(),
        title_guess: "Checkout is down".into(),
        severity_guess: SeverityId::new("P0"),
        heard_at: at(0),
        offer: None,
        state: ReportState::Offered,
    }
}

async fn a_report_is_settled_once(store: Store) {
    declare(&store, "INC-2026-001", &[declaration("Down", 900)]).await;
    let declared = ReportState::Declared {
        by: user("UBOB"),
        at: at(9),
        incident: id("INC-2026-001"),
    };
    let dismissed = ReportState::Dismissed {
        by: user("UCAROL"),
        at: at(9),
    };
    for (message, settled, too_late) in [
        ("1.000100", &declared, &dismissed),
        ("1.000200", &dismissed, &declared),
    ] {
        let report = sample_report(message);
        let key = &report.key;
        let mut tx = store.begin().await.unwrap();
        assert!(
            !tx.settle_report(key, settled).await.unwrap(),
            "there is none yet"
        );
        assert!(tx.insert_report(&report).await.unwrap());
        assert!(!tx.insert_report(&report).await.unwrap());
        assert_eq!(tx.report(key).await.unwrap().as_ref(), Some(&report));
        tx.set_report_offer(key, &ts("2.000100"));
        assert!(!tx.settle_report(key, &ReportState::Offered).await.unwrap());
        assert!(tx.settle_report(key, settled).await.unwrap());
        assert!(!tx.settle_report(key, too_late).await.unwrap());
        assert!(
            !tx.insert_report(&report).await.unwrap(),
            "heard again, it is not offered again"
        );
        tx.commit().await.unwrap();
        let expected = Report {
            offer: Some(ts("2.000100")),
            state: settled.clone(),
            ..report
        };
        assert_eq!(store.report(&expected.key).await.unwrap(), Some(expected));
    }
}

async fn only_what_is_old_is_swept(store: Store) {
    let day = 24 * 60 * 60;
    let mut tx = store.begin().await.unwrap();
    for (key, days) in [("old", 0), ("young", 29)] {
        let (alice, here) = (user("UALICE"), channel("C1"));
        tx.hear(Some(key), Some(words(&alice, &here, key)), at(days * day))
            .await
            .unwrap();
    }
    put(&mut tx, "C1", &[tell("sent long ago")], 0)
        .await
        .unwrap();
    put(&mut tx, "C2", &[tell("given up long ago")], 0)
        .await
        .unwrap();
    put(
        &mut tx,
        "C3",
        &[tell("sent lately"), tell("waiting for long")],
        0,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let rows = take(&store, at(0), Duration::minutes(1), 9).await;
    let mut tx = store.begin().await.unwrap();
    assert!(tx.mark_sent(&rows[0], None, at(0)).await.unwrap());
    assert!(
        tx.mark_given_up(&rows[1], "channel_not_found", at(0))
            .await
            .unwrap()
    );
    assert!(tx.mark_sent(&rows[2], None, at(29 * day)).await.unwrap());
    tx.commit().await.unwrap();

    let now = at(30 * day + 1);
    assert_eq!(store.sweep(now).await.unwrap(), 4);
    assert_eq!(store.sweep(now).await.unwrap(), 0);
    assert!(!store.heard("old").await.unwrap());
    assert!(store.heard("young").await.unwrap());
    let left = take(&store, now, Duration::minutes(1), 9).await;
    assert_eq!(
        left.iter().map(|row| said(&row.task)).collect::<Vec<_>>(),
        ["waiting for long"]
    );
    let mut tx = store.begin().await.unwrap();
    assert!(
        !tx.mark_sent(&rows[2], None, now).await.unwrap(),
        "it is still known to be sent"
    );
}

async fn a_sweep_is_bounded(store: Store) {
    let mut tx = store.begin().await.unwrap();
    for n in 0..501 {
        tx.first_time(&format!("event {n}"), at(0)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let now = at(3 * 24 * 60 * 60);
    assert_eq!(store.sweep(now).await.unwrap(), 500);
    assert_eq!(store.sweep(now).await.unwrap(), 1);
}
