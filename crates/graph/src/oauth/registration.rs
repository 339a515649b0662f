//! Registrations: what an administrator has entered in Entra ID for us.
//!
//! An application proves itself at the token endpoint (identity-and-security.md 1.5) with a secret in the form body,
//! with an assertion signed by a certificate's key, or, as a public client, not at all. Redirect URIs are compared
//! as exact strings, so the one used at the authorize endpoint is used again when the code is redeemed.

use base::Secret;

use crate::oauth::certificate::Certificate;

/// How an application proves itself.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A client secret: its value, not its id.
    Secret(Secret<String>),
    /// A certificate whose public half has been uploaded.
    Certificate(Certificate),
    /// Nothing: a public client.
    None,
}

/// An application registered in Entra ID.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Its application (client) id.
    pub client_id: String,
    /// How it proves itself.
    pub credential: Credential,
    /// Whether to declare that claims challenges are understood, which makes tokens last up to 28 hours and lets
    /// Graph end them early (identity-and-security.md 3.4).
    pub continuous_access: bool,
}

impl Registration {
    /// An application with a client secret.
    pub fn with_secret(client_id: impl Into<String>, secret: impl Into<Secret<String>>) -> Self {
        Registration { client_id: client_id.into(), credential: Credential::Secret(secret.into()), continuous_access: false }
    }

    /// An application with a certificate.
    pub fn with_certificate(client_id: impl Into<String>, certificate: Certificate) -> Self {
        Registration { client_id: client_id.into(), credential: Credential::Certificate(certificate), continuous_access: false }
    }
}
