//! Inputs that nobody would write on purpose: a seed that was cut, spliced, repeated and strewn with odd words.
//!
//! Seeds are files in `tests/fuzz/corpus`, one folder per target, each as it would arrive. Random bytes alone never get
//! past the first brace; a mutant mostly does.

use std::fmt;
use std::fs;
use std::ops::Bound;
use std::path::Path;

use bolero::Driver;
use bolero::generator::bolero_generator::ValueGenerator;

/// Long enough for everything that a field may hold, short enough for ten million of them.
const BYTES_MAX: usize = 16_384;
/// How many changes a mutant may have. None of them: the seed itself, now and then.
const CHANGES_MAX: usize = 6;

/// What upsets any reader of text: nothing, something invisible, the wrong direction, half of a character.
const ODD: &[&str] = &[
    "",
    " ",
    "\n",
    "\r\n",
    "\t",
    "\0",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{3000}",
    "\u{200B}",
    "\u{200D}",
    "\u{200E}",
    "\u{202E}",
    "\u{2066}",
    "\u{2068}",
    "\u{FEFF}",
    "\u{FFFD}",
    "\u{10FFFF}",
    "\u{301}",
    "\u{E0100}",
    "👩\u{200D}",
    "👩\u{200D}👩\u{200D}👧",
    "🇩🇪",
    "ﬁ",
    "İ",
    "ß",
    "ſ",
    "שלום",
    "é",
    "错误",
    "，",
    "Ａ",
    "\\",
    "\\u0000",
    "\\ud800",
    "%00",
    "%F0%9F",
    "-1",
    "0",
    "1e999",
    "9223372036854775807",
    "-9223372036854775808",
    "99999999999999999999",
    "0x10",
    "NaN",
    "null",
    "true",
    "{}",
    "[]",
];

/// Seeds, and the words of their language.
pub struct Mutants {
    seeds: Vec<Vec<u8>>,
    words: &'static [&'static str],
}

/// What comes of a seed. Its `Debug` is the text, so that a failure can be read.
pub struct Mutant(pub Vec<u8>);

impl fmt::Debug for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

impl Mutants {
    /// Of every seed in the corpus of `target`.
    pub fn of(target: &str, words: &'static [&'static str]) -> Self {
        Self {
            seeds: seeds(target).into_iter().map(|(_, seed)| seed).collect(),
            words,
        }
    }
}

/// The files in a target's corpus with their names, in order.
pub fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fuzz/corpus")
        .join(target);
    let mut seeds: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "{target} has no seeds");
    seeds
}

impl ValueGenerator for Mutants {
    type Output = Mutant;

    fn generate<D: Driver>(&self, driver: &mut D) -> Option<Mutant> {
        let mut bytes = pick(driver, &self.seeds)?.clone();
        for _ in 0..below(driver, CHANGES_MAX + 1)? {
            self.change(driver, &mut bytes)?;
        }
        bytes.truncate(BYTES_MAX);
        Some(Mutant(bytes))
    }
}

impl Mutants {
    fn change<D: Driver>(&self, driver: &mut D, bytes: &mut Vec<u8>) -> Option<()> {
        let at = place(driver, bytes)?;
        match below(driver, 24)? {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(..at)),
            2..=4 => drop(bytes.drain(stretch(driver, bytes, at)?)),
            5..=6 => {
                let piece = bytes[stretch(driver, bytes, at)?].to_vec();
                let times = 1 + below(driver, 4)?;
                insert(bytes, at, &piece.repeat(times));
            }
            7 => {
                let piece = bytes[stretch(driver, bytes, at)?].to_vec();
                let elsewhere = place(driver, bytes)?;
                insert(bytes, elsewhere, &piece);
            }
            8..=9 => {
                let other = pick(driver, &self.seeds)?;
                let from = place(driver, other)?;
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            10 => {
                let other = pick(driver, &self.seeds)?;
                let from = place(driver, other)?;
                let piece = &other[stretch(driver, other, from)?];
                insert(bytes, at, piece);
            }
            11..=15 => insert(bytes, at, pick(driver, self.words)?.as_bytes()),
            16..=18 => insert(bytes, at, pick(driver, ODD)?.as_bytes()),
            19 => {
                let range = stretch(driver, bytes, at)?;
                let word = pick(driver, self.words)?.as_bytes();
                drop(bytes.splice(range, word.iter().copied()));
            }
            20 => {
                if let Some(range) = number_after(bytes, at) {
                    let word = pick(driver, ODD)?.as_bytes();
                    drop(bytes.splice(range, word.iter().copied()));
                }
            }
            21 => {
                // Seldom, because each costs as much as a hundred others.
                let many = if below(driver, 64)? == 0 { 3_000 } else { 12 };
                let words = if driver.gen_bool(None)? {
                    self.words
                } else {
                    ODD
                };
                let word = pick(driver, words)?.repeat(many);
                insert(bytes, at, word.as_bytes());
            }
            _ => {
                if at < bytes.len() {
                    bytes[at] = u8::try_from(below(driver, 256)?).ok()?;
                }
            }
        }
        Some(())
    }
}

fn below<D: Driver>(driver: &mut D, end: usize) -> Option<usize> {
    driver.gen_usize(Bound::Included(&0), Bound::Excluded(&end))
}

fn pick<'a, D: Driver, T>(driver: &mut D, of: &'a [T]) -> Option<&'a T> {
    of.get(below(driver, of.len())?)
}

/// A place between two characters, if the bytes are text.
fn place<D: Driver>(driver: &mut D, bytes: &[u8]) -> Option<usize> {
    let mut at = below(driver, bytes.len() + 1)?;
    while bytes.get(at).is_some_and(|byte| byte & 0xC0 == 0x80) {
        at += 1;
    }
    Some(at)
}

/// Some bytes from `at` on, mostly few.
fn stretch<D: Driver>(driver: &mut D, bytes: &[u8], at: usize) -> Option<std::ops::Range<usize>> {
    let most = if driver.gen_bool(None)? { 8 } else { 200 };
    let mut end = (at + 1 + below(driver, most)?).min(bytes.len());
    while bytes.get(end).is_some_and(|byte| byte & 0xC0 == 0x80) {
        end += 1;
    }
    Some(at..end.max(at))
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    drop(bytes.splice(at..at, piece.iter().copied()));
}

/// The next run of digits.
fn number_after(bytes: &[u8], at: usize) -> Option<std::ops::Range<usize>> {
    let start = at + bytes[at..].iter().position(u8::is_ascii_digit)?;
    let rest = &bytes[start..];
    let length = rest.iter().position(|byte| !byte.is_ascii_digit());
    Some(start..start + length.unwrap_or(rest.len()))
}
