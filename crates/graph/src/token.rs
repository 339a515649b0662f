//! Tokens: what a grant is made of, and where it is kept.
//!
//! Who keeps grants implements [`TokenSource`]; this crate owns the trait and asks it for the stored grant, and to
//! store what a renewal has brought. The keeper promises that `save` is durable when it returns and happens only if
//! nobody has changed the grant since it was read; the cache in this crate promises not to use a new access token
//! before that. How long a token is used follows from the answer that brought it (identity-and-security.md 1.5, 1.7,
//! 5.1): `expires_in` is believed, never the token's inside; renewal is due at `refresh_in` where that is given, else
//! about five minutes before the end, spread by the grant's key so that grants made together do not renew together.

use std::time::Duration;

use async_trait::async_trait;
use base::{Recourse, Secret, Timestamp};

use crate::access::GrantKey;
use crate::oauth::TokenAnswer;

pub(crate) mod cache;

/// How long before its end a token is renewed.
const EARLY: Duration = Duration::from_secs(300);
/// The largest jitter added to [`EARLY`].
const JITTER_MAX: Duration = Duration::from_secs(300);

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
