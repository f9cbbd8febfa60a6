//! What became of every nag and of the acknowledgement deadline: what `/incident why` shows. It is read off the
//! timeline, so it cannot disagree with what happened.

use crate::clock::Time;
use crate::domain::event::{Entry, Event, Undelivered};
use crate::domain::incident::{Incident, NagAnswered, Stamp};
use crate::domain::moot::Moot;
use crate::domain::nag::{Cause, Rung, Watch};
use crate::domain::rules::Escalatee;
use crate::ids::{IncidentId, UserId};

/// One promise about time and its fate.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub promise: Promise,
    pub due: Time,
    pub fate: Fate,
}

/// What was promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// The nag with this number.
    Nag(u32),
    /// That nobody acknowledging is noticed.
    Acknowledgement,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// Still to come.
    Waiting,
    /// It went out.
    Sent {
        at: Time,
        late_by_s: i64,
        /// When Slack took it; none while it is on its way.
        delivered_at: Option<Time>,
        /// Slack's error code, if it never took it.
        failed: Option<String>,
        answer: Option<(NagAnswered, Stamp)>,
        climbs: Vec<Climb>,
    },
    /// There was no need for it any more.
    Spared { how: Spared, stamp: Stamp },
}

/// Why a nag was not needed when it would have been due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spared {
    Update,
    NoChange,
    Snoozed { until: Time },
    SeverityChanged,
    Acknowledged,
    Finished,
}

/// Further persons told of an unanswered nag.
#[derive(Clone, Debug, PartialEq)]
pub struct Climb {
    pub at: Time,
    pub rung: Rung,
    pub to: Vec<Escalatee>,
    /// Those who were to be told, and why they were not.
    pub spared: Vec<(Escalatee, Moot)>,
    /// Everybody at the incident was to read it, and did not.
    unsaid: bool,
}

impl Climb {
    /// Somebody was spared a message, or with none everybody at the incident.
    fn spare(&mut self, user: Option<&UserId>, moot: Moot) {
        self.unsaid |= user.is_none();
        let spared = |who: &Escalatee| match (who, user) {
            (Escalatee::User(who), Some(user)) => who == user,
            // It can only be mentioned at home.
            (Escalatee::Group(_), None) => true,
            _ => false,
        };
        // Whoever was mentioned at home was told all the same.
        if self.rung == Rung::Owner || self.unsaid {
            let (spared, told) = self.to.drain(..).partition(spared);
            self.to = told;
            self.spared
                .extend(Vec::into_iter(spared).map(|who| (who, moot)));
        }
    }
}

/// The ledger of the incident that `timeline` tells of, oldest first, what is still to come last.
pub fn ledger(id: IncidentId, timeline: &[Entry]) -> Vec<Row> {
    let Some((first, rest)) = timeline.split_first() else {
        return vec![];
    };
    let Some(mut incident) = Incident::declared(id, first) else {
        return vec![];
    };
    let mut rows: Vec<Row> = vec![];
    for entry in rest {
        let before = incident.clone();
        incident = incident.after(entry);
        match &entry.event {
            Event::Nagged {
                number,
                due,
                late_by_s,
                ..
            } => {
                rows.push(sent(Promise::Nag(*number), *due, entry.at, *late_by_s));
            }
            Event::AcknowledgementMissed { due, late_by_s, .. } => {
                rows.push(sent(Promise::Acknowledgement, *due, entry.at, *late_by_s));
            }
            Event::Climbed {
                cause, rung, to, ..
            } => {
                let climb = Climb {
                    at: entry.at,
                    rung: *rung,
                    to: to.clone(),
                    spared: vec![],
                    unsaid: false,
                };
                if let Some(Fate::Sent { climbs, .. }) = fate_of(&mut rows, Promise::from(*cause)) {
                    climbs.push(climb);
                }
            }
            Event::NagDelivered { number, .. } => {
                if let Some(Fate::Sent { delivered_at, .. }) =
                    fate_of(&mut rows, Promise::Nag(*number))
                {
                    *delivered_at = Some(entry.at);
                }
            }
            Event::Undelivered {
                what: Undelivered::Nag { number },
                code,
                ..
            } => {
                if let Some(Fate::Sent { failed, .. }) = fate_of(&mut rows, Promise::Nag(*number)) {
                    *failed = Some(code.clone());
                }
            }
            Event::Undelivered {
                what: what @ (Undelivered::DirectMessage { .. } | Undelivered::Message { .. }),
                code,
                unsaid: Some(unsaid),
                ..
            } => {
                if let (Some(moot), Some(climb)) =
                    (Moot::of_code(code), climb_of(&mut rows, unsaid))
                {
                    let user = match what {
                        Undelivered::DirectMessage { to } => Some(to),
                        _ => None,
                    };
                    climb.spare(user, moot);
                }
            }
            event => {
                if let (Some(watch), Some(how)) = (before.watch(), spared_by(event)) {
                    spare(&mut rows, watch, incident.watch(), how, entry);
                }
            }
        }
        note_answer(&mut rows, &before, &incident);
    }
    if let Some(watch) = incident.watch() {
        if let Some(due) = watch.respond_by {
            rows.push(Row {
                promise: Promise::Acknowledgement,
                due,
                fate: Fate::Waiting,
            });
        }
        rows.push(Row {
            promise: Promise::Nag(watch.number),
            due: watch.due,
            fate: Fate::Waiting,
        });
    }
    rows
}

