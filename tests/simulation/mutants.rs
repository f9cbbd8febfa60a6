//! Bugs put in on purpose, to see that the oracle can fail. None of them needs anything in the bot: the database does
//! not keep what it was given (triggers), the network changes an answer, the pump's loop leaves something out.
//!
//! - What became of a message: `NoLook`, `UnknownIsFailed`, `UnknownIsSent`, `NeverGivesUp`, `LooksTooEarly`,
//!   `LooksWhereItWokeUp`, `LooksWhereItFellAsleep`.
//! - Who sends: `LeaseTooShort`, `ClaimNotHeld`, `LaneOrderIgnored`, `PacingIgnored`.
//! - What is to be sent: `RowForgotten`, `RefreshForgotten`, `RefreshNotReplaced`, `ClimbsTwice`, `CallForgotten`,
//!   `NagForgotten`, `DeadlineAlarmForgotten`, `DraftForgotten`, `PublicationForgotten`, `MentionForgotten`, `NagsTwice`,
//!   `NagAfterTheEnd`, `OtherWordsPublished`, `SecondCard`, `OfferedTwice`, `ReportStaysOpen`.
//! - What was asked for: `InboxForgets`, `TypedForgets`, `AnswersBeforeCommit`.
//! - When: `NagNotRearmed`, `WakesInMemory`.
//!
//! Not among them: a save that does not look at the revision. It cannot show itself in a history. On SQLite the one
//! writer reads an incident within the transaction that saves it, and nobody else can write in between; on Postgres
//! reading it takes its lock (`FOR UPDATE`). The revision is the second of two locks, so to see it hold, the first has
//! to be left out: `tests/store_conformance` saves on what was read in another transaction, on both engines, and has
//! fifty writers at once.

use axum::response::Response;
use balefire::app::steps::Step;
use serde_json::{Value, json};

use crate::history::{Act, Deed, History, Trouble};
use crate::stage::{BEGIN_MS, cut, rewritten};

/// The same once more, in a row of its own.
macro_rules! twice {
    (event $event:literal) => {
        twice!(row concat!("NEW.kind = 'tell' AND NEW.body LIKE '%\"type\":\"", $event, "\"%'"))
    };
    (row $row:expr) => {
        concat!(
            "AFTER INSERT ON outbox WHEN ",
            $row,
            " BEGIN
                INSERT INTO outbox (id, team, lane, seq, rank, slot, incident_year, incident_number, kind, body,
                    state, attempts, not_before, created_at)
                VALUES ('00000000-0000-7000-8000-' || substr(NEW.id, 25), NEW.team, NEW.lane, NEW.seq + 1000, 0, NULL,
                    NEW.incident_year, NEW.incident_number, NEW.kind, NEW.body, 'pending', 0, NEW.not_before,
                    NEW.created_at);
             END"
        )
    };
}

/// Such a row is never enqueued.
macro_rules! forgotten {
    ($row:literal) => {
        concat!(
            "AFTER INSERT ON outbox WHEN ",
            $row,
            " BEGIN DELETE FROM outbox WHERE id = NEW.id; END"
        )
    };
}

/// How a history that panicked is told. Whatever the bug, the oracle has found nothing then.
pub const PANICKED: &str = "it panicked";

/// A replica stands still between its claim of the second message and the call: longer than a look has to wait.
const STANDS_STILL: Trouble = Trouble::StandsStill {
    step: Step::OutboxSending,
    nth: 1,
    lasts_s: 35,
};

/// How long before an end a reminder is held back, and how long after it that arrives.
const END_IS_NEAR_MS: i64 = 120_000;
const AFTER_THE_END_MS: i64 = 60_000;

/// Whether somebody ends an incident.
fn ends(act: &Act) -> bool {
    match &act.deed {
        Deed::Type { words, .. } => words.starts_with("resolve") || words.starts_with("cancel"),
        Deed::Fill { label, .. } => *label == "Resolve",
        _ => false,
    }
}

