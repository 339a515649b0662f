//! What can be done to messages: deliver, move, copy, mark, delete.
//!
//! Every mutation gives the message a new change key and writes a line into its folder's log; a move
//! writes a removal into one log and an arrival into another and ends the default id (reference: Graph,
//! sections 3.6, 4.1 and 13.1).

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::change::Refused;
use super::document::Document;
use super::folder::{FolderNumber, WellKnown};
use super::invitation;
use super::message::{Attachment, AttachmentContent, Flag, Importance, Inference, ItemNumber, Message};
use super::sanitise::sanitised;
use super::store::{DeliverOptions, Mailbox};
use crate::mail::{AttachmentKind, ParsedAttachment, ParsedMail, text_to_html};

impl Mailbox {
    /// Delivers a message into a folder.
    ///
    /// # Errors
    /// [`Refused::NoSuchFolder`].
    pub fn deliver(
        &mut self,
        folder: FolderNumber,
        mail: ParsedMail,
        options: DeliverOptions,
        now: Timestamp,
    ) -> Result<ItemNumber, Refused> {
        self.folder(folder).ok_or(Refused::NoSuchFolder)?;
        let message = self.made(folder, mail, options, now);
        let item = message.item;
        self.enter(message, false);
        Ok(item)
    }

    /// A mail as a message of this mailbox that lies in no folder yet.
    pub(super) fn made(&mut self, folder: FolderNumber, mail: ParsedMail, options: DeliverOptions, now: Timestamp) -> Box<Message> {
        let item = self.next_item();
        let received = seconds(options.received.or(mail.received).unwrap_or(now));
        let ParsedMail { mut properties, attachments, raw, .. } = mail;
        let is_plain = properties.get("body").is_some_and(|body| body["contentType"] == "text");
        self.complete(&mut properties, received, now);
        if options.is_draft {
            // The mailbox's own copy shows no headers (reference 3.8).
            properties.remove("internetMessageHeaders");
        }
        let mut document = Document::take_from(&mut properties);
        let word = |name: &str| properties.get(name).and_then(Value::as_str).unwrap_or_default();
        let importance = Importance::read(word("importance")).unwrap_or_default();
        let inference = Inference::read(word("inferenceClassification")).unwrap_or_default();
        let flag = properties.get("flag").and_then(Value::as_object).and_then(Flag::from_json);
        let categories = categories(&options.categories, properties.get("categories"));
        if let Some(derived) = invitation::derive(&attachments) {
            document.set_derived(derived);
        }
        let sent = document.text(super::Property::SentDateTime);
        let message = Message {
            item,
            folder,
            stay: 0,
            change: self.next_change(),
            modified: now,
            received,
            sent: sent.and_then(|text| text.parse().ok()).unwrap_or(received),
            is_read: options.is_read,
            is_draft: options.is_draft,
            is_plain,
            importance,
            inference,
            flag,
            categories,
            entered: 0,
            altered: 0,
            logged: 0,
            document,
            raw,
            attachments_made: attachments.len(),
            attachments: attachments.into_iter().enumerate().map(kept).collect(),
            extended: options.extended.iter().map(|(id, value)| (id.as_str().into(), value.as_str().into())).collect(),
        };
        self.know_extended(&message);
        Box::new(message)
    }

    /// Adds what comes from being in a mailbox, and turns the body into what Exchange serves.
    fn complete(&mut self, properties: &mut Map<String, Value>, received: Timestamp, now: Timestamp) {
        let split = self.rules.conversations_split_by_subject;
        let joined = self.conversations.join(properties, &self.key, split);
        let mut put = |name: &str, value: Value| properties.insert(name.to_owned(), value);
        put("conversationId", json!(self.key.conversation_id(joined.conversation)));
        put("conversationIndex", json!(joined.index));
        put("receivedDateTime", json!(received.to_string()));
        put("createdDateTime", json!(seconds(now).to_string()));
        let mut default = |name: &str, value: Value| {
            properties.entry(name).or_insert(value);
        };
        default("sentDateTime", json!(received.to_string()));
        default("hasAttachments", json!(false));
        default("isDeliveryReceiptRequested", json!(false));
        default("isReadReceiptRequested", json!(false));
        for name in ["toRecipients", "ccRecipients", "bccRecipients", "replyTo"] {
            default(name, json!([]));
        }
        for name in ["from", "sender", "internetMessageHeaders"] {
            if properties.get(name).is_some_and(Value::is_null) {
                properties.remove(name);
            }
        }
        let body = served_body(properties.get("body"), self.rules.text_bodies_stay_text);
        properties.insert("body".to_owned(), body);
    }

