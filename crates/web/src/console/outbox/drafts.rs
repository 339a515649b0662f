//! `GET /drafts[?mailbox=&before=]`: the drafts of a mailbox, whoever began them; `POST /messages/{id}/send` sends one as it stands.

use api::access::Scope;
use api::read::message::{Found, Wanted, list};
use axum::extract::{Query, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::Method;
use maud::{Markup, html};
use model::id::{MailboxId, Message as MessageNoun, MessageId};
use model::mailbox::{Mailbox, MailboxState};
use serde::Deserialize;
use serde_json::json;
use store::{folder, mailbox};

use super::writing::UNDO_SECONDS;
use crate::console::core;
use crate::console::named::Named;
use crate::failure::Failure;
use crate::session::OwnForm;
use crate::state::State;
use crate::view::frame::{self, Part};
use crate::view::message_list;
use crate::view::{address, curl};
use crate::visitor::Visitor;

/// Drafts on a page.
const PAGE: u32 = 50;

/// Whose drafts, and where to begin.
#[derive(Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    mailbox: String,
    before: Option<String>,
}

/// The page.
pub async fn drafts(Given(state): Given<State>, visitor: Visitor, Query(asked): Query<Asked>) -> Result<Html<String>, Failure> {
    visitor.asker.may(Scope::Send)?;
    let open = open(&state, &visitor).await?;
    let chosen = open.iter().find(|mailbox| mailbox.id.to_string() == asked.mailbox).or(open.first());
    let live = chosen.filter(|_| asked.before.is_none()).map(|chosen| format!("/drafts/live?mailbox={}", chosen.id));
    let main = html! {
        div.heading.of-mailbox {
            div { p.crumb { a href="/outbox" { "Outbox" } } h1 { "Drafts" }
                p.summary { "What stands in Drafts, begun here or in Outlook. A draft is sent as it stands, or written on." } }
            div.actions { a.button href="/compose" { "Write a mail" } }
        }
        @if open.len() > 1 {
            div.chips role="group" aria-label="Whose drafts" { @for mailbox in &open {
                a.chip href=(address::with("/drafts", &[("mailbox", &mailbox.id.to_string())]))
                    aria-current=[chosen.filter(|chosen| chosen.id == mailbox.id).map(|_| "true")] { (mailbox.display_name) }
            } }
        }
        @match chosen {
            None => div.empty { h2 { "No mailbox to write from" } p { "Drafts are those of your own mailbox or a shared one. Connect one first." }
                p { a.button href="/connect" { "Connect a mailbox" } } },
            Some(chosen) => {
                div.live data-live=[live] data-live-on="message. outgoing." { (part(&state, &visitor, chosen, asked.before.as_deref()).await?) }
                (curl::read(&state.settings.base_url, &format!("/api/v1/messages?mailbox={}&is_draft=true", chosen.id)))
            }
        }
    };
    Ok(Html(frame::signed_in("Drafts", Part::Outbox, &visitor, &main).into_string()))
}

/// `GET /drafts/live?mailbox=`: the list anew.
pub async fn live(Given(state): Given<State>, visitor: Visitor, Query(asked): Query<Asked>) -> Result<Html<String>, Failure> {
    let open = open(&state, &visitor).await?;
    let chosen = open.iter().find(|mailbox| mailbox.id.to_string() == asked.mailbox).ok_or_else(Failure::not_found)?;
    Ok(Html(part(&state, &visitor, chosen, None).await?.into_string()))
}

/// The mailboxes that a visitor may write from.
async fn open(state: &State, by: &Visitor) -> Result<Vec<Mailbox>, Failure> {
    let all = mailbox::list(&state.db, by.workspace).await?;
    let may = |mailbox: &Mailbox| by.asker.may_send_as(mailbox, by.sight.level(mailbox.id)) && mailbox.state != MailboxState::Disconnected;
    Ok(all.into_iter().filter(may).collect())
}

async fn part(state: &State, by: &Visitor, mailbox: &Mailbox, before: Option<&str>) -> Result<Markup, Failure> {
    let found = match folder::well_known(&state.db, mailbox.id, "drafts").await? {
        None => Found::default(),
        Some(folder) => {
            let wanted = Wanted { mailbox: Some(mailbox.id), folder: Some(folder.id), is_draft: Some(true), ..Wanted::default() };
            let before: Option<MessageId> = before.and_then(|text| text.parse().ok());
            list(&state.db, by.workspace, &by.sight, &wanted, before, PAGE).await?
        }
    };
    Ok(html! {
        @if found.data.is_empty() { div.empty { h2 { "No drafts" } p { "What is kept as a draft, here or in Outlook, appears here." } } }
        @else { (message_list::list(&found.data, state.clock.now())) }
        @if let Some(next) = found.next { (message_list::older(&next_page(mailbox.id, next))) }
    })
}

fn next_page(mailbox: MailboxId, before: MessageId) -> String {
    address::with("/drafts", &[("mailbox", &mailbox.to_string()), ("before", &before.to_string())])
}

/// `POST /messages/{id}/send`.
pub async fn send(Given(state): Given<State>, Named(id): Named<MessageNoun>, form: OwnForm) -> Result<Response, Failure> {
    #[derive(Deserialize)]
    struct Sent {
        id: String,
    }
    let wanted = json!({ "undo_seconds": UNDO_SECONDS });
    let sent: Sent = core::ask(&state, &form.signed_in, Method::POST, &format!("/api/v1/messages/{id}/send"), Some(wanted)).await?;
    Ok(Redirect::to(&format!("/outbox/{}", sent.id)).into_response())
}
