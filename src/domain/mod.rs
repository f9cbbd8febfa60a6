//! (filled in shortly)

pub mod rules;
pub mod schedule;
