//! What cannot be said where it was asked for, and belongs to no incident that could be told of it.

use super::claim::complete;
use crate::app::App;
use crate::ids::ChannelId;
use crate::slack::render::reply;
use crate::store::{Lane, OutboxRow, Task};

/// Whoever was answered where Slack does not take it would believe that nothing was done, and do it again.
pub(super) fn in_person(app: &App, row: &OutboxRow) -> anyhow::Result<Option<(Lane, Task)>> {
    let Task::Post {
        channel,
        body,
        answers: Some(user),
        ..
    } = &row.task
    else {
        return Ok(None);
    };
    let language = app.people.language(user);
    let message = reply::elsewhere(complete(body)?, channel, language);
    // Slack opens the conversation with a person whose identifier stands for a channel's.
    let conversation = ChannelId::new(user.as_str());
    let lane = Lane::channel(&row.team, &conversation);
    let task = Task::Post {
        channel: conversation,
        thread: None,
        body: message.body(),
        about: None,
        answers: None,
    };
    Ok(Some((lane, task)))
}
