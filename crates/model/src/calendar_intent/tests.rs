//! What may be wanted of a calendar, and what may not.

use serde_json::json;

use super::*;

fn at(date_time: &str, zone: &str) -> LocalTime {
    LocalTime { date_time: date_time.parse().unwrap(), time_zone: zone.to_owned() }
}

fn span(start: &str, end: &str) -> Span {
    Span { start: at(start, "Europe/Berlin"), end: at(end, "Europe/Berlin"), is_all_day: false }
}

fn invited(address: &str) -> Invited {
    Invited { who: Participant { name: String::new(), address: address.to_owned() }, role: Role::Required }
}

fn new() -> NewCalendarEvent {
    NewCalendarEvent {
        subject: "Plan".into(),
        span: span("2026-03-02T09:00:00", "2026-03-02T10:00:00"),
        location: String::new(),
        text: String::new(),
        attendees: vec![invited("bo@acme.example")],
        online_meeting: false,
        show_as: None,
        is_private: false,
        reminder_minutes: None,
        recurrence: None,
    }
}

fn check(change: impl FnOnce(&mut NewCalendarEvent)) -> Result<(), CalendarFault> {
    let mut wanted = new();
    change(&mut wanted);
    CalendarDeed::Create(Box::new(wanted)).check()
}

fn series(start: &str, range: serde_json::Value) -> Option<Recurrence> {
    let mut range = range;
    range["startDate"] = start.into();
    let pattern = json!({"type": "weekly", "interval": 1, "daysOfWeek": ["wednesday"]});
    Some(serde_json::from_value(json!({"pattern": pattern, "range": range})).unwrap())
}

#[test]
fn a_time_counts_in_the_zone_in_which_it_was_said() {
    assert_eq!(at("2026-03-02T09:00:00", "W. Europe Standard Time").moment(), Timestamp::parse("2026-03-02T08:00:00Z"));
    assert_eq!(at("2026-07-02T09:00:00", "Europe/Berlin").moment(), Timestamp::parse("2026-07-02T07:00:00Z"));
    assert_eq!(at("2026-07-02T09:00:00", "Middle-earth/Shire").moment(), None);
}

#[test]
fn times_that_are_none_are_told_at_once() {
    assert_eq!(check(|_| {}), Ok(()));
    assert_eq!(check(|new| new.span.end = at("2026-03-02T08:59:00", "Europe/Berlin")), Err(CalendarFault::EndBeforeStart));
    let unknown = CalendarFault::ZoneUnknown("Local".into());
    assert_eq!(check(|new| new.span.end.time_zone = "Local".into()), Err(unknown.clone()));
    assert!(unknown.problem().detail.contains("Local") && !unknown.problem().action.is_empty());
    assert_eq!(check(|new| new.span.end = at("2036-03-02T09:00:00", "Europe/Berlin")), Err(CalendarFault::TooLong));
    assert_eq!(check(|new| new.span.is_all_day = true), Err(CalendarFault::NotWholeDays));
    let days = |end: &str| Span { is_all_day: true, ..span("2026-03-02T00:00:00", end) };
    assert_eq!(check(|new| new.span = days("2026-03-04T00:00:00")), Ok(()));
    assert_eq!(check(|new| new.span = days("2026-03-02T00:00:00")), Err(CalendarFault::EndBeforeStart));
}

#[test]
fn whoever_is_invited_has_an_address_and_is_named_once() {
    assert_eq!(check(|new| new.attendees.push(invited("nobody"))), Err(CalendarFault::AddressWrong(2)));
    assert_eq!(check(|new| new.attendees.push(invited("BO@acme.example"))), Err(CalendarFault::AttendeeTwice(2)));
    let many = (0..501).map(|number| invited(&format!("p{number}@acme.example"))).collect();
    assert_eq!(check(|new| new.attendees = many), Err(CalendarFault::TooManyAttendees(501)));
    assert_eq!(check(|new| new.is_private = true), Err(CalendarFault::PrivateWithAttendees));
}

#[test]
fn a_series_is_one_that_microsoft_takes() {
    assert_eq!(check(|new| new.recurrence = series("2026-03-02", json!({"type": "noEnd"}))), Ok(()), "its first day comes later");
    assert_eq!(check(|new| new.recurrence = series("2026-03-03", json!({"type": "noEnd"}))), Err(CalendarFault::SeriesStartsElsewhere));
    let over = json!({"type": "endDate", "endDate": "2026-03-03"});
    assert_eq!(check(|new| new.recurrence = series("2026-03-02", over)), Err(CalendarFault::SeriesEmpty));
    let many = json!({"type": "numbered", "numberOfOccurrences": 1000});
    assert_eq!(check(|new| new.recurrence = series("2026-03-02", many)), Err(CalendarFault::SeriesTooLong));
    let nowhere = json!({"type": "noEnd", "recurrenceTimeZone": "Nowhere"});
    assert_eq!(check(|new| new.recurrence = series("2026-03-02", nowhere)), Err(CalendarFault::ZoneUnknown("Nowhere".into())));
}

#[test]
fn an_update_changes_something_and_a_new_time_needs_a_word() {
    let update = |update: CalendarEventUpdate| CalendarDeed::Update(Box::new(update)).check();
    assert_eq!(update(CalendarEventUpdate::default()), Err(CalendarFault::NothingToChange));
    let private = CalendarEventUpdate { is_private: Some(true), add_attendees: vec![invited("b@x.example")], ..Default::default() };
    assert!(private.is_relative());
    assert_eq!(update(private), Err(CalendarFault::PrivateWithAttendees));
    let answer = |response, tells_organizer| {
        let proposal = Some(span("2026-03-03T09:00:00", "2026-03-03T10:00:00"));
        CalendarDeed::Answer(Box::new(Answer { response, comment: String::new(), tells_organizer, proposal })).check()
    };
    assert_eq!(answer(Response::Declined, true), Ok(()));
    assert_eq!(answer(Response::Accepted, true), Err(CalendarFault::ProposalWithoutWord));
    assert_eq!(answer(Response::TentativelyAccepted, false), Err(CalendarFault::ProposalWithoutWord));
    assert_eq!(answer(Response::NotResponded, true), Err(CalendarFault::NoAnswer));
}

#[test]
fn a_deed_is_kept_as_it_is_read() {
    let mut wanted = new();
    wanted.recurrence = series("2026-03-02", json!({"type": "noEnd"}));
    wanted.show_as = Some(ShowAs::WorkingElsewhere);
    let span = Some(Span { is_all_day: true, ..span("2026-03-02T00:00:00", "2026-03-03T00:00:00") });
    let update = CalendarEventUpdate { span: span.clone(), remove_attendees: vec!["b@x.example".into()], ..Default::default() };
    let answer = Answer { response: Response::Declined, comment: "Away".into(), tells_organizer: true, proposal: span };
    for deed in [
        CalendarDeed::Create(Box::new(wanted)),
        CalendarDeed::Update(Box::new(update)),
        CalendarDeed::Cancel("Sorry".into()),
        CalendarDeed::Delete,
        CalendarDeed::Answer(Box::new(answer)),
    ] {
        let kept = serde_json::to_string(&deed).unwrap();
        assert_eq!(serde_json::from_str::<CalendarDeed>(&kept).unwrap(), deed, "{kept}");
    }
}
