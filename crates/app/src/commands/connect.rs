//! `rapport connect`: prints the address at which a person consents and waits for the mailbox, or connects a shared
//! mailbox by the application's own permission.

use std::time::Duration;

use base::{Clock, Timestamp};
use bytes::Bytes;
use http::Request;
use model::mailbox::{Mailbox, MailboxState};
use serde::Serialize;
use store::mailbox;
use transport::Transport as _;

use crate::cli::Connect;
use crate::config::Settings;
use crate::failure::{Failure, Status};
use crate::screen::{Report, Screen};
use crate::wire::{House, database_unusable, transport};

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(500);

#[derive(Serialize)]
struct Connected {
    mailbox: String,
    address: String,
    state: &'static str,
}

impl Report for Connected {
    fn text(&self) -> String {
        format!("{} is connected ({}). Its mail is on its way; `rapport mailboxes` shows how far it is.", self.address, self.state)
    }
}

/// Connects one mailbox.
///
/// # Errors
/// When nothing is registered, the server does not run, Microsoft refuses, or nobody consents in time.
pub async fn connect(arguments: &Connect, settings: Settings, screen: Screen) -> Result<Status, Failure> {
    let house = House::open(settings, Clock::system()).await?;
    let connected = match (&arguments.address, arguments.application) {
        (Some(address), true) => by_application(&house, address).await?,
        (address, _) => by_consent(&house, address.as_deref(), arguments.wait, screen).await?,
    };
    screen.result(&Connected { mailbox: connected.id.to_string(), address: connected.address, state: connected.state.name() });
    Ok(Status::Well)
}

async fn by_application(house: &House, address: &str) -> Result<Mailbox, Failure> {
    let joined = web::connect::connect_shared(&house.web, house.workspace, web::administrator::NAME, address).await;
    let joined = joined.map_err(|failure| Failure { problems: vec![failure.problem], status: Status::NotNow })?;
    let found = mailbox::find(&house.db, joined).await.map_err(|error| database_unusable(&error))?;
    found.ok_or_else(|| Failure::not_now("mailbox_gone", "The mailbox is gone again.", "Somebody has removed it meanwhile", "Try again."))
}

async fn by_consent(house: &House, address: Option<&str>, wait_s: u64, screen: Screen) -> Result<Mailbox, Failure> {
    if house.settings.microsoft.is_none() {
        return Err(Failure::asked_wrongly(
            "no_registration",
            "Nobody can consent yet.",
            "No application registered in Entra ID is configured",
            "Give microsoft.client_id and microsoft.client_secret (MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET); the README says where they come from.",
        ));
    }
    check_server(house).await?;
    let mut page = house.settings.server.base_url.join("/auth/microsoft").expect("a path joins");
    if let Some(address) = address {
        page.query_pairs_mut().append_pair("mailbox", address);
    }
    screen.aside(&format!("Open this address in a browser that is signed in to the console, and consent:\n\n    {page}\n\nWaiting …"));
    let began = house.clock.now();
    wait_for_mailbox(house, address, began, Duration::from_secs(wait_s)).await
}

/// The callback ends at the server: without it consent would come to nothing.
async fn check_server(house: &House) -> Result<(), Failure> {
    let address = house.settings.server.base_url.join("/healthz").expect("a path joins");
    let request = Request::get(address.as_str()).body(Bytes::new()).expect("the address was parsed");
    let answer = transport(&house.settings)?.send(request).await;
    if answer.is_ok_and(|answer| answer.status().is_success()) {
        return Ok(());
    }
    Err(Failure::not_now(
        "server_not_running",
        format!("The server at {} does not answer.", house.settings.server.base_url),
        "Microsoft sends the person back there after consenting",
        "Start it with `rapport serve` in another terminal, then try again.",
    ))
}

async fn wait_for_mailbox(house: &House, address: Option<&str>, began: Timestamp, longest: Duration) -> Result<Mailbox, Failure> {
    let deadline = began.plus(longest);
    while house.clock.now() < deadline {
        let known = mailbox::list(&house.db, house.workspace).await.map_err(|error| database_unusable(&error))?;
        let is_it = |mailbox: &&Mailbox| {
            let named = address.is_none_or(|address| mailbox.address.eq_ignore_ascii_case(address));
            named && mailbox.state_at >= began && matches!(mailbox.state, MailboxState::Syncing | MailboxState::Live)
        };
        if let Some(found) = known.iter().find(is_it) {
            return Ok(found.clone());
        }
        base::time::sleep(LOOK).await;
    }
    Err(Failure::not_now(
        "no_consent",
        format!("Nobody consented within {} s.", longest.as_secs()),
        "Some refusals are shown on Microsoft's own page and never come back: a redirect address that is not registered \
         (AADSTS50011), an unknown application (AADSTS700016), a person who is not assigned to it (AADSTS50105)",
        "Look at the page in the browser; `rapport doctor` prints the redirect address to register. Then try again.",
    ))
}
