//! The rules as tables: an evening's history, an order, a time, and what follows.

use chrono::{Duration, TimeZone, Utc};

use super::*;
use crate::domain::announce::announce;
use crate::domain::command::Receipt;
use crate::domain::draft::Audience;
use crate::domain::effect::{CardPlace, Effect, Reader};
use crate::domain::event::{Entry, HomeLoss, Undelivered};
use crate::domain::incident::Home;
use crate::domain::incident::MessageRef;
use crate::domain::moot::{Moot, moot};
use crate::domain::nag::{Ladder, Rung};
use crate::domain::rules::{Escalatee, OwnerRef};
use crate::ids::{ChannelId, GroupId, IncidentId, MessageTs, SeverityId, UserId};

mod delivery;
mod drafts;

fn at(clock: &str) -> Time {
    let part = |n: usize| {
        clock
            .split(':')
            .nth(n)
            .map_or(0, |text| text.parse::<u32>().unwrap())
    };
    Utc.with_ymd_and_hms(2026, 11, 20, part(0), part(1), part(2))
        .unwrap()
}

fn person(name: &str) -> Actor {
    Actor::Person(UserId::new(name))
}

/// Everything as an empty file has it, and somebody to escalate P0 to.
fn rules() -> Rules {
    let mut rules = Rules::default();
    rules.severities[0].escalate_to = vec![
        OwnerRef::User(UserId::new("UBOSS")),
        OwnerRef::Group(GroupId::new("SOPS")),
    ];
    rules
}

/// An incident on which `steps` were carried out: who, when, what.
#[derive(Clone)]
struct Evening {
    rules: Rules,
    directory: Directory,
    incident: Incident,
    timeline: Vec<Entry>,
}

impl Evening {
    fn declared(severity: &str) -> Self {
        Self::with(rules(), severity)
    }

    fn with(rules: Rules, severity: &str) -> Self {
        let directory = Directory {
            departed: [UserId::new("UGONE")].into(),
            ..Directory::default()
        };
        let declaration = Declaration {
            title: "Checkout is down".into(),
            severity: Some(severity.into()),
            ..Declaration::default()
        };
        let by = person("UALICE");
        let given = Given {
            rules: &rules,
            directory: &directory,
            by: &by,
            now: at("10:00"),
        };
        let events = declare(&declaration, given).unwrap();
        let entry = Entry {
            at: at("10:00"),
            by,
            event: events[0].clone(),
        };
        let id = IncidentId {
            year: 2026,
            number: 1,
        };
        Self {
            incident: Incident::declared(id, &entry).unwrap(),
            rules,
            directory,
            timeline: vec![entry],
        }
    }

    fn decide(&self, by: &str, command: &Command, clock: &str) -> Decision {
        let by = if by == "-" {
            Actor::Balefire
        } else {
            person(by)
        };
        let given = Given {
            rules: &self.rules,
            directory: &self.directory,
            by: &by,
            now: at(clock),
        };
        decide(&self.incident, command, given)
    }

    fn then(mut self, by: &str, command: Command, clock: &str) -> Self {
        let events = self.decide(by, &command, clock).unwrap();
        let by = if by == "-" {
            Actor::Balefire
        } else {
            person(by)
        };
        for event in events {
            let entry = Entry {
                at: at(clock),
                by: by.clone(),
                event,
            };
            self.incident = self.incident.after(&entry);
            self.timeline.push(entry);
        }
        // What is saved is never anything but the fold of what is told.
        assert_eq!(
            Incident::replay(self.incident.id, &self.timeline).unwrap(),
            self.incident
        );
        self
    }

    /// What Slack would be asked for.
    fn effects(&self, by: &str, command: Command, clock: &str) -> Vec<Effect> {
        let before = self.incident.clone();
        let after = self.clone().then(by, command, clock);
        let entries = &after.timeline[self.timeline.len()..];
        announce(Some(&before), &after.incident, entries)
    }

