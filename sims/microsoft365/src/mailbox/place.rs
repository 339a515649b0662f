//! Putting messages into folders and taking them out: the one place where counts and logs change.

use jiff::Timestamp;

use super::change::{Change, ChangeKind, ItemClass};
use super::folder::{Folder, FolderNumber, Place};
use super::log::{LogEntry, LogKind};
use super::message::{ItemNumber, Message};
use super::store::Mailbox;

impl Mailbox {
    /// Takes a message that has its number already into its folder, and reports it.
    pub(super) fn enter(&mut self, mut message: Box<Message>, moved: bool) {
        let (item, is_read, bytes) = (message.item, message.is_read, message.byte_count());
        let place = Place { received_s: message.received.as_second(), item };
        let (folder, stay) = (message.folder, message.stay);
        let in_tree = self.with_folder(folder, |folder, log_lines_max| {
            folder.places.insert(place);
            folder.unread_count += u32::from(!is_read);
            folder.byte_count += bytes;
            let line = LogEntry { item, stay, kind: LogKind::Present };
            let logged = folder.log.append(line, log_lines_max);
            (message.entered, message.altered, message.logged) = (logged, logged, logged);
            folder.in_tree
        });
        if in_tree {
            self.everywhere.insert(place);
        }
        let (change, at) = (message.change, message.modified);
        self.messages[item.0 as usize] = Some(message);
        let read = (is_read, is_read);
        self.pending.push(Change { class: ItemClass::Message, kind: ChangeKind::Created, folder, item, stay, change, read, moved, at });
    }

    /// Takes a message out of its folder, and reports it. The caller puts it somewhere else or drops it.
    pub(super) fn leave(&mut self, item: ItemNumber, moved: bool, at: Timestamp) -> Option<Box<Message>> {
        let message = self.messages.get_mut(item.0 as usize)?.take()?;
        let place = Place { received_s: message.received.as_second(), item };
        let (folder, stay) = (message.folder, message.stay);
        self.with_folder(folder, |folder, log_lines_max| {
            folder.places.remove(&place);
            folder.unread_count -= u32::from(!message.is_read);
            folder.byte_count -= message.byte_count();
            folder.log.append(LogEntry { item, stay, kind: LogKind::Removed }, log_lines_max);
        });
        self.everywhere.remove(&place);
        let change = message.change;
        let read = (message.is_read, message.is_read);
        self.pending.push(Change { class: ItemClass::Message, kind: ChangeKind::Deleted, folder, item, stay, change, read, moved, at });
        Some(message)
    }

    /// Changes a message where it lies. `read_only`: nothing but the read flag is touched by `alter`.
    pub(super) fn alter(&mut self, item: ItemNumber, now: Timestamp, read_only: bool, alter: impl FnOnce(&mut Message)) -> bool {
        let change = self.next_change();
        let Some(message) = self.message_mut(item) else { return false };
        let (folder, stay, was_read) = (message.folder, message.stay, message.is_read);
        let bytes_before = message.byte_count();
        alter(message);
        (message.change, message.modified) = (change, now);
        let (is_read, bytes) = (message.is_read, message.byte_count());
        let logged = self.with_folder(folder, |folder, log_lines_max| {
            folder.unread_count = folder.unread_count + u32::from(!is_read) - u32::from(!was_read);
            folder.byte_count = folder.byte_count + bytes - bytes_before;
            folder.log.append(LogEntry { item, stay, kind: LogKind::Present }, log_lines_max)
        });
        let message = self.message_mut(item).expect("it was there a moment ago");
        message.logged = logged;
        if !read_only {
            message.altered = logged;
        }
        let read = (was_read, is_read);
        let kind = ChangeKind::Updated;
        self.pending.push(Change { class: ItemClass::Message, kind, folder, item, stay, change, read, moved: false, at: now });
        true
    }

    /// The next change number of the mailbox.
    pub(super) fn next_change(&mut self) -> u64 {
        self.change += 1;
        self.change
    }

    /// Changes a folder and notes that its row in the folder delta is another one now.
    pub(super) fn with_folder<T>(&mut self, number: FolderNumber, change: impl FnOnce(&mut Folder, usize) -> T) -> T {
        self.folder_change += 1;
        let (touched, log_lines_max) = (self.folder_change, self.rules.log_lines_max);
        let folder = self.folder_mut(number).expect("a message's folder is there");
        folder.touched = touched;
        change(folder, log_lines_max)
    }
}
