//! `GET /threads/{id}`: a thread with its messages, oldest first; copies in several mailboxes are one message with several
//! holders. Where it is filed, why it is one thread, and how to change both.

use std::collections::HashMap;

use axum::extract::{Query, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::Timestamp;
use maud::{Markup, html};
use model::id::{MessageId, Thread as ThreadNoun, ThreadId};
use serde::Deserialize;
use store::message::Mirrored;
use store::thread::Thread;
use store::{message as rows, thread as threads, thread_join};

use crate::console::customers::{self, Filed};
use crate::console::message::{Whole, inside, read};
use crate::console::named::Named;
use crate::console::thread_joins;
use crate::failure::Failure;
use crate::sanitise::RemoteImages;
use crate::session::Administrator;
use crate::state::State;
use crate::view::curl;
use crate::view::format::{counted, long, short};
use crate::view::frame::{self, Part};
use crate::view::message_list::{author, subject};
use crate::view::text;

/// Messages of a thread that are shown, copies counted each.
const MESSAGES_MAX: u32 = 200;

/// What was asked for a moment ago, if anything.
#[derive(Deserialize)]
pub struct Asked {
    asked: Option<String>,
}

/// A mail with all who hold a copy.
struct Shown {
    whole: Whole,
    elsewhere: Vec<(String, MessageId)>,
}

/// What a page of a thread shows.
struct Page {
    thread: Thread,
    mails: Vec<Shown>,
    filed: Vec<Filed>,
    joins: Vec<thread_join::Join>,
}

/// The page.
pub async fn thread(
    Given(state): Given<State>,
    administrator: Administrator,
    Named(id): Named<ThreadNoun>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let found = threads::find(&state.db, id).await?.filter(|thread| thread.workspace == administrator.workspace);
    let Some(found) = found else { return moved(&state, &administrator, id).await };
    let page = gather(&state, &administrator, found).await?;
    let (now, subject) = (state.clock.now(), subject(&page.thread.subject));
    let main = html! {
        (head(&page, &subject))
        (filing(id, &page.filed))
        @if asked.asked.is_some() { p.notice { "Your change is being made. " a href={ "/threads/" (id) } { "Look again" } } }
        @if page.thread.message_count > i64::from(MESSAGES_MAX) { p.notice { "Only the oldest " (MESSAGES_MAX) " are shown." } }
        div.thread { @for (place, one) in page.mails.iter().enumerate() {
            (part(id, one, (place == 0, place + 1 == page.mails.len()), now, &administrator.csrf))
        } }
        div.below {
            (thread_joins::list(id, &page.joins, &words_of(&page.mails), &administrator.csrf))
            a href={ "/threads/" (id) "/join" } { "Join with another thread" }
        }
        (curl::read(&state.settings.base_url, &format!("/api/v1/threads/{id}")))
    };
    Ok(Html(frame::signed_in(&subject, Part::Threads, &administrator.csrf, &main).into_string()).into_response())
}

/// A thread that has become part of another is found there.
async fn moved(state: &State, by: &Administrator, id: ThreadId) -> Result<Response, Failure> {
    let into = threads::became(&state.db, by.workspace, id).await?.ok_or_else(Failure::not_found)?;
    Ok(Redirect::to(&format!("/threads/{into}")).into_response())
}

async fn gather(state: &State, by: &Administrator, thread: Thread) -> Result<Page, Failure> {
    let messages = rows::in_thread(&state.db, thread.id, MESSAGES_MAX).await?;
    let mut mails = Vec::new();
    for copies in threads::fold(messages.into_iter().filter(|found| found.deleted_at.is_none()).collect()) {
        mails.push(shown(state, copies).await?);
    }
    let filed = customers::filed(state, by, &[thread.id]).await?.remove(&thread.id).unwrap_or_default();
    let joins = thread_join::of_thread(&state.db, thread.id).await?;
    Ok(Page { thread, mails, filed, joins })
}

async fn shown(state: &State, copies: Vec<Mirrored>) -> Result<Shown, Failure> {
    let mut copies = copies.into_iter();
    let first = copies.next().expect("a mail has at least one copy");
    let whole = read(state, first).await?;
    let mut elsewhere = Vec::new();
    for copy in copies {
        let mailbox = store::mailbox::find(&state.db, copy.message.mailbox).await?.ok_or_else(Failure::not_found)?;
        elsewhere.push((mailbox.display_name, copy.message.id));
    }
    Ok(Shown { whole, elsewhere })
}

fn words_of(mails: &[Shown]) -> HashMap<MessageId, String> {
    let words = |shown: &Shown| format!("the message of {}", author(shown.whole.mirrored.message.from.as_ref()));
    let own = mails.iter().map(|shown| (shown.whole.mirrored.message.id, words(shown)));
    let copies = mails.iter().flat_map(|shown| shown.elsewhere.iter().map(|(_, id)| (*id, words(shown))));
    own.chain(copies).collect()
}

fn head(page: &Page, subject: &str) -> Markup {
    html! {
        div.heading {
            p.crumb {
                a href="/threads" { "Threads" }
                @if let [filed] = page.filed.as_slice() { " / " a href={ "/customers/" (filed.customer) } dir="auto" { (filed.name) } }
            }
            h1 dir="auto" { (subject) }
            p.summary {
                (counted(i64::try_from(page.mails.len()).unwrap_or(0), "message", "messages"))
                ", from " (long(page.thread.first_at)) " to " (long(page.thread.last_at))
            }
        }
    }
}

fn filing(id: ThreadId, filed: &[Filed]) -> Markup {
    html! {
        p.notice.filing {
            @if filed.is_empty() { span { "Filed under no customer" } }
            @for filed in filed {
                span dir="auto" { "Filed under " a href={ "/customers/" (filed.customer) } { (filed.name) } ", " (filed.why) }
            }
            a href={ "/threads/" (id) "/filing" } { "Change" }
        }
    }
}

fn part(thread: ThreadId, shown: &Shown, (first, last): (bool, bool), now: Timestamp, csrf: &str) -> Markup {
    let message = &shown.whole.mirrored.message;
    html! {
        details.message id=(message.id) open[last] {
            summary data-row {
                span.who dir="auto" { (author(message.from.as_ref())) }
                span.preview dir="auto" { (text::shown(&message.preview).unwrap_or_default()) }
                span.at { (short(message.received_at, now)) }
            }
            div.inside {
                p.crumb.holders { (holders(shown)) }
                (inside(&shown.whole, RemoteImages::Blocked, now))
                (thread_joins::tools(thread, message.id, shown.whole.mirrored.thread_reason, first, csrf))
            }
        }
    }
}

/// In whose mailboxes the mail is.
fn holders(shown: &Shown) -> Markup {
    let message = &shown.whole.mirrored.message;
    html! {
        a href={ "/messages/" (message.id) } { "This message" } " in " a href={ "/mailboxes/" (shown.whole.mailbox.id) } {
            (shown.whole.mailbox.display_name)
        }
        @if let Some(folder) = &shown.whole.folder { ", " (folder.display_name) }
        @for (place, (mailbox, copy)) in shown.elsewhere.iter().enumerate() {
            @if place == 0 { "; also in " } @else { ", " } a href={ "/messages/" (copy) } { (mailbox) }
        }
    }
}
