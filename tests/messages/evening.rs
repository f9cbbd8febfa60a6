//! Incidents that are played through the real rules, with every message that Slack would be sent for them.

use std::fmt::Write;

use balefire::clock::Time;
use balefire::domain::announce::announce;
use balefire::domain::command::{Command, Declaration, Receipt};
use balefire::domain::decide::{Given, decide, declare};
use balefire::domain::effect::{CardPlace, Effect, Reader};
use balefire::domain::event::{Entry, Event};
use balefire::domain::incident::{Actor, Incident};
use balefire::domain::rules::{Directory, Language, OwnerRef, Rules};
use balefire::ids::{ChannelId, GroupId, IncidentId, UserId};
use balefire::slack::render::{self, Ctx, Message};
use chrono::{Duration, TimeZone, Utc};

use crate::look::look;

/// `10:15`, or `+1 10:15` for the day after.
pub fn at(clock: &str) -> Time {
    let (days, clock) = match clock.strip_prefix('+') {
        Some(later) => {
            let (days, clock) = later.split_once(' ').unwrap();
            (days.parse().unwrap(), clock)
        }
        None => (0, clock),
    };
    let (hour, minute) = clock.split_once(':').unwrap();
    Utc.with_ymd_and_hms(
        2026,
        11,
        20,
        hour.parse().unwrap(),
        minute.parse().unwrap(),
        0,
    )
    .unwrap()
        + Duration::days(days)
}

pub fn user(name: &str) -> UserId {
    UserId::new(name)
}

pub fn incidents_channel() -> ChannelId {
    ChannelId::new("CINCIDENTS")
}

/// Somebody above the owner, and places for both audiences.
pub fn rules() -> Rules {
    let mut rules = Rules::default();
    rules.severities[0].escalate_to = vec![
        OwnerRef::User(user("UBOSS")),
        OwnerRef::Group(GroupId::new("SOPS")),
    ];
    rules.severities[0].stakeholders = vec!["CEXEC".into(), "board@example.org".into()];
    rules.customers.channel = Some(ChannelId::new("CCUSTOMERS"));
    rules.customers.approvals = 2;
    rules
}

pub struct Evening {
    pub rules: Rules,
    pub language: Language,
    pub incident: Incident,
    /// Every message so far.
    pub messages: Vec<Message>,
    pub transcript: String,
}

impl Evening {
    /// Alice declares at 10:00, Slack opens a channel at once.
    pub fn declared(language: Language, rules: Rules, declaration: Declaration) -> Self {
        let by = Actor::Person(user("UALICE"));
        let given = Given {
            rules: &rules,
            directory: &Directory::default(),
            by: &by,
            now: at("10:00"),
        };
        let entries = entries(declare(&declaration, given).unwrap(), &by, at("10:00"));
        let id = IncidentId {
            year: 2026,
            number: 7,
        };
        let incident = Incident::declared(id, &entries[0]).unwrap();
        let mut evening = Self {
            rules,
            language,
            incident,
            messages: vec![],
            transcript: String::new(),
        };
        evening.heading("10:00", "UALICE", "declares");
        evening.show(None, &entries, at("10:00"));
        if evening.rules.channel_per_incident {
            evening.quietly(
                "10:00",
                Command::Delivered {
                    effect: Box::new(Effect::CreateChannel),
                    receipt: Receipt::Channel(ChannelId::new("CINC7")),
                },
            );
        }
        evening
    }