/// A deliberate bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// A message whose fate is unknown is sent again without a look: its mark is not found.
    NoLook,
    /// A broken connection counts as “Slack does not have it”.
    UnknownIsFailed,
    /// A broken connection counts as “Slack has it”.
    UnknownIsSent,
    /// What no repeat mends is repeated.
    NeverGivesUp,
    /// The look comes before a late application is out of the question.
    LooksTooEarly,
    /// After a machine has slept amid a call, the message is looked for among those since it woke up.
    LooksWhereItWokeUp,
    /// And then only among those until it fell asleep.
    LooksWhereItFellAsleep,
    /// A claim ends before the call that it covers, and whoever makes it does not notice: its clock stood still with it.
    LeaseTooShort,
    /// A claim keeps nobody out, as one without `SKIP LOCKED` and without its condition would on Postgres.
    ClaimNotHeld,
    /// The newest row of a lane is sent first.
    LaneOrderIgnored,
    /// One row in five is not enqueued.
    RowForgotten,
    /// A change does not refresh the card.
    RefreshForgotten,
    /// A newer refresh does not take the place of the one that waits.
    RefreshNotReplaced,
    /// Whoever is next in line is called twice.
    ClimbsTwice,
    /// Nobody hears that they were called.
    CallForgotten,
    /// A reminder is on the timeline, and nobody is asked.
    NagForgotten,
    /// That nobody acknowledged is on the timeline, and nobody hears of it.
    DeadlineAlarmForgotten,
    /// A draft that was written is shown to nobody.
    DraftForgotten,
    /// What was published goes nowhere.
    PublicationForgotten,
    /// Whoever mentions the bot gets no answer.
    MentionForgotten,
    /// Each reminder is enqueued twice.
    NagsTwice,
    /// The pace of one message a second is not kept.
    PacingIgnored,
    /// A delivery that comes again is done again.
    InboxForgets,
    /// A command that is typed again because its answer was lost is done again.
    TypedForgets,
    /// The answer goes out before what it says is on the disk.
    AnswersBeforeCommit,
    /// After a reminder the next one is not armed.
    NagNotRearmed,
    /// Wake-ups live in memory, and die with the process.
    WakesInMemory,
    /// A reminder is held in memory on its way, and arrives after the end.
    NagAfterTheEnd,
    /// What is published are not the words that were approved.
    OtherWordsPublished,
    /// A card that could not be refreshed is posted again beside the old one.
    SecondCard,
    /// Whoever says that something is broken is asked twice.
    OfferedTwice,
    /// A report that was declared can be declared once more.
    ReportStaysOpen,
}

impl Mutant {
    pub const ALL: [Self; 32] = [
        Self::NoLook,
        Self::UnknownIsFailed,
        Self::UnknownIsSent,
        Self::NeverGivesUp,
        Self::LooksTooEarly,
        Self::LooksWhereItWokeUp,
        Self::LooksWhereItFellAsleep,
        Self::LeaseTooShort,
        Self::ClaimNotHeld,
        Self::LaneOrderIgnored,
        Self::RowForgotten,
        Self::RefreshForgotten,
        Self::RefreshNotReplaced,
        Self::ClimbsTwice,
        Self::CallForgotten,
        Self::NagForgotten,
        Self::DeadlineAlarmForgotten,
        Self::DraftForgotten,
        Self::PublicationForgotten,
        Self::MentionForgotten,
        Self::NagsTwice,
        Self::PacingIgnored,
        Self::InboxForgets,
        Self::TypedForgets,
        Self::AnswersBeforeCommit,
        Self::NagNotRearmed,
        Self::WakesInMemory,
        Self::NagAfterTheEnd,
        Self::OtherWordsPublished,
        Self::SecondCard,
        Self::OfferedTwice,
        Self::ReportStaysOpen,
    ];

