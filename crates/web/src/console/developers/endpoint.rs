//! `GET /developers/endpoints/{id}[?state=&cursor=]`: an endpoint with its deliveries, and what can be done with it.

use axum::extract::{Query, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::Timestamp;
use http::Method;
use maud::{Markup, html};
use model::id::{Endpoint as EndpointNoun, EndpointId};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::console::core::{self, Page};
use crate::console::deed::wrong_field;
use crate::console::developers::delivery::{self, Delivery};
use crate::console::developers::endpoints::{Endpoint, state_mark};
use crate::console::named::Named;
use crate::failure::Failure;
use crate::session::{OwnForm, SignedIn};
use crate::state::State;
use crate::view::format::{ago, counted, long};
use crate::view::frame::{self, Part};
use crate::view::message_list::older;
use crate::view::{address, curl, once};

/// Which deliveries, and where to begin.
#[derive(Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    state: String,
    #[serde(default)]
    cursor: String,
    repeated: Option<i64>,
}

const STATES: &[(&str, &str)] =
    &[("", "All"), ("pending", "Pending"), ("delivered", "Delivered"), ("parked", "Parked"), ("skipped", "Skipped")];

fn api(id: EndpointId) -> String {
    format!("/api/v1/endpoints/{id}")
}

fn own(id: EndpointId) -> String {
    format!("/developers/endpoints/{id}")
}

