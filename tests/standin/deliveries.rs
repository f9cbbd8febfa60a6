//! What the bot is sent: commands, clicks, events; signed, in order, and again when it did not answer.

use balefire::standin::{Fault, Kind};
use serde_json::{Value, json};
use slack_morphism::prelude::{SlackEventCallbackBody, SlackInteractionEvent, SlackPushEvent};

use crate::rig::{Rig, SECRET, TOKEN};

#[test]
fn the_signature_is_the_one_slack_publishes() {
    let clock = std::sync::Arc::new(|| 1_531_420_618_000);
    let options = balefire::standin::Options::new(clock, SECRET, TOKEN);
    let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
        &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
        &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
        &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let (timestamp, signature) = balefire::standin::StandIn::new(options).sign(body);
    assert_eq!(timestamp, "1531420618");
    assert_eq!(
        signature,
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    );
}

#[tokio::test]
async fn a_command_arrives_as_slack_sends_it() {
    let rig = Rig::start().await;
    rig.bot_will_answer(200, &json!({"response_type": "ephemeral", "text": "Noted"}));
    let alice = rig.stand_in.person("U0ALICE");
    let answer = alice
        .slash(
            "#incidents",
            "/incident assign @bob & @payments-oncall in #general <now>",
        )
        .await;
    assert_eq!(answer.reads(), "Noted");
    let heard = rig.heard();
    let form = heard[0].form();
    assert_eq!(heard[0].path, "commands");
    assert_eq!(
        form["text"],
        "assign <@U0BOB|bob> &amp; <!subteam^S0PAYMENTS|@payments-oncall> in <#C0GENERAL|general> &lt;now&gt;"
    );
    for (field, value) in [
        ("command", "/incident"),
        ("team_id", "T0BALEFIRE"),
        ("channel_id", "C0INCIDENTS"),
        ("channel_name", "incidents"),
        ("user_id", "U0ALICE"),
        ("user_name", "alice"),
        ("api_app_id", "A0BALEFIRE"),
    ] {
        assert_eq!(form[field], value, "{field}");
    }
    assert!(form["response_url"].starts_with(&rig.url));
    let (_, signature) = rig.stand_in.sign(&heard[0].body);
    assert_eq!(heard[0].headers["x-slack-signature"], signature);
    let bob_sees = rig
        .http("/standin/messages?as=U0BOB&channel=C0INCIDENTS", None)
        .await
        .1;
    assert!(
        !bob_sees.contains("Noted"),
        "an ephemeral answer is for one person only"
    );
}

#[tokio::test]
async fn a_command_that_fails_is_told_by_slackbot() {
    let rig = Rig::start().await;
    let alice = rig.stand_in.person("U0ALICE");
    rig.bot_will_answer(500, &Value::Null);
    let failed = alice.slash("#incidents", "/incident list").await;
    assert_eq!(
        failed.reads(),
        "/incident failed with the error “dispatch_failed”"
    );
    rig.stand_in.next("commands", Fault::Lose);
    let late = alice.slash("#incidents", "/incident list").await;
    assert_eq!(
        late.reads(),
        "/incident failed with the error “operation_timeout”"
    );
    rig.bot_will_answer(200, &json!({"blocks": [{"type": "section"}]}));
    let bad = alice.slash("#incidents", "/incident list").await;
    assert_eq!(bad.error.as_deref(), Some("invalid_command_response"));
    assert!(
        bad.problems[1].contains("missing required field: text"),
        "{:?}",
        bad.problems
    );
    let thread = alice
        .say("#incidents", "Something is wrong")
        .expect("Alice may speak");
    let refused = alice
        .slash_in_thread("#incidents", &thread, "/incident list")
        .await;
    assert_eq!(
        refused.reads(),
        "/incident is not supported in threads. Sorry!"
    );
    let unknown = alice.slash("#incidents", "/weather").await;
    assert_eq!(unknown.error.as_deref(), Some("invalid_command"));
    rig.stand_in.set_bot_url(None);
    let nobody = alice.slash("#incidents", "/incident list").await;
    assert_eq!(nobody.error.as_deref(), Some("dispatch_failed"));
    let commands = rig
        .heard()
        .iter()
        .filter(|heard| heard.path == "commands")
        .count();
    assert_eq!(
        commands, 2,
        "lost, refused and unknown commands never reach the bot"
    );
}

