//! What waited in its lane for long, because Slack could not be reached or was not to be hurried, is summed up and not
//! poured out: one message says what would have been many.

use chrono::Duration;

use crate::domain::effect::{Effect, Reader};
use crate::domain::event::{Entry, Event};
use crate::domain::incident::Incident;
use crate::domain::moot::moot;

/// From when on a message counts as late.
const LATE_AFTER: Duration = Duration::minutes(1);
/// Fewer than this are said one by one: each is read better by itself.
const FEWEST: usize = 3;
/// More than this do not fit into one message.
const MOST: usize = 40;
/// Nor do more characters than this, of the 13,200 or so that Slack takes: what somebody wrote is said whole.
const CHARS_MOST: usize = 11_000;
/// What an entry takes beside the words that somebody wrote: who and when, and when the next update is due.
const CHARS_BESIDE: usize = 230;

/// One effect for many.
#[derive(Debug, PartialEq)]
pub struct Summary {
    pub effect: Effect,
    /// Which of those behind the head it says, too.
    pub said: Vec<usize>,
}

/// Whether an effect that has waited so long may begin a summary.
pub fn may_head(effect: &Effect, waited: Duration) -> bool {
    waited >= LATE_AFTER && !entries(effect).is_empty()
}

/// What says `head` and as much as can be said with it of what waits `behind`, in order. None: too little to sum up.
/// What nobody needs any more is passed over; anything else ends the summary, for nothing may overtake it.
pub fn sum_up<'a>(
    head: &Effect,
    behind: impl Iterator<Item = &'a Effect>,
    incident: &Incident,
) -> Option<Summary> {
    let mut all = entries(head).to_vec();
    let mut said = vec![];
    let mut chars: usize = all.iter().map(chars_of).sum();
    for (nth, effect) in behind.enumerate() {
        let more = entries(effect);
        chars += more.iter().map(chars_of).sum::<usize>();
        if all.len() + more.len() > MOST || chars > CHARS_MOST {
            break;
        }
        match more {
            [] if moot(effect, incident).is_some() => {}
            [] => break,
            more => {
                all.extend_from_slice(more);
                said.push(nth);
            }
        }
    }
    if entries(head).is_empty() || said.is_empty() || all.len() < FEWEST {
        return None;
    }
    Some(Summary {
        effect: Effect::TellAll { entries: all },
        said,
    })
}

/// What an effect says to everybody at the incident in so many words, with nothing to press and nobody to wake.
fn entries(effect: &Effect) -> &[Entry] {
    match effect {
        Effect::TellAll { entries } => entries,
        Effect::Tell {
            to: Reader::Home,
            entry,
        } if is_plain(&entry.event) => std::slice::from_ref(entry),
        _ => &[],
    }
}

/// What an entry takes in a message, at the most.
fn chars_of(entry: &Entry) -> usize {
    let words = match &entry.event {
        Event::UpdatePosted { text, .. } => text.as_deref(),
        Event::SeverityChanged { reason, .. } => reason.as_deref(),
        Event::Resolved { summary } => summary.as_deref(),
        Event::ImpactSet { text }
        | Event::EtaSet { text }
        | Event::Noted { text }
        | Event::DecisionMade { text }
        | Event::ActionAdded { text, .. }
        | Event::DraftPublished { text, .. } => Some(text.as_str()),
        Event::Reopened { reason, .. } | Event::Cancelled { reason } => Some(reason.as_str()),
        _ => None,
    };
    let letters = |c: char| match c {
        // As Slack wants them in its markup.
        '&' | '<' | '>' => 5,
        c => c.len_utf16(),
    };
    CHARS_BESIDE + words.map_or(0, |words| words.chars().map(letters).sum())
}

