//! Meetings between mailboxes: invitations, updates, cancellations and answers, as mail and in everybody's calendar.
//!
//! An attendee of the simulator's tenants gets a copy of the event at once; mail about it takes its time, like any mail.
//! Everything that was sent is noted in one journal, by whom and to whom, so that a test can count it (reference: Graph,
//! sections 8.1 and 8.4).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::arrival;
use crate::graph::calendar::event_json::{NEVER, ical_uid};
use crate::mailbox::calendar::{Event, EventReference, Instance, NewEvent, Times};
use crate::mailbox::{ItemNumber, Refused};
use crate::world::World;

/// What a meeting's mail says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum MeetingMail {
    /// Somebody is invited.
    Request,
    /// The meeting is another one now.
    Update,
    /// It does not take place, or not with this attendee.
    Cancellation,
    /// An attendee comes.
    Accepted,
    /// An attendee may come.
    TentativelyAccepted,
    /// An attendee does not come.
    Declined,
    /// An attendee passes the invitation on.
    Forward,
}

impl MeetingMail {
    fn method(self) -> &'static str {
        match self {
            Self::Request | Self::Update | Self::Forward => "REQUEST",
            Self::Cancellation => "CANCEL",
            Self::Accepted | Self::TentativelyAccepted | Self::Declined => "REPLY",
        }
    }

    /// What stands before the subject.
    fn prefix(self) -> &'static str {
        match self {
            Self::Request | Self::Update => "",
            Self::Cancellation => "Canceled: ",
            Self::Accepted => "Accepted: ",
            Self::TentativelyAccepted => "Tentative: ",
            Self::Declined => "Declined: ",
            Self::Forward => "FW: ",
        }
    }

    fn participation(self) -> &'static str {
        match self {
            Self::Accepted => "ACCEPTED",
            Self::TentativelyAccepted => "TENTATIVE",
            Self::Declined => "DECLINED",
            _ => "NEEDS-ACTION",
        }
    }

    /// The word in `status/response` of an attendee who says so.
    fn response(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::TentativelyAccepted => "tentativelyAccepted",
            Self::Declined => "declined",
            _ => "notResponded",
        }
    }
}

/// One mail about a meeting to one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SentMeetingMail {
    /// Its place in the order of sending, from 1.
    pub number: u64,
    /// When it was handed over.
    pub at: Timestamp,
    /// What it says.
    pub kind: MeetingMail,
    /// `iCalUId` of the event, or of the one occurrence that it is about.
    #[serde(rename = "iCalUId")]
    pub ical_uid: String,
    /// Who sent it.
    pub from: String,
    /// To whom.
    pub to: String,
    /// The event's subject.
    pub subject: String,
}

/// What was sent about meetings.
#[derive(Debug, Default)]
pub struct Meetings {
    sent: Vec<SentMeetingMail>,
}

impl Meetings {
    /// All of it, in the order of sending.
    pub fn sent(&self) -> &[SentMeetingMail] {
        &self.sent
    }
}

/// What attendees are shown of their organizer's event.
const SHARED: [&str; 13] = [
    "subject",
    "body",
    "bodyPreview",
    "importance",
    "sensitivity",
    "location",
    "locations",
    "attendees",
    "responseRequested",
    "allowNewTimeProposals",
    "hideAttendees",
    "isOnlineMeeting",
    "onlineMeeting",
];

/// An event as it was before a change, as far as attendees are concerned.
#[derive(Debug, Clone, PartialEq)]
pub struct Before {
    times: Times,
    shared: Map<String, Value>,
    series: Option<crate::mailbox::calendar::Recurrence>,
}

/// Remembers what attendees know of an event or occurrence.
pub fn before(world: &World, user: &str, reference: EventReference) -> Option<Before> {
    let instance = world.mailboxes.get(user)?.agenda().instance(reference)?;
    Some(Before { times: instance.times.clone(), shared: shared(&instance), series: instance.event.recurrence.clone() })
}

/// Invites everybody to an event that was just made.
pub fn invite(world: &mut World, user: &str, item: ItemNumber) {
    let reference = EventReference { item, date: None };
    let to = attendees_of(world, user, reference);
    tell(world, user, reference, &to, MeetingMail::Request, "");
    to.iter().for_each(|address| give_copy(world, user, item, address));
}

