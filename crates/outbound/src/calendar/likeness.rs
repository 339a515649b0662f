//! Likeness: how an event is to be written, and whether it is so already. Pure.
//!
//! Attendees are replaced whole at Microsoft, so whoever is invited already is named again, in the role that they have; nobody else is
//! named who was not asked for. Texts are compared by their words: Exchange keeps every text as HTML and adds what belongs to an online
//! meeting.

use base::Timestamp;
use graph::calendar::write::{EventProperties, EventState, Invited, InvitedAddress, Place, TextBody};
use graph::calendar::{Attendee, DateTimeTimeZone};
use jiff::civil::DateTime;
use model::calendar_intent::{self as wanted, CalendarEventUpdate, LocalTime, NewCalendarEvent, ShowAs, Span};

/// A new event, known by this `transactionId`.
pub(super) fn of_new(new: &NewCalendarEvent, transaction_id: String) -> EventProperties {
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    EventProperties {
        transaction_id: Some(transaction_id),
        subject: Some(new.subject.clone()),
        body: some(&new.text).map(TextBody::new),
        start: Some(time(&new.span.start)),
        end: Some(time(&new.span.end)),
        is_all_day: Some(new.span.is_all_day),
        location: some(&new.location).map(|display_name| Place { display_name }),
        attendees: (!new.attendees.is_empty()).then(|| new.attendees.iter().map(invited).collect()),
        show_as: new.show_as.map(ShowAs::name),
        sensitivity: new.is_private.then_some("private"),
        is_reminder_on: new.reminder_minutes.map(|_| true),
        reminder_minutes_before_start: new.reminder_minutes,
        is_online_meeting: new.online_meeting.then_some(true),
        online_meeting_provider: new.online_meeting.then_some("teamsForBusiness"),
        recurrence: new.recurrence.as_ref().map(|recurrence| serde_json::to_value(recurrence).expect("a recurrence is JSON")),
    }
}

/// What of an event changes.
pub(super) fn of_update(update: &CalendarEventUpdate, now: &EventState) -> EventProperties {
    EventProperties {
        subject: update.subject.clone(),
        body: update.text.as_ref().map(TextBody::new),
        start: update.span.as_ref().map(|span| time(&span.start)),
        end: update.span.as_ref().map(|span| time(&span.end)),
        is_all_day: update.span.as_ref().map(|span| span.is_all_day),
        location: update.location.clone().map(|display_name| Place { display_name }),
        attendees: update.is_relative().then(|| attendees(update, now)),
        show_as: update.show_as.map(ShowAs::name),
        sensitivity: update.is_private.map(|private| if private { "private" } else { "normal" }),
        is_reminder_on: update.reminder_minutes.map(|_| true),
        reminder_minutes_before_start: update.reminder_minutes,
        ..EventProperties::default()
    }
}

pub(super) fn time(time: &LocalTime) -> DateTimeTimeZone {
    DateTimeTimeZone { date_time: Some(time.date_time.to_string()), time_zone: Some(time.time_zone.clone()) }
}

fn invited(invited: &wanted::Invited) -> Invited {
    let email_address = InvitedAddress { address: invited.who.address.clone(), name: invited.who.name.clone() };
    Invited { kind: invited.role.name().to_owned(), email_address }
}

fn attendees(update: &CalendarEventUpdate, now: &EventState) -> Vec<Invited> {
    let has = |address: &str| known(now).any(|known| known.eq_ignore_ascii_case(address));
    let goes = |address: &str| update.remove_attendees.iter().any(|gone| gone.eq_ignore_ascii_case(address));
    let there = now.event.attendees.iter().flatten().filter(|attendee| !goes(address_of(attendee)));
    let there = there.map(|attendee| Invited {
        kind: attendee.kind.clone().unwrap_or_else(|| "required".to_owned()),
        email_address: InvitedAddress {
            address: address_of(attendee).to_owned(),
            name: attendee.email_address.as_ref().and_then(|address| address.name.clone()).unwrap_or_default(),
        },
    });
    there.chain(update.add_attendees.iter().filter(|new| !has(&new.who.address)).map(invited)).collect()
}

fn address_of(attendee: &Attendee) -> &str {
    attendee.email_address.as_ref().and_then(|address| address.address.as_deref()).unwrap_or_default()
}

