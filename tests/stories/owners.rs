//! Who owns a new incident, and who is called when nobody answers.

use crate::log::Log;
use crate::world::{World, minutes};

const RULES: &str = r#"
timezone = "UTC"

[[severity]]
id = "P0"
name = "Critical"
respond_within = "10m"
owner = ["schedule:primary"]
escalate_to = ["S0PAYMENTS"]

[[severity]]
id = "P1"
name = "High"
respond_within = "2h"
owner = ["U0GONE", "S0PAYMENTS"]
escalate_to = ["U0CHEN"]

[[severity]]
id = "P2"
name = "Medium"

[[owner_rule]]
service = "search"
severity = ["P0", "P1"]
owner = ["U0CHEN"]

# Fridays at half past ten in London; the evening begins on a Friday at ten.
[[schedule]]
name = "primary"
timezone = "Europe/London"
handover = "0 30 10 * * FRI"
members = ["U0ALICE", "U0BOB"]
"#;

#[tokio::test]
async fn owners_by_service_severity_and_rota() {
    let mut world = World::with_rules(RULES).await;
    let (alice, bob, chen) = (world.alice(), world.bob(), world.chen());
    let mut log = Log::default();
    log.scene("the rota, before and after the handover");
    log.types(
        &mut world,
        &chen,
        "#general",
        "/incident declare P0 Login is down",
    )
    .await;
    world.advance(minutes(31)).await;
    for place in [
        "#incidents",
        "#inc-2026-001-login-is-down",
        "@alice",
        "@bob",
        "@chen",
    ] {
        world.read(place);
    }
    log.types(
        &mut world,
        &chen,
        "#general",
        "/incident declare P0 Cards are down",
    )
    .await;
    log.scene("a service of its own");
    log.types(
        &mut world,
        &bob,
        "#general",
        "/incident declare P1 service:search Search is stale",
    )
    .await;
    log.scene("not for every severity");
    log.types(
        &mut world,
        &alice,
        "#general",
        "/incident declare P2 service:search Search is slow",
    )
    .await;
    log.scene("somebody who is not there, then a group");
    log.types(
        &mut world,
        &alice,
        "#general",
        "/incident declare P1 Checkout is slow",
    )
    .await;
    log.scene("whose first member has left");
    world.standin.deactivate("U0BOB");
    world.settle().await;
    log.types(
        &mut world,
        &alice,
        "#general",
        "/incident declare P1 Checkout is down",
    )
    .await;
    log.scene("the rota passes over him, too");
    log.types(
        &mut world,
        &alice,
        "#general",
        "/incident declare P0 Mail is down",
    )
    .await;
    log.scene("and nothing can be given to him");
    log.types(
        &mut world,
        &alice,
        "#general",
        "/incident assign INC-2026-004 @bob",
    )
    .await;
    log.types(&mut world, &alice, "#general", "/incident list")
        .await;
    insta::assert_snapshot!(log.told());
    for id in 1..=7 {
        world
            .slash(
                &alice,
                "C0GENERAL",
                &format!("/incident cancel INC-2026-00{id} A drill"),
            )
            .await;
    }
    let channels: Vec<String> = world.standin.with(|world| {
        let mine = world
            .channels
            .iter()
            .filter(|found| found.name.starts_with("inc"));
        mine.map(|found| format!("#{}", found.name)).collect()
    });
    for place in channels {
        world.read(&place);
    }
    world.end().await;
}

#[tokio::test]
async fn nobody_acknowledges() {
    let mut world = World::with_rules(RULES).await;
    let chen = world.chen();
    let mut log = Log::default();
    log.types(
        &mut world,
        &chen,
        "#general",
        "/incident declare P0 Login is down",
    )
    .await;
    let home = "#inc-2026-001-login-is-down";
    world.read("#incidents");
    world.read(home);
    for _ in 0..4 {
        world.advance(minutes(5)).await;
        log.scene(&world.clock_shows());
        for place in [home, "@alice", "@bob", "@chen"] {
            log.sees(&mut world, place);
        }
    }
    log.scene("Chen takes it");
    log.types(&mut world, &chen, "#general", "/incident take INC-2026-001")
        .await;
    log.sees(&mut world, home);
    world.read("#incidents");
    log.types(&mut world, &chen, "#general", "/incident why INC-2026-001")
        .await;
    insta::assert_snapshot!(log.told());
    world.end().await;
}