/// Gives attendees their copies without any mail: how a tenant is filled before anybody looks.
pub fn share_quietly(world: &mut World, user: &str, item: ItemNumber) {
    let to = attendees_of(world, user, EventReference { item, date: None });
    to.iter().for_each(|address| give_copy(world, user, item, address));
}

/// Tells attendees of a change, if it concerns them: new ones are invited, those left out are told so.
pub fn update(world: &mut World, user: &str, reference: EventReference, before: &Before) {
    let Some(now) = self::before(world, user, reference).filter(|now| now != before) else { return };
    let had = addresses(before.shared.get("attendees"));
    let has = addresses(now.shared.get("attendees"));
    let is_in = |list: &[String], address: &String| list.iter().any(|one| one.eq_ignore_ascii_case(address));
    let new: Vec<String> = has.iter().filter(|address| !is_in(&had, address)).cloned().collect();
    let gone: Vec<String> = had.iter().filter(|address| !is_in(&has, address)).cloned().collect();
    let kept: Vec<String> = has.iter().filter(|address| is_in(&had, address)).cloned().collect();
    if let Some(event) = world.mailboxes.get(user).and_then(|mailbox| mailbox.agenda().event(reference.item)) {
        let (uid, whole) = (event.uid.clone(), event.clone());
        for address in &kept {
            push(world, address, &uid, &whole, reference, before.times != now.times || before.series != now.series);
        }
        gone.iter().for_each(|address| call_off_copy(world, address, &uid, reference));
    }
    tell(world, user, reference, &kept, MeetingMail::Update, "");
    tell(world, user, reference, &new, MeetingMail::Request, "");
    tell(world, user, reference, &gone, MeetingMail::Cancellation, "");
    if reference.date.is_none() {
        new.iter().for_each(|address| give_copy(world, user, reference.item, address));
    }
}

/// Tells attendees that an event, or one occurrence, does not take place. The caller takes it out of the calendar.
pub fn cancel(world: &mut World, user: &str, reference: EventReference, comment: &str) {
    let to = attendees_of(world, user, reference);
    tell(world, user, reference, &to, MeetingMail::Cancellation, comment);
    let uid = world.mailboxes.get(user).and_then(|mailbox| mailbox.agenda().event(reference.item)).map(|event| event.uid.clone());
    for address in &to {
        uid.iter().for_each(|uid| call_off_copy(world, address, uid, reference));
    }
}

/// An attendee answers: on the own copy, with the organizer, and by mail if wanted. A declined event leaves the calendar.
///
/// # Errors
/// [`Refused::NoSuchItem`].
pub fn respond(world: &mut World, user: &str, reference: EventReference, answer: MeetingMail, letter: &Letter) -> Result<(), Refused> {
    let now = world.now();
    let instance = world.mailboxes.get(user).and_then(|mailbox| mailbox.agenda().instance(reference)).ok_or(Refused::NoSuchItem)?;
    let organizer = instance.property("organizer").map(address_of).unwrap_or_default();
    let uid = instance.event.uid.clone();
    let own = world.directory.user(user).map(|user| user.names()).unwrap_or_default();
    if letter.is_sent {
        tell(world, user, reference, std::slice::from_ref(&organizer), answer, &letter.comment);
    }
    let status = json!({"response": answer.response(), "time": now.to_string()});
    if let Some(id) = world.directory.user(&organizer).map(|user| user.id.clone()).filter(|_| letter.is_sent) {
        note_answer(world, &id, &uid, reference, &own, &status, letter.proposal.as_ref());
    }
    note_answer(world, user, &uid, reference, &own, &status, None);
    let mailbox = world.mailboxes.get_mut(user).ok_or(Refused::NoSuchItem)?;
    if answer == MeetingMail::Declined {
        return match reference.date {
            Some(date) => mailbox.cancel_occurrence(reference.item, date, now),
            None => mailbox.remove_event(reference.item, now),
        };
    }
    let shows = if answer == MeetingMail::Accepted { "busy" } else { "tentative" };
    let answered = Map::from_iter([("responseStatus".to_owned(), status), ("showAs".to_owned(), json!(shows))]);
    set(world, user, reference, answered)
}

