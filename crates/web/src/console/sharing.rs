//! Who sees what: how much of each mailbox others than its own person see, and whose mail is never filed.

use axum::extract::State as Given;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::Method;
use maud::{Markup, html};
use model::id::Mailbox as MailboxNoun;
use model::mailbox::Visibility;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::console::core::{self, Page};
use crate::console::named::Named;
use crate::failure::Failure;
use crate::session::{Administrator, OwnForm, SignedIn};
use crate::state::State;
use crate::view::curl;
use crate::view::format::long;
use crate::view::frame::{self, Part};

/// An exclusion as the API shows it.
#[derive(Deserialize)]
struct Exclusion {
    value: String,
    #[serde(default)]
    why: Option<String>,
    added_by: Option<String>,
    added_at: Option<base::Timestamp>,
}

/// What others see of a mailbox, in words.
pub const fn words(visibility: Visibility) -> (&'static str, &'static str) {
    match visibility {
        Visibility::Metadata => {
            ("Who and when", "Others see who wrote to whom and when, neither subject nor text. Search finds people only.")
        }
        Visibility::Subject => ("Subjects", "Others see that and the subject, but not the text and no attachment."),
        Visibility::Everything => {
            ("Everything", "Others in the workspace read these messages as its own person does, but for private ones.")
        }
    }
}

/// The choice on a mailbox's page.
pub fn choice(mailbox: &model::mailbox::Mailbox, csrf: &str) -> Markup {
    html! {
        details.menu {
            summary { "Shared: " (words(mailbox.visibility).0.to_lowercase()) }
            form.stack method="post" action={ "/mailboxes/" (mailbox.id) "/visibility" } {
                (frame::key(csrf))
                fieldset {
                    legend { "What others see of this mailbox" }
                    @for visibility in Visibility::ALL {
                        @let (name, explained) = words(visibility);
                        label.check {
                            input type="radio" name="visibility" value=(visibility.name()) checked[mailbox.visibility == visibility];
                            span { (name) br; span.hint { (explained) } }
                        }
                    }
                }
                button type="submit" { "Save" }
            }
        }
    }
}

/// `POST /mailboxes/{id}/visibility`.
pub async fn set_visibility(Given(state): Given<State>, Named(id): Named<MailboxNoun>, form: OwnForm) -> Result<Response, Failure> {
    let wanted = json!({ "visibility": form.fields.text("visibility") });
    let _: Value = core::ask(&state, &form.signed_in, Method::PATCH, &format!("/api/v1/mailboxes/{id}"), Some(wanted)).await?;
    Ok(Redirect::to(&format!("/mailboxes/{id}")).into_response())
}

/// `GET /customers/exclusions`: whose mail is never filed.
pub async fn exclusions(Given(state): Given<State>, _administrator: Administrator, signed_in: SignedIn) -> Result<Html<String>, Failure> {
    let page: Page<Exclusion> = core::read(&state, &signed_in, "/api/v1/exclusions?limit=200").await?;
    let main = html! {
        div.heading {
            p.crumb { a href="/customers" { "Customers" } }
            h1 { "Never filed" }
            p.summary { "Mail with these makes nobody a customer and is filed under none. It stays in its mailboxes." }
        }
        @if page.data.is_empty() { div.empty { h2 { "Nobody is excluded" } p { "Private contacts, lawyers, doctors: whoever has no place in a CRM." } } }
        @else { ul.joins { @for exclusion in &page.data { (line(exclusion, &signed_in.csrf)) } } }
        section.panel aria-labelledby="new" {
            h2 #new { "Exclude somebody" }
            form.fields method="post" action="/customers/exclusions" {
                (frame::key(&signed_in.csrf))
                div { label for="value" { "Address or domain" } input #value name="value" required maxlength="320" autocomplete="off" spellcheck="false"; }
                div { label for="why" { "Why" } input #why name="why" maxlength="500" autocomplete="off"; }
                div.actions { button type="submit" { "Exclude" } }
                p.hint { "What is filed because of it now is looked at again, within a moment." }
            }
        }
        (curl::read(&state.settings.base_url, "/api/v1/exclusions"))
    };
    Ok(Html(frame::signed_in("Never filed", Part::Customers, &signed_in, &main).into_string()))
}

fn line(exclusion: &Exclusion, csrf: &str) -> Markup {
    html! {
        li {
            span { (exclusion.value) " " span.faint dir="auto" {
                @if let Some(why) = exclusion.why.as_deref().filter(|why| !why.is_empty()) { (why) ", " }
                @if let Some(by) = &exclusion.added_by { "by " (by) " " } @if let Some(at) = exclusion.added_at { (long(at)) }
            } }
            form method="post" action="/customers/exclusions/remove" {
                (frame::key(csrf)) input type="hidden" name="value" value=(exclusion.value);
                button.quiet.small type="submit" aria-label={ "Remove " (exclusion.value) } { "Remove" }
            }
        }
    }
}

/// `POST /customers/exclusions`.
pub async fn exclude(Given(state): Given<State>, form: OwnForm) -> Result<Response, Failure> {
    let wanted = json!({ "value": form.fields.text("value"), "why": form.fields.text("why") });
    let _: Value = core::ask(&state, &form.signed_in, Method::POST, "/api/v1/exclusions", Some(wanted)).await?;
    Ok(Redirect::to("/customers/exclusions").into_response())
}

/// `POST /customers/exclusions/remove`.
pub async fn include(Given(state): Given<State>, form: OwnForm) -> Result<Response, Failure> {
    let value: String = url::form_urlencoded::byte_serialize(form.fields.text("value").as_bytes()).collect();
    let path = format!("/api/v1/exclusions/{}", value.replace('+', "%20"));
    let _: Value = core::ask(&state, &form.signed_in, Method::DELETE, &path, None).await?;
    Ok(Redirect::to("/customers/exclusions").into_response())
}
