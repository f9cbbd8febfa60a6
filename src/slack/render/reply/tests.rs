use chrono::Duration;

use super::*;
use crate::domain::effect::{CardPlace, Reader};
use crate::domain::event::{Entry, Event, Refreshed, UNKNOWN_OUTCOME, Undelivered};
use crate::domain::incident::{Actor, MessageRef, Phase, Role};
use crate::domain::ledger::ledger;
use crate::domain::nag::{Cause, DueReason, Ladder, Rung};
use crate::domain::rules::{Escalatee, Rules};
use crate::ids::{ChannelId, MessageTs, SeverityId, TeamId};
use crate::slack::inbound::Ticket;
use crate::slack::render::{told, told_all};

fn id() -> IncidentId {
    IncidentId {
        year: 2026,
        number: 1,
    }
}

/// Minutes after the declaration.
fn at(minutes: i64) -> Time {
    Time::from_timestamp(1_779_271_200, 0).expect("it is a time") + Duration::minutes(minutes)
}

fn entry(minutes: i64, by: &str, event: Event) -> Entry {
    let by = match by {
        "" => Actor::Balefire,
        user => Actor::Person(UserId::new(user)),
    };
    Entry {
        at: at(minutes),
        by,
        event,
    }
}

fn update(text: Option<&str>, next_minutes: i64, promised: bool) -> Event {
    Event::UpdatePosted {
        text: text.map(str::to_owned),
        next_nag_at: at(next_minutes),
        promised,
    }
}

fn nagged(number: u32, due: i64, late_by_s: i64, next: i64) -> Event {
    Event::Nagged {
        number,
        due: at(due),
        reason: DueReason::Cadence,
        late_by_s,
        quiet_for_s: 900,
        next_nag_at: at(next),
        ladder: Some(Ladder {
            cause: Cause::Nag(number),
            next: Rung::Owner,
            next_at: at(due + 5),
        }),
    }
}

fn pin(ts: &str, text: &str, written: i64) -> Event {
    Event::Pinned {
        message: MessageRef {
            channel: ChannelId::new("C1"),
            ts: MessageTs::new(ts),
        },
        author: Some(UserId::new("UEVE")),
        text: text.into(),
        written_at: at(written),
    }
}

/// An evening on call, with a little of everything.
fn evening() -> Vec<Entry> {
    vec![
        entry(
            0,
            "UALICE",
            Event::Declared {
                title: "Checkout is *down* <!here>".into(),
                long_title: None,
                severity: SeverityId::new("P0"),
                services: vec!["payments".into()],
                impact: None,
                owner: Some(UserId::new("UBOB")),
                wants_channel: true,
                next_nag_at: at(15),
                respond_by: at(15),
            },
        ),
        entry(
            1,
            "",
            Event::ChannelCreated {
                channel: ChannelId::new("C1"),
            },
        ),
        entry(2, "UBOB", Event::Acknowledged),
        entry(15, "", nagged(1, 15, 0, 30)),
        entry(
            16,
            "",
            Event::NagDelivered {
                number: 1,
                nagged_at: at(15),
                message: MessageRef {
                    channel: ChannelId::new("C1"),
                    ts: MessageTs::new("1.1"),
                },
            },
        ),
        entry(
            20,
            "",
            Event::Climbed {
                cause: Cause::Nag(1),
                rung: Rung::Owner,
                to: vec![Escalatee::User(UserId::new("UBOB"))],
                next: None,
            },
        ),
        entry(
            22,
            "UBOB",
            update(Some("We see\ntimeouts on db-1"), 52, true),
        ),
        entry(
            23,
            "UBOB",
            Event::PhaseChanged {
                from: Phase::Investigating,
                to: Phase::Identified,
            },
        ),
        entry(30, "UBOB", pin("3.1", "Disk is 90 % full", 25)),
        entry(31, "UBOB", pin("3.2", "never mind", 26)),
        entry(
            32,
            "UEVE",
            Event::PinEdited {
                ts: MessageTs::new("3.1"),
                text: "Disk is 100 % full".into(),
            },
        ),
        entry(
            33,
            "",
            Event::PinRemoved {
                ts: MessageTs::new("3.2"),
                deleted: true,
            },
        ),
        entry(
            34,
            "UEVE",
            Event::SeverityChanged {
                from: SeverityId::new("P0"),
                to: SeverityId::new("P1"),
                reason: Some("Only one region".into()),
                next_nag_at: at(52),
                respond_by: None,
            },
        ),
        entry(
            35,
            "UEVE",
            Event::RoleGiven {
                role: Role::Named("comms".into()),
                to: UserId::new("UEVE"),
                from: None,
            },
        ),
        entry(
            40,
            "UBOB",
            Event::Snoozed {
                number: 2,
                from: at(52),
                until: at(70),
            },
        ),
        entry(75, "", nagged(2, 70, 300, 90)),
        entry(
            76,
            "",
            Event::Undelivered {
                what: Undelivered::Nag { number: 2 },
                code: "is_archived".into(),
                unsaid: None,
                summed_up: vec![],
                channel: None,
                unread: None,
            },
        ),
        entry(80, "UBOB", update(None, 95, false)),
        entry(
            82,
            "UBOB",
            Event::ActionAdded {
                text: "Add an alert".into(),
                assignee: Some(UserId::new("UEVE")),
                due: chrono::NaiveDate::from_ymd_opt(2026, 6, 1),
            },
        ),
    ]
}

