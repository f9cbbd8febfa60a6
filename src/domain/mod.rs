//! What an incident is and what may happen to it. Pure: no input or output, no clock, no `async`.

pub mod announce;
pub mod backlog;
pub mod command;
pub mod decide;
pub mod draft;
pub mod draft_template;
pub mod effect;
pub mod event;
pub mod fold;
pub mod incident;
pub mod ledger;
pub mod moot;
pub mod nag;
pub mod refusal;
pub mod report;
pub mod rules;
pub mod schedule;
