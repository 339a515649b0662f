//! Intents: what a person can want done to threads. They win over every rule: what was joined by hand stays together,
//! what was parted by hand is not joined again by any mail.

use serde::{Deserialize, Serialize};

use crate::id::{MessageId, ThreadId, ThreadJoinId};

/// What a person wants done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Intent {
    /// Two threads become one.
    Join {
        /// One of them.
        thread: ThreadId,
        /// The other.
        with: ThreadId,
    },
    /// Messages of a thread, with their copies in other mailboxes, become a thread of their own.
    Split {
        /// The thread.
        thread: ThreadId,
        /// The messages.
        messages: Vec<MessageId>,
    },
    /// What a join brought together is parted again.
    Undo {
        /// The join.
        join: ThreadJoinId,
    },
}
