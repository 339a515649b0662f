//! Tokens of a CRM: HS256, signed with the secret that the house knows.

use aws_lc_rs::hmac;
use base::{Clock, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

const SECRET: &str = "a secret of thirty-two characters and more";

/// Has the house believe these tokens.
pub fn believe(settings: &mut web::Settings) {
    settings.api.jwt = Some(api::Jwt::new(api::JwtKeys::Shared(Secret::from(SECRET))));
    settings.api.key = Some(Secret::from("configured-key-of-the-house"));
}

/// The key that may do everything.
pub const KEY: (&str, &str) = ("authorization", "Bearer configured-key-of-the-house");

/// A token for a user of the CRM.
pub fn of(clock: &Clock, email: &str) -> String {
    let now = clock.now().seconds();
    let header = URL_SAFE_NO_PAD.encode(json!({ "alg": "HS256", "typ": "JWT" }).to_string());
    let claims = URL_SAFE_NO_PAD.encode(json!({ "sub": email, "email": email, "iat": now, "exp": now + 3600 }).to_string());
    let signed = format!("{header}.{claims}");
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
}
