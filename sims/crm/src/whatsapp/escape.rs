//! JSON as Meta writes it: what is not ASCII as `\u00e4` in lower case, a slash as `\/`; and its signature.
//!
//! Meta signs the bytes it sends (Meta, "Webhooks: getting started", validating payloads). A receiver that signs what
//! it has parsed and written again comes to another signature.

use aws_lc_rs::hmac;
use serde_json::Value;

/// The bytes that are sent.
pub(super) fn write(value: &Value) -> String {
    let plain = value.to_string();
    let mut escaped = String::with_capacity(plain.len());
    for character in plain.chars() {
        match character {
            '/' => escaped.push_str("\\/"),
            ascii if ascii.is_ascii() => escaped.push(ascii),
            other => other.encode_utf16(&mut [0; 2]).iter().for_each(|unit| escaped.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    escaped
}

/// The value of `X-Hub-Signature-256`.
pub(super) fn signature(secret: &str, body: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), body);
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_ascii_is_escaped_in_lower_case_and_reads_back_the_same() {
        let value = serde_json::json!({"body": "äöå 😀 a/b \"q\""});
        let text = write(&value);
        assert_eq!(text, r#"{"body":"\u00e4\u00f6\u00e5 \ud83d\ude00 a\/b \"q\""}"#);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }

    #[test]
    fn the_signature_is_the_known_hmac() {
        // RFC 4231, test case 2.
        let expected = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(signature("Jefe", b"what do ya want for nothing?"), expected);
    }
}
