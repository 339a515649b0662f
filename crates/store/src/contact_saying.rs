//! What people said about contacts: which source contacts are one person's or two people's, and which numbers are shared.

use base::Timestamp;
use model::contact::{Hands, Key, Said};
use model::id::{SourceContactId, WorkspaceId};

use crate::db::Db;
use crate::dialect::numbers;
use crate::error::StoreError;
use crate::source_contact::{key_of, key_text, touch, touch_key};
use crate::statement::Statement;

/// Who says something, and when.
#[derive(Clone, Debug)]
pub struct Speaker {
    /// In which workspace.
    pub workspace: WorkspaceId,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Something was said of each two of these pairs; they are to be decided again.
pub fn say(speaker: &Speaker, pairs: &[(SourceContactId, SourceContactId)], said: Said) -> Vec<Statement> {
    const SQL: &str = "INSERT INTO contact_pair (workspace_id, one, other, said, said_by, said_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (workspace_id, one, other) DO UPDATE SET said = excluded.said, said_by = excluded.said_by, said_at = excluded.said_at";
    let name = match said {
        Said::Joined => "joined",
        Said::Parted => "parted",
    };
    let say = |(one, other): &(SourceContactId, SourceContactId)| {
        let (one, other) = (one.min(other), one.max(other));
        Statement::new(
            SQL,
            [speaker.workspace.into(), (*one).into(), (*other).into(), name.into(), (&speaker.by).into(), speaker.at.into()],
        )
    };
    let mut statements: Vec<Statement> = pairs.iter().map(say).collect();
    statements.push(touch(&both(pairs)));
    statements
}

/// What was said of these pairs is taken back: evidence counts again.
pub fn take_back(workspace: WorkspaceId, pairs: &[(SourceContactId, SourceContactId)]) -> Vec<Statement> {
    const SQL: &str = "DELETE FROM contact_pair WHERE workspace_id = $1 AND one = $2 AND other = $3";
    let take_back = |(one, other): &(SourceContactId, SourceContactId)| {
        Statement::new(SQL, [workspace.into(), (*one.min(other)).into(), (*one.max(other)).into()])
    };
    let mut statements: Vec<Statement> = pairs.iter().map(take_back).collect();
    statements.push(touch(&both(pairs)));
    statements
}

fn both(pairs: &[(SourceContactId, SourceContactId)]) -> Vec<SourceContactId> {
    pairs.iter().flat_map(|(one, other)| [*one, *other]).collect()
}

/// A number or an address is shared, or one person's; `None` takes back what was said.
pub fn mark(speaker: &Speaker, key: &Key, shared: Option<bool>) -> [Statement; 2] {
    const PUT: &str = "INSERT INTO contact_mark (workspace_id, key, shared, said_by, said_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (workspace_id, key) DO UPDATE SET shared = excluded.shared, said_by = excluded.said_by, said_at = excluded.said_at";
    const REMOVE: &str = "DELETE FROM contact_mark WHERE workspace_id = $1 AND key = $2";
    let (workspace, text) = (speaker.workspace, key_text(key));
    let said = match shared {
        Some(shared) => Statement::new(PUT, [workspace.into(), text.into(), shared.into(), (&speaker.by).into(), speaker.at.into()]),
        None => Statement::new(REMOVE, [workspace.into(), text.into()]),
    };
    [said, touch_key(workspace, key)]
}

/// Everything that was said of these source contacts and their keys, but for names. `None` for all of the workspace.
///
/// # Errors
/// As [`Db::query`].
pub async fn hands(db: &Db, workspace: WorkspaceId, sources: Option<&[SourceContactId]>) -> Result<Hands, StoreError> {
    const PAIRS: &str = "SELECT one, other, said FROM contact_pair WHERE workspace_id = $1
        AND (CAST($2 AS TEXT) IS NULL OR one IN {numbers $2})";
    const MARKS: &str = "SELECT key, shared FROM contact_mark WHERE workspace_id = $1";
    let ids = sources.map(|sources| numbers(sources.iter().map(|source| source.number())));
    let mut hands = Hands::default();
    for mut row in db.query(PAIRS, [workspace.into(), ids.into()]).await? {
        let (one, other, said): (SourceContactId, SourceContactId, String) = (row.read()?, row.read()?, row.read()?);
        match said.as_str() {
            "joined" => hands.join(one, other),
            _ => hands.part(&[one], &[other]),
        }
    }
    for mut row in db.query(MARKS, [workspace.into()]).await? {
        let key = key_of(&row.read::<String>()?)?;
        if row.read()? { hands.mark_shared(key) } else { hands.mark_personal(key) }
    }
    Ok(hands)
}

/// What was said of two of these source contacts, the latest first, with who said it and when.
///
/// # Errors
/// As [`Db::query`].
pub async fn said_of(db: &Db, workspace: WorkspaceId, sources: &[SourceContactId]) -> Result<Vec<Saying>, StoreError> {
    const SQL: &str = "SELECT one, other, said, said_by, said_at FROM contact_pair
        WHERE workspace_id = $1 AND (one IN {numbers $2} OR other IN {numbers $2}) ORDER BY said_at DESC, one, other";
    let ids = numbers(sources.iter().map(|source| source.number()));
    let rows = db.query(SQL, [workspace.into(), ids.into()]).await?;
    let read = |mut row: crate::Row| {
        Ok(Saying {
            one: row.read()?,
            other: row.read()?,
            said: if row.read::<String>()? == "joined" { Said::Joined } else { Said::Parted },
            by: row.read()?,
            at: row.read()?,
        })
    };
    rows.into_iter().map(read).collect()
}

/// What a person said of two source contacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saying {
    /// The lesser.
    pub one: SourceContactId,
    /// The greater.
    pub other: SourceContactId,
    /// What.
    pub said: Said,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}
