//! Where we work and who is there.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chrono::TimeDelta;
use tokio::sync::watch;

use crate::app::{App, Workplace};
use crate::clock::{SKEW_MAX_S, Time};
use crate::config::ChannelRef;
use crate::ids::{ChannelId, TeamId};
use crate::slack::client::{CallError, Channel, Hello};
use crate::slack::outcome::silence;
use crate::store::ListFilter;
use crate::telemetry;

/// How often everybody is read again: of several replicas, one hears that somebody has left or reads another language.
const PEOPLE_EVERY: Duration = Duration::from_secs(3_600);
/// How often those whom usergroups name are: `usergroups.users.list` may be called 20 times a minute.
const GROUPS_EVERY: Duration = Duration::from_secs(180);

/// How often our clock is held against Slack's.
const CLOCK_EVERY: Duration = Duration::from_secs(600);

/// Learns where we work and who is there, and keeps that fresh. Until Slack has answered, everything waits in the
/// outbox.
pub(super) async fn settle_in(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let work = async {
        let mut pause = Duration::from_secs(1);
        while let Err(error) = find_workplace(&app).await {
            tracing::error!(
                error = format!("{error:#}"),
                "Slack could not be asked where we work; it is tried again. `balefire doctor` says what to mend"
            );
            if let Some(code) = error.downcast_ref().and_then(silence) {
                app.is_heard(Some(code));
            }
            let asked_for = match error.downcast_ref() {
                Some(CallError::RateLimited { retry_after, .. }) => retry_after.unwrap_or_default(),
                _ => Duration::ZERO,
            };
            tokio::time::sleep(pause.max(asked_for)).await;
            pause = (pause * 2).min(Duration::from_secs(30));
        }
        tokio::join!(
            keep_everybody(&app),
            keep_groups(&app),
            keep_comparing(&app)
        );
    };
    tokio::select! {
        () = work => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}

async fn keep_everybody(app: &App) {
    loop {
        let read = app.people.refresh(&app.slack).await;
        tokio::time::sleep(pause_after(read, PEOPLE_EVERY)).await;
    }
}

/// Of several replicas one hears that somebody else is on call now, and the others must not count on the former for long.
async fn keep_groups(app: &App) {
    loop {
        let read = app.people.refresh_groups(&app.slack).await;
        tokio::select! {
            () = tokio::time::sleep(pause_after(read.map(|()| true), GROUPS_EVERY)) => {}
            () = app.bells.people.notified() => app.people.read_groups_anew().await,
        }
    }
}

async fn keep_comparing(app: &App) {
    loop {
        tokio::time::sleep(CLOCK_EVERY).await;
        let asked_at = app.clock.now();
        match app.slack.auth_test().await {
            Ok(hello) => {
                app.is_heard(None);
                compare_clocks(app, asked_at, &hello);
            }
            Err(error) if silence(&error).is_some() => app.is_heard(silence(&error)),
            Err(error) => tracing::debug!(%error, "Slack's clock could not be read"),
        }
    }
}

/// Says when our clock begins to differ from Slack's.
fn compare_clocks(app: &App, asked_at: Time, hello: &Hello) {
    let Some(slack_time) = hello.slack_time else {
        return;
    };
    let ahead = ahead(slack_time, asked_at, app.clock.now());
    telemetry::clock_skew(ahead);
    let before = app.ahead_of_slack().now;
    app.compared_clocks(ahead);
    let is_apart = |ahead: TimeDelta| ahead.num_seconds().abs() > SKEW_MAX_S;
    if is_apart(ahead) && !is_apart(before) {
        tracing::warn!(
            ahead_s = ahead.num_seconds(),
            "this machine's clock differs from Slack's; set it by NTP, for example: timedatectl set-ntp true. Replicas whose clocks differ may say things twice"
        );
    }
}

/// How far our clock is ahead at least, or behind: Slack wrote its time down between the question and the answer.
fn ahead(slack_time: Time, asked_at: Time, answered_at: Time) -> TimeDelta {
    let least = asked_at.min(answered_at) - slack_time;
    let most = asked_at.max(answered_at) - slack_time;
    least.max(most.min(TimeDelta::zero()))
}

/// How long to wait after reading; `every` after all was read.
fn pause_after(read: Result<bool, CallError>, every: Duration) -> Duration {
    match read {
        Ok(true) => every,
        Ok(false) => Duration::from_secs(3),
        Err(CallError::RateLimited { retry_after, .. }) => {
            retry_after.unwrap_or(Duration::from_secs(60))
        }
        Err(error) => {
            tracing::warn!(%error, "who is in the workspace could not be read; it is tried again");
            Duration::from_secs(60)
        }
    }
}

/// Asks Slack who we are and where the incidents channel is. Where it has gone, open incidents keep the one that has their
/// cards.
///
/// # Errors
/// When Slack or the store does not answer, or there is no such channel and nothing is open.
pub async fn find_workplace(app: &App) -> anyhow::Result<()> {
    let asked_at = app.clock.now();
    let hello = app.slack.auth_test().await.context("auth.test")?;
    app.is_heard(None);
    compare_clocks(app, asked_at, &hello);
    let incidents_channel = match &app.settings.incidents_channel {
        ChannelRef::Id(id) => id.clone(),
        ChannelRef::Name(name) => channel_named(app, &hello.team, name).await?,
    };
    app.settle_in(Workplace {
        team: hello.team,
        bot_user: hello.bot,
        incidents_channel,
    });
    Ok(())
}

async fn channel_named(app: &App, team: &TeamId, name: &str) -> anyhow::Result<ChannelId> {
    let wanted = |channel: &Channel| channel.name == name && !channel.is_archived;
    let found = app.slack.find_channel(name, wanted, async || Ok(())).await;
    let Some(channel) = found.context("conversations.list")? else {
        // Renamed or archived since: whoever waits to be reminded in another channel must not wait for this one.
        if let Some(channel) = where_cards_are(app, team).await? {
            tracing::error!(
                %channel,
                "there is no channel #{name} any more; what is open goes on where its cards are. Name the channel in balefire.toml: [slack] incidents_channel, and start again"
            );
            return Ok(channel);
        }
        anyhow::bail!(
            "there is no channel #{name} that the bot can see; create it and type /invite @Balefire in it, or name another one in balefire.toml: [slack] incidents_channel"
        );
    };
    if !channel.is_member {
        tracing::warn!(
            "the bot is not in #{name}, so it hears nothing there; type /invite @Balefire in #{name}"
        );
    }
    Ok(channel.id)
}

/// The channel in which the newest open incident has its card.
async fn where_cards_are(app: &App, team: &TeamId) -> anyhow::Result<Option<ChannelId>> {
    let open = app.store.list(team, ListFilter::Open, 100).await?;
    let cards = open.incidents.into_iter().map(|saved| saved.incident.card);
    Ok(cards.flatten().next().map(|card| card.channel))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_answer_is_no_wrong_clock() {
        let at = |s: i64| Time::from_timestamp(1_800_000_000 + s, 0).unwrap();
        for (slack_s, asked_s, answered_s, ahead_s) in [
            (100, 100, 100, 0),
            (100, 98, 107, 0),
            (100, 106, 109, 6),
            (100, 85, 93, -7),
            // Set back meanwhile.
            (100, 104, 96, 0),
        ] {
            let ahead = ahead(at(slack_s), at(asked_s), at(answered_s));
            assert_eq!(ahead.num_seconds(), ahead_s, "{asked_s} to {answered_s}");
        }
    }
}
