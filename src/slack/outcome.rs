//! What a call came to, as an order to the outbox. Pure: the same answer always gives the same order.
//!
//! The rule: a message is told to be lost or sent only when that is known. Whatever may have been sent without an
//! answer is [`Outcome::Unknown`], and is looked for before it is sent again.

use std::time::Duration;

use serde_json::Value;

use super::client::{CallError, RESPOND};
use crate::ids::{ChannelId, MessageTs};

/// What to do about a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Slack has it, or had it already.
    Delivered(Delivery),
    /// Slack does not have it. Try again, not sooner than after this time.
    Retry { after: Duration },
    /// Slack will never take it. `code` is Slack's, or `http_404` and the like.
    GiveUp { code: String },
    /// Slack may or may not have it.
    Unknown,
}

/// What Slack gave back, as far as the method gives any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Where it was posted, or what was created or opened.
    pub channel: Option<ChannelId>,
    /// The message's timestamp.
    pub ts: Option<MessageTs>,
    /// The id of the view that was opened.
    pub view: Option<String>,
}

impl Delivery {
    /// Picks the ids out of an answer: the methods put them in different places.
    pub fn of(answer: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let channel = &answer["channel"];
        Self {
            channel: text(channel)
                .or_else(|| text(&channel["id"]))
                .map(ChannelId::new),
            ts: text(&answer["ts"])
                .or_else(|| text(&answer["message_ts"]))
                .map(MessageTs::new),
            view: text(&answer["view"]["id"]),
        }
    }
}

/// Without `Retry-After`, and when Slack is busy with itself.
const BUSY: Duration = Duration::from_secs(10);
/// No connection: soon again, for it costs nobody anything.
const UNREACHABLE: Duration = Duration::from_secs(5);
/// Until somebody has mended something: a token, a proxy, a migration.
const MENDED: Duration = Duration::from_secs(60);
/// Slack never asks for more than minutes; a header that does is a mistake in between.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);

/// "Some of it may have succeeded before the error", says Slack's documentation.
const UNCLEAR_CODES: [&str; 2] = ["fatal_error", "internal_error"];
/// Slack is busy with itself, or asks for a pause.
const BUSY_CODES: [&str; 5] = [
    "ratelimited",
    "rate_limited",
    "service_unavailable",
    "request_timeout",
    "message_limit_exceeded",
];

/// Slack no longer knows the place in a list at which somebody left off (`conversations.list`, `users.list`).
pub(super) const INVALID_CURSOR: &str = "invalid_cursor";

/// Turns the result of calling `method` into an order.
pub fn settle(method: &str, result: &Result<Value, CallError>) -> Outcome {
    match result {
        Ok(answer) => Outcome::Delivered(Delivery::of(answer)),
        Err(error) => settle_error(method, error),
    }
}

/// Slack does not take the token, and with it nothing that is said.
const TOKEN_CODES: [&str; 5] = [
    "invalid_auth",
    "not_authed",
    "token_revoked",
    "token_expired",
    "account_inactive",
];

/// The error code, if Slack refuses whatever the bot says until somebody mends its token.
pub fn silence(error: &CallError) -> Option<&str> {
    match error {
        CallError::Refused { code, .. } if TOKEN_CODES.contains(&code.as_str()) => Some(code),
        _ => None,
    }
}

/// Whether the same question will be answered like this again, whoever asks and whatever is mended about the token: what
/// was asked for is gone, or never was, or not for us.
pub fn is_final(method: &str, error: &CallError) -> bool {
    matches!(settle_error(method, error), Outcome::GiveUp { .. })
}

/// Whether the same question may be answered otherwise in a while, without anybody mending anything. It says nothing
/// then of what was asked about.
pub fn passes(error: &CallError) -> bool {
    match error {
        CallError::NotSent(_)
        | CallError::NoAnswer(_)
        | CallError::NoTurn { .. }
        | CallError::RateLimited { .. } => true,
        CallError::Http { status } => matches!(status, 500.. | 408),
        CallError::Refused { code, .. } => {
            let code = code.as_str();
            UNCLEAR_CODES.contains(&code) || BUSY_CODES.contains(&code) || code == INVALID_CURSOR
        }
        CallError::ForeignUrl => false,
    }
}

