//! What people see of a Slack that takes its time: nothing twice, nothing old over what is new, and after a long while
//! one message for many.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use balefire::app::steps::{Step, Steps};
use balefire::pump::outbox;
use balefire::standin::Fault;
use tokio::sync::Notify;

use crate::log::Log;
use crate::world::{APP_TOKEN, RULES, World, minutes, seconds};
use crate::{HOME, declared, declared_with};

#[tokio::test]
async fn after_an_outage_one_message_says_what_many_would_have() {
    let mut world = declared().await;
    let (alice, bob, chen) = (world.alice(), world.bob(), world.chen());
    let mut log = Log::default();
    log.scene("Slack takes commands, and no messages");
    world.standin.misbehave(
        Some("chat.postMessage"),
        Fault::Code("service_unavailable".into()),
        None,
    );
    for (who, order) in [
        (&bob, "update Rolling back the release"),
        (&alice, "note The acquirer sees it, too"),
        (&chen, "decision We tell the shops at eleven"),
        (&bob, "status identified"),
        (&bob, "severity P1 Only cards are hit"),
        (&bob, "update The rollback runs"),
    ] {
        log.types(&mut world, who, "#incidents", &format!("/incident {order}"))
            .await;
        world.advance(minutes(4)).await;
    }
    log.scene("Slack is back");
    world.standin.behave();
    world.advance(minutes(2)).await;
    log.sees(&mut world, HOME);
    log.sees_all(&mut world, "#incidents");
    for place in ["@bob", "@chen", "@alice"] {
        log.sees(&mut world, place);
    }
    insta::assert_snapshot!(log.told());
    world.end().await;
}

#[tokio::test]
async fn taken_out_of_its_channel_it_goes_on_in_the_thread() {
    let mut world = declared().await;
    let bob = world.bob();
    let mut log = Log::default();
    log.scene("somebody removes the bot from the incident's channel");
    world.standin.remove_bot_from(&world.find(HOME));
    world.settle().await;
    // Two messages are on their way when it is noticed: their order holds.
    bob.slash("C0INCIDENTS", "/incident note The acquirer sees it, too")
        .await;
    log.types(
        &mut world,
        &bob,
        "#incidents",
        "/incident update Rolling back",
    )
    .await;
    log.sees_all(&mut world, "#incidents");
    world.advance(minutes(15)).await;
    log.sees(&mut world, "#incidents");
    world.read("@bob");
    insta::assert_snapshot!(log.told());
    world.end().await;
}

/// An incident that has no channel of its own. Bob owns it.
async fn in_thread() -> World {
    let rules = format!("{RULES}\n[slack]\nchannel_per_incident = false\n");
    let mut world = declared_with(&rules).await;
    world.read("@bob");
    world
}

/// Bob's note, which Slack took and did not answer.
async fn noted_without_an_answer(world: &mut World) {
    let bob = world.bob();
    world
        .standin
        .next("chat.postMessage", Fault::AcceptThenDrop);
    world
        .slash(
            &bob,
            "C0INCIDENTS",
            "/incident note The acquirer sees it, too",
        )
        .await;
}

/// How often the note can be read, anywhere.
fn notes(world: &World) -> usize {
    let posts = world.standin.calls_of("chat.postMessage").into_iter();
    posts
        .filter(|call| call.accepted() && call.args["blocks"].to_string().contains("acquirer"))
        .count()
}

#[tokio::test]
async fn what_was_said_in_a_channel_before_it_was_archived_is_not_said_again_elsewhere() {
    let mut world = declared().await;
    let alice = world.alice();
    noted_without_an_answer(&mut world).await;
    alice.archive(&world.find(HOME)).unwrap();
    world.advance(minutes(2)).await;
    assert_eq!(notes(&world), 1);
    let thread = world.read("#incidents");
    assert!(thread.contains("archived"), "{thread}");
}

