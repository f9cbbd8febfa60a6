//! Says what went wrong in a history. It reads what Slack accepted and what persons were answered, and nothing of the
//! bot's own: no database, no outbox, no state.

mod arrived;

use std::collections::{BTreeMap, BTreeSet};

use balefire::standin::world::Channel;
use balefire::standin::{Call, Message};
use serde_json::Value;

use crate::history::{CLOCK_WRONG_MAX_MS, DECLARE, DISMISS, History, Trouble};
use crate::play::{Done, Played, TAKEN, What, identifier};
use crate::rules::UPDATE_EVERY_MS;

/// How late anything may be when nothing goes wrong: how often the clock is looked at, and how long activities wait
/// for each other.
const PUNCTUAL_MS: i64 = 15_000;
/// How long after a person was told of an incident's end something that was on its way may still arrive: what was sent
/// before is applied at most 20 s late.
const STILL_ARRIVES_MS: i64 = 35_000;

/// What an answer says of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Done,
    /// Nothing was done, and the person knows.
    Refused,
    /// It was done before.
    Before,
    /// The person knows nothing.
    Unknown,
}

/// A message that Slack took.
struct Post<'a> {
    call: &'a Call,
    nth: usize,
    channel: &'a str,
    kind: Kind,
    reads: String,
    incident: Option<String>,
    nag: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Card,
    Nag,
    /// Somebody is called: nobody has acknowledged, or nobody has answered.
    Alarm,
    Draft,
    Publication,
    /// Something did not arrive, or may not have: whoever has to know reads its words there.
    Complaint,
    Told,
}

/// One line of the timeline, as a person reads it.
struct Line {
    at: i64,
    words: String,
}

/// Everything that is wrong.
pub fn judge(history: &History, played: &Played) -> Vec<String> {
    let mut judge = Judge::new(history, played);
    judge.twice();
    judge.refused_by_slack();
    judge.paced();
    judge.refreshed();
    for (id, [timeline, why, show]) in &played.asked {
        judge.incident(id, timeline, why, show);
    }
    judge.orders();
    judge.reports();
    judge.mentions();
    judge.pins();
    judge.identifiers();
    judge.approved();
    judge.published();
    judge.wrong
}

/// What is looked up for each incident or order is found by its key: else whoever judges a year would read all of it for
/// each of its thousands of incidents.
struct Judge<'a> {
    history: &'a History,
    played: &'a Played,
    posts: Vec<Post<'a>>,
    /// Places in `posts`, by the incident that they are about.
    about: BTreeMap<String, Vec<usize>>,
    /// Places in `posts` of what tells something, by the words in it that stand in one order only.
    telling: BTreeMap<String, Vec<usize>>,
    /// When Slack was called, in order.
    called_at: Vec<i64>,
    /// The last refresh of a message, by channel and time.
    last_refresh: BTreeMap<(&'a str, &'a str), &'a Call>,
    /// The card that #incidents shows, by incident.
    cards: BTreeMap<String, &'a Message>,
    /// The timelines in which a title begins with this word.
    titled: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// What people did, by the incident that they named.
    deeds: BTreeMap<String, Vec<&'a Done>>,
    wrong: Vec<String>,
}

fn posts(played: &Played) -> Vec<Post<'_>> {
    let mut posts = vec![];
    for (nth, call) in played.calls.iter().enumerate() {
        if call.method != "chat.postMessage" || !call.accepted() {
            continue;
        }
        let blocks = call.args["blocks"].to_string();
        let channel = call.args["channel"].as_str().unwrap_or_default();
        let reads = reads(&call.args);
        let kind = if reads.starts_with('#') {
            Kind::Card
        } else if reads.starts_with('⏰') {
            Kind::Nag
        } else if ["card.", "nag."]
            .iter()
            .any(|name| blocks.contains(&format!("\"action_id\":\"{name}")))
        {
            Kind::Alarm
        } else if reads.starts_with("📝 *Draft") {
            Kind::Draft
        } else if ["C0CUSTOMERS", "C0EXEC"].contains(&channel) {
            Kind::Publication
        } else if reads.contains("⚠️ ") {
            Kind::Complaint
        } else {
            Kind::Told
        };
        let value = button_value(&call.args["blocks"]);
        let incident = value["i"]
            .as_str()
            .map(str::to_owned)
            .or_else(|| identifier(&reads));
        posts.push(Post {
            call,
            nth,
            channel,
            kind,
            reads,
            incident,
            nag: value["n"].as_u64(),
        });
    }
    posts
}

/// What the first of our buttons in a message carries.
fn button_value(blocks: &Value) -> Value {
    let mut stack = vec![blocks];
    while let Some(node) = stack.pop() {
        if let Some(value) = node["value"].as_str()
            && let Ok(value) = serde_json::from_str::<Value>(value)
            && value["i"].is_string()
        {
            return value;
        }
        match node {
            Value::Array(items) => stack.extend(items.iter().rev()),
            Value::Object(fields) => stack.extend(fields.values()),
            _ => {}
        }
    }
    Value::Null
}

fn reads(args: &Value) -> String {
    let mut message = balefire::standin::Message::new(
        "",
        balefire::standin::message::Author::Bot,
        args["text"].as_str().unwrap_or_default(),
    );
    message.blocks = Some(args["blocks"].clone()).filter(Value::is_array);
    message.reads()
}

