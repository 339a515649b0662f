//! What a workspace wants of tracking: nothing, until an administrator says otherwise.

use base::Timestamp;
use model::id::WorkspaceId;

use crate::db::Db;
use crate::error::StoreError;
use crate::statement::Statement;

/// What a workspace wants of tracking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrackingSetting {
    /// Mail that does not say looks for opens.
    pub opens: bool,
    /// Mail that does not say looks for clicks.
    pub clicks: bool,
    /// Addresses of touches are kept as long as the touches are.
    pub keeps_addresses: bool,
    /// An own domain for pixels and links, as an address (`https://t.acme.example`).
    pub domain: Option<String>,
    /// When it was seen to lead here. It is not used before.
    pub domain_proved_at: Option<Timestamp>,
    /// All own domains that were ever used.
    pub domains: Vec<String>,
}

impl TrackingSetting {
    /// The own domain, if it is in use.
    pub fn proved_domain(&self) -> Option<&str> {
        self.domain.as_deref().filter(|_| self.domain_proved_at.is_some())
    }
}

/// What a workspace wants; nothing where nobody has said anything.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, workspace: WorkspaceId) -> Result<TrackingSetting, StoreError> {
    const SQL: &str =
        "SELECT opens, clicks, keeps_addresses, domain, domain_proved_at, domains FROM tracking_setting WHERE workspace_id = $1";
    let Some(mut row) = db.query_first(SQL, [workspace.into()]).await? else { return Ok(TrackingSetting::default()) };
    Ok(TrackingSetting {
        opens: row.read()?,
        clicks: row.read()?,
        keeps_addresses: row.read()?,
        domain: row.read()?,
        domain_proved_at: row.read()?,
        domains: crate::tracked::json(&row.read::<String>()?)?,
    })
}

/// What a workspace wants from now on.
pub fn put(workspace: WorkspaceId, setting: &TrackingSetting) -> Statement {
    const SQL: &str = "INSERT INTO tracking_setting (workspace_id, opens, clicks, keeps_addresses, domain, domain_proved_at, domains)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (workspace_id) DO UPDATE SET opens = excluded.opens, clicks = excluded.clicks,
            keeps_addresses = excluded.keeps_addresses, domain = excluded.domain, domain_proved_at = excluded.domain_proved_at,
            domains = excluded.domains";
    let domains = serde_json::to_string(&setting.domains).expect("texts are JSON");
    Statement::new(
        SQL,
        [
            workspace.into(),
            setting.opens.into(),
            setting.clicks.into(),
            setting.keeps_addresses.into(),
            setting.domain.as_ref().into(),
            setting.domain_proved_at.into(),
            domains.into(),
        ],
    )
}

/// The own domain was seen to lead here. Nothing if it is another by now.
pub fn prove_domain(workspace: WorkspaceId, domain: &str, at: Timestamp) -> Statement {
    const SQL: &str =
        "UPDATE tracking_setting SET domain_proved_at = $3 WHERE workspace_id = $1 AND domain = $2 AND domain_proved_at IS NULL";
    Statement::new(SQL, [workspace.into(), domain.into(), at.into()])
}
