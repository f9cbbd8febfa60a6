//! How it stands with the sockets, for `/readyz`, for metrics and for tests.

use std::sync::Arc;

use tokio::sync::watch;

use crate::clock::Time;
use crate::telemetry;

/// How it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Sockets that Slack greeted and that have not ended: one, and two while Slack refreshes the first.
    pub open: usize,
    /// Since when there has been one without a pause.
    pub connected_since: Option<Time>,
    /// When the next is opened, if that is waited for.
    pub next_open_at: Option<Time>,
    /// Why the last attempt failed, or the last socket ended, while nothing has come of it since.
    pub trouble: Option<String>,
}

/// Shared by the sockets and whoever looks.
#[derive(Debug, Default)]
pub struct SocketState {
    standing: watch::Sender<Standing>,
}

impl SocketState {
    /// How it stands now, and from now on.
    pub fn subscribe(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    /// What keeps Slack from reaching us, in one line; `None`: it can.
    pub fn complaint(&self) -> Option<String> {
        let standing = self.standing.borrow();
        let why = standing.trouble.as_deref().unwrap_or("not connected yet");
        (standing.open == 0).then(|| format!("socket: {why}"))
    }

    pub(super) fn waits_until(&self, at: Option<Time>) {
        self.standing.send_if_modified(|standing| {
            let is_new = standing.next_open_at != at;
            standing.next_open_at = at;
            is_new
        });
    }

    pub(super) fn troubled(&self, why: &str) {
        self.standing
            .send_modify(|standing| standing.trouble = Some(why.to_owned()));
    }

    /// One more is open, until what is returned is dropped.
    pub(super) fn opened(self: &Arc<Self>, now: Time) -> Open {
        self.standing.send_modify(|standing| {
            standing.open += 1;
            standing.connected_since.get_or_insert(now);
            standing.trouble = None;
            telemetry::sockets_open(standing.open);
        });
        Open {
            state: Arc::clone(self),
        }
    }
}

/// A socket that is open.
pub(super) struct Open {
    state: Arc<SocketState>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.state.standing.send_modify(|standing| {
            standing.open = standing.open.saturating_sub(1);
            if standing.open == 0 {
                standing.connected_since = None;
            }
            telemetry::sockets_open(standing.open);
        });
    }
}
