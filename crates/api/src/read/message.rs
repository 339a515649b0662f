//! Messages, as their asker may see them.
//!
//! A list is read newest first from the narrowest index there is; what the index does not know (unread, author) is looked
//! at in bounded steps. So a page may hold fewer than were asked for, or none, and still lead on.

use base::Timestamp;
use model::id::{FolderId, MailboxId, MessageId, ThreadId, WorkspaceId};
use model::message::BodyKind;
use model::{reply, text};
use store::message::{self, Mirrored};
use store::{Db, StoreError, folder};

use crate::access::{Level, Sight};
use crate::sanitise::{self, RemoteImages};
use crate::view;

/// Rows that are looked at for one page.
const LOOKED_AT_MAX: usize = 2_000;
/// Mailboxes whose lists are put together rather than picked out of the workspace's.
const FEW: usize = 20;
/// Messages of a thread that are looked at.
pub(crate) const THREAD_MAX: u32 = 5_000;

/// Which messages.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Of this mailbox.
    pub mailbox: Option<MailboxId>,
    /// In this folder.
    pub folder: Option<FolderId>,
    /// Of this thread.
    pub thread: Option<ThreadId>,
    /// Read, or not.
    pub is_read: Option<bool>,
    /// Drafts, or none.
    pub is_draft: Option<bool>,
    /// With attachments, or without.
    pub has_attachments: Option<bool>,
    /// By this author.
    pub from: Option<String>,
    /// With this `Message-ID`.
    pub internet_message_id: Option<String>,
    /// Received at that time or later.
    pub after: Option<Timestamp>,
    /// Received before that time.
    pub before: Option<Timestamp>,
}

/// A page of messages, and behind which one the next begins.
#[derive(Debug, Default)]
pub struct Found {
    /// The messages, the newest first.
    pub data: Vec<view::Message>,
    /// The last one that was looked at, if there may be more behind it.
    pub next: Option<MessageId>,
}

/// Where a list is read.
enum Source {
    Folder(FolderId),
    Thread(ThreadId),
    Mailboxes(Vec<MailboxId>),
    Workspace(WorkspaceId),
}

/// Messages older than `before` that are wanted, the newest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(
    db: &Db,
    workspace: WorkspaceId,
    sight: &Sight,
    wanted: &Wanted,
    before: Option<MessageId>,
    limit: u32,
) -> Result<Found, StoreError> {
    let Some(source) = source(db, workspace, sight, wanted).await? else { return Ok(Found::default()) };
    let bound = wanted.before.map(|at| MessageId::least_of(at.plus(std::time::Duration::from_secs(1))));
    let mut position = [before, bound].into_iter().flatten().min();
    let (mut data, mut looked_at, page) = (Vec::new(), 0, limit as usize);
    loop {
        let rows = rows_of(db, &source, position, limit + 1).await?;
        let more = rows.len() > page;
        for row in rows.into_iter().take(page) {
            let (id, received_at) = (row.message.id, row.message.received_at);
            if wanted.after.is_some_and(|after| received_at < after) {
                return Ok(Found { data, next: None });
            }
            looked_at += 1;
            position = Some(id);
            if wanted.hold(&row) {
                data.extend(view::Message::of(row, sight));
            }
            if data.len() == page {
                return Ok(Found { data, next: Some(id) });
            }
        }
        if !more || looked_at >= LOOKED_AT_MAX {
            return Ok(Found { data, next: position.filter(|_| more) });
        }
    }
}

impl Wanted {
    fn hold(&self, row: &Mirrored) -> bool {
        let message = &row.message;
        let author = message.from.as_ref().map_or("", |from| from.address.as_str());
        self.mailbox.is_none_or(|wanted| message.mailbox == wanted)
            && self.folder.is_none_or(|wanted| message.folder == Some(wanted))
            && self.is_read.is_none_or(|wanted| message.read == wanted)
            && self.is_draft.is_none_or(|wanted| message.draft == wanted)
            && self.has_attachments.is_none_or(|wanted| message.has_attachments == wanted)
            && self.from.as_ref().is_none_or(|wanted| author.eq_ignore_ascii_case(wanted))
            && self.internet_message_id.as_ref().is_none_or(|wanted| message.internet_message_id.as_ref() == Some(wanted))
            && self.before.is_none_or(|before| message.received_at < before)
    }
}

