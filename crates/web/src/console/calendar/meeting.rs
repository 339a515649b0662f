//! Meetings as they are shown: one for all who have it, on each day that it touches; in a line, and unfolded with what can be done.

use std::collections::{BTreeMap, HashMap};

use api::read::calendar::Shown;
use api::view::{self, MeetingResponse};
use jiff::civil::Date;
use maud::{Markup, html};

use super::days::{Days, Stretch, Takes};
use super::event;
use crate::view::text::shown;
use crate::visitor::Visitor;

/// People who are named in a line; others are counted.
const NAMED_MAX: usize = 2;
/// Colours of ours for calendars that have none.
const COLORS: usize = 6;

/// What several calendars may have together: one event as it is shown, and whose it is.
pub(super) struct Meeting<'a> {
    /// The event, in the visitor's own copy if there is one.
    pub event: &'a view::CalendarEvent,
    /// The calendars that have it.
    pub holders: Vec<&'a Shown>,
    /// Where the calendar of this copy stands among all that are seen.
    place: usize,
}

/// Events that are the same for everybody who has them, put together: the visitor's own copy is shown if there is one.
pub(super) fn meetings<'a>(events: &'a [view::CalendarEvent], calendars: &'a [Shown]) -> Vec<Meeting<'a>> {
    let mut meetings: Vec<Meeting<'a>> = Vec::with_capacity(events.len());
    let mut place_of = HashMap::new();
    for event in events {
        let Some(place) = calendars.iter().position(|shown| shown.calendar.id == event.calendar) else { continue };
        let holder = &calendars[place];
        let known = event.ical_uid.as_deref().map(|uid| (uid, event.start_at, event.end_at));
        match known.and_then(|known| place_of.get(&known).copied()) {
            Some(known) => {
                let meeting: &mut Meeting<'a> = &mut meetings[known];
                if holder.seen.own && !meeting.holders.iter().any(|holder| holder.seen.own) {
                    (meeting.event, meeting.place) = (event, place);
                }
                meeting.holders.push(holder);
            }
            None => {
                place_of.extend(known.map(|known| (known, meetings.len())));
                meetings.push(Meeting { event, holders: vec![holder], place });
            }
        }
    }
    meetings
}

/// What stands on each day of a stretch that has something: first what takes the whole day, then by time.
pub(super) fn by_day<'m, 'a>(days: &Days, stretch: Stretch, meetings: &'m [Meeting<'a>]) -> BTreeMap<Date, Vec<&'m Meeting<'a>>> {
    let mut by_day: BTreeMap<Date, Vec<&'m Meeting<'a>>> = BTreeMap::new();
    for meeting in meetings {
        let touched = days.touched(meeting.event);
        let on = Stretch { first: touched.first.max(stretch.first), last: touched.last.min(stretch.last) };
        on.days().for_each(|day| by_day.entry(day).or_default().push(meeting));
    }
    for (day, of_day) in &mut by_day {
        of_day.sort_by_key(|meeting| (days.takes(*day, meeting.event) != Takes::Whole, meeting.event.start_at, meeting.event.id.number()));
    }
    by_day
}

/// How much a line says.
#[derive(Clone, Copy)]
pub(super) struct Telling<'a> {
    /// Whose days they are.
    pub days: &'a Days,
    /// Who looks.
    pub by: &'a Visitor,
    /// Where the page is, to come back to.
    pub back: &'a str,
    /// Whether it is said whose calendars they are: of one alone it is clear.
    pub names_holders: bool,
    /// Whether answers are said that were expected, and lines are as long as what they say.
    pub says_everything: bool,
}

/// A day's meetings, a line each, which unfolds.
pub(super) fn list(telling: Telling<'_>, day: Date, of_day: &[&Meeting<'_>]) -> Markup {
    html! { ul.agenda.whole[telling.says_everything] { @for meeting in of_day { (row(telling, day, meeting)) } } }
}

fn row(telling: Telling<'_>, day: Date, meeting: &Meeting<'_>) -> Markup {
    let Meeting { event, holders, .. } = meeting;
    html! {
        li.off[is_off(event)] data-event=(event.id) {
            details id={ "at-" (day) "-" (event.id) } {
                summary data-row {
                    span.clock { (telling.days.clock(day, event)) }
                    span.name dir="auto" { (swatch(meeting)) (subject(event)) }
                    span.more dir="auto" { (about(meeting, telling.says_everything)) }
                    span.at dir="auto" { @if telling.names_holders { (holders.iter().map(|shown| holder(shown)).collect::<Vec<_>>().join(", ")) } }
                }
                (detail(event, holders, &deeds(telling, meeting), &inside_of(day, event)))
            }
        }
    }
}

