//! The door of Graph: from a request with a valid token to an HTTP answer.
//!
//! Everything happens under the world's lock and at once, except what has to call outside (the validation of
//! a subscription's addresses) and batches, whose parts come in through the front door again.

use bytes::Bytes;
use http::{Method, Response};

use super::call::{Call, Owner};
use super::mail_path::{self, MailTarget, MessagePart};
use super::options::Options;
use super::path::{self, GraphPath, Segment, no_segment};
use super::prefer::Preferences;
use super::reply::{Reply, stamp};
use super::{
    answering, attachments, batch, calendar, contacts, drafts, folder_delta, folder_writes, folders, mail_tips, mailbox_settings,
    message_delta, messages, rules, sending, subscriptions, uploads, users,
};
use crate::{Caller, Refusal, Request, Simulator};

/// Answers a request whose token is good and that no limit or fault stopped.
pub async fn answer(simulator: &Simulator, request: &Request, caller: &Caller) -> Response<Bytes> {
    let prefer = Preferences::read(&request.headers);
    let result = match path::read(&request.path) {
        None => Err(no_segment(request.path.trim_matches('/'))),
        Some(path) => reply(simulator, request, caller, path, prefer.clone()).await,
    };
    let mut world = simulator.world();
    let now = world.now();
    let request_id = world.ids.guid();
    match result {
        Ok(reply) => reply.into_response(request, &prefer, &request_id, now),
        Err(refusal) => {
            let mut response = refusal.answer(request, &request_id, now);
            stamp(response.headers_mut(), request, &request_id, now);
            response
        }
    }
}

async fn reply(
    simulator: &Simulator,
    request: &Request,
    caller: &Caller,
    path: GraphPath,
    mut prefer: Preferences,
) -> Result<Reply, Refusal> {
    let first = path.segments.first().cloned().ok_or_else(|| no_segment(""))?;
    if first.is("$batch") {
        return batch::answer(simulator, request, caller, &path).await;
    }
    if first.is("subscriptions") && request.method == Method::POST && first.key.is_none() && path.segments.len() == 1 {
        return subscriptions::create(simulator, request, caller, &path, &prefer).await;
    }
    if let Some(id) = patched_subscription(request, &path) {
        return subscriptions::change(simulator, request, caller, &path, &id).await;
    }
    let mut world = simulator.world();
    crate::submissions::settle(&mut world);
    let options = Options::read(request, &world.config.graph)?;
    prefer.unsafe_html |= !world.config.graph.html_is_sanitised;
    let mut call = Call { world: &mut world, request, caller, path, options, prefer };
    dispatch(&mut call, &first)
}

/// The id in `PATCH /subscriptions/{id}`.
fn patched_subscription(request: &Request, path: &GraphPath) -> Option<String> {
    match path.segments.as_slice() {
        [first] if request.method == Method::PATCH && first.is("subscriptions") => first.key.clone(),
        [first, id] if request.method == Method::PATCH && first.is("subscriptions") => Some(id.name.clone()),
        _ => None,
    }
}

fn dispatch(call: &mut Call<'_>, first: &Segment) -> Result<Reply, Refusal> {
    let rest = call.path.segments[1..].to_vec();
    match () {
        () if first.is("me") => of_owner(call, &Owner::Me, &rest),
        () if first.is("users") => match (&first.key, rest.first()) {
            (Some(key), _) => of_owner(call, &Owner::User(key.clone()), &rest),
            (None, None) => reading(call).and_then(|()| users::list(call)),
            (None, Some(next)) if next.is("$count") => reading(call).and_then(|()| users::count(call)),
            (None, Some(next)) if next.is("delta") => Err(no_segment(&next.name)),
            (None, Some(next)) => of_owner(call, &Owner::User(named(next)), &rest[1..]),
        },
        () if first.is("subscriptions") => subscriptions::answer(call, first, &rest),
        () => Err(no_segment(&first.name)),
    }
}

/// A user's name as a whole segment: brackets may be part of it.
fn named(segment: &Segment) -> String {
    match &segment.key {
        Some(key) => format!("{}({key})", segment.name),
        None => segment.name.clone(),
    }
}

