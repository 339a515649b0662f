//! `GET /calendar/new[?day=&zone=]`: a form for a new event. Where people would be invited, they are named first, and asked for a second
//! time: who is not on that page gets nothing.

use api::calendaring::may_write;
use api::read::calendar::{self, Shown};
use api::view::NewCalendarEvent;
use axum::extract::{Query, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::{Problem, random};
use http::{Method, StatusCode};
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};

use super::times::Times;
use crate::console::core;
use crate::failure::Failure;
use crate::session::{Fields, OwnForm};
use crate::state::State;
use crate::view::format::counted;
use crate::view::frame::{self, Part};
use crate::view::{address, problem_page};
use crate::visitor::Visitor;

/// What the form has, in its order.
const FIELDS: [&str; 12] =
    ["calendar", "subject", "start", "end", "all_day", "zone", "location", "attendees", "online", "private", "text", "once"];

/// For which day, in whose zone.
#[derive(Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    day: String,
    #[serde(default)]
    pub(super) zone: String,
}

/// What has been written so far: it is not lost when it cannot be done.
struct Draft([String; 12]);

impl Draft {
    /// An empty one: an hour of that day.
    fn beginning(asked: &Asked, today: Date) -> Self {
        let day: Date = asked.day.parse().unwrap_or(today);
        let times = Times::an_hour_of(day, &asked.zone);
        let mut draft = Draft(FIELDS.map(|_| String::new()));
        for (name, value) in [("start", times.start), ("end", times.end), ("zone", times.zone), ("once", random::token())] {
            draft.set(name, value);
        }
        draft
    }

    fn of(fields: &Fields) -> Self {
        Draft(FIELDS.map(|name| fields.text(name).to_owned()))
    }

    fn text(&self, name: &str) -> &str {
        FIELDS.iter().position(|known| *known == name).map_or("", |place| &self.0[place])
    }

    fn set(&mut self, name: &str, value: String) {
        if let Some(place) = FIELDS.iter().position(|known| *known == name) {
            self.0[place] = value;
        }
    }

    fn is(&self, name: &str) -> bool {
        self.text(name) == "yes"
    }

    /// Addresses, one a line or parted by commas.
    fn attendees(&self) -> Vec<&str> {
        self.text("attendees").split(['\n', ',', ';']).map(str::trim).filter(|address| !address.is_empty()).collect()
    }

    fn times(&self) -> Times {
        let text = |name: &str| self.text(name).to_owned();
        Times { start: text("start"), end: text("end"), all_day: self.is("all_day"), zone: text("zone") }
    }

    /// As the API reads it.
    fn wanted(&self) -> Value {
        let (times, all_day) = (self.times(), self.is("all_day"));
        let (start, end) = times.wanted();
        let attendees: Vec<Value> = self.attendees().into_iter().map(|address| json!({"email": address})).collect();
        json!({
            "calendar": self.text("calendar"), "subject": self.text("subject"), "start": start, "end": end, "is_all_day": all_day, "location": self.text("location"), "text": self.text("text"),
            "attendees": attendees, "online_meeting": self.is("online"), "is_private": self.is("private"),
        })
    }
}

/// The calendars that a visitor may write.
pub(super) async fn writable(state: &State, by: &Visitor) -> Result<Vec<Shown>, Failure> {
    let mut calendars = calendar::list(&state.db, &by.asker).await?;
    calendars.retain(|shown| may_write(&by.asker, shown) && shown.calendar.can_edit);
    Ok(calendars)
}

/// `GET /calendar/new`.
pub async fn new_page(Given(state): Given<State>, visitor: Visitor, Query(asked): Query<Asked>) -> Result<Html<String>, Failure> {
    let today = super::days::Days::of(&asked.zone, state.clock.now()).today;
    page(&state, &visitor, &Draft::beginning(&asked, today), None).await
}

async fn page(state: &State, by: &Visitor, draft: &Draft, refused: Option<&Problem>) -> Result<Html<String>, Failure> {
    let calendars = writable(state, by).await?;
    let main = html! {
        div.heading { p.crumb { a href="/calendar" { "Calendar" } } h1 { "New event" } }
        @if calendars.is_empty() {
            div.empty { h2 { "No calendar that you can write" } p {
                @if by.asker.is_administrator() { "An administrator sees calendars and writes none: a calendar's own person writes it, signed in by Microsoft." }
                @else { "You write into your own calendars: connect one, and permit writing." }
            } }
        } @else { (form(&calendars, draft, refused, &by.csrf)) }
    };
    Ok(Html(frame::signed_in("New event", Part::Calendar, by, &main).into_string()))
}

