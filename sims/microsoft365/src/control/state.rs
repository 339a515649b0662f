//! The whole of a mailbox as JSON, so that a mirror can be compared with it.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Control, ControlError};
use crate::mailbox::MailboxState;

impl Control {
    /// What is in a mailbox right now.
    ///
    /// # Errors
    /// [`ControlError::NotFound`].
    pub fn state(&self, mailbox: &str) -> Result<MailboxState, ControlError> {
        let world = self.sim.world();
        world.mailbox(mailbox).map(|mailbox| mailbox.state()).ok_or_else(|| ControlError::NotFound(mailbox.to_owned()))
    }

    /// The same as JSON, each folder with its path; without the messages' list if not wanted.
    ///
    /// # Errors
    /// [`ControlError::NotFound`].
    pub fn state_json(&self, mailbox: &str, with_messages: bool) -> Result<Value, ControlError> {
        let state = self.state(mailbox)?;
        let user = self.user(mailbox)?;
        let paths = paths(&state);
        let mut json = state.to_json();
        json["id"] = json!(user.id);
        json["userPrincipalName"] = json!(user.user_principal_name);
        for folder in json["folders"].as_array_mut().into_iter().flatten() {
            let path = folder["id"].as_str().and_then(|id| paths.get(id)).cloned().unwrap_or_default();
            folder["path"] = json!(path);
            if !with_messages && let Some(folder) = folder.as_object_mut() {
                folder.remove("messages");
            }
        }
        Ok(json)
    }
}

/// Each folder's path from the top of the visible tree, for example `Inbox/Customers`.
fn paths(state: &MailboxState) -> HashMap<&str, String> {
    let folders: HashMap<&str, _> = state.folders.iter().map(|folder| (folder.id.as_str(), folder)).collect();
    let path = |id: &str| {
        let mut names = Vec::new();
        let mut at = folders.get(id);
        while let Some(folder) = at {
            if folder.well_known == Some("msgfolderroot") {
                break;
            }
            names.push(folder.name.as_str());
            at = folder.parent_id.as_deref().and_then(|parent| folders.get(parent));
        }
        names.reverse();
        names.join("/")
    };
    state.folders.iter().map(|folder| (folder.id.as_str(), path(&folder.id))).collect()
}
