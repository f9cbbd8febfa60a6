//! What the databases, the dependencies and the programs that tests need may be.

use std::collections::BTreeSet;

use crate::{File, lies_in, rust_files};

rules! {
    columns_are_text_or_bigint breaks &[
        &[("migrations/1.sql", "CREATE TABLE a (id TEXT PRIMARY KEY, open BOOLEAN NOT NULL);")],
        &[("migrations/1.sql", "CREATE TABLE IF NOT EXISTS a (\n  n BIGINT CHECK (n IN (1, 2)),\n  at TIMESTAMPTZ\n);")],
        &[("migrations/1.sql", "ALTER TABLE a ADD COLUMN b JSONB;")],
        &[("migrations/1.sql", "SELECT a::JSONB FROM b;")],
    ];
    migrations_only_add breaks &[
        &[("migrations/0002_a.sql", "DROP TABLE a;")],
        &[("migrations/0002_a.sql", "ALTER TABLE a DROP COLUMN b;")],
        &[("migrations/0002_a.sql", "ALTER TABLE a RENAME COLUMN b TO c;")],
        &[("migrations/0002_a.sql", "ALTER TABLE a ADD COLUMN b TEXT NOT NULL;")],
        &[("migrations/0002_a.sql", "CREATE UNIQUE INDEX a_by_b ON a (b);")],
        &[("migrations/0002_a.sql", "DELETE FROM a;")],
        &[("migrations/0001_a.sql", "CREATE UNIQUE INDEX a_by_b ON a (b);"), ("migrations/0002_a.sql", "DROP INDEX a_by_b;")],
    ];
    dependencies_come_from_the_registry breaks &[
        &[("Cargo.toml", "[dependencies]\na = { git = \"https://example.com/a\" }\n")],
        &[("Cargo.toml", "[dev-dependencies]\na = { path = \"../a\" }\n")],
        &[("Cargo.toml", "[dependencies.a]\ngit = \"https://example.com/a\"\n")],
        &[("Cargo.lock", "source = \"git+https://example.com/a\"\n")],
        &[("Cargo.lock", "name = \"openssl-sys\"\n")],
    ];
    programs_that_tests_start_are_looked_for breaks &[
        &[("tests/a.rs", "Command::new(\"xz\")"), ("check.sh", "find_missing() {\n    need xz-utils command -v lzma\n}\n# xz")],
        &[("tests/a/b.rs", "let a = Command::new(\"xz\");"), ("check.sh", "xz")],
    ];
    every_dependency_has_its_reason breaks &[
        &[("Cargo.toml", "[dependencies]\nserde = \"1\"\ncron = \"0\"\n"), ("ARCHITECTURE.md", "`serde`, cronies")],
        &[("Cargo.toml", "[dev-dependencies]\ncron = \"0\"\n"), ("ARCHITECTURE.md", "`serde`")],
    ];
}

fn columns_are_text_or_bigint(tree: &[File]) -> Vec<String> {
    let mut complaints = vec![];
    for file in tree
        .iter()
        .filter(|file| lies_in(&file.path, "migrations") && file.path.ends_with(".sql"))
    {
        let sql: String = file
            .text
            .lines()
            .map(|line| line.split("--").next().unwrap_or_default().to_owned() + "\n")
            .collect();
        let mut complain = |what: &str| {
            complaints.push(format!("{}: {what}: both engines take TEXT and BIGINT columns only, and no type's own syntax", file.path));
        };
        for statement in sql.split(';') {
            let upper = statement.to_uppercase();
            let words: Vec<_> = upper.split_whitespace().collect();
            if words.starts_with(&["CREATE", "TABLE"]) {
                for column in columns(statement) {
                    let mut words = column.split_whitespace();
                    let name = words.next().unwrap_or_default().to_uppercase();
                    let is_constraint = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"]
                        .iter()
                        .any(|word| name.starts_with(word));
                    if !is_constraint && !is_allowed_type(words.next()) {
                        complain(&format!(
                            "column `{}`",
                            column.split_whitespace().collect::<Vec<_>>().join(" ")
                        ));
                    }
                }
            } else if let Some(at) = words.windows(2).position(|pair| pair == ["ADD", "COLUMN"])
                && !is_allowed_type(words.get(at + 3).copied())
            {
                complain(&format!("column `{}`", words[at + 2..].join(" ")));
            }
            for word in [
                "BOOLEAN",
                "TIMESTAMP",
                "JSONB",
                "SERIAL",
                "AUTOINCREMENT",
                "::",
            ] {
                if upper.contains(word) {
                    complain(word);
                }
            }
        }
    }
    complaints
}