/// The seconds in the nth `<!date^…>` of a text, in milliseconds.
fn date(text: &str, nth: usize) -> Option<i64> {
    let rest = text.split("<!date^").nth(nth + 1)?;
    rest.split('^')
        .next()?
        .parse::<i64>()
        .ok()
        .map(|s| s * 1_000)
}

/// What a timeline says of a card that Slack may have.
const MAYBE_CARD: &str = "may or may not have posted the card";

/// What it says behind whoever was called.
const CALLED: &str = ", because nobody answered";

/// A word that stands in one order only, such as `w12x`.
fn token(words: &str) -> Option<&str> {
    words.split_whitespace().find(|word| is_token(word))
}

fn is_token(word: &str) -> bool {
    let inner = word
        .strip_prefix('w')
        .and_then(|word| word.strip_suffix('x'));
    inner.is_some_and(|inner| !inner.is_empty() && inner.bytes().all(|byte| byte.is_ascii_digit()))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
}

fn has_word(text: &str, word: &str) -> bool {
    words(text).any(|found| found == word)
}

/// Whether a line ends the incident.
fn ends(words: &str) -> bool {
    words.contains(" resolved it") || words.contains(" cancelled it: ")
}

/// Whether a line quotes what was said before: whoever publishes a draft says nothing new.
fn quotes(line: &Line) -> bool {
    line.words
        .split_once(' ')
        .is_some_and(|(_, what)| what.starts_with("published draft "))
}

/// The lines of a message that quote nothing: a summary of what waited quotes the draft that was published.
fn says_anew(reads: &str) -> impl Iterator<Item = &str> {
    reads
        .lines()
        .filter(|line| !line.contains(" published draft "))
}

fn told(done: &Done) -> Told {
    let Some(answer) = &done.answer else {
        return Told::Unknown;
    };
    if let What::Filled { .. } = &done.what {
        // Beside the form stands why it stays open.
        return match answer {
            taken if taken == TAKEN => Told::Done,
            doubt if doubt.contains("not known whether") => Told::Unknown,
            _ => Told::Refused,
        };
    }
    if answer.contains("You typed `/incident") || answer.contains("was done already") {
        Told::Before
    } else if answer.contains("Still working on it")
        || answer.contains("went wrong on my side")
        || answer.contains("It is not known whether this was recorded")
    {
        Told::Unknown
    } else if DONE.iter().any(|words| answer.contains(words)) {
        Told::Done
    } else {
        Told::Refused
    }
}

/// What the bot says only when it has done something.
const DONE: [&str; 20] = [
    "* declared: ",
    " acknowledged.",
    " owns INC-",
    "Update posted on INC-",
    "Recorded: no change",
    "The status of INC-",
    "The severity of INC-",
    "Impact of INC-",
    "Expected recovery of INC-",
    "Affected services of INC-",
    "Note added to the timeline",
    "Decision added to the timeline",
    "Action added to INC-",
    "The next reminder for INC-",
    " resolved after ",
    " reopened. ",
    " cancelled.",
    " closed.",
    "is on its way to",
    "Nothing had to be done",
];

/// Stands between an incident's number and its title.
const BEFORE_TITLE: &str = "* · ";

