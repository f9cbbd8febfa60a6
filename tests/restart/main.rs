//! Break it at every step: the bot dies after each step of the door and of the outbox, is started again on the same
//! database, and nothing that was answered is lost, nothing is said twice, nothing is out of order.

#[path = "../world/mod.rs"]
#[allow(dead_code, reason = "each test program uses its own part of the world")]
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use balefire::app::Workplace;
use balefire::app::steps::Step;
use balefire::clock::Clock;
use balefire::ids::TeamId;
use balefire::pump::{outbox, wakes};
use balefire::standin::Fault;
use balefire::store::ListFilter;
use chrono::Duration;
use sqlx::{AnyConnection, Connection as _};

use crate::world::{RULES, World, minutes, seconds, stop_at};

/// What the bot's messages are, told apart by what they must say once: text by channel, in order.
fn told(world: &World) -> BTreeMap<String, Vec<String>> {
    let channels = world.standin.with(|world| {
        let named = world
            .channels
            .iter()
            .map(|channel| (channel.id.clone(), channel.name.clone()));
        named.collect::<Vec<_>>()
    });
    channels
        .into_iter()
        .map(|(id, name)| {
            let posts = world
                .all(&id)
                .into_iter()
                .filter(|message| {
                    message.by_bot() && message.only_for.is_none() && message.subtype.is_none()
                })
                .map(|message| first_words(&message.reads()))
                .collect();
            (name, posts)
        })
        .filter(|(_, posts): &(String, Vec<String>)| !posts.is_empty())
        .collect()
}

/// Enough to tell one message from another; times in it may differ by the seconds that the restart took.
fn first_words(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.split("<!date")
        .next()
        .unwrap_or_default()
        .chars()
        .take(34)
        .collect()
}

/// The evening, one order after the other. Each is given again as long as nobody has confirmed it, as people do.
const ORDERS: [&str; 4] = [
    "/incident declare P0 service:payments Card payments are down",
    "/incident ack",
    "/incident update Rolling back the release",
    "/incident resolve The rollback is complete",
];

async fn evening(world: &mut World, stopped: &AtomicBool) {
    for (nth, order) in ORDERS.iter().enumerate() {
        let bob = world.bob();
        let alive = !stopped.load(Ordering::SeqCst);
        let answer = bob.slash("C0INCIDENTS", order).await;
        // A dead process answers nobody: what it still managed to say is not heard.
        let died = alive && stopped.load(Ordering::SeqCst);
        if died {
            world.restart().await;
        }
        drive(world).await;
        if died || answer.message.is_none() {
            world.advance(seconds(61)).await;
            if !happened(world, nth).await {
                world.slash(&bob, "C0INCIDENTS", order).await;
            }
        }
        if nth == 2 {
            world.sleep(minutes(15));
            drive(world).await;
        }
    }
}

/// Whether what the `nth` order asks for is the case. People look at the card before they type something again.
async fn happened(world: &World, nth: usize) -> bool {
    let team = TeamId::new("T0BALEFIRE");
    let incidents = world
        .app()
        .store
        .list(&team, ListFilter::All, 10)
        .await
        .unwrap()
        .incidents;
    assert!(incidents.len() <= 1, "declared twice");
    incidents.first().is_some_and(|saved| match nth {
        0 => true,
        1 => saved.incident.acknowledged.is_some(),
        2 => saved.incident.last_update().is_some(),
        _ => !saved.incident.is_open(),
    })
}

/// Lets everything happen; when the bot dies of it, it is started again.
async fn drive(world: &mut World) {
    for _ in 0..200 {
        world.standin.turn().await;
        world.standin.settle().await;
        let app = Arc::clone(world.app());
        let turned = async {
            let done = wakes::turn(&app).await? + outbox::turn(&app).await?;
            app.sends.finished().await?;
            anyhow::Ok(done)
        }
        .await;
        drop(app);
        match turned {
            Err(_) => {
                world.restart().await;
                continue;
            }
            Ok(0) => {}
            Ok(_) => continue,
        }
        let next = outbox::next_at(world.app()).await.unwrap();
        let now = world.clock.now();
        match next {
            Some(next) if next > now && next - now <= Duration::seconds(90) => {
                world.sleep(next - now)
            }
            Some(next) if next <= now => {}
            _ => return,
        }
    }
    panic!("it does not come to rest");
}

#[tokio::test]
async fn stopped_after_each_step_nothing_is_lost_or_doubled() {
    let mut whole = World::start().await;
    evening(&mut whole, &AtomicBool::new(false)).await;
    let wanted = told(&whole);
    assert!(
        wanted.values().map(Vec::len).sum::<usize>() >= 7,
        "{wanted:#?}"
    );
    whole.kill_bot().await;

    for step in Step::ALL {
        let mut reached = 0;
        for nth in 1.. {
            let mut world = World::start().await;
            world.kill_bot().await;
            let stopped = Arc::new(AtomicBool::new(false));
            world
                .start_bot(stop_at(step, nth, Arc::clone(&stopped)))
                .await;
            evening(&mut world, &stopped).await;
            if !stopped.load(Ordering::SeqCst) {
                world.kill_bot().await;
                break;
            }
            reached += 1;
            assert_eq!(told(&world), wanted, "stopped at {step:?}, the {nth}. time");
            world.kill_bot().await;
        }
        assert!(reached > 0, "no evening comes by {step:?}");
    }
}

