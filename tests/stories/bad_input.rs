//! Whatever people type and whatever breaks: a clear sentence, nobody pinged, nothing lost, no secret told.

use std::io::Write;
use std::sync::{Arc, Mutex};

use balefire::standin::Fault;
use serde_json::Value;

use crate::script::Script;
use crate::world::{RULES, TOKEN, World, minutes};

/// Every string that Slack would show, of everything the bot sent.
fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|item| strings(item, found)),
        Value::Object(fields) => fields.values().for_each(|item| strings(item, found)),
        _ => {}
    }
}

fn sent(world: &World) -> Vec<String> {
    let mut found = vec![];
    for call in world.standin.calls() {
        strings(&call.args, &mut found);
    }
    found
}

/// What Slack would take for an order: `<!channel>`, `<@U0CHEN>` and the like.
fn pings(world: &World) -> Vec<String> {
    let pings = [
        "<!channel",
        "<!here",
        "<!everyone",
        "<!subteam",
        "<@U0CHEN",
        "<#C0GENERAL",
    ];
    sent(world)
        .into_iter()
        .filter(|text| pings.iter().any(|ping| text.contains(ping)))
        .collect()
}

#[tokio::test]
async fn nobody_is_pinged_and_nothing_broken_by_a_title() {
    let long = "数据库 down 🔥 ".repeat(300);
    for title in [
        "<!channel> everything is down",
        "<!here|here> <!everyone> down",
        "<!subteam^S0PAYMENTS> down",
        "<@U0CHEN> broke it, ask <#C0GENERAL|general>",
        "*bold* _under_ ~gone~ `code` ```block``` down",
        "a & b < c > d &lt;!channel&gt; &amp;",
        "🔥🔥🔥 👩‍👩‍👧‍👦 🏳️‍🌈",
        "قاعدة البيانات معطلة \u{202e}drowssap",
        "> quoted\n• listed\n# heading | <https://example.com|click>",
        "\u{200b}zero\u{200b}width <mailto:bob@example.com|Bob>",
        "{{ title }} {% raw %} { $who } ${HOME}",
        &long,
    ] {
        let mut world = World::start().await;
        let (alice, bob) = (world.alice(), world.bob());
        // As it is on the wire: a person can paste anything.
        let answer = world
            .slash(
                &alice,
                "C0INCIDENTS",
                &format!("/incident declare P0 {title}"),
            )
            .await;
        assert!(answer.contains("INC-2026-001"), "{title}: {answer}");
        let card = world.card();
        assert!(card.contains("INC-2026-001"), "{title}: {card}");
        world.click(&bob, "C0INCIDENTS", "Acknowledge").await;
        world.advance(minutes(15)).await;
        world
            .slash(
                &bob,
                "C0INCIDENTS",
                &format!("/incident update INC-2026-001 {title}"),
            )
            .await;
        for typed in [
            "show INC-2026-001",
            "list",
            "timeline INC-2026-001",
            "why INC-2026-001",
            "draft customers",
        ] {
            let answer = world
                .slash(&bob, "C0INCIDENTS", &format!("/incident {typed}"))
                .await;
            for ping in ["<!channel", "<!here", "<!everyone", "<!subteam"] {
                assert!(!answer.contains(ping), "{typed}: {answer}");
            }
        }
        assert!(
            sent(&world)
                .iter()
                .any(|text| text.contains("INC-2026-001"))
        );
        assert_eq!(pings(&world), Vec::<String>::new(), "{title}");
        world.everywhere();
        world.end().await;
    }
}