/// While replicas are replaced, the older program works on the newer one's tables. So a migration adds what the older
/// need not know of, and takes away nothing that its statements name or rely on.
fn migrations_only_add(tree: &[File]) -> Vec<String> {
    let is_migration = |file: &&File| lies_in(&file.path, "migrations");
    let statements = |file: &File| -> Vec<Vec<String>> {
        let words = |statement: &str| {
            let upper = statement.to_uppercase().replace('(', " ( ");
            upper.split_whitespace().map(str::to_owned).collect()
        };
        let code = file.text.lines();
        let code: String = code
            .map(|line| line.split("--").next().unwrap_or_default().to_owned() + "\n")
            .collect();
        code.split(';').map(words).collect()
    };
    // An insert that names what is unique needs the index that says so.
    let mut relied_on = BTreeSet::new();
    for file in tree.iter().filter(is_migration) {
        for words in statements(file) {
            if words.starts_with(&["CREATE", "UNIQUE", "INDEX"].map(str::to_owned)) {
                relied_on.extend(words.get(3).cloned());
            }
        }
    }
    let mut complaints = vec![];
    for file in tree.iter().filter(is_migration) {
        // Before the first there was nothing to break.
        if file.path.starts_with("migrations/0001_") {
            continue;
        }
        let mut made_here = BTreeSet::new();
        for statement in statements(file) {
            let words: Vec<_> = statement.iter().map(String::as_str).collect();
            let adds = match words.as_slice() {
                [] | ["INSERT", "INTO", ..] | ["UPDATE", ..] | ["CREATE", "INDEX", ..] => true,
                ["CREATE", "TABLE", table, ..] => made_here.insert((*table).to_owned()),
                ["CREATE", "UNIQUE", "INDEX", _, "ON", table, ..] => made_here.contains(*table),
                ["ALTER", "TABLE", _, "ADD", "COLUMN", rest @ ..] => {
                    !rest.contains(&"NULL") || rest.contains(&"DEFAULT")
                }
                ["DROP", "INDEX", index] => !relied_on.contains(*index),
                _ => false,
            };
            if !adds {
                complaints.push(format!(
                    "{}: `{}`: the older program still runs while this one starts. Add now, and take away in a later release",
                    file.path,
                    words.join(" ")
                ));
            }
        }
    }
    complaints
}

fn is_allowed_type(word: Option<&str>) -> bool {
    word.is_some_and(|word| {
        ["TEXT", "BIGINT"]
            .iter()
            .any(|allowed| word.trim_end_matches(',').eq_ignore_ascii_case(allowed))
    })
}

/// What stands between the commas of a `CREATE TABLE`.
fn columns(statement: &str) -> Vec<String> {
    let body = statement.split_once('(').map_or("", |(_, body)| body);
    let (mut columns, mut depth) = (vec![String::new()], 0_i32);
    for c in body.chars() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        match c {
            _ if depth < 0 => break,
            ',' if depth == 0 => columns.push(String::new()),
            _ => columns.last_mut().expect("it begins with one").push(c),
        }
    }
    columns
}

fn dependencies_come_from_the_registry(tree: &[File]) -> Vec<String> {
    let mut complaints = vec![];
    for (section, line) in manifest_lines(tree) {
        if section.contains("dependencies")
            && ["git =", "path ="].iter().any(|word| line.contains(word))
        {
            complaints.push(format!(
                "Cargo.toml: `{line}`: take a released version, which cannot change or vanish"
            ));
        }
    }
    for line in tree
        .iter()
        .filter(|file| file.path == "Cargo.lock")
        .flat_map(|file| file.text.lines())
    {
        if line.starts_with("source = \"git+")
            || ["name = \"openssl-sys\"", "name = \"native-tls\""].contains(&line)
        {
            complaints.push(format!("Cargo.lock: `{line}`: released versions only, and TLS by rustls. See `cargo tree -i`"));
        }
    }
    complaints
}

/// Where a program is missing, its tests fail at the end of a long run, and say so in a hundred lines.
fn programs_that_tests_start_are_looked_for(tree: &[File]) -> Vec<String> {
    let script = tree.iter().find(|file| file.path == "check.sh");
    let looks = script.and_then(|script| script.text.split("\nfind_missing() {").last());
    let looks = looks
        .and_then(|rest| rest.split("\n}").next())
        .unwrap_or_default();
    let mut complaints = vec![];
    for file in rust_files(tree)
        .filter(|file| lies_in(&file.path, "tests") && !lies_in(&file.path, "tests/tidy"))
    {
        for rest in file.text.split("Command::new(\"").skip(1) {
            let program = rest.split('"').next().unwrap_or_default();
            let named = looks
                .lines()
                .filter(|line| line.trim_start().starts_with("need "))
                .any(|line| line.split_whitespace().skip(2).any(|word| word == program));
            if !named {
                complaints.push(format!(
                    "{}: starts `{program}`: let find_missing in check.sh look for it",
                    file.path
                ));
            }
        }
    }
    complaints
}

fn every_dependency_has_its_reason(tree: &[File]) -> Vec<String> {
    let Some(architecture) = tree.iter().find(|file| file.path == "ARCHITECTURE.md") else {
        return vec![];
    };
    let is_part_of_a_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let named: BTreeSet<_> = architecture.text.split(|c| !is_part_of_a_name(c)).collect();
    dependencies(tree)
        .into_iter()
        .filter(|name| !named.contains(name.as_str()))
        .map(|name| format!("ARCHITECTURE.md does not say why we depend on `{name}`: add it, or drop the dependency"))
        .collect()
}

fn dependencies(tree: &[File]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (section, line) in manifest_lines(tree) {
        if let Some((_, name)) = section.rsplit_once("dependencies.") {
            names.insert(name.to_owned());
        } else if section.ends_with("dependencies")
            && let Some((name, _)) = line.split_once('=')
        {
            names.insert(name.trim().to_owned());
        }
    }
    names
}

/// The lines of Cargo.toml, each with the name of its section.
fn manifest_lines(tree: &[File]) -> Vec<(String, String)> {
    let mut section = String::new();
    let mut lines = vec![];
    for line in tree
        .iter()
        .filter(|file| file.path == "Cargo.toml")
        .flat_map(|file| file.text.lines())
    {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            section = name.to_owned();
        } else if !line.is_empty() && !line.starts_with('#') {
            lines.push((section.clone(), line.to_owned()));
        }
    }
    lines
}
