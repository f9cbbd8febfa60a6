//! What Slack's answers mean for an incident, and what follows from them.

use super::*;

#[test]
fn slack_answers_once() {
    let open = Evening::declared("P0");
    let made = |channel: &str| Command::Delivered {
        effect: Box::new(Effect::CreateChannel),
        receipt: Receipt::Channel(ChannelId::new(channel)),
    };
    let card = Command::Delivered {
        effect: Box::new(Effect::PostCard),
        receipt: Receipt::Message(MessageRef {
            channel: ChannelId::new("C1"),
            ts: MessageTs::new("1.1"),
        }),
    };
    let refused = |effect: Effect, code: &str| Command::Undelivered {
        effect: Box::new(effect),
        code: code.into(),
        channel: None,
        unread: None,
    };
    open.check("-", card, "10:01", "card_posted");
    open.check(
        "-",
        refused(Effect::CreateChannel, "restricted_action"),
        "10:01",
        "channel_refused",
    );
    let lost_home = |channel: &str| Command::LoseHome {
        channel: ChannelId::new(channel),
        why: HomeLoss::Archived,
    };
    let homely = open.then("-", made("C2"), "10:01");
    homely.check("-", made("C3"), "10:01", "");
    homely.check(
        "-",
        refused(Effect::CreateChannel, "name_taken"),
        "10:01",
        "",
    );
    homely.check("-", lost_home("C3"), "10:02", "");
    homely.check("-", lost_home("C2"), "10:02", "home_lost");
    let refresh = || Effect::RefreshCard {
        at: CardPlace::Incidents,
    };
    let scope = |effect| refused(effect, "missing_scope");
    let stale = homely.clone().then("-", scope(Effect::SetTopic), "10:02");
    for (evening, effect, code, becomes) in [
        (&homely, Effect::SetTopic, "missing_scope", "undelivered"),
        (&homely, Effect::PinHomeCard, "missing_scope", "undelivered"),
        // Of each thing, each reason once.
        (&stale, Effect::SetTopic, "missing_scope", ""),
        (&stale, Effect::PinHomeCard, "missing_scope", "undelivered"),
        (&stale, refresh(), "missing_scope", "undelivered"),
        (&stale, refresh(), "edit_window_closed", "undelivered"),
        // The next message will not be taken either, and says so.
        (&homely, Effect::SetTopic, "not_in_channel", ""),
        (&homely, refresh(), "not_in_channel", "undelivered"),
        // Somebody has deleted it.
        (
            &homely,
            Effect::RefreshDraft { number: 1 },
            "message_not_found",
            "",
        ),
    ] {
        evening.check("-", refused(effect, code), "10:02", becomes);
    }
    homely.check(
        "-",
        refused(refresh(), "message_not_found"),
        "10:02",
        "card_lost",
    );
    // A card that could not be posted at first is posted by a later change. Until that succeeds, enough was said.
    let cardless =
        Evening::declared("P0").then("-", refused(Effect::PostCard, "not_in_channel"), "10:02");
    cardless.check(
        "-",
        refused(Effect::PostCard, "not_in_channel"),
        "10:02",
        "",
    );
    cardless.check(
        "-",
        refused(Effect::PostCard, "missing_scope"),
        "10:02",
        "undelivered",
    );
    // There may be as many cards as nobody knows of.
    let unknown = || refused(Effect::PostCard, "unknown_outcome");
    let maybe_carded = Evening::declared("P0").then("-", unknown(), "10:02");
    maybe_carded.check("-", unknown(), "10:03", "undelivered");
    let posted = || Command::Delivered {
        effect: Box::new(Effect::PostCard),
        receipt: Receipt::Message(MessageRef {
            channel: ChannelId::new("C1"),
            ts: MessageTs::new("1.2"),
        }),
    };
    cardless.check("-", posted(), "10:02", "card_posted");
    // The copy at home likewise, and each of a draft is told as one.
    let posted_in = |channel: &str| Command::Delivered {
        effect: Box::new(Effect::PostHomeCard),
        receipt: Receipt::Message(MessageRef {
            channel: ChannelId::new(channel),
            ts: MessageTs::new("1.3"),
        }),
    };
    let home_posted = || posted_in("C2");
    let refused_at_home = || refused(Effect::PostHomeCard, "missing_scope");
    let opened = Evening::declared("P0").then("-", made("C2"), "10:01");
    opened.check("-", refused_at_home(), "10:02", "undelivered");
    let bare = opened.then("-", refused_at_home(), "10:02");
    bare.check("-", refused_at_home(), "10:02", "");
    let acknowledged = bare.effects("UBOB", Command::Acknowledge, "10:03");
    assert!(acknowledged.contains(&Effect::PostHomeCard));
    let [pinned, refreshed] = [
        Effect::PinHomeCard,
        Effect::RefreshCard {
            at: CardPlace::Home,
        },
    ];
    assert_eq!(
        bare.effects("-", home_posted(), "10:03"),
        [pinned, refreshed]
    );
    let furnished = bare.clone().then("-", home_posted(), "10:03");
    furnished.check("-", home_posted(), "10:04", "");
    // It stands where nobody works on the incident any more.
    bare.check("-", posted_in("C9"), "10:03", "");
    let moved = bare.then("-", lost_home("C2"), "10:03");
    moved.check("-", home_posted(), "10:04", "");
    // It was drawn before what happened while it was on its way; that, too, only asked for a card.
    assert_eq!(cardless.effects("-", posted(), "10:02"), [refresh()]);
    let carded = Evening::declared("P0").then("-", posted(), "10:02");
    carded.check(
        "-",
        refused(refresh(), "not_in_channel"),
        "10:03",
        "undelivered",
    );
    // What could not be complained of at the incident is told to a person; nobody is told that that did not arrive either,
    // or two closed doors would complain of each other for ever.
    for (to, expected) in [
        (Reader::Home, "undelivered"),
        (Reader::Person(UserId::new("UBOB")), ""),
    ] {
        let complaint = Effect::Tell {
            to,
            entry: Box::new(Entry {
                at: at("10:02"),
                by: Actor::Balefire,
                event: Event::Undelivered {
                    what: Undelivered::Message { draft: None },
                    code: "missing_scope".into(),
                    unsaid: None,
                    summed_up: vec![],
                    channel: None,
                    unread: None,
                },
            }),
        };
        homely.check("-", refused(complaint, "missing_scope"), "10:02", expected);
    }
    // Nobody is asked to do again what nobody needs any more.
    let nagged = Evening::declared("P0").until("10:16");
    let nag = nagged.timeline.iter().find_map(|entry| match entry.event {
        Event::Nagged { .. } => Some(Box::new(entry.clone())),
        _ => None,
    });
    let unasked = || {
        let entry = nag.clone().unwrap();
        let to = Reader::Home;
        refused(Effect::Tell { to, entry }, "is_archived")
    };
    let undrafted = || refused(Effect::PostDraft { number: 1 }, "is_archived");
    let [no_nag] = &nagged.effects("-", unasked(), "10:16")[..] else {
        panic!("one complaint for a reminder");
    };
    let [no_draft] = &nagged.effects("-", undrafted(), "10:16")[..] else {
        panic!("one complaint for a draft");
    };
    let resolved = nagged
        .clone()
        .then("UBOB", Command::Resolve { summary: None }, "10:17");
    let answered = nagged.clone().until("10:45");
    // Nor while the complaint itself waits on its way.
    for (complaint, evening, expected) in [
        (no_nag, &nagged, None),
        (no_nag, &answered, Some(Moot::Answered)),
        (no_nag, &resolved, Some(Moot::Finished)),
        (no_draft, &nagged, None),
        (no_draft, &answered, Some(Moot::Replaced)),
        (no_draft, &resolved, Some(Moot::Replaced)),
    ] {
        let found = moot(complaint, &evening.incident);
        assert_eq!(found, expected, "{complaint:?}");
    }
    assert_eq!(answered.effects("-", unasked(), "10:45"), []);
    assert_eq!(answered.effects("-", undrafted(), "10:45"), []);
    let lost = homely.then("-", lost_home("C2"), "10:03");
    assert_eq!(lost.incident.home, Home::Thread);
    lost.check("-", lost_home("C2"), "10:04", "");
}

#[test]
fn that_nobody_hears_is_told_once_an_hour() {
    let silence = || Command::Silence {
        code: "account_inactive".into(),
    };
    let told = Evening::declared("P0").then("-", silence(), "10:02");
    assert_eq!(told.incident.silenced_at, Some(at("10:02")));
    assert_eq!(told.effects("-", silence(), "11:30"), []);
    for (clock, expected) in [
        ("10:03", ""),
        ("11:01", ""),
        ("11:02", "silenced"),
        // A clock that was set back.
        ("09:00", ""),
    ] {
        told.check("-", silence(), clock, expected);
    }
    // What is over still has something to say.
    let over = told.then("UBOB", Command::Resolve { summary: None }, "10:20");
    over.check("-", silence(), "11:20", "silenced");
}
