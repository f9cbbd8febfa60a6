//! The log of an evening with faults, in both formats: a line where a failure is handled, with incident, lane and outbox
//! id; no secret, and no word that a person typed, at any level above debug.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use balefire::app::steps::{Step, Steps};
use balefire::logs::{self, LogFormat};
use balefire::pump::audit;
use balefire::standin::Fault;
use serde_json::Value;
use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::world::{SECRET, TOKEN, World, minutes};

/// What was logged.
#[derive(Clone, Default)]
pub struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Words that nobody but a person says. Each kind of text has its own.
const TYPED: &[&str] = &[
    "wombat-title",
    "wombat-update",
    "wombat-note",
    "wombat-severity",
    "wombat-verb",
    "wombat-service",
    "wombat-report",
    "wombat-mention",
    "wombat-form",
    "wombat-impact",
    "wombat-resolve",
    "wombat-recorded",
    "wombat-panic",
];
const HEARTBEAT: &str = "http://127.0.0.1:9/heartbeat-s3cret";

/// What is logged of rows and calls.
fn is_of_delivery(target: &str) -> bool {
    let rooms = ["balefire::pump::outbox", "balefire::pump::sends"];
    rooms.iter().any(|room| target.contains(room))
}

/// At the step that is named, once: what became of a call is not recorded, or its task dies.
fn troubled(step_of_trouble: Arc<Mutex<Option<Step>>>) -> Steps {
    Steps::gated(move |step| {
        let mut armed = step_of_trouble.lock().unwrap();
        let is_here = armed.take_if(|armed| *armed == step).is_some();
        async move {
            match step {
                Step::OutboxSending if is_here => panic!("no place for wombat-panic"),
                _ if is_here => anyhow::bail!("the disk is full"),
                _ => Ok(()),
            }
        }
    })
}

/// What the bot logs at `info` in such an evening.
async fn evening(format: LogFormat) -> String {
    let sink = Sink::default();
    let writer = sink.clone();
    let at_info = Targets::new().with_default(LevelFilter::INFO);
    let subscriber = logs::subscriber(at_info, format, false, move || writer.clone());
    // This test's thread runs everything the bot does.
    let _guard = tracing::subscriber::set_default(subscriber);
    let mut world = World::start().await;
    world.heartbeat_url = Some(HEARTBEAT.into());
    let trouble = Arc::new(Mutex::new(None));
    world.kill_bot().await;
    world.start_bot(troubled(Arc::clone(&trouble))).await;
    let (alice, bob) = (world.alice(), world.bob());
    world
        .slash(&alice, "C0INCIDENTS", "/incident declare P0 wombat-title")
        .await;
    // A click that comes too late, on a card that Slack does not refresh, is answered by its response_url, which fails.
    world.next("chat.update", Fault::RateLimited { after_s: 60 });
    world.slash(&bob, "C0INCIDENTS", "/incident ack").await;
    world.next("response_url", Fault::HttpError(500));
    world.click(&alice, "C0INCIDENTS", "Acknowledge").await;
    let commands = [
        "/incident severity wombat-severity",
        "/incident wombat-verb",
        "/incident service wombat-service",
        "/incident impact wombat-impact",
        "/incident note wombat-note",
        "/incident ack",
        "/incident ack",
    ];
    for (nth, command) in commands.iter().enumerate() {
        // Slack is busy, silent, or says no, in turn.
        let fault = match nth % 4 {
            0 => Fault::Code("service_unavailable".into()),
            1 => Fault::AcceptThenDrop,
            2 => Fault::HttpError(500),
            _ => Fault::Code("restricted_action".into()),
        };
        world.next("chat.postMessage", fault.clone());
        world.next("chat.update", fault);
        world.slash(&alice, "C0INCIDENTS", command).await;
        world.advance(minutes(2)).await;
    }
    for (step, command) in [
        (Step::OutboxRecorded, "/incident note wombat-recorded"),
        (Step::OutboxSending, "/incident note wombat-panic"),
    ] {
        *trouble.lock().unwrap() = Some(step);
        world.slash(&alice, "C0INCIDENTS", command).await;
        world.advance(minutes(2)).await;
        assert_eq!(*trouble.lock().unwrap(), None, "nothing came to {step:?}");
    }
    alice
        .say(
            "C0INCIDENTS",
            "wombat-report: the checkout is down, customers complain",
        )
        .unwrap();
    let mention = format!(
        "<@{}> update wombat-mention",
        balefire::standin::world::BOT_USER
    );
    alice.say("C0INCIDENTS", &mention).unwrap();
    world.settle().await;
    world.slash(&bob, "C0INCIDENTS", "/incident note").await;
    world.submit(&bob, &[("text", "wombat-form")]).await;
    world.advance(minutes(3)).await;
    // Its channel is gone.
    let home = world.find("#inc-2026-001-wombat-title");
    alice.archive(&home).unwrap();
    world
        .slash(&bob, "C0INCIDENTS", "/incident update wombat-update")
        .await;
    world.advance(minutes(20)).await;
    // Somebody who is not Slack, and somebody who shares its secret but sends nonsense.
    let forged = reqwest::Client::new()
        .post(format!("{}/slack/commands", world.url))
        .header("x-slack-request-timestamp", "1781517600")
        .header("x-slack-signature", "v0=00")
        .body(
            "command=%2Fincident&text=wombat-note&response_url=https%3A%2F%2Fhooks.slack.com%2Fx",
        );
    assert_eq!(forged.send().await.unwrap().status(), 401);
    audit::turn(world.app()).await.unwrap();
    world.sleep(minutes(60));
    audit::turn(world.app()).await.unwrap();
    world
        .slash(&bob, "C0INCIDENTS", "/incident resolve wombat-resolve")
        .await;
    world.kill_bot().await;
    sink.text()
}

