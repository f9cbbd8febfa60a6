//! The stand-in's page, used by people in a real browser. It needs Chromium and chromedriver (see `browser.rs`).

mod bot;
mod browser;
mod story;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use balefire::standin::{Options, Rates, StandIn, StoryStep};
use bot::Bot;
use browser::Browser;
use serde_json::json;

const TOKEN: &str = "xoxb-page";
const NOON_MS: i64 = 1_763_640_000_000;

/// A stand-in with a clock that only the page's buttons move, and the small bot beside it.
async fn stand_in() -> anyhow::Result<(StandIn, balefire::standin::Listening, Bot)> {
    let now = Arc::new(AtomicI64::new(NOON_MS));
    let (read, write) = (now.clone(), now);
    let mut options = Options::new(
        Arc::new(move || read.load(Ordering::SeqCst)),
        "secret",
        TOKEN,
    );
    options.on_jump = Some(Arc::new(move |ms| {
        write.fetch_add(ms, Ordering::SeqCst);
    }));
    // The world's clock stands still, so that two messages come in "the same second".
    options.rates = Rates::Off;
    options.story = vec![StoryStep {
        person: "U0BOB".into(),
        say: "Bob asks what can be done".into(),
        try_this: Some("/incident help me".into()),
        channel: Some("C0GENERAL".into()),
        jump_s: None,
    }];
    let stand_in = StandIn::new(options);
    let listening = stand_in.listen().await?;
    let (bot, url) = Bot::start(&listening.url, TOKEN).await?;
    stand_in.set_bot_url(Some(&url));
    Ok((stand_in, listening, bot))
}

#[tokio::test(flavor = "multi_thread")]
async fn people_talk() -> anyhow::Result<()> {
    let (_stand_in, listening, _bot) = stand_in().await?;
    let page = Browser::open(&listening.url, "U0ALICE", (1280, 800)).await?;

    page.go("incidents").await?;
    page.say("It's \"down\", *now*, @bob! <script>alert(1)</script>")
        .await?;
    page.reads("It's \"down\", now, @Bob Baker! <script>alert(1)</script>")
        .await?;
    page.tool("It's", "React with :eyes:").await?;
    page.shows_button("It's", ":eyes: 1").await?;

    page.be("U0BOB").await?;
    page.click("It's", ":eyes: 1").await?;
    page.shows_button("It's", ":eyes: 2").await?;
    page.reply("It's", "正在看日志").await?;
    page.screenshot("thread").await?;

    page.be("U0ALICE").await?;
    page.open_thread("It's").await?;
    page.reads("正在看日志").await?;
    page.tool("It's", "Edit message").await?;
    page.edit("All is well, @chen").await?;
    page.reads("All is well, @陈伟 Chen Wei").await?;
    page.tool("All is well", "Delete message").await?;
    page.confirm("Delete").await?;
    page.reads("This message was deleted").await?;
    page.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_is_clicked_and_filled_in() -> anyhow::Result<()> {
    let (_stand_in, listening, bot) = stand_in().await?;
    let page = Browser::open(&listening.url, "U0ALICE", (1280, 800)).await?;
    page.go("incidents").await?;
    bot.call(
        "chat.postMessage",
        json!({"channel": "C0INCIDENTS", "text": "A card", "blocks": bot::card()}),
    )
    .await?;
    page.reads("Owner: @Bob Baker · 🟠 P1 since 2025-11-20")
        .await?;

    page.click_outlives_news().await?;
    page.click("INC-2026-001", "Acknowledge").await?;
    page.reads("@Alice Archer chose yes in \"ack\"").await?;
    page.click("INC-2026-001", "Resolve").await?;
    page.confirm("Resolve now").await?;
    page.reads("@Alice Archer chose done in \"resolve\"")
        .await?;
    page.click_more("INC-2026-001", "Show the timeline").await?;
    page.reads("@Alice Archer chose timeline in \"more\"")
        .await?;

    page.say("/incident form").await?;
    page.form("What broke?").await?;
    page.press_in_form("Declare").await?;
    page.shows("Please complete this required field.").await?;
    page.fill("Title", "bad").await?;
    page.pick("Severity", "P0 Critical").await?;
    page.pick("Owner", "Bob Baker").await?;
    page.press_in_form("Declare").await?;
    page.shows("Say what is broken").await?;
    page.screenshot("form_with_an_error").await?;
    page.fill("Title", "Checkout").await?;
    page.submit("Declare").await?;
    page.reads("Filled in: Checkout \"P0\" \"U0BOB\"").await?;
    page.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_fills_the_composer_and_the_clock_jumps() -> anyhow::Result<()> {
    let (stand_in, listening, _bot) = stand_in().await?;
    let page = Browser::open(&listening.url, "U0ALICE", (1024, 700)).await?;
    page.press_button("Do it: Bob asks what can be done")
        .await?;
    page.shows("You are Bob Baker").await?;
    page.send().await?;
    page.reads("You said help me").await?;
    page.reads("Only visible to you").await?;

    page.shows("Thu 20 Nov 07:00").await?;
    page.jump_minutes(15).await?;
    page.shows("Thu 20 Nov 07:15").await?;
    page.be("U0CHEN").await?;
    page.shows("Thu 20 Nov 20:15").await?;
    assert!(
        !page.has_message("You said help me").await?,
        "what only Bob sees is shown to Chen"
    );

    // A bot that is gone: Slack says so where the command was typed.
    stand_in.set_bot_url(None);
    page.say("/incident help").await?;
    page.shows("/incident failed").await?;
    page.screenshot("small_window").await?;
    page.close().await
}