/// What goes with an answer.
#[derive(Debug, Clone, Default)]
pub struct Letter {
    /// A mail is sent, and the organizer's event shows the answer.
    pub is_sent: bool,
    /// What the mail says.
    pub comment: String,
    /// A time that the attendee would like better, as Graph writes it.
    pub proposal: Option<Value>,
}

/// Passes an invitation on: the others get the mail, and those of the tenants a copy.
pub fn forward(world: &mut World, user: &str, reference: EventReference, to: &[String], comment: &str) {
    tell(world, user, reference, to, MeetingMail::Forward, comment);
    to.iter().for_each(|address| give_copy(world, user, reference.item, address));
}

/// Sends one mail to all and notes it for each.
fn tell(world: &mut World, user: &str, reference: EventReference, to: &[String], kind: MeetingMail, comment: &str) {
    let now = world.now();
    let (Some(sender), false) = (world.directory.user(user).map(|user| user.address().to_owned()), to.is_empty()) else { return };
    let Some(instance) = world.mailboxes.get(user).and_then(|mailbox| mailbox.agenda().instance(reference)) else { return };
    let subject = instance.text("subject").to_owned();
    let uid = ical_uid(&instance);
    let body = instance.property("body").map(|body| body["content"].as_str().unwrap_or_default().to_owned()).unwrap_or_default();
    let body = if kind.method() == "REQUEST" { format!("{comment}{body}") } else { comment.to_owned() };
    let calendar = calendar_text(&instance, kind, &sender, now);
    let mail = json!({
        "subject": format!("{}{subject}", kind.prefix()),
        "body": {"contentType": "html", "content": body},
        "toRecipients": to.iter().map(|address| json!({"emailAddress": {"address": address}})).collect::<Vec<_>>(),
        "attachments": [{
            "name": "invite.ics", "contentType": format!("text/calendar; charset=utf-8; method={}", kind.method()),
            "contentBytes": STANDARD.encode(calendar),
        }],
    });
    for address in to {
        let number = world.meetings.sent.len() as u64 + 1;
        let (from, to, subject, ical_uid) = (sender.clone(), address.clone(), subject.clone(), uid.clone());
        world.meetings.sent.push(SentMeetingMail { number, at: now, kind, ical_uid, from, to, subject });
    }
    arrival::submit(world, user, mail, true);
}

/// The event as an iCalendar object (RFC 5545, RFC 5546).
fn calendar_text(instance: &Instance<'_>, kind: MeetingMail, sender: &str, now: Timestamp) -> String {
    let event = instance.event;
    let escape = |text: &str| text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n");
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        format!("METHOD:{}", kind.method()),
        "PRODID:Microsoft Exchange Server 2010".to_owned(),
        "VERSION:2.0".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}", event.uid),
        format!("SUMMARY:{}", escape(instance.text("subject"))),
        format!("DTSTAMP:{}", now.strftime("%Y%m%dT%H%M%SZ")),
        moment("DTSTART", &instance.times, instance.times.start),
        moment("DTEND", &instance.times, instance.times.end),
        format!("SEQUENCE:{}", event.sequence),
        format!("STATUS:{}", if kind == MeetingMail::Cancellation { "CANCELLED" } else { "CONFIRMED" }),
    ];
    lines.extend(instance.original_start().map(|at| format!("RECURRENCE-ID:{}", at.strftime("%Y%m%dT%H%M%SZ"))));
    lines.extend(event.recurrence.as_ref().filter(|_| instance.date.is_none()).map(|series| format!("RRULE:{}", series.rule())));
    let place = instance.property("location").map(|place| place["displayName"].as_str().unwrap_or_default()).unwrap_or_default();
    lines.extend(Some(place).filter(|place| !place.is_empty()).map(|place| format!("LOCATION:{}", escape(place))));
    lines.extend(instance.property("organizer").map(|organizer| format!("ORGANIZER:mailto:{}", address_of(organizer))));
    match kind.method() {
        "REPLY" => lines.push(format!("ATTENDEE;PARTSTAT={}:mailto:{sender}", kind.participation())),
        _ => lines.extend(
            addresses(instance.property("attendees")).iter().map(|one| format!("ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{one}")),
        ),
    }
    lines.extend(["END:VEVENT".to_owned(), "END:VCALENDAR".to_owned()]);
    lines.iter().map(|line| format!("{}\r\n", folded(line))).collect()
}

