//! Socket Mode, as strict as Slack: tickets, greetings, envelopes and what acknowledges them.

use std::time::Duration;

use balefire::standin::{CONNECTIONS_MAX, Fault};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::rig::Rig;

const APP_TOKEN: &str = "xapp-1-rig";

async fn rig() -> Rig {
    within(Duration::from_secs(60)).await
}

/// How long Slack waits for an acknowledgement.
async fn within(answer_within: Duration) -> Rig {
    Rig::with(|options| {
        options.app_token = Some(APP_TOKEN.into());
        options.socket_mode = true;
        options.answer_within = answer_within;
    })
    .await
}

async fn called(rig: &Rig, method: &str, token: &str) -> Value {
    let call = rig.http.post(format!("{}/api/{method}", rig.url));
    let answer = call.bearer_auth(token).send().await.expect("an answer");
    answer.json().await.expect("JSON")
}

async fn address(rig: &Rig) -> String {
    let answer = called(rig, "apps.connections.open", APP_TOKEN).await;
    answer["url"].as_str().expect("an address").to_owned()
}

struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn open(rig: &Rig) -> Self {
        let (stream, _) = connect_async(address(rig).await).await.expect("a socket");
        Self(stream)
    }

    /// As [`Client::open`], past the greeting.
    async fn greeted(rig: &Rig) -> Self {
        let mut client = Self::open(rig).await;
        assert_eq!(client.hears().await["type"], "hello");
        client
    }

    /// What Slack says next; null when it has ended the connection.
    async fn hears(&mut self) -> Value {
        while let Some(Ok(frame)) = self.0.next().await {
            if let Message::Text(text) = frame {
                return serde_json::from_str(&text).expect("JSON");
            }
        }
        Value::Null
    }

    async fn says(&mut self, what: &Value) {
        let message = Message::text(what.to_string());
        self.0.send(message).await.expect("somebody listens");
    }
}

#[tokio::test]
async fn each_token_opens_its_own_doors() {
    let rig = rig().await;
    let bot = crate::rig::TOKEN;
    for (method, token, expected) in [
        ("apps.connections.open", APP_TOKEN, Value::Null),
        (
            "apps.connections.open",
            bot,
            json!("not_allowed_token_type"),
        ),
        (
            "apps.connections.open",
            "xapp-1-other",
            json!("invalid_auth"),
        ),
        ("auth.test", bot, Value::Null),
        ("auth.test", APP_TOKEN, json!("not_allowed_token_type")),
        (
            "chat.postMessage",
            APP_TOKEN,
            json!("not_allowed_token_type"),
        ),
    ] {
        let answer = called(&rig, method, token).await;
        assert_eq!(answer["error"], expected, "{method} {token}");
    }
    rig.stand_in.set_socket_mode(false);
    let answer = called(&rig, "apps.connections.open", APP_TOKEN).await;
    assert_eq!(answer["error"], "forbidden_team");
}

#[tokio::test]
async fn an_address_is_good_once_and_not_for_long() {
    let rig = rig().await;
    let refused = |outcome: Result<_, Error>| match outcome {
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(_) => 0,
        Ok(_) => 101,
    };
    let once = address(&rig).await;
    assert!(once.starts_with("ws://127.0.0.1:"), "{once}");
    assert!(once.ends_with("&app_id=A0BALEFIRE"), "{once}");
    let (mut stream, _) = connect_async(&once).await.expect("a socket");
    assert_eq!(refused(connect_async(&once).await), 403);
    let late = address(&rig).await;
    rig.advance_s(31);
    assert_eq!(refused(connect_async(&late).await), 403);
    let guessed = once.replace("ticket=", "ticket=1");
    assert_eq!(refused(connect_async(&guessed).await), 403);
    stream.close(None).await.expect("it is open");
}

#[tokio::test]
async fn hello_says_how_many_there_are_and_ten_are_enough() {
    let rig = rig().await;
    let mut clients = vec![];
    for number in 1..=CONNECTIONS_MAX {
        let mut client = Client::open(&rig).await;
        let hello = client.hears().await;
        assert_eq!(hello["type"], "hello");
        assert_eq!(hello["num_connections"], number);
        assert_eq!(hello["connection_info"]["app_id"], "A0BALEFIRE");
        assert_eq!(hello["debug_info"]["approximate_connection_time"], 18_060);
        clients.push(client);
    }
    let mut one_more = Client::open(&rig).await;
    let dismissed = one_more.hears().await;
    assert_eq!(
        (&dismissed["type"], &dismissed["reason"]),
        (&json!("disconnect"), &json!("too_many_websockets"))
    );
    assert_eq!(one_more.hears().await, Value::Null);
    assert_eq!(rig.stand_in.sockets().len(), CONNECTIONS_MAX);
    // One that goes makes room.
    clients.pop();
    let left = rig
        .stand_in
        .until_sockets(|open| open.len() < CONNECTIONS_MAX);
    left.await;
    Client::greeted(&rig).await;
}