fn tells_no_secret(log: &str) {
    assert!(
        log.lines().count() >= 10,
        "that was no evening with faults:\n{log}"
    );
    for word in TYPED.iter().chain(&["wombat"]) {
        let said: Vec<_> = log.lines().filter(|line| line.contains(word)).collect();
        assert!(said.is_empty(), "somebody typed {word}: {said:#?}");
    }
    for secret in [
        SECRET,
        TOKEN,
        "heartbeat-s3cret",
        "/response/",
        "hooks.slack.com",
        "v0=",
    ] {
        let said: Vec<_> = log.lines().filter(|line| line.contains(secret)).collect();
        assert!(said.is_empty(), "{secret} is a secret: {said:#?}");
    }
}

#[tokio::test]
async fn as_text() {
    let log = evening(LogFormat::Text).await;
    tells_no_secret(&log);
    let failures = log
        .lines()
        .filter(|line| line.contains(" WARN ") || line.contains("ERROR "));
    for line in failures.filter(|line| is_of_delivery(line)) {
        // An answer to one person, or a word about no incident, belongs to none.
        let of_incident = line.contains("INC-").then_some("incident=");
        for field in ["lane=", "outbox_id="].into_iter().chain(of_incident) {
            assert!(line.contains(field), "{field} is missing in {line}");
        }
    }
    assert!(!log.contains('\u{1b}'), "colours in a file");
}

#[tokio::test]
async fn as_json() {
    let log = evening(LogFormat::Json).await;
    tells_no_secret(&log);
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let text = |line: &Value, field: &str| line[field].as_str().unwrap_or_default().to_owned();
    for line in &lines {
        for field in ["timestamp", "level", "message", "target"] {
            assert!(
                !text(line, field).is_empty(),
                "{field} is missing in {line}"
            );
        }
    }
    let failures: Vec<_> = lines
        .iter()
        .filter(|line| matches!(line["level"].as_str(), Some("WARN" | "ERROR")))
        .collect();
    let of_delivery: Vec<_> = failures
        .iter()
        .filter(|line| is_of_delivery(&text(line, "target")))
        .collect();
    assert!(of_delivery.len() >= 5, "{of_delivery:#?}");
    for words in ["could not be recorded", "task died"] {
        let lines = of_delivery
            .iter()
            .filter(|line| text(line, "message").contains(words));
        assert_eq!(lines.count(), 1, "{words}: {of_delivery:#?}");
    }
    for line in of_delivery {
        for field in ["lane", "outbox_id"] {
            assert!(
                !text(line, field).is_empty(),
                "{field} is missing in {line}"
            );
        }
        // An answer to one person, or a word about no incident, belongs to none.
        if text(line, "lane").contains("INC-") {
            assert_eq!(text(line, "incident"), "INC-2026-001", "{line}");
        }
    }
    let findings: Vec<_> = failures
        .iter()
        .filter(|line| !line["finding"].is_null())
        .collect();
    assert!(
        !findings.is_empty(),
        "the audit after an hour of sleep finds something"
    );
    for line in findings {
        assert_eq!(text(line, "incident"), "INC-2026-001", "{line}");
    }
    // One failure, one line: nothing is said twice about the same row at the same time.
    let mut said: Vec<_> = failures
        .iter()
        .filter(|line| !text(line, "outbox_id").is_empty() && line["finding"].is_null())
        .map(|line| {
            (
                text(line, "outbox_id"),
                format!("{}{}", line["retry_at"], line["look_at"]),
                text(line, "message"),
            )
        })
        .collect();
    let all = said.len();
    said.sort();
    said.dedup();
    assert!(all >= 5);
    assert_eq!(said.len(), all, "something is said twice");
}
