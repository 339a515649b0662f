//! Redirect URIs: which of an app's registered ones a request means (reference: identity, section 1.4).

use super::error::OauthError;
use crate::directory::{App, RedirectUri};

/// The registered redirect URI that matches what was sent, and the address to send the browser to.
///
/// # Errors
/// AADSTS500113 if the app has none, AADSTS50011 if none matches. Both are shown on a page and never redirected.
pub fn find<'a>(app: &'a App, sent: &str) -> Result<(&'a RedirectUri, String), OauthError> {
    let Some(first) = app.redirect_uris.first() else {
        return Err(OauthError::new("invalid_request", 500_113, "No reply address is registered for the application."));
    };
    if sent.is_empty() {
        return Ok((first, with_path(&first.uri)));
    }
    let found = app.redirect_uris.iter().find(|registered| matches(&registered.uri, sent));
    found.map(|registered| (registered, with_path(sent))).ok_or_else(|| mismatch(app, sent))
}

/// Exact comparison, but for the port of `http://localhost`.
fn matches(registered: &str, sent: &str) -> bool {
    if with_path(registered) == with_path(sent) {
        return true;
    }
    match (localhost_path(registered), localhost_path(sent)) {
        (Some(registered), Some(sent)) => registered == sent,
        _ => false,
    }
}

/// What follows host and port of an `http://localhost` address.
fn localhost_path(uri: &str) -> Option<&str> {
    let rest = uri.strip_prefix("http://localhost")?;
    let (port, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let port_ok = port.is_empty() || port.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    port_ok.then_some(if path.is_empty() { "/" } else { path })
}

/// A host-only URI is answered at its root.
fn with_path(uri: &str) -> String {
    match uri.split_once("://") {
        Some((_, rest)) if !rest.contains('/') && !rest.contains('?') => format!("{uri}/"),
        _ => uri.to_owned(),
    }
}

fn mismatch(app: &App, sent: &str) -> OauthError {
    let sentence = format!(
        "The redirect URI '{sent}' specified in the request does not match the redirect URIs configured for the application '{}'. Make sure \
         the redirect URI sent in the request matches one added to your application in the Azure portal. Navigate to \
         https://aka.ms/redirectUriMismatchError to learn more about how to troubleshoot this issue.",
        app.id
    );
    OauthError::new("invalid_request", 50011, sentence)
}

/// An address with further query parameters (or, with `fragment`, a fragment).
pub fn with_parameters(uri: &str, parameters: &[(String, String)], fragment: bool) -> String {
    let encoded: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let joint = match (fragment, uri.contains('?')) {
        (true, _) => '#',
        (false, true) => '&',
        (false, false) => '?',
    };
    format!("{uri}{joint}{encoded}")
}
