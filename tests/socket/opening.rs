//! Getting a socket, and getting another one after it was lost.

use std::time::Duration;

use axum::Router;
use axum::routing::post;
use balefire::slack::socket::{OPENS_MAX, Timing, WINDOW};
use balefire::standin::Fault;
use chrono::TimeDelta;
use serde_json::json;
use tokio::net::TcpListener;

use crate::rig::{Choices, Rig};

#[tokio::test]
async fn one_socket_and_an_answer_over_it() {
    let rig = Rig::start().await;
    let standing = rig.until(|now| now.open == 1).await;
    assert!(standing.connected_since.is_some());
    assert_eq!(rig.socket.state().complaint(), None);
    assert_eq!(rig.types().await, "Done");
    assert_eq!(rig.standin.sockets(), [1]);
    assert_eq!(rig.standin.socket_complaints(), [""; 0]);
}

#[tokio::test]
async fn a_cut_socket_is_replaced() {
    let rig = Rig::start().await;
    rig.until(|now| now.open == 1).await;
    rig.standin.cut_socket(1);
    rig.sockets(0).await;
    // It was a short life, so nothing is hurried: on a clock that stands still there is no other yet.
    let wait = rig.waits_for().await;
    assert!(wait >= TimeDelta::milliseconds(500), "{wait}");
    assert_eq!(
        rig.socket.state().complaint().as_deref(),
        Some("socket: the connection ended")
    );
    assert!(rig.types().await.contains("dispatch_failed"));
    rig.until(|now| now.open == 1).await;
    assert_eq!(rig.types().await, "Done");
    assert_eq!(rig.standin.sockets(), [2]);
}

#[tokio::test]
async fn a_silent_socket_is_replaced() {
    let rig = Rig::that_pings(100, 400).await;
    rig.standin.silence_socket(1);
    rig.until(|now| now.open == 0).await;
    assert_eq!(
        rig.socket.state().complaint().as_deref(),
        Some("socket: Slack fell silent")
    );
    rig.until(|now| now.open == 1).await;
    assert_eq!(rig.types().await, "Done");
}

#[tokio::test]
async fn a_quiet_socket_is_kept() {
    // Slack pings every five seconds here, so until then only our own pings keep it.
    let rig = Rig::that_pings(20, 2_000).await;
    // Long before Slack's second ping.
    rig.standin
        .until_sockets(|_| rig.standin.pings(1) >= 10)
        .await;
    assert_eq!(rig.standin.sockets(), [1]);
    assert_eq!(rig.types().await, "Done");
}

/// Every ten-and-one calls in a row take longer than a minute.
fn at_most_ten_a_minute(asked_at_ms: &[i64]) {
    for window in asked_at_ms.windows(OPENS_MAX + 1) {
        let took_ms = window[OPENS_MAX] - window[0];
        assert!(took_ms >= WINDOW.num_milliseconds(), "{asked_at_ms:?}");
    }
}

#[tokio::test]
async fn too_many_sockets_do_not_make_it_try_in_a_circle() {
    let rig = Rig::start().await;
    rig.until(|now| now.open == 1).await;
    let too_many = Fault::Code("too_many_websockets".into());
    rig.standin.misbehave(Some("sockets"), too_many, None);
    rig.standin.cut_socket(1);
    for asked in 2..30 {
        rig.until(|_| rig.asked_at_ms().len() >= asked).await;
    }
    let asked_at_ms = rig.asked_at_ms();
    at_most_ten_a_minute(&asked_at_ms);
    // It grows patient: a try every two and a half to five minutes.
    let last = asked_at_ms.windows(2).last().unwrap();
    assert!(last[1] - last[0] >= 150_000, "{asked_at_ms:?}");
    assert_eq!(
        rig.socket.state().complaint().as_deref(),
        Some("socket: ten other sockets of this app are open")
    );
    rig.standin.behave();
    rig.until(|now| now.open == 1).await;
    assert_eq!(rig.types().await, "Done");
}

#[tokio::test]
async fn whatever_slack_says_instead_of_hello() {
    for fault in [
        Fault::Code("refresh_requested".into()),
        Fault::Code("of_the_future".into()),
        Fault::Drop,
    ] {
        let rig = Rig::start().await;
        rig.until(|now| now.open == 1).await;
        rig.standin.misbehave(Some("sockets"), fault, Some(20));
        rig.standin.cut_socket(1);
        rig.until(|now| now.open == 0).await;
        rig.until(|now| now.open == 1).await;
        let asked_at_ms = rig.asked_at_ms();
        assert_eq!(asked_at_ms.len(), 22);
        at_most_ten_a_minute(&asked_at_ms);
        assert_eq!(rig.types().await, "Done");
    }
}

