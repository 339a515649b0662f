//! Writing an event as JSON, with the keys of the captured answers.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::access::{Desk, Sight};
use crate::Refusal;
use crate::directory::User;
use crate::graph::call::{Call, encode_key};
use crate::graph::prefer::BodyForm;
use crate::graph::row_filter::Searchable;
use crate::mail;
use crate::mailbox::calendar::{EventKind, Instance, Times};
use crate::mailbox::{IdForm, Mailbox};
use crate::zones;

/// A time that never was (reference: Graph, section 13.29).
pub const NEVER: &str = "0001-01-01T00:00:00Z";

/// What can be asked of events.
pub const EVENTS: Searchable = Searchable {
    kind: "event",
    properties: &[&[
        "id",
        "createdDateTime",
        "lastModifiedDateTime",
        "changeKey",
        "categories",
        "transactionId",
        "originalStartTimeZone",
        "originalEndTimeZone",
        "originalStart",
        "iCalUId",
        "uid",
        "reminderMinutesBeforeStart",
        "isReminderOn",
        "hasAttachments",
        "subject",
        "bodyPreview",
        "importance",
        "sensitivity",
        "isAllDay",
        "isCancelled",
        "isOrganizer",
        "responseRequested",
        "seriesMasterId",
        "showAs",
        "type",
        "webLink",
        "onlineMeetingUrl",
        "isOnlineMeeting",
        "onlineMeetingProvider",
        "allowNewTimeProposals",
        "occurrenceId",
        "isDraft",
        "hideAttendees",
        "responseStatus",
        "body",
        "start",
        "end",
        "location",
        "locations",
        "recurrence",
        "attendees",
        "organizer",
        "onlineMeeting",
        "cancelledOccurrences",
    ]],
    paths: &[
        "subject",
        "start/dateTime",
        "end/dateTime",
        "createdDateTime",
        "lastModifiedDateTime",
        "iCalUId",
        "uid",
        "importance",
        "sensitivity",
        "showAs",
        "type",
        "seriesMasterId",
        "isAllDay",
        "isCancelled",
        "isOrganizer",
        "isOnlineMeeting",
        "isReminderOn",
        "hasAttachments",
        "transactionId",
        "location/displayName",
        "responseStatus/response",
    ],
    collections: &[("categories", "")],
};
/// What comes back only when selected.
pub const ON_REQUEST: [&str; 1] = ["cancelledOccurrences"];
/// What Calendars.ReadBasic does not show.
const BEYOND_BASIC: [&str; 2] = ["body", "bodyPreview"];

/// What is the same for all events of an answer.
#[derive(Debug, Clone)]
pub struct EventWriter<'a> {
    mailbox: &'a Mailbox,
    owner: &'a User,
    owner_path: String,
    ids: IdForm,
    zone: (String, TimeZone),
    body: Option<BodyForm>,
    shows_bodies: bool,
    sight: Sight,
}

impl<'a> EventWriter<'a> {
    /// A writer for one answer.
    ///
    /// # Errors
    /// 400 `TimeZoneNotSupportedException` for a preferred zone that there is not.
    pub fn new(call: &'a Call<'_>, desk: &'a Desk, sight: Sight) -> Result<Self, Refusal> {
        let name = call.prefer.zone.clone().unwrap_or_else(|| "UTC".to_owned());
        let zone = zones::zone(&name).ok_or_else(|| unknown_zone(&name))?;
        Ok(Self {
            mailbox: desk.mailbox(call),
            owner: &desk.user,
            owner_path: format!("{}/users('{}')", call.root(), encode_key(&desk.user.user_principal_name)),
            ids: call.prefer.ids,
            zone: (name, zone),
            body: call.prefer.body,
            shows_bodies: desk.shows_bodies,
            sight,
        })
    }

    /// The id in the form asked for.
    pub fn id(&self, instance: &Instance<'_>) -> String {
        self.mailbox.event_id(instance.event, instance.date, self.ids)
    }

    /// Everything.
    pub fn json(&self, instance: &Instance<'_>) -> Map<String, Value> {
        let event = instance.event;
        let change_key = self.mailbox.key().change_key(instance.change());
        let kept = |name: &str| instance.property(name).cloned().unwrap_or(Value::Null);
        let json = json!({
            "@odata.etag": format!("W/\"{change_key}\""),
            "id": self.id(instance),
            "createdDateTime": precise(instance.exception().map_or(event.created, |exception| exception.created)),
            "lastModifiedDateTime": precise(instance.modified()),
            "changeKey": change_key,
            "originalStartTimeZone": instance.times.zone,
            "originalEndTimeZone": instance.times.end_zone,
            "iCalUId": ical_uid(instance),
            "uid": event.uid,
            "hasAttachments": false,
            "isAllDay": instance.times.is_all_day,
            "seriesMasterId": instance.date.map(|_| self.id(&event.whole())),
            "type": instance.kind().word(),
            "webLink": self.web_link(instance),
            "onlineMeetingUrl": null,
            "occurrenceId": instance.date.map(|date| self.occurrence_id(instance, date)),
            "isDraft": false,
            "body": self.body(&kept("body")),
            "start": self.moment(&instance.times, instance.times.start),
            "end": self.moment(&instance.times, instance.times.end),
            "recurrence": event.recurrence.as_ref().filter(|_| instance.date.is_none()).map(|one| one.json(&event.times.zone)),
            "cancelledOccurrences": event.cancelled.iter().map(|date| self.occurrence_id(instance, *date)).collect::<Vec<_>>(),
            "calendar@odata.associationLink": format!("{}/$ref", self.calendar_link(instance)),
            "calendar@odata.navigationLink": self.calendar_link(instance),
        });
        let mut json = json.as_object().cloned().unwrap_or_default();
        for (name, value) in event.properties.iter().filter(|(name, _)| *name != "body") {
            json.insert(name.clone(), instance.property(name).unwrap_or(value).clone());
        }
        if instance.kind() == EventKind::Exception {
            json.insert("originalStart".to_owned(), json!(instance.original_start().map(precise)));
        }
        self.hide(instance, &mut json);
        json
    }

