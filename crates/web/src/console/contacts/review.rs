//! `GET /contacts/review`: contacts that may be one person's, for somebody to decide. Nothing is joined by itself.

use api::contacting::say;
use api::{read, view};
use axum::extract::State as Given;
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::{Markup, html};
use model::id::ContactId;

use super::list::{badges, name};
use crate::console::deed::wrong_field;
use crate::failure::Failure;
use crate::state::State;
use crate::view::curl;
use crate::view::frame::{self, Part};
use crate::visitor::{Visitor, VisitorForm};

/// The page.
pub async fn review(Given(state): Given<State>, visitor: Visitor) -> Result<Html<String>, Failure> {
    let proposals = read::contact::proposals(&state.db, visitor.workspace).await?;
    let main = html! {
        div.heading {
            p.crumb { a href="/contacts" { "Contacts" } }
            h1 { "The same person?" }
            p.summary { "Contacts that have something in common, but nothing that proves it. Each join can be undone." }
        }
        @if proposals.is_empty() {
            div.empty { h2 { "Nothing to decide" } p { "No two contacts look like one person. " a href="/contacts" { "Back to the contacts" } } }
        } @else {
            ol.pairs { @for proposal in &proposals { (pair(proposal, &visitor.csrf)) } }
        }
        (curl::read(&state.settings.base_url, "/api/v1/contact-proposals"))
    };
    Ok(Html(frame::signed_in("The same person?", Part::Contacts, &visitor, &main).into_string()))
}

fn pair(proposal: &view::ContactProposal, csrf: &str) -> Markup {
    let [one, other] = &proposal.contacts[..] else { return html! {} };
    let deed = |path: &str, class: &str, words: &str| {
        html! {
            form method="post" action=(path) {
                (frame::key(csrf)) input type="hidden" name="one" value=(one.id); input type="hidden" name="other" value=(other.id);
                button.small class=(class) type="submit" { (words) }
            }
        }
    };
    html! {
        li.panel {
            div.halves { (half(one)) (half(other)) }
            p.why { strong { (proposal.score) " %" } @for reason in &proposal.reasons { span { (reason) } } }
            div.actions { (deed("/contacts/join", "", "Join")) (deed("/contacts/keep-apart", "quiet", "Two people")) }
        }
    }
}

fn half(contact: &view::Contact) -> Markup {
    html! {
        div {
            h2 dir="auto" { a href={ "/contacts/" (contact.id) } { (name(&contact.name)) } }
            p { (badges(&contact.origins)) }
            @if let Some(organisation) = &contact.organisation { p dir="auto" { (organisation) } }
            @for phone in &contact.phones { p { (phone.number) } }
            @for address in &contact.addresses { p dir="auto" { (address) } }
        }
    }
}

fn both(form: &VisitorForm) -> Result<(ContactId, ContactId), Failure> {
    let read = |name: &str| form.fields.text(name).parse::<ContactId>().ok();
    read("one").zip(read("other")).ok_or_else(|| wrong_field("Two contacts have to be named.", "The form lacks one.", "Reload the page."))
}

/// `POST /contacts/join`.
pub async fn join(Given(state): Given<State>, form: VisitorForm) -> Result<Response, Failure> {
    let (one, other) = both(&form)?;
    let joined = say::join(&state.api, &form.by.asker, &[one, other]).await?;
    Ok(Redirect::to(&format!("/contacts/{joined}")).into_response())
}

/// `POST /contacts/keep-apart`.
pub async fn keep_apart(Given(state): Given<State>, form: VisitorForm) -> Result<Response, Failure> {
    let (one, other) = both(&form)?;
    say::keep_apart(&state.api, &form.by.asker, one, other).await?;
    Ok(Redirect::to("/contacts/review").into_response())
}
