//! Calendars and events from outside: made, changed and deleted as another client of the mailbox would, and what is there.
//!
//! Events are given in Graph's JSON and named by either form of id; an occurrence's id makes an exception of it or takes
//! its day out. What Graph would refuse is refused here. Each change is planned for notification before the call returns.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::http::Order;
use super::{Control, ControlError};
use crate::Refusal;
use crate::graph::calendar::event_json::ical_uid;
use crate::graph::calendar::{change_as, create_as, delete_as};
use crate::graph::subscriptions;
use crate::mailbox::calendar::{Event, Instance};
use crate::mailbox::{FolderNumber, IdForm, Mailbox};
use crate::meetings::SentMeetingMail;
use crate::world::World;

/// An event that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeEvent {
    /// Immutable id.
    pub id: String,
    /// Default id.
    pub default_id: String,
    /// `iCalUId`
    pub ical_uid: String,
}

/// What is in a mailbox's calendars within a window of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgendaState {
    /// The calendars, the default one first.
    pub calendars: Vec<CalendarState>,
}

/// One calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarState {
    /// Its id.
    pub id: String,
    /// `name`
    pub name: String,
    /// `isDefaultCalendar`
    pub is_default: bool,
    /// Single events, occurrences and exceptions that overlap the window, in the order in which events were made, then by day.
    pub events: Vec<EventState>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventState {
    /// Immutable id.
    pub id: String,
    /// Default id.
    pub default_id: String,
    /// Immutable id of its series.
    pub series_master_id: Option<String>,
    /// `iCalUId`
    pub ical_uid: String,
    /// `changeKey`
    pub change_key: String,
    /// `type`
    pub kind: &'static str,
    /// `subject`
    pub subject: String,
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// `isAllDay`
    pub is_all_day: bool,
    /// `isCancelled`
    pub is_cancelled: bool,
    /// `showAs`
    pub show_as: String,
    /// `responseStatus/response`
    pub response: String,
    /// The attendees: address and `status/response`.
    pub attendees: Vec<(String, String)>,
}

impl Control {
    /// Makes a calendar; gives its id.
    ///
    /// # Errors
    /// No such mailbox; the name is taken.
    pub fn create_calendar(&self, mailbox: &str, name: &str) -> Result<String, ControlError> {
        self.change(mailbox, |mailbox, _| {
            let number = mailbox.create_calendar(name, 0)?;
            Ok(mailbox.folder_id(number))
        })
    }

    /// Deletes a calendar with all that is in it.
    ///
    /// # Errors
    /// No such mailbox or calendar; the default calendar.
    pub fn delete_calendar(&self, mailbox: &str, calendar: &str) -> Result<(), ControlError> {
        self.change(mailbox, |mailbox, now| {
            let number = mailbox.find_calendar(calendar)?;
            Ok(mailbox.delete_calendar(number, now)?)
        })
    }

    /// Makes an event in a calendar (the default one if `None`), as the mailbox's owner does: attendees are invited.
    ///
    /// # Errors
    /// No such mailbox or calendar; [`ControlError::Bad`] with Graph's sentence for what is no event.
    pub fn create_event(&self, mailbox: &str, calendar: Option<&str>, event: &Value) -> Result<MadeEvent, ControlError> {
        self.with_user(mailbox, |world, user| {
            let number = calendar_number(&world.mailboxes[user], calendar)?;
            let item = create_as(world, user, number, event.clone()).map_err(bad)?;
            let mailbox = &world.mailboxes[user];
            let event = mailbox.agenda().event(item).ok_or(crate::mailbox::Refused::NoSuchItem)?;
            Ok(made(mailbox, event))
        })
    }

    /// Changes an event, or one occurrence of a series, as the mailbox's owner does in another client.
    ///
    /// # Errors
    /// No such mailbox or event; [`ControlError::Bad`] with Graph's sentence for what can't be changed.
    pub fn change_event(&self, mailbox: &str, event: &str, change: &Value) -> Result<(), ControlError> {
        self.with_user(mailbox, |world, user| {
            let reference = world.mailboxes[user].find_event(event)?;
            change_as(world, user, reference, change.clone()).map_err(bad)
        })
    }

    /// Deletes an event, or one occurrence of a series, as the mailbox's owner does in another client.
    ///
    /// # Errors
    /// No such mailbox or event.
    pub fn delete_event(&self, mailbox: &str, event: &str) -> Result<(), ControlError> {
        self.with_user(mailbox, |world, user| {
            let reference = world.mailboxes[user].find_event(event)?;
            delete_as(world, user, reference).map_err(bad)
        })
    }

    /// What was sent about meetings, with a number above `after`, in order: invitations, updates, cancellations, answers.
    pub fn meeting_mail(&self, after: u64) -> Vec<SentMeetingMail> {
        self.sim.world().meetings.sent().iter().filter(|mail| mail.number > after).cloned().collect()
    }

    /// What a mailbox's calendars have within a window, for comparing a mirror with it.
    ///
    /// # Errors
    /// [`ControlError::NotFound`].
    pub fn agenda(&self, mailbox: &str, from: Timestamp, to: Timestamp) -> Result<AgendaState, ControlError> {
        let world = self.sim.world();
        let mailbox = world.mailbox(mailbox).ok_or_else(|| ControlError::NotFound(mailbox.to_owned()))?;
        let calendars = mailbox.agenda().calendars().map(|calendar| {
            let events = mailbox.agenda().events(Some(calendar.number));
            let instances = events.flat_map(|event| event.within(from, to));
            CalendarState {
                id: mailbox.folder_id(calendar.number),
                name: calendar.name.clone(),
                is_default: calendar.is_default,
                events: instances.map(|one| state(mailbox, &one)).collect(),
            }
        });
        Ok(AgendaState { calendars: calendars.collect() })
    }

