//! Temporary.
use crate::clock::Time;
use serde::{Deserialize, Serialize};
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    Stakeholders,
    Customers,
}
pub struct FactUpdate {
    pub at: Time,
    pub text: String,
}
pub struct DraftFacts {
    pub id: String,
    pub title: String,
    pub severity_id: String,
    pub severity_name: String,
    pub severity_meaning: String,
    pub services: Vec<String>,
    pub status: String,
    pub impact: Option<String>,
    pub eta: Option<String>,
    pub updates: Vec<FactUpdate>,
    pub declared_at: Time,
    pub resolved_at: Option<Time>,
    pub next_update_at: Option<Time>,
    pub drafts_before: usize,
    pub summary: Option<String>,
    pub timezone: chrono_tz::Tz,
}
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LintFinding {
    Empty,
}
impl LintFinding {
    pub fn blocks(&self, _: Audience) -> bool {
        true
    }
}
pub fn lint(_: &str, _: Audience, _: &DraftFacts) -> Vec<LintFinding> {
    vec![]
}
/// Placeholder until the templates land with the configuration.
#[derive(Clone, Debug, Default)]
pub struct Templates;
impl Templates {
    pub fn render(
        &self,
        _: Audience,
        _: crate::domain::rules::Language,
        facts: &DraftFacts,
    ) -> Result<String, String> {
        Ok(facts.title.clone())
    }
}
