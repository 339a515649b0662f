//! What connecting leaves in the database: the connection with its sealed grant, the mailbox, and a line in the audit.
//!
//! Two who connect the same account at once collide in the database; the later one reads again and joins what is there.

use base::Timestamp;
use graph::oauth::{Identity, TokenAnswer};
use model::id::{AuditId, ConnectionId, MailboxId, WorkspaceId};
use serde_json::json;
use store::audit::{self, AuditLine};
use store::connect::{self, PROVIDER, Permission, Plan, SealedTokens};
use store::connection::{self, Connection, ConnectionKind, ConnectionState};
use store::grant::{self, Grant};
use store::{StoreError, Transaction};

use crate::failure::Failure;
use crate::settings::Application;
use crate::state::State;

/// What the audit calls whoever is signed in to the console.
pub const ADMINISTRATOR: &str = "administrator";
/// How often a collision with another who connects the same account is resolved by reading again.
const TRIES: u32 = 3;

/// What was joined.
#[derive(Clone, Copy, Debug)]
pub struct Joined {
    /// Through which connection.
    pub connection: ConnectionId,
    /// The mailbox.
    pub mailbox: MailboxId,
}

/// Connects the mailbox of a person who has consented; `by_administrator` if a signed-in administrator began it.
///
/// # Errors
/// When the database does not answer.
pub async fn person(state: &State, identity: &Identity, tokens: &TokenAnswer, by_administrator: bool) -> Result<Joined, Failure> {
    let principal = identity.preferred_username.clone().unwrap_or_else(|| identity.object_id.clone());
    let permission = Permission {
        workspace: state.settings.workspace,
        kind: ConnectionKind::Delegated,
        tenant_id: identity.tenant_id.clone(),
        graph_user_id: identity.object_id.clone(),
        display_name: identity.name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| principal.clone()),
        address: principal.clone(),
        scopes: tokens.scope.clone(),
        actor: if by_administrator { ADMINISTRATOR.to_owned() } else { principal.clone() },
        principal_name: principal,
    };
    join(state, &permission, Some(tokens)).await
}

/// Connects a mailbox that the application may read.
///
/// # Errors
/// When the database does not answer.
pub async fn join(state: &State, permission: &Permission, tokens: Option<&TokenAnswer>) -> Result<Joined, Failure> {
    let mut tries = 1;
    loop {
        let now = state.clock.now();
        let plan = connect::plan(&state.db, permission, now).await?;
        let sealed = tokens.map(|tokens| seal(state, &plan, tokens, now)).unwrap_or_default();
        match state.db.commit(connect::transaction(permission, &plan, sealed, now)).await {
            Err(StoreError::Conflict(_)) if tries < TRIES => tries += 1,
            outcome => return Ok(outcome.map(|_| Joined { connection: plan.connection, mailbox: plan.mailbox })?),
        }
    }
}

fn seal(state: &State, plan: &Plan, tokens: &TokenAnswer, now: Timestamp) -> SealedTokens {
    let place = |column: &str| format!("oauth_grant/{}/{column}", plan.connection);
    SealedTokens {
        refresh_token: tokens.refresh_token.as_ref().map(|token| state.vault.seal_text(&place("refresh_token"), token)),
        access_token: Some(state.vault.seal_text(&place("access_token"), &tokens.access_token)),
        access_expires_at: now.plus(tokens.expires_in),
    }
}

/// The application's own connection, which no mailbox is reached through: by it an address is looked up before its mailbox
/// has a connection. Made if there is none.
///
/// # Errors
/// When the database does not answer.
pub async fn application(state: &State, registration: &Application) -> Result<ConnectionId, Failure> {
    let (tenant, account) = (&registration.tenant, format!("application/{}", registration.client_id));
    let workspace = state.settings.workspace;
    if let Some(known) = connection::by_account(&state.db, workspace, PROVIDER, tenant, &account).await? {
        return Ok(known.id);
    }
    let now = state.clock.now();
    let fresh = Connection {
        id: ConnectionId::new(now),
        workspace,
        provider: PROVIDER.to_owned(),
        kind: ConnectionKind::Application,
        tenant_id: tenant.clone(),
        account_id: account.clone(),
        principal_name: registration.client_id.clone(),
        display_name: "The application itself".to_owned(),
        state: ConnectionState::Connected,
        problem: None,
        state_at: now,
        created_at: now,
    };
    let statements = [connection::insert(&fresh), grant::put(&empty_grant(fresh.id, now))];
    match state.db.commit(Transaction::new("connect.application").with_all(statements)).await {
        Err(StoreError::Conflict(_)) => {
            let known = connection::by_account(&state.db, workspace, PROVIDER, tenant, &account).await?;
            known.map(|known| known.id).ok_or_else(Failure::not_found)
        }
        outcome => Ok(outcome.map(|_| fresh.id)?),
    }
}

fn empty_grant(connection: ConnectionId, now: Timestamp) -> Grant {
    Grant {
        connection,
        scopes: String::new(),
        refresh_token_sealed: None,
        access_token_sealed: None,
        access_expires_at: Timestamp::EPOCH,
        generation: 1,
        refreshed_at: now,
        granted_at: now,
    }
}

/// Notes in the audit that somebody could not connect, and why.
///
/// # Errors
/// When the database does not answer.
pub async fn write_refusal(state: &State, failure: &Failure) -> Result<(), Failure> {
    let now = state.clock.now();
    let detail = json!({ "code": failure.problem.code, "request_id": failure.request_id() });
    let line = audit_line(state.settings.workspace, "mailbox.connect", "microsoft".to_owned(), "refused", detail, now);
    let line = AuditLine { actor: "microsoft".to_owned(), ..line };
    state.db.commit(Transaction::new("connect.audit").with(audit::append(&line))).await?;
    Ok(())
}

/// A line of the audit about what the administrator has done.
pub fn audit_line(
    workspace: WorkspaceId,
    action: &str,
    object: String,
    outcome: &str,
    detail: serde_json::Value,
    at: Timestamp,
) -> AuditLine {
    let (action, outcome) = (action.to_owned(), outcome.to_owned());
    AuditLine { id: AuditId::new(at), at, workspace, actor: ADMINISTRATOR.to_owned(), action, object, outcome, detail }
}
