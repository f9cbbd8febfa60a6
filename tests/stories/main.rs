//! Evenings on call, told as what each person saw.

#[path = "../world/mod.rs"]
mod world;

mod evening;
