//! What the bot counts and measures, for Prometheus. The rule: one function per thing that happens, here and nowhere
//! else, and every label comes from a bounded set. Base units, names that end in what they count.
//!
//! Counting never fails and never waits. Without [`install`] (in most tests) it does nothing.

mod list;

use std::collections::BTreeSet;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::clock::Time;
use crate::domain::effect::{Effect, Reader};
use crate::domain::event::Event;
use crate::domain::moot::Moot;
pub use list::METRICS;
use list::*;

/// An enum whose variants are the values of a label.
macro_rules! labels {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $label:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The label's value.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $label,)+
                }
            }
        }
    };
}

/// One metric as `/metrics` describes it.
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    pub unit: Unit,
    pub help: &'static str,
}

/// What Prometheus makes of it.
#[derive(Clone, Copy)]
pub enum Kind {
    Counter,
    Gauge,
    /// With the upper bounds of its buckets, in its unit.
    Histogram(&'static [f64]),
}

/// What an attempt to open a socket can come to; the last five are what Slack says instead of hello.
pub const SOCKET_OUTCOMES: &[&str] = &[
    "connected",
    "unreachable",
    "no_hello",
    "refused",
    "rate_limited",
    "warning",
    "too_many_websockets",
    "link_disabled",
    "refresh_requested",
    "other",
];

/// Why a socket ends.
pub const SOCKET_REASONS: &[&str] = &[
    "warning",
    "refresh_requested",
    "link_disabled",
    "too_many_websockets",
    "other",
    "closed",
    "silent",
];

/// Begins to count, at the first call; the recorder is the process's only one. Everything that the `metrics` crate
/// counts anywhere in the process is in it.
pub fn install() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let mut builder = PrometheusBuilder::new();
        for metric in METRICS {
            if let Kind::Histogram(buckets) = metric.kind {
                builder = builder
                    .set_buckets_for_metric(Matcher::Full(metric.name.into()), buckets)
                    .expect("no list of buckets is empty");
            }
        }
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::error!("another recorder of metrics is installed; /metrics stays empty");
        }
        for Metric {
            name,
            kind,
            unit,
            help,
        } in METRICS
        {
            match kind {
                Kind::Counter => describe_counter!(*name, *unit, *help),
                Kind::Gauge => describe_gauge!(*name, *unit, *help),
                Kind::Histogram(_) => describe_histogram!(*name, *unit, *help),
            }
        }
        begin_at_zero();
        handle
    })
}

/// Everything counted so far, in Prometheus's text format. Reads memory only, so it answers whatever else does not.
pub fn render() -> String {
    install().render()
}

/// Sums up the histograms' samples. To be called every minute or so: without it they pile up while nobody looks.
pub fn upkeep() {
    install().run_upkeep();
}

/// A counter that appears with its first event cannot be seen to rise: Prometheus needs the zero before it.
fn begin_at_zero() {
    gauge!(BUILD_INFO, "version" => env!("CARGO_PKG_VERSION")).set(1);
    for method in METHODS {
        for outcome in Sent::ALL {
            counter!(SENDS, "method" => *method, "outcome" => outcome.name()).absolute(0);
        }
        counter!(RETRIES, "method" => *method).absolute(0);
    }
    for how in Settled::ALL {
        counter!(UNKNOWN_SETTLED, "how" => how.name()).absolute(0);
    }
    for code in GIVE_UP_CODES {
        counter!(GIVE_UPS, "code" => *code).absolute(0);
    }
    for moot in Moot::ALL {
        counter!(HELD_BACK, "reason" => moot.code()).absolute(0);
    }
    for repeat in Repeat::ALL {
        counter!(REPEATS, "by" => repeat.name()).absolute(0);
    }
    for failure in DatabaseFailure::ALL {
        counter!(DATABASE_ERRORS, "kind" => failure.name()).absolute(0);
    }
    for outcome in ["opened", "refused", "late"] {
        counter!(FORMS, "outcome" => outcome).absolute(0);
    }
    for outcome in ["sent", "failed", "withheld"] {
        counter!(HEARTBEATS, "outcome" => outcome).absolute(0);
    }
    for outcome in SOCKET_OUTCOMES {
        counter!(SOCKET_OPENS, "outcome" => *outcome).absolute(0);
    }
    for reason in SOCKET_REASONS {
        counter!(SOCKET_DISCONNECTS, "reason" => *reason).absolute(0);
    }
    counter!(CONFLICTS).absolute(0);
    for reason in ["unsigned", "malformed", "stale", "wrong"] {
        counter!(REJECTED, "reason" => reason).absolute(0);
    }
    for stage in ["decided", "sent"] {
        let _ = histogram!(NAG_LATE_SECONDS, "stage" => stage);
    }
}

