//! `GET /contacts/{id}`: a contact: what it shows and why, what each source says side by side, and what can be undone.

use std::collections::HashMap;

use api::contacting::picture::picture;
use api::contacting::say;
use api::{read, view};
use axum::extract::State as Given;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::{StatusCode, header};
use maud::{Markup, html};
use model::id::{Contact as ContactNoun, ContactBookId, ContactId, SourceContactId};
use store::{contact_book, person as people};

use super::list::{badges, name as shown, title};
use super::write_back;
use crate::console::customers::name_in;
use crate::console::deed::wrong_field;
use crate::console::named::Named;
use crate::failure::Failure;
use crate::state::State;
use crate::view::curl;
use crate::view::format::long;
use crate::view::frame::{self, Part};
use crate::visitor::{Visitor, VisitorForm};

/// What the address books are called.
type Books = HashMap<ContactBookId, String>;

/// The page. A contact that is in another by now leads there.
pub async fn contact(Given(state): Given<State>, visitor: Visitor, Named(id): Named<ContactNoun>) -> Result<Response, Failure> {
    let Some(found) = read::contact::find(&state.db, visitor.workspace, id).await? else {
        let into = store::contact::of_sources(&state.db, &[SourceContactId::from_number(id.number())]).await?;
        return match into.first() {
            Some(into) if *into != id => Ok(Redirect::to(&format!("/contacts/{into}")).into_response()),
            _ => Err(Failure::not_found()),
        };
    };
    let heading = shown(&found.contact.name);
    let mail = mail_with(&state, &visitor, &found.contact).await?;
    let all = contact_book::list(&state.db, visitor.workspace).await?;
    let writable = write_back::writable(&state, &visitor, &all).await;
    let offer = write_back::offer(id, &writable, &visitor.csrf);
    let books: Books = all.iter().map(|book| (book.id, book.name.clone())).collect();
    let main = html! {
        div.heading {
            p.crumb { a href="/contacts" { "Contacts" } }
            @if found.contact.origins.contains(&"outlook") { img.portrait src={ "/contacts/" (id) "/photo" } alt=""; }
            h1 dir="auto" { (heading) }
            p.summary { (badges(&found.contact.origins)) " changed " (long(found.contact.changed_at)) }
        }
        div.beside {
            section aria-label="What each source says" { (side_by_side(&found, &books, &visitor.csrf)) (evidence(&found, &books)) }
            aside.side aria-label="About this contact" { (facts(&found.contact)) (mail) (named(&found.contact, &visitor.csrf)) (offer) (sayings(&found, &visitor.csrf)) }
        }
        (curl::read(&state.settings.base_url, &format!("/api/v1/contacts/{id}")))
    };
    Ok(Html(frame::signed_in(&heading, Part::Contacts, &visitor, &main).into_string()).into_response())
}

/// The people on mail who have one of the contact's addresses.
async fn mail_with(state: &State, by: &Visitor, contact: &view::Contact) -> Result<Markup, Failure> {
    let folded: Vec<String> = contact
        .addresses
        .iter()
        .filter_map(|written| model::address::Address::read(written))
        .map(|address| address.as_str().to_owned())
        .collect();
    let mut ids: Vec<_> = people::by_addresses(&state.db, by.workspace, &folded).await?.into_iter().map(|known| known.person).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut known = Vec::new();
    for id in ids {
        known.extend(read::person::find(&state.db, by.workspace, &by.sight, id).await?);
    }
    Ok(html! { @if !known.is_empty() {
        section { h2 { "Conversations" } ul { @for person in &known { li { a href={ "/people/" (person.id) } dir="auto" { (shown(&person.name)) } } } } }
    } })
}

fn facts(contact: &view::Contact) -> Markup {
    html! {
        section {
            h2 { "Reached by" }
            ul {
                @for phone in &contact.phones { li { (phone.number) @if let Some(extension) = &phone.extension { ", then " (extension) } } }
                @for address in &contact.addresses { li dir="auto" { (address) } }
            }
            @for phone in &contact.unusable_phones { p.hint { code { (phone.written) } " cannot be called. " (phone.reason) } }
            @if let Some(organisation) = &contact.organisation {
                p dir="auto" { @if let Some(job) = &contact.title { (job) " at " } (organisation) }
            }
        }
    }
}

fn side_by_side(found: &view::WholeContact, books: &Books, csrf: &str) -> Markup {
    let several = found.cards.len() > 1;
    html! {
        form method="post" action={ "/contacts/" (found.contact.id) "/part" } {
            (frame::key(csrf))
            div.cards { @for card in &found.cards { (card_of(card, books, several)) } }
            @if several {
                div.actions { button.quiet type="submit" { "The ticked ones are somebody else" } }
                p.hint { "They become contacts of their own, and no number or address joins them again until you take it back." }
            }
        }
    }
}

