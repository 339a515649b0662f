//! `GET /mailboxes/{id}/change`: many messages of a mailbox at once. First they are counted, then a person confirms, then a job
//! shows how far it is.

use axum::extract::{Query, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::Method;
use maud::{Markup, html};
use model::id::{JobId, Mailbox as MailboxNoun, MailboxId};
use model::mailbox::Mailbox;
use serde::Deserialize;
use serde_json::{Value, json};
use store::folder::{self, Folder};

use super::wanted;
use crate::console::named::Named;
use crate::console::{core, mailbox};
use crate::failure::Failure;
use crate::session::{Fields, OwnForm, SignedIn};
use crate::state::State;
use crate::view::format::{counted, grouped};
use crate::view::frame::{self, Part};
use crate::visitor::Visitor;

/// What can be done to many, and how a person says it.
const CHOICES: [(&str, &str); 6] = [
    ("read", "Mark as read"),
    ("unread", "Mark as unread"),
    ("flag", "Flag"),
    ("unflag", "Clear the flag"),
    ("move", "Move to…"),
    ("delete", "Put into Deleted Items"),
];

/// Which of the pages.
#[derive(Default, Deserialize)]
pub struct Asked {
    folder: Option<String>,
    job: Option<String>,
}

#[derive(Deserialize)]
struct Instructed {
    messages: i64,
    job: Option<Job>,
}

#[derive(Deserialize)]
struct Job {
    id: String,
    state: String,
    done: i64,
    total: Option<i64>,
}

#[derive(Deserialize)]
struct Listed {
    data: Vec<Value>,
}

/// The page: the form, or how far a job is.
pub async fn many(
    Given(state): Given<State>,
    visitor: Visitor,
    signed_in: SignedIn,
    Named(id): Named<MailboxNoun>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Failure> {
    let mailbox = mailbox::find(&state, &visitor, id).await?;
    let folders = shown_folders(&state, id).await?;
    let main = match asked.job.as_deref().and_then(|job| job.parse::<JobId>().ok()) {
        Some(job) => html! {
            (heading(&mailbox, "Changing messages"))
            div.live data-live={ "/mailboxes/" (id) "/change/live?job=" (job) } data-live-on="instruction." { (progress(&state, &signed_in, job).await?) }
        },
        None => html! {
            (heading(&mailbox, "Change many messages"))
            (form(id, &folders, &asked.folder.unwrap_or_default(), &visitor.csrf))
        },
    };
    Ok(Html(frame::signed_in("Change many messages", Part::Mailboxes, &visitor, &main).into_string()))
}

/// `GET /mailboxes/{id}/change/live?job=`: how far it is.
pub async fn many_live(Given(state): Given<State>, signed_in: SignedIn, Query(asked): Query<Asked>) -> Result<Html<String>, Failure> {
    let job = asked.job.as_deref().and_then(|job| job.parse::<JobId>().ok()).ok_or_else(Failure::not_found)?;
    Ok(Html(progress(&state, &signed_in, job).await?.into_string()))
}

/// `POST /mailboxes/{id}/change`: counts, or with `confirmed` begins.
pub async fn begin(Given(state): Given<State>, Named(id): Named<MailboxNoun>, form: OwnForm) -> Result<Response, Failure> {
    let confirmed = form.fields.text("confirmed") == "yes";
    let asked = json!({"filter": filter(id, &form.fields), "wanted": wanted(&form.fields)?, "preview": !confirmed});
    let answer: Instructed = core::ask(&state, &form.signed_in, Method::POST, "/api/v1/instructions", Some(asked)).await?;
    match answer.job {
        Some(job) => Ok(Redirect::to(&format!("/mailboxes/{id}/change?job={}", job.id)).into_response()),
        None => Ok(Html(preview(&state, id, &form, answer.messages).await?.into_string()).into_response()),
    }
}

fn filter(id: MailboxId, fields: &Fields) -> Value {
    let mut filter = json!({"mailbox": id});
    if !fields.text("in").is_empty() {
        filter["folder"] = fields.text("in").into();
    }
    if fields.text("only") == "unread" {
        filter["is_read"] = false.into();
    }
    if !fields.text("before").is_empty() {
        filter["before"] = format!("{}T00:00:00Z", fields.text("before")).into();
    }
    filter
}

async fn shown_folders(state: &State, id: MailboxId) -> Result<Vec<Folder>, Failure> {
    let folders = folder::list(&state.db, id).await?;
    Ok(folders.into_iter().filter(|folder| folder.removed_at.is_none() && !folder.hidden).collect())
}

fn heading(mailbox: &Mailbox, title: &str) -> Markup {
    html! {
        div.heading {
            p.crumb { a href="/mailboxes" { "Mailboxes" } " / " a href={ "/mailboxes/" (mailbox.id) } { (mailbox.display_name) } }
            h1 { (title) }
        }
    }
}

fn form(id: MailboxId, folders: &[Folder], chosen: &str, csrf: &str) -> Markup {
    html! {
        form.fields method="post" action={ "/mailboxes/" (id) "/change" } {
            (frame::key(csrf))
            div { label for="in" { "Messages in" }
                select #in name="in" { option value="" { "All folders" }
                    @for folder in folders { option value=(folder.id) selected[folder.id.to_string() == chosen] { (folder.display_name) } } } }
            div { label for="only" { "Which" }
                select #only name="only" { option value="" { "All" } option value="unread" { "Only unread ones" } } }
            div { label for="before" { "Received before this day (UTC)" }
                input #before type="date" name="before"; p.hint { "Leave it empty for any time." } }
            div { label for="wanted" { "What shall be done" }
                select #wanted name="wanted" { @for (value, words) in CHOICES { option value=(value) { (words) } } } }
            div { label for="folder" { "To which folder, if they are moved" }
                select #folder name="folder" { @for folder in folders { option value=(folder.id) { (folder.display_name) } } } }
            div.actions { button type="submit" { "Count them first" } }
            p.hint { "Nothing is changed yet. You see how many messages it is about, and confirm." }
        }
    }
}

async fn preview(state: &State, id: MailboxId, form: &OwnForm, messages: i64) -> Result<Markup, Failure> {
    let mailbox = store::mailbox::find(&state.db, id).await?.ok_or_else(Failure::not_found)?;
    let folders = shown_folders(state, id).await?;
    let kept = ["in", "only", "before", "wanted", "folder"];
    let words = CHOICES.iter().find(|(value, _)| *value == form.fields.text("wanted")).map_or("Change", |(_, words)| *words);
    let to = folders.iter().find(|folder| folder.id.to_string() == form.fields.text("folder"));
    let words = match to.filter(|_| form.fields.text("wanted") == "move") {
        Some(folder) => format!("Move to {}", folder.display_name),
        None => words.to_owned(),
    };
    let main = html! {
        (heading(&mailbox, "Change many messages"))
        @if messages == 0 {
            div.empty { p { "No message is like that." } div.actions { a.button.quiet href={ "/mailboxes/" (id) "/change" } { "Choose again" } } }
        } @else {
            p { "This is about " strong { (counted(messages, "message", "messages")) } "." }
            form method="post" action={ "/mailboxes/" (id) "/change" } {
                (frame::key(&form.signed_in.csrf)) input type="hidden" name="confirmed" value="yes";
                @for name in kept { input type="hidden" name=(name) value=(form.fields.text(name)); }
                div.actions { button type="submit" { (words) } a.button.quiet href={ "/mailboxes/" (id) "/change" } { "Choose again" } }
            }
        }
    };
    Ok(frame::signed_in("Change many messages", Part::Mailboxes, &form.signed_in, &main))
}

async fn progress(state: &State, by: &SignedIn, id: JobId) -> Result<Markup, Failure> {
    let job: Job = core::read(state, by, &format!("/api/v1/jobs/{id}")).await?;
    let failed: Listed = core::read(state, by, &format!("/api/v1/instructions?job={id}&state=failed&limit=20")).await?;
    let total = job.total.unwrap_or(job.done);
    Ok(html! {
        p.summary role="status" {
            @if job.state == "running" { (grouped(job.done)) " of " (counted(total, "message", "messages")) " so far." }
            @else { "Done: " (counted(total, "message", "messages")) "." }
        }
        progress max=(total.max(1)) value=(job.done) aria-label="How far it is" {}
        @if !failed.data.is_empty() {
            h2 { "Not done" }
            ul { @for one in &failed.data { li {
                a href={ "/messages/" (one["message"].as_str().unwrap_or_default()) } { "A message" } ": " (one["problem"]["title"].as_str().unwrap_or_default())
            } } }
        }
    })
}