fn known(state: &EventState) -> impl Iterator<Item = &str> {
    state.event.attendees.iter().flatten().map(address_of)
}

/// Whether an event has anybody who would be told of a change: whoever called it does not count.
pub(super) fn has_attendees(state: &EventState) -> bool {
    let organizer = state.event.organizer.as_ref().map_or("", |organizer| organizer.address());
    known(state).any(|address| !address.is_empty() && !address.eq_ignore_ascii_case(organizer))
}

/// Whether only its owner sees what it is about.
pub(super) fn is_private(state: &EventState) -> bool {
    matches!(state.event.sensitivity.as_deref(), Some("private" | "confidential"))
}

/// Whether an event is so already, but for its text.
pub(super) fn is_met_by(update: &CalendarEventUpdate, state: &EventState) -> bool {
    let event = &state.event;
    let place = event.location.as_ref().and_then(|place| place.display_name.as_deref()).unwrap_or_default();
    let has = |address: &str| known(state).any(|known| known.eq_ignore_ascii_case(address));
    update.subject.as_ref().is_none_or(|subject| event.subject.as_deref().unwrap_or_default() == subject)
        && update.span.as_ref().is_none_or(|span| is_then(span, state))
        && update.location.as_ref().is_none_or(|wanted| place == wanted)
        && update.show_as.is_none_or(|wanted| event.show_as.as_deref() == Some(wanted.name()))
        && update.is_private.is_none_or(|wanted| is_private(state) == wanted)
        && update
            .reminder_minutes
            .is_none_or(|wanted| state.is_reminder_on == Some(true) && state.reminder_minutes_before_start == Some(i64::from(wanted)))
        && update.add_attendees.iter().all(|new| has(&new.who.address))
        && !update.remove_attendees.iter().any(|gone| has(gone))
}

/// Whether its text says what it is to say.
pub(super) fn text_is_met_by(update: &CalendarEventUpdate, state: &EventState) -> bool {
    let Some(wanted) = &update.text else { return true };
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let there = words(state.body.as_ref().and_then(|body| body.content.as_deref()).unwrap_or_default());
    if wanted.trim().is_empty() { there.is_empty() } else { there == words(wanted) }
}

fn is_then(span: &Span, state: &EventState) -> bool {
    let event = &state.event;
    if event.is_all_day.unwrap_or_default() != span.is_all_day {
        return false;
    }
    let is_at = |wanted: &LocalTime, there: Option<&DateTimeTimeZone>| match span.is_all_day {
        true => there.and_then(day).is_some_and(|there| there == wanted.date_time),
        false => there.and_then(DateTimeTimeZone::utc).is_some_and(|there| moment(wanted) == Some(there)),
    };
    is_at(&span.start, event.start.as_ref()) && is_at(&span.end, event.end.as_ref())
}

fn moment(time: &LocalTime) -> Option<Timestamp> {
    time.moment()
}

/// Whole days have no zone: their midnights are compared as they are written.
fn day(time: &DateTimeTimeZone) -> Option<DateTime> {
    time.date_time.as_deref()?.trim_end_matches('Z').parse().ok()
}

#[cfg(test)]
mod tests {
    use graph::calendar::write::EventState;
    use model::calendar_intent::Role;
    use model::message::Participant;
    use serde_json::{Value, json};

    use super::*;

    fn state() -> EventState {
        let attendee = |kind: &str, address: &str| json!({"type": kind, "emailAddress": {"name": "B", "address": address}});
        read(json!({
            "id": "e1", "changeKey": "k", "subject": "Plan", "isAllDay": false, "isOrganizer": true, "showAs": "busy", "sensitivity": "normal",
            "body": {"contentType": "text", "content": "Hello,\r\n\r\n we meet."}, "isReminderOn": true, "reminderMinutesBeforeStart": 15,
            "start": {"dateTime": "2026-03-02T08:00:00.0000000", "timeZone": "UTC"}, "location": {"displayName": "Room 4"},
            "end": {"dateTime": "2026-03-02T09:00:00.0000000", "timeZone": "UTC"},
            "attendees": [attendee("optional", "Bo@acme.example"), attendee("required", "cy@acme.example")],
        }))
    }

    fn read(state: Value) -> EventState {
        serde_json::from_value(state).unwrap()
    }

