use std::collections::BTreeSet;

use super::*;
use crate::domain::rules::Severity;
use crate::ids::{SeverityId, UserId};

fn every_kind() -> Vec<FormKind> {
    let mut kinds = FormKind::ALL.to_vec();
    kinds.extend([RecordKind::Decision, RecordKind::Action].map(FormKind::Record));
    kinds
}

fn filled() -> Prefill {
    Prefill {
        title: Some("Checkout is down".into()),
        severity: Some(SeverityId::new("p1")),
        services: vec!["Payments".into(), "unheard of".into()],
        impact: Some("Nobody can pay".into()),
        text: Some("We are rolling back".into()),
        next: Some(Duration::minutes(45)),
        status: Some(StatusName::Monitoring),
        person: Some(UserId::new("U1")),
        role: Some(Role::Named("comms".into())),
        draft: Some((2, 3)),
    }
}

fn opened(kind: FormKind, prefill: &Prefill, language: Language, rules: &Rules) -> Value {
    let channel = ChannelId::new("C1");
    let request = Request {
        kind,
        incident: (kind != FormKind::Declare).then_some(IncidentId {
            year: 2026,
            number: 1,
        }),
        channel: &channel,
        prefill,
    };
    form(&request, language, rules)
}

fn length(value: &Value) -> usize {
    value["text"]
        .as_str()
        .expect("it is a text")
        .encode_utf16()
        .count()
}

/// What Slack would refuse. https://docs.slack.dev/reference/views/modal-views
fn complaints(view: &Value) -> Vec<String> {
    let mut found = vec![];
    let mut check = |fine: bool, what: String| {
        if !fine {
            found.push(what);
        }
    };
    for part in ["title", "submit", "close"] {
        let length = length(&view[part]);
        check((1..=24).contains(&length), format!("{part}: {length}"));
    }
    let metadata = view["private_metadata"].as_str().expect("it is there");
    check(metadata.len() <= 3_000, "private_metadata".into());
    let blocks = view["blocks"].as_array().expect("they are a list");
    check((1..=100).contains(&blocks.len()), "blocks".into());
    let mut names = BTreeSet::new();
    for block in blocks.iter().filter(|block| block["type"] == "input") {
        let name = block["block_id"].as_str().expect("it has a name");
        check(names.insert(name), format!("{name} twice"));
        check(length(&block["label"]) <= 2_000, format!("{name} label"));
        let element = &block["element"];
        let options = element["options"].as_array().cloned().unwrap_or_default();
        let is_choice = element["type"]
            .as_str()
            .is_some_and(|kind| kind.contains("select") && kind.contains("static"));
        check(
            !is_choice || (1..=100).contains(&options.len()),
            format!("{name}: {} options", options.len()),
        );
        for option in &options {
            check(
                (1..=75).contains(&length(&option["text"])),
                format!("{name}: {option}"),
            );
            let value = option["value"].as_str().unwrap_or_default();
            check((1..=75).contains(&value.len()), format!("{name}: {value}"));
            if !option["description"].is_null() {
                let length = length(&option["description"]);
                check((1..=75).contains(&length), format!("{name}: {length}"));
            }
        }
        let initial = &element["initial_option"];
        check(
            initial.is_null() || options.contains(initial),
            format!("{name}: {initial} is not offered"),
        );
        let most = element["max_length"].as_u64().unwrap_or(3_000);
        let text = element["initial_value"].as_str().unwrap_or("-");
        let length = text.encode_utf16().count() as u64;
        check(
            (1..=most.min(3_000)).contains(&length),
            format!("{name}: {length} of {most}"),
        );
    }
    found
}

