//! `GET /developers/deliveries/{id}`: what an endpoint was told about one event: each call and what came of it.

use axum::extract::State as Given;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::Timestamp;
use http::Method;
use maud::{Markup, html};
use model::id::Delivery as DeliveryNoun;
use serde::Deserialize;

use crate::console::core;
use crate::console::named::Named;
use crate::failure::Failure;
use crate::session::{OwnForm, SignedIn};
use crate::state::State;
use crate::view::curl;
use crate::view::format::{ago, grouped, long};
use crate::view::frame::{self, Part};

/// A delivery as the API shows it.
#[derive(Deserialize)]
pub struct Delivery {
    id: String,
    endpoint: String,
    event: String,
    seq: i64,
    mailbox: Option<String>,
    sequence: i64,
    state: String,
    replay_of: Option<String>,
    tries: u32,
    attempts: Vec<Attempt>,
    created_at: Timestamp,
}

#[derive(Deserialize)]
struct Attempt {
    at: Timestamp,
    duration_ms: i64,
    status: Option<u16>,
    error: Option<String>,
    answer: Option<String>,
}

/// Deliveries in a table.
pub fn table(deliveries: &[Delivery], now: Timestamp) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Deliveries" { table.ledger {
            caption.hidden { "Deliveries, the newest first" }
            thead { tr { th scope="col" { "Event" } th scope="col" { "State" } th.number scope="col" { "Tries" } th scope="col" { "Decided" } } }
            tbody { @for delivery in deliveries {
                tr {
                    td.short { a data-row href={ "/developers/deliveries/" (delivery.id) } { (delivery.event) }
                        @if delivery.replay_of.is_some() { " " span.tag { "repeated" } } }
                    td.short { (mark(&delivery.state)) }
                    td.number { (grouped(i64::from(delivery.tries))) }
                    td.at { (ago(delivery.created_at, now)) }
                }
            } }
        } }
    }
}

fn mark(state: &str) -> Markup {
    let (tone, word) = match state {
        "delivered" => ("tone good", "Delivered"),
        "pending" => ("tone busy", "Pending"),
        "parked" => ("tone bad", "Parked"),
        _ => ("tone idle", "Skipped"),
    };
    html! { span class=(tone) { span.dot aria-hidden="true" {} (word) } }
}

/// The page.
pub async fn delivery(Given(state): Given<State>, signed_in: SignedIn, Named(id): Named<DeliveryNoun>) -> Result<Html<String>, Failure> {
    let path = format!("/api/v1/deliveries/{id}");
    let found: Delivery = core::read(&state, &signed_in, &path).await?;
    let main = html! {
        div.heading {
            p.crumb { a href="/developers/endpoints" { "Endpoints" } " / " a href={ "/developers/endpoints/" (found.endpoint) } { "The endpoint" } }
            h1 { (found.event) }
            p.summary { (mark(&found.state)) " Event " a href={ "/activity?before=" (found.seq + 1) "#event-" (found.seq) } { (grouped(found.seq)) }
                ", number " (grouped(found.sequence)) " of what the endpoint is told about "
                @if found.mailbox.is_some() { "this mailbox" } @else { "the workspace" } "." }
        }
        @if let Some(of) = &found.replay_of { p.notice { "It repeats " a href={ "/developers/deliveries/" (of) } { "another delivery" } "." } }
        (attempts(&found))
        form.below method="post" action={ "/developers/deliveries/" (found.id) "/repeat" } {
            (frame::key(&signed_in.csrf)) button.quiet type="submit" { "Repeat it" }
            p.hint { "A new delivery of the same event, behind everything that is still to be told." }
        }
        (curl::read(&state.settings.base_url, &path))
    };
    Ok(Html(frame::signed_in(&found.event, Part::Developers, &signed_in, &main).into_string()))
}

fn attempts(delivery: &Delivery) -> Markup {
    html! {
        @if delivery.attempts.is_empty() { div.empty { h2 { "Not called yet" } p { "It was decided on " (long(delivery.created_at)) "." } } }
        @else { div.scroll tabindex="0" role="region" aria-label="Calls" { table.ledger {
            caption.hidden { "Calls, the oldest first" }
            thead { tr { th scope="col" { "When" } th.number scope="col" { "Took" } th scope="col" { "Answer" } th scope="col" { "What came of it" } } }
            tbody { @for attempt in &delivery.attempts {
                tr {
                    td.at { (long(attempt.at)) }
                    td.number { (grouped(attempt.duration_ms)) " ms" }
                    td.short { @match attempt.status { Some(status) => (status), None => "none" } }
                    td.detail { (attempt.error.as_deref().unwrap_or("Taken"))
                        @if let Some(answer) = &attempt.answer { pre.wrapped { (answer) } } }
                }
            } }
        } } }
    }
}

/// `POST /developers/deliveries/{id}/repeat`.
pub async fn repeat(Given(state): Given<State>, Named(id): Named<DeliveryNoun>, form: OwnForm) -> Result<Response, Failure> {
    let path = format!("/api/v1/deliveries/{id}/replay");
    let new: Delivery = core::ask(&state, &form.signed_in, Method::POST, &path, None).await?;
    Ok(Redirect::to(&format!("/developers/deliveries/{}", new.id)).into_response())
}
