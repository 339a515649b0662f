//! The whole of a mailbox in one comparable value, for whoever checks a mirror against it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::document::Property;
use super::folder::Folder;
use super::ids::IdForm;
use super::message::Message;
use super::store::Mailbox;

/// Every folder that a client can see, hidden ones included, with its messages.
#[derive(Debug, Clone, PartialEq)]
pub struct MailboxState {
    /// The folders, in the order of their numbers.
    pub folders: Vec<FolderState>,
}

/// One folder.
#[derive(Debug, Clone, PartialEq)]
pub struct FolderState {
    /// Its id.
    pub id: String,
    /// The id of the folder above.
    pub parent_id: Option<String>,
    /// `displayName`
    pub name: String,
    /// Its well-known name.
    pub well_known: Option<&'static str>,
    /// `isHidden`, by itself or through a folder above.
    pub is_hidden: bool,
    /// `totalItemCount`
    pub total_count: usize,
    /// `unreadItemCount`
    pub unread_count: u32,
    /// The messages, oldest first.
    pub messages: Vec<MessageState>,
}

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageState {
    /// Immutable id.
    pub id: String,
    /// Default id.
    pub default_id: String,
    /// `internetMessageId`
    pub internet_message_id: Option<String>,
    /// `changeKey`
    pub change_key: String,
    /// `isRead`
    pub is_read: bool,
    /// `flagStatus`
    pub flag_status: String,
    /// `receivedDateTime`
    pub received: Timestamp,
    /// Bytes of MIME.
    pub byte_count: u64,
}

impl Mailbox {
    /// What is in the visible tree right now.
    pub fn state(&self) -> MailboxState {
        let seen = self.folders().filter(|folder| folder.in_tree);
        MailboxState { folders: seen.map(|folder| self.folder_state(folder)).collect() }
    }

    /// Whether a folder or one above it is hidden: mailFolders/delta does not list it then.
    pub fn is_out_of_sight(&self, folder: &Folder) -> bool {
        let mut at = Some(folder);
        while let Some(folder) = at {
            if folder.is_hidden {
                return true;
            }
            at = folder.parent.filter(|_| folder.in_tree).and_then(|parent| self.folder(parent).filter(|parent| parent.in_tree));
        }
        false
    }

    fn folder_state(&self, folder: &Folder) -> FolderState {
        let messages = folder.places.iter().filter_map(|place| self.message(place.item));
        FolderState {
            id: self.folder_id(folder.number),
            parent_id: folder.parent.map(|parent| self.folder_id(parent)),
            name: folder.name.clone(),
            well_known: folder.well_known.map(super::WellKnown::name),
            is_hidden: self.is_out_of_sight(folder),
            total_count: folder.total_count(),
            unread_count: folder.unread_count,
            messages: messages.map(|message| self.message_state(message)).collect(),
        }
    }

    fn message_state(&self, message: &Message) -> MessageState {
        MessageState {
            id: self.message_id(message, IdForm::Immutable),
            default_id: self.message_id(message, IdForm::Default),
            internet_message_id: message.text(Property::InternetMessageId),
            change_key: self.key().change_key(message.change),
            is_read: message.is_read,
            flag_status: message.flag_status().to_owned(),
            received: message.received,
            byte_count: message.byte_count(),
        }
    }
}

impl MailboxState {
    /// The state as the control plane gives it.
    pub fn to_json(&self) -> Value {
        json!({"folders": self.folders.iter().map(FolderState::to_json).collect::<Vec<_>>()})
    }
}

impl FolderState {
    fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "parentFolderId": self.parent_id,
            "displayName": self.name,
            "wellKnownName": self.well_known,
            "isHidden": self.is_hidden,
            "totalItemCount": self.total_count,
            "unreadItemCount": self.unread_count,
            "messages": self.messages.iter().map(MessageState::to_json).collect::<Vec<_>>(),
        })
    }
}

impl MessageState {
    fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "defaultId": self.default_id,
            "internetMessageId": self.internet_message_id,
            "changeKey": self.change_key,
            "isRead": self.is_read,
            "flagStatus": self.flag_status,
            "receivedDateTime": self.received.to_string(),
            "bytes": self.byte_count,
        })
    }
}
