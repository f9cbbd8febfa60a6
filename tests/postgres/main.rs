//! `DATABASE_URL=postgres://…` is all it takes: TLS, and a database that goes away, hangs, and comes back. Each test
//! has a server of its own, because it stops it. What the statements answer is in `store_conformance`.

mod bot;
mod cluster;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use balefire::app::steps::{Step, Steps};
use balefire::clock::Clock as _;
use balefire::pump::outbox;
use balefire::standin::Fault;
use balefire::store::Store;

use tokio::sync::Notify;

use bot::{Bot, until};
use cluster::Cluster;

/// Slack waits this long for an answer.
const SLACK_WAITS: Duration = Duration::from_secs(3);
const NOTHING: &str = "Nothing was recorded";

/// What the answer says, which came in time.
async fn in_time(bot: &Bot, typed: &str) -> String {
    let asked = Instant::now();
    let answer = bot.alice_types(typed).await;
    assert!(asked.elapsed() < SLACK_WAITS, "{:?}", asked.elapsed());
    answer
}

/// Not ready, and it says so soon (a second, on a machine with nothing else to do) and why; alive all the same.
async fn complains_of_the_store(bot: &Bot) {
    let asked = Instant::now();
    let (status, body) = bot.get("/readyz").await;
    assert!(
        asked.elapsed() < Duration::from_secs(2),
        "{:?}",
        asked.elapsed()
    );
    assert!(status == 503 && body.contains("store"), "{status} {body}");
    assert_eq!(bot.get("/healthz").await.0, 200);
}

