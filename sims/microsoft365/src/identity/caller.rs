//! Who calls Graph: what a valid access token says.

use jiff::Timestamp;

/// The bearer of a valid access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The app's client id.
    pub app_id: String,
    /// The tenant that the token was issued for.
    pub tenant_id: String,
    /// Object id of the signed-in user; `None` for an app on its own.
    pub user: Option<String>,
    /// Delegated permissions; empty for an app on its own.
    pub scopes: Vec<String>,
    /// Application permissions; empty with a signed-in user.
    pub roles: Vec<String>,
    /// When the token was issued.
    pub issued: Timestamp,
    /// When the token expires.
    pub expires: Timestamp,
}

impl Caller {
    /// Whether it holds this permission, delegated or its own, in any case.
    pub fn holds(&self, permission: &str) -> bool {
        self.scopes.iter().chain(&self.roles).any(|held| held.eq_ignore_ascii_case(permission))
    }

    /// Whether it is an app on its own, without a user.
    pub fn is_app_only(&self) -> bool {
        self.user.is_none()
    }
}
