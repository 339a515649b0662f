//! `GET /people/{id}[?before=]`: a person: addresses, customer, timeline; and what can be changed by hand.

use api::read;
use api::view::Customer;
use axum::extract::{Query, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::{Markup, html};
use model::id::{Person as PersonNoun, PersonId, ThreadId};
use model::person::{Person, PersonAddress, PersonKind};
use serde::Deserialize;
use serde_json::json;
use store::person as rows;
use store::timeline::Owner;

use crate::console::customers::change::name_in;
use crate::console::customers::choose::{self, chosen};
use crate::console::customers::customer;
use crate::console::customers::list::name;
use crate::console::customers::timeline;
use crate::console::deed::perform;
use crate::console::named::Named;
use crate::failure::Failure;
use crate::state::State;
use crate::view::curl;
use crate::view::format::long;
use crate::view::frame::{self, Part};
use crate::view::place::Place;
use crate::visitor::{Visitor, VisitorForm};

/// Where to begin.
#[derive(Deserialize)]
pub struct Asked {
    before: Option<Place<ThreadId>>,
}

/// The page.
pub async fn person(
    Given(state): Given<State>,
    visitor: Visitor,
    Named(id): Named<PersonNoun>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let found = find(&state, &visitor, id).await?;
    if let Some(into) = found.merged_into {
        return Ok(back(into));
    }
    let entries = timeline::read(&state, &visitor, Owner::Person(id), asked.before.as_ref()).await?;
    let addresses = rows::addresses_of(&state.db, &[id]).await?;
    let at = customer_of(&state, &visitor, &found).await?;
    let title = name(&found.name);
    let main = html! {
        (head(&found, at.as_ref(), &title))
        div.beside {
            section aria-label="Timeline" {
                @if entries.data.is_empty() && entries.next.is_none() { (timeline::nothing(asked.before.is_some())) }
                @else { (timeline::show(&entries, None, &format!("/people/{id}"), state.clock.now())) }
            }
            aside.side aria-label="About this person" {
                (addresses_of(&addresses))
                (belongs(&found, at.as_ref(), &visitor.csrf))
                (named(&found, &visitor.csrf))
            }
        }
        (curl::read(&state.settings.base_url, &format!("/api/v1/people/{id}/timeline")))
    };
    Ok(Html(frame::signed_in(&title, Part::Customers, &visitor, &main).into_string()).into_response())
}

/// A person whom a visitor may know of, also one who turned out to be another.
async fn find(state: &State, by: &Visitor, id: PersonId) -> Result<Person, Failure> {
    read::person::find(&state.db, by.workspace, &by.sight, id).await?.ok_or_else(Failure::not_found)?;
    rows::find(&state.db, by.workspace, id).await?.ok_or_else(Failure::not_found)
}

async fn customer_of(state: &State, by: &Visitor, person: &Person) -> Result<Option<Customer>, Failure> {
    match person.customer {
        Some(id) => Ok(read::customer::find(&state.db, by.workspace, &by.sight, id).await?),
        None => Ok(None),
    }
}

fn head(person: &Person, at: Option<&Customer>, title: &str) -> Markup {
    html! {
        div.heading {
            p.crumb {
                a href="/customers" { "Customers" }
                @if let Some(at) = at { " / " a href={ "/customers/" (at.id) } dir="auto" { (name(&at.name)) } }
            }
            h1 dir="auto" { (title) }
            p.summary {
                @match person.kind {
                    PersonKind::Person => {},
                    PersonKind::Role => { "An address that several people read. " },
                    PersonKind::List => { "A mailing list. Its mail is filed under no customer. " },
                    PersonKind::Automatic => { "A program. Its mail is filed under no customer. " },
                }
                "The last conversation was on " (long(person.last_at))
            }
        }
    }
}

fn addresses_of(addresses: &[PersonAddress]) -> Markup {
    html! {
        section { h2 { "Addresses" } ul { @for address in addresses { li { (name(&address.written)) } } } }
    }
}

fn belongs(person: &Person, at: Option<&Customer>, csrf: &str) -> Markup {
    let path = format!("/people/{}/customer", person.id);
    html! {
        section {
            h2 { "Customer" }
            p dir="auto" { @match at { Some(at) => a href={ "/customers/" (at.id) } { (name(&at.name)) }, None => "None" } }
            p.hint {
                @if person.customer_by_hand { "Said by hand." }
                @else if person.domain.is_empty() { "An address of a provider of mail for everyone makes no customer." }
                @else { "By the domain " (person.domain) "." }
            }
            p { a href=(path) { "Change" } }
            @if person.customer_by_hand {
                form method="post" action=(path) { (frame::key(csrf)) input type="hidden" name="by" value="domain";
                    button.quiet.small type="submit" { "Back to the domain" } }
            }
        }
    }
}

fn named(person: &Person, csrf: &str) -> Markup {
    html! {
        section {
            h2 { "Name" }
            form.inline-form method="post" action={ "/people/" (person.id) "/name" } {
                (frame::key(csrf))
                label.hidden for="name" { "Name" }
                input #name name="name" value=(person.name) required maxlength="200" autocomplete="off";
                button.quiet.small type="submit" { "Rename" }
            }
            p.hint { @if person.named_by_hand { "Chosen by hand: mail does not change it." } @else { "As the person writes it." } }
        }
    }
}

/// `POST /people/{id}/name`.
pub async fn rename(Given(state): Given<State>, Named(id): Named<PersonNoun>, form: VisitorForm) -> Result<Response, Failure> {
    let name = name_in(&form)?;
    find(&state, &form.by, id).await?;
    let statements = rows::rename(form.by.workspace, id, name, state.clock.now());
    perform(&state, &form.by, ("person.rename", id.to_string()), json!({}), statements).await?;
    Ok(back(id))
}

/// `GET /people/{id}/customer[?q=]`: where the person belongs.
pub async fn place_page(
    Given(state): Given<State>,
    visitor: Visitor,
    Named(id): Named<PersonNoun>,
    Query(asked): Query<choose::Asked>,
) -> Result<Html<String>, Failure> {
    let found = find(&state, &visitor, id).await?;
    let path = format!("/people/{id}/customer");
    let main = html! {
        div.heading {
            p.crumb { a href="/customers" { "Customers" } " / " a href={ "/people/" (id) } dir="auto" { (name(&found.name)) } }
            h1 { "To which customer does this person belong?" }
            p.summary { "Threads with this person are filed there, those of the past too, within a moment." }
        }
        @if found.customer.is_some() {
            form method="post" action=(path) { (frame::key(&visitor.csrf)) input type="hidden" name="by" value="none";
                button.quiet type="submit" { "To none" } }
        }
        (choose::list(&state, &visitor, &asked, &path, found.customer, "Belongs here").await?)
    };
    Ok(Html(frame::signed_in("Customer", Part::Customers, &visitor, &main).into_string()))
}

/// `POST /people/{id}/customer`: to `customer`, or by `none`, or by the `domain` again.
pub async fn place(Given(state): Given<State>, Named(id): Named<PersonNoun>, form: VisitorForm) -> Result<Response, Failure> {
    let (by, at) = (&form.by, state.clock.now());
    find(&state, by, id).await?;
    let (statements, detail) = match form.fields.text("by") {
        "domain" => (rows::follow_domain(by.workspace, id, &by.actor, at), json!({ "by": "domain" })),
        "none" => (rows::set_customer(by.workspace, id, None, &by.actor, at), json!({ "customer": null })),
        _ => {
            let customer = customer::find(&state, by, chosen(&form)?).await?.id;
            (rows::set_customer(by.workspace, id, Some(customer), &by.actor, at), json!({ "customer": customer.to_string() }))
        }
    };
    perform(&state, by, ("person.place", id.to_string()), detail, statements).await?;
    Ok(back(id))
}

fn back(id: PersonId) -> Response {
    Redirect::to(&format!("/people/{id}")).into_response()
}
