//! A template: subject and text with merge fields, kept under a name from which mail is made again and again. What a field is and
//! where it may stand is in [`crate::compose::template`].

use base::Timestamp;

use crate::id::{TemplateId, WorkspaceId};

/// A template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its id.
    pub id: TemplateId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// What people call it; no two of a workspace are called alike, whatever the case.
    pub name: String,
    /// The subject, with fields.
    pub subject: String,
    /// The text as HTML, with fields. Mail is made of it where there is one.
    pub html: Option<String>,
    /// The text as plain text, with fields.
    pub text: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who did that.
    pub updated_by: String,
    /// Grows with each change.
    pub version: i64,
}
