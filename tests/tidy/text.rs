//! What a source file looks like.

use crate::rooms::{Room, forbid};
use crate::{File, code_lines, is_test_file, lies_in, numbered, rust_files, without_tests};

rules! {
    files_stay_short breaks &[&[("src/app/mod.rs", super::TOO_LONG)]];
    nothing_is_left_for_later breaks &[
        &[("src/app/mod.rs", "todo!()")],
        &[("tests/a.rs", "#[ignore = \"slow\"]")],
        &[("benches/a.rs", "// FIXME: faster")],
        &[("src/app/mod.rs", "dbg!(now);")],
    ];
    no_unwrap_in_the_bot breaks &[
        &[("src/app/mod.rs", "let a = b.unwrap();")],
        &[("src/app/mod.rs", "#[cfg(test)]\nmod tests {\n}\n\nfn a() { b.unwrap() }")],
        &[("src/app/mod.rs", "let a = b.expect(\"\");")],
    ];
    nothing_is_half_merged breaks &[
        &[("CHANGELOG.md", "<<<<<<< HEAD\n- one\n=======\n- other\n>>>>>>> abc\n")],
        &[("src/app/mod.rs", "||||||| base")],
    ];
    no_paths_of_one_machine breaks &[
        &[("README.md", "see /home/me/notes.md")],
        &[("a.toml", "path = \"/root/a\"")],
        &[("src/app/mod.rs", "// as in /root/b")],
    ];
    logs_go_through_tracing breaks &[
        &[("src/app/mod.rs", "println!(\"here\");")],
        &[("src/pump/mod.rs", "eprint!(\"here\");")],
    ];
    every_module_states_its_rule breaks &[
        &[("src/app/mod.rs", "use std::fmt;\n")],
        &[("src/app/mod.rs", "//!\n")],
    ];
}

/// The rules themselves hold every forbidden word.
fn holds_the_words(file: &File) -> bool {
    lies_in(&file.path, "tests/tidy")
}

const LINES_MAX: usize = 600;
/// Tables of cases are long and still easy to read.
const TEST_LINES_MAX: usize = 1_000;
/// Files that may be longer, each with the reason.
const LONG_FILES: &[(&str, &str)] = &[];
const TOO_LONG: &str = match std::str::from_utf8(&[b'\n'; LINES_MAX + 1]) {
    Ok(lines) => lines,
    Err(_) => panic!("line feeds are UTF-8"),
};

fn files_stay_short(tree: &[File]) -> Vec<String> {
    let mut complaints = vec![];
    for file in rust_files(tree).filter(|file| lies_in(&file.path, "src")) {
        let lines = file.text.lines().count();
        let lines_max = if is_test_file(&file.path) {
            TEST_LINES_MAX
        } else {
            LINES_MAX
        };
        if lines > lines_max && !LONG_FILES.iter().any(|(path, _)| *path == file.path) {
            complaints.push(format!(
                "{}: {lines} lines, {lines_max} are enough. Split it where the subject changes",
                file.path
            ));
        }
    }
    complaints
}

fn nothing_is_left_for_later(tree: &[File]) -> Vec<String> {
    let mut complaints = vec![];
    for file in rust_files(tree).filter(|file| !holds_the_words(file)) {
        for (number, line) in numbered(&file.text) {
            for mark in [
                "todo!(",
                "unimplemented!(",
                "dbg!(",
                "#[ignore",
                "FIXME",
                "XXX",
                "TODO",
            ] {
                if line.contains(mark) {
                    complaints.push(format!(
                        "{}:{number}: `{mark}`: finish it, or write an issue and remove the mark",
                        file.path
                    ));
                }
            }
        }
    }
    complaints
}

/// Git's marks around what two people wrote in one place.
fn nothing_is_half_merged(tree: &[File]) -> Vec<String> {
    let mut complaints = vec![];
    for file in tree {
        for (number, line) in numbered(&file.text) {
            if ["<<<<<<< ", "||||||| ", ">>>>>>> "]
                .iter()
                .any(|mark| line.starts_with(mark))
            {
                complaints.push(format!(
                    "{}:{number}: `{line}`: decide what stays",
                    file.path
                ));
            }
        }
    }
    complaints
}

fn no_unwrap_in_the_bot(tree: &[File]) -> Vec<String> {
    let mut complaints = vec![];
    for file in
        rust_files(tree).filter(|file| lies_in(&file.path, "src") && !is_test_file(&file.path))
    {
        for (number, line) in code_lines(&without_tests(&file.text)) {
            if line.contains(".unwrap()") || line.contains(".expect(\"\")") {
                complaints.push(format!(
                    "{}:{number}: return the error, or `expect(\"the reason why it cannot happen\")`",
                    file.path
                ));
            }
        }
    }
    complaints
}

fn no_paths_of_one_machine(tree: &[File]) -> Vec<String> {
    let mut complaints = vec![];
    for file in tree.iter().filter(|file| !holds_the_words(file)) {
        for (number, line) in numbered(&file.text) {
            for root in ["/home/", "/root/", "/Users/"] {
                // In the middle of a longer path or a URL it is somebody else's folder.
                let begins_a_path = |at: usize| {
                    !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-}*".contains(c))
                };
                if line.match_indices(root).any(|(at, _)| begins_a_path(at)) {
                    complaints.push(format!(
                        "{}:{number}: `{root}` exists on one machine only. Use a relative path",
                        file.path
                    ));
                }
            }
        }
    }
    complaints
}

fn logs_go_through_tracing(tree: &[File]) -> Vec<String> {
    forbid(
        tree,
        &Room {
            path: "src",
            except: &["src/main.rs", "src/demo.rs"],
            reason: "only the command line prints. Use `tracing`, which knows levels and keeps secrets out",
            words: &["print!(", "println!("],
        },
    )
}

fn every_module_states_its_rule(tree: &[File]) -> Vec<String> {
    rust_files(tree)
        .filter(|file| lies_in(&file.path, "src") && !is_test_file(&file.path))
        .filter(|file| {
            file.text
                .lines()
                .next()
                .and_then(|line| line.strip_prefix("//! "))
                .is_none_or(str::is_empty)
        })
        .map(|file| {
            format!(
                "{}: begin with a `//!` line that states the module's rule",
                file.path
            )
        })
        .collect()
}
