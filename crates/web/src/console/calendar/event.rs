//! What can be done with an event of one's own calendar: answering, cancelling, removing. Who is told is said before it is done.

use api::calendaring::may_write;
use api::read::calendar::{self, Shown};
use api::view::{self, MeetingResponse};
use axum::extract::State as Given;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::Method;
use maud::{Markup, html};
use model::id::CalendarEvent as CalendarEventNoun;
use serde_json::{Value, json};

use super::propose;
use crate::console::core;
use crate::console::deed::wrong_field;
use crate::console::named::Named;
use crate::failure::Failure;
use crate::session::OwnForm;
use crate::state::State;
use crate::view::format::{counted, long};
use crate::view::frame::{self, Part};
use crate::view::{address, text};
use crate::visitor::Visitor;

/// Answers to an invitation, and what a button says.
const ANSWERS: [(&str, &str); 3] = [("accepted", "Accept"), ("tentatively_accepted", "Maybe"), ("declined", "Decline")];

/// The copy of an event that a visitor may write, if there is one.
pub(super) fn own<'a>(by: &Visitor, holders: &[&'a Shown]) -> Option<&'a Shown> {
    holders.iter().copied().find(|shown| may_write(&by.asker, shown) && shown.calendar.can_edit)
}

/// Others than the organizer who are invited.
pub(super) fn invited(event: &view::CalendarEvent) -> impl Iterator<Item = &view::Attendee> {
    let organizer = event.organizer.as_ref().map_or("", |organizer| &organizer.email);
    event.attendees.iter().flatten().filter(move |attendee| !attendee.email.eq_ignore_ascii_case(organizer))
}

/// What somebody is called.
pub(super) fn name_of(attendee: &view::Attendee) -> &str {
    if attendee.name.is_empty() { &attendee.email } else { &attendee.name }
}

/// What an event is called.
pub(super) fn title_of(event: &view::CalendarEvent) -> String {
    event.subject.as_deref().and_then(text::shown).unwrap_or_else(|| "(no subject)".to_owned())
}

/// What can be done with it, below what is known of it. `back` is the page that shows it, `zone` the reader's.
pub(super) fn deeds(event: &view::CalendarEvent, back: &str, zone: &str, csrf: &str) -> Markup {
    let own = |deed: &str| address::with(&format!("/calendar/events/{}/{deed}", event.id), &[("zone", zone)]);
    html! {
        @if event.is_organizer {
            p.actions {
                @if !event.is_cancelled { a.button.quiet.small href=(own("change")) { "Change…" } }
                a.button.quiet.small href={ "/calendar/events/" (event.id) "/cancel" } { @if invited(event).next().is_some() { "Cancel the meeting…" } @else { "Remove…" } }
            }
        } @else {
            @if !event.is_cancelled && event.response != MeetingResponse::Organizer { (answers(event, back, csrf)) }
            p.actions {
                @if propose::may(event) { a.button.quiet.small href=(own("propose")) { "Propose another time…" } }
                a.button.quiet.small href={ "/calendar/events/" (event.id) "/cancel" } { "Remove from my calendar…" }
            }
        }
    }
}

fn answers(event: &view::CalendarEvent, back: &str, csrf: &str) -> Markup {
    let given = |answer: &str| {
        matches!(
            (answer, event.response),
            ("accepted", MeetingResponse::Accepted)
                | ("tentatively_accepted", MeetingResponse::TentativelyAccepted)
                | ("declined", MeetingResponse::Declined)
        )
    };
    html! {
        form.fields method="post" action={ "/calendar/events/" (event.id) "/act" } {
            (frame::key(csrf)) input type="hidden" name="back" value=(back);
            div { input name="comment" maxlength="1000" autocomplete="off" dir="auto" aria-label="A note to the organizer" placeholder="A note to the organizer"; }
            (extent(event))
            div.actions { @for (value, words) in ANSWERS {
                button.quiet[given(value)] type="submit" name="wanted" value=(value) aria-pressed=[given(value).then_some("true")] { (words) }
            } }
            p.hint { "The organizer is told." }
        }
    }
}

