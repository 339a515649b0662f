//! `GET /calendar[?from=&zone=]`: a week of the calendars that a visitor sees, day by day in the visitor's zone.
//!
//! The page's script names the zone; without it days are those of UTC. An event stands on each day that it touches; whole days
//! have no zone and stand where they were written. A meeting that several calendars have is shown once, with all that have it.

use std::collections::HashMap;

use api::calendaring::may_write;
use api::read::calendar::{self, Shown};
use api::view::{self, MeetingResponse};
use axum::extract::{Query, State as Given};
use axum::response::Html;
use base::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{ToSpan as _, Zoned};
use maud::{Markup, html};
use serde::Deserialize;
use store::calendar_event::Slice;

use super::{event, feeds, standing};
use crate::failure::Failure;
use crate::state::State;
use crate::view::format::counted;
use crate::view::frame::{self, Part};
use crate::view::text::shown;
use crate::view::{address, curl, problem_page};
use crate::visitor::Visitor;

/// Events of one week that are shown at most.
const EVENTS_MAX: u32 = 1_000;
/// Where a calendar is connected.
const CONNECT: &str = "/auth/microsoft?provider=microsoft_calendar&return_to=/calendar";

/// Which week, for whom.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    from: String,
    #[serde(default)]
    zone: String,
}

/// What several calendars may have together: one event as it is shown, and whose it is.
struct Meeting<'a> {
    event: &'a view::CalendarEvent,
    holders: Vec<&'a Shown>,
}

/// Events that are the same for everybody who has them, put together: the visitor's own copy is shown if there is one.
fn meetings<'a>(events: &'a [view::CalendarEvent], calendars: &'a [Shown]) -> Vec<Meeting<'a>> {
    let mut meetings: Vec<Meeting<'a>> = Vec::with_capacity(events.len());
    let mut place_of = HashMap::new();
    for event in events {
        let Some(holder) = calendars.iter().find(|shown| shown.calendar.id == event.calendar) else { continue };
        let known = event.ical_uid.as_deref().map(|uid| (uid, event.start_at, event.end_at));
        match known.and_then(|known| place_of.get(&known).copied()) {
            Some(place) => {
                let meeting: &mut Meeting<'a> = &mut meetings[place];
                if holder.seen.own && !meeting.holders.iter().any(|holder| holder.seen.own) {
                    meeting.event = event;
                }
                meeting.holders.push(holder);
            }
            None => {
                place_of.extend(known.map(|known| (known, meetings.len())));
                meetings.push(Meeting { event, holders: vec![holder] });
            }
        }
    }
    meetings
}

/// A week in a zone.
struct Week {
    zone: TimeZone,
    zone_name: String,
    monday: Date,
    today: Date,
}

impl Week {
    fn read(asked: &Asked, now: Timestamp) -> Self {
        let known = TimeZone::get(&asked.zone).ok();
        let zone_name = known.as_ref().and_then(TimeZone::iana_name).unwrap_or("UTC").to_owned();
        let zone = known.unwrap_or(TimeZone::UTC);
        let today = local(now, &zone).date();
        let day: Date = asked.from.parse().unwrap_or(today);
        let back = i64::from(day.weekday().since(Weekday::Monday));
        Week { zone, zone_name, monday: day.checked_sub(back.days()).unwrap_or(today), today }
    }

    fn days(&self) -> impl Iterator<Item = Date> {
        let monday = self.monday;
        (0..7).filter_map(move |day: i64| monday.checked_add(day.days()).ok())
    }

    /// Its time, a day wider on both sides: whole days have no zone.
    fn time(&self) -> (Timestamp, Timestamp) {
        let bound = |days: i64| {
            let day = self.monday.checked_add(days.days()).unwrap_or(self.monday);
            let start = day.to_zoned(TimeZone::UTC).map_or(0, |start| start.timestamp().as_millisecond());
            Timestamp::from_millis(start)
        };
        (bound(-1), bound(8))
    }

    fn live_address(&self) -> String {
        address::with("/calendar/live", &[("from", &self.monday.to_string()), ("zone", &self.zone_name)])
    }

    fn address(&self, monday: Date) -> String {
        address::with("/calendar", &[("from", &monday.to_string()), ("zone", &self.zone_name)])
    }

    /// The first and the last day that an event touches.
    fn touched(&self, event: &view::CalendarEvent) -> (Date, Date) {
        let zone = if event.is_all_day { &TimeZone::UTC } else { &self.zone };
        let last = Timestamp::from_millis((event.end_at.millis() - 1).max(event.start_at.millis()));
        (local(event.start_at, zone).date(), local(last, zone).date())
    }
}

