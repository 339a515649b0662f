//! One request from arrival to answer: what it met at the door, its slot, its effect, its end in the journal.

use std::time::Duration;

use bytes::Bytes;
use http::Response;

use crate::door::{self, Admitted, Plan, mailbox_refused};
use crate::faults::FaultKind;
use crate::identity::caller::Caller;
use crate::limits::Lane;
use crate::place::Place;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::simulator::Simulator;
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

impl Visit {
    pub(crate) fn arrive(sim: &Simulator, mut request: Request, caller: Option<Caller>) -> Self {
        let place = Place::of(&request.path);
        let admitted = match place {
            Place::Control => Admitted { plan: Plan::Enter(None), latency: Duration::ZERO, slot: None, is_batch: false },
            _ => door::admit(&mut sim.world(), &mut request, place, caller),
        };
        let Admitted { plan, latency, slot, is_batch } = admitted;
        Self { sim: sim.clone(), request, place, plan, latency, lane: slot, is_batch }
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
            (Place::Upload, _) => graph::uploads::answer(&mut self.sim.world(), &self.request),
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
