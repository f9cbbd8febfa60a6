//! Lanes, leases and who may send what.

use std::collections::BTreeMap;

use balefire::clock::Time;
use balefire::domain::effect::{CardPlace, Effect};
use balefire::ids::TeamId;
use balefire::store::{AnswerUrl, Conflict, Depth, Lane, OutboxRow, ReportKey, Store, Task};
use chrono::Duration;
use serde_json::json;
use sqlx::{Executor as _, Row as _};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::samples::*;
use crate::{Database, on_each_engine};

on_each_engine! {
    every_task_comes_back_as_it_was
    a_lane_is_sent_in_order_one_at_a_time
    lanes_do_not_wait_for_each_other
    an_answer_comes_before_what_waits_to_be_posted
    refreshes_hold_nothing_up
    of_refreshes_with_one_slot_the_newest_waits
    a_lease_that_ran_out_says_that_it_was_interrupted
    what_surely_failed_is_sent_again
    what_may_have_arrived_is_looked_for
    what_is_not_there_was_never_sent
    what_was_sent_late_does_not_stand_for_what_was_summed_up
    what_was_not_sent_is_as_before
    giving_up_ends_a_row_and_not_its_lane
    who_lost_the_lease_changes_nothing
    a_delivery_is_true_whoever_holds_the_lease
    an_older_refresh_makes_way_for_a_newer
    a_pump_knows_when_to_look_again
    each_row_is_claimed_once
    no_lane_is_forgotten_whoever_changes_it
    the_pace_is_one_for_all
    each_rank_is_due_by_itself
}

const LEASE: Duration = Duration::seconds(60);

async fn claim(store: &Store, seconds: i64) -> Vec<OutboxRow> {
    take(store, at(seconds), LEASE, 100).await
}

async fn claim_texts(store: &Store, seconds: i64) -> Vec<String> {
    claim(store, seconds)
        .await
        .iter()
        .map(|row| said(&row.task))
        .collect()
}

async fn sent(store: &Store, row: &OutboxRow, seconds: i64) -> bool {
    let mut tx = store.begin().await.unwrap();
    let known = tx
        .mark_sent(row, Some((&channel("C1"), &ts("1.000100"))), at(seconds))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    known
}

async fn every_task_comes_back_as_it_was(store: Store) {
    declare(&store, "INC-2026-001", &[declaration("Down", 900)]).await;
    let key = ReportKey {
        team: team(),
        channel: channel("C1"),
        ts: ts("1.000100"),
    };
    let body = json!({ "text": "words 😱", "blocks": [{ "type": "divider" }] });
    let tasks = [
        tell("said"),
        Task::Incident(Effect::CreateChannel),
        refresh_nag(3),
        Task::Answer {
            url: AnswerUrl::new("https://hooks.example/1/secret"),
            user: user("UALICE"),
            body: body.clone(),
        },
        Task::Post {
            answers: None,
            channel: channel("C1"),
            thread: Some(ts("1.000100")),
            body: body.clone(),
            about: Some(key),
        },
        Task::Update {
            channel: channel("C1"),
            ts: ts("1.000100"),
            body,
        },
    ];
    let mut ids = vec![];
    for (n, task) in tasks.into_iter().enumerate() {
        let lane = Lane::answer(Uuid::from_u128(n as u128));
        let incident = (n < 3).then(|| id("INC-2026-001"));
        let mut tx = store.begin().await.unwrap();
        tx.enqueue(&team(), &lane, incident, std::slice::from_ref(&task), at(7))
            .unwrap();
        tx.commit().await.unwrap();
        let rows = claim(&store, 9).await;
        let expected = OutboxRow {
            id: rows[0].id,
            team: team(),
            lane: lane.as_str().to_owned(),
            incident,
            task,
            attempts: 1,
            interrupted: false,
            sent_at: None,
            sent_until: None,
            sent_to: None,
            created_at: at(7),
            lease_until: at(9) + LEASE,
        };
        assert_eq!(rows, [expected]);
        assert!(!format!("{rows:?}").contains("secret"));
        assert_eq!(rows[0].id.get_version_num(), 7);
        ids.push(rows[0].id);
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 6);
}

