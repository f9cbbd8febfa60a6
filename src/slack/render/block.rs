//! Messages from blocks. The rule: whatever is put in, Slack takes what comes out, because every text is cut to its
//! limit here; and `text` says all that the blocks say, for notifications and for people who listen.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use slack_morphism::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use crate::slack::mrkdwn;

// Slack's limits: https://docs.slack.dev/reference/block-kit/blocks
const SECTION_CHARS_MAX: usize = 3_000;
const FIELD_CHARS_MAX: usize = 2_000;
const FIELDS_MAX: usize = 10;
const HEADER_CHARS_MAX: usize = 150;
const CONTEXT_CHARS_MAX: usize = 2_000;
const BUTTON_CHARS_MAX: usize = 75;
const OPTION_CHARS_MAX: usize = 75;
const OPTIONS_MAX: usize = 5;
const CONFIRM_TITLE_CHARS_MAX: usize = 100;
const CONFIRM_TEXT_CHARS_MAX: usize = 300;
const CONFIRM_BUTTON_CHARS_MAX: usize = 30;
/// `chat.update` takes no more; `chat.postMessage` advises no more.
const TEXT_CHARS_MAX: usize = 4_000;

const ZERO_WIDTH_SPACE: char = '\u{200B}';

/// A message for Slack, without its address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// All of it in words: what notifications show and screen readers read.
    pub text: String,
    /// A list of Block Kit blocks.
    pub blocks: Value,
}

impl Message {
    /// As the body of an answer that one person sees.
    pub fn ephemeral(&self) -> Value {
        json!({"response_type": "ephemeral", "replace_original": false, "text": self.text, "blocks": self.blocks})
    }

    /// This, and `other` below it.
    pub fn then(self, other: Self) -> Self {
        let text = format!("{}\n{}", self.text, other.text);
        let blocks = [self.blocks, other.blocks]
            .into_iter()
            .flat_map(|blocks| match blocks {
                Value::Array(blocks) => blocks,
                other => vec![other],
            });
        Self {
            text: shorten(&text, TEXT_CHARS_MAX),
            blocks: blocks.collect(),
        }
    }

    /// As it waits in the outbox.
    pub fn body(&self) -> Value {
        json!({"text": self.text, "blocks": self.blocks})
    }
}

/// A message in the making: blocks from top to bottom, and what they say.
#[derive(Default)]
pub struct Letter {
    said: Vec<String>,
    blocks: Vec<SlackBlock>,
}

impl Letter {
    pub fn new() -> Self {
        Self::default()
    }

    /// A title, in plain text as people wrote it: neither formatting nor mentions work in it.
    pub fn header(mut self, plain: &str) -> Self {
        let title = unmarked(plain, HEADER_CHARS_MAX);
        self.said.push(named(plain));
        self.blocks.push(SlackHeaderBlock::new(pt!(title)).into());
        self
    }

    /// A paragraph of markup, shown whole however long it is.
    pub fn section(mut self, markup: &str) -> Self {
        let markup = shorten(markup, SECTION_CHARS_MAX);
        if markup.is_empty() {
            return self;
        }
        self.said.push(markup.clone());
        self.blocks.push(
            SlackSectionBlock::new()
                .with_text(md!(markup))
                .with_expand(true)
                .into(),
        );
        self
    }

    /// As many paragraphs as `markup` needs.
    pub fn sections(self, markup: &str) -> Self {
        split(markup, SECTION_CHARS_MAX)
            .iter()
            .fold(self, |letter, part| letter.section(part))
    }

    /// Short facts in two columns: what, and how it is.
    pub fn fields(mut self, fields: Vec<(String, String)>) -> Self {
        let mut shown = vec![];
        for (label, value) in fields.into_iter().take(FIELDS_MAX) {
            self.said.push(format!("{label}: {value}"));
            let markup = shorten(&format!("*{label}*\n{value}"), FIELD_CHARS_MAX);
            shown.push(md!(markup));
        }
        if !shown.is_empty() {
            self.blocks
                .push(SlackSectionBlock::new().with_fields(shown).into());
        }
        self
    }

