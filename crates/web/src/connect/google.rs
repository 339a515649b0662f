//! Connecting an account's contacts at Google: `GET /auth/google[?return_to=&mailbox=]` and `GET /auth/google/callback`.
//!
//! As at Microsoft, the flow is kept under the hash of its state with the PKCE verifier sealed, bound to this browser, for ten minutes and one
//! use. Somebody has to be signed in: an administrator connects any account, others the one of the own address.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use axum::extract::{Query, Request, State as Given};
use axum::response::{IntoResponse, Redirect, Response};
use google::oauth::{Callback, Tokens, User};
use google::{CONTACTS_SCOPE, Client, GoogleError, SCOPES};
use http::{StatusCode, header};
use model::contact::Origin;
use serde::Deserialize;
use store::connect::Permission;
use store::connection::{ConnectionKind, GOOGLE_CONTACTS};
use store::oauth_flow::{self, OauthFlow, Purpose};
use store::{StoreError, Transaction};

use crate::connect::begin::{Beginner, destination, verifier_place};
use crate::connect::browser::{Browser, LIFETIME_SECONDS};
use crate::connect::callback::{find, is_of_browser};
use crate::connect::commit::{self, Apart, Granted, Joined};
use crate::connect::explain;
use crate::cookie::CONNECTING;
use crate::failure::Failure;
use crate::host::peer;
use crate::state::State;
use crate::{secrets, session};

/// What may stand in the address.
#[derive(Deserialize)]
pub struct Asked {
    return_to: Option<String>,
    mailbox: Option<String>,
}

/// Sends the browser to Google.
///
/// # Errors
/// When nobody is signed in, no client is configured, or there were too many attempts.
pub async fn begin(Given(state): Given<State>, Query(asked): Query<Asked>, request: Request) -> Result<Response, Failure> {
    let address = peer(&request).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    state.connects.admit(address).map_err(Failure::too_many)?;
    let google = client(&state)?;
    let known = session::signed_in(request.headers(), &state).await?;
    let beginner = Beginner::signed_in(&known.ok_or_else(explain::not_open)?);
    let login_hint = asked.mailbox.or(beginner.email.clone());
    let begun = google.begin(&SCOPES, login_hint.as_deref());
    let (browser, state_hash, now) = (Browser::new(), secrets::hash(&begun.state), state.clock.now());
    let flow = OauthFlow {
        verifier_sealed: state.vault.seal_text(&verifier_place(&state_hash), &begun.code_verifier),
        state_hash,
        browser_hash: Some(browser.hash()),
        workspace: beginner.workspace,
        asker: beginner.asker,
        asker_email: beginner.email,
        purpose: Purpose::Connect,
        provider: GOOGLE_CONTACTS.to_owned(),
        redirect_uri: google.redirect_uri().to_string(),
        nonce: String::new(),
        return_to: destination(asked.return_to.as_deref(), &state)?,
        created_at: now,
        expires_at: now.plus(Duration::from_secs(LIFETIME_SECONDS)),
    };
    state.db.commit(Transaction::new("connect.begin").with(oauth_flow::begin(&flow))).await?;
    let cookie = browser.set(state.settings.secure());
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&begun.url)).into_response())
}

/// Google leads the browser back.
///
/// # Errors
/// Whatever went wrong, explained.
pub async fn arrive(Given(state): Given<State>, request: Request) -> Result<Response, Failure> {
    let callback = Callback::read(request.uri().query().unwrap_or_default()).ok_or_else(explain::empty_callback)?;
    let browser = Browser::read(request.headers(), state.settings.secure());
    let flow = find(&state, &callback.state).await?;
    if !is_of_browser(&flow, browser.as_ref()) || flow.provider != GOOGLE_CONTACTS {
        return Err(explain::other_browser());
    }
    match state.db.commit(Transaction::new("connect.spend").with(oauth_flow::spend(&flow.state_hash, state.clock.now()))).await {
        Err(StoreError::Refused { .. }) => return Err(explain::flow_over()),
        other => other?,
    };
    if let Err(failure) = finish(&state, &flow, callback).await {
        commit::write_refusal(&state, flow.workspace.unwrap_or(state.settings.workspace), &flow.asker, &failure).await?;
        return Err(failure);
    }
    let address = if flow.return_to.is_empty() { "/connected" } else { &flow.return_to };
    let mut response = Redirect::to(address).into_response();
    response.headers_mut().append(header::SET_COOKIE, CONNECTING.clear(state.settings.secure()));
    Ok(response)
}

async fn finish(state: &State, flow: &OauthFlow, callback: Callback) -> Result<Joined, Failure> {
    let google = client(state)?;
    let code = callback.outcome.map_err(|refusal| explained(&GoogleError::Refused(Box::new(refusal))))?;
    let verifier = state.vault.open_text(&verifier_place(&flow.state_hash), &flow.verifier_sealed).map_err(|_| explain::flow_over())?;
    let tokens = google.redeem_code(&code, &verifier).await.map_err(|error| explained(&error))?;
    let user = google.user(&tokens.access_token).await.map_err(|error| explained(&error))?;
    if let Some(email) = flow.asker_email.as_deref().filter(|email| !user.email_verified || !user.email.eq_ignore_ascii_case(email)) {
        return Err(explain::other_account(email, &user.email));
    }
    if !tokens.grants(CONTACTS_SCOPE) {
        return Err(explain::google_box_not_ticked());
    }
    if tokens.refresh_token.is_none() {
        return Err(explain::google_not_lasting());
    }
    join(state, flow, &tokens, user).await
}

async fn join(state: &State, flow: &OauthFlow, tokens: &Tokens, user: User) -> Result<Joined, Failure> {
    let permission = Permission {
        workspace: flow.workspace.unwrap_or(state.settings.workspace),
        kind: ConnectionKind::Delegated,
        tenant_id: String::new(),
        graph_user_id: user.id,
        display_name: user.name.filter(|name| !name.is_empty()).unwrap_or_else(|| user.email.clone()),
        address: user.email.clone(),
        principal_name: user.email,
        scopes: tokens.scope.clone(),
        actor: flow.asker.clone(),
    };
    let granted = Granted { refresh: tokens.refresh_token.as_ref(), access: &tokens.access_token, lives: tokens.lives() };
    commit::apart(state, Apart::Contacts(Origin::Google), &permission, granted).await
}

fn client(state: &State) -> Result<&Client, Failure> {
    state.api.google.as_ref().ok_or_else(explain::no_google_client)
}

/// What Google did not do, on a page.
fn explained(error: &GoogleError) -> Failure {
    let status = if matches!(error, GoogleError::Refused(_)) { StatusCode::BAD_REQUEST } else { StatusCode::BAD_GATEWAY };
    Failure::new(status, error.problem())
}
