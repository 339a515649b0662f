//! How a client proves that it is the app: secret in the body or as HTTP Basic, a signed assertion, or nothing
//! (reference: identity, section 1.5).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::error::OauthError;
use super::{assertion, token::Form};
use crate::directory::App;
use crate::request::Request;
use crate::world::World;

/// How the client proved itself; the number stands in `appidacr`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// It is public and gave no proof.
    None,
    /// A secret.
    Secret,
    /// A certificate's assertion.
    Certificate,
}

impl Proof {
    /// `appidacr`
    pub fn number(self) -> &'static str {
        match self {
            Self::None => "0",
            Self::Secret => "1",
            Self::Certificate => "2",
        }
    }
}

/// The client id of a request: from the body, or from HTTP Basic.
pub fn id(request: &Request, form: &Form) -> Option<String> {
    form.get("client_id").map(str::to_owned).or_else(|| basic(request).map(|(id, _)| id))
}

/// Checks the client's proof.
///
/// # Errors
/// 401 `invalid_client` with AADSTS7000215, 7000218, 7000222, 700025, 700027, 700024 or 700021.
pub fn prove(world: &World, request: &Request, form: &Form, app: &App, tenant_word: &str) -> Result<Proof, OauthError> {
    if let Some(assertion) = form.get("client_assertion") {
        return assertion::verify(app, assertion, form.get("client_assertion_type"), &request.origin, tenant_word, world.now())
            .map(|()| Proof::Certificate);
    }
    let secret = form.get("client_secret").map(str::to_owned).or_else(|| basic(request).map(|(_, secret)| secret));
    let Some(secret) = secret else {
        let sentence = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
        return if app.public_client { Ok(Proof::None) } else { Err(OauthError::client(7_000_218, sentence)) };
    };
    if app.public_client && app.secrets.is_empty() && app.certificates.is_empty() {
        return Err(OauthError::client(700_025, "Client is public so neither 'client_assertion' nor 'client_secret' should be presented."));
    }
    check_secret(app, &secret, world.now()).map(|()| Proof::Secret)
}

fn check_secret(app: &App, secret: &str, now: jiff::Timestamp) -> Result<(), OauthError> {
    let Some(found) = app.secrets.iter().find(|known| known.value == secret) else {
        let sentence = format!(
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, \
             for a secret added to app '{}'.",
            app.id
        );
        return Err(OauthError::client(7_000_215, sentence));
    };
    if found.expires.is_some_and(|expires| now >= expires) {
        let sentence = format!(
            "The provided client secret keys for app '{}' are expired. Visit the Azure portal to create new keys for your app: \
             https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.",
            app.id
        );
        return Err(OauthError::client(7_000_222, sentence));
    }
    Ok(())
}

/// Id and secret of HTTP Basic, both form-encoded inside.
fn basic(request: &Request) -> Option<(String, String)> {
    let header = request.header("authorization");
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((form_decode(id), form_decode(secret)))
}

fn form_decode(text: &str) -> String {
    let pair = format!("{}=", text.replace('&', "%26").replace('=', "%3D"));
    url::form_urlencoded::parse(pair.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}
