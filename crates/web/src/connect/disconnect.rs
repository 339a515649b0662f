//! `POST /mailboxes/{id}/disconnect`: the console's button for what the API does too.

use axum::extract::{Path, State as Given};
use axum::response::{IntoResponse, Redirect, Response};
use model::id::MailboxId;
use store::mailbox;

use crate::failure::Failure;
use crate::state::State;
use crate::visitor::VisitorForm;

/// Disconnects a mailbox: for administrators and its own person.
///
/// # Errors
/// When there is no such mailbox or the database does not answer.
pub async fn disconnect(Given(state): Given<State>, Path(id): Path<MailboxId>, form: VisitorForm) -> Result<Response, Failure> {
    let by = form.by;
    let found = mailbox::find(&state.db, id).await?.filter(|mailbox| mailbox.workspace == by.workspace);
    let found = found.ok_or_else(Failure::not_found)?;
    by.must_keep(id)?;
    api::disconnect::mailbox(&state.api, &found, &by.actor).await?;
    Ok(Redirect::to(&format!("/mailboxes/{id}")).into_response())
}
