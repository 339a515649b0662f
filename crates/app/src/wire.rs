//! Wiring: builds every room from the settings and hands each what it needs. The one place that knows all of them.

use std::sync::Arc;

use base::{Clock, Timestamp, random};
use desk::Desk;
use graph::Waiting;
use graph::oauth::Registration;
use inbound::{Clients, Grants, Inbound};
use model::compose::check::Limits;
use model::id::WorkspaceId;
use outbound::{Archivist, CalendarWriter, Mailer, Outbound, Reach, SystemLookup, WorldCaller};
use store::vault::{MasterKeys, Vault, VaultError};
use store::work::{self, Lane};
use store::workspace::{self, Workspace};
use store::{Db, StoreError, Transaction, due};
use transport::WorldTransport;
use transport::world::WorldSettings;
use url::Url;

use crate::config::{Settings, is_loopback};
use crate::engine::Engine;
use crate::failure::Failure;
use crate::metrics::Meter;
use crate::owners_view::OwnersView;
use crate::receivers::Receivers;

/// What every person is asked for: to read their mail, to write and send it, and to say who they are.
const SCOPES: [&str; 4] = ["Mail.Read", "Mail.ReadWrite", "Mail.Send", "User.Read"];
/// What a person is asked for where Rapport may only read (`microsoft.read_only`).
const READING_SCOPES: [&str; 2] = ["Mail.Read", "User.Read"];
/// What a person is asked for who connects a calendar.
const CALENDAR_SCOPES: [&str; 5] =
    ["Calendars.Read", "Calendars.ReadWrite", "Calendars.Read.Shared", "Calendars.ReadWrite.Shared", "User.Read"];
/// What a person is asked for who connects contacts.
const CONTACTS_SCOPES: [&str; 2] = ["Contacts.Read", "User.Read"];
/// The same where contacts are written back (`microsoft.write_contacts`).
const WRITING_CONTACTS_SCOPES: [&str; 3] = ["Contacts.Read", "Contacts.ReadWrite", "User.Read"];
/// The one workspace there is so far, the same for every node.
pub const WORKSPACE: WorkspaceId = WorkspaceId::from_number(1);
/// Where Microsoft tells of a subscription's own life.
const LIFECYCLE_PATH: &str = "/hooks/microsoft/lifecycle";

/// The whole product, wired.
#[derive(Clone)]
pub struct House {
    /// What it was built from.
    pub settings: Arc<Settings>,
    /// Rows.
    pub db: Db,
    /// Time.
    pub clock: Clock,
    /// Secrets.
    pub vault: Vault,
    /// The talk with Microsoft.
    pub graph: graph::Client,
    /// Whose data.
    pub workspace: WorkspaceId,
    /// Runs what is due.
    pub engine: Engine,
    /// Answers requests.
    pub web: web::State,
    /// Counts.
    pub meter: Meter,
}

impl House {
    /// Opens the database and the vault and builds the rest.
    ///
    /// # Errors
    /// When the database or the key cannot be used, with the mend.
    pub async fn open(settings: Settings, clock: Clock) -> Result<House, Failure> {
        let db = open_database(&settings).await?;
        let vault = open_vault(&settings, &db, clock.now()).await?;
        let workspace = ensure_workspace(&db, clock.now()).await?;
        let graph = graph_client(&settings, &db, &vault, &clock)?;
        let google = google_client(&settings)?;
        let mut inbound = Inbound::new(db.clone(), clock.clone(), graph.clone(), inbound_settings(&settings));
        if let Some(google) = &google {
            inbound = inbound.with_google(inbound::Google::new(google.clone(), vault.clone()));
        }
        let desk = Desk::new(db.clone(), clock.clone());
        let node = format!("{}-{:08x}", std::process::id(), random::number() >> 32);
        let outbound = outbound(&settings, &db, &vault, &clock)?;
        let mailer = Mailer::new(db.clone(), clock.clone(), graph.clone());
        let writer = CalendarWriter::new(db.clone(), clock.clone(), graph.clone());
        let engine = Engine::new(db.clone(), clock.clone(), node, inbound, desk).with_outbound(outbound).with_mailer(mailer);
        let engine = engine.with_calendar_writer(writer);
        let engine = engine.with_archivist(archivist(&settings, &db, &vault, (&clock, &graph))?);
        let meter = Meter::start();
        let web_settings = web_settings(&settings, workspace);
        let mut web = web::State::new(db.clone(), clock.clone(), vault.clone(), graph.clone(), web_settings, meter.renderer());
        web.networks = Arc::new(settings.networks.clone());
        web.api = web.api.fetching_by(Arc::new(transport(&settings)?)).calling(Arc::new(Receivers::new(&settings)));
        web.api.google = google;
        Ok(House { settings: Arc::new(settings), db, clock, vault, graph, workspace, engine, web, meter })
    }
}

