//! Views: the nouns as the outside reads them. A view holds only what its asker may see; what they may not is `null`.

mod id;
mod mailbox;

pub use id::*;
pub use mailbox::{Mailbox, Problem};
