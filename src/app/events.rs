//! What happens in channels: reports in the incidents channel, mentions, pins, and channels that go away.

use std::sync::Arc;

use crate::app::ask::Asker;
use crate::app::commands::{self, with_ctx};
use crate::app::door::{self, Once, retried};
use crate::app::{App, Workplace};
use crate::clock::Time;
use crate::config::Listen;
use crate::domain::command::Command;
use crate::domain::event::Event as Happened;
use crate::domain::event::HomeLoss;
use crate::domain::incident::{Actor, MessageRef};
use crate::domain::report::{guess_severity, guess_title};
use crate::ids::{ChannelId, MessageTs, TeamId, UserId};
use crate::slack::client::{CallError, Stretch};
use crate::slack::inbound::{Answer, Event, EventEnvelope, Message, Reaction};
use crate::slack::mrkdwn::plain;
use crate::slack::parse;
use crate::slack::render;
use crate::store::{Lane, Report, ReportKey, ReportState, Task};

/// The reaction that puts a message on the timeline: 📌.
const PIN: &str = "pushpin";

/// Hears an event.
///
/// # Errors
/// When it could not be recorded.
pub async fn heard(app: &Arc<App>, envelope: &EventEnvelope) -> anyhow::Result<Answer> {
    let team = &envelope.team;
    let once = Once::delivery(format!("event {}", envelope.event_id));
    match &envelope.event {
        Event::Message(message) => {
            if let Some(place) = app.workplace()
                && app.settings.listen == Listen::Suggest
                && is_report(message, &place)
            {
                offer(app, team, &once, message).await?;
            }
        }
        Event::AppMention {
            channel,
            user,
            text,
            ts,
            thread_ts,
        } => {
            let asker = Asker {
                team: team.clone(),
                user: user.clone(),
                channel: channel.clone(),
                thread: thread_ts.clone(),
            };
            mentioned(app, &once, &asker, text, ts).await?;
        }
        Event::ReactionAdded(reaction) if reaction.name == PIN => {
            pin(app, team, &once, reaction).await?
        }
        Event::ReactionRemoved(reaction) if reaction.name == PIN => {
            let at = MessageRef {
                channel: reaction.channel.clone(),
                ts: reaction.ts.clone(),
            };
            let command = Command::RemovePin {
                ts: reaction.ts.clone(),
                deleted: false,
            };
            follow_pin(
                app,
                team,
                &once,
                at,
                Actor::Person(reaction.user.clone()),
                command,
            )
            .await?;
        }
        Event::MessageEdited {
            channel,
            ts,
            text,
            previous_text,
            user,
            ..
        } => {
            // A link preview arrives as an edit, too.
            if previous_text.as_ref() != Some(text) {
                let at = MessageRef {
                    channel: channel.clone(),
                    ts: ts.clone(),
                };
                let command = Command::EditPin {
                    ts: ts.clone(),
                    text: plain(text),
                };
                let by = user.clone().map_or(Actor::Balefire, Actor::Person);
                follow_pin(app, team, &once, at, by, command).await?;
            }
        }
        Event::MessageDeleted { channel, ts } => {
            let at = MessageRef {
                channel: channel.clone(),
                ts: ts.clone(),
            };
            let command = Command::RemovePin {
                ts: ts.clone(),
                deleted: true,
            };
            follow_pin(app, team, &once, at, Actor::Balefire, command).await?;
        }
        Event::ChannelArchived { channel } => {
            lose_home(app, team, &once, channel, HomeLoss::Archived).await?
        }
        Event::ChannelDeleted { channel } => {
            lose_home(app, team, &once, channel, HomeLoss::Deleted).await?
        }
        event => {
            if app.people.apply(event) {
                app.bells.people.notify_one();
            }
        }
    }
    Ok(Answer::Empty)
}

/// A person's own words at the top level of the incidents channel. Whoever mentions the bot talks to it instead.
fn is_report(message: &Message, place: &Workplace) -> bool {
    message.channel == place.incidents_channel
        && message.thread_ts.is_none()
        && message.is_from_person()
        && message
            .user
            .as_ref()
            .is_some_and(|user| *user != place.bot_user)
        && !message.text.contains(&format!("<@{}", place.bot_user))
        && !message.text.trim().is_empty()
}

