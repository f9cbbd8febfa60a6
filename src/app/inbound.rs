//! From what Slack delivers to what the bot does about it.

use std::sync::Arc;

use crate::app::{App, clicks, commands, events};
use crate::slack::inbound::{Answer, Inbound};
use crate::slack::render::reply;

/// Answers one delivery. Whatever goes wrong inside, the person reads an honest sentence: above all, that nothing
/// was recorded when nothing was. Slack delivers events again that could not be recorded: at once, after one minute
/// and after five.
pub async fn receive(app: &Arc<App>, inbound: Inbound) -> Answer {
    let kind = inbound.kind();
    let language = inbound
        .user()
        .map_or(app.rules().language, |user| app.people.language(user));
    let sorry = match &inbound {
        // The form stays open, and what was written in it.
        Inbound::Submission(submission) => reply::form_not_recorded(submission, language),
        inbound => inbound.apology().say(reply::not_recorded(language)),
    };
    let result = match inbound {
        Inbound::Command(command) => commands::typed(app, command).await,
        Inbound::Click(click) => clicks::clicked(app, click).await,
        Inbound::Submission(submission) => clicks::submitted(app, submission).await,
        Inbound::Event(envelope) => events::heard(app, &envelope).await,
        // Answered at the door, or with nothing to do.
        Inbound::SslCheck
        | Inbound::UrlVerification { .. }
        | Inbound::ViewClosed(_)
        | Inbound::Unknown { .. } => Ok(Answer::Empty),
    };
    result.unwrap_or_else(|error| {
        tracing::error!(
            kind,
            error = format!("{error:#}"),
            "a delivery could not be carried out"
        );
        sorry
    })
}
