//! Makes a failing history short: leaves out whatever is not needed for it to fail.

use crate::history::History;

/// Whether it (still) fails.
pub type Fails<'a> = dyn Fn(&History) -> bool + 'a;

/// A history that fails too, and of which no act and no trouble can be left out. `tries_max` histories are played.
pub fn shrunk(history: &History, fails: &Fails, tries_max: usize) -> History {
    let mut best = history.clone();
    let mut tries = 0;
    // Larger parts first, then smaller ones.
    let mut part = (best.acts.len() + best.troubles.len()).max(1);
    while part > 0 {
        let mut at = 0;
        while at < best.acts.len() + best.troubles.len() {
            if tries == tries_max {
                return best;
            }
            tries += 1;
            let shorter = without(&best, at, part);
            match fails(&shorter) {
                true => best = shorter,
                false => at += part,
            }
        }
        part /= 2;
    }
    for replicas in 1..best.replicas {
        let fewer = History {
            replicas,
            ..best.clone()
        };
        if fails(&fewer) {
            return fewer;
        }
    }
    best
}

/// The history without `count` acts or troubles from the one at `from`.
fn without(history: &History, from: usize, count: usize) -> History {
    let left_out = |at: usize| (from..from + count).contains(&at);
    let mut shorter = history.clone();
    let acts = history.acts.len();
    let mut at = 0;
    shorter.acts.retain(|_| {
        at += 1;
        !left_out(at - 1)
    });
    at = acts;
    shorter.troubles.retain(|_| {
        at += 1;
        !left_out(at - 1)
    });
    shorter
}
