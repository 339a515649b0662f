//! `GET /customers/{id}[?before=]`: a customer: its timeline, its people, its domains.

use api::read;
use api::view::{Customer, Domain, Person};
use axum::extract::{Query, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::{Markup, html};
use model::id::{Customer as CustomerNoun, CustomerId, ThreadId};
use model::person::PersonKind;
use serde::Deserialize;
use store::timeline::Owner;

use crate::console::customers::list::name;
use crate::console::customers::timeline;
use crate::console::named::Named;
use crate::failure::Failure;
use crate::state::State;
use crate::view::curl;
use crate::view::format::{counted, long};
use crate::view::frame::{self, Part};
use crate::view::place::Place;
use crate::visitor::Visitor;

/// People beside a timeline.
const PEOPLE: u32 = 30;

/// Where to begin.
#[derive(Deserialize)]
pub struct Asked {
    before: Option<Place<ThreadId>>,
}

/// The page.
pub async fn customer(
    Given(state): Given<State>,
    visitor: Visitor,
    Named(id): Named<CustomerNoun>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let found = find(&state, &visitor, id).await?;
    if let Some(into) = found.merged_into {
        return Ok(Redirect::to(&format!("/customers/{into}")).into_response());
    }
    let entries = timeline::read(&state, &visitor, Owner::Customer(id), asked.before.as_ref()).await?;
    let people = read::person::of_customer(&state.db, &visitor.sight, id, None, PEOPLE).await?.data;
    let (path, title) = (format!("/customers/{id}"), name(&found.name));
    let main = html! {
        div.heading {
            p.crumb { a href="/customers" { "Customers" } }
            h1 dir="auto" { (title) }
            p.summary {
                (counted(found.thread_count, "thread", "threads"))
                @if found.thread_count > 0 { ", the last conversation on " (long(found.last_at)) }
            }
        }
        div.beside {
            section aria-label="Timeline" {
                @if entries.data.is_empty() && entries.next.is_none() { (timeline::nothing(asked.before.is_some())) }
                @else { (timeline::show(&entries, Some(id), &path, state.clock.now())) }
            }
            aside.side aria-label="About this customer" {
                (people_of(&people))
                (domains_of(&found, &found.domains, &visitor.csrf))
                (by_hand(&found, &visitor.csrf))
            }
        }
        (curl::read(&state.settings.base_url, &format!("/api/v1/customers/{id}/timeline")))
    };
    Ok(Html(frame::signed_in(&title, Part::Customers, &visitor, &main).into_string()).into_response())
}

/// A customer that a visitor may know of, also one that was merged into another.
///
/// # Errors
/// 404 if there is none.
pub async fn find(state: &State, by: &Visitor, id: CustomerId) -> Result<Customer, Failure> {
    read::customer::find(&state.db, by.workspace, &by.sight, id).await?.ok_or_else(Failure::not_found)
}

fn people_of(people: &[Person]) -> Markup {
    html! {
        section {
            h2 { "People" }
            @if people.is_empty() { p.hint { "Nobody yet." } }
            ul { @for person in people {
                li { a href={ "/people/" (person.id) } dir="auto" { (name(&person.name)) }
                    @if person.kind != PersonKind::Person.name() { " " span.tag { (person.kind) } } }
            } }
            @if people.len() == PEOPLE as usize { p.hint { "The " (PEOPLE) " of the latest conversations." } }
        }
    }
}

fn domains_of(customer: &Customer, domains: &[Domain], csrf: &str) -> Markup {
    let path = format!("/customers/{}/domains", customer.id);
    html! {
        section {
            h2 { "Domains" }
            @if domains.is_empty() { p.hint { "None: mail finds its way here only by people who belong here, or by hand." } }
            ul { @for domain in domains {
                li.row-line {
                    span { (domain.domain) }
                    form method="post" action={ (path) "/remove" } {
                        (frame::key(csrf)) input type="hidden" name="domain" value=(domain.domain);
                        button.link.small type="submit" aria-label={ "Remove " (domain.domain) } { "Remove" }
                    }
                }
            } }
            form.inline-form method="post" action=(path) {
                (frame::key(csrf))
                label.hidden for="domain" { "Another domain" }
                input #domain name="domain" placeholder="acme.example" required autocomplete="off" spellcheck="false";
                button.quiet.small type="submit" { "Add" }
            }
            p.hint { "Threads with people of a domain are filed here, those of the past too, within a moment." }
        }
    }
}

fn by_hand(customer: &Customer, csrf: &str) -> Markup {
    html! {
        section {
            h2 { "Name" }
            form.inline-form method="post" action={ "/customers/" (customer.id) "/name" } {
                (frame::key(csrf))
                label.hidden for="name" { "Name" }
                input #name name="name" value=(customer.name) required maxlength="200" autocomplete="off";
                button.quiet.small type="submit" { "Rename" }
            }
            p.hint { @if customer.is_named_by_hand { "Chosen by hand: mail does not change it." } @else { "Found in mail." } }
            p { a href={ "/customers/" (customer.id) "/merge" } { "This is the same as another customer" } }
        }
    }
}
