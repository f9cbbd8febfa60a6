//! Every metric there is: its name, what kind it is, and what it says. Dashboard and alerts are held to this list.

use metrics::Unit;

use super::Kind::{Counter, Gauge, Histogram};
use super::Metric;

pub(super) const BUILD_INFO: &str = "balefire_build_info";
pub(super) const READY: &str = "balefire_ready";
pub(super) const WORKPLACE_KNOWN: &str = "balefire_workplace_known";
pub(super) const CLOCK_SKEW: &str = "balefire_clock_skew_seconds";
pub(super) const PUMP_TURNED: &str = "balefire_pump_last_turn_timestamp_seconds";

pub(super) const REQUESTS: &str = "balefire_slack_requests_total";
pub(super) const REJECTED: &str = "balefire_slack_rejected_total";
pub(super) const UNKNOWN_PAYLOADS: &str = "balefire_slack_unknown_payloads_total";
pub(super) const REPEATS: &str = "balefire_slack_repeats_total";
pub(super) const ACK_SECONDS: &str = "balefire_slack_ack_seconds";
pub(super) const FORMS: &str = "balefire_forms_total";
pub(super) const SOCKETS_OPEN: &str = "balefire_socket_connected";
pub(super) const SOCKET_OPENS: &str = "balefire_socket_opens_total";
pub(super) const SOCKET_DISCONNECTS: &str = "balefire_socket_disconnects_total";

pub(super) const REFUSALS: &str = "balefire_refusals_total";
pub(super) const CONFLICTS: &str = "balefire_conflicts_total";
pub(super) const INCIDENTS_OPEN: &str = "balefire_incidents_open";
pub(super) const NAG_LATE_SECONDS: &str = "balefire_nag_late_seconds";

pub(super) const OUTBOX_ROWS: &str = "balefire_outbox_rows";
pub(super) const OUTBOX_OLDEST_AGE_SECONDS: &str = "balefire_outbox_oldest_age_seconds";
pub(super) const SENDS: &str = "balefire_sends_total";
pub(super) const RETRIES: &str = "balefire_send_retries_total";
pub(super) const UNKNOWN_SETTLED: &str = "balefire_unknown_settled_total";
pub(super) const GIVE_UPS: &str = "balefire_give_ups_total";
pub(super) const HELD_BACK: &str = "balefire_held_back_total";

pub(super) const DATABASE_SECONDS: &str = "balefire_database_seconds";
pub(super) const DATABASE_ERRORS: &str = "balefire_database_errors_total";
pub(super) const DATABASE_UP: &str = "balefire_database_up";

pub(super) const AUDIT_FINDINGS: &str = "balefire_audit_findings";
pub(super) const AUDIT_TURNED: &str = "balefire_audit_last_turn_timestamp_seconds";
pub(super) const HEARTBEATS: &str = "balefire_heartbeats_total";

