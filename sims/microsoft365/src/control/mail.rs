//! Messages and folders: delivered, moved, marked, deleted, made, renamed.
//!
//! Folders are named by id, by well-known name or by a path such as `Inbox/Customers`; messages by either form of id.
//! Each change is planned for notification before the call returns.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use super::{Control, ControlError};
use crate::arrival;
use crate::graph::subscriptions;
use crate::mail::{self, ParsedMail, compose};
use crate::mailbox::{DeliverOptions, Flag, FolderNumber, IdForm, ItemNumber, Mailbox, WellKnown};
use crate::world::World;

/// A message that was delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Immutable id.
    pub id: String,
    /// Default id.
    pub default_id: String,
    /// Its folder's id.
    pub folder_id: String,
    /// `receivedDateTime`
    pub received: Timestamp,
}

impl Control {
    /// Delivers raw MIME into a folder (`inbox` mostly).
    ///
    /// # Errors
    /// No such mailbox or folder; unreadable MIME.
    pub fn deliver_mime(
        &self,
        mailbox: &str,
        folder: &str,
        raw: impl Into<Bytes>,
        options: DeliverOptions,
    ) -> Result<Delivery, ControlError> {
        let mail = mail::parse(raw.into())?;
        self.deliver(mailbox, folder, mail, options)
    }

    /// Delivers a message given in Graph's JSON; its MIME is made from it.
    ///
    /// # Errors
    /// No such mailbox or folder; JSON that is no message.
    pub fn deliver_json(&self, mailbox: &str, folder: &str, message: &Value, options: DeliverOptions) -> Result<Delivery, ControlError> {
        let (number, now) = {
            let mut world = self.sim.world();
            (world.ids.next_u64(), world.now())
        };
        let mail = mail::parse(compose::mime(message, mailbox, number, now)?)?;
        self.deliver(mailbox, folder, mail, options)
    }

    /// Delivers a message that was read before. One that comes into the inbox meets the rules and the automatic replies there.
    ///
    /// # Errors
    /// No such mailbox or folder.
    pub fn deliver(&self, mailbox: &str, folder: &str, mail: ParsedMail, options: DeliverOptions) -> Result<Delivery, ControlError> {
        if folder.eq_ignore_ascii_case(WellKnown::Inbox.name()) && !options.is_draft {
            return self.take_in(mailbox, mail, options);
        }
        self.change(mailbox, |mailbox, now| {
            let folder = find_folder(mailbox, folder)?;
            let item = mailbox.deliver(folder, mail, options, now)?;
            delivery(mailbox, item)
        })
    }

    fn take_in(&self, name: &str, mail: ParsedMail, options: DeliverOptions) -> Result<Delivery, ControlError> {
        let mut world = self.sim.world();
        let unknown = || ControlError::NotFound(name.to_owned());
        let user = world.directory.user(name).map(|user| user.id.clone()).ok_or_else(unknown)?;
        let item = arrival::arrive(&mut world, &user, mail, options).ok_or_else(unknown)?;
        subscriptions::collect(&mut world);
        delivery(find_mailbox(&mut world, name)?, item)
    }

    /// Moves a message; gives its new ids.
    ///
    /// # Errors
    /// No such mailbox, message or folder.
    pub fn move_message(&self, mailbox: &str, message: &str, folder: &str) -> Result<Delivery, ControlError> {
        self.change(mailbox, |mailbox, now| {
            let (item, folder) = (mailbox.find_message(message)?, find_folder(mailbox, folder)?);
            mailbox.move_message(item, folder, now)?;
            delivery(mailbox, item)
        })
    }

    /// Copies a message; gives the copy's ids.
    ///
    /// # Errors
    /// No such mailbox, message or folder.
    pub fn copy_message(&self, mailbox: &str, message: &str, folder: &str) -> Result<Delivery, ControlError> {
        self.change(mailbox, |mailbox, now| {
            let (item, folder) = (mailbox.find_message(message)?, find_folder(mailbox, folder)?);
            let copy = mailbox.copy_message(item, folder, now)?;
            delivery(mailbox, copy)
        })
    }

    /// Marks a message read or unread.
    ///
    /// # Errors
    /// No such mailbox or message.
    pub fn mark_read(&self, mailbox: &str, message: &str, is_read: bool) -> Result<(), ControlError> {
        self.change(mailbox, |mailbox, now| {
            let item = mailbox.find_message(message)?;
            Ok(mailbox.set_read(item, is_read, now)?)
        })
    }

    /// Flags a message (`flagged`, `complete`, `notFlagged`).
    ///
    /// # Errors
    /// No such mailbox or message.
    pub fn flag(&self, mailbox: &str, message: &str, status: &str) -> Result<(), ControlError> {
        self.change(mailbox, |mailbox, now| {
            let item = mailbox.find_message(message)?;
            Ok(mailbox.set_flag(item, Flag::of(status), now)?)
        })
    }

