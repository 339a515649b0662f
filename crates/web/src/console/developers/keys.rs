//! `GET /developers/keys`: keys of the API: making one, which is shown this once, and revoking.

use api::access::Scope;
use axum::extract::{Path, Query, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::Timestamp;
use http::Method;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::console::core::{self, Page};
use crate::console::developers::overview::{Tab, tabs};
use crate::failure::Failure;
use crate::session::{Fields, OwnForm, SignedIn};
use crate::state::State;
use crate::view::format::{ago, long};
use crate::view::frame::{self, Part};
use crate::view::message_list::older;
use crate::view::{address, curl, once};

/// Where to begin.
#[derive(Deserialize)]
pub struct Asked {
    cursor: Option<String>,
}

/// A key as the API shows it.
#[derive(Deserialize)]
struct Key {
    id: String,
    name: String,
    prefix: String,
    scopes: Vec<String>,
    mailboxes: Option<Vec<String>>,
    created_by: String,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

/// A mailbox that a key can be confined to.
#[derive(Deserialize)]
pub struct Mailbox {
    /// Its id.
    pub id: String,
    /// Its address.
    pub address: String,
}

#[derive(Deserialize)]
struct Made {
    key: String,
    name: String,
}

const LIVES: &[(&str, &str)] = &[("90", "90 days"), ("365", "A year"), ("7", "A week"), ("", "No end")];

/// What a scope allows, in words.
const fn allows(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "read everything that the mailboxes' visibility allows, and search",
        Scope::Write => "join, split and file threads, name customers",
        Scope::MailWrite => "change, move, copy and delete messages in the mailboxes that the key may use",
        Scope::CalendarWrite => "make, change, cancel and answer what stands in calendars that the key sees whole",
        Scope::Send => "send mail from the mailboxes that the key may use",
        Scope::Webhooks => "keep endpoints and their deliveries",
        Scope::Connect => "connect and disconnect mailboxes",
        Scope::Embed => "make addresses of embedded timelines",
        Scope::GraphRead => "ask Microsoft for anything in a mailbox",
        Scope::GraphWrite => "change anything in a mailbox at Microsoft",
        Scope::Archive => "bring original mail out, all of it, private mail too",
        Scope::Admin => "everything, also keys, visibility and exclusions",
    }
}

/// The page.
pub async fn keys(Given(state): Given<State>, signed_in: SignedIn, Query(asked): Query<Asked>) -> Result<Html<String>, Failure> {
    show(&state, &signed_in, asked.cursor.as_deref().unwrap_or_default(), None).await
}

async fn show(state: &State, by: &SignedIn, cursor: &str, made: Option<Made>) -> Result<Html<String>, Failure> {
    let page: Page<Key> = core::read(state, by, &address::with("/api/v1/keys", &[("cursor", cursor)])).await?;
    let mailboxes: Page<Mailbox> = core::read(state, by, "/api/v1/mailboxes?limit=200&fields=id,address").await?;
    let now = state.clock.now();
    let main = html! {
        div.heading { h1 { "Keys" } p.summary { "A program sends its key as " code { "Authorization: Bearer rpt_…" } "." } }
        (tabs(Tab::Keys, by))
        @if let Some(made) = &made { (once::shown(&format!("The key “{}”", made.name), &made.key)) }
        @if page.data.is_empty() { div.empty { h2 { "No keys yet" } p { "Make one below for each program, so that each can be revoked alone." } } }
        @else { (table(&page.data, &mailboxes.data, &by.csrf, now)) }
        @if let Some(next) = &page.next { (older(&address::with("/developers/keys", &[("cursor", next)]))) }
        (form(&mailboxes.data, &by.csrf))
        (curl::read(&state.settings.base_url, "/api/v1/keys"))
    };
    Ok(Html(frame::signed_in("Keys", Part::Developers, by, &main).into_string()))
}

fn table(keys: &[Key], mailboxes: &[Mailbox], csrf: &str, now: Timestamp) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Keys" { table.ledger {
            caption.hidden { "Keys, the latest first" }
            thead { tr {
                th scope="col" { "Name" } th scope="col" { "Key" } th scope="col" { "May" } th scope="col" { "Mailboxes" }
                th scope="col" { "Last used" } th scope="col" { "Holds until" } th scope="col" { span.hidden { "Revoke" } }
            } }
            tbody { @for key in keys { (row(key, mailboxes, csrf, now)) } }
        } }
    }
}

