//! Why something was not done: facts for one plain sentence that names the way out. The words are in `locales/`.

use crate::clock::Time;
use crate::domain::draft::{Draft, DraftState};
use crate::domain::incident::{Stamp, StatusName};
use crate::ids::{IncidentId, UserId};

/// A refusal, for the person who asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    AlreadyAcknowledged(Stamp),
    /// The incident is resolved, closed or cancelled already.
    AlreadyFinished {
        status: StatusName,
        stamp: Stamp,
    },
    /// Only a resolved incident can be closed.
    NotResolved,
    /// Only a finished incident can be reopened.
    StillOpen,
    AlreadyInRole {
        user: UserId,
        role: String,
    },
    SameStatus {
        status: StatusName,
        since: Option<Stamp>,
    },
    SameSeverity {
        severity: String,
        since: Option<Stamp>,
    },
    UnknownSeverity {
        given: String,
        known: Vec<String>,
    },
    UnknownStatus {
        given: String,
    },
    UnknownService {
        given: String,
        known: Vec<String>,
    },
    UnknownIncident {
        given: String,
    },
    UnknownUser {
        given: String,
    },
    UnknownVerb {
        given: String,
        /// The verb it may be a slip of the finger for.
        nearest: Option<&'static str>,
    },
    /// None of the lists there are.
    UnknownList {
        given: String,
    },
    /// One role, several persons.
    OnePersonAtATime,
    /// The person has no open incident and named none.
    NoIncidentHere,
    /// More than one could be meant.
    WhichIncident {
        choices: Vec<(IncidentId, String)>,
    },
    EmptyTitle,
    EmptyText {
        verb: &'static str,
    },
    TooLong {
        chars: usize,
        chars_max: usize,
    },
    /// The next nag comes no sooner than the snooze would end.
    NotDueSoSoon {
        due: Time,
    },
    /// A time span that is no time span, or out of bounds.
    BadDuration {
        given: String,
    },
    BadDate {
        given: String,
    },
    /// Somebody who is no longer in the workspace can play no part.
    PersonLeft {
        user: UserId,
    },
    UnknownAudience {
        given: String,
    },
    /// Somebody has answered the nag before.
    NagAlreadyAnswered(Stamp),
    UnknownDraft {
        number: u32,
    },
    DraftPublished(Stamp),
    DraftDiscarded(Stamp),
    DraftReplaced(Stamp),
    DraftNotApproved {
        have: usize,
        need: usize,
    },
    DraftAlreadyApprovedByYou {
        have: usize,
        need: usize,
    },
    DraftAlreadyApproved {
        by: UserId,
        at: Time,
    },
    /// Somebody changed the text after the form or button was shown.
    DraftChangedMeanwhile(Stamp),
    /// A customer draft that names people or channels of the workspace.
    DraftNotFit {
        findings: Vec<crate::domain::draft_template::LintFinding>,
    },
    /// The template could not be filled in.
    DraftTemplate {
        error: String,
    },
    /// A report that somebody already dealt with.
    AlreadyDeclared {
        stamp: Stamp,
        incident: IncidentId,
    },
    AlreadyDismissed(Stamp),
    /// A button on a report that we do not know.
    UnknownReport,
    /// A form that another version of ours has opened.
    UnreadableForm,
    /// A form from which an incident was declared already, with other words.
    FormTaken,
    /// Slack has delivered once more what was refused when it came first.
    RefusedBefore,
    /// In the contract, not built yet.
    NotThereYet {
        verb: String,
    },
    /// A verb without its words, typed where no form can open.
    NeedsForm {
        verb: &'static str,
    },
}

impl Refusal {
    /// Its name in metrics and in the log, which tell nothing of what was written.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::AlreadyAcknowledged(_) => "already_acknowledged",
            Self::AlreadyFinished { .. } => "already_finished",
            Self::NotResolved => "not_resolved",
            Self::StillOpen => "still_open",
            Self::AlreadyInRole { .. } => "already_in_role",
            Self::SameStatus { .. } => "same_status",
            Self::SameSeverity { .. } => "same_severity",
            Self::UnknownSeverity { .. } => "unknown_severity",
            Self::UnknownStatus { .. } => "unknown_status",
            Self::UnknownService { .. } => "unknown_service",
            Self::UnknownIncident { .. } => "unknown_incident",
            Self::UnknownUser { .. } => "unknown_user",
            Self::UnknownVerb { .. } => "unknown_verb",
            Self::UnknownList { .. } => "unknown_list",
            Self::OnePersonAtATime => "one_person_at_a_time",
            Self::NoIncidentHere => "no_incident_here",
            Self::WhichIncident { .. } => "which_incident",
            Self::EmptyTitle => "empty_title",
            Self::EmptyText { .. } => "empty_text",
            Self::TooLong { .. } => "too_long",
            Self::NotDueSoSoon { .. } => "not_due_so_soon",
            Self::BadDuration { .. } => "bad_duration",
            Self::BadDate { .. } => "bad_date",
            Self::PersonLeft { .. } => "person_left",
            Self::UnknownAudience { .. } => "unknown_audience",
            Self::NagAlreadyAnswered(_) => "nag_already_answered",
            Self::UnknownDraft { .. } => "unknown_draft",
            Self::DraftPublished(_) => "draft_published",
            Self::DraftDiscarded(_) => "draft_discarded",
            Self::DraftReplaced(_) => "draft_replaced",
            Self::DraftNotApproved { .. } => "draft_not_approved",
            Self::DraftAlreadyApprovedByYou { .. } => "draft_already_approved_by_you",
            Self::DraftAlreadyApproved { .. } => "draft_already_approved",
            Self::DraftChangedMeanwhile(_) => "draft_changed_meanwhile",
            Self::DraftNotFit { .. } => "draft_not_fit",
            Self::DraftTemplate { .. } => "draft_template",
            Self::AlreadyDeclared { .. } => "already_declared",
            Self::AlreadyDismissed(_) => "already_dismissed",
            Self::UnknownReport => "unknown_report",
            Self::UnreadableForm => "unreadable_form",
            Self::FormTaken => "form_taken",
            Self::RefusedBefore => "refused_before",
            Self::NotThereYet { .. } => "not_there_yet",
            Self::NeedsForm { .. } => "needs_form",
        }
    }

    /// What became of a draft with which nothing can be done any more.
    pub fn of_draft(draft: &Draft) -> Option<Self> {
        match &draft.state {
            DraftState::Open => None,
            DraftState::Published(stamp) => Some(Refusal::DraftPublished(stamp.clone())),
            DraftState::Discarded(stamp) => Some(Refusal::DraftDiscarded(stamp.clone())),
            DraftState::Replaced(stamp) => Some(Refusal::DraftReplaced(stamp.clone())),
        }
    }
}
