//! Carry: the loop from the ledger to the world. Each unit carries an endpoint's deliveries under a lease and records what
//! came of them, so that nothing is forgotten; what may have arrived is sent again under the same id. Mail is another
//! matter: what may have left is looked for, and never sent again on a guess ([`Mailer`]); so it is with calendars ([`CalendarWriter`]). Archives are brought out by the
//! [`Archivist`].
//!
//! Calls are signed as Standard Webhooks 1.0.0 says, their bodies are CloudEvents 1.0 in JSON. A guard keeps them out of
//! private networks. The room decides nothing about who is told: it finds deliveries in the store.

mod archive;
mod calendar;
mod caller;
mod carry;
mod envelope;
mod expand;
mod guard;
mod mail;
mod not_done;
mod outbound;
mod outcome;
mod schedule;
mod signature;
mod stream;
mod world;

pub use archive::{ARCHIVE_KINDS, Archivist, Settings as ArchiveSettings, judge as judge_archive};
pub use calendar::{CALENDAR_KINDS, CalendarWriter, LATE_MAX};
pub use caller::{Answer, Call, Caller, Miss};
pub use envelope::{envelope, sample};
pub use expand::{Expand, Shown, Thin};
pub use guard::{Forbidden, Lookup, Reach, SystemLookup};
pub use mail::{MAIL_KINDS, Mailer, SETTLED};
pub use outbound::{KINDS, Outbound, Settings};
pub use schedule::{PAUSE_AFTER, RETRIES, TRIES_BEFORE_PARKING};
pub use signature::{SigningSecret, sign};
pub use world::{WorldCaller, WorldUnusable};
