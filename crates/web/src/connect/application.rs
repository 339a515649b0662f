//! Connecting a shared mailbox by the application's own permission: nobody has to consent but an administrator, once.
//!
//! Access is tried before anything is kept of the mailbox: who it is, and whether its inbox can be read, so that a missing
//! permission or a policy that leaves this mailbox out is told at once.

use axum::extract::State as Given;
use axum::response::{IntoResponse, Redirect, Response};
use graph::{Access, GrantKey, Lane, directory, mail};
use model::id::{MailboxId, WorkspaceId};
use store::connect::Permission;
use store::connection::ConnectionKind;

use crate::connect::commit;
use crate::connect::explain;
use crate::failure::Failure;
use crate::session::{Administrator, Form};
use crate::state::State;

/// `POST /connect/shared`: connects the mailbox of the address in the form.
///
/// # Errors
/// Whatever Microsoft or the database says against it, explained.
pub async fn submit(Given(state): Given<State>, form: Form) -> Result<Response, Failure> {
    let Administrator { workspace, actor, .. } = form.administrator;
    match connect_shared(&state, workspace, &actor, form.fields.text("address")).await {
        Ok(mailbox) => Ok(Redirect::to(&format!("/mailboxes/{mailbox}")).into_response()),
        Err(failure) => {
            commit::write_refusal(&state, workspace, &actor, &failure).await?;
            Err(failure)
        }
    }
}

/// Connects a shared mailbox by its address, or joins it again.
///
/// # Errors
/// Whatever Microsoft or the database says against it, explained.
pub async fn connect_shared(state: &State, workspace: WorkspaceId, actor: &str, address: &str) -> Result<MailboxId, Failure> {
    let registration = state.settings.application.as_ref().ok_or_else(explain::no_application)?;
    if !is_address(address) {
        return Err(explain::not_an_address());
    }
    let connection = commit::application(state, workspace, registration).await?;
    let access = Access::new(GrantKey::new(connection.to_string()), address, Lane::Interactive);
    let user = directory::user(&state.microsoft, &access).await?;
    mail::folder::folder(&state.microsoft, &access, "inbox").await?;
    let permission = Permission {
        workspace,
        kind: ConnectionKind::Application,
        tenant_id: registration.tenant.clone(),
        principal_name: user.user_principal_name.clone().unwrap_or_else(|| address.to_owned()),
        display_name: user.display_name.clone().unwrap_or_else(|| address.to_owned()),
        address: user.address().unwrap_or(address).to_owned(),
        graph_user_id: user.id,
        scopes: String::new(),
        actor: actor.to_owned(),
    };
    let joined = commit::join(state, &permission, None).await?;
    state.microsoft.forget(&GrantKey::new(joined.connection.to_string()));
    joined.mailbox.ok_or_else(Failure::not_found)
}

fn is_address(text: &str) -> bool {
    let plain = text.len() <= 320 && !text.chars().any(|letter| letter.is_whitespace() || letter.is_control());
    plain && text.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.') && !domain.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn an_address_has_a_name_and_a_domain() {
        assert!(is_address("support@contoso.example") && is_address("o'neil+x@contoso.example"));
        for wrong in ["", "support", "@contoso.example", "support@contoso", "a b@contoso.example", "a@b@c.example"] {
            assert!(!is_address(wrong), "{wrong}");
        }
    }
}