fn local(at: Timestamp, zone: &TimeZone) -> Zoned {
    jiff::Timestamp::from_millisecond(at.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_zoned(zone.clone())
}

/// The page.
pub async fn calendar(Given(state): Given<State>, visitor: Visitor, Query(asked): Query<Asked>) -> Result<Html<String>, Failure> {
    let week = Week::read(&asked, state.clock.now());
    let calendars = calendar::list(&state.db, &visitor.asker).await?;
    let slice = Slice { behind: None, offset: 0, limit: EVENTS_MAX };
    let events = calendar::events(&state.db, &calendars, week.time(), slice).await?;
    let (from, until) = week.time();
    let call = address::with("/api/v1/calendar-events", &[("from", &from.to_string()), ("until", &until.to_string())]);
    let main = html! {
        div.heading.of-mailbox #calendar data-zone=(week.zone_name) {
            div { h1 { "Calendar" } p.summary { (title(&week)) " · " (week.zone_name) @if calendars.iter().any(|shown| shown.place.synced_at.is_none()) { " · being read" } } }
            (ways(&week, &calendars, &visitor))
        }
        (stopped(&calendars))
        @if calendars.is_empty() { (nothing()) } @else {
            div.live data-live=(week.live_address()) data-live-on="calendar_event. calendar_intent." {
                (inside(&state, &visitor, &week, &calendars, &events).await?)
            }
        }
        (feeds::part(&state, &visitor, &calendars).await?)
        (curl::read(&state.settings.base_url, &call))
    };
    Ok(Html(frame::signed_in("Calendar", Part::Calendar, &visitor, &main).into_string()))
}

/// `GET /calendar/live[?from=&zone=]`: the part of the page that changes.
pub async fn live(Given(state): Given<State>, visitor: Visitor, Query(asked): Query<Asked>) -> Result<Html<String>, Failure> {
    let week = Week::read(&asked, state.clock.now());
    let calendars = calendar::list(&state.db, &visitor.asker).await?;
    let slice = Slice { behind: None, offset: 0, limit: EVENTS_MAX };
    let events = calendar::events(&state.db, &calendars, week.time(), slice).await?;
    Ok(Html(inside(&state, &visitor, &week, &calendars, &events).await?.into_string()))
}

async fn inside(state: &State, by: &Visitor, week: &Week, calendars: &[Shown], events: &[view::CalendarEvent]) -> Result<Markup, Failure> {
    let standing = standing::standing(&state.db, by, calendars, state.clock.now()).await?;
    let meetings = meetings(events, calendars);
    Ok(html! {
        (standing)
        @for day in week.days() { (day_section(week, day, &meetings, calendars.len() > 1, by)) }
    })
}

/// Today where that zone is.
pub(super) fn today(zone: &str, now: Timestamp) -> Date {
    Week::read(&Asked { from: String::new(), zone: zone.to_owned() }, now).today
}

fn title(week: &Week) -> String {
    let sunday = week.monday.checked_add(6.days()).unwrap_or(week.monday);
    let form = if week.monday.month() == sunday.month() { "%-d" } else { "%-d %B" };
    format!("{} to {}", week.monday.strftime(form), sunday.strftime("%-d %B %Y"))
}

