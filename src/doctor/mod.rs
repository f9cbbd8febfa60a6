//! `balefire doctor`: looks at everything that the bot will rely on, and says what to mend and how.
//!
//! The rule: it changes nothing and disturbs nobody, so it may be run beside a running bot, at any time. Asking is
//! here and in the parts that ask (`slack`, `door`, the store's check-up); what the answers mean is decided by pure
//! functions. No secret is in what it says.

mod database;
mod door;
mod report;
mod settings;
mod slack;
mod workspace;

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::time::Duration;

use crate::clock::Clock;
use crate::config;
use crate::slack::client::CallError;

pub use report::{Check, Report, State};

/// How long all waits that Slack asks for may take together.
const PATIENCE: Duration = Duration::from_secs(60);
/// What Slack asks for when it does not say.
const WAIT: Duration = Duration::from_secs(30);

/// Looks at everything. `file` and `variable` are as for [`config::load`]; `on_wait` hears of each pause that Slack
/// asks for.
///
/// It takes as long as Slack and the database do: each call has ten seconds at most, the database fifteen, and all
/// pauses together a minute. Where Slack does not answer once, it is not asked again.
pub async fn examine(
    file: Option<&Path>,
    variable: &dyn Fn(&str) -> Option<String>,
    clock: &dyn Clock,
    on_wait: &dyn Fn(Duration),
) -> Report {
    let readings = config::read(file, variable);
    let patience = Patience {
        left: Cell::new(PATIENCE),
        gone: RefCell::default(),
        on_wait,
    };
    let mut checks = settings::judge(&readings, file);
    let api_url = readings.api_url.as_deref().ok();
    let app_token = readings.app_token.as_ref().ok().and_then(Option::as_ref);
    let (slack, socket, database, door) = tokio::join!(
        slack::examine(
            api_url,
            readings.bot_token.as_ref().ok(),
            readings.settings.as_ref().ok(),
            clock,
            &patience,
        ),
        door::socket(api_url, app_token, &patience),
        database::examine(readings.database_url.as_ref().ok()),
        door::listen(readings.listen.as_ref().ok().copied()),
    );
    checks.extend(slack);
    checks.extend(database);
    checks.push(door);
    // Over HTTP it is Slack that connects, and only Slack sees whether it can.
    checks.extend(socket.or_else(|| match readings.app_token {
        Ok(_) => Some(door::public_address()),
        Err(_) => None,
    }));
    Report { checks }
}

/// Asks Slack again after it asked to wait, as long as that is bearable.
struct Patience<'a> {
    left: Cell<Duration>,
    /// Why nobody is asked any more.
    gone: RefCell<Option<CallError>>,
    on_wait: &'a dyn Fn(Duration),
}

impl Patience<'_> {
    async fn ask<T>(&self, call: impl AsyncFn() -> Result<T, CallError>) -> Result<T, CallError> {
        loop {
            if let Some(error) = self.gone.borrow().clone() {
                return Err(error);
            }
            match call().await {
                Err(limited @ CallError::RateLimited { retry_after, .. }) => {
                    let wait = retry_after.unwrap_or(WAIT);
                    let Some(left) = self.left.get().checked_sub(wait) else {
                        return Err(limited);
                    };
                    self.left.set(left);
                    (self.on_wait)(wait);
                    tokio::time::sleep(wait).await;
                }
                Err(error @ (CallError::NotSent(_) | CallError::NoAnswer(_))) => {
                    *self.gone.borrow_mut() = Some(error.clone());
                    return Err(error);
                }
                answer => return answer,
            }
        }
    }
}
