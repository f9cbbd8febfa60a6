use std::collections::BTreeMap;
use std::io;

use chrono::Duration;
use secrecy::ExposeSecret;

use super::*;
use crate::domain::draft_template::{Audience, Templates};
use crate::domain::rules::{Customers, Directory, Language, OwnerRef};
use crate::ids::{GroupId, SeverityId, UserId};

fn no_folders(_: &Path) -> io::Result<Overrides> {
    Err(io::ErrorKind::NotFound.into())
}

fn read(text: &str) -> Result<Settings, ConfigError> {
    parse(text, Path::new("balefire.toml"), &no_folders)
}

/// The environment of a test.
fn variables(set: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
    let set: BTreeMap<String, String> = set
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()))
        .collect();
    move |name| set.get(name).cloned()
}

const SECRETS: [(&str, &str); 3] = [
    ("SLACK_BOT_TOKEN", "xoxb-sesame-bot"),
    ("SLACK_SIGNING_SECRET", "sesame-signing"),
    ("SLACK_APP_TOKEN", "xapp-sesame-app"),
];

/// [`SECRETS`], with `more` set over them.
fn load_with(more: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let empty = tempfile::NamedTempFile::new().unwrap();
    load(Some(empty.path()), &variables(&[&SECRETS, more].concat()))
}

#[test]
fn an_empty_file_means_the_defaults() {
    let settings = read("").unwrap();
    let default = Settings::default();
    assert_eq!(format!("{settings:?}"), format!("{default:?}"));
    assert_eq!(
        settings.incidents_channel,
        ChannelRef::Name("incidents".to_owned())
    );
    assert_eq!(settings.listen, Listen::Suggest);
    assert!(settings.rules.channel_per_incident);
    assert_eq!(
        settings.rules.customers,
        Customers {
            channel: None,
            approvals: 1
        }
    );
    assert_eq!(settings.rules.climb_after, Duration::minutes(5));
    // Empty tables say no more than an empty file.
    let tables = read("services = []\n[slack]\n[customers]\n[nag]\n[drafts]\n").unwrap();
    assert_eq!(format!("{tables:?}"), format!("{default:?}"));
}

#[test]
fn every_key_is_understood() {
    let settings = read(
        r##"
        language = "zh"
        timezone = "Asia/Shanghai"
        services = ["payments", "checkout"]

        [slack]
        incidents_channel = "#alarms"
        channel_per_incident = false
        listen = "mention"

        [[severity]]
        id = "SEV1"
        name = "Grave"
        meaning = "All hands"
        respond_within = "3s"
        update_every = "1h 30m"
        owner = ["schedule:primary", "U024BE7LH", "S1"]
        escalate_to = ["W0BACKUP", "S2", "schedule:primary"]
        stakeholders = ["C0EXEC", "board@example.com"]

        [customers]
        channel = "C0CUSTOMERS"
        approvals = 2

        [nag]
        climb_after = "10s"

        [[owner_rule]]
        service = "Payments"
        severity = ["sev1"]
        owner = ["U9"]

        [[schedule]]
        name = "primary"
        handover = "0 0 9 * * *"
        start = 2026-11-16
        members = ["U1", "U2"]
        "##,
    )
    .unwrap();
    let rules = &settings.rules;
    assert_eq!(
        settings.incidents_channel,
        ChannelRef::Name("alarms".to_owned())
    );
    assert_eq!(settings.listen, Listen::Mention);
    assert!(!rules.channel_per_incident);
    assert_eq!(
        (rules.language, rules.timezone),
        (Language::Zh, chrono_tz::Asia::Shanghai)
    );
    assert_eq!(rules.services, ["payments", "checkout"]);
    assert_eq!(rules.climb_after, Duration::seconds(10));
    assert_eq!(
        rules.customers,
        Customers {
            channel: Some(ChannelId::new("C0CUSTOMERS")),
            approvals: 2
        }
    );
    let [severity] = &rules.severities[..] else {
        panic!("one severity: {:?}", rules.severities)
    };
    assert_eq!(
        (severity.name.as_str(), severity.meaning.as_str()),
        ("Grave", "All hands")
    );
    assert_eq!(
        (severity.respond_within, severity.update_every),
        (Duration::seconds(3), Duration::minutes(90))
    );
    let user = |id: &str| OwnerRef::User(UserId::new(id));
    let group = |id: &str| OwnerRef::Group(GroupId::new(id));
    let primary = OwnerRef::Schedule("primary".to_owned());
    assert_eq!(
        severity.owner,
        [primary.clone(), user("U024BE7LH"), group("S1")]
    );
    assert_eq!(
        severity.escalate_to,
        [user("W0BACKUP"), group("S2"), primary]
    );
    assert_eq!(severity.stakeholders, ["C0EXEC", "board@example.com"]);
    // The rotation inherits the file's zone: 09:00 in Shanghai is 01:00 UTC.
    let now = "2026-11-17T01:00:00Z".parse().unwrap();
    let owner =
        |services: &[String]| rules.owner_for(&severity.id, services, &Directory::default(), now);
    assert_eq!(owner(&[]), Some(UserId::new("U2")));
    assert_eq!(owner(&["payments".to_owned()]), Some(UserId::new("U9")));
}

