//! Identities: sends what the identity platform is asked and reads what it says.

use std::collections::HashMap;
use std::sync::Arc;

use base::{Clock, Secret};

use crate::cloud::Cloud;
use crate::error::GraphError;
use crate::oauth::exchange::{CodeExchange, TokenAnswer, TokenGrant, read_token_answer, token_request};
use crate::oauth::id_token::{self, Expected, IdTokenError, Identity};
use crate::oauth::keys::Keyring;
use crate::oauth::registration::Registration;
use crate::sender::Sender;
use crate::token::{GrantKind, StoredGrant};
use transport::Effect;

/// The identity platform of one cloud and the applications that we are there.
pub(crate) struct Identities {
    sender: Sender,
    cloud: Cloud,
    clock: Clock,
    registrations: HashMap<String, Arc<Registration>>,
    keyring: Keyring,
}

impl Identities {
    pub(crate) fn new(sender: Sender, cloud: Cloud, clock: Clock, registrations: Vec<Registration>) -> Self {
        let keyring = Keyring::new(sender.clone(), cloud.clone(), clock.clone());
        let registrations = registrations.into_iter().map(|one| (one.client_id.clone(), Arc::new(one))).collect();
        Identities { sender, cloud, clock, registrations, keyring }
    }

    pub(crate) fn registration(&self, client_id: &str) -> Result<&Arc<Registration>, GraphError> {
        self.registrations.get(client_id).ok_or(GraphError::Unaskable("the grant's application is not configured here"))
    }

    /// New tokens for a stored grant.
    pub(crate) async fn renew(&self, stored: &StoredGrant, claims: Option<&str>) -> Result<TokenAnswer, GraphError> {
        let registration = self.registration(&stored.client_id)?;
        let tenant = stored.tenant.as_str();
        let grant = match &stored.kind {
            GrantKind::Delegated { refresh_token } => TokenGrant::Refresh { tenant, refresh_token, claims },
            GrantKind::AppOnly => TokenGrant::Application { tenant, claims },
        };
        // A lost answer is harmless: the refresh token that was sent stays valid.
        self.ask(registration, &grant, Effect::Repeatable).await
    }

    /// Redeems a code, once.
    pub(crate) async fn redeem(&self, client_id: &str, code: &CodeExchange) -> Result<TokenAnswer, GraphError> {
        self.ask(self.registration(client_id)?, &TokenGrant::Code(code), Effect::Once).await
    }

    /// Redeems a refresh token that no grant keeps yet.
    pub(crate) async fn take_over(&self, client_id: &str, tenant: &str, refresh_token: &Secret<String>) -> Result<TokenAnswer, GraphError> {
        let grant = TokenGrant::Refresh { tenant, refresh_token, claims: None };
        self.ask(self.registration(client_id)?, &grant, Effect::Repeatable).await
    }

    /// A token of the application's own in a tenant, to see whether its administrator has consented.
    pub(crate) async fn application_token(&self, client_id: &str, tenant: &str) -> Result<TokenAnswer, GraphError> {
        let grant = TokenGrant::Application { tenant, claims: None };
        self.ask(self.registration(client_id)?, &grant, Effect::Repeatable).await
    }

    /// Who has signed in, proven.
    pub(crate) async fn identify(
        &self,
        tenant: &str,
        id_token: &str,
        expected: &Expected,
    ) -> Result<Result<Identity, IdTokenError>, GraphError> {
        let kid = match id_token::key_id(id_token) {
            Ok(kid) => kid,
            Err(error) => return Ok(Err(error)),
        };
        let issuer = self.keyring.issuer(tenant, &kid).await?;
        let Some(key) = issuer.key(&kid) else { return Ok(Err(IdTokenError::UnknownKey)) };
        Ok(id_token::validate(id_token, key, &issuer.issuer, expected, self.clock.now()))
    }

    /// The tenant that a domain belongs to.
    pub(crate) async fn tenant_of(&self, domain: &str) -> Result<Option<String>, GraphError> {
        self.keyring.tenant_of(domain).await
    }

    async fn ask(&self, registration: &Registration, grant: &TokenGrant<'_>, effect: Effect) -> Result<TokenAnswer, GraphError> {
        let request = token_request(&self.cloud, registration, grant, self.clock.now());
        let answer = self.sender.send(request).await.map_err(|error| GraphError::Lost { error, effect })?;
        read_token_answer(&answer, self.clock.now()).map_err(GraphError::Oauth)
    }
}
