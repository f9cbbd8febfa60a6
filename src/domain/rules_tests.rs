use chrono_tz::Tz;

use super::*;

fn user(text: &str) -> OwnerRef {
    OwnerRef::User(UserId::new(text))
}

fn group(text: &str) -> OwnerRef {
    OwnerRef::Group(GroupId::new(text))
}

fn rota(name: &str) -> OwnerRef {
    OwnerRef::Schedule(name.to_owned())
}

fn now() -> Time {
    "2026-11-20T10:15:00Z".parse().unwrap()
}

/// P0 has an owner for each case; `payments` has rules of its own; `primary` starts with U1 in the week of `now`.
fn rules(p0_owner: Vec<OwnerRef>, owner_rules: Vec<OwnerRule>) -> Rules {
    let members = vec![UserId::new("U1"), UserId::new("U2")];
    let start = "2026-11-16".parse().unwrap();
    let primary = Schedule::new("primary", Tz::UTC, "0 0 10 * * MON", start, members).unwrap();
    let mut rules = Rules {
        owner_rules,
        schedules: vec![primary],
        ..Rules::default()
    };
    rules.severities[0].owner = p0_owner;
    rules
}

fn directory(departed: &[&str]) -> Directory {
    let members = ["UG1", "UG2"].map(UserId::new).to_vec();
    Directory {
        departed: departed.iter().map(|user| UserId::new(*user)).collect(),
        groups: BTreeMap::from([
            (GroupId::new("S1"), members),
            (GroupId::new("SEMPTY"), Vec::new()),
        ]),
    }
}

#[test]
fn a_severity_is_found_by_id_or_name_in_any_case() {
    let rules = Rules::default();
    let cases = [
        ("P0", Some("P0")),
        ("p1", Some("P1")),
        (" critical ", Some("P0")),
        ("LOW", Some("P3")),
        ("P9", None),
        ("", None),
    ];
    for (text, expected) in cases {
        assert_eq!(
            rules.severity(text).map(|severity| severity.id.as_str()),
            expected,
            "{text:?}"
        );
    }
    let unknown = rules.severity_or_known("P9").unwrap_err();
    assert_eq!(unknown.given, "P9");
    assert_eq!(unknown.known, ["P0", "P1", "P2", "P3"].map(SeverityId::new));
}

#[test]
fn an_id_wins_over_another_severitys_name() {
    let mut rules = Rules::default();
    rules.severities[0].name = "P3".to_owned();
    assert_eq!(rules.severity("p3").unwrap().id.as_str(), "P3");
}

#[test]
fn the_defaults_are_the_documented_ones() {
    let table: Vec<_> = Rules::default()
        .severities
        .iter()
        .map(|severity| {
            let (respond, update) = (
                severity.respond_within.num_minutes(),
                severity.update_every.num_minutes(),
            );
            format!("{} {} {respond} {update}", severity.id, severity.name)
        })
        .collect();
    assert_eq!(
        table,
        [
            "P0 Critical 15 15",
            "P1 High 120 15",
            "P2 Medium 480 15",
            "P3 Low 1440 15"
        ]
    );
}

