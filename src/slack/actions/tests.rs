use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::*;
use crate::ids::{ChannelId, TeamId};
use crate::slack::inbound::Ticket;

fn click(action: &str, value: Option<&str>, chosen: Option<Value>) -> Click {
    Click {
        team: TeamId::new("T1"),
        user: UserId::new("U1"),
        channel: Some(ChannelId::new("C1")),
        message_ts: None,
        thread_ts: None,
        is_ephemeral: false,
        view: None,
        action_id: action.to_owned(),
        block_id: String::new(),
        value: value.map(str::to_owned),
        chosen,
        trigger_id: Ticket::new(""),
        response_url: None,
        action_ts: String::new(),
    }
}

const CARD: &str = r#"{"i":"INC-2026-001","s":"P0","n":3,"o":"U7"}"#;
const DRAFT: &str = r#"{"i":"INC-2026-001","d":2,"r":5}"#;
const REPORT: &str = r#"{"c":"C9","t":"1718000000.000100"}"#;

#[test]
fn every_button_is_read() {
    let cases = [
        ("card.acknowledge", CARD, "Acknowledge"),
        ("card.update", CARD, "open Update P0"),
        ("card.status", CARD, "open Status P0"),
        ("card.severity", CARD, "open Severity P0"),
        ("card.assign", CARD, "open Assign P0"),
        ("card.resolve", CARD, "open Resolve P0"),
        ("card.reopen", CARD, "open Reopen P0"),
        ("card.close", CARD, "Close"),
        ("nag.update", CARD, "open Update P0"),
        ("nag.no_change", CARD, "NoChange { nag: Some(3) }"),
        ("nag.snooze", CARD, "open Snooze P0"),
        ("draft.edit", DRAFT, "open EditDraft - (2, 5)"),
        (
            "draft.approve",
            DRAFT,
            "ApproveDraft { number: 2, revision: Some(5) }",
        ),
        ("draft.publish", DRAFT, "PublishDraft { number: 2 }"),
        ("draft.discard", DRAFT, "DiscardDraft { number: 2 }"),
        ("report.declare", REPORT, "declare C9 1718000000.000100"),
        ("report.dismiss", REPORT, "dismiss C9 1718000000.000100"),
        ("home.declare", "declare", "open Declare -"),
        ("again", "update x", "again update x"),
        // A value of the wrong kind, or none of ours.
        ("card.update", DRAFT, "ignored"),
        ("draft.publish", CARD, "ignored"),
        ("report.declare", "{}", "ignored"),
        ("card.update", "", "ignored"),
        ("somebody.else", CARD, "ignored"),
    ];
    for (action, value, wanted) in cases {
        let shown = match pressed(&click(action, Some(value), None)) {
            Pressed::Command(incident, command) => {
                assert_eq!(incident.to_string(), "INC-2026-001");
                format!("{command:?}")
            }
            Pressed::Open(kind, _, prefill) => {
                let severity = prefill.severity.map_or("-".into(), |id| id.to_string());
                let draft = prefill
                    .draft
                    .map_or(String::new(), |draft| format!(" {draft:?}"));
                format!("open {kind:?} {severity}{draft}")
            }
            Pressed::DeclareReport(at) => format!("declare {} {}", at.channel, at.ts),
            Pressed::DismissReport(at) => format!("dismiss {} {}", at.channel, at.ts),
            Pressed::Again(text) => format!("again {text}"),
            Pressed::Ask(incident) => format!("ask {incident}"),
            Pressed::Ignored => "ignored".into(),
        };
        assert_eq!(shown, wanted, "{action} {value}");
    }
}