    /// A history in which it shows itself. Should the histories change, another is looked for.
    pub fn seen_at(self) -> u64 {
        match self {
            Self::RefreshForgotten | Self::SecondCard => 0,
            Self::LeaseTooShort
            | Self::NagsTwice
            | Self::NagForgotten
            | Self::DraftForgotten
            | Self::OfferedTwice => 1,
            Self::NoLook
            | Self::UnknownIsFailed
            | Self::ClaimNotHeld
            | Self::ClimbsTwice
            | Self::CallForgotten => 3,
            Self::RowForgotten => 4,
            Self::DeadlineAlarmForgotten => 6,
            Self::MentionForgotten => 10,
            Self::LaneOrderIgnored => 11,
            Self::AnswersBeforeCommit => 12,
            Self::LooksTooEarly => 13,
            Self::NagNotRearmed => 24,
            Self::PacingIgnored => 94,
            Self::LooksWhereItFellAsleep => 29,
            Self::ReportStaysOpen => 37,
            Self::TypedForgets => 72,
            Self::UnknownIsSent => 73,
            Self::RefreshNotReplaced => 133,
            Self::WakesInMemory => 149,
            Self::NagAfterTheEnd => 172,
            Self::LooksWhereItWokeUp => 200,
            Self::InboxForgets => 212,
            Self::OtherWordsPublished | Self::PublicationForgotten => 271,
            Self::NeverGivesUp => 410,
        }
    }

