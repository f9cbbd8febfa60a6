//! Slack's own Python SDK and its framework Bolt run unchanged against the stand-in.

#[path = "venv/mod.rs"]
mod venv;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use balefire::clock::{Clock, SystemClock};
use balefire::standin::{Listening, Options, Rates, StandIn};

const TOKEN: &str = "xoxb-test";
const APP_TOKEN: &str = "xapp-1-test";
const SECRET: &str = "secret";
/// Longer than Python takes for anything here on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Python that runs a script of `tests/slack_sdk` against the stand-in.
fn python(script: &str, listening: &Listening) -> Command {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(venv::program("python3"));
    command
        .arg(here.join("tests/slack_sdk").join(script))
        .env("STANDIN_API_URL", format!("{}/api/", listening.url))
        .env("STANDIN_TOKEN", TOKEN)
        .env("STANDIN_APP_TOKEN", APP_TOKEN)
        .env("STANDIN_SECRET", SECRET)
        .env("NO_PROXY", "127.0.0.1")
        // The tree is not the place for compiled Python.
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

#[tokio::test]
async fn slacks_own_sdk_runs_unchanged() {
    let clock = Arc::new(|| 1_795_165_200_000);
    let stand_in = StandIn::new(Options::new(clock, SECRET, TOKEN));
    let listening = stand_in.listen().await.expect("a free loopback port");
    let trigger = stand_in.with(|world| world.new_trigger("U0ALICE"));
    let mut command = python("test_slack_sdk.py", &listening);
    command.env("STANDIN_TRIGGER_ID", trigger);
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .expect("the thread does not panic")
        .expect("Python starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("Ran 7 tests"), "{said}");
}

/// An app on Bolt; dropped, it is killed.
struct Bolt(Child);

impl Drop for Bolt {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A Slack in which Bolt can check signatures, by the machine's clock.
async fn slack(socket_mode: bool) -> (StandIn, Listening) {
    let clock = SystemClock::default();
    let now_ms = Arc::new(move || clock.now().timestamp_millis());
    let mut options = Options::new(now_ms, SECRET, TOKEN);
    options.app_token = Some(APP_TOKEN.into());
    options.socket_mode = socket_mode;
    options.rates = Rates::Off;
    // Bolt sends `team_id` with every call, and Slack ignores what a method does not have.
    options.strict_arguments = false;
    options.answer_within = PATIENCE;
    let stand_in = StandIn::new(options);
    let listening = stand_in.listen().await.expect("a free loopback port");
    (stand_in, listening)
}

async fn until_socket(stand_in: &StandIn, wanted: impl Fn(&[u64]) -> bool) {
    let open = tokio::time::timeout(PATIENCE, stand_in.until_sockets(wanted));
    open.await.expect("Bolt opens a socket");
}

/// What people see of the app: an answer, a button, a form with a mistake and without, a mention.
async fn people_see(stand_in: &StandIn) {
    let (alice, bob) = (stand_in.person("U0ALICE"), stand_in.person("U0BOB"));
    let answer = alice
        .slash("C0INCIDENTS", "/incident Checkout is down")
        .await;
    assert_eq!(answer.reads(), "Heard “Checkout is down” from <@U0ALICE>");

    let answer = alice.slash("C0INCIDENTS", "/incident button").await;
    assert_eq!((answer.reads(), answer.error), (String::new(), None));
    let shown = stand_in.messages("C0INCIDENTS");
    let button = shown
        .iter()
        .rfind(|message| message.reads() == "[Press]")
        .expect("a button");
    let answer = bob.click("C0INCIDENTS", &button.ts, "Press").await;
    assert_eq!(answer.expect("it can be pressed").error, None);
    let last = stand_in.messages("C0INCIDENTS").pop().expect("an answer");
    assert_eq!(last.reads(), "42 was pressed by <@U0BOB>");
    assert_eq!(last.only_for.as_deref(), Some("U0BOB"));

    alice.slash("C0INCIDENTS", "/incident form").await;
    let field = "What is broken?";
    let submitted = alice.submit(&[(field, "Nothing")]).await.expect("a form");
    assert_eq!(submitted.errors["what"], "That is not broken");
    let submitted = alice.submit(&[(field, "Checkout")]).await.expect("a form");
    assert!(submitted.ok(), "{submitted:?}");
    let last = stand_in.messages("C0GENERAL").pop().expect("a message");
    assert_eq!(last.reads(), "<@U0ALICE> declared Checkout");

    let ts = alice.say("C0GENERAL", "@Balefire help").expect("said");
    stand_in.settle().await;
    let thread = stand_in.thread("C0GENERAL", &ts);
    assert_eq!(thread[1].reads(), "<@U0ALICE> called");
    let delivered = stand_in.delivered();
    assert!(
        delivered.iter().all(|one| one.status == Some(200)),
        "{delivered:?}"
    );
}

#[tokio::test]
async fn bolt_runs_unchanged_over_a_socket() {
    let (stand_in, listening) = slack(true).await;
    let mut command = python("bolt_app.py", &listening);
    let _bolt = Bolt(command.arg("socket").spawn().expect("Python starts"));
    until_socket(&stand_in, |open| open.len() == 1).await;
    people_see(&stand_in).await;

    // Slack wants a new one in its place.
    stand_in.tell_socket(1, "refresh_requested");
    until_socket(&stand_in, |open| open.iter().any(|id| *id > 1)).await;
    stand_in.close_socket(1);
    until_socket(&stand_in, |open| !open.is_empty() && !open.contains(&1)).await;
    let bob = stand_in.person("U0BOB");
    let answer = bob.slash("C0INCIDENTS", "/incident Still there?").await;
    assert_eq!(answer.reads(), "Heard “Still there?” from <@U0BOB>");
    assert_eq!(stand_in.socket_complaints(), [""; 0]);
}

#[tokio::test]
async fn bolt_runs_unchanged_by_http() {
    let (stand_in, listening) = slack(false).await;
    let mut command = python("bolt_app.py", &listening);
    command.arg("http").stdout(Stdio::piped());
    let mut bolt = Bolt(command.spawn().expect("Python starts"));
    let stdout = bolt.0.stdout.take().expect("it is piped");
    let url = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).map(|_| line)
    });
    let url = url.await.expect("the thread does not panic");
    let url = url.expect("Bolt says where it listens");
    stand_in.set_bot_url(Some(url.trim()));
    people_see(&stand_in).await;
}
