//! `GET /archives`: archives, the latest first, and the forms that start one.

use axum::extract::{Query, State as Given};
use axum::response::Html;
use base::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

use super::start::forms;
use crate::console::core::{self, Page};
use crate::console::developers::Mailbox;
use crate::failure::Failure;
use crate::session::SignedIn;
use crate::state::State;
use crate::view::format::{ago, counted};
use crate::view::frame::{self, Part};
use crate::view::message_list::older;
use crate::view::{address, curl};

/// Where to begin.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    cursor: String,
}

/// An archive as the API shows it.
#[derive(Deserialize)]
pub struct Archive {
    /// Its id.
    pub id: String,
    /// How far it is.
    pub state: String,
    /// All of this mailbox.
    pub mailbox: Option<String>,
    /// All of this folder.
    pub folder: Option<String>,
    /// All under this customer.
    pub customer: Option<String>,
    /// All that this finds.
    pub query: Option<String>,
    /// Received then or later.
    pub received_from: Option<Timestamp>,
    /// Received before then.
    pub received_before: Option<Timestamp>,
    /// Whether what comes in later joins it.
    pub continuous: bool,
    /// Where to.
    pub target: Value,
    /// Whether a command carries it.
    pub by_command: bool,
    /// Messages that belong to it.
    pub planned: Option<i64>,
    /// Brought out.
    pub kept: i64,
    /// Not had.
    pub missing: i64,
    /// Bytes of the originals.
    pub size_bytes: i64,
    /// SHA-256 of the manifest.
    pub manifest_sha256: Option<String>,
    /// Why it failed or waits.
    pub problem: Option<Trouble>,
    /// Who asked.
    pub asked_by: String,
    /// When.
    pub asked_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// Why an archive does not go on.
#[derive(Deserialize)]
pub struct Trouble {
    /// What happened.
    pub title: String,
    /// Why.
    pub detail: String,
    /// What to do next.
    pub action: String,
}

/// The page.
pub async fn archives(Given(state): Given<State>, signed_in: SignedIn, Query(asked): Query<Asked>) -> Result<Html<String>, Failure> {
    let path = address::with("/api/v1/archives", &[("cursor", &asked.cursor)]);
    let page: Page<Archive> = core::read(&state, &signed_in, &path).await?;
    let mailboxes: Page<Mailbox> = core::read(&state, &signed_in, "/api/v1/mailboxes?limit=200&fields=id,address").await?;
    let now = state.clock.now();
    let main = html! {
        div.heading { h1 { "Archives" }
            p.summary { "Original mail, byte by byte, in a directory, a bucket or a mail server. Nothing is missing without being named." } }
        @if page.data.is_empty() {
            div.empty { h2 { "No archives yet" } p { "Start one below, or run " code { "rapport archive --to DIR" } " on the server's machine." } }
        } @else {
            ul.objects { @for archive in &page.data { (row(archive, &mailboxes.data, now)) } }
        }
        @if let Some(next) = &page.next { (older(&address::with("/archives", &[("cursor", next)]))) }
        (forms(&mailboxes.data, &signed_in.csrf))
        (curl::read(&state.settings.base_url, &path))
    };
    Ok(Html(frame::signed_in("Archives", Part::Archives, &signed_in, &main).into_string()))
}

fn row(archive: &Archive, mailboxes: &[Mailbox], now: Timestamp) -> Markup {
    html! {
        li { a data-row href={ "/archives/" (archive.id) } {
            span.name dir="auto" { (what(archive, mailboxes)) }
            span.more dir="auto" { (counted(archive.kept, "message", "messages")) " " (whither(archive)) }
            span.number.state { (state_mark(archive)) }
            span.at { (ago(archive.finished_at.unwrap_or(archive.asked_at), now)) }
        } }
    }
}

/// What an archive is of, in words.
pub fn what(archive: &Archive, mailboxes: &[Mailbox]) -> String {
    let address = |id: &String| mailboxes.iter().find(|mailbox| mailbox.id == *id).map_or(id.clone(), |mailbox| mailbox.address.clone());
    match (&archive.mailbox, &archive.folder, &archive.customer, &archive.query) {
        (Some(mailbox), ..) => address(mailbox),
        (_, Some(folder), ..) => format!("Folder {folder}"),
        (_, _, Some(customer), _) => format!("Customer {customer}"),
        (.., Some(query)) => format!("Found by: {query}"),
        _ => "All mailboxes".to_owned(),
    }
}

/// Where an archive goes, in words.
pub fn whither(archive: &Archive) -> String {
    let text = |name: &str| archive.target[name].as_str().unwrap_or_default();
    match text("kind") {
        "directory" => format!("in the directory {}, {}", text("path"), form(text("format"))),
        "bucket" => format!("in the bucket {}/{} at {}", text("bucket"), text("prefix"), text("endpoint")),
        _ => format!("to {} by way of {}", text("recipient"), text("host")),
    }
}

fn form(format: &str) -> &'static str {
    match format {
        "mbox" => "as one mbox file",
        "maildir" => "as a maildir",
        _ => "a file for each",
    }
}

/// How far an archive is, at a glance.
pub fn state_mark(archive: &Archive) -> Markup {
    let all_is_out = archive.planned == Some(archive.kept + archive.missing);
    let (tone, word) = match archive.state.as_str() {
        "carrying" if archive.continuous && all_is_out => ("tone good", "Up to date"),
        "planning" => ("tone busy", "Being listed"),
        "carrying" => ("tone busy", "Going on"),
        "done" => ("tone good", "Done"),
        "failed" => ("tone bad", "Stopped"),
        _ => ("tone", "Cancelled"),
    };
    html! { span class=(tone) { span.dot aria-hidden="true" {} (word) } }
}
