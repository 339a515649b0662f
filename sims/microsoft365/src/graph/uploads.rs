//! Upload sessions for attachments of 3 MB and more (reference: Graph, section 3.7).

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};
use jiff::SignedDuration;
use serde_json::json;

use super::call::{Call, Owner};
use super::drafts::{bad, body, found, only_drafts};
use super::reply::Reply;
use crate::mailbox::{Attachment, AttachmentContent, IdForm};
use crate::uploads::Upload;
use crate::world::World;
use crate::{Refusal, Request};

/// Files below this size are refused.
const SIZE_MIN: u64 = 3_000_000;
/// The largest range.
const RANGE_MAX: usize = 4 * 1024 * 1024;
/// How long a session stays open.
const OPEN: SignedDuration = SignedDuration::from_hours(24);

/// `POST …/attachments/createUploadSession`
///
/// # Errors
/// 400 for a small file or too large a one, 403 for a delegated token in another's mailbox, 404.
pub fn open(call: &mut Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let (user, item) = found(call, owner, id)?;
    if call.caller.user.as_ref().is_some_and(|own| *own != user) {
        return Err(super::access::denied());
    }
    let wanted = body(call)?;
    let file = &wanted["AttachmentItem"];
    let size = file["size"].as_u64().ok_or_else(|| bad("an AttachmentItem has a size"))?;
    if size < SIZE_MIN {
        let text = "The attachment size should not be less than the minimum size.";
        return Err(Refusal::new(400, "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize", text));
    }
    super::sending::check_size(call.config(), size * 4 / 3)?;
    let mailbox = &call.world.mailboxes[&user];
    only_drafts(mailbox, item)?;
    let message = mailbox.message(item).ok_or_else(super::messages::not_found)?;
    let message = mailbox.message_id(message, IdForm::Immutable);
    let expires = call.world.now().checked_add(OPEN).unwrap_or(call.world.now());
    let text = |name: &str| file[name].as_str().map(str::to_owned);
    let upload = Upload {
        user: user.clone(),
        app: call.caller.app_id.clone(),
        message,
        name: text("name").unwrap_or_default(),
        content_type: text("contentType").unwrap_or_else(|| "application/octet-stream".to_owned()),
        is_inline: file["isInline"].as_bool().unwrap_or_default(),
        content_id: text("contentId"),
        size,
        bytes: Vec::new(),
        expires,
    };
    let token = call.world.ids.token(24);
    let url = format!("{}/api/v2.0/Users('{user}')/AttachmentSessions('{token}')?authtoken={token}", call.request.origin);
    call.world.uploads.insert(token, upload);
    let context = call.context("microsoft.graph.uploadSession");
    let answer = json!({
        "@odata.context": context, "uploadUrl": url, "expirationDateTime": expires.to_string(), "nextExpectedRanges": ["0-"],
    });
    Ok(Reply::with_status(201, answer.to_string()))
}

/// The upload that an address leads to.
pub fn token_of(request: &Request) -> Option<&str> {
    request
        .path
        .split("AttachmentSessions('")
        .nth(1)
        .or_else(|| request.path.split("AttachmentSessions(%27").nth(1))?
        .split(['\'', '%'])
        .next()
}

/// `PUT` of a range, or `DELETE` of the session: without a token, for the address is one.
pub fn answer(world: &mut World, request: &Request) -> Response<Bytes> {
    let refuse = |status, code: &str, text: &str| {
        let body = json!({"error": {"code": code, "message": text}}).to_string();
        response(status, Bytes::from(body))
    };
    let now = world.now();
    let token = token_of(request).unwrap_or_default().to_owned();
    let Some(upload) = world.uploads.get_mut(&token).filter(|upload| upload.expires > now) else {
        return refuse(404, "ErrorItemNotFound", "The upload session was not found.");
    };
    if request.method == Method::DELETE {
        world.uploads.remove(&token);
        return response(204, Bytes::new());
    }
    let Some((first, last, size)) = range(request.header("content-range")) else {
        return refuse(400, "invalidRequest", "Content-Range is missing or malformed.");
    };
    let expected = upload.bytes.len() as u64;
    let whole = last.checked_sub(first).map(|length| length + 1) == Some(request.body.len() as u64);
    if first != expected || size != upload.size || !whole || request.body.len() > RANGE_MAX || last >= size {
        return refuse(416, "invalidRange", "The range does not follow the one before.");
    }
    upload.bytes.extend_from_slice(&request.body);
    let next = upload.bytes.len() as u64;
    if next < size {
        let body = json!({"ExpirationDateTime": upload.expires.to_string(), "NextExpectedRanges": [next.to_string()]});
        return response(200, Bytes::from(body.to_string()));
    }
    match world.uploads.remove(&token) {
        Some(upload) => complete(world, upload, request),
        None => refuse(404, "ErrorItemNotFound", "The upload session was not found."),
    }
}

fn complete(world: &mut World, upload: Upload, request: &Request) -> Response<Bytes> {
    let now = world.now();
    let Some(mailbox) = world.mailboxes.get_mut(&upload.user) else { return response(404, Bytes::new()) };
    let Ok(item) = mailbox.find_message(&upload.message) else { return response(404, Bytes::new()) };
    let attachment = Attachment {
        number: 0,
        name: upload.name.into(),
        content_type: upload.content_type.into(),
        is_inline: upload.is_inline,
        content_id: upload.content_id.map(Into::into),
        content_location: None,
        content: AttachmentContent::File(Bytes::from(upload.bytes)),
    };
    let Ok(place) = mailbox.attach(item, attachment, now) else { return response(404, Bytes::new()) };
    let number = mailbox.message(item).map_or(place, |message| message.attachments[place].number);
    let id = mailbox.key().attachment_id(&upload.message, item, number);
    let location = format!("{}/api/v2.0/Users('{}')/Messages('{}')/Attachments('{id}')", request.origin, upload.user, upload.message);
    super::subscriptions::collect(world);
    let mut answer = response(201, Bytes::new());
    if let Ok(location) = HeaderValue::from_str(&location) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    answer
}

fn range(text: &str) -> Option<(u64, u64, u64)> {
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()?, size.parse().ok()?))
}

fn response(status: u16, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
