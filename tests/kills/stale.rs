//! A program that stood still (a machine that slept, a process that was stopped) finds requests waiting when it goes
//! on. Slack has long told the person that nothing came of them, and the person has typed them again.

use std::time::Duration;

use crate::evening::{Evening, INCIDENTS, Length};
use crate::house::{Engine, House};
use crate::program::within;
use crate::sdks::QUIET;
use crate::{KILLS, LONG_PAUSE, SHORT_PAUSE, asked_for, oracle};

/// What somebody awake needs to do what it finds waiting, many times over.
const A_WHILE: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_was_typed_again_is_not_done_twice_when_its_first_delivery_wakes_up() {
    let long = asked_for("KILLS").is_some_and(|kills| kills > KILLS as u64);
    let pause = if long { LONG_PAUSE } else { SHORT_PAUSE };
    let house = House::build(Engine::Postgres, QUIET).await;
    let sleeper = house.move_in().await;
    let evening = Evening::new(&house, Length::still(1));
    let alice = house.standin.person("U0ALICE");
    let id = evening
        .declare(&alice, "/incident declare P3 Outage t0000", "Outage t0000")
        .await;

    // The load balancer has not noticed yet.
    sleeper.program.signal("STOP");
    let typed = format!("/incident note {id} m0000n00001");
    let answer = alice.slash(INCIDENTS, &typed).await;
    assert_eq!(answer.error.as_deref(), Some("operation_timeout"));
    house.close(&sleeper);
    let other = house.move_in().await;
    let timeline = format!("/incident timeline {id}");
    let seen = evening.ask(&alice, &timeline).await;
    assert!(!seen.contains("m0000n00001"), "{seen}");
    evening
        .give(&alice, "m0000n00001", &typed, "Note added")
        .await;
    tokio::time::sleep(pause).await;
    sleeper.program.signal("CONT");
    sleeper.program.is_ready().await;
    let twice = within(A_WHILE, async || {
        let seen = oracle::marks(&evening.ask(&alice, &timeline).await);
        (seen.len() > 1).then_some(seen)
    });
    assert_eq!(twice.await, None, "asleep for {pause:?}");
    house.kill(sleeper);
    house.kill(other);
}
