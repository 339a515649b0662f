//! Refresh tokens: each use gives a new one, the old one stays valid until its own end (reference: identity, sections 1.7 and 4.1).

use serde_json::Value;

use super::code::malformed_grant;
use super::error::{OauthError, platform_time};
use super::issue::{self, Delegated};
use super::scope::Scope;
use super::sign_in::{self, no_user, not_consented};
use super::state::RefreshToken;
use super::token::TokenRequest;
use crate::world::World;

/// How long a single-page app's refresh tokens last from sign-in, in seconds.
const SPA_SECONDS: i64 = 86_400;

/// Renews tokens.
///
/// # Errors
/// AADSTS70000, 700082, 700084, 50173, 65001, and those of the user's state.
pub fn renew(world: &mut World, wanted: &TokenRequest<'_>) -> Result<Value, OauthError> {
    let text = wanted.form.need("refresh_token")?;
    let token = find(world, wanted, text)?;
    let asked = wanted.form.get("scope").unwrap_or(&token.scope).to_owned();
    let scope = Scope::read(&asked, &wanted.request.origin, &wanted.app)?;
    let user = world.directory.user(&token.sign_in.user).cloned().ok_or_else(|| no_user(&token.sign_in.tenant))?;
    wanted.authority.admits_user(&user, &wanted.app)?;
    sign_in::check_grant(&user, &wanted.app, &token.sign_in, token.issued, world.now())?;
    if lacks_consent(world, wanted, &token, &scope) {
        return Err(not_consented(&wanted.app));
    }
    note_use(world, text);
    let mut scope = scope;
    scope.oidc.extend(Scope::read(&token.scope, &wanted.request.origin, &wanted.app)?.oidc);
    let answer = Delegated {
        app: &wanted.app,
        sign_in: &token.sign_in,
        scope: &scope,
        scope_text: &token.scope,
        nonce: None,
        proof: wanted.proof,
        client_info: wanted.wants_client_info(),
        capable: wanted.is_capable(),
        origin: &wanted.request.origin,
    };
    Ok(issue::delegated(world, &answer, &user))
}

/// Any consent must be left, and it must cover what is asked for.
fn lacks_consent(world: &World, wanted: &TokenRequest<'_>, token: &RefreshToken, scope: &Scope) -> bool {
    let sign_in = &token.sign_in;
    let held = world.directory.consents.scopes(&sign_in.tenant, &wanted.app.id, &sign_in.user);
    let only_oidc = scope.permissions.is_empty() && !scope.default;
    (held.is_empty() && !only_oidc) || scope.permissions.iter().any(|name| !held.contains(name))
}

fn find(world: &World, wanted: &TokenRequest<'_>, text: &str) -> Result<RefreshToken, OauthError> {
    let token = world.identity.refresh_tokens.get(text).cloned().ok_or_else(malformed_grant)?;
    if !token.sign_in.app.eq_ignore_ascii_case(&wanted.app.id) || token.dead {
        return Err(malformed_grant());
    }
    let now = world.now();
    let idle = now.as_second() - token.last_used.as_second();
    let idle_max = i64::try_from(world.config.identity.refresh_token_idle_seconds).unwrap_or(i64::MAX);
    if token.sign_in.spa && now.as_second() - token.sign_in.at.as_second() > SPA_SECONDS {
        let sentence = format!(
            "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which can't be \
             extended. It is now expired and a new sign in request must be sent by the SPA to the sign in page. The token was issued on {}.",
            platform_time(token.sign_in.at).replace(' ', "T")
        );
        return Err(OauthError::new("invalid_grant", 700_084, sentence));
    }
    if idle > idle_max {
        let sentence = format!(
            "The refresh token has expired due to inactivity. The token was issued on {} and was inactive for {}.",
            platform_time(token.issued).replace(' ', "T"),
            span(idle_max)
        );
        return Err(OauthError::new("invalid_grant", 700_082, sentence));
    }
    Ok(token)
}

/// Days, hours, minutes, seconds as the platform writes them: `90.00:00:00`.
fn span(seconds: i64) -> String {
    format!("{}.{:02}:{:02}:{:02}", seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}

fn note_use(world: &mut World, text: &str) {
    let (now, strict) = (world.now(), world.config.identity.single_use_refresh_tokens);
    if let Some(token) = world.identity.refresh_tokens.get_mut(text) {
        token.last_used = now;
        token.dead = strict;
    }
}
