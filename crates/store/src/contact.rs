//! Contacts: what was made of source contacts, one row for each person, and which of them may be one person's.

use base::Timestamp;
use model::contact::{Contact, Proposal, Reason};
use model::id::{ContactId, SourceContactId, WorkspaceId};

use crate::customer::folded;
use crate::db::Db;
use crate::dialect::{numbers, texts};
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;
use crate::value::Value;

/// A contact as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// What it is.
    pub contact: Contact,
    /// When it last changed.
    pub changed_at: Timestamp,
}

/// Which contacts are listed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// Only those in whose name, numbers, addresses or company this stands, whatever its case.
    pub search: Option<&'a str>,
    /// Only those of this compatible source.
    pub source: Option<&'a str>,
    /// Only those of at least two source contacts.
    pub merged: bool,
}

/// A contact is as it is here.
pub fn put(workspace: WorkspaceId, contact: &Contact, content: &str, at: Timestamp) -> Statement {
    const SQL: &str =
        "INSERT INTO contact (id, workspace_id, name, name_folded, phone, source, source_count, haystack, content, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_folded = excluded.name_folded, phone = excluded.phone,
            source = excluded.source, source_count = excluded.source_count, haystack = excluded.haystack, content = excluded.content,
            changed_at = excluded.changed_at";
    let name = contact.shown();
    Statement::new(
        SQL,
        [
            contact.id.into(),
            workspace.into(),
            (&name).into(),
            folded(&name).into(),
            contact.phones.first().map(|held| held.value.e164.as_str()).into(),
            contact.compatible_source().name().into(),
            contact.sources.len().into(),
            haystack(contact).into(),
            content.into(),
            at.into(),
        ],
    )
}

fn haystack(contact: &Contact) -> String {
    let chosen = [&contact.display_name, &contact.organisation].into_iter().flatten().map(|chosen| folded(&chosen.value));
    let numbers = contact.phones.iter().map(|held| held.value.e164.clone());
    let addresses = contact.addresses.iter().map(|held| folded(&held.value));
    chosen.chain(numbers).chain(addresses).collect::<Vec<_>>().join("\n")
}

/// A contact is no more.
pub fn remove(contact: ContactId) -> Statement {
    Statement::new("DELETE FROM contact WHERE id = $1", [contact.into()])
}

/// The contacts of these ids with their content as it is kept, in any order.
///
/// # Errors
/// As [`Db::query`].
pub async fn contents(db: &Db, contacts: &[ContactId]) -> Result<Vec<(ContactId, String)>, StoreError> {
    const SQL: &str = "SELECT id, content FROM contact WHERE id IN {numbers $1}";
    let ids = numbers(contacts.iter().map(|contact| contact.number()));
    db.query(SQL, [ids.into()]).await?.into_iter().map(|mut row| Ok((row.read()?, row.read()?))).collect()
}

/// All contacts of a workspace with their content as it is kept, in any order.
///
/// # Errors
/// As [`Db::query`].
pub async fn all_contents(db: &Db, workspace: WorkspaceId) -> Result<Vec<(ContactId, String)>, StoreError> {
    const SQL: &str = "SELECT id, content FROM contact WHERE workspace_id = $1";
    db.query(SQL, [workspace.into()]).await?.into_iter().map(|mut row| Ok((row.read()?, row.read()?))).collect()
}

/// One contact.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, workspace: WorkspaceId, contact: ContactId) -> Result<Option<Kept>, StoreError> {
    const SQL: &str = "SELECT content, changed_at FROM contact WHERE id = $1 AND workspace_id = $2";
    db.query_first(SQL, [contact.into(), workspace.into()]).await?.map(kept_of).transpose()
}

/// These contacts, in any order.
///
/// # Errors
/// As [`Db::query`].
pub async fn find_many(db: &Db, workspace: WorkspaceId, contacts: &[ContactId]) -> Result<Vec<Kept>, StoreError> {
    const SQL: &str = "SELECT content, changed_at FROM contact WHERE id IN {numbers $1} AND workspace_id = $2";
    let ids = numbers(contacts.iter().map(|contact| contact.number()));
    db.query(SQL, [ids.into(), workspace.into()]).await?.into_iter().map(kept_of).collect()
}

/// The contacts that these source contacts are in, each once, in any order.
///
/// # Errors
/// As [`Db::query`].
pub async fn of_sources(db: &Db, sources: &[SourceContactId]) -> Result<Vec<ContactId>, StoreError> {
    const SQL: &str = "SELECT DISTINCT contact_id FROM source_contact WHERE id IN {numbers $1} AND contact_id IS NOT NULL";
    let ids = numbers(sources.iter().map(|source| source.number()));
    db.query(SQL, [ids.into()]).await?.into_iter().map(|mut row| row.read()).collect()
}

