//! The card: one message that always shows how it stands, and what its buttons do.

use balefire::standin::Fault;

use crate::log::Log;
use crate::world::{World, minutes};

const HOME: &str = "#inc-2026-001-checkout-is-slow";

async fn declared() -> World {
    let mut world = World::start().await;
    let alice = world.alice();
    world
        .slash(
            &alice,
            "C0INCIDENTS",
            "/incident declare P1 Checkout is slow",
        )
        .await;
    world.read("#incidents");
    world.read(HOME);
    world
}

#[tokio::test]
async fn it_is_one_message_kept_up_to_date() {
    let mut world = World::start().await;
    let (alice, bob) = (world.alice(), world.bob());
    let mut log = Log::default();
    for (who, typed) in [
        (&alice, "declare P1 service:checkout Checkout is slow"),
        (&bob, "ack INC-2026-001"),
        (&bob, "impact INC-2026-001 One order in ten fails"),
        (&bob, "eta INC-2026-001 12:00 UTC"),
        (&bob, "update INC-2026-001 A lock in the database, next 30m"),
        (&bob, "assign INC-2026-001 @alice comms"),
        (&bob, "status INC-2026-001 monitoring"),
        (&bob, "severity INC-2026-001 P0 Now all fail"),
        (&bob, "resolve INC-2026-001 The lock is gone"),
        (&bob, "close INC-2026-001"),
    ] {
        world.advance(minutes(3)).await;
        world
            .slash(who, "C0INCIDENTS", &format!("/incident {typed}"))
            .await;
        log.scene(typed);
        log.sees_all(&mut world, "#incidents");
    }
    insta::assert_snapshot!(log.told());
    let cards = world
        .all("C0INCIDENTS")
        .iter()
        .filter(|message| message.by_bot() && message.only_for.is_none())
        .count();
    assert_eq!(cards, 1);
    world.read(HOME);
    world.end().await;
}

#[tokio::test]
async fn every_button_works() {
    let mut world = World::start().await;
    let (alice, bob) = (world.alice(), world.bob());
    world
        .slash(
            &alice,
            "C0INCIDENTS",
            "/incident declare P1 service:checkout Checkout is slow",
        )
        .await;
    world.read("#incidents");
    world.read(HOME);
    let mut log = Log::default();
    let buttons: [(&str, &[(&str, &str)]); 11] = [
        ("Acknowledge", &[]),
        (
            "Post update",
            &[("Where does it stand?", "A lock in the database")],
        ),
        ("Change status", &[("Status", "🎯 Identified")]),
        ("Change severity", &[("Severity", "P2")]),
        ("Assign", &[("Who?", "@bob")]),
        (
            "Set impact and ETA",
            &[
                ("Impact: who notices, and how?", "One order in ten fails"),
                ("When is it expected to work again?", "12:00 UTC"),
            ],
        ),
        (
            "Note or decision",
            &[("What is it?", "Decision"), ("Text", "Kill the report job")],
        ),
        ("Draft for stakeholders", &[]),
        ("Draft for customers", &[]),
        ("Timeline", &[]),
        (
            "Resolve",
            &[("What was it, and what mended it?", "The lock is gone")],
        ),
    ];
    for (label, fields) in buttons {
        log.scene(label);
        world.advance(minutes(1)).await;
        log.clicks(&mut world, &bob, "#incidents", label).await;
        if !fields.is_empty() {
            log.submits(&mut world, &bob, fields).await;
        }
        log.sees(&mut world, HOME);
    }
    log.scene("Close, from its own channel");
    log.clicks(&mut world, &bob, HOME, "Close").await;
    log.sees(&mut world, HOME);
    log.scene("Reopen");
    log.clicks(&mut world, &bob, HOME, "Reopen").await;
    log.submits(&mut world, &bob, &[("Why is it not over?", "Slow again")])
        .await;
    log.sees(&mut world, HOME);
    log.scene("the card at last");
    log.sees_all(&mut world, "#incidents");
    insta::assert_snapshot!(log.told());
    world.end().await;
}