async fn a_lane_is_sent_in_order_one_at_a_time(store: Store) {
    enqueue(&store, "C1", &[tell("1"), tell("2")], 0).await;
    enqueue(&store, "C1", &[tell("3")], 0).await;
    assert_eq!(
        claim_texts(&store, -1).await,
        [""; 0],
        "not before it was enqueued"
    );
    for text in ["1", "2", "3"] {
        let rows = claim(&store, 1).await;
        assert_eq!(
            rows.iter().map(|row| said(&row.task)).collect::<Vec<_>>(),
            [text]
        );
        assert_eq!(claim_texts(&store, 2).await, [""; 0], "{text} is in flight");
        assert!(sent(&store, &rows[0], 3).await);
    }
    assert_eq!(claim_texts(&store, 4).await, [""; 0]);
}

async fn lanes_do_not_wait_for_each_other(store: Store) {
    for (lane, seconds) in [("C2", 1), ("C3", 2), ("C1", 0)] {
        enqueue(
            &store,
            lane,
            &[tell(&format!("{lane} 1")), tell(&format!("{lane} 2"))],
            seconds,
        )
        .await;
    }
    let first = take(&store, at(9), LEASE, 2).await;
    assert_eq!(
        first.iter().map(|row| said(&row.task)).collect::<Vec<_>>(),
        ["C1 1", "C2 1"],
        "longest due first"
    );
    assert_eq!(claim_texts(&store, 9).await, ["C3 1"]);
    assert!(sent(&store, &first[0], 9).await);
    assert_eq!(claim_texts(&store, 9).await, ["C1 2"]);
}

/// Somebody looks at a button that does nothing, and its answer has turns of its own.
async fn an_answer_comes_before_what_waits_to_be_posted(store: Store) {
    for lane in ["C1", "C2"] {
        enqueue(&store, lane, &[tell(lane)], 0).await;
    }
    let answer = Task::Answer {
        url: AnswerUrl::new("https://hooks.example/1/secret"),
        user: user("UALICE"),
        body: json!({}),
    };
    enqueue(&store, "answer", std::slice::from_ref(&answer), 5).await;
    let rows = take(&store, at(9), LEASE, 1).await;
    assert_eq!(rows[0].task, answer);
    assert_eq!(rows[0].created_at, at(5));
}

async fn refreshes_hold_nothing_up(store: Store) {
    enqueue(&store, "C1", &[refresh(), tell("1"), tell("2")], 0).await;
    enqueue(&store, "C2", &[refresh()], 0).await;
    enqueue(&store, "C3", &[tell("3")], 5).await;
    let rows = claim(&store, 9).await;
    let texts: Vec<_> = rows.iter().map(|row| said(&row.task)).collect();
    assert_eq!(
        texts,
        ["1", "3", "refresh_card"],
        "what matters goes first, in a lane and among lanes"
    );
    assert!(sent(&store, &rows[0], 9).await);
    let second = claim(&store, 9).await;
    assert_eq!(said(&second[0].task), "2");
    assert!(sent(&store, &second[0], 9).await);
    assert_eq!(claim_texts(&store, 9).await, ["refresh_card"]);
}