    fn local(text: &str) -> LocalTime {
        LocalTime { date_time: text.parse().unwrap(), time_zone: "W. Europe Standard Time".into() }
    }

    fn somebody(address: &str) -> wanted::Invited {
        wanted::Invited { who: Participant { name: String::new(), address: address.into() }, role: Role::Required }
    }

    #[test]
    fn what_is_so_already_is_met_in_whatever_zone_it_is_said() {
        let span = |start: &str, end: &str| Some(Span { start: local(start), end: local(end), is_all_day: false });
        let met = CalendarEventUpdate {
            subject: Some("Plan".into()),
            span: span("2026-03-02T09:00:00", "2026-03-02T10:00:00"),
            location: Some("Room 4".into()),
            show_as: Some(ShowAs::Busy),
            is_private: Some(false),
            reminder_minutes: Some(15),
            add_attendees: vec![somebody("bo@ACME.example")],
            remove_attendees: vec!["dan@acme.example".into()],
            text: Some("Hello, we meet.".into()),
        };
        assert!(is_met_by(&met, &state()) && text_is_met_by(&met, &state()));
        for unmet in [
            CalendarEventUpdate { subject: Some("Plan B".into()), ..Default::default() },
            CalendarEventUpdate { span: span("2026-03-02T08:00:00", "2026-03-02T09:00:00"), ..Default::default() },
            CalendarEventUpdate { location: Some(String::new()), ..Default::default() },
            CalendarEventUpdate { show_as: Some(ShowAs::Free), ..Default::default() },
            CalendarEventUpdate { is_private: Some(true), ..Default::default() },
            CalendarEventUpdate { reminder_minutes: Some(5), ..Default::default() },
            CalendarEventUpdate { add_attendees: vec![somebody("dan@acme.example")], ..Default::default() },
            CalendarEventUpdate { remove_attendees: vec!["cy@acme.example".into()], ..Default::default() },
        ] {
            assert!(!is_met_by(&unmet, &state()), "{unmet:?}");
        }
        assert!(!text_is_met_by(&CalendarEventUpdate { text: Some("Hello".into()), ..Default::default() }, &state()));
    }

    #[test]
    fn an_update_names_attendees_only_if_they_are_to_change_and_keeps_those_who_are_there() {
        let silent = of_update(&CalendarEventUpdate { subject: Some("New".into()), ..Default::default() }, &state());
        assert_eq!(silent, EventProperties { subject: Some("New".into()), ..EventProperties::default() });
        let update = CalendarEventUpdate {
            add_attendees: vec![somebody("dan@acme.example"), somebody("bo@acme.example")],
            remove_attendees: vec!["CY@acme.example".into()],
            ..Default::default()
        };
        let named = of_update(&update, &state()).attendees.unwrap();
        let named: Vec<_> = named.iter().map(|one| (one.email_address.address.as_str(), one.kind.as_str())).collect();
        assert_eq!(named, [("Bo@acme.example", "optional"), ("dan@acme.example", "required")]);
    }

    #[test]
    fn whole_days_are_compared_as_they_are_written() {
        let mut there = state();
        there.event.is_all_day = Some(true);
        let midnight = |text: &str| Some(DateTimeTimeZone { date_time: Some(text.into()), time_zone: Some("UTC".into()) });
        (there.event.start, there.event.end) = (midnight("2026-03-02T00:00:00.0000000"), midnight("2026-03-03T00:00:00.0000000"));
        let span = |end: &str| Some(Span { start: local("2026-03-02T00:00:00"), end: local(end), is_all_day: true });
        assert!(is_met_by(&CalendarEventUpdate { span: span("2026-03-03T00:00:00"), ..Default::default() }, &there));
        assert!(!is_met_by(&CalendarEventUpdate { span: span("2026-03-04T00:00:00"), ..Default::default() }, &there));
    }

    #[test]
    fn the_organizer_alone_is_nobody_to_tell() {
        let organizer = json!({"emailAddress": {"address": "anna@contoso.example"}});
        let alone = json!({"organizer": organizer, "attendees": [{"emailAddress": {"address": "Anna@contoso.example"}}]});
        assert!(!has_attendees(&read(alone)));
        assert!(has_attendees(&state()));
    }
}
