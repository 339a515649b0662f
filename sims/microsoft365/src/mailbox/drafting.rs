//! Drafts: changed, given attachments, taken out when they are sent, and put into Sent Items as the copy.
//!
//! A message that is being sent keeps its number, so its immutable id leads to the copy later (reference: Graph, sections 3.10
//! and 13.1); while it is on its way nothing has that id.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::change::Refused;
use super::document::{Document, Property};
use super::folder::{FolderNumber, WellKnown};
use super::message::{Attachment, Importance, ItemNumber, Message};
use super::operations::{seconds, served_body};
use super::store::{DeliverOptions, Mailbox};
use crate::mail::ParsedMail;

impl Mailbox {
    /// Sets properties of a message's document, and its importance if it is among them; a body becomes what Exchange serves.
    ///
    /// # Errors
    /// [`Refused::NoSuchItem`].
    pub fn set_properties(
        &mut self,
        item: ItemNumber,
        mut properties: Map<String, Value>,
        raw: Bytes,
        now: Timestamp,
    ) -> Result<(), Refused> {
        self.present(item)?;
        let stays_text = self.rules.text_bodies_stay_text;
        let body = properties.get("body").cloned();
        if let Some(body) = &body {
            properties.insert("body".to_owned(), served_body(Some(body), stays_text));
        }
        self.alter(item, now, false, |message| {
            message.is_plain = body.map_or(message.is_plain, |body| body["contentType"] == "text");
            let mut map = message.document.to_map();
            map.extend(properties);
            if let Some(importance) = map.remove("importance").as_ref().and_then(Value::as_str).and_then(Importance::read) {
                message.importance = importance;
            }
            message.document = Document::take_from(&mut map);
            message.raw = raw;
        });
        Ok(())
    }

    /// Adds an attachment under a number that the message has not had yet; gives its place.
    ///
    /// # Errors
    /// [`Refused::NoSuchItem`].
    pub fn attach(&mut self, item: ItemNumber, attachment: Attachment, now: Timestamp) -> Result<usize, Refused> {
        let mut place = 0;
        self.with_attachments(item, now, |all, made| {
            place = all.len();
            all.push(Attachment { number: *made, ..attachment });
            *made += 1;
        })?;
        Ok(place)
    }

    /// Takes an attachment away.
    ///
    /// # Errors
    /// [`Refused::NoSuchItem`].
    pub fn detach(&mut self, item: ItemNumber, place: usize, now: Timestamp) -> Result<(), Refused> {
        self.with_attachments(item, now, |all, _| {
            if place < all.len() {
                all.remove(place);
            }
        })
    }

    fn with_attachments(
        &mut self,
        item: ItemNumber,
        now: Timestamp,
        change: impl FnOnce(&mut Vec<Attachment>, &mut usize),
    ) -> Result<(), Refused> {
        self.present(item)?;
        self.alter(item, now, false, |message| {
            let mut all = std::mem::take(&mut message.attachments).into_vec();
            change(&mut all, &mut message.attachments_made);
            let has_files = all.iter().any(|attachment| !attachment.is_inline);
            message.attachments = all.into_boxed_slice();
            let mut map = message.document.to_map();
            map.insert(Property::HasAttachments.name().to_owned(), json!(has_files));
            message.document = Document::take_from(&mut map);
        });
        Ok(())
    }

    /// A mail that is sent without ever having been a draft in a folder.
    pub fn write_aside(&mut self, mail: ParsedMail, options: DeliverOptions, now: Timestamp) -> Box<Message> {
        self.made(self.drafts(), mail, options, now)
    }

    /// Takes a draft out: it is on its way.
    pub fn take_out(&mut self, item: ItemNumber, now: Timestamp) -> Option<Box<Message>> {
        self.leave(item, false, now)
    }

    /// Puts what was sent into a folder (Sent Items mostly), as sent at `sent` by `from` and `sender`.
    pub fn put_sent(&mut self, mut message: Box<Message>, raw: Bytes, parties: (Value, Value), sent: Timestamp, now: Timestamp) {
        let sent = seconds(sent);
        let mut map = message.document.to_map();
        let (from, sender) = parties;
        for (name, value) in [("from", from), ("sender", sender)] {
            map.insert(name.to_owned(), value);
        }
        for name in ["sentDateTime", "receivedDateTime"] {
            map.insert(name.to_owned(), json!(sent.to_string()));
        }
        message.document = Document::take_from(&mut map);
        message.folder = self.well_known(WellKnown::SentItems).number;
        (message.is_draft, message.is_read) = (false, true);
        (message.sent, message.received, message.modified) = (sent, sent, now);
        (message.raw, message.stay) = (raw, message.stay + 1);
        message.change = self.next_change();
        self.enter(message, false);
    }

    /// The folder of drafts.
    pub fn drafts(&self) -> FolderNumber {
        self.well_known(WellKnown::Drafts).number
    }
}
