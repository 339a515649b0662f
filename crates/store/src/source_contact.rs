//! Source contacts: what each source says of somebody, as it came, and what is still to be decided about it.
//!
//! Whether a number or an address is shared may change with each that has it. What hangs together by keys is decided together, so only
//! who loses a key marks those that keep it.

use model::contact::{Card, Key, Origin, SourceContact, keys};
use model::id::{ContactBookId, ContactFolderId, ContactId, ContactSyncId, SourceContactId, WorkspaceId};

use crate::contact_book::origin;
use crate::db::Db;
use crate::dialect::{numbers, texts};
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;
use crate::value::Value;

/// What is still to be decided about a source contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pending {
    /// It was not there before.
    New,
    /// It says something else.
    Changed,
    /// It says what it said, but something that it has in common with others has changed, or a person said something.
    Touched,
    /// Its source has it no longer.
    Gone,
}

impl Pending {
    const ALL: [Pending; 4] = [Pending::New, Pending::Changed, Pending::Touched, Pending::Gone];

    const fn name(self) -> &'static str {
        match self {
            Pending::New => "new",
            Pending::Changed => "changed",
            Pending::Touched => "touched",
            Pending::Gone => "gone",
        }
    }
}

/// Where a source contact stands, and to which synchronisation its change belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whose.
    pub workspace: WorkspaceId,
    /// In which book.
    pub book: ContactBookId,
    /// In which of its folders, if it has some.
    pub folder: Option<ContactFolderId>,
    /// The pass over the whole that shows it.
    pub round: i64,
    /// The synchronisation that brought it.
    pub sync: ContactSyncId,
}

/// A source contact as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What it says.
    pub source: SourceContact,
    /// The folder that it stands in.
    pub folder: Option<ContactFolderId>,
    /// What its source calls it.
    pub foreign_id: String,
    /// Grows with each change.
    pub version: i64,
    /// The name that a person gave.
    pub named: Option<String>,
    /// The contact that it is in.
    pub contact: Option<ContactId>,
    /// What is to be decided.
    pub pending: Option<Pending>,
    /// The synchronisation that its change belongs to.
    pub sync: Option<ContactSyncId>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT source_contact.id, book_id, folder_id, foreign_id, origin, card, updated_at, version, named, contact_id, pending, sync_id
                FROM source_contact ",
            $rest
        )
    };
}

/// A key as the database keeps it.
pub fn key_text(key: &Key) -> String {
    match key {
        Key::Phone { e164, extension: None } => format!("p{e164}"),
        Key::Phone { e164, extension: Some(extension) } => format!("p{e164};{extension}"),
        Key::Address(address) => format!("a{address}"),
    }
}

/// The key that the database keeps so.
///
/// # Errors
/// [`StoreError::Broken`] for a text that is none.
pub fn key_of(text: &str) -> Result<Key, StoreError> {
    if let Some(address) = text.strip_prefix('a') {
        return Ok(Key::Address(address.to_owned()));
    }
    let number =
        text.strip_prefix('p').ok_or_else(|| StoreError::Broken("a contact's key is neither a number nor an address".to_owned()))?;
    let (e164, extension) = number.split_once(';').map_or((number, None), |(number, extension)| (number, Some(extension.to_owned())));
    Ok(Key::Phone { e164: e164.to_owned(), extension })
}

/// One that was not there.
pub fn insert(source: &SourceContact, foreign_id: &str, standing: Standing) -> Vec<Statement> {
    const SQL: &str = "INSERT INTO source_contact (id, workspace_id, book_id, folder_id, foreign_id, origin, card, updated_at, seen_round,
            version, pending, sync_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11)";
    let args: [Value; 11] = [
        source.id.into(),
        standing.workspace.into(),
        standing.book.into(),
        standing.folder.into(),
        foreign_id.into(),
        source.origin.name().into(),
        card(&source.card),
        source.updated_at.into(),
        standing.round.into(),
        Pending::New.name().into(),
        standing.sync.into(),
    ];
    let mut statements = vec![Statement::new(SQL, args)];
    statements.extend(keys(&source.card).iter().map(|key| insert_key(standing.workspace, source.id, key)));
    statements
}

