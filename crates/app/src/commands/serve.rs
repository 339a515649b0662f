//! `rapport serve`: the server, until it is asked to end.

use base::Clock;
use serde::Serialize;
use store::mailbox;
use tokio::sync::watch;

use super::administrator;
use crate::cli::Serve;
use crate::config::Settings;
use crate::failure::{Failure, Status};
use crate::screen::{Report, Screen};
use crate::server;
use crate::wire::House;

/// What the operator has to know at the start.
#[derive(Serialize)]
struct Started {
    address: String,
    listening_on: String,
    database: String,
    /// Shown once, at the first start.
    #[serde(skip_serializing_if = "Option::is_none")]
    administrator_token: Option<String>,
}

impl Report for Started {
    fn text(&self) -> String {
        let mut text = format!("Rapport answers at {} (listening on {}, {}).", self.address, self.listening_on, self.database);
        if let Some(token) = &self.administrator_token {
            text +=
                &format!("\n\nThis is the administrator's token. It signs you in to the console and is not shown again:\n\n    {token}\n");
        }
        text
    }
}

/// Serves until asked to end.
///
/// # Errors
/// When the database, the key or the port cannot be used.
pub async fn serve(arguments: &Serve, mut settings: Settings, screen: Screen) -> Result<Status, Failure> {
    settings.server.port = arguments.port.unwrap_or(settings.server.port);
    let listener = server::listen(settings.server.host, settings.server.port).await?;
    let house = House::open(settings, Clock::system()).await?;
    let token = administrator::ensure(&house).await?;
    let listening_on = listener.local_addr().map(|address| address.to_string()).unwrap_or_default();
    screen.result(&Started {
        address: house.settings.server.base_url.to_string(),
        listening_on,
        database: house.db.engine_name().to_owned(),
        administrator_token: token.map(|token| token.expose().clone()),
    });
    let stop = server::asked_to_end();
    let workers = u32::try_from(house.settings.sync.workers).unwrap_or(u32::MAX);
    let engine = tokio::spawn(house.engine.clone().serve(workers, stop.clone()));
    let meter = tokio::spawn(house.meter.clone().watch(house.db.clone(), house.clock.clone(), house.workspace, stop.clone()));
    let shared = tokio::spawn(connect_shared(house.clone(), stop.clone()));
    server::serve(listener, house.web.clone(), stop).await;
    for task in [engine, meter, shared] {
        let _ = task.await;
    }
    Ok(Status::Well)
}

/// Connects the configured shared mailboxes that are not connected yet. What refuses stops nothing else.
async fn connect_shared(house: House, stop: watch::Receiver<bool>) {
    let wanted = house.settings.application.iter().flat_map(|own| own.mailboxes.clone());
    for address in wanted.collect::<Vec<_>>() {
        if *stop.borrow() {
            return;
        }
        let known = mailbox::list(&house.db, house.workspace).await.unwrap_or_default();
        if known.iter().any(|mailbox| mailbox.address.eq_ignore_ascii_case(&address)) {
            continue;
        }
        if let Err(failure) = web::connect::connect_shared(&house.web, house.workspace, web::administrator::NAME, &address).await {
            let problem = failure.problem;
            tracing::error!(problem.code, "A configured shared mailbox could not be connected: {} {}", problem.detail, problem.action);
        }
    }
}
