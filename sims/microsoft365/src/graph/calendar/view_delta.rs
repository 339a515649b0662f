//! The delta of a calendar's view, bound to its window for ever; and that of its events.
//!
//! A first round walks the instances of the window in the order of their events. A later one looks at the events that
//! the log names: what the window had in any state since the last round and has no more is removed, what changed is
//! given as it is now. Occurrences come as stubs, single events and exceptions whole; whether series come is a setting
//! (reference: Graph, sections 4.3 and 4.4).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::access::{Wish, open};
use super::event_json::EventWriter;
use super::events::calendar_part;
use super::path::CalendarName;
use super::view::window;
use crate::Refusal;
use crate::graph::call::{Call, Owner};
use crate::graph::config::SeriesInDelta;
use crate::graph::delta;
use crate::graph::messages::not_found;
use crate::graph::reply::Reply;
use crate::graph::token::{Stage, Token};
use crate::mailbox::calendar::{Calendar, Event, EventKind, Instance};
use crate::mailbox::{ItemNumber, Mailbox};

/// An event as a whole in the order of rows; its occurrences follow.
const WHOLE: i64 = i64::MIN;

/// The place of a row: its event, and its day.
type Key = (u32, i64);

/// One row.
enum Row<'a> {
    Present(Instance<'a>),
    Gone(ItemNumber, Option<Date>),
}

/// What a round looks at.
struct Look<'a> {
    mailbox: &'a Mailbox,
    calendar: &'a Calendar,
    /// `None`: the events themselves.
    window: Option<(Timestamp, Timestamp)>,
    series: SeriesInDelta,
}

/// `calendarView/delta`, or with `of_events` `events/delta`.
///
/// # Errors
/// 400 for refused options and bad tokens, 410 for expired ones, 404 when the calendar is gone.
pub fn answer(call: &mut Call<'_>, owner: &Owner, name: &CalendarName, of_events: bool) -> Result<Reply, Refusal> {
    let is_empty = delta::draw_empty_page(call);
    let nonce = call.world.ids.next_u64();
    let call = &*call;
    let desk = open(call, owner, Wish::Read)?;
    let (number, sight) = desk.calendar(call, name).map_err(|refusal| with_link(call, refusal))?;
    let mailbox = desk.mailbox(call);
    let calendar = mailbox.agenda().calendar(number).ok_or_else(not_found)?;
    let part = if of_events { "events" } else { "calendarView" };
    let resource = format!("{}{}/{part}/delta", call.owner_path(owner), calendar_part(name));
    let bound = delta::bound(call, mailbox.key().guid(), number.0 ^ if of_events { 0x2000_0000 } else { 0 });
    let mut token = match delta::read_token(call, &bound, &resource)? {
        Some(token) => token,
        None => first(call, Token::begun(bound, Stage::First { began: calendar.log.last(), last: None, left: None }), of_events)?,
    };
    (token.nonce, token.made) = (nonce, call.world.now().as_second());
    start_later(call, &mut token, calendar, &resource)?;
    let series = call.config().delta_series;
    let look = Look { mailbox, calendar, window: token.window.and_then(instants), series };
    let room = if is_empty { 0 } else { delta::page_size(call) };
    let rows = look.page(&mut token, room);
    let writer = EventWriter::new(call, &desk, sight)?;
    let value: Vec<Value> = rows.iter().map(|row| written(call, &look, &writer, row)).collect();
    let link = delta::link(call, &resource, &token);
    let context = call.context("Collection(event)");
    Ok(Reply::json(format!("{{\"@odata.context\":\"{context}\",{link},\"value\":{}}}", Value::from(value))))
}

/// Behind a link the absence of the calendar has a code of its own.
fn with_link(call: &Call<'_>, refusal: Refusal) -> Refusal {
    let linked = call.options.get("$deltatoken").or(call.options.get("$skiptoken")).is_some();
    match linked && refusal.status == 404 {
        true => Refusal { code: call.config().delta_folder_gone_code.clone(), ..refusal },
        false => refusal,
    }
}

fn first(call: &Call<'_>, mut token: Token, of_events: bool) -> Result<Token, Refusal> {
    let resource = if of_events { "Events" } else { "CalendarView" };
    if call.options.get("$top").is_some() {
        let message = format!(
            "The '$top' parameter is not supported with change tracking over the '{resource}' resource. Express page size preferences \
             using the Prefer: odata.maxpagesize= header instead."
        );
        return Err(Refusal::new(400, "ErrorInvalidUrlQuery", message));
    }
    delta::refuse_options(call, resource, &["$orderby", "$filter", "$select", "$expand", "$search", "$skip"])?;
    if !of_events {
        let (from, to) = window(call)?;
        token.window = Some((from.as_second(), to.as_second()));
    }
    Ok(token)
}

fn instants((from, to): (i64, i64)) -> Option<(Timestamp, Timestamp)> {
    Some((Timestamp::from_second(from).ok()?, Timestamp::from_second(to).ok()?))
}

/// Turns a delta link into the start of a later round, if the log still reaches back so far.
fn start_later(call: &Call<'_>, token: &mut Token, calendar: &Calendar, resource: &str) -> Result<(), Refusal> {
    let needed = match token.stage {
        Stage::First { began, .. } => began,
        Stage::Done { seen } | Stage::Later { seen, .. } => seen,
    };
    let oldest = calendar.log.oldest_token();
    if needed < oldest {
        return Err(delta::expired(call, resource));
    }
    if let Stage::Done { seen } = token.stage {
        let given = seen.saturating_sub(call.config().delta_replayed_lines).max(oldest);
        token.stage = Stage::Later { seen: given, given, end: calendar.log.last() };
        token.reached = None;
    }
    Ok(())
}

