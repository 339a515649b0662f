//! `GET /search?q=[&mailbox=][&before=]`: messages that hold all words, newest first, in one mailbox or in all.

use axum::extract::{Query, State as Given};
use axum::response::Html;
use maud::{Markup, html};
use model::id::MessageId;
use model::mailbox::Mailbox;
use model::message::Message;
use model::query::Query as Wanted;
use serde::Deserialize;
use store::message as rows;
use store::search::{self, Asked as Question, Cursor, Order, Scope};

use crate::console::mailbox::{self, PAGE};
use crate::failure::Failure;
use crate::session::Administrator;
use crate::state::State;
use crate::view::frame::{self, Part};
use crate::view::message_list::{list, older};

/// The longest search that is looked at.
const WANTED_CHARACTERS_MAX: usize = 200;

/// What is searched for.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    mailbox: Option<String>,
    before: Option<String>,
}

/// The page.
pub async fn search(Given(state): Given<State>, administrator: Administrator, Query(asked): Query<Asked>) -> Result<Html<String>, Failure> {
    let wanted: String = asked.q.trim().chars().take(WANTED_CHARACTERS_MAX).collect();
    let within = match asked.mailbox.as_deref().and_then(|text| text.parse().ok()) {
        Some(id) => Some(mailbox::find(&state, administrator.workspace, id).await?),
        None => None,
    };
    let before = asked.before.as_deref().and_then(|text| text.parse().ok());
    let workspace = administrator.workspace;
    let scope = within.as_ref().map_or_else(|| Scope::workspace(workspace), |mailbox| Scope::mailbox(workspace, mailbox.id));
    let found = find(&state, &wanted, &scope, before).await?;
    let now = state.clock.now();
    let main = html! {
        (head(&wanted, within.as_ref()))
        @if found.is_empty() { (nothing(&wanted, within.is_some(), before.is_some())) } @else { (list(&found, now)) }
        @if found.len() == PAGE as usize && let Some(last) = found.last() {
            (older(&format!("{}&before={}", address(&wanted, within.as_ref()), last.id)))
        }
    };
    Ok(Html(frame::signed_in("Search", Part::Search, &administrator.csrf, &main).into_string()))
}

async fn find(state: &State, wanted: &str, scope: &Scope, before: Option<MessageId>) -> Result<Vec<Message>, Failure> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    // A query with a mistake finds nothing.
    let Ok(query) = Wanted::read(wanted) else { return Ok(Vec::new()) };
    let after = before.map(Cursor::Older);
    let asked = Question { scope, query: &query, order: Order::Newest, after, limit: PAGE, now: state.clock.now() };
    let ids: Vec<MessageId> = search::search(&state.db, &asked).await?.hits.into_iter().map(|hit| hit.message).collect();
    let found = rows::find_many(&state.db, &ids).await?;
    let mut messages: Vec<Message> = found.into_iter().filter(|one| one.deleted_at.is_none()).map(|one| one.message).collect();
    messages.sort_by_key(|message| std::cmp::Reverse(message.id));
    Ok(messages)
}

fn address(wanted: &str, within: Option<&Mailbox>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("q", wanted);
    if let Some(mailbox) = within {
        query.append_pair("mailbox", &mailbox.id.to_string());
    }
    format!("/search?{}", query.finish())
}

fn head(wanted: &str, within: Option<&Mailbox>) -> Markup {
    html! {
        div.heading.of-mailbox {
            div {
                p.crumb {
                    a href="/mailboxes" { "Mailboxes" }
                    @if let Some(mailbox) = within { " / " a href={ "/mailboxes/" (mailbox.id) } { (mailbox.display_name) } }
                }
                h1 { "Search" }
                p.summary {
                    @match within {
                        Some(mailbox) => { "In " (mailbox.address) ". " a href=(address(wanted, None)) { "Search all mailboxes" } },
                        None => { "In all mailboxes, newest first." },
                    }
                }
            }
            form.search role="search" action="/search" method="get" {
                @if let Some(mailbox) = within { input type="hidden" name="mailbox" value=(mailbox.id); }
                label.hidden for="q" { "Words to search for" }
                input #q type="search" name="q" value=(wanted) autocomplete="off";
                button.quiet type="submit" { "Search" }
            }
        }
    }
}

fn nothing(wanted: &str, within: bool, further: bool) -> Markup {
    html! {
        div.empty {
            @if wanted.is_empty() {
                h2 { "Search for words" }
                p { "In the subject, the people and the text. All words must be in a message; clau* finds all words that begin so." }
            }
            @else if further { h2 { "Nothing older" } p { "That was the oldest message with these words." } }
            @else {
                h2 { "No message holds all of these words" }
                p { "Try fewer or shorter words" @if within { ", or all mailboxes" } "." }
            }
        }
    }
}
