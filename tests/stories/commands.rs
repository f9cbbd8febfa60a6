//! Every word after `/incident`, and what whoever types it reads.

use balefire::app::commands;
use balefire::ids::{ChannelId, TeamId, UserId};
use balefire::slack::inbound::{SlashCommand, Ticket};
use balefire::standin::Fault;

use crate::log::Log;
use crate::world::{World, minutes, seconds};

const HOME: &str = "#inc-2026-001-checkout-is-slow";

/// An incident of Alice's, with its channel, which everybody has looked at.
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

fn caught_up(world: &mut World) {
    world.read("#incidents");
    world.read(HOME);
}

#[tokio::test]
async fn an_incident_by_orders_alone() {
    let mut world = World::start().await;
    let (alice, bob) = (world.alice(), world.bob());
    let mut log = Log::default();

    log.scene("Alice declares without a severity");
    log.types(
        &mut world,
        &alice,
        "#incidents",
        "/incident declare Checkout is slow service:checkout",
    )
    .await;
    let home = "#inc-2026-001-checkout-is-slow";
    log.sees_all(&mut world, "#incidents");
    log.sees_all(&mut world, home);

    log.scene("and works on it");
    for typed in [
        "/incident ack",
        "/incident update Connection pool is exhausted next 30m",
        "/incident status identified A deploy halved the pool",
        "/incident severity P1 Half of all orders fail",
        "/incident impact One order in two fails",
        "/incident eta 11:30",
        "/incident service checkout, payments",
        "/incident note The deploy was at 09:40",
        "/incident decision Roll the deploy back",
        "/incident action Alert on pool size @bob due 2026-11-27",
        "/incident assign @bob comms",
        "/incident status monitoring",
        "/incident snooze 10m",
    ] {
        world.advance(minutes(2)).await;
        log.types(&mut world, &alice, home, typed).await;
        log.sees(&mut world, home);
    }

    log.scene("Bob takes it over, and ends it");
    world.bob().join(&world.find(home)).unwrap();
    for typed in [
        "/incident take",
        "/incident draft stakeholders",
        "/incident resolve The deploy is rolled back",
        "/incident close",
        "/incident reopen It is slow again",
        "/incident cancel It was the load test",
    ] {
        world.advance(minutes(2)).await;
        log.types(&mut world, &bob, home, typed).await;
        log.sees(&mut world, home);
    }
    log.scene("what remains");
    log.sees(&mut world, "#incidents");
    log.tells(&world.card());
    log.types(&mut world, &bob, home, "/incident timeline")
        .await;
    log.types(&mut world, &bob, home, "/incident why").await;
    insta::assert_snapshot!(log.told());
    // Nobody answered the reminder at 10:21 for five minutes.
    assert!(world.read("@alice").contains("none has come"));
    world.end().await;
}

#[tokio::test]
async fn a_verb_without_words_opens_a_form() {
    let mut world = World::start().await;
    let alice = world.alice();
    let mut log = Log::default();
    log.types(
        &mut world,
        &alice,
        "#general",
        "/incident declare P1 service:payments",
    )
    .await;
    log.submits(
        &mut world,
        &alice,
        &[
            ("What is broken?", "Checkout is slow"),
            ("Impact: who notices, and how?", "Orders take a minute"),
            ("Owner", "@bob"),
        ],
    )
    .await;
    world.read("#incidents");
    log.sees_all(&mut world, HOME);

    let forms: [(&str, &[(&str, &str)]); 12] = [
        (
            "update",
            &[
                ("Where does it stand?", "Looking at the database"),
                ("Next update in", "30 min"),
            ],
        ),
        (
            "status",
            &[
                ("Status", "🎯 Identified"),
                ("What do people need to know?", "A lock"),
            ],
        ),
        ("severity", &[("Severity", "P2"), ("Why?", "Only slow")]),
        (
            "impact",
            &[("Impact: who notices, and how?", "Orders take two minutes")],
        ),
        (
            "eta",
            &[("When is it expected to work again?", "in an hour")],
        ),
        ("service", &[("Affected services", "checkout")]),
        ("note", &[("Text", "Seen before, in May")]),
        ("decision", &[("Text", "Kill the report job")]),
        (
            "action",
            &[("Text", "Give reports a replica"), ("Who?", "@chen")],
        ),
        ("assign", &[("Who?", "@chen"), ("Role", "comms")]),
        ("snooze", &[("Remind again in", "30 min")]),
        ("cancel", &[("Why is it no incident?", "A test")]),
    ];
    for (verb, fields) in forms {
        log.scene(verb);
        world.advance(seconds(70)).await;
        log.types(&mut world, &alice, HOME, &format!("/incident {verb}"))
            .await;
        log.submits(&mut world, &alice, fields).await;
        log.sees(&mut world, HOME);
    }
    log.scene("reopen");
    log.types(&mut world, &alice, HOME, "/incident reopen")
        .await;
    log.submits(
        &mut world,
        &alice,
        &[("Why is it not over?", "It was none")],
    )
    .await;
    log.sees(&mut world, HOME);
    log.scene("a form that Slack does not open is no dead end");
    world.next("views.open", Fault::Code("expired_trigger_id".into()));
    log.types(&mut world, &alice, HOME, "/incident update")
        .await;
    log.types(&mut world, &alice, "#general", "/incident declare")
        .await;
    insta::assert_snapshot!(log.told());
    caught_up(&mut world);
    world.end().await;
}