/// The id of what an event's line unfolds: whoever goes there finds it open.
pub(super) fn inside_of(day: Date, event: &view::CalendarEvent) -> String {
    format!("in-{day}-{}", event.id)
}

/// Whether it does not take place for whoever has it.
pub(super) fn is_off(event: &view::CalendarEvent) -> bool {
    event.is_cancelled || event.response == MeetingResponse::Declined
}

/// The colour of the calendar that the shown copy is in; one of ours, where none was chosen. It says nothing that is not written too.
pub(super) fn swatch(meeting: &Meeting<'_>) -> Markup {
    let calendar = meeting.holders.iter().find(|shown| shown.calendar.id == meeting.event.calendar);
    let chosen = calendar.and_then(|shown| shown.calendar.color.as_deref());
    let is_color = |color: &&str| color.len() == 7 && color.starts_with('#') && color[1..].bytes().all(|digit| digit.is_ascii_hexdigit());
    let fill = chosen.filter(is_color).unwrap_or("currentColor");
    html! {
        svg class={ "swatch of-" (meeting.place % COLORS) } viewBox="0 0 10 10" aria-hidden="true" { circle cx="5" cy="5" r="5" fill=(fill) {} }
    }
}

/// What the visitor can do with the copy that is shown, if it is their own.
fn deeds(telling: Telling<'_>, meeting: &Meeting<'_>) -> Markup {
    let shown: Vec<&Shown> = meeting.holders.iter().copied().filter(|shown| shown.calendar.id == meeting.event.calendar).collect();
    let own = event::own(telling.by, &shown).map(|_| event::deeds(meeting.event, telling.back, &telling.days.zone_name, &telling.by.csrf));
    own.unwrap_or_default()
}

/// Whose calendar it is; which of them, if it is not the usual one.
fn holder(shown: &Shown) -> String {
    let calendar = &shown.calendar;
    let whose = [&calendar.owner.name, &calendar.owner.address].into_iter().find(|name| !name.is_empty()).unwrap_or(&shown.account);
    if calendar.is_default { whose.clone() } else { format!("{}: {whose}", calendar.name) }
}

/// What it is called, as far as it is seen.
pub(super) fn subject(event: &view::CalendarEvent) -> String {
    match &event.subject {
        Some(subject) => shown(subject).unwrap_or_else(|| "(no subject)".to_owned()),
        None if event.is_private => "Private".to_owned(),
        None => "Busy".to_owned(),
    }
}

