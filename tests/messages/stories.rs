//! Evenings as people read them.

use balefire::domain::command::{Command, Declaration};
use balefire::domain::draft::Audience;
use balefire::domain::effect::{CardPlace, Effect, Reader};
use balefire::domain::event::{
    Entry, Event, HomeLoss, Refreshed, TOO_MUCH_TO_READ, UNKNOWN_OUTCOME, Undelivered,
};
use balefire::domain::incident::{
    Actor, MessageRef, NagAnswer, NagAnswered, Role, SentNag, Stamp, StatusName,
};
use balefire::domain::report::{guess_severity, guess_title};
use balefire::domain::rules::{Language, Rules};
use balefire::ids::{ChannelId, MessageTs};
use balefire::slack::render;
use chrono::{Duration, NaiveDate};

use crate::evening::{Evening, at, rules, user};

fn declaration(owner: Option<&str>) -> Declaration {
    Declaration {
        title: "Checkout <!channel> is *down* & out".into(),
        severity: Some("P0".into()),
        services: vec!["checkout".into(), "payments".into()],
        impact: None,
        owner: owner.map(user),
    }
}

fn both(name: &str, play: impl Fn(Language) -> String) {
    for language in Language::ALL {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("{name}.{}", language.code()), play(language));
        });
    }
}

fn update(text: &str, next_minutes: Option<i64>) -> Command {
    Command::PostUpdate {
        text: text.into(),
        next: next_minutes.map(Duration::minutes),
    }
}

fn status(to: StatusName, text: Option<&str>) -> Command {
    Command::ChangeStatus {
        to,
        text: text.map(str::to_owned),
    }
}

#[test]
fn an_evening_that_goes_well() {
    both("evening", |language| {
        let mut evening = Evening::declared(language, rules(), declaration(Some("UBOB")));
        evening.card("10:00", CardPlace::Incidents);
        evening.does("10:04", "UBOB", "acknowledges", Command::Acknowledge);
        evening.does(
            "10:05",
            "UBOB",
            "updates",
            update("We see *errors* from <db-2>\nand @here is quiet", None),
        );
        evening.does(
            "10:06",
            "UALICE",
            "sets the impact",
            Command::SetImpact {
                text: "Nobody can pay & everybody notices".into(),
            },
        );
        evening.does(
            "10:07",
            "UALICE",
            "sets the ETA",
            Command::SetEta {
                text: "within the hour".into(),
            },
        );
        evening.does(
            "10:08",
            "UBOB",
            "names the cause",
            status(StatusName::Identified, Some("A bad deploy. Rolling back.")),
        );
        evening.card("10:09", CardPlace::Home);
        evening.does("10:10", "UBOB", "promises", update("Half way", Some(30)));
        evening.card("10:11", CardPlace::Home);
        evening.does(
            "10:12",
            "UBOB",
            "snoozes",
            Command::Snooze {
                by: Duration::minutes(50),
            },
        );
        evening.does(
            "10:13",
            "UALICE",
            "lowers the severity",
            Command::ChangeSeverity {
                to: "P1".into(),
                reason: Some("Only one region".into()),
            },
        );
        evening.does(
            "10:14",
            "UALICE",
            "hands over",
            Command::Assign {
                role: Role::Owner,
                to: user("UCAROL"),
            },
        );
        evening.does(
            "10:14",
            "UALICE",
            "gives a role",
            Command::Assign {
                role: Role::from("comms".to_owned()),
                to: user("UDAN"),
            },
        );
        evening.does(
            "10:14",
            "UDAN",
            "takes a role",
            Command::Assign {
                role: Role::from("scribe".to_owned()),
                to: user("UDAN"),
            },
        );
        evening.does(
            "10:15",
            "UDAN",
            "notes",
            Command::Note {
                text: "Graph: https://graphs.example.org/d/1".into(),
            },
        );
        evening.does(
            "10:16",
            "UCAROL",
            "decides",
            Command::RecordDecision {
                text: "No failover".into(),
            },
        );
        evening.does(
            "10:17",
            "UCAROL",
            "adds an action",
            Command::AddAction {
                text: "Alert on the error rate".into(),
                assignee: Some(user("UDAN")),
                due: NaiveDate::from_ymd_opt(2026, 12, 1),
            },
        );
        evening.does(
            "10:18",
            "UCAROL",
            "names services",
            Command::SetServices {
                services: vec!["checkout".into()],
            },
        );
        evening.does(
            "10:20",
            "UCAROL",
            "watches",
            status(StatusName::Monitoring, None),
        );
        evening.does(
            "10:21",
            "UCAROL",
            "says nothing new",
            Command::NoChange { nag: None },
        );
        evening.card("10:22", CardPlace::Incidents);
        evening.does(
            "12:05",
            "UCAROL",
            "resolves",
            Command::Resolve {
                summary: Some("Rolled back.\nAll orders go through again.".into()),
            },
        );
        evening.card("12:06", CardPlace::Incidents);
        evening.does(
            "12:30",
            "UDAN",
            "reopens",
            Command::Reopen {
                reason: "Orders fail again".into(),
            },
        );
        evening.does(
            "12:40",
            "UDAN",
            "resolves",
            Command::Resolve { summary: None },
        );
        evening.does("+1 12:00", "UDAN", "closes", Command::Close);
        evening.card("+1 12:01", CardPlace::Incidents);
        evening.transcript
    });
}

