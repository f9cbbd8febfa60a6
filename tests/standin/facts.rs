//! The table of methods against Slack's documentation, where a copy of it is at hand.

use std::path::PathBuf;

use balefire::standin::api::methods::METHODS;
use balefire::standin::rates::Tier;
use serde_json::Value;

fn documented() -> Option<Value> {
    let folder = std::env::var_os("BALEFIRE_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let text = std::fs::read_to_string(folder.join("slack/methods.json")).ok()?;
    Some(serde_json::from_str(&text).expect("methods.json is JSON"))
}

fn words(list: &str) -> Vec<&str> {
    list.split_whitespace().collect()
}

#[test]
fn the_table_is_as_documented() {
    // The reference data does not belong to the project: without it there is nothing to compare.
    let Some(documented) = documented() else {
        return;
    };
    let mut wrong = Vec::new();
    for method in METHODS {
        let facts = &documented[method.name];
        let list = |key: &str| -> Vec<&str> {
            facts[key]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect()
        };
        for (what, ours, theirs) in [
            ("required", words(method.required), list("required")),
            ("optional", words(method.optional), list("optional")),
            ("scopes", words(method.scopes), list("scopes")),
        ] {
            if ours != theirs {
                wrong.push(format!(
                    "{} {what}: {ours:?}, documented {theirs:?}",
                    method.name
                ));
            }
        }
        let known = list("errors");
        wrong.extend(
            words(method.errors)
                .iter()
                .filter(|code| !known.contains(code))
                .map(|code| format!("{} never answers {code}", method.name)),
        );
        let rate = facts["rate"].as_str().unwrap_or_default();
        let fits = match method.tier {
            Tier::T1 => rate.starts_with("Tier 1"),
            Tier::T2 => rate.starts_with("Tier 2"),
            Tier::T3 => rate.starts_with("Tier 3"),
            Tier::T4 => rate.starts_with("Tier 4"),
            Tier::Special(_) => rate.starts_with("Special"),
        };
        if !fits {
            wrong.push(format!(
                "{}: {:?}, documented {rate}",
                method.name, method.tier
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_is_sound() {
    let mut names: Vec<&str> = METHODS.iter().map(|method| method.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "a method stands in it twice");
    assert!(count >= 40);
}
