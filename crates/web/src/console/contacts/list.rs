//! `GET /contacts[?q=&source=&merged=&after=]`: contacts by name, where they come from above them.

use api::{read, view};
use axum::extract::{Query, State as Given};
use axum::response::Html;
use maud::{Markup, html};
use model::id::ContactId;
use serde::Deserialize;
use store::contact::{self, Wanted};

use super::sources;
use crate::failure::Failure;
use crate::state::State;
use crate::view::format::{counted, grouped};
use crate::view::frame::{self, Part};
use crate::view::message_list::older;
use crate::view::{address, curl};
use crate::visitor::Visitor;

/// Contacts on a page.
const PAGE: u32 = 50;
/// The words for where a contact comes from, each with its name for people.
const SOURCES: [(&str, &str); 4] =
    [("outlook", "Outlook"), ("google", "Google"), ("whatsapp", "WhatsApp"), ("both", "WhatsApp and another")];

/// Which, and where to begin.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    merged: String,
    #[serde(default)]
    after: String,
}

/// The page.
pub async fn contacts(Given(state): Given<State>, visitor: Visitor, Query(asked): Query<Asked>) -> Result<Html<String>, Failure> {
    let (db, workspace) = (&state.db, visitor.workspace);
    let search = read::contact::searched(db, workspace, Some(asked.q.trim())).await?;
    let source = SOURCES.iter().map(|(name, _)| *name).find(|name| *name == asked.source);
    let wanted = Wanted { search: search.as_deref(), source, merged: asked.merged == "yes" };
    let after = place(&asked.after);
    let after = after.as_ref().map(|(name, id)| (name.as_str(), *id));
    let mut found = read::contact::list(db, workspace, wanted, after, PAGE + 1).await?;
    let is_more = found.len() > PAGE as usize;
    found.truncate(PAGE as usize);
    let (count, all) = (contact::count(db, workspace, wanted).await?, contact::count(db, workspace, Wanted::default()).await?);
    let proposals = read::contact::proposals(db, workspace).await?.len();
    let books = sources::read(&state, &visitor).await?;
    let main = html! {
        div.heading.of-mailbox {
            div {
                h1 { "Contacts" }
                p.summary {
                    "One for each person of all address books. "
                    @if proposals > 0 { a href="/contacts/review" { (counted(i64::try_from(proposals).unwrap_or(i64::MAX), "pair", "pairs")) " may be the same person" } }
                }
            }
            form.search role="search" action="/contacts" method="get" {
                label.hidden for="q" { "Name, number, address or company" }
                input #q type="search" name="q" value=(asked.q) placeholder="Name, number, address or company" autocomplete="off";
                button.quiet type="submit" { "Search" }
            }
        }
        (books)
        h2.part-title #list { span { (grouped(count)) @if count != all { " of " (grouped(all)) } " " @if all == 1 { "contact" } @else { "contacts" } } }
        @if all > 0 { (chips(&asked)) }
        @if found.is_empty() { (nothing(all, &asked)) } @else {
            ol.objects { @for contact in &found { (row(contact)) } }
            @if is_more && let Some(last) = found.last() { (older(&further(&asked, last))) }
        }
        (curl::read(&state.settings.base_url, &address::with("/api/v1/contacts", &[("search", asked.q.trim()), ("source", source.unwrap_or_default())])))
    };
    Ok(Html(frame::signed_in("Contacts", Part::Contacts, &visitor, &main).into_string()))
}

fn place(text: &str) -> Option<(String, ContactId)> {
    let (id, name) = text.split_once(' ')?;
    Some((name.to_owned(), id.parse().ok()?))
}

fn further(asked: &Asked, last: &view::Contact) -> String {
    let after = format!("{} {}", last.id, contact::name_key(&last.name));
    address::with("/contacts", &[("q", asked.q.trim()), ("source", &asked.source), ("merged", &asked.merged), ("after", &after)])
}

fn chips(asked: &Asked) -> Markup {
    let link = |source: &str, merged: &str| address::with("/contacts", &[("q", asked.q.trim()), ("source", source), ("merged", merged)]);
    let is_all = asked.source.is_empty() && asked.merged.is_empty();
    html! {
        div.chips role="group" aria-label="Which contacts" {
            a.chip href=(link("", "")) aria-current=[is_all.then_some("true")] { "All" }
            @for (name, title) in SOURCES {
                a.chip href=(link(name, "")) aria-current=[(asked.source == name).then_some("true")] { (title) }
            }
            a.chip href=(link("", "yes")) aria-current=[(asked.merged == "yes").then_some("true")] { "Put together from several" }
        }
    }
}

fn row(contact: &view::Contact) -> Markup {
    html! {
        li { a data-row href={ "/contacts/" (contact.id) } {
            span.name dir="auto" { (name(&contact.name)) }
            span.more dir="auto" { (about(contact)) }
            span.number { @if let Some(phone) = contact.phones.first() { (phone.number) } }
            span.at { (badges(&contact.origins)) }
        } }
    }
}

/// What is known of a contact in a line.
pub fn about(contact: &view::Contact) -> String {
    let organisation = contact.organisation.as_deref().filter(|organisation| *organisation != contact.name);
    [organisation, contact.addresses.first().map(String::as_str)].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Where a contact comes from, as marks.
pub fn badges(origins: &[&str]) -> Markup {
    html! { span.badges { @for origin in origins { span.badge data-origin=(origin) { (title(origin)) } } } }
}

/// The name of an origin for people.
pub fn title(origin: &str) -> &'static str {
    model::contact::Origin::named(origin).map_or("elsewhere", |origin| match origin {
        model::contact::Origin::Api => "API",
        other => other.title(),
    })
}

/// A name of strangers, or words for its absence.
pub fn name(text: &str) -> String {
    crate::view::text::shown(text).unwrap_or_else(|| "(no name)".to_owned())
}

fn nothing(all: i64, asked: &Asked) -> Markup {
    html! {
        div.empty {
            @if all == 0 { h2 { "No contacts yet" } p { "Connect Outlook, or bring a file that Google Contacts or WhatsApp gave you." } }
            @else if asked.after.is_empty() { h2 { "No contact is like that" } p { a href="/contacts" { "Show all contacts" } } }
            @else { h2 { "No contact further" } p { "That was the last by name. " a href="/contacts" { "Back to the first" } } }
        }
    }
}
