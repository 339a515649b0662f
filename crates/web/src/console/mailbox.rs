//! `GET /mailboxes/{id}[?folder=&before=]`: a mailbox's messages, newest first, with its folders beside them.

use api::access::{Level, Scope};
use api::read;
use api::view::Message;
use axum::extract::{Query, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::Timestamp;
use maud::{Markup, html};
use model::id::{FolderId, Mailbox as MailboxNoun, MailboxId, MessageId};
use model::mailbox::{Mailbox, MailboxState};
use serde::Deserialize;
use store::folder::Folder;
use store::work::Lane;
use store::{Transaction, due, folder, mailbox as rows};

use crate::console::mailboxes::{need, reconnect};
use crate::console::named::Named;
use crate::console::overview;
use crate::console::sharing;
use crate::failure::Failure;
use crate::state::State;
use crate::view::format::grouped;
use crate::view::frame::{self, Part, Viewer as _};
use crate::view::mailbox_state::{self, Health};
use crate::view::message_list;
use crate::visitor::{Visitor, VisitorForm};

/// Messages on a page.
pub const PAGE: u32 = 50;

/// Which of the messages.
#[derive(Default, Deserialize)]
pub struct Asked {
    folder: Option<String>,
    before: Option<String>,
}

struct Shown {
    health: Health,
    folders: Vec<(Folder, i64)>,
    folder: Option<FolderId>,
    messages: Vec<Message>,
    next: Option<MessageId>,
    first_page: bool,
    now: Timestamp,
}

/// The page.
pub async fn mailbox(
    Given(state): Given<State>,
    visitor: Visitor,
    Named(id): Named<MailboxNoun>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Failure> {
    let shown = read(&state, &visitor, id, &asked).await?;
    let live = shown.first_page.then(|| live_address(id, shown.folder));
    let main = html! {
        (head(&shown.health.mailbox, &visitor, Tab::Messages))
        div.live data-live=[live] data-live-on="mailbox. message. folder." { (part(&shown, &visitor)) }
    };
    Ok(Html(frame::signed_in(&shown.health.mailbox.display_name, Part::Mailboxes, &visitor, &main).into_string()))
}

/// `GET /mailboxes/{id}/live`: the part that changes.
pub async fn live(
    Given(state): Given<State>,
    visitor: Visitor,
    Named(id): Named<MailboxNoun>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Failure> {
    Ok(Html(part(&read(&state, &visitor, id, &asked).await?, &visitor).into_string()))
}

/// `POST /mailboxes/{id}/check`: asks Microsoft for what is new, now.
pub async fn check_now(Given(state): Given<State>, Named(id): Named<MailboxNoun>, form: VisitorForm) -> Result<Response, Failure> {
    let now = state.clock.now();
    find(&state, &form.by, id).await?;
    form.by.must_keep(id)?;
    let folders = folder::list(&state.db, id).await?;
    let there = folders.iter().filter(|folder| folder.removed_at.is_none());
    let transaction = Transaction::new("console.check")
        .with(due::mailbox(due::PULL_FOLDERS, id, Lane::Interactive, now))
        .with_all(there.map(|folder| due::pull_messages(id, folder.id, Lane::Interactive, now)));
    state.db.commit(transaction).await?;
    Ok(Redirect::to(&format!("/mailboxes/{id}")).into_response())
}

/// `POST /mailboxes/{id}/audit`: compares every folder with its source, now.
pub async fn audit_now(Given(state): Given<State>, Named(id): Named<MailboxNoun>, form: VisitorForm) -> Result<Response, Failure> {
    find(&state, &form.by, id).await?;
    form.by.must_keep(id)?;
    let mark = due::mailbox(due::AUDIT_MAILBOX, id, Lane::Interactive, state.clock.now());
    state.db.commit(Transaction::new("console.audit").with(mark)).await?;
    Ok(Redirect::to(&format!("/mailboxes/{id}/folders")).into_response())
}

/// A mailbox of which a visitor sees anything.
pub async fn find(state: &State, by: &Visitor, id: MailboxId) -> Result<Mailbox, Failure> {
    let found = rows::find(&state.db, id).await?.filter(|mailbox| by.sight.level(mailbox.id) > Level::Nothing);
    found.ok_or_else(Failure::not_found)
}

async fn read(state: &State, by: &Visitor, id: MailboxId, asked: &Asked) -> Result<Shown, Failure> {
    let (health, folders) = overview::of(state, find(state, by, id).await?).await?;
    let folder: Option<FolderId> = asked.folder.as_deref().and_then(|text| text.parse().ok());
    let folder = folder.filter(|wanted| folders.iter().any(|(folder, _)| folder.id == *wanted));
    let before: Option<MessageId> = asked.before.as_deref().and_then(|text| text.parse().ok());
    let wanted = read::message::Wanted { mailbox: Some(id), folder, ..Default::default() };
    let found = read::message::list(&state.db, by.workspace, &by.sight, &wanted, before, PAGE).await?;
    let (messages, next) = (found.data, found.next);
    Ok(Shown { health, folders, folder, messages, next, first_page: before.is_none(), now: state.clock.now() })
}

fn live_address(id: MailboxId, folder: Option<FolderId>) -> String {
    folder.map_or_else(|| format!("/mailboxes/{id}/live"), |folder| format!("/mailboxes/{id}/live?folder={folder}"))
}

/// Which page of a mailbox.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// Its messages.
    Messages,
    /// Its folders and their proof.
    Folders,
    /// What stands below its mail.
    Signature,
}

/// What stands above every page of a mailbox.
pub fn head(mailbox: &Mailbox, by: &Visitor, tab: Tab) -> Markup {
    let address = format!("/mailboxes/{}", mailbox.id);
    html! {
        div.heading.of-mailbox {
            div {
                p.crumb { a href="/mailboxes" { "Mailboxes" } }
                h1 { (mailbox.display_name) }
                p.summary { (mailbox.address) " · " (mailbox_state::kind(mailbox)) }
            }
            form.search role="search" action="/search" method="get" {
                input type="hidden" name="mailbox" value=(mailbox.id);
                label.hidden for="q" { "Search this mailbox" }
                input #q type="search" name="q" placeholder="Search this mailbox" autocomplete="off";
                button.quiet type="submit" { "Search" }
            }
        }
        div.bar {
            nav.tabs aria-label="Mailbox" {
                a href=(address) aria-current=[(tab == Tab::Messages).then_some("page")] { "Messages" }
                a href={ (address) "/folders" } aria-current=[(tab == Tab::Folders).then_some("page")] { "Folders and proof" }
                @if may_sign(mailbox, by) {
                    a href={ (address) "/signature" } aria-current=[(tab == Tab::Signature).then_some("page")] { "Signature" }
                }
            }
            @if by.keeps(mailbox.id) { div.tools { (tools(mailbox, by, &address)) } }
        }
    }
}

/// Whether its signature is the visitor's to set.
fn may_sign(mailbox: &Mailbox, by: &Visitor) -> bool {
    by.asker.may(Scope::Send).is_ok() && (by.asker.is_administrator() || by.asker.may_send_as(mailbox, by.sight.level(mailbox.id)))
}

fn tools(mailbox: &Mailbox, by: &Visitor, address: &str) -> Markup {
    let csrf = &by.csrf;
    html! {
        @if matches!(mailbox.state, MailboxState::Live | MailboxState::Syncing) {
            form method="post" action={ (address) "/check" } { (frame::key(csrf)) button.quiet type="submit" { "Check now" } }
        }
        @if by.is_administrator() { (sharing::choice(mailbox, csrf)) }
        @if mailbox.state != MailboxState::Disconnected {
            details.menu {
                summary { "Disconnect" }
                form.stack method="post" action={ (address) "/disconnect" } {
                    (frame::key(csrf))
                    p {
                        "Its tokens are destroyed and Microsoft stops telling of changes. "
                        "What has been mirrored stays, and connecting again goes on from there."
                    }
                    button.danger type="submit" { "Disconnect " (mailbox.address) }
                }
            }
        }
    }
}

fn part(shown: &Shown, by: &Visitor) -> Markup {
    let mailbox = &shown.health.mailbox;
    html! {
        (state_line(&shown.health, by, shown.now))
        div.columns {
            nav.folders aria-label="Folders" {
                (folder_list(shown))
                @if by.asker.may(Scope::MailWrite).is_ok() && by.asker.may_send_as(mailbox, by.sight.level(mailbox.id)) {
                    p { a.hint href=(change_address(mailbox.id, shown.folder)) { "Change many messages" } }
                }
            }
            section aria-label="Messages" {
                @if shown.messages.is_empty() && shown.next.is_none() { (empty(shown)) } @else { (message_list::list(&shown.messages, shown.now)) }
                @if let Some(last) = shown.next { (message_list::older(&older_address(mailbox.id, shown.folder, last))) }
            }
        }
    }
}

/// A mailbox's state above its lists.
pub fn state_line(health: &Health, by: &Visitor, now: Timestamp) -> Markup {
    html! {
        @if health.needs_a_person() { (need(health, by)) }
        @else {
            div.state-line {
                (mailbox_state::mark(health, now))
                span { (mailbox_state::sentence(health, now)) }
                span.channel { (mailbox_state::channel(health, now)) }
                @if health.mailbox.state == MailboxState::Disconnected && by.keeps(health.mailbox.id) { (reconnect(health)) }
                (mailbox_state::bar(health))
            }
        }
    }
}

fn older_address(mailbox: MailboxId, folder: Option<FolderId>, before: MessageId) -> String {
    match folder {
        Some(folder) => format!("/mailboxes/{mailbox}?folder={folder}&before={before}"),
        None => format!("/mailboxes/{mailbox}?before={before}"),
    }
}

fn change_address(mailbox: MailboxId, folder: Option<FolderId>) -> String {
    folder.map_or_else(|| format!("/mailboxes/{mailbox}/change"), |folder| format!("/mailboxes/{mailbox}/change?folder={folder}"))
}

fn folder_list(shown: &Shown) -> Markup {
    let id = shown.health.mailbox.id;
    html! {
        ul {
            li { a href={ "/mailboxes/" (id) } aria-current=[shown.folder.is_none().then_some("page")] {
                span { "All mail" } span.count { (grouped(shown.health.here)) } } }
            @for (folder, here) in shown.folders.iter().filter(|(folder, here)| !folder.hidden || *here > 0) {
                @let current = (shown.folder == Some(folder.id)).then_some("page");
                li { a href={ "/mailboxes/" (id) "?folder=" (folder.id) } aria-current=[current] {
                    span dir="auto" { (folder.display_name) } span.count { (grouped(*here)) } } }
            }
        }
    }
}

fn empty(shown: &Shown) -> Markup {
    html! {
        div.empty {
            @match (shown.first_page, shown.folder.is_some(), shown.health.mailbox.state) {
                (false, _, _) => { h2 { "Nothing older" } p { "That was the oldest message." } },
                (true, true, _) => { h2 { "Nothing in this folder" } p { "It is empty at Microsoft, or its messages have not come yet." } },
                (true, false, MailboxState::Syncing) => {
                    h2 { "The first messages are on their way" }
                    p { "The newest come first, usually within seconds. This page follows by itself." }
                },
                (true, false, _) => { h2 { "No messages" } p { "There is no mail in this mailbox." } },
            }
        }
    }
}
