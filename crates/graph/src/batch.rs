//! Batches: up to twenty requests in one.
//!
//! `POST /v1.0/$batch` (graph.md 6): parts with an id, a method, a URL below the version root, headers and a body; the
//! answers come in any order, each with its own status; the whole is 200 even when every part failed. `dependsOn`
//! makes parts run one after another and fail with 424 behind a failed one. No part is a batch; nothing is a
//! transaction. Throttling counts each part, and a throttled part names its own `Retry-After`; the longest shuts the
//! mailbox, and only what was throttled is asked again. Outlook runs up to four parts of a batch at once, so a batch
//! takes as many slots, and a backfill batch is cut so that it takes no more than backfill may.
//! Bodies that are not JSON come as base64 in a string. A part whose token was refused although the batch's was not
//! (it ended meanwhile, or its claims do not do) is asked again by itself, where the token is replaced.
//!
//! [`run`] gives one result for each part, in the order of the parts, so that what did happen is never lost behind
//! what did not. A part that Graph did not answer is `Verify` or `RetryAfter` by its effect.

use std::collections::HashMap;

use base::Recourse;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::access::{Access, Lane};
use crate::answer::{Answer, Refusal};
use crate::call::{Addressed, Call, Target, Weight};
use crate::client::{Client, pause};
use crate::error::{GraphError, Unreadable};
use crate::pacing::{BACKFILL_SLOTS, SLOTS};
use crate::path::ResourcePath;
use transport::Effect;

/// Parts that Graph takes in one batch.
pub const PARTS_MAX: usize = 20;

/// One request of a batch.
#[derive(Clone, Debug)]
pub struct Part {
    method: Method,
    path: ResourcePath,
    headers: Vec<(&'static str, String)>,
    body: Option<Box<RawValue>>,
    after: Option<usize>,
    effect: Effect,
}

impl Part {
    /// A read.
    pub fn get(path: ResourcePath) -> Self {
        Part::new(Method::GET, path, Effect::Read)
    }

    /// Any other request.
    pub fn new(method: Method, path: ResourcePath, effect: Effect) -> Self {
        Part { method, path, headers: Vec::new(), body: None, after: None, effect }
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        self.body = Some(serde_json::value::to_raw_value(body).expect("our own types serialise"));
        self.header("Content-Type", "application/json")
    }

    /// The same request as a call of its own.
    fn alone(&self) -> Call {
        let mut call = Call::new(self.method.clone(), Target::Path(self.path.clone()), self.effect);
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(*name), HeaderValue::try_from(value)) {
                call = call.header(name, value);
            }
        }
        call.body = self.body.as_deref().map_or_else(Bytes::new, |body| Bytes::copy_from_slice(body.get().as_bytes()));
        call
    }

    /// To be run only after the part at `index` (counted from 0) has succeeded.
    #[must_use]
    pub const fn after(mut self, index: usize) -> Self {
        self.after = Some(index);
        self
    }
}

/// The successful answer to one part.
#[derive(Clone, Debug)]
pub struct PartAnswer {
    /// The status, 2xx.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    body: Option<Box<RawValue>>,
    effect: Effect,
}

impl PartAnswer {
    /// The answer to a part that was asked for by itself.
    fn of(answer: &Answer) -> Self {
        let json = std::str::from_utf8(&answer.body).ok().and_then(|text| RawValue::from_string(text.to_owned()).ok());
        let body = json.or_else(|| serde_json::value::to_raw_value(&STANDARD.encode(&answer.body)).ok());
        PartAnswer { status: answer.status, headers: answer.headers.clone(), body, effect: answer.effect }
    }

    /// The body as a `T`.
    ///
    /// # Errors
    /// [`GraphError::Unreadable`] when it is not one.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, GraphError> {
        serde_json::from_str(self.body_text()).map_err(|_| unreadable(self.effect))
    }

    /// The body of a part that is not JSON.
    ///
    /// # Errors
    /// [`GraphError::Unreadable`] when it is neither base64 nor empty.
    pub fn bytes(&self) -> Result<Bytes, GraphError> {
        let text: String = serde_json::from_str(self.body_text()).map_err(|_| unreadable(self.effect))?;
        STANDARD.decode(text).map(Bytes::from).map_err(|_| unreadable(self.effect))
    }

    fn body_text(&self) -> &str {
        self.body.as_deref().map_or("null", RawValue::get)
    }
}

