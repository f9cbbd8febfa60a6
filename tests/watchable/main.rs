//! What an operator watches besides the numbers (`tests/metrics.rs` has those): the auditor and its heartbeat, the log, the alert
//! rules and the dashboard. Prometheus' own promtool reads what is meant for Prometheus.

#[path = "../world/mod.rs"]
#[allow(dead_code, reason = "each test program uses its own part of the world")]
mod world;

#[path = "../promtool/mod.rs"]
mod promtool;

mod auditor;
mod clocks;
mod deployed;
mod logs;
