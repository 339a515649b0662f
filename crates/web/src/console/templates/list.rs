//! `GET /templates[?cursor=]`: templates by name.

use axum::extract::{Query, State as Given};
use axum::response::Html;
use base::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use super::one::Template;
use crate::console::core::{self, Page};
use crate::failure::Failure;
use crate::session::SignedIn;
use crate::state::State;
use crate::view::format::ago;
use crate::view::frame::{self, Part};
use crate::view::message_list::older;
use crate::view::{address, curl};

/// Where to begin.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    cursor: String,
}

/// The page.
pub async fn templates(Given(state): Given<State>, signed_in: SignedIn, Query(asked): Query<Asked>) -> Result<Html<String>, Failure> {
    let path = address::with("/api/v1/templates", &[("cursor", &asked.cursor)]);
    let page: Page<Template> = core::read(&state, &signed_in, &path).await?;
    let now = state.clock.now();
    let main = html! {
        div.heading.of-mailbox {
            div { p.crumb { a href="/outbox" { "Outbox" } } h1 { "Templates" }
                p.summary { "Texts that are written once, with fields that each mail fills for its recipient." } }
            div.actions { a.button href="/templates/new" { "New template" } }
        }
        @if page.data.is_empty() {
            div.empty { h2 { "No templates yet" } p { "A template is a subject and a text. " code { "{{person.first_name}}" } " becomes the recipient's name." }
                p { a.button href="/templates/new" { "New template" } } }
        } @else {
            ul.objects { @for template in &page.data { (row(template, now)) } }
        }
        @if let Some(next) = &page.next { (older(&address::with("/templates", &[("cursor", next)]))) }
        (curl::read(&state.settings.base_url, &path))
    };
    Ok(Html(frame::signed_in("Templates", Part::Outbox, &signed_in, &main).into_string()))
}

fn row(template: &Template, now: Timestamp) -> Markup {
    html! {
        li { a data-row href={ "/templates/" (template.id) } {
            span.name dir="auto" { (template.name) }
            span.more dir="auto" { (template.subject) }
            span.number { @match template.fields.len() { 0 => "no fields", 1 => "1 field", many => { (many) " fields" } } }
            span.at { (ago(template.updated_at, now)) }
        } }
    }
}
