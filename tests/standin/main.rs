//! The stand-in for Slack, looked at from outside: what it refuses, what it sends, and how it misbehaves.

mod deliveries;
mod facts;
mod faults;
mod forms;
mod limits;
mod page;
mod reading;
mod rig;
mod sockets;
mod strictness;
mod typed;
