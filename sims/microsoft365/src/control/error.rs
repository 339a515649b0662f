//! Why the control plane did not do what it was asked.

use crate::mail::Unreadable;
use crate::mail::compose::Unwritable;
use crate::mailbox::Refused;

/// Why the control plane did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// Nobody has this name.
    #[error("there is no user, mailbox or app named {0}")]
    NotFound(String),
    /// The mailbox refused.
    #[error("the mailbox refused: {0}")]
    Refused(#[from] Refused),
    /// The MIME can't be read.
    #[error("the message can't be read: {0}")]
    Unreadable(#[from] Unreadable),
    /// The JSON is no message.
    #[error("{0}")]
    Unwritable(#[from] Unwritable),
    /// The request makes no sense.
    #[error("{0}")]
    Bad(String),
}

impl ControlError {
    /// The HTTP status over `/_sim/`.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotFound(_) | Self::Refused(Refused::NoSuchFolder | Refused::NoSuchItem) => 404,
            Self::Refused(Refused::FolderExists | Refused::AlreadyPurged) => 409,
            Self::Refused(_) | Self::Unreadable(_) | Self::Unwritable(_) | Self::Bad(_) => 400,
        }
    }
}
