//! Attachments: the list, one of them, its bytes.
//!
//! Files carry their bytes in base64 unless selected away; an attached message shows its inside only when
//! `microsoft.graph.itemAttachment/item` is expanded; `$filter` is ignored (reference: Graph, section 3.7).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::access::{Level, denied};
use super::call::{Call, Owner, encode_key};
use super::expand;
use super::message_json::whole_seconds;
use super::messages::found;
use super::reply::Reply;
use super::select::unknown;
use crate::Refusal;
use crate::mail;
use crate::mailbox::{Attachment, AttachmentContent, IdForm, Mailbox, Message};

const NAMES: [&str; 9] =
    ["id", "lastModifiedDateTime", "name", "contentType", "size", "isInline", "contentId", "contentLocation", "contentBytes"];

/// Writes the attachments of one answer.
#[derive(Debug, Clone)]
pub struct AttachmentWriter<'a> {
    mailbox: &'a Mailbox,
    ids: IdForm,
    overhead_bytes: usize,
    selected: Option<Vec<&'static str>>,
    with_items: bool,
}

impl<'a> AttachmentWriter<'a> {
    /// A writer that writes everything but the inside of attached messages.
    pub fn new(mailbox: &'a Mailbox, ids: IdForm, overhead_bytes: usize) -> Self {
        Self { mailbox, ids, overhead_bytes, selected: None, with_items: false }
    }

    /// The same for a `$select`.
    ///
    /// # Errors
    /// 400 `BadRequest` for a name that is no property.
    pub fn selecting(mut self, select: Option<&str>) -> Result<Self, Refusal> {
        let Some(text) = select else { return Ok(self) };
        let mut selected = vec!["id"];
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let bare = name.rsplit('/').next().unwrap_or(name);
            match NAMES.iter().find(|known| known.eq_ignore_ascii_case(bare)) {
                Some(known) => selected.push(known),
                None => return Err(unknown(name, "attachment")),
            }
        }
        self.selected = Some(selected);
        Ok(self)
    }

    /// The same for a `$expand`.
    ///
    /// # Errors
    /// 400 `BadRequest` for anything but the inside of an attached message.
    pub fn expanding(mut self, expand: Option<&str>) -> Result<Self, Refusal> {
        for relation in expand::relations(expand.unwrap_or_default())? {
            if !relation.name.eq_ignore_ascii_case("microsoft.graph.itemAttachment/item") {
                return Err(expand::unknown(&relation.name, "attachment"));
            }
            self.with_items = true;
        }
        Ok(self)
    }

    /// Writes all attachments of a message, separated by commas.
    pub fn write_all(&self, message: &Message, out: &mut String) {
        for index in 0..message.attachments.len() {
            if index > 0 {
                out.push(',');
            }
            out.push_str(&Value::Object(self.json(message, index)).to_string());
        }
    }

    /// One attachment.
    pub fn json(&self, message: &Message, index: usize) -> Map<String, Value> {
        let attachment = &message.attachments[index];
        let is_file = matches!(attachment.content, AttachmentContent::File(_));
        let kind = if is_file { "fileAttachment" } else { "itemAttachment" };
        let mut json = Map::new();
        json.insert("@odata.type".to_owned(), json!(format!("#microsoft.graph.{kind}")));
        if is_file {
            json.insert("@odata.mediaContentType".to_owned(), json!(&*attachment.content_type));
        }
        for name in NAMES {
            let selected = self.selected.as_ref().is_none_or(|selected| selected.contains(&name));
            if selected && (is_file || !matches!(name, "contentId" | "contentLocation" | "contentBytes")) {
                json.insert(name.to_owned(), self.value(message, attachment, name));
            }
        }
        if self.with_items && !is_file {
            json.insert("item".to_owned(), item(attachment));
        }
        json
    }

    fn value(&self, message: &Message, attachment: &Attachment, name: &str) -> Value {
        match name {
            "id" => {
                let owner = self.mailbox.message_id(message, self.ids);
                json!(self.mailbox.key().attachment_id(&owner, message.item, attachment.number))
            }
            "lastModifiedDateTime" => json!(whole_seconds(super::filter_values::created(message))),
            "name" => json!(&*attachment.name),
            "contentType" => json!(&*attachment.content_type),
            "size" => json!(attachment.bytes().len() + self.overhead_bytes),
            "isInline" => json!(attachment.is_inline),
            "contentId" => json!(attachment.content_id.as_deref()),
            "contentLocation" => json!(attachment.content_location.as_deref()),
            _ => json!(STANDARD.encode(attachment.bytes())),
        }
    }
}