#[tokio::test]
async fn which_incident_is_meant() {
    let mut world = declared().await;
    let (alice, bob, chen) = (world.alice(), world.bob(), world.chen());
    let mut log = Log::default();

    log.scene("Alice has one, so it is understood anywhere");
    log.types(
        &mut world,
        &alice,
        "#general",
        "/incident note From the corridor",
    )
    .await;
    log.scene("Chen has none, but there is only one");
    log.types(&mut world, &chen, "#general", "/incident note From abroad")
        .await;
    log.scene("there are two now");
    log.types(
        &mut world,
        &bob,
        "#incidents",
        "/incident declare P2 Search is stale",
    )
    .await;
    log.types(
        &mut world,
        &alice,
        "#general",
        "/incident note Mine is still the first",
    )
    .await;
    log.types(
        &mut world,
        &chen,
        "#general",
        "/incident note Which of them?",
    )
    .await;
    log.scene("in a channel of its own it is implied, and may be named anywhere");
    log.types(
        &mut world,
        &bob,
        "#inc-2026-002-search-is-stale",
        "/incident note Here",
    )
    .await;
    log.types(
        &mut world,
        &bob,
        "#inc-2026-002-search-is-stale",
        "/incident note INC-2026-001 There",
    )
    .await;
    log.types(
        &mut world,
        &chen,
        "#general",
        "/incident update inc-2026-002 Reindexing",
    )
    .await;
    log.scene("Alice has two");
    log.types(
        &mut world,
        &alice,
        "#general",
        "/incident take INC-2026-002",
    )
    .await;
    log.types(
        &mut world,
        &alice,
        "#general",
        "/incident update Rolling back",
    )
    .await;
    log.types(&mut world, &alice, "#general", "/incident why")
        .await;
    log.types(&mut world, &alice, "#general", "/incident").await;
    log.scene("what became of it");
    log.sees(&mut world, HOME);
    log.sees(&mut world, "#inc-2026-002-search-is-stale");
    insta::assert_snapshot!(log.told());
    caught_up(&mut world);
    world.end().await;
}

#[tokio::test]
async fn questions() {
    let mut world = World::start().await;
    let (alice, bob, chen) = (world.alice(), world.bob(), world.chen());
    let mut log = Log::default();
    log.scene("before anything has happened");
    for typed in [
        "/incident",
        "/incident help",
        "/incident help update",
        "/incident list",
        "/incident list mine",
        "/incident list all",
        "/incident show",
        "/incident update Hello",
    ] {
        log.types(&mut world, &alice, "#general", typed).await;
    }
    log.scene("with three incidents, one of them over");
    for (who, typed) in [
        (&alice, "/incident declare P1 Checkout is slow"),
        (&bob, "/incident declare P0 Card payments are down"),
        (&chen, "/incident declare P2 Search is stale"),
        (&alice, "/incident resolve INC-2026-001 Rolled back"),
    ] {
        world.slash(who, "C0GENERAL", typed).await;
    }
    for typed in [
        "/incident",
        "/incident list",
        "/incident list open",
        "/incident list mine",
        "/incident list all",
        "/incident show INC-2026-002",
        "/incident show 1",
        "/incident timeline INC-2026-001",
        "/incident why INC-2026-002",
    ] {
        log.types(&mut world, &bob, "#general", typed).await;
    }
    log.scene("Chen reads Chinese");
    for typed in [
        "/incident",
        "/incident list",
        "/incident help",
        "/incident timeline INC-2026-003",
    ] {
        log.types(&mut world, &chen, "#general", typed).await;
    }
    insta::assert_snapshot!(log.told());
    world.read("#incidents");
    for place in [
        HOME,
        "#inc-2026-002-card-payments-are-down",
        "#inc-2026-003-search-is-stale",
    ] {
        world.read(place);
    }
    world.end().await;
}

