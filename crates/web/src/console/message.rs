//! `GET /messages/{id}[?images=remote]`: one message.

use axum::extract::{Query, State as Given};
use axum::response::Html;
use base::Timestamp;
use maud::{Markup, html};
use model::id::{Message as MessageNoun, MessageId, WorkspaceId};
use model::mailbox::Mailbox;
use model::message::{Attachment, BodyKind, Message, MessageBody, Participant};
use serde::Deserialize;
use store::folder::Folder;
use store::message::Mirrored;
use store::{folder, message as rows};

use crate::console::body::cleaned;
use crate::console::mailbox;
use crate::console::named::Named;
use crate::failure::Failure;
use crate::sanitise::RemoteImages;
use crate::session::Administrator;
use crate::state::State;
use crate::view::curl;
use crate::view::format::{counted, long, size};
use crate::view::frame::{self, Part};
use crate::view::message_list::{author, name, subject};
use crate::view::plain_text;
use crate::view::text::shown;

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
    /// The message and what the mirror knows of it.
    pub mirrored: Mirrored,
    /// Its mailbox.
    pub mailbox: Mailbox,
    /// Its folder.
    pub folder: Option<Folder>,
    /// Its body, if it is here.
    pub body: Option<MessageBody>,
    /// Its attachments.
    pub attachments: Vec<Attachment>,
}

/// The page.
pub async fn message(
    Given(state): Given<State>,
    administrator: Administrator,
    Named(id): Named<MessageNoun>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Failure> {
    let whole = read(&state, find(&state, administrator.workspace, id).await?).await?;
    let message = &whole.mirrored.message;
    let main = html! {
        div.heading {
            p.crumb {
                a href="/mailboxes" { "Mailboxes" } " / " a href={ "/mailboxes/" (whole.mailbox.id) } { (whole.mailbox.display_name) }
                @if let Some(folder) = &whole.folder {
                    " / " a href={ "/mailboxes/" (whole.mailbox.id) "?folder=" (folder.id) } { (folder.display_name) }
                }
            }
            h1 dir="auto" { (subject(&message.subject)) }
            @if let Some(thread) = whole.mirrored.thread {
                p.summary { a href={ "/threads/" (thread) "#" (message.id) } { "Show the whole thread" } }
            }
        }
        article.message { (inside(&whole, asked.images(), state.clock.now())) }
        (curl::read(&state.settings.base_url, &format!("/api/v1/messages/{id}")))
    };
    Ok(Html(frame::signed_in(&subject(&message.subject), Part::Mailboxes, &administrator.csrf, &main).into_string()))
}

/// A message of a workspace that has not been deleted.
pub async fn find(state: &State, workspace: WorkspaceId, id: MessageId) -> Result<Mirrored, Failure> {
    let found = rows::find(&state.db, id).await?;
    let ours = found.filter(|found| found.message.workspace == workspace && found.deleted_at.is_none());
    ours.ok_or_else(Failure::not_found)
}

/// Reads what stands around a message.
pub async fn read(state: &State, mirrored: Mirrored) -> Result<Whole, Failure> {
    let message = &mirrored.message;
    let mailbox = mailbox::find(state, message.workspace, message.mailbox).await?;
    let folder = match message.folder {
        Some(id) => folder::find(&state.db, id).await?,
        None => None,
    };
    let body = rows::body(&state.db, message.id).await?;
    let attachments = rows::attachments(&state.db, message.id).await?;
    Ok(Whole { mailbox, folder, body, attachments, mirrored })
}

/// Head, body and attachments of a message.
pub fn inside(whole: &Whole, images: RemoteImages, now: Timestamp) -> Markup {
    let message = &whole.mirrored.message;
    html! {
        (envelope(message, now))
        (body(message, whole.body.as_ref(), images))
        (attachments(message, &whole.attachments))
        (source(message, whole.body.as_ref()))
    }
}

fn envelope(message: &Message, _now: Timestamp) -> Markup {
    let people = &message.recipients;
    html! {
        header.envelope {
            div.author {
                strong dir="auto" { (author(message.from.as_ref())) }
                @if let Some(address) = message.from.as_ref().and_then(|from| shown(&from.name).and_then(|_| shown(&from.address))) {
                    " " span.address { (address) }
                }
                span.at { (long(message.received_at)) }
            }
            dl {
                @for (label, named) in [("To", &people.to), ("Cc", &people.cc), ("Bcc", &people.bcc), ("Reply to", &people.reply_to)] {
                    @if !named.is_empty() { div { dt { (label) } dd dir="auto" { (list(named)) } } }
                }
                @if let Some(sender) = &people.sender { div { dt { "Sent by" } dd { (person(sender)) } } }
                @if message.draft { div { dt { "State" } dd { "Draft, not sent" } } }
                @if !message.categories.is_empty() { div { dt { "Categories" } dd { (message.categories.join(", ")) } } }
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
        span.person title=[Some(&participant.address).filter(|address| !address.is_empty())] { (name(participant)) }
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
        iframe.body src=(address) title="Body of the message" loading="lazy"
            sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox" {}
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
