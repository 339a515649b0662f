//! Address books, and where the chains of changes of an account's contact folders stand.

use base::Timestamp;
use model::contact::Origin;
use model::id::{ConnectionId, ContactBookId, ContactFolderId, WorkspaceId};

use crate::cursor::CursorKind;
use crate::db::Db;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;

/// The guard of what is decided on a place in a folder's chain.
const WHERE_I_READ_IT: &str = "the contact folder is where I read it";
/// The guard of what is decided on a look.
pub const SAME_LOOK: &str = "the look is the one I began";

/// An address book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactBook {
    /// Its id.
    pub id: ContactBookId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// Where its contacts come from.
    pub origin: Origin,
    /// What it is called: an account's address, or what a file or a program calls it.
    pub name: String,
    /// The account that it is read from; `None` for files and programs.
    pub connection: Option<ConnectionId>,
    /// How often its folders were, or are being, looked through.
    pub look: i64,
    /// The look for which its folders were listed.
    pub listed_look: i64,
    /// When it was last read to the end.
    pub read_at: Option<Timestamp>,
    /// When it came to be known.
    pub created_at: Timestamp,
}

impl ContactBook {
    /// One that was not known.
    pub fn fresh(workspace: WorkspaceId, origin: Origin, name: &str, connection: Option<ConnectionId>, now: Timestamp) -> Self {
        let (id, name) = (ContactBookId::new(now), name.to_owned());
        ContactBook { id, workspace, origin, name, connection, look: 0, listed_look: 0, read_at: None, created_at: now }
    }
}

/// A folder of contacts, and where its chain of changes stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactFolder {
    /// Its id.
    pub id: ContactFolderId,
    /// In which book.
    pub book: ContactBookId,
    /// Microsoft's id.
    pub graph_id: String,
    /// Its name.
    pub name: String,
    /// What the link leads to.
    pub kind: CursorKind,
    /// The link; `None` at the start.
    pub link: Option<String>,
    /// Grows by one with each save.
    pub version: i64,
    /// Which pass over the whole folder this is, from 1; 0 before the first.
    pub round: i64,
    /// The last look in which it was read to the end.
    pub look: i64,
    /// When what the round began with was complete; `None` while it is being read.
    pub synced_at: Option<Timestamp>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, workspace_id, origin, name, connection_id, look, listed_look, read_at, created_at FROM contact_book ", $rest)
    };
}

/// A book that was not known.
pub fn insert(book: &ContactBook) -> Statement {
    const SQL: &str = "INSERT INTO contact_book (id, workspace_id, origin, name, connection_id, look, listed_look, read_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    Statement::new(
        SQL,
        [
            book.id.into(),
            book.workspace.into(),
            book.origin.name().into(),
            (&book.name).into(),
            book.connection.into(),
            book.look.into(),
            book.listed_look.into(),
            book.read_at.into(),
            book.created_at.into(),
        ],
    )
}

/// Whose account a book is read from by now.
pub fn set_connection(book: ContactBookId, connection: Option<ConnectionId>) -> Statement {
    Statement::new("UPDATE contact_book SET connection_id = $2 WHERE id = $1", [book.into(), connection.into()])
}

/// Begins another look through all folders of a book, whether or not the last one was finished.
pub fn look_again(book: ContactBookId) -> Statement {
    Statement::new("UPDATE contact_book SET look = look + 1 WHERE id = $1", [book.into()])
}

/// The folders were listed for this look. Guards its transaction.
pub fn listed(book: ContactBookId, look: i64) -> Statement {
    const SQL: &str = "UPDATE contact_book SET listed_look = $2 WHERE id = $1 AND look = $2";
    Statement::new(SQL, [book.into(), look.into()]).expect_rows(1, SAME_LOOK)
}

/// A look is complete. Guards its transaction.
pub fn looked_through(book: ContactBookId, look: i64, at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE contact_book SET read_at = $3 WHERE id = $1 AND look = $2";
    Statement::new(SQL, [book.into(), look.into(), at.into()]).expect_rows(1, SAME_LOOK)
}

/// A book was read to its end.
pub fn read_whole(book: ContactBookId, at: Timestamp) -> Statement {
    Statement::new("UPDATE contact_book SET read_at = $2 WHERE id = $1", [book.into(), at.into()])
}

/// Takes a book away, with its folders. What stands in it is taken away by [`crate::source_contact::gone_with`].
pub fn remove(book: ContactBookId) -> [Statement; 2] {
    const FOLDERS: &str = "DELETE FROM contact_folder WHERE book_id = $1";
    const BOOK: &str = "DELETE FROM contact_book WHERE id = $1";
    [FOLDERS, BOOK].map(|sql| Statement::new(sql, [book.into()]))
}

