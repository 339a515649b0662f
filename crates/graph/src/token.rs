//! Tokens: where they are kept, and one fresh one for everybody who needs it.
//!
//! Who keeps grants implements [`TokenSource`]; this crate owns the trait. [`TokenCache`] stands between it and the
//! calls and promises (identity-and-security.md 1.7, 2, 4.3, 5.1):
//! - *Single flight*: however many calls need a token of a grant, one asks for it; the others wait or use the old
//!   one while it lasts.
//! - *Early renewal with jitter*: a token is renewed about five minutes before it ends (at `refresh_in` where that
//!   is given), spread by the grant's key so that grants made together do not renew together. If that fails for a
//!   passing reason and the old token still lives, the old one is used.
//! - *Commit before use*: a new access token is handed out only after [`TokenSource::save`] has stored the refresh
//!   token that came with it. The old refresh token stays valid at Microsoft, so a crash in between loses nothing.
//! - *Other nodes*: `save` compares the generation that was read. On a conflict the stored grant is read again and
//!   ours is dropped: somebody renewed, or the person has connected anew.
//! - A dead grant is not asked about twice: the refusal is remembered until the stored grant changes (or for ten minutes); a
//!   passing one until its wait is over, a minute at most; a wrong client secret stops every grant of that client for a minute.
//! - `expires_in` is believed, never the token's inside.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use base::{Clock, Recourse, Secret, Timestamp};

use crate::access::GrantKey;
use crate::error::GraphError;
use crate::oauth::{Identities, OauthError, TokenAnswer};

/// A token is not used this close to its end.
const LAST_USE: Duration = Duration::from_secs(60);
/// How long before its end a token is renewed.
const EARLY: Duration = Duration::from_secs(300);
/// The largest jitter added to [`EARLY`].
const JITTER_MAX: Duration = Duration::from_secs(300);
/// How long a failed early renewal, or a wrong client secret, is left alone.
const PAUSE: Duration = Duration::from_secs(60);
/// How long a dead grant that has not changed here is left alone: an administrator may revive it at Microsoft.
const DEAD_PAUSE: Duration = Duration::from_secs(600);
/// How often a renewal is begun again because another node was quicker.
const ROUNDS_MAX: u32 = 3;

/// An access token and how long it may be used.
#[derive(Clone, Debug)]
pub struct AccessToken {
    /// The token, opaque.
    pub secret: Secret<String>,
    /// When Microsoft stops accepting it.
    pub expires_at: Timestamp,
    /// When it should be renewed.
    pub renew_at: Timestamp,
}

/// How a grant gets its tokens.
#[derive(Clone, Debug)]
pub enum GrantKind {
    /// A person's permission, renewed with this refresh token.
    Delegated {
        /// The newest refresh token.
        refresh_token: Secret<String>,
    },
    /// The application's own permission in the tenant, given by an administrator.
    AppOnly,
}

/// A grant as it is kept.
#[derive(Clone, Debug)]
pub struct StoredGrant {
    /// The application it was given to: the `client_id`, which names one of the client's registrations.
    pub client_id: String,
    /// The tenant to ask: an id, a domain, or `organizations` / `common` for delegated grants.
    pub tenant: String,
    /// How it gets tokens.
    pub kind: GrantKind,
    /// The access token stored last, if access tokens are stored at all.
    pub access: Option<AccessToken>,
    /// Grows with every change of the grant.
    pub generation: i64,
}

/// What a renewal has brought, to be stored.
#[derive(Clone, Debug)]
pub struct FreshTokens {
    /// The new access token.
    pub access: AccessToken,
    /// The new refresh token; `None` means that the old one stays.
    pub refresh_token: Option<Secret<String>>,
    /// What has been granted, as Microsoft words it; empty if it did not say.
    pub scopes: String,
}

/// What became of saving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// Stored, and durable.
    Committed,
    /// The grant's generation is no longer the one that was read; nothing was stored.
    Conflict,
}

/// Why whoever keeps the tokens cannot answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenSourceError {
    /// There is no such grant, or it has been withdrawn here.
    #[error("the grant is not there or has been withdrawn")]
    Gone,
    /// The grant is there but cannot be opened (its key is missing or wrong).
    #[error("the grant cannot be unsealed")]
    Sealed,
    /// The place where grants are kept cannot be reached.
    #[error("the place where grants are kept cannot be reached")]
    Unavailable,
}

impl TokenSourceError {
    /// What to do next.
    pub const fn recourse(&self) -> Recourse {
        match self {
            TokenSourceError::Gone | TokenSourceError::Sealed => Recourse::Reauthorize,
            TokenSourceError::Unavailable => Recourse::RetryAfter(Duration::from_secs(5)),
        }
    }
}

/// Where grants are kept.
#[async_trait]
pub trait TokenSource: Send + Sync + 'static {
    /// The grant as it is stored now.
    ///
    /// # Errors
    /// [`TokenSourceError`].
    async fn current(&self, grant: &GrantKey) -> Result<StoredGrant, TokenSourceError>;

    /// Stores what a renewal has brought if the grant's generation is still `read_generation`, and makes it grow.
    /// Returns only when that is durable.
    ///
    /// # Errors
    /// [`TokenSourceError`].
    async fn save(&self, grant: &GrantKey, read_generation: i64, fresh: &FreshTokens) -> Result<Saved, TokenSourceError>;
}

