//! Writing a folder as JSON, with the keys of the captured answers.

use serde_json::{Map, Value, json};

use super::select::unknown;
use crate::Refusal;
use crate::mailbox::{Folder, Mailbox};

const NAMES: [&str; 8] =
    ["id", "displayName", "parentFolderId", "childFolderCount", "unreadItemCount", "totalItemCount", "isHidden", "sizeInBytes"];

/// Relations: they may be named but bring nothing.
const RELATIONS: [&str; 5] = ["childFolders", "messages", "messageRules", "singleValueExtendedProperties", "multiValueExtendedProperties"];

/// A choice of a folder's properties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderSelection {
    names: Vec<&'static str>,
    text: Option<String>,
}

impl FolderSelection {
    /// Reads `$select`. `with_size`: `sizeInBytes` is a property.
    ///
    /// # Errors
    /// 400 `BadRequest` for a name that is no property of a folder.
    pub fn read(select: Option<&str>, with_size: bool) -> Result<Self, Refusal> {
        let known: Vec<_> = NAMES.into_iter().filter(|name| with_size || *name != "sizeInBytes").collect();
        let Some(text) = select.map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(Self { names: known, text: None });
        };
        let mut names = vec!["id"];
        let given: Vec<&str> = text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        for name in &given {
            match known.iter().find(|known| known.eq_ignore_ascii_case(name)) {
                Some(known) if !names.contains(known) => names.push(known),
                Some(_) => {}
                None if RELATIONS.iter().any(|known| known.eq_ignore_ascii_case(name)) => {}
                None => return Err(unknown(name, "mailFolder")),
            }
        }
        Ok(Self { names, text: Some(given.join(",")) })
    }

    /// The list in an `@odata.context`.
    pub fn context(&self) -> String {
        self.text.as_ref().map(|text| format!("({text})")).unwrap_or_default()
    }

    /// The folder's JSON.
    pub fn json(&self, mailbox: &Mailbox, folder: &Folder) -> Map<String, Value> {
        let value = |name: &str| match name {
            "id" => json!(mailbox.folder_id(folder.number)),
            "displayName" => json!(folder.name),
            "parentFolderId" => json!(folder.parent.map(|parent| mailbox.folder_id(parent))),
            "childFolderCount" => json!(folder.child_count),
            "unreadItemCount" => json!(folder.unread_count),
            "totalItemCount" => json!(folder.total_count()),
            "isHidden" => json!(folder.is_hidden),
            _ => json!(folder.byte_count),
        };
        self.names.iter().map(|name| ((*name).to_owned(), value(name))).collect()
    }
}
