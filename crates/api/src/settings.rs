//! Settings: all that this room is told about where it stands. It reads no environment and no file.

use base::Secret;
use model::compose::check::Limits;
use model::id::WorkspaceId;
use url::Url;

/// Who is believed, and how often they may ask.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address at which this server is reached.
    pub base_url: Url,
    /// The workspace of the configured key, and of tokens that name none.
    pub workspace: WorkspaceId,
    /// A key of that workspace that may do everything, set by configuration.
    pub key: Option<Secret<String>>,
    /// The issuer whose tokens are believed.
    pub jwt: Option<Jwt>,
    /// Origins whose pages may call the API with a key or a token.
    pub cors_origins: Vec<Url>,
    /// Origins whose pages may show an embedded page in a frame.
    pub embed_origins: Vec<Url>,
    /// Requests that each key, person or session may make in a minute.
    pub requests_per_minute: u32,
    /// What the tenant's Exchange takes.
    pub mail_limits: Limits,
}

impl Settings {
    /// The usual settings for a server at this address: no key, no issuer.
    pub fn new(base_url: Url, workspace: WorkspaceId) -> Self {
        Settings {
            base_url,
            workspace,
            key: None,
            jwt: None,
            cors_origins: Vec::new(),
            embed_origins: Vec::new(),
            requests_per_minute: 6_000,
            mail_limits: Limits::default(),
        }
    }
}

/// An issuer of tokens, such as a CRM for its users.
#[derive(Clone, Debug)]
pub struct Jwt {
    /// With what its tokens are signed.
    pub keys: JwtKeys,
    /// What must stand in `iss`.
    pub issuer: Option<String>,
    /// What must stand in `aud`.
    pub audience: Option<String>,
    /// The claim that holds the user's address.
    pub email_claim: String,
    /// The claim that holds the user's roles.
    pub roles_claim: String,
    /// The claim that holds the workspace's id; where it is missing, the configured workspace counts.
    pub workspace_claim: String,
}

/// With what tokens are signed.
#[derive(Clone, Debug)]
pub enum JwtKeys {
    /// HS256 by a secret that both sides know.
    Shared(Secret<String>),
    /// RS256 or ES256 by the keys of a document at this address.
    Document(Url),
}

impl Jwt {
    /// The usual names of claims.
    pub fn new(keys: JwtKeys) -> Self {
        Jwt {
            keys,
            issuer: None,
            audience: None,
            email_claim: "email".to_owned(),
            roles_claim: "roles".to_owned(),
            workspace_claim: "workspace".to_owned(),
        }
    }
}
