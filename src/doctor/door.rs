//! How Slack reaches the bot: the address it listens on, or the socket that it opens.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use secrecy::SecretString;
use tokio::net::TcpListener;

use super::Patience;
use super::report::Check;
use super::slack::CALL_TIMEOUT;
use super::workspace;
use crate::slack::client::{CallError, SlackClient};
use crate::slack::outcome::passes;
use crate::slack::socket::{Reached, reach};

const LISTEN: &str = "listen";
const SOCKET: &str = "socket";
const PUBLIC: &str = "public_address";
/// A process on this machine answers at once, or hangs.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);

/// What is at the address that the bot listens on.
enum Taken {
    /// Nobody is there.
    Free,
    /// Why it cannot be listened on, with the answer to `GET /readyz` of whoever does.
    By {
        error: String,
        answer: Option<(u16, String)>,
    },
}

/// Whether the bot can listen there, or does.
pub(super) async fn listen(address: Option<SocketAddr>) -> Check {
    let Some(address) = address else {
        return Check::not_checked(
            LISTEN,
            "not checked, as BALEFIRE_LISTEN must be mended first",
        );
    };
    let taken = match TcpListener::bind(address).await {
        Ok(_) => Taken::Free,
        Err(error) => Taken::By {
            error: error.to_string(),
            answer: ready(address).await,
        },
    };
    judge_listen(address, &taken)
}

fn judge_listen(address: SocketAddr, taken: &Taken) -> Check {
    match taken {
        Taken::Free => Check::fine(LISTEN, format!("{address} is free; no Balefire runs there")),
        Taken::By {
            answer: Some((200, body)),
            ..
        } if body.trim() == "ready" => Check::fine(
            LISTEN,
            format!("{address}: a Balefire runs there and is ready"),
        ),
        Taken::By {
            answer: Some((503, body)),
            ..
        } => Check::failed(
            LISTEN,
            format!(
                "{address}: a Balefire runs there and is not ready: {}",
                body.lines().collect::<Vec<_>>().join(", ")
            ),
            "Look at its log",
        ),
        Taken::By { error, .. } => Check::failed(
            LISTEN,
            format!("{address} cannot be listened on: {error}"),
            "Stop what listens there (ss -ltnp shows it), or set BALEFIRE_LISTEN to an IP:PORT of this machine that is free",
        ),
    }
}

/// Asks whoever listens there, as a probe does.
async fn ready(address: SocketAddr) -> Option<(u16, String)> {
    let mut address = address;
    // Nobody can be called at “every address”.
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(PROBE_TIMEOUT)
        .build()
        .ok()?;
    let answer = client.get(format!("http://{address}/readyz")).send().await;
    let answer = answer.ok()?;
    Some((answer.status().as_u16(), answer.text().await.ok()?))
}

/// Whether Slack gives out a socket for the app token, at a host that can be reached; none: it is not set.
pub(super) async fn socket(
    api_url: Option<&str>,
    app_token: Option<&SecretString>,
    patience: &Patience<'_>,
) -> Option<Check> {
    let app_token = app_token?;
    let Some(api_url) = api_url else {
        let why = "not checked, as SLACK_API_URL must be mended first";
        return Some(Check::not_checked(SOCKET, why));
    };
    let answer = match SlackClient::new(api_url, app_token, CALL_TIMEOUT) {
        Ok(client) => {
            let call = async || client.open_connection().await;
            match patience.ask(call).await {
                Ok(address) => Ok(reach(&address, CALL_TIMEOUT).await),
                Err(error) => Err(error),
            }
        }
        Err(error) => Err(CallError::NotSent(format!("{error:#}"))),
    };
    Some(judge_socket(answer.as_ref()))
}

