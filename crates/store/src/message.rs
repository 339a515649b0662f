//! Messages of the mirror: what a page writes, and what plan, console and consumers read.
//!
//! A message in no known folder is in limbo: it left one folder and was not found in another yet (`left_at` says when).
//! While one folder holds it another may claim it (`claimed_by`). `seen_round` is the time at which the pass of its
//! folder's delta chain began in which it was last listed: after a resynchronisation, what was not listed is gone. A
//! deleted message stays as a tombstone without content, because Microsoft keeps its id should it be restored. An id
//! sorts by the time of receipt, so lists page by id, newest first.

use base::Timestamp;
use model::id::{FolderId, MailboxId, MessageId, ThreadId, ThreadNodeId, WorkspaceId};
use model::message::{Attachment, BodyKind, Flag, Importance, Message, MessageBody, Participant};
use model::nature::Nature;
use model::thread::Reason;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::db::Db;
use crate::dialect::{numbers, texts};
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;
use crate::value::Value;

/// A message with what only the mirror knows of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Mirrored {
    /// The message.
    pub message: Message,
    /// A hash of its body.
    pub body_hash: i64,
    /// When the pass of its folder's delta chain began in which it was last listed.
    pub seen_round: i64,
    /// Since when it has been in no known folder.
    pub left_at: Option<Timestamp>,
    /// The folder that it left then.
    pub left_folder: Option<FolderId>,
    /// The folder that showed it while another held it.
    pub claimed_by: Option<FolderId>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// The thread that it belongs to, once that was decided.
    pub thread: Option<ThreadId>,
    /// The node of its thread that it is in.
    pub node: Option<ThreadNodeId>,
    /// Why it is in that thread.
    pub thread_reason: Option<Reason>,
    /// What copies of the same mail in several mailboxes have in common, once its thread was decided.
    pub copy_key: Option<i64>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, mailbox_id, folder_id, graph_id, change_key, internet_message_id, conversation_id,
                conversation_index, subject, preview, from_name, from_address, recipients, received_at, sent_at, modified_at, is_read,
                is_draft, importance, flag, categories, has_attachments, in_reply_to, reference_ids, is_focused, web_link, body_hash,
                seen_round, left_at, left_folder_id, claimed_by, deleted_at, thread_id, private, nature, node_id, thread_reason, copy_key
                FROM message ",
            $rest
        )
    };
}

/// What goes with a message into the mirror.
#[derive(Clone, Copy, Debug)]
pub struct Listing {
    /// When the pass began in which it was listed.
    pub seen_round: i64,
    /// A hash of its body.
    pub body_hash: i64,
    /// Whether the list of its attachments is to be fetched.
    pub attachments_wanted: bool,
}

/// A message that was not there before.
pub fn insert(message: &Message, listing: Listing) -> Statement {
    const SQL: &str = "INSERT INTO message (id, folder_id, change_key, internet_message_id, conversation_id, conversation_index, subject,
            preview, from_name, from_address, recipients, received_at, sent_at, modified_at, is_read, is_draft, importance, flag,
            categories, has_attachments, in_reply_to, reference_ids, is_focused, web_link, seen_round, body_hash, attachments_wanted,
            workspace_id, mailbox_id, graph_id, private, nature)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,
            $27, $28, $29, $30, $31, $32)";
    let mut args = arguments(message, listing);
    args.extend([message.workspace.into(), message.mailbox.into(), (&message.graph_id).into()]);
    args.extend([message.private.into(), message.nature.name().into()]);
    Statement::new(SQL, args)
}

/// Where a message was when what is written about it was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Was {
    /// In which folder.
    pub folder: Option<FolderId>,
    /// Claimed by which.
    pub claimed_by: Option<FolderId>,
    /// Whether it was deleted.
    pub deleted: bool,
}