#[test]
fn a_severity_takes_what_it_leaves_out_from_its_namesake_or_its_place() {
    let settings = read(
        "[[severity]]\nid = \"p1\"\n[[severity]]\nid = \"Big\"\n[[severity]]\nid = \"small\"\n",
    )
    .unwrap();
    let table: Vec<_> = settings
        .rules
        .severities
        .iter()
        .map(|severity| {
            let respond = severity.respond_within.num_minutes();
            format!(
                "{}, {}, {respond}, {}",
                severity.id,
                severity.name,
                severity.update_every.num_minutes()
            )
        })
        .collect();
    assert_eq!(
        table,
        [
            "p1, High, 120, 15",
            "Big, Big, 120, 15",
            "small, small, 480, 15"
        ]
    );
    assert_eq!(
        settings.rules.severity("P1").map(|severity| &severity.id),
        Some(&SeverityId::new("p1"))
    );
}

#[test]
fn a_channel_is_an_id_or_a_name() {
    let cases = [
        ("incidents", ChannelRef::Name("incidents".to_owned())),
        ("#incidents", ChannelRef::Name("incidents".to_owned())),
        ("故障", ChannelRef::Name("故障".to_owned())),
        ("c0inc", ChannelRef::Name("c0inc".to_owned())),
        ("C0INC", ChannelRef::Id(ChannelId::new("C0INC"))),
        ("G0INC", ChannelRef::Id(ChannelId::new("G0INC"))),
    ];
    for (text, expected) in cases {
        let settings = read(&format!("[slack]\nincidents_channel = {text:?}")).unwrap();
        assert_eq!(settings.incidents_channel, expected);
    }
}

#[test]
fn each_mistake_is_one_line_that_names_it_and_the_way_out() {
    let cases: Vec<_> = include_str!("mistakes.txt").split("\n====\n").collect();
    assert!(cases.len() > 30, "only {} mistakes were found", cases.len());
    for case in cases {
        let (text, expected) = case.split_once("\n----\n").unwrap();
        let error = read(text)
            .map(|_| "nothing was wrong")
            .unwrap_err()
            .to_string();
        assert_eq!(error, expected.trim_end(), "for:\n{text}");
    }
}

