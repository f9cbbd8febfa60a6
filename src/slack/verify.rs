//! Whether a request comes from Slack: the `v0` signature over the raw body, before anything reads the body.
//!
//! Written here and not taken from slack-morphism, whose check reads the wall clock and prints the right signature in
//! its error. Nothing in this module shows the secret or a signature, neither the right one nor the one that came.

use chrono::Duration;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::clock::Time;

/// How far the timestamp may lie from now, in either direction; Slack's documentation asks for five minutes.
pub const SKEW_MAX_S: i64 = 300;

/// Why a request is not believed. For the log and the counter; the sender only hears 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    #[error("there is no X-Slack-Signature or no X-Slack-Request-Timestamp")]
    Unsigned,
    #[error("the signature or its timestamp is not in the form that Slack writes")]
    Malformed,
    #[error(
        "the timestamp is {skew_s} s away from this machine's clock; {SKEW_MAX_S} s are allowed"
    )]
    Stale {
        /// Positive: the request is from the past.
        skew_s: i64,
    },
    #[error("the signature is not made with this app's signing secret")]
    Wrong,
}

/// Checks what Slack sent in `X-Slack-Request-Timestamp` and `X-Slack-Signature` against the body, in constant time.
/// When it was signed is the result.
///
/// # Errors
/// Says why the request must be answered with 401.
pub fn verify(
    secret: &SecretString,
    timestamp: Option<&str>,
    signature: Option<&str>,
    body: &[u8],
    now: Time,
) -> Result<Time, Unverified> {
    let (Some(timestamp), Some(signature)) = (timestamp, signature) else {
        return Err(Unverified::Unsigned);
    };
    // Digits only: a parser that takes more would let one moment be written in several signed ways.
    if !timestamp.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Unverified::Malformed);
    }
    let sent_at: i64 = timestamp.parse().map_err(|_| Unverified::Malformed)?;
    let claimed = signature.strip_prefix("v0=").ok_or(Unverified::Malformed)?;
    let claimed = hex::decode(claimed).map_err(|_| Unverified::Malformed)?;

    // Whole seconds on both sides would let 300.9 s pass as 300.
    let sent_at = Time::from_timestamp(sent_at, 0).ok_or(Unverified::Malformed)?;
    let skew = now - sent_at;
    if skew.abs() > Duration::seconds(SKEW_MAX_S) {
        return Err(Unverified::Stale {
            skew_s: skew.num_seconds(),
        });
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .map_err(|_| Unverified::Wrong)?;
    mac.update(b"v0:");
    mac.update(timestamp.as_bytes());
    mac.update(b":");
    mac.update(body);
    mac.verify_slice(&claimed).map_err(|_| Unverified::Wrong)?;
    Ok(sent_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example that Slack publishes on its page about verifying requests.
    const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
    const TIMESTAMP: &str = "1531420618";
    const SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
        &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
        &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
        &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";

    fn check(
        timestamp: Option<&str>,
        signature: Option<&str>,
        body: &str,
        now_ms: i64,
    ) -> Result<(), Unverified> {
        let now = Time::from_timestamp_millis(now_ms).unwrap();
        let signed_at = verify(&SECRET.into(), timestamp, signature, body.as_bytes(), now)?;
        assert_eq!(signed_at.timestamp().to_string(), TIMESTAMP);
        Ok(())
    }

    #[test]
    fn slacks_own_example_is_believed() {
        let sent_ms = 1_531_420_618_000;
        assert_eq!(
            check(Some(TIMESTAMP), Some(SIGNATURE), BODY, sent_ms),
            Ok(())
        );
    }

    #[test]
    fn five_minutes_either_way_and_not_a_millisecond_more() {
        let sent_ms = 1_531_420_618_000;
        let at = |skew_ms: i64| check(Some(TIMESTAMP), Some(SIGNATURE), BODY, sent_ms + skew_ms);
        assert_eq!(at(300_000), Ok(()));
        assert_eq!(at(-300_000), Ok(()));
        assert_eq!(at(300_001), Err(Unverified::Stale { skew_s: 300 }));
        assert_eq!(at(-301_000), Err(Unverified::Stale { skew_s: -301 }));
    }

    #[test]
    fn everything_else_is_not_believed_and_tells_no_secret() {
        let other = SIGNATURE.replace("a2", "a3");
        let upper = SIGNATURE.replace("v0", "V0");
        let short = &SIGNATURE[..20];
        let cases = [
            (None, Some(SIGNATURE), BODY, Unverified::Unsigned),
            (Some(TIMESTAMP), None, BODY, Unverified::Unsigned),
            (
                Some(TIMESTAMP),
                Some(other.as_str()),
                BODY,
                Unverified::Wrong,
            ),
            (Some(TIMESTAMP), Some(short), BODY, Unverified::Malformed),
            (Some(TIMESTAMP), Some("v0="), BODY, Unverified::Wrong),
            (Some(TIMESTAMP), Some("v0=a211"), BODY, Unverified::Wrong),
            (Some(TIMESTAMP), Some(""), BODY, Unverified::Malformed),
            (
                Some(TIMESTAMP),
                Some(upper.as_str()),
                BODY,
                Unverified::Malformed,
            ),
            (Some("1531420619"), Some(SIGNATURE), BODY, Unverified::Wrong),
            (
                Some("+1531420618"),
                Some(SIGNATURE),
                BODY,
                Unverified::Malformed,
            ),
            (
                Some("1531420618.0"),
                Some(SIGNATURE),
                BODY,
                Unverified::Malformed,
            ),
            (Some(""), Some(SIGNATURE), BODY, Unverified::Malformed),
            (
                Some("99999999999999999999"),
                Some(SIGNATURE),
                BODY,
                Unverified::Malformed,
            ),
            (
                Some("9223372036854775807"),
                Some(SIGNATURE),
                BODY,
                Unverified::Malformed,
            ),
            (
                Some(TIMESTAMP),
                Some(SIGNATURE),
                "token=other",
                Unverified::Wrong,
            ),
        ];
        for (timestamp, signature, body, wanted) in cases {
            let got = check(timestamp, signature, body, 1_531_420_618_000);
            assert_eq!(got, Err(wanted), "{timestamp:?} {signature:?}");
            let shown = format!("{wanted} {wanted:?}");
            assert!(
                !shown.contains(SECRET) && !shown.contains(&SIGNATURE[3..]),
                "{shown}"
            );
        }
    }
}