#[tokio::test]
async fn refusals_name_the_way_out() {
    let mut world = declared().await;
    let (alice, chen) = (world.alice(), world.chen());
    let mut log = Log::default();
    for typed in [
        "/incident updaet Rolling back",
        "/incident frobnicate",
        "/incident declare P9 Something",
        "/incident severity P9",
        "/incident severity P1",
        "/incident status broken",
        "/incident service basket",
        "/incident show INC-2026-099",
        "/incident show 99",
        "/incident list yesterday",
        "/incident assign nobody",
        "/incident assign @bob @chen",
        "/incident take",
        "/incident snooze soon",
        "/incident snooze 40d",
        "/incident update Fixed next 0m",
        "/incident action Write it up due 2026-02-30",
        "/incident draft everybody",
        "/incident close",
        "/incident reopen It is open",
    ] {
        log.types(&mut world, &alice, HOME, typed).await;
    }
    log.scene("after the end");
    world
        .slash(&alice, &world.find(HOME), "/incident ack")
        .await;
    log.types(&mut world, &chen, "#general", "/incident ack INC-2026-001")
        .await;
    world
        .slash(&alice, &world.find(HOME), "/incident resolve Done")
        .await;
    for verb in [
        "ack",
        "update Still here",
        "resolve Done",
        "status monitoring",
        "severity P0",
        "snooze 10m",
        "eta 12:00",
    ] {
        world.advance(minutes(2)).await;
        log.types(&mut world, &chen, "#general", &format!("/incident {verb}"))
            .await;
        log.types(&mut world, &alice, HOME, &format!("/incident {verb}"))
            .await;
    }
    log.scene("not there yet");
    for verb in [
        "oncall",
        "postmortem",
        "search pool",
        "stats",
        "merge INC-2026-002",
    ] {
        log.types(&mut world, &alice, HOME, &format!("/incident {verb}"))
            .await;
    }
    log.types(&mut world, &chen, "#general", "/incident oncall")
        .await;
    insta::assert_snapshot!(log.told());
    caught_up(&mut world);
    world.end().await;
}

#[tokio::test]
async fn typed_again_is_asked_about_first() {
    let mut world = declared().await;
    let alice = world.alice();
    let mut log = Log::default();
    log.types(&mut world, &alice, HOME, "/incident update Rolling back")
        .await;
    log.sees(&mut world, HOME);
    world.advance(seconds(20)).await;
    log.types(&mut world, &alice, HOME, "/incident update Rolling back")
        .await;
    log.sees(&mut world, HOME);
    log.clicks(&mut world, &alice, HOME, "Do it again").await;
    log.sees(&mut world, HOME);
    log.scene("one question is answered once, whatever its button looks like");
    log.clicks(&mut world, &alice, HOME, "Do it again").await;
    log.sees(&mut world, HOME);
    world.advance(minutes(2)).await;
    log.scene("two minutes later it is a new order");
    log.types(&mut world, &alice, HOME, "/incident update Rolling back")
        .await;
    log.sees(&mut world, HOME);
    log.scene("two incidents of one name are two only when somebody says so");
    log.types(
        &mut world,
        &alice,
        "#general",
        "/incident declare P2 Search is stale",
    )
    .await;
    log.types(
        &mut world,
        &alice,
        "#general",
        "/incident declare P2 Search is stale",
    )
    .await;
    log.types(&mut world, &alice, "#general", "/incident list")
        .await;
    log.scene("an answer that was lost on the way");
    world.next("commands", Fault::AcceptThenDrop);
    log.types(&mut world, &alice, HOME, "/incident note Seen in May")
        .await;
    log.types(&mut world, &alice, HOME, "/incident note Seen in May")
        .await;
    log.sees(&mut world, HOME);
    insta::assert_snapshot!(log.told());
    caught_up(&mut world);
    world.read("#inc-2026-002-search-is-stale");
    world.end().await;
}

/// What it was about has ended, and nobody else's incident is meant.
#[tokio::test]
async fn typed_again_after_it_has_ended_everything() {
    let mut world = declared().await;
    let (alice, bob) = (world.alice(), world.bob());
    let mut log = Log::default();
    log.types(
        &mut world,
        &bob,
        "#general",
        "/incident declare P2 Search is stale",
    )
    .await;
    world.next("commands", Fault::AcceptThenDrop);
    for _ in 0..2 {
        log.types(
            &mut world,
            &alice,
            "#general",
            "/incident resolve The pool has grown",
        )
        .await;
    }
    insta::assert_snapshot!(log.told());
    caught_up(&mut world);
    world.read("#inc-2026-002-search-is-stale");
    world.end().await;
}

