//! Where an incident is worked on: its channel, or the card's thread when there is none (any more).

use balefire::standin::Fault;
use balefire::standin::world::Kind;

use crate::log::Log;
use crate::world::{RULES, World, minutes};

const HOME: &str = "#inc-2026-001-checkout-is-slow";

fn members(world: &World, place: &str) -> String {
    let id = world.find(place);
    world.standin.with(|world| {
        let channel = world.channel(&id).unwrap();
        format!(
            "{place}: {} | {}",
            channel.members.join(", "),
            channel.topic.value
        )
    })
}

/// Declares it, and reads it everywhere.
async fn declare(world: &mut World, log: &mut Log) {
    let alice = world.alice();
    log.types(
        world,
        &alice,
        "#general",
        "/incident declare P0 Checkout is slow",
    )
    .await;
    log.sees_all(world, "#incidents");
}

#[tokio::test]
async fn a_channel_of_its_own() {
    let mut world = World::start().await;
    let alice = world.alice();
    let mut log = Log::default();
    log.types(
        &mut world,
        &alice,
        "#incidents",
        "/incident declare P0 Kasse & Co: <!channel> 支付 down!",
    )
    .await;
    log.sees_all(&mut world, "#incidents");
    log.sees_all(&mut world, "#inc-2026-001-kasse-co-channel-down");
    log.tells(&members(&world, "#inc-2026-001-kasse-co-channel-down"));
    log.scene("a title that has nothing to name a channel by");
    log.types(
        &mut world,
        &alice,
        "#incidents",
        "/incident declare P0 支付挂了",
    )
    .await;
    log.sees(&mut world, "#inc-2026-002");
    insta::assert_snapshot!(log.told());
    world.read("#incidents");
    world.end().await;
}

#[tokio::test]
async fn a_name_that_somebody_else_has() {
    let mut world = World::start().await;
    world
        .standin
        .add_channel("inc-2026-001-checkout-is-slow", Kind::Public, &["U0CHEN"]);
    let mut log = Log::default();
    declare(&mut world, &mut log).await;
    log.sees_all(&mut world, HOME);
    let second = world.standin.with(|world| {
        world
            .channels
            .iter()
            .rfind(|found| found.name.starts_with("inc-"))
            .unwrap()
            .name
            .clone()
    });
    log.sees(&mut world, &format!("#{second}"));
    insta::assert_snapshot!(log.told());
    world.end().await;
}

#[tokio::test]
async fn all_in_the_thread_when_the_team_wants_it_so() {
    let mut world =
        World::with_rules(&format!("{RULES}\n[slack]\nchannel_per_incident = false\n")).await;
    let bob = world.bob();
    let mut log = Log::default();
    declare(&mut world, &mut log).await;
    log.clicks(&mut world, &bob, "#incidents", "Acknowledge")
        .await;
    log.sees(&mut world, "#incidents");
    world.advance(minutes(15)).await;
    log.sees(&mut world, "#incidents");
    log.clicks(&mut world, &bob, "#incidents", "No change")
        .await;
    log.types(
        &mut world,
        &bob,
        "#incidents",
        "/incident resolve Rolled back",
    )
    .await;
    log.sees(&mut world, "#incidents");
    insta::assert_snapshot!(log.told());
    world.end().await;
}

#[tokio::test]
async fn slack_refuses_the_channel() {
    let mut log = Log::default();
    log.scene("the workspace allows nobody to make channels");
    let mut world = World::start().await;
    let bob = world.bob();
    world.next(
        "conversations.create",
        Fault::Code("restricted_action".into()),
    );
    declare(&mut world, &mut log).await;
    log.types(
        &mut world,
        &bob,
        "#incidents",
        "/incident update Rolling back",
    )
    .await;
    log.sees(&mut world, "#incidents");
    log.types(&mut world, &bob, "#incidents", "/incident timeline")
        .await;
    world.end().await;

    log.scene("the app lacks the right");
    let mut world = World::start().await;
    world
        .standin
        .revoke_scopes(&["channels:manage", "channels:write"]);
    declare(&mut world, &mut log).await;
    let bob = world.bob();
    log.types(&mut world, &bob, "#incidents", "/incident timeline")
        .await;
    world.end().await;
    insta::assert_snapshot!(log.told());
}

#[tokio::test]
async fn the_channel_goes_away() {
    let mut log = Log::default();
    log.scene("archived");
    let mut world = World::start().await;
    let (alice, bob) = (world.alice(), world.bob());
    declare(&mut world, &mut log).await;
    world.read(HOME);
    alice.archive(&world.find(HOME)).unwrap();
    world.settle().await;
    log.sees(&mut world, "#incidents");
    log.types(
        &mut world,
        &bob,
        "#incidents",
        "/incident update Rolling back",
    )
    .await;
    world.advance(minutes(15)).await;
    log.sees(&mut world, "#incidents");
    log.types(
        &mut world,
        &bob,
        "#incidents",
        "/incident resolve Rolled back",
    )
    .await;
    log.sees(&mut world, "#incidents");
    world.read(HOME);
    world.end().await;

    log.scene("deleted, and the event that says so is lost");
    let mut world = World::start().await;
    let (alice, bob) = (world.alice(), world.bob());
    declare(&mut world, &mut log).await;
    world.read(HOME);
    let home = world.find(HOME);
    world
        .standin
        .misbehave(Some("events"), Fault::Lose, Some(8));
    alice.delete_channel(&home).unwrap();
    world.standin.settle().await;
    log.types(
        &mut world,
        &bob,
        "#incidents",
        "/incident update Rolling back",
    )
    .await;
    world.standin.behave();
    world.advance(minutes(1)).await;
    log.sees(&mut world, "#incidents");
    log.types(&mut world, &bob, "#incidents", "/incident timeline")
        .await;
    world.end().await;
    insta::assert_snapshot!(log.told());
}

#[tokio::test]
async fn the_bot_is_not_in_the_incidents_channel() {
    let mut world = World::start().await;
    world.standin.remove_bot_from("C0INCIDENTS");
    world.settle().await;
    let (alice, bob) = (world.alice(), world.bob());
    let mut log = Log::default();
    declare(&mut world, &mut log).await;
    log.sees(&mut world, "@alice");
    log.sees(&mut world, "@bob");
    log.sees(&mut world, HOME);
    log.scene("invited, it posts the card with the next change");
    alice.invite("C0INCIDENTS", "U0BALEFIRE").unwrap();
    world.settle().await;
    log.types(&mut world, &bob, "#incidents", "/incident ack")
        .await;
    log.sees_all(&mut world, "#incidents");
    log.sees(&mut world, HOME);
    log.types(&mut world, &bob, "#incidents", "/incident timeline")
        .await;
    insta::assert_snapshot!(log.told());
    world.end().await;
}