#[test]
fn the_first_owner_that_resolves_owns() {
    let payments = |severities: &[&str], owner: Vec<OwnerRef>| OwnerRule {
        service: "Payments".to_owned(),
        severities: severities.iter().map(|id| SeverityId::new(*id)).collect(),
        owner,
    };
    type Case<'a> = (
        &'a str,
        Vec<OwnerRef>,
        Vec<OwnerRule>,
        &'a [&'a str],
        &'a [&'a str],
        Option<&'a str>,
    );
    let cases: Vec<Case> = vec![
        ("no owner named", vec![], vec![], &[], &[], None),
        ("a user", vec![user("UA")], vec![], &[], &[], Some("UA")),
        (
            "a departed user is passed over",
            vec![user("UA"), user("UB")],
            vec![],
            &[],
            &["UA"],
            Some("UB"),
        ),
        (
            "a group's first member",
            vec![group("S1")],
            vec![],
            &[],
            &[],
            Some("UG1"),
        ),
        (
            "a group's first member still here",
            vec![group("S1")],
            vec![],
            &[],
            &["UG1"],
            Some("UG2"),
        ),
        (
            "a group of departed",
            vec![group("S1"), user("UB")],
            vec![],
            &[],
            &["UG1", "UG2"],
            Some("UB"),
        ),
        (
            "an empty group",
            vec![group("SEMPTY"), user("UB")],
            vec![],
            &[],
            &[],
            Some("UB"),
        ),
        (
            "an unknown group",
            vec![group("SNEW"), user("UB")],
            vec![],
            &[],
            &[],
            Some("UB"),
        ),
        (
            "a schedule",
            vec![rota("primary")],
            vec![],
            &[],
            &[],
            Some("U1"),
        ),
        (
            "a schedule whose turn left",
            vec![rota("primary")],
            vec![],
            &[],
            &["U1"],
            Some("U2"),
        ),
        (
            "an unknown schedule",
            vec![rota("gone"), user("UB")],
            vec![],
            &[],
            &[],
            Some("UB"),
        ),
        (
            "everybody left",
            vec![user("UA")],
            vec![],
            &[],
            &["UA"],
            None,
        ),
        (
            "a service's rule first",
            vec![user("UA")],
            vec![payments(&[], vec![user("UP")])],
            &["payments"],
            &[],
            Some("UP"),
        ),
        (
            "another service",
            vec![user("UA")],
            vec![payments(&[], vec![user("UP")])],
            &["checkout"],
            &[],
            Some("UA"),
        ),
        (
            "any of several services",
            vec![],
            vec![payments(&[], vec![user("UP")])],
            &["x", "payments"],
            &[],
            Some("UP"),
        ),
        (
            "the rule's severity",
            vec![user("UA")],
            vec![payments(&["p0"], vec![user("UP")])],
            &["payments"],
            &[],
            Some("UP"),
        ),
        (
            "not the rule's severity",
            vec![user("UA")],
            vec![payments(&["P1"], vec![user("UP")])],
            &["payments"],
            &[],
            Some("UA"),
        ),
        (
            "a rule that resolves to nobody",
            vec![user("UA")],
            vec![
                payments(&[], vec![user("UP")]),
                payments(&[], vec![user("UQ")]),
            ],
            &["payments"],
            &["UP"],
            Some("UQ"),
        ),
    ];
    for (name, owner, owner_rules, services, departed, expected) in cases {
        let services: Vec<_> = services
            .iter()
            .map(|service| (*service).to_owned())
            .collect();
        let rules = rules(owner, owner_rules);
        let found = rules.owner_for(
            &SeverityId::new("P0"),
            &services,
            &directory(departed),
            now(),
        );
        assert_eq!(found.as_ref().map(UserId::as_str), expected, "{name}");
    }
}

#[test]
fn an_escalation_tells_each_once_and_nobody_who_left() {
    let mut rules = rules(vec![], vec![]);
    rules.severities[0].escalate_to = vec![
        user("UA"),
        group("S1"),
        rota("primary"),
        user("U1"),
        user("UGONE"),
    ];
    let found = rules.escalation(&SeverityId::new("p0"), &directory(&["UGONE"]), now());
    let expected = [
        Escalatee::User(UserId::new("UA")),
        Escalatee::Group(GroupId::new("S1")),
        Escalatee::User(UserId::new("U1")),
    ];
    assert_eq!(found, expected);
    assert_eq!(
        rules.escalation(&SeverityId::new("P1"), &directory(&[]), now()),
        []
    );
}

#[test]
fn a_slack_locale_names_a_language() {
    let cases = [
        ("zh-CN", Some(Language::Zh)),
        ("zh_TW", Some(Language::Zh)),
        ("en-GB", Some(Language::En)),
        ("EN", Some(Language::En)),
        ("de-DE", None),
        ("", None),
    ];
    for (locale, expected) in cases {
        assert_eq!(Language::of_locale(locale), expected, "{locale:?}");
    }
}