    /// Wakes it whenever it wants to be woken, up to `clock`, as a punctual pump does.
    fn until(mut self, clock: &str) -> Self {
        for _ in 0..1_000 {
            match self
                .incident
                .next_wake_at()
                .filter(|wake| *wake <= at(clock))
            {
                Some(wake) => {
                    self = self.then("-", Command::Wake, &wake.format("%H:%M:%S").to_string())
                }
                None => return self,
            }
        }
        panic!("it wants to be woken for ever");
    }

    fn check(&self, by: &str, command: Command, clock: &str, expected: &str) {
        let said = match self.decide(by, &command, clock) {
            Ok(events) => events.iter().map(brief).collect::<Vec<_>>().join("; "),
            Err(refusal) => format!("refused: {}", refused(&refusal)),
        };
        assert_eq!(said, expected, "{by} {command:?} at {clock}");
    }

    /// When and what the pump did, from the timeline.
    fn nags(&self) -> Vec<String> {
        let wanted = |event: &Event| {
            matches!(
                event,
                Event::Nagged { .. } | Event::Climbed { .. } | Event::AcknowledgementMissed { .. }
            )
        };
        self.timeline
            .iter()
            .filter(|entry| wanted(&entry.event))
            .map(|entry| format!("{} {}", clock(entry.at), brief(&entry.event)))
            .collect()
    }
}

fn clock(time: Time) -> String {
    let seconds = time.timestamp() % 60 != 0;
    time.format(if seconds { "%H:%M:%S" } else { "%H:%M" })
        .to_string()
}

fn ladder(ladder: &Option<Ladder>) -> String {
    match ladder {
        None => "top".into(),
        Some(Ladder {
            next: Rung::Owner,
            next_at,
            ..
        }) => format!("owner {}", clock(*next_at)),
        Some(Ladder {
            next: Rung::Escalation,
            next_at,
            ..
        }) => format!("escalation {}", clock(*next_at)),
    }
}

fn brief(event: &Event) -> String {
    match event {
        Event::Acknowledged => "acknowledged".into(),
        Event::RoleGiven { role, to, from } => format!(
            "{role} {to} from {}",
            from.as_ref().map_or("-", UserId::as_str)
        ),
        Event::UpdatePosted {
            text,
            next_nag_at,
            promised,
        } => format!(
            "update {:?} next {}{}",
            text.as_deref().unwrap_or("no change"),
            clock(*next_nag_at),
            if *promised { " promised" } else { "" }
        ),
        Event::PhaseChanged { from, to } => format!("{from:?} -> {to:?}"),
        Event::SeverityChanged {
            from,
            to,
            next_nag_at,
            respond_by,
            ..
        } => format!(
            "{from} -> {to} next {} respond {}",
            clock(*next_nag_at),
            respond_by.map_or("-".into(), clock)
        ),
        Event::Snoozed {
            number,
            from,
            until,
        } => format!("snoozed {number} {} -> {}", clock(*from), clock(*until)),
        Event::Nagged {
            number,
            due,
            late_by_s,
            quiet_for_s,
            next_nag_at,
            ladder: next,
            ..
        } => format!(
            "nag {number} due {} late {late_by_s} quiet {quiet_for_s} next {} {}",
            clock(*due),
            clock(*next_nag_at),
            ladder(next)
        ),
        Event::AcknowledgementMissed {
            due,
            late_by_s,
            ladder: next,
        } => {
            format!(
                "unanswered since {} late {late_by_s} {}",
                clock(*due),
                ladder(next)
            )
        }
        Event::Climbed { rung, to, next, .. } => {
            let names: Vec<&str> = to
                .iter()
                .map(|who| match who {
                    Escalatee::User(user) => user.as_str(),
                    Escalatee::Group(group) => group.as_str(),
                })
                .collect();
            format!("{rung:?} told: {} then {}", names.join(" "), ladder(next))
        }
        Event::DraftWritten {
            number,
            audience,
            replaces,
            ..
        } => {
            format!(
                "draft {number} {audience:?}{}",
                replaces.map_or(String::new(), |old| format!(" for {old}"))
            )
        }
        Event::DraftPublished {
            number, channels, ..
        } => format!("published {number} to {channels:?}"),
        Event::Declared {
            severity,
            owner,
            next_nag_at,
            respond_by,
            title,
            long_title,
            ..
        } => format!(
            "declared {severity} {title:?}{} owner {} nag {} respond {}",
            if long_title.is_some() { " cut" } else { "" },
            owner.as_ref().map_or("-", UserId::as_str),
            clock(*next_nag_at),
            clock(*respond_by)
        ),
        other => serde_json::to_value(other).unwrap()["type"]
            .as_str()
            .unwrap()
            .to_owned(),
    }
}

