//! What people write in the incidents channel: the severity and the title that it suggests.

use crate::domain::rules::{Rules, Severity};

/// Words that say that nothing works, in lower case. Latin ones are matched as whole words, or from the beginning of
/// one where they end in `-`: `download` is not `down`. Chinese ones are matched anywhere.
const GRAVE: [&str; 21] = [
    "down",
    "outage-",
    "unavailable",
    "offline",
    "dead",
    "data loss",
    "breach-",
    "all customers",
    "everyone",
    "宕机",
    "挂了",
    "全部失败",
    "全部无法",
    "全部用户",
    "全部客户",
    "所有用户",
    "所有客户",
    "不可用",
    "瘫痪",
    "中断",
    "资损",
];
/// Words that say that something fails, matched in the same way.
const HIGH: [&str; 18] = [
    "error-",
    "fail-",
    "timeout-",
    "timing out",
    "5xx",
    "500-",
    "502-",
    "503-",
    "504-",
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
/// What takes back the word that follows: `not down`, `不影响所有用户`. Only what stands right before it counts, because a
/// severity that is suggested too low costs more than one too high. Latin ones are matched as whole words.
const DENIALS: [&str; 21] = [
    "no",
    "not",
    "isn't",
    "isn’t",
    "aren't",
    "aren’t",
    "without",
    "not affecting",
    "doesn't affect",
    "doesn’t affect",
    "不影响",
    "没影响",
    "不是",
    "并非",
    "不会",
    "没有",
    "没有造成",
    "未造成",
    "没",
    "未",
    "无",
];

/// The severity that the words of a report suggest: the gravest, the second, or the third of those configured.
pub fn guess_severity<'a>(text: &str, rules: &'a Rules) -> &'a Severity {
    let text = text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| says(&text, word));
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

fn says(text: &str, word: &str) -> bool {
    let (stem, is_beginning) = match word.strip_suffix('-') {
        Some(stem) => (stem, true),
        None => (word, false),
    };
    text.match_indices(stem).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + stem.len()..]);
        // Asked for last: a run of letters is read once, not at each place where a word may begin in it.
        let rest = || match is_beginning {
            true => after.trim_start_matches(|c: char| c.is_ascii_lowercase()),
            false => after,
        };
        let is_whole = !stem.is_ascii() || ends_word(before) && begins_word(rest());
        is_whole && !denies(before.trim_end())
    })
}

// `服务down了` is one run of letters, but only the Latin ones belong to the word.
fn ends_word(before: &str) -> bool {
    !before.ends_with(|c: char| c.is_ascii_alphanumeric())
}

fn begins_word(after: &str) -> bool {
    !after.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// Whether what follows is said not to be so.
fn denies(before: &str) -> bool {
    DENIALS.iter().any(|denial| {
        let Some(before) = before.strip_suffix(denial) else {
            return false;
        };
        if denial.is_ascii() {
            return ends_word(before);
        }
        // `是不是挂了`, `有没有报错` ask whether it is so.
        let mut letters = denial.chars();
        letters.next();
        let asked = letters.as_str();
        asked.is_empty() || !before.ends_with(asked)
    })
}

/// A title from a report: its first sentence, at most 80 characters.
pub fn guess_title(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    let Some(line) = text
        .lines()
        // Whoever shouts begins with the marks that end a sentence.
        .map(|line| {
            line.trim_start_matches(|c: char| !c.is_alphanumeric())
                .trim_end()
        })
        .find(|line| !line.is_empty())
    else {
        let words: Vec<&str> = text.split_whitespace().collect();
        return words.join(" ").chars().take(CHARS_MAX).collect();
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_suggest_a_severity() {
        let rules = Rules::default();
        for (text, severity) in [
            ("Checkout is DOWN!", "P0"),
            ("two outages since noon", "P0"),
            ("服务down了", "P0"),
            ("支付服务不可用", "P0"),
            ("银行卡支付全部失败", "P0"),
            ("所有用户都登录不了", "P0"),
            ("退款已全部到账", "P2"),
            ("Download page is slow", "P2"),
            ("Countdown widget is ugly", "P2"),
            ("The deadline moved", "P2"),
            ("We get 500s from the API", "P1"),
            ("1500 users are waiting", "P2"),
            ("5000 orders are late", "P2"),
            ("Payments are failing", "P1"),
            ("I can't log in", "P1"),
            ("下单报错", "P1"),
            ("Checkout is slow, not down", "P2"),
            ("Not all customers see it", "P2"),
            ("Slow since noon. No errors, no data loss", "P2"),
            ("It isn’t down, but payments fail", "P1"),
            ("Do not wait: checkout is down", "P0"),
            ("Casino down", "P0"),
            ("不影响所有用户", "P2"),
            ("页面很慢,没有报错,未造成资损", "P2"),
            ("造成资损", "P0"),
            ("是不是挂了", "P0"),
            ("有没有影响所有用户", "P0"),
            ("登录不了 所有用户都一样", "P0"),
        ] {
            let guess = guess_severity(text, &rules);
            assert_eq!(guess.id.as_str(), severity, "{text}");
        }
    }

    #[test]
    fn a_title_is_the_first_sentence() {
        let long = "word ".repeat(30);
        let cut = format!("{}word…", "word ".repeat(15));
        for (text, title) in [
            ("Checkout is down. Anyone else?", "Checkout is down"),
            ("!!! Checkout is down", "Checkout is down"),
            (
                "db-1.example.com answers 502",
                "db-1.example.com answers 502",
            ),
            ("支付失败！大家看一下", "支付失败"),
            ("\n\n  🔥 Refunds fail\nsince noon", "Refunds fail"),
            ("???", "???"),
            (" ?!\n\n ?? ", "?! ??"),
            (long.as_str(), cut.as_str()),
        ] {
            assert_eq!(guess_title(text), title, "{text:?}");
        }
    }
}
