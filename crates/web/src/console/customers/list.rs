//! `GET /customers[?q=&before=]`: customers, the last active first; a field keeps those whose name or domain begins so.

use std::collections::HashMap;

use axum::extract::{Query, State as Given};
use axum::response::Html;
use base::Timestamp;
use maud::{Markup, html};
use model::customer::Customer;
use model::id::CustomerId;
use serde::Deserialize;
use store::customer::{self, Wanted};
use store::person;

use crate::failure::Failure;
use crate::session::Administrator;
use crate::state::State;
use crate::view::format::{counted, short};
use crate::view::frame::{self, Part};
use crate::view::message_list::older;
use crate::view::place::Place;
use crate::view::text::shown;
use crate::view::{address, curl};

/// Customers on a page.
const PAGE: u32 = 50;

/// Which, and where to begin.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    before: Option<Place<CustomerId>>,
}

/// A customer with what its line says.
pub struct Line {
    /// The customer.
    pub customer: Customer,
    /// Its domains.
    pub domains: Vec<String>,
    /// How many people it has.
    pub people: i64,
}

/// The page.
pub async fn customers(
    Given(state): Given<State>,
    administrator: Administrator,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Failure> {
    let wanted = asked.q.trim();
    let lines = read(&state, &administrator, wanted, asked.before.as_ref(), PAGE).await?;
    let now = state.clock.now();
    let main = html! {
        div.heading.of-mailbox {
            div { h1 { "Customers" } p.summary { "Everybody outside with whom there is mail, the last active first. " a href="/customers/exclusions" { "Never filed" } } }
            form.search role="search" action="/customers" method="get" {
                label.hidden for="q" { "Name or domain begins with" }
                input #q type="search" name="q" value=(wanted) placeholder="Name or domain begins with" autocomplete="off";
                button.quiet type="submit" { "Filter" }
            }
        }
        @if lines.is_empty() { (nothing(wanted, asked.before.is_some())) } @else {
            ol.objects { @for line in &lines { (row(line, now)) } }
            @if lines.len() == PAGE as usize && let Some(last) = lines.last() {
                (older(&address::with("/customers", &[("q", wanted), ("before", &Place::of(last.customer.last_at, last.customer.id).to_string())])))
            }
        }
        (curl::read(&state.settings.base_url, &address::with("/api/v1/customers", &[("q", wanted)])))
    };
    Ok(Html(frame::signed_in("Customers", Part::Customers, &administrator.csrf, &main).into_string()))
}

/// Customers with their domains and counts.
///
/// # Errors
/// When the database does not answer.
pub async fn read(
    state: &State,
    by: &Administrator,
    prefix: &str,
    before: Option<&Place<CustomerId>>,
    limit: u32,
) -> Result<Vec<Line>, Failure> {
    let wanted = Wanted { prefix: Some(prefix).filter(|prefix| !prefix.is_empty()), seen_in: None };
    let found = customer::list_latest(&state.db, by.workspace, wanted, before.map(|place| (place.at, place.id)), limit).await?;
    let ids: Vec<CustomerId> = found.iter().map(|customer| customer.id).collect();
    let people: HashMap<CustomerId, i64> = person::count_of_customers(&state.db, &ids).await?.into_iter().collect();
    let mut domains: HashMap<CustomerId, Vec<String>> = HashMap::new();
    for domain in customer::domains_of(&state.db, &ids).await? {
        if let Some(customer) = domain.customer {
            domains.entry(customer).or_default().push(domain.domain);
        }
    }
    let line = |customer: Customer| Line {
        domains: domains.remove(&customer.id).unwrap_or_default(),
        people: people.get(&customer.id).copied().unwrap_or(0),
        customer,
    };
    Ok(found.into_iter().map(line).collect())
}

fn row(line: &Line, now: Timestamp) -> Markup {
    let customer = &line.customer;
    html! {
        li { a data-row href={ "/customers/" (customer.id) } {
            span.name dir="auto" { (name(&customer.name)) }
            span.more dir="auto" {
                @if line.domains.is_empty() { "no domain" } @else { (line.domains.join(", ")) }
                " · " (counted(line.people, "person", "people"))
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