#[tokio::test]
async fn a_command_and_its_answer() {
    let rig = rig().await;
    let mut client = Client::greeted(&rig).await;
    let alice = rig.stand_in.person("U0ALICE");
    for (payload, shown) in [
        (Value::Null, ""),
        (json!({"text": "Done"}), "Done"),
        (json!("Done"), "(error)"),
        (json!({"blocks": "none"}), "(error)"),
    ] {
        let (answer, envelope) = tokio::join!(
            alice.slash("C0GENERAL", "/incident update All *well*"),
            async {
                let envelope = client.hears().await;
                let mut ack = json!({"envelope_id": envelope["envelope_id"]});
                if !payload.is_null() {
                    ack["payload"] = payload.clone();
                }
                client.says(&ack).await;
                envelope
            }
        );
        assert_eq!(envelope["type"], "slash_commands");
        assert_eq!(envelope["accepts_response_payload"], true);
        assert_eq!(envelope["payload"]["command"], "/incident");
        assert_eq!(envelope["payload"]["text"], "update All *well*");
        match shown {
            "(error)" => assert_eq!(
                answer.error.as_deref(),
                Some("invalid_command_response"),
                "{payload}"
            ),
            shown => assert_eq!((answer.reads().as_str(), answer.error), (shown, None)),
        }
    }
    // Nothing of all this went to the request URL.
    assert!(rig.heard().is_empty());
}

#[tokio::test]
async fn a_click_is_answered_without_a_payload_and_a_form_with_one() {
    let rig = rig().await;
    let mut client = Client::greeted(&rig).await;
    let blocks = json!([{"type": "actions", "elements": [{"type": "button", "action_id": "press",
        "text": {"type": "plain_text", "text": "Press"}, "value": "1"}]}]);
    let post = json!({"channel": "C0GENERAL", "text": "A button", "blocks": blocks});
    let ts = rig.post(post).await;
    let alice = rig.stand_in.person("U0ALICE");
    // The bot's own post is an event, too.
    let own = client.hears().await;
    assert_eq!(own["type"], "events_api");
    client
        .says(&json!({"envelope_id": own["envelope_id"]}))
        .await;
    let (answer, envelope) = tokio::join!(alice.click("C0GENERAL", &ts, "Press"), async {
        let envelope = client.hears().await;
        let ack = json!({"envelope_id": envelope["envelope_id"], "payload": {"text": "Unasked"}});
        client.says(&ack).await;
        envelope
    });
    assert_eq!(answer.expect("it can be pressed").error, None);
    assert_eq!(envelope["type"], "interactive");
    assert_eq!(envelope["payload"]["type"], "block_actions");
    assert_eq!(envelope["accepts_response_payload"], false);
    let complaints = rig.stand_in.socket_complaints();
    assert!(
        complaints[0].ends_with("takes no payload"),
        "{complaints:?}"
    );

    let view = json!({"type": "modal", "callback_id": "form", "title": {"type": "plain_text", "text": "Form"},
        "submit": {"type": "plain_text", "text": "Go"}, "blocks": [{"type": "input", "block_id": "what",
        "label": {"type": "plain_text", "text": "What"}, "element": {"type": "plain_text_input", "action_id": "a"}}]});
    let trigger = envelope["payload"]["trigger_id"].clone();
    rig.ok("views.open", json!({"trigger_id": trigger, "view": view}))
        .await;
    let (submitted, envelope) = tokio::join!(alice.submit(&[("What", "This")]), async {
        let envelope = client.hears().await;
        let errors = json!({"response_action": "errors", "errors": {"what": "Not this"}});
        let ack = json!({"envelope_id": envelope["envelope_id"], "payload": errors});
        client.says(&ack).await;
        envelope
    });
    assert_eq!(envelope["payload"]["type"], "view_submission");
    assert_eq!(envelope["accepts_response_payload"], true);
    assert_eq!(submitted.expect("a form").errors["what"], "Not this");
}

