//! What people type after `/incident`: read, decided on and answered.

use std::sync::LazyLock;

use balefire::clock::Time;
use balefire::domain::announce::announce;
use balefire::domain::command::{Command, Declaration};
use balefire::domain::decide::{Given, decide, declare};
use balefire::domain::event::{Entry, Event};
use balefire::domain::incident::{Actor, Incident, Role};
use balefire::domain::refusal::Refusal;
use balefire::domain::rules::{Directory, Language, Rules};
use balefire::ids::{ChannelId, IncidentId, UserId};
use balefire::slack::parse::{Order, Prefill, Question, Request, after_mention, naming, parse};
use balefire::slack::render::{self, form};
use balefire::standin::view_limits::view_complaints;
use chrono::{Duration, TimeZone as _, Utc};

use crate::markup::calls;

const WORDS: &[&str] = &[
    "/incident ",
    "declare ",
    "ack",
    "take ",
    "assign ",
    "update ",
    "status ",
    "severity ",
    "impact ",
    "eta ",
    "service ",
    "note ",
    "decision ",
    "action ",
    "draft ",
    "snooze ",
    "why",
    "resolve ",
    "reopen ",
    "cancel ",
    "close",
    "merge ",
    "show ",
    "list ",
    "timeline ",
    "help ",
    "?",
    "更新",
    "申报",
    "认领",
    "推迟",
    "待办",
    "状态",
    "级别",
    "P0",
    "P9",
    "sev2",
    "critical",
    "Ｐ０",
    "INC-2026-001 ",
    "INC-",
    "inc-0-0",
    "INC-99999999999-1",
    "#12",
    "mine",
    "<@UALICE|alice>",
    "<@U1>",
    "<@W",
    "<@",
    "<!channel>",
    "<!subteam^S1|@ops>",
    "<#C1|general>",
    "<http://x|y>",
    "<mailto:a@b>",
    "<",
    ">",
    "|",
    "&amp;",
    "&lt;",
    "&",
    "service:",
    "service:\"a b\"",
    "服务：",
    "next ",
    "next 30m",
    "next update in ",
    "下次半小时",
    "30m",
    "1h 30m",
    "90分钟",
    "99999999999999h",
    "0s",
    "1ns",
    "584554049253y",
    "due ",
    "due 2026-02-30",
    "due friday",
    "due: ",
    "截止明天",
    "13月45日",
    "99999-01-01",
    "for ",
    "as ",
    "to ",
    "comms",
    "owner",
    "me",
    "customers",
    "stakeholders",
    "identified",
    "resolved",
    "monitoring",
    "“",
    "”",
    "\"",
    "'",
    ":",
    "：",
    ",",
    "、",
    "-",
    "—",
];

crate::target!("command", WORDS, runs: 4_000, judge_bytes);

static RULES: LazyLock<[Rules; 2]> = LazyLock::new(|| {
    let plain = Rules::default();
    let mut strict = Rules::default();
    strict.severities[0].name = "Very High".into();
    strict.severities[1].name = "高".into();
    strict.severities[2].name = "Very".into();
    strict.services = vec!["payments".into(), "支付".into(), "search index".into()];
    strict.language = Language::Zh;
    strict.timezone = chrono_tz::Asia::Shanghai;
    [plain, strict]
});
static OPEN: LazyLock<Incident> = LazyLock::new(|| {
    let alice = Actor::Person(UserId::new("UALICE"));
    let declaration = Declaration {
        title: "Checkout is down".into(),
        ..Declaration::default()
    };
    let directory = Directory::default();
    let given = Given {
        rules: &RULES[0],
        directory: &directory,
        by: &alice,
        now: now(),
    };
    let events = declare(&declaration, given).expect("it has a title");
    let entries = entries(events, &alice);
    Incident::declared(id(), &entries[0]).expect("it begins with its declaration")
});

fn now() -> Time {
    Utc.with_ymd_and_hms(2026, 11, 20, 22, 30, 0)
        .single()
        .expect("it is a time")
}

fn id() -> IncidentId {
    IncidentId {
        year: 2026,
        number: 7,
    }
}

fn entries(events: Vec<Event>, by: &Actor) -> Vec<Entry> {
    let entry = |event| Entry {
        at: now(),
        by: by.clone(),
        event,
    };
    events.into_iter().map(entry).collect()
}

