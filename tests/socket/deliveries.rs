//! Envelopes: acknowledged when they are recorded, in time, and harmless when they come again.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use balefire::app::steps::{Step, Steps};
use balefire::slack::socket::Timing;
use balefire::standin::Fault;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite;

use crate::opening::api_giving;
use crate::rig::{Choices, Rig};
use crate::world::{RULES, World, minutes};

#[tokio::test]
async fn a_slow_door_is_answered_for_in_time() {
    let rig = Rig::with(Choices {
        answer_within: Duration::from_millis(50),
        ..Choices::default()
    })
    .await;
    rig.until(|now| now.open == 1).await;
    rig.gate.send(false).unwrap();
    let answer = rig.types().await;
    assert!(answer.starts_with("Still working on it."), "{answer}");
    // Nothing was cut short, and nothing was done yet.
    assert_eq!(rig.inside.load(Ordering::SeqCst), 1);
    assert!(rig.heard.lock().unwrap().is_empty());
    rig.gate.send(true).unwrap();
    assert_eq!(rig.types().await, "Done");
    while rig.inside.load(Ordering::SeqCst) > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(rig.heard.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_slow_envelope_does_not_hold_up_the_next() {
    let rig = Rig::start().await;
    rig.until(|now| now.open == 1).await;
    rig.gate.send(false).unwrap();
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let alice = rig.standin.person("U0ALICE");
            tokio::spawn(async move {
                let answer = alice.slash("C0INCIDENTS", "/incident help").await;
                answer.reads()
            })
        })
        .collect();
    // All of them are at the door at once, over one socket.
    while rig.inside.load(Ordering::SeqCst) < 20 {
        tokio::task::yield_now().await;
    }
    rig.gate.send(true).unwrap();
    for answer in waiting {
        assert_eq!(answer.await.unwrap(), "Done");
    }
}

#[tokio::test]
async fn what_is_not_known_is_acknowledged_or_passed_over() {
    let rig = Rig::start().await;
    rig.until(|now| now.open == 1).await;
    let strange = [
        json!({"type": "of_the_future"}),
        json!({"envelope_id": 7, "type": "events_api"}),
        json!(["hello"]),
        json!({"type": "hello", "num_connections": 1}),
    ];
    for what in strange {
        rig.standin.say_over_socket(1, what);
    }
    let envelope = json!({"envelope_id": "strange", "type": "of_the_future", "payload": {"a": 1}});
    rig.standin.say_over_socket(1, envelope);
    // Slack did not wait for it here, and says so: thus it was acknowledged.
    while rig.standin.socket_complaints().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        rig.standin.socket_complaints(),
        ["nothing waits for an acknowledgement of strange"]
    );
    assert_eq!(rig.types().await, "Done");
    assert_eq!(rig.standin.sockets(), [1]);
}

/// A Slack on a thread of its own, with one socket: it says this when it is told to, and that it has. Returns its
/// address.
fn slack_that_says(what: Value, told: Receiver<()>, said: Sender<()>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("ws://{}/link", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut socket = tungstenite::accept(stream).unwrap();
        let hello = json!({"type": "hello", "num_connections": 1});
        socket.send(hello.to_string().into()).unwrap();
        told.recv().unwrap();
        // Nobody may be there any more, on a machine that is busy: then there is nothing to be heard, either.
        let _ = socket.send(what.to_string().into());
        let _ = said.send(());
        // It stays until the other end is gone.
        while socket.read().is_ok() {}
    });
    address
}