fn settle_error(method: &str, error: &CallError) -> Outcome {
    match error {
        CallError::NotSent(_) => Outcome::Retry { after: UNREACHABLE },
        CallError::NoTurn { wait } => Outcome::Retry { after: *wait },
        CallError::RateLimited { retry_after, .. } => Outcome::Retry {
            after: retry_after.unwrap_or(BUSY).min(RETRY_AFTER_MAX),
        },
        CallError::NoAnswer(_) => Outcome::Unknown,
        CallError::Http { status } => match status {
            // A gateway that gives up waiting says nothing about what the server behind it did.
            500.. | 408 => Outcome::Unknown,
            // Slack's own way to say: too large, ill-formed, or a response_url that is used up. What a method does not
            // find it says with 200 and a code: a proxy that is being changed answers 404, and would lose everything.
            400 | 413 => Outcome::GiveUp {
                code: format!("http_{status}"),
            },
            404 | 410 if method == RESPOND => Outcome::GiveUp {
                code: format!("http_{status}"),
            },
            // The rest comes from something between us and Slack: nothing arrived, and somebody has to mend it.
            _ => Outcome::Retry { after: MENDED },
        },
        CallError::ForeignUrl => Outcome::GiveUp {
            code: "foreign_url".into(),
        },
        CallError::Refused { code, .. } => refused(method, code),
    }
}

fn refused(method: &str, code: &str) -> Outcome {
    match code {
        _ if UNCLEAR_CODES.contains(&code) => Outcome::Unknown,
        _ if BUSY_CODES.contains(&code) => Outcome::Retry { after: BUSY },
        // The place in a list at which somebody left off. Whoever reads it again begins anew.
        INVALID_CURSOR => Outcome::Retry { after: BUSY },
        // The workspace is being moved, or the token no longer holds. That is not the message's fault: it waits until
        // an administrator is done, because a nag is not given up for a token that was rotated.
        "team_added_to_org" | "org_login_required" | "external_channel_migrating" => {
            Outcome::Retry { after: MENDED }
        }
        _ if TOKEN_CODES.contains(&code) => Outcome::Retry { after: MENDED },
        _ if already_so(method, code) => Outcome::Delivered(Delivery::default()),
        _ => Outcome::GiveUp {
            code: code.to_owned(),
        },
    }
}

