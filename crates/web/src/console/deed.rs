//! What a person does in the console: one transaction of the change and its line in the audit.

use base::Problem;
use http::StatusCode;
use model::id::AuditId;
use serde_json::Value;
use store::audit::{self, AuditLine};
use store::{Statement, StoreError, Transaction};

use crate::failure::Failure;
use crate::state::State;
use crate::visitor::Visitor;

/// How often a change that collides with another is tried.
const TRIES: u32 = 3;

/// Commits `statements`, of which the ledger's are last, with a line in the audit.
///
/// # Errors
/// 409 if what the change rests on does not hold (any more), which is said; otherwise when the database does not answer.
pub async fn perform(
    state: &State,
    by: &Visitor,
    (action, object): (&str, String),
    detail: Value,
    statements: Vec<Statement>,
) -> Result<(), Failure> {
    let at = state.clock.now();
    let line = AuditLine {
        id: AuditId::new(at),
        at,
        workspace: by.workspace,
        actor: by.actor.clone(),
        action: action.to_owned(),
        object,
        outcome: "done".to_owned(),
        detail,
    };
    let mut tries = 1;
    loop {
        let transaction = Transaction::new("console.deed").with(audit::append(&line)).with_all(statements.clone());
        match state.db.commit(transaction).await {
            Err(StoreError::Conflict(_)) if tries < TRIES => tries += 1,
            Err(StoreError::Refused { guard }) => return Err(refused(guard)),
            outcome => return Ok(outcome.map(drop)?),
        }
    }
}

fn refused(guard: &str) -> Failure {
    let problem = Problem::new(
        "does_not_hold",
        "That could not be done.",
        format!("It rests on this, which does not hold: {guard}. Somebody may have been faster. Nothing was changed."),
        "Go back, reload the page, and look at how it is now.",
    );
    Failure::new(StatusCode::CONFLICT, problem)
}

/// A field that cannot be what was entered.
pub fn wrong_field(title: impl Into<String>, detail: impl Into<String>, action: impl Into<String>) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST, Problem::new("wrong_field", title, detail, action))
}
