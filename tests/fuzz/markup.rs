//! What people wrote, on its way out: it stays what they wrote, calls nobody, and fits.

use std::sync::LazyLock;

use balefire::clock::Time;
use balefire::domain::report::{guess_severity, guess_title};
use balefire::domain::rules::Rules;
use balefire::ids::{ChannelId, GroupId, UserId};
use balefire::slack::mrkdwn;
use balefire::slack::render::block::{self, Button, Letter};
use balefire::slack::render::{self};
use balefire::standin::blocks::{self, Surface};
use serde_json::Value;

const WORDS: &[&str] = &[
    "<!channel>",
    "<!here|here>",
    "<!everyone>",
    "@here",
    "@CHANNEL",
    "@everyone",
    "@group",
    "<@U1>",
    "<@W2|bob>",
    "<#C1|general>",
    "<!subteam^S1|@ops>",
    "<!date^1392734382^{date}|Feb 18>",
    "<http://x.example|label>",
    "<https://x.example/?a=1&amp;b=2>",
    "<mailto:a@b>",
    "javascript:alert(1)",
    "http://",
    "https://",
    "mailto:",
    "<",
    ">",
    "|",
    "&",
    ";",
    "&amp;",
    "&lt;",
    "&gt;",
    "&amp;lt;",
    "&#60;",
    "*",
    "_",
    "~",
    "`",
    "```",
    "> ",
    "\n> ",
    "\n",
    "• ",
    ":fire:",
    ":",
    "*bold*",
    "_it_",
    "~no~",
    "`code`",
    "^",
    "{date}",
    "a",
    "word ",
    "错误",
    "宕机了",
    "@\u{200B}here",
    "@h\u{200B}ere",
    "＠here",
    "＜!channel＞",
    "<!chan",
    "nel>",
];

static RULES: LazyLock<Rules> = LazyLock::new(Rules::default);

crate::target!("markup", WORDS, runs: 2_000, judge_bytes);

fn judge_bytes(bytes: &[u8]) -> &'static str {
    let text = String::from_utf8_lossy(bytes);
    let plain = mrkdwn::plain(&text);
    // A link may become `label (address)`, a mention gets an `@`: never more than that.
    assert!(plain.len() <= text.len() + 2 * text.matches('<').count());
    check_escaped(&text);
    check_cut(&text);
    check_tokens(&text);
    check_message(&text);
    let title = guess_title(&text);
    assert!(
        title.chars().count() <= 81 && !title.contains('\n'),
        "{title:?}"
    );
    guess_severity(&text, &RULES);
    match () {
        () if plain != text => "held markup",
        () if text.contains(['<', '>', '&']) => "held brackets",
        () => "held none",
    }
}

fn check_escaped(text: &str) {
    let escaped = mrkdwn::escape(text);
    assert!(
        !escaped.contains(['<', '>']) && is_whole(&escaped),
        "{escaped:?}"
    );
    assert_eq!(mrkdwn::plain(&escaped), text, "what goes out comes back");

    let literal = mrkdwn::literal(text);
    assert!(
        !literal.contains(['<', '>', '\n', '\r', '`', '\u{202E}', '\u{2066}']),
        "{literal:?}"
    );
    assert!(is_whole(&literal), "{literal:?}");
    let count = |isolate| literal.matches(isolate).count();
    assert_eq!(count('\u{2068}'), count('\u{2069}'), "{literal:?}");
    for opening in ['*', '_', '~'] {
        let opens = |(at, _)| {
            let after = literal[at + 1..].chars().next();
            let before = literal[..at].chars().next_back();
            let in_word = [before, after]
                .iter()
                .all(|c| c.is_some_and(|c| c.is_ascii_alphanumeric()));
            after != Some('\u{200B}') && !in_word
        };
        assert!(!literal.match_indices(opening).any(opens), "{literal:?}");
    }
    let named = block::named(text);
    assert!(calls(&named).is_empty(), "{named:?}");
}

/// Cuts are never too long, never tear anything, and cutting again cuts nothing.
fn check_cut(text: &str) {
    let escaped = mrkdwn::escape(text);
    // One limit for each input, which takes a fifth of the time that all of them do.
    let limits = [0, 1, 2, 5, 24, 75, 150, 2_000];
    let max = limits[text.len() % limits.len()];
    let fitted = mrkdwn::fit(text, max);
    assert!(length(&fitted) <= max, "{max} {fitted:?}");
    assert_eq!(mrkdwn::fit(&fitted, max), fitted);
    assert!(
        fitted == *text || text.starts_with(fitted.strip_suffix('…').unwrap_or(&fitted)),
        "{fitted:?}"
    );

    let written = block::written(text, max);
    assert!(
        length(&written) <= max && is_whole(&written),
        "{max} {written:?}"
    );
    assert!(calls(&written).is_empty(), "{written:?}");

    if max > 0 {
        let shortened = block::shorten(&escaped, max);
        assert!(
            length(&shortened) <= max && is_whole(&shortened),
            "{max} {shortened:?}"
        );
        assert_eq!(block::shorten(&shortened, max), shortened);
        // Markup as a person may have sent it is cut, too, though it means nothing good.
        assert!(length(&block::shorten(text, max)) <= max);
    }
    let quoted = block::quoted(text, 300);
    assert!(
        quoted.lines().all(|line| line.starts_with("> ")),
        "{quoted:?}"
    );
}

