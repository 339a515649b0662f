//! Clouds: which hosts sign people in and which answer for Graph.
//!
//! Microsoft runs separate clouds (graph.md 1.1); tokens and links of one mean nothing in another, so everything
//! that makes a URL starts here. A cloud is chosen by name, or given as two roots of one's own, which is how the
//! simulator and private gateways are reached. The version is always `v1.0`. OAuth scopes of the application's own
//! are `<graph root>/.default`.

use url::Url;

use crate::path::ResourcePath;

/// The part of every path that names the API's version.
pub const VERSION: &str = "v1.0";

/// The known clouds: name, sign-in root, further sign-in hosts that its documents may name, Graph root.
const KNOWN: &[(&str, &str, &[&str], &str)] = &[
    (
        "global",
        "https://login.microsoftonline.com",
        &["login.windows.net", "login.microsoft.com", "sts.windows.net"],
        "https://graph.microsoft.com",
    ),
    ("usgov", "https://login.microsoftonline.us", &[], "https://graph.microsoft.us"),
    ("usgov-dod", "https://login.microsoftonline.us", &[], "https://dod-graph.microsoft.us"),
    ("china", "https://login.partner.microsoftonline.cn", &["login.chinacloudapi.cn"], "https://microsoftgraph.chinacloudapi.cn"),
    ("bleu", "https://login.sovcloud-identity.fr", &[], "https://graph.svc.sovcloud.fr"),
    ("delos", "https://login.sovcloud-identity.de", &[], "https://graph.svc.sovcloud.de"),
    ("govsg", "https://login.sovcloud-identity.sg", &[], "https://graph.svc.sovcloud.sg"),
];

/// One of Microsoft's clouds, or a stand-in with roots of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    name: String,
    authority: Url,
    authority_aliases: Vec<String>,
    graph: Url,
    authorize_endpoint: Option<Url>,
    token_endpoint: Option<Url>,
}

/// A root that cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot be a root: it must be http or https with a host, and without user name, query or fragment")]
pub struct NotARoot(String);

impl Cloud {
    /// The names that [`Cloud::named`] knows.
    pub fn names() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|known| known.0)
    }

    /// The cloud of this name (any case); `None` for an unknown one.
    pub fn named(name: &str) -> Option<Self> {
        let known = KNOWN.iter().find(|known| known.0.eq_ignore_ascii_case(name))?;
        let (name, authority, aliases, graph) = *known;
        Some(Cloud {
            name: name.to_owned(),
            authority: Url::parse(authority).expect("the table holds roots"),
            authority_aliases: aliases.iter().map(|&host| host.to_owned()).collect(),
            graph: Url::parse(graph).expect("the table holds roots"),
            authorize_endpoint: None,
            token_endpoint: None,
        })
    }

    /// The worldwide cloud.
    pub fn global() -> Self {
        Self::named("global").expect("the table names it")
    }

    /// A cloud with roots of its own, each with or without a path in front of what Microsoft's have.
    ///
    /// # Errors
    /// [`NotARoot`] names the one that cannot be a root.
    pub fn custom(authority: &str, graph: &str) -> Result<Self, NotARoot> {
        Ok(Cloud {
            name: "custom".to_owned(),
            authority: root(authority)?,
            authority_aliases: Vec::new(),
            graph: root(graph)?,
            authorize_endpoint: None,
            token_endpoint: None,
        })
    }

    /// The same cloud with whole addresses of one's own for signing in and for tokens, whatever the tenant.
    #[must_use]
    pub fn with_endpoints(self, authorize: Option<Url>, token: Option<Url>) -> Self {
        Cloud { authorize_endpoint: authorize, token_endpoint: token, ..self }
    }

    /// Its name, `custom` for one with roots of its own.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The root below which people sign in, without a closing slash.
    pub fn authority(&self) -> &str {
        self.authority.as_str().trim_end_matches('/')
    }

    /// The root of Graph without the version and without a closing slash.
    pub fn graph_root(&self) -> &str {
        self.graph.as_str().trim_end_matches('/')
    }

    /// The absolute URL of a resource.
    pub fn resource_url(&self, path: &ResourcePath) -> String {
        format!("{}/{VERSION}{}", self.graph_root(), path.as_str())
    }

    /// The scope that asks for everything the application has been granted.
    pub fn default_scope(&self) -> String {
        format!("{}/.default", self.graph_root())
    }

    /// The URL of an endpoint of the identity platform for a tenant (id, domain, `organizations` or `common`).
    pub fn identity_url(&self, tenant: &str, endpoint: &str) -> Url {
        let own = match endpoint {
            "oauth2/v2.0/authorize" => &self.authorize_endpoint,
            "oauth2/v2.0/token" => &self.token_endpoint,
            _ => &None,
        };
        if let Some(own) = own {
            return own.clone();
        }
        let mut url = self.authority.clone();
        url.path_segments_mut().expect("roots are http").pop_if_empty().push(tenant).extend(endpoint.split('/'));
        url
    }

    /// Whether `url` lies below the version root of this cloud's Graph: same scheme, host and port, no user name,
    /// and the same path in front.
    pub(crate) fn holds(&self, url: &Url) -> bool {
        let prefix = format!("{}/{VERSION}/", self.graph.path().trim_end_matches('/'));
        same_origin(url, &self.graph) && plain(url) && url.path().starts_with(&prefix)
    }

    /// Whether a range of an upload may go to `url`: to Outlook's own host, which gives such addresses (graph.md 3.7), or for a
    /// cloud with a root of its own to that root's host.
    pub(crate) fn holds_upload(&self, url: &Url) -> bool {
        let hosts = UPLOAD_HOSTS.iter().find(|known| known.0 == self.name).map_or(&[][..], |known| known.1);
        let known = url.host_str().is_some_and(|host| hosts.contains(&host));
        plain(url) && (same_origin(url, &self.graph) || (known && url.scheme() == "https" && url.port().is_none()))
    }

    /// Whether `url` belongs to this cloud's identity platform, by its own host or one of its aliases.
    pub(crate) fn signs_in_at(&self, url: &Url) -> bool {
        let alias = url.host_str().is_some_and(|host| self.authority_aliases.iter().any(|alias| alias == host));
        plain(url) && (same_origin(url, &self.authority) || (alias && url.scheme() == "https" && url.port().is_none()))
    }
}

