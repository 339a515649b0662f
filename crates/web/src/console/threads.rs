//! `GET /threads[?before=]`: the workspace's threads, the latest first.

use axum::extract::{Query, State as Given};
use axum::response::Html;
use base::Timestamp;
use maud::{Markup, html};
use model::id::ThreadId;
use serde::Deserialize;
use store::thread::{self, Thread};

use crate::failure::Failure;
use crate::session::Administrator;
use crate::state::State;
use crate::view::format::{grouped, short};
use crate::view::frame::{self, Part};
use crate::view::message_list::{older, subject};

/// Threads on a page.
const PAGE: u32 = 50;

/// Where to begin: `<milliseconds>.<thread>`.
#[derive(Deserialize)]
pub struct Asked {
    before: Option<String>,
}

/// The page.
pub async fn threads(
    Given(state): Given<State>,
    administrator: Administrator,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Failure> {
    let before = asked.before.as_deref().and_then(place);
    let found = thread::list(&state.db, administrator.workspace, before, PAGE).await?;
    let now = state.clock.now();
    let main = html! {
        div.heading.of-mailbox {
            div { h1 { "Threads" } p.summary { "Messages that answer one another, across all mailboxes." } }
            form.search role="search" action="/search" method="get" {
                label.hidden for="q" { "Search all mailboxes" }
                input #q type="search" name="q" placeholder="Search all mailboxes" autocomplete="off";
                button.quiet type="submit" { "Search" }
            }
        }
        @if found.is_empty() {
            div.empty {
                @if before.is_some() { h2 { "Nothing older" } p { "That was the oldest thread." } }
                @else {
                    h2 { "No threads yet" }
                    p { "They form by themselves as mail comes in." }
                    p.actions { a.button href="/connect" { "Connect a mailbox" } }
                }
            }
        } @else {
            ol.messages.threads { @for one in &found { (line(one, now)) } }
            @if found.len() == PAGE as usize && let Some(last) = found.last() {
                (older(&format!("/threads?before={}.{}", last.last_at.millis(), last.id)))
            }
        }
    };
    Ok(Html(frame::signed_in("Threads", Part::Threads, &administrator.csrf, &main).into_string()))
}

fn place(text: &str) -> Option<(Timestamp, ThreadId)> {
    let (millis, id) = text.split_once('.')?;
    Some((Timestamp::from_millis(millis.parse().ok()?), id.parse().ok()?))
}

fn line(thread: &Thread, now: Timestamp) -> Markup {
    html! {
        li { a data-row href={ "/threads/" (thread.id) } {
            span.what { span.subject dir="auto" { (subject(&thread.subject)) } }
            span.signs {
                @if thread.message_count > 1 { span.count title="Messages, copies counted each" { (grouped(thread.message_count)) } }
            }
            span.at { (short(thread.last_at, now)) }
        } }
    }
}
