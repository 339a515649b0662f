//! Key documents (JWKS, RFC 7517): the public keys of a token's issuer.
//!
//! Kept for an hour; a key id that is not among them fetches the document anew, at most once in a minute; a failed fetch
//! leaves the last good keys. Only RSA keys of 2048 bits and more and keys on P-256 count. The address stands in the
//! configuration and no redirect is followed, so nobody outside chooses where we ask.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use base::{Clock, Timestamp};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use graph::Transport;
use http::{HeaderValue, Request, header};
use serde::Deserialize;
use url::Url;

use crate::access::jwt::Doubt;

/// How long a document is used without asking again.
const KEPT: Duration = Duration::from_secs(3600);
/// How often an unknown key id may cause a fetch.
const REFETCH: Duration = Duration::from_secs(60);
/// The longest document that is read.
const DOCUMENT_BYTES_MAX: usize = 256 * 1024;

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VerifyingKey {
    id: Option<String>,
    material: Material,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256 { point: Vec<u8> },
}

#[derive(Deserialize)]
struct Wire {
    kty: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default, rename = "use")]
    usage: Option<String>,
    #[serde(default)]
    crv: Option<String>,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

impl VerifyingKey {
    fn read(value: serde_json::Value) -> Option<Self> {
        let wire: Wire = serde_json::from_value(value).ok()?;
        if wire.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return None;
        }
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| !bytes.is_empty());
        let material = match (wire.kty.as_str(), wire.crv.as_deref()) {
            ("RSA", _) => Material::Rsa { n: decode(&wire.n)?, e: decode(&wire.e)? },
            ("EC", Some("P-256")) => {
                let (x, y) = (decode(&wire.x)?, decode(&wire.y)?);
                Material::P256 { point: [&[4][..], &x, &y].concat() }
            }
            _ => return None,
        };
        Some(VerifyingKey { id: wire.kid, material })
    }

    /// The one algorithm that this key is for.
    pub(crate) const fn algorithm(&self) -> &'static str {
        match self.material {
            Material::Rsa { .. } => "RS256",
            Material::P256 { .. } => "ES256",
        }
    }

    /// Whether the key's owner has signed this.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::Rsa { n, e } => RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok(),
            Material::P256 { point } => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok(),
        }
    }
}

#[derive(Clone, Default)]
struct Kept {
    keys: Vec<VerifyingKey>,
    asked_at: Option<Timestamp>,
    fetched_at: Option<Timestamp>,
}

/// The documents of the issuers that are believed.
#[derive(Clone)]
pub(crate) struct KeyDocuments {
    clock: Clock,
    transport: Option<Arc<dyn Transport>>,
    kept: Arc<Mutex<HashMap<Url, Kept>>>,
}

impl KeyDocuments {
    pub(crate) fn new(clock: Clock) -> Self {
        KeyDocuments { clock, transport: None, kept: Arc::default() }
    }

    pub(crate) fn fetching_by(self, transport: Arc<dyn Transport>) -> Self {
        KeyDocuments { transport: Some(transport), ..self }
    }

    /// The key `id` of the document at `address`. Without an id the document's only key.
    pub(crate) async fn key(&self, address: &Url, id: Option<&str>) -> Result<VerifyingKey, Doubt> {
        let now = self.clock.now();
        let kept = self.kept(address);
        let fresh = kept.fetched_at.is_some_and(|at| now.since(at) < KEPT);
        if fresh && let Some(key) = chosen(&kept.keys, id) {
            return Ok(key);
        }
        let may_ask = kept.asked_at.is_none_or(|at| now.since(at) >= REFETCH);
        let keys = if may_ask { self.fetch(address, now).await.unwrap_or(kept.keys) } else { kept.keys };
        if keys.is_empty() {
            return Err(Doubt::NoKeys);
        }
        chosen(&keys, id).ok_or(Doubt::UnknownKey)
    }

    fn kept(&self, address: &Url) -> Kept {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(address).cloned().unwrap_or_default()
    }

    async fn fetch(&self, address: &Url, now: Timestamp) -> Option<Vec<VerifyingKey>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).entry(address.clone()).or_default().asked_at = Some(now);
        let keys = self.ask(address).await;
        let Some(keys) = keys else {
            tracing::warn!("The key document of the tokens' issuer could not be fetched; the keys known so far stay.");
            return None;
        };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(address.clone(), Kept { keys: keys.clone(), asked_at: Some(now), fetched_at: Some(now) });
        Some(keys)
    }

    async fn ask(&self, address: &Url) -> Option<Vec<VerifyingKey>> {
        let transport = self.transport.as_ref()?;
        let request = Request::builder()
            .uri(address.as_str())
            .header(header::ACCEPT, HeaderValue::from_static("application/json"))
            .body(Bytes::new())
            .ok()?;
        let answer = transport.send(request).await.ok()?;
        if !answer.status().is_success() || answer.body().len() > DOCUMENT_BYTES_MAX {
            return None;
        }
        let document: Document = serde_json::from_slice(answer.body()).ok()?;
        Some(document.keys.into_iter().filter_map(VerifyingKey::read).collect())
    }
}

fn chosen(keys: &[VerifyingKey], id: Option<&str>) -> Option<VerifyingKey> {
    match id {
        Some(id) => keys.iter().find(|key| key.id.as_deref() == Some(id)).cloned(),
        None => match keys {
            [only] => Some(only.clone()),
            _ => None,
        },
    }
}