fn row(key: &Key, mailboxes: &[Mailbox], csrf: &str, now: Timestamp) -> Markup {
    let address = |id: &String| mailboxes.iter().find(|mailbox| mailbox.id == *id).map_or(id.clone(), |mailbox| mailbox.address.clone());
    html! {
        tr {
            td dir="auto" { (key.name) br; span.faint { "by " (key.created_by) ", " (ago(key.created_at, now)) } }
            td.short { code { (key.prefix) "_…" } }
            td { (key.scopes.join(", ")) }
            td { @match &key.mailboxes { None => "all", Some(some) => (some.iter().map(address).collect::<Vec<_>>().join(", ")) } }
            td.at { @match key.last_used_at { Some(at) => (ago(at, now)), None => "never" } }
            td.at {
                @if let Some(at) = key.revoked_at { "revoked " (ago(at, now)) }
                @else if let Some(at) = key.expires_at { @if at <= now { "ran out " } (long(at)) }
                @else { "no end" }
            }
            td { @if key.revoked_at.is_none() {
                form method="post" action={ "/developers/keys/" (key.id) "/revoke" } {
                    (frame::key(csrf)) button.quiet.small type="submit" aria-label={ "Revoke " (key.name) } { "Revoke" }
                }
            } }
        }
    }
}

fn form(mailboxes: &[Mailbox], csrf: &str) -> Markup {
    html! {
        section.panel aria-labelledby="new-key" {
            h2 #new-key { "A new key" }
            form.fields method="post" action="/developers/keys" {
                (frame::key(csrf))
                div { label for="name" { "What it is for" } input #name name="name" required maxlength="200" autocomplete="off"; }
                fieldset {
                    legend { "What it may do" }
                    @for scope in Scope::ALL {
                        label.check {
                            input type="checkbox" name={ "scope." (scope.name()) } value="yes" checked[scope == Scope::Read];
                            span { code { (scope.name()) } " " span.faint { (allows(scope)) } }
                        }
                    }
                }
                (mailbox_choice(mailboxes, &[], "All mailboxes, also those connected later, unless some are chosen."))
                div { label for="days" { "How long it holds" }
                    select #days name="days" { @for (days, words) in LIVES { option value=(days) { (words) } } } }
                div.actions { button type="submit" { "Make the key" } }
            }
        }
    }
}

/// Checkboxes of mailboxes; those in `chosen` are ticked.
pub fn mailbox_choice(mailboxes: &[Mailbox], chosen: &[String], hint: &str) -> Markup {
    html! {
        fieldset {
            legend { "Mailboxes" }
            div.checks { @for mailbox in mailboxes {
                label { input type="checkbox" name={ "mailbox." (mailbox.id) } value="yes" checked[chosen.contains(&mailbox.id)]; (mailbox.address) }
            } }
            p.hint { (hint) }
        }
    }
}

/// The mailboxes that a form has ticked.
pub fn chosen_mailboxes(fields: &Fields) -> Vec<&str> {
    fields.ticked("mailbox.")
}

/// `POST /developers/keys`: makes one and shows it.
pub async fn create(Given(state): Given<State>, form: OwnForm) -> Result<Html<String>, Failure> {
    let (by, fields) = (&form.signed_in, &form.fields);
    let days: Option<u64> = fields.text("days").parse().ok();
    let expires_at = days.map(|days| state.clock.now().plus(std::time::Duration::from_secs(days * 86_400)));
    let mailboxes = chosen_mailboxes(fields);
    let wanted = json!({
        "name": fields.text("name"), "scopes": fields.ticked("scope."), "expires_at": expires_at,
        "mailboxes": (!mailboxes.is_empty()).then_some(mailboxes),
    });
    let made: Made = core::ask(&state, by, Method::POST, "/api/v1/keys", Some(wanted)).await?;
    show(&state, by, "", Some(made)).await
}

/// `POST /developers/keys/{id}/revoke`.
pub async fn revoke(Given(state): Given<State>, Path(id): Path<String>, form: OwnForm) -> Result<Response, Failure> {
    let id: model::id::ApiKeyId = id.parse().map_err(|_| Failure::not_found())?;
    let _: Value = core::ask(&state, &form.signed_in, Method::DELETE, &format!("/api/v1/keys/{id}"), None).await?;
    Ok(Redirect::to("/developers/keys").into_response())
}
