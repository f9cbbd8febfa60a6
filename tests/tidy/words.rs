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
    every_sentence_exists_and_is_said breaks &[
        &[("locales/en.ftl", "hello = Hello\n"), ("src/a.rs", "say(\"hallo\"); say(\"hello\")")],
        &[("locales/en.ftl", "hello = Hello\nbye = Bye\n"), ("src/a.rs", "say(\"hello\")")],
    ];
}

const LANGUAGES: [&str; 2] = ["locales/en.ftl", "locales/zh.ftl"];

/// How the source names a sentence: the literal that follows one of these is a key.
const SAYING: &[&str] = &["say(", "Say::new(", "words!("];

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

fn every_sentence_exists_and_is_said(tree: &[File]) -> Vec<String> {
    let Some(english) = tree.iter().find(|file| file.path == LANGUAGES[0]) else {
        return vec![];
    };
    let known: BTreeSet<String> = sentences(english, &mut vec![])
        .into_keys()
        .filter(|key| !key.contains('.') && !key.starts_with('-'))
        .collect();
    let used = keys_used(tree);
    let missing = used.difference(&known).map(|key| {
        format!("`{key}` is said in src but is not in locales: add it to both languages")
    });
    let unused = known.difference(&used).map(|key| {
        format!("`{key}` is in locales but is never said in src: remove it from both languages")
    });
    missing.chain(unused).collect()
}

/// The keys that the source says, by the forms in [`SAYING`].
fn keys_used(tree: &[File]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for file in rust_files(tree).filter(|file| lies_in(&file.path, "src")) {
        let code: String = code_lines(&file.text)
            .map(|(_, line)| line + "\n")
            .collect();
        for form in SAYING {
            for (at, _) in code.match_indices(form) {
                let rest = code[at + form.len()..].trim_start();
                if let Some((key, _)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'))
                {
                    keys.insert(key.to_owned());
                }
            }
        }
    }
    keys
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
