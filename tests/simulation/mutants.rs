//! Bugs put in on purpose, to see that the oracle can fail.

use axum::response::Response;

/// A deliberate bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    None,
}

impl Mutant {
    /// What becomes of Slack's answer on its way to the bot.
    pub async fn answer(self, _method: &str, response: Response) -> Response {
        response
    }
}
