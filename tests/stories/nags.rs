//! Nags: asked on time, answered or climbing, never lost, never doubled, never left over.

use balefire::standin::Fault;
use chrono::Duration;

use crate::script::Script;
use crate::world::{RULES, World, minutes, seconds};

const HOME: &str = "#inc-2026-001-card-payments-are-down";

/// Alice reports, Bob owns it and has acknowledged it.
async fn acknowledged(rules: &str) -> Script {
    let mut world = World::with_rules(rules).await;
    let (alice, bob) = (world.alice(), world.bob());
    let typed = "/incident declare P0 service:payments Card payments are down";
    world.slash(&alice, "C0INCIDENTS", typed).await;
    world.click(&bob, "C0INCIDENTS", "Acknowledge").await;
    // How it began is another story.
    world.everywhere();
    Script::of(world)
}

/// What is said in the home channel, as lines.
fn at_home(script: &Script, needle: &str) -> usize {
    let home = script.world.find(HOME);
    let messages = script.world.all(&home);
    messages
        .iter()
        .filter(|message| message.by_bot() && message.reads().contains(needle))
        .count()
}

/// Nags, answered or not.
fn nags(script: &Script) -> usize {
    at_home(script, ASKED) + at_home(script, "⏰ Asked")
}

const ASKED: &str = "where does it stand?";

