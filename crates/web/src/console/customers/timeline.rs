//! A page of a timeline: its entries in one order, each with what it is about and why it is where it is.

use api::read::timeline::{self, Page};
use api::view::{CalendarEvent, Thread, TimelineEntry};
use base::Timestamp;
use maud::{Markup, html};
use model::id::{CustomerId, ThreadId};
use store::timeline::Owner;

use crate::console::customers::list::name;
use crate::failure::Failure;
use crate::state::State;
use crate::view::format::{counted, day, long, short};
use crate::view::message_list::{older, subject_seen};
use crate::view::place::Place;
use crate::visitor::Visitor;

/// Entries on a page.
pub const PAGE: u32 = 40;

/// A page of a timeline, as a visitor sees it.
///
/// # Errors
/// When the database does not answer.
pub async fn read(state: &State, by: &Visitor, owner: Owner, before: Option<&Place<ThreadId>>) -> Result<Page, Failure> {
    let before = before.map(|place| (place.at, place.id.number()));
    Ok(timeline::page(&state.db, &by.asker, &by.sight, owner, before, PAGE).await?)
}

/// The entries, day by day, and the way to older ones. `of` is the customer whose timeline it is.
pub fn show(page: &Page, of: Option<CustomerId>, path: &str, now: Timestamp) -> Markup {
    let mut last_day = String::new();
    html! {
        ol.timeline { @for entry in &page.data {
            @let this_day = day(entry.at);
            @if this_day != last_day { li.day { (this_day) } }
            ({ last_day = this_day; line(entry, of, now) })
        } }
        @if let Some((at, id)) = page.next { (older(&format!("{path}?before={}", Place::of(at, ThreadId::from_number(id))))) }
    }
}

fn line(entry: &TimelineEntry, of: Option<CustomerId>, now: Timestamp) -> Markup {
    html! {
        @if let Some(thread) = &entry.thread { (thread_line(entry.at, thread, of, now)) }
        @if let Some(meeting) = &entry.meeting { (meeting_line(meeting, entry.because.as_deref(), now)) }
    }
}

/// A meeting, with the way to its week in the calendar.
fn meeting_line(meeting: &CalendarEvent, because: Option<&str>, now: Timestamp) -> Markup {
    let week = format!("/calendar?from={}", meeting.start_at.to_string().split('T').next().unwrap_or_default());
    let subject = subject_seen(meeting.subject.as_deref());
    html! {
        li.entry {
            div.headline {
                a data-row href=(week) dir="auto" {
                    @if meeting.is_cancelled { s { (subject) } } @else { (subject) }
                }
                span.at {
                    @if meeting.is_all_day { "all day" }
                    @else { (long(meeting.start_at)) " – " (short(meeting.end_at, meeting.start_at)) }
                }
            }
            div.why {
                span { @if meeting.is_cancelled { "Meeting, called off" } @else if meeting.start_at > now { "Meeting to come" } @else { "Meeting" } }
                @if meeting.is_private { span.tag { "private" } }
                @if let Some(because) = because { span dir="auto" { (because) } }
            }
        }
    }
}

fn thread_line(at: Timestamp, thread: &Thread, of: Option<CustomerId>, now: Timestamp) -> Markup {
    let address = format!("/threads/{}", thread.id);
    html! {
        li.entry {
            div.headline {
                a data-row href=(address) dir="auto" { (subject_seen(thread.subject.as_deref())) }
                span.at { (counted(thread.message_count, "message", "messages")) ", " (short(at, now)) }
            }
            div.why {
                @if thread.customers.is_empty() { span { "Filed under no customer" } }
                @for filed in &thread.customers {
                    span dir="auto" {
                        @if of == Some(filed.customer) { "Here " }
                        @else { a href={ "/customers/" (filed.customer) } { (name(&filed.name)) } ": " }
                        (filed.because)
                    }
                }
                a href={ (address) "/filing" } { "Change" }
            }
        }
    }
}

/// What stands where there is no entry.
pub fn nothing(further: bool) -> Markup {
    html! {
        div.empty {
            @if further { h2 { "Nothing older" } p { "That was where it began." } }
            @else { h2 { "No conversation yet" } p { "Threads appear here as soon as they are filed." } }
        }
    }
}
