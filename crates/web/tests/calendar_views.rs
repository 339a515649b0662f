//! The calendar's week, month and agenda: days are the reader's, and what is not mirrored is not shown as empty.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use base::Timestamp;
use model::calendar::{Attendee, CalendarEvent, CalendarEventKind, Detail, Response};
use model::id::CalendarEventId;
use support::annas::{self, CALENDAR, person};
use support::browser::Browser;
use support::{House, WORKSPACE};

const ANGELES: &str = "zone=America/Los_Angeles";
const BERLIN: &str = "zone=Europe/Berlin";

fn event(number: i64, subject: &str, start: &str, end: &str) -> CalendarEvent {
    CalendarEvent {
        id: CalendarEventId::from_number(number),
        calendar: CALENDAR,
        graph_id: format!("graph-{number}"),
        kind: CalendarEventKind::Single,
        series: None,
        start_at: Timestamp::parse(start).unwrap(),
        end_at: Timestamp::parse(end).unwrap(),
        detail: Some(Detail { subject: subject.into(), ical_uid: format!("uid-{number}"), ..Detail::default() }),
    }
}

fn whole_days(number: i64, subject: &str, start: &str, end: &str) -> CalendarEvent {
    let mut event = event(number, subject, &format!("{start}T00:00:00Z"), &format!("{end}T00:00:00Z"));
    event.detail.as_mut().unwrap().is_all_day = true;
    event
}

async fn made(events: &[CalendarEvent]) -> (House, Browser) {
    let house = House::new().await;
    let anna = annas::calendar(&house, events).await;
    annas::mirror(&house, "2026-10-22T14:02:07Z", "2027-01-04T14:02:07Z").await;
    (house, anna)
}