/// Slack shows its own error after three seconds, and we answer something by 2.8.
const ACK_BUCKETS_S: &[f64] = &[
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 2.5, 2.8, 3.0,
];
/// A punctual nag is a second late at most; after an outage it can be hours.
const NAG_BUCKETS_S: &[f64] = &[
    0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0,
];
const DATABASE_BUCKETS_S: &[f64] = &[
    0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

/// In the order in which an operator asks: is it up, does it hear, does it think, does it speak, does it remember.
pub const METRICS: &[Metric] = &[
    metric(
        BUILD_INFO,
        Gauge,
        "Always 1; the label says which version runs",
    ),
    metric(
        READY,
        Gauge,
        "1 when /readyz would answer 200, as of the last look, else 0",
    ),
    metric(
        WORKPLACE_KNOWN,
        Gauge,
        "1 when Slack has said who the bot is and where the incidents channel is, else 0: nothing is sent then",
    ),
    in_seconds(
        CLOCK_SKEW,
        Gauge,
        "How far this machine's clock was ahead of Slack's, to a second, when they were last compared, at the start and every ten minutes; below 0 it was behind",
    ),
    in_seconds(
        PUMP_TURNED,
        Gauge,
        "When each pump last finished a turn, in seconds since 1970",
    ),
    metric(
        REQUESTS,
        Counter,
        "Deliveries from Slack by door (HTTP endpoint or socket), kind and status of the answer",
    ),
    metric(
        REJECTED,
        Counter,
        "Deliveries whose signature did not hold, by reason",
    ),
    metric(
        UNKNOWN_PAYLOADS,
        Counter,
        "Deliveries ignored because they are not served or cannot be read, by their own name",
    ),
    metric(
        REPEATS,
        Counter,
        "What was asked for before and not done again: delivered again by Slack, or typed again by a person",
    ),
    in_seconds(
        ACK_SECONDS,
        Histogram(ACK_BUCKETS_S),
        "From a delivery's arrival to its answer; Slack gives up at 3 s",
    ),
    metric(FORMS, Counter, "Forms opened, or not, by outcome"),
    metric(
        SOCKETS_OPEN,
        Gauge,
        "Sockets that Slack has greeted: 1, and 2 while Slack refreshes it; absent without Socket Mode",
    ),
    metric(
        SOCKET_OPENS,
        Counter,
        "Attempts to open a socket, by outcome; ten a minute at most",
    ),
    metric(
        SOCKET_DISCONNECTS,
        Counter,
        "Sockets that ended or were told to, by reason",
    ),
    metric(
        REFUSALS,
        Counter,
        "Orders that the rules refused, by kind of refusal",
    ),
    metric(
        CONFLICTS,
        Counter,
        "Decisions made anew because another one about the same incident was committed first",
    ),
    metric(INCIDENTS_OPEN, Gauge, "Open incidents, as of the last look"),
    in_seconds(
        NAG_LATE_SECONDS,
        Histogram(NAG_BUCKETS_S),
        "How long after its due time a nag was decided on (stage decided) and was at Slack (stage sent)",
    ),
    metric(
        OUTBOX_ROWS,
        Gauge,
        "Calls to Slack that wait (pending) or are on their way (sending), as of the last look",
    ),
    in_seconds(
        OUTBOX_OLDEST_AGE_SECONDS,
        Gauge,
        "Age of the oldest row of the outbox in each state, as of the last look; 0 without any",
    ),
    metric(
        SENDS,
        Counter,
        "Calls made by the outbox, by method and outcome",
    ),
    metric(
        RETRIES,
        Counter,
        "Calls that will be made again because Slack certainly did not take them, by method",
    ),
    metric(
        UNKNOWN_SETTLED,
        Counter,
        "Calls whose outcome was unknown and was settled, by how",
    ),
    metric(
        GIVE_UPS,
        Counter,
        "Calls given up for good, by Slack's error code; rare codes count as other",
    ),
    metric(
        HELD_BACK,
        Counter,
        "Messages not sent because nobody needed them any more, by reason",
    ),
    in_seconds(
        DATABASE_SECONDS,
        Histogram(DATABASE_BUCKETS_S),
        "Time spent in the database, by operation",
    ),
    metric(
        DATABASE_ERRORS,
        Counter,
        "Statements that the database failed, by kind; conflicts are not among them",
    ),
    metric(
        DATABASE_UP,
        Gauge,
        "1 when the database answered the last look within its time, else 0",
    ),
    metric(
        AUDIT_FINDINGS,
        Gauge,
        "What the last audit found wrong, by kind; 0 everywhere is healthy",
    ),
    in_seconds(
        AUDIT_TURNED,
        Gauge,
        "When the last audit ended, or when audits began, in seconds since 1970",
    ),
    metric(
        HEARTBEATS,
        Counter,
        "Heartbeats to BALEFIRE_HEARTBEAT_URL, by outcome; withheld: the audit found something",
    ),
];

const fn metric(name: &'static str, kind: super::Kind, help: &'static str) -> Metric {
    Metric {
        name,
        kind,
        unit: Unit::Count,
        help,
    }
}

const fn in_seconds(name: &'static str, kind: super::Kind, help: &'static str) -> Metric {
    Metric {
        unit: Unit::Seconds,
        ..metric(name, kind, help)
    }
}

/// The methods by which the outbox speaks to Slack.
pub(super) const METHODS: &[&str] = &[
    "chat.postMessage",
    "chat.update",
    "conversations.create",
    "conversations.invite",
    "conversations.setTopic",
    "pins.add",
    "response_url",
];

/// Codes that are worth a series of their own, because each has a remedy of its own.
pub(super) const GIVE_UP_CODES: &[&str] = &[
    "account_inactive",
    "cant_invite_self",
    "cant_update_message",
    "cannot_dm_bot",
    "channel_is_archived",
    "channel_not_found",
    "edit_window_closed",
    "ekm_access_denied",
    "foreign_url",
    "http_400",
    "http_404",
    "http_410",
    "http_413",
    "invalid_auth",
    "invalid_blocks",
    "invalid_blocks_format",
    "invalid_name",
    "is_archived",
    "message_not_found",
    "messages_tab_disabled",
    "missing_scope",
    "msg_blocks_too_long",
    "msg_too_long",
    "name_taken",
    "no_permission",
    "no_text",
    "not_in_channel",
    "restricted_action",
    "thread_not_found",
    "too_many_attachments",
    "unknown_outcome",
    "unreadable_row",
    "user_is_restricted",
    "user_not_found",
    "users_not_found",
    OTHER,
];

/// Where what is rare or new is counted, so that no label grows without bound.
pub(super) const OTHER: &str = "other";
