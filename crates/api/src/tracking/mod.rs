//! Tracking: tokens that nobody can guess or change, the copies of a mail that carry them, and the way back from one to what
//! it stands for. What a touch of one means is said by `model::tracking`.

mod copies;
mod token;
mod tracker;

pub use copies::{Plan, plan};
pub use token::{Kind, Signer, Token};
pub use tracker::{Ours, Tracker};