fn about(meeting: &Meeting<'_>, says_everything: bool) -> String {
    let event = meeting.event;
    let answer = match event.response {
        MeetingResponse::NotResponded => Some("not answered"),
        MeetingResponse::TentativelyAccepted => Some("tentative"),
        MeetingResponse::Declined => Some("declined"),
        MeetingResponse::Accepted => says_everything.then_some("accepted"),
        MeetingResponse::None | MeetingResponse::Organizer => None,
    };
    let facts = [
        event.is_cancelled.then(|| "cancelled".to_owned()),
        answer.map(str::to_owned),
        event.location.as_deref().and_then(shown),
        who(meeting),
    ];
    facts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Who else is there: the organizer first, then those who were invited; the first of them by name.
fn who(meeting: &Meeting<'_>) -> Option<String> {
    let event = meeting.event;
    let own = |address: &str| meeting.holders.iter().any(|shown| shown.account.eq_ignore_ascii_case(address));
    let attendees = event.attendees.as_deref().unwrap_or_default();
    let organizer = event.organizer.as_ref().filter(|organizer| !organizer.email.is_empty() && !attendees.is_empty());
    let called = organizer.iter().map(|organizer| (organizer.name.as_str(), organizer.email.as_str()));
    let mut people: Vec<(&str, &str)> = called.filter(|(_, email)| !own(email)).collect();
    for attendee in attendees {
        let is_there = people.iter().any(|(_, email)| email.eq_ignore_ascii_case(&attendee.email));
        if !is_there && !attendee.is_resource && !own(&attendee.email) {
            people.push((&attendee.name, &attendee.email));
        }
    }
    let names: Vec<&str> = people.iter().map(|(name, email)| if name.is_empty() { *email } else { *name }).collect();
    match names.len() {
        0 => None,
        count if count > NAMED_MAX => Some(format!("{} and {} more", names[..NAMED_MAX].join(", "), count - NAMED_MAX)),
        _ => Some(names.join(", ")),
    }
}

fn detail(event: &view::CalendarEvent, holders: &[&Shown], deeds: &Markup, id: &str) -> Markup {
    let safe = |url: &Option<String>| url.clone().filter(|url| url.starts_with("https://"));
    let (join, outlook) = (safe(&event.join_url), safe(&event.web_link));
    html! {
        div.inside id=(id) {
            dl.facts {
                @for shown in holders { dt { "Calendar" } dd dir="auto" { (shown.calendar.name) ", " (shown.account) } }
                @if let Some(organizer) = &event.organizer && !organizer.email.is_empty() { dt { "Called by" } dd dir="auto" { (organizer.name) " " (organizer.email) } }
                @if let Some(place) = event.location.as_deref().and_then(shown) { dt { "Place" } dd dir="auto" { (place) } }
                @if let Some(zone) = &event.time_zone { dt { "Made in" } dd { (zone) } }
            }
            @if let Some(attendees) = event.attendees.as_ref().filter(|attendees| !attendees.is_empty()) {
                ul.attendees { @for attendee in attendees {
                    li dir="auto" { (event::name_of(attendee)) span.more { " " (answered(attendee)) } }
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
pub(super) mod tests {
    use api::read::calendar::Seen;
    use base::Timestamp;

    use super::*;

    /// An event of calendar 1 with nothing but its time.
    pub fn event(start: &str, end: &str, is_all_day: bool) -> view::CalendarEvent {
        let event = model::calendar::CalendarEvent {
            id: model::id::CalendarEventId::from_number(1),
            calendar: model::id::CalendarId::from_number(1),
            graph_id: String::new(),
            kind: model::calendar::CalendarEventKind::Single,
            series: None,
            start_at: Timestamp::parse(start).unwrap(),
            end_at: Timestamp::parse(end).unwrap(),
            detail: Some(model::calendar::Detail { is_all_day, ..Default::default() }),
        };
        view::CalendarEvent::of(event, Seen { level: api::access::Level::Everything, own: true })
    }

    /// A calendar of which nothing was read.
    pub fn calendar(id: i64, own: bool) -> Shown {
        Shown {
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
            seen: Seen { level: api::access::Level::Everything, own },
            problem: None,
        }
    }

    fn days(zone: &str) -> Days {
        Days::of(zone, Timestamp::parse("2026-03-25T12:00:00Z").unwrap())
    }

    #[test]
    fn a_meeting_that_several_have_is_shown_once_in_the_visitors_own_copy() {
        let copy = |calendar: i64, uid: Option<&str>| view::CalendarEvent {
            calendar: model::id::CalendarId::from_number(calendar),
            ical_uid: uid.map(str::to_owned),
            ..event("2026-03-25T09:00:00Z", "2026-03-25T10:00:00Z", false)
        };
        let calendars = [calendar(1, false), calendar(2, true)];
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
    fn a_day_begins_with_what_takes_all_of_it() {
        let calendars = [calendar(1, true)];
        let named = |subject: &str, start: &str, end: &str, is_all_day: bool| view::CalendarEvent {
            subject: Some(subject.into()),
            ..event(start, end, is_all_day)
        };
        let events = [
            named("late call", "2026-03-24T05:00:00Z", "2026-03-24T08:00:00Z", false),
            named("stand-up", "2026-03-24T16:00:00Z", "2026-03-24T16:15:00Z", false),
            named("holiday", "2026-03-24T00:00:00Z", "2026-03-25T00:00:00Z", true),
        ];
        let meetings = meetings(&events, &calendars);
        let shown: Vec<_> = by_day(&days("America/Los_Angeles"), Stretch::week("2026-03-24".parse().unwrap()), &meetings)
            .into_iter()
            .map(|(day, of_day)| (day.day(), of_day.iter().map(|meeting| subject(meeting.event)).collect::<Vec<_>>().join(", ")))
            .collect();
        assert_eq!(shown, [(23, "late call".to_owned()), (24, "holiday, late call, stand-up".to_owned())]);
    }

    #[test]
    fn a_line_names_the_first_people_and_counts_the_others() {
        let attendee = |name: &str, is_resource: bool| view::Attendee {
            name: name.into(),
            email: format!("{}@acme.example", name.to_lowercase()),
            is_optional: false,
            is_resource,
            response: MeetingResponse::None,
        };
        let told = |names: &[&str]| {
            let mut event = event("2026-03-25T09:00:00Z", "2026-03-25T10:00:00Z", false);
            event.organizer = Some(view::Participant { name: "Bo".into(), email: "bo@acme.example".into() });
            let own = view::Attendee { email: "1@CONTOSO.example".into(), ..attendee("Anna", false) };
            event.attendees =
                Some([own, attendee("Blue room", true)].into_iter().chain(names.iter().map(|name| attendee(name, false))).collect());
            let calendars = [calendar(1, true)];
            who(&meetings(&[event], &calendars)[0])
        };
        assert_eq!(told(&[]).as_deref(), Some("Bo"));
        assert_eq!(told(&["Bo", "Clara"]).as_deref(), Some("Bo, Clara"));
        assert_eq!(told(&["Clara", "Dan", "Eva"]).as_deref(), Some("Bo, Clara and 2 more"));
    }
}