/// The name of the guard of whatever is written about a known message: two folders are pulled side by side, and what one
/// has decided must not undo what the other has written since. Decide again on a fresh reading.
pub const WHERE_IT_WAS: &str = "the message is where it was";

/// Everything about a known message but its id, its mailbox and its thread. A message with a folder is in limbo no longer,
/// and deleted no longer. While `claimed_by` claims it, it counts as not listed. Guards its transaction by [`Was`].
pub fn update(message: &Message, listing: Listing, claimed_by: Option<FolderId>, was: Was, at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE message SET folder_id = $2, change_key = $3, internet_message_id = $4, conversation_id = $5,
            conversation_index = $6, subject = $7, preview = $8, from_name = $9, from_address = $10, recipients = $11, received_at = $12,
            sent_at = $13, modified_at = $14, is_read = $15, is_draft = $16, importance = $17, flag = $18, categories = $19,
            has_attachments = $20, in_reply_to = $21, reference_ids = $22, is_focused = $23, web_link = $24,
            seen_round = CASE WHEN CAST($28 AS BIGINT) IS NULL THEN $25 ELSE seen_round END, body_hash = $26,
            attachments_wanted = CASE WHEN CAST($27 AS BIGINT) = 1 THEN 1 ELSE attachments_wanted END, claimed_by = $28,
            claimed_at = CASE WHEN CAST($28 AS BIGINT) IS NULL THEN NULL ELSE COALESCE(claimed_at, $29) END,
            left_at = CASE WHEN CAST($2 AS BIGINT) IS NULL THEN left_at END,
            left_folder_id = CASE WHEN CAST($2 AS BIGINT) IS NULL THEN left_folder_id END, deleted_at = NULL, private = $33, nature = $34
        WHERE id = $1 AND COALESCE(folder_id, 0) = $30 AND COALESCE(claimed_by, 0) = $31
            AND CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END = CAST($32 AS BIGINT)";
    let mut args = arguments(message, listing);
    args.extend([claimed_by.into(), at.into()]);
    args.extend(was.arguments());
    args.extend([message.private.into(), message.nature.name().into()]);
    Statement::new(SQL, args).expect_rows(1, WHERE_IT_WAS)
}

impl Was {
    fn arguments(self) -> [Value; 3] {
        let number = |folder: Option<FolderId>| Value::Int(folder.map_or(0, FolderId::number));
        [number(self.folder), number(self.claimed_by), self.deleted.into()]
    }
}

/// `$1` to `$27` of both statements.
fn arguments(message: &Message, listing: Listing) -> Vec<Value> {
    let mut args = Vec::with_capacity(32);
    args.extend([
        message.id.into(),
        message.folder.into(),
        (&message.change_key).into(),
        message.internet_message_id.as_ref().into(),
        message.conversation_id.as_ref().into(),
        message.conversation_index.as_ref().into(),
        (&message.subject).into(),
        (&message.preview).into(),
        message.from.as_ref().map(|from| &from.name).into(),
        message.from.as_ref().map(|from| &from.address).into(),
        json(&message.recipients),
        message.received_at.into(),
        message.sent_at.into(),
        message.modified_at.into(),
        message.read.into(),
        message.draft.into(),
        message.importance.name().into(),
        message.flag.name().into(),
        json(&message.categories),
        message.has_attachments.into(),
        message.in_reply_to.as_ref().into(),
        json(&message.references),
        message.focused.into(),
        message.web_link.as_ref().into(),
        listing.seen_round.into(),
        listing.body_hash.into(),
        listing.attachments_wanted.into(),
    ]);
    args
}

/// Takes a message out of folder `from`, which nobody else claims: from `at` on it is in limbo. Guards its transaction.
pub fn leave(message: MessageId, from: FolderId, at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE message SET folder_id = NULL, left_at = $3, left_folder_id = $2
        WHERE id = $1 AND folder_id = $2 AND claimed_by IS NULL AND deleted_at IS NULL";
    Statement::new(SQL, [message.into(), from.into(), at.into()]).expect_rows(1, WHERE_IT_WAS)
}