async fn is_ready(bot: &Bot) {
    until("it is ready", async || {
        (bot.get("/readyz").await.0 == 200).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_is_spoken_and_the_certificate_checked() {
    let cluster = Cluster::start_with_tls();
    let (right, wrong) = (cluster.authority(), cluster.stranger());
    let cases = [
        ("localhost", "?sslmode=require".to_owned(), true),
        (
            "localhost",
            format!("?sslmode=verify-ca&sslrootcert={right}"),
            true,
        ),
        (
            "localhost",
            format!("?sslmode=verify-full&sslrootcert={right}"),
            true,
        ),
        // Signed by somebody else; for another name; by nobody the world knows; not at all.
        (
            "localhost",
            format!("?sslmode=verify-full&sslrootcert={wrong}"),
            false,
        ),
        (
            "127.0.0.1",
            format!("?sslmode=verify-full&sslrootcert={right}"),
            false,
        ),
        ("localhost", "?sslmode=verify-full".to_owned(), false),
        ("localhost", "?sslmode=disable".to_owned(), false),
    ];
    for (host, parameters, expected) in cases {
        let opened = Store::open(&cluster.url_at(host, &parameters)).await;
        match (opened, expected) {
            (Ok(store), true) => store.ping().await.unwrap(),
            (Err(error), false) => {
                assert!(error.to_string().starts_with("DATABASE_URL: "), "{error}");
            }
            (Ok(_), false) => panic!("{host}{parameters} was let in"),
            (Err(error), true) => panic!("{host}{parameters}: {error:#}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_goes_away_is_told_and_waited_for() {
    let cluster = Cluster::start();
    let bot = Bot::start(&cluster.url(), Steps::default()).await;
    assert!(
        bot.alice_types("/incident declare P1 Checkout is down")
            .await
            .contains("INC-")
    );
    bot.at_rest().await;
    bot.alice_types("/incident ack").await;

    cluster.down();
    complains_of_the_store(&bot).await;
    let answer = in_time(&bot, "/incident update Lost on the way").await;
    assert!(answer.contains(NOTHING), "{answer}");
    let answer = in_time(&bot, "/incident list").await;
    assert!(answer.contains(NOTHING), "{answer}");
    // Meanwhile a reminder comes due.
    bot.clock.jump(chrono::Duration::minutes(16));

    cluster.up();
    is_ready(&bot).await;
    until("the reminder is there", async || {
        (bot.times_said("No update for") > 0).then_some(())
    })
    .await;
    let answer = in_time(&bot, "/incident update Rolling back").await;
    assert!(answer.contains("Update posted"), "{answer}");
    bot.at_rest().await;
    assert_eq!(bot.times_said("Lost on the way"), 0);
    let updates = bot.said("> Rolling back");
    assert_eq!(updates.len(), 1, "{updates:#?}");
    let timeline = in_time(&bot, "/incident timeline").await;
    assert!(!timeline.contains("Lost on the way"), "{timeline}");
    let reminders = bot.said("No update for");
    assert_eq!(reminders.len(), 1, "{reminders:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hangs_is_told_and_waited_for() {
    let cluster = Cluster::start();
    let bot = Bot::start(&cluster.url(), Steps::default()).await;
    assert!(
        bot.alice_types("/incident declare P1 Checkout is down")
            .await
            .contains("INC-")
    );
    bot.at_rest().await;

    cluster.freeze();
    complains_of_the_store(&bot).await;
    // More than the pool has connections: those that hang must not use it up.
    for number in 0..3 {
        let typed =
            (0..4).map(|part| bot.alice_types(format!("/incident update Lost {number} {part}")));
        let asked = Instant::now();
        for answer in futures_util::future::join_all(typed).await {
            assert!(answer.contains(NOTHING), "{answer}");
        }
        assert!(asked.elapsed() < SLACK_WAITS, "{:?}", asked.elapsed());
    }
    complains_of_the_store(&bot).await;

    cluster.thaw();
    is_ready(&bot).await;
    let answer = in_time(&bot, "/incident update Rolling back").await;
    assert!(answer.contains("Update posted"), "{answer}");
    bot.at_rest().await;
    assert_eq!(bot.times_said("Lost"), 0);
    assert_eq!(bot.times_said("> Rolling back"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_can_know_is_not_claimed() {
    let cluster = Arc::new(Cluster::start());
    let freezes = Arc::new(AtomicBool::new(false));
    let (frozen, freezing) = (Arc::clone(&cluster), Arc::clone(&freezes));
    // The server falls silent between the last statement and the commit.
    let steps = Steps::gated(move |step| {
        if step == Step::DoorSaved && freezing.load(Ordering::SeqCst) {
            frozen.freeze();
        }
        std::future::ready(Ok(()))
    });
    let bot = Bot::start(&cluster.url(), steps).await;
    assert!(
        bot.alice_types("/incident declare P1 Checkout is down")
            .await
            .contains("INC-")
    );
    bot.at_rest().await;
    freezes.store(true, Ordering::SeqCst);
    let answer = in_time(&bot, "/incident update Rolling back").await;
    assert!(
        answer.contains("It is not known whether this was recorded"),
        "{answer}"
    );
    freezes.store(false, Ordering::SeqCst);

    cluster.thaw();
    is_ready(&bot).await;
    // Whichever it was, it is whole: on the timeline and in the channel, or on neither.
    bot.at_rest().await;
    let timeline = in_time(&bot, "/incident timeline").await;
    let recorded = usize::from(timeline.contains("Rolling back"));
    assert_eq!(bot.times_said("> Rolling back"), recorded, "{timeline}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_goes_on_after_its_time_is_waited_for_at_the_end() {
    let cluster = Cluster::start();
    let (held, go_on) = (Arc::new(AtomicBool::new(false)), Arc::new(Notify::new()));
    let (holds, told) = (Arc::clone(&held), Arc::clone(&go_on));
    // Something other than the database takes its time.
    let steps = Steps::gated(move |step| {
        let waits = step == Step::DoorReached && holds.load(Ordering::SeqCst);
        let told = Arc::clone(&told);
        async move {
            if waits {
                told.notified().await;
            }
            Ok(())
        }
    });
    let mut bot = Bot::start(&cluster.url(), steps).await;
    bot.alice_types("/incident declare P1 Checkout is down")
        .await;
    bot.at_rest().await;
    held.store(true, Ordering::SeqCst);
    let answer = bot.alice_types("/incident note It was late").await;
    assert!(answer.starts_with("Still working on it"), "{answer}");

    let url = bot.url.clone();
    let gone = until("nothing new is let in", async || {
        reqwest::get(format!("{url}/healthz")).await.err()
    });
    let mut stops = Box::pin(bot.stops());
    tokio::select! {
        () = &mut stops => panic!("it did not wait"),
        _ = gone => {}
    }
    held.store(false, Ordering::SeqCst);
    go_on.notify_waiters();
    stops.await;
    let again = Bot::start(&cluster.url(), Steps::default()).await;
    let timeline = again.alice_types("/incident timeline").await;
    assert!(timeline.contains("It was late"), "{timeline}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflict_after_the_look_does_not_cost_the_message_its_lease() {
    let cluster = Cluster::start();
    let bot = Bot::start(&cluster.url(), Steps::default()).await;
    bot.alice_types("/incident declare P1 Checkout is down")
        .await;
    bot.at_rest().await;
    cluster
        .execute(
            "CREATE SEQUENCE put_back;
             CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
                 IF nextval('put_back') = 1 THEN
                     RAISE 'somebody holds the row' USING ERRCODE = 'lock_not_available';
                 END IF;
                 RETURN NEW;
             END $$;
             CREATE TRIGGER fail_once BEFORE UPDATE ON outbox FOR EACH ROW
             WHEN (OLD.state = 'sending' AND NEW.state = 'pending' AND NEW.attempts < OLD.attempts)
             EXECUTE FUNCTION fail_once();",
        )
        .await;
    bot.misbehave_once("chat.postMessage", Fault::Drop);
    bot.alice_types("/incident note Seen once").await;
    until("all that is left is to be looked for", async || {
        // What is on its way comes up again after its lease only, which is no look.
        let depth = bot.app.store.outbox_depth().await.ok()?;
        if depth.iter().any(|rows| rows.state == "sending") {
            return None;
        }
        let next = outbox::next_at(&bot.app).await.ok()??;
        (next > bot.clock.now() + chrono::Duration::seconds(20)).then_some(())
    })
    .await;
    bot.clock.jump(chrono::Duration::seconds(31));
    let looked = bot.clock.now();
    bot.app.bells.ring();
    until("it is said", async || {
        (bot.times_said("Seen once") > 0).then_some(())
    })
    .await;
    let after = bot.clock.now() - looked;
    assert!(after < chrono::Duration::seconds(30), "{after}");
    bot.at_rest().await;
    assert_eq!(bot.times_said("Seen once"), 1);
    // It did fail once.
    cluster
        .execute("DO $$ BEGIN ASSERT (SELECT last_value FROM put_back) = 2; END $$")
        .await;
}
