//! A letter: a message taken apart into what a report is read from, whatever its form.

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};

use super::amazon::AmazonNotice;
use super::fields::{self, Field};
use super::original;
use crate::text;

/// Reports that are wrapped in reports are opened so many times.
const WRAPPINGS_MAX: usize = 3;

/// What a report is read from.
#[derive(Debug, Default)]
pub(super) struct Letter {
    pub(super) headers: Vec<Field>,
    /// What the report itself says, without what it returns.
    pub(super) text: String,
    /// The fields of `message/delivery-status`.
    pub(super) status: Vec<Field>,
    /// The fields of `message/feedback-report`, if it has one.
    pub(super) feedback: Option<Vec<Field>>,
    /// The notice of Amazon SES that is its text.
    pub(super) amazon: Option<AmazonNotice>,
    /// Whether it is a receipt of reading.
    pub(super) receipt: bool,
    /// The headers of what it returns.
    pub(super) original: Vec<Field>,
    /// A message in it that may be the report itself.
    pub(super) wrapped: Option<Box<Letter>>,
}

impl Letter {
    /// Takes a raw message apart.
    pub(super) fn open(raw: &[u8]) -> Option<Self> {
        let raw = without_envelope(raw);
        let message = MessageParser::default().parse(raw)?;
        Some(Self::of_message(&message, WRAPPINGS_MAX))
    }

    /// The same from headers and a plain text.
    pub(super) fn of_parts(headers: &[(String, String)], body: &str) -> Self {
        let headers = headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
        Letter { headers, text: body.to_owned(), ..Letter::default() }.closed(WRAPPINGS_MAX)
    }

    fn of_message(message: &Message<'_>, wrappings: usize) -> Self {
        let mut letter = Letter { headers: headers_of(message), ..Letter::default() };
        let mut html = String::new();
        for part in &message.parts {
            letter.take(part, &mut html, wrappings);
        }
        if letter.text.trim().is_empty() {
            letter.text = text::of_html(&html);
        }
        letter.closed(wrappings)
    }

    fn take(&mut self, part: &MessagePart<'_>, html: &mut String, wrappings: usize) {
        let kind = kind_of(part);
        match (&part.body, kind.as_str()) {
            (PartType::Message(inner), _) => {
                self.returned(&headers_of(inner));
                if wrappings > 0 && self.wrapped.is_none() {
                    self.wrapped = Some(Box::new(Self::of_message(inner, wrappings - 1)));
                }
            }
            (PartType::Multipart(_), _) => {}
            (_, "message/delivery-status" | "message/global-delivery-status") => self.status.extend(fields::read(&content_of(part))),
            (_, "message/feedback-report") => self.feedback = Some(fields::read(&content_of(part))),
            (_, "message/disposition-notification") => self.receipt = true,
            (_, "text/rfc822-headers" | "text/rfc822-header" | "message/rfc822" | "message/global" | "message/global-headers") => {
                self.returned(&fields::read(&content_of(part)));
            }
            (PartType::Html(content), _) => html.push_str(content),
            (PartType::Text(content), _) if is_headers_in_a_file(part, content) => self.returned(&fields::read(content)),
            (PartType::Text(content), _) => {
                self.text.push_str(content);
                self.text.push('\n');
            }
            (PartType::Binary(_) | PartType::InlineBinary(_), _) => {}
        }
    }

    /// Headers of what is returned; those that come first count.
    fn returned(&mut self, headers: &[Field]) {
        if fields::value(&self.original, "message-id").is_none() {
            self.original.extend(headers.iter().cloned());
        }
    }

