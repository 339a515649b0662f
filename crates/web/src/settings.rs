//! Settings: all that this room is told about where it stands. It reads no environment and no file.

use std::time::Duration;

use base::Secret;
use model::id::WorkspaceId;
use url::Url;

/// How the server is reached and what it may connect.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address at which people and Microsoft reach this server.
    pub base_url: Url,
    /// Whether the console answers only to this machine: true until another address is configured.
    pub loopback_only: bool,
    /// Further host names under which the console may be opened, besides those of `base_url` and the redirect addresses.
    pub hosts: Vec<String>,
    /// The registration that people consent to; `None` until an administrator has entered one.
    pub delegated: Option<Delegated>,
    /// The application's own registration, for shared mailboxes.
    pub application: Option<Application>,
    /// The app at Meta whose webhooks are heard.
    pub whatsapp: Option<WhatsApp>,
    /// Origins a browser may be sent back to after it has connected.
    pub return_origins: Vec<Url>,
    /// How often a mailbox is asked where no notification reaches us.
    pub polling_interval: Duration,
    /// The default workspace: the one the administrator signs in to.
    pub workspace: WorkspaceId,
    /// Who may use the API, and how often.
    pub api: api::Settings,
}

/// The registration that people consent to.
#[derive(Clone, Debug)]
pub struct Delegated {
    /// Its application (client) id.
    pub client_id: String,
    /// The tenant segment of the sign-in address: `common`, `organizations`, a tenant's id or domain.
    pub tenant: String,
    /// As registered; the first is the usual one.
    pub redirect_uris: Vec<Url>,
    /// Graph's permissions that are asked for when a mailbox is connected, without those of every sign-in.
    pub scopes: Vec<String>,
    /// Graph's permissions that are asked for when a calendar is connected, without those of every sign-in.
    pub calendar_scopes: Vec<String>,
    /// Graph's permissions that are asked for when contacts are connected, without those of every sign-in.
    pub contacts_scopes: Vec<String>,
    /// Tenants (ids) whose people belong to the default workspace, besides those that a workspace has been given.
    pub open_to_tenants: Vec<String>,
}

/// The application's own registration.
#[derive(Clone, Debug)]
pub struct Application {
    /// Its application (client) id.
    pub client_id: String,
    /// The tenant (id or domain) whose administrator has consented.
    pub tenant: String,
}

/// The app at Meta whose webhooks are heard.
#[derive(Clone, Debug)]
pub struct WhatsApp {
    /// The app's secret, by which webhooks are signed.
    pub app_secret: Secret<String>,
    /// What Meta shows when it asks whether we listen.
    pub verify_token: Secret<String>,
}

impl Settings {
    /// Whether people reach the server over TLS, so that cookies can demand it.
    pub fn secure(&self) -> bool {
        self.base_url.scheme() == "https"
    }
}
