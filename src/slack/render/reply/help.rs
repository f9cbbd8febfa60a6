//! What the command understands.

use super::super::block::{Letter, Message};
use super::super::refusal;
use crate::domain::rules::Language;
use crate::say;

/// All commands, or those of one verb with an example.
pub fn help(verb: Option<&str>, language: Language) -> Message {
    let groups = [
        say!(language, "help-begin"),
        say!(language, "help-people"),
        say!(language, "help-say"),
        say!(language, "help-drafts"),
        say!(language, "help-nags"),
        say!(language, "help-end"),
        say!(language, "help-look"),
    ];
    if let Some(verb) = verb {
        let found = about(verb, &groups);
        if found.is_empty() {
            let reason = crate::domain::refusal::Refusal::NotThereYet {
                verb: verb.to_owned(),
            };
            return refusal::message(&reason, language, &crate::domain::rules::Rules::default());
        }
        let mut letter = Letter::new().section(&found);
        if let Some(example) = refusal::example_of(verb, language) {
            letter = letter.context(&say!(language, "help-example", example = example));
        }
        return letter.finish();
    }
    groups
        .iter()
        .fold(Letter::new(), |letter, group| letter.section(group))
        .context(&say!(language, "help-places"))
        .finish()
}

/// The lines of `groups` that begin with the command `verb`.
fn about(verb: &str, groups: &[String]) -> String {
    let command = format!("`/incident {verb}");
    let is_about = |line: &&str| {
        line.strip_prefix(command.as_str())
            .is_some_and(|rest| rest.starts_with([' ', '`']))
    };
    let lines: Vec<&str> = groups
        .iter()
        .flat_map(|group| group.lines())
        .filter(is_about)
        .collect();
    lines.join("\n")
}
