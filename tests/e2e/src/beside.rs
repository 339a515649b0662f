//! What stands beside Microsoft: Google, to which the product talks as over the network, and WhatsApp, which talks to the product.

use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use base::{Clock, Timestamp, random};
use bytes::Bytes;
use crm_sim::google::Client as Registered;
use crm_sim::{Broken, ClockMode, Config, Simulator};
use http::{Method, Request, Response, header};
use model::id::ConnectionId;
use store::Transaction;
use store::connection::{self, GOOGLE_CONTACTS};
use store::session::{self, Role, Session};
use transport::{Fault, Transport, TransportError};
use url::Url;

use crate::door::BASE;
use crate::gate::{Gate, Moment};
use crate::program::send;
use crate::world::{WORKSPACE, World};

/// Google and WhatsApp, on the product's clock.
#[derive(Clone)]
pub struct Beside {
    /// The simulator.
    pub sim: Simulator,
    clock: Clock,
    gate: Gate,
}

impl Beside {
    /// Both, with nobody there.
    pub fn new(seed: u64, clock: Clock, gate: Gate) -> Self {
        let start = jiff::Timestamp::from_millisecond(clock.now().millis()).expect("a time");
        let mut config = Config { clock: ClockMode::Manual(start), ..Config::seeded(seed) };
        config.google.clients = vec![Registered { redirect_uris: vec![format!("{BASE}/auth/google/callback")], ..Registered::default() }];
        config.whatsapp.webhook_path = "/hooks/whatsapp".to_owned();
        Beside { sim: Simulator::new(config), clock, gate }
    }

    /// The way to Google.
    pub fn google(&self) -> google::Client {
        let known = Registered::default();
        let registration = google::Registration {
            client_id: known.id,
            client_secret: known.secret.into(),
            redirect_uri: Url::parse(&format!("{BASE}/auth/google/callback")).expect("an address"),
        };
        google::Client::new(google::Places::default(), registration, std::sync::Arc::new(self.clone()))
    }

    /// The app at Meta.
    pub fn whatsapp(&self) -> web::WhatsApp {
        let config = self.sim.config().whatsapp;
        web::WhatsApp { app_secret: config.app_secret.into(), verify_token: config.verify_token.into() }
    }

    /// Its clock as the product's.
    fn catch_up(&self) {
        let there = Timestamp::from_millis(self.sim.now().as_millisecond());
        self.sim.advance(self.clock.now().since(there));
    }

    /// Carries what WhatsApp has to say to the product, until nothing of it is due.
    pub async fn deliver(&self, world: &World) {
        self.catch_up();
        loop {
            let due = self.sim.whatsapp().deliveries_due();
            if due.is_empty() {
                return;
            }
            for delivery in due {
                let answer = send(&world.house.router, of_us(delivery.request)).await;
                self.sim.whatsapp().settle(delivery.number, Some(answer.status));
            }
        }
    }

    /// When WhatsApp has something to say next.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.catch_up();
        self.sim.whatsapp().next_due().map(|at| Timestamp::from_millis(at.as_millisecond()))
    }
}

/// A request to the product's own host.
pub fn of_us(request: Request<Bytes>) -> Request<Body> {
    let (mut parts, body) = request.into_parts();
    parts.uri = format!("{BASE}{}", parts.uri).parse().expect("an address");
    Request::from_parts(parts, Body::from(body))
}

#[async_trait]
impl Transport for Beside {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.gate.pass(Moment::Request).await;
        self.catch_up();
        self.sim.answer(request).await.map_err(|Broken| TransportError::answer_lost(Fault::Broken))
    }
}

/// Connects an account at Google as an administrator does in the browser; the page that says why not.
///
/// # Errors
/// When it did not end with a connection.
///
/// # Panics
/// When the product does not lead to Google, or Google not back.
pub async fn connect_google(world: &World, address: &str) -> Result<ConnectionId, String> {
    let (token, now) = (random::token(), world.clock.now());
    let session = Session {
        token_hash: web_hash(&token),
        csrf: random::token(),
        workspace: WORKSPACE,
        role: Role::Administrator,
        member: None,
        created_at: now,
        expires_at: now.plus(Duration::from_secs(3600)),
    };
    world.house.db.commit(Transaction::new("test.session").with(session::insert(&session))).await.expect("a session");
    let signed_in = format!("__Host-rapport_session={token}");
    let begun = browse(world, &format!("/auth/google?mailbox={}", address.replace('@', "%40")), &signed_in).await;
    assert_eq!(begun.status, 303, "{}", begun.text());
    let connecting = begun.headers[header::SET_COOKIE].to_str().expect("text").split(';').next().expect("a cookie").to_owned();
    let leave = Request::builder().uri(begun.location().expect("an address")).body(Bytes::new()).expect("a request");
    let back = world.beside.send(leave).await.expect("Google answers");
    let location = back.headers().get(header::LOCATION).map(|location| location.to_str().expect("text").to_owned());
    let location = location.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(back.body())));
    let arrived = browse(world, location.strip_prefix(BASE).expect("it leads back to us"), &connecting).await;
    if arrived.status != 303 {
        return Err(arrived.text());
    }
    let known = connection::list(&world.house.db, WORKSPACE).await.expect("the database answers");
    let made = known.iter().find(|known| known.provider == GOOGLE_CONTACTS && known.principal_name == address);
    Ok(made.expect("a connection").id)
}

async fn browse(world: &World, path: &str, cookie: &str) -> crate::program::Answer {
    let request = Request::builder().method(Method::GET).uri(format!("{BASE}{path}")).header(header::COOKIE, cookie);
    let request = request.header(header::HOST, BASE.trim_start_matches("https://")).body(Body::empty()).expect("a request");
    send(&world.house.router, request).await
}

fn web_hash(token: &str) -> Vec<u8> {
    use sha2::Digest as _;
    sha2::Sha256::digest(token.as_bytes()).to_vec()
}
