//! A house with a workspace, a mailbox and an endpoint at a local receiver, whose answers a test scripts; time stands
//! still until the test moves it.

mod receiver;

use std::sync::Arc;
use std::time::Duration;

use base::{Clock, Id, Timestamp};
use model::event::{EventKind, NewEvent};
use model::id::{DeliveryId, EndpointId, MailboxId, WorkspaceId};
use outbound::{Caller, Expand, Outbound, Reach, SigningSecret, SystemLookup, Thin, WorldCaller};
use store::delivery::{self, Announcement, Delivery};
use store::endpoint::{self, Endpoint, EndpointKind, EndpointState, Filter};
use store::vault::{MasterKeys, Vault};
use store::work::{self, Lease};
use store::workspace::Workspace;
use store::{Db, Ending, Settings, Statement, Transaction, due, ledger};
use url::Url;

pub use receiver::{Receiver, Scene};

pub const WORKSPACE: WorkspaceId = Id::from_number(1);
pub const MAILBOX: MailboxId = Id::from_number(10);
pub const OTHER: MailboxId = Id::from_number(11);
pub const ENDPOINT: EndpointId = Id::from_number(70);
const LEASE: Duration = Duration::from_secs(60);

pub struct House {
    pub db: Db,
    pub clock: Clock,
    pub vault: Vault,
    pub outbound: Outbound,
    pub secret: SigningSecret,
    _folder: tempfile::TempDir,
}

pub fn start() -> Timestamp {
    Timestamp::parse("2026-01-02T03:04:05Z").unwrap()
}

pub fn world_caller() -> WorldCaller {
    WorldCaller::new(Reach { private: true, ..Reach::default() }, Arc::new(SystemLookup)).unwrap()
}

impl House {
    /// With an endpoint at `url`, called by the caller of the world.
    pub async fn calling(url: &Url) -> House {
        Self::with(url, Arc::new(world_caller()), Arc::new(Thin), EndpointKind::Generic).await
    }

    pub async fn with(url: &Url, caller: Arc<dyn Caller>, expand: Arc<dyn Expand>, kind: EndpointKind) -> House {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&Settings::new(format!("sqlite:{}", folder.path().join("store.db").display()))).await.unwrap();
        let clock = Clock::manual(start());
        let vault = Vault::open(&db, &MasterKeys::read(&MasterKeys::generate()).unwrap(), clock.now()).await.unwrap();
        let settings = outbound::Settings { base_url: Url::parse("https://rapport.contoso.example").unwrap() };
        let outbound = Outbound::new(db.clone(), clock.clone(), vault.clone(), caller, expand, settings);
        let house = House { db, clock, vault, outbound, secret: SigningSecret::generate(), _folder: folder };
        let workspace = Workspace { id: WORKSPACE, name: "Contoso".to_owned(), created_at: start() };
        house.commit([store::workspace::ensure(&workspace), endpoint::insert(&house.an_endpoint(url, kind))]).await;
        house
    }

    fn an_endpoint(&self, url: &Url, kind: EndpointKind) -> Endpoint {
        let sealed = |place: String, text: base::Secret<String>| self.vault.seal_text(&place, &text);
        Endpoint {
            id: ENDPOINT,
            workspace: WORKSPACE,
            kind,
            host: url.origin().ascii_serialization(),
            url_sealed: sealed(endpoint::url_place(ENDPOINT), url.to_string().into()),
            description: String::new(),
            filter: Filter::default(),
            expand: true,
            owner: "administrator".to_owned(),
            state: EndpointState::Active,
            state_at: start(),
            problem: None,
            secret_sealed: sealed(endpoint::secret_place(ENDPOINT), self.secret.write()),
            previous_secret: None,
            failures: 0,
            failing_since: None,
            succeeded_at: None,
            held_until: None,
            after_seq: 0,
            version: 1,
            created_at: start(),
        }
    }

    pub async fn commit(&self, statements: impl IntoIterator<Item = Statement>) {
        self.db.commit(Transaction::new("test").with_all(statements)).await.unwrap();
    }

    /// So many messages arrive in a mailbox, and the endpoint is to be told of each.
    pub async fn receive(&self, mailbox: MailboxId, count: usize) -> Vec<DeliveryId> {
        let before = ledger::head(&self.db, WORKSPACE).await.unwrap();
        let now = self.clock.now();
        let kind = EventKind::MessageReceived;
        let events: Vec<NewEvent> = (0..count)
            .map(|place| NewEvent { kind, subject: before + place as i64 + 1, backfill: false, data: serde_json::Value::Null })
            .collect();
        let told: Vec<Announcement> = (1..=count as i64)
            .map(|place| Announcement { id: DeliveryId::new(now), event_seq: before + place, event_kind: kind, replay_of: None })
            .collect();
        self.commit(ledger::append(WORKSPACE, mailbox, now, &events)).await;
        let announced = delivery::announce(WORKSPACE, ENDPOINT, mailbox.number(), &told, now);
        self.commit(announced.into_iter().chain([due::carry(ENDPOINT, now)])).await;
        told.iter().map(|one| one.id).collect()
    }

    /// Claims the endpoint's work, if it is due.
    pub async fn claim(&self) -> Option<Lease> {
        work::claim(&self.db, self.clock.now(), 1, LEASE, "node", outbound::KINDS).await.unwrap().pop()
    }

    /// Runs the endpoint's work as long as it is due now, and answers how the last unit ended.
    pub async fn run(&self) -> Ending {
        let mut last = Ending::Rest;
        while let Some(lease) = self.claim().await {
            last = self.outbound.run(&lease).await.unwrap();
            let settled = Transaction::new("test.settle").with_all(last.statements(&lease));
            let _ = self.db.commit(settled).await;
        }
        last
    }

    /// Lets time pass and runs what is due then.
    pub async fn run_after(&self, wait: Duration) -> Ending {
        self.clock.advance(wait);
        self.run().await
    }

    pub async fn endpoint(&self) -> Endpoint {
        endpoint::find(&self.db, ENDPOINT).await.unwrap().unwrap()
    }

    pub async fn delivery(&self, id: DeliveryId) -> Delivery {
        delivery::find(&self.db, id).await.unwrap().unwrap()
    }

    /// The kinds of all events that were appended since, with their details.
    pub async fn events_of(&self, kind: EventKind) -> Vec<serde_json::Value> {
        let all = ledger::read(&self.db, WORKSPACE, 0, 10_000).await.unwrap();
        all.into_iter().filter(|event| event.kind == kind).map(|event| event.data).collect()
    }
}