/// The message inside an attachment, as far as mail itself says.
fn item(attachment: &Attachment) -> Value {
    let Ok(parsed) = mail::parse(attachment.bytes().clone()) else { return Value::Null };
    let mut item = parsed.properties;
    item.remove("internetMessageHeaders");
    item.insert("@odata.type".to_owned(), json!("#microsoft.graph.message"));
    item.insert("id".to_owned(), json!(""));
    item.insert("isDraft".to_owned(), json!(false));
    item.insert("isRead".to_owned(), json!(true));
    if let Some(received) = parsed.received {
        item.insert("receivedDateTime".to_owned(), json!(received.to_string()));
    }
    Value::Object(item)
}

/// `…/attachments`
///
/// # Errors
/// As for the message, and 403 for a token that shows no attachments.
pub fn list(call: &Call<'_>, owner: &Owner, folder: Option<&str>, id: &str) -> Result<Reply, Refusal> {
    let (opened, message) = found(call, owner, folder, id)?;
    let writer = writer(call, opened.mailbox, opened.level)?;
    let context = format!("{}/messages('{}')/attachments", call.owner_context(owner), encode_key(id));
    let mut out = format!("{{\"@odata.context\":\"{}\",\"value\":[", call.context(&context));
    writer.write_all(message, &mut out);
    out.push_str("]}");
    Ok(Reply::json(out))
}

/// One attachment.
///
/// # Errors
/// As for the list, and 404 `ErrorItemNotFound`.
pub fn get(call: &Call<'_>, owner: &Owner, folder: Option<&str>, id: &str, attachment: &str) -> Result<Reply, Refusal> {
    let (opened, message) = found(call, owner, folder, id)?;
    let writer = writer(call, opened.mailbox, opened.level)?;
    let index = index(opened.mailbox, message, attachment)?;
    let context = format!("{}/messages('{}')/attachments/$entity", call.owner_context(owner), encode_key(id));
    let mut json = Map::from_iter([("@odata.context".to_owned(), json!(call.context(&context)))]);
    json.extend(writer.json(message, index));
    Ok(Reply::json(Value::Object(json).to_string()))
}

/// The bytes of a file, the MIME of an attached message.
///
/// # Errors
/// As for one attachment.
pub fn content(call: &Call<'_>, owner: &Owner, folder: Option<&str>, id: &str, attachment: &str) -> Result<Reply, Refusal> {
    let (opened, message) = found(call, owner, folder, id)?;
    if opened.level < Level::Full {
        return Err(denied());
    }
    let attachment = &message.attachments[index(opened.mailbox, message, attachment)?];
    let content_type = match attachment.content {
        AttachmentContent::File(_) => &*attachment.content_type,
        AttachmentContent::Item(_) => "text/plain",
    };
    Ok(Reply::raw(content_type, attachment.bytes().clone()))
}

fn writer<'a>(call: &Call<'_>, mailbox: &'a Mailbox, level: Level) -> Result<AttachmentWriter<'a>, Refusal> {
    if level < Level::Full {
        return Err(denied());
    }
    let writer = AttachmentWriter::new(mailbox, call.prefer.ids, call.config().attachment_overhead_bytes);
    writer.selecting(call.options.get("$select"))?.expanding(call.options.get("$expand"))
}

/// The place of an attachment in its message.
///
/// # Errors
/// 404 `ErrorItemNotFound`.
pub(super) fn index(mailbox: &Mailbox, message: &Message, id: &str) -> Result<usize, Refusal> {
    let numbers = message.attachments.iter().map(|attachment| attachment.number);
    mailbox.key().read_attachment_id(id, message.item, numbers).ok_or_else(super::messages::not_found)
}
