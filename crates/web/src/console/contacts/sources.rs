//! Where contacts come from: a card for each source with its address books, how each was last read, and how to read it again.

use api::{contacting, read, view};
use axum::extract::{Query, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::{Markup, html};
use model::id::ContactBook as ContactBookNoun;
use serde::Deserialize;
use store::{contact_book, workspace};

use crate::console::named::Named;
use crate::failure::Failure;
use crate::state::State;
use crate::view::format::{ago, counted};
use crate::view::frame;
use crate::visitor::{Visitor, VisitorForm};

/// Where Outlook's contacts are connected.
const CONNECT_OUTLOOK: &str = "/auth/microsoft?provider=microsoft_contacts&return_to=/contacts";
/// Where Google's are.
const CONNECT_GOOGLE: &str = "/auth/google?return_to=/contacts";
/// How often the cards look while something is read: no event tells of each page.
const LOOK_MS: u32 = 2000;

/// What each source is, and what a file of it is called.
const SOURCES: [(&str, &str, &str); 4] = [
    ("outlook", "Outlook", ""),
    ("google", "Google", "A file exported at contacts.google.com, as Google CSV or vCard."),
    ("whatsapp", "WhatsApp", "Bring a list of contacts as vCard or as a table with the columns Name and Phone."),
    ("api", "Other", "Any vCard or table with headings such as Name, Phone, Email; programs bring contacts by the API."),
];

/// The cards as a visitor sees them. The address books of each follow what happens; a form beside them stays as it is.
pub(super) async fn read(state: &State, by: &Visitor) -> Result<Markup, Failure> {
    let books = read::contact::books(&state.db, by.workspace).await?;
    let now = state.clock.now();
    Ok(html! {
        div.cards.sources { @for (origin, title, file) in SOURCES {
            section.panel aria-labelledby={ "source-" (origin) } {
                h2 id={ "source-" (origin) } { (title) }
                div.live data-live={ "/contacts/sources/live?origin=" (origin) } { (lines(state, &books, origin, now, &by.csrf)) }
                @if origin != "outlook" { (bring(origin, title, file, &by.csrf)) }
            }
        } }
        (region(workspace::region(&state.db, by.workspace).await?.as_deref(), by))
    })
}

/// Where numbers without a country belong: administrators say it.
fn region(region: Option<&str>, by: &Visitor) -> Markup {
    html! {
        div.region {
            @match region {
                Some(region) => { "Numbers without a country are read as numbers of " b { (region) } "." },
                None => { "Numbers without a country cannot be read: no region is set." },
            }
            @if by.asker.is_administrator() {
                details { summary { @if region.is_some() { "Change" } @else { "Set the region" } }
                    form.inline-form method="post" action="/contacts/region" {
                        (frame::key(&by.csrf))
                        label for="region" { "Country, by its two letters" }
                        input #region name="region" value=[region] placeholder="ID" maxlength="2" autocomplete="off";
                        button.quiet.small type="submit" { "Read all numbers so" }
                    }
                    p.hint { "Empty for none. Numbers that are known are read again." }
                }
            }
        }
    }
}

/// `POST /contacts/region`.
pub async fn set_region(Given(state): Given<State>, form: VisitorForm) -> Result<Response, Failure> {
    let wanted = Some(form.fields.text("region")).filter(|region| !region.is_empty());
    contacting::set_region(&state.api, &form.by.asker, wanted).await?;
    Ok(Redirect::to("/contacts").into_response())
}

/// Which source.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    origin: String,
}

/// `GET /contacts/sources/live?origin=`: the address books of a source alone.
pub async fn live(Given(state): Given<State>, visitor: Visitor, Query(asked): Query<Asked>) -> Result<Html<String>, Failure> {
    let books = read::contact::books(&state.db, visitor.workspace).await?;
    Ok(Html(lines(&state, &books, &asked.origin, state.clock.now(), &visitor.csrf).into_string()))
}