/// One fresh token of each grant for everybody who needs it.
pub(crate) struct TokenCache {
    source: Arc<dyn TokenSource>,
    identities: Arc<Identities>,
    clock: Clock,
    seats: Mutex<HashMap<GrantKey, Arc<Seat>>>,
    /// Clients whose secret was refused, until when, and how.
    stopped_clients: Mutex<HashMap<String, (Timestamp, OauthError)>>,
}

/// What is known of one grant.
#[derive(Default)]
struct Seat {
    cached: Mutex<Option<Cached>>,
    renewing: tokio::sync::Mutex<Option<Failure>>,
}

/// A token at hand, and the claims that were asked for when it was made.
#[derive(Clone)]
struct Cached {
    token: AccessToken,
    claims: Option<String>,
}

/// A renewal that failed, and what keeps it from being tried again.
struct Failure {
    error: GraphError,
    generation: i64,
    until: Timestamp,
}

/// Why the cached token is not good enough.
enum Need<'a> {
    /// It is missing, ending or due for renewal.
    Usable,
    /// Graph refused this one, perhaps asking for claims.
    Other { refused: &'a Secret<String>, claims: Option<&'a str> },
}

impl TokenCache {
    pub(crate) fn new(source: Arc<dyn TokenSource>, identities: Arc<Identities>, clock: Clock) -> Self {
        TokenCache { source, identities, clock, seats: Mutex::default(), stopped_clients: Mutex::default() }
    }

    /// A token that can be used now.
    pub(crate) async fn token(&self, grant: &GrantKey) -> Result<Secret<String>, GraphError> {
        let seat = self.seat(grant);
        let cached = lock(&seat.cached).clone().map(|cached| cached.token);
        let now = self.clock.now();
        if let Some(token) = cached.as_ref().filter(|token| now < token.renew_at) {
            return Ok(token.secret.clone());
        }
        let living = cached.filter(|token| usable(token, now));
        match living {
            Some(token) => self.renew_early(grant, &seat, token).await,
            None => self.renew(grant, &seat, seat.renewing.lock().await, Need::Usable).await,
        }
    }

    /// Another token than the one that Graph has just refused.
    pub(crate) async fn replace(
        &self,
        grant: &GrantKey,
        refused: &Secret<String>,
        claims: Option<&str>,
    ) -> Result<Secret<String>, GraphError> {
        let seat = self.seat(grant);
        let renewing = seat.renewing.lock().await;
        self.renew(grant, &seat, renewing, Need::Other { refused, claims }).await
    }

    /// Forgets what is known of a grant: it was withdrawn or connected anew.
    pub(crate) fn forget(&self, grant: &GrantKey) {
        lock(&self.seats).remove(grant);
    }

    fn seat(&self, grant: &GrantKey) -> Arc<Seat> {
        lock(&self.seats).entry(grant.clone()).or_default().clone()
    }

    /// Renews a token that still lives: one call does, the rest go on with the old one, and so do all if it fails.
    async fn renew_early(&self, grant: &GrantKey, seat: &Seat, living: AccessToken) -> Result<Secret<String>, GraphError> {
        let Ok(renewing) = seat.renewing.try_lock() else { return Ok(living.secret) };
        let fallback = living.secret.clone();
        match self.renew(grant, seat, renewing, Need::Usable).await {
            Err(error) if matches!(error.recourse(), Recourse::RetryAfter(_)) => Ok(fallback),
            outcome => outcome,
        }
    }

    async fn renew(
        &self,
        grant: &GrantKey,
        seat: &Seat,
        mut last_failure: tokio::sync::MutexGuard<'_, Option<Failure>>,
        need: Need<'_>,
    ) -> Result<Secret<String>, GraphError> {
        if let Some(cached) = lock(&seat.cached).clone().filter(|cached| self.satisfies(&cached.token, cached.claims.as_deref(), &need)) {
            return Ok(cached.token.secret);
        }
        let mut stored = self.read(grant).await?;
        self.check_last_failure(&mut last_failure, &stored)?;
        for _ in 0..ROUNDS_MAX {
            if let Some(token) = stored.access.clone().filter(|token| self.satisfies(token, None, &need)) {
                return Ok(keep(seat, token, &Need::Usable));
            }
            let asked = stored.generation;
            match self.ask(grant, &stored, &need).await {
                Ok(Some(token)) => {
                    *last_failure = None;
                    return Ok(keep(seat, token, &need));
                }
                Ok(None) => stored = self.read(grant).await?,
                Err(error) => {
                    stored = self.read(grant).await?;
                    if error.recourse() != Recourse::Reauthorize || stored.generation == asked {
                        *last_failure = Some(self.remember(&error, stored.generation));
                        return Err(error);
                    }
                }
            }
        }
        Err(GraphError::TokenSource(TokenSourceError::Unavailable))
    }

