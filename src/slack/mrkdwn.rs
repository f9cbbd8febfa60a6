//! Text that people wrote, in and out of Slack's markup (`mrkdwn`).
//!
//! The rule: what a person wrote is escaped on its way out, always, or an incident's title can ping a whole channel.
//! [`escape`] keeps the person's own formatting (for updates and notes), [`literal`] lets nothing through (for titles
//! and names that stand inside our own sentences), [`plain`] is the way in.

use unicode_segmentation::UnicodeSegmentation;

use crate::clock::Time;
use crate::ids::{ChannelId, GroupId, UserId};

/// Opens and closes a stretch of text whose writing direction does not touch its neighbours.
const FIRST_STRONG_ISOLATE: char = '\u{2068}';
const POP_DIRECTIONAL_ISOLATE: char = '\u{2069}';
const ZERO_WIDTH_SPACE: char = '\u{200B}';

/// Makes `text` mean itself: no mention, link or date can be written with it. The three characters Slack names.
pub fn escape(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), push_escaped)
}

fn push_escaped(mut out: String, c: char) -> String {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        other => out.push(other),
    }
    out
}

/// [`escape`], cut so that the result is at most `max_chars` long and no entity is cut in two.
pub fn escape_to_fit(text: &str, max_chars: usize) -> String {
    cut(text, max_chars, escape)
}

/// One line of text without any effect: no mentions, no bold, no code, no line break, and no writing direction that
/// spills over. `:emoji:` stay. Meant for titles and names inside sentences of ours.
pub fn literal(text: &str) -> String {
    let line: Vec<char> = text.chars().filter_map(visible).collect();
    let mut out = String::with_capacity(text.len() + 8);
    for (at, c) in line.iter().copied().enumerate() {
        let word = |neighbour: Option<&char>| neighbour.is_some_and(char::is_ascii_alphanumeric);
        let inside_word = at > 0 && word(line.get(at - 1)) && word(line.get(at + 1));
        match c {
            // A code span may hold spaces, so only another character keeps it from opening.
            '`' => out.push('ˋ'),
            // Formatting opens only before a character that is no space. `snake_case` never opens any.
            '*' | '_' | '~' if !inside_word => out.extend([c, ZERO_WIDTH_SPACE]),
            other => out = push_escaped(out, other),
        }
    }
    if line.iter().copied().any(is_right_to_left) {
        out.insert(0, FIRST_STRONG_ISOLATE);
        out.push(POP_DIRECTIONAL_ISOLATE);
    }
    out
}

/// White space as a space; what has no width or steers the writing direction not at all.
fn visible(c: char) -> Option<char> {
    match c {
        '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{FEFF}' => None,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => None,
        c if c.is_whitespace() => Some(' '),
        c if c.is_control() => None,
        c => Some(c),
    }
}

/// Hebrew, Arabic and the other scripts that run from right to left.
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}')
        || matches!(c, '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

/// What a person meant, without Slack's markup: mentions and links become words, entities become characters.
pub fn plain(markup: &str) -> String {
    let mut out = String::with_capacity(markup.len());
    let mut rest = markup;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (text, used) = token(rest);
        out.push_str(&text);
        rest = &rest[used..];
    }
    out.push_str(rest);
    out
}

/// The words for the token that `rest` starts with, and how many bytes it takes.
fn token(rest: &str) -> (String, usize) {
    for (entity, character) in [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")] {
        if rest.starts_with(entity) {
            return (character.to_owned(), entity.len());
        }
    }
    let inside = rest.strip_prefix('<').and_then(|after| {
        // A token has no `<` in it: this one was never closed. Nobody looks further, or a text full of them takes for ever.
        let end = after.find(['<', '>'])?;
        Some(&after[..end]).filter(|_| end > 0 && after[end..].starts_with('>'))
    });
    match inside {
        Some(inside) => (words_of(inside), inside.len() + 2),
        None => (rest[..1].to_owned(), 1),
    }
}

