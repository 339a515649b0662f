//! The token cache: one fresh token of each grant for everybody who needs it.
//!
//! It stands between [`TokenSource`] and the calls and promises (identity-and-security.md 2, 4.3, 5.1):
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

use base::{Clock, Recourse, Secret, Timestamp};

use crate::access::GrantKey;
use crate::error::GraphError;
use crate::oauth::{Identities, OauthError};
use crate::token::{AccessToken, GrantKind, Saved, StoredGrant, TokenSource, TokenSourceError, fresh_tokens};

/// A token is not used this close to its end.
const LAST_USE: Duration = Duration::from_secs(60);
/// How long a failed early renewal, or a wrong client secret, is left alone.
const PAUSE: Duration = Duration::from_secs(60);
/// How long a dead grant that has not changed here is left alone: an administrator may revive it at Microsoft.
const DEAD_PAUSE: Duration = Duration::from_secs(600);
/// How often a renewal is begun again because another node was quicker.
const ROUNDS_MAX: u32 = 3;

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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
