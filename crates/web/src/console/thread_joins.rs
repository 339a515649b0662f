//! Why messages are one thread: the joins between its parts and each message's own reason, in words.

use std::collections::HashMap;

use api::view::Join;
use maud::{Markup, html};
use model::id::{MessageId, ThreadId};
use model::thread::Reason;

use crate::view::format::{counted, long};
use crate::view::frame;

/// Why a message is in its thread.
pub const fn why(reason: Reason) -> &'static str {
    match reason {
        Reason::Opening => "The first of its part of the thread",
        Reason::Reference => "It names a message of the thread that it answers",
        Reason::ConversationIndex => "Exchange's conversation index says that it belongs here",
        Reason::Conversation => "Microsoft counts it to the same conversation",
        Reason::Subject => "It answers somebody of the thread under the same subject",
        Reason::ByHand => "A person said so",
    }
}

const fn joined(reason: Reason) -> &'static str {
    match reason {
        Reason::Opening | Reason::Reference => "A message of one part names a message of the other",
        Reason::ConversationIndex => "Exchange's conversation index is the same in both parts",
        Reason::Conversation => "Microsoft counts both parts to one conversation",
        Reason::Subject => "Both parts have the same subject and people in common",
        Reason::ByHand => "Joined by hand",
    }
}

/// The joins that hold a thread together, each with the way to undo it. `named` are the thread's messages with words for each.
pub fn list(thread: ThreadId, joins: &[Join], named: &HashMap<MessageId, String>, csrf: &str) -> Markup {
    html! {
        @if !joins.is_empty() {
            details #joins {
                summary { "Why this is one thread: " (counted(i64::try_from(joins.len()).unwrap_or(0), "join", "joins")) }
                ul.joins { @for join in joins {
                    li {
                        span {
                            (joined(Reason::named(join.reason)))
                            @if let Some(actor) = &join.actor { " by " (actor) }
                            @if let Some(message) = join.message && let Some(words) = named.get(&message) {
                                ": " a href={ "#" (message) } dir="auto" { (words) }
                            }
                            span.faint { ", " (long(join.at)) }
                        }
                        form method="post" action={ "/threads/" (thread) "/undo" } {
                            (frame::key(csrf)) input type="hidden" name="join" value=(join.id);
                            button.quiet.small type="submit" { "Keep apart" }
                        }
                    }
                } }
            }
        }
    }
}

/// What can be done with one message of a thread.
pub fn tools(thread: ThreadId, message: MessageId, reason: Option<Reason>, first: bool, csrf: &str) -> Markup {
    html! {
        div.tools-of-message {
            @if let Some(reason) = reason { span.faint { (why(reason)) "." } }
            @if !first {
                details.menu-of-message id={ "split-" (message) } {
                    summary { "Split" }
                    div.choice {
                        p { "A thread of its own, which no later mail joins again." }
                        div.or {
                            (part(thread, message, true, "This and what follows", csrf))
                            (part(thread, message, false, "Only this message", csrf))
                        }
                    }
                }
            }
        }
    }
}

fn part(thread: ThreadId, message: MessageId, follow: bool, words: &str, csrf: &str) -> Markup {
    html! {
        form method="post" action={ "/threads/" (thread) "/split" } {
            (frame::key(csrf)) input type="hidden" name="message" value=(message);
            @if follow { input type="hidden" name="follow" value="yes"; }
            button.quiet.small type="submit" { (words) }
        }
    }
}
