use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;

fn user(id: &str) -> UserId {
    UserId::new(id)
}

fn profile(id: &str, locale: Option<&str>, deleted: bool) -> UserProfile {
    UserProfile {
        user: user(id),
        locale: locale.map(str::to_owned),
        deleted,
        is_bot: false,
        name: format!("name of {id}"),
    }
}

fn people() -> People {
    People::new(
        Language::En,
        [user("UGONE"), user("U1")],
        [GroupId::new("S1"), GroupId::new("SOLD")],
    )
}

async fn slack(answer: impl Fn(&str) -> Response + Clone + Send + Sync + 'static) -> SlackClient {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(move |uri: Uri| {
        let answer = answer(&uri.to_string());
        async move { answer }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    SlackClient::new(&url, &"xoxb-x".into(), Duration::from_secs(5)).unwrap()
}

/// A Slack that takes the connection and says nothing.
async fn silent() -> SlackClient {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let _held = listener.accept().await;
        std::future::pending::<()>().await;
    });
    SlackClient::new(&url, &"xoxb-x".into(), Duration::from_secs(5)).unwrap()
}

fn ok(mut body: Value) -> Response {
    body["ok"] = json!(true);
    axum::Json(body).into_response()
}

#[tokio::test]
async fn a_pass_reads_everybody_and_goes_on_where_it_was_stopped() {
    let limited = std::sync::Arc::new(AtomicUsize::new(0));
    let limits = limited.clone();
    let client = slack(move |path| {
        if path.starts_with("/usergroups.users.list?usergroup=S1") {
            return ok(json!({"users": ["U2", "U1"]}));
        }
        if path.starts_with("/usergroups") {
            return axum::Json(json!({"ok": false, "error": "no_such_subteam"})).into_response();
        }
        if path.contains("cursor=next") {
            if limits.fetch_add(1, Ordering::SeqCst) == 0 {
                return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "3")], "").into_response();
            }
            return ok(json!({"members": [{"id": "U2", "locale": "zh-TW", "deleted": true}]}));
        }
        let members = json!([{"id": "U1", "name": "al", "locale": "fr-FR"}]);
        ok(json!({"members": members, "response_metadata": {"next_cursor": "next"}}))
    })
    .await;

    let people = people();
    let wait = Some(Duration::from_secs(3));
    assert_eq!(people.refresh_groups(&client).await, Ok(()));
    assert_eq!(
        people.refresh(&client).await,
        Err(CallError::RateLimited {
            method: "users.list",
            retry_after: wait,
        })
    );
    assert_eq!(
        people.locale(&user("U1")),
        Some(Language::En),
        "French is answered in the default"
    );
    assert_eq!(people.locale(&user("U2")), None);
    assert!(
        people.directory().departed.is_empty(),
        "nobody is missed before the pass is complete"
    );

    assert_eq!(people.refresh(&client).await, Ok(true));
    assert_eq!(people.locale(&user("U2")), Some(Language::Zh));
    assert_eq!(people.name(&user("U1")).as_deref(), Some("al"));
    let directory = people.directory();
    assert_eq!(directory.departed, [user("U2"), user("UGONE")].into());
    // U2 has left too, but nobody counts on them.
    assert_eq!(people.missing(), [user("UGONE")]);
    assert_eq!(
        directory.groups[&GroupId::new("S1")],
        [user("U2"), user("U1")]
    );
    assert_eq!(directory.groups[&GroupId::new("SOLD")], []);
    assert!(
        Arc::ptr_eq(&directory, &people.directory()),
        "made once while nothing changes"
    );
}

/// Another replica may have heard of it.
#[tokio::test]
async fn who_is_in_a_usergroup_is_asked_again_without_everybody() {
    let asked = std::sync::Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let client = slack(move |path| {
        if path.starts_with("/usergroups") {
            let nth = counted.fetch_add(1, Ordering::SeqCst);
            return ok(json!({"users": [format!("U{nth}")]}));
        }
        ok(json!({"members": [{"id": "U1"}]}))
    })
    .await;
    let group = GroupId::new("S1");
    let people = People::new(Language::En, [], [group.clone()]);
    for nth in 0..3 {
        assert_eq!(people.refresh_groups(&client).await, Ok(()));
        let directory = people.directory();
        assert_eq!(directory.groups[&group], [user(&format!("U{nth}"))]);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 3);
}

/// Slack lets usergroups be asked about twenty times a minute. Whoever is in the later ones is learned all the same.
#[tokio::test]
async fn usergroups_are_read_on_where_slack_asked_to_wait() {
    let asked = std::sync::Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let client = slack(move |path| {
        if path.starts_with("/usergroups") {
            return match counted.fetch_add(1, Ordering::SeqCst) % 3 {
                2 => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "3")], "").into_response(),
                _ => ok(json!({"users": ["U1"]})),
            };
        }
        ok(json!({"members": [{"id": "U1"}]}))
    })
    .await;
    let groups: Vec<GroupId> = (1..=5).map(|n| GroupId::new(format!("S{n}"))).collect();
    let people = People::new(Language::En, [], groups.clone());
    for _ in 0..2 {
        assert!(people.refresh_groups(&client).await.is_err());
    }
    assert_eq!(people.refresh_groups(&client).await, Ok(()));
    assert_eq!(
        asked.load(Ordering::SeqCst),
        7,
        "five, and two that were told to wait"
    );
    assert!(
        groups
            .iter()
            .all(|group| people.directory().groups[group] == [user("U1")])
    );
}

