//! A tenant of the simulated cloud, and the tenant words of a path (reference: identity, section 1.1).

use serde::{Deserialize, Serialize};

/// The tenant whose id personal accounts carry.
pub const PERSONAL_TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
/// The tenant that every simulator starts with.
pub const DEFAULT_TENANT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
/// The domain of the tenant that every simulator starts with.
pub const DEFAULT_DOMAIN: &str = "contoso.example";

/// One organisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    /// Its GUID.
    pub id: String,
    /// Its name.
    pub display_name: String,
    /// Its verified domains, the default one first.
    pub domains: Vec<String>,
    /// Users may consent for themselves; if not, an administrator must (AADSTS90094).
    pub user_consent_allowed: bool,
}

impl Tenant {
    /// The tenant that every simulator starts with.
    pub fn contoso() -> Self {
        Self {
            id: DEFAULT_TENANT.to_owned(),
            display_name: "Contoso".to_owned(),
            domains: vec![DEFAULT_DOMAIN.to_owned()],
            user_consent_allowed: true,
        }
    }

    /// Whether this path word names it: its GUID or one of its domains, in any case.
    pub fn is_named(&self, word: &str) -> bool {
        self.id.eq_ignore_ascii_case(word) || self.domains.iter().any(|domain| domain.eq_ignore_ascii_case(word))
    }
}
