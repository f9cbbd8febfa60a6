//! The alert rules and the dashboard in `deploy/`: promtool understands them, and they speak of metrics that exist.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use balefire::telemetry::{Kind, METRICS};
use serde_json::Value;

use crate::promtool::promtool;

fn deploy(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("deploy")
        .join(path)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(deploy(path)).unwrap()
}

fn dashboard() -> Value {
    serde_json::from_str(&read("grafana/balefire.json")).unwrap()
}

/// Every panel's title and expressions.
fn expressions() -> Vec<(String, String)> {
    let board = dashboard();
    let panels = board["panels"].as_array().unwrap();
    let mut found = vec![];
    for panel in panels {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            found.push((text(&panel["title"]), text(&target["expr"])));
        }
    }
    found
}

/// The names in a text that begin as ours do. What Prometheus makes of a histogram counts as the histogram.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let ours = |word: &&str| word.starts_with("balefire_");
    text.split(|c| !is_part(c))
        .filter(ours)
        .map(|name| {
            let base = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| name.strip_suffix(end))
                .filter(|base| METRICS.iter().any(|metric| metric.name == *base));
            base.unwrap_or(name).to_owned()
        })
        .collect()
}

fn known() -> BTreeSet<String> {
    METRICS
        .iter()
        .map(|metric| metric.name.to_owned())
        .collect()
}

#[test]
fn promtool_accepts_the_alert_rules() {
    let rules = deploy("prometheus/alerts.yml");
    let said = promtool(&["check", "rules", rules.to_str().unwrap()], "").unwrap();
    assert!(said.contains("SUCCESS"), "{said}");
}

#[test]
fn each_alert_fires_when_it_should_and_only_then() {
    let tests = deploy("prometheus/alerts_test.yml");
    let said = promtool(&["test", "rules", tests.to_str().unwrap()], "").unwrap();
    assert!(said.contains("SUCCESS"), "{said}");
    // And each of them is in a case.
    let cases = read("prometheus/alerts_test.yml");
    for alert in alerts() {
        let name = alert["alert"].as_str().unwrap();
        assert!(
            cases.contains(&format!("\"{name}\"")),
            "no case fires {name}"
        );
    }
}

fn alerts() -> Vec<Value> {
    let rules: Value = yaml_serde::from_str(&read("prometheus/alerts.yml")).unwrap();
    let groups = rules["groups"].as_array().unwrap();
    groups
        .iter()
        .flat_map(|group| group["rules"].as_array().unwrap().clone())
        .collect()
}

#[test]
fn each_alert_says_what_it_means_and_what_to_do() {
    let alerts = alerts();
    assert!(alerts.len() >= 10);
    for alert in alerts {
        for word in ["summary", "meaning", "what_to_do"] {
            let says = alert["annotations"][word].as_str().unwrap_or_default();
            assert!(says.len() > 20, "{word} of {}", alert["alert"]);
        }
        let severity = alert["labels"]["severity"].as_str();
        assert!(matches!(severity, Some("page" | "ticket")), "{alert}");
    }
}

#[test]
fn rules_and_dashboard_speak_of_metrics_that_exist() {
    let known = known();
    for path in [
        "prometheus/alerts.yml",
        "prometheus/alerts_test.yml",
        "grafana/balefire.json",
    ] {
        let unknown: Vec<_> = metrics_in(&read(path))
            .difference(&known)
            .cloned()
            .collect();
        // A file may be named as the metrics are.
        assert!(unknown.is_empty(), "{path} speaks of {unknown:?}");
    }
}

#[test]
fn the_dashboard_shows_every_metric() {
    let shown: BTreeSet<String> = expressions()
        .iter()
        .flat_map(|(_, expression)| metrics_in(expression))
        .collect();
    let missing: Vec<_> = known().difference(&shown).cloned().collect();
    assert!(missing.is_empty(), "not shown: {missing:?}");
}

#[test]
fn the_dashboard_can_be_imported_and_its_expressions_are_promql() {
    let board = dashboard();
    assert_eq!(board["id"], Value::Null, "an id is another Grafana's");
    let variables = board["templating"]["list"].as_array().unwrap();
    assert_eq!(variables[0]["type"], "datasource");
    let (mut ids, mut rules) = (BTreeSet::new(), String::new());
    for panel in board["panels"].as_array().unwrap() {
        assert!(ids.insert(panel["id"].as_i64().unwrap()), "one id twice");
        if panel["type"] == "row" {
            continue;
        }
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{panel}");
        for field in ["title", "description"] {
            assert!(
                panel[field].as_str().is_some_and(|text| !text.is_empty()),
                "{panel}"
            );
        }
        let defaults = &panel["fieldConfig"]["defaults"];
        assert!(defaults["unit"].is_string(), "{panel}");
        assert!(defaults["thresholds"]["steps"].is_array(), "{panel}");
    }
    for (nth, (_, expression)) in expressions().iter().enumerate() {
        let expression = expression
            .replace("$__rate_interval", "1m")
            .replace("$__range", "6h")
            .replace("$job", ".*")
            .replace("$instance", ".*");
        let expression = Value::String(expression);
        rules += &format!("  - record: panel:{nth}\n    expr: {expression}\n");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("panels.yml");
    std::fs::write(&file, format!("groups:\n- name: panels\n  rules:\n{rules}")).unwrap();
    let said = promtool(&["check", "rules", file.to_str().unwrap()], "").unwrap();
    assert!(said.contains("SUCCESS"), "{said}");
}

#[test]
fn names_follow_prometheus_customs() {
    for metric in METRICS {
        let name = metric.name;
        let is_total = name.ends_with("_total");
        match metric.kind {
            Kind::Counter => assert!(is_total, "{name} counts, so it ends in _total"),
            Kind::Gauge => assert!(!is_total, "{name} does not only rise"),
            Kind::Histogram(buckets) => {
                assert!(name.ends_with("_seconds"), "{name}");
                assert!(buckets.is_sorted_by(|a, b| a < b), "{name}");
            }
        }
        assert!(
            !metric.help.is_empty() && !metric.help.ends_with('.'),
            "{name}"
        );
    }
}
