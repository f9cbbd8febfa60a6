//! Forms: the same orders as the commands, for people who would rather choose than type. A form is made from what
//! the click or command carries, so that it opens while the database is away, and within the three seconds that
//! Slack allows.

use chrono::Duration;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::input::{
    ACTION, Input, OPTION_CHARS_MAX, OPTIONS_MAX, label, line, option, paragraph, select,
};
use super::{severity_words, status};
use crate::domain::incident::{Role, StatusName, TITLE_CHARS_MAX};
use crate::domain::rules::{Language, Rules};
use crate::ids::{ChannelId, IncidentId};
use crate::say;
use crate::slack::parse::{Prefill, RecordKind};

pub use crate::slack::parse::FormKind;

mod input;
#[cfg(test)]
mod tests;

/// https://docs.slack.dev/reference/views/modal-views
const TITLE_WIDTH_MAX: usize = 24;

/// The choice in the update form that leaves the next update to the severity's rhythm.
pub const NEXT_AS_USUAL: &str = "as_usual";
const NEXT_OFFERED_MIN: [i64; 5] = [15, 30, 60, 120, 240];
const SNOOZE_OFFERED_MIN: [i64; 4] = [15, 30, 60, 120];

/// Names of the inputs.
pub mod field {
    pub const TITLE: &str = "title";
    pub const SEVERITY: &str = "severity";
    pub const SERVICE: &str = "service";
    pub const IMPACT: &str = "impact";
    pub const OWNER: &str = "owner";
    pub const TEXT: &str = "text";
    pub const NEXT: &str = "next";
    pub const STATUS: &str = "status";
    pub const REASON: &str = "reason";
    pub const SUMMARY: &str = "summary";
    pub const ROLE: &str = "role";
    pub const ETA: &str = "eta";
    pub const KIND: &str = "kind";
    pub const DUE: &str = "due";
    /// Whom: the person assigned.
    pub const FOR: &str = "for";
}

/// A form to be opened.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub kind: FormKind,
    /// None for a declaration.
    pub incident: Option<IncidentId>,
    /// Where it was asked for.
    pub channel: &'a ChannelId,
    pub prefill: &'a Prefill,
}

/// What a form carries from its opening to its submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<IncidentId>,
    #[serde(rename = "c")]
    pub channel: ChannelId,
    /// The number of the draft that is edited.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<u32>,
    /// The revision of the text that the form showed.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
}

impl FormKind {
    /// The form's name in submissions.
    pub fn callback(self) -> &'static str {
        match self {
            FormKind::Declare => "form.declare",
            FormKind::Update => "form.update",
            FormKind::Status => "form.status",
            FormKind::Severity => "form.severity",
            FormKind::Assign => "form.assign",
            FormKind::Impact => "form.impact",
            FormKind::Eta => "form.eta",
            FormKind::Services => "form.service",
            FormKind::Record(_) => "form.record",
            FormKind::Resolve => "form.resolve",
            FormKind::Reopen => "form.reopen",
            FormKind::Cancel => "form.cancel",
            FormKind::Snooze => "form.snooze",
            FormKind::EditDraft => "form.draft",
        }
    }

    /// Every form; of the record forms the first.
    pub const ALL: [Self; 14] = [
        Self::Declare,
        Self::Update,
        Self::Status,
        Self::Severity,
        Self::Assign,
        Self::Impact,
        Self::Eta,
        Self::Services,
        Self::Record(RecordKind::Note),
        Self::Resolve,
        Self::Reopen,
        Self::Cancel,
        Self::Snooze,
        Self::EditDraft,
    ];

    /// The form that a submission came from. None: it is not one of ours.
    pub fn from_callback(callback: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.callback() == callback)
    }

    /// Its inputs, from top to bottom. Slack takes errors for these only.
    pub fn fields(self) -> &'static [&'static str] {
        use field::*;
        match self {
            FormKind::Declare => &[TITLE, SEVERITY, SERVICE, IMPACT, OWNER],
            FormKind::Update => &[TEXT, NEXT],
            FormKind::Status => &[STATUS, TEXT],
            FormKind::Severity => &[SEVERITY, REASON],
            FormKind::Assign => &[FOR, ROLE],
            FormKind::Impact => &[IMPACT, ETA],
            FormKind::Eta => &[ETA],
            FormKind::Services => &[SERVICE],
            FormKind::Record(_) => &[KIND, TEXT, FOR, DUE],
            FormKind::Resolve => &[SUMMARY],
            FormKind::Reopen | FormKind::Cancel => &[REASON],
            FormKind::Snooze => &[NEXT],
            FormKind::EditDraft => &[TEXT],
        }
    }
}

