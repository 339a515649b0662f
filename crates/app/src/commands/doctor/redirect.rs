//! The redirect addresses: what must be registered in Entra ID, letter by letter, and whether it can be.

use url::Url;

use super::finding::Finding;
use crate::config::{Settings, is_loopback};

const WHAT: &str = "redirect address";

/// Looks at every redirect address, and at whether Microsoft can reach us with notifications.
pub fn findings(settings: &Settings) -> Vec<Finding> {
    let Some(microsoft) = &settings.microsoft else {
        let next = "set MICROSOFT_CLIENT_ID and MICROSOFT_CLIENT_SECRET; the README says where they come from";
        let none = match &settings.application {
            Some(_) => Finding::note("registration", "none for people's own mailboxes", next),
            None => Finding::wrong("registration", "none: no mailbox can be connected", next),
        };
        return vec![none];
    };
    let mut findings: Vec<_> = microsoft.redirect_uris.iter().map(|uri| judge(uri, &settings.server.base_url)).collect();
    findings.push(match &settings.server.notification_url {
        Some(url) => Finding::well("notifications", format!("Microsoft is asked to call {url}")),
        None => Finding::note(
            "notifications",
            format!("none: mailboxes are asked every {} min", settings.sync.polling_interval.as_secs() / 60),
            "set server.base_url (BASE_URL) to an https address that Microsoft can reach, to hear at once",
        ),
    });
    findings
}

fn judge(uri: &Url, base_url: &Url) -> Finding {
    if uri.origin() != base_url.origin() {
        return Finding::note(
            WHAT,
            format!("{uri} is not at this server's address {base_url}"),
            "nothing, if people begin there; otherwise set BASE_URL or MICROSOFT_REDIRECT_URI so that they agree (AADSTS50011)",
        );
    }
    if is_loopback(uri) && uri.host_str() != Some("localhost") {
        return Finding::note(
            WHAT,
            format!("{uri} uses a number for this machine"),
            "register it in the manifest editor, or use http://localhost",
        );
    }
    Finding::well(WHAT, format!("{uri} (register exactly this, platform Web)"))
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;

    #[test]
    fn an_address_on_another_host_or_scheme_is_pointed_out() {
        let judged = |uri: &str, base: &str| judge(&Url::parse(uri).unwrap(), &Url::parse(base).unwrap()).verdict;
        assert_eq!(judged("https://a.example/auth/callback", "https://a.example"), Verdict::Well);
        assert_eq!(judged("http://localhost:3000/auth/callback", "http://localhost:3000"), Verdict::Well);
        assert_eq!(judged("https://b.example/auth/callback", "https://a.example"), Verdict::Note);
        assert_eq!(judged("http://localhost:3000/auth/callback", "http://localhost:3001"), Verdict::Note);
        assert_eq!(judged("http://127.0.0.1:3000/auth/callback", "http://127.0.0.1:3000"), Verdict::Note);
    }
}