/// Whether one of a series is meant, or the series.
pub(super) fn extent(event: &view::CalendarEvent) -> Markup {
    html! { @if event.series.is_some() { label.check { input type="checkbox" name="whole_series" value="yes"; span { "The whole series" } } } }
}

/// An event that the visitor may write.
pub(super) async fn found(state: &State, by: &Visitor, id: model::id::CalendarEventId) -> Result<view::CalendarEvent, Failure> {
    let event = calendar::event(&state.db, &by.asker, id).await?.ok_or_else(Failure::not_found)?;
    let calendars = calendar::list(&state.db, &by.asker).await?;
    let holders: Vec<&Shown> = calendars.iter().filter(|shown| shown.calendar.id == event.calendar).collect();
    own(by, &holders).map(|_| event).ok_or_else(Failure::not_found)
}

/// `GET /calendar/events/{id}/cancel`: says who would be told, and does nothing.
pub async fn cancel_page(
    Given(state): Given<State>,
    visitor: Visitor,
    Named(id): Named<CalendarEventNoun>,
) -> Result<Html<String>, Failure> {
    let event = found(&state, &visitor, id).await?;
    let title = title_of(&event);
    let told = if event.is_organizer && !event.is_cancelled { i64::try_from(invited(&event).count()).unwrap_or(i64::MAX) } else { 0 };
    let main = html! {
        div.heading { p.crumb { a href="/calendar" { "Calendar" } } h1 dir="auto" { (title) } p.summary { (long(event.start_at)) } }
        section.panel aria-labelledby="told" {
            h2 #told { @if told > 0 { (counted(told, "person is told", "people are told")) " that it is cancelled" } @else { "Nobody is told" } }
            @if told > 0 { ul { @for attendee in invited(&event) { li dir="auto" { (name_of(attendee)) } } } }
            @else if !event.is_organizer { p { "It leaves your calendar; the organizer does not learn of it. To say that you do not come, decline it." } }
            form.fields method="post" action={ "/calendar/events/" (id) "/act" } {
                (frame::key(&visitor.csrf)) input type="hidden" name="back" value=(back_to(&event));
                @if told > 0 { div { label for="comment" { "A note to them" } textarea #comment name="comment" rows="3" dir="auto" {} } }
                (extent(&event))
                div.actions {
                    @if told > 0 { button type="submit" name="wanted" value="cancel" { "Cancel and tell " (counted(told, "person", "people")) } }
                    @else { button type="submit" name="wanted" value="delete" { "Remove it" } }
                    a.button.quiet href=(back_to(&event)) { "Keep it" }
                }
            }
        }
    };
    Ok(Html(frame::signed_in(&title, Part::Calendar, &visitor, &main).into_string()))
}

/// The week in which it is.
pub(super) fn back_to(event: &view::CalendarEvent) -> String {
    format!("/calendar?from={}", &event.start_at.to_string()[..10])
}

/// `POST /calendar/events/{id}/act`: answers, cancels or removes.
pub async fn act(Given(state): Given<State>, Named(id): Named<CalendarEventNoun>, form: OwnForm) -> Result<Response, Failure> {
    let (fields, path) = (&form.fields, format!("/api/v1/calendar-events/{id}"));
    let (comment, whole_series) = (fields.text("comment"), fields.text("whole_series") == "yes");
    let (method, path, body) = match fields.text("wanted") {
        answer if ANSWERS.iter().any(|(value, _)| *value == answer) => {
            (Method::POST, format!("{path}/answer"), Some(json!({"response": answer, "comment": comment, "whole_series": whole_series})))
        }
        "cancel" => (Method::POST, format!("{path}/cancel"), Some(json!({"comment": comment, "whole_series": whole_series}))),
        "delete" => (Method::DELETE, format!("{path}?whole_series={whole_series}"), None),
        _ => {
            let action = "Go back, reload the page and choose again.";
            return Err(wrong_field("It is not clear what shall be done.", "The form named nothing that can be done.", action));
        }
    };
    let _: Value = core::ask(&state, &form.signed_in, method, &path, body).await?;
    let back = Some(fields.text("back")).filter(|back| back.starts_with("/calendar?") || *back == "/calendar").unwrap_or("/calendar");
    Ok(Redirect::to(back).into_response())
}
