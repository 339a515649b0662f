//! `GET /archives/{id}`: one archive, how far it is, and what could not be had.

use axum::extract::State as Given;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::Method;
use maud::{Markup, html};
use model::id::{Archive as ArchiveNoun, ArchiveId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::list::{Archive, state_mark, what, whither};
use crate::console::core::{self, Page};
use crate::console::developers::Mailbox;
use crate::console::named::Named;
use crate::failure::Failure;
use crate::session::{OwnForm, SignedIn};
use crate::state::State;
use crate::view::curl;
use crate::view::format::{grouped, long, size};
use crate::view::frame::{self, Part};

/// How often the page of an archive that goes on looks: no event tells of each message.
const LOOK_MS: u32 = 2000;
/// Missing messages that are shown; the manifest has all.
const SHOWN_MAX: u32 = 100;

/// A message that could not be had, as the API shows it.
#[derive(Deserialize)]
struct Missing {
    id: String,
    folder: String,
    received_at: base::Timestamp,
    detail: String,
}

/// The page.
pub async fn archive(Given(state): Given<State>, signed_in: SignedIn, Named(id): Named<ArchiveNoun>) -> Result<Html<String>, Failure> {
    let (path, shown) = (format!("/api/v1/archives/{id}"), read(&state, &signed_in, id).await?);
    let mailboxes: Page<Mailbox> = core::read(&state, &signed_in, "/api/v1/mailboxes?limit=200&fields=id,address").await?;
    let title = what(&shown.0, &mailboxes.data);
    let main = html! {
        div.heading {
            p.crumb { a href="/archives" { "Archives" } }
            h1 dir="auto" { (title) }
            p.summary dir="auto" { (whither(&shown.0)) }
        }
        div.live data-live={ "/archives/" (id) "/live" } { (part(&shown, id, &signed_in.csrf)) }
        (curl::read(&state.settings.base_url, &path))
    };
    Ok(Html(frame::signed_in(&title, Part::Archives, &signed_in, &main).into_string()))
}

/// `GET /archives/{id}/live`: the part that changes.
pub async fn live(Given(state): Given<State>, signed_in: SignedIn, Named(id): Named<ArchiveNoun>) -> Result<Html<String>, Failure> {
    let shown = read(&state, &signed_in, id).await?;
    Ok(Html(part(&shown, id, &signed_in.csrf).into_string()))
}

async fn read(state: &State, by: &SignedIn, id: ArchiveId) -> Result<(Archive, Vec<Missing>), Failure> {
    let archive: Archive = core::read(state, by, &format!("/api/v1/archives/{id}")).await?;
    let missing: Page<Missing> = core::read(state, by, &format!("/api/v1/archives/{id}/missing?limit={SHOWN_MAX}")).await?;
    Ok((archive, missing.data))
}

fn part((archive, missing): &(Archive, Vec<Missing>), id: ArchiveId, csrf: &str) -> Markup {
    html! {
        p.summary data-live-every=[goes_on(archive).then_some(LOOK_MS)] { (state_mark(archive)) }
        @if let Some(problem) = &archive.problem {
            div.callout { p.title { (problem.title) } p { (problem.detail) } p.next { strong { "Next: " } (problem.action) } }
        }
        (figures(archive))
        (deeds(archive, id, csrf))
        @if !missing.is_empty() { (not_had(archive, missing)) }
    }
}

fn goes_on(archive: &Archive) -> bool {
    matches!(archive.state.as_str(), "planning" | "carrying")
}

fn figures(archive: &Archive) -> Markup {
    let line = |name: &str, value: Markup| html! { tr { th scope="row" { (name) } td { (value) } } };
    html! {
        @if let Some(planned) = archive.planned.filter(|planned| *planned > 0 && archive.state != "done") {
            progress max=(planned) value=(archive.kept + archive.missing) aria-label="How far it is" {}
        }
        div.scroll { table.ledger {
            caption.hidden { "How far it is" }
            tbody {
                (line("Messages to bring out", html! { @match archive.planned { Some(planned) => (grouped(planned)), None => "being listed" } }))
                (line("Brought out", html! { (grouped(archive.kept)) " messages, " (size(archive.size_bytes)) }))
                (line("Could not be had", html! { (grouped(archive.missing)) }))
                (line("Asked for", html! { "by " (archive.asked_by) ", " (long(archive.asked_at)) }))
                @if archive.continuous { (line("Continuous", html! { "Each mail that comes in or is sent joins it, until it is cancelled" })) }
                @if let Some(from) = archive.received_from { (line("Received from", html! { (long(from)) })) }
                @if let Some(before) = archive.received_before { (line("Received before", html! { (long(before)) })) }
                @if let Some(at) = archive.finished_at { (line("Ended", html! { (long(at)) })) }
                @if let Some(sha256) = &archive.manifest_sha256 { (line("SHA-256 of the manifest", html! { code { (sha256) } })) }
            }
        } }
    }
}

fn deeds(archive: &Archive, id: ArchiveId, csrf: &str) -> Markup {
    let stands_still = matches!(archive.state.as_str(), "failed" | "cancelled");
    html! {
        div.actions {
            a.button.quiet href={ "/archives/" (id) "/manifest" } download { "Download the list of all (manifest)" }
            @if goes_on(archive) { form method="post" action={ "/archives/" (id) "/cancel" } { (frame::key(csrf)) button.quiet type="submit" { "Cancel" } } }
            @if stands_still && !archive.by_command {
                form method="post" action={ "/archives/" (id) "/resume" } {
                    (frame::key(csrf))
                    @if archive.target["kind"] != "directory" {
                        label for="secret" { "Another secret, if the present one is wrong" }
                        input #secret type="password" name="secret" autocomplete="off";
                    }
                    button type="submit" { "Resume" }
                }
            }
        }
        @if stands_still && archive.by_command { p.hint { "Run the same command again on its machine: it goes on where it stood." } }
    }
}

fn not_had(archive: &Archive, missing: &[Missing]) -> Markup {
    html! {
        section {
            h2 { "What could not be had" }
            div.scroll tabindex="0" role="region" aria-label="What could not be had" { table.ledger {
                caption.hidden { "Messages with the reason, the oldest first" }
                thead { tr { th scope="col" { "Received" } th scope="col" { "Folder" } th scope="col" { "Message" } th scope="col" { "Why" } } }
                tbody { @for one in missing { tr {
                    td.at { (long(one.received_at)) } td dir="auto" { (one.folder) } td.short { code { (one.id) } } td { (one.detail) }
                } } }
            } }
            @if usize::try_from(archive.missing).is_ok_and(|all| all > missing.len()) { p.hint { "The manifest has all of them." } }
        }
    }
}

/// `GET /archives/{id}/manifest`: the manifest, saved.
pub async fn manifest(Given(state): Given<State>, signed_in: SignedIn, Named(id): Named<ArchiveNoun>) -> Result<Response, Failure> {
    core::pass(&state, &signed_in, &format!("/api/v1/archives/{id}/manifest")).await
}

/// `POST /archives/{id}/cancel`.
pub async fn cancel(Given(state): Given<State>, Named(id): Named<ArchiveNoun>, form: OwnForm) -> Result<Response, Failure> {
    let _: Value = core::ask(&state, &form.signed_in, Method::POST, &format!("/api/v1/archives/{id}/cancel"), None).await?;
    Ok(Redirect::to(&format!("/archives/{id}")).into_response())
}

/// `POST /archives/{id}/resume`.
pub async fn resume(Given(state): Given<State>, Named(id): Named<ArchiveNoun>, form: OwnForm) -> Result<Response, Failure> {
    let secret = Some(form.fields.text("secret")).filter(|secret| !secret.is_empty());
    let path = format!("/api/v1/archives/{id}/resume");
    let _: Value = core::ask(&state, &form.signed_in, Method::POST, &path, Some(json!({ "secret": secret }))).await?;
    Ok(Redirect::to(&format!("/archives/{id}")).into_response())
}
