//! Drafts: no word goes out that was not approved as it stands.

use super::*;

#[test]
fn drafts_go_out_only_approved_as_they_stand() {
    let mut strict = rules();
    strict.customers.approvals = 2;
    strict.customers.channel = Some(ChannelId::new("C0CUSTOMERS"));
    strict.severities[0].stakeholders = vec!["C0EXEC".into(), "boss@example.com".into()];
    let write = |audience| Command::WriteDraft { audience };
    let approve = |number| Command::ApproveDraft {
        number,
        revision: None,
    };
    let edit = |number, revision, text: &str| Command::EditDraft {
        number,
        revision,
        text: text.into(),
    };
    let publish = |number| Command::PublishDraft { number };

    let evening = Evening::with(strict, "P0").then("UALICE", write(Audience::Customers), "10:05");
    evening.check("UALICE", publish(1), "10:06", "refused: DraftNotApproved");
    evening.check("UALICE", approve(9), "10:06", "refused: UnknownDraft");
    let once = evening.then("UALICE", approve(1), "10:06");
    once.check(
        "UALICE",
        approve(1),
        "10:07",
        "refused: DraftAlreadyApprovedByYou",
    );
    once.check("UALICE", publish(1), "10:07", "refused: DraftNotApproved");
    let twice = once.then("UBOB", approve(1), "10:07");
    twice.check(
        "UCHEN",
        approve(1),
        "10:08",
        "refused: DraftAlreadyApproved",
    );
    twice.check("UCHEN", publish(1), "10:08", "published 1 to [C0CUSTOMERS]");
    // Any edit takes the approvals back; a form opened on an older text does not overwrite a newer one.
    let words = "What happened: card payments failed. Impact: some payments were declined.";
    let edited = twice.then("UBOB", edit(1, 1, words), "10:09");
    edited.check("UCHEN", publish(1), "10:10", "refused: DraftNotApproved");
    edited.check(
        "UCHEN",
        edit(1, 1, "older"),
        "10:10",
        "refused: DraftChangedMeanwhile",
    );
    edited.check(
        "UCHEN",
        Command::ApproveDraft {
            number: 1,
            revision: Some(1),
        },
        "10:10",
        "refused: DraftChangedMeanwhile",
    );
    let out = edited
        .then("UBOB", approve(1), "10:11")
        .then("UALICE", approve(1), "10:11")
        .then("UALICE", publish(1), "10:12");
    out.check("UBOB", publish(1), "10:13", "refused: DraftPublished");
    out.check(
        "UBOB",
        Command::DiscardDraft { number: 1 },
        "10:13",
        "refused: DraftPublished",
    );
    // A newer draft takes the place of an open one, so that nothing is published twice.
    let newer = out.then("UBOB", write(Audience::Customers), "10:14").then(
        "UCHEN",
        write(Audience::Customers),
        "10:15",
    );
    newer.check("UBOB", approve(2), "10:16", "refused: DraftReplaced");
    let gone = newer.then("UCHEN", Command::DiscardDraft { number: 3 }, "10:16");
    gone.check("UBOB", publish(3), "10:17", "refused: DraftDiscarded");
    // Stakeholders: the author's own approval is enough; addresses are no channels.
    let inside = gone
        .then("UBOB", write(Audience::Stakeholders), "10:17")
        .then("UBOB", approve(4), "10:17");
    inside.check("UBOB", publish(4), "10:18", "published 4 to [C0EXEC]");
    // The draft that comes with a nag leaves a person's own alone.
    assert!(
        inside
            .until("10:30")
            .nags()
            .iter()
            .all(|line| !line.contains("draft"))
    );
}

/// What a person has approved is not replaced under their hands by what comes with the next nag.
#[test]
fn a_nag_leaves_an_approved_draft_alone() {
    let mut told = rules();
    told.severities[0].stakeholders = vec!["C0EXEC".into()];
    let approve = Command::ApproveDraft {
        number: 1,
        revision: None,
    };
    let publish = Command::PublishDraft { number: 1 };
    let nagged = Evening::with(told, "P0").until("10:15");
    let approved = nagged.then("UBOB", approve, "10:29").until("10:30");
    approved.check("UBOB", publish, "10:31", "published 1 to [C0EXEC]");
}

#[test]
fn the_ready_draft_follows_the_facts_until_a_person_touches_it() {
    let nagged = Evening::declared("P0")
        .then("UALICE", Command::Acknowledge, "10:01")
        .until("10:15");
    let text = |evening: &Evening| evening.incident.drafts[0].text.clone();
    assert!(!text(&nagged).contains("Rolling back"));
    nagged.check(
        "UBOB",
        post("Rolling back"),
        "10:16",
        r#"update "Rolling back" next 10:31; draft_rewritten"#,
    );
    let updated = nagged.then("UBOB", post("Rolling back"), "10:16");
    assert!(
        text(&updated).contains("Rolling back"),
        "{}",
        text(&updated)
    );
    // A note is no fact for stakeholders.
    updated.check("UBOB", Command::Note { text: "x".into() }, "10:17", "noted");
    let approve = Command::ApproveDraft {
        number: 1,
        revision: None,
    };
    let approved = updated.then("UALICE", approve, "10:18");
    approved.check(
        "UBOB",
        post("Half done"),
        "10:19",
        r#"update "Half done" next 10:34"#,
    );
}

#[test]
fn the_newest_drafts_are_remembered() {
    let mut strict = rules();
    strict.severities[0].stakeholders = vec!["C0EXEC".into()];
    let evening = || Evening::with(strict.clone(), "P0");
    let write = || Command::WriteDraft {
        audience: Audience::Stakeholders,
    };
    let shown = |number| Command::Delivered {
        effect: Box::new(Effect::PostDraft { number }),
        receipt: Receipt::Message(MessageRef {
            channel: ChannelId::new("C1"),
            ts: MessageTs::new(format!("1.{number}")),
        }),
    };
    let approve = |number| Command::ApproveDraft {
        number,
        revision: None,
    };
    let kept = |evening: &Evening| -> Vec<u32> {
        let drafts = evening.incident.drafts.iter();
        drafts.map(|draft| draft.number).collect()
    };
    let written = |shows: &dyn Fn(u32) -> bool| {
        (1..=24).fold(evening(), |evening, number| {
            let evening = evening.then("UALICE", write(), "10:05");
            match shows(number) {
                true => evening.then("-", shown(number), "10:05"),
                false => evening,
            }
        })
    };
    // Twenty that were replaced, and the open one.
    assert_eq!(kept(&written(&|_| true)), (4..=24).collect::<Vec<_>>());
    // What nobody sees goes first, but for the one that may be on its way.
    let unseen = [2, 5, 6, 7];
    let expected = (1..=24).filter(|number| ![5, 6, 7].contains(number));
    assert_eq!(
        kept(&written(&|number| !unseen.contains(&number))),
        expected.collect::<Vec<_>>()
    );
    // What was published is not counted among them.
    let published = (1..=22).fold(evening(), |evening, number| {
        evening
            .then("UALICE", write(), "10:05")
            .then("UALICE", approve(number), "10:05")
            .then("UALICE", Command::PublishDraft { number }, "10:05")
    });
    let both = (23..=30).fold(published, |evening, _| {
        evening.then("UALICE", write(), "10:06")
    });
    assert_eq!(kept(&both), (3..=30).collect::<Vec<_>>());
}