#[test]
fn the_teams_own_templates_are_read_from_beside_the_file() {
    let asked = std::cell::RefCell::new(Vec::new());
    let folder = |path: &Path| {
        asked.borrow_mut().push(path.to_owned());
        Ok(Overrides::from([(
            "customers.en.md.j2".to_owned(),
            "{{ title }}!".to_owned(),
        )]))
    };
    let settings = parse(
        "[drafts]\ntemplates = \"words\"",
        Path::new("/etc/balefire/balefire.toml"),
        &folder,
    )
    .unwrap();
    assert_eq!(asked.into_inner(), [Path::new("/etc/balefire/words")]);
    assert_eq!(
        settings.templates.as_deref(),
        Some(Path::new("/etc/balefire/words"))
    );
    assert_ne!(
        said(&settings.rules.drafts, Audience::Customers),
        said(&Templates::default(), Audience::Customers),
    );
    assert_eq!(
        said(&settings.rules.drafts, Audience::Stakeholders),
        said(&Templates::default(), Audience::Stakeholders),
    );
}

/// What a template says of an incident of which nothing is known.
fn said(templates: &Templates, audience: Audience) -> String {
    let facts = crate::domain::draft_template::DraftFacts {
        id: "INC-2026-001".parse().unwrap(),
        title: "Checkout is down".to_owned(),
        severity_id: SeverityId::new("P0"),
        severity_name: "Critical".to_owned(),
        severity_meaning: String::new(),
        services: Vec::new(),
        status: "declared".to_owned(),
        impact: None,
        eta: None,
        updates: Vec::new(),
        latest_update: None,
        declared_at: "2026-11-20T10:00:00Z".parse().unwrap(),
        resolved_at: None,
        next_update_at: None,
        timezone: chrono_tz::UTC,
        drafts_before: 0,
        summary: None,
    };
    templates.render(audience, Language::En, &facts).unwrap()
}

#[test]
fn a_broken_template_stops_the_start_with_its_own_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("balefire.toml");
    std::fs::write(&file, "[drafts]\ntemplates = \".\"\n").unwrap();
    let template = folder.path().join("./customers.zh.md.j2");
    std::fs::write(&template, "一\n{{ titel }}").unwrap();
    std::fs::write(folder.path().join("README.md"), "not a template").unwrap();
    let error = load_settings(Some(&file)).unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "{}:2: undefined value: `titel` is undefined",
            template.display()
        )
    );
}

#[test]
fn a_file_that_was_named_must_exist() {
    let error = load_settings(Some(Path::new("no/such.toml")))
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("no/such.toml: cannot be read ("),
        "{error}"
    );
    assert!(
        error.ends_with("; create it, or leave out --config to run on the defaults"),
        "{error}"
    );
}

