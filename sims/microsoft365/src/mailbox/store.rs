//! A mailbox as a whole: where its folders and messages are, and how an id finds them.
//!
//! Items and folders are numbered from 1 and never renumbered; the vectors are indexed by those numbers.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::calendar::Agenda;
use super::change::{Change, Refused};
use super::contacts::AddressBook;
use super::conversation::Conversations;
use super::folder::{Folder, FolderNumber, Place, WellKnown};
use super::ids::{IdForm, ItemReference, MailboxKey};
use super::inbox_rules::InboxRule;
use super::message::{ItemNumber, Message};
use super::settings::MailboxSettings;

/// How a mailbox behaves where Exchange's behaviour is a matter of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailboxRules {
    /// Lines that a folder's log keeps; a delta token older than that has expired.
    pub log_lines_max: usize,
    /// A reply under another subject starts a conversation of its own.
    pub conversations_split_by_subject: bool,
    /// A plain text body is kept and served as text instead of HTML.
    pub text_bodies_stay_text: bool,
}

impl Default for MailboxRules {
    fn default() -> Self {
        Self { log_lines_max: 1_000_000, conversations_split_by_subject: true, text_bodies_stay_text: false }
    }
}

/// What the deliverer decides about a message, as against what the mail says.
#[derive(Debug, Clone, Default)]
pub struct DeliverOptions {
    /// `isRead`
    pub is_read: bool,
    /// `isDraft`
    pub is_draft: bool,
    /// When it was received; otherwise what the mail's own fields say, otherwise now.
    pub received: Option<Timestamp>,
    /// `categories`
    pub categories: Vec<String>,
    /// Single-value extended properties: id and value.
    pub extended: Vec<(String, String)>,
}

/// One mailbox.
#[derive(Debug, Clone)]
pub struct Mailbox {
    pub(super) key: MailboxKey,
    pub(super) rules: MailboxRules,
    pub(super) folders: Vec<Option<Folder>>,
    pub(super) messages: Vec<Option<Box<Message>>>,
    pub(super) everywhere: BTreeSet<Place>,
    pub(super) conversations: Conversations,
    /// Number of the last change of anything; change keys are made from it.
    pub(super) change: u64,
    /// Number of the last change of a folder; folder delta reads from it.
    pub(super) folder_change: u64,
    pub(super) folders_gone: Vec<(u64, FolderNumber)>,
    pub(super) pending: Vec<Change>,
    /// Which messages were given an extended property of this id and value.
    pub(super) by_extended: HashMap<(String, String), Vec<ItemNumber>>,
    pub(super) purges: FolderNumber,
    pub(super) settings: MailboxSettings,
    /// Who has had an automatic reply, in small letters.
    pub(super) replied_to: BTreeSet<String>,
    pub(super) inbox_rules: Vec<InboxRule>,
    pub(super) rules_made: u64,
    pub(super) agenda: Agenda,
    pub(super) address_book: AddressBook,
}

impl Mailbox {
    /// An empty mailbox with its well-known folders. `number` makes its ids unlike all others'.
    pub fn new(number: u128, rules: MailboxRules, now: Timestamp) -> Self {
        let mut mailbox = Self {
            key: MailboxKey::new(number),
            rules,
            folders: vec![None],
            messages: vec![None],
            everywhere: BTreeSet::new(),
            conversations: Conversations::default(),
            change: 0,
            folder_change: 0,
            folders_gone: Vec::new(),
            pending: Vec::new(),
            by_extended: HashMap::new(),
            purges: FolderNumber(0),
            settings: MailboxSettings::new(now),
            replied_to: BTreeSet::new(),
            inbox_rules: Vec::new(),
            rules_made: 0,
            agenda: Agenda::new(),
            address_book: AddressBook::new(),
        };
        mailbox.found_tree(now);
        mailbox
    }

    /// The key that the mailbox's ids are made with.
    pub fn key(&self) -> &MailboxKey {
        &self.key
    }

    /// What its owner has set.
    pub fn settings(&self) -> &MailboxSettings {
        &self.settings
    }

    /// Sets all that its owner can set. Everybody may get an automatic reply again when those are other ones.
    pub fn set_settings(&mut self, settings: MailboxSettings) {
        if settings.automatic_replies != self.settings.automatic_replies {
            self.replied_to.clear();
        }
        self.settings = settings;
    }

    /// Notes that an address gets an automatic reply; false if it had one.
    pub fn note_automatic_reply(&mut self, address: &str) -> bool {
        self.replied_to.insert(address.to_lowercase())
    }

