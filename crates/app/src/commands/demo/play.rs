//! The play: stage, server, connections, and either a page that lives on or the proof.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use base::Clock;
use serde::Serialize;
use store::mailbox;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::browser::Browser;
use super::report::{Figures, Loaded, Proof};
use super::stage::Stage;
use super::{compare, originals, wait};
use crate::cli::{Demo, Global};
use crate::failure::{Failure, Status};
use crate::screen::{Report, Screen};
use crate::server;
use crate::wire::{House, database_unusable, transport};

/// Where people expect it.
const USUAL_PORT: u16 = 3000;
/// Between two messages that arrive by themselves.
const NEW_MAIL_EVERY: Duration = Duration::from_secs(15);

/// Plays the demo to its end.
///
/// # Errors
/// When the stage cannot be set, or not everything was here in time.
pub async fn play(arguments: &Demo, global: &Global, screen: Screen) -> Result<Status, Failure> {
    let (listener, port) = listen(arguments, screen).await?;
    let mut stage = Stage::set(arguments, port).await?;
    tell_loaded(&stage, arguments, screen);
    let data = Data::make(global)?;
    let settings = stage.settings(port, &data.path, global)?;
    let house = House::open(settings, Clock::system()).await?;
    let (stop, stopped) = watch::channel(false);
    let running = start(&house, listener, &stopped);
    let began = house.clock.now();
    connect(&house, &stage, screen).await?;
    stage.open_whatsapp(port).await?;
    let ended = if arguments.until_synced {
        prove(&house, &stage, arguments, screen, began).await
    } else {
        live_on(&house, &stage, screen).await;
        Ok(Status::Well)
    };
    let _ = stop.send(true);
    for task in running {
        let _ = task.await;
    }
    ended
}

/// The wished port, or the usual one, or any free one.
async fn listen(arguments: &Demo, screen: Screen) -> Result<(TcpListener, u16), Failure> {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let listener = match (arguments.port, server::listen(here, arguments.port.unwrap_or(USUAL_PORT)).await) {
        (_, Ok(listener)) => listener,
        (Some(_), Err(failure)) => return Err(failure),
        (None, Err(_)) => {
            if !arguments.until_synced {
                screen.aside(&format!("Port {USUAL_PORT} is taken by another program, so another one is used."));
            }
            server::listen(here, 0).await?
        }
    };
    let port = listener.local_addr().map_or(USUAL_PORT, |address| address.port());
    Ok((listener, port))
}

/// Where the demo keeps its data: the directory that was named, or one that goes away with the demo.
struct Data {
    path: PathBuf,
    _temporary: Option<tempfile::TempDir>,
}

impl Data {
    fn make(global: &Global) -> Result<Data, Failure> {
        if let Some(path) = &global.data {
            return Ok(Data { path: path.clone(), _temporary: None });
        }
        let temporary = tempfile::Builder::new().prefix("rapport-demo-").tempdir().map_err(|error| {
            Failure::not_now(
                "directory_unusable",
                "No temporary directory can be made.",
                error.to_string(),
                "Name a directory with --data.",
            )
        })?;
        Ok(Data { path: temporary.path().to_owned(), _temporary: Some(temporary) })
    }
}

fn start(house: &House, listener: TcpListener, stopped: &watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
    let workers = u32::try_from(house.settings.sync.workers).unwrap_or(u32::MAX);
    let meter = house.meter.clone().watch(house.db.clone(), house.clock.clone(), house.workspace, stopped.clone());
    vec![
        tokio::spawn(server::serve(listener, house.web.clone(), stopped.clone())),
        tokio::spawn(house.engine.clone().serve(workers, stopped.clone())),
        tokio::spawn(meter),
    ]
}

