//! Work that nobody waits for. Each pump has a `turn()`: one bounded batch, no input, may run twice. The loops are in
//! `run.rs`, so that a test can turn a pump by hand.

pub mod audit;
pub mod gauges;
pub mod heartbeat;
pub mod outbox;
pub mod pacing;
pub mod sends;
pub mod sweep;
pub mod wakes;
