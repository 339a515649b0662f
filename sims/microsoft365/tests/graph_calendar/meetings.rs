//! Meetings between mailboxes: copies, answers, updates, cancellations, and the journal of what was sent.

use std::time::Duration;

use http::Method;
use microsoft365_sim::Caller;
use microsoft365_sim::meetings::MeetingMail;
use serde_json::{Value, json};

use crate::world::{ANNA, Answer, BEN, World, at, event, no_end, series, text, world};

const OUTSIDE: &str = "zoe@customer.example";

fn with(people: &[&str]) -> Value {
    let list: Vec<Value> = people.iter().map(|one| json!({"type": "required", "emailAddress": {"address": one}})).collect();
    json!({"attendees": list})
}

fn meeting(people: &[&str]) -> Value {
    event("Plan", "2026-03-03T09:00:00", "2026-03-03T10:00:00", "Europe/Berlin", with(people))
}

fn ben(world: &World) -> Caller {
    let id = world.control().user(BEN).unwrap().id;
    world.caller(Some(id), &["Calendars.ReadWrite", "Mail.Read"], &[])
}

async fn as_ben(world: &World, method: Method, path: &str, body: Value) -> Answer {
    world.call(&ben(world), method, path, &[], &body).await
}

/// Ben's events.
async fn bens(world: &World) -> Vec<Value> {
    as_ben(world, Method::GET, "/me/events", Value::Null).await.rows()
}

async fn act(world: &World, caller: &Caller, id: &str, action: &str, body: Value) -> (u16, String) {
    world.call(caller, Method::POST, &format!("/me/events/{id}/{action}"), &[], &body).await.outcome()
}

/// What was sent since the last look: kind and to whom.
fn sent(world: &World, seen: &mut u64) -> Vec<(MeetingMail, String)> {
    let mail = world.control().meeting_mail(*seen);
    *seen = mail.last().map_or(*seen, |one| one.number);
    mail.into_iter().map(|one| (one.kind, one.to)).collect()
}

#[tokio::test]
async fn an_attendee_inside_gets_a_copy_and_mail_and_one_outside_mail() {
    let world = world();
    let made = world.post("/me/events", meeting(&[BEN, OUTSIDE])).await.json();
    assert_eq!(made["attendees"][0]["status"]["response"], "none");
    let mut seen = 0;
    assert_eq!(sent(&world, &mut seen), [(MeetingMail::Request, BEN.to_owned()), (MeetingMail::Request, OUTSIDE.to_owned())]);
    assert_eq!(world.control().meeting_mail(0)[0].ical_uid, text(&made, "iCalUId"));
    let copy = bens(&world).await.remove(0);
    for name in ["iCalUId", "subject", "start", "end", "organizer"] {
        assert_eq!(copy[name], made[name], "{name}");
    }
    assert_eq!(
        (&copy["isOrganizer"], &copy["showAs"], &copy["responseStatus"]["response"]),
        (&json!(false), &json!("tentative"), &json!("notResponded"))
    );
    let people: Vec<String> = copy["attendees"].as_array().unwrap().iter().map(|one| text(one, "emailAddress/address")).collect();
    assert_eq!(people, [ANNA, BEN, OUTSIDE], "a copy names the organizer first");
    world.control().advance_clock(Duration::from_secs(30));
    let mail = as_ben(&world, Method::GET, "/me/messages", Value::Null).await.rows().remove(0);
    assert_eq!(
        (&mail["@odata.type"], &mail["meetingMessageType"]),
        (&json!("#microsoft.graph.eventMessageRequest"), &json!("meetingRequest"))
    );
    assert_eq!((text(&mail, "subject"), text(&mail, "startDateTime/dateTime")), ("Plan".into(), "2026-03-03T08:00:00.0000000".into()));
    let outside = world.control().outside(0);
    assert_eq!((outside.len(), outside[0].address.as_str()), (1, OUTSIDE));
    assert!(String::from_utf8_lossy(&outside[0].raw).contains("text/calendar"));
}

#[tokio::test]
async fn answers_reach_the_organizer_and_a_declined_event_is_gone() {
    let world = world();
    let mut seen = 0;
    for (action, shows, kind, word) in [
        ("accept", "busy", MeetingMail::Accepted, "accepted"),
        ("tentativelyAccept", "tentative", MeetingMail::TentativelyAccepted, "tentativelyAccepted"),
        ("decline", "", MeetingMail::Declined, "declined"),
    ] {
        let id = world.made(meeting(&[BEN])).await;
        let copy = text(bens(&world).await.last().unwrap(), "id");
        sent(&world, &mut seen);
        assert_eq!(act(&world, &ben(&world), &copy, action, json!({"Comment": "fine"})).await, (202, String::new()));
        assert_eq!(sent(&world, &mut seen), [(kind, ANNA.to_owned())]);
        let own = world.get(&format!("/me/events/{id}")).await.json();
        assert_eq!(own["attendees"][0]["status"]["response"], word);
        let after = as_ben(&world, Method::GET, &format!("/me/events/{copy}"), Value::Null).await;
        if shows.is_empty() {
            assert_eq!(after.status, 404);
        } else {
            assert_eq!((&after.json()["showAs"], &after.json()["responseStatus"]["response"]), (&json!(shows), &json!(word)));
        }
    }
    world.control().advance_clock(Duration::from_secs(30));
    let mail = world.get("/me/mailFolders/inbox/messages").await.rows();
    let mut kinds: Vec<String> = mail.iter().map(|one| text(one, "meetingMessageType")).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["meetingAccepted", "meetingDeclined", "meetingTenativelyAccepted"]);
}

