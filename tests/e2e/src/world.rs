//! The world: a simulated tenant, a database, and the product between them, which can be killed and started again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use api::contacting::account_book;
use base::{Clock, Secret, Timestamp};
use bytes::Bytes;
use desk::Desk;
use graph::oauth::authorize::{AuthorizeRequest, begin};
use graph::oauth::{CodeExchange, Registration, TokenAnswer};
use graph::{Cloud, Waiting};
use http::{Method, Request};
use inbound::{Client, Clients, Grants, Inbound};
use microsoft365_sim::control::NewUser;
use microsoft365_sim::directory::fixture::{SERVICE_APP_ID, SERVICE_APP_SECRET, WEB_APP_ID, WEB_APP_SECRET};
use microsoft365_sim::{Config, Simulator};
use model::contact::Origin;
use model::id::{ConnectionId, WorkspaceId};
use outbound::{ArchiveSettings, Archivist, CalendarWriter, Mailer, Reach, SystemLookup};
use rapport::engine::Engine;
use store::connect::{self, Permission, SealedTokens};
use store::connection::{self, Connection, ConnectionKind, ConnectionState};
use store::grant::{self, Grant};
use store::vault::{MasterKeys, Vault};
use store::work::Lane;
use store::workspace::{self, Workspace};
use store::{Db, Phase, Statement, StoreError, Transaction, calendar, due};

use crate::beside::Beside;
use crate::door::{BASE, Door};
use crate::gate::{Gate, Moment};
use crate::holders::Holders;
use crate::wire::{ROOT, Wire};

/// The one workspace.
pub const WORKSPACE: WorkspaceId = WorkspaceId::from_number(1);
/// What a person is asked to permit, unless a test says otherwise.
pub const SCOPES: [&str; 4] = ["Mail.Read", "Mail.ReadWrite", "Mail.Send", "User.Read"];
/// What a person is asked to permit for the calendar.
const CALENDAR_SCOPES: [&str; 3] = ["Calendars.Read", "Calendars.ReadWrite", "User.Read"];
/// What a person is asked to permit for contacts.
const CONTACTS_SCOPES: [&str; 2] = ["Contacts.Read", "User.Read"];
const REDIRECT: &str = "http://localhost:3000/auth/microsoft/callback";
const MASTER: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// How much of the pull the tests see at once: small pages and pieces make for many commits.
pub fn small_pieces() -> inbound::Settings {
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    inbound::Settings {
        page_size: 5,
        piece_size: 2,
        poll_interval: minutes(20),
        watched_interval: minutes(30),
        audit_interval: minutes(45),
        notification_url: Some(format!("{BASE}/hooks/microsoft/notifications")),
        lifecycle_url: Some(format!("{BASE}/hooks/microsoft/lifecycle")),
        subscription_lifetime: minutes(120),
        ..inbound::Settings::default()
    }
}