impl From<Cause> for Promise {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Nag(number) => Promise::Nag(number),
            Cause::Acknowledgement => Promise::Acknowledgement,
        }
    }
}

fn sent(promise: Promise, due: Time, at: Time, late_by_s: i64) -> Row {
    let fate = Fate::Sent {
        at,
        late_by_s,
        delivered_at: None,
        failed: None,
        answer: None,
        climbs: vec![],
    };
    Row { promise, due, fate }
}

fn fate_of(rows: &mut [Row], promise: Promise) -> Option<&mut Fate> {
    rows.iter_mut()
        .rfind(|row| row.promise == promise && matches!(row.fate, Fate::Sent { .. }))
        .map(|row| &mut row.fate)
}

/// The climb that this entry tells of.
fn climb_of<'a>(rows: &'a mut [Row], entry: &Entry) -> Option<&'a mut Climb> {
    let Event::Climbed { cause, rung, .. } = &entry.event else {
        return None;
    };
    let Some(Fate::Sent { climbs, .. }) = fate_of(rows, Promise::from(*cause)) else {
        return None;
    };
    climbs
        .iter_mut()
        .find(|climb| climb.at == entry.at && climb.rung == *rung)
}

fn spared_by(event: &Event) -> Option<Spared> {
    match event {
        Event::Acknowledged => Some(Spared::Acknowledged),
        Event::UpdatePosted { text: Some(_), .. } => Some(Spared::Update),
        Event::UpdatePosted { text: None, .. } => Some(Spared::NoChange),
        Event::Snoozed { until, .. } => Some(Spared::Snoozed { until: *until }),
        Event::SeverityChanged { .. } => Some(Spared::SeverityChanged),
        Event::Resolved { .. } | Event::Cancelled { .. } => Some(Spared::Finished),
        _ => None,
    }
}

/// Writes down which promises of `before` no longer stand in `after`.
fn spare(rows: &mut Vec<Row>, before: &Watch, after: Option<&Watch>, how: Spared, entry: &Entry) {
    let stamp = Stamp {
        by: entry.by.clone(),
        at: entry.at,
    };
    let mut push = |promise, due| {
        rows.push(Row {
            promise,
            due,
            fate: Fate::Spared {
                how,
                stamp: stamp.clone(),
            },
        });
    };
    if let Some(due) = before.respond_by
        && after.is_none_or(|after| after.respond_by != Some(due))
    {
        push(Promise::Acknowledgement, due);
    }
    if after.is_none_or(|after| after.due != before.due) {
        push(Promise::Nag(before.number), before.due);
    }
}

/// Copies the answer that the incident's last nag has just had.
fn note_answer(rows: &mut [Row], before: &Incident, after: &Incident) {
    let Some(old) = before.last_nag.as_ref().filter(|nag| nag.answer.is_none()) else {
        return;
    };
    let answered = match &after.last_nag {
        Some(nag) if nag.number == old.number => nag
            .answer
            .as_ref()
            .map(|given| (given.how, given.stamp.clone())),
        // A newer nag took its place.
        Some(newer) => Some((
            NagAnswered::Again,
            Stamp {
                by: crate::domain::incident::Actor::Balefire,
                at: newer.nagged_at,
            },
        )),
        None => None,
    };
    if let (Some(answered), Some(Fate::Sent { answer, .. })) =
        (answered, fate_of(rows, Promise::Nag(old.number)))
    {
        *answer = Some(answered);
    }
}
