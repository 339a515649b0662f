//! The calendars of a mailbox and what can be done to them and to their events.
//!
//! Every change gives a new change key, writes a line into the calendar's log and is told to the subscriptions. Numbers
//! of calendars and events are told from those of mail by their highest bits, since ids are made from them alike.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value};

use super::event::{Event, Exception, Instance, Times};
use super::log::{EventLine, EventLog};
use super::recurrence::Recurrence;
use super::sharing::{CalendarRole, Permission};
use crate::mailbox::change::{Change, ChangeKind, ItemClass, Refused};
use crate::mailbox::folder::FolderNumber;
use crate::mailbox::ids::{IdForm, ItemReference, mix};
use crate::mailbox::message::ItemNumber;
use crate::mailbox::store::Mailbox;

const CALENDARS: u32 = 0x8000_0000;
const EVENTS: u32 = 0x8000_0000;
/// The group that every mailbox has.
const MY_CALENDARS: &str = "My Calendars";

/// A calendar.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// Its number in the mailbox.
    pub number: FolderNumber,
    /// `name`
    pub name: String,
    /// `color`
    pub color: String,
    /// `hexColor`
    pub hex_color: String,
    /// The one that stays.
    pub is_default: bool,
    /// The place of its group in the list of groups.
    pub group: usize,
    /// The number of its last change.
    pub change: u64,
    /// Who may see it.
    pub permissions: Vec<Permission>,
    /// How many permissions it ever had.
    pub permissions_made: u32,
    /// What changed in it.
    pub log: EventLog,
}

/// A group of calendars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarGroup {
    /// `name`
    pub name: String,
    /// `classId`
    pub class_id: &'static str,
}

/// The calendars and events of a mailbox.
#[derive(Debug, Clone)]
pub struct Agenda {
    calendars: BTreeMap<FolderNumber, Calendar>,
    groups: Vec<CalendarGroup>,
    events: BTreeMap<ItemNumber, Event>,
    calendars_made: u32,
    events_made: u32,
}

/// What an id of an event names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventReference {
    /// The event.
    pub item: ItemNumber,
    /// The day of the occurrence.
    pub date: Option<Date>,
}

/// An event to be made.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// When it is.
    pub times: Times,
    /// What makes it a series.
    pub recurrence: Option<Recurrence>,
    /// What Graph shows as it is kept.
    pub properties: Map<String, Value>,
    /// The id that all copies share, if it is a copy.
    pub uid: Option<String>,
}

impl Agenda {
    /// The default calendar in its group.
    pub(in crate::mailbox) fn new() -> Self {
        let group = |name: &str, class_id| CalendarGroup { name: name.to_owned(), class_id };
        let groups = vec![
            group(MY_CALENDARS, "0006f0b7-0000-0000-c000-000000000046"),
            group("Other Calendars", "0006f0b8-0000-0000-c000-000000000046"),
            group("People's Calendars", "0006f0b9-0000-0000-c000-000000000046"),
        ];
        let mut agenda = Self { calendars: BTreeMap::new(), groups, events: BTreeMap::new(), calendars_made: 0, events_made: 0 };
        agenda.add_calendar("Calendar", true, 0, 0);
        agenda
    }

    fn add_calendar(&mut self, name: &str, is_default: bool, group: usize, change: u64) -> FolderNumber {
        self.calendars_made += 1;
        let number = FolderNumber(CALENDARS | self.calendars_made);
        let everybody = Permission { number: 1, address: None, name: "My Organization".to_owned(), role: CalendarRole::FreeBusyRead };
        let calendar = Calendar {
            number,
            name: name.to_owned(),
            color: "auto".to_owned(),
            hex_color: String::new(),
            is_default,
            group,
            change,
            permissions: vec![everybody],
            permissions_made: 1,
            log: EventLog::default(),
        };
        self.calendars.insert(number, calendar);
        number
    }

    /// The calendars, the default one first.
    pub fn calendars(&self) -> impl Iterator<Item = &Calendar> {
        self.calendars.values()
    }

    /// One of them.
    pub fn calendar(&self, number: FolderNumber) -> Option<&Calendar> {
        self.calendars.get(&number)
    }

    /// The default one.
    pub fn default_calendar(&self) -> FolderNumber {
        FolderNumber(CALENDARS | 1)
    }

    /// The groups.
    pub fn groups(&self) -> &[CalendarGroup] {
        &self.groups
    }

    /// The events of a calendar, or of all, in the order in which they were made.
    pub fn events(&self, calendar: Option<FolderNumber>) -> impl Iterator<Item = &Event> {
        self.events.values().filter(move |event| calendar.is_none_or(|calendar| calendar == event.calendar))
    }

    /// One event.
    pub fn event(&self, item: ItemNumber) -> Option<&Event> {
        self.events.get(&item)
    }

