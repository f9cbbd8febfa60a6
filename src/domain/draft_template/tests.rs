use super::sample::{all, all_known, nothing_known};
use super::*;

fn render(audience: Audience, language: Language, facts: &DraftFacts) -> String {
    Templates::default()
        .render(audience, language, facts)
        .unwrap()
}

/// Every sample for one audience and language, for people to read.
fn gallery(audience: Audience, language: Language) -> String {
    let entry = |facts: &DraftFacts| {
        let known = if facts.impact.is_some() {
            "everything known, a follow-up"
        } else {
            "nothing known, the first"
        };
        format!(
            "--- {}: {known}\n{}\n",
            facts.status,
            render(audience, language, facts)
        )
    };
    all().iter().map(entry).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_draft_reads_as_recorded() {
    for audience in Audience::ALL {
        for language in Language::ALL {
            let name = format!("{}.{}", audience.code(), language.code());
            insta::assert_snapshot!(name, gallery(audience, language));
        }
    }
}

#[test]
fn the_update_before_is_repeated_when_nothing_is_new() {
    let facts = DraftFacts {
        updates: Vec::new(),
        ..all_known("monitoring")
    };
    let text = render(Audience::Stakeholders, Language::En, &facts);
    assert!(
        text.contains("*Latest update* (18:20)\nRolling back\n\nNext update by"),
        "{text}"
    );
}

#[test]
fn an_update_of_another_day_carries_its_date() {
    let mut facts = all_known("investigating");
    facts.updates[1].at += chrono::Duration::days(1);
    let english = render(Audience::Stakeholders, Language::En, &facts);
    assert!(
        english.contains("• 18:05 Looking") && english.contains("• 11-21 18:20 Rolling"),
        "{english}"
    );
    let chinese = render(Audience::Stakeholders, Language::Zh, &facts);
    assert!(chinese.contains("• 11月21日 18:20 Rolling"), "{chinese}");
}

#[test]
fn the_shipped_customer_drafts_pass_lint_and_name_nothing_internal() {
    for facts in all() {
        for language in Language::ALL {
            let text = render(Audience::Customers, language, &facts);
            assert_eq!(lint(&text, Audience::Customers, &facts), [], "{text}");
            for internal in [
                "P0",
                "Critical",
                "Rolled back",
                "Rolling back",
                "INC-",
                "None",
                "none",
            ] {
                assert!(!text.contains(internal), "{internal} in {text}");
            }
        }
    }
}

#[test]
fn a_draft_has_no_ragged_blank_lines_and_no_unknown_fact() {
    for facts in all() {
        for (audience, language) in Audience::ALL
            .into_iter()
            .flat_map(|it| Language::ALL.map(|other| (it, other)))
        {
            let text = render(audience, language, &facts);
            assert!(!text.contains("\n\n\n"), "{text}");
            assert!(text.lines().all(|line| line.trim_end() == line), "{text:?}");
            assert!(!text.contains("none") && !text.contains("None"), "{text}");
        }
    }
}

/// An override of the customers' English template.
fn overridden(text: &str) -> Result<Templates, TemplateError> {
    Templates::with_overrides(&BTreeMap::from([(
        "customers.en.md.j2".to_owned(),
        text.to_owned(),
    )]))
}

#[test]
fn an_override_replaces_one_template_and_can_build_on_the_shipped_one() {
    let templates = overridden(
        "{% include \"default/customers.en.md.j2\" %}\n\nHelp: https://status.example.com",
    )
    .unwrap();
    let facts = nothing_known("declared");
    let text = templates
        .render(Audience::Customers, Language::En, &facts)
        .unwrap();
    assert!(text.starts_with("*Service incident*\n"), "{text}");
    assert!(
        text.ends_with("\n\nHelp: https://status.example.com"),
        "{text}"
    );
    let other = templates
        .render(Audience::Customers, Language::Zh, &facts)
        .unwrap();
    assert_eq!(other, render(Audience::Customers, Language::Zh, &facts));
}

#[test]
fn a_broken_override_is_reported_with_its_line() {
    let cases = [
        (
            "Hello\n{{ titel }}",
            "customers.en.md.j2:2: undefined value: `titel` is undefined",
        ),
        ("{% if title %}", "customers.en.md.j2:1: "),
        (
            "{{ title | shout }}",
            "customers.en.md.j2:1: unknown filter: ",
        ),
        (
            "{{ status }}\n{% if status == \"resolved\" %}\n{{ resolved }}{% endif %}",
            "customers.en.md.j2:3: undefined value: `resolved` is undefined",
        ),
        (
            "{{ title }}\n{{ resolved_at | when }}",
            "customers.en.md.j2:2: ",
        ),
        (
            "{% include \"legal.md.j2\" %}",
            "customers.en.md.j2:1: template not found: ",
        ),
        (
            "{% if resolved_at %}Done{% endif %}",
            "customers.en.md.j2:1: says nothing about an incident that is declared",
        ),
    ];
    for (text, expected) in cases {
        let error = overridden(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text:?} gave {error:?}");
        assert!(!error.contains('\n'), "{error:?}");
    }
}

#[test]
fn an_override_of_nothing_names_what_could_be_meant() {
    let overrides = BTreeMap::from([("customer.en.md.j2".to_owned(), "x".to_owned())]);
    let error = Templates::with_overrides(&overrides)
        .unwrap_err()
        .to_string();
    assert!(error.starts_with(
        "customer.en.md.j2:1: no draft has this name; name the file one of stakeholders.en.md.j2, "
    ));
}

#[test]
fn an_unknown_status_is_an_error_and_not_a_guess() {
    let facts = nothing_known("lost");
    let error = Templates::default()
        .render(Audience::Stakeholders, Language::En, &facts)
        .unwrap_err();
    assert!(
        error.starts_with("stakeholders.en.md.j2:") && error.contains("\"lost\" is not a status"),
        "{error}"
    );
}

#[test]
fn lint_finds_what_must_not_go_out() {
    use Audience::{Customers, Stakeholders};
    use LintFinding::*;
    let complete = |more: &str| {
        format!(
            "What happened: x\nImpact: x\nCurrent state: x\nExpected recovery: x\nScope: x\n{more}"
        )
    };
    let person = |text: &str| MentionsPerson(text.to_owned());
    let channel = |text: &str| MentionsChannel(text.to_owned());
    let broadcast = |text: &str| MentionsBroadcast(text.to_owned());
    let internal = |text: &str| InternalName(text.to_owned());
    let cases = [
        (Customers, " \n ".to_owned(), vec![Empty]),
        (Stakeholders, String::new(), vec![Empty]),
        (
            Customers,
            complete("All is well. INC-2026-001, mail help@example.com"),
            vec![],
        ),
        (
            Customers,
            complete("Ask <@U024BE7LH> or <@W1|bob>"),
            vec![person("<@U024BE7LH>"), person("<@W1|bob>")],
        ),
        (Customers, complete("Ask @bob, @bob"), vec![person("@bob")]),
        (
            Customers,
            complete("See <#C024BE7LH|inc> and #incidents"),
            vec![channel("<#C024BE7LH|inc>"), channel("#incidents")],
        ),
        (
            Customers,
            complete("Order #1 of <https://example.com/#a>"),
            vec![],
        ),
        (
            Customers,
            complete("<!channel> 请知悉@here"),
            vec![broadcast("<!channel>"), broadcast("@here")],
        ),
        (Customers, complete("This is a p0."), vec![internal("p0")]),
        (Customers, complete("此为P0故障"), vec![internal("P0")]),
        (
            Customers,
            complete("P00, XP0, P0x and P0-12 are other words"),
            vec![],
        ),
        (
            Stakeholders,
            "P0, led by <@U1>, see #incidents".to_owned(),
            vec![],
        ),
        (
            Stakeholders,
            "Look <!here> and <!subteam^S1>".to_owned(),
            vec![broadcast("<!here>"), broadcast("<!subteam^S1>")],
        ),
        (Stakeholders, "x".repeat(3_000), vec![]),
        (
            Stakeholders,
            "故".repeat(3_001),
            vec![TooLong { chars: 3_001 }],
        ),
        (
            Customers,
            "We are on it".to_owned(),
            Field::ALL.map(MissingField).to_vec(),
        ),
        (
            Customers,
            complete("").replace("Impact: x", "Impact:"),
            vec![MissingField(Field::Impact)],
        ),
        (
            Customers,
            complete("").replace("Impact: x", "*Impact:*\nOne in five payments fails"),
            vec![],
        ),
        (
            Customers,
            complete("").replace("Scope: x", "Scoped: x"),
            vec![MissingField(Field::Scope)],
        ),
        (
            Customers,
            "*事件概述：* 甲\n*影响范围：* 乙\n*当前状态：* 丙\n*预计恢复时间：* 丁".to_owned(),
            vec![MissingField(Field::Impact)],
        ),
    ];
    for (audience, text, expected) in cases {
        assert_eq!(
            lint(&text, audience, &nothing_known("investigating")),
            expected,
            "{audience:?}: {text}"
        );
    }
}

#[test]
fn a_retraction_needs_no_headings() {
    assert_eq!(
        lint(
            "Please disregard it.",
            Audience::Customers,
            &nothing_known("cancelled")
        ),
        []
    );
}

#[test]
fn only_a_missing_field_is_mere_advice() {
    assert!(!LintFinding::MissingField(Field::Scope).blocks());
    assert!(LintFinding::InternalName("P0".to_owned()).blocks());
    assert!(LintFinding::Empty.blocks());
}
