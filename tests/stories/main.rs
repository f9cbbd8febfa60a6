//! Evenings on call, told as what each person saw.

#[path = "../world/mod.rs"]
#[allow(dead_code, reason = "each test program uses its own part of the world")]
mod world;

mod log;
mod script;

mod bad_input;
mod card;
mod commands;
mod delivery;
mod drafts;
mod evening;
mod home;
mod languages;
mod listening;
mod nags;
mod owners;
mod trouble;