fn words_of(inside: &str) -> String {
    let (target, label) = inside.split_once('|').unwrap_or((inside, ""));
    let label = entities(label);
    let or_label = |otherwise: &str| {
        if label.is_empty() {
            otherwise.to_owned()
        } else {
            label.clone()
        }
    };
    if let Some(user) = target.strip_prefix('@') {
        return format!("@{}", or_label(user).trim_start_matches('@'));
    }
    if let Some(channel) = target.strip_prefix('#') {
        return format!("#{}", or_label(channel).trim_start_matches('#'));
    }
    if let Some(special) = target.strip_prefix('!') {
        if special.starts_with("date^") {
            return label;
        }
        let named = special.strip_prefix("subteam^").unwrap_or(special);
        return format!("@{}", or_label(named).trim_start_matches('@'));
    }
    let url = entities(target);
    let address = url.strip_prefix("mailto:").unwrap_or(&url);
    let without_scheme = address
        .strip_prefix("https://")
        .or(address.strip_prefix("http://"))
        .unwrap_or(address);
    if label.is_empty() || label == address || label == without_scheme {
        address.to_owned()
    } else {
        format!("{label} ({address})")
    }
}

fn entities(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// `text` cut to at most `max_chars`, between two characters as people see them, with … where something is missing.
/// For text that is not escaped yet; for the other see [`escape_to_fit`].
///
/// Slack does not say how it counts; here one counts as often as in UTF-16, which is never too few.
pub fn fit(text: &str, max_chars: usize) -> String {
    cut(text, max_chars, str::to_owned)
}

fn cut(text: &str, max_chars: usize, render: impl Fn(&str) -> String) -> String {
    let length = |text: &str| text.encode_utf16().count();
    let whole = render(text);
    if length(&whole) <= max_chars {
        return whole;
    }
    let mut out = String::new();
    let mut left = max_chars.saturating_sub(1);
    for grapheme in text.graphemes(true) {
        let rendered = render(grapheme);
        let Some(rest) = left.checked_sub(length(&rendered)) else {
            break;
        };
        left = rest;
        out.push_str(&rendered);
    }
    out.truncate(out.trim_end().len());
    if max_chars > 0 {
        out.push('…');
    }
    out
}

/// Mentions a person.
pub fn user(user: &UserId) -> String {
    format!("<@{}>", escape(user.as_str()))
}

/// Links a channel.
pub fn channel(channel: &ChannelId) -> String {
    format!("<#{}>", escape(channel.as_str()))
}

/// Mentions a usergroup, which notifies all of it.
pub fn group(group: &GroupId) -> String {
    format!("<!subteam^{}>", escape(group.as_str()))
}

/// A link with a label. What is no web or mail address is not linked, only named.
pub fn link(url: &str, label: &str) -> String {
    let label = literal(label);
    let known = ["https://", "http://", "mailto:"];
    if !known.iter().any(|scheme| url.starts_with(scheme)) {
        return label;
    }
    let mut target = String::with_capacity(url.len());
    for c in url.chars() {
        match c {
            '|' => target.push_str("%7C"),
            ' ' => target.push_str("%20"),
            c if c.is_control() => {}
            c => target = push_escaped(target, c),
        }
    }
    format!("<{target}|{label}>")
}

/// A time in the reader's own time zone. `format` uses Slack's tokens, such as `{date_short_pretty} {time}`; programs
/// that do not know them show the time in UTC.
pub fn date(time: Time, format: &str) -> String {
    let fallback = time.format("%Y-%m-%d %H:%M UTC");
    format!("<!date^{}^{}|{fallback}>", time.timestamp(), escape(format))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_a_person_writes_becomes_markup() {
        let cases = [
            ("<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;@U1&gt;"),
            ("&lt;", "&amp;lt;"),
            ("plain", "plain"),
        ];
        for (text, wanted) in cases {
            assert_eq!(escape(text), wanted);
        }
    }

    #[test]
    fn markup_becomes_what_people_read() {
        let cases = [
            ("<@U1|alice> and <@W2>", "@alice and @W2"),
            (
                "in <#C1|general>, <#C2|> and <#C3>",
                "in #general, #C2 and #C3",
            ),
            (
                "<!channel> <!here|here> <!everyone>",
                "@channel @here @everyone",
            ),
            ("<!subteam^S1|@payments> <!subteam^S2>", "@payments @S2"),
            ("<!date^1392734382^{date}|Feb 18>", "Feb 18"),
            (
                "<http://x.example/a?b=1&amp;c=2|the graph>",
                "the graph (http://x.example/a?b=1&c=2)",
            ),
            ("<https://x.example>", "https://x.example"),
            ("<http://x.example|x.example>", "http://x.example"),
            ("<mailto:a@x.example|a@x.example>", "a@x.example"),
            ("5 &lt; 6 &amp;&amp; 7 &gt; 6", "5 < 6 && 7 > 6"),
            ("&amp;lt;", "&lt;"),
            ("a < b and <@U1>", "a < b and @U1"),
            ("<> <", "<> <"),
            ("<@U1|<@U2>>", "<@U1|@U2>"),
            ("<http://x.example|a &lt;b&gt;>", "a <b> (http://x.example)"),
        ];
        for (markup, wanted) in cases {
            assert_eq!(plain(markup), wanted, "{markup}");
        }
    }

    #[test]
    fn a_title_has_no_effect_on_its_surroundings() {
        let cases = [
            ("*bold* <!here>", "*\u{200B}bold*\u{200B} &lt;!here&gt;"),
            ("payment_service v1_2", "payment_service v1_2"),
            ("_private", "_\u{200B}private"),
            ("错误*粗体*了", "错误*\u{200B}粗体*\u{200B}了"),
            ("`rm -rf`", "ˋrm -rfˋ"),
            (":fire: down", ":fire: down"),
            ("two\nlines\tand\u{0}\u{7}", "two lines and"),
            ("evil\u{202E}txt.exe\u{202C}", "eviltxt.exe"),
            ("שירות נפל", "\u{2068}שירות נפל\u{2069}"),
            ("@channel", "@channel"),
        ];
        for (text, wanted) in cases {
            assert_eq!(literal(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn a_cut_never_splits_what_people_see_as_one() {
        let cases = [
            ("short", 5, "short"),
            ("longer", 5, "long…"),
            ("one two", 5, "one…"),
            ("👩‍👩‍👧 family", 9, "👩‍👩‍👧…"),
            ("👩‍👩‍👧 family", 5, "…"),
            ("e\u{301}e\u{301}e\u{301}", 4, "e\u{301}…"),
            ("ab", 1, "…"),
            ("ab", 0, ""),
            ("", 0, ""),
        ];
        for (text, max, wanted) in cases {
            assert_eq!(fit(text, max), wanted, "{text} {max}");
        }
        assert_eq!(escape_to_fit("a&b&c", 8), "a&amp;b…");
        assert_eq!(escape_to_fit("a&b&c", 13), "a&amp;b&amp;c");
    }

    #[test]
    fn mentions_links_and_dates() {
        assert_eq!(user(&UserId::new("U1")), "<@U1>");
        assert_eq!(channel(&ChannelId::new("C1")), "<#C1>");
        assert_eq!(group(&GroupId::new("S1")), "<!subteam^S1>");
        assert_eq!(
            link("https://x.example/?a=1&b=<|>", "a > *b*"),
            "<https://x.example/?a=1&amp;b=&lt;%7C&gt;|a &gt; *\u{200B}b*\u{200B}>"
        );
        assert_eq!(link("javascript:alert(1)", "click"), "click");
        let time = Time::from_timestamp(1_392_734_382, 0).unwrap();
        assert_eq!(
            date(time, "{date_short_pretty} {time}"),
            "<!date^1392734382^{date_short_pretty} {time}|2014-02-18 14:39 UTC>"
        );
    }

    proptest! {
        #[test]
        fn nothing_escaped_holds_a_bracket(text in any::<String>()) {
            let escaped = escape(&text);
            prop_assert!(!escaped.contains(['<', '>']));
            let shown = literal(&text);
            let effective = ['<', '>', '\n', '`', '\u{202E}'];
            prop_assert!(!shown.contains(effective));
        }

        #[test]
        fn what_goes_out_comes_back(text in any::<String>()) {
            prop_assert_eq!(plain(&escape(&text)), text);
        }

        #[test]
        fn markup_of_any_shape_is_read(markup in "[<>@#!|^&;a-z]{0,30}") {
            plain(&markup);
        }

        #[test]
        fn a_cut_keeps_to_its_length(text in any::<String>(), max in 0usize..40) {
            for cut in [fit(&text, max), escape_to_fit(&text, max)] {
                prop_assert!(cut.encode_utf16().count() <= max, "{:?}", cut);
            }
            let short = fit(&text, max);
            prop_assert!(short == text || text.starts_with(short.trim_end_matches('…')));
        }
    }
}
