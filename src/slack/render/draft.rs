//! Drafts on their way to an audience: the words as they will look, what is wrong with them, who has approved them.

use slack_morphism::prelude::SlackActionBlockElement;

use super::block::{Button, Letter, Message, named, written};
use super::button::{self, ButtonValue};
use super::{Ctx, actor, audience_word, followed, joined, when};
use crate::domain::decide::{Given, draft_facts, severity_of};
use crate::domain::draft::{Audience, Draft, DraftState};
use crate::domain::draft_template::{self, Field, LintFinding};
use crate::domain::incident::{Actor, Incident};
use crate::domain::rules::{Directory, Language};
use crate::ids::ChannelId;
use crate::say;
use crate::slack::mrkdwn;

/// Longest text of a draft that is shown; only one made of entities reaches it. All blocks of a message together may
/// hold about 13,200 characters.
const DRAFT_CHARS_MAX: usize = 9_000;
/// The same for a publication, which has nothing beside it.
const PUBLICATION_CHARS_MAX: usize = 11_500;
/// How many findings are listed; the rest is counted.
const FINDINGS_SHOWN: usize = 10;

/// A draft with its buttons, or with what became of it.
pub fn draft(draft: &Draft, incident: &Incident, ctx: &Ctx) -> Message {
    let letter = Letter::new()
        .section(&title(draft, ctx))
        .context(&destination(draft, incident, ctx))
        .divider()
        .sections(&written(&draft.text, DRAFT_CHARS_MAX))
        .divider();
    if !draft.is_open() {
        return letter.context(&fate(draft, ctx)).finish();
    }
    letter
        .section(&findings(draft, incident, ctx))
        .context(&approvals(draft, ctx))
        .actions(buttons(draft, incident, ctx))
        .finish()
}

/// The approved words before their audience: exactly those, and nothing else.
pub fn published(text: &str) -> Message {
    Letter::new()
        .sections(&written(text, PUBLICATION_CHARS_MAX))
        .finish()
}

fn title(draft: &Draft, ctx: &Ctx) -> String {
    match draft.audience {
        Audience::Stakeholders => say!(
            ctx.language,
            "draft-title-stakeholders",
            number = draft.number
        ),
        Audience::Customers => say!(ctx.language, "draft-title-customers", number = draft.number),
    }
}

fn channels(audience: Audience, incident: &Incident, ctx: &Ctx) -> Vec<ChannelId> {
    match audience {
        Audience::Stakeholders => severity_of(incident, ctx.rules).stakeholder_channels(),
        Audience::Customers => ctx.rules.customers.channel.iter().cloned().collect(),
    }
}

fn mentions(channels: &[ChannelId]) -> String {
    let channels: Vec<String> = channels.iter().map(mrkdwn::channel).collect();
    channels.join(" ")
}

/// Where the text goes, and where a person must carry it.
fn destination(draft: &Draft, incident: &Incident, ctx: &Ctx) -> String {
    let language = ctx.language;
    let channels = channels(draft.audience, incident, ctx);
    let posted = match (&draft.state, channels.as_slice()) {
        (DraftState::Discarded(_) | DraftState::Replaced(_), _) => return String::new(),
        // Where it went is said beside it; it may not be where the next one goes.
        (DraftState::Published(_), [_, ..]) => String::new(),
        (_, []) => say!(language, "draft-goes-nowhere"),
        (DraftState::Open, channels) => {
            say!(language, "draft-goes-to", channels = mentions(channels))
        }
    };
    let mail: Vec<String> = match draft.audience {
        Audience::Stakeholders => severity_of(incident, ctx.rules)
            .stakeholders
            .iter()
            .filter(|place| place.contains('@'))
            .map(|address| named(address))
            .collect(),
        Audience::Customers => vec![],
    };
    if mail.is_empty() {
        return posted;
    }
    let by_hand = say!(language, "draft-mail", addresses = joined(&mail, language));
    match posted.is_empty() {
        true => by_hand,
        false => followed(&posted, &by_hand, language),
    }
}

fn findings(draft: &Draft, incident: &Incident, ctx: &Ctx) -> String {
    let facts = draft_facts(
        incident,
        draft.audience,
        Given {
            rules: ctx.rules,
            directory: &Directory::default(),
            by: &Actor::Balefire,
            now: ctx.now,
        },
    );
    let (blocking, advice): (Vec<_>, Vec<_>) =
        draft_template::lint(&draft.text, draft.audience, &facts)
            .into_iter()
            .partition(LintFinding::blocks);
    let mut lines = vec![];
    let mut list = |heading: String, findings: &[LintFinding]| {
        if findings.is_empty() {
            return;
        }
        lines.push(heading);
        for found in findings.iter().take(FINDINGS_SHOWN) {
            lines.push(format!("• {}", finding(found, ctx.language)));
        }
        if let Some(more @ 1..) = findings.len().checked_sub(FINDINGS_SHOWN) {
            lines.push(say!(ctx.language, "draft-findings-more", count = more));
        }
    };
    list(say!(ctx.language, "draft-findings-blocking"), &blocking);
    list(say!(ctx.language, "draft-findings-advice"), &advice);
    lines.join("\n")
}

