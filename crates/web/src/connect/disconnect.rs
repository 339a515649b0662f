//! Disconnecting a mailbox: its tokens are destroyed and its subscription ends; what was mirrored stays.
//!
//! Ending the subscription at Microsoft is tried first, because it takes the grant. If that fails it lapses by itself, and
//! what it posts until then is for a subscription that nobody knows. A connection goes with its last mailbox.

use axum::extract::{Path, State as Given};
use axum::response::{IntoResponse, Redirect, Response};
use base::Timestamp;
use graph::GrantKey;
use model::event::{EventKind, NewEvent};
use model::id::{ConnectionId, MailboxId};
use model::mailbox::{Mailbox, MailboxState};
use serde_json::json;
use store::connection::ConnectionState;
use store::{Statement, StoreError, Transaction, audit, connection, due, grant, ledger, mailbox, subscription};

use crate::connect::commit::audit_line;
use crate::failure::Failure;
use crate::session::{Administrator, Form};
use crate::state::State;

/// How often a grant that is renewed meanwhile is read again.
const TRIES: u32 = 3;

/// `POST /mailboxes/{id}/disconnect`.
///
/// # Errors
/// When there is no such mailbox or the database does not answer.
pub async fn disconnect(Given(state): Given<State>, Path(id): Path<MailboxId>, form: Form) -> Result<Response, Failure> {
    let Administrator { workspace, actor, .. } = form.administrator;
    let found = mailbox::find(&state.db, id).await?.filter(|mailbox| mailbox.workspace == workspace);
    let mailbox = found.ok_or_else(Failure::not_found)?;
    let key = GrantKey::new(mailbox.connection.to_string());
    end_subscription(&state, &mailbox, &key).await?;
    let mut tries = 1;
    loop {
        match leave(&state, &mailbox, &actor).await {
            Err(StoreError::Refused { .. } | StoreError::Conflict(_)) if tries < TRIES => tries += 1,
            outcome => break outcome?,
        }
    }
    state.microsoft.forget(&key);
    Ok(Redirect::to(&format!("/mailboxes/{id}")).into_response())
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
    let line = audit_line(mailbox.workspace, actor, "mailbox.disconnect", mailbox.id.to_string(), "done", json!({}), now);
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
    let mut statements = vec![connection::set_state(id, ConnectionState::Disconnected, None, now)];
    if let Some(kept) = grant::find(&state.db, id).await? {
        statements.push(grant::clear(id, kept.generation).expect_rows(1, "the grant is still the one that was read"));
    }
    Ok(statements)
}