#[tokio::test]
async fn a_click_brings_the_message_its_state_and_a_hook_for_five_answers() {
    let rig = Rig::start().await;
    let blocks = json!([{"type": "actions", "block_id": "act", "elements": [
        {"type": "button", "action_id": "ack", "text": {"type": "plain_text", "text": "Acknowledge"}, "value": "INC-2026-001"},
        {"type": "static_select", "action_id": "status", "options": [
            {"text": {"type": "plain_text", "text": "Identified"}, "value": "identified"}]},
        {"type": "overflow", "action_id": "more", "options": [
            {"text": {"type": "plain_text", "text": "Cancel"}, "value": "cancel"}]},
    ]}]);
    let ts = rig
        .post(json!({"channel": "C0INCIDENTS", "text": "INC-2026-001", "blocks": blocks}))
        .await;
    rig.stand_in.settle().await;
    rig.heard();
    let bob = rig.stand_in.person("U0BOB");
    bob.choose("#incidents", &ts, "status", "Identified")
        .await
        .expect("there is such a select");
    bob.click("#incidents", &ts, "Acknowledge")
        .await
        .expect("there is such a button");
    bob.click("#incidents", &ts, "Cancel")
        .await
        .expect("there is such an option");
    assert_eq!(
        bob.click("#incidents", &ts, "Explode")
            .await
            .expect_err("no such button")
            .code,
        "no_such_element"
    );
    let heard = rig.heard();
    let (chosen, clicked, more) = (heard[0].payload(), heard[1].payload(), heard[2].payload());
    assert_eq!(
        chosen["actions"][0]["selected_option"]["value"],
        "identified"
    );
    assert_eq!(more["actions"][0]["selected_option"]["value"], "cancel");
    assert_eq!(clicked["actions"][0]["value"], "INC-2026-001");
    assert_eq!(clicked["actions"][0]["block_id"], "act");
    assert_eq!(clicked["message"]["ts"], json!(ts));
    assert_eq!(clicked["container"]["is_ephemeral"], false);
    assert_eq!(
        clicked["state"]["values"]["act"]["status"]["selected_option"]["value"],
        "identified"
    );
    for payload in [&chosen, &clicked, &more] {
        serde_json::from_value::<SlackInteractionEvent>(payload.clone())
            .expect("slack-morphism reads it");
    }

    let hook = clicked["response_url"]
        .as_str()
        .expect("a click brings a hook")
        .to_owned();
    let (status, body) = rig
        .http(
            &hook,
            Some(&json!({"replace_original": true, "text": "Bob has it"})),
        )
        .await;
    assert_eq!((status, body.as_str()), (200, r#"{"ok":true}"#));
    assert_eq!(rig.stand_in.messages("#incidents")[0].reads(), "Bob has it");
    for n in 0..4 {
        assert_eq!(
            rig.http(&hook, Some(&json!({"text": format!("Answer {n}")})))
                .await
                .0,
            200
        );
    }
    let (status, body) = rig.http(&hook, Some(&json!({"text": "A sixth"}))).await;
    assert_eq!((status, body.contains("used_url")), (404, true));
    let hook = chosen["response_url"]
        .as_str()
        .expect("every click brings its own")
        .to_owned();
    rig.advance_s(30 * 60 + 1);
    let (status, body) = rig.http(&hook, Some(&json!({"text": "Too late"}))).await;
    assert_eq!((status, body.contains("expired_url")), (404, true));
}

#[tokio::test]
async fn an_ephemeral_message_is_not_shown_to_the_bot_again() {
    let rig = Rig::start().await;
    let blocks = json!([{"type": "actions", "elements": [
        {"type": "button", "action_id": "yes", "text": {"type": "plain_text", "text": "Yes"}}]}]);
    rig.bot_will_answer(200, &json!({"text": "Sure?", "blocks": blocks}));
    let bob = rig.stand_in.person("U0BOB");
    let asked = bob
        .slash("#incidents", "/incident resolve")
        .await
        .message
        .expect("an answer");
    assert_eq!(asked.reads(), "[Yes]");
    bob.click("#incidents", &asked.ts, "Yes")
        .await
        .expect("there is such a button");
    let payload = rig.heard()[1].payload();
    assert_eq!(
        (&payload["container"]["is_ephemeral"], &payload["message"]),
        (&json!(true), &Value::Null)
    );
    let alice = rig.stand_in.person("U0ALICE");
    assert_eq!(
        alice
            .click("#incidents", &asked.ts, "Yes")
            .await
            .expect_err("not hers")
            .code,
        "message_not_found"
    );
    let hook = payload["response_url"].as_str().expect("a hook").to_owned();
    rig.http(&hook, Some(&json!({"delete_original": true})))
        .await;
    assert!(rig.stand_in.messages("#incidents").is_empty());
}

#[tokio::test]
async fn events_come_in_order_and_slack_morphism_reads_them() {
    let rig = Rig::start().await;
    let alice = rig.stand_in.person("U0ALICE");
    let said = alice
        .say("#incidents", "@balefire update rolling back")
        .expect("Alice may speak");
    alice
        .reply("#incidents", &said, "Done")
        .expect("in her thread");
    alice
        .edit("#incidents", &said, "@balefire update rolled back")
        .expect("hers");
    alice
        .react("#incidents", &said, "eyes")
        .expect("a first time");
    alice
        .unreact("#incidents", &said, "eyes")
        .expect("it is there");
    alice.delete("#incidents", &said).expect("hers");
    let direct = alice
        .open_dm("U0BALEFIRE")
        .expect("the bot can be written to");
    alice.say(&direct, "hello").expect("her own conversation");
    let room = rig
        .stand_in
        .add_channel("inc-1", Kind::Public, &["U0ALICE", "U0BALEFIRE"]);
    rig.stand_in
        .person("U0BOB")
        .join(&room)
        .expect("a public channel");
    rig.ok(
        "conversations.setTopic",
        json!({"channel": room, "topic": "Checkout is down"}),
    )
    .await;
    alice.rename(&room, "inc-2").expect("there");
    alice.archive(&room).expect("there");
    alice.unarchive(&room).expect("there");
    alice.delete_channel(&room).expect("there");
    alice.open_home();
    rig.stand_in
        .change_person("U0BOB", |bob| bob.real_name = "Bob B. Baker".into());
    let events = rig.heard_events().await;
    let names: Vec<String> = events
        .iter()
        .map(|envelope| {
            let event = &envelope["event"];
            [&event["type"], &event["subtype"]]
                .into_iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join("/")
        })
        .collect();
    assert_eq!(
        names,
        [
            "message",
            "app_mention",
            "message",
            "message/message_changed",
            "reaction_added",
            "reaction_removed",
            "message/message_deleted",
            "message",
            "channel_created",
            "message/channel_join",
            "member_joined_channel",
            "message/channel_topic",
            "message/channel_name",
            "channel_rename",
            "message/channel_archive",
            "channel_archive",
            "channel_unarchive",
            "message/channel_unarchive",
            "channel_deleted",
            "app_home_opened",
            "user_change",
        ]
    );
    assert_eq!(
        events[0]["event"]["text"],
        "<@U0BALEFIRE> update rolling back"
    );
    assert_eq!(events[2]["event"]["thread_ts"], json!(said));
    assert_eq!(events[7]["event"]["channel_type"], "im");
    for envelope in &events {
        match serde_json::from_value(envelope.clone()).expect("slack-morphism reads it") {
            SlackPushEvent::EventCallback(callback) => {
                assert!(
                    !matches!(callback.event, SlackEventCallbackBody::Unknown(_)),
                    "{envelope}"
                );
            }
            other => panic!("not an event: {other:?}"),
        }
    }
}

#[tokio::test]
async fn the_bot_hears_nothing_it_has_no_right_to() {
    let rig = Rig::start().await;
    let alice = rig.stand_in.person("U0ALICE");
    rig.stand_in
        .add_channel("elsewhere", Kind::Public, &["U0ALICE"]);
    rig.stand_in.settle().await;
    rig.heard();
    alice
        .say("#elsewhere", "@balefire are you there?")
        .expect("hers");
    rig.stand_in.revoke_scopes(&["channels:history"]);
    alice.say("#general", "unheard").expect("hers");
    alice
        .say("#general", "@balefire heard as a mention")
        .expect("hers");
    let kinds: Vec<Value> = rig
        .heard_events()
        .await
        .iter()
        .map(|event| event["event"]["type"].clone())
        .collect();
    assert_eq!(kinds, ["app_mention"]);
    rig.stand_in.remove_bot_from("#general");
    alice.say("#general", "@balefire gone").expect("hers");
    let kinds: Vec<Value> = rig
        .heard_events()
        .await
        .iter()
        .map(|event| event["event"]["type"].clone())
        .collect();
    assert_eq!(kinds, ["channel_left"]);
}

#[tokio::test]
async fn an_unanswered_event_comes_again_at_once_after_one_minute_and_after_five() {
    let rig = Rig::start().await;
    for status in [500, 503, 404, 500] {
        rig.bot_will_answer(status, &Value::Null);
    }
    rig.stand_in
        .person("U0ALICE")
        .say("#general", "hello")
        .expect("hers");
    let mut tries = Vec::new();
    for wait_s in [0, 0, 59, 1, 299, 1, 3600] {
        rig.advance_s(wait_s);
        rig.stand_in.settle().await;
        if !tries.is_empty() {
            rig.stand_in.turn().await;
        }
        for heard in rig.heard() {
            let number = heard.headers.get("x-slack-retry-num").cloned();
            tries.push((heard.event()["event_id"].clone(), number));
        }
    }
    let numbers: Vec<Option<&str>> = tries.iter().map(|(_, number)| number.as_deref()).collect();
    assert_eq!(numbers, [None, Some("1"), Some("2"), Some("3")]);
    assert!(
        tries.iter().all(|(id, _)| id == &tries[0].0),
        "one event, one id"
    );
    let statuses: Vec<Option<u16>> = rig
        .stand_in
        .delivered()
        .iter()
        .map(|delivered| delivered.status)
        .collect();
    assert_eq!(statuses, [Some(500), Some(503), Some(404), Some(500)]);
    assert_eq!(
        rig.stand_in.waiting_events(),
        0,
        "after three repeats Slack gives up"
    );
}

#[tokio::test]
async fn an_event_can_be_doubled_or_lost_on_request() {
    let rig = Rig::start().await;
    let alice = rig.stand_in.person("U0ALICE");
    rig.stand_in.next("events", Fault::Redeliver);
    alice.say("#general", "twice").expect("hers");
    let twice = rig.heard_events().await;
    assert_eq!(
        (twice.len(), &twice[0]["event_id"]),
        (2, &twice[1]["event_id"])
    );
    rig.stand_in.next("events", Fault::Lose);
    alice.say("#general", "lost").expect("hers");
    assert_eq!(rig.heard_events().await.len(), 0);
    rig.stand_in.turn().await;
    assert_eq!(rig.heard_events().await.len(), 1, "Slack tries again");
}

#[tokio::test]
async fn private_channels_groups_and_the_end_have_events_of_their_own() {
    let rig = Rig::start().await;
    let members = ["U0ALICE", "U0BALEFIRE"];
    let room = rig
        .stand_in
        .add_channel("war-room", Kind::Private, &members);
    rig.stand_in.person("U0ALICE").archive(&room).expect("hers");
    let group = rig.stand_in.add_usergroup("checkout-oncall", &["U0ALICE"]);
    rig.stand_in.set_usergroup(&group, &["U0BOB"]);
    assert_eq!(rig.code("auth.test", json!({})).await, "ok");
    rig.stand_in.uninstall();
    assert_eq!(rig.code("auth.test", json!({})).await, "account_inactive");
    let events = rig.heard_events().await;
    let kinds: Vec<&str> = events
        .iter()
        .filter_map(|event| event["event"]["type"].as_str())
        .collect();
    assert_eq!(
        kinds,
        [
            "message",
            "group_archive",
            "subteam_created",
            "subteam_members_changed",
            "subteam_updated",
            "tokens_revoked",
            "app_uninstalled",
        ]
    );
    assert_eq!(events[3]["event"]["added_users"], json!(["U0BOB"]));
    assert_eq!(events[3]["event"]["removed_users"], json!(["U0ALICE"]));
}
