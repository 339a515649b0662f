//! Outcomes: what is to be written after some deliveries were tried. Pure: what was tried and how the endpoint stood go
//! in, statements and how it stands now come out.

use std::time::Duration;

use base::{Problem, Timestamp};
use model::event::{EventKind, NewEvent};
use store::delivery::{self, Attempt, Carriage, DeliveryState};
use store::endpoint::{self, Endpoint, EndpointKind, EndpointState};
use store::{Statement, due, ledger, work};

use crate::schedule::{self, PAUSE_AFTER, TRIES_BEFORE_PARKING};
use crate::stream::{Carried, Tried, Verdict};

/// Attempts of one delivery that are kept; of more, the newest.
const ATTEMPTS_KEPT: usize = 30;
/// After how long a time of failures the first success makes everything that waits due at once.
const RECOVERY: Duration = Duration::from_secs(60);

/// What came of a batch.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// What is to be written.
    pub(crate) statements: Vec<Statement>,
    /// Whether the endpoint is called no more.
    pub(crate) stopped: bool,
    /// How often it was called, and how often it took what it was told.
    pub(crate) tried: usize,
    /// How often it took what it was told.
    pub(crate) taken: usize,
}

/// What follows for one delivery.
enum Next {
    Settled(DeliveryState),
    Again(Timestamp),
}

/// Judges what came of a batch; `endpoint` is brought up to date with how its calls went.
pub(crate) fn decide(endpoint: &mut Endpoint, batch: &[Carried], now: Timestamp, jitter: u64) -> Outcome {
    let was_failing_since = endpoint.failing_since;
    let mut outcome = Outcome { statements: Vec::new(), stopped: false, tried: 0, taken: 0 };
    let mut events = Vec::new();
    for tried in batch.iter().flat_map(|carried| &carried.tried) {
        note_health(endpoint, tried);
        outcome.tried += usize::from(tried.attempt.is_some());
        outcome.taken += usize::from(matches!(tried.verdict, Verdict::Taken));
        endpoint.held_until = endpoint.held_until.max(asked_until(tried, now));
    }
    if outcome.tried > 0 {
        outcome.statements.push(endpoint::set_health(endpoint));
    }
    let end = end_of(endpoint, batch, now);
    for carried in batch {
        settle_stream(endpoint, carried, end.is_some(), now, jitter, &mut outcome.statements, &mut events);
    }
    if recovered(was_failing_since, endpoint, now) {
        outcome.statements.push(delivery::hasten(endpoint.id, now));
    }
    if let Some(end) = end {
        outcome.stopped = true;
        outcome.statements.extend(end.statements);
        events.push(end.event);
    }
    if !events.is_empty() {
        outcome.statements.extend(due::decide(endpoint.workspace, now));
        outcome.statements.extend(ledger::append_of_workspace(endpoint.workspace, now, &events));
    }
    outcome
}

fn note_health(endpoint: &mut Endpoint, tried: &Tried) {
    let Some(attempt) = &tried.attempt else { return };
    if matches!(tried.verdict, Verdict::Taken) {
        endpoint.failures = 0;
        endpoint.failing_since = None;
        endpoint.succeeded_at = endpoint.succeeded_at.max(Some(attempt.at));
    } else {
        endpoint.failures = endpoint.failures.saturating_add(1);
        endpoint.failing_since.get_or_insert(attempt.at);
    }
}

fn asked_until(tried: &Tried, now: Timestamp) -> Option<Timestamp> {
    match tried.verdict {
        Verdict::Failed { asked_to_wait } => asked_to_wait.map(|wait| now.plus(wait)),
        _ => None,
    }
}

fn recovered(was_failing_since: Option<Timestamp>, endpoint: &Endpoint, now: Timestamp) -> bool {
    endpoint.failing_since.is_none() && was_failing_since.is_some_and(|since| now.since(since) >= RECOVERY)
}

/// The end of an endpoint, for now or for good.
struct End {
    statements: Vec<Statement>,
    event: NewEvent,
}

fn end_of(endpoint: &Endpoint, batch: &[Carried], now: Timestamp) -> Option<End> {
    let gone = batch.iter().flat_map(|carried| &carried.tried).any(|tried| matches!(tried.verdict, Verdict::Gone));
    if gone {
        return Some(disabled(endpoint, now));
    }
    endpoint.failing_since.filter(|since| now.since(*since) >= PAUSE_AFTER).map(|since| paused(endpoint, since, now))
}

