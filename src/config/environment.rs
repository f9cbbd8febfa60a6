//! The environment. Each variable may come as `NAME`, or as `NAME_FILE` with the path of a file that holds the value.
//! An empty value is no value, because container tools write unset variables that way.

use std::net::SocketAddr;

use secrecy::{ExposeSecret, SecretString};
use tracing_subscriber::filter::{LevelFilter, Targets};
use url::Url;

use super::ConfigError;
use crate::logs::LogFormat;

type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// `BALEFIRE_LISTEN`. By default nobody but this machine can connect.
pub(super) fn listen(variable: Variables) -> Result<SocketAddr, ConfigError> {
    let name = "BALEFIRE_LISTEN";
    let text = read(name, variable)?.unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let problem = || {
        format!(
            "is {text:?}, which is no address; write IP:PORT, for example 127.0.0.1:3000 or [::]:3000"
        )
    };
    text.parse().map_err(|_| malformed(name, &problem()))
}

/// `DATABASE_URL`.
pub(super) fn database_url(variable: Variables) -> Result<SecretString, ConfigError> {
    let name = "DATABASE_URL";
    let text = read(name, variable)?.unwrap_or_else(|| "sqlite://balefire.db".to_owned());
    // The parser takes capitals in the scheme, and what opens the database does not.
    let scheme = text.split_once(':').map(|(scheme, _)| scheme);
    let is_postgres =
        matches!(scheme, Some("postgres" | "postgresql")) && Url::parse(&text).is_ok();
    let is_sqlite = text
        .strip_prefix("sqlite:")
        .is_some_and(|path| !path.trim_start_matches('/').is_empty());
    // The parser passes over line breaks and tabs inside.
    if text.contains(char::is_control) || !is_postgres && !is_sqlite {
        let problem =
            "is no database; write sqlite://balefire.db or postgres://USER:PASSWORD@HOST/NAME";
        return Err(malformed(name, problem));
    }
    Ok(text.into())
}

/// `RUST_LOG`. Unset, it is `otherwise`.
pub(super) fn log_filter(
    variable: Variables,
    otherwise: LevelFilter,
) -> Result<Targets, ConfigError> {
    let name = "RUST_LOG";
    let Some(text) = read(name, variable)? else {
        return Ok(Targets::new().with_default(otherwise));
    };
    // The parser takes a space for part of a name, and nothing for `error`.
    let directives = text.split(',').map(str::trim);
    let directives: Vec<&str> = directives.filter(|one| !one.is_empty()).collect();
    directives.join(",").parse().map_err(|_| {
        let problem = format!(
            "is {text:?}, which is no log filter; write for example info or info,balefire=debug"
        );
        malformed(name, &problem)
    })
}

/// `BALEFIRE_LOG_FORMAT`.
pub(super) fn log_format(variable: Variables) -> Result<LogFormat, ConfigError> {
    let name = "BALEFIRE_LOG_FORMAT";
    match read(name, variable)?.as_deref() {
        None | Some("text") => Ok(LogFormat::Text),
        Some("json") => Ok(LogFormat::Json),
        Some(other) => {
            let problem = format!("is {other:?}, which is no format; write text or json");
            Err(malformed(name, &problem))
        }
    }
}

/// `BALEFIRE_HEARTBEAT_URL`. Its value is a secret, so no complaint quotes it.
pub(super) fn heartbeat_url(variable: Variables) -> Result<Option<SecretString>, ConfigError> {
    let name = "BALEFIRE_HEARTBEAT_URL";
    let Some(text) = read(name, variable)? else {
        return Ok(None);
    };
    let is_address = Url::parse(&text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    }) && text.parse::<axum::http::Uri>().is_ok();
    if !is_address {
        let problem = "is no address that can be asked for; copy the ping URL of your watcher, for example https://hc-ping.com/YOUR-UUID, without a user name in it";
        return Err(malformed(name, problem));
    }
    Ok(Some(text.into()))
}

/// `SLACK_BOT_TOKEN`.
pub(super) fn bot_token(variable: Variables) -> Result<SecretString, ConfigError> {
    let name = "SLACK_BOT_TOKEN";
    let problem = format!("is not set; copy the {}", Kind::Bot.where_it_is());
    token(name, Kind::Bot, variable)?.ok_or_else(|| malformed(name, &problem))
}

/// `SLACK_APP_TOKEN`. Set: Socket Mode.
pub(super) fn app_token(variable: Variables) -> Result<Option<SecretString>, ConfigError> {
    token("SLACK_APP_TOKEN", Kind::App, variable)
}