/// Slack keeps a place in a list for a while only, and a 429 may outlast it.
#[tokio::test]
async fn a_place_in_the_list_that_slack_forgot_is_not_gone_back_to() {
    let client = slack(move |path| {
        if path.starts_with("/usergroups") {
            return ok(json!({"users": []}));
        }
        if path.contains("cursor=next") {
            return axum::Json(json!({"ok": false, "error": "invalid_cursor"})).into_response();
        }
        let next = if FORGOTTEN.load(Ordering::SeqCst) == 0 {
            "next"
        } else {
            ""
        };
        let members = json!([{"id": "U1", "name": "al"}]);
        ok(json!({"members": members, "response_metadata": {"next_cursor": next}}))
    })
    .await;
    static FORGOTTEN: AtomicUsize = AtomicUsize::new(0);
    let people = people();
    let forgotten = people.refresh(&client).await.unwrap_err();
    assert!(forgotten.is_refusal("invalid_cursor"), "{forgotten}");
    FORGOTTEN.store(1, Ordering::SeqCst);
    assert_eq!(people.refresh(&client).await, Ok(true));
}

/// Else nobody on call would own what is declared until the next time, which is in three minutes.
#[tokio::test]
async fn a_busy_slack_empties_no_group() {
    let asked = std::sync::Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let client = slack(move |path| {
        if !path.starts_with("/usergroups.users.list?usergroup=S1") {
            return ok(json!({"users": [], "members": []}));
        }
        let code = match count.fetch_add(1, Ordering::SeqCst) {
            0 => return ok(json!({"users": ["U2", "U1"]})),
            1 => "internal_error",
            2 => "invalid_auth",
            _ => "no_such_subteam",
        };
        axum::Json(json!({"ok": false, "error": code})).into_response()
    })
    .await;
    let people = people();
    let members = || people.directory().groups[&GroupId::new("S1")].clone();
    assert_eq!(people.refresh_groups(&client).await, Ok(()));
    for _ in ["internal_error", "invalid_auth"] {
        assert!(people.refresh_groups(&client).await.is_err());
        assert_eq!(members(), [user("U2"), user("U1")]);
    }
    assert_eq!(people.refresh_groups(&client).await, Ok(()));
    assert_eq!(members(), [], "it is gone");
}

#[tokio::test]
async fn somebody_unknown_is_asked_for_once_and_never_waited_for() {
    let asked = std::sync::Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let client = slack(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        ok(json!({"user": {"id": "U7", "locale": "zh-CN"}}))
    })
    .await;
    let people = people();
    let deadline = Duration::from_secs(5);
    assert_eq!(people.language(&user("U7")), Language::En);
    assert_eq!(
        people.locale_of(&client, &user("U7"), deadline).await,
        Language::Zh
    );
    assert_eq!(
        people.locale_of(&client, &user("U7"), deadline).await,
        Language::Zh
    );
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(
        people
            .locale_of(&silent().await, &user("U8"), Duration::from_millis(20))
            .await,
        Language::En
    );

    let refusing =
        slack(|_| axum::Json(json!({"ok": false, "error": "user_not_found"})).into_response())
            .await;
    assert_eq!(
        people.locale_of(&refusing, &user("U9"), deadline).await,
        Language::En
    );
}

#[test]
fn events_keep_it_fresh() {
    let people = people();
    let group = |members| Event::GroupChanged {
        id: GroupId::new("S1"),
        members,
    };
    let changed = |added: &[&str], removed: &[&str]| {
        group(GroupMembers::Changed {
            added: added.iter().map(|id| user(id)).collect(),
            removed: removed.iter().map(|id| user(id)).collect(),
        })
    };
    assert!(
        people.apply(&changed(&["U1"], &[])),
        "a difference to nothing says nothing"
    );
    assert!(!people.apply(&group(GroupMembers::All(vec![user("U1"), user("U2")]))));
    assert!(!people.apply(&changed(&["U3", "U1"], &["U2"])));
    assert_eq!(
        people.directory().groups[&GroupId::new("S1")],
        [user("U3"), user("U1")]
    );
    assert!(people.apply(&group(GroupMembers::Untold)));
    let unwatched = Event::GroupChanged {
        id: GroupId::new("SOTHER"),
        members: GroupMembers::All(vec![user("U1")]),
    };
    assert!(!people.apply(&unwatched));
    assert!(
        !people
            .directory()
            .groups
            .contains_key(&GroupId::new("SOTHER"))
    );

    people.apply(&Event::UserChanged(profile("U1", Some("zh-CN"), false)));
    people.apply(&Event::UserChanged(profile("U1", None, true)));
    assert_eq!(
        people.locale(&user("U1")),
        Some(Language::Zh),
        "an event without a locale changes none"
    );
    assert_eq!(people.directory().departed, [user("U1")].into());
}

#[test]
fn a_huge_workspace_does_not_fill_the_memory() {
    let people = people();
    for number in 0..PEOPLE_MAX + 5 {
        people.apply(&Event::UserChanged(profile(
            &format!("U{number}"),
            Some("en-US"),
            false,
        )));
    }
    assert_eq!(people.read().people.len(), PEOPLE_MAX);
    people.apply(&Event::UserChanged(profile("U1", Some("zh-CN"), false)));
    assert_eq!(
        people.locale(&user("U1")),
        Some(Language::Zh),
        "who is known is still updated"
    );
}
