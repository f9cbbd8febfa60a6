//! From what Slack delivers to what the bot does about it.

use std::sync::Arc;
use std::time::Duration;

use crate::app::clicks::PartlyKept;
use crate::app::{App, clicks, commands, events};
use crate::slack::inbound::{Answer, Inbound};
use crate::slack::render::reply;
use crate::store::{self, Cut, InDoubt, Unreadable};

/// How long a delivery may wait for the database. Slack waits three seconds, and the words have a way to go.
const DATABASE_WITHIN: Duration = Duration::from_millis(2_500);

/// Answers one delivery. Whatever goes wrong inside, the person reads an honest sentence: above all, that nothing
/// was recorded when nothing was, and that nobody knows when nobody does. A button shows that it failed. Slack delivers
/// events again that could not be recorded: at once, after one minute and after five.
pub async fn receive(app: &Arc<App>, inbound: Inbound) -> Answer {
    let kind = inbound.kind();
    let language = inbound
        .user()
        .map_or(app.rules().language, |user| app.people.language(user));
    let say = |words: String| match &inbound {
        // The form stays open, and what was written in it. Sending it again repeats nothing that was kept.
        Inbound::Submission(submission) => reply::beside_the_form(submission, &words),
        // Slack shows nobody the words that answer a click: it marks the button as failed, or the person would take
        // silence for a yes.
        Inbound::Click(_) => Answer::Failed,
        inbound => inbound.apology().say(words),
    };
    let sorry = say(reply::not_recorded(language));
    let doubtful = say(reply::perhaps_recorded(language));
    let halfway = say(reply::partly_recorded(language));
    let puzzled = say(reply::unreadable(language));
    let (error, answer) = match store::within(DATABASE_WITHIN, carry_out(app, inbound)).await {
        Ok(Ok(answer)) => return answer,
        Ok(Err(error)) if InDoubt::caused(&error) => (error, doubtful),
        Ok(Err(error)) if PartlyKept::goes_with(&error) => (error, halfway),
        Ok(Err(error)) if Unreadable::caused(&error) => (error, puzzled),
        Ok(Err(error)) => (error, sorry),
        Err(cut @ Cut::InDoubt) => (cut.into(), doubtful),
        Err(cut @ Cut::NothingKept) => (cut.into(), sorry),
    };
    tracing::error!(
        kind,
        error = format!("{error:#}"),
        "a delivery could not be carried out"
    );
    answer
}

async fn carry_out(app: &Arc<App>, inbound: Inbound) -> anyhow::Result<Answer> {
    match inbound {
        Inbound::Command(command) => commands::typed(app, command).await,
        Inbound::Click(click) => clicks::clicked(app, click).await,
        Inbound::Submission(submission) => clicks::submitted(app, submission).await,
        Inbound::Event(envelope) => events::heard(app, &envelope).await,
        // Answered at the door, or with nothing to do.
        Inbound::SslCheck
        | Inbound::UrlVerification { .. }
        | Inbound::ViewClosed(_)
        | Inbound::Unknown { .. } => Ok(Answer::Empty),
    }
}