fn of_owner(call: &mut Call<'_>, owner: &Owner, rest: &[Segment]) -> Result<Reply, Refusal> {
    if rest.is_empty() {
        reading(call)?;
        return users::get(call, owner);
    }
    if calendar::path::is_calendar(&rest[0]) {
        let answered = calendar::answer(call, owner, rest);
        subscriptions::collect(call.world);
        return answered;
    }
    if contacts::is_contacts(&rest[0]) {
        let answered = contacts::answer(call, owner, rest);
        subscriptions::collect(call.world);
        return answered;
    }
    let target = mail_path::read(rest)?;
    if call.request.method != Method::GET {
        let written = write(call, owner, &target);
        subscriptions::collect(call.world);
        return written;
    }
    match target {
        MailTarget::Folders { parent } => folders::list(call, owner, parent.as_deref()),
        MailTarget::FolderCount { parent } => folders::count(call, owner, parent.as_deref()),
        MailTarget::FolderDelta => folder_delta::answer(call, owner),
        MailTarget::Folder(id) => folders::get(call, owner, &id),
        MailTarget::FolderAction { .. } | MailTarget::SendMail | MailTarget::MailTips => Err(wrong_verb()),
        MailTarget::Settings { part } => mailbox_settings::get(call, owner, part),
        MailTarget::Rules { folder } => rules::list(call, owner, &folder),
        MailTarget::Rule { folder, id } => rules::get(call, owner, &folder, &id),
        MailTarget::Messages { folder } => messages::list(call, owner, folder.as_deref()),
        MailTarget::MessageCount { folder } => messages::count(call, owner, folder.as_deref()),
        MailTarget::MessageDelta { folder } => message_delta::answer(call, owner, folder.as_deref()),
        MailTarget::Message { folder, id, part } => of_message(call, owner, folder.as_deref(), &id, &part),
    }
}

fn of_message(call: &Call<'_>, owner: &Owner, folder: Option<&str>, id: &str, part: &MessagePart) -> Result<Reply, Refusal> {
    match part {
        MessagePart::Itself => messages::get(call, owner, folder, id),
        MessagePart::Mime => messages::mime(call, owner, folder, id),
        MessagePart::Attachments => attachments::list(call, owner, folder, id),
        MessagePart::Attachment(attachment) => attachments::get(call, owner, folder, id, attachment),
        MessagePart::AttachmentContent(attachment) => attachments::content(call, owner, folder, id, attachment),
        MessagePart::Action(_) | MessagePart::UploadSession => Err(wrong_verb()),
    }
}

fn write(call: &mut Call<'_>, owner: &Owner, target: &MailTarget) -> Result<Reply, Refusal> {
    let method = call.request.method.clone();
    match target {
        MailTarget::SendMail if method == Method::POST => sending::send_mail(call, owner),
        MailTarget::MailTips if method == Method::POST => mail_tips::get(call, owner),
        MailTarget::Settings { part: None } if method == Method::PATCH => mailbox_settings::change(call, owner),
        MailTarget::Rules { folder } if method == Method::POST => rules::create(call, owner, folder),
        MailTarget::Rule { folder, id } if method == Method::PATCH => rules::change(call, owner, folder, id),
        MailTarget::Rule { folder, id } if method == Method::DELETE => rules::delete(call, owner, folder, id),
        MailTarget::Messages { folder } if method == Method::POST => drafts::create(call, owner, folder.as_deref()),
        MailTarget::Folders { parent } if method == Method::POST => folder_writes::create(call, owner, parent.as_deref()),
        MailTarget::Folder(id) if method == Method::PATCH => folder_writes::rename(call, owner, id),
        MailTarget::Folder(id) if method == Method::DELETE => folder_writes::delete(call, owner, id),
        MailTarget::FolderAction { id, action } if method == Method::POST => match *action {
            "permanentDelete" => folder_writes::purge(call, owner, id),
            _ => folder_writes::relocate(call, owner, id, action),
        },
        MailTarget::Message { id, part, .. } => match (&method, part) {
            (&Method::PATCH, MessagePart::Itself) => drafts::change(call, owner, id),
            (&Method::DELETE, MessagePart::Itself) => drafts::delete(call, owner, id),
            (&Method::POST, MessagePart::Attachments) => drafts::attach(call, owner, id),
            (&Method::DELETE, MessagePart::Attachment(attachment)) => drafts::detach(call, owner, id, attachment),
            (&Method::POST, MessagePart::UploadSession) => uploads::open(call, owner, id),
            (&Method::POST, MessagePart::Action(action)) => act(call, owner, id, action),
            _ => Err(wrong_verb()),
        },
        _ => Err(wrong_verb()),
    }
}

fn act(call: &mut Call<'_>, owner: &Owner, id: &str, action: &str) -> Result<Reply, Refusal> {
    if let Some((kind, is_draft)) = answering::read_action(action) {
        return if is_draft { answering::create(call, owner, id, kind) } else { answering::send(call, owner, id, kind) };
    }
    match action {
        "send" => sending::send(call, owner, id),
        "permanentDelete" => drafts::purge(call, owner, id),
        _ => drafts::relocate(call, owner, id, action),
    }
}

fn reading(call: &Call<'_>) -> Result<(), Refusal> {
    if call.request.method == Method::GET { Ok(()) } else { Err(wrong_verb()) }
}

/// (reference: Graph, section 1.3)
pub fn wrong_verb() -> Refusal {
    Refusal::new(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
}