#[test]
fn every_choice_of_the_menu_is_read() {
    let incident = IncidentId {
        year: 2026,
        number: 1,
    };
    let wanted = |more| match more {
        More::Impact => Pressed::Open(FormKind::Impact, Some(incident), Prefill::default()),
        More::Note => Pressed::Open(
            FormKind::Record(RecordKind::Note),
            Some(incident),
            Prefill::default(),
        ),
        More::Stakeholders => Pressed::Command(
            incident,
            Command::WriteDraft {
                audience: Audience::Stakeholders,
            },
        ),
        More::Customers => Pressed::Command(
            incident,
            Command::WriteDraft {
                audience: Audience::Customers,
            },
        ),
        More::Timeline => Pressed::Ask(incident),
    };
    for more in More::ALL {
        let chosen = Value::Option(more.value(incident));
        let click = click("card.more", None, Some(chosen));
        assert_eq!(pressed(&click), wanted(more));
    }
    assert_eq!(pressed(&click("card.more", None, None)), Pressed::Ignored);
}

fn submission(callback: &str, metadata: &str, values: &[(&str, Value)]) -> Submission {
    Submission {
        team: TeamId::new("T1"),
        user: UserId::new("U1"),
        view_id: "V1".into(),
        hash: None,
        callback_id: callback.to_owned(),
        private_metadata: metadata.to_owned(),
        values: values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect::<BTreeMap<_, _>>(),
        trigger_id: Ticket::new(""),
        response_urls: vec![],
    }
}

const INCIDENT: &str = r#"{"i":"INC-2026-001","c":"C1"}"#;
const EDITING: &str = r#"{"i":"INC-2026-001","c":"C1","d":2,"r":5}"#;