impl Metadata {
    fn of(request: &Request) -> Self {
        let draft = request.prefill.draft;
        Self {
            incident: request.incident,
            channel: request.channel.clone(),
            draft: draft.map(|(number, _)| number),
            revision: draft.map(|(_, revision)| revision),
        }
    }

    fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers always make JSON")
    }

    /// Reads what a submission brings back. None: it is not one of ours.
    pub fn parse(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }
}

/// The form as Slack opens it.
pub fn form(request: &Request, language: Language, rules: &Rules) -> Value {
    let kind = request.kind;
    let (title, submit) = names(kind, language);
    let mut blocks = vec![];
    if let Some(incident) = request.incident {
        blocks.push(json!({
            "type": "context",
            "elements": [{"type": "mrkdwn", "text": format!("*{incident}*")}],
        }));
    }
    let maker = Maker {
        prefill: request.prefill,
        language,
        rules,
    };
    blocks.extend(kind.fields().iter().map(|name| maker.input(kind, name)));
    json!({
        "type": "modal",
        "callback_id": kind.callback(),
        "private_metadata": Metadata::of(request).to_json(),
        "title": label(&title, TITLE_WIDTH_MAX),
        "submit": label(&submit, TITLE_WIDTH_MAX),
        "close": label(&say!(language, "form-back"), TITLE_WIDTH_MAX),
        "blocks": blocks,
    })
}

/// What a form is called, and its button.
fn names(kind: FormKind, language: Language) -> (String, String) {
    let save = || say!(language, "form-save");
    match kind {
        FormKind::Declare => (
            say!(language, "form-declare"),
            say!(language, "form-declare-submit"),
        ),
        FormKind::Update => (
            say!(language, "form-update"),
            say!(language, "form-update-submit"),
        ),
        FormKind::Status => (say!(language, "form-status"), save()),
        FormKind::Severity => (say!(language, "form-severity"), save()),
        FormKind::Assign => (
            say!(language, "form-assign"),
            say!(language, "form-assign-submit"),
        ),
        FormKind::Impact => (say!(language, "form-impact"), save()),
        FormKind::Eta => (say!(language, "form-eta"), save()),
        FormKind::Services => (say!(language, "form-services"), save()),
        FormKind::Record(_) => (say!(language, "form-record"), save()),
        FormKind::Resolve => (
            say!(language, "form-resolve"),
            say!(language, "form-resolve-submit"),
        ),
        FormKind::Reopen => (
            say!(language, "form-reopen"),
            say!(language, "form-reopen-submit"),
        ),
        FormKind::Cancel => (
            say!(language, "form-cancel"),
            say!(language, "form-cancel-submit"),
        ),
        FormKind::Snooze => (
            say!(language, "form-snooze"),
            say!(language, "form-snooze-submit"),
        ),
        FormKind::EditDraft => (say!(language, "form-draft"), save()),
    }
}

struct Maker<'a> {
    prefill: &'a Prefill,
    language: Language,
    rules: &'a Rules,
}

