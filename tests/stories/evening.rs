//! The main job, end to end.

use crate::world::{World, minutes};

#[tokio::test]
async fn an_incident_from_first_word_to_last() {
    let mut world = World::start().await;
    let (alice, bob) = (world.alice(), world.bob());
    world
        .slash(
            &alice,
            "C0INCIDENTS",
            "/incident declare P0 service:payments Card payments are down",
        )
        .await;
    println!("{}", world.read("#incidents"));
    println!(
        "--- home\n{}",
        world.read("#inc-2026-001-card-payments-are-down")
    );
    world.click(&bob, "C0INCIDENTS", "Acknowledge").await;
    println!("--- ack\n{}", world.read("#incidents"));
    println!(
        "--- home\n{}",
        world.read("#inc-2026-001-card-payments-are-down")
    );
    world.advance(minutes(15)).await;
    println!("--- 15\n{}", world.read("#incidents"));
    println!(
        "--- home\n{}",
        world.read("#inc-2026-001-card-payments-are-down")
    );
    world.advance(minutes(10)).await;
    println!(
        "--- 25 home\n{}",
        world.read("#inc-2026-001-card-payments-are-down")
    );
    println!("--- @bob\n{}", world.read("@bob"));
    println!("--- @chen\n{}", world.read("@chen"));
    println!(
        "{}",
        world
            .slash(&alice, "C0INCIDENTS", "/incident draft customers")
            .await
    );
    let home = world.find("#inc-2026-001-card-payments-are-down");
    println!(
        "--- draft home\n{}",
        world.read("#inc-2026-001-card-payments-are-down")
    );
    println!("{}", world.click(&bob, &home, "Publish").await);
    world.click(&bob, &home, "Approve").await;
    world.click(&bob, &home, "Publish").await;
    println!(
        "--- pub home\n{}",
        world.read("#inc-2026-001-card-payments-are-down")
    );
    println!("--- customers\n{}", world.read("#customers"));
    println!(
        "{}",
        world
            .slash(&bob, "C0INCIDENTS", "/incident resolve Fixed")
            .await
    );
    println!(
        "--- resolved home\n{}",
        world.read("#inc-2026-001-card-payments-are-down")
    );
    println!("--- inc\n{}", world.read("#incidents"));
    world.end().await;
}