async fn of_refreshes_with_one_slot_the_newest_waits(store: Store) {
    let nag = refresh_nag;
    let home = Task::Incident(Effect::RefreshCard {
        at: CardPlace::Home,
    });
    enqueue(&store, "C1", &[refresh(), nag(1), refresh()], 0).await;
    enqueue(&store, "C1", &[home.clone(), nag(1), nag(2)], 0).await;
    enqueue(&store, "C2", &[refresh()], 0).await;
    let mut order = vec![];
    loop {
        let rows = claim(&store, 1).await;
        for row in &rows {
            order.push(format!("{} {}", row.lane, row.task.slot().unwrap()));
            assert!(sent(&store, row, 1).await);
        }
        if rows.is_empty() {
            break;
        }
    }
    order.sort_by_key(|line| line[..5].to_owned());
    let expected = [
        "T1/C1 card",
        "T1/C1 home_card",
        "T1/C1 nag1",
        "T1/C1 nag2",
        "T1/C2 card",
    ];
    assert_eq!(order, expected, "each once, at the place of the newest");

    // The words of an update are in it, so it must be the newest's that go.
    let update = |text: &str| Task::Update {
        channel: channel("C1"),
        ts: ts("1.000100"),
        body: json!({ "text": text }),
    };
    enqueue(&store, "C1", &[update("older")], 2).await;
    enqueue(&store, "C1", &[update("newer")], 2).await;
    let rows = claim(&store, 3).await;
    assert_eq!(
        rows.iter().map(|row| &row.task).collect::<Vec<_>>(),
        [&update("newer")]
    );
    enqueue(&store, "C1", &[update("newest")], 3).await;
    assert_eq!(
        claim(&store, 3).await,
        [],
        "what is in flight is not replaced, and is waited for"
    );
    assert!(sent(&store, &rows[0], 3).await);
    assert_eq!(claim(&store, 3).await[0].task, update("newest"));
}

async fn a_lease_that_ran_out_says_that_it_was_interrupted(store: Store) {
    enqueue(&store, "C1", &[tell("1"), tell("2")], 0).await;
    let first = claim(&store, 10).await;
    assert_eq!(
        (first[0].interrupted, first[0].sent_at, first[0].attempts),
        (false, None, 1)
    );
    assert_eq!(claim(&store, 69).await, []);
    let second = claim(&store, 70).await;
    let expected = OutboxRow {
        interrupted: true,
        sent_at: Some(at(10)),
        sent_until: Some(at(70)),
        sent_to: Some("here".into()),
        attempts: 2,
        lease_until: at(130),
        ..first[0].clone()
    };
    assert_eq!(second, [expected]);

    // Waiting for the right moment and sending only then prolongs the lease.
    let row = &second[0];
    let mut tx = store.begin().await.unwrap();
    let held = tx.mark_sending(row, at(120), LEASE).await;
    assert_eq!(held.unwrap(), Some(at(180)));
    let held = tx.mark_sending(row, at(121), LEASE).await;
    assert_eq!(held.unwrap(), None, "that lease was prolonged");
    tx.commit().await.unwrap();
    assert_eq!(claim(&store, 179).await, []);
    let third = claim(&store, 180).await;
    assert_eq!(
        (third[0].sent_at, third[0].sent_to.as_deref()),
        (Some(at(120)), Some("here")),
        "whoever looks for it looks where it was sent"
    );

    // Whoever claimed last and said nothing has not sent it: that is marked before.
    let fourth = claim(&store, 240).await;
    assert_eq!(
        (fourth[0].sent_at, fourth[0].sent_until),
        (Some(at(120)), Some(at(180))),
        "and until when it was first taken over"
    );
}

