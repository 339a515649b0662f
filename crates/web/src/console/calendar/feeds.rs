//! Subscribing from another program, below the week: the feeds of the visitor's calendars, a form for a new one, and its address, which
//! is shown once.

use api::access::Scope;
use api::feeding::may_feed;
use api::read::calendar::{self, Shown};
use axum::extract::State as Given;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::Timestamp;
use http::Method;
use maud::{Markup, html};
use model::id::ConnectionId;
use serde::Deserialize;
use serde_json::{Value, json};
use store::calendar_feed::{self, CalendarFeed};

use crate::console::core;
use crate::console::named::Named;
use crate::failure::Failure;
use crate::session::{OwnForm, SignedIn};
use crate::state::State;
use crate::view::format::ago;
use crate::view::frame::{self, Part};
use crate::view::once;
use crate::visitor::Visitor;

/// How much a feed says: the API's `details` and `private_details` behind one choice, and the choice in words.
const CHOICES: [(&str, &str); 3] = [
    ("all", "What events are about; private ones are busy"),
    ("busy", "Only when I am busy"),
    ("private", "What events are about, private ones too"),
];

/// Feeds that are listed at most.
const FEEDS_MAX: u32 = 200;

/// A feed that was just made, as the API shows it.
#[derive(Deserialize)]
struct Made {
    name: String,
    url: String,
}

/// The part of the calendar's page; nothing where the visitor may have no feed.
pub(super) async fn part(state: &State, by: &Visitor, calendars: &[Shown]) -> Result<Markup, Failure> {
    let own: Vec<&Shown> = calendars.iter().filter(|shown| may_feed(&by.asker, shown)).collect();
    if own.is_empty() || by.asker.may(Scope::CalendarWrite).is_err() {
        return Ok(html! {});
    }
    let connections: Vec<ConnectionId> = own.iter().map(|shown| shown.calendar.connection).collect();
    let mut held = calendar_feed::list(&state.db, by.workspace, &connections, None, FEEDS_MAX).await?;
    held.retain(|feed| feed.revoked_at.is_none());
    Ok(html! {
        section.panel aria-labelledby="subscribe" {
            h2 #subscribe { "Subscribe from another program" }
            p { "A secret address at which a calendar program reads along, and changes nothing. Whoever has it reads it too." }
            @if !held.is_empty() { (list(&held, &by.csrf, state.clock.now())) }
            details { summary { "A new address" } (form(&own, &by.csrf)) }
        }
    })
}

fn list(feeds: &[CalendarFeed], csrf: &str, now: Timestamp) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Addresses" { table.ledger {
            thead { tr { th scope="col" { "Name" } th scope="col" { "Says" } th scope="col" { "Last read" } th scope="col" { span.hidden { "Change" } } } }
            tbody { @for feed in feeds { tr {
                td dir="auto" { (feed.name) }
                td { (says(feed)) }
                td.at { @match feed.last_read_at { Some(at) => (ago(at, now)), None => "never" } }
                td { form.actions method="post" action={ "/calendar/feeds/" (feed.id) "/act" } {
                    (frame::key(csrf))
                    button.quiet.small type="submit" name="wanted" value="renew" aria-label={ "Another address for " (feed.name) } { "Another address" }
                    button.quiet.small type="submit" name="wanted" value="revoke" aria-label={ "Revoke " (feed.name) } { "Revoke" }
                } }
            } } }
        } }
    }
}

fn says(feed: &CalendarFeed) -> &'static str {
    match (feed.details, feed.private_details) {
        (true, true) => "everything",
        (true, false) => "everything but private events",
        (false, _) => "when it is busy",
    }
}

fn form(calendars: &[&Shown], csrf: &str) -> Markup {
    let mut accounts: Vec<&Shown> = calendars.to_vec();
    accounts.dedup_by_key(|shown| shown.calendar.connection);
    html! {
        form.fields method="post" action="/calendar/feeds" {
            (frame::key(csrf))
            div { label for="feed-of" { "What it shows" } select #feed-of name="of" {
                @for shown in calendars { option value={ "calendar:" (shown.calendar.id) } { (shown.calendar.name) ", " (shown.account) } }
                @for shown in &accounts { option value={ "connection:" (shown.calendar.connection) } { "All calendars of " (shown.account) } }
            } }
            div { label for="feed-says" { "What it says" } select #feed-says name="says" {
                @for (value, words) in CHOICES { @if value != "private" || calendars.iter().any(|shown| shown.seen.own) {
                    option value=(value) { (words) }
                } }
            } }
            div.actions { button type="submit" { "Make the address" } }
        }
    }
}

/// `POST /calendar/feeds`: makes one and shows its address.
pub async fn make(Given(state): Given<State>, visitor: Visitor, form: OwnForm) -> Result<Html<String>, Failure> {
    let (says, of) = (form.fields.text("says"), form.fields.text("of"));
    let (noun, id) = of.split_once(':').unwrap_or(("calendar", of));
    let mut wanted = json!({"details": if says == "busy" { "busy" } else { "all" }, "private_details": says == "private"});
    wanted[if noun == "connection" { noun } else { "calendar" }] = json!(id);
    let made: Made = core::ask(&state, &form.signed_in, Method::POST, "/api/v1/calendar-feeds", Some(wanted)).await?;
    shown_once(&state, &visitor, &made).await
}

/// `POST /calendar/feeds/{id}/act`: revokes one, or gives it another address.
pub async fn act(
    Given(state): Given<State>,
    visitor: Visitor,
    Named(id): Named<model::id::CalendarFeed>,
    form: OwnForm,
) -> Result<Response, Failure> {
    let path = format!("/api/v1/calendar-feeds/{id}");
    if form.fields.text("wanted") == "renew" {
        let made: Made = core::ask(&state, &form.signed_in, Method::POST, &format!("{path}/renew"), None).await?;
        return Ok(shown_once(&state, &visitor, &made).await?.into_response());
    }
    revoke(&state, &form.signed_in, &path).await?;
    Ok(Redirect::to("/calendar#subscribe").into_response())
}

async fn revoke(state: &State, by: &SignedIn, path: &str) -> Result<(), Failure> {
    core::ask::<Value>(state, by, Method::DELETE, path, None).await.map(drop)
}

async fn shown_once(state: &State, by: &Visitor, made: &Made) -> Result<Html<String>, Failure> {
    let calendars = calendar::list(&state.db, &by.asker).await?;
    let main = html! {
        div.heading { p.crumb { a href="/calendar" { "Calendar" } } h1 { "Subscribe from another program" } }
        (once::shown(&format!("The address of “{}”", made.name), &made.url))
        p.hint { "In Outlook: Add calendar, Subscribe from web. In Google Calendar: Other calendars, From URL. In Apple Calendar: New calendar subscription." }
        (part(state, by, &calendars).await?)
    };
    Ok(Html(frame::signed_in("Subscribe from another program", Part::Calendar, by, &main).into_string()))
}