#[test]
fn one_that_was_none_and_lives_in_a_thread() {
    both("thread", |language| {
        let mut rules = rules();
        rules.channel_per_incident = false;
        let mut declared = declaration(None);
        declared.title = "很长的标题".repeat(30);
        let mut evening = Evening::declared(language, rules, declared);
        evening.card("10:01", CardPlace::Incidents);
        evening.does(
            "10:02",
            "UBOB",
            "moves it",
            status(StatusName::Monitoring, None),
        );
        evening.does(
            "10:03",
            "UBOB",
            "takes it",
            Command::Assign {
                role: Role::Owner,
                to: user("UBOB"),
            },
        );
        evening.does(
            "10:05",
            "UBOB",
            "cancels",
            Command::Cancel {
                reason: "A drill".into(),
            },
        );
        evening.card("10:06", CardPlace::Incidents);
        evening.transcript
    });
}

#[test]
fn a_night_in_which_nobody_answers() {
    both("night", |language| {
        let mut evening = Evening::declared(language, rules(), declaration(Some("UBOB")));
        // The acknowledgement and the first nag are both due at 10:15.
        evening.wakes("10:15");
        evening.wakes("10:15");
        evening.wakes("10:20");
        evening.card("10:21", CardPlace::Home);
        evening.does("10:22", "UCAROL", "acknowledges", Command::Acknowledge);
        evening.does("10:23", "UBOB", "promises", update("Looking", Some(22)));
        evening.wakes("10:45");
        evening.wakes("10:50");
        evening.wakes("10:55");
        evening.does(
            "10:56",
            "UBOB",
            "snoozes",
            Command::Snooze {
                by: Duration::minutes(20),
            },
        );
        evening.wakes("11:16");
        // Two hours of downtime.
        evening.wakes("13:31");
        evening.does("13:33", "UBOB", "answers", Command::NoChange { nag: None });
        evening.wakes("13:48");
        evening.does("13:50", "UBOB", "answers", update("It recovers", None));
        evening.wakes("14:05");
        evening.does(
            "14:06",
            "UBOB",
            "resolves",
            Command::Resolve { summary: None },
        );
        evening.transcript
    });
}

#[test]
fn nobody_owns_it() {
    both("unowned", |language| {
        let mut evening = Evening::declared(language, rules(), declaration(None));
        evening.incident.roles.clear();
        evening.card("10:01", CardPlace::Home);
        evening.wakes("10:15");
        evening.wakes("10:20");
        evening.incident.acknowledged = Some(Stamp {
            by: Actor::Balefire,
            at: at("10:21"),
        });
        evening.wakes("10:30");
        evening.wakes("10:35");
        evening.transcript
    });
}

#[test]
fn words_on_their_way_to_an_audience() {
    both("drafts", |language| {
        let mut rules = rules();
        rules.language = language;
        let mut evening = Evening::declared(language, rules, declaration(Some("UBOB")));
        evening.does("10:01", "UBOB", "acknowledges", Command::Acknowledge);
        let write = |audience| Command::WriteDraft { audience };
        evening.does("10:02", "UBOB", "drafts", write(Audience::Customers));
        evening.does(
            "10:03",
            "UBOB",
            "edits",
            Command::EditDraft {
                number: 1,
                revision: 1,
                text: "P0: <@UALICE> and @channel are on it in #inc".into(),
            },
        );
        evening.does(
            "10:04",
            "UBOB",
            "edits",
            Command::EditDraft {
                number: 1,
                revision: 2,
                text: "*Impact:* You cannot pay.\n5 < 6 & we are sorry.".into(),
            },
        );
        let approve = Command::ApproveDraft {
            number: 1,
            revision: Some(3),
        };
        evening.does("10:05", "UBOB", "approves", approve.clone());
        evening.does("10:06", "UALICE", "approves", approve);
        evening.does(
            "10:07",
            "UALICE",
            "publishes",
            Command::PublishDraft { number: 1 },
        );
        evening.does("10:08", "UBOB", "drafts", write(Audience::Stakeholders));
        evening.does(
            "10:09",
            "UBOB",
            "drafts anew",
            write(Audience::Stakeholders),
        );
        evening.does(
            "10:10",
            "UBOB",
            "discards",
            Command::DiscardDraft { number: 3 },
        );
        evening.rules = Rules {
            language,
            ..Rules::default()
        };
        evening.does("10:11", "UBOB", "drafts", write(Audience::Customers));
        let approve = Command::ApproveDraft {
            number: 4,
            revision: None,
        };
        // The title names a channel; a person mends that.
        evening.does(
            "10:12",
            "UBOB",
            "edits",
            Command::EditDraft {
                number: 4,
                revision: 1,
                text: "All is well.".into(),
            },
        );
        evening.does("10:12", "UBOB", "approves", approve);
        evening.does(
            "10:13",
            "UBOB",
            "publishes",
            Command::PublishDraft { number: 4 },
        );
        evening.does(
            "10:14",
            "UBOB",
            "resolves",
            Command::Resolve { summary: None },
        );
        evening.transcript
    });
}

