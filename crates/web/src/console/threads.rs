//! `GET /threads[?before=]`: the workspace's threads, the latest first.

use api::read;
use api::view::Thread;
use axum::extract::{Query, State as Given};
use axum::response::Html;
use base::Timestamp;
use maud::{Markup, html};
use model::id::ThreadId;
use serde::Deserialize;
use store::timeline::Owner;

use crate::failure::Failure;
use crate::state::State;
use crate::view::format::{grouped, short};
use crate::view::frame::{self, Part};
use crate::view::message_list::{older, subject_seen};
use crate::view::place::Place;
use crate::visitor::Visitor;

/// Threads on a page.
const PAGE: u32 = 50;

/// Where to begin.
#[derive(Deserialize)]
pub struct Asked {
    before: Option<Place<ThreadId>>,
}

/// The page.
pub async fn threads(Given(state): Given<State>, visitor: Visitor, Query(asked): Query<Asked>) -> Result<Html<String>, Failure> {
    let before = asked.before.map(|place| (place.at, place.id.number()));
    let owner = Owner::Workspace(visitor.workspace);
    let page = read::timeline::threads(&state.db, visitor.workspace, &visitor.sight, owner, before, PAGE).await?;
    let found: Vec<Thread> = page.data.into_iter().filter_map(|entry| entry.thread).collect();
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
        @if found.is_empty() && page.next.is_none() {
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
            @if let Some((at, id)) = page.next { (older(&format!("/threads?before={}", Place::of(at, ThreadId::from_number(id))))) }
        }
    };
    Ok(Html(frame::signed_in("Threads", Part::Threads, &visitor, &main).into_string()))
}

fn line(thread: &Thread, now: Timestamp) -> Markup {
    html! {
        li { a data-row href={ "/threads/" (thread.id) } {
            span.what { span.subject dir="auto" { (subject_seen(thread.subject.as_deref())) } }
            span.signs {
                @if thread.message_count > 1 { span.count title="Messages" { (grouped(thread.message_count)) } }
            }
            span.at { (short(thread.last_at, now)) }
        } }
    }
}
