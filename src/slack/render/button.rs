//! What buttons are called and what they carry: the one place that both the messages and the reader of clicks use.

use serde::{Deserialize, Serialize};

use crate::ids::{ChannelId, IncidentId, MessageTs, SeverityId, UserId};

pub const CARD_ACKNOWLEDGE: &str = "card.acknowledge";
pub const CARD_UPDATE: &str = "card.update";
pub const CARD_STATUS: &str = "card.status";
pub const CARD_SEVERITY: &str = "card.severity";
pub const CARD_ASSIGN: &str = "card.assign";
pub const CARD_RESOLVE: &str = "card.resolve";
pub const CARD_REOPEN: &str = "card.reopen";
pub const CARD_CLOSE: &str = "card.close";
/// The overflow menu. What was chosen is a [`More`].
pub const CARD_MORE: &str = "card.more";
pub const NAG_UPDATE: &str = "nag.update";
pub const NAG_NO_CHANGE: &str = "nag.no_change";
pub const NAG_SNOOZE: &str = "nag.snooze";
pub const DRAFT_EDIT: &str = "draft.edit";
pub const DRAFT_APPROVE: &str = "draft.approve";
pub const DRAFT_PUBLISH: &str = "draft.publish";
pub const DRAFT_DISCARD: &str = "draft.discard";
pub const REPORT_DECLARE: &str = "report.declare";
pub const REPORT_DISMISS: &str = "report.dismiss";
/// Opens the form that declares an incident.
pub const HOME_DECLARE: &str = "home.declare";
/// Does a command that was typed twice a second time.
pub const AGAIN: &str = "again";

/// What a button of ours carries, as compact JSON: whatever its action needs to know without asking the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ButtonValue {
    /// On a draft.
    Draft {
        #[serde(rename = "i")]
        incident: IncidentId,
        #[serde(rename = "d")]
        number: u32,
        /// The revision that the person who clicked had before their eyes.
        #[serde(rename = "r")]
        revision: u32,
    },
    /// On an offer to declare: the message that reported something.
    Report {
        #[serde(rename = "c")]
        channel: ChannelId,
        #[serde(rename = "t")]
        ts: MessageTs,
    },
    /// On a card or a nag. Severity and owner are there to fill in forms.
    Incident {
        #[serde(rename = "i")]
        incident: IncidentId,
        #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
        severity: Option<SeverityId>,
        #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
        nag: Option<u32>,
        #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
        owner: Option<UserId>,
    },
}

impl ButtonValue {
    /// The value as a button carries it.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers always make JSON")
    }

    /// Reads a button's value. None: it is not one of ours.
    pub fn parse(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }
}

/// What the card's overflow menu offers: at most five, says Slack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum More {
    Impact,
    Note,
    Stakeholders,
    Customers,
    Timeline,
}

impl More {
    pub const ALL: [Self; 5] = [
        Self::Impact,
        Self::Note,
        Self::Stakeholders,
        Self::Customers,
        Self::Timeline,
    ];

    /// The option's name in its value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Impact => "impact",
            Self::Note => "note",
            Self::Stakeholders => "stakeholders",
            Self::Customers => "customers",
            Self::Timeline => "timeline",
        }
    }

    /// The option's value: `impact INC-2026-001`. Slack takes 75 characters here, too few for JSON to be safe.
    pub fn value(self, incident: IncidentId) -> String {
        format!("{} {incident}", self.as_str())
    }

    /// Reads an option's value. None: it is not one of ours.
    pub fn parse(value: &str) -> Option<(Self, IncidentId)> {
        let (name, incident) = value.split_once(' ')?;
        let more = Self::ALL.into_iter().find(|more| more.as_str() == name)?;
        Some((more, incident.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_compact_and_comes_back() {
        let incident = IncidentId {
            year: 2026,
            number: 1,
        };
        let cases = [
            (
                ButtonValue::Incident {
                    incident,
                    severity: None,
                    nag: None,
                    owner: None,
                },
                r#"{"i":"INC-2026-001"}"#,
            ),
            (
                ButtonValue::Incident {
                    incident,
                    severity: Some(SeverityId::new("P0")),
                    nag: Some(3),
                    owner: Some(UserId::new("U1")),
                },
                r#"{"i":"INC-2026-001","s":"P0","n":3,"o":"U1"}"#,
            ),
            (
                ButtonValue::Draft {
                    incident,
                    number: 2,
                    revision: 1,
                },
                r#"{"i":"INC-2026-001","d":2,"r":1}"#,
            ),
            (
                ButtonValue::Report {
                    channel: ChannelId::new("C1"),
                    ts: MessageTs::new("1718000000.000100"),
                },
                r#"{"c":"C1","t":"1718000000.000100"}"#,
            ),
        ];
        for (value, json) in cases {
            assert_eq!(value.to_json(), json);
            assert_eq!(ButtonValue::parse(json), Some(value));
        }
        for foreign in ["", "{}", "x", r#"{"i":"x"}"#] {
            assert_eq!(ButtonValue::parse(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn an_option_fits_and_comes_back() {
        let incident = IncidentId {
            year: 2026,
            number: u32::MAX,
        };
        for more in More::ALL {
            let value = more.value(incident);
            assert!(value.len() <= 75);
            assert_eq!(More::parse(&value), Some((more, incident)));
        }
        assert_eq!(More::parse("impact"), None);
        assert_eq!(More::parse("other INC-2026-001"), None);
    }
}
