//! Where a browser goes after it has connected: a page of ours, or one of an origin that was listed.

use url::Url;

/// The address if it may be gone to: of a listed origin, without a user name, over http or https.
pub fn allowed(wanted: &str, origins: &[Url]) -> Option<Url> {
    if wanted.contains('\\') || wanted.chars().any(char::is_control) {
        return None;
    }
    let url = Url::parse(wanted).ok()?;
    let plain = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    let listed = origins.iter().any(|origin| origin.origin() == url.origin());
    (plain && listed).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_origins_are_gone_to() {
        let origins = [Url::parse("https://crm.example").unwrap()];
        assert!(allowed("https://crm.example/settings?tab=mail", &origins).is_some());
        for foreign in [
            "https://crm.example.evil.example/",
            "https://crm.example@evil.example/",
            "http://crm.example/",
            "https://crm.example:8443/",
            "javascript:alert(1)",
            "//crm.example/",
            "https:\\\\crm.example",
            "https://user@crm.example/",
            "https://crm.example/\n",
        ] {
            assert!(allowed(foreign, &origins).is_none(), "{foreign}");
        }
    }
}
