//! A clock that is not Slack's, as the log and the metrics of a bot that starts tell of it.

use std::sync::Arc;

use balefire::logs::{self, LogFormat};
use metrics_exporter_prometheus::PrometheusBuilder;
use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::logs::Sink;
use crate::world::{RULES, World};

/// What the metrics say, and how often the log warns, where our clock is so far ahead of Slack's.
async fn started(ahead_s: i64) -> (f64, usize) {
    let sink = Sink::default();
    let writer = sink.clone();
    let at_warn = Targets::new().with_default(LevelFilter::WARN);
    let subscriber = logs::subscriber(at_warn, LogFormat::Text, false, move || writer.clone());
    // This test's thread runs everything the bot does.
    let _logging = tracing::subscriber::set_default(subscriber);
    let recorder = PrometheusBuilder::new().build_recorder();
    let _counting = metrics::set_default_local_recorder(&recorder);
    let mut world = World::build(RULES, &[], |options| {
        let ours = Arc::clone(&options.clock);
        options.clock = Arc::new(move || ours() - ahead_s * 1_000);
    })
    .await;
    world.kill_bot().await;
    let metrics = recorder.handle().render();
    let skew = metrics
        .lines()
        .find_map(|line| line.strip_prefix("balefire_clock_skew_seconds "));
    let log = sink.text();
    let warns = |line: &&str| {
        line.contains("clock differs from Slack's; set it by NTP")
            && line.contains(&format!("ahead_s={ahead_s}"))
    };
    let warnings = log.lines().filter(warns).count();
    assert_eq!(log.matches("NTP").count(), warnings, "{log}");
    (skew.unwrap().parse().unwrap(), warnings)
}

#[tokio::test]
async fn one_that_is_far_from_slacks_is_told_of_once() {
    for (ahead_s, warnings) in [(0, 0), (5, 0), (6, 1), (-5, 0), (-6, 1), (-400, 1)] {
        let expected = (ahead_s as f64, warnings);
        assert_eq!(started(ahead_s).await, expected, "{ahead_s} s ahead");
    }
}