fn resolved() -> Vec<Entry> {
    let mut entries = evening();
    entries.push(entry(
        90,
        "UBOB",
        Event::Resolved {
            summary: Some("Freed the disk".into()),
        },
    ));
    entries
}

fn incident(entries: &[Entry]) -> Incident {
    Incident::replay(id(), entries).expect("it begins with a declaration")
}

fn with_ctx<T>(language: Language, render: impl FnOnce(&Ctx) -> T) -> T {
    render(&Ctx {
        language,
        rules: &Rules::default(),
        now: at(83),
        incidents_channel: &ChannelId::new("CINC"),
    })
}

/// The words, with times as people read them in the test, and the buttons.
fn shown(message: &Message) -> String {
    let mut out = String::new();
    let mut rest = message.text.as_str();
    while let Some((before, after)) = rest.split_once("<!date^") {
        let (token, later) = after.split_once('>').expect("a date is closed");
        let time = token.rsplit(' ').nth(1).unwrap_or(token);
        out += before;
        out += time;
        rest = later;
    }
    out += rest;
    let blocks = message.blocks.as_array().expect("blocks are a list");
    for row in blocks.iter().filter(|block| block["type"] == "actions") {
        let labels: Vec<&str> = row["elements"]
            .as_array()
            .expect("elements are a list")
            .iter()
            .filter_map(|element| element["text"]["text"].as_str())
            .collect();
        out += &format!("\n[{}]", labels.join("] ["));
    }
    assert!(blocks.len() <= 50);
    assert!(message.text.encode_utf16().count() <= 4_000);
    assert!(message.blocks.to_string().len() < 40_000);
    out
}

fn in_both_languages(name: &str, render: impl Fn(Language) -> Vec<Message>) {
    for (language, suffix) in [(Language::En, "english"), (Language::Zh, "chinese")] {
        let said: Vec<String> = render(language).iter().map(shown).collect();
        insta::assert_snapshot!(format!("{name}_{suffix}"), said.join("\n----\n"));
    }
}

#[test]
fn a_timeline_tells_the_evening() {
    in_both_languages("timeline", |language| {
        let entries = resolved();
        with_ctx(language, |ctx| {
            vec![timeline(&entries, &incident(&entries), ctx)]
        })
    });
}