fn ways(week: &Week, calendars: &[Shown], by: &Visitor) -> Markup {
    let writes = calendars.iter().any(|shown| may_write(&by.asker, shown) && shown.calendar.can_edit);
    let day = if week.days().any(|day| day == week.today) { week.today } else { week.monday };
    let new = address::with("/calendar/new", &[("day", &day.to_string()), ("zone", &week.zone_name)]);
    let away = |weeks: i64| week.monday.checked_add((weeks * 7).days()).unwrap_or(week.monday);
    html! {
        p.actions {
            a.button.quiet rel="prev" href=(week.address(away(-1))) { "Week before" }
            a.button.quiet href=(week.address(week.today)) { "Today" }
            a.button.quiet rel="next" href=(week.address(away(1))) { "Week after" }
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

fn day_section(week: &Week, day: Date, meetings: &[Meeting<'_>], names_holders: bool, by: &Visitor) -> Markup {
    let of_day: Vec<&Meeting<'_>> = meetings
        .iter()
        .filter(|meeting| {
            let (first, last) = week.touched(meeting.event);
            first <= day && day <= last
        })
        .collect();
    html! {
        section.day.today[day == week.today] aria-labelledby={ "day-" (day) } {
            h2 id={ "day-" (day) } { time datetime=(day) { (day.strftime("%A, %-d %B")) } @if day == week.today { span.chip { "today" } } }
            @if of_day.is_empty() { p.none { "Nothing" } } @else {
                ul.agenda { @for meeting in of_day { (row(week, day, meeting, names_holders, by)) } }
            }
        }
    }
}

fn row(week: &Week, day: Date, meeting: &Meeting<'_>, names_holders: bool, by: &Visitor) -> Markup {
    let Meeting { event, holders } = meeting;
    let is_off = event.is_cancelled || event.response == MeetingResponse::Declined;
    html! {
        li.off[is_off] data-event=(event.id) {
            details id={ "at-" (day) "-" (event.id) } {
                summary {
                    span.clock { (clock(week, day, event)) }
                    span.name dir="auto" { (subject(event)) }
                    span.more dir="auto" { (about(event)) }
                    span.at dir="auto" { @if names_holders { (holders.iter().map(|shown| holder(shown)).collect::<Vec<_>>().join(", ")) } }
                }
                (detail(event, holders, &deeds(week, meeting, by)))
            }
        }
    }
}

/// What the visitor can do with the copy that is shown, if it is their own.
fn deeds(week: &Week, meeting: &Meeting<'_>, by: &Visitor) -> Markup {
    let shown: Vec<&Shown> = meeting.holders.iter().copied().filter(|shown| shown.calendar.id == meeting.event.calendar).collect();
    let own = event::own(by, &shown).map(|_| event::deeds(meeting.event, &week.address(week.monday), &by.csrf));
    own.unwrap_or_default()
}

/// Whose calendar it is; which of them, if it is not the usual one.
fn holder(shown: &Shown) -> String {
    let calendar = &shown.calendar;
    let whose = [&calendar.owner.name, &calendar.owner.address].into_iter().find(|name| !name.is_empty()).unwrap_or(&shown.account);
    if calendar.is_default { whose.clone() } else { format!("{}: {whose}", calendar.name) }
}

fn clock(week: &Week, day: Date, event: &view::CalendarEvent) -> String {
    if event.is_all_day {
        return "all day".to_owned();
    }
    let (first, last) = week.touched(event);
    let at = |at: Timestamp| local(at, &week.zone).strftime("%H:%M").to_string();
    match (first == day, last == day) {
        (true, true) => format!("{}–{}", at(event.start_at), at(event.end_at)),
        (true, false) => format!("from {}", at(event.start_at)),
        (false, true) => format!("until {}", at(event.end_at)),
        (false, false) => "all day".to_owned(),
    }
}

fn subject(event: &view::CalendarEvent) -> String {
    match &event.subject {
        Some(subject) => shown(subject).unwrap_or_else(|| "(no subject)".to_owned()),
        None if event.is_private => "Private".to_owned(),
        None => "Busy".to_owned(),
    }
}

fn about(event: &view::CalendarEvent) -> Markup {
    let people = event.attendees.as_ref().map_or(0, Vec::len);
    let answer = match event.response {
        MeetingResponse::NotResponded => Some("not answered"),
        MeetingResponse::TentativelyAccepted => Some("tentative"),
        MeetingResponse::Declined => Some("declined"),
        MeetingResponse::None | MeetingResponse::Organizer | MeetingResponse::Accepted => None,
    };
    let facts = [
        event.is_cancelled.then(|| "cancelled".to_owned()),
        answer.map(str::to_owned),
        event.location.as_deref().and_then(shown),
        (people > 0).then(|| counted(i64::try_from(people).unwrap_or(i64::MAX), "person", "people")),
    ];
    html! { (facts.into_iter().flatten().collect::<Vec<_>>().join(" · ")) }
}

fn detail(event: &view::CalendarEvent, holders: &[&Shown], deeds: &Markup) -> Markup {
    let safe = |url: &Option<String>| url.clone().filter(|url| url.starts_with("https://"));
    let (join, outlook) = (safe(&event.join_url), safe(&event.web_link));
    html! {
        div.inside {
            dl.facts {
                @for shown in holders { dt { "Calendar" } dd dir="auto" { (shown.calendar.name) ", " (shown.account) } }
                @if let Some(organizer) = &event.organizer && !organizer.email.is_empty() { dt { "Called by" } dd dir="auto" { (organizer.name) " " (organizer.email) } }
                @if let Some(zone) = &event.time_zone { dt { "Made in" } dd { (zone) } }
            }
            @if let Some(attendees) = event.attendees.as_ref().filter(|attendees| !attendees.is_empty()) {
                ul.attendees { @for attendee in attendees {
                    li dir="auto" { (if attendee.name.is_empty() { &attendee.email } else { &attendee.name }) span.more { " " (answered(attendee)) } }
                } }
            }
            @if let Some(preview) = event.preview.as_deref().and_then(shown) { p dir="auto" { (preview) } }
            @if join.is_some() || outlook.is_some() {
                p.actions {
                    @if let Some(url) = join { a href=(url) rel="noreferrer" { "Join" } }
                    @if let Some(url) = outlook { a href=(url) rel="noreferrer" { "Open in Outlook" } }
                }
            }
            (deeds)
        }
    }
}

fn answered(attendee: &view::Attendee) -> &'static str {
    match attendee.response {
        MeetingResponse::Accepted => "comes",
        MeetingResponse::Declined => "does not come",
        MeetingResponse::TentativelyAccepted => "may come",
        MeetingResponse::Organizer => "called it",
        MeetingResponse::None | MeetingResponse::NotResponded => "has not answered",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn week(from: &str, zone: &str) -> Week {
        let asked = Asked { from: from.to_owned(), zone: zone.to_owned() };
        Week::read(&asked, Timestamp::parse("2026-03-25T12:00:00Z").unwrap())
    }

    fn event(start: &str, end: &str, is_all_day: bool) -> view::CalendarEvent {
        let detail = model::calendar::Detail { is_all_day, ..Default::default() };
        let event = model::calendar::CalendarEvent {
            id: model::id::CalendarEventId::from_number(1),
            calendar: model::id::CalendarId::from_number(1),
            graph_id: String::new(),
            kind: model::calendar::CalendarEventKind::Single,
            series: None,
            start_at: Timestamp::parse(start).unwrap(),
            end_at: Timestamp::parse(end).unwrap(),
            detail: Some(detail),
        };
        view::CalendarEvent::of(event, calendar::Seen { level: api::access::Level::Everything, own: true })
    }

    #[test]
    fn a_week_begins_on_its_monday_whatever_day_is_asked_for() {
        assert_eq!(week("2026-03-29", "Europe/Berlin").monday.to_string(), "2026-03-23");
        assert_eq!(week("nonsense", "nowhere").monday.to_string(), "2026-03-23");
        assert_eq!(week("", "nowhere").zone_name, "UTC");
        assert_eq!(week("", "Europe/Berlin").days().count(), 7);
    }

    #[test]
    fn clocks_are_the_visitors_on_both_sides_of_a_change() {
        let clock_of = |zone: &str, day: &str, start: &str, end: &str| {
            let week = week(day, zone);
            clock(&week, day.parse().unwrap(), &event(start, end, false))
        };
        assert_eq!(clock_of("Europe/Berlin", "2026-03-28", "2026-03-28T09:00:00Z", "2026-03-28T10:00:00Z"), "10:00–11:00");
        assert_eq!(clock_of("Europe/Berlin", "2026-03-30", "2026-03-30T08:00:00Z", "2026-03-30T09:00:00Z"), "10:00–11:00");
        assert_eq!(clock_of("America/New_York", "2026-03-30", "2026-03-30T08:00:00Z", "2026-03-30T09:00:00Z"), "04:00–05:00");
        assert_eq!(clock_of("Asia/Jakarta", "2026-03-31", "2026-03-30T16:00:00Z", "2026-03-30T18:00:00Z"), "until 01:00");
    }

    #[test]
    fn a_meeting_that_several_have_is_shown_once_in_the_visitors_own_copy() {
        let shown = |id: i64, own: bool| Shown {
            calendar: model::calendar::Calendar {
                id: model::id::CalendarId::from_number(id),
                workspace: model::id::WorkspaceId::from_number(1),
                connection: model::id::ConnectionId::from_number(id),
                graph_id: String::new(),
                name: "Calendar".into(),
                color: None,
                is_default: true,
                can_edit: true,
                owner: model::message::Participant::default(),
            },
            place: store::calendar::Place::beginning(),
            account: format!("{id}@contoso.example"),
            seen: calendar::Seen { level: api::access::Level::Everything, own },
            problem: None,
        };
        let copy = |calendar: i64, uid: Option<&str>| view::CalendarEvent {
            calendar: model::id::CalendarId::from_number(calendar),
            ical_uid: uid.map(str::to_owned),
            ..event("2026-03-25T09:00:00Z", "2026-03-25T10:00:00Z", false)
        };
        let calendars = [shown(1, false), shown(2, true)];
        let events = [copy(1, Some("plan")), copy(2, Some("plan")), copy(1, None), copy(2, None)];
        let told: Vec<_> = meetings(&events, &calendars)
            .iter()
            .map(|meeting| {
                (meeting.event.calendar.number(), meeting.holders.iter().map(|shown| holder(shown)).collect::<Vec<_>>().join(" and "))
            })
            .collect();
        let (one, two) = ("1@contoso.example".to_owned(), "2@contoso.example".to_owned());
        assert_eq!(told, [(2, format!("{one} and {two}")), (1, one), (2, two)]);
    }

    #[test]
    fn whole_days_stand_where_they_were_written_in_every_zone() {
        let holiday = event("2026-03-25T00:00:00Z", "2026-03-27T00:00:00Z", true);
        for zone in ["America/Los_Angeles", "UTC", "Pacific/Auckland"] {
            let (first, last) = week("", zone).touched(&holiday);
            assert_eq!((first.to_string(), last.to_string()), ("2026-03-25".to_owned(), "2026-03-26".to_owned()), "{zone}");
        }
    }
}
