//! The rules of the house, as tests: what a reviewer would have to say again and again.
//!
//! A rule reads the source tree and returns complaints; each complaint says what to do. Beside each rule stand samples
//! that break it, because a rule that cannot fail guards nothing. The rules look at text and not at syntax: that is
//! crude, quick, and has been enough.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// A text file of the project, its path relative to the root and with `/`.
struct File {
    path: String,
    text: String,
}

type Rule = fn(&[File]) -> Vec<String>;
/// A small tree: paths and texts.
type Sample = &'static [(&'static str, &'static str)];

/// Each rule becomes two tests: the tree keeps it, and it can fail.
macro_rules! rules {
    ($($rule:ident breaks $samples:expr;)*) => {
        mod the_tree_keeps {
            $(#[test] fn $rule() { crate::assert_kept(super::$rule); })*
        }
        mod it_can_fail {
            $(#[test] fn $rule() { crate::assert_breaks(super::$rule, $samples); })*
        }
    };
}

mod rooms;
mod schema;
mod text;
mod words;

#[track_caller]
fn assert_kept(rule: Rule) {
    let complaints = rule(&project());
    let mut list = String::new();
    for complaint in &complaints {
        writeln!(list, "  {complaint}").expect("a String takes everything");
    }
    assert!(
        complaints.is_empty(),
        "{} to mend:\n{list}",
        complaints.len()
    );
}

#[track_caller]
fn assert_breaks(rule: Rule, samples: &[Sample]) {
    assert!(!samples.is_empty(), "a rule needs a sample that breaks it");
    for sample in samples {
        let tree: Vec<_> = sample
            .iter()
            .map(|(path, text)| File {
                path: (*path).to_owned(),
                text: (*text).to_owned(),
            })
            .collect();
        assert!(!rule(&tree).is_empty(), "no complaint about {sample:?}");
    }
}

/// Every text file that belongs to the project.
fn project() -> Vec<File> {
    let mut tree = vec![];
    read_into(&mut tree, Path::new(env!("CARGO_MANIFEST_DIR")), "");
    assert!(
        tree.iter().any(|file| file.path == "src/lib.rs"),
        "this is not the project's root"
    );
    tree
}

fn read_into(tree: &mut Vec<File>, directory: &Path, prefix: &str) {
    for entry in fs::read_dir(directory).expect("the project's folders can be listed") {
        let entry = entry.expect("the project's folders can be listed");
        let name = entry
            .file_name()
            .into_string()
            .expect("file names are UTF-8");
        let path = format!("{prefix}{name}");
        if entry.path().is_dir() {
            if !["target", ".git", "node_modules"].contains(&path.as_str()) {
                read_into(tree, &entry.path(), &format!("{path}/"));
            }
        // What is not text (a database left by a demo, an image) has no rules.
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            tree.push(File { path, text });
        }
    }
}

fn rust_files(tree: &[File]) -> impl Iterator<Item = &File> {
    tree.iter().filter(|file| file.path.ends_with(".rs"))
}

fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.ends_with("_tests.rs") || path.contains("/tests/")
}

fn lies_in(path: &str, room: &str) -> bool {
    path.strip_prefix(room)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines())
}

/// Lines without their comments. A `//` inside a string counts as one unless it follows a colon, as in a URL.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, String)> {
    numbered(text).map(|(number, line)| {
        let comment = line
            .match_indices("//")
            .find(|(at, _)| !line[..*at].ends_with(':'))
            .map_or(line.len(), |(at, _)| at);
        (number, line[..comment].to_owned())
    })
}

/// The text with its test modules blanked, so that the other lines keep their numbers. It relies on rustfmt: such a
/// module ends with the first line that is only `}`.
fn without_tests(text: &str) -> String {
    let mut in_tests = false;
    let mut kept = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let opens = |line: &str| line.starts_with("mod ") && line.ends_with('{');
        in_tests |= line == "#[cfg(test)]" && lines.peek().is_some_and(|next| opens(next));
        if !in_tests {
            kept.push_str(line);
        }
        kept.push('\n');
        in_tests &= line != "}";
    }
    kept
}

#[test]
fn comments_and_tests_are_not_code() {
    let text =
        "a(); // b.unwrap()\nlet url = \"http://c\"; // d\n#[cfg(test)]\nmod tests {\n    e\n}\nf";
    let code: Vec<_> = code_lines(&without_tests(text))
        .map(|(number, line)| format!("{number} {line}"))
        .collect();
    assert_eq!(
        code,
        [
            "1 a(); ",
            "2 let url = \"http://c\"; ",
            "3 ",
            "4 ",
            "5 ",
            "6 ",
            "7 f"
        ]
    );
}