// --- Whether it is well ----------------------------------------------------------------------------------------------

/// What `/readyz` would say.
pub fn ready(is_ready: bool) {
    gauge!(READY).set(u8::from(is_ready));
}

/// Whether Slack has said where we work, without which nothing is sent.
pub fn workplace_known(is_known: bool) {
    gauge!(WORKPLACE_KNOWN).set(u8::from(is_known));
}

/// How far our clock is ahead of Slack's.
pub fn clock_skew(ahead: chrono::Duration) {
    gauge!(CLOCK_SKEW).set(ahead.num_milliseconds() as f64 / 1000.0);
}

/// A pump has finished a turn that did not fail.
pub fn pump_turned(pump: &'static str, now: Time) {
    gauge!(PUMP_TURNED, "pump" => pump).set(unix_s(now));
}

/// A look at the store: how many incidents are open, and what waits in the outbox.
pub fn incidents_open(count: i64) {
    gauge!(INCIDENTS_OPEN).set(count as f64);
}

/// How many rows of the outbox are in a state (`pending`, `sending`), and how old the oldest of them is.
pub fn outbox_depth(state: &'static str, rows: i64, oldest_age: chrono::Duration) {
    gauge!(OUTBOX_ROWS, "state" => state).set(rows as f64);
    gauge!(OUTBOX_OLDEST_AGE_SECONDS, "state" => state).set(seconds(oldest_age));
}

// --- What comes in ---------------------------------------------------------------------------------------------------

/// A delivery was answered. `door` is the HTTP endpoint, or `socket`.
pub fn acked(door: &'static str, kind: &'static str, status: u16, took: Duration) {
    let answered = status.to_string();
    counter!(REQUESTS, "door" => door, "kind" => kind, "status" => answered).increment(1);
    histogram!(ACK_SECONDS, "door" => door, "kind" => kind).record(took);
}

/// A delivery was not believed.
pub fn rejected(reason: &'static str) {
    counter!(REJECTED, "reason" => reason).increment(1);
}

/// How many sockets to Slack are open.
pub fn sockets_open(open: usize) {
    gauge!(SOCKETS_OPEN).set(open as f64);
}

/// An attempt to open a socket: see [`SOCKET_OUTCOMES`].
pub fn socket_opened(outcome: &'static str) {
    counter!(SOCKET_OPENS, "outcome" => outcome).increment(1);
}

/// A socket ended, or Slack said that it will: see [`SOCKET_REASONS`].
pub fn socket_ended(reason: &'static str) {
    counter!(SOCKET_DISCONNECTS, "reason" => reason).increment(1);
}

/// A delivery that is not served. `what` is a word out of a signed payload; should there ever be many, the later ones
/// count as `other`.
pub fn unknown_payload(what: &str) {
    const NAMES_MAX: usize = 30;
    const NAME_CHARS_MAX: usize = 60;
    static NAMES: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let fits = names.len() < NAMES_MAX && what.chars().count() <= NAME_CHARS_MAX;
    let name = match names.contains(what) || fits && names.insert(what.to_owned()) {
        true => what.to_owned(),
        false => OTHER.to_owned(),
    };
    drop(names);
    counter!(UNKNOWN_PAYLOADS, "what" => name).increment(1);
}

labels! {
    /// How something was recognised as asked for before.
    Repeat {
        /// By the identifier of Slack's delivery.
        Delivery = "delivery",
        /// By the words that the same person typed in the same place.
        Words = "words",
    }
}

/// Something was asked for again, and not done again.
pub fn repeated(by: Repeat) {
    counter!(REPEATS, "by" => by.name()).increment(1);
}

/// A form was `opened`, `refused` by Slack, or came `late`.
pub fn form(outcome: &'static str) {
    counter!(FORMS, "outcome" => outcome).increment(1);
}

// --- What is decided -------------------------------------------------------------------------------------------------

/// The rules refused an order.
pub fn refused(kind: &'static str) {
    counter!(REFUSALS, "kind" => kind).increment(1);
}

/// A decision is made anew, because another one was committed first.
pub fn conflict() {
    counter!(CONFLICTS).increment(1);
}

/// What has been decided and committed. Of nags, how late each was when it was decided on.
pub fn decided(event: &Event) {
    if let Event::Nagged { late_by_s, .. } = event {
        histogram!(NAG_LATE_SECONDS, "stage" => "decided").record((*late_by_s).max(0) as f64);
    }
}

// --- What goes out ---------------------------------------------------------------------------------------------------