impl Look<'_> {
    /// The rows of a page; leaves the token at what follows it.
    fn page(&self, token: &mut Token, room: usize) -> Vec<Row<'_>> {
        let (rows, after) = match token.stage {
            Stage::First { began, .. } => (self.all(), began),
            Stage::Later { seen, end, .. } => (self.changed(seen, end), end),
            Stage::Done { seen } => (BTreeMap::new(), seen),
        };
        let mut rest = rows.into_iter().filter(|(key, _)| token.reached.is_none_or(|reached| *key > reached)).peekable();
        let mut page = Vec::new();
        let mut reached = token.reached;
        while let Some((key, row)) = rest.next_if(|_| page.len() < room) {
            reached = Some(key);
            page.push(row);
        }
        let is_over = rest.peek().is_none();
        token.reached = reached.filter(|_| !is_over);
        if is_over {
            token.stage = Stage::Done { seen: after };
        }
        page
    }

    fn all(&self) -> BTreeMap<Key, Row<'_>> {
        let mut rows = BTreeMap::new();
        for event in self.mailbox.agenda().events(Some(self.calendar.number)) {
            let instances = self.instances(event);
            let has_any = !instances.is_empty();
            rows.extend(instances.into_iter().map(|one| (key(&one), Row::Present(one))));
            if has_any && self.window.is_some() && event.recurrence.is_some() && self.series == SeriesInDelta::Always {
                rows.insert((event.item.0, WHOLE), Row::Present(event.whole()));
            }
        }
        rows
    }

    fn changed(&self, seen: u64, end: u64) -> BTreeMap<Key, Row<'_>> {
        let mut before: BTreeMap<ItemNumber, BTreeSet<Key>> = BTreeMap::new();
        for line in self.calendar.log.between(seen, end) {
            let keys = before.entry(line.item).or_default();
            let states = line.before.iter();
            keys.extend(states.flat_map(|event| self.instances(event).iter().map(key).collect::<Vec<_>>()));
            if line.before.as_ref().is_some_and(|event| event.recurrence.is_some()) && self.series != SeriesInDelta::Never {
                keys.insert((line.item.0, WHOLE));
            }
        }
        let mut rows = BTreeMap::new();
        for (item, had) in before {
            let now = self.mailbox.agenda().event(item);
            for instance in now.iter().flat_map(|event| self.instances(event)) {
                if instance.logged() > seen {
                    rows.insert(key(&instance), Row::Present(instance));
                }
            }
            let whole = (item.0, WHOLE);
            let shows_series = self.window.is_some() && self.series != SeriesInDelta::Never;
            let changed_series = now.filter(|event| shows_series && event.recurrence.is_some() && event.logged > seen);
            rows.extend(changed_series.map(|event| (whole, Row::Present(event.whole()))));
            let still: BTreeSet<Key> = now.iter().flat_map(|event| self.instances(event)).map(|one| key(&one)).collect();
            let lives = |key: &Key| still.contains(key) || (*key == whole && now.is_some_and(|event| event.recurrence.is_some()));
            for gone in had.into_iter().filter(|key| !lives(key)) {
                rows.insert(gone, Row::Gone(item, date(gone.1)));
            }
        }
        rows
    }

    /// What of an event a round shows.
    fn instances<'e>(&self, event: &'e Event) -> Vec<Instance<'e>> {
        match self.window {
            Some((from, to)) => event.within(from, to),
            None => vec![event.whole()],
        }
    }
}

fn key(instance: &Instance<'_>) -> Key {
    let day = instance.date.map(|date| date.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24);
    (instance.event.item.0, day.unwrap_or(WHOLE))
}

fn date(day: i64) -> Option<Date> {
    let days = i32::try_from(day).ok()?;
    Date::constant(1970, 1, 1).checked_add(jiff::Span::new().days(days)).ok()
}

fn written(call: &Call<'_>, look: &Look<'_>, writer: &EventWriter<'_>, row: &Row<'_>) -> Value {
    let (mailbox, calendar, of_events) = (look.mailbox, look.calendar.number, look.window.is_none());
    let own_zone = call.config().delta_stubs_in_own_zone;
    match row {
        Row::Present(instance) if of_events || instance.kind() == EventKind::Occurrence => {
            Value::Object(writer.stub(instance, own_zone && !of_events))
        }
        Row::Present(instance) => {
            let mut json = writer.json(instance);
            json.remove("cancelledOccurrences");
            json.retain(|name, _| !name.starts_with("calendar@"));
            json.insert("@odata.type".to_owned(), json!("#microsoft.graph.event"));
            Value::Object(json)
        }
        Row::Gone(item, date) => {
            let id = match date {
                Some(date) => mailbox.key().occurrence_id(calendar, *item, *date, call.prefer.ids),
                None => mailbox.id_of(calendar, *item, 0, call.prefer.ids),
            };
            json!({"@odata.type": "#microsoft.graph.event", "id": id, "@removed": {"reason": "deleted"}})
        }
    }
}
