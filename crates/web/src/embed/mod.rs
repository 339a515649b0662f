//! The embedded page: a customer's or a person's timeline inside a CRM's own page, opened by a pass and nothing else.
//!
//! It uses no cookie, so no site can show it as somebody who is signed in here; the pass says as whom it is read. Only pages
//! of the origins in the pass may frame it.

mod page;
mod route;

pub use route::{changes, component, part, script, style, thread, timeline};
