//! Access: who asks, what they may do ([`Scope`]) and what they may see ([`Sight`]).

mod asker;
mod caller;
mod jwks;
mod jwt;
pub mod key;
mod limit;
mod owner;
mod recognise;
mod scope;
mod session;
mod sight;

pub use asker::{Asker, Mailboxes, Who};
pub use caller::Caller;
pub(crate) use jwks::KeyDocuments;
pub use jwt::{Claims, Doubt};
pub use limit::{Limits, Quota};
pub use owner::{asker_of, owner_of, owner_shown};
pub use recognise::{recognise, recognised};
pub use scope::{Scope, Scopes};
pub use session::{CSRF_HEADER, SignedIn};
pub use sight::{Level, Sight};
