//! Certificates: proving who we are by signing instead of by a shared secret.
//!
//! The client assertion (identity-and-security.md 1.5) is a JWT with the header
//! `{"alg":"PS256","typ":"JWT","x5t#S256":"<base64url SHA-256 of the certificate>"}` and the claims `aud` (the
//! tenant's token endpoint), `iss` = `sub` = the client id, a fresh `jti`, `nbf` = `iat` = now, `exp` ten minutes on.
//! Entra ID refuses a clock that is off (700024) and a key that is not uploaded (700027). Keys are RSA of at least
//! 2,048 bits, as PEM in PKCS#8 or PKCS#1.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::{digest, signature};
use base::{Timestamp, random};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// How long an assertion may be used.
const ASSERTION_LIFETIME: Duration = Duration::from_secs(600);

/// A certificate and its private key.
#[derive(Clone)]
pub struct Certificate {
    key: Arc<KeyPair>,
    thumbprint: String,
}

/// Why a certificate or key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// No certificate section in the PEM text.
    #[error("the file holds no PEM certificate (-----BEGIN CERTIFICATE-----)")]
    NoCertificate,
    /// No private key section in the PEM text.
    #[error("the file holds no unencrypted PEM private key (-----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----)")]
    NoKey,
    /// Not an RSA key of 2,048 bits or more.
    #[error("the private key is not an RSA key of at least 2,048 bits")]
    WrongKey,
}

impl Certificate {
    /// Reads the first certificate and the private key from PEM text; both may be in one file, given twice.
    ///
    /// # Errors
    /// [`CertificateError`] says what is missing.
    pub fn from_pem(certificate_pem: &str, key_pem: &str) -> Result<Self, CertificateError> {
        let der = pem_section(certificate_pem, "CERTIFICATE").ok_or(CertificateError::NoCertificate)?;
        let key = match (pem_section(key_pem, "PRIVATE KEY"), pem_section(key_pem, "RSA PRIVATE KEY")) {
            (Some(pkcs8), _) => KeyPair::from_pkcs8(&pkcs8),
            (None, Some(pkcs1)) => KeyPair::from_der(&pkcs1),
            (None, None) => return Err(CertificateError::NoKey),
        };
        let key = key.map_err(|_| CertificateError::WrongKey)?;
        if key.public_modulus_len() < 256 {
            return Err(CertificateError::WrongKey);
        }
        let thumbprint = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, &der));
        Ok(Certificate { key: Arc::new(key), thumbprint })
    }

    /// The SHA-256 thumbprint by which Entra ID finds the key, base64url.
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// A fresh assertion for `client_id` at the token endpoint `audience`.
    ///
    /// # Panics
    /// When the operating system has no randomness to give.
    pub fn assertion(&self, client_id: &str, audience: &str, now: Timestamp) -> String {
        let header = serde_json::json!({"alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint});
        let claims = serde_json::json!({
            "aud": audience, "iss": client_id, "sub": client_id, "jti": guid(),
            "nbf": now.seconds(), "iat": now.seconds(), "exp": now.plus(ASSERTION_LIFETIME).seconds(),
        });
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&signature::RSA_PSS_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .expect("the buffer has the key's length");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.thumbprint)
    }
}

/// The DER bytes of the first PEM section with this label.
fn pem_section(pem: &str, label: &str) -> Option<Vec<u8>> {
    let after = pem.split_once(&format!("-----BEGIN {label}-----"))?.1;
    let inside = after.split_once(&format!("-----END {label}-----"))?.0;
    STANDARD.decode(inside.split_ascii_whitespace().collect::<String>()).ok()
}

/// A random GUID (RFC 9562, version 4).
fn guid() -> String {
    let mut bytes = random::bytes::<16>();
    bytes[6] = (bytes[6] & 0x0F) | 0x40;
    bytes[8] = (bytes[8] & 0x3F) | 0x80;
    let hex = random::hex(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
