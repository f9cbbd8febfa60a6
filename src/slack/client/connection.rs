//! `apps.connections.open`, the one call that takes the app-level token: it gives the address of a socket.

use secrecy::SecretString;
use serde_json::json;
use url::Url;

use super::{CallError, SlackClient};

impl SlackClient {
    /// The address of a new socket. It holds a ticket that is good once and for a short while, so it is a secret.
    ///
    /// # Errors
    /// See [`CallError`]; `invalid_auth` and `not_allowed_token_type` mean that the token is no app-level token that
    /// holds. [`CallError::ForeignUrl`] for an address without TLS, unless the API itself is reached without.
    pub async fn open_connection(&self) -> Result<SecretString, CallError> {
        let answer = self.call("apps.connections.open", &json!({})).await?;
        let address = answer["url"].as_str().unwrap_or_default();
        let scheme = Url::parse(address).map_err(|_| CallError::ForeignUrl)?;
        match scheme.scheme() {
            "wss" => Ok(address.into()),
            "ws" if self.api.scheme() == "http" => Ok(address.into()),
            _ => Err(CallError::ForeignUrl),
        }
    }
}
