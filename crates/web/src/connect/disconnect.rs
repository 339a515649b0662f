//! `POST /mailboxes/{id}/disconnect`: the console's button for what the API does too.

use axum::extract::{Path, State as Given};
use axum::response::{IntoResponse, Redirect, Response};
use model::id::MailboxId;
use store::mailbox;

use crate::failure::Failure;
use crate::session::{Administrator, Form};
use crate::state::State;

/// Disconnects a mailbox.
///
/// # Errors
/// When there is no such mailbox or the database does not answer.
pub async fn disconnect(Given(state): Given<State>, Path(id): Path<MailboxId>, form: Form) -> Result<Response, Failure> {
    let Administrator { workspace, actor, .. } = form.administrator;
    let found = mailbox::find(&state.db, id).await?.filter(|mailbox| mailbox.workspace == workspace);
    api::disconnect::mailbox(&state.api, &found.ok_or_else(Failure::not_found)?, &actor).await?;
    Ok(Redirect::to(&format!("/mailboxes/{id}")).into_response())
}