/// A folder that was not known, of which nothing has been read.
pub fn insert_folder(folder: ContactFolderId, book: ContactBookId, graph_id: &str, name: &str) -> Statement {
    const SQL: &str = "INSERT INTO contact_folder (id, book_id, graph_id, name, link_kind, version, round, look)
        VALUES ($1, $2, $3, $4, $5, 0, 0, 0)";
    Statement::new(SQL, [folder.into(), book.into(), graph_id.into(), name.into(), CursorKind::Start.name().into()])
}

/// A folder has another name.
pub fn rename_folder(folder: ContactFolderId, name: &str) -> Statement {
    Statement::new("UPDATE contact_folder SET name = $2 WHERE id = $1", [folder.into(), name.into()])
}

/// A folder is gone.
pub fn remove_folder(folder: ContactFolderId) -> Statement {
    Statement::new("DELETE FROM contact_folder WHERE id = $1", [folder.into()])
}

/// Guards a transaction: the folder is there, and its chain is at the place of this version.
pub fn is_at(folder: ContactFolderId, version: i64) -> Statement {
    const SQL: &str = "SELECT 1 FROM contact_folder WHERE id = $1 AND version = $2 {lock}";
    Statement::new(SQL, [folder.into(), version.into()]).expect_rows(1, WHERE_I_READ_IT)
}

/// Moves a folder's chain from the place of this version on to that of `next`. Guards its transaction.
pub fn advance(version: i64, next: &ContactFolder) -> Statement {
    const SQL: &str = "UPDATE contact_folder SET link_kind = $3, link = $4, version = version + 1, round = $5, look = $6, synced_at = $7
        WHERE id = $1 AND version = $2";
    Statement::new(
        SQL,
        [
            next.id.into(),
            version.into(),
            next.kind.name().into(),
            next.link.as_ref().into(),
            next.round.into(),
            next.look.into(),
            next.synced_at.into(),
        ],
    )
    .expect_rows(1, WHERE_I_READ_IT)
}

/// The book of this origin and name.
///
/// # Errors
/// As [`Db::query`].
pub async fn named(db: &Db, workspace: WorkspaceId, origin: Origin, name: &str) -> Result<Option<ContactBook>, StoreError> {
    const SQL: &str = select!("WHERE workspace_id = $1 AND origin = $2 AND name = $3");
    db.query_first(SQL, [workspace.into(), origin.name().into(), name.into()]).await?.map(book_of).transpose()
}

/// The book that is read from a connection.
///
/// # Errors
/// As [`Db::query`].
pub async fn of_connection(db: &Db, connection: ConnectionId) -> Result<Option<ContactBook>, StoreError> {
    db.query_first(select!("WHERE connection_id = $1"), [connection.into()]).await?.map(book_of).transpose()
}

/// The books of a workspace, the oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, workspace: WorkspaceId) -> Result<Vec<ContactBook>, StoreError> {
    db.query(select!("WHERE workspace_id = $1 ORDER BY id"), [workspace.into()]).await?.into_iter().map(book_of).collect()
}

/// The folders of a book, the oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn folders(db: &Db, book: ContactBookId) -> Result<Vec<ContactFolder>, StoreError> {
    const SQL: &str = "SELECT id, book_id, graph_id, name, link_kind, link, version, round, look, synced_at FROM contact_folder
        WHERE book_id = $1 ORDER BY id";
    db.query(SQL, [book.into()]).await?.into_iter().map(folder_of).collect()
}

fn book_of(mut row: Row) -> Result<ContactBook, StoreError> {
    let row = &mut row;
    Ok(ContactBook {
        id: row.read()?,
        workspace: row.read()?,
        origin: origin(row)?,
        name: row.read()?,
        connection: row.read()?,
        look: row.read()?,
        listed_look: row.read()?,
        read_at: row.read()?,
        created_at: row.read()?,
    })
}

/// The origin that the next column of a row names.
pub(crate) fn origin(row: &mut Row) -> Result<Origin, StoreError> {
    let name: String = row.read()?;
    Origin::named(&name).ok_or_else(|| StoreError::Broken(format!("no contacts come from {name}")))
}

fn folder_of(mut row: Row) -> Result<ContactFolder, StoreError> {
    let row = &mut row;
    Ok(ContactFolder {
        id: row.read()?,
        book: row.read()?,
        graph_id: row.read()?,
        name: row.read()?,
        kind: CursorKind::read(row)?,
        link: row.read()?,
        version: row.read()?,
        round: row.read()?,
        look: row.read()?,
        synced_at: row.read()?,
    })
}
