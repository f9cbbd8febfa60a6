//! Drafts: what is known, in words that a person approved, once.

use crate::script::Script;
use crate::world::{RULES, World, minutes};

const HOME: &str = "#inc-2026-001-card-payments-are-down";

async fn begun(rules: &str) -> Script {
    begun_in(World::with_rules(rules).await).await
}

/// Alice reports, Bob has acknowledged, and both are in the channel.
async fn begun_in(mut world: World) -> Script {
    let (alice, bob) = (world.alice(), world.bob());
    let typed = "/incident declare P0 service:payments Card payments are down";
    world.slash(&alice, "C0INCIDENTS", typed).await;
    world.click(&bob, "C0INCIDENTS", "Acknowledge").await;
    world.everywhere();
    Script::of(world)
}

/// What is published in a channel.
fn published(script: &Script, channel: &str) -> Vec<String> {
    let messages = script.world.all(channel);
    messages
        .iter()
        .filter(|message| message.by_bot())
        .map(balefire::standin::Message::reads)
        .collect()
}

#[tokio::test]
async fn the_nags_own_draft_is_approved_and_sent_as_it_is() {
    let mut script = begun(RULES).await;
    script.world.advance(minutes(15)).await;
    script.world.everywhere();
    script.clicks("bob", HOME, "Publish").await;
    assert_eq!(published(&script, "C0EXEC"), [""; 0], "not without Approve");
    script.clicks("bob", HOME, "Approve").await;
    script.clicks("bob", HOME, "Publish").await;
    assert_eq!(published(&script, "C0EXEC").len(), 1);
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn before_and_after_updates() {
    let mut script = begun(RULES).await;
    let world = &mut script.world;
    let (bob, home) = (world.bob(), world.find(HOME));
    for typed in [
        "/incident impact Half of all card payments are refused",
        "/incident update The database of the gateway is full",
        "/incident draft stakeholders",
    ] {
        world.slash(&bob, &home, typed).await;
    }
    world.click(&bob, &home, "Approve").await;
    world.click(&bob, &home, "Publish").await;
    world.everywhere();
    script.world.advance(minutes(5)).await;
    script
        .types(
            "bob",
            HOME,
            "/incident status identified We restore from the backup",
        )
        .await;
    script.types("bob", HOME, "/incident eta 11:30").await;
    // Only what is new since the last one, and the facts as they stand.
    script
        .types("bob", HOME, "/incident draft stakeholders")
        .await;
    script.clicks("bob", HOME, "Approve").await;
    script.clicks("bob", HOME, "Publish").await;
    script
        .types("bob", HOME, "/incident resolve Restored from the backup")
        .await;
    script.world.advance(minutes(2)).await;
    script
        .types("bob", HOME, "/incident draft stakeholders")
        .await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn customers_read_nothing_internal_and_hear_of_the_end() {
    let mut script = begun(RULES).await;
    script.types("bob", HOME, "/incident draft customers").await;
    script.clicks("bob", HOME, "Edit").await;
    let mended =
        "*What happened:* Card payments fail @bob #general P0\n*Impact:* Cards are refused";
    script.submits("bob", &[("Text", mended)]).await;
    script.clicks("bob", HOME, "Approve").await;
    script.clicks("bob", HOME, "Edit").await;
    let mended = "*What happened:* Card payments fail\n*Impact:* Cards are refused\n*Current state:* We are on it\n*Expected recovery:* 11:30 UTC\n*Scope:* Card payments";
    script.submits("bob", &[("Text", mended)]).await;
    script.clicks("bob", HOME, "Approve").await;
    script.clicks("bob", HOME, "Publish").await;
    script
        .types("bob", HOME, "/incident resolve Rolled back")
        .await;
    script.world.advance(minutes(2)).await;
    script.types("bob", HOME, "/incident draft customers").await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn an_edit_takes_the_approval_back_and_a_stale_edit_is_refused() {
    let mut script = begun(RULES).await;
    script
        .types("bob", HOME, "/incident draft stakeholders")
        .await;
    script.clicks("bob", HOME, "Approve").await;
    script.clicks("alice", HOME, "Edit").await;
    script.clicks("bob", HOME, "Edit").await;
    script
        .submits("alice", &[("Text", "Cards fail. We roll back.")])
        .await;
    // Bob has the old text before him.
    script.submits("bob", &[("Text", "All is well.")]).await;
    script.clicks("bob", HOME, "Publish").await;
    assert_eq!(published(&script, "C0EXEC"), [""; 0]);
    script.clicks("bob", HOME, "Approve").await;
    script.clicks("bob", HOME, "Publish").await;
    script.world.bob().close(None).await.unwrap();
    // Too late for everything else.
    let world = &mut script.world;
    let home = world.find(HOME);
    let bob = world.bob();
    for typed in [
        "/incident draft stakeholders",
        "/incident draft stakeholders",
    ] {
        world.sleep(minutes(2));
        world.slash(&bob, &home, typed).await;
    }
    script.heading("two more, one after the other");
    script.look();
    script.clicks("alice", HOME, "Discard").await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn two_approvals_are_those_of_two_persons() {
    let rules = RULES.replace("[customers]", "[customers]\napprovals = 2");
    let mut script = begun(&rules).await;
    script.types("bob", HOME, "/incident draft customers").await;
    script.clicks("bob", HOME, "Approve").await;
    script.clicks("bob", HOME, "Approve").await;
    script.clicks("bob", HOME, "Publish").await;
    assert_eq!(published(&script, "C0CUSTOMERS"), [""; 0]);
    script.clicks("alice", HOME, "Approve").await;
    script.clicks("bob", HOME, "Publish").await;
    assert_eq!(published(&script, "C0CUSTOMERS").len(), 1);
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn with_no_channel_the_words_are_there_to_copy() {
    let rules = RULES
        .replace("[customers]\nchannel = \"C0CUSTOMERS\"", "")
        .replacen(
            "stakeholders = [\"C0EXEC\"]",
            "stakeholders = [\"boss@example.com\"]",
            1,
        );
    let mut script = begun(&rules).await;
    script.types("bob", HOME, "/incident draft customers").await;
    script.clicks("bob", HOME, "Approve").await;
    script.clicks("bob", HOME, "Publish").await;
    script
        .types("bob", HOME, "/incident draft stakeholders")
        .await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn words_of_the_teams_own() {
    let rules = format!("{RULES}\n[drafts]\ntemplates = \"words\"\n");
    let own = "*{{ title }}* at {{ declared_at | when }}: {{ status | status }}.\n{% if impact %}{{ impact }}{% else %}Impact unknown.{% endif %}";
    let files = [("words/stakeholders.en.md.j2", own)];
    let mut script = begun_in(World::with_files(&rules, &files).await).await;
    script
        .types("bob", HOME, "/incident draft stakeholders")
        .await;
    insta::assert_snapshot!(script.end().await);
}

#[test]
fn a_broken_template_stops_the_start_and_names_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("balefire.toml");
    std::fs::write(&file, "[drafts]\ntemplates = \".\"\n").unwrap();
    let broken = "*{{ title }}*\n\n{{ customer_name }}\n";
    std::fs::write(folder.path().join("customers.en.md.j2"), broken).unwrap();
    let error = balefire::config::load_settings(Some(&file)).unwrap_err();
    let said = error
        .to_string()
        .replace(folder.path().to_str().unwrap(), "");
    insta::assert_snapshot!(said, @"/./customers.en.md.j2:3: undefined value: `customer_name` is undefined");
}
