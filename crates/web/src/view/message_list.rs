//! Lists of messages: newest first, one line each.

use base::Timestamp;
use maud::{Markup, html};
use model::message::{Flag, Importance, Message, Participant};

use crate::view::format::short;

/// Who is shown where a message names nobody.
const NOBODY: &str = "(no sender)";
/// What is shown where a message has no subject.
pub const NO_SUBJECT: &str = "(no subject)";

/// The subject, or words for its absence.
pub fn subject(message: &Message) -> &str {
    if message.subject.trim().is_empty() { NO_SUBJECT } else { &message.subject }
}

/// The name of a participant, or the address without one.
pub fn name(participant: &Participant) -> &str {
    [participant.name.trim(), participant.address.trim()].into_iter().find(|text| !text.is_empty()).unwrap_or(NOBODY)
}

/// A list of messages.
pub fn list(messages: &[Message], now: Timestamp) -> Markup {
    html! {
        ol.messages { @for message in messages { (line(message, now)) } }
    }
}

fn line(message: &Message, now: Timestamp) -> Markup {
    let author = message.from.as_ref().map_or(NOBODY, name);
    html! {
        li class=[(!message.read).then_some("unread")] {
            a href={ "/messages/" (message.id) } {
                span.who {
                    @if !message.read { span.dot title="Unread" { span.hidden { "Unread. " } } }
                    @if message.draft { span.tag { "Draft" } " " }
                    (author)
                }
                span.what {
                    span.subject dir="auto" { (subject(message)) }
                    span.preview dir="auto" { (message.preview.trim()) }
                }
                span.signs {
                    @if message.importance == Importance::High { span title="High importance" { "!" span.hidden { " High importance. " } } }
                    @if message.flag == Flag::Flagged { span title="Flagged" { "⚑" span.hidden { " Flagged. " } } }
                    @if message.has_attachments { span title="Has attachments" { "📎\u{FE0E}" span.hidden { " Has attachments. " } } }
                }
                span.at { (short(message.received_at, now)) }
            }
        }
    }
}

/// The link to what is older.
pub fn older(address: &str) -> Markup {
    html! { nav.pages aria-label="Pages" { a.button.quiet href=(address) rel="next" { "Older" } } }
}
