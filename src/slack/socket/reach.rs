//! Whether the host of a socket's address can be connected to.
//!
//! The rule: it goes as far as TLS and not to the WebSocket. Slack spreads deliveries over all sockets of an app, so one
//! that nobody reads would take some from the bot.

use std::time::Duration;

use rustls::pki_types::ServerName;
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::tls;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// `HOST:PORT`. The rest of the address holds a ticket and is not to be shown.
    pub host: String,
    /// Why it cannot be reached, if so.
    pub trouble: Option<String>,
}

/// Connects to the host of an address that Slack gave for a socket, and leaves again.
pub async fn reach(address: &SecretString, within: Duration) -> Reached {
    let url = Url::parse(address.expose_secret()).ok();
    let host = url.as_ref().and_then(|url| url.host());
    let port = url.as_ref().and_then(Url::port_or_known_default);
    let (Some(url), Some(host), Some(port)) = (&url, host, port) else {
        return Reached {
            host: "an address without a host".into(),
            trouble: Some("it is none".into()),
        };
    };
    // A name or an address, without the brackets that an IPv6 address has in a URL.
    let name = match host {
        Host::Domain(name) => name.to_owned(),
        Host::Ipv4(ip) => ip.to_string(),
        Host::Ipv6(ip) => ip.to_string(),
    };
    let connecting = connect(&name, port, url.scheme() == "wss");
    let trouble = match timeout(within, connecting).await {
        Ok(connected) => connected.err(),
        Err(_) => Some(format!("no answer within {} s", within.as_secs_f32())),
    };
    Reached {
        host: format!("{host}:{port}"),
        trouble,
    }
}

async fn connect(name: &str, port: u16, with_tls: bool) -> Result<(), String> {
    let stream = TcpStream::connect((name, port)).await;
    let stream = stream.map_err(|error| error.to_string())?;
    if with_tls {
        let trouble = |error: &dyn std::error::Error| format!("TLS: {error}");
        let tls = tls().map_err(|error| trouble(&error))?;
        let name = ServerName::try_from(name.to_owned()).map_err(|error| trouble(&error))?;
        let connected = TlsConnector::from(tls).connect(name, stream).await;
        connected.map_err(|error| trouble(&error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    async fn reached(address: &str) -> Reached {
        let address = SecretString::from(address);
        reach(&address, Duration::from_millis(100)).await
    }

    #[tokio::test]
    async fn who_answers_nothing_is_not_waited_for_and_the_ticket_is_not_shown() {
        // It takes connections, and says nothing.
        for listen in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(silent) = TcpListener::bind(listen).await else {
                continue; // Not every machine speaks IPv6.
            };
            let host = silent.local_addr().unwrap().to_string();
            let link = format!("{host}/link/?ticket=s3cret");
            let plain = Reached {
                host: host.clone(),
                trouble: None,
            };
            assert_eq!(reached(&format!("ws://{link}")).await, plain);
            let with_tls = Reached {
                host,
                trouble: Some("no answer within 0.1 s".into()),
            };
            assert_eq!(reached(&format!("wss://{link}")).await, with_tls);
        }
        let odd = reached("ticket=s3cret").await;
        assert!(odd.trouble.is_some() && !format!("{odd:?}").contains("s3cret"));
    }
}
