//! `GET /outbox/{id}`: one mail with its steps, and what a person can decide about it.

use axum::extract::State as Given;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::Timestamp;
use http::Method;
use maud::{Markup, html};
use model::id::{Outgoing as OutgoingNoun, OutgoingId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::list::{Outgoing, Party, state_mark, subject};
use super::{returned, tracking};
use crate::console::core;
use crate::console::named::Named;
use crate::failure::Failure;
use crate::session::{OwnForm, SignedIn};
use crate::state::State;
use crate::view::curl;
use crate::view::format::long;
use crate::view::frame::{self, Part};

#[derive(Deserialize)]
struct Mailbox {
    name: String,
}

/// The page.
pub async fn outgoing(Given(state): Given<State>, signed_in: SignedIn, Named(id): Named<OutgoingNoun>) -> Result<Html<String>, Failure> {
    let path = format!("/api/v1/outbox/{id}");
    let mail: Outgoing = core::read(&state, &signed_in, &path).await?;
    let mailbox: Mailbox = core::read(&state, &signed_in, &format!("/api/v1/mailboxes/{}", mail.mailbox)).await?;
    let tracking = tracking::part(&state, &signed_in, id).await?;
    let main = html! {
        div.heading {
            p.crumb { a href="/outbox" { "Outbox" } }
            h1 dir="auto" { (subject(&mail)) }
            p.summary { (state_mark(&mail.state)) }
        }
        (trouble(&mail, id, &signed_in.csrf))
        @for bounce in &mail.bounces { (returned::callout(bounce)) }
        div.beside {
            section aria-label="Steps" {
                @if let Some(preview) = mail.preview.as_deref().filter(|preview| !preview.is_empty()) { p.summary dir="auto" { (preview) } }
                (steps(&mail))
                (tracking)
            }
            aside.side aria-label="About this mail" { (about(&mail, &mailbox)) (take_back(&mail, id, &signed_in.csrf)) }
        }
        (curl::read(&state.settings.base_url, &path))
    };
    Ok(Html(frame::signed_in(subject(&mail), Part::Outbox, &signed_in, &main).into_string()))
}

fn trouble(mail: &Outgoing, id: OutgoingId, csrf: &str) -> Markup {
    let decide = |decision: &str, words: &str, class: &str| {
        html! {
            form method="post" action={ "/outbox/" (id) "/resolve" } {
                (frame::key(csrf)) input type="hidden" name="decision" value=(decision);
                button class=(class) type="submit" { (words) }
            }
        }
    };
    html! {
        @if let Some(problem) = &mail.problem {
            div.callout {
                p.title { (problem.title) } p { (problem.detail) } p.next { strong { "Next: " } (problem.action) }
                div.actions {
                    @if mail.state == "unclear" { (decide("sent", "It was sent", "")) (decide("send_again", "Send it again", "quiet")) }
                    @if mail.state == "failed" { (decide("send_again", "Send it again", "")) }
                }
            }
        }
    }
}

fn steps(mail: &Outgoing) -> Markup {
    let step = |what: &str, at: Option<Timestamp>| html! { @if let Some(at) = at { tr { td { (what) } td.at { (long(at)) } } } };
    html! {
        div.scroll { table.ledger {
            caption.hidden { "What happened with this mail, in order" }
            thead { tr { th scope="col" { "Step" } th scope="col" { "When" } } }
            tbody {
                (step("Asked for", Some(mail.asked_at)))
                @if mail.send_at > mail.asked_at { (step("Not before", Some(mail.send_at))) }
                (step("Taken by Microsoft", mail.accepted_at))
                (step("In Sent Items", mail.sent_at))
                @for bounce in &mail.bounces { (step(if bounce.is_failed { "Came back" } else { "Delayed" }, Some(bounce.reported_at))) }
            }
        } }
    }
}

fn about(mail: &Outgoing, mailbox: &Mailbox) -> Markup {
    let line = |name: &str, parties: &[Party]| {
        html! { @for party in parties { p dir="auto" { strong { (name) } " "
            @if party.name.is_empty() { (party.email) } @else { (party.name) br; span.hint { (party.email) } }
        } } }
    };
    html! {
        section {
            h2 { "To whom" }
            (line("To", &mail.to)) (line("Cc", &mail.cc)) (line("Bcc", &mail.bcc))
        }
        section {
            h2 { "About it" }
            p { "From " a href={ "/mailboxes/" (mail.mailbox) } { (mailbox.name) } ", asked for by " (mail.asked_by) "." }
            @if let Some(original) = &mail.original { p { a href={ "/messages/" (original) } { "The message that it is about" } } }
            @for file in &mail.attachments { p.hint dir="auto" { "With " (file.name) } }
        }
    }
}

fn take_back(mail: &Outgoing, id: OutgoingId, csrf: &str) -> Markup {
    html! {
        @if mail.state == "queued" {
            section {
                h2 { "Do" }
                form method="post" action={ "/outbox/" (id) "/cancel" } { (frame::key(csrf)) button.quiet type="submit" { "Take it back" } }
            }
        }
    }
}

/// `POST /outbox/{id}/cancel`.
pub async fn cancel(Given(state): Given<State>, Named(id): Named<OutgoingNoun>, form: OwnForm) -> Result<Response, Failure> {
    let _: Value = core::ask(&state, &form.signed_in, Method::POST, &format!("/api/v1/outbox/{id}/cancel"), None).await?;
    Ok(Redirect::to(&format!("/outbox/{id}")).into_response())
}

/// `POST /outbox/{id}/resolve`.
pub async fn resolve(Given(state): Given<State>, Named(id): Named<OutgoingNoun>, form: OwnForm) -> Result<Response, Failure> {
    let decision = json!({ "decision": form.fields.text("decision") });
    let _: Value = core::ask(&state, &form.signed_in, Method::POST, &format!("/api/v1/outbox/{id}/resolve"), Some(decision)).await?;
    Ok(Redirect::to(&format!("/outbox/{id}")).into_response())
}
