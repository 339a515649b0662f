//! Bodies of answers: new text, signature, and the history below as Outlook puts it there.

use base::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::{Answering, NewText, Original, Setting};
use crate::compose::{check, history, html, markup, signature};
use crate::message::{BodyKind, Participant};

/// The body of an answer. It is HTML if either side is; only an answer in plain text to plain text is plain text.
pub fn body(answering: Answering, original: &Original<'_>, new: &NewText<'_>, setting: &Setting<'_>) -> (BodyKind, String) {
    let head = Head::of(original, setting.utc_offset_minutes);
    match (new.kind, original.body_kind) {
        (BodyKind::Text, BodyKind::Text) => (BodyKind::Text, in_text(answering, &head, original, new, setting)),
        (BodyKind::Html, _) | (_, BodyKind::Html) => (BodyKind::Html, in_html(&head, original, new, setting)),
    }
}

/// What is told of the original above it.
struct Head {
    from: String,
    sent: Option<String>,
    to: String,
    cc: String,
    subject: String,
}

impl Head {
    fn of(original: &Original<'_>, utc_offset_minutes: Option<i32>) -> Self {
        Head {
            from: original.from.map(named).unwrap_or_default(),
            sent: original.sent_at.and_then(|at| told(at, utc_offset_minutes)),
            to: all_named(&original.recipients.to),
            cc: all_named(&original.recipients.cc),
            subject: check::subject_line(original.subject),
        }
    }

    fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let sent = self.sent.as_deref().unwrap_or_default();
        let fields = [("From", self.from.as_str()), ("Sent", sent), ("To", &self.to), ("Cc", &self.cc), ("Subject", &self.subject)];
        fields.into_iter().filter(|(name, value)| !value.is_empty() || *name == "Subject")
    }
}

fn named(person: &Participant) -> String {
    let (name, address) = (check::subject_line(&person.name), check::subject_line(&person.address));
    match (name.is_empty() || name.eq_ignore_ascii_case(&address), address.is_empty()) {
        (true, _) => address,
        (false, true) => name,
        (false, false) => format!("{name} <{address}>"),
    }
}

fn all_named(people: &[Participant]) -> String {
    people.iter().map(named).filter(|name| !name.is_empty()).collect::<Vec<_>>().join("; ")
}

/// `Sunday, 3 May 2026 10:01`, with `UTC` behind it where the writer's own time is not known.
fn told(at: Timestamp, utc_offset_minutes: Option<i32>) -> Option<String> {
    let offset = Offset::from_seconds(utc_offset_minutes.unwrap_or(0).saturating_mul(60)).ok()?;
    let there = jiff::Timestamp::from_millisecond(at.millis()).ok()?.to_zoned(TimeZone::fixed(offset));
    let zone = if utc_offset_minutes.is_none() { " UTC" } else { "" };
    Some(format!("{}{zone}", there.strftime("%A, %-d %B %Y %H:%M")))
}

fn in_html(head: &Head, original: &Original<'_>, new: &NewText<'_>, setting: &Setting<'_>) -> String {
    let written = match new.kind {
        BodyKind::Html => html::inside_of_body(new.content).to_owned(),
        BodyKind::Text => html::of_text(new.content),
    };
    let history = match original.body_kind {
        BodyKind::Html => history::without_trackers(html::inside_of_body(original.body), &setting.trackers),
        BodyKind::Text => format!("<div>{}</div>", html::of_text(&history::without_tracked_links(original.body, &setting.trackers))),
    };
    let signature = new.signature.map(|signature| signature::place(BodyKind::Html, "", signature)).unwrap_or_default();
    let gap = if signature.is_empty() { "" } else { "<br>\r\n" };
    let head = html_head(head);
    html::wrapped(&format!("<div>{written}</div>\r\n{gap}{signature}\r\n<div id=\"appendonsend\"></div>\r\n{head}\r\n{history}"))
}

/// The line and the block that Outlook on the web writes; programs fold what is below by them.
fn html_head(head: &Head) -> String {
    let fields: Vec<String> = head.fields().map(|(name, value)| format!("<b>{name}:</b> {}", markup::escaped(value))).collect();
    format!(
        "<hr tabindex=\"-1\" style=\"display:inline-block; width:98%\">\r\n<div id=\"divRplyFwdMsg\" dir=\"ltr\">\
         <font face=\"Calibri, sans-serif\" color=\"#000000\" style=\"font-size:11pt\">{}</font>\r\n<div>&nbsp;</div>\r\n</div>",
        fields.join("<br>\r\n")
    )
}

fn in_text(answering: Answering, head: &Head, original: &Original<'_>, new: &NewText<'_>, setting: &Setting<'_>) -> String {
    let written = match new.signature {
        Some(signature) => signature::place(BodyKind::Text, new.content, signature),
        None => new.content.to_owned(),
    };
    let history = history::without_tracked_links(original.body, &setting.trackers).replace("\r\n", "\n").replace('\r', "\n");
    let history = history.trim_end().split('\n');
    let below = match answering {
        Answering::Reply | Answering::ReplyAll => {
            let lines = history.map(quoted).collect::<Vec<_>>().join("\r\n");
            format!("{}\r\n{lines}", attribution(head))
        }
        Answering::Forward => {
            let fields = head.fields().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\r\n");
            let lines = history.collect::<Vec<_>>().join("\r\n");
            format!("---------- Forwarded message ----------\r\n{fields}\r\n\r\n{lines}")
        }
    };
    format!("{}\r\n\r\n{below}\r\n", written.trim_end())
}

/// `On Sunday, 3 May 2026 10:01, Bo <bo@acme.example> wrote:`
fn attribution(head: &Head) -> String {
    let from = if head.from.is_empty() { "somebody" } else { &head.from };
    match &head.sent {
        Some(sent) => format!("On {sent}, {from} wrote:"),
        None => format!("{from} wrote:"),
    }
}

/// RFC 3676, 4.5: no space between two signs of quotation, and none at the end of an empty line.
fn quoted(line: &str) -> String {
    if line.is_empty() || line.starts_with('>') { format!(">{line}") } else { format!("> {line}") }
}
