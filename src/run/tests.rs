use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{TimeDelta, TimeZone, Utc};
use tokio::task::JoinHandle;

use super::*;
use crate::clock::ManualClock;
use crate::config::Settings;

/// A pump that does this in each turn.
struct Running {
    clock: ManualClock,
    readiness: Arc<Readiness>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

async fn running(turn: fn(Arc<App>) -> Turn<usize>) -> Running {
    let clock = ManualClock::at(Utc.with_ymd_and_hms(2026, 11, 20, 10, 0, 0).unwrap());
    let store = Store::open("sqlite::memory:").await.unwrap();
    let second = Duration::from_secs(1);
    let slack = SlackClient::new("http://127.0.0.1:1/api", &"xoxb-x".into(), second).unwrap();
    let told = Arc::new(clock.clone());
    let app = Arc::new(App::new(store, told, Settings::default(), slack));
    let readiness = Arc::new(Readiness::new(Box::new(|| Box::pin(async { Ok(()) }))));
    let pump = Pump {
        turn,
        next_at: None,
        ..PUMPS[0]
    };
    let (stop, stopped) = watch::channel(false);
    let task = tokio::spawn(pump.run(app, Arc::clone(&readiness), stopped));
    Running {
        clock,
        readiness,
        stop,
        task,
    }
}

/// What is said of a pump some minutes later, and then, when it had its chance.
async fn said_of(turn: fn(Arc<App>) -> Turn<usize>) -> [Vec<String>; 2] {
    let Running {
        clock,
        readiness,
        stop,
        task,
    } = running(turn).await;
    tokio::task::yield_now().await;
    clock.advance(TimeDelta::minutes(5));
    let before = readiness.complaints(clock.now()).await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let after = readiness.complaints(clock.now()).await;
    stop.send(true).unwrap();
    task.abort();
    [before, after]
}

/// It rests a second then, like after any other failure.
#[tokio::test]
async fn a_turn_that_panics_does_not_end_its_pump() {
    static TURNS: AtomicUsize = AtomicUsize::new(0);
    let pump = running(|_| {
        Box::pin(async {
            TURNS.fetch_add(1, Ordering::SeqCst);
            panic!("a test's turn")
        })
    })
    .await;
    while TURNS.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(!pump.task.is_finished());
    pump.stop.send(true).unwrap();
    pump.task.abort();
}

/// One that nobody looks after would be missed by nobody, and at the end its panic would cut the others off.
#[tokio::test]
async fn a_task_that_panics_begins_again() {
    let begun = Arc::new(AtomicUsize::new(0));
    kept("test", Arc::clone(&begun), |begun| async move {
        assert!(begun.fetch_add(1, Ordering::SeqCst) > 0, "a test's panic");
    })
    .await;
    assert_eq!(begun.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_pump_that_never_rests_turns_and_one_that_never_ends_is_missed() {
    let late = ["outbox: no turn for 300 s"];
    let [_, busy] = said_of(|_| Box::pin(async { Ok(1) })).await;
    assert_eq!(busy, [""; 0]);
    let stuck = said_of(|_| Box::pin(std::future::pending())).await;
    assert_eq!(stuck, [late, late]);
}
