use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::clock::Time;
use crate::domain::draft_template::LintFinding;
use crate::domain::incident::Actor;
use crate::ids::{TeamId, UserId};
use crate::slack::inbound::{Ticket, Value as Filled};
use crate::slack::render::form::Metadata;

fn stamp() -> Stamp {
    Stamp {
        by: Actor::Person(UserId::new("UBOB")),
        at: Time::from_timestamp(1_779_271_500, 0).expect("it is a time"),
    }
}

fn all() -> Vec<Refusal> {
    let incident = |number| IncidentId { year: 2026, number };
    let given = || "x<y".to_owned();
    let finished = |status| Refusal::AlreadyFinished {
        status,
        stamp: stamp(),
    };
    vec![
        Refusal::AlreadyAcknowledged(stamp()),
        finished(StatusName::Resolved),
        finished(StatusName::Closed),
        finished(StatusName::Cancelled),
        Refusal::NotResolved,
        Refusal::StillOpen,
        Refusal::AlreadyInRole {
            user: UserId::new("UBOB"),
            role: "owner".into(),
        },
        Refusal::AlreadyInRole {
            user: UserId::new("UBOB"),
            role: "comms".into(),
        },
        Refusal::SameStatus {
            status: StatusName::Identified,
            since: None,
        },
        Refusal::SameStatus {
            status: StatusName::Identified,
            since: Some(stamp()),
        },
        Refusal::SameSeverity {
            severity: "P1".into(),
            since: None,
        },
        Refusal::SameSeverity {
            severity: "P0".into(),
            since: Some(stamp()),
        },
        Refusal::NotDueSoSoon { due: stamp().at },
        Refusal::UnknownSeverity {
            given: "S3".into(),
            known: vec!["P0".into(), "P1".into(), "P2".into()],
        },
        Refusal::UnknownSeverity {
            given: String::new(),
            known: vec!["P0".into(), "P1".into()],
        },
        Refusal::UnknownStatus { given: given() },
        Refusal::UnknownStatus {
            given: String::new(),
        },
        Refusal::UnknownService {
            given: given(),
            known: vec!["payments".into(), "checkout".into()],
        },
        Refusal::UnknownIncident {
            given: "INC-2026-099".into(),
        },
        Refusal::UnknownUser {
            given: "@alice".into(),
        },
        Refusal::UnknownUser {
            given: String::new(),
        },
        Refusal::UnknownVerb {
            given: "udpate".into(),
            nearest: Some("update"),
        },
        Refusal::UnknownVerb {
            given: "Checkout".into(),
            nearest: None,
        },
        Refusal::UnknownList { given: given() },
        Refusal::OnePersonAtATime,
        Refusal::NoIncidentHere,
        Refusal::WhichIncident {
            choices: vec![
                (incident(1), "Checkout is *down*".into()),
                (incident(2), "<!channel>".into()),
            ],
        },
        Refusal::EmptyTitle,
        Refusal::EmptyText { verb: "update" },
        Refusal::EmptyText { verb: "draft" },
        Refusal::TooLong {
            chars: 3100,
            chars_max: 2900,
        },
        Refusal::BadDuration { given: "30".into() },
        Refusal::BadDuration {
            given: String::new(),
        },
        Refusal::BadDate {
            given: "2026-13-01".into(),
        },
        Refusal::PersonLeft {
            user: UserId::new("UEVE"),
        },
        Refusal::UnknownAudience { given: given() },
        Refusal::UnknownAudience {
            given: String::new(),
        },
        Refusal::UnknownDraft { number: 3 },
        Refusal::DraftPublished(stamp()),
        Refusal::DraftDiscarded(stamp()),
        Refusal::NagAlreadyAnswered(stamp()),
        Refusal::DraftReplaced(stamp()),
        Refusal::DraftNotApproved { have: 0, need: 1 },
        Refusal::DraftNotApproved { have: 0, need: 2 },
        Refusal::DraftAlreadyApprovedByYou { have: 1, need: 1 },
        Refusal::DraftAlreadyApprovedByYou { have: 1, need: 2 },
        Refusal::DraftAlreadyApproved {
            by: UserId::new("UBOB"),
            at: stamp().at,
        },
        Refusal::DraftChangedMeanwhile(stamp()),
        Refusal::DraftNotFit {
            findings: vec![LintFinding::Empty, LintFinding::InternalName("db-1".into())],
        },
        Refusal::DraftTemplate {
            error: "customers.en.md.j2: line 3: no such filter".into(),
        },
        Refusal::AlreadyDeclared {
            stamp: stamp(),
            incident: incident(7),
        },
        Refusal::AlreadyDismissed(stamp()),
        Refusal::UnknownReport,
        Refusal::UnreadableForm,
        Refusal::FormTaken,
        Refusal::RefusedBefore,
        Refusal::NotThereYet {
            verb: "oncall".into(),
        },
        Refusal::NeedsForm { verb: "snooze" },
    ]
}

