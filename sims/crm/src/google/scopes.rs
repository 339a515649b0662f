//! Scopes, and how Google names them in its answers.

use std::collections::BTreeSet;

/// Reads contacts.
pub const CONTACTS_READONLY: &str = "https://www.googleapis.com/auth/contacts.readonly";
/// Reads and writes contacts.
pub const CONTACTS: &str = "https://www.googleapis.com/auth/contacts";
/// An id token.
pub const OPENID: &str = "openid";
/// The address, as Google's answers name it; `email` asks for it as well.
pub const EMAIL: &str = "https://www.googleapis.com/auth/userinfo.email";
/// The name, as Google's answers name it; `profile` asks for it as well.
pub const PROFILE: &str = "https://www.googleapis.com/auth/userinfo.profile";

/// The scopes of a space-separated list, under Google's names.
pub(crate) fn read(text: &str) -> BTreeSet<String> {
    let named = |scope: &str| match scope {
        "email" => EMAIL.to_owned(),
        "profile" => PROFILE.to_owned(),
        other => other.to_owned(),
    };
    text.split_whitespace().map(named).collect()
}

/// The list as answers give it.
pub(crate) fn write(scopes: &BTreeSet<String>) -> String {
    scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// A scope that this Google has; another is `invalid_scope`.
pub(crate) fn is_known(scope: &str) -> bool {
    scope == OPENID || scope.starts_with("https://www.googleapis.com/auth/")
}
