//! What a `scope` parameter asks for, and how it is echoed (reference: identity, sections 1.5 and 1.6).

use std::collections::BTreeSet;

use super::error::OauthError;
use super::permissions;
use crate::directory::App;

/// Resource hosts that mean Graph, national clouds included.
const GRAPH_HOSTS: [&str; 8] = [
    "graph.microsoft.com",
    "graph.microsoft.us",
    "dod-graph.microsoft.us",
    "microsoftgraph.chinacloudapi.cn",
    "graph.microsoft.de",
    "graph.svc.sovcloud.fr",
    "graph.svc.sovcloud.de",
    "graph.svc.sovcloud.sg",
];
/// Graph's application id.
pub const GRAPH_APP_ID: &str = "00000003-0000-0000-c000-000000000000";
const OIDC: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// A `scope` parameter, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Which of `openid profile email offline_access` were asked for.
    pub oidc: BTreeSet<&'static str>,
    /// Graph permissions by their official names.
    pub permissions: BTreeSet<String>,
    /// `.default` was asked for.
    pub default: bool,
    /// The resource prefix as it was written, with its slash; `None` for short names.
    pub prefix: Option<String>,
}

impl Scope {
    /// Reads a delegated `scope` parameter. `origin` is the simulator's own, which also means Graph.
    ///
    /// # Errors
    /// AADSTS70011 (`.default` mixed with names), 28000 (several resources), 500011 (unknown resource), 650053 (unknown name).
    pub fn read(text: &str, origin: &str, app: &App) -> Result<Self, OauthError> {
        let mut scope = Self::default();
        let mut resources = BTreeSet::new();
        for word in text.split_whitespace() {
            if let Some(known) = OIDC.into_iter().find(|known| known.eq_ignore_ascii_case(word)) {
                scope.oidc.insert(known);
                continue;
            }
            let (prefix, name) = split(word);
            resources.insert(resource(prefix, origin, app)?);
            if !prefix.is_empty() {
                scope.prefix = Some(prefix.to_owned());
            }
            if name == ".default" {
                scope.default = true;
            } else {
                scope.permissions.insert(permissions::official(name).ok_or_else(|| unknown_permission(name, app))?.to_owned());
            }
        }
        if resources.len() > 1 {
            let sentence = format!(
                "Provided value for the input parameter scope is not valid because it contains more than one resource. Scope {text} is not valid."
            );
            return Err(OauthError::new("invalid_scope", 28000, sentence));
        }
        if scope.default && !scope.permissions.is_empty() {
            return Err(invalid(text));
        }
        Ok(scope)
    }

    /// Whether a refresh token was asked for.
    pub fn wants_refresh_token(&self) -> bool {
        self.oidc.contains("offline_access")
    }

    /// Whether an id token was asked for.
    pub fn wants_id_token(&self) -> bool {
        self.oidc.contains("openid")
    }

    /// The permissions that are asked for: the named ones, or with `.default` what the app lists.
    pub fn asked(&self, app: &App) -> BTreeSet<String> {
        if self.default { app.scopes.iter().cloned().collect() } else { self.permissions.clone() }
    }

    /// The `scope` member of the answer: what is granted, in the style of the request, without `offline_access`.
    pub fn echo(&self, granted: &BTreeSet<String>) -> String {
        let prefix = self.prefix.as_deref().unwrap_or_default();
        let oidc = self.oidc.iter().filter(|name| **name != "offline_access").map(|name| (*name).to_owned());
        let permissions = granted.iter().map(|name| format!("{prefix}{name}"));
        oidc.chain(permissions).collect::<Vec<_>>().join(" ")
    }
}

/// The `scope` of a client credentials request must be one resource's `.default`.
///
/// # Errors
/// AADSTS1002012 for anything else, 500011 for an unknown resource.
pub fn read_app_only(text: &str, origin: &str, app: &App) -> Result<(), OauthError> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [word] = words.as_slice() else { return Err(not_default(text)) };
    let (prefix, name) = split(word);
    if name != ".default" || prefix.is_empty() {
        return Err(not_default(text));
    }
    resource(prefix, origin, app).map(|_| ())
}

/// `https://graph.microsoft.com/Mail.Read` is a prefix with its slash and a name; a bare name has no prefix.
fn split(word: &str) -> (&str, &str) {
    match word.rfind('/') {
        Some(at) => word.split_at(at + 1),
        None => ("", word),
    }
}

/// The resource a prefix names; everything but Graph is unknown here.
fn resource(prefix: &str, origin: &str, app: &App) -> Result<&'static str, OauthError> {
    let bare = prefix.trim_end_matches('/');
    let address = bare.split_once("://").map_or(bare, |(_, address)| address).to_lowercase();
    let own = origin.split_once("://").map_or(origin, |(_, host)| host).split('/').next().unwrap_or_default();
    // A cloud that is played under its host as a path names itself in the last segment.
    let (host, last) = (address.split('/').next().unwrap_or_default(), address.rsplit('/').next().unwrap_or_default());
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_local = host == own || ["localhost", "127.0.0.1"].contains(&name);
    let is_graph = GRAPH_HOSTS.contains(&host) || (is_local && (host == last || GRAPH_HOSTS.contains(&last)));
    if prefix.is_empty() || address == GRAPH_APP_ID || is_graph {
        return Ok("graph");
    }
    let sentence = format!(
        "The resource principal named {bare} was not found in the tenant named {}. This can happen if the application has not been installed by \
         the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.",
        app.tenant_id
    );
    Err(OauthError::new("invalid_resource", 500_011, sentence))
}

fn unknown_permission(name: &str, app: &App) -> OauthError {
    let sentence = format!(
        "The application '{}' asked for scope '{name}' that doesn't exist on the resource '{GRAPH_APP_ID}'. Contact the app vendor.",
        app.display_name
    );
    OauthError::new("invalid_scope", 650_053, sentence)
}

fn invalid(text: &str) -> OauthError {
    let sentence = format!(
        "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. \
         The scope {text} is not valid. .default scope can't be combined with resource-specific scopes."
    );
    OauthError::new("invalid_scope", 70011, sentence)
}

fn not_default(text: &str) -> OauthError {
    let sentence = format!(
        "The provided value for scope {text} is not valid. Client credential flows must have a scope value with /.default suffixed to the \
         resource identifier (application ID URI)."
    );
    OauthError::new("invalid_scope", 1_002_012, sentence)
}
