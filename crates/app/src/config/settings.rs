//! Settings: what every other part of the program is handed, parsed and judged as a whole.
//!
//! Promises: all that cannot be right is said at once, each by the name under which it was given, with the mend
//! and without the value.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use base::{Problem, Secret};
use graph::Cloud;
use model::tracking::network::Networks;
use url::Url;

use super::place;
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
    /// Where Microsoft is.
    pub cloud: Cloud,
    /// The registration that people consent to.
    pub microsoft: Option<Microsoft>,
    /// The client that we are at Google.
    pub google: Option<Google>,
    /// The app at Meta whose webhooks are heard.
    pub whatsapp: Option<web::WhatsApp>,
    /// The app-only registration.
    pub application: Option<Application>,
    /// How mail is fetched.
    pub sync: Sync,
    /// Whose networks are known to whoever looks at tracked mail.
    pub networks: Networks,
    /// Who outside may be called.
    pub webhooks: Webhooks,
    /// Below which directory of this machine archives may lie.
    pub archive_directory: Option<PathBuf>,
    /// Who may use the API.
    pub api: Api,
    /// Customers' databases.
    pub databases: crm::database::File,
    /// What is logged, and how.
    pub log: Logging,
}

/// Who may use the API, besides the keys that are made in the console.
#[derive(Clone, Debug)]
pub struct Api {
    /// A key that may do everything in the first workspace.
    pub key: Option<Secret<String>>,
    /// The issuer whose tokens are believed.
    pub jwt: Option<api::Jwt>,
    /// For each asker.
    pub requests_per_minute: u32,
    /// What the tenant's Exchange takes, in megabytes.
    pub message_megabytes_max: u64,
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
    pub return_origins: Vec<Url>,
    /// Origins whose pages may call the API with a key or a token.
    pub cors_origins: Vec<Url>,
    /// Origins whose pages may show an embedded page.
    pub embed_origins: Vec<Url>,
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
    pub keys: Option<Secret<String>>,
    /// The key file.
    pub key_file: PathBuf,
}

/// The registration that people consent to.
#[derive(Clone, Debug)]
pub struct Microsoft {
    /// Application (client) id.
    pub client_id: String,
    /// Value of its secret.
    pub client_secret: Secret<String>,
    /// Whose accounts: a tenant's id or domain, `organizations`, `consumers` or `common`.
    pub tenant: String,
    /// As registered, the first is the usual one.
    pub redirect_uris: Vec<Url>,
    /// Asked for beside Rapport's own.
    pub extra_scopes: Vec<String>,
    /// Whether people are asked only to let us read.
    pub read_only: bool,
    /// Whether people who connect contacts are asked to let us write them.
    pub write_contacts: bool,
    /// Tenants whose people may connect their own mailbox without an administrator's session.
    pub open_to_tenants: Vec<String>,
}

/// The client that we are at Google.
#[derive(Clone, Debug)]
pub struct Google {
    /// Who we are there.
    pub registration: google::Registration,
    /// Where its services are.
    pub places: google::Places,
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
    /// Connected at start.
    pub mailboxes: Vec<String>,
}

/// How mail is fetched.
#[derive(Clone, Copy, Debug)]
pub struct Sync {
    /// Where no notification reaches us.
    pub polling_interval: Duration,
    /// How far back calendars are read.
    pub calendar_back: Duration,
    /// How far ahead.
    pub calendar_ahead: Duration,
    /// For one answer.
    pub request_timeout: Duration,
    /// Pieces of work at the same time.
    pub workers: usize,
}

