//! The small parts of what people type: words, mentions, durations and dates. Full-width characters count as their
//! plain counterparts, and every kind of space is a space.

use chrono::{Datelike, Days, Duration, Months, NaiveDate, Weekday};

use crate::domain::refusal::Refusal;
use crate::ids::{IncidentId, UserId};

/// A space, as wide or as narrow as a keyboard or a copied text makes it.
pub fn is_space(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2060}' | '\u{FEFF}'
        )
}

/// What stands between a verb or a severity and the words that follow it. A full stop of ours is none: it is in `v1.2`.
pub fn is_pause(c: char) -> bool {
    is_space(c)
        || matches!(
            c,
            ':' | '：' | ',' | '，' | '、' | ';' | '；' | '！' | '。' | '～'
        )
}

/// A character as it is compared: lower case, and a full-width one as its plain counterpart.
fn fold_char(c: char) -> char {
    let plain = match c {
        // The full-width forms lie this far from ASCII.
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '“' | '”' | '„' | '«' | '»' => '"',
        '‘' | '’' => '\'',
        c if is_space(c) => ' ',
        c => c,
    };
    plain.to_lowercase().next().unwrap_or(plain)
}

/// `text` as it is compared.
pub fn fold(text: &str) -> String {
    text.chars().map(fold_char).collect()
}

/// Without the space around it.
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// The first word and what follows it, both trimmed.
pub fn word(text: &str) -> (&str, &str) {
    let text = trim(text);
    let end = text.find(is_space).unwrap_or(text.len());
    (&text[..end], trim(&text[end..]))
}

/// The last word and what stands before it, both trimmed.
pub fn last_word(text: &str) -> (&str, &str) {
    let text = trim(text);
    let start = text
        .char_indices()
        .rev()
        .find(|(_, c)| is_space(*c))
        .map_or(0, |(at, c)| at + c.len_utf8());
    (&text[start..], trim(&text[..start]))
}

/// The first word up to a space or a pause (`update: …`, `更新：…`), and what follows.
pub fn leading(text: &str) -> (&str, &str) {
    let text = trim(text);
    let end = text.find(is_pause).unwrap_or(text.len());
    // A pause with nothing before it is a word of its own.
    let end = if end == 0 {
        text.chars().next().map_or(0, char::len_utf8)
    } else {
        end
    };
    (&text[..end], text[end..].trim_start_matches(is_pause))
}

/// What follows `prefix` at the start of `text`, if the word ends there: `P0 …`, `P0: …`, `P0支付 …`.
pub fn after_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let mut rest = text.chars();
    let mut last = None;
    for wanted in prefix.chars() {
        last = Some(wanted);
        if fold_char(rest.next()?) != fold_char(wanted) {
            return None;
        }
    }
    let rest = rest.as_str();
    let ends_here = match rest.chars().next() {
        None => true,
        Some(next) if is_pause(next) => true,
        // Chinese is written without spaces, but a Chinese word may simply go on.
        Some(next) => last?.is_ascii() && !next.is_ascii(),
    };
    ends_here.then(|| rest.trim_start_matches(|c| is_pause(c) || matches!(c, '-' | '–' | '—')))
}

/// A mention of a person, `<@U1|alice>` or `<@U1>`.
pub fn mention(word: &str) -> Option<UserId> {
    let inside = word.strip_prefix("<@")?.strip_suffix('>')?;
    let id = inside.split_once('|').map_or(inside, |(id, _)| id);
    let is_id = id.starts_with(['U', 'W']) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_id.then(|| UserId::new(id))
}

/// The first mention of a person in `text`, and the text without it.
pub fn take_mention(text: &str) -> Option<(UserId, String)> {
    let mut from = 0;
    while let Some(start) = text[from..].find("<@").map(|at| from + at) {
        // A display name may hold spaces, so a mention ends where its bracket does.
        let end = start + text[start..].find('>')? + 1;
        if let Some(user) = mention(&text[start..end]) {
            let rest = format!("{} {}", trim(&text[..start]), trim(&text[end..]));
            return Some((user, trim(&rest).to_owned()));
        }
        from = end;
    }
    None
}

