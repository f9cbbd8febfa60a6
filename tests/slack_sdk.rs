//! Slack's own Python SDK runs unchanged against the stand-in.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use balefire::standin::{Options, StandIn};

const TOKEN: &str = "xoxb-test";

fn python() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    std::env::var_os("BALEFIRE_TEST_PYTHON")
        .map_or_else(|| here.join("target/venv/bin/python3"), PathBuf::from)
}

#[tokio::test]
async fn slacks_own_sdk_runs_unchanged() {
    let python = python();
    assert!(
        python.exists(),
        "There is no Python with slack_sdk at {}. Run ./check.sh, which makes one.",
        python.display()
    );
    let stand_in = StandIn::new(Options::new(
        Arc::new(|| 1_795_165_200_000),
        "secret",
        TOKEN,
    ));
    let listening = stand_in.listen().await.expect("a free loopback port");
    let trigger = stand_in.with(|world| world.new_trigger("U0ALICE"));
    let mut command = Command::new(python);
    command
        .arg(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/slack_sdk/test_slack_sdk.py"))
        .env("STANDIN_API_URL", format!("{}/api/", listening.url))
        .env("STANDIN_TOKEN", TOKEN)
        .env("STANDIN_TRIGGER_ID", trigger)
        .env("NO_PROXY", "127.0.0.1")
        // The tree is not the place for compiled Python.
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .expect("the thread does not panic")
        .expect("Python starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("Ran 7 tests"), "{said}");
}
