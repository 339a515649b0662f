//! Settings: what every other part of the program is handed, parsed and judged as a whole.
//!
//! Promises: all that cannot be right is said at once, each by the name under which it was given, with the mend
//! and without the value.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use base::{Problem, Secret};
use url::Url;

use super::cloud::Cloud;
use super::read::{Notice, Values};
use super::value::{self, Wrong};

/// Everything that can be configured.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How this server is reached.
    pub server: Server,
    /// Where files live.
    pub directory: Directory,
    /// Where rows live.
    pub database: Database,
    /// With what the data key is sealed.
    pub encryption: Encryption,
    /// The registration that people consent to.
    pub microsoft: Option<Microsoft>,
    /// The app-only registration.
    pub application: Option<Application>,
    /// How mail is fetched.
    pub sync: Sync,
    /// What is logged, and how.
    pub log: Logging,
}

/// How this server is reached.
#[derive(Clone, Debug)]
pub struct Server {
    /// By people and by Microsoft.
    pub base_url: Url,
    /// What to listen on.
    pub host: IpAddr,
    /// What to listen on.
    pub port: u16,
    /// Origins a person may be sent back to.
    pub return_origins: Vec<String>,
    /// Where Microsoft posts notifications; none means polling.
    pub notification_url: Option<Url>,
}

/// Where files live.
#[derive(Clone, Debug)]
pub struct Directory(pub PathBuf);

/// Where rows live.
#[derive(Clone, Debug)]
pub struct Database {
    /// `sqlite:PATH` or `postgres://…`, which may hold a password.
    pub url: Secret<String>,
    /// Reading connections.
    pub readers: usize,
}

/// With what the data key is sealed.
#[derive(Clone, Debug)]
pub struct Encryption {
    /// Fernet keys, newest first; none means the key file.
    pub keys: Vec<Secret<String>>,
    /// The key file.
    pub key_file: PathBuf,
}

/// Which accounts may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TenantKind {
    /// One tenant, by id or domain.
    One(String),
    /// `common`, `organizations` or `consumers`.
    Many(String),
}

impl TenantKind {
    fn of(name: String) -> Self {
        if matches!(name.as_str(), "common" | "organizations" | "consumers") { TenantKind::Many(name) } else { TenantKind::One(name) }
    }

    /// As it stands in addresses.
    pub fn name(&self) -> &str {
        match self {
            TenantKind::One(name) | TenantKind::Many(name) => name,
        }
    }
}

/// The registration that people consent to.
#[derive(Clone, Debug)]
pub struct Microsoft {
    /// Application (client) id.
    pub client_id: String,
    /// Value of its secret.
    pub client_secret: Secret<String>,
    /// Whose accounts.
    pub tenant: TenantKind,
    /// As registered, the first is the usual one.
    pub redirect_uris: Vec<String>,
    /// Asked for beside Rapport's own.
    pub extra_scopes: Vec<String>,
    /// Sign-in host.
    pub authority_url: Url,
    /// Graph host, without version.
    pub graph_url: Url,
    /// Authorize endpoint.
    pub authorize_url: Url,
    /// Token endpoint.
    pub token_url: Url,
}

/// The app-only registration.
#[derive(Clone, Debug)]
pub struct Application {
    /// Application (client) id.
    pub client_id: String,
    /// Value of its secret.
    pub client_secret: Secret<String>,
    /// Its tenant.
    pub tenant: String,
    /// Sign-in host.
    pub authority_url: Url,
    /// Token endpoint.
    pub token_url: Url,
    /// Graph host, without version.
    pub graph_url: Url,
    /// What is asked for.
    pub scope: String,
    /// Connected at start.
    pub mailboxes: Vec<String>,
}

/// How mail is fetched.
#[derive(Clone, Copy, Debug)]
pub struct Sync {
    /// Where no notification reaches us.
    pub polling_interval: Duration,
    /// For one answer.
    pub request_timeout: Duration,
    /// Pieces of work at the same time.
    pub workers: usize,
}

