//! Writing a calendar in the console: who would be told is named first, and nothing is done before that was confirmed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use std::time::Duration;

use base::Timestamp;
use model::calendar::{Attendee, CalendarEvent, CalendarEventKind, Detail, Response};
use model::calendar_intent::{CalendarDeed, CalendarIntent};
use model::id::CalendarEventId;
use store::{calendar_feed, calendar_intent};
use support::annas::{self, ANNA, CALENDAR, CONNECTION, person};
use support::browser::Browser;
use support::{House, WORKSPACE};

const INVITED: CalendarEventId = CalendarEventId::from_number(80);
const CALLED: CalendarEventId = CalendarEventId::from_number(81);
const DAY: &str = "2026-11-24";

fn meeting(id: CalendarEventId, subject: &str, hour: u8, is_organizer: bool) -> CalendarEvent {
    let organizer = if is_organizer { person("Anna", ANNA) } else { person("Bo", "bo@acme.example") };
    let attendees = [("Clara", "clara@acme.example"), ("Dan", "dan@acme.example")].map(|(name, address)| Attendee {
        who: person(name, address),
        response: Response::NotResponded,
        ..Attendee::default()
    });
    let response = if is_organizer { Response::Organizer } else { Response::NotResponded };
    let detail = Detail { subject: subject.into(), organizer, attendees: attendees.into(), is_organizer, response, ..Detail::default() };
    let start_at = Timestamp::parse(&format!("{DAY}T{hour:02}:00:00Z")).unwrap();
    CalendarEvent {
        id,
        calendar: CALENDAR,
        graph_id: format!("graph-{subject}"),
        kind: CalendarEventKind::Single,
        series: None,
        start_at,
        end_at: start_at.plus(Duration::from_secs(3600)),
        detail: Some(detail),
    }
}

/// Anna's calendar with a meeting that she was invited to and one that she has called, and her browser.
async fn made() -> (House, Browser) {
    let house = House::new().await;
    let events = [meeting(INVITED, "Offer", 9, false), meeting(CALLED, "Review", 11, true)];
    let anna = annas::calendar(&house, &events).await;
    (house, anna)
}

async fn waiting(house: &House) -> Vec<CalendarIntent> {
    calendar_intent::waiting(&house.state.db, CONNECTION, 10).await.unwrap()
}

/// The value of a hidden field.
fn hidden<'a>(text: &'a str, name: &str) -> &'a str {
    let after = text.split_once(&format!("name=\"{name}\" value=\"")).unwrap().1;
    after.split('"').next().unwrap()
}

#[tokio::test]
async fn a_new_event_names_who_gets_an_invitation_before_anybody_does_and_is_made_once() {
    let (house, mut anna) = made().await;
    anna.shows(&format!("/calendar?from={DAY}"), &["New event", "Offer", "Accept", "Decline", "Cancel the meeting"]).await;
    let form = anna.get(&format!("/calendar/new?day={DAY}&zone=Europe/Berlin")).await;
    assert!(form.text.contains("value=\"Europe/Berlin\"") && form.text.contains(&format!("{DAY}T09:00")), "{}", form.text);
    let (csrf, once) = (form.csrf(), hidden(&form.text, "once").to_owned());
    let fields = |attendees: &str| {
        format!(
            "csrf={csrf}&once={once}&calendar={CALENDAR}&subject=Plan+B&start={DAY}T09%3A00&end={DAY}T10%3A00&zone=Europe%2FBerlin&attendees={attendees}"
        )
    };
    let refused = anna.post("/calendar/new", &fields("nobody")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("Plan B") && refused.text.contains("role=\"alert\""), "nothing that was written is lost");
    let review = anna.post("/calendar/new", &fields("eva%40acme.example%0D%0Afay%40acme.example")).await;
    assert_eq!(review.status, 200, "{}", review.text);
    for word in ["2 people get an invitation", "eva@acme.example", "fay@acme.example", "Nobody else is told"] {
        assert!(review.text.contains(word), "{word}: {}", review.text);
    }
    assert!(waiting(&house).await.is_empty(), "nothing is asked before it was confirmed");
    let confirmed = format!("{}&confirmed=yes", fields("eva%40acme.example%0D%0Afay%40acme.example"));
    for _ in 0..2 {
        let asked = anna.post("/calendar/new", &confirmed).await;
        assert_eq!(asked.status, 303, "{}", asked.text);
        assert!(asked.location().starts_with("/calendar?from=2026-11-24"), "{}", asked.location());
    }
    let asked = waiting(&house).await;
    assert_eq!(asked.len(), 1, "a form that is sent twice is one event");
    let CalendarDeed::Create(new) = &asked[0].deed else { panic!("{:?}", asked[0].deed) };
    assert_eq!((new.attendees.len(), new.span.start.time_zone.as_str()), (2, "Europe/Berlin"));
    anna.shows(&format!("/calendar/live?from={DAY}"), &["“Plan B” is being put into the calendar"]).await;
}