fn refused(refusal: &Refusal) -> String {
    let words = format!("{refusal:?}");
    words.split([' ', '(', '{']).next().unwrap().to_owned()
}

fn post(text: &str) -> Command {
    Command::PostUpdate {
        text: text.into(),
        next: None,
    }
}

fn minutes(n: i64) -> Duration {
    Duration::minutes(n)
}

#[test]
fn a_declaration_finds_severity_owner_and_deadlines() {
    let mut rules = rules();
    rules.severities[1].owner = vec![
        OwnerRef::User(UserId::new("UGONE")),
        OwnerRef::User(UserId::new("UCHEN")),
    ];
    let directory = Directory {
        departed: [UserId::new("UGONE")].into(),
        ..Directory::default()
    };
    let by = person("UALICE");
    let given = Given {
        rules: &rules,
        directory: &directory,
        by: &by,
        now: at("10:00"),
    };
    let check = |title: &str, severity: Option<&str>, owner: Option<&str>, expected: &str| {
        let declaration = Declaration {
            title: title.into(),
            severity: severity.map(Into::into),
            owner: owner.map(UserId::new),
            ..Declaration::default()
        };
        let said = match declare(&declaration, given) {
            Ok(events) => brief(&events[0]),
            Err(refusal) => format!("refused: {}", refused(&refusal)),
        };
        assert_eq!(said, expected, "{title} {severity:?} {owner:?}");
    };
    // Nobody is configured for P0: whoever declares owns.
    check(
        "Checkout is down",
        Some("p0"),
        None,
        r#"declared P0 "Checkout is down" owner UALICE nag 10:15 respond 10:15"#,
    );
    // The first of P1's owners has left.
    check(
        "Slow",
        Some("High"),
        None,
        r#"declared P1 "Slow" owner UCHEN nag 10:15 respond 12:00"#,
    );
    // A day later, at the same time of day.
    check(
        "Slow",
        Some("P3"),
        Some("UBOB"),
        r#"declared P3 "Slow" owner UBOB nag 10:15 respond 10:00"#,
    );
    check("Slow", Some("P3"), Some("UGONE"), "refused: PersonLeft");
    check("Slow", Some("P9"), None, "refused: UnknownSeverity");
    check("   ", Some("P0"), None, "refused: EmptyTitle");
    // Without a severity the words decide.
    check(
        "支付全部失败",
        None,
        None,
        r#"declared P0 "支付全部失败" owner UALICE nag 10:15 respond 10:15"#,
    );
    check(
        "Refunds fail for some",
        None,
        None,
        r#"declared P1 "Refunds fail for some" owner UCHEN nag 10:15 respond 12:00"#,
    );
    check(
        "A typo on the help page",
        None,
        None,
        r#"declared P2 "A typo on the help page" owner UALICE nag 10:15 respond 18:00"#,
    );
    let long = "x".repeat(4_000);
    let cut = format!(
        r#"declared P2 "{}…" cut owner UALICE nag 10:15 respond 18:00"#,
        "x".repeat(119)
    );
    check(&long, Some("P2"), None, &cut);
}

