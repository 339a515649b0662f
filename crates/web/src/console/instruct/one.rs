//! One message: how it stands, what can be done with it, what is on its way and what was not done.

use std::time::Duration;

use api::access::Level;
use api::view::Message;
use axum::extract::State as Given;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::Method;
use maud::{Markup, html};
use model::asked::AskedState;
use model::id::{FolderId, Message as MessageNoun};
use model::instruction::{Deed, Instruction};
use model::message::Flag;
use serde_json::{Value, json};
use store::folder::{self, Folder};
use store::instruction;

use super::wanted;
use crate::console::message::find;
use crate::console::named::Named;
use crate::console::{core, mailbox};
use crate::failure::Failure;
use crate::session::OwnForm;
use crate::state::State;
use crate::view::frame;
use crate::visitor::Visitor;

/// How long it is shown that something was not done.
const FAILURES_SHOWN: Duration = Duration::from_secs(24 * 3600);
/// How long what was done may take to come into the mirror; until then it is shown as it was wanted.
const MIRRORED_AFTER: Duration = Duration::from_secs(15);
/// How often a page looks whether what is on its way is done, in milliseconds.
const LOOK_EVERY: &str = "1000";

/// How a message stands once what is on its way has been done and mirrored.
struct Standing<'a> {
    read: bool,
    flagged: bool,
    categories: Vec<String>,
    folder: Option<FolderId>,
    deleted: bool,
    waiting: Vec<&'a Instruction>,
    failed: Option<&'a Instruction>,
}

impl<'a> Standing<'a> {
    fn of(message: &Message, about: &'a [Instruction]) -> Self {
        let mut standing = Standing {
            read: message.is_read,
            flagged: message.flag == Flag::Flagged.name(),
            categories: message.categories.clone().unwrap_or_default(),
            folder: message.folder,
            deleted: false,
            waiting: about.iter().filter(|one| one.state == AskedState::Waiting).collect(),
            failed: about.iter().rev().find(|one| one.state == AskedState::Failed),
        };
        for waiting in about.iter().filter(|one| one.state != AskedState::Failed) {
            match &waiting.deed {
                Deed::Update(update) => {
                    standing.read = update.read.unwrap_or(standing.read);
                    standing.flagged = update.flag.map_or(standing.flagged, |flag| flag == Flag::Flagged);
                    standing.categories = update.categories(&standing.categories);
                }
                Deed::Move(to) => standing.folder = Some(*to),
                Deed::Copy(_) => {}
                Deed::Delete | Deed::DeletePermanently => standing.deleted = true,
            }
        }
        standing
    }
}

/// The part of a message's page that follows what happens to it; nothing for who may not change it.
///
/// # Errors
/// When the database does not answer.
pub async fn part(state: &State, by: &Visitor, message: &Message) -> Result<Markup, Failure> {
    let address = format!("/messages/{}/standing", message.id);
    let inside = inside(state, by, message).await?;
    Ok(html! {
        @if let Some(inside) = inside {
            section.standing.live aria-label="What can be done with it" data-live=(address) data-live-on="instruction. message."
                data-live-about=(message.id) { (inside) }
        }
    })
}

async fn inside(state: &State, by: &Visitor, message: &Message) -> Result<Option<Markup>, Failure> {
    let mailbox = mailbox::find(state, by, message.mailbox).await?;
    if !by.changes(&mailbox) || message.shown != Level::Everything {
        return Ok(None);
    }
    let now = state.clock.now();
    let about = instruction::about(&state.db, &[message.id], now.minus(FAILURES_SHOWN), now.minus(MIRRORED_AFTER)).await?;
    let folders = folder::list(&state.db, message.mailbox).await?;
    let folders: Vec<Folder> = folders.into_iter().filter(|folder| folder.removed_at.is_none() && !folder.hidden).collect();
    let standing = Standing::of(message, &about);
    Ok(Some(html! {
        (told(&standing, message, &by.csrf, &folders))
        @if !standing.deleted { (bar(&standing, message, &by.csrf, &folders)) }
    }))
}

/// `GET /messages/{id}/standing`: the part that changes.
pub async fn live(Given(state): Given<State>, visitor: Visitor, Named(id): Named<MessageNoun>) -> Result<Html<String>, Failure> {
    let whole = find(&state, &visitor, id).await?;
    let inside = inside(&state, &visitor, &whole.message).await?.ok_or_else(Failure::not_found)?;
    Ok(Html(inside.into_string()))
}

/// `POST /messages/{id}/instruct`.
pub async fn instruct(Given(state): Given<State>, Named(id): Named<MessageNoun>, form: OwnForm) -> Result<Response, Failure> {
    let asked = json!({"messages": [id], "wanted": wanted(&form.fields)?});
    let _: Value = core::ask(&state, &form.signed_in, Method::POST, "/api/v1/instructions", Some(asked)).await?;
    Ok(Redirect::to(&format!("/messages/{id}")).into_response())
}

