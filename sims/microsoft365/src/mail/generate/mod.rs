//! Mail made up from a seed: a believable tenant, a very large mailbox, and mail that keeps arriving.
//!
//! The same arguments give the same bytes. Every address ends in `.example`, so that nothing here can
//! reach anyone. What people write lies in `languages.json`; the rest is code.

mod bulk;
mod compose;
mod documents;
mod language;
mod live;
mod people;
mod tenant;
mod thread;

pub use bulk::{BulkMail, generate_bulk};
pub use live::{LiveMail, next_live_mail};
pub use people::GeneratedMailbox;
pub use tenant::{GeneratedTenant, TenantPlan, generate};
