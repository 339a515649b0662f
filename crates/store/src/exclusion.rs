//! Exclusions: addresses and domains that are never filed and make no person; and the domains that are ours.

use base::Timestamp;
use model::borders::Borders;
use model::id::WorkspaceId;

use crate::db::Db;
use crate::error::StoreError;
use crate::mailbox;
use crate::refiling::{self, Scope, by_hand};
use crate::statement::Statement;

/// What is excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ExclusionKind {
    /// One address.
    Address,
    /// A domain with all below it.
    Domain,
}

impl ExclusionKind {
    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            ExclusionKind::Address => "address",
            ExclusionKind::Domain => "domain",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        [ExclusionKind::Address, ExclusionKind::Domain].into_iter().find(|kind| kind.name() == name)
    }
}

/// Somebody whose mail is never filed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// What it names.
    pub kind: ExclusionKind,
    /// The address or the domain, folded.
    pub value: String,
    /// Why, in the words of who added it.
    pub why: String,
    /// Who added it.
    pub actor: String,
    /// When.
    pub added_at: Timestamp,
}

/// By hand: never filed from now on; what was filed because of it is looked at again, as due work. Nothing new for one that
/// is there already but the reason.
pub fn add(workspace: WorkspaceId, exclusion: &Exclusion) -> Vec<Statement> {
    const SQL: &str = "INSERT INTO exclusion (workspace_id, kind, value, why, actor, added_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (workspace_id, kind, value) DO UPDATE SET why = excluded.why, actor = excluded.actor, added_at = excluded.added_at";
    let Exclusion { kind, value, why, actor, added_at } = exclusion;
    let insert = Statement::new(SQL, [workspace.into(), kind.name().into(), value.into(), why.into(), actor.into(), (*added_at).into()]);
    by_hand(workspace, *added_at, [insert, refiling::ask(workspace, &Scope::Everything, actor, *added_at)], &[])
}

/// By hand: filed again from now on; everything is looked at again, as due work.
pub fn remove(workspace: WorkspaceId, kind: ExclusionKind, value: &str, actor: &str, at: Timestamp) -> Vec<Statement> {
    const SQL: &str = "DELETE FROM exclusion WHERE workspace_id = $1 AND kind = $2 AND value = $3";
    let delete = Statement::new(SQL, [workspace.into(), kind.name().into(), value.into()]).expect_rows(1, "the exclusion is there");
    by_hand(workspace, at, [delete, refiling::ask(workspace, &Scope::Everything, actor, at)], &[])
}

/// All exclusions of a workspace, by kind and value.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, workspace: WorkspaceId) -> Result<Vec<Exclusion>, StoreError> {
    const SQL: &str = "SELECT kind, value, why, actor, added_at FROM exclusion WHERE workspace_id = $1 ORDER BY kind, value";
    let rows = db.query(SQL, [workspace.into()]).await?;
    rows.into_iter()
        .map(|mut row| {
            let name: String = row.read()?;
            let kind = ExclusionKind::named(&name).ok_or_else(|| StoreError::Broken(format!("no exclusion is of kind {name}")))?;
            Ok(Exclusion { kind, value: row.read()?, why: row.read()?, actor: row.read()?, added_at: row.read()? })
        })
        .collect()
}

/// By hand: these domains (folded) are ours, beside those of the mailboxes, and no others. Everything is looked at again, as
/// due work.
pub fn set_own_domains(workspace: WorkspaceId, domains: &[String], actor: &str, at: Timestamp) -> Vec<Statement> {
    const SQL: &str = "INSERT INTO own_domain (workspace_id, domain) VALUES ($1, $2) ON CONFLICT (workspace_id, domain) DO NOTHING";
    let mut changes = vec![Statement::new("DELETE FROM own_domain WHERE workspace_id = $1", [workspace.into()])];
    changes.extend(domains.iter().map(|domain| Statement::new(SQL, [workspace.into(), domain.into()])));
    changes.push(refiling::ask(workspace, &Scope::Everything, actor, at));
    by_hand(workspace, at, changes, &[])
}

/// The domains that a person said are ours.
///
/// # Errors
/// As [`Db::query`].
pub async fn own_domains(db: &Db, workspace: WorkspaceId) -> Result<Vec<String>, StoreError> {
    let rows = db.query("SELECT domain FROM own_domain WHERE workspace_id = $1 ORDER BY domain", [workspace.into()]).await?;
    rows.into_iter().map(|mut row| row.read()).collect()
}

/// Who is ours, and who is left out.
///
/// # Errors
/// As [`Db::query`].
pub async fn borders(db: &Db, workspace: WorkspaceId) -> Result<Borders, StoreError> {
    let mailboxes = mailbox::list(db, workspace).await?;
    let domains = own_domains(db, workspace).await?;
    Ok(borders_of(mailboxes.iter().map(|mailbox| mailbox.address.as_str()), domains, list(db, workspace).await?))
}

/// The borders that these mailboxes, own domains and exclusions make.
pub fn borders_of<'a>(mailboxes: impl Iterator<Item = &'a str>, domains: Vec<String>, exclusions: Vec<Exclusion>) -> Borders {
    let mut borders = Borders::new(mailboxes, domains);
    for Exclusion { kind, value, .. } in exclusions {
        match kind {
            ExclusionKind::Address => borders.leave_out_address(value),
            ExclusionKind::Domain => borders.leave_out_domain(value),
        }
    }
    borders
}
