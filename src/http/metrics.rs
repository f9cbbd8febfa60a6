//! Numbers for Prometheus. The recorder is the process's only one and is installed once, whoever asks first.

use std::sync::OnceLock;
use std::time::Duration;

use axum::http::StatusCode;
use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Deliveries from Slack, by `endpoint`, `kind` and `status`.
const REQUESTS: &str = "balefire_slack_requests_total";
/// Deliveries that were not believed, by `reason`.
const REJECTED: &str = "balefire_slack_rejected_total";
/// Deliveries that were ignored because we do not serve or cannot read them, by `what`.
const UNKNOWN: &str = "balefire_slack_unknown_payloads_total";
/// Seconds from a delivery's headers to its answer, by `endpoint`. Slack gives up at 3.
const ACK_SECONDS: &str = "balefire_slack_ack_seconds";

const ACK_BUCKETS_S: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 2.8, 3.0];

/// Reads what was counted. Everything that the `metrics` crate counts anywhere in the process is in it.
pub fn handle() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let buckets = Matcher::Full(ACK_SECONDS.into());
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(buckets, &ACK_BUCKETS_S)
            .expect("the list of buckets is not empty")
            .build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::error!("another recorder of metrics is installed; /metrics stays empty");
        }
        describe_counter!(REQUESTS, "Deliveries from Slack");
        describe_counter!(REJECTED, "Deliveries whose signature did not hold");
        describe_counter!(
            UNKNOWN,
            "Deliveries ignored because they are not served or cannot be read"
        );
        describe_histogram!(ACK_SECONDS, Unit::Seconds, "Time to answer a delivery");
        handle
    })
}

/// Sums up the histograms' samples. To be called every minute or so: without it they pile up while nobody looks.
pub fn upkeep() {
    handle().run_upkeep();
}

pub(super) fn request(
    endpoint: &'static str,
    kind: &'static str,
    status: StatusCode,
    took: Duration,
) {
    let status = status.as_u16().to_string();
    counter!(REQUESTS, "endpoint" => endpoint, "kind" => kind, "status" => status).increment(1);
    histogram!(ACK_SECONDS, "endpoint" => endpoint).record(took);
}

pub(super) fn rejected(reason: &'static str) {
    counter!(REJECTED, "reason" => reason).increment(1);
}

/// `what` is a word out of a signed payload, so there are not many.
pub(super) fn unknown(what: &str) {
    counter!(UNKNOWN, "what" => what.to_owned()).increment(1);
}