    /// By which of the oracle's complaints it is caught: what is wrong with it, in the oracle's words, with an ellipsis
    /// where they differ. That something else went wrong beside it, or that the history never ended, would be found
    /// without the check that is there for it.
    fn shows(self) -> &'static [&'static str] {
        match self {
            Self::NoLook
            | Self::UnknownIsFailed
            | Self::LooksTooEarly
            | Self::LooksWhereItWokeUp
            | Self::LooksWhereItFellAsleep
            | Self::LeaseTooShort
            | Self::ClaimNotHeld => &["outbox row … was sent … times"],
            Self::UnknownIsSent => &[
                "never told, and nothing was given up",
                "is said to be sent, and nobody saw it",
            ],
            Self::NeverGivesUp => &[
                "never told, and nothing was given up",
                "never reached Slack",
            ],
            Self::LaneOrderIgnored => &["was said before …, which was answered first"],
            Self::RowForgotten => &["never told, and nothing was given up"],
            Self::RefreshForgotten => &["its card does not show how it stands"],
            Self::RefreshNotReplaced => &["was refreshed twice with the same"],
            Self::ClimbsTwice => &["said 2 times in "],
            Self::CallForgotten => &["was called … times, and saw … alarms"],
            Self::NagForgotten => &["reminder … never reached Slack"],
            Self::DeadlineAlarmForgotten => &["nobody acknowledged in time … times, and … say so"],
            Self::DraftForgotten => &["draft … was shown to nobody"],
            Self::PublicationForgotten => &["were published, and … are there"],
            Self::MentionForgotten => &["mentions were heard, and … were answered"],
            Self::NagsTwice => &["reminder … was sent 2 times"],
            Self::PacingIgnored => &["messages came too soon"],
            Self::InboxForgets | Self::TypedForgets => {
                &["was told of … times (and … unknown), and it was done … times"]
            }
            Self::AnswersBeforeCommit => &[
                "was told that this is done, and it was done 0 times",
                "has a card and no timeline",
            ],
            Self::NagNotRearmed | Self::WakesInMemory => &["a reminder due … never came"],
            Self::NagAfterTheEnd => &["over since …, and at … somebody is asked: ⏰"],
            Self::OtherWordsPublished => &["nobody approved what … reads"],
            Self::SecondCard => &["has … cards"],
            Self::OfferedTwice => &["was offered 2 times"],
            Self::ReportStaysOpen => &["x is ["],
        }
    }

    /// The complaint by which it is caught, if it is among these.
    pub fn caught(self, wrong: &[String]) -> Option<&String> {
        let like = |wrong: &str, shown: &str| {
            let mut rest = Some(wrong);
            for part in shown.split('…') {
                rest = rest
                    .and_then(|rest| rest.split_once(part))
                    .map(|(_, rest)| rest);
            }
            rest.is_some()
        };
        let mut wrong = wrong.iter().filter(|wrong| !wrong.starts_with(PANICKED));
        wrong.find(|wrong| self.shows().iter().any(|shown| like(wrong, shown)))
    }

    /// What has to happen for it to show itself, and does no harm otherwise.
    pub fn needs(self) -> Option<Trouble> {
        // Nothing else in a history lets so much of a lease go by between claim and call.
        (self == Self::LeaseTooShort).then_some(STANDS_STILL)
    }

    /// What the database does on its own.
    pub fn trigger(self) -> Option<&'static str> {
        Some(match self {
            Self::LooksTooEarly => {
                "AFTER UPDATE ON outbox WHEN NEW.state = 'pending' AND NEW.sent_at IS NOT NULL BEGIN
                    UPDATE outbox SET sent_at = sent_at - 28000, sent_until = sent_until - 28000,
                        not_before = not_before - 28000
                     WHERE id = NEW.id;
                 END"
            }
            Self::LooksWhereItWokeUp => {
                "AFTER UPDATE ON outbox WHEN NEW.state = 'pending' AND NEW.sent_until IS NOT NULL BEGIN
                    UPDATE outbox SET sent_at = sent_until WHERE id = NEW.id;
                 END"
            }
            Self::LooksWhereItFellAsleep => {
                "AFTER UPDATE ON outbox WHEN NEW.state = 'pending' AND NEW.sent_until IS NOT NULL BEGIN
                    UPDATE outbox SET sent_until = sent_at WHERE id = NEW.id;
                 END"
            }
            // Only that of a first claim: whoever claims after a look must be able to end the row.
            Self::LeaseTooShort => {
                "AFTER UPDATE ON outbox WHEN OLD.sent_at IS NULL AND NEW.state = 'sending' BEGIN
                    UPDATE outbox SET lease_until = sent_at + 2000 WHERE id = NEW.id;
                 END"
            }
            Self::ClaimNotHeld => {
                "AFTER UPDATE ON outbox WHEN OLD.state = 'pending' AND NEW.state = 'sending' BEGIN
                    UPDATE outbox SET state = 'pending', lease_until = NULL, sent_at = NULL WHERE id = NEW.id;
                 END"
            }
            Self::LaneOrderIgnored => {
                "AFTER UPDATE ON lanes BEGIN
                    UPDATE lanes SET (head, next_at) =
                           (SELECT id, not_before FROM outbox WHERE lane = NEW.lane AND done_at IS NULL
                               AND rank = NEW.rank ORDER BY seq DESC LIMIT 1)
                     WHERE lane = NEW.lane
                       AND NOT EXISTS (SELECT 1 FROM outbox WHERE lane = NEW.lane AND state = 'sending');
                 END"
            }
            Self::RowForgotten => forgotten!("NEW.rank = 0 AND NEW.seq % 5 = 0"),
            Self::RefreshForgotten => forgotten!("NEW.kind = 'refresh_card'"),
            // The one that waits is as good as on its way.
            Self::RefreshNotReplaced => {
                "BEFORE INSERT ON outbox WHEN NEW.slot IS NOT NULL
                    AND NOT EXISTS (SELECT 1 FROM outbox WHERE lane = NEW.lane AND state = 'sending') BEGIN
                    UPDATE outbox SET state = 'sending', sent_at = created_at, lease_until = created_at
                     WHERE lane = NEW.lane AND slot = NEW.slot AND state = 'pending';
                 END"
            }
            Self::ClimbsTwice => twice!(event "climbed"),
            Self::CallForgotten => forgotten!(
                "NEW.kind = 'tell' AND NEW.body LIKE '%\"type\":\"climbed\"%' AND NEW.body LIKE '%\"person\"%'"
            ),
            Self::NagForgotten => {
                forgotten!("NEW.kind = 'tell' AND NEW.body LIKE '%\"type\":\"nagged\"%'")
            }
            Self::DeadlineAlarmForgotten => forgotten!(
                "NEW.kind = 'tell' AND NEW.body LIKE '%\"type\":\"acknowledgement_missed\"%'"
            ),
            Self::DraftForgotten => forgotten!("NEW.kind = 'post_draft'"),
            Self::PublicationForgotten => forgotten!("NEW.kind = 'publish'"),
            Self::MentionForgotten => {
                forgotten!("NEW.kind = 'post' AND NEW.body LIKE '%added to the timeline%'")
            }
            Self::NagsTwice => twice!(event "nagged"),
            Self::OfferedTwice => {
                twice!(row "NEW.kind = 'post'")
            }
            Self::ReportStaysOpen => {
                "AFTER UPDATE ON reports WHEN NEW.state = 'declared' BEGIN
                    UPDATE reports SET state = 'offered', settled_by = NULL, settled_at = NULL, incident_year = NULL,
                        incident_number = NULL WHERE ts = NEW.ts;
                 END"
            }
            Self::PacingIgnored => {
                "AFTER UPDATE ON pacing BEGIN UPDATE pacing SET free_at = 0 WHERE key = NEW.key; END"
            }
            Self::InboxForgets => {
                "AFTER INSERT ON inbox BEGIN DELETE FROM inbox WHERE key = NEW.key; END"
            }
            Self::TypedForgets => {
                "AFTER INSERT ON typed BEGIN DELETE FROM typed WHERE fingerprint = NEW.fingerprint; END"
            }
            Self::OtherWordsPublished => {
                "AFTER INSERT ON outbox WHEN NEW.kind = 'publish' BEGIN
                    UPDATE outbox SET body = replace(body, '\"text\":\"', '\"text\":\"Nobody has read this. ')
                     WHERE id = NEW.id;
                 END"
            }
            _ => return None,
        })
    }

    /// How long the network holds a call back, in milliseconds.
    pub fn holds_back(self, request: &Value, history: &History, now: i64) -> i64 {
        let asks = request["text"]
            .as_str()
            .is_some_and(|text| text.starts_with('⏰'));
        if self != Self::NagAfterTheEnd || !asks {
            return 0;
        }
        // Until the next end is over for long, if it is near.
        let ends = history.acts.iter().filter(|act| ends(act));
        let left = ends.map(|act| BEGIN_MS + act.at_s * 1_000 - now);
        let next = left
            .filter(|left| (0..=END_IS_NEAR_MS).contains(left))
            .min();
        next.map_or(0, |left| left + AFTER_THE_END_MS)
    }

    /// What becomes of Slack's answer on its way to the bot. `broken`: none would get through.
    pub async fn answer(self, method: &str, response: Response, broken: bool) -> Response {
        let posts = method == "chat.postMessage";
        match self {
            Self::NoLook
                if ["conversations.history", "conversations.replies"].contains(&method) =>
            {
                rewritten(response, |answer| {
                    for message in answer["messages"].as_array_mut().into_iter().flatten() {
                        message["metadata"] = Value::Null;
                    }
                })
                .await
            }
            Self::UnknownIsFailed if posts && broken => {
                said(json!({"ok": false, "error": "ratelimited"}), 429)
            }
            Self::UnknownIsSent if posts && broken => said(
                json!({"ok": true, "channel": "C0INCIDENTS", "ts": "1795168800.000001"}),
                200,
            ),
            Self::NeverGivesUp => {
                let (parts, body) = response.into_parts();
                let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
                    return cut();
                };
                let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
                match answer["error"].as_str() {
                    Some(
                        "channel_not_found" | "is_archived" | "not_in_channel" | "missing_scope",
                    ) => said(json!({}), 503),
                    _ => Response::from_parts(parts, body.into()),
                }
            }
            Self::SecondCard if method == "chat.update" => {
                rewritten(response, |answer| {
                    let card = answer["message"]["blocks"][0]["type"] == "header";
                    if card {
                        *answer = json!({"ok": false, "error": "message_not_found"});
                    }
                })
                .await
            }
            _ => response,
        }
    }
}

fn said(answer: Value, status: u16) -> Response {
    axum::http::Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .header("retry-after", "1")
        .body(answer.to_string().into())
        .expect("a status and three headers make an answer")
}
