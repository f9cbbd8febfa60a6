//! What operators write: `balefire.toml`, and the environment in seeds that begin with `#env`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use balefire::clock::Time;
use balefire::config::{ChannelRef, Config, ConfigError, Door, Overrides, Settings, load, parse};
use balefire::domain::rules::{OwnerRef, Rules};
use balefire::ids::ChannelId;
use chrono::Duration;

const WORDS: &[&str] = &[
    "[slack]\n",
    "[[severity]]\n",
    "[customers]\n",
    "[nag]\n",
    "[[owner_rule]]\n",
    "[[schedule]]\n",
    "[drafts]\n",
    "language = \"en\"\n",
    "language = \"zh\"\n",
    "timezone = \"Asia/Shanghai\"\n",
    "timezone = \"Africa/Casablanca\"\n",
    "services = []\n",
    "id = \"P9\"\n",
    "id = \"P0\"\n",
    "name = \"x\"\n",
    "meaning = \"\"\n",
    "respond_within = ",
    "update_every = ",
    "owner = [\"schedule:primary\"]\n",
    "owner = [\"U1\", \"S1\"]\n",
    "escalate_to = [\"schedule:nobody\"]\n",
    "stakeholders = [\"C1\", \"a@b.c\"]\n",
    "channel = \"C1\"\n",
    "approvals = 2\n",
    "approvals = 0\n",
    "climb_after = \"5m\"\n",
    "service = \"payments\"\n",
    "severity = [\"P0\"]\n",
    "severity = []\n",
    "handover = \"0 0 10 * * MON\"\n",
    "handover = \"0 0 10 30 2 *\"\n",
    "handover = \"* * * * * *\"\n",
    "handover = \"0 0 2 * * *\"\n",
    "handover = \"0 30 2 29 2 *\"\n",
    "members = [\"U1\"]\n",
    "members = []\n",
    "start = 2026-01-01\n",
    "start = 0001-01-01\n",
    "start = 2026-01-01T00:00:00Z\n",
    "templates = \"t\"\n",
    "\"15m\"",
    "\"0s\"",
    "\"1ns\"",
    "\"31days\"",
    "\"999999999999y\"",
    "\"1h 30m\"",
    "\"\"",
    "15",
    "1.5",
    "true",
    "inf",
    "\"\"\"",
    "'''",
    "\"\\u0000\"",
    "\"\\n\"",
    "=",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    ",",
    ".",
    "#",
    "\n",
    "\r",
    "a.b.c = 1\n",
    "SLACK_BOT_TOKEN=xoxb-secret-bot\n",
    "SLACK_SIGNING_SECRET=0123456789abcdef\n",
    "SLACK_APP_TOKEN=xapp-secret-app\n",
    "SLACK_API_URL=http://127.0.0.1:1/api/\n",
    "DATABASE_URL=postgres://u:secretword@h/d\n",
    "DATABASE_URL=sqlite://a.db\n",
    "BALEFIRE_LISTEN=[::]:3000\n",
    "BALEFIRE_LOG_FORMAT=json\n",
    "RUST_LOG=info,balefire=debug\n",
    "RUST_LOG=[a{b=/(/}]=x\n",
    "BALEFIRE_HEARTBEAT_URL=https://hc.example/secretword\n",
];

/// Variables whose value must not be seen in a complaint.
const SECRETS: [&str; 5] = [
    "SLACK_BOT_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_APP_TOKEN",
    "DATABASE_URL",
    "BALEFIRE_HEARTBEAT_URL",
];

crate::target!("config", WORDS, runs: 2_000, judge);

fn judge(bytes: &[u8]) -> &'static str {
    let text = String::from_utf8_lossy(bytes);
    match text.strip_prefix("#env\n") {
        Some(lines) => judge_environment(lines),
        None => judge_file(&text),
    }
}

fn judge_file(text: &str) -> &'static str {
    let asked = RefCell::new(None);
    let no_overrides = |folder: &Path| {
        *asked.borrow_mut() = Some(folder.to_owned());
        Ok(Overrides::new())
    };
    match parse(text, Path::new("balefire.toml"), &no_overrides) {
        Ok(settings) => {
            assert_eq!(settings.templates, asked.into_inner());
            check_settings(&settings);
            "valid file"
        }
        Err(error) => {
            let ConfigError::Line {
                file,
                line,
                problem,
            } = &error
            else {
                panic!("not about a line: {error:?}");
            };
            assert_eq!(file, "balefire.toml");
            assert!(
                *line >= 1 && *line <= text.matches('\n').count() + 1,
                "line {line}"
            );
            assert!(problem.trim().len() > 3, "{problem:?}");
            check_one_line(&error);
            let is_ours = problem.contains("; ") || problem.contains("does not exist");
            if is_ours {
                "refused value"
            } else {
                "refused text"
            }
        }
    }
}

fn check_one_line(error: &ConfigError) {
    let shown = error.to_string();
    assert!(!shown.contains(['\n', '\r']), "more than a line: {shown:?}");
}