async fn what_surely_failed_is_sent_again(store: Store) {
    enqueue(&store, "C1", &[tell("1"), tell("2")], 0).await;
    let rows = claim(&store, 1).await;
    let mut tx = store.begin().await.unwrap();
    assert!(
        tx.mark_retry(&rows[0], at(30), "ratelimited")
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    assert_eq!(
        claim_texts(&store, 29).await,
        [""; 0],
        "the lane waits, too"
    );
    let again = claim(&store, 30).await;
    assert_eq!(
        (
            said(&again[0].task),
            again[0].interrupted,
            again[0].attempts
        ),
        ("1".into(), false, 2)
    );
    assert_eq!(again[0].id, rows[0].id);
}

async fn what_may_have_arrived_is_looked_for(store: Store) {
    enqueue(&store, "C1", &[tell("1")], 0).await;
    let rows = claim(&store, 1).await;
    let mut tx = store.begin().await.unwrap();
    assert!(
        tx.mark_unknown(&rows[0], (at(3), at(9)), at(28), "timed out")
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    assert_eq!(claim(&store, 27).await, []);
    let again = claim(&store, 28).await;
    let sent = |row: &OutboxRow| (row.sent_at, row.sent_until, row.sent_by());
    assert_eq!((again[0].interrupted, again[0].attempts), (true, 2));
    assert_eq!(sent(&again[0]), (Some(at(3)), Some(at(9)), Some(at(9))));

    // Sent once more, and taken over: until then, for all that anybody knows.
    let mut tx = store.begin().await.unwrap();
    let held = tx.mark_sending(&again[0], at(30), LEASE).await;
    assert!(held.unwrap().is_some());
    tx.commit().await.unwrap();
    let third = claim(&store, 90).await;
    assert_eq!(sent(&third[0]), (Some(at(30)), Some(at(90)), Some(at(90))));
}

async fn what_is_not_there_was_never_sent(store: Store) {
    enqueue(&store, "C1", &[tell("1"), tell("2")], 0).await;
    claim(&store, 1).await;
    let looked = claim(&store, 61).await;
    assert!(looked[0].interrupted);
    let mut tx = store.begin().await.unwrap();
    assert!(tx.mark_absent(&looked[0], at(65)).await.unwrap());
    assert!(!tx.mark_absent(&looked[0], at(65)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(claim(&store, 64).await, []);
    let anew = claim(&store, 65).await;
    let expected = OutboxRow {
        interrupted: false,
        sent_at: None,
        sent_until: None,
        attempts: 2,
        lease_until: at(125),
        ..looked[0].clone()
    };
    assert_eq!(anew, [expected]);
}

/// A machine that slept may send late what it once claimed. What others have said with it since is not sent by that.
async fn what_was_sent_late_does_not_stand_for_what_was_summed_up(store: Store) {
    enqueue(&store, "C1", &[tell("1"), tell("2")], 0).await;
    let slow = claim(&store, 1).await;
    let mut tx = store.begin().await.unwrap();
    assert!(tx.mark_absent(&slow[0], at(20)).await.unwrap());
    tx.commit().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let mut due = tx.due([9, 9], at(20)).await.unwrap();
    let behind = tx.waiting_behind(&due[0], 9).await.unwrap();
    let others: Vec<_> = behind.iter().map(|row| row.id).collect();
    tx.sum_up(&mut due[0], tell("1 and 2"), &others).unwrap();
    tx.put_off(&due[0], at(30));
    tx.commit().await.unwrap();
    assert!(!sent(&store, &slow[0], 25).await);
    assert_eq!(claim_texts(&store, 30).await, ["1 and 2"]);
}

async fn what_was_not_sent_is_as_before(store: Store) {
    enqueue(&store, "C1", &[tell("1")], 0).await;
    let rows = claim(&store, 1).await;
    let mut tx = store.begin().await.unwrap();
    assert!(tx.release(&rows[0], at(5)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(claim(&store, 4).await, []);
    let again = claim(&store, 5).await;
    assert_eq!((again[0].interrupted, again[0].attempts), (false, 1));

    let mut tx = store.begin().await.unwrap();
    assert!(
        tx.mark_unknown(&again[0], (at(6), at(7)), at(7), "timed out")
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    let looking = claim(&store, 7).await;
    let mut tx = store.begin().await.unwrap();
    assert!(tx.release(&looking[0], at(7)).await.unwrap());
    tx.commit().await.unwrap();
    let again = claim(&store, 8).await;
    assert_eq!(
        (again[0].sent_at, again[0].sent_until, again[0].attempts),
        (Some(at(6)), Some(at(7)), 2),
        "it may still have arrived"
    );
}

async fn giving_up_ends_a_row_and_not_its_lane(store: Store) {
    enqueue(&store, "C1", &[tell("1"), tell("2")], 0).await;
    let rows = claim(&store, 1).await;
    let mut tx = store.begin().await.unwrap();
    assert!(
        tx.mark_given_up(&rows[0], "is_archived", at(2))
            .await
            .unwrap()
    );
    assert!(
        !tx.mark_given_up(&rows[0], "is_archived", at(2))
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    assert_eq!(claim_texts(&store, 3).await, ["2"]);
}

async fn who_lost_the_lease_changes_nothing(store: Store) {
    enqueue(&store, "C1", &[tell("1")], 0).await;
    let slow = claim(&store, 0).await.remove(0);
    let quick = claim(&store, 60).await.remove(0);
    let mut tx = store.begin().await.unwrap();
    assert!(!tx.mark_retry(&slow, at(61), "e").await.unwrap());
    let sent = (at(1), at(2));
    assert!(!tx.mark_unknown(&slow, sent, at(61), "e").await.unwrap());
    assert!(!tx.release(&slow, at(61)).await.unwrap());
    assert!(!tx.mark_given_up(&slow, "e", at(61)).await.unwrap());
    let held = tx.mark_sending(&slow, at(61), LEASE).await;
    assert_eq!(held.unwrap(), None);
    tx.commit().await.unwrap();
    assert_eq!(claim(&store, 119).await, [], "the new lease holds");
    let mut tx = store.begin().await.unwrap();
    assert!(tx.release(&quick, at(61)).await.unwrap());
    drop(tx);

    // Nor does it drop a refresh that somebody else is sending.
    enqueue(&store, "C2", &[refresh()], 0).await;
    let slow = claim(&store, 0).await.remove(0);
    let quick = take(&store, at(60), LEASE, 1).await.remove(0);
    assert_eq!(quick.id, slow.id);
    enqueue(&store, "C2", &[refresh()], 61).await;
    let mut tx = store.begin().await.unwrap();
    assert!(!tx.mark_retry(&slow, at(62), "e").await.unwrap());
    assert!(tx.mark_retry(&quick, at(62), "e").await.unwrap());
}

async fn a_delivery_is_true_whoever_holds_the_lease(store: Store) {
    enqueue(&store, "C1", &[tell("1")], 0).await;
    let slow = claim(&store, 0).await.remove(0);
    let quick = claim(&store, 60).await.remove(0);
    assert!(sent(&store, &slow, 61).await);
    assert!(
        !sent(&store, &quick, 62).await,
        "what follows from it happens once"
    );
    assert_eq!(next_at(&store).await, None);
}

async fn an_older_refresh_makes_way_for_a_newer(store: Store) {
    enqueue(&store, "C1", &[refresh()], 0).await;
    let older = claim(&store, 1).await.remove(0);
    enqueue(&store, "C1", &[refresh()], 2).await;
    let mut tx = store.begin().await.unwrap();
    assert!(tx.mark_retry(&older, at(30), "ratelimited").await.unwrap());
    assert!(
        !tx.mark_retry(&older, at(30), "ratelimited").await.unwrap(),
        "it is gone"
    );
    tx.commit().await.unwrap();
    assert_eq!(claim(&store, 29).await, [], "the delay is inherited");
    let newer = claim(&store, 30).await;
    assert_eq!(newer.len(), 1);
    assert_ne!(newer[0].id, older.id);
    assert!(sent(&store, &newer[0], 31).await);
    assert_eq!(claim(&store, 1_000).await, []);
}

async fn a_pump_knows_when_to_look_again(store: Store) {
    let next = async || next_at(&store).await;
    assert_eq!(next().await, None);
    assert_eq!(store.outbox_depth().await.unwrap(), []);
    enqueue(&store, "C1", &[tell("1"), tell("2")], 5).await;
    enqueue(&store, "C2", &[tell("3")], 8).await;
    assert_eq!(next().await, Some(at(5)));
    let rows = claim(&store, 6).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        next().await,
        Some(at(8)),
        "what waits behind a row in flight is not due"
    );
    let depth = |state: &str, count, seconds| Depth {
        state: state.into(),
        count,
        oldest: at(seconds),
    };
    assert_eq!(
        store.outbox_depth().await.unwrap(),
        [depth("pending", 2, 5), depth("sending", 1, 5)]
    );
    let third = claim(&store, 9).await.remove(0);
    assert_eq!(next().await, Some(at(66)), "when the first lease ends");
    assert!(sent(&store, &third, 9).await);
    let mut tx = store.begin().await.unwrap();
    tx.mark_retry(&rows[0], at(40), "e").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        next().await,
        Some(at(40)),
        "what waits behind a row that waits is not due"
    );
}

async fn each_row_is_claimed_once(store: Store) {
    let elsewhere = TeamId::new("T2");
    for lane in 0..20 {
        let texts: Vec<_> = (0..5).map(|n| tell(&n.to_string())).collect();
        enqueue(&store, &format!("C{lane}"), &texts, 0).await;
        let mut tx = store.begin().await.unwrap();
        let lane = Lane::incident(&elsewhere, &id(&format!("INC-2026-{:03}", lane + 1)));
        tx.enqueue(&elsewhere, &lane, None, &texts, at(0)).unwrap();
        tx.commit().await.unwrap();
    }
    let mut pumps = JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        pumps.spawn(async move {
            let mut mine = vec![];
            while next_at(&store).await.is_some_and(|next| next <= at(1)) {
                for row in take(&store, at(1), LEASE, 3).await {
                    assert!(sent(&store, &row, 1).await);
                    mine.push(row);
                }
            }
            mine
        });
    }
    // A pump stops when nothing is due to it; what others still hold is theirs to finish, with all that follows.
    let mut all: Vec<_> = pumps.join_all().await.into_iter().flatten().collect();
    assert_eq!(claim(&store, 1).await, [], "nothing is left");
    let mut ids: Vec<_> = all.iter().map(|row| row.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), all.len()), (200, 200));
    all.sort_by_key(|row| row.lane.clone());
    let mut lanes: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in &all {
        lanes.entry(&row.lane).or_default().push(said(&row.task));
    }
    for (lane, mut texts) in lanes {
        texts.sort_unstable();
        assert_eq!(texts, ["0", "1", "2", "3", "4"], "{lane}");
    }
}

/// Adds to a lane, again when somebody else was quicker.
async fn insist(store: &Store, lane: &str, text: &str) {
    loop {
        let mut tx = store.begin().await.unwrap();
        let lane = Lane::channel(&team(), &channel(lane));
        let added = tx.enqueue(&team(), &lane, None, &[tell(text)], at(0));
        let kept = match added {
            Ok(()) => tx.commit().await,
            refused => refused,
        };
        match kept {
            Ok(()) => return,
            Err(error) => assert!(is_conflict(&error), "{error:#}"),
        }
    }
}

fn is_conflict(error: &anyhow::Error) -> bool {
    Conflict::caused(error)
}

async fn no_lane_is_forgotten_whoever_changes_it(store: Store) {
    // Few lanes and many hands: they are empty again and again, which is when one could be forgotten.
    const WRITERS: usize = 3;
    const EACH: usize = 60;
    let mut tasks = JoinSet::new();
    for writer in 0..WRITERS {
        let store = store.clone();
        tasks.spawn(async move {
            for nth in 0..EACH {
                tokio::task::yield_now().await;
                insist(
                    &store,
                    &format!("C{}", writer % 2),
                    &format!("{writer} {nth}"),
                )
                .await;
            }
            vec![]
        });
    }
    for _ in 0..4 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut mine = vec![];
            let mut idle = 0;
            // Whoever finds nothing for long believes that all is done; nothing may be left then.
            while idle < 200 {
                idle += 1;
                let mut tx = store.begin().await.unwrap();
                let due = tx.due([3, 0], at(1)).await.unwrap();
                let mut taken = vec![];
                for mut row in due {
                    tx.take(&mut row, None, at(1), LEASE);
                    taken.push(row);
                }
                match tx.commit().await {
                    Ok(()) => {}
                    Err(error) => {
                        assert!(is_conflict(&error), "{error:#}");
                        continue;
                    }
                }
                for row in taken {
                    idle = 0;
                    assert!(sent(&store, &row, 1).await);
                    mine.push(said(&row.task));
                }
                tokio::task::yield_now().await;
            }
            mine
        });
    }
    let mut all: Vec<String> = tasks.join_all().await.into_iter().flatten().collect();
    all.extend(drain(&store).await);
    assert_eq!(all.len(), WRITERS * EACH);
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), WRITERS * EACH, "each once");
    assert_eq!(store.outbox_depth().await.unwrap(), []);
    assert_eq!(next_at(&store).await, None);
}

