//! Slack's bad evenings: it loses an answer, it refuses, it takes a channel away.

use balefire::standin::Fault;
use sqlx::{AnyConnection, Connection as _, Executor as _};

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
