//! What happens in channels: reports in the incidents channel, mentions, pins, and channels that go away.

use std::sync::Arc;

use chrono::Duration;

use crate::app::ask::Asker;
use crate::app::commands::{self, with_ctx};
use crate::app::door::{self, Once, Typed, retried};
use crate::app::{App, Workplace};
use crate::clock::Time;
use crate::config::Listen;
use crate::domain::command::Command;
use crate::domain::event::Event as Happened;
use crate::domain::event::HomeLoss;
use crate::domain::incident::{Actor, MessageRef};
use crate::domain::report::{guess_severity, guess_title};
use crate::ids::{ChannelId, IncidentId, MessageTs, TeamId, UserId};
use crate::slack::client::Stretch;
use crate::slack::inbound::{Answer, Event, EventEnvelope, Message, Reaction};
use crate::slack::mrkdwn::plain;
use crate::slack::outcome::is_final;
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
        Event::Message(message)
            if app.settings.listen == Listen::Suggest && may_report(message) =>
        {
            match app.workplace() {
                Some(place) if is_report(message, &place) => {
                    offer(app, team, &once, message).await?;
                }
                Some(_) => {}
                None => again_soon(app)?,
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
        Event::AppUninstalled | Event::TokensRevoked => {
            tracing::error!(
                %team,
                "Slack has taken the app's token back: nothing can be said any more. Install the app again (“Install App” at api.slack.com/apps), set SLACK_BOT_TOKEN to its new token and restart; what waits is sent then"
            );
        }
        event => {
            if app.people.apply(event) {
                app.bells.people.notify_one();
            }
        }
    }
    Ok(Answer::Empty)
}

/// Slack asks again at once, after one minute and after five; a start takes seconds. Whoever is still not told by then
/// where we work never will be in time, and a door that refuses everything is one that Slack closes: it stops sending
/// events to an app that fails more than 95 of 100 within an hour
/// (<https://docs.slack.dev/apis/events-api>).
const ASKED_AGAIN_WITHIN: Duration = Duration::minutes(10);

/// What an event means depends on where we work, and Slack has not said that yet.
///
/// # Errors
/// In the first minutes after the start, so that the event is delivered again.
fn again_soon(app: &App) -> anyhow::Result<()> {
    let since = app.clock.now() - app.started_at;
    anyhow::ensure!(
        since >= ASKED_AGAIN_WITHIN,
        "Slack has not yet said where we work"
    );
    Ok(())
}

/// A person's own words at the top level of some channel.
fn may_report(message: &Message) -> bool {
    message.thread_ts.is_none() && message.is_from_person() && !message.text.trim().is_empty()
}

/// Of those, what is said in the incidents channel. Whoever mentions the bot talks to it instead.
fn is_report(message: &Message, place: &Workplace) -> bool {
    message.channel == place.incidents_channel
        && message.user.as_ref() != Some(&place.bot_user)
        && !message.text.contains(&format!("<@{}", place.bot_user))
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
        answers: None,
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
    // Slack delivers again what nobody acknowledged, and by then its person may have said it once more.
    let now = app.clock.now();
    let order = Once {
        typed: Some(Typed {
            user: asker.user.clone(),
            channel: asker.channel.clone(),
            thread: asker.thread.clone(),
            text: words.to_owned(),
            waited: now - written_at(ts).unwrap_or(now),
        }),
        ..once.clone()
    };
    let Some(message) = commands::carry_out(app, asker, words, &order, None).await? else {
        return Ok(());
    };
    let task = Task::Post {
        channel: asker.channel.clone(),
        thread: Some(asker.thread.clone().unwrap_or_else(|| ts.clone())),
        body: message.body(),
        about: None,
        answers: Some(asker.user.clone()),
    };
    // Two answers at once may take the same place in the channel's lane. Were that left to Slack's next delivery, its
    // answer would be that this was done already.
    retried!(app, answer_in_channel(app, once, asker, &task))
}

