//! The client: the only sender of Graph calls.
//!
//! [`Client::call`] is what every function of this crate goes through. In order: a token of the grant; slots of the
//! mailbox; the request; and then, by the answer (graph.md 1.2, 1.5, 7.6; identity-and-security.md 3.4):
//! - 2xx is an [`Answer`].
//! - 401 once: the token is replaced (with the claims asked for, if any) and the call made again, exactly once,
//!   unless the code says that no token will do. A refused request has had no effect, so that holds for writes too.
//! - 429, 503 and 504 with a wait shut the mailbox for everybody until then. A call that a person waits for sits out
//!   a short wait, once, and is made again if nothing can have happened; all others get the wait as an error.
//! - anything else is a [`GraphError`].
//!
//! It promises that no token leaves for another host than the cloud's: paths are joined to its root and links are
//! checked again when they are followed. It keeps nothing that must survive, and is cheap to clone.

use std::sync::Arc;
use std::time::Duration;

use base::{Clock, Recourse, Secret};
use bytes::Bytes;
use futures::FutureExt as _;
use http::response::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, Uri, header};
use url::Url;

use crate::access::{Access, GrantKey, Lane};
use crate::answer::{Answer, Refusal};
use crate::call::{Addressed, Call, Target, Weight};
use crate::cloud::Cloud;
use crate::error::GraphError;
use crate::oauth::challenge;
use crate::oauth::id_token::{Expected, IdTokenError, Identity};
use crate::oauth::{CodeExchange, Identities, Registration, TokenAnswer};
use crate::pacing::{Pacer, Permit};
use crate::page::{self, DeltaEntry, DeltaPage, ForeignLink, ListPage, PageFault};
use crate::sender::Sender;
use crate::token::TokenSource;
use crate::token::cache::TokenCache;
use crate::waiting::Waiting;
use transport::Effect;
use transport::Transport;

/// What a client is made of.
pub struct Settings {
    /// Where Graph and the identity platform are.
    pub cloud: Cloud,
    /// How requests get there.
    pub transport: Arc<dyn Transport>,
    /// Where grants are kept.
    pub tokens: Arc<dyn TokenSource>,
    /// The applications that we are, found by client id.
    pub registrations: Vec<Registration>,
    /// What time it is.
    pub clock: Clock,
    /// Which waits a call sits out itself.
    pub waiting: Waiting,
}

/// The only sender of Graph calls. Clones share everything.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    cloud: Cloud,
    sender: Sender,
    identities: Arc<Identities>,
    tokens: TokenCache,
    pacer: Pacer,
    clock: Clock,
    waiting: Waiting,
}

impl Client {
    /// A client with nothing cached and nothing waiting.
    pub fn new(settings: Settings) -> Self {
        let Settings { cloud, transport, tokens, registrations, clock, waiting } = settings;
        let sender = Sender::new(transport);
        let identities = Arc::new(Identities::new(sender.clone(), cloud.clone(), clock.clone(), registrations));
        let tokens = TokenCache::new(tokens, identities.clone(), clock.clone());
        let pacer = Pacer::new(clock.clone());
        Client { shared: Arc::new(Shared { cloud, sender, identities, tokens, pacer, clock, waiting }) }
    }

    /// The cloud that is called.
    pub fn cloud(&self) -> &Cloud {
        &self.shared.cloud
    }

    /// The application of this client id.
    ///
    /// # Errors
    /// [`GraphError::Unaskable`] (`Refuse`) when it is not configured.
    pub fn registration(&self, client_id: &str) -> Result<&Registration, GraphError> {
        self.shared.identities.registration(client_id).map(AsRef::as_ref)
    }

    /// Makes one call.
    ///
    /// # Errors
    /// [`GraphError`]; branch on its `recourse()`.
    pub async fn call(&self, access: &Access, call: Call) -> Result<Answer, GraphError> {
        let outcome = self.attempt(access, &call).await;
        match &outcome {
            Err(error) if self.sits_out(access.lane, error).await => self.attempt(access, &call).await,
            _ => outcome,
        }
    }

