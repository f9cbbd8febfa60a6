//! What an operator sets: the environment (addresses and secrets) and `balefire.toml` (the team's habits). Everything is
//! checked here, at the start, and each complaint is one line that names the setting and how to mend it.
//!
//! A secret is in a [`SecretString`] from the moment it is read, and no complaint quotes the value of a variable that
//! may hold one.

mod environment;
mod file;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use tracing_subscriber::filter::{LevelFilter, Targets};

pub use self::file::{Overrides, parse};
use crate::domain::rules::Rules;
use crate::ids::ChannelId;
use crate::logs::LogFormat;

/// The file that is read when no other is named; it may be missing.
pub const DEFAULT_FILE: &str = "balefire.toml";

/// Everything that `serve` and `doctor` need to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// `BALEFIRE_LISTEN`: where the HTTP server listens.
    pub listen: SocketAddr,
    /// `DATABASE_URL`: `sqlite:…` or `postgres://…`. May hold a password.
    pub database_url: SecretString,
    /// `RUST_LOG`: which log lines to write, by level and module.
    pub log_filter: Targets,
    /// `BALEFIRE_LOG_FORMAT`.
    pub log_format: LogFormat,
    /// `BALEFIRE_HEARTBEAT_URL`: what is asked for once in every healthy minute. Whoever knows it can feign us.
    pub heartbeat_url: Option<SecretString>,
    pub slack: SlackSettings,
    /// From the file.
    pub settings: Settings,
}

/// How to reach Slack, and how Slack reaches us.
#[derive(Clone, Debug)]
pub struct SlackSettings {
    /// `SLACK_API_URL`, without a slash at its end.
    pub api_url: String,
    /// `SLACK_BOT_TOKEN`: `xoxb-…`.
    pub bot_token: SecretString,
    pub door: Door,
}

/// By which way Slack's deliveries come.
#[derive(Clone, Debug)]
pub enum Door {
    /// Slack posts them, and signs them with `SLACK_SIGNING_SECRET`.
    Http { signing_secret: SecretString },
    /// `SLACK_APP_TOKEN` is set: Socket Mode, over a connection that we open.
    Socket { app_token: SecretString },
}

/// What the file says. [`Settings::default`] is what an empty file means.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `slack.incidents_channel`: where the bot listens and announces.
    pub incidents_channel: ChannelRef,
    /// `slack.listen`.
    pub listen: Listen,
    /// `drafts.templates`: the folder with the team's own templates; those are already in [`Rules::drafts`].
    pub templates: Option<PathBuf>,
    /// Everything that decides what happens in an incident.
    pub rules: Rules,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            incidents_channel: ChannelRef::Name("incidents".to_owned()),
            listen: Listen::Suggest,
            templates: None,
            rules: Rules::default(),
        }
    }
}

/// A channel, as an operator may name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelRef {
    Id(ChannelId),
    /// Without `#`.
    Name(String),
}

/// What the bot does with messages in the incidents channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    /// Offers to declare an incident when somebody reports one.
    Suggest,
    /// Answers only when it is mentioned.
    Mention,
    /// Ignores them all.
    Off,
}

/// Why the start stops: one line, for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// An environment variable is missing or malformed.
    #[error("{name} {problem}")]
    Variable { name: String, problem: String },
    /// A line of the configuration file is wrong.
    #[error("{file}:{line}: {problem}")]
    Line {
        file: String,
        line: usize,
        problem: String,
    },
    /// A file cannot be read at all.
    #[error("{file}: {problem}")]
    File { file: String, problem: String },
}

/// Everything that an operator sets, each part by itself: what is wrong with one hides no other.
#[derive(Clone, Debug)]
pub struct Readings {
    /// As in [`Config`].
    pub listen: Result<SocketAddr, ConfigError>,
    /// As in [`Config`].
    pub database_url: Result<SecretString, ConfigError>,
    /// As in [`Config`].
    pub log_filter: Result<Targets, ConfigError>,
    /// As in [`Config`].
    pub log_format: Result<LogFormat, ConfigError>,
    /// As in [`Config`].
    pub heartbeat_url: Result<Option<SecretString>, ConfigError>,
    /// As in [`SlackSettings`].
    pub api_url: Result<String, ConfigError>,
    /// As in [`SlackSettings`].
    pub bot_token: Result<SecretString, ConfigError>,
    /// As in [`Door`].
    pub signing_secret: Result<SecretString, ConfigError>,
    /// As in [`Door`].
    pub app_token: Result<Option<SecretString>, ConfigError>,
    /// What [`load_settings`] says.
    pub settings: Result<Settings, ConfigError>,
}

/// Reads the environment and the configuration file, and stops at nothing. See [`load`].
pub fn read(file: Option<&Path>, variable: &dyn Fn(&str) -> Option<String>) -> Readings {
    Readings {
        listen: environment::listen(variable),
        database_url: environment::database_url(variable),
        log_filter: environment::log_filter(variable, LevelFilter::INFO),
        log_format: environment::log_format(variable),
        heartbeat_url: environment::heartbeat_url(variable),
        api_url: environment::api_url(variable),
        bot_token: environment::bot_token(variable),
        signing_secret: environment::signing_secret(variable),
        app_token: environment::app_token(variable),
        settings: load_settings(file),
    }
}

/// Reads the environment and the configuration file.
///
/// `file` is what `--config` names; without it, [`DEFAULT_FILE`] is read if it exists. `variable` looks up an environment
/// variable. Files that `NAME_FILE` variables and `drafts.templates` point at are read too.
///
/// # Errors
/// At the first setting that is missing or malformed.
pub fn load(
    file: Option<&Path>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Config, ConfigError> {
    let readings = read(file, variable);
    Ok(Config {
        listen: readings.listen?,
        database_url: readings.database_url?,
        log_filter: readings.log_filter?,
        log_format: readings.log_format?,
        heartbeat_url: readings.heartbeat_url?,
        slack: SlackSettings {
            api_url: readings.api_url?,
            bot_token: readings.bot_token?,
            // Over a socket nothing is signed.
            door: match readings.app_token? {
                Some(app_token) => Door::Socket { app_token },
                None => Door::Http {
                    signing_secret: readings.signing_secret?,
                },
            },
        },
        settings: readings.settings?,
    })
}

/// `RUST_LOG` (`otherwise`, if it is not set) and `BALEFIRE_LOG_FORMAT` alone, for what runs without the rest of the
/// environment.
///
/// # Errors
/// When one of them is malformed.
pub fn logging(
    variable: &dyn Fn(&str) -> Option<String>,
    otherwise: LevelFilter,
) -> Result<(Targets, LogFormat), ConfigError> {
    let filter = environment::log_filter(variable, otherwise)?;
    Ok((filter, environment::log_format(variable)?))
}

/// Reads the configuration file alone, as [`load`] does.
///
/// # Errors
/// When a named file cannot be read, or at the first setting that is malformed.
pub fn load_settings(file: Option<&Path>) -> Result<Settings, ConfigError> {
    let path = file.unwrap_or(Path::new(DEFAULT_FILE));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Settings::default());
        }
        Err(error) => {
            let problem = format!(
                "cannot be read ({error}); create it, or leave out --config to run on the defaults"
            );
            return Err(ConfigError::File {
                file: path.display().to_string(),
                problem,
            });
        }
    };
    parse(&text, path, &file::read_overrides)
}

#[cfg(test)]
mod tests;
