//! `balefire doctor` as an operator runs it, against the stand-in and on both engines: everything well, and then one
//! thing wrong at a time.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use balefire::clock::{Clock, SystemClock};
use balefire::slack::scopes::BOT_SCOPES;
use balefire::standin::{Fault, Listening, Options, StandIn};
use balefire::store::Store;
use serde_json::Value;
use sqlx::{AnyConnection, Connection as _, Executor as _};
use tempfile::TempDir;

const SECRET: &str = "5up3r-5ecret-5igning";
const TOKEN: &str = "xoxb-4-very-secret-token";
const APP_TOKEN: &str = "xapp-1-A0-sesame";
const RULES: &str = r#"
[[severity]]
id = "P0"
owner = ["schedule:primary", "U0ALICE"]
escalate_to = ["S0PAYMENTS"]
stakeholders = ["C0EXEC", "boss@example.com"]

[customers]
channel = "C0CUSTOMERS"

[[schedule]]
name = "primary"
members = ["U0BOB", "U0CHEN"]
"#;

/// A folder to run in, beside a Slack and a database.
struct House {
    standin: StandIn,
    slack: Listening,
    /// How far Slack's clock is ahead.
    ahead_ms: Arc<AtomicI64>,
    folder: TempDir,
    database_url: String,
    /// Set for this run, over what it needs; an empty value is none.
    environment: Vec<(&'static str, String)>,
    arguments: Vec<&'static str>,
    /// What must stay as it is while the doctor looks.
    kept: Vec<Box<dyn Send>>,
}

/// What came of a run.
struct Said {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl House {
    async fn on_a_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("balefire.db").display());
        let house = Self::beside(folder, url).await;
        house.migrate().await;
        house
    }

    /// On an empty database of the server that `check.sh` starts.
    async fn on_postgres() -> Self {
        let server = std::env::var("BALEFIRE_TEST_POSTGRES_URL")
            .expect("BALEFIRE_TEST_POSTGRES_URL names a Postgres server; ./check.sh starts one");
        let name = format!("balefire_{}", uuid::Uuid::now_v7().simple());
        run_sql(&server, &format!("CREATE DATABASE {name}")).await;
        let mut url = url::Url::parse(&server).unwrap();
        url.set_path(&name);
        Self::beside(tempfile::tempdir().unwrap(), url.into()).await
    }