    /// Makes one call by a token that no grant keeps yet, once: a refused token is not replaced.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub(crate) async fn call_bearing(&self, token: &Secret<String>, access: &Access, call: &Call) -> Result<Answer, GraphError> {
        let lost = |error| GraphError::Lost { error, effect: call.effect };
        let _permit = self.admit(access, call.weight).await?;
        let answer = self.shared.sender.send(self.request(call, token)?).await.map_err(lost)?;
        let (parts, body) = answer.into_parts();
        if !parts.status.is_success() {
            return Err(self.refused(access, call.effect, call.addressed(), &parts, &body));
        }
        Ok(Answer { status: parts.status, headers: parts.headers, body, effect: call.effect })
    }

    /// Makes a call whose answer is a page of a delta round.
    ///
    /// # Errors
    /// As [`Client::call`]; `Refuse` when the page's link leads elsewhere.
    pub async fn delta_page<T: DeltaEntry>(&self, access: &Access, call: Call) -> Result<DeltaPage<T>, GraphError> {
        let answer = self.call(access, call).await?;
        page::read_delta_page(&answer.body, self.cloud()).map_err(|fault| page_error(&answer, &fault))
    }

    /// Makes a call whose answer is a page of a list.
    ///
    /// # Errors
    /// As [`Client::call`]; `Refuse` when the page's link leads elsewhere.
    pub async fn list_page<T: serde::de::DeserializeOwned>(&self, access: &Access, call: Call) -> Result<ListPage<T>, GraphError> {
        let answer = self.call(access, call).await?;
        page::read_list_page(&answer.body, self.cloud()).map_err(|fault| page_error(&answer, &fault))
    }

    /// Redeems the code that a sign-in brought back. Codes are good for one use and about ten minutes.
    ///
    /// # Errors
    /// [`GraphError::Oauth`] when Microsoft refuses: begin the sign-in again.
    pub async fn redeem_code(&self, client_id: &str, code: &CodeExchange) -> Result<TokenAnswer, GraphError> {
        self.shared.identities.redeem(client_id, code).await
    }

    /// Redeems a refresh token that another program kept for this application: what it gives is ours to keep.
    ///
    /// # Errors
    /// [`GraphError::Oauth`] when Microsoft refuses: the person has to consent again.
    pub async fn take_over(&self, client_id: &str, tenant: &str, refresh_token: &Secret<String>) -> Result<TokenAnswer, GraphError> {
        self.shared.identities.take_over(client_id, tenant, refresh_token).await
    }

    /// A token of the application's own in `tenant`: shows whether its administrator has consented.
    ///
    /// # Errors
    /// [`GraphError::Oauth`] when Microsoft refuses.
    pub async fn application_token(&self, client_id: &str, tenant: &str) -> Result<TokenAnswer, GraphError> {
        self.shared.identities.application_token(client_id, tenant).await
    }

    /// Who has signed in at `tenant` (as in the authorize address), proven by the ID token.
    ///
    /// # Errors
    /// The outer error when Microsoft's keys cannot be had; the inner one when the token proves nothing.
    pub async fn identify(
        &self,
        tenant: &str,
        id_token: &Secret<String>,
        expected: &Expected,
    ) -> Result<Result<Identity, IdTokenError>, GraphError> {
        self.shared.identities.identify(tenant, id_token.expose(), expected).await
    }

    /// The id of the tenant that a verified mail domain belongs to, as Microsoft says; `None` if it is no tenant's.
    ///
    /// # Errors
    /// When Microsoft cannot be asked.
    pub async fn tenant_of(&self, domain: &str) -> Result<Option<String>, GraphError> {
        self.shared.identities.tenant_of(domain).await
    }

    /// How many calls wait for a slot of their mailbox: the backlog at Microsoft's door.
    pub fn waiting_calls(&self) -> usize {
        self.shared.pacer.waiting_calls()
    }

    /// Forgets cached tokens of a grant that was withdrawn or connected anew.
    pub fn forget(&self, grant: &GrantKey) {
        self.shared.tokens.forget(grant);
    }

    /// Gets a token for a grant, renewing it if it is due: shows whether the grant is alive, and keeps it alive.
    ///
    /// # Errors
    /// `Reauthorize` when the grant is dead.
    pub async fn keep_alive(&self, grant: &GrantKey) -> Result<(), GraphError> {
        self.shared.tokens.token(grant).await.map(|_| ())
    }

    #[cfg(test)]
    pub(crate) async fn token_for_tests(&self, grant: &GrantKey) -> Result<String, GraphError> {
        self.shared.tokens.token(grant).await.map(|token| token.expose().clone())
    }

    pub(crate) async fn admit(&self, access: &Access, weight: Weight) -> Result<Permit, GraphError> {
        let admitted = self.shared.pacer.admit(&access.pace_key(), access.lane, weight).await;
        admitted.map_err(|wait| GraphError::Paced { wait })
    }

    /// The mailbox is to be left alone for this long.
    pub(crate) fn shut(&self, access: &Access, wait: Duration) {
        tracing::debug!(wait.ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX), "Microsoft asks for a pause of one mailbox");
        self.shared.pacer.shut(&access.pace_key(), wait);
    }

    pub(crate) fn now(&self) -> base::Timestamp {
        self.shared.clock.now()
    }

    /// Waits, if a person is waiting for the call, the wait is short and nothing can have happened.
    async fn sits_out(&self, lane: Lane, error: &GraphError) -> bool {
        let (GraphError::Refused(_) | GraphError::Paced { .. }) = error else { return false };
        let Recourse::RetryAfter(wait) = error.recourse() else { return false };
        self.sit_out(lane, wait).await
    }

    /// Sits out a wait, if it is short and a person is waiting; `false` if it was not waited for.
    pub(crate) async fn sit_out(&self, lane: Lane, wait: Duration) -> bool {
        self.shared.waiting.sit_out(wait, lane).await
    }

    async fn attempt(&self, access: &Access, call: &Call) -> Result<Answer, GraphError> {
        let (answer, _permit) = self.exchange(access, call, |sender, request| sender.send(request).boxed()).await?;
        let (parts, body) = answer.into_parts();
        Ok(Answer { status: parts.status, headers: parts.headers, body, effect: call.effect })
    }

    /// One call that succeeds, with another token if Microsoft wants one, and the slot of its mailbox.
    async fn exchange<B: Content>(&self, access: &Access, call: &Call, send: Send<B>) -> Result<(Response<B>, Permit), GraphError> {
        let lost = |error| GraphError::Lost { error, effect: call.effect };
        let mut token = self.shared.tokens.token(&access.grant).await?;
        let permit = self.admit(access, call.weight).await?;
        let mut replaced = false;
        loop {
            let answer = send(&self.shared.sender, self.request(call, &token)?).await.map_err(lost)?;
            if answer.status().is_success() {
                return Ok((answer, permit));
            }
            let claims = challenge::claims(answer.headers());
            let (parts, body) = answer.into_parts();
            let body = body.whole().await.map_err(lost)?;
            let error = self.refused(access, call.effect, call.addressed(), &parts, &body);
            if replaced || !error.wants_another_token() {
                return Err(error);
            }
            token = self.shared.tokens.replace(&access.grant, &token, claims.as_deref()).await?;
            replaced = true;
        }
    }

    /// Puts a range of an upload session to the address that the session gave. The address is its own permission, so no token
    /// goes with it; it leads to Outlook's own host (graph.md 3.7), and to no other.
    ///
    /// # Errors
    /// [`GraphError`]; nothing is sent to a foreign host.
    pub(crate) async fn put_range(&self, access: &Access, url: &Url, headers: HeaderMap, body: Bytes) -> Result<Answer, GraphError> {
        if !self.cloud().holds_upload(url) {
            return Err(GraphError::ForeignLink(ForeignLink));
        }
        let uri: Uri = url.as_str().parse().map_err(|_| GraphError::Unaskable("the address is not a URI"))?;
        let mut request = Request::builder().method(http::Method::PUT).uri(uri);
        if let Some(own) = request.headers_mut() {
            own.extend(headers);
        }
        let request = request.body(body).map_err(|_| GraphError::Unaskable("the address is not a URI"))?;
        let _permit = self.admit(access, Weight::ONE).await?;
        let answer = self.shared.sender.send(request).await.map_err(|error| GraphError::Lost { error, effect: Effect::Once })?;
        let (parts, body) = answer.into_parts();
        if parts.status.is_success() {
            return Ok(Answer { status: parts.status, headers: parts.headers, body, effect: Effect::Once });
        }
        Err(self.refused(access, Effect::Once, Addressed::BySession, &parts, &body))
    }

    fn request(&self, call: &Call, token: &Secret<String>) -> Result<Request<Bytes>, GraphError> {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
            .map_err(|_| GraphError::Unaskable("the access token cannot be sent in a header"))?;
        bearer.set_sensitive(true);
        let mut request = Request::builder().method(call.method.clone()).uri(self.address(&call.target)?);
        if call.method != http::Method::GET {
            request = request.header(header::CONTENT_LENGTH, call.body.len());
        }
        request = request.header(header::AUTHORIZATION, bearer);
        if !call.headers.iter().any(|(name, _)| *name == header::ACCEPT) {
            request = request.header(header::ACCEPT, HeaderValue::from_static("application/json"));
        }
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        request.body(call.body.clone()).map_err(|_| GraphError::Unaskable("the address is not a URI"))
    }

    fn address(&self, target: &Target) -> Result<Uri, GraphError> {
        let text = match target {
            Target::Path(path) => self.cloud().resource_url(path),
            Target::Link(link) => {
                let url = Url::parse(link.as_str()).map_err(|_| ForeignLink)?;
                if !self.cloud().holds(&url) {
                    return Err(GraphError::ForeignLink(ForeignLink));
                }
                link.as_str().to_owned()
            }
        };
        text.parse().map_err(|_| GraphError::Unaskable("the address is not a URI"))
    }

    /// What a refusal means; the mailbox is left alone for as long as it asks.
    fn refused(&self, access: &Access, effect: Effect, addressed: Addressed, parts: &Parts, body: &Bytes) -> GraphError {
        let refusal = Refusal::read(parts.status, &parts.headers, body, effect, addressed, self.now());
        if let Some(wait) = pause(&refusal) {
            self.shut(access, wait);
        }
        GraphError::Refused(Box::new(refusal))
    }
}

/// How long a refusal shuts the mailbox for everybody.
pub(crate) fn pause(refusal: &Refusal) -> Option<Duration> {
    match refusal.status.as_u16() {
        429 | 509 => Some(refusal.retry_after.unwrap_or(crate::error::THROTTLED_WAIT)),
        502..=504 => refusal.retry_after,
        _ => None,
    }
}

fn page_error(answer: &Answer, fault: &PageFault) -> GraphError {
    match fault {
        PageFault::Unreadable => answer.unreadable(),
        PageFault::Foreign => GraphError::ForeignLink(ForeignLink),
    }
}

mod open;
#[cfg(test)]
mod tests;

pub use open::Opened;
use open::{Content, Send};
