//! Drafts: made from JSON or MIME, changed, moved, deleted; their small attachments (reference: Graph, sections 3.3, 3.6, 3.7, 3.8).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::call::{Call, Owner, encode_key};
use super::messages::{not_found, refusal};
use super::prefer::Preferences;
use super::reply::Reply;
use super::select::Selection;
use super::{access, authoring};
use crate::Refusal;
use crate::mail::{self, compose};
use crate::mailbox::{Attachment, AttachmentContent, Flag, IdForm, Importance, Inference, ItemNumber, Mailbox};
use crate::world::World;

/// What of a message only a draft lets one change (reference 3.3).
const OF_DRAFTS: [&str; 11] = [
    "subject",
    "body",
    "toRecipients",
    "ccRecipients",
    "bccRecipients",
    "replyTo",
    "sender",
    "from",
    "internetMessageId",
    "isDeliveryReceiptRequested",
    "isReadReceiptRequested",
];
/// Properties that nobody writes (reference 3.1).
const READ_ONLY: [&str; 12] = [
    "id",
    "changeKey",
    "createdDateTime",
    "lastModifiedDateTime",
    "receivedDateTime",
    "hasAttachments",
    "bodyPreview",
    "parentFolderId",
    "conversationId",
    "conversationIndex",
    "isDraft",
    "webLink",
];

/// `POST …/messages`: a draft.
///
/// # Errors
/// 400 for JSON or MIME that is no message and for headers that are not the sender's to set, 413 beyond 4 MB, 403 without permission.
pub fn create(call: &mut Call<'_>, owner: &Owner, folder: Option<&str>) -> Result<Reply, Refusal> {
    let user = access::open_to_write(call.world, call.caller, owner)?.id.clone();
    let folder = folder.map(|id| super::messages::folder_number(&call.world.mailboxes[&user], id)).transpose()?;
    let authored = authoring::read(call, &user)?;
    let now = call.world.now();
    let options = authored.options(now);
    let mailbox = mailbox(call.world, &user)?;
    let folder = folder.unwrap_or_else(|| mailbox.drafts());
    let item = mailbox.deliver(folder, authored.mail, options, now).map_err(refusal)?;
    shown(call, owner, &user, item, 201)
}

/// The JSON of a request, within what a request may have.
pub(super) fn body(call: &Call<'_>) -> Result<Value, Refusal> {
    check_length(call)?;
    call.request.json().ok_or_else(|| Refusal::new(400, "RequestBodyRead", "The request body is not valid JSON."))
}

/// What a request may bring at once (reference 1.5).
///
/// # Errors
/// 413 `RequestEntityTooLarge`.
pub(super) fn check_length(call: &Call<'_>) -> Result<(), Refusal> {
    if call.request.body.len() > call.config().request_bytes_max {
        return Err(Refusal::new(413, "RequestEntityTooLarge", "The maximum request length supported is 4MB."));
    }
    Ok(())
}