fn card_of(card: &view::SourceContact, books: &Books, several: bool) -> Markup {
    html! {
        div.panel {
            h2 { (title(card.origin)) }
            p.hint dir="auto" { (books.get(&card.book).map_or("", String::as_str)) }
            p dir="auto" { b { (shown(&card.name)) } }
            @if let Some(organisation) = &card.organisation { p dir="auto" { @if let Some(job) = &card.title { (job) " at " } (organisation) } }
            @for phone in &card.phones { p { (phone.written) @if phone.written != phone.number { span.faint { " = " (phone.number) } } } }
            @for phone in &card.unusable_phones { p { (phone.written) span.faint { " cannot be used" } } }
            @for address in &card.addresses { p dir="auto" { (address) } }
            p.hint { "Changed " (long(card.updated_at)) }
            @if several { label.check { input type="checkbox" name={ "source-" (card.id) } value="yes"; "Somebody else" } }
        }
    }
}

fn evidence(found: &view::WholeContact, books: &Books) -> Markup {
    let whose = |ids: &[SourceContactId]| {
        let cards = found.cards.iter().filter(|card| ids.contains(&card.id)).filter_map(|card| books.get(&card.book));
        cards.map(String::as_str).collect::<Vec<_>>().join(", ")
    };
    html! { @if !found.contact.evidence.is_empty() {
        section { h2.part-title { "Why they are one person" } ul.joins { @for evidence in &found.contact.evidence { li {
            span { @match (evidence.because, &evidence.value) {
                ("by_hand", _) => "Somebody said so.",
                ("address", Some(address)) => { "The same address: " span dir="auto" { (address) } },
                (_, value) => { "The same number: " (value.as_deref().unwrap_or_default()) },
            } }
            span.faint { (whose(&evidence.sources)) }
        } } } }
    } }
}

fn named(contact: &view::Contact, csrf: &str) -> Markup {
    let by_hand = contact.name_reason.as_deref() == Some("A person set it.");
    let action = format!("/contacts/{}/name", contact.id);
    html! {
        section {
            h2 { "Name" }
            form.inline-form method="post" action=(action) {
                (frame::key(csrf))
                label.hidden for="name" { "Name" }
                input #name name="name" value=(contact.name) required maxlength="200" autocomplete="off";
                button.quiet.small type="submit" { "Rename" }
            }
            @if let Some(reason) = &contact.name_reason { p.hint { (reason) } }
            @if by_hand { form method="post" action=(action) { (frame::key(csrf)) input type="hidden" name="as" value="sources"; button.quiet.small type="submit" { "As its sources call it" } } }
        }
    }
}

fn sayings(found: &view::WholeContact, csrf: &str) -> Markup {
    html! { @if !found.sayings.is_empty() {
        section {
            h2 { "Said by hand" }
            ul { @for saying in &found.sayings { li { @if saying.said == "joined" { "Joined" } @else { "Parted" } " by " (saying.by) ", " (long(saying.at)) } } }
            form method="post" action={ "/contacts/" (found.contact.id) "/take-back" } { (frame::key(csrf)) button.quiet.small type="submit" { "Take it back" } }
        }
    } }
}

/// `POST /contacts/{id}/name`: `name`, or `as` its sources call it.
pub async fn name(Given(state): Given<State>, Named(id): Named<ContactNoun>, form: VisitorForm) -> Result<Response, Failure> {
    let name = if form.fields.text("as") == "sources" { None } else { Some(name_in(&form)?) };
    say::name(&state.api, &form.by.asker, id, name).await?;
    Ok(back(id))
}

/// `POST /contacts/{id}/part`: the ticked sources are somebody else's.
pub async fn part(Given(state): Given<State>, Named(id): Named<ContactNoun>, form: VisitorForm) -> Result<Response, Failure> {
    let ticked: Vec<SourceContactId> = form.fields.ticked("source-").into_iter().filter_map(|id| id.parse().ok()).collect();
    if ticked.is_empty() {
        let detail = "A contact can only be parted from what it has in it.";
        return Err(wrong_field("Nothing is ticked.", detail, "Tick the sources that are somebody else's, but not all."));
    }
    say::part(&state.api, &form.by.asker, id, &ticked).await?;
    Ok(back(id))
}

/// `POST /contacts/{id}/take-back`.
pub async fn take_back(Given(state): Given<State>, Named(id): Named<ContactNoun>, form: VisitorForm) -> Result<Response, Failure> {
    say::take_back(&state.api, &form.by.asker, id).await?;
    Ok(back(id))
}

/// `GET /contacts/{id}/photo`: nothing for a contact without one, for which a page then shows nothing.
pub async fn photo(Given(state): Given<State>, visitor: Visitor, Named(id): Named<ContactNoun>) -> Result<Response, Failure> {
    let Some((kind, bytes)) = picture(&state.api, &visitor.asker, id).await? else { return Ok(StatusCode::NO_CONTENT.into_response()) };
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "private, max-age=3600")];
    Ok((headers, bytes).into_response())
}

fn back(id: ContactId) -> Response {
    Redirect::to(&format!("/contacts/{id}")).into_response()
}
