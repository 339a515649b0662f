//! `GET /threads/{id}`: a thread with its messages, oldest first; copies in several mailboxes are one message with several
//! holders. Where it is filed, why it is one thread, and how to change both.

use std::collections::HashMap;

use api::read;
use api::view::{self, Join, Thread, ThreadMessage};
use axum::extract::{Query, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::Timestamp;
use maud::{Markup, html};
use model::id::{MessageId, Thread as ThreadNoun, ThreadId};
use serde::Deserialize;

use crate::console::customers::name;
use crate::console::mailbox;
use crate::console::message::{self, Whole, inside};
use crate::console::named::Named;
use crate::console::thread_joins;
use crate::failure::Failure;
use crate::sanitise::RemoteImages;
use crate::state::State;
use crate::view::curl;
use crate::view::format::{counted, long, short};
use crate::view::frame::{self, Part};
use crate::view::message_list::{author, subject_seen};
use crate::view::text;
use crate::visitor::Visitor;

/// Mails of a thread that are shown.
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
    joins: Vec<Join>,
}

/// The page.
pub async fn thread(
    Given(state): Given<State>,
    visitor: Visitor,
    Named(id): Named<ThreadNoun>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let found = find(&state, &visitor, id).await?;
    if found.id != id {
        return Ok(Redirect::to(&format!("/threads/{}", found.id)).into_response());
    }
    let page = gather(&state, &visitor, found).await?;
    let subject = subject_seen(page.thread.subject.as_deref());
    let main = html! {
        (head(&page, &subject))
        div.live data-live={ "/threads/" (id) "/about" } data-live-on="thread." data-live-about=(id) { (about(&page)) }
        @if asked.asked.is_some() { p.notice { "Your change is being made. " a href={ "/threads/" (id) } { "Look again" } } }
        @if page.thread.message_count > i64::from(MESSAGES_MAX) { p.notice { "Only the oldest " (MESSAGES_MAX) " are shown." } }
        div.thread data-live={ "/threads/" (id) "/live" } data-live-keyed data-live-on="thread. message." data-live-about=(id) {
            (mails(&page, state.clock.now(), &visitor.csrf))
        }
        div.below {
            (thread_joins::list(id, &page.joins, &words_of(&page.mails), &visitor.csrf))
            a href={ "/threads/" (id) "/join" } { "Join with another thread" }
        }
        (curl::read(&state.settings.base_url, &format!("/api/v1/threads/{id}")))
    };
    Ok(Html(frame::signed_in(&subject, Part::Threads, &visitor, &main).into_string()).into_response())
}

/// `GET /threads/{id}/live`: its messages.
pub async fn live(Given(state): Given<State>, visitor: Visitor, Named(id): Named<ThreadNoun>) -> Result<Html<String>, Failure> {
    let page = gather(&state, &visitor, find(&state, &visitor, id).await?).await?;
    Ok(Html(mails(&page, state.clock.now(), &visitor.csrf).into_string()))
}

/// `GET /threads/{id}/about`: what stands above them.
pub async fn about_live(Given(state): Given<State>, visitor: Visitor, Named(id): Named<ThreadNoun>) -> Result<Html<String>, Failure> {
    Ok(Html(about(&gather(&state, &visitor, find(&state, &visitor, id).await?).await?).into_string()))
}

async fn find(state: &State, by: &Visitor, id: ThreadId) -> Result<Thread, Failure> {
    read::thread::find(&state.db, by.workspace, &by.sight, id).await?.ok_or_else(Failure::not_found)
}

async fn gather(state: &State, by: &Visitor, thread: Thread) -> Result<Page, Failure> {
    let mut mails = Vec::new();
    for mail in read::thread::messages(&state.db, by.workspace, &by.sight, thread.id, None, MESSAGES_MAX).await? {
        mails.push(shown(state, by, mail).await?);
    }
    let joins = read::thread::joins(&state.db, by.workspace, &by.sight, thread.id).await?;
    Ok(Page { thread, mails, joins })
}

async fn shown(state: &State, by: &Visitor, mail: ThreadMessage) -> Result<Shown, Failure> {
    let own = mail.message.id;
    let whole = message::find(state, by, own).await?;
    let mut elsewhere = Vec::new();
    for copy in mail.holders.into_iter().filter(|copy| copy.message != own) {
        elsewhere.push((mailbox::find(state, by, copy.mailbox).await?.display_name, copy.message));
    }
    Ok(Shown { whole, elsewhere })
}

fn words_of(mails: &[Shown]) -> HashMap<MessageId, String> {
    let words = |shown: &Shown| format!("the message of {}", author(shown.whole.message.from.as_ref()));
    let own = mails.iter().map(|shown| (shown.whole.message.id, words(shown)));
    let copies = mails.iter().flat_map(|shown| shown.elsewhere.iter().map(|(_, id)| (*id, words(shown))));
    own.chain(copies).collect()
}

fn head(page: &Page, subject: &str) -> Markup {
    html! {
        div.heading {
            p.crumb {
                a href="/threads" { "Threads" }
                @if let [filed] = page.thread.customers.as_slice() { " / " a href={ "/customers/" (filed.customer) } dir="auto" { (name(&filed.name)) } }
            }
            h1 dir="auto" { (subject) }
        }
    }
}

fn about(page: &Page) -> Markup {
    let Thread { first_at, last_at, .. } = page.thread;
    html! {
        p.summary {
            (counted(i64::try_from(page.mails.len()).unwrap_or(0), "message", "messages")) ", "
            @if first_at.seconds() / 60 == last_at.seconds() / 60 { (long(first_at)) } @else { "from " (long(first_at)) " to " (long(last_at)) }
        }
        (filing(page.thread.id, &page.thread.customers))
    }
}

fn mails(page: &Page, now: Timestamp, csrf: &str) -> Markup {
    html! { @for (place, one) in page.mails.iter().enumerate() {
        (part(page.thread.id, one, (place == 0, place + 1 == page.mails.len()), now, csrf))
    } }
}

fn filing(id: ThreadId, filed: &[view::Filing]) -> Markup {
    html! {
        p.notice.filing {
            @if filed.is_empty() { span { "Filed under no customer" } }
            @for filed in filed {
                span dir="auto" { "Filed under " a href={ "/customers/" (filed.customer) } { (name(&filed.name)) } ", " (filed.because) }
            }
            a href={ "/threads/" (id) "/filing" } { "Change" }
        }
    }
}

fn part(thread: ThreadId, shown: &Shown, (first, last): (bool, bool), now: Timestamp, csrf: &str) -> Markup {
    let message = &shown.whole.message;
    html! {
        details.message id=(message.id) open[last] {
            summary data-row {
                span.who dir="auto" { (author(message.from.as_ref())) }
                span.preview dir="auto" { (message.preview.as_deref().and_then(text::shown).unwrap_or_default()) }
                span.at { (short(message.received_at, now)) }
            }
            div.inside {
                p.crumb.holders { (holders(shown)) }
                (inside(&shown.whole, RemoteImages::Blocked, now))
                (thread_joins::tools(thread, message.id, shown.whole.reason, first, csrf))
            }
        }
    }
}

/// In whose mailboxes the mail is.
fn holders(shown: &Shown) -> Markup {
    let message = &shown.whole.message;
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
