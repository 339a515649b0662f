//! Full-text search: an index of what messages say, kept by a consumer of the ledger, and the answers to a query.
//!
//! What a word is, is decided in [`model::words`] and not by an engine, so that both find the same. Each word of a
//! message is a term of the index, and again behind the mark of its part if that is the subject or somebody on it; the
//! mailbox and the workspace are terms too. An id sorts by the time of receipt, so the newest hits come first without
//! the rest being looked at. SQLite: FTS5 without a copy of the text. PostgreSQL: a tsvector under a GIN index.
//!
//! A word never matches text that the asker may not read: what is looked into depends on the mailbox's [`Level`]. What
//! an index without places of words cannot prove (phrases) is verified on the text, what changes often (folder, unread,
//! flags) on the row, and customers by the filing of the thread; each on a bounded number of messages, after which the
//! page says that it is not complete and where to go on.

mod ask;
mod candidate;
mod cursor;
mod demand;
mod document;
mod expression;
mod line;
mod lookup;
mod plan;
mod proof;
mod rank;
mod scope;
mod stream;
mod walk;
mod window;

use base::Timestamp;
use model::id::{MailboxId, MessageId, ThreadId, WorkspaceId};
use model::query::Query;

use crate::statement::{Sql, Statement};

pub use ask::search;
pub use cursor::{Cursor, NotACursor};
pub use document::{BODY_CHARACTERS_MAX, Document};
pub use scope::{Level, Scope, Seen};

use line::Line;

/// How many of the newest matches are ranked.
pub const RANKED_MAX: usize = 10_000;

/// A question.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What the asker may see.
    pub scope: &'a Scope,
    /// What is looked for.
    pub query: &'a Query,
    /// In which order the answer comes.
    pub order: Order,
    /// Where an earlier page ended; of the same query, scope and order.
    pub after: Option<Cursor>,
    /// How many hits make a page.
    pub limit: u32,
    /// The time against which ages such as `7d` count.
    pub now: Timestamp,
}

/// In which order hits come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The newest first.
    #[default]
    Newest,
    /// The best first, of the newest [`RANKED_MAX`] matches: words in the subject and in the author's name count more
    /// than those in the text, rare ones more than frequent ones, new mail more than old.
    Ranked,
}

/// A part of the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// What was found, in order.
    pub hits: Vec<Hit>,
    /// Where to go on; `None` if there is nothing more.
    pub next: Option<Cursor>,
    /// How many messages that the asker may see were looked at for this page.
    pub looked_at: u32,
    /// False if the page is shorter than it could be, because looking further would have taken too long (go on at `next`),
    /// or if more than [`RANKED_MAX`] messages match and only the newest of them were ranked.
    pub complete: bool,
    /// Clauses, as they are typed, whose folder, customer, person or mailbox does not exist within the scope. Nothing is
    /// found while there is one that is not negated.
    pub unknown: Vec<String>,
}

/// One mail that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The message.
    pub message: MessageId,
    /// Its mailbox.
    pub mailbox: MailboxId,
    /// Its thread, once that was decided.
    pub thread: Option<ThreadId>,
    /// Copies of the same mail in other mailboxes that match as well and came up for this page.
    pub copies: Vec<(MessageId, MailboxId)>,
}

/// Puts a message into the index, instead of what the index had of it.
pub fn put(message: MessageId, mailbox: MailboxId, workspace: WorkspaceId, document: &Document<'_>) -> Statement {
    // Only PostgreSQL needs the blocks of time; both texts take the same arguments.
    const SQL: Sql = Sql::each(
        "INSERT OR REPLACE INTO message_search (rowid, terms) SELECT $1, $2 WHERE $3 IS NOT NULL",
        "INSERT INTO message_search (message_id, terms)
            VALUES ($1, array_to_tsvector(string_to_array(CAST($2 AS TEXT) || CAST($3 AS TEXT), ' ')))
            ON CONFLICT (message_id) DO UPDATE SET terms = excluded.terms",
    );
    let mut scopes = format!("{} {}", scope::mailbox_term(mailbox), scope::workspace_term(workspace));
    if document.private {
        scopes.push(' ');
        scopes.push_str(scope::PRIVATE);
    }
    let mut line = Line::new(scopes);
    document.write(&mut line);
    Statement::new(SQL, [message.into(), line.finish().into(), window::terms_of(message).into()])
}

/// Takes a message out of the index.
pub fn remove(message: MessageId) -> Statement {
    const SQL: Sql = Sql::each("DELETE FROM message_search WHERE rowid = $1", "DELETE FROM message_search WHERE message_id = $1");
    Statement::new(SQL, [message.into()])
}
