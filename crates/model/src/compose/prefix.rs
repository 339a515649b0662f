//! Prefixes: the addresses below which our own tracking lives, so that we know our own links and pixels again, also behind
//! what gateways make of them.
//!
//! Sources: the addresses that Microsoft's Safe Links, Proofpoint's URL Defense (version 3) and Gmail's image proxy write.

use std::borrow::Cow;

use url::{Position, Url};

/// Everything below one host and path, by `http` or `https`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(Url);

impl Prefix {
    /// Reads `https://t.acme.example/` or `https://acme.example/track`; `None` for what is no such address.
    pub fn read(address: &str) -> Option<Self> {
        Url::parse(address).ok().filter(is_web).map(Prefix)
    }

    /// Whether this address is below.
    pub fn covers(&self, url: &Url) -> bool {
        let path = self.0.path().trim_end_matches('/');
        let is_same_place =
            self.0[Position::BeforeHost..Position::BeforePath].eq_ignore_ascii_case(&url[Position::BeforeHost..Position::BeforePath]);
        let is_below = || url.path().strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        is_web(url) && is_same_place && is_below()
    }
}

/// Our own address in this one, which may be wrapped by a gateway; `None` if it is not ours.
pub fn own<'a>(prefixes: &[Prefix], url: &'a Url) -> Option<Cow<'a, Url>> {
    let is_own = |url: &Url| prefixes.iter().any(|prefix| prefix.covers(url));
    if is_own(url) {
        return Some(Cow::Borrowed(url));
    }
    let mut inner = unwrapped(url)?;
    for _ in 0..WRAPS_MAX {
        if is_own(&inner) {
            return Some(Cow::Owned(inner));
        }
        inner = unwrapped(&inner)?;
    }
    None
}

/// The scheme is one that can be tracked.
pub(super) fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

/// Gateways that one address has passed at most.
const WRAPS_MAX: usize = 3;

/// What a gateway has wrapped.
fn unwrapped(url: &Url) -> Option<Url> {
    let host = url.host_str()?;
    let is_at = |domain: &str| host == domain || host.strip_suffix(domain).is_some_and(|front| front.ends_with('.'));
    if is_at("safelinks.protection.outlook.com") {
        return url.query_pairs().find(|(name, _)| name == "url").and_then(|(_, inner)| Url::parse(&inner).ok());
    }
    if is_at("urldefense.com") {
        let (inner, _) = url.as_str().split_once("/v3/__")?.1.split_once("__;")?;
        return Url::parse(&inner.replacen(":/*", "://", 1)).ok();
    }
    if is_at("googleusercontent.com") {
        return url.fragment().and_then(|inner| Url::parse(inner).ok());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_addresses_are_known_again_behind_gateways() {
        let own_prefixes = [Prefix::read("https://t.acme.example/r").expect("a prefix")];
        for (address, expected) in [
            ("https://t.acme.example/r/abc", Some("https://t.acme.example/r/abc")),
            ("http://T.ACME.example/r/abc?x", Some("http://t.acme.example/r/abc?x")),
            ("https://t.acme.example/r", Some("https://t.acme.example/r")),
            ("https://t.acme.example/reports", None),
            ("https://t.acme.example:8443/r/abc", None),
            ("https://t.acme.example.evil.example/r/abc", None),
            ("https://evil.example/r/abc?https://t.acme.example/r/abc", None),
            (
                "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Ft.acme.example%2Fr%2Fabc&data=05",
                Some("https://t.acme.example/r/abc"),
            ),
            ("https://safelinks.protection.outlook.com.evil.example/?url=https%3A%2F%2Ft.acme.example%2Fr%2Fabc", None),
            ("https://urldefense.com/v3/__https://t.acme.example/r/abc__;!!x!y$", Some("https://t.acme.example/r/abc")),
            ("https://urldefense.com/v3/__https:/*t.acme.example/r/abc__;Lw!!x!y$", Some("https://t.acme.example/r/abc")),
            ("https://ci3.googleusercontent.com/meips/Ab=s0-d#https://t.acme.example/r/abc.gif", Some("https://t.acme.example/r/abc.gif")),
        ] {
            let url = Url::parse(address).expect("an address");
            assert_eq!(own(&own_prefixes, &url).as_deref().map(Url::as_str), expected, "{address}");
        }
    }

    #[test]
    fn only_web_addresses_are_prefixes() {
        assert_eq!(Prefix::read("mailto:bo@acme.example"), None);
        assert_eq!(Prefix::read("acme.example"), None);
    }
}
