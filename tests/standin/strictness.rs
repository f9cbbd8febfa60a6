//! Wrong calls and the codes that Slack gives them.

use balefire::standin::Kind;
use serde_json::{Value, json};

use crate::rig::{Rig, TOKEN, merged, section};

#[tokio::test]
async fn every_wrong_call_gets_the_code_that_slack_gives() {
    let rig = Rig::start().await;
    let alice = rig.stand_in.person("U0ALICE");
    let archived = rig
        .stand_in
        .add_channel("old-outage", Kind::Public, &["U0ALICE", "U0BALEFIRE"]);
    alice.archive(&archived).expect("Alice may archive");
    rig.stand_in
        .add_channel("elsewhere", Kind::Public, &["U0ALICE"]);
    rig.stand_in
        .add_channel("secret", Kind::Private, &["U0ALICE"]);
    rig.stand_in.deactivate("U0CHEN");
    let hers = alice
        .say("#general", "Good morning")
        .expect("Alice is in #general");
    let ours = rig
        .post(json!({"channel": "C0GENERAL", "text": "One"}))
        .await;
    let reply = rig
        .post(json!({"channel": "C0GENERAL", "text": "Two", "thread_ts": ours}))
        .await;
    rig.ok(
        "reactions.add",
        json!({"channel": "C0GENERAL", "timestamp": ours, "name": "eyes"}),
    )
    .await;
    rig.ok(
        "pins.add",
        json!({"channel": "C0GENERAL", "timestamp": ours}),
    )
    .await;

    let long = |chars: usize| "x".repeat(chars);
    let modal = |title: &str| json!({"type": "modal", "title": {"type": "plain_text", "text": title}, "blocks": []});
    let post = |more: Value| merged(json!({"channel": "C0GENERAL", "text": "Hello"}), more);
    let cases: Vec<(&str, Value, &str)> = vec![
        ("no.such.method", json!({}), "unknown_method"),
        (
            "chat.postMessage",
            json!({"text": "Hello"}),
            "channel_not_found",
        ),
        (
            "chat.postMessage",
            json!({"channel": "C0NOWHERE", "text": "Hello"}),
            "channel_not_found",
        ),
        (
            "chat.postMessage",
            json!({"channel": "#secret", "text": "Hello"}),
            "channel_not_found",
        ),
        (
            "chat.postMessage",
            json!({"channel": "U0CHEN", "text": "Hello"}),
            "channel_not_found",
        ),
        (
            "chat.postMessage",
            json!({"channel": "#elsewhere", "text": "Hello"}),
            "not_in_channel",
        ),
        (
            "chat.postMessage",
            json!({"channel": archived, "text": "Hello"}),
            "is_archived",
        ),
        (
            "chat.postMessage",
            json!({"channel": "C0GENERAL"}),
            "no_text",
        ),
        (
            "chat.postMessage",
            json!({"channel": "C0GENERAL", "blocks": []}),
            "no_text",
        ),
        (
            "chat.postMessage",
            post(json!({"markdown_text": "Hello"})),
            "markdown_text_conflict",
        ),
        (
            "chat.postMessage",
            post(json!({"txet": "typo"})),
            "invalid_arguments",
        ),
        (
            "chat.postMessage",
            post(json!({"thread_ts": "yesterday"})),
            "invalid_arguments",
        ),
        (
            "chat.postMessage",
            post(json!({"thread_ts": reply})),
            "cannot_reply_to_message",
        ),
        (
            "chat.postMessage",
            post(json!({"blocks": "no json"})),
            "invalid_blocks_format",
        ),
        (
            "chat.postMessage",
            post(json!({"blocks": {"type": "divider"}})),
            "invalid_blocks_format",
        ),
        (
            "chat.postMessage",
            post(json!({"blocks": [{"type": "wall"}]})),
            "invalid_blocks",
        ),
        (
            "chat.postMessage",
            post(json!({"blocks": vec![json!({"type": "divider"}); 51]})),
            "invalid_blocks",
        ),
        (
            "chat.postMessage",
            post(json!({"blocks": vec![section(&long(2900)); 5]})),
            "msg_blocks_too_long",
        ),
        (
            "chat.postMessage",
            post(json!({"metadata": {"event_type": "x"}})),
            "invalid_metadata_format",
        ),
        (
            "chat.postMessage",
            post(json!({"metadata": "no json"})),
            "invalid_metadata_format",
        ),
        (
            "chat.postMessage",
            post(json!({"metadata": {"event_type": "x", "event_payload": {"a": long(20_000)}}})),
            "metadata_too_large",
        ),
        (
            "chat.update",
            json!({"channel": "C0GENERAL", "text": "Hello"}),
            "invalid_arguments",
        ),
        (
            "chat.update",
            json!({"channel": "C0GENERAL", "ts": hers, "text": "Hello"}),
            "cant_update_message",
        ),
        (
            "chat.update",
            json!({"channel": "C0GENERAL", "ts": "1.000000", "text": "Hello"}),
            "message_not_found",
        ),
        (
            "chat.update",
            json!({"channel": "C0GENERAL", "ts": ours, "text": long(4001)}),
            "msg_too_long",
        ),
        (
            "chat.update",
            json!({"channel": "C0GENERAL", "ts": ours}),
            "no_text",
        ),
        (
            "chat.delete",
            json!({"channel": "C0GENERAL", "ts": hers}),
            "cant_delete_message",
        ),
        (
            "chat.delete",
            json!({"channel": "C0GENERAL", "ts": "1.000000"}),
            "message_not_found",
        ),
        ("chat.postEphemeral", post(json!({})), "invalid_arguments"),
        (
            "chat.postEphemeral",
            post(json!({"user": "U0NOBODY"})),
            "user_not_in_channel",
        ),
        (
            "chat.postEphemeral",
            post(json!({"user": "U0BOB", "text": long(4001)})),
            "msg_too_long",
        ),
        (
            "chat.getPermalink",
            json!({"channel": "C0GENERAL", "message_ts": "1.000000"}),
            "message_not_found",
        ),
        ("conversations.create", json!({}), "invalid_name_required"),
        (
            "conversations.create",
            json!({"name": "Upper"}),
            "invalid_name_specials",
        ),
        (
            "conversations.create",
            json!({"name": "--"}),
            "invalid_name_punctuation",
        ),
        (
            "conversations.create",
            json!({"name": long(81)}),
            "invalid_name_maxlength",
        ),
        (
            "conversations.create",
            json!({"name": "general"}),
            "name_taken",
        ),
        (
            "conversations.create",
            json!({"name": "old-outage"}),
            "name_taken",
        ),
        (
            "conversations.invite",
            json!({"channel": "C0GENERAL", "users": "U0BOB"}),
            "already_in_channel",
        ),
        (
            "conversations.invite",
            json!({"channel": "C0GENERAL", "users": "U0NOBODY"}),
            "user_not_found",
        ),
        (
            "conversations.invite",
            json!({"channel": "C0GENERAL", "users": "U0BALEFIRE"}),
            "cant_invite_self",
        ),
        (
            "conversations.invite",
            json!({"channel": "C0GENERAL", "users": "U0CHEN"}),
            "cant_invite",
        ),
        (
            "conversations.invite",
            json!({"channel": "C0GENERAL", "users": ""}),
            "no_user",
        ),
        (
            "conversations.invite",
            json!({"channel": "#elsewhere", "users": "U0BOB"}),
            "not_in_channel",
        ),
        (
            "conversations.invite",
            json!({"channel": archived, "users": "U0BOB"}),
            "is_archived",
        ),
        (
            "conversations.join",
            json!({"channel": archived}),
            "is_archived",
        ),
        (
            "conversations.leave",
            json!({"channel": "C0GENERAL"}),
            "cant_leave_general",
        ),
        (
            "conversations.info",
            json!({"channel": "#secret"}),
            "channel_not_found",
        ),
        (
            "conversations.list",
            json!({"types": "rooms"}),
            "invalid_types",
        ),
        (
            "conversations.list",
            json!({"limit": 1001}),
            "invalid_limit",
        ),
        (
            "conversations.list",
            json!({"cursor": "what"}),
            "invalid_cursor",
        ),
        (
            "conversations.history",
            json!({"channel": "#elsewhere"}),
            "not_in_channel",
        ),
        (
            "conversations.history",
            json!({"channel": "C0GENERAL", "limit": 1000}),
            "invalid_arguments",
        ),
        (
            "conversations.history",
            json!({"channel": "C0GENERAL", "oldest": "noon"}),
            "invalid_ts_oldest",
        ),
        (
            "conversations.history",
            json!({"channel": "C0GENERAL", "latest": "noon"}),
            "invalid_ts_latest",
        ),
        (
            "conversations.replies",
            json!({"channel": "C0GENERAL", "ts": "1.000000"}),
            "thread_not_found",
        ),
        ("conversations.open", json!({}), "users_list_not_supplied"),
        (
            "conversations.open",
            json!({"users": "U0CHEN"}),
            "user_disabled",
        ),
        (
            "conversations.open",
            json!({"users": "U0NOBODY"}),
            "user_not_found",
        ),
        (
            "conversations.setTopic",
            json!({"channel": "C0GENERAL", "topic": long(251)}),
            "too_long",
        ),
        (
            "conversations.setTopic",
            json!({"channel": archived, "topic": "Over"}),
            "is_archived",
        ),
        (
            "conversations.setPurpose",
            json!({"channel": "C0GENERAL", "purpose": long(251)}),
            "too_long",
        ),
        (
            "conversations.archive",
            json!({"channel": archived}),
            "already_archived",
        ),
        (
            "conversations.archive",
            json!({"channel": "C0GENERAL"}),
            "cant_archive_general",
        ),
        (
            "conversations.archive",
            json!({"channel": "#elsewhere"}),
            "not_in_channel",
        ),
        (
            "conversations.unarchive",
            json!({"channel": "C0GENERAL"}),
            "not_archived",
        ),
        (
            "conversations.rename",
            json!({"channel": "C0EXEC", "name": "board"}),
            "not_authorized",
        ),
        ("users.info", json!({"user": "U0NOBODY"}), "user_not_found"),
        ("users.info", json!({}), "invalid_arguments"),
        (
            "users.lookupByEmail",
            json!({"email": "nobody@nowhere.example"}),
            "users_not_found",
        ),
        (
            "usergroups.users.list",
            json!({"usergroup": "S0NONE"}),
            "no_such_subteam",
        ),
        (
            "views.open",
            json!({"view": modal("Title")}),
            "invalid_arguments",
        ),
        (
            "views.open",
            json!({"view": modal("Title"), "trigger_id": "1.2.3"}),
            "invalid_trigger_id",
        ),
        (
            "views.update",
            json!({"view": modal("Title"), "view_id": "V0NONE"}),
            "not_found",
        ),
        (
            "views.publish",
            json!({"view": modal("Title"), "user_id": "U0BOB"}),
            "invalid_arguments",
        ),
        (
            "views.publish",
            json!({"view": {"type": "home", "blocks": []}, "user_id": "U0NOBODY"}),
            "not_enabled",
        ),
        (
            "pins.add",
            json!({"channel": "C0GENERAL"}),
            "no_item_specified",
        ),
        (
            "pins.add",
            json!({"channel": "C0GENERAL", "timestamp": ours}),
            "already_pinned",
        ),
        (
            "pins.add",
            json!({"channel": "C0GENERAL", "timestamp": "1.000000"}),
            "message_not_found",
        ),
        (
            "pins.remove",
            json!({"channel": "C0GENERAL", "timestamp": hers}),
            "no_pin",
        ),
        (
            "reactions.add",
            json!({"channel": "C0GENERAL", "timestamp": ours, "name": "eyes"}),
            "already_reacted",
        ),
        (
            "reactions.add",
            json!({"channel": "C0GENERAL", "timestamp": ours, "name": "No Such"}),
            "invalid_name",
        ),
        (
            "reactions.add",
            json!({"channel": "C0GENERAL", "timestamp": "now", "name": "eyes"}),
            "bad_timestamp",
        ),
        (
            "reactions.remove",
            json!({"channel": "C0GENERAL", "timestamp": hers, "name": "eyes"}),
            "no_reaction",
        ),
        (
            "bookmarks.add",
            json!({"channel_id": "C0GENERAL", "title": "Runbook", "type": "link", "link": "here"}),
            "invalid_link",
        ),
        (
            "bookmarks.add",
            json!({"channel_id": "C0GENERAL", "title": "Runbook", "type": "folder"}),
            "invalid_bookmark_type",
        ),
        ("team.info", json!({"team": "T0OTHER"}), "team_not_found"),
        ("bots.info", json!({"bot": "B0OTHER"}), "bot_not_found"),
        ("apps.connections.open", json!({}), "not_allowed_token_type"),
    ];
    let mut wrong = Vec::new();
    for (method, args, expected) in cases {
        let code = rig.code(method, args.clone()).await;
        if code != expected {
            wrong.push(format!("{method} {args:.200}: {code}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn tokens_and_bodies_are_looked_at_first() {
    let rig = Rig::start().await;
    let client = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let url = format!("{}/api/auth.test", rig.url);
    let send = async |request: reqwest::RequestBuilder| -> Value {
        request
            .send()
            .await
            .expect("an answer")
            .json()
            .await
            .expect("JSON")
    };
    let json_kind = ("content-type", "application/json");
    let error = |body: &Value| body["error"].as_str().unwrap_or("ok").to_owned();

    assert_eq!(error(&send(client.post(&url)).await), "not_authed");
    assert_eq!(
        error(&send(client.post(&url).bearer_auth("xoxb-wrong")).await),
        "invalid_auth"
    );
    assert_eq!(
        error(&send(client.get(format!("{url}?token={TOKEN}"))).await),
        "ok"
    );
    let form = client
        .post(&url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("token={TOKEN}"));
    assert_eq!(error(&send(form).await), "ok");
    let bearer = || client.post(&url).bearer_auth(TOKEN);
    assert_eq!(
        error(&send(bearer().header(json_kind.0, json_kind.1).body("{")).await),
        "invalid_json"
    );
    assert_eq!(
        error(&send(bearer().header(json_kind.0, json_kind.1).body("[]")).await),
        "json_not_object"
    );
    assert_eq!(
        error(&send(bearer().header("content-type", "text/csv").body("a")).await),
        "invalid_post_type"
    );
    assert_eq!(error(&send(bearer().body("{}")).await), "missing_post_type");
    let warned = send(bearer().header(json_kind.0, json_kind.1).body("{}")).await;
    assert_eq!(
        (&warned["ok"], &warned["warning"]),
        (&json!(true), &json!("missing_charset"))
    );
    assert!(
        !format!("{:?}", rig.stand_in.calls()).contains(TOKEN),
        "a token was recorded"
    );
}

#[tokio::test]
async fn a_missing_scope_is_named_for_the_kind_of_conversation() {
    let rig = Rig::start().await;
    rig.stand_in.revoke_scopes(&[
        "chat:write",
        "channels:history",
        "channels:manage",
        "channels:write",
    ]);
    let body = rig
        .call(
            "chat.postMessage",
            json!({"channel": "C0GENERAL", "text": "Hello"}),
        )
        .await;
    assert_eq!(
        (&body["error"], &body["needed"]),
        (&json!("missing_scope"), &json!("chat:write"))
    );
    assert!(
        body["provided"]
            .as_str()
            .is_some_and(|provided| provided.contains("users:read"))
    );
    let body = rig
        .call("conversations.history", json!({"channel": "C0GENERAL"}))
        .await;
    assert_eq!(body["needed"], json!("channels:history"));
    let direct = rig
        .ok("conversations.open", json!({"users": "U0BOB"}))
        .await;
    assert_eq!(
        rig.code(
            "conversations.history",
            json!({"channel": direct["channel"]["id"]})
        )
        .await,
        "ok"
    );
    assert_eq!(
        rig.code("conversations.create", json!({"name": "new"}))
            .await,
        "missing_scope"
    );
    assert_eq!(
        rig.code(
            "conversations.create",
            json!({"name": "new", "is_private": true})
        )
        .await,
        "ok"
    );
}