/// A mention at the very end of `text`, and the text before it.
pub fn strip_last_mention(text: &str) -> Option<(UserId, &str)> {
    let start = trim(text).ends_with('>').then(|| text.rfind("<@"))??;
    Some((mention(trim(&text[start..]))?, trim(&text[..start])))
}

/// A mention at the very beginning of `text`, and the text after it.
pub fn strip_first_mention(text: &str) -> Option<(UserId, &str)> {
    let end = text.starts_with("<@").then(|| text.find('>'))?? + 1;
    Some((mention(&text[..end])?, trim(&text[end..])))
}

/// An incident's identifier: none for an ordinary word.
///
/// # Errors
/// When it plainly is meant to be one but is not.
pub fn incident(word: &str) -> Result<Option<IncidentId>, Refusal> {
    let folded = fold(word);
    let folded = folded.trim_end_matches([':', ',', '.']);
    let is_meant = folded
        .strip_prefix("inc-")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if !is_meant {
        return Ok(None);
    }
    folded
        .parse()
        .map(Some)
        .map_err(|_| Refusal::UnknownIncident {
            given: plain_word(word),
        })
}

/// What a person typed, to be quoted back to them: without markup, and not a whole page.
pub fn plain_word(word: &str) -> String {
    crate::slack::mrkdwn::fit(trim(&crate::slack::mrkdwn::plain(word)), 60)
}

/// A time span: `30m`, `1h 30m`, `90 min`, `30分钟`, `2小时`.
pub fn duration(text: &str) -> Option<Duration> {
    let folded = fold(text);
    let folded = folded.trim_end_matches(['.', '。', '!', '后']);
    let spelled = [
        ("半小时", "30m "),
        ("个小时", "h "),
        ("小时", "h "),
        ("分钟", "m "),
        ("分", "m "),
        ("秒钟", "s "),
        ("秒", "s "),
        ("天", "d "),
    ]
    .into_iter()
    .fold(folded.to_owned(), |text, (word, unit)| {
        text.replace(word, unit)
    });
    let span = humantime::parse_duration(spelled.trim()).ok()?;
    Duration::from_std(span).ok()
}

/// A day: `2026-06-01`, `6月1日`, `today`, `tomorrow`, `friday`, `明天`, `周五`. A weekday is the next one after
/// today, so that on a Friday `friday` is in a week.
pub fn date(word: &str, today: NaiveDate) -> Option<NaiveDate> {
    let folded = fold(trim(word));
    let folded = folded.trim_end_matches(['.', '。', '!', ',', '前']);
    match folded {
        "today" | "今天" => return Some(today),
        "tomorrow" | "明天" => return today.checked_add_days(Days::new(1)),
        "后天" => return today.checked_add_days(Days::new(2)),
        _ => {}
    }
    if let Some(weekday) = weekday(folded) {
        let today_number = today.weekday().num_days_from_monday();
        let ahead = (6 + weekday.num_days_from_monday() - today_number) % 7 + 1;
        return today.checked_add_days(Days::new(u64::from(ahead)));
    }
    if let Ok(date) = NaiveDate::parse_from_str(folded, "%Y-%m-%d") {
        // `%Y` reads any number of digits.
        return (1000..=9999).contains(&date.year()).then_some(date);
    }
    let (month, day) = folded.split_once('月')?;
    let day = day.trim_end_matches(['日', '号']);
    let this_year = NaiveDate::from_ymd_opt(today.year(), month.parse().ok()?, day.parse().ok()?)?;
    if this_year < today {
        this_year.checked_add_months(Months::new(12))
    } else {
        Some(this_year)
    }
}

fn weekday(folded: &str) -> Option<Weekday> {
    if let Some(day) = ["星期", "礼拜", "周"]
        .into_iter()
        .find_map(|week| folded.strip_prefix(week))
    {
        return match day {
            "一" => Some(Weekday::Mon),
            "二" => Some(Weekday::Tue),
            "三" => Some(Weekday::Wed),
            "四" => Some(Weekday::Thu),
            "五" => Some(Weekday::Fri),
            "六" => Some(Weekday::Sat),
            "日" | "天" => Some(Weekday::Sun),
            _ => None,
        };
    }
    folded.parse().ok()
}
