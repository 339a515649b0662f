//! Disconnecting: a grant's tokens are destroyed and a mailbox's subscription ends; what was mirrored stays.
//!
//! Ending the subscription at Microsoft is tried first, because it takes the grant. If that fails it lapses by itself, and
//! what it posts until then is for a subscription that nobody knows. A connection goes with its last mailbox.

use base::Timestamp;
use graph::GrantKey;
use model::event::{EventKind, NewEvent};
use model::id::{AuditId, ConnectionId, WorkspaceId};
use model::mailbox::{Mailbox, MailboxState};
use serde_json::json;
use store::audit::{self, AuditLine};
use store::connection::{Connection, ConnectionState, GOOGLE_CONTACTS};
use store::{Statement, StoreError, Transaction, calendar, calendar_feed, connection, due, grant, ledger, mailbox, subscription};

use crate::failure::Failure;
use crate::state::State;

/// How often a grant that is renewed meanwhile is read again.
const TRIES: u32 = 3;

/// Ends the mirroring of a mailbox, in the name of `actor`.
///
/// # Errors
/// When the database does not answer.
pub async fn mailbox(state: &State, mailbox: &Mailbox, actor: &str) -> Result<(), Failure> {
    let key = GrantKey::new(mailbox.connection.to_string());
    end_subscription(state, mailbox, &key).await?;
    let mut tries = 1;
    loop {
        match leave(state, mailbox, actor).await {
            Err(StoreError::Refused { .. } | StoreError::Conflict(_)) if tries < TRIES => tries += 1,
            outcome => break outcome?,
        }
    }
    state.microsoft.forget(&key);
    Ok(())
}

/// Ends the connection of an account's calendars or contacts, in the name of `actor`; what was mirrored of calendars goes, contacts stay
/// until their address book is taken away.
///
/// # Errors
/// When the database does not answer.
pub async fn connection(state: &State, ended: &Connection, actor: &str) -> Result<(), Failure> {
    let now = state.clock.now();
    let action = if ended.is_of_contacts() { "contacts.disconnect" } else { "calendar.disconnect" };
    if ended.provider == GOOGLE_CONTACTS {
        end_at_google(state, ended.id).await?;
    }
    let line = audit_line(ended.workspace, actor, action, ended.id.to_string(), now);
    let mut statements = end_connection(state, ended.id, now).await?;
    statements.extend(calendar::remove_all(ended.id));
    statements.push(audit::append(&line));
    state.db.commit(Transaction::new("connect.leave").with_all(statements).durable()).await?;
    state.microsoft.forget(&GrantKey::new(ended.id.to_string()));
    Ok(())
}

/// Has Google forget the permission. If it does not answer, it is ended here alone: the token is destroyed.
async fn end_at_google(state: &State, id: ConnectionId) -> Result<(), StoreError> {
    let sealed = grant::find(&state.db, id).await?.and_then(|kept| kept.refresh_token_sealed);
    let (Some(google), Some(sealed)) = (&state.google, sealed) else { return Ok(()) };
    let Ok(token) = state.vault.open_text(&format!("oauth_grant/{id}/refresh_token"), &sealed) else { return Ok(()) };
    if let Err(error) = google.revoke(&token).await {
        tracing::warn!(error = %error, connection.id = %id, "A permission could not be ended at Google; its token is destroyed");
    }
    Ok(())
}

async fn end_subscription(state: &State, mailbox: &Mailbox, key: &GrantKey) -> Result<(), Failure> {
    let Some(kept) = subscription::find(&state.db, mailbox.id).await? else { return Ok(()) };
    if let Err(error) = graph::subscription::delete(&state.microsoft, key, &kept.graph_id).await {
        tracing::warn!(error = %error, mailbox.id = %mailbox.id, "A subscription could not be ended; it lapses by itself");
    }
    Ok(())
}

async fn leave(state: &State, mailbox: &Mailbox, actor: &str) -> Result<(), StoreError> {
    let now = state.clock.now();
    let others = mailbox::of_connection(&state.db, mailbox.connection).await?;
    let last = !others.iter().any(|other| other.id != mailbox.id && other.state != MailboxState::Disconnected);
    let line = audit_line(mailbox.workspace, actor, "mailbox.disconnect", mailbox.id.to_string(), now);
    let mut statements =
        vec![mailbox::set_state(mailbox.id, MailboxState::Disconnected, None, now), subscription::remove(mailbox.id), audit::append(&line)];
    if last {
        statements.extend(end_connection(state, mailbox.connection, now).await?);
    }
    let event = NewEvent {
        kind: EventKind::MailboxStopped,
        subject: mailbox.id.number(),
        backfill: false,
        data: json!({ "reason": "disconnected" }),
    };
    statements.extend(due::decide(mailbox.workspace, now));
    statements.extend(ledger::append(mailbox.workspace, mailbox.id, now, &[event]));
    state.db.commit(Transaction::new("connect.leave").with_all(statements).durable()).await?;
    Ok(())
}

async fn end_connection(state: &State, id: ConnectionId, now: Timestamp) -> Result<Vec<Statement>, StoreError> {
    let mut statements = vec![connection::set_state(id, ConnectionState::Disconnected, None, now), calendar_feed::revoke_all(id, now)];
    if let Some(kept) = grant::find(&state.db, id).await? {
        statements.push(grant::clear(id, kept.generation).expect_rows(1, "the grant is still the one that was read"));
    }
    Ok(statements)
}

fn audit_line(workspace: WorkspaceId, actor: &str, action: &str, object: String, at: Timestamp) -> AuditLine {
    let (actor, action, outcome) = (actor.to_owned(), action.to_owned(), "done".to_owned());
    AuditLine { id: AuditId::new(at), at, workspace, actor, action, object, outcome, detail: json!({}) }
}