    /// A small grey line.
    pub fn context(mut self, markup: &str) -> Self {
        let markup = shorten(markup, CONTEXT_CHARS_MAX);
        if markup.is_empty() {
            return self;
        }
        self.said.push(markup.clone());
        self.blocks
            .push(SlackContextBlock::new(vec![md!(markup)]).into());
        self
    }

    /// Everything that `other` says, below what is said already.
    pub fn append(mut self, other: Self) -> Self {
        self.said.extend(other.said);
        self.blocks.extend(other.blocks);
        self
    }

    pub fn divider(mut self) -> Self {
        self.blocks.push(SlackDividerBlock::new().into());
        self
    }

    /// A row of buttons. The words of the message must not depend on it.
    pub fn actions(mut self, elements: Vec<SlackActionBlockElement>) -> Self {
        if !elements.is_empty() {
            self.blocks.push(SlackActionsBlock::new(elements).into());
        }
        self
    }

    pub fn finish(self) -> Message {
        Message {
            text: shorten(&self.said.join("\n"), TEXT_CHARS_MAX),
            blocks: serde_json::to_value(self.blocks).expect("blocks are plain data"),
        }
    }
}

/// A button in the making.
pub struct Button(SlackBlockButtonElement);

impl Button {
    /// `action` is one of the names in [`super::button`].
    pub fn new(action: &'static str, label: &str, value: String) -> Self {
        Self(
            SlackBlockButtonElement::new(pt!(unmarked(label, BUTTON_CHARS_MAX)))
                .with_action_id(action.into())
                .with_value(value),
        )
    }

    /// The one thing to do next.
    pub fn primary(self, yes: bool) -> Self {
        match yes {
            true => Self(self.0.with_style(SlackBlockButtonStyle::Primary)),
            false => self,
        }
    }

    pub fn danger(self) -> Self {
        Self(self.0.with_style(SlackBlockButtonStyle::Danger))
    }

    /// Asks back before anything happens.
    pub fn confirm(self, title: &str, markup: &str, yes: &str, no: &str) -> Self {
        let confirm = SlackBlockConfirmItem::new(
            pt!(unmarked(title, CONFIRM_TITLE_CHARS_MAX)),
            md!(shorten(markup, CONFIRM_TEXT_CHARS_MAX)),
            pt!(unmarked(yes, CONFIRM_BUTTON_CHARS_MAX)),
            pt!(unmarked(no, CONFIRM_BUTTON_CHARS_MAX)),
        );
        Self(self.0.with_confirm(confirm))
    }

    pub fn element(self) -> SlackActionBlockElement {
        self.0.into()
    }
}

/// A menu behind three dots: labels and values.
pub fn overflow(action: &'static str, options: Vec<(String, String)>) -> SlackActionBlockElement {
    let options = options
        .into_iter()
        .take(OPTIONS_MAX)
        .map(|(label, value)| {
            SlackBlockChoiceItem::new(pt!(unmarked(&label, OPTION_CHARS_MAX)), value)
        })
        .collect();
    SlackBlockOverflowElement::new(options)
        .with_action_id(action.into())
        .into()
}

/// A title or a name inside a sentence of ours: nothing in it has any effect.
pub fn named(text: &str) -> String {
    uncalled(&mrkdwn::literal(text))
}

/// What a person wrote, to stand in markup: their own light formatting stays, nothing in it calls anybody.
pub fn written(text: &str, max_chars: usize) -> String {
    mrkdwn::escape_to_fit(&uncalled(text.trim()), max_chars)
}

/// [`written`], set off by a bar at its left.
pub fn quoted(text: &str, max_chars: usize) -> String {
    let lines: Vec<String> = written(text, max_chars)
        .lines()
        .map(|line| format!("> {line}"))
        .collect();
    lines.join("\n")
}

