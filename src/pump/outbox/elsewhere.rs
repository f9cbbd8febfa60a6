//! What cannot be said where it was asked for, and belongs to no incident that could be told of it.

use super::claim::complete;
use crate::app::App;
use crate::slack::render::{is_our_mistake, reply};
use crate::store::{Lane, OutboxRow, Task};

/// Whoever was answered where Slack does not take it would believe that nothing was done, and do it again. None: it
/// answers nobody, or Slack would not take it anywhere.
pub(super) fn in_person(
    app: &App,
    row: &OutboxRow,
    code: &str,
) -> anyhow::Result<Option<(Lane, Task)>> {
    let Task::Post {
        channel,
        body,
        answers: Some(user),
        ..
    } = &row.task
    else {
        return Ok(None);
    };
    if is_our_mistake(code) {
        return Ok(None);
    }
    let language = app.people.language(user);
    let message = reply::elsewhere(complete(body)?, channel, language);
    let task = Task::DirectMessage {
        user: user.clone(),
        body: message.body(),
    };
    Ok(Some((Lane::person(&row.team, user), task)))
}
