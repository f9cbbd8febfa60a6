//! What a panic leaves in the log. The hook is the whole process's, so this program has one test only.

use std::io;
use std::sync::{Arc, Mutex};

use balefire::logs::{self, LogFormat};
use serde_json::Value;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::filter::Targets;

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_panic_is_a_line_of_the_log_without_its_words() {
    let sink = Sink::default();
    let writer = sink.clone();
    let filter = Targets::new().with_default(LevelFilter::INFO);
    let subscriber = logs::subscriber(filter, LogFormat::Json, false, move || writer.clone());
    logs::panics_too();
    tracing::subscriber::with_default(subscriber, || {
        let words = String::from("wombat");
        std::panic::catch_unwind(|| panic!("cannot read {words}")).unwrap_err();
    });
    // What follows may fail, and is to say why.
    drop(std::panic::take_hook());
    let log = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
    let line: Value = serde_json::from_str(&log).unwrap();
    assert_eq!(line["level"], "ERROR");
    let location = line["location"].as_str().unwrap();
    assert!(location.starts_with("tests/panics.rs:"), "{location}");
    assert!(!log.contains("wombat"), "{log}");
}
