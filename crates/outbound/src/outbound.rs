//! The room: what it needs, and what one unit of its work is.

use std::sync::Arc;

use base::{Clock, Timestamp};
use model::id::EndpointId;
use store::endpoint::{self, Endpoint, EndpointState};
use store::vault::{Vault, VaultError};
use store::work::Lease;
use store::{Db, Ending, StoreError, due};
use url::Url;

use crate::caller::Caller;
use crate::carry::Trip;
use crate::expand::Expand;
use crate::signature::SigningSecret;
use crate::stream::{Target, Tools};

/// The kinds of due work that [`Outbound::run`] takes. Their key is an endpoint.
pub const KINDS: &[&str] = &[due::CARRY_WEBHOOKS];

/// How it is called from outside.
#[derive(Clone, Debug)]
pub struct Settings {
    /// This server's address, by which receivers find what they were told of.
    pub base_url: Url,
}

/// Carries what endpoints are to be told. Cheap to clone.
#[derive(Clone)]
pub struct Outbound {
    pub(crate) db: Db,
    vault: Vault,
    pub(crate) tools: Tools,
}

impl Outbound {
    /// Carries by `caller`, showing nouns as `expand` does.
    pub fn new(db: Db, clock: Clock, vault: Vault, caller: Arc<dyn Caller>, expand: Arc<dyn Expand>, settings: Settings) -> Self {
        Outbound { db, vault, tools: Tools { clock, caller, expand, base_url: settings.base_url } }
    }

    /// Carries what one endpoint is to be told, for a bounded time. Commit point: `carry.webhooks`.
    ///
    /// # Errors
    /// As [`Db::commit`]; [`StoreError::Refused`] if another has taken over the work meanwhile.
    pub async fn run(&self, lease: &Lease) -> Result<Ending, StoreError> {
        let Ok(id) = lease.key.parse::<EndpointId>() else { return Ok(Ending::Gone) };
        let Some(endpoint) = endpoint::find(&self.db, id).await? else { return Ok(Ending::Gone) };
        if endpoint.state != EndpointState::Active {
            return Ok(Ending::Rest);
        }
        match self.target(endpoint, self.tools.clock.now()) {
            Ok(target) => Trip::new(self, lease, target).run().await,
            Err(error) => Ok(Ending::retry(lease, self.tools.clock.now(), base::Recourse::Refuse, error.to_string())),
        }
    }

    /// An endpoint as it is called now.
    pub(crate) fn target(&self, endpoint: Endpoint, now: Timestamp) -> Result<Target, VaultError> {
        let url = self.vault.open_text(&endpoint::url_place(endpoint.id), &endpoint.url_sealed)?;
        let url = Url::parse(url.expose()).map_err(|_| VaultError::Tampered)?;
        let previous = endpoint.previous_secret.iter().filter(|(_, until)| now < *until).map(|(sealed, _)| sealed);
        let sealed = std::iter::once(&endpoint.secret_sealed).chain(previous);
        let secrets = sealed.map(|sealed| {
            let text = self.vault.open_text(&endpoint::secret_place(endpoint.id), sealed)?;
            SigningSecret::read(text.expose()).ok_or(VaultError::Tampered)
        });
        let secrets = secrets.collect::<Result<Vec<_>, _>>()?;
        Ok(Target { endpoint, url, secrets })
    }
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outbound")
    }
}
