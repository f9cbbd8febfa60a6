//! What is said of the environment and of `balefire.toml`, before anybody is asked.

use std::path::Path;

use super::report::Check;
use crate::config::{ConfigError, DEFAULT_FILE, Readings};

/// A line for each secret and for the file; for the other settings only when one is wrong, as each has a default.
pub(super) fn judge(readings: &Readings, file: Option<&Path>) -> Vec<Check> {
    let mut checks = vec![
        secret("SLACK_BOT_TOKEN", &readings.bot_token, |_| {
            Some("a bot token (xoxb-…)")
        }),
        match readings.app_token {
            // Over a socket nothing is signed.
            Ok(Some(_)) => None,
            _ => secret("SLACK_SIGNING_SECRET", &readings.signing_secret, |_| {
                Some("set; whether it is the right one shows with Slack's first request")
            }),
        },
        secret("SLACK_APP_TOKEN", &readings.app_token, |token| {
            token
                .is_some()
                .then_some("an app-level token (xapp-…): Socket Mode")
        }),
    ];
    let mut complain = |name: &str, error: Option<&ConfigError>| {
        checks.push(error.map(|error| complaint(&setting(name), error)));
    };
    complain("SLACK_API_URL", readings.api_url.as_ref().err());
    complain("DATABASE_URL", readings.database_url.as_ref().err());
    complain("BALEFIRE_LISTEN", readings.listen.as_ref().err());
    complain("RUST_LOG", readings.log_filter.as_ref().err());
    complain("BALEFIRE_LOG_FORMAT", readings.log_format.as_ref().err());
    complain(
        "BALEFIRE_HEARTBEAT_URL",
        readings.heartbeat_url.as_ref().err(),
    );
    checks.push(Some(match &readings.settings {
        Ok(_) => configuration(file),
        Err(error) => complaint(CONFIGURATION, error),
    }));
    checks.into_iter().flatten().collect()
}

const CONFIGURATION: &str = "configuration";

fn setting(name: &str) -> String {
    format!("env.{name}")
}

fn secret<T>(
    name: &str,
    read: &Result<T, ConfigError>,
    said: impl Fn(&T) -> Option<&'static str>,
) -> Option<Check> {
    let name = setting(name);
    match read {
        Ok(value) => said(value).map(|said| Check::fine(name, said)),
        Err(error) => Some(complaint(&name, error)),
    }
}

fn configuration(file: Option<&Path>) -> Check {
    let path = file.unwrap_or(Path::new(DEFAULT_FILE));
    if path.exists() {
        return Check::fine(CONFIGURATION, format!("{} can be read", path.display()));
    }
    Check::fine(
        CONFIGURATION,
        format!("no {DEFAULT_FILE} in this folder: every setting has its default"),
    )
}

/// The complaints of `config` say what is wrong before their first semicolon, and after it what to do.
fn complaint(name: &str, error: &ConfigError) -> Check {
    let text = match error {
        // The line begins with its name, unless the trouble is with NAME_FILE.
        ConfigError::Variable {
            name: variable,
            problem,
        } if name == setting(variable) => problem.clone(),
        ConfigError::Variable { .. } | ConfigError::Line { .. } | ConfigError::File { .. } => {
            error.to_string()
        }
    };
    match text.split_once("; ") {
        Some((what, fix)) => Check::failed(name, what, begun_large(fix)),
        None => Check::failed(name, text, "Correct that line; README.md lists every key"),
    }
}

fn begun_large(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}
