//! The mailbox that an asker wants to send from or sign for, or why not.

use model::id::MailboxId;
use model::mailbox::{Mailbox, MailboxState};
use store::mailbox;

use crate::access::{Asker, Level, Scope, Sight};
use crate::failure::Failure;
use crate::state::State;

/// The mailbox, if the asker may send from it.
///
/// # Errors
/// 403 without the scope or the right, 404 for a mailbox that is not there for them, 409 for one that is disconnected.
pub async fn may_send_from(state: &State, asker: &Asker, id: MailboxId) -> Result<Mailbox, Failure> {
    asker.may(Scope::Send)?;
    let (found, level) = seen(state, asker, id).await?;
    if !asker.may_send_as(&found, level) {
        let detail = "It is another person's mailbox: mail from it would be in that person's name.";
        return Err(Failure::forbidden("not_your_mailbox", detail, "Send from your own or a shared mailbox, or by an API key."));
    }
    if found.state == MailboxState::Disconnected {
        let action = "Connect it again.";
        return Err(Failure::conflict("mailbox_disconnected", "The mailbox is disconnected.", "There is no grant to send with.", action));
    }
    Ok(found)
}

/// The mailbox, if its signature is the asker's to see or, with that scope, to set: of whoever may send from it, and of
/// administrators.
///
/// # Errors
/// 403 without the scope or the right, 404 for a mailbox that is not there for them.
pub async fn may_sign_for(state: &State, asker: &Asker, id: MailboxId, scope: Scope) -> Result<Mailbox, Failure> {
    asker.may(scope)?;
    let (found, level) = seen(state, asker, id).await?;
    if asker.is_administrator() || asker.may_send_as(&found, level) {
        return Ok(found);
    }
    let detail = "It is another person's mailbox: what stands below its mail is theirs to say.";
    Err(Failure::forbidden("not_your_mailbox", detail, "Ask its person or an administrator."))
}

async fn seen(state: &State, asker: &Asker, id: MailboxId) -> Result<(Mailbox, Level), Failure> {
    let found = mailbox::find(&state.db, id).await?.filter(|found| found.workspace == asker.workspace).ok_or_else(Failure::not_found)?;
    let level = Sight::over(std::slice::from_ref(&found), asker).level(id);
    if level == Level::Nothing { Err(Failure::not_found()) } else { Ok((found, level)) }
}