fn is_plain(event: &Event) -> bool {
    matches!(
        event,
        Event::Acknowledged
            | Event::RoleGiven { .. }
            | Event::UpdatePosted { .. }
            | Event::PhaseChanged { .. }
            | Event::SeverityChanged { .. }
            | Event::ImpactSet { .. }
            | Event::EtaSet { .. }
            | Event::ServicesSet { .. }
            | Event::Noted { .. }
            | Event::DecisionMade { .. }
            | Event::ActionAdded { .. }
            | Event::Snoozed { .. }
            | Event::Resolved { .. }
            | Event::Reopened { .. }
            | Event::Cancelled { .. }
            | Event::Closed
            | Event::DraftPublished { .. }
    )
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeZone, Utc};

    use super::*;
    use crate::domain::effect::CardPlace;
    use crate::domain::incident::Actor;
    use crate::domain::rules::Rules;
    use crate::ids::{IncidentId, SeverityId, UserId};

    fn at(minute: i64) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 20, 10, 0, 0).unwrap() + Duration::minutes(minute)
    }

    fn entry(minute: i64, event: Event) -> Entry {
        Entry {
            at: at(minute),
            by: Actor::Balefire,
            event,
        }
    }

    fn incident() -> Incident {
        let declared = Event::Declared {
            title: "Down".into(),
            long_title: None,
            severity: SeverityId::new(Rules::default().severities[0].id.as_str()),
            services: vec![],
            impact: None,
            owner: None,
            wants_channel: true,
            next_nag_at: at(15),
            respond_by: at(15),
        };
        let id = IncidentId {
            year: 2026,
            number: 1,
        };
        Incident::declared(id, &entry(0, declared)).unwrap()
    }

    /// `n` a note, `p` the same to one person, `A` an alarm, `c` the card, `S` a summary of two.
    fn effect(letter: char) -> Effect {
        let note = |minute| entry(minute, Event::Noted { text: "n".into() });
        let tell = |to, entry| Effect::Tell {
            to,
            entry: Box::new(entry),
        };
        let missed = |due| Event::AcknowledgementMissed {
            due,
            late_by_s: 0,
            ladder: None,
        };
        match letter {
            'n' => tell(Reader::Home, note(1)),
            'p' => tell(Reader::Person(UserId::new("U1")), note(1)),
            'A' => tell(Reader::Home, entry(15, missed(at(15)))),
            'c' => Effect::RefreshCard {
                at: CardPlace::Home,
            },
            'S' => Effect::TellAll {
                entries: vec![note(1), note(2)],
            },
            other => panic!("{other}"),
        }
    }

    #[test]
    fn what_is_summed_up() {
        let mut acknowledged = incident();
        let acknowledgement = entry(2, Event::Acknowledged);
        acknowledged = acknowledged.after(&acknowledgement);
        for (lane, open, said) in [
            ("n", None, "one is said as it is"),
            ("nn", None, "so are two"),
            ("nnn", Some(vec![0, 1]), "three are one"),
            ("nnpn", None, "nothing overtakes what a person is told"),
            ("nnnpn", Some(vec![0, 1]), "up to there"),
            ("nAnn", None, "nor an alarm"),
            ("nncn", None, "nor anything else"),
            ("Sn", Some(vec![0]), "what is a summary already grows"),
            ("nS", Some(vec![0]), "from either end"),
            ("pnnn", None, "a person is told by itself"),
        ] {
            let effects: Vec<Effect> = lane.chars().map(effect).collect();
            let summary = sum_up(&effects[0], effects[1..].iter(), &incident());
            assert_eq!(summary.map(|summary| summary.said), open, "{lane}: {said}");
        }
        let lane: Vec<Effect> = "nAnn".chars().map(effect).collect();
        let summary = sum_up(&lane[0], lane[1..].iter(), &acknowledged);
        let said = summary.map(|summary| summary.said);
        assert_eq!(
            said,
            Some(vec![1, 2]),
            "an alarm that nobody needs is passed over"
        );
    }

    #[test]
    fn only_what_is_late_is_summed_up() {
        for (letter, waited_s, may) in [
            ('n', 59, false),
            ('n', 60, true),
            ('S', 60, true),
            ('p', 600, false),
            ('c', 600, false),
        ] {
            let waited = Duration::seconds(waited_s);
            assert_eq!(
                may_head(&effect(letter), waited),
                may,
                "{letter} {waited_s}"
            );
        }
    }

    #[test]
    fn a_summary_has_an_end() {
        let notes: Vec<Effect> = std::iter::repeat_n(effect('n'), 100).collect();
        let summary = sum_up(&notes[0], notes[1..].iter(), &incident()).unwrap();
        assert_eq!(summary.said.len(), MOST - 1);
        // Long words fill it sooner, and a first one that fills it is said by itself.
        for (letters, said) in [(1_000, Some(7)), (2_900, Some(2)), (5_000, None)] {
            let text = "x".repeat(letters);
            let note = Effect::Tell {
                to: Reader::Home,
                entry: Box::new(entry(1, Event::Noted { text })),
            };
            let notes = vec![note; 50];
            let summary = sum_up(&notes[0], notes[1..].iter(), &incident());
            let said_of = summary.map(|summary| summary.said.len());
            assert_eq!(said_of, said, "{letters}");
        }
    }
}