#[test]
fn the_environment_is_read_with_its_defaults() {
    let config = load_with(&[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(config.database_url.expose_secret(), "sqlite://balefire.db");
    assert_eq!(config.log_filter.to_string(), "info");
    assert_eq!(config.slack.api_url, "https://slack.com/api");
    assert_eq!(config.slack.bot_token.expose_secret(), "xoxb-sesame-bot");
    assert_eq!(shown(&config.slack.door), "socket xapp-sesame-app");

    let config = load_with(&[
        ("BALEFIRE_LISTEN", "[::1]:80"),
        ("DATABASE_URL", "postgres://bale:sesame-db@db/fire"),
        ("RUST_LOG", "warn, \u{2028}balefire=debug,"),
        ("SLACK_API_URL", "htTp://127.0.0.1:3001/api/"),
        ("SLACK_APP_TOKEN", ""),
        ("BALEFIRE_LOG_FORMAT", "json"),
        ("BALEFIRE_HEARTBEAT_URL", "https://hc-ping.com/sesame"),
    ])
    .unwrap();
    assert_eq!(config.listen.to_string(), "[::1]:80");
    assert_eq!(
        config.database_url.expose_secret(),
        "postgres://bale:sesame-db@db/fire"
    );
    assert_eq!(config.log_filter.to_string(), "balefire=debug,warn");
    assert_eq!(config.log_format, LogFormat::Json);
    assert_eq!(
        config.heartbeat_url.as_ref().unwrap().expose_secret(),
        "https://hc-ping.com/sesame"
    );
    assert_eq!(config.slack.api_url, "http://127.0.0.1:3001/api");
    assert_eq!(
        shown(&config.slack.door),
        "http sesame-signing",
        "an empty value is no value"
    );
    // Over a socket nothing is signed.
    assert!(load_with(&[("SLACK_SIGNING_SECRET", "")]).is_ok());
}

fn shown(door: &Door) -> String {
    match door {
        Door::Http { signing_secret } => format!("http {}", signing_secret.expose_secret()),
        Door::Socket { app_token } => format!("socket {}", app_token.expose_secret()),
    }
}

#[test]
fn every_variable_may_come_from_a_file() {
    let value = |name: &str| match name {
        "SLACK_BOT_TOKEN" => "xoxb-from-file",
        "SLACK_SIGNING_SECRET" => "from-file",
        "SLACK_APP_TOKEN" => "xapp-from-file",
        "SLACK_API_URL" => "http://file/api",
        "DATABASE_URL" => "sqlite://file.db",
        "BALEFIRE_LISTEN" => "127.0.0.1:9",
        "RUST_LOG" => "trace",
        "BALEFIRE_LOG_FORMAT" => "text",
        "BALEFIRE_HEARTBEAT_URL" => "https://watcher.example/file",
        other => panic!("{other} is not in the contract"),
    };
    let folder = tempfile::tempdir().unwrap();
    let variable = |name: &str| {
        let path = folder.path().join(name.strip_suffix("_FILE")?);
        std::fs::write(&path, format!("{}\n", value(name.strip_suffix("_FILE")?))).unwrap();
        Some(path.display().to_string())
    };
    let empty = tempfile::NamedTempFile::new().unwrap();
    let config = load(Some(empty.path()), &variable).unwrap();
    assert_eq!(config.slack.bot_token.expose_secret(), "xoxb-from-file");
    assert_eq!(shown(&config.slack.door), "socket xapp-from-file");
    assert_eq!(
        config.heartbeat_url.unwrap().expose_secret(),
        "https://watcher.example/file"
    );
    assert_eq!(config.slack.api_url, "http://file/api");
    assert_eq!(config.database_url.expose_secret(), "sqlite://file.db");
    assert_eq!(config.listen.to_string(), "127.0.0.1:9");
    assert_eq!(config.log_filter.to_string(), "trace");
}

#[test]
fn a_malformed_variable_is_named_and_its_secret_is_not() {
    let empty = tempfile::NamedTempFile::new().unwrap();
    let empty_path = empty.path().to_str().unwrap();
    let cases: &[(&[(&str, &str)], &str)] = &[
        (
            &[("SLACK_BOT_TOKEN", "")],
            "SLACK_BOT_TOKEN is not set; copy the Bot User OAuth Token (xoxb-…) from ",
        ),
        (
            &[("SLACK_BOT_TOKEN", "sesame")],
            "SLACK_BOT_TOKEN does not look like xoxb-…; copy the Bot User OAuth Token (xoxb-…) from ",
        ),
        (
            &[("SLACK_BOT_TOKEN", "xoxp-sesame")],
            "SLACK_BOT_TOKEN holds a user token (xoxp-…); copy the Bot User OAuth Token (xoxb-…) from ",
        ),
        (
            &[("SLACK_BOT_TOKEN", "xapp-1-sesame")],
            "SLACK_BOT_TOKEN holds an app-level token (xapp-…); copy the Bot User OAuth Token (xoxb-…) from ",
        ),
        (
            &[("SLACK_BOT_TOKEN", "xoxe.xoxb-1-sesame")],
            "SLACK_BOT_TOKEN holds a token that rotates (xoxe…); copy the Bot User OAuth Token (xoxb-…) from ",
        ),
        (
            &[("SLACK_BOT_TOKEN", "xoxb-")],
            "SLACK_BOT_TOKEN does not look like xoxb-…; ",
        ),
        (
            &[("SLACK_BOT_TOKEN", "xoxb-sesame sesame")],
            "SLACK_BOT_TOKEN has a blank in it; ",
        ),
        (
            &[("SLACK_APP_TOKEN", "xoxb-sesame")],
            "SLACK_APP_TOKEN holds a bot token (xoxb-…); copy the app-level token (xapp-…) from ",
        ),
        (
            &[("SLACK_APP_TOKEN", ""), ("SLACK_SIGNING_SECRET", " ")],
            "SLACK_SIGNING_SECRET is not set; copy the Signing Secret from ",
        ),
        (
            &[
                ("SLACK_APP_TOKEN", ""),
                ("SLACK_SIGNING_SECRET", "xoxb-sesame"),
            ],
            "SLACK_SIGNING_SECRET holds a token; ",
        ),
        (
            &[("SLACK_APP_TOKEN", ""), ("SLACK_SIGNING_SECRET_FILE", "/x")],
            "SLACK_SIGNING_SECRET and SLACK_SIGNING_SECRET_FILE are both set; ",
        ),
        (
            &[("SLACK_API_URL", "slack.com/api")],
            "SLACK_API_URL is \"slack.com/api\", which is no address of an API; ",
        ),
        (
            &[("SLACK_API_URL", "ftp://slack.com")],
            "SLACK_API_URL is \"ftp://slack.com\", which is no address of an API; ",
        ),
        (
            &[("DATABASE_URL", "mysql://bale:sesame@db")],
            "DATABASE_URL is no database; write sqlite://balefire.db or ",
        ),
        (
            &[("DATABASE_URL", "postgresQL://bale:sesame@db/fire")],
            "DATABASE_URL is no database; write sqlite://balefire.db or ",
        ),
        (
            &[("DATABASE_URL", "sqlite://")],
            "DATABASE_URL is no database; ",
        ),
        (
            &[("DATABASE_URL", "balefire.db")],
            "DATABASE_URL is no database; ",
        ),
        (
            &[("DATABASE_URL_FILE", "/no/such/file")],
            "DATABASE_URL_FILE names /no/such/file, which cannot be read (",
        ),
        (
            &[("DATABASE_URL_FILE", empty_path)],
            "DATABASE_URL_FILE names ",
        ),
        (
            &[("BALEFIRE_LISTEN", "localhost")],
            "BALEFIRE_LISTEN is \"localhost\", which is no address; write IP:PORT, ",
        ),
        (
            &[("RUST_LOG", "balefire=loud")],
            "RUST_LOG is \"balefire=loud\", which is no log filter; ",
        ),
        (
            &[("BALEFIRE_LOG_FORMAT", "yaml")],
            "BALEFIRE_LOG_FORMAT is \"yaml\", which is no format; ",
        ),
        (
            &[("BALEFIRE_HEARTBEAT_URL", "sesame")],
            "BALEFIRE_HEARTBEAT_URL is no address that can be asked for; ",
        ),
        (
            &[("BALEFIRE_HEARTBEAT_URL", "ftp://watcher/sesame")],
            "BALEFIRE_HEARTBEAT_URL is no address that can be asked for; ",
        ),
        (
            &[("BALEFIRE_HEARTBEAT_URL", "https://me:sesame@watcher/ping")],
            "BALEFIRE_HEARTBEAT_URL is no address that can be asked for; ",
        ),
    ];
    for (set, expected) in cases {
        let error = load_with(set).unwrap_err();
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(!text.contains("sesame"), "{text}");
        }
        let text = error.to_string();
        assert!(text.starts_with(expected), "{set:?} gave {text:?}");
        assert!(
            text.contains("; ") && !text.contains('\n'),
            "{text:?} names no way out on one line"
        );
    }
}

#[test]
fn debug_shows_no_secret() {
    let config = load_with(&[("DATABASE_URL", "postgres://bale:sesame-db@db/fire")]).unwrap();
    let text = format!("{config:?} {config:#?}");
    assert!(!text.contains("sesame"), "{text}");
    assert!(
        text.contains("api_url") && text.contains("severities"),
        "{text}"
    );
}