/// One that is there says something else, or stands elsewhere.
pub fn update(source: &SourceContact, standing: Standing) -> Vec<Statement> {
    const SQL: &str = "UPDATE source_contact SET folder_id = $2, card = $3, updated_at = $4, seen_round = $5, version = version + 1,
        pending = CASE WHEN pending = 'new' THEN pending ELSE 'changed' END, sync_id = $6 WHERE id = $1";
    let args: [Value; 6] = [
        source.id.into(),
        standing.folder.into(),
        card(&source.card),
        source.updated_at.into(),
        standing.round.into(),
        standing.sync.into(),
    ];
    rewritten(standing.workspace, source, Statement::new(SQL, args))
}

/// The numbers of one that is there were read again, and differ. It belongs to no synchronisation.
pub fn read_again(workspace: WorkspaceId, source: &SourceContact) -> Vec<Statement> {
    const SQL: &str = "UPDATE source_contact SET card = $2, version = version + 1, pending = COALESCE(pending, 'touched') WHERE id = $1";
    rewritten(workspace, source, Statement::new(SQL, [source.id.into(), card(&source.card)]))
}

/// What a card says is put in place of what it said; whoever shares a key that it had is to be decided again.
fn rewritten(workspace: WorkspaceId, source: &SourceContact, write: Statement) -> Vec<Statement> {
    const KEYS: &str = "DELETE FROM contact_key WHERE source_id = $1";
    let mut statements = vec![touch_holders(source.id), Statement::new(KEYS, [source.id.into()]), write];
    statements.extend(keys(&source.card).iter().map(|key| insert_key(workspace, source.id, key)));
    statements
}

fn insert_key(workspace: WorkspaceId, source: SourceContactId, key: &Key) -> Statement {
    const SQL: &str = "INSERT INTO contact_key (workspace_id, key, source_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    Statement::new(SQL, [workspace.into(), key_text(key).into(), source.into()])
}

fn card(card: &Card) -> Value {
    serde_json::to_string(card).expect("a card is JSON").into()
}

/// All that hold a key of this one are to be decided again, it among them.
fn touch_holders(source: SourceContactId) -> Statement {
    const SQL: &str = "UPDATE source_contact SET version = version + 1, pending = COALESCE(pending, 'touched') WHERE id IN (
        SELECT other.source_id FROM contact_key AS own JOIN contact_key AS other ON other.workspace_id = own.workspace_id AND other.key = own.key
        WHERE own.source_id = $1)";
    Statement::new(SQL, [source.into()])
}

/// These are to be decided again.
pub fn touch(sources: &[SourceContactId]) -> Statement {
    const SQL: &str = "UPDATE source_contact SET version = version + 1, pending = COALESCE(pending, 'touched') WHERE id IN {numbers $1}";
    Statement::new(SQL, [ids(sources).into()])
}

/// All that hold this key are to be decided again.
pub fn touch_key(workspace: WorkspaceId, key: &Key) -> Statement {
    const SQL: &str = "UPDATE source_contact SET version = version + 1, pending = COALESCE(pending, 'touched')
        WHERE id IN (SELECT source_id FROM contact_key WHERE workspace_id = $1 AND key = $2)";
    Statement::new(SQL, [workspace.into(), key_text(key).into()])
}

/// Notes that these were shown in pass `round`, in this folder, and are as they were.
pub fn seen(sources: &[SourceContactId], folder: Option<ContactFolderId>, round: i64) -> Statement {
    const SQL: &str = "UPDATE source_contact SET seen_round = $3, folder_id = $2 WHERE id IN {numbers $1}";
    Statement::new(SQL, [ids(sources).into(), folder.into(), round.into()])
}

/// These are gone from their source. They keep their keys until that is decided: by these the others are found that share them.
pub fn gone(sources: &[SourceContactId]) -> Statement {
    const SQL: &str = "UPDATE source_contact SET version = version + 1, pending = 'gone' WHERE id IN {numbers $1}";
    Statement::new(SQL, [ids(sources).into()])
}

/// What pass `round` over a folder did not show is gone.
pub fn sweep(folder: ContactFolderId, round: i64) -> Statement {
    const SQL: &str = "UPDATE source_contact SET version = version + 1, pending = 'gone' WHERE folder_id = $1 AND seen_round < $2";
    Statement::new(SQL, [folder.into(), round.into()])
}

