//! Client credentials: a token for the app itself (reference: identity, sections 1.5 and 1.6).

use serde_json::Value;

use super::authority::Authority;
use super::client::Proof;
use super::error::OauthError;
use super::token::TokenRequest;
use super::{issue, scope};
use crate::world::World;

/// Issues an app-only token. One is issued also for an app without any role; Graph says 403 then.
///
/// # Errors
/// AADSTS1002012 for a scope that is not `.default`, 500011 for an unknown resource.
pub fn issue(world: &mut World, wanted: &TokenRequest<'_>) -> Result<Value, OauthError> {
    let Authority::Tenant(tenant) = &wanted.authority else { return Err(OauthError::malformed()) };
    if wanted.proof == Proof::None {
        let sentence = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
        return Err(OauthError::client(7_000_218, sentence));
    }
    scope::read_app_only(wanted.form.need("scope")?, &wanted.request.origin, &wanted.app)?;
    Ok(issue::app_only(world, &wanted.app, tenant, wanted.proof, &wanted.request.origin))
}
