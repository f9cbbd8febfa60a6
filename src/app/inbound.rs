//! From what Slack delivers to what the bot does about it.

use std::sync::Arc;
use std::time::Duration;

use crate::app::clicks::PartlyKept;
use crate::app::{App, clicks, commands, events};
use crate::slack::inbound::{Answer, Inbound};
use crate::slack::render::reply;
use crate::store::{self, Cut, InDoubt, Unreadable};

/// How long before the answer must be there a delivery stops waiting for the database, so that the answer is true.
const BEFORE_THE_END: Duration = Duration::from_millis(300);

/// Answers one delivery, for whose answer Slack waits for `left`. Whatever goes wrong inside, the person reads an honest
/// sentence: above all, that nothing was recorded when nothing was, and that nobody knows when nobody does. A button
/// shows that it failed. Slack delivers events again that could not be recorded: at once, after one minute and after five.
pub async fn receive(app: &Arc<App>, inbound: Inbound, left: Duration) -> Answer {
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
    let (error, answer) = match store::within(patience(left), carry_out(app, inbound)).await {
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

/// How long the database is waited for, if Slack waits that long.
fn patience(left: Duration) -> Duration {
    left.saturating_sub(BEFORE_THE_END)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Workplace;
    use crate::clock::{ManualClock, Time};
    use crate::config::Settings;
    use crate::ids::{ChannelId, TeamId, UserId};
    use crate::slack::client::SlackClient;
    use crate::slack::inbound::read;
    use crate::store::Store;

    #[test]
    fn there_is_time_left_to_say_so() {
        for (left_ms, patience_ms) in [(2_800, 2_500), (1_000, 700), (200, 0)] {
            let patience = patience(Duration::from_millis(left_ms));
            assert_eq!(patience.as_millis(), patience_ms, "{left_ms}");
        }
    }

    /// Part of the three seconds may be gone by the time that a delivery has arrived.
    #[tokio::test]
    async fn the_database_is_not_waited_for_until_it_is_too_late_to_say_so() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let slack = SlackClient::new(
            "http://127.0.0.1:1/api",
            &"xoxb-x".into(),
            Duration::from_secs(1),
        );
        let clock = ManualClock::at(Time::from_timestamp(1_800_000_000, 0).unwrap());
        let app = App::new(store, Arc::new(clock), Settings::default(), slack.unwrap());
        let app = Arc::new(app);
        app.settle_in(Workplace {
            team: TeamId::new("T1"),
            bot_user: UserId::new("UBOT"),
            incidents_channel: ChannelId::new("C1"),
        });
        let command = b"team_id=T1&channel_id=C1&user_id=U1&command=%2Fincident&text=declare+P1+Down&trigger_id=1.2.x";
        // Somebody else writes, and does not come to an end.
        let mut writes = app.store.begin().await.unwrap();
        writes.paces(&["T1 C1"]).await.unwrap();
        let left = BEFORE_THE_END / 2;
        let answer =
            tokio::time::timeout(Duration::from_secs(2), receive(&app, read(command), left));
        let Ok(Answer::Text(words)) = answer.await else {
            panic!("it is waited for");
        };
        assert!(words.contains("Nothing was recorded"), "{words}");
    }
}
