//! A database with open incidents in it, written through the store as the bot writes them.

use std::path::Path;

use anyhow::Context;
use balefire::clock::Time;
use balefire::domain::event::{Entry, Event};
use balefire::domain::incident::{Actor, Incident, MessageRef};
use balefire::ids::{ChannelId, IncidentId, MessageTs, SeverityId, TeamId, UserId};
use balefire::standin::world::{BOT_USER, TEAM};
use balefire::standin::{Kind, StandIn};
use balefire::store::Store;
use chrono::{Datelike, Duration};
use serde_json::Value;

use crate::program::TOKEN;

/// How many incidents are written in one transaction.
const BATCH: u32 = 500;
/// How many channels they share, so that Slack's pace within one channel is not what is measured.
const CHANNELS: usize = 100;

/// Writes `count` incidents, declared an hour ago and acknowledged. Nag number n is due at `first_due` plus n parts of
/// `spread`.
pub async fn seed(
    database: &Path,
    standin: &StandIn,
    slack: &str,
    count: u32,
    first_due: Time,
    spread: Duration,
) -> anyhow::Result<()> {
    let channels: Vec<ChannelId> = (0..CHANNELS.min(count as usize))
        .map(|nth| {
            let name = format!("inc-{nth}-{}", first_due.timestamp_millis());
            let members = ["U0ALICE", BOT_USER];
            ChannelId::new(standin.add_channel(&name, Kind::Public, &members))
        })
        .collect();
    let card = card(slack).await?;
    let store = Store::open(&format!("sqlite://{}", database.display())).await?;
    let team = TeamId::new(TEAM);
    let numbers: Vec<u32> = (1..=count).collect();
    for batch in numbers.chunks(BATCH as usize) {
        let mut tx = store.begin().await?;
        for number in batch {
            let due = first_due + spread * i32::try_from(*number)? / i32::try_from(count)?;
            let home = &channels[*number as usize % channels.len()];
            let timeline = timeline(*number, first_due, due, home, &card);
            let id = IncidentId {
                year: first_due.year(),
                number: *number,
            };
            let incident = Incident::replay(id, &timeline).context("it begins with Declared")?;
            tx.insert_incident(&team, &incident, &timeline)?;
        }
        tx.commit().await?;
    }
    store.close().await;
    Ok(())
}

/// A message in the incidents channel that stands for every incident's card.
async fn card(slack: &str) -> anyhow::Result<MessageRef> {
    let answer: Value = reqwest::Client::new()
        .post(format!("{slack}/api/chat.postMessage"))
        .bearer_auth(TOKEN)
        .form(&[("channel", "C0INCIDENTS"), ("text", "A card")])
        .send()
        .await?
        .json()
        .await?;
    let ts = answer["ts"].as_str().with_context(|| answer.to_string())?;
    Ok(MessageRef {
        channel: ChannelId::new("C0INCIDENTS"),
        ts: MessageTs::new(ts),
    })
}

fn timeline(
    number: u32,
    first_due: Time,
    due: Time,
    home: &ChannelId,
    card: &MessageRef,
) -> Vec<Entry> {
    let at = first_due - Duration::hours(3);
    let alice = || Actor::Person(UserId::new("U0ALICE"));
    let entry = |by, event| Entry { at, by, event };
    vec![
        entry(
            alice(),
            Event::Declared {
                title: format!("Checkout is slow, case {number}"),
                long_title: None,
                severity: SeverityId::new("P2"),
                services: vec![],
                impact: Some("Every second order takes a minute".into()),
                owner: Some(UserId::new("U0ALICE")),
                wants_channel: true,
                next_nag_at: due,
                respond_by: due,
            },
        ),
        entry(
            Actor::Balefire,
            Event::CardPosted {
                message: card.clone(),
            },
        ),
        entry(
            Actor::Balefire,
            Event::ChannelCreated {
                channel: home.clone(),
            },
        ),
        entry(
            Actor::Balefire,
            Event::HomeCardPosted {
                message: card.clone(),
            },
        ),
        entry(alice(), Event::Acknowledged),
    ]
}
