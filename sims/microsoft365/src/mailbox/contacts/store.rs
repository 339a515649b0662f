//! Contact folders and contacts, and what can be done to them (reference: Graph, section 9).
//!
//! Numbers are told from those of mail and calendars by their highest bits, since ids are made from them alike. Every
//! change gives a new change key, writes a line into the folder's log and is told to the subscriptions.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::mailbox::change::{Change, ChangeKind, ItemClass, Refused};
use crate::mailbox::folder::FolderNumber;
use crate::mailbox::ids::{IdForm, ItemReference};
use crate::mailbox::log::{ChangeLog, LogEntry, LogKind};
use crate::mailbox::message::ItemNumber;
use crate::mailbox::store::Mailbox;

const MARK: u32 = 0xC000_0000;
/// The name by which the default folder is found instead of its id (reference: Graph, section 9.2, uncertain).
const WELL_KNOWN: &str = "contacts";

/// A folder of contacts.
#[derive(Debug, Clone)]
pub struct ContactFolder {
    /// Its number in the mailbox.
    pub number: FolderNumber,
    /// The folder above; the default one has none among contact folders.
    pub parent: Option<FolderNumber>,
    /// `displayName`
    pub name: String,
    /// The number of its last change among those of folders.
    pub touched: u64,
    /// What changed in it.
    pub log: ChangeLog,
}

/// A contact's picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// The picture.
    pub bytes: Bytes,
    /// Its media type.
    pub content_type: String,
    /// Width and height in pixels.
    pub size: (u32, u32),
}

/// A contact.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    /// Its number in the mailbox.
    pub item: ItemNumber,
    /// Its folder.
    pub folder: FolderNumber,
    /// The number of its last change.
    pub change: u64,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub modified: Timestamp,
    /// What Graph shows as it is kept.
    pub properties: Map<String, Value>,
    /// Its picture.
    pub photo: Option<Photo>,
    /// The line of the folder's log that tells of its last change.
    pub logged: u64,
}

/// The contacts of a mailbox.
#[derive(Debug, Clone)]
pub struct AddressBook {
    folders: BTreeMap<FolderNumber, ContactFolder>,
    contacts: BTreeMap<ItemNumber, Contact>,
    folders_made: u32,
    contacts_made: u32,
    folder_change: u64,
    gone: Vec<(u64, FolderNumber)>,
}

impl AddressBook {
    /// The default folder alone.
    pub(in crate::mailbox) fn new() -> Self {
        let (folders, contacts) = (BTreeMap::new(), BTreeMap::new());
        let mut book = Self { folders, contacts, folders_made: 0, contacts_made: 0, folder_change: 0, gone: Vec::new() };
        book.add_folder(None, "Contacts");
        book
    }

    fn add_folder(&mut self, parent: Option<FolderNumber>, name: &str) -> FolderNumber {
        self.folders_made += 1;
        self.folder_change += 1;
        let number = FolderNumber(MARK | self.folders_made);
        let folder = ContactFolder { number, parent, name: name.to_owned(), touched: self.folder_change, log: ChangeLog::default() };
        self.folders.insert(number, folder);
        number
    }

    /// The folder that every mailbox has.
    pub fn default_folder(&self) -> FolderNumber {
        FolderNumber(MARK | 1)
    }

    /// One folder.
    pub fn folder(&self, number: FolderNumber) -> Option<&ContactFolder> {
        self.folders.get(&number)
    }

    /// All folders, the default one first.
    pub fn folders(&self) -> impl Iterator<Item = &ContactFolder> {
        self.folders.values()
    }

    /// The folders directly in another.
    pub fn children(&self, parent: FolderNumber) -> impl Iterator<Item = &ContactFolder> {
        self.folders.values().filter(move |folder| folder.parent == Some(parent))
    }

    /// The number of the last change of a folder.
    pub fn folder_change(&self) -> u64 {
        self.folder_change
    }

    /// Folders that are gone, each with the number of that change.
    pub fn gone(&self) -> &[(u64, FolderNumber)] {
        &self.gone
    }

    /// The contacts of a folder, or all, in the order in which they were made.
    pub fn contacts(&self, folder: Option<FolderNumber>) -> impl Iterator<Item = &Contact> {
        self.contacts.values().filter(move |contact| folder.is_none_or(|folder| folder == contact.folder))
    }

    /// One contact.
    pub fn contact(&self, item: ItemNumber) -> Option<&Contact> {
        self.contacts.get(&item)
    }
}

impl Mailbox {
    /// The contacts.
    pub fn address_book(&self) -> &AddressBook {
        &self.address_book
    }

    /// Finds a contact folder by id or as `contacts`.
    ///
    /// # Errors
    /// [`Refused::MalformedId`], [`Refused::NoSuchFolder`].
    pub fn find_contact_folder(&self, id: &str) -> Result<FolderNumber, Refused> {
        if id.eq_ignore_ascii_case(WELL_KNOWN) {
            return Ok(self.address_book.default_folder());
        }
        let number = self.key.read_folder_id(id).ok_or(Refused::MalformedId)?;
        self.address_book.folder(number).map(|folder| folder.number).ok_or(Refused::NoSuchFolder)
    }

