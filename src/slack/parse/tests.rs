use chrono::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::domain::rules::default_severities;

/// A Wednesday.
fn now() -> Time {
    chrono::Utc
        .with_ymd_and_hms(2026, 5, 20, 12, 0, 0)
        .single()
        .expect("it is a time")
}

fn read(text: &str) -> Result<Request, Refusal> {
    parse(text, &Rules::default(), now())
}

/// The request as a short line, so that a table stays legible.
fn shown(text: &str) -> String {
    match read(text) {
        Ok(Request::Home) => "home".into(),
        Ok(Request::Declare(declaration)) => format!("declare {}", shown_declaration(&declaration)),
        Ok(Request::DeclareForm(declaration)) => {
            format!("declare form {}", shown_declaration(&declaration))
        }
        Ok(Request::On { incident, order }) => {
            let place = incident.map_or_else(|| "here".into(), |id| id.to_string());
            match order {
                Order::Command(command) => format!("{place}: {command:?}"),
                Order::Take(role) => format!("{place}: take {role}"),
                Order::Form(kind, prefill) => {
                    let filled = if prefill == Prefill::default() {
                        ""
                    } else {
                        " filled"
                    };
                    format!("{place}: form {kind:?}{filled}")
                }
            }
        }
        Ok(Request::Ask(question)) => format!("{question:?}"),
        Err(refusal) => format!("refused: {refusal:?}"),
    }
}

fn shown_declaration(declaration: &Declaration) -> String {
    format!(
        "{} {:?} {:?}",
        declaration.severity.as_deref().unwrap_or("-"),
        declaration.services,
        declaration.title
    )
}

fn check(cases: &[(&str, &str)]) {
    for (text, wanted) in cases {
        assert_eq!(shown(text), *wanted, "{text:?}");
    }
}

#[test]
fn nothing_is_home() {
    check(&[("", "home"), ("  \u{a0}\n\u{3000}", "home")]);
}