fn disabled(endpoint: &Endpoint, now: Timestamp) -> End {
    let event = about_endpoint(EventKind::EndpointDisabled, endpoint, serde_json::json!({"status": 410}));
    // Who subscribed by a program unsubscribes by this answer: nobody would ever resume it.
    if endpoint.kind != EndpointKind::Generic {
        let statements = endpoint::remove(endpoint.id).into_iter().chain([work::remove(due::CARRY_WEBHOOKS, &endpoint.id.to_string())]);
        return End { statements: statements.collect(), event };
    }
    let problem = Problem::new(
        "endpoint_gone",
        "This endpoint is called no more.",
        format!("{} answered at {now} that it is gone (410). What it was still to be told was dropped.", endpoint.host),
        "If that was wrong, mend the receiver and choose Resume; otherwise remove the endpoint.",
    );
    let stop = endpoint::stop(endpoint.id, EndpointState::Disabled, &problem, now);
    End { statements: std::iter::once(stop).chain(delivery::skip_pending(endpoint.id, now)).collect(), event }
}

fn paused(endpoint: &Endpoint, since: Timestamp, now: Timestamp) -> End {
    let event =
        about_endpoint(EventKind::EndpointPaused, endpoint, serde_json::json!({"failing_since": since, "failures": endpoint.failures}));
    let problem = Problem::new(
        "endpoint_failing",
        "This endpoint is paused.",
        format!(
            "{} has taken nothing since {since}; {} calls failed. What it is to be told waits for 30 days.",
            endpoint.host, endpoint.failures
        ),
        "Mend the receiver, send a test event if you like, and choose Resume: everything that waits is delivered in order.",
    );
    End { statements: vec![endpoint::stop(endpoint.id, EndpointState::Paused, &problem, now)], event }
}

fn about_endpoint(kind: EventKind, endpoint: &Endpoint, data: serde_json::Value) -> NewEvent {
    NewEvent { kind, subject: endpoint.id.number(), backfill: false, data }
}

/// What is to be written for one stream. Where the endpoint ends, nothing more is set aside: it waits with the rest.
fn settle_stream(
    endpoint: &Endpoint,
    carried: &Carried,
    ends: bool,
    now: Timestamp,
    jitter: u64,
    statements: &mut Vec<Statement>,
    events: &mut Vec<NewEvent>,
) {
    let Some(first) = carried.tried.first() else { return };
    let mut settled = 0;
    let mut due_at = now;
    for tried in &carried.tried {
        let attempts = attempts_of(tried);
        let tries = tried.carriage.tries + u32::from(tried.attempt.is_some());
        let place = tried.carriage.sequence.wrapping_add(carried.stream).cast_unsigned();
        let jitter = jitter.wrapping_add(place).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let state = match next(endpoint, tried, &attempts, ends, now, jitter) {
            Next::Settled(state) => {
                settled += 1;
                state
            }
            Next::Again(at) => {
                due_at = at;
                DeliveryState::Pending
            }
        };
        if state == DeliveryState::Parked {
            events.push(parked(endpoint, &tried.carriage, tries));
        }
        statements.push(delivery::record(tried.carriage.id, state, tries, &attempts, now));
    }
    statements.push(delivery::advance(endpoint.id, carried.stream, first.carriage.sequence, settled, due_at));
}

fn attempts_of(tried: &Tried) -> Vec<Attempt> {
    let all: Vec<Attempt> = tried.carriage.attempts.iter().chain(&tried.attempt).cloned().collect();
    all[all.len().saturating_sub(ATTEMPTS_KEPT)..].to_vec()
}

fn next(endpoint: &Endpoint, tried: &Tried, attempts: &[Attempt], ends: bool, now: Timestamp, jitter: u64) -> Next {
    let asked_to_wait = match tried.verdict {
        Verdict::Taken => return Next::Settled(DeliveryState::Delivered),
        Verdict::Forgotten => return Next::Settled(DeliveryState::Skipped),
        Verdict::Gone => None,
        Verdict::Failed { asked_to_wait } => asked_to_wait,
    };
    // Tries from before a person resumed the endpoint do not count.
    let failures: Vec<&Attempt> = attempts.iter().filter(|attempt| attempt.at >= endpoint.state_at).collect();
    let first_at = failures.first().map_or(now, |attempt| attempt.at);
    let others_go = endpoint.succeeded_at.is_some_and(|at| at > first_at);
    let retry = schedule::wait_after(failures.len(), jitter);
    match retry {
        _ if ends => Next::Again(now),
        Some(wait) if failures.len() < TRIES_BEFORE_PARKING || !others_go => {
            Next::Again(now.plus(wait.max(asked_to_wait.unwrap_or_default())))
        }
        _ => Next::Settled(DeliveryState::Parked),
    }
}

fn parked(endpoint: &Endpoint, carriage: &Carriage, tries: u32) -> NewEvent {
    let told = carriage.event.as_ref().map(|event| event.kind.name());
    let data = serde_json::json!({"endpoint": endpoint.id, "event": told, "tries": tries});
    NewEvent { kind: EventKind::DeliveryParked, subject: carriage.id.number(), backfill: false, data }
}