fn judge_bytes(bytes: &[u8]) -> &'static str {
    judge(&String::from_utf8_lossy(bytes))
}

/// Also for words that arrive in another way than as a command.
pub fn judge(text: &str) -> &'static str {
    let rules = &RULES[text.len() % 2];
    let request = parse(text, rules, now());
    if let Ok(request) = &request {
        check_kept(text, request);
        check_naming(text, request, rules);
    }
    check_mention(text);
    match request {
        Err(refusal) => {
            answer(&refusal, rules);
            match refusal {
                Refusal::UnknownVerb { .. } => "!unknown verb",
                _ => "refused",
            }
        }
        Ok(Request::Home) => "home",
        Ok(Request::Declare(declaration)) => {
            check_declaration(&declaration, rules);
            "declared"
        }
        Ok(Request::DeclareForm(declaration)) => {
            let prefill = Prefill::declaration(&declaration);
            check_form(
                balefire::slack::parse::FormKind::Declare,
                &prefill,
                None,
                rules,
            );
            "form"
        }
        Ok(Request::Ask(Question::Help(verb))) => {
            let message = render::reply::help(verb, rules.language);
            assert!(!message.text.is_empty());
            "asked"
        }
        Ok(Request::Ask(_)) => "asked",
        Ok(Request::On {
            order: Order::Form(kind, prefill),
            ..
        }) => {
            check_form(kind, &prefill, Some(id()), rules);
            "form"
        }
        Ok(Request::On {
            order: Order::Take(role),
            ..
        }) => {
            let to = UserId::new("UALICE");
            check_command(&Command::Assign { role, to }, rules)
        }
        Ok(Request::On {
            order: Order::Command(command),
            ..
        }) => check_command(&command, rules),
    }
}

/// Every letter and digit that is kept was typed: nothing is made up, and nothing comes twice.
fn check_kept(text: &str, request: &Request) {
    let kept: Vec<&str> = match request {
        Request::Declare(declaration) | Request::DeclareForm(declaration) => {
            let services = declaration.services.iter().map(String::as_str);
            services.chain([declaration.title.as_str()]).collect()
        }
        Request::On {
            order: Order::Take(Role::Named(name)),
            ..
        } => vec![name],
        Request::On {
            order: Order::Form(_, prefill),
            ..
        } => {
            let services = prefill.services.iter().map(String::as_str);
            let said = [&prefill.title, &prefill.text, &prefill.impact];
            services
                .chain(said.into_iter().flatten().map(String::as_str))
                .collect()
        }
        Request::On {
            order: Order::Command(command),
            ..
        } => match command {
            Command::PostUpdate { text, .. }
            | Command::SetImpact { text }
            | Command::SetEta { text }
            | Command::Note { text }
            | Command::RecordDecision { text }
            | Command::AddAction { text, .. } => vec![text],
            Command::SetServices { services } => services.iter().map(String::as_str).collect(),
            Command::ChangeStatus { text, .. }
            | Command::ChangeSeverity { reason: text, .. }
            | Command::Resolve { summary: text } => text.iter().map(String::as_str).collect(),
            Command::Reopen { reason } | Command::Cancel { reason } => vec![reason],
            Command::Assign {
                role: Role::Named(name),
                ..
            } => vec![name],
            _ => vec![],
        },
        _ => vec![],
    };
    if kept.is_empty() {
        return;
    }
    let letters = |text: &str| {
        let mut letters: Vec<char> = text
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        letters.sort_unstable();
        letters
    };
    let typed = letters(text);
    let mut typed = typed.iter();
    for letter in letters(&kept.concat()) {
        let found = typed.by_ref().any(|typed| *typed == letter);
        assert!(found, "{letter:?} was never typed, but is kept in {kept:?}");
    }
}

/// Naming the incident changes nothing but which one is meant.
fn check_naming(text: &str, request: &Request, rules: &Rules) {
    let Request::On {
        incident: None,
        order,
    } = request
    else {
        return;
    };
    let named = naming(text, id());
    let wanted = Request::On {
        incident: Some(id()),
        order: order.clone(),
    };
    assert_eq!(parse(&named, rules, now()), Ok(wanted), "{named:?}");
}

