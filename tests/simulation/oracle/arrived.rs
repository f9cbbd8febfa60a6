//! What the timeline says was decided has arrived, or the timeline says why not: reminders, alarms, drafts, answers to
//! whoever mentioned the bot. Whoever is to hear something and does not cannot complain of it.

use std::collections::{BTreeMap, BTreeSet};

use super::{CALLED, Judge, Kind, Line, ends};
use crate::play::What;

/// What the timeline says when nobody has acknowledged in time.
const MISSED: &str = "noticed that nobody had acknowledged it in time";

/// What every alarm of that says.
const WAS_DUE: &str = "was to be acknowledged by";

/// How the bot answers a note: at first, and where its process died before it could.
const NOTED: [&str; 2] = ["Note added to the timeline of ", "This was done already"];

/// Whether a line answers a reminder.
fn answers(words: &str) -> bool {
    let answer = [
        "posted an update: ",
        "reported no change",
        "put the next reminder off until",
    ];
    answer.iter().any(|answer| words.contains(answer)) || ends(words)
}

/// The number of a reminder that a line tells of.
pub(super) fn asked(words: &str) -> Option<u64> {
    let rest = words.split("asked for an update (reminder ").nth(1)?;
    rest.split(')').next()?.parse().ok()
}

/// The number of a draft that a line says was written, and for whom.
fn drafted(words: &str) -> Option<(u64, &str)> {
    let (number, audience) = words.split(" wrote draft ").nth(1)?.split_once(" for ")?;
    Some((number.parse().ok()?, audience))
}

/// Who owns the incident after this line, if the line says so.
fn new_owner(words: &str) -> Option<&str> {
    let named = |before: &str| words.split(before).nth(1)?.split('>').next();
    if words.contains(" declared it: ") {
        return named(" · owner <@");
    }
    match words.contains(" took the role *owner*") {
        true => words.strip_prefix("<@")?.split('>').next(),
        false => named(" gave the role *owner* to <@"),
    }
}