fn form(calendars: &[Shown], draft: &Draft, refused: Option<&Problem>, csrf: &str) -> Markup {
    let tick = |name: &str, words: &str| {
        html! { label.check { input type="checkbox" name=(name) value="yes" checked[draft.is(name)]; span { (words) } } }
    };
    html! {
        @if let Some(problem) = refused { (problem_page::callout(problem)) }
        form.fields method="post" action="/calendar/new" {
            (frame::key(csrf)) input type="hidden" name="once" value=(draft.text("once"));
            div { label for="subject" { "Title" } input #subject name="subject" required maxlength="255" autocomplete="off" dir="auto" value=(draft.text("subject")); }
            @if calendars.len() == 1 { input type="hidden" name="calendar" value=(calendars[0].calendar.id); } @else {
                div { label for="calendar" { "Calendar" } select #calendar name="calendar" { @for shown in calendars {
                    @let id = shown.calendar.id.to_string();
                    option value=(id) selected[draft.text("calendar") == id] { (shown.calendar.name) ", " (shown.account) } } } }
            }
            (draft.times().inputs(true))
            div { label for="location" { "Place" } input #location name="location" maxlength="255" autocomplete="off" dir="auto" value=(draft.text("location")); }
            div { label for="attendees" { "Invite" } textarea #attendees name="attendees" rows="3" spellcheck="false" aria-describedby="of-attendees" { (draft.text("attendees")) }
                p.hint #of-attendees { "Addresses, one a line. Before anybody gets an invitation you see who would, and confirm. Leave it empty and nobody is told." } }
            div { div.checks { (tick("online", "Teams meeting")) (tick("private", "Private, for you alone")) } }
            div { label for="text" { "Text" } textarea #text name="text" rows="6" dir="auto" { (draft.text("text")) } }
            div.actions { button type="submit" { "Put into the calendar" } }
        }
    }
}

/// `POST /calendar/new`: names who would be invited, or with `confirmed` asks for it. What cannot be is told above what was written.
pub async fn make(Given(state): Given<State>, visitor: Visitor, form: OwnForm) -> Result<Response, Failure> {
    let (draft, confirmed) = (Draft::of(&form.fields), form.fields.text("confirmed") == "yes");
    let wanted = draft.wanted();
    if !draft.attendees().is_empty() && !confirmed {
        return match check(&wanted) {
            Ok(()) => Ok(Html(review(&visitor, &draft).into_string()).into_response()),
            Err(failure) => refused(&state, &visitor, &draft, failure).await,
        };
    }
    let once = draft.text("once");
    match core::ask_once::<Value>(&state, &form.signed_in, Method::POST, "/api/v1/calendar-events", Some(wanted), once).await {
        Ok(_) => {
            let day = draft.text("start").get(..10).unwrap_or_default();
            Ok(Redirect::to(&address::with("/calendar", &[("from", day), ("zone", draft.text("zone"))])).into_response())
        }
        Err(failure) => refused(&state, &visitor, &draft, failure).await,
    }
}

/// What the API would say of it as it is.
fn check(wanted: &Value) -> Result<(), Failure> {
    let read = serde_json::from_value::<NewCalendarEvent>(wanted.clone()).map_err(|_| {
        let action = "Choose one of your calendars, and write the times anew.";
        Failure::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            Problem::new("event_unclear", "It is not clear what is meant.", "A field cannot be read.", action),
        )
    })?;
    read.deed()?.check().map_err(|fault| Failure::new(StatusCode::UNPROCESSABLE_ENTITY, fault.problem()))
}

async fn refused(state: &State, by: &Visitor, draft: &Draft, failure: Failure) -> Result<Response, Failure> {
    if !failure.status.is_client_error() {
        return Err(failure);
    }
    Ok((failure.status, page(state, by, draft, Some(&failure.problem)).await?).into_response())
}

/// Who would be invited, each by name, and nothing done yet.
fn review(by: &Visitor, draft: &Draft) -> Markup {
    let attendees = draft.attendees();
    let count = i64::try_from(attendees.len()).unwrap_or(i64::MAX);
    let main = html! {
        div.heading { p.crumb { a href="/calendar" { "Calendar" } } h1 dir="auto" { (draft.text("subject")) } }
        section.panel aria-labelledby="invited" {
            h2 #invited { (counted(count, "person gets an invitation", "people get an invitation")) }
            ul { @for address in &attendees { li { (address) } } }
            p.hint { "Microsoft sends it in your name as soon as the event is made. Nobody else is told." }
            form method="post" action="/calendar/new" {
                (frame::key(&by.csrf)) input type="hidden" name="confirmed" value="yes";
                @for name in FIELDS { input type="hidden" name=(name) value=(draft.text(name)); }
                div.actions { button type="submit" { "Invite " (counted(count, "person", "people")) } a.button.quiet href="/calendar" { "Do nothing" } }
            }
        }
    };
    frame::signed_in("New event", Part::Calendar, by, &main)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(pairs: &[(&str, &str)]) -> Draft {
        let mut draft = Draft::beginning(&Asked { day: "2026-03-02".into(), zone: "Europe/Berlin".into() }, Date::constant(2026, 1, 1));
        pairs.iter().for_each(|(name, value)| draft.set(name, (*value).to_owned()));
        draft
    }

    #[test]
    fn a_form_begins_with_an_hour_of_its_day_in_the_readers_zone() {
        let wanted = draft(&[]).wanted();
        assert_eq!(wanted["start"], json!({"date_time": "2026-03-02T09:00:00", "time_zone": "Europe/Berlin"}));
        assert_eq!(wanted["end"]["date_time"], "2026-03-02T10:00:00");
        assert_ne!(draft(&[]).text("once"), draft(&[]).text("once"), "each form is sent once");
    }

    #[test]
    fn of_whole_days_the_last_is_included() {
        let wanted = draft(&[("all_day", "yes"), ("end", "2026-03-03T10:00")]).wanted();
        assert_eq!(
            (&wanted["start"]["date_time"], &wanted["end"]["date_time"]),
            (&json!("2026-03-02T00:00:00"), &json!("2026-03-04T00:00:00"))
        );
    }

    #[test]
    fn attendees_are_named_one_a_line_or_with_commas() {
        assert_eq!(
            draft(&[("attendees", "a@x.example\r\n b@x.example, c@x.example;\n")]).attendees(),
            ["a@x.example", "b@x.example", "c@x.example"]
        );
    }
}
