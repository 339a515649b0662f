//! What is in a calendar in a window of time: `GET {user}/calendars/{id}/calendarView/delta`.
//!
//! The window is named once and stays in the links for ever (graph.md 4.3): another window is another chain. `$select`, `$top` and
//! their like are refused. Single events and exceptions come whole, occurrences of a series as stubs, and their master mostly not
//! at all (4.4): it is read beside, by [`masters`]. What is shown may lie outside of the window. Big pages make Exchange answer 5xx.

use base::Timestamp;

use crate::access::Access;
use crate::batch::{self, Part};
use crate::calendar::event::{Event, SELECT};
use crate::call::Call;
use crate::client::Client;
use crate::error::GraphError;
use crate::mail::mailbox_path;
use crate::page::{DeltaPage, Link};

/// Where a page of a calendar's view is read from.
#[derive(Clone, Copy, Debug)]
pub enum ViewStart<'a> {
    /// The beginning of a round over everything from one moment to another.
    Window(Timestamp, Timestamp),
    /// Where a page before left off.
    Link(&'a Link),
}

/// A page of a calendar's view.
///
/// # Errors
/// [`GraphError`]; `Resync` when the link no longer works.
pub async fn view_delta(
    client: &Client,
    access: &Access,
    calendar_id: &str,
    start: ViewStart<'_>,
    page_size: u16,
) -> Result<DeltaPage<Event>, GraphError> {
    let call = match start {
        ViewStart::Window(from, until) => {
            let path = mailbox_path(access).literal("calendars").segment(calendar_id).literal("calendarView").literal("delta");
            Call::get(path.query("startDateTime", &from.to_string()).query("endDateTime", &until.to_string()))
        }
        ViewStart::Link(link) => Call::follow(link),
    };
    client.delta_page(access, call.prefer(&super::preference(Some(page_size)))).await
}

/// Events whole, by their ids, in the order asked for; one that is gone is an error of its own (`is_not_found()`).
pub async fn masters(client: &Client, access: &Access, ids: &[&str]) -> Vec<Result<Event, GraphError>> {
    let path = |id: &str| mailbox_path(access).literal("events").segment(id).query("$select", SELECT);
    let parts: Vec<Part> = ids.iter().map(|id| Part::get(path(id)).header("Prefer", super::preference(None))).collect();
    batch::run(client, access, &parts).await.into_iter().map(|outcome| outcome.and_then(|answer| answer.json())).collect()
}