/// What follows a mention of ours is the end of what was said.
fn check_mention(text: &str) {
    let us = UserId::new("UBOT");
    let words = after_mention(text, &us);
    assert!(text.contains(words));
    let said = format!("hey <@UBOT|balefire> {text}");
    let words = after_mention(&said, &us);
    assert!(text.ends_with(words), "{words:?}");
}

fn check_declaration(declaration: &Declaration, rules: &Rules) {
    assert!(!declaration.title.trim().is_empty());
    if let Some(severity) = &declaration.severity {
        assert!(rules.severity(severity).is_some(), "{severity:?}");
    }
    let alice = Actor::Person(UserId::new("UALICE"));
    let directory = Directory::default();
    let given = Given {
        rules,
        directory: &directory,
        by: &alice,
        now: now(),
    };
    match declare(declaration, given) {
        Err(refusal) => answer(&refusal, rules),
        Ok(events) => {
            let entries = entries(events, &alice);
            let incident =
                Incident::declared(id(), &entries[0]).expect("a declaration begins an incident");
            check_told(None, &incident, &entries);
        }
    }
}

fn check_command(command: &Command, rules: &Rules) -> &'static str {
    if let Command::ChangeSeverity { to, .. } = command {
        assert!(rules.severity(to).is_some(), "{to:?}");
    }
    let alice = Actor::Person(UserId::new("UALICE"));
    let directory = Directory::default();
    let given = Given {
        rules,
        directory: &directory,
        by: &alice,
        now: now(),
    };
    match decide(&OPEN, command, given) {
        Err(refusal) => {
            answer(&refusal, rules);
            "refused"
        }
        Ok(events) => {
            let entries = entries(events, &alice);
            let incident = entries
                .iter()
                .fold(OPEN.clone(), |incident, entry| incident.after(entry));
            check_told(Some(&OPEN), &incident, &entries);
            "done"
        }
    }
}

/// The incident can be kept, read again, watched and told of.
fn check_told(before: Option<&Incident>, incident: &Incident, entries: &[Entry]) {
    match incident.next_wake_at() {
        Some(at) => {
            assert!(incident.is_open());
            assert!(
                at >= now() && at <= now() + Duration::days(31),
                "it sleeps until {at}"
            );
        }
        None => assert!(!incident.is_open(), "nobody watches over it"),
    }
    announce(before, incident, entries);
    for entry in entries {
        let kept = serde_json::to_string(entry).expect("an entry is plain data");
        assert_eq!(
            &serde_json::from_str::<Entry>(&kept).expect("what was written"),
            entry
        );
    }
}

/// A refusal is a sentence that calls nobody.
fn answer(refusal: &Refusal, rules: &Rules) {
    let sentence = render::refusal::refusal(refusal, rules.language, rules);
    assert!(!sentence.trim().is_empty());
    assert!(calls(&sentence).is_empty(), "{sentence:?}");
    assert!(sentence.chars().count() <= 3_000, "{sentence:?}");
}

fn check_form(
    kind: balefire::slack::parse::FormKind,
    prefill: &Prefill,
    incident: Option<IncidentId>,
    rules: &Rules,
) {
    let channel = ChannelId::new("C1");
    let request = form::Request {
        kind,
        incident,
        channel: &channel,
        prefill,
    };
    let complaints = view_complaints(&form::form(&request, rules.language, rules));
    assert!(complaints.is_empty(), "{complaints:?} {prefill:?}");
}

/// What the help shows as an example does what it says.
#[test]
fn examples_are_understood() {
    let mut seen = 0;
    for language in Language::ALL {
        for verb in [
            "declare", "update", "status", "severity", "assign", "impact", "eta", "service",
            "note", "decision", "action", "resolve", "reopen", "cancel", "snooze", "draft",
        ] {
            let help = render::reply::help(Some(verb), language).text;
            let example = help.lines().last().expect("an example is the last line");
            let (_, rest) = example
                .split_once("`/incident ")
                .expect("an example is a command");
            let (words, _) = rest.split_once('`').expect("it is set in code");
            // As Slack delivers a mention that was typed.
            let words = balefire::slack::mrkdwn::plain(words).replace("@alice", "<@UALICE|alice>");
            match parse(&words, &Rules::default(), now()) {
                Ok(
                    Request::Declare(_)
                    | Request::On {
                        order: Order::Command(_),
                        ..
                    },
                ) => seen += 1,
                other => panic!("{words:?} is {other:?}"),
            }
        }
    }
    assert_eq!(seen, 32);
}