/// The page.
pub async fn endpoint(
    Given(state): Given<State>,
    signed_in: SignedIn,
    Named(id): Named<EndpointNoun>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Failure> {
    show(&state, &signed_in, id, &asked, None).await
}

/// The page, with a secret that has just been made.
///
/// # Errors
/// As the API refuses.
pub async fn show(state: &State, by: &SignedIn, id: EndpointId, asked: &Asked, secret: Option<&str>) -> Result<Html<String>, Failure> {
    let found: Endpoint = core::read(state, by, &api(id)).await?;
    let path = address::with(&format!("{}/deliveries", api(id)), &[("state", &asked.state), ("cursor", &asked.cursor)]);
    let page: Page<Delivery> = core::read(state, by, &path).await?;
    let now = state.clock.now();
    let main = html! {
        div.heading {
            p.crumb { a href="/developers/endpoints" { "Endpoints" } }
            h1 { (found.url) }
            p.summary dir="auto" { (found.description) }
        }
        @if let Some(secret) = secret { (once::shown("The secret of this endpoint", secret)) }
        @if let Some(repeated) = asked.repeated { p.notice role="status" { (counted(repeated, "delivery is", "deliveries are")) " repeated." } }
        (trouble(&found, id, &by.csrf))
        div.beside {
            section aria-label="Deliveries" { (deliveries(&page, id, asked, now)) }
            aside.side aria-label="About this endpoint" { (about(&found, id, now)) (tools(&found, id, &by.csrf)) }
        }
        (curl::read(&state.settings.base_url, &path))
    };
    Ok(Html(frame::signed_in(&found.url, Part::Developers, by, &main).into_string()))
}

fn trouble(endpoint: &Endpoint, id: EndpointId, csrf: &str) -> Markup {
    html! {
        @if endpoint.state != "active" {
            div.callout {
                @match &endpoint.problem {
                    Some(problem) => { p.title { (problem.title) } p { (problem.detail) } p.next { strong { "Next: " } (problem.action) } },
                    None => p.title { "It is not being called." },
                }
                div.actions {
                    form method="post" action={ (own(id)) "/resume" } { (frame::key(csrf)) button type="submit" { "Resume" } }
                    form method="post" action={ (own(id)) "/resume" } {
                        (frame::key(csrf)) input type="hidden" name="skip" value="yes";
                        button.quiet type="submit" { "Resume, and drop what waits" }
                    }
                }
            }
        }
    }
}

fn deliveries(page: &Page<Delivery>, id: EndpointId, asked: &Asked, now: Timestamp) -> Markup {
    html! {
        div.chips role="group" aria-label="Which deliveries" { @for (name, words) in STATES {
            a.chip href=(address::with(&own(id), &[("state", name)])) aria-current=[(asked.state == *name).then_some("true")] { (words) }
        } }
        @if page.data.is_empty() { div.empty { h2 { "No deliveries" } p { "What happens from now on appears here." } } }
        @else { (delivery::table(&page.data, now)) }
        @if let Some(next) = &page.next { (older(&address::with(&own(id), &[("state", &asked.state), ("cursor", next)]))) }
    }
}

fn about(endpoint: &Endpoint, id: EndpointId, now: Timestamp) -> Markup {
    html! {
        section {
            h2 { "How it is" }
            p { (state_mark(endpoint)) " since " (ago(endpoint.state_at, now)) }
            @match endpoint.succeeded_at { Some(at) => p.hint { "Last answered well " (ago(at, now)) }, None => p.hint { "It has never answered well." } }
            @if let Some(since) = endpoint.failing_since {
                p.hint { (counted(i64::from(endpoint.failures), "call has failed", "calls have failed")) " since " (long(since)) }
            }
        }
        section {
            h2 { "What it is told" }
            p { @if endpoint.events.is_empty() { "Every event" } @else { (endpoint.events.join(", ")) } }
            p.hint {
                @if endpoint.mailboxes.is_empty() { "About all mailboxes and the workspace." }
                @else { "About " (counted(i64::try_from(endpoint.mailboxes.len()).unwrap_or(0), "mailbox", "mailboxes")) " only." }
                @if endpoint.expand { " With the object itself, as " (endpoint.owner) " may see it." } @else { " With ids only." }
            }
            @if endpoint.kind == "generic" { p { a href={ (own(id)) "/change" } { "Change" } } }
            @else { p.hint { "Made by " (endpoint.kind) "." } }
        }
    }
}

fn tools(endpoint: &Endpoint, id: EndpointId, csrf: &str) -> Markup {
    html! {
        section {
            h2 { "Do" }
            div.stack {
                form method="post" action={ (own(id)) "/test" } { (frame::key(csrf)) button.quiet type="submit" { "Send a test event" } }
                form method="post" action={ (own(id)) "/rotate" } { (frame::key(csrf)) button.quiet type="submit" { "Change the secret" } }
                p.hint { "The one before signs too for 24 hours."
                    @if let Some(until) = endpoint.previous_secret_until { " Now until " (long(until)) "." } }
                @if endpoint.state == "active" {
                    form method="post" action={ (own(id)) "/pause" } { (frame::key(csrf)) button.quiet type="submit" { "Pause" } }
                }
                (range(id, csrf))
                details { summary { "Remove" }
                    form method="post" action={ (own(id)) "/remove" } {
                        (frame::key(csrf)) p.hint { "With everything that it is still to be told." } button.danger type="submit" { "Remove this endpoint" }
                    } }
            }
        }
    }
}

fn range(id: EndpointId, csrf: &str) -> Markup {
    html! {
        details { summary { "Repeat what it was told" }
            form.stack method="post" action={ (own(id)) "/replay" } {
                (frame::key(csrf))
                label for="from" { "From (UTC)" } input #from type="datetime-local" name="from" required;
                label for="until" { "Until (UTC)" } input #until type="datetime-local" name="until";
                button.quiet type="submit" { "Repeat" }
                p.hint { "New deliveries of the same events, marked as repeated, up to 1,000 at once." }
            }
        }
    }
}

async fn perform(state: &State, form: &OwnForm, id: EndpointId, verb: &str, body: Option<Value>) -> Result<Response, Failure> {
    let _: Value = core::ask(state, &form.signed_in, Method::POST, &format!("{}/{verb}", api(id)), body).await?;
    Ok(Redirect::to(&own(id)).into_response())
}

/// `POST /developers/endpoints/{id}/test`.
pub async fn send_test(Given(state): Given<State>, Named(id): Named<EndpointNoun>, form: OwnForm) -> Result<Response, Failure> {
    perform(&state, &form, id, "test", None).await
}

/// `POST /developers/endpoints/{id}/pause`.
pub async fn pause(Given(state): Given<State>, Named(id): Named<EndpointNoun>, form: OwnForm) -> Result<Response, Failure> {
    perform(&state, &form, id, "pause", None).await
}

/// `POST /developers/endpoints/{id}/resume`.
pub async fn resume(Given(state): Given<State>, Named(id): Named<EndpointNoun>, form: OwnForm) -> Result<Response, Failure> {
    let skip = !form.fields.text("skip").is_empty();
    perform(&state, &form, id, "resume", Some(json!({ "skip_waiting": skip }))).await
}

/// `POST /developers/endpoints/{id}/rotate`: shows the new secret.
pub async fn rotate(Given(state): Given<State>, Named(id): Named<EndpointNoun>, form: OwnForm) -> Result<Html<String>, Failure> {
    #[derive(Deserialize)]
    struct Rotated {
        secret: String,
    }
    let path = format!("{}/rotate-secret", api(id));
    let rotated: Rotated = core::ask(&state, &form.signed_in, Method::POST, &path, Some(json!({}))).await?;
    show(&state, &form.signed_in, id, &Asked::default(), Some(&rotated.secret)).await
}

/// `POST /developers/endpoints/{id}/remove`.
pub async fn remove(Given(state): Given<State>, Named(id): Named<EndpointNoun>, form: OwnForm) -> Result<Response, Failure> {
    let _: Value = core::ask(&state, &form.signed_in, Method::DELETE, &api(id), None).await?;
    Ok(Redirect::to("/developers/endpoints").into_response())
}

/// `POST /developers/endpoints/{id}/replay`: what it was told from one time until another.
pub async fn replay(Given(state): Given<State>, Named(id): Named<EndpointNoun>, form: OwnForm) -> Result<Response, Failure> {
    #[derive(Deserialize)]
    struct Replayed {
        count: i64,
    }
    let from = moment(form.fields.text("from"))?;
    let until = Some(form.fields.text("until")).filter(|text| !text.is_empty()).map(moment).transpose()?;
    let path = format!("{}/replay", api(id));
    let replayed: Replayed = core::ask(&state, &form.signed_in, Method::POST, &path, Some(json!({ "from": from, "until": until }))).await?;
    Ok(Redirect::to(&format!("{}?repeated={}", own(id), replayed.count)).into_response())
}

/// What a field for date and time sends: `2026-11-21T14:02`, in UTC.
fn moment(text: &str) -> Result<Timestamp, Failure> {
    let seconds = if text.len() == "2026-11-21T14:02".len() { ":00" } else { "" };
    Timestamp::parse(&format!("{text}{seconds}Z")).ok_or_else(|| {
        wrong_field("That is no time.", "A time is a date and a clock time, such as 2026-11-21T14:02.", "Go back and enter it so.")
    })
}