fn moment(name: &str, times: &Times, at: jiff::civil::DateTime) -> String {
    if times.is_all_day {
        return format!("{name};VALUE=DATE:{}", at.strftime("%Y%m%d"));
    }
    let zone = times.time_zone();
    match zone.iana_name().filter(|name| *name != "UTC") {
        Some(iana) => format!("{name};TZID={iana}:{}", at.strftime("%Y%m%dT%H%M%S")),
        None => format!("{name}:{}", crate::zones::instant(at, &zone).strftime("%Y%m%dT%H%M%SZ")),
    }
}

/// Lines of at most 75 octets, broken between letters.
fn folded(line: &str) -> String {
    let mut out = String::new();
    let mut length = 0;
    for letter in line.chars() {
        if length + letter.len_utf8() > 74 {
            out.push_str("\r\n ");
            length = 1;
        }
        out.push(letter);
        length += letter.len_utf8();
    }
    out
}

/// Puts a copy of an organizer's event into an attendee's default calendar, unless there is one or it is the sender's own.
fn give_copy(world: &mut World, user: &str, item: ItemNumber, address: &str) {
    let now = world.now();
    let Some(event) = world.mailboxes.get(user).and_then(|mailbox| mailbox.agenda().event(item)).cloned() else { return };
    let Some(id) = world.directory.user(address).map(|user| user.id.clone()).filter(|id| id != user) else { return };
    let Some(mailbox) = world.mailboxes.get_mut(&id) else { return };
    if mailbox.agenda().by_uid(&event.uid).is_some() {
        return;
    }
    let calendar = mailbox.agenda().default_calendar();
    let properties = copied(&event);
    let new = NewEvent { times: event.times, recurrence: event.recurrence, properties, uid: Some(event.uid) };
    let made = mailbox.add_event(calendar, new, now);
    debug_assert!(made.is_ok(), "every mailbox has its default calendar");
}

fn copied(event: &Event) -> Map<String, Value> {
    let mut properties = event.properties.clone();
    properties.insert("attendees".to_owned(), with_organizer(&event.whole()));
    let own = json!({
        "isOrganizer": false, "responseStatus": {"response": "notResponded", "time": NEVER}, "showAs": "tentative", "categories": [],
        "transactionId": null, "isReminderOn": true, "reminderMinutesBeforeStart": 15,
    });
    properties.extend(own.as_object().cloned().unwrap_or_default());
    properties
}

/// A copy names the organizer among the attendees, without an answer (captured).
fn with_organizer(instance: &Instance<'_>) -> Value {
    let organizer = instance.property("organizer").map(|party| party["emailAddress"].clone()).unwrap_or_default();
    let first = json!({"type": "required", "emailAddress": organizer, "status": {"response": "none", "time": NEVER}});
    let others = instance.property("attendees").and_then(Value::as_array).cloned().unwrap_or_default();
    std::iter::once(first).chain(others).collect()
}

/// Brings a copy to what the organizer's event says; with other times the attendee has not answered yet.
fn push(world: &mut World, address: &str, uid: &str, event: &Event, reference: EventReference, moved: bool) {
    let now = world.now();
    let Some((id, item)) = copy_of(world, address, uid) else { return };
    let date = reference.date;
    let Some(instance) = date.map_or_else(|| Some(event.whole()), |date| event.occurrence(date)) else { return };
    let mut properties = shared(&instance);
    properties.insert("attendees".to_owned(), with_organizer(&instance));
    if moved {
        properties.insert("responseStatus".to_owned(), json!({"response": "notResponded", "time": NEVER}));
        properties.insert("showAs".to_owned(), json!("tentative"));
    }
    let Some(mailbox) = world.mailboxes.get_mut(&id) else { return };
    let done = match date {
        Some(date) => mailbox.alter_occurrence(item, date, now, |exception| {
            exception.times = Some(instance.times.clone());
            exception.properties.append(&mut properties);
        }),
        None => mailbox.alter_event(item, now, |copy| {
            (copy.times, copy.recurrence) = (event.times.clone(), event.recurrence.clone());
            copy.properties.append(&mut properties);
        }),
    };
    debug_assert!(done.is_ok() || date.is_some(), "the copy was there a moment ago");
}