/// Opens the database alone, bringing its schema up to date.
///
/// # Errors
/// When it cannot be reached or is newer than this program.
pub async fn open_database(settings: &Settings) -> Result<Db, Failure> {
    let url = settings.database.url.expose();
    if let Some(parent) = url.strip_prefix("sqlite:").map(std::path::Path::new).and_then(std::path::Path::parent) {
        std::fs::create_dir_all(parent).map_err(|error| directory_unusable(parent, &error))?;
    }
    let wanted = store::Settings { readers: settings.database.readers, ..store::Settings::new(url.clone()) };
    Db::open(&wanted).await.map_err(|error| database_unusable(&error))
}

/// Opens the vault alone, making the key file if there is neither key nor file.
///
/// # Errors
/// When the key is none, can be read by others, or is another database's.
pub async fn open_vault(settings: &Settings, db: &Db, now: Timestamp) -> Result<Vault, Failure> {
    let keys = match &settings.encryption.keys {
        Some(keys) => MasterKeys::read(keys),
        None => MasterKeys::from_file(&settings.encryption.key_file),
    };
    let keys = keys.map_err(|error| vault_unusable(&error))?;
    Vault::open(db, &keys, now).await.map_err(|error| vault_unusable(&error))
}

async fn ensure_workspace(db: &Db, now: Timestamp) -> Result<WorkspaceId, Failure> {
    let workspace = Workspace { id: WORKSPACE, name: "default".to_owned(), created_at: now };
    let known = workspace::list(db).await.map_err(|error| database_unusable(&error))?;
    if !known.iter().any(|known| known.id == WORKSPACE) {
        let made = Transaction::new("workspace.ensure").with(workspace::ensure(&workspace));
        db.commit(made).await.map_err(|error| database_unusable(&error))?;
    }
    let keeping = workspace::list(db).await.map_err(|error| database_unusable(&error))?;
    let keeping = keeping.iter().map(|known| work::ensure(due::KEEP_LEDGER, &known.id.to_string(), Lane::Scheduled, now));
    db.commit(Transaction::new("workspace.keep").with_all(keeping)).await.map_err(|error| database_unusable(&error))?;
    Ok(WORKSPACE)
}

/// What calls endpoints outside.
fn outbound(settings: &Settings, db: &Db, vault: &Vault, clock: &Clock) -> Result<Outbound, Failure> {
    let caller = WorldCaller::new(reach(settings), Arc::new(SystemLookup)).map_err(|error| client_unusable(&error))?;
    let expand = OwnersView::new(db.clone(), clock.clone());
    let settings = outbound::Settings { base_url: settings.server.base_url.clone() };
    Ok(Outbound::new(db.clone(), clock.clone(), vault.clone(), Arc::new(caller), Arc::new(expand), settings))
}

/// What brings original mail out.
fn archivist(settings: &Settings, db: &Db, vault: &Vault, (clock, graph): (&Clock, &graph::Client)) -> Result<Archivist, Failure> {
    let (bounds, lookup) = (archive_settings(settings), Arc::new(SystemLookup));
    Archivist::new(db.clone(), clock.clone(), vault.clone(), graph.clone(), bounds, lookup).map_err(|error| client_unusable(&error))
}

/// What archives are bound by.
pub fn archive_settings(settings: &Settings) -> outbound::ArchiveSettings {
    outbound::ArchiveSettings { directory: settings.archive_directory.clone(), reach: reach(settings) }
}

fn client_unusable(error: &outbound::WorldUnusable) -> Failure {
    Failure::not_now("http_client_unusable", "No HTTP client can be made.", error.to_string(), "Check the machine's certificates.")
}

/// How far calls to endpoints may reach.
pub fn reach(settings: &Settings) -> Reach {
    let webhooks = &settings.webhooks;
    Reach { private: webhooks.allow_private_networks, ports: webhooks.ports.clone(), hosts: webhooks.allowed_hosts.clone() }
}

fn graph_client(settings: &Settings, db: &Db, vault: &Vault, clock: &Clock) -> Result<graph::Client, Failure> {
    let transport = transport(settings)?;
    let grants = Grants::new(db.clone(), vault.clone(), clock.clone(), clients(settings));
    Ok(graph::Client::new(graph::Settings {
        cloud: settings.cloud.clone(),
        transport: Arc::new(transport),
        tokens: Arc::new(grants),
        registrations: registrations(settings),
        clock: clock.clone(),
        waiting: Waiting::default(),
    }))
}

fn google_client(settings: &Settings) -> Result<Option<google::Client>, Failure> {
    let Some(own) = &settings.google else { return Ok(None) };
    let transport = Arc::new(transport(settings)?);
    Ok(Some(google::Client::new(own.places.clone(), own.registration.clone(), transport)))
}

