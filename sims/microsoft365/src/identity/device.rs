//! The device code grant (reference: identity, section 1.8).

use bytes::Bytes;
use http::{Method, Response};
use serde_json::{Value, json};

use super::authority::{self, Authority};
use super::authorize::{DECISION_FIELD, USER_FIELD};
use super::error::{self, OauthError};
use super::issue::{self, Delegated};
use super::scope::Scope;
use super::sign_in;
use super::state::{Device, SignIn};
use super::token::{Form, TokenRequest};
use super::{client, pages};
use crate::directory::{App, User};
use crate::request::Request;
use crate::world::World;

/// How long a device code lives, in seconds.
const LIFE_SECONDS: i64 = 900;

/// Answers `/{tenant}/oauth2/v2.0/devicecode`.
pub fn start(world: &mut World, request: &Request, tenant_word: &str) -> Response<Bytes> {
    match begin(world, request, tenant_word) {
        Ok(body) => error::json_answer(200, &body),
        Err(error) => error::answer(world, request, &error),
    }
}

fn begin(world: &mut World, request: &Request, tenant_word: &str) -> Result<Value, OauthError> {
    let form = Form::read(request);
    let id = client::id(request, &form).ok_or_else(|| OauthError::missing("client_id"))?;
    let scope = form.need("scope")?.to_owned();
    let authority = Authority::read(&world.directory, tenant_word)?;
    let app = authority::find_app(&world.directory, &id, tenant_word)?.clone();
    authority.admits_app(&app, tenant_word)?;
    Scope::read(&scope, &request.origin, &app)?;
    let letters = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let user_code: String = (0..9).map(|_| char::from(letters[world.ids.below(letters.len() as u64) as usize])).collect();
    let device_code = format!("{}AQABIQEAAAA{}", id.chars().next().unwrap_or('D'), world.ids.token(150));
    let issued = world.now();
    let device = Device { user_code: user_code.clone(), app: app.id, authority: tenant_word.to_lowercase(), scope, issued, outcome: None };
    world.identity.devices.insert(device_code.clone(), device);
    let address = format!("{}/devicelogin", request.origin);
    let message = format!("To sign in, use a web browser to open the page {address} and enter the code {user_code} to authenticate.");
    Ok(json!({"user_code": user_code, "device_code": device_code, "verification_uri": address, "expires_in": LIFE_SECONDS, "interval": 5,
        "message": message}))
}

/// Answers `/devicelogin`, the page on which the code is typed.
pub fn page(world: &mut World, request: &Request) -> Response<Bytes> {
    let form = Form::read(request);
    let code = form.get("user_code").unwrap_or_default().trim().to_uppercase();
    if request.method != Method::POST {
        return pages::device(world, None, "");
    }
    let accepted = form.get(DECISION_FIELD) != Some("cancel");
    let user = form.get(USER_FIELD).and_then(|id| world.directory.user(id)).cloned();
    let done = if accepted { user.map(|user| approve(world, &code, &user)) } else { Some(decline(world, &code)) };
    match done {
        Some(Ok(())) => pages::notice("You're done", "You may now close this window."),
        Some(Err(error)) => pages::error(world, request, &error),
        None => pages::device(world, Some("Pick an account."), &code),
    }
}

/// Signs a user in with that device's code.
///
/// # Errors
/// AADSTS70018 for an unknown code, and those of the user's state and consent.
pub fn approve(world: &mut World, user_code: &str, user: &User) -> Result<(), OauthError> {
    let (app, scope, authority) = match world.identity.devices.values().find(|device| device.user_code == user_code) {
        Some(device) => (device.app.clone(), device.scope.clone(), device.authority.clone()),
        None => return Err(bad_code()),
    };
    let app: App = authority::find_app(&world.directory, &app, &authority)?.clone();
    Authority::read(&world.directory, &authority)?.admits_user(user, &app)?;
    sign_in::check_interactive(user, &app)?;
    let scope = Scope::read(&scope, "", &app)?;
    if sign_in::missing_consent(&world.directory, &app, &user.tenant_id, user, &scope) == Some(sign_in::Missing::ByAdministrator) {
        return Err(sign_in::not_consented(&app));
    }
    world.directory.consents.grant_scopes(&user.tenant_id, &app.id, Some(&user.id), scope.asked(&app));
    let session = world.ids.guid();
    let at = world.now();
    let strong = user.sign_in == crate::directory::SignInState::MfaRequired;
    let signed = SignIn { app: app.id, tenant: user.tenant_id.clone(), user: user.id.clone(), at, strong, spa: false, session };
    settle(world, user_code, Ok(signed))
}

fn decline(world: &mut World, user_code: &str) -> Result<(), OauthError> {
    settle(world, user_code, Err(()))
}

fn settle(world: &mut World, user_code: &str, outcome: Result<SignIn, ()>) -> Result<(), OauthError> {
    let device = world.identity.devices.values_mut().find(|device| device.user_code == user_code).ok_or_else(bad_code)?;
    device.outcome = Some(outcome);
    Ok(())
}

/// A device asks whether its person has signed in.
///
/// # Errors
/// `authorization_pending` (70016), `authorization_declined`, `bad_verification_code` (70018), `expired_token` (70020).
pub fn poll(world: &mut World, wanted: &TokenRequest<'_>) -> Result<Value, OauthError> {
    let code = wanted.form.need("device_code")?;
    let device = world.identity.devices.get(code).cloned().ok_or_else(bad_code)?;
    if world.now().as_second() - device.issued.as_second() > LIFE_SECONDS {
        return Err(OauthError::new(
            "expired_token",
            70020,
            "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
        ));
    }
    let sign_in = match device.outcome {
        None => {
            let sentence = "OAuth 2.0 device flow error. Authorization is pending. Continue polling.";
            return Err(OauthError::new("authorization_pending", 70016, sentence));
        }
        Some(Err(())) => return Err(OauthError::new("authorization_declined", 70013, "The end user denied the authorization request.")),
        Some(Ok(sign_in)) => sign_in,
    };
    world.identity.devices.remove(code);
    let user = world.directory.user(&sign_in.user).cloned().ok_or_else(|| sign_in::no_user(&sign_in.tenant))?;
    let scope = Scope::read(&device.scope, &wanted.request.origin, &wanted.app)?;
    let answer = Delegated {
        app: &wanted.app,
        sign_in: &sign_in,
        scope: &scope,
        scope_text: &device.scope,
        nonce: None,
        proof: wanted.proof,
        client_info: wanted.wants_client_info(),
        capable: wanted.is_capable(),
        origin: &wanted.request.origin,
    };
    Ok(issue::delegated(world, &answer, &user))
}

fn bad_code() -> OauthError {
    OauthError::new("bad_verification_code", 70018, "The verification code is not valid.")
}