/// What became of one part.
pub type PartOutcome = Result<PartAnswer, GraphError>;

/// Runs all parts, in as many batches as it takes; the outcomes are in the order of the parts.
pub async fn run(client: &Client, access: &Access, parts: &[Part]) -> Vec<PartOutcome> {
    let mut outcomes = Vec::with_capacity(parts.len());
    if parts.iter().any(|part| part.after.is_some()) {
        return run_dependent(client, access, parts).await;
    }
    for chunk in parts.chunks(chunk_length(access.lane)) {
        outcomes.extend(run_one(client, access, chunk, slots(chunk.len())).await);
    }
    repeat_unauthorized(client, access, parts, &mut outcomes).await;
    repeat_throttled(client, access, parts, &mut outcomes).await;
    outcomes
}

/// Parts of one batch in this lane. Backfill may never have all slots, and Graph runs up to four parts at once.
const fn chunk_length(lane: Lane) -> usize {
    match lane {
        Lane::Interactive | Lane::Notified => PARTS_MAX,
        Lane::Backfill => BACKFILL_SLOTS as usize,
    }
}

fn slots(parts: usize) -> u8 {
    u8::try_from(parts).unwrap_or(SLOTS).clamp(1, SLOTS)
}

/// Parts that depend on others run one at a time, all in one batch.
async fn run_dependent(client: &Client, access: &Access, parts: &[Part]) -> Vec<PartOutcome> {
    let forward = parts.iter().enumerate().any(|(index, part)| part.after.is_some_and(|after| after >= index));
    if parts.len() > PARTS_MAX || forward {
        let error = GraphError::Unaskable("parts that depend on others must follow them and fit into one batch of 20");
        return vec![Err(error); parts.len()];
    }
    run_one(client, access, parts, 1).await
}

/// Asks by itself for each part whose token was refused.
async fn repeat_unauthorized(client: &Client, access: &Access, parts: &[Part], outcomes: &mut [PartOutcome]) {
    for (part, outcome) in parts.iter().zip(outcomes) {
        if matches!(outcome, Err(error) if error.wants_another_token()) {
            *outcome = client.call(access, part.alone()).await.map(|answer| PartAnswer::of(&answer));
        }
    }
}

/// Asks once more for what was throttled, if a person is waiting and the wait is short.
async fn repeat_throttled(client: &Client, access: &Access, parts: &[Part], outcomes: &mut [PartOutcome]) {
    let throttled = |outcome: &PartOutcome| match outcome {
        Err(error @ GraphError::Refused(refusal)) if pause(refusal).is_some() => match error.recourse() {
            Recourse::RetryAfter(wait) => Some(wait),
            _ => None,
        },
        _ => None,
    };
    let again: Vec<usize> = (0..outcomes.len()).filter(|&index| throttled(&outcomes[index]).is_some()).collect();
    let Some(longest) = again.iter().filter_map(|&index| throttled(&outcomes[index])).max() else { return };
    if !client.sit_out(access.lane, longest).await {
        return;
    }
    let repeated: Vec<Part> = again.iter().map(|&index| parts[index].clone()).collect();
    for (chunk, indices) in repeated.chunks(chunk_length(access.lane)).zip(again.chunks(chunk_length(access.lane))) {
        let fresh = run_one(client, access, chunk, slots(chunk.len())).await;
        for (index, outcome) in indices.iter().zip(fresh) {
            outcomes[*index] = outcome;
        }
    }
}