fn judge_socket(answer: Result<&Reached, &CallError>) -> Check {
    let error = match answer {
        Ok(reached) => return judge_reached(reached),
        Err(error) => error,
    };
    let fix = match error {
        error if passes(error) => return workspace::unanswered(SOCKET, error),
        CallError::Refused { code, .. } => match code.as_str() {
            "missing_scope" => {
                "Give the app-level token the scope connections:write, under “Basic Information → App-Level Tokens” at api.slack.com/apps"
            }
            "invalid_auth" | "not_allowed_token_type" | "token_revoked" | "account_inactive" => {
                "Copy the app-level token again from “Basic Information → App-Level Tokens” at api.slack.com/apps into SLACK_APP_TOKEN"
            }
            _ => "Switch on “Socket Mode” at api.slack.com/apps, or unset SLACK_APP_TOKEN for HTTP",
        },
        _ => return workspace::unanswered(SOCKET, error),
    };
    Check::failed(SOCKET, format!("Slack opens none: {error}"), fix)
}

fn judge_reached(reached: &Reached) -> Check {
    let host = &reached.host;
    match &reached.trouble {
        None => Check::fine(
            SOCKET,
            format!("Slack would open one at {host}, which can be reached (none was opened)"),
        ),
        Some(trouble) => Check::failed(
            SOCKET,
            format!("{host}, where Slack would open one, cannot be reached: {trouble}"),
            format!(
                "Allow outgoing connections to {host}, without a proxy and with TLS unopened; Slack's hosts for sockets are wss-primary.slack.com and wss-backup.slack.com on port 443"
            ),
        ),
    }
}

/// What only Slack can see.
pub(super) fn public_address() -> Check {
    Check::notice(
        PUBLIC,
        "whether Slack reaches /slack/commands, /slack/interactions and /slack/events cannot be seen from here",
        Some("“Event Subscriptions” at api.slack.com/apps must say Verified"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_there_is_told_apart() {
        let by = |answer: Option<(u16, &str)>| Taken::By {
            error: "Address already in use".into(),
            answer: answer.map(|(status, body)| (status, body.to_owned())),
        };
        let cases = [
            (Taken::Free, true, "is free"),
            (by(Some((200, "ready\n"))), true, "runs there and is ready"),
            (
                by(Some((
                    503,
                    "store: does not answer\nwakes: no turn for 90 s\n",
                ))),
                false,
                "is not ready: store: does not answer, wakes: no turn for 90 s",
            ),
            (by(Some((200, "<html>"))), false, "Address already in use"),
            (by(None), false, "Address already in use"),
        ];
        for (taken, ok, what) in cases {
            let check = judge_listen(([127, 0, 0, 1], 3000).into(), &taken);
            assert_eq!(check.ok(), ok, "{check:?}");
            assert!(check.what.contains(what), "{check:?}");
            assert_eq!(check.fix.is_some(), !ok, "{check:?}");
        }
    }

    #[test]
    fn a_socket_that_slack_does_not_open_is_explained() {
        let refused = |code: &str| CallError::Refused {
            code: code.into(),
            detail: None,
        };
        for (code, fix) in [
            ("missing_scope", "connections:write"),
            ("invalid_auth", "Copy the app-level token again"),
            ("not_allowed_token_type", "Copy the app-level token again"),
            ("forbidden_team", "Switch on “Socket Mode”"),
        ] {
            let check = judge_socket(Err(&refused(code)));
            assert!(!check.ok() && check.what.contains(code), "{check:?}");
            assert!(check.fix.is_some_and(|said| said.contains(fix)), "{code}");
        }
        for (trouble, ok) in [(None, true), (Some("no answer within 10 s".into()), false)] {
            let host = "wss-primary.slack.com:443".into();
            let check = judge_socket(Ok(&Reached { host, trouble }));
            assert_eq!(check.ok(), ok, "{check:?}");
            assert!(check.what.contains("wss-primary.slack.com:443"));
            assert_eq!(check.fix.is_some(), !ok, "{check:?}");
        }
        let check = judge_socket(Err(&CallError::NotSent("refused".into())));
        assert!(!check.ok() && check.fix.is_none(), "{check:?}");
    }
}
