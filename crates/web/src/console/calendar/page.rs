//! `GET /calendar[?view=&from=&zone=]`: the calendars that a visitor sees, a week, a month or the next days of them, in the visitor's zone.
//!
//! The page's script names the zone; without it days are those of UTC. An event stands on each day that it touches; whole days
//! have no zone and stand where they were written. A meeting that several calendars have is shown once, with all that have it.
//! Days that are not mirrored are said to be so: that nothing is seen on them says nothing.

use api::calendaring::may_write;
use api::read::calendar::{self, Shown};
use axum::extract::{Query, State as Given};
use axum::response::Html;
use jiff::ToSpan as _;
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;
use store::calendar_event::Slice;

use super::days::{Days, Stretch};
use super::meeting::{self, Telling};
use super::{agenda, feeds, month, standing, week};
use crate::failure::Failure;
use crate::state::State;
use crate::view::format::grouped;
use crate::view::frame::{self, Part};
use crate::view::{address, curl, problem_page};
use crate::visitor::Visitor;

/// Events of one page that are looked at, at most.
const EVENTS_MAX: u32 = 2_000;
/// Where a calendar is connected.
const CONNECT: &str = "/auth/microsoft?provider=microsoft_calendar&return_to=/calendar";

/// The views with what they are called, the key that opens each, and what they are called in an address.
const VIEWS: [(View, &str, &str, &str); 3] =
    [(View::Week, "Week", "w", ""), (View::Month, "Month", "m", "month"), (View::Agenda, "Agenda", "a", "agenda")];

/// Which days, how, and for whom.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    view: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    zone: String,
}

/// How much of the calendar is shown, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// A week, day by day.
    Week,
    /// A month as a table.
    Month,
    /// The next days that have something.
    Agenda,
}

impl View {
    fn of(asked: &str) -> Self {
        VIEWS.iter().find(|(.., name)| *name == asked).map_or(View::Week, |(view, ..)| *view)
    }

    fn name(self) -> &'static str {
        VIEWS.iter().find(|(view, ..)| *view == self).map_or("", |(.., name)| name)
    }
}

/// Where a view of the calendar is that shows a day.
pub(super) fn at(view: View, days: &Days, day: Date) -> String {
    address::with("/calendar", &[("view", view.name()), ("from", &day.to_string()), ("zone", &days.zone_name)])
}

/// A page of the calendar.
struct Page {
    view: View,
    days: Days,
    /// The day that was asked for; of a week its Monday, of a month its first.
    from: Date,
}

impl Page {
    fn of(asked: &Asked, state: &State) -> Self {
        let (view, days) = (View::of(&asked.view), Days::of(&asked.zone, state.clock.now()));
        let chosen = days.chosen(&asked.from);
        let from = match view {
            View::Week => Stretch::week(chosen).first,
            View::Month => chosen.first_of_month(),
            View::Agenda => chosen,
        };
        Page { view, days, from }
    }

    /// The days that it shows.
    fn stretch(&self) -> Stretch {
        match self.view {
            View::Week => Stretch::week(self.from),
            View::Month => Stretch::weeks_of_month(self.from),
            View::Agenda => Stretch::from(self.from, agenda::DAYS),
        }
    }

    fn title(&self) -> String {
        match self.view {
            View::Month => self.from.strftime("%B %Y").to_string(),
            View::Week | View::Agenda => self.stretch().words(),
        }
    }

    fn address(&self) -> String {
        at(self.view, &self.days, self.from)
    }

    fn live_address(&self) -> String {
        self.address().replacen("/calendar?", "/calendar/live?", 1)
    }

    /// The page so many of its kind later.
    fn away(&self, pages: i64) -> String {
        let day = match self.view {
            View::Week => self.from.saturating_add((pages * 7).days()),
            View::Month => self.from.saturating_add(pages.months()),
            View::Agenda => self.from.saturating_add((pages * agenda::DAYS).days()),
        };
        at(self.view, &self.days, day)
    }

    /// The day that is meant when something else is opened: today, if it is shown, or else the first.
    fn day(&self) -> Date {
        let is_shown = match self.view {
            View::Month => self.days.today.first_of_month() == self.from,
            View::Week | View::Agenda => self.stretch().has(self.days.today),
        };
        if is_shown { self.days.today } else { self.from }
    }
}

/// The page.
pub async fn calendar(Given(state): Given<State>, visitor: Visitor, Query(asked): Query<Asked>) -> Result<Html<String>, Failure> {
    let page = Page::of(&asked, &state);
    let calendars = calendar::list(&state.db, &visitor.asker).await?;
    let (from, until) = page.stretch().time();
    let call = address::with("/api/v1/calendar-events", &[("from", &from.to_string()), ("until", &until.to_string())]);
    let main = html! {
        div.heading.of-mailbox #calendar data-zone=(page.days.zone_name) {
            div { h1 { "Calendar" } p.summary { (page.title()) " · " (page.days.zone_name) @if calendars.iter().any(|shown| shown.place.synced_at.is_none()) { " · being read" } } }
            (ways(&page, &calendars, &visitor))
        }
        (stopped(&calendars))
        @if calendars.is_empty() { (nothing()) } @else {
            (switch(&page))
            div.live data-live=(page.live_address()) data-live-on="calendar_event. calendar_intent." {
                (inside(&state, &visitor, &page, &calendars).await?)
            }
        }
        (feeds::part(&state, &visitor, &calendars).await?)
        (curl::read(&state.settings.base_url, &call))
    };
    Ok(Html(frame::signed_in("Calendar", Part::Calendar, &visitor, &main).into_string()))
}

