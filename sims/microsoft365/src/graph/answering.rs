//! `createReply`, `createReplyAll`, `createForward` and `reply`, `replyAll`, `forward` (reference: Graph, section 3.5).
//!
//! A `comment` goes above the quoted text as it stands; a body in `message` takes the place of the whole generated one
//! (observed). What else `message` sets lies over what was generated.

use serde_json::{Map, Value, json};

use super::authoring::{self, Authored};
use super::call::{Call, Owner};
use super::drafts::{bad, body, found, mailbox, shown};
use super::messages::{not_found, refusal};
use super::reply::Reply;
use super::{access, sending};
use crate::Refusal;
use crate::mail::{AnswerKind, Author, answer, compose};
use crate::mailbox::ItemNumber;

/// What a client wants the answer to be.
#[derive(Debug, Default)]
struct Wanted {
    comment: Option<String>,
    message: Map<String, Value>,
}

/// Which answer an action means, and whether it only makes a draft.
pub fn read_action(action: &str) -> Option<(AnswerKind, bool)> {
    Some(match action {
        "createReply" => (AnswerKind::Reply, true),
        "createReplyAll" => (AnswerKind::ReplyAll, true),
        "createForward" => (AnswerKind::Forward, true),
        "reply" => (AnswerKind::Reply, false),
        "replyAll" => (AnswerKind::ReplyAll, false),
        "forward" => (AnswerKind::Forward, false),
        _ => return None,
    })
}

/// Makes the answer a draft: 201.
///
/// # Errors
/// 404; 400 for a comment beside a body, a forward to nobody or to two lists; as for making a draft.
pub fn create(call: &mut Call<'_>, owner: &Owner, id: &str, kind: AnswerKind) -> Result<Reply, Refusal> {
    let (user, item) = found(call, owner, id)?;
    let authored = authored(call, &user, item, kind)?;
    let now = call.world.now();
    let options = authored.options(now);
    let mailbox = mailbox(call.world, &user)?;
    let item = mailbox.deliver(mailbox.drafts(), authored.mail, options, now).map_err(refusal)?;
    shown(call, owner, &user, item, 201)
}

/// Sends the answer at once: 202, and it is in Sent Items later.
///
/// # Errors
/// As [`create`] and as for sending.
pub fn send(call: &mut Call<'_>, owner: &Owner, id: &str, kind: AnswerKind) -> Result<Reply, Refusal> {
    let user = access::open_to_send(call.world, call.caller, owner)?.id.clone();
    let item = call.world.mailboxes[&user].find_message(id).map_err(refusal)?;
    let authored = authored(call, &user, item, kind)?;
    sending::hand_over(call, &user, authored, true)
}

fn authored(call: &mut Call<'_>, user: &str, item: ItemNumber, kind: AnswerKind) -> Result<Authored, Refusal> {
    let wanted = if authoring::is_mime(call) { of_mime(call)? } else { Wanted::read(call, kind)? };
    let extended = authoring::checked_extended(&Value::Object(wanted.message.clone()))?;
    let mailbox = call.world.mailboxes.get(user).ok_or_else(not_found)?;
    let original = compose::of_message(mailbox.message(item).ok_or_else(not_found)?);
    let addresses = call.world.directory.user(user).map(crate::directory::User::names).unwrap_or_default();
    let locale = mailbox.settings().locale.clone();
    let author = Author { addresses: &addresses, locale: &locale };
    let number = call.world.ids.next_u64();
    let mut json = answer(&original, kind, author, wanted.comment.as_deref().unwrap_or_default(), number);
    lay_over(&mut json, wanted.message);
    authoring::composed(call.world, user, json, extended)
}

/// What the client has set wins; its own headers and files come on top.
fn lay_over(answer: &mut Value, message: Map<String, Value>) {
    for (name, value) in message {
        match (name.as_str(), answer.get_mut(&name), value) {
            ("internetMessageHeaders" | "attachments", Some(Value::Array(list)), Value::Array(more)) => list.extend(more),
            (_, _, value) => answer[&name] = value,
        }
    }
}

/// MIME instead of parameters: its fields and its text are the answer's.
fn of_mime(call: &Call<'_>) -> Result<Wanted, Refusal> {
    let mail = authoring::from_mime(call)?;
    let given = |value: &Value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty());
    let taken = ["subject", "body", "toRecipients", "ccRecipients", "bccRecipients", "replyTo", "from", "importance"];
    let message = mail.properties.into_iter().filter(|(name, value)| taken.contains(&name.as_str()) && given(value)).collect();
    Ok(Wanted { comment: None, message })
}

impl Wanted {
    /// Names are taken in either case, as an action's parameters are.
    fn read(call: &Call<'_>, kind: AnswerKind) -> Result<Self, Refusal> {
        let parameters = if call.request.body.trim_ascii().is_empty() { json!({}) } else { body(call)? };
        let Value::Object(parameters) = parameters else { return Err(bad("The parameters are a JSON object.")) };
        let get = |name: &str| parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone());
        let message = get("message").filter(|value| !value.is_null()).unwrap_or_else(|| json!({}));
        let Value::Object(mut message) = message else { return Err(bad("A message is a JSON object.")) };
        let comment = get("comment").and_then(|value| value.as_str().map(str::to_owned));
        if comment.is_some() && message.get("body").is_some_and(|body| !body.is_null()) {
            return Err(bad("Comment and the message's body can't be specified together."));
        }
        if kind == AnswerKind::Forward {
            let inside = message.contains_key("toRecipients");
            match get("toRecipients").filter(|list| !list.is_null()) {
                Some(_) if inside => return Err(bad("ToRecipients can't be specified both as a parameter and in the message.")),
                None if !inside => return Err(bad("The toRecipients parameter is required to forward a message.")),
                Some(list) => drop(message.insert("toRecipients".to_owned(), list)),
                None => {}
            }
        }
        Ok(Self { comment, message })
    }
}