#[tokio::test]
async fn strange_titles_are_shown_as_they_are() {
    let mut script = Script::of(World::start().await);
    for title in [
        "<!channel> *all* is `down` & <b>out</b>",
        "@chen broke it",
        "🔥",
        "الخدمة معطلة",
    ] {
        script
            .types(
                "alice",
                "#incidents",
                &format!("/incident declare P2 {title}"),
            )
            .await;
    }
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn words_that_name_nothing() {
    let mut script = Script::of(World::start().await);
    let alice = script.world.alice();
    script
        .world
        .slash(&alice, "C0INCIDENTS", "/incident declare P1 Search is slow")
        .await;
    script.world.everywhere();
    let home = "#inc-2026-001-search-is-slow";
    for typed in [
        "/incident declare P9 Search is slow",
        "/incident declare service:toaster Search is slow",
        "/incident severity P9",
        "/incident severity",
        "/incident status fixed",
        "/incident assign @nobody",
        "/incident assign U0NOBODY",
        "/incident show INC-2026-999",
        "/incident update INC-2031-001 hello",
        "/incident update",
        "/incident snooze never",
        "/incident snooze 400d",
        "/incident draft everybody",
        "/incident action Fix it @bob due 2026-02-31",
        "/incident reopen because",
        "/incident close",
        "/incident frobnicate now",
        "/incident updaet Rolling back",
        "/incident list yours",
        "/incident search disk",
        "/incident cancel",
    ] {
        script.types("alice", home, typed).await;
        // A form that opened is closed again.
        let _ = script.world.alice().close(None).await;
    }
    let long = format!("/incident update {}", "x".repeat(3_500));
    let answer = script.world.slash(&alice, "C0INCIDENTS", &long).await;
    script.line(&answer);
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn somebody_has_left() {
    let mut script = Script::of(World::start().await);
    script.world.standin.deactivate("U0BOB");
    script.world.settle().await;
    // Bob would own every P0.
    script
        .types("alice", "#incidents", "/incident declare P0 Cards fail")
        .await;
    script
        .types(
            "alice",
            "#inc-2026-001-cards-fail",
            "/incident assign <@U0BOB>",
        )
        .await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn the_owner_leaves_in_the_middle_of_it() {
    let mut script = Script::of(World::start().await);
    script
        .types("alice", "#incidents", "/incident declare P0 Cards fail")
        .await;
    script.world.everywhere();
    script.world.standin.deactivate("U0BOB");
    script.wait(minutes(15)).await;
    script.wait(minutes(5)).await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn the_channel_is_archived_in_the_middle_of_it() {
    let mut script = Script::of(World::start().await);
    script
        .types("alice", "#incidents", "/incident declare P0 Cards fail")
        .await;
    script.world.everywhere();
    let home = script.world.find("#inc-2026-001-cards-fail");
    script.world.alice().archive(&home).unwrap();
    script.world.settle().await;
    script.heading("alice archives the channel");
    script.look();
    script
        .types(
            "bob",
            "#incidents",
            "/incident update INC-2026-001 Rolling back",
        )
        .await;
    insta::assert_snapshot!(script.end().await);
}

/// What each right is for, taken away before anything happens.
#[tokio::test]
async fn a_missing_right_is_told_to_somebody_who_can_mend_it() {
    let mut told = String::new();
    // Slack takes one of several rights for some calls; these are the ones that the manifest asks for.
    let manifest = include_str!("../../manifest.yml");
    let granted = manifest
        .lines()
        .skip_while(|line| line.trim() != "bot:")
        .skip(1)
        .map_while(|line| line.trim().strip_prefix("- "));
    let granted: Vec<&str> = granted
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    for scope in ["channels:manage", "chat:write", "pins:write", "users:read"] {
        assert!(granted.contains(&scope), "{scope}");
        let mut world = World::start().await;
        let others = granted.iter().filter(|other| **other != scope);
        let others = others.map(|other| (*other).to_owned()).collect();
        world.standin.with(|world| world.scopes = others);
        let (alice, bob) = (world.alice(), world.bob());
        told.push_str(&format!("\n=== without {scope}\n"));
        let answer = world
            .slash(&alice, "C0INCIDENTS", "/incident declare P0 Cards fail")
            .await;
        told.push_str(&format!("(only alice) {answer}\n"));
        world.advance(minutes(25)).await;
        let answer = world
            .slash(&bob, "C0INCIDENTS", "/incident resolve INC-2026-001 Mended")
            .await;
        told.push_str(&format!("(only bob) {answer}\n"));
        let news = world.everywhere();
        let complaints = news.lines().filter(|line| {
            line.contains('⚠') && !line.contains("nobody has acknowledged")
                || line.contains("manifest")
                || line.contains("doctor")
                || line.starts_with("  #")
                || line.starts_with("  @")
        });
        for line in complaints {
            told.push_str(line);
            told.push('\n');
        }
        world.end().await;
    }
    insta::assert_snapshot!(told);
}

/// A log that can be read afterwards.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_secret_is_printed_whatever_goes_wrong() {
    let log = Log::default();
    let to = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || to.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let mut world = World::start().await;
    let (alice, bob) = (world.alice(), world.bob());
    for fault in [
        Fault::HttpError(500),
        Fault::Drop,
        Fault::AcceptThenDrop,
        Fault::Code("invalid_auth".into()),
        Fault::Code("missing_scope".into()),
        Fault::RateLimited { after_s: 3 },
    ] {
        world.next("chat.postMessage", fault.clone());
        world.next("views.open", fault.clone());
        world.next("response_url", fault);
        world
            .slash(&alice, "C0INCIDENTS", "/incident declare")
            .await;
        world
            .slash(&alice, "C0INCIDENTS", "/incident declare P0 Cards fail")
            .await;
        world.advance(minutes(2)).await;
    }
    world.standin.uninstall();
    world
        .slash(
            &bob,
            "C0INCIDENTS",
            "/incident update INC-2026-001 Rolling back",
        )
        .await;
    world.advance(minutes(2)).await;
    drop(guard);
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("balefire"), "something was logged");
    let mut said = sent(&world);
    said.push(logged);
    for channel in ["C0INCIDENTS", "C0GENERAL"] {
        said.extend(world.all(channel).iter().map(|message| message.reads()));
    }
    for text in said {
        for secret in [TOKEN, crate::world::SECRET] {
            if let Some(at) = text.find(secret) {
                let from = text[..at].rfind('\n').unwrap_or(0);
                panic!("{}", &text[from..at]);
            }
        }
    }
    world.everywhere();
    world.end().await;
}

#[tokio::test]
async fn the_rules_name_a_channel_that_the_bot_is_not_in() {
    let rules = RULES.replace("C0EXEC", "C0NOWHERE");
    let mut world = World::with_rules(&rules).await;
    let (alice, bob) = (world.alice(), world.bob());
    world
        .slash(&alice, "C0INCIDENTS", "/incident declare P0 Cards fail")
        .await;
    let home = world.find("#inc-2026-001-cards-fail");
    world
        .slash(&bob, &home, "/incident draft stakeholders")
        .await;
    world.click(&bob, &home, "Approve").await;
    world.everywhere();
    let mut script = Script::of(world);
    script
        .clicks("bob", "#inc-2026-001-cards-fail", "Publish")
        .await;
    insta::assert_snapshot!(script.end().await);
}
