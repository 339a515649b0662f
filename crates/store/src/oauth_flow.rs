//! OAuth flows: a sign-in that somebody has begun and not finished. Each is used once, by whoever began it: the browser
//! that holds the cookie, or, for a single-page application that brings the code itself, the asker who was given the state.

use base::Timestamp;
use model::id::WorkspaceId;

use crate::db::Db;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;

/// A sign-in that somebody has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OauthFlow {
    /// The hash of the `state` that Microsoft hands back.
    pub state_hash: Vec<u8>,
    /// The hash of the cookie of the browser that began; `None` if the asker brings the code.
    pub browser_hash: Option<Vec<u8>>,
    /// For which workspace; `None` if whoever signs in decides that.
    pub workspace: Option<WorkspaceId>,
    /// Who began, as the audit names them; empty if nobody was known yet.
    pub asker: String,
    /// The address of whoever began, if it is a person's.
    pub asker_email: Option<String>,
    /// What it is for.
    pub purpose: Purpose,
    /// What is connected, such as `microsoft_outlook`.
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

/// What a flow is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody who is known connects an account.
    Connect,
    /// Somebody signs in and connects the own account.
    Join,
    /// Somebody signs in.
    SignIn,
}

impl Purpose {
    /// As the database writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Purpose::Connect => "connect",
            Purpose::Join => "join",
            Purpose::SignIn => "sign_in",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Purpose::Connect, Purpose::Join, Purpose::SignIn].into_iter().find(|purpose| purpose.name() == name)
    }
}

/// Somebody begins to sign in.
pub fn begin(flow: &OauthFlow) -> Statement {
    const SQL: &str = "INSERT INTO oauth_flow (state_hash, browser_hash, workspace_id, asker, asker_email, purpose, provider,
            redirect_uri, verifier_sealed, nonce, return_to, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    Statement::new(
        SQL,
        [
            flow.state_hash.clone().into(),
            flow.browser_hash.clone().into(),
            flow.workspace.into(),
            (&flow.asker).into(),
            flow.asker_email.clone().into(),
            flow.purpose.name().into(),
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
    const SQL: &str = "SELECT state_hash, browser_hash, workspace_id, asker, asker_email, purpose, provider, redirect_uri,
            verifier_sealed, nonce, return_to, created_at, expires_at
        FROM oauth_flow WHERE state_hash = $1 AND used_at IS NULL AND expires_at > $2";
    db.query_first(SQL, [state_hash.into(), now.into()]).await?.map(flow_of).transpose()
}

fn flow_of(mut row: Row) -> Result<OauthFlow, StoreError> {
    let row = &mut row;
    Ok(OauthFlow {
        state_hash: row.read()?,
        browser_hash: row.read()?,
        workspace: row.read()?,
        asker: row.read()?,
        asker_email: row.read()?,
        purpose: purpose_of(&row.read::<String>()?)?,
        provider: row.read()?,
        redirect_uri: row.read()?,
        verifier_sealed: row.read()?,
        nonce: row.read()?,
        return_to: row.read()?,
        created_at: row.read()?,
        expires_at: row.read()?,
    })
}

fn purpose_of(name: &str) -> Result<Purpose, StoreError> {
    Purpose::named(name).ok_or_else(|| StoreError::Broken(format!("a sign-in has the unknown purpose {name}")))
}
