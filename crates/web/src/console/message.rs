//! `GET /messages/{id}[?images=remote]`: one message.

use api::access::Level;
use api::view::{Message, Participant};
use axum::extract::{Query, State as Given};
use axum::response::Html;
use base::Timestamp;
use maud::{Markup, html};
use model::id::{Message as MessageNoun, MessageId};
use model::mailbox::Mailbox;
use model::message::{Attachment, BodyKind, MessageBody};
use model::thread::Reason;
use serde::Deserialize;
use store::folder::Folder;
use store::message::Mirrored;
use store::{folder, message as rows};

use crate::console::body::{self, cleaned};
use crate::console::named::Named;
use crate::console::{instruct, mailbox};
use crate::failure::Failure;
use crate::sanitise::RemoteImages;
use crate::state::State;
use crate::view::curl;
use crate::view::format::{counted, long, size};
use crate::view::frame::{self, Part};
use crate::view::message_list::{author, name, subject_seen};
use crate::view::plain_text;
use crate::view::text::shown;
use crate::visitor::Visitor;

/// How to show it.
#[derive(Clone, Copy, Default, Deserialize)]
pub struct Asked {
    images: Option<Images>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Images {
    Remote,
}

impl Asked {
    /// Whether images are fetched from their senders.
    pub fn images(self) -> RemoteImages {
        self.images.map_or(RemoteImages::Blocked, |Images::Remote| RemoteImages::Shown)
    }
}

/// A message with what stands around it.
pub struct Whole {
    /// The message, as much of it as may be seen.
    pub message: Message,
    /// Who sent it in the author's place.
    pub sender: Option<Participant>,
    /// Why it is in its thread.
    pub reason: Option<Reason>,
    /// Its mailbox.
    pub mailbox: Mailbox,
    /// Its folder.
    pub folder: Option<Folder>,
    /// Its body, if it is here and may be seen.
    pub body: Option<MessageBody>,
    /// Its attachments, if they may be seen.
    pub attachments: Vec<Attachment>,
}

/// The page.
pub async fn message(
    Given(state): Given<State>,
    visitor: Visitor,
    Named(id): Named<MessageNoun>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Failure> {
    let whole = find(&state, &visitor, id).await?;
    let message = &whole.message;
    let title = subject_seen(message.subject.as_deref());
    let main = html! {
        div.heading {
            p.crumb {
                a href="/mailboxes" { "Mailboxes" } " / " a href={ "/mailboxes/" (whole.mailbox.id) } { (whole.mailbox.display_name) }
                @if let Some(folder) = &whole.folder {
                    " / " a href={ "/mailboxes/" (whole.mailbox.id) "?folder=" (folder.id) } { (folder.display_name) }
                }
            }
            h1 dir="auto" { (title) }
            @if let Some(thread) = message.thread {
                p.summary { a href={ "/threads/" (thread) "#" (message.id) } { "Show the whole thread" } }
            }
        }
        (instruct::part(&state, &visitor, message).await?)
        article.message { (inside(&whole, asked.images(), state.clock.now())) }
        (curl::read(&state.settings.base_url, &format!("/api/v1/messages/{id}")))
    };
    Ok(Html(frame::signed_in(&title, Part::Mailboxes, &visitor, &main).into_string()))
}

/// A message of which a visitor sees anything, with what stands around it.
pub async fn find(state: &State, by: &Visitor, id: MessageId) -> Result<Whole, Failure> {
    let found = rows::find(&state.db, id).await?.filter(|found| found.message.workspace == by.workspace);
    read(state, by, found.ok_or_else(Failure::not_found)?).await
}

async fn read(state: &State, by: &Visitor, mirrored: Mirrored) -> Result<Whole, Failure> {
    let (sender, reason) = (mirrored.message.recipients.sender.as_ref().map(Participant::of), mirrored.thread_reason);
    let message = Message::of(mirrored, &by.sight).ok_or_else(Failure::not_found)?;
    let mailbox = mailbox::find(state, by, message.mailbox).await?;
    let folder = match message.folder {
        Some(id) => folder::find(&state.db, id).await?,
        None => None,
    };
    let (body, attachments) = match message.shown {
        Level::Everything => (body::find(state, by.workspace, message.id).await?, rows::attachments(&state.db, message.id).await?),
        _ => (None, Vec::new()),
    };
    Ok(Whole { message, sender, reason, mailbox, folder, body, attachments })
}

/// Head, body and attachments of a message.
pub fn inside(whole: &Whole, images: RemoteImages, now: Timestamp) -> Markup {
    let message = &whole.message;
    html! {
        (envelope(message, whole.sender.as_ref().filter(|_| message.shown == Level::Everything), now))
        @if message.shown == Level::Everything {
            (body(message, whole.body.as_ref(), images))
            (attachments(message, &whole.attachments))
            (source(message, whole.body.as_ref()))
        } @else {
            div.empty { p { "The text is not shared with you: this mailbox shows others only "
                @if message.shown == Level::Subject { "subjects, and who wrote to whom and when." } @else { "who wrote to whom and when." } } }
        }
    }
}

fn envelope(message: &Message, sender: Option<&Participant>, _now: Timestamp) -> Markup {
    html! {
        header.envelope {
            div.author {
                strong dir="auto" { (author(message.from.as_ref())) }
                @if let Some(address) = message.from.as_ref().and_then(|from| shown(&from.email).filter(|address| *address != name(from))) {
                    " " span.address { (address) }
                }
                span.at { (long(message.received_at)) }
            }
            dl {
                @for (label, named) in [("To", &message.to), ("Cc", &message.cc), ("Bcc", &message.bcc), ("Reply to", &message.reply_to)] {
                    @if !named.is_empty() { div { dt { (label) } dd dir="auto" { (list(named)) } } }
                }
                @if let Some(sender) = sender { div { dt { "Sent by" } dd { (person(sender)) } } }
                @if message.is_draft { div { dt { "State" } dd { "Draft, not sent" } } }
                @if let Some(categories) = message.categories.as_ref().filter(|categories| !categories.is_empty()) {
                    div { dt { "Categories" } dd { (categories.join(", ")) } }
                }
            }
        }
    }
}

/// Recipients named on a line before the rest is folded away.
const NAMED: usize = 12;

fn list(people: &[Participant]) -> Markup {
    let (first, rest) = people.split_at(people.len().min(NAMED));
    html! {
        (line(first))
        @if !rest.is_empty() {
            details.more { summary { "and " (counted(i64::try_from(rest.len()).unwrap_or(0), "other", "others")) } (line(rest)) }
        }
    }
}

fn line(people: &[Participant]) -> Markup {
    html! { @for (place, participant) in people.iter().enumerate() { @if place > 0 { ", " } (person(participant)) } }
}

fn person(participant: &Participant) -> Markup {
    html! {
        span.person title=[Some(&participant.email).filter(|address| !address.is_empty())] { (name(participant)) }
    }
}

fn body(message: &Message, body: Option<&MessageBody>, images: RemoteImages) -> Markup {
    let Some(body) = body else {
        return html! { div.empty { p { "The text has not come yet. It follows by itself." } } };
    };
    if body.kind == BodyKind::Text {
        return plain_text::folded(&body.content);
    }
    let blocked = cleaned(message.id, body, images).blocked_images();
    let address = match images {
        RemoteImages::Blocked => format!("/messages/{}/body", message.id),
        RemoteImages::Shown => format!("/messages/{}/body?images=remote", message.id),
    };
    html! {
        @if blocked > 0 {
            p.notice {
                (counted(i64::from(blocked), "remote image is", "remote images are")) " not shown: fetching "
                @if blocked == 1 { "it" } @else { "them" } " tells the sender that this was read. "
                a href={ "/messages/" (message.id) "?images=remote" } { "Show remote images" }
            }
        }
        (body::frame_of(&address, "Body of the message"))
    }
}

fn attachments(message: &Message, attachments: &[Attachment]) -> Markup {
    let (inline, files): (Vec<_>, Vec<_>) = attachments.iter().partition(|attachment| attachment.inline);
    html! {
        @if !files.is_empty() || !inline.is_empty() {
            section.attachments aria-label="Attachments" {
                @if !files.is_empty() {
                    h2 { (counted(i64::try_from(files.len()).unwrap_or(0), "attachment", "attachments")) }
                    ul { @for file in &files { (attachment_line(message.id, file)) } }
                }
                @if !inline.is_empty() {
                    details { summary { (counted(i64::try_from(inline.len()).unwrap_or(0), "inline part", "inline parts")) }
                        ul { @for file in &inline { (attachment_line(message.id, file)) } } }
                }
            }
        } @else if message.has_attachments {
            p.hint { "It has attachments, which are being listed." }
        }
    }
}

fn attachment_line(message: MessageId, attachment: &Attachment) -> Markup {
    let id: String = url::form_urlencoded::byte_serialize(attachment.graph_id.as_bytes()).collect();
    let name = shown(&attachment.name).unwrap_or_else(|| "(no name)".to_owned());
    html! {
        li { a href={ "/messages/" (message) "/attachment?id=" (id) } download { (name) } span.faint { (size(attachment.size)) } }
    }
}

fn source(message: &Message, body: Option<&MessageBody>) -> Markup {
    let headers: Vec<(String, String)> =
        body.and_then(|body| body.headers.as_deref()).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    html! {
        footer.source {
            @for (how, words) in [("reply", "Reply"), ("reply_all", "Reply to all"), ("forward", "Forward")] {
                a href={ "/compose?answers=" (message.id) "&how=" (how) } { (words) }
            }
            a href={ "/messages/" (message.id) "/original" } download { "Download the original" }
            @if let Some(link) = message.web_link.as_deref().filter(|link| link.starts_with("https://")) {
                a href=(link) rel="noopener noreferrer" target="_blank" { "Open in Outlook" }
            }
            @if !headers.is_empty() {
                details { summary { "Internet headers" }
                    dl.headers { @for (name, value) in &headers { div { dt { (name) } dd { (value) } } } } }
            }
        }
    }
}