/// A mention, a link or a date is one token, whatever stands in it.
fn check_tokens(text: &str) {
    let is_token = |token: &str| {
        let inside = token
            .strip_prefix('<')
            .and_then(|token| token.strip_suffix('>'));
        inside.is_some_and(|inside| !inside.contains(['<', '>']))
    };
    for token in [
        mrkdwn::user(&UserId::new(text)),
        mrkdwn::channel(&ChannelId::new(text)),
        mrkdwn::group(&GroupId::new(text)),
        mrkdwn::date(Time::UNIX_EPOCH, text),
    ] {
        assert!(is_token(&token), "{token:?}");
    }
    let link = mrkdwn::link(text, text);
    assert!(is_token(&link) || !link.contains(['<', '>']), "{link:?}");
    assert!(
        !is_token(&link) || link.matches('|').count() >= 1,
        "{link:?}"
    );
    for address in ["https://", "mailto:", "http://x.example/?"] {
        let link = mrkdwn::link(&format!("{address}{text}"), text);
        let (target, _) = link.split_once('|').expect("a label follows the address");
        assert!(is_token(&link) && !target.contains([' ', '\n']), "{link:?}");
    }
}

/// All of it in every block there is: Slack takes the message, and nobody is called.
fn check_message(text: &str) {
    let (named, written) = (block::named(text), block::written(text, 11_500));
    let message = Letter::new()
        .header(text)
        .sections(&written)
        .fields(vec![(named.clone(), written.clone())])
        .context(&block::quoted(text, 2_000))
        .section(&render::block::shorten(&named, 3_000))
        .actions(vec![
            Button::new("card.acknowledge", text, "value".into())
                .confirm(text, &written, text, text)
                .element(),
            block::overflow("card.more", vec![(text.to_owned(), "value".into())]),
        ])
        .finish();
    let mut complaints = blocks::complaints(&message.blocks, Surface::Message, "/blocks");
    // A label without a letter in it is nothing that any of our messages has.
    complaints.retain(|complaint| !text.trim().is_empty() || !complaint.contains("/text"));
    assert!(complaints.is_empty(), "{complaints:?}");
    assert!(message.text.encode_utf16().count() <= 4_000);
    assert!(calls(&message.text).is_empty(), "{:?}", message.text);
    each_text(&message.blocks, &mut |kind, text| match kind {
        "mrkdwn" => assert!(calls(text).is_empty(), "{text:?}"),
        _ => assert!(
            !["<!", "<@", "<#"].iter().any(|call| text.contains(call)),
            "{text:?}"
        ),
    });
}

fn each_text(blocks: &Value, visit: &mut impl FnMut(&str, &str)) {
    match blocks {
        Value::Array(items) => items.iter().for_each(|item| each_text(item, visit)),
        Value::Object(fields) => {
            if let (Some(kind), Some(text)) = (blocks["type"].as_str(), blocks["text"].as_str()) {
                visit(kind, text);
            }
            fields.values().for_each(|value| each_text(value, visit));
        }
        _ => {}
    }
}

/// What in `markup` could call somebody: a token that is neither a time of ours nor a person who was named to us, and
/// the words that some of Slack's programs take for a call.
pub fn calls(markup: &str) -> Vec<&str> {
    let mut calls: Vec<&str> = markup
        .match_indices('<')
        .map(|(at, _)| markup[at..].split_inclusive('>').next().unwrap_or_default())
        .filter(|token| !token.starts_with("<!date^") && *token != "<@UALICE>" && *token != "<@U1>")
        .collect();
    let lower = markup.to_ascii_lowercase();
    calls.extend(
        ["@here", "@channel", "@everyone", "@group"]
            .into_iter()
            .filter(|word| lower.contains(word)),
    );
    calls
}

/// Whether every `&` begins an entity.
fn is_whole(markup: &str) -> bool {
    let entities = ["&amp;", "&lt;", "&gt;"];
    markup.match_indices('&').all(|(at, _)| {
        entities
            .iter()
            .any(|entity| markup[at..].starts_with(entity))
    })
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}