    /// Moves a message into another folder; its default id dies, its immutable id stays.
    ///
    /// # Errors
    /// [`Refused::NoSuchItem`] or [`Refused::NoSuchFolder`].
    pub fn move_message(&mut self, item: ItemNumber, folder: FolderNumber, now: Timestamp) -> Result<(), Refused> {
        let to_tree = self.folder(folder).ok_or(Refused::NoSuchFolder)?.in_tree;
        let from = self.present(item)?.folder;
        let within = to_tree && self.folder(from).is_some_and(|from| from.in_tree);
        let mut message = self.leave(item, within, now).ok_or(Refused::NoSuchItem)?;
        message.folder = folder;
        message.stay += 1;
        message.change = self.next_change();
        message.modified = now;
        self.enter(message, within);
        Ok(())
    }

    /// Copies a message into a folder; the copy has new ids of both forms.
    ///
    /// # Errors
    /// [`Refused::NoSuchItem`] or [`Refused::NoSuchFolder`].
    pub fn copy_message(&mut self, item: ItemNumber, folder: FolderNumber, now: Timestamp) -> Result<ItemNumber, Refused> {
        self.folder(folder).ok_or(Refused::NoSuchFolder)?;
        let mut copy = Box::new(self.present(item)?.clone());
        copy.item = self.next_item();
        copy.folder = folder;
        copy.stay = 0;
        copy.change = self.next_change();
        copy.modified = now;
        let item = copy.item;
        self.know_extended(&copy);
        self.enter(copy, false);
        Ok(item)
    }

    /// Marks a message read or unread. Marking it as it is already still makes a change, as Exchange does.
    ///
    /// # Errors
    /// [`Refused::NoSuchItem`].
    pub fn set_read(&mut self, item: ItemNumber, is_read: bool, now: Timestamp) -> Result<(), Refused> {
        self.altered(item, |mailbox| mailbox.alter(item, now, true, |message| message.is_read = is_read))
    }

    /// Flags a message, or takes the flag away.
    ///
    /// # Errors
    /// [`Refused::NoSuchItem`].
    pub fn set_flag(&mut self, item: ItemNumber, flag: Option<Box<Flag>>, now: Timestamp) -> Result<(), Refused> {
        self.altered(item, |mailbox| mailbox.alter(item, now, false, |message| message.flag = flag))
    }

    /// Sets how important a message is.
    ///
    /// # Errors
    /// [`Refused::NoSuchItem`].
    pub fn set_importance(&mut self, item: ItemNumber, importance: Importance, now: Timestamp) -> Result<(), Refused> {
        self.altered(item, |mailbox| mailbox.alter(item, now, false, |message| message.importance = importance))
    }

    /// Puts a message among the focused or the other ones.
    ///
    /// # Errors
    /// [`Refused::NoSuchItem`].
    pub fn set_inference(&mut self, item: ItemNumber, inference: Inference, now: Timestamp) -> Result<(), Refused> {
        self.altered(item, |mailbox| mailbox.alter(item, now, false, |message| message.inference = inference))
    }

    /// Replaces a message's categories.
    ///
    /// # Errors
    /// [`Refused::NoSuchItem`].
    pub fn set_categories(&mut self, item: ItemNumber, categories: &[String], now: Timestamp) -> Result<(), Refused> {
        let categories = categories.iter().map(|name| name.as_str().into()).collect();
        self.altered(item, |mailbox| mailbox.alter(item, now, false, |message| message.categories = categories))
    }

