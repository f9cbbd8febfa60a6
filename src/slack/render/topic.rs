//! The topic of an incident's channel: one line that says how it stands.

use super::block::named;
use super::{Ctx, sign, status_word};
use crate::domain::incident::Incident;
use crate::say;
use crate::slack::mrkdwn;

/// Slack's limit, in characters: <https://docs.slack.dev/reference/methods/conversations.setTopic>
const TOPIC_CHARS_MAX: usize = 250;

/// The topic, at most 250 characters. What gives way is the title's end.
pub fn topic(incident: &Incident, ctx: &Ctx) -> String {
    let owner = match incident.owner() {
        Some(owner) => mrkdwn::user(owner),
        None => say!(ctx.language, "topic-no-owner"),
    };
    let severity = named(&mrkdwn::fit(incident.severity.as_str(), 20));
    let before = format!(
        "{} {severity} · {} · {owner}",
        sign(incident, ctx),
        status_word(incident.status.name(), ctx.language),
    );
    let length = |text: &str| text.encode_utf16().count();
    let room = TOPIC_CHARS_MAX.saturating_sub(length(&format!("{before} ·  · {}", incident.id)));
    // Escaping makes a title longer by what nobody can foresee, so that shorter ones are tried until one fits.
    let title = (0..=room)
        .rev()
        .map(|chars| named(&mrkdwn::fit(&incident.title, chars)))
        .find(|title| length(title) <= room)
        .unwrap_or_default();
    format!("{before} · {title} · {}", incident.id)
}