    /// The folder with this number.
    pub fn folder(&self, number: FolderNumber) -> Option<&Folder> {
        self.folders.get(number.0 as usize)?.as_ref()
    }

    /// The folder with this well-known name; every mailbox has them all.
    pub fn well_known(&self, name: WellKnown) -> &Folder {
        self.folders()
            .find(|folder| folder.well_known == Some(name))
            .expect("well-known folders are made with the mailbox and can't be deleted")
    }

    /// All folders, the ones beside the visible tree included.
    pub fn folders(&self) -> impl Iterator<Item = &Folder> {
        self.folders.iter().flatten()
    }

    /// The folders that lie directly in `parent`, by name.
    pub fn children(&self, parent: FolderNumber) -> Vec<&Folder> {
        let mut children: Vec<_> = self.folders().filter(|folder| folder.parent == Some(parent)).collect();
        children.sort_by_cached_key(|folder| (folder.name.to_lowercase(), folder.number));
        children
    }

    /// Finds a folder by id or well-known name.
    ///
    /// # Errors
    /// [`Refused::NoSuchFolder`], or [`Refused::MalformedId`] when it can be neither.
    pub fn find_folder(&self, id: &str) -> Result<FolderNumber, Refused> {
        if let Some(name) = WellKnown::read(id) {
            return Ok(self.well_known(name).number);
        }
        let number = self.key.read_folder_id(id).ok_or(Refused::MalformedId)?;
        let found = self.folder(number).filter(|_| number != self.purges);
        found.map(|folder| folder.number).ok_or(Refused::NoSuchFolder)
    }

    /// Finds a message by an id of either form.
    ///
    /// # Errors
    /// [`Refused::MalformedId`] for what is no id of this mailbox; [`Refused::NoSuchItem`] when the item
    /// is gone, or a default id is from an earlier stay.
    pub fn find_message(&self, id: &str) -> Result<ItemNumber, Refused> {
        match self.key.read_item_id(id).ok_or(Refused::MalformedId)? {
            ItemReference::Anywhere { item } => self.message(item).map(|message| message.item).ok_or(Refused::NoSuchItem),
            ItemReference::Placed { folder, item, stay } => self
                .message(item)
                .filter(|message| message.folder == folder && message.stay == stay)
                .map(|message| message.item)
                .ok_or(Refused::NoSuchItem),
        }
    }

    /// The message with this number.
    pub fn message(&self, item: ItemNumber) -> Option<&Message> {
        self.messages.get(item.0 as usize)?.as_deref()
    }

    /// The folder's id.
    pub fn folder_id(&self, folder: FolderNumber) -> String {
        self.key.folder_id(folder)
    }

    /// The message's id in the form asked for.
    pub fn message_id(&self, message: &Message, form: IdForm) -> String {
        self.id_of(message.folder, message.item, message.stay, form)
    }

    /// The id that a message had or has in a stay.
    pub fn id_of(&self, folder: FolderNumber, item: ItemNumber, stay: u32, form: IdForm) -> String {
        match form {
            IdForm::Default => self.key.default_id(folder, item, stay),
            IdForm::Immutable => self.key.immutable_id(item),
        }
    }

    /// Messages of the whole mailbox in order, without Recoverable Items.
    pub fn everywhere(&self) -> &BTreeSet<Place> {
        &self.everywhere
    }

    /// Whether the message was purged and lingers only because an immutable id still opens it.
    pub fn is_purged(&self, message: &Message) -> bool {
        message.folder == self.purges
    }

    /// Number of the newest folder change: what a folder delta token holds.
    pub fn folder_change(&self) -> u64 {
        self.folder_change
    }

    /// Folders that went away after the change `seen`, oldest first, each with the number of its change.
    pub fn folders_gone_after(&self, seen: u64) -> impl Iterator<Item = (u64, FolderNumber)> + '_ {
        self.folders_gone.iter().copied().filter(move |(change, _)| *change > seen)
    }

    /// The changes since the last call, for the subscriptions.
    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.pending)
    }

    /// Whether there are changes that [`Self::take_changes`] would give.
    pub fn has_changes(&self) -> bool {
        !self.pending.is_empty()
    }

    pub(super) fn folder_mut(&mut self, number: FolderNumber) -> Option<&mut Folder> {
        self.folders.get_mut(number.0 as usize)?.as_mut()
    }

    pub(super) fn message_mut(&mut self, item: ItemNumber) -> Option<&mut Message> {
        self.messages.get_mut(item.0 as usize)?.as_deref_mut()
    }
}
