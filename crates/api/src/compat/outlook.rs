//! `/api/outlook/…`: the state of the asking user's mailbox, its contacts, and its end.
//!
//! A person means the own mailbox. A program or an administrator names one by `email`, unless there is only one.

use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State as Given};
use base::{Problem, Timestamp};
use http::StatusCode;
use model::id::ContactSyncId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::connection::{ConnectionState, OUTLOOK_CONTACTS};
use store::contact_sync::ContactSync;
use store::job::JobState;
use store::{contact_book, contact_sync, grant};

use super::body::Lenient;
use super::integration::{self, Connected};
use crate::access::{Asker, Scope};
use crate::contacting;
use crate::failure::Failure;
use crate::read;
use crate::state::State;

/// How often it is looked whether a synchronisation is done.
const LOOK: Duration = Duration::from_millis(200);
/// How long whoever asked for one waits for its end.
const ANSWERED_WITHIN: Duration = Duration::from_secs(60);
/// How long a refresh token lives without being used (Microsoft: 90 days for web applications).
const REFRESH_LIFETIME: Duration = Duration::from_secs(90 * 86_400);

/// Whose mailbox.
#[derive(Debug, Default, Deserialize)]
pub struct Whose {
    email: Option<String>,
}

/// What disconnecting is to do.
#[derive(Debug, Default, Deserialize)]
pub struct Ending {
    #[serde(default)]
    erase: bool,
}

/// How the mailbox is.
#[derive(Debug, Serialize)]
pub struct Status {
    connected: bool,
    email: Option<String>,
    state: &'static str,
    reason: Option<String>,
    last_sync: Option<Timestamp>,
    expires_at: Option<Timestamp>,
}

/// `GET /api/outlook/sync-status`.
pub async fn status(Given(state): Given<State>, asker: Asker, Query(whose): Query<Whose>) -> Result<Json<Status>, Failure> {
    asker.may(Scope::Read)?;
    let Some(Connected { connection, mailbox: Some(mailbox) }) = own(&state, &asker, &whose).await? else { return Ok(Json(nothing())) };
    let kept = grant::find(&state.db, connection.id).await?.filter(|kept| kept.refresh_token_sealed.is_some());
    let view = integration::view(&state, &Connected { connection, mailbox: Some(mailbox.clone()) }, false).await?;
    Ok(Json(Status {
        connected: view.status == "connected",
        email: Some(mailbox.address),
        state: mailbox.state.name(),
        reason: mailbox.problem.map(|problem| format!("{} {} {}", problem.title, problem.detail, problem.action)),
        last_sync: mailbox.last_contact_at,
        expires_at: kept.map(|kept| kept.refreshed_at.plus(REFRESH_LIFETIME)),
    }))
}

fn nothing() -> Status {
    let reason = "No Microsoft tokens found for session: connect at /auth/microsoft.".to_owned();
    Status { connected: false, email: None, state: "not_connected", reason: Some(reason), last_sync: None, expires_at: None }
}

/// `POST /api/outlook/disconnect`.
pub async fn disconnect(
    Given(state): Given<State>,
    asker: Asker,
    Query(whose): Query<Whose>,
    Lenient(ending): Lenient<Ending>,
) -> Result<Json<Value>, Failure> {
    asker.may(Scope::Connect)?;
    let mail = own(&state, &asker, &whose).await?;
    if ending.erase && mail.is_some() {
        return Err(not_erased());
    }
    for connected in contacts_of(&state, &asker, &whose).await? {
        integration::end(&state, &asker, &connected).await?;
        if let Some(book) = contact_book::of_connection(&state.db, connected.connection.id).await?.filter(|_| ending.erase) {
            contacting::end_book(&state, &asker, &book).await?;
        }
    }
    if let Some(connected) = mail {
        integration::end(&state, &asker, &connected).await?;
    }
    Ok(Json(json!({ "success": true })))
}

/// What came of a synchronisation of contacts.
#[derive(Debug, Serialize)]
pub struct Synced {
    success: bool,
    total: i64,
    added: i64,
    updated: i64,
    merged: i64,
    skipped: i64,
    details: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
}

/// `POST /api/outlook/sync-contacts`. Answers when everything has been read and decided.
pub async fn sync_contacts(Given(state): Given<State>, asker: Asker, Query(whose): Query<Whose>) -> Result<Json<Synced>, Failure> {
    asker.may(Scope::Connect)?;
    let Some(connected) = contacts_of(&state, &asker, &whose).await?.pop() else { return Err(no_contacts(&state, &asker).await?) };
    let book = contact_book::of_connection(&state.db, connected.connection.id).await?.ok_or_else(Failure::not_found)?;
    let id = contacting::sync(&state, &asker, &book).await?;
    let ended = tokio::time::timeout(ANSWERED_WITHIN, ended(&state, &asker, id)).await;
    ended.unwrap_or_else(|_| Err(still_read(id)))
}

