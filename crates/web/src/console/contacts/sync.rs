//! `GET /contacts/syncs/{id}[?outcome=&after=]`: a reading of an address book, its counts, and each list that they count.

use api::{read, view};
use axum::extract::{Query, State as Given};
use axum::response::Html;
use maud::{Markup, html};
use model::id::{ContactSync as ContactSyncNoun, ContactSyncId, SourceContactId};
use serde::Deserialize;
use store::contact_sync::{self, Outcome};

use super::list::{name, title};
use super::sources::mark;
use crate::console::named::Named;
use crate::failure::Failure;
use crate::state::State;
use crate::view::curl;
use crate::view::format::{counted, grouped, long};
use crate::view::frame::{self, Part};
use crate::view::message_list::older;
use crate::visitor::Visitor;

/// Lines on a page.
const PAGE: u32 = 100;
/// How often the page of one that goes on looks.
const LOOK_MS: u32 = 1000;

/// Which list, and where to begin.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    after: String,
}

/// The page.
pub async fn sync(
    Given(state): Given<State>,
    visitor: Visitor,
    Named(id): Named<ContactSyncNoun>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Failure> {
    let (sync, book) = find(&state, &visitor, id).await?;
    let outcome = Outcome::named(&asked.outcome);
    let main = html! {
        div.heading {
            p.crumb { a href="/contacts" { "Contacts" } }
            h1 dir="auto" { (heading(book.as_ref())) }
            p.summary { "Begun " (long(sync.started_at)) " by " (sync.asked_by) }
        }
        div.live data-live={ "/contacts/syncs/" (id) "/live" } { (counts(&sync, outcome)) }
        @if let Some(outcome) = outcome { (lines(&state, &visitor, id, outcome, &asked.after).await?) }
        (curl::read(&state.settings.base_url, &format!("/api/v1/contact-syncs/{id}")))
    };
    Ok(Html(frame::signed_in("Contacts that were read", Part::Contacts, &visitor, &main).into_string()))
}

/// `GET /contacts/syncs/{id}/live`: the counts alone.
pub async fn live(Given(state): Given<State>, visitor: Visitor, Named(id): Named<ContactSyncNoun>) -> Result<Html<String>, Failure> {
    Ok(Html(counts(&find(&state, &visitor, id).await?.0, None).into_string()))
}

async fn find(state: &State, by: &Visitor, id: ContactSyncId) -> Result<(view::ContactSync, Option<view::ContactBook>), Failure> {
    let found = contact_sync::find(&state.db, by.workspace, id).await?.ok_or_else(Failure::not_found)?;
    let sync = read::contact::sync(&state.db, found).await?;
    let book = read::contact::books(&state.db, by.workspace).await?.into_iter().find(|book| book.id == sync.book);
    Ok((sync, book))
}

fn heading(book: Option<&view::ContactBook>) -> String {
    book.map_or_else(|| "An address book that was taken away".to_owned(), |book| format!("{}: {}", title(book.origin), book.name))
}

fn counts(sync: &view::ContactSync, chosen: Option<Outcome>) -> Markup {
    let figures = [
        (Outcome::New, sync.new, "New", "they made a contact"),
        (Outcome::Updated, sync.updated, "Updated", "they say something else than before"),
        (Outcome::Merged, sync.merged, "Merged", "they came to a contact that was there"),
        (Outcome::Skipped, sync.skipped, "Skipped", "no phone number that can be used; kept, and joined by address"),
    ];
    html! {
        p.summary data-live-every=[(sync.state == "running").then_some(LOOK_MS)] {
            @match sync.state {
                "running" => { (mark("tone busy", "Being read")) " " (counted(sync.total, "contact", "contacts")) " so far" },
                "failed" => (mark("tone bad", "Failed")),
                _ => { (mark("tone good", "Done")) " " (counted(sync.total, "contact", "contacts")) " read" },
            }
        }
        @if let Some(problem) = &sync.problem {
            div.callout { p.title { (problem.title) } p { (problem.detail) } p.next { strong { "Next: " } (problem.action) } }
        }
        div.cards.counts { @for (outcome, count, title, about) in figures {
            a.panel href={ "/contacts/syncs/" (sync.id) "?outcome=" (outcome.name()) "#lines" } aria-current=[(chosen == Some(outcome)).then_some("true")] {
                h2 { (title) } p.figure { (grouped(count)) } p { (about) }
            }
        } }
        @if sync.state == "done" && sync.new + sync.updated + sync.merged + sync.skipped == 0 {
            p.hint { "Nothing was new: all of it was here already, and has not changed." }
        }
    }
}

async fn lines(state: &State, by: &Visitor, id: ContactSyncId, outcome: Outcome, after: &str) -> Result<Markup, Failure> {
    let behind: Option<SourceContactId> = after.parse().ok();
    let mut found = read::contact::lines(&state.db, by.workspace, id, outcome, behind, PAGE + 1).await?;
    let is_more = found.len() > PAGE as usize;
    found.truncate(PAGE as usize);
    let more =
        found.last().filter(|_| is_more).map(|(last, _)| format!("/contacts/syncs/{id}?outcome={}&after={last}#lines", outcome.name()));
    Ok(html! {
        section #lines aria-label=(outcome.name()) {
            @if found.is_empty() { p.hint { "There is nothing in this list." } } @else {
                div.scroll { table.ledger {
                    caption.hidden { "Contacts of this list" }
                    thead { tr { th scope="col" { "Name" } th scope="col" { "Numbers" } th scope="col" { "Addresses" } @if outcome == Outcome::Skipped { th scope="col" { "Why" } } } }
                    tbody { @for (_, line) in &found { (row(line, outcome)) } }
                } }
                @if let Some(more) = more { (older(&more)) }
            }
        }
    })
}

fn row(line: &view::ContactSyncLine, outcome: Outcome) -> Markup {
    html! {
        tr { @match &line.source {
            None => td.faint colspan="4" { "no longer there" },
            Some(source) => {
                td dir="auto" { @match source.contact { Some(id) => a href={ "/contacts/" (id) } { (name(&source.name)) }, None => (name(&source.name)) } }
                td { (source.phones.iter().map(|phone| phone.number.as_str()).collect::<Vec<_>>().join(", ")) }
                td dir="auto" { (source.addresses.join(", ")) }
                @if outcome == Outcome::Skipped {
                    td { @if source.unusable_phones.is_empty() { "It has no number." } @else {
                        @for phone in &source.unusable_phones { code { (phone.written) } " " (phone.reason) " " }
                    } }
                }
            },
        } }
    }
}
