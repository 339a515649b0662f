//! The calendar: a week, a month or the next days of what stands in the calendars that a visitor sees, a form for a new event, and what
//! can be done with one. Everything goes by the API's calendar intents; what waits and what was not done is said above the days,
//! and below them how another program subscribes.

mod agenda;
mod change;
mod days;
mod event;
mod feeds;
mod meeting;
mod month;
mod new;
mod page;
mod propose;
mod standing;
mod times;
mod week;

pub use change::{change, change_page};
pub use event::{act, cancel_page};
pub use feeds::{act as act_on_feed, make as make_feed};
pub use new::{make, new_page};
pub use page::{calendar, live};
pub use propose::{propose, propose_page};