#[test]
fn declarations() {
    check(&[
        ("declare", r#"declare form - [] """#),
        ("declare P1", r#"declare form P1 [] """#),
        (
            "declare P1 service:payments",
            r#"declare form P1 ["payments"] """#,
        ),
        (
            "declare P0 Checkout is down",
            r#"declare P0 [] "Checkout is down""#,
        ),
        (
            "DECLARE p0 Checkout is down\n",
            r#"declare P0 [] "Checkout is down""#,
        ),
        (
            "declare critical Checkout is down",
            r#"declare P0 [] "Checkout is down""#,
        ),
        (
            "declare Checkout is down",
            r#"declare - [] "Checkout is down""#,
        ),
        (
            "declare P0: Checkout is down",
            r#"declare P0 [] "Checkout is down""#,
        ),
        (
            "declare P0 - Checkout is down",
            r#"declare P0 [] "Checkout is down""#,
        ),
        (
            "declare P0 service:payments Checkout is down",
            r#"declare P0 ["payments"] "Checkout is down""#,
        ),
        (
            "declare service:payments service:checkout P0 Down",
            r#"declare P0 ["payments", "checkout"] "Down""#,
        ),
        (
            "declare P0 Down service:“search index”",
            r#"declare P0 ["search index"] "Down""#,
        ),
        (
            "declare P0 “Checkout is down”",
            r#"declare P0 [] "Checkout is down""#,
        ),
        (
            "declare P0 \"a\" and \"b\"",
            r#"declare P0 [] "\"a\" and \"b\"""#,
        ),
        (
            "declare service: nothing works",
            r#"declare - [] "service: nothing works""#,
        ),
        (
            "declare P0 <!channel> &lt;b&gt; &amp; <https://x.example|x.example>",
            r#"declare P0 [] "@channel <b> & https://x.example""#,
        ),
        (
            "declare INC-2026-001 again",
            r#"declare - [] "INC-2026-001 again""#,
        ),
        (
            "declare P0-level outage",
            r#"declare - [] "P0-level outage""#,
        ),
        (
            "declare Highway is closed",
            r#"declare - [] "Highway is closed""#,
        ),
        ("申报 P0 支付挂了", r#"declare P0 [] "支付挂了""#),
        ("申报　Ｐ０　支付挂了", r#"declare P0 [] "支付挂了""#),
        ("申报 P0支付挂了", r#"declare P0 [] "支付挂了""#),
        ("申报 P0，支付挂了", r#"declare P0 [] "支付挂了""#),
        (
            "申报 P0 服务：支付 支付挂了",
            r#"declare P0 ["支付"] "支付挂了""#,
        ),
        (
            "declare P9 down",
            r#"refused: UnknownSeverity { given: "P9", known: ["P0", "P1", "P2", "P3"] }"#,
        ),
        (
            "declare S3 is down",
            r#"refused: UnknownSeverity { given: "S3", known: ["P0", "P1", "P2", "P3"] }"#,
        ),
        (
            "declare sev2 down",
            r#"refused: UnknownSeverity { given: "sev2", known: ["P0", "P1", "P2", "P3"] }"#,
        ),
        ("declare P1 S3 is down", r#"declare P1 [] "S3 is down""#),
    ]);
}

#[test]
fn a_severity_may_have_a_name_of_several_words_or_a_chinese_one() {
    let mut severities = default_severities();
    severities[0].name = "Very High".into();
    severities[1].name = "高".into();
    severities[2].name = "Very".into();
    let rules = Rules {
        severities,
        ..Rules::default()
    };
    let cases = [
        ("declare very high Load", "P0", "Load"),
        ("declare very Load", "P2", "Load"),
        ("declare 高 负载", "P1", "负载"),
        ("declare 高负载", "-", "高负载"),
    ];
    for (text, severity, title) in cases {
        let Ok(Request::Declare(declaration)) = parse(text, &rules, now()) else {
            panic!("{text:?} declares nothing");
        };
        let read = declaration.severity.as_deref().unwrap_or("-");
        assert_eq!(
            (read, declaration.title.as_str()),
            (severity, title),
            "{text:?}"
        );
    }
}

#[test]
fn updates() {
    let plain = |text: &str| format!("here: PostUpdate {{ text: {text:?}, next: None }}");
    let promising = |text: &str, seconds: i64| {
        let next = Duration::seconds(seconds);
        format!("here: PostUpdate {{ text: {text:?}, next: Some({next:?}) }}")
    };
    let cases = [
        ("update Rolling back", plain("Rolling back")),
        ("Update: Rolling back", plain("Rolling back")),
        (
            "update Rolling back next 30m",
            promising("Rolling back", 1800),
        ),
        (
            "update Rolling back, next 30m.",
            promising("Rolling back", 1800),
        ),
        (
            "update Rolling back. next 1h 30m",
            promising("Rolling back.", 5400),
        ),
        ("update Rolling back next 3s", promising("Rolling back", 3)),
        (
            "update Rolling back next ３０ｍ",
            promising("Rolling back", 1800),
        ),
        (
            "update Rolling back next update in 2 hours",
            promising("Rolling back", 7200),
        ),
        (
            "update next 30m we roll back",
            plain("next 30m we roll back"),
        ),
        ("update see what is next", plain("see what is next")),
        (
            "update we try the context 30m",
            plain("we try the context 30m"),
        ),
        (
            "update ask <@U1|alice> &amp; wait",
            plain("ask @alice & wait"),
        ),
        ("update two\nlines", plain("two\nlines")),
        ("更新 正在回滚，下次 30 分钟", promising("正在回滚", 1800)),
        ("进展：正在回滚，下次半小时", promising("正在回滚", 1800)),
        ("更新　正在回滚", plain("正在回滚")),
    ];
    for (text, wanted) in cases {
        assert_eq!(shown(text), wanted, "{text:?}");
    }
    check(&[
        ("update", "here: form Update"),
        ("update next 30m", "here: form Update filled"),
        ("update INC-2026-001", "INC-2026-001: form Update"),
        (
            "update inc-2026-1 Rolling back",
            r#"INC-2026-001: PostUpdate { text: "Rolling back", next: None }"#,
        ),
        (
            "INC-2026-001 update Rolling back",
            r#"INC-2026-001: PostUpdate { text: "Rolling back", next: None }"#,
        ),
        (
            "update INC-2026-001，正在回滚",
            r#"INC-2026-001: PostUpdate { text: "正在回滚", next: None }"#,
        ),
        (
            "update INC-2026-000 Rolling back",
            r#"refused: UnknownIncident { given: "INC-2026-000" }"#,
        ),
    ]);
}

#[test]
fn where_it_stands() {
    check(&[
        ("status", "here: form Status"),
        (
            "status identified",
            "here: ChangeStatus { to: Identified, text: None }",
        ),
        (
            "status MONITORING the fix is out",
            r#"here: ChangeStatus { to: Monitoring, text: Some("the fix is out") }"#,
        ),
        (
            "状态 已定位",
            "here: ChangeStatus { to: Identified, text: None }",
        ),
        ("status done", r#"refused: UnknownStatus { given: "done" }"#),
        ("severity", "here: form Severity"),
        (
            "severity p1",
            r#"here: ChangeSeverity { to: "P1", reason: None }"#,
        ),
        (
            "severity high only one region",
            r#"here: ChangeSeverity { to: "P1", reason: Some("only one region") }"#,
        ),
        (
            "sev P7 x",
            r#"refused: UnknownSeverity { given: "P7", known: ["P0", "P1", "P2", "P3"] }"#,
        ),
        ("impact", "here: form Impact"),
        (
            "impact No payments",
            r#"here: SetImpact { text: "No payments" }"#,
        ),
        ("影响 无法支付", r#"here: SetImpact { text: "无法支付" }"#),
        ("eta 15:30", r#"here: SetEta { text: "15:30" }"#),
        ("eta", "here: form Eta"),
        ("service", "here: form Services"),
        (
            "service payments, checkout，search",
            r#"here: SetServices { services: ["payments", "checkout", "search"] }"#,
        ),
    ]);
}

#[test]
fn who_does_it() {
    check(&[
        ("ack", "here: Acknowledge"),
        ("Ack INC-2026-002", "INC-2026-002: Acknowledge"),
        ("Ack.", "here: Acknowledge"),
        ("确认", "here: Acknowledge"),
        ("收到！", "here: Acknowledge"),
        ("收到。", "here: Acknowledge"),
        ("take", "here: take owner"),
        ("take comms", "here: take comms"),
        (
            "take INC-2026-002 Comms Lead",
            "INC-2026-002: take comms lead",
        ),
        ("认领", "here: take owner"),
        ("assign", "here: form Assign"),
        ("assign <@U1|alice>", "here: Assign { role: Owner, to: U1 }"),
        ("assign <@W1>", "here: Assign { role: Owner, to: W1 }"),
        (
            "assign <@U1|alice smith> as comms",
            r#"here: Assign { role: Named("comms"), to: U1 }"#,
        ),
        (
            "assign comms to <@U1|alice>",
            r#"here: Assign { role: Named("comms"), to: U1 }"#,
        ),
        ("assign me", "here: take owner"),
        ("assign me comms", "here: take comms"),
        ("指派 <@U1> 负责人", "here: Assign { role: Owner, to: U1 }"),
        (
            "assign @alice",
            r#"refused: UnknownUser { given: "@alice" }"#,
        ),
        (
            "assign <!subteam^S1|@oncall>",
            r#"refused: UnknownUser { given: "@oncall" }"#,
        ),
        ("assign <@U1> <@U2>", "refused: OnePersonAtATime"),
    ]);
}

#[test]
fn what_is_written_down() {
    let on = |date: &str| {
        format!(r#"here: AddAction {{ text: "Fix it", assignee: None, due: Some({date}) }}"#)
    };
    let cases = [
        ("action Fix it due 2026-06-01", "2026-06-01"),
        ("action Fix it, due today", "2026-05-20"),
        ("action Fix it due Tomorrow", "2026-05-21"),
        ("action Fix it due friday", "2026-05-22"),
        ("action Fix it due wed", "2026-05-27"),
        ("action Fix it due: mon", "2026-05-25"),
        ("action Fix it due 6月1日", "2026-06-01"),
        ("action Fix it due 1月2号", "2027-01-02"),
        ("待办 Fix it 截止 明天", "2026-05-21"),
        ("待办 Fix it 截止周五", "2026-05-22"),
        ("待办 Fix it，截止：后天", "2026-05-22"),
    ];
    for (text, date) in cases {
        assert_eq!(shown(text), on(date), "{text:?}");
    }
    check(&[
        ("note", "here: form Record(Note)"),
        ("note Saw a spike", r#"here: Note { text: "Saw a spike" }"#),
        ("decision", "here: form Record(Decision)"),
        (
            "decision Fail over",
            r#"here: RecordDecision { text: "Fail over" }"#,
        ),
        ("action", "here: form Record(Action)"),
        ("action <@U1>", "here: form Record(Action) filled"),
        (
            "action Fix it <@U1|bob>",
            r#"here: AddAction { text: "Fix it", assignee: Some(U1), due: None }"#,
        ),
        (
            "action <@U1|bob> Fix it",
            r#"here: AddAction { text: "Fix it", assignee: Some(U1), due: None }"#,
        ),
        (
            "action Fix it <@U1|bob> due 2026-06-01",
            r#"here: AddAction { text: "Fix it", assignee: Some(U1), due: Some(2026-06-01) }"#,
        ),
        (
            "action Fix it due 2026-06-01 <@U1|bob>",
            r#"here: AddAction { text: "Fix it", assignee: Some(U1), due: Some(2026-06-01) }"#,
        ),
        (
            "action Ask <@U1|bob> about it",
            r#"here: AddAction { text: "Ask @bob about it", assignee: None, due: None }"#,
        ),
        (
            "action Errors due to timeouts",
            r#"here: AddAction { text: "Errors due to timeouts", assignee: None, due: None }"#,
        ),
        (
            "action Fix it due 2026-13-01",
            r#"refused: BadDate { given: "2026-13-01" }"#,
        ),
        (
            "draft stakeholders",
            "here: WriteDraft { audience: Stakeholders }",
        ),
        (
            "draft Customers",
            "here: WriteDraft { audience: Customers }",
        ),
        ("草稿 客户", "here: WriteDraft { audience: Customers }"),
        ("草稿 客户通告", "here: WriteDraft { audience: Customers }"),
        (
            "草稿 内部通报",
            "here: WriteDraft { audience: Stakeholders }",
        ),
        ("draft", r#"refused: UnknownAudience { given: "" }"#),
        (
            "draft press",
            r#"refused: UnknownAudience { given: "press" }"#,
        ),
    ]);
}

#[test]
fn nags_and_the_end() {
    let by = |minutes| format!("here: Snooze {{ by: {:?} }}", Duration::minutes(minutes));
    for (text, minutes) in [
        ("snooze 30m", 30),
        ("snooze for 1h 30m", 90),
        ("snooze 90 min", 90),
        ("snooze 30M", 30),
        ("推迟 30分钟", 30),
        ("稍后 １小时", 60),
    ] {
        assert_eq!(shown(text), by(minutes), "{text:?}");
    }
    check(&[
        ("snooze", "here: form Snooze"),
        ("snooze 30", r#"refused: BadDuration { given: "30" }"#),
        ("snooze later", r#"refused: BadDuration { given: "later" }"#),
        (
            "snooze 999999999999999y",
            r#"refused: BadDuration { given: "999999999999999y" }"#,
        ),
        ("resolve", "here: Resolve { summary: None }"),
        (
            "resolve Rolled back to v41",
            r#"here: Resolve { summary: Some("Rolled back to v41") }"#,
        ),
        (
            "解决 已回滚",
            r#"here: Resolve { summary: Some("已回滚") }"#,
        ),
        (
            "解决方案已上线",
            r#"refused: UnknownVerb { given: "解决方案已上线", nearest: None }"#,
        ),
        ("reopen", "here: form Reopen"),
        (
            "reopen It is back",
            r#"here: Reopen { reason: "It is back" }"#,
        ),
        ("cancel", "here: form Cancel"),
        ("cancel A drill", r#"here: Cancel { reason: "A drill" }"#),
        ("close", "here: Close"),
    ]);
}

#[test]
fn questions() {
    let one = "Some(Id(IncidentId { year: 2026, number: 1 }))";
    let cases = [
        ("show", "Show(None)".into()),
        ("show INC-2026-001", format!("Show({one})")),
        ("INC-2026-001", format!("Show({one})")),
        ("INC-2026-001 why", format!("Why({one})")),
        ("show 12", "Show(Some(Number(12)))".into()),
        ("timeline #12", "Timeline(Some(Number(12)))".into()),
        ("why inc-2026-1", format!("Why({one})")),
        ("why", "Why(None)".into()),
        ("list", "List(Open)".into()),
        ("list MINE", "List(Mine)".into()),
        ("list all", "List(All)".into()),
        ("列表 未结束", "List(Open)".into()),
        ("help", "Help(None)".into()),
        ("?", "Help(None)".into()),
        ("help 认领", "Help(Some(\"take\"))".into()),
        ("help me", "Help(None)".into()),
        ("oncall", "NotThereYet(\"oncall\")".into()),
        ("search redis", "NotThereYet(\"search\")".into()),
        ("merge INC-2026-001", "NotThereYet(\"merge\")".into()),
        (
            "show it",
            r#"refused: UnknownIncident { given: "it" }"#.into(),
        ),
        ("why 0", r#"refused: UnknownIncident { given: "0" }"#.into()),
        (
            "list done",
            r#"refused: UnknownList { given: "done" }"#.into(),
        ),
    ];
    for (text, wanted) in cases {
        assert_eq!(shown(text), wanted, "{text:?}");
    }
}

#[test]
fn a_slip_of_the_finger_is_understood() {
    let cases = [
        ("udpate x", Some("update")),
        ("declrae x", Some("declare")),
        ("resolv", Some("resolve")),
        ("akc", Some("ack")),
        ("tkae", Some("take")),
        ("snoze 3m", Some("snooze")),
        ("acknowlege", Some("ack")),
        ("Checkout is down", None),
        ("xyz", None),
        ("Checkout. It is down", None),
        ("正在回滚", None),
    ];
    for (text, wanted) in cases {
        match read(text) {
            Err(Refusal::UnknownVerb { nearest, .. }) => assert_eq!(nearest, wanted, "{text:?}"),
            other => panic!("{text:?} is {other:?}"),
        }
    }
}

#[test]
fn what_is_quoted_back_is_short_and_without_markup() {
    let Err(Refusal::UnknownVerb { given, .. }) = read(&format!("<!channel>{}", "x".repeat(500)))
    else {
        panic!("it is no verb");
    };
    assert!(
        given.starts_with("@channel") && given.chars().count() <= 60,
        "{given}"
    );
}

#[test]
fn a_mention_is_read_from_where_we_are_named() {
    let us = UserId::new("UBOT");
    let cases = [
        ("<@UBOT> update x", "update x"),
        ("<@UBOT|balefire>: update x", "update x"),
        ("hey <@U1> and <@UBOT>, ack", "ack"),
        ("<@UBOT> assign <@U1>", "assign <@U1>"),
        ("<@UBOT>、收到！", "收到！"),
        ("<@UBOT>", ""),
        (" update <@ x ", "update <@ x"),
    ];
    for (text, wanted) in cases {
        assert_eq!(after_mention(text, &us), wanted, "{text:?}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = read(&text);
    }

    #[test]
    fn no_words_after_a_verb_make_it_panic(
        verb in "declare|update|status|severity|assign|take|action|snooze|show|list|service|draft|更新|申报",
        rest in "([ ,:，<>@|&;U1\"“”'nextdu\u{3000}0-9mh截止月日分]|next |due |service:|<@U1>|INC-2026-){0,20}",
    ) {
        let _ = read(&format!("{verb} {rest}"));
    }

    #[test]
    fn no_markup_gets_through(text in "[<>!@a-z ]{1,30}") {
        if let Ok(Request::On { order: Order::Command(Command::Note { text: noted }), .. }) =
            read(&format!("note {}", crate::slack::mrkdwn::escape(&text)))
        {
            prop_assert_eq!(noted.as_str(), trim(&text));
        }
    }
}
