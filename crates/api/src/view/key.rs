//! A key as the outside reads it: never the key itself, but for the moment in which it is made.

use base::Timestamp;
use serde::Serialize;
use store::api_key::ApiKey;
use utoipa::ToSchema;

use super::id;
use crate::access::{Scope, Scopes};

/// A key by which a program uses the API.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Key {
    /// Its id.
    #[schema(value_type = id::ApiKeyId)]
    pub id: model::id::ApiKeyId,
    /// What it is for.
    pub name: String,
    /// The beginning of the key, by which it can be told from others.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// In which mailboxes; `null` for all.
    #[schema(value_type = Option<Vec<id::MailboxId>>)]
    pub mailboxes: Option<Vec<model::id::MailboxId>>,
    /// Who made it.
    pub created_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Until when it holds.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
}

/// A key that has just been made.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MadeKey {
    /// What is known of it from now on.
    #[serde(flatten)]
    pub about: Key,
    /// The key itself. It is not shown again.
    pub key: String,
}

impl Key {
    /// A key as the outside reads it.
    pub fn of(key: ApiKey) -> Self {
        Key {
            id: key.id,
            name: key.name,
            prefix: key.prefix,
            scopes: Scopes::read(&key.scopes).list(),
            mailboxes: key.mailboxes,
            created_by: key.created_by,
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
            revoked_at: key.revoked_at,
        }
    }
}