impl<'a> Judge<'a> {
    fn new(history: &'a History, played: &'a Played) -> Self {
        let posts = posts(played);
        let mut about: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut telling: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, post) in posts.iter().enumerate() {
            if let Some(incident) = &post.incident {
                about.entry(incident.clone()).or_default().push(place);
            }
            if post.kind == Kind::Told {
                let tokens = says_anew(&post.reads).flat_map(words);
                let tokens: BTreeSet<&str> = tokens.filter(|it| is_token(it)).collect();
                for token in tokens {
                    telling.entry(token.to_owned()).or_default().push(place);
                }
            }
        }
        let mut called_at: Vec<i64> = played.calls.iter().map(|call| call.at_ms).collect();
        called_at.sort_unstable();
        let updates = played.calls.iter().filter(|it| it.method == "chat.update");
        let updates = updates.filter_map(|call| {
            let (channel, ts) = (call.args["channel"].as_str()?, call.args["ts"].as_str()?);
            Some(((channel, ts), call))
        });
        let mut titled: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for [timeline, ..] in played.asked.values() {
            for title in timeline.split(BEFORE_TITLE).skip(1) {
                let word = title.split_whitespace().next().unwrap_or_default();
                titled.entry(word).or_default().insert(timeline);
            }
        }
        let mut deeds: BTreeMap<String, Vec<&Done>> = BTreeMap::new();
        for done in &played.done {
            if let What::Typed { words, .. } | What::Filled { words } = &done.what
                && let Some(id) = identifier(words)
            {
                deeds.entry(id).or_default().push(done);
            }
        }
        Self {
            history,
            played,
            about,
            telling,
            called_at,
            last_refresh: updates.collect(),
            cards: cards(played),
            titled,
            deeds,
            posts,
            wrong: vec![],
        }
    }

    fn about(&self, id: &str) -> impl Iterator<Item = &Post<'a>> {
        let places = self.about.get(id).into_iter().flatten();
        places.map(|place| &self.posts[*place])
    }

    fn telling(&self, token: &str) -> impl Iterator<Item = &Post<'a>> {
        let places = self.telling.get(token).into_iter().flatten();
        places.map(|place| &self.posts[*place])
    }

    /// What the person knows. That nothing was recorded is true of the delivery that is answered, and not of one that
    /// somebody in between repeats.
    fn told(&self, done: &Done) -> Told {
        let repeated = |trouble: &Trouble| matches!(trouble, Trouble::DeliveredTwice { .. });
        let nothing = done
            .answer
            .as_ref()
            .is_some_and(|answer| answer.contains("Nothing was recorded"));
        match nothing && self.history.troubles.iter().any(repeated) {
            true => Told::Unknown,
            false => told(done),
        }
    }

    fn wrong(&mut self, what: String) {
        self.wrong.push(what);
    }

    /// How late something may be between two times, by what was suffered.
    fn bound(&self, from: i64, to: i64) -> i64 {
        let suffered: i64 = self
            .played
            .suffered
            .iter()
            .filter(|(at, holds_up)| *at <= to && at + holds_up + 3_600_000 >= from)
            .map(|(_, holds_up)| holds_up)
            .sum();
        let outages: i64 = self
            .history
            .troubles
            .iter()
            .map(|trouble| match trouble {
                Trouble::Outage { lasts_s, .. } => lasts_s * 1_000 + 120_000,
                _ => 0,
            })
            .sum();
        let until = |at: i64| self.called_at.partition_point(|called| *called <= at);
        let busy = until(to).saturating_sub(until(from - 120_001));
        PUNCTUAL_MS
            + suffered
            + outages
            + self.clock_is_wrong()
            + i64::try_from(busy).unwrap_or(0) * 1_100
    }

    /// Nothing is sent twice: no row, no reminder, nothing word for word.
    fn twice(&mut self) {
        let mut ids: BTreeMap<String, Vec<&Post>> = BTreeMap::new();
        let mut nags: BTreeMap<(String, u64), usize> = BTreeMap::new();
        // Two incidents may alarm in the same words where each has its thread in one channel.
        let mut texts: BTreeMap<(String, Option<&str>, String), usize> = BTreeMap::new();
        for post in &self.posts {
            let id = &post.call.args["metadata"]["event_payload"]["outbox_id"];
            match id.as_str() {
                Some(id) => ids.entry(id.to_owned()).or_default().push(post),
                None => self
                    .wrong
                    .push(format!("a message without a mark: {}", post.reads)),
            }
            if let (Kind::Nag, Some(incident), Some(nag)) = (post.kind, &post.incident, post.nag) {
                *nags.entry((incident.clone(), nag)).or_default() += 1;
            }
            // A complaint may have to be made again, and people may say the same thing twice.
            if post.kind == Kind::Alarm {
                let incident = post.incident.as_deref();
                let key = (post.channel.to_owned(), incident, post.reads.clone());
                *texts.entry(key).or_default() += 1;
            }
        }
        for (id, posts) in &ids {
            // What somebody deleted before the bot knew that it was there cannot be found.
            let deleted = match posts[0].kind {
                Kind::Card => posts[0].incident.as_deref().map(|id| self.deletions(id)),
                _ => None,
            };
            let count = posts.len();
            if count > 1 + deleted.unwrap_or(0) {
                self.wrong
                    .push(format!("outbox row {id} was sent {count} times"));
            }
        }
        for ((incident, nag), count) in nags.iter().filter(|(_, count)| **count > 1) {
            self.wrong.push(format!(
                "reminder {nag} of {incident} was sent {count} times"
            ));
        }
        for ((channel, _, text), count) in texts.iter().filter(|(_, count)| **count > 1) {
            if *count > self.calls(channel, text) {
                self.wrong
                    .push(format!("said {count} times in {channel}: {text}"));
            }
        }
        let mut cards: BTreeMap<&str, usize> = BTreeMap::new();
        for post in &self.posts {
            if let (Kind::Card, "C0INCIDENTS", Some(id)) = (post.kind, post.channel, &post.incident)
            {
                *cards.entry(id).or_default() += 1;
            }
        }
        let wrong: Vec<String> = cards
            .iter()
            .filter(|(id, count)| **count > 1 + self.deletions(id) + self.maybe_cards(id))
            .map(|(id, count)| format!("{id} has {count} cards"))
            .collect();
        self.wrong.extend(wrong);
    }

    /// How often the timeline says that somebody was called whom this alarm calls. Where nobody has said anything for
    /// long, the second reminder calls in the words of the first.
    fn calls(&self, channel: &str, alarm: &str) -> usize {
        let timelines = self.played.asked.iter();
        let timeline = timelines
            .filter(|(id, _)| alarm.contains(id.as_str()) || self.home_of(id) == Some(channel))
            .flat_map(|(_, [timeline, ..])| lines(timeline));
        let called = timeline.filter(|line| {
            let called = line.words.split(" called ").nth(1);
            called
                .and_then(|rest| rest.split_once(CALLED))
                .is_some_and(|(whom, _)| alarm.contains(whom) || whom.contains(channel))
        });
        called.count()
    }

    /// The incident's own channel.
    fn home_of(&self, id: &str) -> Option<&str> {
        let name = id.to_lowercase();
        let mut channels = self.played.channels.iter();
        let found = channels.find(|channel| channel.name.starts_with(&name));
        found.map(|channel| channel.id.as_str())
    }

    /// How often the timeline says of a card that it may be there. An incident needs one that it can refresh.
    fn maybe_cards(&self, id: &str) -> usize {
        let timeline = self.played.asked.get(id).map(|[timeline, ..]| timeline);
        timeline.map_or(0, |timeline| timeline.matches(MAYBE_CARD).count())
    }

    /// When the timeline says so last.
    fn maybe_card_at(&self, id: &str) -> Option<i64> {
        let [timeline, ..] = self.played.asked.get(id)?;
        let lines = lines(timeline).into_iter();
        let maybe = lines.filter(|line| line.words.contains(MAYBE_CARD));
        maybe.map(|line| line.at).max()
    }

    /// How often somebody deleted a card of the incident.
    fn deletions(&self, id: &str) -> usize {
        let deleted =
            |done: &&Done| matches!(&done.what, What::DeletedCard { incident } if incident == id);
        self.played.done.iter().filter(deleted).count()
    }

    /// Slack never had to refuse what a better bot would not have asked.
    fn refused_by_slack(&mut self) {
        let mistakes = [
            "invalid_arguments",
            "invalid_blocks",
            "msg_too_long",
            "no_text",
            "invalid_payload",
        ];
        let wrong: Vec<String> = self
            .played
            .calls
            .iter()
            .filter(|call| {
                call.answer["error"]
                    .as_str()
                    .is_some_and(|code| mistakes.contains(&code))
            })
            .map(|call| format!("{} was refused: {}", call.method, call.answer))
            .collect();
        self.wrong.extend(wrong);
    }

    /// Slack seldom has to ask for a pause: only where activities waited for each other longer than messages do. Turns are
    /// kept by one replica's clock and read by another's, so where these differ, it may have to.
    fn paced(&mut self) {
        if self.history.clocks_differ && self.history.replicas > 1 {
            return;
        }
        let posts = self
            .played
            .calls
            .iter()
            .filter(|call| call.method == "chat.postMessage");
        let (mut all, mut limited) = (0, 0);
        for call in posts {
            all += 1;
            limited += usize::from(call.answer["error"] == "ratelimited" && call.fault.is_none());
        }
        let on_purpose = self
            .played
            .calls
            .iter()
            .any(|call| call.fault.as_deref() == Some("rate_limit"));
        if !on_purpose && limited > 3 + all / 4 {
            self.wrong(format!("{limited} of {all} messages came too soon"));
        }
    }

    /// A refresh shows something new: one that waits is replaced by the newer one.
    fn refreshed(&mut self) {
        // What was interrupted is shown again.
        if !self.history.troubles.is_empty() {
            return;
        }
        let mut last: BTreeMap<(&str, &str), &Call> = BTreeMap::new();
        let mut wrong = vec![];
        for call in self
            .played
            .calls
            .iter()
            .filter(|call| call.method == "chat.update" && call.accepted())
        {
            let (Some(channel), Some(ts)) =
                (call.args["channel"].as_str(), call.args["ts"].as_str())
            else {
                continue;
            };
            let before = last.insert((channel, ts), call);
            if let Some(before) = before
                && before.args == call.args
                && before.fault.is_none()
                && before.status == 200
            {
                wrong.push(format!(
                    "{channel} {ts} was refreshed twice with the same, at {} and {}",
                    clock(before.at_ms),
                    clock(call.at_ms)
                ));
            }
        }
        self.wrong.extend(wrong);
    }

    /// One incident: its reminders, what was told of it, its card.
    fn incident(&mut self, id: &str, timeline: &str, why: &str, show: &str) {
        let lines = lines(timeline);
        if lines.is_empty() {
            self.wrong(format!("{id} has a card and no timeline: {timeline}"));
            return;
        }
        // What was before is not shown; there is nothing to count then.
        if timeline.contains("not shown") || why.contains("not shown") {
            return;
        }
        self.reminders(id, &lines);
        self.ledger(id, &lines, why);
        self.over(id);
        self.called(id, &lines);
        self.missed(id, &lines);
        self.drafts(id, &lines);
        self.told_at_home(id, &lines);
        self.card(id, show);
    }

    /// Each reminder when it was due, reckoned from what the timeline says that people did.
    fn reminders(&mut self, id: &str, lines: &[Line]) {
        let mut due: Option<i64> = None;
        let mut finished = false;
        let mut since = 0;
        // What was done at about the same time may have come in the other order, where clocks differ: the last due time
        // counts then.
        let mut set: Vec<(i64, i64)> = vec![];
        let wrong_ms = self.clock_is_wrong();
        let last_of = |set: &[(i64, i64)], due: i64| match (wrong_ms, set.last()) {
            (0, _) | (_, None) => due,
            (_, Some((last, _))) => {
                let about_then = set
                    .iter()
                    .rev()
                    .take_while(|(at, _)| at + wrong_ms >= *last);
                about_then.map(|(_, due)| *due).max().unwrap_or(due)
            }
        };
        // A clock that was set back puts an end before what it ended.
        let last_end = lines.iter().rfind(|line| ends(&line.words));
        let ended_by = last_end.map_or(0, |end| end.at + self.clock_is_wrong());
        for line in lines {
            let (at, words, before) = (line.at, line.words.as_str(), due);
            if words.contains("declared it: ") || words.contains(" reopened it: ") {
                (due, finished) = (Some(at + UPDATE_EVERY_MS), false);
            } else if words.contains("posted an update: ") || words.contains("reported no change") {
                let promised = words
                    .contains("promised for")
                    .then(|| date(words, 0))
                    .flatten();
                due = Some(promised.unwrap_or(at + UPDATE_EVERY_MS));
            } else if words.contains("put the next reminder off until") {
                due = date(words, 0);
            } else if words.contains("asked for an update (reminder") {
                // A clock that was set back puts lines before those that came first.
                let in_order = self.clock_is_wrong() == 0;
                if finished && in_order {
                    self.wrong(format!("{id}: a reminder after the end, at {}", clock(at)));
                }
                if let Some(due) = due {
                    let bound = self.bound(due, at);
                    // The timeline shows whole seconds.
                    if at + 1_000 < due && in_order {
                        self.wrong(format!(
                            "{id}: reminded {} s early, at {}",
                            (due - at) / 1_000,
                            clock(at)
                        ));
                    }
                    if at - last_of(&set, due) > bound {
                        self.wrong(format!(
                            "{id}: a reminder due {} came {} s late, {} s would do",
                            clock(due),
                            (at - due) / 1_000,
                            bound / 1_000
                        ));
                    }
                }
                due = Some(at + UPDATE_EVERY_MS);
            } else if ends(words) {
                (due, finished) = (None, true);
            }
            if let Some(due) = due
                && Some(due) != before
            {
                since = at;
                set.push((at, due));
            }
        }
        if let Some(due) = due.map(|due| last_of(&set, due))
            && !(self.clock_is_wrong() > 0 && since <= ended_by)
        {
            let ended = self.played.ended;
            let bound = self.bound(due, ended);
            if ended - due > bound {
                self.wrong(format!(
                    "{id}: a reminder due {} never came (it is {})",
                    clock(due),
                    clock(ended)
                ));
            }
        }
    }

    /// The timeline, the ledger and what Slack took tell the same of every reminder.
    fn ledger(&mut self, id: &str, lines: &[Line], why: &str) {
        let mut seen: BTreeMap<u64, i64> = BTreeMap::new();
        for post in self.about(id) {
            if let (Kind::Nag, Some(nag)) = (post.kind, post.nag) {
                seen.insert(nag, post.call.at_ms);
            }
        }
        let number = |words: &str| {
            let rest = words.split("*Reminder ").nth(1)?;
            rest.split('*').next()?.parse::<u64>().ok()
        };
        let asked = lines.iter().filter_map(|line| arrived::asked(&line.words));
        let asked: BTreeSet<u64> = asked.collect();
        let mut rows = BTreeSet::new();
        for row in why.lines() {
            let Some(nag) = number(row) else { continue };
            rows.insert(nag);
            let sent = row.contains(" · sent <!date^");
            match (sent, seen.get(&nag)) {
                (true, None) => self.wrong(format!(
                    "{id}: reminder {nag} is said to be sent, and nobody saw it"
                )),
                (false, Some(_)) if row.contains("on its way") => {
                    self.wrong(format!(
                        "{id}: reminder {nag} was seen, and is said to be on its way"
                    ));
                }
                // Where it could not look any more, it says so.
                (false, Some(_))
                    if self.history_could_be_read()
                        && !(self.was_shut_out() && row.contains("nobody knows whether")) =>
                {
                    self.wrong(format!(
                        "{id}: reminder {nag} was seen, and is said not to be sent: {row}"
                    ));
                }
                (true, Some(at)) => {
                    let said = date(row, 1).unwrap_or(0);
                    let bound = self.bound(*at, said);
                    if said + 1_000 + self.clock_is_wrong() < *at || said - at > bound {
                        self.wrong(format!(
                            "{id}: reminder {nag} was taken at {}, and is said to be at {}",
                            clock(*at),
                            clock(said)
                        ));
                    }
                    let due = date(row, 0).unwrap_or(0);
                    let bound = self.bound(due, *at);
                    if at - due > bound {
                        self.wrong(format!(
                            "{id}: reminder {nag} reached people {} s late, {} s would do",
                            (at - due) / 1_000,
                            bound / 1_000
                        ));
                    }
                }
                (false, Some(_)) => {}
                (false, None) => {
                    if let Some(wrong) = self.unseen(nag, row, lines) {
                        self.wrong(format!("{id}: reminder {nag} {wrong}: {row}"));
                    }
                }
            }
        }
        if rows != asked {
            self.wrong(format!(
                "{id}: the ledger has reminders {rows:?}, the timeline {asked:?}"
            ));
        }
        for nag in seen.keys().filter(|nag| !rows.contains(nag)) {
            self.wrong
                .push(format!("{id}: reminder {nag} was seen and is in no ledger"));
        }
    }

    /// A look that Slack refuses leaves the bot without knowledge.
    fn history_could_be_read(&self) -> bool {
        !self.played.calls.iter().any(|call| {
            call.method.starts_with("conversations.") && call.fault.as_deref() == Some("code")
        })
    }

    /// The bot was taken out of a channel, or the channel was closed.
    fn was_shut_out(&self) -> bool {
        let shut = |done: &Done| matches!(done.what, What::RemovedBot | What::Archived);
        self.played.done.iter().any(shut)
    }

    fn clock_is_wrong(&self) -> i64 {
        let wrong = self.history.troubles.iter().map(|trouble| match trouble {
            Trouble::ClockSet { by_s, .. } => by_s.abs() * 1_000,
            _ => 0,
        });
        // One may be ahead and the other behind.
        let differ = match self.history.clocks_differ {
            true => 2 * CLOCK_WRONG_MAX_MS,
            false => 0,
        };
        wrong.sum::<i64>() + differ
    }

    /// Nobody is reminded or called once a person was told that it is over.
    fn over(&mut self, id: &str) {
        let slept = self.played.slept_ms;
        let mut ends: Vec<&Done> = vec![];
        // From when until when it may have been reopened.
        let mut reopened: Vec<(i64, i64)> = vec![];
        for done in self.deeds.get(id).into_iter().flatten() {
            let (What::Typed { words, .. } | What::Filled { words }) = &done.what else {
                continue;
            };
            let verb = words.split_whitespace().nth(1).unwrap_or_default();
            match (verb, told(done)) {
                ("resolve" | "cancel", Told::Done) => ends.push(done),
                ("reopen", Told::Done) => reopened.push((done.began, done.ended)),
                ("reopen", Told::Unknown) => {
                    reopened.push((done.began, done.ended + STILL_ARRIVES_MS));
                }
                _ => {}
            }
        }
        let mut wrong = vec![];
        for post in self.about(id) {
            if !matches!(post.kind, Kind::Nag | Kind::Alarm) {
                continue;
            }
            let at = post.call.at_ms;
            // Of two at once, either may have come first.
            let still_over = |end: &&&Done| {
                let mut again = reopened.iter();
                at - end.ended > STILL_ARRIVES_MS + slept
                    && !again.any(|(from, until)| *from <= at && *until >= end.began)
            };
            if let Some(end) = ends.iter().find(still_over) {
                wrong.push(format!(
                    "{id}: over since {}, and at {} somebody is asked: {}",
                    clock(end.ended),
                    clock(at),
                    post.reads.lines().next().unwrap_or_default()
                ));
            }
        }
        self.wrong.extend(wrong);
    }

    /// What was published stands where it was published; or why not is on a timeline.
    fn published(&mut self) {
        for (audience, channel) in [("customers", "C0CUSTOMERS"), ("stakeholders", "C0EXEC")] {
            let begins = format!(" for {audience}: ");
            let (mut published, mut not_there) = (0, 0);
            // P2 has no channel for stakeholders: what is published there is copied by hand.
            let by_hand = |timeline: &str| audience == "stakeholders" && timeline.contains("P2");
            let timelines = self.played.asked.values().map(|[timeline, ..]| timeline);
            for timeline in timelines.filter(|timeline| !by_hand(timeline)) {
                for line in lines(timeline) {
                    let what = line.words.split(" published draft ").nth(1);
                    let of_it = what.and_then(|what| what.split_once(&begins));
                    let excuses = line.words.contains("could not publish draft ")
                        || line.words.contains("may or may not have published draft ");
                    match of_it {
                        Some((number, _)) if !number.contains(' ') => published += 1,
                        _ if excuses && line.words.contains(channel) => not_there += 1,
                        _ => {}
                    }
                }
            }
            let posts = self.posts.iter();
            let there = posts
                .filter(|post| post.kind == Kind::Publication && post.channel == channel)
                .count();
            if there + not_there < published {
                self.wrong(format!(
                    "{published} drafts for {audience} were published, and {there} are there"
                ));
            }
        }
    }

    /// What is on the timeline was said where the incident is worked on, once; or why not is on the timeline too.
    fn told_at_home(&mut self, id: &str, lines: &[Line]) {
        let given_up = lines
            .iter()
            .filter(|line| {
                [
                    "could not post a message",
                    "may or may not have posted a message",
                ]
                .iter()
                .any(|words| line.words.contains(words))
            })
            .count();
        let mut missing = vec![];
        for line in lines.iter().filter(|line| !quotes(line)) {
            let Some(token) = token(&line.words) else {
                continue;
            };
            let executed = lines
                .iter()
                .filter(|other| !quotes(other) && has_word(&other.words, token))
                .count();
            // What waited is summed up, with a line for each.
            let of_it = |post: &Post| {
                says_anew(&post.reads)
                    .filter(|line| has_word(line, token))
                    .count()
            };
            let told = self.telling(token);
            let (said, lines_of_it) = told.fold((0, 0), |(said, lines_of_it), post| {
                (said + 1, lines_of_it + of_it(post))
            });
            // One message may have been given up that summed several up: whoever hears of it reads their words.
            let complaints = self.about(id).filter(|post| post.kind == Kind::Complaint);
            if lines_of_it + complaints.map(of_it).sum::<usize>() < executed {
                missing.push(token.to_owned());
            }
            if said > executed {
                self.wrong(format!(
                    "{id}: {token} was done {executed} times and told {said} times"
                ));
            }
        }
        if missing.len() > given_up {
            self.wrong(format!(
                "{id}: never told, and nothing was given up: {missing:?}"
            ));
        }
    }

    /// The card shows what a person is answered who asks.
    fn card(&mut self, id: &str, show: &str) {
        let Some(channel) = self
            .played
            .channels
            .iter()
            .find(|channel| channel.id == "C0INCIDENTS")
        else {
            return;
        };
        let Some(card) = self.cards.get(id) else {
            let told = self
                .played
                .calls
                .iter()
                .any(|call| call.fault.as_deref() == Some("code"));
            if !told && self.deletions(id) == 0 {
                self.wrong(format!("{id} has no card"));
            }
            return;
        };
        // One that the bot could not look for is one that it cannot refresh; the next change posts another one.
        let shown_s = card.ts.parse::<f64>().unwrap_or_default();
        let maybe_at = self.maybe_card_at(id);
        // Timelines tell whole seconds, and the bot's.
        let until = maybe_at.map(|at| at + 1_000 + self.clock_is_wrong());
        if until.is_some_and(|until| shown_s * 1_000.0 <= until as f64) {
            return;
        }
        if !self.refresh_was_refused(channel, &card.ts) && facts(&card.reads()) != facts(show) {
            let (card, show) = (facts(&card.reads()), facts(show));
            let first = card.iter().zip(&show).find(|(one, other)| one != other);
            self.wrong(format!(
                "{id}: its card does not show how it stands: {first:?}"
            ));
        }
    }

    /// Slack said that it will never take the last refresh.
    fn refresh_was_refused(&self, channel: &Channel, ts: &str) -> bool {
        let last = self.last_refresh.get(&(channel.id.as_str(), ts));
        last.is_some_and(|call| call.fault.as_deref() == Some("code"))
    }

    /// What persons were answered is so.
    fn orders(&mut self) {
        // By who and what, and then by where: it is the same place where what is typed again counts as once.
        let mut orders: BTreeMap<(&str, &str), BTreeMap<&str, Vec<&Done>>> = BTreeMap::new();
        for done in &self.played.done {
            let (place, words) = match &done.what {
                What::Typed { channel, words } => (channel.as_str(), words),
                // Answered in the thread, if at all; and done once, however often Slack delivers it.
                What::Mentioned { words } => ("", words),
                What::Filled { words } => ("a form", words),
                _ => continue,
            };
            let places = orders.entry((done.who, words)).or_default();
            places.entry(place).or_default().push(done);
        }
        let mut first_told: BTreeMap<String, Vec<(&str, usize, i64, i64)>> = BTreeMap::new();
        for ((who, words), places) in &orders {
            let Some((id, count)) = self.executed(words) else {
                continue;
            };
            let (mut done, mut unknown, mut most, mut before) = (0, 0, 0, 0);
            for attempts in places.values() {
                let answers: Vec<Told> = attempts.iter().map(|done| self.told(done)).collect();
                let are = |wanted| answers.iter().filter(|told| **told == wanted).count();
                let began = attempts.iter().map(|done| done.began).min().unwrap_or(0);
                let ended = attempts.iter().map(|done| done.ended).max().unwrap_or(0);
                let within_a_minute = ended - began < 60_000 && self.clock_is_wrong() == 0;
                let at_most = are(Told::Done) + are(Told::Unknown);
                most += match within_a_minute {
                    true => at_most.min(1),
                    false => at_most,
                };
                done += are(Told::Done);
                unknown += are(Told::Unknown);
                before = before.max(usize::from(answers.contains(&Told::Before)));
            }
            if count < done.max(before) {
                self.wrong(format!(
                    "{who} was told that this is done, and it was done {count} times: {words}"
                ));
            }
            if count > most {
                self.wrong(format!("{who} was told of {done} times (and {unknown} unknown), and it was done {count} times: {words}"));
            }
            let attempts: Vec<&Done> = places.values().flatten().copied().collect();
            if count == 1
                && done == 1
                && let [only] = attempts.as_slice()
                && let Some(token) = token(words)
                && let Some(post) = self.telling(token).next()
            {
                let told = (token, post.nth, only.began, only.ended);
                first_told.entry(id).or_default().push(told);
            }
        }
        // Whoever was answered before somebody else began comes first at home, too.
        for (id, told) in &first_told {
            for (one, nth, _, ended) in told {
                for (other, later, began, _) in told {
                    if ended < began && nth > later {
                        self.wrong.push(format!(
                            "{id}: {other} was said before {one}, which was answered first"
                        ));
                    }
                }
            }
        }
    }

    /// Which incident an order is about, and how often its words are on the timeline. None: it leaves no words there.
    fn executed(&self, words: &str) -> Option<(String, usize)> {
        let rest = words.strip_prefix("/incident ")?;
        if let Some(declaration) = rest.strip_prefix("declare ") {
            let title = declaration.split_once(' ')?.1;
            let timelines = self.titled.get(title.split_whitespace().next()?);
            let titled = format!("{BEFORE_TITLE}{title}");
            let of_it = timelines.into_iter().flatten();
            let of_it = of_it.filter(|timeline| timeline.contains(&titled));
            return Some((title.to_owned(), of_it.count()));
        }
        if rest.starts_with("severity ") {
            return None;
        }
        let id = identifier(words)?;
        let token = token(words)?;
        let timeline = &self.played.asked.get(&id)?[0];
        if timeline.contains("not shown") {
            return None;
        }
        Some((
            id,
            lines(timeline)
                .iter()
                .filter(|line| !quotes(line) && has_word(&line.words, token))
                .count(),
        ))
    }

    /// Whoever says that something is broken is asked once, and it is declared once, whoever presses, and how often.
    fn reports(&mut self) {
        let undisturbed = self.history.troubles.is_empty();
        for done in &self.played.done {
            let What::Reported { ts, word } = &done.what else {
                continue;
            };
            let offers: Vec<&Post> = self
                .posts
                .iter()
                .filter(|post| {
                    post.channel == "C0INCIDENTS" && post.call.args["thread_ts"] == ts.as_str()
                })
                .collect();
            if offers.len() > 1 || offers.is_empty() && undisturbed {
                let times = offers.len();
                self.wrong.push(format!("{word} was offered {times} times"));
            }
            let asked = self.played.asked.iter();
            let declared: Vec<&String> = asked
                .filter(|(_, [timeline, ..])| {
                    let first = timeline.lines().next().unwrap_or_default();
                    has_word(first, word)
                })
                .map(|(id, _)| id)
                .collect();
            let dealt = |wanted: &str, answered: bool| {
                self.played.done.iter().any(|done| match &done.what {
                    What::Dealt { word: of, label } => {
                        of == word && *label == wanted && (done.answer.is_some() || !answered)
                    }
                    _ => false,
                })
            };
            if declared.len() > 1 {
                self.wrong.push(format!("{word} is {declared:?}"));
            }
            if declared.is_empty() && dealt(DECLARE, true) && !dealt(DISMISS, false) {
                self.wrong
                    .push(format!("{word} was declared, and there is no incident"));
            }
            if !declared.is_empty() && !dealt(DECLARE, false) {
                self.wrong.push(format!("nobody declared {word}"));
            }
            let channel = self
                .played
                .channels
                .iter()
                .find(|it| it.id == "C0INCIDENTS");
            let shown = channel.and_then(|channel| {
                let messages = channel.messages.iter();
                let mut offers = messages
                    .filter(|message| message.by_bot() && message.thread_ts.as_deref() == Some(ts));
                Some((channel, offers.next()?))
            });
            if let (Some((channel, offer)), Some(id)) = (shown, declared.first())
                && !self.refresh_was_refused(channel, &offer.ts)
                && !offer.reads().contains(id.as_str())
            {
                self.wrong
                    .push(format!("the offer for {word} does not show {id}"));
            }
        }
    }

    /// What was pinned is on a timeline once.
    fn pins(&mut self) {
        // Slack tells the bot nothing of a channel that it was taken out of.
        let undisturbed = self.history.troubles.is_empty() && !self.was_shut_out();
        for done in &self.played.done {
            let What::Pinned { word } = &done.what else {
                continue;
            };
            let timelines = self.played.asked.values();
            let noted: usize = timelines
                .map(|[timeline, ..]| {
                    let lines = lines(timeline).into_iter();
                    lines.filter(|line| has_word(&line.words, word)).count()
                })
                .sum();
            if noted > 1 || noted == 0 && undisturbed {
                self.wrong
                    .push(format!("{word} was pinned, and is noted {noted} times"));
            }
        }
    }

    /// Identifiers have no gaps within a year, whatever became of their cards.
    fn identifiers(&mut self) {
        let mut known: BTreeSet<String> = self.played.asked.keys().cloned().collect();
        for done in &self.played.done {
            if let (What::Typed { words, .. }, Told::Done, Some(answer)) =
                (&done.what, told(done), &done.answer)
                && words.starts_with("/incident declare ")
            {
                known.extend(identifier(answer));
            }
        }
        let mut years: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        let mut wrong = vec![];
        for id in &known {
            match id.rsplit_once('-').map(|(year, nth)| (year, nth.parse())) {
                Some((year, Ok(nth))) => drop(years.entry(year).or_default().insert(nth)),
                _ => wrong.push(format!("{id} has no number")),
            }
        }
        for (year, numbers) in years {
            for (nth, found) in (1..).zip(numbers).filter(|(nth, found)| nth != found) {
                wrong.push(format!("there is {year}-{found}, and not {nth}"));
            }
        }
        self.wrong.extend(wrong);
    }

    /// Nothing is published that nobody approved and published.
    fn approved(&mut self) {
        let mut wrong = vec![];
        for post in self
            .posts
            .iter()
            .filter(|post| post.kind == Kind::Publication)
        {
            let pressed = |label: &str| {
                self.played.done.iter().any(|done| match &done.what {
                    What::Pressed {
                        message,
                        label: pressed,
                        ..
                    } => {
                        let words = message.reads();
                        let shown = |line: &str| {
                            line.trim().is_empty()
                                || words.contains(line.trim_start_matches("> ").trim())
                        };
                        pressed == label
                            && done.began <= post.call.at_ms
                            && post.reads.lines().all(shown)
                    }
                    _ => false,
                })
            };
            if !pressed("Approve") || !pressed("Publish") {
                wrong.push(format!(
                    "nobody approved what {} reads: {}",
                    post.channel, post.reads
                ));
            }
        }
        self.wrong.extend(wrong);
    }
}

