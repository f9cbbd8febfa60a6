//! What is to happen in a history: who does what and when, and what goes wrong. Made from a seed, written down whole,
//! so that parts of it can be left out.

use std::fmt;
use std::ops::Range;

use balefire::app::steps::Step;
use balefire::standin::Fault;
use fastrand::Rng;

use crate::mutants::Mutant;

pub const PEOPLE: [&str; 3] = ["U0ALICE", "U0BOB", "U0CHEN"];

/// Everything that is decided before a history begins. What is left to chance while it runs comes from `seed`.
#[derive(Clone, Debug)]
pub struct History {
    pub seed: u64,
    pub replicas: u32,
    /// How long people act, in seconds of the world's clock.
    pub lasts_s: i64,
    pub acts: Vec<Act>,
    pub troubles: Vec<Trouble>,
    pub mutant: Option<Mutant>,
    /// On Postgres, where many write at once; else on SQLite.
    pub postgres: bool,
    /// Incidents have no channel of their own, and are worked on in the thread of their card.
    pub in_threads: bool,
    /// Each process runs on a machine of its own, whose clock is a little wrong.
    pub clocks_differ: bool,
    pub made: Made,
    /// Of the acts and troubles of what it was made from, these are left, by their places. None: all of them.
    pub kept: Option<[Vec<usize>; 2]>,
}

/// By how much at most: when a clock is further off Slack's, the doctor complains.
pub const CLOCK_WRONG_MAX_MS: i64 = 5_000;

/// Where a history comes from.
#[derive(Clone, Copy, Debug)]
pub enum Made {
    FromSeed,
    /// By hand; what goes wrong in it is added.
    Evening,
    Long {
        hours: i64,
    },
}

/// Somebody does something.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    /// Seconds after the beginning.
    pub at_s: i64,
    pub who: &'static str,
    pub deed: Deed,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// Types a command; `{}` stands for the incident's identifier.
    Type {
        incident: usize,
        words: String,
        /// In the incident's own channel, if it can be seen.
        at_home: bool,
    },
    Declare {
        words: String,
    },
    /// Goes through all that have this title, the next day: what was declared twice has nobody.
    ResolveAll {
        incident: usize,
    },
    /// Presses a button that opens a form, and fills it in.
    Fill {
        incident: usize,
        label: &'static str,
        field: &'static str,
        words: String,
    },
    /// Says it to the bot where the incident is worked on.
    Mention {
        incident: usize,
        words: String,
    },
    /// Presses the newest button (or the oldest: somebody who scrolled up) with this label that belongs to the
    /// incident.
    Press {
        incident: usize,
        label: &'static str,
        oldest: bool,
        twice: bool,
    },
    DeleteCard {
        incident: usize,
    },
    ArchiveHome {
        incident: usize,
    },
    RemoveBot {
        incident: usize,
    },
    /// Says in #incidents that something is broken.
    Report {
        number: usize,
    },
    /// Presses a button of the offer to declare that.
    Deal {
        number: usize,
        label: &'static str,
        twice: bool,
    },
    /// Says something where the incident is worked on, and pins it to the timeline.
    Pin {
        incident: usize,
        number: usize,
    },
}

/// The buttons of an offer to declare a report.
pub const DECLARE: &str = "Declare incident";
pub const DISMISS: &str = "Not an incident";

/// A word that nobody else says.
pub fn reported(number: usize) -> String {
    format!("r{number}x")
}

/// Something goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// The nth call that reaches Slack goes wrong.
    Call { nth: u32, fault: CallFault },
    /// The nth answer to a person is lost.
    AnswerLost { nth: u32 },
    /// The nth delivery to the bot never arrives.
    DeliveryLost { nth: u32 },
    /// The nth delivery to the bot arrives twice.
    DeliveredTwice { nth: u32 },
    /// The process that comes by this step for the nth time dies there, and is started again after a while.
    Crash { step: Step, nth: u32, back_s: i64 },
    /// It stands still there for so long, and others go on.
    StandsStill { step: Step, nth: u32, lasts_s: i64 },
    /// The database fails there.
    Database { step: Step, nth: u32 },
    /// It has kept what was committed before this step, and its answer is lost.
    Doubt { step: Step, nth: u32 },
    /// Slack answers nothing but this for a while.
    Outage {
        at_s: i64,
        lasts_s: i64,
        fault: CallFault,
    },
    /// Nobody is there to notice that time passes.
    Sleep { at_s: i64, lasts_s: i64 },
    /// The bot's clock goes wrong by so much.
    ClockSet { at_s: i64, by_s: i64 },
}

