//! The bytes of a message (RFC 5322): for previews, exports and journal reports.
//!
//! Promises: the same parts give the same bytes (boundaries are made from what they part, not from chance); lines end in
//! CRLF; no line of ours is longer than 998 bytes; nothing that is handed in can become a header of its own.
//!
//! Sources: RFC 5322; RFC 2045 to 2047; RFC 2231 (names of files); RFC 2387 (`multipart/related`).

pub(super) mod header;
pub(super) mod part;

use base::Timestamp;

use super::check;
use crate::message::{BodyKind, Participant, Recipients};
use crate::text;

use part::Part;

/// The parts of a message.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// Its author.
    pub from: &'a Participant,
    /// Everyone else on it; blind copies are written too, so leave them out where nobody may see them.
    pub recipients: &'a Recipients,
    /// Its subject.
    pub subject: &'a str,
    /// When it is sent.
    pub sent_at: Timestamp,
    /// Its `Message-ID`.
    pub message_id: &'a str,
    /// The `Message-ID` that it answers.
    pub in_reply_to: Option<&'a str>,
    /// Its `References`, oldest first.
    pub references: &'a [String],
    /// Headers of the sender's own; those with a name that is none are left out.
    pub headers: &'a [(String, String)],
    /// What kind of text its body is.
    pub body_kind: BodyKind,
    /// Its body. HTML goes out with its plain text beside it.
    pub body: &'a str,
    /// What goes with it.
    pub attachments: &'a [Attachment<'a>],
}

/// A file that goes with a message.
#[derive(Clone, Copy, Debug)]
pub struct Attachment<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its media type, `application/octet-stream` where it is none.
    pub content_type: &'a str,
    /// By which name the text shows it, without `cid:`; `None` if it only goes along.
    pub content_id: Option<&'a str>,
    /// The file.
    pub bytes: &'a [u8],
}

/// A whole message.
pub fn message(parts: &Parts<'_>) -> Vec<u8> {
    let mut written = Vec::new();
    let mut header = |name: &str, value: &str| header::push(&mut written, name, value);
    header("From", &header::people(std::slice::from_ref(parts.from)));
    for (name, people) in [
        ("Sender", parts.recipients.sender.as_slice()),
        ("Reply-To", &parts.recipients.reply_to),
        ("To", &parts.recipients.to),
        ("Cc", &parts.recipients.cc),
        ("Bcc", &parts.recipients.bcc),
    ] {
        header(name, &header::people(people));
    }
    header("Subject", &header::words(&check::subject_line(parts.subject)));
    header("Date", &header::date(parts.sent_at));
    header("Message-ID", &header::ids([parts.message_id]));
    header("In-Reply-To", &header::ids(parts.in_reply_to));
    header("References", &header::ids(parts.references.iter().map(String::as_str)));
    for (name, value) in parts.headers.iter().filter(|(name, _)| header::is_name(name)) {
        header(name, &header::words(&check::subject_line(value)));
    }
    written.extend_from_slice(b"MIME-Version: 1.0\r\n");
    body(parts).write(&mut written);
    written
}

/// `mixed(related(alternative(text, html), images), files)`, as far as there is something of each.
fn body(parts: &Parts<'_>) -> Part {
    let attached = |inline: bool| parts.attachments.iter().filter(move |file| file.content_id.is_some() == inline).map(part::file);
    let text = match parts.body_kind {
        BodyKind::Text => Part::text("plain", parts.body),
        BodyKind::Html => {
            Part::multipart("alternative", vec![Part::text("plain", &text::of_html(parts.body)), Part::text("html", parts.body)])
        }
    };
    let shown = Part::around("related", text, attached(true).collect());
    Part::around("mixed", shown, attached(false).collect())
}
