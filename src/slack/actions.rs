//! What a click or a submitted form asks for. Pure: it reads what the button or the form carries and asks nobody.

use chrono::Duration;

use crate::domain::command::{Command, Declaration};
use crate::domain::draft::Audience;
use crate::domain::incident::{MessageRef, Role, StatusName};
use crate::domain::refusal::Refusal;
use crate::ids::{IncidentId, UserId};
use crate::slack::inbound::{Click, Submission, Value};
use crate::slack::parse::{self, FormKind, Prefill, RecordKind};
use crate::slack::render::button::{self, ButtonValue, More};
use crate::slack::render::form::{Metadata, NEXT_AS_USUAL, field};

/// What a click asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Pressed {
    Command(IncidentId, Command),
    /// A form, to be opened at once. For [`FormKind::EditDraft`] the text is still to be filled in: it is too long
    /// for a button to carry.
    Open(FormKind, Option<IncidentId>, Prefill),
    /// The incident's timeline.
    Ask(IncidentId),
    /// A command that was typed twice, to be done a second time: its text.
    Again(String),
    /// Make an incident of the report in this message.
    DeclareReport(MessageRef),
    DismissReport(MessageRef),
    /// Nothing of ours, or nothing to do: a link, a menu inside a form.
    Ignored,
}

/// What a submitted form asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Submitted {
    Declare(Declaration),
    /// One order or, from a form that asks for several things, more. Never none.
    Commands(IncidentId, Vec<Command>),
    /// Not a form of ours.
    Nothing,
}

/// Reads a click.
pub fn pressed(click: &Click) -> Pressed {
    read_click(click).unwrap_or(Pressed::Ignored)
}

fn read_click(click: &Click) -> Option<Pressed> {
    let carried = click.value.as_deref();
    match click.action_id.as_str() {
        button::AGAIN => return Some(Pressed::Again(carried?.to_owned())),
        button::HOME_DECLARE => {
            return Some(Pressed::Open(FormKind::Declare, None, Prefill::default()));
        }
        button::CARD_MORE => {
            let Some(Value::Option(chosen)) = &click.chosen else {
                return None;
            };
            let (more, incident) = More::parse(chosen)?;
            return Some(more_of(more, incident));
        }
        _ => {}
    }
    match ButtonValue::parse(carried?)? {
        // Whoever assigns somebody means somebody else than the present owner, so that is not filled in.
        ButtonValue::Incident {
            incident,
            severity,
            nag,
            ..
        } => {
            let command = |command| Some(Pressed::Command(incident, command));
            let open = |kind| {
                let prefill = Prefill {
                    severity: severity.clone(),
                    ..Prefill::default()
                };
                Some(Pressed::Open(kind, Some(incident), prefill))
            };
            match click.action_id.as_str() {
                button::CARD_ACKNOWLEDGE => command(Command::Acknowledge),
                button::CARD_CLOSE => command(Command::Close),
                button::NAG_NO_CHANGE => command(Command::NoChange { nag }),
                button::CARD_UPDATE | button::NAG_UPDATE => open(FormKind::Update),
                button::NAG_SNOOZE => open(FormKind::Snooze),
                button::CARD_STATUS => open(FormKind::Status),
                button::CARD_SEVERITY => open(FormKind::Severity),
                button::CARD_ASSIGN => open(FormKind::Assign),
                button::CARD_RESOLVE => open(FormKind::Resolve),
                button::CARD_REOPEN => open(FormKind::Reopen),
                _ => None,
            }
        }
        ButtonValue::Draft {
            incident,
            number,
            revision,
        } => {
            let command = match click.action_id.as_str() {
                button::DRAFT_EDIT => {
                    let prefill = Prefill {
                        draft: Some((number, revision)),
                        ..Prefill::default()
                    };
                    return Some(Pressed::Open(FormKind::EditDraft, Some(incident), prefill));
                }
                button::DRAFT_APPROVE => Command::ApproveDraft {
                    number,
                    revision: Some(revision),
                },
                button::DRAFT_PUBLISH => Command::PublishDraft { number },
                button::DRAFT_DISCARD => Command::DiscardDraft { number },
                _ => return None,
            };
            Some(Pressed::Command(incident, command))
        }
        ButtonValue::Report { channel, ts } => {
            let report = MessageRef { channel, ts };
            match click.action_id.as_str() {
                button::REPORT_DECLARE => Some(Pressed::DeclareReport(report)),
                button::REPORT_DISMISS => Some(Pressed::DismissReport(report)),
                _ => None,
            }
        }
    }
}

fn more_of(more: More, incident: IncidentId) -> Pressed {
    let draft = |audience| Pressed::Command(incident, Command::WriteDraft { audience });
    let open = |kind| Pressed::Open(kind, Some(incident), Prefill::default());
    match more {
        More::Impact => open(FormKind::Impact),
        More::Note => open(FormKind::Record(RecordKind::Note)),
        More::Stakeholders => draft(Audience::Stakeholders),
        More::Customers => draft(Audience::Customers),
        More::Timeline => Pressed::Ask(incident),
    }
}

