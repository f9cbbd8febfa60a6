//! What the doctor found, line by line, and how it reads: for people aligned, with the way out under each complaint;
//! for programs as one JSON document.

use std::fmt;

use serde_json::{Value, json};

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Stable, so that a program can look for it: `slack.scopes`, `slack.channel.C0EXEC`.
    pub name: String,
    pub state: State,
    /// What was found, in a few words.
    pub what: String,
    /// What to do about it.
    pub fix: Option<String>,
}

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Fine,
    /// Fine as it is, and worth knowing.
    Notice,
    Failed,
    /// Something else must be mended first.
    NotChecked,
}

impl Check {
    /// All is well.
    pub fn fine(name: impl Into<String>, what: impl Into<String>) -> Self {
        Self::of(State::Fine, name, what, None)
    }

    /// All is well, but for something that an operator may want to know.
    pub fn notice(
        name: impl Into<String>,
        what: impl Into<String>,
        fix: Option<impl Into<String>>,
    ) -> Self {
        Self::of(State::Notice, name, what, fix.map(Into::into))
    }

    /// Something is wrong, and this mends it.
    pub fn failed(
        name: impl Into<String>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self::of(State::Failed, name, what, Some(fix.into()))
    }

    /// Nothing is known of it, because of `why`.
    pub fn not_checked(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self::of(State::NotChecked, name, why, None)
    }

    fn of(
        state: State,
        name: impl Into<String>,
        what: impl Into<String>,
        fix: Option<String>,
    ) -> Self {
        Self {
            name: name.into(),
            state,
            what: what.into(),
            fix,
        }
    }

    /// Whether it was looked at and nothing has to be done.
    pub fn ok(&self) -> bool {
        matches!(self.state, State::Fine | State::Notice)
    }
}

impl State {
    fn mark(self) -> char {
        match self {
            Self::Fine => '✓',
            Self::Failed => '✗',
            Self::Notice => '·',
            Self::NotChecked => '?',
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Failed => "failed",
            Self::Notice => "notice",
            Self::NotChecked => "not_checked",
        }
    }
}

/// Everything that was looked at, in the order in which it should be mended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub checks: Vec<Check>,
}

impl Report {
    /// Whether everything was looked at and nothing has to be done.
    pub fn ok(&self) -> bool {
        self.checks.iter().all(Check::ok)
    }

    /// `{"ok", "checks": [{"name", "ok", "state", "what", "fix"}]}`.
    pub fn json(&self) -> Value {
        let checks = self.checks.iter().map(|check| {
            json!({
                "name": check.name,
                "ok": check.ok(),
                "state": check.state.code(),
                "what": check.what,
                "fix": check.fix,
            })
        });
        json!({"ok": self.ok(), "checks": checks.collect::<Vec<_>>()})
    }

    fn summary(&self) -> String {
        let count = |state: State| {
            let of_it = self.checks.iter().filter(|check| check.state == state);
            of_it.count()
        };
        let total = self.checks.len();
        match (count(State::Failed), count(State::NotChecked)) {
            (0, 0) => format!("All {total} checks passed."),
            (failed, 0) => format!("{failed} of {total} checks failed."),
            (0, unknown) => format!("{unknown} of {total} checks could not be made."),
            (failed, unknown) => format!(
                "{failed} of {total} checks failed, {unknown} could not be made; mend the topmost first."
            ),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What waits for the same thing is one line, and does not widen the column.
        let together = |one: &Check, other: &Check| {
            one.state == State::NotChecked && other.state == one.state && other.what == one.what
        };
        let lines: Vec<&[Check]> = self.checks.chunk_by(together).collect();
        let width = lines
            .iter()
            .filter(|line| line.len() == 1)
            .flat_map(|line| line.iter())
            .map(|check| check.name.chars().count())
            .max()
            .unwrap_or_default();
        for line in lines {
            let [first, rest @ ..] = line else { continue };
            let mark = first.state.mark();
            if rest.is_empty() {
                writeln!(f, "{mark} {:width$}  {}", first.name, first.what)?;
            } else {
                let names: Vec<&str> = line.iter().map(|check| check.name.as_str()).collect();
                writeln!(f, "{mark} {}: {}", first.what, names.join(", "))?;
            }
            if let Some(fix) = &first.fix {
                // Not under its complaint: there is little room there on a terminal.
                writeln!(f, "    → {fix}")?;
            }
        }
        writeln!(f, "{}", self.summary())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_aligned_and_names_the_way_out() {
        let checks = vec![
            Check::fine("a", "is well"),
            Check::failed("long.name", "is not", "mend it"),
            Check::not_checked("b", "not checked, as the other is not well"),
            Check::not_checked("much.longer.name", "not checked, as the other is not well"),
            Check::notice("c", "is odd", None::<String>),
        ];
        let report = Report { checks };
        insta::assert_snapshot!(report, @"
        ✓ a          is well
        ✗ long.name  is not
            → mend it
        ? not checked, as the other is not well: b, much.longer.name
        · c          is odd
        1 of 5 checks failed, 2 could not be made; mend the topmost first.
        ");
        assert_eq!(report.json()["checks"][1]["fix"], "mend it");
    }

    #[test]
    fn what_was_not_checked_is_not_ok() {
        let cases = [
            (Check::fine("a", ""), true),
            (Check::notice("a", "", Some("look")), true),
            (Check::failed("a", "", ""), false),
            (Check::not_checked("a", ""), false),
        ];
        for (check, expected) in cases {
            let report = Report {
                checks: vec![Check::fine("b", ""), check],
            };
            assert_eq!(report.ok(), expected, "{report}");
            assert_eq!(report.json()["ok"], expected);
            assert_eq!(report.json()["checks"][1]["ok"], expected);
        }
    }
}
