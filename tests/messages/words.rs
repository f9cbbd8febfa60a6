//! Lengths of time and severities, in words.

use balefire::domain::rules::{Language, Rules};
use balefire::ids::SeverityId;
use balefire::slack::render::{duration, severity_emoji, severity_whole, silence};
use chrono::Duration;

#[test]
fn a_length_of_time_is_said_as_people_say_it() {
    let cases = [
        (-5, "0 s", "0 秒"),
        (59, "59 s", "59 秒"),
        (60, "1 min", "1 分钟"),
        (35 * 60 + 59, "35 min", "35 分钟"),
        (3_600, "1 h", "1 小时"),
        (7_500, "2 h 05 min", "2 小时 5 分钟"),
        (47 * 3_600, "47 h", "47 小时"),
        (48 * 3_600, "2 d", "2 天"),
        (76 * 3_600, "3 d 4 h", "3 天 4 小时"),
    ];
    for (seconds, english, chinese) in cases {
        let length = Duration::seconds(seconds);
        assert_eq!(duration(length, Language::En), english, "{seconds}");
        assert_eq!(duration(length, Language::Zh), chinese, "{seconds}");
    }
}

#[test]
fn a_silence_is_counted_in_minutes_for_three_hours() {
    let cases = [
        (-1, "0 seconds"),
        (1, "1 second"),
        (3, "3 seconds"),
        (60, "1 minute"),
        (135 * 60, "135 minutes"),
        (180 * 60 + 59, "180 minutes"),
        (181 * 60, "3 h 01 min"),
    ];
    for (seconds, words) in cases {
        assert_eq!(silence(seconds, Language::En), words, "{seconds}");
    }
}

#[test]
fn a_severity_has_a_colour_by_rank_and_words_of_its_own() {
    let mut rules = Rules::default();
    rules.severities[1].name = "Hoch & <!here>".into();
    let cases = [
        ("P0", "🔴", "P0 严重 — 系统不可用"),
        (
            "P1",
            "🟠",
            "P1 Hoch &amp; &lt;!here&gt; — An important part does not work and there is no way around it",
        ),
        ("P3", "🔵", "P3 低 — 轻微故障，影响少数人"),
        ("SEV9", "🔴", "SEV9"),
    ];
    for (id, emoji, words) in cases {
        let id = SeverityId::new(id);
        assert_eq!(severity_emoji(&id, &rules), emoji);
        assert_eq!(severity_whole(&id, &rules, Language::Zh), words);
    }
}