/// `PATCH …/messages/{id}`
///
/// # Errors
/// 404, 412 `ErrorIrresolvableConflict` for a stale `If-Match`, 400 for what cannot be changed.
pub fn change(call: &mut Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let (user, item) = found(call, owner, id)?;
    let Value::Object(mut wanted) = body(call)? else { return Err(bad("a message is a JSON object")) };
    let now = call.world.now();
    let writable = call.config().sent_mail_is_writable;
    check_version(call, &user, item)?;
    let mailbox = call.world.mailboxes.get_mut(&user).ok_or_else(not_found)?;
    let message = mailbox.message(item).ok_or_else(not_found)?;
    if let Some(name) = READ_ONLY.iter().find(|name| wanted.contains_key(**name)) {
        return Err(Refusal::new(400, "ErrorInvalidPropertySet", format!("Property '{name}' is read-only and cannot be set.")));
    }
    if let Some(name) = OF_DRAFTS.iter().find(|name| wanted.contains_key(**name) && !message.is_draft && !writable) {
        return Err(Refusal::new(400, "ErrorInvalidPropertySet", format!("Property '{name}' can be changed on drafts only.")));
    }
    authoring::check_flag(wanted.get("flag"))?;
    let importance = word(&mut wanted, "importance", Importance::read)?;
    let inference = word(&mut wanted, "inferenceClassification", Inference::read)?;
    let extended =
        wanted.contains_key("singleValueExtendedProperties").then(|| authoring::extended(&Value::Object(wanted.clone()))).transpose()?;
    wanted.remove("singleValueExtendedProperties");
    if !wanted.is_empty() && wanted.keys().any(|name| OF_DRAFTS.contains(&name.as_str())) {
        let kept = |name: &str| !OF_DRAFTS.contains(&name);
        let of_draft: Map<String, Value> =
            wanted.iter().filter(|(name, _)| !kept(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
        wanted.retain(|name, _| kept(name));
        rewrite(mailbox, item, of_draft, now)?;
    }
    if let Some(importance) = importance {
        mailbox.set_importance(item, importance, now).map_err(refusal)?;
    }
    if let Some(inference) = inference {
        mailbox.set_inference(item, inference, now).map_err(refusal)?;
    }
    if let Some(extended) = extended {
        mailbox.set_extended(item, &extended, now).map_err(refusal)?;
    }
    if let Some(is_read) = wanted.remove("isRead").and_then(|value| value.as_bool()) {
        mailbox.set_read(item, is_read, now).map_err(refusal)?;
    }
    if let Some(flag) = wanted.remove("flag") {
        let flag = flag.as_object().and_then(Flag::from_json);
        mailbox.set_flag(item, flag, now).map_err(refusal)?;
    }
    if let Some(names) = wanted.remove("categories") {
        let names: Vec<String> = names.as_array().into_iter().flatten().filter_map(|name| Some(name.as_str()?.to_owned())).collect();
        mailbox.set_categories(item, &names, now).map_err(refusal)?;
    }
    shown(call, owner, &user, item, 200)
}

/// Takes a property out of what is wanted whose value is one of a few words.
fn word<T>(wanted: &mut Map<String, Value>, name: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Refusal> {
    let Some(value) = wanted.remove(name) else { return Ok(None) };
    let text = value.as_str().unwrap_or_default();
    match read(text) {
        Some(value) => Ok(Some(value)),
        None => Err(authoring::no_such_word(text, name)),
    }
}

fn rewrite(mailbox: &mut Mailbox, item: ItemNumber, wanted: Map<String, Value>, now: jiff::Timestamp) -> Result<(), Refusal> {
    let message = mailbox.message(item).ok_or_else(not_found)?;
    let mut json = compose::of_message(message);
    for (name, value) in &wanted {
        json[name] = value.clone();
    }
    let raw = compose::draft(&json, u64::from(item.0), now).map_err(|error| bad(error.0))?;
    let parsed = mail::parse(raw.clone()).map_err(|error| bad(&error.to_string()))?;
    let taken = ["subject", "body", "toRecipients", "ccRecipients", "bccRecipients", "replyTo", "from"];
    let is_new =
        |name: &str| if name == "bodyPreview" { wanted.contains_key("body") } else { taken.contains(&name) && wanted.contains_key(name) };
    let mut properties: Map<String, Value> = parsed.properties.into_iter().filter(|(name, _)| is_new(name)).collect();
    // What the composed text does not show is kept as it was given.
    for name in ["sender", "internetMessageId", "isDeliveryReceiptRequested", "isReadReceiptRequested"] {
        properties.extend(wanted.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    mailbox.set_properties(item, properties, raw, now).map_err(refusal)
}

fn check_version(call: &Call<'_>, user: &str, item: ItemNumber) -> Result<(), Refusal> {
    let asked = call.request.header("if-match").trim_start_matches("W/").trim_matches('"').to_owned();
    let Some(mailbox) = call.world.mailboxes.get(user) else { return Err(not_found()) };
    let Some(message) = mailbox.message(item) else { return Err(not_found()) };
    if asked.is_empty() || asked == "*" || asked == mailbox.key().change_key(message.change) {
        return Ok(());
    }
    let text = "The send or update operation could not be performed because the change key passed in the request does not match the \
                current change key for the item.";
    Err(Refusal::new(412, "ErrorIrresolvableConflict", text))
}

/// `DELETE …/messages/{id}`: into Deleted Items.
///
/// # Errors
/// 404.
pub fn delete(call: &mut Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let (user, item) = found(call, owner, id)?;
    let now = call.world.now();
    mailbox(call.world, &user)?.soft_delete(item, now).map_err(refusal)?;
    Ok(Reply::empty(204))
}

/// `POST …/permanentDelete`
///
/// # Errors
/// 404.
pub fn purge(call: &mut Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let (user, item) = found(call, owner, id)?;
    let now = call.world.now();
    mailbox(call.world, &user)?.purge(item, now).map_err(refusal)?;
    Ok(Reply::empty(204))
}

/// `POST …/move` and `…/copy`
///
/// # Errors
/// 404 for the message or the folder.
pub fn relocate(call: &mut Call<'_>, owner: &Owner, id: &str, action: &str) -> Result<Reply, Refusal> {
    let (user, item) = found(call, owner, id)?;
    let wanted = body(call)?;
    let now = call.world.now();
    let mailbox = mailbox(call.world, &user)?;
    let folder = super::messages::folder_number(mailbox, wanted["destinationId"].as_str().unwrap_or_default())?;
    let item = match action {
        "move" => mailbox.move_message(item, folder, now).map(|()| item),
        _ => mailbox.copy_message(item, folder, now),
    };
    let item = item.map_err(refusal)?;
    shown(call, owner, &user, item, 201)
}

/// `POST …/attachments`: one small file.
///
/// # Errors
/// 400 on what is no draft or grows too large, 413 for a body beyond 4 MB.
pub fn attach(call: &mut Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let (user, item) = found(call, owner, id)?;
    let wanted = body(call)?;
    only_drafts(mailbox(call.world, &user)?, item)?;
    let message = call.world.mailboxes[&user].message(item).ok_or_else(not_found)?;
    let encoded = wanted["contentBytes"].as_str().map_or(0, |text| text.len() as u64);
    super::sending::check_size(call.config(), super::sending::encoded_bytes(message) + encoded)?;
    let content = STANDARD.decode(wanted["contentBytes"].as_str().unwrap_or_default()).map_err(|_| bad("contentBytes is no base64"))?;
    let text = |name: &str| wanted[name].as_str().map(Into::into);
    let attachment = Attachment {
        number: 0,
        name: text("name").unwrap_or_else(|| "attachment".into()),
        content_type: text("contentType").unwrap_or_else(|| "application/octet-stream".into()),
        is_inline: wanted["isInline"].as_bool().unwrap_or_default(),
        content_id: text("contentId"),
        content_location: None,
        content: AttachmentContent::File(Bytes::from(content)),
    };
    let now = call.world.now();
    let place = mailbox(call.world, &user)?.attach(item, attachment, now).map_err(refusal)?;
    let writer =
        super::attachments::AttachmentWriter::new(&call.world.mailboxes[&user], call.prefer.ids, call.config().attachment_overhead_bytes);
    let message = call.world.mailboxes[&user].message(item).ok_or_else(not_found)?;
    let mut json = writer.json(message, place);
    json.insert("@odata.context".to_owned(), json!(call.context(&format!("{}/messages/attachments/$entity", call.owner_context(owner)))));
    Ok(Reply::with_status(201, Value::Object(json).to_string()))
}

/// `DELETE …/attachments/{id}`
///
/// # Errors
/// 404 for either.
pub fn detach(call: &mut Call<'_>, owner: &Owner, id: &str, attachment: &str) -> Result<Reply, Refusal> {
    let (user, item) = found(call, owner, id)?;
    let now = call.world.now();
    let mailbox = mailbox(call.world, &user)?;
    let message = mailbox.message(item).ok_or_else(not_found)?;
    let place = super::attachments::index(mailbox, message, attachment)?;
    mailbox.detach(item, place, now).map_err(refusal)?;
    Ok(Reply::empty(204))
}

/// What is handed over or filled must be a draft.
///
/// # Errors
/// 400 `ErrorInvalidRequest`.
pub(super) fn only_drafts(mailbox: &Mailbox, item: ItemNumber) -> Result<(), Refusal> {
    match mailbox.message(item) {
        Some(message) if message.is_draft => Ok(()),
        Some(_) => Err(Refusal::new(400, "ErrorInvalidRequest", "The item is not a draft.")),
        None => Err(not_found()),
    }
}

/// The mailbox's user and the message, for one who may write.
///
/// # Errors
/// 403 or 404.
pub(super) fn found(call: &Call<'_>, owner: &Owner, id: &str) -> Result<(String, ItemNumber), Refusal> {
    let user = access::open_to_write(call.world, call.caller, owner)?.id.clone();
    let item = call.world.mailboxes[&user].find_message(id).map_err(refusal)?;
    Ok((user, item))
}

pub(super) fn mailbox<'a>(world: &'a mut World, user: &str) -> Result<&'a mut Mailbox, Refusal> {
    world.mailboxes.get_mut(user).ok_or_else(not_found)
}

/// The message as an answer.
pub(super) fn shown(call: &Call<'_>, owner: &Owner, user: &str, item: ItemNumber, status: u16) -> Result<Reply, Refusal> {
    let mailbox = call.world.mailboxes.get(user).ok_or_else(not_found)?;
    let message = mailbox.message(item).ok_or_else(not_found)?;
    let selection = Selection::read(None)?;
    let prefer: &Preferences = &call.prefer;
    let mut out = String::new();
    super::message_json::MessageWriter::new(mailbox, &selection, prefer).open(message, super::message_json::Extent::Whole, &mut out);
    out.push('}');
    let context = call.context(&format!("{}/messages/$entity", call.owner_context(owner)));
    let place =
        format!("{}/{}/messages('{}')", call.root(), call.owner_path(owner), encode_key(&mailbox.message_id(message, IdForm::Default)));
    let reply = Reply::with_status(status, format!("{{\"@odata.context\":\"{context}\",{}", &out[1..]));
    Ok(if status == 201 { reply.with_header("Location", place) } else { reply })
}

pub(super) fn bad(text: &str) -> Refusal {
    Refusal::new(400, "ErrorInvalidRequest", text)
}