/// `SLACK_SIGNING_SECRET`.
pub(super) fn signing_secret(variable: Variables) -> Result<SecretString, ConfigError> {
    let name = "SLACK_SIGNING_SECRET";
    let secret = secret(name, variable)?.ok_or_else(|| {
        let problem =
            "is not set; copy the Signing Secret from “Basic Information” at api.slack.com/apps";
        malformed(name, problem)
    })?;
    if Kind::of(secret.expose_secret()).is_some() {
        return Err(malformed(
            name,
            "holds a token; copy the Signing Secret from “Basic Information” instead",
        ));
    }
    Ok(secret)
}

/// `SLACK_API_URL`.
pub(super) fn api_url(variable: Variables) -> Result<String, ConfigError> {
    let name = "SLACK_API_URL";
    let text = read(name, variable)?.unwrap_or_else(|| "https://slack.com/api".to_owned());
    let is_api = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.query().is_none()
            && url.fragment().is_none()
    };
    // The parser passes over line breaks and tabs inside, and whoever calls would not.
    let is_plain = !text.contains(|c: char| c.is_control() || c.is_whitespace());
    match Url::parse(&text).ok().filter(is_api) {
        // As the parser writes it: a scheme in capitals is one that whoever calls does not know.
        Some(url) if is_plain => Ok(url.as_str().trim_end_matches('/').to_owned()),
        _ => {
            let problem = format!(
                "is {text:?}, which is no address of an API; write for example https://slack.com/api"
            );
            Err(malformed(name, &problem))
        }
    }
}

/// What a token is good for, which its beginning tells. Source: docs.slack.dev/authentication/tokens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bot,
    App,
    User,
    /// It holds for twelve hours and would have to be renewed, which nobody here does.
    Rotating,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Bot, Self::App, Self::User, Self::Rotating];

    fn of(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| text.starts_with(kind.prefix()))
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Bot => "xoxb-",
            Self::App => "xapp-",
            Self::User => "xoxp-",
            Self::Rotating => "xoxe",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Bot => "a bot token (xoxb-…)",
            Self::App => "an app-level token (xapp-…)",
            Self::User => "a user token (xoxp-…)",
            Self::Rotating => "a token that rotates (xoxe…)",
        }
    }

    fn where_it_is(self) -> &'static str {
        match self {
            Self::App => {
                "app-level token (xapp-…) from “Basic Information → App-Level Tokens” at api.slack.com/apps"
            }
            _ => "Bot User OAuth Token (xoxb-…) from “OAuth & Permissions” at api.slack.com/apps",
        }
    }
}

/// A token of this kind. What Slack prints next to each other gets swapped, so the kind is checked.
fn token(
    name: &str,
    wanted: Kind,
    variable: Variables,
) -> Result<Option<SecretString>, ConfigError> {
    let Some(token) = secret(name, variable)? else {
        return Ok(None);
    };
    let text = token.expose_secret();
    let found = Kind::of(text);
    if found == Some(wanted) && text.len() > wanted.prefix().len() {
        return Ok(Some(token));
    }
    let problem = match found {
        Some(other) if other != wanted => format!("holds {}", other.name()),
        _ => format!("does not look like {}…", wanted.prefix()),
    };
    let problem = format!("{problem}; copy the {}", wanted.where_it_is());
    Err(malformed(name, &problem))
}

fn secret(name: &str, variable: Variables) -> Result<Option<SecretString>, ConfigError> {
    let Some(secret) = read(name, variable)?.map(SecretString::from) else {
        return Ok(None);
    };
    if secret.expose_secret().contains(char::is_whitespace) {
        return Err(malformed(
            name,
            "has a blank in it; copy it again from api.slack.com/apps",
        ));
    }
    Ok(Some(secret))
}

/// The value of `NAME`, or of the file that `NAME_FILE` names, without blanks at either end.
fn read(name: &str, variable: Variables) -> Result<Option<String>, ConfigError> {
    let trimmed = |value: String| Some(value.trim().to_owned()).filter(|value| !value.is_empty());
    let file_name = format!("{name}_FILE");
    match (
        variable(name).and_then(trimmed),
        variable(&file_name).and_then(trimmed),
    ) {
        (Some(_), Some(_)) => Err(malformed(
            name,
            &format!("and {file_name} are both set; unset one of them"),
        )),
        (Some(value), None) => Ok(Some(value)),
        (None, None) => Ok(None),
        (None, Some(path)) => match std::fs::read_to_string(&path) {
            Ok(text) => match trimmed(text) {
                Some(value) => Ok(Some(value)),
                None => Err(malformed(
                    &file_name,
                    &format!("names {path}, which is empty; write the value into it"),
                )),
            },
            Err(error) => {
                let problem = format!(
                    "names {path}, which cannot be read ({error}); correct the path or its permissions"
                );
                Err(malformed(&file_name, &problem))
            }
        },
    }
}

fn malformed(name: &str, problem: &str) -> ConfigError {
    ConfigError::Variable {
        name: name.to_owned(),
        problem: problem.to_owned(),
    }
}
