//! `rapport doctor`: looks at everything that has to be right before mail can flow. Each line says what was looked at,
//! what was found, and what to do next.

mod examine;
mod finding;
mod local;
mod microsoft;
mod redirect;

pub use examine::examine;
