//! What people read: every message, in both languages, as it looks in Slack.

mod evening;
mod limits;
mod look;
mod stories;
mod words;
