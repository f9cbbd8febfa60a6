//! `/metrics` after an evening on call: each number has moved by what happened, and promtool finds no fault.
//!
//! The process has one recorder, so this is a program of its own with one test: nothing else counts in it.

#[path = "world/mod.rs"]
#[allow(dead_code, reason = "each test program uses its own part of the world")]
mod world;

#[path = "promtool/mod.rs"]
mod promtool;

use std::collections::BTreeMap;

use balefire::pump::{audit, gauges};
use balefire::standin::Fault;
use balefire::telemetry::METRICS;

use crate::promtool::promtool;
use crate::world::{World, minutes, seconds};

async fn scrape(world: &World) -> String {
    let answer = reqwest::get(format!("{}/metrics", world.url))
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}

/// The samples of a scrape by name and labels.
fn samples(text: &str) -> BTreeMap<String, f64> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn after_an_evening_every_number_has_moved() {
    let mut world = World::start().await;
    // Nobody listens there.
    world.heartbeat_url = Some("http://127.0.0.1:9/ping".into());
    world.restart().await;
    let before = samples(&scrape(&world).await);
    evening(&mut world).await;
    gauges::turn(world.app()).await;
    audit::turn(world.app()).await.unwrap();
    let text = scrape(&world).await;

    let said = promtool(&["check", "metrics"], &text).unwrap();
    assert_eq!(said.trim(), "", "promtool finds fault with the metrics");

    let after = samples(&text);
    let by = |sample: &str| {
        let there = |samples: &BTreeMap<String, f64>| samples.get(sample).copied();
        Some(there(&after)? - there(&before).unwrap_or(0.0))
    };
    let wrong: Vec<String> = EXPECTED
        .iter()
        .filter(|(sample, expected)| !by(sample).is_some_and(|moved| expected.fits(moved)))
        .map(|(sample, expected)| {
            format!("{sample} moved by {:?} and not {expected:?}", by(sample))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for metric in METRICS {
        let is_there = text.contains(&format!("\n# TYPE {} ", metric.name))
            || text.starts_with(&format!("# TYPE {} ", metric.name));
        // These are set by what runs only in `serve`: the loops of run.rs, and a socket.
        let only_when_serving = [
            "balefire_ready",
            "balefire_workplace_known",
            "balefire_pump_last_turn_timestamp_seconds",
            "balefire_socket_connected",
        ];
        assert!(
            is_there || only_when_serving.contains(&metric.name),
            "{}",
            metric.name
        );
    }
    world.kill_bot().await;
}

async fn evening(world: &mut World) {
    let (alice, bob) = (world.alice(), world.bob());
    let http = reqwest::Client::new();
    for (headers, body) in [
        (false, "command=%2Fincident"),
        (true, "command=%2Fincident"),
    ] {
        let mut request = http
            .post(format!("{}/slack/commands", world.url))
            .body(body);
        if headers {
            request = request
                .header("x-slack-request-timestamp", "1")
                .header("x-slack-signature", format!("v0={}", "0".repeat(64)));
        }
        assert_eq!(request.send().await.unwrap().status(), 401);
    }
    let declare = "/incident declare P0 service:payments Card payments are down";
    world.next("chat.postMessage", Fault::RateLimited { after_s: 1 });
    world.slash(&alice, "C0INCIDENTS", declare).await;
    world.slash(&alice, "C0INCIDENTS", declare).await;
    world.slash(&bob, "C0INCIDENTS", "/incident ack").await;
    world.advance(minutes(2)).await;
    world.slash(&bob, "C0INCIDENTS", "/incident ack").await;
    world.slash(&bob, "C0INCIDENTS", "/incident update").await;
    bob.close(None).await.unwrap();
    world.next("views.open", Fault::Code("invalid_trigger_id".into()));
    world.slash(&bob, "C0INCIDENTS", "/incident update").await;
    world.slash(&bob, "C0INCIDENTS", "/incident note").await;
    world.submit(&bob, &[("text", "Seen by everybody")]).await;
    // A reminder, and its answer by a button.
    world.advance(minutes(16)).await;
    let home = world.find("#inc-2026-001-card-payments-are-down");
    world.click(&bob, &home, "Snooze").await;
    // An event that comes twice.
    world.next("events", Fault::Redeliver);
    alice
        .say("C0INCIDENTS", "The checkout is down, customers complain")
        .unwrap();
    world.settle().await;
    // Slack takes a message and does not say so; another it does not take; and one it never will.
    world.next("chat.postMessage", Fault::AcceptThenDrop);
    world
        .slash(&bob, &home, "/incident note The answer is lost")
        .await;
    world.advance(minutes(2)).await;
    world.next("chat.postMessage", Fault::Drop);
    world
        .slash(&bob, &home, "/incident note The message is lost")
        .await;
    world.advance(minutes(2)).await;
    world.next(
        "chat.postMessage",
        Fault::Code("service_unavailable".into()),
    );
    world
        .slash(&bob, &home, "/incident note Slack is busy")
        .await;
    world.advance(minutes(2)).await;
    world.next("chat.postMessage", Fault::Code("restricted_action".into()));
    world
        .slash(&bob, &home, "/incident note Slack refuses")
        .await;
    world.advance(minutes(2)).await;
    // A reminder that falls due while Slack asks for a long pause: when it could be sent, all is over.
    world.next("chat.postMessage", Fault::RateLimited { after_s: 2_400 });
    world.slash(&bob, &home, "/incident note In the way").await;
    world.sleep(minutes(35));
    balefire::pump::wakes::turn(world.app()).await.unwrap();
    world
        .slash(&bob, &home, "/incident resolve It was the certificate")
        .await;
    world.advance(minutes(10)).await;
    world
        .slash(
            &alice,
            "C0INCIDENTS",
            "/incident declare P2 The search is slow",
        )
        .await;
    // Something that the manifest does not ask for.
    let shortcut = "payload=%7B%22type%22%3A%22shortcut%22%7D";
    let (timestamp, signature) = world.standin.sign(shortcut);
    let request = http
        .post(format!("{}/slack/interactions", world.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-slack-request-timestamp", timestamp)
        .header("x-slack-signature", signature)
        .body(shortcut);
    assert_eq!(request.send().await.unwrap().status(), 200);
    // And something that the outbox has not sent yet.
    bob.slash("C0INCIDENTS", "/incident note INC-2026-002 On its way")
        .await;
    world.sleep(seconds(90));
}

/// By how much it has moved.
#[derive(Debug)]
enum By {
    Exactly(f64),
    AtLeast(f64),
}
use By::{AtLeast, Exactly};

impl By {
    fn fits(&self, moved: f64) -> bool {
        match self {
            Exactly(by) => moved == *by,
            AtLeast(by) => moved >= *by,
        }
    }
}

#[rustfmt::skip]
const EXPECTED: &[(&str, By)] = &[
    (r#"balefire_slack_requests_total{door="commands",kind="command",status="200"}"#, Exactly(15.0)),
    (r#"balefire_slack_requests_total{door="commands",kind="refused",status="401"}"#, Exactly(2.0)),
    (r#"balefire_slack_requests_total{door="interactions",kind="click",status="200"}"#, Exactly(1.0)),
    (r#"balefire_slack_requests_total{door="interactions",kind="submission",status="200"}"#, Exactly(1.0)),
    (r#"balefire_slack_requests_total{door="events",kind="event",status="200"}"#, AtLeast(2.0)),
    (r#"balefire_slack_ack_seconds_count{door="commands",kind="command"}"#, Exactly(15.0)),
    (r#"balefire_slack_ack_seconds_bucket{door="commands",kind="command",le="3"}"#, Exactly(15.0)),
    (r#"balefire_slack_ack_seconds_count{door="interactions",kind="click"}"#, Exactly(1.0)),
    (r#"balefire_slack_ack_seconds_count{door="interactions",kind="submission"}"#, Exactly(1.0)),
    (r#"balefire_slack_ack_seconds_count{door="events",kind="event"}"#, AtLeast(2.0)),
    (r#"balefire_slack_rejected_total{reason="unsigned"}"#, Exactly(1.0)),
    (r#"balefire_slack_rejected_total{reason="stale"}"#, Exactly(1.0)),
    (r#"balefire_slack_rejected_total{reason="wrong"}"#, Exactly(0.0)),
    (r#"balefire_slack_unknown_payloads_total{what="shortcut"}"#, Exactly(1.0)),
    (r#"balefire_slack_repeats_total{by="words"}"#, Exactly(1.0)),
    (r#"balefire_slack_repeats_total{by="delivery"}"#, Exactly(1.0)),
    (r#"balefire_forms_total{outcome="opened"}"#, Exactly(3.0)),
    (r#"balefire_forms_total{outcome="refused"}"#, Exactly(1.0)),
    (r#"balefire_forms_total{outcome="late"}"#, Exactly(0.0)),
    (r#"balefire_refusals_total{kind="already_acknowledged"}"#, Exactly(1.0)),
    (r#"balefire_incidents_open"#, Exactly(1.0)),
    (r#"balefire_clock_skew_seconds"#, Exactly(0.0)),
    (r#"balefire_nag_late_seconds_count{stage="decided"}"#, Exactly(2.0)),
    (r#"balefire_nag_late_seconds_bucket{stage="decided",le="60"}"#, Exactly(1.0)),
    (r#"balefire_nag_late_seconds_count{stage="sent"}"#, Exactly(1.0)),
    (r#"balefire_nag_late_seconds_bucket{stage="sent",le="60"}"#, Exactly(1.0)),
    (r#"balefire_outbox_rows{state="pending"}"#, Exactly(1.0)),
    (r#"balefire_outbox_rows{state="sending"}"#, Exactly(0.0)),
    (r#"balefire_outbox_oldest_age_seconds{state="pending"}"#, Exactly(90.0)),
    (r#"balefire_outbox_oldest_age_seconds{state="sending"}"#, Exactly(0.0)),
    (r#"balefire_sends_total{method="conversations.create",outcome="delivered"}"#, Exactly(2.0)),
    (r#"balefire_sends_total{method="chat.postMessage",outcome="limited"}"#, Exactly(2.0)),
    (r#"balefire_sends_total{method="chat.postMessage",outcome="retry"}"#, Exactly(1.0)),
    (r#"balefire_sends_total{method="chat.postMessage",outcome="unknown"}"#, Exactly(2.0)),
    (r#"balefire_sends_total{method="chat.postMessage",outcome="given_up"}"#, Exactly(1.0)),
    (r#"balefire_send_retries_total{method="chat.postMessage"}"#, Exactly(3.0)),
    (r#"balefire_unknown_settled_total{how="found"}"#, Exactly(1.0)),
    (r#"balefire_unknown_settled_total{how="absent"}"#, Exactly(1.0)),
    (r#"balefire_give_ups_total{code="restricted_action"}"#, Exactly(1.0)),
    (r#"balefire_give_ups_total{code="other"}"#, Exactly(0.0)),
    (r#"balefire_held_back_total{reason="incident_finished"}"#, AtLeast(1.0)),
    (r#"balefire_database_up"#, Exactly(1.0)),
    (r#"balefire_database_seconds_count{operation="begin"}"#, AtLeast(20.0)),
    (r#"balefire_database_seconds_count{operation="read"}"#, AtLeast(20.0)),
    (r#"balefire_database_seconds_count{operation="commit"}"#, AtLeast(20.0)),
    (r#"balefire_database_seconds_count{operation="statement"}"#, AtLeast(100.0)),
    (r#"balefire_database_errors_total{kind="refused"}"#, Exactly(0.0)),
    (r#"balefire_conflicts_total"#, Exactly(0.0)),
    (r#"balefire_audit_findings{kind="torn_timeline"}"#, Exactly(0.0)),
    (r#"balefire_heartbeats_total{outcome="failed"}"#, Exactly(1.0)),
    (r#"balefire_heartbeats_total{outcome="sent"}"#, Exactly(0.0)),
];
