//! Throws away what nobody will ask for again: delivery keys and sent messages past their age.

use crate::app::App;

/// Removes one batch. Returns how many rows: 0 means that all is clean.
///
/// # Errors
/// When the store fails; the next turn tries again.
pub async fn turn(app: &App) -> anyhow::Result<usize> {
    let removed = app.store.sweep(app.clock.now()).await?;
    Ok(usize::try_from(removed).unwrap_or(usize::MAX))
}
