//! Text for an audience, on its way from draft to published. No word is published that was not approved as it
//! stands: any edit takes the approvals back.

use serde::{Deserialize, Serialize};

use crate::domain::incident::{Actor, MessageRef, Stamp};
use crate::domain::rules::Rules;
use crate::ids::UserId;

pub use crate::domain::draft_template::Audience;

/// A draft of one incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// Its number within the incident, from 1.
    pub number: u32,
    pub audience: Audience,
    pub text: String,
    /// Counts the edits, so that a form opened on an older text is noticed.
    pub revision: u32,
    /// Who asked for it or wrote its present text; Balefire for the one that comes with a nag.
    pub author: Actor,
    pub written: Stamp,
    pub approvals: Vec<Approval>,
    pub state: DraftState,
    pub message: Option<MessageRef>,
    /// It was held back or refused: there will be no message.
    #[serde(default)]
    pub is_unposted: bool,
}

/// A person's word that the text may go out as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub by: UserId,
    pub at: crate::clock::Time,
}

/// What became of a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftState {
    Open,
    Published(Stamp),
    Discarded(Stamp),
    /// A newer draft for the same audience took its place.
    Replaced(Stamp),
}

impl Draft {
    /// How many different persons must approve a draft for this audience.
    pub fn approvals_needed(&self, rules: &Rules) -> usize {
        match self.audience {
            Audience::Stakeholders => 1,
            Audience::Customers => usize::from(rules.customers.approvals),
        }
    }

    /// Whether it may be published as it stands. Two approvals are always those of two persons, so that one of
    /// them is not the author.
    pub fn is_approved(&self, rules: &Rules) -> bool {
        self.approvals.len() >= self.approvals_needed(rules)
    }

    /// Whether anything can still be done with it.
    pub fn is_open(&self) -> bool {
        self.state == DraftState::Open
    }
}
