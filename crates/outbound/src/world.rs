//! The caller of the world: HTTPS over rustls, by reqwest, behind the guard.
//!
//! A connection goes to addresses that the guard has judged at that moment, and to no others. A redirect that keeps
//! method and body (307, 308) is followed a few times, each hop being judged like the first; any other is the
//! endpoint's answer, for whose meaning the owner has to set the new address. No proxy is taken from the environment.
//! At most 64 KiB of an answer are read. Connections are kept for the next call.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::BytesMut;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER};
use url::Url;

use crate::caller::{ANSWER_BYTES_MAX, ANSWER_CHARACTERS_KEPT, Answer, CALL_TIMEOUT, Call, Caller, Miss};
use crate::guard::{Forbidden, Lookup, Reach};

/// Redirects that are followed at most.
const HOPS_MAX: usize = 3;
/// Connections to one host that wait for their next call.
const IDLE_MAX: usize = 32;

/// Calls the world.
#[derive(Clone, Debug)]
pub struct WorldCaller {
    client: reqwest::Client,
    reach: Reach,
}

/// The HTTP client cannot be made on this machine.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client for what lies outside cannot be made: {0}")]
pub struct WorldUnusable(#[from] reqwest::Error);

impl WorldCaller {
    /// A caller with a connection pool of its own, that asks `lookup` what names mean.
    ///
    /// # Errors
    /// [`WorldUnusable`] when the machine's certificates cannot be read.
    pub fn new(reach: Reach, lookup: Arc<dyn Lookup>) -> Result<Self, WorldUnusable> {
        Ok(WorldCaller { client: client(&reach, lookup, CALL_TIMEOUT)?, reach })
    }

    async fn hop(&self, url: &Url, call: &Call) -> Result<reqwest::Response, Miss> {
        self.reach.judge(url)?;
        let mut request = self.client.post(url.clone()).header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        request.body(call.body.clone()).send().await.map_err(|error| miss_of(&error))
    }
}

/// An HTTP client that connects to no address that the guard has not judged. Whoever uses it judges its URLs.
#[allow(clippy::disallowed_methods, reason = "the one place that makes the HTTP clients of this room")]
pub(crate) fn client(reach: &Reach, lookup: Arc<dyn Lookup>, timeout: Duration) -> Result<reqwest::Client, WorldUnusable> {
    let client = reqwest::Client::builder()
        .dns_resolver(Arc::new(Guarded { reach: reach.clone(), lookup }))
        .user_agent(concat!("Rapport-Webhooks/", env!("CARGO_PKG_VERSION")))
        .timeout(timeout)
        .http1_only()
        .tcp_nodelay(true)
        .pool_max_idle_per_host(IDLE_MAX)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()?;
    Ok(client)
}

#[async_trait]
impl Caller for WorldCaller {
    async fn call(&self, call: Call) -> Result<Answer, Miss> {
        tokio::time::timeout(CALL_TIMEOUT, self.follow(call)).await.unwrap_or(Err(Miss::Timeout))
    }
}

impl WorldCaller {
    async fn follow(&self, call: Call) -> Result<Answer, Miss> {
        let mut url = call.url.clone();
        for _ in 0..=HOPS_MAX {
            let answer = self.hop(&url, &call).await?;
            let Some(next) = next_hop(&url, &answer) else { return read(answer).await };
            url = next;
        }
        Err(Miss::Redirects)
    }
}

fn next_hop(from: &Url, answer: &reqwest::Response) -> Option<Url> {
    let keeps_the_call = matches!(answer.status().as_u16(), 307 | 308);
    let location = answer.headers().get(LOCATION).filter(|_| keeps_the_call)?;
    from.join(location.to_str().ok()?).ok()
}

async fn read(mut answer: reqwest::Response) -> Result<Answer, Miss> {
    let status = answer.status().as_u16();
    let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut body = BytesMut::new();
    // The status is the answer: a body that breaks off changes nothing.
    while let Ok(Some(chunk)) = answer.chunk().await {
        let room = ANSWER_BYTES_MAX - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == ANSWER_BYTES_MAX {
            break;
        }
    }
    let beginning = String::from_utf8_lossy(&body).chars().take(ANSWER_CHARACTERS_KEPT).collect();
    Ok(Answer { status, retry_after, beginning })
}

fn miss_of(error: &reqwest::Error) -> Miss {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(forbidden) = error.downcast_ref::<Forbidden>() {
            return Miss::Forbidden(*forbidden);
        }
        cause = error.source();
    }
    match error {
        error if error.is_timeout() => Miss::Timeout,
        error if error.is_connect() => Miss::Connect,
        _ => Miss::Broken,
    }
}

/// Resolves names to addresses that may be called: all of a name's addresses, or none.
struct Guarded {
    reach: Reach,
    lookup: Arc<dyn Lookup>,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, lookup) = (self.reach.clone(), Arc::clone(&self.lookup));
        Box::pin(async move {
            let addresses = lookup.addresses(name.as_str()).await?;
            reach.judge_meaning(name.as_str(), &addresses)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
