//! Authorization codes: given out once, redeemed once, bound to app, redirect URI, tenant and PKCE verifier
//! (reference: identity, sections 1.3 and 1.5).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::error::OauthError;
use super::issue::{self, Delegated};
use super::scope::Scope;
use super::sign_in::{self, no_user, not_consented};
use super::state::Code;
use super::token::TokenRequest;
use crate::world::World;

/// Gives out a code.
pub fn give(world: &mut World, code: Code) -> String {
    let text = format!("1.A{}.{}", world.ids.token(32), world.ids.token(560));
    world.identity.codes.insert(text.clone(), code);
    text
}

/// Redeems a code for tokens.
///
/// # Errors
/// AADSTS70000, 700005, 54005, 70008, 501481, and those of the user's state and consent.
pub fn redeem(world: &mut World, wanted: &TokenRequest<'_>) -> Result<Value, OauthError> {
    let text = wanted.form.need("code")?;
    let code = take(world, wanted, text)?;
    let asked = wanted.form.get("scope").unwrap_or(&code.scope).to_owned();
    let scope = Scope::read(&asked, &wanted.request.origin, &wanted.app)?;
    let scope = with_first_request(scope, &code.scope, wanted)?;
    let user = world.directory.user(&code.sign_in.user).cloned().ok_or_else(|| no_user(&code.sign_in.tenant))?;
    sign_in::check_grant(&user, &wanted.app, &code.sign_in, code.issued, world.now())?;
    if sign_in::missing_consent(&world.directory, &wanted.app, &code.sign_in.tenant, &user, &scope).is_some() {
        return Err(not_consented(&wanted.app));
    }
    if let Some(code) = world.identity.codes.get_mut(text) {
        code.used = true;
    }
    let answer = Delegated {
        app: &wanted.app,
        sign_in: &code.sign_in,
        scope: &scope,
        scope_text: &asked,
        nonce: code.nonce.as_deref(),
        proof: wanted.proof,
        client_info: wanted.wants_client_info(),
        capable: wanted.is_capable(),
        origin: &wanted.request.origin,
    };
    Ok(issue::delegated(world, &answer, &user))
}

/// The OIDC words of the authorize request count also when the token request does not repeat them.
fn with_first_request(mut scope: Scope, first: &str, wanted: &TokenRequest<'_>) -> Result<Scope, OauthError> {
    scope.oidc.extend(Scope::read(first, &wanted.request.origin, &wanted.app)?.oidc);
    Ok(scope)
}

fn take(world: &mut World, wanted: &TokenRequest<'_>, text: &str) -> Result<Code, OauthError> {
    let (now, life) = (world.now(), i64::from(world.config.identity.code_seconds));
    let code = world.identity.codes.get(text).cloned().ok_or_else(malformed_grant)?;
    if !code.sign_in.app.eq_ignore_ascii_case(&wanted.app.id) {
        return Err(malformed_grant());
    }
    if code.authority != wanted.tenant_word && !same_tenant(world, &code.authority, &wanted.tenant_word) {
        let sentence = "Provided Authorization Code is intended to use against other tenant, thus rejected. OAuth2 Authorization Code must be \
                        redeemed against same tenant it was acquired for (/common or /{tenant-ID} as appropriate).";
        return Err(OauthError::new("invalid_grant", 700_005, sentence));
    }
    if code.used {
        let sentence =
            "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.";
        return Err(OauthError::new("invalid_grant", 54005, sentence));
    }
    if now.as_second() - code.issued.as_second() > life {
        let sentence = "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization \
                        request for this user and resource.";
        return Err(OauthError::new("invalid_grant", 70008, sentence));
    }
    check_redirect(&code, wanted)?;
    check_verifier(&code, wanted)?;
    Ok(code)
}

fn same_tenant(world: &World, first: &str, second: &str) -> bool {
    match (world.directory.tenant(first), world.directory.tenant(second)) {
        (Some(first), Some(second)) => first.id == second.id,
        _ => false,
    }
}

fn check_redirect(code: &Code, wanted: &TokenRequest<'_>) -> Result<(), OauthError> {
    let sent = wanted.form.get("redirect_uri").unwrap_or_default();
    if sent == code.redirect_uri {
        return Ok(());
    }
    if sent.is_empty() {
        return Err(OauthError::missing("redirect_uri"));
    }
    let sentence = format!(
        "The reply URL specified in the request '{sent}' does not match the reply URL the authorization code was issued for, '{}'.",
        code.redirect_uri
    );
    Err(OauthError::new("invalid_grant", 50112, sentence))
}

fn check_verifier(code: &Code, wanted: &TokenRequest<'_>) -> Result<(), OauthError> {
    let Some((method, challenge)) = &code.challenge else { return Ok(()) };
    let verifier =
        wanted.form.get("code_verifier").ok_or_else(|| OauthError { error: "invalid_grant", ..OauthError::missing("code_verifier") })?;
    let made = if method == "S256" { URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) } else { verifier.to_owned() };
    if made == challenge.trim_end_matches('=') {
        return Ok(());
    }
    let sentence = "The Code_Verifier does not match the code_challenge supplied in the authorization request.";
    Err(OauthError::new("invalid_grant", 501_481, sentence))
}

/// AADSTS70000.
pub fn malformed_grant() -> OauthError {
    OauthError::new("invalid_grant", 70000, "Provided grant is invalid or malformed.")
}
