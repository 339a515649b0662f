//! Whether a user may have a token: the state of the account, the policies, the consent (reference: identity, sections 2 and 4.1).

use jiff::Timestamp;
use serde_json::json;

use super::error::{OauthError, platform_time};
use super::permissions;
use super::scope::{GRAPH_APP_ID, Scope};
use super::state::SignIn;
use crate::directory::{App, Directory, SignInState, User};

/// Seconds after which a policy of daily sign-in wants a new one.
const DAILY_SECONDS: i64 = 86_400;

/// The consent that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// The user may give it.
    ByUser,
    /// Only an administrator may give it.
    ByAdministrator,
}

/// Whether the account may sign in at all, now, in a browser.
///
/// # Errors
/// AADSTS50057, 50055, 53003 or 50105.
pub fn check_interactive(user: &User, app: &App) -> Result<(), OauthError> {
    if !user.account_enabled {
        return Err(disabled());
    }
    match user.sign_in {
        SignInState::PasswordExpired => Err(password_expired()),
        SignInState::BlockedByPolicy => Err(blocked()),
        SignInState::NotAssigned => Err(not_assigned(user, app)),
        SignInState::Fine | SignInState::MfaRequired | SignInState::SignInTooOld => Ok(()),
    }
}

/// Whether a grant of this user still gives tokens.
///
/// # Errors
/// AADSTS50057, 50173, 50055, 50076, 53003, 70043 or 50105, all `invalid_grant`.
pub fn check_grant(user: &User, app: &App, sign_in: &SignIn, issued: Timestamp, now: Timestamp) -> Result<(), OauthError> {
    if !user.account_enabled {
        return Err(disabled());
    }
    if let Some(from) = user.tokens_valid_from.filter(|from| issued < *from) {
        return Err(revoked(issued, from));
    }
    match user.sign_in {
        SignInState::Fine => Ok(()),
        SignInState::PasswordExpired => Err(password_expired()),
        SignInState::MfaRequired if sign_in.strong => Ok(()),
        SignInState::MfaRequired => Err(second_factor()),
        SignInState::BlockedByPolicy => Err(blocked()),
        SignInState::SignInTooOld if now.as_second() - sign_in.at.as_second() > DAILY_SECONDS => Err(too_old(sign_in.at)),
        SignInState::SignInTooOld => Ok(()),
        SignInState::NotAssigned => Err(not_assigned(user, app)),
    }
}

/// Which consent is missing for what is asked, if any.
pub fn missing_consent(directory: &Directory, app: &App, tenant: &str, user: &User, scope: &Scope) -> Option<Missing> {
    let held = directory.consents.scopes(tenant, &app.id, &user.id);
    if scope.default && !held.is_empty() {
        return None;
    }
    let missing: Vec<String> = scope.asked(app).into_iter().filter(|name| !held.contains(name)).collect();
    if missing.is_empty() {
        return None;
    }
    let users_may = directory.tenant(tenant).is_none_or(|tenant| tenant.user_consent_allowed);
    let by_administrator = !users_may || missing.iter().any(|name| permissions::needs_administrator(name));
    Some(if by_administrator && !user.is_administrator { Missing::ByAdministrator } else { Missing::ByUser })
}

/// AADSTS65001 at the token endpoint.
pub fn not_consented(app: &App) -> OauthError {
    let sentence = format!(
        "The user or administrator has not consented to use the application with ID '{}' named '{}'. Send an interactive authorization request \
         for this user and resource.",
        app.id, app.display_name
    );
    OauthError::new("invalid_grant", 65001, sentence).with_suberror("consent_required")
}

/// AADSTS50034.
pub fn no_user(tenant: &str) -> OauthError {
    let sentence = format!(
        "The user account does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory."
    );
    OauthError::new("invalid_grant", 50034, sentence).with_suberror("bad_token")
}

fn disabled() -> OauthError {
    OauthError::new("invalid_grant", 50057, "The user account is disabled.")
}

fn password_expired() -> OauthError {
    OauthError::new("invalid_grant", 50055, "The password is expired.").with_suberror("user_password_expired")
}

fn second_factor() -> OauthError {
    let sentence = format!(
        "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor \
         authentication to access '{GRAPH_APP_ID}'."
    );
    let claims = json!({"access_token": {"polids": {"essential": true, "values": ["9ab03e19-ed42-4168-b6b7-7001fb3e933a"]}}});
    OauthError::new("invalid_grant", 50076, sentence).with_suberror("basic_action").with_claims(&claims)
}

fn blocked() -> OauthError {
    let sentence = "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.";
    let claims = json!({"access_token": {"capolids": {"essential": true, "values": ["d8c1a9a0-6c5e-4d3f-8f0e-2f0f5a1f4c11"]}}});
    OauthError::new("invalid_grant", 53003, sentence).with_suberror("message_only").with_claims(&claims)
}

fn too_old(at: Timestamp) -> OauthError {
    let sentence = format!(
        "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access. The token was issued on {} and the \
         maximum allowed lifetime for this request is {DAILY_SECONDS}.",
        iso(at)
    );
    OauthError::new("invalid_grant", 70043, sentence).with_suberror("token_expired")
}

fn revoked(issued: Timestamp, from: Timestamp) -> OauthError {
    let sentence = format!(
        "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their \
         password. The grant was issued on '{}' and the TokensValidFrom date (before which tokens are not valid) for this user is '{}'.",
        iso(issued),
        iso(from)
    );
    OauthError::new("invalid_grant", 50173, sentence).with_suberror("bad_token")
}

fn not_assigned(user: &User, app: &App) -> OauthError {
    let sentence = format!(
        "Your administrator has configured the application {} ('{}') to block users unless they are specifically granted ('assigned') access to \
         the application. The signed in user '{}' is blocked because they are not a direct member of a group with access, nor had access \
         directly assigned by an administrator. Please contact your administrator to assign access to this application.",
        app.display_name, app.id, user.user_principal_name
    );
    OauthError::new("invalid_grant", 50105, sentence)
}

fn iso(at: Timestamp) -> String {
    platform_time(at).replace(' ', "T")
}