/// Each of them refused, and each of them perhaps there.
#[test]
fn a_timeline_tells_what_did_not_arrive() {
    let each = || {
        [
            Undelivered::Card {
                at: CardPlace::Incidents,
            },
            Undelivered::Card {
                at: CardPlace::Home,
            },
            Undelivered::Nag { number: 3 },
            Undelivered::DirectMessage {
                to: UserId::new("UEVE"),
            },
            Undelivered::Publication {
                number: 2,
                channel: ChannelId::new("CEXEC"),
            },
            Undelivered::Message { draft: None },
            Undelivered::Message { draft: Some(2) },
        ]
    };
    let mut entries = evening();
    for code in ["missing_scope", UNKNOWN_OUTCOME] {
        entries.extend(each().map(|what| {
            let event = Event::Undelivered {
                what,
                code: code.into(),
                unsaid: None,
                summed_up: vec![],
                channel: None,
                unread: None,
            };
            entry(100, "", event)
        }));
    }
    let stale = [
        Refreshed::Card,
        Refreshed::HomeCard,
        Refreshed::Topic,
        Refreshed::Pin,
        Refreshed::Message,
    ];
    entries.extend(stale.map(|of| {
        let event = Event::Undelivered {
            what: Undelivered::Refresh { of },
            code: "missing_scope".into(),
            unsaid: None,
            summed_up: vec![],
            channel: None,
            unread: None,
        };
        entry(100, "", event)
    }));
    in_both_languages("undelivered", |language| {
        let told = &entries[entries.len() - 2 * each().len() - stale.len()..];
        with_ctx(language, |ctx| {
            vec![timeline(told, &incident(&entries), ctx)]
        })
    });
}

#[test]
fn a_long_timeline_shows_its_end() {
    let mut entries = evening();
    for minutes in 0..100 {
        let text = "长".repeat(2_000);
        entries.push(entry(100 + minutes, "UBOB", Event::Noted { text }));
    }
    let message = with_ctx(Language::En, |ctx| {
        timeline(&entries, &incident(&entries), ctx)
    });
    let blocks = message.blocks.to_string();
    assert!(blocks.contains("earlier lines are not shown"));
    assert_eq!(blocks.matches("noted:").count(), LINES_SHOWN);
    fits(&message);
    // With the time of the next one in each line, fewer fit.
    let mut entries = evening();
    for minutes in 0..100 {
        let text = "长".repeat(2_000);
        let promised = update(Some(&text), 130 + minutes, true);
        entries.push(entry(100 + minutes, "UBOB", promised));
    }
    let message = with_ctx(Language::En, |ctx| {
        timeline(&entries, &incident(&entries), ctx)
    });
    let lines = message.blocks.to_string().matches("长…").count();
    assert!((25..LINES_SHOWN).contains(&lines), "{lines}");
    fits(&message);
}

/// All that is shown as text fits into one message of Slack's.
fn fits(message: &Message) {
    let blocks = message.blocks.as_array().expect("blocks are a list");
    let chars: usize = blocks
        .iter()
        .filter_map(|block| block["text"]["text"].as_str())
        .map(|text| text.encode_utf16().count())
        .sum();
    assert!(chars <= 13_200, "{chars}");
}

/// Nothing else shows the rest of what somebody wrote.
#[test]
fn what_was_written_is_told_whole() {
    let long = format!("{} the end", "x > y & z\n".repeat(280));
    assert!(long.len() < 2_900);
    let noted = |text: &str| entry(5, "UBOB", Event::Noted { text: text.into() });
    let incident = incident(&evening());
    with_ctx(Language::En, |ctx| {
        let told = told(&noted(&long), &incident, &Reader::Home, ctx);
        let blocks = told.blocks.to_string();
        assert_eq!(blocks.matches("> x &gt; y &amp; z").count(), 280);
        assert!(blocks.contains("the end"), "{blocks}");
        fits(&told);
        // So it is when it is summed up, as long as there is room; an older version took more together than that.
        for (count, is_whole) in [(2, true), (40, false)] {
            let all = told_all(&vec![noted(&long); count], &incident, ctx);
            assert_eq!(all.blocks.to_string().contains("the end"), is_whole);
            fits(&all);
        }
    });
}

const LINES_SHOWN: usize = 40;

#[test]
fn why_tells_the_fate_of_every_nag() {
    in_both_languages("why", |language| {
        let over = resolved();
        let open = evening();
        with_ctx(language, |ctx| {
            [open, over]
                .iter()
                .map(|entries| why(&ledger(id(), entries), &incident(entries), ctx))
                .collect()
        })
    });
}