/// All that stand in a folder that is gone are gone.
pub fn gone_with_folder(folder: ContactFolderId) -> Statement {
    sweep(folder, i64::MAX)
}

/// What stands in a book is gone.
pub fn gone_with(book: ContactBookId) -> Statement {
    const SQL: &str = "UPDATE source_contact SET version = version + 1, pending = 'gone' WHERE book_id = $1";
    Statement::new(SQL, [book.into()])
}

/// What its source calls it by now.
pub fn rename(source: SourceContactId, foreign_id: &str) -> Statement {
    Statement::new("UPDATE source_contact SET foreign_id = $2 WHERE id = $1", [source.into(), foreign_id.into()])
}

/// The contact that one is in.
pub fn assign(source: SourceContactId, contact: ContactId) -> Statement {
    Statement::new("UPDATE source_contact SET contact_id = $2 WHERE id = $1", [source.into(), contact.into()])
}

/// Nothing is to be decided any more about one that was read at this version; about one that changed meanwhile there is.
pub fn settle(source: SourceContactId, version: i64) -> Statement {
    const SQL: &str = "UPDATE source_contact SET pending = NULL, sync_id = NULL WHERE id = $1 AND version = $2";
    Statement::new(SQL, [source.into(), version.into()])
}

/// Forgets one that is gone and was read at this version, with what was said of it.
pub fn forget(workspace: WorkspaceId, source: SourceContactId, version: i64) -> [Statement; 3] {
    const KEYS: &str = "DELETE FROM contact_key WHERE source_id IN (SELECT id FROM source_contact WHERE id = $1 AND version = $2)";
    const PAIRS: &str = "DELETE FROM contact_pair WHERE workspace_id = $3 AND (one = $1 OR other = $1)
        AND EXISTS (SELECT 1 FROM source_contact WHERE id = $1 AND version = $2)";
    const SOURCE: &str = "DELETE FROM source_contact WHERE id = $1 AND version = $2";
    [
        Statement::new(KEYS, [source.into(), version.into()]),
        Statement::new(PAIRS, [source.into(), version.into(), workspace.into()]),
        Statement::new(SOURCE, [source.into(), version.into()]),
    ]
}

/// The name by which a person calls the contact of this one; `None` takes it back.
pub fn set_named(source: SourceContactId, name: Option<&str>) -> Statement {
    const SQL: &str = "UPDATE source_contact SET named = $2, version = version + 1, pending = COALESCE(pending, 'touched') WHERE id = $1";
    Statement::new(SQL, [source.into(), name.into()])
}

/// Those about which something is to be decided, at most `limit` of them.
///
/// # Errors
/// As [`Db::query`].
pub async fn pending(db: &Db, workspace: WorkspaceId, limit: usize) -> Result<Vec<SourceContactId>, StoreError> {
    const SQL: &str = "SELECT id FROM source_contact WHERE workspace_id = $1 AND pending IS NOT NULL ORDER BY id LIMIT $2";
    db.query(SQL, [workspace.into(), limit.into()]).await?.into_iter().map(|mut row| row.read()).collect()
}

/// Those that have something in common with these: a number, an address, the contact, or what a person said. These among them.
///
/// # Errors
/// As [`Db::query`].
pub async fn neighbours(db: &Db, workspace: WorkspaceId, sources: &[SourceContactId]) -> Result<Vec<SourceContactId>, StoreError> {
    const SQL: &str = "SELECT id FROM source_contact WHERE id IN {numbers $2}
        UNION SELECT other.source_id FROM contact_key AS own JOIN contact_key AS other
            ON other.workspace_id = own.workspace_id AND other.key = own.key WHERE own.source_id IN {numbers $2}
        UNION SELECT other.id FROM source_contact AS one JOIN source_contact AS other ON other.contact_id = one.contact_id
            WHERE one.id IN {numbers $2}
        UNION SELECT other FROM contact_pair WHERE workspace_id = $1 AND one IN {numbers $2}
        UNION SELECT one FROM contact_pair WHERE workspace_id = $1 AND other IN {numbers $2}";
    db.query(SQL, [workspace.into(), ids(sources).into()]).await?.into_iter().map(|mut row| row.read()).collect()
}

