//! Joining, parting and undoing by hand. The console asks; the consumer of threads, which alone decides, performs it. That
//! takes a moment, for which the page waits, so that it leads to where the messages are then.

use std::time::Duration;

use api::access::Level;
use api::read;
use api::view::{self, Thread};
use axum::extract::State as Given;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::{Problem, time};
use http::StatusCode;
use maud::{Markup, html};
use model::id::{JobId, MessageId, Thread as ThreadNoun, ThreadId, ThreadJoinId};
use model::thread::Intent;
use serde_json::{Value, json};
use store::message;
use store::thread_edit::{self, ThreadEdit};
use store::timeline::Owner;

use crate::console::deed::{perform, wrong_field};
use crate::console::named::Named;
use crate::failure::Failure;
use crate::state::State;
use crate::view::format::{counted, long};
use crate::view::frame::{self, Part};
use crate::view::message_list::subject_seen;
use crate::visitor::{Visitor, VisitorForm};

/// How long an edit is waited for, in steps.
const STEPS: u32 = 20;
const STEP: Duration = Duration::from_millis(100);
/// Threads offered for a join.
const OFFERED: u32 = 20;
/// Messages of a thread that can be split off at once.
const MESSAGES_MAX: u32 = 500;

/// A thread of which a visitor sees anything, as it is now.
///
/// # Errors
/// 404 if there is none.
pub async fn find(state: &State, by: &Visitor, id: ThreadId) -> Result<Thread, Failure> {
    read::thread::find(&state.db, by.workspace, &by.sight, id).await?.ok_or_else(Failure::not_found)
}

/// `POST /threads/{id}/undo`: what `join` brought together is kept apart.
pub async fn undo(Given(state): Given<State>, Named(id): Named<ThreadNoun>, form: VisitorForm) -> Result<Response, Failure> {
    let (db, by) = (&state.db, &form.by);
    let join: ThreadJoinId = form.fields.text("join").parse().map_err(|_| Failure::not_found())?;
    find(&state, by, id).await?;
    if read::thread::of_join(db, by.workspace, &by.sight, join).await?.is_none_or(|held| held.id != id) {
        return Err(wrong_field("That join is gone.", "Somebody has undone it already.", "Go back and reload the page."));
    }
    ask(&state, &form.by, id, "thread.undo_join", Intent::Undo { join }, json!({ "join": join.to_string() })).await
}

/// `POST /threads/{id}/split`: `message`, and with `follow` what follows it, become a thread of their own.
pub async fn split(Given(state): Given<State>, Named(id): Named<ThreadNoun>, form: VisitorForm) -> Result<Response, Failure> {
    let id = find(&state, &form.by, id).await?.id;
    let first: MessageId = form.fields.text("message").parse().map_err(|_| Failure::not_found())?;
    let mut all = message::in_thread(&state.db, id, MESSAGES_MAX).await?;
    all.retain(|found| view::Message::level(found, &form.by.sight) > Level::Nothing);
    let place = all.iter().position(|found| found.message.id == first).ok_or_else(Failure::not_found)?;
    let follow = !form.fields.text("follow").is_empty();
    let behind = if follow { &all[place..] } else { &all[place..=place] };
    let messages: Vec<MessageId> = behind.iter().map(|found| found.message.id).collect();
    let detail = json!({ "messages": messages.len() });
    ask(&state, &form.by, id, "thread.split", Intent::Split { thread: id, messages }, detail).await
}

/// `POST /threads/{id}/join`: the thread `with`, by its id or address, and this one become one.
pub async fn join(Given(state): Given<State>, Named(id): Named<ThreadNoun>, form: VisitorForm) -> Result<Response, Failure> {
    let id = find(&state, &form.by, id).await?.id;
    let named = form.fields.text("with");
    let named = named.split(['?', '#']).next().unwrap_or(named).trim_end_matches('/').rsplit('/').next().unwrap_or(named);
    let with: ThreadId = named.parse().map_err(|_| {
        wrong_field("That is no thread.", "A thread is named by its address or its id, such as thr_….", "Go back and paste the address.")
    })?;
    let with = find(&state, &form.by, with).await?.id;
    let detail = json!({ "with": with.to_string() });
    ask(&state, &form.by, id, "thread.join", Intent::Join { thread: id, with }, detail).await
}