#[tokio::test]
async fn in_a_thread_a_mention_does_it() {
    let mut world = declared().await;
    let (alice, bob) = (world.alice(), world.bob());
    let home = world.find(HOME);
    let mut log = Log::default();
    log.scene("a command typed in a thread is Slack's to refuse");
    let thread = alice.say(&home, "Is it the pool?").unwrap();
    log.tells(
        &alice
            .slash_in_thread(&home, &thread, "/incident update It is the pool")
            .await
            .reads(),
    );
    world.settle().await;
    log.sees(&mut world, HOME);

    log.scene("the same words after a mention are answered in the thread, once");
    world.next("events", Fault::Redeliver);
    alice
        .reply(&home, &thread, "<@U0BALEFIRE> update It is the pool")
        .unwrap();
    world.settle().await;
    world.advance(minutes(6)).await;
    log.sees(&mut world, HOME);

    log.scene("said once more before Slack delivered it, it is asked about when it comes");
    world.next("events", Fault::Lose);
    for _ in 0..2 {
        alice
            .reply(&home, &thread, "<@U0BALEFIRE> update The pool grows")
            .unwrap();
        world.settle().await;
        world.advance(seconds(20)).await;
    }
    world.advance(minutes(2)).await;
    log.sees(&mut world, HOME);

    log.scene("a verb that needs words says so, for no form can open");
    alice.reply(&home, &thread, "<@U0BALEFIRE> update").unwrap();
    alice
        .reply(&home, &thread, "<@U0BALEFIRE> updaet hello")
        .unwrap();
    alice.reply(&home, &thread, "<@U0BALEFIRE>").unwrap();
    world.settle().await;
    log.sees(&mut world, HOME);

    log.scene("in the thread of the card, too, and at top level");
    let card = world.card_ts();
    bob.reply("C0INCIDENTS", &card, "<@U0BALEFIRE> take")
        .unwrap();
    bob.say("C0GENERAL", "<@U0BALEFIRE> list").unwrap();
    world.settle().await;
    log.sees(&mut world, "#incidents");
    log.sees(&mut world, "#general");
    log.sees(&mut world, HOME);
    insta::assert_snapshot!(log.told());
    world.end().await;
}

/// What Alice typed in the incident's channel, as Slack delivers it.
fn delivered(world: &World, trigger: &str, text: &str) -> SlashCommand {
    SlashCommand {
        team: TeamId::new("T0BALEFIRE"),
        channel: ChannelId::new(world.find(HOME)),
        user: UserId::new("U0ALICE"),
        command: "/incident".into(),
        text: text.into(),
        trigger_id: Ticket::new(trigger),
        response_url: None,
        waited: seconds(0),
    }
}

/// By then it could be done, and nobody expects it any more.
#[tokio::test]
async fn what_was_refused_and_comes_once_more_is_not_done() {
    let mut world = declared().await;
    let app = std::sync::Arc::clone(world.app());
    let typed = async |trigger, text| {
        let answer = commands::typed(&app, delivered(&world, trigger, text)).await;
        format!("{:?}", answer.unwrap())
    };
    for (trigger, text, answered) in [
        ("1.1", "reopen It is back", "It is still open"),
        ("2.2", "resolve Rolled back", "resolved after"),
        (
            "1.1",
            "reopen It is back",
            "Slack delivered this a second time",
        ),
        (
            "1.1",
            "reopen It is back",
            "Slack delivered this a second time",
        ),
        // Typed again, it is meant, however soon.
        ("3.3", "reopen It is back", "reopened"),
        ("2.2", "resolve Rolled back", "was done already"),
        ("4.4", "update INC-2026-077 Who?", "no incident"),
        ("5.5", "reopen It is back", "Do it again"),
    ] {
        let answer = typed(trigger, text).await;
        assert!(answer.contains(answered), "{text}: {answer}");
    }
    // Typed in the same minute, it was asked about. It could be done by now.
    typed("6.6", "resolve Rolled back again").await;
    world.sleep(minutes(2));
    let late = typed("5.5", "reopen It is back").await;
    assert!(
        late.contains("Slack delivered this a second time"),
        "{late}"
    );
    world.kill_bot().await;
}

/// A machine that stood still for a minute wakes up with a request that its person has typed again meanwhile, elsewhere.
#[tokio::test]
async fn what_lay_for_a_minute_is_not_done_again() {
    let mut world = declared().await;
    let app = std::sync::Arc::clone(world.app());
    let mut lay = delivered(&world, "1.1", "note Once is enough");
    lay.waited = seconds(76);
    let again = delivered(&world, "2.2", "note Once is enough");
    let noted = format!("{:?}", commands::typed(&app, again).await.unwrap());
    assert!(noted.contains("Note added"), "{noted}");
    world.advance(seconds(66)).await;
    let late = format!("{:?}", commands::typed(&app, lay).await.unwrap());
    assert!(late.contains("Do it again"), "{late}");
    world.advance(seconds(5)).await;
    let home = world.find(HOME);
    let notes = world.all(&home).into_iter();
    let notes = notes.filter(|message| message.reads().contains("Once is enough"));
    assert_eq!(notes.count(), 1);
    world.kill_bot().await;
}