#[tokio::test]
async fn an_answer_may_be_silent_or_propose_another_time_and_some_are_refused() {
    let world = world();
    let id = world.made(meeting(&[BEN])).await;
    let copy = text(&bens(&world).await[0], "id");
    let bad = (400, "ErrorInvalidRequest".to_owned());
    let slot = json!({"start": {"dateTime": "2026-03-04T09:00:00", "timeZone": "UTC"}, "end": {"dateTime": "2026-03-04T10:00:00", "timeZone": "UTC"}});
    assert_eq!(act(&world, &world.owner(), &id, "accept", Value::Null).await, bad, "the organizer does not answer");
    assert_eq!(act(&world, &ben(&world), &copy, "cancel", Value::Null).await, bad, "only the organizer calls off");
    let silent = json!({"sendResponse": false});
    let mut seen = 0;
    sent(&world, &mut seen);
    assert_eq!(act(&world, &ben(&world), &copy, "accept", silent).await.0, 202);
    assert!(sent(&world, &mut seen).is_empty());
    assert_eq!(world.get(&format!("/me/events/{id}")).await.json()["attendees"][0]["status"]["response"], "none");
    let refused = json!({"sendResponse": false, "proposedNewTime": slot});
    assert_eq!(act(&world, &ben(&world), &copy, "tentativelyAccept", refused).await, bad);
    assert_eq!(act(&world, &ben(&world), &copy, "tentativelyAccept", json!({"proposedNewTime": slot})).await.0, 202);
    assert_eq!(world.get(&format!("/me/events/{id}")).await.json()["attendees"][0]["proposedNewTime"]["start"], slot["start"]);
    world.patch(&format!("/me/events/{id}"), json!({"allowNewTimeProposals": false})).await;
    assert_eq!(act(&world, &ben(&world), &copy, "tentativelyAccept", json!({"proposedNewTime": slot})).await, bad);
}

#[tokio::test]
async fn a_change_that_concerns_attendees_reaches_their_copies_and_another_does_not() {
    let world = world();
    let path = format!("/me/events/{}", world.made(meeting(&[BEN])).await);
    let mut seen = 0;
    sent(&world, &mut seen);
    let copy = text(&bens(&world).await[0], "id");
    act(&world, &ben(&world), &copy, "accept", Value::Null).await;
    sent(&world, &mut seen);
    world.patch(&path, json!({"showAs": "oof", "categories": ["Red"], "reminderMinutesBeforeStart": 5})).await;
    assert!(sent(&world, &mut seen).is_empty());
    world.patch(&path, json!({"location": {"displayName": "Room B"}})).await;
    assert_eq!(sent(&world, &mut seen), [(MeetingMail::Update, BEN.to_owned())]);
    let after = bens(&world).await.remove(0);
    assert_eq!((text(&after, "location/displayName"), text(&after, "responseStatus/response")), ("Room B".into(), "accepted".into()));
    let moved = meeting(&[]);
    world.patch(&path, json!({"start": {"dateTime": "2026-03-05T09:00:00", "timeZone": "UTC"}, "end": {"dateTime": "2026-03-05T10:00:00", "timeZone": "UTC"}})).await;
    assert_ne!(moved["start"], Value::Null);
    let after = bens(&world).await.remove(0);
    assert_eq!(
        (text(&after, "start/dateTime"), text(&after, "responseStatus/response")),
        ("2026-03-05T09:00:00.0000000".into(), "notResponded".into())
    );
    sent(&world, &mut seen);
    world.patch(&path, with(&[OUTSIDE])).await;
    assert_eq!(sent(&world, &mut seen), [(MeetingMail::Request, OUTSIDE.to_owned()), (MeetingMail::Cancellation, BEN.to_owned())]);
    let after = bens(&world).await.remove(0);
    assert_eq!((&after["isCancelled"], text(&after, "subject")), (&json!(true), "Canceled: Plan".into()));
}

#[tokio::test]
async fn an_attendee_changes_only_what_is_local() {
    let world = world();
    let id = world.made(meeting(&[BEN])).await;
    let copy = format!("/me/events/{}", text(&bens(&world).await[0], "id"));
    let mut seen = 0;
    sent(&world, &mut seen);
    let changed = as_ben(&world, Method::PATCH, &copy, json!({"subject": "mine", "categories": ["Blue"]})).await.json();
    assert_eq!((&changed["subject"], &changed["categories"]), (&json!("Plan"), &json!(["Blue"])));
    assert_eq!(as_ben(&world, Method::DELETE, &copy, Value::Null).await.status, 204);
    assert!(sent(&world, &mut seen).is_empty(), "removing a copy is no answer");
    assert_eq!(world.get(&format!("/me/events/{id}")).await.status, 200);
}

