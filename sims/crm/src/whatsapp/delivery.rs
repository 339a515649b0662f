//! Meta's calls: made from notes, carried by the caller, repeated with growing pauses until they are answered 200.
//!
//! Only 200 settles a call; a redirect is not followed. After `give_up_seconds` it is given up.

use bytes::Bytes;
use http::Request;

use crate::clock::after;
use crate::world::World;

use super::state::Pending;
use super::{escape, payload};

/// A call to carry to the receiver.
#[derive(Debug)]
pub struct Delivery {
    /// What its answer is reported with.
    pub number: u64,
    /// From 1.
    pub attempt: u32,
    /// The request; its address is path and query only.
    pub request: Request<Bytes>,
}

/// The handshake that Meta makes when an address is entered.
#[derive(Debug)]
pub struct Handshake {
    /// `GET` with `hub.mode`, `hub.challenge` and `hub.verify_token`.
    pub request: Request<Bytes>,
    /// What must come back.
    pub challenge: String,
}

impl Handshake {
    /// Whether Meta would take this answer.
    pub fn is_accepted(&self, status: u16, body: &[u8]) -> bool {
        status == 200 && body == self.challenge.as_bytes()
    }
}

/// Makes a handshake.
pub(super) fn handshake(world: &mut World) -> Handshake {
    let challenge = world.whatsapp.ids.digits(10);
    let config = &world.config.whatsapp;
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("hub.mode", "subscribe")
        .append_pair("hub.challenge", &challenge)
        .append_pair("hub.verify_token", &config.verify_token)
        .finish();
    let glue = if config.webhook_path.contains('?') { '&' } else { '?' };
    let request = Request::get(format!("{}{glue}{query}", config.webhook_path)).body(Bytes::new());
    Handshake { request: request.expect("the webhook's path is a path"), challenge }
}

/// Makes calls of the notes that wait, and gives those that are due and that nobody carries yet, in order of their time.
pub(super) fn due(world: &mut World) -> Vec<Delivery> {
    pack(world);
    let now = world.now();
    let ready = |pending: &Pending| pending.due <= now && !pending.is_out;
    let mut due: Vec<_> = world.whatsapp.calls.iter().filter(|(_, call)| ready(call)).map(|(number, call)| (call.due, *number)).collect();
    due.sort_unstable();
    due.into_iter().filter_map(|(_, number)| carry(world, number)).collect()
}

fn carry(world: &mut World, number: u64) -> Option<Delivery> {
    let call = world.whatsapp.calls.get_mut(&number)?;
    call.attempt += 1;
    call.is_out = true;
    let (attempt, body) = (call.attempt, call.body.clone());
    let config = &world.config.whatsapp;
    let request = Request::post(config.webhook_path.as_str())
        .header("content-type", "application/json")
        .header("user-agent", "facebookexternalua")
        .header("accept", "*/*")
        .header("x-hub-signature-256", escape::signature(&config.app_secret, body.as_bytes()))
        .body(Bytes::from(body));
    Some(Delivery { number, attempt, request: request.expect("the webhook's path is a path") })
}

/// Lays the notes that wait into calls.
pub(super) fn pack(world: &mut World) {
    let (now, rates) = (world.now(), world.faults.rates.clone());
    let state = &mut world.whatsapp;
    let notes = std::mem::take(&mut state.notes);
    let mut rest = notes.as_slice();
    while !rest.is_empty() {
        let most = world.config.whatsapp.notes_per_call_max.clamp(1, rest.len());
        let (taken, left) = rest.split_at(1 + state.ids.below(most as u64) as usize);
        rest = left;
        let body = escape::write(&payload::call(&world.config.whatsapp, taken, &mut state.ids));
        let late = state.ids.chance(rates.webhook_late);
        let by = 1 + state.ids.below(rates.webhook_late_seconds);
        let due = if late { after(now, by) } else { now };
        state.made += 1;
        state.calls.insert(state.made, Pending { body, attempt: 0, made: now, due, is_out: false, is_copy: false });
    }
}

/// Takes a call's status back; `None` if there was no answer at all.
pub(super) fn settle(world: &mut World, number: u64, status: Option<u16>) {
    let (now, twice) = (world.now(), world.faults.rates.webhook_twice);
    let late_seconds = world.faults.rates.webhook_late_seconds;
    let (config, state) = (&world.config.whatsapp, &mut world.whatsapp);
    let Some(call) = state.calls.get_mut(&number).filter(|call| call.is_out) else { return };
    call.is_out = false;
    if status == Some(200) {
        state.answered += u64::from(!call.is_copy);
        let again = !call.is_copy && state.ids.chance(twice);
        if again {
            call.is_copy = true;
            call.due = after(now, state.ids.below(late_seconds + 1));
        } else {
            state.calls.remove(&number);
        }
        return;
    }
    let pause = config.retry_seconds.saturating_mul(config.retry_factor.saturating_pow(call.attempt.saturating_sub(1)));
    call.due = after(now, pause.min(config.retry_seconds_max));
    if call.due > after(call.made, config.give_up_seconds) {
        state.given_up += u64::from(!call.is_copy);
        state.calls.remove(&number);
    }
}
