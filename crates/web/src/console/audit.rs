//! `GET /audit[?before=]`: who did what, and how it ended, newest first.

use axum::extract::{Query, State as Given};
use axum::response::Html;
use base::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use store::audit::{self as rows, AuditLine};

use crate::failure::Failure;
use crate::session::Administrator;
use crate::state::State;
use crate::view::format::long;
use crate::view::frame::{self, Part};
use crate::view::message_list::older;

/// Lines on a page.
const PAGE: u32 = 50;

/// Where to begin.
#[derive(Deserialize)]
pub struct Asked {
    before: Option<String>,
}

/// The page.
pub async fn audit(Given(state): Given<State>, administrator: Administrator, Query(asked): Query<Asked>) -> Result<Html<String>, Failure> {
    let before = asked.before.as_deref().and_then(|text| text.parse().ok());
    let lines = rows::list(&state.db, administrator.workspace, before, PAGE).await?;
    let main = html! {
        div.heading { h1 { "Audit" } p.summary { "Who did what, and how it ended." } }
        @if lines.is_empty() {
            div.empty {
                h2 { @if before.is_some() { "Nothing older" } @else { "Nothing to show yet" } }
                p { "Connecting, disconnecting and signing in are written down here." }
            }
        } @else {
            (table(&lines, state.clock.now()))
            @if lines.len() == PAGE as usize && let Some(last) = lines.last() { (older(&format!("/audit?before={}", last.id))) }
        }
    };
    Ok(Html(frame::signed_in("Audit", Part::Audit, &administrator, &main).into_string()))
}

fn table(lines: &[AuditLine], _now: Timestamp) -> Markup {
    html! {
        div.scroll { table.ledger {
            caption.hidden { "Audit, newest first" }
            thead {
                tr {
                    th scope="col" { "When" }
                    th scope="col" { "Who" }
                    th scope="col" { "What" }
                    th scope="col" { "Object" }
                    th scope="col" { "Outcome" }
                    th scope="col" { "Detail" }
                }
            }
            tbody { @for line in lines {
                tr id=(line.id) {
                    td.at { (long(line.at)) }
                    td { (line.actor) }
                    td { (words(&line.action)) }
                    td { (object(&line.object)) }
                    td { (outcome(&line.outcome)) }
                    td.detail { (detail(&line.detail)) }
                }
            } }
        } }
    }
}

fn words(action: &str) -> Markup {
    let words = match action {
        "console.sign_in" => "Signed in to the console",
        "mailbox.connect" => "Connected a mailbox",
        "mailbox.disconnect" => "Disconnected a mailbox",
        other => other,
    };
    html! { span title=(action) { (words) } }
}

fn object(object: &str) -> Markup {
    html! { @if object.starts_with("mbx_") { a href={ "/mailboxes/" (object) } { "Mailbox" } } @else { (object) } }
}

fn outcome(outcome: &str) -> Markup {
    let class = match outcome {
        "done" => "tone good",
        "refused" | "failed" => "tone bad",
        _ => "tone idle",
    };
    html! { span class=(class) { span.dot aria-hidden="true" {} (outcome) } }
}

fn detail(detail: &serde_json::Value) -> Markup {
    let pairs = detail.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    html! {
        @for (place, (name, value)) in pairs.enumerate() {
            @if place > 0 { ", " }
            span.faint { (name) ": " }
            @match value.as_str() { Some(text) => (text), None => (value.to_string()) }
        }
    }
}
