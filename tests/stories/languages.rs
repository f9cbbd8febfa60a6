//! People in their own language, channels in the team's.

use balefire::standin::world::Human;

use crate::script::Script;
use crate::world::{RULES, World, minutes};

const HOME: &str = "#inc-2026-001";

/// A team in Shanghai, by its own clock.
fn chinese() -> String {
    let rules = RULES
        .replace("Critical", "严重")
        .replace("The system is down", "系统不可用")
        .replace("owner = [\"U0BOB\"]", "owner = [\"U0CHEN\"]")
        .replace(
            "escalate_to = [\"U0CHEN\"]",
            "escalate_to = [\"U0BOB\", \"U0CHEN\"]",
        );
    format!("language = \"zh\"\ntimezone = \"Asia/Shanghai\"\n{rules}")
}

#[tokio::test]
async fn a_short_evening_in_chinese() {
    let mut script = Script::of(World::with_rules(&chinese()).await);
    script
        .types(
            "chen",
            "#incidents",
            "/incident declare P0 service:payments 银行卡支付全部失败",
        )
        .await;
    script.wait(minutes(15)).await;
    script.wait(minutes(5)).await;
    script.clicks("chen", "#incidents", "确认").await;
    script
        .types("chen", HOME, "/incident impact 所有用户都无法刷卡支付")
        .await;
    script
        .types(
            "chen",
            HOME,
            "/incident update 数据库磁盘已满，正在清理，下次 30m",
        )
        .await;
    script.world.advance(minutes(29)).await;
    script.wait(minutes(1)).await;
    script.clicks("chen", HOME, "推迟提醒").await;
    script.submits("chen", &[("多久后再提醒", "30 分钟")]).await;
    script.clicks("chen", HOME, "批准").await;
    script.clicks("chen", HOME, "发布").await;
    script
        .types("chen", HOME, "/incident draft customers")
        .await;
    script
        .types("chen", HOME, "/incident resolve 已清理磁盘，支付恢复")
        .await;
    script.types("chen", HOME, "/incident why").await;
    script.types("chen", HOME, "/incident timeline").await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn one_person_reads_chinese_where_the_channels_are_english() {
    let mut script = Script::of(World::start().await);
    script.types("chen", "#incidents", "/incident").await;
    script.types("chen", "#incidents", "/incident help").await;
    script
        .types("chen", "#incidents", "/incident declare")
        .await;
    script
        .submits(
            "chen",
            &[("出了什么问题？", "Search returns nothing"), ("级别", "P1")],
        )
        .await;
    script
        .types("chen", "#incidents", "/incident severity P9")
        .await;
    script
        .types("chen", "#incidents", "/incident assign @nobody")
        .await;
    script.types("chen", "#incidents", "/incident show").await;
    script.types("chen", "#incidents", "/incident list").await;
    insta::assert_snapshot!(script.end().await);
}

#[tokio::test]
async fn a_language_that_we_do_not_speak_falls_back_to_the_channels() {
    for (language, expected) in [("en", "No incident is open"), ("zh", "没有")] {
        let rules = format!("language = \"{language}\"\n{RULES}");
        let mut world = World::with_rules(&rules).await;
        world.standin.add_person(Human {
            id: "U0DORA".into(),
            name: "dora".into(),
            real_name: "Dora Dias".into(),
            locale: "pt-BR".into(),
            tz: "America/Sao_Paulo".into(),
            tz_offset_s: -10_800,
            color: "#123456".into(),
            is_bot: false,
            deleted: false,
        });
        let dora = world.standin.person("U0DORA");
        dora.join("C0GENERAL").unwrap();
        world.settle().await;
        let answer = world.slash(&dora, "C0GENERAL", "/incident list").await;
        assert!(answer.contains(expected), "{language}: {answer}");
        world.end().await;
    }
}

#[tokio::test]
async fn somebody_changes_their_language_in_the_middle_of_it() {
    let mut world = World::start().await;
    let bob = world.bob();
    let english = world.slash(&bob, "C0GENERAL", "/incident list").await;
    world
        .standin
        .change_person("U0BOB", |bob| bob.locale = "zh-TW".into());
    world.settle().await;
    let chinese = world.slash(&bob, "C0GENERAL", "/incident list").await;
    insta::assert_snapshot!(format!("{english}\n{chinese}"), @r"
    No incident is open.
    目前没有未结束的事故。
    ");
    world.end().await;
}
