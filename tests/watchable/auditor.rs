//! Each thing that the auditor can find is provoked in a running bot: it is named in the log and counted, and the
//! heartbeat stops for as long as it is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use balefire::clock::Clock as _;
use balefire::pump::audit::{self, Finding, Kind};
use balefire::standin::Fault;
use sqlx::{AnyConnection, Connection as _, Executor as _};
use tokio::net::TcpListener;

use crate::world::{World, minutes, seconds};

/// Somebody out there who counts our heartbeats.
struct Watcher {
    url: String,
    beats: Arc<AtomicUsize>,
}

impl Watcher {
    async fn answering(status: StatusCode) -> Self {
        let beats = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&beats);
        let ping = get(move || async move {
            counted.fetch_add(1, Ordering::SeqCst);
            status
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/ping/s3cret", listener.local_addr().unwrap());
        let router = Router::new().route("/ping/s3cret", ping);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, beats }
    }

    fn beats(&self) -> usize {
        self.beats.load(Ordering::SeqCst)
    }
}

async fn watched(watcher: &Watcher) -> World {
    let mut world = World::start().await;
    world.heartbeat_url = Some(watcher.url.clone());
    world.restart().await;
    let alice = world.alice();
    world
        .slash(
            &alice,
            "C0INCIDENTS",
            "/incident declare P0 Card payments are down",
        )
        .await;
    world
}

async fn audit(world: &World) -> Vec<Finding> {
    audit::turn(world.app()).await.unwrap()
}

/// Around the bot.
async fn by_hand(world: &World, statement: &'static str) {
    let mut raw = AnyConnection::connect(&world.database_url()).await.unwrap();
    raw.execute("PRAGMA ignore_check_constraints = ON")
        .await
        .unwrap();
    raw.execute(statement).await.unwrap();
}

fn kinds(findings: &[Finding]) -> Vec<Kind> {
    findings.iter().map(|finding| finding.kind).collect()
}

#[tokio::test]
async fn the_heart_beats_while_all_is_well_and_stops_while_it_is_not() {
    let watcher = Watcher::answering(StatusCode::OK).await;
    let mut world = watched(&watcher).await;
    assert_eq!(audit(&world).await, []);
    assert_eq!(watcher.beats(), 1);

    // Nobody turns the wakes pump, and the reminder falls due.
    world.sleep(minutes(18));
    let found = audit(&world).await;
    assert_eq!(kinds(&found), [Kind::NotWoken]);
    assert_eq!(found[0].incident.unwrap().to_string(), "INC-2026-001");
    assert_eq!(watcher.beats(), 1, "no beat while something is wrong");

    world.settle().await;
    assert_eq!(audit(&world).await, []);
    assert_eq!(watcher.beats(), 2);
    world.kill_bot().await;
}

#[tokio::test]
async fn a_restart_and_a_late_minute_are_no_findings() {
    let watcher = Watcher::answering(StatusCode::OK).await;
    let mut world = watched(&watcher).await;
    // A minute late is within bounds, and so is what a lane holds for Slack's sake.
    world.sleep(minutes(16));
    assert_eq!(audit(&world).await, []);
    world.restart().await;
    world.settle().await;
    assert_eq!(audit(&world).await, []);
    world.kill_bot().await;
}

#[tokio::test]
async fn what_slack_does_not_take_for_half_an_hour_is_found() {
    let watcher = Watcher::answering(StatusCode::OK).await;
    let mut world = watched(&watcher).await;
    let bob = world.bob();
    let gone = Fault::Code("service_unavailable".into());
    world.standin.misbehave(None, gone, None);
    world.slash(&bob, "C0INCIDENTS", "/incident ack").await;
    world.advance(minutes(29)).await;
    assert_eq!(audit(&world).await, []);
    world.advance(minutes(2)).await;
    let found = audit(&world).await;
    assert!(!found.is_empty());
    for finding in &found {
        assert_eq!(finding.kind, Kind::Waiting);
        let row = finding.row.as_ref().unwrap();
        assert!(row.lane.ends_with("INC-2026-001"), "{row:?}");
    }
    world.standin.behave();
    world.advance(minutes(5)).await;
    assert_eq!(audit(&world).await, []);
    world.kill_bot().await;
}