/// Who outside may be called.
#[derive(Clone, Debug)]
pub struct Webhooks {
    /// Also this machine and its networks, by plain http and on any port.
    pub allow_private_networks: bool,
    /// Ports that may be called otherwise.
    pub ports: Vec<u16>,
    /// Hosts that may be called wherever they are.
    pub allowed_hosts: Vec<String>,
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
        let place = judge.place();
        let microsoft = judge.microsoft(&place, &server.base_url);
        let application = judge.application(&place);
        let google = judge.google(&server.base_url);
        let settings = Settings {
            database: judge.database(&directory),
            encryption: judge.encryption(&directory),
            sync: judge.sync(),
            networks: judge.parse("tracking.networks", value::networks).unwrap_or_default(),
            webhooks: judge.webhooks(),
            archive_directory: judge.text("archive.directory").map(PathBuf::from),
            api: judge.api(),
            databases: judge.databases(),
            log: judge.logging(),
            directory: Directory(directory),
            server,
            cloud: place.cloud,
            microsoft,
            application,
            google,
            whatsapp: judge.whatsapp(),
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

/// Where Microsoft is, and the tenant that stood in the authority's address.
struct Place {
    cloud: Cloud,
    tenant: Option<String>,
}

/// An address, and the tenant behind it if one stood there.
type Root = (Url, Option<String>);

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
            cors_origins: self.parse("server.cors_origins", value::origins).unwrap_or_default(),
            embed_origins: self.parse("embed.origins", value::origins).unwrap_or_default(),
            return_origins: self.parse("server.return_origins", value::origins).unwrap_or_default(),
            notification_url: notification_url.or((base_url.scheme() == "https").then_some(own_notifications)),
            base_url,
        }
    }

    /// One server speaks with one cloud: the addresses of both registrations must agree on it.
    fn place(&mut self) -> Place {
        let named = self.parse("microsoft.cloud", value::cloud);
        let authority = self.parse("microsoft.authority_url", value::authority);
        let other_authority = self.parse("application.authority_url", value::authority);
        let (authority, tenants) = self.agreed("application.authority_url", authority, other_authority);
        let graph = self.parse("microsoft.graph_url", value::endpoint).map(|root| (root, None));
        let other_graph = self.parse("application.scope", value::application_scope).map(|root| (root, None));
        let (graph, _) = self.agreed("application.scope", graph, other_graph);
        let cloud = place::cloud(named, authority, graph).unwrap_or_else(|wrong| {
            let paths = ["microsoft.graph_url", "application.scope", "microsoft.authority_url", "application.authority_url"];
            let given = paths.into_iter().find(|path| self.values.get(path).is_some());
            self.refuse(given.unwrap_or("microsoft.cloud"), wrong.why, wrong.mend);
            Cloud::global()
        });
        let authorize = self.parse("microsoft.authorize_url", value::endpoint);
        let token = self.parse("microsoft.token_url", value::endpoint);
        Place { cloud: cloud.with_endpoints(authorize, token), tenant: tenants }
    }

    /// The one address of two that may be given for the same thing.
    fn agreed(&mut self, path: &str, one: Option<Root>, other: Option<Root>) -> (Option<Url>, Option<String>) {
        if let (Some((one, _)), Some((other, _))) = (&one, &other)
            && one != other
        {
            let why = "It names another cloud than the setting of the other registration, and one server speaks with one cloud";
            self.refuse(path, why, "Give both the same host, or run a server for each cloud.");
        }
        let tenant = [&one, &other].into_iter().flatten().find_map(|(_, tenant)| tenant.clone());
        (one.or(other).map(|(root, _)| root), tenant)
    }

    fn microsoft(&mut self, place: &Place, base_url: &Url) -> Option<Microsoft> {
        let client_id = self.parse("microsoft.client_id", value::client_id);
        let client_secret = self.parse("microsoft.client_secret", value::client_secret);
        let tenant = self.parse("microsoft.tenant_id", value::tenant).or(place.tenant.clone());
        let redirect_uris = self.parse("microsoft.redirect_uris", value::redirect_uris).unwrap_or_default();
        let extra_scopes = self.parse("microsoft.extra_scopes", value::scopes).unwrap_or_default();
        let read_only = self.parse("microsoft.read_only", value::flag).unwrap_or(false);
        let write_contacts = self.parse("microsoft.write_contacts", value::flag).unwrap_or(false);
        let open_to_tenants = self.parse("microsoft.open_to_tenants", value::tenant_ids).unwrap_or_default();
        self.check_pair("microsoft");
        let own = base_url.join(value::CALLBACK_PATHS[0]).expect("a path joins");
        if !redirect_uris.is_empty() && !redirect_uris.iter().any(|uri| uri.origin() == own.origin()) {
            self.notice("microsoft.redirect_uris", "lists no address of this server's own; people who begin here come back elsewhere");
        }
        Some(Microsoft {
            client_id: client_id?,
            client_secret: Secret::new(client_secret?),
            redirect_uris: if redirect_uris.is_empty() { vec![own] } else { redirect_uris },
            extra_scopes,
            read_only,
            write_contacts,
            open_to_tenants,
            tenant: tenant.unwrap_or_else(|| "common".to_owned()),
        })
    }

    fn google(&mut self, base_url: &Url) -> Option<Google> {
        let client_id = self.text("google.client_id");
        let client_secret = self.text("google.client_secret");
        let redirect_uri = self.parse("google.redirect_uri", value::endpoint);
        let places = self.parse("google.url", value::endpoint).map(|root| google::Places::at(&root));
        let copy = "Copy it from the client's page under \"Clients\" in the Google Cloud console.";
        match (&client_id, &client_secret) {
            (Some(_), None) => self.missing("google.client_secret", "google.client_id", copy),
            (None, Some(_)) => self.missing("google.client_id", "google.client_secret", copy),
            _ => {}
        }
        let own = base_url.join("/auth/google/callback").expect("a path joins");
        let registration = google::Registration {
            client_id: client_id?,
            client_secret: Secret::new(client_secret?),
            redirect_uri: redirect_uri.unwrap_or(own),
        };
        Some(Google { registration, places: places.unwrap_or_default() })
    }

    fn whatsapp(&mut self) -> Option<web::WhatsApp> {
        let (secret, token) = (self.text("whatsapp.app_secret"), self.text("whatsapp.verify_token"));
        match (&secret, &token) {
            (Some(_), None) => {
                let mend = "Think of a long word of your own, and give Meta the same one as the webhook's verify token.";
                self.missing("whatsapp.verify_token", "whatsapp.app_secret", mend);
            }
            (None, Some(_)) => {
                let mend = "Copy \"App secret\" from the app's page Settings, Basic, at developers.facebook.com.";
                self.missing("whatsapp.app_secret", "whatsapp.verify_token", mend);
            }
            _ => {}
        }
        Some(web::WhatsApp { app_secret: Secret::new(secret?), verify_token: Secret::new(token?) })
    }

    fn application(&mut self, place: &Place) -> Option<Application> {
        let client_id = self.parse("application.client_id", value::client_id);
        let client_secret = self.parse("application.client_secret", value::client_secret);
        let mailboxes = self.parse("application.mailboxes", value::mailboxes).unwrap_or_default();
        let tenant = self.parse("application.tenant_id", value::one_tenant).or(place.tenant.clone());
        self.check_pair("application");
        if client_id.is_some() && tenant.is_none() && self.values.get("application.tenant_id").is_none() {
            let mend = "Copy \"Directory (tenant) ID\" from the registration's Overview page.";
            self.missing("application.tenant_id", "application.client_id", mend);
        }
        if self.values.get("application.client_id").is_none() && !mailboxes.is_empty() {
            let mend = "A mailbox without a person is reached by an app-only registration: give its client id, secret and tenant.";
            self.missing("application.client_id", "application.mailboxes", mend);
        }
        Some(Application { client_id: client_id?, client_secret: Secret::new(client_secret?), tenant: tenant?, mailboxes })
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
        let keys = self.parse("encryption.key", value::fernet_keys);
        let key_file = self.text("encryption.key_file").map_or_else(|| directory.join("encryption.key"), PathBuf::from);
        Encryption { keys, key_file }
    }

    fn sync(&mut self) -> Sync {
        Sync {
            polling_interval: self.parse("sync.polling_interval_minutes", value::polling_interval).unwrap_or(Duration::from_secs(300)),
            calendar_back: self.parse("sync.calendar_days_back", value::calendar_days).unwrap_or(value::DAYS_30),
            calendar_ahead: self.parse("sync.calendar_days_ahead", value::calendar_days).unwrap_or(value::DAYS_30),
            request_timeout: self.parse("sync.request_timeout_seconds", value::request_timeout).unwrap_or(Duration::from_secs(30)),
            workers: self.parse("sync.workers", value::small_count).unwrap_or(4),
        }
    }

    fn api(&mut self) -> Api {
        Api {
            key: self.parse("api.key", value::api_key).map(Secret::new),
            jwt: self.issuer(),
            requests_per_minute: self.parse("api.requests_per_minute", value::requests).unwrap_or(6_000),
            message_megabytes_max: self.parse("sending.message_megabytes_max", value::message_megabytes).unwrap_or(35),
        }
    }

    fn issuer(&mut self) -> Option<api::Jwt> {
        let secret = self.parse("api.jwt_secret", value::shared_secret);
        let address = self.parse("api.jwt_jwks_url", value::endpoint);
        if secret.is_some() && address.is_some() {
            let why = "A token is signed either with the secret of api.jwt_secret or with a key of this document";
            self.refuse("api.jwt_jwks_url", why, "Give one of the two.");
        }
        let keys = secret.map(|secret| api::JwtKeys::Shared(Secret::new(secret))).or(address.map(api::JwtKeys::Document))?;
        let usual = api::Jwt::new(keys);
        let (issuer, audience) = (self.text("api.jwt_issuer"), self.text("api.jwt_audience"));
        if matches!(usual.keys, api::JwtKeys::Document(_)) && audience.is_none() {
            self.notice(
                "api.jwt_jwks_url",
                "is set without api.jwt_audience: tokens that its issuer made for other programs are accepted too",
            );
        }
        Some(api::Jwt {
            issuer,
            audience,
            email_claim: self.text("api.jwt_email_claim").unwrap_or_else(|| usual.email_claim.clone()),
            roles_claim: self.text("api.jwt_roles_claim").unwrap_or_else(|| usual.roles_claim.clone()),
            workspace_claim: self.text("api.jwt_workspace_claim").unwrap_or_else(|| usual.workspace_claim.clone()),
            keys: usual.keys,
        })
    }

    /// What the file of integrations describes; nothing if there is no file.
    fn databases(&mut self) -> crm::database::File {
        let Some(path) = self.text("integrations.file") else { return crm::database::File::default() };
        let Ok(text) = std::fs::read_to_string(&path) else {
            self.refuse("integrations.file", "The file cannot be read", "Name a readable JSON file, or leave the setting out.");
            return crm::database::File::default();
        };
        match crm::database::read(&text, &path, &|name| self.values.variable(name)) {
            Ok(file) => {
                self.notices.extend(file.notices.iter().map(|notice| Notice(notice.0.clone())));
                file
            }
            Err(problems) => {
                self.problems.extend(problems);
                crm::database::File::default()
            }
        }
    }

    fn webhooks(&mut self) -> Webhooks {
        Webhooks {
            allow_private_networks: self.parse("webhooks.allow_private_networks", value::flag).unwrap_or(false),
            ports: self.parse("webhooks.ports", value::ports).unwrap_or_else(|| vec![443, 8443]),
            allowed_hosts: self.parse("webhooks.allowed_hosts", value::hosts).unwrap_or_default(),
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