#[test]
fn what_slack_refuses() {
    let home = |event| Effect::Tell {
        to: Reader::Home,
        entry: Box::new(Entry {
            at: at("10:00"),
            by: Actor::Balefire,
            event,
        }),
    };
    let codes = [
        "not_in_channel",
        "channel_not_found",
        "is_archived",
        "missing_scope",
        "restricted_action",
        "user_disabled",
        "messages_tab_disabled",
        "account_inactive",
        "msg_blocks_too_long",
        "a_new_code",
    ];
    both("refused", |language| {
        let mut evening = Evening::declared(language, rules(), declaration(Some("UBOB")));
        // Each time for another reason; events of before it was kept have none.
        let mut reasons = [Some("missing_scope"), Some(TOO_MUCH_TO_READ), None]
            .iter()
            .cycle();
        let mut refused = |effect: Effect, code: &str| Command::Undelivered {
            // Sent while the incident still spoke there.
            channel: (effect.is_for_home() && code == UNKNOWN_OUTCOME)
                .then(|| ChannelId::new("CINC7")),
            effect: Box::new(effect),
            code: code.into(),
            unread: (code == UNKNOWN_OUTCOME)
                .then(|| reasons.next().copied().flatten())
                .flatten()
                .map(str::to_owned),
        };
        for code in codes {
            let what = format!("refuses the card: {code}");
            evening.does("10:01", "clock", &what, refused(Effect::PostCard, code));
        }
        let nag = Event::Nagged {
            number: 1,
            due: at("10:15"),
            reason: balefire::domain::nag::DueReason::Cadence,
            late_by_s: 0,
            quiet_for_s: 900,
            next_nag_at: at("10:30"),
            ladder: None,
        };
        let direct = Effect::Tell {
            to: Reader::Person(user("UGONE")),
            entry: Box::new(Entry {
                at: at("10:00"),
                by: Actor::Balefire,
                event: Event::Closed,
            }),
        };
        let publication = Effect::Publish {
            number: 9,
            channel: ChannelId::new("CEXEC"),
            text: "words".into(),
        };
        let noted = |words: &str| Entry {
            at: at("10:00"),
            by: Actor::Person(user("UALICE")),
            event: Event::Noted { text: words.into() },
        };
        let summary = Effect::TellAll {
            entries: vec![noted("The acquirer sees it"), noted("So do the shops")],
        };
        // Its owner is whom it could not write to.
        let complaint = Event::Undelivered {
            what: Undelivered::DirectMessage { to: user("UBOB") },
            code: "user_disabled".into(),
            unsaid: None,
            summed_up: vec![],
            channel: None,
            unread: None,
        };
        let effects = [
            (home(nag.clone()), "not_in_channel"),
            (home(nag), UNKNOWN_OUTCOME),
            (home(Event::Closed), "restricted_action_thread_locked"),
            (direct.clone(), "user_disabled"),
            (direct, UNKNOWN_OUTCOME),
            (publication.clone(), "not_in_channel"),
            (publication, UNKNOWN_OUTCOME),
            (Effect::PostCard, UNKNOWN_OUTCOME),
            (Effect::PostDraft { number: 1 }, "missing_scope"),
            (Effect::PostDraft { number: 1 }, UNKNOWN_OUTCOME),
            (
                Effect::Invite {
                    user: user("UGUEST"),
                },
                "ura_max_channels",
            ),
            (home(Event::Acknowledged), "is_archived"),
            (home(Event::Acknowledged), "msg_too_long"),
            (summary, "is_archived"),
            (home(complaint), "not_in_channel"),
            (home(Event::Acknowledged), UNKNOWN_OUTCOME),
        ];
        let taken_out = Command::LoseHome {
            channel: ChannelId::new("CINC7"),
            why: HomeLoss::Removed,
        };
        for code in ["missing_scope", UNKNOWN_OUTCOME] {
            let what = format!("refuses the copy of the card: {code}");
            evening.does("10:02", "clock", &what, refused(Effect::PostHomeCard, code));
        }
        evening.wakes("10:15");
        evening.does("10:16", "clock", "takes the bot out", taken_out);
        for (effect, code) in effects {
            let what = format!("refuses {}: {code}", effect.kind());
            evening.does("10:16", "clock", &what, refused(effect, code));
        }
        let mut rules = rules();
        rules.channel_per_incident = false;
        let mut opening = Evening::declared(language, rules, declaration(None));
        opening.incident.home = balefire::domain::incident::Home::Opening;
        opening.card("10:00", CardPlace::Incidents);
        opening.does(
            "10:01",
            "clock",
            "refuses the channel",
            refused(Effect::CreateChannel, "restricted_action"),
        );
        let lost = Command::LoseHome {
            channel: ChannelId::new("C1"),
            why: HomeLoss::Deleted,
        };
        opening.incident.home = balefire::domain::incident::Home::Channel(ChannelId::new("C1"));
        opening.does("10:02", "clock", "deletes the channel", lost);
        evening.transcript + &opening.transcript
    });
}