    /// The event with this uid.
    pub fn by_uid(&self, uid: &str) -> Option<&Event> {
        self.events.values().find(|event| event.uid == uid)
    }

    /// The event that a client made with this id of its own.
    pub fn by_transaction(&self, id: &str) -> Option<&Event> {
        self.events.values().find(|event| event.properties.get("transactionId").and_then(Value::as_str) == Some(id))
    }

    /// What an id means that was read already.
    pub fn instance(&self, reference: EventReference) -> Option<Instance<'_>> {
        let event = self.event(reference.item)?;
        match reference.date {
            None => Some(event.whole()),
            Some(date) => event.occurrence(date),
        }
    }
}

impl Mailbox {
    /// The calendars and events.
    pub fn agenda(&self) -> &Agenda {
        &self.agenda
    }

    /// Finds a calendar by id.
    ///
    /// # Errors
    /// [`Refused::MalformedId`], [`Refused::NoSuchFolder`].
    pub fn find_calendar(&self, id: &str) -> Result<FolderNumber, Refused> {
        let number = self.key.read_folder_id(id).ok_or(Refused::MalformedId)?;
        self.agenda.calendar(number).map(|calendar| calendar.number).ok_or(Refused::NoSuchFolder)
    }

    /// Finds an event or an occurrence by an id of either form.
    ///
    /// # Errors
    /// [`Refused::MalformedId`], [`Refused::NoSuchItem`].
    pub fn find_event(&self, id: &str) -> Result<EventReference, Refused> {
        let (reference, date) = self.key.read_occurrence_id(id).ok_or(Refused::MalformedId)?;
        let item = match reference {
            ItemReference::Anywhere { item } | ItemReference::Placed { item, .. } => item,
        };
        let reference = EventReference { item, date };
        self.agenda.instance(reference).map(|_| reference).ok_or(Refused::NoSuchItem)
    }

    /// The id of an event or of one occurrence.
    pub fn event_id(&self, event: &Event, date: Option<Date>, form: IdForm) -> String {
        match date {
            None => self.id_of(event.calendar, event.item, 0, form),
            Some(date) => self.key.occurrence_id(event.calendar, event.item, date, form),
        }
    }

    /// Makes a calendar.
    ///
    /// # Errors
    /// [`Refused::FolderExists`] when the name is taken.
    pub fn create_calendar(&mut self, name: &str, group: usize) -> Result<FolderNumber, Refused> {
        if self.agenda.calendars().any(|calendar| calendar.name.eq_ignore_ascii_case(name)) {
            return Err(Refused::FolderExists);
        }
        let change = self.next_change();
        Ok(self.agenda.add_calendar(name, false, group, change))
    }

    /// Changes what a calendar says about itself.
    ///
    /// # Errors
    /// [`Refused::NoSuchFolder`].
    pub fn alter_calendar(&mut self, number: FolderNumber, alter: impl FnOnce(&mut Calendar)) -> Result<(), Refused> {
        let change = self.next_change();
        let calendar = self.agenda.calendars.get_mut(&number).ok_or(Refused::NoSuchFolder)?;
        alter(calendar);
        calendar.change = change;
        Ok(())
    }

    /// Deletes a calendar with its events.
    ///
    /// # Errors
    /// [`Refused::NoSuchFolder`]; [`Refused::ProtectedFolder`] for the default one.
    pub fn delete_calendar(&mut self, number: FolderNumber, now: Timestamp) -> Result<(), Refused> {
        if self.agenda.calendar(number).ok_or(Refused::NoSuchFolder)?.is_default {
            return Err(Refused::ProtectedFolder);
        }
        let items: Vec<ItemNumber> = self.agenda.events(Some(number)).map(|event| event.item).collect();
        for item in items {
            self.remove_event(item, now)?;
        }
        self.agenda.calendars.remove(&number);
        Ok(())
    }

    /// Makes an event.
    ///
    /// # Errors
    /// [`Refused::NoSuchFolder`].
    pub fn add_event(&mut self, calendar: FolderNumber, new: NewEvent, now: Timestamp) -> Result<ItemNumber, Refused> {
        self.agenda.calendar(calendar).ok_or(Refused::NoSuchFolder)?;
        self.agenda.events_made += 1;
        let item = ItemNumber(EVENTS | self.agenda.events_made);
        let change = self.next_change();
        let own = || uid(self.key.guid(), self.agenda.events_made);
        let event = Event {
            item,
            calendar,
            change,
            created: now,
            modified: now,
            uid: new.uid.unwrap_or_else(own),
            sequence: 0,
            times: new.times,
            recurrence: new.recurrence,
            properties: new.properties,
            exceptions: BTreeMap::new(),
            cancelled: std::collections::BTreeSet::new(),
            logged: 0,
            touched: 0,
        };
        self.agenda.events.insert(item, event);
        self.note(item, None, ChangeKind::Created, now, true);
        Ok(item)
    }

