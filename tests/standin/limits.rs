//! Block Kit's limits, each complaint with its place.

use balefire::standin::blocks::{self, Surface};
use serde_json::{Value, json};

use crate::rig::{merged, section};

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
