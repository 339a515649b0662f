//! The keys that sign tokens, as the key set publishes them (reference: identity, section 3.2).
//!
//! With the machine's clock a key is made at start. With a manual clock the key is the fixed one beside this file, so
//! that a seed gives the same bytes; it protects nothing. A rotated-in key is published before it is used.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const SEEDED_KEY: &[u8] = include_bytes!("seeded_key.der");

/// Reading a key checks its numbers, which takes longer than making everything else of a small world.
static SEEDED: OnceLock<Arc<KeyPair>> = OnceLock::new();

/// One signing key.
#[derive(Debug)]
pub struct SigningKey {
    pair: Arc<KeyPair>,
    /// Its `kid`.
    pub id: String,
}

impl SigningKey {
    /// The fixed key of in-process tests.
    pub fn seeded() -> Self {
        let read = || Arc::new(KeyPair::from_pkcs8(SEEDED_KEY).expect("the key beside this file is a PKCS#8 RSA key"));
        Self::of(SEEDED.get_or_init(read).clone())
    }

    /// A new key, from the machine's randomness.
    pub fn generated() -> Self {
        Self::of(Arc::new(KeyPair::generate(KeySize::Rsa2048).expect("an RSA key of 2048 bits can be made")))
    }

    fn of(pair: Arc<KeyPair>) -> Self {
        let digest = Sha256::digest(pair.public_key().as_ref());
        Self { pair, id: URL_SAFE_NO_PAD.encode(&digest[..20]) }
    }

    /// A compact JWT of these claims, signed with RS256. `header` may add members to the usual ones.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let mut full = json!({"typ": "JWT", "alg": "RS256", "kid": self.id});
        if let (Some(full), Some(more)) = (full.as_object_mut(), header.as_object()) {
            full.extend(more.clone());
        }
        let body = format!("{}.{}", URL_SAFE_NO_PAD.encode(full.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), body.as_bytes(), &mut signature).expect("an RSA key signs");
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The key as the key set shows it; there is no `alg` member.
    pub fn published(&self, issuer: &str) -> Value {
        let public = self.pair.public_key();
        json!({
            "kty": "RSA",
            "use": "sig",
            "kid": self.id,
            "x5t": self.id,
            "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
            "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
            "cloud_instance_name": "microsoftonline.com",
            "issuer": issuer,
        })
    }
}

/// The published keys; the newest may be published for a while before it signs.
#[derive(Debug)]
pub struct Keys {
    keys: Vec<SigningKey>,
    signing: usize,
}

impl Keys {
    /// One key, in use.
    pub fn new(first: SigningKey) -> Self {
        Self { keys: vec![first], signing: 0 }
    }

    /// The key that signs now.
    pub fn signing(&self) -> &SigningKey {
        &self.keys[self.signing]
    }

    /// Every published key.
    pub fn all(&self) -> &[SigningKey] {
        &self.keys
    }

    /// Publishes a new key; it does not sign yet.
    pub fn publish(&mut self, key: SigningKey) {
        self.keys.push(key);
    }

    /// Lets the newest published key sign.
    pub fn use_newest(&mut self) {
        self.signing = self.keys.len() - 1;
    }
}