fn told(standing: &Standing<'_>, message: &Message, csrf: &str, folders: &[Folder]) -> Markup {
    let name = |id: FolderId| folders.iter().find(|folder| folder.id == id).map_or("another folder", |folder| &folder.display_name);
    html! {
        @for waiting in &standing.waiting {
            p.notice role="status" data-live-every=(LOOK_EVERY) { (doing(&waiting.deed, &name))
                @if let Some(problem) = &waiting.problem { " It waits: " (problem.title) }
            }
        }
        @if let Some(failed) = standing.failed {
            @if let Some(problem) = &failed.problem {
                div.callout role="alert" {
                    p.title { (problem.title) } p { (problem.detail) } p.next { strong { "Next: " } (problem.action) }
                    @if let Some((wanted, folder)) = again(&failed.deed) {
                        form.actions method="post" action={ "/messages/" (message.id) "/instruct" } {
                            (frame::key(csrf)) input type="hidden" name="wanted" value=(wanted);
                            @if let Some(folder) = folder { input type="hidden" name="folder" value=(folder); }
                            button.quiet type="submit" { "Try again" }
                        }
                    }
                }
            }
        }
    }
}

fn doing<'n>(deed: &Deed, name: &impl Fn(FolderId) -> &'n str) -> String {
    match deed {
        Deed::Update(_) => "Being changed at Microsoft…".to_owned(),
        Deed::Move(to) => format!("Being moved to {}…", name(*to)),
        Deed::Copy(to) => format!("Being copied to {}…", name(*to)),
        Deed::Delete => "Being put into Deleted Items…".to_owned(),
        Deed::DeletePermanently => "Being deleted for good…".to_owned(),
    }
}

/// How a form asks for the same again.
fn again(deed: &Deed) -> Option<(&'static str, Option<FolderId>)> {
    match deed {
        Deed::Update(update) => match (update.read, update.flag) {
            (Some(true), _) => Some(("read", None)),
            (Some(false), _) => Some(("unread", None)),
            (None, Some(Flag::Flagged)) => Some(("flag", None)),
            (None, Some(Flag::NotFlagged)) => Some(("unflag", None)),
            _ => None,
        },
        Deed::Move(to) => Some(("move", Some(*to))),
        Deed::Copy(to) => Some(("copy", Some(*to))),
        Deed::Delete => Some(("delete", None)),
        Deed::DeletePermanently => None,
    }
}

fn bar(standing: &Standing<'_>, message: &Message, csrf: &str, folders: &[Folder]) -> Markup {
    let path = format!("/messages/{}/instruct", message.id);
    let one = |wanted: &str, words: &str| {
        html! { form method="post" action=(path) {
            (frame::key(csrf)) input type="hidden" name="wanted" value=(wanted); button.quiet.small type="submit" { (words) }
        } }
    };
    html! {
        div.deeds {
            @if message.is_draft { (of_draft(message, csrf)) }
            @if standing.read { (one("unread", "Mark as unread")) } @else { (one("read", "Mark as read")) }
            @if standing.flagged { (one("unflag", "Clear the flag")) } @else { (one("flag", "Flag")) }
            form method="post" action=(path) {
                (frame::key(csrf))
                label.hidden for="to-folder" { "Folder" }
                select #to-folder name="folder" { @for folder in folders.iter().filter(|folder| Some(folder.id) != standing.folder) {
                    option value=(folder.id) { (folder.display_name) }
                } }
                button.quiet.small type="submit" name="wanted" value="move" { "Move" }
                button.quiet.small type="submit" name="wanted" value="copy" { "Copy" }
            }
            form method="post" action=(path) {
                (frame::key(csrf))
                label.hidden for="category" { "Category" }
                input #category type="text" name="category" size="12" maxlength="255" placeholder="Category" autocomplete="off" required;
                button.quiet.small type="submit" name="wanted" value="categorise" { "Add" }
            }
            @for category in &standing.categories {
                form method="post" action=(path) {
                    (frame::key(csrf)) input type="hidden" name="category" value=(category); input type="hidden" name="wanted" value="uncategorise";
                    button.quiet.small type="submit" title="Take this category away" { (category) " ×" }
                }
            }
            (one("delete", "Delete"))
        }
    }
}

/// What can be done with a draft alone.
fn of_draft(message: &Message, csrf: &str) -> Markup {
    html! {
        form method="post" action={ "/messages/" (message.id) "/send" } {
            (frame::key(csrf)) button.small type="submit" title="As it stands, with its files" { "Send" }
        }
        a.button.quiet.small href={ "/compose?draft=" (message.id) } { "Write on" }
    }
}