async fn offer(app: &App, team: &TeamId, once: &Once, message: &Message) -> anyhow::Result<()> {
    let Some(author) = &message.user else {
        return Ok(());
    };
    offer_to_declare(
        app,
        once,
        &report_key(team, &message.channel, &message.ts),
        author,
        &message.text,
    )
    .await
}

fn report_key(team: &TeamId, channel: &ChannelId, ts: &MessageTs) -> ReportKey {
    ReportKey {
        team: team.clone(),
        channel: channel.clone(),
        ts: ts.clone(),
    }
}

/// Offers, in the message's thread, to make an incident of it.
async fn offer_to_declare(
    app: &App,
    once: &Once,
    at: &ReportKey,
    author: &UserId,
    text: &str,
) -> anyhow::Result<()> {
    retried!(app, try_offer(app, once, at, author, text))
}

async fn try_offer(
    app: &App,
    once: &Once,
    at: &ReportKey,
    author: &UserId,
    text: &str,
) -> anyhow::Result<()> {
    let now = app.clock.now();
    let text = plain(text);
    let report = Report {
        key: at.clone(),
        author: author.clone(),
        title_guess: guess_title(&text),
        severity_guess: guess_severity(&text, app.rules()).id.clone(),
        text,
        heard_at: now,
        offer: None,
        state: ReportState::Offered,
    };
    let mut tx = app.store.begin().await?;
    if !once.is_first(&at.team, &mut tx, now).await? || !tx.insert_report(&report).await? {
        tx.forget().await?;
        return Ok(());
    }
    let message = with_ctx(app, app.rules().language, |ctx| {
        let at = MessageRef {
            channel: at.channel.clone(),
            ts: at.ts.clone(),
        };
        render::report_offer(
            &at,
            author,
            &report.title_guess,
            &report.severity_guess,
            ctx,
        )
    });
    let task = Task::Post {
        channel: at.channel.clone(),
        thread: Some(at.ts.clone()),
        body: message.body(),
        about: Some(at.clone()),
    };
    tx.enqueue(
        &at.team,
        &Lane::channel(&at.team, &at.channel),
        None,
        &[task],
        now,
    )?;
    tx.commit().await
}

/// The same words as after `/incident`, answered in the thread. In the incidents channel, words that are no command
/// are a report.
async fn mentioned(
    app: &Arc<App>,
    once: &Once,
    asker: &Asker,
    text: &str,
    ts: &MessageTs,
) -> anyhow::Result<()> {
    let Some(place) = app.workplace() else {
        anyhow::bail!("Slack has not yet said who we are");
    };
    // What was answered with less than an order leaves no key of its own; asked again, the answer might be another by
    // now, and nobody would be told.
    if let Some(key) = &once.answer().key
        && app.store.heard(key).await?
    {
        return Ok(());
    }
    let words = parse::after_mention(text, &place.bot_user);
    let is_report = asker.channel == place.incidents_channel
        && asker.thread.is_none()
        && app.settings.listen != Listen::Off
        && parse::is_unknown_verb(words, app.rules(), app.clock.now());
    if is_report {
        let at = report_key(&asker.team, &asker.channel, ts);
        return offer_to_declare(app, once, &at, &asker.user, words).await;
    }
    let Some(message) = commands::carry_out(app, asker, words, once, None).await? else {
        return Ok(());
    };
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    // The order itself was recorded with the key; the answer has one of its own, so that it is not said twice.
    if once.answer().is_first(&asker.team, &mut tx, now).await? {
        let task = Task::Post {
            channel: asker.channel.clone(),
            thread: Some(asker.thread.clone().unwrap_or_else(|| ts.clone())),
            body: message.body(),
            about: None,
        };
        tx.enqueue(
            &asker.team,
            &Lane::channel(&asker.team, &asker.channel),
            None,
            &[task],
            now,
        )?;
        tx.commit().await?;
        app.bells.ring();
    }
    Ok(())
}

