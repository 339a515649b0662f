//! The stage: the simulated Microsoft 365 with its mail and calendars, Google and WhatsApp beside it, and settings that point the product at it.

use std::net::Ipv4Addr;
use std::path::Path;

use crm_sim::google::NewAccount;
use microsoft365_sim::control::{ControlError, LoadReport};
use microsoft365_sim::directory::{UserKind, fixture, tenant};
use microsoft365_sim::server::{Listen, Running, serve};
use microsoft365_sim::{Config, Simulator};
use url::Url;

use crate::cli::{Demo, Global};
use crate::config::{Settings, Values};
use crate::failure::Failure;

/// Where the sample CRM of docs/examples runs: its page may show a timeline of the demo.
const SAMPLE_CRM: &str = "http://localhost:8080";

/// Whose Google contacts can be connected, and how many there are.
const GOOGLE_PERSON: &str = "anna.alm@gmail.example";
const GOOGLE_CONTACTS: usize = 40;
/// How many people have written on WhatsApp.
const WHATSAPP_PEOPLE: usize = 6;

/// Three people and a shared mailbox.
const MAILBOXES: usize = 4;

/// The simulated Microsoft 365, being served.
pub struct Stage {
    /// The cloud itself.
    pub simulator: Simulator,
    /// Where it answers.
    pub running: Running,
    /// Google and WhatsApp.
    pub beside: crm_sim::Simulator,
    /// Where Google answers.
    pub google: crm_sim::server::Running,
    /// What mail was taken.
    pub loaded: LoadReport,
}

impl Stage {
    /// Makes the tenant and serves it on a free port.
    ///
    /// # Errors
    /// When the mail cannot be read or no port is free.
    pub async fn set(arguments: &Demo, port: u16) -> Result<Stage, Failure> {
        let mut config = Config { seed: arguments.seed, ..Config::default() };
        config.identity.automatic_sign_in = true;
        let simulator = Simulator::new(config);
        check_paths(arguments)?;
        let settings = vec!["MailboxSettings.ReadWrite".to_owned()];
        simulator.control().consent(fixture::SERVICE_APP_ID, None, Vec::new(), settings).expect("the tenant has the service");
        let loaded = fill(simulator.clone(), arguments.clone()).await?;
        let running = serve(simulator.clone(), Listen::loopback()).await.map_err(|sentence| unserved(&sentence))?;
        let beside = beside(arguments.seed, port);
        let google = crm_sim::server::serve(beside.clone(), (Ipv4Addr::LOCALHOST, 0).into(), None).await;
        let google = google.map_err(|sentence| unserved(&sentence))?;
        Ok(Stage { simulator, running, beside, google, loaded })
    }

    /// Has WhatsApp tell the server at this port who writes.
    ///
    /// # Errors
    /// When the server does not listen.
    pub async fn open_whatsapp(&mut self, port: u16) -> Result<(), Failure> {
        let webhook = Url::parse(&format!("http://localhost:{port}/hooks/whatsapp")).expect("an address");
        self.google.tell(self.beside.clone(), webhook).await.map_err(|sentence| unserved(&sentence))?;
        let whatsapp = self.beside.whatsapp();
        for person in whatsapp.generate(WHATSAPP_PEOPLE) {
            whatsapp.says(&person.user_id, "Hello").map_err(|error| unserved(&error.to_string()))?;
        }
        Ok(())
    }

    /// The addresses of its people.
    pub fn people(&self) -> Vec<String> {
        self.addresses(UserKind::Member)
    }

    /// The addresses of its shared mailboxes.
    pub fn shared(&self) -> Vec<String> {
        self.addresses(UserKind::Shared)
    }

    fn addresses(&self, kind: UserKind) -> Vec<String> {
        let control = self.simulator.control();
        let is_of_kind = |address: &&String| control.user(address).is_ok_and(|user| user.kind == kind);
        self.loaded.mailboxes.iter().filter(is_of_kind).cloned().collect()
    }