async fn drain(store: &Store) -> Vec<String> {
    let mut texts = vec![];
    loop {
        let rows = take(store, at(1), LEASE, 100).await;
        if rows.is_empty() {
            return texts;
        }
        for row in rows {
            assert!(sent(store, &row, 1).await);
            texts.push(said(&row.task));
        }
    }
}

/// A hand, or a program that knows no lanes, has ended a row or put it off, and its lane says that it is due.
async fn a_lane_is_not_as_its_rows_are(database: Database) {
    let store = database.open().await;
    for channel in ["C1", "C2", "C3"] {
        enqueue(&store, channel, &[tell(channel)], 1).await;
    }
    let mut raw = database.raw().await;
    for change in [
        "UPDATE outbox SET state = 'sent', done_at = 2 WHERE lane LIKE '%C1'",
        "UPDATE outbox SET not_before = 9000000000000 WHERE lane LIKE '%C2'",
    ] {
        raw.execute(change).await.unwrap();
    }
    assert_eq!(next_at(&store).await, Some(at(1)));
    let taken = take(&store, at(2), LEASE, 100).await;
    let taken: Vec<String> = taken.iter().map(|row| said(&row.task)).collect();
    assert_eq!(taken, ["C3"]);
    // From now on they are as their rows are.
    assert_eq!(next_at(&store).await, Some(at(2) + LEASE));
    assert!(take(&store, at(3), LEASE, 100).await.is_empty());
}

