//! What Slack says over a socket, and how an envelope is acknowledged.
//! Source: docs.slack.dev/apis/events-api/using-socket-mode.

use serde_json::{Value, json};

use crate::slack::inbound::Answer;

/// One message of Slack's.
#[derive(Debug, PartialEq)]
pub(super) enum Said {
    /// The greeting: from now on there are envelopes.
    Hello {
        connections: u64,
    },
    Disconnect(Reason),
    Envelope(Envelope),
    /// It cannot be acknowledged, because it has no identifier or is no JSON.
    Nonsense,
}

/// Why Slack wants a socket to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// It will be refreshed in about ten seconds.
    Warning,
    RefreshRequested,
    /// Socket Mode was switched off in the app's settings.
    LinkDisabled,
    /// Ten others are open.
    TooManyWebsockets,
    /// One that Slack's documentation does not have.
    Other,
}

impl Reason {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::RefreshRequested => "refresh_requested",
            Self::LinkDisabled => "link_disabled",
            Self::TooManyWebsockets => "too_many_websockets",
            Self::Other => "other",
        }
    }
}

/// A delivery.
#[derive(Debug, PartialEq)]
pub(super) struct Envelope {
    pub id: String,
    /// `slash_commands`, `interactive`, `events_api`, or one that is new.
    pub kind: String,
    pub payload: Value,
    /// Whether the acknowledgement may carry an answer.
    pub takes_payload: bool,
    /// 0 for the first time.
    pub attempt: u64,
}

pub(super) fn read(text: &str) -> Said {
    // serde_json gives up at 128 levels, so a hostile nesting is an error and not a stack overflow.
    let Ok(mut said) = serde_json::from_str::<Value>(text) else {
        return Said::Nonsense;
    };
    let kind = said["type"].as_str().unwrap_or_default().to_owned();
    if let Some(id) = said["envelope_id"].as_str() {
        return Said::Envelope(Envelope {
            id: id.to_owned(),
            kind,
            takes_payload: said["accepts_response_payload"] == true,
            attempt: said["retry_attempt"].as_u64().unwrap_or_default(),
            payload: said["payload"].take(),
        });
    }
    match (kind.as_str(), said["reason"].as_str()) {
        ("hello", _) => Said::Hello {
            connections: said["num_connections"].as_u64().unwrap_or_default(),
        },
        ("disconnect", reason) => Said::Disconnect(match reason {
            Some("warning") => Reason::Warning,
            Some("refresh_requested") => Reason::RefreshRequested,
            Some("link_disabled") => Reason::LinkDisabled,
            Some("too_many_websockets") => Reason::TooManyWebsockets,
            _ => Reason::Other,
        }),
        _ => Said::Nonsense,
    }
}

/// What acknowledges an envelope; `None`: nothing does, because Slack should deliver an event again, and mark a button as
/// failed.
pub(super) fn acknowledgement(id: &str, takes_payload: bool, answer: Answer) -> Option<Value> {
    let payload = match answer {
        Answer::Failed => return None,
        Answer::Empty => None,
        Answer::Json(json) => Some(json),
        Answer::Text(words) => Some(json!({"text": words})),
    };
    Some(match payload.filter(|_| takes_payload) {
        Some(payload) => json!({"envelope_id": id, "payload": payload}),
        None => json!({"envelope_id": id}),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_slack_says() {
        let envelope = |kind: &str, takes_payload, attempt| {
            Said::Envelope(Envelope {
                id: "e1".into(),
                kind: kind.into(),
                payload: json!({"a": 1}),
                takes_payload,
                attempt,
            })
        };
        let cases = [
            (
                r#"{"type":"hello","num_connections":2,"connection_info":{"app_id":"A1"}}"#,
                Said::Hello { connections: 2 },
            ),
            (r#"{"type":"hello"}"#, Said::Hello { connections: 0 }),
            (
                r#"{"type":"disconnect","reason":"warning","debug_info":{"host":"wss-111.slack.com"}}"#,
                Said::Disconnect(Reason::Warning),
            ),
            (
                r#"{"type":"disconnect","reason":"refresh_requested"}"#,
                Said::Disconnect(Reason::RefreshRequested),
            ),
            (
                r#"{"type":"disconnect","reason":"link_disabled"}"#,
                Said::Disconnect(Reason::LinkDisabled),
            ),
            (
                r#"{"type":"disconnect","reason":"too_many_websockets"}"#,
                Said::Disconnect(Reason::TooManyWebsockets),
            ),
            (
                r#"{"type":"disconnect","reason":"moon"}"#,
                Said::Disconnect(Reason::Other),
            ),
            (r#"{"type":"disconnect"}"#, Said::Disconnect(Reason::Other)),
            (
                r#"{"envelope_id":"e1","type":"slash_commands","payload":{"a":1},"accepts_response_payload":true}"#,
                envelope("slash_commands", true, 0),
            ),
            (
                r#"{"envelope_id":"e1","type":"events_api","payload":{"a":1},"accepts_response_payload":false,"retry_attempt":2,"retry_reason":"timeout"}"#,
                envelope("events_api", false, 2),
            ),
            (
                r#"{"envelope_id":"e1","type":"of_the_future","payload":{"a":1},"retry_attempt":null}"#,
                envelope("of_the_future", false, 0),
            ),
            (r#"{"envelope_id":1,"type":"events_api"}"#, Said::Nonsense),
            (r#"{"type":"moon"}"#, Said::Nonsense),
            (r#"[]"#, Said::Nonsense),
            ("", Said::Nonsense),
            ("Ping from applink", Said::Nonsense),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), expected, "{text}");
        }
        assert_eq!(read(&"[".repeat(100_000)), Said::Nonsense);
    }

    #[test]
    fn what_acknowledges() {
        let cases = [
            (Answer::Empty, true, r#"{"envelope_id":"e1"}"#),
            (
                Answer::Text("Done".into()),
                true,
                r#"{"envelope_id":"e1","payload":{"text":"Done"}}"#,
            ),
            (
                Answer::Json(json!({"response_action": "clear"})),
                true,
                r#"{"envelope_id":"e1","payload":{"response_action":"clear"}}"#,
            ),
            (
                Answer::Text("Nobody reads this".into()),
                false,
                r#"{"envelope_id":"e1"}"#,
            ),
            (Answer::Failed, false, "null"),
        ];
        for (answer, takes_payload, expected) in cases {
            let shown = format!("{answer:?}");
            let given = acknowledgement("e1", takes_payload, answer);
            assert_eq!(json!(given).to_string(), expected, "{shown}");
        }
    }
}
