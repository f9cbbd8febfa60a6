//! Slack's bad evenings: it loses an answer, it refuses, it takes a channel away.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use balefire::app::steps::{Step, Steps};
use balefire::standin::Fault;
use sqlx::{AnyConnection, Connection as _, Executor as _};

use crate::log::Log;
use crate::world::{World, minutes, seconds};
use crate::{HOME, declared};

fn with_button<'a>(messages: &'a [String], label: &str) -> Vec<&'a String> {
    let label = format!("[{label}]");
    messages
        .iter()
        .filter(|message| message.contains(&label))
        .collect()
}

#[tokio::test]
async fn a_reminder_replaced_on_its_way_keeps_no_buttons() {
    let rules = "[[severity]]\nid = \"P0\"\nname = \"Critical\"\nmeaning = \"Down\"\nrespond_within = \"1h\"\nupdate_every = \"10s\"\nowner = [\"U0BOB\"]\n";
    let mut world = World::with_rules(rules).await;
    let alice = world.alice();
    world
        .slash(
            &alice,
            "C0INCIDENTS",
            "/incident declare P0 Card payments are down",
        )
        .await;
    // Taken, but not answered: it is found half a minute later, when two more are due.
    world
        .standin
        .next("chat.postMessage", Fault::AcceptThenDrop);
    world.advance(seconds(60)).await;
    let all = world.news(HOME);
    assert_eq!(with_button(&all, "No change").len(), 1, "{all:#?}");
}

#[tokio::test]
async fn a_channel_that_is_gone_before_the_look_does_not_stop_the_incident() {
    let mut world = declared().await;
    let bob = world.bob();
    world
        .standin
        .next("chat.postMessage", Fault::AcceptThenDrop);
    world.standin.misbehave(
        Some("conversations.history"),
        Fault::Code("channel_not_found".into()),
        None,
    );
    world
        .slash(&bob, "C0INCIDENTS", "/incident note Seen by everybody")
        .await;
    world.advance(minutes(1)).await;
    let news = world.read("#incidents");
    assert!(news.contains("Seen by everybody"), "{news}");
}

#[tokio::test]
async fn two_closed_doors_do_not_complain_of_each_other_for_ever() {
    let mut world = declared().await;
    let bob = world.bob();
    world.standin.misbehave(
        Some("chat.postMessage"),
        Fault::Code("not_in_channel".into()),
        None,
    );
    world
        .slash(&bob, "C0INCIDENTS", "/incident note Nobody hears this")
        .await;
    world.advance(minutes(5)).await;
    let posts = world.standin.calls_of("chat.postMessage").len();
    world.advance(minutes(5)).await;
    assert_eq!(world.standin.calls_of("chat.postMessage").len(), posts);
}

#[tokio::test]
async fn an_incident_that_cannot_be_read_hides_no_other() {
    let mut world = declared().await;
    let (alice, bob) = (world.alice(), world.bob());
    world
        .slash(&alice, "C0INCIDENTS", "/incident declare P0 Login is slow")
        .await;
    // As a version that is still to come might leave it.
    let mut raw = AnyConnection::connect(&world.database_url()).await.unwrap();
    raw.execute("UPDATE incidents SET body = '{}' WHERE number = 1")
        .await
        .unwrap();

    for asked in ["list", "list all", ""] {
        let told = world
            .slash(&alice, "C0INCIDENTS", &format!("/incident {asked}"))
            .await;
        assert!(told.contains("Login is slow"), "{asked}: {told}");
        assert!(told.contains("Not shown: INC-2026-001."), "{asked}: {told}");
    }
    let told = world
        .slash(&bob, "C0INCIDENTS", "/incident note INC-2026-001 hm")
        .await;
    assert!(told.contains("trying again will not help"), "{told}");
    // The other one is asked about as if nothing were the matter.
    world.advance(minutes(16)).await;
    let home = world.news("#inc-2026-002-login-is-slow").join("\n");
    assert!(home.contains("⏰"), "{home}");
}

/// Nobody is to believe that words were kept when they were not.
#[tokio::test]
async fn a_form_that_is_submitted_again_loses_and_doubles_nothing() {
    let mut world = declared().await;
    let bob = world.bob();
    let (field, home) = ("Where does it stand?", HOME);
    for again in ["It is the cache.", "It is the cache of the shop."] {
        world.slash(&bob, home, "/incident update").await;
        world.standin.next("interactions", Fault::AcceptThenDrop);
        let first = world.submit(&bob, &[(field, "It is the cache.")]).await;
        assert!(first.contains("trouble connecting"), "{first}");
        assert_eq!(world.submit(&bob, &[(field, again)]).await, "");
    }
    let timeline = world.slash(&bob, home, "/incident timeline").await;
    let said = |words: &str| {
        timeline
            .lines()
            .filter(|line| line.ends_with(words))
            .count()
    };
    // The first form was submitted twice and says one thing, the second says two.
    let said = [
        said(": It is the cache."),
        said(": It is the cache of the shop."),
    ];
    assert_eq!(said, [2, 1], "{timeline}");
}

