//! The virtual environment that `./check.sh` makes, with Slack's SDK for Python and linters in it.

use std::path::{Path, PathBuf};

/// A program in it; `BALEFIRE_TEST_PYTHON` names the Python of another one.
pub fn program(name: &str) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/venv/bin/python3");
    let python = std::env::var_os("BALEFIRE_TEST_PYTHON").map_or(here, PathBuf::from);
    let program = match name {
        "python3" => python,
        name => python.with_file_name(name),
    };
    assert!(
        program.exists(),
        "There is no {name} at {}. Run ./check.sh, which puts it there.",
        program.display()
    );
    program
}
