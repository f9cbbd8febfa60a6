use serde_json::{Value as Json, json};

use super::*;

fn form(pairs: &[(&str, &str)]) -> Vec<u8> {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    for (key, value) in pairs {
        body.append_pair(key, value);
    }
    body.finish().into_bytes()
}

fn interaction(payload: Json) -> Inbound {
    read(&form(&[("payload", &payload.to_string())]))
}

fn event(event: Json) -> Event {
    let body = json!({"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event_time": 1, "event": event});
    match read(body.to_string().as_bytes()) {
        Inbound::Event(envelope) => envelope.event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_command_keeps_what_was_typed() {
    let body = form(&[
        ("team_id", "T1"),
        ("channel_id", "C1"),
        ("user_id", "W1"),
        ("command", "/incident"),
        ("text", "assign <@U2|bob> & co + 1"),
        ("trigger_id", "1.2.x"),
        ("response_url", "https://hooks.slack.com/commands/1"),
    ]);
    let Inbound::Command(command) = read(&body) else {
        panic!("not a command")
    };
    assert_eq!(command.text, "assign <@U2|bob> & co + 1");
    assert_eq!(command.user, UserId::new("W1"));
    let shown = format!("{command:?}");
    assert!(
        !shown.contains("1.2.x") && !shown.contains("hooks"),
        "{shown}"
    );
}

#[test]
fn a_command_is_the_same_over_socket_mode() {
    let fields = [
        ("team_id", "T1"),
        ("channel_id", "C1"),
        ("user_id", "U1"),
        ("command", "/i"),
        ("text", "ack"),
    ];
    let as_json = fields
        .iter()
        .map(|(key, value)| ((*key).to_owned(), json!(value)))
        .collect();
    assert_eq!(
        read_envelope("slash_commands", Json::Object(as_json)),
        read(&form(&fields))
    );
}

#[test]
fn of_equal_keys_the_first_counts() {
    let body = b"team_id=T1&channel_id=C1&user_id=U1&command=%2Fi&text=one&text=two&user_id=U2";
    let Inbound::Command(command) = read(body) else {
        panic!("not a command")
    };
    assert_eq!(
        (command.text.as_str(), command.user.as_str()),
        ("one", "U1")
    );
}

#[test]
fn a_click_says_where_and_what() {
    let inbound = interaction(json!({
        "type": "block_actions", "team": null, "user": {"id": "U1", "team_id": "T9"}, "enterprise": {"id": "E1"},
        "container": {"type": "message", "message_ts": "1.5", "channel_id": "C1", "thread_ts": "1.0", "is_ephemeral": true},
        "trigger_id": "t", "response_url": "https://hooks.slack.com/x",
        "actions": [{"type": "overflow", "action_id": "more", "block_id": "b", "action_ts": "2.0",
                     "selected_option": {"text": {"type": "plain_text", "text": "Close"}, "value": "close"}}],
    }));
    let Inbound::Click(click) = inbound else {
        panic!("{inbound:?}")
    };
    assert_eq!(
        click.team,
        TeamId::new("T9"),
        "an org-wide install has no team of its own"
    );
    assert_eq!(click.channel, Some(ChannelId::new("C1")));
    assert_eq!(click.message_ts, Some(MessageTs::new("1.5")));
    assert_eq!(click.thread_ts, Some(MessageTs::new("1.0")));
    assert!(click.is_ephemeral);
    assert_eq!(click.chosen, Some(Value::Option("close".into())));
    assert_eq!(click.value, None);
}

#[test]
fn what_was_chosen_has_its_kind() {
    let cases = [
        (
            json!({"selected_user": "U2"}),
            Some(Value::User(UserId::new("U2"))),
        ),
        (
            json!({"selected_users": ["U2", "W3"]}),
            Some(Value::Users(vec![UserId::new("U2"), UserId::new("W3")])),
        ),
        (
            json!({"selected_channel": "C2"}),
            Some(Value::Channel(ChannelId::new("C2"))),
        ),
        (
            json!({"selected_conversation": "G2"}),
            Some(Value::Channel(ChannelId::new("G2"))),
        ),
        (
            json!({"selected_conversations": ["C2"]}),
            Some(Value::Channels(vec![ChannelId::new("C2")])),
        ),
        (
            json!({"selected_date": "2026-02-28"}),
            Some(Value::Date(NaiveDate::from_ymd_opt(2026, 2, 28).unwrap())),
        ),
        (json!({"selected_date": "2026-02-31"}), None),
        (
            json!({"selected_options": [{"value": "a"}, {"value": "b"}]}),
            Some(Value::Options(vec!["a".into(), "b".into()])),
        ),
        (
            json!({"selected_options": []}),
            Some(Value::Options(vec![])),
        ),
        (json!({"selected_option": null}), None),
        (json!({"value": "pressed"}), None),
    ];
    for (fields, wanted) in cases {
        let mut action = fields.clone();
        action["action_id"] = json!("a");
        let inbound = interaction(json!({
            "type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U1"}, "actions": [action],
        }));
        let Inbound::Click(click) = inbound else {
            panic!("{inbound:?}")
        };
        assert_eq!(click.chosen, wanted, "{fields}");
    }
}

#[test]
fn a_submission_holds_what_was_filled_in() {
    let inbound = interaction(json!({
        "type": "view_submission", "team": {"id": "T-other"}, "user": {"id": "U1", "team_id": "T-other"}, "trigger_id": "t",
        "view": {
            "id": "V1", "hash": "1.h", "callback_id": "declare", "private_metadata": "{}", "app_installed_team_id": "T-ours",
            "state": {"values": {
                "title": {"a": {"type": "plain_text_input", "value": "  Checkout down "}},
                "blank": {"a": {"type": "plain_text_input", "value": "  "}},
                "none": {"a": {"type": "plain_text_input", "value": null}},
                "severity": {"a": {"type": "static_select", "selected_option": {"value": "P0"}}},
                "owner": {"a": {"type": "users_select", "selected_user": "U7"}},
                "due": {"a": {"type": "datepicker", "selected_date": "2026-03-01"}},
                "boxes": {"a": {"type": "checkboxes", "selected_options": [{"value": "x"}]}},
                "rich": {"a": {"type": "rich_text_input", "rich_text_value": {"type": "rich_text", "elements": []}}},
            }},
        },
        "response_urls": [{"response_url": "https://hooks.slack.com/app/1", "channel_id": "C1"}],
    }));
    let Inbound::Submission(form) = inbound else {
        panic!("{inbound:?}")
    };
    assert_eq!(
        form.team,
        TeamId::new("T-ours"),
        "the form knows which workspace opened it"
    );
    assert_eq!(form.text("title"), Some("Checkout down"));
    assert_eq!(form.text("blank"), None);
    assert_eq!(form.text("none"), None);
    assert_eq!(form.text("severity"), None, "an option is not a text");
    assert_eq!(form.option("severity"), Some("P0"));
    assert_eq!(form.user("owner"), Some(&UserId::new("U7")));
    assert_eq!(form.date("due"), NaiveDate::from_ymd_opt(2026, 3, 1));
    assert_eq!(form.options("boxes"), ["x".to_owned()]);
    assert_eq!(form.options("missing"), Vec::<String>::new());
    assert_eq!(form.hash.as_deref(), Some("1.h"));
    assert_eq!(form.response_urls.len(), 1);
}

#[test]
fn messages_are_told_apart() {
    let person =
        event(json!({"type": "message", "channel": "C1", "user": "U1", "text": "hi", "ts": "1.0"}));
    let Event::Message(message) = person else {
        panic!("{person:?}")
    };
    assert!(message.is_from_person());

    let not_people = [
        json!({"type": "message", "channel": "C1", "user": "U1", "bot_id": "B1", "text": "hi", "ts": "1.0"}),
        json!({"type": "message", "subtype": "bot_message", "channel": "C1", "text": "hi", "ts": "1.0"}),
        json!({"type": "message", "subtype": "channel_join", "channel": "C1", "user": "U1", "text": "joined", "ts": "1.0"}),
    ];
    for raw in not_people {
        let Event::Message(message) = event(raw.clone()) else {
            panic!("{raw}")
        };
        assert!(!message.is_from_person(), "{raw}");
    }

    let deleted = Event::MessageDeleted {
        channel: ChannelId::new("C1"),
        ts: MessageTs::new("1.0"),
    };
    let deletions = [
        json!({"type": "message", "subtype": "message_deleted", "channel": "C1", "deleted_ts": "1.0", "ts": "2.0"}),
        json!({"type": "message", "subtype": "message_changed", "channel": "C1", "ts": "2.0",
               "message": {"subtype": "tombstone", "ts": "1.0", "text": "This message was deleted."}}),
    ];
    for raw in deletions {
        assert_eq!(event(raw.clone()), deleted, "{raw}");
    }
    let edited = event(
        json!({"type": "message", "subtype": "message_changed", "channel": "C1", "ts": "2.0",
        "message": {"user": "U1", "ts": "1.0", "text": "new"}, "previous_message": {"text": "old", "ts": "1.0"}}),
    );
    assert!(
        matches!(&edited, Event::MessageEdited { ts, text, previous_text: Some(before), is_bot: false, .. }
            if ts.as_str() == "1.0" && text == "new" && before == "old"),
        "{edited:?}"
    );
}

#[test]
fn events_about_channels_people_and_groups() {
    let channel = ChannelId::new("C1");
    let user = UserId::new("U1");
    let members = |members| Event::GroupChanged {
        id: GroupId::new("S1"),
        members,
    };
    let profile = |name: &str, deleted| {
        Event::UserChanged(UserProfile {
            user: user.clone(),
            locale: Some("zh-CN".into()),
            deleted,
            is_bot: false,
            name: name.into(),
        })
    };
    let cases = [
        (
            json!({"type": "channel_archive", "channel": "C1", "user": "U1"}),
            Event::ChannelArchived {
                channel: channel.clone(),
            },
        ),
        (
            json!({"type": "group_archive", "channel": "C1"}),
            Event::ChannelArchived {
                channel: channel.clone(),
            },
        ),
        (
            json!({"type": "channel_deleted", "channel": "C1"}),
            Event::ChannelDeleted {
                channel: channel.clone(),
            },
        ),
        (
            json!({"type": "user_change", "user": {"id": "U1", "name": "al", "locale": "zh-CN", "deleted": true,
                   "profile": {"display_name": "", "real_name": "Alice"}}}),
            profile("Alice", true),
        ),
        (
            json!({"type": "team_join", "user": {"id": "U1", "name": "al", "locale": "zh-CN"}}),
            profile("al", false),
        ),
        (
            json!({"type": "subteam_updated", "subteam": {"id": "S1", "users": ["U1"], "date_delete": 0}}),
            members(GroupMembers::All(vec![user.clone()])),
        ),
        (
            json!({"type": "subteam_updated", "subteam": {"id": "S1", "users": ["U1"], "date_delete": 5}}),
            members(GroupMembers::All(vec![])),
        ),
        (
            json!({"type": "subteam_updated", "subteam": {"id": "S1"}}),
            members(GroupMembers::Untold),
        ),
        (
            json!({"type": "subteam_members_changed", "subteam_id": "S1", "added_users": ["U1"], "removed_users": []}),
            members(GroupMembers::Changed {
                added: vec![user.clone()],
                removed: vec![],
            }),
        ),
        (
            json!({"type": "app_mention", "channel": "C1", "user": "U1", "bot_id": "B1", "text": "x", "ts": "1.0"}),
            Event::Other {
                kind: "app_mention".into(),
            },
        ),
        (
            json!({"type": "channel_archive", "channel": 7}),
            Event::Other {
                kind: "channel_archive".into(),
            },
        ),
        (
            json!({"type": "message", "subtype": "file_share", "channel": "C1"}),
            Event::Other {
                kind: "message.file_share".into(),
            },
        ),
    ];
    for (raw, wanted) in cases {
        assert_eq!(event(raw.clone()), wanted, "{raw}");
    }
}

#[test]
fn an_event_belongs_to_the_workspace_it_was_authorized_for() {
    let cases = [
        (
            json!({"team_id": "T_SOURCE", "authorizations": [{"team_id": "T_INSTALLED"}]}),
            "T_INSTALLED",
        ),
        (
            json!({"team_id": "T1", "authorizations": [{"team_id": null, "enterprise_id": "E1"}]}),
            "T1",
        ),
        (
            json!({"team_id": null, "enterprise_id": "E1", "authorizations": [{"team_id": "T1"}]}),
            "T1",
        ),
        (json!({"team_id": null, "enterprise_id": "E1"}), "E1"),
    ];
    for (mut body, team) in cases {
        body["type"] = json!("event_callback");
        body["event_id"] = json!("Ev1");
        body["event"] = json!({"type": "app_uninstalled"});
        let Inbound::Event(envelope) = read(body.to_string().as_bytes()) else {
            panic!("{body}")
        };
        assert_eq!(envelope.team, TeamId::new(team), "{body}");
        assert_eq!(envelope.event, Event::AppUninstalled);
    }
}

#[test]
fn an_event_without_a_name_is_named_by_its_content() {
    let id = |text: &str| {
        let event = json!({"type": "message", "channel": "C1", "text": text, "ts": "1.0"});
        let body = json!({"type": "event_callback", "team_id": "T1", "event": event});
        match read(body.to_string().as_bytes()) {
            Inbound::Event(envelope) => envelope.event_id,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(id("one"), id("one"));
    assert_ne!(id("one"), id("two"));
}

#[test]
fn what_cannot_be_read_is_named_and_harmless() {
    let deep = format!(
        "{}{}",
        r#"{"type":"block_actions","x":"#,
        "[".repeat(10_000)
    );
    let cases: [(&[u8], &str); 12] = [
        (b"", "form"),
        (b"\xff\xfe\x00", "form"),
        (b"a=b", "form"),
        (b"payload=", "malformed_json"),
        (b"payload={\"type\":\"block_actions\"", "malformed_json"),
        (br#"{"type":"event_callback"}"#, "malformed.event_callback"),
        (
            br#"{"type":"block_actions","actions":[]}"#,
            "malformed.block_actions",
        ),
        (
            br#"{"type":"block_actions","user":7}"#,
            "malformed.block_actions",
        ),
        (br#"{"type":"message_action"}"#, "message_action"),
        (br#"{"type":["x"]}"#, "unnamed"),
        (br#"{"type":"Sm\u00f6rg\nas <b>"}"#, "mrgasb"),
        (deep.as_bytes(), "malformed_json"),
    ];
    for (body, what) in cases {
        assert_eq!(
            read(body),
            Inbound::Unknown { what: what.into() },
            "{:?}",
            String::from_utf8_lossy(&body[..body.len().min(60)])
        );
    }
}

#[test]
fn the_probes_of_slack_are_known() {
    assert_eq!(read(b"token=x&ssl_check=1"), Inbound::SslCheck);
    assert_eq!(
        read(b"ssl_check=1&command=%2Fi&team_id=T&user_id=U&channel_id=C"),
        Inbound::SslCheck
    );
    assert_eq!(
        read(br#"{"type":"url_verification","challenge":"3eZ"}"#),
        Inbound::UrlVerification {
            challenge: "3eZ".into()
        }
    );
}

proptest::proptest! {
    #[test]
    fn no_body_makes_it_stumble(body in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        read(&body);
    }

    /// Cutting a real payload anywhere, or putting a wrong value anywhere, is answered and not a panic.
    #[test]
    fn no_mutation_of_a_payload_makes_it_stumble(cut in 0usize..600, junk in "[\\[\\]{}\",:0-9a-z]{0,4}") {
        let whole = json!({"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1"}, "view": {"id": "V1",
            "state": {"values": {"b": {"a": {"type": "plain_text_input", "value": "x"}}}}}}).to_string();
        let cut = cut.min(whole.len());
        read(format!("{}{junk}{}", &whole[..cut], &whole[cut..]).as_bytes());
        read(&whole.as_bytes()[..cut]);
    }
}