/// Where each cloud's Outlook takes the bytes of large attachments, besides its Graph root's own host. Of the worldwide cloud
/// from graph.md 3.7; of the others, where Outlook on the web is; of those not named here none is known. A gateway of one's own
/// in front of Graph hands on the addresses that Outlook gives.
const UPLOAD_HOSTS: &[(&str, &[&str])] = &[
    ("global", &["outlook.office.com", "outlook.office365.com"]),
    ("usgov", &["outlook.office365.us"]),
    ("usgov-dod", &["outlook-dod.office365.us"]),
    ("china", &["partner.outlook.cn"]),
    ("custom", &["outlook.office.com", "outlook.office365.com"]),
];

fn root(text: &str) -> Result<Url, NotARoot> {
    let url = Url::parse(text.trim()).map_err(|_| NotARoot(text.to_owned()))?;
    let fits = matches!(url.scheme(), "http" | "https") && url.host_str().is_some() && url.query().is_none() && plain(&url);
    if fits { Ok(url) } else { Err(NotARoot(text.to_owned())) }
}

fn same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme() && one.host() == other.host() && one.port_or_known_default() == other.port_or_known_default()
}

fn plain(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none() && url.fragment().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::User;

    #[test]
    fn every_named_cloud_has_its_own_graph_root() {
        let roots: std::collections::BTreeSet<_> = Cloud::names().map(|name| Cloud::named(name).unwrap().graph_root().to_owned()).collect();
        assert_eq!(roots.len(), KNOWN.len());
        assert_eq!(Cloud::named("USGov").unwrap().default_scope(), "https://graph.microsoft.us/.default");
        assert_eq!(Cloud::named("mars"), None);
    }

    #[test]
    fn urls_join_whether_or_not_the_root_has_a_path_or_a_slash() {
        let path = ResourcePath::user(&User::Me);
        for (root, url) in [
            ("http://localhost:8366", "http://localhost:8366/v1.0/me"),
            ("http://localhost:8366/", "http://localhost:8366/v1.0/me"),
            ("https://gate.example/graph/", "https://gate.example/graph/v1.0/me"),
        ] {
            let cloud = Cloud::custom("http://localhost:8366/login", root).unwrap();
            assert_eq!(cloud.resource_url(&path), url);
            assert_eq!(cloud.identity_url("common", "oauth2/v2.0/token").as_str(), "http://localhost:8366/login/common/oauth2/v2.0/token");
        }
    }

    #[test]
    fn whole_endpoints_of_ones_own_stand_in_for_the_usual_ones() {
        let own = |path: &str| Some(Url::parse(&format!("https://sign-in.example/{path}")).unwrap());
        let cloud = Cloud::global().with_endpoints(own("a"), own("t"));
        assert_eq!(cloud.identity_url("common", "oauth2/v2.0/authorize").as_str(), "https://sign-in.example/a");
        assert_eq!(cloud.identity_url("common", "oauth2/v2.0/token").as_str(), "https://sign-in.example/t");
        assert!(cloud.identity_url("common", "v2.0/.well-known/openid-configuration").as_str().starts_with(cloud.authority()));
    }

    #[test]
    fn a_root_with_a_user_name_a_query_or_another_scheme_is_refused() {
        for text in ["ftp://x.example", "https://u@x.example", "https://x.example/?a=1", "x.example", "https://x.example/#f"] {
            assert!(Cloud::custom(text, "https://g.example").is_err(), "{text}");
        }
    }
}
