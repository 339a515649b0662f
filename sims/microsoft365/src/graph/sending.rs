//! `POST …/send`: a draft is handed over (reference: Graph, sections 3.4 and 3.9).

use serde_json::{Value, json};

use super::access;
use super::call::{Call, Owner};
use super::drafts::{bad, only_drafts};
use super::messages::{not_found, refusal};
use super::reply::Reply;
use crate::Refusal;
use crate::mailbox::Property;
use crate::submissions;
use crate::world::World;

/// Hands a draft over: 202, and everything else happens later.
///
/// # Errors
/// 400 for what is no draft, has no recipient or is too large; 403 `ErrorSendAsDenied`; 404.
pub fn send(call: &mut Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let user = access::open_to_send(call.world, call.caller, owner)?.id.clone();
    let mailbox = call.world.mailboxes.get(&user).ok_or_else(not_found)?;
    let item = mailbox.find_message(id).map_err(refusal)?;
    only_drafts(mailbox, item)?;
    if call.world.submissions.holds(&user, item) {
        return Err(bad("The item is being sent already."));
    }
    let message = mailbox.message(item).ok_or_else(not_found)?;
    let recipients = submissions::recipients(message);
    if recipients.is_empty() {
        let text = "At least one recipient isn't valid., A message can't be sent because it contains no recipients.";
        return Err(Refusal::new(400, "ErrorInvalidRecipients", text));
    }
    let files: u64 = message.attachments.iter().map(|file| file.bytes().len() as u64 * 4 / 3).sum();
    let text = message.document.json(Property::Body).map_or(0, |body| body.len() as u64);
    if files + text > call.world.config.graph.message_bytes_max {
        return Err(Refusal::new(400, "ErrorMessageSizeExceeded", "The message exceeds the maximum supported size."));
    }
    let from = message.document.value(Property::From);
    let parties = parties(call.world, call.caller.user.as_deref(), &user, &from)?;
    submissions::submit(call.world, &user, item, parties);
    Ok(Reply::empty(202))
}

/// Who it is from and who has sent it, by the rights that were given (reference 3.9).
fn parties(world: &World, caller: Option<&str>, owner: &str, from: &Value) -> Result<(Value, Value), Refusal> {
    let denied = || {
        let text = "The user account which was used to submit this request does not have the right to send mail on behalf of the \
                    specified sending account., Cannot submit message.";
        Refusal::new(403, "ErrorSendAsDenied", text)
    };
    let acting = caller.unwrap_or(owner);
    let address = from["emailAddress"]["address"].as_str().unwrap_or_default();
    let principal = if address.is_empty() { world.directory.user(owner) } else { world.directory.user(address) };
    let principal = principal.ok_or_else(denied)?;
    let party = |id: &str| {
        let user = world.directory.user(id);
        user.map(
            |user| json!({"emailAddress": {"name": user.display_name, "address": user.mail.as_ref().unwrap_or(&user.user_principal_name)}}),
        )
    };
    let own = principal.id == acting;
    let may_as = principal.send_as.iter().any(|one| one == acting || one == owner) || (caller.is_none() && principal.id == owner);
    let may_for = principal.send_on_behalf.iter().any(|one| one == acting || one == owner);
    let from = party(&principal.id).ok_or_else(denied)?;
    match () {
        () if own || may_as => Ok((from.clone(), from)),
        () if may_for => Ok((from, party(acting).ok_or_else(denied)?)),
        () => Err(denied()),
    }
}
