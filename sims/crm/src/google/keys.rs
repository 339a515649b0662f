//! The key that signs id tokens, and how the key set publishes it (RFC 7517, RFC 7515: RS256).
//!
//! With the machine's clock a key is made at start. With a manual clock it is the fixed one beside this file, so that a
//! seed gives the same bytes; it protects nothing.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const SEEDED_KEY: &[u8] = include_bytes!("seeded_key.der");

/// Reading a key checks its numbers, which takes longer than making everything else of a small world.
static SEEDED: OnceLock<Arc<KeyPair>> = OnceLock::new();

/// A signing key.
#[derive(Debug)]
pub(crate) struct SigningKey {
    pair: Arc<KeyPair>,
    id: String,
}

impl SigningKey {
    /// The fixed key of in-process tests.
    pub(crate) fn seeded() -> Self {
        let read = || Arc::new(KeyPair::from_pkcs8(SEEDED_KEY).expect("the key beside this file is a PKCS#8 RSA key"));
        Self::of(SEEDED.get_or_init(read).clone())
    }

    /// A new key, from the machine's randomness.
    pub(crate) fn generated() -> Self {
        Self::of(Arc::new(KeyPair::generate(KeySize::Rsa2048).expect("an RSA key of 2048 bits can be made")))
    }

    fn of(pair: Arc<KeyPair>) -> Self {
        let whole = digest(&SHA256, pair.public_key().as_ref());
        let id = whole.as_ref()[..20].iter().map(|byte| format!("{byte:02x}")).collect();
        Self { pair, id }
    }

    /// A compact JWT of these claims.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = json!({"alg": "RS256", "kid": self.id, "typ": "JWT"});
        let body = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), body.as_bytes(), &mut signature).expect("an RSA key signs");
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The key set.
    pub(crate) fn published(&self) -> Value {
        let public = self.pair.public_key();
        json!({"keys": [{
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.id,
            "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
            "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
        }]})
    }
}

/// The left half of a text's SHA-256, as `at_hash` wants it (OpenID Connect Core, 3.1.3.6).
pub(crate) fn half_hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&digest(&SHA256, text.as_bytes()).as_ref()[..16])
}

/// The S256 challenge of a verifier (RFC 7636).
pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()).as_ref())
}
