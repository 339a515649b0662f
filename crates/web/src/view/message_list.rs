//! Lists of messages: newest first, one line each.

use api::view::{Message, Participant};
use base::Timestamp;
use maud::{Markup, html};
use model::message::{Flag, Importance};

use crate::view::format::short;
use crate::view::marked::Marks;
use crate::view::text::shown;

/// Who is shown where a message names nobody.
const NOBODY: &str = "(no sender)";
/// What is shown where a message has no subject.
const NO_SUBJECT: &str = "(no subject)";

/// What stands for a subject that the reader may not see.
const NOT_SHOWN: &str = "(subject not shared with you)";

/// A subject, or words for its absence.
pub fn subject(text: &str) -> String {
    shown(text).unwrap_or_else(|| NO_SUBJECT.to_owned())
}

/// The subject of something of which perhaps not even that may be seen.
pub fn subject_seen(text: Option<&str>) -> String {
    text.map_or_else(|| NOT_SHOWN.to_owned(), subject)
}

/// The name of a participant, or the address without one.
pub fn name(participant: &Participant) -> String {
    shown(&participant.name).or_else(|| shown(&participant.email)).unwrap_or_else(|| NOBODY.to_owned())
}

/// The name of an author.
pub fn author(from: Option<&Participant>) -> String {
    from.map_or_else(|| NOBODY.to_owned(), name)
}

/// A list of messages.
pub fn list(messages: &[Message], now: Timestamp) -> Markup {
    html! {
        ol.messages { @for message in messages { (line(message, |text| html! { (text) }, now)) } }
    }
}

/// A list of messages that a search found, with what it was for marked.
pub fn found(messages: &[Message], marks: &Marks, now: Timestamp) -> Markup {
    html! {
        ol.messages.found { @for message in messages { (line(message, |text| marks.put(text), now)) } }
    }
}

fn line(message: &Message, write: impl Fn(&str) -> Markup, now: Timestamp) -> Markup {
    html! {
        li class=[(!message.is_read).then_some("unread")] {
            a data-row href={ "/messages/" (message.id) } {
                span.who {
                    @if !message.is_read { span.dot title="Unread" { span.hidden { "Unread. " } } }
                    @if message.is_draft { span.tag { "Draft" } " " }
                    span dir="auto" { (write(&author(message.from.as_ref()))) }
                }
                span.what {
                    span.subject dir="auto" { (write(&subject_seen(message.subject.as_deref()))) }
                    span.preview dir="auto" { (write(&message.preview.as_deref().and_then(shown).unwrap_or_default())) }
                }
                span.signs {
                    @if message.importance == Importance::High.name() { span title="High importance" { "!" span.hidden { " High importance. " } } }
                    @if message.flag == Flag::Flagged.name() { span title="Flagged" { (flag_sign()) span.hidden { " Flagged. " } } }
                    @if message.has_attachments { span title="Has attachments" { (clip_sign()) span.hidden { " Has attachments. " } } }
                }
                span.at { (short(message.received_at, now)) }
            }
        }
    }
}

fn flag_sign() -> Markup {
    html! {
        svg viewBox="0 0 16 16" width="13" height="13" aria-hidden="true" {
            path fill="currentColor" d="M3 1h1.5v.9h8.3L10.9 5l1.9 3.2H4.5V15H3z" {}
        }
    }
}

fn clip_sign() -> Markup {
    html! {
        svg viewBox="0 0 16 16" width="13" height="13" aria-hidden="true" {
            path fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round"
                d="M13 7.2 8 12.3a3.2 3.2 0 0 1-4.6-4.5l5.3-5.4a2.1 2.1 0 0 1 3 3L6.6 10.6a1 1 0 0 1-1.4-1.4l4.5-4.6" {}
        }
    }
}

/// The link to what is older.
pub fn older(address: &str) -> Markup {
    html! { nav.pages aria-label="Pages" { a.button.quiet href=(address) rel="next" { "Older" } } }
}