#[tokio::test]
async fn what_was_perhaps_said_where_the_bot_may_no_longer_look_is_left_to_its_owner() {
    let mut world = declared().await;
    let alice = world.alice();
    noted_without_an_answer(&mut world).await;
    // By the time at which its owner hears of it, the incident speaks in its thread.
    world
        .slash(&alice, "C0INCIDENTS", "/incident note The shops see it")
        .await;
    world.standin.remove_bot_from(&world.find(HOME));
    world.advance(minutes(2)).await;
    assert_eq!(notes(&world), 2, "once at home, and once to its owner");
    let mut log = Log::default();
    log.sees(&mut world, "@bob");
    log.types(&mut world, &alice, "#incidents", "/incident timeline")
        .await;
    insta::assert_snapshot!(log.told());
}

#[tokio::test]
async fn a_channel_that_cannot_be_read_hears_nothing_twice() {
    for code in ["not_in_channel", "is_archived", "missing_scope"] {
        let mut world = declared().await;
        noted_without_an_answer(&mut world).await;
        let refused = Fault::Code(code.into());
        world
            .standin
            .misbehave(Some("conversations.history"), refused, None);
        world.advance(minutes(2)).await;
        assert_eq!(notes(&world), 2, "{code}: once at home, once to its owner");
        let told = world.read("@bob");
        assert!(told.contains("acquirer"), "{code}: {told}");
    }
}

/// An incident keeps its newest drafts only, and what was approved is none of theirs any more.
#[tokio::test]
async fn what_was_approved_goes_out_however_many_drafts_are_written_meanwhile() {
    let mut world = declared().await;
    let bob = world.bob();
    let home = world.find(HOME);
    world
        .slash(&bob, &home, "/incident draft stakeholders")
        .await;
    world.click(&bob, &home, "Approve").await;
    world.standin.misbehave(
        Some("chat.postMessage"),
        Fault::Code("service_unavailable".into()),
        None,
    );
    world.click(&bob, &home, "Publish").await;
    // Each reminder has a draft of its own, which takes the place of the last.
    for _ in 0..25 {
        world.advance(minutes(15)).await;
    }
    world.standin.behave();
    world.advance(minutes(2)).await;
    let messages = world.all("C0EXEC").into_iter();
    let published = messages.filter(balefire::standin::Message::by_bot).count();
    assert_eq!(published, 1);
    let messages = world.all(&home).into_iter().map(|message| message.reads());
    let drafts: Vec<String> = messages
        .filter(|reads| reads.contains("*Draft 1 "))
        .collect();
    assert!(drafts[0].contains("Published by"), "{drafts:#?}");
    assert!(!drafts[0].contains("[Publish]"), "{drafts:#?}");
    // Later ones know what its readers have read.
    world.click(&bob, &home, "Approve").await;
    world.click(&bob, &home, "Publish").await;
    let last = world.all("C0EXEC").pop().unwrap().reads();
    assert!(!last.contains("So far"), "{last}");
}

#[tokio::test]
async fn a_publication_that_no_channel_takes_is_told_to_the_owner() {
    let mut world = in_thread().await;
    let bob = world.bob();
    for typed in ["/incident ack", "/incident draft stakeholders"] {
        world.slash(&bob, "C0INCIDENTS", typed).await;
    }
    world.click(&bob, "C0INCIDENTS", "Approve").await;
    for channel in ["C0EXEC", "C0INCIDENTS"] {
        world.standin.remove_bot_from(channel);
    }
    world.click(&bob, "C0INCIDENTS", "Publish").await;
    world.advance(minutes(2)).await;
    let told = world.read("@bob");
    assert!(told.contains("did not reach <#C0EXEC>"), "{told}");
}

/// Whoever reads it could only look for something to do that is done.
#[tokio::test]
async fn nobody_hears_of_a_reminder_that_failed_once_it_is_answered() {
    for answered in [false, true] {
        let mut world = declared().await;
        let bob = world.bob();
        let away = Fault::Code("service_unavailable".into());
        (world.standin).next(
            "chat.postMessage",
            Fault::Code("msg_blocks_too_long".into()),
        );
        (world.standin).misbehave(Some("chat.postMessage"), away, None);
        world.advance(minutes(15)).await;
        if answered {
            world
                .slash(&bob, "C0INCIDENTS", "/incident update Rolling back")
                .await;
        }
        world.standin.behave();
        world.advance(minutes(2)).await;
        let told = world.read("@bob");
        let heard = told.contains("I could not ask for a status update");
        assert_eq!(heard, !answered, "{told}");
    }
}

