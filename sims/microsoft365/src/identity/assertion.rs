//! A client assertion: a JWT signed with the private key of a certificate that the app has uploaded
//! (reference: identity, sections 1.5 and 5.2).
//!
//! RS256 and PS256; the certificate is named by `x5t#S256` (padded or not) or `x5t`; times may be fractions.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::error::OauthError;
use crate::directory::App;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How far clocks may differ, in seconds.
const SKEW_SECONDS: f64 = 300.0;

/// Checks a client assertion against the app's certificates.
///
/// # Errors
/// 401 `invalid_client`: AADSTS700027 (unknown key, bad signature), 700024 (time), 700021 (audience), 50012 (anything else).
pub fn verify(app: &App, jwt: &str, kind: Option<&str>, origin: &str, tenant_word: &str, now: Timestamp) -> Result<(), OauthError> {
    if kind != Some(ASSERTION_TYPE) {
        return Err(OauthError::missing("client_assertion_type"));
    }
    let parts: Vec<&str> = jwt.split('.').collect();
    let [header_text, claims_text, signature_text] = parts.as_slice() else { return Err(unreadable()) };
    let (header, claims) = (json(header_text)?, json(claims_text)?);
    let signature = decode(signature_text).ok_or_else(unreadable)?;
    let key = public_key(app, &header)?;
    let algorithm = algorithm(&header)?;
    let signed = &jwt[..header_text.len() + 1 + claims_text.len()];
    let verified = UnparsedPublicKey::new(algorithm, key).verify(signed.as_bytes(), &signature);
    verified.map_err(|_| unknown_key(&header, "The key was found, but use of the key to verify the signature failed."))?;
    check_time(&claims, now)?;
    check_names(app, &claims, origin, tenant_word)
}

fn algorithm(header: &Value) -> Result<&'static RsaParameters, OauthError> {
    match header["alg"].as_str() {
        Some("RS256") => Ok(&RSA_PKCS1_2048_8192_SHA256),
        Some("PS256") => Ok(&RSA_PSS_2048_8192_SHA256),
        _ => Err(unreadable()),
    }
}

/// The public key (PKCS#1, DER) of the certificate that the header names.
fn public_key(app: &App, header: &Value) -> Result<Vec<u8>, OauthError> {
    let by_sha256 = header["x5t#S256"].as_str().and_then(decode);
    let by_sha1 = header["x5t"].as_str().and_then(decode);
    let found = app.certificates.iter().find(|certificate| match (&by_sha256, &by_sha1) {
        (Some(thumbprint), _) => Sha256::digest(&certificate.der)[..] == thumbprint[..],
        (None, Some(thumbprint)) => sha1(&certificate.der) == *thumbprint,
        (None, None) => false,
    });
    let certificate = found.ok_or_else(|| unknown_key(header, "The key was not found."))?;
    let (_, parsed) = X509Certificate::from_der(&certificate.der).map_err(|_| unreadable())?;
    Ok(parsed.public_key().subject_public_key.data.to_vec())
}

/// SHA-1 names a certificate here; nothing is trusted because of it.
pub fn sha1(bytes: &[u8]) -> Vec<u8> {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
}

fn check_time(claims: &Value, now: Timestamp) -> Result<(), OauthError> {
    let seconds = now.as_second() as f64;
    let expires = claims["exp"].as_f64();
    let begins = claims["nbf"].as_f64();
    let fine = expires.is_some_and(|at| at + SKEW_SECONDS > seconds) && begins.is_none_or(|at| at - SKEW_SECONDS <= seconds);
    if fine {
        return Ok(());
    }
    let shown =
        |at: Option<f64>| at.and_then(|at| Timestamp::from_second(at as i64).ok()).map_or("<unknown>".to_owned(), |at| at.to_string());
    let sentence = format!(
        "Client assertion is not within its valid time range. Current time: {now}, assertion valid from {}, expiry time of assertion {}.",
        shown(begins.or(claims["iat"].as_f64())),
        shown(expires)
    );
    Err(OauthError::client(700_024, sentence))
}

fn check_names(app: &App, claims: &Value, origin: &str, tenant_word: &str) -> Result<(), OauthError> {
    let names_app = |claim: &str| claims[claim].as_str().is_some_and(|id| id.eq_ignore_ascii_case(&app.id));
    if !names_app("iss") || !names_app("sub") {
        return Err(OauthError::client(700_021, "Client assertion application identifier doesn't match 'client_id' parameter."));
    }
    let audience = claims["aud"].as_str().unwrap_or_default().trim_end_matches('/').to_lowercase();
    let words = [tenant_word.to_lowercase(), app.tenant_id.to_lowercase()];
    let tails = ["/oauth2/v2.0/token", "/oauth2/token", "/v2.0", ""];
    let fits = words.iter().any(|word| tails.iter().any(|tail| audience == format!("{}/{word}{tail}", origin.to_lowercase())));
    if fits {
        return Ok(());
    }
    let sentence = format!(
        "Client assertion audience claim does not match Realm issuer. Review the documentation at https://aka.ms/certCreds. Audience: '{audience}'."
    );
    Err(OauthError::client(700_021, sentence))
}

fn json(part: &str) -> Result<Value, OauthError> {
    decode(part).and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(unreadable)
}

/// Base64 for URLs, padded or not; standard letters are taken too.
fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=').replace('+', "-").replace('/', "_")).ok()
}

fn unreadable() -> OauthError {
    OauthError::client(50012, "Client assertion could not be read: it is no JWT signed with RS256 or PS256.")
}

fn unknown_key(header: &Value, reason: &str) -> OauthError {
    let named = header["x5t"].as_str().or(header["x5t#S256"].as_str()).and_then(decode).unwrap_or_default();
    let thumbprint: String = named.iter().map(|byte| format!("{byte:02X}")).collect();
    let sentence = format!(
        "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - {reason}, Thumbprint of \
         key used by client: '{thumbprint}', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys.]"
    );
    OauthError::client(700_027, sentence)
}
