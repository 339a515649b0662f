//! Changing an event that the visitor has called: its title, time and place. Where people are invited, whoever gets a message is named
//! first, and it is asked for a second time.

use api::view::{self, CalendarEventChange};
use axum::extract::{Query, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::Problem;
use http::{Method, StatusCode};
use maud::{Markup, html};
use model::id::{CalendarEvent as CalendarEventNoun, CalendarEventId};
use serde_json::{Map, Value, json};

use super::days::Days;
use super::event::{extent, found, invited, name_of, title_of};
use super::new::Asked;
use super::times::Times;
use crate::console::core;
use crate::console::named::Named;
use crate::failure::Failure;
use crate::session::{Fields, OwnForm};
use crate::state::State;
use crate::view::format::counted;
use crate::view::frame::{self, Part};
use crate::view::{address, problem_page};
use crate::visitor::Visitor;

/// What an event shall be.
struct Draft {
    subject: String,
    location: String,
    times: Times,
    whole_series: bool,
}

impl Draft {
    /// The event as it is, as a reader's clock shows it.
    fn of(event: &view::CalendarEvent, days: &Days) -> Self {
        let (subject, location) = (event.subject.clone().unwrap_or_default(), event.location.clone().unwrap_or_default());
        Draft { subject, location, times: Times::of(event, days), whole_series: false }
    }

    fn sent(fields: &Fields) -> Self {
        let (subject, location) = (fields.text("subject").to_owned(), fields.text("location").to_owned());
        Draft { subject, location, times: Times::sent(fields), whole_series: fields.text("whole_series") == "yes" }
    }

    /// What is other than before, as the API reads it: what stays is left out.
    fn wanted(&self, before: &Draft) -> Value {
        let mut wanted = Map::new();
        if self.subject != before.subject.trim() {
            wanted.insert("subject".into(), json!(self.subject));
        }
        if self.location != before.location.trim() {
            wanted.insert("location".into(), json!(self.location));
        }
        if !self.times.is(&before.times) {
            let (start, end) = self.times.wanted();
            wanted.extend([("start".into(), start), ("end".into(), end), ("is_all_day".into(), json!(self.times.all_day))]);
        }
        if self.whole_series {
            wanted.insert("whole_series".into(), json!(true));
        }
        Value::Object(wanted)
    }
}

/// An event that the visitor has called, and may change.
async fn called(state: &State, by: &Visitor, id: CalendarEventId) -> Result<view::CalendarEvent, Failure> {
    let event = found(state, by, id).await?;
    if event.is_organizer && !event.is_cancelled { Ok(event) } else { Err(Failure::not_found()) }
}

/// `GET /calendar/events/{id}/change[?zone=]`: a form with the event as it is.
pub async fn change_page(
    Given(state): Given<State>,
    visitor: Visitor,
    Named(id): Named<CalendarEventNoun>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Failure> {
    let event = called(&state, &visitor, id).await?;
    let draft = Draft::of(&event, &Days::of(&asked.zone, state.clock.now()));
    Ok(Html(page(&visitor, &event, &draft, None).into_string()))
}

fn page(by: &Visitor, event: &view::CalendarEvent, draft: &Draft, refused: Option<&Problem>) -> Markup {
    let others = invited(event).count();
    let main = html! {
        (heading(event))
        @if let Some(problem) = refused { (problem_page::callout(problem)) }
        form.fields method="post" action={ "/calendar/events/" (event.id) "/change" } {
            (frame::key(&by.csrf))
            div { label for="subject" { "Title" } input #subject name="subject" required maxlength="255" autocomplete="off" dir="auto" value=(draft.subject); }
            (draft.times.inputs(true))
            div { label for="location" { "Place" } input #location name="location" maxlength="255" autocomplete="off" dir="auto" value=(draft.location); }
            @if event.series.is_some() { div { (extent(event)) p.hint { "Of a whole series the title and the place are changed here; its times, one by one." } } }
            p.hint { @if others == 0 { "Nobody else is invited, so nobody is told." } @else { "Before anybody gets a message you see who would, and confirm." } }
            div.actions { button type="submit" { "Change" } a.button.quiet href=(back_to(draft)) { "Leave it" } }
        }
    };
    frame::signed_in("Change an event", Part::Calendar, by, &main)
}

fn heading(event: &view::CalendarEvent) -> Markup {
    html! { div.heading { p.crumb { a href="/calendar" { "Calendar" } } h1 dir="auto" { (title_of(event)) } } }
}

/// Where the event stands in the calendar afterwards.
fn back_to(draft: &Draft) -> String {
    address::with("/calendar", &[("from", draft.times.start.get(..10).unwrap_or_default()), ("zone", &draft.times.zone)])
}

/// `POST /calendar/events/{id}/change`: names who would be told, or with what was confirmed asks for it. Whoever was not named then is
/// named first.
pub async fn change(
    Given(state): Given<State>,
    visitor: Visitor,
    Named(id): Named<CalendarEventNoun>,
    form: OwnForm,
) -> Result<Response, Failure> {
    let event = called(&state, &visitor, id).await?;
    let draft = Draft::sent(&form.fields);
    let before = Draft::of(&event, &Days::of(&draft.times.zone, state.clock.now()));
    let wanted = draft.wanted(&before);
    let told = told(&event);
    let done = match check(&wanted) {
        Ok(()) if !told.is_empty() && form.fields.text("told") != told => {
            return Ok(Html(review(&visitor, &event, &before, &draft).into_string()).into_response());
        }
        Ok(()) => core::ask::<Value>(&state, &form.signed_in, Method::PATCH, &format!("/api/v1/calendar-events/{id}"), Some(wanted)).await,
        Err(failure) => Err(failure),
    };
    match done {
        Ok(_) => Ok(Redirect::to(&back_to(&draft)).into_response()),
        Err(failure) if failure.status.is_client_error() => {
            Ok((failure.status, Html(page(&visitor, &event, &draft, Some(&failure.problem)).into_string())).into_response())
        }
        Err(failure) => Err(failure),
    }
}

/// How many would be told, and the addresses; empty if nobody would.
fn told(event: &view::CalendarEvent) -> String {
    let addresses: Vec<&str> = invited(event).map(|attendee| attendee.email.as_str()).collect();
    if addresses.is_empty() { String::new() } else { format!("{}: {}", addresses.len(), addresses.join(" ")) }
}

/// What the API would say of it as it is. The times of a whole series are not those of one of it.
fn check(wanted: &Value) -> Result<(), Failure> {
    let refused = |problem: Problem| Failure::new(StatusCode::UNPROCESSABLE_ENTITY, problem);
    if wanted.get("whole_series").is_some() && wanted.get("start").is_some() {
        let (detail, action) = ("Its times are days of their own.", "Change the time of this one alone, or leave the time as it is.");
        return Err(refused(Problem::new("series_time", "The time of a whole series is not changed here.", detail, action)));
    }
    let read = serde_json::from_value::<CalendarEventChange>(wanted.clone()).map_err(|_| {
        refused(Problem::new("event_unclear", "It is not clear what is meant.", "A field cannot be read.", "Write it anew."))
    })?;
    read.deed()?.check().map_err(|fault| refused(fault.problem()))
}

/// Who would be told of what, and nothing done yet.
fn review(by: &Visitor, event: &view::CalendarEvent, before: &Draft, draft: &Draft) -> Markup {
    let count = i64::try_from(invited(event).count()).unwrap_or(i64::MAX);
    let main = html! {
        (heading(event))
        section.panel aria-labelledby="told" {
            h2 #told { (counted(count, "person gets a message", "people get a message")) " of the change" }
            ul { @for attendee in invited(event) { li dir="auto" { (name_of(attendee)) } } }
            p.hint { "Microsoft sends it in your name. Nobody else is told." }
            dl.changes {
                @if draft.subject != before.subject.trim() { dt { "Title" } dd dir="auto" { (draft.subject) } }
                @if !draft.times.is(&before.times) { dt { "Time" } dd { (draft.times.words()) } }
                @if draft.location != before.location.trim() { dt { "Place" } dd dir="auto" { @if draft.location.is_empty() { "none" } @else { (draft.location) } } }
                @if draft.whole_series { dt { "Of" } dd { "the whole series" } }
            }
            form method="post" action={ "/calendar/events/" (event.id) "/change" } {
                (frame::key(&by.csrf)) input type="hidden" name="told" value=(told(event));
                input type="hidden" name="subject" value=(draft.subject); input type="hidden" name="location" value=(draft.location);
                (draft.times.hidden()) @if draft.whole_series { input type="hidden" name="whole_series" value="yes"; }
                div.actions { button type="submit" { "Change and tell " (counted(count, "person", "people")) } a.button.quiet href=(back_to(before)) { "Leave it" } }
            }
        }
    };
    frame::signed_in("Change an event", Part::Calendar, by, &main)
}
