//! Slack's vocabulary. The only room that knows Slack's field names; what leaves it are plain values of ours.

pub mod actions;
pub mod call;
pub mod client;
pub mod inbound;
pub mod mrkdwn;
pub mod outcome;
pub mod parse;
pub mod people;
pub mod plan;
pub mod reception;
pub mod render;
pub mod scopes;
pub mod socket;
pub mod verify;
