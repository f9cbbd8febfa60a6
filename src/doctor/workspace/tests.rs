use std::time::Duration;

use chrono::{TimeDelta, TimeZone, Utc};
use serde_json::json;

use super::*;
use crate::doctor::report::Report;
use crate::domain::schedule::DEFAULT_START;
use crate::ids::TeamId;

fn now() -> Time {
    Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap()
}

fn refused(code: &str) -> CallError {
    CallError::Refused {
        code: code.into(),
        detail: None,
    }
}

fn scope_missing(scope: &str) -> CallError {
    CallError::Refused {
        code: "missing_scope".into(),
        detail: Some(format!("needs {scope}")),
    }
}

fn hello() -> Hello {
    Hello {
        team: TeamId::new("T0"),
        team_name: "Acme".into(),
        bot: UserId::new("U0BOT"),
        bot_id: None,
        scopes: None,
        slack_time: None,
    }
}

fn granted(but: &[&str], and: &[&str]) -> BTreeSet<String> {
    let kept = BOT_SCOPES.iter().filter(|scope| !but.contains(scope));
    kept.chain(and).map(|scope| (*scope).to_owned()).collect()
}

fn room(archived: bool, member: bool) -> Channel {
    let channel =
        json!({"id": "C0EXEC", "name": "exec", "is_archived": archived, "is_member": member});
    serde_json::from_value(channel).unwrap()
}

fn people(found: &[(&str, Found)]) -> People {
    let found = found.iter();
    found
        .map(|(user, found)| (UserId::new(*user), found.clone()))
        .collect()
}

fn here(name: &str) -> Found {
    Found::Here { name: name.into() }
}

fn left(name: &str) -> Found {
    Found::Left { name: name.into() }
}

fn shown(checks: Vec<Check>) -> String {
    Report { checks }.to_string()
}

#[test]
fn the_token_is_judged_by_what_slack_says_to_it() {
    let errors = [
        refused("invalid_auth"),
        refused("account_inactive"),
        refused("team_access_not_granted"),
        CallError::NotSent("dns error".into()),
        CallError::NoAnswer("none within 10s".into()),
        CallError::Http { status: 404 },
        CallError::RateLimited {
            method: "auth.test",
            retry_after: Some(Duration::from_secs(90)),
        },
    ];
    let url = "https://slack.com/api";
    let mut checks = vec![reach(url, Ok(&hello())), token(Ok(&hello()))];
    for error in &errors {
        checks.extend([reach(url, Err(error)), token(Err(error))]);
    }
    insta::assert_snapshot!(shown(checks));
}

#[test]
fn scopes_are_held_against_the_manifest() {
    insta::assert_snapshot!(shown(vec![
        scopes(Some(&granted(&[], &[]))),
        scopes(Some(&granted(&[], &["files:read"]))),
        scopes(Some(&granted(
            &["pins:write", "users:read"],
            &["files:read"]
        ))),
        scopes(None),
        create_channels(true, Some(&granted(&[], &[]))),
        create_channels(true, Some(&granted(&["channels:manage"], &[]))),
        create_channels(false, Some(&granted(&["channels:manage"], &[]))),
        create_channels(true, None),
    ]));
}

#[test]
fn a_clock_may_be_five_seconds_off() {
    for (ahead_s, ok, what) in [
        (0, true, "within 1 s of Slack's"),
        (5, true, "within 5 s of Slack's"),
        (-5, true, "within 5 s of Slack's"),
        (
            6,
            false,
            "6 s ahead of Slack's: replicas whose clocks differ",
        ),
        (
            -6,
            false,
            "6 s behind Slack's: replicas whose clocks differ",
        ),
        (
            301,
            false,
            "301 s ahead of Slack's: every request of Slack's is refused",
        ),
    ] {
        let check = clock(now() + TimeDelta::seconds(ahead_s), Some(now()));
        assert_eq!(check.ok(), ok, "{check:?}");
        assert!(check.what.starts_with(what), "{check:?}");
    }
    assert!(!clock(now(), None).ok());
}

#[test]
fn a_channel_must_be_there_open_and_joined() {
    let judge =
        |found: Result<Option<&Channel>, &CallError>| channel("C0EXEC", "stakeholders", found);
    insta::assert_snapshot!(shown(vec![
        judge(Ok(Some(&room(false, true)))),
        judge(Ok(Some(&room(false, false)))),
        judge(Ok(Some(&room(true, true)))),
        judge(Ok(Some(&room(true, false)))),
        judge(Ok(None)),
        judge(Err(&scope_missing("channels:read"))),
        judge(Err(&refused("fatal_error"))),
        judge(Err(&CallError::RateLimited {
            method: "conversations.info",
            retry_after: None,
        })),
    ]));
}

#[test]
fn people_are_those_who_can_answer() {
    let some = people(&[
        ("U1", here("Ann")),
        (
            "U2",
            Found::Bot {
                name: "Robot".into(),
            },
        ),
        ("U3", left("Ben")),
        ("U4", Found::Nowhere),
    ]);
    insta::assert_snapshot!(shown(vec![
        users(Ok(&People::new())),
        users(Ok(&people(&[("U1", here("Ann"))]))),
        users(Ok(&people(&[("U1", here("Ann")), ("U2", here("Ben"))]))),
        users(Ok(&some)),
        users(Err(&scope_missing("users:read"))),
    ]));
}

#[test]
fn a_usergroup_must_have_somebody_in_it() {
    let group = |disabled_at: i64, users: &[&str]| -> Vec<Group> {
        let group =
            json!({"id": "S1", "handle": "oncall", "date_delete": disabled_at, "users": users});
        vec![serde_json::from_value(group).unwrap()]
    };
    let members = people(&[("U1", left("Ann")), ("U2", here("Ben"))]);
    let judge = |groups: Vec<Group>| usergroup(&GroupId::new("S1"), Ok(&groups), Ok(&members));
    let id = GroupId::new("S1");
    insta::assert_snapshot!(shown(vec![
        judge(group(0, &["U1", "U2"])),
        judge(group(0, &["U1"])),
        judge(group(0, &[])),
        judge(group(1_700_000_000, &["U2"])),
        judge(vec![]),
        usergroup(&id, Err(&scope_missing("usergroups:read")), Ok(&members)),
        usergroup(
            &id,
            Ok(&group(0, &["U2"])),
            Err(&scope_missing("users:read"))
        ),
    ]));
}

#[test]
fn a_schedule_must_name_somebody_who_is_here() {
    let members = vec![UserId::new("U1"), UserId::new("U2")];
    let weekly = Schedule::new(
        "primary",
        chrono_tz::UTC,
        "0 0 10 * * MON",
        DEFAULT_START,
        members,
    );
    let weekly = weekly.unwrap();
    let turn = weekly.on_call(now()).clone();
    let both =
        |one: Found, other: Found| people(&[(turn.as_str(), one), (other_than(&turn), other)]);
    let judge = |known: &People| schedule(&weekly, Ok(known), now());
    insta::assert_snapshot!(shown(vec![
        judge(&both(here("Ann"), here("Ben"))),
        judge(&both(left("Ann"), here("Ben"))),
        judge(&both(left("Ann"), Found::Nowhere)),
        schedule(&weekly, Err(&scope_missing("users:read")), now()),
    ]));
}

fn other_than(user: &UserId) -> &'static str {
    match user.as_str() {
        "U1" => "U2",
        _ => "U1",
    }
}