    /// Changes an event as a whole. Another recurrence or other hours end what was special about single occurrences.
    ///
    /// # Errors
    /// [`Refused::NoSuchItem`].
    pub fn alter_event(&mut self, item: ItemNumber, now: Timestamp, alter: impl FnOnce(&mut Event)) -> Result<(), Refused> {
        let before = Arc::new(self.agenda.event(item).ok_or(Refused::NoSuchItem)?.clone());
        let change = self.next_change();
        let event = self.agenda.events.get_mut(&item).ok_or(Refused::NoSuchItem)?;
        alter(event);
        (event.change, event.modified) = (change, now);
        if event.recurrence != before.recurrence || event.times != before.times {
            event.exceptions.clear();
            event.cancelled.clear();
        }
        self.note(item, Some(before), ChangeKind::Updated, now, true);
        Ok(())
    }

    /// Makes an occurrence unlike its series, or changes what is unlike about it.
    ///
    /// # Errors
    /// [`Refused::NoSuchItem`].
    pub fn alter_occurrence(
        &mut self,
        item: ItemNumber,
        date: Date,
        now: Timestamp,
        alter: impl FnOnce(&mut Exception),
    ) -> Result<(), Refused> {
        let before = self.agenda.event(item).ok_or(Refused::NoSuchItem)?;
        before.occurrence(date).ok_or(Refused::NoSuchItem)?;
        let before = Arc::new(before.clone());
        let change = self.next_change();
        let event = self.agenda.events.get_mut(&item).ok_or(Refused::NoSuchItem)?;
        let new = || Exception { times: None, properties: Map::new(), change, created: now, modified: now, logged: 0 };
        let exception = event.exceptions.entry(date).or_insert_with(new);
        alter(exception);
        (exception.change, exception.modified) = (change, now);
        let logged = self.note(item, Some(before), ChangeKind::Updated, now, false);
        if let Some(exception) = self.agenda.events.get_mut(&item).and_then(|event| event.exceptions.get_mut(&date)) {
            exception.logged = logged;
        }
        Ok(())
    }

    /// Takes one occurrence out of a series.
    ///
    /// # Errors
    /// [`Refused::NoSuchItem`].
    pub fn cancel_occurrence(&mut self, item: ItemNumber, date: Date, now: Timestamp) -> Result<(), Refused> {
        let before = self.agenda.event(item).ok_or(Refused::NoSuchItem)?;
        before.occurrence(date).ok_or(Refused::NoSuchItem)?;
        let before = Arc::new(before.clone());
        let change = self.next_change();
        let event = self.agenda.events.get_mut(&item).ok_or(Refused::NoSuchItem)?;
        event.exceptions.remove(&date);
        event.cancelled.insert(date);
        (event.change, event.modified) = (change, now);
        self.note(item, Some(before), ChangeKind::Updated, now, false);
        Ok(())
    }

    /// Deletes an event with all its occurrences.
    ///
    /// # Errors
    /// [`Refused::NoSuchItem`].
    pub fn remove_event(&mut self, item: ItemNumber, now: Timestamp) -> Result<(), Refused> {
        let before = self.agenda.events.remove(&item).ok_or(Refused::NoSuchItem)?;
        self.note(item, Some(Arc::new(before)), ChangeKind::Deleted, now, true);
        Ok(())
    }

    /// Writes the line and tells the subscriptions; `whole`: all occurrences count as changed.
    fn note(&mut self, item: ItemNumber, before: Option<Arc<Event>>, kind: ChangeKind, at: Timestamp, whole: bool) -> u64 {
        let present = self.agenda.events.get(&item).map(|event| (event.calendar, event.change));
        let known = present.or_else(|| before.as_ref().map(|event| (event.calendar, event.change)));
        let Some((folder, change)) = known else { return 0 };
        let length_max = self.rules.log_lines_max;
        let calendar = self.agenda.calendars.get_mut(&folder);
        let logged = calendar.map_or(0, |calendar| calendar.log.append(EventLine { item, before }, length_max));
        if let Some(event) = self.agenda.events.get_mut(&item) {
            event.touched = logged;
            if whole {
                event.logged = logged;
            }
        }
        let class = ItemClass::Event;
        self.pending.push(Change { class, kind, folder, item, stay: 0, change, read: (true, true), moved: false, at });
        logged
    }
}

/// A global object id as Exchange makes them: a fixed opening, room for a date, and a part of its own ([MS-OXOCAL],
/// `PidLidGlobalObjectId`).
fn uid(mailbox: &str, number: u32) -> String {
    let seed = mailbox.bytes().fold(0u128, |seed, byte| seed.rotate_left(7) ^ u128::from(byte));
    let (own, time) = (mix(seed, u64::from(number)), mix(seed, u64::from(number) | 0x7117_0000_0000_0000));
    format!("040000008200E00074C5B7101A82E00800000000{:016X}000000000000000010000000{own:032X}", time as u64)
}