async fn run_one(client: &Client, access: &Access, parts: &[Part], slots: u8) -> Vec<PartOutcome> {
    let weight = Weight { slots, requests: u16::try_from(parts.len()).expect("at most 20 parts") };
    let effect = parts.iter().map(|part| part.effect).max_by_key(|effect| *effect as u8).unwrap_or(Effect::Read);
    let call = Call::post(ResourcePath::of("$batch")).with_effect(effect).json(&request_body(parts)).weigh(weight);
    match client.call(access, call).await.and_then(|answer| read(&answer)) {
        Ok(mut answers) => {
            let outcomes = parts.iter().enumerate().map(|(index, part)| judge(client, part, answers.remove(&index.to_string())));
            let outcomes: Vec<PartOutcome> = outcomes.collect();
            let longest = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).filter_map(part_pause).max();
            if let Some(wait) = longest {
                client.shut(access, wait);
            }
            outcomes
        }
        Err(error) => parts.iter().map(|part| Err(for_part(&error, part.effect))).collect(),
    }
}

fn part_pause(error: &GraphError) -> Option<std::time::Duration> {
    match error {
        GraphError::Refused(refusal) => pause(refusal),
        _ => None,
    }
}

/// What the failure of the whole batch means for one part of it.
fn for_part(error: &GraphError, part_effect: Effect) -> GraphError {
    let mut error = error.clone();
    match &mut error {
        GraphError::Refused(refusal) => refusal.effect = part_effect,
        GraphError::Lost { effect, .. } => *effect = part_effect,
        GraphError::Unreadable(unreadable) => unreadable.effect = part_effect,
        GraphError::Oauth(_)
        | GraphError::TokenSource(_)
        | GraphError::Paced { .. }
        | GraphError::ForeignLink(_)
        | GraphError::Unaskable(_) => {}
    }
    error
}

#[derive(Serialize)]
struct RequestBody<'a> {
    requests: Vec<WireRequest<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireRequest<'a> {
    id: String,
    method: &'a str,
    url: &'a str,
    #[serde(skip_serializing_if = "HashMap::is_empty")]
    headers: HashMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    depends_on: Option<[String; 1]>,
}

fn request_body(parts: &[Part]) -> RequestBody<'_> {
    let request = |(index, part): (usize, &'_ Part)| WireRequest {
        id: index.to_string(),
        method: parts[index].method.as_str(),
        url: parts[index].path.as_str(),
        headers: parts[index].headers.iter().map(|(name, value)| (*name, value.as_str())).collect(),
        body: parts[index].body.as_deref(),
        depends_on: part.after.map(|after| [after.to_string()]),
    };
    RequestBody { requests: parts.iter().enumerate().map(request).collect() }
}

#[derive(Deserialize)]
struct AnswerBody {
    responses: Vec<WireAnswer>,
}

#[derive(Deserialize)]
struct WireAnswer {
    id: String,
    status: u16,
    #[serde(default)]
    headers: Option<HashMap<String, serde_json::Value>>,
    #[serde(default)]
    body: Option<Box<RawValue>>,
}

fn read(answer: &Answer) -> Result<HashMap<String, WireAnswer>, GraphError> {
    let body: AnswerBody = answer.json()?;
    Ok(body.responses.into_iter().map(|part| (part.id.clone(), part)).collect())
}

fn judge(client: &Client, part: &Part, answer: Option<WireAnswer>) -> PartOutcome {
    let answer = answer.ok_or_else(|| unreadable(part.effect))?;
    let status = StatusCode::from_u16(answer.status).map_err(|_| unreadable(part.effect))?;
    let headers = header_map(answer.headers.unwrap_or_default());
    if status.is_success() {
        return Ok(PartAnswer { status, headers, body: answer.body, effect: part.effect });
    }
    let body = answer.body.as_deref().map_or("", RawValue::get);
    let refusal = Refusal::read(status, &headers, body.as_bytes(), part.effect, Addressed::ByPath, client.now());
    Err(GraphError::Refused(Box::new(refusal)))
}

fn header_map(headers: HashMap<String, serde_json::Value>) -> HeaderMap {
    let pair = |(name, value): (String, serde_json::Value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(text).ok()?))
    };
    headers.into_iter().filter_map(pair).collect()
}

fn unreadable(effect: Effect) -> GraphError {
    GraphError::Unreadable(Unreadable { effect, request_id: None })
}

#[cfg(test)]
mod tests;
