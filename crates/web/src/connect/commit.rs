//! What connecting leaves in the database: the connection with its sealed grant, the mailbox if it is one, and a line in the
//! audit.
//!
//! Two who connect the same account at once collide in the database; the later one reads again and joins what is there.

use std::time::Duration;

use api::contacting;
use base::{Secret, Timestamp};
use graph::oauth::{Identity, TokenAnswer};
use model::contact::Origin;
use model::id::{AuditId, ConnectionId, MailboxId, WorkspaceId};
use serde_json::json;
use store::audit::{self, AuditLine};
use store::connect::{self, PROVIDER, Permission, SealedTokens};
use store::connection::{self, Connection, ConnectionKind, ConnectionState};
use store::grant::{self, Grant};
use store::work::Lane;
use store::{Statement, StoreError, Transaction, due};

use crate::connect::home;
use crate::connect::provider::Provider;
use crate::failure::Failure;
use crate::settings::Application;
use crate::state::State;

/// How often a collision with another who connects the same account is resolved by reading again.
const TRIES: u32 = 3;

/// What was joined.
#[derive(Clone, Copy, Debug)]
pub struct Joined {
    /// Through which connection.
    pub connection: ConnectionId,
    /// The mailbox; `None` where something else than mail was connected.
    pub mailbox: Option<MailboxId>,
}

/// Connects the account of a person who has consented; `asker` began, or if nobody was known then, the person.
///
/// # Errors
/// When the database does not answer.
pub async fn person(
    state: &State,
    workspace: WorkspaceId,
    provider: Provider,
    identity: &Identity,
    tokens: &TokenAnswer,
    asker: &str,
) -> Result<Joined, Failure> {
    let principal = home::address(identity).to_owned();
    let permission = Permission {
        workspace,
        kind: ConnectionKind::Delegated,
        tenant_id: identity.tenant_id.clone(),
        graph_user_id: identity.object_id.clone(),
        display_name: identity.name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| principal.clone()),
        address: principal.clone(),
        scopes: tokens.scope.clone(),
        actor: if asker.is_empty() { principal.clone() } else { asker.to_owned() },
        principal_name: principal,
    };
    match provider {
        Provider::Outlook => join(state, &permission, Some(tokens)).await,
        Provider::Calendar => apart(state, Apart::Calendars, &permission, Granted::of(tokens)).await,
        Provider::Contacts => apart(state, Apart::Contacts(Origin::Outlook), &permission, Granted::of(tokens)).await,
    }
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
        let sealed = tokens.map(|tokens| seal(state, plan.connection, Granted::of(tokens), now)).unwrap_or_default();
        match state.db.commit(connect::transaction(permission, &plan, sealed, now)).await {
            Err(StoreError::Conflict(_)) if tries < TRIES => tries += 1,
            outcome => return Ok(outcome.map(|_| Joined { connection: plan.connection, mailbox: Some(plan.mailbox) })?),
        }
    }
}

/// Tokens that were just granted.
#[derive(Clone, Copy, Debug)]
pub struct Granted<'a> {
    /// The refresh token.
    pub refresh: Option<&'a Secret<String>>,
    /// The access token.
    pub access: &'a Secret<String>,
    /// How long the access token lives.
    pub lives: Duration,
}

impl<'a> Granted<'a> {
    fn of(tokens: &'a TokenAnswer) -> Self {
        Granted { refresh: tokens.refresh_token.as_ref(), access: &tokens.access_token, lives: tokens.expires_in }
    }
}

fn seal(state: &State, connection: ConnectionId, granted: Granted<'_>, now: Timestamp) -> SealedTokens {
    let place = |column: &str| format!("oauth_grant/{connection}/{column}");
    SealedTokens {
        refresh_token: granted.refresh.map(|token| state.vault.seal_text(&place("refresh_token"), token)),
        access_token: Some(state.vault.seal_text(&place("access_token"), granted.access)),
        access_expires_at: now.plus(granted.lives),
    }
}

/// What is connected of an account beside its mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apart {
    /// Its calendars.
    Calendars,
    /// Its contacts, at Microsoft or Google.
    Contacts(Origin),
}

impl Apart {
    const fn provider(self) -> &'static str {
        match self {
            Apart::Calendars => Provider::Calendar.name(),
            Apart::Contacts(Origin::Google) => connection::GOOGLE_CONTACTS,
            Apart::Contacts(_) => connection::OUTLOOK_CONTACTS,
        }
    }

    const fn action(self) -> &'static str {
        match self {
            Apart::Calendars => "calendar.connect",
            Apart::Contacts(_) => "contacts.connect",
        }
    }
}