/// Human or machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Sentences.
    Human,
    /// One JSON object a line.
    Json,
}

/// What is logged, and how.
#[derive(Clone, Copy, Debug)]
pub struct Logging {
    /// Of everything.
    pub level: tracing::Level,
    /// Of the talk with Microsoft.
    pub integration_level: tracing::Level,
    /// Of the lines.
    pub format: LogFormat,
}

/// Everything that cannot be right.
#[derive(Debug)]
pub struct Refusal(pub Vec<Problem>);

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&shown.join("\n\n"))
    }
}

impl std::error::Error for Refusal {}

impl Settings {
    /// Judges what was given.
    ///
    /// # Errors
    /// Everything that cannot be right, all at once.
    pub fn judge(values: &Values) -> Result<(Settings, Vec<Notice>), Refusal> {
        let mut judge = Judge { values, problems: Vec::new(), notices: Vec::new() };
        let directory = PathBuf::from(judge.text("data.directory").unwrap_or_else(|| "rapport-data".to_owned()));
        let server = judge.server();
        let clouds = judge.clouds();
        let microsoft = judge.microsoft(&clouds, &server.base_url);
        let application = judge.application(&clouds);
        let settings = Settings {
            database: judge.database(&directory),
            encryption: judge.encryption(&directory),
            sync: judge.sync(),
            log: judge.logging(),
            directory: Directory(directory),
            server,
            microsoft,
            application,
        };
        if values.get("cache.redis_url").is_some() {
            judge.notice(
                "cache.redis_url",
                "is accepted and does nothing: tokens and work are kept in the database, which took Redis's place",
            );
        }
        if judge.problems.is_empty() { Ok((settings, judge.notices)) } else { Err(Refusal(judge.problems)) }
    }
}

/// The addresses that both registrations fall back to.
struct Clouds {
    authority: Url,
    authority_tenant: Option<String>,
    graph: Url,
}

struct Judge<'a> {
    values: &'a Values,
    problems: Vec<Problem>,
    notices: Vec<Notice>,
}