/// The card of each incident that #incidents shows.
fn cards(played: &Played) -> BTreeMap<String, &Message> {
    let channel = played.channels.iter().find(|it| it.id == "C0INCIDENTS");
    let messages = channel.into_iter().flat_map(|it| &it.messages);
    let shown = messages.filter(|message| {
        message.by_bot()
            && !message.deleted
            && message.only_for.is_none()
            && message.thread_ts.is_none()
    });
    let cards = shown.filter_map(|message| {
        let reads = message.reads();
        let (before, _) = reads.split_once(" · declared by")?;
        Some((identifier(before.split_whitespace().next_back()?)?, message))
    });
    cards.collect()
}

/// The lines of a timeline, with their times.
fn lines(timeline: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = vec![];
    for line in timeline.lines() {
        match date(line, 0).filter(|_| line.starts_with("<!date^")) {
            Some(at) => {
                let words = line.split_once(" · ").map_or("", |(_, words)| words);
                lines.push(Line {
                    at,
                    words: words.to_owned(),
                });
            }
            None => {
                if let Some(last) = lines.last_mut() {
                    last.words.push(' ');
                    last.words.push_str(line);
                }
            }
        }
    }
    lines
}

/// What a card says, without its buttons and without what passes by itself.
fn facts(card: &str) -> Vec<String> {
    let mut facts = vec![];
    let mut lines = card.lines();
    while let Some(line) = lines.next() {
        match line {
            "*Next update due*" | "*Channel*" => {
                lines.next();
            }
            line if line.starts_with('[') || line.starts_with("⏰ asked") => {}
            line => facts.push(line.to_owned()),
        }
    }
    facts
}

fn clock(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms)
        .unwrap_or_default()
        .format("%H:%M:%S")
        .to_string()
}
