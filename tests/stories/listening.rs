//! What the bot hears in channels, and what it makes of it.

use std::sync::Arc;
use std::time::Duration;

use balefire::app::inbound;
use balefire::domain::event::{Entry, Event};
use balefire::ids::TeamId;
use balefire::slack::inbound::{Answer, read_envelope};
use serde_json::json;

use crate::script::Script;
use crate::world::{RULES, World, minutes};

const HOME: &str = "#inc-2026-001-card-payments-are-down";
/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_report_is_heard_and_becomes_an_incident() {
    let mut script = Script::of(World::start().await);
    script
        .says(
            "alice",
            "#incidents",
            "Checkout is down for all customers! I see 503 since 9:58. Anybody?",
        )
        .await;
    script.clicks("bob", "#incidents", "Declare incident").await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn a_report_in_chinese() {
    let rules = format!("language = \"zh\"\n{RULES}");
    let mut script = Script::of(World::with_rules(&rules).await);
    script
        .says(
            "chen",
            "#incidents",
            "支付接口大量超时，用户无法下单。正在看日志",
        )
        .await;
    script.clicks("chen", "#incidents", "上报事故").await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn not_an_incident_and_a_click_that_came_too_late() {
    let mut script = Script::of(World::start().await);
    script
        .says("alice", "#incidents", "Is anybody else seeing slow builds?")
        .await;
    let offer = script.world.all("C0INCIDENTS").last().unwrap().ts.clone();
    let answer = {
        // Bob and Chen have the same buttons before them, and both click.
        let (bob, chen) = (script.world.bob(), script.world.chen());
        let _ = bob.click("C0INCIDENTS", &offer, "Not an incident").await;
        let answer = chen.click("C0INCIDENTS", &offer, "Declare incident").await;
        script.world.settle().await;
        answer
    };
    assert!(answer.is_ok());
    script.heading("bob: Not an incident; chen, a moment later: Declare incident");
    script.look();
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn two_people_declare_the_same_report() {
    let mut script = Script::of(World::start().await);
    script.says("alice", "#incidents", "Checkout is down").await;
    let offer = script.world.all("C0INCIDENTS").last().unwrap().ts.clone();
    let (bob, chen) = (script.world.bob(), script.world.chen());
    let _ = bob.click("C0INCIDENTS", &offer, "Declare incident").await;
    let _ = chen.click("C0INCIDENTS", &offer, "Declare incident").await;
    script.world.settle().await;
    let whispers: Vec<_> = script
        .world
        .all("C0INCIDENTS")
        .into_iter()
        .filter(|message| message.only_for.is_some())
        .map(|message| message.reads())
        .collect();
    insta::assert_snapshot!(whispers.join("\n"), @"<@U0BOB> 已于 <!date^1795168800^{date_short_pretty} {time}|2026-11-20 10:00 UTC> 将其上报为 INC-2026-001。查看当前情况： `/incident show INC-2026-001`");
    let cards = script.world.all("C0INCIDENTS");
    let cards = cards
        .iter()
        .filter(|message| message.by_bot() && message.reads().starts_with("# "));
    assert_eq!(cards.count(), 1);
    script.world.everywhere();
    script.end().await;
}

#[tokio::test]
async fn what_is_no_report() {
    let mut script = Script::of(World::start().await);
    let (alice, bob) = (script.world.alice(), script.world.bob());
    let ts = alice.say("C0INCIDENTS", "Checkout is down").unwrap();
    script.world.settle().await;
    script.world.everywhere();
    // Threads, edits, deletions, joins and leaves; other channels.
    bob.reply("C0INCIDENTS", &ts, "The database is down, too")
        .unwrap();
    alice
        .edit("C0INCIDENTS", &ts, "Checkout is down everywhere")
        .unwrap();
    alice.say("C0GENERAL", "Lunch is down").unwrap();
    bob.leave("C0INCIDENTS").unwrap();
    bob.join("C0INCIDENTS").unwrap();
    script
        .world
        .standin
        .with(|world| world.slackbot_tells("C0INCIDENTS", "U0ALICE", "The wiki is down"));
    script.world.settle().await;
    script.heading("a reply, an edit, another channel, a join");
    script.look();
    let said = script.world.standin.calls_of("chat.postMessage");
    assert_eq!(said.len(), 1, "one report, one offer");
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn an_edited_report_gets_no_second_offer_and_a_redelivered_one_neither() {
    let mut script = Script::of(World::start().await);
    script
        .world
        .next("events", balefire::standin::Fault::Redeliver);
    script.says("alice", "#incidents", "Checkout is down").await;
    assert_eq!(script.world.standin.calls_of("chat.postMessage").len(), 1);
    script.end().await;
}

#[tokio::test]
async fn listening_only_to_mentions() {
    let rules = format!("{RULES}\n[slack]\nlisten = \"mention\"\n");
    let mut script = Script::of(World::with_rules(&rules).await);
    script.says("alice", "#incidents", "Checkout is down").await;
    script
        .says(
            "alice",
            "#incidents",
            "@balefire Checkout is down, cards fail",
        )
        .await;
    script.says("alice", "#incidents", "@balefire list").await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn listening_to_nothing() {
    let rules = format!("{RULES}\n[slack]\nlisten = \"off\"\n");
    let mut script = Script::of(World::with_rules(&rules).await);
    script.says("alice", "#incidents", "Checkout is down").await;
    script
        .says("alice", "#incidents", "@balefire Checkout is down")
        .await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn a_mention_in_a_thread_is_a_command() {
    let rules = format!("{RULES}\n[slack]\nchannel_per_incident = false\n");
    let mut script = Script::of(World::with_rules(&rules).await);
    let alice = script.world.alice();
    let typed = "/incident declare P0 Card payments are down";
    script.world.slash(&alice, "C0INCIDENTS", typed).await;
    script.world.everywhere();
    let card = thread_of_the_card(&script);
    for (name, text) in [
        ("bob", "@balefire ack"),
        ("bob", "@balefire update Rolling back, next 30m"),
        ("alice", "@balefire updat typo"),
        ("alice", "@balefire update"),
    ] {
        script.heading(&format!("{name} in the thread: {text}"));
        script
            .person(name)
            .reply("C0INCIDENTS", &card, text)
            .unwrap();
        script.world.settle().await;
        script.look();
    }
    insta::assert_snapshot!(script.end().await);
}

fn thread_of_the_card(script: &Script) -> String {
    let messages = script.world.all("C0INCIDENTS");
    let card = messages
        .iter()
        .find(|message| message.by_bot() && message.top_level() && message.only_for.is_none());
    card.unwrap().ts.clone()
}

#[tokio::test]
async fn a_pin_follows_its_message() {
    let mut world = World::start().await;
    let (alice, bob) = (world.alice(), world.bob());
    let typed = "/incident declare P0 Card payments are down";
    world.slash(&alice, "C0INCIDENTS", typed).await;
    world.everywhere();
    let home = world.find(HOME);
    let ts = bob
        .say(&home, "The disk of db-1 is full &  *hot* <3")
        .unwrap();
    world.advance(minutes(7)).await;
    let mut script = Script::of(world);
    let pin = |who: &balefire::standin::Person, on: bool| match on {
        true => who.react(&home, &ts, "pushpin").unwrap(),
        false => who.unreact(&home, &ts, "pushpin").unwrap(),
    };
    script.heading("alice pins what bob wrote, and bob does too");
    pin(&alice, true);
    script.world.settle().await;
    pin(&bob, true);
    script.world.settle().await;
    script.look();
    script.types("alice", HOME, "/incident timeline").await;
    script.heading("bob edits it");
    bob.edit(&home, &ts, "The disk of db-2 is full").unwrap();
    script.world.settle().await;
    script.types("alice", HOME, "/incident timeline").await;
    script.heading("bob takes his pin off");
    pin(&bob, false);
    script.world.settle().await;
    script.types("bob", HOME, "/incident timeline").await;
    script.heading("alice takes hers off");
    pin(&alice, false);
    script.world.settle().await;
    script
        .types("alice", HOME, "/incident timeline INC-2026-001")
        .await;
    script.heading("bob edits it once more, and puts his pin back");
    bob.edit(&home, &ts, "The disk of db-2 was full").unwrap();
    script.world.settle().await;
    pin(&bob, true);
    script.world.settle().await;
    script
        .types("alice", HOME, "/incident timeline INC-2026-001")
        .await;
    script.heading("deleted");
    bob.delete(&home, &ts).unwrap();
    script.world.settle().await;
    script
        .types("bob", HOME, "/incident timeline INC-2026-001")
        .await;
    // Other emoji are just emoji.
    let other = bob.say(&home, "Ready to roll back").unwrap();
    alice.react(&home, &other, "tada").unwrap();
    insta::assert_snapshot!(script.end().await);
}

/// Both ask Slack what the message says before either has put it on the timeline.
#[tokio::test]
async fn two_who_pin_a_message_at_once_pin_it_once() {
    let mut world = World::start().await;
    let (alice, bob) = (world.alice(), world.bob());
    let typed = "/incident declare P0 Card payments are down";
    world.slash(&alice, "C0INCIDENTS", typed).await;
    let home = world.find(HOME);
    let ts = bob.say(&home, "The disk of db-1 is full").unwrap();
    world.settle().await;
    let app = Arc::clone(world.app());
    let pins = |who: &str| {
        let envelope = json!({
            "type": "event_callback", "team_id": "T0BALEFIRE", "event_id": format!("Ev{who}"), "event_time": 1,
            "event": {
                "type": "reaction_added", "user": who, "reaction": "pushpin",
                "item": {"type": "message", "channel": home, "ts": ts}
            }
        });
        inbound::receive(&app, read_envelope("events_api", envelope), PATIENCE)
    };
    let answers = tokio::join!(pins("U0ALICE"), pins("U0BOB"));
    assert_eq!(answers, (Answer::Empty, Answer::Empty));
    let timeline = app
        .store
        .timeline(&TeamId::new("T0BALEFIRE"), &"INC-2026-001".parse().unwrap())
        .await
        .unwrap();
    let is_pin = |entry: &&Entry| matches!(entry.event, Event::Pinned { .. });
    assert_eq!(timeline.iter().filter(is_pin).count(), 1);
    world.settle().await;
    world.everywhere();
    drop(app);
    world.end().await;
}

#[tokio::test]
async fn a_pin_in_a_thread() {
    let rules = format!("{RULES}\n[slack]\nchannel_per_incident = false\n");
    let mut world = World::with_rules(&rules).await;
    let (alice, bob) = (world.alice(), world.bob());
    let typed = "/incident declare P0 Card payments are down";
    world.slash(&alice, "C0INCIDENTS", typed).await;
    world.everywhere();
    let mut script = Script::of(world);
    let card = thread_of_the_card(&script);
    let ts = bob
        .reply("C0INCIDENTS", &card, "The disk of db-1 is full")
        .unwrap();
    alice.react("C0INCIDENTS", &ts, "pushpin").unwrap();
    // What belongs to no incident goes on no timeline.
    let other = alice.say("C0GENERAL", "Cake in the kitchen").unwrap();
    alice.react("C0GENERAL", &other, "pushpin").unwrap();
    script.world.settle().await;
    script
        .types("alice", "#incidents", "/incident timeline INC-2026-001")
        .await;
    insta::assert_snapshot!(script.end().await);
}
