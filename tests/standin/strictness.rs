//! Wrong calls and the codes that Slack gives them.

use std::collections::BTreeSet;

use balefire::standin::blocks::{self, Surface};
use balefire::standin::{Kind, Rates};
use serde_json::{Value, json};

use crate::rig::{Rig, TOKEN};

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
        ("apps.connections.open", json!({}), "forbidden_team"),
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

fn merged(mut into: Value, more: Value) -> Value {
    into.as_object_mut()
        .expect("an object")
        .extend(more.as_object().expect("an object").clone());
    into
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": {"type": "mrkdwn", "text": text}})
}

#[test]
fn blocks_over_a_limit_are_named_with_their_place() {
    let long = |chars: usize| "x".repeat(chars);
    let plain = |text: String| json!({"type": "plain_text", "text": text});
    let button = |more: Value| {
        merged(
            json!({"type": "button", "action_id": "go", "text": plain("Go".into())}),
            more,
        )
    };
    let actions = |element: Value| json!({"type": "actions", "elements": [element]});
    let option = |n: usize| json!({"text": plain(format!("Option {n}")), "value": n.to_string()});
    let select = |more: Value| {
        merged(
            json!({"type": "static_select", "action_id": "pick", "options": [option(1)]}),
            more,
        )
    };
    let options = |count: usize| (0..count).map(option).collect::<Vec<_>>();
    let cases: Vec<(Value, &str)> = vec![
        (
            section(&long(3001)),
            "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            section(""),
            "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            json!({"type": "section"}),
            "missing required field: text [json-pointer:/blocks/0]",
        ),
        (
            json!({"type": "section", "fields": vec![plain("a".into()); 11]}),
            "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
        ),
        (
            json!({"type": "section", "fields": [plain(long(2001))]}),
            "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
        ),
        (
            json!({"type": "header", "text": plain(long(151))}),
            "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            json!({"type": "header", "text": {"type": "mrkdwn", "text": "a"}}),
            "must be plain_text [json-pointer:/blocks/0/text/type]",
        ),
        (
            json!({"type": "context", "elements": vec![plain("a".into()); 11]}),
            "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (
            json!({"type": "context", "elements": []}),
            "no fewer than 1 items required [json-pointer:/blocks/0/elements]",
        ),
        (
            json!({"type": "actions", "elements": (0..26).map(|n| button(json!({"action_id": n.to_string()}))).collect::<Vec<_>>()}),
            "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (
            actions(button(json!({"text": plain(long(76))}))),
            "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
        ),
        (
            actions(button(json!({"value": long(2001)}))),
            "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
        ),
        (
            actions(button(json!({"url": long(3001)}))),
            "must be less than 3001 characters [json-pointer:/blocks/0/elements/0/url]",
        ),
        (
            actions(button(json!({"action_id": long(256)}))),
            "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
        ),
        (
            actions(button(json!({"style": "warm"}))),
            "must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]",
        ),
        (
            actions(select(json!({"options": options(101)}))),
            "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]",
        ),
        (
            actions(select(json!({"initial_option": option(2)}))),
            "must match one of the options [json-pointer:/blocks/0/elements/0/initial_option]",
        ),
        (
            actions(select(json!({"placeholder": plain(long(151))}))),
            "must be less than 151 characters [json-pointer:/blocks/0/elements/0/placeholder/text]",
        ),
        (
            actions(select(
                json!({"options": [{"text": plain(long(76)), "value": "a"}]}),
            )),
            "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]",
        ),
        (
            actions(json!({"type": "overflow", "action_id": "more", "options": options(6)})),
            "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]",
        ),
        (
            actions(json!({"type": "plain_text_input", "action_id": "in"})),
            "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]",
        ),
        (
            actions(button(
                json!({"confirm": {"title": plain(long(101)), "text": plain("a".into()), "confirm": plain("a".into()), "deny": plain("a".into())}}),
            )),
            "must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]",
        ),
        (
            json!({"type": "markdown", "text": long(12_001)}),
            "must be less than 12001 characters [json-pointer:/blocks/0/text]",
        ),
        (
            json!({"type": "table", "rows": vec![json!([]); 101]}),
            "no more than 100 items allowed [json-pointer:/blocks/0/rows]",
        ),
        (
            json!({"type": "divider", "block_id": long(256)}),
            "must be less than 256 characters [json-pointer:/blocks/0/block_id]",
        ),
        (
            json!({"type": "divider", "txet": 1}),
            "no more than the documented properties allowed: txet [json-pointer:/blocks/0]",
        ),
        (
            json!({}),
            "missing required field: type [json-pointer:/blocks/0]",
        ),
    ];
    for (block, expected) in cases {
        let said = blocks::complaints(&json!([block]), Surface::Message, "/blocks");
        assert_eq!(said, [expected]);
    }
    let twice = json!([{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}]);
    assert_eq!(
        blocks::complaints(&twice, Surface::Message, "/blocks"),
        ["`block_id` a already exists [json-pointer:/blocks/1/block_id]"]
    );
}

#[test]
fn what_slack_allows_is_not_refused() {
    let fine = json!([
        {"type": "header", "text": {"type": "plain_text", "text": "x".repeat(150), "emoji": true}},
        section(&"x".repeat(3000)),
        {"type": "section", "text": {"type": "plain_text", "text": "Severity"}, "accessory": {
            "type": "overflow", "action_id": "more",
            "options": [{"text": {"type": "plain_text", "text": "Cancel"}, "value": "cancel"}]}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "since 09:00"}]},
        {"type": "rich_text", "elements": []},
        {"type": "actions", "elements": [{"type": "users_select", "action_id": "who"}, {"type": "datepicker", "action_id": "when", "initial_date": "2026-11-20"}]},
    ]);
    assert_eq!(
        blocks::complaints(&fine, Surface::Message, "/blocks"),
        [""; 0]
    );
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
