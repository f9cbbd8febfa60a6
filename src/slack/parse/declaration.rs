//! What follows `declare`.

use super::Request;
use super::lexis::{self, fold, plain_word, trim};
use crate::domain::command::Declaration;
use crate::domain::refusal::Refusal;
use crate::domain::rules::Rules;
use crate::slack::mrkdwn::plain;

/// `[SEVERITY] [service:NAME …] [TITLE]`, where services may stand anywhere.
pub fn declaration(rest: &str, rules: &Rules) -> Result<Request, Refusal> {
    let (mut services, rest) = named_services(rest);
    let rest = trim(&rest);
    let (severity, title) = match known_severity(rest, rules) {
        Some((severity, title)) => (Some(severity), title),
        None => {
            let first = lexis::leading(rest).0;
            if looks_like_a_severity(first) {
                return Err(unknown_severity(first, rules));
            }
            (None, rest)
        }
    };
    services.dedup();
    let declaration = Declaration {
        title: unquoted(&plain(trim(title))).to_owned(),
        severity,
        services,
        impact: None,
        owner: None,
    };
    Ok(if declaration.title.is_empty() {
        Request::DeclareForm(declaration)
    } else {
        Request::Declare(declaration)
    })
}

/// The severity that `text` begins with, and what follows it.
pub fn known_severity<'a>(text: &'a str, rules: &Rules) -> Option<(String, &'a str)> {
    rules
        .severities
        .iter()
        .flat_map(|severity| {
            [severity.id.as_str(), severity.name.as_str()]
                .map(|spelling| (severity.id.as_str(), spelling))
        })
        .filter(|(_, spelling)| !spelling.is_empty())
        .filter_map(|(id, spelling)| Some((id, lexis::after_prefix(text, spelling)?)))
        // `Very High` is more than `Very`.
        .min_by_key(|(_, rest)| rest.len())
        .map(|(id, rest)| (id.to_owned(), rest))
}

/// `P9`, `S1`, `sev2` and the like: nobody begins a title so.
fn looks_like_a_severity(word: &str) -> bool {
    let folded: Vec<char> = fold(word).chars().collect();
    match folded[..] {
        ['p' | 's', digit] => digit.is_ascii_digit(),
        ['p' | 's', letter, digit] => {
            (letter.is_alphanumeric() || letter == '_') && digit.is_ascii_digit()
        }
        ['s', 'e', 'v', digit] | ['s', 'e', 'v', '-', digit] => digit.is_ascii_digit(),
        _ => false,
    }
}

pub fn unknown_severity(word: &str, rules: &Rules) -> Refusal {
    Refusal::UnknownSeverity {
        given: plain_word(word),
        known: rules
            .severities
            .iter()
            .map(|severity| severity.id.to_string())
            .collect(),
    }
}

const PREFIXES: [&str; 3] = ["service:", "services:", "服务:"];
const PREFIX_CHARS_MAX: usize = 9;

/// Takes every `service:NAME` out of the text; a name with spaces stands in quotes.
fn named_services(text: &str) -> (Vec<String>, String) {
    let (mut found, mut left) = (vec![], String::new());
    let mut rest = text;
    while !rest.is_empty() {
        let start = rest.find(|c| !lexis::is_space(c)).unwrap_or(rest.len());
        left.push_str(&rest[..start]);
        rest = &rest[start..];
        // Looked for only where the text is taken up to there: names in quotes may follow each other without a space.
        let end = |rest: &str| rest.find(lexis::is_space).unwrap_or(rest.len());
        let first: String = rest.chars().take(PREFIX_CHARS_MAX).collect();
        let prefix = PREFIXES
            .into_iter()
            .find(|prefix| fold(&first).starts_with(prefix));
        let Some(prefix) = prefix else {
            let end = end(rest);
            left.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        };
        let name_at: usize = rest
            .chars()
            .take(prefix.chars().count())
            .map(char::len_utf8)
            .sum();
        let quote = rest[name_at..]
            .chars()
            .next()
            .filter(|c| matches!(fold(&c.to_string()).as_str(), "\"" | "'"));
        let closing = quote.and_then(|quote| {
            let inside = name_at + quote.len_utf8();
            let close =
                rest[inside..].find(|c: char| fold(&c.to_string()) == fold(&quote.to_string()))?;
            Some((inside, inside + close))
        });
        let (name, after) = match closing {
            Some((inside, close)) => {
                let after = close + rest[close..].chars().next().map_or(0, char::len_utf8);
                (&rest[inside..close], after)
            }
            None => {
                let end = end(rest);
                (&rest[name_at..end], end)
            }
        };
        if trim(name).is_empty() {
            let end = end(rest);
            left.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        found.extend(services(&plain(name)));
        rest = &rest[after..];
    }
    (found, left)
}

/// Names of services as people list them.
pub fn services(text: &str) -> Vec<String> {
    text.split([',', '，', '、', ';', '；', '\n'])
        .map(|name| trim(unquoted(trim(name))).to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// Text without the quotation marks around all of it.
fn unquoted(text: &str) -> &str {
    [
        ('"', '"'),
        ('“', '”'),
        ('\'', '\''),
        ('‘', '’'),
        ('「', '」'),
    ]
    .into_iter()
    .find_map(|(open, close)| {
        let inside = text.strip_prefix(open)?.strip_suffix(close)?;
        (!inside.contains([open, close])).then(|| trim(inside))
    })
    .unwrap_or(text)
}
