//! A write: what an asker does, with its line in the audit, in one transaction.

use model::id::AuditId;
use store::audit::{self, AuditLine};
use store::{Statement, StoreError, Transaction};

use crate::access::Asker;
use crate::failure::Failure;
use crate::state::State;

/// Commits `statements` (which may end with the ledger's) behind a line of the audit: who did `action` to `object`.
///
/// # Errors
/// When the database does not answer, or a guard refuses: see [`refused`].
pub async fn write(
    state: &State,
    asker: &Asker,
    name: &'static str,
    action: &str,
    object: &str,
    detail: serde_json::Value,
    statements: impl IntoIterator<Item = Statement>,
) -> Result<(), StoreError> {
    let now = state.clock.now();
    let line = AuditLine {
        id: AuditId::new(now),
        at: now,
        workspace: asker.workspace,
        actor: asker.actor(),
        action: action.to_owned(),
        object: object.to_owned(),
        outcome: "done".to_owned(),
        detail,
    };
    state.db.commit(Transaction::new(name).with(audit::append(&line)).with_all(statements)).await?;
    Ok(())
}

/// What a guard's refusal means to the asker: `missing` guards say that it is not there (404), any other that something else
/// stands there (409).
pub fn refused(error: StoreError, missing: &[&'static str]) -> Failure {
    match error {
        StoreError::Refused { guard } if missing.contains(&guard) => Failure::not_found(),
        StoreError::Refused { guard } => Failure::conflict(
            "stands_against",
            "It cannot be done as things stand.",
            format!("This does not hold: {guard}."),
            "Read it again and look at what is different.",
        ),
        other => other.into(),
    }
}