/// Takes all messages out of a folder that is gone: from `at` on they are in limbo.
pub fn leave_all(folder: FolderId, at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE message SET folder_id = NULL, left_at = $2, left_folder_id = $1, claimed_by = NULL, claimed_at = NULL
        WHERE folder_id = $1";
    Statement::new(SQL, [folder.into(), at.into()])
}

/// Takes back the claims of a folder that is gone.
pub fn forget_claims(mailbox: MailboxId, folder: FolderId) -> Statement {
    const SQL: &str = "UPDATE message SET claimed_by = NULL, claimed_at = NULL
        WHERE mailbox_id = $1 AND (left_at IS NOT NULL OR claimed_at IS NOT NULL) AND claimed_by = $2";
    Statement::new(SQL, [mailbox.into(), folder.into()])
}

/// Notes that these messages were listed in pass `seen_round` and are as they were.
pub fn seen(messages: &[MessageId], seen_round: i64) -> Statement {
    const SQL: &str = "UPDATE message SET seen_round = $2 WHERE id IN {numbers $1}";
    Statement::new(SQL, [numbers(messages.iter().map(|id| id.number())).into(), seen_round.into()])
}

/// Deletes a message with its body and attachments; a tombstone without content stays. The index of the search and the
/// threads follow the ledger. Guards its transaction by [`Was`].
pub fn delete(message: MessageId, was: Was, at: Timestamp) -> [Statement; 3] {
    const SQL: &str = "UPDATE message SET deleted_at = $2, folder_id = NULL, left_at = NULL, left_folder_id = NULL, claimed_by = NULL,
            claimed_at = NULL, subject = '', preview = '', from_name = NULL, from_address = NULL, recipients = '{}', reference_ids = '[]',
            categories = '[]', body_hash = 0, attachments_wanted = 0
        WHERE id = $1 AND COALESCE(folder_id, 0) = $3 AND COALESCE(claimed_by, 0) = $4
            AND CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END = CAST($5 AS BIGINT)";
    let mut args = vec![message.into(), at.into()];
    args.extend(was.arguments());
    [
        Statement::new(SQL, args).expect_rows(1, WHERE_IT_WAS),
        Statement::new("DELETE FROM attachment WHERE message_id = $1", [message.into()]),
        Statement::new("DELETE FROM message_body WHERE message_id = $1", [message.into()]),
    ]
}

/// Forgets the tombstones of messages deleted before `until`.
pub fn purge(mailbox: MailboxId, until: Timestamp) -> Statement {
    Statement::new("DELETE FROM message WHERE mailbox_id = $1 AND deleted_at < $2", [mailbox.into(), until.into()])
}

/// The body of a message that has none yet.
pub fn insert_body(message: MessageId, body: MessageBody) -> Statement {
    const SQL: &str = "INSERT INTO message_body (message_id, kind, content, headers) VALUES ($1, $2, $3, $4)";
    Statement::new(SQL, [message.into(), body.kind.name().into(), body.content.into(), body.headers.into()])
}

/// The body of a message, whether or not it had one. Headers that are not given again stay.
pub fn put_body(message: MessageId, body: MessageBody) -> Statement {
    const SQL: &str = "INSERT INTO message_body (message_id, kind, content, headers) VALUES ($1, $2, $3, $4)
        ON CONFLICT (message_id) DO UPDATE SET kind = excluded.kind, content = excluded.content,
            headers = COALESCE(excluded.headers, message_body.headers)";
    Statement::new(SQL, [message.into(), body.kind.name().into(), body.content.into(), body.headers.into()])
}