    /// Finds a contact by an id of either form.
    ///
    /// # Errors
    /// [`Refused::MalformedId`], [`Refused::NoSuchItem`].
    pub fn find_contact(&self, id: &str) -> Result<ItemNumber, Refused> {
        let item = match self.key.read_item_id(id).ok_or(Refused::MalformedId)? {
            ItemReference::Anywhere { item } | ItemReference::Placed { item, .. } => item,
        };
        self.address_book.contact(item).map(|contact| contact.item).ok_or(Refused::NoSuchItem)
    }

    /// The id of a contact.
    pub fn contact_id(&self, contact: &Contact, form: IdForm) -> String {
        self.id_of(contact.folder, contact.item, 0, form)
    }

    /// Makes a folder in another.
    ///
    /// # Errors
    /// [`Refused::NoSuchFolder`]; [`Refused::FolderExists`] when a sibling has the name.
    pub fn create_contact_folder(&mut self, parent: FolderNumber, name: &str) -> Result<FolderNumber, Refused> {
        self.address_book.folder(parent).ok_or(Refused::NoSuchFolder)?;
        if self.address_book.children(parent).any(|folder| folder.name.eq_ignore_ascii_case(name)) {
            return Err(Refused::FolderExists);
        }
        Ok(self.address_book.add_folder(Some(parent), name))
    }

    /// Gives a folder another name.
    ///
    /// # Errors
    /// [`Refused::NoSuchFolder`]; [`Refused::ProtectedFolder`] for the default one.
    pub fn rename_contact_folder(&mut self, number: FolderNumber, name: &str) -> Result<(), Refused> {
        let folder = self.address_book.folders.get_mut(&number).ok_or(Refused::NoSuchFolder)?;
        if folder.parent.is_none() {
            return Err(Refused::ProtectedFolder);
        }
        self.address_book.folder_change += 1;
        (folder.name, folder.touched) = (name.to_owned(), self.address_book.folder_change);
        Ok(())
    }

    /// Deletes a folder with all that is in it.
    ///
    /// # Errors
    /// [`Refused::NoSuchFolder`]; [`Refused::ProtectedFolder`] for the default one.
    pub fn delete_contact_folder(&mut self, number: FolderNumber, now: Timestamp) -> Result<(), Refused> {
        self.address_book.folder(number).ok_or(Refused::NoSuchFolder)?.parent.ok_or(Refused::ProtectedFolder)?;
        let children: Vec<FolderNumber> = self.address_book.children(number).map(|folder| folder.number).collect();
        for child in children {
            self.delete_contact_folder(child, now)?;
        }
        let contacts: Vec<ItemNumber> = self.address_book.contacts(Some(number)).map(|contact| contact.item).collect();
        for contact in contacts {
            self.remove_contact(contact, now)?;
        }
        self.address_book.folder_change += 1;
        self.address_book.gone.push((self.address_book.folder_change, number));
        self.address_book.folders.remove(&number);
        Ok(())
    }

    /// Makes a contact.
    ///
    /// # Errors
    /// [`Refused::NoSuchFolder`].
    pub fn add_contact(&mut self, folder: FolderNumber, properties: Map<String, Value>, now: Timestamp) -> Result<ItemNumber, Refused> {
        self.address_book.folder(folder).ok_or(Refused::NoSuchFolder)?;
        self.address_book.contacts_made += 1;
        let item = ItemNumber(MARK | self.address_book.contacts_made);
        let change = self.next_change();
        let contact = Contact { item, folder, change, created: now, modified: now, properties, photo: None, logged: 0 };
        self.address_book.contacts.insert(item, contact);
        self.note_contact(item, folder, change, ChangeKind::Created, now);
        Ok(item)
    }

    /// Changes a contact.
    ///
    /// # Errors
    /// [`Refused::NoSuchItem`].
    pub fn alter_contact(&mut self, item: ItemNumber, now: Timestamp, alter: impl FnOnce(&mut Contact)) -> Result<(), Refused> {
        self.address_book.contact(item).ok_or(Refused::NoSuchItem)?;
        let change = self.next_change();
        let contact = self.address_book.contacts.get_mut(&item).ok_or(Refused::NoSuchItem)?;
        alter(contact);
        (contact.change, contact.modified) = (change, now);
        let folder = contact.folder;
        self.note_contact(item, folder, change, ChangeKind::Updated, now);
        Ok(())
    }

    /// Deletes a contact.
    ///
    /// # Errors
    /// [`Refused::NoSuchItem`].
    pub fn remove_contact(&mut self, item: ItemNumber, now: Timestamp) -> Result<(), Refused> {
        let contact = self.address_book.contacts.remove(&item).ok_or(Refused::NoSuchItem)?;
        self.note_contact(item, contact.folder, contact.change, ChangeKind::Deleted, now);
        Ok(())
    }

    fn note_contact(&mut self, item: ItemNumber, folder: FolderNumber, change: u64, kind: ChangeKind, at: Timestamp) {
        let length_max = self.rules.log_lines_max;
        let line = if kind == ChangeKind::Deleted { LogKind::Removed } else { LogKind::Present };
        let log = self.address_book.folders.get_mut(&folder).map(|folder| &mut folder.log);
        let logged = log.map_or(0, |log| log.append(LogEntry { item, stay: 0, kind: line }, length_max));
        if let Some(contact) = self.address_book.contacts.get_mut(&item) {
            contact.logged = logged;
        }
        let class = ItemClass::Contact;
        self.pending.push(Change { class, kind, folder, item, stay: 0, change, read: (true, true), moved: false, at });
    }
}
