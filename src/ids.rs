//! Names of things: Slack's identifiers and our own. An identifier is never just a string once it is inside.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! text_ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is. Whoever reads it from outside has checked its form.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text as Slack or the configuration wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

text_ids! {
    /// A person: `U…`, or `W…` in an org-wide install.
    UserId;
    /// A conversation: a channel `C…`, a private channel `C…` or `G…`, a direct message `D…`.
    ChannelId;
    /// A usergroup: `S…`.
    GroupId;
    /// A workspace: `T…`, or `E…` for an org.
    TeamId;
    /// A message's timestamp, unique within its channel: `1718000000.000100`. Its text order is its time order.
    MessageTs;
    /// A severity, as the configuration writes it: `P0`. Compare what a person typed through `Rules::severity`.
    SeverityId;
}

/// An incident, as people write it: `INC-2026-001`. The number has no gaps within a workspace and year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IncidentId {
    /// The calendar year of the declaration.
    pub year: i32,
    /// Counts from 1.
    pub number: u32,
}

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "INC-{:04}-{:03}", self.year, self.number)
    }
}

/// The text is not an incident's identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an incident, for example INC-2026-001")]
pub struct NotAnIncidentId(pub String);

impl FromStr for IncidentId {
    type Err = NotAnIncidentId;

    /// Reads what people type: any case, with or without leading zeros.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let mut parts = text.trim().split('-');
            let (prefix, year, number) = (parts.next()?, parts.next()?, parts.next()?);
            let digits =
                |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            let whole = parts.next().is_none() && prefix.eq_ignore_ascii_case("inc");
            if !whole || year.len() != 4 || !digits(year) || !digits(number) {
                return None;
            }
            let number = number.parse().ok().filter(|number| *number > 0)?;
            Some(Self {
                year: year.parse().ok()?,
                number,
            })
        };
        read().ok_or_else(|| NotAnIncidentId(text.to_owned()))
    }
}

impl Serialize for IncidentId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for IncidentId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_is_read_as_people_type_it() {
        let cases = [
            ("INC-2026-001", Some("INC-2026-001")),
            ("inc-2026-1", Some("INC-2026-001")),
            (" Inc-2026-0042 ", Some("INC-2026-042")),
            ("INC-2026-1234", Some("INC-2026-1234")),
            ("INC-2026-000", None),
            ("INC-2026-", None),
            ("INC-26-1", None),
            ("INC-2026-1-2", None),
            ("INC-2026-+1", None),
            ("INC-2026-99999999999", None),
            ("P0", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let read = text.parse::<IncidentId>().ok().map(|id| id.to_string());
            assert_eq!(read.as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn identifiers_are_plain_strings_in_json() {
        let id = IncidentId {
            year: 2026,
            number: 7,
        };
        assert_eq!(serde_json::to_string(&id).unwrap(), r#""INC-2026-007""#);
        assert_eq!(
            serde_json::from_str::<IncidentId>(r#""inc-2026-7""#).unwrap(),
            id
        );
        assert_eq!(
            serde_json::to_string(&UserId::new("U1")).unwrap(),
            r#""U1""#
        );
    }

    #[test]
    fn incidents_sort_by_year_then_number() {
        let parse = |text: &str| text.parse::<IncidentId>().unwrap();
        assert!(parse("INC-2026-1000") > parse("INC-2026-999"));
        assert!(parse("INC-2027-001") > parse("INC-2026-1000"));
    }
}