#[tokio::test]
async fn calling_off_and_deleting_tell_everybody_once() {
    for (action, body) in [("cancel", json!({"comment": "sorry"})), ("", Value::Null)] {
        let world = world();
        let id = world.made(meeting(&[BEN, OUTSIDE])).await;
        let mut seen = 0;
        sent(&world, &mut seen);
        match action {
            "" => assert_eq!(world.delete(&format!("/me/events/{id}")).await.status, 204),
            action => assert_eq!(act(&world, &world.owner(), &id, action, body).await.0, 202),
        }
        assert_eq!(sent(&world, &mut seen), [(MeetingMail::Cancellation, BEN.to_owned()), (MeetingMail::Cancellation, OUTSIDE.to_owned())]);
        assert_eq!(world.get(&format!("/me/events/{id}")).await.status, 404);
        let copy = bens(&world).await.remove(0);
        assert_eq!((&copy["isCancelled"], &copy["showAs"]), (&json!(true), &json!("free")));
        world.control().advance_clock(Duration::from_secs(30));
        let mail = as_ben(&world, Method::GET, "/me/messages", Value::Null).await.rows();
        assert!(mail.iter().any(|one| one["meetingMessageType"] == "meetingCancelled" && one["subject"] == "Canceled: Plan"));
    }
}

#[tokio::test]
async fn one_day_of_a_series_is_answered_changed_and_called_off_by_itself() {
    let world = world();
    let mut body = series("Standup", no_end());
    body["attendees"] = with(&[BEN])["attendees"].clone();
    world.made(body).await;
    let window = "startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-03-12T00:00:00Z&$orderby=start/dateTime";
    let days = world.get(&format!("/me/calendarView?{window}")).await.column("id");
    let copies = async || as_ben(&world, Method::GET, &format!("/me/calendarView?{window}"), Value::Null).await.rows();
    assert_eq!(copies().await.len(), days.len());
    let mut seen = 0;
    sent(&world, &mut seen);
    let third = text(&copies().await[2], "id");
    assert_eq!(act(&world, &ben(&world), &third, "decline", Value::Null).await.0, 202);
    assert_eq!(copies().await.len(), days.len() - 1);
    let own = world.get(&format!("/me/events/{}", days[2])).await.json();
    assert_eq!((&own["type"], &own["attendees"][0]["status"]["response"]), (&json!("exception"), &json!("declined")));
    world.patch(&format!("/me/events/{}", days[0]), json!({"subject": "Special"})).await;
    assert_eq!(copies().await[0]["subject"], "Special");
    assert_eq!(act(&world, &world.owner(), &days[1], "cancel", json!({})).await.0, 202);
    assert_eq!(copies().await[1]["isCancelled"], true);
    let kinds: Vec<MeetingMail> = sent(&world, &mut seen).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [MeetingMail::Declined, MeetingMail::Update, MeetingMail::Cancellation]);
    let uids: Vec<String> = world.control().meeting_mail(0).iter().map(|mail| mail.ical_uid.clone()).collect();
    assert!(uids[1..].iter().all(|uid| *uid != uids[0]), "a day has an iCalUId of its own");
}

#[tokio::test]
async fn an_invitation_is_passed_on_and_reminders_are_put_off() {
    let world = world();
    let id = world.made(meeting(&[OUTSIDE])).await;
    let mut seen = 0;
    sent(&world, &mut seen);
    let to = json!({"ToRecipients": [{"emailAddress": {"address": BEN}}], "Comment": "you too"});
    assert_eq!(act(&world, &world.person(&["Calendars.Read"]), &id, "forward", to).await.0, 202);
    assert_eq!(sent(&world, &mut seen), [(MeetingMail::Forward, BEN.to_owned())]);
    assert_eq!(bens(&world).await.len(), 1);
    let later = json!({"newReminderTime": {"dateTime": "2026-03-03T07:30:00", "timeZone": "UTC"}});
    assert_eq!(act(&world, &world.owner(), &id, "snoozeReminder", later).await.0, 200);
    assert_eq!(world.get(&format!("/me/events/{id}")).await.json()["reminderMinutesBeforeStart"], 30);
    assert_eq!(act(&world, &world.owner(), &id, "dismissReminder", Value::Null).await.0, 200);
    assert_eq!(world.get(&format!("/me/events/{id}")).await.json()["isReminderOn"], false);
    let state = world.control().agenda(ANNA, at("2026-03-01T00:00:00Z"), at("2026-03-10T00:00:00Z")).unwrap();
    assert_eq!(state.calendars[0].events[0].attendees, [(OUTSIDE.to_owned(), "none".to_owned())]);
}