impl Judge<'_> {
    fn text(&self, path: &str) -> Option<String> {
        self.values.get(path).map(|given| given.value.clone())
    }

    fn by(&self, path: &str) -> String {
        self.values.get(path).map_or_else(|| super::names::named(path).native.to_owned(), |given| given.by.clone())
    }

    fn parse<T>(&mut self, path: &str, parse: impl Fn(&str) -> Result<T, Wrong>) -> Option<T> {
        let given = self.values.get(path)?;
        match parse(&given.value) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.refuse(path, wrong.why, wrong.mend);
                None
            }
        }
    }

    fn refuse(&mut self, path: &str, why: impl Into<String>, mend: impl Into<String>) {
        let title = format!("{} cannot be right.", self.by(path));
        self.problems.push(Problem::new("config_value_invalid", title, why, mend));
    }

    fn missing(&mut self, path: &str, because_of: &str, mend: impl Into<String>) {
        let title = format!("{} is missing.", names_of(path));
        let why = format!("{} is set, and one without the other is of no use", self.by(because_of));
        self.problems.push(Problem::new("config_value_missing", title, why, mend));
    }

    fn notice(&mut self, path: &str, sentence: &str) {
        let by = self.by(path);
        self.notices.push(Notice(format!("{by} {sentence}.")));
    }

    fn server(&mut self) -> Server {
        let given_port = self.parse("server.port", value::port);
        let host = self.parse("server.host", value::listen_host).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let local = format!("http://localhost:{}", given_port.unwrap_or(3000));
        let base_url = self.parse("server.base_url", value::base_url);
        let base_url = base_url.unwrap_or_else(|| Url::parse(&local).expect("our own address"));
        let port_of_base = value::is_loopback(&base_url).then(|| base_url.port_or_known_default()).flatten();
        let mut own_notifications = base_url.clone();
        own_notifications.set_path("/hooks/microsoft/notifications");
        let notification_url = self.parse("server.notification_url", value::notification_url);
        Server {
            port: given_port.or(port_of_base).unwrap_or(3000),
            host,
            return_origins: self.parse("server.return_origins", value::origins).unwrap_or_default(),
            notification_url: notification_url.or((base_url.scheme() == "https").then_some(own_notifications)),
            base_url,
        }
    }

    fn clouds(&mut self) -> Clouds {
        let cloud = self.parse("microsoft.cloud", value::cloud).unwrap_or(Cloud::ALL[0]);
        let url = |text: &str| Url::parse(text).expect("addresses of clouds are whole");
        let (authority, authority_tenant) =
            self.parse("microsoft.authority_url", value::authority).unwrap_or_else(|| (url(cloud.authority), None));
        let graph = self.parse("microsoft.graph_url", value::endpoint).unwrap_or_else(|| url(cloud.graph));
        let known = (authority.host_str().and_then(Cloud::of_host), graph.host_str().and_then(Cloud::of_host));
        if let (Some(one), Some(other)) = known
            && one.authority != other.authority
        {
            self.refuse(
                "microsoft.graph_url",
                format!("Graph of the cloud {} does not take tokens of the cloud {}", other.name, one.name),
                "Give microsoft.cloud alone, or an authority and a Graph host of one cloud.",
            );
        }
        Clouds { authority, authority_tenant, graph }
    }

    fn microsoft(&mut self, clouds: &Clouds, base_url: &Url) -> Option<Microsoft> {
        let client_id = self.parse("microsoft.client_id", value::client_id);
        let client_secret = self.parse("microsoft.client_secret", value::client_secret);
        let tenant =
            self.parse("microsoft.tenant_id", value::tenant).or(clouds.authority_tenant.clone()).unwrap_or_else(|| "common".to_owned());
        let redirect_uris = self.parse("microsoft.redirect_uris", value::redirect_uris).unwrap_or_default();
        let extra_scopes = self.parse("microsoft.extra_scopes", value::scopes).unwrap_or_default();
        let authorize = self.parse("microsoft.authorize_url", value::endpoint);
        let token = self.parse("microsoft.token_url", value::endpoint);
        self.check_pair("microsoft");
        let own = own_redirect(base_url);
        if !redirect_uris.is_empty() && !redirect_uris.iter().any(|uri| same_origin(uri, &own)) {
            self.notice("microsoft.redirect_uris", "lists no address of this server's own; people who begin here come back elsewhere");
        }
        Some(Microsoft {
            client_id: client_id?,
            client_secret: Secret::new(client_secret?),
            redirect_uris: if redirect_uris.is_empty() { vec![own] } else { redirect_uris },
            extra_scopes,
            authorize_url: authorize.unwrap_or_else(|| endpoint_of(&clouds.authority, &tenant, "authorize")),
            token_url: token.unwrap_or_else(|| endpoint_of(&clouds.authority, &tenant, "token")),
            authority_url: clouds.authority.clone(),
            graph_url: clouds.graph.clone(),
            tenant: TenantKind::of(tenant),
        })
    }

    fn application(&mut self, clouds: &Clouds) -> Option<Application> {
        let client_id = self.parse("application.client_id", value::client_id);
        let client_secret = self.parse("application.client_secret", value::client_secret);
        let mailboxes = self.parse("application.mailboxes", value::mailboxes).unwrap_or_default();
        let scope = self.parse("application.scope", value::application_scope);
        let own = self.parse("application.authority_url", value::authority);
        let (authority, of_authority) = own.unwrap_or_else(|| (clouds.authority.clone(), clouds.authority_tenant.clone()));
        let tenant = self.parse("application.tenant_id", value::one_tenant).or(of_authority);
        self.check_pair("application");
        if client_id.is_some() && tenant.is_none() && self.values.get("application.tenant_id").is_none() {
            self.missing(
                "application.tenant_id",
                "application.client_id",
                "Copy \"Directory (tenant) ID\" from the registration's Overview page.",
            );
        }
        if client_id.is_none() && !mailboxes.is_empty() {
            self.missing(
                "application.client_id",
                "application.mailboxes",
                "A mailbox without a person is reached by an app-only registration: give its client id, secret and tenant.",
            );
        }
        let mut graph_url = scope.clone().unwrap_or_else(|| clouds.graph.clone());
        graph_url.set_path("/");
        let mut default_scope = graph_url.clone();
        default_scope.set_path("/.default");
        let tenant = tenant?;
        Some(Application {
            client_id: client_id?,
            client_secret: Secret::new(client_secret?),
            token_url: endpoint_of(&authority, &tenant, "token"),
            authority_url: authority,
            tenant,
            graph_url,
            scope: scope.unwrap_or(default_scope).to_string(),
            mailboxes,
        })
    }

    /// A client id and its secret belong together.
    fn check_pair(&mut self, section: &str) {
        let (id, secret) = (format!("{section}.client_id"), format!("{section}.client_secret"));
        match (self.values.get(&id).is_some(), self.values.get(&secret).is_some()) {
            (true, false) => {
                self.missing(&secret, &id, "Make a client secret under Certificates & secrets in the registration, and copy its value.")
            }
            (false, true) => {
                self.missing(&id, &secret, "Copy \"Application (client) ID\" from the registration's Overview page in Entra ID.")
            }
            _ => {}
        }
    }

    fn database(&mut self, directory: &std::path::Path) -> Database {
        let default = format!("sqlite:{}", directory.join("rapport.db").display());
        Database {
            url: Secret::new(self.parse("database.url", value::database).unwrap_or(default)),
            readers: self.parse("database.readers", value::small_count).unwrap_or(3),
        }
    }

    fn encryption(&mut self, directory: &std::path::Path) -> Encryption {
        let keys = self.parse("encryption.key", value::fernet_keys).unwrap_or_default();
        let key_file = self.text("encryption.key_file").map_or_else(|| directory.join("encryption.key"), PathBuf::from);
        Encryption { keys: keys.into_iter().map(Secret::new).collect(), key_file }
    }

    fn sync(&mut self) -> Sync {
        Sync {
            polling_interval: self.parse("sync.polling_interval_minutes", value::polling_interval).unwrap_or(Duration::from_secs(300)),
            request_timeout: self.parse("sync.request_timeout_seconds", value::request_timeout).unwrap_or(Duration::from_secs(30)),
            workers: self.parse("sync.workers", value::small_count).unwrap_or(4),
        }
    }

    fn logging(&mut self) -> Logging {
        let debug = self.parse("log.debug", value::flag).unwrap_or(false);
        let level = self.parse("log.level", value::level);
        let level =
            if debug { level.unwrap_or(tracing::Level::DEBUG).max(tracing::Level::DEBUG) } else { level.unwrap_or(tracing::Level::INFO) };
        let format = self.parse("log.format", |text| match text {
            "human" | "text" => Ok(LogFormat::Human),
            "json" => Ok(LogFormat::Json),
            _ => Err(Wrong { why: "There is no such format".into(), mend: "Write human or json.".into() }),
        });
        Logging {
            level,
            integration_level: self.parse("log.integration_level", value::level).unwrap_or(level),
            format: format.unwrap_or(LogFormat::Human),
        }
    }
}

/// The native name and, for those who come with another configuration, the name they know.
fn names_of(path: &str) -> String {
    let name = super::names::named(path);
    name.compatible.first().map_or_else(|| name.native.to_owned(), |known| format!("{} (or {known})", name.native))
}

fn own_redirect(base_url: &Url) -> String {
    format!("{}{}", base_url.as_str().trim_end_matches('/'), value::CALLBACK_PATHS[0])
}

fn same_origin(one: &str, other: &str) -> bool {
    matches!((Url::parse(one), Url::parse(other)), (Ok(one), Ok(other)) if one.origin() == other.origin())
}

fn endpoint_of(authority: &Url, tenant: &str, what: &str) -> Url {
    let mut url = authority.clone();
    url.set_path(&format!("/{tenant}/oauth2/v2.0/{what}"));
    url
}
