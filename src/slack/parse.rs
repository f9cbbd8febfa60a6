//! What the words after `/incident`, or after a mention, ask for. Pure: the same words give the same request.
//!
//! Slack's markup ends here: mentions that are arguments are read, everything else a person wrote becomes plain text
//! before the domain sees it.

use chrono::{Duration, NaiveDate};

use crate::clock::Time;
use crate::domain::command::{Command, Declaration};
use crate::domain::incident::{Role, StatusName};
use crate::domain::refusal::Refusal;
use crate::domain::rules::Rules;
use crate::ids::{IncidentId, SeverityId, UserId};

use self::declaration::declaration;
pub use self::declaration::services;
pub use self::lexis::duration;
use self::lexis::{fold, plain_word, trim};
use self::order::order;
use self::verbs::Verb;

mod declaration;
mod lexis;
mod order;
#[cfg(test)]
mod tests;
mod verbs;

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Nothing at all: how do I stand?
    Home,
    Declare(Declaration),
    /// A declaration without a title: its form, with what was said already.
    DeclareForm(Declaration),
    /// An order to one incident; none named: the one of this place, or the only one of this person.
    On {
        incident: Option<IncidentId>,
        order: Order,
    },
    Ask(Question),
}

/// An incident as somebody names it in a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncidentRef {
    Id(IncidentId),
    /// The newest incident with this number.
    Number(u32),
}

/// An order as somebody gives it.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    Command(Command),
    /// Whoever asks takes this role.
    Take(Role),
    /// A verb without its words: the form that asks for them. Where no form can open (a mention), the way out is
    /// [`Refusal::NeedsForm`] with [`FormKind::verb`].
    Form(FormKind, Prefill),
}

/// Something to be answered and not done.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    Show(Option<IncidentRef>),
    List(ListFilter),
    Timeline(Option<IncidentRef>),
    /// The ledger of nags.
    Why(Option<IncidentRef>),
    /// The verb somebody wants to know about, if they named one.
    Help(Option<&'static str>),
    /// In the contract, not built yet.
    NotThereYet(&'static str),
}

/// Which incidents a list holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListFilter {
    #[default]
    Open,
    /// The open ones in which this person plays a part.
    Mine,
    All,
}

/// A form that asks for what an order needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FormKind {
    Declare,
    Update,
    Status,
    Severity,
    Assign,
    Impact,
    Eta,
    Services,
    /// A note, a decision or an action; the form lets one choose.
    Record(RecordKind),
    Resolve,
    Reopen,
    Cancel,
    Snooze,
    EditDraft,
}

/// What is written down on the timeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RecordKind {
    #[default]
    Note,
    Decision,
    Action,
}

/// What a form shows when it opens.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prefill {
    pub title: Option<String>,
    pub severity: Option<SeverityId>,
    pub services: Vec<String>,
    pub impact: Option<String>,
    /// The update, the reason, the summary, the draft: whatever the form's text is.
    pub text: Option<String>,
    pub next: Option<Duration>,
    pub status: Option<StatusName>,
    /// The owner of a declaration, or whom to assign.
    pub person: Option<UserId>,
    pub role: Option<Role>,
    /// The draft that the form edits: its number and the revision of the text shown.
    pub draft: Option<(u32, u32)>,
}

impl FormKind {
    /// The verb whose words the form stands for.
    pub fn verb(self) -> &'static str {
        match self {
            FormKind::Declare => "declare",
            FormKind::Update => "update",
            FormKind::Status => "status",
            FormKind::Severity => "severity",
            FormKind::Assign => "assign",
            FormKind::Impact => "impact",
            FormKind::Eta => "eta",
            FormKind::Services => "service",
            FormKind::Record(kind) => kind.verb(),
            FormKind::Resolve => "resolve",
            FormKind::Reopen => "reopen",
            FormKind::Cancel => "cancel",
            FormKind::Snooze => "snooze",
            FormKind::EditDraft => "draft",
        }
    }
}

impl RecordKind {
    /// Every kind, in the order in which the form offers them.
    pub const ALL: [Self; 3] = [Self::Note, Self::Decision, Self::Action];

    /// The verb, and the value of the choice in the form.
    pub fn verb(self) -> &'static str {
        match self {
            RecordKind::Note => "note",
            RecordKind::Decision => "decision",
            RecordKind::Action => "action",
        }
    }
}

impl Prefill {
    /// What the declaration form shows of a declaration that is not complete.
    pub fn declaration(declaration: &Declaration) -> Self {
        Prefill {
            title: Some(declaration.title.clone()).filter(|title| !title.is_empty()),
            severity: declaration.severity.as_deref().map(SeverityId::new),
            services: declaration.services.clone(),
            impact: declaration.impact.clone(),
            person: declaration.owner.clone(),
            ..Prefill::default()
        }
    }
}

