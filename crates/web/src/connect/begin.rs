//! Beginning: `GET /auth/microsoft[?return_to=&mailbox=&connect=&token=]`.
//!
//! Whoever is signed in, or named by a CRM's token, connects an account: an administrator any, others the own one. Whoever is not is signed in by the
//! same flow, into the workspace that their tenant or domain is mapped to, and has the own mailbox connected; with
//! `connect=false` only the former, and nothing is asked of Microsoft but who it is.
//!
//! The flow is kept under the hash of its state, with the PKCE verifier sealed, bound to this browser, for ten minutes and
//! one use. Its redirect address is the listed one of the host that the browser is on; from a host without one, the browser
//! first goes to the usual host, because the cookie must be there when Microsoft leads it back.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use axum::extract::{Query, Request, State as Given};
use axum::response::{IntoResponse, Redirect, Response};
use base::Secret;
use graph::oauth::authorize::{self, AuthorizeRequest, Prompt};
use http::{HeaderMap, HeaderValue, Method, header};
use model::id::WorkspaceId;
use serde::Deserialize;
use store::Transaction;
use store::oauth_flow::{self, OauthFlow, Purpose};
use store::session::Role;
use url::Url;

use api::access::{Who, recognised};

use crate::connect::browser::{Browser, LIFETIME_SECONDS};
use crate::connect::provider::Provider;
use crate::connect::{explain, home, return_to};
use crate::failure::Failure;
use crate::host::peer;
use crate::secrets;
use crate::session::{self, SignedIn};
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
    connect: Option<bool>,
    token: Option<String>,
    provider: Option<String>,
}

/// Who begins, for which workspace, and what for.
#[derive(Clone, Debug)]
pub struct Beginner {
    /// For which workspace, if that is known already.
    pub workspace: Option<WorkspaceId>,
    /// As the audit names them.
    pub asker: String,
    /// The address whose account it must be; `None` for any.
    pub email: Option<String>,
    /// What for.
    pub purpose: Purpose,
}

impl Beginner {
    /// Whoever is signed in here.
    pub(super) fn signed_in(known: &SignedIn) -> Self {
        let email = known.member.as_ref().filter(|_| known.role == Role::Member).map(|member| member.email.clone());
        Beginner { workspace: Some(known.workspace), asker: known.actor(), email, purpose: Purpose::Connect }
    }

    fn unknown(connect: bool) -> Self {
        let purpose = if connect { Purpose::Join } else { Purpose::SignIn };
        Beginner { workspace: None, asker: String::new(), email: None, purpose }
    }
}

/// A flow that is about to leave for Microsoft.
pub struct Departure {
    /// Who begins.
    pub beginner: Beginner,
    /// What is connected.
    pub provider: Provider,
    /// Where Microsoft sends the browser back to.
    pub redirect: Url,
    /// The page to show in the end; empty for ours.
    pub return_to: String,
    /// Whose account to suggest.
    pub login_hint: Option<String>,
    /// The browser that it is bound to; `None` if the asker brings the code.
    pub browser: Option<Browser>,
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
    let provider = asked.provider.as_deref().map_or(Ok(Provider::Outlook), Provider::named)?;
    let beginner = match session::signed_in(request.headers(), &state).await? {
        _ if asked.token.is_some() => by_token(&state, asked.token.as_deref().unwrap_or_default()).await?,
        Some(known) => Beginner::signed_in(&known),
        None if !home::is_open(&state).await? => return Err(explain::not_open()),
        None => Beginner::unknown(asked.connect.unwrap_or(true)),
    };
    let login_hint = asked.mailbox.or(beginner.email.clone());
    let return_to = destination(asked.return_to.as_deref(), &state)?;
    let (redirect, browser) = (redirect.clone(), Browser::new());
    let cookie = browser.set(state.settings.secure());
    let departure = Departure { beginner, provider, redirect, return_to, login_hint, browser: Some(browser) };
    let (address, _) = leave(&state, delegated, departure).await?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&address)).into_response())
}

/// Whoever a CRM's token names.
async fn by_token(state: &State, token: &str) -> Result<Beginner, Failure> {
    let mut headers = HeaderMap::new();
    let bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| explain::token_of_no_person())?;
    headers.insert(header::AUTHORIZATION, bearer);
    let asker = recognised(&state.api, &Method::GET, &headers, None).await?;
    match asker.who {
        Who::Person { .. } => Beginner::asker(&asker),
        _ => Err(explain::token_of_no_person()),
    }
}

/// Where to go in the end: one of our own pages, or one of a listed origin.
pub(super) fn destination(wanted: Option<&str>, state: &State) -> Result<String, Failure> {
    match wanted.filter(|wanted| !wanted.is_empty()) {
        None => Ok(String::new()),
        Some(own) if own.starts_with('/') => Ok(session::safe_path(own).to_owned()),
        Some(wanted) => {
            let allowed = return_to::allowed(wanted, &state.settings.return_origins);
            Ok(allowed.ok_or_else(explain::foreign_return)?.to_string())
        }
    }
}

/// Keeps a flow and gives Microsoft's address for it, and its state.
///
/// # Errors
/// When the registration is unknown or the database does not answer.
pub async fn leave(state: &State, delegated: &Delegated, departure: Departure) -> Result<(String, Secret<String>), Failure> {
    let Departure { beginner, provider, redirect, return_to, login_hint, browser } = departure;
    let scopes = if beginner.purpose == Purpose::SignIn { vec!["User.Read"] } else { provider.scopes(delegated) };
    let request = AuthorizeRequest {
        tenant: &delegated.tenant,
        redirect_uri: redirect.as_str(),
        scopes: &scopes,
        prompt: Some(Prompt::SelectAccount).filter(|_| login_hint.is_none()),
        login_hint: login_hint.as_deref(),
        claims: None,
    };
    let begun = authorize::begin(state.microsoft.cloud(), state.microsoft.registration(&delegated.client_id)?, &request);
    let (state_hash, now) = (secrets::hash(&begun.state), state.clock.now());
    let flow = OauthFlow {
        verifier_sealed: state.vault.seal_text(&verifier_place(&state_hash), &begun.code_verifier),
        state_hash,
        browser_hash: browser.map(|browser| browser.hash()),
        workspace: beginner.workspace,
        asker: beginner.asker,
        asker_email: beginner.email,
        purpose: beginner.purpose,
        provider: provider.name().to_owned(),
        redirect_uri: redirect.to_string(),
        nonce: begun.nonce,
        return_to,
        created_at: now,
        expires_at: now.plus(Duration::from_secs(LIFETIME_SECONDS)),
    };
    let old = now.minus(Duration::from_secs(24 * 3600));
    state.db.commit(Transaction::new("connect.begin").with(oauth_flow::purge(old)).with(oauth_flow::begin(&flow))).await?;
    Ok((begun.url.to_string(), begun.state.into()))
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