/// Slack says of replies only that there is no such channel, whether it is gone or closed to the bot.
#[tokio::test]
async fn a_thread_that_cannot_be_read_hears_nothing_twice() {
    for history in [None, Some("not_in_channel"), Some("channel_not_found")] {
        let mut world = in_thread().await;
        noted_without_an_answer(&mut world).await;
        let refused = [
            ("conversations.replies", Some("channel_not_found")),
            ("conversations.history", history),
        ];
        for (method, code) in refused {
            if let Some(code) = code {
                (world.standin).misbehave(Some(method), Fault::Code(code.into()), None);
            }
        }
        world.advance(minutes(2)).await;
        assert_eq!(
            notes(&world),
            2,
            "{history:?}: once in the thread, once to its owner"
        );
        let told = world.read("@bob");
        assert!(
            told.contains("may not have arrived") && told.contains("acquirer"),
            "{history:?}: {told}"
        );
    }
}

/// Nor is what stands before more than can be read.
#[tokio::test]
async fn what_is_followed_by_too_much_to_read_is_not_said_twice() {
    let mut world = declared().await;
    let alice = world.alice();
    noted_without_an_answer(&mut world).await;
    let home = world.find(HOME);
    for _ in 0..4_000 {
        alice.say(&home, "It is slow here").unwrap();
    }
    world.advance(minutes(2)).await;
    assert_eq!(notes(&world), 2, "once at home, once to its owner");
    let told = world.read("@bob");
    assert!(told.contains("Too much has been written since"), "{told}");
    // The lane goes on.
    world
        .slash(&alice, "C0INCIDENTS", "/incident note The shops see it")
        .await;
    world.advance(minutes(2)).await;
    assert!(world.read(HOME).contains("The shops see it"));
}

/// Nobody knows whether it is there, and so nobody says that it is not.
#[tokio::test]
async fn a_card_that_cannot_be_looked_for_may_be_there() {
    for code in ["not_in_channel", "is_archived", "missing_scope"] {
        let mut world = World::start().await;
        let (alice, bob) = (world.alice(), world.bob());
        (world.standin).misbehave(Some("chat.postMessage"), Fault::AcceptThenDrop, Some(1));
        let refused = Fault::Code(code.into());
        (world.standin).misbehave(Some("conversations.history"), refused, None);
        world
            .slash(
                &alice,
                "C0GENERAL",
                "/incident declare P0 Card payments are down",
            )
            .await;
        world.advance(minutes(2)).await;
        let told = world.read("@bob");
        assert!(told.contains("The card may be missing"), "{code}: {told}");
        let mut log = Log::default();
        log.types(&mut world, &bob, HOME, "/incident timeline")
            .await;
        let timeline = log.told();
        let maybe = "may or may not have posted the card";
        assert!(timeline.contains(maybe), "{code}: {timeline}");
    }
}

/// What bears the incident's card in `#incidents`.
fn cards(world: &World) -> Vec<String> {
    let messages = world.all("C0INCIDENTS").into_iter();
    messages
        .map(|message| message.reads())
        .filter(|reads| reads.starts_with("# "))
        .collect()
}

#[tokio::test]
async fn a_card_that_was_refused_first_and_lost_then_is_one_card() {
    let mut world = World::start().await;
    world.standin.remove_bot_from("C0INCIDENTS");
    let (alice, bob) = (world.alice(), world.bob());
    world
        .slash(
            &alice,
            "C0GENERAL",
            "/incident declare P0 Card payments are down",
        )
        .await;
    assert_eq!(cards(&world), [""; 0], "it was refused");
    alice.invite("C0INCIDENTS", "U0BALEFIRE").unwrap();
    world
        .standin
        .misbehave(Some("chat.postMessage"), Fault::AcceptThenDrop, Some(2));
    world.slash(&bob, HOME, "/incident ack").await;
    world.slash(&bob, HOME, "/incident status identified").await;
    world
        .slash(&bob, HOME, "/incident update Rolling back")
        .await;
    world.advance(minutes(3)).await;
    let cards = cards(&world);
    assert_eq!(cards.len(), 1, "{cards:#?}");
    assert!(cards[0].contains("Identified"), "{}", cards[0]);
    assert!(cards[0].contains("Rolling back"), "{}", cards[0]);
}

