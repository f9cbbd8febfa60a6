//! Whatever is posted to the bot: signatures, then bodies, then what the words in them ask for.

use balefire::clock::Time;
use balefire::domain::rules::Rules;
use balefire::ids::UserId;
use balefire::slack::actions::{Pressed, pressed, submitted};
use balefire::slack::inbound::{Answer, Apology, Event, Inbound, Ticket, read, read_envelope};
use balefire::slack::parse::after_mention;
use balefire::slack::render::refusal::field_error;
use balefire::slack::verify::{Unverified, verify};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::SecretString;
use serde_json::Value;
use sha2::Sha256;

use crate::command;

const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "{\"type\":\"event_callback\",\"event\":",
    "payload=",
    "payload=%7B",
    "&",
    "=",
    "+",
    "%",
    "%00",
    "%22",
    "ssl_check=1",
    "command=%2Fincident",
    "text=",
    "team_id=",
    "user_id=",
    "channel_id=",
    "\"type\":",
    "\"team\":null",
    "\"team\":{\"id\":\"T1\"}",
    "\"user\":{\"id\":\"U1\"}",
    "\"user\":\"U1\"",
    "\"event\":{}",
    "\"event_id\":\"\"",
    "\"event_time\":9223372036854775807",
    "\"actions\":[]",
    "\"view\":{\"id\":\"V1\"}",
    "\"state\":{\"values\":{}}",
    "\"selected_date\":\"2026-02-31\"",
    "\"selected_option\":null",
    "\"value\":",
    "\"block_actions\"",
    "\"view_submission\"",
    "\"view_closed\"",
    "\"url_verification\"",
    "\"message\"",
    "\"message_changed\"",
    "\"message_deleted\"",
    "\"app_mention\"",
    "\"reaction_added\"",
    "\"subteam_updated\"",
    "\"user_change\"",
    "\"channel_rename\"",
    "\"tombstone\"",
    "\"authorizations\":[{\"team_id\":\"T9\"}]",
    "\\u0000",
    "\\ud800",
    "\\",
    "1e999",
    "-0",
    "[[[[[[[[[[",
    "{\"a\":{\"a\":{\"a\":",
    "\"i\":{\"year\":2026,\"number\":7}",
    "card.acknowledge",
    "nag.snooze",
    "draft.approve",
    "form.declare",
    "form.assign",
    "next",
    "as_usual",
];

const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
const SENT_AT_S: i64 = 1_763_676_000;

crate::target!("inbound", WORDS, runs: 4_000, judge);

fn judge(body: &[u8]) -> &'static str {
    check_signature(body);
    let inbound = read(body);
    check_other_ways(body, &inbound);
    check_apology(&inbound);
    match &inbound {
        Inbound::Unknown { what } => {
            let is_safe = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_' | '.');
            assert!(
                !what.is_empty() && what.len() <= 40 && what.chars().all(is_safe),
                "{what:?}"
            );
            return if what == "malformed_json" || what == "form" {
                "!unreadable"
            } else {
                "unknown"
            };
        }
        Inbound::Command(command) => {
            check_ids(&[
                command.team.as_str(),
                command.channel.as_str(),
                command.user.as_str(),
                &command.command,
            ]);
            check_tickets(command.response_url.iter().chain([&command.trigger_id]));
            command::judge(&command.text);
        }
        Inbound::Click(click) => {
            check_ids(&[click.team.as_str(), click.user.as_str(), &click.action_id]);
            check_tickets(click.response_url.iter().chain([&click.trigger_id]));
            if let Pressed::Again(text) = pressed(click) {
                command::judge(&text);
            }
        }
        Inbound::Submission(submission) => {
            check_ids(&[
                submission.team.as_str(),
                submission.user.as_str(),
                &submission.view_id,
            ]);
            check_tickets(
                submission
                    .response_urls
                    .iter()
                    .chain([&submission.trigger_id]),
            );
            if let Err(refusal) = submitted(submission) {
                let rules = Rules::default();
                let answer = field_error(&refusal, submission, rules.language, &rules);
                assert!(answer["response_action"].is_string(), "{answer}");
            }
        }
        Inbound::ViewClosed(closed) => {
            check_ids(&[closed.team.as_str(), closed.user.as_str(), &closed.view_id]);
        }
        Inbound::Event(envelope) => {
            check_ids(&[envelope.team.as_str(), &envelope.event_id]);
            match &envelope.event {
                Event::Message(message) => {
                    check_ids(&[message.channel.as_str(), message.ts.as_str()]);
                    assert!(
                        !message.is_from_person() || (message.user.is_some() && !message.is_bot)
                    );
                }
                Event::AppMention {
                    channel,
                    user,
                    text,
                    ts,
                    ..
                } => {
                    check_ids(&[channel.as_str(), user.as_str(), ts.as_str()]);
                    command::judge(after_mention(text, &UserId::new("UBOT")));
                }
                Event::ReactionAdded(reaction) | Event::ReactionRemoved(reaction) => {
                    check_ids(&[
                        reaction.channel.as_str(),
                        reaction.user.as_str(),
                        reaction.ts.as_str(),
                        &reaction.name,
                    ]);
                }
                Event::Other { .. } => return "event of no interest",
                _ => {}
            }
        }
        Inbound::UrlVerification { .. } | Inbound::SslCheck => {}
    }
    inbound.kind()
}