/// Asks for an edit and leads to the thread to look at then.
async fn ask(state: &State, by: &Visitor, thread: ThreadId, action: &str, intent: Intent, detail: Value) -> Result<Response, Failure> {
    let now = state.clock.now();
    let edit = ThreadEdit { id: JobId::new(now), workspace: by.workspace, intent, actor: by.actor.clone(), asked_at: now, ended: None };
    perform(state, by, (action, thread.to_string()), detail, thread_edit::ask(&edit).into()).await?;
    for _ in 0..STEPS {
        if let Some(ended) = thread_edit::find(&state.db, edit.id).await?.and_then(|edit| edit.ended) {
            return match ended.refusal {
                Some(refusal) => Err(refused(refusal)),
                None => Ok(Redirect::to(&format!("/threads/{}", ended.thread.unwrap_or(thread))).into_response()),
            };
        }
        time::sleep(STEP).await;
    }
    Ok(Redirect::to(&format!("/threads/{thread}?asked={}", edit.id)).into_response())
}

fn refused(why: String) -> Failure {
    let problem =
        Problem::new("thread_edit_refused", "That could not be done.", why, "Go back, reload the page, and look at how it is now.");
    Failure::new(StatusCode::CONFLICT, problem)
}

/// `GET /threads/{id}/join`: which thread belongs to this one.
pub async fn join_page(Given(state): Given<State>, visitor: Visitor, Named(id): Named<ThreadNoun>) -> Result<Html<String>, Failure> {
    let found = find(&state, &visitor, id).await?;
    let offered = offered(&state, &visitor, &found).await?;
    let path = format!("/threads/{id}/join");
    let main = html! {
        div.heading {
            p.crumb { a href="/threads" { "Threads" } " / " a href={ "/threads/" (id) } dir="auto" { (subject_seen(found.subject.as_deref())) } }
            h1 { "Which thread is the same conversation?" }
            p.summary { "Both become one, and stay so. It can be undone." }
        }
        form.wide-search method="post" action=(path) {
            (frame::key(&visitor.csrf))
            label.hidden for="with" { "The other thread's address" }
            input #with type="text" name="with" placeholder="The other thread's address" required autocomplete="off";
            button.quiet type="submit" { "Join" }
        }
        @if !offered.is_empty() {
            h2.part-title { "Or one of these" }
            ul.joins { @for other in &offered { (offer(other, &path, &visitor.csrf)) } }
        }
    };
    Ok(Html(frame::signed_in("Join threads", Part::Threads, &visitor, &main).into_string()))
}

fn offer(other: &Thread, path: &str, csrf: &str) -> Markup {
    html! {
        li {
            span { a href={ "/threads/" (other.id) } dir="auto" { (subject_seen(other.subject.as_deref())) } " "
                span.faint { (counted(other.message_count, "message", "messages")) ", " (long(other.last_at)) } }
            form method="post" action=(path) {
                (frame::key(csrf)) input type="hidden" name="with" value=(other.id);
                button.quiet.small data-row type="submit" { "Join" span.hidden { " with " (subject_seen(other.subject.as_deref())) } }
            }
        }
    }
}

/// The latest threads of the customers under which this one is filed; of all, if it is under none.
async fn offered(state: &State, by: &Visitor, to: &Thread) -> Result<Vec<Thread>, Failure> {
    let owners: Vec<Owner> = to.customers.iter().map(|filed| Owner::Customer(filed.customer)).collect();
    let owners = if owners.is_empty() { vec![Owner::Workspace(by.workspace)] } else { owners };
    let mut threads = Vec::new();
    for owner in owners {
        let page = read::timeline::threads(&state.db, by.workspace, &by.sight, owner, None, OFFERED).await?;
        threads.extend(page.data.into_iter().filter_map(|entry| entry.thread).filter(|other| other.id != to.id));
    }
    threads.sort_by_key(|thread| std::cmp::Reverse((thread.last_at, thread.id)));
    threads.dedup_by_key(|thread| thread.id);
    threads.truncate(OFFERED as usize);
    Ok(threads)
}
