//! Grants: the OAuth permission of a connection with its tokens, sealed.
//!
//! A refresh token may be rotated at each use. [`rotate`] is committed (durably) before the new access token is first
//! used, and its generation guards that of two nodes which refresh at once only one is kept.

use base::Timestamp;
use model::id::ConnectionId;

use crate::db::Db;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;

/// An OAuth permission with its tokens, sealed by the vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// For which connection.
    pub connection: ConnectionId,
    /// What it permits, words joined by blanks.
    pub scopes: String,
    /// The refresh token; `None` for an application, or once it is dead.
    pub refresh_token_sealed: Option<Vec<u8>>,
    /// The access token.
    pub access_token_sealed: Option<Vec<u8>>,
    /// When the access token expires.
    pub access_expires_at: Timestamp,
    /// Grows by one with each change.
    pub generation: i64,
    /// When the tokens were last refreshed.
    pub refreshed_at: Timestamp,
    /// When it was granted.
    pub granted_at: Timestamp,
}

impl Grant {
    /// Whether `scope` is among what was permitted: its name, in any case, with or without the resource in front of it.
    pub fn permits(&self, scope: &str) -> bool {
        self.scopes.split_whitespace().any(|word| word.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case(scope)))
    }
}

/// A permission just granted, instead of any that the connection had. `generation` is not taken from the value: it grows.
pub fn put(grant: &Grant) -> Statement {
    const SQL: &str = "INSERT INTO oauth_grant (connection_id, scopes, refresh_token_sealed, access_token_sealed, access_expires_at,
            refreshed_at, granted_at, generation)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 1)
        ON CONFLICT (connection_id) DO UPDATE SET scopes = excluded.scopes, refresh_token_sealed = excluded.refresh_token_sealed,
            access_token_sealed = excluded.access_token_sealed, access_expires_at = excluded.access_expires_at,
            refreshed_at = excluded.refreshed_at, granted_at = excluded.granted_at, generation = oauth_grant.generation + 1";
    Statement::new(
        SQL,
        [
            grant.connection.into(),
            (&grant.scopes).into(),
            grant.refresh_token_sealed.clone().into(),
            grant.access_token_sealed.clone().into(),
            grant.access_expires_at.into(),
            grant.refreshed_at.into(),
            grant.granted_at.into(),
        ],
    )
}

/// Fresh tokens for the grant as it was read (`grant.generation` is that of the reading). Guards its transaction.
pub fn rotate(grant: &Grant) -> Statement {
    const SQL: &str = "UPDATE oauth_grant SET scopes = $3, refresh_token_sealed = $4, access_token_sealed = $5, access_expires_at = $6,
            refreshed_at = $7, generation = generation + 1
        WHERE connection_id = $1 AND generation = $2";
    Statement::new(
        SQL,
        [
            grant.connection.into(),
            grant.generation.into(),
            (&grant.scopes).into(),
            grant.refresh_token_sealed.clone().into(),
            grant.access_token_sealed.clone().into(),
            grant.access_expires_at.into(),
            grant.refreshed_at.into(),
        ],
    )
    .expect_rows(1, "nobody else has refreshed the grant")
}

/// Forgets the tokens of a dead grant, if it is still the one that was found dead.
pub fn clear(connection: ConnectionId, generation: i64) -> Statement {
    const SQL: &str = "UPDATE oauth_grant SET refresh_token_sealed = NULL, access_token_sealed = NULL, access_expires_at = 0,
            generation = generation + 1
        WHERE connection_id = $1 AND generation = $2";
    Statement::new(SQL, [connection.into(), generation.into()]).expect_rows(1, "nobody else has refreshed the grant")
}

/// The grant of a connection.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, connection: ConnectionId) -> Result<Option<Grant>, StoreError> {
    const SQL: &str = "SELECT connection_id, scopes, refresh_token_sealed, access_token_sealed, access_expires_at, generation,
            refreshed_at, granted_at
        FROM oauth_grant WHERE connection_id = $1";
    db.query_first(SQL, [connection.into()]).await?.map(grant_of).transpose()
}

fn grant_of(mut row: Row) -> Result<Grant, StoreError> {
    Ok(Grant {
        connection: row.read()?,
        scopes: row.read()?,
        refresh_token_sealed: row.read()?,
        access_token_sealed: row.read()?,
        access_expires_at: row.read()?,
        generation: row.read()?,
        refreshed_at: row.read()?,
        granted_at: row.read()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_permits_what_microsoft_said_in_any_spelling_and_nothing_else() {
        let grant = Grant {
            connection: ConnectionId::from_number(1),
            scopes: "openid https://graph.microsoft.com/Mail.ReadWrite mailboxsettings.read".into(),
            refresh_token_sealed: None,
            access_token_sealed: None,
            access_expires_at: Timestamp::EPOCH,
            generation: 1,
            refreshed_at: Timestamp::EPOCH,
            granted_at: Timestamp::EPOCH,
        };
        assert!(grant.permits("Mail.ReadWrite") && grant.permits("MailboxSettings.Read"));
        assert!(!grant.permits("Mail.Read") && !grant.permits("MailboxSettings.ReadWrite"));
    }
}
