//! Evenings on call, told as what each person saw.

#[path = "../world/mod.rs"]
#[allow(dead_code, reason = "each test program uses its own part of the world")]
mod world;

mod log;
mod script;

mod bad_input;
mod card;
mod commands;
mod delivery;
mod drafts;
mod evening;
mod home;
mod languages;
mod listening;
mod nags;
mod owners;
mod trouble;

use crate::world::{RULES, World};

const HOME: &str = "#inc-2026-001-card-payments-are-down";

/// Declared by Alice in `#incidents`, and nobody has read anything.
async fn declared_with(rules: &str) -> World {
    let mut world = World::with_rules(rules).await;
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

/// Taken up by Bob, who owns it, and everything read.
async fn declared() -> World {
    let mut world = declared_with(RULES).await;
    let bob = world.bob();
    world.slash(&bob, "C0INCIDENTS", "/incident ack").await;
    for place in ["#incidents", HOME, "@bob", "@chen"] {
        world.read(place);
    }
    world
}