#[tokio::test]
async fn what_is_old_is_not_put_over_what_is_new() {
    let mut world = declared().await;
    let bob = world.bob();
    // The card's refresh times out here and is applied there, twenty seconds later.
    world
        .standin
        .next("chat.update", Fault::DropThenApply { after_s: 20 });
    world.slash(&bob, HOME, "/incident status identified").await;
    world.slash(&bob, HOME, "/incident status monitoring").await;
    world.advance(seconds(60)).await;
    let cards = cards(&world);
    assert_eq!(cards.len(), 1);
    assert!(cards[0].contains("Monitoring"), "{}", cards[0]);
}

#[tokio::test]
async fn a_call_that_hangs_holds_up_its_own_incident_only() {
    let mut world = declared().await;
    let (alice, bob) = (world.alice(), world.bob());
    world
        .slash(
            &alice,
            "C0INCIDENTS",
            "/incident declare P1 Refunds are slow",
        )
        .await;
    world.advance(seconds(5)).await;
    world.standin.next("chat.postMessage", Fault::Hang);
    let hung = bob
        .slash(&world.find(HOME), "/incident note This one hangs")
        .await;
    assert!(hung.message.is_some());
    assert_eq!(outbox::turn(world.app()).await.unwrap(), 1);
    while world
        .standin
        .calls_of("chat.postMessage")
        .last()
        .is_none_or(|call| call.fault.is_none())
    {
        tokio::task::yield_now().await;
    }
    let other = world.find("#inc-2026-002-refunds-are-slow");
    let told = alice
        .slash(&other, "/incident note This one does not")
        .await;
    assert!(told.message.is_some());
    let arrived = async {
        loop {
            outbox::turn(world.app()).await.unwrap();
            let all = world.all(&other);
            if all
                .iter()
                .any(|message| message.reads().contains("This one does not"))
            {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), arrived)
        .await
        .expect("a call that hangs takes ten seconds to give up");
    world.kill_bot().await;
}

/// Twenty-five incidents within a minute are a bad night, and no reason for Slack to slow anybody down.
#[tokio::test]
async fn slack_never_has_to_ask_for_a_pause() {
    let mut world = World::start().await;
    let (alice, bob) = (world.alice(), world.bob());
    for n in 1..=25 {
        let declared = alice
            .slash("C0INCIDENTS", &format!("/incident declare P1 Number {n}"))
            .await;
        assert!(declared.message.is_some());
    }
    world.advance(minutes(1)).await;
    for n in 1..=25 {
        for order in ["ack", "status identified", "update Rolling back"] {
            let verb = order.split(' ').next().unwrap();
            let rest = order.strip_prefix(verb).unwrap();
            bob.slash(
                "C0INCIDENTS",
                &format!("/incident {verb} INC-2026-{n:03}{rest}"),
            )
            .await;
        }
    }
    world.advance(minutes(10)).await;
    let calls = world.standin.calls();
    let limited: Vec<_> = calls.iter().filter(|call| call.status == 429).collect();
    assert!(limited.is_empty(), "{limited:#?}");
    assert!(calls.len() > 25 * 8, "{}", calls.len());
    let cards = cards(&world);
    assert_eq!(cards.len(), 25);
    for card in &cards {
        assert!(
            card.contains("Identified") && card.contains("Rolling back"),
            "{card}"
        );
    }
    world.kill_bot().await;
}

#[tokio::test]
async fn a_long_list_of_channels_that_slack_interrupts_is_read_to_its_end() {
    read_a_long_list(false).await;
    // Slack keeps a place in a list for a while only.
    read_a_long_list(true).await;
}

/// `forgets`: after the pause Slack no longer knows where it was.
async fn read_a_long_list(forgets: bool) {
    let mut world = World::start().await;
    world.standin.with(|slack| {
        let one = slack.channels[0].clone();
        for nth in 0..2_000 {
            let mut other = one.clone();
            (other.id, other.name) = (format!("C1{nth:04}"), format!("other-{nth}"));
            slack.channels.push(other);
        }
    });
    let first_pages = |world: &World| {
        let calls = world.standin.calls_of("conversations.list");
        let first = calls.iter().filter(|call| call.args["cursor"].is_null());
        first.count()
    };
    let before = first_pages(&world);
    // The channel is made and nobody hears of it, so it is looked for among all; amid the list Slack asks for a pause.
    world.next("conversations.create", Fault::AcceptThenDrop);
    for _ in 0..2 {
        world.next("conversations.list", Fault::Slow { ms: 0 });
    }
    world.next("conversations.list", Fault::RateLimited { after_s: 30 });
    if forgets {
        world.next("conversations.list", Fault::Code("invalid_cursor".into()));
    }
    let begun_anew = usize::from(forgets);
    let alice = world.alice();
    let typed = "/incident declare P0 Card payments are down";
    world.slash(&alice, "C0INCIDENTS", typed).await;
    world.advance(minutes(3)).await;
    assert!(world.read(HOME).contains("Card payments are down"));
    assert_eq!(first_pages(&world), before + 1 + begun_anew);
    for place in ["#incidents", "@bob", "@chen"] {
        world.read(place);
    }
    world.end().await;
}

/// Two incidents look for the channels that they have made and not heard of. What Slack asks of one holds for both.
#[tokio::test]
async fn while_slack_wants_its_list_left_alone_nobody_reads_it() {
    let mut world = World::start().await;
    let alice = world.alice();
    let lists = |world: &World| world.standin.calls_of("conversations.list").len();
    let before = lists(&world);
    world.next("conversations.list", Fault::RateLimited { after_s: 40 });
    for title in ["Card payments are down", "Refunds are slow"] {
        world.next("conversations.create", Fault::AcceptThenDrop);
        let typed = format!("/incident declare P0 {title}");
        world.slash(&alice, "C0INCIDENTS", &typed).await;
        world.advance(seconds(15)).await;
        assert_eq!(lists(&world), before + 1, "{title}");
    }
    world.advance(minutes(3)).await;
    assert_eq!(lists(&world), before + 3);
    let made = world.standin.calls_of("conversations.create");
    assert_eq!(made.iter().filter(|call| call.accepted()).count(), 2);
    for place in [HOME, "#inc-2026-002-refunds-are-slow"] {
        assert!(world.read(place).contains("P0"), "{place}");
    }
    for place in ["#incidents", "@bob", "@chen", "@alice"] {
        world.read(place);
    }
    world.end().await;
}

/// Others have the channel's name, and there is one turn at a time: begun anew each time, it would never come to the next
/// name.
#[tokio::test]
async fn a_name_that_others_have_costs_no_more_than_a_wait() {
    let mut world = World::start().await;
    let alice = world.alice();
    world.standin.with(|slack| {
        let one = slack.channels[0].clone();
        for name in ["inc-2026-001-down", "inc-2026-001-down-2"] {
            let mut other = one.clone();
            (other.id, other.name) = (format!("C9{}", name.len()), name.to_owned());
            other.creator = "U0ALICE".into();
            slack.channels.push(other);
        }
    });
    world.next("conversations.create", Fault::RateLimited { after_s: 5 });
    world
        .slash(&alice, "C0INCIDENTS", "/incident declare P0 Down")
        .await;
    world.advance(minutes(2)).await;
    let calls = world.standin.calls_of("conversations.create");
    let names: Vec<&str> = calls
        .iter()
        .filter_map(|call| call.args["name"].as_str())
        .collect();
    let [first, second, third] = [
        "inc-2026-001-down",
        "inc-2026-001-down-2",
        "inc-2026-001-down-3",
    ];
    assert_eq!(names, [first, first, second, third]);
    for place in [
        "#inc-2026-001-down-3",
        "#incidents",
        "@alice",
        "@bob",
        "@chen",
    ] {
        world.read(place);
    }
    world.end().await;
}

/// Reading history takes its time, and somebody may answer meanwhile.
#[tokio::test]
async fn a_reminder_that_was_looked_for_in_vain_asks_nobody_who_is_done() {
    let mut world = declared().await;
    let bob = world.bob();
    world.advance(minutes(14)).await;
    world.next("chat.postMessage", Fault::Drop);
    world.advance(minutes(1)).await;
    world.kill_bot().await;
    let goes_on = Arc::new(Notify::new());
    let told = Arc::clone(&goes_on);
    world
        .start_bot(Steps::gated(move |step| {
            let told = Arc::clone(&told);
            async move {
                if step == Step::OutboxStarted {
                    told.notified().await;
                }
                Ok(())
            }
        }))
        .await;
    world.sleep(seconds(31));
    assert_eq!(outbox::turn(world.app()).await.unwrap(), 1);
    let home = world.find(HOME);
    let answer = bob.slash(&home, "/incident resolve Rolled back").await;
    assert!(
        answer.reads().contains("resolved after"),
        "{}",
        answer.reads()
    );
    goes_on.notify_one();
    world.app().sends.finished().await.unwrap();
    world.restart().await;
    world.advance(minutes(2)).await;
    // What was once posted would be rewritten by now.
    let calls = world.standin.calls_of("chat.postMessage");
    let asks = calls
        .iter()
        .filter(|call| call.args.to_string().contains("where does it stand?"));
    let accepted: Vec<bool> = asks.map(|call| call.accepted()).collect();
    assert_eq!(accepted, [false]);
}

/// A bot that is started when its channel has another name, or is archived, still owes what was promised elsewhere.
#[tokio::test]
async fn a_channel_that_is_gone_at_the_start_silences_no_other() {
    for archived in [false, true] {
        let mut world = declared().await;
        let alice = world.alice();
        match archived {
            true => alice.archive("C0INCIDENTS").unwrap(),
            false => alice.rename("C0INCIDENTS", "war-room").unwrap(),
        }
        world.restart().await;
        world.advance(minutes(16)).await;
        let home = world.read(HOME);
        assert!(home.contains("where does it stand?"), "{archived}: {home}");
    }
}

/// Who presses a button is answered by another method than the one that Slack wants left alone.
#[tokio::test]
async fn a_pause_of_one_method_holds_up_no_other() {
    let mut world = declared().await;
    let (alice, bob) = (world.alice(), world.bob());
    let posts = |world: &World| world.standin.calls_of("chat.postMessage").len();
    world.next("chat.postMessage", Fault::RateLimited { after_s: 120 });
    let typed = "/incident note The acquirer sees it, too";
    world.slash(&bob, HOME, typed).await;
    let before = posts(&world);
    let shown = world.click(&alice, "C0INCIDENTS", "Timeline").await;
    assert!(shown.contains("Timeline of INC-2026-001"), "{shown}");
    world.advance(seconds(100)).await;
    assert_eq!(posts(&world), before);
    world.advance(seconds(30)).await;
    let said = world.read(HOME);
    assert!(said.contains("The acquirer sees it, too"), "{said}");
    world.end().await;
}

/// Where nobody hears that it was done, it is done again.
#[tokio::test]
async fn an_answer_that_may_not_be_said_there_is_said_in_person() {
    let mut world = declared().await;
    let bob = world.bob();
    for (code, then) in [
        ("restricted_action_thread_locked", None),
        ("not_in_channel", Some(Fault::AcceptThenDrop)),
        ("is_archived", Some(Fault::HttpError(503))),
    ] {
        world.next("chat.postMessage", Fault::Code(code.into()));
        if let Some(then) = then {
            world.next("chat.postMessage", then);
        }
        bob.say("C0GENERAL", &format!("<@U0BALEFIRE> what {code}"))
            .unwrap();
        world.settle().await;
        world.advance(minutes(2)).await;
    }
    insta::assert_snapshot!(world.read("@bob"));
    world.everywhere();
    world.end().await;
}

/// To look into a direct message, it is opened first. Slack wants that left alone, and not the reading.
#[tokio::test]
async fn a_look_that_is_asked_to_wait_holds_up_no_other() {
    let mut world = declared().await;
    let (alice, bob) = (world.alice(), world.bob());
    let looks = |world: &World, method| world.standin.calls_of(method).len();
    world.advance(minutes(10)).await;
    let typed = "/incident declare P0 Refunds are stuck";
    world.slash(&alice, "C0INCIDENTS", typed).await;
    world.advance(minutes(4)).await;
    // A reminder is refused, and what its owner is told of that gets lost.
    let refused = Fault::Code("restricted_action".into());
    world.next("chat.postMessage", refused);
    world.next("chat.postMessage", Fault::Slow { ms: 0 });
    world.next("chat.postMessage", Fault::Drop);
    world.advance(seconds(65)).await;
    world.next("conversations.open", Fault::RateLimited { after_s: 90 });
    world.next("chat.postMessage", Fault::AcceptThenDrop);
    let typed = "/incident note INC-2026-002 The acquirer sees it, too";
    world.slash(&bob, "C0INCIDENTS", typed).await;
    let (opened, read) = (
        looks(&world, "conversations.open"),
        looks(&world, "conversations.history"),
    );
    world.advance(seconds(45)).await;
    assert_eq!(looks(&world, "conversations.open"), opened + 1);
    assert_eq!(looks(&world, "conversations.history"), read + 1);
    world.advance(minutes(2)).await;
    assert_eq!(looks(&world, "conversations.open"), opened + 2);
    let told = world.read("@bob");
    assert!(told.contains("restricted_action"), "{told}");
    world.everywhere();
    world.end().await;
}

/// Over a socket, nothing of what Slack delivers tells how wrong our clock is.
#[tokio::test]
async fn what_was_perhaps_said_is_found_whatever_our_clock_says() {
    for (ahead_ms, set_right) in [
        (-3_600_000, false),
        (3_600_000, false),
        (-3_600_000, true),
        (3_600_000, true),
    ] {
        let off_by_ms = Arc::new(AtomicI64::new(ahead_ms));
        let read_ms = Arc::clone(&off_by_ms);
        let mut world = World::build(RULES, &[], |options| {
            options.app_token = Some(APP_TOKEN.into());
            options.socket_mode = true;
            let ours = Arc::clone(&options.clock);
            options.clock = Arc::new(move || ours() - read_ms.load(Ordering::SeqCst));
        })
        .await;
        let bob = world.bob();
        bob.slash("C0INCIDENTS", "/incident declare P0 Card payments are down")
            .await;
        world.settle().await;
        world.next("chat.postMessage", Fault::AcceptThenDrop);
        bob.slash("C0INCIDENTS", "/incident note The acquirer sees it, too")
            .await;
        world.settle().await;
        if set_right {
            off_by_ms.store(0, Ordering::SeqCst);
            world.app().compared_clocks(chrono::Duration::zero());
        }
        world.advance(minutes(3)).await;
        let said = world.everywhere();
        let times = said.matches("The acquirer sees it, too").count();
        assert_eq!(
            times, 1,
            "{ahead_ms} ms ahead, set right: {set_right}\n{said}"
        );
    }
}

/// Twenty newer drafts may come while it is on its way. Forgotten, it would stand there with its buttons for ever.
#[tokio::test]
async fn a_draft_that_was_perhaps_posted_is_looked_for_however_many_follow() {
    let mut world = declared().await;
    let bob = world.bob();
    let typed = |way: &str| format!("/incident draft stakeholders We try {way}");
    world.next("chat.postMessage", Fault::AcceptThenDrop);
    // Replaced before it was posted, the first one is never shown.
    bob.slash("C0INCIDENTS", &typed("nothing")).await;
    world.slash(&bob, "C0INCIDENTS", &typed("a rollback")).await;
    for nth in 0..25 {
        bob.slash("C0INCIDENTS", &typed(&format!("way {nth}")))
            .await;
    }
    world.settle().await;
    let looks = |world: &World| world.standin.calls_of("conversations.history").len();
    assert_eq!(looks(&world), 0);
    world.advance(minutes(3)).await;
    assert_eq!(looks(&world), 1);
    let said = world.everywhere();
    let second = said.split("*Draft 2 for stakeholders*").nth(1).unwrap();
    let second = second.split("📝").next().unwrap();
    assert!(second.contains("Replaced by"), "{said}");
    world.end().await;
}
