//! A workspace and its exclusions as the outside reads them.

use base::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::id;

/// A customer of this server: its mailboxes and all that belongs to them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Workspace {
    /// Its id.
    #[schema(value_type = id::WorkspaceId)]
    pub id: model::id::WorkspaceId,
    /// Its name for people.
    pub name: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// Somebody whose mail is never filed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Exclusion {
    /// `address` or `domain`.
    #[schema(value_type = String)]
    pub kind: &'static str,
    /// The address or the domain.
    pub value: String,
    /// Why.
    pub why: String,
    /// Who added it.
    pub added_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub added_at: Timestamp,
}

impl Exclusion {
    /// An exclusion as the outside reads it.
    pub fn of(exclusion: store::exclusion::Exclusion) -> Self {
        Exclusion {
            kind: exclusion.kind.name(),
            value: exclusion.value,
            why: exclusion.why,
            added_by: exclusion.actor,
            added_at: exclusion.added_at,
        }
    }
}
