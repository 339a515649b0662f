//! What a feed says, line by line: series, exceptions, zones, what is private and what is called off.

use base::Timestamp;
use serde_json::json;

use super::{Mirrored, Shown, write};
use crate::calendar::{Attendee, CalendarEvent, CalendarEventKind, Detail, Response};
use crate::id::{CalendarEventId, CalendarId};
use crate::message::Participant;

const ALL: Shown = Shown { details: true, private_details: true };
const BUSY: Shown = Shown { details: false, private_details: false };

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn event(kind: CalendarEventKind, start: &str, end: &str, detail: Option<Detail>) -> CalendarEvent {
    let series = matches!(kind, CalendarEventKind::Occurrence | CalendarEventKind::Exception).then(|| "series".to_owned());
    let graph_id = if kind == CalendarEventKind::Series { "series".to_owned() } else { start.to_owned() };
    let (id, calendar) = (CalendarEventId::from_number(7), CalendarId::from_number(1));
    CalendarEvent { id, calendar, graph_id, kind, series, start_at: at(start), end_at: at(end), detail }
}

fn about(subject: &str) -> Detail {
    Detail {
        ical_uid: format!("uid of {subject}"),
        subject: subject.to_owned(),
        zone: "W. Europe Standard Time".to_owned(),
        show_as: "busy".to_owned(),
        created_at: Some(at("2026-01-01T00:00:00Z")),
        modified_at: Some(at("2026-01-01T00:01:00Z")),
        ..Detail::default()
    }
}

fn lines(events: Vec<CalendarEvent>, known: Option<(Timestamp, Timestamp)>, shown: Shown) -> Vec<String> {
    let text = write("Anna, Contoso", &[Mirrored { events, known }], shown);
    assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{text}");
    text.replace("\r\n ", "").split("\r\n").map(str::to_owned).collect()
}

fn starting<'a>(lines: &'a [String], name: &str) -> Vec<&'a str> {
    lines.iter().filter(|line| line.starts_with(name)).map(String::as_str).collect()
}

fn week() -> Vec<CalendarEvent> {
    let range = json!({"type": "endDate", "startDate": "2026-03-27", "endDate": "2026-04-02"});
    let recurrence = json!({"pattern": {"type": "daily", "interval": 1}, "range": range});
    let series = Detail { recurrence: Some(recurrence), cancelled_days: Some(vec!["2026-04-02".parse().unwrap()]), ..about("Standup") };
    let changed = Detail { original_start: Some(at("2026-03-29T07:00:00Z")), ..about("Later") };
    vec![
        event(CalendarEventKind::Series, "2026-03-27T08:00:00Z", "2026-03-27T09:00:00Z", Some(series)),
        event(CalendarEventKind::Occurrence, "2026-03-27T08:00:00Z", "2026-03-27T09:00:00Z", None),
        event(CalendarEventKind::Exception, "2026-03-29T11:00:00Z", "2026-03-29T12:00:00Z", Some(changed)),
        event(CalendarEventKind::Occurrence, "2026-03-30T07:00:00Z", "2026-03-30T08:00:00Z", None),
    ]
}

#[test]
fn a_series_is_a_rule_with_what_was_cancelled_and_changed() {
    let known = (at("2026-03-26T00:00:00Z"), at("2026-03-31T00:00:00Z"));
    let lines = lines(week(), Some(known), ALL);
    assert_eq!(starting(&lines, "RRULE:FREQ=DAILY"), ["RRULE:FREQ=DAILY;UNTIL=20260402T070000Z"]);
    let starts = starting(&lines, "DTSTART;");
    assert_eq!(starts, ["DTSTART;TZID=Europe/Berlin:20260327T090000", "DTSTART;TZID=Europe/Berlin:20260329T130000"]);
    assert_eq!(
        starting(&lines, "EXDATE"),
        ["EXDATE;TZID=Europe/Berlin:20260328T090000", "EXDATE;TZID=Europe/Berlin:20260402T090000"],
        "one is missing where all is known, of the other Microsoft says so"
    );
    assert_eq!(starting(&lines, "RECURRENCE-ID"), ["RECURRENCE-ID;TZID=Europe/Berlin:20260329T090000"]);
    assert_eq!(starting(&lines, "UID"), ["UID:uid of Standup"; 2], "an exception goes by the id of its series");
    assert_eq!(starting(&lines, "TZID"), ["TZID:Europe/Berlin"]);
    assert_eq!(
        starting(&lines, "RRULE:FREQ=YEARLY"),
        ["RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"]
    );
    assert_eq!(starting(&lines, "SEQUENCE"), ["SEQUENCE:60"; 2]);
}

