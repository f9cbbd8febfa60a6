//! One incident from the first word to the ledger: three people in a browser, and the program as it is delivered.

use crate::browser::{Browser, Program};

/// On the card in the incidents channel, and nowhere else.
const CARD: &str = "-001 · declared by";
const NAG: &str = "@Bob Baker, where does it stand? No update for";
/// On the customers' draft, and not in the answer to who asked for it, which may come before it or after.
const CUSTOMER_DRAFT: &str = "Goes to #customers";

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_is_declared_nagged_published_and_resolved() -> anyhow::Result<()> {
    let demo = Program::demo()?;
    let page = Browser::open(&demo.url, "U0ALICE", (1280, 800)).await?;
    page.go("incidents").await?;
    page.say("/incident declare P0 service:payments Card payments are down")
        .await?;
    page.shows_button(CARD, "Acknowledge").await?;

    page.be("U0BOB").await?;
    page.click(CARD, "Acknowledge").await?;
    page.reads("Investigating").await?;
    page.screenshot("card").await?;

    page.click(CARD, "Post update").await?;
    page.form("Post an update").await?;
    page.press_in_form("Post").await?;
    page.shows("Please complete this required field.").await?;
    let update = "The disk of db-1 is full, we fail over to db-2";
    page.fill("Where does it stand?", update).await?;
    page.screenshot("form").await?;
    page.submit("Post").await?;
    page.reads(update).await?;

    let channel = page.go_to_new("inc-").await?;
    page.reads("Update from @Bob Baker").await?;
    page.jump_minutes(15).await?;
    for button in ["Post update", "No change", "Snooze"] {
        page.shows_button(NAG, button).await?;
    }
    page.shows_button("Draft 1 for stakeholders", "Approve")
        .await?;
    page.screenshot("nag").await?;
    page.click(NAG, "No change").await?;
    page.reads("No change, says @Bob Baker").await?;
    page.reads("@Bob Baker answered after").await?;

    page.be("U0ALICE").await?;
    page.go(&channel).await?;
    page.say("/incident draft customers").await?;
    page.click(CUSTOMER_DRAFT, "Publish").await?;
    page.confirm("Publish").await?;
    page.reads("This draft needs one more approval").await?;
    page.go("customers").await?;
    assert!(
        !page
            .has_message("What happened: Card payments are down")
            .await?,
        "customers read what nobody approved"
    );
    page.go(&channel).await?;
    page.click(CUSTOMER_DRAFT, "Approve").await?;
    page.reads("can be published").await?;
    page.screenshot("draft").await?;
    page.click(CUSTOMER_DRAFT, "Publish").await?;
    page.confirm("Publish").await?;
    page.reads("Published by @Alice Archer").await?;
    page.go("customers").await?;
    page.reads("What happened: Card payments are down").await?;
    page.screenshot("customers").await?;

    let still = page.menu_outlives_news().await?;
    assert!(still, "news closed a menu that somebody was choosing from");
    page.be("U0CHEN").await?;
    page.go("incidents").await?;
    let id = channel[.."inc-2026-001".len()].to_uppercase();
    page.say(&format!("/incident show {id}")).await?;
    page.reads("负责人").await?;
    page.screenshot("chinese").await?;

    page.be("U0BOB").await?;
    page.go("incidents").await?;
    page.click(CARD, "Resolve").await?;
    page.form("Resolve the incident").await?;
    let summary = "A full disk; db-2 has taken over";
    page.fill("What was it, and what mended it?", summary)
        .await?;
    page.submit("Resolve").await?;
    page.shows_button(CARD, "Reopen").await?;
    page.reads("✅ Resolved").await?;
    page.screenshot("resolved").await?;

    page.go(&channel).await?;
    assert!(!page.has_message(NAG).await?, "an answered nag still asks");
    page.jump_minutes(15).await?;
    // A lane is told in order, so whatever the jump had woken stands above this.
    page.say("/incident note Watching it for a while").await?;
    page.reads("Note by @Bob Baker").await?;
    let asked_again = page.has_message("where does it stand?").await?;
    assert!(!asked_again, "a nag about an incident that is over");
    page.say("/incident why").await?;
    page.reads("@Bob Baker answered “no change”").await?;
    page.reads("The incident is over: no reminder will follow.")
        .await?;
    page.screenshot("ledger").await?;
    page.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_is_walked_through_by_its_own_steps() -> anyhow::Result<()> {
    let demo = Program::demo()?;
    let page = Browser::open(&demo.url, "U0ALICE", (1280, 800)).await?;
    page.step_and_send(1).await?;
    page.shows_button(CARD, "Acknowledge").await?;
    page.screenshot("demo").await?;
    page.step(2).await?;
    page.click(CARD, "Acknowledge").await?;
    page.reads("Investigating").await?;
    page.step_and_send(3).await?;
    page.reads("All card payments are declined").await?;
    page.step(4).await?;
    page.shows_button("where does it stand?", "No change")
        .await?;
    page.step_and_send(5).await?;
    page.reads("Next update promised for").await?;
    page.step_and_send(6).await?;
    page.click(CUSTOMER_DRAFT, "Publish").await?;
    page.confirm("Publish").await?;
    page.reads("This draft needs one more approval").await?;
    page.click(CUSTOMER_DRAFT, "Approve").await?;
    page.reads("can be published").await?;
    page.click(CUSTOMER_DRAFT, "Publish").await?;
    page.confirm("Publish").await?;
    page.reads("Published by @Alice Archer").await?;
    page.step(7).await?;
    page.reads("Impact: All card payments are declined").await?;
    page.step_and_send(8).await?;
    page.reads("负责人").await?;
    page.step_and_send(9).await?;
    page.reads("@Bob Baker resolved the incident").await?;
    page.step_and_send(10).await?;
    page.reads("Reminder 1").await?;
    page.shows("That is all of it.").await?;
    page.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_is_declared_by_form_in_chinese() -> anyhow::Result<()> {
    let demo = Program::demo()?;
    let page = Browser::open(&demo.url, "U0CHEN", (1280, 800)).await?;
    page.go("incidents").await?;
    page.say("/incident declare").await?;
    page.form("上报事故").await?;
    page.press_in_form("上报").await?;
    page.shows("Please complete this required field.").await?;
    page.fill("出了什么问题？", "退款失败").await?;
    page.pick("受影响的服务", "refunds").await?;
    page.pick("级别", "P1 高").await?;
    page.screenshot("chinese_form").await?;
    page.submit("上报").await?;
    page.shows_button("P1 · 退款失败", "Acknowledge").await?;
    page.close().await
}
