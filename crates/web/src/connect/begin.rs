//! Beginning to connect: `GET /auth/microsoft[?return_to=&mailbox=]`.
//!
//! The flow is kept under the hash of its state, with the PKCE verifier sealed, bound to this browser, for ten minutes and
//! one use. Its redirect address is the listed one of the host that the browser is on; from a host without one, the browser
//! first goes to the usual host, because the cookie must be there when Microsoft leads it back.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use axum::extract::{Query, Request, State as Given};
use axum::response::{IntoResponse, Redirect, Response};
use graph::oauth::authorize::{self, AuthorizeRequest, Prompt};
use http::{HeaderMap, header};
use serde::Deserialize;
use store::Transaction;
use store::connect::PROVIDER;
use store::oauth_flow::{self, OauthFlow};
use url::Url;

use crate::connect::browser::{Begun, Browser, LIFETIME_SECONDS};
use crate::connect::{explain, return_to};
use crate::failure::Failure;
use crate::host::peer;
use crate::secrets;
use crate::session;
use crate::settings::Delegated;
use crate::state::State;
use crate::throttle::Allowance;

/// Flows that one address may begin.
pub const ATTEMPTS: Allowance = Allowance { attempts: 120, window: Duration::from_secs(600) };

/// What may stand in the address.
#[derive(Deserialize)]
pub struct Asked {
    return_to: Option<String>,
    mailbox: Option<String>,
}

/// Sends the browser to Microsoft.
///
/// # Errors
/// When nobody may connect, nothing is registered, or there were too many attempts.
pub async fn begin(Given(state): Given<State>, Query(asked): Query<Asked>, request: Request) -> Result<Response, Failure> {
    let address = peer(&request).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    state.connects.admit(address).map_err(Failure::too_many)?;
    let delegated = state.settings.delegated.as_ref().ok_or_else(explain::no_registration)?;
    let Some(redirect) = redirect_for(request.headers(), delegated) else {
        return Ok(Redirect::to(&on_usual_host(delegated, request.uri().query())?).into_response());
    };
    let begun = match session::signed_in(request.headers(), &state).await? {
        Some(_) => Begun::ByAdministrator,
        None if delegated.open_to_tenants.is_empty() => return Err(explain::not_open()),
        None => Begun::ByPerson,
    };
    let return_to = match asked.return_to.as_deref().filter(|wanted| !wanted.is_empty()) {
        Some(wanted) => return_to::allowed(wanted, &state.settings.return_origins).ok_or_else(explain::foreign_return)?.to_string(),
        None => String::new(),
    };
    leave(&state, delegated, redirect, begun, return_to, asked.mailbox.as_deref()).await
}

async fn leave(
    state: &State,
    delegated: &Delegated,
    redirect: &Url,
    begun: Begun,
    return_to: String,
    mailbox: Option<&str>,
) -> Result<Response, Failure> {
    let scopes: Vec<&str> = delegated.scopes.iter().map(String::as_str).collect();
    let request = AuthorizeRequest {
        tenant: &delegated.tenant,
        redirect_uri: redirect.as_str(),
        scopes: &scopes,
        prompt: Some(Prompt::SelectAccount).filter(|_| mailbox.is_none()),
        login_hint: mailbox,
        claims: None,
    };
    let begun_flow = authorize::begin(state.microsoft.cloud(), state.microsoft.registration(&delegated.client_id)?, &request);
    let (browser, now) = (Browser::new(begun), state.clock.now());
    let state_hash = secrets::hash(&begun_flow.state);
    let flow = OauthFlow {
        verifier_sealed: state.vault.seal_text(&verifier_place(&state_hash), &begun_flow.code_verifier),
        state_hash,
        browser_hash: browser.hash(),
        workspace: state.settings.workspace,
        provider: PROVIDER.to_owned(),
        redirect_uri: redirect.to_string(),
        nonce: begun_flow.nonce,
        return_to,
        created_at: now,
        expires_at: now.plus(Duration::from_secs(LIFETIME_SECONDS)),
    };
    let old = now.minus(Duration::from_secs(24 * 3600));
    state.db.commit(Transaction::new("connect.begin").with(oauth_flow::purge(old)).with(oauth_flow::begin(&flow))).await?;
    let cookie = browser.set(state.settings.secure());
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&begun_flow.url)).into_response())
}

/// The place that a flow's verifier is sealed for.
pub(super) fn verifier_place(state_hash: &[u8]) -> String {
    format!("oauth_flow/{}/verifier", base::random::hex(state_hash))
}

/// The listed redirect address of the host that the browser is on.
fn redirect_for<'a>(headers: &HeaderMap, delegated: &'a Delegated) -> Option<&'a Url> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    delegated.redirect_uris.iter().find(|url| host_of(url).is_some_and(|ours| ours.eq_ignore_ascii_case(host)))
}

fn host_of(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

fn on_usual_host(delegated: &Delegated, query: Option<&str>) -> Result<String, Failure> {
    let mut url = delegated.redirect_uris.first().ok_or_else(explain::no_registration)?.clone();
    url.set_path("/auth/microsoft");
    url.set_query(query);
    Ok(url.into())
}
