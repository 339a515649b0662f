//! Connect: everything that a new or renewed permission changes, as one transaction.
//!
//! Connection, sealed grant and mailbox are made or brought up to date, the ledger tells, the audit table keeps who did
//! it, and the first pull is due. Connecting again never makes a second mailbox and never starts over: what was
//! mirrored stays, and a mailbox that stood still goes on.

use base::Timestamp;
use model::event::{EventKind, NewEvent};
use model::id::{AuditId, ConnectionId, MailboxId, WorkspaceId};
use model::mailbox::{Mailbox, MailboxKind, MailboxState};

use crate::audit::{self, AuditLine};
use crate::connection::{self, Connection, ConnectionKind, ConnectionState};
use crate::db::Db;
use crate::due;
use crate::error::StoreError;
use crate::grant::{self, Grant};
use crate::ledger;
use crate::mailbox;
use crate::statement::Transaction;
use crate::work::Lane;

/// The provider of mail.
pub const PROVIDER: &str = "microsoft_outlook";

/// Whose mailbox has been permitted to us, and how.
#[derive(Clone, Debug)]
pub struct Permission {
    /// In which workspace.
    pub workspace: WorkspaceId,
    /// By whom.
    pub kind: ConnectionKind,
    /// Microsoft's id of the tenant.
    pub tenant_id: String,
    /// Microsoft's object id of the user that owns the mailbox.
    pub graph_user_id: String,
    /// The name the user signs in with.
    pub principal_name: String,
    /// The name for people.
    pub display_name: String,
    /// The mailbox's address.
    pub address: String,
    /// What was granted, words joined by blanks.
    pub scopes: String,
    /// Who did it, for the audit table.
    pub actor: String,
}

/// Tokens, sealed for the connection's id.
#[derive(Clone, Debug, Default)]
pub struct SealedTokens {
    /// The refresh token; `None` for an application.
    pub refresh_token: Option<Vec<u8>>,
    /// The access token; `None` to have the first call fetch one.
    pub access_token: Option<Vec<u8>>,
    /// When the access token expires.
    pub access_expires_at: Timestamp,
}

/// What was there before, and under which ids the permission is kept.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The connection's id: seal the tokens for it.
    pub connection: ConnectionId,
    /// The mailbox's id.
    pub mailbox: MailboxId,
    old_connection: Option<Connection>,
    old_mailbox: Option<Mailbox>,
}

/// Looks up what is there, and gives the ids.
///
/// # Errors
/// As [`Db::query`].
pub async fn plan(db: &Db, permission: &Permission, now: Timestamp) -> Result<Plan, StoreError> {
    let old_connection = connection::by_account(db, permission.workspace, PROVIDER, &permission.tenant_id, &account(permission)).await?;
    let old_mailbox = mailbox::by_graph_user(db, permission.workspace, &permission.graph_user_id).await?;
    Ok(Plan {
        connection: old_connection.as_ref().map_or_else(|| ConnectionId::new(now), |old| old.id),
        mailbox: old_mailbox.as_ref().map_or_else(|| MailboxId::new(now), |old| old.id),
        old_connection,
        old_mailbox,
    })
}

/// The transaction (commit point `mailbox.connect`): commit it durably.
pub fn transaction(permission: &Permission, plan: &Plan, tokens: SealedTokens, now: Timestamp) -> Transaction {
    let id = plan.mailbox;
    let mut connect = Transaction::new("mailbox.connect").durable();
    connect.extend(connection_statements(permission, plan, now));
    connect.push(grant::put(&Grant {
        connection: plan.connection,
        scopes: permission.scopes.clone(),
        refresh_token_sealed: tokens.refresh_token,
        access_token_sealed: tokens.access_token,
        access_expires_at: tokens.access_expires_at,
        generation: 1,
        refreshed_at: now,
        granted_at: now,
    }));
    let told = put_mailbox(&mut connect, permission, plan, now);
    for kind in [due::PULL_FOLDERS, due::PULL_HINTS, due::PULL_ATTACHMENTS, due::KEEP_SUBSCRIPTION] {
        connect.push(due::mailbox(kind, id, Lane::Interactive, now));
    }
    connect.push(audit::append(&AuditLine {
        id: AuditId::new(now),
        at: now,
        workspace: permission.workspace,
        actor: permission.actor.clone(),
        action: "mailbox.connect".to_owned(),
        object: id.to_string(),
        outcome: "done".to_owned(),
        detail: serde_json::json!({"connection": plan.connection, "scopes": permission.scopes}),
    }));
    if let Some(kind) = told {
        let event = NewEvent { kind, subject: id.number(), backfill: false, data: serde_json::Value::Null };
        connect.extend(due::decide(permission.workspace, now));
        connect.extend(ledger::append(permission.workspace, id, now, &[event]));
    }
    connect
}

/// A person's grant and our application's to the same mailbox are two connections.
fn account(permission: &Permission) -> String {
    match permission.kind {
        ConnectionKind::Delegated => permission.graph_user_id.clone(),
        ConnectionKind::Application => format!("application/{}", permission.graph_user_id),
    }
}

fn connection_statements(permission: &Permission, plan: &Plan, now: Timestamp) -> Vec<crate::Statement> {
    let id = plan.connection;
    if plan.old_connection.is_some() {
        return vec![
            connection::set_names(id, &permission.principal_name, &permission.display_name),
            connection::set_state(id, ConnectionState::Connected, None, now),
        ];
    }
    vec![connection::insert(&Connection {
        id,
        workspace: permission.workspace,
        provider: PROVIDER.to_owned(),
        kind: permission.kind,
        tenant_id: permission.tenant_id.clone(),
        account_id: account(permission),
        principal_name: permission.principal_name.clone(),
        display_name: permission.display_name.clone(),
        state: ConnectionState::Connected,
        problem: None,
        state_at: now,
        created_at: now,
    })]
}

fn put_mailbox(connect: &mut Transaction, permission: &Permission, plan: &Plan, now: Timestamp) -> Option<EventKind> {
    let Some(old) = &plan.old_mailbox else {
        connect.push(mailbox::insert(&new_mailbox(permission, plan, now)));
        return Some(EventKind::MailboxConnected);
    };
    connect.push(mailbox::set_connection(old.id, plan.connection, &permission.address, &permission.display_name));
    if matches!(old.state, MailboxState::Syncing | MailboxState::Live) {
        return None;
    }
    let state = if old.first_synced_at.is_some() { MailboxState::Live } else { MailboxState::Syncing };
    connect.push(mailbox::set_state(old.id, state, None, now));
    Some(EventKind::MailboxResumed)
}

fn new_mailbox(permission: &Permission, plan: &Plan, now: Timestamp) -> Mailbox {
    Mailbox {
        id: plan.mailbox,
        workspace: permission.workspace,
        connection: plan.connection,
        graph_user_id: permission.graph_user_id.clone(),
        address: permission.address.clone(),
        display_name: permission.display_name.clone(),
        kind: match permission.kind {
            ConnectionKind::Delegated => MailboxKind::User,
            ConnectionKind::Application => MailboxKind::Shared,
        },
        state: MailboxState::Syncing,
        problem: None,
        state_at: now,
        first_synced_at: None,
        last_contact_at: None,
        created_at: now,
        visibility: model::mailbox::Visibility::Everything,
    }
}