#[test]
fn an_owner_rule_goes_before_the_severity() {
    let mut rules = rules();
    rules.severities[0].owner = vec![OwnerRef::User(UserId::new("UCHEN"))];
    rules.owner_rules = vec![crate::domain::rules::OwnerRule {
        service: "payments".into(),
        severities: vec![SeverityId::new("P0")],
        owner: vec![OwnerRef::User(UserId::new("UBOB"))],
    }];
    let directory = Directory::default();
    let by = person("UALICE");
    let given = Given {
        rules: &rules,
        directory: &directory,
        by: &by,
        now: at("10:00"),
    };
    for (severity, service, owner) in [
        ("P0", "payments", "UBOB"),
        ("P0", "checkout", "UCHEN"),
        ("P1", "payments", "UALICE"),
    ] {
        let declaration = Declaration {
            title: "Slow".into(),
            severity: Some(severity.into()),
            services: vec![service.into()],
            ..Declaration::default()
        };
        let events = declare(&declaration, given).unwrap();
        let Event::Declared { owner: found, .. } = &events[0] else {
            panic!("{events:?}")
        };
        assert_eq!(
            found.as_ref().map(UserId::as_str),
            Some(owner),
            "{severity} {service}"
        );
    }
}

#[test]
fn people_move_an_incident() {
    let open = Evening::declared("P1");
    open.check("UBOB", Command::Acknowledge, "10:05", "acknowledged");
    open.check("UBOB", Command::Close, "10:05", "refused: NotResolved");
    open.check(
        "UBOB",
        Command::Reopen {
            reason: "again".into(),
        },
        "10:05",
        "refused: StillOpen",
    );
    open.check(
        "UBOB",
        Command::Cancel {
            reason: "  ".into(),
        },
        "10:05",
        "refused: EmptyText",
    );
    open.check("UBOB", post(""), "10:05", "refused: EmptyText");
    open.check(
        "UBOB",
        post(&"x".repeat(2_901)),
        "10:05",
        "refused: TooLong",
    );
    open.check(
        "UBOB",
        post("Rolling back"),
        "10:05",
        r#"update "Rolling back" next 10:20"#,
    );
    // The owner's own update answers the call.
    open.check(
        "UALICE",
        post("Rolling back"),
        "10:05",
        r#"acknowledged; update "Rolling back" next 10:20"#,
    );
    open.check(
        "UALICE",
        Command::NoChange { nag: None },
        "10:05",
        r#"acknowledged; update "no change" next 10:20"#,
    );
    let promise = Command::PostUpdate {
        text: "Rolling back".into(),
        next: Some(minutes(30)),
    };
    open.check(
        "UBOB",
        promise,
        "10:05",
        r#"update "Rolling back" next 10:35 promised"#,
    );
    let never = Command::PostUpdate {
        text: "Rolling back".into(),
        next: Some(Duration::days(30)),
    };
    open.check("UBOB", never, "10:05", "refused: BadDuration");
    let take = |to: &str| Command::Assign {
        role: Role::Owner,
        to: UserId::new(to),
    };
    open.check(
        "UBOB",
        take("UBOB"),
        "10:05",
        "owner UBOB from UALICE; acknowledged",
    );
    open.check("UALICE", take("UBOB"), "10:05", "owner UBOB from UALICE");
    open.check("UBOB", take("UALICE"), "10:05", "refused: AlreadyInRole");
    open.check("UALICE", take("UGONE"), "10:05", "refused: PersonLeft");
    let scribe = Command::Assign {
        role: Role::from("Scribe".to_owned()),
        to: UserId::new("UCHEN"),
    };
    open.check("UALICE", scribe, "10:05", "scribe UCHEN from -");
    let status = |to, text: Option<&str>| Command::ChangeStatus {
        to,
        text: text.map(Into::into),
    };
    open.check(
        "UBOB",
        status(StatusName::Identified, None),
        "10:05",
        "acknowledged; Investigating -> Identified",
    );
    open.check(
        "UBOB",
        status(StatusName::Investigating, None),
        "10:05",
        "acknowledged",
    );
    let said = status(StatusName::Monitoring, Some("Fix is out"));
    open.check(
        "UBOB",
        said,
        "10:05",
        r#"acknowledged; Investigating -> Monitoring; update "Fix is out" next 10:20"#,
    );
    open.check(
        "UBOB",
        status(StatusName::Resolved, Some("Fixed")),
        "10:05",
        "resolved",
    );

    let acknowledged = open.then("UBOB", Command::Acknowledge, "10:05");
    acknowledged.check(
        "UCHEN",
        Command::Acknowledge,
        "10:06",
        "refused: AlreadyAcknowledged",
    );
    acknowledged.check(
        "UCHEN",
        status(StatusName::Investigating, None),
        "10:06",
        "refused: SameStatus",
    );
    acknowledged.check(
        "UCHEN",
        status(StatusName::Identified, None),
        "10:06",
        "Investigating -> Identified",
    );

    let resolved = acknowledged.then("UCHEN", Command::Resolve { summary: None }, "10:30");
    for command in [
        Command::Acknowledge,
        Command::Resolve { summary: None },
        Command::Cancel {
            reason: "no".into(),
        },
        Command::Snooze { by: minutes(30) },
        Command::NoChange { nag: None },
        post("late"),
    ] {
        resolved.check("UBOB", command, "10:31", "refused: AlreadyFinished");
    }
    resolved.check("-", Command::Wake, "12:00", "");
    resolved.check(
        "UBOB",
        Command::Note {
            text: "Found later".into(),
        },
        "10:31",
        "noted",
    );
    resolved.check("UBOB", Command::Close, "10:31", "closed");
    resolved.check(
        "UBOB",
        Command::Reopen {
            reason: "again".into(),
        },
        "10:31",
        "reopened",
    );
    let closed = resolved.then("UBOB", Command::Close, "10:40");
    closed.check("UBOB", Command::Close, "10:41", "refused: AlreadyFinished");
    assert_eq!(closed.incident.duration(at("23:00")), minutes(30));
    let again = closed.then(
        "UBOB",
        Command::Reopen {
            reason: "again".into(),
        },
        "11:00",
    );
    assert_eq!(again.incident.next_wake_at(), Some(at("11:15")));
}

