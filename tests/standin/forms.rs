//! Modals and Home tabs: triggers, the stack, submissions.

use serde_json::{Value, json};

use crate::rig::Rig;

fn form(title: &str) -> Value {
    json!({
        "type": "modal", "callback_id": "declare", "private_metadata": "{}",
        "title": {"type": "plain_text", "text": title}, "submit": {"type": "plain_text", "text": "Declare"},
        "blocks": [
            {"type": "input", "block_id": "title", "label": {"type": "plain_text", "text": "What is broken?"},
                "element": {"type": "plain_text_input", "action_id": "text", "max_length": 20}},
            {"type": "input", "block_id": "severity", "label": {"type": "plain_text", "text": "Severity"},
                "element": {"type": "static_select", "action_id": "pick", "options": [
                    {"text": {"type": "plain_text", "text": "P0 Critical"}, "value": "P0"},
                    {"text": {"type": "plain_text", "text": "P1 High"}, "value": "P1"}]}},
            {"type": "input", "block_id": "owner", "optional": true, "label": {"type": "plain_text", "text": "Owner"},
                "element": {"type": "users_select", "action_id": "who"}},
        ],
    })
}

/// Types a command and hands the trigger back.
async fn trigger(rig: &Rig) -> String {
    rig.stand_in
        .person("U0ALICE")
        .slash("#incidents", "/incident declare")
        .await;
    let heard = rig.heard();
    let command = heard
        .iter()
        .rfind(|heard| heard.path == "commands")
        .expect("the command came");
    command.form()["trigger_id"].clone()
}

#[tokio::test]
async fn a_trigger_opens_one_form_within_three_seconds() {
    let rig = Rig::start().await;
    let first = trigger(&rig).await;
    let opened = rig
        .ok(
            "views.open",
            json!({"trigger_id": first, "view": form("Declare")}),
        )
        .await;
    assert_eq!(opened["view"]["callback_id"], "declare");
    assert_eq!(
        rig.stand_in.view_of("U0ALICE").expect("it is open")["id"],
        opened["view"]["id"]
    );
    assert_eq!(
        rig.code(
            "views.open",
            json!({"trigger_id": first, "view": form("Again")})
        )
        .await,
        "exchanged_trigger_id"
    );
    let late = trigger(&rig).await;
    rig.advance_s(4);
    assert_eq!(
        rig.code(
            "views.open",
            json!({"trigger_id": late, "view": form("Late")})
        )
        .await,
        "expired_trigger_id"
    );
}

#[tokio::test]
async fn a_form_over_a_limit_is_refused_with_the_place() {
    let rig = Rig::start().await;
    let no_submit = {
        let mut view = form("Declare");
        view.as_object_mut().expect("an object").remove("submit");
        view
    };
    let too_much = json!({"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": [],
        "private_metadata": "x".repeat(3001)});
    let cases = [
        (
            form("A title of more than 24 chars"),
            "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]",
        ),
        (
            no_submit,
            "[ERROR] missing required field: submit [json-pointer:/view]",
        ),
        (
            too_much,
            "[ERROR] must be less than 3001 characters [json-pointer:/view/private_metadata]",
        ),
    ];
    for (view, expected) in cases {
        let trigger = trigger(&rig).await;
        let body = rig
            .call("views.open", json!({"trigger_id": trigger, "view": view}))
            .await;
        assert_eq!(body["error"], "invalid_arguments");
        assert_eq!(body["response_metadata"]["messages"], json!([expected]));
    }
}

