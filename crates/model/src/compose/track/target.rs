//! Targets: which links are left as they are, and why.
//!
//! When in doubt a link is left: a click that is not seen costs less than a link that looks like fraud, does not work, or
//! passes somebody's key through our log.

use url::Url;

use crate::compose::markup::Tag;
use crate::compose::prefix::{self, Prefix};

/// Why a link is not tracked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// It does not lead to the web: `mailto:`, `tel:`, `cid:`, a place in the mail, or nothing that can be read.
    NotWeb,
    /// It holds a name or a password, or letters that no address may hold.
    Unsafe,
    /// It leads to us already.
    Own,
    /// Its author said so: `data-no-track`.
    Asked,
    /// It unsubscribes.
    Unsubscribe,
    /// It is so long that some program would cut off what leads over us to it.
    TooLong,
    /// Its text is an address: with another one behind it, filters take it for fraud.
    AddressAsText,
    /// It signs somebody in, confirms something or sets a password.
    Security,
}

/// The longest address that is tracked, in bytes: with what is put around it, it stays below the 2,083 of old browsers.
pub const URL_BYTES_MAX: usize = 1_400;

/// Why a link is left as it is; `None` if it can be tracked.
pub(super) fn why_not(tag: &Tag, url: &str, text: &str, own: &[Prefix]) -> Option<Why> {
    if tag.attribute("data-no-track").is_some() {
        return Some(Why::Asked);
    }
    let Some(parsed) = Url::parse(url).ok().filter(prefix::is_web) else { return Some(Why::NotWeb) };
    if url.chars().any(char::is_control) || !parsed.username().is_empty() || parsed.password().is_some() {
        return Some(Why::Unsafe);
    }
    if prefix::own(own, &parsed).is_some() {
        return Some(Why::Own);
    }
    if url.len() > URL_BYTES_MAX {
        return Some(Why::TooLong);
    }
    if unsubscribes(&parsed, text) {
        return Some(Why::Unsubscribe);
    }
    if is_sensitive(&parsed) {
        return Some(Why::Security);
    }
    text.split_whitespace().any(is_address).then_some(Why::AddressAsText)
}

fn unsubscribes(url: &Url, text: &str) -> bool {
    let text = text.to_lowercase();
    let place = place_of(url);
    UNSUBSCRIBE_TEXTS.iter().any(|word| text.contains(word)) || UNSUBSCRIBE_PLACES.iter().any(|word| place.contains(word))
}

fn is_sensitive(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let place = place_of(url);
    let is_at = |domain: &&str| host == *domain || host.strip_suffix(*domain).is_some_and(|front| front.ends_with('.'));
    SENSITIVE_HOSTS.iter().any(is_at) || SENSITIVE_PLACES.iter().any(|word| place.contains(word))
}

/// Path and query, in small letters, without the marks that some put between words, the path as if it ended with `/`.
fn place_of(url: &Url) -> String {
    let place = format!("{}/?{}", url.path().trim_end_matches('/'), url.query().unwrap_or_default()).to_lowercase();
    place.replace(['-', '_'], "")
}

/// Whether a word of a link's text is an address or a domain. A file's name is none.
fn is_address(word: &str) -> bool {
    let word = word.trim_matches(|letter: char| !letter.is_alphanumeric()).to_lowercase();
    if ["http:", "https:", "www."].iter().any(|start| word.starts_with(start)) || word.contains("://") {
        return true;
    }
    let host = word.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let Some((front, top)) = host.rsplit_once('.') else { return false };
    let is_label = |label: &str| !label.is_empty() && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-');
    let is_top = top.chars().count() >= 2 && (top.starts_with("xn--") || top.chars().all(char::is_alphabetic));
    front.split('.').all(is_label) && is_top && !(host.len() == word.len() && FILE_ENDINGS.contains(&top))
}

/// Endings of files that are no top-level domains.
const FILE_ENDINGS: &[&str] = &[
    "pdf", "doc", "docx", "docm", "xls", "xlsx", "xlsm", "csv", "ppt", "pptx", "odt", "ods", "odp", "rtf", "txt", "html", "htm", "xml",
    "json", "png", "jpg", "jpeg", "gif", "webp", "svg", "bmp", "tif", "tiff", "mp3", "mp4", "avi", "wav", "rar", "tar", "gz", "ics", "vcf",
    "eml", "msg", "dwg", "exe", "msi", "dmg",
];

/// Words by which a link says that it unsubscribes, in many languages.
const UNSUBSCRIBE_TEXTS: &[&str] = &[
    "unsubscribe",
    "opt out",
    "opt-out",
    "abmelden",
    "abbestellen",
    "austragen",
    "désabonn",
    "désinscri",
    "desabonn",
    "darse de baja",
    "darme de baja",
    "cancelar suscripción",
    "cancelar la suscripción",
    "anular suscripción",
    "cancelar inscrição",
    "cancelar subscrição",
    "descadastr",
    "disiscriv",
    "annulla iscrizione",
    "uitschrijven",
    "afmelden",
    "avregistrera",
    "avprenumerera",
    "afmeld",
    "avmeld",
    "peruuta tilaus",
    "wypisz",
    "odhlásit",
    "odhlásiť",
    "leiratkoz",
    "dezabon",
    "отписаться",
    "відписатися",
    "aboneliğ",
    "διαγραφή",
    "退订",
    "取消订阅",
    "取消訂閱",
    "配信停止",
    "수신거부",
    "수신 거부",
    "berhenti berlangganan",
    "hủy đăng ký",
];

/// What stands in the address of one, without `-` and `_`.
const UNSUBSCRIBE_PLACES: &[&str] = &["unsubscribe", "unsub/", "/unsub", "optout", "abmelden", "abbestellen", "desinscri", "desabonn"];

/// Where people sign in.
const SENSITIVE_HOSTS: &[&str] = &[
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.live.com",
    "login.microsoft.com",
    "account.microsoft.com",
    "account.live.com",
    "passwordreset.microsoftonline.com",
    "myaccount.microsoft.com",
    "accounts.google.com",
    "myaccount.google.com",
    "appleid.apple.com",
    "login.salesforce.com",
    "okta.com",
    "auth0.com",
    "onelogin.com",
    "duosecurity.com",
    "paypal.com",
];

/// What stands in the address of a link that signs in, confirms or sets a password, without `-` and `_`.
const SENSITIVE_PLACES: &[&str] = &[
    "resetpassword",
    "passwordreset",
    "password/reset",
    "password/edit",
    "forgotpassword",
    "setpassword",
    "changepassword",
    "passwort",
    "verifyemail",
    "emailverif",
    "confirmemail",
    "emailconfirm",
    "magiclink",
    "onetimepass",
    "onetimecode",
    "onetimelink",
    "oauth",
    "authorize",
    "/saml/",
    "/saml2",
    "samlrequest",
    "/signin/",
    "/sso/",
    "accesstoken",
    "sharedaccesssignature",
    "xamzsignature",
    "token=",
    "sig=",
    "otp=",
];

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn a_text_that_looks_like_an_address_is_told_from_one_that_does_not() {
        for word in [
            "https://acme.example/x",
            "www.acme",
            "acme.example",
            "(acme.example/preise),",
            "münchen.de",
            "bo@acme.example",
            "acme.co.uk:8080",
            "acme.example/offer.pdf",
        ] {
            assert!(is_address(word), "{word}");
        }
        for word in ["Offer", "offer.pdf", "e.g.", "3.5", "2.000,-", "…", "a.b", "and/or", "v1.2.3", ""] {
            assert!(!is_address(word), "{word}");
        }
    }
}
