//! One request from arrival to answer: what it met at the door, its slot, its effect, its end in the journal.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;

use crate::faults::{FaultKind, Strike, Target};
use crate::identity::caller::Caller;
use crate::journal::{Cause, Entry};
use crate::limits::Lane;
use crate::place::{Owner, Place, mailbox_owner};
use crate::refusal::Refusal;
use crate::request::Request;
use crate::simulator::Simulator;
use crate::world::World;
use crate::{control, graph, identity};

/// How a visit ends for its caller.
#[derive(Debug)]
pub enum Answer {
    /// An HTTP answer.
    Response(Response<Bytes>),
    /// The connection is cut with no answer.
    Reset,
}

impl Answer {
    /// The HTTP answer; `None` if the connection was cut.
    pub fn response(self) -> Option<Response<Bytes>> {
        match self {
            Self::Response(response) => Some(response),
            Self::Reset => None,
        }
    }
}

/// What was decided at the door.
#[derive(Debug)]
enum Plan {
    Enter(Option<Caller>),
    Refuse(Refusal),
    Strike(FaultKind, Option<Caller>),
}

/// A request that has arrived. It holds its slot until it is dropped.
#[derive(Debug)]
pub struct Visit {
    sim: Simulator,
    request: Request,
    place: Place,
    plan: Plan,
    latency: Duration,
    lane: Option<Lane>,
    is_batch: bool,
}

/// What the door found out about a request before anything could go wrong with it.
struct Arrival {
    caller: Result<Option<Caller>, Refusal>,
    lane: Option<Lane>,
    mailbox_names: Vec<String>,
}

impl Visit {
    pub(crate) fn arrive(sim: &Simulator, mut request: Request, caller: Option<Caller>) -> Self {
        let place = Place::of(&request.path);
        let mut visit = Self {
            sim: sim.clone(),
            request: request.clone(),
            place,
            plan: Plan::Enter(caller),
            latency: Duration::ZERO,
            lane: None,
            is_batch: false,
        };
        if place == Place::Control {
            return visit;
        }
        let mut world = sim.world();
        let given = match std::mem::replace(&mut visit.plan, Plan::Enter(None)) {
            Plan::Enter(caller) => caller,
            _ => None,
        };
        let arrival = look(&world, &request, place, given);
        let door = pass(&mut world, &request, arrival);
        request.entry = world.journal.arrive(door.entry);
        if request.batch.is_none() && is_batch(&request) && matches!(door.plan, Plan::Enter(_)) {
            reserve_batch(&mut world, &request, &door.plan);
            visit.is_batch = true;
        }
        drop(world);
        visit.request = request;
        visit.plan = door.plan;
        visit.latency = door.latency;
        visit.lane = door.slot;
        visit
    }

    /// How late the fault schedule makes this answer. The server waits it; a seeded test may ignore it.
    pub fn delay(&self) -> Duration {
        self.latency
    }

    /// The request, as it was read.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Performs the effect and makes the answer.
    pub async fn finish(&mut self) -> Answer {
        let plan = std::mem::replace(&mut self.plan, Plan::Enter(None));
        let answer = match plan {
            Plan::Enter(caller) => Answer::Response(self.perform(caller).await),
            Plan::Refuse(refusal) => Answer::Response(self.refuse(&refusal)),
            Plan::Strike(kind, caller) => self.suffer(kind, caller).await,
        };
        if self.place != Place::Control {
            let status = match &answer {
                Answer::Response(response) => Some(response.status().as_u16()),
                Answer::Reset => None,
            };
            self.sim.world().journal.settle(self.request.entry, status);
        }
        answer
    }

    /// The same for a part of a batch, whose connection can't be cut: a cut becomes a 504.
    pub async fn finish_part(&mut self) -> Response<Bytes> {
        match self.finish().await {
            Answer::Response(response) => response,
            Answer::Reset => self.refuse(&Refusal::new(504, "UnknownError", "")),
        }
    }

    async fn perform(&self, caller: Option<Caller>) -> Response<Bytes> {
        match (self.place, caller) {
            (Place::Control, _) => control::http::answer(&self.sim, &self.request).await,
            (Place::Identity, _) => identity::answer(&self.sim, &self.request),
            (Place::Graph, Some(caller)) => match identity::sessions::answer(&self.sim, &self.request, &caller) {
                Some(response) => response,
                None => Box::pin(graph::answer(&self.sim, &self.request, &caller)).await,
            },
            (Place::Graph, None) => self.refuse(&Refusal::new(401, "InvalidAuthenticationToken", "Access token is empty.")),
        }
    }

    fn refuse(&self, refusal: &Refusal) -> Response<Bytes> {
        let mut world = self.sim.world();
        if self.place == Place::Identity {
            return identity::outage::answer(&mut world, &self.request, refusal);
        }
        let now = world.now();
        let request_id = world.ids.guid();
        refusal.answer(&self.request, &request_id, now)
    }

