//! What a panic leaves in the log. The hook is the whole process's, so this program has one test only.

use balefire::logs::{self, LogFormat};
use serde_json::Value;
use tempfile::NamedTempFile;
use tracing_subscriber::filter::{LevelFilter, Targets};

#[test]
fn a_panic_is_a_line_of_the_log_without_its_words() {
    let file = NamedTempFile::new().unwrap();
    let filter = Targets::new().with_default(LevelFilter::INFO);
    let subscriber = logs::subscriber(filter, LogFormat::Json, false, file.reopen().unwrap());
    logs::panics_too();
    tracing::subscriber::with_default(subscriber, || {
        let words = String::from("wombat");
        std::panic::catch_unwind(|| panic!("cannot read {words}")).unwrap_err();
    });
    // What follows may fail, and is to say why.
    drop(std::panic::take_hook());
    let log = std::fs::read_to_string(&file).unwrap();
    let line: Value = serde_json::from_str(&log).unwrap();
    assert_eq!(line["level"], "ERROR");
    let location = line["location"].as_str().unwrap();
    assert!(location.starts_with("tests/panics.rs:"), "{location}");
    assert!(!log.contains("wombat"), "{log}");
}