/// People connect through the same pages and redirects that yours would see; the shared mailbox by the application's
/// own permission.
async fn connect(house: &House, stage: &Stage, screen: Screen) -> Result<(), Failure> {
    let base = house.settings.server.base_url.as_str().trim_end_matches('/').to_owned();
    for person in stage.people() {
        let mut browser = Browser::new(transport(&house.settings)?);
        browser.open(&format!("{base}{}", house.web.sign_in_links.issue().expose())).await?;
        for provider in ["microsoft_outlook", "microsoft_calendar", "microsoft_contacts"] {
            let address = format!("{base}/auth/microsoft?provider={provider}&mailbox={}", person.replace('@', "%40"));
            let arrived = browser.open(&address).await?;
            if !arrived.status.is_success() {
                return Err(not_connected(&format!("{} answered {}", arrived.address.path(), arrived.status)));
            }
        }
    }
    for shared in stage.shared() {
        web::connect::connect_shared(&house.web, house.workspace, web::administrator::NAME, &shared)
            .await
            .map_err(|failure| Failure { problems: vec![failure.problem], status: Status::NotNow })?;
    }
    let connected = mailbox::list(&house.db, house.workspace).await.map_err(|error| database_unusable(&error))?;
    let expected = stage.loaded.mailboxes.len();
    if connected.len() < expected {
        return Err(not_connected(&format!("{} of {expected} mailboxes are connected", connected.len())));
    }
    if !screen.is_json() {
        screen.aside(&format!("Connected {} mailboxes.", connected.len()));
    }
    Ok(())
}

fn not_connected(why: &str) -> Failure {
    Failure::not_now(
        "demo_not_connected",
        "A mailbox of the demo could not be connected.",
        why,
        "Start the demo again with -v and look at the log.",
    )
}

async fn prove(house: &House, stage: &Stage, arguments: &Demo, screen: Screen, began: base::Timestamp) -> Result<Status, Failure> {
    let expected = stage.loaded.mailboxes.len();
    wait::until_synced(house, &stage.simulator, expected, Duration::from_secs(arguments.timeout)).await?;
    let synced_after = house.clock.now().since(began);
    let mailboxes = compare::mailboxes(house, &stage.simulator, &stage.loaded.mailboxes).await;
    let mailboxes = mailboxes.map_err(|error| database_unusable(&error))?;
    let folders = mailboxes.iter().flat_map(|mailbox| &mailbox.folders);
    let proof = Proof {
        loaded: Loaded::from(&stage.loaded),
        total: folders.map(|folder| folder.figures).fold(Figures::default(), Figures::plus),
        mailboxes,
        originals: if arguments.check_mime { Some(originals::compare(house, &stage.simulator).await?) } else { None },
        synced_after_ms: u64::try_from(synced_after.as_millis()).unwrap_or(u64::MAX),
    };
    screen.result(&proof);
    Ok(proof.status())
}

/// The one address to open, and where the stage can be told what happens next.
#[derive(Serialize)]
struct Open {
    address: String,
    simulator: String,
    database: String,
}

impl Report for Open {
    fn text(&self) -> String {
        format!(
            "\nOpen this address; it signs you in once:\n\n    {}\n\nNew mail arrives now and then. Press Ctrl-C to end the demo.\n\
             The simulated Microsoft 365 takes orders at {}/_sim/ (sims/microsoft365/README.md).",
            self.address, self.simulator
        )
    }
}

async fn live_on(house: &House, stage: &Stage, screen: Screen) {
    let base = house.settings.server.base_url.as_str().trim_end_matches('/');
    let address = format!("{base}{}", house.web.sign_in_links.issue().expose());
    let simulator = stage.running.http_url.clone();
    screen.result(&Open { address, simulator, database: house.db.engine_name().to_owned() });
    let mut ending = server::asked_to_end();
    let control = stage.simulator.control();
    for n in 0.. {
        tokio::select! {
            () = base::time::sleep(NEW_MAIL_EVERY) => {}
            _ = ending.changed() => return,
        }
        if let Err(error) = control.deliver_live(&stage.loaded.mailboxes, n) {
            tracing::warn!("No new mail could be delivered: {error}.");
        }
    }
}

fn tell_loaded(stage: &Stage, arguments: &Demo, screen: Screen) {
    if arguments.until_synced || screen.is_json() {
        return;
    }
    screen.aside(&format!("{} of {} messages loaded into a simulated Microsoft 365.", stage.loaded.taken, stage.loaded.found));
    for (name, why) in &stage.loaded.skipped {
        screen.aside(&format!("  not taken: {name}: {why}"));
    }
}