async fn ended(state: &State, asker: &Asker, id: ContactSyncId) -> Result<Json<Synced>, Failure> {
    loop {
        let sync = contact_sync::find(&state.db, asker.workspace, id).await?.ok_or_else(Failure::not_found)?;
        match (sync.state, sync.problem.clone()) {
            (JobState::Running, _) => contacting::moment(&state.db, LOOK).await,
            (JobState::Failed, Some(problem)) => return Err(Failure::new(StatusCode::BAD_GATEWAY, problem)),
            _ => return Ok(Json(synced(state, sync).await?)),
        }
    }
}

fn still_read(id: ContactSyncId) -> Failure {
    let detail = "There are many of them, or Microsoft answers slowly. It goes on by itself.";
    let action = format!("Ask how far it is at /api/v1/contact-syncs/{id}.");
    let problem = Problem::new("contacts_still_read", "The contacts are still being read.", detail, action);
    Failure::new(StatusCode::SERVICE_UNAVAILABLE, problem)
}

async fn synced(state: &State, sync: ContactSync) -> Result<Synced, Failure> {
    let (id, seen) = (sync.id, read::contact::sync(&state.db, sync).await?);
    let list = |outcome: &str| format!("/api/v1/contact-syncs/{id}/lines?outcome={outcome}");
    let nothing = seen.new + seen.updated + seen.merged == 0;
    let message = nothing.then_some(match (seen.total, seen.skipped) {
        (0, _) => "There is nothing new in this account's contacts.",
        (_, 0) => "Everything in this account's contacts was here already, and has not changed.",
        _ => "None of the new contacts has a phone number that can be used; `details.skipped` lists them with the reasons.",
    });
    Ok(Synced {
        success: true,
        total: seen.total,
        added: seen.new,
        updated: seen.updated,
        merged: seen.merged,
        skipped: seen.skipped,
        details: json!({ "added": list("new"), "updated": list("updated"), "merged": list("merged"), "skipped": list("skipped") }),
        message,
    })
}

/// No account's contacts are connected: nothing at all, or mail only.
async fn no_contacts(state: &State, asker: &Asker) -> Result<Failure, Failure> {
    let connect = "Connect them at /auth/microsoft?provider=microsoft_contacts.";
    let others = integration::all(state, asker).await?;
    let (code, title, detail) = if others.iter().any(|connected| connected.connection.state == ConnectionState::Connected) {
        (
            "contacts_not_granted",
            "The access token does not reach contacts.",
            "Microsoft was not asked for Contacts.Read when this account was connected.",
        )
    } else {
        ("contacts_not_connected", "No Microsoft tokens found for session.", "No Microsoft account is connected for its contacts.")
    };
    Ok(Failure::conflict(code, title, detail, connect))
}

fn several_accounts(several: usize) -> Failure {
    let detail = format!("The contacts of {several} accounts are connected.");
    Failure::bad_request("account_not_named", detail, "Say whose: `?email=anna@contoso.example`.")
}

/// The connections for contacts that are meant.
async fn contacts_of(state: &State, asker: &Asker, whose: &Whose) -> Result<Vec<Connected>, Failure> {
    let mut all = integration::all(state, asker).await?;
    all.retain(|connected| {
        connected.connection.provider == OUTLOOK_CONTACTS && connected.connection.state != ConnectionState::Disconnected
    });
    match &whose.email {
        Some(email) => all.retain(|connected| connected.connection.principal_name.eq_ignore_ascii_case(email)),
        None if all.len() > 1 => return Err(several_accounts(all.len())),
        None => {}
    }
    Ok(all)
}

/// The mailbox that is meant.
async fn own(state: &State, asker: &Asker, whose: &Whose) -> Result<Option<Connected>, Failure> {
    let mut all = integration::all(state, asker).await?;
    all.retain(|connected| connected.mailbox.is_some());
    if let Some(email) = &whose.email {
        let is_it = |connected: &Connected| connected.mailbox.as_ref().is_some_and(|mailbox| mailbox.address.eq_ignore_ascii_case(email));
        return Ok(all.into_iter().find(is_it));
    }
    match all.len() {
        0 | 1 => Ok(all.pop()),
        several => {
            let detail = format!("You see {several} mailboxes.");
            Err(Failure::bad_request("mailbox_not_named", detail, "Say whose: `?email=anna@contoso.example`."))
        }
    }
}

/// Data goes as a whole or not at all.
fn not_erased() -> Failure {
    let problem = Problem::new(
        "erase_not_possible",
        "What was mirrored cannot be erased yet.",
        "This version ends the connection and destroys the tokens; mirrored mail stays until an administrator deletes it. Contacts alone can be erased.",
        "Send `{\"erase\": false}` to disconnect.",
    );
    Failure::new(StatusCode::NOT_IMPLEMENTED, problem)
}
