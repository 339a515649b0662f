//! `POST …/send` and `…/sendMail`: a draft, or a mail that never was one, is handed over (reference: Graph, sections 3.4 and 3.9).

use serde_json::{Value, json};

use super::access;
use super::authoring::{self, Authored};
use super::call::{Call, Owner};
use super::config::GraphConfig;
use super::drafts::{self, bad, body, only_drafts};
use super::messages::{not_found, refusal};
use super::reply::Reply;
use crate::Refusal;
use crate::mailbox::{Message, Property};
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
    check(call.config(), message)?;
    let from = message.document.value(Property::From);
    let parties = parties(call.world, call.caller.user.as_deref(), &user, &from)?;
    submissions::submit(call.world, &user, item, parties);
    Ok(Reply::empty(202))
}

/// `POST …/sendMail`: a mail is written and handed over at once; MIME is always kept in Sent Items.
///
/// # Errors
/// As for making a draft and as [`send`].
pub fn send_mail(call: &mut Call<'_>, owner: &Owner) -> Result<Reply, Refusal> {
    let user = access::open_to_send(call.world, call.caller, owner)?.id.clone();
    if authoring::is_mime(call) {
        let authored = authoring::read(call, &user)?;
        return hand_over(call, &user, authored, true);
    }
    let Value::Object(parameters) = body(call)? else { return Err(bad("The parameters are a JSON object.")) };
    let get = |name: &str| parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let message = get("message").filter(|message| message.is_object()).cloned();
    let message = message.ok_or_else(|| Refusal::new(400, "ErrorInvalidRequest", "The parameter Message is missing."))?;
    // Microsoft's page (user-sendmail) shows the switch as a text too.
    let kept = get("saveToSentItems").is_none_or(|value| !(*value == json!(false) || *value == json!("false")));
    let authored = authoring::from_json(call, &user, message)?;
    hand_over(call, &user, authored, kept)
}

/// Hands over a mail that was never a draft.
///
/// # Errors
/// As [`send`].
pub fn hand_over(call: &mut Call<'_>, user: &str, authored: Authored, kept: bool) -> Result<Reply, Refusal> {
    let now = call.world.now();
    let options = authored.options(now);
    let message = drafts::mailbox(call.world, user)?.write_aside(authored.mail, options, now);
    check(call.config(), &message)?;
    let from = message.document.value(Property::From);
    let parties = parties(call.world, call.caller.user.as_deref(), user, &from)?;
    submissions::submit_aside(call.world, user, message, parties, kept);
    Ok(Reply::empty(202))
}

/// Whether a message can be handed over at all.
fn check(config: &GraphConfig, message: &Message) -> Result<(), Refusal> {
    let recipients = submissions::recipients(message);
    let refuse = |text: String| Err(Refusal::new(400, "ErrorInvalidRecipients", format!("At least one recipient isn't valid., {text}")));
    if recipients.is_empty() {
        return refuse("A message can't be sent because it contains no recipients.".to_owned());
    }
    let resolves = |address: &&String| address.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty());
    if let Some(unknown) = recipients.iter().find(|address| !resolves(address)) {
        return refuse(format!(
            "Recipient '{unknown}' is not resolved. All recipients must be resolved before a message can be submitted."
        ));
    }
    check_size(config, encoded_bytes(message))
}

/// About how large a message is on its way: its text, and its files in base64.
pub fn encoded_bytes(message: &Message) -> u64 {
    let files: u64 = message.attachments.iter().map(|file| file.bytes().len() as u64 * 4 / 3).sum();
    files + message.document.json(Property::Body).map_or(0, |body| body.len() as u64)
}

/// (reference 3.7: 35 MB by default, a setting of the tenant)
///
/// # Errors
/// 400 `ErrorMessageSizeExceeded`.
pub fn check_size(config: &GraphConfig, bytes: u64) -> Result<(), Refusal> {
    if bytes > config.message_bytes_max() {
        return Err(Refusal::new(400, "ErrorMessageSizeExceeded", "The message exceeds the maximum supported size."));
    }
    Ok(())
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
