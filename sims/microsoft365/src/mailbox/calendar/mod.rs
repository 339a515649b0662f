//! The calendars of one mailbox: events, series, exceptions, sharing, and the change logs that drive delta.
//!
//! Knows nothing of HTTP, of other mailboxes or of mail: invitations are sent by `meetings`.

mod event;
mod log;
mod recurrence;
mod sharing;
mod store;

pub use event::{Event, EventKind, Exception, Instance, Times};
pub use log::{EventLine, EventLog};
pub use recurrence::{Recurrence, SeriesEnd};
pub use sharing::{CalendarRole, Permission};
pub use store::{Agenda, Calendar, CalendarGroup, EventReference, NewEvent};