/// Connects something of an account that is no mailbox: a connection that is read at once.
///
/// # Errors
/// When the database does not answer.
pub async fn apart(state: &State, apart: Apart, permission: &Permission, granted: Granted<'_>) -> Result<Joined, Failure> {
    let (provider, action) = (apart.provider(), apart.action());
    let mut tries = 1;
    loop {
        let now = state.clock.now();
        let (tenant, account) = (&permission.tenant_id, &permission.graph_user_id);
        let known = connection::by_account(&state.db, permission.workspace, provider, tenant, account).await?;
        let id = known.as_ref().map_or_else(|| ConnectionId::new(now), |known| known.id);
        let mut statements = match known {
            Some(_) => vec![
                connection::set_names(id, &permission.principal_name, &permission.display_name),
                connection::set_state(id, ConnectionState::Connected, None, now),
            ],
            None => vec![connection::insert(&fresh(id, provider, account, permission, now))],
        };
        let sealed = seal(state, id, granted, now);
        statements.push(grant::put(&Grant {
            scopes: permission.scopes.clone(),
            refresh_token_sealed: sealed.refresh_token,
            access_token_sealed: sealed.access_token,
            access_expires_at: sealed.access_expires_at,
            ..empty_grant(id, now)
        }));
        let detail = json!({ "connection": id, "scopes": permission.scopes });
        let line = audit_line(permission.workspace, &permission.actor, action, id.to_string(), "done", detail, now);
        statements.push(audit::append(&line));
        statements.extend(match apart {
            Apart::Calendars => calendars_due(state, id, now).await?,
            Apart::Contacts(origin) => {
                let Permission { workspace, principal_name, actor, .. } = permission;
                contacting::account_book(&state.db, *workspace, (origin, id), principal_name, actor, now).await?
            }
        });
        match state.db.commit(Transaction::new(action).with_all(statements).durable()).await {
            Err(StoreError::Conflict(_)) if tries < TRIES => tries += 1,
            outcome => return Ok(outcome.map(|_| Joined { connection: id, mailbox: None })?),
        }
    }
}

/// Everything of a connection's calendars is due: which there are, and what has changed in those that are known.
async fn calendars_due(state: &State, connection: ConnectionId, now: Timestamp) -> Result<Vec<Statement>, Failure> {
    let known = store::calendar::of_connection(&state.db, connection).await?;
    let mut due = vec![due::pull_calendars(connection, Lane::Notified, now)];
    due.extend(known.iter().map(|(calendar, _)| due::pull_calendar_events(connection, calendar.id, Lane::Notified, now)));
    Ok(due)
}

fn fresh(id: ConnectionId, provider: &str, account: &str, permission: &Permission, now: Timestamp) -> Connection {
    Connection {
        id,
        workspace: permission.workspace,
        provider: provider.to_owned(),
        kind: permission.kind,
        tenant_id: permission.tenant_id.clone(),
        account_id: account.to_owned(),
        principal_name: permission.principal_name.clone(),
        display_name: permission.display_name.clone(),
        state: ConnectionState::Connected,
        problem: None,
        state_at: now,
        created_at: now,
    }
}

/// The application's own connection, which no mailbox is reached through: by it an address is looked up before its mailbox
/// has a connection. Made if there is none.
///
/// # Errors
/// When the database does not answer.
pub async fn application(state: &State, workspace: WorkspaceId, registration: &Application) -> Result<ConnectionId, Failure> {
    let (tenant, account) = (&registration.tenant, format!("application/{}", registration.client_id));
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
pub async fn write_refusal(state: &State, workspace: WorkspaceId, asker: &str, failure: &Failure) -> Result<(), Failure> {
    let now = state.clock.now();
    let detail = json!({ "code": failure.problem.code, "request_id": failure.request_id() });
    let actor = if asker.is_empty() { "microsoft" } else { asker };
    let line = audit_line(workspace, actor, "mailbox.connect", "microsoft".to_owned(), "refused", detail, now);
    state.db.commit(Transaction::new("connect.audit").with(audit::append(&line))).await?;
    Ok(())
}

/// A line of the audit about what `actor` has done.
pub fn audit_line(
    workspace: WorkspaceId,
    actor: &str,
    action: &str,
    object: String,
    outcome: &str,
    detail: serde_json::Value,
    at: Timestamp,
) -> AuditLine {
    let (actor, action, outcome) = (actor.to_owned(), action.to_owned(), outcome.to_owned());
    AuditLine { id: AuditId::new(at), at, workspace, actor, action, object, outcome, detail }
}