/// These, in any order.
///
/// # Errors
/// As [`Db::query`].
pub async fn find_many(db: &Db, workspace: WorkspaceId, sources: &[SourceContactId]) -> Result<Vec<Kept>, StoreError> {
    const SQL: &str = select!("WHERE workspace_id = $1 AND id IN {numbers $2}");
    db.query(SQL, [workspace.into(), ids(sources).into()]).await?.into_iter().map(kept_of).collect()
}

/// All of a workspace.
///
/// # Errors
/// As [`Db::query`].
pub async fn all(db: &Db, workspace: WorkspaceId) -> Result<Vec<Kept>, StoreError> {
    db.query(select!("WHERE workspace_id = $1"), [workspace.into()]).await?.into_iter().map(kept_of).collect()
}

/// Those of these foreign ids that a book has, in any order.
///
/// # Errors
/// As [`Db::query`].
pub async fn by_foreign_ids<T: AsRef<str>>(db: &Db, book: ContactBookId, foreign_ids: &[T]) -> Result<Vec<Kept>, StoreError> {
    const SQL: &str = select!("WHERE book_id = $1 AND foreign_id IN {texts $2}");
    db.query(SQL, [book.into(), texts(foreign_ids).into()]).await?.into_iter().map(kept_of).collect()
}

/// All foreign ids of a book with the ids that we gave.
///
/// # Errors
/// As [`Db::query`].
pub async fn ids_of_book(db: &Db, book: ContactBookId) -> Result<Vec<(String, SourceContactId)>, StoreError> {
    const SQL: &str = "SELECT foreign_id, id FROM source_contact WHERE book_id = $1 AND (pending IS NULL OR pending <> 'gone')";
    db.query(SQL, [book.into()]).await?.into_iter().map(|mut row| Ok((row.read()?, row.read()?))).collect()
}

/// How many each book of a workspace has.
///
/// # Errors
/// As [`Db::query`].
pub async fn count_by_book(db: &Db, workspace: WorkspaceId) -> Result<Vec<(ContactBookId, i64)>, StoreError> {
    const SQL: &str = "SELECT book_id, COUNT(*) FROM source_contact WHERE workspace_id = $1 AND (pending IS NULL OR pending <> 'gone')
        GROUP BY book_id";
    db.query(SQL, [workspace.into()]).await?.into_iter().map(|mut row| Ok((row.read()?, row.read()?))).collect()
}

fn ids(sources: &[SourceContactId]) -> String {
    numbers(sources.iter().map(|source| source.number()))
}

fn kept_of(mut row: Row) -> Result<Kept, StoreError> {
    let row = &mut row;
    let (id, book, folder, foreign_id) = (row.read()?, row.read()?, row.read()?, row.read()?);
    let origin: Origin = origin(row)?;
    let card: String = row.read()?;
    let card = serde_json::from_str(&card).map_err(|error| StoreError::Broken(format!("a contact's card is unreadable: {error}")))?;
    let source = SourceContact { id, origin, book, card, updated_at: row.read()? };
    Ok(Kept {
        source,
        folder,
        foreign_id,
        version: row.read()?,
        named: row.read()?,
        contact: row.read()?,
        pending: {
            let name: Option<String> = row.read()?;
            let known = |name: String| {
                let found = Pending::ALL.into_iter().find(|pending| pending.name() == name);
                found.ok_or_else(|| StoreError::Broken(format!("nothing is pending that is called {name}")))
            };
            name.map(known).transpose()?
        },
        sync: row.read()?,
    })
}

#[cfg(test)]
mod tests {
    use model::contact::Key;

    use super::{key_of, key_text};

    #[test]
    fn a_key_is_kept_as_it_is_read() {
        let phone = |extension: Option<&str>| Key::Phone { e164: "+6281".to_owned(), extension: extension.map(str::to_owned) };
        for key in [phone(None), phone(Some("12")), Key::Address("p;a@acme.example".to_owned())] {
            assert_eq!(key_of(&key_text(&key)).unwrap(), key);
        }
        assert!(key_of("").is_err());
    }
}
