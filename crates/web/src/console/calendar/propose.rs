//! Answering an invitation with a time that would be better. Only the organizer gets it, and is named beside the button.

use api::view::{self, MeetingResponse};
use axum::extract::{Query, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::Problem;
use http::Method;
use maud::{Markup, html};
use model::id::{CalendarEvent as CalendarEventNoun, CalendarEventId};
use serde_json::{Value, json};

use super::days::Days;
use super::event::{back_to, found, title_of};
use super::new::Asked;
use super::times::Times;
use crate::console::core;
use crate::console::named::Named;
use crate::failure::Failure;
use crate::session::OwnForm;
use crate::state::State;
use crate::view::frame::{self, Part};
use crate::view::problem_page;
use crate::visitor::Visitor;

/// Answers that a proposal goes with, and what is said for them.
const ANSWERS: [(&str, &str); 2] = [("tentatively_accepted", "Maybe, if it stays as it is"), ("declined", "No, if it stays as it is")];

/// What is answered.
struct Draft {
    times: Times,
    response: String,
    comment: String,
}

/// Whether a visitor whose own copy it is may answer it with a proposal.
pub(super) fn may(event: &view::CalendarEvent) -> bool {
    !event.is_organizer && !event.is_cancelled && !event.is_all_day && event.response != MeetingResponse::Organizer
}

async fn invitation(state: &State, by: &Visitor, id: CalendarEventId) -> Result<view::CalendarEvent, Failure> {
    let event = found(state, by, id).await?;
    if may(&event) { Ok(event) } else { Err(Failure::not_found()) }
}

/// `GET /calendar/events/{id}/propose[?zone=]`: a form with the time as it is, and who would get the answer.
pub async fn propose_page(
    Given(state): Given<State>,
    visitor: Visitor,
    Named(id): Named<CalendarEventNoun>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Failure> {
    let event = invitation(&state, &visitor, id).await?;
    let times = Times::of(&event, &Days::of(&asked.zone, state.clock.now()));
    let draft = Draft { times, response: ANSWERS[0].0.to_owned(), comment: String::new() };
    Ok(Html(page(&visitor, &event, &draft, None).into_string()))
}

fn page(by: &Visitor, event: &view::CalendarEvent, draft: &Draft, refused: Option<&Problem>) -> Markup {
    let organizer = event.organizer.as_ref().filter(|organizer| !organizer.email.is_empty());
    let main = html! {
        div.heading { p.crumb { a href="/calendar" { "Calendar" } } h1 dir="auto" { (title_of(event)) } p.summary { "Another time" } }
        @if let Some(problem) = refused { (problem_page::callout(problem)) }
        form.fields method="post" action={ "/calendar/events/" (event.id) "/propose" } {
            (frame::key(&by.csrf))
            (draft.times.inputs(false))
            fieldset { legend { "Your answer" } div.checks { @for (value, words) in ANSWERS {
                label.check { input type="radio" name="response" value=(value) checked[draft.response == value]; span { (words) } } } } }
            div { label for="comment" { "A note" } textarea #comment name="comment" rows="3" dir="auto" { (draft.comment) } }
            p dir="auto" { @if let Some(organizer) = organizer { (organizer.name) " " (organizer.email) } @else { "The organizer" } " gets your answer with this time. Nobody else is told." }
            div.actions { button type="submit" { "Answer and propose" } a.button.quiet href=(back_to(event)) { "Do nothing" } }
        }
    };
    frame::signed_in("Another time", Part::Calendar, by, &main)
}

/// `POST /calendar/events/{id}/propose`: answers. What cannot be is told above what was written.
pub async fn propose(
    Given(state): Given<State>,
    visitor: Visitor,
    Named(id): Named<CalendarEventNoun>,
    form: OwnForm,
) -> Result<Response, Failure> {
    let event = invitation(&state, &visitor, id).await?;
    let text = |name: &str| form.fields.text(name).to_owned();
    let draft =
        Draft { times: Times { all_day: false, ..Times::sent(&form.fields) }, response: text("response"), comment: text("comment") };
    let (start, end) = draft.times.wanted();
    let wanted = json!({"response": draft.response, "comment": draft.comment, "proposed_new_time": {"start": start, "end": end}});
    match core::ask::<Value>(&state, &form.signed_in, Method::POST, &format!("/api/v1/calendar-events/{id}/answer"), Some(wanted)).await {
        Ok(_) => Ok(Redirect::to(&back_to(&event)).into_response()),
        Err(failure) if failure.status.is_client_error() => {
            Ok((failure.status, Html(page(&visitor, &event, &draft, Some(&failure.problem)).into_string())).into_response())
        }
        Err(failure) => Err(failure),
    }
}
