//! Misbehaviour on request. Faults wait in a queue; the first that fits a call is used up by it. The words are the
//! Web API's; on the way to the bot (`commands`, `interactions`, `events`) what is "not applied" never arrives.

use serde_json::{Value, json};

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// HTTP 429 with `Retry-After`; the method stays closed until then. Not applied.
    RateLimited { after_s: u64 },
    /// An HTTP error page. Not applied.
    HttpError(u16),
    /// Applied, then the connection is cut without an answer.
    AcceptThenDrop,
    /// Applied, then answered with HTTP 500.
    AcceptThen500,
    /// The connection is cut now; the call is applied this much later, by the world's clock, in [`super::StandIn::turn`].
    DropThenApply { after_s: u64 },
    /// The connection is cut. Not applied.
    Drop,
    /// Never answered, never applied: the caller must give up by itself.
    Hang,
    /// Applied and answered, but only after this long by the machine's clock.
    Slow { ms: u64 },
    /// HTTP 200 with this error code. Not applied.
    Code(String),
    /// To the bot: a delivered event comes a second time, as Slack repeats what it believes lost.
    Redeliver,
    /// To the bot: the request is lost on the way. Events are tried again later, commands and clicks are not.
    Lose,
}

/// Targets that a fault of "any method" does not mean.
const NEVER_MEANT: [&str; 2] = ["response_url", "sockets"];

/// Names that a fault can be asked for besides a method of the Web API.
/// `sockets` is a socket just opened: an error code is the reason it is told to go, a hang leaves it without a greeting,
/// and everything else cuts it.
pub const TARGETS: [&str; 5] = [
    "events",
    "commands",
    "interactions",
    "response_url",
    "sockets",
];

impl Fault {
    /// The word for it on the page and in the record of calls.
    pub fn name(&self) -> &'static str {
        match self {
            Self::RateLimited { .. } => "rate_limit",
            Self::HttpError(_) => "http_error",
            Self::AcceptThenDrop => "lose_answer",
            Self::AcceptThen500 => "accept_then_500",
            Self::DropThenApply { .. } => "drop_then_apply",
            Self::Drop => "drop",
            Self::Hang => "hang",
            Self::Slow { .. } => "slow",
            Self::Code(_) => "code",
            Self::Redeliver => "redeliver",
            Self::Lose => "lose",
        }
    }

    /// Reads what the page sends: `{"kind": "rate_limit", "retry_after_s": 30}`.
    pub fn parse(from: &Value) -> Option<Self> {
        let number = |key: &str, default: u64| from[key].as_u64().unwrap_or(default);
        Some(match from["kind"].as_str()? {
            "rate_limit" => Self::RateLimited {
                after_s: number("retry_after_s", 30),
            },
            "error_500" => Self::HttpError(500),
            "http_error" => Self::HttpError(u16::try_from(number("status", 500)).unwrap_or(500)),
            "lose_answer" => Self::AcceptThenDrop,
            "accept_then_500" => Self::AcceptThen500,
            "drop_then_apply" => Self::DropThenApply {
                after_s: number("after_s", 20),
            },
            "drop" => Self::Drop,
            "hang" => Self::Hang,
            "slow" => Self::Slow {
                ms: number("ms", 2000),
            },
            "code" => Self::Code(from["code"].as_str().unwrap_or("fatal_error").into()),
            "redeliver" => Self::Redeliver,
            "lose" => Self::Lose,
            _ => return None,
        })
    }

    fn is_for_the_bot(&self) -> bool {
        matches!(self, Self::Redeliver | Self::Lose)
    }
}

/// One entry of the queue.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// A method, one of [`TARGETS`], or nothing for any method of the Web API.
    pub target: Option<String>,
    pub fault: Fault,
    /// How many more times; nothing means until cleared.
    pub left: Option<u32>,
}

/// The queue.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    waiting: Vec<Waiting>,
}

impl Faults {
    /// Asks for a fault.
    pub fn add(&mut self, waiting: Waiting) {
        self.waiting.push(waiting);
    }

    /// Behaves again.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }

    /// What is still asked for, in order.
    pub fn list(&self) -> &[Waiting] {
        &self.waiting
    }

    /// The first fault that fits; one use of it is gone.
    pub fn take(&mut self, target: &str) -> Option<Fault> {
        let to_bot = ["events", "commands", "interactions"].contains(&target);
        let fits = |waiting: &Waiting| match &waiting.target {
            Some(wanted) => wanted == target,
            None => waiting.fault.is_for_the_bot() == to_bot && !NEVER_MEANT.contains(&target),
        };
        let index = self.waiting.iter().position(fits)?;
        let entry = &mut self.waiting[index];
        let fault = entry.fault.clone();
        if let Some(left) = &mut entry.left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.waiting.remove(index);
            }
        }
        Some(fault)
    }

    /// For the page.
    pub fn json(&self) -> Value {
        let list = self.waiting.iter().map(
            |waiting| json!({"kind": waiting.fault.name(), "target": waiting.target, "left": waiting.left}),
        );
        Value::Array(list.collect())
    }
}
