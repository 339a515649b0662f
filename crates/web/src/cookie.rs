//! Cookies: the two that we set, read and written as text.
//!
//! Both are `HttpOnly` and for the whole site of one host; over TLS they carry the `__Host-` prefix, which keeps other
//! hosts from setting them.

use http::{HeaderMap, HeaderValue, header};

/// When a browser sends a cookie along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// Only from our own pages: for the session.
    Strict,
    /// Also when another site leads the person here: Microsoft does, at the end of a sign-in.
    Lax,
}

/// One of our cookies.
#[derive(Clone, Copy, Debug)]
pub struct Cookie {
    name: &'static str,
    same_site: SameSite,
}

/// Who is signed in to the console.
pub const SESSION: Cookie = Cookie { name: "rapport_session", same_site: SameSite::Strict };
/// Which browser began to connect a mailbox.
pub const CONNECTING: Cookie = Cookie { name: "rapport_connecting", same_site: SameSite::Lax };

impl Cookie {
    fn full_name(self, secure: bool) -> String {
        if secure { format!("__Host-{}", self.name) } else { self.name.to_owned() }
    }

    /// The value that a browser sent.
    pub fn read(self, headers: &HeaderMap, secure: bool) -> Option<String> {
        let name = self.full_name(secure);
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|pair| pair.0 == name).map(|pair| pair.1.to_owned())
    }

    /// The header that sets it for `seconds`.
    pub fn set(self, value: &str, seconds: u64, secure: bool) -> HeaderValue {
        let (name, same_site) = (self.full_name(secure), self.same_site);
        let secure = if secure { "; Secure" } else { "" };
        let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite={same_site:?}{secure}");
        HeaderValue::from_str(&text).expect("our values are letters, digits and dashes")
    }

    /// The header that removes it.
    pub fn clear(self, secure: bool) -> HeaderValue {
        self.set("", 0, secure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_reads_back_among_others_and_only_under_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a=b; rapport_session=x1; __Host-rapport_session=x2"));
        assert_eq!(SESSION.read(&headers, false).as_deref(), Some("x1"));
        assert_eq!(SESSION.read(&headers, true).as_deref(), Some("x2"));
        assert_eq!(CONNECTING.read(&headers, true), None);
    }

    #[test]
    fn the_session_is_strict_and_secure_over_tls() {
        let header = SESSION.set("v", 60, true);
        assert_eq!(header, "__Host-rapport_session=v; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure");
        assert!(CONNECTING.clear(false).to_str().unwrap().contains("Max-Age=0; HttpOnly; SameSite=Lax"));
    }
}