/// Whether the refusal says that what was wanted is the case already.
fn already_so(method: &str, code: &str) -> bool {
    matches!(
        (method, code),
        (
            "conversations.invite" | "conversations.join",
            "already_in_channel"
        ) | ("conversations.archive", "already_archived")
            | ("conversations.unarchive", "not_archived")
            | (
                "conversations.kick" | "conversations.leave",
                "not_in_channel"
            )
            | ("pins.add", "already_pinned")
            | ("pins.remove", "no_pin" | "not_pinned")
            | ("reactions.add", "already_reacted")
            | ("reactions.remove", "no_reaction")
            | ("chat.delete", "message_not_found")
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(code: &str) -> Result<Value, CallError> {
        Err(CallError::Refused {
            code: code.into(),
            detail: None,
        })
    }

    fn seconds(s: u64) -> Outcome {
        Outcome::Retry {
            after: Duration::from_secs(s),
        }
    }

    fn limited(retry_after_s: Option<u64>) -> Result<Value, CallError> {
        Err(CallError::RateLimited {
            method: "chat.postMessage",
            retry_after: retry_after_s.map(Duration::from_secs),
        })
    }

    fn http(status: u16) -> Result<Value, CallError> {
        Err(CallError::Http { status })
    }

    #[test]
    fn every_answer_has_its_order() {
        let done = Outcome::Delivered(Delivery::default());
        let give_up = |code: &str| Outcome::GiveUp { code: code.into() };
        let cases = [
            ("chat.postMessage", limited(Some(90)), seconds(90)),
            ("chat.postMessage", limited(None), seconds(10)),
            ("chat.postMessage", limited(Some(u64::MAX)), seconds(3600)),
            (
                "chat.postMessage",
                Err(CallError::NotSent("refused".into())),
                seconds(5),
            ),
            (
                "chat.postMessage",
                Err(CallError::NoAnswer("cut".into())),
                Outcome::Unknown,
            ),
            (
                "chat.postMessage",
                Err(CallError::ForeignUrl),
                give_up("foreign_url"),
            ),
            ("chat.postMessage", http(500), Outcome::Unknown),
            ("chat.postMessage", http(503), Outcome::Unknown),
            ("chat.postMessage", http(408), Outcome::Unknown),
            ("chat.postMessage", http(413), give_up("http_413")),
            (RESPOND, http(404), give_up("http_404")),
            (RESPOND, http(410), give_up("http_410")),
            ("chat.postMessage", http(404), seconds(60)),
            ("chat.postMessage", http(410), seconds(60)),
            ("chat.postMessage", http(407), seconds(60)),
            ("chat.postMessage", http(302), seconds(60)),
            ("chat.postMessage", refused("fatal_error"), Outcome::Unknown),
            (
                "chat.postMessage",
                refused("internal_error"),
                Outcome::Unknown,
            ),
            (
                "chat.postMessage",
                refused("service_unavailable"),
                seconds(10),
            ),
            ("chat.postMessage", refused("request_timeout"), seconds(10)),
            ("chat.postMessage", refused("ratelimited"), seconds(10)),
            ("conversations.list", refused("invalid_cursor"), seconds(10)),
            (
                "chat.postMessage",
                refused("team_added_to_org"),
                seconds(60),
            ),
            ("chat.postMessage", refused("token_revoked"), seconds(60)),
            (
                "chat.postMessage",
                refused("channel_not_found"),
                give_up("channel_not_found"),
            ),
            (
                "chat.postMessage",
                refused("is_archived"),
                give_up("is_archived"),
            ),
            (
                "chat.postMessage",
                refused("already_pinned"),
                give_up("already_pinned"),
            ),
            (
                "chat.postMessage",
                refused("missing_scope"),
                give_up("missing_scope"),
            ),
            (
                "conversations.create",
                refused("name_taken"),
                give_up("name_taken"),
            ),
            (
                "conversations.invite",
                refused("already_in_channel"),
                done.clone(),
            ),
            ("pins.add", refused("already_pinned"), done.clone()),
            (
                "conversations.archive",
                refused("already_archived"),
                done.clone(),
            ),
            ("reactions.add", refused("already_reacted"), done),
        ];
        for (method, result, wanted) in cases {
            assert_eq!(settle(method, &result), wanted, "{method} {result:?}");
        }
    }

    /// A nag that waits behind a token that was rotated goes out when somebody has set the new one.
    #[test]
    fn nothing_is_given_up_for_what_somebody_will_mend() {
        for (code, after_s, silences) in [
            ("invalid_auth", 60, true),
            ("token_expired", 60, true),
            ("token_revoked", 60, true),
            ("not_authed", 60, true),
            ("account_inactive", 60, true),
            ("org_login_required", 60, false),
            ("external_channel_migrating", 60, false),
            ("message_limit_exceeded", 10, false),
            ("rate_limited", 10, false),
        ] {
            let order = settle("chat.postMessage", &refused(code));
            assert_eq!(order, seconds(after_s), "{code}");
            let error = refused(code).unwrap_err();
            assert_eq!(silence(&error), silences.then_some(code));
        }
    }

    #[test]
    fn what_passes_says_nothing_of_what_was_asked() {
        let error = |result: Result<Value, CallError>| result.unwrap_err();
        let cases = [
            (error(refused("internal_error")), true, false),
            (error(refused("service_unavailable")), true, false),
            (error(refused("invalid_cursor")), true, false),
            (error(limited(None)), true, false),
            (error(http(503)), true, false),
            // A token that no longer holds is mended by somebody, and then the answer is another one.
            (error(refused("invalid_auth")), false, false),
            (error(http(403)), false, false),
            (error(refused("missing_scope")), false, true),
            (error(refused("no_such_subteam")), false, true),
            (error(http(404)), false, false),
            (error(http(400)), false, true),
            (CallError::ForeignUrl, false, true),
        ];
        for (error, passing, lasting) in cases {
            assert_eq!(passes(&error), passing, "{error}");
            let found = is_final("usergroups.users.list", &error);
            assert_eq!(found, lasting, "{error}");
        }
    }

    #[test]
    fn what_slack_gives_back_is_found_where_each_method_puts_it() {
        let delivery = |channel: Option<&str>, ts: Option<&str>, view: Option<&str>| Delivery {
            channel: channel.map(ChannelId::new),
            ts: ts.map(MessageTs::new),
            view: view.map(str::to_owned),
        };
        let cases = [
            (
                json!({"ok": true, "channel": "C1", "ts": "1.0"}),
                delivery(Some("C1"), Some("1.0"), None),
            ),
            (
                json!({"ok": true, "channel": {"id": "C2", "name": "x"}}),
                delivery(Some("C2"), None, None),
            ),
            (
                json!({"ok": true, "message_ts": "2.0"}),
                delivery(None, Some("2.0"), None),
            ),
            (
                json!({"ok": true, "view": {"id": "V1"}}),
                delivery(None, None, Some("V1")),
            ),
            (json!({"ok": true}), Delivery::default()),
        ];
        for (answer, wanted) in cases {
            assert_eq!(settle("any", &Ok(answer)), Outcome::Delivered(wanted));
        }
    }
}
