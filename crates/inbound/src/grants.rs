//! Grants: where `graph` gets its tokens from and where it leaves fresh ones, sealed.

use async_trait::async_trait;
use base::{Clock, Secret, Timestamp};
use graph::GrantKey;
use graph::token::{AccessToken, FreshTokens, GrantKind, Saved, StoredGrant, TokenSource, TokenSourceError};
use model::id::ConnectionId;
use store::connection::{self, Connection, ConnectionKind, ConnectionState};
use store::grant::{self, Grant};
use store::vault::{Vault, VaultError};
use store::{Db, StoreError, Transaction};

/// The applications that we are, by client id.
#[derive(Clone, Debug, Default)]
pub struct Clients {
    /// For what a person permits; `None` if no such registration is configured.
    pub delegated: Option<Client>,
    /// For what an administrator permits the application itself.
    pub application: Option<Client>,
}

/// An application and the tenant that it asks for tokens.
#[derive(Clone, Debug)]
pub struct Client {
    /// The client id, which names one of the graph client's registrations.
    pub client_id: String,
    /// The tenant: an id, a domain, `organizations` or `common`.
    pub tenant: String,
}

/// The grants of the store, as `graph` wants them.
#[derive(Clone)]
pub struct Grants {
    db: Db,
    vault: Vault,
    clock: Clock,
    clients: Clients,
}

/// Where a grant's refresh token is sealed.
pub fn refresh_place(connection: ConnectionId) -> String {
    format!("oauth_grant/{connection}/refresh_token")
}

/// Where a grant's access token is sealed.
pub fn access_place(connection: ConnectionId) -> String {
    format!("oauth_grant/{connection}/access_token")
}

impl Grants {
    /// The grants in `db`, sealed by `vault`.
    pub fn new(db: Db, vault: Vault, clock: Clock, clients: Clients) -> Self {
        Grants { db, vault, clock, clients }
    }

    async fn find(&self, key: &GrantKey) -> Result<(Connection, Grant), TokenSourceError> {
        let id: ConnectionId = key.as_str().parse().map_err(|_| TokenSourceError::Gone)?;
        let connection = connection::find(&self.db, id).await.map_err(unavailable)?.ok_or(TokenSourceError::Gone)?;
        if connection.state == ConnectionState::Disconnected {
            return Err(TokenSourceError::Gone);
        }
        let grant = grant::find(&self.db, id).await.map_err(unavailable)?.ok_or(TokenSourceError::Gone)?;
        Ok((connection, grant))
    }

    fn client(&self, kind: ConnectionKind) -> Result<&Client, TokenSourceError> {
        let client = match kind {
            ConnectionKind::Delegated => &self.clients.delegated,
            ConnectionKind::Application => &self.clients.application,
        };
        client.as_ref().ok_or(TokenSourceError::Gone)
    }

    fn access(&self, grant: &Grant) -> Result<Option<AccessToken>, TokenSourceError> {
        let Some(sealed) = &grant.access_token_sealed else { return Ok(None) };
        let secret = self.open(&access_place(grant.connection), sealed)?;
        let lives = grant.access_expires_at.since(grant.refreshed_at);
        // The jitter of the renewal is the token cache's; stored tokens only tell when they end.
        let renew_at = grant.access_expires_at.minus(lives / 8);
        Ok(Some(AccessToken { secret, expires_at: grant.access_expires_at, renew_at }))
    }

    fn open(&self, place: &str, sealed: &[u8]) -> Result<Secret<String>, TokenSourceError> {
        self.vault.open_text(place, sealed).map_err(|error| match error {
            VaultError::Store(_) => TokenSourceError::Unavailable,
            _ => TokenSourceError::Sealed,
        })
    }

    fn sealed(&self, old: Grant, fresh: &FreshTokens, now: Timestamp) -> Grant {
        let id = old.connection;
        let refresh = fresh.refresh_token.as_ref().map(|token| self.vault.seal_text(&refresh_place(id), token));
        Grant {
            scopes: if fresh.scopes.is_empty() { old.scopes } else { fresh.scopes.clone() },
            refresh_token_sealed: refresh.or(old.refresh_token_sealed),
            access_token_sealed: Some(self.vault.seal_text(&access_place(id), &fresh.access.secret)),
            access_expires_at: fresh.access.expires_at,
            refreshed_at: now,
            ..old
        }
    }
}

#[async_trait]
impl TokenSource for Grants {
    async fn current(&self, key: &GrantKey) -> Result<StoredGrant, TokenSourceError> {
        let (connection, grant) = self.find(key).await?;
        let client = self.client(connection.kind)?;
        let kind = match (connection.kind, &grant.refresh_token_sealed) {
            (ConnectionKind::Application, _) => GrantKind::AppOnly,
            (ConnectionKind::Delegated, Some(sealed)) => {
                GrantKind::Delegated { refresh_token: self.open(&refresh_place(grant.connection), sealed)? }
            }
            (ConnectionKind::Delegated, None) => return Err(TokenSourceError::Gone),
        };
        let access = self.access(&grant)?;
        // A person's tokens come from the tenant in which that person signed in.
        let tenant = if connection.tenant_id.is_empty() { client.tenant.clone() } else { connection.tenant_id.clone() };
        Ok(StoredGrant { client_id: client.client_id.clone(), tenant, kind, access, generation: grant.generation })
    }

    async fn save(&self, key: &GrantKey, read_generation: i64, fresh: &FreshTokens) -> Result<Saved, TokenSourceError> {
        let (_, grant) = self.find(key).await?;
        if grant.generation != read_generation {
            return Ok(Saved::Conflict);
        }
        let rotated = self.sealed(grant, fresh, self.clock.now());
        match self.db.commit(Transaction::new("grant.rotate").with(grant::rotate(&rotated)).durable()).await {
            Ok(_) => Ok(Saved::Committed),
            Err(StoreError::Refused { .. }) => Ok(Saved::Conflict),
            Err(error) => Err(unavailable(error)),
        }
    }
}

fn unavailable(error: StoreError) -> TokenSourceError {
    tracing::warn!("The grants cannot be read or written: {error}.");
    TokenSourceError::Unavailable
}