/// The way to Microsoft and Google.
///
/// # Errors
/// When the HTTP client cannot be made.
pub fn transport(settings: &Settings) -> Result<WorldTransport, Failure> {
    let world = WorldSettings { read_timeout: settings.sync.request_timeout, ..WorldSettings::default() };
    WorldTransport::new(&world).map_err(|error| {
        Failure::not_now("http_client_unusable", "No HTTP client can be made.", error.to_string(), "Check the machine's certificates.")
    })
}

fn clients(settings: &Settings) -> Clients {
    let client = |client_id: &str, tenant: &str| inbound::Client { client_id: client_id.to_owned(), tenant: tenant.to_owned() };
    Clients {
        delegated: settings.microsoft.as_ref().map(|own| client(&own.client_id, &own.tenant)),
        application: settings.application.as_ref().map(|own| client(&own.client_id, &own.tenant)),
    }
}

fn registrations(settings: &Settings) -> Vec<Registration> {
    let delegated = settings.microsoft.iter().map(|own| (&own.client_id, &own.client_secret));
    let application = settings.application.iter().map(|own| (&own.client_id, &own.client_secret));
    let mut known: Vec<Registration> = Vec::new();
    for (client_id, secret) in delegated.chain(application) {
        if !known.iter().any(|registration| registration.client_id == *client_id) {
            known.push(Registration::with_secret(client_id.clone(), secret.clone()));
        }
    }
    known
}

fn inbound_settings(settings: &Settings) -> inbound::Settings {
    let notification_url = settings.server.notification_url.as_ref();
    let lifecycle_url = notification_url.and_then(|url| url.join(LIFECYCLE_PATH).ok());
    inbound::Settings {
        poll_interval: settings.sync.polling_interval,
        calendar_back: settings.sync.calendar_back,
        calendar_ahead: settings.sync.calendar_ahead,
        notification_url: notification_url.map(Url::to_string),
        lifecycle_url: lifecycle_url.map(String::from),
        ..inbound::Settings::default()
    }
}

fn web_settings(settings: &Settings, workspace: WorkspaceId) -> web::Settings {
    let delegated = settings.microsoft.as_ref().map(|own| web::Delegated {
        client_id: own.client_id.clone(),
        tenant: own.tenant.clone(),
        redirect_uris: own.redirect_uris.clone(),
        scopes: if own.read_only { READING_SCOPES.as_slice() } else { SCOPES.as_slice() }
            .iter()
            .copied()
            .map(str::to_owned)
            .chain(own.extra_scopes.iter().cloned())
            .collect(),
        calendar_scopes: CALENDAR_SCOPES.into_iter().map(str::to_owned).collect(),
        contacts_scopes: if own.write_contacts { WRITING_CONTACTS_SCOPES.as_slice() } else { CONTACTS_SCOPES.as_slice() }
            .iter()
            .copied()
            .map(str::to_owned)
            .collect(),
        open_to_tenants: own.open_to_tenants.clone(),
    });
    let application = settings.application.as_ref();
    web::Settings {
        base_url: settings.server.base_url.clone(),
        loopback_only: is_loopback(&settings.server.base_url),
        hosts: Vec::new(),
        delegated,
        application: application.map(|own| web::Application { client_id: own.client_id.clone(), tenant: own.tenant.clone() }),
        whatsapp: settings.whatsapp.clone(),
        return_origins: settings.server.return_origins.clone(),
        polling_interval: settings.sync.polling_interval,
        workspace,
        api: api_settings(settings, workspace),
    }
}

fn api_settings(settings: &Settings, workspace: WorkspaceId) -> api::Settings {
    api::Settings {
        key: settings.api.key.clone(),
        jwt: settings.api.jwt.clone(),
        cors_origins: settings.server.cors_origins.clone(),
        embed_origins: settings.server.embed_origins.clone(),
        requests_per_minute: settings.api.requests_per_minute,
        mail_limits: Limits { message_bytes_max: settings.api.message_megabytes_max << 20, ..Limits::default() },
        ..api::Settings::new(settings.server.base_url.clone(), workspace)
    }
}

fn directory_unusable(path: &std::path::Path, error: &std::io::Error) -> Failure {
    Failure::not_now(
        "directory_unusable",
        format!("The directory {} cannot be made.", path.display()),
        error.to_string(),
        "Name another one with --data, or let this user write there.",
    )
}

/// The database does not do what it should.
pub fn database_unusable(error: &StoreError) -> Failure {
    Failure::not_now(
        "database_unusable",
        "The database cannot be used.",
        error.to_string(),
        "Check --database (or database.url) and that the database can be reached; `rapport doctor` looks at both.",
    )
}

fn vault_unusable(error: &VaultError) -> Failure {
    let text = error.to_string();
    let (why, mend) = text.split_once("\nNext: ").unwrap_or((&text, "see docs/OPERATING.md, \"Encryption keys\""));
    Failure::not_now("encryption_key_unusable", "The encryption key cannot be used.", why, mend)
}
