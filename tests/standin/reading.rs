//! Speed, pages and histories: what correct calls get.

use std::collections::BTreeSet;

use balefire::standin::Rates;
use serde_json::{Value, json};

use crate::rig::{Rig, TOKEN, merged};

#[tokio::test]
async fn one_post_per_second_and_channel() {
    let rig = Rig::with(|options| options.rates = Rates::STRICT).await;
    let post = |channel: &str| json!({"channel": channel, "text": "Hello"});
    rig.ok("chat.postMessage", post("C0GENERAL")).await;
    let (status, retry, body) = rig
        .raw("chat.postMessage", &post("C0GENERAL"))
        .await
        .expect("an answer");
    assert_eq!(
        (status, retry, &body["error"]),
        (429, Some(1), &json!("ratelimited"))
    );
    rig.ok("chat.postMessage", post("C0EXEC")).await;
    rig.advance_s(1);
    rig.ok("chat.postMessage", post("C0GENERAL")).await;
    assert_eq!(rig.stand_in.messages("#general").len(), 2);
}

#[tokio::test]
async fn a_tier_counts_calls_of_one_method_per_minute() {
    let rig = Rig::with(|options| options.rates = Rates::STRICT).await;
    for _ in 0..20 {
        rig.ok("users.list", json!({})).await;
    }
    rig.advance_s(10);
    let (status, retry, _) = rig.raw("users.list", &json!({})).await.expect("an answer");
    assert_eq!((status, retry), (429, Some(50)));
    rig.ok("users.info", json!({"user": "U0BOB"})).await;
    rig.advance_s(50);
    rig.ok("users.list", json!({})).await;
}

