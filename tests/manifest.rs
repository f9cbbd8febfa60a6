//! manifest.yml asks Slack for what the code needs: no less, or a call fails at night; no more, or nobody installs it.
//!
//! What the code needs is read from the code: the methods it calls and the events it understands. What each of them
//! takes is judged in the tables below; a method that is not in the table fails the test until somebody has judged it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use balefire::slack::scopes::BOT_SCOPES;
use serde_json::Value;

/// A method of Slack's Web API and every scope that we ask for because of it. Often one of several would do (reading
/// history takes `channels:history` or `groups:history` …): here stand those of the conversations we use it on.
struct Method {
    name: &'static str,
    scopes: &'static [&'static str],
}

const fn method(name: &'static str, scopes: &'static [&'static str]) -> Method {
    Method { name, scopes }
}

/// Source: the pages of these methods on docs.slack.dev/reference/methods.
const METHODS: &[Method] = &[
    method("api.test", &[]),
    // With the app-level token, which has connections:write and is no matter of the manifest.
    method("apps.connections.open", &[]),
    method("auth.test", &[]),
    method("chat.postEphemeral", &["chat:write"]),
    method("chat.postMessage", &["chat:write"]),
    method("chat.update", &["chat:write"]),
    // Public channels; private ones would take groups:write for this and the next ones.
    method("conversations.create", &["channels:manage"]),
    method(
        "conversations.history",
        &["channels:history", "groups:history", "im:history"],
    ),
    method("conversations.info", &["channels:read", "groups:read"]),
    method("conversations.invite", &["channels:manage"]),
    method("conversations.join", &["channels:join"]),
    method("conversations.list", &["channels:read", "groups:read"]),
    method("conversations.open", &["im:write"]),
    method(
        "conversations.replies",
        &["channels:history", "groups:history", "im:history"],
    ),
    method("conversations.setTopic", &["channels:manage"]),
    method("pins.add", &["pins:write"]),
    method("usergroups.list", &["usergroups:read"]),
    method("usergroups.users.list", &["usergroups:read"]),
    method("users.info", &["users:read"]),
    method("users.list", &["users:read"]),
    method("views.open", &[]),
];

/// The first part of a method's name, as far as a bot may call it.
const FAMILIES: &[&str] = &[
    "api",
    "apps",
    "auth",
    "bookmarks",
    "bots",
    "chat",
    "conversations",
    "files",
    "pins",
    "reactions",
    "team",
    "usergroups",
    "users",
    "views",
];

/// An event that the bot may subscribe to and the scope without which Slack does not send it.
/// Source: the pages of these events on docs.slack.dev/reference/events.
const EVENTS: &[(&str, Option<&str>)] = &[
    ("app_mention", Some("app_mentions:read")),
    ("app_home_opened", None),
    ("app_uninstalled", None),
    ("channel_archive", Some("channels:read")),
    ("channel_deleted", Some("channels:read")),
    ("channel_rename", Some("channels:read")),
    ("channel_unarchive", Some("channels:read")),
    ("group_archive", Some("groups:read")),
    ("group_deleted", Some("groups:read")),
    ("group_rename", Some("groups:read")),
    ("group_unarchive", Some("groups:read")),
    // In private channels with groups:read, which stands with the others above.
    ("member_joined_channel", Some("channels:read")),
    ("member_left_channel", Some("channels:read")),
    ("message.channels", Some("channels:history")),
    ("message.groups", Some("groups:history")),
    ("message.im", Some("im:history")),
    ("reaction_added", Some("reactions:read")),
    ("reaction_removed", Some("reactions:read")),
    ("subteam_created", Some("usergroups:read")),
    ("subteam_members_changed", Some("usergroups:read")),
    ("subteam_updated", Some("usergroups:read")),
    ("team_join", Some("users:read")),
    ("tokens_revoked", None),
    ("user_change", Some("users:read")),
];

#[test]
fn every_method_called_has_been_judged() {
    let unjudged: Vec<_> = called()
        .into_iter()
        .filter(|name| judged(name).is_none())
        .collect();
    assert!(
        unjudged.is_empty(),
        "the code calls {unjudged:?}: add them to METHODS with the scopes they take, and the scopes to manifest.yml"
    );
}

#[test]
fn the_scopes_are_those_that_the_code_needs() {
    let manifest = manifest();
    let mut needed: BTreeSet<String> = called()
        .iter()
        .filter_map(|name| judged(name))
        .flat_map(|method| method.scopes)
        .map(|scope| (*scope).to_owned())
        .collect();
    let events = texts(&manifest, "/settings/event_subscriptions/bot_events");
    needed.extend(
        EVENTS
            .iter()
            .filter(|(name, _)| events.contains(*name))
            .filter_map(|(_, scope)| scope.map(str::to_owned)),
    );
    if manifest.pointer("/features/slash_commands").is_some() {
        needed.insert("commands".to_owned());
    }
    let asked = texts(&manifest, "/oauth_config/scopes/bot");
    let missing: Vec<_> = needed.difference(&asked).collect();
    assert!(
        missing.is_empty(),
        "manifest.yml lacks {missing:?}, which METHODS or EVENTS say are needed"
    );
    let idle: Vec<_> = asked.difference(&needed).collect();
    assert!(
        idle.is_empty(),
        "manifest.yml asks for {idle:?}, which nothing needs: remove them"
    );
}

#[test]
fn the_doctor_looks_for_the_same_scopes() {
    let asked = texts(&manifest(), "/oauth_config/scopes/bot");
    let looked_for = BOT_SCOPES.map(str::to_owned);
    assert_eq!(
        asked,
        looked_for.into(),
        "src/slack/scopes.rs and manifest.yml must agree"
    );
}

#[test]
fn the_events_are_those_that_the_code_understands() {
    let manifest = manifest();
    let subscribed = texts(&manifest, "/settings/event_subscriptions/bot_events");
    let home_is_shown =
        manifest.pointer("/features/app_home/home_tab_enabled") == Some(&Value::Bool(true));
    let understood = literals_in(&["src/slack/inbound.rs", "src/slack/inbound"]);
    for (name, _) in EVENTS {
        let kind = name.split('.').next().unwrap_or_default();
        let wanted = understood.contains(kind) && (kind != "app_home_opened" || home_is_shown);
        assert_eq!(
            subscribed.contains(*name),
            wanted,
            "`{name}`: manifest.yml and src/slack/inbound must agree whether we listen to it"
        );
    }
    let unknown: Vec<_> = subscribed
        .iter()
        .filter(|name| !EVENTS.iter().any(|(known, _)| known == name))
        .collect();
    assert!(
        unknown.is_empty(),
        "add {unknown:?} to EVENTS with the scope it takes"
    );
}

#[test]
fn slack_is_sent_where_the_bot_listens() {
    let manifest = manifest();
    let routes = literals_in(&["src/http"]);
    for (pointer, route) in [
        ("/features/slash_commands/0/url", "/slack/commands"),
        ("/settings/event_subscriptions/request_url", "/slack/events"),
        ("/settings/interactivity/request_url", "/slack/interactions"),
    ] {
        let address = manifest
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default();
        assert_eq!(
            address,
            format!("https://balefire.example.com{route}"),
            "{pointer}"
        );
        assert!(
            routes.contains(route),
            "{route} is in manifest.yml and not in src/http"
        );
    }
}

#[test]
fn the_settings_are_those_that_the_code_relies_on() {
    let manifest = manifest();
    for (pointer, wanted, reason) in [
        (
            "/features/slash_commands/0/should_escape",
            true,
            "else mentions arrive as bare names, which nobody can resolve",
        ),
        (
            "/features/app_home/messages_tab_enabled",
            true,
            "else a direct message fails with messages_tab_disabled",
        ),
        (
            "/settings/interactivity/is_enabled",
            true,
            "else buttons do nothing",
        ),
        (
            "/settings/token_rotation_enabled",
            false,
            "a token is configured once and never refreshed",
        ),
    ] {
        assert_eq!(
            manifest.pointer(pointer),
            Some(&Value::Bool(wanted)),
            "{pointer}: {reason}"
        );
    }
}

#[test]
fn every_scope_says_what_it_is_for() {
    let text = read("manifest.yml");
    for scope in texts(&manifest(), "/oauth_config/scopes/bot") {
        let line = text
            .lines()
            .find_map(|line| line.trim().strip_prefix(&format!("- {scope} # ")));
        assert!(
            line.is_some_and(|reason| !reason.is_empty()),
            "`- {scope}` needs a comment that says what it is for"
        );
    }
}

#[test]
fn methods_are_found_however_they_are_called() {
    let code = r#"
        post("chat.postMessage", &body); // "pins.add"
        session.conversations_set_topic(&request).await?;
        session
            .users_info(&request)
            .await?;
        tracing::info!("users.of_no_interest", "chat.", "chatter.box");
    "#;
    let found: Vec<_> = calls_in(code).into_iter().collect();
    assert_eq!(
        found,
        ["chat.postMessage", "conversations_set_topic", "users_info"]
    );
    assert_eq!(
        judged("conversations_set_topic").map(|method| method.name),
        Some("conversations.setTopic")
    );
    assert!(judged("conversations_kick").is_none());
}

// --- Against Slack's own data, where it lies beside the project ---------------------------------------------------------

#[test]
fn slack_accepts_the_manifest() {
    let Some(schema) = reference("manifest.schema.2.0.0.json") else {
        return;
    };
    let validator = jsonschema::validator_for(&schema).expect("Slack's schema is a schema");
    let manifest = manifest();
    let errors: Vec<_> = validator
        .iter_errors(&manifest)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn the_tables_say_what_slack_says() {
    let Some(reference) = reference("methods.json") else {
        return;
    };
    for Method { name, scopes } in METHODS {
        let any_of = texts(&reference, &format!("/{name}/scopes"));
        assert_eq!(
            any_of.is_empty(),
            scopes.is_empty(),
            "{name} takes one of {any_of:?}"
        );
        for scope in *scopes {
            assert!(
                any_of.contains(*scope),
                "{name} takes one of {any_of:?}, and `{scope}` is none of them"
            );
        }
    }
}

/// Slack's data: in `$BALEFIRE_SHARED/slack` or in `shared/slack` beside the project, or absent.
fn reference(name: &str) -> Option<Value> {
    let shared =
        std::env::var_os("BALEFIRE_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let text = fs::read_to_string(shared.join("slack").join(name)).ok()?;
    Some(serde_json::from_str(&text).expect("Slack's data is JSON"))
}

// --- Reading ----------------------------------------------------------------------------------------------------------

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn manifest() -> Value {
    yaml_serde::from_str(&read("manifest.yml")).expect("manifest.yml is YAML")
}

/// The texts of the list there; none where there is no list.
fn texts(value: &Value, pointer: &str) -> BTreeSet<String> {
    let list = value.pointer(pointer).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn judged(call: &str) -> Option<&'static Method> {
    let plain = |name: &str| name.replace(['.', '_'], "").to_lowercase();
    METHODS
        .iter()
        .find(|method| plain(method.name) == plain(call))
}

/// The methods that the bot calls, by Slack's name or by slack-morphism's.
fn called() -> BTreeSet<String> {
    // What judges the answers of a method, or counts them, does not call it.
    source(&["src"], &["src/slack/outcome.rs", "src/telemetry/list.rs"])
        .iter()
        .flat_map(|code| calls_in(code))
        .collect()
}

fn calls_in(code: &str) -> BTreeSet<String> {
    let mut calls: BTreeSet<String> = literals(code)
        .filter(|text| {
            text.split_once('.').is_some_and(|(family, rest)| {
                FAMILIES.contains(&family)
                    && !rest.is_empty()
                    && rest.chars().all(|c| c.is_ascii_alphabetic() || c == '.')
            })
        })
        .map(str::to_owned)
        .collect();
    for line in code.lines().map(without_comment) {
        for part in line.split('.').skip(1) {
            let Some((name, _)) = part.split_once('(') else {
                continue;
            };
            let is_a_call = name
                .split_once('_')
                .is_some_and(|(family, rest)| FAMILIES.contains(&family) && !rest.is_empty())
                && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            if is_a_call {
                calls.insert(name.to_owned());
            }
        }
    }
    calls
}

fn literals_in(paths: &[&str]) -> BTreeSet<String> {
    source(paths, &[])
        .iter()
        .flat_map(|code| literals(code).map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// The string literals of each line, as long as they hold no quotation mark.
fn literals(code: &str) -> impl Iterator<Item = &str> {
    code.lines()
        .map(without_comment)
        .flat_map(|line| line.split('"').skip(1).step_by(2))
}

fn without_comment(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

/// The bot's code under these paths, but for some: not the stand-in, which is Slack, and no tests.
fn source(paths: &[&str], but_for: &[&str]) -> Vec<String> {
    let mut code = vec![];
    let mut open: Vec<PathBuf> = paths.iter().map(|path| root().join(path)).collect();
    while let Some(path) = open.pop() {
        let is_test = path.to_string_lossy().ends_with("tests.rs");
        if is_test
            || path.ends_with("src/standin")
            || but_for.iter().any(|other| path.ends_with(other))
        {
            continue;
        }
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("the source can be listed");
            open.extend(entries.map(|entry| entry.expect("the source can be listed").path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") && path.exists() {
            let text = fs::read_to_string(&path).expect("the source can be read");
            // Tests stand at a file's end.
            code.push(
                text.split("\n#[cfg(test)]\nmod ")
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
            );
        }
    }
    code
}
