//! By whichever door Slack comes in, people see the same.

use crate::log::Log;
use crate::world::{World, minutes};

const HOME: &str = "#inc-2026-001-card-payments-are-down";

/// Commands, clicks, forms with a mistake in them and without, a mention, a reminder.
async fn evening(mut world: World) -> String {
    let (alice, bob) = (world.alice(), world.bob());
    let mut log = Log::default();

    log.scene("10:00 Alice declares; Bob is on call, and on it");
    let declare = "/incident declare P0 service:payments Card payments are down";
    log.types(&mut world, &alice, "#incidents", declare).await;
    log.clicks(&mut world, &bob, "#incidents", "Acknowledge")
        .await;
    log.sees_all(&mut world, "#incidents");
    log.sees(&mut world, HOME);

    log.scene("10:02 Alice opens a form, and thinks better of it");
    world.advance(minutes(2)).await;
    let cancel = "/incident cancel";
    log.types(&mut world, &alice, HOME, cancel).await;
    alice.close(None).await.expect("a form is open");

    log.scene("10:17 the reminder, and its form");
    world.advance(minutes(15)).await;
    log.sees(&mut world, HOME);
    log.sees(&mut world, "@bob");
    log.clicks(&mut world, &bob, HOME, "Post update").await;
    let field = "Where does it stand?";
    log.submits(&mut world, &bob, &[(field, "   ")]).await;
    let words = "The database is failing over";
    log.submits(&mut world, &bob, &[(field, words)]).await;
    log.sees(&mut world, HOME);

    log.scene("10:18 a mention does what a command does");
    world.advance(minutes(1)).await;
    let home = world.find(HOME);
    let said = alice.say(&home, "@Balefire update Half of it is back");
    said.expect("Alice is in the channel");
    world.settle().await;
    log.sees(&mut world, HOME);

    log.scene("10:19 resolved");
    world.advance(minutes(1)).await;
    let resolve = "/incident resolve The failover is complete";
    log.types(&mut world, &bob, HOME, resolve).await;
    for place in [HOME, "@bob", "#exec"] {
        log.sees(&mut world, place);
    }
    log.sees_all(&mut world, "#incidents");
    log.types(&mut world, &alice, HOME, "/incident why").await;
    assert_eq!(world.standin.socket_complaints(), [""; 0]);
    world.end().await;
    log.told()
}

#[tokio::test]
async fn the_same_evening_by_either_door() {
    let by_http = evening(World::start().await).await;
    let over_socket = evening(World::over_socket().await).await;
    similar(&by_http, &over_socket);
    insta::assert_snapshot!(over_socket);
}

/// Equal line by line; the first difference says more than two long texts.
fn similar(one: &str, other: &str) {
    for (number, (one, other)) in one.lines().zip(other.lines()).enumerate() {
        assert_eq!(one, other, "line {}", number + 1);
    }
    assert_eq!(one.lines().count(), other.lines().count());
}
