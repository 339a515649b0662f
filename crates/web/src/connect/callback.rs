//! Microsoft leads the browser back: three addresses, one end, which a single-page application's own call shares.
//!
//! In order: the state must be that of an open flow, the browser the one that began it; then the flow is used up, whatever
//! Microsoft says. The code is redeemed with the sealed verifier, the ID token proves who signed in, and the scopes of the
//! answer say what was granted. A person who connects for an address must have chosen that account: else whoever is talked
//! into opening a foreign link would hand over a mailbox. One transaction connects it. Whoever began without a session has
//! one now. The browser then goes to an address without code and state.

use axum::extract::{Query, Request, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::Secret;
use graph::oauth::authorize::Callback;
use graph::oauth::id_token::IdTokenError;
use graph::oauth::{CodeExchange, Expected, Identity, OauthError, TokenAnswer};
use graph::{Access, GrantKey, Lane, directory};
use http::{HeaderValue, StatusCode, header};
use model::id::{ConnectionId, MailboxId, WorkspaceId};
use serde::Deserialize;
use store::oauth_flow::{self, OauthFlow, Purpose};
use store::{StoreError, Transaction, mailbox, session as rows};

use crate::connect::begin::verifier_place;
use crate::connect::browser::Browser;
use crate::connect::commit::{self, Joined};
use crate::connect::provider::Provider;
use crate::connect::{explain, home};
use crate::cookie::CONNECTING;
use crate::failure::Failure;
use crate::settings::Delegated;
use crate::state::State;
use crate::view::connected_page;
use crate::{secrets, session, sign_in};

/// How a flow ended.
#[derive(Debug)]
pub struct Ended {
    /// Who signed in at Microsoft.
    pub identity: Identity,
    /// In which workspace.
    pub workspace: WorkspaceId,
    /// What was connected; `None` if it was only to sign in.
    pub joined: Option<Joined>,
}

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
    let flow = find(&state, &given_state).await?;
    if !is_of_browser(&flow, browser.as_ref()) {
        return Err(explain::other_browser());
    }
    let ended = end(&state, &flow, outcome).await?;
    go_on(&state, &flow, &ended).await
}

/// The open flow of this state.
///
/// # Errors
/// When there is none.
pub async fn find(state: &State, given_state: &str) -> Result<OauthFlow, Failure> {
    let found = oauth_flow::find_open(&state.db, &secrets::hash(given_state), state.clock.now()).await?;
    found.ok_or_else(explain::flow_over)
}

/// Uses a flow up, whatever Microsoft said, and does what it was for. A refusal is written into the audit.
///
/// # Errors
/// Whatever went wrong, explained.
pub async fn end(state: &State, flow: &OauthFlow, outcome: Result<Secret<String>, OauthError>) -> Result<Ended, Failure> {
    match state.db.commit(Transaction::new("connect.spend").with(oauth_flow::spend(&flow.state_hash, state.clock.now()))).await {
        Err(StoreError::Refused { .. }) => return Err(explain::flow_over()),
        other => other?,
    };
    match finish(state, flow, outcome).await {
        Ok(ended) => Ok(ended),
        Err(failure) => {
            commit::write_refusal(state, flow.workspace.unwrap_or(state.settings.workspace), &flow.asker, &failure).await?;
            Err(failure)
        }
    }
}

/// A flow without a browser was given to an asker as an address to open anywhere.
pub(super) fn is_of_browser(flow: &OauthFlow, browser: Option<&Browser>) -> bool {
    flow.browser_hash.as_ref().is_none_or(|kept| browser.is_some_and(|browser| secrets::same(&browser.hash(), kept)))
}

async fn finish(state: &State, flow: &OauthFlow, outcome: Result<Secret<String>, OauthError>) -> Result<Ended, Failure> {
    let code = outcome.map_err(|error| Failure::new(StatusCode::BAD_REQUEST, error.problem()))?;
    let delegated = state.settings.delegated.as_ref().ok_or_else(explain::no_registration)?;
    let provider = Provider::named(&flow.provider)?;
    let tokens = redeem(state, flow, delegated, code).await?;
    let identity = identify(state, flow, delegated, &tokens).await?;
    if let Some(email) = flow.asker_email.as_deref().filter(|email| !home::is_of(&identity, email)) {
        return Err(explain::other_account(email, home::address(&identity)));
    }
    let workspace = match flow.workspace {
        Some(workspace) => workspace,
        None => home::of(state, &identity).await?,
    };
    if flow.purpose == Purpose::SignIn {
        return Ok(Ended { identity, workspace, joined: None });
    }
    provider.check(&tokens)?;
    let joined = commit::person(state, workspace, provider, &identity, &tokens, &flow.asker).await?;
    state.microsoft.forget(&GrantKey::new(joined.connection.to_string()));
    if let Some(mailbox) = joined.mailbox {
        name(state, joined.connection, mailbox, &identity).await;
    }
    Ok(Ended { identity, workspace, joined: Some(joined) })
}