    /// Deletes a message as a person does: into Deleted Items, from there into Recoverable Items.
    ///
    /// # Errors
    /// [`Refused::NoSuchItem`].
    pub fn soft_delete(&mut self, item: ItemNumber, now: Timestamp) -> Result<(), Refused> {
        let folder = self.message(item).ok_or(Refused::NoSuchItem)?.folder;
        let bin = self.well_known(WellKnown::DeletedItems).number;
        let recoverable = self.well_known(WellKnown::RecoverableItemsDeletions).number;
        if folder == recoverable || folder == self.purges {
            return self.purge(item, now);
        }
        let target = if self.lies_below(folder, bin) { recoverable } else { bin };
        self.move_message(item, target, now)
    }

    /// Deletes a message for good. It lingers in the purges folder, where only its immutable id finds it.
    ///
    /// # Errors
    /// [`Refused::NoSuchItem`], or [`Refused::AlreadyPurged`] the second time.
    pub fn purge(&mut self, item: ItemNumber, now: Timestamp) -> Result<(), Refused> {
        let message = self.message(item).ok_or(Refused::NoSuchItem)?;
        if message.folder == self.purges {
            return Err(Refused::AlreadyPurged);
        }
        let mut message = self.leave(item, false, now).ok_or(Refused::NoSuchItem)?;
        message.folder = self.purges;
        message.stay += 1;
        message.change = self.next_change();
        message.modified = now;
        self.messages[item.0 as usize] = Some(message);
        Ok(())
    }

    /// A body as this mailbox serves it.
    pub fn served_body(&self, body: &Value) -> Value {
        served_body(Some(body), self.rules.text_bodies_stay_text)
    }

    /// The message, unless it was purged: what lingers there is read and nothing else.
    pub(super) fn present(&self, item: ItemNumber) -> Result<&Message, Refused> {
        self.message(item).filter(|message| message.folder != self.purges).ok_or(Refused::NoSuchItem)
    }

    fn altered(&mut self, item: ItemNumber, alter: impl FnOnce(&mut Self) -> bool) -> Result<(), Refused> {
        self.present(item)?;
        if alter(self) { Ok(()) } else { Err(Refused::NoSuchItem) }
    }

    pub(super) fn next_item(&mut self) -> ItemNumber {
        self.messages.push(None);
        ItemNumber(u32::try_from(self.messages.len() - 1).expect("fewer than four thousand million"))
    }
}

/// Graph gives message times in whole seconds (reference: Graph, section 13.30).
pub(super) fn seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

fn categories(chosen: &[String], said: Option<&Value>) -> Box<[Box<str>]> {
    let said = said.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    chosen.iter().map(String::as_str).chain(said).map(Into::into).collect()
}

/// A body as Exchange serves it: sanitised HTML, of plain text too unless that stays as it is.
pub(super) fn served_body(body: Option<&Value>, stays_text: bool) -> Value {
    let field = |name: &str| body.and_then(|body| body.get(name)).and_then(Value::as_str);
    let content = field("content").unwrap_or_default();
    if field("contentType").is_some_and(|kind| kind.eq_ignore_ascii_case("html")) {
        return json!({"contentType": "html", "content": sanitised(content)});
    }
    if stays_text {
        return json!({"contentType": "text", "content": content});
    }
    json!({"contentType": "html", "content": sanitised(&text_to_html(content))})
}

fn kept((number, attachment): (usize, ParsedAttachment)) -> Attachment {
    let content = match attachment.kind {
        AttachmentKind::File(bytes) => AttachmentContent::File(bytes),
        AttachmentKind::Item(mail) => AttachmentContent::Item(Bytes::clone(&mail.raw)),
    };
    Attachment {
        number,
        name: attachment.name.into(),
        content_type: attachment.content_type.into(),
        is_inline: attachment.is_inline,
        content_id: attachment.content_id.map(Into::into),
        content_location: attachment.content_location.map(Into::into),
        content,
    }
}