impl Maker<'_> {
    /// The input called `name`, one of [`FormKind::fields`], first of them with the cursor in it.
    fn input(&self, kind: FormKind, name: &'static str) -> Value {
        let language = self.language;
        let text = self.prefill.text.as_deref();
        let person = || match &self.prefill.person {
            Some(user) => {
                json!({"type": "users_select", "action_id": ACTION, "initial_user": user})
            }
            None => json!({"type": "users_select", "action_id": ACTION}),
        };
        match name {
            field::TITLE => Input::new(name, say!(language, "form-title"), {
                let title = self.prefill.title.as_deref();
                line(
                    title,
                    TITLE_CHARS_MAX,
                    Some(say!(language, "form-title-example")),
                )
            }),
            field::SEVERITY => {
                let input = Input::new(
                    name,
                    say!(language, "form-severity-label"),
                    self.severities(),
                );
                match kind {
                    FormKind::Declare => {
                        input.optional().hint(say!(language, "form-severity-hint"))
                    }
                    _ => input,
                }
            }
            field::SERVICE => {
                let input = Input::new(name, say!(language, "form-service-label"), self.services());
                let input = match kind {
                    FormKind::Declare => input.optional(),
                    _ => input,
                };
                match self.offers_services() {
                    true => input,
                    false => input.hint(say!(language, "form-service-hint")),
                }
            }
            field::IMPACT => Input::new(
                name,
                say!(language, "form-impact-label"),
                paragraph(
                    self.prefill.impact.as_deref(),
                    Some(say!(language, "form-impact-example")),
                ),
            )
            .optional(),
            field::OWNER => Input::new(name, say!(language, "form-owner-label"), person())
                .optional()
                .hint(say!(language, "form-owner-hint")),
            field::TEXT => {
                let (label, example) = match kind {
                    FormKind::Status => (say!(language, "form-status-text"), None),
                    FormKind::Record(_) => (say!(language, "form-record-text"), None),
                    FormKind::EditDraft => (say!(language, "form-draft-text"), None),
                    _ => (
                        say!(language, "form-update-text"),
                        Some(say!(language, "form-update-example")),
                    ),
                };
                let input = Input::new(name, label, paragraph(text, example));
                match kind {
                    FormKind::Status => input.optional().hint(say!(language, "form-status-hint")),
                    FormKind::EditDraft => input.hint(say!(language, "form-draft-hint")),
                    _ => input,
                }
            }
            field::NEXT if kind == FormKind::Snooze => Input::new(
                name,
                say!(language, "form-snooze-label"),
                self.spans(&SNOOZE_OFFERED_MIN, None),
            )
            .hint(say!(language, "form-snooze-hint")),
            field::NEXT => Input::new(
                name,
                say!(language, "form-next-label"),
                self.spans(&NEXT_OFFERED_MIN, Some(self.as_usual())),
            ),
            field::STATUS => Input::new(name, say!(language, "form-status-label"), self.statuses()),
            field::REASON => {
                let (label, optional) = match kind {
                    FormKind::Severity => (say!(language, "form-severity-reason"), true),
                    FormKind::Reopen => (say!(language, "form-reopen-reason"), false),
                    _ => (say!(language, "form-cancel-reason"), false),
                };
                let input = Input::new(name, label, paragraph(text, None));
                if optional { input.optional() } else { input }
            }
            field::SUMMARY => Input::new(
                name,
                say!(language, "form-summary-label"),
                paragraph(text, Some(say!(language, "form-summary-example"))),
            )
            .optional(),
            field::ROLE => {
                let role = match &self.prefill.role {
                    Some(Role::Named(name)) => Some(name.as_str()),
                    Some(Role::Owner) | None => None,
                };
                Input::new(name, say!(language, "form-role-label"), {
                    line(role, 40, Some(say!(language, "form-role-example")))
                })
                .optional()
                .hint(say!(language, "form-role-hint"))
            }
            field::ETA => {
                let shown = match kind {
                    FormKind::Eta | FormKind::Impact => text,
                    _ => None,
                };
                let input = Input::new(
                    name,
                    say!(language, "form-eta-label"),
                    line(shown, 300, Some(say!(language, "form-eta-example"))),
                );
                match kind {
                    FormKind::Eta => input,
                    _ => input.optional(),
                }
            }
            field::KIND => Input::new(name, say!(language, "form-kind-label"), self.kinds(kind)),
            field::DUE => Input::new(
                name,
                say!(language, "form-due-label"),
                json!({"type": "datepicker", "action_id": ACTION}),
            )
            .optional(),
            // `for`: the last of the names there are.
            _ => {
                let input = Input::new(name, say!(language, "form-for-label"), person());
                match kind {
                    FormKind::Assign => input,
                    _ => input.optional().hint(say!(language, "form-for-hint")),
                }
            }
        }
        .block()
    }

    fn severities(&self) -> Value {
        let options = self.rules.severities.iter().map(|severity| {
            let (name, meaning) = severity_words(severity, self.language);
            let mut option = option(&format!("{} {name}", severity.id), severity.id.as_str());
            if !meaning.is_empty() {
                option["description"] = label(&meaning, OPTION_CHARS_MAX);
            }
            option
        });
        let current = self
            .prefill
            .severity
            .as_ref()
            .and_then(|id| self.rules.severity(id.as_str()))
            .map(|severity| severity.id.as_str());
        select(options.collect(), current)
    }

    /// A menu has room for a hundred names that are not long; who has others types.
    fn offers_services(&self) -> bool {
        let services = &self.rules.services;
        (1..=OPTIONS_MAX).contains(&services.len())
            && services
                .iter()
                .all(|name| (1..=OPTION_CHARS_MAX).contains(&name.len()))
    }

    fn services(&self) -> Value {
        let named = &self.prefill.services;
        if !self.offers_services() {
            return line(Some(&named.join(", ")).map(|text| text.as_str()), 300, None);
        }
        let is_named = |service: &&String| {
            named
                .iter()
                .any(|name| name.eq_ignore_ascii_case(service.as_str()))
        };
        let offered = |service: &String| option(service, service);
        let services = &self.rules.services;
        let mut element = json!({
            "type": "multi_static_select",
            "action_id": ACTION,
            "options": services.iter().map(offered).collect::<Vec<_>>(),
        });
        let chosen: Vec<Value> = services.iter().filter(is_named).map(offered).collect();
        if !chosen.is_empty() {
            element["initial_options"] = chosen.into();
        }
        element
    }

    fn statuses(&self) -> Value {
        let options =
            StatusName::CHOOSABLE.map(|name| option(&status(name, self.language), name.as_str()));
        select(options.into(), self.prefill.status.map(StatusName::as_str))
    }

    fn kinds(&self, kind: FormKind) -> Value {
        let language = self.language;
        let options = RecordKind::ALL.map(|record| {
            let name = match record {
                RecordKind::Note => say!(language, "form-kind-note"),
                RecordKind::Decision => say!(language, "form-kind-decision"),
                RecordKind::Action => say!(language, "form-kind-action"),
            };
            option(&name, record.verb())
        });
        let chosen = match kind {
            FormKind::Record(record) => record,
            _ => RecordKind::Note,
        };
        let mut element = select(options.into(), Some(chosen.verb()));
        element["type"] = "radio_buttons".into();
        element
    }

    /// When the next update is due if nobody says otherwise.
    fn as_usual(&self) -> Value {
        let severity = self
            .prefill
            .severity
            .as_ref()
            .and_then(|id| self.rules.severity(id.as_str()));
        let name = match severity {
            Some(severity) => say!(
                self.language,
                "form-next-as-usual-in",
                span = super::duration(severity.update_every, self.language)
            ),
            None => say!(self.language, "form-next-as-usual"),
        };
        option(&name, NEXT_AS_USUAL)
    }

    /// Time spans to choose from: `first`, those offered, and the one already typed. What is typed or else comes
    /// first is chosen.
    fn spans(&self, offered_min: &[i64], first: Option<Value>) -> Value {
        let offer = |span: Duration| {
            let name = super::duration(span, self.language);
            option(&name, &span_value(span))
        };
        let mut options: Vec<Value> = first.into_iter().collect();
        options.extend(
            offered_min
                .iter()
                .map(|minutes| offer(Duration::minutes(*minutes))),
        );
        let typed = self.prefill.next.map(offer);
        let chosen = match typed {
            Some(typed) => {
                if !options.contains(&typed) {
                    options.push(typed.clone());
                }
                typed
            }
            None => options[0].clone(),
        };
        json!({
            "type": "static_select",
            "action_id": ACTION,
            "options": options,
            "initial_option": chosen,
        })
    }
}

/// A time span as an option carries it: `30m`. [`crate::slack::parse::duration`] reads it.
fn span_value(span: Duration) -> String {
    let span = span.to_std().unwrap_or_default();
    humantime::format_duration(span).to_string()
}