fn lines(state: &State, books: &[view::ContactBook], origin: &str, now: base::Timestamp, csrf: &str) -> Markup {
    let running = |book: &&view::ContactBook| book.last_sync.as_ref().is_some_and(|sync| sync.state == "running");
    let own = || books.iter().filter(|book| book.origin == origin);
    let is_connected = own().any(|book| book.state == Some("connected"));
    html! {
        div data-live-every=[own().any(|book| running(&book)).then_some(LOOK_MS)] { @for book in own() { (book_line(book, now, csrf)) } }
        @match origin {
            "outlook" => (account(CONNECT_OUTLOOK, is_connected, "Your Outlook contacts, with all their folders.")),
            "google" if state.api.google.is_some() => (account(CONNECT_GOOGLE, is_connected, "Your Google contacts.")),
            "google" => p.hint { "To connect accounts, an administrator sets google.client_id and google.client_secret." },
            "whatsapp" if state.settings.whatsapp.is_some() => p.hint { "Whoever writes to your business number comes by itself: WhatsApp has no list to be read." },
            "whatsapp" => p.hint { "To learn of whoever writes to your business number, an administrator sets whatsapp.app_secret and whatsapp.verify_token." },
            _ => {},
        }
    }
}

fn book_line(book: &view::ContactBook, now: base::Timestamp, csrf: &str) -> Markup {
    html! {
        div.book {
            p.row-line {
                b dir="auto" { (book.name) }
                @match book.state {
                    Some("connected") => (mark("tone good", "Connected")),
                    Some("reconnect") => (mark("tone bad", "Reconnect")),
                    Some(_) => (mark("tone idle", "Disconnected")),
                    None => {},
                }
            }
            @if let Some(problem) = &book.problem {
                p { (problem.title) " " (problem.action) " " a href=(if book.origin == "google" { CONNECT_GOOGLE } else { CONNECT_OUTLOOK }) { "Connect again" } }
            }
            p.hint {
                (counted(book.contact_count, "contact", "contacts"))
                @match (&book.last_sync, book.read_at) {
                    (Some(sync), _) if sync.state == "running" => { " · being read… " a href={ "/contacts/syncs/" (sync.id) } { "Look" } },
                    (Some(sync), Some(at)) => { " · read " (ago(at, now)) " · " a href={ "/contacts/syncs/" (sync.id) } { (came(sync)) } },
                    (_, Some(at)) => { " · read " (ago(at, now)) },
                    _ => {},
                }
            }
            @if book.state == Some("connected") {
                form method="post" action={ "/contacts/books/" (book.id) "/sync" } { (frame::key(csrf)) button.quiet.small type="submit" { "Sync now" } }
            }
        }
    }
}

/// A state at a glance: a word beside the colour.
pub(super) fn mark(tone: &str, word: &str) -> Markup {
    html! { span class=(tone) { span.dot aria-hidden="true" {} (word) } }
}

/// What came of a synchronisation in a line.
fn came(sync: &view::ContactSync) -> String {
    format!("{} new, {} updated, {} merged, {} skipped", sync.new, sync.updated, sync.merged, sync.skipped)
}

/// How an account of a source is connected.
fn account(connect: &str, is_connected: bool, about: &str) -> Markup {
    html! {
        @if is_connected { p { a href=(connect) { "Connect another account" } } } @else {
            p { (about) " Everybody in this workspace sees what is in them." }
            p.actions { a.button href=(connect) { "Connect" } }
        }
    }
}

fn bring(origin: &str, title: &str, about: &str, csrf: &str) -> Markup {
    html! {
        details id={ "bring-" (origin) } {
            summary { "Bring a file" }
            form.fields data-bring-contacts=(origin) hidden {
                (frame::key(csrf))
                p.hint { (about) }
                div { label for={ "book-" (origin) } { "Whose address book" } input id={ "book-" (origin) } name="book" value=(title) required maxlength="200" autocomplete="off"; }
                div { label for={ "file-" (origin) } { "File" } input id={ "file-" (origin) } type="file" name="file" required accept=".vcf,.csv,.txt,text/vcard,text/csv"; }
                label.check { input type="checkbox" name="whole" value="yes"; "The file has all of it: what it lacks is gone" }
                div.actions { button.quiet.small type="submit" { "Bring" } }
                output aria-live="polite" {}
            }
            noscript { p.hint { "Without the page's script, bring it by the API: POST /api/v1/contact-files." } }
        }
    }
}

/// `POST /contacts/books/{id}/sync`.
pub async fn sync_now(Given(state): Given<State>, Named(id): Named<ContactBookNoun>, form: VisitorForm) -> Result<Response, Failure> {
    let books = contact_book::list(&state.db, form.by.workspace).await?;
    let book = books.into_iter().find(|book| book.id == id).ok_or_else(Failure::not_found)?;
    let sync = contacting::sync(&state.api, &form.by.asker, &book).await?;
    Ok(Redirect::to(&format!("/contacts/syncs/{sync}")).into_response())
}
