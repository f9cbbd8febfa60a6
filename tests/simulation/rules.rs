//! The configuration that histories are played with, and the times in it that the oracle holds the bot to.

use std::sync::OnceLock;

use balefire::config::{self, Settings};

const RULES: &str = r#"
[[severity]]
id = "P0"
name = "Critical"
meaning = "The system is down"
respond_within = "4m"
update_every = "6m"
owner = ["U0BOB"]
escalate_to = ["U0CHEN"]
stakeholders = ["C0EXEC"]

[[severity]]
id = "P1"
name = "High"
meaning = "A main function fails"
respond_within = "15m"
update_every = "6m"
escalate_to = ["U0ALICE"]
stakeholders = ["C0EXEC"]

[[severity]]
id = "P2"
name = "Medium"
meaning = "A function fails for some"
respond_within = "8h"
update_every = "6m"

[nag]
climb_after = "2m"

[customers]
channel = "C0CUSTOMERS"
"#;

/// How often a status update is asked for, whatever the severity.
pub const UPDATE_EVERY_MS: i64 = 6 * 60 * 1_000;

/// `in_threads`: incidents get no channel of their own.
pub fn settings(in_threads: bool) -> Settings {
    static SETTINGS: OnceLock<Settings> = OnceLock::new();
    let read = || {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("balefire.toml");
        std::fs::write(&file, RULES).unwrap();
        config::load_settings(Some(&file)).unwrap()
    };
    let mut settings = SETTINGS.get_or_init(read).clone();
    settings.rules.channel_per_incident = !in_threads;
    settings
}