/// What the rest of the bot relies on.
fn check_settings(settings: &Settings) {
    let rules = &settings.rules;
    let is_span = |span: Duration| span >= Duration::seconds(1) && span <= Duration::days(31);
    assert!(is_span(rules.climb_after));
    assert!(!rules.severities.is_empty());
    assert!(matches!(rules.customers.approvals, 1 | 2));
    let mut ids = BTreeSet::new();
    for severity in &rules.severities {
        let id = severity.id.as_str();
        assert!(
            (1..=20).contains(&id.chars().count()) && !id.contains(char::is_whitespace),
            "{id:?}"
        );
        assert!(ids.insert(id.to_lowercase()), "{id:?} is there twice");
        assert!(
            (1..=50).contains(&severity.name.chars().count()),
            "{:?}",
            severity.name
        );
        assert!(
            is_span(severity.respond_within) && is_span(severity.update_every),
            "{severity:?}"
        );
        assert_eq!(
            rules.severity(id).map(|found| &found.id),
            Some(&severity.id),
            "{id:?} can be typed"
        );
        severity
            .owner
            .iter()
            .chain(&severity.escalate_to)
            .for_each(|owner| check_owner(owner, rules));
        severity
            .stakeholder_channels()
            .iter()
            .for_each(check_channel);
    }
    assert!(rules.services.len() <= 100);
    for (at, service) in rules.services.iter().enumerate() {
        assert!(
            (1..=75).contains(&service.chars().count()) && service.trim() == service,
            "{service:?}"
        );
        assert!(
            !rules.services[..at].contains(service),
            "{service:?} is there twice"
        );
    }
    for rule in &rules.owner_rules {
        rule.owner
            .iter()
            .for_each(|owner| check_owner(owner, rules));
        assert!(
            rule.severities
                .iter()
                .all(|id| rules.severities.iter().any(|known| known.id == *id))
        );
    }
    for schedule in &rules.schedules {
        let now = Time::from_timestamp(1_763_676_000, 0).expect("it is a time");
        assert!(schedule.members().contains(schedule.on_call(now)));
        assert!(schedule.next_handover(now).is_none_or(|next| next > now));
    }
    rules.customers.channel.iter().for_each(check_channel);
    match &settings.incidents_channel {
        ChannelRef::Id(id) => check_channel(id),
        ChannelRef::Name(name) => {
            assert!(!name.is_empty() && !name.contains([' ', '#']), "{name:?}")
        }
    }
}

fn check_owner(owner: &OwnerRef, rules: &Rules) {
    match owner {
        OwnerRef::User(user) => assert!(user.as_str().len() > 1, "{user:?}"),
        OwnerRef::Group(group) => assert!(group.as_str().starts_with('S'), "{group:?}"),
        OwnerRef::Schedule(name) => assert!(rules.schedule(name).is_some(), "{name:?}"),
    }
}

fn check_channel(channel: &ChannelId) {
    let id = channel.as_str();
    assert!(
        id.starts_with(['C', 'G']) && id.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        "{id:?}"
    );
}

fn judge_environment(lines: &str) -> &'static str {
    let variables: BTreeMap<&str, &str> = lines
        .lines()
        .filter_map(|line| line.split_once('='))
        .collect();
    // Files would be files of this machine.
    let lookup = |name: &str| {
        let value = variables.get(name).filter(|_| !name.ends_with("_FILE"));
        value.map(|value| (*value).to_owned())
    };
    let missing = Path::new("tests/fuzz/corpus/config/defaults.toml");
    match load(Some(missing), &lookup) {
        Ok(config) => {
            check_config(&config, lines);
            "valid environment"
        }
        Err(error) => {
            check_one_line(&error);
            let ConfigError::Variable { name, .. } = &error else {
                panic!("not about a variable: {error:?}");
            };
            let known =
                name.starts_with("SLACK_") || name.starts_with("BALEFIRE_") || name == "RUST_LOG";
            assert!(known || name == "DATABASE_URL", "{name}");
            // What it is about is quoted, and may hold anything but for secrets.
            let value_of = |name: &str| variables.get(name).map_or("", |value| value.trim());
            let mut shown = error.to_string();
            if !SECRETS.contains(&name.as_str()) {
                shown = shown.replace(&format!("{:?}", value_of(name)), "");
            }
            for secret in SECRETS {
                let value = value_of(secret);
                // What stands in another variable, too, may be quoted from there.
                let is_telling = value.contains("secret") && lines.matches(value).count() == 1;
                assert!(
                    !is_telling || !shown.contains(value),
                    "{shown:?} tells {secret}"
                );
            }
            "refused variable"
        }
    }
}

fn check_config(config: &Config, lines: &str) {
    use secrecy::ExposeSecret as _;
    let slack = &config.slack;
    assert!(
        !slack.api_url.ends_with('/') && slack.api_url.starts_with("http"),
        "{}",
        slack.api_url
    );
    assert!(slack.bot_token.expose_secret().starts_with("xoxb-"));
    let door = match &slack.door {
        Door::Http { signing_secret } => signing_secret,
        Door::Socket { app_token } => app_token,
    };
    assert!(!door.expose_secret().is_empty());
    let url = config.database_url.expose_secret();
    assert!(
        url.starts_with("sqlite:") || url.starts_with("postgres"),
        "{url}"
    );
    // The address may hold anything, and what is written there is shown.
    let shown = format!("{config:?}").replace(&format!("{:?}", slack.api_url), "");
    for secret in [&slack.bot_token, door, &config.database_url] {
        let secret = secret.expose_secret();
        let is_telling = secret.len() >= 12 && lines.matches(secret).count() == 1;
        assert!(!is_telling || !shown.contains(secret), "shown: {secret}");
    }
}