labels! {
    /// What a call to Slack came to.
    Sent {
        Delivered = "delivered",
        /// Slack does not have it, and it is made again.
        Retry = "retry",
        /// 429: likewise, once Slack's pause is over.
        Limited = "limited",
        /// Nobody knows whether Slack has it.
        Unknown = "unknown",
        GivenUp = "given_up",
    }
}

labels! {
    /// How an unknown outcome was settled.
    Settled {
        /// It was found at Slack, and is not sent again.
        Found = "found",
        /// It was looked for and is not there: it is sent again.
        Absent = "absent",
        /// Repeating it changes nothing, so it is simply made again.
        Repeated = "repeated",
        /// It cannot be settled, and must not be sent twice: it is given up.
        GivenUp = "given_up",
    }
}

/// The outbox made a call.
pub fn sent(method: &'static str, outcome: Sent) {
    counter!(SENDS, "method" => method, "outcome" => outcome.name()).increment(1);
}

/// A call will be made again because Slack certainly did not take it.
pub fn retried(method: &'static str) {
    counter!(RETRIES, "method" => method).increment(1);
}

/// An unknown outcome is unknown no more.
pub fn unknown_settled(how: Settled) {
    counter!(UNKNOWN_SETTLED, "how" => how.name()).increment(1);
}

/// A call was given up for good. `code` is Slack's or the outbox's own; one of [`Moot`]'s counts as held back.
pub fn gave_up(code: &str) {
    if let Some(moot) = Moot::of_code(code) {
        counter!(HELD_BACK, "reason" => moot.code()).increment(1);
        return;
    }
    let known = GIVE_UP_CODES.iter().find(|known| **known == code);
    counter!(GIVE_UPS, "code" => *known.unwrap_or(&OTHER)).increment(1);
}

/// Slack has what an effect asks for. Of nags, how long after the due time that was. Not to be called again for the
/// same row.
pub fn delivered(effect: &Effect, now: Time) {
    if let Effect::Tell {
        to: Reader::Home,
        entry,
    } = effect
        && let Event::Nagged { due, .. } = &entry.event
    {
        nag_sent(now - *due);
    }
}

/// A nag is at Slack, this long after it was due.
pub fn nag_sent(late: chrono::Duration) {
    histogram!(NAG_LATE_SECONDS, "stage" => "sent").record(seconds(late));
}

// --- What is remembered ----------------------------------------------------------------------------------------------

/// Measures time spent in the database until it is dropped. `operation` is what it is spent on: `begin` (waiting for a
/// turn to write), `read` (waiting for a connection to read by), `statement`, `commit`.
pub fn stopwatch(operation: &'static str) -> Stopwatch {
    Stopwatch {
        operation,
        began: Instant::now(),
    }
}

/// See [`stopwatch`].
pub struct Stopwatch {
    operation: &'static str,
    began: Instant,
}

impl Drop for Stopwatch {
    fn drop(&mut self) {
        histogram!(DATABASE_SECONDS, "operation" => self.operation).record(self.began.elapsed());
    }
}

labels! {
    /// Why the database failed a statement.
    DatabaseFailure {
        /// No connection became free in time.
        Busy = "busy",
        /// It cannot be reached, or the connection broke.
        Unreachable = "unreachable",
        /// It says no: a constraint, a full disk, a missing right.
        Refused = "refused",
        Other = "other",
    }
}

/// The database failed a statement.
pub fn database_failed(kind: DatabaseFailure) {
    counter!(DATABASE_ERRORS, "kind" => kind.name()).increment(1);
}

/// Whether the database answered when it was last looked at.
pub fn database_up(is_up: bool) {
    gauge!(DATABASE_UP).set(u8::from(is_up));
}

// --- What the auditor says -------------------------------------------------------------------------------------------

/// How much of a kind the audit that ends now has found.
pub fn audit_found(kind: &'static str, count: usize) {
    gauge!(AUDIT_FINDINGS, "kind" => kind).set(count as f64);
}

/// An audit has ended.
pub fn audited(now: Time) {
    gauge!(AUDIT_TURNED).set(unix_s(now));
}

/// A heartbeat was `sent`, `failed`, or is `withheld` because something was found.
pub fn heartbeat(outcome: &'static str) {
    counter!(HEARTBEATS, "outcome" => outcome).increment(1);
}

/// Never negative: clocks of two machines may differ by a little.
fn seconds(span: chrono::Duration) -> f64 {
    span.to_std().unwrap_or_default().as_secs_f64()
}

fn unix_s(time: Time) -> f64 {
    time.timestamp_millis() as f64 / 1_000.0
}
