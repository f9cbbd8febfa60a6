//! Slack refreshes every socket after some hours. Nothing may be missed between the old one and the new one.

use std::sync::atomic::Ordering;

use crate::rig::Rig;

#[tokio::test]
async fn the_new_one_is_open_before_the_old_one_ends() {
    let rig = Rig::start().await;
    rig.until(|now| now.open == 1).await;
    rig.standin.tell_socket(1, "warning");
    rig.until(|now| now.open == 2).await;
    assert_eq!(rig.standin.sockets(), [1, 2]);
    // Slack may use either, and does.
    for _ in 0..4 {
        assert_eq!(rig.types().await, "Done");
    }
    rig.standin.tell_socket(1, "refresh_requested");
    assert_eq!(rig.types().await, "Done");
    assert_eq!(rig.types().await, "Done");
    rig.standin.close_socket(1);
    assert_eq!(rig.sockets(1).await, [2]);
    let standing = rig.until(|now| now.open == 1).await;
    assert_eq!(standing.trouble, None);
    assert_eq!(rig.types().await, "Done");
    // The second announcement for the first socket asked for no third one.
    assert_eq!(rig.asked_at_ms().len(), 2);
    assert_eq!(rig.heard.lock().unwrap().len(), 7);
    assert_eq!(rig.standin.socket_complaints(), [""; 0]);
}

#[tokio::test]
async fn what_is_in_work_is_acknowledged_where_it_came_from() {
    let rig = Rig::start().await;
    rig.until(|now| now.open == 1).await;
    rig.gate.send(false).unwrap();
    let standin = rig.standin.clone();
    let typing = tokio::spawn(async move {
        let alice = standin.person("U0ALICE");
        alice.slash("C0INCIDENTS", "/incident help").await.reads()
    });
    while rig.inside.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    rig.standin.tell_socket(1, "refresh_requested");
    rig.until(|now| now.open == 2).await;
    rig.gate.send(true).unwrap();
    assert_eq!(typing.await.unwrap(), "Done");
    assert_eq!(rig.standin.socket_complaints(), [""; 0]);
}

#[tokio::test]
async fn slack_ends_a_socket_after_its_time() {
    let rig = Rig::start().await;
    rig.until(|now| now.open == 1).await;
    // Five hours, as Slack's hello announces.
    rig.clock.advance(chrono::TimeDelta::hours(6));
    assert_eq!(rig.standin.turn().await, 1);
    rig.until(|now| now.open == 2).await;
    rig.clock.advance(chrono::TimeDelta::seconds(10));
    assert_eq!(rig.standin.turn().await, 1);
    assert_eq!(rig.sockets(1).await, [2]);
    rig.until(|now| now.open == 1).await;
    assert_eq!(rig.types().await, "Done");
}