async fn answer_in_channel(
    app: &App,
    once: &Once,
    asker: &Asker,
    task: &Task,
) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    // The order itself was recorded with the key; the answer has one of its own, so that it is not said twice.
    if once.answer().is_first(&asker.team, &mut tx, now).await? {
        tx.enqueue(
            &asker.team,
            &Lane::channel(&asker.team, &asker.channel),
            None,
            std::slice::from_ref(task),
            now,
        )?;
        tx.commit().await?;
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
    let mut pins_before = 0;
    if let Some(incident) = app.store.incident_with_pin(team, &at).await? {
        let pins = pins(app, team, &incident, &at).await?;
        if pins.by.is_some() {
            return Ok(());
        }
        pins_before = pins.count;
    }
    let here = app
        .store
        .incident_by_channel(team, &reaction.channel)
        .await?;
    if here.is_none() {
        match app.workplace() {
            Some(place) if place.incidents_channel == reaction.channel => {}
            Some(_) => return Ok(()),
            None => return again_soon(app),
        }
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
        Err(error) if is_final("conversations.replies", &error) => {
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
    // Two who pin it at once have both seen that nobody had.
    let once = Once {
        deed: Some(format!(
            "pin {team} {} {} {pins_before}",
            reaction.channel, reaction.ts
        )),
        ..once.clone()
    };
    app.handle(&once, &order).await?;
    Ok(())
}

/// When a message was written: its timestamp's whole seconds.
fn written_at(ts: &MessageTs) -> Option<Time> {
    let seconds = ts.as_str().split('.').next()?.parse().ok()?;
    Time::from_timestamp(seconds, 0)
}

/// How a message stands on an incident's timeline.
#[derive(Default)]
struct Pins {
    /// Who put it there, as long as it is there.
    by: Option<Actor>,
    /// How often it was put there.
    count: usize,
}

async fn pins(
    app: &App,
    team: &TeamId,
    incident: &IncidentId,
    at: &MessageRef,
) -> anyhow::Result<Pins> {
    let mut pins = Pins::default();
    for entry in app.store.timeline(team, incident).await? {
        match entry.event {
            Happened::Pinned { message, .. } if message == *at => {
                pins.by = Some(entry.by);
                pins.count += 1;
            }
            Happened::PinRemoved { ts, .. } if ts == at.ts => pins.by = None,
            _ => {}
        }
    }
    Ok(pins)
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
    // What was taken off is nobody's any more.
    let Some(pinned_by) = pins(app, team, &incident, &at).await?.by else {
        return Ok(());
    };
    // Somebody else's 📌 on the same message is their own affair.
    if matches!(command, Command::RemovePin { deleted: false, .. }) && pinned_by != by {
        return Ok(());
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

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use serde_json::json;

    use super::*;
    use crate::app::inbound::receive;
    use crate::clock::ManualClock;
    use crate::config::Settings;
    use crate::slack::client::SlackClient;
    use crate::slack::inbound::read_envelope;
    use crate::store::Store;

    fn place() -> Workplace {
        Workplace {
            team: TeamId::new("T1"),
            bot_user: UserId::new("UBALEFIRE"),
            incidents_channel: ChannelId::new("CINCIDENTS"),
        }
    }

    const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

    /// Whether Slack is to deliver this again, and whether anything is said because of it.
    async fn deliver(app: &Arc<App>, event: serde_json::Value) -> (bool, bool) {
        let envelope = json!({
            "type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event_time": 1, "event": event
        });
        let answer = receive(app, read_envelope("events_api", envelope), PATIENCE).await;
        let depth = app.store.outbox_depth().await.unwrap();
        let is_said = depth.iter().any(|state| state.count > 0);
        (answer == Answer::Failed, is_said)
    }

    #[tokio::test]
    async fn what_is_said_before_slack_tells_where_we_work_is_asked_for_again() {
        let report = |channel: &str| {
            json!({
                "type": "message", "channel": channel, "user": "UALICE", "ts": "1.1",
                "text": "Checkout is down"
            })
        };
        let reply = json!({
            "type": "message", "channel": "CINCIDENTS", "user": "UALICE", "ts": "1.2", "thread_ts": "1.1",
            "text": "Still down"
        });
        let pin = json!({
            "type": "reaction_added", "user": "UALICE", "reaction": "pushpin",
            "item": {"type": "message", "channel": "CINCIDENTS", "ts": "1.2"}
        });
        let clock = ManualClock::at(Utc.with_ymd_and_hms(2026, 11, 20, 10, 0, 0).unwrap());
        let store = Store::open("sqlite::memory:").await.unwrap();
        let slack = SlackClient::new(
            "http://127.0.0.1:1/api",
            &"xoxb-x".into(),
            std::time::Duration::from_secs(1),
        );
        let app = App::new(
            store,
            Arc::new(clock.clone()),
            Settings::default(),
            slack.unwrap(),
        );
        let app = Arc::new(app);
        let (again, nothing) = ((true, false), (false, false));
        assert_eq!(deliver(&app, report("CINCIDENTS")).await, again);
        assert_eq!(deliver(&app, report("CGENERAL")).await, again);
        assert_eq!(deliver(&app, pin.clone()).await, again);
        assert_eq!(deliver(&app, reply).await, nothing);
        // A channel that is never found must not end in a door that Slack has closed.
        clock.advance(ASKED_AGAIN_WITHIN);
        assert_eq!(deliver(&app, report("CINCIDENTS")).await, nothing);
        assert_eq!(deliver(&app, pin).await, nothing);
        app.settle_in(place());
        assert_eq!(deliver(&app, report("CGENERAL")).await, nothing);
        assert_eq!(deliver(&app, report("CINCIDENTS")).await, (false, true));
    }
}
