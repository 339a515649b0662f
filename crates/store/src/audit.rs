//! Audit: who did what, when, and how it ended. Lines are added, never changed. No body, no token.

use base::Timestamp;
use model::id::{AuditId, WorkspaceId};

use crate::db::Db;
use crate::error::StoreError;
use crate::statement::Statement;

/// A line of the audit table.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditLine {
    /// Its id.
    pub id: AuditId,
    /// When it happened.
    pub at: Timestamp,
    /// In whose workspace.
    pub workspace: WorkspaceId,
    /// Who did it: `administrator`, `microsoft`, `rapport`, or a user's name.
    pub actor: String,
    /// What was done, such as `mailbox.connect`.
    pub action: String,
    /// To what: an id.
    pub object: String,
    /// How it ended: `done`, `refused`, `failed`.
    pub outcome: String,
    /// Details as a JSON object, `null` for none.
    pub detail: serde_json::Value,
}

/// Adds a line.
pub fn append(line: &AuditLine) -> Statement {
    const SQL: &str =
        "INSERT INTO audit (id, at, workspace_id, actor, action, object, outcome, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let detail = (!line.detail.is_null()).then(|| line.detail.to_string());
    Statement::new(
        SQL,
        [
            line.id.into(),
            line.at.into(),
            line.workspace.into(),
            (&line.actor).into(),
            (&line.action).into(),
            (&line.object).into(),
            (&line.outcome).into(),
            detail.into(),
        ],
    )
}

/// Lines of a workspace older than `before`, newest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, workspace: WorkspaceId, before: Option<AuditId>, limit: u32) -> Result<Vec<AuditLine>, StoreError> {
    const SQL: &str = "SELECT id, at, workspace_id, actor, action, object, outcome, detail FROM audit
        WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    let before = before.map_or(i64::MAX, AuditId::number);
    let rows = db.query(SQL, [workspace.into(), before.into(), limit.into()]).await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(AuditLine {
                id: row.read()?,
                at: row.read()?,
                workspace: row.read()?,
                actor: row.read()?,
                action: row.read()?,
                object: row.read()?,
                outcome: row.read()?,
                detail: row.read::<Option<String>>()?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
            })
        })
        .collect()
}
