//! An app registration: its keys, redirect URIs, audience and the permissions that it lists (reference: identity, 1.4, 1.5).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Whose accounts an app takes (`signInAudience`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Audience {
    /// One tenant.
    #[serde(rename = "AzureADMyOrg")]
    SingleTenant,
    /// Any work or school account.
    #[serde(rename = "AzureADMultipleOrgs")]
    Organizations,
    /// Any work, school or personal account.
    #[serde(rename = "AzureADandPersonalMicrosoftAccount")]
    Everyone,
    /// Personal accounts only.
    #[serde(rename = "PersonalMicrosoftAccount")]
    Personal,
}

/// What kind of client a redirect URI belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Platform {
    /// A server with a secret.
    Web,
    /// A single-page app in a browser.
    Spa,
    /// A native app.
    Native,
}

/// One registered redirect URI.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RedirectUri {
    /// The URI.
    pub uri: String,
    /// Its platform.
    pub platform: Platform,
}

/// One client secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Secret {
    /// The value that a client sends.
    pub value: String,
    /// When it stops working; never if `None`.
    pub expires: Option<Timestamp>,
}

/// One uploaded certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    /// The certificate, DER.
    pub der: Vec<u8>,
}

/// One app registration with its service principal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct App {
    /// Application (client) id.
    pub id: String,
    /// Object id of its service principal.
    pub object_id: String,
    /// The tenant it is registered in.
    pub tenant_id: String,
    /// The name that people see when they consent.
    pub display_name: String,
    /// Whose accounts it takes.
    pub audience: Audience,
    /// Its secrets.
    pub secrets: Vec<Secret>,
    /// Its certificates.
    pub certificates: Vec<Certificate>,
    /// Its redirect URIs.
    pub redirect_uris: Vec<RedirectUri>,
    /// It may be used without a key ("allow public client flows").
    pub public_client: bool,
    /// ID tokens may come by the front channel.
    pub implicit_id_tokens: bool,
    /// Delegated permissions that it lists.
    pub scopes: Vec<String>,
    /// Application permissions that it lists.
    pub roles: Vec<String>,
    /// Switched off by an administrator if false (AADSTS7000112).
    pub enabled: bool,
    /// The only mailboxes that its application permissions reach (object ids); all if `None`.
    pub mailbox_scope: Option<Vec<String>>,
}

impl App {
    /// A single-tenant web app without keys, URIs and permissions.
    pub fn web(id: &str, object_id: String, tenant_id: &str, display_name: &str) -> Self {
        Self {
            id: id.to_owned(),
            object_id,
            tenant_id: tenant_id.to_owned(),
            display_name: display_name.to_owned(),
            audience: Audience::SingleTenant,
            secrets: Vec::new(),
            certificates: Vec::new(),
            redirect_uris: Vec::new(),
            public_client: false,
            implicit_id_tokens: false,
            scopes: Vec::new(),
            roles: Vec::new(),
            enabled: true,
            mailbox_scope: None,
        }
    }
}