#[test]
fn a_series_whose_rule_cannot_be_read_comes_as_its_occurrences() {
    let mut events = week();
    events[0].detail.as_mut().unwrap().recurrence = Some(json!({"pattern": {"type": "lunar"}}));
    let lines = lines(events, None, ALL);
    assert_eq!(starting(&lines, "RRULE:FREQ=DAILY"), Vec::<&str>::new());
    assert_eq!(starting(&lines, "SUMMARY"), ["SUMMARY:Standup", "SUMMARY:Later", "SUMMARY:Standup"]);
    assert_eq!(starting(&lines, "UID")[1], "UID:uid of Standup-20260329T110000Z");
}

#[test]
fn what_is_not_to_be_seen_is_busy_time_without_a_word() {
    let who = Participant { name: "Bo \"B\" Ek".to_owned(), address: "bo@acme.example".to_owned() };
    let attendee = Attendee { who, response: Response::Accepted, ..Attendee::default() };
    let mut detail = Detail { attendees: vec![attendee], location: "Room 1".to_owned(), preview: "a;b,c\\\nd".to_owned(), ..about("Deal") };
    detail.is_private = true;
    detail.join_url = Some("https://teams.example/join".to_owned());
    let single = || vec![event(CalendarEventKind::Single, "2026-03-27T08:00:00Z", "2026-03-27T09:00:00Z", Some(detail.clone()))];
    for shown in [BUSY, Shown { details: true, private_details: false }] {
        let text = lines(single(), None, shown).join("\n");
        for word in ["Deal\n", "Bo", "acme", "Room", "teams", "a\\;b"] {
            assert!(!text.replace("UID:uid of Deal\n", "").contains(word), "{word} in {text}");
        }
        assert!(text.contains("\nSUMMARY:Busy\n") && text.contains("\nCLASS:PRIVATE\n") && text.contains("\nTRANSP:OPAQUE\n"));
    }
    let lines = lines(single(), None, ALL);
    assert_eq!(starting(&lines, "DESCRIPTION"), ["DESCRIPTION:a\\;b\\,c\\\\\\nd\\n\\nJoin online: https://teams.example/join"]);
    assert_eq!(
        starting(&lines, "ATTENDEE"),
        ["ATTENDEE;CN=\"Bo 'B' Ek\";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:bo@acme.example"]
    );
}

#[test]
fn whole_days_have_no_zone_and_long_lines_are_folded_between_characters() {
    let detail = Detail { is_all_day: true, subject: "☎ Telefon ".repeat(30), ..about("x") };
    let lines = lines(vec![event(CalendarEventKind::Single, "2026-03-27T00:00:00Z", "2026-03-29T00:00:00Z", Some(detail))], None, ALL);
    assert_eq!(starting(&lines, "DTSTART"), ["DTSTART;VALUE=DATE:20260327"]);
    assert_eq!(starting(&lines, "DTEND"), ["DTEND;VALUE=DATE:20260329"]);
    assert_eq!(starting(&lines, "SUMMARY"), [format!("SUMMARY:{}", "☎ Telefon ".repeat(30))]);
    assert_eq!(starting(&lines, "X-WR-CALNAME"), ["X-WR-CALNAME:Anna\\, Contoso"]);
}

#[test]
fn a_meeting_that_two_calendars_have_is_written_once_as_the_first_has_it() {
    let of = |subject: &str| {
        let detail = Detail { subject: subject.to_owned(), ..about("same") };
        Mirrored {
            events: vec![event(CalendarEventKind::Single, "2026-03-27T08:00:00Z", "2026-03-27T09:00:00Z", Some(detail))],
            known: None,
        }
    };
    let text = write("Both", &[of("mine"), of("shared")], ALL);
    assert!(text.contains("SUMMARY:mine") && !text.contains("shared"));
}

#[test]
fn an_exception_is_known_by_the_day_in_its_id_where_nothing_else_says_it() {
    let uid = "040000008200E00074C5B7101A82E00807EA031D0000000000000000000000000000000010000000";
    let mut events = week();
    let changed = events[2].detail.as_mut().unwrap();
    (changed.original_start, changed.ical_uid) = (None, uid.to_owned());
    assert_eq!(starting(&lines(events, None, ALL), "RECURRENCE-ID"), ["RECURRENCE-ID;TZID=Europe/Berlin:20260329T090000"]);
}