/// `GET /calendar/live[?view=&from=&zone=]`: the part of the page that changes.
pub async fn live(Given(state): Given<State>, visitor: Visitor, Query(asked): Query<Asked>) -> Result<Html<String>, Failure> {
    let calendars = calendar::list(&state.db, &visitor.asker).await?;
    Ok(Html(inside(&state, &visitor, &Page::of(&asked, &state), &calendars).await?.into_string()))
}

async fn inside(state: &State, by: &Visitor, page: &Page, calendars: &[Shown]) -> Result<Markup, Failure> {
    let (days, stretch, back) = (&page.days, page.stretch(), page.address());
    let slice = Slice { behind: None, offset: 0, limit: EVENTS_MAX };
    let events = calendar::events(&state.db, calendars, stretch.time(), slice).await?;
    let meetings = meeting::meetings(&events, calendars);
    let (by_day, mirrored) = (meeting::by_day(days, stretch, &meetings), days.mirrored(calendars));
    let (names_holders, says_everything) = (calendars.len() > 1, page.view == View::Agenda);
    let telling = Telling { days, by, back: &back, names_holders, says_everything };
    Ok(html! {
        (standing::standing(&state.db, by, calendars, state.clock.now()).await?)
        @if events.len() >= EVENTS_MAX as usize { p.notice { "There is more than is shown: only the first " (grouped(EVENTS_MAX.into())) " events are." } }
        @match page.view {
            View::Week => (week::days(telling, stretch, mirrored, &by_day)),
            View::Month => (month::table(telling, page.from, mirrored, &by_day)),
            View::Agenda => (agenda::days(telling, stretch, mirrored, &by_day)),
        }
        (reach(stretch, mirrored))
    })
}

/// Which days are mirrored, if some of those that are shown are not.
fn reach(shown: Stretch, mirrored: Option<Stretch>) -> Markup {
    html! { @if let Some(mirrored) = mirrored && !(mirrored.has(shown.first) && mirrored.has(shown.last)) {
        p.hint.under { "Mirrored are the days from " (mirrored.words()) ". What stands on others is not known here, or not all of it." }
    } }
}

/// The views, of which one is open.
fn switch(page: &Page) -> Markup {
    html! {
        div.bar { nav.tabs aria-label="Views of the calendar" { @for (view, name, key, _) in VIEWS {
            a href=(at(view, &page.days, page.day())) data-key=(key) aria-current=[(view == page.view).then_some("page")] { (name) }
        } } }
    }
}

fn ways(page: &Page, calendars: &[Shown], by: &Visitor) -> Markup {
    let writes = calendars.iter().any(|shown| may_write(&by.asker, shown) && shown.calendar.can_edit);
    let new = address::with("/calendar/new", &[("day", &page.day().to_string()), ("zone", &page.days.zone_name)]);
    let (before, after) = match page.view {
        View::Week => ("Week before", "Week after"),
        View::Month => ("Month before", "Month after"),
        View::Agenda => ("Days before", "Days after"),
    };
    html! {
        p.actions {
            a.button.quiet rel="prev" href=(page.away(-1)) { (before) }
            a.button.quiet href=(at(page.view, &page.days, page.days.today)) data-key="t" { "Today" }
            a.button.quiet rel="next" href=(page.away(1)) { (after) }
            @if writes { a.button href=(new) { "New event" } }
            @if !calendars.is_empty() && !calendars.iter().any(|shown| shown.seen.own) { a.button href=(CONNECT) { "Connect a calendar" } }
        }
    }
}

/// Accounts whose calendars stand still, each once.
fn stopped(calendars: &[Shown]) -> Markup {
    let mut accounts: Vec<&Shown> = calendars.iter().filter(|shown| shown.problem.is_some()).collect();
    accounts.dedup_by_key(|shown| shown.calendar.connection);
    html! {
        @for shown in accounts {
            @if let Some(problem) = &shown.problem {
                p.summary { "The calendars of " (shown.account) " stand still." @if shown.seen.own { " " a href=(CONNECT) { "Connect again" } } }
                (problem_page::callout(problem))
            }
        }
    }
}

fn nothing() -> Markup {
    html! {
        div.empty {
            h2 { "No calendar is connected" }
            p { "Rapport asks Microsoft for your calendars alone; mail has a permission of its own." }
            p.actions { a.button href=(CONNECT) { "Connect a calendar" } }
        }
    }
}