/// What a mention asks for: the words that follow it. Whoever mentions us in the middle of a sentence means what
/// comes after.
pub fn after_mention<'a>(text: &'a str, us: &UserId) -> &'a str {
    let mut from = 0;
    while let Some(start) = text[from..].find("<@").map(|at| from + at) {
        let Some(end) = text[start..].find('>').map(|at| start + at + 1) else {
            break;
        };
        if lexis::mention(&text[start..end]).as_ref() == Some(us) {
            return text[end..].trim_start_matches(lexis::is_pause);
        }
        from = end;
    }
    trim(text)
}

/// Reads a command. `text` is in Slack's markup, `now` tells which day `tomorrow` is in the team's time zone.
///
/// # Errors
/// When the words make no request: the refusal says which and names the way out.
pub fn parse(text: &str, rules: &Rules, now: Time) -> Result<Request, Refusal> {
    let (first, rest) = verb(text);
    if first.is_empty() {
        return Ok(Request::Home);
    }
    let today = now.with_timezone(&rules.timezone).date_naive();
    // `/incident INC-2026-001 …`: the incident first, as many people put it.
    if let Some(id) = lexis::incident(first)? {
        let (first, rest) = verb(rest);
        if first.is_empty() {
            return Ok(Request::Ask(Question::Show(Some(IncidentRef::Id(id)))));
        }
        return request(read_verb(first)?, Some(id), rest, rules, today);
    }
    let verb = read_verb(first)?;
    if verb == Verb::Declare {
        return declaration(rest, rules);
    }
    let (named, after) = lexis::leading(rest);
    match lexis::incident(named)? {
        Some(id) => request(verb, Some(id), after, rules, today),
        None => request(verb, None, rest, rules, today),
    }
}

/// The same command with the incident named after its verb.
pub fn naming(text: &str, incident: IncidentId) -> String {
    let (verb, rest) = verb(text);
    trim(&format!("{verb} {incident} {rest}")).to_owned()
}

/// The first word and what follows it. With nothing after it, it may end a sentence: `Ack.`
fn verb(text: &str) -> (&str, &str) {
    let (word, rest) = lexis::leading(text);
    let ended = word.trim_end_matches(['.', '!', '…']);
    match rest.is_empty() && !ended.is_empty() {
        true => (ended, rest),
        false => (word, rest),
    }
}

/// Whether `text` begins with no verb of ours, nor with anything like one.
pub fn is_unknown_verb(text: &str, rules: &Rules, now: Time) -> bool {
    matches!(
        parse(text, rules, now),
        Err(Refusal::UnknownVerb { nearest: None, .. })
    )
}

fn read_verb(word: &str) -> Result<Verb, Refusal> {
    Verb::read(word).ok_or_else(|| Refusal::UnknownVerb {
        given: plain_word(word),
        nearest: verbs::nearest(word),
    })
}

fn request(
    verb: Verb,
    incident: Option<IncidentId>,
    rest: &str,
    rules: &Rules,
    today: NaiveDate,
) -> Result<Request, Refusal> {
    let which = || match incident {
        Some(id) => Ok(Some(IncidentRef::Id(id))),
        None => reference(rest),
    };
    let question = match verb {
        Verb::Declare => return declaration(rest, rules),
        Verb::Show => Question::Show(which()?),
        Verb::Timeline => Question::Timeline(which()?),
        Verb::Why => Question::Why(which()?),
        Verb::List => Question::List(list_filter(rest)?),
        Verb::Help => Question::Help(Verb::read(lexis::word(rest).0).map(Verb::name)),
        Verb::Search | Verb::OnCall | Verb::Postmortem | Verb::Stats | Verb::Merge => {
            Question::NotThereYet(verb.name())
        }
        _ => {
            return Ok(Request::On {
                incident,
                order: order(verb, rest, rules, today)?,
            });
        }
    };
    Ok(Request::Ask(question))
}

fn reference(rest: &str) -> Result<Option<IncidentRef>, Refusal> {
    let word = lexis::word(rest).0;
    if word.is_empty() {
        return Ok(None);
    }
    let folded = fold(word);
    let number = folded.strip_prefix('#').unwrap_or(&folded).parse::<u32>();
    match number {
        Ok(number) if number > 0 => Ok(Some(IncidentRef::Number(number))),
        _ => Err(Refusal::UnknownIncident {
            given: plain_word(word),
        }),
    }
}

fn list_filter(rest: &str) -> Result<ListFilter, Refusal> {
    let word = lexis::word(rest).0;
    match fold(word).as_str() {
        "" | "open" | "未结束" | "未结束的" | "未解决" | "进行中" => {
            Ok(ListFilter::Open)
        }
        "mine" | "my" | "me" | "我的" => Ok(ListFilter::Mine),
        "all" | "全部" | "所有" => Ok(ListFilter::All),
        _ => Err(Refusal::UnknownList {
            given: plain_word(word),
        }),
    }
}