/// All attachments of a message, instead of those it had.
pub fn put_attachments(message: MessageId, attachments: &[Attachment]) -> Vec<Statement> {
    const SQL: &str = "INSERT INTO attachment (message_id, graph_id, name, content_type, size_bytes, is_inline, content_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let mut statements = Vec::with_capacity(attachments.len() + 1);
    statements.push(Statement::new("DELETE FROM attachment WHERE message_id = $1", [message.into()]));
    statements.extend(attachments.iter().map(|attachment| {
        Statement::new(
            SQL,
            [
                message.into(),
                (&attachment.graph_id).into(),
                (&attachment.name).into(),
                attachment.content_type.as_ref().into(),
                attachment.size.into(),
                attachment.inline.into(),
                attachment.content_id.as_ref().into(),
            ],
        )
    }));
    statements
}

/// One message.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, message: MessageId) -> Result<Option<Mirrored>, StoreError> {
    db.query_first(select!("WHERE id = $1"), [message.into()]).await?.map(message_of).transpose()
}

/// Those of these messages that are there, in any order.
///
/// # Errors
/// As [`Db::query`].
pub async fn find_many(db: &Db, messages: &[MessageId]) -> Result<Vec<Mirrored>, StoreError> {
    list(db, select!("WHERE id IN {numbers $1}"), [numbers(messages.iter().map(|id| id.number())).into()]).await
}

/// Those of a mailbox's messages that Graph calls by these ids, in any order.
///
/// # Errors
/// As [`Db::query`].
pub async fn by_graph_ids<T: AsRef<str>>(db: &Db, mailbox: MailboxId, graph_ids: &[T]) -> Result<Vec<Mirrored>, StoreError> {
    list(db, select!("WHERE mailbox_id = $1 AND graph_id IN {texts $2}"), [mailbox.into(), texts(graph_ids).into()]).await
}

/// Messages of a mailbox older than `before`, newest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn in_mailbox(db: &Db, mailbox: MailboxId, before: Option<MessageId>, limit: u32) -> Result<Vec<Mirrored>, StoreError> {
    list(
        db,
        select!("WHERE mailbox_id = $1 AND id < $2 AND deleted_at IS NULL ORDER BY id DESC LIMIT $3"),
        [mailbox.into(), or_newest(before), limit.into()],
    )
    .await
}

/// Messages of a folder older than `before`, newest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn in_folder(db: &Db, folder: FolderId, before: Option<MessageId>, limit: u32) -> Result<Vec<Mirrored>, StoreError> {
    list(db, select!("WHERE folder_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"), [folder.into(), or_newest(before), limit.into()]).await
}

/// Messages of a workspace older than `before`, newest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn in_workspace(db: &Db, workspace: WorkspaceId, before: Option<MessageId>, limit: u32) -> Result<Vec<Mirrored>, StoreError> {
    list(
        db,
        select!("WHERE workspace_id = $1 AND id < $2 AND deleted_at IS NULL ORDER BY id DESC LIMIT $3"),
        [workspace.into(), or_newest(before), limit.into()],
    )
    .await
}

fn or_newest(before: Option<MessageId>) -> Value {
    Value::Int(before.map_or(i64::MAX, MessageId::number))
}

/// Messages of a thread, oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn in_thread(db: &Db, thread: ThreadId, limit: u32) -> Result<Vec<Mirrored>, StoreError> {
    list(db, select!("WHERE thread_id = $1 ORDER BY received_at, id LIMIT $2"), [thread.into(), limit.into()]).await
}

/// Messages of a thread behind `after` (a message's `received_at` and id), oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn in_thread_after(
    db: &Db,
    thread: ThreadId,
    after: Option<(Timestamp, MessageId)>,
    limit: u32,
) -> Result<Vec<Mirrored>, StoreError> {
    const SQL: &str = select!("WHERE thread_id = $1 AND (received_at, id) > ($2, $3) ORDER BY received_at, id LIMIT $4");
    let (at, id) = after.map_or((i64::MIN, -1), |(at, id)| (at.millis(), id.number()));
    list(db, SQL, [thread.into(), at.into(), id.into(), limit.into()]).await
}

