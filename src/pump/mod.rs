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

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

/// Work that panicked; the log says where.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("it panicked; the log says where")]
pub struct Panicked;

/// Makes an error of a panic. What stumbles over one row would otherwise take all others with it, and meet the same row
/// first the next time.
///
/// # Errors
/// Those of `work`, and [`Panicked`].
pub async fn attended<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let ended = AssertUnwindSafe(work).catch_unwind().await;
    ended.unwrap_or_else(|_| Err(Panicked.into()))
}
