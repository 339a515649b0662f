//! Contacts from outside: made, changed and deleted as another client of the mailbox would, and what is there.

use serde_json::{Map, Value, json};

use super::calendar::bad;
use super::http::Order;
use super::{Control, ControlError};
use crate::graph::contacts::{change_as, create_as};
use crate::mailbox::IdForm;
use crate::mailbox::contacts::Photo;

/// What is in a mailbox's contact folders.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactsState {
    /// The folders, the default one first.
    pub folders: Vec<ContactFolderState>,
}

/// One folder.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactFolderState {
    /// Its id.
    pub id: String,
    /// The id of the folder above; `None` for the default one.
    pub parent_id: Option<String>,
    /// `displayName`
    pub name: String,
    /// Its contacts, in the order in which they were made.
    pub contacts: Vec<ContactState>,
}

/// One contact.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactState {
    /// Immutable id.
    pub id: String,
    /// Default id.
    pub default_id: String,
    /// `changeKey`
    pub change_key: String,
    /// What was set of it, as Graph writes it.
    pub properties: Map<String, Value>,
    /// It has a photo.
    pub has_photo: bool,
}

impl Control {
    /// Makes a contact folder below another (`contacts` for the default one); gives its id.
    ///
    /// # Errors
    /// No such mailbox or folder; the name is taken.
    pub fn create_contact_folder(&self, mailbox: &str, parent: &str, name: &str) -> Result<String, ControlError> {
        self.change(mailbox, |mailbox, _| {
            let parent = mailbox.find_contact_folder(parent)?;
            let number = mailbox.create_contact_folder(parent, name)?;
            Ok(mailbox.folder_id(number))
        })
    }

    /// Deletes a contact folder with all that is in it.
    ///
    /// # Errors
    /// No such mailbox or folder; the default folder.
    pub fn delete_contact_folder(&self, mailbox: &str, folder: &str) -> Result<(), ControlError> {
        self.change(mailbox, |mailbox, now| {
            let number = mailbox.find_contact_folder(folder)?;
            Ok(mailbox.delete_contact_folder(number, now)?)
        })
    }

    /// Makes a contact in a folder (`contacts` for the default one), given in Graph's JSON; gives its immutable id.
    ///
    /// # Errors
    /// No such mailbox or folder; [`ControlError::Bad`] with Graph's sentence for what is no contact.
    pub fn create_contact(&self, mailbox: &str, folder: &str, contact: &Value) -> Result<String, ControlError> {
        self.with_user(mailbox, |world, user| {
            let number = world.mailboxes[user].find_contact_folder(folder)?;
            let item = create_as(world, user, number, contact.clone()).map_err(bad)?;
            Ok(world.mailboxes[user].key().immutable_id(item))
        })
    }

    /// Changes a contact, named by either form of id.
    ///
    /// # Errors
    /// No such mailbox or contact; [`ControlError::Bad`] with Graph's sentence.
    pub fn change_contact(&self, mailbox: &str, contact: &str, change: &Value) -> Result<(), ControlError> {
        self.with_user(mailbox, |world, user| {
            let item = world.mailboxes[user].find_contact(contact)?;
            change_as(world, user, item, change.clone()).map_err(bad)
        })
    }

    /// Deletes a contact.
    ///
    /// # Errors
    /// No such mailbox or contact.
    pub fn delete_contact(&self, mailbox: &str, contact: &str) -> Result<(), ControlError> {
        self.change(mailbox, |mailbox, now| {
            let item = mailbox.find_contact(contact)?;
            Ok(mailbox.remove_contact(item, now)?)
        })
    }

    /// Gives a contact a picture, as somebody does in Outlook; none takes it away.
    ///
    /// # Errors
    /// No such mailbox or contact.
    pub fn set_contact_photo(&self, mailbox: &str, contact: &str, photo: Option<Photo>) -> Result<(), ControlError> {
        self.change(mailbox, |mailbox, now| {
            let item = mailbox.find_contact(contact)?;
            Ok(mailbox.alter_contact(item, now, |contact| contact.photo = photo)?)
        })
    }

    /// Every contact of a mailbox, for comparing a mirror with it.
    ///
    /// # Errors
    /// [`ControlError::NotFound`].
    pub fn contacts(&self, mailbox: &str) -> Result<ContactsState, ControlError> {
        let world = self.sim.world();
        let mailbox = world.mailbox(mailbox).ok_or_else(|| ControlError::NotFound(mailbox.to_owned()))?;
        let book = mailbox.address_book();
        let folders = book.folders().map(|folder| {
            let contacts = book.contacts(Some(folder.number)).map(|contact| ContactState {
                id: mailbox.contact_id(contact, IdForm::Immutable),
                default_id: mailbox.contact_id(contact, IdForm::Default),
                change_key: mailbox.key().change_key(contact.change),
                properties: contact.properties.clone(),
                has_photo: contact.photo.is_some(),
            });
            ContactFolderState {
                id: mailbox.folder_id(folder.number),
                parent_id: folder.parent.map(|parent| mailbox.folder_id(parent)),
                name: folder.name.clone(),
                contacts: contacts.collect(),
            }
        });
        Ok(ContactsState { folders: folders.collect() })
    }
}

impl ContactsState {
    /// The state as the control plane gives it.
    pub fn to_json(&self) -> Value {
        let contact = |one: &ContactState| {
            let mut json = one.properties.clone();
            let own = [("id", json!(one.id)), ("defaultId", json!(one.default_id)), ("changeKey", json!(one.change_key))];
            json.extend(own.map(|(name, value)| (name.to_owned(), value)));
            json.insert("hasPhoto".to_owned(), json!(one.has_photo));
            Value::Object(json)
        };
        let folder = |one: &ContactFolderState| {
            let contacts: Vec<Value> = one.contacts.iter().map(contact).collect();
            json!({"id": one.id, "parentFolderId": one.parent_id, "displayName": one.name, "contacts": contacts})
        };
        json!({"folders": self.folders.iter().map(folder).collect::<Vec<_>>()})
    }
}

/// `/_sim/mailboxes/{name}/contacts` and `…/contactFolders`
pub(super) fn obey(
    control: &Control,
    order: &Order<'_>,
    method: &str,
    mailbox: &str,
    rest: &[&str],
) -> Option<Result<(u16, Value), ControlError>> {
    Some(match (method, rest) {
        ("GET", ["contacts"]) => control.contacts(mailbox).map(|state| (200, state.to_json())),
        ("POST", ["contacts"]) => order.body::<Value>().and_then(|body| {
            let contact = body.get("contact").unwrap_or(&body);
            let id = control.create_contact(mailbox, body["folder"].as_str().unwrap_or("contacts"), contact)?;
            Ok((201, json!({"id": id})))
        }),
        ("PATCH", ["contacts", id]) => {
            order.body::<Value>().and_then(|body| control.change_contact(mailbox, id, &body)).map(|()| (204, Value::Null))
        }
        ("DELETE", ["contacts", id]) => control.delete_contact(mailbox, id).map(|()| (204, Value::Null)),
        ("POST", ["contactFolders"]) => order.body::<Value>().and_then(|body| {
            let name = body["displayName"].as_str().ok_or_else(|| ControlError::Bad("the body must have a displayName".to_owned()))?;
            let id = control.create_contact_folder(mailbox, body["parent"].as_str().unwrap_or("contacts"), name)?;
            Ok((201, json!({"id": id})))
        }),
        ("DELETE", ["contactFolders", id]) => control.delete_contact_folder(mailbox, id).map(|()| (204, Value::Null)),
        _ => return None,
    })
}