#[test]
fn what_was_done_is_confirmed() {
    in_both_languages("done", |language| {
        let entries = resolved();
        with_ctx(language, |ctx| {
            let mut said: Vec<Message> = (1..=entries.len())
                .filter(|count| !matches!(entries[count - 1].by, Actor::Balefire))
                .map(|count| {
                    let so_far = incident(&entries[..count]);
                    done(&entries[count - 1..count], &so_far, ctx)
                })
                .collect();
            said.push(done(&[], &incident(&entries), ctx));
            said
        })
    });
}

#[test]
fn how_things_stand() {
    in_both_languages("stand", |language| {
        let open = incident(&evening());
        let new = incident(&evening()[..1]);
        let nobody = [];
        let bob = UserId::new("UBOB");
        with_ctx(language, |ctx| {
            vec![
                home(&[new.clone(), open.clone()], &[], &bob, ctx),
                home(&nobody, &[], &bob, ctx),
                list(&[new.clone(), open.clone()], &[id()], ListFilter::Open, ctx),
                list(&nobody, &[], ListFilter::Open, ctx),
                list(&nobody, &[], ListFilter::Mine, ctx),
                list(&nobody, &[], ListFilter::All, ctx),
            ]
        })
    });
    let many = vec![incident(&evening()); 60];
    for language in Language::ALL {
        with_ctx(language, |ctx| {
            shown(&home(&many, &[], &UserId::new("UBOB"), ctx));
            shown(&list(&many, &[], ListFilter::All, ctx));
        });
    }
}

#[test]
fn help_fits_and_what_went_wrong_is_said() {
    in_both_languages("rest", |language| {
        let choices = [(id(), "Checkout is `down`".to_owned())];
        vec![
            help(None, language),
            help(Some("update"), language),
            help(Some("why"), language),
            help(Some("oncall"), language),
            which(&choices, "update <@U1|bob> is on it", language),
            typed_before("declare P0 a `b` &amp; <@U1|bob>", at(0), language),
            typed_before(&"x".repeat(2_001), at(0), language),
            repeat(language),
            form_did_not_open(FormKind::Declare, language),
            form_did_not_open(FormKind::EditDraft, language),
            Letter::new().section(&not_recorded(language)).finish(),
            Letter::new().section(&perhaps_recorded(language)).finish(),
            Letter::new().section(&unreadable(language)).finish(),
        ]
    });
}

#[test]
fn every_verb_has_its_line_in_help() {
    for language in Language::ALL {
        for verb in [
            "declare", "ack", "take", "assign", "update", "status", "severity", "impact", "eta",
            "service", "note", "decision", "action", "draft", "snooze", "why", "resolve", "reopen",
            "cancel", "close", "show", "list", "timeline", "help",
        ] {
            let told = help(Some(verb), language).text;
            assert!(told.starts_with(&format!("`/incident {verb}")), "{told}");
        }
    }
}

#[test]
fn again_carries_the_command_as_it_was_typed() {
    let typed = "assign <@U1|bob> comms &amp; more";
    let message = typed_before(typed, at(0), Language::En);
    let button = &message.blocks[1]["elements"][0];
    assert_eq!(button["action_id"], "again");
    assert_eq!(button["value"], typed);
}

#[test]
fn a_form_that_was_not_recorded_stays_open() {
    let sent = |callback: &str| Submission {
        team: TeamId::new("T1"),
        user: UserId::new("U1"),
        view_id: "V1".into(),
        hash: None,
        callback_id: callback.into(),
        private_metadata: String::new(),
        values: Default::default(),
        trigger_id: Ticket::new(""),
        response_urls: vec![],
    };
    let Answer::Json(answer) = beside_the_form(&sent("form.update"), "Nothing") else {
        panic!("a form gets an answer");
    };
    assert_eq!(answer["errors"]["text"], "Nothing");
    assert_eq!(beside_the_form(&sent("notice"), "Nothing"), Answer::Empty);
}