#[tokio::test]
async fn on_a_file_a_lane_that_is_not_as_its_rows_are_stops_no_other() {
    a_lane_is_not_as_its_rows_are(Database::file()).await;
}

#[tokio::test]
async fn on_postgres_a_lane_that_is_not_as_its_rows_are_stops_no_other() {
    a_lane_is_not_as_its_rows_are(Database::postgres().await).await;
}

async fn the_pace_is_one_for_all(store: Store) {
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.paces(&["T1 C1"]).await.unwrap(), [None]);
    tx.set_pace("T1 C1", at(5));
    assert_eq!(
        tx.paces(&["T1 C2", "T1 C1"]).await.unwrap(),
        [None, Some(at(5))]
    );
    tx.commit().await.unwrap();
    assert_eq!(
        free_at(&store, ["T1 C1", "T1 C3"]).await,
        [Some(at(5)), None]
    );
    // Asked for and never called.
    assert_eq!(
        free_at(&store, ["T1 C2", "T1 C1"]).await,
        [None, Some(at(5))]
    );
    // Two replicas that ask at once: the second one learns what the first has taken.
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut tx = store.begin().await.unwrap();
            let before = tx.paces(&["T1 C1"]).await.unwrap()[0].unwrap();
            tx.set_pace("T1 C1", before + Duration::seconds(1));
            tx.commit().await.unwrap();
        });
    }
    tasks.join_all().await;
    assert_eq!(free_at(&store, ["T1 C1", "T1 C1"]).await, [Some(at(25)); 2]);
}