#[tokio::test]
async fn an_event_without_attendees_needs_no_second_word() {
    let (house, mut anna) = made().await;
    let form = anna.get("/calendar/new").await;
    let fields = format!(
        "csrf={}&once={}&calendar={CALENDAR}&subject=Hold&start={DAY}&end={DAY}&zone=UTC&all_day=yes&private=yes",
        form.csrf(),
        hidden(&form.text, "once")
    );
    assert_eq!(anna.post("/calendar/new", &fields).await.status, 303);
    let CalendarDeed::Create(new) = waiting(&house).await.remove(0).deed else { panic!("it is made") };
    assert!(new.is_private && new.span.is_all_day && new.attendees.is_empty());
    assert_eq!(new.span.end.date_time.to_string(), "2026-11-25T00:00:00");
}

#[tokio::test]
async fn cancelling_says_how_many_are_told_and_an_answer_goes_with_its_note() {
    let (house, mut anna) = made().await;
    let page = anna.get(&format!("/calendar/events/{CALLED}/cancel")).await;
    for word in ["2 people are told that it is cancelled", "Clara", "Dan", "Cancel and tell 2 people", "Keep it"] {
        assert!(page.text.contains(word), "{word}: {}", page.text);
    }
    assert!(waiting(&house).await.is_empty(), "looking does nothing");
    let csrf = page.csrf();
    let cancel = anna.post(&format!("/calendar/events/{CALLED}/act"), &format!("csrf={csrf}&wanted=cancel&comment=Sorry")).await;
    assert_eq!(cancel.status, 303, "{}", cancel.text);
    let answer = format!("csrf={csrf}&wanted=tentatively_accepted&comment=Perhaps&back=%2F%2Fevil.example");
    let answered = anna.post(&format!("/calendar/events/{INVITED}/act"), &answer).await;
    assert_eq!((answered.status, answered.location()), (303, "/calendar"), "back to a page of ours");
    let asked = waiting(&house).await;
    assert_eq!(asked[0].deed, CalendarDeed::Cancel("Sorry".into()));
    assert!(matches!(&asked[1].deed, CalendarDeed::Answer(answer) if answer.comment == "Perhaps" && answer.tells_organizer));
    let removal = anna.get(&format!("/calendar/events/{INVITED}/cancel")).await;
    assert!(removal.text.contains("Nobody is told") && removal.text.contains("decline it"), "{}", removal.text);
}

#[tokio::test]
async fn a_change_names_who_is_told_before_it_is_asked_for_and_says_only_what_is_other() {
    let (house, mut anna) = made().await;
    let path = format!("/calendar/events/{CALLED}/change");
    anna.shows(&format!("/calendar?from={DAY}&zone=Europe/Berlin"), &[&format!("{path}?zone=Europe%2FBerlin"), "Change…"]).await;
    let form = anna.shows(&format!("{path}?zone=Europe/Berlin"), &["value=\"Review\"", "value=\"2026-11-24T12:00\"", "and confirm"]).await;
    let csrf = form.csrf();
    let fields = |hour: &str, place: &str| {
        format!("csrf={csrf}&subject=Review&start={DAY}T{hour}%3A00&end={DAY}T16%3A00&zone=Europe%2FBerlin&location={place}")
    };
    let nothing = anna.post(&path, &fields("12", "").replace("T16", "T13")).await;
    assert_eq!(nothing.status, 422, "{}", nothing.text);
    assert!(nothing.text.contains("role=\"alert\""), "{}", nothing.text);
    let review = anna.post(&path, &fields("15", "Room+2")).await;
    let words = ["2 people get a message of the change", "Clara", "Dan", "15:00 to 16:00, Europe/Berlin", "Room 2", "Nobody else is told"];
    for word in words {
        assert!(review.text.contains(word), "{word}: {}", review.text);
    }
    assert!(!review.text.contains("<dt>Title</dt>"), "what stays is not said to change");
    assert!(waiting(&house).await.is_empty(), "nothing is asked before it was confirmed");
    let told = hidden(&review.text, "told").replace(' ', "+").replace('@', "%40");
    let other = anna.post(&path, &format!("{}&told=1%3A+clara%40acme.example", fields("15", "Room+2"))).await;
    assert!(other.status == 200 && waiting(&house).await.is_empty(), "whoever was not named is named first");
    let confirmed = anna.post(&path, &format!("{}&told={told}", fields("15", "Room+2"))).await;
    assert_eq!((confirmed.status, confirmed.location()), (303, "/calendar?from=2026-11-24&zone=Europe%2FBerlin"), "{}", confirmed.text);
    let CalendarDeed::Update(update) = waiting(&house).await.remove(0).deed else { panic!("it is changed") };
    let start = update.span.unwrap().start;
    assert_eq!((start.date_time.to_string().as_str(), start.time_zone.as_str()), ("2026-11-24T15:00:00", "Europe/Berlin"));
    assert_eq!((update.subject, update.location.as_deref()), (None, Some("Room 2")));
    assert_eq!(anna.get(&format!("/calendar/events/{INVITED}/change")).await.status, 404, "only who called it changes it");
}