/// `@here` and its like call a whole channel in some of Slack's programs even as plain letters; an invisible space
/// keeps them words.
fn uncalled(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        out.push(c);
        let calls = |word: &str| {
            text[at + 1..]
                .get(..word.len())
                .is_some_and(|next| next.eq_ignore_ascii_case(word))
        };
        if c == '@'
            && ["channel", "here", "everyone", "group"]
                .into_iter()
                .any(calls)
        {
            out.push(ZERO_WIDTH_SPACE);
        }
    }
    out
}

/// Plain text for where Slack reads no markup. Should some program of Slack's read it there after all, an invisible
/// space keeps what people wrote from calling anybody.
fn unmarked(plain: &str, max_chars: usize) -> String {
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = String::with_capacity(line.len());
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        out.push(c);
        if c == '<' && matches!(characters.peek(), Some('!' | '@' | '#')) {
            out.push(ZERO_WIDTH_SPACE);
        }
    }
    mrkdwn::fit(&out, max_chars)
}

/// `markup` cut to at most `max_chars`, with … where something is missing; a mention, a date or an entity is kept
/// whole or left out.
pub fn shorten(markup: &str, max_chars: usize) -> String {
    if length(markup) <= max_chars {
        return markup.to_owned();
    }
    let (kept, _) = fitting(markup, max_chars.saturating_sub(1));
    format!("{}…", kept.trim_end())
}

/// `markup` in parts of at most `max_chars`, between lines where that is possible.
fn split(markup: &str, max_chars: usize) -> Vec<String> {
    let mut parts = vec![];
    let mut rest = markup.trim();
    while length(rest) > max_chars {
        let (fits, _) = fitting(rest, max_chars);
        let end = match fits.len() {
            // Hundreds of joined emoji can look like one character; that one is torn, or this would never end.
            0 => torn(rest, max_chars),
            whole => fits.rfind('\n').filter(|at| *at > 0).unwrap_or(whole),
        };
        let (part, later) = rest.split_at(end);
        parts.push(part.trim_end().to_owned());
        rest = later.trim_start_matches('\n');
    }
    parts.push(rest.to_owned());
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// Where `markup` has to be cut when its first token alone is too long: after a character, never inside one.
fn torn(markup: &str, max_chars: usize) -> usize {
    let mut left = max_chars;
    let too_many = markup.char_indices().find(|(_, c)| {
        let room = left.checked_sub(c.len_utf16());
        left = room.unwrap_or(0);
        room.is_none()
    });
    too_many.map_or(markup.len(), |(at, _)| at)
}

/// The longest beginning of `markup` that has at most `max_chars` and no torn token, and the rest.
fn fitting(markup: &str, max_chars: usize) -> (&str, &str) {
    let (mut end, mut left) = (0, max_chars);
    while end < markup.len() {
        let piece = piece(&markup[end..]);
        match left.checked_sub(length(piece)) {
            Some(room) => left = room,
            None => break,
        }
        end += piece.len();
    }
    markup.split_at(end)
}

/// What must not be torn at the beginning of `rest`: `<…>`, `&…;`, or a character as people see it.
fn piece(rest: &str) -> &str {
    let closes = |open: char, close: char| {
        rest.strip_prefix(open)?;
        let end = rest.find(close)?;
        (!rest[1..end].contains([open, '\n'])).then(|| &rest[..=end])
    };
    closes('<', '>')
        .or_else(|| closes('&', ';').filter(|entity| entity.len() <= 5))
        .or_else(|| rest.graphemes(true).next())
        .unwrap_or(rest)
}

/// As Slack may count at the most: as UTF-16.
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_longer_than_a_section_is_torn_and_nothing_is_lost() {
        let family = "👩\u{200D}".repeat(2_000);
        let parts = split(&family, SECTION_CHARS_MAX);
        assert!(parts.iter().all(|part| length(part) <= SECTION_CHARS_MAX));
        assert_eq!(parts.concat(), family);
    }
}
