//! Answering in time, by whichever door a delivery came.
//!
//! The rule: Slack waits three seconds and then shows an error of its own, so whatever happens behind the door, words
//! come back in time. The work itself is never cut short by that.

use std::panic::{UnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::slack::inbound::{Answer, Inbound};
use crate::slack::people::People;
use crate::telemetry;
use crate::words::say;

/// What is left of Slack's three seconds after the way there and back.
const ANSWER_WITHIN: Duration = Duration::from_millis(2_800);

/// The door that deliveries are handed to, with how long an answer is waited for. It runs to its end even when Slack no
/// longer waits.
pub type Handler =
    Arc<dyn Fn(Inbound, Duration) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync>;

/// Hands deliveries to the door and sees that an answer comes in time.
#[derive(Clone)]
pub struct Reception {
    people: Arc<People>,
    handler: Handler,
    answer_within: Duration,
}

impl Reception {
    /// Speaks each person's language as far as `people` knows it.
    pub fn new(people: Arc<People>, handler: Handler) -> Self {
        Self {
            people,
            handler,
            answer_within: ANSWER_WITHIN,
        }
    }

    /// Answers within another time than the usual 2.8 s.
    pub fn answer_within(self, answer_within: Duration) -> Self {
        Self {
            answer_within,
            ..self
        }
    }

    /// Reads a delivery that `began` to arrive then, and answers it. `door` names the HTTP endpoint, or `socket`.
    /// Returns the delivery's kind, too.
    pub async fn receive(
        &self,
        door: &'static str,
        began: Instant,
        read: impl FnOnce() -> Inbound + UnwindSafe,
    ) -> (&'static str, Answer) {
        // Should reading stumble after all, that is one delivery's trouble.
        let Ok(inbound) = catch_unwind(read) else {
            tracing::error!(door, "reading a delivery panicked");
            let words = say!(self.people.otherwise(), "ingress-broken");
            return ("unknown", Answer::Text(words));
        };
        (inbound.kind(), self.answer(door, began, inbound).await)
    }

    async fn answer(&self, door: &'static str, began: Instant, inbound: Inbound) -> Answer {
        match &inbound {
            Inbound::SslCheck => return Answer::Empty,
            Inbound::UrlVerification { challenge } => return Answer::Text(challenge.clone()),
            Inbound::Unknown { what } => {
                telemetry::unknown_payload(what);
                tracing::info!(door, what, "a delivery that is not served is ignored");
                // Whoever typed something is told; nobody looks at the answer to the rest.
                return match door == "commands" || what == "malformed.command" {
                    true => Answer::Text(say!(self.people.otherwise(), "ingress-unreadable")),
                    false => Answer::Empty,
                };
            }
            _ => {}
        }
        let kind = inbound.kind();
        let language = inbound
            .user()
            .map_or(self.people.otherwise(), |user| self.people.language(user));
        // Slack shows nobody the words that answer a click, but marks the button when there are none.
        let (apology, is_click) = (inbound.apology(), matches!(inbound, Inbound::Click(_)));
        let handler = Arc::clone(&self.handler);
        // What a panic says is logged where it happens (`logs.rs`). A task of its own goes on when the time is up or the connection is gone, and keeps a panic to itself.
        let left = self.answer_within.saturating_sub(began.elapsed());
        let mut work = tokio::spawn(async move { handler(inbound, left).await });
        match tokio::time::timeout(left, &mut work).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => {
                tracing::error!(door, kind, "a handler panicked");
                if is_click {
                    return Answer::Failed;
                }
                apology.say(say!(language, "ingress-broken"))
            }
            Err(_) => {
                tracing::warn!(
                    door,
                    kind,
                    "a handler takes longer than Slack waits; it goes on"
                );
                tokio::spawn(watch(door, kind, work));
                if is_click {
                    return Answer::Failed;
                }
                apology.say(say!(language, "ingress-late"))
            }
        }
    }
}

/// Sees work that nobody waits for to its end, so that its panic is not lost.
async fn watch(door: &'static str, kind: &'static str, work: tokio::task::JoinHandle<Answer>) {
    if work.await.is_err() {
        tracing::error!(door, kind, "a handler panicked after its time was up");
    }
}
