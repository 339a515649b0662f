//! A folder as the outside reads it.

use base::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::id;

/// A mail folder.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Folder {
    /// Its id.
    #[schema(value_type = id::FolderId)]
    pub id: model::id::FolderId,
    /// In which mailbox.
    #[schema(value_type = id::MailboxId)]
    pub mailbox: model::id::MailboxId,
    /// The folder around it; `null` at the top.
    #[schema(value_type = Option<id::FolderId>)]
    pub parent: Option<model::id::FolderId>,
    /// The provider's id of it, which does not change.
    pub provider_id: String,
    /// Its name for people.
    pub name: String,
    /// The provider's name for its purpose, such as `inbox`.
    pub well_known: Option<String>,
    /// Whether Outlook hides it.
    pub is_hidden: bool,
    /// Messages in it, as the provider last said.
    pub total_count: i64,
    /// Unread messages in it, as the provider last said.
    pub unread_count: i64,
    /// When its first sync was complete.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub first_synced_at: Option<Timestamp>,
    /// When it was last brought up to date.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_synced_at: Option<Timestamp>,
}

/// A folder that Microsoft has just made. It is among the mailbox's folders, with an id of its own, once the mirror has followed:
/// within moments.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MadeFolder {
    /// In which mailbox.
    #[schema(value_type = id::MailboxId)]
    pub mailbox: model::id::MailboxId,
    /// The folder around it; `null` at the top.
    #[schema(value_type = Option<id::FolderId>)]
    pub parent: Option<model::id::FolderId>,
    /// The provider's id of it, which does not change.
    pub provider_id: String,
    /// Its name for people.
    pub name: String,
}

impl Folder {
    /// A folder among all of its mailbox.
    pub fn of(folder: store::folder::Folder, all: &[(String, model::id::FolderId)]) -> Self {
        let around = folder.parent_graph_id.as_ref();
        let parent = around.and_then(|around| all.iter().find(|(graph_id, _)| graph_id == around)).map(|(_, id)| *id);
        Folder {
            id: folder.id,
            mailbox: folder.mailbox,
            parent,
            provider_id: folder.graph_id,
            name: folder.display_name,
            well_known: folder.well_known,
            is_hidden: folder.hidden,
            total_count: folder.total_there,
            unread_count: folder.unread_there,
            first_synced_at: folder.first_synced_at,
            last_synced_at: folder.last_synced_at,
        }
    }
}