fn name(refusal: &Refusal) -> String {
    let shown = format!("{refusal:?}");
    let end = shown
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(shown.len());
    shown[..end].to_owned()
}

#[test]
fn every_refusal_is_here() {
    let source = include_str!("../../domain/refusal.rs");
    let (_, body) = source
        .split_once("pub enum Refusal {\n")
        .expect("the enum is there");
    let (body, _) = body.split_once("\n}\n").expect("the enum ends");
    let declared: BTreeSet<String> = body
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
        .map(|line| {
            line.chars()
                .take_while(char::is_ascii_alphanumeric)
                .collect()
        })
        .collect();
    let tried: BTreeSet<String> = all().iter().map(name).collect();
    assert_eq!(tried, declared);
}

#[test]
fn every_refusal_names_the_way_out() {
    for (language, shown) in [(Language::En, "english"), (Language::Zh, "chinese")] {
        let rules = Rules::default();
        let lines: Vec<String> = all()
            .iter()
            .map(|reason| {
                let sentence = refusal(reason, language, &rules);
                assert!(!sentence.starts_with("refusal-"), "{sentence}");
                format!("{}: {sentence}", name(reason))
            })
            .collect();
        insta::assert_snapshot!(format!("refusals_{shown}"), lines.join("\n"));
    }
}

fn submission(kind: FormKind, values: &[(&str, &str)]) -> Submission {
    let metadata = Metadata::parse(r#"{"i":"INC-2026-001","c":"C1"}"#).expect("it is ours");
    Submission {
        team: TeamId::new("T1"),
        user: UserId::new("U1"),
        view_id: "V1".into(),
        hash: None,
        callback_id: kind.callback().into(),
        private_metadata: serde_json::to_string(&metadata).expect("it is plain data"),
        values: values
            .iter()
            .map(|(name, text)| ((*name).to_owned(), Filled::Text((*text).to_owned())))
            .collect::<BTreeMap<_, _>>(),
        trigger_id: Ticket::new(""),
        response_urls: vec![],
    }
}

#[test]
fn a_refusal_stands_beside_the_input_it_is_about() {
    let empty = |verb| Refusal::EmptyText { verb };
    let cases = [
        (FormKind::Update, empty("update"), Some("text")),
        (FormKind::Impact, empty("impact"), Some("impact")),
        (FormKind::Eta, empty("eta"), Some("eta")),
        (FormKind::Services, empty("service"), Some("service")),
        (FormKind::Reopen, empty("reopen"), Some("reason")),
        (FormKind::Cancel, empty("cancel"), Some("reason")),
        (FormKind::EditDraft, empty("draft"), Some("text")),
        (FormKind::Declare, Refusal::EmptyTitle, Some("title")),
        (
            FormKind::Declare,
            Refusal::PersonLeft {
                user: UserId::new("U9"),
            },
            Some("owner"),
        ),
        (
            FormKind::Assign,
            Refusal::AlreadyInRole {
                user: UserId::new("U9"),
                role: "owner".into(),
            },
            Some("for"),
        ),
        (
            FormKind::Snooze,
            Refusal::BadDuration { given: "x".into() },
            Some("next"),
        ),
        // Somebody came first: no input is wrong.
        (
            FormKind::Update,
            Refusal::AlreadyFinished {
                status: StatusName::Resolved,
                stamp: stamp(),
            },
            None,
        ),
        (
            FormKind::EditDraft,
            Refusal::DraftChangedMeanwhile(stamp()),
            None,
        ),
        // A form of another kind has no such input, and Slack would refuse the error.
        (FormKind::Update, Refusal::EmptyTitle, None),
    ];
    for (kind, reason, wanted) in cases {
        let answer = field_error(
            &reason,
            &submission(kind, &[]),
            Language::En,
            &Rules::default(),
        );
        let named = answer["errors"]
            .as_object()
            .and_then(|errors| errors.keys().next())
            .map(String::as_str);
        assert_eq!(named, wanted, "{kind:?} {reason:?}");
        assert_eq!(answer["response_action"] == "push", wanted.is_none());
    }
}

#[test]
fn what_is_too_long_is_the_longest_input() {
    let reason = Refusal::TooLong {
        chars: 3000,
        chars_max: 2900,
    };
    let sent = submission(
        FormKind::Declare,
        &[("title", "short"), ("impact", "a long story")],
    );
    let answer = field_error(&reason, &sent, Language::En, &Rules::default());
    assert!(answer["errors"]["impact"].is_string(), "{answer}");
}

#[test]
fn an_error_beside_an_input_has_no_markup() {
    let reason = Refusal::PersonLeft {
        user: UserId::new("U9"),
    };
    let sent = submission(FormKind::Assign, &[]);
    let answer = field_error(&reason, &sent, Language::En, &Rules::default());
    let words = answer["errors"]["for"].as_str().expect("it is text");
    assert!(!words.contains(['<', '`', '&']), "{words}");
}
