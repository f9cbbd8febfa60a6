//! Whatever people write, Slack takes the message and nobody is called who was not meant.

use balefire::domain::command::{Command, Declaration};
use balefire::domain::draft::Audience;
use balefire::domain::effect::{CardPlace, Reader};
use balefire::domain::event::{Entry, Event};
use balefire::domain::incident::{Actor, Home, Role, Stamp, TEXT_CHARS_MAX};
use balefire::domain::rules::Language;
use balefire::slack::render::{self, Message};
use balefire::standin::blocks::{self, Surface};
use proptest::prelude::*;
use serde_json::Value;

use crate::evening::{Evening, at, incidents_channel, rules, user};

/// Text as nobody should write it, and as somebody will.
fn text() -> impl Strategy<Value = String> {
    let long = |strategy: BoxedStrategy<String>, times: usize| {
        strategy.prop_map(move |piece| {
            piece
                .repeat(times)
                .chars()
                .take(TEXT_CHARS_MAX)
                .collect::<String>()
        })
    };
    prop_oneof![
        any::<String>(),
        "[<>@!#&;|^*_~`a-z \n:]{0,200}",
        "(<!channel>|<@U123>|<#C1>|<!here>|@here|@channel|&amp;|&|\n|> |a ){1,30}",
        long("[<&>*\n\"a全👩]{1,4}".boxed(), 3_000),
    ]
}

/// An incident about which people said `texts`, in every place where they can.
fn said(language: Language, texts: &[String; 6]) -> Evening {
    let [title, impact, eta, update, draft, name] = texts.clone();
    let some = |text: &str| match text.trim() {
        "" => "words".to_owned(),
        text => text.to_owned(),
    };
    let declaration = Declaration {
        title: some(&title),
        severity: Some("P0".into()),
        services: vec![some(&name); 12],
        impact: Some(impact.clone()),
        owner: Some(user("UBOB")),
    };
    let mut evening = Evening::declared(language, rules(), declaration);
    let mut does = |command| evening.does("10:01", "UALICE", "says", command);
    does(Command::SetEta { text: some(&eta) });
    does(Command::PostUpdate {
        text: some(&update),
        next: None,
    });
    does(Command::NoChange { nag: None });
    does(Command::Note { text: some(&draft) });
    does(Command::AddAction {
        text: some(&update),
        assignee: None,
        due: None,
    });
    for _ in 0..6 {
        does(Command::Assign {
            role: Role::from(some(&name)),
            to: user("UDAN"),
        });
        // Taken by somebody else in between, so that it can be given again.
        does(Command::Assign {
            role: Role::from(some(&name)),
            to: user("UALICE"),
        });
    }
    does(Command::ChangeSeverity {
        to: "P1".into(),
        reason: Some(some(&impact)),
    });
    does(Command::ChangeSeverity {
        to: "P0".into(),
        reason: None,
    });
    for (number, audience) in [(1, Audience::Customers), (2, Audience::Stakeholders)] {
        does(Command::WriteDraft { audience });
        let (text, revision) = (some(&draft), 1);
        does(Command::EditDraft {
            number,
            revision,
            text,
        });
    }
    does(Command::Wake);
    for place in [CardPlace::Incidents, CardPlace::Home] {
        evening.card("10:30", place);
    }
    evening.wakes("10:40");
    evening.wakes("10:45");
    evening.does(
        "10:50",
        "UBOB",
        "resolves",
        Command::Resolve {
            summary: Some(some(&draft)),
        },
    );
    evening.card("10:51", CardPlace::Incidents);
    evening.write("published", render::published(&some(&draft)));
    evening.does(
        "10:53",
        "UBOB",
        "reopens",
        Command::Reopen {
            reason: some(&impact),
        },
    );
    evening.does(
        "10:54",
        "UBOB",
        "cancels",
        Command::Cancel {
            reason: some(&update),
        },
    );
    evening.card("10:55", CardPlace::Incidents);
    evening
}

/// Everything that Slack would not take, or that calls somebody.
fn complaints(message: &Message) -> Vec<String> {
    let mut complaints = blocks::complaints(&message.blocks, Surface::Message, "/blocks");
    if message.text.chars().count() > 4_000 {
        complaints.push("the text is too long".into());
    }
    if message.text.trim().is_empty() {
        complaints.push("there is no text".into());
    }
    complaints.extend(calls(&message.text));
    complaints.extend(unsaid(message));
    each_text(&message.blocks, &mut |kind, text| match kind {
        "mrkdwn" => complaints.extend(calls(text)),
        _ if ["<!", "<@", "<#"].iter().any(|call| text.contains(call)) => {
            complaints.push(format!("a call in plain text: {text}"));
        }
        _ => {}
    });
    complaints
}

