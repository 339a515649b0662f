//! Google: an account's tokens, kept and renewed, and what is read with them.
//!
//! One unit of work at a time reads an account, so that nobody else renews its token meanwhile; were there two, the generation of the
//! grant lets one of them keep what it got. A fresh access token is committed before it is used.

use std::time::Duration;

use base::{Recourse, Secret};
use google::people::{Page, Position};
use google::{Client, GoogleError, Refusal};
use model::id::ConnectionId;
use store::grant::{self, Grant};
use store::vault::{Vault, VaultError};
use store::{StoreError, Transaction};

use crate::Inbound;
use crate::contact_source::SourceFailure;
use crate::grants::{access_place, refresh_place};

/// An access token is renewed this long before it ends.
const RENEW_BEFORE: Duration = Duration::from_secs(300);

/// The way to Google, with the vault that keeps the tokens.
#[derive(Clone)]
pub struct Google {
    client: Client,
    vault: Vault,
}

impl Google {
    /// Reads by `client` with tokens that `vault` has sealed.
    pub fn new(client: Client, vault: Vault) -> Self {
        Google { client, vault }
    }

    /// A page of an account's persons. A token that Google does not take any more is renewed once.
    pub(crate) async fn persons(&self, inbound: &Inbound, connection: ConnectionId, at: &Position) -> Result<Page, SourceFailure> {
        let token = self.token(inbound, connection, false).await?;
        match self.client.persons(&token, at).await {
            Err(GoogleError::Refused(refusal)) if refusal.status.as_u16() == 401 => {
                let token = self.token(inbound, connection, true).await?;
                Ok(self.client.persons(&token, at).await?)
            }
            outcome => Ok(outcome?),
        }
    }

    async fn token(&self, inbound: &Inbound, connection: ConnectionId, renew: bool) -> Result<Secret<String>, SourceFailure> {
        let now = inbound.clock.now();
        let kept = grant::find(&inbound.db, connection).await?.ok_or_else(dead)?;
        if let Some(sealed) = kept.access_token_sealed.as_ref().filter(|_| !renew && now.plus(RENEW_BEFORE) < kept.access_expires_at) {
            return self.open(&access_place(connection), sealed);
        }
        let sealed = kept.refresh_token_sealed.as_ref().ok_or_else(dead)?;
        let fresh = self.client.refresh(&self.open(&refresh_place(connection), sealed)?).await?;
        let refresh = fresh.refresh_token.as_ref().map(|token| self.vault.seal_text(&refresh_place(connection), token));
        let rotated = Grant {
            scopes: if fresh.scope.is_empty() { kept.scopes } else { fresh.scope.clone() },
            refresh_token_sealed: refresh.or(kept.refresh_token_sealed),
            access_token_sealed: Some(self.vault.seal_text(&access_place(connection), &fresh.access_token)),
            access_expires_at: now.plus(fresh.lives()),
            refreshed_at: now,
            ..kept
        };
        inbound.db.commit(Transaction::new("grant.rotate").with(grant::rotate(&rotated)).durable()).await?;
        Ok(fresh.access_token)
    }

    fn open(&self, place: &str, sealed: &[u8]) -> Result<Secret<String>, SourceFailure> {
        self.vault.open_text(place, sealed).map_err(|error| match error {
            VaultError::Store(error) => SourceFailure::Store(error),
            _ => SourceFailure::Store(StoreError::Broken("a grant's token cannot be opened with this encryption key".to_owned())),
        })
    }
}

/// There is no permission any more.
fn dead() -> SourceFailure {
    let error = GoogleError::Refused(Box::new(Refusal::from_redirect("invalid_grant")));
    debug_assert_eq!(error.recourse(), Recourse::Reauthorize);
    SourceFailure::Google(error)
}
