//! Microsoft leads the browser back: three addresses, one end.
//!
//! In order: the state must be that of an open flow, the browser the one that began it; then the flow is used up, whatever
//! Microsoft says. The code is redeemed with the sealed verifier, the ID token proves who signed in, and the scopes of the
//! answer say what was granted. One transaction connects the mailbox. The browser then goes to an address without code and
//! state.

use axum::extract::{Query, Request, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::Secret;
use graph::oauth::authorize::Callback;
use graph::oauth::id_token::IdTokenError;
use graph::oauth::{CodeExchange, Expected, Identity, OauthError, TokenAnswer};
use graph::{Access, GrantKey, Lane, directory};
use http::{StatusCode, header};
use model::id::MailboxId;
use serde::Deserialize;
use store::oauth_flow::{self, OauthFlow};
use store::{StoreError, Transaction, mailbox};

use crate::connect::begin::verifier_place;
use crate::connect::browser::{Begun, Browser};
use crate::connect::commit::{self, Joined};
use crate::connect::explain;
use crate::cookie::CONNECTING;
use crate::failure::Failure;
use crate::secrets;
use crate::settings::Delegated;
use crate::state::State;
use crate::view::connected_page;

/// The end of the three callback addresses.
///
/// # Errors
/// Whatever went wrong, explained.
pub async fn arrive(Given(state): Given<State>, request: Request) -> Result<Response, Failure> {
    let callback = Callback::read(request.uri().query().unwrap_or_default()).ok_or_else(explain::empty_callback)?;
    let (given_state, outcome) = match callback {
        Callback::Code { state, code } => (state, Ok(code)),
        Callback::Refused { state, error } => (state, Err(error)),
        Callback::AdminConsent { .. } => return Ok(Redirect::to("/connect").into_response()),
    };
    let browser = Browser::read(request.headers(), state.settings.secure());
    let flow = spend(&state, &given_state, browser.as_ref()).await?;
    let begun = browser.map_or(Begun::ByPerson, |browser| browser.begun());
    match finish(&state, &flow, begun, outcome).await {
        Ok(joined) => Ok(go_on(&state, &flow, begun, joined.mailbox)),
        Err(failure) => {
            commit::write_refusal(&state, &failure).await?;
            Err(failure)
        }
    }
}

/// The flow of this state and this browser, which from now on is used up.
async fn spend(state: &State, given_state: &str, browser: Option<&Browser>) -> Result<OauthFlow, Failure> {
    let now = state.clock.now();
    let state_hash = secrets::hash(given_state);
    let flow = oauth_flow::find_open(&state.db, &state_hash, now).await?.ok_or_else(explain::flow_over)?;
    if !browser.is_some_and(|browser| secrets::same(&browser.hash(), &flow.browser_hash)) {
        return Err(explain::other_browser());
    }
    match state.db.commit(Transaction::new("connect.spend").with(oauth_flow::spend(&state_hash, now))).await {
        Err(StoreError::Refused { .. }) => Err(explain::flow_over()),
        other => other.map(|_| flow).map_err(Failure::from),
    }
}

async fn finish(state: &State, flow: &OauthFlow, begun: Begun, outcome: Result<Secret<String>, OauthError>) -> Result<Joined, Failure> {
    let code = outcome.map_err(|error| Failure::new(StatusCode::BAD_REQUEST, error.problem()))?;
    let delegated = state.settings.delegated.as_ref().ok_or_else(explain::no_registration)?;
    let tokens = redeem(state, flow, delegated, code).await?;
    let identity = identify(state, flow, delegated, begun, &tokens).await?;
    check_scopes(&tokens)?;
    let joined = commit::person(state, &identity, &tokens, begun == Begun::ByAdministrator).await?;
    state.microsoft.forget(&GrantKey::new(joined.connection.to_string()));
    name(state, &joined, &identity).await;
    Ok(joined)
}

async fn redeem(state: &State, flow: &OauthFlow, delegated: &Delegated, code: Secret<String>) -> Result<TokenAnswer, Failure> {
    let place = verifier_place(&flow.state_hash);
    let code_verifier = state.vault.open_text(&place, &flow.verifier_sealed).map_err(|_| explain::flow_over())?;
    let tenant = delegated.tenant.clone();
    let exchange = CodeExchange { tenant, code, redirect_uri: flow.redirect_uri.clone(), code_verifier };
    Ok(state.microsoft.redeem_code(&delegated.client_id, &exchange).await?)
}

async fn identify(state: &State, flow: &OauthFlow, delegated: &Delegated, begun: Begun, tokens: &TokenAnswer) -> Result<Identity, Failure> {
    let tenants = match begun {
        Begun::ByAdministrator => Vec::new(),
        Begun::ByPerson => delegated.open_to_tenants.clone(),
    };
    if begun == Begun::ByPerson && tenants.is_empty() {
        return Err(explain::not_open());
    }
    let expected = Expected { client_id: delegated.client_id.clone(), nonce: flow.nonce.clone(), tenants };
    let id_token = tokens.id_token.as_ref().ok_or_else(|| explain::not_proven(&IdTokenError::Malformed))?;
    match state.microsoft.identify(&delegated.tenant, id_token, &expected).await? {
        Ok(identity) => Ok(identity),
        Err(IdTokenError::Tenant) => Err(explain::foreign_tenant()),
        Err(error) => Err(explain::not_proven(&error)),
    }
}

fn check_scopes(tokens: &TokenAnswer) -> Result<(), Failure> {
    if !tokens.grants("Mail.Read") && !tokens.grants("Mail.ReadWrite") {
        return Err(explain::scope_missing("Mail.Read"));
    }
    if tokens.refresh_token.is_none() {
        return Err(explain::scope_missing("offline_access"));
    }
    Ok(())
}

/// Asks Microsoft for the mailbox's address and the person's name. What the ID token said stays if that fails.
async fn name(state: &State, joined: &Joined, identity: &Identity) {
    let access = Access::new(GrantKey::new(joined.connection.to_string()), identity.object_id.clone(), Lane::Interactive);
    let user = match directory::user(&state.microsoft, &access).await {
        Ok(user) => user,
        Err(error) => return tracing::warn!(error = %error, "A newly connected mailbox keeps the name it signed in with"),
    };
    let Some(address) = user.address() else { return };
    let named = user.display_name.as_deref().unwrap_or(address);
    let renaming = mailbox::set_connection(joined.mailbox, joined.connection, address, named);
    if let Err(error) = state.db.commit(Transaction::new("connect.name").with(renaming)).await {
        tracing::warn!(error = %error, "A newly connected mailbox keeps the name it signed in with");
    }
}

fn go_on(state: &State, flow: &OauthFlow, begun: Begun, mailbox: MailboxId) -> Response {
    let address = match (flow.return_to.as_str(), begun) {
        ("", Begun::ByAdministrator) => format!("/connected?mailbox={mailbox}"),
        ("", Begun::ByPerson) => "/connected".to_owned(),
        (elsewhere, _) => elsewhere.to_owned(),
    };
    let cookie = CONNECTING.clear(state.settings.secure());
    ([(header::SET_COOKIE, cookie)], Redirect::to(&address)).into_response()
}

/// What may stand in the address of the last page.
#[derive(Deserialize)]
pub struct Arrived {
    mailbox: Option<MailboxId>,
}

/// `GET /connected`: says that it worked and, for an administrator, goes on to the mailbox. It is a page of ours in between,
/// because a browser that comes from Microsoft does not send the session's cookie along.
pub async fn done(Given(state): Given<State>, Query(arrived): Query<Arrived>) -> Html<String> {
    Html(connected_page::render(arrived.mailbox, &state.settings).into_string())
}