#[tokio::test]
async fn the_time_of_a_whole_series_is_not_changed_by_one_of_it() {
    let (house, mut anna) = made().await;
    let path = format!("/calendar/events/{CALLED}/change");
    let csrf = anna.get(&path).await.csrf();
    let fields = format!("csrf={csrf}&subject=Review&start={DAY}T15%3A00&end={DAY}T16%3A00&zone=UTC&whole_series=yes");
    let refused = anna.post(&path, &fields).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("The time of a whole series is not changed here."), "{}", refused.text);
    assert!(waiting(&house).await.is_empty());
}

#[tokio::test]
async fn another_time_is_proposed_to_the_organizer_who_is_named() {
    let (house, mut anna) = made().await;
    let path = format!("/calendar/events/{INVITED}/propose");
    let page =
        anna.shows(&format!("{path}?zone=Asia/Jakarta"), &["Bo bo@acme.example", "gets your answer", "value=\"2026-11-24T16:00\""]).await;
    let csrf = page.csrf();
    let fields = |until: &str| {
        format!("csrf={csrf}&start={DAY}T18%3A00&end={DAY}T{until}%3A00&zone=Asia%2FJakarta&response=tentatively_accepted&comment=Later")
    };
    let refused = anna.post(&path, &fields("17")).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert!(refused.text.contains("Later</textarea>") && refused.text.contains("role=\"alert\""), "nothing that was written is lost");
    assert!(waiting(&house).await.is_empty());
    assert_eq!(anna.post(&path, &fields("19")).await.status, 303);
    let CalendarDeed::Answer(answer) = waiting(&house).await.remove(0).deed else { panic!("it is answered") };
    let proposed = answer.proposal.unwrap();
    assert_eq!((answer.comment.as_str(), proposed.start.time_zone.as_str()), ("Later", "Asia/Jakarta"));
    assert_eq!(proposed.end.date_time.to_string(), "2026-11-24T19:00:00");
    assert_eq!(anna.get(&format!("/calendar/events/{CALLED}/propose")).await.status, 404, "nobody proposes to themselves");
}

#[tokio::test]
async fn whoever_does_not_own_the_calendar_writes_nothing_into_it() {
    let (house, _) = made().await;
    let mut administrator = house.administrator().await;
    let page = administrator.get(&format!("/calendar?from={DAY}")).await;
    assert!(page.text.contains("Offer") && !page.text.contains("New event") && !page.text.contains("Accept"), "it is seen, and left alone");
    for deed in ["cancel", "change", "propose"] {
        assert_eq!(administrator.get(&format!("/calendar/events/{CALLED}/{deed}")).await.status, 404, "{deed}");
    }
    let csrf = administrator.get("/mailboxes").await.csrf();
    let refused = administrator.post(&format!("/calendar/events/{CALLED}/act"), &format!("csrf={csrf}&wanted=cancel")).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert!(waiting(&house).await.is_empty());
}

#[tokio::test]
async fn another_program_subscribes_at_an_address_that_is_shown_once() {
    let (house, mut anna) = made().await;
    let page = anna.shows("/calendar", &["Subscribe from another program", "All calendars of"]).await;
    let csrf = page.csrf();
    let made = anna.post("/calendar/feeds", &format!("csrf={csrf}&of=calendar%3A{CALENDAR}&says=all")).await;
    let place = made.text.split_once("/calendar/feeds/").unwrap().1.split_once('<').unwrap().0.to_owned();
    let path = format!("/calendar/feeds/{place}");
    assert!(path.ends_with(".ics"), "{path}");
    assert!(!anna.get("/calendar").await.text.contains(&place), "it is not shown again");

    let mut program = house.browser();
    let read = program.get(&path).await;
    assert_eq!((read.status, read.headers["content-type"].to_str().unwrap()), (200, "text/calendar; charset=utf-8"));
    assert_eq!(read.headers["cache-control"], "private, no-cache");
    assert!(read.text.contains("SUMMARY:Offer\r\n"), "{}", read.text);
    let tag = read.headers["etag"].to_str().unwrap().to_owned();
    let again = program.send(http::Method::GET, &path, &[("if-none-match", &tag)], String::new()).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));

    let feed = calendar_feed::list(&house.state.db, WORKSPACE, &[CONNECTION], None, 10).await.unwrap().remove(0);
    let renewed = anna.post(&format!("/calendar/feeds/{}/act", feed.id), &format!("csrf={csrf}&wanted=renew")).await;
    assert!(renewed.text.contains("is made") && !renewed.text.contains(&place));
    let (gone, never) = (program.get(&path).await, program.get("/calendar/feeds/never.ics").await);
    assert_eq!((gone.status, &gone.text), (404, &never.text), "what was there once is as what never was");
    assert_eq!(anna.post(&format!("/calendar/feeds/{}/act", feed.id), &format!("csrf={csrf}&wanted=revoke")).await.status, 303);
    assert!(!anna.get("/calendar").await.text.contains("Another address"));
}