/// When and where the program is to be stopped, and where it could have been.
#[derive(Debug, Default)]
pub struct Crashes {
    /// The commit point at which the program is to be stopped next, and on which side of it.
    pub armed: Option<(&'static str, Phase)>,
    /// The program has stopped.
    pub stopped: bool,
    /// Every stop so far: commit point and side.
    pub stops: Vec<(&'static str, Phase)>,
}

impl Crashes {
    fn at(&mut self, name: &'static str, phase: Phase) -> bool {
        if self.stopped {
            return true;
        }
        if self.armed != Some((name, phase)) {
            return false;
        }
        self.armed = None;
        self.stopped = true;
        self.stops.push((name, phase));
        true
    }
}

/// The product, running.
#[derive(Clone)]
pub struct House {
    /// Its database.
    pub db: Db,
    /// Its engine.
    pub engine: Engine,
    /// Its talk with Microsoft.
    pub graph: graph::Client,
    /// Its vault.
    pub vault: Vault,
    /// What answers requests.
    pub router: axum::Router,
}

/// Everything there is.
pub struct World {
    /// Microsoft.
    pub sim: Simulator,
    /// The product's clock, moved together with the simulator's.
    pub clock: Clock,
    /// Between the two.
    pub wire: Wire,
    /// What stands beside Microsoft.
    pub beside: Beside,
    /// By which Microsoft reaches the product.
    pub door: Door,
    /// Where the product waits.
    pub gate: Gate,
    /// Where it is stopped.
    pub crashes: Arc<Mutex<Crashes>>,
    /// Who has claimed what.
    pub holders: Holders,
    /// Below which archives may lie.
    pub archives: tempfile::TempDir,
    /// The product.
    pub house: House,
    settings: store::Settings,
    pulls: inbound::Settings,
    starts: u32,
}

impl World {
    /// A simulated tenant of its own, an empty database and the product, started.
    pub async fn new(config: Config, settings: store::Settings, pulls: inbound::Settings) -> Self {
        let sim = Simulator::new(config);
        sim.control().configure(|config| config.identity.automatic_sign_in = true);
        let clock = Clock::manual(Timestamp::from_millis(sim.now().as_millisecond()));
        let gate = Gate::default();
        gate.stand_open(true);
        let wire = Wire::new(sim.clone(), clock.clone(), gate.clone());
        let crashes = Arc::<Mutex<Crashes>>::default();
        let holders = Holders::default();
        let archives = tempfile::tempdir().expect("a temporary directory");
        let beside = Beside::new(sim.control().config().seed, clock.clone(), gate.clone());
        let house = start(&settings, &clock, (&wire, &beside), &gate, (&crashes, &holders), (&pulls, archives.path()), 0).await;
        let workspace = Workspace { id: WORKSPACE, name: "Contoso".to_owned(), created_at: clock.now() };
        house.db.commit(Transaction::new("workspace.ensure").with(workspace::ensure(&workspace))).await.expect("a workspace is made");
        let door = Door::default();
        door.lead_to(house.router.clone());
        sim.set_outside(Arc::new(door.clone()));
        World { sim, clock, wire, beside, door, gate, crashes, holders, archives, house, settings, pulls, starts: 0 }
    }

    /// Starts the product again after it was stopped, as another node.
    pub async fn restart(&mut self) {
        self.gate.clear();
        self.crashes().stopped = false;
        self.starts += 1;
        let watched = (&self.crashes, &self.holders);
        let bounds = (&self.pulls, self.archives.path());
        self.house = start(&self.settings, &self.clock, (&self.wire, &self.beside), &self.gate, watched, bounds, self.starts).await;
        self.door.lead_to(self.house.router.clone());
    }

    /// Starts the product on another database, as after restoring a backup.
    pub async fn reopen(&mut self, settings: store::Settings) {
        self.settings = settings;
        self.restart().await;
    }

    /// The stops.
    pub fn crashes(&self) -> std::sync::MutexGuard<'_, Crashes> {
        self.crashes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves both clocks.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.sim.control().advance_clock(by);
    }

    /// Makes a person with a mailbox at Microsoft.
    pub fn make_person(&self, address: &str, name: &str) {
        self.sim.control().create_user(NewUser::person(address, name)).expect("the address is free");
    }

    /// Makes a shared mailbox at Microsoft.
    pub fn make_shared(&self, address: &str, name: &str) {
        self.sim.control().create_user(NewUser::shared(address, name, &[])).expect("the address is free");
    }

    /// Connects a mailbox as its person does in the browser, or as an administrator does for a shared one.
    ///
    /// # Errors
    /// When the program was stopped in between.
    pub async fn connect(&self, address: &str, kind: ConnectionKind) -> Result<(), StoreError> {
        self.connect_permitting(address, kind, &SCOPES).await
    }

    /// The same, with what the person is asked to permit.
    ///
    /// # Errors
    /// When the program was stopped in between.
    pub async fn connect_permitting(&self, address: &str, kind: ConnectionKind, scopes: &[&str]) -> Result<(), StoreError> {
        let user = self.sim.control().user(address).expect("there is such a user");
        let now = self.clock.now();
        let mut permission = Permission {
            workspace: WORKSPACE,
            kind,
            tenant_id: user.tenant_id.clone(),
            graph_user_id: user.id.clone(),
            principal_name: user.user_principal_name.clone(),
            display_name: user.display_name.clone(),
            address: address.to_owned(),
            scopes: String::new(),
            actor: "test".to_owned(),
        };
        let plan = connect::plan(&self.house.db, &permission, now).await?;
        let tokens = match kind {
            ConnectionKind::Application => SealedTokens::default(),
            ConnectionKind::Delegated => {
                let (tokens, permitted) = self.sign_in(address, &user.tenant_id, plan.connection, scopes).await;
                permission.scopes = permitted;
                tokens
            }
        };
        self.house.graph.forget(&graph::GrantKey::new(plan.connection.to_string()));
        self.house.db.commit(connect::transaction(&permission, &plan, tokens, now)).await.map(|_| ())
    }

    /// Connects a person's calendars, by their own permissions.
    ///
    /// # Errors
    /// When the program was stopped in between.
    pub async fn connect_calendars(&self, address: &str) -> Result<ConnectionId, StoreError> {
        self.connect_calendars_permitting(address, &CALENDAR_SCOPES).await
    }

    /// The same, with what the person is asked to permit.
    ///
    /// # Errors
    /// When the program was stopped in between.
    pub async fn connect_calendars_permitting(&self, address: &str, scopes: &[&str]) -> Result<ConnectionId, StoreError> {
        let (db, now) = (&self.house.db, self.clock.now());
        let (id, mut statements) = self.join_apart(address, "microsoft_calendar", scopes).await?;
        statements.push(due::pull_calendars(id, Lane::Notified, now));
        let events = calendar::of_connection(db, id).await?;
        statements.extend(events.iter().map(|(calendar, _)| due::pull_calendar_events(id, calendar.id, Lane::Notified, now)));
        db.commit(Transaction::new("calendar.connect").with_all(statements)).await?;
        Ok(id)
    }

    /// Connects a person's contacts, by their own permissions.
    ///
    /// # Errors
    /// When the program was stopped in between.
    pub async fn connect_contacts(&self, address: &str) -> Result<ConnectionId, StoreError> {
        self.connect_contacts_permitting(address, &CONTACTS_SCOPES).await
    }

    /// Connects a user's contacts after the user has consented to these permissions.
    ///
    /// # Errors
    /// When the database is gone.
    pub async fn connect_contacts_permitting(&self, address: &str, scopes: &[&str]) -> Result<ConnectionId, StoreError> {
        let (db, now) = (&self.house.db, self.clock.now());
        let (id, mut statements) = self.join_apart(address, connection::OUTLOOK_CONTACTS, scopes).await?;
        statements.extend(account_book(db, WORKSPACE, (Origin::Outlook, id), address, "test", now).await?);
        db.commit(Transaction::new("contacts.connect").with_all(statements)).await?;
        Ok(id)
    }

    /// What joins an account without a mailbox, after its person has permitted it.
    async fn join_apart(&self, address: &str, provider: &str, scopes: &[&str]) -> Result<(ConnectionId, Vec<Statement>), StoreError> {
        let user = self.sim.control().user(address).expect("there is such a user");
        let (db, now) = (&self.house.db, self.clock.now());
        let known = connection::by_account(db, WORKSPACE, provider, &user.tenant_id, &user.id).await?;
        let id = known.as_ref().map_or_else(|| ConnectionId::new(now), |known| known.id);
        let (tokens, scopes) = self.sign_in(address, &user.tenant_id, id, scopes).await;
        let connection = Connection {
            id,
            workspace: WORKSPACE,
            provider: provider.to_owned(),
            kind: ConnectionKind::Delegated,
            tenant_id: user.tenant_id.clone(),
            account_id: user.id.clone(),
            principal_name: user.user_principal_name.clone(),
            display_name: user.display_name.clone(),
            state: ConnectionState::Connected,
            problem: None,
            state_at: now,
            created_at: now,
        };
        let grant = Grant {
            connection: id,
            scopes,
            refresh_token_sealed: tokens.refresh_token,
            access_token_sealed: tokens.access_token,
            access_expires_at: tokens.access_expires_at,
            generation: 1,
            refreshed_at: now,
            granted_at: now,
        };
        let joined = match known {
            Some(_) => connection::set_state(id, ConnectionState::Connected, None, now),
            None => connection::insert(&connection),
        };
        self.house.graph.forget(&graph::GrantKey::new(id.to_string()));
        Ok((id, vec![joined, grant::put(&grant)]))
    }

    /// The person signs in and permits: the tokens, sealed, and what was permitted.
    async fn sign_in(&self, address: &str, tenant: &str, connection: model::id::ConnectionId, scopes: &[&str]) -> (SealedTokens, String) {
        let answer = self.consent(address, tenant, scopes).await;
        let seal = |place: String, token: &Secret<String>| self.house.vault.seal_text(&place, token);
        let tokens = SealedTokens {
            refresh_token: answer.refresh_token.as_ref().map(|token| seal(inbound::refresh_place(connection), token)),
            access_token: Some(seal(inbound::access_place(connection), &answer.access_token)),
            access_expires_at: self.clock.now().plus(answer.expires_in),
        };
        (tokens, answer.scope)
    }

    /// The person signs in and permits: code with PKCE, redeemed. Nothing of it is kept.
    pub async fn consent(&self, address: &str, tenant: &str, scopes: &[&str]) -> TokenAnswer {
        let registration = self.house.graph.registration(WEB_APP_ID).expect("the web app is registered");
        let request = AuthorizeRequest { tenant, redirect_uri: REDIRECT, scopes, prompt: None, login_hint: Some(address), claims: None };
        let journey = begin(self.house.graph.cloud(), registration, &request);
        let code = self.browse(&journey.url).await;
        let exchange = CodeExchange {
            tenant: tenant.to_owned(),
            code: Secret::new(code),
            redirect_uri: REDIRECT.to_owned(),
            code_verifier: journey.code_verifier,
        };
        self.house.graph.redeem_code(WEB_APP_ID, &exchange).await.expect("the code is redeemed")
    }

    /// The web side with a registration that people of this tenant consent to.
    pub fn web(&self, tenant: &str) -> web::State {
        let redirect = url::Url::parse(REDIRECT).expect("an address");
        let scopes = |scopes: &[&str]| scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let delegated = web::Delegated {
            client_id: WEB_APP_ID.to_owned(),
            tenant: tenant.to_owned(),
            redirect_uris: vec![redirect],
            scopes: scopes(&SCOPES),
            calendar_scopes: scopes(&CALENDAR_SCOPES),
            contacts_scopes: scopes(&CONTACTS_SCOPES),
            open_to_tenants: Vec::new(),
        };
        let House { db, graph, vault, .. } = self.house.clone();
        let settings = web::Settings { delegated: Some(delegated), ..web_settings(&self.pulls) };
        web::State::new(db, self.clock.clone(), vault, graph, settings, Arc::new(String::new))
    }

    /// Follows the authorize address to the code that comes back.
    async fn browse(&self, url: &str) -> String {
        let request = Request::builder().method(Method::GET).uri(url).body(Bytes::new()).expect("a request");
        let response = self.sim.answer(request).await.response().expect("an answer");
        let location = response.headers().get("location").and_then(|location| location.to_str().ok());
        let location = location.unwrap_or_else(|| panic!("sign-in did not come back: {}", String::from_utf8_lossy(response.body())));
        let location = url::Url::parse(location).expect("a redirect");
        let code = location.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
        code.unwrap_or_else(|| panic!("no code in {location}"))
    }
}

impl Drop for World {
    /// Microsoft forgets the way to the product, which knows the way to Microsoft: else neither would ever end.
    fn drop(&mut self) {
        self.sim.set_outside(Arc::new(microsoft365_sim::outside::Nobody));
    }
}

async fn start(
    settings: &store::Settings,
    clock: &Clock,
    (wire, beside): (&Wire, &Beside),
    gate: &Gate,
    (crashes, holders): (&Arc<Mutex<Crashes>>, &Holders),
    (pulls, archives): (&inbound::Settings, &std::path::Path),
    number: u32,
) -> House {
    let (stops, holders) = (Arc::clone(crashes), holders.clone());
    let waits = gate.clone();
    let db = Db::open(settings).await.expect("the database opens");
    let master = MasterKeys::read(&Secret::from(MASTER)).expect("a Fernet key");
    let vault = Vault::open(&db, &master, clock.now()).await.expect("the vault opens");
    let db = db
        .with_commit_hook(Arc::new(move |name, phase| {
            if phase == Phase::After {
                holders.committed(name);
            }
            stops.lock().unwrap_or_else(PoisonError::into_inner).at(name, phase)
        }))
        .with_commit_gate(Arc::new(move |name| {
            let gate = waits.clone();
            Box::pin(async move { gate.pass(Moment::Commit(name)).await })
        }));
    let clients = Clients {
        delegated: Some(Client { client_id: WEB_APP_ID.to_owned(), tenant: "organizations".to_owned() }),
        application: Some(Client { client_id: SERVICE_APP_ID.to_owned(), tenant: String::new() }),
    };
    let graph = graph::Client::new(graph::Settings {
        cloud: Cloud::custom(ROOT, ROOT).expect("two roots"),
        transport: Arc::new(wire.clone()),
        tokens: Arc::new(Grants::new(db.clone(), vault.clone(), clock.clone(), clients)),
        registrations: vec![
            Registration::with_secret(WEB_APP_ID, WEB_APP_SECRET),
            Registration::with_secret(SERVICE_APP_ID, SERVICE_APP_SECRET),
        ],
        clock: clock.clone(),
        waiting: Waiting::never(),
    });
    let inbound = Inbound::new(db.clone(), clock.clone(), graph.clone(), pulls.clone())
        .with_google(inbound::Google::new(beside.google(), vault.clone()));
    let mailer = Mailer::new(db.clone(), clock.clone(), graph.clone());
    let engine = Engine::new(db.clone(), clock.clone(), format!("node-{number}"), inbound, Desk::new(db.clone(), clock.clone()));
    let bounds = ArchiveSettings { directory: Some(archives.to_owned()), reach: Reach { private: true, ..Reach::default() } };
    let archivist = Archivist::new(db.clone(), clock.clone(), vault.clone(), graph.clone(), bounds, Arc::new(SystemLookup));
    let engine = engine.with_calendar_writer(CalendarWriter::new(db.clone(), clock.clone(), graph.clone()));
    let engine = engine.with_mailer(mailer).with_archivist(archivist.expect("an HTTP client is made"));
    let settings = web::Settings { whatsapp: Some(beside.whatsapp()), ..web_settings(pulls) };
    let mut state = web::State::new(db.clone(), clock.clone(), vault.clone(), graph.clone(), settings, Arc::new(String::new));
    state.api.google = Some(beside.google());
    House { db, engine, graph, vault, router: web::router(state) }
}

fn web_settings(pulls: &inbound::Settings) -> web::Settings {
    web::Settings {
        base_url: url::Url::parse(BASE).expect("an address"),
        loopback_only: false,
        hosts: Vec::new(),
        delegated: None,
        application: None,
        whatsapp: None,
        return_origins: Vec::new(),
        polling_interval: pulls.poll_interval,
        workspace: WORKSPACE,
        api: web::ApiSettings::new(url::Url::parse(BASE).expect("an address"), WORKSPACE),
    }
}