async fn redeem(state: &State, flow: &OauthFlow, delegated: &Delegated, code: Secret<String>) -> Result<TokenAnswer, Failure> {
    let place = verifier_place(&flow.state_hash);
    let code_verifier = state.vault.open_text(&place, &flow.verifier_sealed).map_err(|_| explain::flow_over())?;
    let tenant = delegated.tenant.clone();
    let exchange = CodeExchange { tenant, code, redirect_uri: flow.redirect_uri.clone(), code_verifier };
    Ok(state.microsoft.redeem_code(&delegated.client_id, &exchange).await?)
}

async fn identify(state: &State, flow: &OauthFlow, delegated: &Delegated, tokens: &TokenAnswer) -> Result<Identity, Failure> {
    let expected = Expected { client_id: delegated.client_id.clone(), nonce: Some(flow.nonce.clone()), tenants: Vec::new() };
    let id_token = tokens.id_token.as_ref().ok_or_else(|| explain::not_proven(&IdTokenError::Malformed))?;
    let proven = state.microsoft.identify(&delegated.tenant, id_token, &expected).await?;
    proven.map_err(|error| explain::not_proven(&error))
}

/// Asks Microsoft for the mailbox's address and the person's name. What the ID token said stays if that fails.
pub(super) async fn name(state: &State, connection: ConnectionId, mailbox: MailboxId, identity: &Identity) {
    let access = Access::new(GrantKey::new(connection.to_string()), identity.object_id.clone(), Lane::Interactive);
    let user = match directory::user(&state.microsoft, &access).await {
        Ok(user) => user,
        Err(error) => return tracing::warn!(error = %error, "A newly connected mailbox keeps the name it signed in with"),
    };
    let Some(address) = user.address() else { return };
    let named = user.display_name.as_deref().unwrap_or(address);
    let renaming = Transaction::new("connect.name")
        .with(mailbox::set_connection(mailbox, connection, address, named))
        .with(rows::set_email(&identity.tenant_id, &identity.object_id, &address.to_lowercase()));
    if let Err(error) = state.db.commit(renaming).await {
        tracing::warn!(error = %error, "A newly connected mailbox keeps the name it signed in with");
    }
}

/// Leads the browser on; whoever signed in by this flow has a session from now on.
async fn go_on(state: &State, flow: &OauthFlow, ended: &Ended) -> Result<Response, Failure> {
    let mailbox = ended.joined.and_then(|joined| joined.mailbox);
    let address = match (flow.return_to.as_str(), flow.purpose, mailbox) {
        ("", Purpose::SignIn, _) => "/".to_owned(),
        ("", _, Some(mailbox)) => format!("/connected?mailbox={mailbox}"),
        ("", _, None) => "/connected".to_owned(),
        (elsewhere, _, _) => elsewhere.to_owned(),
    };
    let mut response = Redirect::to(&address).into_response();
    response.headers_mut().append(header::SET_COOKIE, CONNECTING.clear(state.settings.secure()));
    if flow.purpose != Purpose::Connect {
        response.headers_mut().append(header::SET_COOKIE, begin_session(state, ended).await?);
    }
    Ok(response)
}

async fn begin_session(state: &State, ended: &Ended) -> Result<HeaderValue, Failure> {
    let (mut member, role) = home::member(&ended.identity);
    if let Some(own) = mailbox::by_graph_user(&state.db, ended.workspace, &member.object_id).await? {
        member.email = own.address.to_lowercase();
    }
    let actor = member.email.clone();
    let cookie = session::begin(state, ended.workspace, role, Some(member)).await?;
    sign_in::write_audit(state, ended.workspace, &actor, "done", "Microsoft").await?;
    Ok(cookie)
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