/// A mistake of ours, at the worst moment. Whoever else is due is asked, and this one a little later.
#[tokio::test]
async fn an_incident_that_makes_us_panic_stops_no_other() {
    let mut world = declared().await;
    let bob = world.bob();
    world
        .slash(&bob, "#general", "/incident declare P0 Refunds are stuck")
        .await;
    world.kill_bot().await;
    let saves = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&saves);
    world
        .start_bot(Steps::gated(move |step| {
            let is_first = step == Step::DoorSaved && counted.fetch_add(1, Ordering::SeqCst) == 0;
            assert!(!is_first, "a test's mistake");
            std::future::ready(Ok(()))
        }))
        .await;
    world.advance(minutes(16)).await;
    for incident in ["INC-2026-001", "INC-2026-002"] {
        let typed = format!("/incident timeline {incident}");
        let timeline = world.slash(&bob, "#general", &typed).await;
        assert_eq!(
            timeline.matches("asked for an update").count(),
            1,
            "{timeline}"
        );
    }
    assert!(saves.load(Ordering::SeqCst) > 2);
    world.everywhere();
    world.end().await;
}

/// A form may stand for several orders.
#[tokio::test]
async fn a_form_that_was_partly_recorded_says_so() {
    let mut world = declared().await;
    let bob = world.bob();
    world.kill_bot().await;
    let saves = AtomicU32::new(0);
    world
        .start_bot(Steps::gated(move |step| {
            let fails = step == Step::DoorSaved && saves.fetch_add(1, Ordering::SeqCst) == 1;
            std::future::ready(match fails {
                true => Err(anyhow::anyhow!("the disk is full")),
                false => Ok(()),
            })
        }))
        .await;
    world.slash(&bob, HOME, "/incident impact").await;
    let form = [
        ("Impact: who notices, and how?", "Cards are declined"),
        ("When is it expected to work again?", "15:30 UTC"),
    ];
    let said = world.submit(&bob, &form).await;
    assert!(said.contains("A part of this was recorded"), "{said}");
    assert_eq!(world.submit(&bob, &form).await, "");
    let timeline = world.slash(&bob, HOME, "/incident timeline").await;
    for words in ["Cards are declined", "15:30 UTC"] {
        assert_eq!(timeline.matches(words).count(), 1, "{timeline}");
    }
}

#[tokio::test]
async fn a_form_declares_one_incident_whatever_is_written_in_it_the_second_time() {
    let mut world = World::start().await;
    let alice = world.alice();
    world
        .slash(&alice, "C0INCIDENTS", "/incident declare")
        .await;
    let form = |title| [("What is broken?", title)];
    world.standin.next("interactions", Fault::AcceptThenDrop);
    let first = world.submit(&alice, &form("Checkout hangs")).await;
    assert!(first.contains("trouble connecting"), "{first}");
    let other = world.submit(&alice, &form("Card payments hang")).await;
    let shown = world.standin.view_of(alice.id()).unwrap().to_string();
    assert!(
        shown.contains("was declared from this form before"),
        "{other} {shown}"
    );
    // Back in the form, the same once more is a repeat.
    alice.close(None).await.unwrap();
    assert_eq!(world.submit(&alice, &form("Checkout hangs")).await, "");
    let list = world.slash(&alice, "C0INCIDENTS", "/incident list").await;
    assert_eq!(list.matches("INC-").count(), 1, "{list}");
    assert!(list.contains("Checkout hangs"), "{list}");
}

/// Nothing can be posted, so those who give orders are told in the answer, which needs no token; the timeline keeps it, and
/// what waited is said once.
#[tokio::test]
async fn while_slack_does_not_take_the_token_whoever_gives_an_order_is_told() {
    let mut world = declared().await;
    let (bob, chen) = (world.bob(), world.chen());
    world.advance(minutes(15)).await;
    for place in [HOME, "#incidents", "@bob", "@chen", "@alice"] {
        world.read(place);
    }
    let mut log = Log::default();
    log.scene("An administrator has deactivated the app");
    world
        .standin
        .misbehave(None, Fault::Code("account_inactive".into()), None);
    log.types(&mut world, &bob, HOME, "/incident note We roll back")
        .await;
    world.advance(minutes(3)).await;
    log.clicks(&mut world, &bob, HOME, "No change").await;
    log.types(
        &mut world,
        &chen,
        "#incidents",
        "/incident timeline INC-2026-001",
    )
    .await;
    log.sees(&mut world, HOME);
    log.scene("It is installed again");
    world.standin.behave();
    world.advance(minutes(2)).await;
    log.sees(&mut world, HOME);
    log.types(&mut world, &bob, HOME, "/incident timeline")
        .await;
    for place in ["#incidents", "@bob"] {
        world.read(place);
    }
    insta::assert_snapshot!(log.told());
    world.end().await;
}
