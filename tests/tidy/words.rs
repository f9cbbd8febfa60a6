//! Every sentence that a person reads, in both languages.

use std::collections::{BTreeMap, BTreeSet};

use crate::{File, code_lines, lies_in, rust_files};

rules! {
    both_languages_say_the_same breaks &[
        &[("locales/en.ftl", "hello = Hello\n")],
        &[("locales/en.ftl", "hello = Hello\n"), ("locales/zh.ftl", "bye = 再见\n")],
        &[("locales/en.ftl", "hello = Hello { $name }\n"), ("locales/zh.ftl", "hello = 你好 {$who}\n")],
        &[("locales/en.ftl", "a = A\n    .b = { $c }\n"), ("locales/zh.ftl", "a = A\n")],
        &[("locales/en.ftl", "a = A\na = B\n"), ("locales/zh.ftl", "a = A\n")],
    ];
    every_sentence_is_said_as_it_is_written breaks &[
        &[("locales/en.ftl", "hello = Hello
"), ("src/a.rs", "say!(english, \"hallo\"); say!(english, \"hello\")")],
        &[("locales/en.ftl", "hello = Hello
bye = Bye
"), ("src/a.rs", "say!(english, \"hello\")")],
        &[("locales/en.ftl", "hello = Hello { $name }
"), ("src/a.rs", "say!(english, \"hello\")")],
        &[("locales/en.ftl", "hello = Hello
"), ("src/a.rs", "say!(english, \"hello\", name = \"a, b\")")],
        &[("locales/en.ftl", "hello = Hello
"), ("src/a.rs", "say!(english, key)")],
    ];
}

const LANGUAGES: [&str; 2] = ["locales/en.ftl", "locales/zh.ftl"];

/// How the source says a sentence: `say!(language, "key", name = value, …)`.
const SAYING: &str = "say!(";

fn both_languages_say_the_same(tree: &[File]) -> Vec<String> {
    let mut complaints = vec![];
    let texts: Vec<_> = LANGUAGES
        .iter()
        .filter_map(|path| tree.iter().find(|file| file.path == *path))
        .collect();
    match texts[..] {
        [] => {}
        [one] => complaints.push(format!(
            "{} has no counterpart: both {LANGUAGES:?} are needed",
            one.path
        )),
        [english, chinese, ..] => {
            let (said, also_said) = (
                sentences(english, &mut complaints),
                sentences(chinese, &mut complaints),
            );
            for key in said.keys().chain(also_said.keys()).collect::<BTreeSet<_>>() {
                match (said.get(key), also_said.get(key)) {
                    (Some(here), Some(there)) if here != there => complaints.push(format!(
                        "`{key}` takes {here:?} in {} and {there:?} in {}: use the same variables in both",
                        english.path, chinese.path
                    )),
                    (Some(_), Some(_)) => {}
                    (None, _) => complaints.push(format!("`{key}` is missing from {}: add it", english.path)),
                    (_, None) => complaints.push(format!("`{key}` is missing from {}: add it", chinese.path)),
                }
            }
        }
    }
    complaints
}

fn every_sentence_is_said_as_it_is_written(tree: &[File]) -> Vec<String> {
    let Some(english) = tree.iter().find(|file| file.path == LANGUAGES[0]) else {
        return vec![];
    };
    let mut complaints = vec![];
    let written = sentences(english, &mut vec![]);
    let mut said = BTreeSet::new();
    for file in rust_files(tree).filter(|file| lies_in(&file.path, "src")) {
        let code: String = code_lines(&file.text)
            .map(|(_, line)| line + "\n")
            .collect();
        for (at, _) in code.match_indices(SAYING) {
            let arguments = arguments(&code[at + SAYING.len()..]);
            let key = arguments
                .get(1)
                .and_then(|key| key.strip_prefix('"')?.strip_suffix('"'));
            let given: BTreeSet<_> = arguments
                .iter()
                .skip(2)
                .filter_map(|argument| argument.split_once('='))
                .map(|(name, _)| name.trim().to_owned())
                .collect();
            let place = format!("{}:{}", file.path, 1 + code[..at].matches('\n').count());
            match key.map(|key| (key, written.get(key))) {
                None => complaints.push(format!(
                    "{place}: name the sentence by a literal, so that it can be looked up here"
                )),
                Some((key, None)) => complaints.push(format!(
                    "{place}: `{key}` is not in locales: add it to both languages"
                )),
                Some((key, Some(wanted))) => {
                    if *wanted != given {
                        complaints.push(format!("{place}: `{key}` takes {wanted:?} and is given {given:?}: make them equal"));
                    }
                    said.insert(key.to_owned());
                }
            }
        }
    }
    let unsaid = written.keys().filter(|key| !said.contains(*key));
    complaints.extend(unsaid.map(|key| {
        format!("`{key}` is in locales and never said in src: remove it from both languages")
    }));
    complaints
}

/// The arguments of a call whose opening parenthesis has just been read.
fn arguments(code: &str) -> Vec<String> {
    let (mut arguments, mut depth, mut in_string, mut escaped) =
        (vec![String::new()], 0_i32, false, false);
    for c in code.chars() {
        if in_string {
            in_string = c != '"' || escaped;
            escaped = c == '\\' && !escaped;
        } else {
            in_string = c == '"';
            depth += i32::from("([{".contains(c)) - i32::from(")]}".contains(c));
            if depth < 0 {
                break;
            }
            if c == ',' && depth == 0 {
                arguments.push(String::new());
                continue;
            }
        }
        arguments.last_mut().expect("it begins with one").push(c);
    }
    arguments
        .iter()
        .map(|argument| argument.trim().to_owned())
        .filter(|argument| !argument.is_empty())
        .collect()
}

/// Every message, term (`-term`) and attribute (`message.attribute`) of a Fluent file with the variables it takes.
fn sentences(file: &File, complaints: &mut Vec<String>) -> BTreeMap<String, BTreeSet<String>> {
    let mut sentences: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (mut message, mut key) = (String::new(), String::new());
    for line in file.text.lines().filter(|line| !line.starts_with('#')) {
        let head = line.split_once('=').map(|(head, _)| head.trim_end());
        let is_name = |name: &str| {
            let name = name.strip_prefix('-').unwrap_or(name);
            name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        };
        let attribute = head
            .and_then(|head| head.strip_prefix([' ', '\t']))
            .and_then(|head| head.trim_start().strip_prefix('.'));
        if let Some(name) = head.filter(|head| is_name(head)) {
            (message, key) = (name.to_owned(), name.to_owned());
        } else if let Some(name) = attribute.filter(|name| is_name(name)) {
            key = format!("{message}.{name}");
        } else {
            sentences
                .entry(key.clone())
                .or_default()
                .extend(variables(line));
            continue;
        }
        if sentences
            .insert(key.clone(), variables(line).collect())
            .is_some()
        {
            complaints.push(format!("{}: `{key}` is written twice: keep one", file.path));
        }
    }
    sentences.remove("");
    sentences
}

/// Names after a `$`, wherever in a placeable: `{ $name }`, `{ $count ->`, `{ DATETIME($at) }`.
fn variables(line: &str) -> impl Iterator<Item = String> {
    line.split('$').skip(1).map(|rest| {
        rest.chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_')
            .collect()
    })
}

#[test]
fn fluent_is_read_with_attributes_terms_and_variants() {
    let file = File {
        path: LANGUAGES[0].to_owned(),
        text: "# a = comment\n-brand = Balefire\nnag = { $who }: { $minutes ->\n    [one] a { $unit }\n   *[other] b\n }\n    .button = Post { $what }\n".to_owned(),
    };
    let mut complaints = vec![];
    let found: Vec<_> = sentences(&file, &mut complaints)
        .into_iter()
        .map(|(key, names)| format!("{key} {names:?}"))
        .collect();
    assert_eq!(
        found,
        [
            "-brand {}",
            "nag {\"minutes\", \"unit\", \"who\"}",
            "nag.button {\"what\"}"
        ]
    );
    assert!(complaints.is_empty());
}
