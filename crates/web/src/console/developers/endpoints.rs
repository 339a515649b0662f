//! `GET /developers/endpoints`: whoever outside is told of events.

use axum::extract::State as Given;
use axum::response::Html;
use base::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use crate::console::core::{self, Page};
use crate::console::developers::overview::{Tab, tabs};
use crate::failure::Failure;
use crate::session::SignedIn;
use crate::state::State;
use crate::view::curl;
use crate::view::format::ago;
use crate::view::frame::{self, Part};

/// An endpoint as the API shows it.
#[derive(Deserialize)]
pub struct Endpoint {
    /// Its id.
    pub id: String,
    /// What made it.
    pub kind: String,
    /// Its address.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// Kinds of events.
    pub events: Vec<String>,
    /// Mailboxes.
    pub mailboxes: Vec<String>,
    /// Whether it gets nouns.
    pub expand: bool,
    /// Who made it.
    pub owner: String,
    /// Whether it is called.
    pub state: String,
    /// Since when.
    pub state_at: Timestamp,
    /// Why it is not called.
    pub problem: Option<Trouble>,
    /// Calls that failed since the last that succeeded.
    pub failures: u32,
    /// When the first of these was.
    pub failing_since: Option<Timestamp>,
    /// When a call last succeeded.
    pub succeeded_at: Option<Timestamp>,
    /// Until when the secret before signs too.
    pub previous_secret_until: Option<Timestamp>,
}

/// Why an endpoint is not called.
#[derive(Deserialize)]
pub struct Trouble {
    /// What happened.
    pub title: String,
    /// Why.
    pub detail: String,
    /// What to do next.
    pub action: String,
}

/// The page.
pub async fn endpoints(Given(state): Given<State>, signed_in: SignedIn) -> Result<Html<String>, Failure> {
    let page: Page<Endpoint> = core::read(&state, &signed_in, "/api/v1/endpoints?limit=200").await?;
    let now = state.clock.now();
    let main = html! {
        div.heading.of-mailbox {
            div { h1 { "Endpoints" } p.summary { "Addresses that are told of events, signed as Standard Webhooks says." } }
            a.button href="/developers/endpoints/new" { "Make an endpoint" }
        }
        (tabs(Tab::Endpoints, &signed_in))
        @if page.data.is_empty() {
            div.empty { h2 { "No endpoints yet" } p { "A program that wants to know what happens makes one, or you make it here." } }
        } @else {
            ul.objects { @for endpoint in &page.data { (row(endpoint, now)) } }
        }
        @if page.next.is_some() { p.hint { "The first 200 are shown; the API has them all." } }
        (curl::read(&state.settings.base_url, "/api/v1/endpoints"))
    };
    Ok(Html(frame::signed_in("Endpoints", Part::Developers, &signed_in, &main).into_string()))
}

fn row(endpoint: &Endpoint, now: Timestamp) -> Markup {
    html! {
        li { a data-row href={ "/developers/endpoints/" (endpoint.id) } {
            span.name { (endpoint.url) }
            span.more dir="auto" {
                @if !endpoint.description.is_empty() { (endpoint.description) " · " }
                @if endpoint.events.is_empty() { "every event" } @else { (endpoint.events.join(", ")) }
            }
            span.number { (state_mark(endpoint)) }
            span.at { @match endpoint.succeeded_at { Some(at) => (ago(at, now)), None => "never called" } }
        } }
    }
}

/// How an endpoint is, at a glance.
pub fn state_mark(endpoint: &Endpoint) -> Markup {
    let (tone, word) = match (endpoint.state.as_str(), endpoint.failing_since) {
        ("active", None) => ("tone good", "Active"),
        ("active", Some(_)) => ("tone busy", "Failing"),
        ("paused", _) => ("tone bad", "Paused"),
        _ => ("tone bad", "Disabled"),
    };
    html! { span class=(tone) { span.dot aria-hidden="true" {} (word) } }
}
