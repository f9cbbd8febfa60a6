//! What is wrong with a draft, before a person approves it. Findings are data; the words for them are elsewhere.

use serde::{Deserialize, Serialize};

use super::{Audience, DraftFacts};

/// A section of a Slack message holds 3,000 characters, so a longer draft could not be shown whole beside its buttons.
pub const CHARS_MAX: usize = 3_000;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LintFinding {
    /// There is no text.
    Empty,
    /// Longer than [`CHARS_MAX`].
    TooLong { chars: usize },
    /// A person, as `<@U…>` or `@name`. Stakeholders may read of people, customers may not.
    MentionsPerson(String),
    /// A channel, as `<#C…>` or `#name`. For customers only.
    MentionsChannel(String),
    /// Pings a whole channel or group: `<!channel>`, `@here`. For every audience.
    MentionsBroadcast(String),
    /// A customer update says nothing under this heading.
    MissingField(Field),
    /// A word that means something inside only, such as a severity. For customers only.
    InternalName(String),
}

impl LintFinding {
    /// Whether the draft may not be approved like this. A missing field is advice: some teams have headings of their own.
    pub fn blocks(&self) -> bool {
        !matches!(self, Self::MissingField(_))
    }
}

/// What every customer update must answer, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    What,
    Impact,
    State,
    Recovery,
    Scope,
}

impl Field {
    /// Every field, in the order of the text.
    pub const ALL: [Self; 5] = [
        Self::What,
        Self::Impact,
        Self::State,
        Self::Recovery,
        Self::Scope,
    ];

    /// The headings that count, in lower case. A template of one's own uses these too, or lint asks for them.
    pub fn headings(self) -> [&'static str; 2] {
        match self {
            Self::What => ["what happened", "事件概述"],
            Self::Impact => ["impact", "影响"],
            Self::State => ["current state", "当前状态"],
            Self::Recovery => ["expected recovery", "预计恢复时间"],
            Self::Scope => ["scope", "影响范围"],
        }
    }
}

/// What is wrong with `text` as it stands, in the order in which a person would mend it; empty: nothing.
/// Both languages' headings count, whatever the draft was rendered in, because people rewrite drafts.
pub fn lint(text: &str, audience: Audience, facts: &DraftFacts) -> Vec<LintFinding> {
    if text.trim().is_empty() {
        return vec![LintFinding::Empty];
    }
    let mut findings = Vec::new();
    let chars = text.chars().count();
    if chars > CHARS_MAX {
        findings.push(LintFinding::TooLong { chars });
    }
    if audience == Audience::Customers && facts.status != "cancelled" {
        let lines: Vec<_> = text.lines().map(without_marks).collect();
        let missing = Field::ALL
            .into_iter()
            .filter(|field| !is_answered(*field, &lines));
        findings.extend(missing.map(LintFinding::MissingField));
    }
    for finding in mentions(text)
        .into_iter()
        .chain(internal_names(text, facts))
    {
        let matters =
            audience == Audience::Customers || matches!(finding, LintFinding::MentionsBroadcast(_));
        if matters && !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    findings
}

/// A line without the marks of bold and lists, in lower case.
fn without_marks(line: &str) -> String {
    line.replace(['*', '_', '•', '#', '>'], "")
        .trim()
        .to_lowercase()
}

/// Whether a heading of `field` is there, with words behind it or on the next line that has any.
fn is_answered(field: Field, lines: &[String]) -> bool {
    lines.iter().enumerate().any(|(index, line)| {
        let Some(answer) = behind_heading(field, line) else {
            return false;
        };
        if !answer.is_empty() {
            return true;
        }
        let next = lines[index + 1..].iter().find(|line| !line.is_empty());
        next.is_some_and(|next| {
            Field::ALL
                .iter()
                .all(|other| behind_heading(*other, next).is_none())
        })
    })
}

/// The words behind a heading of `field`: `impact: none` gives `none`. The heading ends at a colon or at the line's end,
/// or `影响` would be found in `影响范围`.
fn behind_heading(field: Field, line: &str) -> Option<&str> {
    field.headings().into_iter().find_map(|heading| {
        let rest = line.strip_prefix(heading)?.trim_start();
        if rest.is_empty() {
            return Some(rest);
        }
        Some(rest.strip_prefix([':', '：'])?.trim())
    })
}

/// Slack's control sequences `<@…>`, `<#…>`, `<!…>`, and what people type to the same end.
fn mentions(text: &str) -> Vec<LintFinding> {
    let sequences = text.match_indices('<').filter_map(|(start, _)| {
        let end = text[start..].find('>')?;
        let sequence = text[start..=start + end].to_owned();
        match sequence.as_bytes().get(1)? {
            b'@' => Some(LintFinding::MentionsPerson(sequence)),
            b'#' => Some(LintFinding::MentionsChannel(sequence)),
            b'!' => Some(LintFinding::MentionsBroadcast(sequence)),
            _ => None,
        }
    });
    let typed = words(text).filter_map(|word| {
        let name = word
            .get(1..)
            .filter(|name| name.starts_with(char::is_alphabetic));
        match (word.chars().next()?, name?) {
            ('@', "channel" | "here" | "everyone" | "group") => {
                Some(LintFinding::MentionsBroadcast(word.to_owned()))
            }
            ('@', _) => Some(LintFinding::MentionsPerson(word.to_owned())),
            ('#', _) => Some(LintFinding::MentionsChannel(word.to_owned())),
            _ => None,
        }
    });
    sequences.chain(typed).collect()
}

/// The severity's identifier. The incident's own is fine: customers may quote it. A severity's name is an everyday word.
fn internal_names(text: &str, facts: &DraftFacts) -> Vec<LintFinding> {
    let severity = facts.severity_id.as_str();
    let names = words(text).filter(|word| word.eq_ignore_ascii_case(severity));
    names
        .map(|word| LintFinding::InternalName(word.to_owned()))
        .collect()
}

/// What stands between blanks and punctuation. `@`, `#`, `-` and `_` belong to a word.
fn words(text: &str) -> impl Iterator<Item = &str> {
    // Inside `<…>` is Slack's own; it has been looked at.
    let outside =
        text.split('<')
            .enumerate()
            .map(|(index, part)| match (index, part.split_once('>')) {
                (1.., Some((_, rest))) => rest,
                _ => part,
            });
    let ends = |letter: char| {
        letter != '_' && letter != '-' && letter != '@' && letter != '#' && !is_letter(letter)
    };
    outside
        .flat_map(move |part| part.split(ends))
        .filter(|word| !word.is_empty())
}

/// Chinese is written without blanks, so its characters end a Latin word.
fn is_letter(letter: char) -> bool {
    letter.is_alphanumeric() && !('\u{2e80}'..='\u{9fff}').contains(&letter)
}
