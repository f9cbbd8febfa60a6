//! What the browser's page asks and orders.

use balefire::standin::{Fault, StoryStep};
use serde_json::{Value, json};

use crate::rig::Rig;

async fn get(rig: &Rig, path: &str) -> Value {
    let (status, body) = rig.http(path, None).await;
    assert_eq!(status, 200, "{path}");
    serde_json::from_str(&body).expect("JSON")
}

async fn act(rig: &Rig, order: Value) -> Value {
    serde_json::from_str(&rig.http("/standin/act", Some(&order)).await.1).expect("JSON")
}

#[tokio::test]
async fn every_file_of_the_page_is_served() {
    let rig = Rig::start().await;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/standin/page");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the page has a folder") {
        let path = entry.expect("it can be listed").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("plain names")
            .to_owned();
        // Only what a browser fetches; how other tools read the folder is no business of the page.
        if ![".html", ".css", ".js"]
            .iter()
            .any(|end| name.ends_with(end))
        {
            continue;
        }
        let (status, body) = rig.http(&format!("/page/{name}"), None).await;
        assert_eq!(
            (status, body),
            (200, std::fs::read_to_string(&path).expect("text")),
            "{name}: add it to FILES in page.rs"
        );
        count += 1;
    }
    assert!(count >= 3);
    assert!(rig.http("/", None).await.1.contains("<script"));
    assert_eq!(rig.http("/page/none.js", None).await.0, 404);
}

#[tokio::test]
async fn the_state_is_as_one_person_sees_it() {
    let rig = Rig::with(|options| {
        options.story.push(StoryStep {
            person: "U0ALICE".into(),
            say: "Declare something".into(),
            jump_s: Some(900),
            ..StoryStep::default()
        });
    })
    .await;
    rig.stand_in
        .person("U0ALICE")
        .say("#general", "hello @bob")
        .expect("hers");
    rig.stand_in.next("chat.postMessage", Fault::Hang);
    let state = get(&rig, "/standin/state?as=U0BOB").await;
    assert_eq!(
        (&state["me"], &state["now"]),
        (&json!("U0BOB"), &json!(crate::rig::START_S as f64))
    );
    let general = state["channels"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|channel| channel["name"] == "general")
        .expect("it is public");
    assert_eq!(
        (
            &general["unread"],
            &general["mentioned"],
            &general["is_member"]
        ),
        (&json!(1), &json!(true), &json!(true))
    );
    assert_eq!(state["commands"][0]["command"], "/incident");
    assert_eq!(
        state["story"][0],
        json!({"as": "U0ALICE", "say": "Declare something", "try": null, "channel": null, "jump_s": 900})
    );
    assert_eq!(
        state["faults"],
        json!([{"kind": "hang", "target": "chat.postMessage", "left": 1}])
    );
    act(
        &rig,
        json!({"as": "U0BOB", "do": "read", "channel": "C0GENERAL"}),
    )
    .await;
    let state = get(&rig, "/standin/state?as=U0BOB").await;
    let general = state["channels"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|channel| channel["name"] == "general")
        .expect("it is public");
    assert_eq!(general["unread"], 0);
    act(
        &rig,
        json!({"as": "U0BOB", "do": "open_dm", "with": "U0ALICE"}),
    )
    .await;
    let chen = get(&rig, "/standin/state?as=U0CHEN").await;
    assert!(
        chen["channels"]
            .as_array()
            .expect("a list")
            .iter()
            .all(|channel| channel["is_im"] == false),
        "not Chen's"
    );
}