/// 📌 on a message: its words go on the timeline, with who wrote them and when.
async fn pin(app: &App, team: &TeamId, once: &Once, reaction: &Reaction) -> anyhow::Result<()> {
    let at = MessageRef {
        channel: reaction.channel.clone(),
        ts: reaction.ts.clone(),
    };
    // Whoever pinned it first keeps it there: a second pin says nothing new.
    if app.store.incident_with_pin(team, &at).await?.is_some() {
        return Ok(());
    }
    let here = app
        .store
        .incident_by_channel(team, &reaction.channel)
        .await?;
    let in_incidents = app
        .workplace()
        .is_some_and(|place| place.incidents_channel == reaction.channel);
    if here.is_none() && !in_incidents {
        return Ok(());
    }
    // Reading what the message says is a look, not a sending; if Slack does not answer, Slack redelivers the event.
    // Named by its own `ts`, a reply is found too.
    let stretch = Stretch {
        oldest: Some(reaction.ts.clone()),
        limit: Some(2),
        ..Stretch::default()
    };
    let page = match app
        .slack
        .replies(&reaction.channel, &reaction.ts, &stretch)
        .await
    {
        // Deleted meanwhile, or not for us to read: delivering the event again changes nothing.
        Err(error @ CallError::Refused { .. }) => {
            tracing::warn!(%error, channel = %reaction.channel, "a pinned message could not be read");
            return Ok(());
        }
        page => page?,
    };
    let Some(message) = page
        .items
        .into_iter()
        .find(|message| message.ts == reaction.ts)
    else {
        return Ok(());
    };
    let saved = match here {
        Some(saved) => saved,
        None => {
            let Some(thread) = &message.thread_ts else {
                return Ok(());
            };
            let under_a_card = app
                .store
                .incident_by_card_thread(team, &reaction.channel, thread)
                .await?;
            match under_a_card {
                Some(saved) => saved,
                None => return Ok(()),
            }
        }
    };
    let command = Command::Pin {
        message: at,
        author: message.user.clone(),
        text: plain(&message.text),
        written_at: written_at(&reaction.ts).unwrap_or_else(|| app.clock.now()),
    };
    let by = Actor::Person(reaction.user.clone());
    let order = door::Order {
        team: team.clone(),
        incident: saved.incident.id,
        by,
        command,
    };
    app.handle(once, &order).await?;
    Ok(())
}

/// When a message was written: its timestamp's whole seconds.
fn written_at(ts: &MessageTs) -> Option<Time> {
    let seconds = ts.as_str().split('.').next()?.parse().ok()?;
    Time::from_timestamp(seconds, 0)
}

/// A pinned message was edited or deleted, or its pin taken off: the timeline follows.
async fn follow_pin(
    app: &App,
    team: &TeamId,
    once: &Once,
    at: MessageRef,
    by: Actor,
    command: Command,
) -> anyhow::Result<()> {
    let Some(incident) = app.store.incident_with_pin(team, &at).await? else {
        return Ok(());
    };
    if let (Command::RemovePin { deleted: false, .. }, Actor::Person(user)) = (&command, &by) {
        let timeline = app.store.timeline(team, &incident).await?;
        let last = timeline.iter().rfind(
            |entry| matches!(&entry.event, Happened::Pinned { message, .. } if *message == at),
        );
        // Somebody else's 📌 on the same message is their own affair.
        if last.is_none_or(|entry| entry.by.person() != Some(user)) {
            return Ok(());
        }
    }
    app.handle(
        once,
        &door::Order {
            team: team.clone(),
            incident,
            by,
            command,
        },
    )
    .await?;
    Ok(())
}

/// The incident whose channel this was speaks in the card's thread from now on.
async fn lose_home(
    app: &App,
    team: &TeamId,
    once: &Once,
    channel: &ChannelId,
    why: HomeLoss,
) -> anyhow::Result<()> {
    if let Some(saved) = app.store.incident_by_channel(team, channel).await? {
        let command = Command::LoseHome {
            channel: channel.clone(),
            why,
        };
        let order = door::Order {
            team: team.clone(),
            incident: saved.incident.id,
            by: Actor::Balefire,
            command,
        };
        app.handle(once, &order).await?;
    }
    Ok(())
}