/// What a month's table has for a day: its label, and its lines without markup.
async fn cell(anna: &mut Browser, zone: &str, month: &str, day: &str) -> (String, Vec<String>) {
    let page = anna.get(&format!("/calendar?view=month&from={month}-15&{zone}")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let cells: Vec<&str> = page.text.split("<td").filter(|cell| cell.contains(&format!("datetime=\"{day}\""))).collect();
    assert_eq!(cells.len(), 1, "{day} stands once in {month}: {}", page.text);
    let cell = cells[0].split("</td>").next().unwrap();
    let label = cell.split_once("aria-label=\"").unwrap().1.split('"').next().unwrap().to_owned();
    (label, cell.split("<li").skip(1).map(|line| words(line.split("</li>").next().unwrap())).collect())
}

fn words(markup: &str) -> String {
    let texts: Vec<&str> = markup.split('<').skip(1).filter_map(|part| part.split_once('>')).map(|(_, text)| text.trim()).collect();
    texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_month_shows_the_hours_of_the_readers_clock_before_and_after_it_changes() {
    // On 1 November 2026 at two in Los Angeles it is one again.
    let (_house, mut anna) = made(&[
        event(1, "In summer time", "2026-10-31T17:00:00Z", "2026-10-31T18:00:00Z"),
        event(2, "Once", "2026-11-01T08:30:00Z", "2026-11-01T09:00:00Z"),
        event(3, "Again", "2026-11-01T09:30:00Z", "2026-11-01T10:00:00Z"),
        event(4, "Late that day", "2026-11-02T07:30:00Z", "2026-11-02T07:59:00Z"),
        event(5, "In winter time", "2026-11-02T18:00:00Z", "2026-11-02T19:00:00Z"),
    ])
    .await;
    assert_eq!(cell(&mut anna, ANGELES, "2026-11", "2026-10-31").await.1, ["10:00 In summer time"]);
    assert_eq!(cell(&mut anna, ANGELES, "2026-11", "2026-11-01").await.1, ["01:30 Once", "01:30 Again", "23:30 Late that day"]);
    assert_eq!(cell(&mut anna, ANGELES, "2026-11", "2026-11-02").await.1, ["10:00 In winter time"]);
    assert_eq!(cell(&mut anna, BERLIN, "2026-11", "2026-11-02").await.1, ["08:30 Late that day", "19:00 In winter time"]);
}

#[tokio::test]
async fn what_lasts_days_stands_on_each_and_whole_days_where_they_were_written() {
    let (_house, mut anna) =
        made(&[event(1, "Trip", "2026-11-24T08:00:00Z", "2026-11-26T17:00:00Z"), whole_days(2, "Holiday", "2026-11-25", "2026-11-27")])
            .await;
    let mut lines = Vec::new();
    for day in ["23", "24", "25", "26", "27"] {
        lines.push(cell(&mut anna, BERLIN, "2026-11", &format!("2026-11-{day}")).await.1.join(", "));
    }
    assert_eq!(lines, ["", "09:00 Trip", "Trip, Holiday", "Holiday, –18:00 Trip", ""]);
    for zone in [ANGELES, "zone=Pacific/Auckland", "zone=UTC"] {
        for (day, is_there) in [("24", false), ("25", true), ("26", true), ("27", false)] {
            let (_, lines) = cell(&mut anna, zone, "2026-11", &format!("2026-11-{day}")).await;
            assert_eq!(lines.iter().any(|line| line == "Holiday"), is_there, "{zone}, {day}: {lines:?}");
        }
    }
}

#[tokio::test]
async fn a_full_day_shows_three_and_leads_to_the_rest() {
    let hour = |number: i64| format!("2026-12-02T{:02}:00:00Z", 8 + number);
    let events: Vec<_> = (0..5).map(|number| event(number + 1, &format!("Call {number}"), &hour(number), &hour(number + 1))).collect();
    let (_house, mut anna) = made(&events).await;
    let (label, lines) = cell(&mut anna, BERLIN, "2026-12", "2026-12-02").await;
    assert_eq!((label.as_str(), lines.len()), ("2 December 2026, Wednesday, 5 events", 3));
    let month =
        anna.shows(&format!("/calendar?view=month&from=2026-12-01&{BERLIN}"), &["2 more", "<th scope=\"col\"", "December 2026"]).await;
    let agenda = "/calendar?view=agenda&amp;from=2026-12-02&amp;zone=Europe%2FBerlin";
    assert!(month.text.contains(&format!("class=\"more\" href=\"{agenda}\"")), "{}", month.text);
    let day = anna.shows(&agenda.replace("&amp;", "&"), &["Call 0", "Call 4", "09:00–10:00"]).await;
    assert!(day.text.contains(&format!("id=\"in-2026-12-02-{}\"", events[0].id)), "a line of the month leads to what it unfolds");
}

#[tokio::test]
async fn days_that_are_not_mirrored_are_said_to_be_so_in_each_view() {
    let (house, mut anna) = made(&[event(1, "Kept from before", "2026-10-20T08:00:00Z", "2026-10-20T09:00:00Z")]).await;
    assert_eq!(cell(&mut anna, BERLIN, "2026-10", "2026-10-21").await.0, "21 October 2026, Wednesday, not mirrored");
    assert_eq!(cell(&mut anna, BERLIN, "2026-10", "2026-10-20").await.0, "20 October 2026, Tuesday, 1 event, not mirrored whole");
    assert_eq!(cell(&mut anna, BERLIN, "2026-10", "2026-10-22").await.0, "22 October 2026, Thursday, not mirrored", "its morning is not");
    assert_eq!(cell(&mut anna, BERLIN, "2026-10", "2026-10-23").await.0, "23 October 2026, Friday, nothing");
    assert_eq!(cell(&mut anna, BERLIN, "2026-11", "2026-11-21").await.0, "21 November 2026, Saturday, today, nothing");
    let reach = "Mirrored are the days from 23 October 2026 to 3 January 2027";
    anna.shows(&format!("/calendar?from=2026-10-21&{BERLIN}"), &["Not mirrored whole", "Not mirrored<", "Nothing", reach]).await;
    anna.shows(&format!("/calendar?view=agenda&from=2027-02-01&{BERLIN}"), &["These days are not mirrored", reach]).await;
    let known = anna.shows(&format!("/calendar?view=agenda&{BERLIN}"), &["Nothing on these days", "Friday, 4 December 2026"]).await;
    assert!(!known.text.contains("Mirrored are"), "of days that are known nothing need be said");

    let mut colleague = house.member(WORKSPACE, "user-9", "eva.lind@contoso.example").await;
    let page = colleague.shows("/calendar?view=month", &["No calendar is connected"]).await;
    assert!(!page.text.contains("<td"), "whoever sees no calendar sees no days of one");
}

#[tokio::test]
async fn an_agenda_tells_of_each_event_when_what_where_who_and_how_it_was_answered() {
    let mut offer = event(1, "Offer", "2026-11-24T09:00:00Z", "2026-11-24T10:00:00Z");
    let detail = offer.detail.as_mut().unwrap();
    (detail.location, detail.organizer, detail.response) = ("Room 2".into(), person("Bo", "bo@acme.example"), Response::Accepted);
    detail.attendees = [("Clara", "clara@acme.example"), ("Dan", "dan@acme.example")]
        .map(|(name, address)| Attendee { who: person(name, address), ..Attendee::default() })
        .into();
    let (_house, mut anna) = made(&[offer, event(2, "Too late", "2026-12-05T09:00:00Z", "2026-12-05T10:00:00Z")]).await;
    let told = ["Tuesday, 24 November", "10:00–11:00", "Offer", "accepted · Room 2 · Bo, Clara and 1 more", "fill=\"#0b6e4f\""];
    let page = anna.shows(&format!("/calendar?view=agenda&from=2026-11-21&{BERLIN}"), &told).await;
    assert!(page.text.contains("Until Friday, 4 December 2026. Days with nothing on them are left out."), "{}", page.text);
    assert!(!page.text.contains("Too late") && !page.text.contains("Monday, 23 November"), "{}", page.text);
    let live = anna.shows(&format!("/calendar/live?view=agenda&from=2026-11-21&{BERLIN}"), &["Offer"]).await;
    assert!(!live.text.contains("<h1"), "only what changes is fetched again");
}

#[tokio::test]
async fn each_view_leads_to_the_others_and_to_what_is_before_and_after_it() {
    let (_house, mut anna) = made(&[]).await;
    let zone = "&amp;zone=Europe%2FBerlin";
    let links = |text: &str, rel: &str| {
        text.split("<a ").find(|link| link.contains(rel)).unwrap().split_once("href=\"").unwrap().1.split('"').next().unwrap().to_owned()
    };
    for (view, from, before, after, today) in [
        ("month", "2026-01-31", "2025-12-01", "2026-02-01", "view=month&amp;from=2026-11-21"),
        ("agenda", "2026-03-25", "2026-03-11", "2026-04-08", "view=agenda&amp;from=2026-11-21"),
        ("week", "2026-03-25", "2026-03-16", "2026-03-30", "?from=2026-11-21"),
    ] {
        let page = anna
            .shows(&format!("/calendar?view={view}&from={from}&{BERLIN}"), &["data-key=\"w\"", "data-key=\"m\"", "data-key=\"a\""])
            .await;
        assert!(links(&page.text, "rel=\"prev\"").ends_with(&format!("from={before}{zone}")), "{view}");
        assert!(links(&page.text, "rel=\"next\"").ends_with(&format!("from={after}{zone}")), "{view}");
        assert!(links(&page.text, "data-key=\"t\"").contains(today), "{view}");
        assert_eq!(page.text.matches("aria-current=\"page\"").count(), 2, "the part of the console and the view");
    }
    let year = anna.shows(&format!("/calendar?view=month&from=9999-12-31&{BERLIN}"), &["November 2026"]).await;
    assert!(links(&year.text, "data-key=\"a\"").contains("from=2026-11-21"), "today is meant where it is shown");
    anna.shows("/calendar?view=century", &["Week before"]).await;
}
