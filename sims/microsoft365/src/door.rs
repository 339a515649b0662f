//! The door: what a request meets before its effect, decided in one go: token, limits, mailbox policy, fault schedule.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use crate::faults::{FaultKind, Strike, Target};
use crate::identity;
use crate::identity::caller::Caller;
use crate::journal::{Cause, Entry};
use crate::limits::Lane;
use crate::place::{Owner, Place, mailbox_owner};
use crate::refusal::Refusal;
use crate::request::Request;
use crate::world::World;

/// What was decided at the door.
#[derive(Debug)]
pub enum Plan {
    /// It has its effect.
    Enter(Option<Caller>),
    /// It is refused without one.
    Refuse(Refusal),
    /// A fault strikes it.
    Strike(FaultKind, Option<Caller>),
}

/// A request that has been through the door.
#[derive(Debug)]
pub struct Admitted {
    /// What becomes of it.
    pub plan: Plan,
    /// How late its answer comes.
    pub latency: Duration,
    /// The slot it holds.
    pub slot: Option<Lane>,
    /// It is a batch and holds slots for its parts.
    pub is_batch: bool,
}

impl Admitted {
    fn refused(refusal: Refusal, slot: Option<Lane>) -> Self {
        Self { plan: Plan::Refuse(refusal), latency: Duration::ZERO, slot, is_batch: false }
    }
}

/// Lets a request in or not, and notes it in the journal; its `entry` becomes its number there.
pub fn admit(world: &mut World, request: &mut Request, place: Place, caller: Option<Caller>) -> Admitted {
    let arrival = look(world, request, place, caller);
    let (mut admitted, entry) = pass(world, request, arrival);
    request.entry = world.journal.arrive(entry);
    if request.batch.is_none() && is_batch(request) && !matches!(admitted.plan, Plan::Refuse(_)) {
        reserve_batch(world, request, &admitted.plan);
        admitted.is_batch = true;
    }
    admitted
}

/// What the door found out about a request before anything could go wrong with it.
struct Arrival {
    caller: Result<Option<Caller>, Refusal>,
    lane: Option<Lane>,
    mailbox_names: Vec<String>,
}

fn look(world: &World, request: &Request, place: Place, given: Option<Caller>) -> Arrival {
    if place == Place::Identity {
        return Arrival { caller: Ok(None), lane: None, mailbox_names: Vec::new() };
    }
    if place == Place::Upload {
        let upload = crate::graph::uploads::token_of(request).and_then(|token| world.uploads.get(token));
        let lane = upload.map(|upload| Lane { app: upload.app.clone(), mailbox: upload.user.clone() });
        let user = upload.and_then(|upload| world.directory.user(&upload.user));
        return Arrival { caller: Ok(None), lane, mailbox_names: user.map(|user| user.names()).unwrap_or_default() };
    }
    let caller = match given {
        Some(caller) => Ok(caller),
        None => identity::tokens::validate(world, request.header("authorization")),
    };
    let owner = mailbox_owner(request);
    let user = match (&owner, &caller) {
        (Some(Owner::Me), Ok(caller)) => caller.user.as_deref().and_then(|id| world.directory.user(id)),
        (Some(Owner::Named(name)), _) => world.directory.user(name),
        _ => None,
    };
    let lane = match (&caller, user) {
        (Ok(caller), Some(user)) => Some(Lane { app: caller.app_id.clone(), mailbox: user.id.clone() }),
        _ => None,
    };
    let mailbox_names = user.map(|user| user.names()).unwrap_or_default();
    Arrival { caller: caller.map(Some), lane, mailbox_names }
}