#[tokio::test]
async fn a_slack_that_never_says_hello() {
    let timing = Timing {
        open_within: Duration::from_millis(200),
        ..Timing::default()
    };
    let rig = Rig::with(Choices {
        timing,
        ..Choices::default()
    })
    .await;
    rig.until(|now| now.open == 1).await;
    rig.standin.misbehave(Some("sockets"), Fault::Hang, Some(1));
    rig.standin.cut_socket(1);
    rig.until(|now| now.trouble.as_deref() == Some("Slack did not say hello"))
        .await;
    rig.until(|now| now.open == 1).await;
    assert_eq!(rig.types().await, "Done");
}

#[tokio::test]
async fn socket_mode_switched_off_and_on_again() {
    let rig = Rig::start().await;
    rig.until(|now| now.open == 1).await;
    rig.standin.set_socket_mode(false);
    rig.until(|now| now.open == 0).await;
    let wait = rig.waits_for().await;
    assert!(wait >= TimeDelta::seconds(30), "{wait}");
    assert_eq!(
        rig.socket.state().complaint().as_deref(),
        Some("socket: Socket Mode is switched off in the app's settings")
    );
    rig.until(|_| rig.asked_at_ms().len() >= 5).await;
    at_most_ten_a_minute(&rig.asked_at_ms());
    rig.standin.set_socket_mode(true);
    rig.until(|now| now.open == 1).await;
    assert_eq!(rig.types().await, "Done");
}

#[tokio::test]
async fn a_token_that_is_none() {
    let rig = Rig::with(Choices {
        app_token: "xapp-1-of-somebody-else",
        ..Choices::default()
    })
    .await;
    let wait = rig.waits_for().await;
    assert!(wait >= TimeDelta::seconds(15), "{wait}");
    assert_eq!(
        rig.socket.state().complaint().as_deref(),
        Some("socket: Slack gives none: invalid_auth")
    );
}

/// Slack has trouble of its own: the token is as good as before, and nobody need look at it.
#[tokio::test]
async fn slack_is_busy() {
    let rig = Rig::start().await;
    rig.until(|now| now.open == 1).await;
    let busy = Fault::Code("internal_error".into());
    rig.standin.next("apps.connections.open", busy);
    rig.standin.cut_socket(1);
    let refuses = Some("Slack refused: internal_error");
    rig.until(|now| now.trouble.as_deref() == refuses).await;
    // Half of what it would wait at least, if the token were none.
    let wait = rig.waits_for().await;
    assert!(wait < TimeDelta::seconds(8), "{wait}");
    rig.until(|now| now.open == 1).await;
    assert_eq!(rig.types().await, "Done");
}

#[tokio::test]
async fn slack_asks_to_wait() {
    let rig = Rig::start().await;
    rig.until(|now| now.open == 1).await;
    let limited = Fault::RateLimited { after_s: 90 };
    rig.standin.next("apps.connections.open", limited);
    rig.standin.cut_socket(1);
    rig.until(|now| now.open == 0).await;
    rig.until(|now| now.open == 1).await;
    let asked_at_ms = rig.asked_at_ms();
    assert_eq!(asked_at_ms.len(), 3);
    assert!(asked_at_ms[2] - asked_at_ms[1] >= 90_000);
}

#[tokio::test]
async fn nobody_there() {
    let rig = Rig::with(Choices {
        // Port 9 is for throwing things away, and nothing listens there.
        api_url: Some("http://127.0.0.1:9/api".into()),
        ..Choices::default()
    })
    .await;
    rig.waits_for().await;
    let complaint = rig.socket.state().complaint().unwrap();
    assert!(complaint.contains("could not be reached"), "{complaint}");
}

/// An API that gives this address, whoever asks. Returns its own.
pub async fn api_giving(address: &str) -> String {
    let answer = json!({"ok": true, "url": address}).to_string();
    let answer = move || async move { ([("content-type", "application/json")], answer) };
    let router = Router::new().route("/api/apps.connections.open", post(answer));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/api", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn addresses_that_lead_nowhere() {
    // Speaks HTTP where TLS is spoken to it.
    let plain = api_giving("").await.replacen("http", "wss", 1);
    let cases = [
        (plain.as_str(), "the connection failed"),
        ("wss://127.0.0.1:9/link", "the connection failed"),
        ("http://127.0.0.1:9/link", "not a URL of Slack's"),
        ("link", "not a URL of Slack's"),
    ];
    for (address, expected) in cases {
        let rig = Rig::with(Choices {
            api_url: Some(api_giving(address).await),
            ..Choices::default()
        })
        .await;
        rig.waits_for().await;
        let complaint = rig.socket.state().complaint().unwrap();
        assert!(complaint.contains(expected), "{address}: {complaint}");
        assert!(!complaint.contains("/link"), "{complaint}");
    }
}