    pub fn ctx(&self, now: Time) -> CtxOwner<'_> {
        CtxOwner {
            evening: self,
            channel: incidents_channel(),
            now,
        }
    }

    /// A person's or the clock's order; the title of the snapshot's next paragraph is `what`.
    pub fn does(&mut self, clock: &str, who: &str, what: &str, command: Command) {
        self.heading(clock, who, what);
        self.carries_out(clock, who, command);
    }

    /// The clock looks.
    pub fn wakes(&mut self, clock: &str) {
        self.does(clock, "clock", "wakes", Command::Wake);
    }

    /// Slack's answers, which nobody sees unless they lead to words.
    pub fn quietly(&mut self, clock: &str, command: Command) {
        self.carries_out(clock, "clock", command);
    }

    fn carries_out(&mut self, clock: &str, who: &str, command: Command) {
        let by = match who {
            "clock" => Actor::Balefire,
            person => Actor::Person(user(person)),
        };
        let now = at(clock);
        let given = Given {
            rules: &self.rules,
            directory: &Directory::default(),
            by: &by,
            now,
        };
        let events = match decide(&self.incident, &command, given) {
            Ok(events) => events,
            Err(refusal) => panic!("{who} at {clock}: {refusal:?}"),
        };
        let entries = entries(events, &by, now);
        let before = self.incident.clone();
        self.incident = entries
            .iter()
            .fold(before.clone(), |incident, entry| incident.after(entry));
        self.show(Some(&before), &entries, now);
    }

    fn show(&mut self, before: Option<&Incident>, entries: &[Entry], now: Time) {
        for effect in announce(before, &self.incident, entries) {
            if let Some((place, message)) = self.render(&effect, now) {
                self.write(&place, message);
            }
        }
    }

    /// What the effect makes Slack show; nothing for cards, which are asked for by hand.
    fn render(&self, effect: &Effect, now: Time) -> Option<(String, Message)> {
        let owned = self.ctx(now);
        let ctx = owned.ctx();
        let incident = &self.incident;
        Some(match effect {
            Effect::Tell { to, entry } => {
                let place = match to {
                    Reader::Home => "home".to_owned(),
                    Reader::Person(user) => format!("to {user}"),
                };
                (place, render::told(entry, incident, to, &ctx))
            }
            Effect::PostDraft { number } | Effect::RefreshDraft { number } => {
                let draft = incident.draft(*number)?;
                (
                    format!("draft {number}"),
                    render::draft(draft, incident, &ctx),
                )
            }
            Effect::RefreshNag { nag: sent } => (
                format!("nag {}", sent.number),
                render::nag_answered(sent, incident, &ctx),
            ),
            Effect::Publish { channel, text, .. } => {
                (format!("in {channel}"), render::published(text))
            }
            _ => return None,
        })
    }

    /// Shows any message in the transcript.
    pub fn write(&mut self, place: &str, message: Message) {
        let looks = look(&message);
        writeln!(self.transcript, "[{place}]").unwrap();
        for line in looks.lines() {
            writeln!(self.transcript, "    {line}").unwrap();
        }
        self.messages.push(message);
    }

    pub fn card(&mut self, clock: &str, place: CardPlace) {
        let owned = self.ctx(at(clock));
        let card = render::card(&self.incident, place, &owned.ctx());
        let topic = render::topic(&self.incident, &owned.ctx());
        drop(owned);
        self.heading(clock, "card", &format!("{place:?}"));
        self.write(&format!("topic: {topic}"), card);
    }

    fn heading(&mut self, clock: &str, who: &str, what: &str) {
        writeln!(self.transcript, "\n== {clock} {who} {what}").unwrap();
    }
}

/// What a [`Ctx`] borrows.
pub struct CtxOwner<'a> {
    evening: &'a Evening,
    channel: ChannelId,
    now: Time,
}

impl CtxOwner<'_> {
    pub fn ctx(&self) -> Ctx<'_> {
        Ctx {
            language: self.evening.language,
            rules: &self.evening.rules,
            now: self.now,
            incidents_channel: &self.channel,
        }
    }
}

pub fn entries(events: Vec<Event>, by: &Actor, at: Time) -> Vec<Entry> {
    let entry = |event| Entry {
        at,
        by: by.clone(),
        event,
    };
    events.into_iter().map(entry).collect()
}