#[test]
fn slack_takes_every_form() {
    let crowded = Rules {
        services: (0..100)
            .map(|nth| format!("service {nth} {}", "x".repeat(90)))
            .collect(),
        severities: vec![Severity {
            name: "很".repeat(100),
            meaning: "y".repeat(300),
            ..crate::domain::rules::default_severities().remove(0)
        }],
        ..Rules::default()
    };
    let full = Rules {
        services: (0..101).map(|nth| format!("service {nth}")).collect(),
        ..Rules::default()
    };
    let long = Prefill {
        title: Some("长".repeat(500)),
        text: Some("x".repeat(5_000)),
        impact: Some("👩‍👩‍👧".repeat(1_000)),
        ..filled()
    };
    for rules in [Rules::default(), crowded, full] {
        for prefill in [Prefill::default(), filled(), long.clone()] {
            for language in Language::ALL {
                for kind in every_kind() {
                    let view = opened(kind, &prefill, language, &rules);
                    let found = complaints(&view);
                    assert_eq!(found.first(), None, "{kind:?}");
                }
            }
        }
    }
}

#[test]
fn the_inputs_are_those_that_the_kind_names() {
    for kind in every_kind() {
        let view = opened(kind, &Prefill::default(), Language::En, &Rules::default());
        let names: Vec<&str> = view["blocks"]
            .as_array()
            .expect("they are a list")
            .iter()
            .filter_map(|block| block["block_id"].as_str())
            .collect();
        assert_eq!(names, kind.fields(), "{kind:?}");
        assert_eq!(
            FormKind::from_callback(view["callback_id"].as_str().expect("it is there"))
                .map(FormKind::callback),
            Some(kind.callback())
        );
    }
    assert_eq!(FormKind::from_callback("notice"), None);
}

/// The form as people see it, a line for each thing on it.
fn shown(view: &Value) -> String {
    let text = |value: &Value| value["text"].as_str().unwrap_or_default().to_owned();
    let mut lines = vec![format!("== {} ==", text(&view["title"]))];
    for block in view["blocks"].as_array().expect("they are a list") {
        if block["type"] != "input" {
            lines.push(text(&block["elements"][0]));
            continue;
        }
        let element = &block["element"];
        let optional = match block["optional"] == true {
            true => " (optional)",
            false => "",
        };
        let mut line = format!(
            "{}{optional}: {} ({})",
            text(&block["label"]),
            block["block_id"].as_str().unwrap_or_default(),
            element["type"].as_str().unwrap_or_default()
        );
        for option in element["options"].as_array().into_iter().flatten() {
            let chosen = element["initial_option"] == *option
                || element["initial_options"]
                    .as_array()
                    .is_some_and(|chosen| chosen.contains(option));
            let mark = if chosen { "(x)" } else { "( )" };
            let meaning = text(&option["description"]);
            line += &format!("\n  {mark} {} {meaning}", text(&option["text"]));
        }
        for key in ["initial_value", "initial_user"] {
            if let Some(initial) = element[key].as_str() {
                line += &format!("\n  > {initial}");
            }
        }
        if !element["placeholder"].is_null() {
            line += &format!("\n  … {}", text(&element["placeholder"]));
        }
        if !block["hint"].is_null() {
            line += &format!("\n  i {}", text(&block["hint"]));
        }
        lines.push(line);
    }
    lines.push(format!(
        "[{}] [{}] {}",
        text(&view["close"]),
        text(&view["submit"]),
        view["private_metadata"].as_str().unwrap_or_default()
    ));
    lines.join("\n").replace(" \n", "\n").trim_end().to_owned()
}

#[test]
fn forms_as_people_see_them() {
    let rules = Rules {
        services: vec!["payments".into(), "checkout".into()],
        ..Rules::default()
    };
    for (language, name) in [(Language::En, "english"), (Language::Zh, "chinese")] {
        let empty: Vec<String> = every_kind()
            .into_iter()
            .map(|kind| {
                shown(&opened(
                    kind,
                    &Prefill::default(),
                    language,
                    &Rules::default(),
                ))
            })
            .collect();
        insta::assert_snapshot!(format!("empty_{name}"), empty.join("\n\n"));
    }
    let filled_in: Vec<String> = every_kind()
        .into_iter()
        .map(|kind| shown(&opened(kind, &filled(), Language::En, &rules)))
        .collect();
    insta::assert_snapshot!("filled_in", filled_in.join("\n\n"));
}
