//! Misbehaviour on request: what is applied, what the caller hears, and what is recorded.

use balefire::standin::{Fault, Rates};
use serde_json::{Value, json};

use crate::rig::Rig;

fn hello() -> Value {
    json!({"channel": "C0GENERAL", "text": "Hello"})
}

/// Does the fault, then says: what the caller heard (`cut` or a status), and how many messages there are.
async fn suffer(fault: Fault) -> (String, usize, Vec<(bool, u16, Option<String>)>) {
    let rig = Rig::start().await;
    rig.stand_in.next("chat.postMessage", fault);
    let heard = match rig.raw("chat.postMessage", &hello()).await {
        Ok((status, retry, body)) => {
            let code = body["error"].as_str().unwrap_or("").to_owned();
            format!(
                "{status}{}{}",
                retry
                    .map(|after| format!(" after {after}"))
                    .unwrap_or_default(),
                if code.is_empty() {
                    code
                } else {
                    format!(" {code}")
                }
            )
        }
        Err(_) => "cut".to_owned(),
    };
    let calls = rig.stand_in.calls_of("chat.postMessage");
    let calls = calls
        .iter()
        .map(|call| (call.accepted(), call.status, call.fault.clone()))
        .collect();
    (heard, rig.stand_in.messages("#general").len(), calls)
}

#[tokio::test]
async fn each_fault_does_what_it_says() {
    let some = |name: &str| Some(name.to_owned());
    let cases = [
        (
            Fault::RateLimited { after_s: 90 },
            "429 after 90 ratelimited",
            0,
            (false, 429, some("rate_limit")),
        ),
        (
            Fault::HttpError(503),
            "503",
            0,
            (false, 503, some("http_error")),
        ),
        (
            Fault::Code("fatal_error".into()),
            "200 fatal_error",
            0,
            (false, 200, some("code")),
        ),
        (Fault::Drop, "cut", 0, (false, 0, some("drop"))),
        (
            Fault::AcceptThenDrop,
            "cut",
            1,
            (true, 0, some("lose_answer")),
        ),
        (
            Fault::AcceptThen500,
            "500",
            1,
            (true, 500, some("accept_then_500")),
        ),
        (Fault::Slow { ms: 1 }, "200", 1, (true, 200, some("slow"))),
    ];
    for (fault, heard, messages, call) in cases {
        assert_eq!(
            suffer(fault.clone()).await,
            (heard.to_owned(), messages, vec![call]),
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn a_429_closes_its_method_until_then_and_no_other() {
    let rig = Rig::start().await;
    rig.stand_in
        .next("chat.postMessage", Fault::RateLimited { after_s: 90 });
    assert_eq!(rig.code("chat.postMessage", hello()).await, "ratelimited");
    rig.advance_s(60);
    let (status, retry, _) = rig
        .raw("chat.postMessage", &hello())
        .await
        .expect("an answer");
    assert_eq!((status, retry), (429, Some(30)));
    assert_eq!(rig.code("users.list", json!({})).await, "ok");
    rig.advance_s(30);
    assert_eq!(rig.code("chat.postMessage", hello()).await, "ok");
    rig.stand_in
        .next("chat.postMessage", Fault::RateLimited { after_s: 90 });
    assert_eq!(rig.code("chat.postMessage", hello()).await, "ratelimited");
    rig.stand_in.behave();
    assert_eq!(rig.code("chat.postMessage", hello()).await, "ok");
}

#[tokio::test]
async fn a_call_can_be_carried_out_after_the_caller_gave_up() {
    let rig = Rig::start().await;
    rig.stand_in
        .next("chat.postMessage", Fault::DropThenApply { after_s: 20 });
    assert!(rig.raw("chat.postMessage", &hello()).await.is_err());
    rig.advance_s(19);
    assert_eq!(
        (
            rig.stand_in.turn().await,
            rig.stand_in.messages("#general").len()
        ),
        (0, 0)
    );
    rig.advance_s(1);
    assert_eq!(
        (
            rig.stand_in.turn().await,
            rig.stand_in.messages("#general").len()
        ),
        (1, 1)
    );
    let accepted: Vec<bool> = rig
        .stand_in
        .calls()
        .iter()
        .map(balefire::standin::Call::accepted)
        .collect();
    assert_eq!(accepted, [false, true]);
}

#[tokio::test]
async fn a_fault_for_any_method_hits_the_next_call_and_repeats_are_recorded() {
    let rig = Rig::start().await;
    rig.stand_in.misbehave(None, Fault::HttpError(500), Some(2));
    for method in ["auth.test", "users.list"] {
        assert_eq!(rig.raw(method, &json!({})).await.expect("an answer").0, 500);
    }
    rig.post(hello()).await;
    rig.post(hello()).await;
    let texts: Vec<String> = rig
        .stand_in
        .messages("#general")
        .iter()
        .map(|message| message.text.clone())
        .collect();
    assert_eq!(texts, ["Hello", "Hello"], "a repeat is a repeat");
    let numbers: Vec<u64> = rig.stand_in.calls().iter().map(|call| call.n).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_hanging_call_is_given_up_by_the_caller() {
    let rig = Rig::start().await;
    rig.stand_in.next("chat.postMessage", Fault::Hang);
    let args = hello();
    tokio::select! {
        answer = rig.raw("chat.postMessage", &args) => panic!("an answer came: {answer:?}"),
        () = async {
            while rig.stand_in.calls().is_empty() {
                tokio::task::yield_now().await;
            }
        } => {}
    }
    assert!(rig.stand_in.messages("#general").is_empty());
}

#[tokio::test]
async fn the_same_calls_at_the_same_times_give_the_same_world() {
    let history = async || {
        let rig = Rig::with(|options| options.rates = Rates::Off).await;
        let ts = rig.post(hello()).await;
        let made = rig
            .ok("conversations.create", json!({"name": "inc-1"}))
            .await;
        rig.advance_s(5);
        rig.stand_in
            .person("U0BOB")
            .reply("#general", &ts, "Hello yourself")
            .expect("Bob is there");
        (
            ts,
            made["channel"]["id"].clone(),
            rig.ok(
                "conversations.replies",
                json!({"channel": "C0GENERAL", "ts": rig.stand_in.messages("#general")[0].ts}),
            )
            .await,
        )
    };
    assert_eq!(history().await, history().await);
}