#[tokio::test]
async fn a_row_that_its_sender_left_is_found() {
    let watcher = Watcher::answering(StatusCode::OK).await;
    let mut world = watched(&watcher).await;
    let bob = world.bob();
    bob.slash("C0INCIDENTS", "/incident ack").await;
    let mut tx = world.app().store.begin().await.unwrap();
    let (now, mut claimed) = (world.clock.now(), vec![]);
    for mut row in tx.due([20, 0], now).await.unwrap() {
        tx.take(&mut row, None, now, seconds(60));
        claimed.push(row);
    }
    tx.commit().await.unwrap();
    assert!(!claimed.is_empty());
    world.sleep(seconds(179));
    assert_eq!(audit(&world).await, []);
    world.sleep(seconds(2));
    let found = audit(&world).await;
    assert_eq!(found.len(), claimed.len());
    assert_eq!(found[0].kind, Kind::Abandoned);
    assert_eq!(found[0].row.as_ref().unwrap().id, claimed[0].id);
    world.advance(minutes(2)).await;
    assert_eq!(audit(&world).await, []);
    world.kill_bot().await;
}

#[tokio::test]
async fn what_a_hand_has_broken_is_found() {
    let watcher = Watcher::answering(StatusCode::OK).await;
    let mut world = watched(&watcher).await;
    by_hand(&world, "UPDATE incidents SET next_wake_at = NULL").await;
    by_hand(&world, "DELETE FROM timeline WHERE seq = 1").await;
    let found = audit(&world).await;
    assert_eq!(kinds(&found), [Kind::Unwatched, Kind::TornTimeline]);
    for finding in found {
        assert_eq!(finding.incident.unwrap().to_string(), "INC-2026-001");
    }
    assert_eq!(watcher.beats(), 0);
    world.kill_bot().await;
}

/// With more timelines than one audit reads, each has its turn every few minutes. What was found stays found.
#[tokio::test]
async fn a_gap_is_found_as_long_as_it_is_there() {
    let watcher = Watcher::answering(StatusCode::OK).await;
    let mut world = watched(&watcher).await;
    for statement in [
        "CREATE TABLE one AS SELECT * FROM incidents; UPDATE one SET number = 401;
         INSERT INTO incidents SELECT * FROM one; DROP TABLE one",
        "CREATE TABLE told AS SELECT * FROM timeline; UPDATE told SET number = 401;
         INSERT INTO timeline SELECT * FROM told; DROP TABLE told",
        "DELETE FROM timeline WHERE number = 1 AND seq = 1",
    ] {
        by_hand(&world, statement).await;
    }
    // Nothing was told of it lately.
    world.sleep(minutes(5));
    let mut audits = vec![];
    for _ in 0..7 {
        audits.push(kinds(&audit(&world).await));
        world.sleep(minutes(1));
    }
    let first = audits.iter().position(|found| !found.is_empty()).unwrap();
    assert!(first < 3, "{audits:?}");
    for found in &audits[first..] {
        assert_eq!(*found, [Kind::TornTimeline], "{audits:?}");
    }

    by_hand(
        &world,
        "INSERT INTO timeline SELECT team, year, 1, seq, at, actor, kind, body FROM timeline
          WHERE number = 401 AND seq = 1",
    )
    .await;
    for _ in 0..3 {
        world.sleep(minutes(1));
        audit(&world).await;
    }
    assert_eq!(audit(&world).await, []);
    world.kill_bot().await;
}

#[tokio::test]
async fn a_database_that_keeps_nothing_is_found() {
    let watcher = Watcher::answering(StatusCode::OK).await;
    let mut world = watched(&watcher).await;
    by_hand(
        &world,
        "CREATE TRIGGER full BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    )
    .await;
    let found = audit(&world).await;
    assert_eq!(kinds(&found), [Kind::ReadOnly]);
    let error = found[0].error.as_deref().unwrap();
    assert!(error.contains("the disk is full"), "{error}");
    assert_eq!(watcher.beats(), 0);
    // `/readyz` says so, and that it is over before the next audit.
    assert!(world.app().ask_store().await.is_err());
    by_hand(&world, "DROP TRIGGER full").await;
    assert!(world.app().ask_store().await.is_ok());
    assert!(!world.app().keeps_nothing.load(Ordering::Relaxed));
    assert_eq!(audit(&world).await, []);
    assert_eq!(watcher.beats(), 1);
    world.kill_bot().await;
}

#[tokio::test]
async fn a_watcher_that_fails_disturbs_nothing() {
    let watcher = Watcher::answering(StatusCode::INTERNAL_SERVER_ERROR).await;
    let mut world = watched(&watcher).await;
    assert_eq!(audit(&world).await, []);
    assert_eq!(watcher.beats(), 1);
    // Nobody listens there at all.
    world.heartbeat_url = Some("http://127.0.0.1:9/ping".into());
    world.restart().await;
    assert_eq!(audit(&world).await, []);
    world.kill_bot().await;
}
