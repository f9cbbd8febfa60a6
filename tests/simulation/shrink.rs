//! Makes a failing history short: leaves out whatever is not needed for it to fail like that.

use std::collections::BTreeSet;

use crate::history::History;

/// Whether it (still) fails like that.
pub type Fails<'a> = dyn Fn(&History) -> bool + 'a;

/// What kinds of things went wrong: the first words of each complaint, without whatever has a number in it, which differs
/// from history to history.
pub fn kinds(wrong: &[String]) -> BTreeSet<String> {
    let kind = |complaint: &String| {
        let words = complaint.split_whitespace();
        let words = words.filter(|word| !word.contains(|letter: char| letter.is_ascii_digit()));
        words.take(3).collect::<Vec<_>>().join(" ")
    };
    wrong.iter().map(kind).collect()
}

/// A history that fails too, and of which no act and no trouble can be left out. `tries_max` histories are played.
pub fn shrunk(history: &History, fails: &Fails, tries_max: usize) -> History {
    let (acts, all) = (
        history.acts.len(),
        history.acts.len() + history.troubles.len(),
    );
    let only = |kept: &[usize], replicas| {
        let (first, second): (Vec<usize>, Vec<usize>) = kept.iter().partition(|at| **at < acts);
        let second = second.into_iter().map(|at| at - acts).collect();
        history.only([first, second], replicas)
    };
    let mut kept: Vec<usize> = (0..all).collect();
    let mut tries = 0;
    // Larger parts first, then smaller ones.
    let mut part = all.max(1);
    while part > 0 {
        let mut at = 0;
        while at < kept.len() {
            if tries == tries_max {
                return only(&kept, history.replicas);
            }
            tries += 1;
            let mut fewer = kept.clone();
            fewer.drain(at..kept.len().min(at + part));
            match fails(&only(&fewer, history.replicas)) {
                true => kept = fewer,
                false => at += part,
            }
        }
        part /= 2;
    }
    let fewer = (1..history.replicas).map(|replicas| only(&kept, replicas));
    let fewer = fewer.into_iter().find(|fewer| fails(fewer));
    fewer.unwrap_or_else(|| only(&kept, history.replicas))
}