#[tokio::test]
async fn an_event_comes_again_until_it_is_acknowledged() {
    let rig = within(Duration::from_millis(50)).await;
    let mut client = Client::greeted(&rig).await;
    rig.stand_in
        .person("U0ALICE")
        .say("C0GENERAL", "Hello")
        .expect("said");
    let mut tried = vec![];
    let mut ids = vec![];
    // At once, after a minute, after five.
    for wait_s in [0, 0, 60, 300] {
        rig.advance_s(wait_s);
        rig.stand_in.turn().await;
        let envelope = client.hears().await;
        tried.push((
            envelope["retry_attempt"].clone(),
            envelope["retry_reason"].clone(),
        ));
        ids.push(envelope["payload"]["event_id"].clone());
        assert_eq!(envelope["type"], "events_api");
        rig.stand_in.settle().await;
    }
    assert_eq!(
        tried,
        [
            (json!(0), json!("")),
            (json!(1), json!("timeout")),
            (json!(2), json!("timeout")),
            (json!(3), json!("timeout")),
        ]
    );
    ids.dedup();
    assert_eq!(ids.len(), 1, "one event is one event: {ids:?}");
    rig.advance_s(3_600);
    assert_eq!(rig.stand_in.turn().await, 0, "Slack gives up after that");
}

#[tokio::test]
async fn what_nobody_acknowledges_in_time() {
    let rig = within(Duration::from_millis(50)).await;
    let mut client = Client::greeted(&rig).await;
    let alice = rig.stand_in.person("U0ALICE");
    let answer = alice.slash("C0GENERAL", "/incident help").await;
    assert_eq!(answer.error.as_deref(), Some("operation_timeout"));
    let envelope = client.hears().await;
    for late in [
        json!({"envelope_id": envelope["envelope_id"]}),
        json!({"envelope": "none"}),
    ] {
        client.says(&late).await;
    }
    while rig.stand_in.socket_complaints().len() < 2 {
        tokio::task::yield_now().await;
    }
    let complaints = rig.stand_in.socket_complaints();
    assert!(complaints[0].starts_with("nothing waits"), "{complaints:?}");
    assert!(
        complaints[1].starts_with("no envelope_id"),
        "{complaints:?}"
    );
    drop(client);
    rig.stand_in.until_sockets(<[u64]>::is_empty).await;
    let answer = alice.slash("C0GENERAL", "/incident help").await;
    assert_eq!(answer.error.as_deref(), Some("dispatch_failed"));
}

#[tokio::test]
async fn any_one_of_the_sockets_and_only_one() {
    let rig = rig().await;
    let mut clients = [Client::greeted(&rig).await, Client::greeted(&rig).await];
    let alice = rig.stand_in.person("U0ALICE");
    for turn in [0, 1, 0, 1] {
        let client = &mut clients[turn];
        let (answer, ()) = tokio::join!(alice.slash("C0GENERAL", "/incident help"), async {
            let envelope = client.hears().await;
            let ack = json!({"envelope_id": envelope["envelope_id"], "payload": {"text": "Here"}});
            client.says(&ack).await;
        });
        assert_eq!(answer.reads(), "Here");
    }
    // An acknowledgement over the other socket is none.
    let [one, other] = &mut clients;
    let (answer, ()) = tokio::join!(alice.slash("C0GENERAL", "/incident help"), async {
        let envelope = one.hears().await;
        other
            .says(&json!({"envelope_id": envelope["envelope_id"]}))
            .await;
    });
    assert_eq!(answer.error.as_deref(), Some("operation_timeout"));
    let complaints = rig.stand_in.socket_complaints();
    assert!(
        complaints[0].ends_with("came over another socket"),
        "{complaints:?}"
    );
}

#[tokio::test]
async fn it_misbehaves_on_request() {
    let rig = rig().await;
    rig.stand_in.misbehave(
        Some("sockets"),
        Fault::Code("link_disabled".into()),
        Some(1),
    );
    let mut client = Client::open(&rig).await;
    assert_eq!(client.hears().await["reason"], "link_disabled");
    assert_eq!(client.hears().await, Value::Null);
    let mut client = Client::greeted(&rig).await;
    let id = rig.stand_in.sockets()[0];
    rig.stand_in.tell_socket(id, "warning");
    assert_eq!(client.hears().await["reason"], "warning");
    assert_eq!(rig.stand_in.sockets(), [id], "a warning ends nothing");
    rig.stand_in.close_socket(id);
    assert_eq!(client.hears().await, Value::Null);
}