    /// Replaces a message's categories.
    ///
    /// # Errors
    /// No such mailbox or message.
    pub fn set_categories(&self, mailbox: &str, message: &str, categories: &[String]) -> Result<(), ControlError> {
        self.change(mailbox, |mailbox, now| {
            let item = mailbox.find_message(message)?;
            Ok(mailbox.set_categories(item, categories, now)?)
        })
    }

    /// Deletes a message: into Deleted Items as a person does, or for good.
    ///
    /// # Errors
    /// No such mailbox or message.
    pub fn delete_message(&self, mailbox: &str, message: &str, for_good: bool) -> Result<(), ControlError> {
        self.change(mailbox, |mailbox, now| {
            let item = mailbox.find_message(message)?;
            if for_good {
                mailbox.purge(item, now)?;
            } else {
                mailbox.soft_delete(item, now)?;
            }
            Ok(())
        })
    }

    /// Makes a folder below another (`msgfolderroot` for the top); gives its id.
    ///
    /// # Errors
    /// No such mailbox or parent; the name is taken.
    pub fn create_folder(&self, mailbox: &str, parent: &str, name: &str) -> Result<String, ControlError> {
        self.change(mailbox, |mailbox, now| {
            let parent = find_folder(mailbox, parent)?;
            let folder = mailbox.create_folder(parent, name, false, now)?;
            Ok(mailbox.folder_id(folder))
        })
    }

    /// Gives a folder another name.
    ///
    /// # Errors
    /// No such mailbox or folder; a well-known folder; the name is taken.
    pub fn rename_folder(&self, mailbox: &str, folder: &str, name: &str) -> Result<(), ControlError> {
        self.change(mailbox, |mailbox, _| {
            let folder = find_folder(mailbox, folder)?;
            Ok(mailbox.rename_folder(folder, name)?)
        })
    }

    /// Puts a folder into another.
    ///
    /// # Errors
    /// No such mailbox or folder; a well-known folder; the name is taken there.
    pub fn move_folder(&self, mailbox: &str, folder: &str, parent: &str) -> Result<(), ControlError> {
        self.change(mailbox, |mailbox, _| {
            let (folder, parent) = (find_folder(mailbox, folder)?, find_folder(mailbox, parent)?);
            Ok(mailbox.move_folder(folder, parent)?)
        })
    }

    /// Deletes a folder: into Deleted Items as a person does, or for good with all that is in it.
    ///
    /// # Errors
    /// No such mailbox or folder; a well-known folder.
    pub fn delete_folder(&self, mailbox: &str, folder: &str, for_good: bool) -> Result<(), ControlError> {
        self.change(mailbox, |mailbox, now| {
            let folder = find_folder(mailbox, folder)?;
            if for_good {
                mailbox.purge_folder(folder, now)?;
            } else {
                mailbox.delete_folder(folder, now)?;
            }
            Ok(())
        })
    }

    /// Runs a change on a mailbox and plans the notifications that follow from it.
    ///
    /// # Errors
    /// [`ControlError::NotFound`] and those of the change.
    pub fn change<T>(
        &self,
        mailbox: &str,
        change: impl FnOnce(&mut Mailbox, Timestamp) -> Result<T, ControlError>,
    ) -> Result<T, ControlError> {
        let mut world = self.sim.world();
        let now = world.now();
        let result = change(find_mailbox(&mut world, mailbox)?, now);
        subscriptions::collect(&mut world);
        result
    }
}

fn find_mailbox<'a>(world: &'a mut World, name: &str) -> Result<&'a mut Mailbox, ControlError> {
    world.mailbox_mut(name).ok_or_else(|| ControlError::NotFound(name.to_owned()))
}

/// A folder by id, well-known name, or path of names from the top of the visible tree.
pub(super) fn find_folder(mailbox: &Mailbox, name: &str) -> Result<FolderNumber, ControlError> {
    let by_id = mailbox.find_folder(name);
    if let Ok(folder) = by_id {
        return Ok(folder);
    }
    let mut at = mailbox.well_known(WellKnown::MsgFolderRoot).number;
    for (place, step) in name.split('/').enumerate() {
        at = match WellKnown::read(step).filter(|_| place == 0) {
            Some(known) => mailbox.well_known(known).number,
            None => child(mailbox, at, step).ok_or(by_id.err().unwrap_or(crate::mailbox::Refused::NoSuchFolder))?,
        };
    }
    Ok(at)
}

/// The child folder of that name, in any case.
pub(super) fn child(mailbox: &Mailbox, parent: FolderNumber, name: &str) -> Option<FolderNumber> {
    mailbox.children(parent).into_iter().find(|folder| folder.name.eq_ignore_ascii_case(name)).map(|folder| folder.number)
}

fn delivery(mailbox: &Mailbox, item: ItemNumber) -> Result<Delivery, ControlError> {
    let message = mailbox.message(item).ok_or(crate::mailbox::Refused::NoSuchItem)?;
    Ok(Delivery {
        id: mailbox.message_id(message, IdForm::Immutable),
        default_id: mailbox.message_id(message, IdForm::Default),
        folder_id: mailbox.folder_id(message.folder),
        received: message.received,
    })
}
