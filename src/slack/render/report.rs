//! What is said to somebody who seems to report an incident in the incidents channel.

use super::block::{Button, Letter, Message, named};
use super::button::{self, ButtonValue};
use super::{Ctx, actor, severity_emoji, severity_whole, when};
use crate::domain::incident::{MessageRef, Stamp};
use crate::ids::{ChannelId, IncidentId, SeverityId, UserId};
use crate::say;
use crate::slack::mrkdwn;

/// Offers to declare what `author` wrote in `report`, under a guessed title and severity.
pub fn report_offer(
    report: &MessageRef,
    author: &UserId,
    title: &str,
    severity: &SeverityId,
    ctx: &Ctx,
) -> Message {
    let language = ctx.language;
    let value = ButtonValue::Report {
        channel: report.channel.clone(),
        ts: report.ts.clone(),
    }
    .to_json();
    let declare = say!(language, "button-report-declare");
    let dismiss = say!(language, "button-report-dismiss");
    Letter::new()
        .section(&say!(language, "report-offer", who = mrkdwn::user(author)))
        .section(&format!(
            "> {} {}\n> *{}*",
            severity_emoji(severity, ctx.rules),
            severity_whole(severity, ctx.rules, language),
            named(&mrkdwn::fit(title, 200))
        ))
        .context(&say!(language, "report-hint"))
        .actions(vec![
            Button::new(button::REPORT_DECLARE, &declare, value.clone())
                .primary(true)
                .element(),
            Button::new(button::REPORT_DISMISS, &dismiss, value).element(),
        ])
        .finish()
}

/// The offer after it was taken. `channel` is the incident's own, once there is one.
pub fn report_declared(
    stamp: &Stamp,
    incident: IncidentId,
    channel: Option<&ChannelId>,
    ctx: &Ctx,
) -> Message {
    let language = ctx.language;
    let declared = say!(
        language,
        "report-declared",
        who = actor(&stamp.by, language),
        id = incident.to_string(),
        time = when(stamp.at, language)
    );
    let text = match channel {
        Some(channel) => format!("{declared} → {}", mrkdwn::channel(channel)),
        None => declared,
    };
    Letter::new().section(&text).finish()
}

/// The offer after it was turned down.
pub fn report_dismissed(stamp: &Stamp, ctx: &Ctx) -> Message {
    let text = say!(
        ctx.language,
        "report-dismissed",
        who = actor(&stamp.by, ctx.language),
        time = when(stamp.at, ctx.language)
    );
    Letter::new().section(&text).finish()
}
