//! Calendars over Graph: calendars and their groups, events, series, views, delta (reference: Graph, sections 4.4 and 8).

pub mod access;
mod actions;
mod calendars;
pub mod event_input;
pub mod event_json;
mod events;
mod free_busy;
mod meeting_times;
pub mod path;
mod permissions;
mod schedule;
mod view;
mod view_delta;

use http::Method;
use path::{CalendarTarget, EventPart};

pub use events::{change_as, create_as, delete_as, make};

use super::answer::wrong_verb;
use super::call::{Call, Owner};
use super::path::Segment;
use super::reply::Reply;
use crate::Refusal;

/// Answers a path that is about calendars.
///
/// # Errors
/// 405 for a verb that the path does not take; else as each part says.
pub fn answer(call: &mut Call<'_>, owner: &Owner, segments: &[Segment]) -> Result<Reply, Refusal> {
    let target = path::read(segments)?;
    let method = call.request.method.clone();
    match (&target, &method) {
        (CalendarTarget::Calendars { group }, &Method::GET) => calendars::list(call, owner, group.as_deref()),
        (CalendarTarget::Calendars { group }, &Method::POST) => calendars::create(call, owner, group.as_deref()),
        (CalendarTarget::Groups, &Method::GET) => calendars::groups(call, owner),
        (CalendarTarget::Group(id), &Method::GET) => calendars::group(call, owner, id),
        (CalendarTarget::Calendar(name), &Method::GET) => calendars::get(call, owner, name),
        (CalendarTarget::Calendar(name), &Method::PATCH) => calendars::change(call, owner, name),
        (CalendarTarget::Calendar(name), &Method::DELETE) => calendars::delete(call, owner, name),
        (CalendarTarget::Events(name), &Method::GET) => events::list(call, owner, name),
        (CalendarTarget::Events(name), &Method::POST) => events::create(call, owner, name),
        (CalendarTarget::EventCount(name), &Method::GET) => events::count(call, owner, name),
        (CalendarTarget::EventDelta(name), &Method::GET) => view_delta::answer(call, owner, name, true),
        (CalendarTarget::View(name), &Method::GET) => view::list(call, owner, name),
        (CalendarTarget::ViewDelta(name), &Method::GET) => view_delta::answer(call, owner, name, false),
        (CalendarTarget::Schedule, &Method::POST) => schedule::get(call, owner),
        (CalendarTarget::MeetingTimes, &Method::POST) => meeting_times::find(call, owner),
        (CalendarTarget::Permissions(name), &Method::GET) => permissions::list(call, owner, name),
        (CalendarTarget::Permissions(name), &Method::POST) => permissions::create(call, owner, name),
        (CalendarTarget::Permission(name, id), &Method::GET) => permissions::get(call, owner, name, id),
        (CalendarTarget::Permission(name, id), &Method::PATCH) => permissions::change(call, owner, name, id),
        (CalendarTarget::Permission(name, id), &Method::DELETE) => permissions::delete(call, owner, name, id),
        (CalendarTarget::TimeZones { iana }, &Method::GET) => calendars::time_zones(call, owner, *iana),
        (CalendarTarget::Event { id, part }, method) => of_event(call, owner, id, part, method),
        _ => Err(wrong_verb()),
    }
}

fn of_event(call: &mut Call<'_>, owner: &Owner, id: &str, part: &EventPart, method: &Method) -> Result<Reply, Refusal> {
    match (part, method) {
        (EventPart::Itself, &Method::GET) => events::get(call, owner, id),
        (EventPart::Itself, &Method::PATCH) => events::change(call, owner, id),
        (EventPart::Itself, &Method::DELETE) => events::delete(call, owner, id),
        (EventPart::Action(action), &Method::POST) => actions::act(call, owner, id, action),
        (EventPart::Instances, &Method::GET) => view::instances(call, owner, id),
        _ => Err(wrong_verb()),
    }
}