#[test]
fn every_form_is_read() {
    let text = |text: &str| Value::Text(text.to_owned());
    let option = |value: &str| Value::Option(value.to_owned());
    let user = |id: &str| Value::User(UserId::new(id));
    // The form, what it carries, what was filled in, and what is read.
    type Case = (
        &'static str,
        &'static str,
        Vec<(&'static str, Value)>,
        &'static str,
    );
    let cases: Vec<Case> = vec![
        (
            "form.update",
            INCIDENT,
            vec![
                ("text", text(" <b> & so on ")),
                ("next", option("as_usual")),
            ],
            r#"[PostUpdate { text: "<b> & so on", next: None }]"#,
        ),
        (
            "form.update",
            INCIDENT,
            vec![("text", text("x")), ("next", option("1h"))],
            r#"[PostUpdate { text: "x", next: Some(TimeDelta { secs: 3600, nanos: 0 }) }]"#,
        ),
        (
            "form.update",
            INCIDENT,
            vec![("text", text("x")), ("next", option("soon"))],
            r#"refused: BadDuration { given: "soon" }"#,
        ),
        // The domain refuses it, with the words for an empty update.
        (
            "form.update",
            INCIDENT,
            vec![("text", text("   "))],
            r#"[PostUpdate { text: "", next: None }]"#,
        ),
        (
            "form.status",
            INCIDENT,
            vec![("status", option("identified")), ("text", text("why"))],
            r#"[ChangeStatus { to: Identified, text: Some("why") }]"#,
        ),
        (
            "form.status",
            INCIDENT,
            vec![],
            r#"refused: UnknownStatus { given: "" }"#,
        ),
        (
            "form.severity",
            INCIDENT,
            vec![("severity", option("P1"))],
            r#"[ChangeSeverity { to: "P1", reason: None }]"#,
        ),
        (
            "form.assign",
            INCIDENT,
            vec![("for", user("U9"))],
            "[Assign { role: Owner, to: U9 }]",
        ),
        (
            "form.assign",
            INCIDENT,
            vec![("for", user("U9")), ("role", text("Comms"))],
            r#"[Assign { role: Named("comms"), to: U9 }]"#,
        ),
        (
            "form.assign",
            INCIDENT,
            vec![],
            r#"refused: UnknownUser { given: "" }"#,
        ),
        (
            "form.impact",
            INCIDENT,
            vec![("impact", text("a")), ("eta", text("b"))],
            r#"[SetImpact { text: "a" }, SetEta { text: "b" }]"#,
        ),
        (
            "form.impact",
            INCIDENT,
            vec![("eta", text("b"))],
            r#"[SetEta { text: "b" }]"#,
        ),
        (
            "form.impact",
            INCIDENT,
            vec![],
            r#"refused: EmptyText { verb: "impact" }"#,
        ),
        (
            "form.eta",
            INCIDENT,
            vec![("eta", text("15:30"))],
            r#"[SetEta { text: "15:30" }]"#,
        ),
        (
            "form.service",
            INCIDENT,
            vec![("service", text("a, b"))],
            r#"[SetServices { services: ["a", "b"] }]"#,
        ),
        (
            "form.service",
            INCIDENT,
            vec![("service", Value::Options(vec!["a".into()]))],
            r#"[SetServices { services: ["a"] }]"#,
        ),
        (
            "form.record",
            INCIDENT,
            vec![("kind", option("note")), ("text", text("a"))],
            r#"[Note { text: "a" }]"#,
        ),
        (
            "form.record",
            INCIDENT,
            vec![("kind", option("decision")), ("text", text("a"))],
            r#"[RecordDecision { text: "a" }]"#,
        ),
        (
            "form.record",
            INCIDENT,
            vec![
                ("kind", option("action")),
                ("text", text("a")),
                ("for", user("U9")),
                (
                    "due",
                    Value::Date(NaiveDate::from_ymd_opt(2026, 6, 1).expect("it is a day")),
                ),
            ],
            r#"[AddAction { text: "a", assignee: Some(U9), due: Some(2026-06-01) }]"#,
        ),
        (
            "form.resolve",
            INCIDENT,
            vec![],
            "[Resolve { summary: None }]",
        ),
        (
            "form.reopen",
            INCIDENT,
            vec![("reason", text("a"))],
            r#"[Reopen { reason: "a" }]"#,
        ),
        (
            "form.cancel",
            INCIDENT,
            vec![("reason", text("a"))],
            r#"[Cancel { reason: "a" }]"#,
        ),
        (
            "form.snooze",
            INCIDENT,
            vec![("next", option("30m"))],
            "[Snooze { by: TimeDelta { secs: 1800, nanos: 0 } }]",
        ),
        (
            "form.snooze",
            INCIDENT,
            vec![],
            r#"refused: BadDuration { given: "" }"#,
        ),
        (
            "form.draft",
            EDITING,
            vec![("text", text("new"))],
            r#"[EditDraft { number: 2, revision: 5, text: "new" }]"#,
        ),
        ("form.draft", INCIDENT, vec![], "refused: UnreadableForm"),
        ("form.update", "", vec![], "refused: UnreadableForm"),
        (
            "form.update",
            r#"{"c":"C1"}"#,
            vec![],
            "refused: UnreadableForm",
        ),
        ("notice", "", vec![], "nothing"),
    ];
    for (callback, metadata, values, wanted) in cases {
        let shown = match submitted(&submission(callback, metadata, &values)) {
            Ok(Submitted::Commands(incident, commands)) => {
                assert_eq!(incident.to_string(), "INC-2026-001");
                format!("{commands:?}")
            }
            Ok(Submitted::Declare(declaration)) => format!("{declaration:?}"),
            Ok(Submitted::Nothing) => "nothing".into(),
            Err(refusal) => format!("refused: {refusal:?}"),
        };
        assert_eq!(shown, wanted, "{callback} {values:?}");
    }
}

#[test]
fn a_declaration_is_read_whole() {
    let values = [
        ("title", Value::Text("Checkout is down".into())),
        ("severity", Value::Option("P0".into())),
        (
            "service",
            Value::Options(vec!["payments".into(), "checkout".into()]),
        ),
        ("owner", Value::User(UserId::new("U9"))),
    ];
    let wanted = Declaration {
        title: "Checkout is down".into(),
        severity: Some("P0".into()),
        services: vec!["payments".into(), "checkout".into()],
        impact: None,
        owner: Some(UserId::new("U9")),
    };
    assert_eq!(
        submitted(&submission("form.declare", r#"{"c":"C1"}"#, &values)),
        Ok(Submitted::Declare(wanted))
    );
}