    /// Settings for a server at that port, with its data there.
    ///
    /// # Errors
    /// When --database is no database's address.
    pub fn settings(&self, port: u16, data: &Path, global: &Global) -> Result<Settings, Failure> {
        let local = format!("http://localhost:{port}");
        let (app, whatsapp) = (crm_sim::google::Client::default(), self.beside.config().whatsapp);
        let mut values = Values::default();
        for (path, value) in [
            ("server.base_url", local.clone()),
            ("server.port", port.to_string()),
            ("server.notification_url", format!("{local}/hooks/microsoft/notifications")),
            ("data.directory", data.display().to_string()),
            ("archive.directory", data.join("archives").display().to_string()),
            ("microsoft.client_id", fixture::WEB_APP_ID.to_owned()),
            ("microsoft.client_secret", fixture::WEB_APP_SECRET.to_owned()),
            ("microsoft.tenant_id", tenant::DEFAULT_TENANT.to_owned()),
            // Its people may sign in to the console, as yours would.
            ("microsoft.open_to_tenants", tenant::DEFAULT_TENANT.to_owned()),
            // Over the next change of the clocks, whenever that is.
            ("sync.calendar_days_ahead", "210".to_owned()),
            ("microsoft.extra_scopes", "MailboxSettings.ReadWrite".to_owned()),
            ("microsoft.write_contacts", "true".to_owned()),
            ("microsoft.authority_url", self.running.http_url.clone()),
            ("microsoft.graph_url", self.running.http_url.clone()),
            ("application.client_id", fixture::SERVICE_APP_ID.to_owned()),
            ("application.client_secret", fixture::SERVICE_APP_SECRET.to_owned()),
            ("application.tenant_id", tenant::DEFAULT_TENANT.to_owned()),
            ("google.client_id", app.id),
            ("google.client_secret", app.secret),
            ("google.url", self.google.url.clone()),
            ("whatsapp.app_secret", whatsapp.app_secret),
            ("whatsapp.verify_token", whatsapp.verify_token),
            ("webhooks.allow_private_networks", "true".to_owned()),
            ("embed.origins", SAMPLE_CRM.to_owned()),
            ("log.level", "warn".to_owned()),
        ] {
            values.set(path, value, "demo");
        }
        if let Some(database) = &global.database {
            values.set("database.url", database, "--database");
        }
        Ok(Settings::judge(&values)?.0)
    }
}

/// Somebody's Google contacts, and a WhatsApp that knows the app.
fn beside(seed: u64, port: u16) -> crm_sim::Simulator {
    let mut config = crm_sim::Config { seed, ..crm_sim::Config::default() };
    let redirect_uris = vec![format!("http://localhost:{port}/auth/google/callback")];
    config.google.clients = vec![crm_sim::google::Client { redirect_uris, ..crm_sim::google::Client::default() }];
    let simulator = crm_sim::Simulator::new(config);
    let google = simulator.google();
    google.add_account(NewAccount::person(GOOGLE_PERSON, "Anna Alm"));
    google.generate(GOOGLE_PERSON, GOOGLE_CONTACTS).expect("the account was just made");
    simulator
}

fn check_paths(arguments: &Demo) -> Result<(), Failure> {
    match arguments.mail.iter().find(|path| !path.exists()) {
        None => Ok(()),
        Some(path) => Err(Failure::asked_wrongly(
            "no_such_mail",
            format!("There is no mail at {}.", path.display()),
            "The path leads nowhere",
            "Give --mail the path of an mbox file, a maildir, a folder, an .eml file or a .tar.gz.",
        )),
    }
}

/// Reading thousands of messages takes a while; the threads that serve are not kept from serving.
async fn fill(simulator: Simulator, arguments: Demo) -> Result<LoadReport, Failure> {
    let filling = tokio::task::spawn_blocking(move || {
        let control = simulator.control();
        let loaded = if arguments.mail.is_empty() {
            control.generate(MAILBOXES, arguments.months)
        } else {
            control.load(MAILBOXES, &arguments.mail)
        }?;
        control.generate_agenda(&loaded.mailboxes)?;
        Ok::<_, ControlError>(loaded)
    });
    let filled = filling.await.map_err(|error| unserved(&error.to_string()))?;
    filled.map_err(|error| unserved(&error.to_string()))
}

fn unserved(sentence: &str) -> Failure {
    Failure::not_now(
        "demo_stage",
        "The simulated Microsoft 365 cannot be set up.",
        sentence,
        "Try again; another --seed makes another tenant.",
    )
}