#[tokio::test]
async fn a_submission_brings_every_field_and_obeys_the_answer() {
    let rig = Rig::start().await;
    let alice = rig.stand_in.person("U0ALICE");
    let trigger = trigger(&rig).await;
    rig.ok(
        "views.open",
        json!({"trigger_id": trigger, "view": form("Declare")}),
    )
    .await;

    let refused = alice
        .submit(&[("What is broken?", "Everything, all at once, again")])
        .await
        .expect("a form is open");
    assert_eq!(
        refused.errors.keys().collect::<Vec<_>>(),
        ["severity", "title"],
        "the client objects first"
    );
    assert!(rig.heard().is_empty(), "and the bot is not asked");

    rig.bot_will_answer(
        200,
        &json!({"response_action": "errors", "errors": {"title": "Say more"}}),
    );
    let fields = [
        ("What is broken?", "Checkout"),
        ("Severity", "P1 High"),
        ("Owner", "@bob"),
    ];
    let answered = alice.submit(&fields).await.expect("a form is open");
    assert_eq!(answered.errors["title"], "Say more");
    let payload = rig.heard()[0].payload();
    assert_eq!(payload["type"], "view_submission");
    let values = &payload["view"]["state"]["values"];
    assert_eq!(
        values["title"]["text"],
        json!({"type": "plain_text_input", "value": "Checkout"})
    );
    assert_eq!(values["severity"]["pick"]["selected_option"]["value"], "P1");
    assert_eq!(values["owner"]["who"]["selected_user"], "U0BOB");
    serde_json::from_value::<slack_morphism::prelude::SlackInteractionEvent>(payload)
        .expect("slack-morphism reads it");

    rig.bot_will_answer(
        200,
        &json!({"response_action": "errors", "errors": {"nothing": "No such field"}}),
    );
    assert!(
        alice.submit(&[]).await.expect("open").trouble.is_some(),
        "errors must name a field"
    );
    rig.bot_will_answer(500, &Value::Null);
    assert!(alice.submit(&[]).await.expect("open").trouble.is_some());
    rig.bot_will_answer(
        200,
        &json!({"response_action": "push", "view": form("Sure?")}),
    );
    assert!(alice.submit(&[]).await.expect("open").ok());
    assert_eq!(
        rig.stand_in.view_of("U0ALICE").expect("on top")["title"]["text"],
        "Sure?"
    );
    rig.bot_will_answer(
        200,
        &json!({"response_action": "update", "view": form("Really?")}),
    );
    assert!(alice.submit(&fields).await.expect("open").ok());
    assert_eq!(
        rig.stand_in.view_of("U0ALICE").expect("on top")["title"]["text"],
        "Really?"
    );
    assert!(
        alice
            .submit(&[])
            .await
            .expect("what was filled in stays")
            .ok()
    );
    assert_eq!(
        rig.stand_in.view_of("U0ALICE").expect("the one below")["title"]["text"],
        "Declare"
    );
    rig.bot_will_answer(200, &json!({"response_action": "clear"}));
    assert!(alice.submit(&[]).await.expect("open").ok());
    assert_eq!(rig.stand_in.view_of("U0ALICE"), None);
    assert_eq!(
        alice.submit(&[]).await.expect_err("closed").code,
        "view_not_found"
    );
}

#[tokio::test]
async fn three_forms_fit_on_each_other_and_a_hash_guards_updates() {
    let rig = Rig::start().await;
    let first = rig
        .ok(
            "views.open",
            json!({"trigger_id": trigger(&rig).await, "view": form("One")}),
        )
        .await;
    for title in ["Two", "Three"] {
        let pushed = rig
            .ok(
                "views.push",
                json!({"trigger_id": trigger(&rig).await, "view": form(title)}),
            )
            .await;
        assert_eq!(pushed["view"]["root_view_id"], first["view"]["id"]);
    }
    let fourth = json!({"trigger_id": trigger(&rig).await, "view": form("Four")});
    assert_eq!(rig.code("views.push", fourth).await, "push_limit_reached");
    let (id, hash) = (&first["view"]["id"], &first["view"]["hash"]);
    let updated = rig
        .ok(
            "views.update",
            json!({"view_id": id, "hash": hash, "view": form("Newer")}),
        )
        .await;
    assert_ne!(&updated["view"]["hash"], hash);
    let stale = json!({"view_id": id, "hash": hash, "view": form("Stale")});
    assert_eq!(rig.code("views.update", stale).await, "hash_conflict");
}

#[tokio::test]
async fn closing_is_told_only_when_asked_for_and_home_tabs_are_kept() {
    let rig = Rig::start().await;
    let alice = rig.stand_in.person("U0ALICE");
    for notify in [false, true] {
        let mut view = form("Declare");
        view["notify_on_close"] = json!(notify);
        rig.ok(
            "views.open",
            json!({"trigger_id": trigger(&rig).await, "view": view}),
        )
        .await;
        rig.heard();
        alice.close(None).await.expect("open");
        let kinds: Vec<Value> = rig
            .heard()
            .iter()
            .map(|heard| heard.payload()["type"].clone())
            .collect();
        assert_eq!(
            kinds,
            if notify {
                vec![json!("view_closed")]
            } else {
                vec![]
            }
        );
    }
    let home = json!({"type": "home", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Quiet"}}]});
    let published = rig
        .ok("views.publish", json!({"user_id": "U0ALICE", "view": home}))
        .await;
    let stale = json!({"user_id": "U0ALICE", "view": home, "hash": "0.0"});
    assert_eq!(rig.code("views.publish", stale).await, "hash_conflict");
    assert_eq!(
        rig.stand_in.home_of("U0ALICE").expect("published")["id"],
        published["view"]["id"]
    );
}
