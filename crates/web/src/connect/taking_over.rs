//! Taking over: what another program kept of people's consent to the same registration becomes connections here, so that nobody need consent
//! again.
//!
//! A refresh token is redeemed once. Whose account it is is learnt from Microsoft's answer: by its ID token, and by `/me`; what the other
//! program wrote beside it is not believed. That a token was taken over is kept by its hash, so that the same table can be read again: its
//! token may have ended meanwhile, and ours lives. What a person has disconnected here stays so.

use base::{Problem, Recourse, Secret, random};
use graph::oauth::{Expected, Identity, TokenAnswer};
use graph::{GrantKey, GraphError, directory};
use model::id::WorkspaceId;
use store::connection::{self, ConnectionState};
use store::{Transaction, setting};

use crate::connect::provider::Provider;
use crate::connect::{callback, commit, explain};
use crate::failure::Failure;
use crate::secrets;
use crate::settings::Delegated;
use crate::state::State;

/// The length of an object id: a personal account's is written otherwise at Graph.
const OBJECT_ID_LENGTH: usize = 36;

/// What another program kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The refresh token, if it kept one.
    pub refresh_token: Option<Secret<String>>,
    /// `Bearer`, or nothing.
    pub token_type: String,
    /// What was permitted, as it noted it. It only decides where Microsoft names more than one thing.
    pub scope: String,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakenOver {
    /// The account is connected now.
    Connected {
        /// The name that it signs in with.
        account: String,
        /// What was connected.
        provider: &'static str,
    },
    /// It was taken over before, or the account is connected anyway.
    Known,
    /// It cannot be used; this says why, and what to do.
    Unusable(Problem),
}

/// Takes one grant over.
///
/// # Errors
/// When nothing is registered, or Microsoft or the database cannot be asked now.
pub async fn take_over(state: &State, workspace: WorkspaceId, actor: &str, kept: &Kept) -> Result<TakenOver, Failure> {
    let delegated = state.settings.delegated.as_ref().ok_or_else(explain::no_registration)?;
    let Some(refresh_token) = &kept.refresh_token else { return Ok(TakenOver::Unusable(explain::no_tokens_for_session())) };
    if !kept.token_type.is_empty() && !kept.token_type.eq_ignore_ascii_case("bearer") {
        return Ok(TakenOver::Unusable(explain::token_of_another_type()));
    }
    let mark = format!("taken_over/{workspace}/{}", random::hex(&secrets::hash(refresh_token.expose())));
    if setting::find(&state.db, &mark).await?.is_some() {
        return Ok(TakenOver::Known);
    }
    let outcome = match redeem(state, delegated, refresh_token).await? {
        Ok(tokens) => join(state, workspace, actor, delegated, kept, tokens).await?,
        Err(problem) => TakenOver::Unusable(problem),
    };
    if !matches!(outcome, TakenOver::Unusable(_)) {
        state.db.commit(Transaction::new("connect.taken_over").with(setting::ensure(&mark, "1"))).await?;
    }
    Ok(outcome)
}

/// What Microsoft gives for it. A refusal that will pass is an error; any other is about this token.
async fn redeem(state: &State, delegated: &Delegated, token: &Secret<String>) -> Result<Result<TokenAnswer, Problem>, Failure> {
    match state.microsoft.take_over(&delegated.client_id, &delegated.tenant, token).await {
        // The old one stays valid where no new one comes.
        Ok(tokens) => Ok(Ok(TokenAnswer { refresh_token: tokens.refresh_token.clone().or_else(|| Some(token.clone())), ..tokens })),
        Err(GraphError::Oauth(refusal)) if !matches!(refusal.recourse(), Recourse::RetryAfter(_)) => Ok(Err(refusal.problem())),
        Err(error) => Err(error.into()),
    }
}

async fn join(
    state: &State,
    workspace: WorkspaceId,
    actor: &str,
    delegated: &Delegated,
    kept: &Kept,
    tokens: TokenAnswer,
) -> Result<TakenOver, Failure> {
    let provider = provider_of(&tokens, &kept.scope);
    if let Err(failure) = provider.check(&tokens) {
        return Ok(TakenOver::Unusable(failure.problem));
    }
    let Some(identity) = owner(state, delegated, &tokens).await? else { return Ok(TakenOver::Unusable(explain::nobody_known())) };
    let (tenant, account) = (&identity.tenant_id, &identity.object_id);
    match connection::by_account(&state.db, workspace, provider.name(), tenant, account).await?.map(|known| known.state) {
        Some(ConnectionState::Connected) => return Ok(TakenOver::Known),
        Some(ConnectionState::Disconnected) => return Ok(TakenOver::Unusable(explain::disconnected_here())),
        Some(ConnectionState::Reconnect) | None => {}
    }
    let joined = commit::person(state, workspace, provider, &identity, &tokens, actor).await?;
    state.microsoft.forget(&GrantKey::new(joined.connection.to_string()));
    if let Some(mailbox) = joined.mailbox {
        callback::name(state, joined.connection, mailbox, &identity).await;
    }
    let account = identity.preferred_username.unwrap_or(identity.object_id);
    Ok(TakenOver::Connected { account, provider: provider.name() })
}

/// What a grant is for: contacts before mail before the calendar, unless the other program noted only one of them.
fn provider_of(tokens: &TokenAnswer, noted: &str) -> Provider {
    let noted = TokenAnswer { scope: noted.to_owned(), ..tokens.clone() };
    let order = [Provider::Contacts, Provider::Outlook, Provider::Calendar];
    let granted = |provider: &Provider| provider.check(tokens).is_ok();
    let wanted = order.into_iter().find(|provider| granted(provider) && provider.check(&noted).is_ok());
    wanted.or_else(|| order.into_iter().find(granted)).unwrap_or(Provider::Contacts)
}

/// Whose account it is, as Microsoft says; `None` if it does not.
async fn owner(state: &State, delegated: &Delegated, tokens: &TokenAnswer) -> Result<Option<Identity>, Failure> {
    let expected = Expected { client_id: delegated.client_id.clone(), nonce: None, tenants: Vec::new() };
    let proven = match &tokens.id_token {
        Some(token) => state.microsoft.identify(&delegated.tenant, token, &expected).await?.ok(),
        None => None,
    };
    let said = match directory::bearer(&state.microsoft, &tokens.access_token).await {
        Ok(user) => Some(user),
        Err(error) if matches!(error.recourse(), Recourse::RetryAfter(_)) => return Err(error.into()),
        Err(_) => None,
    };
    match (proven, said) {
        (Some(identity), Some(user)) => {
            let comparable = user.id.len() == OBJECT_ID_LENGTH;
            Ok(Some(identity).filter(|identity| !comparable || identity.object_id.eq_ignore_ascii_case(&user.id)))
        }
        (Some(identity), None) => Ok(Some(identity)),
        (None, Some(user)) => {
            let principal = user.user_principal_name.clone().filter(|name| !name.contains("#EXT#"));
            let Some((_, domain)) = principal.as_deref().and_then(|name| name.rsplit_once('@')) else { return Ok(None) };
            let tenant = state.microsoft.tenant_of(domain).await?;
            Ok(tenant.map(|tenant_id| Identity {
                tenant_id,
                object_id: user.id,
                name: user.display_name,
                email: user.mail,
                preferred_username: principal.clone(),
                roles: Vec::new(),
                login_hint: None,
            }))
        }
        (None, None) => Ok(None),
    }
}