    async fn beside(folder: TempDir, database_url: String) -> Self {
        let ahead_ms = Arc::new(AtomicI64::new(0));
        let clock = SystemClock::default();
        let ahead = Arc::clone(&ahead_ms);
        let now_ms = move || clock.now().timestamp_millis() + ahead.load(Ordering::SeqCst);
        let mut options = Options::new(Arc::new(now_ms), SECRET, TOKEN);
        options.app_token = Some(APP_TOKEN.into());
        options.scopes = BOT_SCOPES.map(str::to_owned).to_vec();
        let standin = StandIn::new(options);
        let slack = standin.listen().await.unwrap();
        std::fs::write(folder.path().join("balefire.toml"), RULES).unwrap();
        Self {
            standin,
            slack,
            ahead_ms,
            folder,
            database_url,
            environment: vec![],
            arguments: vec![],
            kept: vec![],
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.environment.push((name, value.into()));
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    async fn migrate(&self) {
        Store::open(&self.database_url).await.unwrap().close().await;
    }

    async fn sql(&self, statement: &str) {
        run_sql(&self.database_url, statement).await;
    }

    fn command(&self, subcommand: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_balefire"));
        command
            .arg(subcommand)
            .args(&self.arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("BALEFIRE_LISTEN", "127.0.0.1:0")
            .env("DATABASE_URL", &self.database_url)
            .env("SLACK_API_URL", format!("{}/api", self.slack.url))
            .env("SLACK_BOT_TOKEN", TOKEN)
            .env("SLACK_SIGNING_SECRET", SECRET)
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null());
        command
    }

    async fn doctor(&self, arguments: &[&str]) -> Said {
        let mut command = self.command("doctor");
        command.args(arguments);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await;
        let output = output.unwrap();
        let said = Said {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        for secret in [SECRET, TOKEN, "sesame", "ticket"] {
            let all = format!("{}{}", said.stdout, said.stderr);
            assert!(!all.contains(secret), "{secret} is in: {all}");
        }
        said
    }

    /// What it said, without what differs from run to run.
    fn shown(&self, said: &Said) -> String {
        let folder = self.folder.path().display().to_string();
        let mut text = said.stdout.replace(&folder, "FOLDER");
        text = text.replace(&self.slack.url, "http://SLACK");
        let lines = text
            .lines()
            .map(|line| match line.split_once("PostgreSQL ") {
                Some((before, after)) => {
                    let (_, rest) = after.split_once(", ").unwrap_or((after, ""));
                    format!("{before}PostgreSQL VERSION, {rest}")
                }
                None => line.to_owned(),
            });
        format!(
            "{}\nexit {:?}\n",
            lines.collect::<Vec<_>>().join("\n"),
            said.code
        )
    }
}

async fn run_sql(url: &str, statement: &str) {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(url).await.unwrap();
    let statement = sqlx::AssertSqlSafe(statement.to_owned());
    connection.execute(statement).await.unwrap();
    connection.close().await.unwrap();
}

type Mischief = fn(&mut House);
/// What is done, which checks fail, what the first of them says, how it is mended, which could not be made.
type Case = (
    Mischief,
    &'static [&'static str],
    &'static str,
    &'static str,
    &'static [&'static str],
);

/// Does the mischief, and holds both forms of the report against what is expected.
async fn check(mut house: House, case: Case) {
    let (mischief, failed, what, fix, not_checked) = case;
    mischief(&mut house);
    let lines = house.doctor(&[]).await;
    assert_eq!(lines.code, Some(1), "{}{}", lines.stdout, lines.stderr);
    let mut text = lines.stdout.lines();
    let first = failed.first().expect("something fails");
    let line = text.find(|line| line.starts_with(&format!("✗ {first} ")));
    let line = line.unwrap_or_else(|| panic!("no line for {first}:\n{}", lines.stdout));
    assert!(line.contains(what), "{what:?} is not in {line:?}");
    let next = text.next().unwrap_or_default();
    assert!(
        next.starts_with("    → ") && next.contains(fix),
        "{fix:?} is not in {next:?}"
    );

    let said = house.doctor(&["--json"]).await;
    assert_eq!(said.code, Some(1), "{}", said.stdout);
    let report: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(report["ok"], false);
    let named = |state: &str| -> Vec<&str> {
        let checks = report["checks"].as_array().unwrap().iter();
        let of_it = checks.filter(|check| check["state"] == state);
        of_it.map(|check| check["name"].as_str().unwrap()).collect()
    };
    assert_eq!(named("failed"), failed, "{}", lines.stdout);
    assert_eq!(named("not_checked"), not_checked, "{}", lines.stdout);
    for check in report["checks"].as_array().unwrap() {
        let is_fine = check["state"] == "fine" || check["state"] == "notice";
        assert_eq!(check["ok"], is_fine, "{check}");
        assert!(check["what"].is_string(), "{check}");
        let fails_without_a_fix = check["state"] == "failed" && !check["fix"].is_string();
        assert!(!fails_without_a_fix, "{check}");
    }
}

const ALL_OF_SLACK: &[&str] = &[
    "slack.reach",
    "slack.token",
    "slack.scopes",
    "slack.clock",
    "slack.create_channels",
    "slack.channel.incidents",
    "slack.channel.C0EXEC",
    "slack.channel.C0CUSTOMERS",
    "slack.users",
    "slack.usergroup.S0PAYMENTS",
    "schedule.primary",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_well_is_said_to_be() {
    let house = House::on_a_file().await;
    let said = house.doctor(&[]).await;
    insta::assert_snapshot!(
        house
            .shown(&said)
            .replace("bob (U0BOB) is on call", "WHO is on call")
            .replace("chen (U0CHEN) is on call", "WHO is on call")
    );
    assert_eq!(said.stderr, "");
    let said = house.doctor(&["--json"]).await;
    let report: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((said.code, &report["ok"]), (Some(0), &Value::Bool(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_the_settings_stops_no_other_check() {
    let cases: [Case; 8] = [
        (
            |house| house.set("SLACK_BOT_TOKEN", ""),
            &["env.SLACK_BOT_TOKEN"],
            "is not set",
            "Copy the Bot User OAuth Token (xoxb-…)",
            ALL_OF_SLACK,
        ),
        (
            |house| house.set("SLACK_BOT_TOKEN", "xoxp-sesame"),
            &["env.SLACK_BOT_TOKEN"],
            "holds a user token (xoxp-…)",
            "Copy the Bot User OAuth Token (xoxb-…)",
            ALL_OF_SLACK,
        ),
        (
            |house| house.set("SLACK_SIGNING_SECRET", "xoxb-sesame"),
            &["env.SLACK_SIGNING_SECRET"],
            "holds a token",
            "Copy the Signing Secret",
            &[],
        ),
        (
            |house| house.set("SLACK_APP_TOKEN_FILE", "nowhere"),
            &["env.SLACK_APP_TOKEN"],
            "SLACK_APP_TOKEN_FILE names nowhere, which cannot be read",
            "Correct the path",
            &[],
        ),
        (
            |house| house.set("DATABASE_URL", "mysql://balefire:sesame@db/balefire"),
            &["env.DATABASE_URL"],
            "is no database",
            "Write sqlite://balefire.db",
            &["database.reach", "database.tables", "database.write"],
        ),
        (
            |house| house.set("BALEFIRE_LISTEN", "3000"),
            &["env.BALEFIRE_LISTEN"],
            "is no address",
            "Write IP:PORT",
            &["listen"],
        ),
        (
            |house| house.write("balefire.toml", "language = \"fr\"\n"),
            &["configuration"],
            "balefire.toml:1: language \"fr\" is not spoken here",
            "Write \"en\"",
            &["slack.create_channels", "slack.users"],
        ),
        (
            |house| house.arguments = vec!["--config", "other.toml"],
            &["configuration"],
            "other.toml: cannot be read",
            "Create it",
            &["slack.create_channels", "slack.users"],
        ),
    ];
    for case in cases {
        check(House::on_a_file().await, case).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_the_token_is_told_apart() {
    let cases: [Case; 6] = [
        (
            |house| house.set("SLACK_BOT_TOKEN", "xoxb-sesame"),
            &["slack.token"],
            "Slack refuses it: invalid_auth",
            "Copy the Bot User OAuth Token again",
            &ALL_OF_SLACK[2..],
        ),
        (
            |house| house.standin.uninstall(),
            &["slack.token"],
            "Slack refuses it: account_inactive",
            "Install the app again",
            &ALL_OF_SLACK[2..],
        ),
        (
            |house| house.standin.revoke_scopes(&["pins:write"]),
            &["slack.scopes"],
            "missing: pins:write",
            "Reinstall to Workspace",
            &[],
        ),
        (
            |house| house.standin.revoke_scopes(&["channels:manage"]),
            &["slack.scopes", "slack.create_channels"],
            "missing: channels:manage",
            "Reinstall to Workspace",
            &[],
        ),
        (
            |house| house.standin.revoke_scopes(&["users:read", "groups:read"]),
            &["slack.scopes"],
            "missing: groups:read, users:read",
            "Reinstall to Workspace",
            &[
                "slack.channel.incidents",
                "slack.users",
                "slack.usergroup.S0PAYMENTS",
                "schedule.primary",
            ],
        ),
        (
            |house| house.ahead_ms.store(90_000, Ordering::SeqCst),
            &["slack.clock"],
            "s behind Slack's: replicas whose clocks differ may say things twice, and beyond 300 s",
            "by NTP",
            &[],
        ),
    ];
    for case in cases {
        check(House::on_a_file().await, case).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_configuration_names_must_be_in_the_workspace() {
    let cases: [Case; 11] = [
        (
            |house| house.standin.remove_bot_from("C0INCIDENTS"),
            &["slack.channel.incidents"],
            "Balefire is not in #incidents",
            "Type /invite @Balefire in #incidents",
            &[],
        ),
        (
            |house| house.standin.remove_bot_from("C0CUSTOMERS"),
            &["slack.channel.C0CUSTOMERS"],
            "customers: Balefire is not in #customers",
            "Type /invite @Balefire in #customers",
            &[],
        ),
        (
            |house| change_channel(house, "C0EXEC", |channel| channel.archived = true),
            &["slack.channel.C0EXEC"],
            "stakeholders: #exec is archived",
            "Unarchive it",
            &[],
        ),
        (
            |house| {
                change_channel(house, "C0INCIDENTS", |channel| {
                    channel.name = "fires".into()
                })
            },
            &["slack.channel.incidents"],
            "there is no channel incidents that Balefire can see",
            "Create it",
            &[],
        ),
        (
            |house| house.standin.deactivate("U0ALICE"),
            &["slack.users"],
            "U0ALICE (alice) has left",
            "Put somebody who is there in their place",
            &[],
        ),
        (
            |house| {
                house
                    .standin
                    .change_person("U0ALICE", |alice| alice.is_bot = true)
            },
            &["slack.users"],
            "U0ALICE (alice) is a bot",
            "Put somebody who is there in their place",
            &[],
        ),
        (
            |house| house.write("balefire.toml", &RULES.replace("U0ALICE", "U0NOBODY")),
            &["slack.users"],
            "U0NOBODY is not in this workspace",
            "Put somebody who is there in their place",
            &[],
        ),
        (
            |house| {
                house.standin.deactivate("U0BOB");
                house.standin.deactivate("U0CHEN");
            },
            &[
                "slack.users",
                "slack.usergroup.S0PAYMENTS",
                "schedule.primary",
            ],
            "U0BOB (bob) has left, U0CHEN (chen) has left",
            "Put somebody who is there in their place",
            &[],
        ),
        (
            |house| house.standin.set_usergroup("S0PAYMENTS", &[]),
            &["slack.usergroup.S0PAYMENTS"],
            "@payments-oncall has nobody in it",
            "Add somebody to @payments-oncall",
            &[],
        ),
        (
            |house| {
                house.standin.with(|world| {
                    for group in &mut world.usergroups {
                        group.disabled = true;
                    }
                });
            },
            &["slack.usergroup.S0PAYMENTS"],
            "@payments-oncall is disabled",
            "Enable @payments-oncall",
            &[],
        ),
        (
            |house| house.write("balefire.toml", &RULES.replace("S0PAYMENTS", "S0GONE")),
            &["slack.usergroup.S0GONE"],
            "there is no such usergroup",
            "Correct its ID",
            &[],
        ),
    ];
    for case in cases {
        check(House::on_a_file().await, case).await;
    }
}

fn change_channel(
    house: &House,
    id: &str,
    change: impl FnOnce(&mut balefire::standin::things::Channel),
) {
    house
        .standin
        .with(|world| change(world.channel_mut(id).unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn when_slack_is_away_the_rest_is_still_looked_at() {
    let cases: [Case; 2] = [
        (
            |house| house.set("SLACK_API_URL", "http://127.0.0.1:1/api"),
            &["slack.reach"],
            "Slack could not be reached",
            "Let this machine connect to slack.com",
            &ALL_OF_SLACK[1..],
        ),
        (
            |house| {
                house
                    .standin
                    .misbehave(Some("auth.test"), Fault::HttpError(503), None)
            },
            &["slack.reach"],
            "HTTP status 503",
            "status.slack.com",
            &ALL_OF_SLACK[1..],
        ),
    ];
    for case in cases {
        check(House::on_a_file().await, case).await;
    }
    // It is there and has trouble of its own: that says nothing of a token.
    for (method, name) in [
        ("auth.test", "slack.token"),
        ("apps.connections.open", "socket"),
    ] {
        let mut house = House::on_a_file().await;
        house.standin.with(|world| world.socket_mode = true);
        house.set("SLACK_APP_TOKEN", APP_TOKEN);
        let busy = Fault::Code("internal_error".into());
        house.standin.misbehave(Some(method), busy, None);
        let said = house.doctor(&[]).await;
        assert_eq!(said.code, Some(1), "{}", said.stdout);
        let line = format!("? {name} ");
        let line = said.stdout.lines().find(|said| said.starts_with(&line));
        let line = line.unwrap_or_else(|| panic!("{name} was checked:\n{}", said.stdout));
        let why = "not checked: Slack refused: internal_error";
        assert!(line.ends_with(why), "{line}");
    }
    // It goes away in the middle: what was not asked is not guessed.
    let house = House::on_a_file().await;
    house
        .standin
        .misbehave(Some("users.info"), Fault::Drop, None);
    let said = house.doctor(&[]).await;
    insta::assert_snapshot!(house.shown(&said));
    assert_eq!(house.standin.calls_of("users.info").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_waits_when_slack_asks_to_and_not_for_ever() {
    let house = House::on_a_file().await;
    house
        .standin
        .next("users.info", Fault::RateLimited { after_s: 1 });
    let said = house.doctor(&[]).await;
    assert_eq!(said.code, Some(0), "{}", said.stdout);
    assert_eq!(said.stderr, "balefire: Slack asks to wait 1 s\n");

    let house = House::on_a_file().await;
    house
        .standin
        .next("usergroups.list", Fault::RateLimited { after_s: 300 });
    let said = house.doctor(&[]).await;
    assert_eq!(said.code, Some(1), "{}", said.stdout);
    let line =
        "? slack.usergroup.S0PAYMENTS  not checked: Slack asks to wait; run this again in 300 s";
    assert!(said.stdout.contains(line), "{}", said.stdout);
    assert_eq!(said.stderr, "");
}

/// `users.info` may be called a hundred times a minute, and only the first of a group who is here owns anything.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_may_have_more_members_than_can_be_asked_for() {
    let house = House::on_a_file().await;
    let mut members: Vec<String> = (0..250).map(|n| format!("U0MANY{n}")).collect();
    members.insert(1, "U0BOB".into());
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    house.standin.set_usergroup("S0PAYMENTS", &members);
    let said = house.doctor(&[]).await;
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    let line = "@payments-oncall: bob (U0BOB) owns what it is given";
    assert!(said.stdout.contains(line), "{}", said.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_file_is_told_apart() {
    let cases: [Case; 3] = [
        (
            |house| house.set("DATABASE_URL", "sqlite://no/such/folder/balefire.db"),
            &["database.write"],
            "No such file or directory",
            "Let this user write to the file and its folder",
            &[],
        ),
        (
            |house| {
                house.write("notes.txt", "no database at all, but long enough to be one");
                house.set("DATABASE_URL", "sqlite://notes.txt");
            },
            &["database.reach"],
            "file is not a database",
            "is the file a database",
            &["database.tables", "database.write"],
        ),
        (
            |house| house.set("DATABASE_URL", "sqlite://balefire.db?mode=ro"),
            &["database.reach"],
            "Balefire must be able to write",
            "Look at DATABASE_URL",
            &["database.tables", "database.write"],
        ),
    ];
    for case in cases {
        check(House::on_a_file().await, case).await;
    }
    let by_hand: [(&str, Case); 3] = [
        (
            "UPDATE _sqlx_migrations SET version = 9999 WHERE version = 1",
            NEWER,
        ),
        ("UPDATE _sqlx_migrations SET checksum = x'00'", ALTERED),
        (
            "CREATE TRIGGER full BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
            (
                |_| (),
                &["database.write"],
                "the disk is full",
                "Let this user write to the file and its folder",
                &[],
            ),
        ),
    ];
    for (statement, case) in by_hand {
        let house = House::on_a_file().await;
        house.sql(statement).await;
        check(house, case).await;
    }
}

const NEWER: Case = (
    |_| (),
    &["database.tables"],
    "a newer Balefire has written them",
    "Run that version, or restore a backup",
    &["database.write"],
);
const ALTERED: Case = (
    |_| (),
    &["database.tables"],
    "is not the one of this Balefire",
    "Run the version that made it",
    &["database.write"],
);

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_postgres_is_told_apart() {
    let empty = House::on_postgres().await;
    let said = empty.doctor(&[]).await;
    assert_eq!(said.code, Some(0), "{}", said.stdout);
    let lines = database_lines(&empty.shown(&said));
    empty.migrate().await;
    // As an older Balefire left it.
    empty
        .sql("DELETE FROM _sqlx_migrations WHERE version > 1")
        .await;
    let said = empty.doctor(&[]).await;
    assert_eq!(said.code, Some(0), "{}", said.stdout);
    let behind = said
        .stdout
        .lines()
        .find(|line| line.contains("migrations behind"));
    assert!(
        behind.is_some_and(|line| line.starts_with("· database.tables")),
        "{}",
        said.stdout
    );
    let empty = House::on_postgres().await;
    empty.migrate().await;
    let said = empty.doctor(&[]).await;
    assert_eq!(said.code, Some(0), "{}", said.stdout);
    insta::assert_snapshot!(lines + &database_lines(&empty.shown(&said)), @"
    ✓ database.reach              PostgreSQL VERSION, on this machine and without TLS
    ✓ database.tables             none yet; `serve` makes them at its start
    ✓ database.write              takes a write, which was rolled back
    ✓ database.reach              PostgreSQL VERSION, on this machine and without TLS
    ✓ database.tables             up to date
    ✓ database.write              takes a write, which was rolled back
    ");

    let by_hand: [(&str, Case); 3] = [
        (
            "UPDATE _sqlx_migrations SET version = 9999 WHERE version = 1",
            NEWER,
        ),
        ("UPDATE _sqlx_migrations SET checksum = '\\x00'", ALTERED),
        (
            // As on a standby.
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$",
            (
                |_| (),
                &["database.write"],
                "read-only transaction",
                "the server is no standby",
                &[],
            ),
        ),
    ];
    for (statement, case) in by_hand {
        let house = House::on_postgres().await;
        house.migrate().await;
        house.sql(statement).await;
        check(house, case).await;
    }
    let away: Case = (
        |house| {
            house.set(
                "DATABASE_URL",
                "postgres://balefire:sesame@127.0.0.1:1/balefire",
            )
        },
        &["database.reach"],
        "Connection refused",
        "does the server run",
        &["database.tables", "database.write"],
    );
    check(House::on_postgres().await, away).await;
}

fn database_lines(shown: &str) -> String {
    let lines = shown.lines().filter(|line| line.contains(" database."));
    lines.map(|line| format!("{line}\n")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_somebody_else_has_is_named() {
    let mut house = House::on_a_file().await;
    let other = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = other.local_addr().unwrap();
    house.set("BALEFIRE_LISTEN", address.to_string());
    let hangs_up = tokio::spawn(async move { while other.accept().await.is_ok() {} });
    house.kept.push(Box::new(hangs_up));
    let case: Case = (
        |_| (),
        &["listen"],
        "cannot be listened on: Address already in use",
        "Stop what listens there",
        &[],
    );
    check(house, case).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_socket_nothing_has_to_reach_it() {
    let mut house = House::on_a_file().await;
    house.standin.with(|world| world.socket_mode = true);
    house.set("SLACK_APP_TOKEN", APP_TOKEN);
    let said = house.doctor(&[]).await;
    assert_eq!(said.code, Some(0), "{}", said.stdout);
    let there = house.slack.url.replace("http://", "");
    let socket = format!("Slack would open one at {there}, which can be reached");
    let address = "public_address";
    assert!(said.stdout.contains(&socket), "{}", said.stdout);
    assert!(!said.stdout.contains(address), "{}", said.stdout);

    let cases: [Case; 3] = [
        (
            |house| house.set("SLACK_APP_TOKEN", "xapp-1-A0-sesame-of-another"),
            &["socket"],
            "invalid_auth",
            "Copy the app-level token again",
            &[],
        ),
        (
            |house| house.set("SLACK_APP_TOKEN", APP_TOKEN),
            &["socket"],
            "forbidden_team",
            "Switch on “Socket Mode”",
            &[],
        ),
        (
            |house| house.set("SLACK_APP_TOKEN", TOKEN),
            &["env.SLACK_APP_TOKEN"],
            "holds a bot token (xoxb-…)",
            "Copy the app-level token (xapp-…)",
            &[],
        ),
    ];
    for case in cases {
        check(House::on_a_file().await, case).await;
    }
}

/// What `apps.connections.open` says is not enough: a firewall may let its host through and not the socket's.
#[tokio::test(flavor = "multi_thread")]
async fn the_host_of_a_socket_is_connected_to() {
    let cases: [Case; 3] = [
        // Nobody is there.
        (
            |house| house.standin.set_base_url("http://127.0.0.1:1"),
            &["socket"],
            "127.0.0.1:1, where Slack would open one, cannot be reached: Connection refused",
            "Allow outgoing connections to 127.0.0.1:1",
            &[],
        ),
        // Somebody is there who does not speak TLS.
        (
            |house| {
                let url = house.slack.url.replacen("http", "https", 1);
                house.standin.set_base_url(&url);
            },
            &["socket"],
            "cannot be reached: TLS: ",
            "wss-backup.slack.com on port 443",
            &[],
        ),
        // A name that leads nowhere.
        (
            |house| {
                let url = "https://wss-primary.slack.invalid";
                house.standin.set_base_url(url);
            },
            &["socket"],
            "wss-primary.slack.invalid:443, where Slack would open one, cannot be reached: ",
            "Allow outgoing connections to wss-primary.slack.invalid:443",
            &[],
        ),
    ];
    for case in cases {
        let mut house = House::on_a_file().await;
        house.standin.with(|world| world.socket_mode = true);
        house.set("SLACK_APP_TOKEN", APP_TOKEN);
        check(house, case).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_takes_no_socket_of_the_bots() {
    let mut house = House::on_a_file().await;
    house.standin.with(|world| world.socket_mode = true);
    house.set("SLACK_APP_TOKEN", APP_TOKEN);
    let mut command = house.command("serve");
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let _serve = Running(command.spawn().unwrap());
    let one = house.standin.until_sockets(|open| open.len() == 1).await;
    for _ in 0..3 {
        let said = house.doctor(&[]).await;
        assert_eq!(said.code, Some(0), "{}", said.stdout);
        assert_eq!(house.standin.sockets(), one);
        let alice = house.standin.person("U0ALICE");
        let answer = alice.slash("C0INCIDENTS", "/incident list").await;
        assert!(!answer.reads().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_running_bot_it_disturbs_nobody() {
    for mut house in [House::on_a_file().await, House::on_postgres().await] {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        house.set("BALEFIRE_LISTEN", address.to_string());
        let mut command = house.command("serve");
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut serve = Running(command.spawn().unwrap());
        let ready = format!("http://{address}/readyz");
        for _ in 0..6_000 {
            let answer = reqwest::get(&ready).await;
            if answer.is_ok_and(|answer| answer.status() == 200) {
                break;
            }
            assert_eq!(serve.0.try_wait().unwrap(), None, "it has ended");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        house
            .standin
            .set_bot_url(Some(&format!("http://{address}")));
        let said = house.doctor(&[]).await;
        assert_eq!(said.code, Some(0), "{}", said.stdout);
        let line = format!("{address}: a Balefire runs there and is ready");
        assert!(said.stdout.contains(&line), "{}", said.stdout);
        if house.database_url.starts_with("sqlite") {
            let line = "a running Balefire holds it";
            assert!(said.stdout.contains(line), "{}", said.stdout);
        }
        let alice = house.standin.person("U0ALICE");
        let answer = alice
            .slash("C0INCIDENTS", "/incident declare P0 Checkout is down")
            .await;
        assert!(answer.reads().contains("INC-"), "{}", answer.reads());
    }
}

/// A `balefire serve` that ends with its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