#[tokio::test]
async fn quiet_for_a_quarter_of_an_hour_and_the_update_answers() {
    let mut script = acknowledged(RULES).await;
    script.wait(minutes(14)).await;
    script.wait(minutes(1)).await;
    script.clicks("bob", HOME, "Post update").await;
    let fields = [("Where does it stand?", "Rolling back to v41")];
    script.submits("bob", &fields).await;
    // Asked at 10:15, answered at once: the next is due a quarter of an hour after the answer.
    script.world.advance(minutes(14)).await;
    assert_eq!(script.world.everywhere(), "");
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn no_change_is_an_answer() {
    let mut script = acknowledged(RULES).await;
    script.world.advance(minutes(15)).await;
    script.world.everywhere();
    script.world.advance(minutes(3)).await;
    script.clicks("bob", HOME, "No change").await;
    script.wait(minutes(15)).await;
    script.types("bob", HOME, "/incident why").await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn snooze_moves_one_nag_and_not_the_cadence() {
    let mut script = acknowledged(RULES).await;
    script.world.advance(minutes(15)).await;
    script.world.everywhere();
    script.clicks("bob", HOME, "Snooze").await;
    script
        .submits("bob", &[("Remind again in", "30 min")])
        .await;
    script.world.advance(minutes(29)).await;
    assert_eq!(script.world.everywhere(), "", "put off is put off");
    script.wait(minutes(1)).await;
    script.clicks("bob", HOME, "No change").await;
    // The one after that comes at the usual time.
    script.world.advance(minutes(15)).await;
    script.types("bob", HOME, "/incident why").await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn unanswered_it_climbs_to_the_owner_and_then_to_those_next_in_line() {
    let rules = RULES.replace(
        r#"escalate_to = ["U0CHEN"]"#,
        r#"escalate_to = ["U0CHEN", "S0PAYMENTS"]"#,
    );
    let mut script = acknowledged(&rules).await;
    script.world.advance(minutes(15)).await;
    script.world.everywhere();
    script.wait(minutes(5)).await;
    script.wait(minutes(5)).await;
    // At 10:30 the next nag replaces the first; the ladder does not begin to climb twice at once.
    script.wait(minutes(5)).await;
    script
        .types("bob", HOME, "/incident update It was DNS")
        .await;
    script.world.advance(minutes(14)).await;
    assert_eq!(script.world.everywhere(), "", "an answer ends the ladder");
    script.types("alice", HOME, "/incident why").await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn nobody_acknowledges() {
    let mut world = World::start().await;
    let alice = world.alice();
    let typed = "/incident declare P0 service:payments Card payments are down";
    world.slash(&alice, "C0INCIDENTS", typed).await;
    let mut script = Script::of(world);
    script.look();
    script.wait(minutes(15)).await;
    script.wait(minutes(5)).await;
    script
        .types("chen", "#incidents", "/incident take INC-2026-001")
        .await;
    script
        .types("chen", "#incidents", "/incident why INC-2026-001")
        .await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn chatter_is_no_update() {
    let mut script = acknowledged(RULES).await;
    script.world.advance(minutes(10)).await;
    let home = script.world.find(HOME);
    script
        .person("bob")
        .say(&home, "update: I think it is the database")
        .unwrap();
    script
        .person("alice")
        .say(&home, "any news @bob ?")
        .unwrap();
    script
        .types("bob", HOME, "/incident note db-1 is at 100 % CPU")
        .await;
    script.wait(minutes(5)).await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn a_promise_kept_and_a_promise_broken() {
    let mut script = acknowledged(RULES).await;
    script
        .types(
            "bob",
            HOME,
            "/incident update Restoring from backup, next 30m",
        )
        .await;
    script.world.advance(minutes(29)).await;
    assert_eq!(
        script.world.everywhere(),
        "",
        "nobody is asked before the promised time"
    );
    script
        .types("bob", HOME, "/incident update Half restored next 20m")
        .await;
    script.wait(minutes(20)).await;
    script.types("alice", HOME, "/incident why").await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn nothing_nags_a_finished_incident() {
    for end in [
        "/incident resolve Rolled back",
        "/incident cancel It was a drill",
    ] {
        let mut script = acknowledged(RULES).await;
        script.world.advance(minutes(14)).await;
        script.types("bob", HOME, end).await;
        script.world.advance(Duration::hours(24)).await;
        assert_eq!(script.world.everywhere(), "", "after {end}");
        if end.contains("resolve") {
            script.types("bob", HOME, "/incident close").await;
            script.world.advance(Duration::hours(24)).await;
            assert_eq!(script.world.everywhere(), "", "after it was closed");
        }
        assert_eq!(at_home(&script, ASKED), 0);
        script.end().await;
    }
}

#[tokio::test]
async fn a_nag_that_waited_in_the_outbox_spares_a_finished_incident() {
    let mut script = acknowledged(RULES).await;
    script
        .world
        .next("chat.postMessage", Fault::RateLimited { after_s: 120 });
    script.world.advance(minutes(15)).await;
    assert_eq!(at_home(&script, ASKED), 0, "Slack took nothing yet");
    script
        .types("bob", HOME, "/incident resolve Rolled back")
        .await;
    script.wait(minutes(30)).await;
    assert_eq!(at_home(&script, ASKED), 0);
    script.types("bob", HOME, "/incident why").await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn two_hours_of_downtime_give_one_nag_that_says_how_long() {
    let mut script = acknowledged(RULES).await;
    script.world.kill_bot().await;
    script.world.sleep(Duration::hours(2));
    script.world.restart().await;
    script.world.settle().await;
    script.heading("the bot is back");
    script.look();
    assert_eq!(at_home(&script, ASKED), 1);
    script.types("bob", HOME, "/incident why").await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn a_nag_every_three_seconds() {
    let rules = RULES.replace(
        r#"respond_within = "15m""#,
        "respond_within = \"15m\"\nupdate_every = \"3s\"",
    );
    let mut script = acknowledged(&rules).await;
    script.world.advance(seconds(10)).await;
    let home = script.world.find(HOME);
    let messages = script.world.all(&home);
    let nags = messages
        .iter()
        .filter(|message| message.reads().starts_with("⏰ "));
    let asked: Vec<_> = nags
        .map(|message| message.reads().replace('\n', " | "))
        .collect();
    insta::assert_snapshot!(asked.join("\n"), @r"
    ⏰ Asked <!date^1795168803^{date_short_pretty} at {time}|2026-11-20 10:00 UTC> for a status update | Nobody answered. A newer reminder took its place.
    ⏰ Asked <!date^1795168806^{date_short_pretty} at {time}|2026-11-20 10:00 UTC> for a status update | Nobody answered. A newer reminder took its place.
    ⏰ <@U0BOB>, where does it stand? No update for 9 seconds. | What has changed, what comes next, and when will the next update be? | [Post update] [No change] [Snooze]
    ");
    script
        .types("bob", HOME, "/incident resolve Rolled back")
        .await;
    script.end().await;
}

#[tokio::test]
async fn a_rate_limited_nag_arrives_once_when_slack_said() {
    let mut script = acknowledged(RULES).await;
    script.world.advance(minutes(14)).await;
    script
        .world
        .next("chat.postMessage", Fault::RateLimited { after_s: 90 });
    script.world.advance(minutes(1)).await;
    script.world.advance(seconds(80)).await;
    assert_eq!(at_home(&script, ASKED), 0);
    // Not to the second: what waits does not come back all at once.
    script.world.advance(seconds(13)).await;
    assert_eq!(at_home(&script, ASKED), 1);
    script.heading("after a rate limit");
    script.look();
    script.types("bob", HOME, "/incident why").await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn whatever_becomes_of_the_call_the_nag_arrives_once() {
    for fault in [
        Fault::HttpError(500),
        Fault::HttpError(503),
        Fault::AcceptThenDrop,
        Fault::AcceptThen500,
        Fault::Drop,
        Fault::DropThenApply { after_s: 20 },
        Fault::Code("internal_error".into()),
    ] {
        let mut script = acknowledged(RULES).await;
        script.world.advance(minutes(14)).await;
        script.world.next("chat.postMessage", fault.clone());
        script.world.advance(minutes(1)).await;
        script.world.advance(seconds(90)).await;
        assert_eq!(at_home(&script, ASKED), 1, "{fault:?}");
        // The next one comes as if nothing had been.
        script.world.advance(minutes(14)).await;
        assert_eq!(nags(&script), 2, "{fault:?}");
        script.end().await;
    }
}

#[tokio::test]
async fn a_nag_that_slack_refuses_is_told_to_its_owner() {
    let mut script = acknowledged(RULES).await;
    script.world.advance(minutes(14)).await;
    script
        .world
        .next("chat.postMessage", Fault::Code("restricted_action".into()));
    script.wait(minutes(1)).await;
    script.types("bob", HOME, "/incident why").await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn slack_was_away_for_an_hour_and_the_backlog_is_summed_up() {
    let mut script = acknowledged(RULES).await;
    script
        .world
        .standin
        .misbehave(None, Fault::HttpError(503), None);
    script.world.advance(minutes(61)).await;
    script.world.standin.behave();
    script.world.advance(minutes(2)).await;
    script.heading("Slack is back");
    script.look();
    assert_eq!(nags(&script), 1, "four were due, one is asked");
    let told = |user| script.world.standin.direct_messages(user).len();
    assert_eq!((told("U0BOB"), told("U0CHEN")), (1, 1));
    assert_eq!(at_home(&script, "Can you step in?"), 1);
    script.types("bob", HOME, "/incident why").await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn an_alarm_that_waited_spares_who_has_answered_meanwhile() {
    let mut script = acknowledged(RULES).await;
    script.world.advance(minutes(15)).await;
    script.world.everywhere();
    script
        .world
        .standin
        .misbehave(Some("chat.postMessage"), Fault::HttpError(503), None);
    script.world.advance(minutes(11)).await;
    script
        .types("bob", HOME, "/incident update It was DNS")
        .await;
    script.world.standin.behave();
    script.wait(minutes(2)).await;
    let told = |user| script.world.standin.direct_messages(user).len();
    assert_eq!((told("U0BOB"), told("U0CHEN")), (0, 0));
    let (alice, home) = (script.person("alice"), script.world.find(HOME));
    let why = script.world.slash(&alice, &home, "/incident why").await;
    assert!(!why.contains("told by direct message"), "{why}");
    for spared in [
        "<@U0BOB> not called: somebody",
        "<@U0CHEN> not called: somebody",
    ] {
        assert!(why.contains(spared), "{spared}: {why}");
    }
    assert_eq!(why.matches("called").count(), 2, "{why}");
    script.end().await;
}

/// By such a clock the answer is older than the question.
#[tokio::test]
async fn an_answer_spares_nag_and_alarms_though_the_clock_was_set_back() {
    for asked_for in [minutes(15), minutes(25)] {
        let mut script = acknowledged(RULES).await;
        script.world.advance(asked_for - minutes(1)).await;
        script.world.everywhere();
        let posted = at_home(&script, ASKED);
        script
            .world
            .standin
            .misbehave(Some("chat.postMessage"), Fault::HttpError(503), None);
        script.world.advance(minutes(1)).await;
        script.world.sleep(-minutes(10));
        script
            .types("bob", HOME, "/incident update It was DNS")
            .await;
        script.world.standin.behave();
        script.wait(minutes(14)).await;
        assert_eq!(at_home(&script, "📣 *Update*"), 1);
        assert_eq!(
            at_home(&script, ASKED) + at_home(&script, "Can you step in?"),
            0
        );
        assert_eq!(posted, usize::from(asked_for > minutes(15)));
        script.end().await;
    }
}

#[tokio::test]
async fn a_nag_whose_fate_is_unknown_is_settled_after_the_end_too() {
    let mut script = acknowledged(RULES).await;
    script.world.advance(minutes(14)).await;
    script.world.next("chat.postMessage", Fault::AcceptThenDrop);
    script.world.advance(minutes(1)).await;
    script
        .types("bob", HOME, "/incident resolve Rolled back")
        .await;
    script.wait(minutes(2)).await;
    assert_eq!(
        at_home(&script, "[No change]"),
        0,
        "nothing is left to click"
    );
    script.types("bob", HOME, "/incident why").await;
    insta::assert_snapshot!(script.end().await);
}