    /// Cuts what is returned off the text, and finds a report's fields that its form has hidden in the text.
    fn closed(mut self, wrappings: usize) -> Self {
        self.amazon = AmazonNotice::read(&self.text);
        if let Some(amazon) = &self.amazon {
            let original = amazon.original();
            self.returned(&original);
            return self;
        }
        let text = unquoted(std::mem::take(&mut self.text));
        let (own, returned) = original::split(&text);
        self.text = own.to_owned();
        let hidden = self.status.is_empty() && own.lines().any(|line| line.to_ascii_lowercase().starts_with("final-recipient:"));
        if hidden {
            let start = own.to_ascii_lowercase().find("final-recipient:").unwrap_or_default();
            let start = own[..start].rfind("\n\n").unwrap_or(start);
            self.status = fields::read(&own[start..]);
        }
        if !returned.is_empty() {
            self.returned(&fields::read(returned));
            let inner = returned.to_ascii_lowercase().contains("mailer-daemon");
            if inner && wrappings > 0 && self.wrapped.is_none() {
                let message = MessageParser::default().parse(without_envelope(returned.as_bytes()));
                self.wrapped = message.map(|message| Box::new(Self::of_message(&message, wrappings - 1)));
            }
        }
        self
    }

    pub(super) fn header(&self, name: &str) -> &str {
        fields::value(&self.headers, name).unwrap_or_default()
    }

    /// Subject and text, by which a report is judged that names nobody in particular.
    pub(super) fn summary(&self) -> String {
        self.text.clone()
    }

    /// The identifier of the mail that the report is about.
    pub(super) fn original_message_id(&self) -> Option<String> {
        let of = |fields: &[Field], name: &str| fields::value(fields, name).and_then(original::message_id);
        let in_text = || {
            let fields = fields::read(&self.text.lines().map(str::trim_start).collect::<Vec<_>>().join("\n"));
            of(&fields, "message-id")
        };
        of(&self.original, "message-id")
            .or_else(|| of(&self.status, "original-message-id"))
            .or_else(in_text)
            .or_else(|| of(&self.headers, "in-reply-to"))
            .or_else(|| of(&self.headers, "references"))
            .or_else(|| of(&self.headers, "x-original-message-id"))
            .or_else(|| self.wrapped.as_ref().filter(|inner| inner.kind().is_some()).and_then(|inner| inner.original_message_id()))
    }
}

/// A report that somebody passed on as a quotation, without the marks of quoting.
fn unquoted(text: String) -> String {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let (quoted, all) = lines.fold((0, 0), |(quoted, all), line| (quoted + usize::from(line.starts_with('>')), all + 1));
    if quoted * 2 <= all {
        return text;
    }
    let bare = |line: &str| line.strip_prefix('>').map_or(line, |line| line.strip_prefix(' ').unwrap_or(line)).to_owned();
    text.lines().map(bare).collect::<Vec<_>>().join("\n")
}

fn without_envelope(raw: &[u8]) -> &[u8] {
    let raw = raw.trim_ascii_start();
    if !raw.starts_with(b"From ") {
        return raw;
    }
    raw.iter().position(|&byte| byte == b'\n').map_or(raw, |end| &raw[end + 1..])
}

fn headers_of(message: &Message<'_>) -> Vec<Field> {
    let subject = message.subject().unwrap_or_default().to_owned();
    let raw = message.headers_raw().map(|(name, value)| (name.to_ascii_lowercase(), unfolded(value)));
    let mut headers: Vec<Field> = raw.filter(|(name, _)| name != "subject").collect();
    headers.push(("subject".to_owned(), subject));
    headers
}

fn unfolded(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn kind_of(part: &MessagePart<'_>) -> String {
    let kind = part.content_type().map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()));
    kind.unwrap_or_default().to_ascii_lowercase()
}

fn content_of(part: &MessagePart<'_>) -> String {
    match &part.body {
        PartType::Text(text) | PartType::Html(text) => text.to_string(),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        PartType::Message(_) | PartType::Multipart(_) => String::new(),
    }
}

/// Headers that are returned as a file of text.
fn is_headers_in_a_file(part: &MessagePart<'_>, content: &str) -> bool {
    let attached = part.content_disposition().is_some_and(|disposition| disposition.is_attachment());
    attached && content.lines().take(3).any(|line| line.contains(": ") || line.starts_with("Received:"))
}