/// Slack has long told the person that nothing came of it, and they may have typed it again elsewhere.
#[tokio::test]
async fn what_lies_about_when_a_process_wakes_up_is_not_heard() {
    // Which of the things that are ready comes first is left to chance.
    for _ in 0..5 {
        let envelope = json!({
            "envelope_id": "late", "type": "slash_commands", "accepts_response_payload": true,
            "payload": {"team_id": "T1", "channel_id": "C0INCIDENTS", "user_id": "U0ALICE", "command": "/incident",
                "text": "help", "trigger_id": "1.2.ticket", "response_url": "https://hooks.slack.com/x"},
        });
        let ((tell, told), (say, said)) = (channel(), channel());
        let address = slack_that_says(envelope, told, say);
        let timing = Timing {
            ping_after: Duration::from_millis(100),
            silent_after: Duration::from_millis(600),
            ..Timing::default()
        };
        let rig = Rig::with(Choices {
            timing,
            api_url: Some(api_giving(&address).await),
            ..Choices::default()
        })
        .await;
        rig.until(|now| now.open == 1).await;
        // The one thread on which everything of the bot's runs stands still meanwhile.
        tell.send(()).unwrap();
        said.recv().unwrap();
        assert!(said.recv_timeout(Duration::from_millis(700)).is_err());
        let ended = Some("Slack fell silent");
        rig.until(|now| now.trouble.as_deref() == ended).await;
        assert!(rig.heard.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn told_to_stop_it_finishes_what_is_in_work() {
    let rig = Rig::start().await;
    rig.until(|now| now.open == 1).await;
    rig.gate.send(false).unwrap();
    let alice = rig.standin.person("U0ALICE");
    let typing = tokio::spawn(async move {
        let answer = alice.slash("C0INCIDENTS", "/incident help").await;
        answer.reads()
    });
    while rig.inside.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    let gate = rig.gate.clone();
    let (standin, _) = tokio::join!(rig.stop(), async {
        gate.send(true).unwrap();
    });
    assert_eq!(typing.await.unwrap(), "Done");
    standin.until_sockets(<[u64]>::is_empty).await;
}

#[tokio::test]
async fn an_event_that_comes_again_changes_nothing() {
    let mut world = World::over_socket().await;
    let alice = world.alice();
    let declare = "/incident declare P1 Checkout is down";
    world.slash(&alice, "C0INCIDENTS", declare).await;
    let home = world.find("#inc-2026-001-checkout-is-down");
    world.everywhere();

    // Once Slack repeats it by itself, once because our acknowledgement was lost.
    let words = [
        ("@Balefire update One", Fault::Redeliver),
        ("@Balefire update Two", Fault::AcceptThenDrop),
    ];
    for (said, fault) in words {
        world.advance(minutes(2)).await;
        world.standin.misbehave(Some("events"), fault, Some(2));
        alice.say(&home, said).unwrap();
        world.settle().await;
    }
    let delivered = world.standin.delivered();
    let again = |kind: &str| {
        let again = delivered.iter().filter(|one| one.attempt > 0);
        again.filter(|one| one.kind == kind).count()
    };
    // A mention is a message, too.
    assert_eq!((again("app_mention"), again("message")), (2, 2));
    assert!(
        delivered
            .iter()
            .all(|one| one.status == Some(200) || one.attempt == 0)
    );
    let why = world.slash(&alice, &home, "/incident timeline").await;
    for words in ["One", "Two"] {
        assert_eq!(why.matches(words).count(), 1, "{why}");
    }
    world.everywhere();
    world.end().await;
}

#[tokio::test]
async fn an_event_that_was_not_recorded_is_not_acknowledged() {
    let mut world = World::build(RULES, &[], |options| {
        options.app_token = Some(crate::world::APP_TOKEN.into());
        options.socket_mode = true;
        options.answer_within = Duration::from_millis(500);
    })
    .await;
    let alice = world.alice();
    let declare = "/incident declare P1 Checkout is down";
    world.slash(&alice, "C0INCIDENTS", declare).await;
    let home = world.find("#inc-2026-001-checkout-is-down");

    // The database fails twice while the mention is saved.
    let failures = Arc::new(AtomicU32::new(2));
    world.kill_bot().await;
    world
        .start_bot(Steps::gated(move |step| {
            let left = failures.load(Ordering::SeqCst);
            let fails = step == Step::DoorSaved && left > 0;
            if fails {
                failures.store(left - 1, Ordering::SeqCst);
            }
            std::future::ready(match fails {
                true => Err(anyhow::anyhow!("the disk is full")),
                false => Ok(()),
            })
        }))
        .await;
    world.everywhere();
    alice.say(&home, "@Balefire update It is back").unwrap();
    world.settle().await;
    world.advance(minutes(1)).await;
    let attempts: Vec<_> = world
        .standin
        .delivered()
        .into_iter()
        .filter(|one| one.kind == "app_mention")
        .map(|one| (one.attempt, one.status))
        .collect();
    // At once, and after a minute.
    assert_eq!(attempts, [(0, None), (1, None), (2, Some(200))]);
    let timeline = world.slash(&alice, &home, "/incident timeline").await;
    assert_eq!(timeline.matches("It is back").count(), 1, "{timeline}");
    world.everywhere();
    world.end().await;
}

#[tokio::test]
async fn what_happened_while_no_socket_was_open_is_heard_later() {
    let mut world = World::over_socket().await;
    let alice = world.alice();
    let declare = "/incident declare P1 Checkout is down";
    world.slash(&alice, "C0INCIDENTS", declare).await;
    let home = world.find("#inc-2026-001-checkout-is-down");
    world.everywhere();
    for id in world.standin.sockets() {
        world.standin.cut_socket(id);
    }
    world.standin.until_sockets(<[u64]>::is_empty).await;
    alice.say(&home, "@Balefire update It is back").unwrap();
    world.standin.settle().await;
    let mut standing = world.socket().state().subscribe();
    standing
        .wait_for(|now| now.open == 0 && now.next_open_at.is_some())
        .await
        .unwrap();
    world.sleep(minutes(1));
    world.socket().look_again();
    standing.wait_for(|now| now.open == 1).await.unwrap();
    world.settle().await;
    let timeline = world.slash(&alice, &home, "/incident timeline").await;
    assert_eq!(timeline.matches("It is back").count(), 1, "{timeline}");
    world.everywhere();
    world.end().await;
}

#[tokio::test]
async fn stopped_and_started_again() {
    let mut world = World::over_socket().await;
    world.stop_socket().await;
    world.standin.until_sockets(<[u64]>::is_empty).await;
    let answer = world.alice().slash("C0INCIDENTS", "/incident list").await;
    assert_eq!(answer.error.as_deref(), Some("dispatch_failed"));
    world.restart().await;
    let answer = world
        .slash(&world.alice(), "C0INCIDENTS", "/incident list")
        .await;
    assert_eq!(answer, "No incident is open.");
    world.end().await;
}
