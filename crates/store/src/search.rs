//! Full-text search: an index of what messages say, kept by a consumer of the ledger, in the same database.
//!
//! What a word is, is decided here and not by an engine, so that both find the same: see `words`. The mailbox and the
//! workspace are terms of the index, and an id sorts by the time of receipt, so the newest hits come first without the
//! rest being looked at. SQLite: FTS5 without a copy of the text. PostgreSQL: a tsvector under a GIN index.

mod words;

use model::id::{MailboxId, MessageId, WorkspaceId};

use crate::db::Db;
use crate::error::StoreError;
use crate::statement::{Sql, Statement};
use crate::value::Value;

use words::Wanted;

/// What the index takes of a message.
#[derive(Clone, Debug, Default)]
pub struct Document<'a> {
    /// Its subject.
    pub subject: &'a str,
    /// Names and addresses of everyone on it.
    pub people: &'a str,
    /// Its text, without markup.
    pub body: &'a str,
}

/// Where to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In one mailbox.
    Mailbox(MailboxId),
    /// In all mailboxes of a workspace.
    Workspace(WorkspaceId),
}

impl Scope {
    fn term(self) -> String {
        match self {
            Scope::Mailbox(mailbox) => format!("_m{}", mailbox.number()),
            Scope::Workspace(workspace) => format!("_w{}", workspace.number()),
        }
    }
}

/// Text of a body beyond this many bytes is not looked at: what people search for stands before it.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// Puts a message into the index, instead of what the index had of it.
pub fn put(message: MessageId, mailbox: MailboxId, workspace: WorkspaceId, document: &Document<'_>) -> Statement {
    const SQL: Sql = Sql::each(
        "INSERT OR REPLACE INTO message_search (rowid, terms) VALUES ($1, $2)",
        "INSERT INTO message_search (message_id, terms) VALUES ($1, array_to_tsvector(string_to_array(CAST($2 AS TEXT), ' ')))
            ON CONFLICT (message_id) DO UPDATE SET terms = excluded.terms",
    );
    let mut terms = format!("{} {}", Scope::Mailbox(mailbox).term(), Scope::Workspace(workspace).term());
    words::append(&mut terms, &[document.subject, document.people, cut(document.body)]);
    Statement::new(SQL, [message.into(), terms.into()])
}

fn cut(body: &str) -> &str {
    &body[..body.floor_char_boundary(BODY_BYTES_MAX)]
}

/// Takes a message out of the index.
pub fn remove(message: MessageId) -> Statement {
    const SQL: Sql = Sql::each("DELETE FROM message_search WHERE rowid = $1", "DELETE FROM message_search WHERE message_id = $1");
    Statement::new(SQL, [message.into()])
}

/// Messages that hold every word of `wanted` (the last one, from three letters on, may be the beginning of a word), older than `before`, newest
/// first. No message for a text without words.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, scope: Scope, wanted: &str, before: Option<MessageId>, limit: u32) -> Result<Vec<MessageId>, StoreError> {
    const SQL: Sql = Sql::each(
        "SELECT rowid FROM message_search WHERE message_search MATCH $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3",
        "SELECT message_id FROM message_search WHERE terms @@ CAST(CAST($1 AS TEXT) AS TSQUERY) AND message_id < $2
            ORDER BY message_id DESC LIMIT $3",
    );
    let Some(words) = Wanted::read(wanted) else { return Ok(Vec::new()) };
    let query = if db.engine_name() == "sqlite" { words.for_sqlite(&scope.term()) } else { words.for_postgres(&scope.term()) };
    let before = Value::Int(before.map_or(i64::MAX, MessageId::number));
    let rows = db.query(SQL, [query.into(), before, limit.into()]).await?;
    rows.into_iter().map(|mut row| row.read()).collect()
}