#[test]
fn a_new_severity_moves_the_deadlines() {
    let mut slow = rules();
    slow.severities[3].update_every = minutes(60);
    let open = Evening::with(slow, "P3");
    let to = |to: &str| Command::ChangeSeverity {
        to: to.into(),
        reason: None,
    };
    open.check("UBOB", to("P3"), "10:05", "refused: SameSeverity");
    open.check("UBOB", to("P7"), "10:05", "refused: UnknownSeverity");
    open.check(
        "UBOB",
        to("critical"),
        "10:05",
        "P3 -> P0 next 10:15 respond 10:15",
    );
    // What would have been due already is due now, not in the past.
    open.check(
        "UBOB",
        to("P0"),
        "10:40",
        "P3 -> P0 next 10:40 respond 10:40",
    );
    // A time that a person named stands.
    let snoozed = open.then("UBOB", Command::Snooze { by: minutes(120) }, "10:05");
    snoozed.check(
        "UBOB",
        to("P0"),
        "10:06",
        "P3 -> P0 next 12:05 respond 10:15",
    );
}

#[test]
fn nags_come_when_they_are_due() {
    let open = Evening::declared("P1").then("UALICE", Command::Acknowledge, "10:01");
    open.check("-", Command::Wake, "10:14:59", "");
    open.check(
        "-",
        Command::Wake,
        "10:15",
        "nag 1 due 10:15 late 0 quiet 900 next 10:30 owner 10:20; draft 1 Stakeholders",
    );
    // Two hours of downtime give one nag, and the next counts from it.
    open.check(
        "-",
        Command::Wake,
        "12:15",
        "nag 1 due 10:15 late 7200 quiet 8100 next 12:30 owner 12:20; draft 1 Stakeholders",
    );
    // Chatter is no update.
    let chatter = open.then(
        "UBOB",
        Command::Note {
            text: "I see 500s".into(),
        },
        "10:10",
    );
    assert_eq!(chatter.incident.next_wake_at(), Some(at("10:15")));
    // An update is.
    let updated = chatter.then("UBOB", post("Rolling back"), "10:10");
    updated.check("-", Command::Wake, "10:15", "");
    updated.check(
        "-",
        Command::Wake,
        "10:25",
        "nag 1 due 10:25 late 0 quiet 900 next 10:40 owner 10:30; draft 1 Stakeholders",
    );
    // Woken twice at once: the second finds nothing.
    let nagged = updated.then("-", Command::Wake, "10:25");
    nagged.check("-", Command::Wake, "10:25", "");
    // A snooze moves one nag and not the cadence.
    let snoozed = nagged.then("UBOB", Command::Snooze { by: minutes(40) }, "10:26");
    snoozed.check("-", Command::Wake, "11:05", "");
    snoozed.check(
        "-",
        Command::Wake,
        "11:06",
        "nag 2 due 11:06 late 0 quiet 3360 next 11:21 owner 11:11; draft 2 Stakeholders for 1",
    );
    snoozed.check(
        "UBOB",
        Command::Snooze {
            by: Duration::hours(25),
        },
        "10:27",
        "refused: BadDuration",
    );
    snoozed.check(
        "UBOB",
        Command::Snooze {
            by: Duration::zero(),
        },
        "10:27",
        "refused: BadDuration",
    );
    // Nothing is put off by a time that ends before it is due.
    Evening::declared("P1").check(
        "UBOB",
        Command::Snooze { by: minutes(5) },
        "10:05",
        "refused: NotDueSoSoon",
    );
}

