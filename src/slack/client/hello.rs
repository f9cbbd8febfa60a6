//! `auth.test`, the one call whose response headers matter: they name the token's scopes and Slack's time. slack-morphism
//! does not pass headers on, so this request goes over the same kind of connection without it.

use std::collections::BTreeSet;

use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, DATE, HeaderMap};
use axum::http::{HeaderValue, Method, Request};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use slack_morphism::SlackApiTokenValue;

use super::{CallError, SlackClient, confirmed, named, transport_error};
use crate::clock::Time;
use crate::ids::{TeamId, UserId};

const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Who we are to Slack.
#[derive(Debug, Clone, PartialEq)]
pub struct Hello {
    pub team: TeamId,
    pub team_name: String,
    /// The bot's own user, as it is mentioned.
    pub bot: UserId,
    pub bot_id: Option<String>,
    /// What the token may do, where Slack says.
    pub scopes: Option<BTreeSet<String>>,
    /// Slack's clock, in whole seconds; to be held against ours.
    pub slack_time: Option<Time>,
}

#[derive(Deserialize)]
struct Wire {
    team_id: Option<TeamId>,
    enterprise_id: Option<TeamId>,
    team: Option<String>,
    user_id: Option<UserId>,
    bot_id: Option<String>,
}

impl SlackClient {
    /// `auth.test`: whose token it is, and what it may do.
    ///
    /// # Errors
    /// See [`CallError`]; a token that does not hold is `Refused` with `invalid_auth` or the like.
    pub async fn auth_test(&self) -> Result<Hello, CallError> {
        tokio::time::timeout(self.timeout, self.hello())
            .await
            .unwrap_or_else(|_| Err(self.too_late()))
    }

    async fn hello(&self) -> Result<Hello, CallError> {
        let method = "auth.test";
        named(method)?;
        let SlackApiTokenValue(token) = &self.token.token_value;
        let broken = |what: &str| CallError::NoAnswer(what.to_owned());
        let mut bearer = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| {
            CallError::NotSent("the token holds characters that no token has".into())
        })?;
        bearer.set_sensitive(true);
        let request = Request::builder()
            .method(Method::GET)
            .uri(format!(
                "{}/{method}",
                self.api.as_str().trim_end_matches('/')
            ))
            .header(AUTHORIZATION, bearer)
            .body(Body::empty())
            .map_err(|_| CallError::NotSent("the URL of Slack's API cannot be called".into()))?;
        let (parts, body) = self
            .raw
            .request(request)
            .await
            .map_err(|error| transport_error(&error))?
            .into_parts();
        match parts.status.as_u16() {
            200 => {}
            429 => {
                let retry_after =
                    header(&parts.headers, "retry-after").and_then(|text| text.parse().ok());
                return Err(CallError::RateLimited {
                    method,
                    retry_after: retry_after.map(std::time::Duration::from_secs),
                });
            }
            status => return Err(CallError::Http { status }),
        }
        let body = to_bytes(Body::new(body), ANSWER_BYTES_MAX)
            .await
            .map_err(|_| broken("the connection broke"))?;
        let answer: Value = serde_json::from_slice(&body).map_err(|_| broken("it is no JSON"))?;
        let wire =
            Wire::deserialize(confirmed(answer)?).map_err(|_| broken("it is no auth.test"))?;
        Ok(Hello {
            team: wire
                .team_id
                .or(wire.enterprise_id)
                .ok_or_else(|| broken("it names no team"))?,
            team_name: wire.team.unwrap_or_default(),
            bot: wire.user_id.ok_or_else(|| broken("it names no user"))?,
            bot_id: wire.bot_id,
            scopes: header(&parts.headers, "x-oauth-scopes").map(scopes),
            slack_time: header(&parts.headers, DATE.as_str()).and_then(|date| {
                let date = DateTime::parse_from_rfc2822(date).ok()?;
                Some(date.with_timezone(&Utc))
            }),
        })
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn scopes(list: &str) -> BTreeSet<String> {
    let scopes = list.split(',').map(str::trim);
    scopes
        .filter(|scope| !scope.is_empty())
        .map(str::to_owned)
        .collect()
}