/// The narrowest list that holds what is wanted; `None` if there is nothing to be seen.
async fn source(db: &Db, workspace: WorkspaceId, sight: &Sight, wanted: &Wanted) -> Result<Option<Source>, StoreError> {
    if let Some(thread) = wanted.thread {
        return Ok(Some(Source::Thread(thread)));
    }
    if let Some(id) = wanted.folder {
        let found = folder::find(db, id).await?.filter(|folder| sight.level(folder.mailbox) > Level::Nothing);
        return Ok(found.map(|folder| Source::Folder(folder.id)));
    }
    if let Some(mailbox) = wanted.mailbox {
        return Ok((sight.level(mailbox) > Level::Nothing).then(|| Source::Mailboxes(vec![mailbox])));
    }
    let visible = sight.visible();
    Ok(match visible.len() {
        0 => None,
        few if few <= FEW && !sight.is_whole() => Some(Source::Mailboxes(visible)),
        _ => Some(Source::Workspace(workspace)),
    })
}

async fn rows_of(db: &Db, source: &Source, before: Option<MessageId>, limit: u32) -> Result<Vec<Mirrored>, StoreError> {
    match source {
        Source::Folder(folder) => message::in_folder(db, *folder, before, limit).await,
        Source::Workspace(workspace) => message::in_workspace(db, *workspace, before, limit).await,
        Source::Thread(thread) => {
            let mut rows = message::in_thread(db, *thread, THREAD_MAX).await?;
            rows.retain(|row| before.is_none_or(|before| row.message.id < before));
            Ok(newest(rows, limit))
        }
        Source::Mailboxes(mailboxes) => {
            let mut rows = Vec::new();
            for mailbox in mailboxes {
                rows.extend(message::in_mailbox(db, *mailbox, before, limit).await?);
            }
            Ok(newest(rows, limit))
        }
    }
}

fn newest(mut rows: Vec<Mirrored>, limit: u32) -> Vec<Mirrored> {
    rows.sort_by_key(|row| std::cmp::Reverse(row.message.id));
    rows.truncate(limit as usize);
    rows
}

/// One message.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, workspace: WorkspaceId, sight: &Sight, id: MessageId) -> Result<Option<view::Message>, StoreError> {
    let found = message::find(db, id).await?.filter(|found| found.message.workspace == workspace);
    Ok(found.and_then(|found| view::Message::of(found, sight)))
}

/// Those of these messages that may be seen, in the order of the ids.
///
/// # Errors
/// As [`Db::query`].
pub async fn find_many(db: &Db, workspace: WorkspaceId, sight: &Sight, ids: &[MessageId]) -> Result<Vec<view::Message>, StoreError> {
    let found = message::find_many(db, ids).await?.into_iter().filter(|found| found.message.workspace == workspace);
    let mut views: Vec<view::Message> = found.filter_map(|found| view::Message::of(found, sight)).collect();
    views.sort_by_key(|view| ids.iter().position(|id| *id == view.id));
    Ok(views)
}

/// A message of which everything may be seen, as the mirror has it: for its text, its attachments and its original.
///
/// # Errors
/// As [`Db::query`].
pub async fn find_whole(db: &Db, workspace: WorkspaceId, sight: &Sight, id: MessageId) -> Result<Option<Mirrored>, StoreError> {
    let found = message::find(db, id).await?.filter(|found| found.message.workspace == workspace);
    Ok(found.filter(|found| view::Message::level(found, sight) == Level::Everything))
}

/// The text of a message, if it is here and everything of the message may be seen.
///
/// # Errors
/// As [`Db::query`].
pub async fn body(db: &Db, workspace: WorkspaceId, sight: &Sight, id: MessageId) -> Result<Option<view::Body>, StoreError> {
    if find_whole(db, workspace, sight, id).await?.is_none() {
        return Ok(None);
    }
    let Some(body) = message::body(db, id).await? else { return Ok(None) };
    let cleaned =
        (body.kind == BodyKind::Html).then(|| sanitise::html(&body.content, RemoteImages::Blocked, &format!("/messages/{id}/inline?cid=")));
    let text = text::of_body(body.kind, &body.content).into_owned();
    let headers: Vec<(String, String)> = body.headers.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    Ok(Some(view::Body {
        message: id,
        kind: body.kind.name(),
        new_text: reply::new_text(&text),
        parts: view::Part::all(&text),
        text,
        blocked_images: cleaned.as_ref().map_or(0, |cleaned| cleaned.blocked_images),
        html: cleaned.map(|cleaned| cleaned.html),
        headers: headers.into_iter().map(|(name, value)| view::HeaderLine { name, value }).collect(),
    }))
}

/// The attachments of a message, if everything of it may be seen.
///
/// # Errors
/// As [`Db::query`].
pub async fn attachments(
    db: &Db,
    workspace: WorkspaceId,
    sight: &Sight,
    id: MessageId,
) -> Result<Option<Vec<view::Attachment>>, StoreError> {
    if find_whole(db, workspace, sight, id).await?.is_none() {
        return Ok(None);
    }
    Ok(Some(message::attachments(db, id).await?.into_iter().map(view::Attachment::of).collect()))
}
