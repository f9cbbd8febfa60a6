//! Prometheus' own tool for looking at what is meant for Prometheus.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// Runs promtool with this on its standard input; what it said, if it found fault.
pub fn promtool(arguments: &[&str], input: &str) -> Result<String, String> {
    let mut tool = Command::new("promtool")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is in Debian's package prometheus; ./check.sh installs it");
    let mut stdin = tool.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let output = tool.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    match output.status.success() {
        true => Ok(said),
        false => Err(said),
    }
}