/// What the blocks say and the text does not, unless there is too much of it.
fn unsaid(message: &Message) -> Vec<String> {
    if message.text.ends_with('…') {
        return vec![];
    }
    let mut missing = vec![];
    // What a button asks back is heard when it asks.
    let told: Vec<Value> = message
        .blocks
        .as_array()
        .into_iter()
        .flatten()
        .filter(|block| block["type"] != "actions")
        .cloned()
        .collect();
    each_text(&Value::Array(told), &mut |kind, text| {
        // A field's label and value stand on two lines there and on one here.
        let said = text.lines().all(|line| {
            message.text.contains(line) || message.text.contains(line.trim_matches('*'))
        });
        if kind == "mrkdwn" && !said {
            missing.push(format!("not in the text: {text:?}"));
        }
    });
    missing
}

fn each_text(blocks: &Value, visit: &mut impl FnMut(&str, &str)) {
    match blocks {
        Value::Array(items) => items.iter().for_each(|item| each_text(item, visit)),
        Value::Object(fields) => {
            if let (Some(kind), Some(text)) = (fields.get("type"), fields.get("text"))
                && let (Some(kind), Some(text)) = (kind.as_str(), text.as_str())
            {
                visit(kind, text);
            }
            fields.values().for_each(|value| each_text(value, visit));
        }
        _ => {}
    }
}

/// Every `<` must begin a mention or a date of ours, and every `@` word must be broken.
fn calls(markup: &str) -> Vec<String> {
    let ours = |token: &str| {
        ["@UALICE", "@UBOB", "@UDAN", "@UBOSS", "!subteam^SOPS"].contains(&token)
            || ["#CINCIDENTS", "#CINC7", "#CEXEC", "#CCUSTOMERS"].contains(&token)
            || token.starts_with("!date^") && token.contains('|')
    };
    let mut complaints: Vec<String> = markup
        .match_indices('<')
        .filter(|(at, _)| {
            let token = markup[at + 1..].split('>').next().unwrap_or_default();
            !ours(token)
        })
        .map(|(at, _)| format!("`<` at {at} in {markup:?}"))
        .collect();
    for word in ["@here", "@channel", "@everyone"] {
        if markup.to_lowercase().contains(word) {
            complaints.push(format!("{word} in {markup:?}"));
        }
    }
    complaints
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn slack_takes_every_message_and_nobody_is_called(
        texts in prop::array::uniform6(text()),
        chinese in any::<bool>(),
    ) {
        let language = if chinese { Language::Zh } else { Language::En };
        for message in &said(language, &texts).messages {
            let complaints = complaints(message);
            prop_assert!(complaints.is_empty(), "{complaints:#?}");
        }
    }

    #[test]
    fn a_topic_fits(title in text()) {
        let evening = said(Language::En, &std::array::from_fn(|_| title.clone()));
        let owned = evening.ctx(at("11:00"));
        let topic = render::topic(&evening.incident, &owned.ctx());
        prop_assert!(topic.chars().count() <= 250, "{}", topic);
        prop_assert!(calls(&topic).is_empty(), "{:?}", calls(&topic));
        prop_assert!(topic.ends_with("INC-2026-007"), "{}", topic);
    }
}

#[test]
fn approved_words_are_published_whole() {
    // The longest that a person can approve, all of it ordinary.
    let text = "Wir bitten um Geduld, 请稍候。\n".repeat(120);
    let text: String = text.chars().take(TEXT_CHARS_MAX).collect();
    let message = render::published(&text);
    let mut shown = vec![];
    each_text(&message.blocks, &mut |_, text| shown.push(text.to_owned()));
    assert_eq!(shown.join("\n"), text.trim());
    assert_eq!(message.text, text.trim());
}

#[test]
fn a_thread_is_reached_by_the_incidents_name() {
    let mut evening = said(Language::En, &std::array::from_fn(|_| "words".to_owned()));
    evening.incident.home = Home::Thread;
    let entry = Entry {
        at: at("11:00"),
        by: Actor::Balefire,
        event: Event::AcknowledgementMissed {
            due: at("11:00"),
            late_by_s: 0,
            ladder: None,
        },
    };
    evening.incident.acknowledged = Some(Stamp {
        by: Actor::Balefire,
        at: at("10:00"),
    });
    let owned = evening.ctx(at("11:00"));
    let to = Reader::Person(user("UBOB"));
    let message = render::told(&entry, &evening.incident, &to, &owned.ctx());
    assert!(message.text.contains("INC-2026-007"));
    assert!(
        message
            .text
            .contains(&format!("<#{}>", incidents_channel()))
    );
}