/// Messages of a mailbox that are in limbo, or were claimed before `claimed_until` and still are: the longest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn to_locate(db: &Db, mailbox: MailboxId, claimed_until: Timestamp, limit: u32) -> Result<Vec<Mirrored>, StoreError> {
    const SQL: &str = select!(
        "WHERE mailbox_id = $1 AND (left_at IS NOT NULL OR claimed_at IS NOT NULL) AND (left_at IS NOT NULL OR claimed_at <= $2)
         ORDER BY COALESCE(left_at, claimed_at), id LIMIT $3"
    );
    list(db, SQL, [mailbox.into(), claimed_until.into(), limit.into()]).await
}

/// Whether a mailbox has messages in limbo or claimed.
///
/// # Errors
/// As [`Db::query`].
pub async fn has_unsettled(db: &Db, mailbox: MailboxId) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT id FROM message WHERE mailbox_id = $1 AND (left_at IS NOT NULL OR claimed_at IS NOT NULL) LIMIT 1";
    Ok(db.query_first(SQL, [mailbox.into()]).await?.is_some())
}

/// Messages of a mailbox whose attachments are to be listed, newest first: our id and Graph's.
///
/// # Errors
/// As [`Db::query`].
pub async fn wanting_attachments(db: &Db, mailbox: MailboxId, limit: u32) -> Result<Vec<(MessageId, String)>, StoreError> {
    const SQL: &str = "SELECT id, graph_id FROM message WHERE mailbox_id = $1 AND attachments_wanted = 1 ORDER BY id DESC LIMIT $2";
    let rows = db.query(SQL, [mailbox.into(), limit.into()]).await?;
    rows.into_iter().map(|mut row| Ok((row.read()?, row.read()?))).collect()
}

/// Says that the attachments of a message are listed.
pub fn attachments_listed(message: MessageId) -> Statement {
    Statement::new("UPDATE message SET attachments_wanted = 0 WHERE id = $1", [message.into()])
}

/// Messages of a folder that pass `round` of its chain has not listed, by id after `after`.
///
/// # Errors
/// As [`Db::query`].
pub async fn not_seen(db: &Db, folder: FolderId, round: i64, after: Option<MessageId>, limit: u32) -> Result<Vec<Mirrored>, StoreError> {
    const SQL: &str = select!("WHERE folder_id = $1 AND seen_round < $2 AND id > $3 ORDER BY id LIMIT $4");
    list(db, SQL, [folder.into(), round.into(), or_oldest(after), limit.into()]).await
}

fn or_oldest(after: Option<MessageId>) -> Value {
    Value::Int(after.map_or(-1, MessageId::number))
}

/// Our id and Graph's of a folder's messages, by ours after `after`: for the audit.
///
/// # Errors
/// As [`Db::query`].
pub async fn ids_in_folder(
    db: &Db,
    folder: FolderId,
    after: Option<MessageId>,
    limit: u32,
) -> Result<Vec<(MessageId, String)>, StoreError> {
    const SQL: &str = "SELECT id, graph_id FROM message WHERE folder_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    let rows = db.query(SQL, [folder.into(), or_oldest(after), limit.into()]).await?;
    rows.into_iter().map(|mut row| Ok((row.read()?, row.read()?))).collect()
}

/// The body of a message, if it is here.
///
/// # Errors
/// As [`Db::query`].
pub async fn body(db: &Db, message: MessageId) -> Result<Option<MessageBody>, StoreError> {
    const SQL: &str = "SELECT kind, content, headers FROM message_body WHERE message_id = $1";
    db.query_first(SQL, [message.into()]).await?.as_mut().map(body_of).transpose()
}