    /// Asks Microsoft and commits what it gives; `None` when another was quicker to commit.
    async fn ask(&self, grant: &GrantKey, stored: &StoredGrant, need: &Need<'_>) -> Result<Option<AccessToken>, GraphError> {
        self.check_client(&stored.client_id)?;
        let answer = match self.identities.renew(stored, need.claims()).await {
            Ok(answer) => answer,
            Err(error) => {
                self.note_client(&stored.client_id, &error);
                return Err(with_claims(error, need.claims()));
            }
        };
        let fresh = fresh_tokens(grant, answer, self.clock.now());
        if matches!(stored.kind, GrantKind::AppOnly) {
            return Ok(Some(fresh.access));
        }
        match self.source.save(grant, stored.generation, &fresh).await.map_err(GraphError::TokenSource)? {
            Saved::Committed => Ok(Some(fresh.access)),
            Saved::Conflict => Ok(None),
        }
    }

    async fn read(&self, grant: &GrantKey) -> Result<StoredGrant, GraphError> {
        self.source.current(grant).await.map_err(GraphError::TokenSource)
    }

    /// Whether a token made with `made_with` is good enough.
    fn satisfies(&self, token: &AccessToken, made_with: Option<&str>, need: &Need<'_>) -> bool {
        let now = self.clock.now();
        match need {
            Need::Usable => now < token.renew_at,
            Need::Other { refused, claims } => {
                usable(token, now) && token.secret != **refused && (claims.is_none() || *claims == made_with)
            }
        }
    }

    fn remember(&self, error: &GraphError, generation: i64) -> Failure {
        let now = self.clock.now();
        let until = match error.recourse() {
            Recourse::RetryAfter(wait) => now.plus(wait.min(PAUSE)),
            _ => now.plus(DEAD_PAUSE),
        };
        Failure { error: error.clone(), generation, until }
    }

    fn check_last_failure(&self, last: &mut Option<Failure>, stored: &StoredGrant) -> Result<(), GraphError> {
        let now = self.clock.now();
        match last {
            Some(failure) if failure.generation == stored.generation && now < failure.until => Err(failure.error.clone()),
            _ => {
                *last = None;
                Ok(())
            }
        }
    }

    fn check_client(&self, client_id: &str) -> Result<(), GraphError> {
        let now = self.clock.now();
        match lock(&self.stopped_clients).get(client_id) {
            Some((until, error)) if now < *until => Err(GraphError::Oauth(Box::new(error.clone()))),
            _ => Ok(()),
        }
    }

    fn note_client(&self, client_id: &str, error: &GraphError) {
        if let GraphError::Oauth(error) = error
            && error.concerns_the_client()
        {
            lock(&self.stopped_clients).insert(client_id.to_owned(), (self.clock.now().plus(PAUSE), (**error).clone()));
        }
    }
}

impl Need<'_> {
    const fn claims(&self) -> Option<&str> {
        match self {
            Need::Usable => None,
            Need::Other { claims, .. } => *claims,
        }
    }
}

fn keep(seat: &Seat, token: AccessToken, need: &Need<'_>) -> Secret<String> {
    let secret = token.secret.clone();
    *lock(&seat.cached) = Some(Cached { token, claims: need.claims().map(str::to_owned) });
    secret
}

/// The claims that Graph asked for go into the next sign-in, unless the refusal names its own.
fn with_claims(mut error: GraphError, claims: Option<&str>) -> GraphError {
    if let GraphError::Oauth(refusal) = &mut error
        && refusal.claims.is_none()
    {
        refusal.claims = claims.map(str::to_owned);
    }
    error
}

fn usable(token: &AccessToken, now: Timestamp) -> bool {
    now.plus(LAST_USE) < token.expires_at
}

/// What an answer brings, with the times at which it ends and should be renewed.
pub fn fresh_tokens(grant: &GrantKey, answer: TokenAnswer, now: Timestamp) -> FreshTokens {
    let lifetime = answer.expires_in;
    let expires_at = now.plus(lifetime);
    let early = EARLY.min(lifetime / 4) + jitter(grant, now, JITTER_MAX.min(lifetime / 10));
    let renew_at = match answer.refresh_in {
        Some(refresh_in) if refresh_in < lifetime => now.plus(refresh_in),
        _ => expires_at.minus(early),
    };
    FreshTokens {
        access: AccessToken { secret: answer.access_token, expires_at, renew_at },
        refresh_token: answer.refresh_token,
        scopes: answer.scope,
    }
}

/// Spreads grants evenly and the same way every time (FNV-1a over key and time).
fn jitter(grant: &GrantKey, now: Timestamp, span: Duration) -> Duration {
    let mut hash: u64 = 0xCBF2_9CE4_8422_2325;
    for byte in grant.as_str().bytes().chain(now.seconds().to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    }
    let span_ms = u64::try_from(span.as_millis()).unwrap_or(u64::MAX).max(1);
    Duration::from_millis(hash % span_ms)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
