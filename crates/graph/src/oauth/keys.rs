//! Keys: the documents that say who issues tokens in a tenant and with which keys.
//!
//! `GET {authority}/{tenant}/v2.0/.well-known/openid-configuration` names `issuer` (with `{tenantid}` for tenants not
//! fixed) and `jwks_uri` (identity-and-security.md 1.2, 3.2). Kept for a day; an unknown key id fetches the keys anew,
//! at most once in five minutes; a failed fetch leaves the last good ones. The key document must be at the same
//! identity platform: no other address is asked, whatever the document says.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base::{Clock, Timestamp};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use serde::Deserialize;
use url::Url;

use crate::answer::Refusal;
use crate::call::Addressed;
use crate::cloud::Cloud;
use crate::error::{GraphError, Unreadable};
use crate::oauth::id_token::{self, SigningKey};
use crate::sender::Sender;
use transport::Effect;

/// How long documents are used without asking again.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// How often unknown key ids may cause a fetch.
const REFETCH: Duration = Duration::from_secs(300);
/// Tenants whose documents are kept.
const TENANTS_MAX: usize = 1_000;

/// Who issues tokens in a tenant, and with which keys.
#[derive(Clone)]
pub(crate) struct Issuer {
    pub(crate) issuer: String,
    keys: Vec<SigningKey>,
    fetched_at: Timestamp,
}

impl Issuer {
    pub(crate) fn key(&self, kid: &str) -> Option<&SigningKey> {
        self.keys.iter().find(|key| key.kid == kid)
    }
}

/// The documents of the tenants met so far.
pub(crate) struct Keyring {
    sender: Sender,
    cloud: Cloud,
    clock: Clock,
    issuers: Mutex<HashMap<String, Issuer>>,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct KeyDocument {
    keys: Vec<serde_json::Value>,
}

impl Keyring {
    pub(crate) fn new(sender: Sender, cloud: Cloud, clock: Clock) -> Self {
        Keyring { sender, cloud, clock, issuers: Mutex::default() }
    }

    /// The issuer of `tenant`, with the key `kid` if Microsoft has it.
    pub(crate) async fn issuer(&self, tenant: &str, kid: &str) -> Result<Issuer, GraphError> {
        let kept = self.issuers.lock().unwrap_or_else(PoisonError::into_inner).get(tenant).cloned();
        let now = self.clock.now();
        match kept {
            Some(issuer) => {
                let age = now.since(issuer.fetched_at);
                if age < REFETCH || (age < KEPT && issuer.key(kid).is_some()) {
                    return Ok(issuer);
                }
                Ok(self.fetch(tenant).await.unwrap_or(issuer))
            }
            None => self.fetch(tenant).await,
        }
    }

    /// The id of the tenant that a verified domain belongs to: what Microsoft names as its issuer. `None` if no tenant has it.
    pub(crate) async fn tenant_of(&self, domain: &str) -> Result<Option<String>, GraphError> {
        match self.issuer(domain, "").await {
            Ok(issuer) => Ok(issuer.issuer.split('/').rev().find(|part| id_token::is_guid(part)).map(str::to_owned)),
            Err(GraphError::Refused(refusal)) if refusal.status.is_client_error() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn fetch(&self, tenant: &str) -> Result<Issuer, GraphError> {
        let address = self.cloud.identity_url(tenant, "v2.0/.well-known/openid-configuration");
        let discovery: Discovery = self.get(address.as_str()).await?;
        let key_address = Url::parse(&discovery.jwks_uri).ok().filter(|url| self.cloud.signs_in_at(url));
        let key_address = key_address.ok_or(GraphError::ForeignLink(crate::page::ForeignLink))?;
        let document: KeyDocument = self.get(key_address.as_str()).await?;
        let keys = document.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect();
        let issuer = Issuer { issuer: discovery.issuer, keys, fetched_at: self.clock.now() };
        let mut issuers = self.issuers.lock().unwrap_or_else(PoisonError::into_inner);
        if issuers.len() >= TENANTS_MAX {
            issuers.clear();
        }
        issuers.insert(tenant.to_owned(), issuer.clone());
        Ok(issuer)
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, address: &str) -> Result<T, GraphError> {
        let request = Request::builder()
            .uri(address)
            .header(header::ACCEPT, HeaderValue::from_static("application/json"))
            .body(Bytes::new())
            .map_err(|_| GraphError::Unaskable("the tenant makes no address"))?;
        let answer = self.sender.send(request).await.map_err(|error| GraphError::Lost { error, effect: Effect::Read })?;
        self.read(&answer)
    }

    fn read<T: serde::de::DeserializeOwned>(&self, answer: &Response<Bytes>) -> Result<T, GraphError> {
        if !answer.status().is_success() {
            let refusal =
                Refusal::read(answer.status(), answer.headers(), answer.body(), Effect::Read, Addressed::ByPath, self.clock.now());
            return Err(GraphError::Refused(Box::new(refusal)));
        }
        let unreadable = || GraphError::Unreadable(Unreadable { effect: Effect::Read, request_id: None });
        serde_json::from_slice(answer.body()).map_err(|_| unreadable())
    }
}
