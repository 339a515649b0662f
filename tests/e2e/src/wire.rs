//! The wire between product and simulator: HTTP messages handed over in process, each seen by the witness.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use base::Clock;
use bytes::Bytes;
use http::{Method, Request, Response};
use microsoft365_sim::{Answer, Simulator};
use transport::{Fault, Transport, TransportError};

use crate::gate::{Gate, Moment};

/// Where the simulator is to be found.
pub const ROOT: &str = "http://simulator.test";

/// Hands requests to a simulator.
#[derive(Clone)]
pub struct Wire {
    sim: Simulator,
    clock: Clock,
    gate: Gate,
    seen: Arc<Mutex<Seen>>,
}

/// What the witness has to say.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// What was wrong with requests and answers.
    pub violations: Vec<String>,
    /// Answers that were cut off in the middle, as a fault does.
    pub cut: u64,
}

impl Wire {
    /// A wire to `sim` on which requests wait at `gate` while they are under way.
    pub fn new(sim: Simulator, clock: Clock, gate: Gate) -> Self {
        Wire { sim, clock, gate, seen: Arc::default() }
    }

    /// What the witness has seen so far.
    pub fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn watch_request(&self, request: &Request<Bytes>, target: &str) {
        let found = graph_witness::check_request(request.method().as_str(), target, request.headers(), request.body());
        self.note("request", request.method(), target, found);
    }

    fn watch_answer(&self, method: &Method, target: &str, response: &Response<Bytes>) {
        let kind = response.headers().get(http::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let is_json = kind.is_some_and(|kind| kind.contains("json"));
        if is_json && !response.body().is_empty() && serde_json::from_slice::<serde_json::Value>(response.body()).is_err() {
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).cut += 1;
            return;
        }
        let found = graph_witness::check_answer(method.as_str(), target, response.status().as_u16(), kind, response.body());
        // In a batch it may be a part that was cut off.
        let (cut, found): (Vec<_>, Vec<_>) = found.into_iter().partition(|violation| violation.to_string().contains("is no JSON"));
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).cut += cut.len() as u64;
        self.note("answer", method, target, found);
    }

    fn note(&self, what: &str, method: &Method, target: &str, found: Vec<graph_witness::Violation>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.violations.extend(found.into_iter().map(|violation| format!("{what} of {method} {target}: {violation}")));
    }
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let method = request.method().clone();
        let target = request.uri().path_and_query().map_or_else(String::new, |target| target.as_str().to_owned());
        self.watch_request(&request, &target);
        let mut visit = self.sim.arrive(request);
        self.gate.pass(Moment::Request).await;
        // An answer that comes late is time that passes for both.
        self.clock.advance(visit.delay());
        self.sim.control().advance_clock(visit.delay());
        match visit.finish().await {
            Answer::Reset => Err(TransportError::answer_lost(Fault::Broken)),
            Answer::Response(response) => {
                self.watch_answer(&method, &target, &response);
                Ok(response)
            }
        }
    }
}