#[test]
fn a_nag_is_answered_once() {
    let no_change = |nag| Command::NoChange { nag: Some(nag) };
    let nagged = Evening::declared("P1")
        .then("UALICE", Command::Acknowledge, "10:01")
        .until("10:15");
    let answered = nagged.then("UBOB", no_change(1), "10:16");
    answered.check(
        "UCHEN",
        no_change(1),
        "10:16:01",
        "refused: NagAlreadyAnswered",
    );
    // A button of an older nag still says that nothing has changed, if nobody has said so since.
    let again = answered.until("10:46");
    again.check(
        "UCHEN",
        no_change(1),
        "10:47",
        r#"update "no change" next 11:02; draft_rewritten"#,
    );
}

#[test]
fn what_nobody_answers_climbs() {
    let quiet = Evening::declared("P0")
        .then("UALICE", Command::Acknowledge, "10:01")
        .until("10:40");
    assert_eq!(
        quiet.nags(),
        [
            "10:15 nag 1 due 10:15 late 0 quiet 900 next 10:30 owner 10:20",
            "10:20 Owner told: UALICE then escalation 10:25",
            "10:25 Escalation told: UBOSS SOPS then top",
            "10:30 nag 2 due 10:30 late 0 quiet 1800 next 10:45 owner 10:35",
            "10:35 Owner told: UALICE then escalation 10:40",
            "10:40 Escalation told: UBOSS SOPS then top",
        ]
    );
    // An answer ends the climb.
    for answer in [
        post("Here"),
        Command::NoChange { nag: None },
        Command::Snooze { by: minutes(60) },
    ] {
        let answered = Evening::declared("P0")
            .then("UALICE", Command::Acknowledge, "10:01")
            .until("10:15")
            .then("UBOB", answer, "10:16");
        assert_eq!(answered.incident.watch().unwrap().ladder, None);
    }
}

