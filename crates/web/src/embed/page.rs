//! The embedded page as HTML: a heading, the entries, and what each opens.

use api::read::timeline::Page;
use api::view::{CalendarEvent, Thread, ThreadMessage};
use base::{Problem, Timestamp};
use maud::{DOCTYPE, Markup, html};

use crate::view::format::{counted, short};

/// The page. `pass` is what it goes on with; `head` the number behind which it waits for changes.
pub fn whole(name: &str, found: &Page, pass: &str, head: i64, now: Timestamp) -> Markup {
    let main = html! {
        header { h1 dir="auto" { (name) } p #state role="status" aria-live="polite" {} }
        div #entries data-pass=(pass) data-after=(head) { (entries(found, now)) }
    };
    document(&format!("{name}: conversations"), &main)
}

/// The page for what cannot be shown.
pub fn failed(problem: &Problem) -> Markup {
    let main = html! {
        section.empty data-over { h1 { (problem.title) } p { (problem.detail) } p { (problem.action) } }
    };
    document(&problem.title, &main)
}

/// Entries, the latest first, and the way further back.
pub fn entries(found: &Page, now: Timestamp) -> Markup {
    html! {
        @if found.data.is_empty() && found.next.is_none() {
            div.empty { h2 { "No conversation yet" } p { "What is written with them shows here by itself." } }
        }
        @for one in &found.data {
            @if let Some(thread) = &one.thread { (entry(thread, now)) }
            @if let Some(event) = &one.meeting { (meeting(event, one.because.as_deref(), now)) }
        }
        @if let Some((at, id)) = found.next {
            p.more { button type="button" data-before={ (at.millis()) "." (id) } { "Show older" } }
        }
    }
}

fn subject_of(subject: Option<&str>) -> &str {
    subject.map_or("Subject not shown to you", |subject| if subject.is_empty() { "No subject" } else { subject })
}

fn meeting(event: &CalendarEvent, because: Option<&str>, now: Timestamp) -> Markup {
    let subject = subject_of(event.subject.as_deref());
    html! {
        div.entry {
            div.meeting {
                span.subject dir="auto" { @if event.is_cancelled { s { (subject) } } @else { (subject) } }
                span.count { @if event.is_cancelled { "called off" } @else { "meeting" } }
                span.at { (short(event.start_at, now)) }
            }
            @if let Some(because) = because { p.why { (because) } }
        }
    }
}

fn entry(thread: &Thread, now: Timestamp) -> Markup {
    let subject = subject_of(thread.subject.as_deref());
    html! {
        details.entry data-thread=(thread.id) {
            summary {
                span.subject dir="auto" { (subject) }
                span.count { (counted(thread.message_count, "mail", "mails")) }
                span.at { (short(thread.last_at, now)) }
            }
            @for filing in &thread.customers { p.why { (filing.because) } }
            div.mails aria-live="polite" { p.why { "Loading…" } }
        }
    }
}

/// The mails of a thread, oldest first.
pub fn mails(mails: &[ThreadMessage], now: Timestamp) -> Markup {
    html! {
        ol { @for mail in mails {
            li {
                p.head {
                    span.who dir="auto" { (author(mail)) }
                    span.at { (short(mail.message.received_at, now)) }
                }
                p.preview dir="auto" { (mail.message.preview.as_deref().unwrap_or("Its text is not shown to you.")) }
                @if mail.holders.len() > 1 { p.why { "In " (mail.holders.len()) " mailboxes" } }
            }
        } }
    }
}

fn author(mail: &ThreadMessage) -> &str {
    let Some(from) = &mail.message.from else { return "Somebody" };
    if from.name.is_empty() { &from.email } else { &from.name }
}

fn document(title: &str, main: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="stylesheet" href="/embed/timeline.css";
                script type="module" src="/embed/timeline.js" {}
            }
            body { main { (main) } }
        }
    }
}
