//! Slack over a socket that the bot opened: the same evening, and what can go wrong with a socket.

#[path = "../world/mod.rs"]
#[allow(dead_code, reason = "each test program uses its own part of the world")]
mod world;

#[path = "../stories/log.rs"]
#[allow(dead_code, reason = "each test program uses its own part of the log")]
mod log;

mod rig;

mod deliveries;
mod evening;
mod opening;
mod program;
mod refreshing;
mod repeater;
mod twice;