/// Contacts behind `after` (a folded name and an id), by name.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(
    db: &Db,
    workspace: WorkspaceId,
    wanted: Wanted<'_>,
    after: Option<(&str, ContactId)>,
    limit: u32,
) -> Result<Vec<Kept>, StoreError> {
    const SQL: &str = "SELECT content, changed_at FROM contact WHERE workspace_id = $1 AND (name_folded, id) > ($5, $6)
        AND (CAST($2 AS TEXT) IS NULL OR haystack LIKE $2 ESCAPE '\\') AND (CAST($3 AS TEXT) IS NULL OR source = $3)
        AND ($4 = 0 OR source_count > 1) ORDER BY name_folded, id LIMIT $7";
    let (name, id) = after.map_or(("", i64::MIN), |(name, id)| (name, id.number()));
    let mut args = wanted.arguments(workspace);
    args.extend([name.into(), id.into(), limit.into()]);
    db.query(SQL, args).await?.into_iter().map(kept_of).collect()
}

/// Contacts behind `after`, by id: an order that a change of names does not touch.
///
/// # Errors
/// As [`Db::query`].
pub async fn page(db: &Db, workspace: WorkspaceId, after: Option<ContactId>, limit: u32) -> Result<Vec<Contact>, StoreError> {
    const SQL: &str = "SELECT content, changed_at FROM contact WHERE workspace_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    let after = after.map_or(i64::MIN, ContactId::number);
    let rows = db.query(SQL, [workspace.into(), after.into(), limit.into()]).await?;
    rows.into_iter().map(|row| kept_of(row).map(|kept| kept.contact)).collect()
}

/// Which of these numbers (E.164) several contacts hold.
///
/// # Errors
/// As [`Db::query`].
pub async fn shared_numbers(db: &Db, workspace: WorkspaceId, numbers: &[&str]) -> Result<Vec<String>, StoreError> {
    const SQL: &str = "SELECT contact_key.key FROM contact_key JOIN source_contact ON source_contact.id = contact_key.source_id
        WHERE contact_key.workspace_id = $1 AND contact_key.key IN {texts $2} AND source_contact.contact_id IS NOT NULL
        GROUP BY contact_key.key HAVING COUNT(DISTINCT source_contact.contact_id) > 1";
    let keys: Vec<String> = numbers.iter().map(|number| format!("p{number}")).collect();
    let rows = db.query(SQL, [workspace.into(), texts(&keys).into()]).await?;
    rows.into_iter().map(|mut row| row.read::<String>().map(|key| key.trim_start_matches('p').to_owned())).collect()
}

/// How many there are.
///
/// # Errors
/// As [`Db::query`].
pub async fn count(db: &Db, workspace: WorkspaceId, wanted: Wanted<'_>) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM contact WHERE workspace_id = $1 AND (CAST($2 AS TEXT) IS NULL OR haystack LIKE $2 ESCAPE '\\')
        AND (CAST($3 AS TEXT) IS NULL OR source = $3) AND ($4 = 0 OR source_count > 1)";
    db.query_first(SQL, wanted.arguments(workspace)).await?.map_or(Ok(0), |mut row| row.read())
}

impl Wanted<'_> {
    fn arguments(self, workspace: WorkspaceId) -> Vec<Value> {
        let pattern = self.search.map(folded).filter(|search| !search.is_empty()).map(|search| {
            let literal = search.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            format!("%{literal}%")
        });
        vec![workspace.into(), pattern.into(), self.source.into(), i64::from(self.merged).into()]
    }
}

/// The text by which a contact of this name is listed.
pub fn name_key(name: &str) -> String {
    folded(name)
}

/// Takes all proposals of a workspace away and puts these in their place.
pub fn set_proposals(workspace: WorkspaceId, proposals: &[Proposal]) -> Vec<Statement> {
    const CLEAR: &str = "DELETE FROM contact_proposal WHERE workspace_id = $1";
    const PUT: &str = "INSERT INTO contact_proposal (workspace_id, one, other, score, reasons) VALUES ($1, $2, $3, $4, $5)";
    let mut statements = vec![Statement::new(CLEAR, [workspace.into()])];
    statements.extend(proposals.iter().map(|proposal| {
        let reasons = serde_json::to_string(&proposal.reasons).expect("reasons are JSON");
        let (one, other) = proposal.contacts;
        Statement::new(PUT, [workspace.into(), one.into(), other.into(), i64::from(proposal.score).into(), reasons.into()])
    }));
    statements
}

/// What is proposed, the likeliest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn proposals(db: &Db, workspace: WorkspaceId, limit: u32) -> Result<Vec<Proposal>, StoreError> {
    const SQL: &str =
        "SELECT one, other, score, reasons FROM contact_proposal WHERE workspace_id = $1 ORDER BY score DESC, one, other LIMIT $2";
    db.query(SQL, [workspace.into(), limit.into()]).await?.into_iter().map(proposal_of).collect()
}

fn proposal_of(mut row: Row) -> Result<Proposal, StoreError> {
    let contacts = (row.read()?, row.read()?);
    let score: i64 = row.read()?;
    let reasons: Vec<Reason> = broken(serde_json::from_str(&row.read::<String>()?))?;
    Ok(Proposal { contacts, score: u8::try_from(score).unwrap_or_default(), reasons })
}

fn kept_of(mut row: Row) -> Result<Kept, StoreError> {
    let contact = broken(serde_json::from_str(&row.read::<String>()?))?;
    Ok(Kept { contact, changed_at: row.read()? })
}

fn broken<T>(read: Result<T, serde_json::Error>) -> Result<T, StoreError> {
    read.map_err(|error| StoreError::Broken(format!("what is kept of a contact is unreadable: {error}")))
}
