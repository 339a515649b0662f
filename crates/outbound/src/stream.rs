//! One stream of an endpoint: its next deliveries, called one after the other as long as the endpoint takes them.

use std::sync::Arc;

use base::{Clock, Timestamp};
use bytes::Bytes;
use store::delivery::{Attempt, Carriage};
use store::endpoint::Endpoint;
use url::Url;

use crate::caller::{Answer, Call, Caller, Miss};
use crate::envelope::envelope;
use crate::expand::Expand;
use crate::schedule;
use crate::signature::{SigningSecret, sign};

/// An endpoint as it is called: what the vault had sealed is open here.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) endpoint: Endpoint,
    pub(crate) url: Url,
    pub(crate) secrets: Vec<SigningSecret>,
}

/// What calls are made with.
#[derive(Clone)]
pub(crate) struct Tools {
    pub(crate) clock: Clock,
    pub(crate) caller: Arc<dyn Caller>,
    pub(crate) expand: Arc<dyn Expand>,
    pub(crate) base_url: Url,
}

/// What came of one try.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// The endpoint took it.
    Taken,
    /// The ledger has forgotten what it tells of: there is nothing to carry.
    Forgotten,
    /// The endpoint said that it is gone (410).
    Gone,
    /// Any other answer, or none. The endpoint may have asked all of us to wait.
    Failed {
        /// How long it asked us to wait.
        asked_to_wait: Option<std::time::Duration>,
    },
}

/// One delivery and what came of its try.
#[derive(Clone, Debug)]
pub(crate) struct Tried {
    pub(crate) carriage: Carriage,
    pub(crate) attempt: Option<Attempt>,
    pub(crate) verdict: Verdict,
}

/// What came of a stream's deliveries: taken ones, and at most one last that was not.
#[derive(Debug)]
pub(crate) struct Carried {
    pub(crate) stream: i64,
    pub(crate) tried: Vec<Tried>,
}

/// Carries deliveries of one stream, in this order, until one is not taken or it is `until`.
pub(crate) async fn carry(tools: Tools, target: Arc<Target>, stream: i64, deliveries: Vec<Carriage>, until: Timestamp) -> Carried {
    let mut tried = Vec::with_capacity(deliveries.len());
    for carriage in deliveries {
        if !tried.is_empty() && tools.clock.now() >= until {
            break;
        }
        let one = tools.try_one(&target, carriage).await;
        let goes_on = matches!(one.verdict, Verdict::Taken | Verdict::Forgotten);
        tried.push(one);
        if !goes_on {
            break;
        }
    }
    Carried { stream, tried }
}

impl Tools {
    async fn try_one(&self, target: &Target, carriage: Carriage) -> Tried {
        let Some(event) = &carriage.event else { return Tried { carriage, attempt: None, verdict: Verdict::Forgotten } };
        let shown = self.expand.show(&target.endpoint, event).await;
        let body = envelope(&self.base_url, event, Some(carriage.sequence), carriage.replay, shown).to_string();
        let at = self.clock.now();
        let outcome = self.caller.call(self.call(target, &carriage, body, at)).await;
        let now = self.clock.now();
        let (attempt, verdict) = judge(outcome, at, now);
        Tried { carriage, attempt: Some(attempt), verdict }
    }

    fn call(&self, target: &Target, carriage: &Carriage, body: String, at: Timestamp) -> Call {
        let id = carriage.id.to_string();
        let signature = sign(&target.secrets, &id, at.seconds(), body.as_bytes());
        let headers = [("webhook-id", id), ("webhook-timestamp", at.seconds().to_string()), ("webhook-signature", signature)];
        Call { url: target.url.clone(), headers, body: Bytes::from(body) }
    }
}

fn judge(outcome: Result<Answer, Miss>, at: Timestamp, now: Timestamp) -> (Attempt, Verdict) {
    let duration_ms = u64::try_from(now.since(at).as_millis()).unwrap_or(u64::MAX);
    match outcome {
        Ok(answer) if (200..300).contains(&answer.status) => {
            (Attempt { at, duration_ms, status: Some(answer.status), error: None, answer: None }, Verdict::Taken)
        }
        Ok(answer) => {
            let asked_to_wait = answer.retry_after.as_deref().and_then(|value| schedule::retry_after(value, now));
            let verdict = if answer.status == 410 { Verdict::Gone } else { Verdict::Failed { asked_to_wait } };
            let error = Some(words(answer.status).to_owned());
            let beginning = (!answer.beginning.is_empty()).then_some(answer.beginning);
            (Attempt { at, duration_ms, status: Some(answer.status), error, answer: beginning }, verdict)
        }
        Err(miss) => {
            let attempt = Attempt { at, duration_ms, status: None, error: Some(miss.to_string()), answer: None };
            (attempt, Verdict::Failed { asked_to_wait: None })
        }
    }
}

/// What an answer that is no success means, for the endpoint's owner.
fn words(status: u16) -> &'static str {
    match status {
        300..=399 => "it answered with a redirect that is not followed: give the new address to the endpoint",
        401 | 403 => "it does not let us in",
        404 => "there is nothing at this address",
        410 => "it said that it is gone",
        413 => "it finds the call too large",
        429 => "it asks us to call less often",
        400..=499 => "it refused the call",
        500..=599 => "it failed",
        _ => "it answered with something that is no success",
    }
}
