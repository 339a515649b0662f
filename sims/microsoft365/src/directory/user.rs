//! A user of the directory: a person or a shared mailbox (reference: Graph, section 10).
//!
//! A shared mailbox is a user whose sign-in is blocked and whose mailbox others may open.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a user object stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub enum UserKind {
    /// A person of the tenant.
    #[default]
    Member,
    /// A shared mailbox: nobody signs in as it.
    Shared,
    /// A guest from elsewhere.
    Guest,
}

/// What stands between a user and a token (reference: identity, section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub enum SignInState {
    /// Nothing.
    #[default]
    Fine,
    /// AADSTS50055.
    PasswordExpired,
    /// AADSTS50076, with a claims challenge.
    MfaRequired,
    /// AADSTS53003, with a claims challenge.
    BlockedByPolicy,
    /// AADSTS70043: the sign-in is older than the policy allows.
    SignInTooOld,
    /// AADSTS50105: the application wants an assignment that the user lacks.
    NotAssigned,
}

/// One user object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Object id, a GUID.
    pub id: String,
    /// The tenant it lives in.
    pub tenant_id: String,
    /// Sign-in name.
    pub user_principal_name: String,
    /// Full name.
    pub display_name: String,
    /// First name.
    pub given_name: Option<String>,
    /// Family name.
    pub surname: Option<String>,
    /// Primary SMTP address; `None` without a licence.
    pub mail: Option<String>,
    /// Further SMTP addresses.
    pub aliases: Vec<String>,
    /// For example `en-GB`.
    pub preferred_language: Option<String>,
    /// Whether anybody may sign in as it.
    pub account_enabled: bool,
    /// Person, shared mailbox or guest.
    pub kind: UserKind,
    /// What stands between it and a token.
    pub sign_in: SignInState,
    /// It may consent for the whole tenant.
    pub is_administrator: bool,
    /// Object ids of the users who may open this mailbox with their own sign-in.
    pub delegates: Vec<String>,
    /// Object ids of the users and mailboxes that may send as this one (reference: Graph, section 3.9).
    #[serde(default)]
    pub send_as: Vec<String>,
    /// Object ids of those that may send on its behalf, and are then named as the sender.
    #[serde(default)]
    pub send_on_behalf: Vec<String>,
    /// Tokens issued before this are refused (AADSTS50173).
    pub tokens_valid_from: Option<Timestamp>,
    /// When it was made.
    pub created: Timestamp,
    /// Further properties as Graph names them (`jobTitle`, `department`, ...).
    pub properties: Map<String, Value>,
}

impl User {
    /// A person with a mailbox at that address, who may sign in.
    pub fn person(id: String, tenant_id: &str, address: &str, display_name: &str, created: Timestamp) -> Self {
        let (given, family) = match display_name.rsplit_once(' ') {
            Some((given, family)) => (Some(given.to_owned()), Some(family.to_owned())),
            None => (None, None),
        };
        Self {
            id,
            tenant_id: tenant_id.to_owned(),
            user_principal_name: address.to_owned(),
            display_name: display_name.to_owned(),
            given_name: given,
            surname: family,
            mail: Some(address.to_owned()),
            aliases: Vec::new(),
            preferred_language: Some("en-GB".to_owned()),
            account_enabled: true,
            kind: UserKind::Member,
            sign_in: SignInState::Fine,
            is_administrator: false,
            delegates: Vec::new(),
            send_as: Vec::new(),
            send_on_behalf: Vec::new(),
            tokens_valid_from: None,
            created,
            properties: Map::new(),
        }
    }

    /// A shared mailbox at that address.
    pub fn shared(id: String, tenant_id: &str, address: &str, display_name: &str, created: Timestamp) -> Self {
        Self {
            account_enabled: false,
            kind: UserKind::Shared,
            given_name: None,
            surname: None,
            ..Self::person(id, tenant_id, address, display_name, created)
        }
    }

    /// Whether it has a mailbox.
    pub fn has_mailbox(&self) -> bool {
        self.mail.is_some()
    }

    /// The address that it sends from: the primary one, without a mailbox the sign-in name.
    pub fn address(&self) -> &str {
        self.mail.as_deref().unwrap_or(&self.user_principal_name)
    }

    /// Every name it answers to, the object id first.
    pub fn names(&self) -> Vec<String> {
        let mut names = vec![self.id.clone(), self.user_principal_name.clone()];
        names.extend(self.mail.iter().chain(&self.aliases).cloned());
        names
    }
}
