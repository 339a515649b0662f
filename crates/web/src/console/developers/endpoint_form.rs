//! Making an endpoint, whose secret is shown this once, and changing one.

use axum::extract::State as Given;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::Method;
use maud::{Markup, html};
use model::event::EventKind;
use model::id::{Endpoint as EndpointNoun, EndpointId};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::console::core::{self, Page};
use crate::console::developers::endpoint::{self, Asked};
use crate::console::developers::endpoints::Endpoint;
use crate::console::developers::keys::{Mailbox, chosen_mailboxes, mailbox_choice};
use crate::console::named::Named;
use crate::failure::Failure;
use crate::session::{Fields, OwnForm, SignedIn};
use crate::state::State;
use crate::view::frame::{self, Part};

/// `GET /developers/endpoints/new`.
pub async fn make_page(Given(state): Given<State>, signed_in: SignedIn) -> Result<Html<String>, Failure> {
    page(&state, &signed_in, None, "Make an endpoint", "/developers/endpoints").await
}

/// `GET /developers/endpoints/{id}/change`.
pub async fn change_page(Given(state): Given<State>, signed_in: SignedIn, Named(id): Named<EndpointNoun>) -> Result<Html<String>, Failure> {
    let present: Endpoint = core::read(&state, &signed_in, &format!("/api/v1/endpoints/{id}")).await?;
    page(&state, &signed_in, Some(&present), "Change an endpoint", &format!("/developers/endpoints/{id}/change")).await
}

async fn page(state: &State, by: &SignedIn, present: Option<&Endpoint>, title: &str, action: &str) -> Result<Html<String>, Failure> {
    let mailboxes: Page<Mailbox> = core::read(state, by, "/api/v1/mailboxes?limit=200&fields=id,address").await?;
    let main = html! {
        div.heading {
            p.crumb { a href="/developers/endpoints" { "Endpoints" }
                @if let Some(present) = present { " / " a href={ "/developers/endpoints/" (present.id) } { (present.url) } } }
            h1 { (title) }
            @if present.is_some() { p.summary { "It belongs to you from then on: it sees what you may see." } }
        }
        section.panel { (form(present, &mailboxes.data, &by.csrf, action)) }
    };
    Ok(Html(frame::signed_in(title, Part::Developers, by, &main).into_string()))
}

fn form(present: Option<&Endpoint>, mailboxes: &[Mailbox], csrf: &str, action: &str) -> Markup {
    let (events, chosen) = present.map_or((&[][..], &[][..]), |present| (&present.events[..], &present.mailboxes[..]));
    html! {
        form.fields method="post" action=(action) {
            (frame::key(csrf))
            div { label for="url" { "Address" }
                input #url type="url" name="url" required placeholder="https://crm.example.com/hooks/rapport" autocomplete="off" value=[present.map(|present| &present.url)];
                p.hint { "Over https, and not inside this server's own network." } }
            div { label for="description" { "What it is for" }
                input #description name="description" maxlength="500" autocomplete="off" value=[present.map(|present| &present.description)]; }
            fieldset {
                legend { "Events" }
                @for noun in nouns() { (kinds(noun, events)) }
                p.hint { "Every event, unless some are chosen. What a first sync finds is told to nobody." }
            }
            (mailbox_choice(mailboxes, chosen, "All, and what concerns the workspace, unless some are chosen."))
            label.check { input type="checkbox" name="expand" value="yes" checked[present.is_some_and(|present| present.expand)];
                span { "Send the object itself, not only its id" } }
            div.actions { button type="submit" { @if present.is_some() { "Change it" } @else { "Make it" } } }
        }
    }
}

/// The nouns that events are about, in the order of the closed list.
fn nouns() -> Vec<&'static str> {
    let mut nouns: Vec<&str> = EventKind::ALL.iter().filter_map(|kind| kind.name().split('.').next()).collect();
    nouns.dedup();
    let mut seen = Vec::new();
    nouns.retain(|noun| {
        !seen.contains(noun) && {
            seen.push(*noun);
            true
        }
    });
    nouns
}

fn kinds(noun: &str, chosen: &[String]) -> Markup {
    let all = format!("{noun}.*");
    let box_of = |name: &str| {
        html! {
            label { input type="checkbox" name={ "event." (name) } value="yes" checked[chosen.iter().any(|kind| kind == name)]; code { (name) } }
        }
    };
    html! {
        div.checks {
            (box_of(&all))
            @for kind in EventKind::ALL.iter().filter(|kind| kind.name().split('.').next() == Some(noun)) { (box_of(kind.name())) }
        }
    }
}

fn wanted(fields: &Fields) -> Value {
    json!({
        "url": fields.text("url"), "description": fields.text("description"), "events": fields.ticked("event."),
        "mailboxes": chosen_mailboxes(fields), "expand": !fields.text("expand").is_empty(),
    })
}

/// `POST /developers/endpoints`: makes one and shows its secret.
pub async fn make(Given(state): Given<State>, form: OwnForm) -> Result<Html<String>, Failure> {
    #[derive(Deserialize)]
    struct Made {
        #[serde(flatten)]
        rest: serde_json::Map<String, Value>,
        secret: String,
    }
    let made: Made = core::ask(&state, &form.signed_in, Method::POST, "/api/v1/endpoints", Some(wanted(&form.fields))).await?;
    let named = made.rest.get("id").or_else(|| made.rest.get("endpoint").and_then(|endpoint| endpoint.get("id")));
    let id: EndpointId = named.and_then(Value::as_str).and_then(|id| id.parse().ok()).ok_or_else(Failure::not_found)?;
    endpoint::show(&state, &form.signed_in, id, &Asked::default(), Some(&made.secret)).await
}

/// `POST /developers/endpoints/{id}/change`.
pub async fn change(Given(state): Given<State>, Named(id): Named<EndpointNoun>, form: OwnForm) -> Result<Response, Failure> {
    let path = format!("/api/v1/endpoints/{id}");
    let _: Value = core::ask(&state, &form.signed_in, Method::PATCH, &path, Some(wanted(&form.fields))).await?;
    Ok(Redirect::to(&format!("/developers/endpoints/{id}")).into_response())
}
