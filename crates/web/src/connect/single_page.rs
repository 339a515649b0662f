//! For single-page applications: `POST /api/integrations/oauth/initiate/` gives Microsoft's address, and when Microsoft has
//! led the browser back to the application's own page, `POST /api/integrations/oauth/callback/` brings the code.
//!
//! The state is bound to the asker instead of a browser: only who began may end it, within ten minutes, once. If the redirect
//! address is one of ours, the browser ends there instead; then a person must choose the account of the own address.

use axum::body::to_bytes;
use axum::extract::{Request, State as Given};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use base::Secret;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use store::oauth_flow::{OauthFlow, Purpose};
use url::Url;

use api::access::{Asker, Scope, Who};

use crate::connect::begin::{Beginner, Departure, leave};
use crate::connect::provider::Provider;
use crate::connect::{callback, explain};
use crate::failure::Failure;
use crate::settings::Delegated;
use crate::state::State;

/// The longest body: a code has up to two kilobytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

#[derive(Deserialize)]
struct Initiate {
    provider: String,
    redirect_uri: Option<String>,
}

#[derive(Deserialize)]
struct Callback {
    code: Secret<String>,
    provider: String,
    state: Secret<String>,
}

impl Beginner {
    /// An asker that the API has recognised.
    ///
    /// # Errors
    /// 403 if the asker may not connect anything.
    pub fn asker(asker: &Asker) -> Result<Self, Failure> {
        asker.may(Scope::Connect)?;
        let person = matches!(asker.who, Who::Person { .. }) && !asker.is_administrator();
        let email = if person { Some(asker.email().ok_or_else(explain::no_address)?.to_owned()) } else { None };
        Ok(Beginner { workspace: Some(asker.workspace), asker: asker.actor(), email, purpose: Purpose::Connect })
    }
}

/// `POST /api/integrations/oauth/initiate/`.
///
/// # Errors
/// 400 for an unknown provider, naming those there are; 403 if the asker may not connect.
pub async fn initiate(Given(state): Given<State>, Extension(asker): Extension<Asker>, request: Request) -> Result<Response, Failure> {
    let headers = request.headers().clone();
    let wanted: Initiate = read(request).await?;
    let provider = Provider::named(&wanted.provider)?;
    let beginner = Beginner::asker(&asker)?;
    let delegated = state.settings.delegated.as_ref().ok_or_else(explain::no_registration)?;
    let redirect = redirect_for(delegated, &headers, wanted.redirect_uri.as_deref())?.clone();
    let login_hint = beginner.email.clone();
    let departure = Departure { beginner, provider, redirect, return_to: String::new(), login_hint, browser: None };
    let (address, flow_state) = leave(&state, delegated, departure).await?;
    let body = json!({ "authorization_url": address, "state": flow_state.expose() });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

/// `POST /api/integrations/oauth/callback/`.
///
/// # Errors
/// 400 with what went wrong, explained.
pub async fn finish(Given(state): Given<State>, Extension(asker): Extension<Asker>, request: Request) -> Result<Response, Failure> {
    let brought: Callback = read(request).await?;
    let flow = callback::find(&state, brought.state.expose()).await?;
    if !is_of(&flow, &asker) {
        return Err(explain::flow_over());
    }
    if Provider::named(&brought.provider)?.name() != flow.provider {
        return Err(explain::other_provider(&flow.provider));
    }
    let ended = callback::end(&state, &flow, Ok(brought.code)).await.map_err(as_asked)?;
    let joined = ended.joined.ok_or_else(explain::flow_over)?;
    let view = api::compat::integration_of(&state.api, joined.connection, joined.mailbox).await?;
    Ok(Json(view).into_response())
}

fn is_of(flow: &OauthFlow, asker: &Asker) -> bool {
    flow.browser_hash.is_none() && flow.workspace == Some(asker.workspace) && flow.asker == asker.actor()
}

/// What Microsoft refuses is the caller's to mend: 400.
fn as_asked(mut failure: Failure) -> Failure {
    if matches!(failure.status, StatusCode::CONFLICT | StatusCode::BAD_GATEWAY | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND) {
        failure.status = StatusCode::BAD_REQUEST;
    }
    failure
}

/// The listed redirect address that was asked for, or that of the page's own host, or the usual one.
fn redirect_for<'a>(delegated: &'a Delegated, headers: &HeaderMap, wanted: Option<&str>) -> Result<&'a Url, Failure> {
    if let Some(wanted) = wanted {
        let listed = delegated.redirect_uris.iter().find(|url| url.as_str() == wanted);
        return listed.ok_or_else(|| explain::foreign_redirect(&delegated.redirect_uris));
    }
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()).unwrap_or_default();
    let own = delegated.redirect_uris.iter().find(|url| url.origin().ascii_serialization() == origin);
    own.or(delegated.redirect_uris.first()).ok_or_else(explain::no_registration)
}

async fn read<T: DeserializeOwned>(request: Request) -> Result<T, Failure> {
    let unreadable =
        |why: String| Failure::bad_request("body_unreadable", why, "Send one JSON object with the fields of docs/COMPATIBLE-ROUTES.md.");
    let bytes = to_bytes(request.into_body(), BODY_BYTES_MAX).await;
    let bytes = bytes.map_err(|_| unreadable("The body is longer than 64 KiB or broke off.".to_owned()))?;
    serde_json::from_slice(&bytes).map_err(|error| unreadable(format!("The body is not what it should be: {error}.")))
}