    /// Does something in the mailbox of a user, named as ever, and plans the notifications that follow from it.
    pub(super) fn with_user<T>(
        &self,
        mailbox: &str,
        change: impl FnOnce(&mut World, &str) -> Result<T, ControlError>,
    ) -> Result<T, ControlError> {
        let mut world = self.sim.world();
        let user = world.directory.user(mailbox).map(|user| user.id.clone()).filter(|id| world.mailboxes.contains_key(id));
        let user = user.ok_or_else(|| ControlError::NotFound(mailbox.to_owned()))?;
        let result = change(&mut world, &user);
        subscriptions::collect(&mut world);
        result
    }
}

fn calendar_number(mailbox: &Mailbox, calendar: Option<&str>) -> Result<FolderNumber, ControlError> {
    match calendar {
        None => Ok(mailbox.agenda().default_calendar()),
        Some(id) => Ok(mailbox.find_calendar(id)?),
    }
}

fn made(mailbox: &Mailbox, event: &Event) -> MadeEvent {
    let id = |form| mailbox.event_id(event, None, form);
    MadeEvent { id: id(IdForm::Immutable), default_id: id(IdForm::Default), ical_uid: event.uid.clone() }
}

fn state(mailbox: &Mailbox, instance: &Instance<'_>) -> EventState {
    let event = instance.event;
    let attendees = instance.property("attendees").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    EventState {
        id: mailbox.event_id(event, instance.date, IdForm::Immutable),
        default_id: mailbox.event_id(event, instance.date, IdForm::Default),
        series_master_id: instance.date.map(|_| mailbox.event_id(event, None, IdForm::Immutable)),
        ical_uid: ical_uid(instance),
        change_key: mailbox.key().change_key(instance.change()),
        kind: instance.kind().word(),
        subject: instance.text("subject").to_owned(),
        start: instance.times.starts_at(),
        end: instance.times.ends_at(),
        is_all_day: instance.times.is_all_day,
        is_cancelled: instance.truth("isCancelled"),
        show_as: instance.text("showAs").to_owned(),
        response: instance.property("responseStatus").map(|status| text(&status["response"])).unwrap_or_default(),
        attendees: attendees.iter().map(|one| (text(&one["emailAddress"]["address"]), text(&one["status"]["response"]))).collect(),
    }
}

/// Graph's refusal as the control plane's.
pub(super) fn bad(refusal: Refusal) -> ControlError {
    match refusal.status {
        404 => ControlError::Refused(crate::mailbox::Refused::NoSuchItem),
        _ => ControlError::Bad(refusal.message),
    }
}

impl AgendaState {
    /// The state as the control plane gives it.
    pub fn to_json(&self) -> Value {
        let event = |one: &EventState| {
            let attendees: Vec<Value> = one.attendees.iter().map(|(address, said)| json!({"address": address, "response": said})).collect();
            json!({
                "id": one.id, "defaultId": one.default_id, "seriesMasterId": one.series_master_id, "iCalUId": one.ical_uid,
                "changeKey": one.change_key, "type": one.kind, "subject": one.subject, "start": one.start, "end": one.end,
                "isAllDay": one.is_all_day, "isCancelled": one.is_cancelled, "showAs": one.show_as, "response": one.response,
                "attendees": attendees,
            })
        };
        let calendar = |one: &CalendarState| {
            let events: Vec<Value> = one.events.iter().map(event).collect();
            json!({"id": one.id, "name": one.name, "isDefaultCalendar": one.is_default, "events": events})
        };
        json!({"calendars": self.calendars.iter().map(calendar).collect::<Vec<_>>()})
    }
}

/// `/_sim/mailboxes/{name}/calendars` and `…/events`
pub(super) fn obey(
    control: &Control,
    order: &Order<'_>,
    method: &str,
    mailbox: &str,
    rest: &[&str],
) -> Option<Result<(u16, Value), ControlError>> {
    Some(match (method, rest) {
        ("GET", ["calendars"]) => window(order).and_then(|(from, to)| Ok((200, control.agenda(mailbox, from, to)?.to_json()))),
        ("POST", ["calendars"]) => order.body::<Value>().and_then(|body| {
            let name = body["name"].as_str().ok_or_else(|| ControlError::Bad("the body must have a name".to_owned()))?;
            Ok((201, json!({"id": control.create_calendar(mailbox, name)?})))
        }),
        ("DELETE", ["calendars", id]) => control.delete_calendar(mailbox, id).map(|()| (204, Value::Null)),
        ("POST", ["events"]) => order.body::<Value>().and_then(|body| {
            let event = body.get("event").unwrap_or(&body);
            let made = control.create_event(mailbox, body["calendar"].as_str(), event)?;
            Ok((201, json!({"id": made.id, "defaultId": made.default_id, "iCalUId": made.ical_uid})))
        }),
        ("PATCH", ["events", id]) => {
            order.body::<Value>().and_then(|body| control.change_event(mailbox, id, &body)).map(|()| (204, Value::Null))
        }
        ("DELETE", ["events", id]) => control.delete_event(mailbox, id).map(|()| (204, Value::Null)),
        _ => return None,
    })
}

/// The window that `from` and `to` name; the years from 2000 to 2049 if they don't.
fn window(order: &Order<'_>) -> Result<(Timestamp, Timestamp), ControlError> {
    let time = |name: &str| match order.query(name) {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| ControlError::Bad(format!("'{text}' is no time such as 2026-03-02T08:00:00Z"))),
    };
    let far = (Timestamp::constant(946_684_800, 0), Timestamp::constant(2_524_608_000, 0));
    Ok((time("from")?.unwrap_or(far.0), time("to")?.unwrap_or(far.1)))
}