#[tokio::test]
async fn whatever_slack_does_nothing_is_lost_or_doubled() {
    let mut whole = World::start().await;
    evening(&mut whole, &AtomicBool::new(false)).await;
    let wanted = told(&whole);
    whole.kill_bot().await;

    let faults = [
        Fault::RateLimited { after_s: 30 },
        Fault::HttpError(500),
        Fault::AcceptThenDrop,
        Fault::AcceptThen500,
        Fault::Drop,
        Fault::DropThenApply { after_s: 20 },
        Fault::Code("internal_error".into()),
        Fault::Code("service_unavailable".into()),
    ];
    for fault in faults {
        for method in [
            "chat.postMessage",
            "chat.update",
            "conversations.create",
            "conversations.setTopic",
        ] {
            let mut world = World::start().await;
            world
                .standin
                .misbehave(Some(method), fault.clone(), Some(2));
            evening(&mut world, &AtomicBool::new(false)).await;
            assert_eq!(told(&world), wanted, "{fault:?} of {method}");
            world.kill_bot().await;
        }
    }
}

#[tokio::test]
async fn dying_again_and_again_before_the_look_doubles_nothing() {
    let mut world = World::start().await;
    let bob = world.bob();
    world.slash(&bob, "C0INCIDENTS", ORDERS[0]).await;
    world
        .standin
        .next("chat.postMessage", Fault::AcceptThenDrop);
    world
        .slash(&bob, "C0INCIDENTS", "/incident note Seen once")
        .await;
    for _ in 0..3 {
        world.kill_bot().await;
        let stopped = Arc::new(AtomicBool::new(false));
        world
            .start_bot(stop_at(Step::OutboxClaimed, 1, stopped))
            .await;
        world.sleep(minutes(2));
        assert!(outbox::turn(world.app()).await.is_err(), "it dies here");
    }
    world.restart().await;
    world.advance(minutes(2)).await;
    let home = world.find("#inc-2026-001-card-payments-are-down");
    let seen = world
        .all(&home)
        .into_iter()
        .filter(|message| message.reads().contains("Seen once"));
    assert_eq!(seen.count(), 1);
    world.kill_bot().await;
}

/// What Slack still applies of the try before must not be shown over what comes next.
#[tokio::test]
async fn a_refresh_that_was_cut_off_twice_waits_anew() {
    let rules = format!("{RULES}\n[slack]\nchannel_per_incident = false\n");
    let mut world = World::with_rules(&rules).await;
    let bob = world.bob();
    world.slash(&bob, "C0INCIDENTS", ORDERS[0]).await;
    world.standin.next("chat.update", Fault::AcceptThenDrop);
    world
        .slash(&bob, "C0INCIDENTS", "/incident impact Cards are declined")
        .await;
    let refreshes = |world: &World| world.standin.calls_of("chat.update").len();
    let first = refreshes(&world);
    world.kill_bot().await;
    let stopped = Arc::new(AtomicBool::new(false));
    let dies = stop_at(Step::OutboxSent, 1, Arc::clone(&stopped));
    world.start_bot(dies).await;
    world.sleep(minutes(1));
    outbox::turn(world.app()).await.unwrap();
    assert!(world.app().sends.finished().await.is_err(), "it dies here");
    assert_eq!(refreshes(&world), first + 1);
    world.restart().await;
    world.advance(seconds(25)).await;
    assert_eq!(refreshes(&world), first + 1);
    world.advance(seconds(10)).await;
    assert_eq!(refreshes(&world), first + 2);
    world.kill_bot().await;
}

/// An app that serves a whole organisation hears of each of its workspaces, and has one token, by which Slack counts.
#[tokio::test]
async fn what_comes_of_any_workspace_is_paced_as_one() {
    let mut world = World::start().await;
    let place = world.app().workplace().unwrap();
    world.app().settle_in(Workplace {
        team: TeamId::new("T0EVERYWHERE"),
        ..place
    });
    let bob = world.bob();
    world.slash(&bob, "C0INCIDENTS", ORDERS[0]).await;
    // Of the two cards one is cut off and sent anew, and the other one is told to wait.
    let before = world.standin.calls_of("chat.update").len();
    world.next("chat.update", Fault::AcceptThenDrop);
    world.next("chat.update", Fault::RateLimited { after_s: 20 });
    world
        .slash(&bob, "C0INCIDENTS", "/incident impact Cards are declined")
        .await;
    world.advance(minutes(3)).await;
    assert_eq!(world.standin.calls_of("chat.update").len(), before + 4);
    let mut raw = AnyConnection::connect(&world.database_url()).await.unwrap();
    let keys: Vec<String> = sqlx::query_scalar("SELECT key FROM pacing ORDER BY key")
        .fetch_all(&mut raw)
        .await
        .unwrap();
    assert!(
        keys.contains(&"T0EVERYWHERE chat.update".to_owned()),
        "{keys:#?}"
    );
    let of_another = |key: &&String| !key.starts_with("T0EVERYWHERE ");
    assert_eq!(keys.iter().find(of_another), None, "{keys:#?}");
    world.kill_bot().await;
}
