//! A console on a database in a temporary file, with a stand-in for Microsoft and a browser that keeps its cookies.

#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod annas;
pub mod browser;
pub mod fixture;
pub mod meetings;
pub mod microsoft;
pub mod token;

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;
use base::{Clock, Timestamp};
use graph::oauth::Registration;
use graph::{Client, Cloud, Waiting};
use model::id::WorkspaceId;
use store::session::{self, Member, Role, Session};
use store::vault::{MasterKeys, Vault};
use store::workspace::{self, Home, Workspace};
use store::{Db, Transaction};
use url::Url;

use browser::Browser;
use microsoft::{Microsoft, Tokens};

/// The application that people consent to.
pub const CLIENT: &str = "6f0e8a57-0000-4000-8000-00000000c11e";
/// The application's own registration.
pub const APPLICATION: &str = "6f0e8a57-0000-4000-8000-0000000000b0";
/// The tenant of everybody.
pub const TENANT: &str = "3f1b9d1e-0000-4000-8000-0000000007e4";
/// The workspace of everything.
pub const WORKSPACE: WorkspaceId = WorkspaceId::from_number(1);

/// A console with everything that it stands on.
pub struct House {
    /// The web side.
    pub state: web::State,
    /// The stand-in for Microsoft.
    pub microsoft: Arc<Microsoft>,
    /// The time, which a test moves.
    pub clock: Clock,
    _directory: tempfile::TempDir,
}

impl House {
    /// A house at 2 p.m. on a day in November.
    pub async fn new() -> Self {
        Self::with(Clock::manual(Timestamp::parse("2026-11-21T14:02:07Z").expect("a time")), |_| {}).await
    }

    /// A house with other settings than the usual ones.
    pub async fn with(clock: Clock, change: impl FnOnce(&mut web::Settings)) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let url = format!("sqlite:{}", directory.path().join("web.db").display());
        let db = Db::open(&store::Settings::new(url)).await.expect("a database");
        let keys = MasterKeys::read(&MasterKeys::generate()).expect("a key");
        let vault = Vault::open(&db, &keys, clock.now()).await.expect("a vault");
        let workspace = Workspace { id: WORKSPACE, name: "default".into(), created_at: clock.now() };
        db.commit(Transaction::new("test.workspace").with(workspace::ensure(&workspace))).await.expect("a workspace");
        let microsoft = Arc::new(Microsoft::new(clock.clone()));
        let mut settings = settings();
        change(&mut settings);
        let client = client(&microsoft, &clock);
        let state = web::State::new(db, clock.clone(), vault, client, settings, Arc::new(|| "rapport_up 1\n".to_owned()));
        House { state, microsoft, clock, _directory: directory }
    }

    /// A second workspace, for the people of `home`.
    pub async fn other_workspace(&self, home: &Home) -> WorkspaceId {
        let (id, now) = (WorkspaceId::from_number(2), self.clock.now());
        let other = Workspace { id, name: "other".into(), created_at: now };
        let made = Transaction::new("test.workspace").with(workspace::ensure(&other)).with(workspace::put_home(id, home, now));
        self.state.db.commit(made).await.expect("a workspace");
        id
    }

    /// A browser that nobody has signed in with, at the usual address.
    pub fn browser(&self) -> Browser {
        Browser::new(web::router(self.state.clone()), "localhost:3000")
    }

    /// A browser with the session of a colleague: Microsoft's object id and address.
    pub async fn member(&self, workspace: WorkspaceId, object_id: &str, email: &str) -> Browser {
        let token = format!("a-session-of-{email}");
        let member = Member { tenant_id: TENANT.into(), object_id: object_id.into(), email: email.into(), name: email.into() };
        let session = Session {
            token_hash: digest::digest(&digest::SHA256, token.as_bytes()).as_ref().to_vec(),
            csrf: "a-key-of-forms".into(),
            workspace,
            role: Role::Member,
            member: Some(member),
            created_at: self.clock.now(),
            expires_at: self.clock.now().plus(Duration::from_secs(3600)),
        };
        self.state.db.commit(Transaction::new("test.session").with(session::insert(&session))).await.expect("a session");
        let mut browser = self.browser();
        browser.cookies.insert("rapport_session".into(), token);
        browser
    }

    /// A browser with an administrator's session.
    pub async fn administrator(&self) -> Browser {
        let mut browser = self.browser();
        let link = self.state.sign_in_links.issue();
        let entered = browser.get(link.expose()).await;
        assert_eq!(entered.status, 303, "{}", entered.text);
        browser
    }
}

fn client(microsoft: &Arc<Microsoft>, clock: &Clock) -> Client {
    Client::new(graph::Settings {
        cloud: Cloud::custom(microsoft::AUTHORITY, microsoft::GRAPH).expect("roots"),
        transport: microsoft.clone(),
        tokens: Arc::new(Tokens(clock.clone())),
        registrations: vec![Registration::with_secret(CLIENT, "secret"), Registration::with_secret(APPLICATION, "secret")],
        clock: clock.clone(),
        waiting: Waiting::never(),
    })
}

fn settings() -> web::Settings {
    let url = |text: &str| Url::parse(text).expect("an address");
    web::Settings {
        base_url: url("http://localhost:3000"),
        loopback_only: true,
        hosts: Vec::new(),
        delegated: Some(web::Delegated {
            client_id: CLIENT.into(),
            tenant: "organizations".into(),
            redirect_uris: vec![
                url("http://localhost:3000/auth/microsoft/callback"),
                url("https://staging.rapport.example/auth/callback"),
                url("https://crm.rapport.example:8443/api/auth/microsoft/callback"),
            ],
            scopes: vec!["Mail.Read".into(), "User.Read".into()],
            calendar_scopes: vec!["Calendars.Read".into(), "User.Read".into()],
            contacts_scopes: vec!["Contacts.Read".into(), "User.Read".into()],
            open_to_tenants: Vec::new(),
        }),
        application: Some(web::Application { client_id: APPLICATION.into(), tenant: TENANT.into() }),
        whatsapp: None,
        return_origins: vec![url("https://crm.example")],
        polling_interval: Duration::from_secs(300),
        workspace: WORKSPACE,
        api: api::Settings::new(url("http://localhost:3000"), WORKSPACE),
    }
}