/// A copy that was called off stays in the calendar as cancelled.
fn call_off_copy(world: &mut World, address: &str, uid: &str, reference: EventReference) {
    let Some((id, item)) = copy_of(world, address, uid) else { return };
    let reference = EventReference { item, date: reference.date };
    let instance = world.mailboxes.get(&id).and_then(|mailbox| mailbox.agenda().instance(reference));
    let Some(subject) = instance.map(|instance| instance.text("subject").to_owned()) else { return };
    let off = json!({"isCancelled": true, "subject": format!("Canceled: {subject}"), "showAs": "free", "isReminderOn": false});
    let done = set(world, &id, reference, off.as_object().cloned().unwrap_or_default());
    debug_assert!(done.is_ok(), "the copy was there a moment ago");
}

/// Writes an answer down on the attendee's line of an event.
fn note_answer(
    world: &mut World,
    user: &str,
    uid: &str,
    reference: EventReference,
    who: &[String],
    status: &Value,
    proposal: Option<&Value>,
) {
    let Some(mailbox) = world.mailboxes.get(user) else { return };
    let Some(event) = mailbox.agenda().by_uid(uid) else { return };
    let reference = EventReference { item: event.item, date: reference.date };
    let Some(instance) = mailbox.agenda().instance(reference) else { return };
    let mut attendees = instance.property("attendees").and_then(Value::as_array).cloned().unwrap_or_default();
    for one in &mut attendees {
        if who.iter().any(|name| name.eq_ignore_ascii_case(&address_of(one))) {
            one["status"] = status.clone();
            if let Some(proposal) = proposal {
                one["proposedNewTime"] = proposal.clone();
            }
        }
    }
    let done = set(world, user, reference, Map::from_iter([("attendees".to_owned(), Value::from(attendees))]));
    debug_assert!(done.is_ok(), "the event was there a moment ago");
}

/// Sets properties of an event or of one occurrence.
fn set(world: &mut World, user: &str, reference: EventReference, mut properties: Map<String, Value>) -> Result<(), Refused> {
    let now = world.now();
    let mailbox = world.mailboxes.get_mut(user).ok_or(Refused::NoSuchItem)?;
    match reference.date {
        Some(date) => mailbox.alter_occurrence(reference.item, date, now, |exception| exception.properties.append(&mut properties)),
        None => mailbox.alter_event(reference.item, now, |event| event.properties.append(&mut properties)),
    }
}

fn copy_of(world: &World, address: &str, uid: &str) -> Option<(String, ItemNumber)> {
    let id = world.directory.user(address)?.id.clone();
    let item = world.mailboxes.get(&id)?.agenda().by_uid(uid)?.item;
    Some((id, item))
}

fn shared(instance: &Instance<'_>) -> Map<String, Value> {
    SHARED.iter().filter_map(|name| Some(((*name).to_owned(), instance.property(name)?.clone()))).collect()
}

fn attendees_of(world: &World, user: &str, reference: EventReference) -> Vec<String> {
    let instance = world.mailboxes.get(user).and_then(|mailbox| mailbox.agenda().instance(reference));
    let own = world.directory.user(user).map(|user| user.names()).unwrap_or_default();
    let all = instance.map(|instance| addresses(instance.property("attendees"))).unwrap_or_default();
    all.into_iter().filter(|address| !own.iter().any(|name| name.eq_ignore_ascii_case(address))).collect()
}

fn addresses(list: Option<&Value>) -> Vec<String> {
    list.and_then(Value::as_array).into_iter().flatten().map(address_of).filter(|address| !address.is_empty()).collect()
}

fn address_of(party: &Value) -> String {
    party["emailAddress"]["address"].as_str().unwrap_or_default().to_owned()
}
