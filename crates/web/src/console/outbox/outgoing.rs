//! `GET /outbox/{id}`: one mail with its steps, and what a person can decide about it.

use axum::extract::State as Given;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::Timestamp;
use http::Method;
use maud::{Markup, html};
use model::id::{Outgoing as OutgoingNoun, OutgoingId};
use serde::Deserialize;
use serde_json::{Value, json};
use store::message::{self, Mirrored};

use super::list::{Outgoing, Party, state_mark, subject};
use super::returned;
use super::tracking::{self, Tracking};
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

/// A mail with what is known of it.
struct Shown {
    id: OutgoingId,
    mail: Outgoing,
    mailbox: Mailbox,
    tracking: Option<Tracking>,
    /// Its copy in Sent Items, once that is here.
    copy: Option<Mirrored>,
}

/// The page.
pub async fn outgoing(Given(state): Given<State>, signed_in: SignedIn, Named(id): Named<OutgoingNoun>) -> Result<Html<String>, Failure> {
    let shown = read(&state, &signed_in, id).await?;
    let main = html! {
        div.heading {
            p.crumb { a href="/outbox" { "Outbox" } }
            h1 dir="auto" { (subject(&shown.mail)) }
        }
        div.live data-live={ "/outbox/" (id) "/live" } data-live-on="outgoing. mail. message." { (part(&shown, &signed_in.csrf)) }
        (curl::read(&state.settings.base_url, &format!("/api/v1/outbox/{id}")))
    };
    Ok(Html(frame::signed_in(subject(&shown.mail), Part::Outbox, &signed_in, &main).into_string()))
}

/// `GET /outbox/{id}/live`: the part that changes.
pub async fn live(Given(state): Given<State>, signed_in: SignedIn, Named(id): Named<OutgoingNoun>) -> Result<Html<String>, Failure> {
    let shown = read(&state, &signed_in, id).await?;
    Ok(Html(part(&shown, &signed_in.csrf).into_string()))
}

async fn read(state: &State, by: &SignedIn, id: OutgoingId) -> Result<Shown, Failure> {
    let mail: Outgoing = core::read(state, by, &format!("/api/v1/outbox/{id}")).await?;
    let mailbox = core::read(state, by, &format!("/api/v1/mailboxes/{}", mail.mailbox)).await?;
    let tracking = tracking::find(state, by, id).await?;
    let copy = copy(state, &mail).await?;
    Ok(Shown { id, mail, mailbox, tracking, copy })
}

async fn copy(state: &State, mail: &Outgoing) -> Result<Option<Mirrored>, Failure> {
    let (Some(provider_id), Ok(mailbox)) = (mail.provider_id.as_deref().filter(|_| mail.sent_at.is_some()), mail.mailbox.parse()) else {
        return Ok(None);
    };
    let found = message::by_graph_ids(&state.db, mailbox, &[provider_id]).await?;
    Ok(found.into_iter().next())
}

fn part(shown: &Shown, csrf: &str) -> Markup {
    let Shown { id, mail, mailbox, tracking, copy } = shown;
    html! {
        p.summary { (state_mark(&mail.state)) }
        (trouble(mail, *id, csrf))
        @for bounce in &mail.bounces { (returned::callout(bounce)) }
        div.beside {
            section aria-label="Steps" {
                @if let Some(preview) = mail.preview.as_deref().filter(|preview| !preview.is_empty()) { p.summary dir="auto" { (preview) } }
                (steps(mail))
                @if let Some(tracking) = tracking { (tracking::part(tracking)) }
            }
            aside.side aria-label="About this mail" { (about(mail, mailbox, copy.as_ref())) (take_back(mail, *id, csrf)) }
        }
    }
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
                @if mail.send_at > mail.asked_at { (step("Held back until", Some(mail.send_at))) }
                (step("Taken by Microsoft", mail.accepted_at))
                (step("In Sent Items", mail.sent_at))
                @for bounce in &mail.bounces { (step(if bounce.is_failed { "Came back" } else { "Delayed" }, Some(bounce.reported_at))) }
            }
        } }
    }
}

fn about(mail: &Outgoing, mailbox: &Mailbox, copy: Option<&Mirrored>) -> Markup {
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
            @if mail.state == "drafted" { p { "It stands in " a href={ "/drafts?mailbox=" (mail.mailbox) } { "Drafts" } "." } }
            @if let Some(copy) = copy {
                @match copy.thread {
                    Some(thread) => p { a href={ "/threads/" (thread) "#" (copy.message.id) } { "Its thread, with what was answered" } },
                    None => p { a href={ "/messages/" (copy.message.id) } { "The mail as it was sent" } },
                }
            }
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