async fn free_at(store: &Store, keys: [&str; 2]) -> [Option<Time>; 2] {
    let outlook = store.outlook(keys).await.unwrap();
    outlook.map(|rank| rank.free_at)
}

async fn each_rank_is_due_by_itself(store: Store) {
    let due_at = async |store: &Store| {
        let outlook = store.outlook(["T1 a", "T1 b"]).await.unwrap();
        outlook.map(|rank| rank.due_at)
    };
    assert_eq!(due_at(&store).await, [None, None]);
    enqueue(&store, "C1", &[refresh()], 3).await;
    assert_eq!(due_at(&store).await, [None, Some(at(3))]);
    enqueue(&store, "C2", &[tell("words")], 5).await;
    enqueue(&store, "C3", &[tell("more words")], 4).await;
    assert_eq!(due_at(&store).await, [Some(at(4)), Some(at(3))]);
}

/// Two transactions on one lane, one after the other to the statement: the first adds to the lane and has not committed
/// when the second, which knows nothing of that, ends the lane's last row.
#[tokio::test]
async fn on_postgres_a_lane_that_grows_while_it_ends_is_kept() {
    let database = Database::postgres().await;
    let store = database.open().await;
    enqueue(&store, "C1", &[tell("first")], 0).await;
    let row = claim(&store, 1).await.remove(0);

    let mut other = database.raw().await;
    for statement in [
        "BEGIN",
        "INSERT INTO outbox (id, team, lane, seq, rank, kind, body, state, attempts, not_before, created_at)
         SELECT '00000000-0000-7000-8000-000000000000', team, lane, 2, 0, kind, body, 'pending', 0, not_before, created_at
           FROM outbox",
        "UPDATE lanes SET since = since",
    ] {
        other.execute(statement).await.unwrap();
    }
    let ending = tokio::spawn({
        let store = store.clone();
        async move { sent(&store, &row, 2).await }
    });
    until_somebody_waits(&database).await;
    other.execute("COMMIT").await.unwrap();
    assert!(ending.await.unwrap());
    assert_eq!(claim_texts(&store, 3).await, ["first"], "its copy");
}

