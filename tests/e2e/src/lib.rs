//! Product and simulator in one process, on a clock that stands still: what the stories and the chaos are told with.
//!
//! The two meet as HTTP messages only ([`wire`]). Every request and every answer passes the witness. Which piece of
//! work goes on at any moment is the test's choice ([`gate`]), so that a seed replays.

pub mod beside;
pub mod chaos;
pub mod check;
pub mod door;
pub mod gate;
pub mod holders;
pub mod program;
pub mod random;
pub mod receivers;
pub mod story;
pub mod wire;
pub mod world;