/// What acts on a delivery relies on these.
fn check_ids(ids: &[&str]) {
    assert!(ids.iter().all(|id| !id.is_empty()), "{ids:?}");
}

/// Whoever reads a log must not be able to speak in our name.
fn check_tickets<'a>(tickets: impl Iterator<Item = &'a Ticket>) {
    for ticket in tickets {
        assert_eq!(format!("{ticket:?}"), "Ticket(…)");
    }
}

/// Only the right signature over exactly these bytes, at about this time, is believed.
fn check_signature(body: &[u8]) {
    let secret = SecretString::from(SECRET);
    let now = Time::from_timestamp(SENT_AT_S, 0).expect("it is a time");
    let timestamp = SENT_AT_S.to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key will do");
    mac.update(format!("v0:{timestamp}:").as_bytes());
    mac.update(body);
    let signature = format!("v0={}", hex::encode(mac.finalize().into_bytes()));
    let check = |timestamp: &str, signature: &str, body: &[u8]| {
        verify(&secret, Some(timestamp), Some(signature), body, now)
    };
    assert_eq!(check(&timestamp, &signature, body), Ok(now));
    let longer = [body, b" "].concat();
    assert_eq!(
        check(&timestamp, &signature, &longer),
        Err(Unverified::Wrong)
    );
    if let Some((_, shorter)) = body.split_last() {
        assert_eq!(
            check(&timestamp, &signature, shorter),
            Err(Unverified::Wrong)
        );
    }
    // Headers are as hostile as bodies.
    let strange = String::from_utf8_lossy(&body[..body.len().min(80)]);
    assert!(check(&timestamp, &strange, body).is_err());
    // What was sent may be nothing but the right time.
    if strange != timestamp {
        assert!(check(&strange, &signature, body).is_err());
    }
    assert!(check(&timestamp, &format!("v0={strange}"), body).is_err());
    assert!(check(&timestamp, &format!("{signature}{strange} "), body).is_err());
}

/// The same words mean the same by HTTP, in a form and over a socket.
fn check_other_ways(body: &[u8], inbound: &Inbound) {
    let body = body.trim_ascii();
    if body.first() == Some(&b'{') {
        let Ok(json) = serde_json::from_slice::<Value>(body) else {
            assert_eq!(
                inbound,
                &Inbound::Unknown {
                    what: "malformed_json".into()
                }
            );
            return;
        };
        assert_eq!(&read_envelope("events_api", json.clone()), inbound);
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("payload", &json.to_string())
            .finish();
        assert_eq!(&read(form.as_bytes()), inbound);
    } else if let Inbound::Command(command) = inbound {
        let mut fields = serde_json::Map::new();
        for (key, value) in url::form_urlencoded::parse(body) {
            fields
                .entry(key.into_owned())
                .or_insert(value.into_owned().into());
        }
        let Inbound::Command(other) = read_envelope("slash_commands", fields.into()) else {
            panic!("no command over a socket: {command:?}");
        };
        assert_eq!(&other, command);
    }
}

/// Whatever it was, its sender can be told that something went wrong, in a shape that Slack takes.
fn check_apology(inbound: &Inbound) {
    let apology = inbound.apology();
    match (apology, apology.say("Sorry".into())) {
        (Apology::Text, Answer::Text(words)) => assert_eq!(words, "Sorry"),
        (Apology::Redeliver, Answer::Failed) => assert_eq!(inbound.kind(), "event"),
        (Apology::View, Answer::Json(view)) => assert_eq!(view["response_action"], "update"),
        (apology, answer) => panic!("{apology:?} is said as {answer:?}"),
    }
}