impl Judge<'_> {
    /// Why nobody was to see a reminder; None: the reason is as good as the ledger says.
    pub(super) fn unseen(&self, nag: u64, row: &str, lines: &[Line]) -> Option<&'static str> {
        if row.contains("on its way to Slack") {
            return Some("never reached Slack");
        }
        let says = |words: String| lines.iter().any(|line| line.words.contains(&words));
        let line = lines.iter().find(|line| asked(&line.words) == Some(nag));
        let asked_at = line.map_or(0, |line| line.at);
        let soon = |is: &dyn Fn(&str) -> bool| self.soon(lines, asked_at, is);
        let (on_timeline, reason) = if let Some((_, why)) = row.split_once(" · not sent: ") {
            let reason = if why.starts_with("the incident was over") {
                soon(&ends)
            } else if why.starts_with("somebody had answered") {
                soon(&answers)
            } else if why.starts_with("the next reminder was due") {
                soon(&|words| asked(words) > Some(nag))
            } else {
                false
            };
            (says(format!("held reminder {nag} back: ")), reason)
        } else if row.contains(" · Slack never took it: ") {
            let given_up = says(format!("could not send reminder {nag}; "));
            (given_up, !self.was_undisturbed())
        } else if row.contains(" · nobody knows whether it was sent: ") {
            let may_be_there = says(format!("may or may not have sent reminder {nag}: "));
            (may_be_there, !self.was_undisturbed())
        } else {
            return Some("was not seen, and nothing says why");
        };
        match (on_timeline, reason) {
            (false, _) => Some("was not seen, and the timeline does not say why"),
            (true, false) => Some("was not seen, for a reason that is none"),
            (true, true) => None,
        }
    }

    /// Whether a line that makes something needless came before it had to be there. It may come at any time before, by a
    /// clock that was set back.
    fn soon(&self, lines: &[Line], from: i64, is: &dyn Fn(&str) -> bool) -> bool {
        let mut lines = lines.iter().filter(|line| is(&line.words));
        lines.any(|line| {
            line.at + 1_000 + self.clock_is_wrong() >= from
                && line.at - from <= self.bound(from, line.at)
        })
    }

    fn was_undisturbed(&self) -> bool {
        self.history.troubles.is_empty() && !self.was_shut_out()
    }

    /// Whoever was called because nobody answered was written to, and whoever owned what nobody acknowledged in time; or
    /// why not is on the timeline too.
    pub(super) fn called(&mut self, id: &str, lines: &[Line]) {
        let mut called: BTreeMap<&str, usize> = BTreeMap::new();
        let mut owner = None;
        for line in lines {
            owner = new_owner(&line.words).or(owner);
            let whom = line.words.split_once(CALLED).map(|(whom, _)| whom);
            for person in whom.into_iter().flat_map(|whom| whom.split("<@").skip(1)) {
                let person = person.split('>').next().unwrap_or_default();
                *called.entry(person).or_default() += 1;
            }
            // A clock that was set back puts lines before those that came first: who owned it then is not known.
            let missed = line.words.contains(MISSED) && self.clock_is_wrong() == 0;
            if let Some(owner) = owner.filter(|_| missed) {
                *called.entry(owner).or_default() += 1;
            }
        }
        for (person, times) in called {
            let not_written = [
                "did not write to <@",
                "could not write to <@",
                "may or may not have written to <@",
            ]
            .map(|words| format!("{words}{person}>"));
            let says_why = |line: &&Line| not_written.iter().any(|it| line.words.contains(it));
            let why_not = lines.iter().filter(says_why).count();
            let heard = self
                .about(id)
                .filter(|post| post.kind == Kind::Alarm && post.channel == person)
                .count();
            if heard + why_not < times {
                self.wrong(format!(
                    "{id}: {person} was called {times} times, and saw {heard} alarms"
                ));
            }
        }
    }

    /// That nobody acknowledged in time was said to everybody at the incident, unless a reminder of the same moment says
    /// so, or somebody acknowledged or ended it before it could be said.
    pub(super) fn missed(&mut self, id: &str, lines: &[Line]) {
        let over = |words: &str| words.ends_with(" acknowledged it") || ends(words);
        let with_reminder = |at: i64| {
            let mut reminders = lines.iter().filter(|line| asked(&line.words).is_some());
            reminders.any(|line| line.at == at)
        };
        let missed = lines.iter().filter(|line| line.words.contains(MISSED));
        let missed = missed
            .filter(|line| !with_reminder(line.at) && !self.soon(lines, line.at, &over))
            .count();
        let not_posted = [
            "could not post a message",
            "may or may not have posted a message",
        ];
        let says_why = |line: &&Line| not_posted.iter().any(|it| line.words.contains(it));
        let why_not = lines.iter().filter(says_why).count();
        let said = self
            .about(id)
            .filter(|post| !post.channel.starts_with('U') && post.reads.contains(WAS_DUE))
            .filter(|post| post.kind == Kind::Alarm)
            .count();
        if said + why_not < missed {
            self.wrong(format!(
                "{id}: nobody acknowledged in time {missed} times, and {said} alarms say so"
            ));
        }
    }

    /// Each draft was shown, once, unless nobody wanted it any more before it could be; or why not is on the timeline.
    pub(super) fn drafts(&mut self, id: &str, lines: &[Line]) {
        let mut wrong = vec![];
        for line in lines {
            let Some((number, audience)) = drafted(&line.words) else {
                continue;
            };
            let title = format!("📝 *Draft {number} for ");
            let shown = self
                .about(id)
                .filter(|post| post.kind == Kind::Draft && post.reads.starts_with(&title))
                .count();
            if shown > 1 {
                wrong.push(format!("{id}: draft {number} was shown {shown} times"));
            }
            let why_not = [
                format!("could not post draft {number}; "),
                format!("may or may not have posted draft {number}: "),
            ];
            let says_why = |line: &Line| why_not.iter().any(|it| line.words.contains(it));
            let by_itself = line.words.starts_with("Balefire ");
            let discarded = format!("discarded draft {number}");
            let unwanted = |words: &str| {
                words.ends_with(&discarded)
                    || drafted(words).is_some_and(|(newer, of)| newer > number && of == audience)
                    || by_itself && ends(words)
            };
            if shown == 0 && !lines.iter().any(says_why) && !self.soon(lines, line.at, &unwanted) {
                wrong.push(format!("{id}: draft {number} was shown to nobody"));
            }
        }
        self.wrong.extend(wrong);
    }

    /// Whoever says it to the bot is answered once. What Slack refuses then is lost: nothing but the answer itself could
    /// say so. Where the bot stops between what it was told to do and the answer, and is away for longer than Slack
    /// delivers a mention, nobody is left to answer: what it did stands, and is seen.
    pub(super) fn mentions(&mut self) {
        let mut times = 0;
        let mut notes: BTreeSet<&str> = BTreeSet::new();
        for done in &self.played.done {
            if let What::Mentioned { words } = &done.what {
                times += 1;
                notes.insert(words);
            }
        }
        let noted = notes.iter().filter_map(|words| self.executed(words));
        let noted: usize = noted.map(|(_, count)| count).sum();
        let answered = self.posts.iter();
        let answered = answered
            .filter(|post| NOTED.iter().any(|it| post.reads.starts_with(it)))
            .count();
        if answered > times {
            self.wrong(format!("{times} mentions were answered {answered} times"));
        }
        let given_up = self.played.given_up.iter();
        let unanswered =
            given_up.filter(|words| self.executed(words).is_some_and(|(_, times)| times > 0));
        if answered + unanswered.count() < noted && !self.was_refused() && !self.was_shut_out() {
            self.wrong(format!(
                "{noted} mentions were heard, and {answered} were answered"
            ));
        }
    }

    /// Slack says of something that it will never take it.
    fn was_refused(&self) -> bool {
        let mut calls = self.played.calls.iter();
        calls.any(|call| call.fault.as_deref() == Some("code"))
    }
}
