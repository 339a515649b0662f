//! OAuth flows: a sign-in that somebody has begun and not finished, bound to the browser that began it. Each is used
//! once.

use base::Timestamp;
use model::id::WorkspaceId;

use crate::db::Db;
use crate::error::StoreError;
use crate::statement::Statement;

/// A sign-in that somebody has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OauthFlow {
    /// The hash of the `state` that Microsoft hands back.
    pub state_hash: Vec<u8>,
    /// The hash of the cookie of the browser that began.
    pub browser_hash: Vec<u8>,
    /// For which workspace.
    pub workspace: WorkspaceId,
    /// At whom, such as `microsoft`.
    pub provider: String,
    /// Where Microsoft sends the browser back to.
    pub redirect_uri: String,
    /// The PKCE verifier, sealed.
    pub verifier_sealed: Vec<u8>,
    /// What the id token must repeat.
    pub nonce: String,
    /// The page to show in the end.
    pub return_to: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it is too late.
    pub expires_at: Timestamp,
}

/// Somebody begins to sign in.
pub fn begin(flow: &OauthFlow) -> Statement {
    const SQL: &str = "INSERT INTO oauth_flow (state_hash, browser_hash, workspace_id, provider, redirect_uri, verifier_sealed, nonce,
            return_to, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    Statement::new(
        SQL,
        [
            flow.state_hash.clone().into(),
            flow.browser_hash.clone().into(),
            flow.workspace.into(),
            (&flow.provider).into(),
            (&flow.redirect_uri).into(),
            flow.verifier_sealed.clone().into(),
            (&flow.nonce).into(),
            (&flow.return_to).into(),
            flow.created_at.into(),
            flow.expires_at.into(),
        ],
    )
}

/// Uses a flow up. Guards its transaction: a flow is used once, and only in time.
pub fn spend(state_hash: &[u8], now: Timestamp) -> Statement {
    const SQL: &str = "UPDATE oauth_flow SET used_at = $2 WHERE state_hash = $1 AND used_at IS NULL AND expires_at > $2";
    Statement::new(SQL, [state_hash.into(), now.into()]).expect_rows(1, "the sign-in is still open")
}

/// Forgets flows that ended before `before`.
pub fn purge(before: Timestamp) -> Statement {
    Statement::new("DELETE FROM oauth_flow WHERE expires_at < $1", [before.into()])
}

/// A flow that is open: begun, not used, not expired.
///
/// # Errors
/// As [`Db::query`].
pub async fn find_open(db: &Db, state_hash: &[u8], now: Timestamp) -> Result<Option<OauthFlow>, StoreError> {
    const SQL: &str =
        "SELECT state_hash, browser_hash, workspace_id, provider, redirect_uri, verifier_sealed, nonce, return_to, created_at,
            expires_at
        FROM oauth_flow WHERE state_hash = $1 AND used_at IS NULL AND expires_at > $2";
    let row = db.query_first(SQL, [state_hash.into(), now.into()]).await?;
    row.map(|mut row| {
        Ok(OauthFlow {
            state_hash: row.read()?,
            browser_hash: row.read()?,
            workspace: row.read()?,
            provider: row.read()?,
            redirect_uri: row.read()?,
            verifier_sealed: row.read()?,
            nonce: row.read()?,
            return_to: row.read()?,
            created_at: row.read()?,
            expires_at: row.read()?,
        })
    })
    .transpose()
}
