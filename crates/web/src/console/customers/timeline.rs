//! A page of a timeline: its entries in one order, each with what it is about and why it is where it is.

use std::collections::HashMap;

use base::Timestamp;
use maud::{Markup, html};
use model::customer::Filing;
use model::id::{CustomerId, ThreadId};
use store::thread::Thread;
use store::timeline::{self, Owner};
use store::{customer, filing, thread};

use crate::console::customers::list::name;
use crate::failure::Failure;
use crate::session::Administrator;
use crate::state::State;
use crate::view::format::{counted, day, short};
use crate::view::message_list::{older, subject};
use crate::view::place::Place;

/// Entries on a page.
pub const PAGE: u32 = 40;

/// A customer that a thread is filed under, and why.
pub struct Filed {
    /// The customer.
    pub customer: CustomerId,
    /// Its name.
    pub name: String,
    /// Why, as a sentence that goes on after the name.
    pub why: String,
}

/// A thread in a timeline.
pub struct Entry {
    at: Timestamp,
    thread: Thread,
    filed: Vec<Filed>,
}

/// Under which customers these threads are filed.
///
/// # Errors
/// When the database does not answer.
pub async fn filed(state: &State, by: &Administrator, threads: &[ThreadId]) -> Result<HashMap<ThreadId, Vec<Filed>>, Failure> {
    let filings = filing::of_threads(&state.db, threads).await?;
    let mut ids: Vec<CustomerId> = filings.iter().map(|filing| filing.customer).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = customer::find_many(&state.db, by.workspace, &ids).await?;
    let names: HashMap<CustomerId, String> = found.into_iter().map(|customer| (customer.id, name(&customer.name))).collect();
    let mut all: HashMap<ThreadId, Vec<Filed>> = HashMap::new();
    for filing in filings {
        let Some(name) = names.get(&filing.customer).cloned() else { continue };
        all.entry(filing.thread).or_default().push(filed_of(&filing, name));
    }
    Ok(all)
}

fn filed_of(filing: &Filing, name: String) -> Filed {
    Filed { customer: filing.customer, name, why: filing.sentence() }
}

/// A page of a timeline.
///
/// # Errors
/// When the database does not answer.
pub async fn read(state: &State, by: &Administrator, owner: Owner, before: Option<&Place<ThreadId>>) -> Result<Vec<Entry>, Failure> {
    let before = before.map(|place| (place.at, place.id.number()));
    let places = timeline::page(&state.db, owner, None, before, PAGE).await?;
    let ids: Vec<ThreadId> = places.iter().map(timeline::Entry::thread).collect();
    let mut threads: HashMap<ThreadId, Thread> =
        thread::find_many(&state.db, &ids).await?.into_iter().map(|thread| (thread.id, thread)).collect();
    let mut filed = filed(state, by, &ids).await?;
    let entries = places.iter().filter_map(|place| {
        let id = place.thread();
        Some(Entry { at: place.at, thread: threads.remove(&id)?, filed: filed.remove(&id).unwrap_or_default() })
    });
    Ok(entries.collect())
}

/// The entries, day by day, and the way to older ones. `of` is the customer whose timeline it is.
pub fn show(entries: &[Entry], of: Option<CustomerId>, path: &str, now: Timestamp) -> Markup {
    let mut last_day = String::new();
    html! {
        ol.timeline { @for entry in entries {
            @let this_day = day(entry.at);
            @if this_day != last_day { li.day { (this_day) } }
            ({ last_day = this_day; line(entry, of, now) })
        } }
        @if entries.len() == PAGE as usize && let Some(last) = entries.last() {
            (older(&format!("{path}?before={}", Place::of(last.at, last.thread.id))))
        }
    }
}

fn line(entry: &Entry, of: Option<CustomerId>, now: Timestamp) -> Markup {
    let address = format!("/threads/{}", entry.thread.id);
    html! {
        li.entry {
            div.headline {
                a data-row href=(address) dir="auto" { (subject(&entry.thread.subject)) }
                span.at { (counted(entry.thread.message_count, "message", "messages")) ", " (short(entry.at, now)) }
            }
            div.why {
                @if entry.filed.is_empty() { span { "Filed under no customer" } }
                @for filed in &entry.filed {
                    span dir="auto" {
                        @if of == Some(filed.customer) { "Here " } @else { a href={ "/customers/" (filed.customer) } { (filed.name) } ": " }
                        (filed.why)
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