    /// The occurrence of a series as calendarView/delta shows it (reference: Graph, section 4.4; captured).
    pub fn stub(&self, instance: &Instance<'_>, in_own_zone: bool) -> Map<String, Value> {
        let event = instance.event;
        let change_key = self.mailbox.key().change_key(instance.change());
        let moment = |at: DateTime| match in_own_zone {
            true => json!({"dateTime": written(at), "timeZone": instance.times.zone}),
            false => self.moment(&instance.times, at),
        };
        let json = json!({
            "@odata.type": "#microsoft.graph.event",
            "@odata.etag": format!("W/\"{change_key}\""),
            "id": self.id(instance),
            "seriesMasterId": instance.date.map(|_| self.id(&event.whole())),
            "type": instance.kind().word(),
            "start": moment(instance.times.start),
            "end": moment(instance.times.end),
        });
        json.as_object().cloned().unwrap_or_default()
    }

    /// A time of an event in the zone that is asked for; whole days are midnight wherever one looks.
    pub fn moment(&self, times: &Times, at: DateTime) -> Value {
        let (name, zone) = &self.zone;
        let at = if times.is_all_day { at } else { zones::wall_clock(zones::instant(at, &times.time_zone()), zone) };
        json!({"dateTime": written(at), "timeZone": name})
    }

    fn occurrence_id(&self, instance: &Instance<'_>, date: jiff::civil::Date) -> String {
        format!("OID.{}.{date}", self.id(&instance.event.whole()))
    }

    fn body(&self, kept: &Value) -> Value {
        let content = kept["content"].as_str().unwrap_or_default();
        match (self.body, kept["contentType"].as_str()) {
            (Some(BodyForm::Text), Some("html")) => json!({"contentType": "text", "content": mail::html_to_text(content)}),
            (Some(BodyForm::Html), Some("text")) => json!({"contentType": "html", "content": mail::text_to_html(content)}),
            _ => kept.clone(),
        }
    }

    fn calendar_link(&self, instance: &Instance<'_>) -> String {
        format!("{}/calendars('{}')", self.owner_path, self.mailbox.folder_id(instance.event.calendar))
    }

    fn web_link(&self, instance: &Instance<'_>) -> String {
        let id = self.mailbox.event_id(instance.event, instance.date, IdForm::Default).replace('=', "%3D");
        format!("https://outlook.office365.com/owa/?itemid={id}&exvsurl=1&path=/calendar/item")
    }

    /// Takes away what the token or the owner does not show.
    fn hide(&self, instance: &Instance<'_>, json: &mut Map<String, Value>) {
        if !self.shows_bodies {
            json.retain(|name, _| !BEYOND_BASIC.contains(&name.as_str()));
        }
        let is_private = matches!(instance.text("sensitivity"), "private" | "personal" | "confidential");
        let only_busy = is_private && self.sight < Sight::All;
        if self.sight >= Sight::Details && !only_busy {
            return;
        }
        let nothing = json!({"displayName": "", "locationType": "default", "uniqueIdType": "unknown", "address": {}, "coordinates": {}});
        for (name, value) in [("attendees", json!([])), ("body", json!({"contentType": "html", "content": ""})), ("bodyPreview", json!(""))]
        {
            json.entry(name).and_modify(|known| *known = value);
        }
        json.insert("onlineMeeting".to_owned(), Value::Null);
        json.insert("organizer".to_owned(), party(self.owner));
        if only_busy {
            json.insert("subject".to_owned(), json!("Private Appointment"));
            json.insert("location".to_owned(), nothing);
            json.insert("locations".to_owned(), json!([]));
            json.insert("categories".to_owned(), json!([]));
        }
    }
}

/// Somebody of the directory as a `recipient`.
pub fn party(user: &User) -> Value {
    json!({"emailAddress": {"name": user.display_name, "address": user.address()}})
}

/// The id that all copies share; an occurrence has its day in it (reference: Graph, section 8.1).
pub fn ical_uid(instance: &Instance<'_>) -> String {
    match (instance.date, instance.event.uid.get(40..)) {
        (Some(date), Some(tail)) => {
            format!("{}{:04X}{:02X}{:02X}{tail}", &instance.event.uid[..32], date.year(), date.month(), date.day())
        }
        _ => instance.event.uid.clone(),
    }
}

/// A wall clock as Graph writes it.
pub fn written(at: DateTime) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.0000000").to_string()
}

/// A time to a tenth of a microsecond, as events have them (reference: Graph, section 13.30).
pub fn precise(at: Timestamp) -> String {
    format!("{}.{:07}Z", at.strftime("%Y-%m-%dT%H:%M:%S"), at.subsec_nanosecond() / 100)
}

/// (reference: Graph, section 1.5)
pub fn unknown_zone(name: &str) -> Refusal {
    let message = format!("A valid TimeZone value must be specified. The following TimeZone value is not supported: '{name}'.");
    Refusal::new(400, "TimeZoneNotSupportedException", message)
}
