//! What people write in the incidents channel: is it a report, and of what?

use crate::domain::rules::{Rules, Severity};

/// Words that say that nothing works. Matched in lower case, anywhere in the text.
const GRAVE: [&str; 16] = [
    "down",
    "outage",
    "unavailable",
    "offline",
    "dead",
    "data loss",
    "breach",
    "all customers",
    "everyone",
    "宕机",
    "挂了",
    "全部",
    "不可用",
    "瘫痪",
    "中断",
    "资损",
];
/// Words that say that something fails.
const HIGH: [&str; 18] = [
    "error",
    "fail",
    "timeout",
    "timing out",
    "5xx",
    "500",
    "502",
    "503",
    "504",
    "cannot",
    "can't",
    "broken",
    "失败",
    "报错",
    "超时",
    "异常",
    "无法",
    "错误",
];

/// The severity that the words of a report suggest: the gravest, the second, or the third of those configured.
pub fn guess_severity<'a>(text: &str, rules: &'a Rules) -> &'a Severity {
    let text = text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let nth = if says(&GRAVE) {
        0
    } else if says(&HIGH) {
        1
    } else {
        2
    };
    rules
        .severities
        .get(nth.min(rules.severities.len().saturating_sub(1)))
        .unwrap_or_else(|| rules.gravest())
}

/// A title from a report: its first sentence, at most 80 characters.
pub fn guess_title(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or("");
    let end = line
        .char_indices()
        .find(|(at, c)| match c {
            '。' | '！' | '？' => true,
            // A dot inside a number or a host name ends no sentence.
            '.' | '!' | '?' => line[at + c.len_utf8()..]
                .chars()
                .next()
                .is_none_or(char::is_whitespace),
            _ => false,
        })
        .map_or(line.len(), |(at, _)| at);
    let sentence = line[..end].trim();
    match sentence.char_indices().nth(CHARS_MAX) {
        None => sentence.to_owned(),
        Some((cut, _)) => {
            let whole = &sentence[..cut];
            let cut = whole
                .rfind(char::is_whitespace)
                .filter(|at| *at > cut / 2)
                .unwrap_or(cut);
            format!("{}…", whole[..cut].trim_end())
        }
    }
}