#[tokio::test]
async fn orders_are_carried_out_or_refused_in_words() {
    let rig = Rig::start().await;
    rig.bot_will_answer(200, &json!({"text": "Noted"}));
    let said = act(
        &rig,
        json!({"as": "U0ALICE", "do": "say", "channel": "C0INCIDENTS", "text": "/incident list"}),
    )
    .await;
    assert_eq!(said["ok"], true);
    let seen = get(&rig, "/standin/messages?as=U0ALICE&channel=C0INCIDENTS").await;
    assert_eq!(
        (
            &seen["messages"][0]["text"],
            &seen["messages"][0]["ephemeral"]
        ),
        (&json!("Noted"), &json!(true))
    );
    let none = get(&rig, "/standin/messages?as=U0BOB&channel=C0INCIDENTS").await;
    assert_eq!(none, json!({"messages": []}));

    let said = act(
        &rig,
        json!({"as": "U0ALICE", "do": "say", "channel": "C0INCIDENTS", "text": "hello"}),
    )
    .await;
    let ts = said["ts"].as_str().expect("a message has a ts").to_owned();
    act(&rig, json!({"as": "U0BOB", "do": "say", "channel": "C0INCIDENTS", "text": "hi", "thread_ts": ts})).await;
    act(
        &rig,
        json!({"as": "U0BOB", "do": "react", "channel": "C0INCIDENTS", "ts": ts, "name": "wave"}),
    )
    .await;
    let thread = get(
        &rig,
        &format!("/standin/messages?as=U0ALICE&channel=C0INCIDENTS&thread={ts}"),
    )
    .await;
    assert_eq!(
        (
            &thread["messages"][0]["reply_count"],
            &thread["messages"][1]["text"]
        ),
        (&json!(1), &json!("hi"))
    );
    assert_eq!(
        thread["messages"][0]["reactions"][0]["users"],
        json!(["U0BOB"])
    );
    let in_thread = act(&rig, json!({"as": "U0ALICE", "do": "say", "channel": "C0INCIDENTS", "thread_ts": ts, "text": "/incident list"})).await;
    assert_eq!(in_thread["error"], "command_not_supported_in_threads");
    let jumped = act(&rig, json!({"as": "U0ALICE", "do": "jump", "seconds": 900})).await;
    assert_eq!(jumped["now"], json!((crate::rig::START_S + 900) as f64));
    for (order, code) in [
        (json!({"as": "U0ALICE", "do": "dance"}), "unknown_act"),
        (
            json!({"as": "U0ALICE", "do": "say", "channel": "C0NONE", "text": "a"}),
            "channel_not_found",
        ),
        (
            json!({"as": "U0NOBODY", "do": "say", "channel": "C0EXEC", "text": "a"}),
            "user_not_found",
        ),
        (
            json!({"as": "U0BOB", "do": "edit", "channel": "C0INCIDENTS", "ts": ts, "text": "a"}),
            "cant_update_message",
        ),
        (
            json!({"as": "U0BOB", "do": "fault", "kind": "earthquake"}),
            "unknown_fault",
        ),
        (json!({"do": "say"}), "invalid_arguments"),
    ] {
        let refused = act(&rig, order.clone()).await;
        assert_eq!(
            (&refused["ok"], &refused["error"]),
            (&json!(false), &json!(code)),
            "{order}"
        );
        assert!(
            refused["words"]
                .as_str()
                .is_some_and(|words| !words.is_empty())
        );
    }
    let calls = get(&rig, "/standin/calls").await;
    assert_eq!(calls, json!({"calls": []}), "people do not use the Web API");
}

#[tokio::test]
async fn the_three_faults_of_the_page_are_understood() {
    let rig = Rig::start().await;
    for order in [
        json!({"kind": "rate_limit", "retry_after_s": 30}),
        json!({"kind": "error_500"}),
        json!({"kind": "lose_answer"}),
    ] {
        let mut order = order;
        order["as"] = json!("U0ALICE");
        order["do"] = json!("fault");
        assert_eq!(
            act(&rig, order.clone()).await,
            json!({"ok": true}),
            "{order}"
        );
    }
    let list = get(&rig, "/standin/state?as=U0ALICE").await["faults"]
        .as_array()
        .expect("a list")
        .len();
    assert_eq!(list, 3);
    act(&rig, json!({"as": "U0ALICE", "do": "clear_faults"})).await;
    assert_eq!(
        get(&rig, "/standin/state?as=U0ALICE").await["faults"],
        json!([])
    );
}

#[tokio::test]
async fn the_live_feed_says_hello_and_then_what_changed() {
    let rig = Rig::start().await;
    let client = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let mut feed = client
        .get(format!("{}/standin/live?as=U0BOB", rig.url))
        .send()
        .await
        .expect("a feed");
    let mut text = String::new();
    let mut until = async |wanted: &str| {
        while !text.contains(wanted) {
            let chunk = feed
                .chunk()
                .await
                .expect("the feed goes on")
                .expect("it has not ended");
            text.push_str(&String::from_utf8_lossy(&chunk));
        }
    };
    until(r#""type":"hello""#).await;
    rig.stand_in
        .person("U0ALICE")
        .say("#general", "hello")
        .expect("hers");
    until(r#""channel":"C0GENERAL""#).await;
    rig.stand_in.deactivate("U0CHEN");
    until(r#""state":true"#).await;
}