impl Trouble {
    /// A process dies, and comes back soon.
    pub fn crash(step: Step, nth: u32) -> Self {
        let back_s = 5;
        Self::Crash { step, nth, back_s }
    }

    fn crash_words(&self) -> Option<String> {
        match self {
            Self::Crash { step, nth, .. } => Some(format!("{step:?}.{nth}")),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum CallFault {
    /// By the stand-in itself.
    Slack(Fault),
    /// No answer within the call's timeout; applied so many seconds after it was sent, or never.
    Hang { applied_after_s: Option<i64> },
    /// The answer takes so long.
    Late { by_ms: i64 },
    /// What is read is as it was so many seconds ago.
    Stale { by_s: i64 },
    /// The machine sleeps amid the call, and when it wakes up the connection is gone. Slack took it before, or takes it
    /// then.
    Sleeps { lasts_s: i64, taken_late: bool },
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.in_threads {
            "threads"
        } else {
            "channels"
        };
        let (seed, replicas) = (self.seed, self.replicas);
        write!(f, "seed {seed} · {replicas} replica(s) · in {place}")?;
        if self.clocks_differ {
            write!(f, " · clocks differ")?;
        }
        writeln!(f)?;
        for act in &self.acts {
            writeln!(f, "  {:>6} s {} {:?}", act.at_s, act.who, act.deed)?;
        }
        for trouble in &self.troubles {
            writeln!(f, "  {trouble:?}")?;
        }
        Ok(())
    }
}

/// `0,3,4`.
fn places(places: &[usize]) -> String {
    let places: Vec<String> = places.iter().map(usize::to_string).collect();
    places.join(",")
}

impl History {
    /// An evening without trouble, in which all that the bot does is done once.
    pub fn evening() -> Self {
        let typed = |at_s, who, words: &str| Act {
            at_s,
            who,
            deed: Deed::Type {
                incident: 0,
                words: words.into(),
                at_home: at_s % 2 == 0,
            },
        };
        let pressed = |at_s, who, label| Act {
            at_s,
            who,
            deed: Deed::Press {
                incident: 0,
                label,
                oldest: false,
                twice: false,
            },
        };
        let declare = Act {
            at_s: 0,
            who: PEOPLE[0],
            deed: Deed::Declare {
                words: "P0 t0 checkout fails".into(),
            },
        };
        Self {
            seed: 0,
            replicas: 1,
            lasts_s: 1_500,
            acts: vec![
                declare,
                typed(100, PEOPLE[1], "ack {}"),
                typed(101, PEOPLE[1], "update {} w1x is what we know"),
                // A reminder, unanswered; then it climbs.
                typed(800, PEOPLE[2], "note {} w2x was noted"),
                pressed(850, PEOPLE[1], "No change"),
                typed(900, PEOPLE[1], "draft {} customers"),
                pressed(930, PEOPLE[1], "Approve"),
                pressed(960, PEOPLE[1], "Publish"),
                typed(1_001, PEOPLE[1], "severity {} P1 w3x less bad"),
                typed(1_100, PEOPLE[1], "resolve {} w4x it was"),
            ],
            troubles: vec![],
            mutant: None,
            postgres: false,
            in_threads: false,
            clocks_differ: false,
            made: Made::Evening,
            kept: None,
        }
    }

    /// Many hours at twenty incidents a day, with a trouble now and then.
    pub fn long(hours: i64) -> Self {
        const A_DAY: i64 = 20;
        const DAY_S: i64 = 86_400;
        let mut rng = Rng::with_seed(0);
        let mut acts = vec![];
        let mut troubles = vec![];
        for nth in 0..hours * A_DAY / 24 {
            let (number, at_s) = (usize::try_from(nth).unwrap_or(0), nth * DAY_S / A_DAY);
            let mut act = |after_s: i64, deed: Deed| {
                acts.push(Act {
                    at_s: at_s + after_s,
                    who: PEOPLE[number % 3],
                    deed,
                });
            };
            let typed = |words: String| Deed::Type {
                incident: number,
                words,
                at_home: true,
            };
            act(
                0,
                Deed::Declare {
                    words: format!("P0 t{number} checkout fails"),
                },
            );
            act(120, typed("ack {}".into()));
            act(
                rng.i64(500..900),
                typed(format!("update {{}} w{number:05}0x is known")),
            );
            act(
                rng.i64(1_000..1_500),
                typed(format!("resolve {{}} w{number:05}1x it was")),
            );
            // Somebody goes home, and looks once more, and the next day: an incident that is forgotten, or was declared
            // twice, would be asked about all year.
            act(
                rng.i64(3_000..4_000),
                typed(format!("resolve {{}} w{number:05}2x it was")),
            );
            act(
                DAY_S + rng.i64(3_000..4_000),
                Deed::ResolveAll { incident: number },
            );
            troubles.push(Trouble::Call {
                nth: u32::try_from(nth * 30 + rng.i64(0..30)).unwrap_or(0),
                fault: call_fault(&mut rng),
            });
            if nth % 3 == 0 {
                troubles.push(Trouble::Crash {
                    step: CRASHES[rng.usize(..CRASHES.len())],
                    nth: u32::try_from(nth * 20).unwrap_or(0),
                    back_s: rng.i64(1..60),
                });
            }
        }
        acts.sort_by_key(|act| act.at_s);
        Self {
            seed: 0,
            replicas: 1,
            lasts_s: hours * 3_600,
            acts,
            troubles,
            mutant: None,
            postgres: false,
            in_threads: false,
            clocks_differ: false,
            made: Made::Long { hours },
            kept: None,
        }
    }

    /// The same with no other acts and troubles than those at these places, and with so many processes.
    pub fn only(&self, [acts, troubles]: [Vec<usize>; 2], replicas: u32) -> Self {
        Self {
            replicas,
            acts: acts.iter().map(|at| self.acts[*at].clone()).collect(),
            troubles: troubles
                .iter()
                .map(|at| self.troubles[*at].clone())
                .collect(),
            kept: Some([acts, troubles]),
            ..self.clone()
        }
    }

    /// The line that plays it again.
    pub fn again(&self) -> String {
        let server = match self.postgres {
            true => "BALEFIRE_TEST_POSTGRES_URL=… SIM_POSTGRES=1 ",
            false => "",
        };
        let kept = self
            .kept
            .as_ref()
            .map_or_else(String::new, |[acts, troubles]| {
                let troubles = match self.made {
                    // Those that are left are named.
                    Made::Evening => String::new(),
                    _ => format!("SIM_TROUBLES={} ", places(troubles)),
                };
                let replicas = self.replicas;
                format!(
                    "SIM_ACTS={} {troubles}SIM_REPLICAS={replicas} ",
                    places(acts)
                )
            });
        let replay = format!("{kept}cargo test --test simulation replay -- --nocapture");
        match self.made {
            Made::FromSeed => format!("{server}SEED={} {replay}", self.seed),
            Made::Evening => {
                let crashes = self.troubles.iter().filter_map(Trouble::crash_words);
                let crashes: Vec<String> = crashes.collect();
                format!("{server}SIM_CRASHES={} {replay}", crashes.join(","))
            }
            Made::Long { hours } => {
                format!("SIM_HOURS={hours} cargo test --test simulation hours_at_twenty")
            }
        }
    }

    /// The evening with the crashes that such a line names: `OutboxSent.0,DoorSaved.3` are the first time at one step and
    /// the fourth at another.
    pub fn evening_with(crashes: &str) -> Self {
        let crash = |words: &str| {
            let (name, nth) = words.split_once('.')?;
            let step = Step::ALL
                .into_iter()
                .find(|step| format!("{step:?}") == name)?;
            Some(Trouble::crash(step, nth.parse().ok()?))
        };
        let crashes = crashes.split(',').filter(|words| !words.is_empty());
        Self::evening().with(crashes.map(|words| {
            crash(words).unwrap_or_else(|| panic!("{words} is no crash such as OutboxSent.0"))
        }))
    }

    /// By how much the clock of a process is wrong.
    pub fn wrong_ms(&self, process: u32) -> i64 {
        let seed = self.seed ^ u64::from(process) << 32 ^ 0x9fb2_1c65_1e98_df25;
        match self.clocks_differ {
            true => Rng::with_seed(seed).i64(-CLOCK_WRONG_MAX_MS..=CLOCK_WRONG_MAX_MS),
            false => 0,
        }
    }

    /// Whether it lasts so long that memory is a matter.
    pub fn is_long(&self) -> bool {
        self.lasts_s > 86_400
    }

    /// The same, by several processes on Postgres.
    pub fn on_postgres(mut self) -> Self {
        self.postgres = true;
        self.replicas = self.replicas.max(2);
        self
    }

    /// The same, with more trouble.
    pub fn with(mut self, troubles: impl IntoIterator<Item = Trouble>) -> Self {
        self.troubles.extend(troubles);
        self
    }

    /// The history of a seed.
    pub fn random(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let size = Size::random(&mut rng);
        let incidents =
            1 + usize::from(rng.u8(..) < size.second) + usize::from(rng.u8(..) < size.second / 3);
        let lasts_s = rng.i64(size.lasts_s.clone());
        let mut acts = vec![];
        for number in 0..incidents {
            let words = format!(
                "{} t{number} {}",
                ["P0", "P0", "P1", "P2"][rng.usize(..4)],
                ["checkout fails", "payments hang", "login is slow"][rng.usize(..3)]
            );
            acts.push(Act {
                at_s: rng.i64(0..60) + i64::try_from(number).unwrap_or(0) * rng.i64(0..300),
                who: somebody(&mut rng),
                deed: Deed::Declare { words },
            });
        }
        let deeds = rng.usize(size.deeds.clone());
        for number in 0..deeds {
            let at_s = rng.i64(30..lasts_s);
            let incident = rng.usize(..incidents);
            let deed = deed(&mut rng, incident, number);
            // Nothing is published in one step.
            if matches!(&deed, Deed::Type { words, .. } if words.starts_with("draft")) && rng.bool()
            {
                for (label, after_s) in [("Approve", 30..60), ("Publish", 60..120)] {
                    acts.push(Act {
                        at_s: at_s + rng.i64(after_s),
                        who: somebody(&mut rng),
                        deed: Deed::Press {
                            incident,
                            label,
                            oldest: false,
                            twice: rng.u8(..) < 60,
                        },
                    });
                }
            }
            // Two at once is what goes wrong in life.
            if rng.u8(..) < 40 {
                acts.push(Act {
                    at_s,
                    who: somebody(&mut rng),
                    deed: deed_like(&mut rng, &deed, number),
                });
            }
            acts.push(Act {
                at_s,
                who: somebody(&mut rng),
                deed,
            });
        }
        acts.extend(heard(seed, lasts_s, incidents));
        acts.sort_by_key(|act| act.at_s);
        Self {
            seed,
            replicas: [1, 1, 1, 2, 2, 3][rng.usize(..6)],
            lasts_s,
            acts,
            troubles: troubles(&mut rng, &size, lasts_s),
            mutant: None,
            postgres: false,
            in_threads: rng.bool(),
            clocks_differ: Rng::with_seed(seed ^ 0x2545_f491_4f6c_dd1d).u8(..) < 64,
            made: Made::FromSeed,
            kept: None,
        }
    }
}

/// How much happens in a history. Most are short: what goes wrong in a long one goes wrong in a short one as a rule, if
/// there is as much trouble in it for what happens, and several short ones are played in the time of a long one.
struct Size {
    /// How often there is a second incident, of 256 times; a third one is a third as often.
    second: u8,
    lasts_s: Range<i64>,
    deeds: Range<usize>,
    /// Among so many calls, deliveries or steps of the process trouble is strewn, and so much of it at most.
    calls: u32,
    deliveries: u32,
    steps: u32,
    troubles_max: usize,
}

impl Size {
    fn random(rng: &mut Rng) -> Self {
        match rng.u8(..) {
            0..200 => Self {
                second: 12,
                lasts_s: 140..500,
                deeds: 1..3,
                calls: 16,
                deliveries: 5,
                steps: 9,
                troubles_max: 3,
            },
            200..244 => Self {
                second: 45,
                lasts_s: 300..1_000,
                deeds: 2..6,
                calls: 30,
                deliveries: 9,
                steps: 12,
                troubles_max: 4,
            },
            244.. => Self {
                second: 90,
                lasts_s: 400..2_400,
                deeds: 2..9,
                calls: 45,
                deliveries: 14,
                steps: 16,
                troubles_max: 5,
            },
        }
    }
}

/// What is not said to the bot, and heard: in one history of five.
fn heard(seed: u64, lasts_s: i64, incidents: usize) -> Vec<Act> {
    let mut rng = Rng::with_seed(seed ^ 0x51ed_270b_0f1a_5e2d);
    let mut acts = vec![];
    if rng.u8(..) >= 51 {
        return acts;
    }
    for number in 0..rng.usize(1..3) {
        let said_at_s = rng.i64(30..lasts_s - 100);
        let mut deeds = vec![(0, Deed::Report { number })];
        // Two at once, and somebody who comes late.
        for after_s in [5, 5, 60] {
            let label = if rng.u8(..) < 64 { DISMISS } else { DECLARE };
            let deal = Deed::Deal {
                number,
                label,
                twice: rng.u8(..) < 80,
            };
            deeds.push((after_s, deal));
        }
        let incident = number % incidents;
        deeds.push((20, Deed::Pin { incident, number }));
        acts.extend(deeds.into_iter().map(|(after_s, deed)| Act {
            at_s: said_at_s + after_s,
            who: somebody(&mut rng),
            deed,
        }));
    }
    acts
}

fn somebody(rng: &mut Rng) -> &'static str {
    PEOPLE[rng.usize(..PEOPLE.len())]
}

fn deed(rng: &mut Rng, incident: usize, number: usize) -> Deed {
    let token = format!("w{number}x");
    let words = match rng.u8(..100) {
        0..8 => "ack {}".to_owned(),
        8..14 => "take {}".to_owned(),
        14..26 => format!("update {{}} {token} is what we know"),
        26..30 => {
            let (label, field) = match rng.bool() {
                true if number.is_multiple_of(2) => ("Resolve", "What was it, and what mended it?"),
                _ => ("Post update", "Where does it stand?"),
            };
            return Deed::Fill {
                incident,
                label,
                field,
                words: format!("{token} was written"),
            };
        }
        30..35 => format!("update {{}} {token} is promised next {}m", rng.u8(1..20)),
        35..43 => format!(
            "status {{}} {} {token} it is",
            ["investigating", "identified", "monitoring"][rng.usize(..3)]
        ),
        43..48 => format!(
            "severity {{}} {} {token} why",
            ["P0", "P1", "P2"][rng.usize(..3)]
        ),
        48..53 => format!("snooze {{}} {}m", rng.u8(5..30)),
        53..60 => format!("note {{}} {token} was noted"),
        60..63 => {
            return Deed::Mention {
                incident,
                words: format!("note {{}} {token} was noted"),
            };
        }
        63..66 => format!("impact {{}} {token} is the impact"),
        66..71 => format!("resolve {{}} {token} it was"),
        71..74 => format!("reopen {{}} {token} is back"),
        74..76 => format!("cancel {{}} {token} a drill"),
        76..80 => ["draft {} customers", "draft {} stakeholders"][rng.usize(..2)].to_owned(),
        80..94 => {
            let label = [
                "Acknowledge",
                "No change",
                "No change",
                "Approve",
                "Publish",
                "Discard",
                "Approve",
                "Publish",
            ][rng.usize(..8)];
            return Deed::Press {
                incident,
                label,
                oldest: rng.u8(..) < 80,
                twice: rng.u8(..) < 60,
            };
        }
        94..96 => return Deed::ArchiveHome { incident },
        96..98 => return Deed::RemoveBot { incident },
        _ => return Deed::DeleteCard { incident },
    };
    Deed::Type {
        incident,
        words,
        at_home: rng.bool(),
    }
}

/// What a second person does at the same moment: the same, or something else.
fn deed_like(rng: &mut Rng, first: &Deed, number: usize) -> Deed {
    match first {
        Deed::Press { .. } => first.clone(),
        Deed::Type { incident, .. }
        | Deed::Mention { incident, .. }
        | Deed::Fill { incident, .. } => deed(rng, *incident, number + 100),
        other => other.clone(),
    }
}

fn troubles(rng: &mut Rng, size: &Size, lasts_s: i64) -> Vec<Trouble> {
    let mut troubles = vec![];
    // A third of the histories has no trouble at Slack: there the bounds are tight.
    if rng.u8(..) < 170 {
        for _ in 0..rng.usize(1..=size.troubles_max) {
            troubles.push(Trouble::Call {
                nth: rng.u32(0..size.calls),
                fault: call_fault(rng),
            });
        }
    }
    if rng.u8(..) < 90 {
        for _ in 0..rng.usize(1..3) {
            let nth = rng.u32(0..size.deliveries);
            troubles.push(match rng.u8(..3) {
                0 => Trouble::AnswerLost { nth },
                1 => Trouble::DeliveryLost { nth },
                _ => Trouble::DeliveredTwice { nth },
            });
        }
    }
    if rng.u8(..) < 170 {
        for _ in 0..rng.usize(1..=size.troubles_max) {
            troubles.push(Trouble::Crash {
                step: CRASHES[rng.usize(..CRASHES.len())],
                nth: rng.u32(0..size.steps),
                back_s: [1, 3, 10, 45, 200, 800][rng.usize(..6)],
            });
        }
    }
    if rng.u8(..) < 60 {
        for _ in 0..rng.usize(1..size.troubles_max) {
            troubles.push(Trouble::Database {
                step: FAILURES[rng.usize(..FAILURES.len())],
                nth: rng.u32(0..size.steps),
            });
        }
    }
    if rng.u8(..) < 50 {
        troubles.push(Trouble::Outage {
            at_s: rng.i64(0..lasts_s),
            lasts_s: [20, 120, 400, 900][rng.usize(..4)],
            fault: outage(rng),
        });
    }
    if rng.u8(..) < 30 {
        troubles.push(Trouble::Sleep {
            at_s: rng.i64(0..lasts_s),
            lasts_s: [60, 700, 5_000][rng.usize(..3)],
        });
    }
    if rng.u8(..) < 30 {
        troubles.push(Trouble::ClockSet {
            at_s: rng.i64(0..lasts_s),
            by_s: [-40, -120, -240][rng.usize(..3)],
        });
    }
    if rng.u8(..) < 45 {
        for _ in 0..rng.usize(1..3) {
            troubles.push(Trouble::Doubt {
                step: COMMITTED[rng.usize(..COMMITTED.len())],
                nth: rng.u32(0..size.steps),
            });
        }
    }
    troubles
}

/// Where a process can die: everywhere.
const CRASHES: [Step; 10] = [
    Step::DoorReached,
    Step::DoorOpened,
    Step::DoorSaved,
    Step::DoorCommitted,
    Step::OutboxClaimed,
    Step::OutboxStarted,
    Step::OutboxSending,
    Step::OutboxSent,
    Step::OutboxRecorded,
    Step::OutboxCommitted,
];

/// Where the database can fail: when a transaction begins, and before it is committed.
const FAILURES: [Step; 3] = [Step::DoorReached, Step::DoorSaved, Step::OutboxRecorded];

/// What comes after a commit.
const COMMITTED: [Step; 3] = [
    Step::DoorCommitted,
    Step::OutboxClaimed,
    Step::OutboxCommitted,
];

fn call_fault(rng: &mut Rng) -> CallFault {
    match rng.u8(..16) {
        0 => CallFault::Slack(Fault::RateLimited {
            after_s: rng.u64(1..60),
        }),
        1 => CallFault::Slack(Fault::HttpError(500)),
        2 | 3 => CallFault::Slack(Fault::AcceptThenDrop),
        4 => CallFault::Slack(Fault::AcceptThen500),
        5 => CallFault::Slack(Fault::DropThenApply {
            after_s: rng.u64(0..=20),
        }),
        6 => CallFault::Slack(Fault::Drop),
        7 | 8 => CallFault::Hang {
            applied_after_s: [None, Some(0), Some(5), Some(9)][rng.usize(..4)],
        },
        9 => CallFault::Hang {
            applied_after_s: Some(rng.i64(9..=20)),
        },
        10 => CallFault::Late {
            by_ms: rng.i64(200..9_500),
        },
        11 => CallFault::Stale {
            by_s: rng.i64(1..=9),
        },
        15 => CallFault::Sleeps {
            lasts_s: [60, 500, 3_000][rng.usize(..3)],
            taken_late: rng.bool(),
        },
        12 => CallFault::Slack(Fault::Code(
            [
                "internal_error",
                "fatal_error",
                "service_unavailable",
                "request_timeout",
            ][rng.usize(..4)]
            .into(),
        )),
        _ => CallFault::Slack(Fault::Code(
            [
                "channel_not_found",
                "missing_scope",
                "is_archived",
                "not_in_channel",
            ][rng.usize(..4)]
            .into(),
        )),
    }
}

fn outage(rng: &mut Rng) -> CallFault {
    match rng.u8(..5) {
        0 => CallFault::Slack(Fault::HttpError(503)),
        1 => CallFault::Slack(Fault::AcceptThenDrop),
        2 => CallFault::Slack(Fault::Drop),
        3 => CallFault::Slack(Fault::RateLimited { after_s: 30 }),
        _ => CallFault::Hang {
            applied_after_s: None,
        },
    }
}