    async fn suffer(&self, kind: FaultKind, caller: Option<Caller>) -> Answer {
        match kind {
            FaultKind::ResetBefore => Answer::Reset,
            FaultKind::AnswerLost => {
                self.perform(caller).await;
                Answer::Reset
            }
            FaultKind::GatewayTimeoutAfter => {
                self.perform(caller).await;
                Answer::Response(empty(504))
            }
            FaultKind::TruncatedBody => Answer::Response(truncate(self.perform(caller).await)),
            FaultKind::ServerError { empty: true } => Answer::Response(empty(500)),
            FaultKind::Unavailable { empty: true, retry_after_ms } => Answer::Response(empty_with_retry(503, retry_after_ms)),
            FaultKind::GrantRevoked => Answer::Response(self.revoke(caller)),
            kind => Answer::Response(self.refuse(&refusal_of(&kind))),
        }
    }

    fn revoke(&self, caller: Option<Caller>) -> Response<Bytes> {
        if let Some(user) = caller.and_then(|caller| caller.user) {
            self.sim.control().revoke_sessions(&user);
        }
        self.refuse(&refusal_of(&FaultKind::TokenExpired))
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        if self.lane.is_none() && !self.is_batch {
            return;
        }
        let mut world = self.sim.world();
        if let Some(lane) = self.lane.take() {
            world.limits.leave(&lane);
        }
        if self.is_batch {
            world.limits.release(self.request.entry);
        }
    }
}

struct Door {
    plan: Plan,
    latency: Duration,
    slot: Option<Lane>,
    entry: Entry,
}

fn look(world: &World, request: &Request, place: Place, given: Option<Caller>) -> Arrival {
    if place == Place::Identity {
        return Arrival { caller: Ok(None), lane: None, mailbox_names: Vec::new() };
    }
    let caller = match given {
        Some(caller) => Ok(caller),
        None => identity::tokens::validate(world, request.header("authorization")),
    };
    let owner = mailbox_owner(request).map(|(owner, _)| owner);
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
fn pass(world: &mut World, request: &Request, arrival: Arrival) -> Door {
    let now = world.now();
    let mut entry = new_entry(world, request, &arrival, now);
    let caller = match arrival.caller {
        Ok(caller) => caller,
        Err(refusal) => return Door { plan: Plan::Refuse(refusal), latency: Duration::ZERO, slot: None, entry },
    };
    let slot = match enter_limits(world, request, arrival.lane.as_ref(), now) {
        Ok(slot) => slot,
        Err(throttled) => {
            entry.throttled = Some(throttled.cause);
            return Door { plan: Plan::Refuse(throttled.refusal), latency: Duration::ZERO, slot: None, entry };
        }
    };
    if let Some(refusal) = refused_by_policy(world, caller.as_ref(), arrival.lane.as_ref()) {
        return Door { plan: Plan::Refuse(refusal), latency: Duration::ZERO, slot, entry };
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
    Door { plan, latency, slot, entry }
}

fn new_entry(world: &World, request: &Request, arrival: &Arrival, now: Timestamp) -> Entry {
    let caller = arrival.caller.as_ref().ok().and_then(Option::as_ref);
    let target = if Place::of(&request.path) == Place::Graph { request.path_and_query() } else { request.path.clone() };
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
fn mailbox_refused() -> Refusal {
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
    let Plan::Enter(Some(caller)) = plan else { return };
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

fn refusal_of(kind: &FaultKind) -> Refusal {
    let after = |refusal: Refusal, ms: Option<u64>| match ms {
        Some(ms) => refusal.with_retry_after(Duration::from_millis(ms)),
        None => refusal,
    };
    match kind {
        FaultKind::Throttled { retry_after_ms } => {
            after(Refusal::new(429, "TooManyRequests", "Too many requests from the application."), *retry_after_ms)
        }
        FaultKind::Unavailable { retry_after_ms, .. } => after(
            Refusal::new(503, "ErrorServerBusy", "The server cannot service this request right now. Try again later."),
            *retry_after_ms,
        ),
        FaultKind::GatewayTimeout => Refusal::new(504, "UnknownError", ""),
        FaultKind::DeltaExpired { status, code } => {
            Refusal::new(*status, code, "The sync state generation is not found; generation=1609;[highest=1612].")
        }
        FaultKind::MailboxRefused => mailbox_refused(),
        FaultKind::TokenExpired => identity::tokens::expired(),
        _ => Refusal::new(500, "ErrorInternalServerError", "An internal server error occurred. The operation failed."),
    }
}

fn empty(status: u16) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    response
}

fn empty_with_retry(status: u16, retry_after_ms: Option<u64>) -> Response<Bytes> {
    let mut response = empty(status);
    if let Some(ms) = retry_after_ms {
        response.headers_mut().insert(http::header::RETRY_AFTER, http::HeaderValue::from(ms.div_ceil(1000)));
    }
    response
}

/// Two thirds of the body, with a length that agrees: the JSON ends in the middle.
fn truncate(response: Response<Bytes>) -> Response<Bytes> {
    response.map(|body| body.slice(..body.len() * 2 / 3))
}
