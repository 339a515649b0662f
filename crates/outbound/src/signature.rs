//! Signatures as Standard Webhooks 1.0.0 has them: `v1`, HMAC-SHA256 over `{id}.{timestamp}.{body}` in base 64. While a
//! secret is being changed, a call carries one signature for each, parted by a blank.
//! Source: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.

use aws_lc_rs::hmac::{self, HMAC_SHA256, Key};
use base::{Secret, random};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What a written secret begins with.
const PREFIX: &str = "whsec_";
/// Bytes of a new secret; the specification allows 24 to 64.
const SECRET_BYTES: usize = 32;

/// A secret by which an endpoint knows our calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningSecret(Secret<Vec<u8>>);

impl SigningSecret {
    /// A new one.
    pub fn generate() -> Self {
        SigningSecret(Secret::new(random::bytes::<SECRET_BYTES>().to_vec()))
    }

    /// Reads one as it is written: `whsec_` and base 64 of 24 to 64 bytes. `None` for anything else.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        (24..=64).contains(&bytes.len()).then(|| SigningSecret(Secret::new(bytes)))
    }

    /// As it is written, to be shown once to its owner and sealed otherwise.
    pub fn write(&self) -> Secret<String> {
        Secret::new(format!("{PREFIX}{}", STANDARD.encode(self.0.expose())))
    }
}

/// The value of `webhook-signature` for a call, a signature for each secret.
pub fn sign(secrets: &[SigningSecret], id: &str, timestamp_seconds: i64, body: &[u8]) -> String {
    let signed = [format!("{id}.{timestamp_seconds}.").as_bytes(), body].concat();
    let signature = |secret: &SigningSecret| {
        let key = Key::new(HMAC_SHA256, secret.0.expose());
        format!("v1,{}", STANDARD.encode(hmac::sign(&key, &signed)))
    };
    secrets.iter().map(signature).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specification_s_own_example_is_signed_alike() {
        let secret = SigningSecret::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = sign(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_read_as_it_was_written_and_nothing_else_is_one() {
        let secret = SigningSecret::generate();
        assert_eq!(SigningSecret::read(secret.write().expose()), Some(secret));
        assert_eq!(SigningSecret::read("whsec_c2hvcnQ="), None);
        assert_eq!(SigningSecret::read("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), None);
    }

    #[test]
    fn two_secrets_make_two_signatures() {
        let secrets = [SigningSecret::generate(), SigningSecret::generate()];
        let both = sign(&secrets, "dlv_1", 1, b"{}");
        let each: Vec<String> = secrets.iter().map(|secret| sign(std::slice::from_ref(secret), "dlv_1", 1, b"{}")).collect();
        assert_eq!(both, each.join(" "));
    }
}
