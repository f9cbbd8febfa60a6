use axum::Router;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::IntoResponse;
use serde_json::json;
use tokio::net::TcpListener;

use super::*;
use crate::ids::{ChannelId, MessageTs, UserId};
use crate::slack::outcome::Delivery;

const TOKEN: &str = "xoxb-very-secret";

fn client_of(address: std::net::SocketAddr, timeout_ms: u64) -> SlackClient {
    let url = format!("http://{address}/api/");
    SlackClient::new(&url, &TOKEN.into(), Duration::from_millis(timeout_ms)).unwrap()
}

/// A server that answers every request with what `answer` makes of its headers, path with query, and body.
async fn server<A: IntoResponse + 'static>(
    answer: impl Fn(HeaderMap, String, String) -> A + Clone + Send + Sync + 'static,
) -> SlackClient {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(move |headers: HeaderMap, uri: Uri, body: String| {
        let answer = answer(headers, uri.to_string(), body).into_response();
        async move { answer }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    client_of(address, 5_000)
}

fn json_answer(body: Value) -> impl IntoResponse {
    axum::Json(body)
}

#[tokio::test]
async fn writes_are_posted_as_json_with_the_token() {
    let client = server(|headers, path, body| {
        json_answer(json!({
            "ok": true, "channel": "C1", "ts": "1.000100", "path": path, "sent": body,
            "by": headers["authorization"].to_str().unwrap(),
        }))
    })
    .await;
    let args = json!({"channel": "C1", "text": "hi", "metadata": {"event_type": "x", "event_payload": {"n": 1}}});
    let answer = client.call("chat.postMessage", &args).await.unwrap();
    assert_eq!(answer["path"], "/api/chat.postMessage");
    assert_eq!(answer["by"], format!("Bearer {TOKEN}"));
    let sent: Value = serde_json::from_str(answer["sent"].as_str().unwrap()).unwrap();
    assert_eq!(sent, args);
    let delivery = Delivery::of(&answer);
    assert_eq!(delivery.channel, Some(ChannelId::new("C1")));
    assert_eq!(delivery.ts, Some(MessageTs::new("1.000100")));
}

#[tokio::test]
async fn reads_carry_their_arguments_in_the_query() {
    let client = server(|_, path, _| json_answer(json!({"ok": true, "path": path}))).await;
    let args = json!({"channel": "C1", "limit": 5, "include_all_metadata": true, "cursor": null, "users": ["U1", "U2"]});
    let answer = client.get("conversations.history", &args).await.unwrap();
    assert_eq!(
        answer["path"],
        "/api/conversations.history?channel=C1&include_all_metadata=true&limit=5&users=U1%2CU2"
    );
}

#[tokio::test]
async fn one_odd_message_does_not_fail_its_page() {
    let client = server(|_, _, _| {
        json_answer(json!({
            "ok": true,
            "messages": [
                {"ts": "3.0", "user": "U1", "text": "hi", "metadata": {"event_type": "ours", "event_payload": {"id": "7", "n": 1, "o": {}}}},
                {"text": "no ts"},
                {"ts": "2.0", "bot_id": "B1", "metadata": null, "user": null},
            ],
            "response_metadata": {"next_cursor": "more"},
        }))
    })
    .await;
    let page = client
        .history(&ChannelId::new("C1"), &Stretch::default())
        .await
        .unwrap();
    assert_eq!(page.items.len(), 2);
    assert_eq!(page.items[0].metadata("ours", "id"), Some("7"));
    assert_eq!(page.items[0].metadata("theirs", "id"), None);
    assert_eq!(page.items[0].metadata("ours", "n"), None);
    assert_eq!(page.items[1].bot_id.as_deref(), Some("B1"));
    assert_eq!(page.next.as_deref(), Some("more"));
}

#[tokio::test]
async fn people_come_with_locale_and_name() {
    let client = server(|_, path, _| {
        let alice = json!({"id": "U1", "name": "al", "locale": "zh-CN", "deleted": true, "profile": {"display_name": "Alice"}});
        let listed = path.contains("users.list").then(|| json!([alice, {"name": "no id"}]));
        json_answer(json!({"ok": true, "user": alice, "members": listed, "response_metadata": {"next_cursor": ""}}))
    })
    .await;
    let alice = client.person(&UserId::new("U1")).await.unwrap();
    assert_eq!(
        (alice.name.as_str(), alice.locale.as_deref(), alice.deleted),
        ("Alice", Some("zh-CN"), true)
    );
    let page = client.people(None).await.unwrap();
    assert_eq!((page.items, page.next), (vec![alice], None));
}

#[tokio::test]
async fn refusals_limits_and_broken_answers_are_told_apart() {
    let client = server(|_, path, _| {
        let json = |body: &'static str| ([("content-type", "application/json")], body);
        match path.rsplit('/').next().unwrap() {
            "scope" => json(r#"{"ok":false,"error":"missing_scope","needed":"pins:write"}"#).into_response(),
            "blocks" => json(r#"{"ok":false,"error":"invalid_blocks","response_metadata":{"messages":["[ERROR] too long"]}}"#).into_response(),
            "limit" => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "90")], json(r#"{"ok":false,"error":"ratelimited"}"#)).into_response(),
            "bare" => (StatusCode::TOO_MANY_REQUESTS, "").into_response(),
            "broken" => (StatusCode::BAD_GATEWAY, "<html>").into_response(),
            "proxy" => (StatusCode::OK, [("content-type", "text/html")], "<html>log in").into_response(),
            "cut" => json(r#"{"ok":tr"#).into_response(),
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    })
    .await;
    let refused = |code: &str, detail: &str| CallError::Refused {
        code: code.into(),
        detail: Some(detail.into()),
    };
    let cases = [
        ("scope", refused("missing_scope", "needs pins:write")),
        ("blocks", refused("invalid_blocks", "[ERROR] too long")),
        (
            "limit",
            CallError::RateLimited {
                method: "limit",
                retry_after: Some(Duration::from_secs(90)),
            },
        ),
        (
            "bare",
            CallError::RateLimited {
                method: "bare",
                retry_after: None,
            },
        ),
        ("broken", CallError::Http { status: 502 }),
        ("proxy", CallError::NoAnswer("it does not say ok".into())),
        (
            "cut",
            CallError::NoAnswer("it is no JSON that Slack writes".into()),
        ),
        ("nothing", CallError::Http { status: 404 }),
    ];
    for (method, wanted) in cases {
        assert_eq!(
            client.call(method, &json!({})).await,
            Err(wanted.clone()),
            "{method}"
        );
        let shown = format!("{wanted} {wanted:?}");
        assert!(!shown.contains(TOKEN) && !shown.contains("html"), "{shown}");
    }
    for method in ["../admin", "", "a..b", "chat.postMessage?x=1", "a/b"] {
        let error = client.call(method, &json!({})).await.unwrap_err();
        assert!(
            matches!(error, CallError::Refused { ref code, .. } if code == "unknown_method"),
            "{method} {error}"
        );
    }
}

#[tokio::test]
async fn what_was_not_sent_is_known_and_what_was_cut_is_not() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let error = client_of(nobody, 5_000)
        .call("chat.postMessage", &json!({}))
        .await
        .unwrap_err();
    assert!(matches!(error, CallError::NotSent(_)), "{error:?}");

    // Accepts, reads and hangs up.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let cutting = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.readable().await;
            let _ = stream.try_read(&mut [0; 4096]);
        }
    });
    let client = client_of(cutting, 5_000);
    for error in [
        client
            .call("chat.postMessage", &json!({}))
            .await
            .unwrap_err(),
        client.auth_test().await.unwrap_err(),
    ] {
        assert!(matches!(error, CallError::NoAnswer(_)), "{error:?}");
        assert!(!format!("{error:?}").contains(TOKEN), "{error:?}");
    }

    // Accepts and never answers.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = client_of(listener.local_addr().unwrap(), 50);
    for error in [
        silent
            .call("chat.postMessage", &json!({}))
            .await
            .unwrap_err(),
        silent.auth_test().await.unwrap_err(),
    ] {
        assert_eq!(error, CallError::NoAnswer("none within 50ms".into()));
    }
}

#[tokio::test]
async fn auth_test_tells_scopes_and_slacks_time() {
    let client = server(|headers, path, _| {
        assert_eq!((path.as_str(), headers["authorization"].to_str().unwrap()), ("/api/auth.test", "Bearer xoxb-very-secret"));
        (
            [("x-oauth-scopes", "chat:write,pins:write"), ("date", "Fri, 20 Nov 2026 18:49:37 GMT")],
            axum::Json(json!({"ok": true, "team": "Acme", "team_id": "T1", "user_id": "U9", "bot_id": "B9"})),
        )
    })
    .await;
    let hello = client.auth_test().await.unwrap();
    assert_eq!((hello.team.as_str(), hello.bot.as_str()), ("T1", "U9"));
    assert_eq!(
        hello.scopes,
        Some(["chat:write", "pins:write"].map(str::to_owned).into())
    );
    assert_eq!(hello.slack_time.unwrap().timestamp(), 1_795_200_577);

    let client = server(|_, _, _| json_answer(json!({"ok": false, "error": "invalid_auth"}))).await;
    let error = client.auth_test().await.unwrap_err();
    assert!(
        matches!(error, CallError::Refused { ref code, .. } if code == "invalid_auth"),
        "{error}"
    );
}

#[tokio::test]
async fn responses_go_to_slack_only_and_carry_no_token() {
    let client = server(|headers, path, _| match path.as_str() {
        "/used" => (StatusCode::NOT_FOUND, "used_url").into_response(),
        _ if headers.contains_key("authorization") => StatusCode::BAD_REQUEST.into_response(),
        "/refused" => axum::Json(json!({"ok": false, "error": "expired_url"})).into_response(),
        _ => "ok".into_response(),
    })
    .await;
    let origin = client.api.origin().ascii_serialization();
    let respond = async |url: String| {
        client
            .respond(&Ticket::new(url), &json!({"text": "hi"}))
            .await
    };
    assert_eq!(respond(format!("{origin}/response/1")).await, Ok(()));
    assert_eq!(
        respond(format!("{origin}/used")).await,
        Err(CallError::Http { status: 404 })
    );
    assert!(matches!(
        respond(format!("{origin}/refused")).await,
        Err(CallError::Refused { .. })
    ));

    let foreign = [
        "http://hooks.slack.com/x",
        "https://hooks.slack.com.evil.example/x",
        "https://evil.example/hooks.slack.com",
        "https://hooks.slack.com@evil.example/x",
        "https://user@hooks.slack.com/x",
        "https://hooks.slack.com:8443/x",
        "http://127.0.0.1:1/x",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "not a url",
        "",
    ];
    for url in foreign {
        assert_eq!(
            respond(url.to_owned()).await,
            Err(CallError::ForeignUrl),
            "{url}"
        );
    }
    let slacks = Url::parse("https://hooks.slack.com/commands/T1/1/x").unwrap();
    assert!(is_ours(&client.api, &slacks));
}

#[tokio::test]
async fn typed_writes_name_their_method() {
    let client = server(|_, path, body| {
        json_answer(json!({"ok": true, "channel": {"id": path}, "ts": body}))
    })
    .await;
    let seen = |delivery: Result<Delivery, CallError>| {
        let delivery = delivery.unwrap();
        let body: Value = serde_json::from_str(delivery.ts.unwrap().as_str()).unwrap();
        (
            delivery.channel.unwrap().to_string().replace("/api/", ""),
            body,
        )
    };
    let cases = [
        (
            seen(client.open_direct(&UserId::new("U1")).await),
            "conversations.open",
            json!({"users": "U1"}),
        ),
        (
            seen(client.open_view(&Ticket::new("t"), &json!({})).await),
            "views.open",
            json!({"trigger_id": "t", "view": {}}),
        ),
    ];
    for ((method, body), wanted_method, wanted_body) in cases {
        assert_eq!((method.as_str(), body), (wanted_method, wanted_body));
    }
}

#[test]
fn nothing_shows_the_token_and_bad_urls_are_named() {
    let client = |url: &str| SlackClient::new(url, &TOKEN.into(), Duration::from_secs(1));
    let shown = format!("{:?}", client("https://slack.com/api").unwrap());
    assert!(!shown.contains("secret"), "{shown}");
    for url in ["slack.com/api", "ftp://slack.com", "", "https://"] {
        let error = client(url).unwrap_err().to_string();
        assert!(error.contains("Slack's API"), "{url}: {error}");
    }
}
