//! `GET /mailboxes/{id}/signature`: what stands below the mail of a mailbox; `POST` sets it, an empty one takes it out.

use axum::extract::State as Given;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::{Problem, Timestamp};
use http::Method;
use maud::{Markup, html};
use model::id::{Mailbox as MailboxNoun, MailboxId};
use model::text;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::console::body::{frame_of, framed_html};
use crate::console::core;
use crate::console::mailbox::{Tab, find, head};
use crate::console::named::Named;
use crate::failure::Failure;
use crate::session::{OwnForm, SignedIn};
use crate::state::State;
use crate::view::format::long;
use crate::view::frame::{self, Part};
use crate::view::{curl, problem_page};
use crate::visitor::Visitor;

/// A signature as the API shows it.
#[derive(Default, Deserialize)]
pub struct Signature {
    html: String,
    text: String,
    updated_at: Option<Timestamp>,
    updated_by: Option<String>,
}

impl Signature {
    /// As plain text; empty if there is none.
    pub fn as_text(&self) -> String {
        if self.text.is_empty() { text::of_html(&self.html) } else { self.text.clone() }
    }
}

/// The signature of a mailbox.
///
/// # Errors
/// As the API refuses.
pub async fn read(state: &State, by: &SignedIn, mailbox: &str) -> Result<Signature, Failure> {
    core::read(state, by, &format!("/api/v1/mailboxes/{mailbox}/signature")).await
}

/// The page.
pub async fn signature(
    Given(state): Given<State>,
    signed_in: SignedIn,
    visitor: Visitor,
    Named(id): Named<MailboxNoun>,
) -> Result<Html<String>, Failure> {
    let kept = read(&state, &signed_in, &id.to_string()).await?;
    page(&state, &visitor, id, &kept, None).await
}

async fn page(state: &State, by: &Visitor, id: MailboxId, shown: &Signature, refused: Option<&Problem>) -> Result<Html<String>, Failure> {
    let mailbox = find(state, by, id).await?;
    let main = html! {
        (head(&mailbox, by, Tab::Signature))
        @if let Some(problem) = refused {
            (problem_page::callout(problem))
        }
        (form(id, shown, &by.csrf))
        @if shown.updated_at.is_some() && !shown.html.is_empty() {
            section.panel aria-labelledby="look" { h2 #look { "As it is read" } (frame_of(&format!("/mailboxes/{id}/signature/look"), "The signature")) }
        }
        (curl::read(&state.settings.base_url, &format!("/api/v1/mailboxes/{id}/signature")))
    };
    Ok(Html(frame::signed_in("Signature", Part::Mailboxes, by, &main).into_string()))
}

fn form(id: MailboxId, shown: &Signature, csrf: &str) -> Markup {
    html! {
        form.fields method="post" action={ "/mailboxes/" (id) "/signature" } {
            (frame::key(csrf))
            p.summary { "It stands below what is written in the console, and above what is quoted. Programs say whether they want it."
                @if let (Some(at), Some(by)) = (shown.updated_at, &shown.updated_by) { " Set by " (by) ", " (long(at)) "." } }
            div { label for="text" { "Text" } textarea #text name="text" rows="5" dir="auto" { (shown.text) } }
            div { label for="html" { "HTML" } textarea #html name="html" rows="6" spellcheck="false" aria-describedby="of-html" { (shown.html) }
                p.hint #of-html { "Each is made from the other where it is empty. Scripts, styles and frames are taken out. Empty both to have no signature." } }
            div.actions { button type="submit" { "Save" } }
        }
    }
}

/// `POST /mailboxes/{id}/signature`. What the API refuses is told above what was written.
pub async fn set(Given(state): Given<State>, visitor: Visitor, Named(id): Named<MailboxNoun>, form: OwnForm) -> Result<Response, Failure> {
    let path = format!("/api/v1/mailboxes/{id}/signature");
    let (html, text) = (form.fields.text("html"), form.fields.text("text"));
    let done: Result<Value, Failure> = match (html, text) {
        ("", "") => core::ask(&state, &form.signed_in, Method::DELETE, &path, None).await,
        _ => core::ask(&state, &form.signed_in, Method::PUT, &path, Some(json!({ "html": html, "text": text }))).await,
    };
    match done {
        Ok(_) => Ok(Redirect::to(&format!("/mailboxes/{id}/signature")).into_response()),
        Err(failure) if failure.status == http::StatusCode::UNPROCESSABLE_ENTITY => {
            let written = Signature { html: html.to_owned(), text: text.to_owned(), ..Signature::default() };
            let page = page(&state, &visitor, id, &written, Some(&failure.problem)).await?;
            Ok((failure.status, page).into_response())
        }
        Err(failure) => Err(failure),
    }
}

/// `GET /mailboxes/{id}/signature/look`: the HTML, for the inside of a frame.
pub async fn look(Given(state): Given<State>, signed_in: SignedIn, Named(id): Named<MailboxNoun>) -> Result<Response, Failure> {
    Ok(framed_html("Signature", &read(&state, &signed_in, &id.to_string()).await?.html))
}
