//! A mailbox that somebody may arrange, the way to it, and what is told of each change.

use graph::{Access, GrantKey, GraphError, Lane, User};
use http::StatusCode;
use model::id::{AuditId, MailboxId};
use model::mailbox::{Mailbox, MailboxState};
use serde_json::{Value, json};
use store::audit::{self, AuditLine};
use store::connection::ConnectionKind;
use store::{Statement, Transaction, connection, grant, mailbox};

use super::Permission;
use crate::access::{Asker, Level, Scope, Sight};
use crate::failure::Failure;
use crate::state::State;

/// A mailbox that its asker may arrange.
#[derive(Debug)]
pub struct Opened {
    /// The mailbox.
    pub mailbox: Mailbox,
    /// The way to it: a person waits.
    pub access: Access,
    kind: ConnectionKind,
    needs: Permission,
}

/// A mailbox that the asker sees whole, and that can be called.
///
/// # Errors
/// 404 for a mailbox that is not there for them, 403 if they see less of it, 409 if it is disconnected.
pub async fn seen_whole(state: &State, asker: &Asker, id: MailboxId) -> Result<Mailbox, Failure> {
    let found = mailbox::find(&state.db, id).await?.filter(|found| found.workspace == asker.workspace).ok_or_else(Failure::not_found)?;
    match Sight::over(std::slice::from_ref(&found), asker).level(id) {
        Level::Nothing => return Err(Failure::not_found()),
        Level::Metadata | Level::Subject => {
            let detail = "Its visibility keeps text from others, and Microsoft's answers hold text.";
            return Err(Failure::forbidden("mailbox_not_seen_whole", detail, "Ask the mailbox's own person or an administrator."));
        }
        Level::Everything => {}
    }
    if found.state == MailboxState::Disconnected {
        let action = "Connect it again.";
        return Err(Failure::conflict("mailbox_disconnected", "The mailbox is disconnected.", "There is no grant to ask with.", action));
    }
    Ok(found)
}

/// A mailbox to look at how it is arranged.
///
/// # Errors
/// 403 without the scope, as [`seen_whole`], and 403 if Microsoft has not permitted it.
pub async fn to_read(state: &State, asker: &Asker, id: MailboxId, needs: Permission) -> Result<Opened, Failure> {
    asker.may(Scope::Read)?;
    open(state, seen_whole(state, asker, id).await?, needs).await
}

/// A mailbox to change how it is arranged: one that the asker may have messages changed in.
///
/// # Errors
/// As [`to_read`]; 403 for another person's mailbox.
pub async fn to_change(state: &State, asker: &Asker, id: MailboxId, needs: Permission) -> Result<Opened, Failure> {
    asker.may(Scope::MailWrite)?;
    let found = seen_whole(state, asker, id).await?;
    if !asker.may_send_as(&found, Level::Everything) {
        let detail = "It is another person's mailbox.";
        return Err(Failure::forbidden("not_your_mailbox", detail, "Arrange your own or a shared mailbox, or use an API key."));
    }
    open(state, found, needs).await
}

async fn open(state: &State, mailbox: Mailbox, needs: Permission) -> Result<Opened, Failure> {
    let kind = connection::find(&state.db, mailbox.connection).await?.map_or(ConnectionKind::Delegated, |connection| connection.kind);
    if kind == ConnectionKind::Delegated {
        let granted = grant::find(&state.db, mailbox.connection).await?;
        if !granted.is_some_and(|grant| needs.is_in(&grant)) {
            return Err(needs.missing(kind));
        }
    }
    let access = Access {
        grant: GrantKey::new(mailbox.connection.to_string()),
        user: User::Id(mailbox.graph_user_id.clone()),
        lane: Lane::Interactive,
    };
    Ok(Opened { mailbox, access, kind, needs })
}

impl Opened {
    /// Why Microsoft did not do what was asked.
    pub(super) fn refused(&self, error: GraphError) -> Failure {
        if error.status() == Some(StatusCode::FORBIDDEN) && error.code().is_some_and(|code| code.eq_ignore_ascii_case("ErrorAccessDenied"))
        {
            return self.needs.missing(self.kind).of_request(error.request_id());
        }
        refusal(error)
    }

    /// Writes into the audit what was done or refused, together with what follows from it here.
    pub(super) async fn tell<T>(
        &self,
        state: &State,
        asker: &Asker,
        (action, object): (&str, String),
        mut detail: Value,
        outcome: &Result<T, GraphError>,
        statements: impl IntoIterator<Item = Statement>,
    ) -> Result<(), Failure> {
        if let Err(error) = outcome {
            detail["code"] = json!(error.code());
            detail["request_id"] = json!(error.request_id());
        }
        let now = state.clock.now();
        let line = AuditLine {
            id: AuditId::new(now),
            at: now,
            workspace: asker.workspace,
            actor: asker.actor(),
            action: action.to_owned(),
            object,
            outcome: if outcome.is_ok() { "done" } else { "refused" }.to_owned(),
            detail,
        };
        state.db.commit(Transaction::new("api.arrange").with(audit::append(&line)).with_all(statements)).await?;
        Ok(())
    }
}

/// Why Microsoft did not do what somebody waits for, where it is not a permission that is missing.
pub(crate) fn refusal(error: GraphError) -> Failure {
    let status = match error.status().map(|status| status.as_u16()) {
        // What Microsoft cannot do with a field is the asker's to mend.
        Some(400 | 422) => Some(StatusCode::UNPROCESSABLE_ENTITY),
        Some(403 | 404 | 409) => error.status(),
        _ => None,
    };
    let recourse = error.recourse();
    let mut failure = Failure::from(error);
    failure.status = status.unwrap_or(failure.status);
    match recourse {
        base::Recourse::RetryAfter(_) => failure.problem.action = "Ask again in a moment.".to_owned(),
        base::Recourse::Verify => failure.problem.action = "Look whether it was done, and ask again if it was not.".to_owned(),
        _ => {}
    }
    failure
}