/// Reads a submitted form.
///
/// # Errors
/// When a form of ours came back incomplete; the refusal belongs to one of its inputs
/// ([`crate::slack::render::refusal::field`]).
pub fn submitted(submission: &Submission) -> Result<Submitted, Refusal> {
    let Some(kind) = FormKind::from_callback(&submission.callback_id) else {
        return Ok(Submitted::Nothing);
    };
    let metadata = Metadata::parse(&submission.private_metadata).ok_or(Refusal::UnreadableForm)?;
    if kind == FormKind::Declare {
        return Ok(Submitted::Declare(declaration(submission)));
    }
    let incident = metadata.incident.ok_or(Refusal::UnreadableForm)?;
    let commands = match kind {
        FormKind::Impact => impact_and_eta(submission)?,
        FormKind::EditDraft => {
            let (number, revision) = metadata
                .draft
                .zip(metadata.revision)
                .ok_or(Refusal::UnreadableForm)?;
            vec![Command::EditDraft {
                number,
                revision,
                text: text(submission, field::TEXT),
            }]
        }
        _ => vec![command(kind, submission)?],
    };
    Ok(Submitted::Commands(incident, commands))
}

fn command(kind: FormKind, submission: &Submission) -> Result<Command, Refusal> {
    Ok(match kind {
        FormKind::Update => Command::PostUpdate {
            text: text(submission, field::TEXT),
            next: span(submission)?,
        },
        FormKind::Status => Command::ChangeStatus {
            to: submission
                .option(field::STATUS)
                .and_then(StatusName::parse)
                .ok_or(Refusal::UnknownStatus {
                    given: String::new(),
                })?,
            text: optional(submission, field::TEXT),
        },
        FormKind::Severity => Command::ChangeSeverity {
            to: submission
                .option(field::SEVERITY)
                .unwrap_or_default()
                .to_owned(),
            reason: optional(submission, field::REASON),
        },
        FormKind::Assign => Command::Assign {
            role: Role::from(text(submission, field::ROLE)),
            to: person(submission, field::FOR).ok_or(Refusal::UnknownUser {
                given: String::new(),
            })?,
        },
        FormKind::Services => Command::SetServices {
            services: services(submission),
        },
        FormKind::Record(_) => record(submission),
        FormKind::Resolve => Command::Resolve {
            summary: optional(submission, field::SUMMARY),
        },
        FormKind::Reopen => Command::Reopen {
            reason: text(submission, field::REASON),
        },
        FormKind::Cancel => Command::Cancel {
            reason: text(submission, field::REASON),
        },
        FormKind::Snooze => Command::Snooze {
            by: span(submission)?.ok_or(Refusal::BadDuration {
                given: String::new(),
            })?,
        },
        // Declarations, impact and drafts are read by `submitted`.
        FormKind::Eta | FormKind::Declare | FormKind::Impact | FormKind::EditDraft => {
            Command::SetEta {
                text: text(submission, field::ETA),
            }
        }
    })
}

fn declaration(submission: &Submission) -> Declaration {
    Declaration {
        title: text(submission, field::TITLE),
        severity: submission.option(field::SEVERITY).map(str::to_owned),
        services: services(submission),
        impact: optional(submission, field::IMPACT),
        owner: person(submission, field::OWNER),
    }
}

fn impact_and_eta(submission: &Submission) -> Result<Vec<Command>, Refusal> {
    let impact = optional(submission, field::IMPACT).map(|text| Command::SetImpact { text });
    let eta = optional(submission, field::ETA).map(|text| Command::SetEta { text });
    let commands: Vec<Command> = [impact, eta].into_iter().flatten().collect();
    if commands.is_empty() {
        return Err(Refusal::EmptyText { verb: "impact" });
    }
    Ok(commands)
}

fn record(submission: &Submission) -> Command {
    let text = text(submission, field::TEXT);
    match submission.option(field::KIND) {
        Some("decision") => Command::RecordDecision { text },
        Some("action") => Command::AddAction {
            text,
            assignee: person(submission, field::FOR),
            due: submission.date(field::DUE),
        },
        _ => Command::Note { text },
    }
}

/// Chosen from those configured, or typed.
fn services(submission: &Submission) -> Vec<String> {
    match submission.text(field::SERVICE) {
        Some(typed) => parse::services(typed),
        None => submission.options(field::SERVICE).to_vec(),
    }
}

/// None: as usual.
fn span(submission: &Submission) -> Result<Option<Duration>, Refusal> {
    match submission.option(field::NEXT) {
        None | Some(NEXT_AS_USUAL) => Ok(None),
        Some(value) => parse::duration(value)
            .map(Some)
            .ok_or_else(|| Refusal::BadDuration {
                given: value.to_owned(),
            }),
    }
}

fn person(submission: &Submission, name: &str) -> Option<UserId> {
    submission.user(name).cloned()
}

/// What was typed; the domain refuses nothing at all where it needs something.
fn text(submission: &Submission, name: &str) -> String {
    optional(submission, name).unwrap_or_default()
}

/// Forms give what was typed as it is, without markup.
fn optional(submission: &Submission, name: &str) -> Option<String> {
    submission.text(name).map(str::to_owned)
}

#[cfg(test)]
mod tests;