/// One thing that is wrong with a draft, as a sentence.
pub fn finding(finding: &LintFinding, language: Language) -> String {
    let shown = |text: &str| named(&mrkdwn::fit(text, 80));
    match finding {
        LintFinding::Empty => say!(language, "lint-empty"),
        LintFinding::TooLong { chars } => say!(
            language,
            "lint-too-long",
            chars = *chars,
            most = draft_template::CHARS_MAX
        ),
        LintFinding::MentionsPerson(text) => say!(language, "lint-person", text = shown(text)),
        LintFinding::MentionsChannel(text) => say!(language, "lint-channel", text = shown(text)),
        LintFinding::MentionsBroadcast(text) => {
            say!(language, "lint-broadcast", text = written(text, 80))
        }
        LintFinding::InternalName(text) => say!(language, "lint-internal", text = shown(text)),
        LintFinding::MissingField(field) => match field {
            Field::What => say!(language, "lint-missing-what"),
            Field::Impact => say!(language, "lint-missing-impact"),
            Field::State => say!(language, "lint-missing-state"),
            Field::Recovery => say!(language, "lint-missing-recovery"),
            Field::Scope => say!(language, "lint-missing-scope"),
        },
    }
}

/// Who wrote it, who has approved it, and who still must.
fn approvals(draft: &Draft, ctx: &Ctx) -> String {
    let language = ctx.language;
    let author = match &draft.author {
        Actor::Balefire => say!(
            language,
            "draft-by-balefire",
            time = when(draft.written.at, language)
        ),
        Actor::Person(user) => say!(
            language,
            "draft-by",
            who = mrkdwn::user(user),
            time = when(draft.written.at, language)
        ),
    };
    let mut said = vec![author];
    said.extend(draft.approvals.iter().map(|approval| {
        say!(
            language,
            "draft-approved-by",
            who = mrkdwn::user(&approval.by),
            time = when(approval.at, language)
        )
    }));
    let needed = draft.approvals_needed(ctx.rules);
    let missing = needed.saturating_sub(draft.approvals.len());
    said.push(match missing {
        0 => say!(language, "draft-ready"),
        1 if needed > 1 && !draft.approvals.is_empty() => {
            say!(language, "draft-needs-another")
        }
        missing => say!(language, "draft-needs", count = missing),
    });
    said.join(" · ")
}

fn fate(draft: &Draft, ctx: &Ctx) -> String {
    let language = ctx.language;
    match &draft.state {
        DraftState::Open => String::new(),
        DraftState::Published(stamp) => say!(
            language,
            "draft-published",
            who = actor(&stamp.by, language),
            time = when(stamp.at, language)
        ),
        DraftState::Discarded(stamp) => say!(
            language,
            "draft-discarded",
            who = actor(&stamp.by, language),
            time = when(stamp.at, language)
        ),
        DraftState::Replaced(stamp) => {
            say!(language, "draft-replaced", time = when(stamp.at, language))
        }
    }
}

fn buttons(draft: &Draft, incident: &Incident, ctx: &Ctx) -> Vec<SlackActionBlockElement> {
    let language = ctx.language;
    let value = ButtonValue::Draft {
        incident: incident.id,
        number: draft.number,
        revision: draft.revision,
    }
    .to_json();
    let button = |action, label: String| Button::new(action, &label, value.clone());
    let ready = draft.is_approved(ctx.rules);
    let no = say!(language, "confirm-no");

    let publish_label = say!(language, "button-publish");
    let mut publish = button(button::DRAFT_PUBLISH, publish_label.clone()).primary(ready);
    if draft.audience == Audience::Customers {
        let channels = channels(draft.audience, incident, ctx);
        let question = match channels.as_slice() {
            [] => say!(language, "confirm-publish-nowhere"),
            channels => say!(language, "confirm-publish", channels = mentions(channels)),
        };
        let title = say!(language, "confirm-publish-title");
        publish = publish.confirm(&title, &question, &publish_label, &no);
    }

    let discard_label = say!(language, "button-discard");
    let discard = button(button::DRAFT_DISCARD, discard_label.clone()).confirm(
        &say!(
            language,
            "confirm-discard-title",
            audience = audience_word(draft.audience, language)
        ),
        &say!(language, "confirm-discard"),
        &discard_label,
        &no,
    );
    vec![
        button(button::DRAFT_EDIT, say!(language, "button-edit")).element(),
        button(button::DRAFT_APPROVE, say!(language, "button-approve"))
            .primary(!ready)
            .element(),
        publish.element(),
        discard.element(),
    ]
}
