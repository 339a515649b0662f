//! `GET /customers[?q=&before=]`: customers, the last active first; a field keeps those whose name or domain begins so.

use api::view::Customer;
use axum::extract::{Query, State as Given};
use axum::response::Html;
use base::Timestamp;
use maud::{Markup, html};
use model::id::CustomerId;
use serde::Deserialize;

use crate::failure::Failure;
use crate::state::State;
use crate::view::format::{counted, short};
use crate::view::frame::{self, Part, Viewer as _};
use crate::view::message_list::older;
use crate::view::place::Place;
use crate::view::text::shown;
use crate::view::{address, curl};
use crate::visitor::Visitor;

/// Customers on a page.
const PAGE: u32 = 50;

/// Which, and where to begin.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    before: Option<Place<CustomerId>>,
}

/// The page.
pub async fn customers(Given(state): Given<State>, visitor: Visitor, Query(asked): Query<Asked>) -> Result<Html<String>, Failure> {
    let wanted = asked.q.trim();
    let lines = read(&state, &visitor, wanted, asked.before.as_ref(), PAGE).await?;
    let now = state.clock.now();
    let main = html! {
        div.heading.of-mailbox {
            div { h1 { "Customers" } p.summary { "Everybody outside with whom there is mail, the last active first. " @if visitor.is_administrator() { a href="/customers/exclusions" { "Never filed" } } } }
            form.search role="search" action="/customers" method="get" {
                label.hidden for="q" { "Name or domain begins with" }
                input #q type="search" name="q" value=(wanted) placeholder="Name or domain begins with" autocomplete="off";
                button.quiet type="submit" { "Filter" }
            }
        }
        @if lines.is_empty() { (nothing(wanted, asked.before.is_some())) } @else {
            ol.objects { @for line in &lines { (row(line, now)) } }
            @if lines.len() == PAGE as usize && let Some(last) = lines.last() {
                (older(&address::with("/customers", &[("q", wanted), ("before", &Place::of(last.last_at, last.id).to_string())])))
            }
        }
        (curl::read(&state.settings.base_url, &address::with("/api/v1/customers", &[("q", wanted)])))
    };
    Ok(Html(frame::signed_in("Customers", Part::Customers, &visitor, &main).into_string()))
}

/// Customers with their domains and counts, as a visitor sees them.
///
/// # Errors
/// When the database does not answer.
pub async fn read(
    state: &State,
    by: &Visitor,
    prefix: &str,
    before: Option<&Place<CustomerId>>,
    limit: u32,
) -> Result<Vec<Customer>, Failure> {
    let (prefix, before) = (Some(prefix).filter(|prefix| !prefix.is_empty()), before.map(|place| (place.at, place.id)));
    Ok(api::read::customer::list_latest(&state.db, by.workspace, &by.sight, prefix, before, limit).await?)
}

/// The domains of a customer in a line.
pub fn domains(customer: &Customer) -> String {
    let domains: Vec<&str> = customer.domains.iter().map(|domain| domain.domain.as_str()).collect();
    domains.join(", ")
}

fn row(customer: &Customer, now: Timestamp) -> Markup {
    html! {
        li { a data-row href={ "/customers/" (customer.id) } {
            span.name dir="auto" { (name(&customer.name)) }
            span.more dir="auto" {
                @if customer.domains.is_empty() { "no domain" } @else { (domains(customer)) }
                " · " (counted(customer.people_count, "person", "people"))
            }
            span.number { (counted(customer.thread_count, "thread", "threads")) }
            span.at { (short(customer.last_at, now)) }
        } }
    }
}

/// A name of strangers, or words for its absence.
pub fn name(text: &str) -> String {
    shown(text).unwrap_or_else(|| "(no name)".to_owned())
}

fn nothing(wanted: &str, further: bool) -> Markup {
    html! {
        div.empty {
            @if further { h2 { "Nobody further" } p { "That was the customer with the oldest conversation." } }
            @else if wanted.is_empty() {
                h2 { "No customers yet" }
                p { "They are found by themselves, from mail with people outside. Free-mail addresses, newsletters and colleagues make none." }
                p.actions { a.button href="/connect" { "Connect a mailbox" } }
            }
            @else {
                h2 { "No customer begins so" }
                p { "Neither its name nor one of its domains. " a href="/customers" { "Show all customers" } }
            }
        }
    }
}
