//! Resource paths: what comes after `/v1.0`, with every variable part percent-encoded.
//!
//! Ids and names come from outside; each becomes exactly one path segment or one query value, so that none can
//! reach another resource. Facts (graph.md 1.1, 2.1): ids are case-sensitive, `=` in them is encoded, `#` of a
//! guest's principal name is `%23`, a principal name that begins with `$` needs the key form `/users('$x')`, and
//! query options are sent with their `$`.

use std::fmt::{self, Write as _};

use crate::access::User;

/// A path below the version root, percent-encoded, with its query.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ResourcePath {
    text: String,
    has_query: bool,
}

impl ResourcePath {
    /// A path of one fixed segment, such as `subscriptions` or `$batch`. `literal` is ours, never data.
    pub fn of(literal: &'static str) -> Self {
        ResourcePath { text: format!("/{literal}"), has_query: false }
    }

    /// `/me` or `/users/{id}`.
    pub fn user(user: &User) -> Self {
        match user {
            User::Me => Self::of("me"),
            User::Id(id) if id.starts_with('$') => {
                let mut text = "/users('".to_owned();
                encode(&mut text, &id.replace('\'', "''"), b"");
                text.push_str("')");
                ResourcePath { text, has_query: false }
            }
            User::Id(id) => Self::of("users").segment(id),
        }
    }

    /// With one more fixed segment, such as `messages` or `$value`. `literal` is ours, never data.
    #[must_use]
    pub fn literal(mut self, literal: &'static str) -> Self {
        debug_assert!(!self.has_query, "segments come before the query");
        self.text.push('/');
        self.text.push_str(literal);
        self
    }

    /// With one more segment that is data: an id or a name.
    #[must_use]
    pub fn segment(mut self, data: &str) -> Self {
        debug_assert!(!self.has_query, "segments come before the query");
        self.text.push('/');
        match data {
            // A segment of dots alone would be taken as a step through the path.
            "." => self.text.push_str("%2E"),
            ".." => self.text.push_str("%2E%2E"),
            _ => encode(&mut self.text, data, b"@"),
        }
        self
    }

    /// With segments and a query that another program has put together, in the encoding that it chose.
    ///
    /// # Errors
    /// [`Unconfined`] if that is no plain way further down: steps up, in whatever disguise, or what no path may hold.
    pub fn passed(mut self, segments: &str, query: Option<&str>) -> Result<Self, Unconfined> {
        debug_assert!(!self.has_query, "segments come before the query");
        for segment in segments.split('/') {
            if !is_confined(segment) {
                return Err(Unconfined);
            }
            self.text.push('/');
            self.text.push_str(segment);
        }
        if let Some(query) = query.filter(|query| !query.is_empty()) {
            if !query.bytes().all(|byte| is_path_byte(byte) || byte == b'/' || byte == b'?') {
                return Err(Unconfined);
            }
            self.has_query = true;
            self.text.push('?');
            self.text.push_str(query);
        }
        Ok(self)
    }

    /// With one more query option, such as `$select`.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: &str) -> Self {
        self.text.push(if self.has_query { '&' } else { '?' });
        self.has_query = true;
        self.text.push_str(name);
        self.text.push('=');
        encode(&mut self.text, value, b",:/@");
        self
    }

    /// As it is sent, beginning with `/`.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// A path that leads elsewhere than further down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the path leads elsewhere than further down")]
pub struct Unconfined;

/// Whether an encoded segment is one step down for everybody who may decode it, once or twice.
fn is_confined(segment: &str) -> bool {
    if segment.is_empty() || !segment.bytes().all(is_path_byte) {
        return false;
    }
    let Some(decoded) = decode(segment) else { return false };
    let steps = |text: &str| text.split('/').any(|part| part == "." || part == "..");
    !decoded.contains(['%', '\\']) && !decoded.chars().any(char::is_control) && !steps(&decoded)
}

/// The bytes that an encoded segment is made of (RFC 3986, `pchar`).
fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%".contains(&byte)
}

/// The text that is encoded, if it is one.
fn decode(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        bytes.push(digit(rest.next()?)? * 16 + digit(rest.next()?)?);
    }
    String::from_utf8(bytes).ok()
}

impl fmt::Debug for ResourcePath {
    /// Shows the path's shape and not its data: ids and addresses stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResourcePath({} characters)", self.text.len())
    }
}

/// Appends `data`, all but letters, digits, `-._~` and `kept` percent-encoded.
fn encode(text: &mut String, data: &str, kept: &[u8]) {
    for byte in data.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_stays_inside_its_segment() {
        let path = ResourcePath::user(&User::Id("a#EXT#@x.example".into())).literal("messages").segment("../../me?x=1/AA=");
        assert_eq!(path.as_str(), "/users/a%23EXT%23@x.example/messages/..%2F..%2Fme%3Fx%3D1%2FAA%3D");
        assert_eq!(ResourcePath::of("users").segment("..").as_str(), "/users/%2E%2E");
    }

    #[test]
    fn what_another_program_puts_together_leads_only_further_down() {
        let user = || ResourcePath::user(&User::Id("u".into()));
        let passed = |segments: &str, query| user().passed(segments, query).map(|path| path.as_str().to_owned());
        let kept = passed("mailFolders('inbox')/messages/AAM%2FkA%3D/$value", Some("$select=id,subject&$filter=a%20eq%20'b'"));
        assert_eq!(kept.unwrap(), "/users/u/mailFolders('inbox')/messages/AAM%2FkA%3D/$value?$select=id,subject&$filter=a%20eq%20'b'");
        for foreign in [
            "",
            "..",
            ".",
            "../v",
            "a/../b",
            "%2e%2e",
            "%2E./b",
            "a/%2e%2e%2fusers",
            "..%2Fusers",
            "%252e%252e",
            "a//b",
            "a\\b",
            "a%5Cb",
            "a%00",
            "a%0d%0a",
            "a?b",
            "a#b",
            "a%zz",
            "a%f",
            "a b",
            "a%ff",
            "https:%2f%2fx/..",
        ] {
            assert_eq!(passed(foreign, None), Err(Unconfined), "{foreign}");
        }
        assert_eq!(passed("messages", Some("a=b#c")), Err(Unconfined));
    }

    #[test]
    fn a_principal_name_with_a_dollar_takes_the_key_form() {
        assert_eq!(ResourcePath::user(&User::Id("$o'x@y".into())).as_str(), "/users('%24o%27%27x%40y')");
    }

    #[test]
    fn query_options_keep_their_dollar_and_encode_their_value() {
        let path = ResourcePath::of("users").query("$select", "id,mail").query("$filter", "mail eq 'a&b'");
        assert_eq!(path.as_str(), "/users?$select=id,mail&$filter=mail%20eq%20%27a%26b%27");
    }
}
