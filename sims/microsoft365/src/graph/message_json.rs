//! Writing a message as JSON: stored slices are copied, what depends on the request is made.
//!
//! The keys and their order follow the captured answers: `@odata.type` (in delta) and `@odata.etag` first.

use serde_json::Value;

use super::prefer::{BodyForm, Preferences};
use super::select::{Field, Selection};
use crate::mail;
use crate::mailbox::{IdForm, Mailbox, Message, Property};

/// What is the same for all messages of an answer.
#[derive(Debug, Clone)]
pub struct MessageWriter<'a> {
    mailbox: &'a Mailbox,
    selection: &'a Selection,
    ids: IdForm,
    body: Option<BodyForm>,
    unsafe_html: bool,
}

/// How much of a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Everything selected, with the etag; `@odata.type` only for derived types.
    Whole,
    /// The same with `@odata.type`, as delta has it.
    Delta,
    /// Only the read flag, without etag (captured in delta after a change of it).
    ReadFlag,
}

impl<'a> MessageWriter<'a> {
    /// A writer for one answer.
    pub fn new(mailbox: &'a Mailbox, selection: &'a Selection, prefer: &Preferences) -> Self {
        Self { mailbox, selection, ids: prefer.ids, body: prefer.body, unsafe_html: prefer.unsafe_html }
    }

    /// Writes one message without the closing brace, so that expanded relations can follow.
    pub fn open(&self, message: &Message, extent: Extent, out: &mut String) {
        let derived = message.document.derived();
        out.push('{');
        match derived {
            Some(derived) => out.push_str(&format!("\"@odata.type\":\"{}\",", derived.odata_type)),
            None if extent != Extent::Whole => out.push_str("\"@odata.type\":\"#microsoft.graph.message\","),
            None => {}
        }
        if extent == Extent::ReadFlag {
            self.fields(message, out, |field| matches!(field, Field::Id | Field::IsRead | Field::ParentFolder));
            return;
        }
        out.push_str("\"@odata.etag\":\"W/\\\"");
        out.push_str(&self.mailbox.key().change_key(message.change));
        out.push_str("\\\"\",");
        self.fields(message, out, |_| true);
        if let (Some(derived), None) = (derived, self.selection.text()) {
            for (name, value) in &derived.properties {
                out.push_str(&format!(",{}:{value}", Value::from(name.as_str())));
            }
        }
    }

    /// Writes the tombstone of a message that left the folder.
    pub fn write_removed(&self, id: &str, out: &mut String) {
        out.push_str("{\"@odata.type\":\"#microsoft.graph.message\",\"id\":\"");
        out.push_str(id);
        out.push_str("\",\"@removed\":{\"reason\":\"deleted\"}}");
    }

    fn fields(&self, message: &Message, out: &mut String, wanted: impl Fn(Field) -> bool) {
        let mut separator = "";
        for (name, field) in self.selection.fields().filter(|(_, field)| wanted(*field)) {
            if let Field::Stored(property) = field {
                let Some(json) = message.document.json(property) else { continue };
                name_to(out, &mut separator, name);
                out.push_str(json);
                continue;
            }
            name_to(out, &mut separator, name);
            self.value(message, field, out);
        }
    }

    fn value(&self, message: &Message, field: Field, out: &mut String) {
        match field {
            Field::Id => quote(out, &self.mailbox.message_id(message, self.ids)),
            Field::LastModified => quote(out, &whole_seconds(message.modified)),
            Field::ChangeKey => quote(out, &self.mailbox.key().change_key(message.change)),
            Field::Categories => out.push_str(&Value::from_iter(message.categories.iter().map(|name| &**name)).to_string()),
            Field::Importance => quote(out, message.importance.word()),
            Field::ParentFolder => quote(out, &self.mailbox.folder_id(message.folder)),
            Field::IsRead => out.push_str(if message.is_read { "true" } else { "false" }),
            Field::IsDraft => out.push_str(if message.is_draft { "true" } else { "false" }),
            Field::WebLink => quote(out, &self.web_link(message)),
            Field::Inference => quote(out, message.inference.word()),
            Field::Flag => out.push_str(&message.flag_json()),
            Field::Body => self.body(message, out),
            Field::UniqueBody => self.unique_body(message, out),
            Field::Stored(_) => unreachable!("stored fields are copied by the caller"),
        }
    }

    fn web_link(&self, message: &Message) -> String {
        let id = self.mailbox.message_id(message, IdForm::Default).replace('=', "%3D");
        format!("https://outlook.office365.com/owa/?ItemID={id}&exvsurl=1&viewmodel=ReadMessageItem")
    }

    fn body(&self, message: &Message, out: &mut String) {
        let stored = message.document.json(Property::Body).unwrap_or("null");
        let is_html = stored.starts_with("{\"contentType\":\"html\"") || stored.ends_with("\"contentType\":\"html\"}");
        match (self.body, is_html) {
            (Some(BodyForm::Text), true) => push_body(out, "text", &text_of(message)),
            (Some(BodyForm::Html), false) => push_body(out, "html", &mail::text_to_html(&content_of(message))),
            _ if self.unsafe_html && is_html => match unsanitised(message) {
                Some(html) => push_body(out, "html", &html),
                None => out.push_str(stored),
            },
            _ => out.push_str(stored),
        }
    }

    /// What the sender wrote: the body up to the quoted message.
    fn unique_body(&self, message: &Message, out: &mut String) {
        if self.body == Some(BodyForm::Text) {
            push_body(out, "text", before_quote(&text_of(message)));
        } else {
            push_body(out, "html", before_quote(&content_of(message)));
        }
    }
}

/// A time as Graph writes those of messages.
pub fn whole_seconds(time: jiff::Timestamp) -> String {
    jiff::Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}

fn name_to(out: &mut String, separator: &mut &'static str, name: &str) {
    out.push_str(separator);
    out.push('"');
    out.push_str(name);
    out.push_str("\":");
    *separator = ",";
}

/// Quotes what needs no escaping.
fn quote(out: &mut String, text: &str) {
    out.push('"');
    out.push_str(text);
    out.push('"');
}

fn push_body(out: &mut String, kind: &str, content: &str) {
    out.push_str("{\"contentType\":\"");
    out.push_str(kind);
    out.push_str("\",\"content\":");
    out.push_str(&Value::from(content).to_string());
    out.push('}');
}

fn content_of(message: &Message) -> String {
    let body = message.document.value(Property::Body);
    body.get("content").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The text of a body: the sender's own where the mail had text only, else made from the HTML.
fn text_of(message: &Message) -> String {
    let own = if message.is_plain { original(message) } else { None };
    match own {
        Some((_, text)) => text,
        None => mail::html_to_text(&content_of(message)),
    }
}

fn unsanitised(message: &Message) -> Option<String> {
    original(message).filter(|(is_html, _)| *is_html).map(|(_, html)| html)
}

/// The body as it stands in the MIME, and whether it is HTML.
fn original(message: &Message) -> Option<(bool, String)> {
    let parsed = mail::parse(message.raw.clone()).ok()?;
    let body = parsed.properties.get("body")?;
    let is_html = body.get("contentType")?.as_str()? == "html";
    Some((is_html, body.get("content")?.as_str()?.to_owned()))
}

fn before_quote(content: &str) -> &str {
    const MARKS: [&str; 5] =
        ["<div id=\"divRplyFwdMsg\"", "<div class=\"gmail_quote\"", "<blockquote", "-----Original Message-----", "\n>"];
    let end = MARKS.iter().filter_map(|mark| content.find(mark)).min();
    end.map_or(content, |end| &content[..end])
}