#[tokio::test]
async fn pages_follow_their_cursors_to_the_end() {
    let rig = Rig::start().await;
    let mut said = BTreeSet::new();
    for n in 0..7 {
        said.insert(
            rig.post(json!({"channel": "C0EXEC", "text": format!("Number {n}")}))
                .await,
        );
    }
    let collect = async |method: &str, base: Value, list: &str, key: &str| {
        let (mut found, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let mut args = merged(base.clone(), json!({"limit": 3}));
            if !cursor.is_empty() {
                args["cursor"] = json!(cursor);
            }
            let body = rig.ok(method, args).await;
            let items = body[list].as_array().expect("a list").clone();
            assert!(items.len() <= 3);
            found.extend(items.iter().map(|item| {
                item[key]
                    .as_str()
                    .or(item.as_str())
                    .expect("a name")
                    .to_owned()
            }));
            pages += 1;
            cursor = body["response_metadata"]["next_cursor"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            if cursor.is_empty() {
                return (found, pages);
            }
        }
    };
    let (history, pages) = collect(
        "conversations.history",
        json!({"channel": "C0EXEC"}),
        "messages",
        "ts",
    )
    .await;
    assert_eq!(
        (
            history.iter().cloned().collect::<BTreeSet<_>>(),
            history.len(),
            pages
        ),
        (said.clone(), 7, 3)
    );
    assert!(
        history.is_sorted_by(|newer, older| newer > older),
        "history goes from new to old"
    );
    let parent = history.last().expect("seven of them").clone();
    for n in 0..4 {
        rig.post(json!({"channel": "C0EXEC", "thread_ts": parent, "text": format!("Reply {n}")}))
            .await;
    }
    let (thread, _) = collect(
        "conversations.replies",
        json!({"channel": "C0EXEC", "ts": parent}),
        "messages",
        "ts",
    )
    .await;
    assert_eq!((thread.len(), &thread[0]), (5, &parent));
    assert_eq!(
        collect("conversations.list", json!({}), "channels", "id")
            .await
            .0
            .len(),
        4
    );
    assert_eq!(
        collect(
            "conversations.members",
            json!({"channel": "C0EXEC"}),
            "members",
            ""
        )
        .await
        .0
        .len(),
        4
    );
    assert_eq!(
        collect("users.list", json!({}), "members", "id")
            .await
            .0
            .len(),
        5
    );
}

#[tokio::test]
async fn history_shows_what_was_asked_for() {
    let rig = Rig::start().await;
    let metadata = json!({"event_type": "balefire", "event_payload": {"outbox_id": "42"}});
    let first = rig
        .post(json!({"channel": "C0EXEC", "text": "First", "metadata": metadata}))
        .await;
    rig.advance_s(60);
    rig.post(json!({"channel": "C0EXEC", "text": "In the thread", "thread_ts": first}))
        .await;
    rig.ok(
        "chat.postEphemeral",
        json!({"channel": "C0EXEC", "user": "U0BOB", "text": "For Bob"}),
    )
    .await;
    let second = rig
        .post(json!({"channel": "C0EXEC", "text": "Second"}))
        .await;
    let texts = |body: &Value| -> Vec<String> {
        let messages = body["messages"].as_array().expect("a list").iter();
        messages
            .map(|message| message["text"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let plain = rig
        .ok("conversations.history", json!({"channel": "C0EXEC"}))
        .await;
    assert_eq!(
        texts(&plain),
        ["Second", "First"],
        "no replies and nothing ephemeral"
    );
    assert_eq!(
        (
            &plain["messages"][1]["metadata"],
            &plain["messages"][1]["reply_count"]
        ),
        (&Value::Null, &json!(1))
    );
    let all = rig
        .ok(
            "conversations.history",
            json!({"channel": "C0EXEC", "include_all_metadata": true, "latest": second}),
        )
        .await;
    assert_eq!(
        (texts(&all), &all["messages"][0]["metadata"]),
        (vec!["First".to_owned()], &metadata)
    );
    let recent = rig
        .ok(
            "conversations.history",
            json!({"channel": "C0EXEC", "oldest": second, "inclusive": true}),
        )
        .await;
    assert_eq!(texts(&recent), ["Second"]);

    rig.ok("chat.delete", json!({"channel": "C0EXEC", "ts": first}))
        .await;
    let lost = rig
        .post(json!({"channel": "C0EXEC", "text": "Too late", "thread_ts": first}))
        .await;
    let late = rig
        .ok(
            "conversations.history",
            json!({"channel": "C0EXEC", "oldest": lost, "inclusive": true}),
        )
        .await;
    assert_eq!(
        texts(&late),
        ["Too late"],
        "a reply to a deleted parent stands at top level"
    );
}

#[tokio::test]
async fn answers_tell_the_worlds_time_and_the_granted_scopes() {
    let rig = Rig::start().await;
    rig.advance_s(90);
    let client = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let url = format!("{}/api/auth.test?token={TOKEN}", rig.url);
    let response = client.get(url).send().await.expect("an answer");
    let header = |name: &str| response.headers()[name].to_str().expect("text").to_owned();
    assert_eq!(header("date"), "Fri, 20 Nov 2026 09:01:30 GMT");
    assert!(
        header("x-oauth-scopes")
            .split(',')
            .any(|scope| scope == "chat:write")
    );
}

#[tokio::test]
async fn a_text_beyond_forty_thousand_characters_is_cut_with_a_warning() {
    let rig = Rig::start().await;
    let args = json!({"channel": "C0GENERAL", "text": "é".repeat(40_001)});
    let body = rig.ok("chat.postMessage", args).await;
    assert_eq!(body["warning"], "message_truncated");
    let stored = rig.stand_in.messages("#general")[0].text.chars().count();
    assert_eq!(stored, 40_000);
}

#[tokio::test]
async fn a_message_to_a_person_goes_into_the_direct_message() {
    let rig = Rig::start().await;
    let body = rig
        .ok(
            "chat.postMessage",
            json!({"channel": "U0BOB", "text": "Your turn"}),
        )
        .await;
    let opened = rig
        .ok("conversations.open", json!({"users": "U0BOB"}))
        .await;
    assert_eq!(body["channel"], opened["channel"]["id"]);
    let texts: Vec<String> = rig
        .stand_in
        .direct_messages("U0BOB")
        .iter()
        .map(balefire::standin::Message::reads)
        .collect();
    assert_eq!(texts, ["Your turn"]);
    assert!(rig.stand_in.direct_messages("U0ALICE").is_empty());
}