/// Token first, then the limits, then the mailbox policy, then the fault schedule.
fn pass(world: &mut World, request: &Request, arrival: Arrival) -> (Admitted, Entry) {
    let now = world.now();
    let mut entry = new_entry(world, request, &arrival, now);
    let caller = match arrival.caller {
        Ok(caller) => caller,
        Err(refusal) => return (Admitted::refused(refusal, None), entry),
    };
    let slot = match enter_limits(world, request, arrival.lane.as_ref(), now) {
        Ok(slot) => slot,
        Err(throttled) => {
            entry.throttled = Some(throttled.cause);
            return (Admitted::refused(throttled.refusal, None), entry);
        }
    };
    if let Some(refusal) = refused_by_policy(world, caller.as_ref(), arrival.lane.as_ref()) {
        return (Admitted::refused(refusal, slot), entry);
    }
    let path = request.path_and_query();
    let target = Target {
        method: request.method.as_str(),
        path: &path,
        mailbox: &arrival.mailbox_names,
        app: caller.as_ref().map(|caller| caller.app_id.as_str()),
    };
    let Strike { latency, kind, names } = world.faults.strike(target);
    entry.faults = names;
    if matches!(kind, Some(FaultKind::Throttled { .. })) {
        entry.throttled = Some(Cause::Fault);
    }
    let plan = match kind {
        Some(kind) => Plan::Strike(kind, caller),
        None => Plan::Enter(caller),
    };
    (Admitted { plan, latency, slot, is_batch: false }, entry)
}

fn new_entry(world: &World, request: &Request, arrival: &Arrival, now: Timestamp) -> Entry {
    let caller = arrival.caller.as_ref().ok().and_then(Option::as_ref);
    let target = if matches!(Place::of(&request.path), Place::Graph) { request.path_and_query() } else { request.path.clone() };
    Entry {
        number: 0,
        batch: request.batch,
        at: now,
        method: request.method.to_string(),
        target,
        app: caller.map(|caller| caller.app_id.clone()),
        mailbox: arrival.lane.as_ref().map(|lane| lane.mailbox.clone()),
        in_flight: arrival.lane.as_ref().map_or(0, |lane| world.limits.in_flight(lane)),
        throttled: None,
        faults: Vec::new(),
        status: None,
        reset: false,
    }
}

fn enter_limits(
    world: &mut World,
    request: &Request,
    lane: Option<&Lane>,
    now: Timestamp,
) -> Result<Option<Lane>, crate::limits::Throttled> {
    let Some(lane) = lane else { return Ok(None) };
    let uploads = matches!(request.method.as_str(), "POST" | "PUT" | "PATCH");
    let upload = if uploads { request.body.len() as u64 } else { 0 };
    match request.batch {
        Some(batch) => world.limits.enter_part(batch, lane, upload, now, &mut world.ids).map(|()| None),
        None => world.limits.enter(lane, upload, now, &mut world.ids).map(|()| Some(lane.clone())),
    }
}

fn refused_by_policy(world: &World, caller: Option<&Caller>, lane: Option<&Lane>) -> Option<Refusal> {
    let (caller, lane) = (caller?, lane?);
    let app_only = caller.user.is_none();
    (app_only && !world.directory.app_reaches(&lane.app, &lane.mailbox)).then(mailbox_refused)
}

/// (reference: identity, section 4.5)
pub fn mailbox_refused() -> Refusal {
    Refusal::new(
        403,
        "ErrorAccessDenied",
        "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.",
    )
}

fn is_batch(request: &Request) -> bool {
    Place::of(&request.path) == Place::Graph && request.segments().get(1).is_some_and(|segment| segment.eq_ignore_ascii_case("$batch"))
}

/// Takes the slots of a batch: four of its parts at a time, or one if any part waits for another.
fn reserve_batch(world: &mut World, request: &Request, plan: &Plan) {
    let (Plan::Enter(Some(caller)) | Plan::Strike(_, Some(caller))) = plan else { return };
    let Some(body) = request.json() else { return };
    let Some(parts) = body["requests"].as_array() else { return };
    let serial = parts.iter().any(|part| part.get("dependsOn").is_some_and(|on| on.as_array().is_some_and(|on| !on.is_empty())));
    let mut wanted: Vec<(Lane, u32)> = Vec::new();
    for part in parts {
        let url = part["url"].as_str().unwrap_or_default();
        let version = request.segments().first().cloned().unwrap_or_default();
        let url = format!("/{version}/{}", url.trim_start_matches('/'));
        let inner = request.part(http::Method::GET, &url, http::HeaderMap::new(), Bytes::new());
        let Some(lane) = look(world, &inner, Place::Graph, Some(caller.clone())).lane else { continue };
        match wanted.iter_mut().find(|(of, _)| *of == lane) {
            Some((_, count)) => *count += 1,
            None => wanted.push((lane, 1)),
        }
    }
    for (lane, count) in wanted {
        world.limits.reserve(request.entry, &lane, if serial { 1 } else { count });
    }
}