#[test]
fn a_missed_acknowledgement_climbs_the_same_ladder() {
    let silent = Evening::declared("P0").until("10:29");
    assert_eq!(
        silent.nags(),
        [
            "10:15 unanswered since 10:15 late 0 escalation 10:20",
            "10:15 nag 1 due 10:15 late 0 quiet 900 next 10:30 escalation 10:20",
            "10:20 Escalation told: UBOSS SOPS then top",
        ]
    );
    // An owner who has left is not waited for, and those who are called instead are called once.
    let mut gone = Evening::declared("P0");
    gone.directory.departed.insert(UserId::new("UALICE"));
    assert_eq!(
        gone.until("10:29").nags(),
        [
            "10:15 unanswered since 10:15 late 0 escalation 10:15",
            "10:15 Escalation told: UBOSS SOPS then top",
            "10:15 nag 1 due 10:15 late 0 quiet 900 next 10:30 top",
        ]
    );
    // An update by somebody else is no acknowledgement; it answers the nag alone.
    let others = Evening::declared("P0")
        .until("10:15")
        .then("UBOB", post("I see it too"), "10:16");
    assert!(others.incident.watch().unwrap().ladder.is_some());
    let acknowledged = others.then("UBOB", Command::Acknowledge, "10:17");
    assert_eq!(acknowledged.incident.watch().unwrap().ladder, None);
}

#[test]
fn a_nag_every_three_seconds_still_climbs() {
    let mut hasty = rules();
    hasty.severities[0].update_every = Duration::seconds(3);
    hasty.climb_after = Duration::seconds(4);
    let quiet = Evening::with(hasty, "P0")
        .then("UALICE", Command::Acknowledge, "10:00:01")
        .until("10:00:11");
    let climbs: Vec<String> = quiet
        .nags()
        .into_iter()
        .filter(|line| line.contains("told"))
        .collect();
    assert_eq!(
        climbs,
        [
            "10:00:07 Owner told: UALICE then escalation 10:00:11",
            "10:00:11 Escalation told: UBOSS SOPS then top"
        ]
    );
}

#[test]
fn the_ledger_says_what_became_of_every_nag() {
    use crate::domain::ledger::{Fate, ledger};
    let evening = Evening::declared("P0")
        .then("UALICE", Command::Acknowledge, "10:01")
        .then("UALICE", post("Looking"), "10:10")
        .until("10:30")
        .then("UALICE", Command::Snooze { by: minutes(20) }, "10:31")
        .until("10:51")
        .then("UBOB", Command::Resolve { summary: None }, "10:55");
    let rows: Vec<String> = ledger(evening.incident.id, &evening.timeline)
        .into_iter()
        .map(|row| {
            let fate = match row.fate {
                Fate::Waiting => "waiting".to_owned(),
                Fate::Spared { how, .. } => format!("{how:?}")
                    .split(' ')
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
                Fate::Sent {
                    at,
                    late_by_s,
                    answer,
                    climbs,
                    ..
                } => format!(
                    "sent {} late {late_by_s} answered {:?} climbs {}",
                    clock(at),
                    answer.map(|(how, _)| how),
                    climbs.len()
                ),
            };
            format!("{:?} {} {fate}", row.promise, clock(row.due))
        })
        .collect();
    assert_eq!(
        rows,
        [
            "Acknowledgement 10:15 Acknowledged",
            "Nag(1) 10:15 Update",
            "Nag(1) 10:25 sent 10:25 late 0 answered Some(Snooze) climbs 1",
            "Nag(2) 10:40 Snoozed",
            "Nag(2) 10:51 sent 10:51 late 0 answered Some(Finished) climbs 0",
            "Nag(3) 11:06 Finished",
        ]
    );
}
