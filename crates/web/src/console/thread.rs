//! `GET /threads/{id}`: a thread with its messages, oldest first; copies in several mailboxes are shown once.

use axum::extract::State as Given;
use axum::response::Html;
use base::Timestamp;
use maud::{Markup, html};
use model::id::Thread as ThreadNoun;
use store::message::Mirrored;
use store::{message as rows, thread as threads};

use crate::console::message::{Whole, inside, read};
use crate::console::named::Named;
use crate::failure::Failure;
use crate::sanitise::RemoteImages;
use crate::session::Administrator;
use crate::state::State;
use crate::view::curl;
use crate::view::format::{counted, long, short};
use crate::view::frame::{self, Part};
use crate::view::message_list::{author, subject};
use crate::view::text;

/// Messages of a thread that are shown.
const MESSAGES_MAX: u32 = 200;

struct Shown {
    whole: Whole,
    elsewhere: Vec<(String, model::id::MessageId)>,
}

/// The page.
pub async fn thread(
    Given(state): Given<State>,
    administrator: Administrator,
    Named(id): Named<ThreadNoun>,
) -> Result<Html<String>, Failure> {
    let found = threads::find(&state.db, id).await?.filter(|thread| thread.workspace == administrator.workspace);
    let thread = found.ok_or_else(Failure::not_found)?;
    let messages = rows::in_thread(&state.db, id, MESSAGES_MAX).await?;
    let shown = gather(&state, messages.into_iter().filter(|found| found.deleted_at.is_none()).collect()).await?;
    let now = state.clock.now();
    let subject = subject(&thread.subject);
    let main = html! {
        div.heading {
            p.crumb { a href="/threads" { "Threads" } }
            h1 dir="auto" { (subject) }
            p.summary {
                (counted(i64::try_from(shown.len()).unwrap_or(0), "message", "messages"))
                ", from " (long(thread.first_at)) " to " (long(thread.last_at))
            }
        }
        @if thread.message_count > i64::from(MESSAGES_MAX) { p.notice { "Only the oldest " (MESSAGES_MAX) " are shown." } }
        div.thread { @for (place, one) in shown.iter().enumerate() { (part(one, place + 1 == shown.len(), now)) } }
        (curl::read(&state.settings.base_url, &format!("/api/v1/threads/{id}")))
    };
    Ok(Html(frame::signed_in(&subject, Part::Threads, &administrator.csrf, &main).into_string()))
}

/// Puts copies of one message in several mailboxes together, under the first.
async fn gather(state: &State, messages: Vec<Mirrored>) -> Result<Vec<Shown>, Failure> {
    let mut shown: Vec<Shown> = Vec::new();
    for mirrored in messages {
        let id = mirrored.message.internet_message_id.clone();
        let same = shown.iter_mut().find(|one| id.is_some() && one.whole.mirrored.message.internet_message_id == id);
        let whole = read(state, mirrored).await?;
        match same {
            Some(one) => one.elsewhere.push((whole.mailbox.display_name, whole.mirrored.message.id)),
            None => shown.push(Shown { whole, elsewhere: Vec::new() }),
        }
    }
    Ok(shown)
}

fn part(shown: &Shown, last: bool, now: Timestamp) -> Markup {
    let message = &shown.whole.mirrored.message;
    html! {
        details.message id=(message.id) open[last] {
            summary {
                span.who dir="auto" { (author(message.from.as_ref())) }
                span.preview dir="auto" { (text::shown(&message.preview).unwrap_or_default()) }
                span.at { (short(message.received_at, now)) }
            }
            div.inside {
                p.crumb {
                    a href={ "/messages/" (message.id) } { "This message" } " in " a href={ "/mailboxes/" (shown.whole.mailbox.id) } {
                        (shown.whole.mailbox.display_name)
                    }
                    @if let Some(folder) = &shown.whole.folder { ", " (folder.display_name) }
                    @for (place, (mailbox, copy)) in shown.elsewhere.iter().enumerate() {
                        @if place == 0 { "; also in " } @else { ", " } a href={ "/messages/" (copy) } { (mailbox) }
                    }
                }
                (inside(&shown.whole, RemoteImages::Blocked, now))
            }
        }
    }
}
