//! Claims challenges: Graph wants a token with certain claims, at once.
//!
//! Protocol (identity-and-security.md 3.4): a 401 whose `WWW-Authenticate` holds `error="insufficient_claims",
//! claims="<base64 JSON>"` asks for a new token made with those claims. The header may hold several challenges, `=`
//! inside quotes, standard or URL-safe base64, padded or not. The JSON is merged with what we declare ourselves
//! (`xms_cc`) and sent as `claims` with the token request, never served from a cache. If that is refused, the claims
//! go into the next sign-in.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::{HeaderMap, header};
use serde_json::Value;

const ANY_PADDING: GeneralPurposeConfig = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// The claims that a 401 asks for, as JSON text.
pub fn claims(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::WWW_AUTHENTICATE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .filter(|value| parameter(value, "error").is_some_and(|error| error.eq_ignore_ascii_case("insufficient_claims")))
        .find_map(|value| decode(&parameter(value, "claims")?))
}

/// What the token request should carry as `claims`: what is asked for and what we declare.
pub fn merged(asked: Option<&str>, continuous_access: bool) -> Option<String> {
    let declared = continuous_access.then(|| serde_json::json!({"access_token": {"xms_cc": {"values": ["cp1"]}}}));
    let asked = asked.and_then(|text| serde_json::from_str::<Value>(text).ok());
    match (asked, declared) {
        (Some(mut asked), Some(declared)) => {
            merge(&mut asked, declared);
            Some(asked.to_string())
        }
        (one, other) => one.or(other).map(|claims| claims.to_string()),
    }
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// The value of a challenge's parameter, with or without quotes. Names are compared whole and in any case.
fn parameter(challenge: &str, name: &str) -> Option<String> {
    let mut rest = challenge;
    while let Some((before, after)) = rest.split_once('=') {
        let key = before.rsplit([' ', ',', '\t']).next().unwrap_or_default();
        let after = after.trim_start();
        let (value, remaining) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_at(after.find([',', ' ']).unwrap_or(after.len())),
        };
        if key.eq_ignore_ascii_case(name) {
            return Some(value.to_owned());
        }
        rest = remaining;
    }
    None
}

fn decode(text: &str) -> Option<String> {
    let bytes = [STANDARD, URL_SAFE].iter().find_map(|alphabet| GeneralPurpose::new(alphabet, ANY_PADDING).decode(text).ok())?;
    let json = String::from_utf8(bytes).ok()?;
    serde_json::from_str::<Value>(&json).ok()?.is_object().then_some(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: &str = r#"{"access_token":{"nbf":{"essential":true, "value":"1604106651"}}}"#;

    fn headers(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::WWW_AUTHENTICATE, value.parse().unwrap());
        headers
    }

    #[test]
    fn a_challenge_is_found_among_other_parameters() {
        let value = "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
             client_id=\"00000003-0000-0000-c000-000000000000\", error=\"insufficient_claims\", \
             claims=\"eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwgInZhbHVlIjoiMTYwNDEwNjY1MSJ9fX0=\"";
        assert_eq!(claims(&headers(value)).as_deref(), Some(ASKED));
        assert_eq!(claims(&headers(&value.replace("0=\"", "0\""))).as_deref(), Some(ASKED), "padding is optional");
    }

    #[test]
    fn a_plain_401_asks_for_no_claims() {
        assert_eq!(claims(&headers("Bearer realm=\"\", error=\"invalid_token\", claims=\"e30=\"")), None);
        assert_eq!(claims(&headers("Bearer error=\"insufficient_claims\", claims=\"not base64!\"")), None);
        assert_eq!(claims(&HeaderMap::new()), None);
    }

    #[test]
    fn what_is_asked_and_what_we_declare_are_merged() {
        let merged: Value = serde_json::from_str(&merged(Some(ASKED), true).unwrap()).unwrap();
        assert_eq!(merged["access_token"]["nbf"]["value"], "1604106651");
        assert_eq!(merged["access_token"]["xms_cc"]["values"][0], "cp1");
        assert_eq!(super::merged(None, false), None);
    }
}
