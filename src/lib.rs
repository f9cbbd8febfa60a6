//! Balefire: a self-hosted incident bot for Slack.
//!
//! The rooms and what each may know are drawn in ARCHITECTURE.md; `tests/tidy` holds the code to it.

pub mod app;
pub mod clock;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod domain;
pub mod http;
pub mod ids;
pub mod logs;
pub mod pump;
pub mod run;
pub mod slack;
pub mod standin;
pub mod store;
pub mod telemetry;
pub mod words;