#[test]
fn nags_and_how_they_were_answered() {
    both("answers", |language| {
        let mut evening = Evening::declared(language, rules(), declaration(Some("UBOB")));
        for how in [
            NagAnswered::Update,
            NagAnswered::NoChange,
            NagAnswered::Snooze,
            NagAnswered::Finished,
            NagAnswered::Again,
        ] {
            let sent = SentNag {
                number: 1,
                nagged_at: at("10:15"),
                message: None,
                answer: Some(NagAnswer {
                    how,
                    stamp: Stamp {
                        by: Actor::Person(user("UBOB")),
                        at: at("10:19"),
                    },
                }),
            };
            let owned = evening.ctx(at("10:20"));
            let message = render::nag_answered(&sent, &evening.incident, &owned.ctx());
            drop(owned);
            evening.write(&format!("{how:?}"), message);
        }
        evening.transcript
    });
}

#[test]
fn what_reporters_are_asked() {
    both("reports", |language| {
        let mut evening = Evening::declared(language, rules(), declaration(Some("UBOB")));
        evening.transcript.clear();
        let report = MessageRef {
            channel: ChannelId::new("CINCIDENTS"),
            ts: MessageTs::new("1.2"),
        };
        let stamp = Stamp {
            by: Actor::Person(user("UALICE")),
            at: at("10:02"),
        };
        let words = "Payments time out in <eu-1>. Everyone sees it!";
        let severity = guess_severity(words, &evening.rules).id.clone();
        let owned = evening.ctx(at("10:02"));
        let ctx = owned.ctx();
        let title = guess_title(words);
        let channel = ChannelId::new("CINC7");
        let id = evening.incident.id;
        let messages = [
            (
                "offer",
                render::report_offer(&report, &user("UALICE"), &title, &severity, &ctx),
            ),
            ("declared", render::report_declared(&stamp, id, None, &ctx)),
            (
                "with a channel",
                render::report_declared(&stamp, id, Some(&channel), &ctx),
            ),
            ("dismissed", render::report_dismissed(&stamp, &ctx)),
        ];
        drop(owned);
        for (name, message) in messages {
            evening.write(name, message);
        }
        evening.transcript
    });
}

/// What is announced to nobody can still be said, for whoever asks.
#[test]
fn every_event_has_words() {
    let message = MessageRef {
        channel: ChannelId::new("C1"),
        ts: MessageTs::new("1"),
    };
    let pin = |author| Event::Pinned {
        message: message.clone(),
        author,
        text: "look at <this>".into(),
        written_at: at("10:00"),
    };
    both("unannounced", |language| {
        let mut evening = Evening::declared(language, rules(), declaration(Some("UBOB")));
        evening.transcript.clear();
        for event in [
            pin(Some(user("UDAN"))),
            pin(None),
            Event::PinEdited {
                ts: MessageTs::new("1"),
                text: "look here".into(),
            },
            Event::PinRemoved {
                ts: MessageTs::new("1"),
                deleted: true,
            },
            Event::DraftApproved { number: 2 },
            Event::CardPosted {
                message: message.clone(),
            },
            Event::Undelivered {
                what: Undelivered::Refresh {
                    of: Refreshed::Card,
                },
                code: "cant_update_message".into(),
                unsaid: None,
                summed_up: vec![],
                channel: None,
                unread: None,
            },
        ] {
            let entry = Entry {
                at: at("10:30"),
                by: Actor::Person(user("UALICE")),
                event,
            };
            for to in [Reader::Home, Reader::Person(user("UBOB"))] {
                let owned = evening.ctx(at("10:31"));
                let message = render::told(&entry, &evening.incident, &to, &owned.ctx());
                drop(owned);
                evening.write(&format!("{to:?}"), message);
            }
        }
        evening.transcript
    });
}