#[tokio::test]
async fn too_late_says_who_and_when() {
    let mut world = declared().await;
    let (alice, bob) = (world.alice(), world.bob());
    let card = world.card_ts();
    let mut log = Log::default();

    log.scene("two at once: the answers to both clicks are in before the card has changed");
    let (one, two) = tokio::join!(
        bob.click("C0INCIDENTS", &card, "Acknowledge"),
        alice.click("C0INCIDENTS", &card, "Acknowledge"),
    );
    one.unwrap();
    two.unwrap();
    world.settle().await;
    log.sees_all(&mut world, "#incidents");
    log.sees(&mut world, HOME);
    // Who came first is the machine's to say.
    let told = log.told();
    let told = match told.contains("(only bob)") {
        true => told
            .replace("<@U0ALICE> ack", "<@FIRST> ack")
            .replace("by <@U0ALICE> after", "by <@FIRST> after")
            .replace("(only bob)", "(only SECOND)"),
        false => told
            .replace("<@U0BOB> ack", "<@FIRST> ack")
            .replace("by <@U0BOB> after", "by <@FIRST> after")
            .replace("(only alice)", "(only SECOND)"),
    };
    insta::assert_snapshot!("two_at_once", told);

    let mut log = Log::default();
    log.scene("a form that was opened in time, and sent too late");
    world.advance(minutes(1)).await;
    log.clicks(&mut world, &alice, "#incidents", "Resolve")
        .await;
    log.clicks(&mut world, &bob, "#incidents", "Post update")
        .await;
    world.advance(minutes(1)).await;
    log.submits(&mut world, &alice, &[]).await;
    log.submits(&mut world, &bob, &[("Where does it stand?", "Looking")])
        .await;
    bob.close(None).await.unwrap();
    bob.close(None).await.unwrap();
    log.sees(&mut world, HOME);

    log.scene("the same form sent twice is taken once");
    world
        .slash(
            &alice,
            "C0INCIDENTS",
            "/incident reopen INC-2026-001 Not over",
        )
        .await;
    log.clicks(&mut world, &alice, "#incidents", "Change severity")
        .await;
    log.submits(&mut world, &alice, &[("Severity", "P0")]).await;
    log.clicks(&mut world, &bob, "#incidents", "Change severity")
        .await;
    log.submits(&mut world, &bob, &[("Severity", "P0")]).await;
    bob.close(None).await.unwrap();
    log.sees(&mut world, HOME);
    world.read("#incidents");
    insta::assert_snapshot!(log.told());
    world.end().await;
}

#[tokio::test]
async fn a_deleted_card_is_posted_anew() {
    let mut world = declared().await;
    let (alice, bob) = (world.alice(), world.bob());
    let card = world.card_ts();
    let mut log = Log::default();
    alice.delete_any("C0INCIDENTS", &card).unwrap();
    world.settle().await;
    log.scene("somebody has tidied up; the next change finds out");
    log.types(&mut world, &bob, "#incidents", "/incident ack INC-2026-001")
        .await;
    log.sees_all(&mut world, "#incidents");
    log.scene("and the new card is kept up to date");
    log.types(
        &mut world,
        &bob,
        "#incidents",
        "/incident impact INC-2026-001 Orders fail",
    )
    .await;
    log.sees_all(&mut world, "#incidents");
    log.scene("the same in the incident's channel");
    let home = world.find(HOME);
    let card = world
        .all(&home)
        .iter()
        .find(|message| message.reads().starts_with("# "))
        .unwrap()
        .ts
        .clone();
    alice.delete_any(&home, &card).unwrap();
    log.types(
        &mut world,
        &bob,
        "#incidents",
        "/incident eta INC-2026-001 Soon",
    )
    .await;
    log.sees_all(&mut world, HOME);
    insta::assert_snapshot!(log.told());
    world.read("#incidents");
    world.end().await;
}

#[tokio::test]
async fn the_form_for_impact_shows_what_is_known() {
    let mut world = World::start().await;
    let bob = world.bob();
    for typed in [
        "/incident declare P1 service:checkout Checkout is slow",
        "/incident impact INC-2026-001 Orders fail",
        "/incident eta INC-2026-001 12:00 UTC",
    ] {
        world.slash(&bob, "C0INCIDENTS", typed).await;
    }
    world.click(&bob, "C0INCIDENTS", "Set impact and ETA").await;
    let form = world.standin.view_of(bob.id()).unwrap();
    let shown: Vec<_> = form["blocks"].as_array().unwrap().iter().collect();
    let shown = shown.iter().map(|block| &block["element"]["initial_value"]);
    let shown: Vec<_> = shown.filter_map(serde_json::Value::as_str).collect();
    assert_eq!(shown, ["Orders fail", "12:00 UTC"]);

    // What is left as it was is not said again.
    let later = [("When is it expected to work again?", "13:00 UTC")];
    assert_eq!(world.submit(&bob, &later).await, "");
    let said = world.read(HOME);
    assert_eq!(said.matches("13:00 UTC").count(), 2, "{said}");
    assert_eq!(said.matches("> Orders fail").count(), 1, "{said}");
    world.read("#incidents");
    world.end().await;
}

/// A workspace may forbid messages to be edited after a while.
#[tokio::test]
async fn a_card_that_may_not_be_edited_is_told_of_once() {
    let mut world = declared().await;
    let alice = world.alice();
    let mut log = Log::default();
    log.scene("nothing may be edited any more");
    let closed = Fault::Code("edit_window_closed".into());
    world.standin.misbehave(Some("chat.update"), closed, None);
    for order in [
        "update INC-2026-001 Rolling back",
        "severity INC-2026-001 P0 Nobody can pay",
    ] {
        log.types(
            &mut world,
            &alice,
            "#incidents",
            &format!("/incident {order}"),
        )
        .await;
        world.advance(minutes(2)).await;
        log.sees(&mut world, "@alice");
    }
    log.types(
        &mut world,
        &alice,
        "#incidents",
        "/incident timeline INC-2026-001",
    )
    .await;
    insta::assert_snapshot!(log.told());
    world.everywhere();
    world.end().await;
}