/// Until a statement waits for a lock of Postgres'.
async fn until_somebody_waits(database: &Database) {
    let mut watcher = database.raw().await;
    let waits = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while watcher.fetch_one(waits).await.unwrap().get::<i64, _>("n") == 0 {
        tokio::task::yield_now().await;
    }
}

/// Two replicas on one lane: the first has summed up what waits there and left it for later, but has not committed when
/// the statement of the second begins. To stop that one before it comes to the lane, it sees lanes through a window.
#[tokio::test]
async fn on_postgres_what_was_summed_up_meanwhile_is_claimed_as_it_is_now() {
    let database = Database::postgres().await;
    let store = database.open().await;
    enqueue(&store, "C1", &[tell("first"), tell("second")], 0).await;
    let (mut first, mut window) = (database.raw().await, database.raw().await);
    for statement in [
        "ALTER TABLE lanes RENAME TO kept",
        "CREATE FUNCTION is_open() RETURNS BOOLEAN LANGUAGE plpgsql AS
         $$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN TRUE; END $$",
        "CREATE VIEW lanes AS SELECT * FROM kept WHERE is_open()",
        "BEGIN",
        "DELETE FROM outbox WHERE body LIKE '%second%'",
        "UPDATE outbox SET body = replace(body, 'first', 'first and second')",
        "UPDATE kept SET since = since",
    ] {
        first.execute(statement).await.unwrap();
    }
    window
        .execute("SELECT CAST(pg_advisory_lock(1) AS TEXT)")
        .await
        .unwrap();
    let second = tokio::spawn({
        let store = store.clone();
        async move { claim_texts(&store, 1).await }
    });
    until_somebody_waits(&database).await;
    first.execute("COMMIT").await.unwrap();
    window
        .execute("SELECT CAST(pg_advisory_unlock(1) AS TEXT)")
        .await
        .unwrap();
    assert_eq!(second.await.unwrap(), ["first and second"]);
}
