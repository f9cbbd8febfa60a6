//! What the tools of those who made the formats say: no complaint.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{root, venv};

fn tool(name: &str) -> Command {
    Command::new(venv::program(name))
}

/// Whether it has nothing to say against it, and what it says.
fn said(command: &mut Command) -> (bool, String) {
    let done = command.current_dir(root()).output();
    let done = done.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let words = [done.stdout, done.stderr].concat();
    (
        done.status.success(),
        String::from_utf8_lossy(&words).into_owned(),
    )
}

/// Whether `lint` has nothing to say against a file of `deploy/`, and has something to say once `from` in it is `to`.
fn lints(file: &str, [from, to]: [&str; 2], lint: impl Fn(&Path) -> (bool, String)) {
    let path = root().join("deploy").join(file);
    let text = fs::read_to_string(&path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join(path.file_name().unwrap());
    fs::write(&copy, &text).unwrap();
    let (fine, words) = lint(&copy);
    assert!(fine, "{file}: {words}");
    assert!(text.contains(from), "{file} says no {from:?}");
    fs::write(&copy, text.replacen(from, to, 1)).unwrap();
    let (fine, _) = lint(&copy);
    assert!(!fine, "{file}: {to:?} is not complained of");
}

#[test]
fn the_dockerfile() {
    let broken = ["--no-install-recommends musl-tools", "musl-tools"];
    lints("docker/Dockerfile", broken, |path| {
        said(tool("hadolint").arg("--no-color").arg(path))
    });
}

#[test]
fn the_compose_file() {
    let broken = ["services:", "service:"];
    lints("docker/compose.yaml", broken, |path| {
        let mut lint = tool("check-jsonschema");
        said(
            lint.args(["--builtin-schema", "vendor.compose-spec"])
                .arg(path),
        )
    });
}

#[test]
fn the_manifests_of_kubernetes() {
    let folder = fs::read_dir(root().join("deploy/kubernetes")).unwrap();
    let files = folder.map(|file| file.unwrap().file_name().into_string().unwrap());
    let files: Vec<String> = files
        // kubectl's own file, which no server is given.
        .filter(|file| file.ends_with(".yaml") && file != "kustomization.yaml")
        .collect();
    assert!(files.len() > 5, "{files:?}");
    for file in files {
        // The oldest that providers still run, and the newest that the tool knows.
        for version in ["1.30", "1.37"] {
            let (file, broken) = (format!("kubernetes/{file}"), ["  name: ", "  named: "]);
            lints(&file, broken, |path| {
                let mut lint = tool("kubernetes-validate");
                lint.args(["--strict", "--kubernetes-version", version]);
                let (fine, words) = said(lint.arg(path));
                // What it knows no schema of, it only warns of.
                (fine && !words.contains("WARN"), words)
            });
        }
    }
}

#[test]
fn the_unit() {
    let program = env!("CARGO_BIN_EXE_balefire");
    let with_program = |path: &Path| {
        let unit = fs::read_to_string(path).unwrap();
        // systemd wants to see the program that it is to start.
        fs::write(path, unit.replace("/usr/local/bin/balefire", program)).unwrap();
    };
    lints(
        "systemd/balefire.service",
        ["Type=exec", "Type=sometimes"],
        |path| {
            with_program(path);
            let (fine, words) = said(
                Command::new("systemd-analyze")
                    .args(["verify", "--man=no"])
                    .arg(path),
            );
            (fine && words.is_empty(), words)
        },
    );
    // In tenths: 1.1 as it is.
    lints(
        "systemd/balefire.service",
        ["DynamicUser=yes", "DynamicUser=no"],
        |path| {
            with_program(path);
            let limits = ["security", "--offline=true", "--threshold=11", "--no-pager"];
            said(Command::new("systemd-analyze").args(limits).arg(path))
        },
    );
}
