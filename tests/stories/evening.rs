//! The main job, end to end: declared, owned, nagged, told to stakeholders and customers, resolved.

use crate::log::Log;
use crate::world::{World, minutes, seconds};

const HOME: &str = "#inc-2026-001-card-payments-are-down";

#[tokio::test]
async fn an_incident_from_first_word_to_last() {
    let mut world = World::start().await;
    let (alice, bob, chen) = (world.alice(), world.bob(), world.chen());
    let mut log = Log::default();

    log.scene("10:00 Alice lights the fire; Bob is on call");
    log.types(
        &mut world,
        &alice,
        "#incidents",
        "/incident declare P0 service:payments Card payments are down",
    )
    .await;
    log.sees_all(&mut world, "#incidents");
    log.sees(&mut world, HOME);

    log.scene("10:03 Bob is on it");
    world.advance(minutes(3)).await;
    log.clicks(&mut world, &bob, "#incidents", "Acknowledge")
        .await;
    log.sees_all(&mut world, HOME);

    log.scene("10:15 nobody has said how it stands");
    world.advance(minutes(12)).await;
    log.sees(&mut world, HOME);

    log.scene("10:20 and nobody answers");
    world.advance(minutes(5)).await;
    for place in [HOME, "@bob", "@chen"] {
        log.sees(&mut world, place);
    }

    log.scene("10:26 the next hill: Chen, who reads Chinese");
    world.advance(minutes(6)).await;
    for place in [HOME, "@bob", "@chen"] {
        log.sees(&mut world, place);
    }

    log.scene("10:27 Bob says where it stands, from the reminder");
    world.advance(minutes(1)).await;
    log.clicks(&mut world, &bob, HOME, "Post update").await;
    log.submits(
        &mut world,
        &bob,
        &[(
            "Where does it stand?",
            "The payment provider rejects our certificate; rolling it back",
        )],
    )
    .await;
    log.types(
        &mut world,
        &bob,
        HOME,
        "/incident impact Nobody can pay by card",
    )
    .await;
    log.types(&mut world, &bob, HOME, "/incident status identified")
        .await;
    for place in [HOME, "@bob", "@chen"] {
        log.sees(&mut world, place);
    }

    log.scene("10:28 the stakeholders hear of it, in words that a person approved");
    world.advance(minutes(1)).await;
    log.types(&mut world, &bob, HOME, "/incident draft stakeholders")
        .await;
    log.sees(&mut world, HOME);
    log.clicks(&mut world, &bob, HOME, "Approve").await;
    log.clicks(&mut world, &bob, HOME, "Publish").await;
    log.sees(&mut world, HOME);
    log.sees(&mut world, "#exec");

    log.scene("10:30 and the customers");
    world.advance(minutes(2)).await;
    log.types(&mut world, &alice, HOME, "/incident draft customers")
        .await;
    log.sees(&mut world, HOME);
    log.clicks(&mut world, &alice, HOME, "Publish").await;
    log.clicks(&mut world, &chen, "#incidents", "Post update")
        .await;
    chen.close(None).await.unwrap();
    log.clicks(&mut world, &bob, HOME, "Approve").await;
    log.clicks(&mut world, &alice, HOME, "Publish").await;
    log.sees(&mut world, HOME);
    log.sees(&mut world, "#customers");

    log.scene("10:40 it works again");
    world.advance(minutes(10)).await;
    log.types(
        &mut world,
        &bob,
        HOME,
        "/incident resolve The old certificate is back",
    )
    .await;
    log.sees_all(&mut world, HOME);
    log.types(&mut world, &alice, HOME, "/incident draft customers")
        .await;
    log.sees(&mut world, HOME);
    log.clicks(&mut world, &bob, HOME, "Approve").await;
    log.clicks(&mut world, &bob, HOME, "Publish").await;
    log.sees(&mut world, HOME);
    log.sees(&mut world, "#customers");

    log.scene("the next hour: quiet");
    world.advance(minutes(60) + seconds(1)).await;
    for place in ["#incidents", HOME, "@bob", "@chen", "#exec"] {
        log.sees(&mut world, place);
    }
    log.types(&mut world, &alice, HOME, "/incident timeline")
        .await;
    log.types(&mut world, &alice, HOME, "/incident why").await;
    insta::assert_snapshot!(log.told());
    world.end().await;
}
