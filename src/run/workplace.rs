//! Where we work and who is there.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::watch;

use crate::app::{App, Workplace};
use crate::clock::SKEW_MAX_S;
use crate::config::ChannelRef;
use crate::ids::{ChannelId, TeamId};
use crate::slack::client::{CallError, Channel};
use crate::store::ListFilter;
use crate::telemetry;

/// How often everybody is read again.
const PEOPLE_EVERY: Duration = Duration::from_secs(6 * 3_600);
/// How often those whom usergroups name are: `usergroups.users.list` may be called 20 times a minute.
const GROUPS_EVERY: Duration = Duration::from_secs(180);

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
            let asked_for = match error.downcast_ref() {
                Some(CallError::RateLimited { retry_after, .. }) => retry_after.unwrap_or_default(),
                _ => Duration::ZERO,
            };
            tokio::time::sleep(pause.max(asked_for)).await;
            pause = (pause * 2).min(Duration::from_secs(30));
        }
        tokio::join!(keep_everybody(&app), keep_groups(&app));
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
    let hello = app.slack.auth_test().await.context("auth.test")?;
    let ahead = hello.slack_time.map(|slacks| app.clock.now() - slacks);
    if let Some(ahead) = ahead {
        telemetry::clock_skew(ahead);
    }
    let incidents_channel = match &app.settings.incidents_channel {
        ChannelRef::Id(id) => id.clone(),
        ChannelRef::Name(name) => channel_named(app, &hello.team, name).await?,
    };
    app.settle_in(Workplace {
        team: hello.team,
        bot_user: hello.bot,
        incidents_channel,
    });
    // Said here and not above, because what is above may be tried for hours.
    if let Some(ahead_s) = ahead.map(|ahead| ahead.num_seconds())
        && ahead_s.abs() > SKEW_MAX_S
    {
        tracing::warn!(
            ahead_s,
            "this machine's clock differs from Slack's; set it by NTP, for example: timedatectl set-ntp true. Replicas whose clocks differ may say things twice"
        );
    }
    Ok(())
}

async fn channel_named(app: &App, team: &TeamId, name: &str) -> anyhow::Result<ChannelId> {
    let wanted = |channel: &Channel| channel.name == name && !channel.is_archived;
    let found = app.slack.find_channel(name, wanted).await;
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
