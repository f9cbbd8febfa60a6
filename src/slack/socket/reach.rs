//! Whether the host of a socket's address can be connected to.
//!
//! The rule: it goes as far as TLS and not to the WebSocket. Slack spreads deliveries over all sockets of an app, so one
//! that nobody reads would take some from the bot.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
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
    let tls = (url.scheme() == "wss").then(tls).transpose();
    let connecting = async { connect(&name, port, tls.map_err(in_tls)?).await };
    let trouble = match timeout(within, connecting).await {
        Ok(connected) => connected.err(),
        Err(_) => Some(format!("no answer within {} s", within.as_secs_f32())),
    };
    Reached {
        host: format!("{host}:{port}"),
        trouble,
    }
}

async fn connect(name: &str, port: u16, tls: Option<Arc<ClientConfig>>) -> Result<(), String> {
    let stream = TcpStream::connect((name, port)).await;
    let stream = stream.map_err(|error| error.to_string())?;
    if let Some(tls) = tls {
        let name = ServerName::try_from(name.to_owned()).map_err(in_tls)?;
        let connected = TlsConnector::from(tls).connect(name, stream).await;
        connected.map_err(in_tls)?;
    }
    Ok(())
}

fn in_tls(error: impl Error) -> String {
    format!("TLS: {error}")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use rustls::{RootCertStore, ServerConfig};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

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

    /// With an authority made for it, because no test reaches a host that the world trusts.
    #[tokio::test]
    async fn tls_is_spoken_with_whoever_the_authority_knows_by_this_name() {
        let folder = tempfile::tempdir().unwrap();
        let make = "key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes' &&
            openssl req -x509 $key -days 2 -subj /CN=authority -keyout ca.key -out ca.crt &&
            openssl req $key -subj /CN=localhost -keyout host.key -out host.csr &&
            echo subjectAltName=DNS:localhost >host.ext &&
            openssl x509 -req -in host.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile host.ext -out host.crt";
        let mut shell = Command::new("sh");
        shell.args(["-c", make]).current_dir(folder.path());
        let made = shell.output().unwrap();
        assert!(made.status.success(), "{made:?}");
        let certificate = |name| CertificateDer::from_pem_file(folder.path().join(name)).unwrap();
        let key = PrivateKeyDer::from_pem_file(folder.path().join("host.key")).unwrap();
        let provider = || Arc::new(rustls::crypto::ring::default_provider());
        let server = ServerConfig::builder_with_provider(provider());
        let server = server.with_safe_default_protocol_versions().unwrap();
        let server = server.with_no_client_auth();
        let server = server.with_single_cert(vec![certificate("host.crt")], key);
        let acceptor = TlsAcceptor::from(Arc::new(server.unwrap()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // What the other side says to a failure is looked at there.
                let _ = acceptor.accept(stream).await;
            }
        });
        let mut roots = RootCertStore::empty();
        roots.add(certificate("ca.crt")).unwrap();
        let trusting = ClientConfig::builder_with_provider(provider());
        let trusting = trusting.with_safe_default_protocol_versions().unwrap();
        let trusting = trusting.with_root_certificates(roots);
        let trusting = Arc::new(trusting.with_no_client_auth());

        let by = async |name, tls| connect(name, port, Some(tls)).await;
        assert_eq!(by("localhost", Arc::clone(&trusting)).await, Ok(()));
        let error = by("127.0.0.1", trusting).await.unwrap_err();
        assert!(
            error.starts_with("TLS: invalid peer certificate"),
            "{error}"
        );
        // As behind a firewall that opens TLS: the roots are Mozilla's.
        let error = by("localhost", tls().unwrap()).await.unwrap_err();
        assert!(error.contains("UnknownIssuer"), "{error}");
    }
}