/// The bodies of these messages, as far as they are here, in any order.
///
/// # Errors
/// As [`Db::query`].
pub async fn bodies(db: &Db, messages: &[MessageId]) -> Result<Vec<(MessageId, MessageBody)>, StoreError> {
    const SQL: &str = "SELECT message_id, kind, content, headers FROM message_body WHERE message_id IN {numbers $1}";
    let rows = db.query(SQL, [numbers(messages.iter().map(|id| id.number())).into()]).await?;
    rows.into_iter().map(|mut row| Ok((row.read()?, body_of(&mut row)?))).collect()
}

fn body_of(row: &mut Row) -> Result<MessageBody, StoreError> {
    let kind = BodyKind::named(&row.read::<String>()?);
    Ok(MessageBody { kind, content: row.read()?, headers: row.read()? })
}

/// The attachments of a message by Graph's ids.
///
/// # Errors
/// As [`Db::query`].
pub async fn attachments(db: &Db, message: MessageId) -> Result<Vec<Attachment>, StoreError> {
    const SQL: &str =
        "SELECT graph_id, name, content_type, size_bytes, is_inline, content_id FROM attachment WHERE message_id = $1 ORDER BY graph_id";
    let rows = db.query(SQL, [message.into()]).await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Attachment {
                graph_id: row.read()?,
                name: row.read()?,
                content_type: row.read()?,
                size: row.read()?,
                inline: row.read()?,
                content_id: row.read()?,
            })
        })
        .collect()
}

async fn list(db: &Db, sql: &'static str, args: impl Into<Vec<Value>>) -> Result<Vec<Mirrored>, StoreError> {
    db.query(sql, args).await?.into_iter().map(message_of).collect()
}

fn message_of(mut row: Row) -> Result<Mirrored, StoreError> {
    let row = &mut row;
    let mut message = Message {
        id: row.read()?,
        workspace: row.read()?,
        mailbox: row.read()?,
        folder: row.read()?,
        graph_id: row.read()?,
        change_key: row.read()?,
        internet_message_id: row.read()?,
        conversation_id: row.read()?,
        conversation_index: row.read()?,
        subject: row.read()?,
        preview: row.read()?,
        from: participant_of(row.read()?, row.read()?),
        recipients: from_json(row)?,
        received_at: row.read()?,
        sent_at: row.read()?,
        modified_at: row.read()?,
        read: row.read()?,
        draft: row.read()?,
        importance: Importance::named(&row.read::<String>()?),
        flag: Flag::named(&row.read::<String>()?),
        categories: from_json(row)?,
        has_attachments: row.read()?,
        in_reply_to: row.read()?,
        references: from_json(row)?,
        focused: row.read()?,
        web_link: row.read()?,
        private: false,
        nature: Nature::Personal,
    };
    let (body_hash, seen_round) = (row.read()?, row.read()?);
    let (left_at, left_folder, claimed_by, deleted_at) = (row.read()?, row.read()?, row.read()?, row.read()?);
    let thread = row.read()?;
    message.private = row.read()?;
    message.nature = Nature::named(&row.read::<String>()?);
    let (node, thread_reason): (_, Option<String>) = (row.read()?, row.read()?);
    Ok(Mirrored {
        message,
        body_hash,
        seen_round,
        left_at,
        left_folder,
        claimed_by,
        deleted_at,
        thread,
        node,
        thread_reason: thread_reason.map(|name| Reason::named(&name)),
        copy_key: row.read()?,
    })
}

fn participant_of(name: Option<String>, address: Option<String>) -> Option<Participant> {
    name.zip(address).map(|(name, address)| Participant { name, address })
}

fn json<T: Serialize>(value: &T) -> Value {
    Value::from(serde_json::to_string(value).expect("our nouns are JSON"))
}

fn from_json<T: DeserializeOwned>(row: &mut Row) -> Result<T, StoreError> {
    let text: String = row.read()?;
    serde_json::from_str(&text).map_err(|error| StoreError::Broken(format!("a column holds no JSON of its kind: {error}")))
}
