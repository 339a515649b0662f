//! `GET /folders/{id}/change`: renaming, moving and deleting a folder; and what the forms do.

use api::arranging::folders::NAME_LENGTH_MAX;
use axum::extract::State as Given;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::Method;
use maud::html;
use model::id::{Folder as FolderNoun, FolderId, Mailbox as MailboxNoun};
use serde_json::{Value, json};
use store::folder as rows;

use crate::console::folders::places;
use crate::console::named::Named;
use crate::console::{core, mailbox};
use crate::failure::Failure;
use crate::session::OwnForm;
use crate::state::State;
use crate::view::frame::{self, Part};
use crate::visitor::Visitor;

/// The page.
pub async fn folder(Given(state): Given<State>, visitor: Visitor, Named(id): Named<FolderNoun>) -> Result<Html<String>, Failure> {
    let found = rows::find(&state.db, id).await?.filter(|folder| folder.removed_at.is_none()).ok_or_else(Failure::not_found)?;
    let mailbox = mailbox::find(&state, &visitor, found.mailbox).await?;
    if !visitor.changes(&mailbox) || found.well_known.is_some() {
        return Err(Failure::not_found());
    }
    let all = rows::list(&state.db, found.mailbox).await?;
    let others = all.iter().filter(|folder| folder.removed_at.is_none() && folder.id != id);
    let path = |what: &str| format!("/folders/{id}/{what}");
    let csrf = &visitor.csrf;
    let main = html! {
        div.heading {
            p.crumb { a href="/mailboxes" { "Mailboxes" } " / " a href={ "/mailboxes/" (mailbox.id) } { (mailbox.display_name) }
                " / " a href={ "/mailboxes/" (mailbox.id) "/folders" } { "Folders" } }
            h1 dir="auto" { (found.display_name) }
            p.summary { "What you do here is done at Microsoft at once. The list of folders follows within a moment." }
        }
        section.panel aria-labelledby="rename" {
            h2 #rename { "Rename" }
            form.fields method="post" action=(path("rename")) {
                (frame::key(csrf))
                div { label for="name" { "Name" } input #name name="name" required maxlength=(NAME_LENGTH_MAX) value=(found.display_name) autocomplete="off"; }
                div.actions { button type="submit" { "Rename" } }
            }
        }
        section.panel aria-labelledby="move" {
            h2 #move { "Move" }
            form.fields method="post" action=(path("move")) {
                (frame::key(csrf))
                div { label for="parent" { "Into" } select #parent name="parent" { (places(others, found.parent_graph_id.as_deref())) } }
                div.actions { button type="submit" { "Move" } }
            }
        }
        section.panel aria-labelledby="delete" {
            h2 #delete { "Delete" }
            p { "It goes into Deleted Items with all that is in it, and can be moved back from there." }
            form.actions method="post" action=(path("delete")) { (frame::key(csrf)) button.danger type="submit" { "Put into Deleted Items" } }
        }
    };
    Ok(Html(frame::signed_in("Change a folder", Part::Mailboxes, &visitor, &main).into_string()))
}

/// `POST /mailboxes/{id}/folders`.
pub async fn make_folder(Given(state): Given<State>, Named(id): Named<MailboxNoun>, form: OwnForm) -> Result<Response, Failure> {
    let parent = Some(form.fields.text("parent")).filter(|parent| !parent.is_empty());
    let wanted = json!({"name": form.fields.text("name"), "parent": parent});
    let _: Value = core::ask(&state, &form.signed_in, Method::POST, &format!("/api/v1/mailboxes/{id}/folders"), Some(wanted)).await?;
    Ok(Redirect::to(&format!("/mailboxes/{id}/folders")).into_response())
}

/// `POST /folders/{id}/rename`.
pub async fn rename_folder(Given(state): Given<State>, Named(id): Named<FolderNoun>, form: OwnForm) -> Result<Response, Failure> {
    let wanted = json!({"name": form.fields.text("name")});
    change(&state, &form, id, Method::PATCH, Some(wanted)).await
}

/// `POST /folders/{id}/move`.
pub async fn move_folder(Given(state): Given<State>, Named(id): Named<FolderNoun>, form: OwnForm) -> Result<Response, Failure> {
    let parent = Some(form.fields.text("parent")).filter(|parent| !parent.is_empty());
    change(&state, &form, id, Method::PATCH, Some(json!({"parent": parent}))).await
}

/// `POST /folders/{id}/delete`.
pub async fn delete_folder(Given(state): Given<State>, Named(id): Named<FolderNoun>, form: OwnForm) -> Result<Response, Failure> {
    change(&state, &form, id, Method::DELETE, None).await
}

async fn change(state: &State, form: &OwnForm, id: FolderId, method: Method, wanted: Option<Value>) -> Result<Response, Failure> {
    let _: Value = core::ask(state, &form.signed_in, method, &format!("/api/v1/folders/{id}"), wanted).await?;
    let found = rows::find(&state.db, id).await?.ok_or_else(Failure::not_found)?;
    Ok(Redirect::to(&format!("/mailboxes/{}/folders", found.mailbox)).into_response())
}
