//! A page of a timeline: its entries in one order, each with what it is about and why it is where it is.

use api::read::timeline::{self, Page};
use api::view::Thread;
use base::Timestamp;
use maud::{Markup, html};
use model::id::{CustomerId, ThreadId};
use store::timeline::Owner;

use crate::console::customers::list::name;
use crate::failure::Failure;
use crate::state::State;
use crate::view::format::{counted, day, short};
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
    Ok(timeline::page(&state.db, by.workspace, &by.sight, owner, before, PAGE).await?)
}

/// The entries, day by day, and the way to older ones. `of` is the customer whose timeline it is.
pub fn show(page: &Page, of: Option<CustomerId>, path: &str, now: Timestamp) -> Markup {
    let mut last_day = String::new();
    let threads = page.data.iter().filter_map(|entry| Some((entry.at, entry.thread.as_ref()?)));
    html! {
        ol.timeline { @for (at, thread) in threads {
            @let this_day = day(at);
            @if this_day != last_day { li.day { (this_day) } }
            ({ last_day = this_day; line(at, thread, of, now) })
        } }
        @if let Some((at, id)) = page.next { (older(&format!("{path}?before={}", Place::of(at, ThreadId::from_number(id))))) }
    }
}

fn line(at: Timestamp, thread: &Thread, of: Option<CustomerId>, now: Timestamp) -> Markup {
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
